//! A BIMI record as data (draft-brand-indicators-for-message-identification §4.2).

use super::super::tags;
use crate::name::{Host, Name};
use crate::words;

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
        if !url.is_empty() && host_of(url).is_none() {
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

/// Returns host and port of a URL of HTTPS; none where it is no such URL, or has no full host name.
pub fn host_of(url: &str) -> Option<(Name, u16)> {
    let (scheme, rest) = (url.get(..8)?, url.get(8..)?);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let is_plain = url.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | ','));
    match Host::new(host) {
        // An address is no name that a certificate could be for.
        Ok(Host::Name(name)) if is_plain && host.contains('.') && scheme.eq_ignore_ascii_case("https://") => {
            Some((name, port.parse().ok()?))
        }
        _ => None,
    }
}

fn begins(text: &str) -> bool {
    text.starts_with('v') && tags::fields(text).next() == Some(("v", Some("BIMI1")))
}

/// Tells whether a text is meant to be such a record.
fn is_meant(text: &str) -> bool {
    let start: String = text.chars().filter(|c| !c.is_whitespace()).take(20).collect();
    start.to_ascii_lowercase().contains("v=bimi")
}

/// Images that are no SVG, by the ends of their names.
const OTHER_FORMATS: [&str; 8] = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".bmp", ".avif"];

/// Starts of local parts that are kept.
const MOST_STARTS: usize = 50;

/// The most characters of a text that are shown.
const MOST_SHOWN: usize = 100;

#[cfg(test)]
mod tests {
    use super::{BimiFault, host_of, read};

    const GOOD: &str = "v=BIMI1; l=https://www.example.org/logo.svg; a=https://www.example.org/mark.pem";

    fn fault(text: &str) -> BimiFault {
        read(&[text]).unwrap().1.unwrap_err()
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
        for url in [
            "http://e.example/x.svg",
            "https://",
            "https://e/x.svg",
            "e.example/x.svg",
            "https://e..x/y",
            "https://192.0.2.1/x",
        ] {
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
    fn the_host_and_the_port_stand_in_the_url() {
        let of = |url: &str| host_of(url).map(|(host, port)| (host.to_string(), port));
        assert_eq!(of("https://www.Example.org/x"), Some(("www.example.org".into(), 443)));
        assert_eq!(of("https://www.example.org:8443?x"), Some(("www.example.org".into(), 8443)));
        assert_eq!(of("https://www.example.org:x/"), None);
    }
}
