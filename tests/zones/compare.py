"""Looks at every case with mailmedic, and holds what it says against what is expected."""

import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.certificates import Workshop, openssl
from lab.processes import supervised

from zones import authority, dane, live, web
from zones.cases import Case, load
from zones.tree import Tree, expand

NETWORK = "127.0.85"
AUTHORITY = f"{NETWORK}.53"
RESOLVER = f"{NETWORK}.54"
WEB = f"{NETWORK}.20"
AT_ONCE = 4
LIMIT = 60.0
OF_DNS = ("mx-", "dns", "dane-", "mta-sts-", "tls-rpt-", "spf-", "dkim-", "dmarc-", "bimi-", "caa-", "srv-")
UNSAFE = {chr(number) for number in (*range(0x20), *range(0x7F, 0xA0))} - {"\n"}


@dataclass(frozen=True)
class World:
    """What all cases share: where to ask, what to trust."""

    mailmedic: Path
    anchor: Path
    roots: tuple[Path, ...]
    # The folder of Postfix's settings.
    postfix: Path

    def run(self, case: Case, *more: str) -> subprocess.CompletedProcess[bytes]:
        """Looks at one case."""
        argv = [
            str(self.mailmedic), case.verb, case.target, "--resolver", f"{AUTHORITY}:53",
            "--dnssec-anchor", str(self.anchor), "--only-ca-file", "--no-cache", "--fail-on", "never",
            "--timeout", "5s", *case.options, *more,
        ]
        for roots in self.roots:
            argv += ["--ca-file", str(roots)]
        return subprocess.run(argv, capture_output=True, timeout=LIMIT, check=False)


def compare(mailmedic: Path, wanted: list[str], nsec3: bool = False) -> int:
    """Runs the cases; the number of those that differ."""
    cases, shared, values = load()
    chosen = [case for case in cases if not wanted or case.name in wanted]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        supervisor = stack.enter_context(supervised())
        filled = {**expand_values(values), **keys(folder), "web": WEB, "net": NETWORK}
        roots = []
        if any(case.verb == "check" for case in chosen):
            server = stack.enter_context(live.postfix(folder / "live"))
            filled |= {"live": server.address, "host": server.host, **server.digests}
            roots.append(server.roots)
        tree = Tree(folder / "zones", nsec3)
        for zone in shared:
            tree.add(zone.__class__(zone.name, expand(list(zone.lines), **filled), zone.dnssec))
        for case in chosen:
            tree.add(case.zone(filled))
        tree.finish()
        authority.serve(supervisor, tree, AUTHORITY, folder / "knot")
        postfix = folder / "postfix"
        dane.resolve(supervisor, tree, AUTHORITY, RESOLVER, postfix)
        workshop = Workshop(folder / "ca")
        policies = {
            f"mta-sts.{case.domain}": replace(
                case.policy, body=expand([case.policy.body], domain=case.domain, **filled)[0]
            )
            for case in chosen
            if case.policy
        }
        policies |= {f"bimi.{case.domain}": bimi(case, folder) for case in chosen if case.bimi}
        stack.enter_context(web.serving(policies, workshop, WEB, folder / "web"))
        world = World(mailmedic, tree.anchor, (workshop.root, *roots), postfix)
        deliveries = dane.deliver([case for case in chosen if case.verb == "check"], postfix)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            told = list(pool.map(lambda case: differences(case, world, deliveries), chosen))
    wrong = 0
    for case, lines in zip(chosen, told, strict=True):
        wrong += bool(lines)
        print(f"{'DIFFERS' if lines else 'ok':8} {case.name}: {case.about}")
        for line in lines:
            print(f"         {line}")
    print(f"{len(chosen)} domains, {wrong} differ")
    return wrong


def bimi(case: Case, folder: Path) -> web.Policy:
    """What the host answers that a BIMI record names."""
    pages = {"/logo.svg": case.bimi["logo"]}
    if kind := case.bimi.get("mark"):
        pages["/mark.pem"] = web.mark(folder, kind, case.bimi.get("name", case.domain))
    return web.Policy("", pages=pages)


def differences(case: Case, world: World, deliveries: dict[str, tuple[str, str]]) -> list[str]:
    """Where mailmedic says more or less of a case than it should."""
    done = world.run(case, "--format", "json")
    try:
        [target] = json.loads(done.stdout)["targets"]
    except (ValueError, KeyError):
        return [f"no report, exit code {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}"]
    found = sorted(f"{finding['rule']} {finding['severity']}" for finding in target["findings"])
    unknown = sorted({row["rule"] for row in target["unknown"]})
    if case.verb == "check":
        # What there is to say of the server itself the laboratory of mail servers tests.
        found = [line for line in found if line.startswith(OF_DNS)]
        unknown = [rule for rule in unknown if rule.startswith(OF_DNS)]
    lines = differ("finding", case.expect, found) + (
        [] if "*" in case.unknown else differ("open question", case.unknown, unknown)
    )
    if case.verb == "check":
        lines += dane.differences(case, target, world.postfix, deliveries[case.domain])
    text = world.run(case, "--verbose", "--color", "never").stdout.decode()
    lines += [f"the text does not say {words!r}" for words in case.says if words not in text]
    if strange := UNSAFE & set(text):
        lines.append(f"the text holds {sorted(map(ord, strange))}")
    return lines + causes(target, lines)


def causes(target: dict[str, Any], lines: list[str]) -> list[str]:
    """What mailmedic says itself, where something differs."""
    if not lines:
        return []
    told = [f"{finding['rule']}: {finding['cause']}" for finding in target["findings"]]
    return told + [f"could not tell {row['rule']}: {row['why']}" for row in target["unknown"]]


def differ(what: str, wanted: tuple[str, ...], found: list[str]) -> list[str]:
    """What is missing and what is too much."""
    missing = [f"missing {what} {item}" for item in wanted if item not in found]
    return missing + [f"{what} that is not there: {item}" for item in found if item not in wanted]


def expand_values(values: dict[str, Any]) -> dict[str, str]:
    """Values of the file; `x*300` repeats."""
    return {name: str(value["text"]) * int(value.get("times", 1)) for name, value in values.items()}


def keys(folder: Path) -> dict[str, str]:
    """Public keys for DKIM, as the strings of a TXT record."""
    found = {}
    for name, options in {
        "rsa2048": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
        "rsa1024": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
        "rsa512": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512"),
    }.items():
        key = folder / f"{name}.key"
        openssl("genpkey", *options, "-out", key)
        public = folder / f"{name}.pub"
        openssl("pkey", "-in", key, "-pubout", "-out", public)
        body = "".join(line for line in public.read_text().splitlines() if "---" not in line)
        found[name] = '" "'.join(body[at : at + 200] for at in range(0, len(body), 200))
    return found
