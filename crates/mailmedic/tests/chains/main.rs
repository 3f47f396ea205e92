//! Chains with planted faults: every one is named, nothing else is, and the first that is named is a cause.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod make;
#[path = "../shared/served.rs"]
mod served;

use jiff::Timestamp;
use mailmedic::certificate::Certificate;
use mailmedic::chain::{Anchors, diagnose_with};
use mailmedic::finding::Case;
use mailmedic::known::Known;
use mailmedic::name::Host;
use mailmedic::observation::Trust;
use mailmedic::policy;
use mailmedic::rules;
use mailmedic::trust::{Store, Stores};

use make::{Draft, KEYS};

/// A chain under way: what is to be changed is changed, then all is signed.
struct Chain {
    host: &'static str,
    root: Draft,
    intermediate: Draft,
    leaf: Draft,
    /// What is served, by the letters of leaf, intermediate and root.
    served: &'static str,
}

impl Chain {
    fn new() -> Self {
        let [root, intermediate, _] = &*KEYS;
        let mut top = Draft::authority(ROOT, root);
        top.set(make::BASIC, make::ca(true, None));
        top.unset(make::EXTENDED);
        Self {
            host: HOST,
            root: top,
            intermediate: Draft::authority(ISSUER, intermediate),
            leaf: Draft::leaf(HOST),
            served: "li",
        }
    }

    /// Returns the rules that find something, the first first.
    fn found(&self) -> Vec<&'static str> {
        let [root_key, key, _] = &*KEYS;
        let root = self.root.sign(ROOT, root_key);
        let signed = |letter| match letter {
            'l' => self.leaf.sign(ISSUER, key),
            'i' => self.intermediate.sign(ROOT, root_key),
            // The leaf by itself, and an issuer with the right name and another key.
            's' => self.own(),
            'w' => self.foreign(),
            _ => root.clone(),
        };
        judge(self.host, &self.served.chars().map(signed).collect::<Vec<_>>(), &root)
    }

    fn own(&self) -> Vec<u8> {
        let mut leaf = self.leaf.clone();
        leaf.key.clone_from(&KEYS[2].public);
        leaf.sign(&leaf.subject, &KEYS[2])
    }

    fn foreign(&self) -> Vec<u8> {
        Draft::authority(ISSUER, &KEYS[2]).sign(ROOT, &KEYS[0])
    }

    fn names(&mut self, names: &[&[u8]]) {
        let names: Vec<Vec<u8>> = names.iter().map(|name| make::dns(name)).collect();
        self.leaf.set(make::NAMES, make::names(&names));
    }
}

/// A case: what is planted, and the rules that name it, a cause first.
type Planted = (&'static str, fn(&mut Chain), &'static [&'static str]);

const CASES: &[Planted] = &[
    ("nothing", |_| {}, &[]),
    ("rsa of 3072 bits", |chain| chain.leaf.key = make::rsa(3072), &[]),
    ("rsa of 512 bits", |chain| chain.leaf.key = make::rsa(512), &["cert-key-weak"]),
    ("rsa of 1024 bits", |chain| chain.leaf.key = make::rsa(1024), &["cert-key-weak"]),
    ("rsa of 2047 bits", |chain| chain.leaf.key = make::rsa(2047), &["cert-key-weak"]),
    ("rsa of 8192 bits", |chain| chain.leaf.key = make::rsa(8192), &["cert-key-oversized"]),
    ("a key on secp256k1", |chain| chain.leaf.key = make::secp256k1(), &["cert-key-weak"]),
    ("a key for DSA", |chain| chain.leaf.key = make::dsa(), &["cert-key-weak"]),
    ("a common name only", |chain| chain.leaf.unset(make::NAMES), &["cert-san-missing"]),
    ("no name that counts", |chain| chain.leaf.set(make::NAMES, make::names(&[])), &["cert-san-missing"]),
    ("another name", |chain| chain.names(&[b"mail.example.org"]), &["cert-name-mismatch"]),
    ("a good wildcard", |chain| chain.names(&[b"*.example.org"]), &[]),
    (
        "a wildcard two labels up",
        |chain| {
            chain.host = "a.mx1.example.org";
            chain.names(&[b"*.example.org"]);
        },
        &["cert-name-mismatch"],
    ),
    ("a wildcard in the middle", |chain| chain.names(&[b"mx1.*.org"]), &["cert-wildcard-misused"]),
    (
        "a wildcard twice",
        |chain| chain.names(&[b"*.*.example.org", b"mx1.example.org"]),
        &["cert-wildcard-misused"],
    ),
    ("a wildcard over a top-level domain", |chain| chain.names(&[b"*.org"]), &["cert-wildcard-misused"]),
    ("a dot behind the name", |chain| chain.names(&[b"mx1.example.org."]), &["cert-malformed"]),
    ("an empty label", |chain| chain.names(&[b"mx1..example.org"]), &["cert-malformed"]),
    ("a NUL in the name", |chain| chain.names(&[b"mx1.example.org\0.example.net"]), &["cert-malformed"]),
    (
        "an underscore in the name",
        |chain| {
            chain.host = "mx_1.example.org";
            chain.names(&[b"mx_1.example.org"]);
        },
        &["cert-malformed"],
    ),
    (
        "an internal name",
        |chain| {
            chain.host = "mail.firm.internal";
            chain.names(&[b"mail.firm.internal"]);
        },
        &["cert-malformed"],
    ),
    (
        "an address among the DNS names",
        |chain| {
            chain.host = "192.0.2.1";
            chain.names(&[b"192.0.2.1"]);
        },
        &["cert-malformed"],
    ),
    (
        "an address beside the host's name",
        |chain| chain.names(&[b"mx1.example.org", b"192.0.2.1"]),
        &["cert-malformed"],
    ),
    ("an address that is not named", |chain| chain.host = "192.0.2.1", &["cert-ip-address-unnamed"]),
    (
        "an address that is named",
        |chain| {
            chain.host = "192.0.2.1";
            chain.leaf.set(
                make::NAMES,
                make::names(&[make::dns(b"mx1.example.org"), make::address(&[192, 0, 2, 1])]),
            );
        },
        &[],
    ),
    ("a serial number of zero", |chain| chain.leaf.serial = vec![0], &["cert-malformed"]),
    ("a negative serial number", |chain| chain.leaf.serial = vec![0x80, 1, 2], &["cert-malformed"]),
    ("a long serial number", |chain| chain.leaf.serial = vec![0x11; 21], &["cert-malformed"]),
    (
        "no authority key identifier",
        |chain| chain.leaf.set(make::AUTHORITY_KEY, Vec::new()),
        &["cert-malformed"],
    ),
    ("version 1", |chain| chain.leaf.version = 0, &["cert-malformed"]),
    ("expired", |chain| chain.leaf.dates = ["20260801000000", "20261029235959"], &["cert-expired"]),
    (
        "not yet valid",
        |chain| chain.leaf.dates = ["20261122000000", "20270129235959"],
        &["cert-not-yet-valid"],
    ),
    (
        "an expired intermediate",
        |chain| chain.intermediate.dates = ["20240101000000", "20261115235959"],
        &["chain-intermediate-expired"],
    ),
    (
        "an expired root",
        |chain| chain.root.dates = ["20040101000000", "20261115235959"],
        &["chain-intermediate-expired"],
    ),
    ("a lifetime of 200 days", |chain| chain.leaf.dates = ["20261101000000", "20270519235959"], &[]),
    (
        "a lifetime of 201 days",
        |chain| chain.leaf.dates = ["20261101000000", "20270520235959"],
        &["cert-validity-too-long"],
    ),
    (
        "a lifetime of 398 days before 2026",
        |chain| chain.leaf.dates = ["20251120000000", "20261222235959"],
        &[],
    ),
    (
        "a lifetime of 399 days before 2026",
        |chain| chain.leaf.dates = ["20251120000000", "20261223235959"],
        &["cert-validity-too-long"],
    ),
    (
        "a lifetime of 398 days",
        |chain| chain.leaf.dates = ["20261101000000", "20271203235959"],
        &["cert-validity-too-long"],
    ),
    (
        "a lifetime of 826 days",
        |chain| chain.leaf.dates = ["20261101000000", "20290203235959"],
        &["cert-validity-too-long"],
    ),
    (
        "a path that is too long",
        |chain| chain.root.set(make::BASIC, make::ca(true, Some(0))),
        &["chain-path-too-long"],
    ),
    (
        "a constraint that permits another domain",
        |chain| chain.intermediate.set(make::CONSTRAINTS, make::constraint(0, "example.com")),
        &["cert-name-constraint-violated"],
    ),
    (
        "a constraint that excludes the domain",
        |chain| chain.intermediate.set(make::CONSTRAINTS, make::constraint(1, "example.org")),
        &["cert-name-constraint-violated"],
    ),
    (
        "a constraint that permits the domain",
        |chain| chain.intermediate.set(make::CONSTRAINTS, make::constraint(0, "example.org")),
        &[],
    ),
    // A key on a curve signs, so that it needs digitalSignature; keyAgreement alone is of no use.
    (
        "a key usage without signing",
        |chain| chain.leaf.set(make::KEY_USAGE, make::usage(0x08, 3)),
        &["cert-usage-wrong"],
    ),
    (
        "a key usage of a CA",
        |chain| chain.leaf.set(make::KEY_USAGE, make::usage(0x04, 2)),
        &["cert-usage-wrong"],
    ),
    (
        "a key usage of a server and a CA",
        |chain| chain.leaf.set(make::KEY_USAGE, make::usage(0x84, 2)),
        &["cert-malformed"],
    ),
    (
        "an intermediate that may not sign",
        |chain| chain.intermediate.set(make::KEY_USAGE, make::usage(0x82, 1)),
        &["chain-intermediate-invalid"],
    ),
    (
        "an intermediate for other purposes",
        |chain| chain.intermediate.set(make::EXTENDED, make::purposes(&[make::MAIL])),
        &["chain-intermediate-invalid"],
    ),
    (
        "an intermediate that is no CA",
        |chain| chain.intermediate.set(make::BASIC, make::ca(false, None)),
        &["chain-intermediate-invalid"],
    ),
    ("an intermediate of version 1", |chain| chain.intermediate.version = 0, &["chain-intermediate-invalid"]),
    (
        "a purpose that is not the server's",
        |chain| chain.leaf.set(make::EXTENDED, make::purposes(&[make::CLIENT])),
        &["cert-usage-wrong"],
    ),
    ("no purpose", |chain| chain.leaf.unset(make::EXTENDED), &["cert-usage-wrong"]),
    ("a leaf that is a CA", |chain| chain.leaf.set(make::BASIC, make::ca(true, None)), &["cert-is-ca"]),
    (
        "a critical extension of nobody's",
        |chain| chain.leaf.set(make::NOBODYS, make::critical()),
        &["cert-critical-extension-unknown"],
    ),
    ("a leaf over SHA-1", |chain| chain.leaf.sha1 = true, &["cert-signature-weak"]),
    ("an intermediate over SHA-1", |chain| chain.intermediate.sha1 = true, &["cert-signature-weak"]),
    ("a root over SHA-1", |chain| chain.root.sha1 = true, &[]),
    (
        "a staple that is demanded",
        |chain| chain.leaf.set(make::FEATURE, make::must_staple()),
        &["cert-staple-missing"],
    ),
    ("no intermediate", |chain| chain.served = "l", &["chain-incomplete"]),
    ("the wrong intermediate", |chain| chain.served = "lw", &["chain-incomplete", "chain-superfluous"]),
    ("the root, too", |chain| chain.served = "lir", &["chain-root-included"]),
    (
        "the root before the intermediate",
        |chain| chain.served = "lri",
        &["chain-misordered", "chain-root-included"],
    ),
    ("the intermediate twice", |chain| chain.served = "lii", &["chain-superfluous"]),
    ("self-signed", |chain| chain.served = "s", &["cert-self-signed"]),
    (
        "self-signed, expired, for another name",
        |chain| {
            chain.served = "s";
            chain.leaf.dates = ["20260801000000", "20261029235959"];
            chain.names(&[b"localhost.localdomain"]);
        },
        &["cert-expired", "cert-name-mismatch", "cert-self-signed"],
    ),
    (
        "expired, of a small key, for another name",
        |chain| {
            chain.leaf.dates = ["20260801000000", "20261029235959"];
            chain.leaf.key = make::rsa(1024);
            chain.names(&[b"mail.example.org"]);
        },
        &["cert-expired", "cert-key-weak", "cert-name-mismatch"],
    ),
    (
        "expired, and so is its intermediate",
        |chain| {
            chain.leaf.dates = ["20260801000000", "20261029235959"];
            chain.intermediate.dates = ["20240101000000", "20261115235959"];
        },
        &["cert-expired", "chain-intermediate-expired"],
    ),
    (
        "over SHA-1, for too long, without an intermediate",
        |chain| {
            chain.served = "l";
            chain.leaf.sha1 = true;
            chain.leaf.dates = ["20261101000000", "20290203235959"];
        },
        &["cert-validity-too-long", "chain-incomplete", "cert-signature-weak"],
    ),
    (
        "a common name only, with a negative serial number and the root",
        |chain| {
            chain.served = "lir";
            chain.leaf.unset(make::NAMES);
            chain.leaf.serial = vec![0x80, 1, 2];
        },
        &["cert-san-missing", "cert-malformed", "chain-root-included"],
    ),
];

#[test]
fn every_planted_fault_is_named_and_nothing_else() {
    let mut wrong = Vec::new();
    for (what, plant, rules) in CASES {
        let mut chain = Chain::new();
        plant(&mut chain);
        let mut found = chain.found();
        if found.first() != rules.first() {
            wrong.push(format!("{what}: first stands {:?}, not {:?}", found.first(), rules.first()));
        }
        let mut wanted = rules.to_vec();
        found.sort_unstable();
        wanted.sort_unstable();
        if found != wanted {
            wrong.push(format!("{what}: {found:?}, not {wanted:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Judges what a public IMAP server shows, of which nothing else is known.
fn judge(host: &str, served: &[Vec<u8>], root: &[u8]) -> Vec<&'static str> {
    let mut anchors = Anchors::default();
    anchors.add(Stores::of(&PUBLIC), Certificate::read(root));
    let seen = served::examination(&Host::new(host).unwrap(), served.to_vec(), Trust::default());
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let diagnosis = diagnose_with(&seen, &anchors, now);
    let known = Known::default();
    let case = Case::new(&seen, &diagnosis, &policy::MAIL, &known, now);
    let judged = rules::judge(&case, |rule| rule.id.starts_with("cert-") || rule.id.starts_with("chain-"));
    judged.findings.iter().map(|finding| finding.rule).collect()
}

const HOST: &str = "mx1.example.org";
const ROOT: &str = "Planted Root";
/// As issuers call theirs: who is missing is known for an intermediate by that.
const ISSUER: &str = "Planted Intermediate";
/// Lists that are no private ones.
const PUBLIC: [Store; 3] = [Store::Mozilla, Store::Apple, Store::Microsoft];
