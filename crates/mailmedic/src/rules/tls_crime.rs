//! Compression beside passwords.

use mailmedic_wire::names::CompressionMethod;

use super::{scope, tls_compression, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;

pub(super) static RULE: Rule = Rule {
    id: "tls-crime",
    title: "TLS compresses where passwords pass (CRIME)",
    severity: Severity::Warning,
    what: "On a port where people log in the server chose to compress the data before it is encrypted.",
    why: "The length of what is sent then tells about its content: whoever can put text of his own, such as \
          a mail, beside a secret can guess the secret.",
    affected: "Mail programs that offer compression, which current ones do not.",
    fix: "Switch TLS compression off, or update the TLS library, which has it off by default since 2012.",
    change: Some(ChangeKind::Update),
    references: &["CVE-2012-4929", "RFC 7457 §2.6", "RFC 9325 §3.3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    if scope::is_opportunistic(seen) {
        return Verdict::NotApplicable("servers that deliver mail send no secret that is worth it");
    }
    let Some(method) = tls_compression::chosen(seen) else {
        return Verdict::NotApplicable("TLS 1.3 has no compression");
    };
    if method == 0 {
        return Verdict::Pass;
    }
    let name = CompressionMethod(method).to_string();
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            name.clone(),
            "TLS compresses where passwords pass (CRIME)",
            format!(
                "The server chose the compression method {name}: the length of what is sent then tells \
                 about its content, passwords among it."
            ),
        )
        .hurts(format!("{} that offer compression", wording::connecting(seen.endpoint.role)))
        .evidence("method", method)
        .change(Change::Update),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Tls};
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn compressed(port: u16, method: u8) -> Verdict {
        judged(check, port, |seen| {
            let tls = Tls { compression: Some(method), ..chose(0x0303, 0xC02F) };
            answer(seen, Ask::Version(0x0303), tls);
        })
    }

    #[test]
    fn passes_with_none() {
        assert_eq!(compressed(993, 0), Verdict::Pass);
    }

    #[test]
    fn fails_with_deflate_where_people_log_in() {
        assert_eq!(finding(compressed(993, 1)).severity, Severity::Warning);
        assert!(matches!(compressed(25, 1), Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
