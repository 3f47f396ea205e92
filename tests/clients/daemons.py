"""Provokes what real servers log when TLS fails, and holds `mailmedic explain --log` against it."""

import contextlib
import os
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clients import explain
from clients.drivers.driver import run
from lab import scenarios
from lab.certificates import Workshop
from lab.processes import supervised

NETWORK = os.environ.get("MAILMEDIC_DAEMONS_NETWORK", "127.0.79")
LOGGED_WITHIN = 5.0
PATIENCE = 10.0
LOGS = {"postfix": "postfix/mail.log", "dovecot": "dovecot/mail.log", "exim": "exim/log/mainlog"}
STARTTLS = {25: "smtp", 587: "smtp", 143: "imap", 110: "pop3"}

LOST = ("tls-handshake-lost-connection", "starttls-lost-connection", "tls-handshake-failed")
MODE = ("plaintext-on-tls-port", "wrong-tls-mode")
OLD = ("tls-version-obsolete", "tls-version-mismatch")
REFUSED = ("cert-rejected-by-peer",)
FILES = ("cert-key-mismatch", "cert-file-unreadable")


@dataclass(frozen=True)
class Place:
    """A door of a server, and a root that did not sign its certificate."""

    address: str
    port: int
    stranger: Path


def s_client(place: Place, *options: str) -> None:
    """One handshake of openssl."""
    starttls = ["-starttls", STARTTLS[place.port]] if place.port in STARTTLS else []
    where = ["-connect", f"{place.address}:{place.port}", *starttls]
    run(["openssl", "s_client", *where, *options], Path("/"), "QUIT\n", patience=PATIENCE)


def refuse(place: Place) -> None:
    """A client that does not know the root."""
    s_client(place, "-CAfile", str(place.stranger), "-no-CApath", "-no-CAstore", "-verify_return_error")


def old(place: Place) -> None:
    """A client that speaks nothing newer than TLS 1.0."""
    s_client(place, "-tls1", "-cipher", "DEFAULT:@SECLEVEL=0")


def other_suites(place: Place) -> None:
    """A client with one suite, which the server does not offer."""
    s_client(place, "-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0")


def say(place: Place, words: bytes) -> None:
    """A client that sends bytes and hangs up."""
    with socket.create_connection((place.address, place.port), timeout=PATIENCE) as stream:
        stream.sendall(words)
        with contextlib.suppress(OSError):
            stream.settimeout(1)
            stream.recv(4096)


def web(place: Place) -> None:
    """A browser, or a scanner that looks for one."""
    say(place, b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")


def clear(place: Place) -> None:
    """A client in the wrong mode."""
    say(place, b"EHLO client.example.org\r\n" if place.port == 465 else b"a1 CAPABILITY\r\n")


def hang_up(place: Place) -> None:
    """A client that goes away in the middle of its hello."""
    say(place, bytes.fromhex("1603010200010001fc0303") + b"x" * 20)


def log_in(place: Place) -> None:
    """A client that sends its password in clear."""
    say(place, b"a1 LOGIN user secret\r\na2 LOGOUT\r\n")


def nothing(_: Place) -> None:
    """The server itself is at fault, and has said so."""


Act = Callable[[Place], None]

# Each scenario of the laboratory with what is done to it: the port, the act, and what the log then means.
CASES: dict[str, list[tuple[int, Act, tuple[str, ...]]]] = {
    "postfix-healthy": [
        (25, refuse, REFUSED), (465, refuse, REFUSED), (25, old, OLD), (25, other_suites, ("tls-cipher-mismatch",)),
        (465, web, MODE), (465, clear, MODE), (465, hang_up, LOST),
    ],
    "dovecot-healthy": [
        (993, refuse, REFUSED), (143, refuse, REFUSED), (110, refuse, REFUSED), (993, old, OLD),
        (993, other_suites, ("tls-cipher-mismatch",)), (993, web, MODE), (993, clear, MODE), (993, hang_up, LOST),
        (143, log_in, ("login-requires-tls",)),
    ],
    "exim-healthy": [
        (25, refuse, REFUSED), (465, refuse, REFUSED), (25, old, OLD),
        (25, other_suites, ("tls-cipher-mismatch", *OLD)), (465, web, MODE), (465, clear, MODE), (465, hang_up, LOST),
    ],
    "postfix-key-mismatch": [(25, old, FILES)],
    "dovecot-key-mismatch": [(993, refuse, FILES)],
    "exim-key-mismatch": [(25, refuse, FILES)],
    "postfix-missing-file": [(25, old, FILES)],
    "exim-missing-file": [(25, refuse, FILES)],
}


# What the words of a log cannot tell, and why.
KNOWN = {
    ("dovecot-healthy", 143, "log_in"): "Dovecot logs a login that failed, and not that TLS was missing",
    ("exim-healthy", 25, "refuse"): "GnuTLS tells of an alert in TLS 1.3 only that it could not be decrypted",
    ("exim-healthy", 465, "refuse"): "GnuTLS tells of an alert in TLS 1.3 only that it could not be decrypted",
    ("exim-healthy", 465, "hang_up"): "GnuTLS tells of the end only that what it got is no TLS",
}


def provoke(mailmedic: Path) -> tuple[int, int]:
    """Runs every scenario; how many cases there are, and how many are explained wrong."""
    cases = wrong = 0
    for name, acts in CASES.items():
        scenario = scenarios.load()[name]
        with tempfile.TemporaryDirectory(prefix="daemons-") as folder, supervised() as supervisor:
            home = Path(folder)
            home.chmod(0o755)
            stranger = Workshop(home / "stranger").root
            address = scenarios.address_of(name, NETWORK)
            scenarios.set_up(scenario, home, address, supervisor)
            log = home / LOGS[scenario.parts[0].server]
            for port, act, means in acts:
                cases += 1
                # What a server says of itself when it starts counts where it is at fault.
                before = 0 if means == FILES else size(log)
                act(Place(address, port, stranger))
                differs = judged(mailmedic, log, before, means, f"{name} {port} {act.__name__}")
                reason = KNOWN.get((name, port, act.__name__))
                if differs and reason:
                    print(f"  known: {reason}")
                wrong += differs and not reason
    return cases, wrong


def judged(mailmedic: Path, log: Path, before: int, means: tuple[str, ...], case: str) -> int:
    """Waits until the log tells what is meant; 1 if it is explained otherwise."""
    deadline = time.monotonic() + LOGGED_WITHIN
    while True:
        text = log.read_bytes()[before:].decode(errors="replace") if log.exists() else ""
        groups = explain.run(mailmedic, ["explain", "--log", "-", "--format", "json"], text) if text else []
        rules = [group["causes"][0]["rule"] for group in groups]
        # A server that is at fault itself may log that beside what a client did.
        found = rules if means == FILES else rules[:1]
        if right := next((rule for rule in found if rule in means), None):
            print(f"{case}: {right}")
            return 0
        if time.monotonic() > deadline:
            print(f"{case}: explained as {rules}, means {means}\n{text}")
            return 1
        time.sleep(0.2)


def size(log: Path) -> int:
    """How long a log is once nothing is added any more."""
    last = -1
    while last != (now := log.stat().st_size if log.exists() else 0):
        last = now
        time.sleep(0.3)
    return now


def hold(mailmedic: Path) -> int:
    """Prints every case; 0 if all are explained as they should be."""
    cases, wrong = provoke(mailmedic)
    print(f"logs of servers explained: {cases - wrong} of {cases} right, or known to tell no more")
    return 1 if wrong else 0
