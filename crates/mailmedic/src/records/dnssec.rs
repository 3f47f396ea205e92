//! DNSSEC: whether signatures vouch for the way that mail takes to the domain (RFC 4033 §5).

use super::{Family, Presence, Shown, tlsa};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsEvidence, DnsState, DnsType};
use crate::words;

/// The family. It asks nothing of its own.
pub static FAMILY: Family = Family {
    name: "dnssec",
    wants: |_, _| {},
    shows: |answers, look| {
        let mut rows = Vec::new();
        rows.extend(row(look.domain, &[("MX records", answers.known(look.domain, DnsType::Mx))]));
        for host in look.exchangers(answers) {
            let tlsa = tlsa::place(&host, 25).and_then(|name| answers.known(&name, DnsType::Tlsa));
            let parts = [
                ("IPv4 addresses", answers.known(&host, DnsType::A)),
                ("IPv6 addresses", answers.known(&host, DnsType::Aaaa)),
                ("TLSA records", tlsa),
            ];
            rows.extend(row(&host, &parts).map(|row| of_host(&host, row)));
        }
        rows
    },
};

/// Returns the state of several answers together: that of the weakest. None where there is none.
pub fn weakest<'a>(answers: impl Iterator<Item = &'a DnsAnswer>) -> Option<DnsState> {
    let rank = |state: &DnsState| match state {
        DnsState::Bogus => 0,
        DnsState::Indeterminate => 1,
        DnsState::Insecure => 2,
        DnsState::Secure => 3,
    };
    answers.map(|answer| answer.state).min_by_key(rank)
}

/// Says where the signatures of a bogus answer break off: `the chain of signatures breaks at example.org: …`; none where
/// that was not found out.
pub fn broken(evidence: &DnsEvidence) -> Option<String> {
    let why = words::escape(evidence.broken.as_ref()?, MOST_CHARACTERS);
    Some(match &evidence.broken_at {
        Some(zone) => format!("the chain of signatures breaks at {}: {why}", zone.to_unicode()),
        None => format!("the chain of signatures breaks: {why}"),
    })
}

/// Puts the name of the host before what is said of it.
fn of_host(host: &Name, mut row: Shown) -> Shown {
    match &mut row.presence {
        Presence::Unknown(why) => *why = format!("{host}: {why}"),
        Presence::Present | Presence::Absent => row.summary = format!("{host}: {}", row.summary),
    }
    row
}

fn row(name: &Name, parts: &[(&str, Option<&DnsAnswer>)]) -> Option<Shown> {
    let known: Vec<(&str, &DnsAnswer)> =
        parts.iter().filter_map(|(what, answer)| Some((*what, (*answer)?))).collect();
    let state = weakest(known.iter().map(|(_, answer)| *answer))?;
    let in_state = |state: DnsState| -> Vec<&str> {
        known.iter().filter(|(_, answer)| answer.state == state).map(|(what, _)| *what).collect()
    };
    let what = words::list(&in_state(state));
    let (presence, summary) = match state {
        DnsState::Secure => (Presence::Present, what),
        DnsState::Insecure => (Presence::Absent, format!("{what} are not signed")),
        DnsState::Bogus => {
            let broken = known
                .iter()
                .filter(|(_, answer)| answer.state == DnsState::Bogus)
                .find_map(|(_, answer)| broken(&answer.evidence));
            let broken = broken.unwrap_or_else(|| "no signature holds".to_owned());
            (Presence::Present, format!("{what}: {broken}"))
        }
        DnsState::Indeterminate => (Presence::Unknown(format!("{what} were not validated")), String::new()),
    };
    let details = known.iter().map(|(what, answer)| format!("{what}: {}", word(answer.state)));
    let is_mixed = known.iter().any(|(_, answer)| answer.state != state);
    Some(Shown {
        family: FAMILY.name,
        name: name.clone(),
        presence,
        state: Some(state),
        ttl: None,
        values: Vec::new(),
        summary,
        details: if is_mixed { details.collect() } else { Vec::new() },
    })
}

fn word(state: DnsState) -> &'static str {
    match state {
        DnsState::Secure => "signed",
        DnsState::Insecure => "not signed",
        DnsState::Bogus => "bogus",
        DnsState::Indeterminate => "not validated",
    }
}

/// The longest reason that is shown.
const MOST_CHARACTERS: usize = 400;

#[cfg(test)]
mod tests {
    use super::{FAMILY, broken};
    use crate::name::Name;
    use crate::observation::{
        Depth, DnsAnswer, DnsData, DnsEvidence, DnsLook, DnsOutcome, DnsState, DnsType,
    };
    use crate::records::{Answers, Look, Presence, Shown};

    fn answer(name: &str, kind: DnsType, state: DnsState, records: Vec<DnsData>) -> DnsAnswer {
        let outcome = DnsOutcome::Found { aliases: Vec::new(), records };
        DnsAnswer { name: Name::new(name).unwrap(), kind, outcome, state, evidence: Default::default() }
    }

    fn shown(mx: DnsState, a: DnsState, tlsa: DnsState) -> Vec<Shown> {
        let exchange = Some("mx.example.org".to_owned());
        let mut dns = vec![
            answer("example.org", DnsType::Mx, mx, vec![DnsData::Mx { preference: 1, exchange }]),
            answer("mx.example.org", DnsType::A, a, vec![DnsData::Address("192.0.2.1".parse().unwrap())]),
            answer("_25._tcp.mx.example.org", DnsType::Tlsa, tlsa, Vec::new()),
        ];
        dns[2].evidence.broken = Some("_25._tcp.mx.example.org TLSA bears no signature".into());
        dns[2].evidence.broken_at = Some(Name::new("mx.example.org").unwrap());
        let domain = Name::new("example.org").unwrap();
        let wishes = DnsLook::default();
        let look = Look { domain: &domain, depth: Depth::Standard, wishes: &wishes, told: &[] };
        (FAMILY.shows)(&Answers::new(&dns), &look)
    }

    #[test]
    fn each_state_is_told_apart() {
        use DnsState::{Bogus, Indeterminate, Insecure, Secure};
        let rows = shown(Secure, Secure, Secure);
        assert_eq!(rows[0].summary, "MX records");
        assert_eq!(rows[1].summary, "mx.example.org: IPv4 addresses and TLSA records");
        assert!(rows.iter().all(|row| row.presence == Presence::Present && row.details.is_empty()));
        let rows = shown(Insecure, Secure, Insecure);
        assert_eq!(
            (&rows[0].presence, rows[0].summary.as_str()),
            (&Presence::Absent, "MX records are not signed")
        );
        assert_eq!(rows[1].details, ["IPv4 addresses: signed", "TLSA records: not signed"]);
        let rows = shown(Indeterminate, Secure, Bogus);
        assert!(
            matches!(&rows[0].presence, Presence::Unknown(why) if why == "MX records were not validated")
        );
        assert_eq!(rows[1].state, Some(Bogus));
        assert!(rows[1].summary.contains("breaks at mx.example.org: _25._tcp"), "{}", rows[1].summary);
    }

    #[test]
    fn what_was_not_found_out_is_not_told() {
        assert_eq!(broken(&DnsEvidence::default()), None);
        let said = DnsEvidence { broken: Some("SERVFAIL\u{1b}[2J".into()), ..DnsEvidence::default() };
        assert_eq!(broken(&said).unwrap(), "the chain of signatures breaks: SERVFAIL\\x1b[2J");
    }
}
