//! The frame of DER: tags, lengths, and what lies between, read leniently (ITU-T X.690).

/// One element: tag, length, content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    /// The tag byte; tags above 30 are not read.
    pub(crate) tag: u8,
    /// What the length spans.
    pub(crate) content: &'a [u8],
    /// Tag, length and content.
    pub(crate) raw: &'a [u8],
}

impl<'a> Element<'a> {
    /// Walks the elements inside.
    pub(crate) fn elements(&self) -> Elements<'a> {
        Elements(self.content)
    }

    /// Returns the content if the tag is this one.
    pub(crate) fn tagged(&self, tag: u8) -> Option<&'a [u8]> {
        (self.tag == tag).then_some(self.content)
    }

    /// Returns the bits of a BIT STRING of whole bytes.
    pub(crate) fn bits(&self) -> Option<&'a [u8]> {
        match self.tagged(BIT_STRING)? {
            [0, bits @ ..] => Some(bits),
            _ => None,
        }
    }
}

/// Reads the first element and returns it with what follows; none if it is cut short, its length is
/// indefinite, or its tag is above 30.
pub(crate) fn first(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    if tag & 0x1F == 0x1F {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7F => (usize::from(length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7F))?;
            (digits.iter().fold(0usize, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    let raw = &bytes[..bytes.len() - rest.len()];
    Some((Element { tag, content, raw }, rest))
}

/// Elements one after another; it ends where no further element can be read.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a>(pub(crate) &'a [u8]);

impl<'a> Elements<'a> {
    /// Takes the next element if it has this tag.
    pub(crate) fn next_if(&mut self, tag: u8) -> Option<Element<'a>> {
        let (element, rest) = first(self.0)?;
        if element.tag != tag {
            return None;
        }
        self.0 = rest;
        Some(element)
    }

    /// Returns whether all bytes were read.
    pub(crate) fn is_done(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (element, rest) = first(self.0)?;
        self.0 = rest;
        Some(element)
    }
}

/// Writes an element: its tag, its length in the shortest form, its content.
pub(crate) fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let digits = length.get(zeros..).unwrap_or_default();
    let mut element = match digits {
        [] => vec![tag, 0],
        [short] if *short < 0x80 => vec![tag, *short],
        // A length has at most eight digits.
        _ => [&[tag, 0x80 | digits.len() as u8], digits].concat(),
    };
    element.extend(content);
    element
}

/// Writes the content of an OBJECT IDENTIFIER with dots; none if it is malformed or absurdly long.
pub(crate) fn dotted(content: &[u8]) -> Option<String> {
    if content.is_empty() || content.len() > 64 || content.last().is_some_and(|last| last & 0x80 != 0) {
        return None;
    }
    let mut text = String::with_capacity(MOST_USUAL_OID);
    let mut arc: u64 = 0;
    for byte in content {
        arc = arc.checked_mul(128)? | u64::from(byte & 0x7F);
        if byte & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            let top = (arc / 40).min(2);
            push_number(&mut text, top);
            arc -= top * 40;
        }
        text.push('.');
        push_number(&mut text, arc);
        arc = 0;
    }
    Some(text)
}

/// Writes a number behind a text, without the detour over formatting: certificates are full of these.
fn push_number(text: &mut String, number: u64) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    // A digit is below 10.
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Most object identifiers have no more characters.
const MOST_USUAL_OID: usize = 24;

/// INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// BIT STRING.
pub(crate) const BIT_STRING: u8 = 0x03;
/// OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
/// SEQUENCE.
pub(crate) const SEQUENCE: u8 = 0x30;
/// A constructed element with the context's tag 0.
pub(crate) const CONTEXT_0: u8 = 0xA0;
/// A constructed element with the context's tag 3.
pub(crate) const CONTEXT_3: u8 = 0xA3;

#[cfg(test)]
mod tests {
    use super::{Elements, dotted, first, wrap};

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let element = wrap(4, &vec![7; length]);
            let (read, rest) = first(&element).unwrap();
            assert_eq!((read.tag, read.content.len(), rest), (4, length, &[][..]));
            let head = element.len() - length;
            assert_eq!(
                head,
                [2, 3, 4, 5][[128, 256, 65_536].iter().filter(|least| length >= **least).count()]
            );
        }
    }

    #[test]
    fn lengths_never_reach_past_the_end() {
        assert_eq!(first(&[4, 2, 7, 8, 9]).unwrap().0.content, [7, 8]);
        assert_eq!(first(&[4, 2, 7, 8, 9]).unwrap().1, [9]);
        assert!(first(&[4, 3, 7, 8]).is_none());
        assert!(first(&[4, 0x80, 7, 8]).is_none());
        assert!(first(&[4, 0x84, 255, 255, 255, 255, 0]).is_none());
        let mut elements = Elements(&[5, 0, 5, 9]);
        assert_eq!(elements.by_ref().count(), 1);
        assert!(!elements.is_done());
    }

    #[test]
    fn object_identifiers_are_dotted() {
        assert_eq!(dotted(&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]).unwrap(), "1.2.840.10045.2.1");
        assert_eq!(dotted(&[0x88, 0x37]).unwrap(), "2.999");
        assert_eq!(dotted(&[0x2A, 0x86]), None);
        assert_eq!(dotted(&[0xFF; 12]), None);
    }
}
