//! A block list has the domain, or an address that its mail comes from.

use super::{mail_dns, senders};
use crate::finding::{Case, Check, Finding, Located, Rule, Severity, Verdict};
use crate::records::dnsbl::{self, LISTS, List, Listing, Lists, Told};
use crate::records::reverse::{self, Sender};
use crate::records::{Answers, Look};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dnsbl-listed",
    title: "a block list has the domain or a sending address",
    severity: Severity::Error,
    what: "A block list that receivers use has an address that sends mail for the domain, or takes its mail and may send as \
           well, or the domain itself. Each list was first asked about its own test entries, and refusals are not \
           taken for listings.",
    why: "Receivers ask such lists about whoever connects and about the domains in a message. What Spamhaus or Barracuda \
          lists is refused by a good part of the world; what smaller lists have is counted as a sign of spam.",
    affected: "Recipients at receivers that use the list.",
    fix: "Find out what was seen: a hijacked account, a web form, an open relay, a list of bought addresses. End it first, \
          then ask the list for removal; a list that is asked too early lists again.",
    change: None,
    references: &["RFC 5782 §2", "RFC 6471 §2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Parts(check),
};

fn check(case: &Case<'_>) -> Vec<Located> {
    let here = |verdict| vec![(Vec::new(), verdict)];
    let (answers, look) = match asked(case) {
        Ok(found) => found,
        Err(verdict) => return here(verdict),
    };
    LISTS.iter().map(|list| (Vec::new(), judge(&answers, &look, list))).collect()
}

/// Returns the answers, if lists were to be asked.
pub(super) fn asked<'a>(case: &Case<'a>) -> Result<(Answers<'a>, Look<'a>), Verdict> {
    let (answers, look) = mail_dns::domain(case)?;
    if look.wishes.lists {
        Ok((answers, look))
    } else {
        Err(Verdict::NotApplicable("block lists were not to be asked"))
    }
}

fn judge(answers: &Answers<'_>, look: &Look<'_>, list: &List) -> Verdict {
    match dnsbl::of(answers, look, list) {
        Err(missing) => Verdict::Unknown(format!("{}: {}", list.name, missing.why())),
        Ok(Told::Nothing(why)) => Verdict::Unknown(format!("{}: {why}", list.name)),
        Ok(Told::NotAsked) => Verdict::NotApplicable("there is nothing that this list could have"),
        Ok(Told::Listed(listings, _)) if listings.is_empty() => Verdict::Pass,
        Ok(Told::Listed(listings, _)) => {
            Verdict::fail(finding(list, &listings, &reverse::senders(answers, look)))
        }
    }
}

fn finding(list: &List, listings: &[Listing], all: &[Sender]) -> Finding {
    let severity = listings.iter().map(|listing| listing.severity).max().unwrap_or(Severity::Note);
    let whom: Vec<&str> = listings.iter().map(|listing| listing.whom.as_str()).collect();
    let each: Vec<String> = listings.iter().map(|listing| sentence(listing, all)).collect();
    let weight = match severity {
        Severity::Error => "Many large receivers refuse what is on this list.",
        Severity::Warning => "Some receivers refuse what is on this list, more count it as a sign of spam.",
        Severity::Note => "Few receivers act on this entry alone.",
    };
    let links = match list.lists {
        Lists::Domains { .. } => " It is asked about the domains of senders and of links in messages.",
        Lists::Ipv4 | Lists::Addresses => "",
    };
    Finding::new(
        severity,
        list.zone,
        format!("{} lists {}", list.name, words::list(&whom)),
        format!("{} {weight}{links} {}", each.join(" "), list.delisting),
    )
    .hurts(format!("recipients at receivers that ask {}", list.name))
    .evidence("list", list.zone)
    .evidence("listed", whom)
    .evidence("answers", listings.iter().map(|listing| dnsbl::row_of(&listing.codes)).collect::<Vec<_>>())
    .evidence("delisting", list.delisting)
}

fn sentence(listing: &Listing, all: &[Sender]) -> String {
    let means = match listing.means.as_slice() {
        [] => "for a reason that it does not publish".to_owned(),
        means => words::list(means),
    };
    let said = listing.text.as_ref().map(|text| format!(" It says: \"{text}\".")).unwrap_or_default();
    let codes = dnsbl::row_of(&listing.codes);
    match all.iter().find(|sender| sender.address.to_string() == listing.whom) {
        Some(sender) => {
            let (role, caveat) = (senders::role(sender), senders::caveat(sender));
            format!("{role} is listed ({codes}): {means}.{said}{caveat}")
        }
        None => format!("{} is listed ({codes}): {means}.{said}", listing.whom),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::check;
    use crate::finding::{Finding, Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
    use crate::records::{Look, dnsbl, open_questions};
    use crate::sample::{self, Sample};

    /// Answers every question to a list: by these rows, or by the test entries, or with nothing.
    pub(in crate::rules) fn asked(rows: &[(&str, &str)]) -> Sample {
        let mut sample = sample::healthy();
        sample.seen.look.lists = true;
        for _ in 0..6 {
            let look = Look::of(&sample.seen).unwrap();
            let open = open_questions(&sample.seen.dns, &look);
            for (name, kind) in open.into_iter().filter(|(name, _)| dnsbl::is_of_a_list(name)) {
                let text = name.as_ascii();
                let own = rows.iter().find(|row| row.0 == text).map(|row| row.1);
                let test =
                    (text.starts_with("2.0.0.127.") || text.starts_with("test.")).then_some("127.0.0.2");
                let outcome = match own.or(test) {
                    None => DnsOutcome::NoName,
                    Some("SERVFAIL") => DnsOutcome::Failed("SERVFAIL".into()),
                    Some(_) if kind == DnsType::Txt => {
                        let records = vec![DnsData::Txt("why \u{1b}[2J".into())];
                        DnsOutcome::Found { aliases: Vec::new(), records }
                    }
                    Some(code) => {
                        let records = vec![DnsData::Address(code.parse().unwrap())];
                        DnsOutcome::Found { aliases: Vec::new(), records }
                    }
                };
                let (state, evidence) = (DnsState::Insecure, DnsEvidence::default());
                let name = Name::new(text).unwrap();
                sample.seen.dns.push(DnsAnswer { name, kind, outcome, state, evidence });
            }
        }
        sample
    }

    fn judged(rows: &[(&str, &str)]) -> (Vec<Finding>, Vec<String>) {
        let sample = asked(rows);
        let (mut findings, mut open) = (Vec::new(), Vec::new());
        for (_, verdict) in check(&sample.case()) {
            match verdict {
                Verdict::Fail(more) => findings.extend(more),
                Verdict::Unknown(why) => open.push(why),
                Verdict::Pass | Verdict::NotApplicable(_) => {}
            }
        }
        (findings, open)
    }

    #[test]
    fn passes_where_every_list_answers_and_none_has_anybody() {
        let (findings, open) = judged(&[]);
        assert_eq!((findings, open), (Vec::new(), Vec::new()));
    }

    #[test]
    fn fails_by_the_weight_of_the_list_and_says_what_the_answer_means() {
        let (findings, open) = judged(&[
            ("1.2.0.192.zen.spamhaus.org", "127.0.0.4"),
            ("1.2.0.192.dnsbl-1.uceprotect.net", "127.0.0.2"),
            ("example.org.dbl.spamhaus.org", "127.0.1.102"),
        ]);
        assert_eq!(open, Vec::<String>::new());
        let told: Vec<(Severity, &str)> =
            findings.iter().map(|finding| (finding.severity, finding.title.as_str())).collect();
        assert_eq!(
            told,
            [
                (Severity::Error, "Spamhaus ZEN lists 192.0.2.1"),
                (Severity::Note, "UCEPROTECT level 1 lists 192.0.2.1"),
                (Severity::Warning, "Spamhaus DBL lists example.org"),
            ]
        );
        let cause = &findings[0].cause;
        assert!(cause.contains("127.0.0.4") && cause.contains("hijacked or infected"), "{cause}");
        assert!(cause.contains("https://check.spamhaus.org/") && !cause.contains('\u{1b}'), "{cause}");
    }

    #[test]
    fn unknown_where_a_list_refuses_or_fails_and_where_nothing_was_asked() {
        let (findings, open) = judged(&[
            ("2.0.0.127.zen.spamhaus.org", "127.255.255.254"),
            ("1.2.0.192.bl.spamcop.net", "SERVFAIL"),
        ]);
        assert_eq!(findings, []);
        assert_eq!(open.len(), 2);
        assert!(open[0].contains("public resolver") && open[1].contains("SERVFAIL"), "{open:?}");
        let mut sample = sample::healthy();
        assert!(matches!(check(&sample.case())[..], [(_, Verdict::NotApplicable(_))]));
        sample.seen.look.lists = true;
        sample.seen.dns.clear();
        assert!(
            check(&sample.case())
                .iter()
                .all(|(_, verdict)| !matches!(verdict, Verdict::Fail(_) | Verdict::Pass))
        );
    }
}
