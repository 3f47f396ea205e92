//! The `mailmedic` command.

fn main() {}
