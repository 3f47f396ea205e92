//! Whether our side of a connection can end right behind the hello, so that the server is done with it a round trip sooner.

use crate::job::Job;
use crate::observation::{Depth, Session, TlsEnd, broke_off};

/// Whether hellos are the last word, by what became of them before.
///
/// A server that hears of our end before it has answered may go without an answer. So one question tries it for all, and a close
/// without a word behind such a hello proves nothing: the question is put again in due form, and so are all that follow. A server
/// that refuses without a word is asked in due form from then on, too: what it means by a close has to stay clear.
pub(super) enum Parting {
    /// The server is asked in due form.
    Closed,
    /// One question is to try it.
    Untried,
    /// One question tries it.
    OnTrial,
    /// It works.
    Open,
}

impl Parting {
    /// Where few connections follow, the one that may be lost is worth more than what it saves.
    pub(super) fn new(depth: Depth) -> Self {
        if depth >= Depth::List { Self::Untried } else { Self::Closed }
    }

    /// Tells whether hellos are the last word.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Tells whether the hello of this job is to be the last word; while one tries it, the others are not.
    pub(super) fn takes(&mut self, job: &Job) -> bool {
        if !job.ends_with_hello() {
            return false;
        }
        if matches!(self, Self::Untried) {
            *self = Self::OnTrial;
            return true;
        }
        self.is_open()
    }

    /// Takes how a question came out; tells whether that counts, or it has to be put again.
    pub(super) fn note(&mut self, job: &Job, has_parted: bool, session: &Session) -> bool {
        let is_answered = is_answered(session);
        if !is_answered && job.ends_with_hello() {
            *self = Self::Closed;
        } else if has_parted && matches!(self, Self::OnTrial) {
            *self = Self::Open;
        }
        is_answered || !has_parted
    }
}

/// Tells whether the server answered, if only with an alert, and with all that belongs to its answer.
fn is_answered(session: &Session) -> bool {
    let says_nothing = |end: &TlsEnd| matches!(end, TlsEnd::Closed | TlsEnd::Reset | TlsEnd::TimedOut);
    session.tls.as_ref().is_some_and(|tls| !says_nothing(&tls.end)) && broke_off(session).is_none()
}

#[cfg(test)]
mod tests {
    use super::Parting;
    use crate::job::{Attempt, Hello, Job, Offer, Stop};
    use crate::observation::{Ask, Depth, Tls, TlsEnd, Trick};
    use crate::sample;

    fn listing(stop: Stop) -> Job {
        Job { ask: Ask::List(0x0303), hello: Hello::Flight(offer(stop)), ..trick(Trick::Grease) }
    }

    fn trick(trick: Trick) -> Job {
        let seen = sample::endpoint(993, &[]);
        let attempt = Attempt::new(trick, offer(Stop::ServerHello));
        Job { ask: Ask::Try(trick), security: seen.endpoint.security, hello: Hello::Try(attempt) }
    }

    fn offer(stop: Stop) -> Offer {
        Offer {
            version: mailmedic_wire::names::ProtocolVersion::TLSv1_2,
            suites: Vec::new(),
            groups: Vec::new(),
            signature_schemes: Vec::new(),
            server_name: None,
            stop,
            curious: true,
        }
    }

    /// A trial that is over: the answer to it, and what it let follow.
    fn tried(end: TlsEnd) -> (bool, Parting) {
        let mut parting = Parting::new(Depth::Full);
        assert!(parting.takes(&listing(Stop::KeyExchange)));
        assert!(!parting.takes(&listing(Stop::KeyExchange)), "one tries it for all");
        let counts = note(&mut parting, true, Tls { end, ..Tls::default() });
        (counts, parting)
    }

    fn note(parting: &mut Parting, has_parted: bool, tls: Tls) -> bool {
        let job = listing(Stop::KeyExchange);
        let seen = sample::endpoint(993, &[]);
        parting.note(&job, has_parted, &sample::session(&seen.endpoint, job.ask, tls))
    }

    #[test]
    fn any_answer_shows_that_it_works_and_silence_that_it_may_not() {
        for end in [TlsEnd::Answered, TlsEnd::Alert] {
            let (counts, mut parting) = tried(end);
            assert!(counts && parting.takes(&listing(Stop::KeyExchange)));
        }
        for end in [TlsEnd::Closed, TlsEnd::Reset, TlsEnd::TimedOut] {
            let (counts, mut parting) = tried(end);
            assert!(!counts && !parting.takes(&listing(Stop::KeyExchange)));
        }
    }

    #[test]
    fn half_of_an_answer_is_none() {
        let (_, mut parting) = tried(TlsEnd::Answered);
        let half = Tls {
            end: TlsEnd::Answered,
            version: Some(0x0303),
            suite: Some(0xC02F),
            exchange_key: None,
            ..Tls::default()
        };
        assert!(!note(&mut parting, true, half) && !parting.is_open());
    }

    #[test]
    fn what_a_server_means_by_a_close_stays_clear() {
        let (_, mut parting) = tried(TlsEnd::Alert);
        // A refusal in due form counts, and ends it.
        assert!(note(&mut parting, false, Tls { end: TlsEnd::Closed, ..Tls::default() }));
        assert!(!parting.is_open());
        let (_, mut parting) = tried(TlsEnd::Alert);
        let early = trick(Trick::EarlyChangeCipherSpec);
        let seen = sample::endpoint(993, &[]);
        let closed =
            sample::session(&seen.endpoint, early.ask, Tls { end: TlsEnd::Closed, ..Tls::default() });
        assert!(parting.note(&early, false, &closed) && parting.is_open(), "the close that a trick provokes");
    }

    #[test]
    fn only_where_nothing_follows_the_hello_and_many_hellos_do() {
        let (_, mut parting) = tried(TlsEnd::Answered);
        assert!(parting.takes(&trick(Trick::FallbackScsv)));
        for job in [listing(Stop::Finished), trick(Trick::Ticket), trick(Trick::Injection)] {
            assert!(!parting.takes(&job));
        }
        assert!(!Parting::new(Depth::Standard).takes(&listing(Stop::KeyExchange)));
    }
}
