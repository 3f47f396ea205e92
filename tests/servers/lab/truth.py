"""What another implementation sees: a plain dialogue up to the upgrade, then openssl s_client."""

import base64
import contextlib
import functools
import hashlib
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.certificates import openssl
from lab.errors import LabError

TIMEOUT = 10.0
LINES = 200
EVERYTHING = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
VERSIONS = {"TLSv1": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
NAME = re.compile(
    r"(?P<host>[^:/]+):(?P<port>\d+)/(?P<protocol>\w+)\+(?P<security>\w+)@(?P<address>[\d.]+)"
    r"|(?P<path>/.+)/(?P<unix>lmtp\+starttls)"
)
PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
AGREED = re.compile(r"New, (\S+), Cipher is (\S+)")
ALERT = re.compile(r"SSL alert number (\d+)")
VERIFIED = re.compile(r"Verify return code: (\d+) \((.+)\)")



@dataclass(frozen=True)
class Dialogue:
    """How a protocol asks for capabilities, for TLS and for the end; patterns for its lines."""

    hello: str
    upgrade: str
    farewell: str
    offer: str
    last: str
    last_of_many: str = ""


TAGGED = r"(a|\*) (OK|NO|BAD|BYE|PREAUTH)"
DIALOGUES = {
    "smtp": Dialogue("EHLO lab.test", "STARTTLS", "QUIT", r"[ -]STARTTLS", r"\d{3} "),
    "lmtp": Dialogue("LHLO lab.test", "STARTTLS", "QUIT", r"[ -]STARTTLS", r"\d{3} "),
    "imap": Dialogue("a CAPABILITY", "a STARTTLS", "a LOGOUT", r"\bSTARTTLS\b", TAGGED),
    "pop3": Dialogue("CAPA", "STLS", "QUIT", r"^STLS", r"\+OK|-ERR", r"\.$|-ERR"),
    "sieve": Dialogue("CAPABILITY", "STARTTLS", "LOGOUT", r'^"STARTTLS"', r"OK|NO|BYE"),
}


@dataclass(frozen=True)
class Door:
    """Where to knock."""

    host: str
    address: str
    port: int
    protocol: str
    security: str
    path: str = ""

    @property
    def spoken(self) -> str:
        """The protocol whose dialogue is spoken: a submission server speaks SMTP."""
        return "smtp" if self.protocol == "submission" else self.protocol


def parse(name: str) -> Door:
    """Reads an endpoint's id."""
    found = NAME.fullmatch(name)
    if found is None:
        raise LabError(f"{name!r} is no endpoint's id such as mail.lab.test:25/smtp+starttls@127.0.77.1")
    if found["path"]:
        return Door("mail.lab.test", "", 0, "lmtp", "starttls", found["path"])
    return Door(found["host"], found["address"], int(found["port"]), found["protocol"], found["security"])


def look(name: str, ca_file: Path | None, once: bool = False) -> dict[str, Any]:
    """Everything seen at an endpoint: the plain part, the best handshake, and unless `once` each version's."""
    door = parse(name)
    plain = converse(door) if door.security == "starttls" else {"upgrade": "ok"}
    seen: dict[str, Any] = {"endpoint": name, "plain": plain}
    if plain["upgrade"] != "ok":
        return seen
    seen |= handshake(door, ca_file)
    if not once:
        seen["versions"] = {
            version: handshake(door, ca_file, option) for version, option in VERSIONS.items()
        }
    return seen


def outcome(door: dict[str, Any], ca_file: Path) -> str:
    """One phrase for what became of a handshake, to compare with the list of scenarios."""
    where = parse(door["id"])
    if where.security == "starttls":
        upgrade = converse(where)["upgrade"]
        if upgrade != "ok":
            return str(upgrade)
    seen = handshake(where, ca_file)
    # Whether a close becomes a reset depends on what was still unread: a matter of microseconds.
    return str(seen["version"] or seen["failure"]).replace("reset", "closed")


def converse(door: Door) -> dict[str, Any]:
    """Talks in clear up to the server's answer to STARTTLS."""
    words = DIALOGUES[door.spoken]
    with connected(door) as peer, peer.makefile("rwb") as stream:
        greeting = reply(stream, words.last)
        if not greeting:
            return {"greeting": [], "upgrade": "no greeting"}
        if re.match(r"[45]\d\d|-ERR|\* BYE|BYE", greeting[-1]):
            return {"greeting": greeting, "upgrade": f"greeting {greeting[-1][:3]}"}
        capabilities = ask(stream, words.hello, words.last_of_many or words.last)
        answer: list[str] = []
        state = "not offered"
        if any(re.search(words.offer, line) for line in capabilities):
            answer = ask(stream, words.upgrade, words.last)
            good = bool(answer) and bool(re.match(r"220|a OK|\+OK|OK", answer[-1]))
            state = "ok" if good else f"refused {answer[-1][:3]}" if answer else "closed"
    return {"greeting": greeting, "capabilities": capabilities, "answer": answer, "upgrade": state}


@contextlib.contextmanager
def connected(door: Door) -> Iterator[socket.socket]:
    """A connection to a door."""
    family = socket.AF_UNIX if door.path else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as peer:
        peer.settimeout(TIMEOUT)
        peer.connect(door.path or (door.address, door.port))
        yield peer


def ask(stream: Any, line: str, last: str) -> list[str]:
    """Sends a line and reads the reply."""
    stream.write(line.encode() + b"\r\n")
    stream.flush()
    return reply(stream, last)


def reply(stream: Any, last: str) -> list[str]:
    """Reads up to the line that ends a reply; empty where the peer said nothing in time."""
    lines: list[str] = []
    with contextlib.suppress(OSError):
        while len(lines) < LINES:
            line = stream.readline(4096).decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                break
            lines.append(line)
            if re.match(last, line):
                break
    return lines


def handshake(door: Door, ca_file: Path | None, *options: str) -> dict[str, Any]:
    """One run of s_client that accepts everything; what was agreed and which chain was sent."""
    argv = ["openssl", "s_client", "-showcerts", "-cipher", EVERYTHING, "-legacy_server_connect"]
    # Takes leave and waits: in TLS 1.3 a server refuses only after the client thinks all is done.
    argv += ["-ign_eof", "-nocommands"]
    farewell = DIALOGUES[door.spoken].farewell + "\r\n"
    argv += ["-servername", door.host, "-verify_hostname", door.host, *options]
    argv += ["-unix", door.path] if door.path else ["-connect", f"{door.address}:{door.port}"]
    if ca_file is not None:
        argv += ["-CAfile", str(ca_file)]
    if door.security == "starttls":
        argv += ["-starttls", door.spoken]
    try:
        done = subprocess.run(
            argv, input=farewell, capture_output=True, text=True,
            errors="replace", timeout=TIMEOUT, check=False,
        )
    except subprocess.TimeoutExpired:
        return {"version": None, "suite": None, "chain": [], "failure": "silence", "verify": None}
    agreed = AGREED.search(done.stdout)
    failure = failure_of(done.stderr)
    # Servers that hang up without close_notify after the handshake have still completed it.
    complete = agreed is not None and agreed[1] != "(NONE)" and failure in (None, "closed")
    verified = VERIFIED.findall(done.stdout)
    return {
        "version": protocol_of(done.stdout) if complete else None,
        "suite": suite_name(agreed[2]) if complete and agreed else None,
        "chain": [fingerprint(body) for body in PEM.findall(done.stdout)],
        "failure": None if complete else failure or "closed",
        "verify": verified[-1][1] if complete and verified else None,
    }


def protocol_of(output: str) -> str:
    """The version of the session; `New, TLSv1.0` names the suite's version, not the session's."""
    session = re.search(r"^\s+Protocol\s+: (\S+)", output, re.MULTILINE)
    agreed = AGREED.search(output)
    return session[1] if session else agreed[1] if agreed else ""


def failure_of(errors: str) -> str | None:
    """Why the handshake failed, from s_client's error lines."""
    alert = ALERT.search(errors)
    if alert:
        return f"alert {alert[1]}"
    if "unexpected eof" in errors:
        return "closed"
    if "wrong version number" in errors or "packet length too long" in errors:
        return "not TLS"
    if "write:errno=104" in errors or "read:errno=104" in errors:
        return "reset"
    if re.search(r"^[0-9A-F]+:error:", errors, re.MULTILINE):
        return errors.strip().splitlines()[-1].split(":")[5]
    return None


def fingerprint(body: str) -> str:
    """The SHA-256 of a certificate, in lower-case hex."""
    return hashlib.sha256(base64.b64decode(body)).hexdigest()


@functools.cache
def suite_names() -> dict[str, str]:
    """OpenSSL's names of suites with IANA's."""
    listing = openssl("ciphers", "-stdname", EVERYTHING)
    rows = [line.split() for line in listing.splitlines()]
    return {row[2]: row[0] for row in rows}


def suite_name(name: str) -> str:
    """IANA's name of a suite where OpenSSL knows it."""
    return suite_names().get(name, name)
