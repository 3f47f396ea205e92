//! Threads that look at many domains side by side.

use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;

use crate::exit::Failure;

/// Threads, each with an event loop of its own.
///
/// One event loop for all threads hands every answer from one to another, and what waits for it wakes up elsewhere; to
/// ask takes so little that this would cost more. The threads end when this is dropped, and nobody waits for them.
pub(super) struct Workers {
    /// The event loops.
    pub(super) handles: Vec<Handle>,
    _end: watch::Sender<()>,
}

impl Workers {
    /// Starts as many as there are processors, within a bound.
    pub(super) fn start() -> Result<Self, Failure> {
        let (end, ended) = watch::channel(());
        let mut handles = Vec::new();
        let processors = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..processors.min(MOST) {
            let runtime = event_loop()?;
            handles.push(runtime.handle().clone());
            let mut ended = ended.clone();
            thread::spawn(move || {
                // It fails when nobody is left who could say anything.
                let _ = runtime.block_on(ended.changed());
                runtime.shutdown_background();
            });
        }
        Ok(Self { handles, _end: end })
    }
}

/// Makes an event loop for one thread.
pub(super) fn event_loop() -> Result<Runtime, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|why| Failure(format!("the system gives no event loop: {why}")))
}

/// Threads beyond these would wait for each other: so few questions are under way at once.
const MOST: usize = 4;
