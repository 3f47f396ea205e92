//! What a trick showed, as far as it was tried.

use crate::finding::{Case, Verdict};
use crate::observation::{Answer, Ask, Depth, EndpointObservation, Session, Trick};

/// Returns the connection on which a trick was tried, or the verdict that is left without it.
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
