//! A client that does not search ends on a broken way, though a good one is there.

use super::path;
use super::presented::{self, Presented};
use crate::diagnosis::{FaultKind, Origin, ServedChain, TrustState, Way};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "chain-alternative-broken",
    title: "clients that do not search follow the certificates sent into a dead end",
    severity: Severity::Warning,
    what: "The server sends certificates that lead to a root in more than one way; the first is broken (an expired \
           intermediate, one that may not issue, a root that nobody has), another one is good.",
    why: "Thunderbird, Go and rustls go back and try the other way. GnuTLS and OpenSSL take the first issuer whose name \
          fits and stay with it, so that the same server works for some and not for others.",
    affected: "programs with GnuTLS (Exim on Debian, Evolution) and some with OpenSSL",
    fix: "Keep only the intermediates of the good way in the chain file.",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 5280 §6.1", "RFC 8446 §4.4.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let chain = presented.chain;
    if let TrustState::Unknown(why) = &chain.trust {
        return Verdict::Unknown(why.clone());
    }
    let Some(best) = chain.best().filter(|way| way.is_trusted() && way.is_served() && is_sound(way)) else {
        return Verdict::NotApplicable("no way that was sent is good");
    };
    let first = chain.ways.iter().filter(|way| way.is_served()).min_by_key(|way| turns(way));
    let Some(first) = first.filter(|way| !way.is_trusted() || !is_sound(way)) else {
        return Verdict::Pass;
    };
    let good = |place: &usize| first.certificates.get(*place) == best.certificates.get(*place);
    let fork = (0..first.certificates.len()).find(|place| !good(place)).unwrap_or_default();
    let called = first.certificates.get(fork).map(|one| path::called_by(presented, one)).unwrap_or_default();
    let cause = format!(
        "{}, which stands before the one that leads on, ends in a way that clients refuse; those that do not go back \
         fail.",
        path::capital(&called)
    );
    let finding = presented
        .finding("clients that do not search follow the certificates sent into a dead end", cause)
        .hurts("programs with GnuTLS, such as Exim on Debian, and some with OpenSSL")
        .evidence("broken", first.certificates.iter().map(ToString::to_string).collect::<Vec<_>>())
        .evidence("good", best.certificates.iter().map(ToString::to_string).collect::<Vec<_>>())
        .change(presented.serve_chain());
    presented.fault(finding)
}

/// Returns the turns of a way as a client without search takes them: a trusted root before what was sent, and of that
/// the first.
fn turns(way: &Way) -> Vec<(bool, usize)> {
    let last = way.origins.len().saturating_sub(1);
    let turn = |(at, origin): (usize, &Origin)| match origin {
        _ if at == last && way.is_trusted() => (false, 0),
        Origin::Served(place) => (true, *place),
        Origin::Elsewhere | Origin::Anchor => (true, usize::MAX),
    };
    way.origins.iter().enumerate().map(turn).collect()
}

/// Returns whether nothing between leaf and root keeps clients from a way.
fn is_sound(way: &Way) -> bool {
    way.faults.iter().filter(|fault| fault.at > 0 && fault.at < way.certificates.len() - 1).all(|fault| {
        matches!(fault.kind, FaultKind::Nonconforming(_) | FaultKind::KeyKind(_) | FaultKind::Malformed(_))
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::{Fault, FaultKind, Origin, WayEnd};
    use crate::finding::Verdict;
    use crate::rules::tests::finding;
    use crate::sample::{self, Sample};

    /// The healthy chain with a second way over an older intermediate that is sent at this place.
    fn two_ways(place: usize, fault: Option<FaultKind>) -> Sample {
        let mut sample = sample::healthy().only(993);
        let old = sample::authority("R98", "Sample Root");
        let chain = &mut sample.diagnosis.chains[0];
        let mut way = chain.ways[0].clone();
        way.certificates[1] = old.fingerprint;
        way.origins[1] = Origin::Served(place);
        way.faults = fault.into_iter().map(|kind| Fault { at: 1, kind }).collect();
        chain.ways[0].origins[1] = Origin::Served(3 - place);
        chain.ways.push(way);
        sample.diagnosis.certificates.insert(old.fingerprint, old);
        sample
    }

    #[test]
    fn the_first_way_sent_must_be_good() {
        assert_eq!(sample::healthy().only(993).chains(check).remove(0), Verdict::Pass);
        assert_eq!(two_ways(1, None).chains(check).remove(0), Verdict::Pass);
        assert_eq!(two_ways(2, Some(FaultKind::Expired)).chains(check).remove(0), Verdict::Pass);
        let found = finding(two_ways(1, Some(FaultKind::Expired)).chains(check).remove(0));
        assert!(found.cause.starts_with("The intermediate \"R98\""), "{}", found.cause);
        let mut sample = two_ways(1, None);
        sample.diagnosis.chains[0].ways[1].end = WayEnd::Open;
        finding(sample.chains(check).remove(0));
    }

    #[test]
    fn without_a_good_way_other_rules_speak() {
        let mut sample = two_ways(1, Some(FaultKind::Expired));
        sample.diagnosis.chains[0].ways[0].faults = vec![Fault { at: 1, kind: FaultKind::NotCa }];
        assert!(matches!(sample.chains(check).remove(0), Verdict::NotApplicable(_)));
    }
}
