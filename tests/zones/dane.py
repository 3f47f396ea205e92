"""Postfix at level dane, behind a resolver that validates: does it do what mailmedic says of it?

Both its tool posttls-finger, which looks at a host, and its client smtp, which delivers to a domain.
"""

import re
import subprocess
import time
from pathlib import Path
from typing import Any

from clients.drivers import postfix
from lab.errors import LabError
from lab.mounts import put
from lab.processes import Command, Supervisor

from zones import authority
from zones.cases import Case
from zones.packages import program
from zones.tree import TOP, Tree

PEER = "postfix-dane"
ACCEPT, REJECT = "accept", "reject"
PATIENCE = 40.0
# Postfix believes the resolver that the system has; this one answers for the zones of the test alone.
SETTINGS = """server:
  interface: {address}
  port: 53
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  local-zone: "{top}." nodefault
  trust-anchor-file: "{anchor}"
  module-config: "validator iterator"
  qname-minimisation: no
remote-control:
  control-enable: no
forward-zone:
  name: "{top}."
  forward-addr: {authority}
"""


def resolve(supervisor: Supervisor, tree: Tree, authority_address: str, address: str, folder: Path) -> None:
    """Starts the resolver, and lets this process and those below it ask it; makes a Postfix at level dane."""
    folder.mkdir()
    folder.chmod(0o755)
    settings = folder / "unbound.conf"
    settings.write_text(
        SETTINGS.format(
            address=address, folder=folder, top=TOP, anchor=tree.anchor, authority=authority_address,
        )
    )
    log = folder / "log"
    supervisor.start(Command([program("unbound"), "-d", "-c", str(settings)], log))
    deadline = time.monotonic() + 20
    while not authority.answers(address, TOP):
        if time.monotonic() > deadline or supervisor.fallen():
            raise LabError(f"unbound does not answer: {log.read_text()[-800:]}")
    (folder / "resolv.conf").write_text(f"nameserver {address}\noptions trust-ad\n")
    put(folder / "resolv.conf", "/etc/resolv.conf")
    postfix.prepare(folder, "dane", "smtp_dns_support_level = dnssec\n")


def deliver(cases: list[Case], folder: Path) -> dict[str, tuple[str, str]]:
    """Lets Postfix deliver a message to each domain; what it did, and its words."""
    if not cases:
        return {}
    log = postfix.send(folder, [f"user@{case.domain}" for case in cases], all_sent=False)
    return {case.domain: delivered(case.domain, log) for case in cases}


def delivered(domain: str, log: str) -> tuple[str, str]:
    """Reads what became of the message to a domain: one that the server answered has come to it, whatever the answer."""
    found = re.search(rf"to=<user@{re.escape(domain)}>,.*status=(\w+) (.*)", log)
    if found is None:
        return "nothing", log[-400:]
    goes = found[1] == "sent" or "(in reply to " in found[2]
    return (ACCEPT if goes else REJECT), f"{found[1]} {found[2]}"


def differences(case: Case, target: dict[str, Any], folder: Path, delivery: tuple[str, str]) -> list[str]:
    """Where Postfix at level dane does otherwise than mailmedic says of the mail server of a case."""
    told = {
        verdict["verdict"]
        for endpoint in target["endpoints"]
        for verdict in endpoint["verdicts"]
        if verdict["peer"] == PEER
    }
    seen = {"posttls-finger": meets(f"mx.{case.domain}", folder), "smtp": delivery}
    return [
        f"Postfix's {name} at level dane: {did}, mailmedic says {sorted(told)}: {words}"
        for name, (did, words) in seen.items()
        if told != {did}
    ]


def meets(host: str, folder: Path) -> tuple[str, str]:
    """Lets posttls-finger connect to a host; what it did, and its words."""
    done = subprocess.run(
        [program("posttls-finger"), "-c", "-l", "dane", "-L", "summary,verbose", "-T", "30", f"[{host}]:25"],
        capture_output=True, text=True, check=False, timeout=PATIENCE,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "MAIL_CONFIG": str(folder)},
    )
    said = done.stdout + done.stderr
    established = "TLS connection established" in said
    # Where it has usable records, only a connection that they verify is one that mail goes over.
    pinned = "DNSSEC-signed TLSA record" in said
    goes = established and ("Verified TLS connection" in said or not pinned)
    return (ACCEPT if goes else REJECT), " ".join(said.split())[-400:]
