use std::net::{IpAddr, Ipv4Addr};

use super::{FAMILY, LISTS, List, Lists, Meanings, Told, Unusable, is_of_a_list, of};
use crate::finding::Severity;
use crate::name::Name;
use crate::observation::{Depth, DnsAnswer, DnsData, DnsEvidence, DnsLook, DnsOutcome, DnsState, DnsType};
use crate::records::{Answers, Look, Missing, Presence, open_questions};

const DOMAIN: &str = "example.org";

fn list(name: &str) -> &'static List {
    LISTS.iter().find(|list| list.name == name).unwrap()
}

fn answer(name: &str, kind: DnsType, outcome: DnsOutcome) -> DnsAnswer {
    let evidence = DnsEvidence::default();
    DnsAnswer { name: Name::new(name).unwrap(), kind, outcome, state: DnsState::Insecure, evidence }
}

fn found(name: &str, kind: DnsType, records: Vec<DnsData>) -> DnsAnswer {
    answer(name, kind, DnsOutcome::Found { aliases: Vec::new(), records })
}

/// The domain with two addresses; nothing is known of the lists yet.
fn domain() -> Vec<DnsAnswer> {
    let mx = DnsData::Mx { preference: 1, exchange: Some("mx.example.org".into()) };
    let address = |text: &str| vec![DnsData::Address(text.parse().unwrap())];
    vec![
        found(DOMAIN, DnsType::Mx, vec![mx]),
        found("mx.example.org", DnsType::A, address("192.0.2.7")),
        found("mx.example.org", DnsType::Aaaa, address("2001:db8::7")),
    ]
}

/// Answers what is asked, round by round, until nothing is open: `codes` by name, all else is absent.
fn settle(codes: &[(&str, &str)]) -> (Vec<DnsAnswer>, usize) {
    let (name, wishes) = (Name::new(DOMAIN).unwrap(), DnsLook { lists: true, ..DnsLook::default() });
    let look = Look { domain: &name, depth: Depth::Standard, wishes: &wishes, told: &[] };
    let mut seen = domain();
    let mut rounds = 0;
    loop {
        let open: Vec<_> =
            open_questions(&seen, &look).into_iter().filter(|(name, _)| is_of_a_list(name)).collect();
        if open.is_empty() {
            return (seen, rounds);
        }
        rounds += 1;
        assert!(rounds < 6, "{open:?}");
        for (name, kind) in open {
            let code = codes.iter().find(|row| row.0 == name.as_ascii()).map(|row| row.1);
            let outcome = match (code, kind) {
                (None, _) => DnsOutcome::NoName,
                (Some("SERVFAIL"), _) => DnsOutcome::Failed("SERVFAIL".into()),
                (Some(code), DnsType::A) => {
                    let address = |text: &str| DnsData::Address(text.parse().unwrap());
                    let records = code.split(' ').map(address).collect();
                    DnsOutcome::Found { aliases: Vec::new(), records }
                }
                (Some(_), _) => {
                    let records = vec![DnsData::Txt("see https://list.example/why".into())];
                    DnsOutcome::Found { aliases: Vec::new(), records }
                }
            };
            seen.push(answer(name.as_ascii(), kind, outcome));
        }
    }
}

fn told(list: &List, codes: &[(&str, &str)]) -> Result<Told, Missing> {
    let (seen, _) = settle(codes);
    let (name, wishes) = (Name::new(DOMAIN).unwrap(), DnsLook { lists: true, ..DnsLook::default() });
    let look = Look { domain: &name, depth: Depth::Standard, wishes: &wishes, told: &[] };
    of(&Answers::new(&seen), &look, list)
}

const ZEN: [(&str, &str); 2] = [
    ("2.0.0.127.zen.spamhaus.org", "127.0.0.2 127.0.0.4 127.0.0.10"),
    ("2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.zen.spamhaus.org", "127.0.0.2"),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    ZEN.iter().chain(more).copied().collect()
}

#[test]
fn nobody_is_listed_where_the_test_entries_answer() {
    let zen = list("Spamhaus ZEN");
    assert_eq!(told(zen, &ZEN), Ok(Told::Listed(Vec::new(), 2)));
    // Without the test entries silence is no answer.
    assert!(matches!(told(zen, &[]), Ok(Told::Nothing(Unusable::Dead(_)))));
    assert!(matches!(told(zen, &ZEN[..1]), Ok(Told::Nothing(Unusable::Dead(name)))
        if name.as_ascii().starts_with("2.0.0.0.0.0.f.7")));
}

#[test]
fn listings_are_read_with_their_meaning_and_words() {
    let codes = with(&[("7.2.0.192.zen.spamhaus.org", "127.0.0.11 127.0.0.3")]);
    let Ok(Told::Listed(listings, 2)) = told(list("Spamhaus ZEN"), &codes) else { panic!() };
    assert_eq!(listings.len(), 1);
    let listing = &listings[0];
    assert_eq!((listing.whom.as_str(), listing.severity), ("192.0.2.7", Severity::Error));
    assert_eq!(listing.codes, [Ipv4Addr::new(127, 0, 0, 3), Ipv4Addr::new(127, 0, 0, 11)]);
    assert_eq!(
        listing.means,
        ["CSS: sent spam lately", "PBL: Spamhaus says that no mail should come from there"]
    );
    assert_eq!(listing.text.as_deref(), Some("see https://list.example/why"));
    let v6 = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.spamhaus.org";
    let Ok(Told::Listed(listings, 2)) = told(list("Spamhaus ZEN"), &with(&[(v6, "127.0.0.3")])) else {
        panic!()
    };
    assert_eq!(listings[0].whom, "2001:db8::7");
}

#[test]
fn refusals_are_no_listings() {
    for code in ["127.255.255.252", "127.255.255.254", "127.255.255.255", "127.0.0.1", "127.255.255.1"] {
        for at in ["2.0.0.127.zen.spamhaus.org", "7.2.0.192.zen.spamhaus.org"] {
            let codes: Vec<_> = with(&[]).into_iter().filter(|row| row.0 != at).chain([(at, code)]).collect();
            let told = told(list("Spamhaus ZEN"), &codes);
            assert!(
                matches!(&told, Ok(Told::Nothing(why @ Unusable::Refused(..))) if why.is_refusal()),
                "{code} {at} {told:?}"
            );
        }
    }
    let all = [("test.dbl.spamhaus.org", "127.0.1.255"), ("invalid.dbl.spamhaus.org", "127.0.1.255")];
    assert!(matches!(told(list("Spamhaus DBL"), &all), Ok(Told::Nothing(Unusable::Refused(..)))));
    let uribl = [("test.uribl.com.multi.uribl.com", "127.0.0.1")];
    assert!(matches!(told(list("URIBL"), &uribl), Ok(Told::Nothing(Unusable::Refused(..)))));
}

#[test]
fn wildcards_and_rewritten_answers_are_recognised() {
    let wild = with(&[("1.0.0.127.zen.spamhaus.org", "127.0.0.2")]);
    assert!(matches!(told(list("Spamhaus ZEN"), &wild), Ok(Told::Nothing(Unusable::ListsAll(_)))));
    let rewritten = with(&[("1.0.0.127.zen.spamhaus.org", "198.51.100.9")]);
    let told = told(list("Spamhaus ZEN"), &rewritten);
    assert!(matches!(told, Ok(Told::Nothing(why @ Unusable::Rewritten(_))) if why.is_refusal()));
}

#[test]
fn failures_are_neither_listings_nor_absence() {
    let zen = list("Spamhaus ZEN");
    let failed = with(&[("7.2.0.192.zen.spamhaus.org", "SERVFAIL")]);
    assert!(matches!(told(zen, &failed), Err(Missing::Failed(_))));
    assert!(matches!(told(zen, &[("2.0.0.127.zen.spamhaus.org", "SERVFAIL")]), Err(Missing::Failed(_))));
    // What is known counts all the same.
    let v6 = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.spamhaus.org";
    let half = with(&[("7.2.0.192.zen.spamhaus.org", "SERVFAIL"), (v6, "127.0.0.2")]);
    assert!(matches!(told(zen, &half), Ok(Told::Listed(listings, 2)) if listings.len() == 1));
}

#[test]
fn domain_lists_know_the_general_test_entry_or_their_own() {
    let surbl = list("SURBL");
    assert_eq!(told(surbl, &[("test.multi.surbl.org", "127.0.0.8")]), Ok(Told::Listed(Vec::new(), 1)));
    let own = ("surbl-org-permanent-test-point.com.multi.surbl.org", "127.0.0.254");
    assert_eq!(told(surbl, &[own]), Ok(Told::Listed(Vec::new(), 1)));
    let Ok(Told::Listed(listings, 1)) = told(surbl, &[own, ("example.org.multi.surbl.org", "127.0.0.72")])
    else {
        panic!()
    };
    assert_eq!(listings[0].means, ["PH: phishing", "ABUSE: links in spam"]);
    let uribl =
        [("test.uribl.com.multi.uribl.com", "127.0.0.14"), ("example.org.multi.uribl.com", "127.0.0.4")];
    let Ok(Told::Listed(listings, 1)) = told(list("URIBL"), &uribl) else { panic!() };
    assert_eq!(listings[0].severity, Severity::Note);
}

#[test]
fn nothing_is_asked_unless_it_is_wished_for_and_reasons_only_of_those_listed() {
    let (name, wishes) = (Name::new(DOMAIN).unwrap(), DnsLook::default());
    let look = Look { domain: &name, depth: Depth::Full, wishes: &wishes, told: &[] };
    let seen = domain();
    let answers = Answers::new(&seen);
    (FAMILY.wants)(&answers, &look);
    assert!((FAMILY.shows)(&answers, &look).is_empty());
    assert_eq!(answers.into_wanted(), []);
    let (seen, rounds) = settle(&with(&[("7.2.0.192.zen.spamhaus.org", "127.0.0.2")]));
    assert_eq!(rounds, 3, "tests, addresses, reasons");
    let texts: Vec<&str> = seen
        .iter()
        .filter(|answer| answer.kind == DnsType::Txt)
        .map(|answer| answer.name.as_ascii())
        .collect();
    assert_eq!(texts, ["7.2.0.192.zen.spamhaus.org"]);
    let a_list = |answer: &&DnsAnswer| is_of_a_list(&answer.name);
    assert!(seen.iter().filter(a_list).count() < 60);
}

#[test]
fn the_overview_has_a_row_for_each_list() {
    let (seen, _) = settle(&with(&[("7.2.0.192.zen.spamhaus.org", "127.0.0.2")]));
    let (name, wishes) = (Name::new(DOMAIN).unwrap(), DnsLook { lists: true, ..DnsLook::default() });
    let look = Look { domain: &name, depth: Depth::Standard, wishes: &wishes, told: &[] };
    let rows = (FAMILY.shows)(&Answers::new(&seen), &look);
    assert_eq!(rows.len(), LISTS.len());
    assert_eq!(rows[0].presence, Presence::Present);
    assert_eq!(rows[0].values, ["192.0.2.7: 127.0.0.2"]);
    assert_eq!(rows[0].summary, "Spamhaus ZEN lists 192.0.2.7 (SBL: a source of spam)");
    assert!(rows[1..].iter().all(|row| matches!(row.presence, Presence::Unknown(_))));
}

#[test]
fn the_table_is_sound() {
    for list in LISTS {
        assert!(Name::new(list.zone).is_ok() && list.source.starts_with("https://"), "{}", list.name);
        assert!(list.delisting.ends_with('.') || list.delisting.ends_with(")."), "{}", list.name);
        match list.answers {
            Meanings::Values(rows) => {
                assert!(rows.iter().all(|row| IpAddr::V4(row.0).is_loopback()), "{}", list.name);
                let refused = |code: &Ipv4Addr| list.refusals.iter().any(|row| row.0 == *code);
                assert!(!rows.iter().any(|row| refused(&row.0)), "{}", list.name);
            }
            Meanings::Bits(rows) => {
                assert!(rows.iter().all(|row| row.0.is_power_of_two() && row.0 != 1), "{}", list.name);
                assert!(matches!(list.lists, Lists::Domains { .. }), "{}", list.name);
            }
        }
    }
}
