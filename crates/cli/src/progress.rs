//! What is seen on a terminal while a run goes on.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use mailmedic::examine::Progress;
use mailmedic::words;

/// A bar on standard error.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Draws a bar if standard error is a terminal; otherwise nothing.
    pub(crate) fn new(name: &str) -> Arc<Self> {
        if !std::io::stderr().is_terminal() {
            return Arc::new(Self(ProgressBar::hidden()));
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
        }
        bar.set_prefix(words::escape(name, 40));
        bar.enable_steady_tick(Duration::from_millis(200));
        Arc::new(Self(bar))
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn planned(&self, connections: u32) {
        self.0.inc_length(connections.into());
    }

    fn finished(&self, what: &str) {
        self.0.inc(1);
        self.0.set_message(words::escape(what, 40));
    }
}

const TEMPLATE: &str =
    "{prefix}  ▕{bar:14}▏ {percent:>3} %   {pos} of {len} connections   {eta} left   {msg}";
