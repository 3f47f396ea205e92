use jiff::Timestamp;
use proptest::prelude::{ProptestConfig, any, proptest};

use super::{Answer, Request, Site};
use crate::provision::file;

fn site() -> Site {
    let text = r#"{"services": [
        {"domains": ["example.org", "bücher.example"], "imap": ["imap.example.org"],
         "submission": ["smtp.example.org"],
         "mta_sts": {"mode": "testing", "mx": ["mx.example.org"]}},
        {"domains": ["old.example"], "pop3": ["pop.old.example:110"], "submission": ["smtp.old.example:587"]}
    ]}"#;
    Site::new(file::read(text).unwrap(), None)
}

fn ask(method: &str, target: &str, host: &str, body: &str) -> Answer {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let host = (!host.is_empty()).then_some(host);
    site().answer(Request { method, path, query, host, body: body.as_bytes() }, Timestamp::UNIX_EPOCH)
}

fn get(target: &str, host: &str) -> Answer {
    ask("GET", target, host, "")
}

fn text(answer: &Answer) -> &str {
    str::from_utf8(&answer.body).unwrap()
}

const AUTOCONFIG: &str = "/mail/config-v1.1.xml";
const WELL_KNOWN: &str = "/.well-known/autoconfig/mail/config-v1.1.xml";

#[test]
fn autoconfig_goes_by_the_address_and_then_by_the_host() {
    let of = |target: &str, host: &str| {
        let answer = get(target, host);
        assert_eq!((answer.status, answer.media_type), (200, "text/xml; charset=utf-8"), "{target} {host}");
        text(&answer).split("emailProvider id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(of(AUTOCONFIG, "autoconfig.example.org"), "example.org");
    assert_eq!(of(WELL_KNOWN, "Example.ORG:8443"), "example.org");
    assert_eq!(
        of(&format!("{AUTOCONFIG}?emailaddress=ann%40old.example"), "autoconfig.example.org"),
        "old.example"
    );
    // An address that nobody knows leaves the host.
    assert_eq!(
        of(&format!("{AUTOCONFIG}?emailaddress=ann%40else.example"), "autoconfig.example.org"),
        "example.org"
    );
    assert_eq!(
        of(&format!("{AUTOCONFIG}?x=1&EmailAddress=ann@xn--bcher-kva.example"), ""),
        "xn--bcher-kva.example"
    );
}

#[test]
fn what_is_of_nobody_here_is_not_found() {
    for host in ["else.example", "www.example.org", "autoconfig.else.example", "", "[::1]:80", "a b", "..."] {
        for target in [AUTOCONFIG, "/mobileconfig", "/.well-known/mta-sts.txt"] {
            assert_eq!(get(target, host).status, 404, "{host} {target}");
        }
    }
    for target in ["/", "/mail/config-v1.1.xml/", "/../etc/passwd", "/mail%2fconfig-v1.1.xml", ""] {
        assert_eq!(get(target, "example.org").status, 404, "{target}");
    }
}

#[test]
fn autodiscover_answers_the_address_of_the_request() {
    let body = "<Autodiscover xmlns='http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006'>\
                <Request><EMailAddress>ann@example.org</EMailAddress></Request></Autodiscover>";
    for path in ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"] {
        let answer = ask("POST", path, "anything.example", body);
        assert_eq!((answer.status, answer.private), (200, true), "{path}");
        assert!(text(&answer).contains("<LoginName>ann@example.org</LoginName>"));
    }
    let path = "/autodiscover/autodiscover.xml";
    assert_eq!(ask("POST", path, "example.org", "x").status, 400);
    assert_eq!(ask("POST", path, "example.org", &body.replace("example.org", "else.example")).status, 404);
    let answer = get(path, "example.org");
    assert_eq!((answer.status, answer.allow), (405, Some("POST")));
    assert!(Site::takes_body("POST", path) && !Site::takes_body("POST", AUTOCONFIG));
}

#[test]
fn profiles_are_of_a_person_or_of_all() {
    let answer = get("/mobileconfig?emailaddress=ann%2Btag%40example.org", "");
    assert_eq!((answer.status, answer.media_type), (200, "application/x-apple-aspen-config"));
    assert!(answer.private && text(&answer).contains("<string>ann+tag@example.org</string>"));
    assert_eq!(answer.file.as_deref(), Some("example.org.mobileconfig"));
    let answer = get("/mobileconfig", "example.org");
    assert!(!answer.private && !text(&answer).contains("Username"));
    assert_eq!(get("/mobileconfig?emailaddress=nobody", "example.org").status, 400);
    assert_eq!(get("/mobileconfig?emailaddress=%zz", "example.org").status, 400);
    assert_eq!(get("/mobileconfig?emailaddress=ann%40else.example", "example.org").status, 404);
}

#[test]
fn the_rest_goes_by_the_host() {
    let answer = get("/.well-known/user-agent-configuration.json", "ua-auto-config.example.org");
    assert_eq!((answer.status, answer.media_type), (200, "application/json"));
    let answer = get("/.well-known/mta-sts.txt", "mta-sts.example.org");
    assert_eq!((answer.status, answer.media_type), (200, "text/plain"));
    assert!(text(&answer).starts_with("version: STSv1\nmode: testing\n"));
    // A domain without a policy, and one without TLS from the first byte.
    assert_eq!(get("/.well-known/mta-sts.txt", "mta-sts.old.example").status, 404);
    assert_eq!(get("/.well-known/user-agent-configuration.json", "ua-auto-config.old.example").status, 404);
}

#[test]
fn other_methods_are_told_the_right_ones() {
    assert_eq!(ask("HEAD", AUTOCONFIG, "example.org", "").status, 200);
    for method in ["POST", "PUT", "OPTIONS", "get", ""] {
        let answer = ask(method, AUTOCONFIG, "example.org", "");
        assert_eq!((answer.status, answer.allow), (405, Some("GET, HEAD")), "{method}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_panics(query in any::<String>(), host in any::<String>(), body in any::<Vec<u8>>()) {
        for (method, path) in [("GET", AUTOCONFIG), ("GET", "/mobileconfig"), ("POST", "/autodiscover/autodiscover.xml")] {
            let request = Request { method, path, query: Some(&query), host: Some(&host), body: &body };
            let _ = site().answer(request, Timestamp::UNIX_EPOCH);
        }
    }
}
