use super::{Bearer, Walk, targets};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsType};
use crate::records::sample::{absent, failed, txt};
use crate::records::{Answers, Missing};

/// A way over these records, and over nothing else.
fn walk(start: &str, records: &[(&str, &str)]) -> Walk {
    let start = Name::new(start).unwrap();
    let mut seen: Vec<DnsAnswer> =
        records.iter().map(|(name, text)| txt(&format!("_dmarc.{name}"), &[text])).collect();
    let open = {
        let answers = Answers::new(&seen);
        Walk::whole(&answers, &start);
        answers.into_wanted()
    };
    seen.extend(open.iter().map(|(name, _)| absent(name.as_ascii(), DnsType::Txt)));
    Walk::whole(&Answers::new(&seen), &start)
}

fn organisation(start: &str, records: &[(&str, &str)]) -> String {
    walk(start, records).organisation().unwrap().to_string()
}

/// The name whose record applies, and how it stands to the name in question.
fn applies(walk: &Walk) -> Option<(String, Bearer)> {
    walk.policy().unwrap().map(|policy| (policy.domain.to_string(), policy.bearer))
}

const PLAIN: &str = "v=DMARC1; p=none";

#[test]
fn no_way_is_longer_than_eight_names() {
    let names = |start: &str| -> Vec<String> {
        targets(&Name::new(start).unwrap()).iter().map(ToString::to_string).collect()
    };
    assert_eq!(names("a.example.org"), ["a.example.org", "example.org", "org"]);
    assert_eq!(names("org"), ["org"]);
    assert_eq!(names("1.2.3.4.5.6.7.8").len(), 8);
    let far = names("p.q.r.s.t.u.v.w.x.y.z.example.org");
    assert_eq!(far.len(), 8);
    assert_eq!(
        (far[0].as_str(), far[1].as_str()),
        ("p.q.r.s.t.u.v.w.x.y.z.example.org", "v.w.x.y.z.example.org")
    );
    assert_eq!(far[7], "org");
}

#[test]
fn an_organisation_ends_at_the_highest_record_or_where_psd_says() {
    assert_eq!(organisation("a.b.example.org", &[]), "a.b.example.org");
    assert_eq!(organisation("a.b.example.org", &[("b.example.org", PLAIN)]), "b.example.org");
    let two = [("b.example.org", PLAIN), ("example.org", PLAIN)];
    assert_eq!(organisation("a.b.example.org", &two), "example.org");
    // psd=n: this name, whatever stands above.
    let cut = [("b.example.org", "v=DMARC1; p=none; psd=n"), ("example.org", PLAIN)];
    assert_eq!(organisation("a.b.example.org", &cut), "b.example.org");
    // psd=y: one label below.
    assert_eq!(organisation("a.b.example.org", &[("org", "v=DMARC1; p=none; psd=y")]), "example.org");
    let bank = [("giant.bank.example", PLAIN), ("bank.example", "v=DMARC1; p=reject; psd=y")];
    assert_eq!(organisation("mail.giant.bank.example", &bank), "giant.bank.example");
    assert_eq!(organisation("mail.mega.bank.example", &bank), "mega.bank.example");
    // The suffix itself is its own organisation.
    assert_eq!(organisation("bank.example", &bank), "bank.example");
}

#[test]
fn the_own_record_applies_before_that_of_the_organisation() {
    let both = [("a.example.org", PLAIN), ("example.org", PLAIN)];
    assert_eq!(applies(&walk("a.example.org", &both)), Some(("a.example.org".into(), Bearer::Itself)));
    let above = walk("b.a.example.org", &both);
    assert_eq!(applies(&above), Some(("example.org".into(), Bearer::Organisation)));
    let suffix = [("org", "v=DMARC1; p=none; psd=y")];
    assert_eq!(applies(&walk("example.org", &suffix)), Some(("org".into(), Bearer::Suffix)));
    assert_eq!(applies(&walk("example.org", &[])), None);
    // What is passed over is no record.
    assert_eq!(applies(&walk("example.org", &[("example.org", "v=dmarc1; p=none")])), None);
}

#[test]
fn names_below_take_the_record_of_the_organisation() {
    let below = |start: &str, records: &[(&str, &str)]| {
        walk(start, records).policy_below().unwrap().map(|policy| (policy.domain.to_string(), policy.bearer))
    };
    let both = [("a.example.org", PLAIN), ("example.org", PLAIN)];
    // RFC 9989 §4.7: sp is ignored in records below the organisational domain.
    assert_eq!(below("a.example.org", &both), Some(("example.org".into(), Bearer::Organisation)));
    assert_eq!(below("example.org", &both), Some(("example.org".into(), Bearer::Organisation)));
    let suffix = [("bank.example", "v=DMARC1; p=reject; psd=y")];
    assert_eq!(below("bank.example", &suffix), Some(("bank.example".into(), Bearer::Suffix)));
    // From nine labels the way jumps over the eighth.
    let deep = "1.2.3.4.5.6.example.org";
    assert_eq!(below(deep, &[(deep, PLAIN)]), None);
    let shallow = "2.3.4.5.6.example.org";
    assert_eq!(below(shallow, &[(shallow, PLAIN)]), Some((shallow.into(), Bearer::Organisation)));
}

#[test]
fn several_records_are_as_good_as_none() {
    let seen = [
        txt("_dmarc.a.example.org", &[PLAIN, "v=DMARC1; p=reject"]),
        txt("_dmarc.example.org", &[PLAIN]),
        absent("_dmarc.org", DnsType::Txt),
    ];
    let walk = Walk::take(&Answers::new(&seen), &Name::new("a.example.org").unwrap());
    assert_eq!(walk.own().unwrap().records.len(), 2);
    assert_eq!(applies(&walk), Some(("example.org".into(), Bearer::Organisation)));
}

#[test]
fn what_fails_further_up_leaves_the_own_record_alone() {
    let own = txt("_dmarc.example.org", &[PLAIN]);
    let seen = [own, failed("_dmarc.org", DnsType::Txt)];
    let walk = Walk::take(&Answers::new(&seen), &Name::new("example.org").unwrap());
    assert_eq!(applies(&walk), Some(("example.org".into(), Bearer::Itself)));
    assert!(walk.organisation().is_err() && walk.policy_below().is_err());
    let seen = [absent("_dmarc.example.org", DnsType::Txt), failed("_dmarc.org", DnsType::Txt)];
    assert!(Walk::take(&Answers::new(&seen), &Name::new("example.org").unwrap()).policy().is_err());
    // Beyond psd=n nothing matters any more.
    let seen = [txt("_dmarc.example.org", &["v=DMARC1; p=none; psd=n"]), failed("_dmarc.org", DnsType::Txt)];
    let walk = Walk::whole(&Answers::new(&seen), &Name::new("example.org").unwrap());
    assert_eq!(walk.organisation().unwrap().as_ascii(), "example.org");
}

#[test]
fn all_questions_of_a_way_are_put_at_once() {
    let answers = Answers::new(&[]);
    Walk::take(&answers, &Name::new("mail.example.org").unwrap());
    let wanted: Vec<String> = answers.into_wanted().iter().map(|row| row.0.to_string()).collect();
    assert_eq!(wanted, ["_dmarc.mail.example.org", "_dmarc.example.org", "_dmarc.org"]);
}

#[test]
fn a_registered_name_with_a_record_of_its_own_asks_nobody_above() {
    let start = Name::new("example.org").unwrap();
    let wanted = |seen: &[DnsAnswer]| {
        let answers = Answers::new(seen);
        assert_eq!(Walk::take(&answers, &start).policy().err(), Some(Missing::Open));
        answers.into_wanted().iter().map(|row| row.0.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(wanted(&[]), ["_dmarc.example.org"]);
    assert_eq!(wanted(&[absent("_dmarc.example.org", DnsType::Txt)]), ["_dmarc.org"]);
    let seen = [txt("_dmarc.example.org", &["v=DMARC1; p=reject"])];
    let answers = Answers::new(&seen);
    let walk = Walk::take(&answers, &start);
    assert_eq!(walk.policy().unwrap().unwrap().bearer, Bearer::Itself);
    assert_eq!(answers.into_wanted(), []);
    let answers = Answers::new(&seen);
    Walk::whole(&answers, &start);
    assert_eq!(answers.into_wanted().len(), 1);
}
