//! The terms of a record (RFC 7208 §4.6.1).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::All;
use crate::name::Name;

/// One mechanism or modifier, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term(String);

/// Why a text is no term; each completes "…: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TermError {
    /// No IPv4 address or network.
    #[error("it is no IPv4 address or network, such as 192.0.2.1 or 192.0.2.0/24")]
    Ip4,
    /// No IPv6 address or network.
    #[error("it is no IPv6 address or network, such as 2001:db8::1 or 2001:db8::/32")]
    Ip6,
    /// No domain name.
    #[error("it is no domain name: {0}")]
    Name(String),
    /// A mechanism that RFC 7208 does not know.
    #[error("there is no such mechanism")]
    Unknown,
}

impl Term {
    /// Takes a text as it stands.
    pub(super) fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Makes `ip4:…` of an address or network.
    ///
    /// # Errors
    /// It is neither.
    pub fn ip4(text: &str) -> Result<Self, TermError> {
        let (address, bits) = network(text);
        let fits = address.parse::<Ipv4Addr>().is_ok() && bits.is_none_or(|bits| is_length(bits, 32));
        if fits { Ok(Self(format!("ip4:{text}"))) } else { Err(TermError::Ip4) }
    }

    /// Makes `ip6:…` of an address or network.
    ///
    /// # Errors
    /// It is neither.
    pub fn ip6(text: &str) -> Result<Self, TermError> {
        let (address, bits) = network(text);
        let fits = address.parse::<Ipv6Addr>().is_ok() && bits.is_none_or(|bits| is_length(bits, 128));
        if fits { Ok(Self(format!("ip6:{text}"))) } else { Err(TermError::Ip6) }
    }

    /// Makes `include:…` of a domain.
    ///
    /// # Errors
    /// It is no domain name.
    pub fn include(text: &str) -> Result<Self, TermError> {
        Ok(Self(format!("include:{}", name(text)?)))
    }

    /// Makes `a` or `mx` of the domain itself, or of the name that is given.
    ///
    /// # Errors
    /// It is no domain name.
    pub fn hosts(mechanism: &'static str, text: &str) -> Result<Self, TermError> {
        if text.is_empty() {
            Ok(Self::of(mechanism))
        } else {
            Ok(Self(format!("{mechanism}:{}", name(text)?)))
        }
    }

    /// Returns it as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the mechanism without its qualifier, and what follows its name.
    pub(super) fn parts(&self) -> (&str, &str) {
        let bare = self.0.strip_prefix(['+', '-', '~', '?']).unwrap_or(&self.0);
        bare.split_at(bare.find([':', '/', '=']).unwrap_or(bare.len()))
    }

    /// Returns whether it is this mechanism or modifier.
    pub(super) fn is(&self, name: &str) -> bool {
        self.parts().0.eq_ignore_ascii_case(name)
    }

    pub(super) fn is_modifier(&self) -> bool {
        self.parts().1.starts_with('=')
    }

    /// Returns the qualifier, if it is "all".
    pub(super) fn all(&self) -> Option<All> {
        (self.is("all") && self.parts().1.is_empty()).then(|| match self.0.chars().next() {
            Some('-') => All::Fail,
            Some('~') => All::Softfail,
            Some('?') => All::Neutral,
            _ => All::Pass,
        })
    }

    /// Returns the target of a redirect.
    pub(super) fn redirect(&self) -> Option<&str> {
        self.is("redirect").then(|| self.parts().1.trim_start_matches('='))
    }

    /// Returns whether it means the same: without case, and with `+` as the qualifier that it is by default.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let bare = |term: &Self| term.0.strip_prefix('+').unwrap_or(&term.0).to_ascii_lowercase();
        bare(self) == bare(other)
    }

    /// Returns whether both are a modifier of which there may be one (§6).
    pub(super) fn is_single(&self, other: &Self) -> bool {
        ["redirect", "exp"].iter().any(|name| self.is(name) && other.is(name))
    }

    /// Returns whether it lets every address of a family pass.
    pub(super) fn covers_all(&self) -> bool {
        let passes = !self.0.starts_with(['-', '~', '?']);
        passes && (self.is("ip4") || self.is("ip6")) && self.0.ends_with("/0")
    }

    /// Looks whether receivers know it, and what an address in it is.
    pub(super) fn check(&self) -> Result<(), TermError> {
        let (mechanism, rest) = self.parts();
        match mechanism.to_ascii_lowercase().as_str() {
            "ip4" => Self::ip4(rest.strip_prefix(':').unwrap_or_default()).map(drop),
            "ip6" => Self::ip6(rest.strip_prefix(':').unwrap_or_default()).map(drop),
            "include" | "exists" if rest.len() < 2 || !rest.starts_with(':') => {
                Err(TermError::Name("there is none".to_owned()))
            }
            "a" | "mx" | "ptr" | "include" | "exists" => Ok(()),
            _ => Err(TermError::Unknown),
        }
    }
}

/// Returns the words of an SPF record behind its version; none if the text is none (§4.5).
pub(super) fn words_of(text: &str) -> Option<impl Iterator<Item = &str>> {
    let (version, rest) = text.split_once(' ').unwrap_or((text, ""));
    version.eq_ignore_ascii_case("v=spf1").then(|| rest.split(' ').filter(|word| !word.is_empty()))
}

fn name(text: &str) -> Result<Name, TermError> {
    let name = Name::new(text).map_err(|why| TermError::Name(why.to_string()))?;
    if name.as_ascii().contains('.') {
        Ok(name)
    } else {
        Err(TermError::Name("it has one label only".to_owned()))
    }
}

fn network(text: &str) -> (&str, Option<&str>) {
    text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)))
}

/// Tells whether a text is the length of a prefix (§12): no sign, no leading zero.
fn is_length(text: &str, most: u8) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
        && text.parse::<u8>().is_ok_and(|bits| bits <= most)
}
