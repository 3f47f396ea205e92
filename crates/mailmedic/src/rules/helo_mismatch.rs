//! A mail server goes by a name that is none, or that does not lead to it.

use std::net::IpAddr;

use super::records::{self, Resolution};
use super::{mail_dns, presented};
use crate::endpoint::{Protocol, Source};
use crate::finding::{Case, Change, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::observation::{DnsData, DnsType, EndpointObservation, Helo};
use crate::records::reverse::is_public;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "helo-mismatch",
    title: "the mail server goes by a wrong name",
    severity: Severity::Warning,
    what: "The name that the mail server gives itself, in its greeting and in its reply to EHLO, is no full host name \
           (localhost, a single word, an address), does not exist, or leads to another address.",
    why: "A server greets others by the name that it gives itself. Many receivers refuse a sender whose HELO name is \
          no full host name or does not exist (Postfix: reject_non_fqdn_helo_hostname, reject_unknown_helo_hostname), and \
          count one that leads elsewhere as a sign of spam.",
    affected: "Recipients of mail that this server sends, if it sends under the same name.",
    fix: "Give the server its full host name (Postfix: myhostname; Exim: primary_hostname; Sendmail: Dj; Exchange: the FQDN \
          of the connectors), let that name lead to its address, and the PTR record of the address to the name.",
    change: None,
    references: &["RFC 5321 §4.1.1.1", "RFC 5321 §4.1.4", "RFC 1912 §2.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.protocol != Protocol::Smtp {
        return Verdict::NotApplicable("it is no server that takes mail from others");
    }
    let Some(address) = seen.endpoint.address().filter(|address| is_public(*address)) else {
        return Verdict::NotApplicable("it has no public address");
    };
    let Some(helo) = seen.helo() else {
        return Verdict::Unknown("the server did not say what it calls itself".to_owned());
    };
    // What it answers to EHLO counts more than what it greets with.
    let is_none =
        helo.reply.is_some_and(|word| word.eq_ignore_ascii_case("localhost") || word.starts_with('['));
    let Some(name) = helo.host().filter(|name| !is_none && !is_local(name)) else {
        return Verdict::fail(nameless(case, seen, &helo));
    };
    match records::resolution(case, &name) {
        Resolution::Unknown(why) => return Verdict::Unknown(why),
        Resolution::None { .. } => return Verdict::fail(unknown(case, seen, address, &name)),
        Resolution::Found => {}
    }
    if !leads_here(case, seen, &name) {
        return Verdict::fail(elsewhere(case, seen, address, &name));
    }
    match helo.banner.map(Name::new) {
        Some(Ok(banner)) if banner.as_ascii().contains('.') && banner != name => {
            Verdict::fail(differing(&banner, &name))
        }
        _ => Verdict::Pass,
    }
}

/// Names that mean something only inside a network.
fn is_local(name: &Name) -> bool {
    LOCAL.iter().any(|end| name.as_ascii().ends_with(end))
}

fn nameless(case: &Case<'_>, seen: &EndpointObservation, helo: &Helo<'_>) -> Finding {
    let word = helo.reply.or(helo.banner).unwrap_or_default();
    let shown = presented::text(word);
    // Whoever names a server wants to know that it was never given a name.
    let is_named = seen.endpoint.sources.contains(&Source::Named);
    Finding::new(
        if is_named { Severity::Warning } else { severity(case, seen) },
        format!("nameless {shown}"),
        "the mail server calls itself by no full host name",
        format!(
            "The server calls itself \"{shown}\", which is no full host name that others could look up.{}",
            caveat(case, seen)
        ),
    )
    .hurts("recipients at receivers that refuse a sender whose HELO name is no full host name")
    .evidence("name", shown)
}

fn unknown(case: &Case<'_>, seen: &EndpointObservation, address: IpAddr, name: &Name) -> Finding {
    let finding = Finding::new(
        severity(case, seen),
        format!("unknown {name}"),
        format!("the mail server calls itself {name}, which does not exist"),
        format!("The server calls itself {name}, a name without an address.{}", caveat(case, seen)),
    )
    .hurts("recipients at receivers that refuse a sender whose HELO name does not exist")
    .evidence("name", name.as_ascii());
    publish(case, finding, address, name)
}

fn elsewhere(case: &Case<'_>, seen: &EndpointObservation, address: IpAddr, name: &Name) -> Finding {
    let finding = Finding::new(
        Severity::Note,
        format!("elsewhere {name}"),
        format!("the mail server calls itself {name}, which leads elsewhere"),
        format!(
            "The server at {address} calls itself {name}, and this name does not have its address.{}",
            caveat(case, seen)
        ),
    )
    .hurts("recipients at receivers that count a HELO name that leads elsewhere as a sign of spam")
    .evidence("name", name.as_ascii());
    publish(case, finding, address, name)
}

fn differing(banner: &Name, name: &Name) -> Finding {
    let names = [banner.as_ascii(), name.as_ascii()];
    Finding::new(
        Severity::Note,
        format!("differing {banner} {name}"),
        "the mail server gives itself two names",
        format!(
            "The server greets as {banner} and answers EHLO as {name}. The second leads to it, so that little hangs on \
             it; one name is clearer in logs."
        ),
    )
    .hurts("nobody; whoever reads logs may wonder")
    .evidence("names", words::list(&names))
}

/// Proposes the address record where the name is the domain's own.
fn publish(case: &Case<'_>, finding: Finding, address: IpAddr, name: &Name) -> Finding {
    let domain = case.seen.host.as_ref().and_then(|host| host.name());
    let own = domain.is_some_and(|domain| is_under(name, domain));
    let kind = if address.is_ipv4() { "A" } else { "AAAA" };
    if own {
        finding.change(Change::Dns { lines: vec![format!("{name}. 3600 IN {kind} {address}")] })
    } else {
        finding
    }
}

/// Tells whether the name has an address of this host.
fn leads_here(case: &Case<'_>, seen: &EndpointObservation, name: &Name) -> bool {
    let same = case.seen.endpoints.iter().filter(|other| other.endpoint.host == seen.endpoint.host);
    let addresses: Vec<IpAddr> = same.filter_map(|other| other.endpoint.address()).collect();
    let answers = [DnsType::A, DnsType::Aaaa].into_iter().filter_map(|kind| case.seen.dns(name, kind));
    let is_one = |data: &DnsData| matches!(data, DnsData::Address(address) if addresses.contains(address));
    answers.flat_map(|answer| answer.records()).any(is_one)
}

/// Returns how bad it is: a note where nothing speaks for mail that comes from there.
fn severity(case: &Case<'_>, seen: &EndpointObservation) -> Severity {
    if sends(case, seen) { Severity::Warning } else { Severity::Note }
}

/// Tells whether mail is likely to come from an endpoint: the user says so, or it is the domain's own and only exchanger.
fn sends(case: &Case<'_>, seen: &EndpointObservation) -> bool {
    let endpoint = &seen.endpoint;
    let given = endpoint.address().is_some_and(|address| case.seen.look.senders.contains(&address));
    let Ok((answers, look)) = mail_dns::domain(case) else { return given };
    let exchangers = look.exchangers(&answers);
    let only = exchangers.len() == 1 && exchangers.iter().any(|name| is_under(name, look.domain));
    given || only
}

fn caveat(case: &Case<'_>, seen: &EndpointObservation) -> &'static str {
    if sends(case, seen) {
        " Servers mostly greet others by the same name when they send."
    } else {
        " It matters if the server sends mail under the same name, which is not known."
    }
}

fn is_under(name: &Name, domain: &Name) -> bool {
    let above = name.as_ascii().strip_suffix(domain.as_ascii());
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// The ends of names that no public name server knows (RFC 6762, RFC 8375), and of installations by default.
const LOCAL: [&str; 6] = [".local", ".localdomain", ".localhost", ".lan", ".internal", ".home.arpa"];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{
        DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType, EndpointObservation, Line,
    };
    use crate::rules::tests::finding;
    use crate::sample::{self, Sample};

    fn calls_itself(seen: &mut EndpointObservation, banner: &str, reply: &str) {
        let line =
            |sent: Option<&str>, reply: String| Line { sent: sent.map(str::to_owned), reply: Some(reply) };
        seen.sessions[0].plain.as_mut().unwrap().lines = vec![
            line(None, format!("220 {banner} ESMTP")),
            line(Some("EHLO probe.example"), format!("250-{reply}\n250 STARTTLS")),
        ];
    }

    fn with(banner: &str, reply: &str, answers: &[(&str, DnsType, Option<&str>)]) -> Sample {
        let mut sample = sample::healthy().only(25);
        calls_itself(&mut sample.seen.endpoints[0], banner, reply);
        for (name, kind, address) in answers {
            let outcome = match address {
                Some("SERVFAIL") => DnsOutcome::Failed("SERVFAIL".into()),
                Some(address) => {
                    let records = vec![DnsData::Address(address.parse().unwrap())];
                    DnsOutcome::Found { aliases: Vec::new(), records }
                }
                None => DnsOutcome::NoName,
            };
            let (name, evidence) = (Name::new(name).unwrap(), DnsEvidence::default());
            sample.seen.dns.push(DnsAnswer {
                name,
                kind: *kind,
                outcome,
                state: DnsState::Insecure,
                evidence,
            });
        }
        sample
    }

    fn judged(sample: &Sample) -> Verdict {
        sample.endpoints(check).remove(0)
    }

    #[test]
    fn passes_where_the_name_leads_to_the_server() {
        assert_eq!(judged(&sample::healthy().only(25)), Verdict::Pass);
        assert_eq!(judged(&with("mail.example.org", "mail.example.org", &[])), Verdict::Pass);
        assert!(matches!(judged(&sample::healthy().only(993)), Verdict::NotApplicable(_)));
    }

    #[test]
    fn a_warning_on_what_is_no_full_name_and_a_note_where_it_may_never_send() {
        for reply in ["localhost", "mail", "[192.0.2.1]", "192.0.2.1", "mail.localdomain"] {
            let found = finding(judged(&with(reply, reply, &[])));
            assert_eq!(found.severity, Severity::Warning, "{reply}");
            assert!(found.cause.contains(reply), "{}", found.cause);
        }
        assert!(matches!(judged(&with("mail.example.org", "localhost", &[])), Verdict::Fail(_)));
        assert_eq!(judged(&with("mail.example.org", "PIPELINING", &[])), Verdict::Pass);
        let mut sample = with("localhost", "localhost", &[]);
        crate::rules::tests::set_mx(&mut sample, &["mail.example.org", "mx2.example.org"]);
        assert_eq!(finding(judged(&sample)).severity, Severity::Note);
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_with_the_record_to_publish() {
        let none = [("out.example.org", DnsType::A, None), ("out.example.org", DnsType::Aaaa, None)];
        let found = finding(judged(&with("out.example.org", "out.example.org", &none)));
        assert_eq!(found.severity, Severity::Warning);
        assert!(format!("{:?}", found.change).contains("out.example.org. 3600 IN A 192.0.2.1"));
    }

    #[test]
    fn a_name_that_leads_elsewhere_or_a_second_name_is_a_note() {
        let elsewhere = [("out.example.org", DnsType::A, Some("192.0.2.9"))];
        let found = finding(judged(&with("out.example.org", "out.example.org", &elsewhere)));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("does not have its address"));
        let found = finding(judged(&with("mx.example.org", "mail.example.org", &[])));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.title.contains("two names"));
    }

    #[test]
    fn unknown_where_the_name_could_not_be_looked_up_or_nothing_was_said() {
        let unasked = with("out.example.org", "out.example.org", &[]);
        assert!(matches!(judged(&unasked), Verdict::Unknown(_)));
        let failed = [("out.example.org", DnsType::A, Some("SERVFAIL"))];
        assert!(matches!(judged(&with("out.example.org", "out.example.org", &failed)), Verdict::Unknown(_)));
        let mut silent = sample::healthy().only(25);
        silent.seen.endpoints[0].sessions.clear();
        assert!(matches!(judged(&silent), Verdict::Unknown(_)));
    }
}
