//! What must hold of any bytes whatever, one function for each way in; fuzzing and ordinary tests share them.

use mailmedic_wire::dialogue::{self, Goal, MAX_REPLY, Outcome, Protocol, Step, Talk};
use mailmedic_wire::flight::{End, Flight, FlightReader, StopAt};
use mailmedic_wire::hello;
use mailmedic_wire::ssl2;

/// A name of a target and its check.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("flight", flight),
    ("client_hello", client_hello),
    ("dialogue_smtp", dialogue_smtp),
    ("dialogue_lmtp", dialogue_lmtp),
    ("dialogue_imap", dialogue_imap),
    ("dialogue_pop3", dialogue_pop3),
    ("dialogue_sieve", dialogue_sieve),
];

/// A flight is the same in any chunks, and holds no more than came.
pub fn flight(bytes: &[u8]) {
    for stop in STOPS {
        let whole = read_flight(bytes, bytes.len().max(1), stop);
        assert!(whole.received <= bytes.len(), "{stop:?}");
        let certificates = whole.certificates.iter().flatten().map(Vec::len).sum::<usize>();
        assert!(certificates <= bytes.len(), "{stop:?}");
        assert!(whole.warnings.len() <= MAX_WARNINGS, "{stop:?}");
        assert!(whole.not_tls.as_ref().is_none_or(|line| line.len() <= MAX_LINE), "{stop:?}");
        for chunk in [1, 7] {
            assert_eq!(read_flight(bytes, chunk, stop), whole, "{stop:?} in chunks of {chunk}");
        }
    }
}

/// A ClientHello that can be read is read again from what is written of it.
pub fn client_hello(bytes: &[u8]) {
    if let Ok(hello) = hello::ClientHello::read(bytes) {
        let written = hello.encode();
        assert!(written.len() <= bytes.len(), "nothing is added");
        assert_eq!(hello::ClientHello::read(&written), Ok(hello));
    }
    if let Ok(Some(hello)) = ssl2::ClientHello::read(bytes) {
        // Writing cuts to what SSL 2 allows, so the first time may lose bytes; the second must not.
        let written = hello.encode_record();
        let again = ssl2::ClientHello::read(&written).map(|again| again.map(|again| again.encode_record()));
        assert_eq!(again, Ok(Some(written)));
    }
}

/// SMTP, and submission with it.
pub fn dialogue_smtp(bytes: &[u8]) {
    dialogue(Protocol::Smtp, bytes);
}

/// LMTP.
pub fn dialogue_lmtp(bytes: &[u8]) {
    dialogue(Protocol::Lmtp, bytes);
}

/// IMAP.
pub fn dialogue_imap(bytes: &[u8]) {
    dialogue(Protocol::Imap, bytes);
}

/// POP3.
pub fn dialogue_pop3(bytes: &[u8]) {
    dialogue(Protocol::Pop3, bytes);
}

/// ManageSieve.
pub fn dialogue_sieve(bytes: &[u8]) {
    dialogue(Protocol::Sieve, bytes);
}

/// A dialogue comes to an end, is the same in any chunks, and keeps no more than came.
fn dialogue(protocol: Protocol, bytes: &[u8]) {
    for goal in [Goal::StartTls, Goal::AtOnce, Goal::Greet, Goal::Inject] {
        let whole = dialogue::replay(protocol, goal, [bytes]);
        assert!(
            !matches!(whole.outcome, Outcome::InProgress | Outcome::Ready),
            "{goal:?}: {}",
            whole.outcome
        );
        assert!(whole.exchanges.len() <= MAX_EXCHANGES, "{goal:?}");
        assert!(whole.leftover.len() <= bytes.len(), "{goal:?}");
        let replies = whole.exchanges.iter().filter_map(|exchange| exchange.reply.as_ref());
        let lengths: Vec<usize> = replies.map(|reply| reply.bytes.len()).collect();
        assert!(lengths.iter().all(|length| *length <= MAX_REPLY), "{goal:?}");
        assert!(lengths.iter().sum::<usize>() <= bytes.len(), "{goal:?}");
        for chunk in [1, 7] {
            assert_eq!(dialogue::replay(protocol, goal, bytes.chunks(chunk)), whole, "{goal:?} by {chunk}");
        }
    }
    dialogue::sniff(bytes);
    for goal in [Goal::StartTls, Goal::Inject] {
        after_tls(protocol, goal, bytes);
    }
}

/// The same bytes, as they would come inside TLS after the upgrade.
fn after_tls(protocol: Protocol, goal: Goal, bytes: &[u8]) {
    let mut talk = Talk::new(protocol, goal, "client.example").resume_after_tls();
    talk.feed(bytes);
    for _ in 0..=MAX_EXCHANGES {
        match talk.step() {
            Step::Send(_) => {}
            Step::Ready => talk.quit(),
            Step::Read => talk.end(dialogue::End::Eof),
            Step::StartTls | Step::Done => return,
        }
    }
    panic!("the dialogue inside TLS does not end");
}

fn read_flight(bytes: &[u8], chunk: usize, stop: StopAt) -> Flight {
    let mut reader = FlightReader::new().stop_after(stop);
    for bytes in bytes.chunks(chunk) {
        reader.feed(bytes);
    }
    reader.finish(End::Eof);
    reader.into_flight()
}

const STOPS: [StopAt; 5] = [
    StopAt::ServerHello,
    StopAt::Certificate,
    StopAt::CertificateStatus,
    StopAt::ServerKeyExchange,
    StopAt::Done,
];

/// As many as [`Flight::warnings`] promises.
const MAX_WARNINGS: usize = 16;

/// As long as [`Flight::not_tls`] promises.
const MAX_LINE: usize = 256;

/// One for each stage that a dialogue can pass, and one for a fallback.
const MAX_EXCHANGES: usize = 7;
