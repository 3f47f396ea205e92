//! A newer certificate exists and is not the one served.

use super::faces;
use super::lifetime::DAY;
use super::presented::describe;
use super::weigh;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-inactive",
    title: "a newer certificate exists and is not the one served",
    severity: Severity::Error,
    what: "Another port or server of the same examination presents a newer certificate for the same name; here \
           the old one is still in use.",
    why: "It was renewed, but this server has not loaded it: most mail servers read certificates only when they \
          are started or told to reload. When the old one ends, mail stops although \"the renewal works\".",
    affected: "nobody until the old certificate ends; then all mail clients and the senders that verify",
    fix: "Reload the server, and make the renewal do so by itself (a deploy hook).",
    change: Some(ChangeKind::Reload),
    references: &["RFC 5280 §4.1.2.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let Some(index) = faces::index_of(case, seen) else {
        return Verdict::Unknown("the endpoint is not part of the examination".to_owned());
    };
    if faces::faces(case, index).is_empty() {
        return Verdict::Unknown("no certificate was seen".to_owned());
    }
    let others = (0..case.seen.endpoints.len()).filter(|other| *other != index);
    if !others.into_iter().any(|other| !faces::faces(case, other).is_empty()) {
        return Verdict::NotApplicable("there is no other endpoint to compare with");
    }
    let Some(newer) = faces::newer(case, index) else { return Verdict::Pass };
    let (Some(end), Some(good_until)) = (newer.served.not_after, newer.newer.not_after) else {
        return Verdict::Unknown("the certificates' dates could not be read".to_owned());
    };
    let left = end.duration_since(case.now).as_secs();
    let served = if left < 0 {
        format!(
            "The certificate served here ended on {}, {} ago.",
            words::time(end),
            words::span(end, case.now)
        )
    } else {
        format!(
            "The certificate served here ends on {}, in {}.",
            words::time(end),
            words::span(case.now, end)
        )
    };
    let at = newer.at.endpoint.label();
    let cause = format!(
        "{served} A newer one for the same name, good until {}, is served on {at}: it was renewed, and this server \
         has not been told.",
        words::date(good_until)
    );
    let title = if left < 0 {
        "an expired certificate is served although it was renewed"
    } else {
        "an old certificate is served although it was renewed"
    };
    let key = format!("{} {}", newer.served.fingerprint, newer.newer.fingerprint);
    let finding = describe(Finding::new(Severity::Warning, key, title, cause), newer.served)
        .evidence("days_left", left.div_euclid(DAY))
        .evidence("newer_sha256", newer.newer.fingerprint.to_string())
        .evidence("newer_not_after", good_until.to_string())
        .evidence("newer_at", at)
        .change(Change::Reload);
    if left < 0 {
        return weigh::identity_fault(case, &[seen], finding);
    }
    Verdict::fail(finding.hurts("nobody until the old one ends").at(seen.id()))
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::certificate::PublicKey;
    use crate::endpoint::Place;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::sample::{self, Sample};

    /// Port 993 serves the old certificate, which ends so many seconds from now; the others a new one.
    fn stale(left: i64) -> Sample {
        let mut sample = sample::healthy();
        let mut old = sample::certificate("mail.example.org", "R98", 0);
        old.not_after = Some(sample::now() + Span::new().seconds(left));
        old.not_before = old.not_after.map(|end| end - Span::new().hours(90 * 24));
        sample.serve_instead(993, old);
        sample
    }

    fn at(sample: &Sample, port: u16) -> Verdict {
        let case = sample.case();
        let seen = case.seen.endpoints.iter().find(|seen| seen.endpoint.port == port).unwrap();
        check(&case, seen)
    }

    fn found(sample: &Sample) -> Finding {
        match at(sample, 993) {
            Verdict::Fail(mut findings) => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_old_certificate_beside_a_new_one_is_a_missed_reload() {
        let finding = found(&stale(-3 * 86_400));
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(finding.change, Some(Change::Reload));
        assert_eq!(
            finding.cause,
            "The certificate served here ended on 2026-11-18 12:00 UTC, 3 days ago. A newer one for the same name, \
             good until 2027-02-09, is served on mail.example.org:25: it was renewed, and this server has not \
             been told."
        );
        assert_eq!(at(&stale(-3 * 86_400), 25), Verdict::Pass);
    }

    #[test]
    fn the_end_decides_between_warning_and_error() {
        assert_eq!(found(&stale(0)).severity, Severity::Warning);
        assert_eq!(found(&stale(-1)).severity, Severity::Error);
    }

    #[test]
    fn machines_that_renew_each_for_itself_are_well() {
        let elsewhere = |left: i64| {
            let mut sample = stale(left);
            sample.port(993).endpoint.place = Place::Tcp("192.0.2.9:993".parse().unwrap());
            at(&sample, 993)
        };
        assert_eq!(elsewhere(40 * 86_400), Verdict::Pass);
        assert!(matches!(elsewhere(29 * 86_400), Verdict::Fail(_)));
    }

    #[test]
    fn other_names_and_untrusted_newcomers_do_not_count() {
        let mut sample = stale(86_400);
        sample.leaf().names.as_mut().unwrap().dns = vec!["other.example.org".into()];
        assert_eq!(at(&sample, 993), Verdict::Pass);
        let mut sample = stale(86_400);
        sample.diagnosis.chains[0].trust = crate::diagnosis::TrustState::SelfSigned;
        assert_eq!(at(&sample, 993), Verdict::Pass);
    }

    #[test]
    fn two_kinds_of_keys_are_two_certificates() {
        let mut sample = stale(20 * 86_400);
        // Port 993 presents the new RSA certificate too: the old one is of another kind.
        let curve = PublicKey::Ec { curve: "secp256r1".into(), bits: 256 };
        let old = sample.diagnosis.chains[1].leaf();
        sample.diagnosis.certificates.get_mut(&old).unwrap().key = curve;
        let sighting = sample.diagnosis.chains[1].sightings[0].clone();
        sample.diagnosis.chains[0].sightings.push(sighting);
        assert_eq!(at(&sample, 993), Verdict::Pass);
    }

    #[test]
    fn unknown_without_a_certificate_and_nothing_to_say_alone() {
        let mut sample = sample::healthy();
        sample.diagnosis.chains.clear();
        assert!(matches!(at(&sample, 993), Verdict::Unknown(_)));
        assert!(matches!(at(&sample::healthy().only(993), 993), Verdict::NotApplicable(_)));
    }
}
