//! One DMARC policy record (RFC 9989 §4.7).

use std::fmt;

use super::uri::{Destination, UriFault};
use crate::records::tags;
use crate::words;

/// What a domain asks of receivers whose check of a message fails; the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// Nothing.
    None,
    /// To be suspicious: mostly the folder for junk.
    Quarantine,
    /// To refuse the message.
    Reject,
}

/// How closely names must agree (RFC 9989 §4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The organisational domain must be the same.
    #[default]
    Relaxed,
    /// The name must be the same.
    Strict,
}

/// Whether the domain is one below which others register names (`psd`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Psd {
    /// It is.
    Yes,
    /// It is not, and it is an organisational domain.
    No,
    /// The record does not say.
    #[default]
    Unsaid,
}

/// What a record says. What is written wrong has its default, as receivers take it, and stands in `faults`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What is asked for the domain itself.
    pub p: Option<Request>,
    /// What is asked for names below it.
    pub sp: Option<Request>,
    /// What is asked for names below it that do not exist.
    pub np: Option<Request>,
    /// Whether `p`, `sp` or `np` is such that no request counts (§4.10.1).
    pub is_broken: bool,
    /// How closely the domain of a DKIM signature must agree.
    pub adkim: Mode,
    /// How closely the domain that SPF checked must agree.
    pub aspf: Mode,
    /// Where aggregate reports go.
    pub rua: Vec<Destination>,
    /// Where reports on single messages go.
    pub ruf: Vec<Destination>,
    /// When reports on single messages are wanted, as written.
    pub fo: Option<String>,
    /// Whether it is a public suffix.
    pub psd: Psd,
    /// Whether the policy is being tried, so that the next milder one counts (`t=y`).
    pub test: bool,
    /// What is wrong.
    pub faults: Vec<RecordFault>,
    /// What RFC 9989 has removed.
    pub obsolete: Vec<Obsolete>,
}

/// Something wrong in a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// There is no `p`.
    #[error("it has no p= tag")]
    PolicyMissing,
    /// `p`, `sp` or `np` is none of the three words.
    #[error("{tag}={value:?} is neither none, quarantine nor reject")]
    Policy {
        /// The tag.
        tag: &'static str,
        /// Its value, made harmless.
        value: String,
    },
    /// Another tag has a value that it cannot have, so that its default counts.
    #[error("{tag}={value:?} is no value of that tag, so that its default counts")]
    Value {
        /// The tag.
        tag: &'static str,
        /// Its value, made harmless.
        value: String,
    },
    /// An address cannot be used.
    #[error("in {tag}, {fault}")]
    Uri {
        /// `rua` or `ruf`.
        tag: &'static str,
        /// Why.
        fault: UriFault,
    },
    /// An address has a scheme by which nobody sends reports.
    #[error("in {tag}, {uri:?} is no mailto: address, and nobody sends reports by another way")]
    Scheme {
        /// `rua` or `ruf`.
        tag: &'static str,
        /// The address, made harmless.
        uri: String,
    },
    /// A field is no `tag=value`.
    #[error("{0:?} is no field of the form tag=value")]
    Field(String),
    /// A tag stands there twice; receivers differ in what they make of it.
    #[error("{0}= stands there twice")]
    Twice(&'static str),
    /// A tag in capital letters, which receivers do not know.
    #[error("{0:?} is no tag, since tags are written in small letters")]
    Case(String),
    /// A tag that nobody knows.
    #[error("{0:?} is no tag of DMARC")]
    Unknown(String),
}

/// Something that RFC 9989 has removed (appendix C.5.2), and old receivers still heed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obsolete {
    /// The share of messages that the policy is for.
    #[error("pct={0}")]
    Share(String),
    /// The format of reports on single messages.
    #[error("rf={0}")]
    Format(String),
    /// The interval between reports.
    #[error("ri={0}")]
    Interval(String),
    /// A limit on the size of reports.
    #[error("!{0} behind an address")]
    Size(String),
}

/// Why a text that is meant to be a record is none, so that receivers pass over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ignored {
    /// Quotation marks of a zone file were stored.
    #[error("quotation marks are part of it")]
    Quoted,
    /// Backslashes of a zone file were stored.
    #[error("a backslash stands before the semicolon")]
    Backslash,
    /// It begins with a blank.
    #[error("it begins with a blank")]
    Blank,
    /// The version is written in other letters.
    #[error("its version is not written \"v=DMARC1\" in just these letters")]
    Case,
    /// The semicolon behind the version is missing.
    #[error("no semicolon follows its version")]
    Semicolon,
    /// The version stands further back.
    #[error("its version does not stand at the front")]
    Later,
    /// It begins otherwise.
    #[error("it does not begin with \"v=DMARC1;\"")]
    Version,
}

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// The domain that bears the record.
    Itself,
    /// A name below it.
    Below,
    /// A name below it that does not exist.
    Nonexistent,
}

impl Request {
    /// Returns the word of the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    /// Returns the next milder one, which counts while a policy is tried (`t=y`).
    pub fn milder(self) -> Self {
        match self {
            Self::None | Self::Quarantine => Self::None,
            Self::Reject => Self::Quarantine,
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject]
            .into_iter()
            .find(|request| text.eq_ignore_ascii_case(request.name()))
    }
}

impl Record {
    /// Reads a TXT record.
    ///
    /// # Errors
    /// Says why receivers pass over it, as they do over all that does not begin with the version.
    pub fn read(text: &str) -> Result<Self, Ignored> {
        let mut fields = tags::fields(text);
        let version = fields.next();
        if version != Some(("v", Some("DMARC1"))) || !text.starts_with('v') {
            return Err(Ignored::of(text, version));
        }
        let mut record = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for (tag, value) in fields {
            let Some(value) = value else {
                record.fault(RecordFault::Field(words::escape(tag, MOST_SHOWN)));
                continue;
            };
            let Some(known) = TAGS.iter().copied().find(|known| *known == tag) else {
                record.fault(unknown(tag));
                continue;
            };
            if seen.contains(&known) {
                record.fault(RecordFault::Twice(known));
                continue;
            }
            seen.push(known);
            record.take(known, value);
        }
        if !seen.contains(&"p") {
            record.is_broken = true;
            record.faults.insert(0, RecordFault::PolicyMissing);
        }
        Ok(record)
    }

    fn take(&mut self, tag: &'static str, value: &str) {
        match tag {
            "p" => self.p = self.policy(tag, value),
            "sp" => self.sp = self.policy(tag, value),
            "np" => self.np = self.policy(tag, value),
            "adkim" => self.adkim = self.mode(tag, value),
            "aspf" => self.aspf = self.mode(tag, value),
            "rua" => self.rua = self.destinations(tag, value),
            "ruf" => self.ruf = self.destinations(tag, value),
            "fo" if is_fo(value) => self.fo = Some(value.to_ascii_lowercase()),
            "psd" if value.eq_ignore_ascii_case("y") => self.psd = Psd::Yes,
            "psd" if value.eq_ignore_ascii_case("n") => self.psd = Psd::No,
            "psd" if value.eq_ignore_ascii_case("u") => {}
            "t" if value.eq_ignore_ascii_case("y") => self.test = true,
            "t" if value.eq_ignore_ascii_case("n") => {}
            "pct" => self.obsolete.push(Obsolete::Share(words::escape(value, MOST_SHOWN))),
            "rf" => self.obsolete.push(Obsolete::Format(words::escape(value, MOST_SHOWN))),
            "ri" => self.obsolete.push(Obsolete::Interval(words::escape(value, MOST_SHOWN))),
            // The version once more says nothing new.
            "v" => self.fault(RecordFault::Twice("v")),
            _ => self.fault(RecordFault::Value { tag, value: words::escape(value, MOST_SHOWN) }),
        }
    }

    fn policy(&mut self, tag: &'static str, value: &str) -> Option<Request> {
        let request = Request::read(value);
        if request.is_none() {
            self.is_broken = true;
            self.fault(RecordFault::Policy { tag, value: words::escape(value, MOST_SHOWN) });
        }
        request
    }

    fn mode(&mut self, tag: &'static str, value: &str) -> Mode {
        if value.eq_ignore_ascii_case("s") {
            return Mode::Strict;
        }
        if !value.eq_ignore_ascii_case("r") {
            self.fault(RecordFault::Value { tag, value: words::escape(value, MOST_SHOWN) });
        }
        Mode::Relaxed
    }

    fn destinations(&mut self, tag: &'static str, value: &str) -> Vec<Destination> {
        let mut destinations = Vec::new();
        for text in value.split(',').map(tags::trim).take(MOST_DESTINATIONS) {
            match Destination::read(text) {
                Ok(destination) => {
                    if destination.host.is_none() {
                        let uri = words::escape(&destination.uri, MOST_SHOWN);
                        self.fault(RecordFault::Scheme { tag, uri });
                    }
                    self.obsolete.extend(destination.size.clone().map(Obsolete::Size));
                    destinations.push(destination);
                }
                Err(fault) => self.fault(RecordFault::Uri { tag, fault }),
            }
        }
        destinations
    }

    fn fault(&mut self, fault: RecordFault) {
        if self.faults.len() < MOST_FAULTS && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Returns what receivers are asked to do with messages that fail; none where they are to leave DMARC alone,
    /// since the record asks for nothing that counts (§4.10.1).
    pub fn request(&self, whom: Whom) -> Option<Request> {
        let request = self.written(whom)?;
        Some(if self.test { request.milder() } else { request })
    }

    /// Returns the same without regard to test mode.
    pub fn written(&self, whom: Whom) -> Option<Request> {
        if self.is_broken {
            // Whoever asks for reports gets them, and nothing else.
            return (!self.rua.is_empty()).then_some(Request::None);
        }
        match whom {
            Whom::Itself => self.p,
            Whom::Below => self.sp.or(self.p),
            Whom::Nonexistent => self.np.or(self.sp).or(self.p),
        }
    }
}

/// Writes the record as it should stand: what is wrong, obsolete or the default is left out.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=DMARC1")?;
        for (tag, request) in [("p", self.p), ("sp", self.sp), ("np", self.np)] {
            if let Some(request) = request {
                write!(f, "; {tag}={}", request.name())?;
            }
        }
        for (tag, mode) in [("adkim", self.adkim), ("aspf", self.aspf)] {
            if mode == Mode::Strict {
                write!(f, "; {tag}=s")?;
            }
        }
        for (tag, list) in [("rua", &self.rua), ("ruf", &self.ruf)] {
            if !list.is_empty() {
                let uris: Vec<&str> = list.iter().map(|destination| destination.uri.as_str()).collect();
                write!(f, "; {tag}={}", uris.join(","))?;
            }
        }
        if let Some(fo) = &self.fo {
            write!(f, "; fo={fo}")?;
        }
        match self.psd {
            Psd::Yes => f.write_str("; psd=y")?,
            Psd::No => f.write_str("; psd=n")?,
            Psd::Unsaid => {}
        }
        if self.test { f.write_str("; t=y") } else { Ok(()) }
    }
}

impl Ignored {
    fn of(text: &str, version: Option<(&str, Option<&str>)>) -> Self {
        let value = match version {
            Some((tag, Some(value))) if tag.eq_ignore_ascii_case("v") => value,
            _ => "",
        };
        let begins = value.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("DMARC1"));
        let is_version =
            |(tag, value): (&str, Option<&str>)| tag == "v" && value.is_some_and(|value| value == "DMARC1");
        match value.get(6..) {
            _ if tags::trim(text).starts_with(['"', '\'', '\u{201c}']) => Self::Quoted,
            Some("\\") if begins => Self::Backslash,
            Some("") if begins && value == "DMARC1" && !text.starts_with(['v', 'V']) => Self::Blank,
            Some("") if begins => Self::Case,
            Some(rest) if begins && rest.starts_with([' ', '\t', ',']) => Self::Semicolon,
            _ if tags::fields(text).any(is_version) => Self::Later,
            _ => Self::Version,
        }
    }
}

/// Says what a tag is that is none.
fn unknown(tag: &str) -> RecordFault {
    let shown = words::escape(tag, MOST_SHOWN);
    if TAGS.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
        RecordFault::Case(shown)
    } else {
        RecordFault::Unknown(shown)
    }
}

/// RFC 9989 §4.8: `0` or `1`, `d`, `s`, each once.
fn is_fo(value: &str) -> bool {
    let mut words: Vec<String> = value.split(':').map(|word| tags::trim(word).to_ascii_lowercase()).collect();
    words.sort();
    let all = words.len();
    words.dedup();
    let both = words.iter().filter(|word| matches!(word.as_str(), "0" | "1")).count() == 2;
    all == words.len() && !both && words.iter().all(|word| matches!(word.as_str(), "0" | "1" | "d" | "s"))
}

/// The tags of RFC 9989 §4.7, and those of RFC 7489 that it has removed.
const TAGS: [&str; 14] =
    ["v", "p", "sp", "np", "adkim", "aspf", "rua", "ruf", "fo", "psd", "t", "pct", "rf", "ri"];

/// The most characters of a text that are shown.
const MOST_SHOWN: usize = 60;

/// More than any receiver sends reports to.
const MOST_DESTINATIONS: usize = 20;

/// Faults of one record that are told apart.
const MOST_FAULTS: usize = 20;

#[cfg(test)]
mod tests;
