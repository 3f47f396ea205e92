//! The faults that mailmedic can name: one file is one rule.
//!
//! Rules are pure: no I/O, no clock, no error. To add one, write its file and put its word in the list.

mod engine;

pub use engine::{Judgement, Open, judge};

use crate::finding::Rule;

macro_rules! rules {
    ($($name:ident,)*) => {
        $(mod $name;)*
        /// Every rule, in the order of the documentation.
        pub const RULES: &[&Rule] = &[$(&$name::RULE,)*];
    };
}

rules! {
    cert_expired,
}

/// Finds a rule by its id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
