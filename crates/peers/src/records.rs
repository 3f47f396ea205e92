//! Reads a client's records from a socket.

use std::io::{self, Read};

use mailmedic_wire::names::ContentType;
use mailmedic_wire::record::{self, Record};

use crate::answer::read_hello;

/// Reads what a client says first, up to the end of its hello or to what is none.
pub(crate) fn first(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let from = bytes.len();
        // The shorter of the two headers: SSL 2's.
        read_more(stream, &mut bytes, 2)?;
        let [high, low] = [bytes[from], bytes[from + 1]];
        if high & 0x80 != 0 {
            read_more(stream, &mut bytes, usize::from(u16::from_be_bytes([high & 0x7F, low])))?;
            return Ok(bytes);
        }
        read_more(stream, &mut bytes, record::HEADER - 2)?;
        let header = &bytes[from..];
        if Record::read(header).is_err() {
            return Ok(bytes);
        }
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        read_more(stream, &mut bytes, length)?;
        if !matches!(read_hello(&bytes), Ok(None)) || bytes.len() > LONGEST_HELLO {
            return Ok(bytes);
        }
    }
}

/// Reads a record: its type and what it holds.
pub(crate) fn next(stream: &mut impl Read) -> io::Result<(ContentType, Vec<u8>)> {
    let mut header = [0; record::HEADER];
    stream.read_exact(&mut header)?;
    Record::read(&header).map_err(|malformed| io::Error::new(io::ErrorKind::InvalidData, malformed))?;
    let [content, _, _, high, low] = header;
    let mut fragment = vec![0; usize::from(u16::from_be_bytes([high, low]))];
    stream.read_exact(&mut fragment)?;
    Ok((ContentType(content), fragment))
}

fn read_more(stream: &mut impl Read, bytes: &mut Vec<u8>, count: usize) -> io::Result<()> {
    let from = bytes.len();
    bytes.resize(from + count, 0);
    stream.read_exact(&mut bytes[from..])
}

const LONGEST_HELLO: usize = 1 << 18;
