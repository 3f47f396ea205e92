"""The bench's command line, and the order of its work."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from xml.etree.ElementTree import ParseError

from lab.errors import LabError
from lab.processes import ENDING_SIGNALS, guard

from bench import bars, document, explaining, install, judging, mail_dns, paths, tables, tools, truth
from bench.line import Line, line
from bench.measure import Run, run
from bench.results import Figures, Result
from bench.scripted import scripted
from bench.servers import SERVERS_OF_BENCH, Running, Server, running

RELEASE = paths.ROOT / "target/release/mailmedic"


def main(arguments: list[str]) -> int:
    """Runs the bench; 0 every bar met, 1 one missed, 2 the bench itself failed."""
    options = parser().parse_args(arguments)
    try:
        if not options.mailmedic.exists():
            raise LabError(f"{options.mailmedic} is not there: cargo build --release --locked -p mailmedic-cli")
        if options.explaining:
            install.pflogsumm()
        if not options.alone:
            install.install(peers=not options.quick)
        guard()
        for number in ENDING_SIGNALS:
            signal.signal(number, end)
        options.began = time.monotonic()
        return alone(options) if options.alone else bench(options)
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


def end(*_: object) -> None:
    """Leaves every block in order, so that no server, folder or thread is left."""
    truth.STOPPED.set()
    sys.exit(2)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    about = "Compares mailmedic with the truth and with its peers."
    top = argparse.ArgumentParser(prog="benches/run", description=about)
    servers = [server.name for server in SERVERS_OF_BENCH]
    peers = [tool.name for tool in tools.PEERS]

    def named(option: str, names: list[str], what: str) -> None:
        words = f"{what}; may be given several times: {', '.join(names)}"
        top.add_argument(option, action="append", choices=names, metavar="NAME", help=words)

    def path(option: str, metavar: str, words: str, default: Path | None = None) -> None:
        top.add_argument(option, type=Path, metavar=metavar, default=default, help=words)

    quick = "truth and connections alone: no delay, of the peers nmap only"
    top.add_argument("--quick", action="store_true", help=quick)
    named("--server", servers, "examine this server only")
    named("--tool", peers, "of the peers run this one only")
    times = "how often each time is measured (3); testssl.sh once"
    top.add_argument("--runs", type=int, default=3, metavar="N", help=times)
    path("--mailmedic", "PROGRAM", "what is measured (target/release/mailmedic)", RELEASE)
    path("--scripted", "PROGRAM", "examine the servers of this program, too: see bench/scripted.py")
    path("--judging", "PROGRAM", "measure how this program judges, too: the example judge_speed, built for release")
    top.add_argument("--mail-dns", action="store_true", help="measure looks at mail DNS, too, beside checkdmarc")
    path("--explaining", "PROGRAM", "measure how logs are explained, too: the example explain_speed, built for release")
    only = "measure nothing else than --judging, --explaining and --mail-dns"
    top.add_argument("--alone", action="store_true", help=only)
    top.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return top


def bench(options: argparse.Namespace) -> int:
    """Looks at one server after the other, prints the tables, and judges."""
    servers = [server for server in SERVERS_OF_BENCH if not options.server or server.name in options.server]
    results: list[Result] = []
    with running(servers) as started:
        truths = truth.tell_all(started)
        print(f"bench: the truth took {time.monotonic() - options.began:.1f} s", file=sys.stderr, flush=True)
        results += [look(here, facts, options) for here, facts in zip(started, truths, strict=True)]
    if options.scripted:
        with scripted(options.scripted) as told:
            results += [look(here, facts, options) for here, facts in told]
    judged = bars.judge(results, speed=not options.quick)
    print(tables.connections(results), tables.wrong(results), tables.costs(results), sep="\n\n")
    if not options.quick:
        print("", tables.ratios(results), tables.walls(results), sep="\n\n")
    looked = domains(options, judged)
    stored, explained = files(options, judged)
    for result in results:
        for words in [*result.differences(), *result.failures]:
            print(f"{result.server.name}: {words}")
    missed = tell_bars(judged)
    if options.write:
        paths.DOCUMENT.write_text(document.text(results, judged, options.runs, stored, explained, looked))
    return 1 if missed else 0


def alone(options: argparse.Namespace) -> int:
    """Measures only what needs no mail server."""
    judged: list[bars.Bar] = []
    domains(options, judged)
    files(options, judged)
    return 1 if tell_bars(judged) else 0


def domains(options: argparse.Namespace, judged: list[bars.Bar]) -> dict[str, mail_dns.Looked] | None:
    """Measures looks at mail DNS, prints them, and adds their bars."""
    looked = mail_dns.measure(options.mailmedic) if options.mail_dns else None
    if looked:
        judged += mail_dns.bars(looked)
        print("", mail_dns.speeds(looked), sep="\n\n")
    return looked


def files(options: argparse.Namespace, judged: list[bars.Bar]) -> tuple[judging.Judged | None, explaining.Explained | None]:
    """Measures what comes out of files, prints it, and adds its bars."""
    stored = judging.measure(options.judging) if options.judging else None
    if stored:
        judged += judging.bars(stored)
        print("", judging.speeds(stored), judging.memory(stored), sep="\n\n")
    explained = explaining.measure(options.mailmedic, options.explaining) if options.explaining else None
    if explained:
        judged += explaining.bars(explained)
        print("", explaining.costs(explained), sep="\n\n")
    return stored, explained


def tell_bars(judged: list[bars.Bar]) -> int:
    """Prints what was missed; how much that is."""
    print(f"\n{tables.verdicts([bar for bar in judged if not bar.met])}\n")
    missed = sum(bar.met is False for bar in judged)
    print(f"{len(judged)} bars: {sum(bar.met is True for bar in judged)} met, {missed} missed")
    return missed


def look(here: Running, facts: truth.Facts, options: argparse.Namespace) -> Result:
    """Looks at a server through a proxy of its own."""
    began = time.monotonic()
    with line(here) as wire:
        result = examine(here, facts, wire, options)
    print(f"bench: {here.server.name} took {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
    return result


def examine(here: Running, facts: truth.Facts, wire: Line, options: argparse.Namespace) -> Result:
    """Lets the tools look at a server."""
    server = here.server
    result = Result(server, facts)
    for depth in ("quick", "standard"):
        figures = result.depths[depth] = Figures()
        once(wire, 0, tools.mailmedic(options.mailmedic, here, depth), figures)
    trips = bars.ROUND_TRIPS if server.timed and not options.quick else bars.ROUND_TRIPS[:1]
    for trip in trips:
        for name, depth in tools.DEPTHS.items():
            figures = result.runs[name, trip] = Figures()
            for _ in range(options.runs if trip or server.timed else 1):
                done = once(wire, trip, tools.mailmedic(options.mailmedic, here, depth), figures)
                tell(result, done, figures.counts[-1].connections, whole=name == tools.MAILMEDIC)
        for peer in chosen(server, options):
            measure(here, wire, trip, peer, 1 if peer.slow or not server.timed else options.runs, result)
    return result


def chosen(server: Server, options: argparse.Namespace) -> list[tools.Tool]:
    """The peers that look at a server in this run."""
    return [
        tool
        for tool in tools.PEERS
        if not server.scripted
        and (tool.name == "nmap" if options.quick else server.timed or not tool.slow)
        and (not options.tool or tool.name in options.tool)
    ]


def tell(result: Result, done: Run, counted: int, whole: bool) -> None:
    """Keeps what mailmedic's report of its whole look says; all runs have to say the same."""
    try:
        told = tools.read_mailmedic(done.output)
    except (ValueError, KeyError, TypeError):
        result.failures.append(f"mailmedic ended with {done.status} and no report of the endpoint")
        return
    if result.told and result.told.facts != told.facts:
        result.failures.append("two runs of mailmedic told different things")
    # Two runs may differ by a connection that was opened ahead, so each is held against its own report.
    result.counted.append((told.connections, counted))
    if whole:
        result.told = result.told or told


def measure(here: Running, wire: Line, trip: int, peer: tools.Tool, runs: int, result: Result) -> None:
    """Runs a peer some times over one line; keeps what it found with no delay."""
    figures = Figures()
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out"
            done = once(wire, trip, peer.argv(here, out), figures)
            if not figures.counts[-1].connections:
                # A tool that never connected has not looked, and is given another chance.
                figures.forget_last()
                done = once(wire, trip, peer.argv(here, out), figures)
            if trip == 0 and peer.name not in result.peers:
                try:
                    result.peers[peer.name] = peer.read(done.output, out)
                except (OSError, ValueError, KeyError, ParseError) as error:
                    print(f"bench: {peer.name} on {here.server.name}: {error}", file=sys.stderr)
    result.runs[peer.name, trip] = figures


def once(wire: Line, trip: int, argv: list[str], figures: Figures) -> Run:
    """One run over a line with a round trip in milliseconds."""
    wire.begin(trip / 1000)
    done = run(argv)
    figures.runs.append(done)
    figures.counts.append(wire.counts())
    return done
