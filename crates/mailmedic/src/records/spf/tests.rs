//! Evaluation and walk over small zones.

use std::net::IpAddr;

use super::{
    Client, FAMILY, Found, Limits, Outcome, Sender, Tree, Verdict, draw, helo, mail_from, slimmer, walk,
    without_voids,
};
use crate::name::Name;
use crate::observation::{Depth, DnsAnswer, DnsData, DnsEvidence, DnsLook, DnsOutcome, DnsState, DnsType};
use crate::records::{Answers, Look, Presence, Shown};

/// Reads answers, one record a line: `example.org TXT v=spf1 -all`, `example.org MX mail.example.org`. In place of a record
/// `-` says that there is none, `!` that the name does not exist, and `?` that the server fails; an MX `.` is the null MX.
pub(crate) fn zone(lines: &str) -> Vec<DnsAnswer> {
    let mut answers: Vec<DnsAnswer> = Vec::new();
    for line in lines.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
        let mut words = line.splitn(3, ' ');
        let (name, kind) =
            (Name::of_dns(&words.next().unwrap().replace("{blank}", " ")).unwrap(), words.next().unwrap());
        let value = words.next().unwrap_or_default();
        let kind = match kind {
            "TXT" => DnsType::Txt,
            "A" => DnsType::A,
            "AAAA" => DnsType::Aaaa,
            "MX" => DnsType::Mx,
            "PTR" => DnsType::Ptr,
            other => panic!("{other} in {line}"),
        };
        let at = answers.iter().position(|answer| answer.name == name && answer.kind == kind);
        let at = at.unwrap_or_else(|| {
            let outcome = DnsOutcome::Found { aliases: Vec::new(), records: Vec::new() };
            answers.push(answer(&name, kind, outcome));
            answers.len() - 1
        });
        let preference = u16::try_from(answers[at].records().len()).unwrap();
        let data = match (kind, value) {
            (_, "-") => {
                answers[at].outcome = DnsOutcome::NoData;
                continue;
            }
            (_, "!") => {
                answers[at].outcome = DnsOutcome::NoName;
                continue;
            }
            (_, "?") => {
                answers[at].outcome = DnsOutcome::Failed("SERVFAIL from 192.0.2.53".to_owned());
                continue;
            }
            (DnsType::Txt, text) => DnsData::Txt(text.to_owned()),
            (DnsType::Mx, host) => {
                DnsData::Mx { preference, exchange: (host != ".").then(|| host.to_owned()) }
            }
            (DnsType::Ptr, host) => DnsData::Ptr(host.to_owned()),
            (_, address) => DnsData::Address(address.parse().unwrap()),
        };
        let DnsOutcome::Found { records, .. } = &mut answers[at].outcome else { panic!("{line}") };
        records.push(data);
    }
    answers
}

fn answer(name: &Name, kind: DnsType, outcome: DnsOutcome) -> DnsAnswer {
    let (state, evidence) = (DnsState::Insecure, DnsEvidence::default());
    DnsAnswer { name: name.clone(), kind, outcome, state, evidence }
}

/// Answers what is wanted until there is a result: with nothing where the zone has the name, else that it does not exist.
fn settled<T>(lines: &str, mut look: impl FnMut(&Answers<'_>) -> Option<T>) -> (T, Vec<DnsAnswer>) {
    let known = zone(lines);
    let mut seen: Vec<DnsAnswer> = Vec::new();
    for _ in 0..40 {
        let answers = Answers::new(&seen);
        let found = look(&answers);
        let wanted = answers.into_wanted();
        if let Some(found) = found {
            assert_eq!(wanted, [], "nothing is asked for once there is a result");
            return (found, seen);
        }
        assert!(!wanted.is_empty(), "an open result asks for something");
        seen.extend(wanted.iter().map(|(name, kind)| told(&known, name, *kind)));
    }
    panic!("no result in forty rounds");
}

fn told(known: &[DnsAnswer], name: &Name, kind: DnsType) -> DnsAnswer {
    let found = known.iter().find(|answer| answer.name == *name && answer.kind == kind);
    let exists = known.iter().any(|answer| answer.name == *name);
    let absent = if exists { DnsOutcome::NoData } else { DnsOutcome::NoName };
    found.cloned().unwrap_or_else(|| answer(name, kind, absent))
}

fn client<'a>(ip: &str, sender: &'a str, helo: &'a str) -> Client<'a> {
    Client { ip: ip.parse().unwrap(), sender, helo, receiver: "receiver.example", seconds: 1_795_262_400 }
}

fn verdict(lines: &str, ip: &str, sender: &str, helo: &str) -> Verdict {
    settled(lines, |answers| mail_from(answers, &client(ip, sender, helo), Limits::default())).0
}

/// The result for a client of example.org whose record this is.
fn outcome(record: &str, more: &str, ip: &str) -> Outcome {
    let lines = format!("example.org TXT {record}\n{more}");
    verdict(&lines, ip, "user@example.org", "helo.example.net").outcome
}

fn tree(lines: &str) -> Tree {
    settled(lines, |answers| {
        let tree = walk(answers, &Name::new("example.org").unwrap());
        (!tree.is_open).then_some(tree)
    })
    .0
}

/// Look-ups, voids as an IPv4 sender, voids as an IPv6 sender.
fn counts(lines: &str) -> (usize, usize, usize) {
    let tree = tree(lines);
    let [v4, v6] = Sender::BOTH.map(|family| tree.tally(family));
    assert_eq!(v4.lookups, v6.lookups);
    (v4.lookups, v4.voids.len(), v6.voids.len())
}

const V4: &str = "192.0.2.7";
const V6: &str = "2001:db8::7";

#[test]
fn what_matches_first_decides() {
    use Outcome::{Fail, Neutral, Pass, PermError, SoftFail};
    for (record, result) in [
        ("v=spf1", Neutral),
        ("v=spf1 -all", Fail),
        ("v=spf1 ~all", SoftFail),
        ("v=spf1 ?all", Neutral),
        ("v=spf1 all", Pass),
        ("v=spf1 all -all", Pass),
        ("v=spf1 ip4:192.0.2.0/24 -all", Pass),
        ("v=spf1 -ip4:192.0.2.7 +all", Fail),
        ("v=spf1 ip4:192.0.3.0/24", Neutral),
        ("v=spf1 ip6:::/0 -all", Fail),
        ("v=spf1 ip4:192.0.2.7 -all nonsense", PermError),
        ("v=spf1 ip4:192.0.2.7 -all x=y", Pass),
        ("v=spf1 \u{e4}ll", PermError),
    ] {
        assert_eq!(outcome(record, "", V4), result, "{record}");
    }
    assert_eq!(outcome("v=spf1 ip6:2001:db8::/32 -all", "", V6), Pass);
    assert_eq!(outcome("v=spf1 ip4:0.0.0.0/0 -all", "", V6), Fail);
    // An IPv4 address written as IPv6 is an IPv4 client.
    assert_eq!(outcome("v=spf1 ip4:192.0.2.7 -all", "", "::ffff:192.0.2.7"), Pass);
    assert_eq!(outcome("v=spf1 ip6:::/0 -all", "", "::ffff:192.0.2.7"), Fail);
}

#[test]
fn addresses_match_by_the_family_of_the_client() {
    use Outcome::{Fail, Pass, TempError};
    let host = "a.example A 192.0.2.99\na.example AAAA 2001:db8::99\n";
    for (record, ip, result) in [
        ("v=spf1 a:a.example -all", "192.0.2.99", Pass),
        ("v=spf1 a:a.example -all", V4, Fail),
        ("v=spf1 a:a.example/24 -all", V4, Pass),
        ("v=spf1 a:a.example/24 -all", V6, Fail),
        ("v=spf1 a:a.example//32 -all", V6, Pass),
        ("v=spf1 a:a.example/24//32 -all", V6, Pass),
        ("v=spf1 a:gone.example/0 -all", V4, Fail),
        ("v=spf1 a:a.example/0 -all", "203.0.113.1", Pass),
        ("v=spf1 a:example..org -all", V4, Fail),
        ("v=spf1 exists:a.example -all", V6, Pass),
        ("v=spf1 exists:gone.example -all", V4, Fail),
    ] {
        assert_eq!(outcome(record, host, ip), result, "{record} for {ip}");
    }
    assert_eq!(outcome("v=spf1 exists:six.example -all", "six.example AAAA 2001:db8::1", V6), Fail);
    for record in ["v=spf1 a:x.example -all", "v=spf1 exists:x.example -all"] {
        assert_eq!(outcome(record, "x.example A ?", V4), TempError);
    }
    assert_eq!(outcome("v=spf1 a -all", "example.org A 192.0.2.7", V4), Pass);
}

#[test]
fn exchangers_are_asked_in_their_order_and_ten_at_most() {
    use Outcome::{Fail, Neutral, Pass, PermError, TempError};
    let hosts = "x.example MX one.example\nx.example MX two.example\none.example A 192.0.2.1\ntwo.example A 192.0.2.7\n";
    assert_eq!(outcome("v=spf1 mx:x.example -all", hosts, V4), Pass);
    assert_eq!(outcome("v=spf1 mx:x.example -all", hosts, "192.0.2.9"), Fail);
    assert_eq!(outcome("v=spf1 mx:x.example/24 -all", hosts, "192.0.2.9"), Pass);
    // Without MX the domain is not its own exchanger, and the null MX is none.
    assert_eq!(outcome("v=spf1 mx", "example.org A 192.0.2.7", V4), Neutral);
    assert_eq!(outcome("v=spf1 mx", "example.org MX .\nexample.org A 192.0.2.7", V4), Neutral);
    assert_eq!(outcome("v=spf1 mx -all", "example.org MX ?", V4), TempError);
    assert_eq!(outcome("v=spf1 mx -all", "example.org MX x.example\nx.example A ?", V4), TempError);
    let many = |count: u8| -> String {
        let rows = (0..count).map(|number| {
            format!("example.org MX m{number}.example\nm{number}.example A 192.0.2.{}\n", 100 + number)
        });
        rows.collect()
    };
    assert_eq!(outcome("v=spf1 mx -all", &many(10), V4), Fail);
    assert_eq!(outcome("v=spf1 mx -all", &many(11), V4), PermError);
    assert_eq!(outcome("v=spf1 mx -all", &many(11), "192.0.2.109"), Pass);
    assert_eq!(outcome("v=spf1 mx -all", &many(11), "192.0.2.110"), PermError);
}

#[test]
fn names_of_clients_count_if_they_lead_back() {
    use Outcome::{Fail, Neutral, Pass};
    let names = "7.2.0.192.in-addr.arpa PTR host.example.org\nhost.example.org A 192.0.2.7\n\
                 7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR HOST6.example.org.\n\
                 host6.example.org AAAA 2001:db8::7\n\
                 8.2.0.192.in-addr.arpa PTR host.example.org\n";
    for (record, ip, result) in [
        ("v=spf1 ptr -all", V4, Pass),
        ("v=spf1 ptr:host.example.org -all", V4, Pass),
        ("v=spf1 ptr:example.net -all", V4, Fail),
        ("v=spf1 ptr:ost.example.org -all", V4, Fail),
        ("v=spf1 ptr -all", V6, Pass),
        ("v=spf1 ptr -all", "192.0.2.8", Fail),
        ("v=spf1 ptr", "192.0.2.9", Neutral),
    ] {
        assert_eq!(outcome(record, names, ip), result, "{record} for {ip}");
    }
    // A failure is no name, and no error.
    assert_eq!(outcome("v=spf1 ptr -all", "7.2.0.192.in-addr.arpa PTR ?", V4), Fail);
    let fails = "7.2.0.192.in-addr.arpa PTR host.example.org\nhost.example.org A ?";
    assert_eq!(outcome("v=spf1 ptr -all", fails, V4), Fail);
    // The eleventh name is not looked at.
    let many: String = (0..11)
        .map(|number| format!("7.2.0.192.in-addr.arpa PTR h{number}.example.net\n"))
        .chain(["7.2.0.192.in-addr.arpa PTR host.example.org\nhost.example.org A 192.0.2.7".to_owned()])
        .collect();
    assert_eq!(outcome("v=spf1 ptr -all", &many, V4), Fail);
}

#[test]
fn includes_pass_only_what_the_other_record_passes() {
    use Outcome::{Fail, Pass, PermError, SoftFail, TempError};
    for (other, result) in [
        ("x.example TXT v=spf1 ip4:192.0.2.7 -all", Pass),
        ("x.example TXT v=spf1 -all", SoftFail),
        ("x.example TXT v=spf1 ~all", SoftFail),
        ("x.example TXT v=spf1 ?all", SoftFail),
        ("x.example TXT v=spf1", SoftFail),
        ("x.example TXT ?", TempError),
        ("x.example TXT v=spf1 foo", PermError),
        ("x.example TXT unrelated", PermError),
        ("x.example TXT -", PermError),
        ("x.example TXT !", PermError),
        ("x.example TXT v=spf1\nx.example TXT v=spf1 -all", PermError),
    ] {
        assert_eq!(outcome("v=spf1 include:x.example ~all", other, V4), result, "{other}");
    }
    let other = "x.example TXT v=spf1 ip4:192.0.2.7 -all";
    assert_eq!(outcome("v=spf1 -include:x.example +all", other, V4), Fail);
    assert_eq!(outcome("v=spf1 include:x..example -all", other, V4), PermError);
    // An empty name behind the dots of a macro, and a single label, are no domains.
    assert_eq!(outcome("v=spf1 include:%{h} -all", "", V4), PermError);
}

#[test]
fn redirects_replace_the_record() {
    use Outcome::{Fail, Pass, PermError, SoftFail, TempError};
    let other = "x.example TXT v=spf1 a -all\nx.example A 192.0.2.7";
    assert_eq!(outcome("v=spf1 redirect=x.example", other, V4), Pass);
    assert_eq!(outcome("v=spf1 redirect=x.example ip4:192.0.2.9", other, "192.0.2.9"), Pass);
    assert_eq!(outcome("v=spf1 redirect=x.example ~all", other, V4), SoftFail);
    assert_eq!(outcome("v=spf1 redirect=x.example", other, V6), Fail);
    assert_eq!(outcome("v=spf1 redirect=x.example", "x.example TXT -", V4), PermError);
    assert_eq!(outcome("v=spf1 redirect=x.example", "x.example TXT ?", V4), TempError);
    assert_eq!(outcome("v=spf1 redirect=x.example redirect=x.example", other, V4), PermError);
}

#[test]
fn what_costs_too_much_is_an_error() {
    use Outcome::{Fail, Pass, PermError};
    let host = "a.example A 192.0.2.1\na.example AAAA 2001:db8::1\n";
    let record = |count: usize, end: &str| format!("v=spf1 {}{end}", "a:a.example ".repeat(count));
    assert_eq!(outcome(&record(10, "ip4:192.0.2.7 -all"), host, V4), Pass);
    assert_eq!(outcome(&record(11, "ip4:192.0.2.7 -all"), host, V4), PermError);
    assert_eq!(outcome(&record(11, "-all"), host, "192.0.2.1"), Pass);
    assert_eq!(outcome(&record(10, "redirect=a.example"), host, V4), PermError);
    // Terms of included records count, and so does the include.
    let inner = format!("{host}x.example TXT {}", record(9, ""));
    assert_eq!(outcome("v=spf1 include:x.example -all", &inner, V4), Fail);
    let inner = format!("{host}x.example TXT {}", record(10, ""));
    assert_eq!(outcome("v=spf1 include:x.example -all", &inner, V4), PermError);
    assert_eq!(outcome("v=spf1 include:example.org -all", "", V4), PermError);
    assert_eq!(outcome("v=spf1 redirect=example.org", "", V4), PermError);
}

#[test]
fn what_leads_nowhere_too_often_is_an_error() {
    use Outcome::{Fail, Pass, PermError};
    let six = "m1.example A 192.0.2.1\nm2.example A 192.0.2.2\nm3.example A 192.0.2.3\n";
    assert_eq!(outcome("v=spf1 a:g1.example a:g2.example -all", "", V4), Fail);
    assert_eq!(outcome("v=spf1 a:g1.example a:g2.example a:g3.example -all", "", V4), PermError);
    assert_eq!(outcome("v=spf1 ip4:192.0.2.7 a:g1.example a:g2.example a:g3.example", "", V4), Pass);
    assert_eq!(outcome("v=spf1 exists:g1.example mx:g2.example ptr", "", V4), PermError);
    // Names without an address of the family are nowhere for clients of that family alone.
    let record = "v=spf1 a:m1.example a:m2.example a:m3.example -all";
    assert_eq!(outcome(record, six, V4), Fail);
    assert_eq!(outcome(record, six, V6), PermError);
    // What refused senders are told is asked for afterwards, and counts for nothing.
    assert_eq!(outcome("v=spf1 a:g1.example a:g2.example exp=g3.example -all", "", V4), Fail);
    let limits = Limits { voids: 0, ..Limits::default() };
    let lines = "example.org TXT v=spf1 a:g1.example -all";
    let strict =
        settled(lines, |answers| mail_from(answers, &client(V4, "a@example.org", "h.example"), limits)).0;
    assert_eq!(strict.outcome, PermError);
    assert_eq!((strict.lookups, strict.voids), (1, 1));
}

#[test]
fn what_is_no_domain_has_no_policy() {
    for (sender, helo) in [
        ("user@example..org", "h.example"),
        ("user@[192.0.2.7]", "h.example"),
        ("user@localhost", "h.example"),
        ("user@-", "h.example"),
        ("", "HOST"),
        ("", "[192.0.2.7]"),
        ("", ""),
        ("user@example.net", "h.example"),
    ] {
        assert_eq!(verdict("", V4, sender, helo).outcome, Outcome::None, "{sender} {helo}");
    }
    let long = format!("user@{}.example.org", "a".repeat(64));
    assert_eq!(verdict("", V4, &long, "h.example").outcome, Outcome::None);
    assert_eq!(verdict("example.org TXT ?", V4, "a@example.org", "h.example").outcome, Outcome::TempError);
}

#[test]
fn the_null_sender_is_postmaster_at_helo() {
    let lines = "h.example.org TXT v=spf1 exists:%{l}.%{o} -all\npostmaster.h.example.org A 127.0.0.2";
    assert_eq!(verdict(lines, V4, "", "h.example.org").outcome, Outcome::Pass);
    assert_eq!(verdict(lines, V4, "@h.example.org", "x").outcome, Outcome::Pass);
    let of_helo = settled(lines, |answers| {
        helo(answers, &client(V4, "a@example.net", "h.example.org"), Limits::default())
    });
    assert_eq!(of_helo.0.outcome, Outcome::Pass);
}

#[test]
fn macros_make_the_names_that_are_asked_for() {
    for (domain, name) in [
        ("%{i}.%{h}.x.example", "192.0.2.7.helo.example.net.x.example"),
        ("%{ir}.%{v}.%{d2}", "7.2.0.192.in-addr.example.org"),
        ("%{l}.x.example", "user+tag=a/b.x.example"),
        ("%{l1r+}.x.example", "user.x.example"),
        ("a%_b%%c%-d.x.example", "a{blank}b%c%20d.x.example"),
        ("%{s}.x.example", "user+tag=a/b@example.org.x.example"),
        ("%{p}.x.example", "unknown.x.example"),
    ] {
        let lines = format!("example.org TXT v=spf1 exists:{domain} -all\n{name} A 127.0.0.2");
        let found = verdict(&lines, V4, "user+tag=a/b@example.org", "helo.example.net");
        assert_eq!(found.outcome, Outcome::Pass, "{domain}: {found:?}");
    }
    let names = "7.2.0.192.in-addr.arpa PTR host.example.net\n7.2.0.192.in-addr.arpa PTR in.example.org\n\
                 host.example.net A 192.0.2.7\nin.example.org A 192.0.2.7\n";
    let lines = format!(
        "{names}example.org TXT v=spf1 exists:%{{p}}.x.example -all\nin.example.org.x.example A 127.0.0.2"
    );
    assert_eq!(verdict(&lines, V4, "a@example.org", "h.example").outcome, Outcome::Pass);
}

#[test]
fn refused_senders_are_told_why() {
    let told = |record: &str, more: &str| {
        verdict(&format!("example.org TXT {record}\n{more}"), V4, "user@example.org", "h.example").explanation
    };
    let text = "why.example TXT %{i} may not send for %{d}, says %{r} at %{t}: 100%%.";
    let expected = "192.0.2.7 may not send for example.org, says receiver.example at 1795262400: 100%.";
    assert_eq!(told("v=spf1 -all exp=why.example", text).as_deref(), Some(expected));
    assert_eq!(told("v=spf1 ~all exp=why.example", text), None);
    for more in [
        "why.example TXT ?",
        "why.example TXT -",
        "why.example TXT a\nwhy.example TXT b",
        "why.example TXT %{x}",
        "why.example TXT \u{fc}",
    ] {
        assert_eq!(told("v=spf1 -all exp=why.example", more), None, "{more}");
    }
    // The included record's own text is not used, that of a redirect is.
    let other = "x.example TXT v=spf1 ip4:192.0.2.7 exp=other.example -all\nother.example TXT other\nwhy.example TXT own";
    assert_eq!(told("v=spf1 -include:x.example exp=why.example", other).as_deref(), Some("own"));
    let other = "x.example TXT v=spf1 exp=other.example -all\nother.example TXT other\nwhy.example TXT own";
    assert_eq!(told("v=spf1 redirect=x.example exp=why.example", other).as_deref(), Some("other"));
}

#[test]
fn a_verdict_says_what_matched() {
    let lines = "example.org TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 ip4:192.0.2.0/24";
    let found = verdict(lines, V4, "a@example.org", "h.example");
    assert_eq!(found.matched, Some(("ip4:192.0.2.0/24".into(), "x.example".into())));
    assert_eq!((found.lookups, found.voids), (1, 0));
    let found = verdict(lines, V6, "a@example.org", "h.example");
    assert_eq!(found.matched, Some(("-all".into(), "example.org".into())));
}

#[test]
fn a_walk_counts_what_evaluation_would_pass_by() {
    let cases: &[(&str, (usize, usize, usize))] = &[
        ("example.org TXT v=spf1 ip4:192.0.2.1 -all", (0, 0, 0)),
        ("example.org TXT v=spf1 +all a mx redirect=x.example", (0, 0, 0)),
        ("example.org TXT v=spf1 a\nexample.org A 192.0.2.1", (1, 0, 1)),
        ("example.org TXT v=spf1 a mx exists:x.example", (3, 3, 3)),
        (
            "example.org TXT v=spf1 mx\nexample.org MX a.example\nexample.org MX b.example\na.example A 192.0.2.1",
            (1, 1, 2),
        ),
        ("example.org TXT v=spf1 ptr exists:%{i}.x.example", (2, 0, 0)),
        (
            "example.org TXT v=spf1 include:x.example redirect=y.example\nx.example TXT v=spf1 a:z.example -all\ny.example TXT v=spf1 a:z.example\nz.example A 192.0.2.1\nz.example AAAA 2001:db8::1",
            (4, 0, 0),
        ),
        (
            "example.org TXT v=spf1 include:x.example include:x.example -all\nx.example TXT v=spf1 a:z.example",
            (4, 2, 2),
        ),
        ("example.org TXT v=spf1 include:gone.example -all", (1, 1, 1)),
        ("example.org TXT v=spf1 include:x.example -all\nx.example TXT unrelated", (1, 0, 0)),
        ("example.org TXT v=spf1 exp=gone.example -all", (0, 0, 0)),
        (
            "example.org TXT v=spf1 a:%{d} a:%{o} -all\nexample.org A 192.0.2.1\nexample.org AAAA 2001:db8::1",
            (2, 0, 0),
        ),
    ];
    for (lines, wanted) in cases {
        assert_eq!(counts(lines), *wanted, "{lines}");
    }
}

#[test]
fn counts_that_may_be_higher_say_so() {
    let least = |lines: &str| {
        let tree = tree(lines);
        let tally = tree.tally(Sender::Ipv4);
        (tally.is_least, tally.is_least_of_voids)
    };
    assert_eq!(least("example.org TXT v=spf1 mx -all\nexample.org MX x.example"), (false, false));
    assert_eq!(least("example.org TXT v=spf1 exists:%{i}.x.example -all"), (false, true));
    assert_eq!(least("example.org TXT v=spf1 include:%{i}.x.example -all"), (true, true));
    assert_eq!(least("example.org TXT v=spf1 include:x.example -all\nx.example TXT ?"), (true, true));
    assert_eq!(least("example.org TXT v=spf1 a:x.example -all\nx.example A ?"), (false, true));
}

#[test]
fn rings_end_and_are_named() {
    let tree = tree(
        "example.org TXT v=spf1 include:a.example -all\na.example TXT v=spf1 include:b.example\nb.example TXT v=spf1 include:a.example",
    );
    let ring = tree.branches().into_iter().find_map(|(branch, _)| match &branch.found {
        Found::Cycle(ring) => Some(ring.clone()),
        _ => None,
    });
    assert_eq!(ring.unwrap(), ["a.example", "b.example", "a.example"]);
    assert!(tree.tally(Sender::Ipv6).is_endless);
}

#[test]
fn hostile_zones_are_bounded() {
    // Each of a hundred names includes all others: as many ways as there are orders.
    let names: Vec<String> = (0..100).map(|number| format!("n{number}.example")).collect();
    let terms: String = names.iter().map(|name| format!(" include:{name}")).collect();
    let lines: String =
        names.iter().map(|name| format!("{name} TXT v=spf1{terms} a:{name} mx:{name}\n")).collect();
    let wide = tree(&format!("example.org TXT v=spf1{terms}\n{lines}"));
    assert!(wide.branches().len() < 20_000);
    assert!(draw(&wide).len() <= 201);
    assert!(wide.doubt().is_some());
    // A chain without an end.
    let chain: String = (0..200)
        .map(|number| format!("n{number}.example TXT v=spf1 include:n{}.example\n", number + 1))
        .collect();
    let deep = tree(&format!("example.org TXT v=spf1 include:n0.example\n{chain}"));
    assert!(deep.branches().len() <= 22);
    // Many terms ask for no more than a limit.
    let terms: String = (0..3000).map(|number| format!(" a:h{number}.example")).collect();
    let lines = format!("example.org TXT v=spf1{terms}");
    let (_, seen) = settled(&lines, |answers| {
        let tree = walk(answers, &Name::new("example.org").unwrap());
        (!tree.is_open).then_some(())
    });
    assert!(seen.len() <= 130, "{}", seen.len());
}

#[test]
fn trees_are_drawn_a_line_a_term() {
    let lines = "example.org TXT v=spf1 mx include:x.example ptr exists:%{i}.y.example a:gone.example ~all a\n\
                 example.org MX mail.example.org\nmail.example.org A 192.0.2.1\n\
                 x.example TXT v=spf1 include:z.example ip4:192.0.2.0/24 foo -all\nz.example TXT -";
    assert_eq!(
        draw(&tree(lines)),
        [
            "├─ mx  1 look-up; 192.0.2.1; void: no AAAA record of mail.example.org",
            "├─ include:x.example  2 look-ups; 1 void",
            "│  ├─ include:z.example  1 look-up; permerror: no SPF record there; 1 void",
            "│  ├─ ip4:192.0.2.0/24",
            "│  ├─ -all",
            "│  └─ permerror: \"foo\": there is no mechanism \"foo\"",
            "├─ ptr  1 look-up; hangs on the client",
            "├─ exists:%{i}.y.example  1 look-up; hangs on the client",
            "├─ a:gone.example  1 look-up; void: gone.example does not exist (A); void: gone.example does not exist (AAAA)",
            "├─ ~all",
            "└─ a  never come to",
        ]
    );
}

#[test]
fn slimmer_records_say_the_same() {
    let slim =
        |record: &str, more: &str, most| slimmer(&tree(&format!("example.org TXT {record}\n{more}")), most);
    let hosts = "example.org A 192.0.2.1\nexample.org MX m.example\nm.example A 192.0.2.2\nm.example AAAA 2001:db8::2";
    assert_eq!(slim("v=spf1 a mx -all", hosts, 1).as_deref(), Some("v=spf1 ip4:192.0.2.1 mx -all"));
    assert_eq!(
        slim("v=spf1 ~mx//64 ?a/24 -all", hosts, 0).as_deref(),
        Some("v=spf1 ~ip4:192.0.2.2 ~ip6:2001:db8::2/64 ?ip4:192.0.2.1/24 -all")
    );
    assert_eq!(
        slim("v=spf1 a ptr A exp=x.example -all mx", hosts, 1).as_deref(),
        Some("v=spf1 a exp=x.example -all")
    );
    assert_eq!(slim("v=spf1 exists:%{i}.x.example -all", "", 0), None);
    assert_eq!(slim("v=spf1 a nonsense -all", hosts, 0), None);
    let lean =
        |record: &str, more: &str| without_voids(&tree(&format!("example.org TXT {record}\n{more}")), 2);
    assert_eq!(
        lean("v=spf1 a:g1.example a:g2.example a:g3.example mx -all", hosts).as_deref(),
        Some("v=spf1 mx -all")
    );
    assert_eq!(lean("v=spf1 include:g1.example include:g2.example include:g3.example -all", ""), None);
}

fn rows(lines: &str, wishes: &DnsLook) -> Vec<Shown> {
    let domain = Name::new("example.org").unwrap();
    let look = Look { domain: &domain, depth: Depth::Standard, wishes, told: &[] };
    let known = zone(lines);
    let mut seen: Vec<DnsAnswer> = Vec::new();
    for _ in 0..40 {
        let answers = Answers::new(&seen);
        (FAMILY.wants)(&answers, &look);
        let wanted = answers.into_wanted();
        if wanted.is_empty() {
            return (FAMILY.shows)(&Answers::new(&seen), &look);
        }
        seen.extend(wanted.iter().map(|(name, kind)| told(&known, name, *kind)));
    }
    panic!("there is always something wanted");
}

#[test]
fn the_overview_sums_up() {
    let wishes = DnsLook::default();
    let row = |lines: &str| rows(lines, &wishes).remove(0);
    let good = row(
        "example.org TXT v=spf1 mx -all\nexample.org MX m.example\nm.example A 192.0.2.1\nm.example AAAA 2001:db8::1",
    );
    assert_eq!(good.summary, "1 of 10 look-ups, 0 voids, ends in -all");
    assert_eq!(good.values, ["v=spf1 mx -all"]);
    assert_eq!(good.details.len(), 2);
    let uneven = row("example.org TXT v=spf1 a:m.example foo\nm.example A 192.0.2.1");
    assert_eq!(uneven.summary, "1 of 10 look-ups, 0 voids by IPv4 and 1 by IPv6, has no all, 1 fault");
    let vague = row("example.org TXT v=spf1 redirect=%{i}.x.example");
    assert_eq!(vague.summary, "at least 1 of 10 look-ups, at least 0 voids, ends in redirect=%{i}.x.example");
    assert_eq!(
        row("example.org TXT v=spf1\nexample.org TXT v=spf1 -all").summary,
        "2 records, so that none counts"
    );
    let none = row("example.org TXT v=spf10");
    assert_eq!((none.presence, none.summary), (Presence::Absent, "\"v=spf10\" is no record".to_owned()));
    assert_eq!(row("example.org TXT -").presence, Presence::Absent);
    assert!(matches!(row("example.org TXT ?").presence, Presence::Unknown(_)));
}

#[test]
fn the_overview_evaluates_the_addresses_asked_about() {
    let lines = "example.org TXT v=spf1 ip4:192.0.2.0/24 exp=why.example -all\nwhy.example TXT not %{c}\n\
                 h.example.net TXT v=spf1 a -all\nh.example.net A 192.0.2.1";
    let senders: Vec<IpAddr> = ["192.0.2.1", "2001:db8::1"].map(|ip| ip.parse().unwrap()).to_vec();
    let wishes = DnsLook { senders, ..DnsLook::default() };
    let said: Vec<String> = rows(lines, &wishes).into_iter().skip(1).map(|row| row.summary).collect();
    assert_eq!(
        said,
        [
            "192.0.2.1 passes: matched ip4:192.0.2.0/24 in example.org",
            "2001:db8::1 fails: matched -all in example.org; it is told \"not 2001:db8::1\"",
        ]
    );
    let wishes = DnsLook {
        helo: Some("h.example.net".to_owned()),
        sender: Some("a@gone.example".to_owned()),
        ..wishes
    };
    let said: Vec<String> = rows(lines, &wishes).into_iter().skip(1).map(|row| row.summary).collect();
    assert_eq!(
        said,
        [
            "192.0.2.1 gets none: gone.example has no SPF record",
            "as HELO h.example.net: 192.0.2.1 passes: matched a in h.example.net",
            "2001:db8::1 gets none: gone.example has no SPF record",
            "as HELO h.example.net: 2001:db8::1 fails: matched -all in h.example.net",
        ]
    );
}
