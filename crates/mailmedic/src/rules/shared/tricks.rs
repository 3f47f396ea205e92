//! What a trick showed, as far as it was tried.

use crate::finding::{Case, Verdict};
use crate::observation::{Answer, Ask, Depth, EndpointObservation, Session, Trick};

/// Returns the connection on which a trick was tried that can be tried on every server, or the verdict that is left
/// without it.
pub(in crate::rules) fn tried<'a>(
    case: &Case<'_>,
    seen: &'a EndpointObservation,
    trick: Trick,
) -> Result<&'a Session, Verdict> {
    let ask = Ask::Try(trick);
    if let Some(session) = seen.session(ask) {
        return Ok(session);
    }
    if case.seen.depth < Depth::Full {
        return Err(Verdict::NotApplicable("asked only at --depth full"));
    }
    match seen.answer(ask) {
        Answer::Unknown(why) => Err(Verdict::Unknown(why)),
        Answer::Yes | Answer::No => Err(Verdict::Unknown("it was not asked".to_owned())),
    }
}

/// Does the same for a trick that is tried only where what the server accepts makes it possible.
pub(in crate::rules) fn tried_where_possible<'a>(
    case: &Case<'_>,
    seen: &'a EndpointObservation,
    trick: Trick,
) -> Result<&'a Session, Verdict> {
    let ask = Ask::Try(trick);
    if let Some(unasked) = seen.unasked.iter().find(|unasked| unasked.ask == ask) {
        return Err(Verdict::Unknown(unasked.why.clone()));
    }
    match tried(case, seen, trick) {
        Err(Verdict::Unknown(_)) if case.seen.interrupted => {
            Err(Verdict::Unknown("the run was stopped before it was asked".to_owned()))
        }
        Err(Verdict::Unknown(_)) if seen.throttled.is_some() => {
            Err(Verdict::Unknown("the server limits connections".to_owned()))
        }
        Err(Verdict::Unknown(_)) => {
            Err(Verdict::NotApplicable("nothing that the server accepts makes it possible"))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::tried_where_possible as asked;
    use crate::finding::Verdict;
    use crate::observation::{Depth, Throttled, Trick};
    use crate::sample;

    #[test]
    fn what_was_not_asked_is_silence_only_where_nobody_wanted_it() {
        let verdict = |change: fn(&mut sample::Sample)| {
            let mut sample = sample::healthy().only(993);
            change(&mut sample);
            asked(&sample.case(), &sample.seen.endpoints[0], Trick::Renegotiation).err()
        };
        assert!(matches!(verdict(|_| {}), Some(Verdict::NotApplicable(why)) if why.contains("--depth full")));
        let full = |sample: &mut sample::Sample| sample.seen.depth = Depth::Full;
        assert!(matches!(verdict(full), Some(Verdict::NotApplicable(_))));
        let stopped = |sample: &mut sample::Sample| {
            sample.seen.depth = Depth::Full;
            sample.seen.interrupted = true;
        };
        assert!(matches!(verdict(stopped), Some(Verdict::Unknown(_))));
        let limited = |sample: &mut sample::Sample| {
            sample.seen.depth = Depth::Full;
            let throttled = Throttled { after_connections: 3, evidence: "421".to_owned() };
            sample.port(993).throttled = Some(throttled);
        };
        assert!(matches!(verdict(limited), Some(Verdict::Unknown(_))));
    }
}
