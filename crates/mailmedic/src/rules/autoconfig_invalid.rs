//! A document for mail programs cannot be used, or tells them something that is seldom meant so.

use super::told;
use super::{presented, wording};
use crate::client_config::{self, Config, Oddity, Server, Unusable, oddities, pacc};
use crate::endpoint::{Security, Source};
use crate::finding::{Case, Change, Check, Finding, Rule, Severity, Verdict};
use crate::name::{Host, Name};
use crate::observation::{DnsType, EndpointObservation, Fetch, FetchOutcome, FetchPurpose, Told};
use crate::records::Answers;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "autoconfig-invalid",
    title: "a document for mail programs cannot be used, or is odd",
    severity: Severity::Error,
    what: "An autoconfig, Autodiscover or PACC document exists, and mail programs cannot use it, or a server in it: it is no \
           XML or JSON, a web page, lacks a part, has a word that programs do not know, or a digest in DNS that does not \
           fit. Or it tells what is seldom meant so: no TLS, TLS from the start on a port for STARTTLS or the other \
           way round, a port of another protocol.",
    why: "Programs drop what they cannot read without a word, and guess: they offer names and ports that nobody meant. What \
          they can read they follow, even where it leads to a dead port or sends the password in clear text.",
    affected: "Everybody who sets up Thunderbird, Outlook, K-9 or another program by the address alone.",
    fix: "Mend the document, and look at it with a program that checks XML or JSON. socketType is SSL (465, 993, 995), STARTTLS \
          (587, 143, 110) or plain, spelt just so; hostname and port stand in every server. After a change of a PACC document \
          publish its new digest.",
    change: None,
    references: &[
        "draft-ietf-mailmaint-autoconfig §5",
        "draft-ietf-mailmaint-pacc §4",
        "MS-OXDSCLI §2.2.4",
        "RFC 8314 §3",
    ],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (domain, told) = match told::domain(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let profiles = profiles(&told.told);
    let documents: Vec<(&Fetch, Result<Config, Unusable>)> = case
        .seen
        .fetches
        .iter()
        .filter_map(|fetch| Some((fetch, client_config::read(fetch, domain)?)))
        .collect();
    if documents.is_empty() && profiles.is_empty() {
        return match told::were_sought(case, domain) {
            true => Verdict::NotApplicable("no document tells mail programs their servers"),
            false => Verdict::Unknown("documents for mail programs were not sought".to_owned()),
        };
    }
    let (mut findings, mut doubt, mut good) = (Vec::new(), None, !profiles.is_empty());
    for (fetch, read) in &documents {
        let place = Place::of(fetch);
        let mut faults: Vec<(Severity, String)> = Vec::new();
        match read {
            Err(Unusable::Refusal(_)) => doubt = Some("the server knows no mailbox postmaster".to_owned()),
            Err(why) => faults.extend(page_or_worse(case, domain, fetch, why)),
            Ok(config) => {
                good = true;
                faults.extend(config.faults.iter().map(|fault| (Severity::Warning, fault.to_string())));
                judge(case, &place, config, &mut faults, &mut findings);
                match digest(case, domain, fetch) {
                    Ok(found) => findings.extend(found),
                    Err(why) => doubt = Some(why),
                }
            }
        }
        findings.extend(of_document(&place, &faults));
    }
    for (place, config) in &profiles {
        let mut faults = Vec::new();
        judge(case, place, config, &mut faults, &mut findings);
        findings.extend(of_document(place, &faults));
    }
    match (findings.is_empty(), doubt, good) {
        (false, ..) => Verdict::Fail(findings),
        (true, Some(why), _) => Verdict::Unknown(why),
        (true, None, true) => Verdict::Pass,
        (true, None, false) => Verdict::NotApplicable("no document tells mail programs their servers"),
    }
}

/// Weighs a document that says nothing; nothing where it was never meant to be one.
fn page_or_worse(
    case: &Case<'_>,
    domain: &Name,
    fetch: &Fetch,
    why: &Unusable,
) -> Option<(Severity, String)> {
    let host = host_of(&fetch.url)?;
    let is_own = host.as_ascii().strip_suffix(domain.as_ascii()).is_some_and(|above| above.ends_with('.'));
    let is_meant = *why != Unusable::Page && is_meant(fetch);
    if !is_meant && (!is_own || is_wildcard(case, domain, &host)) {
        // The web site answers whatever it is asked, and so may a provider's.
        return None;
    }
    let severity = if is_own || host == *domain { Severity::Warning } else { Severity::Note };
    Some((severity, why.to_string()))
}

/// Tells whether a body has the word by which such a document is known.
fn is_meant(fetch: &Fetch) -> bool {
    let FetchOutcome::Found(body) = &fetch.outcome else { return false };
    let word = match fetch.purpose {
        FetchPurpose::Autodiscover => "Autodiscover",
        FetchPurpose::Pacc => "\"protocols\"",
        _ => "clientConfig",
    };
    memchr::memmem::find(&body.0, word.as_bytes()).is_some()
}

/// Tells whether a host has only the addresses that every name of the domain has.
fn is_wildcard(case: &Case<'_>, domain: &Name, host: &Name) -> bool {
    let Ok(nobody) = domain.under(crate::client_config::NOBODY) else { return false };
    let same = |kind| match (case.seen.dns(&nobody, kind), case.seen.dns(host, kind)) {
        (Some(nobody), Some(host)) => {
            !host.records().is_empty() && host.records().iter().all(|one| nobody.records().contains(one))
        }
        _ => false,
    };
    same(DnsType::A) || same(DnsType::Aaaa)
}

/// A document, as people are told of it.
struct Place {
    title: &'static str,
    /// The URL without its query, which is the same everywhere, or the file.
    at: String,
}

impl Place {
    fn of(fetch: &Fetch) -> Self {
        let title = match fetch.purpose {
            FetchPurpose::Autodiscover => "an Autodiscover answer",
            FetchPurpose::Pacc => "the PACC document",
            _ => "an autoconfig document",
        };
        Self { title, at: fetch.url.split('?').next().unwrap_or_default().to_owned() }
    }

    fn shown(&self) -> String {
        words::escape(&self.at, MOST_PLACE)
    }
}

/// Returns what the profiles tell that the user gave: nothing else of them is kept.
fn profiles(told: &[Told]) -> Vec<(Place, Config)> {
    let mut profiles: Vec<(Place, Config)> = Vec::new();
    for one in told.iter().filter(|one| one.source == Source::Profile) {
        let Some(host) = one.host.clone() else { continue };
        let server = Server { protocol: one.protocol, security: one.security, host, port: one.port };
        match profiles.iter_mut().find(|(place, _)| place.at == one.origin) {
            Some((_, config)) => config.servers.push(server),
            None => {
                let place = Place { title: "an Apple profile", at: one.origin.clone() };
                profiles.push((place, Config { servers: vec![server], faults: Vec::new() }));
            }
        }
    }
    profiles
}

/// Looks what is odd about the servers. A mode that a port does not speak is a finding of its own, at the endpoints.
fn judge(
    case: &Case<'_>,
    place: &Place,
    config: &Config,
    faults: &mut Vec<(Severity, String)>,
    findings: &mut Vec<Finding>,
) {
    for (index, server) in config.servers.iter().enumerate() {
        let before = config.servers.get(..index).unwrap_or_default();
        judge_server(case, place, before, server, faults, findings);
    }
}

fn judge_server(
    case: &Case<'_>,
    place: &Place,
    before: &[Server],
    server: &Server,
    faults: &mut Vec<(Severity, String)>,
    findings: &mut Vec<Finding>,
) {
    let endpoints = behind(case, server);
    let speaks: Option<Security> = endpoints.iter().find_map(|seen| seen.speaks());
    let what = format!("{} at {}", told::service(server.protocol, server.security, server.port), server.host);
    for oddity in oddities(server.protocol, server.security, server.port) {
        match oddity {
            Oddity::Plain => {
                // The first server that a program can use counts.
                let is_better =
                    |other: &Server| other.protocol == server.protocol && other.security.is_some();
                let is_last_resort = before.iter().any(is_better);
                let severity = if is_last_resort { Severity::Note } else { Severity::Warning };
                faults.push((severity, format!("{what}: the password goes in clear text")));
            }
            Oddity::Mode if speaks.is_some_and(|mode| Some(mode) != server.security) => {
                findings.push(wrong_mode(place, server, &endpoints));
            }
            Oddity::Mode => {
                let severity = if speaks.is_some() { Severity::Note } else { Severity::Warning };
                faults.push((severity, format!("{what}: the port is for the other mode")));
            }
            Oddity::Protocol(usual) => {
                let severity = if speaks.is_some() { Severity::Note } else { Severity::Warning };
                let usual = wording::protocol(usual);
                faults.push((severity, format!("{what}: the port is that of {usual}")));
            }
            Oddity::Port if speaks.is_some() => {}
            Oddity::Port => faults.push((Severity::Note, format!("{what}: the port is none of mail's"))),
        }
    }
}

fn behind<'a>(case: &Case<'a>, server: &Server) -> Vec<&'a EndpointObservation> {
    told::endpoints(
        case,
        &Told {
            source: Source::Autoconfig,
            origin: String::new(),
            protocol: server.protocol,
            security: server.security,
            host: Some(server.host.clone()),
            port: server.port,
        },
    )
}

fn wrong_mode(place: &Place, server: &Server, endpoints: &[&EndpointObservation]) -> Finding {
    let host = presented::text(&server.host);
    let real = told::mode(server.security.map(Security::other));
    let mut finding = Finding::new(
        Severity::Error,
        format!("{} {host} {}", place.at, server.port),
        format!("{} tells clients the wrong mode for port {}", place.title, server.port),
        format!(
            "{} tells {} at {host}, and the port answers {real}. Programs that follow get no connection.",
            place.shown(),
            told::service(server.protocol, server.security, server.port)
        ),
    )
    .hurts(wording::loss(crate::endpoint::Endpoint::role_of(server.protocol)))
    .evidence("document", place.at.clone());
    finding.endpoints = endpoints.iter().map(|seen| seen.id()).collect();
    finding
}

fn of_document(place: &Place, faults: &[(Severity, String)]) -> Option<Finding> {
    let severity = faults.iter().map(|row| row.0).max()?;
    let texts: Vec<&str> = faults.iter().map(|row| row.1.as_str()).collect();
    Some(
        Finding::new(
            severity,
            place.at.clone(),
            format!("{} is faulty", place.title),
            format!("Of {}: {}.", place.shown(), words::list(&texts)),
        )
        .hurts("people who set up a mail program by their address alone")
        .evidence("document", place.at.clone())
        .evidence("faults", texts),
    )
}

/// Holds a PACC document against its digest in DNS.
fn digest(case: &Case<'_>, domain: &Name, fetch: &Fetch) -> Result<Option<Finding>, String> {
    let (FetchPurpose::Pacc, FetchOutcome::Found(body)) = (fetch.purpose, &fetch.outcome) else {
        return Ok(None);
    };
    let Some(name) = pacc::digest_name(domain) else { return Ok(None) };
    let answers = Answers::new(&case.seen.dns);
    let texts = answers.texts(&name).map_err(|missing| missing.why())?;
    let what = match pacc::digest(&texts, &body.0) {
        pacc::Digest::Matches => return Ok(None),
        pacc::Digest::Differs => "has the digest of another document",
        pacc::Digest::Absent => "has no digest that programs can read",
    };
    let line = format!("{name}. 3600 IN TXT \"{}\"", pacc::digest_record(&body.0));
    Ok(Some(
        Finding::new(
            Severity::Warning,
            name.to_string(),
            "DNS does not vouch for the PACC document",
            format!("{name} {what}, so that programs refuse {}.", Place::of(fetch).shown()),
        )
        .hurts("people who set up a mail program that looks for PACC documents")
        .evidence("document", Place::of(fetch).at)
        .change(Change::Dns { lines: vec![line] }),
    ))
}

fn host_of(url: &str) -> Option<Name> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split('/').next()?;
    let host = authority.split_once(':').map_or(authority, |(host, _)| host);
    Host::new(host).ok()?.name().cloned()
}

/// The longest place that is shown.
const MOST_PLACE: usize = 200;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::client_config::pacc;
    use crate::endpoint::{Protocol, Security, Source};
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{
        DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType, Fetch, FetchOutcome, FetchPurpose,
        Told,
    };
    use crate::rules::tests::{finding, judged_target};
    use crate::sample::Sample;

    const PLACE: &str = "https://autoconfig.example.org/mail/config-v1.1.xml?emailaddress=x";

    fn fetched(sample: &mut Sample, url: &str, purpose: FetchPurpose, body: &str) {
        let outcome = FetchOutcome::Found(Bytes(body.as_bytes().to_vec()));
        sample.seen.fetches.push(Fetch {
            url: url.into(),
            purpose,
            outcome,
            date: None,
            web: Default::default(),
        });
    }

    fn document(servers: &str) -> String {
        format!("<clientConfig version='1.1'><emailProvider id='e'>{servers}</emailProvider></clientConfig>")
    }

    fn server(kind: &str, host: &str, port: &str, socket: &str) -> String {
        let tag = if kind == "smtp" { "outgoingServer" } else { "incomingServer" };
        format!(
            "<{tag} type='{kind}'><hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType></{tag}>"
        )
    }

    fn with(body: &str) -> Verdict {
        judged_target(check, |sample| fetched(sample, PLACE, FetchPurpose::Autoconfig, body))
    }

    fn all(verdict: Verdict) -> Vec<Finding> {
        match verdict {
            Verdict::Fail(findings) => findings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_on_a_good_document() {
        let host = "mail.example.org";
        let good = [server("imap", host, "993", "SSL"), server("smtp", host, "587", "STARTTLS")].concat();
        assert_eq!(with(&document(&good)), Verdict::Pass);
        assert!(matches!(judged_target(check, |_| {}), Verdict::Unknown(_)));
    }

    #[test]
    fn what_programs_cannot_use_is_a_warning() {
        for (body, word) in [
            ("<clientConfig>".to_owned(), "no XML"),
            ("<html><body/></html>".to_owned(), "web page"),
            ("<other/>".to_owned(), "no clientConfig"),
            ("<clientConfig/>".to_owned(), "no emailProvider"),
            (document(&server("imap", "mail.example.org", "993", "TLS")), "socketType \"TLS\""),
            (document(&server("imap", "mail.example.org", "993", "ssl")), "socketType \"ssl\""),
            (document(&server("imap", " ", "993", "SSL")), "no host name"),
            (document(&server("pop3", "mail.example.org", "0", "SSL")), "port \"0\""),
        ] {
            let found = finding(with(&body));
            assert_eq!(found.severity, Severity::Warning, "{body}");
            assert!(found.cause.contains(word), "{}", found.cause);
            assert!(!found.cause.contains('?'), "{}", found.cause);
        }
    }

    #[test]
    fn what_is_seldom_meant_so_is_told_with_its_weight() {
        let told = |servers: &[String]| {
            let found = finding(with(&document(&servers.concat())));
            (found.severity, found.cause)
        };
        let far = "far.example.org";
        let (severity, cause) = told(&[server("imap", far, "143", "plain")]);
        assert!(severity == Severity::Warning && cause.contains("clear text"), "{cause}");
        let (severity, _) = told(&[server("imap", far, "993", "SSL"), server("imap", far, "143", "plain")]);
        assert_eq!(severity, Severity::Note);
        for (kind, port, socket) in
            [("smtp", "587", "SSL"), ("imap", "143", "SSL"), ("pop3", "995", "STARTTLS")]
        {
            let (severity, cause) = told(&[server(kind, far, port, socket)]);
            assert!(severity == Severity::Warning && cause.contains("other mode"), "{cause}");
        }
        let (severity, cause) = told(&[server("imap", far, "587", "STARTTLS")]);
        assert!(severity == Severity::Warning && cause.contains("submission"), "{cause}");
        let (severity, cause) = told(&[server("smtp", far, "586", "SSL")]);
        assert!(severity == Severity::Note && cause.contains("none of mail's"), "{cause}");
    }

    #[test]
    fn a_mode_that_the_port_does_not_speak_is_an_error_there() {
        let findings = all(with(&document(&server("smtp", "mail.example.org", "587", "SSL"))));
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].severity, Severity::Error);
        assert_eq!(findings[0].endpoints.len(), 1);
        assert!(findings[0].cause.contains("answers with STARTTLS"), "{}", findings[0].cause);
        // One that works though it is odd is a note.
        let found = finding(judged_target(check, |sample| {
            let seen = sample.port(587);
            seen.endpoint.security = Security::Implicit;
            for session in &mut seen.sessions {
                session.security = Security::Implicit;
            }
            assert_eq!(seen.endpoint.protocol, Protocol::Submission);
            let body = document(&server("smtp", "mail.example.org", "587", "SSL"));
            fetched(sample, PLACE, FetchPurpose::Autoconfig, &body);
        }));
        assert_eq!(found.severity, Severity::Note);
    }

    #[test]
    fn a_web_site_that_answers_everything_is_no_fault() {
        let verdict = judged_target(check, |sample| {
            let page = "<!DOCTYPE html><html></html>";
            let own = "https://example.org/.well-known/autoconfig/mail/config-v1.1.xml";
            fetched(sample, own, FetchPurpose::Autoconfig, page);
            let outlook = "https://example.org/autodiscover/autodiscover.xml";
            fetched(sample, outlook, FetchPurpose::Autodiscover, page);
            fetched(sample, outlook, FetchPurpose::Autodiscover, "{\"ok\": true}");
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)), "{verdict:?}");
    }

    #[test]
    fn what_is_odd_in_a_profile_is_told_like_in_any_document() {
        let found = finding(judged_target(check, |sample| {
            sample.seen.domain.get_or_insert_default().told.push(Told {
                source: Source::Profile,
                origin: "/home/me/mail.mobileconfig".into(),
                protocol: Protocol::Imap,
                security: None,
                host: Some("far.example.org".into()),
                port: 143,
            });
        }));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("mail.mobileconfig") && found.cause.contains("clear text"));
    }

    #[test]
    fn an_unknown_mailbox_says_nothing_of_the_document() {
        let verdict = judged_target(check, |sample| {
            let body =
                "<Autodiscover><Response><Error><ErrorCode>500</ErrorCode></Error></Response></Autodiscover>";
            let url = "https://autodiscover.example.org/autodiscover/autodiscover.xml";
            fetched(sample, url, FetchPurpose::Autodiscover, body);
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }

    #[test]
    fn a_pacc_document_needs_its_digest() {
        const BODY: &str = "{\"protocols\": {\"imap\": {\"host\": \"mail.example.org\"}}}";
        let judged = |text: Option<String>| {
            judged_target(check, move |sample| {
                let url = "https://ua-auto-config.example.org/.well-known/user-agent-configuration.json";
                fetched(sample, url, FetchPurpose::Pacc, BODY);
                let Some(text) = text else { return };
                let name = Name::new("_ua-auto-config.example.org").unwrap();
                let records = vec![DnsData::Txt(text)];
                let outcome = DnsOutcome::Found { aliases: Vec::new(), records };
                let (kind, state, evidence) = (DnsType::Txt, DnsState::Insecure, DnsEvidence::default());
                sample.seen.dns.push(DnsAnswer { name, kind, outcome, state, evidence });
            })
        };
        assert_eq!(judged(Some(pacc::digest_record(BODY.as_bytes()))), Verdict::Pass);
        let found = finding(judged(Some(pacc::digest_record(b"{}"))));
        assert!(found.cause.contains("another document"), "{}", found.cause);
        let line =
            format!("_ua-auto-config.example.org. 3600 IN TXT \"{}\"", pacc::digest_record(BODY.as_bytes()));
        assert_eq!(found.change, Some(Change::Dns { lines: vec![line] }));
        assert!(finding(judged(Some("v=UAAC1; a=sha256".into()))).cause.contains("no digest"));
        assert!(matches!(judged(None), Verdict::Unknown(_)));
    }
}
