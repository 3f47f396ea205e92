use super::*;

#[test]
fn upgrades() {
    let cases = [
        Case(
            "asks, then upgrades",
            b"* OK ready\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nm1 OK done\r\nm2 OK begin\r\n",
            &["m1 CAPABILITY", "m2 STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "announced in the greeting",
            b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\nm1 OK begin\r\n",
            &["m1 STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "the greeting's list is too short",
            b"* OK [CAPABILITY IMAP4rev1] ready\r\n* CAPABILITY IMAP4rev1 STARTTLS\r\nm1 OK\r\nm2 OK\r\n",
            &["m1 CAPABILITY", "m2 STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "listed in the tagged reply only",
            b"* OK hi\r\nm1 OK [CAPABILITY IMAP4rev1 STARTTLS] done\r\nm2 OK\r\n",
            &["m1 CAPABILITY", "m2 STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "PREAUTH",
            b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] logged in as you\r\n",
            &[],
            Outcome::PreAuthenticated,
        ),
        Case(
            "BYE greeting",
            b"* BYE too many connections\r\n",
            &[],
            Outcome::Rejected { at: Stage::Greeting, class: Class::Bye },
        ),
        Case(
            "NO greeting",
            b"* NO way\r\n",
            &[],
            Outcome::Invalid { at: Stage::Greeting, why: Flaw::UnexpectedStatus },
        ),
        Case(
            "BYE in the middle",
            b"* OK hi\r\n* BYE idle for too long\r\n",
            &["m1 CAPABILITY"],
            Outcome::Rejected { at: Stage::Capabilities, class: Class::Bye },
        ),
        Case(
            "BYE after STARTTLS",
            b"* OK [CAPABILITY STARTTLS]\r\n* BYE no more\r\n",
            &["m1 STARTTLS"],
            Outcome::Rejected { at: Stage::StartTls, class: Class::Bye },
        ),
        Case(
            "LOGINDISABLED and no STARTTLS",
            b"* OK hi\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nm1 OK\r\n",
            &["m1 CAPABILITY"],
            Outcome::NotOffered,
        ),
        Case(
            "CAPABILITY unknown, STARTTLS known",
            b"* OK hi\r\nm1 BAD what?\r\nm2 OK begin\r\n",
            &["m1 CAPABILITY", "m2 STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "CAPABILITY and STARTTLS unknown",
            b"* OK hi\r\nm1 BAD what?\r\nm2 BAD what?\r\n",
            &["m1 CAPABILITY", "m2 STARTTLS"],
            Outcome::NotOffered,
        ),
        Case(
            "announced, then NO",
            b"* OK [CAPABILITY STARTTLS]\r\nm1 NO no certificate\r\n",
            &["m1 STARTTLS"],
            Outcome::Refused { class: Class::Negative },
        ),
        Case(
            "announced, then BAD",
            b"* OK [CAPABILITY STARTTLS]\r\nm1 BAD TLS support isn't enabled.\r\n",
            &["m1 STARTTLS"],
            Outcome::Refused { class: Class::Bad },
        ),
        Case(
            "a literal amid the data",
            b"* OK hi\r\n* X {10}\r\nm1 OK no\r\n {2}\r\n\r\n\r\n* CAPABILITY STARTTLS\r\nm1 OK yes\r\nm2 OK\r\n",
            &["m1 CAPABILITY", "m2 STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "a literal of 4 GB",
            b"* OK hi\r\n* X {4294967296}\r\n",
            &["m1 CAPABILITY"],
            Outcome::Invalid { at: Stage::Capabilities, why: Flaw::Literal },
        ),
        Case(
            "a status that ends like a literal",
            b"* OK version {5}\r\n* OK more {99}\r\n* CAPABILITY STARTTLS\r\nm1 OK {7}\r\nm2 OK\r\n",
            &["m1 CAPABILITY", "m2 STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "another's tag",
            b"* OK hi\r\na1 OK done\r\n",
            &["m1 CAPABILITY"],
            Outcome::Invalid { at: Stage::Capabilities, why: Flaw::NoStatus },
        ),
        Case(
            "a continuation that nobody asked for",
            b"* OK hi\r\n+ go on\r\n",
            &["m1 CAPABILITY"],
            Outcome::Invalid { at: Stage::Capabilities, why: Flaw::NoStatus },
        ),
        Case(
            "stripped",
            b"* OK hi\r\n* CAPABILITY IMAP4rev1 XXXXXXXX\r\nm1 OK\r\n",
            &["m1 CAPABILITY"],
            Outcome::Stripped { line: "XXXXXXXX".to_owned() },
        ),
    ];
    check(Protocol::Imap, Goal::StartTls, &cases);
}

#[test]
fn greets_and_leaves() {
    let cases = [
        Case(
            "inside TLS",
            b"* OK hi\r\n* CAPABILITY IMAP4rev1\r\nm1 OK\r\n* BYE\r\nm2 OK\r\n",
            &["m1 CAPABILITY", "m2 LOGOUT"],
            Outcome::Quit,
        ),
        Case(
            "PREAUTH",
            b"* PREAUTH hi\r\n* CAPABILITY IMAP4rev1\r\nm1 OK\r\n* BYE\r\nm2 OK\r\n",
            &["m1 CAPABILITY", "m2 LOGOUT"],
            Outcome::Quit,
        ),
    ];
    check(Protocol::Imap, Goal::Greet, &cases);
}

#[test]
fn bye_is_no_end_of_the_farewell() {
    let server = b"* OK hi\r\nm1 OK\r\n* BYE see you\r\nm2 OK done\r\n";
    let record = run(Protocol::Imap, Goal::Greet, server);
    let farewell = record.reply(Stage::Quit).expect("a farewell");
    assert_eq!((farewell.bytes.as_slice(), farewell.class), (&server[16..], Class::Ok));
}

#[test]
fn capabilities_are_keywords() {
    let server =
        b"* OK [CAPABILITY IMAP4rev1] hi\r\n* CAPABILITY IMAP4rev1  AUTH=PLAIN LOGINDISABLED\r\nm1 OK\r\n";
    let record = run(Protocol::Imap, Goal::StartTls, server);
    assert_eq!(capabilities(&record), ["IMAP4rev1", "AUTH=PLAIN", "LOGINDISABLED"]);
    assert_eq!(record.announces("LOGINDISABLED"), Some(true));
}

#[test]
fn tags_go_on_inside_tls() {
    let before = b"* OK hi\r\n* CAPABILITY STARTTLS\r\nm1 OK\r\nm2 OK\r\n";
    let after = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nm3 OK\r\n* BYE\r\nm4 OK\r\n";
    let record = resume(Protocol::Imap, before, after);
    assert_eq!(commands(&record), ["m3 CAPABILITY", "m4 LOGOUT"]);
    assert_eq!(capabilities(&record), ["IMAP4rev1", "AUTH=PLAIN"]);

    let record = resume(Protocol::Imap, before, b"m3 BAD\r\nm4 OK\r\n");
    assert_eq!((record.outcome, record.capabilities), (Outcome::Quit, None));
}
