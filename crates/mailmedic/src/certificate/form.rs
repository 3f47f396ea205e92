//! Demands for form that issuers and linters check and clients do not: RFC 5280, and the Baseline Requirements.

use std::net::IpAddr;

use super::read::Parts;
use super::{Certificate, NameConstraints, PublicKey, Subtree};

/// A demand for form that a certificate breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the words stand below")]
pub enum Breach {
    SerialZero,
    SerialNegative,
    SerialLong,
    IssuerUnnamed,
    CaUnnamed,
    ExtensionsMissing,
    ExtensionsBeforeVersion3,
    AuthorityKeyMissing,
    AuthorityKeyCritical,
    RootAuthorityKeyEmpty,
    RootAuthorityKeyNamesIssuer,
    RootKeysDiffer,
    SubjectKeyMissing,
    SubjectKeyCritical,
    BasicConstraintsNotCritical,
    SignsWithoutCa,
    PathLengthWithoutCa,
    NamesNotCritical,
    NamesCritical,
    NamesEmpty,
    NameWithUnderscore,
    NameIsAddress,
    NameIsInternal,
    NameConstraintsWithoutCa,
    NameConstraintWithDot,
    PolicyConstraintsNotCritical,
    InhibitAnyPolicyNotCritical,
    AuthorityInformationCritical,
    ServerUsageCritical,
    AnyUsage,
    RootUsage,
    ModulusUneven,
}

impl Breach {
    /// Says what is wrong, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::SerialZero => "the serial number is zero",
            Self::SerialNegative => "the serial number is negative",
            Self::SerialLong => "the serial number is longer than 20 bytes",
            Self::IssuerUnnamed => "the issuer has no name",
            Self::CaUnnamed => "the CA has no name",
            Self::ExtensionsMissing => "it says version 3 and has no extensions",
            Self::ExtensionsBeforeVersion3 => "it has extensions and does not say version 3",
            Self::AuthorityKeyMissing => "it lacks the authority key identifier",
            Self::AuthorityKeyCritical => "the authority key identifier is critical",
            Self::RootAuthorityKeyEmpty => "the root's authority key identifier has no key identifier",
            Self::RootAuthorityKeyNamesIssuer => {
                "the root's authority key identifier names an issuer or a serial number"
            }
            Self::RootKeysDiffer => "the root's two key identifiers differ",
            Self::SubjectKeyMissing => "the CA lacks the subject key identifier",
            Self::SubjectKeyCritical => "the subject key identifier is critical",
            Self::BasicConstraintsNotCritical => "the CA's basicConstraints are not critical",
            Self::SignsWithoutCa => "keyUsage allows it to sign certificates, and it is no CA",
            Self::PathLengthWithoutCa => "it limits the path length, and it is no CA",
            Self::NamesNotCritical => "it has no subject, and the alternative names are not critical",
            Self::NamesCritical => "it has a subject, and the alternative names are critical",
            Self::NamesEmpty => "the list of alternative names is empty",
            Self::NameWithUnderscore => "a DNS name has an underscore",
            Self::NameIsAddress => "an IP address stands among the DNS names, where it does not count",
            Self::NameIsInternal => {
                "a name or address belongs to no public domain or net, so that no public issuer may certify it"
            }
            Self::NameConstraintsWithoutCa => "it constrains names, and it is no CA",
            Self::NameConstraintWithDot => {
                "a constraint on DNS names begins with a dot, which not all clients read"
            }
            Self::PolicyConstraintsNotCritical => "the policy constraints are not critical",
            Self::InhibitAnyPolicyNotCritical => "inhibitAnyPolicy is not critical",
            Self::AuthorityInformationCritical => "the authority information access is critical",
            Self::ServerUsageCritical => "the extended key usage is critical",
            Self::AnyUsage => "the extended key usage names any purpose beside TLS servers",
            Self::RootUsage => "the root has an extended key usage",
            Self::ModulusUneven => "the bits of the RSA modulus are no multiple of 8",
        }
    }

    /// Returns whether only the Baseline Requirements ask it, which bind public issuers alone.
    pub fn binds_public_only(self) -> bool {
        matches!(
            self,
            Self::RootAuthorityKeyNamesIssuer
                | Self::NamesCritical
                | Self::NameWithUnderscore
                | Self::NameIsInternal
                | Self::ServerUsageCritical
                | Self::AnyUsage
                | Self::RootUsage
                | Self::ModulusUneven
        )
    }
}

/// An extension that was read: its OID, and whether it is critical.
pub(super) type Seen = (String, bool);

/// Returns which demands for form a certificate breaks.
pub(super) fn breaches(certificate: &Certificate, parts: &Parts<'_>, extensions: &[Seen]) -> Vec<Breach> {
    let criticality =
        |oid: &str| extensions.iter().find(|(known, _)| known == oid).map(|(_, critical)| *critical);
    let is_ca = certificate.is_ca == Some(true);
    let is_own_issuer = certificate.subject_der == certificate.issuer_der;
    let has_subject = certificate.subject_der.len() > 2;
    let serial = parts.serial.unwrap_or(&[1]);
    let own_key = certificate.subject_key_id.as_ref();
    let authority_key = certificate.authority_key_id.as_ref();
    let is_root = is_own_issuer && is_ca && criticality(AUTHORITY_KEY_ID).is_some();
    let signs = certificate.key_usage.is_some_and(|usage| usage.certificate_sign);
    let names = criticality(ALTERNATIVE_NAMES);
    let usages = certificate.extended_key_usage.as_deref().unwrap_or_default();
    let has_usage = |oid: &str| usages.iter().any(|usage| usage == oid);
    // A small key is worse than an odd one.
    let uneven =
        matches!(certificate.key, PublicKey::Rsa { bits } if bits >= 2048 && !bits.is_multiple_of(8));
    let any_name =
        |is: fn(&str) -> bool| certificate.names.iter().flat_map(|names| &names.dns).any(|name| is(name));
    let has_private_address =
        certificate.names.iter().flat_map(|names| &names.addresses).any(|address| is_private(*address));
    let is_empty = |names: &super::AlternativeNames| {
        names.dns.is_empty() && names.addresses.is_empty() && names.others == 0
    };
    let is_v3 = certificate.version == 3;
    let demands = [
        // RFC 5280 §4.1.2.2
        (serial.iter().all(|byte| *byte == 0), Breach::SerialZero),
        (serial.first().is_some_and(|first| first & 0x80 != 0), Breach::SerialNegative),
        (serial.len() > MOST_SERIAL_BYTES, Breach::SerialLong),
        // §4.1.2.4, §4.1.2.6, §4.1.2.9
        (certificate.issuer_der.len() <= 2, Breach::IssuerUnnamed),
        (is_ca && !has_subject, Breach::CaUnnamed),
        (is_v3 && parts.extensions.is_none(), Breach::ExtensionsMissing),
        (!is_v3 && parts.extensions.is_some(), Breach::ExtensionsBeforeVersion3),
        // §4.2.1.1, §4.2.1.2
        (is_v3 && authority_key.is_none() && !is_own_issuer, Breach::AuthorityKeyMissing),
        (criticality(AUTHORITY_KEY_ID) == Some(true), Breach::AuthorityKeyCritical),
        (is_root && authority_key.is_none(), Breach::RootAuthorityKeyEmpty),
        (is_root && certificate.authority_key_has_issuer, Breach::RootAuthorityKeyNamesIssuer),
        (
            is_root && authority_key.is_some() && own_key.is_some() && authority_key != own_key,
            Breach::RootKeysDiffer,
        ),
        (is_v3 && is_ca && own_key.is_none(), Breach::SubjectKeyMissing),
        (criticality("2.5.29.14") == Some(true), Breach::SubjectKeyCritical),
        // §4.2.1.3, §4.2.1.9
        (is_ca && criticality("2.5.29.19") == Some(false), Breach::BasicConstraintsNotCritical),
        (!is_ca && signs, Breach::SignsWithoutCa),
        (!is_ca && certificate.path_length.is_some(), Breach::PathLengthWithoutCa),
        // §4.2.1.6; the common name is not told, since nobody looks at it any more.
        (names == Some(false) && !has_subject, Breach::NamesNotCritical),
        (names == Some(true) && has_subject, Breach::NamesCritical),
        (certificate.names.as_ref().is_some_and(is_empty), Breach::NamesEmpty),
        (any_name(|name| name.contains('_')), Breach::NameWithUnderscore),
        (any_name(|name| name.parse::<IpAddr>().is_ok()), Breach::NameIsAddress),
        (!is_ca && (any_name(is_internal) || has_private_address), Breach::NameIsInternal),
        // §4.2.1.10, §4.2.1.11, §4.2.1.14, §4.2.2.1
        (!is_ca && certificate.name_constraints.is_some(), Breach::NameConstraintsWithoutCa),
        (certificate.name_constraints.as_ref().is_some_and(has_dot), Breach::NameConstraintWithDot),
        (criticality("2.5.29.36") == Some(false), Breach::PolicyConstraintsNotCritical),
        (criticality("2.5.29.54") == Some(false), Breach::InhibitAnyPolicyNotCritical),
        (criticality("1.3.6.1.5.5.7.1.1") == Some(true), Breach::AuthorityInformationCritical),
        // Baseline Requirements §7.1.2.7.6, §7.1.2.1.2, §6.1.5
        (!is_ca && criticality(EXTENDED_KEY_USAGE) == Some(true), Breach::ServerUsageCritical),
        (!is_ca && has_usage("2.5.29.37.0") && has_usage("1.3.6.1.5.5.7.3.1"), Breach::AnyUsage),
        (is_ca && is_own_issuer && criticality(EXTENDED_KEY_USAGE).is_some(), Breach::RootUsage),
        (uneven, Breach::ModulusUneven),
    ];
    demands.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, breach)| breach).collect()
}

fn has_dot(constraints: &NameConstraints) -> bool {
    let mut all = constraints.permitted.iter().chain(&constraints.excluded);
    all.any(|subtree| matches!(subtree, Subtree::Dns(base) if base.starts_with('.')))
}

/// Returns whether a DNS name lies below no public top-level domain (Baseline Requirements §7.1.2.7.12; RFC 6762,
/// RFC 8375, ICANN's .internal). What is an address or no name at all is another breach.
fn is_internal(name: &str) -> bool {
    let Some((_, top)) = name.rsplit_once('.') else { return !name.is_empty() && !name.contains(':') };
    INTERNAL.contains(&top)
}

/// Returns whether an address is used inside networks only; those of documentation are not meant to be used at all.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

const AUTHORITY_KEY_ID: &str = "2.5.29.35";
const ALTERNATIVE_NAMES: &str = "2.5.29.17";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// RFC 5280 §4.1.2.2.
const MOST_SERIAL_BYTES: usize = 20;
/// Not `test`, `example`, `invalid`: who uses these knows what they are.
const INTERNAL: [&str; 9] =
    ["local", "internal", "lan", "localdomain", "home", "corp", "mail", "intranet", "private"];
