//! Diffie-Hellman over a prime that is too short, or over a number that is no prime.

use mailmedic_wire::names::CipherSuite;

use super::{scope, wording};
use crate::dh;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, DhGroup, EndpointObservation, SuiteClass, Tls};

pub(super) static RULE: Rule = Rule {
    id: "tls-dh-weak",
    title: "Diffie-Hellman over a short prime",
    severity: Severity::Error,
    what: "In suites with ephemeral Diffie-Hellman the server uses a prime of fewer than 2048 bits, or a number \
           that is no prime at all.",
    why: "Primes of 1024 bits are within reach of a state, shorter ones of anybody. Clients on Debian and \
          Ubuntu refuse them with \"dh key too small\". A number that is no prime protects as little as its \
          factors do.",
    affected: "Clients that choose such a suite: those on OpenSSL's security level 2 fail, others are \
               weakly protected.",
    fix: "Use a group of 2048 bits or more, best a standard one such as ffdhe2048; or leave these suites \
          out, since every current client knows elliptic curves.",
    change: Some(ChangeKind::StrongDh),
    references: &["RFC 9325 §4.1", "RFC 7919"],
    since: "0.1",
    consequence_of: &["tls-logjam"],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    if let Some(group) = groups(seen).find(|group| is_no_prime(&group.prime.0)) {
        return Verdict::fail(no_prime(seen, group));
    }
    let Some(bits) = shortest(seen) else {
        return match seen.answer(Ask::Suites(SuiteClass::Dhe)) {
            Answer::No => Verdict::NotApplicable("suites with ephemeral Diffie-Hellman are refused"),
            Answer::Yes => Verdict::Unknown("the prime was not seen".to_owned()),
            Answer::Unknown(why) => Verdict::Unknown(why),
        };
    };
    if bits >= case.policy.dh_bits {
        return Verdict::Pass;
    }
    let severity = if bits < WITHIN_REACH_OF_ANYBODY {
        scope::by_role(seen, Severity::Warning, Severity::Error)
    } else {
        scope::by_role(seen, Severity::Note, Severity::Warning)
    };
    // Only a hello of our own shows the prime itself.
    let name =
        groups(seen).filter(|group| bits_of(group) == usize::from(bits)).find_map(|g| dh::name(&g.prime.0));
    let known = name.map(|name| format!(" ({name})")).unwrap_or_default();
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {bits} {known}", severity.name()),
            format!("Diffie-Hellman over a prime of {bits} bits"),
            format!(
                "The server's prime for ephemeral Diffie-Hellman has {bits} bits{known}; fewer than {} are \
                 weak, and OpenSSL on Debian and Ubuntu refuses them (\"dh key too small\").",
                case.policy.dh_bits
            ),
        )
        .hurts(format!("{} that choose such a suite", wording::connecting(seen.endpoint.role)))
        .evidence("bits", bits)
        .change(Change::StrongDh),
    )
}

fn no_prime(seen: &EndpointObservation, group: &DhGroup) -> Finding {
    let bits = bits_of(group);
    let severity = scope::by_role(seen, Severity::Warning, Severity::Error);
    Finding::new(
        severity,
        format!("{} no prime {bits}", severity.name()),
        "Diffie-Hellman over a number that is no prime",
        format!(
            "The modulus of {bits} bits that the server sends for ephemeral Diffie-Hellman is no prime: whoever \
             knows its factors, such as the one who made it, can open these sessions."
        ),
    )
    .hurts(format!("{} that choose such a suite", wording::connecting(seen.endpoint.role)))
    .evidence("bits", bits)
    .change(Change::StrongDh)
}

fn is_no_prime(modulus: &[u8]) -> bool {
    dh::name(modulus).is_none() && dh::is_composite(modulus) == Some(true)
}

/// Returns the finite fields that the server was seen to use.
pub(super) fn groups(seen: &EndpointObservation) -> impl Iterator<Item = &DhGroup> {
    let mut groups: Vec<&DhGroup> = signed(seen).filter_map(|tls| tls.dh.as_ref()).collect();
    groups.sort_unstable_by(|one, other| one.prime.cmp(&other.prime));
    groups.dedup_by(|one, other| one.prime == other.prime);
    groups.into_iter()
}

/// Returns the handshakes in which the server says who it is. For anonymous suites, a fault of their own, OpenSSL always
/// takes a prime of 1024 bits.
fn signed(seen: &EndpointObservation) -> impl Iterator<Item = &Tls> {
    let is_anonymous = |tls: &&Tls| tls.suite.is_some_and(|suite| CipherSuite(suite).is_anonymous());
    seen.sessions.iter().filter_map(|session| session.tls.as_ref()).filter(move |tls| !is_anonymous(tls))
}

/// Returns the size of a prime in bits.
pub(super) fn bits_of(group: &DhGroup) -> usize {
    let bytes = group.prime.0.iter().skip_while(|byte| **byte == 0);
    let whole = bytes.clone().count() * 8;
    whole - bytes.map(|byte| byte.leading_zeros()).next().map_or(0, |zeros| zeros as usize)
}

/// Returns the size of the shortest prime that was seen.
pub(super) fn shortest(seen: &EndpointObservation) -> Option<u16> {
    signed(seen).filter_map(|tls| tls.dh_bits).min()
}

/// Primes below this size were broken in public (RFC 7919 §1).
const WITHIN_REACH_OF_ANYBODY: u16 = 1024;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, DhGroup, SuiteClass, Tls};
    use crate::policy;
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn prime(port: u16, bits: Option<u16>) -> Verdict {
        judged(check, port, |seen| {
            let tls = Tls { dh_bits: bits, ..chose(0x0303, 0x009E) };
            answer(seen, Ask::Suites(SuiteClass::Dhe), tls);
        })
    }

    #[test]
    fn passes_at_the_limit() {
        assert_eq!(prime(993, Some(policy::MAIL.dh_bits)), Verdict::Pass);
    }

    #[test]
    fn fails_one_bit_below() {
        assert_eq!(finding(prime(993, Some(policy::MAIL.dh_bits - 1))).severity, Severity::Warning);
        assert_eq!(finding(prime(993, Some(512))).severity, Severity::Error);
        assert_eq!(finding(prime(25, Some(1024))).severity, Severity::Note);
    }

    #[test]
    fn what_anonymous_suites_use_does_not_count() {
        let verdict = judged(check, 993, |seen| {
            let tls = Tls { dh_bits: Some(1024), ..chose(0x0303, 0x00A6) };
            answer(seen, Ask::Suites(SuiteClass::Anonymous), tls);
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_on_a_modulus_that_is_no_prime_whatever_its_size() {
        let sent = |modulus: Vec<u8>| {
            judged(check, 993, |seen| {
                let dh = DhGroup { prime: Bytes(modulus), generator: Bytes(vec![2]) };
                let tls = Tls { dh_bits: Some(2048), dh: Some(dh), ..chose(0x0303, 0x009E) };
                answer(seen, Ask::Suites(SuiteClass::Dhe), tls);
            })
        };
        let mut modulus = vec![0xFF; 256];
        let found = finding(sent(modulus.clone()));
        assert_eq!((found.severity, found.evidence["bits"].as_u64()), (Severity::Error, Some(2048)));
        // The Mersenne prime of 2,203 bits.
        modulus.resize(275, 0xFF);
        modulus.insert(0, 0x07);
        assert_eq!(sent(modulus), Verdict::Pass);
    }

    #[test]
    fn unknown_when_the_prime_was_not_seen() {
        assert!(matches!(prime(993, None), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
