//! TLSA records that nobody can go by.

use super::dane::{self, Service};
use crate::finding::{Case, ChangeKind, Check, Finding, Located, Rule, Severity, Verdict};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsOutcome, DnsState, DnsType};
use crate::records::tlsa::{self, Tlsa, Useless};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dane-unusable",
    title: "a TLSA record cannot be used",
    severity: Severity::Error,
    what: "A TLSA record is of a kind that senders of mail do not go by (usage 0 or 1), has a field that is not defined, or \
           data of the wrong length; or it is the digest of nothing, which no certificate fits.",
    why: "Such records are skipped. Where no other is left, senders demand TLS and verify nothing, so that the protection that \
          the records promise is not there. The digest of nothing is not skipped: senders look for what fits it in vain, and \
          do not deliver.",
    affected: "Senders that use DANE: they verify nothing, or, with the digest of nothing alone, keep the mail in their queue.",
    fix: "Publish a record with the fields 3 1 1 and the SHA-256 digest of the server's public key.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7672 §2.2", "RFC 7672 §3.1.3", "RFC 7671 §4", "RFC 6698 §2.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Parts(check),
};

fn check(case: &Case<'_>) -> Vec<Located> {
    let services = dane::services(case);
    let mut verdicts: Vec<Located> = Vec::new();
    for answer in case.seen.dns.iter().filter(|answer| answer.kind == DnsType::Tlsa) {
        let Some((host, port)) = tlsa::service(&answer.name) else { continue };
        let service = services.iter().find(|service| *service.host == host && service.port == port);
        verdicts.push((dane::endpoints(&services, &host, port), judge(case, answer, &host, port, service)));
    }
    if verdicts.is_empty() {
        verdicts.push((Vec::new(), Verdict::NotApplicable("no TLSA record was asked for")));
    }
    verdicts
}

fn judge(
    case: &Case<'_>,
    answer: &DnsAnswer,
    host: &Name,
    port: u16,
    service: Option<&Service<'_>>,
) -> Verdict {
    match (&answer.outcome, answer.state) {
        (DnsOutcome::Failed(why), _) => return Verdict::Unknown(format!("{}: {why}", answer.name)),
        (DnsOutcome::NoData | DnsOutcome::NoName, _) => {
            return Verdict::NotApplicable("there are no TLSA records");
        }
        (DnsOutcome::Found { .. }, DnsState::Secure) => {}
        (DnsOutcome::Found { .. }, DnsState::Insecure) => {
            return Verdict::NotApplicable("the TLSA records are not signed");
        }
        (DnsOutcome::Found { .. }, _) => {
            return Verdict::Unknown(format!("{}: DNSSEC does not vouch for the answer", answer.name));
        }
    }
    let records: Vec<Tlsa> = answer.records().iter().filter_map(Tlsa::read).collect();
    let (bad, good): (Vec<&Tlsa>, Vec<&Tlsa>) =
        records.iter().partition(|record| record.useless(port).is_some());
    if bad.is_empty() {
        return Verdict::Pass;
    }
    let blinds = bad.iter().any(|record| record.useless(port) == Some(Useless::OfNothing));
    let reasons: Vec<String> = bad
        .iter()
        .filter_map(|record| Some(format!("{}: {}", record.short(), record.useless(port)?)))
        .collect();
    let (severity, effect, hurts) = match (good.is_empty(), blinds) {
        (false, _) => {
            (Severity::Note, "The other records count.", "nobody, as long as the other records fit")
        }
        (true, true) => (
            Severity::Error,
            "Senders that use DANE look for a certificate that fits it, which there cannot be, and do not deliver.",
            "senders that use DANE (Postfix, Exim, Microsoft 365) keep the mail in their queue",
        ),
        (true, false) => (
            Severity::Warning,
            "No other is left, so that senders demand TLS and verify nothing.",
            "senders that use DANE: they take any certificate",
        ),
    };
    let mut wanted: Vec<Tlsa> = good.into_iter().cloned().collect();
    let mut finding = Finding::new(
        severity,
        answer.name.to_string(),
        format!("TLSA records of {host} cannot be used"),
        format!(
            "Of the TLSA records at {}, these are of no use: {}. {effect}",
            answer.name,
            words::list(&reasons)
        ),
    )
    .hurts(hurts)
    .evidence("name", answer.name.to_string())
    .evidence("records", bad.iter().map(ToString::to_string).collect::<Vec<_>>());
    if let Some(service) = service {
        // A record without a fault may be for the next key, so the keys that are served are pinned beside it.
        wanted.extend(service.shown(case).iter().map(|one| Tlsa::of_key(one.leaf)));
        finding.change = service.change(&wanted);
    }
    Verdict::fail(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Fingerprint;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::observation::{DnsOutcome, DnsState, DnsType};
    use crate::records::tlsa::Tlsa;
    use crate::rules::tests::{dns, tlsa};
    use crate::sample::{self, Sample};

    fn with(records: &[(u8, u8, u8, usize)]) -> Sample {
        let mut sample = sample::exemplary();
        let records: Vec<Tlsa> = records
            .iter()
            .map(|(usage, selector, matching, length)| Tlsa {
                usage: *usage,
                selector: *selector,
                matching: *matching,
                data: vec![7; *length],
            })
            .collect();
        tlsa(&mut sample, &records);
        sample
    }

    fn verdict(sample: &Sample) -> Verdict {
        check(&sample.case()).remove(0).1
    }

    fn found(sample: &Sample) -> Finding {
        match verdict(sample) {
            Verdict::Fail(mut findings) if findings.len() == 1 => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_on_good_records() {
        assert_eq!(verdict(&sample::exemplary()), Verdict::Pass);
        assert_eq!(verdict(&with(&[(2, 0, 1, 32), (3, 1, 2, 64), (3, 0, 0, 9)])), Verdict::Pass);
    }

    #[test]
    fn records_that_are_skipped_leave_nothing_verified() {
        let mut sample = with(&[(1, 1, 1, 32), (3, 1, 1, 31)]);
        let finding = found(&sample);
        assert_eq!((finding.severity, finding.endpoints.len()), (Severity::Warning, 0));
        assert!(
            finding.cause.contains("its usage 1") && finding.cause.contains("31 bytes long"),
            "{}",
            finding.cause
        );
        let key = Tlsa::of_key(sample.leaf());
        assert_eq!(
            finding.change,
            Some(Change::Dns { lines: vec![format!("_25._tcp.mail.example.org. 3600 IN TLSA {key}")] })
        );
        assert_eq!(check(&sample.case()).remove(0).0.len(), 1, "the endpoint is told beside the verdict");
    }

    #[test]
    fn beside_good_ones_it_is_a_note() {
        assert_eq!(found(&with(&[(0, 0, 1, 32), (3, 1, 1, 32)])).severity, Severity::Note);
    }

    #[test]
    fn the_digest_of_nothing_alone_keeps_mail_away() {
        let mut sample = sample::exemplary();
        let nothing = Tlsa { usage: 3, selector: 1, matching: 1, data: Fingerprint::of(b"").0.to_vec() };
        tlsa(&mut sample, std::slice::from_ref(&nothing));
        let finding = found(&sample);
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.cause.contains("the digest of nothing"), "{}", finding.cause);
        let good = Tlsa::of_key(sample.leaf());
        tlsa(&mut sample, &[nothing, good]);
        assert_eq!(found(&sample).severity, Severity::Note);
    }

    #[test]
    fn without_a_look_at_the_server_it_is_told_all_the_same() {
        let mut sample = with(&[(3, 7, 1, 32)]);
        sample.seen.endpoints.clear();
        assert_eq!(found(&sample).change, None);
    }

    #[test]
    fn unknown_where_dns_failed_and_nothing_where_nothing_counts() {
        let mut sample = with(&[(1, 1, 1, 32)]);
        let answer = dns(&mut sample, "_25._tcp.mail.example.org", DnsType::Tlsa);
        answer.state = DnsState::Insecure;
        assert!(matches!(verdict(&sample), Verdict::NotApplicable(_)));
        for (outcome, state) in [
            (None, DnsState::Indeterminate),
            (None, DnsState::Bogus),
            (Some(DnsOutcome::Failed("SERVFAIL".into())), DnsState::Secure),
        ] {
            let mut sample = sample.clone();
            let answer = dns(&mut sample, "_25._tcp.mail.example.org", DnsType::Tlsa);
            answer.state = state;
            answer.outcome = outcome.unwrap_or(answer.outcome.clone());
            assert!(matches!(verdict(&sample), Verdict::Unknown(_)));
        }
        sample.seen.dns.clear();
        assert!(matches!(verdict(&sample), Verdict::NotApplicable(_)));
    }
}
