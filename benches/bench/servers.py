"""The servers of the bench: the laboratory's, and those that only the bench needs."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.certificates import Workshop
from lab.errors import LabError
from lab.packages import program
from lab.processes import Command, Supervisor, listening, supervised
from lab.servers import SERVERS
from lab.servers.values import last_of_each
from lab.site import Endpoint, Site

from bench import paths

HOST = "mail.lab.test"
READY_WITHIN = 15.0

SMTP = Endpoint("25", 25, "smtp", "starttls")
SUBMISSIONS = Endpoint("465", 465, "submission", "implicit")
IMAP = Endpoint("143", 143, "imap", "starttls")
IMAPS = Endpoint("993", 993, "imap", "implicit")
POP3 = Endpoint("110", 110, "pop3", "starttls")

Prepare = Callable[[Site], list[Command]]


@dataclass(frozen=True)
class Bars:
    """The most connections that one server may cost, where a figure is promised."""

    enumeration: int | None = None
    everything: int | None = None


@dataclass(frozen=True)
class Server:
    """A server with one door that is examined."""

    name: str
    about: str
    door: Endpoint
    prepare: Prepare
    certificate: str = "rsa"
    overlays: tuple[str, ...] = ()
    bars: Bars = Bars()
    # Compared by wall time with every peer, the slow ones too.
    timed: bool = False
    # Of another program that knows the truth; no peer looks at it.
    scripted: bool = False


@dataclass(frozen=True)
class Running:
    """A server that listens."""

    server: Server
    address: str
    proxy_address: str
    roots: Path


def commands_of(kind: str, site: Site) -> list[Command]:
    """Prepares a server of the laboratory, and returns what starts it."""
    SERVERS[kind].prepare(site)
    return SERVERS[kind].commands(site)


def of_lab(kind: str, file: str = "", more: str = "") -> Prepare:
    """A server of the laboratory, with more settings at the end of its file."""

    def prepare(site: Site) -> list[Command]:
        commands = commands_of(kind, site)
        if more:
            config = site.folder / file
            text = config.read_text() + more
            site.write(config, last_of_each(text, "=") if kind == "postfix" else text)
        return commands

    return prepare


def exim_with_openssl(site: Site) -> list[Command]:
    """Exim built with OpenSSL: the laboratory's configuration with OpenSSL's own choice of suites."""
    [command] = commands_of("exim", site)
    config = site.folder / "exim.conf"
    lines = config.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("tls_require_ciphers")]
    config.write_text("\n".join(kept) + "\n")
    return [Command([str(paths.EXIM_OPENSSL), *command.argv[1:]], command.log)]


def opensmtpd(site: Site) -> list[Command]:
    """OpenSMTPD 7, whose configuration is as the laboratory's.

    It asks the DNS for each client's name before it looks into /etc/hosts, and a slow answer would count
    as its own time: in a mount namespace of its own it is told to look into the file alone.
    """
    [command] = commands_of("opensmtpd", site)
    resolver = site.write(site.folder / "resolv.conf", "lookup file\n")
    inside = f'mount --bind {resolver} /etc/resolv.conf && exec "$0" "$@"'
    # The laboratory gives it folders of its own first, and then starts Debian's.
    debian = str(program("opensmtpd", "usr/sbin/smtpd"))
    daemon = [str(paths.OPENSMTPD) if word == debian else word for word in command.argv]
    return [Command(["unshare", "--mount", "sh", "-c", inside, *daemon], command.log)]


def behind_stunnel(door: Endpoint, protocol: str) -> Prepare:
    """stunnel before a Postfix that knows no TLS itself."""

    def prepare(site: Site) -> list[Command]:
        behind = Site(
            site.subfolder("postfix"), address("behind", site.address), site.host, site.identities,
            ("no-tls",), (SMTP,),
        )
        first = site.identities[0]
        lines = [
            "foreground = yes", "pid =", f"[{door.name}]", f"accept = {site.address}:{door.port}",
            f"connect = {behind.address}:{SMTP.port}", f"key = {first.key}", f"cert = {first.chain}",
        ]
        lines += [f"protocol = {protocol}"] if protocol else []
        config = site.write(site.folder / "stunnel.conf", "\n".join(lines) + "\n")
        return [
            *commands_of("postfix", behind),
            Command(["/usr/bin/stunnel", str(config)], site.folder / "output.log"),
        ]

    return prepare


def cyrus(site: Site) -> list[Command]:
    """Cyrus IMAP from its unpacked package, on STARTTLS and on implicit TLS."""
    first = site.identities[0]
    for name in ("db", "socket", "proc", "lock", "log", "msg", "user", "quota", "spool"):
        site.subfolder(f"state/{name}", "cyrus")
    site.subfolder("state", "cyrus")
    readable = site.subfolder("keys", "cyrus")
    for path in (first.key, first.chain):
        target = readable / path.name
        target.write_bytes(path.read_bytes())
    settings = site.write(
        site.folder / "imapd.conf",
        f"configdirectory: {site.folder}/state\npartition-default: {site.folder}/state/spool\n"
        f"servername: {site.host}\nallowplaintext: no\n"
        "sasl_pwcheck_method: auxprop\nsasl_mech_list: PLAIN\n"
        f"tls_server_cert: {readable / first.chain.name}\ntls_server_key: {readable / first.key.name}\n",
    )
    imapd = f"{paths.CYRUS_PROGRAMS}/imapd -U 50 -C {settings}"
    services = site.write(
        site.folder / "cyrus.conf",
        f'START {{\n  recover cmd="{paths.CYRUS_PROGRAMS}/ctl_cyrusdb -C {settings} -r"\n}}\n'
        "SERVICES {\n"
        f'  imap cmd="{imapd}" listen="{site.address}:143" prefork=0 maxchild=100\n'
        f'  imaps cmd="{imapd} -s" listen="{site.address}:993" prefork=0 maxchild=100\n'
        "}\nEVENTS {\n}\n",
    )
    argv = [
        f"{paths.CYRUS_PROGRAMS}/master", "-C", str(settings), "-M", str(services), "-D",
        "-p", f"{site.folder}/state/pid",
    ]
    return [Command(argv, site.folder / "output.log", {"LD_LIBRARY_PATH": str(paths.CYRUS_LIBRARIES)})]


DEBIAN_SUITES = "tls_medium_cipherlist = aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH\n"
# Dovecot's own defaults, which Debian's file does not change but for ssl_dh.
DOVECOT_SUITES = (
    "ssl_cipher_list = "
    "ALL:!kRSA:!SRP:!kDHd:!DSS:!aNULL:!eNULL:!EXPORT:!DES:!3DES:!MD5:!PSK:!RC4:!ADH:!LOW@STRENGTH\n"
    "ssl_curve_list =\n"
)

SERVERS_OF_BENCH = (
    Server(
        "postfix-modern", "Postfix, TLS 1.2 and 1.3, RSA and ECDSA", SMTP, of_lab("postfix"),
        certificate="healthy", bars=Bars(45, 70), timed=True,
    ),
    Server(
        "postfix-debian", "Postfix with Debian's TLS settings: 91 suites", SMTP, of_lab("postfix"),
        overlays=("debian-defaults",), bars=Bars(120), timed=True,
    ),
    Server(
        "postfix-many", "Postfix, TLS 1.2 and 1.3, RSA and ECDSA, all of Debian's suites", SMTP,
        of_lab("postfix", "main.cf", DEBIAN_SUITES), certificate="healthy",
    ),
    Server(
        "postfix-old", "Postfix, TLS 1.0 and 1.1 only", SMTP, of_lab("postfix"),
        overlays=("old-versions",),
    ),
    Server(
        "dovecot", "Dovecot with Debian's TLS settings, ssl_dh set", IMAPS, of_lab("dovecot"),
        overlays=("debian-defaults",), timed=True,
    ),
    Server(
        "dovecot-no-dh", "Dovecot with its own defaults, no ssl_dh", IMAPS,
        of_lab("dovecot", "dovecot.conf", DOVECOT_SUITES),
    ),
    Server(
        "exim-gnutls", "Exim on GnuTLS with Debian's settings", SMTP, of_lab("exim"),
        overlays=("debian-defaults",),
    ),
    Server("exim-openssl", "Exim on OpenSSL with its own defaults", SMTP, exim_with_openssl),
    Server(
        "courier", "Courier on GnuTLS with Debian's settings, POP3", POP3, of_lab("courier"),
        overlays=("debian-defaults",),
    ),
    Server("cyrus", "Cyrus IMAP with its own defaults", IMAP, cyrus),
    Server("opensmtpd", "OpenSMTPD 7 with its own defaults", SMTP, opensmtpd),
    Server("stunnel", "stunnel before Postfix, STARTTLS", SMTP, behind_stunnel(SMTP, "smtp")),
    Server("stunnel-tls", "stunnel before Postfix, implicit TLS", SUBMISSIONS, behind_stunnel(SUBMISSIONS, "")),
)


def address(role: str, of: Server | str) -> str:
    """Loopback addresses of a server, its proxy, and the daemon behind it."""
    number = SERVERS_OF_BENCH.index(of) + 1 if isinstance(of, Server) else int(of.rpartition(".")[2])
    return f"{paths.NETWORK}.{number + {'server': 0, 'proxy': 100, 'behind': 200}[role]}"


@contextlib.contextmanager
def running(servers: list[Server]) -> Iterator[list[Running]]:
    """Starts servers, each in a folder of its own; nothing of them is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="mailmedic-bench-") as name, supervised() as supervisor:
        Path(name).chmod(0o755)
        started = [start(server, Path(name) / server.name, supervisor) for server in servers]
        for here in started:
            wait_for(here, supervisor, Path(name) / here.server.name)
        yield started


def start(server: Server, folder: Path, supervisor: Supervisor) -> Running:
    """Writes a server's files and starts it."""
    folder.mkdir()
    workshop = Workshop(folder / "ca")
    place = folder / "server"
    place.mkdir()
    identities = workshop.identities(server.certificate, HOST, place / "tls")
    here = address("server", server)
    site = Site(place, here, HOST, identities, server.overlays, (server.door,))
    for command in server.prepare(site):
        supervisor.start(command)
    return Running(server, here, address("proxy", server), workshop.root)


def wait_for(here: Running, supervisor: Supervisor, folder: Path) -> None:
    """Returns once the server listens; raises with its logs when it falls or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while not listening(here.address, here.server.door.port):
        fallen = supervisor.fallen()
        if fallen or time.monotonic() > deadline:
            logs = [path for path in sorted(folder.rglob("*log")) if path.is_file()]
            words = "\n".join(f"--- {log}\n{log.read_text(errors='replace')[-2000:]}" for log in logs)
            raise LabError(f"{here.server.name} is not ready; {fallen}\n{words}")
        time.sleep(0.01)
