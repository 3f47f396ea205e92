//! Lists of domains; what is said of one is tried in `tests/domain`.

use std::collections::BTreeSet;
use std::fs;
use std::net::UdpSocket;

use serde_json::Value;

use super::{Run, run};

/// Looks at a list of domains with a resolver that nobody runs.
fn listed(text: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("domains");
    fs::write(&file, text).unwrap();
    let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    run(&["dns", "-f", file.to_str().unwrap(), "--offline", "--resolver", &gone])
}

#[test]
fn a_list_brings_a_line_for_each_domain_and_ends() {
    let told = listed("one.example\n\n# a comment\ntwo.example\n");
    let lines: Vec<Value> = told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let inputs: BTreeSet<&str> =
        lines.iter().map(|report| report["targets"][0]["input"].as_str().unwrap()).collect();
    assert_eq!(inputs, BTreeSet::from(["one.example", "two.example"]));
    assert!(lines.iter().all(|report| report["schema"] == "mailmedic.report/1"));
    assert_eq!((told.code, told.stderr.as_str()), (Some(3), ""), "no question was answered");
}

#[test]
fn what_is_no_domain_is_complained_about_and_the_rest_goes_on() {
    let told = listed("mail.example:25\none.example\n");
    assert_eq!(told.code, Some(2));
    assert!(
        told.stderr.contains("domains, line 1:") && told.stderr.contains("is no mail domain"),
        "{}",
        told.stderr
    );
    assert_eq!(told.stdout.lines().count(), 1);
    assert_eq!(listed("").code, Some(3));
}
