//! Logins are taken in clear text, and not inside TLS.

use super::{scope, wording};
use crate::endpoint::{Protocol, Role, Security};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TlsEnd};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "login-only-before-tls",
    title: "logins are announced before TLS and not inside it",
    severity: Severity::Error,
    what: "The server announces logins as long as the connection is in clear text, and none once TLS stands. It \
           is the wrong way round.",
    why: "A program that upgrades to TLS finds no way to log in. Its user then often turns TLS off, after which \
          the login works and the password can be read on the way.",
    affected: "Programs that use TLS cannot log in; programs that do not send their passwords in clear text.",
    fix: "Announce logins inside TLS, and only there. In Exim look at server_advertise_condition and \
          auth_advertise_hosts (the condition is def:tls_in_cipher), in Postfix at \
          smtpd_sasl_tls_security_options (noplaintext there forbids PLAIN and LOGIN inside TLS), in Dovecot at \
          auth_mechanisms and ssl.",
    change: None,
    references: &["RFC 3207 §4.2", "RFC 4954 §4", "RFC 9051 §6.2.1", "RFC 2595 §4", "RFC 5804 §2.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let protocol = seen.endpoint.protocol;
    if protocol == Protocol::Lmtp {
        return Verdict::NotApplicable("nobody logs in by LMTP");
    }
    if seen.endpoint.security != Security::Starttls {
        return Verdict::NotApplicable("this port speaks TLS from the first byte");
    }
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let Some(look) = seen.polite() else { return Verdict::Unknown("it was not looked at".to_owned()) };
    let Some(before) = look.plain.as_ref().and_then(|talk| talk.capabilities.as_deref()) else {
        return Verdict::NotApplicable("the server announces nothing before TLS");
    };
    let before = logins(protocol, before);
    if before.is_empty() {
        return Verdict::Pass;
    }
    let completed = look.tls.as_ref().is_some_and(|tls| tls.end == TlsEnd::Completed);
    let inside = look.inside.as_ref().filter(|_| completed).and_then(|talk| talk.capabilities.as_deref());
    let Some(inside) = inside else {
        return Verdict::Unknown("the server did not say what it offers inside TLS".to_owned());
    };
    if !logins(protocol, inside).is_empty() {
        return Verdict::Pass;
    }
    let severity = match seen.endpoint.role {
        Role::Mx => Severity::Warning,
        Role::Submission | Role::Access => Severity::Error,
    };
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {}", severity.name(), before.join(" ")),
            "logins are announced before TLS and not inside it",
            format!(
                "Before TLS the server announces {}. After {}, inside TLS, it announces no login at all.",
                words::list(&before),
                wording::upgrade(seen)
            ),
        )
        .hurts(format!(
            "{}, if they use TLS: they find no way to log in",
            wording::logins(seen.endpoint.role)
        ))
        .evidence("before_tls", before),
    )
}

/// Returns every way to log in among the capabilities.
fn logins(protocol: Protocol, capabilities: &[String]) -> Vec<String> {
    let lines = || capabilities.iter().map(|line| line.replace('"', "").trim().to_ascii_uppercase());
    let mechanisms = |key: &str| -> Vec<String> {
        let listed = lines().filter_map(|line| {
            let rest = line.strip_prefix(key)?.strip_prefix([' ', '='])?.to_owned();
            Some(rest.split_whitespace().map(|word| format!("AUTH {word}")).collect::<Vec<_>>())
        });
        let mut found: Vec<String> = listed.flatten().collect();
        found.sort();
        found.dedup();
        found
    };
    let has = |word: &str| lines().any(|line| line == word);
    match protocol {
        Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => mechanisms("AUTH"),
        Protocol::Sieve => mechanisms("SASL"),
        Protocol::Pop3 => {
            let mut found = mechanisms("SASL");
            found.extend(has("USER").then(|| "USER".to_owned()));
            found
        }
        Protocol::Imap => {
            let mut found = mechanisms("AUTH");
            found.extend((!has("LOGINDISABLED")).then(|| "LOGIN".to_owned()));
            found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::rules::tests::{finding, judged_alone, polite, unseen};

    fn announced(port: u16, before: &[&str], inside: &[&str]) -> Verdict {
        let list = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        judged_alone(check, port, |seen| {
            polite(seen, |session| {
                session.plain.as_mut().unwrap().capabilities = list(before);
                session.inside.as_mut().unwrap().capabilities = list(inside);
            });
        })
    }

    #[test]
    fn passes_when_logins_are_inside_or_nowhere() {
        for port in [25, 587, 143, 110, 4190] {
            assert_eq!(judged_alone(check, port, |_| {}), Verdict::Pass, "{port}");
        }
        assert_eq!(announced(587, &["STARTTLS", "AUTH PLAIN"], &["AUTH EXTERNAL"]), Verdict::Pass);
        assert_eq!(announced(587, &["STARTTLS", "AUTH PLAIN"], &["AUTH=PLAIN LOGIN"]), Verdict::Pass);
        assert_eq!(announced(110, &["STLS", "USER"], &["USER"]), Verdict::Pass);
        assert_eq!(announced(143, &["IMAP4rev1", "AUTH=PLAIN"], &["IMAP4rev1"]), Verdict::Pass);
        assert_eq!(announced(587, &["STARTTLS", "AUTHORITY"], &["SIZE"]), Verdict::Pass);
    }

    #[test]
    fn fails_when_they_are_gone_inside() {
        let lost = |port, before: &[&str], inside: &[&str]| finding(announced(port, before, inside));
        assert_eq!(lost(587, &["STARTTLS", "AUTH PLAIN"], &["SIZE"]).severity, Severity::Error);
        assert_eq!(lost(25, &["STARTTLS", "AUTH PLAIN"], &["SIZE"]).severity, Severity::Warning);
        let imap = lost(143, &["IMAP4rev1", "STARTTLS"], &["IMAP4rev1", "LOGINDISABLED"]);
        assert_eq!(imap.evidence["before_tls"].to_string(), r#"["LOGIN"]"#);
        let pop3 = lost(110, &["STLS", "USER", "SASL PLAIN"], &["UIDL"]);
        assert_eq!(pop3.evidence["before_tls"].to_string(), r#"["AUTH PLAIN","USER"]"#);
        let sieve = lost(4190, &["\"SASL\" \"PLAIN\"", "\"STARTTLS\""], &["\"SASL\" \"\""]);
        assert_eq!(sieve.severity, Severity::Error);
    }

    #[test]
    fn unknown_when_the_look_inside_was_cut_short() {
        let verdict = judged_alone(check, 587, |seen| {
            polite(seen, |session| {
                session.plain.as_mut().unwrap().capabilities = Some(vec!["AUTH PLAIN".into()]);
                session.inside.as_mut().unwrap().capabilities = None;
            });
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 587), Verdict::Unknown(_)));
    }
}
