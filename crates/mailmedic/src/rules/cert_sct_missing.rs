//! A public certificate lacks proof that it was published.

use std::collections::BTreeSet;

use super::lifetime::{DAY, Lifetime};
use super::presented::{self, Presented};
use crate::bytes::Fingerprint;
use crate::certificate::logs::{Log, LogList, LogState};
use crate::certificate::sct::{self, Check as Signature};
use crate::certificate::{Certificate, SignedTimestamp};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-sct-missing",
    title: "a public certificate lacks timestamps of enough logs",
    severity: Severity::Error,
    what: "A certificate of a public issuer has to prove by signed timestamps (SCTs) that it stands in public logs: \
           two from different logs if it is made for 180 days or less, three if for longer, and not all from logs \
           of one operator. They stand in the certificate, or come in the handshake or with a stapled OCSP response. \
           Who runs a log, whether it is approved, and whether its signature is right is judged only with \
           --ct-log-list; without it different logs are counted.",
    why: "A certificate that nobody published may be one that its owner does not know of, so clients refuse it. \
          Issuers put the timestamps in by themselves, unless they are told not to.",
    affected: "Apple Mail refuses, and so do apps made for Android 17; mail servers do not look.",
    fix: "Get a new certificate and do not ask the issuer to leave it out of the logs.",
    change: Some(ChangeKind::RenewCertificate),
    references: &[
        "RFC 6962 §3.3",
        "Apple 103214",
        "Android Certificate Transparency policy",
        "Chrome Certificate Transparency policy",
    ],
    since: "0.1",
    consequence_of: &["cert-self-signed", "cert-untrusted", "cert-signature-invalid"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let leaf = presented.leaf;
    if !presented.is_public() {
        return Verdict::NotApplicable("no public issuer made the certificate");
    }
    let (Some(start), Some(lifetime)) = (leaf.not_before, Lifetime::of(leaf, presented.case.now)) else {
        return Verdict::Unknown("the certificate's dates could not be read".to_owned());
    };
    if words::date(start).as_str() < FIRST_DAY {
        return Verdict::NotApplicable("it was issued before timestamps were demanded");
    }
    if leaf.timestamps.is_none() && !leaf.problems.is_empty() {
        return Verdict::Unknown("the extensions of the certificate could not all be read".to_owned());
    }
    let wanted = if lifetime.whole <= SHORT * DAY { 2 } else { 3 };
    let embedded: Vec<Weighed<'_>> = leaf
        .timestamps
        .iter()
        .flatten()
        .map(|timestamp| weigh(presented, timestamp, &|log| embedded_signature(presented, timestamp, log)))
        .collect();
    let came = beside(presented);
    let came: Vec<Weighed<'_>> = came
        .iter()
        .map(|timestamp| weigh(presented, timestamp, &|log| sct::check_beside(leaf, timestamp, &log.key)))
        .collect();
    if is_enough(&embedded, wanted, false) || is_enough(&came, 2, false) {
        return Verdict::Pass;
    }
    if is_enough(&embedded, wanted, true) || is_enough(&came, 2, true) {
        return Verdict::Unknown(
            "the given list does not know all logs that signed timestamps, or a signature cannot be checked"
                .to_owned(),
        );
    }
    if !was_asked(presented) {
        return Verdict::Unknown("whether timestamps come in the handshake was not asked".to_owned());
    }
    presented.by_role(tell(presented, &embedded, &came, wanted), Severity::Note, Severity::Error)
}

/// How a timestamp counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Counts,
    /// It may count or not: its log is not in the list, or the signature cannot be checked.
    Open,
    Nothing,
}

/// A timestamp with what is known of its log.
struct Weighed<'a> {
    log: Fingerprint,
    weight: Weight,
    /// Who ran the log; none if no list tells.
    operator: Option<&'a str>,
    /// Whether the log is approved now, and whether it is one of RFC 6962; both true if no list tells.
    approved: bool,
    is_rfc6962: bool,
}

fn weigh<'a>(
    presented: &Presented<'a>,
    timestamp: &SignedTimestamp,
    signature: &dyn Fn(&Log) -> Signature,
) -> Weighed<'a> {
    let list: Option<&'a LogList> = presented.case.known.lists.logs.as_deref();
    let blank = Weighed {
        log: timestamp.log,
        weight: Weight::Counts,
        operator: None,
        approved: true,
        is_rfc6962: true,
    };
    let Some(list) = list else { return blank };
    let Some(log) = list.find(&timestamp.log) else { return Weighed { weight: Weight::Open, ..blank } };
    let weight = match signature(log) {
        _ if !log.counted_at(timestamp.at_ms) => Weight::Nothing,
        Signature::Verified => Weight::Counts,
        Signature::Unchecked => Weight::Open,
        Signature::Wrong => Weight::Nothing,
    };
    Weighed {
        weight,
        operator: Some(log.operator_at(timestamp.at_ms)),
        approved: log.state == LogState::Approved,
        is_rfc6962: log.is_rfc6962,
        ..blank
    }
}

/// Tells whether timestamps are enough: of so many different logs, with one of an approved log and one of a log of RFC
/// 6962, and of one operator at most one if two are wanted, else two (Apple 103214). `hopeful` counts those that are open.
fn is_enough(timestamps: &[Weighed<'_>], wanted: usize, hopeful: bool) -> bool {
    let counts = |one: &&Weighed<'_>| one.weight == Weight::Counts || (hopeful && one.weight == Weight::Open);
    let mut logs: BTreeSet<Fingerprint> = BTreeSet::new();
    let mut operators: Vec<&str> = Vec::new();
    let (mut number, mut approved, mut is_rfc6962) = (0, false, false);
    for one in timestamps.iter().filter(counts) {
        if !logs.insert(one.log) {
            continue;
        }
        approved |= one.approved;
        is_rfc6962 |= one.is_rfc6962;
        if let Some(operator) = one.operator {
            let before = operators.iter().filter(|known| **known == operator).count();
            operators.push(operator);
            if before >= wanted - 1 {
                continue;
            }
        }
        number += 1;
    }
    number >= wanted && approved && is_rfc6962
}

/// Checks a timestamp in the certificate with the key of whoever may be the issuer; that it is wrong is sure only if
/// that is the issuer.
fn embedded_signature(presented: &Presented<'_>, timestamp: &SignedTimestamp, log: &Log) -> Signature {
    let leaf = presented.leaf;
    let mut outcome = Signature::Unchecked;
    for (issuer, is_sure) in issuers(presented, leaf).take(MOST_ISSUERS) {
        match sct::check_embedded(leaf, &issuer.spki_der, timestamp, &log.key) {
            Signature::Verified => return Signature::Verified,
            Signature::Wrong if is_sure => outcome = Signature::Wrong,
            Signature::Wrong | Signature::Unchecked => {}
        }
    }
    outcome
}

/// Returns the certificates that may be the issuer's by name, and whether they surely are.
fn issuers<'a>(
    presented: &Presented<'a>,
    leaf: &'a Certificate,
) -> impl Iterator<Item = (&'a Certificate, bool)> {
    let chain: &'a ServedChain = presented.chain;
    let above = chain.complete.as_ref().and_then(|complete| complete.get(1));
    let all = presented.case.diagnosis.certificates.values();
    let named = all.filter(|one| one.subject_der == leaf.issuer_der && one.fingerprint != leaf.fingerprint);
    named.map(move |one| {
        let same_key = one.subject_key_id.is_some() && one.subject_key_id == leaf.authority_key_id;
        (one, same_key || above == Some(&one.fingerprint))
    })
}

/// Returns the timestamps that came in the handshake or with a stapled OCSP response.
fn beside(presented: &Presented<'_>) -> Vec<SignedTimestamp> {
    let mut found: Vec<SignedTimestamp> = Vec::new();
    for seen in &presented.at {
        for served in
            seen.served().filter(|served| served.certificates.first() == Some(&presented.leaf.fingerprint))
        {
            let handshake = served.tls.timestamps.iter().flatten().filter_map(|bytes| sct::single(&bytes.0));
            let stapled = served.tls.staple.iter().flat_map(|staple| sct::stapled(&staple.0));
            for timestamp in handshake.chain(stapled) {
                if !found.contains(&timestamp) && found.len() < MOST_BESIDE {
                    found.push(timestamp);
                }
            }
        }
    }
    found
}

/// Tells whether a handshake asked for timestamps where the leaf is presented.
fn was_asked(presented: &Presented<'_>) -> bool {
    presented.at.iter().any(|seen| {
        let mut served =
            seen.served().filter(|one| one.certificates.first() == Some(&presented.leaf.fingerprint));
        served.any(|one| one.tls.timestamps.is_some())
    })
}

fn tell(presented: &Presented<'_>, embedded: &[Weighed<'_>], came: &[Weighed<'_>], wanted: usize) -> Finding {
    let all = || embedded.iter().chain(came);
    let ids = |weight: Option<Weight>| {
        let chosen = all().filter(|one| weight.is_none_or(|weight| one.weight == weight));
        chosen.map(|one| one.log.to_string()).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    let (logs, void) = (ids(None), ids(Some(Weight::Nothing)));
    let have = match logs.len() {
        0 => "no signed timestamp of a log".to_owned(),
        1 => "the signed timestamps of one log only".to_owned(),
        number => format!("the signed timestamps of {number} logs"),
    };
    let number = if wanted == 2 { "two" } else { "three" };
    let mut cause = format!(
        "A public issuer made the certificate, and it comes with {have}; for its lifetime those of {number} are wanted."
    );
    if !void.is_empty() {
        let verb = if void.len() == 1 { "does not count" } else { "do not count" };
        cause.push_str(&format!(
            " {} {verb}: the log is not approved, or its signature is not over this certificate.",
            words::count(void.len() as u64, "log")
        ));
    }
    let mut operators: Vec<String> = all().filter_map(|one| one.operator).map(presented::text).collect();
    operators.sort();
    operators.dedup();
    if logs.len() >= wanted && void.is_empty() && !operators.is_empty() {
        cause.push_str(&format!(
            " They are run by {}: that is not enough different operators, or no log is of an accepted kind.",
            words::list(&operators)
        ));
    }
    presented
        .finding("a public certificate lacks timestamps of enough logs", cause)
        .hurts("Apple Mail and apps for Android 17 refuse; mail servers do not look")
        .evidence("logs", logs)
        .evidence("wanted", wanted)
        .evidence("operators", operators)
        .change(presented.renewal())
}

/// Apple demands timestamps of what is issued after 2018-10-15.
const FIRST_DAY: &str = "2018-10-15";
/// Up to so many days two timestamps are enough.
const SHORT: i64 = 180;
/// So many issuers of one name are tried.
const MOST_ISSUERS: usize = 8;
/// So many timestamps that came beside the certificate are looked at.
const MOST_BESIDE: usize = 16;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::check;
    use crate::bytes::Bytes;
    use crate::certificate::Certificate;
    use crate::certificate::logs::tests::list;
    use crate::certificate::sct::tests::{Log, logged};
    use crate::diagnosis::TrustState;
    use crate::finding::{Finding, Severity, Verdict};
    use crate::observation::Ask;
    use crate::sample::{self, Sample};

    fn asked(mut sample: Sample) -> Sample {
        for seen in &mut sample.seen.endpoints {
            let sessions = seen.sessions.iter_mut().filter(|session| session.ask == Ask::Version(0x0303));
            sessions
                .filter_map(|session| session.tls.as_mut())
                .for_each(|tls| tls.timestamps = Some(Vec::new()));
        }
        sample
    }

    fn with(logs: &[u8]) -> Sample {
        let mut sample = asked(sample::healthy());
        sample.leaf().timestamps = Some(logs.iter().map(|log| sample::timestamp(*log)).collect());
        sample
    }

    fn found(sample: &Sample) -> Vec<Finding> {
        match sample.chains(check).remove(0) {
            Verdict::Fail(findings) => findings,
            other => panic!("{other:?}"),
        }
    }

    /// A sample whose leaf and intermediate are real, with logs that are in a list.
    fn listed(logs: &[(&str, &Log, &str)], days: i64, in_list: usize) -> Sample {
        let (leaf, issuer) = logged(&logs.iter().map(|(_, log, _)| *log).collect::<Vec<_>>(), days);
        let mut sample = asked(sample::healthy());
        serve(&mut sample, leaf, issuer);
        let keys: Vec<Vec<u8>> = logs.iter().map(|(_, log, _)| log.spki()).collect();
        let entries: Vec<(&str, &[u8], &str)> = logs
            .iter()
            .zip(&keys)
            .map(|((operator, _, state), key)| (*operator, key.as_slice(), *state))
            .take(in_list)
            .collect();
        sample.known.lists.logs = Some(Arc::new(list(&entries)));
        sample
    }

    fn serve(sample: &mut Sample, leaf: Certificate, issuer: Certificate) {
        let served = vec![leaf.fingerprint, issuer.fingerprint];
        sample.diagnosis.chains[0].served.clone_from(&served);
        sample.diagnosis.chains[0].complete = Some(served.clone());
        for seen in &mut sample.seen.endpoints {
            for tls in seen.sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
                if !tls.certificates.is_empty() {
                    tls.certificates.clone_from(&served);
                }
            }
        }
        sample.diagnosis.certificates =
            [leaf, issuer].into_iter().map(|one| (one.fingerprint, one)).collect();
    }

    #[test]
    fn two_logs_are_enough_for_180_days_and_three_beyond() {
        assert_eq!(with(&[1, 2]).chains(check), [Verdict::Pass]);
        let findings = found(&with(&[1]));
        assert_eq!((findings[0].severity, findings[3].severity), (Severity::Note, Severity::Error));
        assert!(findings[0].cause.contains("of one log only"), "{}", findings[0].cause);
        assert!(found(&with(&[1, 1]))[0].cause.contains("of one log only"));
        for (days, more, enough) in [(180, 0, true), (180, 1, false)] {
            let mut sample = with(&[1, 2]);
            let start = sample.leaf().not_before.unwrap();
            let seconds = jiff::SignedDuration::from_secs(days * 86_400 - 1 + more);
            sample.leaf().not_after = Some(start + seconds);
            assert_eq!(sample.chains(check) == [Verdict::Pass], enough);
            sample.leaf().timestamps.as_mut().unwrap().push(sample::timestamp(3));
            assert_eq!(sample.chains(check), [Verdict::Pass]);
        }
    }

    #[test]
    fn none_at_all_is_a_fault_of_public_certificates_only() {
        let mut sample = with(&[]);
        assert!(found(&sample)[0].cause.contains("with no signed timestamp"));
        sample.leaf().timestamps = None;
        assert_eq!(found(&sample)[0].evidence["wanted"], 2);
        sample.leaf().not_before = Some("2018-10-14T23:59:59Z".parse().unwrap());
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
        for trust in [
            TrustState::Trusted { root: "CN=Own".into(), store: "--ca-file".into() },
            TrustState::SelfSigned,
            TrustState::UntrustedRoot { root: "CN=Own".into(), served: false },
        ] {
            let mut sample = with(&[]);
            sample.diagnosis.chains[0].trust = trust;
            sample.lead_to(&[]);
            assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
        }
    }

    #[test]
    fn unknown_where_the_handshake_was_not_asked_and_where_the_extension_cannot_be_read() {
        let mut sample = sample::healthy();
        sample.leaf().timestamps = None;
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
        let mut sample = with(&[]);
        sample.leaf().timestamps = None;
        sample.leaf().problems = vec!["the extension signedCertificateTimestampList cannot be read".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }

    #[test]
    fn timestamps_of_the_handshake_count() {
        let (one, two) = (Log::new(), Log::new());
        let mut sample = with(&[]);
        let der = sample.leaf().der.clone();
        let mut bring = |timestamps: Vec<Bytes>| {
            for tls in sample.port(993).sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
                tls.timestamps = Some(timestamps.clone());
            }
            sample.chains(check).remove(0)
        };
        let [one, two] = [one, two].map(|log| Bytes(log.beside(&der)));
        assert_eq!(bring(vec![one.clone(), two]), Verdict::Pass);
        assert!(matches!(bring(vec![one, Bytes(b"x".to_vec())]), Verdict::Fail(_)));
    }

    #[test]
    fn with_a_list_logs_operators_and_signatures_count() {
        let logs = [Log::new(), Log::new(), Log::new()];
        let good = [("A", &logs[0], "usable"), ("B", &logs[1], "usable")];
        assert_eq!(listed(&good, 90, 2).chains(check), [Verdict::Pass]);
        // A log that the list does not know may be good.
        assert!(matches!(listed(&good, 90, 1).chains(check)[..], [Verdict::Unknown(_)]));
        for bad in [
            [("A", &logs[0], "usable"), ("A", &logs[1], "usable")],
            [("A", &logs[0], "usable"), ("B", &logs[1], "rejected")],
            // The timestamps are younger than that.
            [("A", &logs[0], "usable"), ("B", &logs[1], "retired")],
        ] {
            found(&listed(&bad, 90, 2));
        }
        let three = [("A", &logs[0], "usable"), ("A", &logs[1], "readonly"), ("B", &logs[2], "qualified")];
        assert_eq!(listed(&three, 181, 3).chains(check), [Verdict::Pass]);
        let alike = three.map(|(_, log, state)| ("A", log, state));
        assert!(found(&listed(&alike, 181, 3))[0].cause.contains("run by A"));
        let mut forged = listed(&good, 90, 2);
        forged.leaf().timestamps.as_mut().unwrap()[0].at_ms += 1;
        assert!(found(&forged)[0].cause.contains("1 log does not count"), "{}", found(&forged)[0].cause);
        // A namesake of the issuer proves nothing.
        forged.diagnosis.chains[0].complete = None;
        assert!(matches!(forged.chains(check)[..], [Verdict::Unknown(_)]));
        // Without the issuer nothing can be checked.
        let mut lone = listed(&good, 90, 2);
        let leaf = lone.leaf().clone();
        lone.diagnosis.certificates.retain(|fingerprint, _| *fingerprint == leaf.fingerprint);
        assert!(matches!(lone.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
