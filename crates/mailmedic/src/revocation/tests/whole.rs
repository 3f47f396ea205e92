//! From an examination to the standing of each certificate.

use super::made::{GOOD, List, Party, Response, Told, certificate_id, entry, params, revoked, root};
use super::{hours, now};
use crate::bytes::{Bytes, Fingerprint};
use crate::chain;
use crate::diagnosis::{Diagnosis, Flaw, Revocation, Says, Source, Standing};
use crate::observation::{
    Ask, Depth, Examination, Status, StatusKind, StatusOrigin, StatusOutcome, Tls, TlsEnd,
};
use crate::revocation::{Documents, Looked, Reader, Wanted, wanted};
use crate::sample;

const OCSP: &str = "http://ocsp.example";
const LIST: &str = "http://crl.example/7.crl";
const UPPER: &str = "http://crl.example/root.crl";
const LOOKED: Looked = Looked { offline: false, depth: Depth::Standard };

struct Scene {
    root: Party,
    between: Party,
    leaf: Party,
    seen: Examination,
    documents: Documents,
}

fn scene(told: Told<'_>) -> Scene {
    let root = root("Root");
    let between = root.authority("Between", &[2], Told { crl: Some(UPPER), ocsp: None });
    let leaf = between.sign(params("mail.example.org", &[7], told));
    let mut seen = sample::healthy().only(993).seen;
    let served: Vec<Fingerprint> =
        [&leaf, &between].iter().map(|party| Fingerprint::of(&party.der)).collect();
    let tls = Tls { end: TlsEnd::Completed, certificates: served, ..Tls::default() };
    seen.endpoints[0].sessions = vec![sample::session(&seen.endpoints[0].endpoint, Ask::Polite, tls)];
    seen.certificates = [&leaf, &between]
        .iter()
        .map(|party| (Fingerprint::of(&party.der), Bytes(party.der.clone())))
        .collect();
    seen.trust.given = vec![Bytes(root.der.clone())];
    Scene { root, between, leaf, seen, documents: Documents::new() }
}

impl Scene {
    fn print(&self) -> Fingerprint {
        Fingerprint::of(&self.leaf.der)
    }

    fn response(&self, status: Vec<u8>) -> Vec<u8> {
        let response = Response {
            id: certificate_id(&self.leaf.read(), &self.between.read(), true),
            status,
            this_update: hours(-12),
            next_update: Some(hours(100)),
            by_key: true,
        };
        response.sign(&self.between, &[])
    }

    fn list(&self, revoked: &[u8]) -> Vec<u8> {
        let entries = entry(revoked, hours(-30), &[]);
        let list =
            List { this_update: hours(-12), next_update: Some(hours(50)), entries, extensions: Vec::new() };
        list.sign(&self.between)
    }

    fn saw(&mut self, kind: StatusKind, url: Option<&str>, outcome: Result<Vec<u8>, &str>) {
        let outcome = match outcome {
            Ok(document) => {
                let digest = Fingerprint::of(&document);
                self.documents.insert(digest, Bytes(document));
                StatusOutcome::Found(digest)
            }
            Err(why) => StatusOutcome::Failed(why.to_owned()),
        };
        let origin = if url.is_some() { StatusOrigin::Network } else { StatusOrigin::File };
        self.seen.statuses.push(Status { kind, url: url.map(str::to_owned), origin, at: now(), outcome });
    }

    fn diagnosis(&self, looked: Looked) -> Diagnosis {
        let mut diagnosis = chain::diagnose(&self.seen, now());
        Reader::new(&self.documents).learn(&mut diagnosis, &self.seen, looked, now());
        diagnosis
    }

    fn revocation(&self) -> Revocation {
        self.diagnosis(LOOKED).revocation.remove(&self.print()).unwrap()
    }
}

const BOTH: Told<'_> = Told { ocsp: Some(OCSP), crl: Some(LIST) };

#[test]
fn leaves_are_asked_for_before_intermediates_and_each_document_once() {
    let scene = scene(BOTH);
    let diagnosis = chain::diagnose(&scene.seen, now());
    let print = scene.print();
    let want = |kind, url: &str, party: &Party| Wanted {
        kind,
        url: url.to_owned(),
        certificate: Fingerprint::of(&party.der),
    };
    let all = [
        want(StatusKind::Ocsp(print), OCSP, &scene.leaf),
        want(StatusKind::Crl, LIST, &scene.leaf),
        want(StatusKind::Crl, UPPER, &scene.between),
    ];
    assert_eq!(wanted(&diagnosis, now(), 16), all);
    assert_eq!(wanted(&diagnosis, now(), 2), all[..2]);
    // Nobody tells of what has expired.
    assert_eq!(wanted(&diagnosis, "2036-06-01T00:00:00Z".parse().unwrap(), 16), []);
}

#[test]
fn only_plain_http_is_asked() {
    for url in ["https://crl.example/7.crl", "ldap://crl.example/7", "http://crl.example/a b", "/7.crl"] {
        let scene = scene(Told { ocsp: Some(url), crl: Some(url) });
        let diagnosis = chain::diagnose(&scene.seen, now());
        let urls: Vec<String> = wanted(&diagnosis, now(), 16).into_iter().map(|one| one.url).collect();
        assert_eq!(urls, [UPPER], "{url}");
    }
}

#[test]
fn the_issuer_of_each_certificate_is_found() {
    let scene = scene(Told::default());
    let issuers = chain::diagnose(&scene.seen, now()).issuers;
    assert_eq!(issuers[&scene.print()].der, scene.between.der);
    assert_eq!(issuers[&Fingerprint::of(&scene.between.der)].der, scene.root.der);
    assert_eq!(issuers.len(), 2);
}

#[test]
fn an_issuer_that_tells_nothing_is_normal_and_one_that_was_not_asked_is_not() {
    let plain = scene(Told::default());
    assert_eq!(plain.revocation().standing, Standing::NotOffered);
    let scene = scene(BOTH);
    let unknown = |offline, depth| match &scene.diagnosis(Looked { offline, depth }).revocation
        [&scene.print()]
        .standing
    {
        Standing::Unknown(why) => why.clone(),
        other => panic!("{other:?}"),
    };
    assert!(unknown(true, Depth::Standard).contains("--offline"));
    assert!(unknown(false, Depth::Quick).contains("depth quick"));
    assert_eq!(unknown(false, Depth::Full), "the issuer was not asked");
}

#[test]
fn staple_responder_and_list_are_all_heard() {
    let mut scene = scene(BOTH);
    let staple = scene.response(GOOD.to_vec());
    scene.seen.endpoints[0].sessions[0].tls.as_mut().unwrap().staple = Some(Bytes(staple.clone()));
    scene.saw(StatusKind::Ocsp(scene.print()), Some(OCSP), Ok(scene.response(GOOD.to_vec())));
    scene.saw(StatusKind::Crl, Some(LIST), Ok(scene.list(&[8])));
    scene.saw(StatusKind::Crl, Some(UPPER), Err("no answer within 5s"));
    let diagnosis = scene.diagnosis(LOOKED);
    let revocation = &diagnosis.revocation[&scene.print()];
    assert_eq!(revocation.standing, Standing::Good { until: Some(hours(50)) });
    let sources: Vec<String> = revocation.answers.iter().map(|answer| answer.source.to_string()).collect();
    assert_eq!(sources.len(), 3, "{sources:?}");
    let says = &diagnosis.staples[&(scene.print(), Fingerprint::of(&staple))];
    assert_eq!(*says, Says::Good { until: Some(hours(100)) });
    let upper = &diagnosis.revocation[&Fingerprint::of(&scene.between.der)];
    assert_eq!(
        upper.standing,
        Standing::Unknown(format!("the revocation list {UPPER} could not be fetched: no answer within 5s"))
    );
}

#[test]
fn where_responder_and_list_disagree_the_certificate_is_revoked() {
    for (status, listed) in [(GOOD.to_vec(), 7), (revoked(hours(-40), 1), 8)] {
        let mut scene = scene(BOTH);
        scene.saw(StatusKind::Ocsp(scene.print()), Some(OCSP), Ok(scene.response(status)));
        scene.saw(StatusKind::Crl, Some(LIST), Ok(scene.list(&[listed])));
        assert!(matches!(scene.revocation().standing, Standing::Revoked { disputed: true, .. }));
    }
}

#[test]
fn lists_of_the_user_count_as_far_as_they_are_the_issuers() {
    let mut scene = scene(Told::default());
    let stranger = List {
        this_update: hours(-12),
        next_update: None,
        entries: entry(&[7], hours(-30), &[]),
        extensions: Vec::new(),
    };
    scene.saw(StatusKind::Crl, None, Ok(stranger.sign(&root("Stranger"))));
    assert_eq!(scene.revocation().standing, Standing::NotOffered);
    scene.saw(StatusKind::Crl, None, Ok(scene.list(&[7])));
    let revocation = scene.revocation();
    assert_eq!(
        revocation.standing,
        Standing::Revoked { at: Some(hours(-30)), reason: None, disputed: false }
    );
    assert_eq!(revocation.answers[0].source, Source::File);
}

#[test]
fn a_forged_document_changes_nothing() {
    let mut scene = scene(BOTH);
    let forger = root("Between");
    let list = List {
        this_update: hours(-12),
        next_update: Some(hours(50)),
        entries: entry(&[7], hours(-30), &[]),
        extensions: Vec::new(),
    };
    scene.saw(StatusKind::Crl, Some(LIST), Ok(list.sign(&forger)));
    let revocation = scene.revocation();
    assert_eq!(revocation.answers[0].says, Says::Flawed(Flaw::SignatureWrong));
    assert!(matches!(revocation.standing, Standing::Unknown(_)));
}

#[test]
fn without_its_issuer_nothing_can_be_told() {
    let mut scene = scene(BOTH);
    scene.seen.certificates.remove(&Fingerprint::of(&scene.between.der));
    let tls = scene.seen.endpoints[0].sessions[0].tls.as_mut().unwrap();
    tls.certificates.truncate(1);
    let Standing::Unknown(why) = scene.revocation().standing else { panic!() };
    assert!(why.contains("not at hand"), "{why}");
}
