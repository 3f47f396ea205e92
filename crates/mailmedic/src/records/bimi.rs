//! BIMI: the logo that mail programs may show beside mail of a domain (draft-brand-indicators-for-message-identification).

use super::dmarc::{Obsolete, Request, Walk, Whom};
use super::{Answers, Family, Look, Missing, Shown, tags};
use crate::name::Name;
use crate::observation::{Depth, DnsType};
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
        row(&found.name).map(|row| row.with(found.texts.clone(), summary)).into_iter().collect()
    },
};

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bimi {
    /// The URL of the logo (`l`); none where the domain declines.
    pub logo: Option<String>,
    /// The URL of the certificate of the mark (`a`).
    pub evidence: Option<String>,
    /// Whether a sender's own picture goes before the logo (`avp=personal`).
    pub personal: bool,
    /// Starts of local parts that have a record of their own (`lps`); all of them where the list is empty.
    pub local_parts: Option<Vec<String>>,
}

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

/// Why receivers show no logo by a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BimiFault {
    /// More than one record.
    #[error("there are {0} records, so that none counts")]
    Several(usize),
    /// It does not begin with the version.
    #[error("it does not begin with \"v=BIMI1;\"")]
    Version,
    /// A field is no `tag=value`.
    #[error("{0:?} is no field of the form tag=value")]
    Field(String),
    /// A tag stands there twice.
    #[error("the tag {0}= stands there twice")]
    Twice(String),
    /// There is no `l`.
    #[error("it has no l= tag, which names the logo")]
    LogoMissing,
    /// `l` is empty while there is evidence.
    #[error("its l= is empty, so that there is no logo, though a= names a certificate")]
    LogoEmpty,
    /// A URL is not one of HTTPS with a full host name.
    #[error("{tag}={url:?} is no https: URL with a full host name")]
    Url {
        /// `l` or `a`.
        tag: &'static str,
        /// What stands there, made harmless.
        url: String,
    },
    /// The logo is no SVG.
    #[error("l={0:?} is no SVG, the only format of logos")]
    Format(String),
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

/// Reads the records among the TXT records of a name; none of them may be meant for it.
pub fn read(texts: &[&str]) -> Option<(Vec<String>, Result<Bimi, BimiFault>)> {
    let counted: Vec<&str> = texts.iter().copied().filter(|text| begins(text)).collect();
    let meant: Vec<&str> = texts.iter().copied().filter(|text| is_meant(text)).collect();
    let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    match (counted.as_slice(), meant.as_slice()) {
        ([], []) => None,
        ([], meant) => Some((own(meant), Err(BimiFault::Version))),
        ([only], _) => Some((own(&counted), record(only))),
        (several, _) => Some((own(several), Err(BimiFault::Several(several.len())))),
    }
}

fn record(text: &str) -> Result<Bimi, BimiFault> {
    let (mut logo, mut evidence, mut personal, mut local_parts) = (None, "", false, None);
    let mut seen: Vec<&str> = Vec::new();
    for (tag, value) in tags::fields(text) {
        let Some(value) = value else { return Err(BimiFault::Field(words::escape(tag, MOST_SHOWN))) };
        if seen.contains(&tag) {
            return Err(BimiFault::Twice(words::escape(tag, MOST_SHOWN)));
        }
        seen.push(tag);
        match tag {
            "l" => logo = Some(value),
            "a" => evidence = value,
            // Another value is ignored.
            "avp" => personal = value == "personal",
            "lps" => {
                let starts = value.split(',').map(tags::trim).filter(|start| !start.is_empty());
                local_parts = Some(starts.take(MOST_STARTS).map(str::to_owned).collect());
            }
            _ => {}
        }
    }
    let logo = logo.ok_or(BimiFault::LogoMissing)?;
    for (tag, url) in [("l", logo), ("a", evidence)] {
        if !url.is_empty() && !is_https(url) {
            return Err(BimiFault::Url { tag, url: words::escape(url, MOST_SHOWN) });
        }
    }
    if logo.is_empty() && !evidence.is_empty() {
        return Err(BimiFault::LogoEmpty);
    }
    let path = logo.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    if OTHER_FORMATS.iter().any(|format| path.ends_with(format)) {
        return Err(BimiFault::Format(words::escape(logo, MOST_SHOWN)));
    }
    let url = |url: &str| (!url.is_empty()).then(|| url.to_owned());
    Ok(Bimi { logo: url(logo), evidence: url(evidence), personal, local_parts })
}

/// Tells whether this is a URL of HTTPS with a full host name.
fn is_https(url: &str) -> bool {
    let rest = match url.get(..8) {
        Some(scheme) if scheme.eq_ignore_ascii_case("https://") => url.get(8..).unwrap_or_default(),
        _ => return false,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let is_plain = url.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | ','));
    is_plain && port.parse::<u16>().is_ok() && host.contains('.') && Name::new(host).is_ok()
}

fn begins(text: &str) -> bool {
    text.starts_with('v') && tags::fields(text).next() == Some(("v", Some("BIMI1")))
}

/// Tells whether a text is meant to be such a record.
fn is_meant(text: &str) -> bool {
    let start: String = text.chars().filter(|c| !c.is_whitespace()).take(20).collect();
    start.to_ascii_lowercase().contains("v=bimi")
}

fn summary(record: &Bimi) -> String {
    let Some(logo) = &record.logo else { return "the domain declines to show a logo".to_owned() };
    let logo = words::escape(logo, MOST_URL);
    match &record.evidence {
        Some(evidence) => format!("logo {logo}, certificate {}", words::escape(evidence, MOST_URL)),
        None => format!("logo {logo}, no certificate: Gmail and Apple Mail show none without"),
    }
}

/// Images that are no SVG, by the ends of their names.
const OTHER_FORMATS: [&str; 8] = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".bmp", ".avif"];

/// Starts of local parts that are kept.
const MOST_STARTS: usize = 50;

/// The most characters of a text, and of a URL, that are shown.
const MOST_SHOWN: usize = 100;
const MOST_URL: usize = 200;

#[cfg(test)]
mod tests {
    use super::{BimiFault, FAMILY, Unprotected, read, unprotected};
    use crate::name::Name;
    use crate::observation::{Depth, DnsAnswer, DnsLook, DnsType};
    use crate::records::sample::{absent, txt};
    use crate::records::{Answers, Look, Presence, Shown};

    const GOOD: &str = "v=BIMI1; l=https://www.example.org/logo.svg; a=https://www.example.org/mark.pem";

    fn fault(text: &str) -> BimiFault {
        read(&[text]).unwrap().1.unwrap_err()
    }

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
    fn a_record_names_logo_and_certificate() {
        let record = read(&["other", GOOD]).unwrap().1.unwrap();
        assert_eq!(record.logo.as_deref(), Some("https://www.example.org/logo.svg"));
        assert_eq!(record.evidence.as_deref(), Some("https://www.example.org/mark.pem"));
        let more = read(&["v=BIMI1; avp=personal; lps=a-, b; l=https://e.example/x"]).unwrap().1.unwrap();
        assert!(more.personal && more.evidence.is_none());
        assert_eq!(more.local_parts.unwrap(), ["a-", "b"]);
        let declined = read(&["v=BIMI1; l=; a=;"]).unwrap().1.unwrap();
        assert_eq!((declined.logo, declined.evidence), (None, None));
        assert_eq!(read(&["v=spf1 -all"]), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(read(&[GOOD, GOOD]).unwrap().1, Err(BimiFault::Several(2)));
        assert_eq!(fault("v=bimi1; l=https://e.example/x.svg"), BimiFault::Version);
        assert_eq!(fault("v=BIMI1 l=https://e.example/x.svg"), BimiFault::Version);
        assert_eq!(fault("v=BIMI1; x"), BimiFault::Field("x".into()));
        assert_eq!(fault("v=BIMI1; l=; l="), BimiFault::Twice("l".into()));
        assert_eq!(fault("v=BIMI1;"), BimiFault::LogoMissing);
        assert_eq!(fault("v=BIMI1; l=; a=https://e.example/m.pem"), BimiFault::LogoEmpty);
        for url in
            ["http://e.example/x.svg", "https://", "https://e/x.svg", "e.example/x.svg", "https://e..x/y"]
        {
            let fault = fault(&format!("v=BIMI1; l={url}"));
            assert_eq!(fault, BimiFault::Url { tag: "l", url: url.into() }, "{url}");
        }
        assert!(matches!(
            fault("v=BIMI1; l=https://e.example/x.svg; a=self"),
            BimiFault::Url { tag: "a", .. }
        ));
        assert!(matches!(fault("v=BIMI1; l=https://e.example/x.PNG?v=1"), BimiFault::Format(_)));
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
}
