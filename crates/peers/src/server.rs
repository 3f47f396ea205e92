//! A personality on a socket of loopback, behind a mail dialogue.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::{AlertDescription, ProtocolVersion};

use socket2::SockRef;

use crate::answer::{Answer, Hello, Then, answer_bytes, read_hello};
use crate::complete::{self, End};
use crate::dialogue::{Dialogue, Parting};
use crate::habits::{self, Habits};
use crate::identity::Identity;
use crate::personality::{Personality, Refusal};
use crate::records;

/// What a peer is.
#[derive(Clone, Debug)]
pub struct Server {
    /// The mail protocol.
    pub dialogue: Dialogue,
    /// Whether TLS begins at once instead of after STARTTLS.
    pub implicit: bool,
    /// How it answers hellos.
    pub personality: Personality,
    /// What it does after its first flight.
    pub habits: Habits,
    /// The key of its certificate; with it handshakes of TLS 1.2 are completed where [`Identity`] can, without it none is.
    pub identity: Option<Arc<Identity>>,
    /// Where TLS is spoken in its stead: all bytes after the dialogue go there and back.
    pub relay: Option<SocketAddr>,
    /// How many connections it serves before it rejects all others; `None` for all.
    pub patience: Option<u64>,
    /// How many connections it serves side by side before it rejects others; `None` for any number.
    pub at_once: Option<usize>,
}

impl Server {
    /// Makes a server with STARTTLS that serves all who come.
    pub fn new(dialogue: Dialogue, personality: Personality) -> Self {
        let habits = Habits::default();
        Self {
            dialogue,
            implicit: false,
            personality,
            habits,
            identity: None,
            relay: None,
            patience: None,
            at_once: None,
        }
    }

    /// Makes TLS begin at once.
    #[must_use]
    pub fn implicit(self) -> Self {
        Self { implicit: true, ..self }
    }

    /// Sets what it does after its first flight.
    #[must_use]
    pub fn with(self, habits: Habits) -> Self {
        Self { habits, ..self }
    }

    /// Completes handshakes with this key, and shows its certificate in place of the personality's.
    #[must_use]
    pub fn complete(mut self, identity: &Arc<Identity>) -> Self {
        self.personality.certificates = vec![identity.certificate()];
        Self { identity: Some(Arc::clone(identity)), ..self }
    }

    /// Leaves TLS to a server elsewhere on this machine, such as `openssl s_server`, which knows no mail.
    #[must_use]
    pub fn relay(self, to: SocketAddr) -> Self {
        Self { relay: Some(to), ..self }
    }

    /// Opens a free port of loopback and serves it until the peer is dropped.
    ///
    /// # Errors
    /// What kept it from listening.
    pub fn start(self) -> io::Result<Peer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let house = Arc::new(House { server: self, ..House::default() });
        let host = Arc::clone(&house);
        let thread = thread::spawn(move || host.receive(&listener));
        Ok(Peer { address, house, thread: Some(thread) })
    }
}

/// A server that runs; it stops and closes all its connections when it is dropped.
#[derive(Debug)]
pub struct Peer {
    address: SocketAddr,
    house: Arc<House>,
    thread: Option<JoinHandle<()>>,
}

impl Peer {
    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns how many connections came so far.
    pub fn connections(&self) -> u64 {
        self.house.count.load(Ordering::SeqCst)
    }

    /// Returns the most connections that were open at once so far.
    pub fn most_at_once(&self) -> usize {
        lock(&self.house.guests).most
    }

    /// Returns the hellos so far, each with the number of its connection.
    pub fn hellos(&self) -> Vec<(u64, Hello)> {
        lock(&self.house.hellos).clone()
    }

    /// Returns the hellos of SSL 3 and TLS so far.
    pub fn client_hellos(&self) -> Vec<ClientHello> {
        let tls = |(_, hello)| match hello {
            Hello::Tls(hello) => Some(hello),
            Hello::Ssl2(_) => None,
        };
        self.hellos().into_iter().filter_map(tls).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.house.closed.store(true, Ordering::SeqCst);
        // Wakes the one who waits for guests.
        let _ = TcpStream::connect(self.address);
        for stream in lock(&self.house.guests).streams.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct House {
    server: Server,
    closed: AtomicBool,
    count: AtomicU64,
    guests: Mutex<Guests>,
    hellos: Mutex<Vec<(u64, Hello)>>,
}

#[derive(Debug, Default)]
struct Guests {
    streams: BTreeMap<u64, TcpStream>,
    most: usize,
}

impl Default for House {
    fn default() -> Self {
        Self {
            server: Server::new(Dialogue::Smtp, Personality::modern()),
            closed: AtomicBool::new(false),
            count: AtomicU64::new(0),
            guests: Mutex::default(),
            hellos: Mutex::default(),
        }
    }
}

impl House {
    fn receive(self: &Arc<Self>, listener: &TcpListener) {
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            if self.closed.load(Ordering::SeqCst) {
                break;
            }
            let number = self.count.fetch_add(1, Ordering::SeqCst);
            let Ok(copy) = stream.try_clone() else { continue };
            let crowd = {
                let mut guests = lock(&self.guests);
                guests.streams.insert(number, copy);
                guests.most = guests.most.max(guests.streams.len());
                guests.streams.len()
            };
            let house = Arc::clone(self);
            threads.retain(|thread| !thread.is_finished());
            threads.push(thread::spawn(move || {
                // Most connections end by an error: the client has had enough.
                let _ = house.serve(stream, number, crowd);
                lock(&house.guests).streams.remove(&number);
            }));
        }
        // One who came between the last guest and the end of the house.
        for stream in lock(&self.guests).streams.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for thread in threads {
            let _ = thread.join();
        }
    }

    fn serve(&self, mut stream: TcpStream, number: u64, crowd: usize) -> io::Result<()> {
        let server = &self.server;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        if server.patience.is_some_and(|most| number >= most)
            || server.at_once.is_some_and(|most| crowd > most)
        {
            if !server.implicit {
                stream.write_all(server.dialogue.rejection().as_bytes())?;
            }
            return leave(&mut stream);
        }
        if !server.implicit {
            stream.write_all(server.dialogue.greeting(false).as_bytes())?;
            if server.dialogue.hold(&mut stream, false)? == Parting::Close {
                return leave(&mut stream);
            }
        }
        match server.relay {
            Some(to) => relay(&stream, to),
            None => self.shake(&mut stream, number),
        }
    }

    /// Answers hellos until the client goes or has gone too far.
    fn shake(&self, stream: &mut TcpStream, number: u64) -> io::Result<()> {
        let mut retried = false;
        loop {
            let bytes = records::first(stream)?;
            let hello = read_hello(&bytes).ok().flatten();
            let read = hello.clone();
            lock(&self.hellos).extend(hello.map(|hello| (number, hello)));
            if let (Some(identity), Some(Hello::Tls(hello))) = (&self.server.identity, &read)
                && complete::can(&self.server.personality, hello)
            {
                return match complete::serve(&self.server, identity, hello, stream, number)? {
                    End::Leave => leave(stream),
                    End::Hold => io::copy(stream, &mut io::sink()).map(drop),
                    End::Reset => reset(stream),
                };
            }
            let answer = answer_bytes(&self.server.personality, &bytes, number);
            let Some(mut answer) = answer else { return Ok(()) };
            if retried && answer.then == Then::Retry {
                // Asking twice is not allowed (RFC 8446 section 4.1.4).
                let refusal = Refusal::Alert(AlertDescription::ILLEGAL_PARAMETER);
                answer = Answer::refuse(refusal, ProtocolVersion::TLSv1_2);
            }
            let Answer { bytes, then } = answer;
            stream.write_all(&bytes)?;
            match then {
                Then::Retry => retried = true,
                Then::Close => return leave(stream),
                Then::Reset => return reset(stream),
                Then::Hold => return io::copy(stream, &mut io::sink()).map(drop),
                Then::Listen => {
                    let version = match read {
                        Some(Hello::Tls(_)) => Answer { bytes, then }.flight().version,
                        _ => None,
                    };
                    if let Some(version) = version {
                        habits::follow(&self.server.habits, stream, version)?;
                    }
                    return leave(stream);
                }
            }
        }
    }
}

/// Closes so that all that was said arrives: bytes of the client that nobody read would make it a reset.
fn leave(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let mut rest = [0; 4_096];
    while stream.read(&mut rest)? > 0 {}
    Ok(())
}

/// Carries bytes both ways until both sides have ended.
fn relay(stream: &TcpStream, to: SocketAddr) -> io::Result<()> {
    let server = TcpStream::connect(to)?;
    server.set_nodelay(true)?;
    server.set_read_timeout(Some(PATIENCE))?;
    let carry = |mut from: &TcpStream, mut to: &TcpStream| {
        // An error ends this way as an end does.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    };
    thread::scope(|scope| {
        scope.spawn(|| carry(stream, &server));
        carry(&server, stream);
        // What the client still says nobody hears.
        let _ = stream.shutdown(Shutdown::Read);
    });
    Ok(())
}

/// Makes the close that follows a reset.
fn reset(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_linger(Some(Duration::ZERO))
}

/// A thread that panicked has failed its test already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A guard against connections that never end; longer than any test waits.
const PATIENCE: Duration = Duration::from_secs(60);
