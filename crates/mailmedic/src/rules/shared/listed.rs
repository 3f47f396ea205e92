//! What a full listing adds to what was seen.

use mailmedic_wire::names::CipherSuite;

use crate::finding::{Case, Verdict};
use crate::observation::{Answer, Ask, Depth, EndpointObservation, Listed, SuiteClass, VERSIONS};

/// Says of suites none of which was seen whether all of them are refused; `class` is the question of a run
/// that lists nothing and speaks for them.
pub(in crate::rules) fn refused(
    seen: &EndpointObservation,
    class: SuiteClass,
    is: impl Fn(CipherSuite) -> bool,
) -> Verdict {
    if seen.has_listing() {
        return refused_in_listing(seen, &VERSIONS, is);
    }
    match seen.suite_class(class) {
        Answer::No => Verdict::Pass,
        Answer::Unknown(why) => Verdict::Unknown(why),
        // Of all that were offered the server names one only.
        Answer::Yes => Verdict::Unknown("the server chose another suite of this kind".to_owned()),
    }
}

/// Says of suites none of which was seen in these versions whether a full listing proves that all are refused.
pub(in crate::rules) fn refused_in_listing(
    seen: &EndpointObservation,
    versions: &[u16],
    is: impl Fn(CipherSuite) -> bool,
) -> Verdict {
    let listing = seen.listing();
    let open = |version: &u16| listing.open_suites(*version).into_iter().any(|suite| is(CipherSuite(suite)));
    if !versions.iter().any(open) {
        return Verdict::Pass;
    }
    match seen.listed(Listed::Suites) {
        Answer::Unknown(why) => Verdict::Unknown(why),
        Answer::Yes | Answer::No => Verdict::Unknown("not every suite was asked for".to_owned()),
    }
}

/// Tells whether a question brings a hello of our own that offers every extension whose answer tells something; a trick
/// offers what serves it.
pub(in crate::rules) fn is_whole_hello(ask: Ask) -> bool {
    matches!(ask, Ask::Version(_) | Ask::Suites(_) | Ask::List(_))
}

/// Leaves a question to runs that list everything.
pub(in crate::rules) fn needs_list(case: &Case<'_>) -> Result<(), Verdict> {
    match case.seen.depth {
        Depth::List | Depth::Full => Ok(()),
        Depth::Quick | Depth::Standard => Err(Verdict::NotApplicable("asked only at --depth list and full")),
    }
}
