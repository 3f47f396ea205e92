"""Exim: Debian's GnuTLS build, which reads its key as the user Debian-exim."""

import shutil

from lab.cures import Ways
from lab.packages import program
from lab.processes import Command
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("25", 25, "smtp", "starttls"),
    Endpoint("587", 587, "submission", "starttls"),
    Endpoint("465", 465, "submission", "implicit"),
)
USER = "Debian-exim"


def prepare(site: Site) -> None:
    """Writes exim.conf and hands the keys to Exim's user, unless the scenario withholds them."""
    if "key-unreadable" not in site.overlays:
        for identity in site.identities:
            shutil.chown(identity.key, USER)
    site.subfolder("spool", USER, 0o750)
    site.subfolder("log", USER, 0o750)
    site.render(
        "exim/exim.conf",
        site.folder / "exim.conf",
        ".conf",
        CERT_FILES=" : ".join(str(identity.chain) for identity in site.identities),
        KEY_FILES=" : ".join(str(identity.key) for identity in site.identities),
    )


def commands(site: Site) -> list[Command]:
    """The daemon in the foreground."""
    exim = str(program("exim4-daemon-light", "usr/sbin/exim4"))
    return [Command([exim, "-C", str(site.folder / "exim.conf"), "-bdf"], site.folder / "output.log")]


def ways(site: Site) -> Ways:
    """The lines belong into the main section, which ends at the first `begin`."""
    config = site.folder / "exim.conf"
    exim = program("exim4-daemon-light", "usr/sbin/exim4")
    functions = (
        f'exim() {{ {exim} -C {config} "$@"; }}\n'
        'systemctl() { [ "$*" = "reload exim4" ]; }'
    )
    # The machine's own Debian configuration, should there be one, is none of ours.
    paths = {"/usr/sbin/update-exim4.conf": str(site.folder / "update-exim4.conf")}
    return Ways(config, before="begin ", functions=functions, paths=paths)
