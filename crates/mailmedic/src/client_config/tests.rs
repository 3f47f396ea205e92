use std::collections::BTreeMap;

use super::{
    Config, Cover, Fault, Oddity, Unusable, autoconfig, autodiscover, mobileconfig, names, oddities, pacc,
};
use crate::endpoint::{Protocol, Security, Source};
use crate::name::{Host, Name};
use crate::observation::Told;
use crate::sample::{self, Sample};

const TLS: Option<Security> = Some(Security::Implicit);
const STARTTLS: Option<Security> = Some(Security::Starttls);

type Row = (Protocol, Option<Security>, String, u16);

fn rows(config: &Config) -> Vec<Row> {
    let servers = config.servers.iter();
    servers.map(|one| (one.protocol, one.security, one.host.clone(), one.port)).collect()
}

fn row(protocol: Protocol, security: Option<Security>, host: &str, port: u16) -> Row {
    (protocol, security, host.to_owned(), port)
}

fn domain() -> Name {
    Name::new("example.org").unwrap()
}

fn document(servers: &str) -> Vec<u8> {
    format!(
        "<?xml version='1.0'?>\n<clientConfig version='1.1'><emailProvider id='example.org'>{servers}</emailProvider></clientConfig>"
    )
    .into_bytes()
}

fn server(tag: &str, kind: &str, host: &str, port: &str, socket: &str) -> String {
    format!(
        "<{tag} type='{kind}'><hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType></{tag}>"
    )
}

fn told(servers: &str) -> Config {
    autoconfig::read(&document(servers), &domain()).unwrap()
}

#[test]
fn autoconfig_names_its_servers() {
    let host = " mail.%EMAILDOMAIN% ";
    let text = [
        server("incomingServer", "imap", host, "993", "SSL"),
        server("incomingServer", "pop3", host, "110", "plain"),
        server("incomingServer", "exchange", host, "443", "SSL"),
        server("outgoingServer", "smtp", host, "587", "TLS</socketType><socketType>STARTTLS"),
    ];
    let config = told(&text.concat());
    assert_eq!(
        rows(&config),
        [
            row(Protocol::Imap, TLS, "mail.example.org", 993),
            row(Protocol::Pop3, None, "mail.example.org", 110),
            row(Protocol::Submission, STARTTLS, "mail.example.org", 587),
        ]
    );
    assert_eq!(config.faults, []);
}

#[test]
fn a_faulty_server_leaves_the_others() {
    let good = server("outgoingServer", "smtp", "mail.example.org", "465", "SSL");
    let with = |faulty: &str| {
        let config = told(&format!("{faulty}{good}"));
        (config.servers.len(), config.faults)
    };
    let imap = |host, port, socket| server("incomingServer", "imap", host, port, socket);
    assert_eq!(with("<incomingServer type='imap'/>"), (1, vec![Fault::NoSocketType("imap")]));
    assert_eq!(with(&imap("", "993", "SSL")), (1, vec![Fault::NoHost("imap")]));
    assert_eq!(with(&imap("bad host", "993", "SSL")), (1, vec![Fault::Host("imap", "bad host".into())]));
    assert_eq!(with(&imap("mail.example.org", "", "SSL")), (1, vec![Fault::NoPort("imap")]));
    assert_eq!(
        with(&imap("mail.example.org", "99999", "SSL")),
        (1, vec![Fault::Port("imap", "99999".into())])
    );
    let unknown = with(&imap("mail.example.org", "993", "TLS"));
    assert_eq!(unknown, (1, vec![Fault::SocketType("imap", "TLS".into())]));
    // What is meant is clear, though programs do not take it.
    let spelt = with(&imap("mail.example.org", "993", "ssl"));
    assert_eq!(spelt, (2, vec![Fault::SocketType("imap", "ssl".into())]));
}

#[test]
fn what_is_no_document_says_why() {
    let read = |text: &[u8]| autoconfig::read(text, &domain()).unwrap_err();
    let bomb = b"<!DOCTYPE a [<!ENTITY b 'bbbb'>]><clientConfig>&b;</clientConfig>";
    assert!(matches!(read(bomb), Unusable::Xml(_)));
    let harmless = b"<!DOCTYPE clientConfig><clientConfig><emailProvider/></clientConfig>";
    assert_eq!(autoconfig::read(harmless, &domain()), Ok(Config::default()));
    assert_eq!(read(b"\n<!DOCTYPE html><p>"), Unusable::Page);
    assert_eq!(read(b"<HTML/>"), Unusable::Page);
    assert_eq!(read(b"<rss/>"), Unusable::Other("clientConfig"));
    assert_eq!(read(b"<clientConfig/>"), Unusable::Lacks("emailProvider"));
    assert_eq!(read(&[0xFF]), Unusable::Encoding);
    let many = format!("<clientConfig>{}</clientConfig>", "<a/>".repeat(5000));
    assert!(matches!(read(many.as_bytes()), Unusable::Xml(_)));
    let deep = "<a>".repeat(100_000);
    assert!(matches!(read(deep.as_bytes()), Unusable::Xml(_)));
    let crowd = server("incomingServer", "imap", "a.example", "993", "SSL").repeat(40);
    let config = told(&crowd);
    assert_eq!((config.servers.len(), config.faults), (16, vec![Fault::TooMany(16)]));
    assert!(told(&"<incomingServer type='imap'/>".repeat(40)).faults.len() < 20);
}

fn outlook(protocols: &str) -> Result<Config, Unusable> {
    let text = format!(
        "<?xml version='1.0' encoding='utf-8'?>\
         <Autodiscover xmlns='http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'>\
         <Response xmlns='http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'>\
         <Account><AccountType>email</AccountType><Action>settings</Action>{protocols}</Account></Response></Autodiscover>"
    );
    autodiscover::read(text.as_bytes())
}

fn protocol(kind: &str, port: &str, rest: &str) -> String {
    format!(
        "<Protocol><Type>{kind}</Type><Server>mail.example.org</Server><Port>{port}</Port>{rest}</Protocol>"
    )
}

#[test]
fn encryption_counts_more_than_ssl() {
    let security = |port, rest: &str| outlook(&protocol("SMTP", port, rest)).unwrap().servers[0].security;
    assert_eq!(security("465", "<SSL>on</SSL>"), TLS);
    assert_eq!(security("465", ""), TLS);
    assert_eq!(security("587", "<SSL>on</SSL><Encryption>TLS</Encryption>"), STARTTLS);
    assert_eq!(security("587", "<SSL>off</SSL><Encryption>SSL</Encryption>"), TLS);
    assert_eq!(security("587", "<SSL>on</SSL><Encryption>None</Encryption>"), None);
    assert_eq!(security("587", "<SSL>off</SSL>"), None);
    assert_eq!(security("587", "<Encryption>Auto</Encryption>"), STARTTLS);
    assert_eq!(security("2525", "<SSL>on</SSL>"), TLS);
    let odd = outlook(&protocol("SMTP", "587", "<Encryption>StartTLS</Encryption>")).unwrap();
    assert_eq!(odd.faults, [Fault::Encryption("smtp", "StartTLS".into())]);
}

#[test]
fn autodiscover_names_its_servers_and_leaves_exchange_out() {
    let all = [
        protocol("IMAP", "993", "<SSL>on</SSL>"),
        protocol("EXCH", "443", ""),
        "<Protocol Type='POP3'><Server>mail.example.org</Server><Port>995</Port></Protocol>".to_owned(),
        "<Protocol><Type>SMTP</Type><Port>465</Port></Protocol>".to_owned(),
    ];
    let config = outlook(&all.concat()).unwrap();
    assert_eq!(
        rows(&config),
        [
            row(Protocol::Imap, TLS, "mail.example.org", 993),
            row(Protocol::Pop3, TLS, "mail.example.org", 995)
        ]
    );
    assert_eq!(config.faults, [Fault::NoHost("smtp")]);
    let error = b"<Autodiscover><Response><Error Time='1'><ErrorCode>600</ErrorCode><Message>Invalid Request</Message>\
                  </Error></Response></Autodiscover>";
    assert_eq!(autodiscover::read(error), Err(Unusable::Refusal("600 Invalid Request".into())));
    assert_eq!(autodiscover::read(b"<Autodiscover/>"), Err(Unusable::Lacks("Response")));
    assert_eq!(autodiscover::read(b"<html><body>"), Err(Unusable::Page));
    let question = String::from_utf8(autodiscover::question(&domain())).unwrap();
    assert!(roxmltree::Document::parse(&question).is_ok() && question.contains("postmaster@example.org"));
}

#[test]
fn pacc_tells_hosts_on_the_usual_ports() {
    let text = br#"{"protocols": {"imap": {"host": "imap.example.org"}, "smtp": {"host": "smtp.example.org"},
        "jmap": {"url": "https://jmap.example.org"}, "managesieve": {"host": "imap.example.org"}, "pop3": {"host": 7}},
        "authentication": {"password": true}}"#;
    let config = pacc::read(text).unwrap();
    assert_eq!(
        rows(&config),
        [
            row(Protocol::Imap, TLS, "imap.example.org", 993),
            row(Protocol::Submission, TLS, "smtp.example.org", 465),
            row(Protocol::Sieve, STARTTLS, "imap.example.org", 4190),
        ]
    );
    assert_eq!(config.faults, [Fault::Host("pop3", "7".into())]);
    assert!(matches!(pacc::read(b"{\"protocols\": "), Err(Unusable::Json(_))));
    assert_eq!(pacc::read(b"[]"), Err(Unusable::Lacks("protocols")));
    assert_eq!(pacc::read(b"<!doctype HTML>"), Err(Unusable::Page));
    assert!(pacc::read("[".repeat(100_000).as_bytes()).is_err());
}

fn profile(fields: &str) -> Vec<u8> {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE plist PUBLIC '-//Apple//DTD PLIST 1.0//EN' 'http://x/y.dtd'>\n\
         <plist version='1.0'><dict><key>PayloadType</key><string>Configuration</string><key>PayloadContent</key><array>\
         <dict><key>PayloadType</key><string>com.apple.wifi.managed</string></dict>\
         <dict><key>PayloadType</key><string>com.apple.mail.managed</string>{fields}</dict></array></dict></plist>"
    )
    .into_bytes()
}

#[test]
fn a_profile_names_two_servers_even_where_it_is_signed() {
    let fields = "<key>EmailAccountType</key><string>EmailTypeIMAP</string>
        <key>IncomingMailServerHostName</key><string>imap.example.org</string>
        <key>IncomingMailServerPortNumber</key><integer>993</integer>
        <key>IncomingMailServerUseSSL</key><true/>
        <key>OutgoingMailServerHostName</key><string>smtp.example.org</string>
        <key>OutgoingMailServerUseSSL</key><true/>";
    let expected = [
        row(Protocol::Imap, TLS, "imap.example.org", 993),
        row(Protocol::Submission, STARTTLS, "smtp.example.org", 587),
    ];
    let plain = profile(fields);
    assert_eq!(rows(&mobileconfig::read(&plain).unwrap()), expected);
    let signed = [&[0x30, 0x82, 0xFF, 0x04, 0x80][..], &plain, &[0xFF, 0x00]].concat();
    assert_eq!(rows(&mobileconfig::read(&signed).unwrap()), expected);
}

#[test]
fn what_a_profile_lacks_is_told() {
    let pop = "<key>EmailAccountType</key><string>EmailTypePOP</string>
        <key>IncomingMailServerHostName</key><string>pop.example.org</string>";
    let config = mobileconfig::read(&profile(pop)).unwrap();
    assert_eq!(rows(&config), [row(Protocol::Pop3, None, "pop.example.org", 110)]);
    assert_eq!(config.faults, [Fault::NoHost("smtp")]);
    assert_eq!(mobileconfig::read(b"bplist00"), Err(Unusable::Other("plist")));
    assert_eq!(mobileconfig::read(b"<plist></plist>"), Err(Unusable::Lacks("dict")));
    assert_eq!(mobileconfig::read(b"<plist><dict/></plist>"), Err(Unusable::Lacks("PayloadContent")));
    let bomb = b"<?xml version='1.0'?><!DOCTYPE plist [<!ENTITY a 'aaaa'>]><plist>&a;</plist>";
    assert!(matches!(mobileconfig::read(bomb), Err(Unusable::Xml(_))));
}

#[test]
fn a_digest_vouches_for_the_very_bytes() {
    let body = b"{}";
    let record = pacc::digest_record(body);
    // printf '{}' | openssl dgst -sha256 -binary | base64
    assert_eq!(record, "v=UAAC1; a=sha256; d=RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=");
    assert_eq!(pacc::digest(&[&record], body), pacc::Digest::Matches);
    assert_eq!(pacc::digest(&["v=spf1 -all", &record], b"{} "), pacc::Digest::Differs);
    let bare = record.trim_end_matches('=');
    assert_eq!(pacc::digest(&[&pacc::digest_record(b"old"), bare], body), pacc::Digest::Matches);
    for odd in
        ["", "v=UAAC1", "v=UAAC2; a=sha256; d=AAAA", "v=UAAC1; a=md5; d=AAAA", "v=UAAC1; a=sha256; d=*"]
    {
        assert_eq!(pacc::digest(&[odd], body), pacc::Digest::Absent, "{odd}");
    }
}

#[test]
fn odd_is_what_the_port_is_not_for() {
    let odd = |protocol, security, port| oddities(protocol, security, port);
    let (imap, submission) = (Protocol::Imap, Protocol::Submission);
    for (protocol, security, port) in [
        (imap, TLS, 993),
        (imap, STARTTLS, 143),
        (Protocol::Pop3, TLS, 995),
        (submission, TLS, 465),
        (submission, STARTTLS, 587),
        (submission, STARTTLS, 25),
        (Protocol::Sieve, STARTTLS, 4190),
    ] {
        assert_eq!(odd(protocol, security, port), [], "{port}");
    }
    assert_eq!(odd(imap, None, 143), [Oddity::Plain]);
    assert_eq!(odd(submission, TLS, 587), [Oddity::Mode]);
    assert_eq!(odd(submission, TLS, 25), [Oddity::Mode]);
    assert_eq!(odd(submission, STARTTLS, 465), [Oddity::Mode]);
    assert_eq!(odd(imap, STARTTLS, 993), [Oddity::Mode]);
    assert_eq!(odd(imap, STARTTLS, 587), [Oddity::Protocol(submission)]);
    assert_eq!(odd(Protocol::Pop3, TLS, 993), [Oddity::Protocol(imap)]);
    assert_eq!(odd(submission, TLS, 586), [Oddity::Port]);
}

fn tell(sample: &mut Sample, source: Source, origin: &str, host: &str, port: u16) {
    let (protocol, security) = crate::endpoint::Endpoint::well_known(port).unwrap();
    sample.seen.domain.get_or_insert_default().told.push(Told {
        source,
        origin: origin.to_owned(),
        protocol,
        security: Some(security),
        host: Some(host.to_owned()),
        port,
    });
}

fn table(sample: &Sample) -> Vec<super::ClientName> {
    names(&sample.seen, &sample.diagnosis.certificates)
}

#[test]
fn every_name_has_its_sources_and_what_is_served_for_it() {
    let mut sample = sample::healthy();
    tell(&mut sample, Source::Srv, "_imaps._tcp.example.org", "MAIL.example.org", 993);
    tell(&mut sample, Source::Autoconfig, "https://autoconfig.example.org/", "mail.example.org", 993);
    tell(&mut sample, Source::Autoconfig, "https://autoconfig.example.org/", "gone.example.org", 465);
    let guessed = sample.port(995);
    guessed.endpoint.host = Host::new("pop.example.org").unwrap();
    guessed.endpoint.sources = vec![Source::Guess];
    let rows = table(&sample);
    let short: Vec<(String, u16, usize, &Cover)> =
        rows.iter().map(|row| (row.host.to_string(), row.port, row.told.len(), &row.cover)).collect();
    assert_eq!(
        short,
        [
            ("gone.example.org".into(), 465, 1, &Cover::Unknown("nothing answers there")),
            ("mail.example.org".into(), 993, 2, &Cover::Covered),
            ("pop.example.org".into(), 995, 1, &Cover::Uncovered),
        ]
    );
    let cures = rows[2].cures.as_ref().unwrap();
    assert_eq!(cures.change_to.as_deref(), Some("mail.example.org"));
    assert_eq!(cures.change_at, Vec::<String>::new());
    assert_eq!(cures.certificate_names, ["mail.example.org", "pop.example.org"]);
    assert_eq!(rows[1].speaks, TLS);
    assert!(rows[1].cures.is_none() && rows[1].certificate.is_some());
}

#[test]
fn one_address_that_lacks_the_name_is_enough_to_tell() {
    let mut sample = sample::healthy();
    tell(&mut sample, Source::Srv, "_imaps._tcp.example.org", "mail.example.org", 993);
    let mut second = sample.port(993).clone();
    second.endpoint.place = crate::endpoint::Place::Tcp("192.0.2.2:993".parse().unwrap());
    sample.seen.endpoints.push(second);
    assert_eq!(table(&sample)[0].cover, Cover::Covered);
    let other = sample::certificate("www.example.org", "R99", 80);
    let index = sample.seen.endpoints.len() - 1;
    for tls in sample.seen.endpoints[index].sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
        if !tls.certificates.is_empty() {
            tls.certificates = vec![other.fingerprint];
        }
    }
    sample.diagnosis.certificates.insert(other.fingerprint, other);
    let row = &table(&sample)[0];
    assert_eq!((&row.cover, row.endpoints.len()), (&Cover::Uncovered, 2));
    assert_eq!(row.cures.as_ref().unwrap().certificate_names, ["www.example.org", "mail.example.org"]);
    assert_eq!(row.cures.as_ref().unwrap().change_at, ["_imaps._tcp.example.org"]);
}

#[test]
fn what_could_not_be_seen_is_unknown_and_other_targets_have_no_names() {
    let mut sample = sample::healthy();
    tell(&mut sample, Source::Pacc, "https://ua-auto-config.example.org/", "mail.example.org", 993);
    let known = std::mem::take(&mut sample.diagnosis.certificates);
    assert!(matches!(table(&sample)[0].cover, Cover::Unknown(_)));
    sample.seen.kind = crate::observation::TargetKind::Host;
    assert_eq!(names(&sample.seen, &known), []);
    assert_eq!(names(&sample.seen, &BTreeMap::new()), []);
}
