"""Courier IMAP and POP3: couriertcpd with the settings of Courier's own files in the environment."""

import shutil

from lab.certificates import Identity
from lab.cures import Ways
from lab.packages import library_path, program
from lab.processes import Command
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("143", 143, "imap", "starttls"),
    Endpoint("993", 993, "imap", "implicit"),
    Endpoint("110", 110, "pop3", "starttls"),
    Endpoint("995", 995, "pop3", "implicit"),
)
LOGINS = {
    "imap": ("courier-imap", "usr/lib/courier/courier/imaplogin", "usr/bin/imapd"),
    "pop3": ("courier-pop", "usr/lib/courier/courier/courierpop3login", "usr/lib/courier/courier/courierpop3d"),
}


def prepare(site: Site) -> None:
    """Writes the settings."""
    first = site.identities[0]
    site.render(
        "courier/settings",
        site.folder / "settings",
        ".settings",
        CERT_FILE=str(combined(site, first)),
        COURIERTLS=str(program("courier-base", "usr/bin/couriertls")),
    )


def commands(site: Site) -> list[Command]:
    """A couriertcpd for each door, with the settings as they are now."""
    settings = (site.folder / "settings").read_text()
    base = {"LD_LIBRARY_PATH": library_path(), **read_settings(settings)}
    return [command(site, endpoint, base) for endpoint in ENDPOINTS]


def ways(site: Site) -> Ways:
    """The settings of all of Courier's files are in one."""
    functions = "systemctl() { [ \"$*\" = 'restart courier*' ]; }"
    return Ways(site.folder / "settings", name=r"(\w+)=", functions=functions)


def command(site: Site, endpoint: Endpoint, base: dict[str, str]) -> Command:
    """The couriertcpd of one door."""
    package, login, daemon = LOGINS[endpoint.protocol]
    argv = [
        str(program("courier-base", "usr/sbin/couriertcpd")),
        f"-address={site.address}", "-maxprocs=40", "-maxperip=40",
        "-nodnslookup", "-noidentlookup", str(endpoint.port),
    ]
    env = dict(base)
    if endpoint.security == "implicit":
        argv += [base["COURIERTLS"], "-server", "-tcpd", "-user=courier"]
        env[f"{endpoint.protocol.upper()}_TLS"] = "1"
    argv += [str(program(package, login)), str(program(package, daemon)), "Maildir"]
    return Command(argv, site.folder / f"{endpoint.name}.log", env)


def combined(site: Site, identity: Identity) -> str:
    """Courier's one file with key and chain, which must belong to its user."""
    path = site.folder / "server.pem"
    path.touch(mode=0o600)
    path.write_bytes(identity.key.read_bytes() + identity.chain.read_bytes())
    shutil.chown(path, "courier")
    return str(path)


def read_settings(text: str) -> dict[str, str]:
    """Reads NAME=VALUE lines; a later line wins."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}
