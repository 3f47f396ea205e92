//! A name lies outside what a CA above may issue for.

use super::path;
use super::presented::{self, Presented};
use crate::diagnosis::{FaultKind, ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-name-constraint-violated",
    title: "a name lies outside what the issuer may certify",
    severity: Severity::Error,
    what: "A CA in the chain may issue only for certain names (name constraints), and a certificate below it bears \
           another.",
    why: "Clients refuse the whole certificate, even where the name that they connect to is allowed: constraints \
          are there so that a company's CA cannot vouch for the rest of the world.",
    affected: "all clients that verify refuse",
    fix: "Get a certificate that bears only names which the CA may issue for, or one from another issuer.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.2.1.10", "RFC 5280 §6.1.3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let Some(faults) = path::faults(presented) else {
        return match &presented.chain.trust {
            TrustState::Unknown(why) => Verdict::Unknown(why.clone()),
            _ => Verdict::Unknown("the chain could not be followed".to_owned()),
        };
    };
    let (mut told, mut names) = (Vec::new(), Vec::new());
    for (kind, ca) in faults {
        let ca = path::called(presented, ca);
        match kind {
            FaultKind::NameConstraint { name, .. } => {
                let name = presented::text(name);
                told.push(format!("{ca} may not issue for {name}, which a certificate below it bears"));
                names.push(name);
            }
            FaultKind::NameConstraintUnreadable => {
                told.push(format!("{ca} has constraints that cannot be held against the names below it"));
            }
            _ => {}
        }
    }
    if told.is_empty() {
        return Verdict::Pass;
    }
    let cause = format!("{}.", path::capital(&words::list(&told)));
    let finding = presented
        .finding("a name lies outside what the issuer may certify", cause)
        .evidence("names", names)
        .change(presented.renewal());
    presented.identity_fault(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::{Fault, FaultKind};
    use crate::finding::{Severity, Verdict};
    use crate::rules::tests::finding;
    use crate::sample;

    fn with(kind: Option<FaultKind>) -> Verdict {
        let mut sample = sample::healthy().only(993);
        sample.diagnosis.chains[0].ways[0].faults =
            kind.into_iter().map(|kind| Fault { at: 1, kind }).collect();
        sample.chains(check).remove(0)
    }

    #[test]
    fn names_outside_are_told_with_the_authority() {
        assert_eq!(with(None), Verdict::Pass);
        assert_eq!(with(Some(FaultKind::Expired)), Verdict::Pass);
        let outside = FaultKind::NameConstraint { of: 0, name: "mail.example.org".into() };
        let found = finding(with(Some(outside)));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("\"R99\" may not issue for mail.example.org"), "{}", found.cause);
        let found = finding(with(Some(FaultKind::NameConstraintUnreadable)));
        assert!(found.cause.contains("cannot be held against"), "{}", found.cause);
    }

    #[test]
    fn without_a_way_it_is_unknown() {
        let mut sample = sample::healthy().only(993);
        sample.diagnosis.chains[0].ways.clear();
        assert!(matches!(sample.chains(check).remove(0), Verdict::Unknown(_)));
    }
}
