//! `mailmedic check`: look, judge, tell.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use mailmedic::client_config::mobileconfig;
use mailmedic::endpoint::Source;
use mailmedic::examine::{Options, Progress, examine};
use mailmedic::judge;
use mailmedic::observation::{Observation, Told};
use mailmedic::report::Report;
use mailmedic::target::Target;

use super::{again, replay};
use crate::args::{Connecting, Demands, Judging, Reporting, Targets};
use crate::exit::{Exit, Failure};
use crate::progress::Bar;

/// Examines mail domains, hosts or ports, and says what is wrong and what cures it.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Check {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    connecting: Connecting,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    reporting: Reporting,
    /// Examine what this Apple profile (.mobileconfig) tells mail programs of a domain, too; may be given several times
    #[arg(long, value_name = "FILE")]
    profile: Vec<PathBuf>,
    /// Save all that was seen to this file, to be judged again with --replay
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save: Option<PathBuf>,
    /// Judge what --save wrote again, with no network; the clock is that of the look unless --now is given
    #[arg(long, value_name = "FILE", conflicts_with_all = OF_A_LOOK)]
    replay: Option<PathBuf>,
}

/// Runs the verb.
pub(crate) fn run(check: &Check) -> Result<Exit, Failure> {
    let demands = check.judging.demands()?;
    if let Some(file) = &check.replay {
        let report = judged(replay::read(file)?, &demands);
        check.reporting.report(&report)?;
        return Ok(Exit::of(&report, demands.fail_on));
    }
    let mut options = check.connecting.options(demands.depth())?;
    for file in &check.profile {
        options.told.extend(profile(file)?);
    }
    let mut seen = look(check.targets.read()?, &options)?;
    seen.observation.settings.again = check.connecting.again();
    let saved = check.save.as_ref().map_or(Ok(()), |file| replay::write(file, &seen.observation));
    let report = judged(seen.observation, &demands);
    // What took a look to learn is told even if it cannot be saved.
    check.reporting.report(&report).and(saved)?;
    Ok(if seen.stopped { Exit::Interrupted } else { Exit::of(&report, demands.fail_on) })
}

/// Reads what a profile tells mail programs. Nothing else of it is kept: it may hold a password.
fn profile(file: &Path) -> Result<Vec<Told>, Failure> {
    let bytes = std::fs::read(file).map_err(|why| Failure::file(file, why))?;
    let config = mobileconfig::read(&bytes).map_err(|why| Failure::file(file, why))?;
    if let Some(fault) = config.faults.first() {
        return Err(Failure::file(file, fault));
    }
    let told = config.servers.into_iter().map(|server| Told {
        source: Source::Profile,
        origin: file.display().to_string(),
        protocol: server.protocol,
        security: server.security,
        host: Some(server.host),
        port: server.port,
    });
    Ok(told.collect())
}

/// Judges an observation by what the user demands.
pub(crate) fn judged(mut observation: Observation, demands: &Demands) -> Report {
    let judging = judge::Judging {
        policy: demands.policy,
        now: demands.now.unwrap_or(observation.taken),
        select: demands.select.clone(),
        ignore: demands.ignore.clone(),
        lists: demands.lists.clone(),
    };
    let words = std::mem::take(&mut observation.settings.again);
    let mut report = judge::into_report(observation, &judging);
    again::carry(&mut report, &words);
    report
}

/// What a look brought.
pub(crate) struct Seen {
    pub(crate) observation: Observation,
    /// Whether Ctrl-C ended it early.
    pub(crate) stopped: bool,
}

/// Examines targets with a bar on the terminal; Ctrl-C ends the look, a second one the program.
pub(crate) fn look(targets: Vec<(String, Target)>, options: &Options) -> Result<Seen, Failure> {
    let name = match targets.as_slice() {
        [(only, _)] => only.clone(),
        many => format!("{} targets", many.len()),
    };
    watched(&name, async |progress, stop| Ok(examine(targets, options, progress, stop).await))
}

/// What ends when a look is to end early.
pub(crate) type Stop<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs a look of any kind as [`look`] does.
pub(crate) fn watched(
    name: &str,
    look: impl AsyncFnOnce(Arc<dyn Progress>, Stop<'_>) -> Result<Observation, Failure>,
) -> Result<Seen, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|why| Failure(format!("the system gives no event loop: {why}")))?;
    let bar = Bar::new(name);
    let stopped = AtomicBool::new(false);
    let stop = Box::pin(async {
        interrupt().await;
        stopped.store(true, Ordering::Relaxed);
        tokio::spawn(async {
            interrupt().await;
            leave();
        });
    });
    let observation = runtime.block_on(look(bar.clone(), stop));
    bar.clear();
    Ok(Seen { observation: observation?, stopped: stopped.into_inner() })
}

/// Waits for Ctrl-C; for ever where it cannot be heard.
pub(crate) async fn interrupt() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C cannot be heard");
        std::future::pending::<()>().await;
    }
}

#[expect(clippy::exit, reason = "the user asked twice; nothing that is still open needs care")]
fn leave() {
    std::process::exit(Exit::Interrupted as i32);
}

/// What would have no effect on a look that is over.
const OF_A_LOOK: [&str; 21] = [
    "targets",
    "save",
    "resolver",
    "dnssec_anchor",
    "connect_to",
    "servername",
    "no_sni",
    "ehlo",
    "ipv4",
    "ipv6",
    "timeout",
    "max_connections_per_host",
    "depth",
    "offline",
    "ca_file",
    "only_ca_file",
    "crl_file",
    "selector",
    "profile",
    "cache_dir",
    "no_cache",
];

const AFTER: &str = "Examples:
  mailmedic check example.org
  mailmedic check mail.example.org:993 smtp://mx.example.org
  mailmedic check --host mail.example.org --format json

Exit codes:
  0  no finding as bad as --fail-on
  1  findings as bad as --fail-on, or worse
  2  something given cannot be used
  3  nothing could be examined
  130  stopped by Ctrl-C; what was known until then is reported";

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use clap::error::ErrorKind;

    use crate::args::Cli;

    #[test]
    fn an_option_that_a_replay_could_not_heed_is_refused() {
        let parse = |words: &[&str]| {
            Cli::try_parse_from([&["mailmedic", "check", "--replay", "seen.json"], words].concat())
        };
        assert!(parse(&["--now", "2026-11-21T12:00:00Z", "--verbose"]).is_ok());
        for words in [&["--ca-file", "root.pem"][..], &["--depth", "quick"], &["--offline"], &["example.org"]]
        {
            assert_eq!(parse(words).unwrap_err().kind(), ErrorKind::ArgumentConflict, "{words:?}");
        }
    }
}
