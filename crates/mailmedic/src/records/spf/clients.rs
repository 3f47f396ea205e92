//! Evaluation for the addresses that are asked about, and for the domain's own mail servers.

use std::net::IpAddr;

use super::check::{helo, mail_from};
use super::matching::is_within;
use super::verdict::{Client, Limits, Outcome, Verdict};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsType};
use crate::records::{Answers, Look, Presence, Shown};
use crate::words;

/// Evaluates every address that the user asks about, and returns a row for each; nothing for those whose answers are not
/// there yet.
pub(super) fn asked(answers: &Answers<'_>, look: &Look<'_>, family: &'static str) -> Vec<Shown> {
    let (sender, name) = (sender(look), look.wishes.helo.as_deref());
    let mut rows = Vec::new();
    for ip in look.wishes.senders.iter().take(MOST_ADDRESSES) {
        let client = client(answers, look, *ip, &sender);
        let domain = sender.rsplit_once('@').map_or(client.helo, |(_, domain)| domain);
        let verdict = mail_from(answers, &client, Limits::default());
        rows.extend(verdict.and_then(|verdict| row(answers, family, domain, &told(*ip, &verdict), &verdict)));
        // The null sender was checked by this name already.
        if let Some(name) = name.filter(|_| !sender.is_empty())
            && let Some(verdict) = helo(answers, &client, Limits::default())
        {
            let who = format!("as HELO {}: {}", words::escape(name, 100), told(*ip, &verdict));
            rows.extend(row(answers, family, name, &who, &verdict));
        }
    }
    rows
}

/// One of the domain's own mail exchangers as a sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnServer {
    /// Its name, which is the domain or below it.
    pub name: Name,
    /// One of its addresses.
    pub ip: IpAddr,
    /// What receivers make of mail from there; none while answers are missing.
    pub verdict: Option<Verdict>,
}

/// Evaluates the mail exchangers whose names are below the domain. Those of a provider take mail only, and say nothing of
/// who sends.
pub fn own_servers(answers: &Answers<'_>, look: &Look<'_>) -> Vec<OwnServer> {
    let sender = format!("postmaster@{}", look.domain);
    let mut servers = Vec::new();
    for name in look.exchangers(answers).into_iter().filter(|name| is_within(name, look.domain)) {
        for kind in [DnsType::A, DnsType::Aaaa] {
            for record in answers.known(&name, kind).map_or(&[][..], DnsAnswer::records) {
                if let DnsData::Address(ip) = record
                    && servers.len() < MOST_ADDRESSES
                {
                    let verdict = mail_from(answers, &client(answers, look, *ip, &sender), Limits::default());
                    servers.push(OwnServer { name: name.clone(), ip: *ip, verdict });
                }
            }
        }
    }
    servers
}

/// Returns the address that mail is taken to come from; empty is the null sender.
fn sender(look: &Look<'_>) -> String {
    look.wishes.sender.clone().unwrap_or_else(|| format!("postmaster@{}", look.domain))
}

fn client<'a>(answers: &Answers<'_>, look: &Look<'a>, ip: IpAddr, sender: &'a str) -> Client<'a> {
    // The clock of the look, so that what is replayed says the same.
    let at = answers.known(look.domain, DnsType::Txt).and_then(|answer| answer.evidence.at);
    Client {
        ip,
        sender,
        helo: look.wishes.helo.as_deref().unwrap_or(look.domain.as_ascii()),
        receiver: "unknown",
        seconds: at.map_or(0, jiff::Timestamp::as_second),
    }
}

fn row(
    answers: &Answers<'_>,
    family: &'static str,
    domain: &str,
    summary: &str,
    verdict: &Verdict,
) -> Option<Shown> {
    let name = Name::new(domain).ok()?;
    let answer = answers.known(&name, DnsType::Txt);
    let presence = match verdict.outcome {
        Outcome::TempError => Presence::Unknown(summary.to_owned()),
        _ => Presence::Present,
    };
    let (state, ttl) = (answer.map(|answer| answer.state), answer.and_then(|answer| answer.evidence.ttl));
    let (values, details) = (Vec::new(), Vec::new());
    Some(Shown { family, name, presence, state, ttl, values, summary: summary.to_owned(), details })
}

/// Says what receivers make of a client: `192.0.2.1 passes: matched ip4:192.0.2.0/24 in example.org`.
pub(super) fn told(ip: IpAddr, verdict: &Verdict) -> String {
    let verb = match verdict.outcome {
        Outcome::Pass => "passes",
        Outcome::Fail => "fails",
        Outcome::SoftFail => "softfails",
        Outcome::Neutral => "is neutral",
        Outcome::None => "gets none",
        Outcome::TempError => "gets temperror",
        Outcome::PermError => "gets permerror",
    };
    let why = match (&verdict.matched, &verdict.why) {
        (Some((term, domain)), _) => {
            format!("matched {} in {}", words::escape(term, MOST_SHOWN), words::escape(domain, MOST_SHOWN))
        }
        (None, Some(why)) => words::escape(why, 2 * MOST_SHOWN),
        (None, None) => "there is no answer".to_owned(),
    };
    let told =
        verdict.explanation.as_ref().map(|text| format!("; it is told {:?}", words::escape(text, 500)));
    format!("{ip} {verb}: {why}{}", told.unwrap_or_default())
}

/// Addresses that are evaluated.
const MOST_ADDRESSES: usize = 20;

/// Of a foreign text, in characters.
const MOST_SHOWN: usize = 100;
