//! A log that is followed: each new explanation is told as it comes.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use mailmedic::explain::log::Log;
use mailmedic::report::explanation::{ended, news};

use super::tail::Tail;
use super::{Explain, line, logs};
use crate::args::Format;
use crate::command::check::interrupt;
use crate::exit::{Exit, Failure};
use crate::output::Writer;

/// How often the file is looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// After so many looks without anything new no line belongs to those before.
const SETTLED: u32 = 4;

/// Follows a file until Ctrl-C.
pub(super) fn run(this: &Explain, path: &Path) -> Result<Exit, Failure> {
    let mut tail = Tail::new(path.to_owned()).map_err(|why| Failure::file(path, why))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|why| Failure(format!("the system gives no event loop: {why}")))?;
    let mut log = logs::start(this);
    let mut out = this.printing.writer()?;
    runtime.block_on(async {
        let mut stop = Box::pin(interrupt());
        let mut quiet = 0;
        loop {
            if this.now.is_none() {
                log.until(Timestamp::now());
            }
            let more = tail.read(&mut log).map_err(|why| Failure::file(path, why))?;
            quiet = if more { 0 } else { u32::saturating_add(quiet, 1) };
            if quiet == SETTLED {
                log.settle();
            }
            tell(this, &mut log, &mut out)?;
            tokio::select! {
                () = &mut stop => return Ok::<(), Failure>(()),
                () = tokio::time::sleep(if more { Duration::ZERO } else { PAUSE }) => {}
            }
        }
    })?;
    log.settle();
    tell(this, &mut log, &mut out)?;
    let summary = log.finish();
    if this.printing.format == Format::Text {
        out.write(&ended(&summary.groups, summary.lines, summary.told))?;
    }
    out.finish()?;
    Ok(Exit::Interrupted)
}

fn tell(this: &Explain, log: &mut Log, out: &mut Writer) -> Result<(), Failure> {
    for seen in log.news() {
        let text = match this.printing.format {
            Format::Text => news(&seen, &this.printing.style()),
            Format::Json => line(&seen)?,
        };
        out.write(&text)?;
    }
    out.flush()
}
