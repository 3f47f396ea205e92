//! `mailmedic dns generate` as far as it needs no DNS.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use insta::assert_snapshot;

use super::{Run, run};

/// Runs without asking anybody.
fn generate(words: &[&str]) -> Run {
    run(&[&["dns", "generate"], words, &["--force"]].concat())
}

#[test]
fn a_dmarc_plan_is_one_record_and_what_comes_later() {
    let words = ["dmarc", "example.org", "--plan", "--rua", "dmarc@example.org", "--start", "2026-12-01"];
    assert_snapshot!(generate(&words).stdout);
}

#[test]
fn mta_sts_brings_record_policy_and_configuration() {
    let words = ["mta-sts", "example.org", "--mx", "mx.example.org", "--server", "caddy"];
    let text = generate(&words).stdout;
    let id = text.split("id=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    assert_snapshot!(text.replace(&id, "ID"));
}

#[test]
fn a_dkim_key_is_kept_by_its_owner_alone_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s2026.key");
    let file = path.to_str().unwrap();
    for kind in ["rsa2048", "ed25519"] {
        let words = ["dkim", "example.org", "--selector", "s2026", "--key", file, "--key-type", kind];
        let told = generate(&words);
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let key = fs::read_to_string(&path).unwrap();
        let secret = key.lines().nth(1).unwrap();
        assert!(!told.stdout.contains(secret) && !told.stderr.contains(secret));

        let again = generate(&words);
        assert_eq!((again.code, again.stdout.as_str()), (Some(2), ""));
        assert!(again.stderr.contains("it is there already"), "{}", again.stderr);
        assert_eq!(fs::read_to_string(&path).unwrap(), key);

        let words = ["dkim", "example.org", "--selector", "s2026", "--key", file, "--existing-key"];
        assert_eq!(generate(&words).stdout, told.stdout, "the same key has the same record");
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn what_cannot_be_is_said_before_anything_is_asked() {
    let says = |words: &[&str], part: &str| {
        let told = run(&[&["dns", "generate"], words].concat());
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{words:?}");
        assert!(told.stderr.contains(part), "{words:?}: {}", told.stderr);
    };
    says(&["spf", "example.org", "--ip4", "2001:db8::1"], "it is no IPv4 address or network");
    says(&["spf", "example.org", "--all", "=all"], "there is -all, ~all, ?all and +all");
    says(&["spf", "localhost"], "is no domain name");
    says(
        &["dkim", "example.org", "--selector", "a_b", "--key", "x"],
        "a selector has letters, digits and hyphens",
    );
    says(&["srv", "example.org"], "no server is given");
    says(&["srv", "example.org", "--imap", "mail.example.org:1993"], "port 1993 does not tell the mode");
    says(&["tlsa", "mail.example.org", "--kind", "4 1 1"], "give usage (2 or 3)");
    says(&["dmarc", "example.org"], "--policy <POLICY>");
}

#[test]
fn a_domain_may_be_called_as_the_verb_is() {
    // The dot makes it a domain, of which nobody there knows anything.
    let told = run(&["dns", "generate.", "--resolver", "127.0.0.1:1", "--timeout", "100ms"]);
    assert_eq!(told.code, Some(3), "{}", told.stderr);
    assert!(told.stdout.starts_with("generate: nothing could be examined"), "{}", told.stdout);
}
