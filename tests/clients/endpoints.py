"""The endpoints: what is wrong with each, and how it is served."""

import os
from dataclasses import dataclass
from pathlib import Path
from ssl import TLSVersion

from clients.certificates import DOMAIN, YEAR, Leaf, Workshop

NETWORK = os.environ.get("MAILMEDIC_CLIENTS_NETWORK", "127.0.81")


@dataclass(frozen=True)
class Fault:
    """One endpoint as a wish: its leaf, what follows it, the name that clients are told, the versions."""

    leaf: Leaf = Leaf()
    chain: tuple[str, ...] = ("issuing",)
    host: str | None = None
    oldest: TLSVersion = TLSVersion.TLSv1_2
    newest: TLSVersion = TLSVersion.TLSv1_3


@dataclass(frozen=True)
class Endpoint:
    """One endpoint as it is served, on the ports 25 (SMTP), 465 (SMTPS) and 993 (IMAPS) of its address."""

    name: str
    host: str
    address: str
    chain: Path
    key: Path
    fault: Fault


FAULTS: dict[str, Fault] = {
    "good": Fault(),
    "good-ecdsa": Fault(Leaf(key="ec:P-256")),
    "good-p384-issuer": Fault(Leaf(issuer="p384", key="ec:P-384"), ("p384",)),
    "good-wildcard": Fault(Leaf(names=f"DNS:*.wild.{DOMAIN}"), host=f"mx.wild.{DOMAIN}"),
    "good-upper-case": Fault(Leaf(names=f"DNS:GOOD-UPPER-CASE.{DOMAIN.upper()}")),
    "good-constrained": Fault(Leaf(issuer="within"), ("within",)),
    "good-issuer-for-servers": Fault(Leaf(issuer="server-only"), ("server-only",)),
    "good-address": Fault(Leaf(names="IP:HOST"), host="ADDRESS"),
    "good-pss": Fault(Leaf(options=("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"))),
    "good-critical-name": Fault(Leaf(names="critical, DNS:HOST")),
    "expired": Fault(Leaf(starts=-93, ends=-3)),
    "not-yet-valid": Fault(Leaf(starts=2, ends=92)),
    "issuer-expired": Fault(Leaf(issuer="expired"), ("expired",)),
    "issuer-not-yet-valid": Fault(Leaf(issuer="early"), ("early",)),
    "self-signed": Fault(Leaf(issuer="self"), ()),
    "unknown-root": Fault(Leaf(issuer="strange"), ("strange",)),
    "unknown-root-included": Fault(Leaf(issuer="strange"), ("strange", "stranger")),
    "missing-intermediate": Fault(chain=()),
    "missing-one-of-two": Fault(Leaf(issuer="inner"), ("inner",)),
    "wrong-order": Fault(Leaf(issuer="inner"), ("outer", "inner")),
    "root-included": Fault(chain=("issuing", "root")),
    "duplicate": Fault(chain=("issuing", "issuing")),
    "unrelated-extra": Fault(chain=("issuing", "strange")),
    "unrelated-first": Fault(chain=("strange", "issuing")),
    "old-and-fresh-issuer": Fault(chain=("issuing-old", "issuing")),
    "impostor-issuer": Fault(chain=("impostor",)),
    "wrong-name": Fault(Leaf(common_name=f"other.{DOMAIN}", names=f"DNS:other.{DOMAIN}")),
    "common-name-only": Fault(Leaf(names=None)),
    "common-name-beside": Fault(Leaf(names=f"DNS:other.{DOMAIN}")),
    "wildcard-partial": Fault(Leaf(names=f"DNS:mx*.part.{DOMAIN}"), host=f"mx1.part.{DOMAIN}"),
    "wildcard-too-deep": Fault(Leaf(names=f"DNS:*.deep.{DOMAIN}"), host=f"a.b.deep.{DOMAIN}"),
    "wildcard-bare": Fault(Leaf(names=f"DNS:*.bare.{DOMAIN}"), host=f"bare.{DOMAIN}"),
    "wildcard-top": Fault(Leaf(names="DNS:*.test"), host="clients-top.test"),
    "underscore": Fault(host=f"under_score.{DOMAIN}"),
    "address-unnamed": Fault(Leaf(names=f"DNS:address.{DOMAIN}"), host="ADDRESS"),
    "usage-client-only": Fault(Leaf(changes={"extendedKeyUsage": "clientAuth"})),
    "usage-any": Fault(Leaf(changes={"extendedKeyUsage": "anyExtendedKeyUsage"})),
    "usage-none": Fault(Leaf(changes={"extendedKeyUsage": None})),
    "usage-email": Fault(Leaf(changes={"extendedKeyUsage": "emailProtection"})),
    "no-digital-signature": Fault(Leaf(changes={"keyUsage": "critical, keyEncipherment"})),
    "no-key-usage": Fault(Leaf(changes={"keyUsage": None})),
    "issuer-may-not-sign": Fault(Leaf(issuer="may-not-sign"), ("may-not-sign",)),
    "issuer-no-ca": Fault(Leaf(issuer="no-ca"), ("no-ca",)),
    "issuer-old-version": Fault(
        Leaf(issuer="old-version", changes={"authorityKeyIdentifier": None}), ("old-version",)
    ),
    "issuer-for-clients": Fault(Leaf(issuer="client-only"), ("client-only",)),
    "issuer-sha1": Fault(Leaf(issuer="sha1"), ("sha1",)),
    "issuer-rsa-1024": Fault(Leaf(issuer="weak"), ("weak",)),
    "leaf-is-ca": Fault(
        Leaf(changes={
            "basicConstraints": "critical, CA:TRUE",
            "keyUsage": "critical, digitalSignature, keyEncipherment, keyCertSign",
        })
    ),
    "name-constraint": Fault(Leaf(issuer="elsewhere"), ("elsewhere",)),
    "path-too-long": Fault(Leaf(issuer="below-short"), ("below-short", "short")),
    "critical-unknown": Fault(Leaf(changes={"1.3.6.1.4.1.55555.1": "critical, ASN1:NULL"})),
    "must-staple": Fault(Leaf(changes={"tlsfeature": "status_request"})),
    "signature-wrong": Fault(Leaf(broken=True)),
    "sha1": Fault(Leaf(digest="sha1")),
    "md5": Fault(Leaf(digest="md5")),
    "rsa-1024": Fault(Leaf(key="rsa:1024")),
    "rsa-2047": Fault(Leaf(key="rsa:2047")),
    "p224": Fault(Leaf(key="ec:P-224")),
    "p521": Fault(Leaf(key="ec:P-521")),
    "ed25519": Fault(Leaf(key="ed25519", changes={"keyUsage": "critical, digitalSignature"})),
    "ten-years": Fault(Leaf(starts=-30, ends=10 * YEAR - 30)),
    "tls-1.0-only": Fault(oldest=TLSVersion.TLSv1, newest=TLSVersion.TLSv1),
    "tls-1.1-only": Fault(oldest=TLSVersion.TLSv1_1, newest=TLSVersion.TLSv1_1),
    "tls-1.2-only": Fault(newest=TLSVersion.TLSv1_2),
    "tls-1.3-only": Fault(oldest=TLSVersion.TLSv1_3),
}


def make(workshop: Workshop, folder: Path, wanted: list[str]) -> list[Endpoint]:
    """Makes the certificates of the wanted endpoints; all have the same address in every run."""
    made = []
    for number, (name, fault) in enumerate(FAULTS.items(), start=1):
        if wanted and not any(word in name for word in wanted):
            continue
        address = f"{NETWORK}.{number}"
        host = (fault.host or f"{name}.{DOMAIN}").replace("ADDRESS", address)
        parts = [workshop.leaf(name, fault.leaf, host), *map(workshop.authority, fault.chain)]
        chain = folder / f"{name}.pem"
        chain.write_bytes(b"".join(part.read_bytes() for part in parts))
        made.append(Endpoint(name, host, address, chain, workshop.leaf_key(fault.leaf), fault))
    return made
