//! The certificates of a chain that clients verify, and how to speak of each.

use super::presented::{self, Presented};
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::diagnosis::{Fault, FaultKind};

/// Returns the served certificates whose keys and signatures count: the leaf and the intermediates, without
/// a root and without what no path needs.
pub(in crate::rules) fn links<'a>(presented: &Presented<'a>) -> Vec<&'a Certificate> {
    let chain = presented.chain;
    let mut links: Vec<&Certificate> = Vec::new();
    for (index, fingerprint) in chain.served.iter().enumerate() {
        let counts = index == 0
            || (chain.root_included != Some(*fingerprint) && !chain.superfluous.contains(fingerprint));
        let Some(certificate) = presented.case.diagnosis.certificates.get(fingerprint) else { continue };
        let is_root = index > 0 && certificate.subject_der == certificate.issuer_der;
        if counts && !is_root && !links.iter().any(|known| known.fingerprint == *fingerprint) {
            links.push(certificate);
        }
    }
    links
}

/// Returns what is wrong on the best way, each with its certificate; none where there is no way to look at.
pub(in crate::rules) fn faults<'a>(
    presented: &Presented<'a>,
) -> Option<impl Iterator<Item = (&'a FaultKind, &'a Certificate)>> {
    let diagnosis = presented.case.diagnosis;
    let way = presented.chain.best()?;
    let of =
        move |fault: &'a Fault| Some((&fault.kind, diagnosis.certificate(way.certificates.get(fault.at)?)?));
    Some(way.faults.iter().filter_map(of))
}

/// Returns the root at the end of the best way, if it is past its end or before its start.
pub(in crate::rules) fn outdated_root<'a>(presented: &Presented<'a>) -> Option<&'a Certificate> {
    let way = presented.chain.best().filter(|way| way.is_trusted() && way.certificates.len() > 1)?;
    let last = way.certificates.len() - 1;
    let is_outdated =
        |fault: &Fault| fault.at == last && matches!(fault.kind, FaultKind::Expired | FaultKind::NotYetValid);
    way.faults
        .iter()
        .any(is_outdated)
        .then(|| presented.case.diagnosis.certificate(&way.certificates[last]))?
}

/// Writes which certificate of the chain is meant: `the certificate`, or `the intermediate "R13"`.
pub(in crate::rules) fn called(presented: &Presented<'_>, certificate: &Certificate) -> String {
    if certificate.fingerprint == presented.leaf.fingerprint {
        "the certificate".to_owned()
    } else if certificate.subject_der == certificate.issuer_der {
        format!("the root \"{}\"", presented::title(certificate))
    } else {
        format!("the intermediate \"{}\"", presented::title(certificate))
    }
}

/// The same for a fingerprint, whose certificate may not be readable.
pub(in crate::rules) fn called_by(presented: &Presented<'_>, fingerprint: &Fingerprint) -> String {
    match presented.case.diagnosis.certificates.get(fingerprint) {
        Some(certificate) => called(presented, certificate),
        None => {
            let place = presented.chain.served.iter().position(|served| served == fingerprint);
            place.map_or("a certificate".to_owned(), |index| format!("certificate number {}", index + 1))
        }
    }
}

/// Begins a sentence with what [`called`] returned.
pub(in crate::rules) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
