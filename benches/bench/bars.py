"""The bars: what mailmedic promises, and whether a run kept it."""

from dataclasses import dataclass

from bench.results import Figures, Result
from bench.tools import DEPTHS, LISTING, MAILMEDIC

TRUTH = "truth"
CONNECTIONS = "connections"
SPEED = "speed"

OVER_LOWER_BOUND = 1.3
AT_ONCE = 5
STANDARD = 12
QUICK = 4
ROUND_TRIPS = (0, 20, 40)
# Of a peer that lists and does no more, the listing is the match; the others try tricks, too.
FASTER_THAN = {"nmap": (LISTING, 2.0), "sslyze": (MAILMEDIC, 8.0), "testssl.sh": (MAILMEDIC, 20.0)}
GOOD_POSTFIX = "postfix-modern"
GOOD_POSTFIX_WITHIN = 3.0
CPU = 0.1
MEMORY = 50_000_000


@dataclass(frozen=True)
class Bar:
    """One promise on one server; `met` is None where the run did not measure it."""

    kind: str
    server: str
    promise: str
    got: str
    met: bool | None


def judge(results: list[Result], speed: bool) -> list[Bar]:
    """Every bar, those of speed and cost only on demand."""
    bars = []
    for result in results:
        bars += of_truth(result) + of_connections(result)
        if speed:
            bars += of_speed(result)
    return bars


def of_truth(result: Result) -> list[Bar]:
    """Nothing missing, nothing false."""
    count = len(result.differences())
    name = result.server.name
    bars = [Bar(TRUTH, name, "versions, suites and groups as openssl s_client finds them", differ(count), count == 0)]
    if result.failures:
        bars.append(Bar(TRUTH, name, "every run ends with a report", "; ".join(result.failures), False))
    return bars


def differ(count: int) -> str:
    """A number of differences in words."""
    return {0: "no difference", 1: "1 difference"}.get(count, f"{count} differences")


def of_connections(result: Result) -> list[Bar]:
    """How much a server has to bear."""
    name, limits = result.server.name, result.server.bars
    told = result.told
    spent = told.enumeration if told else None
    least = told.lower_bound if told else None
    full, standard, quick = result.figures(MAILMEDIC), result.depths.get("standard"), result.depths.get("quick")
    bars = [
        Bar(
            CONNECTIONS, name, f"enumeration at most {OVER_LOWER_BOUND} x the lower bound",
            f"{spent} / {least} = {spent / least:.2f}" if spent and least else "-",
            spent <= OVER_LOWER_BOUND * least if spent and least else None,
        ),
        at_most(name, "--depth standard", STANDARD, standard.connections if standard else None),
        at_most(name, "--depth quick", QUICK, quick.connections if quick else None),
    ]
    if limits.enumeration is not None:
        bars.append(at_most(name, "enumeration", limits.enumeration, spent))
    if limits.everything is not None:
        bars.append(at_most(name, "every check", limits.everything, full.connections if full else None))
    everything = [figures for (tool, _), figures in result.runs.items() if tool in DEPTHS]
    everything += result.depths.values()
    if everything:
        most = max(figures.most_open for figures in everything)
        bars.append(Bar(CONNECTIONS, name, f"at most {AT_ONCE} open at a time", str(most), most <= AT_ONCE))
    if result.counted:
        # The worst run stands for all.
        reported, counted = max(result.counted, key=lambda run: abs(run[0] - run[1]))
        got = f"{reported} reported, {counted} counted"
        bars.append(Bar(CONNECTIONS, name, "the report tells the connections truly", got, reported == counted))
    return bars


def at_most(server: str, what: str, limit: int, got: int | None) -> Bar:
    """A bar on a number of connections."""
    met = None if got is None else got <= limit
    return Bar(CONNECTIONS, server, f"{what}: at most {limit} connections", "-" if got is None else str(got), met)


def of_speed(result: Result) -> list[Bar]:
    """Wall time against the peers' in the same run, and what a full look costs this machine.

    To be quick with half of the answer is nothing: without the truth no bar of speed is met.
    """
    name = result.server.name
    whole = not result.differences()
    bars = []
    for round_trip in ROUND_TRIPS[1:]:
        for peer, (match, wanted) in FASTER_THAN.items():
            own, their = result.figures(match, round_trip), result.figures(peer, round_trip)
            if own and their:
                ratio = their.wall / own.wall
                promise = f"{match} {wanted:g} x faster than {peer} at {round_trip} ms"
                bars.append(Bar(SPEED, name, promise, f"{ratio:.1f} x", ratio >= wanted if whole else None))
        own = result.figures(MAILMEDIC, round_trip)
        if own and name == GOOD_POSTFIX and round_trip == ROUND_TRIPS[-1]:
            promise = f"full check at {round_trip} ms under {GOOD_POSTFIX_WITHIN:g} s"
            met = own.wall < GOOD_POSTFIX_WITHIN if whole else None
            bars.append(Bar(SPEED, name, promise, f"{own.wall:.2f} s", met))
    return bars + of_cost(name, result.figures(MAILMEDIC), whole)


def of_cost(name: str, own: Figures | None, whole: bool) -> list[Bar]:
    """CPU time and memory of a full look."""
    if own is None:
        return []
    cpu, memory = f"{own.cpu * 1000:.0f} ms", f"{own.memory / 1e6:.0f} MB"
    return [
        Bar(SPEED, name, f"CPU under {CPU * 1000:.0f} ms", cpu, own.cpu < CPU if whole else None),
        Bar(SPEED, name, f"memory under {MEMORY // 10**6} MB", memory, own.memory < MEMORY if whole else None),
    ]
