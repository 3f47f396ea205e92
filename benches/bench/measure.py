"""Runs a tool once: wall time, CPU time, memory, output."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SAMPLED_EVERY = 0.005
TIMEOUT = 900.0


@dataclass(frozen=True)
class Run:
    """One run: seconds of wall and of CPU, the most memory in bytes."""

    wall: float
    cpu: float
    memory: int
    status: int
    output: str


def run(argv: list[str], env: dict[str, str] | None = None) -> Run:
    """Runs a command to its end, or kills it when it takes too long.

    The kernel counts a child's greatest memory from before it becomes the tool, when it is still a
    copy of this process. So its high-water mark is read while it runs.
    """
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL,
            start_new_session=True, env=dict(os.environ, **(env or {})),
        )
        over = threading.Event()
        peak = Peak(child.pid, over)
        peak.start()
        killer = threading.Timer(TIMEOUT, os.killpg, (child.pid, signal.SIGKILL))
        killer.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
        killer.cancel()
        over.set()
        peak.join()
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    return Run(wall, usage.ru_utime + usage.ru_stime, peak.bytes, child.returncode, text)


class Peak(threading.Thread):
    """Follows the high-water mark of a process; those that it starts are left out."""

    def __init__(self, pid: int, over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status")
        self.over = over
        self.bytes = 0

    def run(self) -> None:
        """Reads until the process is gone."""
        while not self.over.wait(SAMPLED_EVERY):
            try:
                text = self.status.read_text()
            except OSError:
                return
            for entry in text.splitlines():
                if entry.startswith("VmHWM:"):
                    self.bytes = int(entry.split()[1]) * 1024
