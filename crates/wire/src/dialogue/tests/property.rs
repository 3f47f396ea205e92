use proptest::prelude::*;

use super::*;

fn line() -> impl Strategy<Value = Vec<u8>> {
    let noise = &b"\r\n\0{}*+-. \"m1250OKX\x15\x03\x04\x80"[..];
    prop_oneof![
        6 => prop::sample::select(LINES).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..12),
        1 => prop::collection::vec(prop::sample::select(noise), 0..8),
    ]
}

/// A healthy server of the protocol, with up to three lines replaced, inserted or left out.
fn server() -> impl Strategy<Value = (Protocol, Vec<u8>)> {
    let protocol = prop::sample::select(&Protocol::ALL[..]);
    let edit = (any::<prop::sample::Index>(), 0..3_u8, line());
    (protocol, prop::collection::vec(edit, 0..4)).prop_map(|(protocol, edits)| {
        let healthy = healthy(protocol).split_inclusive(|&byte| byte == b'\n');
        let mut lines: Vec<Vec<u8>> = healthy.map(<[u8]>::to_vec).collect();
        for (at, kind, line) in edits {
            let at = at.index(lines.len());
            match kind {
                0 => lines[at] = line,
                1 => lines.insert(at, line),
                _ => drop(lines[at].pop()),
            }
        }
        (protocol, lines.concat())
    })
}

fn healthy(protocol: Protocol) -> &'static [u8] {
    match protocol {
        Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => {
            b"220-mx\r\n220 mx\r\n250-mx\r\n250-SIZE\r\n250 STARTTLS\r\n220 go\r\n221 bye\r\n"
        }
        Protocol::Imap => {
            b"* OK hi\r\n* X {3}\r\na\r\n\r\n* CAPABILITY A STARTTLS\r\nm1 OK\r\nm2 OK\r\n* BYE\r\n"
        }
        Protocol::Pop3 => b"+OK hi\r\n+OK\r\nUSER\r\nSTLS\r\n.\r\n+OK go\r\n+OK bye\r\n",
        Protocol::Sieve => b"\"SASL\" {5}\r\nPLAIN\r\n\"STARTTLS\"\r\nOK {2}\r\nhi\r\nOK go\r\nOK bye\r\n",
    }
}

fn chunked(server: &[u8], cuts: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(server.len() + 1)).collect();
    at.extend([0, server.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| server[pair[0]..pair[1]].to_vec()).collect()
}

proptest! {
    #[test]
    fn any_two_chunkings_agree(
        (protocol, server) in server(),
        goal in prop::sample::select(&GOALS[..]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let whole = replay(protocol, goal, [&server]);
        prop_assert_eq!(&replay(protocol, goal, chunked(&server, &cuts)), &whole);
        prop_assert_eq!(&replay(protocol, goal, server.chunks(1)), &whole);
        prop_assert_ne!(&whole.outcome, &Outcome::InProgress);
        prop_assert_ne!(&whole.outcome, &Outcome::Ready);
    }

    #[test]
    fn any_bytes_end_within_bounds(
        protocol in prop::sample::select(&Protocol::ALL[..]),
        goal in prop::sample::select(&GOALS[..]),
        server in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let record = replay(protocol, goal, server.chunks(5));
        let replies = record.exchanges.iter().filter_map(|exchange| exchange.reply.as_ref());
        let kept: usize = replies.map(|reply| reply.bytes.len()).sum();
        prop_assert!(kept <= server.len());
        prop_assert!(record.exchanges.len() <= 6);
        prop_assert_ne!(record.outcome, Outcome::InProgress);
        sniff(&server);
    }

    #[test]
    fn any_order_of_calls_is_survived(
        protocol in prop::sample::select(&Protocol::ALL[..]),
        goal in prop::sample::select(&GOALS[..]),
        calls in prop::collection::vec((0..5_u8, prop::sample::select(LINES)), 0..30),
    ) {
        let mut talk = Talk::new(protocol, goal, "client.example");
        for (call, line) in calls {
            match call {
                0 => drop(talk.step()),
                1 => talk.quit(),
                2 => talk = talk.resume_after_tls(),
                3 if line.len() % 3 == 0 => talk.end(End::Reset),
                _ => talk.feed(line),
            }
        }
        talk.end(End::Eof);
        prop_assert!(!matches!(talk.step(), Step::Read));
    }
}

const GOALS: [Goal; 4] = [Goal::StartTls, Goal::AtOnce, Goal::Greet, Goal::Inject];

static LINES: &[&[u8]] = &[
    b"220 mx ESMTP\r\n",
    b"220-mx\r\n",
    b"250-mx\r\n",
    b"250 mx\r\n",
    b"250-STARTTLS\r\n",
    b"250 STARTTLS\r\n",
    b"250 XXXXXXXA\r\n",
    b"220 go\n",
    b"221 bye\r\n",
    b"421 busy\r\n",
    b"454 no\r\n",
    b"500 what\r\n",
    b"* OK hi\r\n",
    b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n",
    b"* PREAUTH hi\r\n",
    b"* BYE no\r\n",
    b"* CAPABILITY IMAP4rev1 STARTTLS\r\n",
    b"* X {5}\r\n",
    b"m1 OK\r\n",
    b"m2 OK\r\n",
    b"m1 NO\r\n",
    b"m2 BAD\r\n",
    b"+OK\r\n",
    b"-ERR\r\n",
    b"STLS\r\n",
    b".\r\n",
    b"\"STARTTLS\"\r\n",
    b"\"SASL\" {3}\r\n",
    b"{2+}\r\n",
    b"OK\r\n",
    b"NO\r\n",
    b"BYE \"x\"\r\n",
    b"HTTP/1.1 400\r\n",
    b"\x15\x03\x01\x00\x02\x02\x28",
    b"\x80\x03\x00\x00\x01",
    b"\r\n",
    b"\0",
];
