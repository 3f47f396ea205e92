//! An SPF record as data (RFC 7208 §4.6, §5, §6).

use std::fmt;
use std::net::IpAddr;

use super::macros::MacroString;
use super::network::Network;

/// A record, term by term; what breaks the grammar stands there as a fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The terms that could be read, in their order.
    pub terms: Vec<Term>,
    /// What is wrong with it; one fault is enough for a permerror (§4.6).
    pub faults: Vec<Fault>,
}

impl Record {
    /// Returns the directives that an evaluation can come to: those up to the first `all` (§5.1).
    pub fn directives(&self) -> impl Iterator<Item = (&Term, &Directive)> {
        let live = self.live();
        self.terms.iter().take(live).filter_map(|term| match &term.kind {
            Kind::Directive(directive) => Some((term, directive)),
            Kind::Modifier(_) => None,
        })
    }

    /// Returns how many terms there are up to the first `all`.
    pub fn live(&self) -> usize {
        self.terms.iter().position(Term::is_all).map_or(self.terms.len(), |at| at + 1)
    }

    /// Returns the qualifier of the first `all`, if there is one.
    pub fn all(&self) -> Option<Qualifier> {
        self.directives().find(|(term, _)| term.is_all()).map(|(_, directive)| directive.qualifier)
    }

    /// Returns where evaluation goes on if nothing matches; an `all` leaves no place for that (§6.1).
    pub fn redirect(&self) -> Option<(&Term, &MacroString)> {
        if self.all().is_some() {
            return None;
        }
        self.terms.iter().find_map(|term| match &term.kind {
            Kind::Modifier(Modifier::Redirect(domain)) => Some((term, domain)),
            _ => None,
        })
    }

    /// Returns where the text for refused senders stands (§6.2).
    pub fn explanation(&self) -> Option<&MacroString> {
        self.terms.iter().find_map(|term| match &term.kind {
            Kind::Modifier(Modifier::Explanation(domain)) => Some(domain),
            _ => None,
        })
    }
}

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As published.
    pub text: String,
    /// What it is.
    pub kind: Kind,
}

impl Term {
    /// Returns whether this is `all`, with any qualifier.
    pub fn is_all(&self) -> bool {
        matches!(&self.kind, Kind::Directive(Directive { mechanism: Mechanism::All, .. }))
    }
}

/// What a term is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It may match a client.
    Directive(Directive),
    /// It says something else.
    Modifier(Modifier),
}

/// A mechanism with the result that its match has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// The result of a match.
    pub qualifier: Qualifier,
    /// What it matches.
    pub mechanism: Mechanism,
}

/// The result of a match (§4.6.2), the strictest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Qualifier {
    /// `+`, or none.
    Pass,
    /// `?`
    Neutral,
    /// `~`
    SoftFail,
    /// `-`
    Fail,
}

impl Qualifier {
    /// Returns its character; `+` is mostly left out.
    pub fn sign(self) -> char {
        match self {
            Self::Pass => '+',
            Self::Neutral => '?',
            Self::SoftFail => '~',
            Self::Fail => '-',
        }
    }
}

/// What matches a client (§5). A domain that is left out is the one whose record this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Every client.
    All,
    /// Whom another record passes.
    Include(MacroString),
    /// The addresses of a name.
    A(Option<MacroString>, Prefixes),
    /// The addresses of the mail exchangers of a domain.
    Mx(Option<MacroString>, Prefixes),
    /// Clients whose name is below a domain. Published records should not have it (§5.5).
    Ptr(Option<MacroString>),
    /// A network, written as `ip4` or `ip6`.
    Ip(Network),
    /// Every client for whom a name has an IPv4 address.
    Exists(MacroString),
}

impl Mechanism {
    /// Returns whether it counts against the limit of look-ups (§4.6.4).
    pub fn is_looked_up(&self) -> bool {
        !matches!(self, Self::All | Self::Ip(_))
    }
}

/// The prefixes behind `a` and `mx`: `/24//64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// In bits, up to 32.
    pub v4: u8,
    /// In bits, up to 128.
    pub v6: u8,
}

impl Default for Prefixes {
    fn default() -> Self {
        Self { v4: 32, v6: 128 }
    }
}

impl Prefixes {
    /// Returns the network that an address of the name stands for.
    pub fn around(self, address: IpAddr) -> Network {
        let length = if address.is_ipv4() { self.v4 } else { self.v6 };
        Network { address, length }
    }
}

/// What a modifier says (§6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// The record that decides if nothing matches.
    Redirect(MacroString),
    /// The name that bears the text for refused senders.
    Explanation(MacroString),
    /// Any other, which evaluation ignores.
    Unknown {
        /// Its name as published.
        name: String,
        /// Its value as published.
        value: String,
    },
}

/// What breaks the grammar of a record, and so makes a permerror of it (§4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The term as published; empty where it is the record as a whole.
    pub term: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// Why a term cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The record holds other than ASCII (§3.1).
    #[error("a record is plain ASCII, and this is not")]
    NotAscii,
    /// A character that is not to be seen stands in a term: only blanks separate terms (§4.6.1).
    #[error("it holds a control character; only blanks separate terms")]
    ControlCharacter,
    /// No mechanism of this name.
    #[error("there is no mechanism {0:?}")]
    UnknownMechanism(String),
    /// `redirect:` or `exp:`.
    #[error("{0} is a modifier and takes \"=\", not \":\", and no sign before it")]
    ModifierAsMechanism(&'static str),
    /// A mechanism that must have a value has none.
    #[error("it needs a value behind a colon")]
    ValueMissing,
    /// A mechanism that takes no value has one.
    #[error("it takes no value")]
    ValueUnexpected,
    /// A domain is empty.
    #[error("the domain is left out")]
    DomainEmpty,
    /// A domain ends in no top-level label (§7.1).
    #[error("the domain must end in a label like \".org\" that is not all digits, or in a macro")]
    TopLabel,
    /// An address stands where a domain is due.
    #[error("it names an address where a domain is due; for addresses there are ip4: and ip6:")]
    AddressAsDomain,
    /// `%` and none of `{`, `%`, `_`, `-` behind it, or no macro in the braces (§7.1).
    #[error("{0:?} is no macro")]
    Macro(String),
    /// `c`, `r` and `t` stand in explanations only (§7.2).
    #[error("the macro {0:?} may stand in explanations only")]
    MacroOnlyExplains(char),
    /// No IPv4 address behind `ip4:`.
    #[error("{0:?} is no IPv4 address")]
    Ip4(String),
    /// An IPv6 address behind `ip4:`.
    #[error("it holds an IPv6 address, for which there is ip6:")]
    Ip6InIp4,
    /// No IPv6 address behind `ip6:`.
    #[error("{0:?} is no IPv6 address")]
    Ip6(String),
    /// An IPv4 address behind `ip6:`.
    #[error("it holds an IPv4 address, for which there is ip4:")]
    Ip4InIp6,
    /// A prefix that is no number of bits.
    #[error("the prefix {0:?} is no number from 0 to {1} without leading zeros")]
    Prefix(String, u8),
    /// `redirect` or `exp` stands there twice (§6).
    #[error("{0} may stand there only once")]
    Twice(&'static str),
    /// The name of a modifier begins with no letter, or is none.
    #[error("{0:?} is no name of a modifier")]
    ModifierName(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.term.is_empty() { self.reason.fmt(f) } else { write!(f, "{:?}: {}", self.term, self.reason) }
    }
}
