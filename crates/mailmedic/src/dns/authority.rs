//! A name server of one zone on loopback, with every fault that a test wants.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_resolver::proto::dnssec::crypto::Ed25519SigningKey;
use hickory_resolver::proto::dnssec::rdata::sig::SigInput;
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS, NSEC, NSEC3, RRSIG};
use hickory_resolver::proto::dnssec::{
    Algorithm, DigestType, Nsec3HashAlgorithm, PublicKey, SigningKey, TBS,
};
use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordType, SerialNumber};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;

/// What is wrong with the answers at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// SERVFAIL, always.
    Servfail,
    /// SERVFAIL the first time only.
    ServfailOnce,
    /// SERVFAIL unless the CD bit is set: what a validating resolver does to bogus data.
    ServfailChecked,
    /// The same with data that is really forged.
    ForgedServfailChecked,
    /// REFUSED.
    Refused,
    /// Silence.
    Silent,
    /// Over UDP, nothing but the TC bit.
    Truncated,
    /// No signatures, although the zone is signed.
    Unsigned,
    /// Signatures of other data.
    Forged,
    /// Signatures that ran out yesterday.
    Expired,
    /// No signature, as of an alias that was made of the DNAME record above, which comes along.
    OfDname,
}

/// A zone and its faults.
#[derive(Default)]
pub(crate) struct Zone {
    apex: Name,
    records: Vec<Record>,
    faults: BTreeMap<Name, Fault>,
    key: Option<(Arc<Ed25519SigningKey>, DNSKEY)>,
    children: Vec<Zone>,
    opt_out: bool,
}

impl Zone {
    /// Reads lines `name TYPE data`; the first name is the apex, all names are absolute.
    pub(crate) fn new(apex: &str, text: &str) -> Self {
        let apex = name(apex);
        let soa = "ns.invalid. admin.invalid. 1 3600 600 86400 60";
        let mut records =
            vec![record(&apex, RecordType::SOA, soa), record(&apex, RecordType::NS, "ns.invalid.")];
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (owner, rest) = line.split_once(' ').unwrap();
            let (kind, data) = rest.trim().split_once(' ').unwrap();
            records.push(record(&name(owner), kind.parse().unwrap(), data.trim()));
        }
        Self { apex, records, ..Self::default() }
    }

    /// Adds a record that has no text form.
    pub(crate) fn with(mut self, owner: &str, data: RData) -> Self {
        self.records.push(Record::from_rdata(name(owner), 60, data));
        self
    }

    /// Delegates a part of the zone without DS and serves it too.
    pub(crate) fn delegate(mut self, child: Zone) -> Self {
        self.records.push(record(&child.apex, RecordType::NS, "ns.invalid."));
        self.children.push(child);
        self
    }

    /// Proves by NSEC3 records with opt-out, as large registries do (RFC 5155 §6), and only for delegations.
    pub(crate) fn opt_out(mut self) -> Self {
        self.opt_out = true;
        self
    }

    /// Delegates a part of the zone and vouches for these keys of it, which may not be its own.
    pub(crate) fn delegate_signed(mut self, child: Zone, keys_of: &Zone) -> Self {
        let digest = RData::DNSSEC(DNSSECRData::DS(keys_of.digest()));
        self.records.push(Record::from_rdata(child.apex.clone(), 60, digest));
        self.delegate(child)
    }

    /// Signs the zone with the key of another one of the same name.
    pub(crate) fn signed_as(mut self, other: &Zone) -> Self {
        let (key, public) = other.key.as_ref().unwrap();
        let data = RData::DNSSEC(DNSSECRData::DNSKEY(public.clone()));
        self.records.push(Record::from_rdata(self.apex.clone(), 60, data));
        self.key = Some((Arc::clone(key), public.clone()));
        self
    }

    /// Publishes the key of another zone too.
    pub(crate) fn with_key_of(mut self, other: &Zone) -> Self {
        let data = RData::DNSSEC(DNSSECRData::DNSKEY(other.key.as_ref().unwrap().1.clone()));
        self.records.push(Record::from_rdata(self.apex.clone(), 60, data));
        self
    }

    fn digest(&self) -> DS {
        let public = &self.key.as_ref().unwrap().1;
        let digest = public.to_digest(&self.apex, DigestType::SHA256).unwrap();
        let tag = public.calculate_key_tag().unwrap();
        DS::new(tag, Algorithm::ED25519, DigestType::SHA256, digest.as_ref().to_vec())
    }

    /// Makes the answers at a name faulty.
    pub(crate) fn fault(mut self, at: &str, fault: Fault) -> Self {
        self.faults.insert(name(at), fault);
        self
    }

    /// Signs the zone with a key of its own.
    pub(crate) fn signed(mut self) -> Self {
        let key = Ed25519SigningKey::from_pkcs8(&Ed25519SigningKey::generate_pkcs8().unwrap()).unwrap();
        let public = DNSKEY::from_key(&key.to_public_key().unwrap());
        self.records.push(Record::from_rdata(
            self.apex.clone(),
            60,
            RData::DNSSEC(DNSSECRData::DNSKEY(public.clone())),
        ));
        self.key = Some((Arc::new(key), public));
        self
    }

    /// Returns the key as a line of a file of trust anchors.
    pub(crate) fn anchor(&self) -> String {
        let public = &self.key.as_ref().unwrap().1;
        let key = STANDARD.encode(public.public_key().public_bytes());
        format!("{} IN DNSKEY {} 3 15 {key}", self.apex, public.flags())
    }

    /// Returns the digest of the key as a line of a file of trust anchors.
    pub(crate) fn anchor_digest(&self) -> String {
        let digest = self.digest();
        let hex: String = digest.digest().iter().map(|byte| format!("{byte:02X}")).collect();
        format!("{} DS {} 15 2 {hex}", self.apex, digest.key_tag())
    }

    /// Starts to serve; the server ends when the value is dropped.
    pub(crate) async fn serve(self) -> Authority {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let served = Arc::new(Served { zone: self, asked: Mutex::default() });
        let mut tasks = JoinSet::new();
        let here = Arc::clone(&served);
        tasks.spawn(async move {
            let mut buffer = [0; 4096];
            loop {
                let Ok((length, peer)) = udp.recv_from(&mut buffer).await else { continue };
                if let Some(reply) = here.reply(&buffer[..length], true) {
                    udp.send_to(&reply, peer).await.unwrap();
                }
            }
        });
        let here = Arc::clone(&served);
        tasks.spawn(async move {
            loop {
                let Ok((mut stream, _)) = tcp.accept().await else { continue };
                let mut request = vec![0; usize::from(stream.read_u16().await.unwrap())];
                stream.read_exact(&mut request).await.unwrap();
                if let Some(reply) = here.reply(&request, false) {
                    stream.write_u16(u16::try_from(reply.len()).unwrap()).await.unwrap();
                    stream.write_all(&reply).await.unwrap();
                }
            }
        });
        Authority { address, served, _tasks: tasks }
    }

    fn answer(&self, request: &Message, reply: &mut Message) {
        let query = &request.queries[0];
        let signatures = request.edns.as_ref().is_some_and(|edns| edns.flags().dnssec_ok);
        if !self.apex.zone_of(&query.name) {
            reply.metadata.response_code = ResponseCode::Refused;
            return;
        }
        let mut at = query.name.to_lowercase();
        let child = self.children.iter().find(|child| child.apex.zone_of(&at));
        // The parent answers for the delegation itself (RFC 4035 §3.1.4.1).
        if let Some(child) = child.filter(|child| query.query_type != RecordType::DS || at != child.apex) {
            child.answer(request, reply);
            return;
        }
        for _ in 0..8 {
            let set = self.set(&at, query.query_type);
            let alias = self.set(&at, RecordType::CNAME);
            if !set.is_empty() {
                reply.add_answers(self.with_signature(set, signatures));
                return;
            }
            let Some(RData::CNAME(target)) = alias.first().map(|record| &record.data) else { break };
            let target = target.0.clone();
            reply.add_answers(self.with_signature(alias, signatures));
            let is_delegated = self.children.iter().any(|child| child.apex.zone_of(&target));
            if !self.apex.zone_of(&target) || is_delegated || self.faults.contains_key(&target) {
                return;
            }
            at = target;
        }
        let exists = self.exists(&at) || self.exists(&self.apex.prepend_label("*").unwrap());
        if !exists {
            reply.metadata.response_code = ResponseCode::NXDomain;
        }
        reply.add_authorities(self.with_signature(self.set(&self.apex, RecordType::SOA), signatures));
        if self.key.is_some() && signatures && self.opt_out {
            reply.add_authorities(self.with_signature(vec![self.nsec3()], true));
        } else if self.key.is_some() && signatures {
            let wildcard = self.apex.prepend_label("*").unwrap();
            let mut owners = BTreeSet::from([self.owner_before(&at)]);
            if !exists {
                owners.insert(self.owner_before(&wildcard));
            }
            for owner in owners {
                reply.add_authorities(self.with_signature(vec![self.nsec(&owner)], true));
            }
        }
    }

    /// Returns the records of a type; a name that nobody has gets those of the wildcard, if there is one.
    fn set(&self, owner: &Name, kind: RecordType) -> Vec<Record> {
        let wildcard = self.apex.prepend_label("*").unwrap();
        let source = if self.exists(owner) { owner } else { &wildcard };
        let fits = |record: &&Record| record.name == *source && record.record_type() == kind;
        let records = self.records.iter().filter(fits).cloned();
        records.map(|record| Record::from_rdata(owner.clone(), record.ttl, record.data)).collect()
    }

    fn exists(&self, name: &Name) -> bool {
        self.records.iter().any(|record| name.zone_of(&record.name))
    }

    fn owners(&self) -> BTreeSet<Name> {
        self.records.iter().map(|record| record.name.clone()).collect()
    }

    fn owner_before(&self, name: &Name) -> Name {
        self.owners().range(..=name.clone()).next_back().cloned().unwrap_or_else(|| self.apex.clone())
    }

    fn nsec(&self, owner: &Name) -> Record {
        let owners = self.owners();
        let after = (std::ops::Bound::Excluded(owner.clone()), std::ops::Bound::Unbounded);
        let next = owners.range(after).next().unwrap_or(&self.apex);
        let kinds = self.records.iter().filter(|record| record.name == *owner).map(Record::record_type);
        let nsec = NSEC::new_cover_self(next.clone(), kinds);
        Record::from_rdata(owner.clone(), 60, RData::DNSSEC(DNSSECRData::NSEC(nsec)))
    }

    /// Returns the one record of a chain that leaves all delegations out: it is the apex's, and covers all else.
    fn nsec3(&self) -> Record {
        let hash = Nsec3HashAlgorithm::SHA1.hash(&[], &self.apex, 0).unwrap().as_ref().to_vec();
        let owner = self.apex.prepend_label(base32(&hash).as_str()).unwrap();
        let kinds = [RecordType::SOA, RecordType::NS, RecordType::DNSKEY, RecordType::RRSIG];
        let nsec3 = NSEC3::new(Nsec3HashAlgorithm::SHA1, true, 0, Vec::new(), hash, kinds);
        Record::from_rdata(owner, 60, RData::DNSSEC(DNSSECRData::NSEC3(nsec3)))
    }

    fn with_signature(&self, mut set: Vec<Record>, wanted: bool) -> Vec<Record> {
        let Some((key, public)) = self.key.as_ref().filter(|_| wanted && !set.is_empty()) else { return set };
        let owner = set[0].name.clone();
        let fault = self.faults.get(&owner);
        if fault == Some(&Fault::Unsigned) {
            return set;
        }
        if fault == Some(&Fault::OfDname) {
            set.extend(self.with_signature(self.set(&owner.base_name(), RecordType::DNAME), true));
            return set;
        }
        let now = u32::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let end = if fault == Some(&Fault::Expired) { now - 86_400 } else { now + 3600 };
        let input = SigInput {
            type_covered: set[0].record_type(),
            algorithm: Algorithm::ED25519,
            num_labels: owner.num_labels(),
            original_ttl: set[0].ttl,
            sig_expiration: SerialNumber::from(end),
            sig_inception: SerialNumber::from(now - 172_800),
            key_tag: public.calculate_key_tag().unwrap(),
            signer_name: self.apex.clone(),
        };
        let tbs = TBS::from_input(&owner, DNSClass::IN, &input, set.iter()).unwrap();
        let mut signature = key.sign(&tbs).unwrap();
        if matches!(fault, Some(Fault::Forged | Fault::ForgedServfailChecked)) {
            signature[0] ^= 1;
        }
        let rrsig = DNSSECRData::RRSIG(RRSIG::from_sig(input, signature));
        set.push(Record::from_rdata(owner, 60, RData::DNSSEC(rrsig)));
        set
    }
}

struct Served {
    zone: Zone,
    asked: Mutex<Vec<(Name, RecordType)>>,
}

impl Served {
    fn reply(&self, bytes: &[u8], udp: bool) -> Option<Vec<u8>> {
        let request = Message::from_vec(bytes).unwrap();
        let query = &request.queries[0];
        let earlier = {
            let mut asked = self.asked.lock().unwrap();
            let this = (query.name.to_lowercase(), query.query_type);
            let earlier = asked.contains(&this);
            asked.push(this);
            earlier
        };
        let mut reply = request.clone();
        reply.metadata.message_type = MessageType::Response;
        reply.metadata.authoritative = true;
        reply.metadata.authentic_data = false;
        match self.zone.faults.get(&query.name.to_lowercase()) {
            Some(Fault::Silent) => return None,
            Some(Fault::Truncated) if udp => reply.metadata.truncation = true,
            Some(Fault::Refused) => reply.metadata.response_code = ResponseCode::Refused,
            Some(Fault::Servfail) => reply.metadata.response_code = ResponseCode::ServFail,
            Some(Fault::ServfailOnce) if !earlier => reply.metadata.response_code = ResponseCode::ServFail,
            Some(Fault::ServfailChecked | Fault::ForgedServfailChecked)
                if !request.metadata.checking_disabled =>
            {
                reply.metadata.response_code = ResponseCode::ServFail;
            }
            _ => self.zone.answer(&request, &mut reply),
        }
        Some(reply.to_vec().unwrap())
    }
}

/// A running server.
pub(crate) struct Authority {
    pub(crate) address: SocketAddr,
    served: Arc<Served>,
    _tasks: JoinSet<()>,
}

impl Authority {
    /// Counts how often a question arrived.
    pub(crate) fn asked(&self, at: &str, kind: RecordType) -> usize {
        let this = (name(at), kind);
        self.served.asked.lock().unwrap().iter().filter(|asked| **asked == this).count()
    }

    /// Returns the questions that validation alone asks, in the order in which they arrived.
    pub(crate) fn asked_for_validation(&self) -> Vec<String> {
        let asked = self.served.asked.lock().unwrap();
        let kinds = [RecordType::DS, RecordType::DNSKEY, RecordType::NS];
        let of_kinds = asked.iter().filter(|asked| kinds.contains(&asked.1));
        of_kinds.map(|(name, kind)| format!("{name} {kind}")).collect()
    }
}

/// Writes a hash as the label of an NSEC3 record (RFC 4648 §7, without padding).
fn base32(hash: &[u8]) -> String {
    let bits: Vec<u8> = hash.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |bits: &[u8]| bits.iter().fold(0, |number, bit| number << 1 | bit);
    bits.chunks(5)
        .map(|bits| char::from(b"0123456789abcdefghijklmnopqrstuv"[usize::from(digit(bits))]))
        .collect()
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

fn record(owner: &Name, kind: RecordType, data: &str) -> Record {
    Record::from_rdata(owner.clone(), 60, RData::try_from_str(kind, data).unwrap())
}
