"""Runs as `python3 tests/zones VERB`."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The laboratory of mail servers has what both need: packages, processes, certificates.
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "servers")]

from zones.cli import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
