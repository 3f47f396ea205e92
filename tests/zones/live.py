"""A real Postfix behind the names of those cases that look at servers, too."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

LAB = Path(__file__).resolve().parent.parent / "servers/lab"
SCENARIO = "postfix-healthy"
NETWORK = "127.0.86"
PORT = 25
ALGORITHMS = {"rsa": "RSA-PSS+SHA256", "ec": "ECDSA+SHA256"}


@dataclass(frozen=True)
class Live:
    """Where it listens, what it is called, whom to trust, and the digests of its keys."""

    address: str
    host: str
    roots: Path
    digests: dict[str, str]


@contextmanager
def postfix(folder: Path) -> Iterator[Live]:
    """Runs the server until the block is left."""
    folder.mkdir(mode=0o755)
    serving = subprocess.Popen(
        ["python3", str(LAB), "serve", SCENARIO, str(folder / "lab")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=dict(os.environ, MAILMEDIC_LAB_NETWORK=NETWORK), text=True,
    )
    assert serving.stdin is not None
    assert serving.stdout is not None
    try:
        line = serving.stdout.readline()
        if not line:
            raise LabError(f"the scenario {SCENARIO} did not start")
        told = json.loads(line)
        digests = {kind: digest(told["address"], told["host"], algorithm) for kind, algorithm in ALGORITHMS.items()}
        yield Live(told["address"], told["host"], Path(told["ca_file"]), digests)
    finally:
        serving.stdin.close()
        serving.wait(60)


def digest(address: str, host: str, algorithm: str) -> str:
    """The SHA-256 of the public key of the certificate that a client with this signature scheme gets."""
    done = subprocess.run(
        ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{address}:{PORT}", "-servername", host,
         "-sigalgs", algorithm, "-showcerts"],
        input="", capture_output=True, text=True, check=False, timeout=20,
    )
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    if begin not in done.stdout:
        raise LabError(f"no certificate at {address}:{PORT}: {done.stderr[-300:]}")
    pem = begin + done.stdout.split(begin)[1].split(end)[0] + end + "\n"
    public = subprocess.run(["openssl", "x509", "-noout", "-pubkey"], input=pem, capture_output=True, text=True, check=True)
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"], input=public.stdout.encode(), capture_output=True, check=True,
    )
    return hashlib.sha256(der.stdout).hexdigest()
