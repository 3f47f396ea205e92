//! Passwords are taken before TLS.

use super::{scope, wording};
use crate::endpoint::{Place, Protocol};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Talk, TalkEnd};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "login-before-tls",
    title: "logins are announced before TLS",
    severity: Severity::Error,
    what: "Before the connection is encrypted, the server already announces logins that carry the password \
           (or a token as good as one) in clear text.",
    why: "A mail program that is set to no encryption, or to \"TLS if available\" with somebody on the way \
          who removes the offer, sends its password for everybody to read, and nobody notices.",
    affected: "Mail programs without a strict TLS setting: their passwords can be read on the way.",
    fix: "Take no logins before TLS: in Postfix smtpd_tls_auth_only=yes, in Dovecot 2.3 \
          disable_plaintext_auth=yes, in 2.4 auth_allow_cleartext=no.",
    change: Some(ChangeKind::RequireTlsForLogin),
    references: &["RFC 8314 §3.3", "RFC 4954 §4", "RFC 9051 §6.2.3", "RFC 2595 §4", "RFC 5804 §1.7"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.protocol == Protocol::Lmtp {
        return Verdict::NotApplicable("nobody logs in by LMTP");
    }
    if matches!(seen.endpoint.place, Place::Unix(_)) {
        return Verdict::NotApplicable("a Unix socket needs no encryption");
    }
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    let talks = || seen.sessions.iter().filter_map(|session| session.plain.as_ref());
    let Some(talk) = look.plain.as_ref().or_else(|| talks().find(|talk| talk.capabilities.is_some())) else {
        return Verdict::NotApplicable("nothing is said before TLS");
    };
    if talk.capabilities.is_none() && !matches!(talk.end, TalkEnd::Done | TalkEnd::Refused(_)) {
        return Verdict::NotApplicable("the dialogue did not come as far as the capabilities");
    }
    let Some(passwords) = passwords(seen.endpoint.protocol, talk) else {
        return Verdict::Unknown("the server did not say what it offers before TLS".to_owned());
    };
    if passwords.is_empty() {
        let lists_user = talk.capabilities.iter().flatten().any(|line| line.eq_ignore_ascii_case("USER"));
        return if seen.endpoint.protocol == Protocol::Pop3 && lists_user {
            Verdict::Unknown(
                "the server lists USER before TLS; only a login would tell whether it takes it".to_owned(),
            )
        } else {
            Verdict::Pass
        };
    }
    let mut cause = format!("Before TLS, the server announces {}.", words::list(&passwords));
    // Dovecot takes clients of the same machine for safe, and announces to them what it denies to others.
    let only_here = scope::is_local(seen) && talks().any(names_dovecot);
    let severity = if only_here {
        cause.push_str(
            " This was seen over the loopback address, and Dovecot takes clients of its own machine for \
             safe: look from another machine to learn what others are offered.",
        );
        Severity::Note
    } else if talk.end == TalkEnd::Done || seen.speaks().is_some() {
        cause.push_str(" Programs that are not strict about TLS send their passwords in clear text.");
        Severity::Warning
    } else {
        cause.push_str(" TLS cannot be had on this port, so every login crosses the network in clear text.");
        Severity::Error
    };
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {}", severity.name(), passwords.join(" ")),
            "logins are announced before TLS",
            cause,
        )
        .hurts(format!("{}, without a strict TLS setting", wording::logins(seen.endpoint.role)))
        .evidence("announced", passwords)
        .change(Change::RequireTlsForLogin),
    )
}

/// Returns the logins among the capabilities that carry a password or token in clear text; none where the
/// server announced nothing at all.
pub(super) fn passwords(protocol: Protocol, talk: &Talk) -> Option<Vec<String>> {
    let capabilities = talk.capabilities.as_ref()?;
    let lines: Vec<String> =
        capabilities.iter().map(|line| line.replace('"', "").trim().to_ascii_uppercase()).collect();
    let mechanisms = |key: &str| -> Vec<String> {
        let lists = lines.iter().filter_map(|line| {
            let rest = line.strip_prefix(key)?;
            rest.is_empty().then_some("").or_else(|| rest.strip_prefix([' ', '=']))
        });
        let clear = |word: &&str| IN_CLEAR.contains(word);
        let mut found: Vec<String> =
            lists.flat_map(str::split_whitespace).filter(clear).map(|word| format!("AUTH {word}")).collect();
        found.sort();
        found.dedup();
        found
    };
    Some(match protocol {
        Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => mechanisms("AUTH"),
        Protocol::Sieve => mechanisms("SASL"),
        Protocol::Pop3 => {
            let has = |word: &str| lines.iter().any(|line| line == word);
            let mut found = mechanisms("SASL");
            // Beside STLS, USER alone proves nothing: Courier lists it before TLS and then refuses it.
            found.extend((has("USER") && (!found.is_empty() || !has("STLS"))).then(|| "USER".to_owned()));
            found
        }
        Protocol::Imap => {
            let mut found = mechanisms("AUTH");
            let disabled = lines.iter().any(|line| line == "LOGINDISABLED");
            found.extend((!disabled).then(|| "LOGIN".to_owned()));
            found
        }
    })
}

fn names_dovecot(talk: &Talk) -> bool {
    let said = talk.lines.iter().filter_map(|line| line.reply.as_deref());
    said.chain(talk.capabilities.iter().flatten().map(String::as_str)).any(|text| text.contains("Dovecot"))
}

/// Mechanisms that send a password, or a token that logs in, as it is (RFC 4616, RFC 7628).
const IN_CLEAR: [&str; 4] = ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::endpoint::Place;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{EndpointObservation, TalkEnd};
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn announce(seen: &mut EndpointObservation, words: &[&str]) {
        polite(seen, |session| {
            session.plain.as_mut().unwrap().capabilities =
                Some(words.iter().map(|word| (*word).to_owned()).collect());
        });
    }

    fn announced(port: u16, words: &[&str]) -> Verdict {
        judged(check, port, |seen| announce(seen, words))
    }

    #[test]
    fn passes_when_nothing_carries_the_password_in_clear() {
        assert_eq!(announced(587, &["STARTTLS", "AUTH CRAM-MD5 SCRAM-SHA-256"]), Verdict::Pass);
        assert_eq!(announced(587, &["STARTTLS", "AUTHORITY PLAIN"]), Verdict::Pass);
        assert_eq!(announced(143, &["IMAP4rev1", "STARTTLS", "LOGINDISABLED"]), Verdict::Pass);
        assert_eq!(announced(110, &["STLS", "SASL CRAM-MD5"]), Verdict::Pass);
    }

    #[test]
    fn fails_on_the_words_of_each_protocol() {
        let words = |port, words: &[&str]| finding(announced(port, words)).evidence["announced"].to_string();
        assert_eq!(words(25, &["STARTTLS", "AUTH=LOGIN PLAIN"]), r#"["AUTH LOGIN","AUTH PLAIN"]"#);
        assert_eq!(words(143, &["IMAP4rev1", "STARTTLS", "AUTH=PLAIN"]), r#"["AUTH PLAIN","LOGIN"]"#);
        assert_eq!(words(143, &["IMAP4rev1", "STARTTLS"]), r#"["LOGIN"]"#);
        assert_eq!(words(110, &["USER"]), r#"["USER"]"#);
        assert_eq!(words(110, &["STLS", "USER", "SASL PLAIN"]), r#"["AUTH PLAIN","USER"]"#);
        assert!(matches!(announced(110, &["STLS", "USER"]), Verdict::Unknown(_)));
    }

    #[test]
    fn worse_where_tls_cannot_be_had() {
        assert_eq!(finding(announced(587, &["STARTTLS", "AUTH PLAIN"])).severity, Severity::Warning);
        let verdict = judged(check, 587, |seen| {
            seen.sessions.truncate(1);
            announce(seen, &["AUTH PLAIN"]);
            polite(seen, |session| {
                (session.tls, session.inside) = (None, None);
                session.plain.as_mut().unwrap().end = TalkEnd::NotOffered;
            });
        });
        assert_eq!(finding(verdict).severity, Severity::Error);
    }

    #[test]
    fn dovecot_seen_from_its_own_machine_is_a_note() {
        let verdict = judged(check, 143, |seen| {
            announce(seen, &["IMAP4rev1", "STARTTLS"]);
            seen.endpoint.place = Place::Tcp("127.0.0.1:143".parse().unwrap());
        });
        assert_eq!(finding(verdict).severity, Severity::Note);
    }

    #[test]
    fn unknown_without_a_list_or_a_look() {
        let verdict = judged(check, 110, |seen| {
            polite(seen, |session| session.plain.as_mut().unwrap().capabilities = None);
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 587), Verdict::Unknown(_)));
    }
}
