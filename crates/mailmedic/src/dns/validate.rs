//! Whether DNSSEC vouches for an answer (RFC 4033 §5), found out here and not taken on trust.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::net::dnssec::DnssecDnsHandle;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle, DnsResponseStream, FirstAnswer};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData};
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors};
use hickory_resolver::proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Message, Query};
use hickory_resolver::proto::rr::rdata::NS;
use hickory_resolver::proto::rr::{LowerName, Name, RData, Record, RecordType};
use tokio::sync::OnceCell;

use super::anchor::Anchors;
use super::blame::{self, Broken};
use super::exchange::{Exchange, Heard, Question};
use super::memory::Memory;
use super::parts::{Part, parts};
use super::{signed, wildcard};
use crate::observation::DnsState;

/// Follows signatures from the anchors to an answer.
pub(super) struct Validator {
    exchange: Arc<Exchange>,
    anchors: Anchors,
    zones: Mutex<Vec<(Name, Arc<OnceCell<Trust>>)>>,
    delegations: Mutex<Memory<Name, Arc<OnceCell<Delegation>>>>,
    timeout: Duration,
}

/// What an anchored zone's own keys came to.
#[derive(Clone)]
enum Trust {
    /// The keys that an anchor vouches for.
    Keys(Arc<Keys>),
    /// The server gives no signatures, or does not answer: nothing can be told.
    Unsigned,
    /// There are signatures, and none by an anchor.
    Broken,
}

/// The keys of an anchored zone.
struct Keys {
    zone: Name,
    keys: Vec<DNSKEY>,
    /// The same as hickory takes them.
    anchors: Arc<TrustAnchors>,
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

impl Keys {
    /// Returns the names at which there may be a delegation on the way down to a zone.
    fn cuts(&self, zone: &Name) -> impl Iterator<Item = Name> {
        let first = usize::from(self.zone.num_labels()) + 1;
        (first..=usize::from(zone.num_labels())).take(MOST_CUTS).map(|labels| zone.trim_to(labels))
    }
}

impl Validator {
    pub(super) fn new(exchange: Arc<Exchange>, anchors: Anchors, timeout: Duration) -> Self {
        let delegations = Mutex::new(Memory::new(MOST_REMEMBERED));
        Self { exchange, anchors, zones: Mutex::new(Vec::new()), delegations, timeout }
    }

    /// Returns the state of the answer to one question, aliases followed by the server included.
    pub(super) async fn state(&self, answer: &Message, name: &Name, kind: RecordType) -> DnsState {
        let parts = parts(answer, name, kind);
        let remembered: Option<Vec<Proof>> = parts.iter().map(|part| self.remembered(part)).collect();
        let proof = match remembered {
            Some(proofs) => weakest(proofs),
            // Apart from whoever asks, since it is large and most answers get by without it.
            None => Box::pin(self.prove_all(&parts)).await,
        };
        match proof {
            Proof::Indeterminate => DnsState::Indeterminate,
            Proof::Bogus => DnsState::Bogus,
            Proof::Secure => DnsState::Secure,
            Proof::Insecure => DnsState::Insecure,
        }
    }

    /// Proves all parts of an answer, within the time that this may take.
    async fn prove_all(&self, parts: &[Part<'_>]) -> Proof {
        let look = async {
            let mut proofs = Vec::new();
            for part in parts {
                proofs.push(self.prove(part).await);
            }
            weakest(proofs)
        };
        tokio::time::timeout(self.timeout * 3, look).await.unwrap_or(Proof::Indeterminate)
    }

    /// Returns what [`Validator::prove`] would, if that hangs on no signature of this part and on nothing that is not known
    /// yet: most answers come from zones that are known to be unsigned.
    fn remembered(&self, part: &Part<'_>) -> Option<Proof> {
        let Some(anchor) = self.anchors.zone_of(&part.owner) else { return Some(Proof::Indeterminate) };
        let zones = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, trust) = zones.iter().find(|row| row.0 == *anchor)?;
        let Some(Trust::Keys(keys)) = trust.get() else { return None };
        let delegations = self.delegations.lock().unwrap_or_else(PoisonError::into_inner);
        for cut in keys.cuts(&signed::claimed_zone(part)) {
            match delegations.lately(&cut)?.get()? {
                Delegation::Unsigned => return Some(Proof::Insecure),
                Delegation::NotProven => {}
                Delegation::Untold => return None,
            }
        }
        None
    }

    /// Proves one part of an answer.
    async fn prove(&self, part: &Part<'_>) -> Proof {
        let Some(anchor) = self.anchors.zone_of(&part.owner) else { return Proof::Indeterminate };
        let keys = match self.trust(anchor).await {
            Trust::Keys(keys) => keys,
            Trust::Unsigned => return Proof::Indeterminate,
            Trust::Broken => return Proof::Bogus,
        };
        if self.is_unsigned(&signed::claimed_zone(part), &keys).await {
            return Proof::Insecure;
        }
        Box::pin(self.follow(part, &keys)).await
    }

    /// Follows signatures from the anchored zone to a part of an answer.
    async fn follow(&self, part: &Part<'_>, keys: &Keys) -> Proof {
        let (query, kind) = (Query::query(part.owner.clone(), part.kind), part.kind);
        let upstream = Upstream { given: Some(Arc::new(part.message())), ..Upstream::new(&self.exchange) };
        let failed = Arc::clone(&upstream.failed);
        let handle = DnssecDnsHandle::with_trust_anchor(upstream, Arc::clone(&keys.anchors));
        let answer = handle.lookup(query, DnsRequestOptions::default()).first_answer().await;
        match proof(answer, kind) {
            // A chain with a missing link is no forged chain.
            Proof::Bogus if failed.load(Ordering::Relaxed) => Proof::Indeterminate,
            proof => proof,
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

    /// Tells whether a zone lies at or below a delegation that is proven to be unsigned, so that nothing in it can be signed
    /// (RFC 4035 §5.2). What is not proven is left to the whole validation.
    async fn is_unsigned(&self, zone: &Name, keys: &Keys) -> bool {
        for cut in keys.cuts(zone) {
            match self.delegation(&cut, keys).await {
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
    async fn delegation(&self, zone: &Name, keys: &Keys) -> Delegation {
        let cell = {
            let mut delegations = self.delegations.lock().unwrap_or_else(PoisonError::into_inner);
            delegations.entry(zone.clone())
        };
        let prove = async || match self.is_left_out(zone, keys).await {
            true => Delegation::Unsigned,
            false => self.prove_unsigned(zone, keys).await,
        };
        *cell.get_or_init(|| Box::pin(prove())).await
    }

    /// Tells whether the anchored zone itself says by an NSEC record that it delegates a zone without vouching for its
    /// keys (RFC 4035 §5.2, RFC 6840 §4.4), which takes no more than one signature.
    async fn is_left_out(&self, zone: &Name, keys: &Keys) -> bool {
        let Some(heard) = self.heard(zone, RecordType::DS).await else { return false };
        let mut set = signed::Set::of(&heard.authorities, zone, RecordType::NSEC);
        // One that a wildcard made says nothing of this name.
        set.signatures.retain(|signature| signature.input().num_labels == zone.num_labels());
        let says = |record: &&Record| match &record.data {
            RData::DNSSEC(DNSSECRData::NSEC(nsec)) => {
                let has = |kind| nsec.type_set().contains(kind);
                has(RecordType::NS) && !has(RecordType::DS) && !has(RecordType::SOA)
            }
            _ => false,
        };
        let is_said = !set.records.is_empty() && set.records.iter().all(says) && !zone.is_wildcard();
        is_said
            && heard.answers.is_empty()
            && set.verify(&keys.zone, &keys.keys.iter().collect::<Vec<_>>()).is_ok()
    }

    /// Hickory looks for this proof (RFC 4035 §5.2, RFC 5155 §8.9, RFC 6840 §4.4) where it meets a delegation without
    /// signature; so one is put before it. What it then asks, DS and keys, goes to the name servers.
    async fn prove_unsigned(&self, zone: &Name, keys: &Keys) -> Delegation {
        let query = Query::query(zone.clone(), RecordType::NS);
        let given = Some(Arc::new(delegation(query.clone())));
        let upstream = Upstream { given, ..Upstream::new(&self.exchange) };
        let failed = Arc::clone(&upstream.failed);
        let handle = DnssecDnsHandle::with_trust_anchor(upstream, Arc::clone(&keys.anchors));
        let answer = handle.lookup(query, DnsRequestOptions::default()).first_answer().await;
        match proof(answer, RecordType::NS) {
            Proof::Insecure => Delegation::Unsigned,
            _ if failed.load(Ordering::Relaxed) => Delegation::Untold,
            _ => Delegation::NotProven,
        }
    }

    async fn trust(&self, zone: &Name) -> Trust {
        let cell = {
            let mut zones = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
            match zones.iter().find(|row| row.0 == *zone) {
                Some((_, cell)) => Arc::clone(cell),
                None => {
                    let cell = Arc::new(OnceCell::new());
                    zones.push((zone.clone(), Arc::clone(&cell)));
                    cell
                }
            }
        };
        cell.get_or_init(|| Box::pin(self.fetch_keys(zone))).await.clone()
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
        let keys: Vec<DNSKEY> =
            keys.into_iter().filter(|key| key.zone_key() && !key.revoke()).cloned().collect();
        let mut trusted = TrustAnchors::empty();
        for key in &keys {
            trusted.insert_with_name(key.public_key(), LowerName::from(zone));
        }
        Trust::Keys(Arc::new(Keys { zone: zone.clone(), keys, anchors: Arc::new(trusted) }))
    }
}

/// Reduces the proofs of an answer's parts to that of the weakest.
fn proof(answer: Result<DnsResponse, NetError>, kind: RecordType) -> Proof {
    let message = match answer {
        Ok(message) => message,
        Err(NetError::Dns(DnsError::Nsec { query, response, .. }))
            if wildcard::is_proven(&query, &response) =>
        {
            return Proof::Secure;
        }
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

/// Returns the weakest of the proofs of an answer's parts.
fn weakest(proofs: Vec<Proof>) -> Proof {
    proofs.into_iter().min_by_key(|proof| rank(*proof)).unwrap_or(Proof::Secure)
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
    /// A message that answers its own question, without asking anybody.
    given: Option<Arc<Message>>,
}

impl Upstream {
    fn new(exchange: &Arc<Exchange>) -> Self {
        Self { exchange: Arc::clone(exchange), failed: Arc::default(), given: None }
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
            if let Some(given) = this.given.filter(|given| given.queries.first() == Some(&query)) {
                return Ok(DnsResponse::from_message(Message::clone(&given))?);
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
