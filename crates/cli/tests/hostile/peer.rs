//! Servers that follow a script.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// One connection, seen from the server.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    /// The number of this connection, from 0.
    pub(crate) number: usize,
    /// Set after the go-ahead for TLS.
    pub(crate) upgraded: bool,
}

/// Listens on a free port of loopback until the test ends; each connection follows the script, then is closed.
pub(crate) fn serve(script: impl Fn(&mut Peer) -> io::Result<()> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = Arc::new(script);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let Ok(stream) = stream else { continue };
            let script = Arc::clone(&script);
            thread::spawn(move || {
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.set_write_timeout(Some(PATIENCE)).unwrap();
                // Most scripts end by an error: the client has had enough.
                let _ = script(&mut Peer { stream, number, upgraded: false });
            });
        }
    });
    port
}

/// A guard against threads that never end; longer than any run takes.
const PATIENCE: Duration = Duration::from_secs(60);

impl Peer {
    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    /// Says the same until the client has had enough.
    pub(crate) fn say_for_ever(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        loop {
            self.say(bytes.as_ref())?;
        }
    }

    /// Reads a line.
    pub(crate) fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") {
            self.stream.read_exact(&mut byte)?;
            line.push(byte[0]);
        }
        Ok(line)
    }

    /// Reads a TLS record.
    pub(crate) fn record(&mut self) -> io::Result<Vec<u8>> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    /// Says nothing more and waits for the client to go.
    pub(crate) fn hold(&mut self) -> io::Result<()> {
        io::copy(&mut self.stream, &mut io::sink()).map(drop)
    }

    /// Waits for bytes and leaves them unread, so that the close becomes a reset.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        self.stream.peek(&mut [0]).map(drop)
    }

    /// Speaks SMTP up to the go-ahead for TLS.
    pub(crate) fn smtp(&mut self) -> io::Result<()> {
        self.smtp_with("220 mx.test ESMTP Postfix\r\n", "250-mx.test\r\n250 STARTTLS\r\n")?;
        self.say("220 2.0.0 Ready to start TLS\r\n")
    }

    /// Speaks SMTP up to the request for TLS, with this greeting and this reply to EHLO.
    pub(crate) fn smtp_with(
        &mut self,
        greeting: impl AsRef<[u8]>,
        hello: impl AsRef<[u8]>,
    ) -> io::Result<()> {
        self.say(greeting)?;
        self.until(b"STARTTLS", hello)
    }

    /// Gives a reply to every line until one begins so, which is left without; says goodbye to QUIT.
    pub(crate) fn until(&mut self, word: &[u8], reply: impl AsRef<[u8]>) -> io::Result<()> {
        loop {
            let line = self.line()?;
            if line.starts_with(word) {
                self.upgraded = true;
                return Ok(());
            }
            if line.starts_with(b"QUIT") {
                self.say("221 2.0.0 Bye\r\n")?;
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            self.say(reply.as_ref())?;
        }
    }
}

/// Makes a TLS record.
pub(crate) fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, 3, 3][..], &length, body].concat()
}

/// Makes a handshake message and cuts it into records.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let message = [&[kind], &length[1..], body].concat();
    message.chunks(16_384).flat_map(|part| record(HANDSHAKE, part)).collect()
}

/// A ServerHello of TLS 1.2 without extensions, and with a suite that every client offers.
pub(crate) fn server_hello() -> Vec<u8> {
    message(2, &[&[3, 3][..], &[7; 32], &[0, 0xC0, 0x2F, 0]].concat())
}

/// A Certificate message of TLS 1.2.
pub(crate) fn certificate(list: &[&[u8]]) -> Vec<u8> {
    let three = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..], bytes].concat();
    let list: Vec<u8> = list.iter().flat_map(|der| three(der)).collect();
    message(11, &three(&list))
}

pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const ALERT: u8 = 21;
