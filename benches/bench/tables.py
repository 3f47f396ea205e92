"""The tables of a run, in Markdown: on the terminal and in the document."""

from collections.abc import Callable, Iterable

from bench.bars import AT_ONCE, FASTER_THAN, ROUND_TRIPS, Bar
from bench.results import Figures, Result
from bench.tools import DEPTHS, MAILMEDIC, PEERS

NAMES = [MAILMEDIC, *(tool.name for tool in PEERS)]
RUN = [*DEPTHS, *NAMES[1:]]
# Those that a full look is held against.
OF_FULL_LOOK = [name for name, (match, _) in FASTER_THAN.items() if match == MAILMEDIC]
# How long a connection is open at least, until our side ends behind the hello: TCP; with STARTTLS the greeting and the go-ahead.
ROUND_TRIPS_EACH = {"implicit": 1, "starttls": 3}


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """A table with its columns padded."""
    lines = [heads, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    rule = ["-" * width for width in widths]
    shown = [lines[0], rule, *lines[1:]]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in shown
    )


def connections(results: list[Result]) -> str:
    """What each server has to bear from each tool."""
    heads = ["server", "suites", "quick", "standard", "full", "enumeration", "lower bound", *NAMES[1:]]
    rows = []
    for result in results:
        told = result.told
        own = [result.depths.get("quick"), result.depths.get("standard"), result.figures(MAILMEDIC)]
        peers = [result.figures(name) for name in NAMES[1:]]
        rows.append([
            result.server.name, str(len(result.truth.suites)), *(count(figures) for figures in own),
            number(told.enumeration if told else None), number(told.lower_bound if told else None),
            *(count(figures) for figures in peers),
        ])
    return table(heads, rows)


def open_at_once(results: list[Result]) -> str:
    """The most connections that were open at a time."""
    rows = [
        [result.server.name, *(
            number(max(found, default=None)) for found in
            ([run.most_open for (tool, _), run in result.runs.items() if tool == name] for name in RUN)
        )]
        for result in results
    ]
    return table(["server", *RUN], rows)


def wrong(results: list[Result]) -> str:
    """How many suites each tool misses and makes up."""

    def cell(result: Result, name: str) -> str:
        if name == MAILMEDIC:
            lines = [line for line in result.differences() if " suite " in line]
            found = (sum(line.startswith("missing") for line in lines), sum(line.startswith("false") for line in lines))
        else:
            told = result.wrong(name)
            if told is None:
                return "-"
            found = told
        missing, false = found
        return "right" if not missing and not false else f"{missing} missing, {false} false"

    return table(["server", *NAMES], [[r.server.name, *(cell(r, name) for name in NAMES)] for r in results])


def over_lines(results: list[Result], cell: Callable[[Result, str, int], str]) -> str:
    """A table with a row for each server and round trip that was measured."""
    rows = [
        [result.server.name, f"{trip} ms", *(cell(result, name, trip) for name in RUN)]
        for result in results
        for trip in ROUND_TRIPS
        if result.server.timed and result.figures(MAILMEDIC, trip)
    ]
    return table(["server", "round trip", *RUN], rows)


def ratios(results: list[Result]) -> str:
    """Wall time as a multiple of mailmedic's."""

    def cell(result: Result, name: str, trip: int) -> str:
        own, their = result.figures(MAILMEDIC, trip), result.figures(name, trip)
        return f"{their.wall / own.wall:.1f} x" if own and their else "-"

    return over_lines(results, cell)


def walls(results: list[Result]) -> str:
    """Wall time in seconds."""

    def cell(result: Result, name: str, trip: int) -> str:
        figures = result.figures(name, trip)
        return f"{figures.wall:.2f} s" if figures else "-"

    return over_lines(results, cell)


def floors(results: list[Result]) -> str:
    """What the connections of a full look, and the lower bound of a listing, take where none ever waits for another."""

    def least(result: Result, trip: int, connections: int | None) -> float | None:
        trips = ROUND_TRIPS_EACH[result.server.door.security]
        return connections * trips * trip / 1000 / AT_ONCE if connections else None

    def cells(result: Result, trip: int) -> list[str]:
        full = result.figures(MAILMEDIC, trip)
        look = least(result, trip, full.connections if full else None)
        listing = least(result, trip, result.told.lower_bound if result.told else None)
        theirs = [result.figures(name, trip) for name in OF_FULL_LOOK]
        return [
            f"{look:.2f} s" if look else "-",
            f"{listing:.2f} s" if listing else "-",
            *(f"{figures.wall / look:.1f} x" if figures and look else "-" for figures in theirs),
        ]

    rows = [
        [result.server.name, f"{trip} ms", *cells(result, trip)]
        for result in results
        for trip in ROUND_TRIPS[1:]
        if result.server.timed and result.figures(MAILMEDIC, trip)
    ]
    return table(["server", "round trip", "full look", "lower bound", *OF_FULL_LOOK], rows)


def costs(results: list[Result]) -> str:
    """CPU time and memory of each tool at 0 ms."""

    def cell(result: Result, name: str) -> str:
        figures = result.figures(name)
        return f"{figures.cpu * 1000:.0f} ms, {figures.memory / 1e6:.0f} MB" if figures else "-"

    return table(["server", *RUN], [[r.server.name, *(cell(r, name) for name in RUN)] for r in results])


def verdicts(bars: list[Bar]) -> str:
    """Every bar and whether it was met."""
    words = {True: "met", False: "MISSED", None: "open"}
    return table(
        ["server", "bar", "got", ""], [[bar.server, bar.promise, bar.got, words[bar.met]] for bar in bars]
    )


def count(figures: Figures | None) -> str:
    """A number of connections, or a dash."""
    return number(figures.connections if figures else None)


def number(value: int | None) -> str:
    """A number, or a dash."""
    return "-" if value is None else str(value)
