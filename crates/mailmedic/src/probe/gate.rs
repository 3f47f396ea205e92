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
    /// How many of the last ones ended at once.
    prompt: AtomicU32,
    /// Microseconds of the quickest answer: a round trip, or little more.
    trip: AtomicU64,
    /// Microseconds that the server took of late, beyond a round trip, to answer a hello behind which our side had ended.
    thinking: AtomicU64,
}

impl Default for Ends {
    fn default() -> Self {
        Self { prompt: AtomicU32::new(0), trip: AtomicU64::new(UNKNOWN), thinking: AtomicU64::new(UNKNOWN) }
    }
}

impl Ends {
    /// Tells whether a connection is over for the server as soon as it hears that it is for us, which is worth something only
    /// where the news of it takes a while.
    pub(super) fn are_prompt(&self) -> bool {
        self.prompt.load(Ordering::Relaxed) >= ENOUGH && self.trip() >= FAR
    }

    /// Takes how long the server took to end one after us; none where it did not in time.
    ///
    /// `reply` is the shortest time in which it answered something on that connection, which is a round trip at least.
    pub(super) fn note(&self, took: Option<Duration>, reply: Option<Duration>) {
        let is_prompt = took.is_some_and(|took| took <= reply.unwrap_or_default() + SLACK);
        match is_prompt {
            true => self.prompt.fetch_add(1, Ordering::Relaxed),
            false => self.prompt.swap(0, Ordering::Relaxed),
        };
    }

    /// Takes how long the server took to answer something.
    pub(super) fn note_reply(&self, took: Duration) {
        self.trip.fetch_min(micros(took), Ordering::Relaxed);
    }

    /// Takes how long the server took to answer a hello behind which our side had ended, since it can have had it.
    pub(super) fn note_answer(&self, took: Duration) {
        let thought = micros(took.saturating_sub(self.trip()));
        // The slowest of late counts, and is forgotten bit by bit.
        let _ = self.thinking.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |before| {
            Some(if before == UNKNOWN { thought } else { thought.max(before - before / 8) })
        });
    }

    /// Returns the time of a round trip, as far as it is known: zero before the first answer.
    pub(super) fn trip(&self) -> Duration {
        match self.trip.load(Ordering::Relaxed) {
            UNKNOWN => Duration::ZERO,
            micros => Duration::from_micros(micros),
        }
    }

    /// Returns how long to wait with the next connection once a server can have had a hello behind which our side has ended;
    /// none where that is not known, or the server does not end at once then.
    ///
    /// A new connection stands for the server a round trip later than a hello takes to it (RFC 9293 §3.5), so it may begin while
    /// the server is busy for the last round trip.
    pub(super) fn busy_for(&self) -> Option<Duration> {
        let thinking = self.thinking.load(Ordering::Relaxed);
        let busy = Duration::from_micros(thinking).saturating_sub(self.trip());
        (self.are_prompt() && thinking != UNKNOWN).then_some(busy)
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(UNKNOWN - 1)
}

/// Stands for a time that was not measured yet.
const UNKNOWN: u64 = u64::MAX;

/// How many have to end at once before the next are believed to.
const ENOUGH: u32 = 3;

/// A round trip that is long beside what a server takes to end a connection.
const FAR: Duration = Duration::from_millis(5);

/// What the ways of two packets may differ in.
const SLACK: Duration = Duration::from_millis(20);

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
        self.gate(place).ends.busy_for().is_some()
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
