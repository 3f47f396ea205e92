//! The request for TLS, and what is said in its place.

use crate::handshakes::greet;
use crate::peer::serve;
use crate::run::{each, look};

#[test]
fn a_refusal_is_no_missing_upgrade() {
    each(
        ["454 4.7.0 TLS not available\r\n", "554 5.7.3 no\r\n", "501 what?\r\n", "421 4.7.0 bye\r\n"],
        |refusal| {
            let port = serve(move |peer| {
                peer.smtp_with("220 mx.test ESMTP\r\n", "250-mx.test\r\n250 STARTTLS\r\n")?;
                peer.say(refusal)?;
                peer.until(b"nothing", "250 ok\r\n")
            });
            look("smtp", port).has(&["starttls-refused"]).lacks(&["starttls-missing"]);
        },
    );
}

#[test]
fn a_word_that_is_overwritten_is_told() {
    each(["XXXXXXXX", "XXXXXXXA", "XXXX"], |stripped| {
        let port = serve(move |peer| {
            peer.smtp_with("220 ******\r\n", format!("250-mx.test\r\n250-SIZE\r\n250 {stripped}\r\n"))?;
            peer.say("500 5.5.1 what?\r\n")?;
            peer.until(b"nothing", "250 ok\r\n")
        });
        look("smtp", port).has(&["starttls-stripped"]).lacks(&["starttls-missing"]);
    });
}

#[test]
fn bytes_behind_the_go_ahead_are_an_injection() {
    each(["250 owned\r\n", "\u{1b}[2J\u{9b}31m\r\n", "* OK\r\n"], |behind| {
        let port = serve(move |peer| {
            peer.smtp_with("220 mx.test ESMTP\r\n", "250-mx.test\r\n250 STARTTLS\r\n")?;
            peer.say(format!("220 2.0.0 go ahead\r\n{behind}"))?;
            greet(peer)
        });
        look("smtp", port).has(&["starttls-injection"]);
    });
    let port = serve(move |peer| {
        peer.smtp_with("220 mx.test ESMTP\r\n", "250-mx.test\r\n250 STARTTLS\r\n")?;
        peer.say("220 2.0.0 go ahead\r\n")?;
        peer.say_for_ever([b'A'; 65_536])
    });
    look("smtp", port).lacks(&["starttls-missing"]);
}

#[test]
fn a_go_ahead_without_tls_is_told() {
    let port = serve(|peer| peer.smtp());
    look("smtp", port).has(&["starttls-lost-connection"]);
    let port = serve(|peer| {
        peer.smtp()?;
        peer.reset()
    });
    look("smtp", port).has(&["starttls-lost-connection"]);
    let port = serve(|peer| {
        peer.smtp()?;
        peer.hold()
    });
    look("smtp", port).has(&["reply-timeout"]);
    each(
        [&b"454 4.7.0 TLS not available due to local problem\r\n"[..], b"\0\0\0\0", b"\x1b[2J\xff\xfe\x80"],
        |garbage| {
            let port = serve(move |peer| {
                peer.smtp()?;
                peer.record()?;
                peer.say(garbage)?;
                peer.hold()
            });
            look("smtp", port).has(&["tls-handshake-failed"]);
        },
    );
}

#[test]
fn tls_and_clear_text_mixed_up_are_told() {
    let port = serve(greet);
    look("smtp", port).has(&["tls-on-starttls-port"]).lacks(&["reply-timeout", "starttls-missing"]);
    for (scheme, greeting) in [
        ("smtps", "220 mx.test ESMTP\r\n"),
        ("imaps", "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"),
        ("pop3s", "+OK ready\r\n"),
    ] {
        let port = serve(move |peer| {
            peer.say(greeting)?;
            peer.until(b"nothing", "500 what?\r\n")
        });
        look(scheme, port).has(&["plaintext-on-tls-port"]).lacks(&["tls-handshake-failed"]);
    }
}
