//! The new Outlook on Windows, and Outlook on phones: Microsoft's cloud fetches and sends for them.

use mailmedic_wire::names::ProtocolVersion;

use super::outlook_classic;
use crate::peer::{Known, Peer, TlsFloor};

pub(super) const PEER: Peer = Peer {
    id: "outlook-new",
    name: "Outlook, new and mobile",
    short: "new Outlook",
    roots_note: "Microsoft's: its cloud connects, so that roots of one's own do not help",
    // Nobody is asked: the account cannot be added, or stops.
    asks: &[],
    tls: TlsFloor { oldest: ProtocolVersion::TLSv1_2, perhaps: None, ..outlook_classic::PEER.tls },
    words: &[],
    words_source: "",
    note: "It connects from Microsoft's cloud and not from the user's machine; there is nothing to click away.",
    known: Known {
        measured: false,
        by: "Microsoft's documentation of new Outlook's synchronisation with IMAP accounts",
        date: "2026-11-21",
    },
    ..outlook_classic::PEER
};
