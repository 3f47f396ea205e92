//! What to ask of TLS 1.3.

use mailmedic_wire::names::{GroupFamily, SignatureScheme};

use super::{Part, Planner};
use crate::job::{Hello, Job, LIBRARY_GROUPS, LIBRARY_SUITES, Narrowed};
use crate::observation::{
    Ask, FIELDS, KeyType, Proven, Session, SignerKind, TLS12, TLS13, is_usual, schemes_at,
};

impl Planner<'_> {
    /// Returns the hello of TLS 1.3 that proves most. Handshakes that are completed for their scheme come first: they can
    /// bring the usual groups and suites along, and no others.
    pub(super) fn hello_of_tls13(&self) -> Option<Hello> {
        if self.waits_for_tls12() || self.is_pending(TLS13, Part::Schemes) || self.waits_for_certificate() {
            return None;
        }
        let schemes = self.schemes_of_tls13().filter(|hello| !self.was_asked(TLS13, hello));
        schemes.or_else(|| self.tls13())
    }

    /// Tells whether the hello of TLS 1.2 has to tell first what the refusal of the first look meant: most probably the versions.
    fn waits_for_tls12(&self) -> bool {
        let asked = self.seen.sessions.iter().any(|session| session.ask == Ask::List(TLS12));
        self.listing.first_look_refused && !asked && !self.is_given_up(TLS12)
    }

    /// The handshake with the other kind of key shows one of its schemes, and which kinds there are.
    fn waits_for_certificate(&self) -> bool {
        let other = self.seen.polite().and_then(super::super::other_key_type);
        let is_new = |kind: KeyType| super::super::is_new(self.seen, Ask::Certificate(kind));
        !self.listing.schemes(TLS13).yes.is_empty() && other.is_some_and(is_new)
    }

    /// An empty key share makes the server name its suite and its group in one answer (RFC 8446 §4.1.4).
    fn tls13(&self) -> Option<Hello> {
        if self.is_pending(TLS13, Part::Suites) || self.is_pending(TLS13, Part::Groups) {
            return None;
        }
        let listing = &self.listing;
        let (suites, mut groups) = (listing.open_suites(TLS13), listing.open_groups(TLS13));
        if self.is_swift() && listing.speaks(TLS13) {
            groups.retain(|group| !FIELDS.contains(group));
        }
        let known_suites: Vec<u16> = listing.suites(TLS13).yes.iter().collect();
        let known_groups: Vec<u16> = listing.groups(TLS13).yes.iter().collect();
        let nothing_known = known_suites.is_empty();
        if nothing_known && suites.is_empty() {
            return None;
        }
        // Rare suites are worth one refusal of their own, not one that leaves open what it means.
        let rare_left = !nothing_known && !suites.iter().any(|suite| is_usual(*suite));
        let (suites, groups) = match (suites.is_empty(), groups.is_empty()) {
            (true, true) => return None,
            (false, false) if rare_left || self.was_refused(TLS13, &suites, &groups, &[]) => {
                (suites, known_groups)
            }
            (false, false) => (suites, groups),
            (false, true) => (suites, known_groups),
            (true, false) => (known_suites, groups),
        };
        let schemes = schemes_at(TLS13).to_vec();
        Some(self.hello(TLS13, suites, groups, schemes))
    }

    /// Asks for finite fields beside the other groups, where connections would be idle else: which suites are asked for before
    /// TLS 1.3 hangs on whether the server knows the fields by name.
    pub(super) fn fields_of_tls13(&self) -> Option<Hello> {
        let listing = &self.listing;
        let mut groups = listing.open_groups(TLS13);
        groups.retain(|group| FIELDS.contains(group));
        let is_due = self.is_swift() && listing.speaks(TLS13) && !self.is_pending(TLS13, Part::Fields);
        let suites = listing.suites(TLS13).yes.iter().collect();
        (is_due && !groups.is_empty()).then(|| self.hello(TLS13, suites, groups, schemes_at(TLS13).to_vec()))
    }

    /// A scheme of TLS 1.3 shows only in a complete handshake: it comes encrypted. The suites and groups are such as are not
    /// known yet, as far as the library has them, so that the answer brings new ones too.
    fn schemes_of_tls13(&self) -> Option<Hello> {
        let listing = &self.listing;
        let schemes = listing.open_schemes(TLS13);
        if listing.schemes(TLS13).yes.is_empty() || schemes.is_empty() {
            return None;
        }
        let mut suites = LIBRARY_SUITES.to_vec();
        suites.retain(|suite| !is_known(listing.suites(TLS13), suite.0));
        if suites.is_empty() {
            suites = LIBRARY_SUITES.to_vec();
        }
        let mut groups = LIBRARY_GROUPS.to_vec();
        groups.retain(|group| !is_known(listing.groups(TLS13), group.0));
        let numbers: Vec<u16> = suites.iter().map(|suite| suite.0).collect();
        let group_numbers: Vec<u16> = groups.iter().map(|group| group.0).collect();
        // A hybrid alone is probably refused, and the refusal would leave open for what.
        let likely = groups.iter().any(|group| group.family() == Some(GroupFamily::Curve));
        if !likely || self.was_refused(TLS13, &numbers, &group_numbers, &schemes) {
            (suites, groups) = (LIBRARY_SUITES.to_vec(), LIBRARY_GROUPS.to_vec());
        }
        let signature_schemes = schemes.into_iter().map(SignatureScheme).collect();
        let server_name = self.wishes.server_name.clone();
        Some(Hello::Complete { server_name, signature_schemes, only: Some(Narrowed { suites, groups }) })
    }
}

/// Makes the question for the certificate of the other kind of key one of the listing, where TLS 1.3 is spoken: it asks for every scheme of
/// that kind, and for those of keys for RSASSA-PSS alone, so that a refusal speaks for all that the first look cannot have shown.
pub(in crate::plan) fn widened(job: Job, polite: &Session) -> Job {
    let version = polite.tls.as_ref().and_then(|tls| tls.version);
    let (Ask::Certificate(kind), Hello::Complete { server_name, .. }, Some(TLS13)) =
        (job.ask, &job.hello, version)
    else {
        return job;
    };
    let kind = match kind {
        KeyType::Rsa => SignerKind::Rsa,
        KeyType::Ecdsa => SignerKind::Ecdsa,
    };
    let is_wanted = |scheme: &u16| SignerKind::of(*scheme) == Some(kind) || RSA_PSS_PSS.contains(scheme);
    let signature_schemes =
        schemes_at(TLS13).iter().copied().filter(is_wanted).map(SignatureScheme).collect();
    let only = Some(Narrowed { suites: LIBRARY_SUITES.to_vec(), groups: LIBRARY_GROUPS.to_vec() });
    Job { hello: Hello::Complete { server_name: server_name.clone(), signature_schemes, only }, ..job }
}

/// The schemes of keys that may sign with RSASSA-PSS alone (RFC 8446 §4.2.3).
const RSA_PSS_PSS: [u16; 3] = [0x0809, 0x080A, 0x080B];

/// Tells whether a number is known to be taken or refused.
fn is_known(proven: &Proven, number: u16) -> bool {
    proven.yes.contains(number) || proven.no.contains(number)
}
