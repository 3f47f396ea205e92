//! The TLSA records will not fit after the next renewal.

use super::dane::{self, Service, Shown};
use super::lifetime::{DAY, Lifetime};
use crate::certificate::Certificate;
use crate::finding::{Case, ChangeKind, Check, Finding, Located, Rule, Severity, Verdict};
use crate::records::tlsa::{Published, Tlsa, Useless};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dane-rollover-unready",
    title: "the TLSA records do not survive the next renewal",
    severity: Severity::Warning,
    what: "The TLSA records fit what is served now, and nothing that can come after it: they pin the certificate itself, one key \
           of which no successor is published shortly before a renewal, or one of the intermediates among which the CA \
           changes.",
    why: "At the renewal the records stop to fit, and senders that use DANE stop to deliver until new ones are published and the \
          old ones are forgotten.",
    affected: "Senders that use DANE (Postfix, Exim, Microsoft 365), from the next renewal on.",
    fix: "Either keep the key at renewals (certbot: --reuse-key; acme.sh does by itself), with a record of the fields 3 1 1 for it; \
          or make the next key now, publish its record beside the old one, and wait twice the time to live before the \
          server uses it.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7671 §8.1", "RFC 7671 §5.1", "RFC 7672 §3.1.1"],
    since: "0.1",
    consequence_of: &["dane-mismatch"],
    check: Check::Parts(check),
};

fn check(case: &Case<'_>) -> Vec<Located> {
    dane::each(case, |service, published| judge(case, service, published))
}

fn judge(case: &Case<'_>, service: &Service<'_>, published: &Published) -> Verdict {
    let port = service.rules_of();
    let is_good = |record: &&Tlsa| record.is_usable(port) && record.useless(port) != Some(Useless::OfNothing);
    let usable: Vec<&Tlsa> = published.records.iter().filter(is_good).collect();
    if usable.is_empty() {
        return Verdict::NotApplicable("no TLSA record is of use");
    }
    let shown = service.shown(case);
    if shown.is_empty() {
        return match service.at.iter().any(|(_, seen)| seen.speaks().is_some()) {
            true => Verdict::Unknown("no certificate was seen to hold the TLSA records against".to_owned()),
            false => Verdict::NotApplicable("no TLS was seen"),
        };
    }
    // What fits nothing yet is for what comes.
    let is_spare = |record: &&Tlsa| !shown.iter().any(|one| dane::fits(case, record, one));
    if usable.iter().any(is_spare) {
        return Verdict::Pass;
    }
    let mut findings: Vec<Finding> = Vec::new();
    for one in &shown {
        let fitting: Vec<&Tlsa> =
            usable.iter().copied().filter(|record| dane::fits(case, record, one)).collect();
        let Some(mut finding) = of(case, service, published, one, &fitting) else { continue };
        match findings.iter_mut().find(|known| known.key == finding.key) {
            Some(known) => known.endpoints.push(one.at.id()),
            None => {
                finding.endpoints.push(one.at.id());
                findings.push(finding);
            }
        }
    }
    if findings.is_empty() { Verdict::Pass } else { Verdict::Fail(findings) }
}

fn of(
    case: &Case<'_>,
    service: &Service<'_>,
    published: &Published,
    shown: &Shown<'_>,
    fitting: &[&Tlsa],
) -> Option<Finding> {
    let of_key = fitting.iter().any(|record| record.is_of_server() && record.selector == 1);
    let of_certificate = fitting.iter().any(|record| record.is_of_server() && record.selector == 0);
    let of_issuer = fitting.iter().any(|record| !record.is_of_server());
    let due = due(case, shown.leaf, published.ttl);
    let when = due.as_ref().map_or(String::new(), |when| format!(" It is due for renewal {when}."));
    let what = dane::called(shown.leaf);
    let (severity, why) = match (of_key, of_issuer, of_certificate) {
        (true, true, _) => return None,
        (true, false, _) => {
            due.as_ref()?;
            (
                Severity::Note,
                format!(
                    "the TLSA records pin the key of {what} alone and none that could come after it: unless the renewal keeps the \
                     key, they stop to fit."
                ),
            )
        }
        (false, true, _) if !is_of_changing_issuers(case, shown, fitting) => return None,
        (false, true, _) => (
            if due.is_some() { Severity::Warning } else { Severity::Note },
            format!(
                "the TLSA records pin an intermediate of Let's Encrypt, which issues from several and changes them without \
                 notice: {what} may come from another one next time."
            ),
        ),
        (false, false, true) => (
            if due.is_some() { Severity::Warning } else { Severity::Note },
            format!(
                "the TLSA records pin {what} itself, so that they stop to fit with every renewal, also with the same key."
            ),
        ),
        (false, false, false) => return None,
    };
    let mut finding = Finding::new(
        severity,
        format!("{} {}", published.name, shown.leaf.fingerprint),
        format!("the TLSA records of {} do not survive a renewal", service.host),
        format!("For {}, {why}{when}", service.host),
    )
    .hurts("senders that use DANE, from the renewal on")
    .evidence("name", published.name.to_string())
    .evidence("records", fitting.iter().map(ToString::to_string).collect::<Vec<_>>());
    if !of_key {
        let mut wanted = vec![Tlsa::of_key(shown.leaf)];
        wanted.extend(published.records.iter().cloned());
        finding.change = service.change(&wanted);
    }
    Some(finding)
}

/// Says when a certificate is due for renewal, if that is so soon that what comes after it should be published: two weeks,
/// or twice the time to live of the records, for which the old ones are remembered.
fn due(case: &Case<'_>, leaf: &Certificate, ttl: Option<u32>) -> Option<String> {
    let lifetime = Lifetime::of(leaf, case.now)?;
    let at = if lifetime.automated { lifetime.renewed_at() } else { lifetime.expires_soon_at() };
    let left = lifetime.left - at;
    let ahead = (14 * DAY).max(2 * i64::from(ttl.unwrap_or_default()));
    if left > ahead || lifetime.left < 0 {
        return None;
    }
    Some(match left / DAY {
        ..=0 => "now".to_owned(),
        days => format!("in {}", words::count(days.unsigned_abs(), "day")),
    })
}

/// Tells whether all that the records pin above a certificate are intermediates of which the CA has several of equal rank, so
/// that another one may issue next time (letsencrypt.org/certificates, read 2026-11-21).
fn is_of_changing_issuers(case: &Case<'_>, shown: &Shown<'_>, fitting: &[&Tlsa]) -> bool {
    let above = shown.chain.ways.iter().flat_map(|way| way.certificates.iter().skip(1));
    let mut pinned = above
        .filter_map(|fingerprint| case.diagnosis.certificate(fingerprint))
        .filter(|issuer| fitting.iter().any(|record| !record.is_of_server() && record.fits(issuer)));
    shown.leaf.issuer.contains("O=Let's Encrypt")
        && pinned.all(|issuer| issuer.subject_der != issuer.issuer_der)
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::observation::{DnsOutcome, DnsType};
    use crate::records::tlsa::Tlsa;
    use crate::rules::tests::{dns, tlsa};
    use crate::sample::{self, Sample};

    /// The records that pin the key, the certificate and the issuer of the sample.
    fn pins(sample: &mut Sample) -> [Tlsa; 3] {
        let leaf = sample.leaf().clone();
        let issuer = sample.diagnosis.certificates[&sample.diagnosis.chains[0].served[1]].clone();
        let certificate = Tlsa { selector: 0, data: leaf.fingerprint.0.to_vec(), ..Tlsa::of_key(&leaf) };
        [Tlsa::of_key(&leaf), certificate, Tlsa { usage: 2, ..Tlsa::of_key(&issuer) }]
    }

    /// Judges some of them, with so many days left of ninety.
    fn judged(pick: &[usize], days: i64) -> Verdict {
        let mut sample = sample::exemplary();
        let all = pins(&mut sample);
        let picked: Vec<Tlsa> = pick.iter().map(|index| all[*index].clone()).collect();
        tlsa(&mut sample, &picked);
        let end = sample.now + Span::new().hours(days * 24);
        let leaf = sample.leaf();
        (leaf.not_after, leaf.not_before) = (Some(end), Some(end - Span::new().hours(90 * 24)));
        check(&sample.case()).remove(0).1
    }

    fn found(pick: &[usize], days: i64) -> Finding {
        match judged(pick, days) {
            Verdict::Fail(mut findings) if findings.len() == 1 => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_record_for_what_comes_is_enough() {
        assert_eq!(check(&sample::exemplary().case()).remove(0).1, Verdict::Pass);
    }

    #[test]
    fn one_key_alone_is_told_when_the_renewal_comes() {
        // Programs renew 30 days before the end.
        assert_eq!(judged(&[0], 45), Verdict::Pass);
        let finding = found(&[0], 44);
        assert_eq!((finding.severity, &finding.change), (Severity::Note, &None));
        assert!(finding.cause.contains("due for renewal in 14 days"), "{}", finding.cause);
        assert!(found(&[0], 20).cause.contains("due for renewal now"));
        assert_eq!(judged(&[0, 2], 20), Verdict::Pass, "an issuer beside it is a second way");
        assert_eq!(judged(&[0], -1), Verdict::Pass, "that it ended is told elsewhere");
    }

    #[test]
    fn a_long_time_to_live_asks_for_more_time() {
        let mut sample = sample::exemplary();
        let key = pins(&mut sample)[0].clone();
        tlsa(&mut sample, &[key]);
        assert_eq!(check(&sample.case()).remove(0).1, Verdict::Pass);
        dns(&mut sample, "_25._tcp.mail.example.org", DnsType::Tlsa).evidence.ttl = Some(30 * 86_400);
        assert!(matches!(check(&sample.case()).remove(0).1, Verdict::Fail(_)));
    }

    #[test]
    fn the_certificate_itself_breaks_at_every_renewal() {
        let finding = found(&[1], 80);
        assert_eq!(finding.severity, Severity::Note);
        assert!(
            matches!(&finding.change, Some(Change::Dns { lines }) if lines.len() == 2 && lines[0].contains(" 3 1 1 "))
        );
        assert_eq!(found(&[1], 30).severity, Severity::Warning);
        assert_eq!(judged(&[0, 1], 80), Verdict::Pass);
    }

    #[test]
    fn an_intermediate_of_many_may_be_another_next_time() {
        let finding = found(&[2], 80);
        assert_eq!(finding.severity, Severity::Note);
        assert!(finding.cause.contains("Let's Encrypt"), "{}", finding.cause);
        assert_eq!(found(&[2], 30).severity, Severity::Warning);
    }

    #[test]
    fn unknown_where_dns_failed_or_no_certificate_was_seen() {
        let mut sample = sample::exemplary();
        let key = pins(&mut sample)[0].clone();
        tlsa(&mut sample, &[key]);
        sample.diagnosis.chains.clear();
        assert!(matches!(check(&sample.case()).remove(0).1, Verdict::Unknown(_)));
        dns(&mut sample, "_25._tcp.mail.example.org", DnsType::Tlsa).outcome =
            DnsOutcome::Failed("SERVFAIL".into());
        assert!(matches!(check(&sample.case()).remove(0).1, Verdict::Unknown(_)));
        sample.seen.dns.clear();
        assert!(matches!(check(&sample.case()).remove(0).1, Verdict::Unknown(_)));
    }
}
