//! A kind of peer as data: what it trusts, how it looks for a way to a root, what it refuses, what a person then sees.
//!
//! The peers themselves are in `client/`, one file each.

use jiff::civil::Date;
use mailmedic_wire::dialogue::Protocol;
use mailmedic_wire::names::ProtocolVersion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::SuiteKind;
use crate::trust::Store;

/// A program, a service or a library that connects to mail servers.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The id in kebab-case, equal to the file name: `thunderbird`.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The same in as few words as a sentence or a column takes.
    pub short: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The peer of its kind that it is much like: where both do the same, a sentence names only that one.
    pub like: Option<&'static str>,
    /// What it demands of a connection.
    pub demand: Demand,
    /// The lists of roots that it trusts; roots of `--ca-file` count for every peer.
    pub roots: &'static [Store],
    /// What is to be said of its roots.
    pub roots_note: &'static str,
    /// How it finds a way from the leaf to a root.
    pub path: PathBuilding,
    /// How it holds names against the host.
    pub names: NameRules,
    /// The keys that it takes in certificates.
    pub keys: Keys,
    /// What it refuses, in groups; whatever is in no group and is not asked about passes.
    pub rejects: &'static [&'static [Flaw]],
    /// What it bears though its library refuses it; goes before the rest.
    pub bears: &'static [Flaw],
    /// What a person may click away; goes before `rejects`.
    pub asks: &'static [Flaw],
    /// The longest validity that it takes.
    pub lifetimes: &'static [Lifetime],
    /// Whether leaves of public roots need signed certificate timestamps (RFC 6962).
    pub timestamps: bool,
    /// What its TLS needs.
    pub tls: TlsFloor,
    /// Whether it sends the server name (RFC 6066 §3).
    pub sends_name: bool,
    /// What it shows or logs, word for word.
    pub words: &'static [Words],
    /// Where those words are from, with the date.
    pub words_source: &'static str,
    /// What else is to be known of it.
    pub note: &'static str,
    /// How all this is known.
    pub known: Known,
}

/// What a peer is, which decides where it connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// People read and send mail with it.
    MailProgram,
    /// It delivers mail to port 25.
    Sender,
    /// A mail service that logs in for its users, to fetch and to send.
    Fetcher,
    /// Programs of any kind are built on it.
    Library,
}

impl Kind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 4] = [Self::MailProgram, Self::Fetcher, Self::Sender, Self::Library];

    /// Returns the word of reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::MailProgram => "mail program",
            Self::Sender => "sender",
            Self::Fetcher => "fetching service",
            Self::Library => "library",
        }
    }

    /// Tells whether such a peer speaks this protocol.
    pub fn speaks(self, protocol: Protocol) -> bool {
        match self {
            Self::MailProgram => {
                matches!(protocol, Protocol::Submission | Protocol::Imap | Protocol::Pop3)
            }
            Self::Sender => protocol == Protocol::Smtp,
            Self::Fetcher => matches!(protocol, Protocol::Submission | Protocol::Pop3),
            Self::Library => true,
        }
    }
}

/// What a peer demands of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// TLS where it can be had, whatever the certificate; else clear text (RFC 7435).
    Opportunistic,
    /// TLS, whatever the certificate.
    Encrypted,
    /// TLS, a trusted certificate and its name.
    Verified,
    /// What the domain publishes, and else no more than the first.
    Published {
        /// Whether DANE counts (RFC 7672).
        dane: bool,
        /// Whether it counts for hosts, too, to which MX records lead that are not signed (RFC 7672 §2.2.1 leaves that to
        /// senders).
        unsigned_mx: bool,
        /// Whether an MTA-STS policy counts (RFC 8461).
        mta_sts: bool,
    },
}

/// How a peer finds a way from the leaf to a root.
#[derive(Clone, Copy, Debug)]
pub struct PathBuilding {
    /// The search.
    pub search: Search,
    /// The most certificates between leaf and root; none where no limit is met in practice.
    pub most_intermediates: Option<usize>,
    /// Whether it fetches missing issuers of public roots by their URL (RFC 5280 §4.2.2.1).
    pub fetches: bool,
    /// Whether it has the intermediates of public roots beforehand.
    pub remembers: bool,
}

/// How a peer searches. None of them insists on the order in which certificates are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// Every way is tried.
    All,
    /// At each step the first issuer that fits is taken, a trusted root before others, with no way back.
    FirstFit {
        /// Whether an issuer in force goes before one that is out of date.
        prefers_valid: bool,
    },
}

/// How a peer holds the names of a certificate against the host.
#[derive(Clone, Copy, Debug)]
pub struct NameRules {
    /// Whether the common name counts where there is no DNS name among the alternative names.
    pub common_name: bool,
    /// Where a wildcard may stand.
    pub wildcard: Wildcard,
    /// Whether `*.org` stands for `example.org` under a root of one's own.
    pub top_level: bool,
    /// Whether a host with an underscore can be verified at all.
    pub underscore: bool,
    /// Whether the name is that of the mail domain or below it, not the host's (Postfix's `nexthop, dot-nexthop`).
    pub next_hop: bool,
}

/// Where a wildcard may stand in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wildcard {
    /// For the whole left-most label (RFC 9525 §6.3).
    WholeLabel,
    /// For a part of the left-most label too: `mx*.example.org`.
    PartOfLabel,
    /// In any label, for any part of it.
    AnyLabel,
}

/// The keys that a peer takes in certificates.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// The fewest bits of the leaf's RSA or DSA key.
    pub rsa_bits: u32,
    /// The fewest bits of an RSA key that issues.
    pub issuer_rsa_bits: u32,
    /// The curves of the leaf's key.
    pub curves: Names,
    /// The curves of keys that issue.
    pub issuer_curves: Names,
    /// The fewest bits of a curve.
    pub curve_bits: u32,
    /// Whether a curve may be given by its parameters.
    pub explicit_curves: bool,
    /// Keys of other kinds in the leaf.
    pub others: Names,
    /// Keys of other kinds that issue.
    pub issuer_others: Names,
}

/// Names of curves or keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// All that there are.
    Any,
    /// These.
    Only(&'static [&'static str]),
}

impl Names {
    /// Tells whether a name is among them.
    pub fn has(self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => names.contains(&name),
        }
    }
}

/// A longest validity.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// The most days.
    pub days: i64,
    /// For certificates whose validity begins on this day or later.
    pub since: Date,
    /// Whether it holds under roots of one's own too.
    pub any_root: bool,
}

/// What the TLS of a peer needs.
#[derive(Clone, Copy, Debug)]
pub struct TlsFloor {
    /// The oldest version that it surely speaks.
    pub oldest: ProtocolVersion,
    /// The oldest version that it speaks by some settings.
    pub perhaps: Option<ProtocolVersion>,
    /// The fewest bits of a Diffie-Hellman prime.
    pub dh_bits: u16,
    /// Whether it takes a key exchange that is signed over SHA-1 or MD5.
    pub sha1_signatures: bool,
    /// The suites that it does not offer, beside those with fewer than 112 bits or without authentication.
    pub lacks: &'static [SuiteKind],
    /// Whether it offers suites in CBC mode.
    pub cbc: bool,
    /// The fewest bits of an RSA key that signs a handshake.
    pub rsa_bits: u32,
    /// The keys that may sign a handshake, beside RSA and the curves that all have.
    pub signers: Names,
    /// Whether the key usage of a certificate that signs a handshake must allow digitalSignature.
    pub digital_signature: bool,
}

/// What a peer shows or logs for some flaws.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The flaws.
    pub of: &'static [Flaw],
    /// The text, word for word; HOST, DATE and the like stand for what differs.
    pub text: &'static str,
}

/// How a peer's behaviour is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whether it was measured with the real software; else it is taken from documents.
    pub measured: bool,
    /// The software with its version, or the documents.
    pub by: &'static str,
    /// When it was measured or read.
    pub date: &'static str,
}

impl Peer {
    /// Returns what it does about a flaw.
    pub fn answer(&self, flaw: Flaw) -> Answer {
        if self.bears.contains(&flaw) {
            Answer::Accept
        } else if self.asks.contains(&flaw) {
            Answer::Warn
        } else if self.rejects.iter().any(|group| group.contains(&flaw)) {
            Answer::Reject
        } else {
            Answer::Accept
        }
    }

    /// Returns what a person sees for a flaw, word for word, if that is known.
    pub fn shows(&self, flaw: Flaw) -> Option<&'static str> {
        self.words.iter().find(|words| words.of.contains(&flaw)).map(|words| words.text)
    }
}

/// What a peer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It goes on without a word.
    Accept,
    /// It could not be told.
    Unknown,
    /// It asks a person, who may go on.
    Warn,
    /// It does not go on.
    Reject,
}

impl Answer {
    /// Returns the word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Reject => "reject",
        }
    }
}

/// What a peer does, and why.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The peer.
    pub peer: &'static Peer,
    /// What it does.
    pub answer: Answer,
    /// The ids of the rules that decide it. With [`Answer::Accept`], what it goes on in spite of.
    pub because: Vec<&'static str>,
    /// What decides it in words, or why it could not be told.
    pub why: Option<String>,
}

macro_rules! flaws {
    ($($(#[$meta:meta])* $name:ident, $rule:literal, $title:literal;)*) => {
        /// What can be wrong with a certificate, its chain or its name, as far as peers differ about it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Flaw {
            $($(#[$meta])* #[doc = $title] $name,)*
        }

        impl Flaw {
            /// Every flaw, in the order of tables.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Returns the id of the rule that tells it.
            pub fn rule(self) -> &'static str {
                match self {
                    $(Self::$name => $rule,)*
                }
            }

            /// Returns what is wrong, in words.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

flaws! {
    Expired, "cert-expired", "the certificate has expired";
    NotYetValid, "cert-not-yet-valid", "the certificate is not valid yet";
    IntermediateOutOfDate, "chain-intermediate-expired", "an intermediate is out of date";
    RootOutOfDate, "cert-untrusted", "the root is out of date";
    SelfSigned, "cert-self-signed", "the certificate is self-signed";
    UntrustedRoot, "cert-untrusted", "the root is not in its list";
    RootDistrusted, "cert-root-distrusted", "its list takes what the root signed only up to a day that has passed";
    UnknownIssuer, "cert-untrusted", "the issuer is not known";
    Incomplete, "chain-incomplete", "an intermediate is missing";
    TooManyIntermediates, "chain-path-too-long", "there are more intermediates than it takes";
    NameMismatch, "cert-name-mismatch", "the name is not in the certificate";
    CommonNameOnly, "cert-san-missing", "the name is in the common name only";
    WildcardMisused, "cert-wildcard-misused", "the wildcard stands where it may not";
    AddressUnnamed, "cert-ip-address-unnamed", "the address is not in the certificate";
    KeySmall, "cert-key-weak", "a key is too small";
    KeyForeign, "cert-rejected-by-peer", "a key of a kind that it does not know";
    KeyExplicitCurve, "cert-key-weak", "a curve is given by its parameters";
    KeyUnreadable, "cert-malformed", "a key cannot be read";
    SignatureWrong, "cert-signature-invalid", "a signature is wrong";
    SignatureMd5, "cert-signature-weak", "a certificate is signed over MD5 or older";
    SignatureSha1, "cert-signature-weak", "a certificate is signed over SHA-1, under a public root";
    SignatureSha1Private, "cert-signature-weak", "a certificate is signed over SHA-1, under a root of one's own";
    UsageWrong, "cert-usage-wrong", "the extended key usage allows no server";
    UsageAnyOnly, "cert-usage-wrong", "the extended key usage says only: any";
    UsageMissing, "cert-usage-wrong", "there is no extended key usage, under a public root";
    UsageMissingPrivate, "cert-usage-wrong", "there is no extended key usage, under a root of one's own";
    KeyUsageUnfit, "cert-usage-wrong", "the key usage lacks digitalSignature";
    LeafIsCa, "cert-is-ca", "the certificate is a CA's";
    LeafOldVersion, "cert-malformed", "the certificate is of X.509 version 1 or 2";
    Malformed, "cert-malformed", "a certificate breaks a rule of form";
    AuthorityKeyMissing, "cert-malformed", "the certificate lacks the authority key identifier";
    SerialNegative, "cert-malformed", "a serial number is negative";
    SignsWithoutCa, "cert-malformed", "the key usage allows to sign certificates, and it is no CA's";
    CriticalUnknown, "cert-critical-extension-unknown", "a critical extension is unknown";
    NameConstraint, "cert-name-constraint-violated", "a CA may not issue for a name";
    PolicyMissing, "chain-intermediate-invalid", "a policy is demanded and missing";
    NotCa, "chain-intermediate-invalid", "an intermediate is no CA";
    IntermediateOldVersion, "chain-intermediate-invalid", "an intermediate is of X.509 version 1 or 2";
    MayNotSign, "chain-intermediate-invalid", "an intermediate lacks keyCertSign";
    PathTooLong, "chain-path-too-long", "a CA allows fewer CAs below it";
    IntermediateUsageWrong, "chain-intermediate-invalid", "an intermediate's extended key usage allows no server";
    IntermediateUsageAnyOnly, "chain-intermediate-invalid", "an intermediate's extended key usage says only: any";
    RootUnfit, "chain-intermediate-invalid", "the root may not issue by its own words";
    StapleMissing, "cert-staple-missing", "the certificate demands a stapled OCSP response, and none came";
    ValidityTooLong, "cert-validity-too-long", "the certificate is valid for too long";
    TimestampsMissing, "cert-sct-missing", "there are no signed certificate timestamps";
}
