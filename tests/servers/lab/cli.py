"""The laboratory's verbs."""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lab import packages, scenarios, truth
from lab.errors import LabError
from lab.processes import ENDING_SIGNALS, guard, supervised

STARTED_WITHIN = 30.0
STOPPED_WITHIN = 15.0
NETWORK = os.environ.get("MAILMEDIC_LAB_NETWORK", "127.0.77")
PID_FILE = "lab.pid"
READY_FILE = "ready.json"
FAILURE_FILE = "failure.txt"


def main(arguments: list[str]) -> int:
    """Runs one verb; 0 done, 1 a check failed, 2 the laboratory itself failed."""
    options = parser().parse_args(arguments)
    verb: Callable[[argparse.Namespace], int] = options.verb
    try:
        return verb(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="lab", description=__doc__)
    verbs = top.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = verbs.add_parser(name, help=run.__doc__, description=run.__doc__)
        made.set_defaults(verb=run)
        return made

    verb("install", install)
    verb("list", list_scenarios)
    serving = verb("serve", serve)
    starting = verb("start", start)
    for made in (serving, starting):
        made.add_argument("scenario")
        made.add_argument("folder", type=Path, help="an empty folder for everything it writes")
    serving.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)
    verb("stop", stop).add_argument("folder", type=Path)
    telling = verb("truth", tell_truth)
    telling.add_argument("endpoint", help="an endpoint's id, as `serve` and `start` print it")
    telling.add_argument("--ca-file", type=Path)
    telling.add_argument("--once", action="store_true", help="one handshake, and not one for each version")
    verb("verify", verify).add_argument("scenarios", nargs="*", metavar="scenario")
    return top


def install(_: argparse.Namespace) -> int:
    """installs every server from Debian's packages and starts none"""
    packages.install()
    return 0


def list_scenarios(_: argparse.Namespace) -> int:
    """prints every scenario's name and what is wrong in it"""
    for scenario in scenarios.load().values():
        print(f"{scenario.name:32} {scenario.about}")
    return 0


def serve(options: argparse.Namespace) -> int:
    """runs a scenario, prints its description, applies cures, ends with its standard input or a signal"""
    scenario = chosen(options.scenario)
    folder: Path = options.folder.resolve()
    guard()
    for number in ENDING_SIGNALS:
        signal.signal(number, lambda *_: sys.exit(0))
    with supervised() as supervisor:
        address = scenarios.address_of(scenario.name, NETWORK)
        running = scenarios.set_up(scenario, folder, address, supervisor)
        print(scenarios.as_line(running.describe()), flush=True)
        if options.detached:
            signal.pause()
        for line in sys.stdin:
            running.cure(json.loads(line))
            print(scenarios.as_line({"cured": True}), flush=True)
    return 0


def start(options: argparse.Namespace) -> int:
    """runs a scenario in the background and prints its description once it is ready"""
    folder: Path = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    chosen(options.scenario)
    lab = Path(__file__).resolve().parent
    argv = [sys.executable, str(lab), "serve", "--detached", options.scenario, str(folder)]
    ready, failure = folder / READY_FILE, folder / FAILURE_FILE
    with ready.open("wb") as output, failure.open("wb") as errors:
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
        )
    (folder / PID_FILE).write_text(str(child.pid))
    deadline = time.monotonic() + STARTED_WITHIN
    while not ready.read_text().endswith("\n"):
        if child.poll() is not None:
            raise LabError(failure.read_text().removeprefix("lab: ").strip())
        if time.monotonic() > deadline:
            child.terminate()
            raise LabError(f"{options.scenario} was not ready within {STARTED_WITHIN:.0f} s")
        time.sleep(0.01)
    print(ready.read_text(), end="")
    return 0


def stop(options: argparse.Namespace) -> int:
    """ends what `start` began in a folder, and returns when no process of it is left"""
    pid_file: Path = options.folder / PID_FILE
    if not pid_file.exists():
        raise LabError(f"{options.folder} has no {PID_FILE}: nothing was started there")
    pid = int(pid_file.read_text())
    folder = options.folder.resolve()
    deadline = time.monotonic() + STOPPED_WITHIN
    if is_supervisor(pid, folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    while is_supervisor(pid, folder):
        if time.monotonic() > deadline:
            raise LabError(f"process {pid} does not end")
        time.sleep(0.01)
    pid_file.unlink()
    return 0


def is_supervisor(pid: int, folder: Path) -> bool:
    """Whether this process is the one that `start` left for the folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(folder).encode() in words


def tell_truth(options: argparse.Namespace) -> int:
    """prints what openssl s_client sees at an endpoint"""
    print(scenarios.as_line(truth.look(options.endpoint, options.ca_file, options.once)))
    return 0


def verify(options: argparse.Namespace) -> int:
    """starts each scenario and compares what openssl sees there with what the list says"""
    names = options.scenarios or list(scenarios.load())
    guard()
    wrong = 0
    for name in names:
        wrong += verify_one(name)
    return 1 if wrong else 0


def verify_one(name: str) -> int:
    """Runs one scenario; how many of its doors do not behave as listed."""
    scenario = chosen(name)
    wrong = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, supervised() as supervisor:
        address = scenarios.address_of(name, NETWORK)
        described = scenarios.set_up(scenario, Path(folder), address, supervisor).describe()
        print(f"{name}: ready after {time.monotonic() - began:.2f} s")
        for door in described["endpoints"]:
            seen = truth.outcome(door, Path(described["ca_file"]))
            as_listed = seen in door["outcome"].split(" or ")
            verdict = "ok" if as_listed else f"WRONG, listed as {door['outcome']}"
            wrong += not as_listed
            print(f"  {door['name']:5} {seen} {verdict}", flush=True)
    return wrong


def chosen(name: str) -> scenarios.Scenario:
    """The scenario of this name."""
    known = scenarios.load()
    if name not in known:
        raise LabError(f"there is no scenario {name!r}; `lab list` prints them")
    return known[name]
