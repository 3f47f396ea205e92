//! What to ask an endpoint next, given what it has said so far.
//!
//! The planner is pure: it sees an observation and returns jobs, each of which uses one connection. It is
//! called again after each batch until it returns none.

mod listing;
mod recipe;
mod tricks;

use mailmedic_wire::names::ProtocolVersion;

use crate::endpoint::Security;
use crate::job::{Attempt, Hello, Job};
use crate::observation::{
    Answer, Ask, Connect, Depth, EndpointObservation, Injected, KeyType, Session, SuiteClass, TalkEnd, TlsEnd,
};

/// What the user wants to know and to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// How much to ask.
    pub depth: Depth,
    /// The server name for this endpoint; none under `--no-sni` and for addresses.
    pub server_name: Option<String>,
}

/// What to do now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The jobs that can run now, side by side, the most urgent first.
    pub jobs: Vec<Job>,
    /// Jobs that are kept for connections that the others leave idle.
    pub kept: Vec<Job>,
    /// How many more will probably follow, so that connections can be opened ahead of their questions.
    pub more: usize,
}

impl Next {
    fn of(job: Option<Job>) -> Self {
        Self { jobs: job.into_iter().collect(), ..Self::default() }
    }
}

/// Returns what to do while `pending` is under way; nothing, with nothing under way, when all is known.
///
/// The first job begins alone: a server that delays or limits strangers (postscreen, greet delays) lets
/// the others through once one good client has passed.
pub fn next(seen: &EndpointObservation, pending: &[Job], wishes: &Wishes) -> Next {
    let is_open = |ask: Ask| is_new(seen, ask) && !pending.iter().any(|job| job.ask == ask);
    let Some(polite) = seen.session(Ask::Polite) else {
        let first = is_open(Ask::Polite).then(|| recipe::job(Ask::Polite, seen.endpoint.security, wishes));
        return Next::of(first.flatten());
    };
    if polite.connect != Connect::Open || seen.same_as.is_some() {
        return Next::default();
    }
    if wants_other_mode(polite) && is_new(seen, Ask::OtherMode) {
        let other =
            is_open(Ask::OtherMode).then(|| recipe::job(Ask::OtherMode, polite.security.other(), wishes));
        return Next::of(other.flatten());
    }
    let Some(mode) = mode(seen, polite) else {
        return Next::default();
    };
    // What works may be the other mode.
    let polite = seen.polite().unwrap_or(polite);
    let lists = wishes.depth >= Depth::List;
    let asks = if lists { beside_listing(polite, wishes) } else { wanted(seen, polite, wishes) };
    let mut jobs: Vec<Job> = asks
        .into_iter()
        .filter(|ask| is_open(*ask))
        .filter_map(|ask| recipe::job(ask, mode, wishes))
        .map(|job| if lists { listing::widened(job, polite) } else { job })
        .collect();
    let (mut kept, mut more) = (Vec::new(), 0);
    if lists {
        let tricks = if wishes.depth == Depth::Full { tricks::wanted(seen, wishes) } else { Vec::new() };
        let mut tricks: Vec<Attempt> =
            tricks.into_iter().filter(|attempt| is_open(Ask::Try(attempt.trick))).collect();
        let ahead = listing::next(seen, pending, wishes, &mut tricks);
        // Nothing follows of itself where nothing is asked: what was kept back must not wait for it.
        let busy = !ahead.hellos.is_empty() || (ahead.more > 0 && !pending.is_empty());
        let tricks = tricks.into_iter().map(|attempt| Job {
            ask: Ask::Try(attempt.trick),
            security: mode,
            hello: Hello::Try(attempt),
        });
        let hellos: Vec<Job> =
            ahead.hellos.into_iter().map(|(ask, hello)| Job { ask, security: mode, hello }).collect();
        jobs.extend(tricks);
        let (urgent, others): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|job| is_urgent(job.ask));
        let (riders, others): (Vec<Job>, Vec<Job>) = others.into_iter().partition(Job::rides);
        let (short, long): (Vec<Job>, Vec<Job>) = others.into_iter().partition(|job| is_short(job.ask));
        let firm = urgent.len() + riders.len() + hellos.len();
        jobs = urgent.into_iter().chain(riders).chain(hellos).chain(long).chain(short).collect();
        more = ahead.more;
        if busy {
            // What can be asked at any time is kept for the connections that the listing leaves over.
            kept = jobs.split_off(jobs.len().saturating_sub(KEPT).max(firm));
        }
    }
    if jobs.is_empty() && pending.is_empty() {
        jobs.extend(control(seen).and_then(|ask| recipe::job(ask, mode, wishes)));
    }
    Next { jobs, kept, more }
}

/// How many questions are kept back while the listing lasts.
const KEPT: usize = 4;

/// What is asked beside a full listing, the urgent first.
fn beside_listing(polite: &Session, wishes: &Wishes) -> Vec<Ask> {
    let mut asks: Vec<Ask> = other_key_type(polite).map(Ask::Certificate).into_iter().collect();
    if wishes.server_name.is_some() {
        asks.push(Ask::WithoutServerName);
    }
    asks.push(Ask::Ssl2);
    asks
}

/// Tells whether a question takes no longer than one of the listing.
fn is_short(ask: Ask) -> bool {
    match ask {
        Ask::Try(trick) => tricks::is_short(trick),
        _ => true,
    }
}

/// Tells whether other questions, or the end, wait for the answer.
fn is_urgent(ask: Ask) -> bool {
    match ask {
        Ask::Certificate(_) => true,
        Ask::Try(trick) => tricks::comes_early(trick),
        _ => ask.listed_version().is_some(),
    }
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
    if wishes.server_name.is_some() {
        asks.push(Ask::WithoutServerName);
    }
    if wishes.depth >= Depth::Standard {
        // A server that answered with an older version than offered may know still older ones.
        for (offered, older) in [
            (ProtocolVersion::TLSv1_1, ProtocolVersion::TLSv1_0),
            (ProtocolVersion::TLSv1_0, ProtocolVersion::SSLv3),
        ] {
            if seen.version(offered.0).is_yes() {
                asks.push(version(older));
            }
        }
        asks.extend(standard(seen, polite));
    }
    asks.sort_unstable();
    asks.dedup();
    asks
}

fn standard(seen: &EndpointObservation, polite: &Session) -> Vec<Ask> {
    let class = Ask::Suites;
    let mut asks =
        vec![Ask::Ssl2, class(SuiteClass::Rare), class(SuiteClass::RsaKeyExchange), class(SuiteClass::Dhe)];
    if let Some(other) = other_key_type(polite) {
        asks.push(Ask::Certificate(other));
    }
    // A server of TLS 1.1 shows by its answer there that it takes such suites.
    let old_is_known = seen.session(Ask::Version(ProtocolVersion::TLSv1_1.0)).is_some();
    if old_is_known && !seen.suite_class(SuiteClass::CbcSha1).is_yes() {
        asks.push(class(SuiteClass::CbcSha1));
    }
    let rare = seen.answer(class(SuiteClass::Rare)).is_yes();
    if rare && seen.chosen_class(SuiteClass::Rare) == Some(SuiteClass::Anonymous) {
        asks.push(class(SuiteClass::RareSigned));
    } else if rare || seen.answer(class(SuiteClass::Dhe)).is_yes() {
        asks.push(class(SuiteClass::RareDhe));
    }
    let answers = [SuiteClass::Rare, SuiteClass::RareDhe, SuiteClass::RareSigned];
    if answers.into_iter().any(|pool| seen.session(class(pool)).is_some_and(Session::has_tls)) {
        let split = [SuiteClass::Broken, SuiteClass::Anonymous, SuiteClass::SmallBlock];
        // Where the answer to a pool names one class, the others are still open.
        let open = split.into_iter().filter(|split| matches!(seen.suite_class(*split), Answer::Unknown(_)));
        let waits = asks.contains(&class(SuiteClass::RareSigned))
            && seen.session(class(SuiteClass::RareSigned)).is_none();
        asks.extend(open.filter(|_| !waits).map(class));
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
fn control(seen: &EndpointObservation) -> Option<Ask> {
    let is_doubtful = |session: &Session| {
        let closed =
            session.tls.as_ref().is_some_and(|tls| matches!(tls.end, TlsEnd::Closed | TlsEnd::Reset));
        let counts = !matches!(session.ask, Ask::Try(_));
        let lost = session.injected() == Injected::Lost && !seen.answers_since(session);
        lost || (closed && counts && !matches!(seen.answer_of(session), Answer::Yes | Answer::No))
    };
    // A control speaks for what came before it.
    let is_due = |session: &Session| match seen.session(Ask::Control) {
        Some(control) => control.begun_ms < session.begun_ms,
        None => is_new(seen, Ask::Control),
    };
    let answered = seen.sessions.iter().any(Session::has_tls);
    let due = seen.sessions.iter().any(|session| is_doubtful(session) && is_due(session));
    (answered && due).then_some(Ask::Control)
}

#[cfg(test)]
mod tests;
