//! Gmail delivering under MTA-STS, whatever the domain's policy says today.

use super::gmail_sender;
use crate::peer::{Demand, Peer};

pub(super) const PEER: Peer = Peer {
    id: "gmail-sender-mta-sts",
    name: "Gmail delivering, if an MTA-STS policy says enforce",
    short: "Gmail under MTA-STS",
    like: Some("gmail-sender"),
    demand: Demand::Verified,
    note: "What would happen to mail from Gmail if the policy said enforce; gmail-sender goes by what it says today. A \
           failure leaves the mail in Gmail's queue and shows in TLS-RPT.",
    ..gmail_sender::PEER
};
