//! The checks that fuzzing makes; the ordinary tests of the crates make the same ones over the kept corpus.

#[path = "../../crates/wire/tests/hostile/mod.rs"]
pub mod hostile;

#[path = "../../crates/mailmedic/tests/hostile/mod.rs"]
pub mod certificate;
