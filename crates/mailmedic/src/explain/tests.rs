//! Messages of our own making, in the formats of the software.

use jiff::tz::TimeZone;

use super::explain;
use super::log::{Clock, Log, Summary};
use crate::explanation::{At, Certainty, Explanation, Role};
use crate::finding::Severity;

fn of(text: &str) -> Explanation {
    explain(text.as_bytes())
}

fn rule(text: &str) -> &'static str {
    of(text).causes.first().map_or("", |cause| cause.rule)
}

#[test]
fn the_line_of_the_library_decides_and_the_others_follow() {
    let seen = of(
        "Mar  3 10:00:01 mx postfix/smtpd[71]: SSL_accept error from host.example.net[192.0.2.9]: -1\n\
                   Mar  3 10:00:01 mx postfix/smtpd[71]: warning: TLS library problem: error:0A000418:SSL routines::tlsv1 alert unknown ca:ssl/record/rec_layer_s3.c:1584:SSL alert number 48:\n\
                   Mar  3 10:00:01 mx postfix/smtpd[71]: lost connection after STARTTLS from host.example.net[192.0.2.9]",
    );
    let cause = &seen.causes[0];
    assert_eq!((seen.software, seen.role), (Some("postfix"), Some(Role::SmtpServer)));
    assert_eq!((cause.rule, cause.at), ("cert-rejected-by-peer", At::ThisSide));
    assert!(cause.decided_by.contains("alert unknown ca"));
    assert_eq!(seen.consequences.len(), 2);
    assert_eq!(cause.check, None, "the peer is a client");
}

#[test]
fn the_same_words_mean_another_thing_at_the_other_end() {
    assert_eq!(
        rule(
            "postfix/smtp[9]: warning: TLS library problem: error:0A00010B:SSL routines::wrong version number:x"
        ),
        "wrong-tls-mode"
    );
    assert_eq!(
        rule(
            "postfix/smtps/smtpd[9]: warning: TLS library problem: error:0A00010B:SSL routines::wrong version number:x"
        ),
        "plaintext-on-tls-port"
    );
}

#[test]
fn a_sound_provider_is_not_blamed() {
    let seen = of(
        "postfix/smtp[9]: certificate verification failed for aspmx.l.google.com[192.0.2.1]:25: untrusted issuer /CN=R",
    );
    assert_eq!((seen.causes[0].rule, seen.causes[0].at), ("trust-store-missing", At::ThisSide));
    let seen = of(
        "postfix/smtp[9]: certificate verification failed for mx.example.net[192.0.2.1]:25: untrusted issuer /CN=R",
    );
    assert_eq!((seen.causes[0].rule, seen.causes[0].at), ("cert-untrusted", At::Peer));
    assert_eq!(seen.causes[0].check.as_deref(), Some("mailmedic check smtp://mx.example.net:25"));
}

#[test]
fn what_is_no_tls_fault_is_said_to_be_none() {
    let seen =
        of("450 4.2.0 <a@example.org>: Recipient address rejected: Greylisted, see http://example.net");
    assert_eq!(seen.causes[0].rule, "not-tls");
    assert_eq!(seen.causes[0].evidence["cause"], "greylisted");
    assert_eq!(seen.causes[0].transient, Some(true));
    assert_eq!(
        rule(
            "imap-login: Disconnected (auth failed, 2 attempts in 4 secs): user=<x>, rip=192.0.2.1, lip=192.0.2.2, TLS"
        ),
        "not-tls"
    );
    assert_eq!(rule("unable to connect to ssl://smtp.example.org:465 (Connection refused)"), "not-tls");
}

#[test]
fn what_is_unknown_is_not_guessed() {
    let seen = of("the cat sat on the mat");
    assert!(seen.causes.is_empty());
    assert_eq!(seen.unrecognised.len(), 1);
    let seen = of("postfix/smtp[9]: the cat sat on the mat");
    assert!(seen.causes.is_empty() && seen.unrecognised[0].contains("postfix"));
}

#[test]
fn words_in_binary_junk_mean_nothing() {
    let mut state: u32 = 7;
    let mut junk: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .filter(|byte| *byte != b'\n')
    .take(4000)
    .collect();
    junk.splice(2000..2000, *b" SPF ");
    assert_eq!(explain(&junk).causes, []);
    // A line of text beside it counts, and so does one with a few bytes of another encoding.
    junk.extend(b"\n550 5.7.26 SPF fails for m\xfcller\n");
    assert_eq!(explain(&junk).causes[0].rule, "not-tls");
}

#[test]
fn words_that_allow_several_causes_make_none_certain() {
    for (text, first, also) in [
        (
            "- Status: The certificate is NOT trusted. The certificate chain violates the signer's constraints.",
            "cert-name-constraint-violated",
            "chain-path-too-long",
        ),
        (
            "- Status: The certificate is NOT trusted. The certificate chain uses expired certificate.",
            "cert-expired",
            "chain-intermediate-expired",
        ),
        (
            "The certificate contains an unknown critical extension",
            "cert-malformed",
            "cert-critical-extension-unknown",
        ),
        ("SEC_ERROR_INADEQUATE_KEY_USAGE", "cert-usage-wrong", "chain-intermediate-invalid"),
        ("Error: unsuitable certificate purpose", "cert-usage-wrong", "chain-intermediate-invalid"),
        (
            "x509: cannot verify signature: insecure algorithm SHA1-RSA",
            "cert-signature-weak",
            "cert-untrusted",
        ),
    ] {
        let causes = of(text).causes;
        assert_eq!(causes[0].rule, first, "{text}");
        assert!(causes.iter().any(|cause| cause.rule == also), "{text}");
        assert!(causes.iter().all(|cause| cause.certainty < Certainty::Certain), "{text}");
    }
}

#[test]
fn words_of_any_software_tell_at_least_what_it_is_about() {
    for (text, expected) in [
        ("postman: the certificate that mx.example.net shows has expired", "cert-expired"),
        ("postman: the name does not match the certificate of mx.example.net", "cert-name-mismatch"),
        ("postman: timeout in the TLS handshake", "tls-handshake-timeout"),
        ("postman: could not open a secure TLS connection", "tls-handshake-failed"),
        ("postman: cannot open /etc/ssl/mail.pem: Permission denied", "cert-file-unreadable"),
        ("postman: mx.example.net wants REQUIRETLS", "starttls-missing"),
        ("postman: wrong password for x", "not-tls"),
    ] {
        let seen = of(text);
        assert_eq!(seen.causes.first().map(|cause| cause.rule), Some(expected), "{text}");
        assert!(seen.causes[0].certainty < Certainty::Certain, "{text}");
    }
    // What a known format says to be harmless stays so.
    assert_eq!(
        rule(
            "postfix/smtpd[9]: warning: cannot load 2048-bit DH parameters from file /etc/dh.pem: No such file or directory -- using compiled-in defaults"
        ),
        "benign"
    );
}

#[test]
fn a_tls_fault_beside_it_leaves_a_doubt_that_it_is_none() {
    let seen = of("535 Authentication failed; TLS negotiation failed before");
    assert_eq!((seen.causes[0].rule, seen.causes[0].certainty), ("not-tls", Certainty::Likely));
    let seen = of("postfix/smtp[9]: connect to mx.example.net[192.0.2.1]:25: Connection refused");
    assert_eq!((seen.causes[0].rule, seen.causes[0].certainty), ("not-tls", Certainty::Certain));
}

#[test]
fn other_languages_and_logs_with_fields_are_read() {
    let seen = of("postfix/smtp[9]: connect to mx.example.net[192.0.2.1]:25: Verbindungsaufbau abgelehnt");
    assert_eq!((seen.causes[0].rule, &seen.causes[0].evidence["cause"]), ("not-tls", &"port-refused".into()));
    assert!(seen.causes[0].decided_by.contains("Verbindungsaufbau abgelehnt"), "the own words stay");
    assert_eq!(
        rule(
            "postfix/smtpd[9]: SSL_accept error from x.example.net[192.0.2.1]: Connexion réinitialisée par le correspondant"
        ),
        "tls-handshake-lost-connection"
    );
    let fields = r#"{"level":50,"msg":"mail not sent","err":{"type":"Error","message":"x:error:0A00010B:SSL routines:y:wrong version number:z:\n","code":"ESOCKET"}}"#;
    assert_eq!(rule(fields), "wrong-tls-mode");
    assert_eq!(
        rule(
            "delivery 7: deferral: TLS_unable_to_verify_server_with_control/x.pem:_certificate_has_expired;_connected_to_192.0.2.1./"
        ),
        "cert-expired"
    );
}

#[test]
fn a_tls_hello_among_commands_is_known_by_its_bytes() {
    let line = |bytes: &str| {
        format!("postfix/smtpd[9]: improper command pipelining after CONNECT from x[192.0.2.1]: {bytes}")
    };
    assert_eq!(rule(&line("\\026\\003\\001\\002")), "tls-on-starttls-port");
    assert_eq!(rule(&line("\\377\\373\\037")), "not-tls");
}

#[test]
fn guesses_that_are_printed_with_each_fault_mean_nothing() {
    let guesses = "An error occurred while attempting to establish an SSL or TLS connection.\n\nThis usually means that the SSL certificate presented by the server is not trusted by the system for one or more of\nthe following reasons:\n\n1. The server is using a self-signed certificate which cannot be verified.\n2. The certificate presented by the server is expired or invalid.\n";
    assert_eq!(rule(guesses), "tls-handshake-failed");
    let reason = format!("{guesses} ---> The handshake failed due to an unexpected packet format.");
    assert_eq!(rule(&reason), "wrong-tls-mode");
}

#[test]
fn that_it_could_not_connect_is_not_said_to_be_tls() {
    let bare = of("SMTP Error: Could not connect to SMTP host.");
    assert!(bare.causes[0].certainty <= Certainty::Possible);
    let refused = "SMTP Error: Could not connect to SMTP host. Connection refused (111)";
    assert_eq!(rule(refused), "not-tls");
    let mixed = "Could not connect to SMTP host: a.example, port: 587; nested exception is: javax.net.ssl.SSLException: Unsupported or unrecognized SSL message";
    assert_eq!(rule(mixed), "wrong-tls-mode");
}

#[test]
fn vague_messages_are_never_certain() {
    for text in ["SSL_accept error from mx.example.net[192.0.2.1]: -1", "Cannot start TLS: handshake failure"]
    {
        let seen = of(text);
        assert_eq!(seen.causes[0].rule, "tls-handshake-failed");
        assert!(seen.causes[0].certainty < Certainty::Certain);
    }
}

#[test]
fn junk_is_survived() {
    let junk: Vec<u8> = (0..40_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    explain(&junk);
    explain(&vec![b'='; 100_000]);
    explain("SSL_accept error from ".repeat(4_000).as_bytes());
    log(&junk);
    log(&vec![b'a'; 3 << 20]);
}

fn log(text: &[u8]) -> Summary {
    let mut log = Log::new(Clock { zone: TimeZone::UTC, latest: "2026-03-05T00:00:00Z".parse().unwrap() });
    log.read(&mut &*text).unwrap();
    log.finish()
}

/// The rule, the count and the peer of each group.
fn told(summary: &Summary) -> Vec<(&'static str, u64, &str)> {
    let groups = summary.groups.iter();
    groups.map(|seen| (seen.causes[0].rule, seen.count, seen.peer.as_deref().unwrap_or_default())).collect()
}

#[test]
fn a_log_is_grouped_by_cause_and_peer() {
    let mut text = String::new();
    for number in 0..3 {
        for host in ["a.example.net", "b.example.net"] {
            text += &format!(
                "Mar  3 10:00:0{number} mx postfix/smtp[{number}]: Q{number}ABCDE: to=<x@{host}>, relay=none, dsn=4.7.4, status=deferred (TLS is required, but was not offered by host {host}[192.0.2.1])\n"
            );
        }
        text += "Mar  3 10:00:00 mx postfix/qmgr[1]: Q: removed\n";
    }
    let summary = log(text.as_bytes());
    assert_eq!((summary.lines, summary.told), (9, 6));
    assert_eq!(
        told(&summary),
        [("starttls-missing", 3, "a.example.net"), ("starttls-missing", 3, "b.example.net")]
    );
    let group = &summary.groups[0];
    assert_eq!(group.first.unwrap().to_string(), "2026-03-03T10:00:00Z");
    assert_eq!(group.last.unwrap().to_string(), "2026-03-03T10:00:02Z");
    let histogram = group.histogram.as_ref().unwrap();
    assert_eq!((histogram.seconds, histogram.counts.as_slice()), (1, &[1, 1, 1][..]));
}

#[test]
fn scanners_stand_apart_and_clients_do_not() {
    let line = |host: &str, pid: u32, reason: &str| {
        format!(
            "Mar  3 10:00:01 mx postfix/smtpd[{pid}]: SSL_accept error from {host}: -1\nMar  3 10:00:01 mx postfix/smtpd[{pid}]: warning: TLS library problem: error:0A000102:SSL routines::{reason}:x:\n"
        )
    };
    let text = [
        line("unknown[192.0.2.1]", 1, "http request"),
        line("unknown[192.0.2.2]", 2, "http request"),
        line("unknown[192.0.2.2]", 3, "http request"),
        line("probe.censys-scanner.example[192.0.2.3]", 4, "no shared cipher"),
        line("unknown[192.0.2.4]", 5, "unsupported protocol"),
        line("old.example.net[192.0.2.5]", 6, "unsupported protocol"),
        line("unknown[192.0.2.6]", 7, "tlsv1 alert unknown ca"),
    ];
    let summary = log(text.concat().as_bytes());
    let (scanners, clients): (Vec<_>, Vec<_>) = summary.groups.iter().partition(|seen| seen.scanner);
    let rules: Vec<_> = clients.iter().map(|seen| (seen.causes[0].rule, seen.peer.as_deref())).collect();
    assert_eq!(
        rules,
        [("cert-rejected-by-peer", Some("192.0.2.6")), ("tls-version-obsolete", Some("old.example.net"))]
    );
    assert!(scanners.iter().all(|seen| seen.causes[0].severity == Severity::Note && seen.peer.is_none()));
    let http = scanners.iter().find(|seen| seen.causes[0].rule == "plaintext-on-tls-port").unwrap();
    let peers = http.peers.as_ref().unwrap();
    assert_eq!((http.count, peers.count, peers.more), (3, 2, false));
    assert_eq!((peers.most[0].peer.as_str(), peers.most[0].count), ("192.0.2.2", 2));
    assert_eq!(scanners.iter().map(|seen| seen.count).sum::<u64>(), 5);
}

#[test]
fn mail_in_clear_to_who_took_tls_before_comes_first() {
    let text = "Mar  3 10:00:00 mx postfix/smtp[7]: Trusted TLS connection established to mx.example.net[192.0.2.1]:25: TLSv1.3\n\
        Mar  3 10:00:01 mx postfix/smtp[7]: 4Q1ABCDE: to=<a@b>, relay=mx.example.net[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)\n\
        Mar  3 11:00:01 mx postfix/smtp[8]: 4Q2ABCDE: to=<a@b>, relay=mx.example.net[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)\n\
        Mar  3 11:00:02 mx postfix/smtp[9]: certificate verification failed for a.example.net[192.0.2.2]:25: certificate has expired\n\
        Mar  3 11:00:02 mx postfix/smtp[10]: certificate verification failed for a.example.net[192.0.2.2]:25: certificate has expired\n";
    let summary = log(text.as_bytes());
    assert_eq!(
        told(&summary),
        [("sent-in-clear", 1, "mx.example.net:25"), ("cert-expired", 2, "a.example.net:25")]
    );
    let seen = &summary.groups[0];
    assert!(seen.causes[0].title.contains("which took TLS before"), "{}", seen.causes[0].title);
    assert_eq!((seen.software, seen.causes[0].severity), (Some("postfix"), Severity::Error));
    assert_eq!(seen.first.unwrap().to_string(), "2026-03-03T11:00:01Z");
}

#[test]
fn what_is_no_tls_fault_is_one_group() {
    let line = |host: u32| {
        format!(
            "mx postfix/smtp[{host}]: connect to mx{host}.example.net[192.0.2.1]:25: Connection refused\n"
        )
    };
    let summary = log((1..=20).map(line).collect::<String>().as_bytes());
    assert_eq!(told(&summary), [("not-tls", 20, "")]);
    assert_eq!(summary.groups[0].peers.as_ref().unwrap().count, 20);
}

#[test]
fn what_is_new_is_told_once_and_then_each_time_it_has_grown_tenfold() {
    let mut log = Log::new(Clock { zone: TimeZone::UTC, latest: "2026-03-05T00:00:00Z".parse().unwrap() });
    let line = "TLS error on connection from x.example.net [192.0.2.1] (SSL_accept): timed out\n";
    log.read(&mut line.repeat(9).as_bytes()).unwrap();
    let news = |log: &mut Log| log.news().iter().map(|seen| seen.count).collect::<Vec<_>>();
    assert_eq!(news(&mut log), [9]);
    assert_eq!(news(&mut log), [0; 0]);
    log.read(&mut line.as_bytes()).unwrap();
    assert_eq!(news(&mut log), [10]);
}

#[test]
fn mail_in_clear_is_told_beside_the_cause() {
    let seen = of(
        "1rAbCd-000001-Ef TLS session: (certificate verification failed): certificate invalid: delivering unencrypted to H=mx.example.net [192.0.2.1] (not in hosts_require_tls)",
    );
    let rules: Vec<&str> = seen.causes.iter().map(|cause| cause.rule).collect();
    assert_eq!(rules, ["cert-verify-failed", "sent-in-clear"]);
}

#[test]
fn a_number_alone_is_enough() {
    assert_eq!(rule("error:14090086:lib(20):func(144):reason(134)"), "cert-verify-failed");
    assert_eq!(rule("GNUTLS_E_UNEXPECTED_PACKET_LENGTH"), "wrong-tls-mode");
}

#[test]
fn scanners_and_tests_of_versions_need_no_action() {
    let line = |host: &str, reason: &str| {
        format!(
            "postfix/smtpd[7]: SSL_accept error from {host}[192.0.2.9]: -1\npostfix/smtpd[7]: warning: TLS library problem: error:0A000102:SSL routines::{reason}:x:\n"
        )
    };
    assert_eq!(rule(&line("host.example.net", "unsupported protocol")), "tls-version-obsolete");
    assert_eq!(rule(&line("probe.censys-scanner.example", "unsupported protocol")), "benign");
    let both =
        line("host.example.net", "unsupported protocol") + &line("host.example.net", "version too low");
    assert_eq!(rule(&both), "benign");
}

#[test]
fn a_client_whose_certificate_is_refused_is_told_so() {
    let text = "postfix/smtp[1]: warning: TLS library problem: error:0A000418:SSL routines::tlsv1 alert unknown ca:x:SSL alert number 48:";
    assert_eq!(rule(text), "client-certificate-rejected");
}
