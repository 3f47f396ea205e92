//! Lines, and the literals that join them.

use super::MAX_REPLY;

/// Splits off the first line: its text without the line end, and its length with it.
pub(super) fn split_line(buf: &[u8]) -> Option<(&[u8], usize)> {
    let lf = buf.iter().position(|&byte| byte == b'\n')?;
    let mut text = &buf[..lf];
    while let [rest @ .., b'\r'] = text {
        text = rest;
    }
    Some((text, lf + 1))
}

/// The length of the first logical line: lines joined by the literals (`{n}`) at their ends.
///
/// `None` while it is not whole; `Err` with the length so far when the literals are beyond bounds.
pub(super) fn logical_line(buf: &[u8]) -> Option<Result<usize, usize>> {
    let mut end = 0;
    let mut literals = 0;
    loop {
        let (text, len) = split_line(buf.get(end..)?)?;
        end += len;
        match literal(text) {
            None => return Some(Ok(end)),
            // Ends with the line: how much of the literal has come must not count.
            Some(size) if size > MAX_REPLY || literals == MAX_LITERALS => return Some(Err(end)),
            Some(size) => end += size,
        }
        literals += 1;
    }
}

/// The size that a literal at the end of a line announces: `{n}`, or `{n+}` (RFC 7888).
pub(super) fn literal(line: &[u8]) -> Option<usize> {
    let inner = line.strip_suffix(b"}")?;
    let open = inner.iter().rposition(|&byte| byte == b'{')?;
    let digits = &inner[open + 1..];
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // A number beyond the type is beyond every bound as well.
    Some(String::from_utf8_lossy(digits).parse().unwrap_or(usize::MAX))
}

/// Whether `text` begins with `word`, in any case, and the word ends there.
pub(super) fn starts_with_word(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
        && text.get(word.len()).is_none_or(|next| !next.is_ascii_alphanumeric())
}

/// The text of a line as a value: trimmed, whatever is not UTF-8 replaced.
pub(super) fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.trim_ascii()).into_owned()
}

/// The lines of a reply without their ends.
pub(super) fn lines(mut reply: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (line, len) = split_line(reply)?;
        reply = &reply[len..];
        Some(line)
    })
}

/// The most literals in one logical line. Real replies have one or none.
const MAX_LITERALS: usize = 16;
