//! ServerKeyExchange before TLS 1.3: the parameters a server sends because its certificate does not hold them.

use super::bits;
use crate::names::cipher_suite::KeyExchange;
use crate::names::{CipherSuite, EcCurveType, NamedGroup, ProtocolVersion, SignatureScheme};
use crate::reader::{Malformed, Reader, put_bytes};

/// A ServerKeyExchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerKeyExchange {
    /// The parameters.
    pub params: ServerParams,
    /// The identity hint of a suite with a shared secret (RFC 4279 section 2).
    pub psk_hint: Option<Vec<u8>>,
    /// The signature over the parameters; `None` where the suite signs nothing.
    pub signature: Option<Signature>,
}

/// The parameters of a key exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerParams {
    /// A finite field and a public key in it (RFC 5246 section 7.4.3).
    Dh(DhParams),
    /// A curve and a public key on it (RFC 8422 section 5.4).
    Ecdh {
        /// The curve.
        curve: Curve,
        /// The public key as the curve writes it.
        public: Vec<u8>,
    },
    /// The temporary key of an EXPORT suite (RFC 2246 section 7.4.3).
    Rsa(RsaParams),
    /// A password verifier's group and key (RFC 5054 section 2.5.3).
    Srp(SrpParams),
    /// None: a shared secret's hint alone.
    Psk,
    /// The whole message, of a suite whose message is not known here.
    Other(Vec<u8>),
}

/// A finite field and a public key in it, as big-endian numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhParams {
    /// The prime.
    pub prime: Vec<u8>,
    /// The generator.
    pub generator: Vec<u8>,
    /// The server's public key.
    pub public: Vec<u8>,
}

impl DhParams {
    /// Returns the bits of the prime.
    pub fn bits(&self) -> usize {
        bits(&self.prime)
    }
}

/// An RSA key, as big-endian numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaParams {
    /// The modulus.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: Vec<u8>,
}

impl RsaParams {
    /// Returns the bits of the modulus.
    pub fn bits(&self) -> usize {
        bits(&self.modulus)
    }
}

/// A group and a key for a password, as big-endian numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrpParams {
    /// The prime.
    pub prime: Vec<u8>,
    /// The generator.
    pub generator: Vec<u8>,
    /// The salt.
    pub salt: Vec<u8>,
    /// The server's public key.
    pub public: Vec<u8>,
}

/// A curve of a ServerKeyExchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Curve {
    /// A registered one.
    Named(NamedGroup),
    /// One over a prime field, told in full.
    ExplicitPrime {
        /// The prime.
        prime: Vec<u8>,
        /// Coefficients, base point, order and cofactor.
        rest: [Vec<u8>; 5],
    },
    /// One over a binary field, told in full.
    ExplicitChar2 {
        /// The degree of the field.
        degree: u16,
        /// Exponents of the basis: one of a trinomial, three of a pentanomial.
        basis: Vec<Vec<u8>>,
        /// Coefficients, base point, order and cofactor.
        rest: [Vec<u8>; 5],
    },
}

impl Curve {
    /// Returns the registered group, or `None` for a curve told in full.
    pub fn group(&self) -> Option<NamedGroup> {
        match self {
            Self::Named(group) => Some(*group),
            _ => None,
        }
    }
}

/// A server's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// How it was made; `None` before TLS 1.2, where MD5 and SHA-1 together (RSA) or SHA-1 are fixed.
    pub scheme: Option<SignatureScheme>,
    /// The signature itself.
    pub bytes: Vec<u8>,
}

impl ServerKeyExchange {
    /// Reads the body, without the header of the message, as this suite and version write it.
    ///
    /// # Errors
    /// [`Malformed`] when it is not one ServerKeyExchange of them.
    pub fn read(body: &[u8], suite: CipherSuite, version: ProtocolVersion) -> Result<Self, Malformed> {
        use KeyExchange as K;
        let mut reader = Reader::new("server_key_exchange", body);
        let Some(exchange) = suite.key_exchange() else {
            return Ok(Self::other(body));
        };
        let hinted = matches!(exchange, K::Psk | K::RsaPsk | K::DhePsk | K::EcdhePsk);
        let psk_hint = if hinted { Some(reader.vec16()?.to_vec()) } else { None };
        let params = match exchange {
            K::Psk | K::RsaPsk => ServerParams::Psk,
            K::Srp => ServerParams::Srp(SrpParams {
                prime: reader.vec16()?.to_vec(),
                generator: reader.vec16()?.to_vec(),
                salt: reader.vec8()?.to_vec(),
                public: reader.vec16()?.to_vec(),
            }),
            // Old servers send a temporary key for plain RSA suites too when their certificate may only sign.
            K::Rsa | K::RsaExport => ServerParams::Rsa(RsaParams {
                modulus: reader.vec16()?.to_vec(),
                exponent: reader.vec16()?.to_vec(),
            }),
            _ if exchange.sends_dh() => ServerParams::Dh(DhParams {
                prime: reader.vec16()?.to_vec(),
                generator: reader.vec16()?.to_vec(),
                public: reader.vec16()?.to_vec(),
            }),
            _ if exchange.sends_ecdh() => {
                ServerParams::Ecdh { curve: read_curve(&mut reader)?, public: reader.vec8()?.to_vec() }
            }
            _ => return Ok(Self::other(body)),
        };
        let signature = if reader.is_empty() { None } else { Some(read_signature(&mut reader, version)?) };
        reader.finish()?;
        Ok(Self { params, psk_hint, signature })
    }

    /// Writes the body, without the header of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(hint) = &self.psk_hint {
            put_bytes::<2>(&mut out, hint);
        }
        match &self.params {
            ServerParams::Dh(DhParams { prime, generator, public }) => {
                [prime, generator, public].into_iter().for_each(|number| put_bytes::<2>(&mut out, number));
            }
            ServerParams::Ecdh { curve, public } => {
                put_curve(&mut out, curve);
                put_bytes::<1>(&mut out, public);
            }
            ServerParams::Rsa(RsaParams { modulus, exponent }) => {
                [modulus, exponent].into_iter().for_each(|number| put_bytes::<2>(&mut out, number));
            }
            ServerParams::Srp(SrpParams { prime, generator, salt, public }) => {
                put_bytes::<2>(&mut out, prime);
                put_bytes::<2>(&mut out, generator);
                put_bytes::<1>(&mut out, salt);
                put_bytes::<2>(&mut out, public);
            }
            ServerParams::Psk => {}
            ServerParams::Other(body) => out.extend_from_slice(body),
        }
        if let Some(Signature { scheme, bytes }) = &self.signature {
            if let Some(scheme) = scheme {
                out.extend_from_slice(&scheme.0.to_be_bytes());
            }
            put_bytes::<2>(&mut out, bytes);
        }
        out
    }

    /// Returns the registered group the server chose, if it named one.
    pub fn group(&self) -> Option<NamedGroup> {
        match &self.params {
            ServerParams::Ecdh { curve, .. } => curve.group(),
            _ => None,
        }
    }

    /// Returns the parameters over a finite field, if it sent such.
    pub fn dh(&self) -> Option<&DhParams> {
        match &self.params {
            ServerParams::Dh(dh) => Some(dh),
            _ => None,
        }
    }

    /// Returns the public key that the server made for this handshake, if it sent one.
    pub fn public(&self) -> Option<&[u8]> {
        match &self.params {
            ServerParams::Dh(dh) => Some(&dh.public),
            ServerParams::Ecdh { public, .. } => Some(public),
            _ => None,
        }
    }

    /// Returns how the parameters are signed, where the version tells.
    pub fn scheme(&self) -> Option<SignatureScheme> {
        self.signature.as_ref()?.scheme
    }

    fn other(body: &[u8]) -> Self {
        Self { params: ServerParams::Other(body.to_vec()), psk_hint: None, signature: None }
    }
}

fn read_signature(reader: &mut Reader<'_>, version: ProtocolVersion) -> Result<Signature, Malformed> {
    let scheme =
        if version >= ProtocolVersion::TLSv1_2 { Some(SignatureScheme(reader.u16()?)) } else { None };
    Ok(Signature { scheme, bytes: reader.vec16()?.to_vec() })
}

fn read_curve(reader: &mut Reader<'_>) -> Result<Curve, Malformed> {
    match EcCurveType(reader.u8()?) {
        EcCurveType::NAMED_CURVE => Ok(Curve::Named(NamedGroup(reader.u16()?))),
        EcCurveType::EXPLICIT_PRIME => {
            Ok(Curve::ExplicitPrime { prime: reader.vec8()?.to_vec(), rest: read_explicit(reader)? })
        }
        EcCurveType::EXPLICIT_CHAR2 => {
            let degree = reader.u16()?;
            let count = match reader.u8()? {
                TRINOMIAL => 1,
                PENTANOMIAL => 3,
                _ => return Err(Malformed::Illegal("curve_params")),
            };
            let basis = (0..count).map(|_| Ok(reader.vec8()?.to_vec())).collect::<Result<_, Malformed>>()?;
            Ok(Curve::ExplicitChar2 { degree, basis, rest: read_explicit(reader)? })
        }
        _ => Err(Malformed::Illegal("curve_params")),
    }
}

fn read_explicit(reader: &mut Reader<'_>) -> Result<[Vec<u8>; 5], Malformed> {
    let mut rest = <[Vec<u8>; 5]>::default();
    for part in &mut rest {
        *part = reader.vec8()?.to_vec();
    }
    Ok(rest)
}

fn put_curve(out: &mut Vec<u8>, curve: &Curve) {
    let rest = match curve {
        Curve::Named(group) => {
            out.push(EcCurveType::NAMED_CURVE.0);
            out.extend_from_slice(&group.0.to_be_bytes());
            return;
        }
        Curve::ExplicitPrime { prime, rest } => {
            out.push(EcCurveType::EXPLICIT_PRIME.0);
            put_bytes::<1>(out, prime);
            rest
        }
        Curve::ExplicitChar2 { degree, basis, rest } => {
            out.push(EcCurveType::EXPLICIT_CHAR2.0);
            out.extend_from_slice(&degree.to_be_bytes());
            out.push(if basis.len() == 1 { TRINOMIAL } else { PENTANOMIAL });
            basis.iter().for_each(|exponent| put_bytes::<1>(out, exponent));
            rest
        }
    };
    rest.iter().for_each(|part| put_bytes::<1>(out, part));
}

const TRINOMIAL: u8 = 1;
const PENTANOMIAL: u8 = 2;
