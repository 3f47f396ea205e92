//! What to ask an endpoint next, given what it has said so far.
//!
//! The planner is pure: it sees an observation and returns jobs, each of which uses one connection. It is
//! called again after each batch until it returns none.

mod recipe;
mod tricks;

use mailmedic_wire::names::ProtocolVersion;

use crate::endpoint::Security;
use crate::job::{Hello, Job};
use crate::observation::{
    Answer, Ask, Connect, Depth, EndpointObservation, KeyType, Session, SuiteClass, TalkEnd, TlsEnd,
};

/// What the user wants to know and to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// How much to ask.
    pub depth: Depth,
    /// The server name for this endpoint; none under `--no-sni` and for addresses.
    pub server_name: Option<String>,
}

/// Returns the jobs that can run now, side by side; none when all is known.
///
/// The first job always runs alone: a server that delays or limits strangers (postscreen, greet delays) lets
/// the others through once one good client has passed.
pub fn next(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Job> {
    let Some(polite) = seen.session(Ask::Polite) else {
        let first = is_new(seen, Ask::Polite);
        return first
            .then(|| recipe::job(Ask::Polite, seen.endpoint.security, wishes))
            .flatten()
            .into_iter()
            .collect();
    };
    if polite.connect != Connect::Open || seen.same_as.is_some() {
        return Vec::new();
    }
    if wants_other_mode(polite) && is_new(seen, Ask::OtherMode) {
        return recipe::job(Ask::OtherMode, polite.security.other(), wishes).into_iter().collect();
    }
    let Some(mode) = mode(seen, polite) else {
        return Vec::new();
    };
    // What works may be the other mode.
    let polite = seen.polite().unwrap_or(polite);
    let asks: Vec<Ask> = wanted(seen, polite, wishes).into_iter().filter(|ask| is_new(seen, *ask)).collect();
    let asks = if asks.is_empty() { control(seen) } else { asks };
    let jobs: Vec<Job> = asks.into_iter().filter_map(|ask| recipe::job(ask, mode, wishes)).collect();
    if !jobs.is_empty() || wishes.depth < Depth::Full || seen.speaks().is_none() {
        return jobs;
    }
    let tricks = tricks::wanted(seen, wishes).into_iter();
    let jobs = tricks.map(|attempt| Job {
        ask: Ask::Try(attempt.trick),
        security: mode,
        hello: Hello::Try(attempt),
    });
    jobs.filter(|job| is_new(seen, job.ask)).collect()
}

fn is_new(seen: &EndpointObservation, ask: Ask) -> bool {
    seen.session(ask).is_none() && !seen.unasked.iter().any(|unasked| unasked.ask == ask)
}

/// Tells whether the port may speak the other mode: silence where a greeting is due, text where TLS is.
fn wants_other_mode(polite: &Session) -> bool {
    match polite.security {
        Security::Starttls => polite.plain.as_ref().is_some_and(|talk| {
            matches!(talk.end, TalkEnd::Silent { at_greeting: true } | TalkEnd::SpeaksTls)
        }),
        Security::Implicit => polite.tls.as_ref().is_some_and(|tls| tls.end == TlsEnd::NotTls),
    }
}

/// Returns the mode in which a hello reached the server.
fn mode(seen: &EndpointObservation, polite: &Session) -> Option<Security> {
    let other = seen.session(Ask::OtherMode);
    [Some(polite), other].into_iter().flatten().find_map(|session| {
        let tls = session.tls.as_ref()?;
        (tls.end != TlsEnd::NotTls).then_some(session.security)
    })
}

fn wanted(seen: &EndpointObservation, polite: &Session, wishes: &Wishes) -> Vec<Ask> {
    let version = |version: ProtocolVersion| Ask::Version(version.0);
    let mut asks = vec![version(ProtocolVersion::TLSv1_1)];
    // The hello of TLS 1.2 tells what TLS 1.3 encrypts, and speaks to servers that a modern client cannot.
    if seen.speaks().is_none() || chose(polite) != Some(ProtocolVersion::TLSv1_2) {
        asks.push(version(ProtocolVersion::TLSv1_2));
    }
    // A server that answered with an older version than offered may know still older ones.
    for (offered, older) in [
        (ProtocolVersion::TLSv1_1, ProtocolVersion::TLSv1_0),
        (ProtocolVersion::TLSv1_0, ProtocolVersion::SSLv3),
    ] {
        if seen.version(offered.0).is_yes() {
            asks.push(version(older));
        }
    }
    if seen.version(ProtocolVersion::TLSv1_0.0).is_yes() {
        asks.push(version(ProtocolVersion::SSLv3));
    }
    if wishes.server_name.is_some() {
        asks.push(Ask::WithoutServerName);
    }
    if wishes.depth >= Depth::Standard {
        asks.extend(standard(seen, polite));
    }
    asks.sort_unstable();
    asks.dedup();
    asks
}

fn standard(seen: &EndpointObservation, polite: &Session) -> Vec<Ask> {
    let class = Ask::Suites;
    let mut asks = vec![
        Ask::Ssl2,
        class(SuiteClass::Rare),
        class(SuiteClass::CbcSha1),
        class(SuiteClass::RsaKeyExchange),
        class(SuiteClass::Dhe),
    ];
    if let Some(other) = other_key_type(polite) {
        asks.push(Ask::Certificate(other));
    }
    if seen.answer(class(SuiteClass::Dhe)).is_yes() {
        asks.push(class(SuiteClass::RareDhe));
    }
    let answers = [SuiteClass::Rare, SuiteClass::RareDhe].map(|pool| seen.answer(class(pool)));
    if answers.contains(&Answer::Yes) {
        asks.extend([SuiteClass::Broken, SuiteClass::Anonymous, SuiteClass::SmallBlock].map(class));
    }
    asks
}

/// Returns the key type that the polite handshake did not show.
fn other_key_type(polite: &Session) -> Option<KeyType> {
    match key_type(polite.tls.as_ref()?.signature_scheme?)? {
        KeyType::Rsa => Some(KeyType::Ecdsa),
        KeyType::Ecdsa => Some(KeyType::Rsa),
    }
}

fn key_type(scheme: u16) -> Option<KeyType> {
    if recipe::rsa_schemes().iter().any(|known| known.0 == scheme) {
        Some(KeyType::Rsa)
    } else if recipe::ecdsa_schemes().iter().any(|known| known.0 == scheme) {
        Some(KeyType::Ecdsa)
    } else {
        None
    }
}

fn chose(session: &Session) -> Option<ProtocolVersion> {
    session.tls.as_ref()?.version.map(ProtocolVersion)
}

/// Asks once more what was answered before, where a server closed without a word after its last answer: only
/// then is that close a refusal and no limit.
fn control(seen: &EndpointObservation) -> Vec<Ask> {
    let is_doubtful = |session: &Session| {
        let closed =
            session.tls.as_ref().is_some_and(|tls| matches!(tls.end, TlsEnd::Closed | TlsEnd::Reset));
        closed && !matches!(seen.answer(session.ask), Answer::Yes | Answer::No)
    };
    let answered = seen.sessions.iter().any(Session::has_tls);
    if answered && is_new(seen, Ask::Control) && seen.sessions.iter().any(is_doubtful) {
        vec![Ask::Control]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
