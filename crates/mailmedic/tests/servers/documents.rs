//! Profiles for Apple's devices as Python's `plistlib` and OpenSSL read them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use jiff::Timestamp;
use mailmedic::endpoint::Protocol;
use mailmedic::generate::srv::Server;
use mailmedic::keyfile::{Form, PrivateKey};
use mailmedic::name::Name;
use mailmedic::provision::cms::Signer;
use mailmedic::provision::{Address, Service, apple};
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;

fn profile() -> String {
    let server = |protocol, text| Server::parse(protocol, text).unwrap();
    let servers = vec![
        server(Protocol::Imap, "imap.example.org"),
        server(Protocol::Submission, "smtp.example.org:587"),
    ];
    let service = Service::new("Bücher & <Söhne>", servers).unwrap();
    let address = Address::new("ann@example.org").unwrap();
    apple::document(&Name::new("example.org").unwrap(), &service, Some(&address))
}

fn ended(command: &mut Command) -> Output {
    let output = command.output().expect("the command is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Reads a property list with other people's code.
fn read(file: &Path) -> Value {
    let python = std::env::var_os("MAILMEDIC_PYTHON").unwrap_or("python3".into());
    let script = "import json, plistlib, sys\nprint(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
    let output = ended(Command::new(python).args(["-c", script]).arg(file));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn profiles_are_property_lists() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mobileconfig");
    fs::write(&file, profile()).unwrap();
    let profile = read(&file);
    assert_eq!(profile["PayloadType"], "Configuration");
    assert_eq!(profile["PayloadDisplayName"], "Bücher & <Söhne>");
    let account = &profile["PayloadContent"][0];
    assert_eq!(account["PayloadType"], "com.apple.mail.managed");
    assert_eq!(account["IncomingMailServerPortNumber"], 993);
    assert_eq!(account["OutgoingMailServerPortNumber"], 587);
    assert_eq!(account["OutgoingMailServerUseSSL"], true);
    assert_eq!(account["IncomingMailServerUsername"], "ann@example.org");
}

#[test]
fn openssl_verifies_what_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for algorithm in [&rcgen::PKCS_RSA_SHA256, &rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384]
    {
        let pair = KeyPair::generate_for(algorithm).unwrap();
        let certificate =
            CertificateParams::new(["example.org".to_owned()]).unwrap().self_signed(&pair).unwrap();
        let key = PrivateKey::read(Form::Pkcs8, pair.serialized_der()).unwrap();
        let signer = Signer::new(key, vec![certificate.der().to_vec()]).unwrap();
        let mut signed = signer.sign(profile().as_bytes(), Timestamp::now()).unwrap();
        fs::write(path("signer.pem"), certificate.pem()).unwrap();
        let verify = || {
            let mut command = Command::new("openssl");
            command.args(["cms", "-verify", "-inform", "DER", "-purpose", "any", "-in"]).arg(path("signed"));
            command.arg("-CAfile").arg(path("signer.pem")).arg("-out").arg(path("content"));
            command.output().expect("openssl is there")
        };
        fs::write(path("signed"), &signed).unwrap();
        let output = verify();
        assert!(output.status.success(), "{algorithm:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(fs::read_to_string(path("content")).unwrap(), profile());

        let at = signed.windows(9).position(|bytes| bytes == b"com.apple").unwrap();
        signed[at] = b'x';
        fs::write(path("signed"), &signed).unwrap();
        assert!(!verify().status.success(), "{algorithm:?}: what was changed is taken");
    }
}
