//! Drives a dialogue over a stream, and turns its record into what is kept.

use std::io::{self, ErrorKind};
use std::time::Duration;

use mailmedic_wire::dialogue::{Class, End, Exchange, Outcome, Record, Stage, Step, Talk as Dialogue};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::bytes::Bytes;
use crate::observation::{Line, Talk, TalkEnd};
use crate::words;

/// How long a server may take for its goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// The most exchanges and the most characters of a reply that are kept.
const MOST_LINES: usize = 16;
const MOST_CHARACTERS: usize = 4_096;
/// The most capabilities, and characters of each.
const MOST_CAPABILITIES: usize = 128;
const MOST_WORD: usize = 512;

/// How a conversation came out.
pub(super) struct Spoken {
    /// What the dialogue wants next: TLS, to leave, or nothing.
    pub(super) step: Step,
    /// Milliseconds until the first whole reply.
    pub(super) first_reply_ms: Option<u64>,
    /// The error that broke the stream, if one did.
    pub(super) error: Option<io::Error>,
}

/// Goes on until the dialogue wants TLS, is ready, or is over; each whole reply must come within `limit`.
pub(super) async fn converse<S>(stream: &mut S, talk: &mut Dialogue, limit: Duration) -> Spoken
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    converse_and_tell(stream, talk, limit, |_| {}).await
}

/// The same, and tells of the dialogue before each command.
pub(super) async fn converse_and_tell<S>(
    stream: &mut S,
    talk: &mut Dialogue,
    limit: Duration,
    mut tell: impl FnMut(&Dialogue),
) -> Spoken
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let begun = Instant::now();
    let mut deadline = begun + limit;
    let mut spoken = Spoken { step: Step::Read, first_reply_ms: None, error: None };
    let mut buffer = [0; 4_096];
    loop {
        let step = talk.step();
        if step != Step::Read && spoken.first_reply_ms.is_none() && talk.record().ended.is_none() {
            spoken.first_reply_ms = Some(super::millis(begun.elapsed()));
        }
        match step {
            Step::Read => match timeout_at(deadline, stream.read(&mut buffer)).await {
                Ok(Ok(0)) => talk.end(End::Eof),
                Ok(Ok(count)) => talk.feed(&buffer[..count]),
                Ok(Err(error)) => {
                    talk.end(end_of(&error));
                    spoken.error = Some(error);
                }
                Err(_) => talk.end(End::TimedOut),
            },
            Step::Send(line) => {
                tell(talk);
                deadline = Instant::now() + limit;
                let sending = async {
                    stream.write_all(&line).await?;
                    stream.flush().await
                };
                match timeout_at(deadline, sending).await {
                    Ok(Ok(())) => {}
                    // What the server said before it closed may still be unread.
                    Ok(Err(error)) if error.kind() == ErrorKind::BrokenPipe => {}
                    Ok(Err(error)) => {
                        talk.end(end_of(&error));
                        spoken.error = Some(error);
                    }
                    Err(_) => talk.end(End::TimedOut),
                }
            }
            Step::StartTls | Step::Ready | Step::Done => {
                spoken.step = step;
                return spoken;
            }
        }
    }
}

/// Says QUIT or LOGOUT where that is possible, and waits a little for the reply.
pub(super) async fn leave<S>(stream: &mut S, talk: &mut Dialogue)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    talk.quit();
    converse(stream, talk, GOODBYE).await;
    // The connection ends here in any case; an error of the close tells nothing.
    let _ = tokio::time::timeout(GOODBYE, stream.shutdown()).await;
}

fn end_of(error: &io::Error) -> End {
    match error.kind() {
        ErrorKind::UnexpectedEof => End::Eof,
        _ => End::Reset,
    }
}

/// Turns a dialogue's record into what is kept: bounded and escaped.
pub(super) fn record(talk: Dialogue, spoken: &Spoken) -> Talk {
    let record = talk.into_record();
    Talk {
        end: end(&record),
        lines: record.exchanges.iter().take(MOST_LINES).map(line).collect(),
        capabilities: record.capabilities.map(|words| {
            words.iter().take(MOST_CAPABILITIES).map(|word| words::escape(word, MOST_WORD)).collect()
        }),
        leftover: Bytes(record.leftover),
        first_reply_ms: spoken.first_reply_ms,
    }
}

fn line(exchange: &Exchange) -> Line {
    Line {
        sent: exchange.sent.as_deref().map(text),
        reply: exchange.reply.as_ref().map(|reply| text(&reply.bytes)),
    }
}

/// Escapes each line; line ends stay.
fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut text = String::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let room = MOST_CHARACTERS.saturating_sub(text.len());
        if room == 0 {
            break;
        }
        text.push_str(&words::escape_bytes(line.strip_suffix(b"\r").unwrap_or(line), room));
    }
    text
}

fn end(record: &Record) -> TalkEnd {
    let is_greeting = |stage: Stage| stage == Stage::Greeting;
    match &record.outcome {
        Outcome::GoAhead | Outcome::Ready | Outcome::Quit => TalkEnd::Done,
        Outcome::Rejected { at, class } => {
            TalkEnd::Rejected { at_greeting: is_greeting(*at), code: code(*class) }
        }
        Outcome::NotOffered => TalkEnd::NotOffered,
        Outcome::Stripped { line } => TalkEnd::Stripped(words::escape(line, MOST_WORD)),
        Outcome::Refused { class } => TalkEnd::Refused(code(*class)),
        Outcome::PreAuthenticated => TalkEnd::PreAuthenticated,
        Outcome::SpeaksTls => TalkEnd::SpeaksTls,
        Outcome::SpeaksOther(spoken) => TalkEnd::SpeaksOther(spoken.name().to_owned()),
        Outcome::Invalid { why, .. } => TalkEnd::Invalid(why.to_string()),
        Outcome::CarriedOut { reply } => TalkEnd::CarriedOut(words::escape(reply, MOST_WORD)),
        Outcome::Unclear => TalkEnd::Unclear,
        Outcome::Silent { at } => TalkEnd::Silent { at_greeting: is_greeting(*at) },
        Outcome::Closed { at } => TalkEnd::Closed { at_greeting: is_greeting(*at) },
        Outcome::Reset { at } => TalkEnd::Reset { at_greeting: is_greeting(*at) },
        // The driver stops only at an outcome.
        Outcome::InProgress => TalkEnd::Invalid("the dialogue was cut short".to_owned()),
    }
}

fn code(class: Class) -> u16 {
    match class {
        Class::Temporary(code) | Class::Permanent(code) => code,
        _ => 0,
    }
}
