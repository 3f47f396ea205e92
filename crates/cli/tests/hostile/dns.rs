//! Resolvers that do not help.

use std::net::UdpSocket;

use crate::run::{each, report, run};

/// Serves DNS over UDP: the reply to a question, or none.
fn resolver(reply: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok((length, guest)) = socket.recv_from(&mut buffer) {
            if let Some(reply) = reply(&buffer[..length]) {
                let _ = socket.send_to(&reply, guest);
            }
        }
    });
    address.to_string()
}

/// The header of a reply with this code, and the question.
fn reply(query: &[u8], code: u8, answers: u16) -> Vec<u8> {
    let question = query[12..].iter().position(|byte| *byte == 0).map_or(query.len(), |at| 12 + at + 5);
    let [high, low] = answers.to_be_bytes();
    [&query[..2], &[0x81, 0x80 | code, 0, 1, high, low, 0, 0, 0, 0], &query[12..question]].concat()
}

#[test]
fn no_resolver_leaves_nothing_to_examine() {
    type Reply = fn(&[u8]) -> Option<Vec<u8>>;
    let cases: [(&str, Reply); 7] = [
        ("silence", |_| None),
        ("garbage", |_| Some(b"\x1b[2J what?".to_vec())),
        ("the question", |query| Some(query.to_vec())),
        ("SERVFAIL", |query| Some(reply(query, 2, 0))),
        ("REFUSED", |query| Some(reply(query, 5, 0))),
        ("more answers than there are", |query| Some(reply(query, 0, 65_535))),
        ("a name that points to itself", |query| {
            let mut reply = reply(query, 0, 1);
            let at = u8::try_from(reply.len()).unwrap_or(0);
            reply.extend([0xC0, at, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 127, 0, 0, 1]);
            Some(reply)
        }),
    ];
    each(cases, |(what, answer)| {
        let resolver = resolver(answer);
        for target in ["mail.example", "smtp://mx.example"] {
            let told = run(&[
                "check",
                target,
                "--offline",
                "--timeout",
                "500ms",
                "--format",
                "json",
                "--resolver",
                &resolver,
            ]);
            assert_eq!(told.stderr, "");
            report(&told);
            assert_eq!(told.code, Some(3), "{what}: {}", told.stdout);
        }
    });
}

#[test]
fn names_in_answers_do_not_drive_a_terminal() {
    // An MX whose name holds an escape sequence and a line end; nothing else has an answer.
    let resolver = resolver(|query| {
        let is_mx = query[12..].windows(4).any(|bytes| bytes == [0, 0, 15, 0]);
        if !is_mx {
            return Some(reply(query, 3, 0));
        }
        let name = b"\x0e\x1b[31mowned\r\n\x9b2J\0";
        let mut reply = reply(query, 0, 1);
        let length = u8::try_from(name.len() + 2).unwrap();
        reply.extend([0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 9, 0, length, 0, 10]);
        reply.extend(name);
        Some(reply)
    });
    for format in ["json", "text"] {
        let told = run(&[
            "check",
            "mail.example",
            "--offline",
            "--timeout",
            "500ms",
            "--verbose",
            "--format",
            format,
            "--resolver",
            &resolver,
        ]);
        assert_eq!((told.stderr.as_str(), told.code), ("", Some(3)), "{}", told.stdout);
    }
}
