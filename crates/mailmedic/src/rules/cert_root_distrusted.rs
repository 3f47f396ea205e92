//! A list of trusted roots has turned its back on the root.

use super::opinion::{self, Opinion};
use super::presented::{self, Presented};
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::trust::{Anchor, Standing, Store};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-root-distrusted",
    title: "a list of trusted roots has given up the certificate's root",
    severity: Severity::Error,
    what: "The certificate leads to a root that Mozilla, Apple, Microsoft, Android or Java trusted once. It was removed \
           since, or takes nothing that was issued after a certain day, and this certificate was.",
    why: "When a certificate authority breaks the rules, the keepers of the lists drop its roots one after the other: at \
          first for new certificates, later altogether. Whoever is still trusted today will often not be tomorrow.",
    affected: "who goes by the list that gave it up: Mozilla's for Thunderbird, Apple's for Apple Mail, Microsoft's for \
               Outlook, Android's for K-9, and senders under MTA-STS enforce by their own",
    fix: "Get a certificate from an issuer whose root all lists trust. `mailmedic trust show FINGERPRINT` tells who trusts \
          a root.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §6.1.1", "RFC 8461 §4.1"],
    since: "0.1",
    consequence_of: &["cert-signature-invalid", "chain-intermediate-invalid", "cert-malformed"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    match &presented.chain.trust {
        TrustState::Trusted { store, .. } if store == Store::Given.name() => {
            return Verdict::NotApplicable("the root is one of the given file");
        }
        TrustState::Unknown(why) => return Verdict::Unknown(why.clone()),
        TrustState::Trusted { store, .. }
            if store == Store::Mozilla.name() && presented.chain.roots().is_empty() =>
        {
            return Verdict::Unknown("there are more ways to a root than are tried".to_owned());
        }
        _ => {}
    }
    let opinions = opinion::opinions(presented);
    let against: Vec<Against> = opinions
        .iter()
        .filter_map(|(store, opinion)| match opinion {
            Opinion::Distrusts(root, standing) => Some(Against { store: *store, root, standing: *standing }),
            _ => None,
        })
        .collect();
    let Some(first) = against.first() else {
        return if opinions.iter().any(|(_, opinion)| matches!(opinion, Opinion::Unknown)) {
            Verdict::Unknown("the start of the certificate's validity cannot be read".to_owned())
        } else {
            Verdict::Pass
        };
    };
    fail(presented, first, &against)
}

/// A list that has given up a root.
struct Against {
    store: Store,
    root: &'static Anchor,
    standing: Standing,
}

impl Against {
    fn text(&self) -> String {
        match self.standing {
            Standing::Until(day) => {
                format!("{} takes nothing of it that was issued after {day}", self.store.name())
            }
            Standing::Removed(Some(day)) => format!("{} has not trusted it since {day}", self.store.name()),
            Standing::Removed(None) | Standing::Trusted | Standing::Absent => {
                format!("{} has removed it", self.store.name())
            }
        }
    }

    /// Whether people's mail programs go by it: Java and Debian are for servers and programs.
    fn is_for_people(&self) -> bool {
        matches!(self.store, Store::Mozilla | Store::Apple | Store::Microsoft | Store::Android)
    }
}

fn fail(presented: &Presented<'_>, first: &Against, against: &[Against]) -> Verdict {
    let texts: Vec<String> = against.iter().map(Against::text).collect();
    let mut cause = format!(
        "The certificate leads to the root \"{}\": {}.",
        presented::text(&first.root.certificate().subject),
        words::list(&texts)
    );
    let by_date = against.iter().any(|one| matches!(one.standing, Standing::Until(_)));
    if let Some(issued) = presented.leaf.not_before.filter(|_| by_date) {
        cause.push_str(&format!(" This certificate is valid from {}.", words::date(issued)));
    }
    if let Some(who) = opinion::sentence(presented) {
        cause.push_str(&format!(" {who}"));
    }
    let stores: Vec<&str> = against.iter().map(|one| one.store.name()).collect();
    let users: Vec<&str> = against.iter().map(|one| users(one.store)).collect();
    let finding = presented.finding("a list of trusted roots has given up the certificate's root", cause);
    let finding = opinion::evidence(presented, finding)
        .evidence("root_sha256", first.root.fingerprint.to_string())
        .evidence("distrusted_by", stores)
        .evidence("distrust", texts)
        .change(presented.renewal());
    let mut verdict = presented.identity_fault(finding);
    if let Verdict::Fail(findings) = &mut verdict {
        for finding in findings {
            finding.hurts = Some(format!("{}, where they verify", words::list(&users)));
            if !against.iter().any(Against::is_for_people) {
                finding.severity = finding.severity.min(Severity::Warning);
            }
        }
    }
    verdict
}

/// Says who goes by a list.
fn users(store: Store) -> &'static str {
    match store {
        Store::Mozilla => "Thunderbird and Linux programs",
        Store::Apple => "Apple Mail",
        Store::Microsoft => "Outlook and Exchange",
        Store::Android => "mail programs on Android",
        Store::Java => "programs in Java",
        Store::Debian12 => "programs and servers on Debian 12",
        Store::Given | Store::System => "this machine",
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Against, check, fail, presented};
    use crate::diagnosis::{ServedChain, TrustState};
    use crate::finding::{Case, Finding, Severity, Verdict};
    use crate::sample::{self, Sample};
    use crate::trust::{self, Anchor, Standing, Store};

    /// A leaf under roots that begins then.
    fn under(roots: &[&Anchor], begin: &str) -> Sample {
        let mut sample = sample::healthy().only(993);
        sample.leaf().not_before = Some(begin.parse::<Timestamp>().unwrap());
        sample.lead_to(&roots.iter().map(|root| root.fingerprint).collect::<Vec<_>>());
        sample
    }

    fn found(sample: &Sample) -> Finding {
        match sample.chains(check).remove(0) {
            Verdict::Fail(mut findings) => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    fn until(root: &Anchor, store: Store) -> Option<jiff::civil::Date> {
        match root.standing(store) {
            Standing::Until(day) => Some(day),
            _ => None,
        }
    }

    /// A root that Microsoft takes for what is older than a day, and that no list has removed.
    fn dated() -> &'static Anchor {
        let is_removed =
            |root: &Anchor| Store::EMBEDDED.iter().any(|s| matches!(root.standing(*s), Standing::Removed(_)));
        let is_fit = |root: &&Anchor| until(root, Store::Microsoft).is_some() && !is_removed(root);
        trust::anchors().iter().find(is_fit).unwrap()
    }

    /// A root that Mozilla has removed and Apple trusts.
    fn removed() -> &'static Anchor {
        let is_fit = |root: &&Anchor| {
            matches!(root.standing(Store::Mozilla), Standing::Removed(None))
                && root.standing(Store::Apple) == Standing::Trusted
        };
        trust::anchors().iter().find(is_fit).unwrap()
    }

    #[test]
    fn a_certificate_counts_by_the_day_that_it_begins() {
        let day = until(dated(), Store::Microsoft).unwrap();
        assert_eq!(under(&[dated()], &format!("{day}T23:59:59Z")).chains(check), [Verdict::Pass]);
        let next = day.tomorrow().unwrap();
        let finding = found(&under(&[dated()], &format!("{next}T00:00:00Z")));
        assert_eq!(finding.severity, Severity::Error);
        assert_eq!(finding.evidence["distrusted_by"], serde_json::json!(["Microsoft"]));
        let told = [
            format!("Microsoft takes nothing of it that was issued after {day}"),
            format!("valid from {next}"),
        ];
        assert!(told.iter().all(|part| finding.cause.contains(part)), "{}", finding.cause);
        assert_eq!(finding.hurts.as_deref(), Some("Outlook and Exchange, where they verify"));
        assert_eq!(finding.evidence["root_sha256"], dated().fingerprint.to_string());
    }

    #[test]
    fn a_removed_root_takes_old_certificates_along() {
        let finding = found(&under(&[removed()], "2010-01-01T00:00:00Z"));
        assert!(finding.cause.contains("Mozilla has removed it"), "{}", finding.cause);
        assert_eq!(finding.evidence["distrusted_by"][0], "Mozilla");
        assert!(finding.evidence["trusted_by"].as_array().unwrap().contains(&"Apple".into()));
    }

    #[test]
    fn another_root_of_the_same_chain_makes_good() {
        let good = trust::find(&sample::root_everywhere()).unwrap();
        assert_eq!(under(&[removed(), good], "2026-11-16T00:00:00Z").chains(check), [Verdict::Pass]);
    }

    #[test]
    fn java_alone_is_a_warning() {
        fn judge(case: &Case<'_>, chain: &ServedChain) -> Verdict {
            presented::judge(case, chain, |presented| {
                let java = Against { store: Store::Java, root: dated(), standing: Standing::Removed(None) };
                fail(presented, &java, std::slice::from_ref(&java))
            })
        }
        let sample = under(&[dated()], "2026-11-16T00:00:00Z");
        let verdicts = sample.chains(judge);
        let [Verdict::Fail(findings)] = &verdicts[..] else { panic!("{verdicts:?}") };
        assert_eq!(findings[0].severity, Severity::Warning);
        assert_eq!(findings[0].evidence["distrusted_by"], serde_json::json!(["Java"]));
    }

    #[test]
    fn given_roots_are_nobodys_business_and_what_is_not_known_is_not_guessed() {
        let mut sample = under(&[removed()], "2026-11-16T00:00:00Z");
        sample.diagnosis.chains[0].trust =
            TrustState::Trusted { root: "CN=X".into(), store: "--ca-file".into() };
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
        sample.diagnosis.chains[0].trust = TrustState::Unknown("no algorithm".into());
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
        let mut undated = under(&[dated()], "2026-11-16T00:00:00Z");
        undated.leaf().not_before = None;
        assert!(matches!(undated.chains(check)[..], [Verdict::Unknown(_)]));
        let mut cut = under(&[], "2026-11-16T00:00:00Z");
        assert!(matches!(cut.chains(check)[..], [Verdict::Unknown(_)]));
        cut.diagnosis.chains[0].trust = TrustState::SelfSigned;
        assert_eq!(cut.chains(check), [Verdict::Pass]);
    }
}
