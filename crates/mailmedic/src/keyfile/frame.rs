//! Tells kinds of DER apart by their frame alone.

use super::{Contents, FileError, Form, Item, Locked, LockedKind, MOST_ITEMS, PrivateKey, ber};
use crate::certificate::der::{
    self, BIT_STRING, CONTEXT_0, Element, Elements, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
};

/// What a DER structure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A certificate (RFC 5280 §4.1).
    Certificate,
    /// A certificate request (RFC 2986 §4).
    Request,
    /// Certificates only, in the shape of a signed message (RFC 5652 §5.1).
    SignedData,
    /// An unlocked private key.
    Key(Form),
    /// What a password opens.
    Locked(LockedKind),
    /// A public key (RFC 5280 §4.1.2.7).
    PublicKey,
}

/// Reads structures of DER, or of BER, one after the other.
pub(super) fn read(bytes: &[u8], contents: &mut Contents) -> Result<(), FileError> {
    let mut rest = bytes;
    while !rest.is_empty() && contents.items.len() < MOST_ITEMS {
        let of_der = der::first(rest).map(|(whole, after)| (kind(&whole), whole, after));
        if let Some((Some(kind), whole, after)) = of_der {
            add(kind, &whole, contents)?;
            rest = after;
            continue;
        }
        let of_ber = ber::first(rest);
        if let Some((written, after)) = &of_ber
            && let Some((whole, _)) = der::first(written)
            && let Some(kind) = kind(&whole)
        {
            add(kind, &whole, contents)?;
            rest = after;
            continue;
        }
        return match rest {
            [SEQUENCE, ..] if of_der.is_none() && of_ber.is_none() => Err(FileError::CutShort),
            _ if contents.items.is_empty() => Err(FileError::Unknown),
            // What follows the last structure is no structure: a line feed, a transfer's padding.
            _ => Ok(()),
        };
    }
    Ok(())
}

/// Adds what a structure of this kind holds.
pub(super) fn add(kind: Kind, whole: &Element<'_>, contents: &mut Contents) -> Result<(), FileError> {
    match kind {
        Kind::Certificate => contents.items.push(Item::Certificate(whole.raw.to_vec())),
        Kind::SignedData => {
            let certificates = certificates_of_signed_data(whole, MOST_ITEMS);
            contents.items.extend(certificates.into_iter().map(Item::Certificate));
        }
        Kind::Key(form) => contents.items.push(Item::Key(PrivateKey::read(form, whole.raw)?)),
        Kind::Locked(kind) => contents.items.push(Item::Locked(Locked::new(kind, whole.raw))),
        Kind::Request => contents.left_out.push("a certificate request".to_owned()),
        Kind::PublicKey => contents.left_out.push("a public key".to_owned()),
    }
    Ok(())
}

/// Tells what a structure is.
pub(super) fn kind(whole: &Element<'_>) -> Option<Kind> {
    whole.tagged(SEQUENCE)?;
    let mut parts = whole.elements();
    let first = parts.next()?;
    let second = parts.next()?;
    let third = parts.next();
    let tags = (first.tag, second.tag, third.as_ref().map(|third| third.tag));
    Some(match tags {
        (SEQUENCE, SEQUENCE, Some(BIT_STRING)) => {
            // A request's subject and key stand where a certificate has its issuer and dates.
            let last = first.elements().last();
            let is_request = first.elements().next_if(INTEGER).is_some()
                && first.elements().nth(3).or(last).is_some_and(|fourth| fourth.tag == CONTEXT_0);
            if is_request { Kind::Request } else { Kind::Certificate }
        }
        (SEQUENCE, OCTET_STRING, None) => Kind::Locked(LockedKind::Key),
        (SEQUENCE, BIT_STRING, None) => Kind::PublicKey,
        (OBJECT_IDENTIFIER, CONTEXT_0, _) => Kind::SignedData,
        // The version of a PFX is 3, and what follows begins with an object identifier (RFC 7292 §4).
        (INTEGER, SEQUENCE, None | Some(SEQUENCE)) if first.content == [3] => {
            Kind::Locked(LockedKind::Container)
        }
        (INTEGER, SEQUENCE, Some(OCTET_STRING)) => Kind::Key(Form::Pkcs8),
        (INTEGER, INTEGER, Some(INTEGER)) => Kind::Key(Form::Pkcs1),
        (INTEGER, OCTET_STRING, _) => Kind::Key(Form::Sec1),
        _ => return None,
    })
}

/// Returns at most so many certificates (DER) of a ContentInfo with a SignedData (RFC 5652 §5.1); none from one that
/// cannot be read.
pub(crate) fn certificates_of_signed_data(info: &Element<'_>, most: usize) -> Vec<Vec<u8>> {
    let certificates = || {
        let content = info.elements().find(|part| part.tag == CONTEXT_0)?;
        let signed = content.elements().next_if(SEQUENCE)?;
        signed.elements().find(|part| part.tag == CONTEXT_0)
    };
    let Some(certificates) = certificates() else { return Vec::new() };
    // Attribute certificates and other choices have tags of their own.
    let list = Elements(certificates.content).filter(|choice| choice.tag == SEQUENCE);
    list.take(most).map(|certificate| certificate.raw.to_vec()).collect()
}
