"""mailmedic and its peers: how each is called for a full look, and what it says was found."""

import json
import re
import xml.etree.ElementTree as xml
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import paths
from bench.servers import HOST, Running
from bench.truth import Facts, names_by_number

MAILMEDIC = "mailmedic"
LISTING = "mailmedic --depth list"
DEPTHS = {MAILMEDIC: "full", LISTING: "list"}
NAMED_SUITE = re.compile(r"\bTLS_[A-Z0-9_]+(?:_[A-Za-z0-9]+)*\b")


@dataclass(frozen=True)
class Tool:
    """A peer: its command for a server behind the proxy, and the reading of what it wrote."""

    name: str
    argv: Callable[[Running, Path], list[str]]
    read: Callable[[str, Path], Facts]
    # Too slow to be run on every server and three times.
    slow: bool = False
    # What its output lacks and so is not compared.
    versions_told: bool = True


def mailmedic(program: Path, running: Running, depth: str) -> list[str]:
    """mailmedic on one endpoint, with every check of a depth that applies to it."""
    door = running.server.door
    scheme = door.protocol + ("s" if door.security == "implicit" else "")
    return [
        str(program), "check", "--depth", depth, "--format", "json", "--offline",
        "--resolver", "127.0.0.1:9", "--ca-file", str(running.roots), "--only-ca-file",
        "--connect-to", f"{HOST}:{door.port}:{running.proxy_address}:{door.port}",
        f"{scheme}://{HOST}:{door.port}",
    ]


@dataclass(frozen=True)
class Told:
    """What mailmedic's report says of its one endpoint."""

    facts: Facts
    versions: set[str]
    connections: int
    enumeration: int | None
    lower_bound: int | None


def read_mailmedic(output: str) -> Told:
    """Reads the JSON report."""
    report: dict[str, Any] = json.loads(output)
    [target] = report["targets"]
    [endpoint] = target["endpoints"]
    tls = endpoint.get("tls") or {}
    suites = {(suite["version"], suite["name"]) for suite in tls.get("ciphers", [])}
    enumeration = tls.get("enumeration") or {}
    return Told(
        Facts(suites, {group.lower() for group in tls.get("groups", [])}),
        set(tls.get("versions", [])),
        endpoint["connections"],
        enumeration.get("connections"),
        enumeration.get("lower_bound"),
    )


def starttls(running: Running) -> bool:
    """Whether the door speaks in clear first."""
    return running.server.door.security == "starttls"


def peer(running: Running) -> str:
    """The proxy's address and port."""
    return f"{running.proxy_address}:{running.server.door.port}"


def nmap(running: Running, out: Path) -> list[str]:
    """nmap's scripts for suites and for certificates."""
    return [
        "nmap", "-Pn", "-n", "-p", str(running.server.door.port), "--script", "ssl-enum-ciphers,ssl-cert",
        "-oX", str(out), running.proxy_address,
    ]


def read_nmap(_: str, out: Path) -> Facts:
    """Reads nmap's XML; it has names of its own for the suites of TLS 1.3."""
    facts = Facts()
    for script in xml.parse(out).iter("script"):
        if script.get("id") != "ssl-enum-ciphers":
            continue
        for table in script.findall("table"):
            version = str(table.get("key"))
            for name in table.findall("table[@key='ciphers']/table/elem[@key='name']"):
                suite = str(name.text).replace("TLS_AKE_WITH_", "TLS_")
                facts.suites.add((version, suite))
    return facts


def sslscan(running: Running, out: Path) -> list[str]:
    """sslscan's default look."""
    words = ["sslscan", "--no-colour", f"--sni-name={HOST}", f"--xml={out}"]
    if starttls(running):
        words.append(f"--starttls-{running.server.door.protocol}")
    return [*words, peer(running)]


def read_sslscan(_: str, out: Path) -> Facts:
    """Reads sslscan's XML, which has numbers of suites and groups by several names."""
    facts = Facts()
    for cipher in xml.parse(out).iter("cipher"):
        number = str(cipher.get("id"))
        suite = names_by_number().get(int(number, 16), number)
        facts.suites.add((str(cipher.get("sslversion")), suite))
    return facts


def sslyze(running: Running, out: Path) -> list[str]:
    """sslyze's default look; it writes its findings as JSON."""
    words = [str(paths.SSLYZE), f"--certinfo_ca_file={running.roots}", f"--json_out={out}"]
    if starttls(running):
        words.append(f"--starttls={running.server.door.protocol}")
    return [*words, peer(running)]


def read_sslyze(_: str, out: Path) -> Facts:
    """Reads sslyze's JSON; without a result it met no TLS."""
    facts = Facts()
    versions = {"ssl_2_0": "SSLv2", "ssl_3_0": "SSLv3"} | {f"tls_1_{minor}": f"TLSv1.{minor}" for minor in range(4)}
    [scan] = json.loads(out.read_text())["server_scan_results"]
    for key, version in versions.items():
        result = ((scan["scan_result"] or {}).get(f"{key}_cipher_suites") or {}).get("result") or {}
        for accepted in result.get("accepted_cipher_suites", []):
            facts.suites.add((version, accepted["cipher_suite"]["name"]))
    return facts


def testssl(running: Running, out: Path) -> list[str]:
    """testssl.sh's default look."""
    words = ["testssl", "--quiet", "--color", "0", "--warnings", "off", "--ip", running.proxy_address]
    words += ["--add-ca", str(running.roots), "--jsonfile", str(out)]
    if starttls(running):
        words += ["-t", running.server.door.protocol]
    return [*words, f"{HOST}:{running.server.door.port}"]


def read_testssl(_: str, out: Path) -> Facts:
    """Reads testssl.sh's JSON; its list of suites does not say in which versions each was met."""
    facts = Facts()
    for entry in json.loads(out.read_text()):
        if re.fullmatch(r"cipher_x[0-9a-f]+", entry["id"]):
            facts.suites |= {("", name) for name in NAMED_SUITE.findall(entry["finding"])}
    return facts


PEERS = (
    Tool("nmap", nmap, read_nmap),
    Tool("sslscan", sslscan, read_sslscan),
    Tool("sslyze", sslyze, read_sslyze),
    Tool("testssl.sh", testssl, read_testssl, slow=True, versions_told=False),
)
