//! Files as openssl writes them are read right, and openssl reads what is written here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `openssl` in a folder.
fn openssl(folder: &Path, words: &[&str]) -> Output {
    let output = Command::new("openssl").args(words).current_dir(folder).output().expect("openssl starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn mailmedic(folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
    let output = command.env_clear().arg("cert").args(words).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Makes a key of a kind and a certificate for it, and another certificate.
fn identity(folder: &Path, kind: &[&str]) {
    let make = |key: &str, certificate: &str| {
        let words = ["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=mail.example.org"];
        openssl(folder, &[&words[..], kind, &["-keyout", key, "-out", certificate]].concat());
    };
    make("other.key", "other.pem");
    make("key.pem", "cert.pem");
    fs::write(folder.join("password"), "secret word\n").unwrap();
    fs::write(folder.join("wrong"), "secret\n").unwrap();
}

#[test]
fn keys_and_containers_of_openssl_are_opened() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let pass = ["-passout", "file:password"];
    for kind in [
        &["-newkey", "rsa:2048"][..],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        &["-newkey", "ed25519"],
    ] {
        identity(folder, kind);
        let container =
            ["pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-certfile", "other.pem"];
        let locked = ["pkcs8", "-topk8", "-in", "key.pem", "-out", "locked"];
        let mut ways: Vec<Vec<&str>> = vec![
            [&container[..], &["-out", "locked"], &pass].concat(),
            [&container[..], &["-out", "locked", "-legacy"], &pass].concat(),
            [&container[..], &["-out", "locked", "-keypbe", "AES-128-CBC", "-certpbe", "NONE"], &pass]
                .concat(),
            [&container[..], &["-out", "locked", "-keypbe", "PBE-SHA1-2DES", "-legacy"], &pass].concat(),
            [&container[..], &["-out", "locked", "-certpbe", "PBE-SHA1-RC2-128", "-legacy"], &pass].concat(),
            [&container[..], &["-out", "locked", "-macalg", "sha512"], &pass].concat(),
            [&container[..], &["-out", "locked", "-nomac"], &pass].concat(),
            [&locked[..], &pass].concat(),
            [&locked[..], &["-v2", "des3", "-v2prf", "hmacWithSHA1"], &pass].concat(),
            [&locked[..], &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"], &pass].concat(),
            [&locked[..], &["-v1", "PBE-SHA1-3DES"], &pass].concat(),
            [&locked[..], &["-outform", "DER"], &pass].concat(),
        ];
        if kind != ["-newkey", "ed25519"] {
            // In this form the library of openssl 3.0 knows no Ed25519 keys.
            ways.push(vec!["pkey", "-in", "key.pem", "-traditional", "-out", "locked"]);
        }
        ways.push(vec!["pkey", "-in", "key.pem", "-outform", "DER", "-out", "locked"]);
        for way in ways {
            openssl(folder, &way);
            let words = ["match", "locked", "other.pem", "cert.pem", "--password-file", "password"];
            let (code, told, why) = mailmedic(folder, &words);
            assert_eq!((code, why.as_str()), (Some(0), ""), "{way:?}");
            let found: Vec<&str> = told.lines().skip(1).map(|line| line[..12].trim()).collect();
            assert_eq!(found, ["no match", "match"], "{way:?}");
            if way.contains(&"file:password") {
                let (code, _, why) =
                    mailmedic(folder, &["match", "locked", "cert.pem", "--password-file", "wrong"]);
                assert_eq!((code, why.as_str()), (Some(2), "mailmedic: locked: the password is wrong\n"));
            }
        }
        let none = [&container[..], &["-out", "open.p12", "-passout", "pass:"]].concat();
        openssl(folder, &none);
        assert_eq!(mailmedic(folder, &["match", "open.p12", "cert.pem"]).0, Some(0));
    }
}

#[test]
fn certificates_of_every_wrapping_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    identity(folder, &["-newkey", "rsa:2048"]);
    openssl(folder, &["x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der"]);
    openssl(
        folder,
        &["x509", "-in", "cert.pem", "-addtrust", "serverAuth", "-trustout", "-out", "trusted.pem"],
    );
    openssl(folder, &["crl2pkcs7", "-nocrl", "-certfile", "cert.pem", "-out", "cert.p7b"]);
    openssl(folder, &["crl2pkcs7", "-nocrl", "-certfile", "cert.pem", "-outform", "DER", "-out", "der.p7b"]);
    let export = ["pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-passout", "pass:"];
    openssl(folder, &[&export[..], &["-out", "cert.p12"]].concat());
    let print = openssl(folder, &["x509", "-in", "cert.pem", "-noout", "-fingerprint", "-sha256"]).stdout;
    let print = String::from_utf8(print).unwrap().trim().rsplit('=').next().unwrap().to_owned();
    let print = print.replace(':', "").to_lowercase();
    for file in ["cert.pem", "cert.der", "trusted.pem", "cert.p7b", "der.p7b", "cert.p12"] {
        let (code, told, why) = mailmedic(folder, &["show", file, "--offline"]);
        assert_eq!((code, why.as_str()), (Some(0), ""), "{file}");
        assert_eq!(told.matches(&format!("    sha256  {print}\n")).count(), 1, "{file}: {told}");
    }
}

#[test]
fn openssl_takes_requests_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (kind, shown) in
        [("p256", "prime256v1"), ("p384", "secp384r1"), ("rsa2048", "(2048 bit)"), ("rsa3072", "(3072 bit)")]
    {
        let words = ["csr", "--name", "mail.example.org", "--name", "*.example.net", "--key-type", kind];
        let files = ["--key", "new.key", "--output", "new.csr", "--force"];
        let (code, _, why) = mailmedic(folder, &[&words[..], &files].concat());
        assert_eq!(code, Some(0), "{why}");
        let told = openssl(folder, &["req", "-in", "new.csr", "-verify", "-noout", "-text"]);
        let text = String::from_utf8(told.stdout).unwrap();
        assert!(String::from_utf8(told.stderr).unwrap().contains("verify OK"));
        assert!(text.contains("DNS:mail.example.org, DNS:*.example.net") && text.contains(shown), "{text}");
        let public = |words: &[&str]| openssl(folder, words).stdout;
        let of_key = public(&["pkey", "-in", "new.key", "-pubout"]);
        assert_eq!(of_key, public(&["req", "-in", "new.csr", "-noout", "-pubkey"]));
    }
    // A key that openssl has locked.
    openssl(folder, &["genpkey", "-algorithm", "RSA", "-out", "plain.key"]);
    fs::write(folder.join("password"), "secret\n").unwrap();
    let lock = ["pkcs8", "-topk8", "-in", "plain.key", "-out", "locked.key", "-passout", "file:password"];
    openssl(folder, &lock);
    let words =
        ["csr", "--name", "mail.example.org", "--key", "locked.key", "--existing-key", "--password-file"];
    let (code, request, why) = mailmedic(folder, &[&words[..], &["password"]].concat());
    assert_eq!(code, Some(0), "{why}");
    fs::write(folder.join("locked.csr"), request).unwrap();
    openssl(folder, &["req", "-in", "locked.csr", "-verify", "-noout"]);
}

#[test]
fn openssl_follows_the_chains_that_are_built() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let authority =
        ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"];
    let root = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "30", "-subj", "/CN=Root"];
    openssl(folder, &[&root[..], &authority, &["-keyout", "root.key", "-out", "root.pem"]].concat());
    fs::write(folder.join("ca.ext"), "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
        .unwrap();
    fs::write(folder.join("leaf.ext"), "subjectAltName=DNS:mail.example.org\n").unwrap();
    for (name, above, extension) in
        [("one", "root", "ca.ext"), ("two", "one", "ca.ext"), ("leaf", "two", "leaf.ext")]
    {
        let file = |ending: &str| format!("{name}.{ending}");
        let (key, request, certificate) = (file("key"), file("csr"), file("pem"));
        let subject = format!("/CN={name}");
        let words =
            ["req", "-nodes", "-newkey", "rsa:2048", "-subj", &subject, "-keyout", &key, "-out", &request];
        openssl(folder, &words);
        let (issuer, issuer_key) = (format!("{above}.pem"), format!("{above}.key"));
        let words = ["x509", "-req", "-in", &request, "-CA", &issuer, "-CAkey", &issuer_key, "-days", "20"];
        openssl(folder, &[&words[..], &["-extfile", extension, "-out", &certificate]].concat());
    }
    let words = ["chain", "one.pem", "leaf.pem", "root.pem", "two.pem", "--offline", "--output", "full.pem"];
    let (code, _, why) = mailmedic(folder, &words);
    assert_eq!(code, Some(0), "{why}");
    openssl(folder, &["crl2pkcs7", "-nocrl", "-certfile", "full.pem", "-out", "full.p7b"]);
    let names = openssl(folder, &["pkcs7", "-in", "full.p7b", "-print_certs", "-noout"]).stdout;
    let names = String::from_utf8(names).unwrap().replace(' ', "");
    let subjects: Vec<&str> = names.lines().filter_map(|line| line.strip_prefix("subject=CN=")).collect();
    assert_eq!(subjects, ["leaf", "two", "one"]);
    openssl(folder, &["verify", "-CAfile", "root.pem", "-untrusted", "full.pem", "leaf.pem"]);
}
