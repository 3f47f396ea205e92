//! Windows without the update that closed a hole in its TLS.

use mailmedic_wire::names::cipher_suite::{Cipher, Mode};
use mailmedic_wire::names::{CipherSuite, ExtensionType, NamedGroup, ProtocolVersion};

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation, TLS12};
use crate::software::Product;

pub(super) static RULE: Rule = Rule {
    id: "tls-winshock",
    title: "Windows may lack the update MS14-066 (Winshock)",
    severity: Severity::Warning,
    what: "An Exchange server speaks TLS 1.2 as a Windows of before November 2014 does: without any of the four \
           suites with GCM that the update MS14-066 brought, and without all that came later.",
    why: "In a Windows without that update a crafted handshake runs foreign code on the server.",
    affected: "The server itself. Somebody may have switched these suites off by hand, which looks the same from \
               outside.",
    fix: "Look on the server whether KB2992611 or a later rollup is installed; if not, install all updates at once, \
          or move to a Windows that still gets them.",
    change: Some(ChangeKind::Update),
    references: &["CVE-2014-6321", "https://support.microsoft.com/kb/2992611"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let is_exchange = case.software_of(seen).is_some_and(|software| software.product == Product::Exchange);
    if !is_exchange {
        return Verdict::NotApplicable("no software of Microsoft was recognised");
    }
    if seen.versions().iter().any(|version| *version >= ProtocolVersion::TLSv1_3.0) || shows_newer(seen) {
        return Verdict::Pass;
    }
    match seen.version(TLS12) {
        Answer::Yes => {}
        Answer::No => return Verdict::Unknown("without TLS 1.2 the update does not show".to_owned()),
        Answer::Unknown(why) => return Verdict::Unknown(why),
    }
    if let Err(verdict) = listed::needs_list(case) {
        return verdict;
    }
    if !seen.has_listing() {
        return Verdict::Unknown("the suites were not listed".to_owned());
    }
    match listed::refused_in_listing(seen, &[TLS12], is_newer) {
        Verdict::Pass => {}
        other => return other,
    }
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            "missing",
            "Windows may lack the update MS14-066 (Winshock)",
            "The Exchange server speaks TLS 1.2 without any of the four suites with GCM that the update MS14-066 \
             brought in November 2014, and shows nothing that came later. Only a look at the server tells whether \
             the update is missing or the suites were switched off.",
        )
        .hurts(format!("the server itself, and with it {}", wording::connecting(seen.endpoint.role)))
        .change(Change::Update),
    )
}

/// Tells whether something was seen that Windows got with the update or later, or never had.
fn shows_newer(seen: &EndpointObservation) -> bool {
    let nist = [NamedGroup::SECP256R1, NamedGroup::SECP384R1, NamedGroup::SECP521R1];
    let foreign = [ExtensionType::ENCRYPT_THEN_MAC.0, ExtensionType::MAX_FRAGMENT_LENGTH.0];
    let extensions =
        || seen.sessions.iter().filter_map(|session| session.tls.as_ref()).flat_map(|tls| &tls.extensions);
    !wording::suites(seen, is_newer).is_empty()
        || seen.groups().into_iter().any(|group| !nist.contains(&NamedGroup(group)))
        || extensions().any(|extension| foreign.contains(extension))
}

/// Tells whether Windows got a suite with the update (RSA and DHE with AES-GCM) or later (ECDHE_RSA with AES-GCM), or
/// never had it. ECDHE_ECDSA with AES-GCM it always had.
fn is_newer(suite: CipherSuite) -> bool {
    let Some(encryption) = suite.encryption() else { return false };
    let is_old = suite.name().is_some_and(|name| name.starts_with("TLS_ECDHE_ECDSA_WITH_AES_"));
    matches!(encryption.mode, Mode::Ccm | Mode::Ccm8 | Mode::Poly1305)
        || (encryption.mode == Mode::Gcm && !is_old)
        || matches!(encryption.cipher, Cipher::Camellia | Cipher::Aria | Cipher::Seed | Cipher::Idea)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Depth, EndpointObservation};
    use crate::rules::tests::{finding, list, listed, polite};
    use crate::sample;
    use crate::software::{Product, Software};

    /// What Windows Server 2012 had before the update: CBC, ECDHE_ECDSA with GCM, and no TLS 1.3.
    const BEFORE: [u16; 4] = [0x002F, 0xC013, 0xC023, 0xC02B];

    fn exchange(depth: Depth, product: Product, change: impl FnOnce(&mut EndpointObservation)) -> Verdict {
        let mut sample = sample::healthy().only(25);
        sample.seen.depth = depth;
        sample.software = vec![Some(Software { product, version: None, evidence: "greeting".into() })];
        let seen = sample.port(25);
        seen.sessions.retain(|session| session.tls.as_ref().unwrap().version.is_none());
        change(seen);
        for tls in seen.sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
            tls.group = tls.group.map(|_| 23);
        }
        sample.endpoints(check).remove(0)
    }

    #[test]
    fn passes_with_any_suite_of_the_update() {
        for suite in [0x009C, 0x009D, 0x009E, 0x009F, 0xC02F] {
            let suites = [&BEFORE[..], &[suite]].concat();
            assert_eq!(exchange(Depth::Full, Product::Exchange, |seen| list(seen, &suites)), Verdict::Pass);
        }
    }

    #[test]
    fn fails_with_none_of_them() {
        let found = finding(exchange(Depth::Full, Product::Exchange, |seen| list(seen, &BEFORE)));
        assert_eq!(found.severity, Severity::Warning);
    }

    #[test]
    fn only_software_of_microsoft_is_judged() {
        let verdict = exchange(Depth::Full, Product::Postfix, |seen| list(seen, &BEFORE));
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_without_a_whole_listing() {
        let verdict = exchange(Depth::Full, Product::Exchange, |seen| listed(seen, &BEFORE));
        assert!(matches!(verdict, Verdict::Unknown(_)));
        let verdict = exchange(Depth::Standard, Product::Exchange, |seen| list(seen, &BEFORE));
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
        let verdict = exchange(Depth::Full, Product::Exchange, |seen| {
            *seen = sample::healthy().only(25).seen.endpoints.remove(0);
            seen.sessions.truncate(1);
            polite(seen, |look| look.tls = None);
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }
}
