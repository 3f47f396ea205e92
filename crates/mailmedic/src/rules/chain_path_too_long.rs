//! The way to the root has more CA certificates than is allowed or usual.

use super::path;
use super::presented::{self, Presented};
use crate::diagnosis::{FaultKind, ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "chain-path-too-long",
    title: "the chain is longer than a CA in it allows, or than clients follow",
    severity: Severity::Error,
    what: "A CA limits how many CA certificates may stand below it (pathLenConstraint), and there are more; or there \
           are more intermediates than clients follow.",
    why: "The limit keeps a CA's customers from making CAs of their own, so clients refuse. Without a limit some give \
          up after six intermediates, to save themselves from endless chains.",
    affected: "all clients that verify, where a limit is broken; else programs with rustls, and Thunderbird",
    fix: "Have the certificate issued by a CA that is allowed to, or nearer to the root.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.2.1.9"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let (Some(way), Some(faults)) = (presented.chain.best(), path::faults(presented)) else {
        return match &presented.chain.trust {
            TrustState::Unknown(why) => Verdict::Unknown(why.clone()),
            _ => Verdict::Unknown("the chain could not be followed".to_owned()),
        };
    };
    let told: Vec<String> = faults
        .filter_map(|(kind, ca)| match kind {
            FaultKind::PathTooLong { most, below } => {
                let may = words::count(u64::from(*most), "CA certificate");
                Some(format!("{} allows {may} below it, and there are {below}", path::called(presented, ca)))
            }
            _ => None,
        })
        .collect();
    if !told.is_empty() {
        let cause = format!("{}.", path::capital(&words::list(&told)));
        let finding = presented
            .finding("the chain is longer than a CA in it allows", cause)
            .change(presented.renewal());
        return presented.identity_fault(finding);
    }
    let between = way.intermediates();
    if between <= MOST_FOLLOWED {
        return Verdict::Pass;
    }
    let cause = format!(
        "There are {between} intermediates between the certificate and its root; some clients follow no more than \
         {MOST_FOLLOWED}."
    );
    let finding = presented
        .finding(format!("the chain has {between} intermediates"), cause)
        .hurts("programs with rustls, and Thunderbird beyond its own limit")
        .evidence("intermediates", between)
        .change(presented.renewal());
    presented.fault(finding)
}

/// rustls-webpki follows six; Thunderbird's verifier refuses eight.
const MOST_FOLLOWED: usize = 6;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::{Fault, FaultKind};
    use crate::finding::{Severity, Verdict};
    use crate::rules::tests::finding;
    use crate::sample;

    #[test]
    fn a_broken_limit_is_an_error() {
        let mut sample = sample::healthy().only(993);
        assert_eq!(sample.chains(check).remove(0), Verdict::Pass);
        let kind = FaultKind::PathTooLong { most: 0, below: 1 };
        sample.diagnosis.chains[0].ways[0].faults = vec![Fault { at: 1, kind }];
        let found = finding(sample.chains(check).remove(0));
        assert_eq!(found.severity, Severity::Error);
        assert!(
            found.cause.contains("allows 0 CA certificates below it, and there are 1"),
            "{}",
            found.cause
        );
    }

    #[test]
    fn more_than_six_intermediates_are_a_warning() {
        let mut sample = sample::healthy().only(993);
        for (more, is_fine) in [(5, true), (1, false)] {
            let way = &mut sample.diagnosis.chains[0].ways[0];
            let (one, origin) = (way.certificates[1], way.origins[1]);
            for _ in 0..more {
                way.certificates.insert(1, one);
                way.origins.insert(1, origin);
            }
            let verdict = sample.chains(check).remove(0);
            assert_eq!(verdict == Verdict::Pass, is_fine, "{verdict:?}");
        }
        assert_eq!(finding(sample.chains(check).remove(0)).severity, Severity::Warning);
    }
}
