//! What a peer makes of a chain and a name.

use jiff::Timestamp;

use crate::diagnosis::{Diagnosis, ServedChain};
use crate::name::{Host, Name};
use crate::peer::{Answer, Flaw, Outcome, Peer};

use super::{flaws, path};

/// A chain, and for which name it was served.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// All certificates at hand.
    pub diagnosis: &'a Diagnosis,
    /// The chain.
    pub chain: &'a ServedChain,
    /// The host that the peer was told; none leaves names out.
    pub host: Option<&'a Host>,
    /// Whether the server stapled an OCSP response; none if that is not known.
    pub stapled: Option<bool>,
    /// The mail domain that a sender has mail for, if it is known.
    pub domain: Option<&'a Name>,
}

impl Look<'_> {
    /// Returns when the leaf was issued, as far as it tells itself.
    pub(super) fn issued(&self) -> Option<Timestamp> {
        self.diagnosis.leaf(self.chain)?.not_before
    }
}

/// Says what a peer that verifies certificates makes of a chain, whatever it demands elsewhere.
///
/// Of several ways to a root the best counts, as far as the peer tries them.
pub fn verdict(peer: &'static Peer, look: &Look<'_>) -> Outcome {
    let mut best: Option<Outcome> = None;
    for way in path::found(peer, look.chain, look.issued()) {
        let outcome = weigh(peer, flaws::judge(peer, way, look));
        let is_better =
            |known: &Outcome| (outcome.answer, outcome.because.len()) < (known.answer, known.because.len());
        if best.as_ref().is_none_or(is_better) {
            best = Some(outcome);
        }
    }
    best.unwrap_or_else(|| unknown(peer, "the chain was not looked into"))
}

/// Builds an outcome that could not be told.
pub(super) fn unknown(peer: &'static Peer, why: impl Into<String>) -> Outcome {
    Outcome { peer, answer: Answer::Unknown, because: Vec::new(), why: Some(why.into()) }
}

fn weigh(peer: &'static Peer, judged: flaws::Judged) -> Outcome {
    let mut answer = Answer::Accept;
    let mut decisive: Vec<Flaw> = Vec::new();
    for flaw in judged.flaws {
        let own = peer.answer(flaw);
        if own > answer {
            answer = own;
        }
        if own != Answer::Accept {
            decisive.push(flaw);
        }
    }
    // What is missing may be at hand there; everything else would decide all the same.
    let is_settled = decisive.iter().any(|flaw| *flaw != Flaw::Incomplete);
    if let Some(why) = judged.open
        && !is_settled
    {
        return unknown(peer, why);
    }
    let mut because: Vec<&'static str> = Vec::new();
    for flaw in &decisive {
        if !because.contains(&flaw.rule()) {
            because.push(flaw.rule());
        }
    }
    let titles: Vec<&str> = decisive.iter().map(|flaw| flaw.title()).collect();
    Outcome { peer, answer, because, why: (!titles.is_empty()).then(|| titles.join("; ")) }
}
