//! How many logs of Certificate Transparency vouch for a certificate (RFC 6962 §3.3).

use super::Certificate;
use super::der::{self, OCTET_STRING};
use super::extension::{Extension, MOST_EXTENSIONS, TIMESTAMPS};
use super::read::Parts;

impl Certificate {
    /// Counts the signed timestamps (SCTs) in the certificate, without checking them; none if they cannot be read.
    pub fn timestamps(&self) -> Option<usize> {
        let parts = Parts::read(&self.der);
        let Some((list, _)) = parts.extensions.and_then(der::first) else { return Some(0) };
        let extensions = list.elements().take(MOST_EXTENSIONS);
        let mut extensions = extensions.filter_map(|element| Extension::read(&element));
        match extensions.find(|extension| extension.oid == TIMESTAMPS) {
            Some(extension) => count(extension.value),
            None => Some(0),
        }
    }
}

/// Counts the entries of a SignedCertificateTimestampList: a vector of vectors, each with two bytes of length.
fn count(value: &[u8]) -> Option<usize> {
    let (string, _) = der::first(value)?;
    let (mut list, rest) = vector(string.tagged(OCTET_STRING)?)?;
    if !rest.is_empty() {
        return None;
    }
    let mut number = 0;
    while !list.is_empty() {
        (_, list) = vector(list)?;
        number += 1;
    }
    Some(number)
}

fn vector(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn entries_are_counted_and_lengths_believed_only_if_they_fit() {
        assert_eq!(count(&[4, 9, 0, 7, 0, 2, 1, 1, 0, 1, 1]), Some(2));
        assert_eq!(count(&[4, 2, 0, 0]), Some(0));
        assert_eq!(count(&[4, 9, 0, 7, 0, 2, 1, 1, 0, 9, 1]), None);
        assert_eq!(count(&[4, 3, 0, 0, 1]), None);
        assert_eq!(count(&[]), None);
    }
}
