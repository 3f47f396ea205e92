//! Messages and logs are explained, and scripts can go by the exit code.

use std::fs;

use serde_json::Value;

use super::run;

#[test]
fn a_message_is_explained_with_its_check() {
    let run = run(&["explain", "SSL_connect error to mx.example.net[192.0.2.1]:25: lost connection"]);
    assert_eq!(run.code, Some(0), "it may pass by itself");
    assert!(
        run.stdout.starts_with("mx.example.net closed the connection during the TLS handshake"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("mailmedic check smtp://mx.example.net:25\n"), "{}", run.stdout);
}

#[test]
fn json_has_the_cause_and_the_exit_code_tells_errors() {
    let message = "msmtp: TLS certificate verification failed: the certificate has expired";
    let run = run(&["explain", message, "--format", "json"]);
    assert_eq!(run.code, Some(1));
    let seen: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(seen["schema"], "mailmedic.explanation/1");
    assert_eq!(seen["software"], "msmtp");
    assert_eq!(seen["causes"][0]["rule"], "cert-expired");
    assert_eq!(seen["causes"][0]["decided_by"], message);
}

#[test]
fn what_is_unknown_has_its_own_exit_code() {
    let run = run(&["explain", "\u{1b}[31mthe cat sat on the mat"]);
    assert_eq!(run.code, Some(3));
    assert!(!run.stdout.contains('\u{1b}'));
    assert_eq!(self::run(&["explain", "  "]).code, Some(2));
}

#[test]
fn logs_are_grouped_and_packed_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.log");
    let line = "Mar  3 10:00:00 mx postfix/smtp[7]: certificate verification failed for mx.example.net[192.0.2.1]:25: certificate has expired\n";
    fs::write(&file, line.repeat(3)).unwrap();
    let path = file.to_str().unwrap();
    let run = run(&["explain", "--log", path, "--format", "json"]);
    assert_eq!(run.code, Some(1));
    let seen: Value = serde_json::from_str(run.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&seen["causes"][0]["rule"], &seen["peer"]),
        (&"cert-expired".into(), &"mx.example.net:25".into())
    );
    fs::write(&file, b"\x1f\x8b\x08\x00").unwrap();
    let run = self::run(&["explain", "--log", path]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("zcat"), "{}", run.stderr);
    assert_eq!(self::run(&["explain", "--log", "no-such-file"]).code, Some(2));
}
