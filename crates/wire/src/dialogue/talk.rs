//! The one driver of all dialogues.

use super::sniff::{Look, sniff, tls};
use super::{
    Class, Dialogue, End, Exchange, Fate, Flaw, Goal, Heard, Line, On, Outcome, Place, Protocol, Record,
    Reply, Row, Stage, Then,
};

/// The most bytes of one reply, and of what follows the go-ahead.
pub const MAX_REPLY: usize = 64 * 1024;

/// The most bytes that a dialogue takes from a server; what is beyond is dropped.
pub const MAX_FED: usize = 1024 * 1024;

/// What a dialogue wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait for bytes, then [`Talk::feed`] them, or [`Talk::end`] if none will come.
    Read,
    /// Send these bytes, then go on.
    Send(Vec<u8>),
    /// Begin TLS. What came behind the go-ahead is in [`Record::leftover`].
    StartTls,
    /// Everything is known; [`Talk::quit`] leaves politely.
    Ready,
    /// Nothing more to do: see [`Record::outcome`]. [`Talk::quit`] still leaves politely where the
    /// connection allows it.
    Done,
}

/// A dialogue with one server over one connection, without the connection.
#[derive(Clone, Debug)]
pub struct Talk {
    goal: Goal,
    name: String,
    state: State,
    at: Stage,
    tag: String,
    tags: usize,
    /// The tag of the command that goes out behind the request for TLS.
    injected: String,
    leaving: bool,
    closed: bool,
    buffer: Vec<u8>,
    /// Where in the buffer the first line that is not yet judged begins.
    judged: usize,
    /// How much of the buffer has been searched for a line end.
    searched: usize,
    fed: usize,
    overflow: bool,
    record: Record,
}

#[derive(Clone, Debug)]
enum State {
    /// A reply is due.
    Awaiting,
    /// A line is ready to be sent.
    Saying(Vec<u8>),
    /// The outcome stands, and nothing is due.
    Settled,
}

impl Talk {
    /// Starts a dialogue on a fresh connection, with the greeting due.
    ///
    /// `client_name` goes into EHLO: a host name, or an address literal such as `[192.0.2.1]`.
    pub fn new(protocol: Protocol, goal: Goal, client_name: &str) -> Talk {
        let mut talk = Talk::blank(protocol, goal, client_name);
        talk.hear_at(Stage::Greeting);
        talk
    }

    /// Starts the dialogue that follows inside TLS after [`Step::StartTls`], with a record of its own.
    ///
    /// SMTP and LMTP say hello again, IMAP and POP3 ask for the capabilities again, and a
    /// ManageSieve server repeats them by itself. Then the dialogue is [`Step::Ready`].
    ///
    /// After [`Goal::Inject`] it says farewell at once, and the outcome tells what became of the injected
    /// command: [`Outcome::CarriedOut`], or [`Outcome::Quit`] where it was dropped.
    pub fn resume_after_tls(&self) -> Talk {
        let injects = self.goal == Goal::Inject;
        let goal = if injects { Goal::Inject } else { Goal::Greet };
        let mut talk = Talk::blank(self.record.protocol, goal, &self.name);
        (talk.tags, talk.injected) = (self.tags, self.injected.clone());
        // Nothing is left to say after the farewell.
        talk.leaving = injects;
        talk.at = Stage::StartTls;
        match talk.row(|on| matches!((on, injects), (On::Upgraded, false) | (On::Injected, true))) {
            Some(then) => talk.go(then),
            None => talk.settle(Outcome::Ready),
        }
        talk
    }

    /// Says what to do now.
    pub fn step(&mut self) -> Step {
        self.hear();
        match &mut self.state {
            State::Awaiting => Step::Read,
            State::Saying(line) => {
                let line = std::mem::take(line);
                self.state = State::Awaiting;
                self.expect(Some(line.clone()));
                Step::Send(line)
            }
            State::Settled => match self.record.outcome {
                Outcome::GoAhead if !self.leaving => Step::StartTls,
                Outcome::Ready if !self.closed => Step::Ready,
                _ => Step::Done,
            },
        }
    }

    /// Takes bytes from the server, cut into pieces anyhow.
    pub fn feed(&mut self, bytes: &[u8]) {
        let room = MAX_FED - self.fed;
        self.overflow |= bytes.len() > room;
        let bytes = &bytes[..bytes.len().min(room)];
        self.fed += bytes.len();
        self.buffer.extend_from_slice(bytes);
        self.hear();
    }

    /// Tells that no more bytes will come, or none in time.
    pub fn end(&mut self, how: End) {
        self.hear();
        self.closed = true;
        self.record.ended.get_or_insert(how);
        if matches!(self.state, State::Settled) || self.judge_injection(true) {
            return;
        }
        let partial = std::mem::take(&mut self.buffer);
        let spoken = sniff(&partial).filter(|spoken| *spoken != self.dialogue().spoken());
        if !partial.is_empty() && matches!(self.state, State::Awaiting) {
            self.note(Reply { bytes: partial, class: Class::Incomplete });
        }
        let at = self.at;
        self.settle(match (spoken, how) {
            (Some(spoken), _) => Outcome::SpeaksOther(spoken),
            (None, End::Eof) => Outcome::Closed { at },
            (None, End::Reset) => Outcome::Reset { at },
            (None, End::TimedOut) => Outcome::Silent { at },
        });
    }

    /// Asks for the polite end: QUIT or LOGOUT, its reply, then [`Step::Done`].
    ///
    /// While a reply is due the farewell waits for it. Nothing is sent where that is impossible:
    /// after the go-ahead for TLS, or when the server has closed or talks nonsense.
    pub fn quit(&mut self) {
        self.hear();
        if self.leaving {
            return;
        }
        self.leaving = true;
        match self.state {
            State::Awaiting => {}
            State::Saying(_) => self.leave(),
            State::Settled if self.closed || self.record.outcome == Outcome::GoAhead => {}
            State::Settled => self.leave(),
        }
    }

    /// The record so far.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The record.
    pub fn into_record(self) -> Record {
        self.record
    }

    fn blank(protocol: Protocol, goal: Goal, client_name: &str) -> Talk {
        // A line end in the name would be a second command.
        let name: String = client_name.chars().filter(char::is_ascii_graphic).take(MAX_NAME).collect();
        Talk {
            goal,
            name: if name.is_empty() { "localhost".to_owned() } else { name },
            state: State::Settled,
            at: Stage::Greeting,
            tag: String::new(),
            tags: 0,
            injected: String::new(),
            leaving: false,
            closed: false,
            buffer: Vec::new(),
            judged: 0,
            searched: 0,
            fed: 0,
            overflow: false,
            record: Record {
                protocol,
                exchanges: Vec::new(),
                capabilities: None,
                leftover: Vec::new(),
                outcome: Outcome::InProgress,
                truncated: false,
                bare_lf: false,
                ended: None,
            },
        }
    }

    fn dialogue(&self) -> &'static dyn Dialogue {
        self.record.protocol.dialogue()
    }

    fn row(&self, fits: impl Fn(On) -> bool) -> Option<Then> {
        let fits = |row: &&Row| row.at == self.at && fits(row.on);
        self.dialogue().table().iter().find(fits).map(|row| row.then)
    }

    /// Judges what is in the buffer, if a reply is due and it is whole.
    fn hear(&mut self) {
        if matches!(self.state, State::Settled) {
            self.keep_leftover();
        } else if self.at == Stage::AfterInjection {
            self.judge_injection(false);
        } else if matches!(self.state, State::Awaiting)
            && let Some((len, class)) = self.whole_reply()
        {
            self.reply(len, class);
        }
    }

    /// Finds the end of the first reply in the buffer, and what it means.
    fn whole_reply(&mut self) -> Option<(usize, Class)> {
        if self.judged == 0 {
            match tls(&self.buffer) {
                Look::Yes(len) => return Some((len, Class::Tls)),
                Look::Unsure => return None,
                Look::No => {}
            }
        }
        let full = self.buffer.len() >= MAX_REPLY || self.overflow;
        if !full && !self.buffer[self.searched..].contains(&b'\n') {
            self.searched = self.buffer.len();
            return None;
        }
        self.searched = self.buffer.len();
        let dialogue = self.dialogue();
        let within = &self.buffer[..self.buffer.len().min(MAX_REPLY)];
        while self.judged < within.len() {
            let place = Place { at: self.at, first: self.judged == 0, tag: &self.tag };
            match dialogue.line(&place, &within[self.judged..]) {
                Line::More => break,
                Line::Inner(len) => self.judged += len,
                Line::Last(len, class) => return Some((self.judged + len, class)),
            }
        }
        full.then_some((within.len(), Class::Garbage(Flaw::TooLong)))
    }

    /// Looks for what became of an injected command, if that is due; tells whether it is settled.
    fn judge_injection(&mut self, ended: bool) -> bool {
        if self.at != Stage::AfterInjection || !matches!(self.state, State::Awaiting) {
            return false;
        }
        let full = self.buffer.len() >= MAX_REPLY || self.overflow;
        let bytes = &self.buffer[..self.buffer.len().min(MAX_REPLY)];
        let heard = Heard { bytes, ended, injected: &self.injected, own: &self.tag };
        let (len, fate) = match self.dialogue().fate(&heard) {
            Some(told) => (told.len, told.fate),
            None if full => (bytes.len(), Fate::Garbage(Flaw::TooLong)),
            None => return false,
        };
        let at = self.at;
        let (class, outcome) = match fate {
            Fate::CarriedOut(reply) => (Class::Ok, Outcome::CarriedOut { reply }),
            Fate::Dropped => (Class::Ok, Outcome::Quit),
            Fate::Unclear => (Class::Ok, Outcome::Unclear),
            Fate::Refused(class) => (class, Outcome::Rejected { at, class }),
            Fate::Garbage(why) => (Class::Garbage(why), Outcome::Invalid { at, why }),
        };
        let rest = self.buffer.split_off(len);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        self.record.truncated |= class == Class::Garbage(Flaw::TooLong);
        self.record.capabilities = self.dialogue().capabilities(at, &bytes);
        self.note(Reply { bytes, class });
        self.closed = true;
        self.settle(outcome);
        true
    }

    /// Takes a whole reply out of the buffer and acts on it.
    fn reply(&mut self, len: usize, mut class: Class) {
        let rest = self.buffer.split_off(len);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        (self.judged, self.searched) = (0, 0);
        if self.at == Stage::Greeting && !class.closes() && bytes.contains(&0) {
            class = Class::Garbage(Flaw::Nul);
        }
        self.record.truncated |= class == Class::Garbage(Flaw::TooLong);
        if class == Class::Tls {
            // All of the records together, for whoever reads records.
            self.buffer.splice(..0, bytes.iter().copied());
        } else if matches!(class, Class::Ok | Class::PreAuth) && self.at.lists() {
            let listed = self.dialogue().capabilities(self.at, &bytes);
            self.record.capabilities = listed.or(self.record.capabilities.take());
        }
        let spoken = sniff(&bytes).filter(|spoken| *spoken != self.dialogue().spoken());
        self.note(Reply { bytes, class });
        self.closed |= class.closes();

        let at = self.at;
        match class {
            _ if at == Stage::Quit => self.settle(Outcome::Quit),
            Class::Tls => self.settle(Outcome::SpeaksTls),
            Class::Garbage(why) => self.settle(match spoken {
                Some(spoken) if why == Flaw::NoStatus => Outcome::SpeaksOther(spoken),
                _ => Outcome::Invalid { at, why },
            }),
            // A refusal all the same, though the server does not stay for more (RFC 5321 §3.8).
            Class::Temporary(421) if at == Stage::StartTls => self.settle(Outcome::Refused { class }),
            _ if class.closes() => self.settle(Outcome::Rejected { at, class }),
            Class::PreAuth if self.goal != Goal::Greet => self.settle(Outcome::PreAuthenticated),
            _ => match self.row(|on| self.fits(on, class)) {
                Some(then) => self.go(then),
                None => self.settle(self.refusal(class)),
            },
        }
        if self.leaving && at != Stage::Quit && self.record.outcome != Outcome::GoAhead && !self.closed {
            self.leave();
        }
        self.hear();
    }

    fn fits(&self, on: On, class: Class) -> bool {
        match on {
            On::Ok => class == Class::Ok,
            On::Listed => class == Class::Ok && self.record.capabilities.is_some(),
            On::Offers => class == Class::Ok && self.record.announces_upgrade() == Some(true),
            On::PreAuth => class == Class::PreAuth,
            On::Known => class == Class::Ok && self.goal == Goal::AtOnce,
            On::TooEarly => self.goal == Goal::AtOnce && self.fits(On::Refused, class),
            On::Refused => matches!(class, Class::Permanent(_) | Class::Negative | Class::Bad),
            On::Upgraded | On::Injected | On::Leaving => false,
        }
    }

    /// How a reply that no row expects ends the dialogue.
    fn refusal(&self, class: Class) -> Outcome {
        let unannounced = self.record.capabilities.is_none();
        match self.at {
            Stage::StartTls if unannounced && self.fits(On::Refused, class) => Outcome::NotOffered,
            Stage::StartTls => Outcome::Refused { class },
            at => Outcome::Rejected { at, class },
        }
    }

    fn go(&mut self, then: Then) {
        match then {
            Then::Send(line, at) => {
                // It was too early to ask for TLS, or there is something to ask before.
                if self.goal == Goal::AtOnce {
                    self.goal = Goal::StartTls;
                }
                self.say(line, at);
            }
            Then::Hear(at) => self.hear_at(at),
            Then::Upgrade(_) if self.goal == Goal::Greet => self.settle(Outcome::Ready),
            Then::Upgrade(line) => match self.record.announces_upgrade() {
                Some(true) | None => self.ask_for_tls(line),
                Some(false) => self.settle(match self.overwritten() {
                    Some(line) => Outcome::Stripped { line: line.clone() },
                    None => Outcome::NotOffered,
                }),
            },
            Then::GoAhead => self.settle(Outcome::GoAhead),
            Then::Ready => self.settle(Outcome::Ready),
        }
    }

    fn say(&mut self, line: &str, at: Stage) {
        self.at = at;
        self.tags += 1;
        self.tag = format!("m{}", self.tags);
        let line = line.replace("{tag}", &self.tag).replace("{name}", &self.name);
        self.state = State::Saying(line.into_bytes());
    }

    /// Says the line, and behind it the command that is to be injected, if that is the goal.
    fn ask_for_tls(&mut self, line: &str) {
        self.say(line, Stage::StartTls);
        if self.goal == Goal::Inject
            && let State::Saying(line) = &mut self.state
        {
            self.tags += 1;
            self.injected = format!("m{}", self.tags);
            let injection = self.record.protocol.dialogue().injection();
            line.extend_from_slice(injection.replace("{tag}", &self.injected).as_bytes());
        }
    }

    fn hear_at(&mut self, at: Stage) {
        self.at = at;
        self.state = State::Awaiting;
        self.expect(None);
    }

    fn leave(&mut self) {
        if let Some(then) = self.dialogue().table().iter().find(|row| matches!(row.on, On::Leaving)) {
            self.go(then.then);
        }
    }

    fn expect(&mut self, sent: Option<Vec<u8>>) {
        self.record.exchanges.push(Exchange { at: self.at, sent, reply: None });
    }

    /// Writes a reply into the record.
    fn note(&mut self, reply: Reply) {
        self.record.bare_lf |= has_bare_lf(&reply.bytes);
        if let Some(exchange) = self.record.exchanges.last_mut() {
            exchange.reply = Some(reply);
        }
    }

    /// Fixes the outcome. What was wrong stays when the dialogue then ends by a farewell.
    fn settle(&mut self, outcome: Outcome) {
        self.state = State::Settled;
        if matches!(self.record.outcome, Outcome::InProgress)
            || (matches!(self.record.outcome, Outcome::Ready) && self.at == Stage::Quit)
        {
            self.record.outcome = if self.at == Stage::Quit { Outcome::Quit } else { outcome };
        }
        self.keep_leftover();
    }

    /// Moves what follows the go-ahead, or is TLS, from the buffer into the record.
    fn keep_leftover(&mut self) {
        if matches!(self.record.outcome, Outcome::GoAhead | Outcome::SpeaksTls) {
            let leftover = &mut self.record.leftover;
            let room = MAX_REPLY.saturating_sub(leftover.len());
            self.record.truncated |= self.buffer.len() > room;
            leftover.extend(self.buffer.drain(..).take(room));
        } else if self.closed {
            self.buffer.clear();
        }
    }

    /// The capability that looks like the upgrade's after a filter has written X's over it.
    ///
    /// Such filters keep the length, so a line as long as the keyword is the better evidence.
    fn overwritten(&self) -> Option<&String> {
        let hidden = || self.record.capabilities.iter().flatten().filter(|line| is_overwritten(line));
        let length = self.dialogue().keyword().len();
        hidden().find(|line| line.len() == length).or_else(|| hidden().next())
    }
}

fn is_overwritten(line: &str) -> bool {
    let stem = line.strip_suffix('A').unwrap_or(line);
    stem.len() >= 4 && stem.bytes().all(|byte| byte == b'X')
}

fn has_bare_lf(bytes: &[u8]) -> bool {
    let bare = |(at, &byte): (usize, &u8)| byte == b'\n' && (at == 0 || bytes[at - 1] != b'\r');
    bytes.iter().enumerate().any(bare)
}

const MAX_NAME: usize = 255;
