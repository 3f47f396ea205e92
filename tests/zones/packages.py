"""The name server, the signer, the resolver and the client of Debian, installed by name."""

import os
import shutil

from lab.errors import LabError
from lab.packages import apt, refresh_index, services_held

PACKAGES = {
    "knotd": "knot", "dnssec-signzone": "bind9-utils", "openssl": "openssl", "unbound": "unbound", "posttls-finger": "postfix",
}
FOLDERS = "/usr/sbin:/usr/bin:/sbin:/bin"


def program(name: str) -> str:
    """The path of a program."""
    found = shutil.which(name, path=FOLDERS)
    if found is None:
        raise LabError(f"{name} is not there: python3 tests/zones install")
    return found


def install() -> None:
    """Installs what is missing, and starts no service."""
    missing = [package for name, package in PACKAGES.items() if shutil.which(name, path=FOLDERS) is None]
    if not missing:
        return
    if os.geteuid() != 0:
        raise LabError("installing needs root")
    with services_held():
        refresh_index()
        apt("install", "--no-install-recommends", *missing)
