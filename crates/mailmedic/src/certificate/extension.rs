//! The extensions that mailmedic knows (RFC 5280 §4.2, RFC 7633).

use std::net::IpAddr;

use x509_parser::extensions as x509;
use x509_parser::prelude::FromDer as _;

use super::der::{self, Element, Elements, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use super::form::Seen;
use super::sct::{self, EMBEDDED_TIMESTAMPS};
use super::{AlternativeNames, Certificate, KeyUsage, NameConstraints};
use crate::words;

/// Reads the content of `extensions [3]` into the certificate; returns what was there.
pub(super) fn read_all(certificate: &mut Certificate, content: &[u8]) -> Vec<Seen> {
    let Some((list, rest)) = der::first(content).filter(|(list, _)| list.tag == SEQUENCE) else {
        certificate.problems.push("the extensions cannot be read".to_owned());
        return Vec::new();
    };
    if !rest.is_empty() {
        certificate.problems.push("there are bytes after the extensions".to_owned());
    }
    let mut seen: Vec<Seen> = Vec::new();
    let mut extensions = list.elements();
    for element in extensions.by_ref().take(MOST_EXTENSIONS) {
        let Some(extension) = Extension::read(&element) else {
            certificate.problems.push("an extension cannot be read".to_owned());
            continue;
        };
        if seen.iter().any(|(oid, _)| *oid == extension.oid) {
            certificate.problems.push(format!("the extension {} occurs twice", word(&extension.oid)));
            continue;
        }
        if read_one(certificate, &extension).is_none() {
            certificate.problems.push(format!("the extension {} cannot be read", word(&extension.oid)));
        }
        seen.push((extension.oid, extension.critical));
    }
    if !extensions.is_done() {
        certificate.problems.push("not all extensions can be read".to_owned());
    }
    seen
}

/// Returns whether the content of `extensions [3]` shows that a public CA issued the certificate; see
/// [`Certificate::publicly_issued`].
pub(super) fn show_public_issuing(content: &[u8]) -> bool {
    let Some((list, _)) = der::first(content) else { return false };
    let may_show = |element: &Element<'_>| {
        let oid = element.elements().next_if(OBJECT_IDENTIFIER);
        oid.is_some_and(|oid| SHOW_PUBLIC_ISSUING.contains(&oid.content))
    };
    let mut extensions = list.elements().take(MOST_EXTENSIONS).filter(may_show);
    extensions.any(|element| {
        let Some(extension) = Extension::read(&element) else { return false };
        match extension.oid.as_str() {
            EMBEDDED_TIMESTAMPS => true,
            CERTIFICATE_POLICIES => der::first(extension.value).is_some_and(|(policies, _)| {
                policies
                    .elements()
                    .take(MOST_EXTENSIONS)
                    .filter_map(|policy| der::dotted(policy.elements().next_if(OBJECT_IDENTIFIER)?.content))
                    .any(|policy| policy.starts_with("2.23.140.1.2."))
            }),
            _ => false,
        }
    })
}

struct Extension<'a> {
    oid: String,
    critical: bool,
    value: &'a [u8],
}

impl<'a> Extension<'a> {
    fn read(element: &Element<'a>) -> Option<Self> {
        element.tagged(SEQUENCE)?;
        let mut parts = element.elements();
        let oid = der::dotted(parts.next_if(OBJECT_IDENTIFIER)?.content)?;
        let critical = parts.next_if(BOOLEAN).is_some_and(|flag| flag.content.iter().any(|byte| *byte != 0));
        let value = parts.next_if(OCTET_STRING)?.content;
        Some(Self { oid, critical, value })
    }
}

fn read_one(certificate: &mut Certificate, extension: &Extension<'_>) -> Option<()> {
    let value = extension.value;
    certificate.has_logotype |= extension.oid == LOGOTYPE;
    match extension.oid.as_str() {
        SUBJECT_ALTERNATIVE_NAME => {
            // Names that were read count even if those after them cannot be read.
            let names = certificate.names.insert(AlternativeNames::default());
            return alternative_names(names, &mut certificate.problems, value);
        }
        BASIC_CONSTRAINTS => {
            let (_, constraints) = x509::BasicConstraints::from_der(value).ok()?;
            certificate.is_ca = Some(constraints.ca);
            certificate.path_length = constraints.path_len_constraint;
        }
        KEY_USAGE => {
            let (_, usage) = x509::KeyUsage::from_der(value).ok()?;
            certificate.key_usage = Some(KeyUsage {
                digital_signature: usage.digital_signature(),
                key_encipherment: usage.key_encipherment(),
                key_agreement: usage.key_agreement(),
                certificate_sign: usage.key_cert_sign(),
            });
        }
        EXTENDED_KEY_USAGE => certificate.extended_key_usage = Some(oids(value)?),
        SUBJECT_KEY_ID => {
            let (element, _) = der::first(value)?;
            certificate.subject_key_id = Some(bounded(element.tagged(OCTET_STRING)?));
        }
        AUTHORITY_KEY_ID => {
            let (sequence, _) = der::first(value)?;
            sequence.tagged(SEQUENCE)?;
            certificate.authority_key_id =
                sequence.elements().find(|part| part.tag == 0x80).map(|part| bounded(part.content));
            certificate.authority_key_has_issuer =
                sequence.elements().any(|part| matches!(part.tag, 0xA1 | 0x82));
        }
        AUTHORITY_INFORMATION_ACCESS => certificate.issuer_urls = issuer_urls(value)?,
        TLS_FEATURE => {
            let (sequence, _) = der::first(value)?;
            // status_request is TLS extension 5 (RFC 7633 §4.2.3.1).
            certificate.must_staple =
                Elements(sequence.tagged(SEQUENCE)?).any(|feature| feature.content == [5]);
        }
        EMBEDDED_TIMESTAMPS => certificate.timestamps = Some(sct::extension(value)?),
        NAME_CONSTRAINTS => certificate.name_constraints = Some(NameConstraints::read(value)?),
        CERTIFICATE_POLICIES => certificate.policies.read_own(value)?,
        POLICY_MAPPINGS => certificate.policies.read_mappings(value)?,
        POLICY_CONSTRAINTS => certificate.policies.read_constraints(value)?,
        INHIBIT_ANY_POLICY => certificate.policies.read_inhibit_any(value)?,
        oid if extension.critical && !KNOWN.iter().any(|(known, _)| *known == oid) => {
            certificate.unknown_critical.push(oid.to_owned());
        }
        _ => {}
    }
    Some(())
}

fn alternative_names(names: &mut AlternativeNames, problems: &mut Vec<String>, value: &[u8]) -> Option<()> {
    let (sequence, _) = der::first(value)?;
    sequence.tagged(SEQUENCE)?;
    let mut list = sequence.elements();
    for name in list.by_ref().take(MOST_NAMES) {
        match (name.tag, name.content.len()) {
            (0x82, _) => {
                if let Some(problem) = name_problem(name.content) {
                    problems.push(problem);
                }
                names.dns.push(words::escape_bytes(&name.content.to_ascii_lowercase(), MOST_NAME_BYTES));
            }
            (0x87, 4) => names.addresses.push(IpAddr::from(<[u8; 4]>::try_from(name.content).ok()?)),
            (0x87, 16) => names.addresses.push(IpAddr::from(<[u8; 16]>::try_from(name.content).ok()?)),
            (0x87, length) => {
                problems.push(format!("an IP address among the alternative names has {length} bytes"));
                names.others += 1;
            }
            _ => other_name(names, &name),
        }
    }
    if list.clone().next().is_some() {
        problems.push(format!("there are more than {MOST_NAMES} alternative names; the rest is not read"));
        return Some(());
    }
    list.is_done().then_some(())
}

/// Keeps a name that is neither a DNS name nor an address.
fn other_name(names: &mut AlternativeNames, name: &Element<'_>) {
    names.others += 1;
    match name.tag {
        0x81 => {
            names.mails.push(words::escape_bytes(name.content, MOST_NAME_BYTES));
            return;
        }
        0xA4 if name.content.len() <= MOST_DIRECTORY_BYTES => {
            names.directories.push(name.content.to_vec());
            return;
        }
        0xA0 => names.services.extend(service(name)),
        _ => {}
    }
    if !names.other_kinds.contains(&name.tag) {
        names.other_kinds.push(name.tag);
    }
}

/// Reads an SRVName (RFC 4985 §2).
fn service(name: &Element<'_>) -> Option<String> {
    let mut parts = name.elements();
    let oid = der::dotted(parts.next_if(OBJECT_IDENTIFIER)?.content)?;
    let value = parts.next_if(super::der::CONTEXT_0)?.elements().next()?;
    (oid == SRV_NAME).then(|| words::escape_bytes(&value.content.to_ascii_lowercase(), MOST_NAME_BYTES))
}

fn name_problem(name: &[u8]) -> Option<String> {
    let shown = || words::escape_bytes(name, 80);
    if name.is_empty() {
        return Some("a DNS name among the alternative names is empty".to_owned());
    }
    if name.split(|byte| *byte == b'.').any(<[u8]>::is_empty) {
        return Some(format!("the DNS name {} has an empty label", shown()));
    }
    let odd = |byte: &u8| !byte.is_ascii_alphanumeric() && !b"-_.*".contains(byte);
    if name.iter().any(odd) {
        return Some(format!("the DNS name {} has characters that no host name has", shown()));
    }
    if name.len() > 253 || name.split(|byte| *byte == b'.').any(|label| label.len() > 63) {
        return Some(format!("the DNS name {} is too long", shown()));
    }
    None
}

fn oids(value: &[u8]) -> Option<Vec<String>> {
    let (sequence, _) = der::first(value)?;
    sequence.tagged(SEQUENCE)?;
    // One purpose at least; what there is none of allows nothing all the same.
    sequence.elements().take(MOST_EXTENSIONS).map(|oid| der::dotted(oid.tagged(OBJECT_IDENTIFIER)?)).collect()
}

fn issuer_urls(value: &[u8]) -> Option<Vec<String>> {
    let (sequence, _) = der::first(value)?;
    let mut urls = Vec::new();
    // One description at least.
    der::first(sequence.tagged(SEQUENCE)?)?;
    for description in Elements(sequence.content).take(MOST_EXTENSIONS) {
        let mut parts = description.elements();
        let method = der::dotted(parts.next_if(OBJECT_IDENTIFIER)?.content)?;
        let location = parts.next()?;
        // caIssuers with a uniformResourceIdentifier
        if method == "1.3.6.1.5.5.7.48.2" && location.tag == 0x86 && location.content.len() <= MOST_URL_BYTES
        {
            urls.push(words::escape_bytes(location.content, MOST_URL_BYTES));
        }
    }
    Some(urls)
}

fn bounded(content: &[u8]) -> Vec<u8> {
    content[..content.len().min(MOST_KEY_ID_BYTES)].to_vec()
}

fn word(oid: &str) -> &str {
    KNOWN.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, word)| word)
}

const BOOLEAN: u8 = 0x01;
const MOST_EXTENSIONS: usize = 100;
const MOST_NAMES: usize = 10_000;
const MOST_NAME_BYTES: usize = 300;
const MOST_DIRECTORY_BYTES: usize = 4096;
const MOST_KEY_ID_BYTES: usize = 256;
const MOST_URL_BYTES: usize = 2048;

/// The object identifiers of the two that show it, as they are encoded: signed timestamps and policies.
const SHOW_PUBLIC_ISSUING: [&[u8]; 2] = [&[0x2B, 6, 1, 4, 1, 0xD6, 0x79, 2, 4, 2], &[0x55, 0x1D, 32]];

/// id-on-dnsSRV.
const SRV_NAME: &str = "1.3.6.1.5.5.7.8.7";
const CERTIFICATE_POLICIES: &str = "2.5.29.32";
const NAME_CONSTRAINTS: &str = "2.5.29.30";
const POLICY_MAPPINGS: &str = "2.5.29.33";
const POLICY_CONSTRAINTS: &str = "2.5.29.36";
const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
const SUBJECT_ALTERNATIVE_NAME: &str = "2.5.29.17";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const SUBJECT_KEY_ID: &str = "2.5.29.14";
const AUTHORITY_KEY_ID: &str = "2.5.29.35";
const AUTHORITY_INFORMATION_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
/// id-pe-logotype. No TLS client knows it, so that it is none of those that may be critical.
const LOGOTYPE: &str = "1.3.6.1.5.5.7.1.12";
const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";

/// Extensions that are known, and so may be critical. The precertificate poison is not among them: it is
/// made to be refused.
const KNOWN: &[(&str, &str)] = &[
    (SUBJECT_ALTERNATIVE_NAME, "subjectAltName"),
    (BASIC_CONSTRAINTS, "basicConstraints"),
    (KEY_USAGE, "keyUsage"),
    (EXTENDED_KEY_USAGE, "extKeyUsage"),
    (SUBJECT_KEY_ID, "subjectKeyIdentifier"),
    (AUTHORITY_KEY_ID, "authorityKeyIdentifier"),
    (AUTHORITY_INFORMATION_ACCESS, "authorityInfoAccess"),
    (TLS_FEATURE, "tlsfeature"),
    (EMBEDDED_TIMESTAMPS, "signedCertificateTimestampList"),
    ("2.5.29.18", "issuerAltName"),
    (NAME_CONSTRAINTS, "nameConstraints"),
    ("2.5.29.31", "cRLDistributionPoints"),
    (CERTIFICATE_POLICIES, "certificatePolicies"),
    (POLICY_MAPPINGS, "policyMappings"),
    (POLICY_CONSTRAINTS, "policyConstraints"),
    (INHIBIT_ANY_POLICY, "inhibitAnyPolicy"),
    ("2.5.29.46", "freshestCRL"),
    ("1.3.6.1.5.5.7.1.11", "subjectInfoAccess"),
    ("1.3.6.1.5.5.7.48.1.5", "ocsp-nocheck"),
    ("2.16.840.1.113730.1.1", "netscape-cert-type"),
];
