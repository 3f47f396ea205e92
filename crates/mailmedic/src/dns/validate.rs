//! Whether DNSSEC vouches for an answer (RFC 4033 §5), found out here and not taken on trust.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hickory_resolver::net::dnssec::DnssecDnsHandle;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle, DnsResponseStream, FirstAnswer};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors, Verifier};
use hickory_resolver::proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Message, Query};
use hickory_resolver::proto::rr::{LowerName, Name, RData, Record, RecordType};
use tokio::sync::{Mutex, OnceCell};

use super::anchor::Anchors;
use super::exchange::{Exchange, Question};
use crate::observation::DnsState;

/// Follows signatures from the anchors to an answer.
pub(super) struct Validator {
    exchange: Arc<Exchange>,
    anchors: Anchors,
    zones: Mutex<Vec<(Name, Arc<OnceCell<Trust>>)>>,
    timeout: Duration,
}

/// What an anchored zone's own keys came to.
#[derive(Clone)]
enum Trust {
    /// The keys that an anchor vouches for.
    Keys(Arc<TrustAnchors>),
    /// The server gives no signatures, or does not answer: nothing can be told.
    Unsigned,
    /// There are signatures, and none by an anchor.
    Broken,
}

impl Validator {
    pub(super) fn new(exchange: Arc<Exchange>, anchors: Anchors, timeout: Duration) -> Self {
        Self { exchange, anchors, zones: Mutex::new(Vec::new()), timeout }
    }

    /// Returns the state of the answer to one question, aliases followed by the server included.
    pub(super) async fn state(&self, name: &Name, kind: RecordType) -> DnsState {
        let Some(zone) = self.anchors.zone_of(name) else { return DnsState::Indeterminate };
        let keys = match self.trust(zone).await {
            Trust::Keys(keys) => keys,
            Trust::Unsigned => return DnsState::Indeterminate,
            Trust::Broken => return DnsState::Bogus,
        };
        let upstream = Upstream { exchange: Arc::clone(&self.exchange), failed: Arc::default() };
        let failed = Arc::clone(&upstream.failed);
        let handle = DnssecDnsHandle::with_trust_anchor(upstream, keys);
        let query = Query::query(name.clone(), kind);
        let answer = handle.lookup(query, DnsRequestOptions::default()).first_answer();
        let Ok(answer) = tokio::time::timeout(self.timeout * 3, answer).await else {
            return DnsState::Indeterminate;
        };
        match proof(answer, kind) {
            // A chain with a missing link is no forged chain.
            Proof::Bogus if failed.load(Ordering::Relaxed) => DnsState::Indeterminate,
            Proof::Bogus => DnsState::Bogus,
            Proof::Secure => DnsState::Secure,
            Proof::Insecure => DnsState::Insecure,
            Proof::Indeterminate => DnsState::Indeterminate,
        }
    }

    async fn trust(&self, zone: &Name) -> Trust {
        let cell = {
            let mut zones = self.zones.lock().await;
            match zones.iter().find(|row| row.0 == *zone) {
                Some((_, cell)) => Arc::clone(cell),
                None => {
                    let cell = Arc::new(OnceCell::new());
                    zones.push((zone.clone(), Arc::clone(&cell)));
                    cell
                }
            }
        };
        cell.get_or_init(|| self.fetch_keys(zone)).await.clone()
    }

    /// Fetches a zone's keys and checks that an anchor signed them.
    ///
    /// A server that leaves out the signatures of a signed zone makes every answer look forged; so it is
    /// told here, once, from a forger.
    async fn fetch_keys(&self, zone: &Name) -> Trust {
        let question =
            Question { name: zone.clone(), kind: RecordType::DNSKEY, signatures: true, unchecked: true };
        let Ok(message) = self.exchange.ask(question).await else { return Trust::Unsigned };
        let of_zone = || message.answers.iter().filter(|record| record.name == *zone);
        let keys: Vec<(&Record, &DNSKEY)> =
            of_zone().filter_map(|record| Some((record, as_key(record)?))).collect();
        let signatures: Vec<&RRSIG> = of_zone().filter_map(as_signature_of_keys).collect();
        if keys.is_empty() || signatures.is_empty() {
            return Trust::Unsigned;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let signed = keys.iter().filter(|key| self.anchors.holds(zone, key.1)).take(MOST_TRIES).any(|key| {
            signatures.iter().take(MOST_TRIES).any(|signature| {
                let input = signature.input();
                let from = u64::from(input.sig_inception.get());
                let until = u64::from(input.sig_expiration.get());
                (from..=until).contains(&now)
                    && key.1.calculate_key_tag().is_ok_and(|tag| tag == input.key_tag)
                    && key
                        .1
                        .verify_rrsig(zone, key.0.dns_class, signature, keys.iter().map(|key| key.0))
                        .is_ok()
            })
        });
        if !signed {
            return Trust::Broken;
        }
        let mut trusted = TrustAnchors::empty();
        for (_, key) in keys.iter().filter(|key| key.1.zone_key() && !key.1.revoke()) {
            trusted.insert_with_name(key.public_key(), LowerName::from(zone));
        }
        Trust::Keys(Arc::new(trusted))
    }
}

/// Reduces the proofs of an answer's parts to that of the weakest.
fn proof(answer: Result<DnsResponse, NetError>, kind: RecordType) -> Proof {
    let message = match answer {
        Ok(message) => message,
        Err(NetError::Dns(DnsError::Nsec { proof, .. })) => return proof,
        Err(_) => return Proof::Indeterminate,
    };
    let answers = message.answers.iter().filter(|record| record.record_type() != RecordType::RRSIG);
    let positive = answers.clone().any(|record| record.record_type() == kind);
    let proofs = answers.map(|record| record.proof);
    // Nothing is signed of what does not exist but the record that denies it.
    let denial = (!positive).then(|| denial(&message));
    proofs.chain(denial).min_by_key(|proof| rank(*proof)).unwrap_or(Proof::Indeterminate)
}

fn denial(message: &Message) -> Proof {
    let denies = |record: &&Record| matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3);
    let denials = message.authorities.iter().filter(denies).map(|record| record.proof);
    denials.min_by_key(|proof| rank(*proof)).unwrap_or(Proof::Insecure)
}

fn rank(proof: Proof) -> u8 {
    match proof {
        Proof::Bogus => 0,
        Proof::Indeterminate => 1,
        Proof::Insecure => 2,
        Proof::Secure => 3,
    }
}

fn as_key(record: &Record) -> Option<&DNSKEY> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::DNSKEY(key)) => Some(key),
        _ => None,
    }
}

fn as_signature_of_keys(record: &Record) -> Option<&RRSIG> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature))
            if signature.input().type_covered == RecordType::DNSKEY
                && signature.input().signer_name == record.name =>
        {
            Some(signature)
        }
        _ => None,
    }
}

/// The name servers as the validator sees them; remembers whether one failed to answer.
#[derive(Clone)]
struct Upstream {
    exchange: Arc<Exchange>,
    failed: Arc<AtomicBool>,
}

impl DnsHandle for Upstream {
    type Response = DnsResponseStream;
    type Runtime = TokioRuntimeProvider;

    fn send(&self, request: DnsRequest) -> DnsResponseStream {
        let this = self.clone();
        let query = request.queries.first().cloned();
        DnsResponseStream::from(Box::pin(async move {
            let query = query.ok_or(NetError::Message("no question"))?;
            let question = Question {
                name: query.name().to_lowercase(),
                kind: query.query_type(),
                signatures: true,
                unchecked: true,
            };
            match this.exchange.ask(question).await {
                Ok(heard) => Ok(DnsResponse::from_message(heard.message.clone())?),
                Err(failure) => {
                    this.failed.store(true, Ordering::Relaxed);
                    Err(NetError::Msg(failure.why))
                }
            }
        }))
    }
}

/// A zone with more keys or signatures than this wants to waste our time.
const MOST_TRIES: usize = 8;
