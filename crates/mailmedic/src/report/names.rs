//! The names that mail clients may use for a domain, and what mends those that no certificate covers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::client_config::{self, ClientName, Cover, Cures, Told};
use crate::diagnosis::Diagnosis;
use crate::endpoint::Security;
use crate::observation::Examination;

/// A name and port that mail clients may use for a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientNameReport {
    /// The name in A-labels, or the address in its place.
    pub name: String,
    /// The port.
    pub port: u16,
    /// `imap`, `pop3`, `submission` or `sieve`.
    pub protocol: String,
    /// Who tells it, in the order found.
    pub told: Vec<ToldReport>,
    /// The endpoints behind it.
    pub endpoints: Vec<String>,
    /// Whether somebody answers there.
    pub reached: bool,
    /// The mode that was seen to work: `starttls` or `implicit`; none if TLS was not reached.
    pub speaks: Option<String>,
    /// The SHA-256 fingerprint of the certificate that is served there.
    pub certificate: Option<String>,
    /// Whether that certificate has the name; none where it could not be told.
    pub covered: Option<bool>,
    /// Why it could not be told.
    pub why: Option<String>,
    /// The two ways to mend it where the name is not covered, of which one is enough.
    pub cures: Option<NameCuresReport>,
}

/// Who tells mail clients a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToldReport {
    /// `srv`, `autoconfig`, `autodiscover`, `pacc`, `profile`, or `guess` for a name that clients try by themselves.
    pub source: String,
    /// The SRV record, document or file; empty for a guess.
    pub origin: String,
    /// The mode that is told: `implicit`, `starttls` or `plain`.
    pub security: String,
}

/// How to mend a name that the certificate does not cover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NameCuresReport {
    /// One way: the name to tell instead, which the certificate has and which leads to the same server, if one is known.
    pub change_to: Option<String>,
    /// The SRV records and documents that would have to change; accounts that are set up already have to change, too.
    pub change_at: Vec<String>,
    /// The other way: all names of a certificate that covers this one too. Nothing else has to change.
    pub certificate_names: Vec<String>,
}

/// Reports every name that mail clients may use; nothing for other targets than domains.
pub(super) fn of(seen: &Examination, diagnosis: &Diagnosis) -> Vec<ClientNameReport> {
    client_config::names(seen, &diagnosis.certificates).into_iter().map(row).collect()
}

fn row(name: ClientName) -> ClientNameReport {
    let (covered, why) = match name.cover {
        Cover::Covered => (Some(true), None),
        Cover::Uncovered => (Some(false), None),
        Cover::Unknown(why) => (None, Some(why.to_owned())),
    };
    ClientNameReport {
        name: name.host.to_string(),
        port: name.port,
        protocol: name.protocol.name().to_owned(),
        told: name.told.into_iter().map(told).collect(),
        endpoints: name.endpoints.into_iter().map(|endpoint| endpoint.0).collect(),
        reached: name.reached,
        speaks: name.speaks.map(|mode| mode.name().to_owned()),
        certificate: name.certificate.map(|print| print.to_string()),
        covered,
        why,
        cures: name.cures.map(cures),
    }
}

fn told(told: Told) -> ToldReport {
    ToldReport {
        source: told.source.name().to_owned(),
        origin: told.origin,
        security: told.security.map_or("plain", Security::name).to_owned(),
    }
}

fn cures(cures: Cures) -> NameCuresReport {
    let Cures { change_to, change_at, certificate_names } = cures;
    NameCuresReport { change_to, change_at, certificate_names }
}
