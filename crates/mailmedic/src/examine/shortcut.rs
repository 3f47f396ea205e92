//! Whether TLS can be asked for right after the greeting, which saves a round trip of each connection after the first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::endpoint::{Protocol, Security};
use crate::observation::EndpointObservation;
use crate::server;
use crate::software::Product;

/// Whether to go the short way, by what became of it before.
pub(super) struct Shortcut {
    /// Whether it is gone, also by connections that wait to be let in.
    is_open: Arc<AtomicBool>,
    /// Whether no connection has shown yet how the server takes it.
    is_undecided: bool,
}

/// Which way a connection goes: the short one, if that is open once it is let in.
pub(super) struct Way(Arc<AtomicBool>);

impl Way {
    /// Tells whether TLS is asked for at once, if the connection begins now.
    pub(super) fn is_short(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Shortcut {
    /// Open where the server is known well enough for it, until one connection fails on it.
    pub(super) fn new(seen: &EndpointObservation) -> Self {
        let is_open = may_ask_at_once(seen);
        Self { is_open: Arc::new(AtomicBool::new(is_open)), is_undecided: is_open }
    }

    /// Where few connections follow, those that may be lost are worth more than what it saves.
    pub(super) fn closed() -> Self {
        Self { is_open: Arc::default(), is_undecided: false }
    }

    /// Returns the way of the next connection.
    pub(super) fn take(&self) -> Way {
        Way(Arc::clone(&self.is_open))
    }

    /// Tells whether it is still to be found out if the short way works.
    pub(super) fn is_undecided(&self) -> bool {
        self.is_undecided
    }

    /// Takes whether the short way led to the upgrade: where it once did not, it is closed.
    pub(super) fn note(&mut self, has_worked: bool) {
        self.is_undecided = false;
        self.is_open.fetch_and(has_worked, Ordering::Relaxed);
    }
}

/// Tells whether the first look, which may still be under way, has shown that nothing has to be said before TLS is asked for.
///
/// IMAP and POP3 demand nothing (RFC 9051 §6.2.1, RFC 2595 §4). SMTP demands EHLO only in a session that will contain mail
/// (RFC 5321 §4.1.4), but of its servers Postfix alone is known to do without, also where `smtpd_helo_required` is set: Exim counts it
/// as a fault of the client.
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
    fn all_go_the_short_way_until_one_fails_on_it() {
        let mut way = Shortcut::new(&greeted(143, "* OK hi"));
        let waiting = [way.take(), way.take(), way.take()];
        assert_eq!(waiting.each_ref().map(Way::is_short), [true; 3]);
        assert!(way.is_undecided());
        way.note(true);
        assert!(way.take().is_short() && !way.is_undecided());
        way.note(false);
        assert_eq!(
            waiting.map(|way| way.is_short()),
            [false; 3],
            "what waits to be let in does not go it, either"
        );
        way.note(true);
        assert!(!way.take().is_short());
        assert!(!Shortcut::new(&greeted(993, "* OK hi")).take().is_short(), "no dialogue before TLS");
        assert!(!Shortcut::closed().take().is_short());
    }
}
