"""The cases: a healthy domain, and what each case has in place of its records."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import LabError

from zones.tree import TOP, Zone, expand
from zones.web import Policy

FILE = Path(__file__).with_name("cases.toml")


@dataclass(frozen=True)
class Case:
    """One domain, and what mailmedic has to say of it: no more and no less."""

    name: str
    about: str
    records: tuple[str, ...]
    dnssec: str
    policy: Policy | None
    options: tuple[str, ...]
    # `rule severity`, and the rules that cannot be told.
    expect: tuple[str, ...]
    unknown: tuple[str, ...]
    # Words that the text for people has to hold.
    says: tuple[str, ...] = field(default=())
    # The label of the name that is looked at, below the zone; mostly the zone's own name.
    asks: str = ""
    # What the host `bimi` serves: `logo`, the document itself, and of the certificate `mark`, its kind, and `name`, its name.
    bimi: dict[str, str] = field(default_factory=dict)
    # The verb: `dns`, or `check` where the servers behind the names are looked at, too.
    verb: str = "dns"

    @property
    def domain(self) -> str:
        """The zone."""
        return f"{self.name}.{TOP}"

    @property
    def target(self) -> str:
        """The mail domain that is looked at."""
        return f"{self.asks}.{self.domain}" if self.asks else self.domain

    def zone(self, values: dict[str, str]) -> Zone:
        """The zone to serve."""
        return Zone(self.domain, expand(list(self.records), domain=self.domain, **values), self.dnssec)


def load() -> tuple[list[Case], list[Zone], dict[str, Any]]:
    """All cases, the zones that they share, and the values that fill in their records."""
    told = tomllib.loads(FILE.read_text())
    base = lines(told["healthy"]["records"])
    policy = told["healthy"]["policy"]
    cases = [case(name, table, base, policy) for name, table in told["case"].items()]
    shared = [
        Zone(name, tuple(lines(table["records"])), table.get("dnssec", "signed"))
        for name, table in told["shared"].items()
    ]
    return cases, shared, told["values"]


def case(name: str, table: dict[str, Any], base: list[str], policy: dict[str, Any]) -> Case:
    """Reads a case: `set` puts records in the place of those with the same owner and type, `drop` takes some away."""
    known = {"about", "asks", "bimi", "set", "drop", "dnssec", "policy", "options", "expect", "unknown", "says", "verb"}
    if strange := set(table) - known:
        raise LabError(f"case {name}: {', '.join(strange)} is unknown")
    put = lines(table.get("set", ""))
    gone = {tuple(words.split()) for words in table.get("drop", [])} | {owner_and_type(line) for line in put}
    records = [line for line in base if owner_and_type(line) not in gone] + put
    wanted = table.get("policy", {})
    served = None if wanted is False else Policy(**{**policy, **wanted})
    return Case(
        name, table["about"], tuple(records), table.get("dnssec", "signed"), served,
        tuple(table.get("options", [])), tuple(sorted(table.get("expect", []))),
        tuple(sorted(table.get("unknown", []))), tuple(table.get("says", [])), table.get("asks", ""),
        table.get("bimi", {}), table.get("verb", "dns"),
    )


def owner_and_type(line: str) -> tuple[str, str]:
    """What a line is about."""
    owner, kind = line.split()[:2]
    return owner, kind


def lines(text: str) -> list[str]:
    """The records of a text, one a line; `REPEAT n` before one makes many, with `#` for their number."""
    found = []
    for line in (line.strip() for line in text.splitlines()):
        if not line:
            continue
        if many := re.fullmatch(r"REPEAT (\d+) (.*)", line):
            found += [many[2].replace("#", str(number)) for number in range(int(many[1]))]
        else:
            found.append(line)
    return found
