use super::*;

#[test]
fn upgrades() {
    let cases = [
        Case(
            "announced",
            b"+OK hi\r\n+OK list\r\nUSER\r\nSTLS\r\n.\r\n+OK begin\r\n",
            &["CAPA", "STLS"],
            Outcome::GoAhead,
        ),
        Case("not announced", b"+OK\r\n+OK\r\nUSER\r\n.\r\n", &["CAPA"], Outcome::NotOffered),
        Case("empty list", b"+OK\r\n+OK\r\n.\r\n", &["CAPA"], Outcome::NotOffered),
        Case(
            "CAPA unknown, STLS known",
            b"+OK\r\n-ERR what?\r\n+OK begin\r\n",
            &["CAPA", "STLS"],
            Outcome::GoAhead,
        ),
        Case(
            "CAPA and STLS unknown",
            b"+OK\r\n-ERR what?\r\n-ERR what?\r\n",
            &["CAPA", "STLS"],
            Outcome::NotOffered,
        ),
        Case(
            "announced, then refused",
            b"+OK\r\n+OK\r\nSTLS\r\n.\r\n-ERR no TLS\r\n",
            &["CAPA", "STLS"],
            Outcome::Refused { class: Class::Negative },
        ),
        Case(
            "-ERR greeting",
            b"-ERR [SYS/TEMP] too many connections\r\n",
            &[],
            Outcome::Rejected { at: Stage::Greeting, class: Class::Negative },
        ),
        Case(
            "list without an end",
            b"+OK\r\n+OK\r\nSTLS\r\n",
            &["CAPA"],
            Outcome::Closed { at: Stage::Capabilities },
        ),
        Case(
            "stripped",
            b"+OK\r\n+OK\r\nUSER\r\nXXXX\r\n.\r\n",
            &["CAPA"],
            Outcome::Stripped { line: "XXXX".to_owned() },
        ),
        Case(
            "a word that only begins so",
            b"+OKAY\r\n",
            &[],
            Outcome::Invalid { at: Stage::Greeting, why: Flaw::NoStatus },
        ),
        Case(
            "bytes before the status",
            b"\r\n+OK\r\n",
            &[],
            Outcome::Invalid { at: Stage::Greeting, why: Flaw::NoStatus },
        ),
    ];
    check(Protocol::Pop3, Goal::StartTls, &cases);
}

#[test]
fn greets_and_leaves() {
    let cases = [
        Case("inside TLS", b"+OK\r\n+OK\r\nUSER\r\n.\r\n+OK bye\r\n", &["CAPA", "QUIT"], Outcome::Quit),
        Case("without CAPA", b"+OK\r\n-ERR\r\n+OK bye\r\n", &["CAPA", "QUIT"], Outcome::Quit),
    ];
    check(Protocol::Pop3, Goal::Greet, &cases);
}

#[test]
fn capabilities_are_lines() {
    let server = b"+OK\r\n+OK list\r\nUSER\r\nSASL PLAIN LOGIN\r\n..dot\r\n+OK not a status\r\n.\r\n";
    let record = run(Protocol::Pop3, Goal::StartTls, server);
    assert_eq!(capabilities(&record), ["USER", "SASL PLAIN LOGIN", ".dot", "+OK not a status"]);
}

#[test]
fn asks_again_inside_tls() {
    let before = b"+OK\r\n+OK\r\nSTLS\r\n.\r\n+OK\r\n";
    let record = resume(Protocol::Pop3, before, b"+OK\r\nUSER\r\n.\r\n+OK\r\n");
    assert_eq!(
        (commands(&record), capabilities(&record)),
        (vec!["CAPA".into(), "QUIT".into()], vec!["USER"])
    );

    let record = resume(Protocol::Pop3, before, b"-ERR\r\n+OK\r\n");
    assert_eq!((record.outcome, record.capabilities), (Outcome::Quit, None));
}
