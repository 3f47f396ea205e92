//! Whether DNSSEC vouches for an answer (RFC 4033 §5), found out here and not taken on trust.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hickory_resolver::net::dnssec::DnssecDnsHandle;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle, DnsResponseStream, FirstAnswer};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::dnssec::rdata::DNSKEY;
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors};
use hickory_resolver::proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Message, Query};
use hickory_resolver::proto::rr::rdata::NS;
use hickory_resolver::proto::rr::{LowerName, Name, RData, Record, RecordType};
use tokio::sync::{Mutex, OnceCell};

use super::anchor::Anchors;
use super::blame::{self, Broken};
use super::exchange::{Exchange, Heard, Question};
use super::memory::Memory;
use super::signed;
use crate::observation::DnsState;

/// Follows signatures from the anchors to an answer.
pub(super) struct Validator {
    exchange: Arc<Exchange>,
    anchors: Anchors,
    zones: Mutex<Vec<(Name, Arc<OnceCell<Trust>>)>>,
    delegations: std::sync::Mutex<Memory<Name, Arc<OnceCell<Delegation>>>>,
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

/// What the parent of a name says of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delegation {
    /// It is delegated, and proven that nobody vouches for its keys.
    Unsigned,
    /// That is not proven: it is signed, or no zone of its own.
    NotProven,
    /// A server did not answer.
    Untold,
}

impl Validator {
    pub(super) fn new(exchange: Arc<Exchange>, anchors: Anchors, timeout: Duration) -> Self {
        let delegations = std::sync::Mutex::new(Memory::new(MOST_REMEMBERED));
        Self { exchange, anchors, zones: Mutex::new(Vec::new()), delegations, timeout }
    }

    /// Returns the state of the answer to one question, aliases followed by the server included.
    pub(super) async fn state(&self, name: &Name, kind: RecordType) -> DnsState {
        let Some(zone) = self.anchors.zone_of(name) else { return DnsState::Indeterminate };
        let keys = match self.trust(zone).await {
            Trust::Keys(keys) => keys,
            Trust::Unsigned => return DnsState::Indeterminate,
            Trust::Broken => return DnsState::Bogus,
        };
        let upstream = Upstream::new(&self.exchange);
        let failed = Arc::clone(&upstream.failed);
        let look = async {
            if self.is_unsigned(name, kind, zone, &keys).await {
                return Ok(None);
            }
            let handle = DnssecDnsHandle::with_trust_anchor(upstream, Arc::clone(&keys));
            let query = Query::query(name.clone(), kind);
            handle.lookup(query, DnsRequestOptions::default()).first_answer().await.map(Some)
        };
        let Ok(answer) = tokio::time::timeout(self.timeout * 3, look).await else {
            return DnsState::Indeterminate;
        };
        let Some(answer) = answer.transpose() else { return DnsState::Insecure };
        match proof(answer, kind) {
            // A chain with a missing link is no forged chain.
            Proof::Bogus if failed.load(Ordering::Relaxed) => DnsState::Indeterminate,
            Proof::Bogus => DnsState::Bogus,
            Proof::Secure => DnsState::Secure,
            Proof::Insecure => DnsState::Insecure,
            Proof::Indeterminate => DnsState::Indeterminate,
        }
    }

    /// Finds out where the signatures that an answer should have break off; none where that cannot be told.
    pub(super) async fn blame(&self, name: &Name, kind: RecordType) -> Option<Broken> {
        let zone = self.anchors.zone_of(name)?;
        let keys = match self.trust(zone).await {
            Trust::Keys(_) => self.heard(zone, RecordType::DNSKEY).await?,
            Trust::Unsigned => return None,
            Trust::Broken => {
                return Some(Broken { zone: zone.clone(), why: "no trusted key signed its keys".to_owned() });
            }
        };
        let found = blame::find(self, zone, &keys, name, kind);
        tokio::time::timeout(self.timeout * 3, found).await.ok().flatten()
    }

    /// Returns what was heard to a question, whatever its signatures are worth.
    pub(super) async fn heard(&self, name: &Name, kind: RecordType) -> Option<Arc<Heard>> {
        let question = Question { name: name.clone(), kind, signatures: true, unchecked: true };
        self.exchange.ask(question).await.ok()
    }

    /// Tells whether all that an answer says lies below delegations that are proven to be unsigned, so that nothing
    /// of it can be signed (RFC 4035 §5.2). What is not proven is left to the whole validation.
    async fn is_unsigned(
        &self,
        name: &Name,
        kind: RecordType,
        anchor: &Name,
        keys: &Arc<TrustAnchors>,
    ) -> bool {
        let Some(heard) = self.heard(name, kind).await else { return false };
        let Some(claims) = signed::claims(&heard, name, kind) else { return false };
        for (owner, zone) in claims {
            // Another anchor may vouch for where an alias leads.
            if self.anchors.zone_of(&owner) != Some(anchor)
                || !self.is_below_unsigned(&zone, anchor, keys).await
            {
                return false;
            }
        }
        true
    }

    async fn is_below_unsigned(&self, zone: &Name, anchor: &Name, keys: &Arc<TrustAnchors>) -> bool {
        let first = usize::from(anchor.num_labels()) + 1;
        for labels in (first..=usize::from(zone.num_labels())).take(MOST_CUTS) {
            match self.delegation(&zone.trim_to(labels), keys).await {
                Delegation::Unsigned => return true,
                Delegation::NotProven => {}
                // Below a link that is missing nothing can be proven either.
                Delegation::Untold => return false,
            }
        }
        false
    }

    /// Tells whether it is proven that the parent delegates a zone without vouching for its keys. The proof is sought
    /// once for each zone.
    async fn delegation(&self, zone: &Name, keys: &Arc<TrustAnchors>) -> Delegation {
        let cell = {
            let mut delegations = self.delegations.lock().unwrap_or_else(PoisonError::into_inner);
            delegations.entry(zone)
        };
        *cell.get_or_init(|| self.prove_unsigned(zone, keys)).await
    }

    /// Hickory looks for this proof (RFC 4035 §5.2, RFC 5155 §8.9, RFC 6840 §4.4) where it meets a delegation without
    /// signature; so one is put before it. What it then asks, DS and keys, goes to the name servers.
    async fn prove_unsigned(&self, zone: &Name, keys: &Arc<TrustAnchors>) -> Delegation {
        let upstream = Upstream { delegation: Some(zone.clone()), ..Upstream::new(&self.exchange) };
        let failed = Arc::clone(&upstream.failed);
        let handle = DnssecDnsHandle::with_trust_anchor(upstream, Arc::clone(keys));
        let query = Query::query(zone.clone(), RecordType::NS);
        let answer = handle.lookup(query, DnsRequestOptions::default()).first_answer().await;
        match proof(answer, RecordType::NS) {
            Proof::Insecure => Delegation::Unsigned,
            _ if failed.load(Ordering::Relaxed) => Delegation::Untold,
            _ => Delegation::NotProven,
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
        let Some(message) = self.heard(zone, RecordType::DNSKEY).await else { return Trust::Unsigned };
        let keys = signed::keys(&message, zone);
        let set = signed::Set::of(&message.answers, zone, RecordType::DNSKEY);
        if keys.is_empty() || set.signatures.is_empty() {
            return Trust::Unsigned;
        }
        let anchors: Vec<&DNSKEY> =
            keys.iter().copied().filter(|key| self.anchors.holds(zone, key)).collect();
        let signed = set.verify(zone, &anchors).is_ok();
        if !signed {
            return Trust::Broken;
        }
        let mut trusted = TrustAnchors::empty();
        for key in keys.iter().filter(|key| key.zone_key() && !key.revoke()) {
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

/// The name servers as the validator sees them; remembers whether one failed to answer.
#[derive(Clone)]
struct Upstream {
    exchange: Arc<Exchange>,
    failed: Arc<AtomicBool>,
    /// A zone that is to be taken for delegated without signature.
    delegation: Option<Name>,
}

impl Upstream {
    fn new(exchange: &Arc<Exchange>) -> Self {
        Self { exchange: Arc::clone(exchange), failed: Arc::default(), delegation: None }
    }
}

impl DnsHandle for Upstream {
    type Response = DnsResponseStream;
    type Runtime = TokioRuntimeProvider;

    fn send(&self, request: DnsRequest) -> DnsResponseStream {
        let this = self.clone();
        let query = request.queries.first().cloned();
        DnsResponseStream::from(Box::pin(async move {
            let query = query.ok_or(NetError::Message("no question"))?;
            let kind = query.query_type();
            if kind == RecordType::NS && this.delegation.as_ref() == Some(query.name()) {
                return Ok(DnsResponse::from_message(delegation(query))?);
            }
            let name = query.name().to_lowercase();
            let question = Question { name, kind, signatures: true, unchecked: true };
            match this.exchange.ask(question).await {
                Ok(heard) => Ok(DnsResponse::from_message(relevant(heard.message.clone(), kind))?),
                Err(failure) => {
                    this.failed.store(true, Ordering::Relaxed);
                    Err(NetError::Msg(failure.why))
                }
            }
        }))
    }
}

/// Makes a reply that delegates a zone and bears no signature.
fn delegation(query: Query) -> Message {
    let zone = query.name().clone();
    let mut message = Message::query();
    message.add_query(query);
    message.add_answer(Record::from_rdata(zone.clone(), 0, RData::NS(NS(zone))));
    message.into_response()
}

/// Leaves out of a reply what is beside the question: each name server that is told along with an answer would be
/// validated, too, which costs questions and tells nothing of the answer.
fn relevant(mut message: Message, kind: RecordType) -> Message {
    if kind != RecordType::NS {
        message.additionals.clear();
        message.authorities.retain(signed::is_of_denial);
    }
    message
}

/// Zones of one generation that are remembered.
const MOST_REMEMBERED: usize = 20_000;

/// Delegations between an anchor and a name that are looked at; where there are more, nothing is proven in advance.
const MOST_CUTS: usize = 16;
