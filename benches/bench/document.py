"""Writes docs/benchmarks.md from one run."""

import os
from datetime import UTC, datetime

from bench import explaining, judging, mail_dns, tables
from bench.bars import CONNECTIONS, SPEED, TRUTH, Bar
from bench.install import versions
from bench.explaining import Explained
from bench.judging import Judged
from bench.mail_dns import Looked
from bench.results import Result

HEADINGS = {TRUTH: "Truth", CONNECTIONS: "Connections", SPEED: "Speed and cost"}


def text(
    results: list[Result],
    bars: list[Bar],
    runs: int,
    stored: Judged | None = None,
    explained: Explained | None = None,
    looked: dict[str, Looked] | None = None,
) -> str:
    """The whole document."""
    tools = ", ".join(f"{name} {version}" for name, version in versions().items() if name != "openssl")
    today = datetime.now(UTC).strftime("%-d %B %Y")
    about = tables.table(
        ["server", "what it is", "port"],
        [[result.server.name, result.server.about, result.server.door.name] for result in results],
    )
    parts = [
        "# Benchmarks\n",
        "Written by `.ci/run bench` from one run on one machine; do not edit. Absolute times belong to that machine:\n"
        "the ratios are what can be compared. How everything is measured: [benches/README.md](../benches/README.md).\n",
        f"{today}; Linux, {os.cpu_count()} cores; {tools}. The truth is told by OpenSSL {versions()['openssl']}.\n"
        f"Runs behind each time, of which the median is shown: {runs}; of testssl.sh 1.\n"
        "Servers and tools share the cores.\n",
        "## Wall time as a multiple of mailmedic's\n",
        "A full look at one endpoint, every check that applies included, and the listing alone (`--depth list`); the\n"
        "peers with their default look, nmap with its scripts for suites and certificates alone: it lists and tries no\n"
        "tricks.\n",
        tables.ratios(results) + "\n",
        "## Connections\n",
        "As a proxy before the server counts them. `suites` is what the server accepts, over all versions; `quick`,\n"
        "`standard` and `full` are mailmedic's depths with every check of that depth; `enumeration` is the part of\n"
        "`full` that finds versions, suites, groups and orders, and `lower bound` the fewest that this can take.\n",
        tables.connections(results) + "\n",
        "The most that were open at a time:\n",
        tables.open_at_once(results) + "\n",
        "## Suites against the truth\n",
        "One handshake of `openssl s_client` for each version and suite is the truth. testssl.sh does not say in\n"
        "which versions it met a suite; it is compared by name alone.\n",
        tables.wrong(results) + "\n",
        "## Wall time\n",
        tables.walls(results) + "\n",
        "The least that these connections can take with five open at a time: one is open for a round trip where TLS comes\n"
        "first (TCP), and for three with STARTTLS (greeting and go-ahead), until mailmedic has ended its side right behind\n"
        "the hello; for one more where it waits for the answer, as it does with a server that refuses without a word\n"
        "(Dovecot) and with tricks, which take two to six more. That is without a first look, answers that hang on each\n"
        "other, and time that the server needs. `lower bound` is of the connections that any listing needs; the other tools\n"
        "are told as multiples of the full look: a bar beyond that cannot be met.\n",
        tables.floors(results) + "\n",
        "## CPU time and memory\n",
        "Of the tool's process at 0 ms; CPU time with its children, memory without.\n",
        tables.costs(results) + "\n",
        *(of_stored(stored) if stored else []),
        *(of_mail_dns(looked) if looked else []),
        *(of_logs(explained) if explained else []),
        "## Bars\n",
        "Open is what this run did not measure, and speed on a server where not all was found.\n",
        *(
            f"### {heading}\n\n{tables.verdicts([bar for bar in bars if bar.kind == kind])}\n"
            for kind, heading in HEADINGS.items()
        ),
        "## Servers\n",
        about + "\n",
    ]
    return "\n".join(parts)


def of_mail_dns(looked: dict[str, Looked]) -> list[str]:
    """How the mail DNS of domains is looked at."""
    return [
        "## Mail DNS\n",
        "Domains of two labels with two mail servers, each delegated without a signature by a signed registry, on a name\n"
        "server of the same machine: `mailmedic dns` and checkdmarc without its pause. One domain by way of a proxy that\n"
        f"counts, and holds each answer back; {mail_dns.MANY} domains directly.\n",
        mail_dns.speeds(looked) + "\n",
    ]


def of_stored(judged: Judged) -> list[str]:
    """How stored observations are judged."""
    return [
        "## Stored observations\n",
        "Chains judged a second, on one core, without a network. `chains` is the way from each leaf to its root alone;\n"
        "`all rules and report` is everything that a report tells. Cold, every signature is checked; warm, what came of\n"
        "each pair of certificates is remembered from before, as it is from host to host where many share a\n"
        "certificate. The bar is of the warm case with certificates of their own.\n",
        judging.speeds(judged) + "\n",
        judging.memory(judged) + "\n",
    ]


def of_logs(explained: Explained) -> list[str]:
    """How a log is explained."""
    return [
        "## Logs\n",
        f"A log of {explained.bytes / 1e9:.1f} GB and {explained.lines} lines: ordinary traffic of Postfix, Dovecot and Exim, and every\n"
        "fiftieth line is of one of forty TLS faults. Each tool uses one core; the file is in memory.\n",
        explaining.costs(explained) + "\n",
    ]
