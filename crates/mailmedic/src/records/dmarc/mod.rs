//! DMARC: what receivers are asked to do with messages that misuse a domain's name, and where they report (RFC 9989,
//! RFC 9990).

mod align;
mod consent;
mod record;
mod uri;
mod walk;

pub use align::aligned;
pub use consent::{Consent, consent, hosts, takes_mail};
pub use record::{Ignored, Mode, Obsolete, Psd, Record, RecordFault, Request, Whom};
pub use uri::{Destination, UriFault};
pub use walk::{Bearer, Policy, Reading, Step, Walk};

use super::{Answers, Family, Look, Missing, Presence, Shown};
use crate::name::Name;
use crate::observation::{DnsOutcome, DnsType};
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "dmarc",
    wants: |answers, look| {
        if let Ok(Some(policy)) = Walk::take(answers, look.domain).policy()
            && policy.bearer != Bearer::Suffix
        {
            consent::ask(answers, &policy);
        }
    },
    shows: |answers, look| shown(answers, look).into_iter().collect(),
};

/// Returns the name that bears the record of a domain (RFC 9989 §4.5); none where it would be too long for DNS.
pub fn place(domain: &Name) -> Option<Name> {
    domain.under("_dmarc").ok()
}

/// Returns the one row: the record that applies, or why there is none.
fn shown(answers: &Answers<'_>, look: &Look<'_>) -> Option<Shown> {
    let own = place(look.domain)?;
    let walk = Walk::take(answers, look.domain);
    match walk.policy() {
        Ok(Some(policy)) => {
            let name = place(policy.domain)?;
            let mut row = Shown::of(answers, FAMILY.name, &name, DnsType::Txt)?
                .with(vec![policy.text.to_owned()], summary(&walk, &policy, whom(answers, look, &policy)));
            row.details = details(answers, &policy);
            Some(row)
        }
        Ok(None) => {
            let row = Shown::of(answers, FAMILY.name, &own, DnsType::Txt)?;
            let reading = walk.own().ok()?;
            let texts = reading.records.iter().map(|(text, _)| text);
            let values = texts.chain(reading.ignored.iter().map(|(text, _)| text)).cloned().collect();
            let summary = match (reading.records.as_slice(), reading.ignored.as_slice()) {
                ([], []) => String::new(),
                ([], [(_, why), ..]) => format!("receivers pass over it: {why}"),
                (several, _) => format!("{} records, so that none counts", several.len()),
            };
            Some(row.with(values, summary))
        }
        Err(Missing::Open) => None,
        Err(Missing::Failed(why)) => {
            let mut row = Shown::of(answers, FAMILY.name, &own, DnsType::Txt)?;
            row.presence = Presence::Unknown(why);
            Some(row)
        }
    }
}

/// Returns what the domain is to the name that bears its record.
pub fn whom(answers: &Answers<'_>, look: &Look<'_>, policy: &Policy<'_>) -> Whom {
    let outcome = answers.known(look.domain, DnsType::Mx).map(|answer| &answer.outcome);
    match policy.bearer {
        Bearer::Itself => Whom::Itself,
        // RFC 8020: NXDOMAIN, and not the mere lack of MX records.
        _ if outcome == Some(&DnsOutcome::NoName) => Whom::Nonexistent,
        _ => Whom::Below,
    }
}

/// Says what a record comes to, in a few words.
fn summary(walk: &Walk, policy: &Policy<'_>, whom: Whom) -> String {
    let record = policy.record;
    let mut parts = Vec::new();
    for (tag, request) in [("p", record.p), ("sp", record.sp), ("np", record.np)] {
        parts.extend(request.map(|request| format!("{tag}={}", request.name())));
    }
    let counts = record.request(whom).map_or("nothing", Request::name);
    if policy.bearer != Bearer::Itself {
        parts.push(format!("found at {}, so that {counts} counts here", policy.domain));
    } else if record.test || record.is_broken {
        let mode = if record.test { "test mode, so that" } else { "damaged, so that" };
        parts.push(format!("{mode} {counts} counts"));
    }
    let reports: Vec<String> =
        record.rua.iter().map(|to| words::escape(to.address(), MOST_ADDRESS)).collect();
    if reports.is_empty() {
        parts.push("no reports".to_owned());
    } else {
        parts.push(format!("reports to {}", words::list(&reports)));
    }
    if let Ok(Some(below)) = walk.policy_below()
        && below.domain != policy.domain
    {
        let counts = below.record.request(Whom::Below).map_or("nothing", Request::name);
        parts.push(format!("for names below it that of {}: {counts}", below.domain));
    }
    parts.join(", ")
}

/// Says what counts for whom where that differs, and of each host that takes reports whether it has agreed.
fn details(answers: &Answers<'_>, policy: &Policy<'_>) -> Vec<String> {
    let record = policy.record;
    let counts = [Whom::Itself, Whom::Below, Whom::Nonexistent].map(|whom| record.request(whom));
    let mut details = Vec::new();
    if let [Some(own), Some(below), Some(nonexistent)] = counts
        && (own != below || below != nonexistent)
    {
        details.push(format!(
            "what counts: {} for {}, {} for names below it, {} for names that do not exist",
            own.name(),
            policy.domain,
            below.name(),
            nonexistent.name()
        ));
    }
    if policy.bearer == Bearer::Suffix {
        return details;
    }
    let said = |host: &Name| match consent(answers, policy.domain, host) {
        Ok(Consent::Inside) | Err(Missing::Open) => None,
        Ok(Consent::Given { at, .. }) => Some(format!("{host} takes reports: {at}")),
        Ok(Consent::Misled { at, .. }) => {
            Some(format!("{host} sends reports on, so that none are sent: {at}"))
        }
        Ok(Consent::Missing { at }) => {
            Some(format!("{host} has not agreed to take reports: {at} is missing"))
        }
        Ok(Consent::Impossible) => Some(format!("{host} cannot agree to take reports: the name is too long")),
        Err(Missing::Failed(why)) => Some(format!("whether {host} takes reports could not be told: {why}")),
    };
    details.extend(hosts(record).into_iter().filter_map(said));
    details
}

/// The most characters of an address that are shown.
const MOST_ADDRESS: usize = 100;

#[cfg(test)]
mod tests {
    use super::FAMILY;
    use crate::name::Name;
    use crate::observation::{Depth, DnsAnswer, DnsLook, DnsOutcome, DnsType};
    use crate::records::sample::{absent, failed, txt};
    use crate::records::{Answers, Look, Presence, Shown};

    /// What is shown of a domain once all questions are answered, those without a record here with absence.
    fn shown(domain: &str, records: &[DnsAnswer]) -> Vec<Shown> {
        let domain = Name::new(domain).unwrap();
        let wishes = DnsLook::default();
        let look = Look { domain: &domain, depth: Depth::Standard, wishes: &wishes, told: &[] };
        let mut seen = records.to_vec();
        for _ in 0..10 {
            let answers = Answers::new(&seen);
            (FAMILY.wants)(&answers, &look);
            let open = answers.into_wanted();
            if open.is_empty() {
                return (FAMILY.shows)(&Answers::new(&seen), &look);
            }
            seen.extend(open.iter().map(|(name, kind)| absent(name.as_ascii(), *kind)));
        }
        panic!("the questions do not end");
    }

    fn summary(domain: &str, name: &str, text: &str) -> String {
        let mut rows = shown(domain, &[txt(name, &[text])]);
        assert_eq!(rows.len(), 1);
        let row = rows.remove(0);
        assert_eq!((row.name.as_ascii(), row.presence), (name, Presence::Present));
        row.summary
    }

    #[test]
    fn the_summary_says_what_counts_and_where_it_stands() {
        let at = "_dmarc.example.org";
        assert_eq!(
            summary("example.org", at, "v=DMARC1; p=reject; sp=none; rua=mailto:d@example.org"),
            "p=reject, sp=none, reports to d@example.org"
        );
        assert_eq!(
            summary("example.org", at, "v=DMARC1; p=quarantine; t=y"),
            "p=quarantine, test mode, so that none counts, no reports"
        );
        assert_eq!(
            summary("mail.example.org", at, "v=DMARC1; p=reject; sp=quarantine"),
            "p=reject, sp=quarantine, found at example.org, so that quarantine counts here, no reports"
        );
        assert_eq!(summary("example.org", at, "v=DMARC1"), "damaged, so that nothing counts, no reports");
    }

    #[test]
    fn a_part_with_a_record_of_its_own_does_not_speak_for_names_below() {
        let rows = shown(
            "mail.example.org",
            &[
                txt("_dmarc.mail.example.org", &["v=DMARC1; p=reject"]),
                txt("_dmarc.example.org", &["v=DMARC1; p=none"]),
            ],
        );
        assert_eq!(rows[0].summary, "p=reject, no reports, for names below it that of example.org: none");
    }

    #[test]
    fn absence_says_what_stands_there_instead() {
        let row = shown("example.org", &[]).remove(0);
        assert_eq!((row.presence, row.summary.as_str()), (Presence::Absent, ""));
        let row = shown("example.org", &[txt("_dmarc.example.org", &["v=DMARC1 p=reject"])]).remove(0);
        assert_eq!(row.summary, "receivers pass over it: no semicolon follows its version");
        let two = ["v=DMARC1; p=none", "v=DMARC1; p=reject"];
        let row = shown("example.org", &[txt("_dmarc.example.org", &two)]).remove(0);
        assert_eq!((row.summary.as_str(), row.values.len()), ("2 records, so that none counts", 2));
    }

    #[test]
    fn a_failure_is_shown_as_one() {
        let row = shown("example.org", &[failed("_dmarc.example.org", DnsType::Txt)]).remove(0);
        assert!(matches!(row.presence, Presence::Unknown(why) if why.contains("SERVFAIL")));
        let row = shown("example.org", &[failed("_dmarc.org", DnsType::Txt)]).remove(0);
        assert!(matches!(row.presence, Presence::Unknown(_)));
    }

    #[test]
    fn a_name_that_does_not_exist_has_its_own_policy() {
        let record = txt("_dmarc.example.org", &["v=DMARC1; p=none; sp=quarantine; np=reject"]);
        let mut gone = absent("gone.example.org", DnsType::Mx);
        gone.outcome = DnsOutcome::NoName;
        let row = shown("gone.example.org", &[record.clone(), gone]).remove(0);
        assert!(row.summary.contains("so that reject counts here"), "{}", row.summary);
        let row = shown("there.example.org", &[record]).remove(0);
        assert!(row.summary.contains("so that quarantine counts here"), "{}", row.summary);
        assert_eq!(
            row.details,
            [
                "what counts: none for example.org, quarantine for names below it, reject for names that do not exist"
            ]
        );
    }

    #[test]
    fn details_say_who_agreed_to_take_reports() {
        let record = txt("_dmarc.example.org", &["v=DMARC1; p=none; rua=mailto:d@vendor.example"]);
        let row = shown("example.org", std::slice::from_ref(&record)).remove(0);
        assert_eq!(
            row.details,
            ["vendor.example has not agreed to take reports: \
              example.org._report._dmarc.vendor.example is missing"]
        );
        let yes = txt("example.org._report._dmarc.vendor.example", &["v=DMARC1"]);
        let row = shown("example.org", &[record, yes]).remove(0);
        assert!(row.details[0].starts_with("vendor.example takes reports"));
    }
}
