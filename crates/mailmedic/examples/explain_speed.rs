//! Writes a log for measuring how fast logs are explained: `cargo run --release --example explain_speed FILE MEGABYTES`.
//!
//! Ordinary traffic of Postfix, Dovecot and Exim, and every fiftieth line is of one of forty TLS faults. Prints how many
//! messages of each fault were written: the number and name of the fault, the rule that it means, and the count.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it writes and tells")]

use std::fs::File;
use std::io::{BufWriter, Write as _};

fn main() {
    let mut given = std::env::args().skip(1);
    let file = given.next().unwrap();
    let bytes = given.next().map_or(1000, |count| count.parse::<u64>().unwrap()) * 1_000_000;
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file).unwrap());
    let mut chance = Chance(0x2545_F491_4F6C_DD1D);
    let mut counts = [0_u64; FAULTS.len()];
    let (mut written, mut lines, mut faulty, mut turn) = (0_u64, 0_u64, 0_u64, 0_usize);
    let mut text = String::new();
    while written < bytes {
        text.clear();
        // A day has passed at the end, whatever the size.
        let second = written * 86_399 / bytes;
        if faulty * 50 < lines {
            let (_, _, template) = FAULTS[turn % FAULTS.len()];
            counts[turn % FAULTS.len()] += 1;
            turn += 1;
            // Like real ones, processes with the same number are hours apart.
            let pid = 1000 + turn % 30_000;
            fill(&mut text, template, second, pid, &mut chance);
            faulty += template.len() as u64;
        } else {
            let template = ORDINARY[chance.below(ORDINARY.len())];
            let pid = 1000 + chance.below(30_000);
            fill(&mut text, template, second, pid, &mut chance);
        }
        lines += text.bytes().filter(|byte| *byte == b'\n').count() as u64;
        written += text.len() as u64;
        out.write_all(text.as_bytes()).unwrap();
    }
    out.flush().unwrap();
    for ((name, rule, _), count) in FAULTS.iter().zip(counts) {
        println!("{name} {rule} {count}");
    }
    println!("lines - {lines}");
    println!("lines-of-faults - {faulty}");
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn word(&mut self, letters: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }
}

/// Fills the lines of a template: all share their process, message, hosts and session.
fn fill(text: &mut String, lines: &[&str], second: u64, pid: usize, chance: &mut Chance) {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let (peer, client) = (chance.below(400), chance.below(5000));
    let words = [
        ("{time}", format!("Mar  3 {:02}:{:02}:{:02} mx", second / 3600, second / 60 % 60, second % 60)),
        ("{pid}", pid.to_string()),
        ("{host}", format!("mx{peer}.example{}.net", peer % 40)),
        ("{ip}", format!("198.51.100.{}", 1 + peer % 250)),
        ("{client}", format!("client{client}.example.org")),
        ("{from}", format!("192.0.2.{}", 1 + client % 250)),
        ("{queue}", format!("4{}", chance.word(b"0123456789ABCDEF", 9))),
        (
            "{exim}",
            format!("1r{}-{}-{}", chance.word(LETTERS, 4), chance.word(LETTERS, 6), chance.word(LETTERS, 2)),
        ),
        ("{session}", chance.word(LETTERS, 16)),
        ("{user}", format!("user{}", chance.below(900))),
        ("{size}", (900 + chance.below(90_000)).to_string()),
        ("{delay}", format!("0.{}", 10 + chance.below(90))),
    ];
    for line in lines {
        let mut rest = *line;
        while let Some(at) = rest.find('{') {
            text.push_str(&rest[..at]);
            let (word, value) = words.iter().find(|(word, _)| rest[at..].starts_with(word)).unwrap();
            text.push_str(value);
            rest = &rest[at + word.len()..];
        }
        text.push_str(rest);
        text.push('\n');
    }
}

/// What goes well.
const ORDINARY: &[&[&str]] = &[
    &[
        "{time} postfix/smtpd[{pid}]: connect from {client}[{from}]",
        "{time} postfix/smtpd[{pid}]: Anonymous TLS connection established from {client}[{from}]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256",
        "{time} postfix/smtpd[{pid}]: {queue}: client={client}[{from}]",
        "{time} postfix/cleanup[{pid}]: {queue}: message-id=<{session}@{client}>",
        "{time} postfix/qmgr[2211]: {queue}: from=<{user}@{client}>, size={size}, nrcpt=1 (queue active)",
        "{time} postfix/smtpd[{pid}]: disconnect from {client}[{from}] ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7",
        "{time} postfix/lmtp[{pid}]: {queue}: to=<{user}@example.org>, relay=mx.example.org[private/dovecot-lmtp], delay={delay}, delays=0.09/0/0/0.02, dsn=2.0.0, status=sent (250 2.0.0 <{user}@example.org> {session} Saved)",
        "{time} dovecot: lmtp({user}@example.org)<{pid}><{session}>: sieve: msgid=<{session}@{client}>: stored mail into mailbox 'INBOX'",
        "{time} postfix/qmgr[2211]: {queue}: removed",
    ],
    &[
        "{time} postfix/qmgr[2211]: {queue}: from=<{user}@example.org>, size={size}, nrcpt=1 (queue active)",
        "{time} postfix/smtp[{pid}]: Trusted TLS connection established to {host}[{ip}]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ECDSA (prime256v1) server-digest SHA256",
        "{time} postfix/smtp[{pid}]: {queue}: to=<{user}@{host}>, relay={host}[{ip}]:25, delay={delay}, delays=0.01/0/0.13/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as {session})",
        "{time} postfix/qmgr[2211]: {queue}: removed",
    ],
    &[
        "{time} dovecot: imap-login: Login: user=<{user}@example.org>, method=PLAIN, rip={from}, lip=203.0.113.5, mpid={pid}, TLS, session=<{session}>",
        "{time} dovecot: imap({user}@example.org)<{pid}><{session}>: Disconnected: Logged out in=117 out={size} deleted=0 expunged=0 trashed=0 hdr_count=4 hdr_bytes=1210 body_count=1 body_bytes={size}",
    ],
    &[
        "{time} dovecot: pop3-login: Login: user=<{user}>, method=PLAIN, rip={from}, lip=203.0.113.5, mpid={pid}, TLS, session=<{session}>",
        "{time} dovecot: pop3({user})<{pid}><{session}>: Disconnected: Logged out top=0/0, retr=1/{size}, del=1/1, size={size}",
    ],
    &[
        "{time} exim[{pid}]: {exim} <= {user}@{client} H={client} [{from}] P=esmtps X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no S={size} id={session}@{client}",
        "{time} exim[{pid}]: {exim} => {user}@{host} R=dnslookup T=remote_smtp H={host} [{ip}] X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=yes C=\"250 2.0.0 Ok: queued as {session}\"",
        "{time} exim[{pid}]: {exim} Completed",
    ],
    &[
        "{time} postfix/anvil[{pid}]: statistics: max connection rate 1/60s for (smtp:{from}) at Mar  3 09:59:59",
        "{time} opendkim[{pid}]: {queue}: DKIM-Signature field added (s=mail, d=example.org)",
    ],
    &[
        "{time} rspamd[{pid}]: <{session}>; task; rspamd_task_write_log: id: <{session}@{client}>, qid: <{queue}>, ip: {from}, from: <{user}@{client}>, (default: F (no action): [-0.10/15.00] [MIME_GOOD(-0.10),ARC_NA(0.00)]), len: {size}, time: 142.1ms",
    ],
];

/// A fault: its name, the rule that it means (or what is no fault), and its lines.
type Fault = (&'static str, &'static str, &'static [&'static str]);

const FAULTS: &[Fault] = &[
    (
        "server-unknown-ca",
        "cert-rejected-by-peer",
        &[
            "{time} postfix/smtpd[{pid}]: SSL_accept error from {client}[{from}]: -1",
            "{time} postfix/smtpd[{pid}]: warning: TLS library problem: error:0A000418:SSL routines::tlsv1 alert unknown ca:ssl/record/rec_layer_s3.c:1584:SSL alert number 48:",
            "{time} postfix/smtpd[{pid}]: lost connection after STARTTLS from {client}[{from}]",
            "{time} postfix/smtpd[{pid}]: disconnect from {client}[{from}] ehlo=1 starttls=0/1 commands=1/2",
        ],
    ),
    (
        "server-bad-certificate",
        "cert-rejected-by-peer",
        &[
            "{time} postfix/smtpd[{pid}]: SSL_accept error from {client}[{from}]: -1",
            "{time} postfix/smtpd[{pid}]: warning: TLS library problem: error:0A000412:SSL routines::sslv3 alert bad certificate:ssl/record/rec_layer_s3.c:1584:SSL alert number 42:",
        ],
    ),
    (
        "server-old-version",
        "tls-version-obsolete",
        &[
            "{time} postfix/smtpd[{pid}]: SSL_accept error from {client}[{from}]: -1",
            "{time} postfix/smtpd[{pid}]: warning: TLS library problem: error:0A000102:SSL routines::unsupported protocol:ssl/statem/statem_srvr.c:1657:",
        ],
    ),
    (
        "server-no-shared-cipher",
        "tls-cipher-mismatch",
        &[
            "{time} postfix/smtpd[{pid}]: SSL_accept error from {client}[{from}]: -1",
            "{time} postfix/smtpd[{pid}]: warning: TLS library problem: error:0A0000C1:SSL routines::no shared cipher:ssl/statem/statem_srvr.c:2220:",
        ],
    ),
    (
        "server-http",
        "plaintext-on-tls-port",
        &[
            "{time} postfix/smtps/smtpd[{pid}]: SSL_accept error from unknown[{from}]: -1",
            "{time} postfix/smtps/smtpd[{pid}]: warning: TLS library problem: error:0A00009C:SSL routines::http request:ssl/record/ssl3_record.c:345:",
            "{time} postfix/smtps/smtpd[{pid}]: lost connection after CONNECT from unknown[{from}]",
        ],
    ),
    (
        "server-lost",
        "tls-handshake-lost-connection",
        &[
            "{time} postfix/smtpd[{pid}]: SSL_accept error from {client}[{from}]: lost connection",
            "{time} postfix/smtpd[{pid}]: lost connection after STARTTLS from {client}[{from}]",
        ],
    ),
    (
        "server-timeout",
        "tls-handshake-timeout",
        &["{time} postfix/smtpd[{pid}]: SSL_accept error from {client}[{from}]: Connection timed out"],
    ),
    (
        "server-no-file",
        "cert-file-unreadable",
        &[
            "{time} postfix/smtpd[{pid}]: warning: cannot get RSA certificate from file \"/etc/ssl/mail.pem\": disabling TLS support",
            "{time} postfix/smtpd[{pid}]: warning: TLS library problem: error:80000002:system library::No such file or directory:crypto/bio/bss_file.c:297:calling fopen(/etc/ssl/mail.pem, r):",
        ],
    ),
    (
        "server-key-mismatch",
        "cert-key-mismatch",
        &[
            "{time} postfix/smtpd[{pid}]: warning: cannot get RSA private key from file /etc/ssl/mail.key: disabling TLS support",
            "{time} postfix/smtpd[{pid}]: warning: TLS library problem: error:05800074:x509 certificate routines::key values mismatch:crypto/x509/x509_cmp.c:408:",
        ],
    ),
    (
        "client-expired",
        "cert-expired",
        &[
            "{time} postfix/smtp[{pid}]: certificate verification failed for {host}[{ip}]:25: certificate has expired",
            "{time} postfix/smtp[{pid}]: {queue}: to=<{user}@{host}>, relay={host}[{ip}]:25, delay={delay}, delays=0.01/0/0.1/0, dsn=4.7.5, status=deferred (Server certificate not trusted)",
        ],
    ),
    (
        "client-untrusted",
        "cert-untrusted",
        &[
            "{time} postfix/smtp[{pid}]: certificate verification failed for {host}[{ip}]:25: untrusted issuer /C=XX/O=Example/CN=Example Root",
            "{time} postfix/smtp[{pid}]: {queue}: to=<{user}@{host}>, relay={host}[{ip}]:25, delay={delay}, delays=0.01/0/0.1/0, dsn=4.7.5, status=deferred (Server certificate not trusted)",
        ],
    ),
    (
        "client-self-signed",
        "cert-self-signed",
        &[
            "{time} postfix/smtp[{pid}]: certificate verification failed for {host}[{ip}]:25: self-signed certificate",
            "{time} postfix/smtp[{pid}]: {queue}: to=<{user}@{host}>, relay={host}[{ip}]:25, delay={delay}, delays=0.01/0/0.1/0, dsn=4.7.5, status=deferred (Server certificate not trusted)",
        ],
    ),
    (
        "client-not-yet-valid",
        "cert-not-yet-valid",
        &[
            "{time} postfix/smtp[{pid}]: certificate verification failed for {host}[{ip}]:25: certificate not yet valid",
        ],
    ),
    (
        "client-name",
        "cert-name-mismatch",
        &[
            "{time} postfix/smtp[{pid}]: certificate verification failed for {host}[{ip}]:25: num=62:hostname mismatch",
            "{time} postfix/smtp[{pid}]: {queue}: to=<{user}@{host}>, relay={host}[{ip}]:25, delay={delay}, delays=0.01/0/0.1/0, dsn=4.7.5, status=deferred (Server certificate not verified)",
        ],
    ),
    (
        "client-no-starttls",
        "starttls-missing",
        &[
            "{time} postfix/smtp[{pid}]: {queue}: to=<{user}@{host}>, relay={host}[{ip}]:25, delay={delay}, delays=0.01/0/0.1/0, dsn=4.7.4, status=deferred (TLS is required, but was not offered by host {host}[{ip}])",
        ],
    ),
    (
        "client-lost",
        "tls-handshake-lost-connection",
        &[
            "{time} postfix/smtp[{pid}]: SSL_connect error to {host}[{ip}]:25: lost connection",
            "{time} postfix/smtp[{pid}]: {queue}: to=<{user}@{host}>, relay={host}[{ip}]:25, delay={delay}, delays=0.01/0/0.1/0, dsn=4.7.5, status=deferred (Cannot start TLS: handshake failure)",
        ],
    ),
    (
        "client-wrong-version",
        "wrong-tls-mode",
        &[
            "{time} postfix/smtp[{pid}]: SSL_connect error to {host}[{ip}]:465: -1",
            "{time} postfix/smtp[{pid}]: warning: TLS library problem: error:0A00010B:SSL routines::wrong version number:ssl/record/ssl3_record.c:354:",
        ],
    ),
    (
        "client-handshake-failure",
        "tls-cipher-mismatch",
        &[
            "{time} postfix/smtp[{pid}]: SSL_connect error to {host}[{ip}]:25: -1",
            "{time} postfix/smtp[{pid}]: warning: TLS library problem: error:0A000410:SSL routines::sslv3 alert handshake failure:ssl/record/rec_layer_s3.c:1584:SSL alert number 40:",
        ],
    ),
    (
        "client-dh",
        "tls-dh-weak",
        &[
            "{time} postfix/smtp[{pid}]: SSL_connect error to {host}[{ip}]:25: -1",
            "{time} postfix/smtp[{pid}]: warning: TLS library problem: error:0A00018A:SSL routines::dh key too small:ssl/statem/statem_clnt.c:2085:",
        ],
    ),
    (
        "client-legacy-renegotiation",
        "tls-renegotiation-insecure",
        &[
            "{time} postfix/smtp[{pid}]: SSL_connect error to {host}[{ip}]:25: -1",
            "{time} postfix/smtp[{pid}]: warning: TLS library problem: error:0A000152:SSL routines::unsafe legacy renegotiation disabled:ssl/statem/extensions.c:893:",
        ],
    ),
    (
        "client-internal-error",
        "tls-internal-error",
        &[
            "{time} postfix/smtp[{pid}]: SSL_connect error to {host}[{ip}]:25: -1",
            "{time} postfix/smtp[{pid}]: warning: TLS library problem: error:0A000438:SSL routines::tlsv1 alert internal error:ssl/record/rec_layer_s3.c:1584:SSL alert number 80:",
        ],
    ),
    (
        "client-tlsa",
        "dnssec-bogus",
        &[
            "{time} postfix/smtp[{pid}]: warning: TLS policy lookup for {host}/{host}: TLSA lookup error for {host}:25",
            "{time} postfix/smtp[{pid}]: {queue}: to=<{user}@{host}>, relay=none, delay={delay}, delays=0.01/0/0.1/0, dsn=4.7.5, status=deferred (TLSA lookup error for {host}:25)",
        ],
    ),
    (
        "client-policy",
        "tls-config-invalid",
        &[
            "{time} postfix/smtp[{pid}]: warning: smtp_tls_policy_maps, next-hop destination \"{host}\": invalid attribute name: \"servername\"",
        ],
    ),
    (
        "imap-unknown-ca",
        "cert-rejected-by-peer",
        &[
            "{time} dovecot: imap-login: Disconnected: Connection closed: SSL_accept() failed: error:0A000418:SSL routines::tlsv1 alert unknown ca: SSL alert number 48 (no auth attempts in 0 secs): user=<>, rip={from}, lip=203.0.113.5, TLS handshaking: SSL_accept() failed: error:0A000418:SSL routines::tlsv1 alert unknown ca: SSL alert number 48, session=<{session}>",
        ],
    ),
    (
        "imap-no-shared-cipher",
        "tls-cipher-mismatch",
        &[
            "{time} dovecot: imap-login: Disconnected: Connection closed: SSL_accept() failed: error:0A0000C1:SSL routines::no shared cipher (disconnected during TLS handshake): user=<>, rip={from}, lip=203.0.113.5, TLS handshaking: SSL_accept() failed: error:0A0000C1:SSL routines::no shared cipher, session=<{session}>",
        ],
    ),
    (
        "imap-old-version",
        "tls-version-obsolete",
        &[
            "{time} dovecot: imap-login: Disconnected: Connection closed: SSL_accept() failed: error:0A000102:SSL routines::unsupported protocol (no auth attempts in 0 secs): user=<>, rip={from}, lip=203.0.113.5, TLS handshaking: SSL_accept() failed: error:0A000102:SSL routines::unsupported protocol, session=<{session}>",
        ],
    ),
    (
        "imap-lost",
        "tls-handshake-lost-connection",
        &[
            "{time} dovecot: imap-login: Disconnected (no auth attempts in 1 secs): user=<>, rip={from}, lip=203.0.113.5, TLS handshaking: Disconnected, session=<{session}>",
        ],
    ),
    (
        "imap-plaintext-login",
        "login-requires-tls",
        &[
            "{time} dovecot: imap-login: Disconnected (tried to use disallowed plaintext auth): user=<>, rip={from}, lip=203.0.113.5, session=<{session}>",
        ],
    ),
    (
        "imap-no-file",
        "cert-file-unreadable",
        &[
            "{time} dovecot: imap-login: Fatal: Couldn't parse private ssl_key: error:04800066:PEM routines::bad end line",
        ],
    ),
    (
        "imap-http",
        "plaintext-on-tls-port",
        &[
            "{time} dovecot: imap-login: Disconnected: Connection closed: SSL_accept() failed: error:0A00009C:SSL routines::http request (no auth attempts in 0 secs): user=<>, rip={from}, lip=203.0.113.5, TLS handshaking: SSL_accept() failed: error:0A00009C:SSL routines::http request, session=<{session}>",
        ],
    ),
    (
        "exim-server-alert",
        "cert-rejected-by-peer",
        &[
            "{time} exim[{pid}]: TLS error on connection from {client} [{from}] (SSL_accept): error:0A000416:SSL routines::sslv3 alert certificate unknown",
        ],
    ),
    (
        "exim-server-http",
        "plaintext-on-tls-port",
        &[
            "{time} exim[{pid}]: TLS error on connection from [{from}] (SSL_accept): error:0A00009C:SSL routines::http request",
        ],
    ),
    (
        "exim-server-lost",
        "tls-handshake-lost-connection",
        &[
            "{time} exim[{pid}]: TLS error on connection from {client} [{from}] (SSL_accept): SSL_ERROR_SYSCALL: Connection reset by peer",
        ],
    ),
    (
        "exim-client-verify",
        "cert-verify-failed",
        &[
            "{time} exim[{pid}]: {exim} [{ip}] SSL verify error: certificate invalid",
            "{time} exim[{pid}]: {exim} TLS session: (certificate verification failed): certificate invalid: delivering unencrypted to H={host} [{ip}] (not in hosts_require_tls)",
        ],
    ),
    (
        "exim-client-required",
        "starttls-missing",
        &[
            "{time} exim[{pid}]: {exim} == {user}@{host} R=dnslookup T=remote_smtp defer (-38) H={host} [{ip}]: a TLS session is required, but the server did not offer TLS support",
        ],
    ),
    (
        "exim-client-unknown-protocol",
        "wrong-tls-mode",
        &[
            "{time} exim[{pid}]: {exim} == {user}@{host} R=dnslookup T=remote_smtp defer (-37) H={host} [{ip}]: TLS session: (SSL_connect): error:0A00010B:SSL routines::wrong version number",
        ],
    ),
    (
        "exim-client-expired",
        "cert-expired",
        &[
            "{time} exim[{pid}]: {exim} [{ip}] SSL verify error: depth=0 error=certificate has expired cert=/CN={host}",
        ],
    ),
    (
        "sendmail-server-lost",
        "tls-handshake-lost-connection",
        &[
            "{time} sm-mta[{pid}]: STARTTLS=server, error: accept failed=0, reason=unknown, SSL_error=5, errno=0, retry=-1, relay={client} [{from}]",
        ],
    ),
    (
        "sendmail-server-alert",
        "cert-rejected-by-peer",
        &[
            "{time} sm-mta[{pid}]: STARTTLS=server, error: accept failed=-1, reason=sslv3 alert bad certificate, SSL_error=1, errno=0, retry=-1, relay={client} [{from}]",
            "{time} sm-mta[{pid}]: STARTTLS=server: {pid}:error:0A000412:SSL routines::sslv3 alert bad certificate:ssl/record/rec_layer_s3.c:1584:SSL alert number 42:",
        ],
    ),
    (
        "sendmail-client-version",
        "tls-version-obsolete",
        &[
            "{time} sm-mta[{pid}]: STARTTLS=client, error: connect failed=-1, reason=unsupported protocol, SSL_error=1, errno=0, retry=-1, relay={host}. [{ip}]",
            "{time} sm-mta[{pid}]: {queue}: to=<{user}@{host}>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri={size}, relay={host}. [{ip}], dsn=4.0.0, stat=Deferred: 403 4.7.0 TLS handshake failed.",
        ],
    ),
];
