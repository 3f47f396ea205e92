"""Runs as `python3 tests/clients VERB`."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The laboratory of mail servers has what both need: packages, processes, openssl.
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "servers")]

from clients.cli import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
