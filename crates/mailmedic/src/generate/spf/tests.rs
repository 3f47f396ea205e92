use super::{All, Term, TermError, Wishes, make, text, weigh};
use crate::generate::Made;
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType};
use crate::records::Answers;

fn domain() -> Name {
    Name::new("example.org").unwrap()
}

fn with(terms: &[Term]) -> Wishes {
    Wishes { terms: terms.to_vec(), ..Wishes::default() }
}

fn made(wishes: &Wishes, published: &[&str]) -> Made {
    make(&domain(), wishes, published, 3600)
}

fn record(wishes: &Wishes, published: &[&str]) -> String {
    text(&made(wishes, published)).unwrap()
}

fn objections(made: &Made) -> Vec<&str> {
    made.objections.iter().map(|objection| objection.rule).collect()
}

fn zone(records: &[(&str, &str)]) -> Vec<DnsAnswer> {
    let answer = |(name, text): &(&str, &str)| DnsAnswer {
        name: Name::new(name).unwrap(),
        kind: DnsType::Txt,
        outcome: match *text {
            "" => DnsOutcome::NoName,
            "?" => DnsOutcome::Failed("SERVFAIL".into()),
            text => DnsOutcome::Found { aliases: Vec::new(), records: vec![DnsData::Txt(text.into())] },
        },
        state: DnsState::Insecure,
        evidence: Default::default(),
    };
    records.iter().map(answer).collect()
}

#[test]
fn a_new_record_has_its_terms_in_order_and_an_end() {
    let wishes = with(&[
        Term::hosts("mx", "").unwrap(),
        Term::ip4("192.0.2.0/24").unwrap(),
        Term::ip6("2001:db8::1").unwrap(),
        Term::include("_spf.Example.NET").unwrap(),
        Term::hosts("a", "www.example.org").unwrap(),
    ]);
    assert_eq!(
        record(&wishes, &[]),
        "v=spf1 mx ip4:192.0.2.0/24 ip6:2001:db8::1 include:_spf.example.net a:www.example.org ~all"
    );
    assert_eq!(record(&Wishes::default(), &[]), "v=spf1 -all", "nobody sends");
    assert_eq!(record(&Wishes { all: Some(All::Fail), ..wishes }, &[]).rsplit(' ').next(), Some("-all"));
}

#[test]
fn what_is_published_is_kept_and_nothing_is_said_twice() {
    let wishes = with(&[Term::ip4("192.0.2.1").unwrap(), Term::hosts("mx", "").unwrap()]);
    assert_eq!(
        record(&wishes, &["google-site-verification=x", "v=spf1 +MX include:a.example -all exp=why.example"]),
        "v=spf1 +MX include:a.example ip4:192.0.2.1 -all exp=why.example"
    );
    // What stands behind "all" was never reached.
    assert_eq!(record(&Wishes::default(), &["v=spf1 mx ~all ip4:203.0.113.1"]), "v=spf1 mx ~all");
}

#[test]
fn several_records_become_one_with_the_strictest_end() {
    let made = made(&Wishes::default(), &["v=spf1 mx ~all", "V=SPF1 include:a.example mx -all"]);
    assert_eq!(text(&made).unwrap(), "v=spf1 mx include:a.example -all");
    assert!(made.remarks[0].starts_with("2 SPF records"), "{:?}", made.remarks);
}

#[test]
fn terms_are_taken_out() {
    let wishes =
        Wishes { without: vec!["Include:Old.example".into(), "ip4:192.0.2.9".into()], ..Wishes::default() };
    let made = made(&wishes, &["v=spf1 mx include:old.example -all"]);
    assert_eq!(text(&made).unwrap(), "v=spf1 mx -all");
    assert_eq!(made.remarks, ["\"ip4:192.0.2.9\" is not in the record, so it was not taken out."]);
}

#[test]
fn a_redirect_stays_alone_and_becomes_an_include_beside_all() {
    let published = ["v=spf1 redirect=_spf.example.net"];
    assert_eq!(
        record(&with(&[Term::hosts("mx", "").unwrap()]), &published),
        "v=spf1 mx redirect=_spf.example.net"
    );
    let made = made(&Wishes { all: Some(All::Softfail), ..Wishes::default() }, &published);
    assert_eq!(text(&made).unwrap(), "v=spf1 include:_spf.example.net ~all");
    assert!(made.remarks[0].contains("became an include"));
    assert_eq!(record(&Wishes::default(), &["v=spf1 mx -all redirect=dead.example"]), "v=spf1 mx -all");
}

#[test]
fn what_lets_everybody_send_is_objected_to() {
    let all = Wishes { all: Some(All::Pass), ..Wishes::default() };
    assert_eq!(objections(&made(&all, &[])), ["spf-allows-all"]);
    assert_eq!(objections(&made(&Wishes::default(), &["v=spf1 all"])), ["spf-allows-all"]);
    assert_eq!(objections(&made(&with(&[Term::ip4("0.0.0.0/0").unwrap()]), &[])), ["spf-allows-all"]);
    assert_eq!(objections(&made(&Wishes::default(), &["v=spf1 -ip4:0.0.0.0/0 -all"])), Vec::<&str>::new());
}

#[test]
fn a_published_slip_is_objected_to() {
    for slip in
        ["ipv4:192.0.2.1", "ip4:192.0.2", "ip4:192.0.2.0/33", "ip6:192.0.2.1", "include:", "mx.example.org"]
    {
        let made = made(&Wishes::default(), &[&format!("v=spf1 {slip} -all")]);
        assert_eq!(objections(&made), ["spf-syntax"], "{slip}");
    }
    let fine = "v=spf1 a/24 mx:example.net//64 exists:%{i}.x.example ptr:example.org ra=postmaster -all";
    assert_eq!(objections(&made(&Wishes::default(), &[fine])), Vec::<&str>::new());
}

#[test]
fn terms_that_are_none_say_why() {
    assert_eq!(Term::ip4("2001:db8::1"), Err(TermError::Ip4));
    assert_eq!(Term::ip4("192.0.2.0/024"), Err(TermError::Ip4));
    assert_eq!(Term::ip6("2001:db8::/129"), Err(TermError::Ip6));
    assert!(matches!(Term::include("localhost"), Err(TermError::Name(_))));
    assert!(matches!(Term::include("a b.example"), Err(TermError::Name(_))));
}

#[test]
fn look_ups_are_counted_over_the_whole_tree() {
    let mut made = made(&Wishes::default(), &["v=spf1 a mx include:a.example include:b.example -all"]);
    let seen = zone(&[
        ("a.example", "v=spf1 include:c.example ip4:192.0.2.1 ~all"),
        ("b.example", "v=spf1 a:x.example redirect=c.example"),
        ("c.example", "v=spf1 exists:%{i}.c.example mx -all redirect=dead.example"),
    ]);
    weigh(&mut made, &domain(), &Answers::new(&seen));
    // a, mx, two includes; c with its two; a, the redirect and c's two.
    assert_eq!(made.remarks, ["11 of 10 look-ups"]);
    assert_eq!(objections(&made), ["spf-too-many-lookups"]);
}

#[test]
fn what_is_not_known_is_wanted_and_told() {
    let mut made =
        made(&Wishes::default(), &["v=spf1 include:%{d}.x.example include:a.example include:b.example -all"]);
    let seen = zone(&[("a.example", "?")]);
    let answers = Answers::new(&seen);
    weigh(&mut made, &domain(), &answers);
    assert_eq!(made.remarks[0], "at least 3 of 10 look-ups");
    let not_counted = |start: &str| made.remarks.iter().any(|remark| remark.starts_with(start));
    assert!(not_counted("not counted: a.example: SERVFAIL"), "{:?}", made.remarks);
    assert!(not_counted("not counted: b.example: it was not asked for"), "{:?}", made.remarks);
    assert_eq!(objections(&made), Vec::<&str>::new());
    let wanted = ["example.org.x.example", "b.example"].map(|name| (Name::new(name).unwrap(), DnsType::Txt));
    assert_eq!(answers.into_wanted(), wanted);
}

#[test]
fn includes_without_a_record_and_rings_are_objected_to() {
    let mut made = made(&Wishes::default(), &["v=spf1 include:a.example include:gone.example -all"]);
    let seen = zone(&[
        ("a.example", "v=spf1 include:b.example -all"),
        ("b.example", "v=spf1 include:a.example -all"),
        ("gone.example", ""),
    ]);
    weigh(&mut made, &domain(), &Answers::new(&seen));
    assert_eq!(objections(&made), ["spf-too-many-lookups", "spf-include-missing"]);
}

#[test]
fn a_tree_without_end_is_left() {
    // Each name includes the next two, which is more than anybody could follow.
    let names: Vec<String> = (0..40).map(|number| format!("n{number}.example")).collect();
    let texts: Vec<String> = (0..40)
        .map(|number| format!("v=spf1 include:n{}.example include:n{}.example -all", number + 1, number + 2))
        .collect();
    let records: Vec<(&str, &str)> =
        names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut made = made(&Wishes::default(), &["v=spf1 include:n0.example -all"]);
    weigh(&mut made, &domain(), &Answers::new(&zone(&records)));
    assert!(made.remarks[0].starts_with("at least "), "{}", made.remarks[0]);
    assert_eq!(objections(&made), ["spf-too-many-lookups"]);
}
