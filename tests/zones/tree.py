"""The tree of zones: `test.` with the anchored key, and below it a zone for each case."""

import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.errors import LabError

from zones.packages import program

TOP = "test"
# Days from now in which signatures hold.
HOLDS = (-1, 30)
ENDED = (-30, -2)


@dataclass(frozen=True)
class Zone:
    """A zone to serve. `dnssec` is `signed`, `unsigned` (no DS at the parent), `bogus` (another key's DS) or `expired`."""

    name: str
    lines: tuple[str, ...]
    dnssec: str = "signed"


class Tree:
    """Zone files in a folder, signed, with the anchor of the top.

    What is not there is denied by NSEC, or by NSEC3 as most registries do it: without salt (RFC 9276), and at the top with
    opt-out, so that unsigned delegations have no record of their own (RFC 5155 §6).
    """

    def __init__(self, folder: Path, nsec3: bool = False) -> None:
        self.folder = folder
        self.nsec3 = nsec3
        folder.mkdir(parents=True)
        self.files: dict[str, Path] = {}
        self.delegations: list[str] = []

    @property
    def anchor(self) -> Path:
        """The file for `--dnssec-anchor`."""
        return self.folder / "anchor"

    def add(self, zone: Zone) -> None:
        """Writes a zone, signs it if it is to be, and delegates it if it stands below the top."""
        path = self.write(zone.name, zone.lines)
        if zone.dnssec != "unsigned":
            key = self.key(zone.name)
            path = self.sign(zone.name, path, key, ENDED if zone.dnssec == "expired" else HOLDS)
            if zone.dnssec == "bogus":
                key = self.key(zone.name)
            self.delegations.append(self.digest(key))
        if zone.name.endswith(f".{TOP}"):
            self.delegations.append(f"{zone.name}. 60 IN NS ns.{TOP}.")
        self.files[zone.name] = path

    def finish(self) -> None:
        """Writes the top, once all that it delegates is known."""
        lines = [line for line in self.delegations if f".{TOP}. " in line]
        key = self.key(TOP)
        self.files[TOP] = self.sign(TOP, self.write(TOP, tuple(lines)), key, HOLDS)
        self.anchor.write_text(self.digest(key) + "\n")

    def write(self, name: str, lines: tuple[str, ...]) -> Path:
        """Writes a zone file with the records that every zone needs."""
        path = self.folder / f"{name}.zone"
        head = [
            f"$ORIGIN {name}.",
            "$TTL 3600",
            f"@ IN SOA ns.{TOP}. hostmaster.{TOP}. 1 3600 600 86400 60",
            f"@ IN NS ns.{TOP}.",
        ]
        if name == TOP:
            head.append("ns IN A 127.0.0.1")
        path.write_text("\n".join([*head, *map(split, lines), ""]))
        return path

    def key(self, name: str) -> Path:
        """Makes a key that signs the whole zone."""
        done = run(program("dnssec-keygen"), "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "-K", str(self.folder), name)
        return self.folder / f"{done.strip()}.key"

    def digest(self, key: Path) -> str:
        """The DS record of a key."""
        return run(program("dnssec-dsfromkey"), "-2", str(key)).strip()

    def sign(self, name: str, path: Path, key: Path, holds: tuple[int, int]) -> Path:
        """Signs a zone file."""
        signed = path.with_suffix(".signed")
        begins, ends = (moment(days) for days in holds)
        with path.open("a") as zone:
            zone.write(f"$INCLUDE {key}\n")
        denial = ["-3", "-", "-H", "0", *(["-A"] if name == TOP else [])] if self.nsec3 else []
        run(
            program("dnssec-signzone"), "-q", "-z", "-P", "-s", begins, "-e", ends, "-K", str(self.folder), "-d", str(self.folder),
            *denial, "-o", name, "-f", str(signed), str(path), str(key.with_suffix("")),
        )
        return signed


def expand(lines: list[str], **values: str) -> tuple[str, ...]:
    """Fills in `{domain}` and the like; other braces stay."""
    return tuple(re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), line) for line in lines)


def split(line: str) -> str:
    """Cuts a string that no TXT record can hold (RFC 1035 §3.3.14) into several, which are read as one."""
    cut = re.compile(r"(?:\\\d{3}|[^\"\\]){1,250}")
    return re.sub(r'"([^"]{251,})"', lambda found: " ".join(f'"{part}"' for part in cut.findall(found[1])), line)


def moment(days: int) -> str:
    """A time some days from now as the signer writes it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y%m%d%H%M%S")


def run(*argv: str) -> str:
    """Runs a command; its output, or an error with what it said."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)} ended with {done.returncode}: {(done.stdout + done.stderr)[-800:]}")
    return done.stdout
