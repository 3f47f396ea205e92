//! Questions to an endpoint's sessions that planner, chain diagnosis and rules share.

use mailmedic_wire::names::CipherSuite;

use super::listing::sends_rsa;
use super::{Answer, Ask, Connect, EndpointObservation, Listed, Session, SuiteClass, TalkEnd, Tls, TlsEnd};
use crate::bytes::Fingerprint;
use crate::endpoint::Security;

/// TLS 1.3 as it stands on the wire.
const TLS13: u16 = 0x0304;
/// SSL 2 as it stands on the wire.
const SSL2: u16 = 0x0002;

/// A suite that the server chose, with the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Accepted {
    /// The version.
    pub version: u16,
    /// The suite.
    pub suite: u16,
}

/// A list of certificates that the server sent.
#[derive(Clone, Copy, Debug)]
pub struct Served<'a> {
    /// The question that brought it.
    pub ask: Ask,
    /// The handshake.
    pub tls: &'a Tls,
    /// The certificates, leaf first.
    pub certificates: &'a [Fingerprint],
}

impl EndpointObservation {
    /// Returns the last session with this question.
    pub fn session(&self, ask: Ask) -> Option<&Session> {
        self.sessions.iter().rev().find(|session| session.ask == ask)
    }

    /// Returns the session that shows best what a good client sees: the polite one in the mode that works.
    pub fn polite(&self) -> Option<&Session> {
        let polite = self.session(Ask::Polite)?;
        match self.session(Ask::OtherMode) {
            Some(other) if !polite.has_tls() && other.has_tls() => Some(other),
            _ => Some(polite),
        }
    }

    /// Returns the certificate that a good client is shown: the first of the polite connection, or else the first one seen.
    pub fn leaf(&self) -> Option<Fingerprint> {
        let polite = self.polite().and_then(|session| session.tls.as_ref()?.certificates.first());
        polite.or_else(|| self.served().next()?.certificates.first()).copied()
    }

    /// Returns whether a TCP connection came about at least once.
    pub fn reached(&self) -> bool {
        self.sessions.iter().any(|session| session.connect == Connect::Open)
    }

    /// Returns the mode in which TLS was seen to work, the expected one first.
    pub fn speaks(&self) -> Option<Security> {
        let expected = self.endpoint.security;
        [expected, expected.other()]
            .into_iter()
            .find(|mode| self.sessions.iter().any(|session| session.security == *mode && session.has_tls()))
    }

    /// Returns what the session with this question said: accepted, refused, or could not tell.
    ///
    /// A peer that closes without an alert refuses only if it answered another hello at the same time or
    /// later; before that, the close may as well be a limit on connections.
    pub fn answer(&self, ask: Ask) -> Answer {
        match (self.session(ask), ask) {
            (Some(session), _) => self.answer_of(session),
            // A full listing answers what is asked apart without one.
            (None, Ask::Version(version)) if self.has_listing() => self.version(version),
            (None, Ask::Suites(class)) if self.has_listing() => self.suite_class(class),
            // A refusal of all authenticated rare suites speaks for those with ephemeral Diffie-Hellman.
            (None, Ask::Suites(SuiteClass::RareDhe))
                if self.session(Ask::Suites(SuiteClass::RareSigned)).is_some()
                    && self.answer(Ask::Suites(SuiteClass::RareSigned)).is_no() =>
            {
                Answer::No
            }
            (None, _) => Answer::Unknown(self.why_unasked(ask)),
        }
    }

    /// Returns whether the server speaks this version (`0x0303` is TLS 1.2).
    pub fn version(&self, version: u16) -> Answer {
        if self.chosen().any(|tls| tls.version == Some(version)) {
            return Answer::Yes;
        }
        if version == SSL2 {
            return self.answer(Ask::Ssl2);
        }
        if self.has_listing() && self.listing().open_suites(version).is_empty() {
            return Answer::No;
        }
        // A server that chose an older version than the newest offered does not speak those between, and a
        // refusal speaks for all that was offered.
        let mut doubt = None;
        for session in &self.sessions {
            let newest = match session.ask {
                Ask::Polite | Ask::OtherMode if version >= 0x0303 => TLS13,
                Ask::Version(newest) if newest >= version => newest,
                _ => continue,
            };
            match (self.answer_of(session), session.tls.as_ref().and_then(|tls| tls.version)) {
                (Answer::Yes, Some(chosen)) if chosen < version && version <= newest => return Answer::No,
                (Answer::No, _) if matches!(session.ask, Ask::Version(_)) || version == TLS13 => {
                    return Answer::No;
                }
                (Answer::Unknown(why), _) => doubt = Some(why),
                _ => {}
            }
        }
        Answer::Unknown(doubt.unwrap_or_else(|| "it was not asked".to_owned()))
    }

    /// Returns the versions that were seen, oldest first.
    pub fn versions(&self) -> Vec<u16> {
        let mut versions: Vec<u16> = self.chosen().filter_map(|tls| tls.version).collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }

    /// Returns the suites that were seen, by version.
    pub fn suites(&self) -> Vec<Accepted> {
        let mut suites: Vec<Accepted> = self
            .chosen()
            .filter_map(|tls| Some(Accepted { version: tls.version?, suite: tls.suite? }))
            .collect();
        suites.sort_unstable();
        suites.dedup();
        suites
    }

    /// Returns whether a suite of this class is accepted.
    pub fn suite_class(&self, class: SuiteClass) -> Answer {
        if self.suites().iter().any(|seen| seen.version != SSL2 && class.contains(CipherSuite(seen.suite))) {
            return Answer::Yes;
        }
        if self.has_listing() {
            return match self.listed(Listed::Suites) {
                Answer::Yes => Answer::No,
                other => other,
            };
        }
        match (self.answer(Ask::Suites(class)), class) {
            (answer, SuiteClass::Broken | SuiteClass::Anonymous | SuiteClass::SmallBlock)
                if !answer.is_yes() =>
            {
                if self.session(Ask::Suites(class)).is_some() {
                    return answer;
                }
                if self.session(Ask::Suites(SuiteClass::RareSigned)).is_some()
                    && class != SuiteClass::Anonymous
                {
                    return match self.answer(Ask::Suites(SuiteClass::RareSigned)) {
                        Answer::Yes => answer,
                        other => other,
                    };
                }
                // The pool of rare suites speaks for the class as long as nothing in it is accepted.
                let rare = self.answer(Ask::Suites(SuiteClass::Rare));
                let pool = match self.answer(Ask::Suites(SuiteClass::Dhe)) {
                    Answer::Yes if class != SuiteClass::Anonymous => {
                        rare.or(self.answer(Ask::Suites(SuiteClass::RareDhe)))
                    }
                    doubt @ Answer::Unknown(_) if class != SuiteClass::Anonymous => rare.or(doubt),
                    _ => rare,
                };
                match pool {
                    Answer::Yes => answer,
                    other => other,
                }
            }
            (answer, _) => answer,
        }
    }

    /// Returns the class of the suite with which a server answered the question for a pool of classes.
    pub fn chosen_class(&self, pool: SuiteClass) -> Option<SuiteClass> {
        let suite = CipherSuite(self.session(Ask::Suites(pool))?.tls.as_ref()?.suite?);
        let classes = [SuiteClass::Anonymous, SuiteClass::Broken, SuiteClass::SmallBlock];
        classes.into_iter().find(|class| class.contains(suite))
    }

    /// Returns the groups that the server chose, as numbers.
    pub fn groups(&self) -> Vec<u16> {
        let mut groups: Vec<u16> = self.chosen().filter_map(|tls| tls.group).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Returns every list of certificates that was served, in the order seen.
    pub fn served(&self) -> impl Iterator<Item = Served<'_>> {
        self.sessions.iter().filter_map(|session| {
            let tls = session.tls.as_ref()?;
            (!tls.certificates.is_empty()).then_some(Served {
                ask: session.ask,
                tls,
                certificates: &tls.certificates,
            })
        })
    }

    /// Returns how often a connection was tried.
    pub fn connections(&self) -> usize {
        self.sessions.len() + self.spoilt as usize
    }

    /// Returns the handshakes in which the server chose something that can be used.
    fn chosen(&self) -> impl Iterator<Item = &Tls> {
        // Asked seldom, and of every fact: the answer takes more than the look whether it was asked.
        let was_asked = self.sessions.iter().any(|session| session.ask == Ask::RsaExchange);
        let unfinished = was_asked && self.finishes_rsa().is_no();
        let tls = self.sessions.iter().filter(|session| session.has_tls());
        tls.filter_map(|session| session.tls.as_ref())
            .filter(move |tls| !(unfinished && tls.suite.is_some_and(sends_rsa)))
    }

    /// Returns what one session said: accepted, refused, or could not tell.
    pub fn answer_of(&self, session: &Session) -> Answer {
        let Some(tls) = &session.tls else {
            return Answer::Unknown(session.why_no_tls());
        };
        match &tls.end {
            _ if session.has_tls() => Answer::Yes,
            TlsEnd::Completed | TlsEnd::Answered | TlsEnd::Alert => Answer::No,
            TlsEnd::Closed | TlsEnd::Reset => {
                if self.sessions.iter().any(|other| other.has_tls() && other.ended_ms() >= session.asked_ms())
                {
                    Answer::No
                } else {
                    Answer::Unknown("the server closed without an alert".to_owned())
                }
            }
            TlsEnd::TimedOut => Answer::Unknown("the server did not answer the hello in time".to_owned()),
            TlsEnd::NotTls => {
                Answer::Unknown("the server answered the hello with something that is no TLS".to_owned())
            }
            TlsEnd::Malformed(why) => Answer::Unknown(format!("the server's answer cannot be read: {why}")),
        }
    }

    pub(super) fn why_unasked(&self, ask: Ask) -> String {
        match self.unasked.iter().find(|unasked| unasked.ask == ask) {
            Some(unasked) => unasked.why.clone(),
            None => "it was not asked".to_owned(),
        }
    }
}

impl Session {
    /// Returns whether the server answered a hello by choosing a version.
    pub fn has_tls(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.version.is_some())
    }

    /// Returns when it ended, in milliseconds from the start of the run.
    pub fn ended_ms(&self) -> u64 {
        self.begun_ms.saturating_add(self.millis)
    }

    /// Returns when its question was put, in milliseconds from the start of the run.
    pub fn asked_ms(&self) -> u64 {
        self.begun_ms.max(self.hello_ms)
    }

    /// Returns what the server announces once TLS stands, or before on a port that has no TLS.
    pub fn capabilities(&self) -> Option<&[String]> {
        let inside = self.inside.as_ref().and_then(|talk| talk.capabilities.as_deref());
        inside.or_else(|| self.plain.as_ref().and_then(|talk| talk.capabilities.as_deref()))
    }

    /// Says why no hello was sent, in words that complete "could not tell: …".
    pub fn why_no_tls(&self) -> String {
        match &self.connect {
            Connect::Open => {}
            Connect::Refused => return "the connection was refused".to_owned(),
            Connect::TimedOut => return "the connection was not opened in time".to_owned(),
            Connect::Unreachable(why) | Connect::Failed(why) => {
                return format!("there was no connection: {why}");
            }
        }
        match self.plain.as_ref().map(|talk| &talk.end) {
            Some(TalkEnd::Rejected { code: 0, .. }) => "the server turned the connection away".to_owned(),
            Some(TalkEnd::Rejected { code, .. }) => {
                format!("the server turned the connection away with {code}")
            }
            Some(TalkEnd::Refused(0)) => "the server refused STARTTLS".to_owned(),
            Some(TalkEnd::Refused(code)) => format!("the server refused STARTTLS with {code}"),
            Some(TalkEnd::Silent { .. }) => "the server fell silent before TLS".to_owned(),
            Some(TalkEnd::Closed { .. } | TalkEnd::Reset { .. }) => {
                "the server closed the connection before TLS".to_owned()
            }
            _ => "TLS was not reached".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::observation::{Answer, Ask, SuiteClass, Tls, TlsEnd};
    use crate::sample;

    #[test]
    fn a_rare_suite_of_one_class_accuses_no_other_class() {
        let mut seen = sample::healthy().only(993).seen.endpoints.remove(0);
        assert!(seen.suite_class(SuiteClass::Broken).is_no());
        let chosen =
            Tls { end: TlsEnd::Answered, version: Some(0x0303), suite: Some(0x000A), ..Tls::default() };
        let rare = sample::session(&seen.endpoint, Ask::Suites(SuiteClass::Rare), chosen);
        seen.sessions.push(rare);
        assert!(seen.suite_class(SuiteClass::SmallBlock).is_yes());
        assert!(matches!(seen.suite_class(SuiteClass::Broken), Answer::Unknown(_)));
    }

    #[test]
    fn a_refusal_without_dhe_says_nothing_of_suites_with_it() {
        let mut seen = sample::healthy().only(993).seen.endpoints.remove(0);
        seen.sessions.retain(|session| session.ask != Ask::Suites(SuiteClass::Dhe));
        assert!(matches!(seen.suite_class(SuiteClass::SmallBlock), Answer::Unknown(_)));
        assert!(seen.suite_class(SuiteClass::Anonymous).is_no());
    }
}
