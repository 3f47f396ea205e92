//! Whether our side of a connection can end right behind its last move, so that the server is done with it a round trip sooner.

use crate::job::Job;
use crate::observation::{Ask, Depth, Session, TlsEnd, Trick, broke_off};

/// Whether our side ends with the last move, by what became of that before.
///
/// A server that hears of our end before it has answered may go without an answer. So a close without a word behind such a move proves
/// nothing: the question is put again in due form.
pub(super) struct Parting {
    hellos: Hellos,
    /// Whether tricks after a hello may end so: not once one of them was not answered with an alert, as a sound server does.
    tricks: bool,
    /// Whether our side ended with the first of ROBOT's blocks: what is compared has to be asked in one form.
    robot: Option<bool>,
    /// Whether the server was seen to say why it breaks off a handshake; some keep such alerts to themselves.
    alerts: bool,
}

/// The same for hellos.
///
/// One question tries it for all, and where it fails all that follow are put in due form. A server that refuses without a word is asked
/// in due form from then on, too: what it means by a close has to stay clear.
#[derive(PartialEq, Eq)]
enum Hellos {
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
        let is_worth_it = depth >= Depth::List;
        Self {
            hellos: if is_worth_it { Hellos::Untried } else { Hellos::Closed },
            tricks: is_worth_it,
            robot: None,
            alerts: false,
        }
    }

    /// Tells whether hellos are the last word.
    pub(super) fn is_open(&self) -> bool {
        self.hellos == Hellos::Open
    }

    /// Tells whether our side is to end with the last move of this job; while one hello tries it, the others do not.
    pub(super) fn takes(&mut self, job: &Job) -> bool {
        if let Some(is_inside) = job.ends_with_move() {
            let may_end = is_inside || (self.is_open() && self.alerts);
            let is_robot = matches!(job.ask, Ask::Try(Trick::Robot(..)));
            return self.tricks && if is_robot { *self.robot.get_or_insert(may_end) } else { may_end };
        }
        if !job.ends_with_hello() {
            return false;
        }
        if self.hellos == Hellos::Untried {
            self.hellos = Hellos::OnTrial;
            return true;
        }
        self.is_open()
    }

    /// Takes how a question came out; tells whether that counts, or it has to be put again.
    pub(super) fn note(&mut self, job: &Job, has_parted: bool, session: &Session) -> bool {
        self.alerts |= session.tls.as_ref().is_some_and(|tls| tls.end == TlsEnd::Alert);
        if job.ends_with_move().is_some() {
            let is_sound = if session.reaction.is_some() { is_alerted } else { is_answered };
            let counts = !has_parted || is_sound(session);
            self.tricks &= counts;
            return counts;
        }
        let is_answered = is_answered(session);
        if !is_answered && job.ends_with_hello() {
            self.hellos = Hellos::Closed;
        } else if has_parted && self.hellos == Hellos::OnTrial {
            self.hellos = Hellos::Open;
        }
        is_answered || !has_parted
    }
}

/// Tells whether an alert is the first that came after the move of a trick. Anything else may be cut short by our end; and a server that
/// says goodbye (RFC 5246 §7.2.1) may mean that end.
fn is_alerted(session: &Session) -> bool {
    let first = session.reaction.as_ref().and_then(|reaction| reaction.records.first());
    first.is_some_and(|record| record.content == ALERT && record.head.0.get(1) != Some(&CLOSE_NOTIFY))
}

const ALERT: u8 = 21;
const CLOSE_NOTIFY: u8 = 0;

/// Tells whether the server answered, if only with an alert, and with all that belongs to its answer.
fn is_answered(session: &Session) -> bool {
    let says_nothing = |end: &TlsEnd| matches!(end, TlsEnd::Closed | TlsEnd::Reset | TlsEnd::TimedOut);
    session.tls.as_ref().is_some_and(|tls| !says_nothing(&tls.end)) && broke_off(session).is_none()
}

#[cfg(test)]
mod tests {
    use super::Parting;
    use crate::bytes::Bytes;
    use crate::job::{Attempt, Hello, Job, Offer, Stop};
    use crate::observation::{Ask, Depth, Reaction, ReactionEnd, SeenRecord, Tls, TlsEnd, Trick};
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
        assert!(!parting.takes(&trick(Trick::Injection)));
        let mut closed = Parting::new(Depth::Standard);
        assert!(!closed.takes(&listing(Stop::KeyExchange)) && !closed.takes(&trick(Trick::Padding(0))));
    }

    #[test]
    fn a_move_within_the_handshake_is_the_last_word_once_the_server_says_why_it_refuses() {
        let (_, mut parting) = tried(TlsEnd::Answered);
        let moves = [Trick::EarlyChangeCipherSpec, Trick::Heartbleed].map(trick);
        let inside = [trick(Trick::Padding(1)), trick(Trick::Renegotiation), listing(Stop::Finished)];
        assert!(inside.iter().all(|job| parting.takes(job)));
        assert!(!moves.iter().any(|job| parting.takes(job)));
        note(&mut parting, true, Tls { end: TlsEnd::Alert, ..Tls::default() });
        assert!(moves.iter().all(|job| parting.takes(job)));
        // A close in due form says that it may keep its alerts to itself; inside a handshake that stands it does not.
        note(&mut parting, false, Tls { end: TlsEnd::Closed, ..Tls::default() });
        assert!(inside.iter().all(|job| parting.takes(job)));
        assert!(!moves.iter().any(|job| parting.takes(job)));
    }

    #[test]
    fn all_blocks_of_robot_are_sent_in_one_form() {
        for says_why in [false, true] {
            let (_, mut parting) = tried(TlsEnd::Answered);
            if says_why {
                note(&mut parting, true, Tls { end: TlsEnd::Alert, ..Tls::default() });
            }
            assert_eq!(parting.takes(&trick(Trick::Robot(0, 0))), says_why);
            note(&mut parting, true, Tls { end: TlsEnd::Alert, ..Tls::default() });
            assert_eq!(parting.takes(&trick(Trick::Robot(1, 0))), says_why);
        }
    }

    /// How a trick after which our side had ended was taken, by the records that came: type and first bytes.
    fn moved(records: &[(u8, &[u8])]) -> (bool, bool) {
        let (_, mut parting) = tried(TlsEnd::Alert);
        let job = trick(Trick::Padding(1));
        let seen = sample::endpoint(993, &[]);
        let tls = Tls { end: TlsEnd::Completed, ..Tls::default() };
        let mut session = sample::session(&seen.endpoint, job.ask, tls);
        let record = |(content, head): &(u8, &[u8])| SeenRecord {
            content: *content,
            length: 64,
            head: Bytes(head.to_vec()),
            encrypted: true,
        };
        let records = records.iter().map(record).collect();
        session.reaction = Some(Reaction { records, end: ReactionEnd::Closed });
        let counts = parting.note(&job, true, &session);
        assert!(parting.note(&job, false, &session), "in due form anything counts");
        (counts, parting.takes(&job))
    }

    #[test]
    fn only_an_alert_answers_the_move_of_a_trick() {
        assert_eq!(moved(&[(21, &[2, 20])]), (true, true));
        let taken: &[(u8, &[u8])] = &[(23, b"250 OK"), (21, &[1, 0])];
        for unclear in [&[][..], taken, &[(21, &[1, 0])], &[(24, &[2]), (21, &[2, 10])]] {
            assert_eq!(moved(unclear), (false, false), "{unclear:?}");
        }
    }
}
