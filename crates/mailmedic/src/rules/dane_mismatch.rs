//! The TLSA records do not fit a certificate that is served.

use super::dane::{self, Service, Shown};
use crate::finding::{Case, ChangeKind, Check, Finding, Located, Rule, Severity, Verdict};
use crate::records::tlsa::{self, Published, Tlsa, Useless};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dane-mismatch",
    title: "no TLSA record fits the certificate",
    severity: Severity::Error,
    what: "The TLSA records of a service, signed by DNSSEC, say which keys or certificates it has, and none of them fits one \
           that it shows: at some address, or with one of its kinds of key.",
    why: "Senders that use DANE take the records at their word and do not deliver to a server that shows something else. It \
          mostly happens when a certificate is renewed with a new key and the records stay, or when they pin an intermediate \
          of a CA that issues from others by now, as Let's Encrypt does every few years.",
    affected: "Senders that use DANE, such as Postfix at level dane and Microsoft 365: the mail waits in their queue and comes \
               back after days. Others notice nothing.",
    fix: "Publish a TLSA record for the key that is served, at once; at the next change of the key, publish the record of the \
          new one twice the time to live before it is used.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7672 §3.1", "RFC 7671 §8.1", "RFC 6698 §2.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Parts(check),
};

fn check(case: &Case<'_>) -> Vec<Located> {
    dane::each(case, |service, published| judge(case, service, published))
}

fn judge(case: &Case<'_>, service: &Service<'_>, published: &Published) -> Verdict {
    let port = service.rules_of();
    let usable: Vec<&Tlsa> = published.records.iter().filter(|record| record.is_usable(port)).collect();
    if usable.iter().all(|record| record.useless(port) == Some(Useless::OfNothing)) {
        return Verdict::NotApplicable("the TLSA records are of no use: dane-unusable tells why");
    }
    let shown = service.shown(case);
    if shown.is_empty() {
        return match service.at.iter().any(|(_, seen)| seen.speaks().is_some()) {
            true => Verdict::Unknown("no certificate was seen to hold the TLSA records against".to_owned()),
            false => Verdict::NotApplicable("no TLS was seen"),
        };
    }
    let fits = |record: &Tlsa, one: &Shown<'_>| dane::fits(case, record, one);
    let (good, bad): (Vec<Shown<'_>>, Vec<Shown<'_>>) =
        shown.iter().partition(|one| usable.iter().any(|record| fits(record, one)));
    if bad.is_empty() {
        return Verdict::Pass;
    }
    let meanings: Vec<String> = usable
        .iter()
        .map(|record| {
            let fitting: Vec<Shown<'_>> = good.iter().filter(|one| fits(record, one)).copied().collect();
            match fitting.as_slice() {
                [] => {
                    // The CA is named where a pin of it is known: mostly it went out of use.
                    let whose = tlsa::pinned(record).map_or(String::new(), |whose| format!(" ({whose})"));
                    format!("{} fits nothing that is served{whose}", record.short())
                }
                [one, ..] if fitting.iter().all(|other| other.leaf.fingerprint == one.leaf.fingerprint) => {
                    format!("{} fits {}", record.short(), dane::called(one.leaf))
                }
                _ => format!("{} fits others", record.short()),
            }
        })
        .collect();
    let is_led_unsigned = tlsa::is_led_unsigned(&case.seen.dns, service.host);
    let (severity, effect, hurts) = match (service.is_of_senders(), is_led_unsigned) {
        (true, false) => (
            Severity::Error,
            "Senders that use DANE do not deliver there.",
            "senders that use DANE (Postfix, Exim, Microsoft 365) keep the mail in their queue",
        ),
        (true, true) => (
            Severity::Error,
            "The MX records that lead there are not signed, so that senders need not heed it; Postfix does all the same, and \
             does not deliver there.",
            "senders that heed TLSA records also behind unsigned MX records, as Postfix does at level dane",
        ),
        (false, _) => (
            Severity::Warning,
            "The few mail programs that look for TLSA records do not connect.",
            "mail programs that use DANE, which are few",
        ),
    };
    let mut kept: Vec<Tlsa> = usable
        .iter()
        .filter(|record| good.iter().any(|one| fits(record, one)))
        .map(|record| (*record).clone())
        .collect();
    kept.extend(bad.iter().map(|one| Tlsa::of_key(one.leaf)));
    let mut finding = Finding::new(
        severity,
        published.name.to_string(),
        format!("no TLSA record of {} fits its certificate", service.host),
        format!(
            "{} has {} at {}, and none fits {}. {}. {effect} Whoever renews with a new key must publish the record of that \
             key first.",
            service.host,
            words::count(published.records.len() as u64, "TLSA record"),
            published.name,
            dane::name(&bad),
            super::path::capital(&words::list(&meanings)),
        ),
    )
    .hurts(hurts)
    .evidence("name", published.name.to_string())
    .evidence("records", published.records.iter().map(ToString::to_string).collect::<Vec<_>>())
    .evidence("unmatched", bad.iter().map(|one| one.leaf.fingerprint.to_string()).collect::<Vec<_>>());
    for one in &bad {
        let id = one.at.id();
        if !finding.endpoints.contains(&id) {
            finding.endpoints.push(id);
        }
    }
    finding.change = service.change(&kept);
    Verdict::fail(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::PublicKey;
    use crate::diagnosis::Sighting;
    use crate::endpoint::Place;
    use crate::finding::{Change, Finding, Located, Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{Ask, DnsOutcome, DnsState, DnsType, KeyType};
    use crate::records::tlsa::Tlsa;
    use crate::rules::tests::{dns, tlsa};
    use crate::sample::{self, Sample};

    fn judged(sample: &Sample) -> Vec<Located> {
        check(&sample.case())
    }

    fn at_25(sample: &Sample) -> Verdict {
        judged(sample).remove(0).1
    }

    fn found(sample: &Sample) -> Finding {
        match at_25(sample) {
            Verdict::Fail(mut findings) if findings.len() == 1 => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    /// Lets a second certificate with an ECDSA key be shown at port 25.
    fn with_ecdsa() -> Sample {
        let mut sample = sample::exemplary();
        let mut leaf = sample::certificate("mail.example.org", "E9", 70);
        leaf.key = PublicKey::Ec { curve: "secp256r1".into(), bits: 256 };
        leaf.spki_der = b"an ECDSA key".to_vec();
        let mut chain = sample.diagnosis.chains[0].clone();
        chain.served[0] = leaf.fingerprint;
        let ask = Ask::Certificate(KeyType::Ecdsa);
        chain.sightings = vec![Sighting { endpoint: 0, ask, server_name: Some("mail.example.org".into()) }];
        sample.diagnosis.certificates.insert(leaf.fingerprint, leaf);
        sample.diagnosis.chains.push(chain);
        sample
    }

    #[test]
    fn passes_where_a_record_fits_and_asks_for_nothing_elsewhere() {
        let verdicts = judged(&sample::exemplary());
        assert_eq!(verdicts[0].1, Verdict::Pass);
        assert!(verdicts[1..].iter().all(|row| matches!(row.1, Verdict::NotApplicable(_))));
    }

    #[test]
    fn a_renewed_key_without_a_new_record_is_an_error() {
        let mut sample = sample::exemplary();
        sample.leaf().spki_der = b"a new key".to_vec();
        let leaf = sample.leaf().clone();
        let finding = found(&sample);
        assert_eq!((finding.severity, finding.endpoints.len()), (Severity::Error, 1));
        assert!(
            finding.cause.contains("none fits the RSA certificate \"mail.example.org\""),
            "{}",
            finding.cause
        );
        assert!(finding.cause.contains("fits nothing that is served"), "{}", finding.cause);
        let line = format!("_25._tcp.mail.example.org. 3600 IN TLSA {}", Tlsa::of_key(&leaf));
        assert_eq!(finding.change, Some(Change::Dns { lines: vec![line] }));
    }

    #[test]
    fn each_kind_of_key_is_held_against_the_records() {
        let sample = with_ecdsa();
        let finding = found(&sample);
        assert!(finding.cause.contains("none fits the ECDSA certificate"), "{}", finding.cause);
        assert!(finding.cause.contains("fits the RSA certificate"), "{}", finding.cause);
        // The record that fits the other certificate stays.
        assert!(matches!(&finding.change, Some(Change::Dns { lines }) if lines.len() == 2));
    }

    #[test]
    fn each_address_is_held_against_the_records() {
        let mut sample = sample::exemplary();
        let mut second = sample.seen.endpoints[0].clone();
        second.endpoint.place = Place::Tcp("[2001:db8::1]:25".parse().unwrap());
        sample.seen.endpoints.push(second);
        let mut other = sample::certificate("mail.example.org", "R98", 60);
        other.spki_der = b"another key".to_vec();
        let mut chain = sample.diagnosis.chains[0].clone();
        chain.served[0] = other.fingerprint;
        let endpoint = sample.seen.endpoints.len() - 1;
        chain.sightings = vec![Sighting { endpoint, ask: Ask::Polite, server_name: None }];
        sample.diagnosis.certificates.insert(other.fingerprint, other);
        sample.diagnosis.chains.push(chain);
        let finding = found(&sample);
        assert!(finding.cause.contains("at 2001:db8::1"), "{}", finding.cause);
        assert_eq!(finding.endpoints, [sample.seen.endpoints[endpoint].id()]);
    }

    #[test]
    fn an_issuer_counts_if_the_server_sends_it() {
        let mut sample = sample::exemplary();
        let issuer = sample.diagnosis.chains[0].served[1];
        let issuer = sample.diagnosis.certificates[&issuer].clone();
        let pin = Tlsa { usage: 2, ..Tlsa::of_key(&issuer) };
        tlsa(&mut sample, &[pin]);
        assert_eq!(at_25(&sample), Verdict::Pass);
        sample.diagnosis.chains[0].served.truncate(1);
        assert_eq!(found(&sample).severity, Severity::Error);
    }

    #[test]
    fn a_pin_of_a_ca_that_issues_no_more_is_named() {
        let mut sample = sample::exemplary();
        let r3 = "8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d";
        let data: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&r3[2 * at..2 * at + 2], 16).unwrap()).collect();
        let pin = Tlsa { usage: 2, selector: 1, matching: 1, data };
        tlsa(&mut sample, std::slice::from_ref(&pin));
        let finding = found(&sample);
        let told = "(it pins R3, an intermediate of Let's Encrypt that ended on 2025-09-15)";
        assert!(finding.cause.contains(told), "{}", finding.cause);
        // Who issued what is served today stands beside it.
        assert!(finding.cause.contains("by \"R99\""), "{}", finding.cause);
        // Beside a record that fits it does no harm.
        let own = Tlsa::of_key(sample.leaf());
        tlsa(&mut sample, &[pin, own]);
        assert_eq!(at_25(&sample), Verdict::Pass);
    }

    #[test]
    fn behind_unsigned_mx_records_it_hurts_some_and_elsewhere_few() {
        let mut sample = sample::exemplary();
        sample.leaf().spki_der = b"a new key".to_vec();
        dns(&mut sample, "example.org", DnsType::Mx).state = DnsState::Insecure;
        let finding = found(&sample);
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.cause.contains("Postfix does all the same"), "{}", finding.cause);
        let mut answer = dns(&mut sample, "_25._tcp.mail.example.org", DnsType::Tlsa).clone();
        answer.name = Name::new("_993._tcp.mail.example.org").unwrap();
        sample.seen.dns.push(answer);
        let index = sample.seen.endpoints.iter().position(|seen| seen.endpoint.port == 993).unwrap();
        let verdict = judged(&sample).remove(index).1;
        assert!(
            matches!(&verdict, Verdict::Fail(findings) if findings[0].severity == Severity::Warning),
            "{verdict:?}"
        );
    }

    #[test]
    fn what_does_not_count_is_told_by_other_rules() {
        let mut sample = sample::exemplary();
        tlsa(&mut sample, &[Tlsa { usage: 1, selector: 1, matching: 1, data: vec![7; 32] }]);
        assert!(matches!(at_25(&sample), Verdict::NotApplicable(_)));
        dns(&mut sample, "_25._tcp.mail.example.org", DnsType::Tlsa).state = DnsState::Insecure;
        assert!(matches!(at_25(&sample), Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_where_dns_failed_was_not_asked_or_no_certificate_was_seen() {
        let mut sample = sample::exemplary();
        dns(&mut sample, "_25._tcp.mail.example.org", DnsType::Tlsa).outcome =
            DnsOutcome::Failed("SERVFAIL".into());
        assert!(matches!(at_25(&sample), Verdict::Unknown(why) if why.contains("SERVFAIL")));
        sample.seen.dns.clear();
        assert!(matches!(at_25(&sample), Verdict::Unknown(_)));
        let mut sample = sample::exemplary();
        sample.diagnosis.chains.clear();
        assert!(matches!(at_25(&sample), Verdict::Unknown(_)));
        sample.port(25).sessions.clear();
        assert!(matches!(at_25(&sample), Verdict::NotApplicable(_)));
    }
}
