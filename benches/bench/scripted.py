"""Servers of another program, which knows the truth about them: old protocols that no daemon speaks any more.

The program (`--scripted PROGRAM`) starts its servers on loopback, prints one line of JSON, and ends with its
standard input. The line is a list of

    { "name": "ssl3-only", "about": "…",
      "address": "127.0.0.1", "port": 40001, "protocol": "smtp", "security": "starttls",
      "suites": [["SSLv3", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"]], "groups": [] }
"""

import contextlib
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lab.certificates import Workshop
from lab.errors import LabError
from lab.site import Endpoint

from bench import paths
from bench.servers import Running, Server
from bench.truth import Facts

FIRST_PROXY = 150


@contextlib.contextmanager
def scripted(program: Path) -> Iterator[list[tuple[Running, Facts]]]:
    """The program's servers with the truth about them, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="mailmedic-bench-") as folder:
        roots = Workshop(Path(folder) / "ca").root
        child = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert child.stdin is not None and child.stdout is not None
        try:
            described = json.loads(child.stdout.readline() or "null")
            if described is None:
                raise LabError(f"{program} describes no servers")
            yield [read(entry, at, roots) for at, entry in enumerate(described)]
        finally:
            child.stdin.close()
            child.wait()
            child.stdout.close()


def read(entry: dict[str, object], at: int, roots: Path) -> tuple[Running, Facts]:
    """One server of the list."""
    door = Endpoint(str(entry["port"]), int(str(entry["port"])), str(entry["protocol"]), str(entry["security"]))
    server = Server(str(entry["name"]), str(entry["about"]), door, lambda _: [], scripted=True)
    running = Running(server, str(entry["address"]), f"{paths.NETWORK}.{FIRST_PROXY + at}", roots)
    suites, groups = entry["suites"], entry["groups"]
    assert isinstance(suites, list) and isinstance(groups, list)
    return running, Facts({(version, name) for version, name in suites}, set(groups))
