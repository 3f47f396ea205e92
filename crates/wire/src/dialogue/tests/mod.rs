mod at_once;
mod driver;
mod imap;
mod injection;
mod pop3;
mod property;
mod sieve;
mod smtp;
mod transcripts;

use super::*;

/// A case: what it is, what the server sends, what we send (without line ends), how it comes out.
struct Case(&'static str, &'static [u8], &'static [&'static str], Outcome);

/// Runs each case whole, line by line and byte by byte.
fn check(protocol: Protocol, goal: Goal, cases: &[Case]) {
    for Case(name, server, sent, outcome) in cases {
        let record = run(protocol, goal, server);
        assert_eq!(&commands(&record), sent, "{protocol}: {name}: sent");
        assert_eq!(&record.outcome, outcome, "{protocol}: {name}: outcome");
    }
}

fn run(protocol: Protocol, goal: Goal, server: &[u8]) -> Record {
    let record = replay(protocol, goal, [server]);
    let by_line = replay(protocol, goal, server.split_inclusive(|&byte| byte == b'\n'));
    assert_eq!(by_line, record, "{protocol}: line by line");
    let by_byte = replay(protocol, goal, server.chunks(1));
    assert_eq!(by_byte, record, "{protocol}: byte by byte");
    record
}

fn commands(record: &Record) -> Vec<String> {
    let sent = record.exchanges.iter().filter_map(|exchange| exchange.sent.as_deref());
    sent.map(|line| {
        let line = line.strip_suffix(b"\r\n").expect("every command ends in CRLF");
        assert!(!line.contains(&b'\r') && !line.contains(&b'\n'));
        String::from_utf8(line.to_vec()).expect("commands are ASCII")
    })
    .collect()
}

fn capabilities(record: &Record) -> Vec<&str> {
    record.capabilities.iter().flatten().map(String::as_str).collect()
}

/// Runs the dialogue inside TLS that follows the upgrade of `before`.
fn resume(protocol: Protocol, before: &[u8], after: &[u8]) -> Record {
    let mut talk = Talk::new(protocol, Goal::StartTls, "client.example");
    talk.feed(before);
    while let Step::Send(_) = talk.step() {}
    assert_eq!(talk.step(), Step::StartTls);
    let mut talk = talk.resume_after_tls();
    talk.feed(after);
    loop {
        match talk.step() {
            Step::Send(_) => {}
            Step::Ready => talk.quit(),
            Step::Read => talk.end(End::Eof),
            Step::StartTls | Step::Done => return talk.into_record(),
        }
    }
}
