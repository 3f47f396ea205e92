use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use insta::assert_snapshot;

use super::text::{Style, render};
use super::{CipherReport, EnumerationReport, Part, PeerVerdict, Report, json, report, schema, target};
use crate::bytes::Fingerprint;
use crate::endpoint::{EndpointId, Place};
use crate::finding::{Change, Finding, Fix, Severity};
use crate::grade::{Grade, Graded};
use crate::name::Host;
use crate::observation::{Connect, Session, TargetKind};
use crate::policy::{self, Policy};
use crate::sample::{self, Sample};
use crate::software::{Product, Software};

/// A finding with its cures, as judging hands it over.
struct Told {
    finding: Finding,
    fixes: Vec<Fix>,
    verify: Vec<String>,
}

fn fix(for_: &str, text: &str, commands: &[&str]) -> Fix {
    Fix {
        for_: for_.into(),
        text: text.into(),
        commands: commands.iter().map(|command| (*command).into()).collect(),
        config: None,
    }
}

/// Postfix on the SMTP ports and Dovecot on the others.
fn software(sample: &Sample) -> Vec<Option<Software>> {
    let of = |port| match port {
        25 | 465 | 587 => Product::Postfix,
        _ => Product::Dovecot,
    };
    sample
        .seen
        .endpoints
        .iter()
        .map(|seen| {
            Some(Software { product: of(seen.endpoint.port), version: None, evidence: "greeting".into() })
        })
        .collect()
}

fn build(sample: &Sample, told: Vec<Told>, open: Vec<(&'static str, String, Vec<EndpointId>)>) -> Report {
    graded(sample, told, open, Vec::new(), &policy::MAIL)
}

fn graded(
    sample: &Sample,
    told: Vec<Told>,
    open: Vec<(&'static str, String, Vec<EndpointId>)>,
    grades: Vec<Option<Graded>>,
    policy: &Policy,
) -> Report {
    let judged = policy::judge(policy, &sample.seen, &sample.diagnosis, sample.now);
    let findings: Vec<Finding> = told.iter().map(|told| told.finding.clone()).collect();
    let part = Part {
        seen: &sample.seen,
        diagnosis: &sample.diagnosis,
        findings: &findings,
        open,
        software: software(sample),
        references: vec![&["RFC 5280 §4.1.2.5"]; findings.len()],
        fixes: told.into_iter().map(|told| (told.fixes, told.verify)).collect(),
        grades,
        verdicts: Vec::new(),
        policy: (!judged.is_empty()).then_some((policy, judged)),
        now: sample.now,
    };
    report(sample.now, vec![target(part)])
}

fn ids(sample: &Sample, ports: &[u16]) -> Vec<EndpointId> {
    let seen = &sample.seen.endpoints;
    ports.iter().map(|port| seen.iter().find(|seen| seen.endpoint.port == *port).unwrap().id()).collect()
}

fn expired(sample: &mut Sample, ports: &[u16]) -> Told {
    let mut finding = Finding::new(
        Severity::Error,
        "one",
        "the certificate has expired",
        "The certificate ended on 2026-11-18 12:00 UTC, 3 days ago. A newer one for the same names, good until \
         2027-01-30, is served on mail.example.org:25: it was renewed, and Dovecot has not been told.",
    )
    .hurts("Thunderbird, Apple Mail, Outlook and K-9 refuse or warn")
    .evidence("not_after", "2026-11-18T12:00:00Z");
    finding.rule = "cert-expired";
    finding.endpoints = ids(sample, ports);
    Told {
        finding,
        fixes: vec![
            fix("dovecot", "Load the new certificate:", &["doveadm reload"]),
            fix("postfix", "Load the new certificate:", &["postfix reload"]),
            fix("any", "Restart the server.", &[]),
        ],
        verify: vec!["mailmedic check mail.example.org:993 mail.example.org:143".into()],
    }
}

fn incomplete(sample: &Sample) -> Told {
    let leaf = sample.diagnosis.chains[0].leaf();
    let mut finding = Finding::new(
        Severity::Warning,
        "two",
        "the server does not send its intermediate certificate",
        "The server sends its own certificate but not the intermediate \"R99\" that links it to a root.",
    )
    .hurts("senders that verify: Postfix at level secure, Exim with verification")
    .change(Change::ServeChain { file: "mail.example.org.fullchain.pem".into(), chain: Some(vec![leaf]) });
    finding.rule = "chain-incomplete";
    finding.endpoints = ids(sample, &[25]);
    let long = "postconf -e 'smtpd_tls_chain_files = /etc/ssl/mail/key.pem, /etc/ssl/mail/mail.example.org.fullchain.pem'";
    Told {
        finding,
        fixes: vec![fix("postfix", "Install the full chain, then:", &[long, "postfix reload"])],
        verify: vec!["mailmedic check mail.example.org:25".into()],
    }
}

fn note(sample: &Sample, rule: &'static str, title: &str, ports: &[u16]) -> Told {
    let mut finding = Finding::new(Severity::Note, rule, title, format!("It is so: {title}."));
    finding.rule = rule;
    finding.endpoints = ids(sample, ports);
    Told { finding, fixes: vec![fix("any", "Think about it.", &[])], verify: Vec::new() }
}

const ALL: [u16; 7] = [25, 587, 465, 993, 143, 995, 110];

#[test]
fn a_healthy_domain_takes_a_sentence_and_a_table() {
    let report = build(&sample::healthy(), Vec::new(), Vec::new());
    assert_snapshot!(render(&report, &Style::default()), @"
    example.org: all is well
    1 host, 7 endpoints, 70 connections, 0.7 s

    endpoint              address    software  TLS      certificate    state
    mail.example.org:25   192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ok
    mail.example.org:587  192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ok
    mail.example.org:465  192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ok
    mail.example.org:993  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok
    mail.example.org:143  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok
    mail.example.org:995  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok
    mail.example.org:110  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok
    ");
}

#[test]
fn one_cause_on_two_ports_is_one_finding() {
    let mut sample = sample::healthy();
    let told = expired(&mut sample, &[993, 143]);
    let report = build(&sample, vec![told], Vec::new());
    assert_snapshot!(render(&report, &Style::default()), @"
    example.org: reading fails on some ports, sending works, mail still arrives
    1 host, 7 endpoints, 70 connections, 0.7 s

    ERROR  cert-expired            mail.example.org:993, :143 (Dovecot)
      The certificate ended on 2026-11-18 12:00 UTC, 3 days ago. A newer one for the
      same names, good until 2027-01-30, is served on mail.example.org:25: it was
      renewed, and Dovecot has not been told.
      hurts   Thunderbird, Apple Mail, Outlook and K-9 refuse or warn
      cure    Load the new certificate:
              doveadm reload
      verify  mailmedic check mail.example.org:993 mail.example.org:143

    endpoint              address    software  TLS      certificate    state
    mail.example.org:25   192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ok
    mail.example.org:587  192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ok
    mail.example.org:465  192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ok
    mail.example.org:993  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ERROR
    mail.example.org:143  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ERROR
    mail.example.org:995  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok
    mail.example.org:110  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok
    ");
}

fn mixed() -> Report {
    let mut sample = sample::healthy();
    let told = vec![
        expired(&mut sample, &[993, 143, 587]),
        incomplete(&sample),
        note(&sample, "tls-group-pq-missing", "no post-quantum key exchange yet", &ALL),
        note(&sample, "tls-server-order-missing", "the server follows the client's order", &[995, 110]),
    ];
    let open = vec![
        ("cert-revoked", "the CRL at c.example.net timed out".into(), ids(&sample, &[993, 143])),
        ("tls-cipher-weak", "the server closed without an alert".into(), ids(&sample, &[25])),
        ("tls-dh-weak", "the server closed without an alert".into(), ids(&sample, &[25, 587])),
    ];
    build(&sample, told, open)
}

#[test]
fn findings_come_worst_first_and_notes_are_folded() {
    assert_snapshot!(render(&mixed(), &Style::default()), @r#"
    example.org: some logins fail, mail still arrives
    1 host, 7 endpoints, 70 connections, 0.7 s

    ERROR  cert-expired            mail.example.org:587, :993, :143 (Postfix,
                                   Dovecot)
      The certificate ended on 2026-11-18 12:00 UTC, 3 days ago. A newer one for the
      same names, good until 2027-01-30, is served on mail.example.org:25: it was
      renewed, and Dovecot has not been told.
      hurts   Thunderbird, Apple Mail, Outlook and K-9 refuse or warn
      cure    Dovecot: Load the new certificate:
              doveadm reload

              Postfix: Load the new certificate:
              postfix reload
      verify  mailmedic check mail.example.org:993 mail.example.org:143

    WARN   chain-incomplete        mail.example.org:25 (Postfix)
      The server sends its own certificate but not the intermediate "R99" that links
      it to a root.
      hurts   senders that verify: Postfix at level secure, Exim with verification
      chain   mail.example.org.fullchain.pem, the full chain, is written by
              mailmedic check mail.example.org:25 --chain-dir .
      cure    Install the full chain, then:
              postconf -e 'smtpd_tls_chain_files = /etc/ssl/mail/key.pem, /etc/ssl/mail/mail.example.org.fullchain.pem'
              postfix reload
      verify  mailmedic check mail.example.org:25

    NOTE   tls-group-pq-missing    all endpoints (Postfix, Dovecot): no post-quantum
                                   key exchange yet
    NOTE   tls-server-order-missing  mail.example.org:995, :110 (Dovecot): the
                                   server follows the client's order

    endpoint              address    software  TLS      certificate    state
    mail.example.org:25   192.0.2.1  Postfix   1.2-1.3  mail, 80 days  warn
    mail.example.org:587  192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ERROR
    mail.example.org:465  192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ok
    mail.example.org:993  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ERROR
    mail.example.org:143  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ERROR
    mail.example.org:995  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok
    mail.example.org:110  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok

    could not tell: cert-revoked on mail.example.org:993, :143 (Dovecot): the CRL at
      c.example.net timed out
    could not tell: tls-cipher-weak, tls-dh-weak on mail.example.org:25, :587
      (Postfix): the server closed without an alert
    "#);
}

#[test]
fn verbose_tells_every_cure() {
    let style =
        Style { verbose: true, width: 100, chain_dir: Some("/tmp/chains".into()), ..Style::default() };
    let mut report = mixed();
    // What is beside the point here: the mail records.
    report.targets[0].records.clear();
    assert_snapshot!(render(&report, &style), @r#"
    example.org: some logins fail, mail still arrives
    1 host, 7 endpoints, 70 connections, 0.7 s

    ERROR  cert-expired            mail.example.org:587, :993, :143 (Postfix, Dovecot)
      The certificate ended on 2026-11-18 12:00 UTC, 3 days ago. A newer one for the same names, good
      until 2027-01-30, is served on mail.example.org:25: it was renewed, and Dovecot has not been told.
      hurts   Thunderbird, Apple Mail, Outlook and K-9 refuse or warn
      cure    Dovecot: Load the new certificate:
              doveadm reload

              Postfix: Load the new certificate:
              postfix reload

              any server: Restart the server.
      verify  mailmedic check mail.example.org:993 mail.example.org:143

    WARN   chain-incomplete        mail.example.org:25 (Postfix)
      The server sends its own certificate but not the intermediate "R99" that links it to a root.
      hurts   senders that verify: Postfix at level secure, Exim with verification
      chain   the full chain is in /tmp/chains/mail.example.org.fullchain.pem
      cure    Install the full chain, then:
              postconf -e 'smtpd_tls_chain_files = /etc/ssl/mail/key.pem, /etc/ssl/mail/mail.example.org.fullchain.pem'
              postfix reload
      verify  mailmedic check mail.example.org:25

    NOTE   tls-group-pq-missing    all endpoints (Postfix, Dovecot)
      It is so: no post-quantum key exchange yet.
      cure    Think about it.

    NOTE   tls-server-order-missing  mail.example.org:995, :110 (Dovecot)
      It is so: the server follows the client's order.
      cure    Think about it.

    endpoint              address    software  TLS      certificate    state
    mail.example.org:25   192.0.2.1  Postfix   1.2-1.3  mail, 80 days  warn
    mail.example.org:587  192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ERROR
    mail.example.org:465  192.0.2.1  Postfix   1.2-1.3  mail, 80 days  ok
    mail.example.org:993  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ERROR
    mail.example.org:143  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ERROR
    mail.example.org:995  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok
    mail.example.org:110  192.0.2.1  Dovecot   1.2-1.3  mail, 80 days  ok

    could not tell: cert-revoked on mail.example.org:993, :143 (Dovecot): the CRL at c.example.net timed
      out
    could not tell: tls-cipher-weak, tls-dh-weak on mail.example.org:25, :587 (Postfix): the server
      closed without an alert
    "#);
}

#[test]
fn colours_add_nothing_but_escape_sequences() {
    let plain = render(&mixed(), &Style::default());
    let coloured = render(&mixed(), &Style { colour: true, ..Style::default() });
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31mERROR\u{1b}[0m"), "{coloured}");
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn a_finding_without_a_place_keeps_its_heading() {
    let mut sample = sample::healthy();
    let mut told = expired(&mut sample, &[]);
    told.finding.rule = "mx-missing";
    let text = render(&build(&sample, vec![told], Vec::new()), &Style::default());
    assert!(text.contains("\nERROR  mx-missing\n  The certificate"), "{text}");
}

#[test]
fn nothing_reached_says_why() {
    let mut sample = sample::healthy();
    for seen in &mut sample.seen.endpoints {
        let refused = Session {
            connect: Connect::Refused,
            plain: None,
            tls: None,
            inside: None,
            ..seen.sessions[0].clone()
        };
        seen.sessions = vec![refused];
    }
    sample.diagnosis.chains.clear();
    let open = ["cert-expired", "cert-untrusted", "tls-dh-weak", "tls13-missing"]
        .map(|rule| (rule, "the connection was refused".to_owned(), ids(&sample, &ALL)));
    let report = build(&sample, Vec::new(), open.to_vec());
    assert_snapshot!(render(&report, &Style::default()), @"
    example.org: nothing could be examined: the connection was refused (7 ports)
    1 host, 7 endpoints, 7 connections, 0.7 s

    endpoint              address    software  TLS  certificate  state
    mail.example.org:25   192.0.2.1  Postfix   -    -            not reached
    mail.example.org:587  192.0.2.1  Postfix   -    -            not reached
    mail.example.org:465  192.0.2.1  Postfix   -    -            not reached
    mail.example.org:993  192.0.2.1  Dovecot   -    -            not reached
    mail.example.org:143  192.0.2.1  Dovecot   -    -            not reached
    mail.example.org:995  192.0.2.1  Dovecot   -    -            not reached
    mail.example.org:110  192.0.2.1  Dovecot   -    -            not reached

    could not tell: 4 questions on all endpoints (Postfix, Dovecot): nothing was
      reached (--verbose lists them)
    ");
    sample.seen.interrupted = true;
    let report = build(&sample, Vec::new(), Vec::new());
    assert_eq!(report.targets[0].verdict, "stopped before anything could be examined");
    sample.seen.endpoints.clear();
    sample.seen.interrupted = false;
    let report = build(&sample, Vec::new(), Vec::new());
    assert_eq!(report.targets[0].verdict, "nothing could be examined: no mail server was found");
}

#[test]
fn open_questions_keep_the_verdict_modest() {
    let sample = sample::healthy();
    let open = vec![("cert-revoked", "the CRL at c.example.net timed out".to_owned(), Vec::new())];
    let report = build(&sample, Vec::new(), open);
    assert_eq!(report.targets[0].verdict, "all is well, as far as could be told");
}

#[test]
fn foreign_text_cannot_drive_the_terminal() {
    let mut sample = sample::healthy().only(993);
    let leaf = sample.leaf();
    leaf.names.as_mut().unwrap().dns = vec!["\u{1b}[2J.evil\r\n".into()];
    leaf.subject = "CN=\u{9b}31m\u{202e}gro.elpmaxe".into();
    let mut told = note(&sample, "greeting-invalid", "it said \u{1b}]0;owned\u{7}", &[993]);
    told.finding.severity = Severity::Error;
    told.finding.cause = "The greeting is \"\u{1b}[31m\u{202e}\nfalse line\".".into();
    told.finding.hurts = Some("\u{9b}1m".into());
    let report = build(&sample, vec![told], vec![("x", "because \u{7f}\u{1b}c".into(), Vec::new())]);
    let text = render(&report, &Style::default());
    assert!(!text.chars().any(|c| c != '\n' && super::text::is_unsafe(c)), "{text:?}");
    let json = json::render(&report);
    assert!(!json.chars().any(|c| c != '\n' && super::text::is_unsafe(c)), "{json:?}");
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    assert_snapshot!(text, @r#"
    example.org: logins fail
    1 host, 1 endpoint, 10 connections, 0.7 s

    ERROR  greeting-invalid        mail.example.org:993 (Dovecot)
      The greeting is "\x1b[31m\u{202e} false line".
      hurts   \u{9b}1m
      cure    Think about it.

    endpoint              software  TLS      certificate                    state
    mail.example.org:993  Dovecot   1.2-1.3  \x1b[2J.evil\x0d\x0a, 80 days  ERROR

    could not tell: x: because \x7f\x1bc
    "#);
}

#[test]
fn names_are_shown_as_people_read_them() {
    let mut sample = sample::healthy().only(993);
    sample.seen.input = "bücher.example".into();
    sample.port(993).endpoint.host = Host::new("imap.bücher.example").unwrap();
    let report = build(&sample, Vec::new(), Vec::new());
    assert_snapshot!(render(&report, &Style::default()), @"
    bücher.example: all is well
    1 host, 1 endpoint, 10 connections, 0.7 s
    bücher.example is xn--bcher-kva.example in DNS and in certificates
    imap.bücher.example is imap.xn--bcher-kva.example in DNS and in certificates

    endpoint                 software  TLS      certificate                state
    imap.bücher.example:993  Dovecot   1.2-1.3  mail.example.org, 80 days  ok
    ");
}

#[test]
fn long_lists_of_ports_are_counted() {
    let mut sample = sample::healthy();
    let extra = (0..3).map(|index| {
        let mut seen = sample.seen.endpoints[3].clone();
        seen.endpoint.host = Host::new(&format!("imap{index}.example.org")).unwrap();
        seen
    });
    let extra: Vec<_> = extra.collect();
    sample.seen.endpoints.extend(extra);
    let mut told = note(&sample, "cert-expires-soon", "it ends soon", &[]);
    told.finding.endpoints = sample.seen.endpoints[1..].iter().map(|seen| seen.id()).collect();
    let report = build(&sample, vec![told], Vec::new());
    let text = render(&report, &Style { width: 200, ..Style::default() });
    assert!(
        text.contains("mail.example.org:587, :465, :993, :143, :995, :110 and 3 more (Postfix, Dovecot): it"),
        "{text}"
    );
}

#[test]
fn one_of_two_addresses_is_named() {
    let mut sample = sample::healthy().only(993);
    let mut other = sample.seen.endpoints[0].clone();
    other.endpoint.place = Place::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)), 993));
    sample.seen.endpoints.push(other);
    let told = note(&sample, "address-family-differs", "they differ", &[993]);
    let report = build(&sample, vec![told], Vec::new());
    let text = render(&report, &Style { width: 200, ..Style::default() });
    assert!(text.contains("mail.example.org:993 at 192.0.2.1 (Dovecot): they differ"), "{text}");
}

#[test]
fn verdicts_name_the_services_that_fail() {
    let mut sample = sample::healthy();
    let mut verdict = |rule: &'static str, ports: &[u16]| {
        let mut told = expired(&mut sample, ports);
        told.finding.rule = rule;
        build(&sample, vec![told], Vec::new()).targets[0].verdict.clone()
    };
    assert_eq!(verdict("cert-expired", &ALL[1..]), "logins fail, mail still arrives");
    assert_eq!(verdict("cert-expired", &[587, 465]), "sending fails, reading works, mail still arrives");
    assert_eq!(
        verdict("cert-expired", &[993]),
        "reading fails on some ports, sending works, mail still arrives"
    );
    assert_eq!(verdict("cert-expired", &[25]), "mail from some senders does not arrive, logins work");
    assert_eq!(verdict("tls-heartbleed", &ALL), "logins are not safe, mail arrives, but not safely");
    assert_eq!(verdict("mx-missing", &[]), "the certificate has expired, logins work");
    assert_eq!(verdict("dnssec-bogus", &[]), "the certificate has expired");
    assert_eq!(verdict("srv-invalid", &[]), "the certificate has expired, mail still arrives");
    // A fault that is less bad on port 25 does not keep mail from arriving there.
    let mut told = expired(&mut sample, &ALL);
    told.finding.milder = [(sample.seen.endpoints[0].id(), Severity::Warning)].into();
    let report = build(&sample, vec![told], Vec::new());
    assert_eq!(report.targets[0].verdict, "logins fail, mail still arrives");
    let states: Vec<&str> =
        report.targets[0].endpoints.iter().map(|endpoint| endpoint.state.as_str()).collect();
    assert_eq!(states[..2], ["warning", "error"]);
    // What was only tried, and what nobody misses, is not said to fail.
    let mut sample = sample::healthy();
    for seen in sample.seen.endpoints.iter_mut().filter(|seen| ![25, 465, 587].contains(&seen.endpoint.port))
    {
        seen.sessions.truncate(1);
        seen.sessions[0].connect = Connect::Refused;
        (seen.sessions[0].plain, seen.sessions[0].tls, seen.sessions[0].inside) = (None, None, None);
    }
    let told = expired(&mut sample, &[465, 587]);
    assert_eq!(
        build(&sample, vec![told], Vec::new()).targets[0].verdict,
        "sending fails, mail still arrives"
    );
    let mut told = expired(&mut sample, &[993]);
    told.finding.rule = "port-refused";
    let verdict = build(&sample, vec![told], Vec::new()).targets[0].verdict.clone();
    assert_eq!(verdict, "reading is impossible, sending works, mail still arrives");
    let mut sample = sample::healthy();
    let told = incomplete(&sample);
    let report = build(&sample, vec![told], Vec::new());
    assert_eq!(
        report.targets[0].verdict,
        "works today, but the server does not send its intermediate certificate"
    );
    sample.seen.interrupted = true;
    sample.seen.kind = TargetKind::Host;
    let report = build(&sample, Vec::new(), Vec::new());
    assert_eq!(report.targets[0].verdict, "stopped before the end; so far all is well");
}

#[test]
fn commands_stay_whole_however_narrow_the_page() {
    let text = render(&mixed(), &Style { width: 40, ..Style::default() });
    let command = "postconf -e 'smtpd_tls_chain_files = /etc/ssl/mail/key.pem, /etc/ssl/mail/mail.example.org.fullchain.pem'";
    assert!(text.lines().any(|line| line.trim() == command), "{text}");
    let here_document = Fix { commands: vec!["cat > x <<'E'\none\nE".into()], ..fix("any", "Write:", &[]) };
    let sample = sample::healthy();
    let mut told = incomplete(&sample);
    told.fixes = vec![here_document];
    let text = render(&build(&sample, vec![told], Vec::new()), &Style::default());
    assert!(text.contains("\ncat > x <<'E'\none\nE\n"), "{text}");
}

#[test]
fn the_full_chain_is_in_the_report_as_pem() {
    let sample = sample::healthy();
    let report = build(&sample, vec![incomplete(&sample)], Vec::new());
    let chain = report.targets[0].findings[0].chain.as_ref().unwrap();
    assert_eq!(chain.file, "mail.example.org.fullchain.pem");
    assert!(chain.pem.starts_with("-----BEGIN CERTIFICATE-----\n"), "{}", chain.pem);
    let mut told = incomplete(&sample);
    told.finding.change = Some(Change::ServeChain {
        file: "x.pem".into(),
        chain: Some(vec![sample.diagnosis.chains[0].leaf(), Fingerprint::of(b"not at hand")]),
    });
    let report = build(&sample, vec![told], Vec::new());
    assert_eq!(report.targets[0].findings[0].chain, None);
}

#[test]
fn reports_obey_their_schema() {
    let schema: serde_json::Value = serde_json::from_str(&schema::render()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let healthy = build(&sample::healthy(), Vec::new(), Vec::new());
    for report in [healthy, mixed()] {
        let value = serde_json::from_str(&json::render(&report)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
    let mut wrong: serde_json::Value = serde_json::from_str(&json::render(&mixed())).unwrap();
    wrong["targets"][0]["findings"][0]["severity"] = "awful".into();
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn what_is_announced_before_tls_and_inside_is_compared() {
    let report = build(&sample::healthy(), Vec::new(), Vec::new());
    let port = |port| report.targets[0].endpoints.iter().find(|endpoint| endpoint.port == port).unwrap();
    let submission = &port(587).capabilities;
    assert_eq!(submission.only_before_tls, ["STARTTLS"]);
    assert_eq!(submission.only_inside_tls, ["AUTH PLAIN LOGIN"]);
    // Where TLS comes first there is nothing to compare.
    let implicit = &port(993).capabilities;
    assert_eq!((implicit.before_tls.as_ref(), implicit.only_inside_tls.len()), (None, 0));
    assert!(implicit.inside_tls.is_some());
}

#[test]
fn the_worst_endpoint_gives_the_grade_and_those_without_tls_have_none() {
    let sample = sample::healthy();
    let good = || Some(Graded { grade: Grade::APlus, because: Vec::new() });
    let bad = |rule| Some(Graded { grade: Grade::D, because: vec![rule] });
    let grades = vec![good(), bad("cert-expired"), None, bad("cert-untrusted"), good(), good(), good()];
    let report = graded(&sample, Vec::new(), Vec::new(), grades, &policy::MAIL);
    let target = &report.targets[0];
    assert_eq!((target.grade.as_deref(), target.endpoints[0].grade.as_deref()), (Some("D"), Some("A+")));
    assert_eq!(target.grade_because, ["cert-expired", "cert-untrusted"]);
    assert_eq!(
        (&target.endpoints[2].grade, target.endpoints[1].grade_because[0].as_str()),
        (&None, "cert-expired")
    );
    let text = render(&report, &Style::default());
    assert_eq!(text.lines().nth(2), Some("grade D: cert-expired and cert-untrusted"));
    let json: serde_json::Value = serde_json::from_str(&json::render(&report)).unwrap();
    assert_eq!(json["targets"][0]["endpoints"][2]["grade"], serde_json::Value::Null);
}

#[test]
fn a_chosen_policy_is_told_requirement_by_requirement() {
    let sample = sample::healthy().only(993);
    let policy = policy::find("pci-dss-4").unwrap();
    let report = graded(&sample, Vec::new(), Vec::new(), Vec::new(), policy);
    let told = report.targets[0].policy.as_ref().unwrap();
    let counts = [told.met, told.unmet, told.unknown, told.not_applicable];
    assert_eq!(counts.iter().sum::<u32>() as usize, policy.requirements.len());
    assert_eq!((told.unmet, told.requirements[0].outcome.as_str()), (0, "met"));
    let text = render(&report, &Style::default());
    assert_eq!(
        text.lines().nth(2),
        Some("PCI DSS 4.0.1: 9 of 12 requirements met, 2 could not be told, 1 not applicable")
    );
    let schema: serde_json::Value = serde_json::from_str(&schema::render()).unwrap();
    let value = serde_json::from_str(&json::render(&report)).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&value));
}

/// Gives each endpoint the verdicts of its peers: senders at port 25, programs elsewhere, a library everywhere.
fn with_verdicts(report: &mut Report, answers: impl Fn(u16, &str) -> &'static str) {
    let verdict = |port, peer: &'static str, name: &'static str| PeerVerdict {
        peer: peer.into(),
        name: name.into(),
        verdict: answers(port, peer).into(),
        because: Vec::new(),
        why: None,
    };
    for endpoint in &mut report.targets[0].endpoints {
        let port = endpoint.port;
        endpoint.verdicts = match port {
            25 => vec![
                verdict(port, "gmail-sender", "Gmail"),
                verdict(port, "postfix-verify", "Postfix that verifies"),
                verdict(port, "go", "Go"),
                verdict(port, "strict", "the letter of the standards"),
            ],
            _ => vec![
                verdict(port, "thunderbird", "Thunderbird"),
                verdict(port, "thunderbird-android", "K-9"),
                verdict(port, "outlook-classic", "Outlook"),
                verdict(port, "go", "Go"),
                verdict(port, "strict", "the letter of the standards"),
            ],
        };
    }
}

/// Writes the report and returns what stands after the table of endpoints.
fn matrix(report: &Report, style: &Style) -> String {
    let mut report = report.clone();
    report.targets[0].records.clear();
    let text = render(&report, style);
    let table = text.find("mail.example.org:110 ").unwrap();
    text[table..].split_once('\n').unwrap().1.trim_start_matches('\n').to_owned()
}

#[test]
fn verbose_tells_what_a_listing_cost_and_what_is_unusable() {
    let listing = |connections, lower_bound, groups_complete, suites: &[(&str, Option<&str>)]| {
        let unusable = suites.iter().map(|(name, openssl)| CipherReport {
            version: "TLSv1.2".into(),
            name: (*name).into(),
            openssl: openssl.map(Into::into),
            strength: "weak".into(),
        });
        Some(EnumerationReport {
            connections,
            lower_bound,
            suites_complete: groups_complete,
            groups_complete,
            signature_schemes_complete: true,
            unusable: unusable.collect(),
        })
    };
    let mut report = build(&sample::healthy(), Vec::new(), Vec::new());
    let endpoints = &mut report.targets[0].endpoints;
    endpoints[0].tls.enumeration = listing(26, 25, true, &[]);
    endpoints[3].tls.enumeration = listing(
        108,
        103,
        false,
        &[
            ("TLS_RSA_WITH_AES_128_CBC_SHA", Some("AES128-SHA")),
            ("TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256", None),
        ],
    );
    assert!(!render(&report, &Style::default()).contains("lower bound"));
    assert_snapshot!(matrix(&report, &Style { verbose: true, ..Style::default() }), @r"
    full listing of mail.example.org:25 (Postfix): connections used / lower bound
      26/25; all lists are complete
    full listing of mail.example.org:993 (Dovecot): connections used / lower bound
      108/103; suites and groups may not be complete
      chosen but unusable: TLS_RSA_WITH_AES_128_CBC_SHA (TLSv1.2, AES128-SHA in
        OpenSSL), TLS_RSA_WITH_CAMELLIA_128_GCM_SHA256 (TLSv1.2)
    ");
}

#[test]
fn what_every_peer_accepts_is_one_line() {
    let mut report = build(&sample::healthy(), Vec::new(), Vec::new());
    with_verdicts(&mut report, |_, peer| if peer == "strict" { "reject" } else { "accept" });
    assert_snapshot!(matrix(&report, &Style::default()), @"accepted by all peers: all endpoints (Postfix, Dovecot)");
    with_verdicts(&mut report, |_, peer| if peer == "gmail-sender" { "unknown" } else { "accept" });
    assert_snapshot!(matrix(&report, &Style::default()), @"refused by no peer, as far as could be told: all endpoints (Postfix, Dovecot)");
}

#[test]
fn peers_that_differ_make_a_matrix() {
    let mut report = build(&sample::healthy(), Vec::new(), Vec::new());
    with_verdicts(&mut report, |port, peer| match (port, peer) {
        (25, "postfix-verify") | (993 | 143, "thunderbird" | "thunderbird-android" | "go") => "reject",
        (993 | 143, "outlook-classic") => "warn",
        (25, "go") => "unknown",
        _ => "accept",
    });
    assert_snapshot!(matrix(&report, &Style::default()), @r"
    peer                   A     B
    Thunderbird, K-9             NO
    Outlook                      asks
    Postfix that verifies  NO
    Go                     ?     NO
    Gmail                  ok
    A  mail.example.org:25 (Postfix)
    B  mail.example.org:993, :143 (Dovecot)

    accepted by all peers: mail.example.org:587, :465, :995, :110 (Postfix, Dovecot)
    ");
    let verbose = matrix(&report, &Style { verbose: true, ..Style::default() });
    assert!(verbose.contains("the letter of the standards"), "{verbose}");
    assert!(verbose.contains("B  mail.example.org:587") && !verbose.contains("accepted by"), "{verbose}");
    let coloured = matrix(&report, &Style { colour: true, ..Style::default() });
    assert!(coloured.contains("\u{1b}[") && !coloured.contains("\u{1b}\n"));
}

#[test]
fn a_question_mark_has_its_reason_and_peers_only_count_where_they_connect() {
    let mut report = build(&sample::healthy(), Vec::new(), Vec::new());
    with_verdicts(&mut report, |port, peer| match (port, peer) {
        (25, "gmail-sender") => "unknown",
        (_, "go" | "thunderbird") => "reject",
        _ => "accept",
    });
    for endpoint in &mut report.targets[0].endpoints {
        for open in endpoint.verdicts.iter_mut().filter(|verdict| verdict.verdict == "unknown") {
            open.why = Some("DNS was not asked".into());
        }
        if endpoint.port != 25 {
            endpoint.verdicts.retain(|verdict| ["thunderbird", "go"].contains(&&*verdict.peer));
        }
    }
    assert_snapshot!(matrix(&report, &Style::default()), @r"
    peer                   A     B
    Thunderbird                  NO
    Gmail                  ?
    Go                     NO    NO
    Postfix that verifies  ok
    A  mail.example.org:25 (Postfix)
    B  mail.example.org:587, :465, :993, :143, :995, :110 (Postfix, Dovecot)
    ?  DNS was not asked
    ");
    let text = render(&report, &Style::default());
    assert!(text.ends_with("asked\n") && !text.ends_with("\n\n"), "{text}");
}

#[test]
fn a_matrix_of_many_columns_is_cut_into_blocks() {
    let mut sample = sample::healthy();
    let first = sample.seen.endpoints[0].clone();
    for port in 3000..3020_u16 {
        let mut more = first.clone();
        more.endpoint.port = port;
        sample.seen.endpoints.insert(0, more);
    }
    let mut report = build(&sample, Vec::new(), Vec::new());
    for (index, endpoint) in report.targets[0].endpoints.iter_mut().enumerate() {
        let refuses = |peer: usize| index >> peer & 1 == 1;
        endpoint.verdicts = (0..5)
            .map(|peer| PeerVerdict {
                peer: format!("peer-{peer}").into(),
                name: format!("Peer \u{1b} {peer}").into(),
                verdict: if refuses(peer) { "reject" } else { "accept" }.into(),
                because: Vec::new(),
                why: None,
            })
            .collect();
    }
    let text = matrix(&report, &Style::default());
    assert!(text.matches("peer ").count() > 2, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80) && !text.contains('\u{1b}'), "{text}");
}
