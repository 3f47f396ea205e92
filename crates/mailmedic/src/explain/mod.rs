//! Says what a message or a log line of mail software means.

pub mod codes;
