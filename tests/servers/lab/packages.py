"""Installs the servers from Debian's packages without starting any of them.

Postfix and Dovecot look for their modules at compiled-in paths and are installed.
Every other server conflicts with Postfix or Dovecot as a package, so it is unpacked
into a folder of its own, and only the libraries that it needs are installed.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lab.errors import LabError

UNPACKED = Path(os.environ.get("MAILMEDIC_LAB_PACKAGES", "/var/lib/mailmedic-lab"))

INSTALLED = (
    "openssl",
    "postfix",
    "dovecot-core",
    "dovecot-imapd",
    "dovecot-pop3d",
    "dovecot-lmtpd",
    "dovecot-managesieved",
    "libsasl2-modules",
    "m4",
)
SEPARATE = (
    "exim4-daemon-light",
    "courier-base",
    "courier-authlib",
    "courier-imap",
    "courier-pop",
    "cyrus-common",
    "cyrus-imapd",
    "opensmtpd",
    "sendmail-bin",
    "sendmail-cf",
)
USERS = ("Debian-exim", "courier", "cyrus", "opensmtpd", "opensmtpq")
OPENSMTPD_FOLDERS = (Path("/var/lib/opensmtpd/empty"), Path("/var/spool/smtpd"))
POLICY = Path("/usr/sbin/policy-rc.d")


def program(package: str, path: str) -> Path:
    """The full path of a program inside an unpacked package."""
    return UNPACKED / package / path


def library_path() -> str:
    """The loader's path for the unpacked programs."""
    authlib = UNPACKED / "courier-authlib/usr/lib"
    cyrus = UNPACKED / "cyrus-common/usr/lib/x86_64-linux-gnu"
    return f"{authlib}:{authlib / 'courier-authlib'}:{cyrus}"


def programs() -> tuple[Path, ...]:
    """Every program that a scenario may start."""
    return (
        Path("/usr/bin/openssl"),
        Path("/usr/lib/postfix/sbin/master"),
        Path("/usr/lib/postfix/sbin/smtpd"),
        Path("/usr/sbin/dovecot"),
        Path("/usr/lib/dovecot/managesieve-login"),
        Path("/usr/lib/dovecot/lmtp"),
        program("exim4-daemon-light", "usr/sbin/exim4"),
        program("courier-base", "usr/sbin/couriertcpd"),
        program("courier-base", "usr/bin/couriertls"),
        program("courier-imap", "usr/lib/courier/courier/imaplogin"),
        program("courier-pop", "usr/lib/courier/courier/courierpop3login"),
        program("cyrus-common", "usr/lib/cyrus/bin/master"),
        program("cyrus-imapd", "usr/lib/cyrus/bin/imapd"),
        program("opensmtpd", "usr/sbin/smtpd"),
        Path("/usr/bin/m4"),
        program("sendmail-bin", "usr/libexec/sendmail/sendmail"),
        program("sendmail-cf", "usr/share/sendmail/cf/m4/cf.m4"),
    )


def install() -> None:
    """Brings every server onto this machine; does nothing where all is there."""
    if os.geteuid() != 0:
        raise LabError("installing needs root")
    if not missing():
        return
    with services_held():
        refresh_index()
        preseed("postfix postfix/main_mailer_type select No configuration\n")
        apt("install", "--no-install-recommends", *INSTALLED)
        unpack_separate()
    for user in USERS:
        make_user(user)
    for folder in OPENSMTPD_FOLDERS:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
    gaps = missing()
    if gaps:
        raise LabError("the installation is not complete: " + "; ".join(gaps))


def missing() -> list[str]:
    """What a scenario would lack: programs, their libraries, users."""
    gaps = []
    for path in programs():
        if not path.exists():
            gaps.append(f"{path} is missing")
        else:
            gaps.extend(f"{path} lacks {name}" for name in missing_libraries(path))
    gaps.extend(f"user {name} is missing" for name in USERS if not user_exists(name))
    gaps.extend(f"{path} is missing" for path in OPENSMTPD_FOLDERS if not path.is_dir())
    return gaps


def missing_libraries(path: Path) -> list[str]:
    """The shared libraries of a program that the loader does not find."""
    env = dict(os.environ, LD_LIBRARY_PATH=library_path())
    listing = subprocess.run(["ldd", path], capture_output=True, text=True, env=env, check=False)
    return [line.split()[0] for line in listing.stdout.splitlines() if "not found" in line]


def unpack_separate() -> None:
    """Downloads and unpacks the packages that cannot be installed side by side, and are not there yet."""
    wanted = [package for package in SEPARATE if not (UNPACKED / package).is_dir()]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        apt("download", *wanted, cwd=folder)
        libraries: set[str] = set()
        for package in wanted:
            archives = sorted(Path(folder).glob(f"{package}_*.deb"))
            if not archives:
                raise LabError(f"apt-get download brought no {package}")
            target = UNPACKED / package
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            run("dpkg-deb", "-x", str(archives[0]), str(target))
            libraries |= library_packages(archives[0])
    apt("install", "--no-install-recommends", *sorted(libraries))


def library_packages(archive: Path) -> set[str]:
    """The library packages that an archive depends on, first alternatives only."""
    depends = run("dpkg-deb", "-f", str(archive), "Depends")
    names = {item.split("|")[0].split("(")[0].strip() for item in depends.split(",")}
    return {name for name in names if name.startswith(("lib", "zlib"))}


@contextlib.contextmanager
def services_held() -> Iterator[None]:
    """Keeps packages from starting services; puts the machine's own policy back."""
    before = POLICY.read_bytes() if POLICY.exists() else None
    mode = POLICY.stat().st_mode if before is not None else 0
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            POLICY.unlink()
        else:
            POLICY.write_bytes(before)
            POLICY.chmod(mode)


def refresh_index() -> None:
    """Fetches the package lists."""
    apt("update")


def preseed(answer: str) -> None:
    """Answers a package's question before it is asked."""
    subprocess.run(["debconf-set-selections"], input=answer, text=True, check=False)


def apt(*arguments: str, cwd: str | None = None) -> None:
    """Runs apt-get, waiting up to three minutes for another one to finish."""
    run("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=180", *arguments, cwd=cwd)


def run(*argv: str, cwd: str | None = None) -> str:
    """Runs a command; its output, or an error with the end of what it said."""
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C")
    done = subprocess.run(argv, capture_output=True, text=True, cwd=cwd, env=env, check=False)
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise LabError(f"{' '.join(argv)} ended with {done.returncode}:\n{said}")
    return done.stdout


def make_user(name: str) -> None:
    """Adds a system user and its group, as the package's own script would."""
    if not user_exists(name):
        run(
            "useradd", "--system", "--user-group", "--no-create-home",
            "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", "--badname", name,
        )


def user_exists(name: str) -> bool:
    """Whether the machine knows the user."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
