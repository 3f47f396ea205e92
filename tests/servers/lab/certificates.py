"""Makes the laboratory's certificates with the openssl command: one root, every fault."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.errors import LabError

YEAR = 365


@dataclass(frozen=True)
class Leaf:
    """How one server certificate is to be; the defaults are healthy."""

    key: str = "rsa:2048"
    name: str | None = None
    alternative: bool = True
    starts: int = -30
    ends: int = 60
    digest: str = "sha256"
    issuer: str = "issuing"
    chain: tuple[str, ...] = ("issuing",)
    authority: bool = False
    usage: str = "serverAuth"
    foreign_key: bool = False
    written: bool = True


@dataclass(frozen=True)
class Identity:
    """The files a server is given: the private key, and the leaf with what is to follow it."""

    key: Path
    chain: Path


KINDS: dict[str, tuple[Leaf, ...]] = {
    "healthy": (Leaf(), Leaf(key="ec:P-256")),
    "rsa": (Leaf(),),
    "rsa-expired": (Leaf(starts=-93, ends=-3), Leaf(key="ec:P-256")),
    "expired": (Leaf(starts=-93, ends=-3),),
    "not-yet-valid": (Leaf(starts=2, ends=92),),
    "expires-soon": (Leaf(starts=-85, ends=5),),
    "self-signed": (Leaf(issuer="self", chain=(), starts=-YEAR, ends=9 * YEAR),),
    "wrong-name": (Leaf(name="other.lab.test"),),
    "common-name-only": (Leaf(alternative=False),),
    "incomplete": (Leaf(chain=()),),
    "misordered": (Leaf(issuer="inner", chain=("outer", "inner")),),
    "root-included": (Leaf(chain=("issuing", "root")),),
    "superfluous": (Leaf(chain=("issuing", "outer")),),
    "key-mismatch": (Leaf(foreign_key=True),),
    "missing-file": (Leaf(written=False),),
    "weak-key": (Leaf(key="rsa:1024"),),
    "sha1": (Leaf(digest="sha1"),),
    "authority": (Leaf(authority=True),),
    "client-only": (Leaf(usage="clientAuth"),),
}

# Who signs whom below the root: `outer` exists so that a chain can have an order to get wrong.
INTERMEDIATES = {"issuing": "root", "outer": "root", "inner": "outer"}

SETTINGS = """[ca]
default_ca = lab
[lab]
database = {folder}/index.txt
new_certs_dir = {folder}/issued
unique_subject = no
policy = any
rand_serial = yes
default_md = sha256
[any]
organizationName = optional
commonName = optional
"""

AUTHORITY_EXTENSIONS = """basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Workshop:
    """A root, its intermediates, and the leaves asked for, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "issued").mkdir(parents=True)
        (folder / "index.txt").touch()
        (folder / "ca.cnf").write_text(SETTINGS.format(folder=folder))
        (folder / "ca.ext").write_text(AUTHORITY_EXTENSIONS)
        self.signed_authority("root", None)

    @property
    def root(self) -> Path:
        """The root certificate, for a client's list of roots."""
        return self.certificate("root")

    def certificate(self, name: str) -> Path:
        """Where a certificate of this workshop is."""
        return self.folder / f"{name}.pem"

    def identities(self, kind: str, host: str, target: Path) -> list[Identity]:
        """Writes the keys and chains of a kind into a folder."""
        if kind not in KINDS:
            raise LabError(f"there is no certificate kind {kind!r}; there are {', '.join(KINDS)}")
        target.mkdir(parents=True, exist_ok=True)
        return [
            self.identity(leaf, host, target, f"{kind}-{number}")
            for number, leaf in enumerate(KINDS[kind], start=1)
        ]

    def identity(self, leaf: Leaf, host: str, target: Path, name: str) -> Identity:
        """Signs one leaf and writes its key and chain."""
        label = f"{target.name}-{name}"
        self.signed_leaf(label, leaf, leaf.name or host)
        key = self.folder / f"{label}.key"
        if leaf.foreign_key:
            key = self.folder / f"{label}-foreign.key"
            make_key(leaf.key, key)
        made = Identity(target / f"{name}.key", target / f"{name}.pem")
        made.key.touch(mode=0o600)
        made.key.write_bytes(key.read_bytes())
        if leaf.written:
            parts = [self.certificate(label), *map(self.certificate, leaf.chain)]
            made.chain.write_bytes(b"".join(part.read_bytes() for part in parts))
        return made

    def signed_authority(self, name: str, issuer: str | None) -> None:
        """Makes a certificate that may sign others."""
        make_key("ec:P-256", self.folder / f"{name}.key")
        self.request(name, f"/O=Mailmedic Laboratory/CN=Laboratory {name}")
        self.sign(name, issuer, -YEAR, 9 * YEAR, "sha256", self.folder / "ca.ext")

    def signed_leaf(self, label: str, leaf: Leaf, name: str) -> None:
        """Makes a server's certificate, and first the intermediates that it names."""
        for authority, issuer in INTERMEDIATES.items():
            needed = {leaf.issuer, *leaf.chain} | ({"outer"} if leaf.issuer == "inner" else set())
            if authority in needed and not self.certificate(authority).exists():
                self.signed_authority(authority, issuer)
        make_key(leaf.key, self.folder / f"{label}.key")
        self.request(label, f"/CN={name}")
        extensions = self.folder / f"{label}.ext"
        extensions.write_text(leaf_extensions(leaf, name))
        issuer = None if leaf.issuer == "self" else leaf.issuer
        self.sign(label, issuer, leaf.starts, leaf.ends, leaf.digest, extensions)

    def request(self, name: str, subject: str) -> None:
        """Writes a certificate request."""
        openssl(
            "req", "-new", "-batch", "-subj", subject,
            "-key", self.folder / f"{name}.key", "-out", self.folder / f"{name}.csr",
        )

    def sign(
        self, name: str, issuer: str | None, starts: int, ends: int, digest: str, extensions: Path
    ) -> None:
        """Signs a request; without an issuer by its own key. Days count from now."""
        signer: tuple[str | Path, ...] = ("-selfsign", "-keyfile", self.folder / f"{name}.key")
        if issuer is not None:
            key = self.folder / f"{issuer}.key"
            signer = ("-cert", self.certificate(issuer), "-keyfile", key)
        openssl(
            "ca", "-batch", "-notext", "-config", self.folder / "ca.cnf",
            "-md", digest, "-startdate", moment(starts), "-enddate", moment(ends),
            "-extfile", extensions, "-in", self.folder / f"{name}.csr",
            "-out", self.certificate(name), *signer,
        )


def leaf_extensions(leaf: Leaf, name: str) -> str:
    """The extensions of a server certificate in openssl's notation."""
    if leaf.authority:
        return AUTHORITY_EXTENSIONS + f"subjectAltName = DNS:{name}\nextendedKeyUsage = {leaf.usage}\n"
    usage = "digitalSignature, keyEncipherment" if leaf.key.startswith("rsa") else "digitalSignature"
    lines = [
        "basicConstraints = critical, CA:FALSE",
        f"keyUsage = critical, {usage}",
        f"extendedKeyUsage = {leaf.usage}",
        "subjectKeyIdentifier = hash",
        "authorityKeyIdentifier = keyid",
    ]
    if leaf.alternative:
        lines.append(f"subjectAltName = DNS:{name}")
    return "\n".join(lines) + "\n"


def make_key(kind: str, path: Path) -> None:
    """Makes a private key such as `rsa:2048` or `ec:P-256`, readable by its owner only."""
    algorithm, _, detail = kind.partition(":")
    option = {"rsa": "rsa_keygen_bits", "ec": "ec_paramgen_curve"}[algorithm]
    path.touch(mode=0o600)
    openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", f"{option}:{detail}", "-out", path)


def moment(days: int) -> str:
    """A time some days from now as openssl writes it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def openssl(*arguments: str | Path) -> str:
    """Runs openssl; its output, or an error with what it said."""
    argv = ["openssl", *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)} failed: {done.stderr.strip()}")
    return done.stdout
