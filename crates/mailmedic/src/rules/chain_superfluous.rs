//! The server sends certificates that no client needs.

use super::path;
use super::presented::{self, Presented};
use crate::bytes::Fingerprint;
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "chain-superfluous",
    title: "certificates are sent that nobody needs",
    severity: Severity::Note,
    what: "The chain has a certificate that no path from the server's certificate to a root needs, or one twice.",
    why: "It makes each handshake longer, and it can mislead clients that do not search for the best path. Often \
          it is an intermediate left over from the certificate before.",
    affected: "nobody as a rule; old clients may follow the wrong path",
    fix: "Keep only the server's certificate and the intermediates that lead to the root in the file.",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 8446 §4.4.2"],
    since: "0.1",
    consequence_of: &["chain-alternative-broken"],
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
    if let TrustState::Unknown(why) = &chain.trust {
        return Verdict::Unknown(why.clone());
    }
    let older = for_older_clients(presented);
    let mut surplus: Vec<Fingerprint> = Vec::new();
    for (index, one) in chain.served.iter().enumerate() {
        let twice = chain.served[..index].contains(one);
        let unneeded =
            chain.superfluous.contains(one) && chain.root_included != Some(*one) && !older.contains(one);
        if (twice || unneeded) && !surplus.contains(one) {
            surplus.push(*one);
        }
    }
    if surplus.is_empty() {
        return Verdict::Pass;
    }
    let called: Vec<String> = surplus.iter().map(|one| path::called_by(presented, one)).collect();
    let is = if called.len() == 1 { "is" } else { "are" };
    let there = presented.by_source("sent", "in the file");
    let cause = format!("{} {is} {there} without need.", path::capital(&words::list(&called)));
    let title = presented.by_source(
        "certificates are sent that nobody needs",
        "certificates are in the file that nobody needs",
    );
    let mut finding = presented
        .finding(title, cause)
        .evidence("superfluous", surplus.iter().map(ToString::to_string).collect::<Vec<_>>())
        .change(presented.serve_chain());
    finding.severity = Severity::Note;
    presented.fault(finding)
}

/// Returns cross-signed forms of the root and what leads on from them: they serve clients that do not have
/// the root yet.
fn for_older_clients(presented: &Presented<'_>) -> Vec<Fingerprint> {
    let TrustState::Trusted { root, .. } = &presented.chain.trust else { return Vec::new() };
    let certificates: Vec<_> = presented
        .chain
        .superfluous
        .iter()
        .filter_map(|one| presented.case.diagnosis.certificates.get(one))
        .filter(|one| one.subject_der != one.issuer_der)
        .collect();
    let mut kept: Vec<Fingerprint> = Vec::new();
    let mut wanted: Vec<&[u8]> = Vec::new();
    loop {
        let next = certificates.iter().find(|one| {
            !kept.contains(&one.fingerprint)
                && (one.subject == *root || wanted.contains(&one.subject_der.as_slice()))
        });
        let Some(next) = next else { return kept };
        kept.push(next.fingerprint);
        wanted.push(&next.issuer_der);
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::TrustState;
    use crate::finding::{Severity, Verdict};
    use crate::sample::{self, Sample};

    /// One more certificate at the end, which no path needs.
    fn with_extra(name: &str, issuer: &str) -> Sample {
        let mut sample = sample::healthy();
        let extra = sample::authority(name, issuer);
        let chain = &mut sample.diagnosis.chains[0];
        chain.served.push(extra.fingerprint);
        chain.superfluous = vec![extra.fingerprint];
        sample.diagnosis.certificates.insert(extra.fingerprint, extra);
        sample
    }

    #[test]
    fn an_unrelated_certificate_is_noted() {
        let Verdict::Fail(findings) = with_extra("R3", "Old Root").chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Note);
        assert_eq!(findings[0].cause, "The intermediate \"R3\" is sent without need.");
    }

    #[test]
    fn a_root_signed_by_an_older_root_serves_older_clients() {
        assert_eq!(with_extra("Sample Root", "Old Root").chains(check), [Verdict::Pass]);
    }

    #[test]
    fn the_same_twice_is_noted_and_a_root_is_for_another_rule() {
        let mut sample = sample::healthy();
        let chain = &mut sample.diagnosis.chains[0];
        chain.served.push(chain.served[1]);
        assert!(matches!(sample.chains(check)[..], [Verdict::Fail(_)]));
        let mut root = with_extra("Own", "Own");
        let chain = &mut root.diagnosis.chains[0];
        chain.root_included = Some(chain.superfluous[0]);
        assert_eq!(root.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn passes_a_tight_chain_and_does_not_guess() {
        let mut sample = sample::healthy();
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.diagnosis.chains[0].trust = TrustState::Unknown("an algorithm cannot be checked".into());
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
        sample.diagnosis.chains[0].served.truncate(1);
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
    }
}
