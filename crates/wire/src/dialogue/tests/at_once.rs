use super::*;

/// Runs the cases of a protocol whose upgrade is asked for at once.
fn check_at_once(protocol: Protocol, cases: &[Case]) {
    check(protocol, Goal::AtOnce, cases);
}

#[test]
fn the_greeting_is_followed_by_the_request() {
    let smtp = [Case("taken", b"220 mx ESMTP\r\n220 go\r\n", &["STARTTLS"], Outcome::GoAhead)];
    check_at_once(Protocol::Smtp, &smtp);
    check_at_once(Protocol::Submission, &smtp);
    let imap = [Case("taken", b"* OK hi\r\nm1 OK go\r\n", &["m1 STARTTLS"], Outcome::GoAhead)];
    check_at_once(Protocol::Imap, &imap);
    check_at_once(Protocol::Pop3, &[Case("taken", b"+OK hi\r\n+OK go\r\n", &["STLS"], Outcome::GoAhead)]);
}

#[test]
fn what_was_too_early_is_asked_in_due_form() {
    let cases = [
        Case(
            "hello first",
            b"220 mx\r\n503 EHLO first\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n",
            &["STARTTLS", "EHLO client.example", "STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "refused twice",
            b"220 mx\r\n503 EHLO first\r\n250-mx\r\n250 STARTTLS\r\n502 no\r\n",
            &["STARTTLS", "EHLO client.example", "STARTTLS"],
            Outcome::Refused { class: Class::Permanent(502) },
        ),
        Case(
            "no longer announced",
            b"220 mx\r\n502 no\r\n250 mx\r\n",
            &["STARTTLS", "EHLO client.example"],
            Outcome::NotOffered,
        ),
        Case(
            "not now",
            b"220 mx\r\n454 4.7.0 try later\r\n",
            &["STARTTLS"],
            Outcome::Refused { class: Class::Temporary(454) },
        ),
        Case("closed", b"220 mx\r\n", &["STARTTLS"], Outcome::Closed { at: Stage::StartTls }),
    ];
    check_at_once(Protocol::Smtp, &cases);
    let imap = [Case(
        "capabilities first",
        b"* OK hi\r\nm1 BAD no\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nm2 OK\r\nm3 OK go\r\n",
        &["m1 STARTTLS", "m2 CAPABILITY", "m3 STARTTLS"],
        Outcome::GoAhead,
    )];
    check_at_once(Protocol::Imap, &imap);
    let pop3 = [Case(
        "capabilities first",
        b"+OK hi\r\n-ERR no\r\n+OK\r\nSTLS\r\n.\r\n+OK go\r\n",
        &["STLS", "CAPA", "STLS"],
        Outcome::GoAhead,
    )];
    check_at_once(Protocol::Pop3, &pop3);
}

#[test]
fn where_the_hello_or_the_greeting_tells_all_nothing_is_saved() {
    let lmtp = [Case(
        "LHLO is due",
        b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n",
        &["LHLO client.example", "STARTTLS"],
        Outcome::GoAhead,
    )];
    check_at_once(Protocol::Lmtp, &lmtp);
    let sieve = [Case("told by itself", b"\"STARTTLS\"\r\nOK\r\nOK\r\n", &["STARTTLS"], Outcome::GoAhead)];
    check_at_once(Protocol::Sieve, &sieve);
}
