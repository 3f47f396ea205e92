//! A block list refuses to answer through this resolver.

use super::dnsbl_listed::asked;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::records::dnsbl::{self, LISTS, Told};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dnsbl-refused",
    title: "block lists refuse to answer through this resolver",
    severity: Severity::Note,
    what: "A block list answered with a code that means a refusal, or the resolver put an address of its own in the place of \
           an answer. Neither says that anybody is listed, or is not.",
    why: "Spamhaus, URIBL and others do not answer public resolvers (8.8.8.8, 1.1.1.1) and those of large hosters. A mail \
          server that asks through such a resolver gets the same refusals, and if it takes them for listings, it refuses all \
          mail.",
    affected: "Nobody's mail by itself; it could not be told whether a list has the domain. If the domain's mail server uses \
               this resolver, its own filter is blind, or refuses everybody.",
    fix: "Ask through a resolver of your own that goes to the name servers itself (unbound, BIND, Knot Resolver) and give its \
          address with --resolver, or get a key of the list (Spamhaus: Data Query Service) for the mail server.",
    change: None,
    references: &[
        "RFC 5782 §5",
        "https://www.spamhaus.org/faqs/dnsbl-usage/",
        "https://uribl.com/refused.shtml",
    ],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look) = match asked(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let (mut refused, mut doubt, mut heard) = (Vec::new(), None, false);
    for list in LISTS {
        match dnsbl::of(&answers, &look, list) {
            Err(missing) => doubt = Some(format!("{}: {}", list.name, missing.why())),
            Ok(Told::Nothing(why)) if why.is_refusal() => refused.push((list, why)),
            Ok(Told::Nothing(_)) | Ok(Told::NotAsked) => {}
            Ok(Told::Listed(..)) => heard = true,
        }
    }
    if refused.is_empty() {
        return match doubt {
            Some(why) => Verdict::Unknown(why),
            None if heard => Verdict::Pass,
            None => Verdict::NotApplicable("no list gave an answer"),
        };
    }
    let names: Vec<&str> = refused.iter().map(|(list, _)| list.name).collect();
    let each: Vec<String> = refused.iter().map(|(list, why)| format!("{}: {why}", list.name)).collect();
    Verdict::fail(
        Finding::new(
            Severity::Note,
            "refused",
            format!("{} could not be asked through this resolver", words::list(&names)),
            format!("{}. So it is not known whether they list anybody.", each.join("; ")),
        )
        .hurts("whoever wants to know; and a mail server that asks through the same resolver filters blindly")
        .evidence("lists", refused.iter().map(|(list, _)| list.zone).collect::<Vec<_>>()),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::rules::dnsbl_listed::tests::asked;
    use crate::rules::tests::finding;
    use crate::sample;

    #[test]
    fn passes_where_lists_answer() {
        assert_eq!(check(&asked(&[]).case()), Verdict::Pass);
    }

    #[test]
    fn a_note_where_they_refuse_or_the_resolver_makes_answers_up() {
        let sample = asked(&[
            ("2.0.0.127.zen.spamhaus.org", "127.255.255.254"),
            ("test.multi.uribl.com", "127.0.0.1"),
            ("1.0.0.127.psbl.surriel.com", "198.51.100.9"),
        ]);
        let found = finding(check(&sample.case()));
        assert_eq!(found.severity, Severity::Note);
        assert_eq!(found.title, "Spamhaus ZEN, PSBL and URIBL could not be asked through this resolver");
        assert!(found.cause.contains("rewrites"), "{}", found.cause);
    }

    #[test]
    fn unknown_on_failure_and_silent_where_lists_were_not_to_be_asked() {
        let failed = asked(&[("2.0.0.127.zen.spamhaus.org", "SERVFAIL")]);
        assert!(matches!(check(&failed.case()), Verdict::Unknown(_)));
        assert!(matches!(check(&sample::healthy().case()), Verdict::NotApplicable(_)));
    }
}
