"""The line to a server: starts the proxy, sets its delay, reads its counts."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.processes import serving

from bench.servers import Running

PROXY = Path(__file__).with_name("proxy.py")
# A tool has ended; what it leaves open belongs to nobody and goes away at once.
QUIET_WITHIN = 5.0


@dataclass(frozen=True)
class Counts:
    """The connections of one run of a tool."""

    connections: int
    most_open: int


class Line:
    """A proxy that runs before a server."""

    def __init__(self, child: subprocess.Popen[str], server: Running) -> None:
        self.child = child
        self.server = server

    def say(self, words: str) -> str:
        """Sends a line and reads the answer."""
        assert self.child.stdin is not None and self.child.stdout is not None
        self.child.stdin.write(words + "\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().strip()

    def begin(self, round_trip: float) -> None:
        """Sets the round trip in seconds and counts anew."""
        self.say(f"delay {round_trip}")

    def counts(self) -> Counts:
        """What the tool did, once the last of its connections has arrived and ended.

        A server that is still busy with some of them would turn the next tool away, so it is waited for.
        """
        deadline = time.monotonic() + QUIET_WITHIN
        while serving(self.server.address, self.server.server.door.port) and time.monotonic() < deadline:
            time.sleep(0.01)
        while True:
            told = json.loads(self.say("counts"))
            if told["open"] == 0:
                return Counts(told["connections"], told["most_open"])
            if time.monotonic() > deadline:
                raise LabError(f"{told['open']} connections stay open after the tool has ended")
            time.sleep(0.01)


@contextlib.contextmanager
def line(running: Running) -> Iterator[Line]:
    """A proxy before a server's door, for as long as the block lasts."""
    argv = [sys.executable, str(PROXY), running.proxy_address, running.address, str(running.server.door.port)]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None and child.stdout is not None
    try:
        if child.stdout.readline().strip() != "ready":
            raise LabError(f"the proxy cannot listen at {running.proxy_address}")
        yield Line(child, running)
    finally:
        child.stdin.close()
        child.wait()
        child.stdout.close()
