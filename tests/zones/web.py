"""The hosts of MTA-STS policies and of what BIMI names: one HTTPS server, a certificate for each name."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from lab.certificates import Leaf, Workshop, openssl

WELL_KNOWN = "/.well-known/mta-sts.txt"


@dataclass(frozen=True)
class Policy:
    """What a host answers to the question for its policy."""

    body: str
    status: int = 200
    media_type: str = "text/plain"
    location: str | None = None
    # How its certificate is to be: an entry of LEAVES.
    certificate: str = "healthy"
    # What it answers elsewhere, by path.
    pages: dict[str, str] = field(default_factory=dict)


LEAVES = {
    "healthy": Leaf(key="ec:P-256"),
    "expired": Leaf(key="ec:P-256", starts=-93, ends=-3),
    "wrong-name": Leaf(key="ec:P-256", name="www.elsewhere.test"),
    "incomplete": Leaf(key="ec:P-256", chain=()),
    "self-signed": Leaf(key="ec:P-256", issuer="self", chain=()),
}


# What a mark certificate of BIMI bears beside its name: the usage, and a logotype without a picture.
MARKS = {
    "healthy": ("1.3.6.1.5.5.7.3.31", True),
    "server": ("serverAuth", False),
}


def mark(folder: Path, kind: str, name: str) -> str:
    """Makes a mark certificate that signed itself, in PEM."""
    usage, has_logo = MARKS[kind]
    config, made = folder / "mark.cnf", folder / "mark.pem"
    lines = ["[req]", "distinguished_name=dn", "prompt=no", "x509_extensions=mark", "[dn]", "CN=Laboratory mark", "[mark]"]
    lines += [f"subjectAltName=DNS:{name}", f"extendedKeyUsage={usage}"]
    lines += ["1.3.6.1.5.5.7.1.12=DER:30:00"] if has_logo else []
    config.write_text("\n".join([*lines, ""]))
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "300",
        "-config", config, "-keyout", folder / "mark.key", "-out", made,
    )
    return made.read_text()


class Quiet(ThreadingHTTPServer):
    """A server whose clients may break off the handshake, as they should with some of these certificates."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def serving(policies: dict[str, Policy], workshop: Workshop, address: str, folder: Path) -> Iterator[None]:
    """Answers for all hosts of `policies` until the block is left."""
    folder.mkdir()
    contexts = {host: context(host, policy, workshop, folder) for host, policy in policies.items()}
    server = Quiet((address, 443), handler(policies))
    outer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    first = next(iter(contexts.values()), None)

    def chosen(connection: ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
        found = contexts.get(name or "", first)
        if found is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = found
        return None

    outer.sni_callback = chosen
    # The handshake waits for the first read, which is the handler's thread's.
    server.socket = outer.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def context(host: str, policy: Policy, workshop: Workshop, folder: Path) -> ssl.SSLContext:
    """The server's side of TLS for one host."""
    made = workshop.identity(LEAVES[policy.certificate], host, folder, host)
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(made.chain, made.key)
    return found


def handler(policies: dict[str, Policy]) -> type[BaseHTTPRequestHandler]:
    """Answers by the Host header."""

    class Handler(BaseHTTPRequestHandler):
        """One connection."""

        timeout = 10

        def do_GET(self) -> None:
            """Sends the policy, or whatever stands in its place."""
            policy = policies.get((self.headers.get("Host") or "").partition(":")[0])
            pages = {} if policy is None else {WELL_KNOWN: policy.body, **policy.pages}
            if policy is None or self.path not in pages:
                self.send_error(404)
                return
            body = pages[self.path].encode()
            self.send_response(policy.status)
            if policy.location:
                self.send_header("Location", policy.location)
            self.send_header("Content-Type", policy.media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                # Who has read as much as it wants hangs up.
                return

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
