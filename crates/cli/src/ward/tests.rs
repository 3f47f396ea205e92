//! The ward, seen by the planner and the prober that examine real servers.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use mailmedic::endpoint::{Endpoint, Place, Security, Source};
use mailmedic::name::Host;
use mailmedic::observation::{Ask, Connect, Depth, EndpointObservation, Session, TalkEnd, Tls, TlsEnd};
use mailmedic::plan::{self, Wishes};
use mailmedic::probe::{Asking, Manners, Prober};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};
use tokio::net::{TcpStream, UdpSocket};

use super::dialogue::Phase;
use super::{PATIENTS, Patient, Ward, WardEndpoint, aws_lc_rs};

/// What an examination of one endpoint brought.
struct Seen {
    host: &'static str,
    port: u16,
    observation: EndpointObservation,
    /// As the polite client, or the first other that got any, was shown them.
    chain: Vec<CertificateDer<'static>>,
}

impl Seen {
    fn polite(&self) -> &Session {
        self.observation.session(Ask::Polite).unwrap()
    }

    fn tls(&self, ask: Ask) -> &Tls {
        self.observation.session(ask).unwrap().tls.as_ref().unwrap()
    }

    /// Judges the chain as a client would that trusts the ward's root alone.
    fn judge(&self, ward: &Ward) -> Result<(), CertificateError> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(ward.root_der().to_vec())).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let (leaf, others) = self.chain.split_first().unwrap();
        let name = ServerName::try_from(self.host).unwrap();
        let now = UnixTime::since_unix_epoch(SystemTime::UNIX_EPOCH.elapsed().unwrap());
        match verifier.verify_server_cert(leaf, others, &name, &[], now) {
            Ok(_) => Ok(()),
            Err(Error::InvalidCertificate(why)) => Err(why),
            Err(other) => panic!("{other}"),
        }
    }
}

/// Plans and probes until nothing is left to ask.
async fn examine(endpoint: &WardEndpoint) -> Seen {
    let &Patient { host, port, .. } = endpoint.patient;
    let prober = Prober::new(Manners {
        ehlo: "client.example".into(),
        timeout: Duration::from_secs(10),
        connections_per_host: 8,
    });
    let wishes = Wishes { depth: Depth::Standard, server_name: Some(host.into()) };
    let place = Endpoint {
        host: Host::new(host).unwrap(),
        port,
        place: Place::Tcp(endpoint.address),
        protocol: endpoint.protocol,
        security: endpoint.security,
        role: Endpoint::role_of(endpoint.protocol),
        sources: vec![Source::Named],
    };
    let mut observation = EndpointObservation::new(place.clone());
    let mut chain = Vec::new();
    loop {
        let jobs = plan::next(&observation, &[], &wishes).jobs;
        if jobs.is_empty() {
            return Seen { host, port, observation, chain };
        }
        for job in jobs {
            let brought = prober.run(&place, &job, Asking::default()).await;
            if chain.is_empty() {
                chain = brought.certificates.into_iter().map(CertificateDer::from).collect();
            }
            observation.sessions.push(brought.session);
        }
    }
}

async fn open() -> Ward {
    Ward::start(Timestamp::now()).await.unwrap()
}

/// Examines the one endpoint of this host and port.
async fn visit(ward: &Ward, host: &str, port: u16) -> Seen {
    let is_wanted = |endpoint: &&WardEndpoint| {
        let patient = endpoint.patient;
        (patient.host.strip_suffix(".ward.test"), patient.port) == (Some(host), port)
    };
    examine(ward.endpoints.iter().find(is_wanted).unwrap()).await
}

#[tokio::test]
async fn every_patient_can_be_examined() {
    let ward = open().await;
    for endpoint in &ward.endpoints {
        let seen = examine(endpoint).await;
        let polite = seen.polite();
        assert_eq!(polite.connect, Connect::Open, "{}:{}", seen.host, seen.port);
        for session in &seen.observation.sessions {
            let plain = session.plain.as_ref().map(|talk| &talk.end);
            assert!(!matches!(plain, Some(TalkEnd::Invalid(_) | TalkEnd::Silent { .. })), "{session:?}");
            let tls = session.tls.as_ref().map(|tls| &tls.end);
            assert!(
                !matches!(tls, Some(TlsEnd::Malformed(_) | TlsEnd::TimedOut | TlsEnd::Reset)),
                "{session:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_healthy_are_healthy() {
    let ward = open().await;
    for (host, port) in [("healthy", 25), ("healthy", 993), ("renewed", 25), ("renewed", 993)] {
        let seen = visit(&ward, host, port).await;
        assert_eq!(seen.judge(&ward), Ok(()), "{host}:{port}");
        assert_eq!(seen.tls(Ask::Polite).version, Some(0x0304));
        assert_eq!(seen.tls(Ask::Version(0x0303)).version, Some(0x0303));
        assert_eq!(seen.tls(Ask::Version(0x0302)).end, TlsEnd::Alert);
        assert_eq!(seen.polite().inside.as_ref().unwrap().end, TalkEnd::Done);
    }
}

#[tokio::test]
async fn bad_certificates_are_bad_in_one_way_each() {
    let ward = open().await;
    let expired = visit(&ward, "expired", 993).await;
    assert!(matches!(expired.judge(&ward), Err(CertificateError::ExpiredContext { .. })));
    let wrong = visit(&ward, "wrong-name", 143).await;
    assert!(matches!(wrong.judge(&ward), Err(CertificateError::NotValidForNameContext { .. })));
    let alone = visit(&ward, "self-signed", 995).await;
    assert_eq!((alone.judge(&ward), alone.chain.len()), (Err(CertificateError::UnknownIssuer), 1));
    let mut half = visit(&ward, "half-chain", 25).await;
    assert_eq!((half.judge(&ward), half.chain.len()), (Err(CertificateError::UnknownIssuer), 1));
    // The intermediate is all that it lacks.
    half.chain.push(visit(&ward, "healthy", 25).await.chain[1].clone());
    assert_eq!(half.judge(&ward), Ok(()));
}

#[tokio::test]
async fn a_renewal_has_reached_one_port_of_two() {
    let ward = open().await;
    let (new, old) = (visit(&ward, "renewed", 25).await, visit(&ward, "renewed", 993).await);
    assert_ne!(new.chain[0], old.chain[0]);
    assert_eq!(new.chain[1], old.chain[1]);
    let (smtp, imap) = (visit(&ward, "healthy", 25).await, visit(&ward, "healthy", 993).await);
    assert_eq!(smtp.chain, imap.chain);
}

#[tokio::test]
async fn the_old_one_answers_with_tls_1_0_and_nothing_newer() {
    let ward = open().await;
    let seen = visit(&ward, "old", 110).await;
    // A modern client shares no suite with it.
    assert_eq!(seen.tls(Ask::Polite).end, TlsEnd::Alert);
    for offered in [0x0303, 0x0302] {
        let tls = seen.tls(Ask::Version(offered));
        assert_eq!((&tls.end, tls.version, tls.suite), (&TlsEnd::Answered, Some(0x0301), Some(0x0035)));
        assert_eq!(tls.secure_renegotiation, Some(true));
        assert_eq!(tls.certificates.len(), 2);
    }
    assert_eq!(seen.tls(Ask::Version(0x0300)).end, TlsEnd::Alert);
    assert_eq!(seen.judge(&ward), Ok(()));
}

#[tokio::test]
async fn plain_text_comes_where_tls_is_due() {
    let ward = open().await;
    let seen = visit(&ward, "plaintext", 465).await;
    let tls = seen.tls(Ask::Polite);
    assert_eq!(tls.end, TlsEnd::NotTls);
    assert!(tls.not_tls.as_ref().unwrap().0.starts_with(b"220 plaintext.ward.test ESMTP Postfix"));
    assert_eq!(seen.tls(Ask::OtherMode).end, TlsEnd::Completed);
    assert_eq!(seen.observation.session(Ask::OtherMode).unwrap().security, Security::Starttls);
}

#[tokio::test]
async fn starttls_is_stripped_or_the_connection_lost() {
    let ward = open().await;
    let stripped = visit(&ward, "stripped", 25).await;
    let plain = stripped.polite().plain.as_ref().unwrap();
    assert!(matches!(&plain.end, TalkEnd::Stripped(line) if line.contains("XXXXXXXA")), "{:?}", plain.end);
    let lost = visit(&ward, "lost", 587).await;
    assert_eq!(lost.polite().plain.as_ref().unwrap().end, TalkEnd::Done);
    assert_eq!(lost.tls(Ask::Polite).end, TlsEnd::Closed);
}

#[tokio::test]
async fn the_ward_closes_when_it_is_dropped() {
    let ward = open().await;
    let address = ward.endpoints[0].address;
    drop(TcpStream::connect(address).await.unwrap());
    drop(ward);
    // Aborted tasks let go of their ports when the runtime next comes to them.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[test]
fn every_sickness_names_the_rules_that_must_find_it() {
    for patient in &PATIENTS {
        let is_healthy = patient.sickness.starts_with("none");
        assert_eq!(patient.expect.is_empty(), is_healthy, "{}:{}", patient.host, patient.port);
    }
}

#[test]
fn the_software_shows_in_every_greeting() {
    for patient in &PATIENTS {
        let greeting = patient.dialogue.greeting(Phase::Plain, patient.host);
        assert!(greeting.contains("Postfix") || greeting.contains("Dovecot"), "{greeting}");
    }
}

#[tokio::test]
async fn the_ward_answers_for_dns() {
    let ward = open().await;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    for id in 1..=3 {
        let query = [&[0, id], &b"\x01\0\0\x01\0\0\0\0\0\0\x02mx\x04test\0\0\x01\0\x01"[..]].concat();
        socket.send_to(&query, ward.resolver()).await.unwrap();
        let mut answer = [0; 64];
        let (length, from) = socket.recv_from(&mut answer).await.unwrap();
        assert_eq!((length, from, answer[1], answer[3] & 15), (query.len(), ward.resolver(), id, 3));
    }
}
