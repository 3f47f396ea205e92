//! The peers that complete handshakes, judged by `openssl s_client`: what they do sanely is what OpenSSL expects.
//!
//! Needs the command `openssl`; the feature `servers` builds it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::{Arc, LazyLock};

use mailmedic_peers::{
    Dialogue, Habits, Identity, Peer, Personality, Renegotiation, Server, Tickets, Unwilling,
};

static IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::rsa("mail.example").unwrap()));

fn peer(habits: Habits) -> Peer {
    Server::new(Dialogue::Smtp, Personality::plain_tls12()).complete(&IDENTITY).with(habits).start().unwrap()
}

/// `openssl s_client` as it talks to a peer.
struct Client {
    child: Child,
    heard: BufReader<ChildStdout>,
    complaints: BufReader<ChildStderr>,
}

impl Client {
    fn new(peer: &Peer, more: &[&str]) -> Self {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-connect", &peer.address().to_string(), "-starttls", "smtp"]);
        command.args(["-servername", "mail.example", "-tls1_2"]).args(more);
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = streams.spawn().expect("the command openssl starts");
        let heard = BufReader::new(child.stdout.take().unwrap());
        let complaints = BufReader::new(child.stderr.take().unwrap());
        Self { child, heard, complaints }
    }

    /// Sends a line in one piece: where the client reads a letter alone, that is its own command all the same, but the end
    /// of the line goes to the server, which answers that, too.
    fn say(&mut self, line: &str) {
        self.child.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Reads lines up to one that begins so.
    fn until(&mut self, start: &str) -> String {
        until(&mut self.heard, start)
    }

    /// Begins another handshake and waits for its end, which the option `-state` tells.
    fn renegotiate(&mut self) {
        self.say("R");
        until(&mut self.complaints, "RENEGOTIATING");
        until(&mut self.complaints, "SSL_connect:SSLv3/TLS read finished");
    }

    /// Ends the dialogue and returns the rest.
    fn quit(mut self) -> String {
        // A line that begins with a capital Q is the client's own command.
        self.say("quit");
        let mut rest = String::new();
        self.heard.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap();
        rest
    }
}

fn until(stream: &mut impl BufRead, start: &str) -> String {
    let mut all = String::new();
    while !all.lines().last().unwrap_or_default().starts_with(start) {
        assert!(stream.read_line(&mut all).unwrap() > 0, "no line {start:?} in:\n{all}");
    }
    all
}

#[test]
fn openssl_completes_every_suite() {
    let folder = tempfile::tempdir().unwrap();
    let [der, pem] = ["root.der", "root.pem"].map(|name| folder.path().join(name));
    std::fs::write(&der, IDENTITY.root()).unwrap();
    let mut convert = Command::new("openssl");
    convert.args(["x509", "-inform", "DER", "-in"]).arg(&der).arg("-out").arg(&pem);
    assert!(convert.status().expect("the command openssl starts").success());
    let root = pem.to_str().unwrap();
    let peer = peer(Habits::default());
    for suite in ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "AES128-GCM-SHA256", "AES128-SHA"] {
        let mut client = Client::new(&peer, &["-cipher", suite, "-CAfile", root, "-verify_return_error"]);
        let told = client.until("    Extended master secret");
        for line in
            ["Verify return code: 0 (ok)", &format!("Cipher is {suite}"), "Extended master secret: yes"]
        {
            assert!(told.contains(line), "no {line:?} in:\n{told}");
        }
        client.say("EHLO client.example");
        client.until("250 8BITMIME");
        assert!(client.quit().contains("221 2.0.0 Bye"));
    }
}

#[test]
fn openssl_renegotiates_as_often_as_it_may() {
    let renegotiation = Renegotiation { accepts: 2, then: Unwilling::Warns };
    let peer = peer(Habits { renegotiation, ..Habits::default() });
    let mut client = Client::new(&peer, &["-no_ticket", "-state"]);
    let told = client.until("    Verify return code");
    assert!(told.contains("Secure Renegotiation IS supported"), "{told}");
    for _ in 0..2 {
        client.renegotiate();
        client.say("NOOP");
        client.until("502 5.5.2");
    }
    let rest = client.quit();
    assert!(rest.starts_with("221 2.0.0 Bye"), "{rest}");
    assert_eq!(peer.client_hellos().len(), 1, "the other hellos are encrypted");
}

#[test]
fn openssl_resumes_by_a_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session");
    let file = file.to_str().unwrap();
    let tickets = Tickets { lifetime: 7_200, ..Tickets::default() };
    let peer = peer(Habits { tickets, ..Habits::default() });
    for (option, expected) in [("-sess_out", "New, TLSv1.2"), ("-sess_in", "Reused, TLSv1.2")] {
        let mut client = Client::new(&peer, &[option, file]);
        let told = client.until("    Verify return code");
        assert!(told.contains(expected), "{told}");
        assert!(told.contains("TLS session ticket lifetime hint: 7200 (seconds)"), "{told}");
        assert!(client.quit().contains("221 2.0.0 Bye"));
    }
}
