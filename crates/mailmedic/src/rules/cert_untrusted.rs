//! The chain leads to no root that clients have.

use super::opinion;
use super::presented::{self, Presented};
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-untrusted",
    title: "the certificate comes from an issuer that clients do not know",
    severity: Severity::Error,
    what: "The certificate leads to a root that is not in Mozilla's list of trusted roots nor in the system's, or to an \
           issuer that nobody knows. Where Apple, Microsoft, Android, Java or Debian 12 trust the root all the same, the \
           finding says so.",
    why: "Clients accept only what one of their roots vouches for. A private issuer works only where its root was \
          installed on every device; an antivirus or a firewall that opens TLS puts its own issuer in place.",
    affected: "Thunderbird, Apple Mail, Outlook and K-9 refuse or warn; senders under MTA-STS enforce keep the \
               mail in their queue.",
    fix: "Get a certificate from a public issuer and load it with its chain; or install the private root on every \
          device that connects. If a firewall or antivirus answers in place of the server, exempt the mail ports.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §6.1", "RFC 7817 §3", "RFC 8461 §4.1"],
    since: "0.1",
    consequence_of: &[
        "cert-signature-invalid",
        "chain-intermediate-invalid",
        "cert-malformed",
        "cert-root-distrusted",
    ],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let (name, mut cause) = match &presented.chain.trust {
        TrustState::UntrustedRoot { root, served } => {
            let along = presented.by_source(", which the server sends along", ", which is in the file");
            let sent = if *served { along } else { "" };
            let who = match opinion::sentence(presented) {
                Some(who) => format!(". {who}"),
                None => "; no list of roots has it.".to_owned(),
            };
            (root, format!("The certificate leads to the root \"{}\"{sent}{who}", presented::text(root)))
        }
        TrustState::UnknownIssuer { issuer } => (
            issuer,
            format!(
                "The certificate leads to the issuer \"{}\", which is no known root and whose certificate could not \
                 be found.",
                presented::text(issuer)
            ),
        ),
        TrustState::Unknown(why) => return Verdict::Unknown(why.clone()),
        _ => return Verdict::Pass,
    };
    if !presented.case.seen.trust.public {
        cause.push_str(" Only the roots of the given file count in this run.");
    }
    let kind = kind_of(name).or_else(|| kind_of(&presented.leaf.issuer));
    match kind {
        Some(Kind::Interceptor(product)) => cause.push_str(&format!(
            " That is the mark of {product}: it may have opened the connection on its way, so that this is not the \
             server's own certificate."
        )),
        Some(Kind::Installer) => {
            cause.push_str(" It looks like what installers make for tests, not for clients.");
        }
        None => {}
    }
    let finding = presented
        .finding("the certificate comes from an issuer that clients do not know", cause)
        .evidence("untrusted_issuer", presented::text(name));
    let finding = opinion::evidence(presented, finding);
    let finding = match kind {
        Some(Kind::Interceptor(product)) => finding.evidence("interceptor", product),
        _ => finding.change(presented.renewal()),
    };
    presented.identity_fault(finding)
}

/// What an issuer's name gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A program or device that opens TLS on its way.
    Interceptor(&'static str),
    /// An issuer that installers make.
    Installer,
}

fn kind_of(issuer: &str) -> Option<Kind> {
    let issuer = issuer.to_ascii_lowercase();
    let interceptor = INTERCEPTORS.iter().find(|(mark, _)| issuer.contains(mark));
    interceptor
        .map(|(_, product)| Kind::Interceptor(product))
        .or_else(|| INSTALLERS.iter().any(|mark| issuer.contains(mark)).then_some(Kind::Installer))
}

/// Marks of what opens TLS on its way, in lower case.
const INTERCEPTORS: [(&str, &str); 14] = [
    ("avast", "Avast antivirus"),
    ("avg technologies", "AVG antivirus"),
    ("kaspersky", "Kaspersky antivirus"),
    ("eset ssl filter", "ESET antivirus"),
    ("eset, spol", "ESET antivirus"),
    ("bitdefender", "Bitdefender antivirus"),
    ("fortinet", "a Fortinet firewall"),
    ("fortigate", "a Fortinet firewall"),
    ("zscaler", "the Zscaler proxy"),
    ("palo alto networks", "a Palo Alto firewall"),
    ("sophos", "a Sophos firewall or antivirus"),
    ("check point", "a Check Point firewall"),
    ("netskope", "the Netskope proxy"),
    ("untangle", "an Untangle firewall"),
];
/// Marks of issuers that installers make, in lower case.
const INSTALLERS: [&str; 5] = ["snakeoil", "localhost", "plesk", "cpanel", "mkcert"];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::TrustState;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::sample::{self, Sample};
    use crate::trust;

    fn with(trust: TrustState) -> Sample {
        let mut sample = sample::healthy().only(993);
        sample.diagnosis.chains[0].trust = trust;
        sample.lead_to(&[]);
        sample
    }

    fn found(sample: &Sample) -> Finding {
        match sample.chains(check).remove(0) {
            Verdict::Fail(mut findings) => findings.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fails_for_an_unknown_root_and_for_an_unknown_issuer() {
        let root = TrustState::UntrustedRoot { root: "CN=Own CA".into(), served: true };
        let finding = found(&with(root));
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.cause.contains("\"CN=Own CA\", which the server sends along"));
        assert!(matches!(finding.change, Some(Change::RenewCertificate { .. })));
        let issuer = TrustState::UnknownIssuer { issuer: "CN=\u{1b}[2J".into() };
        assert!(found(&with(issuer)).cause.contains("\\x1b[2J"));
    }

    #[test]
    fn says_who_trusts_the_root_all_the_same() {
        let mut sample = sample::healthy().only(993);
        sample.diagnosis.chains[0].trust =
            TrustState::UntrustedRoot { root: "CN=GLOBALTRUST 2020".into(), served: false };
        let root = trust::matching("9a296a5182d1d451").next().unwrap();
        sample.lead_to(&[root.fingerprint]);
        let finding = found(&sample);
        assert!(
            finding.cause.contains(
                "\"CN=GLOBALTRUST 2020\". Apple, Microsoft, Android and Debian 12 trust this root, "
            ) && finding.cause.contains("Mozilla and Java do not."),
            "{}",
            finding.cause
        );
        assert_eq!(
            finding.evidence["trusted_by"],
            serde_json::json!(["Apple", "Microsoft", "Android", "Debian 12"])
        );
        assert_eq!(finding.evidence["root_sha256"], root.fingerprint.to_string());
    }

    #[test]
    fn an_interceptor_is_not_cured_by_a_new_certificate() {
        let root = TrustState::UntrustedRoot { root: "CN=Avast Web/Mail Shield Root".into(), served: false };
        let finding = found(&with(root));
        assert_eq!(finding.evidence["interceptor"], "Avast antivirus");
        assert_eq!(finding.change, None);
    }

    #[test]
    fn says_when_only_given_roots_count() {
        let mut sample = with(TrustState::UnknownIssuer { issuer: "CN=R99".into() });
        sample.seen.trust.public = false;
        assert!(found(&sample).cause.contains("Only the roots of the given file"));
    }

    #[test]
    fn passes_what_is_trusted_self_signed_or_incomplete_and_does_not_guess() {
        assert_eq!(sample::healthy().chains(check), [Verdict::Pass]);
        assert_eq!(with(TrustState::SelfSigned).chains(check), [Verdict::Pass]);
        let unknown = with(TrustState::Unknown("an algorithm cannot be checked".into()));
        assert!(matches!(unknown.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
