//! Every byte of a certificate wrong, judged and reported in one process.

use std::fs;

use mailmedic::bytes::{Bytes, Fingerprint};
use mailmedic::judge::{Judging, judge};
use mailmedic::known::Lists;
use mailmedic::observation::Observation;
use mailmedic::policy;
use mailmedic::report::json;
use mailmedic::report::text::{Style, render};

use crate::certificates::{ServedChain, chain};
use crate::handshakes::{config, serve_tls};
use crate::peer::serve;
use crate::run::{harmless, run};

/// Examines a leaf with its issuer, and returns what was seen.
fn seen() -> Observation {
    let ServedChain { chain, key } = chain();
    let config = config(chain, &key);
    let port = serve(move |peer| serve_tls(peer, &config));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen.json");
    let route = format!("mail.test:{port}:127.0.0.1:{port}");
    let target = format!("smtps://mail.test:{port}");
    let save = file.to_str().unwrap();
    run(&["check", &target, "--offline", "--depth", "quick", "--connect-to", &route, "--save", save]);
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn any_byte_and_any_length_may_be_wrong() {
    let good = seen();
    let judging = Judging {
        policy: &policy::MAIL,
        now: good.taken,
        select: Vec::new(),
        ignore: Vec::new(),
        lists: Lists::default(),
    };
    let style = Style { verbose: true, ..Style::default() };
    let tell = |seen: &Observation| {
        let report = judge(seen, &judging);
        harmless(&render(&report, &style));
        harmless(&json::render(&report));
        report
    };
    let certificates = good.targets[0].certificates.clone();
    assert_eq!(certificates.len(), 2);
    let text = serde_json::to_string(&good).unwrap();
    for (fingerprint, der) in &certificates {
        let put = |der: Vec<u8>| {
            // What was served is known by its digest.
            let seen = text.replace(&fingerprint.to_string(), &Fingerprint::of(&der).to_string());
            let mut seen: Observation = serde_json::from_str(&seen).unwrap();
            seen.targets[0].certificates.insert(Fingerprint::of(&der), Bytes(der));
            tell(&seen)
        };
        for at in 0..der.0.len() {
            for change in [0xFF, 0x80, 0x01] {
                let mut damaged = der.0.clone();
                damaged[at] ^= change;
                let report = put(damaged);
                assert!(report.summary.error > 0, "byte {at}: {}", render(&report, &style));
            }
            if at % 8 == 0 {
                put(der.0[..at].to_vec());
                put([&der.0[..at], &[0x1b, 0x9b], &der.0[at..]].concat());
            }
        }
    }
}
