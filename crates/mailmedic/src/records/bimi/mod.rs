//! BIMI: the logo that mail programs may show beside mail of a domain (draft-brand-indicators-for-message-identification).

mod logo;
mod mark;
mod record;

pub use logo::{Logo, LogoFault};
pub use mark::{MarkFault, mark_faults, read_mark};
pub use record::{Bimi, BimiFault, host_of, read};

use super::dmarc::{Obsolete, Request, Walk, Whom};
use super::{Answers, Family, Look, Missing, Shown};
use crate::name::Name;
use crate::observation::{Depth, DnsType, Fetch, FetchOutcome, FetchPurpose};
use crate::words;

/// The family; it is asked only where all is.
pub static FAMILY: Family = Family {
    name: "bimi",
    wants: |answers, look| {
        let _ = of(answers, look);
    },
    shows: |answers, look| {
        if look.depth < Depth::Full {
            return Vec::new();
        }
        let Some(own) = place(look.domain) else { return Vec::new() };
        let row = |name: &Name| Shown::of(answers, FAMILY.name, name, DnsType::Txt);
        let found = match of(answers, look) {
            Ok(Some(found)) => found,
            Ok(None) | Err(_) => return row(&own).into_iter().collect(),
        };
        let summary = match &found.record {
            Ok(record) => summary(record),
            Err(fault) => format!("no receiver can use it: {fault}"),
        };
        let Some(row) = row(&found.name) else { return Vec::new() };
        let mut row = row.with(found.texts.clone(), summary);
        if let Ok(record) = &found.record {
            row.details =
                record.documents().map(|(purpose, url)| detail(answers.fetches(), purpose, url)).collect();
        }
        vec![row]
    },
};

/// The record that applies to a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The name that bears it.
    pub name: Name,
    /// The texts that count as records.
    pub texts: Vec<String>,
    /// What it says, or why no receiver can use it.
    pub record: Result<Bimi, BimiFault>,
}

impl Bimi {
    /// Returns the documents that it names, each with what it is fetched as.
    pub fn documents(&self) -> impl Iterator<Item = (FetchPurpose, &str)> {
        let logo = self.logo.iter().map(|url| (FetchPurpose::BimiLogo, url.as_str()));
        logo.chain(self.evidence.iter().map(|url| (FetchPurpose::BimiCertificate, url.as_str())))
    }
}

/// What of DMARC keeps receivers from showing a logo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unprotected {
    /// No DMARC record applies.
    #[error("the domain has no DMARC record that counts")]
    NoDmarc,
    /// The policy asks for nothing.
    #[error("the DMARC policy asks for nothing (p=none)")]
    Policy,
    /// The policy is only being tried.
    #[error("the DMARC policy is in test mode, so that none counts")]
    Test,
    /// Names below are left out.
    #[error("the DMARC policy leaves names below the domain out (sp=none)")]
    Below,
    /// The policy is for a share of the messages.
    #[error("the DMARC policy is for a share of the messages only (pct={0})")]
    Share(String),
}

/// Returns the name of the record that counts where a message names no other.
pub fn place(domain: &Name) -> Option<Name> {
    domain.under("_bimi").ok()?.under("default").ok()
}

/// Returns the record that applies to a domain, its own or that of its organisation; none is certain absence.
///
/// # Errors
/// Says why it cannot be told; it is not asked at less than full depth.
pub fn of(answers: &Answers<'_>, look: &Look<'_>) -> Result<Option<Found>, Missing> {
    if look.depth < Depth::Full {
        return Err(Missing::Open);
    }
    let own = at(answers, look.domain);
    let organisation = Walk::whole(answers, look.domain).organisation();
    match own? {
        Some(found) => Ok(Some(found)),
        None => match organisation? {
            same if same == *look.domain => Ok(None),
            organisation => at(answers, &organisation),
        },
    }
}

/// Returns the names of which a mark certificate must bear one: the domain and its organisation, and the places of their records
/// (draft-fetch-validation-vmc-wchuang §5.2).
///
/// # Errors
/// Says why the organisation cannot be told.
pub fn mark_names(answers: &Answers<'_>, look: &Look<'_>) -> Result<Vec<Name>, Missing> {
    let mut names = vec![look.domain.clone()];
    names.extend(Some(Walk::whole(answers, look.domain).organisation()?).filter(|name| name != look.domain));
    let places: Vec<Name> = names.iter().filter_map(place).collect();
    names.extend(places);
    Ok(names)
}

/// Returns what came of fetching a document that a record names, if it was tried.
pub fn fetched<'a>(fetches: &'a [Fetch], purpose: FetchPurpose, url: &str) -> Option<&'a Fetch> {
    fetches.iter().find(|fetch| fetch.purpose == purpose && fetch.url == url)
}

/// Tells what of DMARC keeps receivers from showing a logo, if anything does.
///
/// # Errors
/// Says why it cannot be told.
pub fn unprotected(answers: &Answers<'_>, look: &Look<'_>) -> Result<Option<Unprotected>, Missing> {
    let walk = Walk::take(answers, look.domain);
    let Some(policy) = walk.policy()? else { return Ok(Some(Unprotected::NoDmarc)) };
    let record = policy.record;
    let share = record.obsolete.iter().find_map(|obsolete| match obsolete {
        Obsolete::Share(share) if record.p == Some(Request::Quarantine) && share != "100" => Some(share),
        _ => None,
    });
    Ok(match (record.request(Whom::Itself), record.written(Whom::Itself), share) {
        (None, ..) => Some(Unprotected::NoDmarc),
        (Some(Request::None), Some(Request::None), _) => Some(Unprotected::Policy),
        (Some(Request::None), ..) => Some(Unprotected::Test),
        _ if record.sp == Some(Request::None) => Some(Unprotected::Below),
        (_, _, Some(share)) => Some(Unprotected::Share(share.clone())),
        _ => None,
    })
}

fn at(answers: &Answers<'_>, domain: &Name) -> Result<Option<Found>, Missing> {
    let Some(name) = place(domain) else { return Ok(None) };
    let texts = answers.texts(&name)?;
    Ok(read(&texts).map(|(texts, record)| Found { name, texts, record }))
}

fn summary(record: &Bimi) -> String {
    let Some(logo) = &record.logo else { return "the domain declines to show a logo".to_owned() };
    let logo = words::escape(logo, MOST_URL);
    match &record.evidence {
        Some(evidence) => format!("logo {logo}, certificate {}", words::escape(evidence, MOST_URL)),
        None => format!("logo {logo}, no certificate: Gmail and Apple Mail show none without"),
    }
}

/// Says what came of fetching a document that the record names.
fn detail(fetches: &[Fetch], purpose: FetchPurpose, url: &str) -> String {
    let what = if purpose == FetchPurpose::BimiLogo { "logo" } else { "certificate" };
    let said = match fetched(fetches, purpose, url).map(|fetch| &fetch.outcome) {
        None => "not fetched".to_owned(),
        Some(FetchOutcome::Status(status)) => format!("the web server answers with status {status}"),
        Some(FetchOutcome::Failed(why)) => format!("could not be fetched: {}", words::escape(why, MOST_URL)),
        Some(FetchOutcome::Found(body)) if purpose == FetchPurpose::BimiLogo => of_logo(&body.0),
        Some(FetchOutcome::Found(body)) => of_mark(&body.0),
    };
    format!("{what}: {said}")
}

fn of_logo(document: &[u8]) -> String {
    let logo = Logo::read(document);
    let faults: Vec<String> = logo.faults.iter().map(ToString::to_string).collect();
    let title = logo.title.map_or(String::new(), |title| format!(" with the title {title:?}"));
    match faults.is_empty() {
        true => format!("SVG Tiny PS{title}, {} bytes", logo.bytes),
        false => format!("a document of {} bytes{title} that {}", logo.bytes, words::list(&faults)),
    }
}

fn of_mark(document: &[u8]) -> String {
    let mark = match read_mark(document) {
        Ok(mark) => mark,
        Err(fault) => return fault.to_string(),
    };
    let names = mark.names.map(|names| names.dns).unwrap_or_default();
    let end = mark.not_after.map_or(String::new(), |end| format!(", until {}", words::date(end)));
    let issuer = words::escape(&mark.issuer, MOST_URL);
    format!("for {} by {issuer}{end}", words::list(&names))
}

/// The most characters of a URL, or of what a library says, that are shown.
const MOST_URL: usize = 200;

#[cfg(test)]
mod tests {
    use super::{FAMILY, Unprotected, mark_names, unprotected};
    use crate::bytes::Bytes;
    use crate::name::Name;
    use crate::observation::{Depth, DnsAnswer, DnsLook, DnsType, Fetch, FetchOutcome, FetchPurpose};
    use crate::records::sample::{absent, mark, txt};
    use crate::records::{Answers, Look, Presence, Shown};

    const GOOD: &str = "v=BIMI1; l=https://www.example.org/logo.svg; a=https://www.example.org/mark.pem";

    /// Looks at full depth, once all questions are answered, those without a record here with absence.
    fn asked<T>(
        domain: &str,
        records: &[DnsAnswer],
        look_at: impl FnOnce(&Answers<'_>, &Look<'_>) -> T,
    ) -> T {
        let domain = Name::new(domain).unwrap();
        let wishes = DnsLook::default();
        let look = Look { domain: &domain, depth: Depth::Full, wishes: &wishes, told: &[] };
        let mut seen = records.to_vec();
        for _ in 0..5 {
            let answers = Answers::new(&seen);
            (FAMILY.wants)(&answers, &look);
            let open = answers.into_wanted();
            seen.extend(open.iter().map(|(name, kind)| absent(name.as_ascii(), *kind)));
        }
        look_at(&Answers::new(&seen), &look)
    }

    fn shown(domain: &str, records: &[DnsAnswer]) -> Shown {
        asked(domain, records, FAMILY.shows).remove(0)
    }

    #[test]
    fn the_organisation_speaks_for_a_part_without_a_record() {
        let records =
            [txt("default._bimi.example.org", &[GOOD]), txt("_dmarc.example.org", &["v=DMARC1; p=reject"])];
        let row = shown("mail.example.org", &records);
        assert_eq!((row.name.as_ascii(), row.presence), ("default._bimi.example.org", Presence::Present));
        assert!(row.summary.starts_with("logo https://www.example.org/logo.svg, certificate"));
        let row = shown("example.org", &records[1..]);
        assert_eq!((row.name.as_ascii(), row.presence), ("default._bimi.example.org", Presence::Absent));
        let row =
            shown("example.org", &[txt("default._bimi.example.org", &["v=BIMI1; l=https://e.example/x"])]);
        assert!(row.summary.contains("no certificate"));
        let row = shown("example.org", &[txt("default._bimi.example.org", &["v=BIMI1; l=;"])]);
        assert!(row.summary.contains("declines"));
    }

    #[test]
    fn nothing_is_asked_at_less_than_full_depth() {
        let domain = Name::new("example.org").unwrap();
        let wishes = DnsLook::default();
        let look = Look { domain: &domain, depth: Depth::List, wishes: &wishes, told: &[] };
        let answers = Answers::new(&[]);
        (FAMILY.wants)(&answers, &look);
        assert_eq!(answers.into_wanted(), []);
        let seen = [absent("default._bimi.example.org", DnsType::Txt)];
        assert_eq!((FAMILY.shows)(&Answers::new(&seen), &look), []);
    }

    #[test]
    fn dmarc_must_be_enforced() {
        let lack = |dmarc: &str| {
            asked("example.org", &[txt("_dmarc.example.org", &[dmarc])], |answers, look| {
                unprotected(answers, look).unwrap()
            })
        };
        assert_eq!(lack("v=DMARC1; p=reject"), None);
        assert_eq!(lack("v=DMARC1; p=quarantine; pct=100"), None);
        assert_eq!(lack("v=DMARC1; p=reject; pct=20"), None);
        assert_eq!(lack("v=DMARC1; p=quarantine; pct=20"), Some(Unprotected::Share("20".into())));
        assert_eq!(lack("v=DMARC1; p=none"), Some(Unprotected::Policy));
        assert_eq!(lack("v=DMARC1; p=quarantine; t=y"), Some(Unprotected::Test));
        assert_eq!(lack("v=DMARC1; p=reject; sp=none"), Some(Unprotected::Below));
        assert_eq!(lack("v=DMARC1"), Some(Unprotected::NoDmarc));
        assert_eq!(lack("unrelated"), Some(Unprotected::NoDmarc));
    }
    #[test]
    fn what_was_fetched_is_shown() {
        let records = [txt("default._bimi.example.org", &[GOOD])];
        let details = |fetches: &[Fetch]| {
            asked("example.org", &records, |answers, look| {
                let answers = answers.clone().with_fetches(fetches);
                (FAMILY.shows)(&answers, look).remove(0).details
            })
        };
        assert_eq!(details(&[]), ["logo: not fetched", "certificate: not fetched"]);
        let fetch = |purpose, url: &str, outcome| Fetch {
            url: url.to_owned(),
            purpose,
            outcome,
            date: None,
            web: Default::default(),
        };
        let found =
            |purpose, url: &str, body: &str| fetch(purpose, url, FetchOutcome::Found(Bytes(body.into())));
        let (logo, certificate) = ("https://www.example.org/logo.svg", "https://www.example.org/mark.pem");
        let body = "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.2\" baseProfile=\"tiny-ps\"><title>E</title></svg>";
        let shown = details(&[
            found(FetchPurpose::BimiLogo, logo, body),
            found(FetchPurpose::BimiCertificate, certificate, &mark(|_| {})),
        ]);
        assert_eq!(shown[0], format!("logo: SVG Tiny PS with the title \"E\", {} bytes", body.len()));
        assert_eq!(shown[1], "certificate: for example.org by CN=Example Organisation, until 2027-06-01");
        let shown = details(&[
            fetch(FetchPurpose::BimiLogo, logo, FetchOutcome::Status(404)),
            fetch(FetchPurpose::BimiCertificate, certificate, FetchOutcome::Failed("\u{1b}".into())),
        ]);
        assert_eq!(shown[0], "logo: the web server answers with status 404");
        assert_eq!(shown[1], "certificate: could not be fetched: \\x1b");
        let shown = details(&[
            found(FetchPurpose::BimiLogo, logo, "<html>"),
            found(FetchPurpose::BimiCertificate, certificate, "<html>"),
        ]);
        assert!(shown[0].ends_with("that is a web page, and no SVG"), "{shown:?}");
        assert!(shown[1].contains("is no PEM"), "{shown:?}");
    }

    #[test]
    fn a_mark_may_be_the_organisations() {
        let records = [txt("_dmarc.example.org", &["v=DMARC1; p=reject"])];
        let of = |domain: &str| {
            let names = asked(domain, &records, |answers, look| mark_names(answers, look).unwrap());
            names.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(of("example.org"), ["example.org", "default._bimi.example.org"]);
        assert_eq!(
            of("mail.example.org"),
            [
                "mail.example.org",
                "example.org",
                "default._bimi.mail.example.org",
                "default._bimi.example.org"
            ]
        );
    }
}
