//! Issuers' URLs that lead to servers as bad as the one that names them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, CustomExtension, Issuer, KeyPair};
use rustls::pki_types::CertificateDer;

use crate::handshakes::{config, nested, serve_tls};
use crate::peer::{Peer, serve};
use crate::run::{Run, each, report, run};

/// Makes a certificate that names these URLs of its issuer, which nobody has.
fn certificate(urls: &[String]) -> (CertificateDer<'static>, KeyPair) {
    let wrap = |tag: u8, content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x84][..], &length, content].concat()
    };
    let method = [6, 8, 0x2B, 6, 1, 5, 5, 7, 0x30, 2];
    let access = |url: &String| wrap(0x30, &[&method[..], &wrap(0x86, url.as_bytes())].concat());
    let all: Vec<u8> = urls.iter().flat_map(access).collect();
    let authority = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], wrap(0x30, &all));
    let issuer = Issuer::new(CertificateParams::default(), KeyPair::generate().unwrap());
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["mx.test".to_owned()]).unwrap();
    params.custom_extensions.push(authority);
    let der = params.signed_by(&key, &issuer).unwrap().der().clone();
    (der, key)
}

/// Examines a server whose certificate names these URLs, which are fetched.
fn look(urls: &[String]) -> Run {
    let (der, key) = certificate(urls);
    let config = config(vec![der], &key);
    let port = serve(move |peer| serve_tls(peer, &Arc::clone(&config)));
    let target = format!("smtps://127.0.0.1:{port}");
    let text = run(&["check", &target, "--depth", "quick", "--timeout", "500ms", "--verbose"]);
    assert_eq!((text.code, text.stderr.as_str()), (Some(1), ""), "{}", text.stdout);
    let json = run(&["check", &target, "--depth", "quick", "--timeout", "500ms", "--format", "json"]);
    report(&json);
    json
}

fn fetched(script: impl Fn(&mut Peer) -> std::io::Result<()> + Send + Sync + 'static) {
    let port = serve(script);
    look(&[format!("http://127.0.0.1:{port}/issuer.der")]);
}

/// Reads a request up to its empty line.
fn request(peer: &mut Peer) -> std::io::Result<()> {
    while peer.line()? != b"\r\n" {}
    Ok(())
}

#[test]
fn bodies_and_heads_without_end_are_cut() {
    fetched(Peer::hold);
    fetched(|peer| peer.say_for_ever("HTTP/1.1 200 OK\r\nX: y\r\n"));
    fetched(|peer| {
        request(peer)?;
        peer.say("HTTP/1.1 200 OK\r\n\r\n")?;
        peer.say_for_ever([0x30; 65_536])
    });
    fetched(|peer| {
        request(peer)?;
        peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")?;
        peer.say_for_ever([0x30; 65_536])
    });
    fetched(|peer| {
        request(peer)?;
        peer.say("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n")?;
        peer.say_for_ever([0x30; 65_536])
    });
}

#[test]
fn answers_that_are_no_certificate_are_survived() {
    each(
        [
            &b""[..],
            b"\x1b[2J\0\xff",
            b"HTTP/1.1 999 \x1b[31m\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Type: \x1b[31m\r\n\r\n\x1b[2J",
            b"HTTP/1.1 404 \xe2\x80\xae\r\n\r\n",
            b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
            b"HTTP/1.1 302 Found\r\nLocation: \x1b[31m\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"220 mx.test ESMTP\r\n",
        ],
        |answer| {
            fetched(move |peer| {
                request(peer)?;
                peer.say(answer)
            });
        },
    );
    let deep = nested(50_000);
    fetched(move |peer| {
        request(peer)?;
        peer.say("HTTP/1.1 200 OK\r\n\r\n")?;
        peer.say(&deep)
    });
}

#[test]
fn redirections_in_a_ring_end() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    fetched(move |peer| {
        request(peer)?;
        let number = count.fetch_add(1, Ordering::Relaxed);
        let port = peer.stream.local_addr()?.port();
        peer.say(format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/{number}\r\n\r\n"))
    });
    // Two runs; each follows a few and then has enough.
    let asked = asked.load(Ordering::Relaxed);
    assert!((2..40).contains(&asked), "{asked}");
}

#[test]
fn a_thousand_urls_are_not_all_fetched() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let port = serve(move |peer| {
        count.fetch_add(1, Ordering::Relaxed);
        peer.hold()
    });
    let urls: Vec<String> = (0..1_000).map(|at| format!("http://127.0.0.1:{port}/{at}")).collect();
    look(&urls);
    let asked = asked.load(Ordering::Relaxed);
    assert!((2..10).contains(&asked), "{asked}");
}

#[test]
fn urls_do_not_drive_a_terminal() {
    let urls = [
        "http://\u{1b}[31m/\u{202e}",
        "http://127.0.0.1:1/\u{1b}]0;x\u{7}\r\nHost: evil\r\n\r\n",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http:///",
        "ldap://127.0.0.1/",
        "file:///dev/zero",
        "HTTP://user:word@127.0.0.1:1/",
    ];
    each(urls, |url| {
        look(&[url.to_owned()]);
    });
    look(&[format!("http://127.0.0.1:1/{}", "a".repeat(30_000))]);
}
