//! Lists and responses that OpenSSL makes, and what it says of them, as a second opinion to ours.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use mailmedic::certificate::Certificate;
use mailmedic::diagnosis::{Flaw, Says};
use mailmedic::fetch::{Bounds, Fetcher, FetcherOptions, Question};
use mailmedic::name::Name;
use mailmedic::observation::{FetchOutcome, FetchPurpose};
use mailmedic::reach::{Addresses, Reached};
use mailmedic::revocation::{get_url, list_says, request, response_says};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use tempfile::TempDir;

/// An issuer with a good certificate, a revoked one, and responders, all as files.
struct Office {
    folder: TempDir,
    root: Certificate,
    good: Certificate,
    revoked: Certificate,
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keep = |name: &str, pem: String| fs::write(folder.path().join(name), pem).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Office");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        keep("root.pem", root.pem());
        keep("root.key", root.key().serialize_pem());
        let sign = |name: &str, serial: u8, usage: ExtendedKeyUsagePurpose| {
            let mut params = CertificateParams::new([format!("{name}.example.org")]).unwrap();
            params.serial_number = Some(vec![serial].into());
            params.extended_key_usages = vec![usage];
            let key = KeyPair::generate().unwrap();
            let certificate = params.signed_by(&key, &root).unwrap();
            keep(&format!("{name}.pem"), certificate.pem());
            keep(&format!("{name}.key"), key.serialize_pem());
            Certificate::read(certificate.der())
        };
        let good = sign("good", 7, ExtendedKeyUsagePurpose::ServerAuth);
        let revoked = sign("revoked", 8, ExtendedKeyUsagePurpose::ServerAuth);
        sign("responder", 9, ExtendedKeyUsagePurpose::OcspSigning);
        let index = "V\t360101000000Z\t\t07\tunknown\t/CN=good\nR\t360101000000Z\t261101000000Z,keyCompromise\t08\tunknown\t/CN=revoked\n";
        keep("index.txt", index.to_owned());
        keep("number", "01\n".to_owned());
        let setup = "[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=7\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n";
        keep("setup", setup.to_owned());
        Self { root: Certificate::read(root.der()), good, revoked, folder }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("openssl");
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn openssl(&self, words: &[&str]) -> String {
        let output = self.command(words).output().expect("openssl is there");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    /// Lets OpenSSL answer our question, signed by this party, and tells what it says of its own answer.
    fn answer(&self, about: &Certificate, name: &str, by: &str, more: &[&str]) -> (Vec<u8>, String) {
        let path = |name: &str| Path::new(self.folder.path()).join(name);
        fs::write(path("question"), request(about, &self.root).unwrap()).unwrap();
        let (signer, key) = (format!("{by}.pem"), format!("{by}.key"));
        let words = [
            "ocsp",
            "-index",
            "index.txt",
            "-CA",
            "root.pem",
            "-rsigner",
            &signer,
            "-rkey",
            &key,
            "-reqin",
            "question",
            "-respout",
            "answer",
            "-ndays",
            "1",
        ];
        self.openssl(&[&words, more].concat());
        let certificate = format!("{name}.pem");
        let words = [
            "ocsp",
            "-respin",
            "answer",
            "-issuer",
            "root.pem",
            "-cert",
            &certificate,
            "-CAfile",
            "root.pem",
        ];
        (self.file("answer"), self.openssl(&words))
    }
}

#[test]
fn responses_are_read_as_openssl_reads_them() {
    let office = Office::new();
    for by in ["root", "responder"] {
        for more in [&[][..], &["-resp_key_id"]] {
            let (answer, told) = office.answer(&office.good, "good", by, more);
            let says = response_says(&answer, &office.good, &office.root, Timestamp::now());
            assert!(told.contains("verify OK") && told.contains("good.pem: good"), "{told}");
            assert!(matches!(says, Says::Good { until: Some(_) }), "{by}: {says:?}");
            let (answer, told) = office.answer(&office.revoked, "revoked", by, more);
            let says = response_says(&answer, &office.revoked, &office.root, Timestamp::now());
            assert!(told.contains("verify OK") && told.contains("revoked.pem: revoked"), "{told}");
            assert!(matches!(says, Says::Revoked { reason: Some(1), .. }), "{by}: {says:?}");
        }
    }
    // Signed by a certificate that is not for that.
    let (answer, told) = office.answer(&office.good, "good", "revoked", &[]);
    let says = response_says(&answer, &office.good, &office.root, Timestamp::now());
    assert!(told.contains("Response Verify Failure"), "{told}");
    assert!(matches!(says, Says::Flawed(Flaw::Unauthorised(_))), "{says:?}");
    // One bit of the signature is another.
    let (mut answer, _) = office.answer(&office.good, "good", "root", &["-resp_no_certs"]);
    *answer.last_mut().unwrap() ^= 1;
    fs::write(office.folder.path().join("answer"), &answer).unwrap();
    let told = office.openssl(&[
        "ocsp", "-respin", "answer", "-issuer", "root.pem", "-cert", "good.pem", "-CAfile", "root.pem",
    ]);
    assert!(told.contains("Response Verify Failure"), "{told}");
    let says = response_says(&answer, &office.good, &office.root, Timestamp::now());
    assert_eq!(says, Says::Flawed(Flaw::SignatureWrong));
    // About another certificate.
    let (answer, _) = office.answer(&office.good, "revoked", "root", &[]);
    let says = response_says(&answer, &office.revoked, &office.root, Timestamp::now());
    assert_eq!(says, Says::Flawed(Flaw::OtherCertificate));
}

#[test]
fn lists_are_read_as_openssl_reads_them() {
    let office = Office::new();
    let words = [
        "ca", "-config", "setup", "-gencrl", "-keyfile", "root.key", "-cert", "root.pem", "-out", "list.pem",
    ];
    let told = office.openssl(&words);
    office.openssl(&["crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der"]);
    let list = office.file("list.der");
    for (certificate, name, error) in
        [(&office.good, "good.pem", ": OK"), (&office.revoked, "revoked.pem", "error 23")]
    {
        let verified =
            office.openssl(&["verify", "-crl_check", "-CAfile", "root.pem", "-CRLfile", "list.pem", name]);
        assert!(verified.contains(error), "{told} {verified}");
        let says = list_says(&list, certificate, &office.root, Timestamp::now());
        match name {
            "good.pem" => assert!(matches!(says, Says::Good { until: Some(_) }), "{says:?}"),
            _ => assert!(matches!(says, Says::Revoked { reason: Some(1), .. }), "{says:?}"),
        }
    }
}

/// Looks nothing up: the URLs here have addresses.
struct Nothing;

impl Addresses for Nothing {
    fn addresses<'a>(&'a self, _: &'a Name) -> Reached<'a, Result<Vec<IpAddr>, String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// A responder that runs; it ends with this value.
struct Responder(Child);

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_real_responder_takes_our_questions() {
    let office = Office::new();
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port().to_string();
    let words = [
        "ocsp",
        "-index",
        "index.txt",
        "-CA",
        "root.pem",
        "-rsigner",
        "responder.pem",
        "-rkey",
        "responder.key",
        "-port",
        &port,
        "-ndays",
        "1",
    ];
    let mut child = office.command(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // It says "ACCEPT" once it listens.
    let mut line = String::new();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    while told.read_line(&mut line).unwrap() > 0 && !line.contains("ACCEPT") {}
    let _responder = Responder(child);
    let options = FetcherOptions {
        public_roots: false,
        roots: Vec::new(),
        connect_to: Vec::new(),
        inside: true,
        timeout: Duration::from_secs(20),
    };
    let fetcher = Fetcher::new(Arc::new(Nothing), options);
    let bounds = Bounds::of(FetchPurpose::Ocsp);
    let url = format!("http://127.0.0.1:{port}");
    for certificate in [&office.good, &office.revoked] {
        let body = request(certificate, &office.root).unwrap();
        let got = fetcher.get(&get_url(&url, &body).unwrap(), bounds).await;
        let posted =
            fetcher.post(&url, bounds, Question { media_type: "application/ocsp-request", body }).await;
        for outcome in [got, posted] {
            let FetchOutcome::Found(answer) = outcome else { panic!("{outcome:?}") };
            let says = response_says(&answer.0, certificate, &office.root, Timestamp::now());
            let is_good = certificate.serial == "07";
            assert_eq!(matches!(says, Says::Good { .. }), is_good, "{says:?}");
            assert_eq!(matches!(says, Says::Revoked { .. }), !is_good, "{says:?}");
        }
    }
}
