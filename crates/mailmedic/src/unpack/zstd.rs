//! zstd: frames one behind another, and such that are to be passed over (RFC 8878).

use std::io::{self, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// How a frame begins.
const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();

/// How frames begin that are to be passed over; the lowest four bits are free.
const SKIPPED: u32 = 0x184D_2A50;

/// The most that a frame may ask to be kept in memory, in bytes; `zstd --ultra -22` asks for 128 MB, and less than that for 8.
const MOST_WINDOW: u64 = 32 << 20;

/// What stands before a frame's first block, at most, in bytes.
const HEADER: usize = 18;

/// Tells whether bytes begin as a frame does.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC) || skipped(bytes)
}

fn skipped(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|magic| u32::from_le_bytes(*magic) & !0xF == SKIPPED)
}

/// What was packed.
pub(super) struct Zstd<R: Read> {
    place: Option<Place<R>>,
}

enum Place<R: Read> {
    Between(Peek<R>),
    Frame(Box<StreamingDecoder<Peek<R>, FrameDecoder>>),
}

impl<R: Read> Zstd<R> {
    pub(super) fn new(from: R) -> Self {
        Self { place: Some(Place::Between(Peek { from, ahead: Vec::new() })) }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.some(into).map_err(|why| super::early(why, "zstd"))
    }
}

impl<R: Read> Zstd<R> {
    fn some(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(place) = self.place.take() {
            match place {
                Place::Between(mut from) => {
                    let header = from.peek(HEADER)?;
                    if header.is_empty() {
                        return Ok(0);
                    }
                    if skipped(header) {
                        let mut fixed = [0; 8];
                        from.read_exact(&mut fixed)?;
                        let [_, _, _, _, length @ ..] = fixed;
                        io::copy(
                            &mut from.by_ref().take(u32::from_le_bytes(length).into()),
                            &mut io::sink(),
                        )?;
                        self.place = Some(Place::Between(from));
                        continue;
                    }
                    check(header)?;
                    let decoder = StreamingDecoder::new(from).map_err(|why| wrong(&why.to_string()))?;
                    self.place = Some(Place::Frame(Box::new(decoder)));
                }
                Place::Frame(mut decoder) => {
                    let count = decoder.read(into)?;
                    let is_over = count == 0 && !into.is_empty();
                    self.place = Some(if is_over {
                        Place::Between(decoder.into_inner())
                    } else {
                        Place::Frame(decoder)
                    });
                    if !is_over {
                        return Ok(count);
                    }
                }
            }
        }
        Ok(0)
    }
}

/// Looks into a header whether the frame asks for too much memory (RFC 8878 section 3.1.1.1).
fn check(header: &[u8]) -> io::Result<()> {
    let (Some(rest), Some(descriptor)) = (header.strip_prefix(&MAGIC), header.get(4)) else {
        return Err(wrong("no header"));
    };
    let is_single = descriptor >> 5 & 1 == 1;
    let window = if is_single {
        let start = 1 + [0, 1, 2, 4][usize::from(descriptor & 3)];
        let length = [1, 2, 4, 8][usize::from(descriptor >> 6)];
        let mut size = [0; 8];
        size[..length].copy_from_slice(rest.get(start..start + length).ok_or_else(|| wrong("no header"))?);
        u64::from_le_bytes(size)
    } else {
        let window = *rest.get(1).ok_or_else(|| wrong("no header"))?;
        let base = 1_u64 << (10 + (window >> 3));
        base + base / 8 * u64::from(window & 7)
    };
    if window > MOST_WINDOW {
        let why = format!(
            "zstd needs {} MB of memory to unpack it; unpack it on the way: zstdcat --long=31 FILE | … --log -",
            window >> 20
        );
        return Err(io::Error::new(io::ErrorKind::Unsupported, why));
    }
    Ok(())
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("what zstd packed is damaged: {what}"))
}

/// A reader into which one can look ahead.
struct Peek<R> {
    from: R,
    ahead: Vec<u8>,
}

impl<R: Read> Peek<R> {
    /// Returns the next bytes; fewer at the end.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let missing = count.saturating_sub(self.ahead.len());
        self.from.by_ref().take(missing as u64).read_to_end(&mut self.ahead)?;
        Ok(&self.ahead)
    }
}

impl<R: Read> Read for Peek<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ahead.is_empty() {
            return self.from.read(into);
        }
        let count = self.ahead.len().min(into.len());
        into[..count].copy_from_slice(&self.ahead[..count]);
        self.ahead.drain(..count);
        Ok(count)
    }
}
