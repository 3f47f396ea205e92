mod ways;

use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use proptest::prelude::{ProptestConfig, any, proptest};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, date_time_ymd,
};

use super::{diagnose, diagnose_with, system_roots_wanted, wanted_issuers};
use crate::bytes::{Bytes, Fingerprint};
use crate::certificate::Certificate;
use crate::diagnosis::{Fault, FaultKind, ServedChain, TrustState};
use crate::endpoint::{Endpoint, Place, Protocol, Role, Security};
use crate::name::Host;
use crate::observation::{
    Ask, Connect, Depth, EndpointObservation, Examination, Fetch, FetchOutcome, FetchPurpose, Session,
    TargetKind, Tls, TlsEnd, Trust,
};
use crate::trust::{self, Anchor, Store, Stores};

/// A key with its certificate.
struct Party {
    params: CertificateParams,
    key: KeyPair,
    der: Vec<u8>,
}

fn params(name: &str, ca: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.use_authority_key_identifier_extension = true;
    if ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    }
    params
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

/// A certificate that signs itself.
fn root(name: &str) -> Party {
    own(params(name, true), key())
}

fn own(params: CertificateParams, key: KeyPair) -> Party {
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Party { params, key, der }
}

impl Party {
    fn sign(&self, params: CertificateParams, key: KeyPair) -> Party {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let der = params.signed_by(&key, &issuer).unwrap().der().to_vec();
        Party { params, key, der }
    }

    fn authority(&self, name: &str) -> Party {
        self.sign(params(name, true), key())
    }

    fn leaf(&self) -> Party {
        self.sign(params("mail.example.org", false), key())
    }

    /// The same name and key, signed by another.
    fn crossed(&self, by: &Party) -> Party {
        by.sign(self.params.clone(), KeyPair::from_pem(&self.key.serialize_pem()).unwrap())
    }

    fn print(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }

    fn subject(&self) -> String {
        Certificate::read(&self.der).subject
    }
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// An examination in which each list was served on a port of its own.
fn examination(lists: &[&[&Party]], given: &[&Party]) -> Examination {
    let endpoints = lists.iter().zip(993..).map(|(list, port)| {
        let place = Place::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let mut seen = EndpointObservation::new(Endpoint {
            host: Host::new("mail.example.org").unwrap(),
            port,
            place,
            protocol: Protocol::Imap,
            security: Security::Implicit,
            role: Role::Access,
            sources: Vec::new(),
        });
        seen.sessions.push(Session {
            ask: Ask::Polite,
            security: Security::Implicit,
            connect: Connect::Open,
            plain: None,
            tls: Some(Tls {
                end: TlsEnd::Completed,
                version: Some(0x0304),
                certificates: list.iter().map(|party| party.print()).collect(),
                ..Tls::default()
            }),
            inside: None,
            offered: None,
            reaction: None,
            begun_ms: 1,
            hello_ms: 0,
            hello_length: 0,
            millis: 2,
        });
        seen
    });
    Examination {
        input: "mail.example.org".into(),
        kind: TargetKind::Host,
        host: None,
        depth: Depth::Standard,
        look: Default::default(),
        dns: Vec::new(),
        domain: None,
        fetches: Vec::new(),
        statuses: Vec::new(),
        endpoints: endpoints.collect(),
        certificates: lists
            .iter()
            .flat_map(|list| list.iter())
            .map(|party| (party.print(), Bytes(party.der.clone())))
            .collect(),
        trust: Trust {
            public: false,
            given: given.iter().map(|party| Bytes(party.der.clone())).collect(),
            system: Vec::new(),
        },
        interrupted: false,
        millis: 1,
    }
}

fn judge(list: &[&Party], given: &[&Party]) -> ServedChain {
    diagnose(&examination(&[list], given), now()).chains.remove(0)
}

fn trusted(root: &Party) -> TrustState {
    TrustState::Trusted { root: root.subject(), store: "--ca-file".into() }
}

/// What is wrong on the best way, apart from what rcgen leaves out.
fn path_faults(chain: &ServedChain) -> Vec<Fault> {
    let is_told =
        |fault: &&Fault| !matches!(fault.kind, FaultKind::UsageMissing | FaultKind::Nonconforming(_));
    chain.best().unwrap().faults.iter().filter(is_told).cloned().collect()
}

fn is_clean(chain: &ServedChain) -> bool {
    chain.ordered
        && chain.superfluous.is_empty()
        && chain.root_included.is_none()
        && chain.out_of_date_intermediates.is_empty()
        && chain.invalid_intermediates.is_empty()
        && chain.wrong_signatures.is_empty()
}

#[test]
fn a_good_chain_is_judged_once_for_all_places() {
    let root = root("Root");
    let issuer = root.authority("Issuer");
    let leaf = issuer.leaf();
    let diagnosis =
        diagnose(&examination(&[&[&leaf, &issuer], &[&leaf], &[&leaf, &issuer]], &[&root]), now());
    assert_eq!(diagnosis.chains.len(), 2);
    assert_eq!(diagnosis.certificates.len(), 2);
    let chain = &diagnosis.chains[0];
    assert_eq!(chain.sightings.iter().map(|sighting| sighting.endpoint).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(chain.trust, trusted(&root));
    assert!(is_clean(chain));
    assert_eq!(chain.complete.as_deref(), Some(&[leaf.print(), issuer.print()][..]));
    // The intermediate is known from the other port.
    assert_eq!(
        diagnosis.chains[1].trust,
        TrustState::Incomplete {
            missing: vec!["CN=Issuer".into()],
            known: vec![issuer.print()],
            root: Some("CN=Root".into()),
        }
    );
    assert_eq!(diagnosis.chains[1].complete, chain.complete);
    assert!(is_clean(&diagnosis.chains[1]));
}

#[test]
fn order_surplus_and_root_are_told_apart() {
    let root = root("Root");
    let upper = root.authority("Upper");
    let lower = upper.authority("Lower");
    let leaf = lower.leaf();
    let unrelated = root.authority("Unrelated");

    let chain = judge(&[&leaf, &upper, &lower], &[&root]);
    assert_eq!(chain.trust, trusted(&root));
    assert!(!chain.ordered);
    assert!(chain.superfluous.is_empty());
    assert_eq!(chain.complete.unwrap(), [leaf.print(), lower.print(), upper.print()]);

    let chain = judge(&[&leaf, &lower, &unrelated, &upper, &root, &lower], &[&root]);
    assert_eq!(chain.trust, trusted(&root));
    assert!(chain.ordered);
    assert_eq!(chain.superfluous, [unrelated.print(), lower.print()]);
    assert_eq!(chain.root_included, Some(root.print()));
    assert_eq!(chain.complete.unwrap(), [leaf.print(), lower.print(), upper.print()]);

    assert!(!judge(&[&leaf, &root, &lower, &upper], &[&root]).ordered);
    // The leaf after its issuer.
    let chain = judge(&[&lower, &upper, &leaf], &[&root]);
    assert!(!chain.ordered);
    assert!(chain.superfluous.is_empty());
}

#[test]
fn an_issuer_that_nobody_knows_is_named() {
    let root = root("Root");
    let issuer = root.authority("Example CA");
    let chain = judge(&[&issuer.leaf()], &[&root]);
    assert_eq!(chain.trust, TrustState::UnknownIssuer { issuer: "CN=Example CA".into() });
    assert_eq!(chain.complete, None);
    assert!(is_clean(&chain));
    // A name that no root bears.
    let issuer = root.authority("Example Issuing CA");
    let chain = judge(&[&issuer.leaf()], &[&root]);
    let missing = vec!["CN=Example Issuing CA".to_owned()];
    assert_eq!(chain.trust, TrustState::Incomplete { missing, known: Vec::new(), root: None });
}

#[test]
fn a_public_leaf_without_its_issuer_lacks_a_link() {
    let issuer = root("Root").authority("R99");
    let mut params = params("mail.example.org", false);
    // certificatePolicies with the Baseline Requirements' domain-validated policy, 2.23.140.1.2.1.
    let policies = vec![0x30, 10, 0x30, 8, 6, 6, 0x67, 0x81, 0x0C, 1, 2, 1];
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 32], policies)];
    let chain = judge(&[&issuer.sign(params, key())], &[]);
    let missing = vec!["CN=R99".to_owned()];
    assert_eq!(chain.trust, TrustState::Incomplete { missing, known: Vec::new(), root: None });
}

#[test]
fn a_self_signed_leaf_is_trusted_only_by_name() {
    let leaf = own(params("mail.example.org", false), key());
    let chain = judge(&[&leaf], &[]);
    assert_eq!(chain.trust, TrustState::SelfSigned);
    assert_eq!(chain.complete.as_deref(), Some(&[leaf.print()][..]));
    assert!(is_clean(&chain));
    let chain = judge(&[&leaf], &[&leaf]);
    assert_eq!(chain.trust, trusted(&leaf));
    assert!(is_clean(&chain));
}

#[test]
fn a_root_that_nobody_trusts_is_named() {
    let root = root("Private Root");
    let issuer = root.authority("Issuer");
    let leaf = issuer.leaf();
    let untrusted = |served| TrustState::UntrustedRoot { root: "CN=Private Root".into(), served };
    let chain = judge(&[&leaf, &issuer, &root], &[]);
    assert_eq!(chain.trust, untrusted(true));
    assert_eq!(chain.root_included, Some(root.print()));
    assert_eq!(chain.complete.unwrap(), [leaf.print(), issuer.print()]);
    let mut seen = examination(&[&[&leaf, &issuer]], &[]);
    seen.certificates.insert(root.print(), Bytes(root.der.clone()));
    assert_eq!(diagnose(&seen, now()).chains[0].trust, untrusted(false));
}

#[test]
fn a_cross_signed_root_leads_to_the_older_root() {
    let old = root("Old Root");
    let new = root("New Root");
    let crossed = new.crossed(&old);
    let issuer = new.authority("YR1");
    let leaf = issuer.leaf();
    let chain = judge(&[&leaf, &issuer, &crossed], &[&old]);
    assert_eq!(chain.trust, trusted(&old));
    assert!(is_clean(&chain));
    // Where both roots are trusted, the certificate for older clients is not superfluous.
    let chain = judge(&[&leaf, &issuer, &crossed], &[&old, &new]);
    assert!(matches!(chain.trust, TrustState::Trusted { .. }));
    assert!(is_clean(&chain));
    assert_eq!(chain.complete.unwrap(), [leaf.print(), issuer.print(), crossed.print()]);
    // Without it, only the new root helps.
    assert_eq!(judge(&[&leaf, &issuer], &[&old, &new]).trust, trusted(&new));
    assert!(matches!(judge(&[&leaf, &issuer], &[&old]).trust, TrustState::UnknownIssuer { .. }));
    // The new root itself is no help where it is not trusted, and the way over the old one is found.
    let chain = judge(&[&leaf, &issuer, &new, &crossed], &[&old]);
    assert_eq!(chain.trust, trusted(&old));
    assert_eq!(chain.root_included, Some(new.print()));
}

#[test]
fn an_intermediate_in_date_is_preferred() {
    let root = root("Root");
    let mut old_params = params("Issuer", true);
    old_params.not_after = date_time_ymd(2026, 11, 1);
    let issuer = root.authority("Issuer");
    let old = root.sign(old_params, KeyPair::from_pem(&issuer.key.serialize_pem()).unwrap());
    let leaf = issuer.leaf();

    let chain = judge(&[&leaf, &old, &issuer], &[&root]);
    assert_eq!(chain.trust, trusted(&root));
    assert_eq!(chain.superfluous, [old.print()]);
    assert!(chain.ordered && chain.out_of_date_intermediates.is_empty());
    assert_eq!(chain.complete.unwrap(), [leaf.print(), issuer.print()]);

    let chain = judge(&[&leaf, &old], &[&root]);
    assert_eq!(chain.trust, trusted(&root));
    assert_eq!(chain.out_of_date_intermediates, [old.print()]);
    assert!(chain.superfluous.is_empty());
    // The last second belongs to the validity as a whole.
    let seen = examination(&[&[&leaf, &old]], &[&root]);
    for (time, count) in [("2026-11-01T00:00:00.9Z", 0), ("2026-11-01T00:00:01Z", 1)] {
        let chain = diagnose(&seen, time.parse().unwrap()).chains.remove(0);
        assert_eq!(chain.out_of_date_intermediates.len(), count);
    }
}

#[test]
fn an_intermediate_that_all_clients_take_is_preferred() {
    let root = root("Root");
    let issuer = root.authority("Issuer");
    let mut odd = params("Issuer", true);
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3], vec![5, 0]);
    extension.set_criticality(true);
    odd.custom_extensions = vec![extension];
    let odd = root.sign(odd, KeyPair::from_pem(&issuer.key.serialize_pem()).unwrap());
    let chain = judge(&[&issuer.leaf(), &odd, &issuer], &[&root]);
    assert_eq!(chain.trust, trusted(&root));
    assert_eq!(chain.superfluous, [odd.print()]);
}

#[test]
fn intermediates_that_may_not_issue_are_named() {
    let root = root("Root");
    let mut no_ca = params("Issuer", true);
    no_ca.is_ca = IsCa::ExplicitNoCa;
    let mut silent = params("Issuer", true);
    silent.is_ca = IsCa::NoCa;
    let mut no_sign = params("Issuer", true);
    no_sign.key_usages = vec![KeyUsagePurpose::CrlSign];
    let mut mail_only = params("Issuer", true);
    mail_only.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    for (params, word) in [
        (no_ca, "says that it is no CA"),
        (silent, "basicConstraints"),
        (no_sign, "keyUsage"),
        (mail_only, "extended key usage"),
    ] {
        let issuer = root.sign(params, key());
        let chain = judge(&[&issuer.leaf(), &issuer], &[&root]);
        assert_eq!(chain.trust, trusted(&root));
        assert_eq!(chain.invalid_intermediates.len(), 1, "{word}");
        let (print, why) = &chain.invalid_intermediates[0];
        assert_eq!(*print, issuer.print());
        assert!(why.contains(word), "{why}");
    }
}

#[test]
fn path_lengths_count_the_authorities_below() {
    let root = root("Root");
    let limited = |most| {
        let mut params = params("Upper", true);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(most));
        root.sign(params, key())
    };
    let kinds = |most| {
        let upper = limited(most);
        let lower = upper.authority("Lower");
        let chain = judge(&[&lower.leaf(), &lower, &upper], &[&root]);
        assert!(chain.invalid_intermediates.is_empty());
        path_faults(&chain)
    };
    assert_eq!(kinds(0), [Fault { at: 2, kind: FaultKind::PathTooLong { most: 0, below: 1 } }]);
    assert_eq!(kinds(1), []);
}

#[test]
fn a_signature_that_its_issuer_did_not_make_is_wrong() {
    let root = root("Root");
    let issuer = root.authority("Issuer");
    let mut leaf = issuer.leaf();
    // A byte of the common name.
    let at = leaf.der.windows(4).position(|window| window == b"mail").unwrap();
    leaf.der[at] = b'n';
    let chain = judge(&[&leaf, &issuer], &[&root]);
    assert_eq!(chain.wrong_signatures, [leaf.print()]);
    assert_eq!(chain.trust, TrustState::UnknownIssuer { issuer: "CN=Issuer".into() });
    assert!(chain.superfluous.is_empty());
}

#[test]
fn another_issuer_of_the_same_name_makes_no_signature_wrong() {
    let root = root("Root");
    let issuer = root.authority("Issuer");
    let namesake = root.authority("Issuer");
    let chain = judge(&[&issuer.leaf(), &namesake], &[&root]);
    assert!(chain.wrong_signatures.is_empty());
    assert_eq!(chain.trust, TrustState::UnknownIssuer { issuer: "CN=Issuer".into() });
    assert_eq!(chain.superfluous, [namesake.print()]);
}

#[test]
fn what_cannot_be_checked_is_unknown_and_not_wrong() {
    let root = own(params("Root", true), KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap());
    let mut leaf = root.leaf();
    assert_eq!(judge(&[&leaf], &[&root]).trust, trusted(&root));
    // sha256WithRSAEncryption becomes md4WithRSAEncryption in both places.
    let sha256 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
    while let Some(at) = leaf.der.windows(9).position(|window| window == sha256) {
        leaf.der[at + 8] = 3;
    }
    let chain = judge(&[&leaf], &[&root]);
    assert!(chain.wrong_signatures.is_empty());
    assert!(matches!(&chain.trust, TrustState::Unknown(why) if why.contains("md4WithRSAEncryption")));
}

/// An anchor of Mozilla's list, and one that others hold and Mozilla does not.
fn anchors() -> [&'static Anchor; 2] {
    let has = |wanted| {
        move |root: &&Anchor| root.holds.has(Store::Mozilla) == wanted && root.holds.has(Store::Apple)
    };
    [true, false].map(|wanted| trust::anchors().iter().find(has(wanted)).unwrap())
}

#[test]
fn mozillas_roots_count_unless_told_otherwise() {
    let [mozilla, _] = anchors();
    // Nobody but its owner can issue below it; a leaf that is the root itself needs no signature.
    let der = mozilla.skeleton();
    let mut seen = examination(&[&[&root("Root").leaf()]], &[]);
    let known = |seen: &Examination| {
        let anchors = super::Anchors::of(&seen.trust);
        anchors.public(mozilla.subject_der).map(|(stores, _)| stores).collect::<Vec<_>>()
    };
    assert_eq!(known(&seen), []);
    seen.trust.public = true;
    assert!(known(&seen).contains(&mozilla.holds));
    assert_eq!(Certificate::read(&der).subject_der, mozilla.subject_der);
}

#[test]
fn a_root_that_only_others_trust_is_known_and_does_not_convince() {
    let root = root("Root");
    let leaf = root.leaf();
    let seen = examination(&[&[&leaf, &root]], &[]);
    let held_by = |stores: &[Store]| {
        let mut anchors = super::Anchors::default();
        for store in stores {
            anchors.add(Stores::of(&[*store]), Certificate::read(&root.der));
        }
        diagnose_with(&seen, &anchors, now()).chains.remove(0)
    };
    let chain = held_by(&[Store::Apple]);
    assert_eq!(chain.trust, TrustState::UntrustedRoot { root: "CN=Root".into(), served: true });
    assert_eq!(chain.roots(), [root.print()]);
    assert!(chain.wrong_signatures.is_empty() && chain.superfluous.is_empty());
    // The system may hold it all the same.
    let chain = held_by(&[Store::Apple, Store::System]);
    assert!(matches!(&chain.trust, TrustState::Trusted { store, .. } if store == "system"));
    assert_eq!(held_by(&[]).roots(), []);
}

#[test]
fn the_systems_roots_are_kept_where_they_are_named() {
    let root = root("Company Root");
    let other = self::root("Other Root");
    let leaf = root.leaf();
    let mut seen = examination(&[&[&leaf]], &[]);
    let wanted = system_roots_wanted(&seen, &[other.der, root.der.clone()]);
    assert_eq!(wanted, std::slice::from_ref(&root.der));
    seen.trust.system = wanted.into_iter().map(Bytes).collect();
    // Under --only-ca-file the system's roots do not count.
    assert!(matches!(diagnose(&seen, now()).chains[0].trust, TrustState::UnknownIssuer { .. }));
    seen.trust.public = true;
    let chain = diagnose(&seen, now()).chains.remove(0);
    assert_eq!(chain.trust, TrustState::Trusted { root: "CN=Company Root".into(), store: "system".into() });
    // Mozilla's roots are there anyway, in whatever certificate; what Mozilla lacks is kept.
    let [mozilla, others] = anchors().map(Anchor::skeleton);
    for der in [&mozilla, &others] {
        seen.certificates.insert(Fingerprint::of(der), Bytes(der.clone()));
    }
    assert_eq!(system_roots_wanted(&seen, &[mozilla, others.clone()]), [others]);
}

fn with_issuer_urls(name: &str, urls: &[&str]) -> CertificateParams {
    let wrap =
        |tag: u8, content: &[u8]| [&[tag, 0x81, u8::try_from(content.len()).unwrap()], content].concat();
    let ca_issuers = [6, 8, 0x2B, 6, 1, 5, 5, 7, 0x30, 2];
    let descriptions: Vec<u8> = urls
        .iter()
        .flat_map(|url| wrap(0x30, &[&ca_issuers[..], &wrap(0x86, url.as_bytes())].concat()))
        .collect();
    let mut params = params(name, false);
    let content = wrap(0x30, &descriptions);
    params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)];
    params
}

#[test]
fn issuers_are_wanted_until_a_root_is_reached() {
    let root = root("Root");
    let issuer = root.authority("Issuer");
    let urls = ["ldap:///x", "https://c.test/1", "HTTP://c.test/2", "http://c.test/3", "http://c.test/ 4"];
    let leaf = issuer.sign(with_issuer_urls("mail.example.org", &urls), key());
    let mut seen = examination(&[&[&leaf]], &[&root]);
    assert_eq!(wanted_issuers(&seen), ["HTTP://c.test/2", "http://c.test/3"]);
    seen.fetches.push(Fetch {
        url: "HTTP://c.test/2".into(),
        purpose: FetchPurpose::Issuer,
        outcome: FetchOutcome::Status(404),
        date: None,
        web: Default::default(),
    });
    assert_eq!(wanted_issuers(&seen), ["http://c.test/3"]);
    seen.certificates.insert(issuer.print(), Bytes(issuer.der.clone()));
    assert!(wanted_issuers(&seen).is_empty());
    assert!(matches!(diagnose(&seen, now()).chains[0].trust, TrustState::Incomplete { .. }));

    let many: Vec<String> = (10..30).map(|number| format!("http://{number}")).collect();
    for chunk in many.chunks(4) {
        let urls: Vec<&str> = chunk.iter().map(String::as_str).collect();
        let leaf = self::root("Unknown").sign(with_issuer_urls("x", &urls), key());
        let mut more = examination(&[&[&leaf]], &[]);
        seen.endpoints.append(&mut more.endpoints);
        seen.certificates.append(&mut more.certificates);
    }
    assert_eq!(wanted_issuers(&seen).len(), 8);
    let own = own(with_issuer_urls("x", &["http://c.test/5"]), key());
    assert!(wanted_issuers(&examination(&[&[&own]], &[])).is_empty());
}

#[test]
fn a_maze_of_cross_signatures_ends() {
    let parties: Vec<Party> = (0..9).map(|number| root(&format!("CA {number}"))).collect();
    let mut maze = Vec::new();
    for party in &parties {
        for other in parties.iter().filter(|other| other.params != party.params) {
            maze.push(party.crossed(other));
        }
    }
    let leaf = parties[0].leaf();
    let mut list = vec![&leaf];
    list.extend(&maze);
    let chain = judge(&list, &[]);
    assert!(
        matches!(&chain.trust, TrustState::Unknown(why) if why.contains("more ways")),
        "{:?}",
        chain.trust
    );
    // The way to a root is found all the same.
    assert_eq!(judge(&list, &[&parties[0]]).trust, trusted(&parties[0]));
}

#[test]
fn certificates_that_were_not_kept_or_are_none_are_unknown() {
    let leaf = root("Root").leaf();
    let mut seen = examination(&[&[&leaf]], &[]);
    seen.certificates.clear();
    assert!(matches!(diagnose(&seen, now()).chains[0].trust, TrustState::Unknown(_)));
    let garbage = Party { der: b"garbage".to_vec(), ..leaf };
    let diagnosis = diagnose(&examination(&[&[&garbage, &garbage]], &[]), now());
    assert!(matches!(diagnosis.chains[0].trust, TrustState::Unknown(_)));
    assert_eq!(diagnosis.leaf(&diagnosis.chains[0]).unwrap().problems.len(), 1);
}

#[test]
fn the_chain_file_is_pem_from_the_leaf_upward() {
    let root = root("Root");
    let leaf = root.leaf();
    let text = super::pem([leaf.der.as_slice(), &root.der].into_iter());
    assert_eq!(super::fetched_certificates(text.as_bytes()), [leaf.der, root.der]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_makes_it_panic(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6)) {
        thread_local! {
            static CHAIN: [Party; 3] = {
                let root = root("Root");
                let issuer = root.authority("Issuer");
                [issuer.leaf(), issuer, root]
            };
        }
        CHAIN.with(|[leaf, issuer, root]| {
            let damage = |party: &Party| {
                let mut der = party.der.clone();
                for (index, byte) in &changes {
                    let at = index.index(der.len());
                    der[at] = *byte;
                }
                let key = KeyPair::from_pem(&party.key.serialize_pem()).unwrap();
                Party { params: party.params.clone(), key, der }
            };
            let [bad_leaf, bad_issuer, bad_root] = [damage(leaf), damage(issuer), damage(root)];
            let lists: [&[&Party]; 3] = [&[&bad_leaf, issuer], &[leaf, &bad_issuer], &[&bad_leaf, &bad_issuer, &bad_root]];
            let seen = examination(&lists, &[root, &bad_root]);
            let chains = diagnose(&seen, now()).chains;
            assert!(!chains.is_empty());
            wanted_issuers(&seen);
        });
    }
}
