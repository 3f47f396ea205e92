//! Whole chains, made here, judged for every kind of peer: from the bytes to the verdicts of the report.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "shared/served.rs"]
mod served;

use jiff::Timestamp;
use mailmedic::bytes::Bytes;
use mailmedic::judge::{Judging, judge};
use mailmedic::known::Lists;
use mailmedic::name::Host;
use mailmedic::observation::{Depth, Observation, SCHEMA, Settings, Trust};
use mailmedic::policy;
use mailmedic::report::TargetReport;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ED25519, date_time_ymd,
};

const HOST: &str = "mail.example.org";

/// A key with its certificate.
struct Party {
    params: CertificateParams,
    key: KeyPair,
    der: Vec<u8>,
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf(names: &[&str]) -> CertificateParams {
    let mut params = params(HOST);
    params.subject_alt_names =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
            .unwrap()
            .subject_alt_names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 10, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn own(params: CertificateParams) -> Party {
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Party { params, key, der }
}

impl Party {
    fn sign(&self, params: CertificateParams) -> Party {
        self.sign_key(params, KeyPair::generate().unwrap())
    }

    fn sign_key(&self, params: CertificateParams, key: KeyPair) -> Party {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let der = params.signed_by(&key, &issuer).unwrap().der().to_vec();
        Party { params, key, der }
    }
}

/// Judges what one port serves; the root is given with `--ca-file`.
fn report(served: &[&Party], root: &Party) -> TargetReport {
    let taken: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let trust = Trust { public: false, given: vec![Bytes(root.der.clone())], system: Vec::new() };
    let served = served.iter().map(|party| party.der.clone()).collect();
    let seen = served::examination(&Host::new(HOST).unwrap(), served, trust);
    let observation = Observation {
        schema: SCHEMA.into(),
        version: mailmedic::VERSION.into(),
        taken,
        settings: Settings {
            depth: Depth::Standard,
            ehlo: "localhost".into(),
            offline: true,
            timeout_ms: 1,
            again: Vec::new(),
        },
        targets: vec![seen],
        documents: Default::default(),
    };
    let judging = Judging {
        policy: &policy::MAIL,
        now: taken,
        select: Vec::new(),
        ignore: Vec::new(),
        lists: Lists::default(),
    };
    judge(&observation, &judging).targets.remove(0)
}

/// Writes the verdicts of the measured peers: `+` accepts, `-` refuses.
fn row(report: &TargetReport) -> String {
    ["thunderbird", "openssl-level-1", "openssl-level-2", "gnutls", "java", "go", "rustls"]
        .iter()
        .map(|peer| {
            let verdicts = &report.endpoints[0].verdicts;
            match verdicts.iter().find(|verdict| verdict.peer == *peer).unwrap().verdict.as_ref() {
                "accept" => '+',
                "reject" => '-',
                _ => '?',
            }
        })
        .collect()
}

#[test]
fn chains_are_judged_as_the_real_software_judges_them() {
    let root = own(authority("Root"));
    let issuing = root.sign(authority("Issuing"));
    let usual = || leaf(&[HOST]);
    let changed = |change: fn(&mut CertificateParams)| {
        let mut params = usual();
        change(&mut params);
        issuing.sign(params)
    };
    let limited = |change: fn(&mut CertificateParams)| {
        let mut params = authority("Limited");
        change(&mut params);
        root.sign(params)
    };
    for (what, leaf, row_of) in [
        ("good", changed(|_| {}), "+++++++"),
        ("a wildcard", issuing.sign(leaf(&["*.example.org"])), "+++++++"),
        ("expired", changed(|leaf| leaf.not_after = date_time_ymd(2026, 11, 1)), "-------"),
        ("not yet valid", changed(|leaf| leaf.not_before = date_time_ymd(2026, 12, 1)), "-------"),
        ("another name", issuing.sign(leaf(&["other.example.org"])), "-------"),
        ("the common name only", issuing.sign(leaf(&[])), "-++++--"),
        ("part of a label", issuing.sign(leaf(&["ma*.example.org"])), "----+--"),
        (
            "for clients",
            changed(|leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "-------",
        ),
        (
            "for any use",
            changed(|leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any]),
            "---+++-",
        ),
        ("for no said use", changed(|leaf| leaf.extended_key_usages.clear()), "+++++++"),
        ("a CA", changed(|leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)), "-+++++-"),
        ("Ed25519", issuing.sign_key(usual(), KeyPair::generate_for(&PKCS_ED25519).unwrap()), "-++++++"),
    ] {
        assert_eq!(row(&report(&[&leaf, &issuing], &root)), row_of, "{what}");
    }
    for (what, intermediate, row_of) in [
        ("expired", limited(|ca| ca.not_after = date_time_ymd(2026, 11, 1)), "-------"),
        ("no CA", limited(|ca| ca.is_ca = IsCa::ExplicitNoCa), "-------"),
        ("may not sign", limited(|ca| ca.key_usages = vec![KeyUsagePurpose::CrlSign]), "------+"),
        (
            "for clients",
            limited(|ca| ca.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "----+--",
        ),
    ] {
        let leaf = intermediate.sign(usual());
        assert_eq!(row(&report(&[&leaf, &intermediate], &root)), row_of, "an intermediate that is {what}");
    }
}

#[test]
fn what_is_served_around_the_leaf_counts_as_measured() {
    let root = own(authority("Root"));
    let issuing = root.sign(authority("Issuing"));
    let leaf = issuing.sign(leaf(&[HOST]));
    let mut past = issuing.params.clone();
    past.not_after = date_time_ymd(2026, 11, 1);
    let old = root.sign_key(past, KeyPair::from_pem(&issuing.key.serialize_pem()).unwrap());
    let stranger = own(authority("Stranger"));
    for (what, served, row_of) in [
        ("the root too", vec![&leaf, &issuing, &root], "+++++++"),
        ("twice", vec![&leaf, &issuing, &issuing], "+++++++"),
        ("a stranger", vec![&leaf, &stranger, &issuing], "+++++++"),
        ("nothing", vec![&leaf], "-------"),
        ("the old one first", vec![&leaf, &old, &issuing], "+++-+++"),
        ("the new one first", vec![&leaf, &issuing, &old], "+++++++"),
        ("only the old one", vec![&leaf, &old], "-------"),
    ] {
        assert_eq!(row(&report(&served, &root)), row_of, "{what}");
    }
    assert_eq!(row(&report(&[&leaf, &issuing], &stranger)), "-------", "an unknown root");
    assert_eq!(row(&report(&[&own(leaf.params.clone())], &root)), "-------", "self-signed");
}

#[test]
fn the_report_says_who_refuses_and_why() {
    let root = own(authority("Root"));
    let issuing = root.sign(authority("Issuing"));
    let mut params = leaf(&[HOST]);
    params.not_after = date_time_ymd(2026, 11, 1);
    let report = report(&[&issuing.sign(params), &issuing], &root);
    let verdicts = &report.endpoints[0].verdicts;
    let outlook = verdicts.iter().find(|verdict| verdict.peer == "outlook-classic").unwrap();
    assert_eq!((&*outlook.verdict, &outlook.because[..]), ("warn", &["cert-expired".into()][..]));
    let finding = report.findings.iter().find(|finding| finding.rule == "cert-expired").unwrap();
    let whom = "Thunderbird and new Outlook refuse; K-9, Apple Mail and Outlook ask the user";
    assert_eq!(finding.hurts.as_deref(), Some(whom));
}
