"""Brings the servers and the peers onto this machine: Debian's packages by name, sslyze from PyPI.

What would conflict with an installed package is unpacked into the bench's cache. Debian builds Exim
with GnuTLS only, so the other build is made there from Debian's source: 16 seconds on two cores.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from lab import packages
from lab.errors import LabError
from lab.packages import apt, make_user, run, services_held, user_exists

from bench import paths

SECURITY = "http://deb.debian.org/debian-security bookworm-security main"
MAIN = "http://deb.debian.org/debian bookworm main"
BACKPORTS = "http://deb.debian.org/debian bookworm-backports main"
# Libraries of Cyrus that a machine with Postfix and Dovecot does not have.
CYRUS_PACKAGES = (
    "cyrus-common", "cyrus-imapd", "libclamav12", "libical3", "libmspack0", "libxapian30", "libzephyr4",
)
EXIM_NEEDS = ("dpkg-dev", "gcc", "libc6-dev", "libdb-dev", "libpcre2-dev", "libssl-dev", "make")
EXIM_SETTINGS = """BIN_DIRECTORY={bin}
CONFIGURE_FILE={folder}/exim.conf
EXIM_USER=Debian-exim
SPOOL_DIRECTORY={folder}/spool
USE_DB=yes
DBMLIB=-ldb
PCRE2_CONFIG=yes
USE_OPENSSL=yes
TLS_LIBS=-lssl -lcrypto
ROUTER_ACCEPT=yes
TRANSPORT_SMTP=yes
AUTH_PLAINTEXT=yes
LOOKUP_LSEARCH=yes
DISABLE_DKIM=yes
FIXED_NEVER_USERS=root
HEADERS_CHARSET="UTF-8"
"""


def install(peers: bool) -> None:
    """Installs every server, nmap (which also judges), and on demand the slow peers."""
    packages.install()
    paths.CACHE.mkdir(parents=True, exist_ok=True)
    paths.CACHE.chmod(0o755)
    commands = {"nmap": "nmap", "stunnel": "stunnel4"}
    if peers:
        commands |= {"sslscan": "sslscan", "testssl": "testssl.sh"}
    wanted = [package for command, package in commands.items() if not shutil.which(command)]
    if wanted:
        with services_held():
            apt("update")
            apt("install", "--no-install-recommends", *wanted)
    unless(paths.CYRUS_PROGRAMS / "master", cyrus)
    unless(paths.OPENSMTPD, opensmtpd)
    unless(paths.EXIM_OPENSSL, exim_with_openssl)
    if not user_exists("cyrus"):
        make_user("cyrus")
    if peers:
        unless(paths.SSLYZE, sslyze)


def pflogsumm() -> None:
    """Installs what counts the lines of Postfix in a log."""
    if shutil.which("pflogsumm"):
        return
    with services_held():
        apt("update")
        apt("install", "--no-install-recommends", "pflogsumm")


def unless(there: Path, make: Callable[[Path], None]) -> None:
    """Makes something in a folder of the cache unless it is there."""
    if there.exists():
        return
    folder = paths.CACHE / there.relative_to(paths.CACHE).parts[0]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"bench: fetching {folder.name}", file=sys.stderr, flush=True)
    make(folder)


def cyrus(folder: Path) -> None:
    """Unpacks Cyrus, whose package would replace Dovecot's services, and its libraries."""
    download(folder, *CYRUS_PACKAGES)


def opensmtpd(folder: Path) -> None:
    """Unpacks OpenSMTPD 7 from the backports: on Debian 12 the older one agrees on nothing."""
    download(folder, "opensmtpd", sources=[f"deb {BACKPORTS}"])


def download(folder: Path, *names: str, sources: list[str] | None = None) -> None:
    """Downloads packages and unpacks them; where sources are named, from these alone."""
    with tempfile.TemporaryDirectory() as name:
        archives = Path(name)
        archives.chmod(0o755)
        options = lists(archives, sources) if sources else []
        apt(*options, "update")
        apt(*options, "download", *names, cwd=name)
        for archive in sorted(archives.glob("*.deb")):
            run("dpkg-deb", "-x", str(archive), str(folder))


def exim_with_openssl(folder: Path) -> None:
    """Builds Exim with OpenSSL from Debian's source package."""
    with services_held():
        apt("install", "--no-install-recommends", *EXIM_NEEDS)
    try:
        sources(folder, MAIN, SECURITY)
    except LabError:
        # A mirror whose index of updates is older than its files; the release itself never changes.
        for rest in folder.glob("exim4_*"):
            rest.unlink()
        sources(folder, MAIN)
    description = next(folder.glob("exim4_*.dsc"))
    run("dpkg-source", "-x", str(description), "source", cwd=str(folder))
    source, programs = folder / "source", folder / "bin"
    (source / "Local").mkdir(exist_ok=True)
    (source / "Local/Makefile").write_text(EXIM_SETTINGS.format(folder=folder, bin=programs))
    run("make", f"-j{os.cpu_count()}", cwd=str(source))
    programs.mkdir()
    shutil.copy2(next(source.glob("build-*/exim")), programs / "exim4")


def sources(folder: Path, *archives: str) -> None:
    """Downloads the newest source of Exim in these archives."""
    options = lists(folder, [f"deb-src {archive}" for archive in archives])
    apt(*options, "update")
    apt(*options, "source", "--download-only", "exim4", cwd=str(folder))


def lists(folder: Path, sources: list[str]) -> list[str]:
    """The options that give apt sources of its own, apart from the machine's."""
    file = folder / "sources.list"
    file.write_text("\n".join(sources) + "\n")
    (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::Etc::SourceList": str(file), "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": str(folder / "lists"),
        "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def sslyze(folder: Path) -> None:
    """Installs sslyze from PyPI into a virtual environment."""
    run(sys.executable, "-m", "venv", str(folder))
    run(str(folder / "bin/pip"), "install", "--quiet", "sslyze")


def versions() -> dict[str, str]:
    """What is compared, by version."""
    shown = {
        "nmap": ["nmap", "--version"],
        "sslscan": ["sslscan", "--version", "--no-colour"],
        "testssl.sh": ["dpkg-query", "-W", "-f", "${Version}", "testssl.sh"],
        "sslyze": [str(paths.SSLYZE.with_name("python")), "-c",
                   "from importlib.metadata import version; print(version('sslyze'))"],
        "openssl": ["openssl", "version"],
    }
    return {name: first_version(argv) for name, argv in shown.items()}


def first_version(argv: list[str]) -> str:
    """The first word with a dot and a digit that a command prints."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError:
        return "-"
    words = done.stdout.split()
    return next((word for word in words if word[:1].isdigit() and "." in word), "-")
