//! Sources tell mail programs different servers for one service.

use super::told;
use crate::client_config::{self, ClientName, Cover};
use crate::endpoint::{Protocol, Security, Source};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::name::{Host, Name};
use crate::observation::{DomainObservation, EndpointObservation, Told};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "client-names-conflict",
    title: "sources tell mail programs different servers",
    severity: Severity::Warning,
    what: "For one service, SRV records, autoconfig, Autodiscover or PACC tell names that have nothing in common, the same \
           port in different modes, or a server that another source denies. Several servers in one source are \
           alternatives, and no conflict.",
    why: "Which server somebody gets hangs on the mail program. One of the sources is mostly left over from an earlier \
          set-up: it works as long as the old name does, and then for some people only it does not.",
    affected: "People whose mail program asks the source that is out of date.",
    fix: "Let all sources tell the same names, ports and modes; remove what is left over.",
    change: None,
    references: &["RFC 6186 §3", "RFC 8314 §5.1", "draft-ietf-mailmaint-autoconfig §4"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (name, domain) = match told::domain(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let sources = sources(domain);
    if sources.len() < 2 {
        return match told::were_sought(case, name) {
            true => Verdict::NotApplicable("no two sources tell mail programs their servers"),
            false => Verdict::Unknown("documents for mail programs were not sought".to_owned()),
        };
    }
    let rows = client_config::names(case.seen, &case.diagnosis.certificates);
    let mut conflicts: Vec<(Severity, String)> = Vec::new();
    for protocol in PROTOCOLS {
        let tellers = tellers(&sources, protocol);
        for (index, one) in tellers.iter().enumerate() {
            let others = tellers.iter().skip(index + 1);
            conflicts.extend(others.filter_map(|two| conflict(case, &rows, protocol, one, two)));
        }
    }
    if conflicts.is_empty() { Verdict::Pass } else { Verdict::fail(finding(name, &conflicts)) }
}

/// What one source tells: all SRV records are one, each document is one.
struct Offers<'a> {
    title: String,
    told: Vec<&'a Told>,
}

fn sources(domain: &DomainObservation) -> Vec<Offers<'_>> {
    let mut sources: Vec<Offers<'_>> = Vec::new();
    for told in &domain.told {
        let title = match told.source {
            Source::Srv => "SRV records".to_owned(),
            source => {
                // The query is the same everywhere, and says nothing.
                let place = told.origin.split('?').next().unwrap_or_default();
                format!("{} ({})", source.title(), words::escape(place, MOST_PLACE))
            }
        };
        match sources.iter_mut().find(|known| known.title == title) {
            Some(known) => known.told.push(told),
            None => sources.push(Offers { title, told: vec![told] }),
        }
    }
    sources
}

/// One server of a service, as a source tells it.
type Offer = (Host, u16, Option<Security>);

/// What sources tell of one service, those together that tell the same.
struct Teller {
    title: String,
    offers: Vec<Offer>,
    /// The modes that are said not to be provided, where nothing else is told of the service (RFC 6186 §3.4).
    denied: Vec<Option<Security>>,
}

fn tellers(sources: &[Offers<'_>], protocol: Protocol) -> Vec<Teller> {
    let mut tellers: Vec<Teller> = Vec::new();
    for source in sources {
        let told = || source.told.iter().filter(|told| told.protocol == protocol);
        let offer = |told: &&Told| Some((Host::new(told.host.as_deref()?).ok()?, told.port, told.security));
        let mut offers: Vec<Offer> = told().filter(|told| told.port != 0).filter_map(offer).collect();
        offers.sort();
        offers.dedup();
        let denials = told().filter(|told| told.host.is_none() && offers.is_empty());
        let denied: Vec<Option<Security>> = denials.map(|told| told.security).collect();
        if offers.is_empty() && denied.is_empty() {
            continue;
        }
        match tellers.iter_mut().find(|known| known.offers == offers && known.denied == denied) {
            Some(known) => known.title = format!("{} and {}", known.title, source.title),
            None => tellers.push(Teller { title: source.title.clone(), offers, denied }),
        }
    }
    tellers
}

/// Says how two sources contradict each other about a service, if they do.
fn conflict(
    case: &Case<'_>,
    rows: &[ClientName],
    protocol: Protocol,
    one: &Teller,
    two: &Teller,
) -> Option<(Severity, String)> {
    let (here, there) = (&one.offers, &two.offers);
    let service = super::wording::protocol(protocol);
    for (denier, teller) in [(one, two), (two, one)] {
        let mut offers = teller.offers.iter();
        if let Some((host, port, mode)) = offers.find(|offer| denier.denied.contains(&offer.2)) {
            return Some((
                Severity::Warning,
                format!(
                    "{service}: not provided {} by {}, {host} on port {port} by {}",
                    told::mode(*mode),
                    denier.title,
                    teller.title
                ),
            ));
        }
    }
    if here.is_empty() || there.is_empty() {
        return None;
    }
    let shares =
        |is_same: fn(&Offer, &Offer) -> bool| here.iter().any(|a| there.iter().any(|b| is_same(a, b)));
    if !shares(|a, b| a.0 == b.0) {
        let severity =
            if is_one_server(case, rows, protocol, here, there) { Severity::Note } else { Severity::Warning };
        let end = if severity == Severity::Note {
            "; both lead to the same server, whose certificate has both"
        } else {
            ""
        };
        return Some((
            severity,
            format!("{service}: {} by {}, {} by {}{end}", hosts(here), one.title, hosts(there), two.title),
        ));
    }
    if shares(|a, b| a == b) {
        return None;
    }
    let differs = |is_odd: fn(&Offer, &Offer) -> bool| {
        here.iter().find_map(|a| there.iter().find(|b| is_odd(a, b)).map(|b| (a, b)))
    };
    let same_port = differs(|a, b| a.0 == b.0 && a.1 == b.1);
    let same_mode = || differs(|a, b| a.0 == b.0 && a.2 == b.2);
    let (a, b) = same_port.or_else(same_mode)?;
    Some((
        Severity::Warning,
        format!(
            "{service} at {}: port {} {} by {}, port {} {} by {}",
            a.0,
            a.1,
            told::mode(a.2),
            one.title,
            b.1,
            told::mode(b.2),
            two.title
        ),
    ))
}

/// Tells whether all these names lead to one server whose certificate has them.
fn is_one_server(
    case: &Case<'_>,
    rows: &[ClientName],
    protocol: Protocol,
    here: &[Offer],
    there: &[Offer],
) -> bool {
    let behind = |offer: &Offer| {
        let is_it =
            |seen: &&EndpointObservation| seen.endpoint.host == offer.0 && seen.endpoint.protocol == protocol;
        case.seen
            .endpoints
            .iter()
            .filter(is_it)
            .filter_map(|seen| seen.endpoint.address())
            .collect::<Vec<_>>()
    };
    let covered = |offer: &Offer| {
        let mut own = rows.iter().filter(|row| row.host == offer.0 && row.protocol == protocol);
        own.all(|row| row.cover == Cover::Covered)
    };
    let all = || here.iter().chain(there);
    let Some(first) = all().next().map(behind) else { return false };
    all().all(|offer| covered(offer) && behind(offer).iter().any(|address| first.contains(address)))
}

fn hosts(offers: &[Offer]) -> String {
    let mut names: Vec<String> = Vec::new();
    for (host, ..) in offers {
        let name = host.to_unicode();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    words::list(&names)
}

fn finding(domain: &Name, conflicts: &[(Severity, String)]) -> Finding {
    let severity = conflicts.iter().map(|row| row.0).max().unwrap_or(Severity::Note);
    let texts: Vec<String> = conflicts.iter().map(|row| row.1.clone()).collect();
    Finding::new(
        severity,
        domain.to_string(),
        "sources tell mail programs different servers",
        format!("Mail programs are told different things of {}. {}.", domain.to_unicode(), texts.join(". ")),
    )
    .hurts("people whose mail program asks the source that is out of date")
    .evidence("conflicts", texts)
}

/// The services that clients use.
const PROTOCOLS: [Protocol; 4] = [Protocol::Imap, Protocol::Pop3, Protocol::Submission, Protocol::Sieve];

/// The longest place that is shown.
const MOST_PLACE: usize = 120;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::endpoint::{Protocol, Security, Source};
    use crate::finding::{Severity, Verdict};
    use crate::name::Host;
    use crate::observation::Told;
    use crate::rules::tests::{finding, judged_target};
    use crate::sample::Sample;

    type Row = (Source, Protocol, Option<Security>, Option<&'static str>, u16);

    const TLS: Option<Security> = Some(Security::Implicit);
    const STARTTLS: Option<Security> = Some(Security::Starttls);
    const IMAP: Protocol = Protocol::Imap;

    fn tell(sample: &mut Sample, rows: &[Row]) {
        let told = rows.iter().map(|(source, protocol, security, host, port)| Told {
            source: *source,
            origin: format!("https://{}.example.org/?x", source.name()),
            protocol: *protocol,
            security: *security,
            host: host.map(str::to_owned),
            port: *port,
        });
        sample.seen.domain.get_or_insert_default().told = told.collect();
    }

    fn judged(rows: &[Row]) -> Verdict {
        judged_target(check, |sample| tell(sample, rows))
    }

    #[test]
    fn passes_where_sources_agree_or_differ_only_in_what_they_leave_out() {
        let mail = Some("mail.example.org");
        assert_eq!(
            judged(&[
                (Source::Srv, IMAP, TLS, mail, 993),
                (Source::Srv, IMAP, STARTTLS, mail, 143),
                (Source::Srv, Protocol::Pop3, TLS, None, 0),
                (Source::Autoconfig, IMAP, TLS, mail, 993),
                (Source::Pacc, Protocol::Submission, TLS, mail, 465),
            ]),
            Verdict::Pass
        );
        // Other ports in other modes are alternatives, and so are several servers of one source.
        let submission = Protocol::Submission;
        assert_eq!(
            judged(&[
                (Source::Srv, submission, STARTTLS, mail, 587),
                (Source::Autoconfig, submission, TLS, Some("smtp.example.org"), 465),
                (Source::Autoconfig, submission, TLS, mail, 465),
            ]),
            Verdict::Pass
        );
    }

    #[test]
    fn other_names_are_a_warning_unless_they_are_one_server() {
        let rows: [Row; 2] = [
            (Source::Srv, IMAP, TLS, Some("imap.example.org"), 993),
            (Source::Autoconfig, IMAP, TLS, Some("mail.example.org"), 993),
        ];
        let found = finding(judged(&rows));
        assert_eq!(found.severity, Severity::Warning);
        assert!(
            found
                .cause
                .contains("imap.example.org by SRV records, mail.example.org by autoconfig (https://auto"),
            "{}",
            found.cause
        );
        let found = finding(judged_target(check, |sample| {
            tell(sample, &rows);
            let mut other = sample.port(993).clone();
            other.endpoint.host = Host::new("imap.example.org").unwrap();
            sample.seen.endpoints.push(other);
            let names = sample.leaf().names.get_or_insert_default();
            names.dns.push("imap.example.org".into());
        }));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("the same server"), "{}", found.cause);
    }

    #[test]
    fn other_modes_on_one_port_other_ports_in_one_mode_and_denials_are_warnings() {
        let mail = Some("mail.example.org");
        let other = |rows: &[Row]| {
            let found = finding(judged(rows));
            assert_eq!(found.severity, Severity::Warning);
            found.cause
        };
        let cause =
            other(&[(Source::Srv, IMAP, STARTTLS, mail, 143), (Source::Autodiscover, IMAP, TLS, mail, 143)]);
        assert!(
            cause.contains("port 143 with STARTTLS by") && cause.contains("with TLS from the start by"),
            "{cause}"
        );
        let cause = other(&[(Source::Srv, IMAP, TLS, mail, 993), (Source::Pacc, IMAP, TLS, mail, 994)]);
        assert!(cause.contains("port 993") && cause.contains("port 994"), "{cause}");
        let cause = other(&[(Source::Srv, IMAP, TLS, None, 0), (Source::Autoconfig, IMAP, TLS, mail, 993)]);
        assert!(cause.contains("not provided"), "{cause}");
    }

    #[test]
    fn unknown_where_documents_were_not_sought() {
        assert!(matches!(judged(&[]), Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.domain = None), Verdict::Unknown(_)));
        assert!(matches!(
            judged_target(check, |sample| sample.seen.look.alone = true),
            Verdict::NotApplicable(_)
        ));
    }
}
