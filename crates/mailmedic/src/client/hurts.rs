//! Whom a fault hurts, in a sentence drawn from the verdicts.

use std::collections::BTreeMap;

use crate::finding::Finding;
use crate::observation::Examination;
use crate::peer::{Answer, Kind, Outcome, Peer};
use crate::words;

/// Writes whom a fault of a certificate or chain hurts; none where no verdict rests on it.
///
/// `outcomes` are the verdicts for each endpoint of the examination, in its order.
pub fn hurts(finding: &Finding, seen: &Examination, outcomes: &[Vec<Outcome>]) -> Option<String> {
    let about = ["cert-", "chain-", UNCOVERED];
    if !about.iter().any(|start| finding.rule.starts_with(start)) {
        return None;
    }
    let here: Vec<&Outcome> = seen
        .endpoints
        .iter()
        .zip(outcomes)
        .filter(|(endpoint, _)| finding.endpoints.contains(&endpoint.id()))
        .flat_map(|(_, outcomes)| outcomes)
        .collect();
    let worst = by_peer(cause(finding.rule), &here);
    if !worst.iter().any(|(_, did)| matches!(did, Did::Refuses | Did::Asks)) {
        return None;
    }
    let named = named(&worst);
    let group = |wanted: Did| -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (peer, did) in &named {
            if *did == wanted && !names.contains(&peer.short) {
                names.push(peer.short);
            }
        }
        names
    };
    let (refuse, ask, accept) = (group(Did::Refuses), group(Did::Asks), group(Did::Accepts));
    let clause = |names: &[&str], one: &str, many: &str| {
        let verb = if names.len() == 1 { one } else { many };
        format!("{} {verb}", words::list(names))
    };
    let mut clauses = Vec::new();
    if named.iter().all(|(peer, _)| peer.kind == Kind::Library) && accept.is_empty() && ask.is_empty() {
        clauses.push(format!("every program that verifies refuses, with {} alike", words::list(&refuse)));
    } else if accept.is_empty() && ask.is_empty() {
        let whom = if named.iter().any(|(peer, _)| peer.kind == Kind::Sender) {
            "every sender that verifies refuses"
        } else {
            "every mail program refuses"
        };
        clauses.push(format!("{whom}: {}", words::list(&refuse)));
    } else {
        for (names, one, many) in [
            (&refuse, "refuses", "refuse"),
            (&ask, "asks the user", "ask the user"),
            (&accept, "accepts", "accept"),
        ] {
            if !names.is_empty() {
                clauses.push(clause(names, one, many));
            }
        }
    }
    Some(clauses.join("; "))
}

/// Returns the rule that verdicts give as their reason where a finding stands.
fn cause(rule: &str) -> &str {
    match rule {
        // Peers see the old certificate only, and that it has ended.
        "cert-inactive" => "cert-expired",
        // Who told them the name is nothing to them.
        UNCOVERED => "cert-name-mismatch",
        rule => rule,
    }
}

/// What a peer does about one fault, over all endpoints that show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Did {
    Accepts,
    /// It refuses for another reason, or it could not be told.
    Else,
    Asks,
    Refuses,
}

/// Returns each peer in order with the worst that it does about a rule.
fn by_peer(rule: &str, outcomes: &[&Outcome]) -> Vec<(&'static Peer, Did)> {
    let mut worst: Vec<(&'static Peer, Did)> = Vec::new();
    for outcome in outcomes {
        let did = match outcome.answer {
            Answer::Accept => Did::Accepts,
            Answer::Warn if outcome.because.contains(&rule) => Did::Asks,
            Answer::Reject if outcome.because.contains(&rule) => Did::Refuses,
            _ => Did::Else,
        };
        match worst.iter_mut().find(|(peer, _)| peer.id == outcome.peer.id) {
            Some((_, known)) => *known = did.max(*known),
            None => worst.push((outcome.peer, did)),
        }
    }
    worst
}

/// Chooses whom to name: senders where they come; else programs and services, and libraries where those differ.
fn named(worst: &[(&'static Peer, Did)]) -> Vec<(&'static Peer, Did)> {
    let does: BTreeMap<&str, Did> = worst.iter().map(|(peer, did)| (peer.id, *did)).collect();
    let is_library = |peer: &Peer| peer.kind == Kind::Library;
    let mut libraries = worst.iter().filter(|(peer, _)| is_library(peer) && peer.id != STRICT);
    let first = libraries.next().map(|(_, did)| *did);
    let differ = libraries.any(|(_, did)| Some(*did) != first);
    let senders = worst.iter().any(|(peer, _)| peer.kind == Kind::Sender);
    let only_libraries = worst.iter().all(|(peer, _)| is_library(peer));
    worst
        .iter()
        .filter(|(peer, did)| {
            // What another one says already need not be said twice.
            let same = peer.like.is_some_and(|other| does.get(other) == Some(did));
            let shown = !is_library(peer) || only_libraries || (differ && !senders);
            peer.id != STRICT && shown && !same
        })
        .copied()
        .collect()
}

/// A name that a document tells and the certificate lacks.
const UNCOVERED: &str = "autoconfig-name-uncovered";

/// The standards to the letter are nobody who could be hurt.
const STRICT: &str = "strict";
