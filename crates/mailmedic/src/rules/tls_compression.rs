//! TLS compresses what it encrypts.

use mailmedic_wire::names::CompressionMethod;

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;

pub(super) static RULE: Rule = Rule {
    id: "tls-compression",
    title: "TLS compression is on",
    severity: Severity::Note,
    what: "The server chose to compress the data before it is encrypted.",
    why: "The length of what is sent then tells about its content (CRIME): whoever can put text of his own \
          beside a secret can guess the secret.",
    affected: "Clients that offer compression, which current ones do not.",
    fix: "Switch TLS compression off, or update the TLS library, which has it off by default since 2012.",
    change: Some(ChangeKind::Update),
    references: &["RFC 9325 §3.3", "CVE-2012-4929"],
    since: "0.1",
    consequence_of: &["tls-crime"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let Some(method) = chosen(seen) else {
        return Verdict::NotApplicable("TLS 1.3 has no compression");
    };
    if method == 0 {
        return Verdict::Pass;
    }
    let name = CompressionMethod(method).to_string();
    Verdict::fail(
        Finding::new(
            Severity::Note,
            name.clone(),
            "TLS compression is on",
            format!(
                "The server chose the compression method {name}: the length of what is sent then tells \
                 about its content (CRIME)."
            ),
        )
        .hurts(format!("{} that offer compression", wording::connecting(seen.endpoint.role)))
        .evidence("method", method)
        .change(Change::Update),
    )
}

/// Returns the compression method that the server chose; 0 is none, and one that compresses goes first.
pub(super) fn chosen(seen: &EndpointObservation) -> Option<u8> {
    seen.sessions.iter().filter_map(|session| session.tls.as_ref()?.compression).max()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Tls};
    use crate::rules::judge;
    use crate::rules::tests::{answer, chose, finding, judged, unseen};
    use crate::sample;

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
    fn fails_with_deflate() {
        for port in [25, 993] {
            assert_eq!(finding(compressed(port, 1)).severity, Severity::Note);
        }
    }

    #[test]
    fn where_people_log_in_it_is_told_as_crime() {
        let judged = |port: u16| {
            let mut sample = sample::healthy().only(port);
            let tls = Tls { compression: Some(1), ..chose(0x0303, 0xC02F) };
            answer(sample.port(port), Ask::Version(0x0303), tls);
            let judgement = judge(&sample.case(), |rule| ["tls-compression", "tls-crime"].contains(&rule.id));
            judgement.findings.iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert_eq!(judged(993), ["tls-crime"]);
        assert_eq!(judged(25), ["tls-compression"]);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
