"""Keeps the servers of a scenario as children, and ends all of them without exception."""

import contextlib
import ctypes
import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LISTENING, TIME_WAIT = "0A", "06"
OPEN_FILES = 4096
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Command:
    """A server to start in the foreground."""

    argv: list[str]
    log: Path
    env: dict[str, str] = field(default_factory=dict)


class Supervisor:
    """Starts servers in process groups of their own and kills whatever descends from them."""

    def __init__(self) -> None:
        self.children: list[subprocess.Popen[bytes]] = []
        adopt_orphans()

    def start(self, command: Command) -> None:
        """Starts one server in the foreground."""
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"} | command.env
        with command.log.open("ab") as log:
            child = subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=env,
                start_new_session=True,
                preexec_fn=prepare_child,
            )
        self.children.append(child)

    def fallen(self) -> list[str]:
        """The servers that ended by themselves."""
        return [
            f"{child.args[0]} ended with {child.returncode}"  # type: ignore[index]
            for child in self.children
            if child.poll() is not None
        ]

    def stop(self) -> None:
        """Ends every server: politely, then for certain; returns once none is left."""
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
        if not gone_within(2.0):
            kill_descendants()
        self.children.clear()


@contextlib.contextmanager
def supervised() -> Iterator[Supervisor]:
    """A supervisor whose servers are gone when the block is left, however it is left."""
    supervisor = Supervisor()
    try:
        yield supervisor
    finally:
        # A second signal must not interrupt the killing.
        before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING_SIGNALS}
        try:
            supervisor.stop()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def guard() -> None:
    """Goes on in a child process; the parent waits for it and kills whatever it leaves behind.

    Should the parent be killed, the child is told to end; servers themselves cannot be told so,
    because the kernel forgets the wish as soon as they change their user.
    """
    adopt_orphans()
    worker = os.fork()
    if worker == 0:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        return

    def pass_on(number: int, _: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, number)

    for number in ENDING_SIGNALS:
        signal.signal(number, pass_on)
    status = os.waitpid(worker, 0)[1]
    kill_descendants()
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 2)


def adopt_orphans() -> None:
    """Makes this process the parent of every descendant whose own parent dies."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_descendants() -> None:
    """Kills everything below this process, for certain."""
    deadline = time.monotonic() + 5.0
    while left := descendants(os.getpid()):
        if time.monotonic() > deadline:
            raise LabError(f"processes refuse to die: {left}")
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        gone_within(0.2)


def prepare_child() -> None:
    """Allows a server few open files, for some close every possible one when they start."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(OPEN_FILES, most) if most != resource.RLIM_INFINITY else OPEN_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))


def gone_within(seconds: float) -> bool:
    """Reaps children until none is left or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not descendants(os.getpid()):
            return True
        time.sleep(0.01)
    return False


def descendants(pid: int) -> list[int]:
    """Every process below this one; orphans count, for this process adopts them."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    queue = [pid]
    while queue:
        children = parents.get(queue.pop(), [])
        found.extend(children)
        queue.extend(children)
    return found


def listening(address: str, port: int) -> bool:
    """Whether a socket listens there, read from the kernel so that no server sees a connection."""
    return any(
        state == LISTENING and local in (kernels(address, port), kernels("0.0.0.0", port))
        for local, state in sockets()
    )


def serving(address: str, port: int) -> bool:
    """Whether a process still has a connection there, read in the same way."""
    return any(
        local == kernels(address, port) and state not in (LISTENING, TIME_WAIT) for local, state in sockets()
    )


def sockets() -> Iterator[tuple[str, str]]:
    """The local end and the state of each socket of TCP, as the kernel writes them."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        yield fields[1], fields[3]


def kernels(address: str, port: int) -> str:
    """An address as the kernel writes it."""
    return f"{socket.inet_aton(address)[::-1].hex().upper()}:{port:04X}"


def listening_unix(path: Path) -> bool:
    """Whether a socket listens at this path."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return any(line.endswith(f" {path}") for line in lines)
