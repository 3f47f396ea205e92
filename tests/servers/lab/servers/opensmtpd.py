"""OpenSMTPD: Debian 12's 6.8.0p2, whose private-key process does not work with OpenSSL 3.

Its spool and control socket are compiled in, so there can be one instance at a time.
"""

from lab.cures import Ways
from lab.packages import program
from lab.processes import Command
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("25", 25, "smtp", "starttls"),
    Endpoint("587", 587, "submission", "starttls"),
    Endpoint("465", 465, "submission", "implicit"),
)


def prepare(site: Site) -> None:
    """Writes smtpd.conf."""
    first = site.identities[0]
    site.render(
        "opensmtpd/smtpd.conf",
        site.folder / "smtpd.conf",
        CERT_FILE=str(first.chain),
        KEY_FILE=str(first.key),
    )


def commands(site: Site) -> list[Command]:
    """The daemon in the foreground."""
    smtpd = str(program("opensmtpd", "usr/sbin/smtpd"))
    return [Command([smtpd, "-d", "-v", "-f", str(site.folder / "smtpd.conf")], site.folder / "output.log")]


def ways(site: Site) -> Ways:
    """The lines belong above those for the ports."""
    config = site.folder / "smtpd.conf"
    smtpd = program("opensmtpd", "usr/sbin/smtpd")
    functions = (
        f'smtpd() {{ {smtpd} -f {config} "$@"; }}\n'
        'systemctl() { [ "$*" = "restart opensmtpd" ]; }'
    )
    return Ways(config, name=r"((?:smtp|pki \S+|listen on \S+ port \d+)(?: \w+)?)", before="listen ", functions=functions)
