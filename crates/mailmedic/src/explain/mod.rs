//! Says what a message or a log of mail software means, in the ids of the rules.

mod answer;
pub mod codes;
mod facts;
mod know;
pub mod log;
mod peer;
mod read;
mod recheck;

#[cfg(test)]
mod tests;

pub use recheck::{Examined, recheck};

use crate::explanation::Explanation;

/// Explains one message: everything in the text belongs together. At most 1 MiB is read.
pub fn explain(text: &[u8]) -> Explanation {
    let text = read::Text::read(text);
    let found = answer::Found::new(&text);
    found.explanation(&found.judge())
}
