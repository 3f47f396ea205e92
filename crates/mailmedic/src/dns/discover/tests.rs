use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use hickory_resolver::proto::rr::rdata::MX;
use hickory_resolver::proto::rr::{Name as DomainName, RData};

use super::{DiscoverOptions, Discovery, discover};
use crate::bytes::Bytes;
use crate::dns::authority::{Authority, Fault, Zone};
use crate::dns::{Anchors, Resolver, ResolverOptions};
use crate::endpoint::{Place, Protocol, Security, Source};
use crate::name::Name;
use crate::observation::{
    Depth, DnsLook, DnsOutcome, DnsState, DnsType, Fetch, FetchOutcome, FetchPurpose, MtaStsMode,
};
use crate::reach::{Families, Fetches, Question, Reached};
use crate::target::Target;

/// Documents by the start of their URL; everything else is not found.
#[derive(Default)]
struct Web {
    documents: BTreeMap<&'static str, String>,
    asked: Mutex<Vec<String>>,
}

impl Web {
    fn with(documents: &[(&'static str, &str)]) -> Self {
        let documents = documents.iter().map(|row| (row.0, row.1.to_owned())).collect();
        Self { documents, asked: Mutex::default() }
    }
}

impl Fetches for Web {
    fn fetch<'a>(&'a self, url: String, purpose: FetchPurpose) -> Reached<'a, Fetch> {
        self.asked.lock().unwrap().push(url.clone());
        self.answer(url, purpose)
    }

    fn ask<'a>(&'a self, url: String, purpose: FetchPurpose, question: Question) -> Reached<'a, Fetch> {
        assert!(String::from_utf8(question.body).unwrap().contains("postmaster@"));
        self.asked.lock().unwrap().push(format!("POST {url}"));
        self.answer(url, purpose)
    }
}

impl Web {
    fn answer(&self, url: String, purpose: FetchPurpose) -> Reached<'_, Fetch> {
        let found = self.documents.iter().find(|row| url.starts_with(row.0));
        let outcome = match found {
            Some((_, text)) => FetchOutcome::Found(Bytes(text.clone().into_bytes())),
            None => FetchOutcome::Status(404),
        };
        Box::pin(async move { Fetch { url, purpose, outcome, date: None, web: Default::default() } })
    }
}

fn resolver_with(authority: &Authority, families: Families, anchor: Option<&str>) -> Resolver {
    Resolver::new(ResolverOptions {
        servers: vec![authority.address],
        anchors: anchor.map(|text| Anchors::parse(text).unwrap()),
        families,
        timeout: Duration::from_secs(20),
        concurrent: 16,
    })
}

async fn look_with(zone: Zone, target: &str, web: &Web, options: &DiscoverOptions) -> Discovery {
    let authority = zone.serve().await;
    let resolver = resolver_with(&authority, Families::Both, None);
    let target = Target::parse(target, false, None).unwrap();
    let found = discover(&target, &resolver, web, options).await;
    for (index, answer) in found.dns.iter().enumerate() {
        let twice = found.dns[..index].iter().any(|old| old.name == answer.name && old.kind == answer.kind);
        assert!(!twice, "{answer:?} is recorded twice");
    }
    found
}

async fn look(records: &str) -> Discovery {
    let zone = Zone::new("example.test", records);
    look_with(zone, "example.test", &Web::default(), &DiscoverOptions::default()).await
}

fn ids(found: &Discovery) -> Vec<String> {
    found.endpoints.iter().map(|endpoint| endpoint.id().0).collect()
}

#[tokio::test]
async fn mx_hosts_come_in_order_with_every_address_and_tlsa() {
    let found = look(
        "example.test MX 20 mx2.example.test.
         example.test MX 10 mx1.example.test.
         example.test MX 30 mx1.example.test.
         mx1.example.test A 192.0.2.1
         mx1.example.test AAAA 2001:db8::1
         mx2.example.test CNAME real.example.test.
         real.example.test A 192.0.2.2
         _25._tcp.real.example.test TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000001",
    )
    .await;
    assert_eq!(
        ids(&found),
        [
            "mx1.example.test:25/smtp+starttls@192.0.2.1",
            "mx1.example.test:25/smtp+starttls@2001:db8::1",
            "mx2.example.test:25/smtp+starttls@192.0.2.2",
        ]
    );
    assert!(found.endpoints.iter().all(|endpoint| endpoint.sources == [Source::Mx]));
    let tlsa: Vec<(&str, bool)> = found
        .dns
        .iter()
        .filter(|answer| answer.kind == DnsType::Tlsa)
        .map(|answer| (answer.name.as_ascii(), answer.records().is_empty()))
        .collect();
    assert_eq!(
        tlsa,
        [
            ("_25._tcp.mx1.example.test", true),
            ("_25._tcp.mx2.example.test", true),
            ("_25._tcp.real.example.test", false)
        ]
    );
    assert_eq!(found.domain.unwrap().broken_sources, Vec::<String>::new());
}

#[tokio::test]
async fn a_domain_without_mx_is_its_own_exchanger_but_only_if_that_is_certain() {
    let records = "example.test A 192.0.2.9";
    let found = look(records).await;
    assert_eq!(ids(&found), ["example.test:25/smtp+starttls@192.0.2.9"]);
    assert_eq!(found.endpoints[0].sources, [Source::ImplicitMx]);

    let found = look("example.test A 192.0.2.9\nexample.test MX 0 .").await;
    assert_eq!(ids(&found), Vec::<String>::new(), "the null MX says that no mail is wanted");

    let zone = Zone::new("example.test", records).fault("example.test", Fault::Servfail);
    let found = look_with(zone, "example.test", &Web::default(), &DiscoverOptions::default()).await;
    assert_eq!(ids(&found), Vec::<String>::new());
    assert!(matches!(found.dns[0].outcome, DnsOutcome::Failed(_)));
}

#[tokio::test]
async fn broken_mx_records_are_told_and_skipped() {
    let odd = DomainName::from_labels([b"mail server".as_slice(), b"test".as_slice()]).unwrap();
    let records = "example.test MX 10 192.0.2.1.
         example.test MX 30 .
         example.test MX 40 mx.example.test.
         mx.example.test A 192.0.2.1";
    let zone = Zone::new("example.test", records).with("example.test", RData::MX(MX::new(20, odd)));
    let found = look_with(zone, "example.test", &Web::default(), &DiscoverOptions::default()).await;
    assert_eq!(ids(&found), ["mx.example.test:25/smtp+starttls@192.0.2.1"]);
    let problems = found.domain.unwrap().broken_sources;
    assert_eq!(problems[0], "MX: 192.0.2.1 is an address, no name");
    assert!(problems[1].starts_with("MX mail\\040server.test: "), "{problems:?}");
}

#[tokio::test]
async fn services_are_taken_from_srv_and_denied_ones_are_not_guessed() {
    let found = look(
        "_imaps._tcp.example.test SRV 0 1 993 imap.example.test.
         _submission._tcp.example.test SRV 0 1 2587 out.example.test.
         _pop3s._tcp.example.test SRV 0 0 0 .
         imap.example.test A 192.0.2.3
         out.example.test A 192.0.2.4
         pop.example.test A 192.0.2.5
         smtp.example.test A 192.0.2.6",
    )
    .await;
    assert_eq!(
        ids(&found),
        [
            "out.example.test:2587/submission+starttls@192.0.2.4",
            "imap.example.test:993/imap+implicit@192.0.2.3",
            "pop.example.test:110/pop3+starttls@192.0.2.5",
        ]
    );
    assert_eq!(found.endpoints[2].sources, [Source::Guess]);
    let told: Vec<(String, Option<String>)> =
        found.domain.unwrap().told.into_iter().map(|told| (told.origin, told.host)).collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[2], ("_pop3s._tcp.example.test".into(), None));
}

#[tokio::test]
async fn autoconfig_and_policy_are_fetched_and_read() {
    let config = "<clientConfig><emailProvider id='e'>
        <incomingServer type='imap'><hostname>imap.example.test</hostname><port>993</port><socketType>SSL</socketType></incomingServer>
        <outgoingServer type='smtp'><hostname>bad host</hostname><port>587</port><socketType>STARTTLS</socketType></outgoingServer>
        </emailProvider></clientConfig>";
    let policy = "version: STSv1\nmode: enforce\nmx: mx.example.test\nmax_age: 86400\n";
    let web = Web::with(&[
        ("https://autoconfig.example.test/", "<html/>"),
        ("https://example.test/.well-known/autoconfig/", config),
        ("https://mta-sts.example.test/.well-known/mta-sts.txt", policy),
    ]);
    let records = "example.test A 192.0.2.1
        autoconfig.example.test A 192.0.2.2
        mta-sts.example.test A 192.0.2.2
        _mta-sts.example.test TXT \"v=STSv1; id=1;\"
        imap.example.test A 192.0.2.3
        mail.example.test A 192.0.2.3";
    let zone = || Zone::new("example.test", records);
    let found = look_with(zone(), "example.test", &web, &DiscoverOptions::default()).await;
    let domain = found.domain.clone().unwrap();
    assert_eq!(domain.mta_sts, Some(MtaStsMode::Enforce));
    assert_eq!(domain.told.len(), 1);
    assert_eq!(domain.broken_sources.len(), 2, "{:?}", domain.broken_sources);
    assert!(domain.broken_sources[0].contains("a web page"));
    assert!(domain.broken_sources[1].contains("\"bad host\" for a host name"));
    let autoconfig = found.fetches.iter().filter(|fetch| fetch.purpose == FetchPurpose::Autoconfig).count();
    assert_eq!(autoconfig, 2, "http is not tried where https gave a document");
    let imap: Vec<&str> = found
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.protocol == Protocol::Imap)
        .map(|endpoint| endpoint.sources[0])
        .map(|source| if source == Source::Autoconfig { "autoconfig" } else { "other" })
        .collect();
    assert_eq!(imap, ["autoconfig"], "mail.example.test is not guessed for IMAP");

    let quiet = Web::default();
    let options = DiscoverOptions { offline: true, ..DiscoverOptions::default() };
    let found = look_with(zone(), "example.test", &quiet, &options).await;
    assert!(quiet.asked.lock().unwrap().is_empty());
    assert!(
        found.fetches.is_empty()
            && found.dns.iter().all(|answer| !answer.name.as_ascii().starts_with("autoconfig"))
    );
}

const OUTLOOK: &str = "<Autodiscover><Response><Account><Protocol><Type>IMAP</Type><Server>imap.example.test</Server>\
    <Port>993</Port></Protocol></Account></Response></Autodiscover>";

#[tokio::test]
async fn outlook_and_pacc_are_asked_where_their_hosts_exist() {
    let pacc = "{\"protocols\": {\"smtp\": {\"host\": \"smtp.example.test\"}}}";
    let web = Web::with(&[
        ("https://autodiscover.example.test/autodiscover/autodiscover.xml", OUTLOOK),
        ("https://ua-auto-config.example.test/.well-known/user-agent-configuration.json", pacc),
    ]);
    let records = "autodiscover.example.test A 192.0.2.1
        ua-auto-config.example.test A 192.0.2.1
        _ua-auto-config.example.test TXT \"v=UAAC1; a=sha256; d=AA==\"
        imap.example.test A 192.0.2.3
        smtp.example.test A 192.0.2.3";
    let zone = || Zone::new("example.test", records);
    let found = look_with(zone(), "example.test", &web, &DiscoverOptions::default()).await;
    assert_eq!(
        *web.asked.lock().unwrap(),
        [
            "POST https://autodiscover.example.test/autodiscover/autodiscover.xml",
            "https://ua-auto-config.example.test/.well-known/user-agent-configuration.json",
        ]
    );
    let digest = Name::new("_ua-auto-config.example.test").unwrap();
    assert!(found.dns.iter().any(|answer| answer.name == digest && answer.kind == DnsType::Txt));
    let told: Vec<(Source, Option<String>, u16)> = found
        .domain
        .clone()
        .unwrap()
        .told
        .into_iter()
        .map(|told| (told.source, told.host, told.port))
        .collect();
    assert_eq!(
        told,
        [
            (Source::Autodiscover, Some("imap.example.test".into()), 993),
            (Source::Pacc, Some("smtp.example.test".into()), 465),
        ]
    );
    assert_eq!(found.endpoints[0].sources, [Source::Autodiscover]);
    let quiet = Web::default();
    let options = DiscoverOptions { offline: true, ..DiscoverOptions::default() };
    look_with(zone(), "example.test", &quiet, &options).await;
    assert!(quiet.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_provider_and_the_service_record_are_asked_where_the_domain_says_nothing() {
    let config = "<clientConfig><emailProvider id='e'><incomingServer type='imap'><hostname>imap.hoster.test</hostname>\
        <port>993</port><socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>";
    let web = Web::with(&[
        ("https://autoconfig.hoster.test/mail/config-v1.1.xml", config),
        ("https://outlook.hoster.test:8443/autodiscover/autodiscover.xml", OUTLOOK),
    ]);
    let records = "example.test MX 10 mx.eu.hoster.test.
        _autodiscover._tcp.example.test SRV 0 0 8443 outlook.hoster.test.
        mx.eu.hoster.test A 8.8.8.1
        autoconfig.hoster.test A 8.8.8.2
        outlook.hoster.test A 8.8.8.3
        imap.hoster.test A 8.8.8.4
        imap.example.test A 8.8.8.4";
    let zone = |records: &str| Zone::new("test", records);
    let found = look_with(zone(records), "example.test", &web, &DiscoverOptions::default()).await;
    assert_eq!(
        *web.asked.lock().unwrap(),
        [
            "https://autoconfig.hoster.test/mail/config-v1.1.xml?emailaddress=postmaster%40example.test",
            "POST https://outlook.hoster.test:8443/autodiscover/autodiscover.xml",
        ]
    );
    let told: Vec<Source> = found.domain.unwrap().told.iter().map(|told| told.source).collect();
    assert_eq!(told, [Source::Autoconfig, Source::Autodiscover]);

    // Whoever runs the domain must not lead us into our own network.
    let inside = records.replace("8.8.8.2", "10.0.0.1").replace("8.8.8.3", "127.0.0.1");
    let wary = Web::default();
    look_with(zone(&inside), "example.test", &wary, &DiscoverOptions::default()).await;
    assert_eq!(*wary.asked.lock().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn where_the_service_record_leads_is_looked_up_though_outlook_was_answered() {
    let web = Web::with(&[("https://autodiscover.example.test/autodiscover/autodiscover.xml", OUTLOOK)]);
    let records = "autodiscover.example.test A 192.0.2.1
        _autodiscover._tcp.example.test SRV 0 0 443 outlook.example.test.
        _autodiscover._tcp.example.test SRV 5 0 443 gone.example.test.
        outlook.example.test A 192.0.2.2
        imap.example.test A 192.0.2.3";
    let zone = Zone::new("example.test", records);
    let found = look_with(zone, "example.test", &web, &DiscoverOptions::default()).await;
    let asked = |name: &str| {
        found.dns.iter().any(|answer| answer.name.as_ascii() == name && answer.kind == DnsType::A)
    };
    assert!(asked("outlook.example.test") && asked("gone.example.test"));
    let asked = web.asked.lock().unwrap();
    assert!(asked.iter().all(|url| !url.contains("outlook.example.test")), "{asked:?}");
}

#[tokio::test]
async fn what_a_bimi_record_names_is_fetched_where_all_is_asked() {
    let records = "example.test MX 10 mx.example.test.
        mx.example.test A 8.8.8.1
        default._bimi.example.test TXT \"v=BIMI1; l=https://www.example.test/logo.svg; a=https://inside.example.test/mark.pem\"
        www.example.test A 8.8.8.2
        inside.example.test A 10.0.0.1";
    let look = |records: String, options: DiscoverOptions| async move {
        let web = Web::with(&[("https://www.example.test/logo.svg", "<svg/>")]);
        let found = look_with(Zone::new("test", &records), "example.test", &web, &options).await;
        let asked: Vec<String> = web.asked.into_inner().unwrap();
        let is_bimi =
            |fetch: &Fetch| matches!(fetch.purpose, FetchPurpose::BimiLogo | FetchPurpose::BimiCertificate);
        (asked, found.fetches.into_iter().filter(is_bimi).collect::<Vec<Fetch>>())
    };
    let full = || DiscoverOptions {
        depth: Depth::Full,
        look: DnsLook { alone: true, ..DnsLook::default() },
        ..DiscoverOptions::default()
    };
    let (asked, fetches) = look(records.to_owned(), full()).await;
    assert_eq!(asked, ["https://www.example.test/logo.svg"]);
    assert!(matches!(&fetches[0].outcome, FetchOutcome::Found(_)));
    // Whoever runs the domain must not lead us into our own network, unless the domain itself is in it.
    assert!(
        matches!(&fetches[1].outcome, FetchOutcome::Failed(why) if why.contains("not on the public internet"))
    );
    let (asked, _) = look(records.replace("8.8.8.1", "10.0.0.2"), full()).await;
    assert_eq!(asked.len(), 2);
    let (asked, fetches) = look(records.to_owned(), DiscoverOptions { offline: true, ..full() }).await;
    assert!(asked.is_empty() && fetches.is_empty());
    let (asked, _) = look(records.to_owned(), DiscoverOptions { depth: Depth::Standard, ..full() }).await;
    assert_eq!(asked, Vec::<String>::new());
}

#[tokio::test]
async fn a_wildcard_is_no_usual_name() {
    let found = look("*.example.test A 192.0.2.80\nmail.example.test A 192.0.2.3").await;
    assert!(
        found.endpoints.iter().all(|endpoint| endpoint.host.to_string() == "mail.example.test"),
        "{:?}",
        ids(&found)
    );
    assert_eq!(found.endpoints.len(), 7);
}

#[tokio::test]
async fn hosts_and_ports_need_only_addresses() {
    let zone = || Zone::new("example.test", "mx.example.test A 192.0.2.1\nmx.example.test AAAA 2001:db8::1");
    let options = DiscoverOptions::default();
    let found = look_with(zone(), "mx.example.test:25", &Web::default(), &options).await;
    assert_eq!(found.domain, None);
    assert_eq!(
        ids(&found),
        ["mx.example.test:25/smtp+starttls@192.0.2.1", "mx.example.test:25/smtp+starttls@2001:db8::1"]
    );
    assert!(found.endpoints.iter().all(|endpoint| endpoint.sources == [Source::Named]));
    assert_eq!(found.dns.len(), 3, "A, AAAA, TLSA");

    let found = look_with(zone(), "192.0.2.7", &Web::default(), &options).await;
    assert_eq!((found.dns.len(), found.endpoints.len()), (0, 9));

    let options = DiscoverOptions {
        connect_to: vec!["mx.example.test:993:127.0.0.1:10993".parse().unwrap()],
        ..DiscoverOptions::default()
    };
    let found = look_with(zone(), "mx.example.test:993", &Web::default(), &options).await;
    assert_eq!(
        (found.dns.len(), ids(&found)),
        (0, vec!["mx.example.test:993/imap+implicit@127.0.0.1".into()])
    );

    let found = look_with(zone(), "lmtp+unix:/run/lmtp", &Web::default(), &options).await;
    assert_eq!(found.endpoints[0].place, Place::Unix("/run/lmtp".into()));
    assert_eq!(found.endpoints[0].security, Security::Starttls);
}

#[tokio::test]
async fn one_family_and_validation_are_kept_to() {
    let zone = Zone::new(
        "example.test",
        "mx.example.test A 192.0.2.1\nmx.example.test AAAA 2001:db8::1\nexample.test MX 1 mx.example.test.",
    )
    .signed();
    let anchor = zone.anchor();
    let authority = zone.serve().await;
    let resolver = resolver_with(&authority, Families::Ipv6, Some(&anchor));
    let target = Target::Domain(Name::new("example.test").unwrap());
    let found = discover(&target, &resolver, &Web::default(), &DiscoverOptions::default()).await;
    assert_eq!(ids(&found), ["mx.example.test:25/smtp+starttls@2001:db8::1"]);
    assert!(found.dns.iter().all(|answer| answer.kind != DnsType::A));
    // What DMARC asks above the zone, and the reverse zone, are nothing that this server knows.
    let zone = Name::new("example.test").unwrap();
    let mut own = found.dns.iter().filter(|answer| answer.name.is_within(&zone));
    assert!(own.all(|answer| answer.state == DnsState::Secure), "{:?}", found.dns);
}

#[tokio::test]
async fn a_look_at_an_unsigned_domain_asks_once_whether_it_is_signed() {
    let records = "example.test MX 10 mx1.example.test.
        example.test MX 20 mx2.example.test.
        mx1.example.test A 192.0.2.1
        mx1.example.test AAAA 2001:db8::1
        mx2.example.test A 192.0.2.2
        _imaps._tcp.example.test SRV 0 1 993 imap.example.test.
        _submission._tcp.example.test SRV 0 1 587 mx1.example.test.
        imap.example.test A 192.0.2.3
        mail.example.test A 192.0.2.3
        _mta-sts.example.test TXT \"v=STSv1; id=1;\"
        mta-sts.example.test A 192.0.2.4
        _smtp._tls.example.test TXT \"v=TLSRPTv1; rua=mailto:tls@example.test\"";
    let parent = Zone::new("test", "").delegate(Zone::new("example.test", records)).signed();
    let anchor = parent.anchor();
    let authority = parent.serve().await;
    let resolver = resolver_with(&authority, Families::Both, Some(&anchor));
    let target = Target::Domain(Name::new("example.test").unwrap());
    let found = discover(&target, &resolver, &Web::default(), &DiscoverOptions::default()).await;
    assert!(found.dns.len() > 30, "{}", found.dns.len());
    // DMARC asks above the zone, too, where all is signed.
    let zone = Name::new("example.test").unwrap();
    for answer in found.dns.iter().filter(|answer| answer.name.is_within(&zone)) {
        assert_eq!(answer.state, DnsState::Insecure, "{answer:?}");
    }
    let mut asked = authority.asked_for_validation();
    asked.sort();
    // The keys of the parent are asked for once in a run.
    assert_eq!(asked, ["example.test. DS", "test. DNSKEY"]);
}
