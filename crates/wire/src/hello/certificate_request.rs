//! CertificateRequest before TLS 1.3 (RFC 5246 section 7.4.4).

use crate::names::{ProtocolVersion, SignatureScheme};
use crate::reader::{Malformed, Reader, put_bytes, put_list};

/// A server's wish for the client's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Kinds of certificate (`ClientCertificateType`) in the server's order.
    pub certificate_types: Vec<u8>,
    /// Signatures the server accepts; empty before TLS 1.2.
    pub signature_algorithms: Vec<SignatureScheme>,
    /// Names of authorities as DER that nobody looked into.
    pub authorities: Vec<Vec<u8>>,
}

impl CertificateRequest {
    /// Reads the body, without the header of the message.
    ///
    /// # Errors
    /// [`Malformed`] when it is not one CertificateRequest of this version.
    pub fn read(body: &[u8], version: ProtocolVersion) -> Result<Self, Malformed> {
        let mut reader = Reader::new("certificate_request", body);
        let certificate_types = reader.vec8()?.to_vec();
        let signature_algorithms = if version >= ProtocolVersion::TLSv1_2 {
            Reader::new("signature_algorithms", reader.vec16()?).rest_as_u16s(SignatureScheme)?
        } else {
            Vec::new()
        };
        let mut names = Reader::new("certificate_authorities", reader.vec16()?);
        reader.finish()?;
        let mut authorities = Vec::new();
        while !names.is_empty() {
            authorities.push(names.vec16()?.to_vec());
        }
        Ok(Self { certificate_types, signature_algorithms, authorities })
    }

    /// Writes the body, without the header of the message.
    pub fn encode(&self, version: ProtocolVersion) -> Vec<u8> {
        let mut out = Vec::new();
        put_bytes::<1>(&mut out, &self.certificate_types);
        if version >= ProtocolVersion::TLSv1_2 {
            put_list::<2, _>(&mut out, &self.signature_algorithms, |out, scheme| {
                out.extend_from_slice(&scheme.0.to_be_bytes());
            });
        }
        put_list::<2, _>(&mut out, &self.authorities, |out, name| put_bytes::<2>(out, name));
        out
    }
}
