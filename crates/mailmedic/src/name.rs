//! Host names: A-labels inside, U-labels for people.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A DNS name in lower-case A-label form, without the final dot (RFC 5890 §2.3.2.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Reads a name of any form: A-labels, U-labels, with or without the final dot.
    ///
    /// # Errors
    /// Says which rule of RFC 1035 §2.3.4 or RFC 5891 the text breaks.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        // Underscore labels (`_25._tcp`, `_imaps`) and addresses in names are legal DNS; IDNA refuses the
        // first, so a plain ASCII name is taken as it stands.
        let ascii = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii_strict(text).map_err(|_| NameError::Idna)?
        };
        Self::of_labels(ascii, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*'))
    }

    /// Reads a name as DNS takes it, which is wider than host names (RFC 2181 §11): labels of any printable ASCII. SPF makes
    /// such names of the local parts of senders (RFC 7208 §7). The backslash, which escapes where names are written, is
    /// left out.
    ///
    /// # Errors
    /// Says which limit of RFC 1035 §2.3.4 the text breaks, or which character cannot stand there.
    pub fn of_dns(text: &str) -> Result<Self, NameError> {
        let usual = Self::new(text);
        if !matches!(usual, Err(NameError::Character(_) | NameError::Idna)) {
            return usual;
        }
        let text = text.strip_suffix('.').unwrap_or(text);
        Self::of_labels(text.to_ascii_lowercase(), |c| matches!(c, ' '..='~') && c != '\\')
    }

    fn of_labels(ascii: String, fits: fn(char) -> bool) -> Result<Self, NameError> {
        if ascii.len() > 253 {
            return Err(NameError::TooLong);
        }
        for label in ascii.split('.') {
            match label.len() {
                0 => return Err(NameError::EmptyLabel),
                1..=63 => {}
                _ => return Err(NameError::LabelTooLong),
            }
            if let Some(odd) = label.chars().find(|c| !fits(*c)) {
                return Err(NameError::Character(odd));
            }
        }
        Ok(Self(ascii))
    }

    /// Returns the A-label form, as it goes into DNS, SNI and certificates.
    pub fn as_ascii(&self) -> &str {
        &self.0
    }

    /// Returns the U-label form for people, or the A-labels where they do not decode.
    pub fn to_unicode(&self) -> String {
        let (text, result) = idna::domain_to_unicode(&self.0);
        if result.is_ok() { text } else { self.0.clone() }
    }

    /// Returns the domain that somebody registered, as far as a name shows it: the last two labels, or three where the last
    /// two are a known registry's, such as `co.uk`. None for less. Of a registry that is not known the answer is too short.
    pub fn base(&self) -> Option<Self> {
        let labels: Vec<&str> = self.0.split('.').collect();
        let (_, [second, top]) = labels.split_last_chunk::<2>()?;
        let is_registry = top.len() == 2 && REGISTRIES.contains(second);
        let start = labels.len().checked_sub(if is_registry { 3 } else { 2 })?;
        Some(Self(labels.get(start..)?.join(".")))
    }

    /// Returns the name `label.self`.
    ///
    /// # Errors
    /// The same as [`Name::new`].
    pub fn under(&self, label: &str) -> Result<Self, NameError> {
        Self::new(&format!("{label}.{}", self.0))
    }

    /// Tells whether it is another name or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        let above = self.0.strip_suffix(other.0.as_str());
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    }
}

/// Second labels under which countries register domains.
const REGISTRIES: [&str; 27] = [
    "ac", "ad", "asso", "co", "com", "ed", "edu", "gen", "go", "gob", "gouv", "gov", "govt", "gr", "id",
    "info", "lg", "ltd", "me", "mil", "ne", "net", "nom", "or", "org", "plc", "sch",
];

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text)
    }
}

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing was given.
    #[error("the name is empty")]
    Empty,
    /// Two dots in a row, or a dot at the start.
    #[error("a label between two dots is empty")]
    EmptyLabel,
    /// More than 63 bytes in a label.
    #[error("a label is longer than 63 characters")]
    LabelTooLong,
    /// More than 253 bytes in all.
    #[error("the name is longer than 253 characters")]
    TooLong,
    /// A character that host names do not have.
    #[error("{0:?} cannot stand in a host name")]
    Character(char),
    /// No valid internationalised name.
    #[error("it is no valid internationalised name")]
    Idna,
}

/// A name or an address literal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A DNS name.
    Name(Name),
    /// An address that the user or a record gave in place of a name.
    Address(IpAddr),
}

impl Host {
    /// Reads a name, an IPv4 address, or an IPv6 address with or without brackets.
    ///
    /// # Errors
    /// The same as [`Name::new`].
    pub fn new(text: &str) -> Result<Self, NameError> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        match bare.parse() {
            Ok(address) => Ok(Self::Address(address)),
            Err(_) => Name::new(text).map(Self::Name),
        }
    }

    /// Returns the name, unless it is an address.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Name(name) => Some(name),
            Self::Address(_) => None,
        }
    }

    /// Returns the form for people: U-labels.
    pub fn to_unicode(&self) -> String {
        match self {
            Self::Name(name) => name.to_unicode(),
            Self::Address(address) => address.to_string(),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Address(address) => address.fmt(f),
        }
    }
}

macro_rules! serde_as_text {
    ($type:ty, $read:path) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $read(&text).map_err(de::Error::custom)
            }
        }
    };
}

// Questions for names that are no host names are kept, too.
serde_as_text!(Name, Name::of_dns);
serde_as_text!(Host, Host::new);

#[cfg(test)]
mod tests {
    use super::{Host, Name, NameError};

    #[test]
    fn names_have_one_form_inside() {
        assert_eq!(Name::new("MX1.Example.ORG.").unwrap().as_ascii(), "mx1.example.org");
        let idn = Name::new("bücher.example").unwrap();
        assert_eq!(idn.as_ascii(), "xn--bcher-kva.example");
        assert_eq!(idn.to_unicode(), "bücher.example");
        assert_eq!(Name::new("_25._tcp.mx.example").unwrap().as_ascii(), "_25._tcp.mx.example");
    }

    #[test]
    fn a_name_lies_within_itself_and_what_is_above() {
        let [name, above, odd] =
            ["a.example.org", "example.org", "xexample.org"].map(|text| Name::new(text).unwrap());
        assert!(name.is_within(&above) && above.is_within(&above));
        assert!(!above.is_within(&name) && !odd.is_within(&above));
    }

    #[test]
    fn bad_names_say_why() {
        assert_eq!(Name::new("."), Err(NameError::Empty));
        assert_eq!(Name::new("a..b"), Err(NameError::EmptyLabel));
        assert_eq!(Name::new(&"a".repeat(64)), Err(NameError::LabelTooLong));
        assert_eq!(Name::new(&vec!["a".repeat(63); 4].join(".")), Err(NameError::TooLong));
        assert_eq!(Name::new("a b"), Err(NameError::Character(' ')));
    }

    #[test]
    fn dns_knows_names_that_no_host_has() {
        let odd = Name::of_dns("User+Tag=x.50% off._spf.example.org.").unwrap();
        assert_eq!(odd.as_ascii(), "user+tag=x.50% off._spf.example.org");
        let kept = serde_json::to_string(&odd).unwrap();
        assert_eq!(serde_json::from_str::<Name>(&kept).unwrap(), odd);
        assert!(serde_json::from_str::<Host>(&kept).is_err());
        assert_eq!(Name::of_dns("a\\.b"), Err(NameError::Character('\\')));
        assert_eq!(Name::of_dns("a\n.b"), Err(NameError::Character('\n')));
        assert_eq!(Name::of_dns("b\u{fc}cher.example").unwrap().as_ascii(), "xn--bcher-kva.example");
        assert_eq!(Name::of_dns("b\u{fc} cher.example"), Err(NameError::Character('\u{fc}')));
        assert_eq!(Name::of_dns("a..b"), Err(NameError::EmptyLabel));
        assert_eq!(Name::of_dns("."), Err(NameError::Empty));
    }

    #[test]
    fn the_domain_that_was_registered_is_found_in_a_name() {
        let base = |text: &str| Name::new(text).unwrap().base().map(|base| base.to_string());
        assert_eq!(base("mx1.eu.hoster.example").as_deref(), Some("hoster.example"));
        assert_eq!(base("mx1.hoster.co.uk").as_deref(), Some("hoster.co.uk"));
        assert_eq!(base("hoster.example").as_deref(), Some("hoster.example"));
        assert_eq!(base("co.uk"), None);
        assert_eq!(base("localhost"), None);
    }

    #[test]
    fn addresses_are_told_from_names() {
        assert!(matches!(Host::new("[2001:db8::7]").unwrap(), Host::Address(_)));
        assert!(matches!(Host::new("192.0.2.7").unwrap(), Host::Address(_)));
        assert!(matches!(Host::new("192.0.2.7.example").unwrap(), Host::Name(_)));
    }
}
