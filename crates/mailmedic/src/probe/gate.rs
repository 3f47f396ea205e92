//! How many connections an address sees at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::endpoint::Place;

/// The most connections in all, under the usual limit on open files.
const MOST: usize = 256;

/// A gate for each address, and one for all.
#[derive(Debug)]
pub(super) struct Gates {
    each: usize,
    all: Arc<Semaphore>,
    places: Mutex<HashMap<String, Gate>>,
}

#[derive(Clone, Debug)]
struct Gate {
    permits: Arc<Semaphore>,
    ends: Arc<Ends>,
}

/// The right to one connection.
pub struct Permit {
    _each: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
    ends: Arc<Ends>,
}

impl Permit {
    /// How the place ends connections.
    pub(super) fn ends(&self) -> Arc<Ends> {
        Arc::clone(&self.ends)
    }
}

/// How a place answers and ends connections: most servers end one as soon as we have, some are busy with one for longer.
#[derive(Debug)]
pub(super) struct Ends {
    /// How many of the last ones ended at once; and of those that ended with a hello of ours, which a server may take for a failure.
    prompt: AtomicU32,
    prompt_with_hello: AtomicU32,
    /// Microseconds of the quickest answer: a round trip, or little more.
    trip: AtomicU64,
    /// Microseconds that the server took of late, beyond a round trip, to answer a hello behind which our side had ended.
    thinking: AtomicU64,
    /// How many ended, and how many of them late: not at once, or busy with a hello for more than a round trip.
    ended: AtomicU32,
    late: AtomicU32,
}

impl Default for Ends {
    fn default() -> Self {
        Self {
            prompt: AtomicU32::new(0),
            prompt_with_hello: AtomicU32::new(0),
            trip: AtomicU64::new(UNKNOWN),
            thinking: AtomicU64::new(UNKNOWN),
            ended: AtomicU32::new(0),
            late: AtomicU32::new(0),
        }
    }
}

impl Ends {
    /// Tells whether a connection is over for the server as soon as it hears that it is for us, which is worth something only
    /// where the news of it takes a while.
    pub(super) fn are_prompt(&self) -> bool {
        let [ended, late] = [&self.ended, &self.late].map(|count| count.load(Ordering::Relaxed));
        self.prompt.load(Ordering::Relaxed) >= ENOUGH && late * RARE <= ended && self.trip() >= FAR
    }

    /// Takes whether the server ended one at once after us; `with_hello` tells that our side ended with the hello.
    pub(super) fn note(&self, is_prompt: bool, with_hello: bool) {
        let counts = [Some(&self.prompt), with_hello.then_some(&self.prompt_with_hello)];
        self.ended.fetch_add(1, Ordering::Relaxed);
        for count in counts.into_iter().flatten() {
            let before = count.load(Ordering::Relaxed);
            count.store(if is_prompt { before + 1 } else { 0 }, Ordering::Relaxed);
        }
        self.late.fetch_add(u32::from(!is_prompt), Ordering::Relaxed);
    }

    /// Takes how long the server took to answer something.
    pub(super) fn note_reply(&self, took: Duration) {
        self.trip.fetch_min(micros(took), Ordering::Relaxed);
    }

    /// Takes how long the server took to answer a hello behind which our side had ended, since it can have had it.
    pub(super) fn note_answer(&self, took: Duration) {
        let thought = micros(took.saturating_sub(self.trip()));
        if self.is_long(thought) {
            self.late.fetch_add(1, Ordering::Relaxed);
        }
        // The slowest of late counts, and is forgotten bit by bit.
        let _ = self.thinking.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |before| {
            Some(if before == UNKNOWN { thought } else { thought.max(before - before / 8) })
        });
    }

    /// Returns how long the server took of late, beyond a round trip, to answer hellos, the slowest of them; none where that is not
    /// known.
    pub(super) fn thinking(&self) -> Option<Duration> {
        Some(self.thinking.load(Ordering::Relaxed))
            .filter(|micros| *micros != UNKNOWN)
            .map(Duration::from_micros)
    }

    /// Returns the time of a round trip, as far as it is known: zero before the first answer.
    pub(super) fn trip(&self) -> Duration {
        match self.trip.load(Ordering::Relaxed) {
            UNKNOWN => Duration::ZERO,
            micros => Duration::from_micros(micros),
        }
    }

    /// Tells whether the next connection may begin as soon as the server can have had a hello behind which our side has ended: a new
    /// one stands for the server a round trip later than a hello takes to it (RFC 9293 §3.5), so it may be busy with the hello for that
    /// long.
    pub(super) fn are_quick(&self) -> bool {
        let thinking = self.thinking.load(Ordering::Relaxed);
        // A server that pauses over what it takes for a failure does so the first time, too.
        let with_hello = self.prompt_with_hello.load(Ordering::Relaxed) > 0;
        self.are_prompt() && with_hello && !self.is_long(thinking)
    }

    /// Tells whether an answer that took so many microseconds beyond the way leaves too little room: with more to do at a time a server takes
    /// longer for each.
    fn is_long(&self, thought: u64) -> bool {
        thought > micros(self.trip()) / 2
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(UNKNOWN - 1)
}

/// Stands for a time that was not measured yet.
const UNKNOWN: u64 = u64::MAX;

/// How many have to end at once before the next are believed to.
const ENOUGH: u32 = 3;

/// Of how many at most one may end late: Exim ends good connections at once, and takes half a second where a handshake failed.
const RARE: u32 = 8;

/// A round trip that is long beside what a server takes to end a connection.
const FAR: Duration = Duration::from_millis(5);

/// What the ways of two packets may differ in.
pub(super) const SLACK: Duration = Duration::from_millis(20);

impl Gates {
    pub(super) fn new(each: usize) -> Self {
        Self { each: each.max(1), all: Arc::new(Semaphore::new(MOST)), places: Mutex::default() }
    }

    /// Waits until one more connection to this place is polite.
    pub(super) async fn enter(&self, place: &Place) -> Permit {
        let gate = self.gate(place);
        // The semaphores are never closed, so both waits end with a permit.
        Permit {
            _each: gate.permits.acquire_owned().await.ok(),
            _all: Arc::clone(&self.all).acquire_owned().await.ok(),
            ends: gate.ends,
        }
    }

    /// Tells whether the next one may come before we know that one of the last is over for the server.
    pub(super) fn overlaps(&self, place: &Place) -> bool {
        self.gate(place).ends.are_quick()
    }

    fn gate(&self, place: &Place) -> Gate {
        // Servers count connections by address, over all ports.
        let key = match place {
            Place::Tcp(address) => address.ip().to_string(),
            Place::Unix(path) => path.display().to_string(),
            Place::Files(_) => String::new(),
        };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Gate { permits: Arc::new(Semaphore::new(self.each)), ends: Arc::default() };
        places.entry(key).or_insert_with(new).clone()
    }
}
