"""What every driver of a client has: a name, where it connects, and a way to meet endpoints."""

import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from clients.endpoints import Endpoint

ACCEPTED, WARNED, REJECTED, FAILED = "accepted", "warned", "rejected", "failed"
PATIENCE = 40
AT_ONCE = 4
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
MOST_WORDS = 300


@dataclass(frozen=True)
class Site:
    """What a driver needs: a folder of its own, and the root that its client is to trust."""

    folder: Path
    root: Path


@dataclass(frozen=True)
class Met:
    """What a client made of an endpoint; `failed` is no verdict but a failure of the laboratory."""

    endpoint: Endpoint
    outcome: str
    words: str
    # All that the client itself printed or logged about it.
    said: str = ""


class Driver(ABC):
    """Drives one client."""

    name: str
    # Where the client connects, as a target of mailmedic; HOST stands for the endpoint's host.
    target: str = "imaps://HOST"

    @abstractmethod
    def version(self) -> str:
        """The client's own words on its version."""

    @abstractmethod
    def meet(self, site: Site, endpoints: list[Endpoint]) -> Iterable[Met]:
        """Lets the client connect to each endpoint."""


class OneByOne(Driver):
    """A client that is started once for each endpoint."""

    @abstractmethod
    def command(self, site: Site, endpoint: Endpoint) -> list[str]:
        """What to run; files for it may be written into the site's folder."""

    def environment(self, site: Site) -> dict[str, str]:
        """What the client needs in its environment."""
        return {}

    @abstractmethod
    def read(self, done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
        """The outcome, and the client's words on it."""

    def meet(self, site: Site, endpoints: list[Endpoint]) -> Iterable[Met]:
        def one(endpoint: Endpoint) -> Met:
            done = run(self.command(site, endpoint), site.folder, env=self.environment(site))
            outcome, words = self.read(done)
            return Met(endpoint, outcome, shortened(words), done.stdout + done.stderr)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from pool.map(one, endpoints)


class AllAtOnce(Driver):
    """A program of ours in the client's language: reads `name host` in lines, writes `name outcome words`."""

    @abstractmethod
    def program(self, site: Site) -> list[str]:
        """What to run."""

    def meet(self, site: Site, endpoints: list[Endpoint]) -> Iterator[Met]:
        lines = "".join(f"{endpoint.name}\t{endpoint.host}\n" for endpoint in endpoints)
        done = run(self.program(site), site.folder, lines, patience=300)
        known = {endpoint.name: endpoint for endpoint in endpoints}
        for line in done.stdout.splitlines():
            name, outcome, words = line.split("\t", 2)
            yield Met(known.pop(name), outcome, shortened(words), words)
        for endpoint in known.values():
            yield Met(endpoint, FAILED, shortened(done.stderr))


def run(
    command: list[str],
    folder: Path,
    said: str = "",
    patience: float = PATIENCE,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a client with next to no environment; what takes too long ends with 124, as in `timeout`."""
    home = {"PATH": PATH, "LC_ALL": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder)}
    try:
        return subprocess.run(
            command, input=said, capture_output=True, text=True, errors="replace",
            env={**home, **(env or {})}, timeout=patience, cwd=folder, check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no answer in {patience} s")


def first_line(command: list[str]) -> str:
    """The first line that a command says."""
    done = run(command, Path("/"))
    return next(iter((done.stdout + done.stderr).strip().splitlines()), "")


def lines_with(text: str, *words: str) -> str:
    """The lines that contain one of the words, joined."""
    found = [line.strip() for line in text.splitlines() if any(word in line for word in words)]
    return "; ".join(dict.fromkeys(found))


def shortened(words: str) -> str:
    """Words in one line, and not too many."""
    return " ".join(words.split())[:MOST_WORDS]
