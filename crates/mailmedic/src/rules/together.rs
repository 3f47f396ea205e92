//! The certificate rules together, through the engine: one cause is one finding.

use jiff::Span;

use super::{Judgement, judge};
use crate::certificate::{AlternativeNames, Certificate};
use crate::diagnosis::TrustState;
use crate::finding::Severity;
use crate::name::Host;
use crate::observation::{DomainObservation, MtaStsMode};
use crate::sample::{self, Sample};

fn judged(sample: &Sample) -> Judgement {
    judge(&sample.case(), |rule| {
        rule.id.starts_with("cert-")
            || rule.id.starts_with("chain-")
            || ["client-name-uncovered", "clock-skewed"].contains(&rule.id)
    })
}

fn found(sample: &Sample) -> Vec<(&'static str, Severity, usize)> {
    judged(sample)
        .findings
        .iter()
        .map(|finding| (finding.rule, finding.severity, finding.endpoints.len()))
        .collect()
}

/// A certificate for the same name that ended three days ago.
fn ended() -> Certificate {
    sample::certificate("mail.example.org", "R98", -3)
}

#[test]
fn nothing_is_said_of_a_healthy_domain() {
    let judgement = judged(&sample::healthy());
    assert!(judgement.findings.is_empty() && judgement.open.is_empty(), "{judgement:?}");
}

#[test]
fn nothing_passes_where_nothing_was_seen() {
    let mut sample = sample::healthy();
    sample.diagnosis = crate::diagnosis::Diagnosis::default();
    for seen in &mut sample.seen.endpoints {
        seen.sessions.clear();
    }
    let judgement = judged(&sample);
    assert!(judgement.findings.is_empty());
    let open: Vec<&str> = judgement.open.iter().map(|open| open.rule).collect();
    for rule in [
        "cert-staple-missing",
        "cert-inactive",
        "cert-differs-by-port",
        "cert-differs-by-sni",
        "clock-skewed",
    ] {
        assert!(open.contains(&rule), "{rule}: {open:?}");
    }
}

#[test]
fn a_missed_reload_is_one_finding() {
    let mut sample = sample::healthy();
    sample.serve_instead(993, ended());
    assert_eq!(found(&sample), [("cert-inactive", Severity::Error, 1)]);
}

#[test]
fn an_expired_certificate_is_nothing_but_expired() {
    let mut sample = sample::healthy();
    sample.leaf().not_after = Some(sample::now() - Span::new().hours(72));
    assert_eq!(found(&sample), [("cert-expired", Severity::Error, 7)]);
    // One finding, and on port 25 it still weighs what it weighs there.
    let finding = judged(&sample).findings.remove(0);
    let severities = sample.seen.endpoints.iter().map(|seen| finding.severity_at(&seen.id()));
    assert_eq!(severities.filter(|severity| *severity == Severity::Warning).count(), 1);
    assert_eq!(finding.severity_at(&sample.port(25).id()), Severity::Warning);
}

#[test]
fn a_wrong_clock_is_said_first_and_in_place_of_expired_certificates() {
    let mut sample = sample::healthy();
    sample.now = sample::now() + Span::new().hours(24 * 400);
    let leaf = |name: &str, issuer: &str| Certificate {
        issuer_der: issuer.as_bytes().to_vec(),
        ..sample::certificate(name, issuer, 70)
    };
    sample.serve_instead(993, leaf("mail.example.org", "YR1"));
    sample.serve_instead(995, leaf("pop.example.org", "Other"));
    let found = found(&sample);
    assert_eq!(found[0], ("clock-skewed", Severity::Warning, 0));
    assert_eq!(found[1].0, "cert-name-mismatch");
    assert!(found.iter().all(|(rule, ..)| !["cert-expired", "cert-inactive"].contains(rule)), "{found:?}");
    let open = judged(&sample).open;
    assert!(open.iter().any(|open| open.rule == "cert-expired" && open.why.contains("clock")), "{open:?}");
    // Who chose the clock wants to see just that.
    sample.known.clock_is_chosen = true;
    assert!(self::found(&sample).iter().any(|(rule, ..)| *rule == "cert-expired"));
}

#[test]
fn every_fault_of_a_default_certificate_is_named_once() {
    let mut sample = sample::healthy();
    let leaf = sample.leaf();
    leaf.subject = "CN=localhost".into();
    leaf.names = Some(AlternativeNames { dns: vec!["localhost".into()], ..AlternativeNames::default() });
    leaf.not_after = Some(sample::now() - Span::new().hours(72));
    leaf.is_ca = Some(true);
    leaf.extended_key_usage = None;
    sample.diagnosis.chains[0].trust = TrustState::SelfSigned;
    sample.diagnosis.chains[0].served.truncate(1);
    let mut rules: Vec<&str> = found(&sample).iter().map(|finding| finding.0).collect();
    rules.sort_unstable();
    // Without a server name the server shows the same, so that is no fault of its own.
    assert_eq!(rules, ["cert-expired", "cert-name-mismatch", "cert-self-signed"]);
}

#[test]
fn mta_sts_makes_a_wrong_name_on_port_25_an_error() {
    let mut sample = sample::healthy().only(25);
    sample.seen.endpoints[0].endpoint.host = Host::new("mx.example.org").unwrap();
    assert_eq!(found(&sample)[0], ("cert-name-mismatch", Severity::Warning, 1));
    sample.seen.domain =
        Some(DomainObservation { mta_sts: Some(MtaStsMode::Enforce), ..DomainObservation::default() });
    assert_eq!(found(&sample)[0], ("cert-name-mismatch", Severity::Error, 1));
}

#[test]
fn an_untrusted_chain_with_a_wrong_signature_is_one_cause() {
    let mut sample = sample::healthy();
    let leaf = sample.leaf().fingerprint;
    let chain = &mut sample.diagnosis.chains[0];
    chain.wrong_signatures = vec![leaf];
    chain.trust = TrustState::UnknownIssuer { issuer: "CN=R99".into() };
    assert_eq!(found(&sample), [("cert-signature-invalid", Severity::Error, 7)]);
}

#[test]
fn no_finding_is_worse_than_its_rule_says_and_none_lacks_words() {
    let mut sample = sample::healthy();
    sample.serve_instead(993, sample::certificate("*.org", "Own", 20));
    let chain = &mut sample.diagnosis.chains[1];
    chain.trust = TrustState::UntrustedRoot { root: "CN=Own".into(), served: false };
    let judgement = judged(&sample);
    assert!(judgement.findings.len() >= 4, "{judgement:?}");
    for finding in &judgement.findings {
        let rule = super::find(finding.rule).unwrap();
        assert!(finding.severity <= rule.severity, "{}", rule.id);
        assert!(finding.hurts.is_some() && finding.cause.ends_with('.'), "{finding:?}");
    }
}
