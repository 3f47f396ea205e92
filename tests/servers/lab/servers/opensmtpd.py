"""OpenSMTPD: Debian 12's 6.8.0p2, whose private-key process does not work with OpenSSL 3.

Its spool and control socket are compiled in, so there can be one instance at a time.
"""

from lab.packages import program
from lab.processes import Command
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("25", 25, "smtp", "starttls"),
    Endpoint("587", 587, "submission", "starttls"),
    Endpoint("465", 465, "submission", "implicit"),
)


def prepare(site: Site) -> list[Command]:
    """Writes smtpd.conf."""
    first = site.identities[0]
    config = site.render(
        "opensmtpd/smtpd.conf",
        site.folder / "smtpd.conf",
        CERT_FILE=str(first.chain),
        KEY_FILE=str(first.key),
    )
    smtpd = str(program("opensmtpd", "usr/sbin/smtpd"))
    return [Command([smtpd, "-d", "-v", "-f", str(config)], site.folder / "output.log")]
