//! What each peer makes of an endpoint: its TLS, its certificate, and what the domain publishes.

use crate::diagnosis::{ServedChain, Way};
use crate::endpoint::{Place, Source};
use crate::finding::{Case, Finding};
use crate::identity::dane::Route;
use crate::name::{Host, Name};
use crate::observation::{Ask, EndpointObservation, MtaStsMode, Session, TargetKind, TlsEnd};
use crate::peer::{Answer, Demand, Flaw, Outcome, Peer};
use crate::records::mta_sts;
use crate::records::tlsa::Published;

use super::chain::{Look, unknown, verdict};
use super::dane::{self, Dane};
use super::tls::{Terms, terms};
use super::{PEERS, flaws};

/// Says for each endpoint, in the order examined, what every peer that connects there makes of it.
///
/// `findings` are the faults that keep TLS from coming about at all.
pub fn verdicts(case: &Case<'_>, findings: &[Finding]) -> Vec<Vec<Outcome>> {
    case.seen.endpoints.iter().map(|seen| at_endpoint(case, seen, findings)).collect()
}

fn at_endpoint(case: &Case<'_>, seen: &EndpointObservation, findings: &[Finding]) -> Vec<Outcome> {
    // Whoever comes through a socket is on the same machine, and told of no name.
    if matches!(seen.endpoint.place, Place::Unix(_)) {
        return Vec::new();
    }
    let id = seen.id();
    let here: Vec<&'static str> = findings
        .iter()
        .filter(|finding| finding.endpoints.contains(&id))
        .map(|finding| finding.rule)
        .collect();
    let peers = PEERS.iter().copied().filter(|peer| peer.kind.speaks(seen.endpoint.protocol));
    peers.map(|peer| meet(case, seen, &here, peer)).collect()
}

fn meet(case: &Case<'_>, seen: &EndpointObservation, here: &[&'static str], peer: &'static Peer) -> Outcome {
    if !seen.reached() {
        return unknown(peer, "nothing answers");
    }
    let of = |rules: &[&'static str]| -> Vec<&'static str> {
        rules.iter().copied().filter(|rule| here.contains(rule)).collect()
    };
    let dead = of(DEAD);
    if !dead.is_empty() {
        return Outcome { peer, answer: Answer::Reject, because: dead, why: None };
    }
    // Of a file the certificates are all that there is; TLS itself is left to the server that will send them.
    let is_file = is_file(seen);
    let has_no_tls = seen.speaks().is_none() && !is_file;
    let demanded = demand(case, seen, peer);
    let is_lenient = demanded == Demanded::Nothing;
    let mut no_tls = of(NO_TLS);
    // That our own client came to nothing says little of others, as long as the server answers some hello.
    if seen.speaks().is_some() && !seen.polite().is_some_and(Session::has_tls) {
        no_tls.retain(|rule| *rule != "tls-handshake-failed");
    }
    if let Demanded::Unknown(why) = &demanded
        && (!no_tls.is_empty() || has_no_tls)
    {
        return unknown(peer, why.as_str());
    }
    if !no_tls.is_empty() {
        let answer = if is_lenient { Answer::Accept } else { Answer::Reject };
        let why = is_lenient.then(|| "it goes on in clear text".to_owned());
        return Outcome { peer, answer, because: no_tls, why };
    }
    if has_no_tls {
        let why = seen.polite().map_or_else(|| "it was not looked at".to_owned(), Session::why_no_tls);
        return if is_lenient { goes_on(peer) } else { unknown(peer, why) };
    }
    let chain = served(case, seen, peer);
    let leaf = chain.and_then(|chain| case.diagnosis.leaf(chain));
    match terms(peer, asked(case, seen), leaf) {
        Terms::Agreed => {}
        _ if is_lenient => return goes_on(peer),
        Terms::Unknown(why) => return unknown(peer, why),
        Terms::Never(rule, why) => {
            return Outcome { peer, answer: Answer::Reject, because: vec![rule], why: Some(why) };
        }
    }
    let Some(chain) = chain else {
        return match demanded {
            Demanded::Nothing | Demanded::Tls => goes_on(peer),
            Demanded::Unknown(why) => unknown(peer, why),
            _ if !peer.sends_name => {
                unknown(peer, "the certificate for clients that send no server name was not asked for")
            }
            _ => unknown(peer, "no certificate was seen"),
        };
    };
    let look = Look {
        diagnosis: case.diagnosis,
        chain,
        host: Some(&seen.endpoint.host),
        stapled: stapled(seen, peer),
        domain: domain(case, seen),
    };
    match demanded {
        Demanded::Nothing | Demanded::Tls | Demanded::Pinned(Dane::Fits) => goes_on(peer),
        Demanded::Chain => verdict(peer, &look),
        Demanded::Unknown(why) => match verdict(peer, &look) {
            // A certificate that is good for everybody is good however much is demanded.
            good if good.answer == Answer::Accept => good,
            _ => unknown(peer, why),
        },
        Demanded::Pinned(Dane::Anchored(published)) => anchored(peer, &look, &published),
        Demanded::Pinned(Dane::Bogus) => reject(peer, "dnssec-bogus", "DNSSEC speaks against the answer"),
        Demanded::Pinned(_) => reject(peer, "dane-mismatch", "no TLSA record fits the certificate"),
    }
}

/// What a peer demands here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Demanded {
    /// Nothing: clear text will do.
    Nothing,
    /// TLS.
    Tls,
    /// A way to a root, and the name.
    Chain,
    /// What TLSA records say.
    Pinned(Dane),
    /// It could not be told; the reason.
    Unknown(String),
}

fn demand(case: &Case<'_>, seen: &EndpointObservation, peer: &Peer) -> Demanded {
    let Demand::Published { dane, unsigned_mx, mta_sts } = peer.demand else {
        return match peer.demand {
            Demand::Opportunistic => Demanded::Nothing,
            Demand::Encrypted => Demanded::Tls,
            _ => Demanded::Chain,
        };
    };
    if dane {
        match dane::says(case, seen, served(case, seen, peer), unsigned_mx) {
            Dane::Silent => {}
            Dane::Unusable => return Demanded::Tls,
            Dane::Unknown(why) => return Demanded::Unknown(why),
            said => return Demanded::Pinned(said),
        }
    }
    if mta_sts { policy(case, seen) } else { Demanded::Nothing }
}

/// Returns what the MTA-STS policy of the domain demands of its exchangers.
fn policy(case: &Case<'_>, seen: &EndpointObservation) -> Demanded {
    let Some(published) = &case.seen.domain else {
        return Demanded::Unknown("whether a domain demands it by MTA-STS was not looked at".to_owned());
    };
    let is_mx = seen.endpoint.sources.iter().any(|source| matches!(source, Source::Mx | Source::ImplicitMx));
    match published.mta_sts {
        Some(MtaStsMode::Enforce) if is_mx => Demanded::Chain,
        None if mta_sts::is_announced(&case.seen.dns) => {
            Demanded::Unknown("the MTA-STS policy could not be read".to_owned())
        }
        _ => Demanded::Nothing,
    }
}

/// Returns the mail domain that leads to an exchanger.
fn domain<'a>(case: &Case<'a>, seen: &EndpointObservation) -> Option<&'a Name> {
    let is_mx = seen.endpoint.sources.iter().any(|source| matches!(source, Source::Mx | Source::ImplicitMx));
    if case.seen.kind == TargetKind::Domain && is_mx { case.seen.host.as_ref()?.name() } else { None }
}

/// Tells whether certificates in files are judged as if they were served here.
fn is_file(seen: &EndpointObservation) -> bool {
    matches!(seen.endpoint.place, Place::Files(_))
}

/// Returns the session that shows what such a peer sees.
fn shown<'a>(seen: &'a EndpointObservation, peer: &Peer) -> Option<&'a Session> {
    if is_file(seen) {
        return seen.session(Ask::Polite);
    }
    let polite = seen.polite().filter(|session| session.has_tls());
    let is_nameless = |session: &&Session| session.tls.as_ref().is_some_and(|tls| tls.server_name.is_none());
    // Senders that follow DANE or MTA-STS send the name that these demand (RFC 7672 §8.1, RFC 8461 §4.2).
    if peer.sends_name || matches!(peer.demand, Demand::Published { .. }) {
        return polite;
    }
    // For an address there is no name to send (RFC 6066 §3).
    seen.session(Ask::WithoutServerName).or(polite.filter(is_nameless))
}

/// Tells whether such a peer gets an OCSP response; our own client asks for one, our bare hellos do not.
fn stapled(seen: &EndpointObservation, peer: &Peer) -> Option<bool> {
    let tls = shown(seen, peer)?.tls.as_ref()?;
    (tls.end == TlsEnd::Completed).then_some(tls.staple.is_some())
}

/// Returns the chain that such a peer is served.
fn served<'a>(case: &Case<'a>, seen: &EndpointObservation, peer: &Peer) -> Option<&'a ServedChain> {
    let certificates = match shown(seen, peer).and_then(|session| session.tls.as_ref()) {
        Some(tls) if !tls.certificates.is_empty() => tls.certificates.as_slice(),
        // Where our own client came to no terms with the server, an older hello was shown the same.
        _ if peer.sends_name || shown(seen, peer).is_some() => seen.served().next()?.certificates,
        _ => return None,
    };
    case.diagnosis.chains.iter().find(|chain| chain.served == certificates)
}

/// Returns the endpoint whose answers stand for this one's: mostly its own.
fn asked<'a>(case: &Case<'a>, seen: &'a EndpointObservation) -> &'a EndpointObservation {
    let other = seen.same_as.as_ref();
    other.and_then(|id| case.seen.endpoints.iter().find(|other| other.id() == *id)).unwrap_or(seen)
}

/// Judges a chain that TLSA records of usage 2 pin: up to what is pinned it must hold, roots do not count.
fn anchored(peer: &'static Peer, look: &Look<'_>, published: &Published) -> Outcome {
    let pinned = |way: &Way| {
        way.certificates.iter().enumerate().skip(1).find_map(|(at, fingerprint)| {
            let certificate = look.diagnosis.certificates.get(fingerprint)?;
            let sent = look.chain.served.contains(fingerprint);
            (sent && published.records.iter().any(|record| record.fits(certificate))).then_some(at)
        })
    };
    let is_named = is_named(look, &published.base);
    let mut best: Option<Vec<Flaw>> = None;
    for way in &look.chain.ways {
        let Some(at) = pinned(way) else { continue };
        let mut below = way.clone();
        below.faults.retain(|fault| fault.at <= at);
        let mut flaws = flaws::judge(peer, &below, look).flaws;
        flaws.retain(|flaw| peer.answer(*flaw) == Answer::Reject && !super::OF_TRUST.contains(flaw));
        flaws.retain(|flaw| !is_named || !super::OF_NAME.contains(flaw));
        if best.as_ref().is_none_or(|known| flaws.len() < known.len()) {
            best = Some(flaws);
        }
    }
    match best {
        None => reject(peer, "dane-mismatch", "no TLSA record fits a certificate that is served"),
        Some(flaws) if flaws.is_empty() => goes_on(peer),
        Some(flaws) => Outcome {
            peer,
            answer: Answer::Reject,
            because: flaws.iter().map(|flaw| flaw.rule()).collect(),
            why: None,
        },
    }
}

/// Tells whether the leaf bears a name by which DANE takes it: the exchanger's, or the domain's that mail is for.
fn is_named(look: &Look<'_>, base: &Name) -> bool {
    let Some(host) = look.host.and_then(Host::name) else { return false };
    let route = Route { next_hop: look.domain.unwrap_or(host), exchanger: Some(host), tlsa_base: base };
    look.diagnosis.leaf(look.chain).is_some_and(|leaf| route.identify(leaf).is_some())
}

fn goes_on(peer: &'static Peer) -> Outcome {
    Outcome { peer, answer: Answer::Accept, because: Vec::new(), why: None }
}

fn reject(peer: &'static Peer, rule: &'static str, why: &str) -> Outcome {
    Outcome { peer, answer: Answer::Reject, because: vec![rule], why: Some(why.to_owned()) }
}

/// Faults with which nobody comes as far as mail.
const DEAD: &[&str] = &[
    "greeting-invalid",
    "greeting-rejects",
    "reply-timeout",
    "connection-reset",
    "plaintext-on-tls-port",
    "tls-on-starttls-port",
];

/// Faults with which only clear text is left.
const NO_TLS: &[&str] = &[
    "starttls-missing",
    "starttls-refused",
    "starttls-stripped",
    "starttls-lost-connection",
    "tls-handshake-failed",
    "tls-client-certificate-required",
];
