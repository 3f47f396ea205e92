//! TLS-RPT: where senders report how TLS to the domain went (RFC 8460).

use super::{Answers, Family, Look, Missing, Shown};
use crate::name::Name;
use crate::observation::DnsType;
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "tls-rpt",
    wants: |answers, look| {
        let _ = place(look.domain).map(|name| answers.texts(&name));
    },
    shows: |answers, look| {
        let Some(name) = place(look.domain) else { return Vec::new() };
        let Some(row) = Shown::of(answers, FAMILY.name, &name, DnsType::Txt) else { return Vec::new() };
        let Ok(texts) = answers.texts(&name) else { return vec![row] };
        let ours: Vec<String> =
            texts.iter().filter(|text| is_meant(text)).map(|text| (*text).to_owned()).collect();
        let summary = match read(&texts) {
            Ok(Some(policy)) => format!("reports to {}", words::list(&policy.reports_to)),
            Ok(None) => "nobody reports".to_owned(),
            Err(fault) => fault.to_string(),
        };
        vec![row.with(ours, summary)]
    },
};

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsRpt {
    /// The URIs that reports go to (`rua`), `mailto:` or `https:`.
    pub reports_to: Vec<String>,
}

/// Why senders find no record that they can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsRptFault {
    /// More than one record: senders take it for none (§3).
    #[error("there are {0} records, so that none counts")]
    Several(usize),
    /// The record does not begin with the version and a semicolon (§3).
    #[error("it does not begin with \"v=TLSRPTv1;\"")]
    Version,
    /// A field is no `name=value`.
    #[error("{0:?} is no field of the form name=value")]
    Field(String),
    /// There is no `rua`.
    #[error("it has no rua field, so that reports have nowhere to go")]
    NoReports,
    /// An address is neither `mailto:` nor `https:` (§3).
    #[error("{0:?} is neither a mailto: nor an https: address")]
    Uri(String),
}

/// Returns the name that bears the record (§3).
pub fn place(domain: &Name) -> Option<Name> {
    domain.under("_tls").ok()?.under("_smtp").ok()
}

/// Returns the record of a domain; none is certain absence.
///
/// # Errors
/// Says why it cannot be told.
pub fn of(answers: &Answers<'_>, look: &Look<'_>) -> Result<Result<Option<TlsRpt>, TlsRptFault>, Missing> {
    let name = place(look.domain).ok_or_else(|| Missing::Failed("its name would be too long".to_owned()))?;
    Ok(read(&answers.texts(&name)?))
}

/// Reads the record among the TXT records of its name; none of them may be meant for it.
///
/// # Errors
/// Says why senders cannot use it.
pub fn read(texts: &[&str]) -> Result<Option<TlsRpt>, TlsRptFault> {
    // Records that do not begin so are left out of the count.
    let counted: Vec<&str> = texts.iter().filter(|text| begins(text)).copied().collect();
    let [text] = counted.as_slice() else {
        return match (counted.len(), texts.iter().any(|text| is_meant(text))) {
            (0, false) => Ok(None),
            (0, true) => Err(TlsRptFault::Version),
            (several, _) => Err(TlsRptFault::Several(several)),
        };
    };
    let mut reports_to = Vec::new();
    for field in text.split(';').skip(1).map(str::trim).filter(|field| !field.is_empty()) {
        let (key, value) =
            field.split_once('=').ok_or_else(|| TlsRptFault::Field(words::escape(field, 60)))?;
        if key.trim() == "rua" && reports_to.is_empty() {
            for uri in value.split(',').map(str::trim) {
                let lower = uri.to_ascii_lowercase();
                let is_mail = lower.strip_prefix("mailto:").is_some_and(|address| address.contains('@'));
                if !is_mail && lower.strip_prefix("https://").is_none_or(str::is_empty) {
                    return Err(TlsRptFault::Uri(words::escape(uri, 60)));
                }
                reports_to.push(uri.to_owned());
            }
        }
    }
    if reports_to.is_empty() { Err(TlsRptFault::NoReports) } else { Ok(Some(TlsRpt { reports_to })) }
}

fn begins(text: &str) -> bool {
    text.strip_prefix("v=TLSRPTv1").is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(';'))
}

/// Tells whether a text is meant to be such a record.
fn is_meant(text: &str) -> bool {
    text.trim_start().to_ascii_lowercase().starts_with("v=tlsrpt")
}

#[cfg(test)]
mod tests {
    use super::{TlsRptFault, read};

    #[test]
    fn one_record_with_addresses_is_read() {
        let found = read(&["v=spf1 -all", "v=TLSRPTv1;rua=mailto:tls@example.org, https://r.example/v1;"]);
        assert_eq!(found.unwrap().unwrap().reports_to, ["mailto:tls@example.org", "https://r.example/v1"]);
        assert_eq!(read(&["something else"]), Ok(None));
        assert_eq!(read(&[]), Ok(None));
    }

    #[test]
    fn faults_are_told_apart() {
        let good = "v=TLSRPTv1; rua=mailto:tls@example.org";
        assert_eq!(read(&[good, good]), Err(TlsRptFault::Several(2)));
        assert_eq!(read(&["v=TLSRPTv1"]), Err(TlsRptFault::Version));
        assert_eq!(read(&["v=tlsrptv1; rua=mailto:a@b"]), Err(TlsRptFault::Version));
        assert_eq!(read(&["v=TLSRPTv1;"]), Err(TlsRptFault::NoReports));
        assert_eq!(read(&["v=TLSRPTv1; rua"]), Err(TlsRptFault::Field("rua".into())));
        for uri in ["tls@example.org", "http://r.example", "mailto:", "https://"] {
            let text = format!("v=TLSRPTv1; rua={uri}");
            assert_eq!(read(&[&text]), Err(TlsRptFault::Uri(uri.into())), "{uri}");
        }
        assert_eq!(read(&[good, "v=TLSRPTv2; rua=x"]).unwrap().unwrap().reports_to.len(), 1);
    }
}
