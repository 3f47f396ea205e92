//! The ward's own authority, and certificates of any age and for any name, made on the fly.

use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, Error,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
};
use rustls::pki_types::CertificateDer;

/// When a certificate begins and ends, in days from now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    pub(super) from: i64,
    pub(super) to: i64,
}

/// The kind of a certificate's key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    /// P-256: made in no time.
    Ecdsa,
    /// RSA of 2048 bits: all that servers of long ago can use.
    Rsa,
}

/// A chain as a server sends it, leaf first, with the key of the leaf.
pub(super) struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: KeyPair,
}

/// A root and an intermediate below it.
pub(super) struct Authority {
    root: CertificateDer<'static>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    now: Timestamp,
}

impl Authority {
    /// Makes the two.
    pub(super) fn new(now: Timestamp) -> Result<Self, Error> {
        let params = authority("Ward Root X1", Term { from: -4 * YEAR, to: 11 * YEAR }, now, None);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let params = authority("Ward E1", Term { from: -YEAR, to: 2 * YEAR }, now, Some(0));
        let intermediate = CertifiedIssuer::signed_by(params, KeyPair::generate()?, &root)?;
        Ok(Self { root: root.der().clone(), intermediate, now })
    }

    /// Returns the root.
    pub(super) fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// Issues a certificate; its chain is the leaf and the intermediate.
    pub(super) fn issue(&self, name: &str, term: Term, key: Key) -> Result<Identity, Error> {
        let key = match key {
            Key::Ecdsa => KeyPair::generate()?,
            Key::Rsa => KeyPair::generate_for(&PKCS_RSA_SHA256)?,
        };
        let leaf = leaf(name, term, self.now)?.signed_by(&key, &self.intermediate)?;
        Ok(Identity { chain: vec![leaf.der().clone(), self.intermediate.der().clone()], key })
    }

    /// Makes a certificate that is signed by its own key, as server packages do at installation.
    pub(super) fn self_signed(&self, name: &str, term: Term) -> Result<Identity, Error> {
        let key = KeyPair::generate()?;
        let leaf = leaf(name, term, self.now)?.self_signed(&key)?;
        Ok(Identity { chain: vec![leaf.der().clone()], key })
    }
}

fn authority(name: &str, term: Term, now: Timestamp, path_length: Option<u8>) -> CertificateParams {
    let below = path_length.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained);
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(below);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    finish(params, name, term, now)
}

fn leaf(name: &str, term: Term, now: Timestamp) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new([name.to_owned()])?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(finish(params, name, term, now))
}

fn finish(mut params: CertificateParams, name: &str, term: Term, now: Timestamp) -> CertificateParams {
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    // `rcgen` takes dates of a crate that nothing else here needs; a distance from its epoch avoids it.
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let at = |days: i64| Duration::from_secs((now.as_second() + days * DAY).max(0).unsigned_abs());
    params.not_before = epoch + at(term.from);
    params.not_after = epoch + at(term.to);
    params
}

const DAY: i64 = 86_400;
const YEAR: i64 = 365;
