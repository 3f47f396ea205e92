//! Runs the planner against a server that answers without a socket.

use std::net::{Ipv4Addr, SocketAddr};

use mailmedic::bytes::Fingerprint;
use mailmedic::endpoint::{Endpoint, Place, Protocol, Role, Security, Source};
use mailmedic::job::{Attempt, Hello, Job, LIBRARY_GROUPS, Narrowed, Offer, Stop};
use mailmedic::name::Host;
use mailmedic::observation::{
    Ask, Connect, Depth, EndpointObservation, Listed, Numbers, Offered, Reaction, ReactionEnd, SeenAlert,
    Session, TLS12, Tls, TlsEnd, Trick,
};
use mailmedic::plan::{self, Wishes};
use mailmedic_peers::{Personality, Refusal, Stream, answer, answer_ssl2, choose};
use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::flight::{End, Flight};
use mailmedic_wire::hello::{ClientHello, ServerKeyExchange};
use mailmedic_wire::names::{CipherKind, CipherSuite, ProtocolVersion, SignatureScheme};
use mailmedic_wire::ssl2;

/// What an examination of a simulated server brought.
pub(crate) struct Simulated {
    pub(crate) seen: EndpointObservation,
    /// The most hellos for the list of TLS 1.2 that were under way at a time.
    pub(crate) side_by_side: usize,
}

impl Simulated {
    pub(crate) fn is_complete(&self) -> bool {
        [Listed::Suites, Listed::Groups, Listed::Schemes]
            .into_iter()
            .all(|what| self.seen.listed(what).is_yes())
    }
}

/// How many hellos are under way at a time.
const AT_ONCE: usize = 5;

/// Beyond this many hellos the planner runs in circles.
const MOST_HELLOS: usize = 1_000;

/// Asks until nothing is left to ask; which of the hellos under way is answered first is chance. TLS comes first, or second where the
/// seed is odd.
pub(crate) fn examine(server: &Personality, seed: u64) -> Simulated {
    examine_with(server, None, seed)
}

/// The same, of a server that breaks off where the secret is encrypted to its RSA key.
pub(crate) fn examine_with(server: &Personality, breaks_off: Option<Refusal>, seed: u64) -> Simulated {
    let wishes = Wishes { depth: Depth::Full, server_name: None };
    let mut dice = Stream::new(&[seed, 2]);
    let security = if seed.is_multiple_of(2) { Security::Implicit } else { Security::Starttls };
    let mut seen = EndpointObservation::new(endpoint(security));
    let mut pending: Vec<Job> = Vec::new();
    let (mut clock, mut side_by_side) = (0, 0);
    loop {
        let next = plan::next(&seen, &pending, &wishes);
        let room = AT_ONCE - pending.len();
        pending.extend(next.jobs.into_iter().take(room));
        if pending.is_empty() {
            return Simulated { seen, side_by_side };
        }
        let beside = pending.iter().filter(|job| job.ask == Ask::List(TLS12)).count();
        side_by_side = side_by_side.max(beside);
        clock += 1;
        assert!(clock < MOST_HELLOS as u64, "seed {seed}: no end: {}", last(&seen));
        let job = pending.remove(dice.below(pending.len()));
        let tls = ask(server, breaks_off, &job, clock);
        let offered = match (&job.ask, &job.hello) {
            (Ask::List(_) | Ask::RsaExchange, Hello::Flight(offer)) => Some(offered(offer)),
            (_, Hello::Complete { signature_schemes, only: Some(only), .. }) => Some(Offered {
                suites: only.suites.iter().map(|suite| suite.0).collect(),
                groups: only.groups.iter().map(|group| group.0).collect(),
                schemes: signature_schemes.iter().map(|scheme| scheme.0).collect(),
            }),
            (Ask::Try(_), Hello::Try(attempt)) if attempt.rides => Some(offered(&attempt.offer)),
            _ => None,
        };
        // What the moves after a first flight lead to is the same here whatever they are.
        let closed = Reaction { records: Vec::new(), end: ReactionEnd::Closed };
        let reaction = matches!(job.ask, Ask::Try(_)).then_some(closed).filter(|_| tls.version.is_some());
        seen.sessions.push(Session {
            ask: job.ask,
            security,
            connect: Connect::Open,
            plain: None,
            tls: Some(tls),
            inside: None,
            offered,
            reaction,
            begun_ms: clock,
            hello_ms: clock,
            hello_length: 0,
            millis: 0,
        });
    }
}

/// Tells the last hellos, to see where a planner went in circles.
pub(crate) fn last(seen: &EndpointObservation) -> String {
    let line = |session: &Session| {
        let Some(tls) = &session.tls else { return String::new() };
        let counts = session.offered.as_ref().map(|offered| {
            [&offered.suites, &offered.groups, &offered.schemes].map(|numbers| numbers.0.len())
        });
        format!("\n{:?} {counts:?} -> {:?} {:04x?} {:04x?}", session.ask, tls.end, tls.version, tls.suite)
    };
    seen.sessions.iter().rev().take(12).map(line).collect()
}

fn endpoint(security: Security) -> Endpoint {
    Endpoint {
        host: Host::Address(Ipv4Addr::LOCALHOST.into()),
        place: Place::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 993))),
        port: 993,
        protocol: Protocol::Imap,
        security,
        role: Role::Access,
        sources: vec![Source::Named],
    }
}

fn offered(offer: &Offer) -> Offered {
    Offered {
        suites: offer.suites.iter().map(|suite| suite.0).collect(),
        groups: offer.groups.iter().map(|group| group.0).collect(),
        schemes: offer.signature_schemes.iter().map(|scheme| scheme.0).collect::<Numbers>(),
    }
}

fn ask(server: &Personality, breaks_off: Option<Refusal>, job: &Job, connection: u64) -> Tls {
    match &job.hello {
        Hello::Flight(offer) => {
            let tls = record(answer(server, &hello(offer), connection).flight());
            if offer.stop == Stop::Finished { finish(tls, breaks_off) } else { tls }
        }
        Hello::Ssl2 => {
            let hello = ssl2::ClientHello::new([7; 16], CipherKind::all());
            record(answer_ssl2(server, &hello, connection).flight())
        }
        Hello::Complete { signature_schemes, only, .. } => {
            complete(server, signature_schemes, only.as_ref(), connection)
        }
        Hello::Try(Attempt { trick, offer, .. }) => match trick {
            Trick::Robot(..) | Trick::EarlyChangeCipherSpec => {
                record(answer(server, &hello(offer), connection).flight())
            }
            Trick::Renegotiation | Trick::Padding(_) => {
                finish(record(answer(server, &hello(offer), connection).flight()), None)
            }
            _ => Tls { end: TlsEnd::TimedOut, ..Tls::default() },
        },
    }
}

/// The rest of a handshake of which the first flight came.
fn finish(tls: Tls, breaks_off: Option<Refusal>) -> Tls {
    if tls.end != TlsEnd::Answered {
        return tls;
    }
    let end = match breaks_off {
        None => TlsEnd::Completed,
        Some(Refusal::Alert(_)) => TlsEnd::Alert,
        Some(Refusal::Fin) => TlsEnd::Closed,
        Some(Refusal::Rst) => TlsEnd::Reset,
        Some(Refusal::Silence) => TlsEnd::TimedOut,
    };
    let alerts = match breaks_off {
        Some(Refusal::Alert(description)) => vec![SeenAlert { level: 2, description: description.0 }],
        _ => Vec::new(),
    };
    Tls { end, alerts, ..tls }
}

/// The hello of an offer, as the prober sends it.
fn hello(offer: &Offer) -> ClientHello {
    let hello = ClientHello::new(offer.version, [7; 32], &offer.suites);
    if offer.version <= ProtocolVersion::SSLv3 {
        return hello;
    }
    let hello = hello.with(ClientExtension::SupportedGroups(offer.groups.clone()));
    match offer.version {
        ProtocolVersion::TLSv1_2 | ProtocolVersion::TLSv1_3 => {
            hello.with(ClientExtension::SignatureAlgorithms(offer.signature_schemes.clone()))
        }
        _ => hello,
    }
}

const RUSTLS_SUITES: [u16; 9] = [0x1302, 0x1301, 0x1303, 0xC02C, 0xC02B, 0xCCA9, 0xC030, 0xC02F, 0xCCA8];
const RUSTLS_SCHEMES: [u16; 12] =
    [0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201];

/// A handshake that a library completes: it knows few suites and groups, and TLS 1.2 and 1.3.
fn complete(
    server: &Personality,
    schemes: &[SignatureScheme],
    only: Option<&Narrowed>,
    connection: u64,
) -> Tls {
    let schemes = match schemes {
        [] => RUSTLS_SCHEMES.map(SignatureScheme).to_vec(),
        schemes => schemes.to_vec(),
    };
    let suites = only.map_or(RUSTLS_SUITES.map(CipherSuite).to_vec(), |only| only.suites.clone());
    let groups = only.map_or(LIBRARY_GROUPS.to_vec(), |only| only.groups.clone());
    let versions = vec![ProtocolVersion::TLSv1_3, ProtocolVersion::TLSv1_2];
    let hello = ClientHello::new(ProtocolVersion::TLSv1_3, [7; 32], &suites)
        .with(ClientExtension::SupportedVersions(versions))
        .with(ClientExtension::SupportedGroups(groups))
        .with(ClientExtension::SignatureAlgorithms(schemes));
    match choose(server, &hello) {
        Ok(choice) if choice.version >= ProtocolVersion::TLSv1_2 => Tls {
            end: TlsEnd::Completed,
            version: Some(choice.version.0),
            suite: Some(choice.suite.0),
            group: choice.group.map(|group| group.0),
            signature_scheme: choice.scheme.map(|scheme| scheme.0),
            ..Tls::default()
        },
        _ => record(answer(server, &hello, connection).flight()),
    }
}

/// What is kept of a flight.
fn record(flight: Flight) -> Tls {
    let exchange = flight.key_exchange.as_ref();
    let end = match (flight.version, flight.alert, flight.end) {
        (Some(_), None, _) => TlsEnd::Answered,
        (_, Some(_), _) => TlsEnd::Alert,
        (None, None, Some(End::Eof)) => TlsEnd::Closed,
        (None, None, Some(End::Reset)) => TlsEnd::Reset,
        _ => TlsEnd::TimedOut,
    };
    Tls {
        end,
        version: flight.version.map(|version| version.0),
        suite: flight.server_hello.as_ref().map(|hello| hello.cipher_suite.0),
        group: flight.group().map(|group| group.0),
        signature_scheme: exchange.and_then(|exchange| Some(exchange.scheme()?.0)),
        exchange_key: exchange.and_then(ServerKeyExchange::public).map(Fingerprint::of),
        alerts: flight
            .alert
            .iter()
            .map(|alert| SeenAlert { level: alert.level.0, description: alert.description.0 })
            .collect(),
        ..Tls::default()
    }
}
