//! How a server took records in CBC mode that are wrong: what planner and rules ask of [`Trick::Padding`].

use super::{Ask, EndpointObservation, Reaction, ReactionEnd, Trick};

/// How a server answered such a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// With data: it took the record for a good one.
    Data,
    /// With these alerts, or with none, before it closed.
    Refusal(Vec<u8>),
}

/// The answers to records that are wrong in three ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Wrong padding, right MAC.
    pub padding: Answered,
    /// Right padding, wrong MAC.
    pub mac: Answered,
    /// More padding than bytes.
    pub length: Answered,
}

impl Round {
    /// Tells whether the server took a wrong record, or tells the ways apart.
    pub fn is_suspicious(&self) -> bool {
        let all = [&self.padding, &self.mac, &self.length];
        all.contains(&&Answered::Data) || self.padding != self.mac || self.mac != self.length
    }
}

impl Answered {
    fn of(reaction: &Reaction) -> Option<Self> {
        let of = |content: u8| reaction.records.iter().filter(move |record| record.content == content);
        // The second answer is to a right record, which a server that refused the first one does not read.
        if of(DATA).filter(|record| !record.head.0.is_empty()).count() >= 2 {
            return Some(Self::Data);
        }
        let alerts: Vec<u8> = of(ALERT).filter_map(|alert| alert.head.0.get(1).copied()).collect();
        let is_open = matches!(reaction.end, ReactionEnd::TimedOut | ReactionEnd::NotReached);
        (!is_open || !alerts.is_empty()).then_some(Self::Refusal(alerts))
    }
}

impl EndpointObservation {
    /// Returns how the server took a record that is wrong in this way; none where that was not seen.
    pub fn padding(&self, way: u8) -> Option<Answered> {
        Answered::of(self.session(Ask::Try(Trick::Padding(way)))?.reaction.as_ref()?)
    }

    /// Returns the answers to the first round (0) or the second (1); none where one of them was not seen.
    pub fn padding_round(&self, number: u8) -> Option<Round> {
        let way = |way: u8| self.padding(4 * number + way);
        Some(Round { padding: way(1)?, mac: way(2)?, length: way(3)? })
    }
}

const ALERT: u8 = 21;
const DATA: u8 = 23;
