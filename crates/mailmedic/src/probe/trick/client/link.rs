//! Records over a stream, in the clear or under keys.

use std::io;
use std::time::Duration;

use mailmedic_wire::names::{AlertDescription, AlertLevel, ContentType, ProtocolVersion};
use mailmedic_wire::record::{self, MAX_RECORD, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::cipher::{Forgery, Opener, Sealer};
use crate::observation::{ReactionEnd, SeenRecord};
use crate::probe::tap::Tap;

/// The most records that are read in all: ten handshakes have some hundreds, and a flood must end.
const MOST_RECORDS: usize = 4_096;
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// A stream of records.
pub(in super::super) struct Link {
    stream: Tap,
    buffer: Vec<u8>,
    limit: Duration,
    sealer: Option<Sealer>,
    opener: Option<Opener>,
    /// How many records more are read.
    patience: usize,
}

/// A record that came, decrypted where there are keys.
pub(in super::super) struct Heard {
    pub(in super::super) content: ContentType,
    pub(in super::super) fragment: Vec<u8>,
    /// How it looked before it was opened.
    pub(in super::super) seen: SeenRecord,
}

impl Link {
    /// Begins in the clear; `limit` holds for each wait.
    pub(super) fn new(stream: Tap, limit: Duration) -> Self {
        Self { stream, buffer: Vec::new(), limit, sealer: None, opener: None, patience: MOST_RECORDS }
    }

    /// Protects from now on what is sent.
    pub(super) fn seal_with(&mut self, sealer: Sealer) {
        self.sealer = Some(sealer);
    }

    /// Opens from now on what comes.
    pub(super) fn open_with(&mut self, opener: Opener) {
        self.opener = Some(opener);
    }

    /// Returns when a wait that begins now must end.
    pub(in super::super) fn deadline(&self) -> Instant {
        Instant::now() + self.limit
    }

    /// Sends a message; what cannot be written tells nothing, since the peer may have answered before it closed.
    pub(in super::super) async fn send(&mut self, content: ContentType, payload: &[u8]) {
        self.write(content, payload, None).await;
    }

    /// Sends a record that is wrong in one way; right where the suite has no padding.
    pub(in super::super) async fn send_forged(
        &mut self,
        content: ContentType,
        payload: &[u8],
        forgery: Forgery,
    ) {
        self.write(content, payload, Some(forgery)).await;
    }

    async fn write(&mut self, content: ContentType, payload: &[u8], forgery: Option<Forgery>) {
        let mut out = Vec::new();
        match &mut self.sealer {
            None => out = record::write(content, record_version(content, payload), payload),
            Some(sealer) => {
                for chunk in payload.chunks(record::MAX_FRAGMENT) {
                    let Ok(fragment) = sealer.seal(content, chunk, forgery) else {
                        tracing::debug!("a record could not be sealed");
                        return;
                    };
                    // What is sealed may be a little longer than a fragment may be.
                    out.push(content.0);
                    out.extend_from_slice(&ProtocolVersion::TLSv1_2.0.to_be_bytes());
                    out.extend_from_slice(&u16::try_from(fragment.len()).unwrap_or(u16::MAX).to_be_bytes());
                    out.extend_from_slice(&fragment);
                }
            }
        }
        let deadline = self.deadline();
        let sending = async {
            self.stream.write_all(&out).await?;
            self.stream.flush().await
        };
        if !matches!(timeout_at(deadline, sending).await, Ok(Ok(()))) {
            tracing::debug!("a record could not be written whole");
        }
    }

    /// Reads the next record, or says how the connection ended.
    pub(in super::super) async fn next(&mut self, deadline: Instant) -> Result<Heard, ReactionEnd> {
        let mut chunk = [0; 4_096];
        loop {
            match Record::read(&self.buffer) {
                Ok(Some(_)) if self.patience == 0 => return Err(ReactionEnd::Left),
                Ok(Some((record, length))) => {
                    self.patience -= 1;
                    let (content, fragment) = (record.content, record.fragment.to_vec());
                    let seen = super::super::seen(&record);
                    self.buffer.drain(..length);
                    return Ok(self.open(content, fragment, seen));
                }
                Ok(None) => {}
                // What is no record any more tells nothing.
                Err(_) => return Err(ReactionEnd::Left),
            }
            if self.buffer.len() > MAX_RECORD {
                return Err(ReactionEnd::Left);
            }
            match timeout_at(deadline, self.stream.read(&mut chunk)).await {
                Ok(Ok(0)) => return Err(ReactionEnd::Closed),
                Ok(Ok(count)) => self.buffer.extend(chunk.iter().take(count)),
                Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(ReactionEnd::Closed);
                }
                Ok(Err(_)) => return Err(ReactionEnd::Reset),
                Err(_) => return Err(ReactionEnd::TimedOut),
            }
        }
    }

    fn open(&mut self, content: ContentType, fragment: Vec<u8>, mut seen: SeenRecord) -> Heard {
        let Some(opener) = &mut self.opener else { return Heard { content, fragment, seen } };
        seen.encrypted = true;
        match opener.open(content, &fragment) {
            Ok(plain) => {
                seen.head = super::super::head(&plain);
                Heard { content, fragment: plain, seen }
            }
            // It is kept as it came: a peer that lost its keys says so in the clear.
            Err(_) => Heard { content, fragment, seen },
        }
    }

    /// Ends our side behind what was said last.
    pub(in super::super) async fn part(&mut self) {
        self.stream.part().await;
    }

    /// Says goodbye and closes.
    pub(in super::super) async fn leave(mut self) {
        if !self.stream.has_parted() {
            let alert = [AlertLevel::WARNING.0, AlertDescription::CLOSE_NOTIFY.0];
            let _ = timeout(GOODBYE, self.send(ContentType::ALERT, &alert)).await;
        }
        self.stream.let_go().await;
    }
}

/// Servers want TLS 1.0 in the record of a first hello (RFC 5246 appendix E.1).
fn record_version(content: ContentType, payload: &[u8]) -> ProtocolVersion {
    let is_hello = content == ContentType::HANDSHAKE && payload.first() == Some(&1);
    if is_hello { ProtocolVersion::TLSv1_0 } else { ProtocolVersion::TLSv1_2 }
}
