//! MX: which hosts take mail for the domain, and in which order (RFC 5321 §5.1, RFC 7505).

use super::{Answers, Family, Look, Presence, Shown};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsType};
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "mx",
    wants: |answers, look| {
        let _ = answers.answer(look.domain, DnsType::Mx);
    },
    shows: |answers, look| {
        let Some(row) = Shown::of(answers, FAMILY.name, look.domain, DnsType::Mx) else { return Vec::new() };
        let Ok(records) = answers.records(look.domain, DnsType::Mx) else { return vec![row] };
        let mut hosts: Vec<(u16, &str)> = records.iter().filter_map(host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let values = hosts.iter().map(|(preference, host)| format!("{preference} {host}.")).collect();
        let mut row = row.with(values, summary(answers, look, records, &hosts));
        row.details = hosts.iter().take(MOST_DETAILS).map(|host| detail(answers, *host)).collect();
        // The record that says so is there.
        if records.iter().any(is_null) {
            row.presence = Presence::Present;
        }
        vec![row]
    },
};

fn summary(answers: &Answers<'_>, look: &Look<'_>, records: &[DnsData], hosts: &[(u16, &str)]) -> String {
    if hosts.is_empty() {
        return match (records.is_empty(), look.addresses(answers).is_empty()) {
            (false, _) => "the domain takes no mail".to_owned(),
            (true, true) => "nobody takes mail for the domain".to_owned(),
            (true, false) => "the domain's own address takes its mail".to_owned(),
        };
    }
    let mut groups: Vec<String> = Vec::new();
    let mut last = None;
    for (preference, host) in hosts.iter().take(MOST_DETAILS) {
        let host = words::escape(host, MOST_CHARACTERS);
        match groups.last_mut().filter(|_| last == Some(preference)) {
            Some(group) => *group = format!("{group} or {host}"),
            None => groups.push(host),
        }
        last = Some(preference);
    }
    groups.join(", then ")
}

/// Writes a host with its addresses: `10 mx1.example.org: 192.0.2.1 and 2001:db8::1`.
fn detail(answers: &Answers<'_>, (preference, host): (u16, &str)) -> String {
    let shown = words::escape(host, MOST_CHARACTERS);
    let Ok(name) = Name::new(host) else { return format!("{preference} {shown}: this is no host name") };
    let known: Vec<&DnsAnswer> =
        [DnsType::A, DnsType::Aaaa].into_iter().filter_map(|kind| answers.known(&name, kind)).collect();
    let addresses: Vec<String> = known
        .iter()
        .flat_map(|answer| answer.records())
        .filter_map(|record| match record {
            DnsData::Address(address) => Some(address.to_string()),
            _ => None,
        })
        .collect();
    let alias = known.iter().find_map(|answer| match &answer.outcome {
        DnsOutcome::Found { aliases, .. } => aliases.last(),
        _ => None,
    });
    let alias = alias.map(|alias| format!(" (an alias of {alias})")).unwrap_or_default();
    let failed = known.iter().find_map(|answer| match &answer.outcome {
        DnsOutcome::Failed(why) => Some(words::escape(why, MOST_CHARACTERS)),
        _ => None,
    });
    let led = match (addresses.is_empty(), failed) {
        (false, _) => words::list(&addresses),
        (true, Some(why)) => format!("could not tell: {why}"),
        (true, None) if known.is_empty() => "its addresses were not asked for".to_owned(),
        (true, None) => "no address".to_owned(),
    };
    format!("{preference} {shown}{alias}: {led}")
}

fn host(record: &DnsData) -> Option<(u16, &str)> {
    match record {
        DnsData::Mx { preference, exchange } => Some((*preference, exchange.as_deref()?)),
        _ => None,
    }
}

fn is_null(record: &DnsData) -> bool {
    matches!(record, DnsData::Mx { exchange: None, .. })
}

/// Hosts that are shown.
const MOST_DETAILS: usize = 20;

/// The longest name.
const MOST_CHARACTERS: usize = 253;

#[cfg(test)]
mod tests {
    use super::FAMILY;
    use crate::name::Name;
    use crate::observation::{Depth, DnsAnswer, DnsData, DnsLook, DnsOutcome, DnsState, DnsType};
    use crate::records::{Answers, Look, Presence, Shown};

    fn answer(name: &str, kind: DnsType, records: Vec<DnsData>) -> DnsAnswer {
        let outcome = match records.is_empty() {
            true => DnsOutcome::NoData,
            false => DnsOutcome::Found { aliases: Vec::new(), records },
        };
        let name = Name::new(name).unwrap();
        DnsAnswer { name, kind, outcome, state: DnsState::Secure, evidence: Default::default() }
    }

    fn mx(preference: u16, exchange: &str) -> DnsData {
        let exchange = Some(exchange.to_owned()).filter(|name| !name.is_empty());
        DnsData::Mx { preference, exchange }
    }

    fn shown(dns: &[DnsAnswer]) -> Shown {
        let domain = Name::new("example.org").unwrap();
        let wishes = DnsLook::default();
        let look = Look { domain: &domain, depth: Depth::Standard, wishes: &wishes, told: &[] };
        (FAMILY.shows)(&Answers::new(dns), &look).remove(0)
    }

    #[test]
    fn hosts_come_in_order_with_their_addresses() {
        let address = |text: &str| DnsData::Address(text.parse().unwrap());
        let row = shown(&[
            answer(
                "example.org",
                DnsType::Mx,
                vec![mx(20, "b.example.org"), mx(10, "c.example.org"), mx(20, "a b")],
            ),
            answer("b.example.org", DnsType::A, vec![address("192.0.2.2")]),
            answer("b.example.org", DnsType::Aaaa, vec![address("2001:db8::2")]),
            answer("c.example.org", DnsType::A, Vec::new()),
        ]);
        assert_eq!(row.summary, "c.example.org, then a b or b.example.org");
        assert_eq!(
            row.details,
            [
                "10 c.example.org: no address",
                "20 a b: this is no host name",
                "20 b.example.org: 192.0.2.2 and 2001:db8::2"
            ]
        );
        assert_eq!(row.values, ["10 c.example.org.", "20 a b.", "20 b.example.org."]);
    }

    #[test]
    fn no_mail_no_record_and_no_answer_are_three_things() {
        let row = shown(&[answer("example.org", DnsType::Mx, vec![mx(0, "")])]);
        assert_eq!((row.presence, row.summary.as_str()), (Presence::Present, "the domain takes no mail"));
        let none = answer("example.org", DnsType::Mx, Vec::new());
        let row = shown(std::slice::from_ref(&none));
        assert_eq!(
            (row.presence, row.summary.as_str()),
            (Presence::Absent, "nobody takes mail for the domain")
        );
        let address = answer("example.org", DnsType::A, vec![DnsData::Address("192.0.2.9".parse().unwrap())]);
        assert_eq!(shown(&[none.clone(), address]).summary, "the domain's own address takes its mail");
        let failed = DnsAnswer { outcome: DnsOutcome::Failed("SERVFAIL".into()), ..none };
        assert!(matches!(shown(&[failed]).presence, Presence::Unknown(why) if why.contains("SERVFAIL")));
    }
}
