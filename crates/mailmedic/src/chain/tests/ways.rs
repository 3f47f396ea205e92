//! The ways of a chain, what is wrong on each, and the strictest verdict.

use rcgen::{
    BasicConstraints, CidrSubnet, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};

use super::{Party, examination, judge, key, now, own, params, path_faults, root};
use crate::certificate::Certificate;
use crate::chain::{Anchors, Strict, diagnose_with, strict};
use crate::diagnosis::{Fault, FaultKind, Origin, ServedChain, TrustState, WayEnd};
use crate::name::Host;
use crate::trust::{Store, Stores};

fn fault(at: usize, kind: FaultKind) -> Fault {
    Fault { at, kind }
}

/// A CA that may issue only as these constraints say.
fn bound(by: &Party, permitted: Vec<GeneralSubtree>, excluded: Vec<GeneralSubtree>) -> Party {
    let mut params = params("Bound CA", true);
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded });
    by.sign(params, key())
}

/// A leaf with these alternative names.
fn named(by: &Party, names: Vec<SanType>) -> Party {
    let mut params = params("mail.example.org", false);
    params.subject_alt_names = names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    by.sign(params, key())
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

fn verdict(list: &[&Party], roots: &[&Party], host: &str) -> Strict {
    let mut anchors = Anchors::default();
    for root in roots {
        anchors.add(Stores::of(&[Store::Given]), Certificate::read(&root.der));
    }
    let served: Vec<Vec<u8>> = list.iter().map(|party| party.der.clone()).collect();
    strict(&served, &anchors, Some(&Host::new(host).unwrap()), now())
}

#[test]
fn every_way_is_told_the_best_first() {
    let root = root("Root");
    let issuer = root.authority("Issuer");
    let mut expired = params("Issuer", true);
    expired.not_after = date_time_ymd(2026, 11, 1);
    let old = root.sign(expired, KeyPair::from_pem(&issuer.key.serialize_pem()).unwrap());
    let leaf = issuer.leaf();
    let chain = judge(&[&leaf, &old, &issuer], &[&root]);
    assert_eq!(chain.ways.len(), 2);
    let [best, other] = &chain.ways[..] else { panic!() };
    assert_eq!(best.certificates, [leaf.print(), issuer.print(), root.print()]);
    assert_eq!(best.origins, [Origin::Served(0), Origin::Served(2), Origin::Anchor]);
    assert_eq!(best.end, WayEnd::Anchor(Stores::of(&[Store::Given])));
    assert_eq!(path_faults(&chain), []);
    assert_eq!(other.origins, [Origin::Served(0), Origin::Served(1), Origin::Anchor]);
    assert!(other.faults.contains(&fault(1, FaultKind::Expired)));
    // The strictest verifier goes back from the old one.
    let leaf = named(&issuer, vec![dns("mail.example.org")]);
    let way = vec![leaf.print(), issuer.print(), root.print()];
    assert_eq!(verdict(&[&leaf, &old, &issuer], &[&root], "mail.example.org"), Strict::Accept(way));
    assert!(!verdict(&[&leaf, &old], &[&root], "mail.example.org").is_accepted());
    assert!(!verdict(&[&leaf, &issuer], &[&root], "www.example.org").is_accepted());
    assert!(!verdict(&[&leaf], &[&root], "mail.example.org").is_accepted());
    assert!(!verdict(&[], &[&root], "mail.example.org").is_accepted());
}

#[test]
fn a_root_is_in_all_lists_that_hold_it() {
    let root = root("Root");
    let leaf = root.leaf();
    let mut anchors = Anchors::default();
    for store in [Store::Java, Store::Mozilla] {
        anchors.add(Stores::of(&[store]), Certificate::read(&root.der));
    }
    let diagnosis = diagnose_with(&examination(&[&[&leaf]], &[]), &anchors, now());
    let chain = &diagnosis.chains[0];
    assert_eq!(chain.best().unwrap().end, WayEnd::Anchor(Stores::of(&[Store::Mozilla, Store::Java])));
    assert_eq!(chain.trust, TrustState::Trusted { root: "CN=Root".into(), store: "Mozilla".into() });
    assert_eq!(diagnosis.certificate(&root.print()).unwrap().subject, "CN=Root");
    assert_eq!(diagnosis.certificates.len(), 1);
}

#[test]
fn who_does_not_trust_an_intermediate_goes_on_to_its_root() {
    let root = root("Root");
    let issuer = root.authority("Issuer");
    let leaf = issuer.leaf();
    let chain = judge(&[&leaf, &issuer], &[&issuer, &root]);
    let ends: Vec<_> = chain.ways.iter().map(|way| way.certificates.len()).collect();
    assert_eq!(ends.len(), 2);
    assert!(ends.contains(&2) && ends.contains(&3), "{ends:?}");
    assert!(matches!(chain.trust, TrustState::Trusted { .. }));
}

#[test]
fn constraints_of_intermediates_and_roots_bind_all_names_below() {
    let root = root("Root");
    let only = |base: &str| vec![GeneralSubtree::DnsName(base.to_owned())];
    let outside = |chain: &ServedChain| {
        let names = path_faults(chain).into_iter().filter_map(|fault| match fault.kind {
            FaultKind::NameConstraint { of, name } => Some((fault.at, of, name)),
            _ => None,
        });
        names.collect::<Vec<_>>()
    };
    let judge_below = |ca: &Party, names: Vec<SanType>| {
        let leaf = named(ca, names);
        outside(&judge(&[&leaf, ca], &[&root]))
    };
    let ca = bound(&root, only("example.org"), Vec::new());
    assert_eq!(judge_below(&ca, vec![dns("mail.example.org")]), []);
    assert_eq!(
        judge_below(&ca, vec![dns("mail.example.org"), dns("mail.example.net")]),
        [(1, 0, "mail.example.net".to_owned())]
    );
    let ca = bound(&root, Vec::new(), only("example.org"));
    assert_eq!(judge_below(&ca, vec![dns("*.example.org")]).len(), 1);
    assert_eq!(judge_below(&ca, vec![dns("mail.example.net")]), []);
    let net = CidrSubnet::V4([192, 0, 2, 0], [255, 255, 255, 0]);
    let ca = bound(&root, vec![GeneralSubtree::IpAddress(net)], Vec::new());
    assert_eq!(judge_below(&ca, vec![SanType::IpAddress("192.0.2.1".parse().unwrap())]), []);
    assert_eq!(judge_below(&ca, vec![SanType::IpAddress("192.0.3.1".parse().unwrap())]).len(), 1);
    let ca = bound(&root, vec![GeneralSubtree::Rfc822Name("example.org".to_owned())], Vec::new());
    assert_eq!(judge_below(&ca, vec![SanType::Rfc822Name("a@example.net".try_into().unwrap())]).len(), 1);
    let mut elsewhere = DistinguishedName::new();
    elsewhere.push(DnType::OrganizationName, "Elsewhere");
    let ca = bound(&root, vec![GeneralSubtree::DirectoryName(elsewhere)], Vec::new());
    assert_eq!(judge_below(&ca, vec![dns("mail.example.org")]), [(1, 0, "CN=mail.example.org".to_owned())]);

    let mut bound_root = params("Bound Root", true);
    bound_root.name_constraints =
        Some(NameConstraints { permitted_subtrees: only("example.org"), excluded_subtrees: Vec::new() });
    let bound_root = own(bound_root, key());
    let between = bound_root.authority("Between");
    let leaf = named(&between, vec![dns("mail.example.net")]);
    let chain = judge(&[&leaf, &between], &[&bound_root]);
    assert_eq!(outside(&chain), [(2, 0, "mail.example.net".to_owned())]);
    assert!(!verdict(&[&leaf, &between], &[&bound_root], "mail.example.net").is_accepted());
}

#[test]
fn each_certificate_is_told_its_faults() {
    let root = root("Root");
    let critical = |oid: &[u64], content: Vec<u8>| {
        let mut extension = CustomExtension::from_oid_content(oid, content);
        extension.set_criticality(true);
        extension
    };
    let mut odd = params("Issuer", true);
    odd.custom_extensions = vec![critical(&[1, 2, 3], vec![5, 0])];
    odd.key_usages = vec![KeyUsagePurpose::CrlSign];
    odd.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let issuer = root.sign(odd, key());
    let mut leaf = params("mail.example.org", false);
    leaf.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    leaf.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    let leaf = issuer.sign(leaf, KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap());
    let faults = path_faults(&judge(&[&leaf, &issuer], &[&root]));
    for expected in [
        fault(0, FaultKind::KeyKind("Ed25519".into())),
        fault(0, FaultKind::UsageAnyOnly),
        fault(0, FaultKind::KeyUsageUnfit),
        fault(0, FaultKind::LeafIsCa),
        fault(1, FaultKind::MayNotSign),
        fault(1, FaultKind::UsageWrong),
        fault(1, FaultKind::CriticalUnknown("1.2.3".into())),
    ] {
        assert!(faults.contains(&expected), "{expected:?} is not in {faults:?}");
    }
    assert_eq!(faults.len(), 7, "{faults:?}");

    // requireExplicitPolicy, at once; the leaf has none.
    let mut demanding = params("Demanding CA", true);
    demanding.custom_extensions = vec![critical(&[2, 5, 29, 36], vec![0x30, 3, 0x80, 1, 0])];
    let demanding = root.sign(demanding, key());
    let faults = path_faults(&judge(&[&demanding.leaf(), &demanding], &[&root]));
    assert_eq!(faults, [fault(0, FaultKind::PolicyMissing)]);
}

#[test]
fn hostile_chains_are_bounded() {
    let root = root("Root");
    // Ten thousand names below as many constraints are not compared.
    let base = |number: usize| GeneralSubtree::DnsName(format!("x{number}.example.net"));
    let ca = bound(&root, Vec::new(), (0..2_000).map(base).collect());
    let many = named(&ca, (0..10_000).map(|number| dns(&format!("m{number}.example.org"))).collect());
    let chain = judge(&[&many, &ca], &[&root]);
    assert_eq!(path_faults(&chain), [fault(1, FaultKind::NameConstraintUnreadable)]);

    // Two authorities that signed each other, and no root.
    let (one, two) = (self::root("One"), self::root("Two"));
    let (one_by_two, two_by_one) = (one.crossed(&two), two.crossed(&one));
    let chain = judge(&[&one.leaf(), &one_by_two, &two_by_one], &[&root]);
    assert!(chain.ways.iter().all(|way| way.end == WayEnd::Open && way.certificates.len() <= 3));

    // A hundred authorities, each below the one before.
    let mut line = vec![root.authority("CA 0")];
    for number in 1..100 {
        line.push(line[number - 1].authority(&format!("CA {number}")));
    }
    let leaf = line[99].leaf();
    let list: Vec<&Party> = std::iter::once(&leaf).chain(line.iter().rev()).collect();
    let chain = judge(&list, &[&root]);
    assert!(matches!(chain.trust, TrustState::Unknown(_)), "{:?}", chain.trust);
    assert!(!verdict(&list, &[&root], "mail.example.org").is_accepted());

    // A mesh, in which every authority signed every other.
    let parties: Vec<Party> = (0..8).map(|number| self::root(&format!("Mesh {number}"))).collect();
    let mut mesh = Vec::new();
    for party in &parties {
        mesh.extend(parties.iter().filter(|other| other.params != party.params).map(|by| party.crossed(by)));
    }
    let leaf = parties[0].leaf();
    let list: Vec<&Party> = std::iter::once(&leaf).chain(&mesh).collect();
    let chain = judge(&list, &[&parties[7]]);
    assert!(matches!(chain.trust, TrustState::Trusted { .. }));
    assert!(chain.ways.len() <= 64 && chain.ways[0].intermediates() <= 6, "{:?}", chain.ways[0]);
}
