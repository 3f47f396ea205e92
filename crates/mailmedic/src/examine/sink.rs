//! Where what is seen goes while a run goes on.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::bytes::{Bytes, Fingerprint};
use crate::endpoint::{Endpoint, EndpointId};
use crate::observation::{Ask, EndpointObservation, Session, Throttled, Unasked};

/// The endpoints and certificates of one target, filled by many tasks.
#[derive(Debug)]
pub(super) struct Sink(Mutex<Kept>);

/// What a sink holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) endpoints: Vec<EndpointObservation>,
    pub(super) certificates: BTreeMap<Fingerprint, Bytes>,
}

impl Sink {
    pub(super) fn new(endpoints: Vec<Endpoint>) -> Self {
        let endpoints = endpoints.into_iter().map(EndpointObservation::new).collect();
        Self(Mutex::new(Kept { endpoints, certificates: BTreeMap::new() }))
    }

    /// Keeps a session of the endpoint with this index.
    pub(super) fn keep(&self, index: usize, session: Session, certificates: Vec<Vec<u8>>) {
        self.with(|kept| {
            for der in certificates {
                kept.certificates.entry(Fingerprint::of(&der)).or_insert(Bytes(der));
            }
            if let Some(seen) = kept.endpoints.get_mut(index)
                && !complete(&mut seen.sessions, &session)
            {
                // Side by side they end in any order; a report must not depend on it.
                let at = seen.sessions.partition_point(|other| other.begun_ms <= session.begun_ms);
                seen.sessions.insert(at, session);
            }
        });
    }

    /// Notes that the server limited us, and what was not asked therefore.
    pub(super) fn limit(&self, index: usize, unasked: Vec<Unasked>, throttled: Option<Throttled>) {
        self.with(|kept| {
            if let Some(seen) = kept.endpoints.get_mut(index) {
                seen.unasked = unasked;
                seen.throttled = throttled;
            }
        });
    }

    /// Notes that so many connections came to nothing, so that they are counted all the same.
    pub(super) fn spoil(&self, index: usize, number: u32) {
        self.with(|kept| {
            if let Some(seen) = kept.endpoints.get_mut(index) {
                seen.spoilt += number;
            }
        });
    }

    /// Notes whose answers stand for this endpoint's.
    pub(super) fn equate(&self, index: usize, other: EndpointId) {
        self.with(|kept| {
            if let Some(seen) = kept.endpoints.get_mut(index) {
                seen.same_as = Some(other);
            }
        });
    }

    /// Returns all that was kept so far.
    pub(super) fn kept(&self) -> Kept {
        self.with(|kept| kept.clone())
    }

    fn with<T>(&self, what: impl FnOnce(&mut Kept) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Puts the whole of a first look in the place of what was known of it so far; tells whether something was.
pub(super) fn complete(sessions: &mut [Session], session: &Session) -> bool {
    let is_same = |known: &&mut Session| known.ask == session.ask && known.begun_ms == session.begun_ms;
    match sessions.iter_mut().find(is_same).filter(|_| session.ask == Ask::Polite) {
        Some(so_far) => so_far.clone_from(session),
        None => return false,
    }
    true
}
