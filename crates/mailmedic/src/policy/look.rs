//! One endpoint as requirements look at it: what it was seen to do, and which lists are complete.

use jiff::Timestamp;
use mailmedic_wire::names::{CipherSuite, ExtensionType, NamedGroup, ProtocolVersion, SignatureScheme};

use super::SuiteKind;
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::diagnosis::Diagnosis;
use crate::observation::{Answer, Ask, EndpointObservation, Listed, Session, Tls};

/// What is known of one endpoint, as far as requirements ask.
#[derive(Clone, Debug)]
pub struct Look<'a> {
    /// Every version with whether it is spoken, oldest first.
    pub versions: Vec<(ProtocolVersion, Answer)>,
    /// The suites that were seen, each once; none of SSL 2.
    pub suites: Vec<CipherSuite>,
    /// Whether these are all.
    pub all_suites: Answer,
    /// Kinds of suites that are known to be refused, though the list is not complete.
    pub refused: Vec<SuiteKind>,
    /// The groups that were seen.
    pub groups: Vec<NamedGroup>,
    /// Whether these are all.
    pub all_groups: Answer,
    /// The signature schemes that were seen.
    pub schemes: Vec<SignatureScheme>,
    /// Whether these are all.
    pub all_schemes: Answer,
    /// The primes of ephemeral Diffie-Hellman before TLS 1.3.
    pub primes: Vec<Prime>,
    /// Whether the server imposes its order of suites; none if it was not asked.
    pub server_order: Option<bool>,
    /// Whether early data is taken in TLS 1.3; none where no ticket told.
    pub early_data: Option<bool>,
    /// What was seen of TLS 1.2 and older.
    pub before_tls13: BeforeTls13,
    /// Chains that clients are shown, leaf first, each without its root.
    pub chains: Vec<Vec<&'a Certificate>>,
    /// The clock.
    pub now: Timestamp,
}

/// A prime of ephemeral Diffie-Hellman.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prime {
    /// Its size.
    pub bits: u16,
    /// The group that it belongs to.
    pub group: Field,
}

/// The group that a prime belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// One of RFC 7919.
    Standard(NamedGroup),
    /// Another.
    Other,
    /// Only its size was seen.
    Unseen,
}

/// What handshakes of TLS 1.0 to 1.2 showed; none where there was none to see it in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BeforeTls13 {
    /// Whether one compressed.
    pub compression: Option<bool>,
    /// Whether all had renegotiation_info (RFC 5746).
    pub secure_renegotiation: Option<bool>,
    /// Whether all had extended_master_secret (RFC 7627).
    pub extended_master_secret: Option<bool>,
    /// Whether all with a suite in CBC mode had encrypt_then_mac (RFC 7366).
    pub encrypt_then_mac: Option<bool>,
}

impl<'a> Look<'a> {
    /// Looks at the endpoint with this index.
    pub fn of(index: usize, seen: &EndpointObservation, diagnosis: &'a Diagnosis, now: Timestamp) -> Self {
        let mut suites: Vec<CipherSuite> = seen
            .suites()
            .into_iter()
            .filter(|accepted| accepted.version != ProtocolVersion::SSLv2.0)
            .map(|accepted| CipherSuite(accepted.suite))
            .collect();
        suites.sort_unstable();
        suites.dedup();
        Self {
            versions: VERSIONS.iter().map(|version| (*version, seen.version(version.0))).collect(),
            suites,
            all_suites: seen.listed(Listed::Suites),
            refused: KINDS.iter().copied().filter(|kind| is_refused(*kind, seen)).collect(),
            groups: seen.groups().into_iter().map(NamedGroup).collect(),
            all_groups: seen.listed(Listed::Groups),
            schemes: seen.schemes().into_iter().map(SignatureScheme).collect(),
            all_schemes: seen.listed(Listed::Schemes),
            primes: primes(seen),
            server_order: seen.server_order(),
            early_data: early_data(seen),
            before_tls13: BeforeTls13::of(seen),
            chains: chains(index, diagnosis),
            now,
        }
    }

    /// Tells whether a version is spoken.
    pub fn version(&self, version: ProtocolVersion) -> Answer {
        let known = self.versions.iter().find(|(one, _)| *one == version);
        known.map_or_else(|| Answer::Unknown("it was not asked".to_owned()), |(_, answer)| answer.clone())
    }
}

impl BeforeTls13 {
    fn of(seen: &EndpointObservation) -> Self {
        let handshakes: Vec<&Tls> = own_hellos(seen)
            .filter(|tls| {
                let version = tls.version.unwrap_or_default();
                (ProtocolVersion::TLSv1_0.0..=ProtocolVersion::TLSv1_2.0).contains(&version)
            })
            .collect();
        let has = |tls: &Tls, kind: ExtensionType| tls.extensions.contains(&kind.0);
        let in_cbc: Vec<&&Tls> = handshakes
            .iter()
            .filter(|tls| tls.suite.is_some_and(|suite| CipherSuite(suite).is_cbc()))
            .collect();
        let compression: Vec<u8> = handshakes.iter().filter_map(|tls| tls.compression).collect();
        let renegotiation: Vec<bool> = handshakes.iter().filter_map(|tls| tls.secure_renegotiation).collect();
        // A ServerHello with renegotiation_info and no extension was saved before extensions were.
        let kept = |tls: &&&Tls| !tls.extensions.is_empty() || tls.secure_renegotiation == Some(false);
        let master: Vec<bool> = handshakes
            .iter()
            .filter(kept)
            .map(|tls| has(tls, ExtensionType::EXTENDED_MASTER_SECRET))
            .collect();
        let all = |seen: &[bool]| (!seen.is_empty()).then(|| seen.iter().all(|is| *is));
        Self {
            compression: (!compression.is_empty()).then(|| compression.iter().any(|method| *method != 0)),
            secure_renegotiation: all(&renegotiation),
            extended_master_secret: all(&master),
            // Where it is not negotiated, our hello may not have offered it.
            encrypt_then_mac: (!in_cbc.is_empty()
                && in_cbc.iter().all(|tls| has(tls, ExtensionType::ENCRYPT_THEN_MAC)))
            .then_some(true),
        }
    }
}

/// Returns the handshakes of our own hellos, whose answers are kept in full, in which the server chose.
fn own_hellos(seen: &EndpointObservation) -> impl Iterator<Item = &Tls> {
    let own = |session: &&Session| matches!(session.ask, Ask::Version(_) | Ask::Suites(_) | Ask::List(_));
    seen.sessions
        .iter()
        .filter(own)
        .filter_map(|session| session.tls.as_ref())
        .filter(|tls| tls.version.is_some())
}

/// Tells whether every suite of a kind was refused, from the questions of the standard depth.
fn is_refused(kind: SuiteKind, seen: &EndpointObservation) -> bool {
    kind.classes().is_some_and(|classes| classes.iter().all(|class| seen.suite_class(*class).is_no()))
}

fn primes(seen: &EndpointObservation) -> Vec<Prime> {
    let mut primes: Vec<Prime> = Vec::new();
    for tls in seen.sessions.iter().filter_map(|session| session.tls.as_ref()) {
        let Some(bits) = tls.dh_bits else { continue };
        let group = tls.dh.as_ref().map_or(Field::Unseen, |dh| {
            let digest = Fingerprint::of(&dh.prime.0).to_string();
            let known = STANDARD_PRIMES.iter().find(|(_, known)| *known == digest);
            known.map_or(Field::Other, |(group, _)| Field::Standard(*group))
        });
        let prime = Prime { bits, group };
        if !primes.contains(&prime) {
            primes.push(prime);
        }
    }
    primes
}

fn early_data(seen: &EndpointObservation) -> Option<bool> {
    let in_tls13 = seen.sessions.iter().filter_map(|session| session.tls.as_ref());
    let mut tickets = in_tls13
        .filter(|tls| tls.version == Some(ProtocolVersion::TLSv1_3.0))
        .flat_map(|tls| &tls.tickets)
        .peekable();
    tickets.peek()?;
    Some(tickets.any(|ticket| ticket.max_early_data.is_some_and(|bytes| bytes > 0)))
}

/// Returns the chains that clients with a server name are shown at an endpoint, without roots that came along.
fn chains(index: usize, diagnosis: &Diagnosis) -> Vec<Vec<&Certificate>> {
    let shown = diagnosis.chains.iter().filter(|chain| {
        let mut sightings = chain.sightings.iter();
        sightings.any(|sighting| sighting.endpoint == index && sighting.ask != Ask::WithoutServerName)
    });
    let mut chains = Vec::new();
    for chain in shown {
        // What cannot be read is left out; without its leaf a chain tells nothing.
        let Some(leaf) = diagnosis.leaf(chain) else { continue };
        let above = chain.served.iter().skip(1).filter(|one| !chain.superfluous.contains(one));
        let above = above.filter_map(|one| diagnosis.certificates.get(one));
        let mut certificates = vec![leaf];
        certificates.extend(above.filter(|one| one.subject_der != one.issuer_der));
        chains.push(certificates);
    }
    chains
}

const VERSIONS: [ProtocolVersion; 6] = [
    ProtocolVersion::SSLv2,
    ProtocolVersion::SSLv3,
    ProtocolVersion::TLSv1_0,
    ProtocolVersion::TLSv1_1,
    ProtocolVersion::TLSv1_2,
    ProtocolVersion::TLSv1_3,
];

const KINDS: [SuiteKind; 6] = [
    SuiteKind::Below112Bits,
    SuiteKind::Below128Bits,
    SuiteKind::Anonymous,
    SuiteKind::RsaKeyTransport,
    SuiteKind::StaticDh,
    SuiteKind::FiniteFieldDhe,
];

/// The SHA-256 of the primes of RFC 7919 (appendix A), big-endian.
const STANDARD_PRIMES: &[(NamedGroup, &str)] = &[
    (NamedGroup::FFDHE2048, "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966"),
    (NamedGroup::FFDHE3072, "0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17"),
    (NamedGroup::FFDHE4096, "4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e"),
    (NamedGroup::FFDHE6144, "227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7"),
    (NamedGroup::FFDHE8192, "770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833"),
];
