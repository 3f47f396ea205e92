"""The verbs."""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clients import compare, daemons, explain, packages
from clients.certificates import Workshop
from clients.drivers import DRIVERS
from clients.drivers.driver import FAILED, Driver, Met, Site
from clients.endpoints import FAULTS, Endpoint, make
from clients.peers import PEERS
from clients.server import serving
from lab.errors import LabError
from lab.mounts import put
from lab.processes import guard

AT_ONCE = 3
WITH_IT = "only those with it in their name; may be given again"


def main(arguments: list[str]) -> int:
    """Runs one verb; 0 done, 1 a comparison failed, 2 the laboratory itself failed."""
    options = parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        return verb(options)
    except LabError as error:
        print(f"clients: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="clients", description=__doc__)
    verbs = top.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=run.__doc__, description=run.__doc__)
        made.set_defaults(verb=run)
        return made

    verb("install", install)
    verb("list", list_all)
    driving = verb("run", drive)
    comparing = verb("compare", hold)
    explaining = verb("explain", explain_daemons)
    serving_ = verb("serve", serve)
    program = "the program to hold against the clients"
    for made in (comparing, explaining):
        made.add_argument("--mailmedic", type=Path, required=True, help=program)
    for made in (driving, comparing, serving_):
        made.add_argument("--endpoint", action="append", default=[], metavar="WORD", help=WITH_IT)
        made.add_argument("--folder", type=Path, help="a folder that is kept, new or empty")
    for made in (driving, comparing):
        made.add_argument("--client", action="append", default=[], metavar="WORD", help=WITH_IT)
    return top


def install(_: argparse.Namespace) -> int:
    """installs every client from Debian's packages and starts none"""
    packages.install()
    return 0


def list_all(_: argparse.Namespace) -> int:
    """prints every client with the peer it stands for, and every endpoint"""
    for driver in DRIVERS:
        print(f"client   {driver.name:24} {PEERS[driver.name] or '-'}")
    for name in FAULTS:
        print(f"endpoint {name}")
    return 0


def serve(options: argparse.Namespace) -> int:
    """serves the endpoints, prints them as JSON lines, and ends with its standard input"""
    with at_work(options) as (_, root, endpoints):
        for endpoint in endpoints:
            print(json.dumps(described(endpoint) | {"ca_file": str(root)}), flush=True)
        sys.stdin.read()
    return 0


def drive(options: argparse.Namespace) -> int:
    """drives the clients against the endpoints and prints JSON lines"""
    with at_work(options) as (folder, root, endpoints):
        failed = False
        for line in outcomes(options, folder, root, endpoints):
            failed |= line["outcome"] == FAILED
            del line["said"]
            print(json.dumps(line), flush=True)
    return 2 if failed else 0


def hold(options: argparse.Namespace) -> int:
    """drives the clients, asks mailmedic for its verdicts and what their words mean, and lists where they differ"""
    with at_work(options) as (folder, root, endpoints):
        lines = list(outcomes(options, folder, root, endpoints))
        differs = compare.compare(lines, endpoints, DRIVERS, root, options.mailmedic)
        return max(differs, explain.clients(lines, options.mailmedic))


def explain_daemons(options: argparse.Namespace) -> int:
    """provokes what real servers log, and asks mailmedic what it means"""
    if os.geteuid() != 0:
        raise LabError("the servers need root")
    guard()
    return daemons.hold(options.mailmedic)


def outcomes(
    options: argparse.Namespace, folder: Path, root: Path, endpoints: list[Endpoint]
) -> Iterator[dict[str, Any]]:
    """What the wanted clients do, a few of them at a time."""
    wanted = [driver for driver in DRIVERS if chosen(driver.name, options.client)]

    def one(driver: Driver) -> list[dict[str, Any]]:
        begun = time.monotonic()
        own = folder / driver.name
        own.mkdir()
        own.chmod(0o755)
        version = driver.version()
        lines = [told(driver, version, met) for met in driver.meet(Site(own, root), endpoints)]
        print(f"clients: {driver.name} took {time.monotonic() - begun:.1f} s", file=sys.stderr)
        return lines

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for lines in pool.map(one, wanted):
            yield from lines


def told(driver: Driver, version: str, met: Met) -> dict[str, Any]:
    """What a client did, as it is printed."""
    return {
        "client": driver.name,
        "version": version,
        "peer": PEERS[driver.name],
        **described(met.endpoint),
        "target": driver.target.replace("HOST", met.endpoint.host),
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "outcome": met.outcome,
        "words": met.words,
        "said": met.said,
    }


def described(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint, as it is printed."""
    return {
        "endpoint": endpoint.name,
        "host": endpoint.host,
        "address": endpoint.address,
        "chain": str(endpoint.chain),
    }



def chosen(name: str, words: list[str]) -> bool:
    """Whether a name contains one of the words, should there be any."""
    return not words or any(word in name for word in words)


@contextlib.contextmanager
def at_work(options: argparse.Namespace) -> Iterator[tuple[Path, Path, list[Endpoint]]]:
    """A folder, the root and the endpoints, while they are served and their names known."""
    if os.geteuid() != 0:
        raise LabError("the clients need root")
    guard()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clients-")))
        folder.mkdir(parents=True, exist_ok=True)
        folder = folder.resolve()
        folder.chmod(0o755)
        chains = folder / "chains"
        chains.mkdir()
        workshop = Workshop(folder / "certificates")
        endpoints = make(workshop, chains, options.endpoint)
        root = folder / "root.pem"
        root.write_bytes(workshop.root.read_bytes())
        names = [f"{endpoint.address} {endpoint.host}\n" for endpoint in endpoints]
        know_hosts(folder / "hosts", "127.0.0.1 localhost\n" + "".join(names))
        stack.enter_context(serving(endpoints))
        yield folder, root, endpoints


def know_hosts(path: Path, text: str) -> None:
    """Puts a file in the place of /etc/hosts, for this process and those below it only.

    Not every client can be told another address for a name.
    """
    path.write_text(text)
    put(path, "/etc/hosts")
