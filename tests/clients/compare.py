"""Holds mailmedic's matrix of peers against what the clients did."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from clients.drivers.driver import ACCEPTED, FAILED, REJECTED, WARNED, Driver
from clients.endpoints import Endpoint
from clients.peers import KNOWN
from lab.errors import LabError

# The share of equal verdicts that is wanted, in percent.
BAR = 97.0
WORDS = {"accept": ACCEPTED, "warn": WARNED, "reject": REJECTED}
AT_ONCE = 4

# What each peer makes of an endpoint, by the target that it was asked for.
Verdicts = dict[str, dict[str, tuple[str, list[str]]]]


def compare(
    lines: list[dict[str, Any]],
    endpoints: list[Endpoint],
    drivers: Iterable[Driver],
    root: Path,
    mailmedic: Path,
) -> int:
    """Prints every difference and the share of equal verdicts; 0 if that is enough."""
    targets = sorted({driver.target for driver in drivers})
    with ThreadPoolExecutor(AT_ONCE) as pool:
        pairs = pool.map(lambda endpoint: verdicts(mailmedic, endpoint, targets, root), endpoints)
        known = dict(zip([endpoint.name for endpoint in endpoints], pairs, strict=True))
    equal: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    failed = 0
    for line in lines:
        if line["outcome"] == FAILED:
            failed += 1
            print(f"{line['client']} {line['endpoint']}: failed: {line['words']}")
            continue
        if line["peer"] is None:
            continue
        asked[line["client"]] += 1
        told, because = known[line["endpoint"]][line["target"]].get(line["peer"], ("nothing", []))
        if WORDS.get(told) == line["outcome"]:
            equal[line["client"]] += 1
            continue
        reasons = ", ".join(because) or "nothing"
        print(
            f"{line['client']} {line['endpoint']}: {line['outcome']} ({line['words']}); "
            f"mailmedic says {told} of {line['peer']} because of {reasons}"
        )
        if why := KNOWN.get((line["client"], line["endpoint"])):
            print(f"  known: {why}")
    for client, total in asked.items():
        print(f"{client}: {equal[client]} of {total} equal")
    if not asked.total():
        raise LabError("no client was driven that is a peer")
    share = 100 * equal.total() / asked.total()
    print(f"{equal.total()} of {asked.total()} equal, {share:.1f} %")
    return 0 if share >= BAR and not failed else 1


def verdicts(mailmedic: Path, endpoint: Endpoint, targets: list[str], root: Path) -> Verdicts:
    """Examines an endpoint on each of its ports."""
    names = [target.replace("HOST", endpoint.host) for target in targets]
    done = subprocess.run(
        [
            mailmedic.resolve(), "check", "--format", "json", "--timeout", "10s", "--resolver", "127.0.0.1:9",
            "--only-ca-file", "--ca-file", root,
            "--connect-to", f"{endpoint.host}::{endpoint.address}:", *names,
        ],
        capture_output=True, text=True, env={}, check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        raise LabError(f"mailmedic gave no report of {endpoint.name}: {done.stderr}") from error
    found: Verdicts = {}
    for name, target in zip(names, report["targets"], strict=True):
        found[name] = {
            told["peer"]: (told["verdict"], told["because"])
            for seen in target["endpoints"]
            for told in seen["verdicts"]
        }
    return found
