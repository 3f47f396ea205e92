//! BER turned into DER as far as containers need it: lengths left open and strings in pieces (ITU-T X.690 §8.1.3.6, §8.7).
//!
//! Firefox, Thunderbird, old versions of Windows and some of Java write so.

use zeroize::Zeroizing;

use crate::certificate::der::{self, Elements, OCTET_STRING};

/// Rewrites the first element, and returns it with what follows; none if it is cut short, lies too deep, or has a
/// tag above 30.
pub(super) fn first(bytes: &[u8]) -> Option<(Zeroizing<Vec<u8>>, &[u8])> {
    let mut written = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let rest = rewrite(bytes, MOST_DEPTH, &mut written)?;
    Some((written, rest))
}

/// Rewrites the first element; what cannot be rewritten is returned as it is.
pub(super) fn settled(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    first(bytes).map_or_else(|| Zeroizing::new(bytes.to_vec()), |(written, _)| written)
}

/// Joins the pieces of a string: OCTET STRINGs one after the other, and nothing else.
pub(super) fn joined(pieces: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut whole = Zeroizing::new(Vec::with_capacity(pieces.len()));
    let mut elements = Elements(pieces);
    for piece in elements.by_ref() {
        whole.extend(piece.tagged(OCTET_STRING)?);
    }
    elements.is_done().then_some(whole)
}

fn rewrite<'a>(bytes: &'a [u8], depth: usize, written: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&[tag, length], after) = bytes.split_first_chunk::<2>()?;
    let depth = depth.checked_sub(1)?;
    let is_open = length == OPEN;
    if tag & CONSTRUCTED == 0 {
        let (whole, rest) = der::first(bytes)?;
        written.extend(der::wrap(tag, whole.content));
        return Some(rest);
    }
    if tag & 0x1F == 0x1F {
        return None;
    }
    let (mut inside, behind) = if is_open { (after, None) } else { within(bytes)? };
    let mut content = Zeroizing::new(Vec::new());
    let rest = loop {
        match (inside, behind) {
            ([0, 0, rest @ ..], None) => break rest,
            ([], Some(rest)) => break rest,
            _ => inside = rewrite(inside, depth, &mut content)?,
        }
    };
    if tag == OCTET_STRING | CONSTRUCTED {
        written.extend(der::wrap(OCTET_STRING, &joined(&content)?));
    } else {
        written.extend(der::wrap(tag, &content));
    }
    Some(rest)
}

/// Returns what an element of known length holds, and what follows it.
fn within(bytes: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let (whole, rest) = der::first(bytes)?;
    Some((whole.content, Some(rest)))
}

const CONSTRUCTED: u8 = 0x20;
const OPEN: u8 = 0x80;
/// A container has some 20.
const MOST_DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::{first, joined, settled};

    #[test]
    fn open_lengths_and_pieces_are_closed() {
        let ber =
            [0x30, 0x80, 2, 1, 3, 0x24, 0x80, 4, 1, 7, 0x24, 3, 4, 1, 8, 0, 0, 0xA0, 0x80, 0, 0, 0, 0, 99];
        let (der, rest) = first(&ber).unwrap();
        assert_eq!((der.as_slice(), rest), (&[0x30, 9, 2, 1, 3, 4, 2, 7, 8, 0xA0, 0][..], &[99][..]));
        // A length may be written longer than it must be.
        assert_eq!(settled(&[0x30, 0x82, 0, 4, 4, 0x81, 1, 7]).as_slice(), [0x30, 3, 4, 1, 7]);
        assert_eq!(settled(&[0x30, 3, 4, 1, 7]).as_slice(), [0x30, 3, 4, 1, 7]);
    }

    #[test]
    fn what_is_no_ber_is_left_alone() {
        for bytes in [
            &[][..],
            &[0x30],
            &[0x30, 0x80],
            &[0x30, 0x80, 0],
            &[0x30, 0x80, 4, 1, 7, 0],
            // A string that is not constructed has a length, and its pieces are strings.
            &[4, 0x80, 7, 0, 0],
            &[0x24, 0x80, 2, 1, 7, 0, 0],
            &[0x3F, 0x81, 1, 0],
            &[0x30, 3, 4, 5, 7],
        ] {
            assert!(first(bytes).is_none(), "{bytes:?}");
            assert_eq!(settled(bytes).as_slice(), bytes);
        }
        assert!(joined(&[4, 1, 7, 9]).is_none());
        let deep = |levels: usize| [[0x30, 0x80].repeat(levels), [0, 0].repeat(levels)].concat();
        assert!(first(&deep(64)).is_some() && first(&deep(65)).is_none());
    }
}
