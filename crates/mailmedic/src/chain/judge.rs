//! Chooses the best way upward and says what is wrong with a served chain.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::graph::{self, End, Graph, KeyIds, Path, Ways};
use super::signature::{Checks, Outcome};
use crate::bytes::Fingerprint;
use crate::certificate::{Certificate, extension};
use crate::diagnosis::{ServedChain, Sighting, TrustState};
use crate::trust::Store;

/// Judges one served chain; without `now`, dates do not count.
pub(super) fn judge(
    graph: &Graph<'_>,
    checks: &mut Checks,
    served: &[Fingerprint],
    sightings: Vec<Sighting>,
    now: Option<Timestamp>,
) -> ServedChain {
    let mut chain = ServedChain {
        served: served.to_vec(),
        sightings,
        trust: TrustState::Unknown("the certificate was not kept".to_owned()),
        complete: None,
        ordered: true,
        superfluous: Vec::new(),
        root_included: None,
        out_of_date_intermediates: Vec::new(),
        invalid_intermediates: Vec::new(),
        wrong_signatures: Vec::new(),
        roots: Vec::new(),
        ways: Vec::new(),
    };
    let numbers: Vec<usize> = served.iter().filter_map(|fingerprint| graph.find(fingerprint)).collect();
    let Some(leaf) = served.first().and_then(|fingerprint| graph.find(fingerprint)) else { return chain };
    if graph.certificate(leaf).subject_der.is_empty() && graph.certificate(leaf).issuer_der.is_empty() {
        chain.trust = TrustState::Unknown("the certificate cannot be read".to_owned());
        return chain;
    }
    checks.refill();
    let sent: BTreeSet<usize> = numbers.iter().copied().collect();
    let ways = graph::search(graph, checks, leaf, &sent);
    let case = Case { graph, numbers: &numbers, sent: &sent, now };
    let Some(best) = ways.paths.iter().min_by_key(|path| case.rank(path)) else { return chain };

    let named = case.named(leaf);
    chain.wrong_signatures = case.fingerprints(case.wrong_signatures(checks, &named));
    for (number, below) in case.intermediates(best) {
        let certificate = graph.certificate(number);
        if is_out_of_date(certificate, now) {
            chain.out_of_date_intermediates.push(certificate.fingerprint);
        }
        if let Some(why) = unfit(certificate, below) {
            chain.invalid_intermediates.push((certificate.fingerprint, why));
        }
    }
    let root = case.root_included(&ways);
    chain.root_included = root.map(|root| graph.certificate(root).fingerprint);
    let mut needed = case.needed(&ways, best);
    needed.extend(root);
    if !chain.wrong_signatures.is_empty() {
        // What stands above a wrong signature is not at fault.
        needed.extend(named);
    }
    // A leaf that is not sent first is not superfluous.
    let misplaced = case.misplaced(checks, leaf);
    needed.extend(&misplaced);
    chain.superfluous = case.fingerprints(case.superfluous(&needed));
    chain.ordered = misplaced.is_empty() && case.is_ordered(best, root);
    chain.roots = case.fingerprints(case.roots(&ways, best));
    chain.trust = case.trust(&ways, best, !chain.wrong_signatures.is_empty());
    if best.end != End::Open {
        let kept = best.nodes.len().saturating_sub(1).max(1);
        chain.complete = Some(case.fingerprints(best.nodes[..kept].to_vec()));
    }
    chain
}

struct Case<'c, 'a> {
    graph: &'c Graph<'a>,
    /// The served certificates in order.
    numbers: &'c [usize],
    /// The same as a set.
    sent: &'c BTreeSet<usize>,
    now: Option<Timestamp>,
}

/// The smaller, the better: end, unchecked, missing, defects, store, missing, served and used, length.
type Rank = (End, bool, bool, usize, usize, usize, Reverse<usize>, usize);

impl Case<'_, '_> {
    fn rank(&self, path: &Path) -> Rank {
        let missing = self.missing(path).len();
        let top = path.nodes.last().map(|top| self.graph.node(*top));
        // A system's own root convinces fewer peers than Mozilla's, one that no list holds none, and one past its end not all.
        let store = top.map_or(0, |top| {
            usize::from(top.anchor == Some(Store::System))
                + usize::from(path.end == End::OwnIssuer && top.stores.is_empty())
                + usize::from(path.end == End::Anchor && is_out_of_date(top.certificate, self.now))
        });
        let used = path.nodes.iter().filter(|node| self.sent.contains(node)).count();
        (
            path.end,
            path.unchecked.is_some(),
            missing > 0,
            self.defects(path),
            store,
            missing,
            Reverse(used),
            path.nodes.len(),
        )
    }

    /// Counts what keeps clients from going this way.
    fn defects(&self, path: &Path) -> usize {
        self.intermediates(path)
            .map(|(number, below)| {
                let certificate = self.graph.certificate(number);
                let has_broken_hash =
                    certificate.signature.hash.as_deref().is_some_and(|hash| BROKEN_HASHES.contains(&hash));
                usize::from(is_out_of_date(certificate, self.now))
                    + usize::from(unfit(certificate, below).is_some())
                    + usize::from(!certificate.unknown_critical.is_empty())
                    + usize::from(has_broken_hash)
            })
            .sum()
    }

    /// Returns the certificates between leaf and root, each with the number of CA certificates below it that
    /// count for its path length (RFC 5280 §4.2.1.9).
    fn intermediates(&self, path: &Path) -> impl Iterator<Item = (usize, u32)> {
        let end = if path.end == End::Open { path.nodes.len() } else { path.nodes.len() - 1 };
        let between = path.nodes.get(1..end).unwrap_or_default();
        let mut below = 0;
        between.iter().map(move |number| {
            let counted = below;
            below += u32::from(!graph::is_own_issuer(self.graph.certificate(*number)));
            (*number, counted)
        })
    }

    fn missing(&self, path: &Path) -> Vec<usize> {
        let is_listed = path.nodes.last().is_some_and(|top| !self.graph.node(*top).stores.is_empty());
        let end = path.nodes.len() - usize::from(is_listed && path.end != End::Open);
        path.nodes[..end].iter().copied().filter(|node| !self.sent.contains(node)).collect()
    }

    fn fingerprints(&self, numbers: Vec<usize>) -> Vec<Fingerprint> {
        numbers.into_iter().map(|number| self.graph.certificate(number).fingerprint).collect()
    }

    /// Returns what the ways that are as good as the best one go through.
    fn needed(&self, ways: &Ways, best: &Path) -> BTreeSet<usize> {
        let (end, unchecked, missing, defects, ..) = self.rank(best);
        ways.paths
            .iter()
            .filter(|path| {
                let rank = self.rank(path);
                rank.0 == end
                    && (end == End::Open || (rank.1, rank.2, rank.3) == (unchecked, missing, defects))
            })
            .flat_map(|path| path.nodes.iter().copied())
            .collect()
    }

    /// Returns the roots of any list that the ways end at, that of the best way first; where the best way has all that it
    /// needs, only those of ways that have, too.
    fn roots(&self, ways: &Ways, best: &Path) -> Vec<usize> {
        if ways.cut {
            return Vec::new();
        }
        let whole = self.missing(best).is_empty();
        let mut roots: Vec<usize> = Vec::new();
        for path in std::iter::once(best).chain(&ways.paths) {
            let Some(top) = path.nodes.last() else { continue };
            let counts = path.end != End::Open && path.unchecked.is_none();
            let is_new = !roots.contains(top) && !self.graph.node(*top).stores.is_empty();
            if counts && is_new && (!whole || self.missing(path).is_empty()) {
                roots.push(*top);
            }
        }
        roots
    }

    /// Returns the served certificate, other than the leaf, that is its own issuer and that a way leads to or
    /// that clients have.
    fn root_included(&self, ways: &Ways) -> Option<usize> {
        self.numbers.iter().skip(1).copied().find(|number| {
            let on_a_way = || ways.paths.iter().any(|path| path.nodes.last() == Some(number));
            graph::is_own_issuer(self.graph.certificate(*number))
                && Some(number) != self.numbers.first()
                && (self.graph.node(*number).anchor.is_some() || on_a_way())
        })
    }

    /// Returns the served certificates that no way needs, and those that are sent again.
    fn superfluous(&self, needed: &BTreeSet<usize>) -> Vec<usize> {
        let mut before = BTreeSet::new();
        let mut listed = BTreeSet::new();
        let superfluous = |number: &&usize| {
            let again = !before.insert(**number);
            (again || !needed.contains(number)) && listed.insert(**number)
        };
        self.numbers.iter().filter(superfluous).copied().collect()
    }

    /// Returns whether what the best way needs was sent from the leaf upward.
    fn is_ordered(&self, best: &Path, root: Option<usize>) -> bool {
        let position = |number: &usize| self.numbers.iter().position(|sent| sent == number);
        let mut wanted = best.nodes.clone();
        wanted.extend(root.filter(|root| !best.nodes.contains(root)));
        let positions: Vec<usize> = wanted.iter().filter_map(position).collect();
        positions.is_sorted()
    }

    /// Returns served certificates that are no CA's and that the first one, a CA's, leads to: the leaf was
    /// not sent first.
    fn misplaced(&self, checks: &mut Checks, leaf: usize) -> Vec<usize> {
        let first = self.graph.certificate(leaf);
        if first.is_ca != Some(true) {
            return Vec::new();
        }
        let is_below = |number: &usize| {
            let certificate = self.graph.certificate(*number);
            certificate.is_ca != Some(true)
                && certificate.issuer_der == first.subject_der
                && checks.check(certificate, first) == Outcome::Verified
        };
        self.numbers.iter().skip(1).copied().filter(is_below).collect()
    }

    /// Returns the leaf and the served certificates above it by name alone.
    fn named(&self, leaf: usize) -> BTreeSet<usize> {
        let mut named = BTreeSet::from([leaf]);
        let mut open = vec![leaf];
        while let Some(number) = open.pop() {
            for above in self.graph.namesakes(number) {
                if self.sent.contains(above) && named.insert(*above) {
                    open.push(*above);
                }
            }
        }
        named
    }

    fn wrong_signatures(&self, checks: &mut Checks, named: &BTreeSet<usize>) -> Vec<usize> {
        let is_wrong = |number: &usize| {
            if !self.graph.node(*number).stores.is_empty() {
                return false;
            }
            let certificate = self.graph.certificate(*number);
            let mut wrong = false;
            for namesake in self.graph.namesakes(*number) {
                let issuer = self.graph.certificate(*namesake);
                match checks.check(certificate, issuer) {
                    // Another CA of the same name or a former key is no proof, unless nothing but the name
                    // tells who the issuer is.
                    Outcome::Wrong => {
                        wrong |= match graph::key_ids(certificate, issuer) {
                            KeyIds::Same => true,
                            KeyIds::Differ => false,
                            KeyIds::Absent => certificate.authority_key_id.is_none(),
                        };
                    }
                    Outcome::Verified | Outcome::Unchecked | Outcome::OutOfBudget => return false,
                }
            }
            wrong
        };
        named.iter().copied().filter(is_wrong).collect()
    }

    fn trust(&self, ways: &Ways, best: &Path, wrong: bool) -> TrustState {
        let top = best.nodes.last().copied().unwrap_or_default();
        let certificate = self.graph.certificate(top);
        let subjects = |numbers: &[usize]| {
            numbers.iter().map(|number| self.graph.certificate(*number).subject.clone()).collect::<Vec<_>>()
        };
        let missing = self.missing(best);
        if best.end != End::Anchor && ways.cut {
            return TrustState::Unknown("there are more ways to a root than are tried".to_owned());
        }
        match (best.end, best.unchecked) {
            (End::Anchor, Some(unchecked)) => {
                TrustState::Unknown(why_unchecked(self.graph.certificate(unchecked)))
            }
            (End::Anchor, None) if missing.is_empty() => TrustState::Trusted {
                root: certificate.subject.clone(),
                store: self.graph.node(top).anchor.map_or("", Store::name).to_owned(),
            },
            (End::Anchor, None) => TrustState::Incomplete {
                missing: subjects(&missing),
                known: self.fingerprints(missing),
                root: Some(certificate.subject.clone()),
            },
            (End::OwnIssuer, _) if best.nodes.len() == 1 => TrustState::SelfSigned,
            (End::OwnIssuer, _) => TrustState::UntrustedRoot {
                root: certificate.subject.clone(),
                served: self.sent.contains(&top),
            },
            (End::Open, _) if certificate.issuer_der.is_empty() => {
                TrustState::Unknown("the issuer cannot be read".to_owned())
            }
            (End::Open, _) if !wrong && !graph::is_own_issuer(certificate) && self.lacks_a_link(best) => {
                let mut names = subjects(&missing);
                names.push(certificate.issuer.clone());
                TrustState::Incomplete { missing: names, known: self.fingerprints(missing), root: None }
            }
            (End::Open, _) => TrustState::UnknownIssuer { issuer: certificate.issuer.clone() },
        }
    }

    /// Returns whether what a way lacks at its end is surely an intermediate: the leaf is a public CA's, none of
    /// which issues from a root, or the issuer's name says it.
    fn lacks_a_link(&self, path: &Path) -> bool {
        let ends =
            [path.nodes.first(), path.nodes.last()].map(|end| end.map(|end| self.graph.certificate(*end)));
        let [Some(leaf), Some(top)] = ends else { return false };
        let issuer = top.issuer_name.as_deref().unwrap_or_default().to_ascii_lowercase();
        extension::is_publicly_issued(leaf) || LINK_WORDS.iter().any(|word| issuer.contains(word))
    }
}

fn why_unchecked(certificate: &Certificate) -> String {
    format!(
        "the signature of {} cannot be checked ({})",
        if certificate.subject.is_empty() { "the certificate" } else { &certificate.subject },
        if certificate.signature.name.is_empty() { "unreadable" } else { &certificate.signature.name },
    )
}

fn is_out_of_date(certificate: &Certificate, now: Option<Timestamp>) -> bool {
    // The last second belongs to the validity as a whole (RFC 5280 §4.1.2.5).
    let second = |time: Timestamp| time.as_second();
    now.map(second).is_some_and(|now| {
        certificate.not_before.is_some_and(|start| now < second(start))
            || certificate.not_after.is_some_and(|end| second(end) < now)
    })
}

/// Says why a certificate may not issue TLS server certificates, with so many CA certificates below it.
fn unfit(certificate: &Certificate, below: u32) -> Option<String> {
    let usages = certificate.extended_key_usage.as_ref();
    let why = match certificate {
        Certificate { version: ..3, .. } => "it is of X.509 version 1 or 2, which cannot name a CA",
        Certificate { is_ca: None, .. } => "it lacks basicConstraints, so it is no CA",
        Certificate { is_ca: Some(false), .. } => "it says that it is no CA",
        _ if certificate.key_usage.is_some_and(|usage| !usage.certificate_sign) => {
            "its keyUsage does not allow it to sign certificates"
        }
        _ if usages
            .is_some_and(|usages| !usages.iter().any(|usage| SERVER_USAGES.contains(&usage.as_str()))) =>
        {
            "its extended key usage does not allow TLS servers"
        }
        Certificate { path_length: Some(most), .. } if *most < below => {
            return Some(format!("it allows {most} CA certificates below it, and there are {below}"));
        }
        _ => return None,
    };
    Some(why.to_owned())
}

/// serverAuth and anyExtendedKeyUsage (RFC 5280 §4.2.1.12).
const SERVER_USAGES: [&str; 2] = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"];

/// Hashes for which most clients refuse an intermediate.
const BROKEN_HASHES: [&str; 4] = ["md2", "md4", "md5", "sha1"];
/// Words in the names of CAs that are no roots.
const LINK_WORDS: [&str; 3] = ["intermediate", "issuing", "subordinate"];
