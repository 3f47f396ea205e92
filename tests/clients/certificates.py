"""Makes certificates with any fault with the openssl command, below one root for the clients."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.certificates import moment, openssl

YEAR = 365
DOMAIN = "clients.test"

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

AUTHORITY = {
    "basicConstraints": "critical, CA:TRUE",
    "keyUsage": "critical, keyCertSign, cRLSign",
    "subjectKeyIdentifier": "hash",
    "authorityKeyIdentifier": "keyid",
}
LEAF = {
    "basicConstraints": "critical, CA:FALSE",
    "keyUsage": "critical, digitalSignature, keyEncipherment",
    "extendedKeyUsage": "serverAuth",
    "subjectKeyIdentifier": "hash",
    "authorityKeyIdentifier": "keyid",
}

# Extensions that differ from the usual ones; none leaves one out.
Changes = Mapping[str, str | None]


@dataclass(frozen=True)
class Authority:
    """How a certificate that signs others is to be; the defaults are healthy."""

    issuer: str = "root"
    key: str = "rsa:2048"
    starts: int = -YEAR
    ends: int = 9 * YEAR
    digest: str = "sha256"
    changes: Changes = field(default_factory=dict)
    # Whose name and key it has, if not its own.
    named_as: str | None = None
    keyed_as: str | None = None
    # Without any extension, as certificates of version 1 are.
    old: bool = False


@dataclass(frozen=True)
class Leaf:
    """How a server certificate is to be; the defaults are healthy. In names, `HOST` is the endpoint's host."""

    issuer: str = "issuing"
    key: str = "rsa:2048"
    starts: int = -30
    ends: int = 60
    digest: str = "sha256"
    common_name: str = "HOST"
    names: str | None = "DNS:HOST"
    changes: Changes = field(default_factory=dict)
    options: tuple[str, ...] = ()
    broken: bool = False


AUTHORITIES = {
    "root": Authority(issuer="self"),
    "stranger": Authority(issuer="self"),
    "issuing": Authority(),
    "issuing-old": Authority(starts=-2 * YEAR, ends=-10, named_as="issuing", keyed_as="issuing"),
    "impostor": Authority(named_as="issuing"),
    "strange": Authority(issuer="stranger"),
    "expired": Authority(ends=-3),
    "early": Authority(starts=2),
    "outer": Authority(),
    "inner": Authority(issuer="outer"),
    "may-not-sign": Authority(changes={"keyUsage": "critical, cRLSign"}),
    "no-ca": Authority(changes={"basicConstraints": "critical, CA:FALSE"}),
    "old-version": Authority(old=True),
    "elsewhere": Authority(changes={"nameConstraints": "critical, permitted;DNS:elsewhere.test"}),
    "within": Authority(changes={"nameConstraints": f"critical, permitted;DNS:{DOMAIN}"}),
    "client-only": Authority(changes={"extendedKeyUsage": "clientAuth"}),
    "server-only": Authority(changes={"extendedKeyUsage": "serverAuth"}),
    "short": Authority(changes={"basicConstraints": "critical, CA:TRUE, pathlen:0"}),
    "below-short": Authority(issuer="short"),
    "sha1": Authority(digest="sha1"),
    "weak": Authority(key="rsa:1024"),
    "p384": Authority(key="ec:P-384"),
}


class Workshop:
    """The certificates of one run, in one folder; each authority is made when it is first wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "issued").mkdir(parents=True)
        (folder / "index.txt").touch()
        (folder / "ca.cnf").write_text(SETTINGS.format(folder=folder))
        self.authority("root")

    @property
    def root(self) -> Path:
        """The root certificate, for a client's list of roots."""
        return self.certificate("root")

    def certificate(self, name: str) -> Path:
        """Where a certificate of this workshop is."""
        return self.folder / f"{name}.pem"

    def key(self, label: str, kind: str) -> Path:
        """A private key under a label, made once."""
        path = self.folder / f"{label}.key"
        if not path.exists():
            make_key(kind, path)
        return path

    def authority(self, name: str) -> Path:
        """A certificate that signs others."""
        path = self.certificate(name)
        if path.exists():
            return path
        wish = AUTHORITIES[name]
        keyed = wish.keyed_as or name
        if wish.keyed_as:
            self.authority(wish.keyed_as)
        key = self.key(keyed, AUTHORITIES[keyed].key)
        extensions = {} if wish.old else changed(AUTHORITY, wish.changes)
        subject = f"/O=Clients of Mailmedic/CN=Authority {wish.named_as or name}"
        self.sign(name, key, subject, wish.issuer, (wish.starts, wish.ends), wish.digest, extensions)
        return path

    def leaf(self, name: str, leaf: Leaf, host: str) -> Path:
        """A server certificate; its key is `leaf-KIND.key`."""
        key = self.leaf_key(leaf)
        extensions = changed(LEAF, leaf.changes)
        if leaf.names is not None:
            extensions["subjectAltName"] = leaf.names.replace("HOST", host)
        subject = f"/CN={leaf.common_name.replace('HOST', host)}"
        label = f"leaf-{name}"
        self.sign(
            label, key, subject, leaf.issuer, (leaf.starts, leaf.ends), leaf.digest, extensions,
            leaf.options,
        )
        if leaf.broken:
            break_signature(self.certificate(label))
        return self.certificate(label)

    def leaf_key(self, leaf: Leaf) -> Path:
        """The key of a leaf, shared by all of its kind."""
        return self.key(f"leaf-{leaf.key.replace(':', '-')}", leaf.key)

    def sign(
        self,
        name: str,
        key: Path,
        subject: str,
        issuer: str,
        days: tuple[int, int],
        digest: str,
        extensions: Mapping[str, str],
        options: tuple[str, ...] = (),
    ) -> None:
        """Makes a certificate; with the issuer `self` by its own key. Days count from now."""
        request = self.folder / f"{name}.csr"
        openssl("req", "-new", "-batch", "-subj", subject, "-key", key, "-out", request)
        lines = self.folder / f"{name}.ext"
        lines.write_text("".join(f"{word} = {value}\n" for word, value in extensions.items()))
        signer: tuple[str | Path, ...] = ("-selfsign", "-keyfile", key)
        if issuer != "self":
            certificate = self.authority(issuer)
            keyed = AUTHORITIES[issuer].keyed_as or issuer
            signer = ("-cert", certificate, "-keyfile", self.key(keyed, AUTHORITIES[keyed].key))
        openssl(
            "ca", "-batch", "-notext", "-config", self.folder / "ca.cnf", "-md", digest,
            "-startdate", moment(days[0]), "-enddate", moment(days[1]), "-extfile", lines,
            "-in", request, "-out", self.certificate(name), *options, *signer,
        )


def changed(usual: Mapping[str, str], changes: Changes) -> dict[str, str]:
    """The usual extensions with some changed, added or left out."""
    merged = {**usual, **changes}
    return {word: value for word, value in merged.items() if value is not None}


def make_key(kind: str, path: Path) -> None:
    """Makes a private key such as `rsa:2048`, `ec:P-256` or `ed25519`, readable by its owner only."""
    algorithm, _, detail = kind.partition(":")
    option = {"rsa": "rsa_keygen_bits", "ec": "ec_paramgen_curve"}.get(algorithm)
    wish = () if option is None else ("-pkeyopt", f"{option}:{detail}")
    path.touch(mode=0o600)
    openssl("genpkey", "-algorithm", algorithm, *wish, "-out", path)


def break_signature(path: Path) -> None:
    """Changes the last bit of a certificate, which is the last of its signature."""
    der = path.with_suffix(".der")
    openssl("x509", "-in", path, "-outform", "DER", "-out", der)
    content = bytearray(der.read_bytes())
    content[-1] ^= 1
    der.write_bytes(content)
    openssl("x509", "-inform", "DER", "-in", der, "-out", path)
