//! Chooses the best way upward and says what is wrong with a served chain.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::fault::Faults;
use super::graph::{self, Graph, KeyIds};
use super::search::{self, End, Path};
use super::signature::{Checks, Outcome};
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::diagnosis::{Fault, FaultKind, Origin, ServedChain, Sighting, TrustState, Way, WayEnd};
use crate::trust::Store;

/// A way that was found, with all that is wrong on it.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The way.
    pub(super) path: Path,
    /// What is wrong on it.
    pub(super) faults: Vec<Fault>,
}

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
        ways: Vec::new(),
        is_cut: false,
        trust: TrustState::Unknown("the certificate was not kept".to_owned()),
        complete: None,
        ordered: true,
        superfluous: Vec::new(),
        root_included: None,
        out_of_date_intermediates: Vec::new(),
        invalid_intermediates: Vec::new(),
        wrong_signatures: Vec::new(),
    };
    let numbers: Vec<usize> = served.iter().filter_map(|fingerprint| graph.find(fingerprint)).collect();
    let Some(leaf) = served.first().and_then(|fingerprint| graph.find(fingerprint)) else { return chain };
    if graph.certificate(leaf).subject_der.is_empty() && graph.certificate(leaf).issuer_der.is_empty() {
        chain.trust = TrustState::Unknown("the certificate cannot be read".to_owned());
        return chain;
    }
    checks.refill();
    let sent: BTreeSet<usize> = numbers.iter().copied().collect();
    let case = Case { graph, numbers: &numbers, sent: &sent };
    let (candidates, cut) = case.candidates(checks, leaf, now);
    let Some(best) = candidates.first() else { return chain };

    let named = case.named(leaf);
    let wrong = case.wrong_signatures(checks, &named);
    let has_wrong = !wrong.is_empty();
    for (number, place) in case.intermediates(&best.path) {
        let certificate = graph.certificate(number);
        let mut faults = best.faults.iter().filter(|fault| fault.at == place).map(|fault| &fault.kind);
        if faults.clone().any(|kind| matches!(kind, FaultKind::Expired | FaultKind::NotYetValid)) {
            chain.out_of_date_intermediates.push(certificate.fingerprint);
        }
        if let Some(why) = faults.find_map(|kind| unfit(kind, certificate)) {
            chain.invalid_intermediates.push((certificate.fingerprint, why.to_owned()));
        }
    }
    let root = case.root_included(&candidates);
    chain.root_included = root.map(|root| graph.certificate(root).fingerprint);
    let mut needed = case.needed(&candidates, best);
    needed.extend(root);
    if has_wrong {
        // What stands above a wrong signature is not at fault.
        needed.extend(named);
    }
    // A leaf that is not sent first is not superfluous.
    let misplaced = case.misplaced(checks, leaf);
    needed.extend(&misplaced);
    chain.superfluous = case.fingerprints(case.superfluous(&needed));
    chain.ordered = misplaced.is_empty() && case.is_ordered(&best.path, root);
    chain.trust = case.trust(&best.path, cut, has_wrong);
    if best.path.end != End::Open {
        let kept = best.path.nodes.len().saturating_sub(1).max(1);
        chain.complete = Some(case.fingerprints(best.path.nodes[..kept].to_vec()));
    }
    chain.is_cut = cut;
    chain.ways = candidates.iter().take(MOST_WAYS).map(|candidate| case.way(candidate, &wrong)).collect();
    chain.wrong_signatures = case.fingerprints(wrong);
    chain
}

/// What is at hand for one chain.
pub(super) struct Case<'c, 'a> {
    /// All certificates.
    pub(super) graph: &'c Graph<'a>,
    /// The served certificates in order.
    pub(super) numbers: &'c [usize],
    /// The same as a set.
    pub(super) sent: &'c BTreeSet<usize>,
}

/// The smaller, the better: end, unchecked, missing, defects, store, missing, served and used, length.
type Rank = (End, bool, bool, usize, usize, usize, Reverse<usize>, usize);

impl Case<'_, '_> {
    /// Finds the ways from the leaf upward, the best first, and tells whether a limit ended the search.
    pub(super) fn candidates(
        &self,
        checks: &mut Checks,
        leaf: usize,
        now: Option<Timestamp>,
    ) -> (Vec<Candidate>, bool) {
        let found = search::search(self.graph, checks, leaf, self.sent, now);
        let mut faults = Faults::new(self.graph, now);
        let judge = |path| {
            let faults = faults.of(&path);
            Candidate { path, faults }
        };
        let mut candidates: Vec<Candidate> = found.paths.into_iter().map(judge).collect();
        candidates.sort_by_cached_key(|candidate| self.rank(candidate));
        (candidates, found.cut)
    }

    fn rank(&self, candidate: &Candidate) -> Rank {
        let path = &candidate.path;
        let missing = self.missing(path).len();
        let top = path.nodes.last().map(|top| self.graph.node(*top).stores).unwrap_or_default();
        let is_old = candidate.faults.iter().any(|fault| {
            fault.at + 1 == path.nodes.len()
                && matches!(fault.kind, FaultKind::Expired | FaultKind::NotYetValid)
        });
        // A root that only the system or only some peers have convinces fewer than Mozilla's, and one past its end
        // not all.
        let is_common = top.has(Store::Given) || top.has(Store::Mozilla);
        let store = if path.is_anchored() { usize::from(!is_common) + usize::from(is_old) } else { 0 };
        let used = path.nodes.iter().filter(|node| self.sent.contains(node)).count();
        (
            path.end,
            !path.unchecked.is_empty(),
            missing > 0,
            self.defects(candidate),
            store,
            missing,
            Reverse(used),
            path.nodes.len(),
        )
    }

    /// Counts what keeps clients from going this way; what holds for the leaf alone holds for all ways.
    fn defects(&self, candidate: &Candidate) -> usize {
        let end = self.intermediates(&candidate.path).count();
        let is_defect = |fault: &&Fault| match &fault.kind {
            FaultKind::NameConstraint { .. }
            | FaultKind::NameConstraintUnreadable
            | FaultKind::PolicyMissing => true,
            FaultKind::KeyKind(_) | FaultKind::Nonconforming(_) => false,
            _ => (1..=end).contains(&fault.at),
        };
        candidate.faults.iter().filter(is_defect).count() + usize::from(end > MOST_FOLLOWED)
    }

    fn way(&self, candidate: &Candidate, wrong: &[usize]) -> Way {
        let Candidate { path, faults } = candidate;
        let last = path.nodes.len().saturating_sub(1);
        let origin = |(at, number): (usize, &usize)| match self.numbers.iter().position(|sent| sent == number)
        {
            Some(place) => Origin::Served(place),
            None if at == last && path.is_anchored() => Origin::Anchor,
            None => Origin::Elsewhere,
        };
        let mut faults = faults.clone();
        if path.end == End::Open && path.nodes.last().is_some_and(|top| wrong.contains(top)) {
            faults.push(Fault { at: last, kind: FaultKind::SignatureWrong });
        }
        Way {
            certificates: self.fingerprints(path.nodes.clone()),
            origins: path.nodes.iter().enumerate().map(origin).collect(),
            end: match path.end {
                End::Anchor | End::Listed => WayEnd::Anchor(self.graph.node(path.nodes[last]).stores),
                End::OwnIssuer => WayEnd::OwnIssuer,
                End::Open => WayEnd::Open,
            },
            faults,
        }
    }

    /// Returns the certificates between leaf and root, with their places.
    fn intermediates(&self, path: &Path) -> impl Iterator<Item = (usize, usize)> {
        let end = if path.end == End::Open { path.nodes.len() } else { path.nodes.len() - 1 };
        path.nodes.iter().copied().zip(0..).take(end).skip(1)
    }

    fn missing(&self, path: &Path) -> Vec<usize> {
        let end = path.nodes.len() - usize::from(path.is_anchored());
        path.nodes[..end].iter().copied().filter(|node| !self.sent.contains(node)).collect()
    }

    fn fingerprints(&self, numbers: Vec<usize>) -> Vec<Fingerprint> {
        numbers.into_iter().map(|number| self.graph.certificate(number).fingerprint).collect()
    }

    /// Returns what the ways that are as good as the best one go through.
    fn needed(&self, candidates: &[Candidate], best: &Candidate) -> BTreeSet<usize> {
        let (end, unchecked, missing, defects, ..) = self.rank(best);
        candidates
            .iter()
            .filter(|candidate| {
                let rank = self.rank(candidate);
                rank.0 == end
                    && (end == End::Open || (rank.1, rank.2, rank.3) == (unchecked, missing, defects))
            })
            .flat_map(|candidate| candidate.path.nodes.iter().copied())
            .collect()
    }

    /// Returns the served certificate, other than the leaf, that is its own issuer and that a way leads to or
    /// that clients have.
    fn root_included(&self, candidates: &[Candidate]) -> Option<usize> {
        self.numbers.iter().skip(1).copied().find(|number| {
            let on_a_way = || candidates.iter().any(|one| one.path.nodes.last() == Some(number));
            graph::is_own_issuer(self.graph.certificate(*number))
                && Some(number) != self.numbers.first()
                && (self.graph.node(*number).is_anchor() || on_a_way())
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
            if self.graph.node(*number).is_anchor() {
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

    fn trust(&self, best: &Path, cut: bool, wrong: bool) -> TrustState {
        let top = best.nodes.last().copied().unwrap_or_default();
        let certificate = self.graph.certificate(top);
        let subjects = |numbers: &[usize]| {
            numbers.iter().map(|number| self.graph.certificate(*number).subject.clone()).collect::<Vec<_>>()
        };
        let missing = self.missing(best);
        if best.end != End::Anchor && cut {
            return TrustState::Unknown("there are more ways to a root than are tried".to_owned());
        }
        match (best.end, best.unchecked.first()) {
            (End::Anchor, Some(unchecked)) => {
                TrustState::Unknown(why_unchecked(self.graph.certificate(best.nodes[*unchecked])))
            }
            (End::Anchor, None) if missing.is_empty() => TrustState::Trusted {
                root: certificate.subject.clone(),
                store: self.graph.node(top).stores.convincing().map_or("", Store::name).to_owned(),
            },
            (End::Anchor, None) => TrustState::Incomplete {
                missing: subjects(&missing),
                known: self.fingerprints(missing),
                root: Some(certificate.subject.clone()),
            },
            (End::OwnIssuer, _) if best.nodes.len() == 1 => TrustState::SelfSigned,
            (End::Listed | End::OwnIssuer, _) => TrustState::UntrustedRoot {
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
        leaf.publicly_issued || LINK_WORDS.iter().any(|word| issuer.contains(word))
    }
}

fn why_unchecked(certificate: &Certificate) -> String {
    format!(
        "the signature of {} cannot be checked ({})",
        if certificate.subject.is_empty() { "the certificate" } else { &certificate.subject },
        if certificate.signature.name.is_empty() { "unreadable" } else { &certificate.signature.name },
    )
}

/// Says why a certificate may not issue TLS server certificates, if that is what a fault is about.
fn unfit(fault: &FaultKind, certificate: &Certificate) -> Option<&'static str> {
    Some(match fault {
        FaultKind::OldVersion => "it is of X.509 version 1 or 2, which cannot name a CA",
        FaultKind::NotCa if certificate.is_ca.is_none() => "it lacks basicConstraints, so it is no CA",
        FaultKind::NotCa => "it says that it is no CA",
        FaultKind::MayNotSign => "its keyUsage does not allow it to sign certificates",
        FaultKind::UsageWrong => "its extended key usage does not allow TLS servers",
        _ => return None,
    })
}

/// More intermediates not all clients follow.
const MOST_FOLLOWED: usize = 6;
/// So many ways are kept, the best ones.
const MOST_WAYS: usize = 64;
/// Words in the names of CAs that are no roots.
const LINK_WORDS: [&str; 3] = ["intermediate", "issuing", "subordinate"];
