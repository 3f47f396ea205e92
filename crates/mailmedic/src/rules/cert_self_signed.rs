//! The server's certificate signed itself.

use super::presented::{self, Presented};
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-self-signed",
    title: "the certificate is self-signed",
    severity: Severity::Error,
    what: "The certificate is its own issuer: nobody else vouches for it. Most were made when the mail server was \
           installed and never replaced.",
    why: "Clients cannot tell it from the certificate of an attacker, so they refuse or ask people to decide.",
    affected: "Thunderbird, Apple Mail, Outlook and K-9 refuse or warn; Gmail's POP fetch and send-as refuse; \
               senders under MTA-STS enforce keep the mail in their queue. Senders that use DANE accept it if \
               TLSA records name it (usage 3).",
    fix: "Get a certificate from a public issuer (Let's Encrypt is free) and load it with its chain.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §6.1", "RFC 7817 §3", "RFC 8461 §4.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    match &presented.chain.trust {
        TrustState::SelfSigned => {}
        TrustState::Unknown(why) => return Verdict::Unknown(why.clone()),
        _ => return Verdict::Pass,
    }
    let leaf = presented.leaf;
    let origin = match made_by(&leaf.subject) {
        Some(maker) => format!(" It looks like the one that {maker} makes at installation."),
        None => String::new(),
    };
    let cause = format!(
        "The certificate \"{}\" is its own issuer: nobody vouches for it.{origin}",
        presented::title(leaf)
    );
    let mut finding = presented.finding("the certificate is self-signed", cause).change(presented.renewal());
    if let Some(maker) = made_by(&leaf.subject) {
        // A default certificate; that its key is known does not follow.
        finding = finding.evidence("made_by", maker);
    }
    presented.identity_fault(finding)
}

/// Returns what makes certificates with such a subject.
fn made_by(subject: &str) -> Option<&'static str> {
    let subject = subject.to_ascii_lowercase();
    MAKERS.iter().find(|(mark, _)| subject.contains(mark)).map(|(_, maker)| *maker)
}

/// Marks in the subjects of certificates that installers make.
const MAKERS: [(&str, &str); 13] = [
    ("snakeoil", "a package of the system"),
    ("localhost.localdomain", "a package of the system"),
    ("cn=localhost", "a package of the system"),
    ("internet widgits pty ltd", "a script with OpenSSL's example answers"),
    ("courier mail server", "Courier"),
    ("dovecot mail server", "Dovecot's package"),
    ("imap.example.com", "Dovecot's mkcert.sh"),
    ("plesk", "Plesk"),
    ("parallels panel", "Plesk"),
    ("synology", "Synology"),
    ("qnap", "QNAP"),
    ("cpanel", "cPanel"),
    ("mailcow", "mailcow"),
];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::TrustState;
    use crate::finding::{Severity, Verdict};
    use crate::sample::{self, Sample};

    fn with(trust: TrustState) -> Sample {
        let mut sample = sample::healthy();
        sample.diagnosis.chains[0].trust = trust;
        sample
    }

    #[test]
    fn fails_by_role() {
        let Verdict::Fail(findings) = with(TrustState::SelfSigned).chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Warning);
        assert_eq!(findings[1].severity, Severity::Error);
        assert!(!findings[0].cause.contains("installation"));
    }

    #[test]
    fn knows_what_installers_make() {
        let mut sample = with(TrustState::SelfSigned);
        sample.leaf().subject = "CN=localhost.localdomain, O=Some\u{1b}Organization".into();
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert!(findings[0].cause.contains("installation"));
    }

    #[test]
    fn passes_others_and_does_not_guess() {
        assert_eq!(sample::healthy().chains(check), [Verdict::Pass]);
        let root = TrustState::UntrustedRoot { root: "CN=Own".into(), served: true };
        assert_eq!(with(root).chains(check), [Verdict::Pass]);
        let unknown = with(TrustState::Unknown("an algorithm cannot be checked".into()));
        assert!(matches!(unknown.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
