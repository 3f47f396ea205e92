//! What is wrong with the certificates of a way, each by its place.

use std::collections::HashMap;

use jiff::Timestamp;

use super::graph::{Graph, is_own_issuer};
use super::policy;
use super::search::{End, Path};
use crate::certificate::{Breach, Certificate, Held, PublicKey};
use crate::diagnosis::{Fault, FaultKind};

/// Judges the ways of one chain; what two of them share is looked at once.
#[derive(Debug)]
pub(super) struct Faults<'g, 'a> {
    graph: &'g Graph<'a>,
    now: Option<Timestamp>,
    /// What came of holding the names of one certificate against the constraints of another.
    held: HashMap<(usize, usize), Held>,
    comparisons: usize,
}

impl<'g, 'a> Faults<'g, 'a> {
    /// Begins; without `now`, dates do not count.
    pub(super) fn new(graph: &'g Graph<'a>, now: Option<Timestamp>) -> Self {
        Self { graph, now, held: HashMap::new(), comparisons: MOST_COMPARISONS }
    }

    /// Returns all that is wrong on a way, in the order of its certificates.
    pub(super) fn of(&mut self, path: &Path) -> Vec<Fault> {
        let certificates: Vec<&Certificate> =
            path.nodes.iter().map(|number| self.graph.certificate(*number)).collect();
        let ends_at_root = path.end != End::Open;
        let mut faults = Vec::new();
        let mut below: u32 = 0;
        for (at, certificate) in certificates.iter().enumerate() {
            let mut add = |kind| faults.push(Fault { at, kind });
            dates(certificate, self.now, &mut add);
            if path.unchecked.contains(&at) {
                add(FaultKind::SignatureUnchecked);
            }
            // A root's own signature proves nothing, so nobody looks at it.
            if !(ends_at_root && at > 0 && at + 1 == certificates.len()) {
                weak_hash(certificate, &mut add);
            }
            weak_key(certificate, &mut add);
            if at == 0 {
                as_leaf(certificate, &mut add);
            } else {
                as_issuer(certificate, &mut add);
                if let Some(most) = certificate.path_length.filter(|most| *most < below) {
                    add(FaultKind::PathTooLong { most, below });
                }
                below += u32::from(!is_own_issuer(certificate));
                self.constraints(path, at, &mut faults);
            }
            form(certificate, &mut |kind| faults.push(Fault { at, kind }));
            let is_last = at + 1 == certificates.len();
            for breach in certificate.breaches.iter().filter(|breach| counts(**breach, at, is_last, path.end))
            {
                faults.push(Fault { at, kind: FaultKind::Nonconforming(*breach) });
            }
        }
        let anchored = usize::from(path.is_anchored() && certificates.len() > 1);
        if policy::is_missing(&certificates[..certificates.len() - anchored]) {
            faults.push(Fault { at: 0, kind: FaultKind::PolicyMissing });
            faults.sort_by_key(|fault| fault.at);
        }
        faults
    }

    /// Holds all names below a CA against its constraints (RFC 5280 §6.1.3).
    fn constraints(&mut self, path: &Path, at: usize, faults: &mut Vec<Fault>) {
        let ca = path.nodes[at];
        let Some(constraints) = &self.graph.certificate(ca).name_constraints else { return };
        for (of, number) in path.nodes[..at].iter().enumerate() {
            let certificate = self.graph.certificate(*number);
            if of > 0 && is_own_issuer(certificate) {
                continue;
            }
            let comparisons = &mut self.comparisons;
            let held =
                self.held.entry((ca, *number)).or_insert_with(|| constraints.hold(certificate, comparisons));
            match held {
                Held::Within => {}
                Held::Outside(name) => {
                    let kind = FaultKind::NameConstraint { of, name: name.clone() };
                    faults.push(Fault { at, kind });
                }
                Held::Untellable => {
                    faults.push(Fault { at, kind: FaultKind::NameConstraintUnreadable });
                    return;
                }
            }
        }
    }
}

/// Returns whether a possible issuer shows by itself that clients would not go over it.
pub(super) fn is_doubtful(certificate: &Certificate, now: Option<Timestamp>) -> bool {
    let mut found = false;
    let mut add = |kind: FaultKind| found |= !matches!(kind, FaultKind::KeyKind(_));
    dates(certificate, now, &mut add);
    weak_hash(certificate, &mut add);
    weak_key(certificate, &mut add);
    as_issuer(certificate, &mut add);
    found || !certificate.unknown_critical.is_empty()
}

fn dates(certificate: &Certificate, now: Option<Timestamp>, add: &mut impl FnMut(FaultKind)) {
    let Some(now) = now else { return };
    // The last second belongs to the validity as a whole (RFC 5280 §4.1.2.5).
    let second = |time: Timestamp| time.as_second();
    if certificate.not_after.is_some_and(|end| second(end) < second(now)) {
        add(FaultKind::Expired);
    }
    if certificate.not_before.is_some_and(|start| now < start) {
        add(FaultKind::NotYetValid);
    }
}

fn weak_hash(certificate: &Certificate, add: &mut impl FnMut(FaultKind)) {
    if let Some(hash) = certificate.signature.hash.as_deref().filter(|hash| BROKEN_HASHES.contains(hash)) {
        add(FaultKind::SignatureHash(hash.to_owned()));
    }
}

fn weak_key(certificate: &Certificate, add: &mut impl FnMut(FaultKind)) {
    match &certificate.key {
        PublicKey::Rsa { bits } if *bits < LEAST_RSA_BITS => add(FaultKind::KeySmall(*bits)),
        PublicKey::Ec { curve, .. } if curve == "explicit parameters" => add(FaultKind::KeyExplicitCurve),
        PublicKey::Ec { curve, .. } if !USUAL_CURVES.contains(&curve.as_str()) => {
            add(FaultKind::KeyCurve(curve.clone()));
        }
        PublicKey::Other(name) => add(FaultKind::KeyKind(name.clone())),
        PublicKey::Unreadable => add(FaultKind::KeyUnreadable),
        PublicKey::Rsa { .. } | PublicKey::Ec { .. } => {}
    }
}

fn as_leaf(certificate: &Certificate, add: &mut impl FnMut(FaultKind)) {
    if certificate.version < 3 {
        add(FaultKind::OldVersion);
    }
    match certificate.extended_key_usage.as_deref() {
        None => add(FaultKind::UsageMissing),
        Some(usages) if has(usages, SERVER_AUTH) => {}
        Some(usages) if has(usages, ANY_USAGE) => add(FaultKind::UsageAnyOnly),
        Some(_) => add(FaultKind::UsageWrong),
    }
    if certificate.key_usage.is_some_and(|usage| !usage.digital_signature) {
        add(FaultKind::KeyUsageUnfit);
    }
    if certificate.is_ca == Some(true) {
        add(FaultKind::LeafIsCa);
    }
}

fn as_issuer(certificate: &Certificate, add: &mut impl FnMut(FaultKind)) {
    if certificate.version < 3 {
        add(FaultKind::OldVersion);
    } else if certificate.is_ca != Some(true) {
        add(FaultKind::NotCa);
    }
    if certificate.key_usage.is_some_and(|usage| !usage.certificate_sign) {
        add(FaultKind::MayNotSign);
    }
    let usages = certificate.extended_key_usage.as_deref();
    if usages.is_some_and(|usages| !has(usages, SERVER_AUTH) && !has(usages, ANY_USAGE)) {
        add(FaultKind::UsageWrong);
    }
}

fn form(certificate: &Certificate, add: &mut impl FnMut(FaultKind)) {
    for oid in &certificate.unknown_critical {
        add(FaultKind::CriticalUnknown(oid.clone()));
    }
    for problem in &certificate.problems {
        add(FaultKind::Malformed(problem.clone()));
    }
}

/// Returns whether a breach of form counts at a place: who issued a trusted root, and under which number, is no
/// matter, and what is said of roots concerns ends alone.
fn counts(breach: Breach, at: usize, is_last: bool, end: End) -> bool {
    match breach {
        Breach::AuthorityKeyMissing | Breach::SerialZero => {
            !(is_last && matches!(end, End::Anchor | End::Listed))
        }
        // Of a certificate that issues it is told that it is no CA.
        Breach::SignsWithoutCa | Breach::PathLengthWithoutCa | Breach::NameConstraintsWithoutCa => at == 0,
        Breach::RootAuthorityKeyEmpty
        | Breach::RootAuthorityKeyNamesIssuer
        | Breach::RootKeysDiffer
        | Breach::RootUsage => is_last,
        _ => true,
    }
}

fn has(usages: &[String], oid: &str) -> bool {
    usages.iter().any(|usage| usage == oid)
}

/// serverAuth and anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE: &str = "2.5.29.37.0";
/// Hashes for which collisions can be made, or can soon be.
const BROKEN_HASHES: [&str; 4] = ["md2", "md4", "md5", "sha1"];
const LEAST_RSA_BITS: u32 = 2048;
const USUAL_CURVES: [&str; 3] = ["secp256r1", "secp384r1", "secp521r1"];
/// Names times constraints on all ways of a chain.
const MOST_COMPARISONS: usize = 500_000;
