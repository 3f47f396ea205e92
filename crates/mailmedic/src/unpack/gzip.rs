//! gzip: members one behind another, each deflated and with a checksum (RFC 1952).

use std::io::{self, BufRead, Read};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

/// How a member begins.
pub(super) const MAGIC: &[u8] = b"\x1f\x8b";

const HAS_CHECKSUM: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;

/// What was deflated.
pub(super) struct Gzip<R> {
    from: R,
    state: Box<InflateState>,
    place: Place,
    /// Of what the member has given so far.
    checksum: u32,
    size: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Body,
    /// Behind a member.
    Between,
    End,
}

impl<R: BufRead> Gzip<R> {
    pub(super) fn new(from: R) -> Self {
        let state = InflateState::new_boxed(DataFormat::Raw);
        Self { from, state, place: Place::First, checksum: 0, size: 0 }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.from.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn header(&mut self) -> io::Result<()> {
        let mut fixed = [0; 10];
        self.from.read_exact(&mut fixed)?;
        let [magic @ .., _, _, _, _, _, _] = fixed;
        let [first, second, method, flags] = magic;
        if [first, second] != *MAGIC || method != 8 {
            return Err(wrong("no header"));
        }
        if flags & HAS_EXTRA != 0 {
            let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
            io::copy(&mut self.from.by_ref().take(length.into()), &mut io::sink())?;
        }
        for has in [HAS_NAME, HAS_COMMENT] {
            while flags & has != 0 && self.byte()? != 0 {}
        }
        if flags & HAS_CHECKSUM != 0 {
            self.from.read_exact(&mut [0; 2])?;
        }
        self.state.reset(DataFormat::Raw);
        (self.checksum, self.size, self.place) = (0, 0, Place::Body);
        Ok(())
    }

    fn trailer(&mut self) -> io::Result<()> {
        let mut words = [[0; 4]; 2];
        for word in &mut words {
            self.from.read_exact(word)?;
        }
        self.place = Place::Between;
        let [checksum, size] = words.map(u32::from_le_bytes);
        if checksum == self.checksum && size == self.size { Ok(()) } else { Err(wrong("its checksum")) }
    }
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.some(into).map_err(|why| super::early(why, "gzip"))
    }
}

impl<R: BufRead> Gzip<R> {
    fn some(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.place {
                Place::End => return Ok(0),
                Place::First => self.header()?,
                // What is no member behind one is padding.
                Place::Between if self.from.fill_buf()?.first() != MAGIC.first() => self.place = Place::End,
                Place::Between => self.header()?,
                Place::Body => {
                    let packed = self.from.fill_buf()?;
                    let is_over = packed.is_empty();
                    let done = inflate(&mut self.state, packed, into, MZFlush::None);
                    self.from.consume(done.bytes_consumed);
                    let given = into.get(..done.bytes_written).unwrap_or_default();
                    self.checksum = crc32(self.checksum, given);
                    self.size = self.size.wrapping_add(given.len() as u32);
                    let count = given.len();
                    match done.status {
                        Ok(MZStatus::StreamEnd) => self.trailer()?,
                        _ if count > 0 || into.is_empty() => {}
                        _ if is_over => return Err(io::ErrorKind::UnexpectedEof.into()),
                        Ok(_) if done.bytes_consumed > 0 => {}
                        _ => return Err(wrong("its data")),
                    }
                    if count > 0 || into.is_empty() {
                        return Ok(count);
                    }
                }
            }
        }
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("what gzip packed is damaged: {what}"))
}

/// Goes on with a checksum (RFC 1952 section 8).
pub(super) fn crc32(before: u32, bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8);
    !bytes.iter().fold(!before, step)
}

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};
