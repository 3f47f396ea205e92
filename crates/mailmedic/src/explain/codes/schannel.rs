//! Reads nothing yet.

use super::Code;

pub(super) fn decode(_: &str, _: &mut Vec<Code>) {}
