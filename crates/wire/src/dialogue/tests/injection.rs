use proptest::prelude::*;

use super::*;

/// Everything up to the go-ahead.
fn before(protocol: Protocol) -> &'static [u8] {
    match protocol {
        Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => {
            b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n"
        }
        Protocol::Imap => b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\nm1 OK begin\r\n",
        Protocol::Pop3 => b"+OK hi\r\n+OK\r\nSTLS\r\n.\r\n+OK begin\r\n",
        Protocol::Sieve => b"\"SASL\" \"\"\r\n\"STARTTLS\"\r\nOK\r\nOK begin\r\n",
    }
}

fn upgraded(protocol: Protocol, before: &[u8]) -> (Talk, Vec<Vec<u8>>) {
    let mut talk = Talk::new(protocol, Goal::Inject, "client.example");
    talk.feed(before);
    let mut sent = Vec::new();
    while let Step::Send(line) = talk.step() {
        sent.push(line);
    }
    (talk, sent)
}

/// What is told inside TLS by these chunks, and then `end`.
fn inside<C: AsRef<[u8]>>(protocol: Protocol, chunks: impl IntoIterator<Item = C>, end: End) -> Record {
    let (mut talk, _) = upgraded(protocol, before(protocol));
    assert_eq!(talk.step(), Step::StartTls, "{protocol}");
    let mut talk = talk.resume_after_tls();
    assert!(matches!(talk.step(), Step::Send(_)), "{protocol}");
    for chunk in chunks {
        talk.feed(chunk.as_ref());
    }
    talk.end(end);
    talk.quit();
    assert_eq!(talk.step(), Step::Done, "{protocol}");
    talk.into_record()
}

fn carried_out(reply: &str) -> Outcome {
    Outcome::CarriedOut { reply: reply.to_owned() }
}

fn refused(class: Class) -> Outcome {
    Outcome::Rejected { at: Stage::AfterInjection, class }
}

const CLOSED: Outcome = Outcome::Closed { at: Stage::AfterInjection };

fn check_inside(protocol: Protocol, cases: &[(&'static str, &'static [u8], Outcome)]) {
    for (name, says, outcome) in cases {
        let record = inside(protocol, [says], End::Eof);
        assert_eq!(&record.outcome, outcome, "{protocol}: {name}");
        assert_eq!(inside(protocol, says.chunks(1), End::Eof), record, "{protocol}: {name}: byte by byte");
        assert_eq!(record.exchanges.len(), 1, "{protocol}: {name}");
    }
}

#[test]
fn one_command_goes_out_in_the_same_breath_as_the_request_for_tls() {
    let breath = |protocol| {
        let (mut talk, sent) = upgraded(protocol, before(protocol));
        assert_eq!(talk.step(), Step::StartTls);
        let farewell = match talk.resume_after_tls().step() {
            Step::Send(line) => line,
            other => panic!("a farewell was due, not {other:?}"),
        };
        (sent.last().unwrap().escape_ascii().to_string(), farewell.escape_ascii().to_string())
    };
    let expected = |breath: &str, farewell: &str| (breath.to_owned(), farewell.to_owned());
    for protocol in [Protocol::Smtp, Protocol::Submission, Protocol::Lmtp] {
        assert_eq!(breath(protocol), expected(r"STARTTLS\r\nNOOP\r\n", r"QUIT\r\n"));
    }
    assert_eq!(breath(Protocol::Imap), expected(r"m1 STARTTLS\r\nm2 NOOP\r\n", r"m3 LOGOUT\r\n"));
    assert_eq!(breath(Protocol::Pop3), expected(r"STLS\r\nCAPA\r\n", r"QUIT\r\n"));
    let sieve = expected("STARTTLS\\r\\nNOOP \\\"mailmedic\\\"\\r\\n", r"LOGOUT\r\n");
    assert_eq!(breath(Protocol::Sieve), sieve);
}

#[test]
fn nothing_is_injected_where_tls_is_not_offered() {
    let (mut talk, sent) = upgraded(Protocol::Smtp, b"220 mx\r\n250-mx\r\n250 8BITMIME\r\n");
    assert_eq!(sent, [b"EHLO client.example\r\n"]);
    assert_eq!(talk.step(), Step::Done);
    assert_eq!(talk.record().outcome, Outcome::NotOffered);
}

#[test]
fn a_refusal_before_tls_is_a_refusal() {
    let server = [&before(Protocol::Smtp)[..30], b"554 5.5.0 improper pipelining\r\n"].concat();
    let (mut talk, _) = upgraded(Protocol::Smtp, &server);
    assert_eq!(talk.step(), Step::Done);
    assert_eq!(talk.record().outcome, Outcome::Refused { class: Class::Permanent(554) });
    talk.quit();
    assert_eq!(talk.step(), Step::Send(b"QUIT\r\n".to_vec()));
}

#[test]
fn an_answer_in_clear_text_is_left_over() {
    let server = [before(Protocol::Imap), b"m2 OK NOOP completed.\r\n"].concat();
    let (talk, _) = upgraded(Protocol::Imap, &server);
    assert_eq!(talk.record().leftover, b"m2 OK NOOP completed.\r\n");
}

#[test]
fn smtp_and_lmtp_tell_by_their_codes() {
    let cases = [
        ("dropped", &b"221 bye\r\n"[..], Outcome::Quit),
        ("dropped, and greeted again", b"220-mx\r\n220 mx\r\n221 bye\r\n", Outcome::Quit),
        ("carried out", b"250 2.0.0 Ok\r\n221 2.0.0 Bye\r\n", carried_out("250 2.0.0 Ok")),
        ("after a greeting", b"220 mx\r\n250 Ok\r\n221 Bye\r\n", carried_out("250 Ok")),
        ("in two lines", b"250-still\r\n250 here\r\n221 Bye\r\n", carried_out("250 here")),
        ("then closing", b"250 Ok\r\n421 later\r\n", carried_out("250 Ok")),
        ("one reply too few", b"250 Ok\r\n", Outcome::Unclear),
        ("refused inside TLS", b"554 pipelining\r\n", refused(Class::Permanent(554))),
        ("refused, then a farewell", b"503 what\r\n221 bye\r\n", refused(Class::Permanent(503))),
        ("closing", b"421 later\r\n", refused(Class::Temporary(421))),
        ("half a reply", b"250 O", CLOSED),
        ("nothing", b"", CLOSED),
        ("no SMTP", b"\x15\x03\x03\r\n", Outcome::Invalid { at: Stage::AfterInjection, why: Flaw::NoStatus }),
    ];
    for protocol in [Protocol::Smtp, Protocol::Submission, Protocol::Lmtp] {
        check_inside(protocol, &cases);
    }
}

#[test]
fn imap_tells_by_its_tags() {
    check_inside(
        Protocol::Imap,
        &[
            ("dropped", b"* BYE bye\r\nm3 OK Logout completed.\r\n", Outcome::Quit),
            ("dropped, and greeted again", b"* OK ready\r\n* BYE\r\nm3 OK\r\n", Outcome::Quit),
            (
                "carried out",
                b"m2 OK NOOP completed.\r\n* BYE\r\nm3 OK\r\n",
                carried_out("m2 OK NOOP completed."),
            ),
            ("in any case", b"M2 ok done\r\n", carried_out("M2 ok done")),
            ("refused inside TLS", b"m2 BAD pipelining\r\n* BYE\r\nm3 OK\r\n", refused(Class::Bad)),
            ("refused, and closed", b"m2 NO\r\n", refused(Class::Negative)),
            ("another tag", b"m22 OK\r\nm3 OK\r\n", Outcome::Quit),
            ("a farewell alone", b"* BYE too busy\r\n", CLOSED),
            ("nothing", b"", CLOSED),
        ],
    );
}

#[test]
fn pop3_tells_by_the_list() {
    check_inside(
        Protocol::Pop3,
        &[
            ("dropped", b"+OK Logging out\r\n", Outcome::Quit),
            ("dropped, and greeted again", b"+OK ready\r\n+OK Logging out\r\n", Outcome::Quit),
            ("carried out", b"+OK\r\nTOP\r\nUIDL\r\n.\r\n+OK bye\r\n", carried_out("TOP UIDL")),
            ("carried out, and closed", b"+OK list\r\nTOP\r\n.\r\n", carried_out("TOP")),
            ("a list without its end", b"+OK list\r\nTOP\r\n", CLOSED),
            ("refused inside TLS", b"-ERR no\r\n+OK bye\r\n", refused(Class::Negative)),
            ("nothing", b"", CLOSED),
            ("no POP3", b"* OK\r\n", Outcome::Invalid { at: Stage::AfterInjection, why: Flaw::NoStatus }),
        ],
    );
}

#[test]
fn sieve_tells_by_the_repeated_string() {
    let list = &b"\"SASL\" \"PLAIN\"\r\n\"VERSION\" \"1.0\"\r\nOK \"TLS.\"\r\nOK \"Logout\"\r\n"[..];
    check_inside(
        Protocol::Sieve,
        &[
            ("dropped", list, Outcome::Quit),
            ("dropped, without a list", b"OK \"Logout\"\r\n", Outcome::Quit),
            ("a farewell by BYE", b"BYE \"Logout\"\r\n", Outcome::Quit),
            (
                "carried out",
                b"\"SASL\" \"PLAIN\"\r\nOK\r\nOK (TAG {9}\r\nmailmedic) \"Done\"\r\nOK \"Logout\"\r\n",
                carried_out("OK (TAG {9}\r\nmailmedic) \"Done\""),
            ),
            (
                "carried out, quoted, without a list",
                b"OK (tag \"mailmedic\") \"Done\"\r\nOK\r\n",
                carried_out("OK (tag \"mailmedic\") \"Done\""),
            ),
            ("the word alone", b"OK \"mailmedic\"\r\n", Outcome::Quit),
            ("refused inside TLS", b"NO \"what\"\r\nOK\r\n", refused(Class::Negative)),
            ("a list without its end", b"\"SASL\" \"PLAIN\"\r\n", CLOSED),
            ("nothing", b"", CLOSED),
        ],
    );
    assert_eq!(capabilities(&inside(Protocol::Sieve, [list], End::Eof)), ["SASL PLAIN", "VERSION 1.0"]);
    assert_eq!(inside(Protocol::Sieve, [b"OK\r\n"], End::Eof).capabilities, None);
}

#[test]
fn how_it_ended_is_kept() {
    let ended = |end| inside(Protocol::Pop3, [b""], end).outcome;
    assert_eq!(ended(End::TimedOut), Outcome::Silent { at: Stage::AfterInjection });
    assert_eq!(ended(End::Reset), Outcome::Reset { at: Stage::AfterInjection });
}

proptest! {
    #[test]
    fn any_bytes_inside_end_within_bounds_and_in_any_chunks(
        protocol in prop::sample::select(&Protocol::ALL[..]),
        lines in prop::collection::vec(prop::sample::select(LINES), 0..8),
        noise in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut says = lines.concat();
        says.extend(noise);
        let whole = inside(protocol, [&says], End::Eof);
        prop_assert_eq!(&inside(protocol, says.chunks(1), End::Eof), &whole);
        prop_assert_eq!(&inside(protocol, says.chunks(7), End::Eof), &whole);
        prop_assert_ne!(&whole.outcome, &Outcome::InProgress);
    }
}

static LINES: &[&[u8]] = &[
    b"220 mx\r\n",
    b"250-mx\r\n",
    b"250 mx\r\n",
    b"221 bye\r\n",
    b"554 no\r\n",
    b"* OK hi\r\n",
    b"m2 OK\r\n",
    b"m2 BAD\r\n",
    b"m3 OK\r\n",
    b"+OK\r\n",
    b"-ERR\r\n",
    b"TOP\r\n",
    b".\r\n",
    b"\"SASL\" {3}\r\n",
    b"\"SASL\" \"\"\r\n",
    b"OK\r\n",
    b"OK (TAG \"mailmedic\")\r\n",
    b"NO\r\n",
    b"BYE\r\n",
];
