"""Reads the list of scenarios, sets one up in a folder, and describes what it offers."""

import json
import os
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import cures
from lab.certificates import Workshop
from lab.errors import LabError
from lab.processes import Supervisor, listening, listening_unix
from lab.servers import SERVERS
from lab.site import Endpoint, Site

FILE = Path(__file__).resolve().parent.parent / "scenarios.toml"
READY_WITHIN = 10.0


@dataclass(frozen=True)
class Part:
    """One server of a scenario."""

    server: str
    certificate: str
    overlays: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True)
class Scenario:
    """Servers with their faults, and what must be found, and nothing else."""

    name: str
    about: str
    host: str
    parts: tuple[Part, ...]
    expect: tuple[dict[str, Any], ...]
    outcome: dict[str, str]
    left: tuple[dict[str, Any], ...] | None
    rounds: int


class Running:
    """A scenario whose servers run."""

    def __init__(self, scenario: Scenario, folder: Path, address: str, supervisor: Supervisor) -> None:
        self.scenario = scenario
        self.folder = folder
        self.address = address
        self.supervisor = supervisor
        self.workshop = Workshop(folder / "ca")
        self.sites: dict[str, Site] = {}

    def describe(self) -> dict[str, Any]:
        """What a test needs to know, ready to be printed as one line of JSON."""
        return description(self.scenario, self.folder, self.address, self.workshop.root)

    def start(self) -> None:
        """Starts every server and returns once all doors are open."""
        try:
            for name, site in self.sites.items():
                for command in SERVERS[name].commands(site):
                    self.supervisor.start(command)
        except (FileNotFoundError, LookupError) as error:
            raise LabError(f"{error}: `lab install` brings what is missing") from error
        wait_until_ready(self.scenario, self.folder, self.address, self.supervisor)

    def cure(self, fixes: list[dict[str, Any]]) -> None:
        """Applies cures in their order, and starts the servers anew with what they changed."""
        for fix in fixes:
            site = self.sites.get(fix["for"])
            if site is None:
                raise LabError(f"{self.scenario.name} has no server {fix['for']!r} to cure")
            cures.apply(site, SERVERS[fix["for"]].ways(site), fix)
        self.supervisor.stop()
        self.start()


def load() -> dict[str, Scenario]:
    """Every scenario by its name, in the file's order."""
    tables = tomllib.loads(FILE.read_text())
    common = tables.pop("common")
    return {name: parse(name, table, common) for name, table in tables.items()}


def parse(name: str, table: dict[str, Any], common: dict[str, Any]) -> Scenario:
    """Checks one table of the file."""
    parts = tuple(parse_part(name, entry) for entry in table["servers"])
    doors = [endpoint.name for part in parts for endpoint in part.endpoints]
    outcome = dict.fromkeys(doors, str(table.get("outcome", {}).get("all", "TLSv1.3")))
    outcome |= {door: text for door, text in table.get("outcome", {}).items() if door != "all"}
    expect = [dict(entry) for entry in table["expect"]]
    if table.get("common", True):
        expect += common_expectations(common, parts, outcome)
    left = None
    if "left" in table:
        left = [dict(entry) for entry in table["left"]]
        left += common_expectations(common, parts, dict.fromkeys(doors, "TLSv1.3"))
    for entry in expect + (left or []):
        entry.setdefault("on", doors)
        unknown = set(entry["on"]) - set(doors)
        if unknown:
            raise LabError(f"{name} expects {entry['rule']} on {unknown}, which it does not have")
    unknown = set(outcome) - set(doors)
    if unknown:
        raise LabError(f"{name} has an outcome for {unknown}, which it does not have")
    host = table.get("host", common["host"])
    left = None if left is None else tuple(left)
    return Scenario(name, table["about"], host, parts, tuple(expect), outcome, left, table.get("rounds", 1))


def common_expectations(
    common: dict[str, Any], parts: tuple[Part, ...], outcome: dict[str, str]
) -> list[dict[str, Any]]:
    """What is found wherever TLS is agreed on, of every server or of the one that is named."""
    found = []
    for entry in common["expect"]:
        doors = [
            endpoint.name
            for part in parts
            for endpoint in part.endpoints
            if entry.get("server", part.server) == part.server
            and outcome[endpoint.name].startswith("TLSv1")
        ]
        if doors:
            found.append({"rule": entry["rule"], "severity": entry["severity"], "on": doors})
    return found


def parse_part(name: str, entry: dict[str, Any]) -> Part:
    """Checks one server of a table; without a choice it has all its doors."""
    server = SERVERS.get(entry["name"])
    if server is None:
        raise LabError(f"{name} names the server {entry['name']!r}, which the laboratory lacks")
    by_name = {endpoint.name: endpoint for endpoint in server.endpoints}
    chosen = entry.get("endpoints", [door for door in by_name if door != "unix"])
    endpoints = tuple(by_name[door] for door in chosen)
    overlays = tuple(entry.get("overlays", ()))
    return Part(entry["name"], entry["certificate"], overlays, endpoints)


def address_of(name: str, network: str) -> str:
    """A loopback address of the scenario's own, so that scenarios never share a port."""
    return f"{network}.{list(load()).index(name) + 1}"


def set_up(scenario: Scenario, folder: Path, address: str, supervisor: Supervisor) -> Running:
    """Writes everything, starts the servers, and returns once they listen."""
    if os.geteuid() != 0:
        raise LabError("starting mail servers needs root: ports below 1024, users of their own")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    running = Running(scenario, folder, address, supervisor)
    for part in scenario.parts:
        place = folder / part.server
        place.mkdir()
        identities = running.workshop.identities(part.certificate, scenario.host, place / "tls")
        site = Site(place, address, scenario.host, identities, part.overlays, part.endpoints)
        for endpoint in part.endpoints:
            if not endpoint.path and listening(address, endpoint.port):
                raise LabError(f"{address}:{endpoint.port} is taken")
        try:
            SERVERS[part.server].prepare(site)
        except (FileNotFoundError, LookupError) as error:
            raise LabError(f"{error}: `lab install` brings what is missing") from error
        running.sites[part.server] = site
    running.start()
    return running


def wait_until_ready(
    scenario: Scenario, folder: Path, address: str, supervisor: Supervisor
) -> None:
    """Returns when every door is open; raises with the logs when a server falls or time is over."""
    deadline = time.monotonic() + READY_WITHIN
    closed = [(part, endpoint) for part in scenario.parts for endpoint in part.endpoints]
    while closed:
        closed = [(part, door) for part, door in closed if not is_open(part, door, folder, address)]
        fallen = supervisor.fallen()
        if fallen or (closed and time.monotonic() > deadline):
            doors = ", ".join(f"{part.server} {endpoint.name}" for part, endpoint in closed)
            raise LabError(f"not ready: {doors}; {fallen}\n{last_words(folder)}")
        if closed:
            time.sleep(0.01)


def is_open(part: Part, endpoint: Endpoint, folder: Path, address: str) -> bool:
    """Whether the server listens at this door."""
    if endpoint.path:
        return listening_unix(folder / part.server / endpoint.path)
    return listening(address, endpoint.port)


def last_words(folder: Path) -> str:
    """The ends of all logs, for the error message."""
    ends = []
    for log in sorted(folder.glob("*/**/*log")):
        if log.is_file():
            ends.append(f"--- {log}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-20:]))
    return "\n".join(ends)


def description(scenario: Scenario, folder: Path, address: str, root: Path) -> dict[str, Any]:
    """What a test needs to know, ready to be printed as one line of JSON."""
    doors = [
        describe(part, endpoint, scenario, folder, address)
        for part in scenario.parts
        for endpoint in part.endpoints
    ]
    ids = {door["name"]: door["id"] for door in doors}

    def listed(entries: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
        return [
            {"rule": entry["rule"], "severity": entry["severity"], "endpoints": [ids[d] for d in entry["on"]]}
            for entry in entries
        ]

    return {
        "scenario": scenario.name,
        "about": scenario.about,
        "host": scenario.host,
        "address": address,
        "ca_file": str(root),
        "folder": str(folder),
        "endpoints": doors,
        "expect": listed(scenario.expect),
        "left": None if scenario.left is None else listed(scenario.left),
        "rounds": scenario.rounds,
    }


def describe(
    part: Part, endpoint: Endpoint, scenario: Scenario, folder: Path, address: str
) -> dict[str, Any]:
    """One endpoint in the words of the report's schema, with how to reach it."""
    host, port = scenario.host, endpoint.port
    scheme = endpoint.protocol + ("s" if endpoint.security == "implicit" else "")
    kind = f"{endpoint.protocol}+{endpoint.security}"
    common = {
        "name": endpoint.name,
        "server": part.server,
        "protocol": endpoint.protocol,
        "security": endpoint.security,
        "host": host,
        "certificate": part.certificate,
        "outcome": scenario.outcome[endpoint.name],
    }
    if endpoint.path:
        path = str(folder / part.server / endpoint.path)
        return common | {"id": f"{path}/{kind}", "path": path, "target": f"lmtp+unix:{path}"}
    return common | {
        "id": f"{host}:{port}/{kind}@{address}",
        "address": address,
        "port": port,
        "target": f"{scheme}://{host}:{port}",
        "connect_to": f"{host}:{port}:{address}:{port}",
    }


def as_line(value: object) -> str:
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False)
