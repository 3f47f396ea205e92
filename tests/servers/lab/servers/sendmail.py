"""Sendmail in name spaces of its own: with a host name that has a dot, since it waits a minute for one; with
its folder as /mnt; and without DNS, which it would ask about its own name."""

import shlex
import subprocess
from pathlib import Path

from lab.cures import Ways
from lab.errors import LabError
from lab.packages import program
from lab.processes import Command
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("25", 25, "smtp", "starttls"),
    Endpoint("587", 587, "submission", "starttls"),
    Endpoint("465", 465, "submission", "implicit"),
)
CF = "usr/share/sendmail/cf"


def prepare(site: Site) -> None:
    """Writes sendmail.mc, makes sendmail.cf of it, and writes what takes the place of the machine's names."""
    first = site.identities[0]
    site.render(
        "sendmail/sendmail.mc",
        site.folder / "sendmail.mc",
        ".mc",
        CF=str(program("sendmail-cf", CF)),
        CERT_FILE=str(first.chain.relative_to(site.folder)),
        KEY_FILE=str(first.key.relative_to(site.folder)),
    )
    done = subprocess.run(["sh", "-c", build(site)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"m4 failed: {done.stderr}")
    site.subfolder("queue", mode=0o700)
    site.write(site.folder / "hosts", f"127.0.0.1 localhost\n{site.address} {site.host}\n")
    site.write(site.folder / "nsswitch.conf", "hosts: files\n")
    site.write(site.folder / "resolv.conf", "nameserver 127.0.0.1\n")


def build(site: Site) -> str:
    """The shell command that makes sendmail.cf, as the Makefile in /etc/mail does."""
    words = ["m4", f"-D_CF_DIR_={program('sendmail-cf', CF)}/", str(site.folder / "sendmail.mc")]
    return f"{shlex.join(words)} > {shlex.quote(str(site.folder / 'sendmail.cf'))}"


def commands(site: Site) -> list[Command]:
    """The daemon in the foreground."""
    folder = shlex.quote(str(site.folder))
    sendmail = program("sendmail-bin", "usr/libexec/sendmail/sendmail")
    binds = [bound(site.folder / name, f"/etc/{name}") for name in ("hosts", "nsswitch.conf", "resolv.conf")]
    steps = [
        f"hostname {site.host}",
        *binds,
        f"mount --bind {folder} /mnt",
        f"exec {sendmail} -C /mnt/sendmail.cf -bD -X /mnt/trace.log",
    ]
    argv = ["unshare", "--mount", "--uts", "sh", "-c", " && ".join(steps)]
    return [Command(argv, site.folder / "output.log")]


def bound(source: Path, target: str) -> str:
    """The shell command that puts one file in another one's place."""
    return f"mount --bind {shlex.quote(str(source))} {target}"


def ways(site: Site) -> Ways:
    """The lines belong above those for the mailers."""
    functions = (
        f'make() {{ [ "$*" = "-C /etc/mail" ] && {build(site)}; }}\n'
        'systemctl() { [ "$*" = "restart sendmail" ]; }'
    )
    return Ways(site.folder / "sendmail.mc", name=r"define\(`(\w+)'", before="MAILER(", functions=functions)
