//! What is said to someone who gives something that cannot be used.

use std::fs;

use insta::assert_snapshot;

use super::{mailmedic, run};

/// Runs what must fail before anything is looked at, and returns the complaint.
fn complaint(args: &[&str]) -> String {
    let run = run(args);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    run.stderr
}

#[test]
fn targets_that_are_none_say_why() {
    assert_snapshot!(
        complaint(&["check", "imap.example.org:99x"]),
        @r#"mailmedic: "imap.example.org:99x" is no target: the port is not a number. Try imap.example.org:993, or mailmedic check --help"#
    );
    let hostile = complaint(&["check", "\u{1b}[31m\u{9b}x"]);
    assert!(!hostile.contains(['\u{1b}', '\u{9b}']), "{hostile:?}");
    assert!(complaint(&["check"]).contains("required arguments were not provided"));
    assert!(complaint(&["check", "a.example:9", "--protocol", "imapz"]).contains("did you mean imap?"));
}

#[test]
fn unknown_words_name_the_known_ones() {
    assert_snapshot!(
        complaint(&["check", "a.example", "--ignore", "cert-expird"]),
        @r#"mailmedic: there is no rule "cert-expird"; did you mean cert-expired?"#
    );
    assert_snapshot!(
        complaint(&["check", "a.example", "--select", "cert-expired, something-else"]),
        @r#"mailmedic: there is no rule "something-else"; mailmedic rule lists them"#
    );
    assert_snapshot!(
        complaint(&["check", "a.example", "--policy", "strict"]),
        @r#"mailmedic: there is no policy "strict"; there is mail, mozilla-modern, mozilla-intermediate, mozilla-old, rfc-9325, nist-sp-800-52r2, bsi-tr-02102-2, ncsc-nl, pci-dss-4"#
    );
    assert_snapshot!(
        complaint(&["check", "a.example", "--policy", "Intermediate"]),
        @r#"mailmedic: there is no policy "Intermediate"; did you mean mozilla-intermediate?"#
    );
    assert_snapshot!(
        complaint(&["policy", "rfc-9235"]),
        @r#"mailmedic: there is no policy "rfc-9235"; did you mean rfc-9325?"#
    );
    assert_snapshot!(
        complaint(&["rule", "cert_expired"]),
        @r#"mailmedic: there is no rule "cert_expired"; did you mean cert-expired?"#
    );
}

#[test]
fn values_that_do_not_fit_say_what_does() {
    for (args, part) in [
        (["--timeout", "15"], "give a number and ms, s or m"),
        (["--timeout", "0s"], "give something from 1ms to 60m"),
        (["--timeout", "99999999999999999999s"], "give something from 1ms to 60m"),
        (["--resolver", "dns.example"], "give an address with or without a port"),
        (["--ehlo", "a\r\nQUIT"], "give a host name"),
        (["--max-connections-per-host", "0"], "0 is not in 1..=100"),
        (["--now", "yesterday"], "invalid value 'yesterday'"),
        (["--format", "xml"], "invalid value 'xml'"),
        (["--connect-to", "nonsense"], "--connect-to \"nonsense\": it is not HOST:PORT:ADDR"),
    ] {
        let text = complaint(&["check", "a.example", args[0], args[1]]);
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.pem");
    let missing = missing.to_str().unwrap();
    for option in ["--ca-file", "--dnssec-anchor"] {
        let text = complaint(&["check", "a.example", option, missing]);
        assert!(text.starts_with(&format!("mailmedic: {missing}: No such file")), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "nothing").unwrap();
    let text = complaint(&["check", "a.example", "--ca-file", empty.to_str().unwrap()]);
    assert!(text.ends_with("it holds no certificate, neither PEM nor DER\n"), "{text}");
    let damaged = folder.path().join("damaged.pem");
    fs::write(&damaged, "-----BEGIN CERTIFICATE-----\nMAUB\n-----END CERTIFICATE-----\n").unwrap();
    let text = complaint(&["check", "a.example", "--ca-file", damaged.to_str().unwrap()]);
    assert!(text.ends_with("a certificate in it is damaged\n"), "{text}");
}

#[test]
fn help_is_no_error() {
    let help = run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    assert!(help.stdout.contains("mailmedic <COMMAND>"), "{}", help.stdout);
    let help = run(&["check", "--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("--chain-dir <DIR>"), "{}", help.stdout);
    assert_eq!(run(&["--version"]).stdout, format!("mailmedic {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn rules_are_listed_and_told() {
    let list = run(&["rule"]);
    assert_eq!((list.code, list.stderr.as_str()), (Some(0), ""));
    assert!(list.stdout.contains("  error    cert-expired "), "{}", list.stdout);
    let one = run(&["rule", "cert-expired"]);
    assert!(one.stdout.starts_with("cert-expired  (error)\n"), "{}", one.stdout);
    for part in ["\n  what ", "\n  why ", "\n  whom ", "\n  cure ", "Dovecot: ", "\n  sources RFC 5280"] {
        assert!(one.stdout.contains(part), "{part} is not in {}", one.stdout);
    }
    let json: serde_json::Value = serde_json::from_str(&run(&["rule", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["schema"], "mailmedic.rules/1");
    let rules = json["rules"].as_array().unwrap();
    for rule in rules {
        assert!(list.stdout.contains(&format!("  {} ", rule["id"].as_str().unwrap())), "{rule}");
    }
    let starts = ["  error ", "  warning ", "  note "];
    let lines = list.stdout.lines().filter(|line| starts.iter().any(|start| line.starts_with(start)));
    assert_eq!(lines.count(), rules.len());
    let one = run(&["rule", "cert-expired", "--format", "json"]).stdout;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&one).unwrap()["id"], "cert-expired");
}

#[test]
fn policies_are_listed_and_told() {
    let list = run(&["policy"]);
    assert_eq!((list.code, list.stderr.as_str()), (Some(0), ""));
    assert!(list.stdout.contains("BSI TR-02102-2: use of TLS (version 2025-01)"), "{}", list.stdout);
    let one = run(&["policy", "ncsc-nl"]).stdout;
    assert!(one.contains("\n  3.3.1\n    must    Nothing older than TLS 1.2 is spoken.\n"), "{one}");
    let mail = run(&["policy", "mail"]).stdout;
    assert!(mail.contains("\n  F   ") && mail.contains("starttls-missing"), "{mail}");
    let json: serde_json::Value = serde_json::from_str(&run(&["policy", "--format", "json"]).stdout).unwrap();
    assert_eq!(
        (&json["schema"], &json["policies"][0]["name"]),
        (&"mailmedic.policies/1".into(), &"mail".into())
    );
    let one = run(&["policy", "rfc-9325", "--format", "json"]).stdout;
    let one: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(one["requirements"][0]["section"], "3.1.1");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output =
        mailmedic(&["rule", "cert-expired"]).stdout(writer).stderr(std::process::Stdio::piped()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn colours_obey_the_reader() {
    let coloured = run(&["rule", "--color", "always"]).stdout;
    assert!(coloured.contains("\u{1b}["), "{coloured}");
    for args in [&["rule"][..], &["rule", "--color", "never"]] {
        assert!(!run(args).stdout.contains('\u{1b}'));
    }
    let output = mailmedic(&["rule"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!output.stdout.contains(&0x1b));
}
