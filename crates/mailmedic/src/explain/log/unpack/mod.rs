//! Unpacks logs on the way: gzip (RFC 1952) and zstd (RFC 8878), several behind one another too.

mod gzip;
mod zstd;

use std::io::{self, BufRead, BufReader, Cursor, Read};

/// What is read at a time from a packed file, in bytes.
const BLOCK: usize = 64 << 10;

/// How files begin that are packed in another way, and what unpacks them.
const OTHERS: [(&[u8], &str); 4] =
    [(b"\xfd7zXZ", "xzcat"), (b"BZh", "bzcat"), (b"\x04\x22\x4d\x18", "lz4cat"), (b"PK\x03\x04", "unzip -p")];

/// Returns what was packed; what is not packed is handed on as it is.
///
/// # Errors
/// What reading fails with; `Unsupported` if it is packed in a way that is not read here.
pub fn unpack<'r>(mut from: impl Read + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    let mut begin = Vec::new();
    from.by_ref().take(6).read_to_end(&mut begin)?;
    if let Some((_, tool)) = OTHERS.iter().find(|(magic, _)| begin.starts_with(magic)) {
        let why = format!(
            "it is packed in a way that is not read here; unpack it on the way: {tool} FILE | … --log -"
        );
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    let is_gzip = begin.starts_with(gzip::MAGIC);
    let is_zstd = zstd::begins(&begin);
    let whole = Cursor::new(begin).chain(from);
    Ok(if is_gzip {
        Box::new(BufReader::with_capacity(BLOCK, gzip::Gzip::new(BufReader::with_capacity(BLOCK, whole))))
    } else if is_zstd {
        Box::new(BufReader::with_capacity(BLOCK, zstd::Zstd::new(BufReader::with_capacity(BLOCK, whole))))
    } else {
        Box::new(BufReader::with_capacity(BLOCK, whole))
    })
}

/// Says of what is cut off that it is.
fn early(why: io::Error, by: &str) -> io::Error {
    match why.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(why.kind(), format!("what {by} packed ends early")),
        _ => why,
    }
}
