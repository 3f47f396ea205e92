//! The certificate may not be used for a TLS server.

use super::presented::{self, Presented};
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-usage-wrong",
    title: "the certificate is not made for a TLS server",
    severity: Severity::Error,
    what: "The usages in the certificate (keyUsage, extendedKeyUsage) leave out what a TLS server needs.",
    why: "An issuer that made it for mail signatures or for clients does not vouch for a server, and clients check.",
    affected: "Thunderbird, Apple Mail, OpenSSL and Java refuse.",
    fix: "Get a certificate made for TLS servers: extendedKeyUsage serverAuth, keyUsage digitalSignature.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.2.1.3", "RFC 5280 §4.2.1.12", "Apple HT210176"],
    since: "0.1",
    consequence_of: &["cert-is-ca"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let leaf = presented.leaf;
    if leaf.extended_key_usage.is_none() && leaf.key_usage.is_none() && !leaf.problems.is_empty() {
        return Verdict::Unknown("the extensions of the certificate could not all be read".to_owned());
    }
    let key_usage = key_usage_fault(leaf);
    let purposes = leaf.extended_key_usage.as_deref();
    let lacks = |oid: &str| purposes.is_some_and(|purposes| !purposes.iter().any(|known| known == oid));
    let only_some_refuse = key_usage.is_none() && !(lacks(SERVER_AUTH) && lacks(ANY));
    let cause = if let Some(fault) = key_usage {
        fault.to_owned()
    } else if lacks(SERVER_AUTH) && lacks(ANY) {
        let shown: Vec<String> = purposes.into_iter().flatten().map(|oid| purpose(oid)).collect();
        format!(
            "The certificate is made for {}, not for TLS servers (serverAuth).",
            if shown.is_empty() { "nothing".to_owned() } else { crate::words::list(&shown) }
        )
    } else if lacks(SERVER_AUTH) {
        "The certificate names \"any\" purpose in place of TLS servers (serverAuth), which not all clients accept."
            .to_owned()
    } else if purposes.is_none() && !presented.is_self_made() && leaf.version == 3 {
        "The certificate names no purpose (extendedKeyUsage); Apple's systems ask for serverAuth.".to_owned()
    } else {
        return Verdict::Pass;
    };
    let oids: Vec<String> = purposes.into_iter().flatten().map(|oid| presented::text(oid)).take(20).collect();
    let mut finding = presented
        .finding("the certificate is not made for a TLS server", cause)
        .evidence("extended_key_usage", oids)
        .change(presented.renewal());
    if only_some_refuse {
        finding.severity = Severity::Warning;
        return presented.fault(finding.hurts("Apple Mail, Thunderbird and others may refuse"));
    }
    presented.identity_fault(finding)
}

/// Says what keyUsage leaves out.
fn key_usage_fault(leaf: &Certificate) -> Option<&'static str> {
    let usage = leaf.key_usage?;
    match &leaf.key {
        _ if usage.digital_signature => None,
        PublicKey::Rsa { .. } if usage.key_encipherment => Some(
            "The certificate's keyUsage allows no signatures (digitalSignature), which TLS 1.3 and every handshake \
             with forward secrecy need.",
        ),
        PublicKey::Unreadable => None,
        _ => Some("The certificate's keyUsage allows no signatures (digitalSignature), which TLS needs."),
    }
}

/// Writes a purpose for people.
fn purpose(oid: &str) -> String {
    PURPOSES
        .iter()
        .find(|(known, _)| *known == oid)
        .map_or_else(|| presented::text(oid), |(_, name)| (*name).to_owned())
}

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const ANY: &str = "2.5.29.37.0";
const PURPOSES: [(&str, &str); 5] = [
    ("1.3.6.1.5.5.7.3.2", "TLS clients"),
    ("1.3.6.1.5.5.7.3.3", "code signatures"),
    ("1.3.6.1.5.5.7.3.4", "mail signatures"),
    ("1.3.6.1.5.5.7.3.8", "time stamps"),
    ("1.3.6.1.5.5.7.3.9", "OCSP responses"),
];

#[cfg(test)]
mod tests {
    use super::{ANY, SERVER_AUTH, check};
    use crate::certificate::KeyUsage;
    use crate::finding::{Severity, Verdict};
    use crate::sample;

    fn with_purposes(purposes: Option<&[&str]>) -> Verdict {
        let mut sample = sample::healthy().only(993);
        sample.leaf().extended_key_usage =
            purposes.map(|purposes| purposes.iter().map(|oid| (*oid).to_owned()).collect());
        sample.chains(check).remove(0)
    }

    fn severity(verdict: &Verdict) -> Option<Severity> {
        match verdict {
            Verdict::Fail(findings) => Some(findings[0].severity),
            _ => None,
        }
    }

    #[test]
    fn server_auth_must_be_among_the_purposes() {
        assert_eq!(with_purposes(Some(&["1.3.6.1.5.5.7.3.2", SERVER_AUTH])), Verdict::Pass);
        assert_eq!(severity(&with_purposes(Some(&["1.3.6.1.5.5.7.3.4"]))), Some(Severity::Error));
        assert_eq!(severity(&with_purposes(Some(&[]))), Some(Severity::Error));
        assert_eq!(severity(&with_purposes(Some(&[ANY]))), Some(Severity::Warning));
        assert_eq!(severity(&with_purposes(None)), Some(Severity::Warning));
    }

    #[test]
    fn signatures_must_be_allowed() {
        for (digital_signature, key_encipherment, fails) in
            [(true, false, false), (false, true, true), (false, false, true)]
        {
            let mut sample = sample::healthy();
            sample.leaf().key_usage =
                Some(KeyUsage { digital_signature, key_encipherment, ..KeyUsage::default() });
            assert_eq!(matches!(sample.chains(check)[..], [Verdict::Fail(_)]), fails);
        }
        let mut sample = sample::healthy();
        sample.leaf().key_usage = None;
        assert_eq!(sample.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn unknown_when_the_extensions_cannot_be_read() {
        let mut sample = sample::healthy();
        let leaf = sample.leaf();
        (leaf.key_usage, leaf.extended_key_usage) = (None, None);
        leaf.problems = vec!["an extension cannot be read".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
