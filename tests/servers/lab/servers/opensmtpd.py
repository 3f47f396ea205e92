"""OpenSMTPD: Debian 12's 6.8.0p2, whose private-key process does not work with OpenSSL 3.

Its spool and control socket are compiled in: each instance has folders of its own in their place, which nobody
else sees.
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


# In a mount namespace of its own: two folders in the place of others, then the rest as a command.
OWN_FOLDERS = 'mount --bind "$1" /run && mount --bind "$2" /var/spool/smtpd && shift 2 && exec "$@"'


def prepare(site: Site) -> None:
    """Writes smtpd.conf."""
    site.subfolder("run")
    site.subfolder("spool", mode=0o711)
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
    daemon = [smtpd, "-d", "-v", "-f", str(site.folder / "smtpd.conf")]
    folders = [str(site.folder / "run"), str(site.folder / "spool")]
    alone = ["unshare", "--mount", "sh", "-c", OWN_FOLDERS, "sh", *folders, *daemon]
    return [Command(alone, site.folder / "output.log")]


def ways(site: Site) -> Ways:
    """The lines belong above those for the ports."""
    config = site.folder / "smtpd.conf"
    smtpd = program("opensmtpd", "usr/sbin/smtpd")
    functions = (
        f'smtpd() {{ {smtpd} -f {config} "$@"; }}\n'
        'systemctl() { [ "$*" = "restart opensmtpd" ]; }'
    )
    return Ways(config, name=r"((?:smtp|pki \S+|listen on \S+ port \d+)(?: \w+)?)", before="listen ", functions=functions)
