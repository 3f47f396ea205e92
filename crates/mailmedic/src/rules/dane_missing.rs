//! DANE would be possible, and nothing is published for it.

use super::dane::{self, Service};
use crate::endpoint::Source;
use crate::finding::{Case, ChangeKind, Check, Finding, Located, Rule, Severity, Verdict};
use crate::observation::{DnsState, DnsType};
use crate::records::tlsa::{self, Dane, Tlsa};
use crate::records::{Answers, Look, Missing};

pub(super) static RULE: Rule = Rule {
    id: "dane-missing",
    title: "the mail server has no TLSA records",
    severity: Severity::Note,
    what: "DNSSEC vouches for the whole way to a mail server that speaks TLS, and no TLSA records say which key it has.",
    why: "With such records, senders that use DANE deliver only over TLS and only to the server with that key: nobody on the way \
          can read the mail or answer in the server's place. Everything that it takes is there.",
    affected: "Nobody's mail; it can be read on the way by whoever can change what passes.",
    fix: "Publish a TLSA record of the fields 3 1 1 for each key of the server, and see to it that a new key is published before \
          it is used.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7672 §2", "RFC 7671 §5.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Parts(check),
};

fn check(case: &Case<'_>) -> Vec<Located> {
    let Some(look) = Look::of(case.seen) else {
        return vec![(Vec::new(), Verdict::NotApplicable("this is no mail domain"))];
    };
    let answers = Answers::new(&case.seen.dns);
    let signed = match answers.known(look.domain, DnsType::Mx).map(|answer| answer.state) {
        Some(DnsState::Secure) => Ok(()),
        Some(DnsState::Insecure) => Err(Verdict::NotApplicable("the MX records are not signed")),
        Some(DnsState::Bogus) => Err(Verdict::NotApplicable("DNSSEC speaks against the MX records")),
        _ => Err(Verdict::Unknown("whether the MX records are signed is not known".to_owned())),
    };
    let is_exchanger = |service: &Service<'_>| {
        let leads = |source: &Source| matches!(source, Source::Mx | Source::ImplicitMx);
        service.is_of_senders() && service.at.iter().any(|(_, seen)| seen.endpoint.sources.iter().any(leads))
    };
    let exchangers = dane::services(case).into_iter().filter(is_exchanger);
    let judged = |service: &Service<'_>| match &signed {
        Ok(()) => judge(case, &answers, service),
        Err(verdict) => verdict.clone(),
    };
    exchangers.map(|service| (service.ids(), judged(&service))).collect()
}

fn judge(case: &Case<'_>, answers: &Answers<'_>, service: &Service<'_>) -> Verdict {
    match tlsa::of(answers, service.host, service.port) {
        Ok(Dane::Absent { is_signed: true }) => {}
        Ok(Dane::Absent { is_signed: false }) => {
            return Verdict::NotApplicable("the server's zone is not signed");
        }
        Ok(Dane::Published(_)) => return Verdict::Pass,
        Ok(Dane::Unsigned(..)) => return Verdict::NotApplicable("the TLSA records are not signed"),
        Ok(Dane::Bogus) => return Verdict::NotApplicable("DNSSEC speaks against the answer"),
        Err(Missing::Open) => return Verdict::Unknown("TLSA records were not asked for".to_owned()),
        Err(missing) => return Verdict::Unknown(missing.why()),
    }
    if !service.at.iter().any(|(_, seen)| seen.speaks().is_some()) {
        return Verdict::NotApplicable("no TLS was seen there");
    }
    let keys: Vec<Tlsa> = service.shown(case).iter().map(|one| Tlsa::of_key(one.leaf)).collect();
    let mut finding = Finding::new(
        Severity::Note,
        service.host.to_string(),
        format!("{} has no TLSA records", service.host),
        format!(
            "DNSSEC vouches for the way to {}, and it speaks TLS; but no TLSA records tell senders its key, so that they take \
             any certificate there.",
            service.host
        ),
    );
    finding.change = service.change(&keys);
    Verdict::fail(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Verdict};
    use crate::observation::{DnsOutcome, DnsState, DnsType, TargetKind};
    use crate::records::tlsa::Tlsa;
    use crate::rules::tests::dns;
    use crate::sample::{self, Sample};

    fn judged(change: impl FnOnce(&mut Sample)) -> Verdict {
        let mut sample = sample::exemplary();
        change(&mut sample);
        let mut verdicts = check(&sample.case());
        assert_eq!(verdicts.len(), 1, "only mail exchangers are asked");
        verdicts.remove(0).1
    }

    fn absent(sample: &mut Sample) {
        dns(sample, "_25._tcp.mail.example.org", DnsType::Tlsa).outcome = DnsOutcome::NoName;
    }

    #[test]
    fn passes_where_there_are_records() {
        assert_eq!(judged(|_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_where_all_is_signed_and_offers_the_record_of_the_key() {
        let mut key = None;
        let verdict = judged(|sample| {
            absent(sample);
            key = Some(Tlsa::of_key(sample.leaf()));
        });
        let Verdict::Fail(findings) = verdict else { panic!("{verdict:?}") };
        let line = format!("_25._tcp.mail.example.org. 3600 IN TLSA {}", key.unwrap());
        assert_eq!(findings[0].change, Some(Change::Dns { lines: vec![line] }));
    }

    #[test]
    fn nothing_is_said_where_dane_cannot_work() {
        for (name, kind) in [
            ("example.org", DnsType::Mx),
            ("mail.example.org", DnsType::A),
            ("_25._tcp.mail.example.org", DnsType::Tlsa),
        ] {
            let verdict = judged(|sample| {
                absent(sample);
                dns(sample, name, kind).state = DnsState::Insecure;
            });
            assert!(matches!(verdict, Verdict::NotApplicable(_)), "{name}: {verdict:?}");
        }
        let silent = judged(|sample| {
            absent(sample);
            sample.port(25).sessions.clear();
        });
        assert!(matches!(silent, Verdict::NotApplicable(_)));
        let host = judged(|sample| sample.seen.kind = TargetKind::Host);
        assert!(matches!(host, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let failed = judged(|sample| {
            dns(sample, "_25._tcp.mail.example.org", DnsType::Tlsa).outcome =
                DnsOutcome::Failed("SERVFAIL".into());
        });
        assert!(matches!(failed, Verdict::Unknown(_)));
        assert!(matches!(judged(|sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
        let unasked = judged(|sample| sample.seen.dns.retain(|answer| answer.kind != DnsType::Tlsa));
        assert!(matches!(unasked, Verdict::Unknown(_)));
    }
}
