//! Fetches what tells whether certificates are revoked: once for a whole run, or from what an earlier run kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::task::JoinSet;

use super::Run;
use crate::bytes::{Bytes, Fingerprint};
use crate::chain;
use crate::diagnosis::Diagnosis;
use crate::fetch::{Bounds, Fetcher, Question};
use crate::observation::{
    Depth, Examination, FetchOutcome, FetchPurpose, Status, StatusKind, StatusOrigin, StatusOutcome,
};
use crate::reach::Keeps;
use crate::revocation::{self, Documents, Wanted};

/// The documents on revocation of a run, and what was asked for already.
pub(super) struct Archive {
    documents: Mutex<Documents>,
    asked: Mutex<HashMap<Key, Arc<OnceCell<Answer>>>>,
    /// Lists that the user gave.
    given: Vec<Fingerprint>,
    /// Holds back what would be too much at a time.
    turns: Semaphore,
    /// When the first document was asked for.
    begun: OnceLock<Instant>,
}

/// The document, its URL, and whether the URL may lead inside.
type Key = (StatusKind, String, bool);

#[derive(Clone, Debug)]
struct Answer {
    origin: StatusOrigin,
    outcome: StatusOutcome,
}

impl Archive {
    pub(super) fn new(given: &[Vec<u8>]) -> Self {
        let documents: Documents =
            given.iter().map(|list| (Fingerprint::of(list), Bytes(list.clone()))).collect();
        Self {
            given: documents.keys().copied().collect(),
            documents: Mutex::new(documents),
            asked: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
            begun: OnceLock::new(),
        }
    }

    /// Returns the lists that the user gave, as what was seen.
    pub(super) fn given(&self, at: Timestamp) -> Vec<Status> {
        let status = |digest: &Fingerprint| Status {
            kind: StatusKind::Crl,
            url: None,
            origin: StatusOrigin::File,
            at,
            outcome: StatusOutcome::Found(*digest),
        };
        self.given.iter().map(status).collect()
    }

    /// Takes all documents out; the run is over.
    pub(super) fn take(&self) -> Documents {
        std::mem::take(&mut *self.documents.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps a document; says what came of it.
    fn admit(&self, document: Vec<u8>) -> StatusOutcome {
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        let held: usize = documents.values().map(|document| document.0.len()).sum();
        if held + document.len() > MOST_BYTES {
            return StatusOutcome::Failed(format!(
                "the documents of a run may have {MOST_BYTES} bytes in all"
            ));
        }
        let digest = Fingerprint::of(&document);
        documents.entry(digest).or_insert(Bytes(document));
        StatusOutcome::Found(digest)
    }

    /// Waits until not too much is asked at a time; none once all of it has taken too long.
    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let begun = *self.begun.get_or_init(Instant::now);
        let turn = self.turns.acquire().await.ok()?;
        (begun.elapsed() < MOST_WAIT).then_some(turn)
    }

    /// Returns the place for the answer, the same for all that ask the same; none where too much was asked.
    fn place(&self, key: Key) -> Option<Arc<OnceCell<Answer>>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= MOST_ASKED && !asked.contains_key(&key) {
            return None;
        }
        Some(Arc::clone(asked.entry(key).or_default()))
    }
}

impl Run {
    /// Asks the issuers of a target's certificates, all side by side; each within a few seconds.
    pub(super) async fn fetch_statuses(self: &Arc<Self>, seen: &mut Examination, inside: bool) {
        if self.options.offline || self.options.depth == Depth::Quick {
            return;
        }
        let diagnosis = Arc::new(chain::diagnose(seen, self.taken));
        let wanted = revocation::wanted(&diagnosis, self.taken, MOST_OF_TARGET);
        let mut running = JoinSet::new();
        for (index, wanted) in wanted.into_iter().enumerate() {
            let Some(place) = self.archive.place((wanted.kind, wanted.url.clone(), inside)) else { continue };
            let (run, diagnosis) = (Arc::clone(self), Arc::clone(&diagnosis));
            running.spawn(async move {
                let answer = place.get_or_init(|| run.answer(&wanted, &diagnosis, inside)).await;
                let Answer { origin, outcome } = answer.clone();
                let (kind, url) = (wanted.kind, Some(wanted.url));
                (index, Status { kind, url, origin, at: run.taken, outcome })
            });
        }
        let mut statuses = running.join_all().await;
        // They end in any order; a report must not depend on it.
        statuses.sort_by_key(|(index, _)| *index);
        seen.statuses.extend(statuses.into_iter().map(|(_, status)| status));
    }

    async fn answer(&self, wanted: &Wanted, diagnosis: &Diagnosis, inside: bool) -> Answer {
        let Some(_turn) = self.archive.turn().await else {
            let why = format!("the run had no more time for it after {MOST_WAIT:?}");
            return Answer { origin: StatusOrigin::Network, outcome: StatusOutcome::Failed(why) };
        };
        let question = match wanted.kind {
            StatusKind::Crl => None,
            StatusKind::Ocsp(_) => match question(wanted, diagnosis) {
                Some(question) => Some(question),
                None => {
                    let why = "the question cannot be put".to_owned();
                    return Answer { origin: StatusOrigin::Network, outcome: StatusOutcome::Failed(why) };
                }
            },
        };
        let key = key(wanted, question.as_deref());
        let cache = self.options.cache.as_deref();
        let is_usable =
            |document: &Vec<u8>| revocation::keeps_until(wanted, document, diagnosis, self.taken).is_some();
        if let Some(document) = cache.and_then(|cache| cache.load(&key, self.taken)).filter(is_usable) {
            return Answer { origin: StatusOrigin::Cache, outcome: self.archive.admit(document) };
        }
        let fetcher = self.fetcher_within(inside, STATUS_LIMIT);
        let fetched = tokio::time::timeout(STATUS_LIMIT, fetch(&fetcher, wanted, question)).await;
        let outcome = match fetched {
            Ok(FetchOutcome::Found(Bytes(document))) => {
                keep(cache, &key, wanted, diagnosis, self.taken, &document);
                self.archive.admit(document)
            }
            Ok(FetchOutcome::Status(code)) => StatusOutcome::Status(code),
            Ok(FetchOutcome::Failed(why)) => StatusOutcome::Failed(why),
            Err(_) => StatusOutcome::Failed(format!("no answer within {STATUS_LIMIT:?}")),
        };
        Answer { origin: StatusOrigin::Network, outcome }
    }
}

/// Keeps what may be believed: what anybody on the way could have put in its place must not last.
fn keep(
    cache: Option<&dyn Keeps>,
    key: &str,
    wanted: &Wanted,
    diagnosis: &Diagnosis,
    now: Timestamp,
    document: &[u8],
) {
    let until = || revocation::keeps_until(wanted, document, diagnosis, now);
    if let Some(cache) = cache
        && let Some(until) = until()
    {
        cache.keep(key, document, until);
    }
}

async fn fetch(fetcher: &Fetcher, wanted: &Wanted, question: Option<Vec<u8>>) -> FetchOutcome {
    let Some(body) = question else {
        return fetcher.get(&wanted.url, Bounds::of(FetchPurpose::Crl)).await;
    };
    let bounds = Bounds::of(FetchPurpose::Ocsp);
    // What is asked by GET may be answered by a cache on the way (RFC 5019 §6); not every responder knows it.
    if let Some(url) = revocation::get_url(&wanted.url, &body) {
        let outcome = fetcher.get(&url, bounds).await;
        if !matches!(outcome, FetchOutcome::Status(_)) {
            return outcome;
        }
    }
    fetcher.post(&wanted.url, bounds, Question { media_type: "application/ocsp-request", body }).await
}

fn question(wanted: &Wanted, diagnosis: &Diagnosis) -> Option<Vec<u8>> {
    let certificate = diagnosis.certificates.get(&wanted.certificate)?;
    revocation::request(certificate, diagnosis.issuers.get(&wanted.certificate)?)
}

/// Names a document for the cache: its URL, and for OCSP the question.
fn key(wanted: &Wanted, question: Option<&[u8]>) -> String {
    match question {
        Some(question) => format!("ocsp {} {}", Fingerprint::of(question), wanted.url),
        None => format!("crl {}", wanted.url),
    }
}

/// The limit of one document: revocation is worth no long wait.
const STATUS_LIMIT: Duration = Duration::from_secs(5);
/// The limit of all documents of a run together: what is waiting then is not fetched.
const MOST_WAIT: Duration = Duration::from_secs(30);
/// Documents fetched at a time.
const AT_ONCE: usize = 16;
/// Documents of one target: a leaf and its intermediates name one list and one responder each.
const MOST_OF_TARGET: usize = 16;
/// Documents of a run.
const MOST_ASKED: usize = 500;
/// The bytes of all documents of a run.
const MOST_BYTES: usize = 64 * 1024 * 1024;
