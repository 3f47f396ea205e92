//! The server sends its certificates in the wrong order.

use super::presented::{self, Presented};
use crate::certificate::Certificate;
use crate::diagnosis::ServedChain;
use crate::finding::{Case, Change, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "chain-misordered",
    title: "the certificates are sent in the wrong order",
    severity: Severity::Error,
    what: "A certificate of the chain is not followed by the one of its issuer, or the server's own is not the first.",
    why: "TLS 1.2 demands that each certificate is followed by its issuer's; TLS 1.3 only asks for it. Most clients \
          sort by themselves, old and small ones do not. But all take the first for the server's own.",
    affected: "old and small clients refuse; others sort by themselves; where the server's own is not the first, all \
               that verify refuse",
    fix: "Put the server's certificate first into the file, then the intermediate that signed it, and so on.",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 5246 §7.4.2", "RFC 8446 §4.4.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let chain = presented.chain;
    if chain.served.len() < 2 {
        return Verdict::NotApplicable("there is only one certificate");
    }
    if chain.ordered {
        return Verdict::Pass;
    }
    // What is too much breaks the sequence too; that is another fault.
    let mut needed = Vec::new();
    for fingerprint in chain.served.iter().filter(|one| !chain.superfluous.contains(one)) {
        let Some(certificate) = presented.case.diagnosis.certificates.get(fingerprint) else {
            return Verdict::Unknown("a certificate of the chain could not be read".to_owned());
        };
        if !needed.contains(&certificate) {
            needed.push(certificate);
        }
    }
    let follows = |pair: &[&Certificate]| pair[0].issuer_der == pair[1].subject_der;
    // A gap (the issuer of one is not sent at all) is not a wrong order.
    let sent_elsewhere = |pair: &[&Certificate]| {
        needed
            .iter()
            .any(|other| other.subject_der == pair[0].issuer_der && other.fingerprint != pair[0].fingerprint)
    };
    let behind = needed.split_first().and_then(|(first, rest)| own_behind(first, rest));
    if behind.is_none() && !needed.windows(2).any(|pair| !follows(pair) && sent_elsewhere(pair)) {
        return Verdict::Pass;
    }
    let order: Vec<String> = needed.iter().map(|one| format!("\"{}\"", presented::title(one))).collect();
    let cause = format!(
        "The certificates {} in the order {}; each must be followed by the one that signed it.",
        presented.by_source("are sent", "stand in the file"),
        order.join(", ")
    );
    if let Some(own) = behind {
        let cause = format!("{cause} The server's own, \"{}\", must be the first.", presented::title(own));
        let mut change = presented.serve_chain();
        if let Change::ServeChain { chain: Some(chain), .. } = &mut change {
            chain.insert(0, own.fingerprint);
        }
        let title = presented.by_source(
            "the server's own certificate is not sent first",
            "the server's own certificate is not the first in the file",
        );
        let finding = presented.finding(title, cause);
        return presented.identity_fault(finding.change(change));
    }
    let title = presented.by_source(
        "the certificates are sent in the wrong order",
        "the certificates stand in the file in the wrong order",
    );
    let finding = presented
        .finding(title, cause)
        .hurts("old and small clients, which do not sort by themselves")
        .evidence("served", chain.served.iter().map(ToString::to_string).collect::<Vec<_>>())
        .change(presented.serve_chain());
    presented.fault(finding)
}

/// Returns the certificate, no CA's, that the first one issued, if that is a CA's: the server's own stands behind it.
fn own_behind<'a>(first: &Certificate, rest: &[&'a Certificate]) -> Option<&'a Certificate> {
    let is_own = |other: &&&Certificate| other.is_ca != Some(true) && other.issuer_der == first.subject_der;
    rest.iter().find(is_own).copied().filter(|_| first.is_ca == Some(true))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Verdict};
    use crate::sample::{self, Sample};

    /// Leaf, R99, and the Middle that signed R99, served in this order.
    fn served(order: [usize; 3]) -> Sample {
        let mut sample = sample::healthy();
        let mut lower = sample::authority("R99", "Middle");
        lower.subject_der = b"R99".to_vec();
        let middle = sample::authority("Middle", "Sample Root");
        let all = [sample.leaf().fingerprint, lower.fingerprint, middle.fingerprint];
        for one in [lower, middle] {
            sample.diagnosis.certificates.insert(one.fingerprint, one);
        }
        let chain = &mut sample.diagnosis.chains[0];
        chain.served = order.map(|index| all[index]).to_vec();
        chain.complete = Some(all.to_vec());
        chain.ordered = order == [0, 1, 2];
        sample
    }

    #[test]
    fn only_the_wrong_order_fails() {
        assert_eq!(served([0, 1, 2]).chains(check), [Verdict::Pass]);
        let Verdict::Fail(findings) = served([0, 2, 1]).chains(check).remove(0) else { panic!() };
        assert!(findings[0].cause.contains("\"mail.example.org\", \"Middle\", \"R99\""));
        let Some(Change::ServeChain { chain: Some(chain), .. }) = &findings[0].change else { panic!() };
        assert_eq!(chain.len(), 3);
    }

    #[test]
    fn what_is_too_much_or_missing_is_another_fault() {
        let mut sample = served([0, 2, 1]);
        let chain = &mut sample.diagnosis.chains[0];
        chain.superfluous = vec![chain.served[1]];
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        let mut gap = served([0, 2, 1]);
        gap.diagnosis.chains[0].served.pop();
        assert_eq!(gap.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn unknown_when_a_certificate_cannot_be_read() {
        let mut sample = served([0, 2, 1]);
        let last = sample.diagnosis.chains[0].served[2];
        sample.diagnosis.certificates.remove(&last);
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }

    #[test]
    fn one_certificate_has_no_order() {
        let mut sample = sample::healthy();
        sample.diagnosis.chains[0].served.truncate(1);
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
    }
}
