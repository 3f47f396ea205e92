//! Diffie-Hellman over primes of 512 bits.

use mailmedic_wire::names::cipher_suite::KeyExchange;

use super::{scope, tls_dh_weak, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, EndpointObservation, SuiteClass};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-logjam",
    title: "Diffie-Hellman over 512 bits is accepted (Logjam)",
    severity: Severity::Error,
    what: "The server accepts Diffie-Hellman suites for export, or uses a prime of 512 bits or fewer.",
    why: "For a prime of this size sessions are opened within minutes, and an attacker on the way can push \
          clients that take short primes down to it.",
    affected: "Clients that accept primes of 512 bits, which current ones do not.",
    fix: "Leave export suites out and use a group of 2048 bits or more, best a standard one such as \
          ffdhe2048.",
    change: Some(ChangeKind::StrongDh),
    references: &["CVE-2015-4000", "RFC 7919"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let suites = wording::suites(seen, |suite| suite.key_exchange() == Some(KeyExchange::DheExport));
    let bits = tls_dh_weak::shortest(seen).filter(|bits| *bits <= EXPORT_BITS);
    if suites.is_empty() && bits.is_none() {
        let dhe = seen.answer(Ask::Suites(SuiteClass::Dhe));
        // The rare suites with Diffie-Hellman are asked for only where there is any.
        let answer = if dhe.is_no() { dhe } else { seen.answer(Ask::Suites(SuiteClass::RareDhe)) };
        return match answer {
            Answer::No => Verdict::Pass,
            Answer::Unknown(why) => Verdict::Unknown(why),
            Answer::Yes => Verdict::Unknown("the server chose another rare suite".to_owned()),
        };
    }
    let names: Vec<String> = suites.iter().map(ToString::to_string).collect();
    let shown = match bits {
        Some(bits) if names.is_empty() => format!("The server's prime for Diffie-Hellman has {bits} bits."),
        _ => format!("The server accepts {}, whose primes have 512 bits.", words::list(&names)),
    };
    let severity = scope::by_role(seen, Severity::Warning, Severity::Error);
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {bits:?} {}", severity.name(), names.join(",")),
            "Diffie-Hellman over 512 bits is accepted (Logjam)",
            format!("{shown} Sessions with such a prime are opened within minutes."),
        )
        .hurts(format!("old {}", wording::connecting(seen.endpoint.role)))
        .evidence("suites", names)
        .evidence("bits", bits)
        .change(Change::StrongDh),
    )
}

/// The size to which export suites limit the prime.
const EXPORT_BITS: u16 = 512;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{Ask, SuiteClass, Tls, TlsEnd};
    use crate::rules::tests::{answer, chose, ended, finding, judged, unseen};

    fn with(bits: u16, rare: Tls) -> Verdict {
        judged(check, 993, |seen| {
            answer(seen, Ask::Suites(SuiteClass::Dhe), Tls { dh_bits: Some(bits), ..chose(0x0303, 0x009E) });
            answer(seen, Ask::Suites(SuiteClass::RareDhe), rare);
        })
    }

    #[test]
    fn passes_without_export_suites_and_one_bit_above_512() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
        assert_eq!(with(513, ended(TlsEnd::Alert)), Verdict::Pass);
    }

    #[test]
    fn fails_at_512_bits_and_on_export_suites() {
        assert!(finding(with(512, ended(TlsEnd::Alert))).cause.contains("has 512 bits"));
        assert!(finding(with(2048, chose(0x0301, 0x0014))).cause.contains("DHE_RSA_EXPORT"));
    }

    #[test]
    fn unknown_when_not_asked() {
        let verdict = judged(check, 993, |seen| {
            answer(seen, Ask::Suites(SuiteClass::Dhe), chose(0x0303, 0x009E));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
