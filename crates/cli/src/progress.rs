//! What is seen on a terminal while a run goes on.

use std::io::IsTerminal as _;
use std::sync::{Arc, Once};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use mailmedic::examine::Progress;
use mailmedic::words;

/// A bar on standard error.
pub(crate) struct Bar {
    bar: ProgressBar,
    planned: Once,
    finished: Once,
}

impl Bar {
    /// Draws a bar if standard error is a terminal; otherwise nothing.
    pub(crate) fn new(name: &str) -> Arc<Self> {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        dress(&bar, LOOKING_UP);
        bar.set_prefix(words::escape(name, 40));
        bar.enable_steady_tick(Duration::from_millis(200));
        Arc::new(Self { bar, planned: Once::new(), finished: Once::new() })
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn planned(&self, connections: u32) {
        self.planned.call_once(|| dress(&self.bar, BEGUN));
        self.bar.inc_length(connections.into());
    }

    fn finished(&self, what: &str) {
        // Before this nothing is known of the time that a connection takes.
        self.finished.call_once(|| dress(&self.bar, UNDER_WAY));
        self.bar.inc(1);
        self.bar.set_message(words::escape(what, 40));
    }
}

fn dress(bar: &ProgressBar, template: &str) {
    // A template that cannot be read leaves indicatif's own.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
    }
}

const LOOKING_UP: &str = "{prefix}  looking up names";
const BEGUN: &str = "{prefix}  ▕{bar:14}▏ {percent:>3} %   {pos} of {len} connections";
const UNDER_WAY: &str =
    "{prefix}  ▕{bar:14}▏ {percent:>3} %   {pos} of {len} connections   {eta} left   {msg}";
