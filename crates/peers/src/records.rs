//! Reads a client's records from a socket.

use std::io::{self, Read};
use std::net::TcpStream;

use mailmedic_wire::names::ContentType;
use mailmedic_wire::record::{self, Record};

use crate::answer::read_hello;

/// Reads what a client says first, up to the end of its hello or to what is none. The last byte stays in the socket, for
/// [`take_last`].
pub(crate) fn first(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let from = bytes.len();
        // The shorter of the two headers: SSL 2's.
        read_more(stream, &mut bytes, 1)?;
        peek_last(stream, &mut bytes)?;
        let [high, low] = [bytes[from], bytes[from + 1]];
        if high & 0x80 != 0 {
            let length = usize::from(u16::from_be_bytes([high & 0x7F, low]));
            if length > 0 {
                take_last(stream)?;
                read_more(stream, &mut bytes, length - 1)?;
                peek_last(stream, &mut bytes)?;
            }
            return Ok(bytes);
        }
        take_last(stream)?;
        read_more(stream, &mut bytes, record::HEADER - 3)?;
        peek_last(stream, &mut bytes)?;
        let header = &bytes[from..];
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        if Record::read(header).is_err() {
            return Ok(bytes);
        }
        if length > 0 {
            take_last(stream)?;
            read_more(stream, &mut bytes, length - 1)?;
            peek_last(stream, &mut bytes)?;
        }
        if !matches!(read_hello(&bytes), Ok(None)) || bytes.len() > LONGEST_HELLO {
            return Ok(bytes);
        }
        take_last(stream)?;
    }
}

/// Takes the byte out of the socket that [`first`] left there.
pub(crate) fn take_last(stream: &mut TcpStream) -> io::Result<()> {
    stream.read_exact(&mut [0])
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

fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>, count: usize) -> io::Result<()> {
    let from = bytes.len();
    bytes.resize(from + count, 0);
    stream.read_exact(&mut bytes[from..])
}

fn peek_last(stream: &TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut last = [0];
    if stream.peek(&mut last)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    bytes.push(last[0]);
    Ok(())
}

const LONGEST_HELLO: usize = 1 << 18;
