//! A dialogue over bytes that are there already, for tests and fuzzing.

use super::{End, Goal, Protocol, Record, Step, Talk};

/// Runs a dialogue over bytes as they came from a server, then ends it with [`End::Eof`].
pub fn replay<C: AsRef<[u8]>>(protocol: Protocol, goal: Goal, chunks: impl IntoIterator<Item = C>) -> Record {
    let mut talk = Talk::new(protocol, goal, "client.example");
    let run = |talk: &mut Talk| {
        loop {
            match talk.step() {
                Step::Send(_) => {}
                Step::Ready => talk.quit(),
                Step::Read | Step::StartTls | Step::Done => break,
            }
        }
    };
    for chunk in chunks {
        talk.feed(chunk.as_ref());
        run(&mut talk);
    }
    run(&mut talk);
    talk.end(End::Eof);
    talk.into_record()
}
