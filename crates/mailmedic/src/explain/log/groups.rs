//! Groups messages by cause and peer.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use jiff::Timestamp;

use super::super::answer::{self, Found, Judged};
use super::super::peer::Peer;
use super::super::read::Text;
use super::axis::{Axis, BARS, Bars};
use super::clear::InClear;
use super::hashed::Hashed;
use super::scanners::is_scanner;
use super::talks::Talk;
use crate::explanation::{Explanation, PeerCount, Peers};
use crate::finding::Severity;

/// The most groups that are told apart; later kinds are counted as left out.
const MOST_GROUPS: usize = 4096;
/// The most peers of one kind of fault that have a group of their own; further ones share one.
const MOST_OF_KIND: u32 = 100;
/// The most peers that are counted in groups of many, over all of them.
const MOST_PEERS: usize = 1 << 16;
/// How many of them are named.
const NAMED: usize = 5;

/// Groups on their way.
#[derive(Default)]
pub(super) struct Groups {
    random: RandomState,
    groups: Hashed<Group>,
    /// How many groups of one peer each kind of fault has.
    kinds: Hashed<u32>,
    axis: Axis,
    peers: usize,
    /// How many messages were left out because there were too many kinds.
    pub(super) left: u64,
    /// Groups that are new, or have grown tenfold since they were told.
    news: Vec<u64>,
}

/// Where a message is counted.
#[derive(Clone, Copy)]
struct Key {
    hash: u64,
    is_of_many: bool,
}

struct Group {
    explanation: Explanation,
    bars: Bars,
    /// The peers with their counts, where the group takes many together.
    peers: Option<HashMap<Box<str>, u64>>,
    has_more_peers: bool,
    class: Class,
}

/// What is told first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Class {
    Benign,
    NotTls,
    Scanner,
    Fault,
    /// Mail went out in clear to who took TLS before: nobody else says so.
    InClear,
}

impl Groups {
    /// Takes what one connection or message told.
    pub(super) fn talk(&mut self, talk: &Talk) {
        let text = Text::read(&talk.text);
        let found = Found::new(&text);
        let judged = found.judge();
        let Some(first) = judged.first() else { return };
        let class = match first.rule {
            _ if is_scanner(&found, first) => Class::Scanner,
            "benign" => Class::Benign,
            "not-tls" => Class::NotTls,
            _ => Class::Fault,
        };
        let of = (class, first.rule, first.plain, found.software(), found.role.map(|role| role as u8));
        let peer = found.peer.as_ref().map(Peer::text);
        let key = self.key(self.random.hash_one(of), peer.as_deref().filter(|_| class == Class::Fault));
        let times = (talk.first, talk.last);
        self.count(key, times, peer.as_deref(), |many| explained(found, &judged, class, many), class);
    }

    /// Takes a delivery in clear to a server that took TLS before.
    pub(super) fn in_clear(&mut self, seen: &InClear<'_>, line: &[u8], time: Option<Timestamp>) {
        let host = String::from_utf8_lossy(seen.host);
        let peer = seen.port.map_or(host.to_string(), |port| format!("{host}:{port}"));
        let key = self.key(self.random.hash_one(("in clear", seen.software)), Some(&peer));
        let explain = |many| answer::in_clear(seen.software, line, many);
        self.count(key, (time, time), Some(&peer), explain, Class::InClear);
    }

    /// Returns the group of a kind of fault: the peer's own, or that of many peers.
    fn key(&mut self, kind: u64, alone: Option<&str>) -> Key {
        let many = Key { hash: self.random.hash_one((kind, "")), is_of_many: true };
        let Some(peer) = alone else { return many };
        let hash = self.random.hash_one((kind, peer));
        if !self.groups.contains_key(&hash) {
            let known = self.kinds.entry(kind).or_default();
            if *known >= MOST_OF_KIND {
                return many;
            }
            *known += 1;
        }
        Key { hash, is_of_many: false }
    }

    fn count(
        &mut self,
        Key { hash, is_of_many }: Key,
        (first, last): (Option<Timestamp>, Option<Timestamp>),
        peer: Option<&str>,
        explain: impl FnOnce(bool) -> Explanation,
        class: Class,
    ) {
        if !self.groups.contains_key(&hash) {
            if self.groups.len() >= MOST_GROUPS {
                self.left += 1;
                return;
            }
            let mut explanation = explain(is_of_many);
            explanation.count = 0;
            let peers = is_of_many.then(HashMap::new);
            let group = Group { explanation, bars: [0; BARS], peers, has_more_peers: false, class };
            self.groups.insert(hash, group);
        }
        let bar = first.map(|time| {
            let groups = &mut self.groups;
            self.axis.bar(time, |change| groups.values_mut().for_each(|group| change(&mut group.bars)))
        });
        let Some(group) = self.groups.get_mut(&hash) else { return };
        let seen = &mut group.explanation;
        seen.count += 1;
        seen.first = [seen.first, first].into_iter().flatten().min();
        seen.last = [seen.last, last.or(first)].into_iter().flatten().max();
        if let Some(bar) = bar {
            group.bars[bar] = group.bars[bar].saturating_add(1);
        }
        if seen.count.checked_ilog10().is_some_and(|log| 10_u64.pow(log) == seen.count) {
            self.news.push(hash);
        }
        if let (Some(peers), Some(peer)) = (&mut group.peers, peer) {
            if let Some(count) = peers.get_mut(peer) {
                *count += 1;
            } else if self.peers < MOST_PEERS {
                self.peers += 1;
                peers.insert(peer.into(), 1);
            } else {
                group.has_more_peers = true;
            }
        }
    }

    /// Returns what is new since the last call: groups when they begin, and each time they have grown tenfold.
    pub(super) fn news(&mut self) -> Vec<Explanation> {
        let mut news = std::mem::take(&mut self.news);
        news.dedup();
        news.iter().filter_map(|key| Some(self.groups.get(key)?.told(&self.axis))).collect()
    }

    /// Returns all groups, the worst first.
    pub(super) fn all(&self) -> Vec<Explanation> {
        let mut groups: Vec<&Group> = self.groups.values().collect();
        groups.sort_by(|one, other| {
            let rank = |group: &Group| {
                let severity = group.explanation.causes.first().map(|cause| cause.severity);
                (group.class, severity, group.explanation.count)
            };
            let name = |group: &Group| {
                let seen = &group.explanation;
                let rule = seen.causes.first().map(|cause| cause.rule);
                (seen.peer.clone(), rule, seen.software, seen.role.map(|role| role as u8))
            };
            rank(other).cmp(&rank(one)).then_with(|| name(one).cmp(&name(other)))
        });
        groups.into_iter().map(|group| group.told(&self.axis)).collect()
    }
}

impl Group {
    fn told(&self, axis: &Axis) -> Explanation {
        let mut seen = self.explanation.clone();
        seen.histogram = seen.first.and_then(|_| axis.histogram(&self.bars));
        let Some(peers) = self.peers.as_ref().filter(|peers| !peers.is_empty()) else { return seen };
        let mut most: Vec<(&Box<str>, &u64)> = peers.iter().collect();
        most.sort_by_key(|(peer, count)| (std::cmp::Reverse(**count), (*peer).clone()));
        let named = most.iter().take(NAMED);
        seen.peers = Some(Peers {
            count: peers.len() as u64,
            more: self.has_more_peers,
            most: named.map(|(peer, count)| PeerCount { peer: peer.to_string(), count: **count }).collect(),
        });
        seen
    }
}

/// Says what a group means; of many peers none is named as the one.
fn explained(mut found: Found<'_>, judged: &[Judged], class: Class, is_of_many: bool) -> Explanation {
    if is_of_many {
        found.peer = None;
    }
    let mut seen = found.explanation(judged);
    seen.scanner = class == Class::Scanner;
    // What a scanner breaks is nobody's fault here.
    if let Some(cause) = seen.causes.first_mut().filter(|_| class == Class::Scanner) {
        cause.severity = Severity::Note;
    }
    seen
}
