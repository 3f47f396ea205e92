"""Holds `mailmedic explain` against what the clients printed: does it name what is wrong with the endpoint?"""

import json
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from clients.drivers.driver import REJECTED, WARNED
from lab.errors import LabError

# The share of first causes that must be right, or say honestly that the words tell no more; in percent.
BAR = 95.0
# The share of answers that name nothing else with certainty; in percent.
CERTAIN = 97.0
AT_ONCE = 4
MOST_BYTES = 1 << 20

# What says no more than that it failed, where the words say no more.
HONEST = (
    "cert-verify-failed", "tls-handshake-failed", "tls-handshake-lost-connection", "starttls-lost-connection",
    "cert-rejected-by-peer",
)

NO_ROOT = ("cert-untrusted", "chain-incomplete", "cert-self-signed", "tls-intercepted", "trust-store-missing")
NAME = ("cert-name-mismatch", "cert-san-missing", "cert-ip-address-unnamed")
ISSUER = ("chain-intermediate-invalid", "cert-malformed", *NO_ROOT)
USAGE = ("cert-usage-wrong",)
WEAK = ("cert-signature-weak", "cert-key-weak", "tls-cipher-mismatch")
OLD = ("tls-version-obsolete", "tls-version-mismatch", "tls-cipher-mismatch")

# What is wrong with each endpoint, in the ids of the rules; the words of a client may tell each of them.
MEANS: dict[str, tuple[str, ...]] = {
    "expired": ("cert-expired",),
    "not-yet-valid": ("cert-not-yet-valid", "clock-skewed"),
    "issuer-expired": ("chain-intermediate-expired", "cert-expired", *NO_ROOT),
    "issuer-not-yet-valid": ("cert-not-yet-valid", "clock-skewed", *NO_ROOT),
    "self-signed": NO_ROOT,
    "unknown-root": NO_ROOT,
    "unknown-root-included": NO_ROOT,
    "missing-intermediate": NO_ROOT,
    "missing-one-of-two": NO_ROOT,
    "wrong-order": ("chain-misordered", *NO_ROOT),
    "unrelated-first": ("chain-misordered", *NO_ROOT),
    "impostor-issuer": ("cert-signature-invalid", *NO_ROOT),
    "wrong-name": NAME,
    "common-name-only": NAME,
    "common-name-beside": NAME,
    "wildcard-partial": NAME,
    "wildcard-too-deep": NAME,
    "wildcard-bare": NAME,
    "wildcard-top": NAME,
    "underscore": NAME,
    "address-unnamed": NAME,
    "good-address": NAME,
    "usage-client-only": USAGE,
    "usage-any": USAGE,
    "usage-none": USAGE,
    "usage-email": USAGE,
    "no-digital-signature": USAGE,
    "no-key-usage": USAGE,
    "issuer-may-not-sign": ISSUER,
    "issuer-no-ca": ISSUER,
    "issuer-old-version": ISSUER,
    "issuer-for-clients": (*ISSUER, *USAGE),
    "good-issuer-for-servers": (*ISSUER, *USAGE),
    "issuer-sha1": (*WEAK, *NO_ROOT),
    "issuer-rsa-1024": (*WEAK, *NO_ROOT),
    "leaf-is-ca": ("cert-is-ca", *USAGE, *ISSUER),
    "name-constraint": ("cert-name-constraint-violated", *NO_ROOT),
    "path-too-long": ("chain-path-too-long", *ISSUER),
    "critical-unknown": ("cert-malformed", "cert-critical-extension-unknown"),
    "must-staple": ("cert-staple-missing", "cert-staple-invalid"),
    "signature-wrong": ("cert-signature-invalid", "cert-malformed", *NO_ROOT),
    "sha1": WEAK,
    "md5": (*WEAK, "cert-malformed", "cert-signature-invalid", *NO_ROOT),
    "rsa-1024": WEAK,
    "rsa-2047": WEAK,
    "p224": WEAK,
    "ed25519": (*WEAK, *USAGE),
    "ten-years": ("cert-validity-too-long",),
    "tls-1.0-only": OLD,
    "tls-1.1-only": OLD,
}


def clients(lines: list[dict[str, Any]], mailmedic: Path) -> int:
    """Prints every first cause that is wrong, and how many are right; 0 if that is enough."""
    asked = [line for line in lines if line["outcome"] in (REJECTED, WARNED) and line["said"].strip()]
    if not asked:
        return 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda line: told(mailmedic, line["said"]), asked))
    counts: Counter[str] = Counter()
    bold = 0
    for line, answer in zip(asked, answers, strict=True):
        means = MEANS.get(line["endpoint"], ())
        causes = answer["causes"]
        first = causes[0]["rule"] if causes else "nothing"
        certain = [cause["rule"] for cause in causes if cause["certainty"] == "certain"]
        wrong = [rule for rule in certain if rule not in (*means, *HONEST)]
        bold += bool(wrong)
        verdict = "right" if first in means else "honest" if first in HONEST or not causes else "wrong"
        counts[verdict] += 1
        if verdict == "wrong" or wrong:
            print(f"{line['client']} {line['endpoint']}: explained as {first}, certain of {wrong}: {line['said']!r}")
    total = counts.total()
    share = 100 * (counts["right"] + counts["honest"]) / total
    print(
        f"words of clients explained: {counts['right']} of {total} right, {counts['honest']} say that the words tell "
        f"no more, {counts['wrong']} wrong, {bold} wrong with certainty; {share:.1f} % as they should be"
    )
    return 0 if share >= BAR and 100 * (total - bold) / total >= CERTAIN else 1


def told(mailmedic: Path, said: str) -> dict[str, Any]:
    """What mailmedic says of the words of a client."""
    return run(mailmedic, ["explain", "-", "--format", "json"], said)[0]


def run(mailmedic: Path, arguments: list[str], said: str) -> list[dict[str, Any]]:
    """The explanations that mailmedic prints."""
    done = subprocess.run(
        [mailmedic.resolve(), *arguments], input=said[:MOST_BYTES], capture_output=True, text=True,
        env={"TZ": "UTC"}, check=False,
    )
    try:
        if arguments[1] == "-":
            return [json.loads(done.stdout)]
        return [json.loads(line) for line in done.stdout.splitlines()]
    except ValueError as error:
        raise LabError(f"mailmedic explained nothing: {done.stderr}{said[:300]}") from error
