use super::*;

#[test]
fn upgrades() {
    let cases = [
        Case(
            "announced",
            b"\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\nOK \"begin\"\r\n",
            &["STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "not announced",
            b"\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"PLAIN\"\r\nOK\r\n",
            &[],
            Outcome::NotOffered,
        ),
        Case(
            "the word as a value is no announcement",
            b"\"IMPLEMENTATION\" \"STARTTLS\"\r\nOK\r\n",
            &[],
            Outcome::NotOffered,
        ),
        Case(
            "greeting without capabilities",
            b"OK \"hi\"\r\n\"STARTTLS\"\r\nOK\r\nOK\r\n",
            &["CAPABILITY", "STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "no capabilities at all",
            b"OK\r\nNO\r\nNO\r\n",
            &["CAPABILITY", "STARTTLS"],
            Outcome::NotOffered,
        ),
        Case(
            "literals",
            b"\"IMPLEMENTATION\" {4}\r\nOK\r\n\r\n{8}\r\nSTARTTLS\r\nOK {3+}\r\nNO!\r\nOK\r\n",
            &["STARTTLS"],
            Outcome::GoAhead,
        ),
        Case(
            "a literal of 70000 bytes",
            b"\"NOTIFY\" {70000}\r\n",
            &[],
            Outcome::Invalid { at: Stage::Greeting, why: Flaw::Literal },
        ),
        Case(
            "BYE greeting",
            b"BYE (TRYLATER) \"busy\"\r\n",
            &[],
            Outcome::Rejected { at: Stage::Greeting, class: Class::Bye },
        ),
        Case(
            "NO greeting",
            b"NO \"busy\"\r\n",
            &[],
            Outcome::Rejected { at: Stage::Greeting, class: Class::Negative },
        ),
        Case(
            "announced, then NO",
            b"\"STARTTLS\"\r\nOK\r\nNO \"TLS not available\"\r\n",
            &["STARTTLS"],
            Outcome::Refused { class: Class::Negative },
        ),
        Case(
            "BYE after STARTTLS",
            b"\"STARTTLS\"\r\nOK\r\nBYE {4}\r\nidle\r\n",
            &["STARTTLS"],
            Outcome::Rejected { at: Stage::StartTls, class: Class::Bye },
        ),
        Case(
            "bare words",
            b"IMPLEMENTATION x\r\n",
            &[],
            Outcome::Invalid { at: Stage::Greeting, why: Flaw::NoStatus },
        ),
        Case(
            "stripped",
            b"\"SASL\" \"\"\r\n\"XXXXXXXX\"\r\nOK\r\n",
            &[],
            Outcome::Stripped { line: "XXXXXXXX".to_owned() },
        ),
    ];
    check(Protocol::Sieve, Goal::StartTls, &cases);
}

#[test]
fn capabilities_lose_their_quotes() {
    let server = b"\"IMPLEMENTATION\" \"a \\\"b\\\" c\"\r\n\"SASL\" {5}\r\nPLAIN\r\n\"SASL\" \"\"\r\n\"X\" bare \"open\r\nOK\r\n";
    let record = run(Protocol::Sieve, Goal::StartTls, server);
    assert_eq!(capabilities(&record), ["IMPLEMENTATION a \"b\" c", "SASL PLAIN", "SASL", "X bare open"]);
}

#[test]
fn the_server_repeats_its_capabilities_inside_tls() {
    let before = b"\"STARTTLS\"\r\nOK\r\nOK\r\n";
    let record = resume(Protocol::Sieve, before, b"\"SASL\" \"PLAIN\"\r\nOK\r\nOK \"bye\"\r\n");
    assert_eq!(commands(&record), ["LOGOUT"]);
    assert_eq!(record.exchanges[0].at, Stage::AfterTls);
    assert_eq!(capabilities(&record), ["SASL PLAIN"]);
    assert_eq!(record.outcome, Outcome::Quit);

    let record = resume(Protocol::Sieve, before, b"");
    assert_eq!(record.outcome, Outcome::Closed { at: Stage::AfterTls });
}
