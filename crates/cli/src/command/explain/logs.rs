//! Logs and journals that are there: read to the end, then told.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal as _};
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mailmedic::explain::log::{Clock, Log};
use mailmedic::report::explanation::log;
use mailmedic::unpack;

use super::{Explain, check, exit, line};
use crate::args::Format;
use crate::exit::{Exit, Failure};

/// Reads everything, and tells it.
pub(super) fn run(this: &Explain) -> Result<Exit, Failure> {
    let mut all = start(this);
    let read = match &this.journal {
        Some(file) if file.as_os_str() == "-" && io::stdin().is_terminal() => journalctl(&mut all),
        Some(file) => one(this, &mut all, file),
        None => this.log.iter().try_for_each(|file| one(this, &mut all, file)),
    };
    let mut summary = all.finish();
    if summary.lines == 0 {
        read?;
        return Err(Failure("there is nothing to read".to_owned()));
    }
    let stopped = this.check && check::check(&this.connecting, &mut summary.groups)?;
    let text = match this.printing.format {
        Format::Text => {
            log(&summary.groups, summary.lines, summary.told, summary.left, &this.printing.style())
        }
        Format::Json => summary.groups.iter().map(line).collect::<Result<String, _>>()?,
    };
    // What could be read is told even if something could not.
    this.printing.text(&text).and(read)?;
    Ok(match summary.groups.as_slice() {
        _ if stopped => Exit::Interrupted,
        // A log with nothing to tell was examined all the same.
        [] => Exit::Clean,
        groups => exit(groups),
    })
}

/// Starts with nothing.
pub(super) fn start(this: &Explain) -> Log {
    Log::new(Clock { zone: TimeZone::system(), latest: this.now.unwrap_or_else(Timestamp::now) })
}

fn one(this: &Explain, all: &mut Log, path: &Path) -> Result<(), Failure> {
    let complain = |why: io::Error| Failure::file(path, why);
    if path.as_os_str() == "-" {
        all.until(this.now.unwrap_or_else(Timestamp::now));
        let mut input = unpack::unpack(io::stdin().lock()).map_err(complain)?;
        return all.read_any(&mut input).map_err(complain);
    }
    let file = File::open(path).map_err(complain)?;
    let changed = file.metadata().and_then(|data| data.modified()).ok();
    let changed = changed.and_then(|time| Timestamp::try_from(time).ok());
    all.until(this.now.or(changed).unwrap_or_else(Timestamp::now));
    let mut input = unpack::unpack(file).map_err(complain)?;
    all.read_any(&mut input).map_err(complain)
}

/// Reads what mail software has written into the journal of this machine.
fn journalctl(all: &mut Log) -> Result<(), Failure> {
    let complain = |why: io::Error| {
        Failure(format!("journalctl: {why}; give a file, or what it writes by standard input"))
    };
    let mut child = Command::new("journalctl")
        .args(["--output=export", "--facility=mail", "--no-pager", "--quiet"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(complain)?;
    let Some(output) = child.stdout.take() else { return Ok(()) };
    let mut output = BufReader::with_capacity(1 << 16, output);
    let read = all.read_any(&mut output).map_err(complain);
    let ended = child.wait().map_err(complain)?;
    read?;
    if ended.success() { Ok(()) } else { Err(Failure(format!("journalctl ended with {ended}"))) }
}
