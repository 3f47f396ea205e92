use super::*;

const GREETINGS: [(Protocol, &[u8]); 6] = [
    (Protocol::Smtp, b"220 mx\r\n"),
    (Protocol::Submission, b"220 mx\r\n"),
    (Protocol::Lmtp, b"220 mx\r\n"),
    (Protocol::Imap, b"* OK hi\r\n"),
    (Protocol::Pop3, b"+OK hi\r\n"),
    (Protocol::Sieve, b"\"STARTTLS\"\r\nOK\r\n"),
];

const UPGRADES: [(Protocol, &[u8]); 5] = [
    (Protocol::Smtp, b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n"),
    (Protocol::Lmtp, b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n"),
    (Protocol::Imap, b"* OK [CAPABILITY STARTTLS] hi\r\nm1 OK\r\n"),
    (Protocol::Pop3, b"+OK\r\n+OK\r\nSTLS\r\n.\r\n+OK\r\n"),
    (Protocol::Sieve, b"\"STARTTLS\"\r\nOK\r\nOK\r\n"),
];

#[test]
fn names_go_both_ways() {
    for protocol in Protocol::ALL {
        assert_eq!(Protocol::from_name(protocol.name()), Some(protocol));
    }
    assert_eq!(Protocol::from_name("SMTP"), None);
}

#[test]
fn says_nothing_before_the_greeting_and_one_line_a_reply() {
    for (protocol, greeting) in GREETINGS {
        let mut talk = Talk::new(protocol, Goal::StartTls, "client.example");
        let (last, head) = greeting.split_last().expect("a greeting");
        for byte in head {
            talk.feed(&[*byte]);
            assert_eq!(talk.step(), Step::Read, "{protocol}");
        }
        talk.feed(&[*last]);
        assert!(matches!(talk.step(), Step::Send(_)), "{protocol}");
        assert_eq!(talk.step(), Step::Read, "{protocol}");
        assert_eq!(talk.step(), Step::Read, "{protocol}");
    }
}

#[test]
fn bytes_behind_the_go_ahead_are_kept() {
    for (protocol, server) in UPGRADES {
        let record = run(protocol, Goal::StartTls, server);
        assert_eq!((record.outcome, record.leftover), (Outcome::GoAhead, vec![]), "{protocol}");

        let injected = [server, b"250 injected\r\n\0"].concat();
        let record = run(protocol, Goal::StartTls, &injected);
        assert_eq!(record.outcome, Outcome::GoAhead, "{protocol}");
        assert_eq!(record.leftover, b"250 injected\r\n\0", "{protocol}");
        assert!(!record.truncated);
    }
}

#[test]
fn what_follows_the_go_ahead_is_bounded() {
    for (protocol, server) in UPGRADES {
        let flood = [server, &vec![b'x'; 3 * MAX_FED]].concat();
        let record = replay(protocol, Goal::StartTls, [&flood]);
        assert_eq!((record.leftover.len(), record.truncated), (MAX_REPLY, true), "{protocol}");
        assert_eq!(replay(protocol, Goal::StartTls, flood.chunks(1000)), record, "{protocol}");
    }
}

#[test]
fn recognises_what_is_not_this_protocol() {
    let others: [(&[u8], Spoken); 6] = [
        (b"220 mx ESMTP\r\n", Spoken::Smtp),
        (b"* OK IMAP4rev1\r\n", Spoken::Imap),
        (b"+OK POP3\r\n", Spoken::Pop3),
        (b"\"IMPLEMENTATION\" \"x\"\r\nOK\r\n", Spoken::Sieve),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Spoken::Http),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Spoken::Ssh),
    ];
    for protocol in Protocol::ALL {
        for (greeting, spoken) in others {
            let record = run(protocol, Goal::StartTls, greeting);
            if protocol.dialogue().spoken() == spoken {
                assert_ne!(record.outcome, Outcome::SpeaksOther(spoken), "{protocol}");
            } else {
                assert_eq!(record.outcome, Outcome::SpeaksOther(spoken), "{protocol}");
                assert_eq!(commands(&record), [""; 0], "{protocol}");
            }
        }
    }
}

#[test]
fn recognises_another_protocol_that_never_ends_its_line() {
    let mut talk = Talk::new(Protocol::Smtp, Goal::StartTls, "client.example");
    talk.feed(b"SSH-2.0-x");
    talk.end(End::TimedOut);
    assert_eq!(talk.record().outcome, Outcome::SpeaksOther(Spoken::Ssh));
}

#[test]
fn recognises_tls_in_place_of_text() {
    let alert = b"\x15\x03\x01\x00\x02\x02\x28";
    let ssl2 = b"\x80\x03\x00\x00\x01";
    // A length that looks like a line end must not be taken for one.
    let ssl2_hello = b"\x80\x0a\x04\x00\x01\x00\x02";
    for (protocol, greeting) in GREETINGS {
        for records in [&alert[..], ssl2, ssl2_hello] {
            let record = run(protocol, Goal::StartTls, records);
            assert_eq!(record.outcome, Outcome::SpeaksTls, "{protocol}");
            assert_eq!(record.leftover, records, "{protocol}");

            let late = [greeting, records].concat();
            let record = run(protocol, Goal::StartTls, &late);
            assert_eq!(record.outcome, Outcome::SpeaksTls, "{protocol}");
            assert_eq!(record.leftover, records, "{protocol}");
        }
    }
}

#[test]
fn bytes_that_only_begin_like_tls_are_garbage() {
    for protocol in Protocol::ALL {
        for greeting in [&b"\x16\x04\r\n"[..], b"\x80\n\n\n\n\n", b"\xff\xfb\x01\xff\xfb\x03login\r\n"] {
            let outcome = Outcome::Invalid { at: Stage::Greeting, why: Flaw::NoStatus };
            assert_eq!(run(protocol, Goal::StartTls, greeting).outcome, outcome, "{protocol}");
        }
        let closed = Outcome::Closed { at: Stage::Greeting };
        assert_eq!(run(protocol, Goal::StartTls, b"\x16").outcome, closed);
    }
}

#[test]
fn a_greeting_of_a_mebibyte_ends_soon_and_bounded() {
    let endless: [(Protocol, &[u8], &[u8]); 4] = [
        (Protocol::Smtp, b"", b"220-mx greets you\r\n"),
        (Protocol::Imap, b"* OK ", b"x"),
        (Protocol::Pop3, b"+OK ", b"x"),
        (Protocol::Sieve, b"", b"\"NOTIFY\" \"mailto\"\r\n"),
    ];
    for (protocol, head, unit) in endless {
        let mut greeting = head.to_vec();
        while greeting.len() < 1024 * 1024 {
            greeting.extend_from_slice(unit);
        }
        let record = replay(protocol, Goal::StartTls, [&greeting]);
        let outcome = Outcome::Invalid { at: Stage::Greeting, why: Flaw::TooLong };
        assert_eq!((&record.outcome, record.truncated), (&outcome, true), "{protocol}");
        let reply = record.reply(Stage::Greeting).expect("a greeting");
        assert_eq!(reply.bytes, greeting[..MAX_REPLY], "{protocol}");
        assert_eq!(replay(protocol, Goal::StartTls, greeting.chunks(7)), record, "{protocol}");

        let mut talk = Talk::new(protocol, Goal::StartTls, "client.example");
        talk.feed(&greeting[..MAX_REPLY - 1]);
        assert_eq!(talk.step(), Step::Read, "{protocol}");
        talk.feed(b"x");
        assert_eq!(talk.step(), Step::Done, "{protocol}");
    }
}

#[test]
fn a_reply_may_fill_the_limit_exactly() {
    for (extra, fits) in [(0, true), (1, false)] {
        let mut greeting = b"220 ".to_vec();
        greeting.resize(MAX_REPLY - 2 + extra, b'x');
        greeting.extend_from_slice(b"\r\n");
        let record = replay(Protocol::Smtp, Goal::StartTls, [&greeting]);
        assert_eq!(record.outcome == Outcome::Closed { at: Stage::Hello }, fits);
        assert_eq!(replay(Protocol::Smtp, Goal::StartTls, greeting.chunks(1)), record);
    }
}

#[test]
fn literals_without_end_are_bounded() {
    let greeting = b"{0}\r\n".repeat(20_000);
    let record = replay(Protocol::Sieve, Goal::StartTls, greeting.chunks(1));
    let outcome = Outcome::Invalid { at: Stage::Greeting, why: Flaw::Literal };
    assert_eq!(record.outcome, outcome);
    assert_eq!(replay(Protocol::Sieve, Goal::StartTls, [&greeting]), record);
}

#[test]
fn nul_bytes_are_kept_and_spoil_a_greeting() {
    let greetings: [(Protocol, &[u8]); 4] = [
        (Protocol::Smtp, b"220 m\0x\r\n"),
        (Protocol::Imap, b"* OK \0\r\n"),
        (Protocol::Pop3, b"+OK\0\r\n"),
        (Protocol::Sieve, b"\"X\" \"\0\"\r\nOK\r\n"),
    ];
    for (protocol, greeting) in greetings {
        let record = run(protocol, Goal::StartTls, greeting);
        let outcome = Outcome::Invalid { at: Stage::Greeting, why: Flaw::Nul };
        assert_eq!(record.outcome, outcome, "{protocol}");
        assert_eq!(record.reply(Stage::Greeting).expect("a greeting").bytes, greeting);
    }
    let later = b"220 mx\r\n250-mx\r\n250-\0\r\n250 STARTTLS\r\n220 go\0\r\n";
    assert_eq!(run(Protocol::Smtp, Goal::StartTls, later).outcome, Outcome::GoAhead);
}

#[test]
fn bare_line_feeds_are_accepted_and_recorded() {
    for (protocol, server) in UPGRADES {
        let record = run(protocol, Goal::StartTls, server);
        assert!(!record.bare_lf, "{protocol}");
        let bare: Vec<u8> = server.iter().copied().filter(|&byte| byte != b'\r').collect();
        let record = run(protocol, Goal::StartTls, &bare);
        assert_eq!((record.outcome, record.bare_lf), (Outcome::GoAhead, true), "{protocol}");
    }
}

#[test]
fn ends_are_told_apart_and_partial_replies_kept() {
    for (protocol, greeting) in GREETINGS {
        let at = Stage::Greeting;
        let ends = [
            (End::Eof, Outcome::Closed { at }),
            (End::Reset, Outcome::Reset { at }),
            (End::TimedOut, Outcome::Silent { at }),
        ];
        for (how, outcome) in ends {
            let mut talk = Talk::new(protocol, Goal::StartTls, "client.example");
            talk.end(how);
            assert_eq!((talk.step(), &talk.record().outcome), (Step::Done, &outcome), "{protocol}");
            assert_eq!(talk.record().ended, Some(how));
            assert_eq!(talk.record().exchanges[0].reply, None);

            let mut talk = Talk::new(protocol, Goal::StartTls, "client.example");
            talk.feed(&greeting[..5]);
            talk.end(how);
            talk.end(End::Eof);
            assert_eq!((talk.step(), &talk.record().outcome), (Step::Done, &outcome), "{protocol}");
            let partial = Reply { bytes: greeting[..5].to_vec(), class: Class::Incomplete };
            assert_eq!(talk.record().exchanges[0].reply, Some(partial));
            assert_eq!(talk.record().ended, Some(how));
        }
    }
}

#[test]
fn an_end_behind_the_go_ahead_changes_nothing() {
    let mut talk = Talk::new(Protocol::Sieve, Goal::StartTls, "client.example");
    talk.feed(b"\"STARTTLS\"\r\nOK\r\nOK\r\n");
    while let Step::Send(_) = talk.step() {}
    talk.end(End::Reset);
    assert_eq!(talk.step(), Step::StartTls);
    assert_eq!((&talk.record().outcome, talk.record().ended), (&Outcome::GoAhead, Some(End::Reset)));
}

#[test]
fn leaves_politely_and_keeps_what_was_wrong() {
    let mut talk = Talk::new(Protocol::Smtp, Goal::StartTls, "client.example");
    talk.feed(b"220 mx\r\n");
    assert!(matches!(talk.step(), Step::Send(_)));
    talk.feed(b"250 mx\r\n");
    assert_eq!(talk.step(), Step::Done);
    talk.quit();
    assert_eq!(talk.step(), Step::Send(b"QUIT\r\n".to_vec()));
    assert_eq!(talk.step(), Step::Read);
    talk.feed(b"221 bye\r\n");
    assert_eq!(talk.step(), Step::Done);
    assert_eq!(talk.record().outcome, Outcome::NotOffered);
    assert_eq!(talk.record().reply(Stage::Quit).expect("a farewell").class, Class::Ok);
    talk.quit();
    assert_eq!(talk.step(), Step::Done);
}

#[test]
fn a_farewell_waits_for_the_reply_that_is_due() {
    let mut talk = Talk::new(Protocol::Pop3, Goal::StartTls, "client.example");
    talk.quit();
    assert_eq!(talk.step(), Step::Read);
    talk.feed(b"+OK hi\r\n");
    assert_eq!(talk.step(), Step::Send(b"QUIT\r\n".to_vec()));
    talk.feed(b"+OK bye\r\n");
    assert_eq!((talk.step(), &talk.record().outcome), (Step::Done, &Outcome::Quit));

    let mut talk = Talk::new(Protocol::Imap, Goal::StartTls, "client.example");
    talk.quit();
    talk.feed(b"* BYE busy\r\n");
    assert_eq!(talk.step(), Step::Done);
    let outcome = Outcome::Rejected { at: Stage::Greeting, class: Class::Bye };
    assert_eq!(talk.record().outcome, outcome);
}

#[test]
fn no_farewell_into_tls_or_to_the_deaf() {
    let hopeless: [&[u8]; 5] = [
        b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n",
        b"421 busy\r\n",
        b"nonsense\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n421 busy\r\n",
    ];
    for server in hopeless {
        let mut talk = Talk::new(Protocol::Smtp, Goal::StartTls, "client.example");
        talk.feed(server);
        while let Step::Send(_) = talk.step() {}
        let before = talk.record().clone();
        talk.quit();
        assert_eq!(talk.step(), Step::Done, "{}", server.escape_ascii());
        assert_eq!(talk.record(), &before);
    }
}

#[test]
fn a_server_that_hangs_up_when_ready_gets_no_farewell() {
    let mut talk = Talk::new(Protocol::Smtp, Goal::Greet, "client.example");
    talk.feed(b"220 mx\r\n250 mx\r\n");
    while let Step::Send(_) = talk.step() {}
    assert_eq!(talk.step(), Step::Ready);
    talk.end(End::Eof);
    talk.quit();
    assert_eq!((talk.step(), &talk.record().outcome), (Step::Done, &Outcome::Ready));
}

#[test]
fn a_client_name_cannot_smuggle_a_command() {
    for (name, sent) in [("a\r\nMAIL FROM:<>", "EHLO aMAILFROM:<>\r\n"), ("\r\n", "EHLO localhost\r\n")] {
        let mut talk = Talk::new(Protocol::Smtp, Goal::StartTls, name);
        talk.feed(b"220 mx\r\n");
        assert_eq!(talk.step(), Step::Send(sent.into()));
    }
}

#[test]
fn outcomes_read_as_text() {
    let outcome = Outcome::Rejected { at: Stage::Greeting, class: Class::Temporary(421) };
    assert_eq!(outcome.to_string(), "rejected at greeting: 421");
    let outcome = Outcome::Invalid { at: Stage::Greeting, why: Flaw::TooLong };
    assert_eq!(outcome.to_string(), "invalid at greeting: reply longer than 64 KiB");
    assert_eq!(Outcome::SpeaksOther(Spoken::Ssh).to_string(), "speaks-other: SSH");
}

#[test]
fn every_table_can_start_upgrade_resume_and_leave() {
    for protocol in Protocol::ALL {
        let table = protocol.dialogue().table();
        let has = |fits: fn(&Row) -> bool| assert!(table.iter().any(fits), "{protocol}");
        has(|row| row.at == Stage::Greeting && matches!(row.on, On::Ok));
        has(|row| matches!(row.then, Then::Upgrade(_)));
        has(|row| row.at == Stage::StartTls && matches!(row.then, Then::GoAhead));
        has(|row| row.at == Stage::StartTls && matches!(row.on, On::Upgraded));
        has(|row| row.at == Stage::AfterTls && matches!(row.then, Then::Ready));
        has(|row| matches!((row.on, row.then), (On::Leaving, Then::Send(_, Stage::Quit))));
        for row in table {
            if let Then::Send(line, _) | Then::Upgrade(line) = row.then {
                assert!(line.ends_with("\r\n"), "{protocol}: {line:?}");
            }
        }
    }
}
