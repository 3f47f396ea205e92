//! Clients choose among strong and weak suites.

use mailmedic_wire::names::CipherSuite;

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, is_broken};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-server-order-missing",
    title: "clients choose among strong and weak suites",
    severity: Severity::Note,
    what: "The server takes the first suite that the client names, and weak suites are among those that it accepts.",
    why: "A client with a bad order then gets a weak suite although both sides know a strong one. Where all suites \
          are strong the client's order is as good: it knows what its hardware does best.",
    affected: "Clients that put weak suites first, which current ones do not.",
    fix: "Switch the weak suites off; or let the server's order decide.",
    change: Some(ChangeKind::ServerOrder),
    references: &["RFC 9325 §4.2", "https://wiki.mozilla.org/Security/Server_Side_TLS"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    if let Err(verdict) = listed::needs_list(case) {
        return verdict;
    }
    match seen.server_order() {
        Some(true) => return Verdict::Pass,
        Some(false) => {}
        None if !seen.has_listing() => return Verdict::Unknown("the suites were not listed".to_owned()),
        // All suites were taken in one order only, or there is but one.
        None => return Verdict::NotApplicable("the order of suites did not show"),
    }
    let is_weak = |suite: CipherSuite| is_feeble(suite, scope::is_opportunistic(seen));
    let suites = wording::suites(seen, |suite| !suite.is_tls13());
    let (weak, strong): (Vec<CipherSuite>, Vec<CipherSuite>) =
        suites.into_iter().partition(|suite| is_weak(*suite));
    if weak.is_empty() || strong.is_empty() {
        return Verdict::Pass;
    }
    let names: Vec<String> = weak.iter().map(ToString::to_string).collect();
    Verdict::fail(
        Finding::new(
            Severity::Note,
            names.join(","),
            "clients choose among strong and weak suites",
            format!(
                "The server takes the first suite that the client names. Weak among those that it accepts: {}.",
                words::list(&names)
            ),
        )
        .evidence("weak", names)
        .change(Change::ServerOrder),
    )
}

/// Tells whether it would be a loss to get a suite where a better one is known: one that is broken, and where people log
/// in also one with small blocks or without forward secrecy.
fn is_feeble(suite: CipherSuite, opportunistic: bool) -> bool {
    is_broken(suite) || (!opportunistic && (suite.block_bits() == Some(64) || !suite.forward_secret()))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Depth, EndpointObservation, Numbers, suites_at};
    use crate::rules::tests::{chose, finding, judged, judged_at, list, unseen};
    use crate::sample;

    /// A listing in which the server takes all of these, once in our order and once in the other.
    fn ordered(port: u16, suites: &[u16], by_server: bool) -> Verdict {
        judged_at(Depth::Full, check, port, |seen| {
            list(seen, suites);
            let mut ours: Vec<u16> =
                suites_at(0x0303).map(|traits| traits.suite).filter(|suite| suites.contains(suite)).collect();
            let first = ours[0];
            hello(seen, &ours, first);
            ours.reverse();
            let chosen = if by_server { ours[1] } else { ours[0] };
            hello(seen, &ours, chosen);
        })
    }

    fn hello(seen: &mut EndpointObservation, offered: &[u16], chosen: u16) {
        let last = seen.sessions.iter().rev().find_map(|session| {
            session
                .tls
                .as_ref()
                .filter(|tls| tls.suite == Some(chosen))
                .map(|tls| (tls.clone(), session.offered.clone()))
        });
        let (tls, before) = last.unwrap_or((chose(0x0303, chosen), None));
        let mut session = sample::session(&seen.endpoint, Ask::List(0x0303), tls);
        session.offered = before;
        session.offered.as_mut().unwrap().suites = Numbers(offered.to_vec());
        seen.sessions.push(session);
    }

    /// RSA key transport with GCM beside two others of the same kind.
    const WITH_WEAK: [u16; 4] = [0xC02F, 0xC030, 0x009C, 0x009D];
    const STRONG: [u16; 2] = [0xC02F, 0xC030];

    #[test]
    fn passes_where_the_server_decides_or_nothing_is_weak() {
        assert_eq!(ordered(993, &WITH_WEAK, true), Verdict::Pass);
        assert_eq!(ordered(993, &STRONG, false), Verdict::Pass);
        // On port 25 what lacks forward secrecy is better than nothing.
        assert_eq!(ordered(25, &WITH_WEAK, false), Verdict::Pass);
    }

    #[test]
    fn a_note_where_clients_choose_and_something_is_weak() {
        let found = finding(ordered(993, &WITH_WEAK, false));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("TLS_RSA_WITH_AES_128_GCM_SHA256 and TLS_RSA"), "{}", found.cause);
    }

    #[test]
    fn asked_at_full_depth_only() {
        assert!(matches!(judged(check, 993, |_| {}), Verdict::NotApplicable(_)));
        assert!(matches!(judged_at(Depth::Full, check, 993, |_| {}), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
