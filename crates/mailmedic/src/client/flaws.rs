//! What is wrong on one way, in the words that peers differ by.

use crate::certificate::{Breach, Certificate, PublicKey};
use crate::diagnosis::{Fault, FaultKind, TrustState, Way, WayEnd};
use crate::peer::{Flaw, Names, Peer};

use super::chain::Look;
use super::names;
use super::path::{self, Trusts};

/// What a way is to a peer.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// What is wrong, each flaw once.
    pub(super) flaws: Vec<Flaw>,
    /// What could not be told.
    pub(super) open: Option<String>,
}

impl Judged {
    fn add(&mut self, flaw: Flaw) {
        if !self.flaws.contains(&flaw) {
            self.flaws.push(flaw);
        }
    }
}

/// Lists what is wrong on a way for a peer.
pub(super) fn judge(peer: &Peer, way: &Way, look: &Look<'_>) -> Judged {
    let mut judged = Judged::default();
    let gap = path::gap(peer, way);
    let reach = gap.unwrap_or(way.certificates.len());
    let public = matches!(&way.end, WayEnd::Anchor(stores) if path::is_public(*stores));
    trust(peer, way, look, gap, &mut judged);
    for fault in way.faults.iter().filter(|fault| fault.at < reach) {
        if let FaultKind::SignatureUnchecked = fault.kind {
            judged.open.get_or_insert_with(|| "a signature cannot be checked here".to_owned());
        }
        if let Some(flaw) = flaw(fault, way, public) {
            judged.add(flaw);
        }
    }
    let root = if way.is_trusted() { way.certificates.len() - 1 } else { way.certificates.len() };
    for (at, fingerprint) in way.certificates.iter().enumerate().take(reach) {
        let Some(certificate) = look.diagnosis.certificate(fingerprint) else { continue };
        if let Some(flaw) = key(peer, certificate, at == 0) {
            judged.add(flaw);
        }
        if (1..root).contains(&at) && allows_any_only(certificate) {
            judged.add(Flaw::IntermediateUsageAnyOnly);
        }
    }
    if gap.is_none() && peer.path.most_intermediates.is_some_and(|most| way.intermediates() > most) {
        judged.add(Flaw::TooManyIntermediates);
    }
    if let Some(leaf) = look.diagnosis.leaf(look.chain) {
        if let Some(host) = look.host
            && let Some(flaw) = names::flaw(peer.names, leaf, host, look.domain, public)
        {
            judged.add(flaw);
        }
        if leaf.must_staple && look.stapled == Some(false) {
            judged.add(Flaw::StapleMissing);
        }
        if is_too_long(peer, leaf, public) {
            judged.add(Flaw::ValidityTooLong);
        }
        if peer.timestamps && public && leaf.timestamps.is_none() {
            judged.add(Flaw::TimestampsMissing);
        }
    }
    judged
}

/// Tells what keeps the way from ending at a root that the peer trusts.
fn trust(peer: &Peer, way: &Way, look: &Look<'_>, gap: Option<usize>, judged: &mut Judged) {
    if gap.is_some() {
        judged.add(Flaw::Incomplete);
        return;
    }
    match (&way.end, path::trusts(peer, way, look.issued())) {
        (_, Trusts::Yes) => {}
        (_, Trusts::Unknown) => {
            let why =
                "when the certificate was issued cannot be read, and its root is only trusted up to a day";
            judged.open.get_or_insert_with(|| why.to_owned());
        }
        (_, Trusts::NoMore) => judged.add(Flaw::RootDistrusted),
        (WayEnd::Anchor(_), _) => judged.add(Flaw::UntrustedRoot),
        (WayEnd::OwnIssuer, _) if way.certificates.len() == 1 => judged.add(Flaw::SelfSigned),
        (WayEnd::OwnIssuer, _) => judged.add(Flaw::UntrustedRoot),
        (WayEnd::Open, _) => match &look.chain.trust {
            TrustState::Unknown(why) => {
                judged.open.get_or_insert_with(|| why.clone());
            }
            TrustState::UnknownIssuer { .. } => judged.add(Flaw::UnknownIssuer),
            _ => {
                judged.add(Flaw::Incomplete);
                let leaf = look.diagnosis.leaf(look.chain);
                if leaf.is_some_and(|leaf| path::may_have_more(peer, leaf)) {
                    let why = "it may have the missing intermediate, which is not at hand here";
                    judged.open.get_or_insert_with(|| why.to_owned());
                }
            }
        },
    }
}

/// Puts a fault into the words of peers; keys are looked at apart, since each peer has its own limits.
fn flaw(fault: &Fault, way: &Way, public: bool) -> Option<Flaw> {
    let is_leaf = fault.at == 0;
    let is_root = way.is_trusted() && !is_leaf && fault.at + 1 == way.certificates.len();
    Some(match &fault.kind {
        FaultKind::Expired | FaultKind::NotYetValid if is_root => Flaw::RootOutOfDate,
        FaultKind::Expired if is_leaf => Flaw::Expired,
        FaultKind::NotYetValid if is_leaf => Flaw::NotYetValid,
        FaultKind::Expired | FaultKind::NotYetValid => Flaw::IntermediateOutOfDate,
        FaultKind::SignatureWrong => Flaw::SignatureWrong,
        FaultKind::SignatureHash(hash) if hash == "sha1" && public => Flaw::SignatureSha1,
        FaultKind::SignatureHash(hash) if hash == "sha1" => Flaw::SignatureSha1Private,
        FaultKind::SignatureHash(_) => Flaw::SignatureMd5,
        FaultKind::SignatureUnchecked
        | FaultKind::KeySmall(_)
        | FaultKind::KeyCurve(_)
        | FaultKind::KeyExplicitCurve
        | FaultKind::KeyKind(_) => return None,
        FaultKind::KeyUnreadable => Flaw::KeyUnreadable,
        FaultKind::OldVersion if is_root => return None,
        FaultKind::OldVersion if is_leaf => Flaw::LeafOldVersion,
        FaultKind::OldVersion => Flaw::IntermediateOldVersion,
        FaultKind::UsageAnyOnly if is_leaf => Flaw::UsageAnyOnly,
        // Of intermediates it is read from the certificate.
        FaultKind::UsageAnyOnly => return None,
        FaultKind::UsageWrong if is_leaf => Flaw::UsageWrong,
        FaultKind::NotCa
        | FaultKind::MayNotSign
        | FaultKind::PathTooLong { .. }
        | FaultKind::UsageWrong
        | FaultKind::CriticalUnknown(_)
        | FaultKind::Malformed(_)
            if is_root =>
        {
            Flaw::RootUnfit
        }
        FaultKind::NotCa => Flaw::NotCa,
        FaultKind::MayNotSign => Flaw::MayNotSign,
        FaultKind::PathTooLong { .. } => Flaw::PathTooLong,
        FaultKind::UsageWrong => Flaw::IntermediateUsageWrong,
        FaultKind::UsageMissing if public => Flaw::UsageMissing,
        FaultKind::UsageMissing => Flaw::UsageMissingPrivate,
        FaultKind::KeyUsageUnfit => Flaw::KeyUsageUnfit,
        FaultKind::LeafIsCa => Flaw::LeafIsCa,
        FaultKind::NameConstraint { .. } | FaultKind::NameConstraintUnreadable => Flaw::NameConstraint,
        FaultKind::PolicyMissing => Flaw::PolicyMissing,
        FaultKind::CriticalUnknown(_) => Flaw::CriticalUnknown,
        FaultKind::Malformed(_) => Flaw::Malformed,
        FaultKind::Nonconforming(breach) if !is_root => match breach {
            Breach::AuthorityKeyMissing if is_leaf => Flaw::AuthorityKeyMissing,
            Breach::SerialNegative => Flaw::SerialNegative,
            Breach::SignsWithoutCa if is_leaf => Flaw::SignsWithoutCa,
            // No client looks for the others.
            _ => return None,
        },
        FaultKind::Nonconforming(_) => return None,
    })
}

fn key(peer: &Peer, certificate: &Certificate, is_leaf: bool) -> Option<Flaw> {
    let keys = &peer.keys;
    let small = |bits: u32, least: u32| (bits < least).then_some(Flaw::KeySmall);
    let foreign = |name: &str, names: Names| (!names.has(name)).then_some(Flaw::KeyForeign);
    let rsa_bits = if is_leaf { keys.rsa_bits } else { keys.issuer_rsa_bits };
    match &certificate.key {
        PublicKey::Rsa { bits } => small(*bits, rsa_bits),
        PublicKey::Ec { curve, .. } if curve == EXPLICIT && (is_leaf || keys.issuer_curves == Names::Any) => {
            (!keys.explicit_curves).then_some(Flaw::KeyExplicitCurve)
        }
        PublicKey::Ec { curve, bits } => small(*bits, keys.curve_bits)
            .or_else(|| foreign(curve, if is_leaf { keys.curves } else { keys.issuer_curves })),
        PublicKey::Other(name) => foreign(name, if is_leaf { keys.others } else { keys.issuer_others }),
        PublicKey::Unreadable => None,
    }
}

/// Tells whether a certificate's extended key usage names anyExtendedKeyUsage and not serverAuth.
fn allows_any_only(certificate: &Certificate) -> bool {
    let has = |usage: &str| {
        certificate.extended_key_usage.as_ref().is_some_and(|usages| usages.iter().any(|one| one == usage))
    };
    has(ANY_USAGE) && !has(SERVER_AUTH)
}

fn is_too_long(peer: &Peer, leaf: &Certificate, public: bool) -> bool {
    let (Some(start), Some(end)) = (leaf.not_before, leaf.not_after) else { return false };
    let begun = start.to_zoned(jiff::tz::TimeZone::UTC).date();
    peer.lifetimes.iter().any(|most| {
        begun >= most.since
            && (public || most.any_root)
            && end.as_second() - start.as_second() > most.days * SECONDS_OF_A_DAY
    })
}

/// How the certificate's reader names a curve that has no name.
const EXPLICIT: &str = "explicit parameters";
/// serverAuth and anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE: &str = "2.5.29.37.0";
const SECONDS_OF_A_DAY: i64 = 86_400;
