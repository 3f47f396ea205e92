"""The command line of the zones."""

import argparse
import sys
from pathlib import Path

from lab.errors import LabError
from lab.processes import guard

from zones import packages
from zones.compare import compare


def main(arguments: list[str]) -> int:
    """Runs a verb; 0 all as expected, 1 something differs, 2 the laboratory itself failed."""
    top = argparse.ArgumentParser(prog="tests/zones", description="Signed zones on a real name server.")
    verbs = top.add_subparsers(dest="verb", required=True)
    verbs.add_parser("install", help="bring the name server onto this machine")
    look = verbs.add_parser("compare", help="look at every case with mailmedic")
    look.add_argument("--mailmedic", type=Path, required=True, metavar="PROGRAM")
    look.add_argument("--nsec3", action="store_true", help="deny names by NSEC3, with opt-out at the top")
    look.add_argument("case", nargs="*", help="these cases only")
    options = top.parse_args(arguments)
    try:
        if options.verb == "install":
            packages.install()
            return 0
        guard()
        return 1 if compare(options.mailmedic.resolve(), options.case, options.nsec3) else 0
    except LabError as error:
        print(f"zones: {error}", file=sys.stderr)
        return 2
