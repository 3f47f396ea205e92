//! The server limited this examination.

use super::scope;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "rate-limited",
    title: "the server limits connections, so some questions stayed open",
    severity: Severity::Note,
    what: "The server turned mailmedic away after a number of connections from the same address.",
    why: "That is good against abuse and no fault of the server, but the questions that stayed open are \
          answered by nobody: they are listed as \"could not tell\".",
    affected: "Nobody but scanners, unless many clients share one address, as behind an office's router.",
    fix: "Look again later with fewer connections, or let the address of this machine through the limit; \
          raise the limit if many clients share one address.",
    change: None,
    references: &["RFC 5321 §4.2.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::first_look(seen) {
        return verdict;
    }
    let Some(limit) = &seen.throttled else { return Verdict::Pass };
    let shown = words::escape(&limit.evidence.replace('\n', " "), 200);
    let after = words::count(limit.after_connections.into(), "connection");
    Verdict::fail(
        Finding::new(
            Severity::Note,
            "limit",
            "the server limited this examination",
            format!(
                "After {after} from this machine the server said or did: {shown}. Some questions \
                     stayed open."
            ),
        )
        .evidence("after_connections", limit.after_connections)
        .evidence("sign", shown),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::Throttled;
    use crate::rules::tests::{finding, judged, unseen};

    #[test]
    fn passes_without_a_limit() {
        assert_eq!(judged(check, 25, |_| {}), Verdict::Pass);
    }

    #[test]
    fn tells_a_limit() {
        let evidence = "421 too many connections".to_owned();
        let found = finding(judged(check, 25, |seen| {
            seen.throttled = Some(Throttled { after_connections: 12, evidence });
        }));
        assert!(found.cause.contains("After 12 connections"));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
    }
}
