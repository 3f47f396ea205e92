//! The server does not send the intermediates that link its certificate to a root.

use super::presented::{self, Presented};
use crate::bytes::{Fingerprint, hex};
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::observation::{FetchOutcome, FetchPurpose};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "chain-incomplete",
    title: "an intermediate certificate is missing",
    severity: Severity::Error,
    what: "The server sends its certificate without all the intermediates that link it to a root.",
    why: "Clients have roots, not intermediates. Some find a missing one by themselves (Windows, Apple) or \
          remember it, so that the fault hides; the others refuse.",
    affected: "Thunderbird (unless it knows the intermediate), K-9, Java, and senders that verify; Outlook and \
               Apple Mail often fetch what is missing.",
    fix: "Serve the full chain: the file that has the certificate first and the intermediates after it \
          (fullchain.pem of ACME clients).",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 8446 §4.4.2", "RFC 5246 §7.4.2"],
    since: "0.1",
    consequence_of: &["cert-signature-invalid", "cert-malformed"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let (missing, known) = match &presented.chain.trust {
        TrustState::Incomplete { missing, known, .. } => (missing, known),
        TrustState::Unknown(why) => return Verdict::Unknown(why.clone()),
        _ => return Verdict::Pass,
    };
    let shown: Vec<String> =
        missing.iter().map(|subject| format!("\"{}\"", presented::text(subject))).collect();
    let what = match shown.as_slice() {
        [] => "an intermediate".to_owned(),
        [one] => format!("the intermediate {one}"),
        several => format!("the intermediates {}", words::list(several)),
    };
    let links = if shown.len() > 1 { "link" } else { "links" };
    let sent = match presented.chain.served.len() {
        1 => presented.by_source("only its own certificate", "only the server's own certificate"),
        _ => "an incomplete chain",
    };
    let cause = format!(
        "{} {sent}, without {what} that {links} it to a root.{}",
        presented.by_source("The server sends", "The file holds"),
        where_from(presented, known)
    );
    let mut finding = presented
        .finding(format!("{what} {} missing", if shown.len() > 1 { "are" } else { "is" }), cause)
        .evidence("missing", missing.iter().map(|subject| presented::text(subject)).collect::<Vec<_>>())
        .evidence("known", known.iter().map(ToString::to_string).collect::<Vec<_>>())
        .evidence("served", presented.chain.served.iter().map(ToString::to_string).collect::<Vec<_>>())
        .change(presented.serve_chain());
    // CAs have several of one name; the key tells which.
    if let Some(key) = wanted_key(presented).filter(|_| known.is_empty()) {
        finding = finding.evidence("missing_key_id", hex(key));
    }
    presented.identity_fault(finding)
}

/// Returns the identifier of the key that the missing intermediate has (RFC 5280 §4.2.1.1), as what it signed names it.
fn wanted_key<'a>(presented: &Presented<'a>) -> Option<&'a [u8]> {
    let top = presented.chain.best().and_then(|way| way.certificates.last());
    let top = top.and_then(|top| presented.case.diagnosis.certificates.get(top)).unwrap_or(presented.leaf);
    top.authority_key_id.as_deref()
}

/// Says where the missing certificates were found, or why not.
fn where_from(presented: &Presented<'_>, known: &[Fingerprint]) -> String {
    let fetches = || presented.case.seen.fetches.iter().filter(|fetch| fetch.purpose == FetchPurpose::Issuer);
    if !known.is_empty() {
        let elsewhere = presented
            .case
            .seen
            .endpoints
            .iter()
            .flat_map(|seen| seen.served().map(move |served| (seen, served)))
            .find(|(_, served)| served.certificates.contains(&known[0]));
        return match elsewhere {
            Some((seen, _)) => {
                let has = if presented::is_file(seen) { "holds" } else { "sends" };
                format!(" {} {has} it.", seen.endpoint.label())
            }
            None => " It was found at the address that the certificate names for its issuer.".to_owned(),
        };
    }
    let failed = fetches().find_map(|fetch| match &fetch.outcome {
        FetchOutcome::Failed(why) if presented.leaf.issuer_urls.contains(&fetch.url) => {
            Some(presented::text(why))
        }
        FetchOutcome::Status(status) if presented.leaf.issuer_urls.contains(&fetch.url) => {
            Some(format!("the answer was {status}"))
        }
        _ => None,
    });
    match failed {
        Some(why) => format!(" It could not be fetched from its issuer: {why}."),
        None if presented.leaf.issuer_urls.is_empty() => {
            " The certificate does not say where it could be fetched.".to_owned()
        }
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::TrustState;
    use crate::endpoint::Place;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::observation::{Fetch, FetchOutcome, FetchPurpose};
    use crate::sample::{self, Sample};

    #[test]
    fn of_a_file_nothing_is_said_to_be_sent() {
        let mut sample = incomplete(false);
        sample.seen.endpoints[0].endpoint.place = Place::Files(vec!["mail.pem".into()]);
        let finding = found(&sample);
        assert!(finding.cause.starts_with("The file holds only the server's own certificate, without "));
        assert!(!finding.cause.contains("sends"), "{}", finding.cause);
    }

    /// The server sends its leaf alone; the intermediate is known or not.
    fn incomplete(is_known: bool) -> Sample {
        let mut sample = sample::healthy().only(993);
        let chain = &mut sample.diagnosis.chains[0];
        let intermediate = chain.served.pop().unwrap();
        let known = if is_known { vec![intermediate] } else { Vec::new() };
        chain.trust = TrustState::Incomplete { missing: vec!["CN=R99".into()], known, root: None };
        if !is_known {
            chain.complete = None;
        }
        for session in &mut sample.seen.endpoints[0].sessions {
            if let Some(tls) = &mut session.tls {
                tls.certificates.truncate(1);
            }
        }
        sample
    }

    fn found(sample: &Sample) -> Finding {
        match sample.chains(check).remove(0) {
            Verdict::Fail(mut findings) => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn proposes_the_chain_that_is_known() {
        let finding = found(&incomplete(true));
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.cause.contains("only its own certificate, without the intermediate \"CN=R99\""));
        assert!(finding.cause.contains("found at the address"));
        let Some(Change::ServeChain { file, chain: Some(chain) }) = finding.change else { panic!() };
        assert_eq!((file.as_str(), chain.len()), ("mail.example.org.fullchain.pem", 2));
    }

    #[test]
    fn says_why_the_intermediate_is_not_known() {
        let mut sample = incomplete(false);
        sample.seen.fetches.push(Fetch {
            url: "http://issuer.example/r99.der".into(),
            purpose: FetchPurpose::Issuer,
            outcome: FetchOutcome::Status(404),
            date: None,
            web: Default::default(),
        });
        let finding = found(&sample);
        assert!(finding.cause.ends_with("It could not be fetched from its issuer: the answer was 404."));
        assert!(!finding.evidence.contains_key("missing_key_id"));
        sample.leaf().authority_key_id = Some(vec![0xAB, 0x01]);
        sample.diagnosis.chains[0].ways.clear();
        assert_eq!(found(&sample).evidence["missing_key_id"], "ab01");
        assert!(matches!(finding.change, Some(Change::ServeChain { chain: None, .. })));
    }

    #[test]
    fn names_the_sibling_that_sends_it() {
        let mut sample = incomplete(true);
        let whole = sample::healthy().seen.endpoints.remove(0);
        sample.seen.endpoints.push(whole);
        assert!(found(&sample).cause.ends_with("mail.example.org:25 sends it."));
    }

    #[test]
    fn passes_full_chains_and_does_not_guess() {
        let mut sample = sample::healthy();
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.diagnosis.chains[0].trust = TrustState::Unknown("an algorithm cannot be checked".into());
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
