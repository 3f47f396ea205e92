use super::{FAMILY, Known, State, keys};
use crate::name::Name;
use crate::observation::{Depth, DnsAnswer, DnsLook, DnsOutcome, DnsType, Signer};
use crate::records::sample::{absent, failed, modulus, rsa_spki, txt};
use crate::records::{Answers, Look, Presence};

/// Asks all that the family wants, with absence where nothing stands here; then looks.
fn asked<T>(
    depth: Depth,
    wishes: &DnsLook,
    records: &[DnsAnswer],
    look_at: impl FnOnce(&Answers<'_>, &Look<'_>) -> T,
) -> T {
    let domain = Name::new("example.org").unwrap();
    let look = Look { domain: &domain, depth, wishes, told: &[] };
    let mut seen = records.to_vec();
    for _ in 0..10 {
        let answers = Answers::new(&seen);
        (FAMILY.wants)(&answers, &look);
        let open = answers.into_wanted();
        if open.is_empty() {
            return look_at(&Answers::new(&seen), &look);
        }
        seen.extend(open.iter().map(|(name, kind)| absent(name.as_ascii(), *kind)));
    }
    panic!("the questions do not end");
}

/// Presence and summary of every row.
fn rows(depth: Depth, wishes: &DnsLook, records: &[DnsAnswer]) -> Vec<(Presence, String)> {
    let rows = asked(depth, wishes, records, FAMILY.shows);
    rows.into_iter().map(|row| (row.presence, row.summary)).collect()
}

fn given(selectors: &[&str]) -> DnsLook {
    DnsLook { selectors: selectors.iter().map(|word| (*word).to_owned()).collect(), ..DnsLook::default() }
}

fn key(name: &str) -> DnsAnswer {
    txt(name, &[&format!("v=DKIM1; p={}", rsa_spki(&modulus(256)))])
}

#[test]
fn one_row_for_each_selector_that_was_told() {
    let records = [
        key("s2026._domainkey.example.org"),
        txt("old._domainkey.example.org", &["v=DKIM1; p="]),
        txt("odd._domainkey.example.org", &["v=DKIM1"]),
        failed("silent._domainkey.example.org", DnsType::Txt),
    ];
    let rows = rows(Depth::Standard, &given(&["s2026", "old", "odd", "none", "silent"]), &records);
    assert_eq!(rows[0], (Presence::Present, "s2026: RSA 2048".into()));
    assert_eq!(rows[1], (Presence::Present, "old: revoked".into()));
    assert_eq!(rows[2].1, "odd: no verifier can use it: it has no p= tag, so there is no key");
    assert_eq!(rows[3], (Presence::Absent, "none".into()));
    assert!(matches!(&rows[4].0, Presence::Unknown(why) if why.contains("SERVFAIL")));
}

#[test]
fn without_a_selector_nothing_is_said_to_be_missing() {
    let rows = rows(Depth::Standard, &DnsLook::default(), &[]);
    assert!(matches!(rows.as_slice(), [(Presence::Unknown(why), _)] if why.contains("cannot be listed")));
}

#[test]
fn a_guess_counts_only_where_it_finds_a_key() {
    let records = [
        key("google._domainkey.example.org"),
        txt("k1._domainkey.example.org", &["some text of others"]),
        failed("s1._domainkey.example.org", DnsType::Txt),
    ];
    let found = rows(Depth::Full, &DnsLook::default(), &records);
    assert_eq!(found, [(Presence::Present, "google: RSA 2048".into())]);
    assert!(rows(Depth::Standard, &DnsLook::default(), &records)[0].1.is_empty());
    let none = rows(Depth::Full, &DnsLook::default(), &[]);
    assert!(matches!(none.as_slice(), [(Presence::Unknown(why), _)] if why.contains("usual")));
    // A name that nobody has is answered, too.
    let nobody = format!("{}._domainkey.example.org", super::selector::NOBODY);
    let wild = [key("google._domainkey.example.org"), txt(&nobody, &["anything"])];
    let none = rows(Depth::Full, &DnsLook::default(), &wild);
    assert!(matches!(none.as_slice(), [(Presence::Unknown(why), _)] if why.contains("wildcard")));
    let silent = [key("google._domainkey.example.org"), failed(&nobody, DnsType::Txt)];
    let none = rows(Depth::Full, &DnsLook::default(), &silent);
    assert!(matches!(none.as_slice(), [(Presence::Unknown(why), _)] if why.contains("SERVFAIL")));
    // What the user gave stays.
    let rows = rows(Depth::Full, &given(&["google"]), &wild);
    assert_eq!(rows, [(Presence::Present, "google: RSA 2048".into())]);
}

#[test]
fn a_key_in_the_wrong_place_is_found() {
    let misplaced = |records: &[DnsAnswer]| {
        asked(Depth::Standard, &given(&["s1"]), records, |answers, look| {
            match &keys(answers, look)[0].state {
                Ok(State::Absent { misplaced }) => misplaced.as_ref().map(ToString::to_string),
                other => panic!("{other:?}"),
            }
        })
    };
    let doubled = "s1._domainkey.example.org.example.org";
    assert_eq!(misplaced(&[key(doubled)]).as_deref(), Some(doubled));
    assert_eq!(misplaced(&[key("example.org")]).as_deref(), Some("example.org"));
    assert_eq!(misplaced(&[txt("example.org", &["v=spf1 -all"])]), None);
    assert_eq!(misplaced(&[failed(doubled, DnsType::Txt)]), None);
}

#[test]
fn keys_of_messages_say_whether_they_count_for_dmarc() {
    let signer = |domain: &str| Signer { domain: Name::new(domain).unwrap(), selector: "s1".into() };
    let wishes =
        DnsLook { signers: vec![signer("mail.example.org"), signer("example.net")], ..DnsLook::default() };
    let with = |dmarc: &str| {
        let records = [key("s1._domainkey.mail.example.org"), txt("_dmarc.example.org", &[dmarc])];
        let rows = asked(Depth::Standard, &wishes, &records, FAMILY.shows);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].summary, "s1 of mail.example.org: RSA 2048");
        rows[0].details.join("; ")
    };
    assert_eq!(with("v=DMARC1; p=none"), "its signatures count for DMARC of example.org");
    assert!(with("v=DMARC1; p=none; adkim=s").contains("do not count"));
    assert_eq!(with("unrelated"), "");
}

#[test]
fn an_alias_is_told() {
    let mut record = key("s1._domainkey.example.org");
    if let DnsOutcome::Found { aliases, .. } = &mut record.outcome {
        aliases.push(Name::new("s1.dkim.vendor.example").unwrap());
    }
    let rows = asked(Depth::Standard, &given(&["s1"]), &[record], FAMILY.shows);
    assert_eq!(rows[0].details, ["an alias of s1.dkim.vendor.example"]);
    assert_eq!(rows[0].name.as_ascii(), "s1._domainkey.example.org");
    let known =
        asked(Depth::Standard, &given(&["s1"]), &[], |answers, look| keys(answers, look)[0].selector.known);
    assert_eq!(known, Known::Given);
}
