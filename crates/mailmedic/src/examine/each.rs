//! Many targets, each handed over as soon as it is known.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::walk::Pace;
use super::{Options, Run, Silence};
use crate::observation::Observation;
use crate::target::Target;

/// Examines the targets that come, so many at a time, and tells what `judge` makes of each in the order of completion.
///
/// Each is examined and judged on one of the event loops of `workers`, on the one that has the fewest; on the caller's where
/// there are none. When `stop` ends, nothing more is begun, and what is under way is left.
pub async fn examine_each<T: Send + 'static>(
    mut targets: mpsc::Receiver<(String, Target)>,
    options: &Options,
    at_once: usize,
    workers: &[Handle],
    judge: impl Fn(Observation) -> T + Send + Sync + 'static,
    mut tell: impl FnMut(T),
    stop: impl Future<Output = ()>,
) {
    // Whoever stops lets go of all that is under way, so nobody has to be told.
    let (_halt, halted) = watch::channel(false);
    let run = Arc::new(Run::new(options.clone(), Pace::POLITE, Timestamp::now(), Arc::new(Silence), halted));
    let here = [Handle::current()];
    let workers = if workers.is_empty() { &here } else { workers };
    let mut busy: Vec<(usize, &Handle)> = workers.iter().map(|worker| (0, worker)).collect();
    let judge = Arc::new(judge);
    let mut running = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    let mut is_over = false;
    while !is_over || !running.is_empty() {
        tokio::select! {
            () = &mut stop => return,
            next = targets.recv(), if !is_over && running.len() < at_once.max(1) => match next {
                Some((input, target)) => {
                    let least = busy.iter_mut().enumerate().min_by_key(|(_, worker)| worker.0);
                    let Some((index, (load, worker))) = least else { return };
                    *load += 1;
                    let (run, judge) = (Arc::clone(&run), Arc::clone(&judge));
                    let examined = async move {
                        let seen = run.target(input, target).await;
                        (index, judge(run.observation(vec![seen])))
                    };
                    running.spawn_on(examined, worker);
                }
                None => is_over = true,
            },
            Some(done) = running.join_next() => match done {
                Ok((index, judged)) => {
                    if let Some((load, _)) = busy.get_mut(index) {
                        *load -= 1;
                    }
                    tell(judged);
                }
                // A task of ours neither panics nor is cancelled; if it were, the others still count.
                Err(error) => tracing::error!(%error, "an examination broke off"),
            },
        }
    }
}
