//! Revocation as it is asked for: lists and responders on loopback, fetched once, kept, and told.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use jiff::{Span, Timestamp};
use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{Options, Papers, findings, imaps, look, look_at, only, options, serve};
use crate::judge::judge;
use crate::observation::{Depth, Observation, StatusKind, StatusOrigin, StatusOutcome};
use crate::reach::Keeps;
use crate::revocation::tests::made::{
    GOOD, List, Party, Response, Told, certificate_id, entry, params, revoked, root,
};

/// A web server with documents by path; it notes what it is asked.
#[derive(Clone)]
struct Web {
    address: SocketAddr,
    documents: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    async fn start(running: &mut JoinSet<()>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let web = Self {
            address: listener.local_addr().unwrap(),
            documents: Arc::default(),
            asked: Arc::default(),
        };
        let own = web.clone();
        running.spawn(async move {
            let mut guests = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let web = own.clone();
                // Who asks may leave at any time.
                guests.spawn(async move { web.answer(stream).await.unwrap_or_default() });
            }
        });
        web
    }

    fn put(&self, place: &str, document: Vec<u8>) {
        self.documents.lock().unwrap().insert(place.to_owned(), document);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    async fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        stream.read_exact(&mut body).await?;
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        // The question of a GET stands behind the responder's path.
        let place = format!("{method} /{}", path.split('/').nth(1).unwrap_or_default());
        self.asked.lock().unwrap().push(place.clone());
        let document = self.documents.lock().unwrap().get(&place).cloned();
        let head = match &document {
            Some(document) => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", document.len()),
            None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
        };
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&document.unwrap_or_default()).await?;
        stream.shutdown().await
    }
}

/// A root, the certificate of a server, and the web server of the issuer.
struct Scene {
    root: Party,
    leaf: Party,
    web: Web,
    running: JoinSet<()>,
}

impl Scene {
    async fn new() -> Self {
        let mut running = JoinSet::new();
        let web = Web::start(&mut running).await;
        let root = root("Root");
        let ocsp = format!("http://{}/ocsp", web.address);
        let crl = format!("http://{}/list", web.address);
        let mut params = params("127.0.0.1", &[7], Told { ocsp: Some(&ocsp), crl: Some(&crl) });
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let at = |days: i64| {
            let second = (Timestamp::now() + Span::new().hours(days * 24)).as_second().unsigned_abs();
            rcgen::date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(second)
        };
        (params.not_before, params.not_after) = (at(-10), at(80));
        let leaf = root.sign(params);
        Self { root, leaf, web, running }
    }

    fn papers(&self, staple: Option<Vec<u8>>) -> Papers {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let key = PrivatePkcs8KeyDer::from(self.leaf.key.serialize_der()).into();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let mut certified = CertifiedKey::new(vec![CertificateDer::from(self.leaf.der.clone())], key);
        certified.ocsp = staple;
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Always(Arc::new(certified))));
        Papers { acceptor: TlsAcceptor::from(Arc::new(config)), root: self.root.der.clone() }
    }

    /// Starts a server and returns it as a target, with the options to look at it.
    async fn serve(&mut self, staple: Option<Vec<u8>>) -> (String, Options) {
        let papers = self.papers(staple);
        let acceptor = papers.acceptor.clone();
        let address = serve(&mut self.running, move |_, stream| {
            let acceptor = acceptor.clone();
            async move { imaps(stream, &acceptor).await }
        })
        .await;
        (format!("imaps://{address}"), Options { offline: false, ..options(&papers) })
    }

    fn list(&self, serial: u8) -> Vec<u8> {
        let list = List {
            this_update: ago(12),
            next_update: Some(ago(-100)),
            entries: entry(&[serial], ago(30), &[]),
            extensions: Vec::new(),
        };
        list.sign(&self.root)
    }

    fn response(&self, status: Vec<u8>, next_update: Timestamp) -> Vec<u8> {
        let response = Response {
            id: certificate_id(&self.leaf.read(), &self.root.read(), true),
            status,
            this_update: ago(12),
            next_update: Some(next_update),
            by_key: true,
        };
        response.sign(&self.root, &[])
    }

    fn good(&self) -> Vec<u8> {
        self.response(GOOD.to_vec(), ago(-100))
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

fn ago(hours: i64) -> Timestamp {
    let time = Timestamp::now() - Span::new().hours(hours);
    Timestamp::from_second(time.as_second()).unwrap()
}

fn open(seen: &Observation, rule: &str) -> Vec<String> {
    let report = judge(seen, &super::judging(seen));
    let open = report.targets.into_iter().flat_map(|target| target.unknown);
    open.filter(|open| open.rule == rule).map(|open| open.why).collect()
}

#[tokio::test]
async fn list_and_responder_are_each_asked_once_for_all_endpoints() {
    let mut scene = Scene::new().await;
    scene.web.put("GET /list", scene.list(8));
    scene.web.put("GET /ocsp", scene.good());
    let (one, options) = scene.serve(None).await;
    let (other, _) = scene.serve(None).await;
    let seen = look(&[one, other], &options, std::future::pending()).await;
    assert_eq!(findings(&seen), Vec::<String>::new());
    assert_eq!(open(&seen, "cert-revoked"), Vec::<String>::new());
    let mut asked = scene.web.asked();
    asked.sort();
    assert_eq!(asked, ["GET /list", "GET /ocsp"]);
    assert_eq!(seen.targets.iter().map(|target| target.statuses.len()).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(seen.documents.len(), 2);
}

#[tokio::test]
async fn a_responder_that_knows_no_get_is_asked_by_post() {
    let mut scene = Scene::new().await;
    scene.web.put("POST /ocsp", scene.response(revoked(ago(50), 4), ago(-100)));
    let (target, options) = scene.serve(None).await;
    let seen = look_at(target, &options).await;
    assert_eq!(findings(&seen), ["error cert-revoked", "note cert-revocation-unreachable"]);
    assert!(scene.web.asked().contains(&"POST /ocsp".to_owned()));
    let list = &only(&seen).statuses[1];
    assert_eq!((list.kind, &list.outcome), (StatusKind::Crl, &StatusOutcome::Status(404)));
}

#[tokio::test]
async fn what_cannot_be_had_is_a_note_and_leaves_it_open() {
    let mut scene = Scene::new().await;
    scene.web.put("GET /ocsp", vec![0x30, 3, 0x0A, 1, 6]);
    let (target, options) = scene.serve(None).await;
    let seen = look_at(target, &options).await;
    assert_eq!(findings(&seen), ["note cert-revocation-unreachable"; 2]);
    assert!(open(&seen, "cert-revoked")[0].contains("it says \"unauthorized\""));
}

#[tokio::test]
async fn a_staple_counts_and_a_bad_one_is_told() {
    let mut scene = Scene::new().await;
    scene.web.put("GET /list", scene.list(8));
    scene.web.put("GET /ocsp", scene.good());
    let (target, options) = scene.serve(Some(scene.good())).await;
    assert_eq!(findings(&look_at(target, &options).await), Vec::<String>::new());
    let late = scene.response(GOOD.to_vec(), ago(2));
    let (target, options) = scene.serve(Some(late)).await;
    assert_eq!(findings(&look_at(target, &options).await), ["warning cert-staple-invalid"]);
    // Without a network it is the only word.
    let (target, options) = scene.serve(Some(scene.response(revoked(ago(50), 1), ago(-100)))).await;
    let offline = Options { offline: true, ..options };
    assert_eq!(findings(&look_at(target, &offline).await), ["error cert-revoked"]);
}

#[tokio::test]
async fn nobody_is_asked_offline_or_at_depth_quick_but_a_file_counts() {
    let mut scene = Scene::new().await;
    let (target, options) = scene.serve(None).await;
    let offline = Options { offline: true, ..options.clone() };
    let quick = Options { depth: Depth::Quick, ..options };
    for (options, word) in [(&offline, "--offline"), (&quick, "depth quick")] {
        let seen = look_at(target.clone(), options).await;
        assert!(open(&seen, "cert-revoked")[0].contains(word));
        assert_eq!(scene.web.asked(), Vec::<String>::new());
        let given = Options { crls: vec![scene.list(7)], ..options.clone() };
        let seen = look_at(target.clone(), &given).await;
        assert_eq!(findings(&seen), ["error cert-revoked"]);
        assert_eq!(only(&seen).statuses[0].origin, StatusOrigin::File);
    }
}

/// Keeps documents for as long as the test lasts.
#[derive(Debug, Default)]
struct Memory(Mutex<HashMap<String, Vec<u8>>>);

impl Keeps for Memory {
    fn load(&self, key: &str, _: Timestamp) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }

    fn keep(&self, key: &str, document: &[u8], until: Timestamp) {
        assert!(until > Timestamp::now());
        self.0.lock().unwrap().insert(key.to_owned(), document.to_vec());
    }
}

#[tokio::test]
async fn what_an_earlier_run_kept_is_not_fetched_again() {
    let mut scene = Scene::new().await;
    scene.web.put("GET /list", scene.list(8));
    scene.web.put("GET /ocsp", scene.good());
    let memory = Arc::new(Memory::default());
    let (target, options) = scene.serve(None).await;
    let options = Options { cache: Some(Arc::clone(&memory) as Arc<dyn Keeps>), ..options };
    look_at(target.clone(), &options).await;
    assert_eq!(scene.web.asked().len(), 2);
    let seen = look_at(target.clone(), &options).await;
    assert_eq!(scene.web.asked(), Vec::<String>::new());
    assert!(only(&seen).statuses.iter().all(|status| status.origin == StatusOrigin::Cache));
    assert_eq!(findings(&seen), Vec::<String>::new());
    // What was damaged since is fetched again, and replaced.
    memory.0.lock().unwrap().values_mut().for_each(|document| document[40] ^= 1);
    look_at(target.clone(), &options).await;
    assert_eq!(scene.web.asked().len(), 2);
    look_at(target, &options).await;
    assert_eq!(scene.web.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn what_anybody_could_have_forged_is_not_kept() {
    let mut scene = Scene::new().await;
    let forged = List {
        this_update: ago(12),
        next_update: Some(ago(-10_000)),
        entries: entry(&[7], ago(30), &[]),
        extensions: Vec::new(),
    };
    scene.web.put("GET /list", forged.sign(&root("Root")));
    scene.web.put("GET /ocsp", scene.good());
    let memory = Arc::new(Memory::default());
    let (target, options) = scene.serve(None).await;
    let options = Options { cache: Some(Arc::clone(&memory) as Arc<dyn Keeps>), ..options };
    let seen = look_at(target, &options).await;
    assert_eq!(findings(&seen), ["note cert-revocation-unreachable"]);
    let keys: Vec<String> = memory.0.lock().unwrap().keys().cloned().collect();
    assert!(keys.len() == 1 && keys[0].starts_with("ocsp "), "{keys:?}");
}
