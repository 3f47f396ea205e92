//! The server sends the root along.

use super::presented::{self, Presented};
use super::weigh::{self, Verifier};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "chain-root-included",
    title: "the root certificate is sent along",
    severity: Severity::Note,
    what: "The chain ends with the self-signed certificate of the root.",
    why: "A client either has the root or does not trust it; the bytes help nobody. The exception is DANE with \
          usage 2 on the root, where senders need it in the chain.",
    affected: "nobody; each handshake is a kilobyte longer",
    fix: "Leave the root out of the chain file.",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 8446 §4.4.2", "RFC 7672 §3.1.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let Some(root) = presented.chain.root_included else { return Verdict::Pass };
    let needed = |seen| weigh::verifier(presented.case, seen) == Verifier::DaneIssuer;
    if presented.at.iter().any(|seen| needed(seen)) {
        return Verdict::NotApplicable("senders that use DANE may need the root in the chain (usage 2)");
    }
    let name = match presented.case.diagnosis.certificates.get(&root) {
        Some(certificate) => format!(" \"{}\"", presented::title(certificate)),
        None => String::new(),
    };
    let (who, along) =
        (presented.by_source("The server sends", "The file holds"), presented.by_source("along", "as well"));
    let cause = format!("{who} the root{name} {along}, which clients either have or do not trust.");
    let title =
        presented.by_source("the root certificate is sent along", "the root certificate is in the file");
    let mut finding =
        presented.finding(title, cause).evidence("root", root.to_string()).change(presented.serve_chain());
    finding.severity = Severity::Note;
    presented.fault(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{Ask, DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType};
    use crate::sample::{self, Sample};

    fn with_root() -> Sample {
        let mut sample = sample::healthy();
        let root = sample::authority("Sample Root", "Sample Root");
        let chain = &mut sample.diagnosis.chains[0];
        chain.served.push(root.fingerprint);
        chain.root_included = Some(root.fingerprint);
        sample.diagnosis.certificates.insert(root.fingerprint, root);
        sample
    }

    #[test]
    fn a_root_is_noted() {
        assert_eq!(sample::healthy().chains(check), [Verdict::Pass]);
        let Verdict::Fail(findings) = with_root().chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Note);
        assert!(findings[0].cause.contains("the root \"Sample Root\" along"));
    }

    #[test]
    fn in_a_file_it_is_not_said_to_be_sent() {
        let mut sample = with_root().only(993);
        sample.seen.endpoints[0].endpoint.place = crate::endpoint::Place::Files(vec!["mail.pem".into()]);
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].title, "the root certificate is in the file");
        assert!(findings[0].cause.starts_with("The file holds the root \"Sample Root\" as well, which "));
    }

    #[test]
    fn dane_on_an_issuer_needs_it() {
        let mut sample = with_root();
        let record = DnsData::Tlsa { usage: 2, selector: 0, matching: 1, data: Bytes(vec![7; 32]) };
        sample.seen.dns.push(DnsAnswer {
            name: Name::new("_25._tcp.mail.example.org").unwrap(),
            kind: DnsType::Tlsa,
            outcome: DnsOutcome::Found { aliases: Vec::new(), records: vec![record] },
            state: DnsState::Secure,
            evidence: Default::default(),
        });
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
    }

    #[test]
    fn what_no_good_client_is_shown_is_not_judged() {
        let mut sample = with_root();
        sample.diagnosis.chains[0].sightings.retain(|sighting| sighting.ask == Ask::WithoutServerName);
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
    }
}
