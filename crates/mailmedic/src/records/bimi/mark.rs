//! The certificate of a BIMI record: a mark certificate, VMC or CMC (draft-fetch-validation-vmc-wchuang).

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::keyfile::{self, Item};
use crate::name::Name;
use crate::words;

/// What is wrong with the certificate of a mark; each completes "the certificate …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MarkFault {
    /// The document is no PEM, which it has to be.
    #[error("is no PEM: it has no line BEGIN CERTIFICATE")]
    Form,
    /// The document cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// A private key stands beside it.
    #[error("comes with a private key, which everybody can fetch: it can be used no more")]
    Key,
    /// It is for another purpose.
    #[error("is no mark certificate: it lacks the extended key usage 1.3.6.1.5.5.7.3.31")]
    Usage,
    /// It holds no logo.
    #[error("holds no logo: it lacks the extension logotype (RFC 9399)")]
    Logotype,
    /// It is for others.
    #[error("is for {have}, and not for {want}")]
    Name {
        /// Its names.
        have: String,
        /// The name that it should have.
        want: String,
    },
    /// It ended.
    #[error("expired on {0}")]
    Expired(String),
    /// It has not begun.
    #[error("begins only on {0}")]
    Early(String),
    /// It is about to end.
    #[error("ends on {0}: its issuer has to be asked for the next one now")]
    EndsSoon(String),
}

/// Reads the certificate of a mark out of what was fetched: the first of its chain.
///
/// # Errors
/// Says why receivers get none.
pub fn read_mark(document: &[u8]) -> Result<Certificate, MarkFault> {
    // Some tools write the DER form to such a place.
    if memchr::memmem::find(document, b"-----BEGIN ").is_none() {
        return Err(MarkFault::Form);
    }
    let contents = keyfile::read(document).map_err(|why| MarkFault::Unreadable(why.to_string()))?;
    if contents.items.iter().any(|item| !matches!(item, Item::Certificate(_))) {
        return Err(MarkFault::Key);
    }
    let first = contents.items.iter().find_map(|item| match item {
        Item::Certificate(der) => Some(Certificate::read(der)),
        _ => None,
    });
    first.ok_or(MarkFault::Form)
}

/// Returns what is wrong with the certificate of a mark for these names, one of which it must bear as it stands.
///
/// # Errors
/// Says that its dates cannot be read.
pub fn mark_faults(mark: &Certificate, names: &[Name], now: Timestamp) -> Result<Vec<MarkFault>, String> {
    let mut faults = Vec::new();
    let usages = mark.extended_key_usage.as_deref().unwrap_or_default();
    if !usages.iter().any(|usage| usage == BRAND_INDICATOR) {
        faults.push(MarkFault::Usage);
    }
    if !mark.has_logotype {
        faults.push(MarkFault::Logotype);
    }
    let own: &[String] = mark.names.as_ref().map_or(&[], |names| &names.dns);
    if !own.iter().any(|own| names.iter().any(|name| name.as_ascii() == own)) {
        let have = match own {
            [] => "no name".to_owned(),
            own => words::list(&own.iter().take(MOST_NAMES).collect::<Vec<_>>()),
        };
        let want = names.first().map(ToString::to_string).unwrap_or_default();
        faults.push(MarkFault::Name { have, want });
    }
    let (Some(begin), Some(end)) = (mark.not_before, mark.not_after) else {
        return if faults.is_empty() { Err("its dates cannot be read".to_owned()) } else { Ok(faults) };
    };
    if end < now {
        faults.push(MarkFault::Expired(words::date(end)));
    } else if begin > now {
        faults.push(MarkFault::Early(words::date(begin)));
    } else if words::days_until(now, end) < DAYS_TO_RENEW {
        faults.push(MarkFault::EndsSoon(words::date(end)));
    }
    Ok(faults)
}

/// id-kp-BrandIndicatorforMessageIdentification.
const BRAND_INDICATOR: &str = "1.3.6.1.5.5.7.3.31";

/// The issuer looks at trademarks, which takes days.
const DAYS_TO_RENEW: i64 = 30;

/// Names of a certificate that are told.
const MOST_NAMES: usize = 4;

#[cfg(test)]
mod tests {
    use jiff::{Span, Timestamp};

    use super::{MarkFault, mark_faults, read_mark};
    use crate::certificate::Certificate;
    use crate::name::Name;
    use crate::records::sample::mark;
    use crate::sample;

    fn names() -> Vec<Name> {
        ["example.org", "default._bimi.example.org"].map(|name| Name::new(name).unwrap()).to_vec()
    }

    fn faults(certificate: &Certificate, now: Timestamp) -> Vec<MarkFault> {
        mark_faults(certificate, &names(), now).unwrap()
    }

    #[test]
    fn a_mark_certificate_is_read_and_good() {
        let read = read_mark(mark(|_| {}).as_bytes()).unwrap();
        assert!(read.has_logotype);
        assert_eq!(faults(&read, sample::now()), []);
        let selector = read_mark(mark(|made| made.name = "default._bimi.example.org").as_bytes()).unwrap();
        assert_eq!(faults(&selector, sample::now()), []);
    }

    #[test]
    fn every_fault_is_told() {
        let of = |change: fn(&mut crate::records::sample::Mark)| {
            faults(&read_mark(mark(change).as_bytes()).unwrap(), sample::now())
        };
        assert_eq!(of(|made| made.is_for_marks = false), [MarkFault::Usage]);
        assert_eq!(of(|made| made.has_logotype = false), [MarkFault::Logotype]);
        let other = MarkFault::Name { have: "www.example.org".into(), want: "example.org".into() };
        assert_eq!(of(|made| made.name = "www.example.org"), [other]);
    }

    #[test]
    fn its_time_is_held_against_the_clock() {
        let read = read_mark(mark(|_| {}).as_bytes()).unwrap();
        let (begin, end) = (read.not_before.unwrap(), read.not_after.unwrap());
        let days = |days: i64| Span::new().hours(24 * days);
        assert!(matches!(faults(&read, begin - days(1)).as_slice(), [MarkFault::Early(_)]));
        assert!(matches!(faults(&read, end + days(1)).as_slice(), [MarkFault::Expired(_)]));
        assert!(matches!(faults(&read, end - days(29)).as_slice(), [MarkFault::EndsSoon(_)]));
        assert_eq!(faults(&read, end - days(30)), []);
        let mut dateless = read;
        dateless.not_after = None;
        assert!(mark_faults(&dateless, &names(), sample::now()).is_err());
    }

    #[test]
    fn other_documents_are_told_apart() {
        assert_eq!(read_mark(b"<html>"), Err(MarkFault::Form));
        assert_eq!(read_mark(b""), Err(MarkFault::Form));
        assert_eq!(read_mark(&sample::certificate("a.example", "R99", 80).der), Err(MarkFault::Form));
        let cut: String = mark(|_| {}).lines().take(3).collect::<Vec<_>>().join("\n");
        assert!(matches!(read_mark(cut.as_bytes()), Err(MarkFault::Unreadable(_))));
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let both = format!("{}{key}", mark(|_| {}));
        assert_eq!(read_mark(both.as_bytes()), Err(MarkFault::Key));
    }
}
