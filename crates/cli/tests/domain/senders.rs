//! The addresses that mail comes from: reverse names, and block lists that answer or refuse.

use serde_json::Value;

use crate::name_server::Zone;
use crate::support::World;

/// A zone of everything below `org`, which a block list is in, too.
fn zone(more: &str) -> Zone {
    let own = "example.org MX 10 mail.example.org.
        mail.example.org A 192.0.2.1
        _smtp._tls.example.org TXT \"v=TLSRPTv1; rua=mailto:tls@example.org\"";
    Zone::new("org", &format!("{own}\n{more}"))
}

fn findings(report: &Value) -> Vec<String> {
    let findings = report["targets"][0]["findings"].as_array().unwrap().iter();
    findings
        .map(|one| format!("{} {}", one["severity"].as_str().unwrap(), one["rule"].as_str().unwrap()))
        .filter(|line| line.contains("dnsbl-"))
        .collect()
}

fn records<'a>(report: &'a Value, family: &str) -> Vec<&'a Value> {
    let records = report["targets"][0]["records"].as_array().unwrap().iter();
    records.filter(|row| row["family"] == family).collect()
}

fn open<'a>(report: &'a Value, rule: &str) -> Vec<&'a str> {
    let open = report["targets"][0]["unknown"].as_array().unwrap().iter();
    open.filter(|one| one["rule"] == rule).map(|one| one["why"].as_str().unwrap()).collect()
}

const ZEN: &str = "2.0.0.127.zen.spamhaus.org A 127.0.0.2
    test.dbl.spamhaus.org A 127.0.1.2";

#[tokio::test]
async fn lists_are_asked_only_where_that_is_wished() {
    let world = World::new(zone(ZEN)).await;
    let report = world.dns_report("example.org", &[]).await;
    assert!(records(&report, "dnsbl").is_empty());
    let asked = report["targets"][0]["questions"].to_string();
    assert!(!asked.contains("spamhaus") && asked.contains("1.2.0.192.in-addr.arpa"), "{asked}");
    for words in [&["--lists"][..], &["--depth", "full"]] {
        let report = world.dns_report("example.org", words).await;
        assert_eq!(records(&report, "dnsbl").len(), 9, "{words:?}");
        assert!(!findings(&report).iter().any(|line| line.contains("dns")), "{:?}", findings(&report));
        assert_eq!(records(&report, "dnsbl")[0]["state"], "absent");
        // The others have no zone here: that is a failure, and no finding.
        assert_eq!(records(&report, "dnsbl")[1]["state"], "unknown");
        assert!(!open(&report, "dnsbl-listed").is_empty());
    }
}

#[tokio::test]
async fn a_listing_is_told_and_a_refusal_is_not_taken_for_one() {
    let listed =
        format!("{ZEN}\n1.2.0.192.zen.spamhaus.org A 127.0.0.11\nexample.org.dbl.spamhaus.org A 127.0.1.4");
    let report = World::new(zone(&listed)).await.dns_report("example.org", &["--lists"]).await;
    assert_eq!(findings(&report), ["error dnsbl-listed", "error dnsbl-listed"]);
    let refused = "2.0.0.127.zen.spamhaus.org A 127.255.255.254
        1.0.0.127.zen.spamhaus.org A 127.255.255.254
        1.2.0.192.zen.spamhaus.org A 127.255.255.254
        test.dbl.spamhaus.org A 127.0.1.2
        invalid.dbl.spamhaus.org A 127.0.1.2";
    let report = World::new(zone(refused)).await.dns_report("example.org", &["--lists"]).await;
    assert_eq!(findings(&report), ["note dnsbl-refused"]);
    let open = open(&report, "dnsbl-listed");
    assert!(open.iter().any(|why| why.contains("lists everything")), "{open:?}");
}
