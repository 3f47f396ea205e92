//! What several rules need: how to weigh a fault, what counts as presented, and common words.

pub(super) mod clock;
pub(super) mod dane;
pub(super) mod dkim;
pub(super) mod dmarc;
pub(super) mod faces;
pub(super) mod handshakes;
pub(super) mod lifetime;
pub(super) mod listed;
pub(super) mod mail_dns;
pub(super) mod names;
pub(super) mod opinion;
pub(super) mod path;
pub(super) mod policy_host;
pub(super) mod presented;
pub(super) mod records;
pub(super) mod scope;
pub(super) mod senders;
pub(super) mod spf_tree;
pub(super) mod sts;
pub(super) mod told;
pub(super) mod tricks;
pub(super) mod txt;
pub(super) mod web;
pub(super) mod weigh;
pub(super) mod wording;
