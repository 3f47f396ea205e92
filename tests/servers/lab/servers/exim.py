"""Exim: Debian's GnuTLS build, which reads its key as the user Debian-exim."""

import shutil

from lab.packages import program
from lab.processes import Command
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("25", 25, "smtp", "starttls"),
    Endpoint("587", 587, "submission", "starttls"),
    Endpoint("465", 465, "submission", "implicit"),
)
USER = "Debian-exim"


def prepare(site: Site) -> list[Command]:
    """Writes exim.conf and hands the keys to Exim's user, unless the scenario withholds them."""
    if "key-unreadable" not in site.overlays:
        for identity in site.identities:
            shutil.chown(identity.key, USER)
    site.subfolder("spool", USER, 0o750)
    site.subfolder("log", USER, 0o750)
    config = site.render(
        "exim/exim.conf",
        site.folder / "exim.conf",
        ".conf",
        CERT_FILES=" : ".join(str(identity.chain) for identity in site.identities),
        KEY_FILES=" : ".join(str(identity.key) for identity in site.identities),
    )
    exim = program("exim4-daemon-light", "usr/sbin/exim4")
    return [Command([str(exim), "-C", str(config), "-bdf"], site.folder / "output.log")]
