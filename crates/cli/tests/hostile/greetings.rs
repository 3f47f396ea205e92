//! What servers say, or do not say, before any TLS.

use crate::peer::serve;
use crate::run::{each, look};

/// What a terminal would obey: a colour, a title, C1 controls, and text turned around.
const DRIVES: &str = "\u{1b}[31;1m\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\u{2066}\u{200f}\r\u{8}\u{7f}";

#[test]
fn silence_is_a_timeout() {
    each(["smtp", "imap", "pop3", "sieve", "smtps", "imaps"], |scheme| {
        let port = serve(|peer| peer.hold());
        look(scheme, port).has(&["reply-timeout"]).lacks(&["starttls-missing", "rate-limited"]);
    });
}

#[test]
fn a_greeting_without_end_is_cut() {
    let port = serve(|peer| peer.say_for_ever([b'x'; 65_536]));
    look("smtp", port).has(&["greeting-invalid"]).lacks(&["starttls-missing"]);
    let port = serve(|peer| peer.say_for_ever("220-and so on\r\n".repeat(4_096)));
    look("smtp", port).has(&["greeting-invalid"]);
    let port = serve(|peer| peer.say_for_ever([0; 4_096]));
    look("imap", port).has(&["greeting-invalid"]);
}

#[test]
fn a_greeting_of_a_mebibyte_is_cut() {
    let port = serve(|peer| {
        peer.say([b"220 ".to_vec(), vec![b'A'; 1 << 20], b"\r\n".to_vec()].concat())?;
        peer.hold()
    });
    let told = look("smtp", port);
    told.has(&["greeting-invalid"]);
    assert!(told.text.len() < 40_000, "{} bytes", told.text.len());
}

#[test]
fn a_drip_does_not_prolong_the_wait() {
    let port = serve(|peer| {
        peer.stream.set_nodelay(true)?;
        loop {
            peer.say("2")?;
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    });
    look("smtp", port).has(&["reply-timeout"]).lacks(&["starttls-missing"]);
}

#[test]
fn nul_bytes_are_named() {
    let port = serve(|peer| {
        peer.say(b"220 mx\0.test ESMTP\r\n")?;
        peer.hold()
    });
    look("smtp", port).has(&["greeting-invalid"]);
    let port = serve(|peer| {
        peer.smtp_with("220 mx.test ESMTP\r\n", b"250-mx.test\r\n250-\0\0\0STARTTLS\r\n250 \0\r\n")?;
        peer.hold()
    });
    look("smtp", port).has(&["starttls-missing"]);
}

#[test]
fn a_terminal_is_not_driven() {
    let port = serve(|peer| {
        let hello =
            format!("250-mx.test {DRIVES}\r\n250-{DRIVES}\r\n250-AUTH PLAIN {DRIVES}\r\n250 {DRIVES}\r\n");
        peer.smtp_with(format!("220 mx.test ESMTP Postfix {DRIVES}\r\n"), hello)?;
        peer.hold()
    });
    look("submission", port).has(&["starttls-missing"]);
    let port = serve(|peer| {
        peer.say(format!("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED {DRIVES}] Dovecot {DRIVES} ready\r\n"))?;
        peer.until(b"nothing", format!("a1 BAD {DRIVES}\r\n"))
    });
    look("imap", port);
    each(["554 5.7.1 no ", "421 4.7.0 later ", "", "9", "HTTP/1.1 400 ", "SSH-2.0-"], |greeting| {
        let port = serve(move |peer| {
            peer.say(format!("{greeting}{DRIVES}\r\n"))?;
            peer.hold()
        });
        look("smtp", port).has(&[if greeting.ends_with(' ') && !greeting.starts_with('H') {
            "greeting-rejects"
        } else {
            "greeting-invalid"
        }]);
    });
}

#[test]
fn being_turned_away_says_nothing_of_tls() {
    each(
        [
            ("smtp", "421 4.7.0 mx.test too busy\r\n"),
            ("smtp", "554 5.7.1 no SMTP service here\r\n"),
            ("smtp", "554-5.7.1 you\r\n554 5.7.1 are listed\r\n"),
            ("imap", "* BYE too many connections\r\n"),
            ("pop3", "-ERR [SYS/TEMP] not now\r\n"),
            ("sieve", "BYE \"later\"\r\n"),
        ],
        |(scheme, greeting)| {
            for holds in [true, false] {
                let port = serve(move |peer| {
                    peer.say(greeting)?;
                    if holds { peer.hold() } else { Ok(()) }
                });
                let told = look(scheme, port);
                told.has(&["greeting-rejects"]).lacks(&["starttls-missing", "starttls-stripped"]);
            }
        },
    );
}

#[test]
fn closing_at_once_says_nothing_of_tls() {
    each(["smtp", "imap", "pop3", "sieve", "lmtp", "smtps"], |scheme| {
        let told = look(scheme, serve(|_| Ok(())));
        assert!(!told.found.is_empty(), "{}", told.text);
        told.lacks(&["starttls-missing", "rate-limited"]);
    });
}

#[test]
fn a_limit_is_no_missing_upgrade() {
    each(
        [("smtp", "421 4.7.0 too many connections\r\n"), ("smtp", "450 4.7.1 slow down\r\n")],
        |(scheme, limit)| {
            let port = serve(move |peer| {
                if peer.number > 0 {
                    return peer.say(limit);
                }
                peer.smtp()?;
                crate::handshakes::greet(peer)
            });
            let told = look(scheme, port);
            told.has(&["rate-limited"]).lacks(&[
                "starttls-missing",
                "greeting-rejects",
                "tls-handshake-failed",
            ]);
        },
    );
    let port = serve(|peer| {
        if peer.number > 2 {
            return Ok(());
        }
        peer.smtp()?;
        crate::handshakes::greet(peer)
    });
    look("smtp", port).has(&["rate-limited"]).lacks(&["starttls-missing", "connection-reset"]);
}

#[test]
fn other_protocols_are_no_mail() {
    let http = "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\n<html>\u{1b}[2J</html>";
    each(["smtp", "imap", "pop3", "sieve", "lmtp"], |scheme| {
        // A web server that waits for a request, and one that complains at once.
        let port = serve(move |peer| {
            peer.line()?;
            peer.say(http)
        });
        look(scheme, port).lacks(&["starttls-missing"]);
        let port = serve(move |peer| peer.say(http));
        look(scheme, port).has(&["greeting-invalid"]).lacks(&["starttls-missing"]);
        let port = serve(|peer| {
            peer.say("SSH-2.0-OpenSSH_9.9\r\n")?;
            peer.hold()
        });
        look(scheme, port).has(&["greeting-invalid"]).lacks(&["starttls-missing"]);
    });
    let port = serve(move |peer| peer.say(http));
    look("imaps", port).lacks(&["reply-timeout"]);
    let port = serve(|peer| {
        peer.say("SSH-2.0-OpenSSH_9.9\r\n")?;
        peer.hold()
    });
    look("smtps", port).lacks(&["reply-timeout"]);
}

#[test]
fn literals_do_not_fill_the_memory() {
    each(
        [
            "{4294967295}\r\n",
            "{4294967295+}\r\n",
            "{99999999999999999999999}\r\n",
            "{0}\r\n{0}\r\n{65536}\r\n",
        ],
        |bomb| {
            let port = serve(move |peer| {
                peer.say("* OK ready\r\n")?;
                peer.line()?;
                peer.say(format!("* CAPABILITY {bomb}"))?;
                peer.say_for_ever([b'A'; 65_536])
            });
            look("imap", port).lacks(&["starttls-missing"]);
            let port = serve(move |peer| {
                peer.say(format!("\"IMPLEMENTATION\" {bomb}"))?;
                peer.say_for_ever([b'A'; 65_536])
            });
            look("sieve", port).lacks(&["starttls-missing"]);
        },
    );
}

#[test]
fn lists_without_end_are_cut() {
    let port = serve(|peer| {
        peer.say("+OK ready\r\n")?;
        peer.line()?;
        peer.say("+OK\r\n")?;
        peer.say_for_ever("USER\r\n".repeat(1_000))
    });
    look("pop3", port).lacks(&["starttls-missing"]);
    let port = serve(|peer| {
        peer.say("* OK ready\r\n")?;
        peer.line()?;
        peer.say_for_ever("* CAPABILITY IMAP4rev1\r\n".repeat(1_000))
    });
    look("imap", port).lacks(&["starttls-missing"]);
    let port = serve(|peer| {
        peer.say("220 mx.test\r\n")?;
        peer.line()?;
        peer.say_for_ever("250-SIZE\r\n".repeat(1_000))
    });
    look("smtp", port).lacks(&["starttls-missing"]);
}

#[test]
fn nonsense_from_a_sieve_server_is_told() {
    each(
        [
            "\"\r\n",
            "\"STARTTLS\r\n",
            "OK OK OK",
            "{3}\r\nabc",
            "NO (\"x\" \"y\r\n",
            "\\\\\\\"\r\n",
            "\"a\" \"\\\r\n",
        ],
        |nonsense| {
            let port = serve(move |peer| {
                peer.say(nonsense)?;
                peer.hold()
            });
            let told = look("sieve", port);
            assert!(!told.found.is_empty(), "{nonsense:?}: {}", told.text);
        },
    );
}

#[test]
fn a_login_before_tls_is_told() {
    let port = serve(|peer| {
        peer.say("* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n")?;
        peer.until(b"nothing", "* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n")
    });
    look("imap", port).has(&["starttls-missing"]);
}
