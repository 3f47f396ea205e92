"""Dovecot: IMAP, POP3, ManageSieve and LMTP from one foreground process."""

from lab.certificates import openssl
from lab.cures import Ways
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


def prepare(site: Site) -> None:
    """Writes dovecot.conf; a second identity becomes the alternative certificate."""
    first, *others = site.identities
    certificates = [f"ssl_cert = <{first.chain}", f"ssl_key = <{first.key}"]
    for other in others:
        certificates += [f"ssl_alt_cert = <{other.chain}", f"ssl_alt_key = <{other.key}"]
    if "weak-dh" in site.overlays:
        openssl("dhparam", "-out", site.folder / "dh1024.pem", "1024")
    site.render(
        "dovecot/dovecot.conf",
        site.folder / "dovecot.conf",
        ".conf",
        CERTIFICATES="\n".join(certificates),
    )


def commands(site: Site) -> list[Command]:
    """The one process that starts all others."""
    argv = ["/usr/sbin/dovecot", "-F", "-c", str(site.folder / "dovecot.conf")]
    return [Command(argv, site.folder / "output.log")]


def ways(site: Site) -> Ways:
    """The lines belong into the one file; doveconf reads it as it would read Dovecot's own."""
    config = site.folder / "dovecot.conf"
    functions = (
        f'doveconf() {{ command doveconf -c {config} "$@"; }}\n'
        'doveadm() { [ "$*" = reload ]; }'
    )
    return Ways(config, functions=functions, paths={"/etc/dovecot/": f"{site.folder}/"})
