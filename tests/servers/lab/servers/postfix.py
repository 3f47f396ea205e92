"""Postfix: `master` on its own configuration, queue and data folders."""

import shutil

from lab.certificates import openssl
from lab.cures import Ways
from lab.processes import Command
from lab.servers.values import last_of_each
from lab.site import Endpoint, Site

ENDPOINTS = (
    Endpoint("25", 25, "smtp", "starttls"),
    Endpoint("587", 587, "submission", "starttls"),
    Endpoint("465", 465, "submission", "implicit"),
)
QUEUE_FOLDERS = (
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
    "private", "saved", "trace",
)


def prepare(site: Site) -> None:
    """Writes main.cf, master.cf and the SASL settings."""
    chain = ", ".join(f"{identity.key}, {identity.chain}" for identity in site.identities)
    first = site.identities[0]
    values = site.render(
        "postfix/main.cf",
        site.folder / "main.cf.all",
        ".cf",
        CHAIN_FILES=chain,
        CERT_FILE=str(first.chain),
        KEY_FILE=str(first.key),
    )
    # Postfix warns of every other value of a parameter, in each of its processes, and postlogd waits for
    # ever when more warnings than its socket holds arrive before it reads the first.
    site.write(site.folder / "main.cf", last_of_each(values.read_text(), "="))
    site.render("postfix/master.cf", site.folder / "master.cf")
    site.render("postfix/smtpd.conf", site.folder / "sasl/smtpd.conf")
    if "weak-dh" in site.overlays:
        openssl("dhparam", "-out", site.folder / "dh1024.pem", "1024")
    site.subfolder("data", "postfix", 0o700)
    queue = site.subfolder("queue")
    for name in QUEUE_FOLDERS:
        site.subfolder(f"queue/{name}", "postfix", 0o700)
    for name in ("public", "maildrop"):
        site.subfolder(f"queue/{name}", "postfix", 0o730)
        shutil.chown(queue / name, group="postdrop")
    site.subfolder("queue/pid")


def commands(site: Site) -> list[Command]:
    """The one process that starts all others."""
    master = "/usr/lib/postfix/sbin/master"
    return [Command([master, "-c", str(site.folder), "-d"], site.folder / "output.log")]


def ways(site: Site) -> Ways:
    """postconf and postfix find the configuration by a variable of theirs.

    postconf waits for seconds before it reads a file that was just changed, so its files are made to look old.
    """
    functions = (
        'postfix() { [ "$*" = reload ]; }\n'
        'postconf() { command postconf "$@" && touch -d "1 hour ago" "$MAIL_CONFIG"/m*.cf; }'
    )
    return Ways(functions=functions, env={"MAIL_CONFIG": str(site.folder)})
