//! What each cause is called, how bad it is, and what cures it on any software.

mod certificate;
mod domain;
mod handshake;
mod plain;

pub(super) use plain::plainly;

use crate::finding::Severity::{self, Note};

/// A cause.
pub(super) struct Fact {
    /// The rule.
    pub(super) rule: &'static str,
    /// How bad.
    pub(super) severity: Severity,
    /// One line; `{peer}` is the other side, `{server}` the server, whichever side that is.
    pub(super) title: &'static str,
    /// What cures it; empty where nothing has to be done.
    pub(super) cure: &'static str,
}

const fn fact(rule: &'static str, severity: Severity, title: &'static str, cure: &'static str) -> Fact {
    Fact { rule, severity, title, cure }
}

/// Returns what is known of a cause.
pub(super) fn of(rule: &str) -> Option<&'static Fact> {
    all().find(|fact| fact.rule == rule)
}

fn all() -> impl Iterator<Item = &'static Fact> {
    [certificate::FACTS, handshake::FACTS, domain::FACTS, QUIET].into_iter().flatten()
}

/// What needs no action.
const QUIET: &[Fact] = &[
    fact("benign", Note, "This needs no action.", ""),
    fact("not-tls", Note, "This is no TLS problem.", ""),
];

#[cfg(test)]
mod tests {
    use super::super::know;
    use super::{all, of, plainly};

    #[test]
    fn each_cause_of_a_row_has_its_words() {
        for row in know::all_rows() {
            let causes = [row.rule].into_iter().chain(row.also.iter().copied());
            for rule in causes {
                assert!(of(rule).is_some(), "{rule} of {}", row.pattern);
            }
            if let Some(cause) = row.plain {
                assert_ne!(plainly(cause).0, plainly("").0, "{cause} of {}", row.pattern);
            }
        }
    }

    #[test]
    fn nobody_is_told_to_verify_less() {
        for fact in all() {
            let cure = fact.cure.to_lowercase();
            assert!(!cure.contains("disable verif") && !cure.contains("turn off verif"), "{}", fact.rule);
            assert_eq!(
                all().filter(|other| other.rule == fact.rule).count(),
                1,
                "{} is there twice",
                fact.rule
            );
        }
    }
}
