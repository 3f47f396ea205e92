mod crl;
pub(crate) mod made;
mod ocsp;
mod whole;

use jiff::{Span, Timestamp};

/// The clock of these tests.
fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> Timestamp {
    now() + Span::new().hours(hours)
}
