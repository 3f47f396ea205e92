//! What a server shows of its software.

use crate::observation::{EndpointObservation, Line, Session, Talk};
use crate::software::{Product, Software};
use crate::words;

/// Tells which software answers, from its greetings, replies and announcements; none if nothing shows it.
///
/// A name in words counts before behaviour, and the name of the host does not count at all.
pub fn identify(seen: &EndpointObservation) -> Option<Software> {
    let polite = seen.polite().into_iter();
    let sessions: Vec<&Session> = polite.chain(&seen.sessions).collect();
    let talks: Vec<&Talk> = sessions
        .iter()
        .flat_map(|session| [session.plain.as_ref(), session.inside.as_ref()])
        .flatten()
        .collect();
    let lines = || talks.iter().flat_map(|talk| &talk.lines);
    let announced = || talks.iter().filter_map(|talk| talk.capabilities.as_deref());

    let greetings = || lines().filter(|line| line.sent.is_none()).filter_map(|line| line.reply.as_deref());
    greetings()
        .find_map(|greeting| by_name(greeting, seen))
        .or_else(|| announced().flatten().find_map(|word| by_implementation(word)))
        .or_else(|| greetings().find_map(by_greeting))
        .or_else(|| announced().find_map(by_capabilities))
        .or_else(|| lines().find_map(by_reply))
}

/// Reads a greeting that names its software.
fn by_name(text: &str, seen: &EndpointObservation) -> Option<Software> {
    let words = spoken(text);
    let found = NAMES.iter().find_map(|(name, product)| {
        let name: Vec<&str> = name.split(' ').collect();
        let is_here = |window: &[&str]| window.iter().zip(&name).all(|(a, b)| a.eq_ignore_ascii_case(b));
        let start = words.windows(name.len()).position(is_here)?;
        Some((product, &words[start + name.len()..]))
    });
    let (product, after) = found?;
    let version = match product {
        Product::Gmail | Product::Microsoft365 | Product::Exchange => None,
        _ => after.iter().take(2).find_map(|word| version(word)),
    };
    let product = match product {
        Product::Exchange if is_microsoft_365(text, seen) => Product::Microsoft365,
        product => *product,
    };
    Some(Software {
        product,
        version,
        evidence: format!("greeting: {}", words::escape(text.trim_end(), MOST_EVIDENCE)),
    })
}

/// Splits a greeting into words, without its reply code, its capabilities and the name of its host.
fn spoken(text: &str) -> Vec<&str> {
    let text = text.lines().next().unwrap_or_default();
    let (text, skip) = match text.as_bytes() {
        [b'2', b'2', b'0', b' ' | b'-', ..] => (&text[4..], 1),
        [b'*', b' ', b'O', b'K', b' ', ..] => (&text[5..], 0),
        [b'+', b'O', b'K', b' ', ..] => (&text[4..], 0),
        _ => (text, 0),
    };
    let text = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => rest,
        None => text,
    };
    text.split(|c: char| c.is_ascii_whitespace() || "()[]/\",;".contains(c))
        .filter(|word| !word.is_empty())
        .skip(skip)
        .map(|word| word.trim_end_matches('.'))
        .collect()
}

/// Reads a version: digits and dots at the start, after an optional `v`.
fn version(word: &str) -> Option<String> {
    let word = word.strip_prefix('v').unwrap_or(word);
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let version = word[..end].trim_end_matches('.');
    let is_version = version.contains('.') && version.starts_with(|c: char| c.is_ascii_digit());
    is_version.then(|| version.chars().take(MOST_VERSION).collect())
}

/// Microsoft's own service greets as Exchange does, under its own names.
fn is_microsoft_365(text: &str, seen: &EndpointObservation) -> bool {
    let host = seen.endpoint.host.to_string();
    let greets = text.split_ascii_whitespace().nth(1).unwrap_or_default().to_ascii_lowercase();
    [host.as_str(), greets.as_str()].iter().any(|name| {
        name.ends_with(".outlook.com")
            || name.ends_with(".office365.com")
            || name.ends_with(".mail.protection.outlook.de")
            || name.ends_with(".mx.microsoft")
    })
}

/// Reads ManageSieve's IMPLEMENTATION.
fn by_implementation(word: &str) -> Option<Software> {
    let value = word.trim_start().strip_prefix("\"IMPLEMENTATION\"").or_else(|| {
        let (name, value) = word.trim_start().split_once(' ')?;
        name.eq_ignore_ascii_case("IMPLEMENTATION").then_some(value)
    })?;
    let words = spoken(value);
    let (_, product) = IMPLEMENTATIONS
        .iter()
        .find(|(name, _)| words.first().is_some_and(|first| first.eq_ignore_ascii_case(name)))?;
    // Pigeonhole is numbered apart from Dovecot.
    let version = match product {
        Product::Dovecot => None,
        _ => words.iter().find_map(|word| version(word)),
    };
    Some(Software {
        product: *product,
        version,
        evidence: format!("IMPLEMENTATION {}", words::escape(value.trim(), MOST_EVIDENCE)),
    })
}

/// Reads greetings that have a wording of their own without a name.
fn by_greeting(greeting: &str) -> Option<Software> {
    let text = greeting.lines().next().unwrap_or_default();
    let (_, product) = WORDINGS.iter().find(|(wording, _)| text.trim_end() == *wording)?;
    Some(behaviour(*product, &format!("the wording of the greeting, {}", words::escape(text, MOST_EVIDENCE))))
}

/// Reads the order of announcements, which a changed greeting does not hide.
fn by_capabilities(words: &[String]) -> Option<Software> {
    let keywords: Vec<String> = words
        .iter()
        .filter_map(|word| word.split([' ', '=']).next())
        .map(|keyword| keyword.trim_matches('"').to_ascii_uppercase())
        .collect();
    let has = |word: &str| keywords.iter().any(|keyword| keyword == word);
    let postfix = ["PIPELINING", "SIZE", "ENHANCEDSTATUSCODES", "8BITMIME", "DSN"];
    if postfix.iter().all(|word| has(word))
        && keywords[0] == "PIPELINING"
        && in_order(&keywords, POSTFIX_ORDER)
    {
        return Some(behaviour(Product::Postfix, "the order of the EHLO keywords"));
    }
    if keywords.windows(DOVECOT_IMAP.len()).any(|window| window.iter().eq(DOVECOT_IMAP)) {
        return Some(behaviour(Product::Dovecot, "the order of the IMAP capabilities"));
    }
    if has("X-ANONYMOUSTLS") || has("X-EXPS") {
        return Some(behaviour(Product::Exchange, "the EHLO keyword X-ANONYMOUSTLS or X-EXPS"));
    }
    None
}

/// Returns whether all words stand in `order`, in its order.
fn in_order(words: &[String], order: &[&str]) -> bool {
    let mut rest = order.iter();
    words.iter().all(|word| rest.any(|known| known == word))
}

/// Reads replies that only one software words so.
fn by_reply(line: &Line) -> Option<Software> {
    let reply = line.reply.as_deref()?.trim_end();
    let starts_tls =
        line.sent.as_deref().is_some_and(|sent| sent.trim_end().eq_ignore_ascii_case("STARTTLS"));
    (starts_tls && reply == "220 TLS go ahead")
        .then(|| behaviour(Product::Exim, "the reply to STARTTLS, \"220 TLS go ahead\""))
}

fn behaviour(product: Product, what: &str) -> Software {
    Software { product, version: None, evidence: format!("behaviour: {what}") }
}

/// Names in greetings. A name of several words stands for them in a row; the more telling ones come first.
const NAMES: &[(&str, Product)] = &[
    ("gsmtp", Product::Gmail),
    ("Gimap ready", Product::Gmail),
    ("Gpop ready", Product::Gmail),
    ("Microsoft ESMTP MAIL Service", Product::Exchange),
    ("Microsoft Exchange IMAP4 service", Product::Exchange),
    ("Microsoft Exchange Server IMAP4 server", Product::Exchange),
    ("Microsoft Exchange POP3 service", Product::Exchange),
    ("Microsoft Exchange Server POP3 server", Product::Exchange),
    ("ESMTP Postfix", Product::Postfix),
    ("ESMTP Exim", Product::Exim),
    ("ESMTP OpenSMTPD", Product::OpenSmtpd),
    ("ESMTP Sendmail", Product::Sendmail),
    ("ESMTP Haraka", Product::Haraka),
    ("Cyrus IMAP", Product::Cyrus),
    ("Cyrus IMAP4", Product::Cyrus),
    ("Cyrus POP3", Product::Cyrus),
    ("Cyrus LMTP", Product::Cyrus),
    ("Cyrus", Product::Cyrus),
    ("Courier-IMAP", Product::Courier),
    ("Stalwart", Product::Stalwart),
    ("hMailServer", Product::HMailServer),
    ("Haraka", Product::Haraka),
    ("maddy", Product::Maddy),
    ("Dovecot", Product::Dovecot),
    ("Postfix", Product::Postfix),
];

/// First words of ManageSieve's IMPLEMENTATION.
const IMPLEMENTATIONS: &[(&str, Product)] =
    &[("Dovecot", Product::Dovecot), ("Cyrus", Product::Cyrus), ("Stalwart", Product::Stalwart)];

/// Whole greetings without a name.
const WORDINGS: &[(&str, Product)] =
    &[("* OK IMAPrev1", Product::HMailServer), ("+OK Hello there.", Product::Courier)];

/// The order in which Postfix lists its EHLO keywords, whichever of them are on.
const POSTFIX_ORDER: &[&str] = &[
    "PIPELINING",
    "SIZE",
    "VRFY",
    "ETRN",
    "STARTTLS",
    "AUTH",
    "AUTH",
    "XCLIENT",
    "XFORWARD",
    "ENHANCEDSTATUSCODES",
    "8BITMIME",
    "DSN",
    "SMTPUTF8",
    "REQUIRETLS",
    "CHUNKING",
];

/// How Dovecot's list of capabilities before the login begins.
const DOVECOT_IMAP: &[&str] = &["SASL-IR", "LOGIN-REFERRALS", "ID", "ENABLE", "IDLE", "LITERAL+"];

/// Enough of a greeting to recognise it.
const MOST_EVIDENCE: usize = 160;

/// Enough of a version.
const MOST_VERSION: usize = 20;

#[cfg(test)]
mod tests {
    use super::identify;
    use crate::observation::{Ask, EndpointObservation, Line, Tls};
    use crate::sample;
    use crate::software::Product;

    /// An endpoint that greets so and announces this.
    fn server(port: u16, greeting: &str, announced: &[&str]) -> EndpointObservation {
        let mut seen = sample::endpoint(port, &[]);
        let mut session = sample::session(&seen.endpoint, Ask::Polite, Tls::default());
        let mut talk = sample::talk(seen.endpoint.protocol, false);
        talk.lines = vec![Line { sent: None, reply: Some(greeting.to_owned()) }];
        talk.capabilities = Some(announced.iter().map(|word| (*word).to_owned()).collect());
        session.inside = None;
        session.plain = Some(talk);
        seen.sessions = vec![session];
        seen
    }

    #[test]
    fn real_greetings_are_recognised() {
        use Product::*;
        let table: &[(u16, &str, Product, Option<&str>)] = &[
            (25, "220 mail.example.org ESMTP Postfix (Debian/GNU)", Postfix, None),
            (25, "220 mail.example.org ESMTP Postfix (2.11.0)", Postfix, Some("2.11.0")),
            (587, "220 mail.example.org ESMTP Postfix", Postfix, None),
            (25, "220 mx.example.org ESMTP Exim 4.96 Sat, 21 Nov 2026 12:00:00 +0000", Exim, Some("4.96")),
            (25, "220 postfix.example.org ESMTP Exim 4.97.1 Sat, 21 Nov 2026", Exim, Some("4.97.1")),
            (25, "220 postfix ESMTP Exim 4.97.1 Sat, 21 Nov 2026", Exim, Some("4.97.1")),
            (25, "220 mail.example.org ESMTP OpenSMTPD", OpenSmtpd, None),
            (
                25,
                "220 mail.example.org ESMTP Sendmail 8.17.1/8.17.1; Sat, 21 Nov 2026 12:00:00 GMT",
                Sendmail,
                Some("8.17.1"),
            ),
            (
                25,
                "220 mail.example.org Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026",
                Exchange,
                None,
            ),
            (
                25,
                "220 AM2PEPF00.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Sat",
                Microsoft365,
                None,
            ),
            (25, "220 mx.google.com ESMTP ffacd0b85a97d-42ca7f37cbesi - gsmtp", Gmail, None),
            (993, "* OK Gimap ready for requests from 192.0.2.1 abc", Gmail, None),
            (25, "220 mail.example.org Stalwart ESMTP at your service", Stalwart, None),
            (25, "220 mail.example.org ESMTP Haraka/3.0.1 ready", Haraka, Some("3.0.1")),
            (143, "* OK [CAPABILITY IMAP4rev1 SASL-IR STARTTLS] Dovecot (Debian) ready.", Dovecot, None),
            (110, "+OK Dovecot ready.", Dovecot, None),
            (24, "220 mail.example.org Dovecot ready.", Dovecot, None),
            (
                143,
                "* OK [CAPABILITY IMAP4rev1 ID] dovecot.example.org Cyrus IMAP 3.6.1-4+deb12u5 server ready",
                Cyrus,
                Some("3.6.1"),
            ),
            (110, "+OK mail.example.org Cyrus POP3 v2.4.17 server ready", Cyrus, Some("2.4.17")),
            (143, "* OK The Microsoft Exchange IMAP4 service is ready.", Exchange, None),
            (
                143,
                "* OK [CAPABILITY IMAP4rev1 UIDPLUS] Courier-IMAP ready. Copyright 1998-2018 Double Precision, Inc.",
                Courier,
                None,
            ),
            (110, "+OK Hello there.", Courier, None),
            (143, "* OK IMAPrev1", HMailServer, None),
        ];
        for (port, greeting, product, version) in table {
            let software = identify(&server(*port, greeting, &[])).expect(greeting);
            assert_eq!((software.product, software.version.as_deref()), (*product, *version), "{greeting}");
            assert!(software.evidence.contains("greeting"), "{}", software.evidence);
        }
    }

    #[test]
    fn a_host_name_is_no_software() {
        for greeting in [
            "220 postfix.example.org ESMTP",
            "220 dovecot ready",
            "220 exim",
            "* OK [CAPABILITY IMAP4rev1] imap.dovecot.example ready",
            "554 5.7.1 no service",
            "",
            "\\xff\\xfe",
        ] {
            assert_eq!(identify(&server(25, greeting, &[])), None, "{greeting}");
        }
    }

    #[test]
    fn a_changed_greeting_does_not_hide_postfix() {
        let announced = [
            "PIPELINING",
            "SIZE 10240000",
            "VRFY",
            "ETRN",
            "STARTTLS",
            "AUTH PLAIN LOGIN",
            "AUTH=PLAIN LOGIN",
            "ENHANCEDSTATUSCODES",
            "8BITMIME",
            "DSN",
            "SMTPUTF8",
            "CHUNKING",
        ];
        let software = identify(&server(25, "220 mx.example.org ESMTP", &announced)).unwrap();
        assert_eq!(software.product, Product::Postfix);
        assert!(software.evidence.starts_with("behaviour"));

        let sendmail =
            ["ENHANCEDSTATUSCODES", "PIPELINING", "8BITMIME", "SIZE", "DSN", "ETRN", "STARTTLS", "HELP"];
        assert_eq!(identify(&server(25, "220 mx.example.org ESMTP", &sendmail)), None);
        let exim = ["SIZE 52428800", "8BITMIME", "PIPELINING", "PIPECONNECT", "CHUNKING", "STARTTLS", "HELP"];
        assert_eq!(identify(&server(25, "220 mx.example.org ESMTP", &exim)), None);
    }

    #[test]
    fn capabilities_tell_dovecot_and_cyrus() {
        let dovecot = [
            "IMAP4rev1",
            "SASL-IR",
            "LOGIN-REFERRALS",
            "ID",
            "ENABLE",
            "IDLE",
            "LITERAL+",
            "STARTTLS",
            "LOGINDISABLED",
        ];
        assert_eq!(identify(&server(143, "* OK hello", &dovecot)).unwrap().product, Product::Dovecot);
        let pigeonhole = ["\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"", "\"SASL\" \"\""];
        assert_eq!(identify(&server(4190, "", &pigeonhole)).unwrap().product, Product::Dovecot);
        let cyrus = identify(&server(4190, "", &["\"IMPLEMENTATION\" \"Cyrus timsieved v3.6.1-4+deb12u5\""]))
            .unwrap();
        assert_eq!((cyrus.product, cyrus.version.as_deref()), (Product::Cyrus, Some("3.6.1")));
    }

    #[test]
    fn the_reply_to_starttls_tells_exim() {
        let mut seen = server(25, "220 mx.example.org ESMTP ready", &["STARTTLS"]);
        let talk = seen.sessions[0].plain.as_mut().unwrap();
        talk.lines.push(Line { sent: Some("STARTTLS".into()), reply: Some("220 TLS go ahead".into()) });
        assert_eq!(identify(&seen).unwrap().product, Product::Exim);
    }
}
