"""The truth about a server: one handshake of `openssl s_client` for each version and suite, and each group.

OpenSSL is taken as it is on this machine, with its security level and its own settings out of the way.
What it cannot offer (Debian builds it without 3DES, RC4 and what is older) others have to judge.
"""

import concurrent.futures
import functools
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lab.certificates import openssl
from lab.errors import LabError

from bench.servers import HOST, Running

SERVERS_AT_ONCE = 3
AT_ONCE = 4
TIMEOUT = 20.0
EVERYTHING = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
VERSIONS = {"TLSv1.0": "-tls1", "TLSv1.1": "-tls1_1", "TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
# RFC 8446 appendix B.4; OpenSSL lists the last two only when they are asked for by name.
TLS13_SUITES = (
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256",
)
# IANA's name of each group that OpenSSL 3.0 knows, and OpenSSL's.
TLS13_GROUPS = {
    "x25519": "X25519", "x448": "X448", "secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521",
    "ffdhe2048": "ffdhe2048", "ffdhe3072": "ffdhe3072", "ffdhe4096": "ffdhe4096",
    "ffdhe6144": "ffdhe6144", "ffdhe8192": "ffdhe8192",
}
# Groups of RFC 8422 and RFC 7027 that TLS 1.2 can name and TLS 1.3 cannot, beside the first five.
CURVES = {
    name: name
    for name in (
        "secp160k1", "secp160r1", "secp160r2", "secp192k1", "secp224k1", "secp224r1", "secp256k1",
        "sect163k1", "sect163r1", "sect163r2", "sect193r1", "sect193r2", "sect233k1", "sect233r1",
        "sect239k1", "sect283k1", "sect283r1", "sect409k1", "sect409r1", "sect571k1", "sect571r1",
        "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
    )
} | {"secp192r1": "prime192v1"}
ELLIPTIC = {name: own for name, own in TLS13_GROUPS.items() if not name.startswith("ffdhe")} | CURVES

# Set when the bench is told to end: whoever still asks servers must not go on.
STOPPED = threading.Event()

AGREES, REFUSED, BROKEN = "agrees", "refused", "broken"
AGREED = re.compile(r"^New, \S+, Cipher is (\S+)$", re.MULTILINE)
ALERT = re.compile(r"SSL alert number (\d+)")
# Without a connection or STARTTLS there was no handshake, and so no answer.
NO_ANSWER = re.compile(r"connect:errno|[Dd]idn't f(?:ou|i)nd STARTTLS|BIO_connect|Connection refused")


@dataclass
class Facts:
    """What a server accepts, or what somebody says that it does."""

    suites: set[tuple[str, str]] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    # Of the truth only: the server chose the suite, took our keys, and then broke the handshake off.
    broken: set[tuple[str, str]] = field(default_factory=set)

    @property
    def versions(self) -> set[str]:
        """Every version in which a suite is accepted."""
        return {version for version, _ in self.suites}


def tell_all(started: list[Running]) -> list[Facts]:
    """The truth about several servers; most of them make a client wait, so some are asked at a time."""
    with concurrent.futures.ThreadPoolExecutor(SERVERS_AT_ONCE) as pool:
        return list(pool.map(tell, started))


def tell(running: Running) -> Facts:
    """Finds out everything that OpenSSL can."""
    facts = Facts()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        agree = functools.partial(agrees, running)
        asked = [(version, name, own) for version in VERSIONS for name, own in known_suites(version)]
        answers = list(pool.map(lambda one: outcome(running, one[0], suite=one[2]), asked))
        for (version, name, _), how in zip(asked, answers, strict=True):
            if how != REFUSED:
                (facts.suites if how == AGREES else facts.broken).add((version, name))
        if "TLSv1.3" in facts.versions:
            facts.groups |= accepted(pool.map, agree, "TLSv1.3", "", TLS13_GROUPS)
        older = sorted(facts.versions - {"TLSv1.3"})
        if older and any("_ECDH" in name for version, name in facts.suites if version == older[-1]):
            facts.groups |= accepted(pool.map, agree, older[-1], "kECDHE", ELLIPTIC)
    for version, name in dict(facts.suites).items():
        if not agrees(running, version, suite=dict(known_suites(version))[name]):
            raise LabError(f"{running.server.name} does not answer any more: it limits connections")
    return facts


def accepted(
    each: Callable[..., Iterable[bool]], agree: Callable[..., bool], version: str, suite: str, groups: dict[str, str]
) -> set[str]:
    """The groups with which a handshake of a version succeeds; the rare ones only if one of them does."""
    rare = {name: own for name, own in groups.items() if name in CURVES}
    if rare and not agree(version, suite=suite, group=":".join(rare.values())):
        groups = {name: own for name, own in groups.items() if name not in rare}
    answers = each(lambda own: agree(version, suite=suite, group=own), groups.values())
    return {name for name, yes in zip(groups, answers, strict=True) if yes}


def agrees(running: Running, version: str, suite: str = "", group: str = "") -> bool:
    """Whether a handshake succeeds."""
    return outcome(running, version, suite, group) == AGREES


def outcome(running: Running, version: str, suite: str = "", group: str = "") -> str:
    """How a handshake ends; asks once more where the server said neither yes nor no."""
    said = handshake(running, version, suite, group)
    if NO_ANSWER.search(said):
        said = handshake(running, version, suite, group)
        if NO_ANSWER.search(said):
            raise LabError(f"{running.server.name} gives no answer: {said.strip().splitlines()[-1]}")
    found = AGREED.search(said)
    if found is None or found[1] == "(NONE)":
        return REFUSED
    return BROKEN if ALERT.search(said) else AGREES


def handshake(running: Running, version: str, suite: str, group: str) -> str:
    """One run of s_client; all that it said."""
    if STOPPED.is_set():
        raise LabError("told to end")
    door = running.server.door
    argv = ["openssl", "s_client", "-connect", f"{running.address}:{door.port}", "-servername", HOST]
    argv += [VERSIONS[version], "-legacy_server_connect"]
    if door.security == "starttls":
        argv += ["-starttls", door.protocol]
    if version == "TLSv1.3":
        argv += ["-cipher", EVERYTHING, "-ciphersuites", suite or ":".join(TLS13_SUITES)]
    else:
        argv += ["-cipher", f"{suite or EVERYTHING}:@SECLEVEL=0"]
    argv += ["-groups", group] if group else []
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=TIMEOUT, check=False, env=os.environ | {"OPENSSL_CONF": "/dev/null"},
        )
    except subprocess.TimeoutExpired:
        return "connect:errno timeout"
    return done.stdout + done.stderr


@functools.cache
def known_suites(version: str) -> list[tuple[str, str]]:
    """The suites that OpenSSL can offer in a version: IANA's name and its own."""
    if version == "TLSv1.3":
        return [(name, name) for name in TLS13_SUITES]
    listing = openssl("ciphers", "-s", "-stdname", VERSIONS[version], EVERYTHING)
    rows = [line.split() for line in listing.splitlines()]
    return [(row[0], row[2]) for row in rows if row[3] != "TLSv1.3"]


@functools.cache
def names_by_number() -> dict[int, str]:
    """IANA's names of the suites that OpenSSL knows, by their numbers."""
    names = {}
    for line in openssl("ciphers", "-V", "-stdname", EVERYTHING).splitlines():
        number, _, rest = line.strip().partition(" - ")
        high, low = (int(part, 16) for part in number.split(","))
        names[high << 8 | low] = rest.split()[0]
    return names | {0x1301 + at: name for at, name in enumerate(TLS13_SUITES[:3])} | {
        0x1304: TLS13_SUITES[3], 0x1305: TLS13_SUITES[4],
    }


def can_judge(version: str, suite: str) -> bool:
    """Whether OpenSSL can offer a suite in a version, so that its word is the truth."""
    return version in VERSIONS and suite in dict(known_suites(version))
