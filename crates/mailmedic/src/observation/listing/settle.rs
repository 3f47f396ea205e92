//! What is settled of a listing without a refusal that draws it: by the version that was chosen, by an alert that names the
//! version, by what was chosen though it was not offered.

use super::{
    Listing, SignerKind, TLS12, TLS13, VERSIONS,
    heard::{listed_version, success},
    suite_traits, suites_at,
};
use crate::observation::{Ask, Session};

impl Listing {
    /// Settles the versions that the server cannot speak: those between the newest offered and the one chosen, and
    /// those up to one that it refused by name.
    pub(super) fn settle_versions(&mut self) {
        // A server that calls TLS 1.3 and 1.2 together an unknown version, and answers the latter alone with an older one.
        if self.first_look_refused && self.is_passed_over(TLS12) && !self.speaks(TLS13) {
            let all = suites_at(TLS13).map(|traits| traits.suite);
            self.suites.entry(TLS13).or_default().no.extend(all);
        }
        for version in VERSIONS.into_iter().filter(|version| *version != TLS13) {
            if self.skipped.contains(&version) || self.is_refused_by_name(version) {
                let all = suites_at(version).map(|traits| traits.suite);
                let proven = self.suites.entry(version).or_default();
                all.for_each(|suite| {
                    proven.refuse(suite);
                });
            }
        }
    }

    /// Settles suites over finite fields at a version of whose other suites none is taken, below one where none of
    /// them is taken either: a server has them in every version or in none, since they are older than TLS.
    pub(super) fn settle_fields(&mut self) {
        for version in VERSIONS.into_iter().filter(|version| *version < TLS12) {
            let open = self.open_suites(version);
            let field = |suite: &u16| suite_traits(*suite).is_some_and(|traits| traits.field);
            let newer = VERSIONS.into_iter().filter(|newer| *newer > version && *newer != TLS13);
            let refused_above = newer.clone().any(|newer| self.speaks(newer))
                && newer.filter(|newer| self.speaks(*newer)).all(|newer| {
                    let all = suites_at(newer).map(|traits| traits.suite).filter(field);
                    all.into_iter().all(|suite| self.suites(newer).no.contains(suite))
                });
            if !self.speaks(version) && !open.is_empty() && open.iter().all(field) && refused_above {
                let proven = self.suites.entry(version).or_default();
                for suite in open {
                    proven.refuse(suite);
                }
            }
        }
    }

    /// Settles what a server passed over for something that was not offered at all: it takes nothing of the offer.
    pub(super) fn settle_unoffered(&mut self, sessions: &[Session]) {
        for session in sessions {
            let (Some(_), Some(offered), Some(success)) =
                (listed_version(session), &session.offered, success(session))
            else {
                continue;
            };
            let index = usize::from(success.version == TLS13);
            if let Some(scheme) = success.scheme.filter(|scheme| !offered.schemes.has(*scheme)) {
                let kind = SignerKind::of(scheme);
                for other in offered.schemes.0.iter().filter(|other| SignerKind::of(**other) == kind) {
                    self.schemes[index].refuse(*other);
                }
            }
            if success.group.is_some_and(|group| !offered.groups.has(group)) {
                for other in &offered.groups.0 {
                    self.groups[index].refuse(*other);
                }
            }
        }
    }

    /// Settles the groups before TLS 1.3 of a server whose suites with curves are all signed with ECDSA: it takes only hellos with the curve of
    /// its certificate, so that the known ones stand last; one of them chosen speaks against those before.
    pub(super) fn settle_curves(&mut self, sessions: &[Session]) {
        for version in [TLS12, 0x0302, 0x0301] {
            if !self.has_only_ecdsa_curves(version) {
                continue;
            }
            for session in sessions.iter().filter(|session| session.ask == Ask::List(version)) {
                let (Some(offered), Some(tls)) = (&session.offered, &session.tls) else { continue };
                let is_about_groups =
                    offered.suites.0.iter().all(|suite| self.suites(version).yes.contains(*suite));
                if is_about_groups && tls.group.is_some() {
                    for group in &offered.groups.0 {
                        self.groups[0].refuse(*group);
                    }
                }
            }
        }
    }
}
