use rcgen::{ExtendedKeyUsagePurpose, KeyPair, PKCS_RSA_SHA256, date_time_ymd};

use super::made::{GOOD, Party, Response, Told, certificate_id, params, revoked, root, sequence, tlv};
use super::{hours, now};
use crate::diagnosis::{Flaw, Says};
use crate::revocation::ocsp::{self, keeps_until};
use crate::revocation::{Asked, request};

struct Scene {
    root: Party,
    leaf: Party,
}

fn scene() -> Scene {
    let root = root("Root");
    let leaf = root.sign(params("mail.example.org", &[0, 0x91, 7], Told::default()));
    Scene { root, leaf }
}

impl Scene {
    fn response(&self) -> Response {
        Response {
            id: certificate_id(&self.leaf.read(), &self.root.read(), true),
            status: GOOD.to_vec(),
            this_update: hours(-12),
            next_update: Some(hours(100)),
            by_key: true,
        }
    }

    fn says(&self, response: &[u8]) -> Says {
        let (certificate, issuer) = (self.leaf.read(), self.root.read());
        ocsp::says(response, &Asked { certificate: &certificate, issuer: &issuer, now: now() })
    }

    fn flaw(&self, response: &[u8]) -> Flaw {
        match self.says(response) {
            Says::Flawed(flaw) => flaw,
            other => panic!("{other:?}"),
        }
    }
}

fn good() -> Says {
    Says::Good { until: Some(hours(100)) }
}

#[test]
fn the_issuer_speaks_of_its_certificates() {
    let scene = scene();
    for by_key in [true, false] {
        for is_sha1 in [true, false] {
            let id = certificate_id(&scene.leaf.read(), &scene.root.read(), is_sha1);
            let response = Response { id, by_key, ..scene.response() };
            assert_eq!(scene.says(&response.sign(&scene.root, &[])), good());
        }
    }
    let response = Response { status: revoked(hours(-50), 4), ..scene.response() }.sign(&scene.root, &[]);
    assert_eq!(scene.says(&response), Says::Revoked { at: Some(hours(-50)), reason: Some(4) });
    let response = Response { status: vec![0x82, 0], ..scene.response() }.sign(&scene.root, &[]);
    assert_eq!(scene.flaw(&response), Flaw::UnknownCertificate);
}

#[test]
fn whom_the_issuer_lets_speak_may_speak() {
    let scene = scene();
    let responder = scene.root.responder(|_| {});
    assert_eq!(scene.says(&scene.response().sign(&responder, &[&responder])), good());
    let response =
        Response { by_key: false, ..scene.response() }.sign(&responder, &[&scene.root, &responder]);
    assert_eq!(scene.says(&response), good());
    // An RSA key, as most responders have.
    let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let rsa = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&rsa).unwrap();
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&rsa.as_ref().into(), &PKCS_RSA_SHA256).unwrap();
    let responder = scene.root.sign_key(scene.root.responder(|_| {}).params, key);
    assert_eq!(scene.says(&scene.response().sign(&responder, &[&responder])), good());
}

#[test]
fn who_may_not_speak_is_told_apart() {
    let scene = scene();
    let unauthorised = |response: &[u8], word: &str| match scene.flaw(response) {
        Flaw::Unauthorised(why) => assert!(why.contains(word), "{why}"),
        other => panic!("{other:?}"),
    };
    let by = |responder: &Party| scene.response().sign(responder, &[responder]);
    unauthorised(&scene.response().sign(&scene.root.responder(|_| {}), &[]), "come along");
    let plain = scene.root.responder(|params| params.extended_key_usages = Vec::new());
    unauthorised(&by(&plain), "OCSPSigning");
    let server =
        scene.root.responder(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    unauthorised(&by(&server), "OCSPSigning");
    let old = scene.root.responder(|params| params.not_after = date_time_ymd(2026, 6, 1));
    unauthorised(&by(&old), "out of date");
    let young = scene.root.responder(|params| params.not_before = date_time_ymd(2026, 12, 1));
    unauthorised(&by(&young), "out of date");
    unauthorised(&by(&root("Stranger").responder(|_| {})), "another issuer");
    // In the issuer's name, by another key.
    unauthorised(&by(&root("Root").responder(|_| {})), "not signed by the issuer");
    // A server that speaks for itself.
    unauthorised(&by(&scene.leaf), "OCSPSigning");
}

#[test]
fn a_wrong_signature_is_one() {
    let scene = scene();
    let mut response = scene.response().sign(&scene.root, &[]);
    let last = response.len() - 1;
    response[last] ^= 1;
    assert_eq!(scene.flaw(&response), Flaw::SignatureWrong);
    // By another, under the issuer's name.
    let response = Response { by_key: false, ..scene.response() }.sign(&root("Root"), &[]);
    assert_eq!(scene.flaw(&response), Flaw::SignatureWrong);
}

#[test]
fn the_answer_for_another_certificate_is_none() {
    let scene = scene();
    let other = scene.root.sign(params("mail.example.org", &[0x91, 8], Told::default()));
    let response =
        Response { id: certificate_id(&other.read(), &scene.root.read(), true), ..scene.response() };
    assert_eq!(scene.flaw(&response.sign(&scene.root, &[])), Flaw::OtherCertificate);
    // The same number from another issuer of the same name.
    let response =
        Response { id: certificate_id(&scene.leaf.read(), &root("Root").read(), true), ..scene.response() };
    assert_eq!(scene.flaw(&response.sign(&scene.root, &[])), Flaw::OtherCertificate);
}

#[test]
fn answers_hold_for_their_time() {
    let scene = scene();
    let flaw = |this, next| {
        let response = Response { this_update: this, next_update: next, ..scene.response() };
        scene.flaw(&response.sign(&scene.root, &[]))
    };
    assert_eq!(flaw(hours(1), Some(hours(100))), Flaw::NotYetValid(hours(1)));
    assert_eq!(flaw(hours(-100), Some(hours(-1))), Flaw::Expired(hours(-1)));
    assert_eq!(flaw(hours(-100), None), Flaw::Expired(hours(-76)));
    let response = Response { next_update: None, ..scene.response() }.sign(&scene.root, &[]);
    assert_eq!(scene.says(&response), Says::Good { until: None });
}

#[test]
fn a_responder_may_refuse() {
    let scene = scene();
    for (code, word) in [(1, "malformedRequest"), (2, "internalError"), (3, "tryLater"), (6, "unauthorized")]
    {
        assert_eq!(scene.flaw(&[0x30, 3, 0x0A, 1, code]), Flaw::Refused(word));
    }
    assert_eq!(scene.flaw(&[0x30, 3, 0x0A, 1, 4]), Flaw::Malformed);
    assert_eq!(scene.flaw(&[0x30, 3, 0x0A, 1, 0]), Flaw::Malformed);
}

#[test]
fn damage_is_told_and_costs_nothing() {
    let scene = scene();
    let responder = scene.root.responder(|_| {});
    let response = scene.response().sign(&responder, &[&responder]);
    for end in 0..response.len() {
        assert_eq!(scene.flaw(&response[..end]), Flaw::Malformed, "{end}");
    }
    for at in 0..response.len() {
        let mut flipped = response.clone();
        flipped[at] ^= 0x41;
        assert!(!matches!(scene.says(&flipped), Says::Revoked { .. }), "{at}");
    }
    assert_eq!(scene.flaw(&vec![0x30; 100_000]), Flaw::Malformed);
    assert_eq!(scene.flaw(&[0x30, 0x80, 0x0A, 1, 6, 0, 0]), Flaw::Malformed);
    // Of another kind than id-pkix-ocsp-basic.
    let bytes = sequence(&[tlv(6, &[0x2B, 6, 1]), tlv(4, &sequence(&[]))]);
    assert_eq!(scene.flaw(&sequence(&[vec![0x0A, 1, 0], tlv(0xA0, &bytes)])), Flaw::Malformed);
}

#[test]
fn a_question_names_the_certificate_as_the_answer_does() {
    let scene = scene();
    let question = request(&scene.leaf.read(), &scene.root.read()).unwrap();
    let id = certificate_id(&scene.leaf.read(), &scene.root.read(), true);
    assert!(question.ends_with(&id));
    assert_eq!(question.len(), id.len() + 8);
    assert_eq!(request(&crate::sample::certificate("a.example", "R99", 9), &scene.root.read()), None);
}

#[test]
fn only_what_may_be_believed_is_kept() {
    let scene = scene();
    let (leaf, issuer) = (scene.leaf.read(), scene.root.read());
    let keeps = |response: &Response, by: &Party| keeps_until(&response.sign(by, &[]), &leaf, &issuer, now());
    assert_eq!(keeps(&scene.response(), &scene.root), Some(hours(100)));
    assert_eq!(keeps(&scene.response(), &root("Root")), None);
    assert_eq!(keeps(&Response { next_update: None, ..scene.response() }, &scene.root), None);
    assert_eq!(keeps_until(&[0x30, 3, 0x0A, 1, 3], &leaf, &issuer, now()), None);
}
