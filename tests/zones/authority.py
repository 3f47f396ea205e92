"""Serves a tree of zones with Knot DNS."""

import socket
import struct
import time
from pathlib import Path

from lab.errors import LabError
from lab.processes import Command, Supervisor

from zones.packages import program
from zones.tree import Tree

# A resolver answers no other question (RFC 1035 §4.1.1).
RECURSION_DESIRED = 0x0100
SETTINGS = """server:
    listen: {address}@53
    rundir: {folder}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: {folder}/db
template:
  - id: default
    storage: {folder}
    semantic-checks: off
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
zone:
"""


def serve(supervisor: Supervisor, tree: Tree, address: str, folder: Path) -> None:
    """Starts the name server and waits until it answers for the last zone."""
    folder.mkdir(parents=True)
    settings = folder / "knot.conf"
    zones = "".join(f"  - domain: {name}.\n    file: {path}\n" for name, path in tree.files.items())
    settings.write_text(SETTINGS.format(address=address, folder=folder) + zones)
    log = folder / "log"
    supervisor.start(Command([program("knotd"), "-c", str(settings)], log))
    deadline = time.monotonic() + 20
    waiting = dict(tree.files)
    while waiting:
        name = next(iter(waiting))
        if answers(address, name):
            waiting.pop(name)
            continue
        if time.monotonic() > deadline or supervisor.fallen():
            raise LabError(f"knotd does not answer for {name}: {log.read_text()[-800:]}")


def answers(address: str, name: str) -> bool:
    """Asks for the SOA record of a zone; whether there is one."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    message = struct.pack(">6H", 0x4D4D, RECURSION_DESIRED, 1, 0, 0, 0) + question + struct.pack(">2H", 6, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(0.2)
        try:
            asked.connect((address, 53))
            asked.send(message)
            reply = asked.recv(4096)
        except OSError:
            return False
    return len(reply) > 12 and reply[3] & 0x0F == 0 and reply[6:8] != b"\0\0"
