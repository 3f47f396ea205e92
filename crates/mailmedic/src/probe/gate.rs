//! How many connections an address sees at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::endpoint::Place;

/// The most connections in all, under the usual limit on open files.
const MOST: usize = 256;

/// A gate for each address, and one for all.
#[derive(Debug)]
pub(super) struct Gates {
    each: usize,
    all: Arc<Semaphore>,
    places: Mutex<HashMap<String, Arc<Semaphore>>>,
}

/// The right to one connection.
pub(super) struct Permit {
    _each: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Gates {
    pub(super) fn new(each: usize) -> Self {
        Self { each: each.max(1), all: Arc::new(Semaphore::new(MOST)), places: Mutex::default() }
    }

    /// Waits until one more connection to this place is polite.
    pub(super) async fn enter(&self, place: &Place) -> Permit {
        // Servers count connections by address, over all ports.
        let key = match place {
            Place::Tcp(address) => address.ip().to_string(),
            Place::Unix(path) => path.display().to_string(),
            Place::Files(_) => String::new(),
        };
        let gate = {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(places.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.each))))
        };
        // The semaphores are never closed, so both waits end with a permit.
        Permit {
            _each: gate.acquire_owned().await.ok(),
            _all: Arc::clone(&self.all).acquire_owned().await.ok(),
        }
    }
}
