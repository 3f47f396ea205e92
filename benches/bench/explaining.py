"""How fast a log is explained, beside `grep -c` and pflogsumm on the same file; the log comes from the example `explain_speed`."""

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

from bench.bars import SPEED, Bar
from bench.measure import Run, run
from bench.tables import table

MEGABYTES = 1000
MEGABYTES_A_SECOND = 400
MOST_MEMORY = 64_000_000
RUNS = 3
NAME = "a log of 1 GB"
# What says that nothing is amiss, beside what is planted.
QUIET = ("benign", "not-tls")


@dataclass(frozen=True)
class Explained:
    """What each tool took for the log, and what mailmedic said of it."""

    bytes: int
    lines: int
    runs: dict[str, Run]
    # The messages of each rule, as planted and as told.
    planted: Counter[str]
    told: Counter[str]

    def rate(self, tool: str) -> float:
        """Megabytes in a second of a core."""
        return self.bytes / 1e6 / self.runs[tool].cpu


def measure(mailmedic: Path, writer: Path, megabytes: int = MEGABYTES) -> Explained:
    """Writes the log, and lets each tool read it; the first reading brings it into memory."""
    with tempfile.TemporaryDirectory(prefix="explain-", dir="/var/tmp") as folder:
        log = Path(folder) / "mail.log"
        written = run([str(writer), str(log), str(megabytes)])
        if written.status != 0:
            raise LabError(f"{writer} ended with {written.status}")
        planted: Counter[str] = Counter()
        lines = 0
        for name, rule, count in (line.split() for line in written.output.splitlines()):
            lines += int(count) if name == "lines" else 0
            planted[rule] += int(count) if rule != "-" else 0
        commands = {
            "grep -c": ["grep", "-c", "TLS", str(log)],
            "mailmedic explain": [str(mailmedic), "explain", "--format", "json", "--log", str(log)],
            "pflogsumm": ["pflogsumm", str(log)],
        }
        run(commands["grep -c"])
        runs = {tool: best(argv, 1 if tool == "pflogsumm" else RUNS) for tool, argv in commands.items()}
        told: Counter[str] = Counter()
        for line in runs["mailmedic explain"].output.splitlines():
            group = json.loads(line)
            told[group["causes"][0]["rule"]] += group["count"]
        return Explained(log.stat().st_size, lines, runs, planted, told)


def best(argv: list[str], runs: int) -> Run:
    """The run that took least of a core: whatever else runs only adds to it."""
    return min((run(argv) for _ in range(runs)), key=lambda done: done.cpu)


def bars(explained: Explained) -> list[Bar]:
    """What is promised: speed, memory, and that each planted fault is told as often as it is there."""
    tool = "mailmedic explain"
    rate, memory = explained.rate(tool), explained.runs[tool].memory
    told = {rule: count for rule, count in explained.told.items() if rule not in QUIET}
    differs = {
        rule: (count, told.get(rule, 0)) for rule, count in explained.planted.items() if told.get(rule, 0) != count
    } | {rule: (0, count) for rule, count in told.items() if rule not in explained.planted}
    return [
        Bar(SPEED, NAME, f"{MEGABYTES_A_SECOND} MB a second on one core", f"{rate:.0f}", rate >= MEGABYTES_A_SECOND),
        Bar(SPEED, NAME, f"under {MOST_MEMORY // 1_000_000} MB of memory", f"{memory / 1e6:.0f} MB", memory < MOST_MEMORY),
        Bar(
            SPEED, NAME, "every planted fault told as often as it is there",
            str(differs) if differs else f"{sum(told.values())} of {explained.planted.total()}", not differs,
        ),
    ]


def costs(explained: Explained) -> str:
    """Each tool's rate and memory, and mailmedic's rate as a part of the others'."""
    own = explained.rate("mailmedic explain")
    rows = [
        [tool, f"{done.cpu:.2f} s", f"{explained.rate(tool):.0f}", f"{own / explained.rate(tool):.2f}", f"{done.memory / 1e6:.0f} MB"]
        for tool, done in explained.runs.items()
    ]
    return table(["", "CPU time", "MB a second", "mailmedic is so many times as fast", "memory"], rows)
