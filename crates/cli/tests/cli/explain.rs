//! Messages and logs are explained, and scripts can go by the exit code.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use mailmedic_peers::{Dialogue, Identity, Personality, Server};
use serde_json::Value;

use super::live::without_starttls;
use super::{Run, mailmedic, run};

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

const EXPIRED: &str = "Mar  3 10:00:00 mx postfix/smtp[7]: certificate verification failed for mx.example.net[192.0.2.1]:25: certificate has expired\n";

/// The groups that a run prints as JSON.
fn groups(args: &[&str]) -> Vec<Value> {
    let run = run(&[args, &["--format", "json", "--now", "2026-03-05T00:00:00Z"]].concat());
    assert_eq!(run.stderr, "");
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn logs_are_grouped_and_may_be_packed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let plain = path("mail.log", EXPIRED.repeat(3).as_bytes());
    let packed = path("mail.log.1.gz", &[gzip(EXPIRED.as_bytes()), gzip(EXPIRED.as_bytes())].concat());
    let zstd = path("mail.log.2.zst", &[zstd(EXPIRED.as_bytes()), skipped(), zstd(b"x\n")].concat());
    let groups = groups(&["explain", "--log", &plain, &packed, &zstd]);
    assert_eq!(groups.len(), 1, "{groups:?}");
    assert_eq!(
        (&groups[0]["causes"][0]["rule"], &groups[0]["peer"]),
        (&"cert-expired".into(), &"mx.example.net:25".into())
    );
    assert_eq!((&groups[0]["count"], &groups[0]["first"]), (&1.into(), &"2026-03-03T10:00:00Z".into()));
    let run = run(&["explain", "--log", &plain, "--now", "2026-03-05T00:00:00Z"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.contains("1 time with mx.example.net:25, 2026-03-03 10:00:00 UTC\n"),
        "{}",
        run.stdout
    );
    assert_eq!(self::run(&["explain", "--log", "no-such-file"]).code, Some(2));
}

#[test]
fn what_is_packed_and_damaged_is_told_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.log.gz");
    let path = file.to_str().unwrap();
    let lines = "x\n".repeat(9) + EXPIRED;
    let whole = gzip(lines.as_bytes());
    for (bytes, complaint) in [
        (&whole[..whole.len() - 4], "ends early"),
        (&[&whole[..whole.len() - 1], b"\x07"].concat()[..], "its checksum"),
        (&zstd(lines.as_bytes())[..30], ""),
    ] {
        fs::write(&file, bytes).unwrap();
        let run = run(&["explain", "--log", path]);
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(complaint), "{}", run.stderr);
    }
    fs::write(&file, [&whole[..], b"\0\0\0"].concat()).unwrap();
    assert_eq!(run(&["explain", "--log", path]).code, Some(1), "padding is none of the log");
    fs::write(&file, b"BZh91AY").unwrap();
    assert!(run(&["explain", "--log", path]).stderr.contains("bzcat"));
    // A frame that wants 2 GB.
    fs::write(&file, b"\x28\xb5\x2f\xfd\x00\xa8\x01\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
    assert!(run(&["explain", "--log", path]).stderr.contains("2048 MB"));
}

/// Packs without making it smaller.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03mail.log\0".to_vec();
    packed.extend(miniz_oxide::deflate::compress_to_vec(bytes, 6));
    let crc = bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 },
        )
    });
    packed.extend((!crc).to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

/// A frame of one block that is stored as it is (RFC 8878 section 3.1.1).
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut packed = b"\x28\xb5\x2f\xfd\x20".to_vec();
    packed.push(u8::try_from(bytes.len()).unwrap());
    let header = (bytes.len() as u32) << 3 | 1;
    packed.extend(&header.to_le_bytes()[..3]);
    packed.extend(bytes);
    packed
}

/// A frame that is to be passed over.
fn skipped() -> Vec<u8> {
    b"\x5a\x2a\x4d\x18\x03\0\0\0abc".to_vec()
}

#[test]
fn journals_come_by_standard_input_or_from_a_file() {
    let export = "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1772532000000000\n_PID=7\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE=certificate verification failed for mx.example.net[192.0.2.1]:25: certificate has expired\n\n";
    let json = r#"{"__REALTIME_TIMESTAMP":"1772532000000000","_PID":"7","SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":"certificate verification failed for mx.example.net[192.0.2.1]:25: certificate has expired"}"#;
    for text in [export, json, EXPIRED] {
        let mut child =
            mailmedic(&["explain", "--format", "json", "--now", "2026-03-05T00:00:00Z", "--journal"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let run = Run::from(child.wait_with_output().unwrap());
        let seen: Value = serde_json::from_str(run.stdout.trim()).unwrap();
        assert_eq!(seen["causes"][0]["rule"], "cert-expired");
        assert_eq!(seen["first"], "2026-03-03T10:00:00Z");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal");
    fs::write(&file, export).unwrap();
    assert_eq!(groups(&["explain", "--journal", file.to_str().unwrap()]).len(), 1);
}

#[test]
fn what_is_printed_obeys_its_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/explanation-1.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.log");
    let scanner = "Mar  3 10:00:01 mx postfix/smtpd[9]: SSL_accept error from unknown[192.0.2.9]: -1\nMar  3 10:00:01 mx postfix/smtpd[9]: warning: TLS library problem: error:0A00009C:SSL routines::http request:x:\n";
    fs::write(&file, [EXPIRED, scanner].concat()).unwrap();
    let mut seen = groups(&["explain", "--log", file.to_str().unwrap()]);
    assert_eq!(seen[1]["scanner"], true);
    for message in
        [EXPIRED, "the cat sat on the mat", "450 4.2.0 <a@b>: Recipient address rejected: Greylisted"]
    {
        seen.push(serde_json::from_str(&run(&["explain", message, "--format", "json"]).stdout).unwrap());
    }
    for value in seen {
        let wrong: Vec<String> = schema.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(wrong, [""; 0], "{value}");
    }
}

#[test]
fn a_cure_has_its_commands() {
    let message = "postfix/smtpd[9]: warning: cannot get RSA private key from file /x: disabling TLS support\npostfix/smtpd[9]: warning: TLS library problem: error:0B080074:x509 certificate routines:X509_check_private_key:key values mismatch:x:";
    let seen: Value = serde_json::from_str(&run(&["explain", message, "--format", "json"]).stdout).unwrap();
    let fix = &seen["causes"][0]["fixes"][0];
    assert_eq!((&fix["for"], &fix["commands"][1]), (&"postfix".into(), &"postfix reload".into()));
    let text = run(&["explain", message]).stdout;
    assert!(text.contains("\n          postfix reload\n"), "{text}");
}

#[test]
fn a_log_is_followed_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.log");
    fs::write(&file, EXPIRED.replace("mx.example", "old.example")).unwrap();
    let mut child = mailmedic(&["explain", "--follow", file.to_str().unwrap(), "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let write = |host: &str, anew: bool| {
        if anew {
            fs::rename(&file, folder.path().join("mail.log.1")).unwrap();
        }
        let mut log = OpenOptions::new().append(true).create(true).open(&file).unwrap();
        log.write_all(EXPIRED.replace("mx.example", host).as_bytes()).unwrap();
    };
    // It starts at the end, so the first lines may come before it has looked: they are written until one is told.
    let mut turn = 0;
    let (sender, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in lines.by_ref().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    let first: Value = loop {
        turn += 1;
        write(&format!("mx{turn}.example"), false);
        if let Ok(line) = told.recv_timeout(std::time::Duration::from_millis(500)) {
            break serde_json::from_str(&line).unwrap();
        }
    };
    assert_eq!(first["causes"][0]["rule"], "cert-expired");
    assert_ne!(first["peer"], "old.example.net:25");
    write("rotated.example", true);
    let is_rotated = |line: String| line.contains("rotated.example.net:25");
    assert!(told.iter().any(is_rotated));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

/// Explains a message about a server on loopback and examines it.
fn checked(message: &str, port: u16, more: &[&str]) -> Value {
    let here = format!("mx.example.net:{port}:127.0.0.1:{port}");
    let message = message.replace("PORT", &port.to_string());
    let args = ["explain", &message, "--check", "--format", "json", "--connect-to", &here];
    let offline = ["--offline", "--resolver", "127.0.0.1:9", "--depth", "quick"];
    let run = run(&[&args[..], &offline, more].concat());
    let seen: Value = serde_json::from_str(&run.stdout).map_err(|_| run.stderr).unwrap();
    seen["checked"].clone()
}

const NOT_OFFERED: &str =
    "postfix/smtp[9]: TLS is required, but was not offered by host mx.example.net[192.0.2.1]:PORT";

#[test]
fn a_fault_that_lasts_is_told_from_one_that_has_passed() {
    let port = without_starttls();
    let seen = checked(NOT_OFFERED, port, &[]);
    assert_eq!(
        (&seen["outcome"], &seen["because"][0]),
        (&"still-there".into(), &"starttls-missing".into()),
        "{seen}"
    );
    assert_eq!(seen["target"], format!("smtp://mx.example.net:{port}"));
    let expired = EXPIRED.trim_end().replace(":25:", ":PORT:");
    assert_eq!(checked(&expired, port, &[])["outcome"], "another");

    let identity = Arc::new(Identity::rsa("mx.example.net").unwrap());
    let sound = Server::new(Dialogue::Smtp, Personality::plain_tls12()).complete(&identity).start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.der");
    fs::write(&root, identity.root()).unwrap();
    let trusting = ["--ca-file", root.to_str().unwrap(), "--only-ca-file"];
    let seen = checked(NOT_OFFERED, sound.address().port(), &trusting);
    assert_eq!(seen["outcome"], "gone", "{seen}");
    let seen = checked(
        "connect to mx.example.net[192.0.2.1]:PORT: Connection refused",
        sound.address().port(),
        &trusting,
    );
    assert_eq!(seen["outcome"], "gone", "{seen}");
    let seen = checked(&expired, sound.address().port(), &trusting);
    assert_eq!(seen["outcome"], "gone", "{seen}");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let seen = checked("connect to mx.example.net[192.0.2.1]:PORT: Connection refused", closed, &[]);
    assert_eq!(seen["outcome"], "still-there", "{seen}");
    assert_eq!(checked(&expired, closed, &[])["outcome"], "unknown");
}

#[test]
fn the_servers_of_a_log_are_checked() {
    let port = without_starttls();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.log");
    let lines = NOT_OFFERED.replace("PORT", &port.to_string()) + "\n" + EXPIRED;
    fs::write(&file, lines).unwrap();
    let here = format!("mx.example.net:{port}:127.0.0.1:{port}");
    let run = run(&[
        "explain",
        "--log",
        file.to_str().unwrap(),
        "--check",
        "--connect-to",
        &here,
        "--connect-to",
        "mx.example.net:25:127.0.0.1:9",
        "--offline",
        "--resolver",
        "127.0.0.1:9",
        "--depth",
        "quick",
    ]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stdout.contains("the fault is still there"), "{}", run.stdout);
    assert!(run.stdout.contains("could not be reached"), "{}", run.stdout);
}
