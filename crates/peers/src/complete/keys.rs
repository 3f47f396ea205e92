//! Real keys, signatures and random bytes.

use aws_lc_rs::agreement::{
    Algorithm, ECDH_P256, ECDH_P384, EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral,
};
use aws_lc_rs::rand::{self, SystemRandom};
use mailmedic_wire::hello::DhParams;
use mailmedic_wire::names::{NamedGroup, SignatureScheme};

use crate::dh::DhGroup;
use crate::identity::Identity;
use crate::keys::{Keys, Shapes};
use crate::personality::Key;

/// The keys of one handshake.
pub(super) struct Real<'a> {
    identity: &'a Identity,
    ephemeral: Option<(&'static Algorithm, EphemeralPrivateKey)>,
    /// For what no suite that is completed needs.
    shapes: Shapes,
}

impl<'a> Real<'a> {
    pub(super) fn new(identity: &'a Identity, shapes: Shapes) -> Self {
        Self { identity, ephemeral: None, shapes }
    }

    /// Agrees with the client's public key.
    pub(super) fn agree(&mut self, public: &[u8]) -> Option<Vec<u8>> {
        let (algorithm, private) = self.ephemeral.take()?;
        let public = UnparsedPublicKey::new(algorithm, public);
        agree_ephemeral(private, public, (), |secret| Ok(secret.to_vec())).ok()
    }
}

impl Keys for Real<'_> {
    fn random(&mut self, count: usize) -> Vec<u8> {
        random(count)
    }

    fn share(&mut self, group: NamedGroup) -> Vec<u8> {
        let made = algorithm(group).and_then(|algorithm| {
            let private = EphemeralPrivateKey::generate(algorithm, &SystemRandom::new()).ok()?;
            let public = private.compute_public_key().ok()?.as_ref().to_vec();
            Some((algorithm, private, public))
        });
        let Some((algorithm, private, public)) = made else { return Vec::new() };
        self.ephemeral = Some((algorithm, private));
        public
    }

    fn dh(&mut self, group: &DhGroup) -> DhParams {
        self.shapes.dh(group)
    }

    fn modulus(&mut self, bits: usize) -> Vec<u8> {
        self.shapes.modulus(bits)
    }

    fn sign(&mut self, _: Key, scheme: Option<SignatureScheme>, bytes: &[u8]) -> Vec<u8> {
        scheme.map_or_else(Vec::new, |scheme| self.identity.sign(scheme, bytes))
    }
}

/// Returns how keys are agreed in a group, where that can be done.
pub(super) fn algorithm(group: NamedGroup) -> Option<&'static Algorithm> {
    match group {
        NamedGroup::X25519 => Some(&X25519),
        NamedGroup::SECP256R1 => Some(&ECDH_P256),
        NamedGroup::SECP384R1 => Some(&ECDH_P384),
        _ => None,
    }
}

/// Returns so many random bytes.
pub(super) fn random(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    // A machine without random bytes fails these tests elsewhere.
    let _ = rand::fill(&mut bytes);
    bytes
}
