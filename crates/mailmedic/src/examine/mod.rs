//! Examines targets: strings discovery, planner and prober together, and keeps what they see.

mod sink;
mod walk;
