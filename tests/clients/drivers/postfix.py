"""Postfix delivering mail: one message to a recipient of each endpoint at each level."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from clients.drivers.driver import ACCEPTED, FAILED, REJECTED, Driver, Met, Site, first_line, run, shortened
from clients.endpoints import Endpoint
from lab.servers.postfix import QUEUE_FOLDERS

DELIVERED_WITHIN = 60.0
MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = sender.clients.test
mydestination =
alias_maps =
alias_database =
smtp_tls_loglevel = 1
smtp_tls_security_level = {level}
smtp_connection_cache_on_demand = no
notify_classes =
"""
# The endpoints have no names in the DNS, and a root of their own.
TO_ENDPOINTS = """smtp_host_lookup = native
smtp_tls_CAfile = {root}
transport_maps = texthash:{folder}/transport
default_transport = error:nowhere
"""
# Where TLS fails, level may delivers in clear text, but only mail that waited for the shortest backoff.
SOON = """minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
"""
MASTER = """pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - 8 smtp
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix(Driver):
    """Postfix at a level of smtp_tls_security_level."""

    target = "smtp://HOST"

    def __init__(self, level: str) -> None:
        self.level = level
        self.name = f"postfix-{level}"

    def version(self) -> str:
        return "Postfix " + first_line(["postconf", "-d", "-h", "mail_version"])

    def meet(self, site: Site, endpoints: list[Endpoint]) -> Iterator[Met]:
        folder = site.folder
        prepare(folder, self.level, TO_ENDPOINTS.format(root=site.root, folder=folder))
        ways = "".join(f"{endpoint.name}.to smtp:[{endpoint.host}]:25\n" for endpoint in endpoints)
        (folder / "transport").write_text(ways)
        log = send(folder, [f"user@{endpoint.name}.to" for endpoint in endpoints], self.level == "may")
        for endpoint in endpoints:
            yield self.read(endpoint, log)

    def read(self, endpoint: Endpoint, log: str) -> Met:
        """Reads the line of a delivery, and what the same process said of that host before it."""
        line = rf"smtp\[\d+\]: \w+: to=<user@{re.escape(endpoint.name)}\.to>,.*status=(\w+) (.*)"
        found = next(reversed(list(re.finditer(line, log))), None)
        hints = re.findall(rf"smtp\[\d+\]: (?!\w+: to=)(.*\W{re.escape(endpoint.host)}\[.*)", log)
        words = "; ".join(dict.fromkeys(hints))
        if found is None:
            return Met(endpoint, FAILED, shortened(words or log[-300:]))
        outcome = ACCEPTED if found[1] == "sent" else REJECTED
        if outcome == ACCEPTED and "TLS connection established" not in words:
            words = f"in clear text: {words}"
        if outcome == REJECTED:
            words = f"{found[2]} {words}"
        return Met(endpoint, outcome, shortened(words), of_one_delivery(log[: found.end()]))


def of_one_delivery(log: str) -> str:
    """The last delivery of a log: the lines of its process behind that process's delivery before."""
    *before, last = log.splitlines()
    process = re.search(r"postfix/smtp\[\d+\]: ", last)
    if process is None:
        return last
    lines = [last]
    for line in reversed([line for line in before if process[0] in line]):
        if ", status=" in line:
            break
        lines.insert(0, line)
    return "\n".join(lines)


def send(folder: Path, recipients: list[str], all_sent: bool) -> str:
    """Sends a message; the log, once each delivery was tried, or once each went well."""
    with (folder / "output.log").open("wb") as log:
        master = subprocess.Popen(
            ["/usr/lib/postfix/sbin/master", "-c", str(folder), "-d"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )
    try:
        command = ["sendmail", "-C", str(folder), "-f", "sender@clients.test", *recipients]
        done = run(command, folder, "Subject: a test\n\nA test.\n")
        return wait_for_log(folder / "mail.log", len(recipients), all_sent) + done.stderr
    finally:
        master.terminate()
        master.wait()


def prepare(folder: Path, level: str, more: str) -> None:
    """Writes the configuration, with more settings at its end, and makes the queue."""
    soon = SOON if level == "may" else ""
    (folder / "main.cf").write_text(MAIN.format(folder=folder, level=level) + more + soon)
    (folder / "master.cf").write_text(MASTER)
    owned(folder / "data", 0o700)
    (folder / "queue").mkdir()
    for name in QUEUE_FOLDERS:
        owned(folder / "queue" / name, 0o700)
    for name in ("public", "maildrop"):
        owned(folder / "queue" / name, 0o730)
        shutil.chown(folder / "queue" / name, group="postdrop")
    (folder / "queue/pid").mkdir()


def owned(path: Path, mode: int) -> None:
    """Makes a folder of the user postfix."""
    path.mkdir()
    path.chmod(mode)
    shutil.chown(path, "postfix")


def wait_for_log(path: Path, deliveries: int, all_sent: bool) -> str:
    """The log, once each delivery was tried, or once each went well."""
    deadline = time.monotonic() + DELIVERED_WITHIN
    wanted = r"to=<(\S+)>,.*status=sent" if all_sent else r"smtp\[\d+\]: \w+: to=<(\S+)>"
    text = ""
    while time.monotonic() < deadline:
        text = path.read_text() if path.exists() else ""
        if len(set(re.findall(wanted, text))) >= deliveries:
            break
        time.sleep(0.2)
    return text
