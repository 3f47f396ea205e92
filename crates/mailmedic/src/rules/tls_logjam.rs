//! Diffie-Hellman over primes of 512 bits, or over short ones that many servers share.

use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::KeyExchange;

use super::{listed, scope, tls_dh_weak, wording};
use crate::dh;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, EndpointObservation, SuiteClass, VERSIONS};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-logjam",
    title: "Diffie-Hellman over a prime that was worked out already (Logjam)",
    severity: Severity::Error,
    what: "The server accepts Diffie-Hellman suites for export, uses a prime of 512 bits or fewer, or a \
           well-known one of 1024 bits or fewer that many servers share.",
    why: "For a prime of this size sessions are opened within minutes, and an attacker on the way can push \
          clients that take short primes down to it. For 1024 bits the work is in reach of states, has to be \
          done only once for each prime, and pays for those that many servers share.",
    affected: "Clients that accept such primes, which current ones mostly do not.",
    fix: "Leave export suites out and use a group of 2048 bits or more, best a standard one such as \
          ffdhe2048.",
    change: Some(ChangeKind::StrongDh),
    references: &["CVE-2015-4000", "https://weakdh.org", "RFC 7919 §1", "RFC 9325 §4.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let is_export = |suite: CipherSuite| suite.key_exchange() == Some(KeyExchange::DheExport);
    let suites = wording::suites(seen, is_export);
    let bits = tls_dh_weak::shortest(seen).filter(|bits| *bits <= EXPORT_BITS);
    if suites.is_empty() && bits.is_none() {
        if let Some((bits, name)) = shared(seen) {
            return Verdict::fail(about_shared(seen, bits, name));
        }
        if seen.has_listing() {
            return listed::refused_in_listing(seen, &VERSIONS, is_export);
        }
        let dhe = seen.answer(Ask::Suites(SuiteClass::Dhe));
        // The rare suites with Diffie-Hellman are asked for only where there is any, or any rare suite.
        let rare = seen.answer(Ask::Suites(SuiteClass::RareDhe));
        let asked = [SuiteClass::RareDhe, SuiteClass::RareSigned]
            .into_iter()
            .any(|class| seen.session(Ask::Suites(class)).is_some());
        let answer = if dhe.is_no() && !asked { dhe } else { rare };
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

/// Returns the shortest prime that many servers share and that is within reach of a state.
fn shared(seen: &EndpointObservation) -> Option<(usize, &'static str)> {
    let known = tls_dh_weak::groups(seen)
        .filter_map(|group| Some((tls_dh_weak::bits_of(group), dh::name(&group.prime.0)?)));
    known.filter(|(bits, _)| *bits <= SHARED_BITS).min()
}

fn about_shared(seen: &EndpointObservation, bits: usize, name: &'static str) -> Finding {
    let severity = scope::by_role(seen, Severity::Note, Severity::Warning);
    Finding::new(
        severity,
        format!("{} shared {bits} {name}", severity.name()),
        "Diffie-Hellman over a short prime that many servers share (Logjam)",
        format!(
            "The server's prime for Diffie-Hellman has {bits} bits and is {name}: many servers use it, so that \
             the work of a state on this one number opens the sessions of all."
        ),
    )
    .hurts(format!("{} that choose such a suite", wording::connecting(seen.endpoint.role)))
    .evidence("bits", bits)
    .evidence("prime", name)
    .change(Change::StrongDh)
}

/// The largest prime for which the work is in reach of a state (RFC 7919 §1).
const SHARED_BITS: usize = 1024;

/// The size to which export suites limit the prime.
const EXPORT_BITS: u16 = 512;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, DhGroup, SuiteClass, Tls, TlsEnd};
    use crate::rules::tests::{answer, chose, ended, finding, judged, list, listed, unseen};

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
    fn a_short_prime_that_many_share_is_a_warning_where_people_log_in() {
        let shared = |port: u16, prime: Vec<u8>| {
            judged(check, port, |seen| {
                let dh = DhGroup { prime: Bytes(prime), generator: Bytes(vec![2]) };
                let tls = Tls { dh_bits: Some(768), dh: Some(dh), ..chose(0x0303, 0x009E) };
                answer(seen, Ask::Suites(SuiteClass::Dhe), tls);
                answer(seen, Ask::Suites(SuiteClass::RareDhe), ended(TlsEnd::Alert));
            })
        };
        let group1: Vec<u8> = GROUP1.split_ascii_whitespace().flat_map(hex).collect();
        let found = finding(shared(993, group1.clone()));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("768 bits and is group 1 of RFC 2409"), "{}", found.cause);
        assert_eq!(finding(shared(25, group1.clone())).severity, Severity::Note);
        let mut own = group1;
        own[40] ^= 1;
        assert_eq!(shared(993, own), Verdict::Pass);
    }

    #[test]
    fn a_full_listing_tells_of_every_suite() {
        assert_eq!(judged(check, 993, |seen| list(seen, &[0xC02F, 0x009E])), Verdict::Pass);
        assert!(
            finding(judged(check, 993, |seen| list(seen, &[0x009E, 0x0014])))
                .cause
                .contains("DHE_RSA_EXPORT")
        );
        assert!(matches!(judged(check, 993, |seen| listed(seen, &[0x009E])), Verdict::Unknown(_)));
    }

    fn hex(word: &str) -> [u8; 4] {
        u32::from_str_radix(word, 16).unwrap().to_be_bytes()
    }

    const GROUP1: &str = "\
        ffffffff ffffffff c90fdaa2 2168c234 c4c6628b 80dc1cd1 29024e08 8a67cc74 020bbea6 3b139b22 514a0879 8e3404dd \
        ef9519b3 cd3a431b 302b0a6d f25f1437 4fe1356d 6d51c245 e485b576 625e7ec6 f44c42e9 a63a3620 ffffffff ffffffff";

    #[test]
    fn unknown_when_not_asked() {
        let verdict = judged(check, 993, |seen| {
            answer(seen, Ask::Suites(SuiteClass::Dhe), chose(0x0303, 0x009E));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
