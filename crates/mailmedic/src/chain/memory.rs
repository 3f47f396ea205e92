//! What is remembered from target to target: much comes again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::anchors::Anchors;
use super::signature::Checks;
use crate::bytes::{Bytes, Fingerprint};
use crate::certificate::Certificate;
use crate::observation::{Examination, Trust};

/// What came of the signatures of a run, and what its targets have in common: intermediates and roots. It grows to
/// some 30 MB and no further.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) checks: Checks,
    pub(super) authorities: Authorities,
    pub(super) anchors: Roots,
}

/// Certificates of CAs that were read before; leaves are too many, and come again too seldom.
#[derive(Debug, Default)]
pub(super) struct Authorities(HashMap<Fingerprint, Certificate>);

impl Authorities {
    /// Reads every certificate of an examination.
    pub(super) fn read(&mut self, seen: &Examination) -> BTreeMap<Fingerprint, Certificate> {
        super::at_hand(seen)
            .map(|(fingerprint, der)| (fingerprint, self.read_one(fingerprint, der)))
            .collect()
    }

    fn read_one(&mut self, fingerprint: Fingerprint, der: &Bytes) -> Certificate {
        // A stored observation may file bytes under the fingerprint of others.
        if let Some(known) = self.0.get(&fingerprint).filter(|known| known.der == der.0) {
            return known.clone();
        }
        let certificate = Certificate::read(&der.0);
        if certificate.is_ca == Some(true) && der.0.len() <= MOST_BYTES {
            if self.0.len() >= MOST_AUTHORITIES {
                self.0.clear();
            }
            self.0.insert(fingerprint, certificate.clone());
        }
        certificate
    }
}

/// The roots of the last target; mostly those of the next one, too.
#[derive(Debug, Default)]
pub(super) struct Roots(Option<(Trust, Arc<Anchors>)>);

impl Roots {
    /// Returns the roots that a target was to be judged by.
    pub(super) fn of(&mut self, trust: &Trust) -> Arc<Anchors> {
        if let Some((known, anchors)) = &self.0
            && known == trust
        {
            return Arc::clone(anchors);
        }
        let anchors = Arc::new(Anchors::of(trust));
        self.0 = Some((trust.clone(), Arc::clone(&anchors)));
        anchors
    }
}

/// Some 5 KB each.
const MOST_AUTHORITIES: usize = 2000;
/// Larger ones are read anew each time.
const MOST_BYTES: usize = 8192;

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

    use super::{Authorities, Roots};
    use crate::bytes::{Bytes, Fingerprint};
    use crate::certificate::Certificate;
    use crate::observation::Trust;

    fn authority() -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn what_is_remembered_is_what_was_read() {
        let (one, other) = (authority(), authority());
        let mut memory = Authorities::default();
        let fingerprint = Fingerprint::of(&one);
        for _ in 0..2 {
            let read = memory.read_one(fingerprint, &Bytes(one.clone()));
            assert_eq!(read, Certificate::read(&one));
        }
        assert_eq!(memory.0.len(), 1);
        // Bytes under a false fingerprint do not stand in for others.
        assert_eq!(memory.read_one(fingerprint, &Bytes(other.clone())), Certificate::read(&other));
        assert_eq!(memory.read_one(fingerprint, &Bytes(one.clone())), Certificate::read(&one));
    }

    #[test]
    fn other_roots_are_read_anew() {
        let trust = |der: Vec<u8>| Trust { public: false, given: vec![Bytes(der)], system: Vec::new() };
        let (one, other) = (authority(), authority());
        let mut roots = Roots::default();
        for der in [&one, &one, &other] {
            let anchors = roots.of(&trust(der.clone()));
            let own: Vec<_> = anchors.own().map(|(_, root)| root.fingerprint).collect();
            assert_eq!(own, [Fingerprint::of(der)]);
        }
    }
}
