//! MTA-STS: whether senders must find a certificate that names the mail server (RFC 8461).

mod policy;
mod record;

pub use policy::{LEAST_ADVISED, LONGEST, Oddity, Policy, PolicyFault, lasting, read_policy};
pub use record::{Record, RecordFault, is_meant, read_record};

use super::{Answers, Family, Look, Missing, Shown};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsType, Fetch, FetchOutcome, FetchPurpose, MtaStsMode};
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "mta-sts",
    wants: |answers, look| {
        let _ = place(look.domain).map(|name| answers.texts(&name));
    },
    shows: |answers, look| {
        let Some(name) = place(look.domain) else { return Vec::new() };
        let Some(row) = Shown::of(answers, FAMILY.name, &name, DnsType::Txt) else { return Vec::new() };
        let Ok(texts) = answers.texts(&name) else { return vec![row] };
        let mut values: Vec<String> =
            texts.iter().filter(|text| is_meant(text)).map(|text| (*text).to_owned()).collect();
        let mut details = Vec::new();
        let summary = match read_record(&texts) {
            Ok(None) => "senders need not verify the servers".to_owned(),
            Err(fault) => fault.to_string(),
            Ok(Some(_)) => match fetched(answers.fetches()).map(|fetch| &fetch.outcome) {
                None => "a policy is announced, and was not fetched".to_owned(),
                Some(FetchOutcome::Found(body)) => match read_policy(&body.0) {
                    Ok(policy) => {
                        details.extend(policy.mx.iter().map(|pattern| format!("mx: {pattern}")));
                        values.extend(policy.lines());
                        policy.summary()
                    }
                    Err(fault) => format!("the policy cannot be used: {fault}"),
                },
                Some(FetchOutcome::Status(status)) => {
                    format!("the policy cannot be fetched: the web server answers with status {status}")
                }
                Some(FetchOutcome::Failed(why)) => {
                    format!("the policy cannot be fetched: {}", words::escape(why, MOST_CHARACTERS))
                }
            },
        };
        let mut row = row.with(values, summary);
        row.details = details;
        vec![row]
    },
};

impl Policy {
    /// Says what it comes to: `enforce for 7 days: mx1.example.org and *.example.net`.
    pub fn summary(&self) -> String {
        let mode = mode_word(self.mode);
        let lasting = lasting(self.max_age);
        match self.mode {
            MtaStsMode::None => format!("{mode} for {lasting}: there is no policy any more"),
            _ => format!("{mode} for {lasting}: {}", words::list(&self.mx)),
        }
    }

    /// Returns the lines of a document that says the same.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec!["version: STSv1".to_owned(), format!("mode: {}", mode_word(self.mode))];
        lines.extend(self.mx.iter().map(|pattern| format!("mx: {pattern}")));
        lines.push(format!("max_age: {}", self.max_age));
        lines
    }
}

/// Returns the name that bears the record (§3.1).
pub fn place(domain: &Name) -> Option<Name> {
    domain.under("_mta-sts").ok()
}

/// Returns the host that the policy is fetched from (§3.3).
pub fn host(domain: &Name) -> Option<Name> {
    crate::identity::mta_sts::policy_host(domain)
}

/// Returns where the policy is fetched (§3.3).
pub fn url(domain: &Name) -> Option<String> {
    Some(format!("https://{}/.well-known/mta-sts.txt", host(domain)?))
}

/// Returns the record of a domain; none is certain absence.
///
/// # Errors
/// Says why it cannot be told.
pub fn record_of(
    answers: &Answers<'_>,
    look: &Look<'_>,
) -> Result<Result<Option<Record>, RecordFault>, Missing> {
    let name = place(look.domain).ok_or_else(|| Missing::Failed("its name would be too long".to_owned()))?;
    Ok(read_record(&answers.texts(&name)?))
}

/// Returns what came of fetching the policy, if it was tried.
pub fn fetched(fetches: &[Fetch]) -> Option<&Fetch> {
    fetches.iter().find(|fetch| fetch.purpose == FetchPurpose::MtaStsPolicy)
}

/// Tells whether one of these answers announces a policy.
pub fn is_announced(dns: &[DnsAnswer]) -> bool {
    let mut places = dns
        .iter()
        .filter(|answer| answer.kind == DnsType::Txt && answer.name.as_ascii().starts_with("_mta-sts."));
    places.any(|answer| {
        let answers = Answers::new(std::slice::from_ref(answer));
        answers.texts(&answer.name).is_ok_and(|texts| matches!(read_record(&texts), Ok(Some(_))))
    })
}

/// Returns the word of a mode.
pub fn mode_word(mode: MtaStsMode) -> &'static str {
    match mode {
        MtaStsMode::Enforce => "enforce",
        MtaStsMode::Testing => "testing",
        MtaStsMode::None => "none",
    }
}

/// The most of a reason that is shown.
const MOST_CHARACTERS: usize = 200;

#[cfg(test)]
mod tests {
    use super::FAMILY;
    use crate::bytes::Bytes;
    use crate::name::Name;
    use crate::observation::{
        Depth, DnsAnswer, DnsData, DnsLook, DnsOutcome, DnsState, DnsType, Fetch, FetchOutcome, FetchPurpose,
    };
    use crate::records::{Answers, Look, Presence, Shown};

    fn shown(text: Option<&str>, outcome: Option<FetchOutcome>) -> Shown {
        let records: Vec<DnsData> = text.iter().map(|text| DnsData::Txt((*text).to_owned())).collect();
        let outcome_of_dns = match records.is_empty() {
            true => DnsOutcome::NoName,
            false => DnsOutcome::Found { aliases: Vec::new(), records },
        };
        let dns = [DnsAnswer {
            name: Name::new("_mta-sts.example.org").unwrap(),
            kind: DnsType::Txt,
            outcome: outcome_of_dns,
            state: DnsState::Insecure,
            evidence: Default::default(),
        }];
        let fetches: Vec<Fetch> = outcome
            .into_iter()
            .map(|outcome| Fetch {
                url: "https://mta-sts.example.org/.well-known/mta-sts.txt".into(),
                purpose: FetchPurpose::MtaStsPolicy,
                outcome,
                date: None,
                web: Default::default(),
            })
            .collect();
        let domain = Name::new("example.org").unwrap();
        let wishes = DnsLook::default();
        let look = Look { domain: &domain, depth: Depth::Standard, wishes: &wishes, told: &[] };
        (FAMILY.shows)(&Answers::new(&dns).with_fetches(&fetches), &look).remove(0)
    }

    #[test]
    fn the_policy_is_told_in_words() {
        let record = Some("v=STSv1; id=1");
        let body = "version: STSv1\nmode: enforce\nmx: mx1.example.org\nmx: *.example.net\nmax_age: 604800\n";
        let row = shown(record, Some(FetchOutcome::Found(Bytes(body.into()))));
        assert_eq!(row.summary, "enforce for 7 days: mx1.example.org and *.example.net");
        assert_eq!(row.details, ["mx: mx1.example.org", "mx: *.example.net"]);
        assert!(shown(record, Some(FetchOutcome::Status(404))).summary.ends_with("status 404"));
        assert!(shown(record, None).summary.contains("was not fetched"));
        let page = FetchOutcome::Found(Bytes(b"<html>".to_vec()));
        assert!(shown(record, Some(page)).summary.contains("web page"));
        assert_eq!(shown(None, None).presence, Presence::Absent);
        assert!(shown(Some("v=STSv1; id=a-b"), None).summary.contains("id"));
    }
}
