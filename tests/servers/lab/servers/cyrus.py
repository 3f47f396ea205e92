"""Cyrus IMAP: `master` on its own folders; its services run as the user cyrus, who must read the key."""

import shutil

from lab.cures import Ways
from lab.packages import UNPACKED, library_path, program
from lab.processes import Command
from lab.servers.values import last_of_each
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("143", 143, "imap", "starttls"),
    Endpoint("993", 993, "imap", "implicit"),
)
USER = "cyrus"


def prepare(site: Site) -> None:
    """Writes cyrus.conf and imapd.conf, and makes the folders that Cyrus' own script would."""
    first = site.identities[0]
    shutil.chown(first.key, USER)
    settings = site.render(
        "cyrus/imapd.conf",
        site.folder / "imapd.conf",
        ".conf",
        CERT_FILE=str(first.chain),
        KEY_FILE=str(first.key),
    )
    site.write(settings, last_of_each(settings.read_text(), ":"))
    site.render(
        "cyrus/cyrus.conf",
        site.folder / "cyrus.conf",
        BIN=str(UNPACKED / "cyrus-imapd/usr/lib/cyrus/bin"),
    )
    for name in ("state", "state/db", "state/proc", "state/socket", "state/ptclient", "state/log", "state/lock",
                 "state/msg", "state/quota", "state/user", "mail", "mail/stage."):
        site.subfolder(name, USER, 0o750)


def commands(site: Site) -> list[Command]:
    """The one process that starts all others."""
    master = str(program("cyrus-common", "usr/lib/cyrus/bin/master"))
    argv = [
        master, "-C", str(site.folder / "imapd.conf"), "-M", str(site.folder / "cyrus.conf"),
        "-p", str(site.folder / "master.pid"), "-D",
    ]
    return [Command(argv, site.folder / "output.log", {"LD_LIBRARY_PATH": library_path()})]


def ways(site: Site) -> Ways:
    """The lines belong into imapd.conf."""
    functions = 'systemctl() { [ "$*" = "restart cyrus-imapd" ]; }'
    return Ways(site.folder / "imapd.conf", name=r"(\w+):", functions=functions)
