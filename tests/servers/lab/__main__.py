"""Runs the laboratory as `python3 tests/servers/lab VERB` or `python3 -m lab VERB`."""

import sys
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lab.cli import main

sys.exit(main(sys.argv[1:]))
