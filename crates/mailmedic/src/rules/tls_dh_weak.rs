//! Diffie-Hellman over a prime that is too short.

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, EndpointObservation, SuiteClass};

pub(super) static RULE: Rule = Rule {
    id: "tls-dh-weak",
    title: "Diffie-Hellman over a short prime",
    severity: Severity::Error,
    what: "In suites with ephemeral Diffie-Hellman the server uses a prime of fewer than 2048 bits.",
    why: "Primes of 1024 bits are within reach of a state, shorter ones of anybody. Clients on Debian and \
          Ubuntu refuse them with \"dh key too small\".",
    affected: "Clients that choose such a suite: those on OpenSSL's security level 2 fail, others are \
               weakly protected.",
    fix: "Use a group of 2048 bits or more, best a standard one such as ffdhe2048; or leave these suites \
          out, since every current client knows elliptic curves.",
    change: Some(ChangeKind::StrongDh),
    references: &["RFC 9325 §4.1", "RFC 7919"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
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
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {bits}", severity.name()),
            format!("Diffie-Hellman over a prime of {bits} bits"),
            format!(
                "The server's prime for ephemeral Diffie-Hellman has {bits} bits; fewer than {} are weak, \
                 and OpenSSL on Debian and Ubuntu refuses them (\"dh key too small\").",
                case.policy.dh_bits
            ),
        )
        .hurts(format!("{} that choose such a suite", wording::connecting(seen.endpoint.role)))
        .evidence("bits", bits)
        .change(Change::StrongDh),
    )
}

/// Returns the size of the shortest prime that was seen.
pub(super) fn shortest(seen: &EndpointObservation) -> Option<u16> {
    seen.sessions.iter().filter_map(|session| session.tls.as_ref()?.dh_bits).min()
}

/// Primes below this size were broken in public (RFC 7919 §1).
const WITHIN_REACH_OF_ANYBODY: u16 = 1024;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, SuiteClass, Tls};
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
    fn unknown_when_the_prime_was_not_seen() {
        assert!(matches!(prime(993, None), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
