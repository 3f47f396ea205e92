//! A usual name that clients try leads here, and the certificate does not bear it.

use super::names::{self, Uncovered};
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::endpoint::{Role, Source};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "client-name-uncovered",
    title: "a usual name that clients try is not in the certificate",
    severity: Severity::Warning,
    what: "A name that mail clients try by themselves (mail., imap., smtp., pop. and the like) leads to this \
           server, and the certificate there does not have it. Nobody told clients that name: neither SRV \
           records nor an autoconfig document.",
    why: "People who set up an account by their address alone are offered the guessed name, and then see a \
          certificate warning at the first connection.",
    affected: "people who set up Thunderbird, Outlook or K-9 by address alone",
    fix: "Add the name to the certificate, or remove its DNS record, or publish the right names by SRV records \
          and autoconfig.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 6186", "RFC 7817 §3", "RFC 9525 §6"],
    since: "0.1",
    consequence_of: &["cert-name-mismatch", "autoconfig-name-uncovered"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let uncovered = match names::uncovered(presented, presented::is_guess) {
        Ok(uncovered) => uncovered,
        Err(verdict) => return verdict,
    };
    let Uncovered { hosts, at } = &uncovered;
    let title = format!("{}, which clients may guess, is not in the certificate", words::list(hosts));
    let cause = format!(
        "Mail clients that are told nothing try {}, which leads here. {}",
        words::list(hosts),
        names::explain(presented, &uncovered)
    );
    let mut finding = names::finding(presented, &uncovered, title, cause)
        .hurts("people who set up a mail program by their address alone see a certificate warning");
    finding.severity = if clients_are_told(presented.case) { Severity::Note } else { Severity::Warning };
    finding.endpoints = at.iter().map(|seen| seen.id()).collect();
    Verdict::fail(finding)
}

/// Returns whether SRV, a document or the user name an endpoint for mail clients.
fn clients_are_told(case: &Case<'_>) -> bool {
    case.seen.endpoints.iter().any(|seen| {
        seen.endpoint.role != Role::Mx
            && seen
                .endpoint
                .sources
                .iter()
                .any(|source| matches!(source, Source::Named | Source::Srv) || source.is_document())
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::endpoint::Source;
    use crate::finding::{Severity, Verdict};
    use crate::name::Host;
    use crate::sample::{self, Sample};

    fn guessed() -> Sample {
        let mut sample = sample::healthy();
        let endpoint = &mut sample.port(995).endpoint;
        endpoint.host = Host::new("pop.example.org").unwrap();
        endpoint.sources = vec![Source::Guess];
        sample
    }

    #[test]
    fn a_note_where_clients_are_told_better() {
        let Verdict::Fail(findings) = guessed().chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Note);
        assert_eq!(findings[0].endpoints.len(), 1);
        assert!(findings[0].cause.contains("mail.example.org, which the certificate has, leads to"));
    }

    #[test]
    fn a_warning_where_guessing_is_all_they_can() {
        let mut sample = guessed();
        for seen in &mut sample.seen.endpoints {
            if seen.endpoint.port != 25 {
                seen.endpoint.sources = vec![Source::Guess];
            }
        }
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Warning);
    }

    #[test]
    fn passes_covered_guesses_and_leaves_told_names_alone() {
        let mut sample = sample::healthy();
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
        sample.port(995).endpoint.sources = vec![Source::Guess];
        assert_eq!(sample.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn unknown_when_the_names_cannot_be_read() {
        let mut sample = guessed();
        sample.leaf().names = None;
        sample.leaf().problems = vec!["unreadable".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
