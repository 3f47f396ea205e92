//! A verdict, what it rests on, and what should change.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bytes::Fingerprint;
use crate::diagnosis::{Diagnosis, ServedChain};
use crate::endpoint::EndpointId;
use crate::known::Known;
use crate::observation::{EndpointObservation, Examination};
use crate::policy::Policy;
use crate::records::spf::Tree;
use crate::software::Software;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Works today, but is weak or about to break.
    Warning,
    /// Mail or logins fail now, or the protection is void, for some real peer.
    Error,
}

impl Severity {
    /// Returns the word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a rule says of what it looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// All is well.
    Pass,
    /// The rule has nothing to say here; the reason in words.
    NotApplicable(&'static str),
    /// It was not looked at, or the look was cut short; the reason completes "could not tell: …".
    Unknown(String),
    /// Faults.
    Fail(Vec<Finding>),
}

impl Verdict {
    /// Fails with one finding.
    pub fn fail(finding: Finding) -> Self {
        Self::Fail(vec![finding])
    }
}

/// A verdict with the endpoints that it is about; none where it is about the target as a whole.
pub type Located = (Vec<EndpointId>, Verdict);

/// What a rule looks at.
pub struct Case<'a> {
    /// All that was seen of the target.
    pub seen: &'a Examination,
    /// Its chains, looked into.
    pub diagnosis: &'a Diagnosis,
    /// The software of each endpoint, in the order of the endpoints; empty where nobody looked for it.
    pub software: &'a [Option<Software>],
    /// The demands.
    pub policy: &'a Policy,
    /// The clock.
    pub now: Timestamp,
    /// What is known beyond the target.
    pub known: &'a Known,
    /// The SPF record of the domain with all that it leads to, once a rule has walked it.
    pub(crate) spf: OnceCell<Tree>,
}

impl<'a> Case<'a> {
    /// Makes a case of a target whose software nobody looked for.
    pub fn new(
        seen: &'a Examination,
        diagnosis: &'a Diagnosis,
        policy: &'a Policy,
        known: &'a Known,
        now: Timestamp,
    ) -> Self {
        Self { seen, diagnosis, software: &[], policy, now, known, spf: OnceCell::new() }
    }
}

/// Which piece of a case a rule looks at; the rule is called once for each piece.
#[derive(Clone, Copy)]
pub enum Check {
    /// The target as a whole.
    Target(fn(&Case<'_>) -> Verdict),
    /// One endpoint.
    Endpoint(fn(&Case<'_>, &EndpointObservation) -> Verdict),
    /// One chain that was served somewhere.
    Chain(fn(&Case<'_>, &ServedChain) -> Verdict),
    /// One chain that was served somewhere, and the target as a whole for what the host of its MTA-STS policy showed.
    ChainAndPolicyHost(fn(&Case<'_>, &ServedChain) -> Verdict, fn(&Case<'_>) -> Verdict),
    /// The target as a whole, with a verdict for each part that the rule tells apart, and where it holds.
    Parts(fn(&Case<'_>) -> Vec<Located>),
}

/// A fault that mailmedic can name.
pub struct Rule {
    /// The bad thing itself in kebab-case, equal to the file name.
    pub id: &'static str,
    /// One line for lists.
    pub title: &'static str,
    /// The worst severity that it reports.
    pub severity: Severity,
    /// What is wrong: plain words, a paragraph.
    pub what: &'static str,
    /// Why it matters for mail: plain words, a paragraph.
    pub why: &'static str,
    /// Who is affected and what they see.
    pub affected: &'static str,
    /// What cures it on any server; the cures for known software come from its adapter.
    pub fix: &'static str,
    /// The change that the rule proposes, to print the cure for each server in its documentation.
    pub change: Option<ChangeKind>,
    /// Sources: `RFC 5280 §4.1.2.5`.
    pub references: &'static [&'static str],
    /// The version that brought it.
    pub since: &'static str,
    /// Faults of which this one is a mere consequence: where one of them is found on the same endpoint,
    /// this one is not told.
    pub consequence_of: &'static [&'static str],
    /// The look.
    pub check: Check,
}

/// A fault that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule; filled in by the engine.
    pub rule: &'static str,
    /// How bad it is here; where it is several endpoints', how bad on the worst.
    pub severity: Severity,
    /// Endpoints on which it is less bad than that; filled in by the engine.
    pub milder: BTreeMap<EndpointId, Severity>,
    /// Findings of one rule with the same key are one cause and become one finding.
    pub key: String,
    /// The endpoints that show it; none where it belongs to the target as a whole.
    pub endpoints: Vec<EndpointId>,
    /// What happened, one line.
    pub title: String,
    /// What, since when, and why: one paragraph of plain words with the real names.
    pub cause: String,
    /// Whom it hurts: `Thunderbird, Apple Mail and K-9 refuse or warn`.
    pub hurts: Option<String>,
    /// The facts that it rests on.
    pub evidence: BTreeMap<String, serde_json::Value>,
    /// What should change.
    pub change: Option<Change>,
}

impl Finding {
    /// Starts a finding; `key` tells causes of one rule apart.
    pub fn new(
        severity: Severity,
        key: impl Into<String>,
        title: impl Into<String>,
        cause: impl Into<String>,
    ) -> Self {
        Self {
            rule: "",
            severity,
            milder: BTreeMap::new(),
            key: key.into(),
            endpoints: Vec::new(),
            title: title.into(),
            cause: cause.into(),
            hurts: None,
            evidence: BTreeMap::new(),
            change: None,
        }
    }

    /// Returns how bad it is on an endpoint that shows it.
    pub fn severity_at(&self, endpoint: &EndpointId) -> Severity {
        self.milder.get(endpoint).copied().unwrap_or(self.severity)
    }

    /// Adds the endpoint that shows it.
    #[must_use]
    pub fn at(mut self, endpoint: EndpointId) -> Self {
        self.endpoints.push(endpoint);
        self
    }

    /// Adds whom it hurts.
    #[must_use]
    pub fn hurts(mut self, whom: impl Into<String>) -> Self {
        self.hurts = Some(whom.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn evidence(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }

    /// Adds what should change.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.change = Some(change);
        self
    }
}

/// What should change on the server: an intent, which an adapter puts into the lines of its software.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Load the certificate that is there already.
    Reload,
    /// Get a new certificate for these names, then load it.
    RenewCertificate {
        /// The names that it must have.
        names: Vec<String>,
    },
    /// Serve this full chain: PEM-encoded leaf and intermediates are in the file of this name, where one
    /// could be built.
    ServeChain {
        /// The name for the file to install, such as `mx.example.org.fullchain.pem`.
        file: String,
        /// Fingerprints of what belongs in it; none while an intermediate is unknown.
        chain: Option<Vec<Fingerprint>>,
    },
    /// Serve a chain for this server name.
    ServeName {
        /// The name.
        name: String,
    },
    /// Offer STARTTLS.
    OfferStarttls,
    /// Mend the certificate, key or setting that keeps TLS from working; the log says which.
    MendTls,
    /// Take no logins before TLS.
    RequireTlsForLogin,
    /// Make the port speak this mode.
    SetMode {
        /// The mode, `starttls` or `implicit`.
        security: crate::endpoint::Security,
        /// The port.
        port: u16,
    },
    /// Set the oldest version.
    MinimumTls {
        /// `TLSv1.2`.
        version: &'static str,
    },
    /// Offer TLS 1.3, or 1.2 and 1.3.
    ModernTls,
    /// Offer only suites with forward secrecy, and where people log in only with authenticated encryption.
    StrongSuites {
        /// Whether this is port 25, where CBC with SHA-2 stays: old servers have nothing better.
        opportunistic: bool,
    },
    /// Choose the suite by the server's order and not by the client's.
    ServerOrder,
    /// Use Diffie-Hellman groups of 2048 bits or more.
    StrongDh,
    /// Offer the usual curves and, where the library can, X25519MLKEM768.
    ModernGroups,
    /// Let no client renegotiate inside a connection.
    NoRenegotiation,
    /// Give out no session tickets, or none that outlive their key.
    SessionTickets,
    /// Do not ask for client certificates.
    NoClientCertificate,
    /// Update the software.
    Update,
    /// Change DNS records, in the words of a zone file.
    Dns {
        /// Lines to add or put in place of others.
        lines: Vec<String>,
    },
    /// Serve an MTA-STS policy, and tell senders that it is new (RFC 8461).
    MtaStsPolicy {
        /// The mail domain.
        domain: String,
        /// The lines of the document.
        lines: Vec<String>,
        /// The id for the TXT record, which senders have not seen yet.
        id: String,
    },
    /// Change the name that clients are told.
    ClientName {
        /// The name told now.
        from: String,
        /// The name that the certificate has, if one is known to lead here.
        to: Option<String>,
        /// The places that tell it, as far as they are known: SRV records, URLs of documents.
        at: Vec<String>,
        /// All names of a certificate that would do instead; empty takes the two above.
        names: Vec<String>,
    },
}

/// The kind of a change, for the documentation of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the same words as in Change")]
pub enum ChangeKind {
    Reload,
    RenewCertificate,
    ServeChain,
    ServeName,
    OfferStarttls,
    MendTls,
    RequireTlsForLogin,
    SetMode,
    MinimumTls,
    ModernTls,
    StrongSuites,
    ServerOrder,
    StrongDh,
    ModernGroups,
    NoRenegotiation,
    SessionTickets,
    NoClientCertificate,
    Update,
    Dns,
    MtaStsPolicy,
    ClientName,
}

/// A cure in the words of one software.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// The software, or `any`, `client`, `dns`.
    #[serde(rename = "for")]
    pub for_: String,
    /// What to do, in a sentence.
    pub text: String,
    /// Commands to paste, in order.
    pub commands: Vec<String>,
    /// Lines of a configuration file, where commands do not set them.
    pub config: Option<String>,
}

impl Case<'_> {
    /// Returns the software of an endpoint, as far as it shows itself.
    pub fn software_of(&self, seen: &EndpointObservation) -> Option<&Software> {
        let mut all = self.seen.endpoints.iter();
        let index = all.clone().position(|other| std::ptr::eq(other, seen)).or_else(|| {
            let id = seen.id();
            all.position(|other| other.id() == id)
        })?;
        self.software.get(index)?.as_ref()
    }

    /// Returns the endpoints that served a chain, in the order of the report.
    pub fn endpoints_of(&self, chain: &ServedChain) -> Vec<EndpointId> {
        let mut indices: Vec<usize> = chain.sightings.iter().map(|sighting| sighting.endpoint).collect();
        indices.sort_unstable();
        indices.dedup();
        indices.into_iter().filter_map(|index| Some(self.seen.endpoints.get(index)?.id())).collect()
    }
}
