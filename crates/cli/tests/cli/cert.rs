//! Certificates and keys in files; those of openssl are read in `tests/servers`.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, CustomExtension,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevocationReason, RevokedCertParams,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::{Run, run};

/// A root, an intermediate below it, a leaf below that one, and a stranger, in a folder.
struct Pki {
    folder: tempfile::TempDir,
    leaf_key: KeyPair,
    leaf: CertificateDer<'static>,
    intermediate: CertificateDer<'static>,
}

impl Pki {
    fn new() -> Self {
        let root =
            CertifiedIssuer::self_signed(authority("Test Root"), KeyPair::generate().unwrap()).unwrap();
        let below = authority("Test Intermediate");
        let intermediate = CertifiedIssuer::signed_by(below, KeyPair::generate().unwrap(), &root).unwrap();
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = leaf("mail.example.org").signed_by(&leaf_key, &intermediate).unwrap();
        let other_key = KeyPair::generate().unwrap();
        let other = self::leaf("other.example.org").self_signed(&other_key).unwrap();
        let revoked = RevokedCertParams {
            serial_number: SERIAL.into(),
            revocation_time: rcgen::date_time_ymd(2026, 11, 10),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2026, 11, 20),
            next_update: rcgen::date_time_ymd(2026, 11, 27),
            crl_number: 1_u64.into(),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&intermediate).unwrap();
        let pki = Self {
            folder: tempfile::tempdir().unwrap(),
            leaf_key,
            leaf: leaf.der().clone(),
            intermediate: intermediate.der().clone(),
        };
        let [leaf, intermediate, root] = [leaf.pem(), intermediate.pem(), root.pem()];
        pki.write("list.pem", &list.pem().unwrap());
        pki.write("leaf.pem", &leaf);
        pki.write("full.pem", &format!("{leaf}{intermediate}"));
        pki.write("mixed.pem", &format!("{intermediate}words between\n{root}{leaf}"));
        pki.write("rest.pem", &format!("{root}{intermediate}"));
        pki.write("root.pem", &root);
        pki.write("e1.pem", &intermediate);
        for name in ["leaf.key", "mail.key"] {
            pki.write(name, &pki.leaf_key.serialize_pem());
        }
        pki.write("cert.pem", &leaf);
        pki.write("intermediate.pem", &intermediate);
        pki.write("other.key", &other_key.serialize_pem());
        pki.write("other.pem", &other.pem());
        pki
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Runs `mailmedic cert` in the folder, without a network and with the root alone.
    fn cert(&self, words: &[&str]) -> Run {
        let mut command = super::mailmedic(&["cert"]);
        command.current_dir(self.folder.path()).args(words).output().unwrap().into()
    }

    fn trusting(&self, words: &[&str]) -> Run {
        self.cert(&[words, &["--offline", "--only-ca-file", "--ca-file", "root.pem"]].concat())
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = rcgen::date_time_ymd(2026, 11, 1);
    params.not_after = rcgen::date_time_ymd(2027, 1, 30);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_after = rcgen::date_time_ymd(2034, 1, 1);
    params
}

/// A leaf that says where its issuer's certificate is.
fn leaf(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.serial_number = (name == "mail.example.org").then(|| SERIAL.into());
    params.subject_alt_names = CertificateParams::new([name.to_owned()]).unwrap().subject_alt_names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let url = b"http://issuer.example/e1.der";
    let method = [6, 8, 0x2B, 6, 1, 5, 5, 7, 48, 2];
    let length = |length: usize| u8::try_from(length).unwrap();
    let location = [&[0x86, length(url.len())][..], url].concat();
    let description = [&method[..], &location].concat();
    let description = [&[0x30, length(description.len())][..], &description].concat();
    let access = [&[0x30, length(description.len())][..], &description].concat();
    let oid = [1, 3, 6, 1, 5, 5, 7, 1, 1];
    params.custom_extensions = vec![CustomExtension::from_oid_content(&oid, access)];
    params
}

/// The serial number of the leaf, which the list of the intermediate holds.
const SERIAL: u64 = 0x77;

const NOW: [&str; 2] = ["--now", "2026-11-21T12:00:00Z"];

/// Serves one body over HTTP to whoever asks, until the test ends.
fn web(body: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 2048]);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    port
}

/// Serves IMAP in TLS with the leaf alone, until the test ends.
fn imaps(pki: &Pki) -> u16 {
    let key = PrivatePkcs8KeyDer::from(pki.leaf_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pki.leaf.clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let config = Arc::clone(&config);
            std::thread::spawn(move || {
                let Ok(mut tls) = rustls::ServerConnection::new(config) else { return };
                let mut tls = rustls::Stream::new(&mut tls, &mut stream);
                let _ = tls.write_all(b"* OK ready\r\n");
                let _ = tls.read(&mut [0; 512]);
            });
        }
    });
    port
}

#[test]
fn a_file_is_shown_as_a_tree_whatever_its_order() {
    let pki = Pki::new();
    let shown = pki.trusting(&["show", "mixed.pem", NOW[0], NOW[1]]);
    assert_eq!((shown.code, shown.stderr.as_str()), (Some(0), ""));
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert_eq!(lines[0], "mixed.pem: leads to \"CN=Test Root\", a root of --ca-file");
    assert_eq!(lines[2], "3  CN=mail.example.org");
    assert_eq!(lines[4], "    valid   2026-11-01 to 2027-01-30 00:00 UTC, 69 days left");
    let order: Vec<&str> = lines.iter().copied().filter(|line| !line.starts_with("    ")).collect();
    assert_eq!(
        order[3..],
        [
            "  signed by (ecdsa-with-SHA256)",
            "1  CN=Test Intermediate",
            "  signed by (ecdsa-with-SHA256)",
            "2  CN=Test Root",
            "  signed by itself",
        ]
    );
    let json = pki.trusting(&["show", "mixed.pem", "--format", "json", NOW[0], NOW[1]]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["schema"], &json["now"]), (&"mailmedic.certificates/1".into(), &NOW[1].into()));
    let chain = &json["chains"][0];
    assert_eq!((&chain["trusted"], &chain["store"]), (&true.into(), &"--ca-file".into()));
    let leaf = &chain["certificates"][0];
    assert_eq!((&leaf["position"], &leaf["days_left"]), (&3.into(), &69.into()));
    assert_eq!((&leaf["signature"], &leaf["usages"][1]), (&"verified".into(), &"TLS servers".into()));
}

#[test]
fn the_tree_shows_where_a_chain_breaks() {
    let pki = Pki::new();
    let shown = pki.trusting(&["show", "leaf.pem"]).stdout;
    assert!(shown.contains("\n  BROKEN its issuer is not here: CN=Test Intermediate\n"), "{shown}");
    let mut forged = pki.leaf.to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let pem =
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(forged));
    pki.write("forged.pem", &format!("{pem}{}", pki.read("rest.pem")));
    let shown = pki.trusting(&["show", "forged.pem"]).stdout;
    assert!(shown.contains("\n  BROKEN its signature is not of the issuer that it names\n"), "{shown}");
    assert!(shown.starts_with("forged.pem: breaks: \"CN=mail.example.org\" was not signed by"), "{shown}");
    let own = pki.trusting(&["show", "other.pem"]).stdout;
    assert!(own.contains("signed itself; nobody else vouches for it"), "{own}");
}

#[test]
fn a_server_is_shown_as_a_file_is() {
    let pki = Pki::new();
    let target = format!("imaps://127.0.0.1:{}", imaps(&pki));
    let shown = pki.trusting(&["show", &target]);
    assert_eq!(shown.code, Some(0), "{}{}", shown.stdout, shown.stderr);
    assert!(shown.stdout.contains("\n1  CN=mail.example.org\n"), "{}", shown.stdout);
    assert!(
        shown.stdout.contains("\n  BROKEN its issuer is not here: CN=Test Intermediate\n"),
        "{}",
        shown.stdout
    );
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shown = pki.trusting(&["show", &format!("imaps://{closed}")]);
    assert_eq!((shown.code, shown.stdout.as_str()), (Some(3), "No certificate was shown.\n"));
    let neither = pki.cert(&["show", "no such file"]);
    assert_eq!(neither.code, Some(2));
    assert!(neither.stderr.contains("is neither a file that exists nor a target"), "{}", neither.stderr);
}

#[test]
fn a_list_of_revoked_certificates_counts_where_it_is_given() {
    let pki = Pki::new();
    let words = ["verify", "full.pem", "--host", "mail.example.org", NOW[0], NOW[1]];
    assert!(!pki.trusting(&words).stdout.contains("revoked on"));
    let told = pki.trusting(&[&words[..], &["--crl-file", "list.pem"]].concat());
    assert_eq!(told.code, Some(1), "{}", told.stdout);
    assert!(
        told.stdout.contains("cert-revoked") && told.stdout.contains("--crl-file list.pem"),
        "{}",
        told.stdout
    );
}

#[test]
fn a_file_is_verified_as_a_server_is() {
    let pki = Pki::new();
    let good = pki.trusting(&["verify", "full.pem", "--host", "mail.example.org", NOW[0], NOW[1]]);
    assert_eq!((good.code, good.stderr.as_str()), (Some(0), ""));
    assert!(good.stdout.starts_with("full.pem: good for mail.example.org\n"), "{}", good.stdout);
    let two = pki.trusting(&[
        "verify",
        "leaf.pem",
        "e1.pem",
        "root.pem",
        "--host",
        "mail.example.org",
        NOW[0],
        NOW[1],
    ]);
    assert!(
        two.stdout.starts_with("leaf.pem e1.pem root.pem: good for mail.example.org\n"),
        "{}",
        two.stdout
    );
    assert!(two.stdout.contains("\nNOTE   chain-root-included "), "{}", two.stdout);

    let late = ["--now", "2027-02-01T00:00:00Z"];
    let late = pki.trusting(&["verify", "full.pem", "--host", "imap.example.net", late[0], late[1]]);
    assert_eq!(late.code, Some(1));
    for part in [
        "full.pem: not good for imap.example.net: ",
        "\nERROR  cert-expired            full.pem\n",
        "\nERROR  cert-name-mismatch      full.pem\n",
        "\n  verify  mailmedic cert verify --host imap.example.net --ca-file root.pem --only-ca-file full.pem\n",
    ] {
        assert!(late.stdout.contains(part), "{part} is not in {}", late.stdout);
    }
    let words = ["verify", "leaf.pem", "--host", "mail.example.org", NOW[0], NOW[1]];
    for (more, code) in [(&[][..], 1), (&["--role", "mx"], 0), (&["--role", "mx", "--fail-on", "warning"], 1)]
    {
        let told = pki.trusting(&[&words, more].concat());
        assert_eq!(told.code, Some(code), "{more:?}: {}", told.stdout);
        assert!(told.stdout.contains("chain-incomplete"), "{}", told.stdout);
        let cure =
            "\n          mailmedic cert chain --output mail.example.org.fullchain.pem leaf.pem ISSUER.pem\n";
        assert!(told.stdout.contains(cure), "{}", told.stdout);
    }
    assert_eq!(pki.trusting(&[&words[..], &["--fail-on", "never"]].concat()).code, Some(0));
}

#[test]
fn the_wrong_order_is_told_and_cured() {
    let pki = Pki::new();
    let told = pki.trusting(&["verify", "mixed.pem", "--host", "mail.example.org", NOW[0], NOW[1]]);
    assert_eq!(told.code, Some(1));
    for part in [
        "\nERROR  chain-misordered        mixed.pem\n",
        "mailmedic cert chain --output mail.example.org.fullchain.pem mixed.pem\n",
    ] {
        assert!(told.stdout.contains(part), "{part} is not in {}", told.stdout);
    }
}

#[test]
fn the_report_of_a_file_has_its_certificates_at_its_top() {
    let pki = Pki::new();
    let words = ["verify", "full.pem", "--host", "mail.example.org", "--format", "json", NOW[0], NOW[1]];
    let json = pki.trusting(&words);
    assert_eq!(json.code, Some(0));
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/report-1.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let targets = report["targets"].as_array().unwrap();
    assert_eq!((targets.len(), &targets[0]["kind"]), (1, &"file".into()));
    let target = &targets[0];
    assert_eq!(target["certificates"].as_array().unwrap().len(), 2);
    assert_eq!(target["certificates"][0]["names"][0], "mail.example.org");
    assert_eq!((&target["connections"], &target["grade"]), (&1.into(), &serde_json::Value::Null));
    assert_eq!(target["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn what_verify_is_given_must_be_usable() {
    let pki = Pki::new();
    for (words, part) in [
        (&["leaf.key", "--host", "a.example"][..], "leaf.key: it holds no certificate, only a private key"),
        (&["missing.pem", "--host", "a.example"], "missing.pem: No such file"),
        (&["full.pem", "--host", "a..example"], "--host \"a..example\" is no name of a server: "),
        (&["full.pem"], "--host <NAME>"),
        (&["full.pem", "--host", "mail.example.org", "--peer", "nobody"], "of a peer \"nobody\" is known"),
    ] {
        let told = pki.trusting(&[&["verify"], words].concat());
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{words:?}");
        assert!(told.stderr.contains(part), "{part} is not in {}", told.stderr);
    }
}

#[test]
fn the_chain_is_built_from_files_in_any_order() {
    let pki = Pki::new();
    for files in [&["mixed.pem"][..], &["rest.pem", "leaf.pem"], &["leaf.key", "full.pem"]] {
        let built = pki.trusting(&[&["chain"], files].concat());
        assert_eq!((built.code, built.stdout), (Some(0), pki.read("full.pem")), "{}", built.stderr);
        assert!(
            built.stderr.contains("the chain is mail.example.org, then Test Intermediate\n"),
            "{}",
            built.stderr
        );
    }
    let built = pki.trusting(&["chain", "mixed.pem", "--output", "built.pem"]);
    assert_eq!((built.code, built.stdout.as_str()), (Some(0), ""));
    assert_eq!(pki.read("built.pem"), pki.read("full.pem"));
    assert!(built.stderr.contains("left out Test Root: a root, which clients have\n"), "{}", built.stderr);
}

#[test]
fn a_missing_intermediate_is_fetched_from_where_the_certificate_says() {
    let pki = Pki::new();
    let place = format!("issuer.example:80:127.0.0.1:{}", web(pki.intermediate.to_vec()));
    let words = ["chain", "leaf.pem", "--only-ca-file", "--ca-file", "root.pem", "--connect-to", &place];
    let built = pki.cert(&words);
    assert_eq!((built.code, built.stdout), (Some(0), pki.read("full.pem")), "{}", built.stderr);
    let added = "added Test Intermediate, fetched from http://issuer.example/e1.der\n";
    assert!(built.stderr.contains(added), "{}", built.stderr);
}

#[test]
fn a_missing_intermediate_is_taken_from_those_that_are_known() {
    let pki = Pki::new();
    fs::create_dir(pki.folder.path().join("known")).unwrap();
    for name in ["root.pem", "intermediate.pem", "other.pem", "leaf.key"] {
        fs::copy(pki.folder.path().join(name), pki.folder.path().join("known").join(name)).unwrap();
    }
    pki.write("known/README", "no certificate");
    for (known, from) in [("known", "known/intermediate.pem"), ("rest.pem", "rest.pem")] {
        let built = pki.trusting(&["chain", "leaf.pem", "--known", known]);
        assert_eq!((built.code, built.stdout), (Some(0), pki.read("full.pem")), "{}", built.stderr);
        let added = format!("added Test Intermediate, from {from}\n");
        assert!(built.stderr.contains(&added), "{}", built.stderr);
        assert!(!built.stderr.contains("left out"), "{}", built.stderr);
    }
    // What is given already is not taken again, and what belongs to others not at all.
    let built = pki.trusting(&["chain", "full.pem", "--known", "known"]);
    assert_eq!((built.code, built.stdout), (Some(0), pki.read("full.pem")), "{}", built.stderr);
    assert!(!built.stderr.contains("added"), "{}", built.stderr);
    let built = pki.trusting(&["chain", "leaf.pem", "--known", "other.pem"]);
    assert_eq!(built.code, Some(2), "{}", built.stderr);
    for (known, why) in [("leaf.key", "it holds no certificate"), ("nowhere", "No such file")] {
        let told = pki.trusting(&["chain", "leaf.pem", "--known", known]);
        assert_eq!(told.code, Some(2));
        assert!(told.stderr.contains(why), "{}", told.stderr);
    }
}

#[test]
fn where_no_chain_can_be_built_the_reason_is_told() {
    let pki = Pki::new();
    pki.write("two.pem", &format!("{}{}", pki.read("leaf.pem"), pki.read("other.pem")));
    for (words, part) in [
        (
            &["leaf.pem"][..],
            "the certificate \"CN=Test Intermediate\" is missing. The CA offers it for download",
        ),
        (&["two.pem"], "There are mail.example.org and other.example.org; give the files of one"),
        (&["leaf.key"], "there is no certificate in what was given"),
    ] {
        let told = pki.trusting(&[&["chain"], words].concat());
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{words:?}");
        assert!(told.stderr.contains(part), "{part} is not in {}", told.stderr);
    }
    let own = pki.trusting(&["chain", "other.pem"]);
    assert_eq!((own.code, own.stdout), (Some(0), pki.read("other.pem")));
    assert!(own.stderr.contains("it signed itself: there is nothing to add"), "{}", own.stderr);
}

#[test]
fn a_key_finds_its_certificate() {
    let pki = Pki::new();
    let found = pki.cert(&["match", "leaf.key", "mixed.pem"]);
    assert_eq!((found.code, found.stderr.as_str()), (Some(0), ""));
    let told = "leaf.key: EC secp256r1\n  no match   mixed.pem: Test Intermediate, until 2034-01-01\n  no match   mixed.pem: \
                Test Root, until 2034-01-01\n  match      mixed.pem: mail.example.org, until 2027-01-30\n";
    assert_eq!(found.stdout, told);
    assert_eq!(pki.cert(&["match", "other.key", "full.pem"]).code, Some(1));
    pki.write("both.pem", &format!("{}{}", pki.read("other.key"), pki.read("other.pem")));
    assert_eq!(pki.cert(&["match", "both.pem"]).code, Some(0));
    for (words, part) in [
        (&["full.pem", "leaf.key"][..], "full.pem: it holds no private key that can be used"),
        (&["leaf.key"], "leaf.key: it holds no certificate beside the key"),
        (&["leaf.key", "leaf.key"], "leaf.key: it holds no certificate, only a private key"),
    ] {
        let told = pki.cert(&[&["match"], words].concat());
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{words:?}");
        assert!(told.stderr.contains(part), "{part} is not in {}", told.stderr);
    }
}

#[test]
fn a_request_has_all_names_and_its_key_is_nobody_elses() {
    let pki = Pki::new();
    let words = ["csr", "--name", "mail.example.org", "--name", "IMAP.example.org", "--key", "new.key"];
    let made = pki.cert(&words);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let body: String = made.stdout.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).unwrap();
    for name in ["mail.example.org", "imap.example.org"] {
        assert!(der.windows(name.len()).any(|part| part == name.as_bytes()), "{name}");
    }
    let key = pki.folder.path().join("new.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let first = fs::read_to_string(&key).unwrap();
    assert!(!made.stderr.contains("PRIVATE") && !made.stdout.contains("PRIVATE"));

    let again = pki.cert(&words);
    assert_eq!((again.code, again.stdout.as_str()), (Some(2), ""));
    assert!(again.stderr.contains("new.key: it is there already"), "{}", again.stderr);
    let existing = pki.cert(&[&words[..], &["--existing-key"]].concat());
    assert_eq!(existing.code, Some(0), "{}", existing.stderr);
    assert_eq!(fs::read_to_string(&key).unwrap(), first);
    let forced = pki.cert(&[&words[..], &["--force", "--key-type", "rsa2048"]].concat());
    assert_eq!(forced.code, Some(0), "{}", forced.stderr);
    assert_ne!(fs::read_to_string(&key).unwrap(), first);
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let odd = pki.cert(&["csr", "--name", "a b", "--key", "odd.key"]);
    assert_eq!((odd.code, odd.stdout.as_str()), (Some(2), ""));
    assert!(!pki.folder.path().join("odd.key").exists());
}

#[test]
fn a_request_takes_the_names_of_the_certificate_in_use() {
    let pki = Pki::new();
    let port = imaps(&pki);
    let target = format!("imaps://mail.example.org:{port}");
    let place = format!("mail.example.org:{port}:127.0.0.1:{port}");
    let words = ["csr", &target, "--key", "new.key", "--offline", "--connect-to", &place];
    let made = pki.cert(&words);
    assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
    assert!(made.stderr.contains("mailmedic: mail.example.org (it was named)\n"), "{}", made.stderr);
}

#[test]
fn a_peer_can_decide_alone() {
    let pki = Pki::new();
    let words = ["verify", "full.pem", "--host", "mail.example.org", "--format", "json"];
    let told = |more: &[&str]| {
        let told = pki.trusting(&[&words, more].concat());
        let report: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
        (told.code, report["targets"][0]["verdicts"].clone())
    };
    let (code, all) = told(&NOW);
    assert_eq!(code, Some(0));
    let all = all.as_array().unwrap();
    assert!(all.len() > 5 && all.iter().all(|verdict| verdict["verdict"] != "reject"), "{all:?}");
    let accepted = |peer: &str| all.iter().any(|one| one["peer"] == peer && one["verdict"] == "accept");
    assert!(accepted("rustls") && accepted("openssl-level-2"), "{all:?}");

    let late = ["--now", "2027-02-01T00:00:00Z", "--ignore", "cert-expired", "--peer"];
    let (code, one) = told(&[&late[..], &["rustls"]].concat());
    assert_eq!((code, one.as_array().unwrap().len()), (Some(1), 1));
    assert_eq!((&one[0]["peer"], &one[0]["verdict"]), (&"rustls".into(), &"reject".into()));
    assert_eq!(told(&[&late[..], &["rustls", "--fail-on", "never"]].concat()).0, Some(0));
    let near = pki.trusting(&[&words[..], &["--peer", "thunderbrid"]].concat());
    assert_eq!(near.code, Some(2));
    assert!(near.stderr.contains("did you mean thunderbird"), "{}", near.stderr);
}

/// The commands of `docs/certificates.md` print what it shows; serial numbers and fingerprints differ from run to run.
#[test]
fn the_guide_shows_what_is_printed() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/certificates.md");
    let guide = fs::read_to_string(guide).unwrap();
    let pki = Pki::new();
    let mut blocks = 0;
    for block in guide.split("```text\n").skip(1) {
        let shown = block.split("```").next().unwrap();
        let (command, shown) = shown.split_once('\n').unwrap();
        let mut words: Vec<&str> = command.strip_prefix("$ mailmedic cert ").unwrap().split(' ').collect();
        match words[0] {
            "show" | "verify" => words.extend([NOW[0], NOW[1], "--offline"]),
            "chain" => words.push("--offline"),
            _ => {}
        }
        let told = pki.cert(&words);
        let masked = |line: &str| match line.split_at_checked(12) {
            Some((label @ ("    serial  " | "    sha256  "), _)) => format!("{label}…\n"),
            _ => format!("{line}\n"),
        };
        let printed: String = told.stdout.lines().chain(told.stderr.lines()).map(masked).collect();
        assert_eq!(printed.trim_end(), shown.trim_end(), "{command}");
        blocks += 1;
    }
    assert_eq!(blocks, 5);
}

#[test]
fn help_is_there_for_every_verb() {
    for verb in ["show", "verify", "chain", "match", "csr"] {
        let help = run(&["cert", verb, "--help"]);
        assert_eq!(help.code, Some(0));
        assert!(help.stdout.contains("Examples:\n"), "{}", help.stdout);
    }
}
