//! How a server took records in CBC mode that are wrong: what planner and rules ask of [`Trick::Padding`].

use super::{Ask, EndpointObservation, Reaction, ReactionEnd, Trick};

/// In how many ways a record is wrong.
pub const PADDING_WAYS: u8 = 3;

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

    /// Returns the two rounds that have to be alike where the first one is suspicious, which is none of them where several suites were
    /// chosen in it: the difference may be theirs.
    pub fn padding_rounds(&self) -> [u8; 2] {
        let [padding, mac, length] = [0, 1, 2].map(|way| self.padding_suite(way));
        let start = u8::from(padding != mac || mac != length);
        [start, start + 1]
    }

    /// Returns the suite with which to try all ways again: that of a wrong record that was taken, or else of the answer that stands alone.
    pub fn padding_suspect(&self) -> Option<u16> {
        let Round { padding, mac, length } = self.padding_round(0)?;
        let taken = [&padding, &mac, &length].into_iter().zip(0..).find(|(one, _)| **one == Answered::Data);
        let alone = if padding == mac {
            2
        } else if padding == length {
            1
        } else {
            0
        };
        self.padding_suite(taken.map_or(alone, |(_, way)| way))
    }

    /// Returns the suite that was chosen for a way.
    pub fn padding_suite(&self, way: u8) -> Option<u16> {
        self.session(Ask::Try(Trick::Padding(way)))?.tls.as_ref()?.suite
    }

    /// Returns the answers to a round, counted from 0; none where one of them was not seen.
    pub fn padding_round(&self, number: u8) -> Option<Round> {
        let way = |way: u8| self.padding(PADDING_WAYS * number + way);
        Some(Round { padding: way(0)?, mac: way(1)?, length: way(2)? })
    }
}

const ALERT: u8 = 21;
const DATA: u8 = 23;
