"""Installs the clients from Debian's packages."""

import shutil

from lab import packages
from lab.errors import LabError

# The command that shows that a package is there.
COMMANDS = {
    "certutil": "libnss3-tools",
    "curl": "curl",
    "fetchmail": "fetchmail",
    "gnutls-cli": "gnutls-bin",
    "go": "golang-go",
    "javac": "openjdk-17-jdk-headless",
    "mbsync": "isync",
    "msmtp": "msmtp",
    "mutt": "mutt",
    "node": "nodejs",
    "swaks": "swaks",
    "thunderbird": "thunderbird",
}
# What swaks needs for TLS, which is only a suggestion of its package.
BESIDE = ("libio-socket-ssl-perl", "libnet-ssleay-perl")


def install() -> None:
    """Brings every client onto this machine, Postfix and Exim with the laboratory of servers; starts none."""
    packages.install()
    wanted = missing()
    if not wanted:
        return
    with packages.services_held():
        packages.refresh_index()
        packages.apt("install", "--no-install-recommends", *wanted, *BESIDE)
    if gaps := missing():
        raise LabError(f"the installation is not complete: {', '.join(gaps)}")


def missing() -> list[str]:
    """The packages whose command is not there."""
    return [package for command, package in COMMANDS.items() if shutil.which(command) is None]
