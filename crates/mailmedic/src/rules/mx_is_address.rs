//! An MX record names an address.

use super::records::{self, Target};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "mx-is-address",
    title: "an MX record names an address in place of a host",
    severity: Severity::Error,
    what: "Where the MX record must name a host, an IP address stands.",
    why: "Senders take the address for a host name, which does not exist, and return the mail or go on to \
          the next record. A few guess what is meant.",
    affected: "Everybody who writes to the domain from a server that keeps to the standard.",
    fix: "Give the server a name with an A or AAAA record and put that name into the MX record.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 1035 §3.3.9", "RFC 5321 §5.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (domain, answer) = match records::mx(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let addresses: Vec<(u16, String)> = records::exchanges(answer)
        .filter_map(|(preference, exchange)| match records::target(exchange?) {
            Target::Address(address) => Some((preference, address.to_string())),
            _ => None,
        })
        .collect();
    if addresses.is_empty() {
        return Verdict::Pass;
    }
    let named = words::list(&addresses.iter().map(|(_, address)| address).collect::<Vec<_>>());
    let lines = addresses
        .iter()
        .map(|(preference, _)| format!("{domain}. 3600 IN MX {preference} mail.{domain}."))
        .collect();
    Verdict::fail(
        Finding::new(
            Severity::Error,
            domain.to_string(),
            "an MX record names an address in place of a host",
            format!(
                "The MX record of {} names {named}; senders look for a host of that name, which does \
                     not exist.",
                domain.to_unicode()
            ),
        )
        .hurts("everybody who writes to this domain from a server that keeps to the standard")
        .evidence("exchanges", addresses.into_iter().map(|(_, address)| address).collect::<Vec<_>>())
        .change(Change::Dns { lines }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::rules::tests::{finding, judged_target, set_mx};

    #[test]
    fn passes_on_names_even_of_digits() {
        assert_eq!(judged_target(check, |sample| set_mx(sample, &["192.0.2.1.example."])), Verdict::Pass);
    }

    #[test]
    fn fails_on_addresses_with_or_without_a_dot() {
        for address in ["192.0.2.1", "192.0.2.1.", "2001:db8::1"] {
            finding(judged_target(check, |sample| set_mx(sample, &["mail.example.org", address])));
        }
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
