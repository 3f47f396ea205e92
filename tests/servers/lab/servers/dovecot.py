"""Dovecot: IMAP, POP3, ManageSieve and LMTP from one foreground process."""

from lab.processes import Command
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("143", 143, "imap", "starttls"),
    Endpoint("993", 993, "imap", "implicit"),
    Endpoint("110", 110, "pop3", "starttls"),
    Endpoint("995", 995, "pop3", "implicit"),
    Endpoint("4190", 4190, "sieve", "starttls"),
    Endpoint("24", 24, "lmtp", "starttls"),
    Endpoint("unix", 0, "lmtp", "starttls", "lmtp"),
)


def prepare(site: Site) -> list[Command]:
    """Writes dovecot.conf; a second identity becomes the alternative certificate."""
    first, *others = site.identities
    certificates = [f"ssl_cert = <{first.chain}", f"ssl_key = <{first.key}"]
    for other in others:
        certificates += [f"ssl_alt_cert = <{other.chain}", f"ssl_alt_key = <{other.key}"]
    config = site.render(
        "dovecot/dovecot.conf",
        site.folder / "dovecot.conf",
        ".conf",
        CERTIFICATES="\n".join(certificates),
    )
    return [Command(["/usr/sbin/dovecot", "-F", "-c", str(config)], site.folder / "output.log")]
