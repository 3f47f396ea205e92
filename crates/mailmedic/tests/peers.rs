//! Whole examinations of servers of any age: what is wrong with each is found, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};

use mailmedic::examine::{Options, Silence, examine};
use mailmedic::judge::{Judging, judge};
use mailmedic::known::Lists;
use mailmedic::observation::{Ask, Depth, Listed, Observation, TalkEnd, TlsEnd};
use mailmedic::policy::MAIL;
use mailmedic::target::Target;
use mailmedic_peers::{Dialogue, Habits, Identity, Peer, Personality, Refusal, Server};
use mailmedic_wire::names::cipher_suite::KeyExchange;
use mailmedic_wire::names::{AlertDescription, CipherSuite, NamedGroup, ProtocolVersion};

/// An RSA key takes its time to make.
static IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::rsa("127.0.0.1").unwrap()));

async fn look(peer: &Peer, scheme: &str) -> Observation {
    look_at(Depth::Standard, peer, scheme).await
}

async fn look_at(depth: Depth, peer: &Peer, scheme: &str) -> Observation {
    let options = Options {
        depth,
        offline: true,
        resolvers: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 9))],
        roots: vec![IDENTITY.root().to_vec()],
        only_given_roots: true,
        ..Options::default()
    };
    let text = format!("{scheme}://{}", peer.address());
    let target = Target::parse(&text, false, None).unwrap();
    examine(vec![(text, target)], &options, Arc::new(Silence), std::future::pending()).await
}

/// Returns the ids of the rules that found something.
fn found(seen: &Observation) -> BTreeSet<String> {
    let judging = Judging {
        policy: &MAIL,
        now: seen.taken,
        select: Vec::new(),
        ignore: Vec::new(),
        lists: Lists::default(),
    };
    let report = judge(seen, &judging);
    report.targets.iter().flat_map(|target| &target.findings).map(|finding| finding.rule.clone()).collect()
}

/// Serves this personality with a certificate that is one, but without its key, unless handshakes are to be completed.
fn serve(personality: Personality, complete: bool) -> Peer {
    let server = Server::new(Dialogue::Smtp, personality).complete(&IDENTITY);
    let identity = server.identity.clone().filter(|_| complete);
    Server { identity, ..server }.start().unwrap()
}

async fn found_on(personality: Personality, complete: bool) -> BTreeSet<String> {
    let peer = serve(personality, complete);
    found(&look(&peer, "smtp").await)
}

fn expect(found: &BTreeSet<String>, ids: &[&str]) {
    let missed: Vec<_> = ids.iter().filter(|id| !found.contains(**id)).collect();
    assert!(missed.is_empty(), "{missed:?} are not in {found:?}");
}

fn exclude(found: &BTreeSet<String>, ids: &[&str]) {
    let wrong: Vec<_> = ids.iter().filter(|id| found.contains(**id)).collect();
    assert!(wrong.is_empty(), "{wrong:?} are in {found:?}");
}

const OLD_FAULTS: &[&str] = &[
    "tls-cipher-broken",
    "tls-compression",
    "tls-dh-weak",
    "tls-drown",
    "tls-freak",
    "tls-logjam",
    "tls-poodle",
    "tls-renegotiation-insecure",
    "tls-version-obsolete",
];

#[tokio::test]
async fn a_server_that_speaks_tls12_alone_lacks_no_more_than_tls13() {
    for (dialogue, scheme) in [
        (Dialogue::Smtp, "smtp"),
        (Dialogue::Submission, "submission"),
        (Dialogue::Lmtp, "lmtp"),
        (Dialogue::Imap, "imap"),
        (Dialogue::Pop3, "pop3"),
        (Dialogue::Sieve, "sieve"),
    ] {
        let peer = Server::new(dialogue, Personality::plain_tls12()).complete(&IDENTITY).start().unwrap();
        let seen = look(&peer, scheme).await;
        let endpoint = &seen.targets[0].endpoints[0];
        let polite = endpoint.session(Ask::Polite).unwrap();
        assert_eq!(polite.tls.as_ref().unwrap().end, TlsEnd::Completed, "{scheme}");
        assert_eq!(polite.inside.as_ref().unwrap().end, TalkEnd::Done, "{scheme}");
        let found = found(&seen);
        expect(&found, &["tls13-missing"]);
        exclude(&found, OLD_FAULTS);
        exclude(&found, &["cert-untrusted", "cert-expired", "cert-name-mismatch", "tls-handshake-failed"]);
    }
}

#[tokio::test]
async fn a_server_that_chooses_and_cannot_go_on_is_no_server_that_works() {
    let found = found_on(Personality::modern(), false).await;
    expect(&found, &["tls-handshake-failed"]);
    exclude(&found, OLD_FAULTS);
}

#[tokio::test]
async fn suites_count_as_taken_once_a_handshake_with_rsa_key_exchange_came_to_its_end() {
    let broken = Refusal::Alert(AlertDescription::DECRYPT_ERROR);
    for (no_rsa_key, end) in [(None, TlsEnd::Completed), (Some(broken), TlsEnd::Alert)] {
        let server = Server::new(Dialogue::Smtp, Personality::plain_tls12()).complete(&IDENTITY);
        let peer = server.with(Habits { no_rsa_key, ..Habits::default() }).start().unwrap();
        let seen = look_at(Depth::Full, &peer, "smtp").await;
        let endpoint = &seen.targets[0].endpoints[0];
        let tried = endpoint.session(Ask::RsaExchange).unwrap();
        assert_eq!(tried.tls.as_ref().unwrap().end, end);
        let is_rsa = |suite: u16| CipherSuite(suite).key_exchange() == Some(KeyExchange::Rsa);
        let taken = endpoint.suites().into_iter().filter(|accepted| is_rsa(accepted.suite)).count();
        assert_eq!(taken, if no_rsa_key.is_some() { 0 } else { 2 });
        assert_eq!(endpoint.unusable_suites().is_empty(), no_rsa_key.is_none());
        assert!(endpoint.listed(Listed::Suites).is_yes());
        assert_eq!(found(&seen).contains("tls-forward-secrecy-missing"), no_rsa_key.is_none());
    }
}

/// Connections are opened ahead of their questions, more of them than are let in at a time: none may wait for one that is idle.
#[tokio::test]
async fn a_listing_comes_to_its_end_however_its_connections_fall() {
    for scheme in ["imaps", "imap", "smtp"] {
        let dialogue = if scheme == "smtp" { Dialogue::Smtp } else { Dialogue::Imap };
        let server = Server::new(dialogue, Personality::modern()).complete(&IDENTITY);
        let peer = Server { implicit: scheme == "imaps", ..server }.start().unwrap();
        for _ in 0..10 {
            let before = peer.connections();
            let seen = look_at(Depth::List, &peer, scheme).await;
            let endpoint = &seen.targets[0].endpoints[0];
            assert!(endpoint.listed(Listed::Suites).is_yes(), "{scheme}");
            assert_eq!(endpoint.spoilt, 0, "{scheme}: an answer was lost");
            assert_eq!(endpoint.sessions.len() as u64, peer.connections() - before, "{scheme}");
        }
    }
}

#[tokio::test]
async fn a_server_of_2015_has_the_faults_of_its_time() {
    // What it prefers is what can be completed.
    let mut server = Personality { schemes: Identity::SCHEMES.to_vec(), ..Personality::of_2015() };
    for (version, preferred) in Personality::plain_tls12().suites {
        server.suites.entry(version).or_default().splice(..0, preferred);
    }
    let found = found_on(server, true).await;
    exclude(&found, &["tls-handshake-failed"]);
    // Its prime of 1024 bits is one that many servers share.
    expect(&found, &["tls-version-obsolete", "tls-logjam", "tls13-missing"]);
    exclude(&found, &["tls-drown", "tls-freak", "tls-dh-weak", "tls-poodle", "tls-compression"]);
    exclude(&found, &["tls-renegotiation-insecure"]);
}

#[tokio::test]
async fn a_server_of_1999_has_every_fault() {
    let server = Personality::of_1999();
    let found = found_on(server.clone(), false).await;
    expect(&found, &["tls-cipher-broken", "tls-compression", "tls-drown", "tls-logjam"]);
    expect(&found, &["tls-poodle", "tls-renegotiation-insecure", "tls-version-modern-missing"]);
    // With EXPORT in RSA alone the other attack on EXPORT is left.
    let of_rsa =
        |suite: &CipherSuite| suite.is_export() && suite.key_exchange() == Some(KeyExchange::RsaExport);
    let suites = server.suites.into_iter();
    let suites = suites.map(|(version, list)| (version, list.into_iter().filter(of_rsa).collect())).collect();
    let found = found_on(Personality { suites, ..Personality::of_1999() }, false).await;
    expect(&found, &["tls-freak"]);
    exclude(&found, &["tls-logjam", "tls-dh-weak"]);
}

#[tokio::test]
async fn what_is_seen_of_odd_servers_is_what_they_speak() {
    let mut answers = 0;
    for seed in 0..30 {
        let mut server = Personality::random_with_quirks(seed);
        // Each silence would be waited for.
        let refusals = &mut server.refusals;
        let all = [&mut refusals.version, &mut refusals.suite, &mut refusals.quirk];
        let poison = server.quirks.poison.iter_mut().map(|poison| &mut poison.refusal);
        for refusal in all.into_iter().chain(poison).filter(|refusal| **refusal == Refusal::Silence) {
            *refusal = Refusal::Fin;
        }
        let peer = Server::new(Dialogue::Imap, server.clone()).implicit().start().unwrap();
        let seen = look(&peer, "imaps").await;
        for session in &seen.targets[0].endpoints[0].sessions {
            let Some(tls) = &session.tls else { continue };
            let Some(version) = tls.version.map(ProtocolVersion) else { continue };
            assert!(server.versions().contains(&version), "seed {seed}: {:?}", session.ask);
            let Some(suite) = tls.suite.map(CipherSuite) else { continue };
            assert!(server.suites[&version].contains(&suite), "seed {seed}: {suite} for {:?}", session.ask);
            if let Some(group) = tls.group.map(NamedGroup) {
                assert!(server.groups.contains(&group), "seed {seed}: {group} for {:?}", session.ask);
            }
            answers += 1;
        }
    }
    assert!(answers > 60, "{answers} answers");
}
