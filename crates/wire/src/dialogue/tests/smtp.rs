use super::*;

const EHLO: &str = "EHLO client.example";
const HELO: &str = "HELO client.example";
const LHLO: &str = "LHLO client.example";

#[test]
fn upgrades() {
    let cases = [
        Case(
            "announced",
            b"220 mx ESMTP\r\n250-mx\r\n250-SIZE 1000\r\n250 STARTTLS\r\n220 go\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "greeting of several lines",
            b"220-mx ESMTP\r\n220-no spam\r\n220 please\r\n250-mx\r\n250 starttls\r\n220 go\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "codes without text",
            b"220\r\n250-mx\r\n250 STARTTLS\r\n220\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::GoAhead,
        ),
        Case("no greeting", b"", &[], Outcome::Closed { at: Stage::Greeting }),
        Case("greeting cut off", b"220 mx", &[], Outcome::Closed { at: Stage::Greeting }),
        Case(
            "421 greeting",
            b"421 4.7.0 mx Error: too many connections\r\n",
            &[],
            Outcome::Rejected { at: Stage::Greeting, class: Class::Temporary(421) },
        ),
        Case(
            "450 greeting",
            b"450 4.3.2 try again\r\n",
            &[],
            Outcome::Rejected { at: Stage::Greeting, class: Class::Temporary(450) },
        ),
        Case(
            "554 greeting of two lines",
            b"554-mx\r\n554 Your access to this mail system has been rejected\r\n",
            &[],
            Outcome::Rejected { at: Stage::Greeting, class: Class::Permanent(554) },
        ),
        Case(
            "421 after EHLO",
            b"220 mx\r\n421 4.3.2 shutting down\r\n",
            &[EHLO],
            Outcome::Rejected { at: Stage::Hello, class: Class::Temporary(421) },
        ),
        Case(
            "421 after STARTTLS",
            b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n421 timeout\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::Refused { class: Class::Temporary(421) },
        ),
        Case("closed after EHLO", b"220 mx\r\n", &[EHLO], Outcome::Closed { at: Stage::Hello }),
        Case(
            "closed after STARTTLS",
            b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::Closed { at: Stage::StartTls },
        ),
        Case(
            "454 after STARTTLS",
            b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n454 4.7.0 TLS not available due to local problem\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::Refused { class: Class::Temporary(454) },
        ),
        Case(
            "announced, then unknown",
            b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n500 unrecognized command\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::Refused { class: Class::Permanent(500) },
        ),
        Case("not announced", b"220 mx\r\n250-mx\r\n250 8BITMIME\r\n", &[EHLO], Outcome::NotOffered),
        Case("no extensions", b"220 mx\r\n250 mx\r\n", &[EHLO], Outcome::NotOffered),
        Case(
            "a longer word is not the keyword",
            b"220 mx\r\n250-mx\r\n250 STARTTLSX\r\n",
            &[EHLO],
            Outcome::NotOffered,
        ),
        Case(
            "stripped, A at the end",
            b"220 ****\r\n250-mx\r\n250-XXXX\r\n250-XXXXXXXA\r\n250 HELP\r\n",
            &[EHLO],
            Outcome::Stripped { line: "XXXXXXXA".to_owned() },
        ),
        Case(
            "stripped, last line",
            b"220 mx\r\n250-mx\r\n250-SIZE\r\n250 XXXXXXXX\r\n",
            &[EHLO],
            Outcome::Stripped { line: "XXXXXXXX".to_owned() },
        ),
        Case(
            "X's beside the keyword strip nothing",
            b"220 mx\r\n250-mx\r\n250-XXXXXXXX\r\n250 STARTTLS\r\n220 go\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "an extension of its own that begins with X",
            b"220 mx\r\n250-mx\r\n250-XXX\r\n250 XEXCH50\r\n",
            &[EHLO],
            Outcome::NotOffered,
        ),
        Case(
            "HELO only, STARTTLS known",
            b"220 mx\r\n502 no EHLO\r\n250 mx\r\n220 go\r\n",
            &[EHLO, HELO, "STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "HELO only, STARTTLS unknown",
            b"220 mx\r\n500 what?\r\n250 mx\r\n502 what?\r\n",
            &[EHLO, HELO, "STARTTLS"],
            Outcome::NotOffered,
        ),
        Case(
            "HELO only, no TLS for now",
            b"220 mx\r\n504 what?\r\n250 mx\r\n454 not now\r\n",
            &[EHLO, HELO, "STARTTLS"],
            Outcome::Refused { class: Class::Temporary(454) },
        ),
        Case(
            "EHLO and HELO refused",
            b"220 mx\r\n550 who?\r\n550 go away\r\n",
            &[EHLO, HELO],
            Outcome::Rejected { at: Stage::HelloOld, class: Class::Permanent(550) },
        ),
        Case(
            "EHLO deferred",
            b"220 mx\r\n451 greylisted\r\n",
            &[EHLO],
            Outcome::Rejected { at: Stage::Hello, class: Class::Temporary(451) },
        ),
        Case(
            "3xx greeting",
            b"354 go on\r\n",
            &[],
            Outcome::Invalid { at: Stage::Greeting, why: Flaw::UnexpectedStatus },
        ),
        Case(
            "two greetings",
            b"220 filter\r\n220 mx\r\n250-mx\r\n250 STARTTLS\r\n",
            &[EHLO],
            Outcome::Invalid { at: Stage::Hello, why: Flaw::UnexpectedStatus },
        ),
        Case(
            "garbage after STARTTLS",
            b"220 mx\r\n250-mx\r\n250 STARTTLS\r\nready\r\n",
            &[EHLO, "STARTTLS"],
            Outcome::Invalid { at: Stage::StartTls, why: Flaw::NoStatus },
        ),
        Case(
            "garbage amid a reply",
            b"220-mx\r\nhello\r\n220 mx\r\n",
            &[],
            Outcome::Invalid { at: Stage::Greeting, why: Flaw::NoStatus },
        ),
    ];
    check(Protocol::Smtp, Goal::StartTls, &cases);
    check(Protocol::Submission, Goal::StartTls, &cases);
}

#[test]
fn greets_and_leaves() {
    let cases = [
        Case(
            "inside TLS",
            b"220 mx\r\n250-mx\r\n250 AUTH PLAIN\r\n221 bye\r\n",
            &[EHLO, "QUIT"],
            Outcome::Quit,
        ),
        Case("HELO only", b"220 mx\r\n502 no\r\n250 mx\r\n221 bye\r\n", &[EHLO, HELO, "QUIT"], Outcome::Quit),
        Case("closes instead of a farewell", b"220 mx\r\n250 mx\r\n", &[EHLO, "QUIT"], Outcome::Quit),
    ];
    check(Protocol::Submission, Goal::Greet, &cases);
}

#[test]
fn lmtp_says_lhlo_and_falls_back_to_nothing() {
    let cases = [
        Case(
            "announced",
            b"220 lda LMTP\r\n250-lda\r\n250-PIPELINING\r\n250 STARTTLS\r\n220 go\r\n",
            &[LHLO, "STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "an SMTP server",
            b"220 mx ESMTP\r\n502 5.5.2 Error: command not recognized\r\n",
            &[LHLO],
            Outcome::Rejected { at: Stage::Hello, class: Class::Permanent(502) },
        ),
        Case("not announced", b"220 lda\r\n250 lda\r\n", &[LHLO], Outcome::NotOffered),
    ];
    check(Protocol::Lmtp, Goal::StartTls, &cases);
}

#[test]
fn capabilities_are_the_lines_behind_the_name() {
    let server = b"220 mx\r\n250-STARTTLS.example greets you\r\n250-AUTH PLAIN LOGIN\r\n250-AUTH=PLAIN LOGIN\r\n250 SIZE \r\n";
    let record = run(Protocol::Submission, Goal::StartTls, server);
    assert_eq!(capabilities(&record), ["AUTH PLAIN LOGIN", "AUTH=PLAIN LOGIN", "SIZE"]);
    assert_eq!(record.announces("auth"), Some(true));
    assert_eq!(record.announces_upgrade(), Some(false));
}

#[test]
fn hello_again_inside_tls() {
    let before = b"220 mx\r\n250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n220 go\r\n";
    let record = resume(Protocol::Smtp, before, b"250-mx\r\n250 AUTH PLAIN\r\n221 bye\r\n");
    assert_eq!(commands(&record), [EHLO, "QUIT"]);
    assert_eq!(record.exchanges[0].at, Stage::AfterTls);
    assert_eq!(capabilities(&record), ["AUTH PLAIN"]);
    assert_eq!(record.outcome, Outcome::Quit);

    let record = resume(Protocol::Smtp, before, b"502 no\r\n250 mx\r\n221 bye\r\n");
    assert_eq!(commands(&record), [EHLO, HELO, "QUIT"]);

    let record = resume(Protocol::Lmtp, before, b"421 no\r\n");
    let outcome = Outcome::Rejected { at: Stage::AfterTls, class: Class::Temporary(421) };
    assert_eq!((commands(&record), record.outcome), (vec![LHLO.to_owned()], outcome));
}
