"""What a run of the bench found out, and how it compares with the truth."""

import statistics
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field

from bench.line import Counts
from bench.measure import Run
from bench.servers import Server
from bench.tools import PEERS, Told
from bench.truth import Facts, can_judge

VERSIONS_UNTOLD = {tool.name for tool in PEERS if not tool.versions_told}


@dataclass
class Figures:
    """Several runs of one tool on one server over one line."""

    runs: list[Run] = field(default_factory=list)
    counts: list[Counts] = field(default_factory=list)

    def forget_last(self) -> None:
        """Leaves out the last run."""
        self.runs.pop()
        self.counts.pop()

    @property
    def wall(self) -> float:
        """Seconds, the median."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Seconds, the median."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def memory(self) -> int:
        """Bytes, the most."""
        return max(run.memory for run in self.runs)

    @property
    def connections(self) -> int:
        """The most that one run made."""
        return max(count.connections for count in self.counts)

    @property
    def most_open(self) -> int:
        """The most that were open at a time."""
        return max(count.most_open for count in self.counts)


@dataclass
class Result:
    """Everything about one server."""

    server: Server
    truth: Facts
    told: Told | None = None
    # By tool and round trip in milliseconds; by depth for mailmedic's own two smaller looks.
    runs: dict[tuple[str, int], Figures] = field(default_factory=dict)
    depths: dict[str, Figures] = field(default_factory=dict)
    peers: dict[str, Facts] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    # Of each run of mailmedic the connections that its report tells, and those that were counted.
    counted: list[tuple[int, int]] = field(default_factory=list)

    def figures(self, tool: str, round_trip: int = 0) -> Figures | None:
        """The runs of a tool over a line."""
        return self.runs.get((tool, round_trip))

    def judged_by_peers(self) -> set[tuple[str, str]]:
        """The suites that OpenSSL does not have and most peers found."""
        voters = {name: facts for name, facts in self.peers.items() if name not in VERSIONS_UNTOLD}
        votes = Counter(suite for facts in voters.values() for suite in facts.suites)
        return {
            suite for suite, count in votes.items() if not can_judge(*suite) and count * 2 > len(voters)
        }

    def differences(self) -> list[str]:
        """Where mailmedic is wrong, one line each."""
        if self.told is None:
            return ["mailmedic told nothing of this endpoint"]
        suites = self.truth.suites | self.judged_by_peers()
        versions = {version for version, _ in suites}
        told = self.told
        return [
            *compare("version", {(name,) for name in versions}, {(name,) for name in told.versions}),
            *(words + self.remark(words) for words in compare("suite", suites, told.facts.suites)),
            *compare(
                "group",
                {(name.lower(),) for name in self.truth.groups},
                {(name.lower(),) for name in told.facts.groups},
            ),
        ]

    def remark(self, words: str) -> str:
        """Says of a suite told in vain that the server begins a handshake with it."""
        version, name = words.split()[-2:]
        return " (chosen by the server, which then breaks off)" if (version, name) in self.truth.broken else ""

    def wrong(self, tool: str) -> tuple[int, int] | None:
        """How many suites a peer missed and how many it made up, of those that OpenSSL can judge."""
        facts = self.peers.get(tool)
        if facts is None:
            return None
        truth, found = self.truth.suites, {suite for suite in facts.suites if can_judge(*suite)}
        if tool in VERSIONS_UNTOLD:
            truth = {("", name) for _, name in truth}
            found = facts.suites
        return len(truth - found), len(found - truth)


def compare(what: str, truth: Set[tuple[str, ...]], told: Set[tuple[str, ...]]) -> list[str]:
    """Says what is missing and what is told in vain."""
    missing = [f"missing {what} {' '.join(item)}" for item in sorted(truth - told)]
    return missing + [f"false {what} {' '.join(item)}" for item in sorted(told - truth)]
