//! Addresses that reports go to (RFC 9989 §4.6).

use crate::name::Name;
use crate::words;

/// One address of `rua` or `ruf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The URI without the obsolete limit on the size.
    pub uri: String,
    /// The host that takes the mail; none where the scheme is another, which nobody sends reports by.
    pub host: Option<Name>,
    /// The obsolete limit on the size as written: `10m`.
    pub size: Option<String>,
}

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriFault {
    /// It is a plain mail address.
    #[error("{0:?} lacks mailto: at its front")]
    Bare(String),
    /// It is no URI at all.
    #[error("{0:?} is no address")]
    Malformed(String),
    /// What follows the last `@` is no name.
    #[error("{0:?} names no host that could take mail")]
    Host(String),
}

impl Destination {
    /// Reads one address of a list.
    ///
    /// # Errors
    /// Says why no report can be sent there.
    pub fn read(text: &str) -> Result<Self, UriFault> {
        let shown = || words::escape(text, MOST_SHOWN);
        let (uri, size) = match text.rsplit_once('!').filter(|(_, size)| is_size(size)) {
            Some((uri, size)) => (uri.trim_end(), Some(size.to_owned())),
            None => (text, None),
        };
        let scheme = uri.split_once(':').map(|row| row.0).filter(|scheme| is_scheme(scheme));
        let Some(scheme) = scheme else {
            return Err(if uri.contains('@') {
                UriFault::Bare(shown())
            } else {
                UriFault::Malformed(shown())
            });
        };
        let rest = uri.get(scheme.len() + 1..).unwrap_or_default();
        if rest.is_empty() || !uri.chars().all(is_legal) {
            return Err(UriFault::Malformed(shown()));
        }
        let host = if scheme.eq_ignore_ascii_case("mailto") {
            let address = rest.split_once('?').map_or(rest, |row| row.0);
            let host = address.rsplit_once('@').filter(|(local, _)| !local.is_empty()).map(|row| row.1);
            let host = host.and_then(|host| Name::new(host).ok());
            Some(host.ok_or_else(|| UriFault::Host(shown()))?)
        } else {
            None
        };
        Ok(Self { uri: uri.to_owned(), host, size })
    }

    /// Returns the mail address, or the whole URI of another scheme.
    pub fn address(&self) -> &str {
        match self.host {
            Some(_) => self.uri.split_once(':').map_or(&self.uri, |row| row.1),
            None => &self.uri,
        }
    }
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// What a URI may be written with (RFC 3986 §2), but for what ends a field or an address of the list.
fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#[]@$&'()*+=%".contains(c)
}

/// RFC 9989 §4.8: digits and a unit.
fn is_size(text: &str) -> bool {
    let digits = text.strip_suffix(['k', 'm', 'g', 't', 'K', 'M', 'G', 'T']).unwrap_or(text);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

/// The most characters of an address that are shown.
const MOST_SHOWN: usize = 80;

#[cfg(test)]
mod tests {
    use super::{Destination, UriFault};

    #[test]
    fn mail_addresses_have_a_host() {
        let found = Destination::read("mailto:dmarc+x@Reports.Example.org!10m").unwrap();
        assert_eq!(found.host.as_ref().unwrap().as_ascii(), "reports.example.org");
        assert_eq!((found.address(), found.size.as_deref()), ("dmarc+x@Reports.Example.org", Some("10m")));
        let found = Destination::read("MAILTO:a@b.example?subject=x").unwrap();
        assert_eq!(found.host.unwrap().as_ascii(), "b.example");
        let web = Destination::read("https://r.example/dmarc").unwrap();
        assert_eq!((web.host.clone(), web.address()), (None, "https://r.example/dmarc"));
    }

    #[test]
    fn slips_are_told_apart() {
        assert_eq!(Destination::read("a@b.example"), Err(UriFault::Bare("a@b.example".into())));
        assert!(matches!(Destination::read("mailto:"), Err(UriFault::Malformed(_))));
        assert!(matches!(Destination::read("b.example"), Err(UriFault::Malformed(_))));
        assert!(matches!(Destination::read("mailto:a b@c.example"), Err(UriFault::Malformed(_))));
        assert!(matches!(Destination::read("mailto:a@\"b"), Err(UriFault::Malformed(_))));
        for text in ["mailto:a", "mailto:@b.example", "mailto:a@", "mailto:a@b..c"] {
            assert!(matches!(Destination::read(text), Err(UriFault::Host(_))), "{text}");
        }
    }
}
