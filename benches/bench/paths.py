"""Where the bench finds and keeps things."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/benchmarks.md"
# Unpacked packages, the peers' virtual environment and one build: kept from run to run.
CACHE = Path(os.environ.get("MAILMEDIC_BENCH_CACHE", "/var/cache/mailmedic-bench"))
# Servers, the proxies before them, and the daemons behind stunnel get addresses here.
NETWORK = os.environ.get("MAILMEDIC_LAB_NETWORK", "127.0.83")

CYRUS = CACHE / "cyrus"
CYRUS_LIBRARIES = CYRUS / "usr/lib/x86_64-linux-gnu"
CYRUS_PROGRAMS = CYRUS / "usr/lib/cyrus/bin"
EXIM_OPENSSL = CACHE / "exim/bin/exim4"
OPENSMTPD = CACHE / "opensmtpd/usr/sbin/smtpd"
SSLYZE = CACHE / "sslyze/bin/sslyze"
