//! The addresses that a domain's mail comes from, as the rules about them see it.

use super::mail_dns;
use crate::finding::{Case, Finding, Severity, Verdict};
use crate::name::Name;
use crate::observation::DnsType;
use crate::records::reverse::{self, Reverse, Sender};
use crate::records::{Answers, Look, Missing};
use crate::words;

/// What reverse DNS says of each address that mail comes from, or may.
pub(in crate::rules) struct Senders {
    /// The addresses of which it could be told.
    pub(in crate::rules) known: Vec<(Sender, Reverse)>,
    /// Why it could not be told of another one.
    pub(in crate::rules) doubt: Option<String>,
}

/// Collects them.
///
/// # Errors
/// The verdict where there are none, or none is known.
pub(in crate::rules) fn senders(case: &Case<'_>) -> Result<Senders, Verdict> {
    let (answers, look) = mail_dns::domain(case)?;
    let senders = found(&answers, &look)?;
    let (mut known, mut doubt) = (Vec::new(), None);
    for sender in senders {
        match reverse::of(&answers, sender.address) {
            Ok(reverse) => known.push((sender, reverse)),
            Err(missing) => doubt = Some(missing.why()),
        }
    }
    Ok(Senders { known, doubt })
}

fn found(answers: &Answers<'_>, look: &Look<'_>) -> Result<Vec<Sender>, Verdict> {
    let senders = reverse::senders(answers, look);
    if !senders.is_empty() {
        return Ok(senders);
    }
    answers.records(look.domain, DnsType::Mx).map_err(mail_dns::open)?;
    for host in look.exchangers(answers) {
        let told = [DnsType::A, DnsType::Aaaa].map(|kind| answers.records(&host, kind));
        // An address that is there has no meaning to strangers; one that could not be looked up may have.
        let is_known = told.iter().any(|told| matches!(told, Ok([_, ..])))
            || told.iter().any(Result::is_ok)
                && !told.iter().any(|told| matches!(told, Err(Missing::Failed(_))));
        if !is_known {
            return Err(Verdict::Unknown(format!("the addresses of {host} are not known")));
        }
    }
    Err(Verdict::NotApplicable("no public address is known that sends mail"))
}

impl Senders {
    /// Returns a verdict on findings, or on none of them.
    pub(in crate::rules) fn verdict(self, findings: Vec<Finding>) -> Verdict {
        match (findings.is_empty(), self.doubt) {
            (false, _) => Verdict::Fail(findings),
            (true, Some(why)) => Verdict::Unknown(why),
            (true, None) => Verdict::Pass,
        }
    }
}

/// Returns how bad a fault of a sender is: a note where nobody says that mail comes from there.
pub(in crate::rules) fn severity(sender: &Sender) -> Severity {
    if sender.likely { Severity::Warning } else { Severity::Note }
}

/// Says what the address is to the domain, as the start of a sentence.
pub(in crate::rules) fn role(sender: &Sender) -> String {
    let hosts: Vec<String> = sender.hosts.iter().map(Name::to_unicode).collect();
    let address = sender.address;
    match (sender.given, hosts.as_slice()) {
        (true, []) => format!("{address}, which sends the domain's mail,"),
        (true, hosts) => format!("{address} ({}), which sends the domain's mail,", words::list(hosts)),
        (false, hosts) => format!("{address}, the address of {},", words::list(hosts)),
    }
}

/// Says on what the finding rests where nobody named the address.
pub(in crate::rules) fn caveat(sender: &Sender) -> &'static str {
    match (sender.given, sender.likely) {
        (true, _) => "",
        (false, true) => {
            " It is the only host that takes mail for the domain, and such hosts mostly send its mail, too."
        }
        (false, false) => " It matters only if this host sends mail, which is not known.",
    }
}

/// Returns the PTR record to publish: by whoever has the address, which is mostly the provider.
pub(in crate::rules) fn record(sender: &Sender) -> Vec<String> {
    let Some(name) = reverse::name(sender.address) else { return Vec::new() };
    let host = sender.hosts.first().map_or("<the name of the server>", |host| host.as_ascii());
    vec![format!("{name}. 3600 IN PTR {host}.")]
}

/// Who sets such a record.
pub(in crate::rules) const PROVIDER: &str =
    " The record is set by whoever gave you the address, mostly in the provider's control panel.";
