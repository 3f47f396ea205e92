//! Certificate and CertificateStatus before TLS 1.3 (RFC 5246 section 7.4.2, RFC 6066 section 8).

use crate::reader::{Malformed, Reader, put_bytes, put_list};

/// Greatest number of certificates kept.
pub const MAX_CERTIFICATES: usize = 100;
/// Greatest number of bytes kept of all certificates together.
pub const MAX_CERTIFICATE_BYTES: usize = 256 * 1024;

/// The certificates a server sent, in its order, as DER that nobody looked into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateList {
    /// The certificates, the server's own first if it obeys.
    pub certificates: Vec<Vec<u8>>,
    /// What is wrong with the list after these certificates.
    pub malformed: Option<Malformed>,
}

impl CertificateList {
    /// Reads the body, without the header of the message; keeps every certificate up to the first fault.
    ///
    /// A body that the caller cut short for its size reads the same way.
    pub fn read(body: &[u8]) -> Self {
        let mut list = Self::default();
        list.malformed = list.fill(body).err();
        list
    }

    /// Writes the body, without the header of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_list::<3, _>(&mut out, &self.certificates, |out, certificate| put_bytes::<3>(out, certificate));
        out
    }

    fn fill(&mut self, body: &[u8]) -> Result<(), Malformed> {
        let mut reader = Reader::new("certificate", body);
        let length = reader.u24()? as usize;
        let cut = length > reader.len();
        let mut list = Reader::new("certificate_list", reader.take(length.min(reader.len()))?);
        let mut room = MAX_CERTIFICATE_BYTES;
        while !list.is_empty() {
            let certificate = list.vec24()?;
            if self.certificates.len() == MAX_CERTIFICATES || certificate.len() > room {
                return Err(Malformed::TooManyCertificates);
            }
            room -= certificate.len();
            self.certificates.push(certificate.to_vec());
        }
        if cut { Err(Malformed::EndsEarly("certificate_list")) } else { reader.finish() }
    }
}

/// A stapled status of the server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateStatus {
    /// The OCSP response as DER that nobody looked into.
    pub ocsp_response: Vec<u8>,
}

impl CertificateStatus {
    /// Reads the body, without the header of the message.
    ///
    /// # Errors
    /// [`Malformed`] when it is not one OCSP response.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("certificate_status", body);
        if reader.u8()? != OCSP {
            return Err(Malformed::Illegal("certificate_status"));
        }
        let status = Self { ocsp_response: reader.vec24()?.to_vec() };
        reader.finish()?;
        Ok(status)
    }

    /// Writes the body, without the header of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![OCSP];
        put_bytes::<3>(&mut out, &self.ocsp_response);
        out
    }
}

const OCSP: u8 = 1;
