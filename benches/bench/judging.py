"""How fast stored observations are judged, and with how much memory: runs the example `judge_speed`."""

from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

from bench.bars import SPEED, Bar
from bench.measure import run
from bench.tables import table

TARGETS = 20_000
CERTIFICATES = 100_000
# Of a hoster: many hosts, few certificates.
SHARED = 10

CHAINS_A_SECOND = 20_000
MEGABYTES = 1000
NAME = "stored observations"


@dataclass(frozen=True)
class Judged:
    """What the program tells: one run with leaves of their own, one with shared ones, one for memory."""

    own: dict[str, int]
    shared: dict[str, int]
    many: dict[str, int]


def measure(program: Path) -> Judged:
    """Runs the program three times; it uses one core."""
    return Judged(tell(program, TARGETS), tell(program, TARGETS, SHARED), tell(program, CERTIFICATES))


def tell(program: Path, *counts: int) -> dict[str, int]:
    """One run: its figures by name."""
    done = run([str(program), *map(str, counts)])
    if done.status != 0:
        raise LabError(f"{program} ended with {done.status}")
    lines = (line.split() for line in done.output.splitlines())
    return {name: int(figure) for name, figure in lines}


def bars(judged: Judged) -> list[Bar]:
    """What is promised: speed where what came of each pair of certificates is remembered, and memory."""
    speed, memory = judged.own["all-rules-warm"], judged.many["megabytes-whole-report"]
    return [
        Bar(
            SPEED, NAME, f"{CHAINS_A_SECOND} chains a second on one core, signatures remembered",
            str(speed), speed >= CHAINS_A_SECOND,
        ),
        Bar(
            SPEED, NAME, f"{CERTIFICATES} certificates with the whole report under {MEGABYTES} MB",
            f"{memory} MB", memory < MEGABYTES,
        ),
    ]


def speeds(judged: Judged) -> str:
    """Chains a second on one core."""
    rows = [
        [words, *(str(figures[f"{what}-{when}"]) for what in ("chains", "all-rules") for when in ("cold", "warm"))]
        for words, figures in (
            (f"{TARGETS} hosts, each with a certificate of its own", judged.own),
            (f"{TARGETS} hosts with {SHARED} certificates", judged.shared),
        )
    ]
    heads = ["", "chains, cold", "chains, warm", "all rules and report, cold", "all rules and report, warm"]
    return table(heads, rows)


def memory(judged: Judged) -> str:
    """The most memory at three moments."""
    moments = {
        "megabytes-observation": "the observation alone",
        "megabytes-streamed": "and judged, each target's report dropped once it is told",
        "megabytes-whole-report": "and judged, the whole report kept, each target let go once it is judged",
    }
    rows = [[words, f"{judged.many[name]} MB"] for name, words in moments.items()]
    return table([f"{CERTIFICATES} certificates", "memory"], rows)
