//! A ward of sick mail servers inside this process: loopback only, no root, no network.

mod certificates;
mod dialogue;
mod dns;
mod old;
mod patients;
pub(crate) mod round;
mod server;
mod tls;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;
use mailmedic::endpoint::{Endpoint, Protocol, Security};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::{JoinSet, spawn_blocking};
use tokio_rustls::TlsAcceptor;

use certificates::{Authority, Identity, Key, Term};
use old::Old;
pub(crate) use patients::{PATIENTS, Patient};
use patients::{Papers, Way};
use server::{Server, Tls};

/// The ward: its endpoints in the order of the report; the servers stop when it is dropped.
#[derive(Debug)]
pub(crate) struct Ward {
    endpoints: Vec<WardEndpoint>,
    root: CertificateDer<'static>,
    resolver: SocketAddr,
    _servers: JoinSet<()>,
}

/// One server of the ward.
#[derive(Clone, Debug)]
struct WardEndpoint {
    patient: &'static Patient,
    /// Where it really listens.
    address: SocketAddr,
    /// The protocol of the port that it stands for.
    protocol: Protocol,
    /// The mode that this port should speak.
    security: Security,
}

impl Ward {
    /// Opens the ward; the age of its certificates counts from `now`, best a whole second as theirs are.
    ///
    /// # Errors
    /// When a loopback port cannot be had, or a certificate not be made.
    pub(crate) async fn start(now: Timestamp) -> io::Result<Self> {
        let (root, servers) = spawn_blocking(move || equip(now)).await.map_err(io::Error::other)??;
        let dns = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let resolver = dns.local_addr()?;
        let mut running = JoinSet::new();
        running.spawn(dns::run(dns));
        let mut endpoints = Vec::new();
        for (patient, server) in PATIENTS.iter().zip(servers) {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let (protocol, security) = nominal(patient)?;
            let address = listener.local_addr()?;
            endpoints.push(WardEndpoint { patient, address, protocol, security });
            running.spawn(server.run(listener));
        }
        Ok(Self { endpoints, root, resolver, _servers: running })
    }

    /// Returns where the ward's DNS server listens, which knows no name.
    pub(crate) fn resolver(&self) -> SocketAddr {
        self.resolver
    }

    /// Returns the root that all trusted certificates of the ward lead to, as DER.
    pub(crate) fn root_der(&self) -> &[u8] {
        &self.root
    }
}

/// Makes every server with its certificate.
fn equip(now: Timestamp) -> io::Result<(CertificateDer<'static>, Vec<Server>)> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let authority = Authority::new(now).map_err(io::Error::other)?;
    // The ports of one host share a certificate, unless that is their sickness.
    let mut modern: BTreeMap<(&str, Papers), TlsAcceptor> = BTreeMap::new();
    let mut servers = Vec::new();
    for patient in &PATIENTS {
        let identity = || identity(patient, &authority).map_err(io::Error::other);
        let tls = match patient.tls {
            Way::Modern | Way::OnlyStarttls => {
                Tls::Modern(match modern.entry((patient.host, patient.papers)) {
                    Entry::Occupied(made) => made.get().clone(),
                    Entry::Vacant(place) => {
                        let acceptor = tls::acceptor(&provider, identity()?).map_err(io::Error::other)?;
                        place.insert(acceptor).clone()
                    }
                })
            }
            Way::Old => Tls::Old(Old {
                chain: identity()?.chain.iter().map(|certificate| certificate.to_vec()).collect(),
                random: provider.secure_random,
            }),
            Way::Lost => Tls::Lost,
        };
        let (_, nominal) = nominal(patient)?;
        let security = if patient.tls == Way::OnlyStarttls { Security::Starttls } else { nominal };
        servers.push(Server { host: patient.host, security, dialogue: patient.dialogue, tls });
    }
    Ok((authority.root().clone(), servers))
}

/// Makes a patient's certificate, with the ninety days that are usual.
fn identity(patient: &Patient, authority: &Authority) -> Result<Identity, rcgen::Error> {
    let key = if patient.tls == Way::Old { Key::Rsa } else { Key::Ecdsa };
    let young = Term { from: -25, to: 65 };
    match patient.papers {
        Papers::Good => authority.issue(patient.host, young, key),
        Papers::Expired => authority.issue(patient.host, Term { from: -93, to: -3 }, key),
        Papers::Earlier => authority.issue(patient.host, Term { from: -85, to: 5 }, key),
        Papers::OtherName => authority.issue("mail.hosting.example", young, key),
        Papers::SelfSigned => authority.self_signed(patient.host, young),
        Papers::LeafOnly => {
            let mut identity = authority.issue(patient.host, young, key)?;
            identity.chain.truncate(1);
            Ok(identity)
        }
    }
}

fn nominal(patient: &Patient) -> io::Result<(Protocol, Security)> {
    Endpoint::well_known(patient.port)
        .ok_or_else(|| io::Error::other("the ward has a port of no mail protocol"))
}
