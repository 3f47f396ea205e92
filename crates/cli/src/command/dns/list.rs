//! Many domains from a file: one line of JSON each, in the order of completion.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mailmedic::examine::{Options, examine_each};
use mailmedic::report::Report;
use mailmedic::target::Target;
use tokio::sync::mpsc;

use super::workers::{Workers, event_loop};
use super::{Dns, target};
use crate::args::Demands;
use crate::command::check::{interrupt, judged};
use crate::exit::{Exit, Failure};
use crate::output;

/// Examines every domain of a list.
pub(super) fn run(file: &Path, dns: &Dns, mut options: Options, demands: &Demands) -> Result<Exit, Failure> {
    if dns.queries_at_once.is_none() {
        options.dns_at_once = QUERIES_AT_ONCE;
    }
    let lines: Box<dyn BufRead + Send> = if file == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        Box::new(BufReader::new(File::open(file).map_err(|why| Failure::file(file, why))?))
    };
    let runtime = event_loop()?;
    let workers = Workers::start()?;
    let (give, take) = mpsc::channel(READ_AHEAD);
    let unreadable = Arc::new(AtomicBool::new(false));
    let reader = read(lines, file.display().to_string(), give, Arc::clone(&unreadable));
    // A thread of its own: standard input may keep us waiting for ever.
    std::thread::spawn(reader);
    let shared = Arc::new(demands.clone());
    let fail_on = demands.fail_on;
    let judge = move |observation| {
        let report = judged(observation, &shared);
        (line(&report), Exit::of_dns(&report, fail_on))
    };
    let mut all = Vec::new();
    let mut written = Ok(());
    let stopped = AtomicBool::new(false);
    let mut out = dns.reporting.printing.writer()?;
    let tell = |(line, exit): (Result<String, Failure>, Exit)| {
        all.push(exit);
        if written.is_ok() {
            written = line.and_then(|line| out.write(&line));
        }
    };
    let stop = async {
        interrupt().await;
        stopped.store(true, Ordering::Relaxed);
    };
    runtime.block_on(examine_each(take, &options, DOMAINS_AT_ONCE, &workers.handles, judge, tell, stop));
    // What still waits for a name server, or for a line, is not waited for.
    runtime.shutdown_background();
    written.and(out.finish())?;
    Ok(match () {
        () if stopped.into_inner() => Exit::Interrupted,
        () if unreadable.load(Ordering::Relaxed) => Exit::Usage,
        () if all.contains(&Exit::Findings) => Exit::Findings,
        () if all.contains(&Exit::Clean) => Exit::Clean,
        () => Exit::NothingExamined,
    })
}

/// Reads a list line by line; what is no domain is complained about and left out.
fn read(
    lines: Box<dyn BufRead + Send>,
    name: String,
    give: mpsc::Sender<(String, Target)>,
    unreadable: Arc<AtomicBool>,
) -> impl FnOnce() + Send {
    move || {
        for (number, line) in lines.lines().enumerate() {
            let read = line.map_err(|why| Failure(why.to_string())).and_then(|line| {
                let text = line.trim();
                let is_domain = !text.is_empty() && !text.starts_with('#');
                is_domain.then(|| Ok((text.to_owned(), target(text)?))).transpose()
            });
            match read {
                Ok(None) => {}
                // Nobody listens any more: the run was stopped.
                Ok(Some(target)) => {
                    if give.blocking_send(target).is_err() {
                        return;
                    }
                }
                Err(why) => {
                    unreadable.store(true, Ordering::Relaxed);
                    output::complain(&format!("{name}, line {}: {why}", number + 1));
                }
            }
        }
    }
}

fn line(report: &Report) -> Result<String, Failure> {
    serde_json::to_string(report).map(|line| line + "\n").map_err(|why| Failure(why.to_string()))
}

/// Domains under way at once.
const DOMAINS_AT_ONCE: usize = 64;

/// Questions under way at once, as long as the user gives no number.
const QUERIES_AT_ONCE: usize = 64;

/// Lines that are read ahead.
const READ_AHEAD: usize = 256;
