//! Whether TLS can be asked for right after the greeting, which saves a round trip of each connection after the first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::endpoint::{Protocol, Security};
use crate::observation::EndpointObservation;
use crate::server;
use crate::software::Product;

/// Whether to go the short way, by what became of it before.
pub(super) struct Shortcut {
    state: State,
    /// Whether it works, for connections that wait to be let in.
    is_open: Arc<AtomicBool>,
}

enum State {
    /// The server is not asked so, or one connection has shown how it takes it.
    Decided,
    /// One connection is to try it.
    Untried,
    /// One connection tries it.
    OnTrial,
}

/// Which way a connection goes.
pub(super) enum Way {
    /// The short one, to try it.
    Trial,
    /// The short one, if that is known to work once the connection is let in.
    Known(Arc<AtomicBool>),
}

impl Way {
    /// Tells whether TLS is asked for at once, if the connection begins now.
    pub(super) fn is_short(&self) -> bool {
        match self {
            Self::Trial => true,
            Self::Known(is_open) => is_open.load(Ordering::Relaxed),
        }
    }
}

impl Shortcut {
    /// To be tried where the server is known well enough for it.
    pub(super) fn new(seen: &EndpointObservation) -> Self {
        let state = if may_ask_at_once(seen) { State::Untried } else { State::Decided };
        Self { state, is_open: Arc::default() }
    }

    /// Where few connections follow, the one that may be lost is worth more than what it saves.
    pub(super) fn closed() -> Self {
        Self { state: State::Decided, is_open: Arc::default() }
    }

    /// Returns the way of the next connection; while one tries the short one, the others do not go it.
    pub(super) fn take(&mut self) -> Way {
        if matches!(self.state, State::Untried) {
            self.state = State::OnTrial;
            return Way::Trial;
        }
        Way::Known(Arc::clone(&self.is_open))
    }

    /// Tells whether it is still to be found out if the short way works.
    pub(super) fn is_undecided(&self) -> bool {
        !matches!(self.state, State::Decided)
    }

    /// Takes whether the short way led to the upgrade.
    pub(super) fn note(&mut self, has_worked: bool) {
        self.state = State::Decided;
        self.is_open.store(has_worked, Ordering::Relaxed);
    }
}

/// Tells whether the first look, which may still be under way, has shown that nothing has to be said before TLS is asked for.
///
/// IMAP and POP3 demand nothing (RFC 9051 §6.2.1, RFC 2595 §4). SMTP demands EHLO only in a session that will contain mail
/// (RFC 5321 §4.1.4), but of its servers Postfix alone is known to do without: Exim counts it as a fault of the client.
/// In LMTP and ManageSieve there is nothing to save.
fn may_ask_at_once(seen: &EndpointObservation) -> bool {
    seen.polite().is_some_and(|look| look.security == Security::Starttls)
        && match seen.endpoint.protocol {
            Protocol::Imap | Protocol::Pop3 => true,
            Protocol::Smtp | Protocol::Submission => {
                server::identify(seen).is_some_and(|software| software.product == Product::Postfix)
            }
            Protocol::Lmtp | Protocol::Sieve => false,
        }
}

#[cfg(test)]
mod tests {
    use super::{Shortcut, Way, may_ask_at_once};
    use crate::observation::EndpointObservation;
    use crate::sample;

    fn greeted(port: u16, greeting: &str) -> EndpointObservation {
        let mut seen = sample::endpoint(port, &[]);
        for session in &mut seen.sessions {
            for talk in [&mut session.plain, &mut session.inside].into_iter().flatten() {
                talk.lines.truncate(1);
                talk.capabilities = None;
                if let Some(line) = talk.lines.first_mut().filter(|line| line.sent.is_none()) {
                    line.reply = Some(greeting.into());
                }
            }
        }
        seen
    }

    #[test]
    fn postfix_needs_no_hello_and_other_servers_of_smtp_do() {
        assert!(may_ask_at_once(&greeted(25, "220 mail.example.org ESMTP Postfix")));
        assert!(may_ask_at_once(&greeted(587, "220 mail.example.org ESMTP Postfix (Debian/GNU)")));
        assert!(!may_ask_at_once(&greeted(25, "220 mail.example.org ESMTP Exim 4.96")));
        assert!(!may_ask_at_once(&greeted(25, "220 mail.example.org ESMTP")));
        assert!(may_ask_at_once(&greeted(143, "* OK hi")));
    }

    #[test]
    fn one_connection_tries_the_short_way_for_all() {
        let mut way = Shortcut::new(&greeted(143, "* OK hi"));
        let waiting = [way.take(), way.take(), way.take()];
        assert_eq!(waiting.each_ref().map(Way::is_short), [true, false, false]);
        way.note(true);
        assert_eq!(waiting.map(|way| way.is_short()), [true; 3], "what waits to be let in goes it, too");
        assert!(way.take().is_short() && way.take().is_short());
        way.note(false);
        assert!(!way.take().is_short() && !way.take().is_short());
        assert!(!Shortcut::new(&greeted(993, "* OK hi")).take().is_short(), "no dialogue before TLS");
        assert!(!Shortcut::closed().take().is_short());
    }
}
