//! The DKIM keys of the mail domain, as their rules see them.

use super::{mail_dns, txt};
use crate::finding::{Case, Finding, Severity, Verdict};
use crate::name::Name;
use crate::records::dkim::{Known, Sighting, State, keys};
use crate::records::{Answers, Look};

/// One selector with what stands there.
pub(in crate::rules) struct Seen<'a> {
    /// The answers.
    pub(in crate::rules) answers: &'a Answers<'a>,
    /// The selector.
    pub(in crate::rules) sighting: &'a Sighting,
}

/// Judges every selector that is known; where one cannot be told, nothing passes.
pub(in crate::rules) fn each(case: &Case<'_>, judge: impl Fn(&Seen<'_>, &State) -> Verdict) -> Verdict {
    let (answers, look): (Answers<'_>, Look<'_>) = match mail_dns::domain(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let (mut findings, mut doubt, mut passed) = (Vec::new(), None, false);
    for sighting in &keys(&answers, &look) {
        let verdict = match &sighting.state {
            Ok(state) => judge(&Seen { answers: &answers, sighting }, state),
            Err(missing) => mail_dns::open(missing.clone()),
        };
        match verdict {
            Verdict::Pass => passed = true,
            Verdict::NotApplicable(_) => {}
            Verdict::Unknown(why) => doubt = Some(why),
            Verdict::Fail(more) => findings.extend(more),
        }
    }
    match (findings.is_empty(), doubt) {
        (false, _) => Verdict::Fail(findings),
        (true, Some(why)) => Verdict::Unknown(why),
        (true, None) if passed => Verdict::Pass,
        (true, None) => Verdict::NotApplicable("no such DKIM selector is known"),
    }
}

impl Seen<'_> {
    /// Returns the words for the key: `the DKIM key of selector s2026 of example.org`.
    pub(in crate::rules) fn subject(&self) -> String {
        let selector = &self.sighting.selector;
        format!("the DKIM key of selector {} of {}", selector.word, selector.domain.to_unicode())
    }

    /// Says how the selector is known, where that bears on what follows, as a sentence with a blank in front.
    pub(in crate::rules) fn origin(&self) -> &'static str {
        match self.sighting.selector.known {
            Known::Given => "",
            Known::Signed => " The message that you gave is signed with it.",
            Known::Guessed => " It was found by its usual name; whether mail is signed with it is not known.",
        }
    }

    /// Returns the milder severity where nobody says that the selector is in use.
    pub(in crate::rules) fn severity(&self, used: Severity, guessed: Severity) -> Severity {
        if self.sighting.selector.known == Known::Guessed { guessed } else { used }
    }

    /// Starts a finding about the selector.
    pub(in crate::rules) fn finding(&self, severity: Severity, title: &str, cause: String) -> Finding {
        let alias = match &self.sighting.alias {
            Some(alias) => {
                format!(" The name is an alias of {alias}, so whoever runs that must publish the change.")
            }
            None => String::new(),
        };
        let name = &self.sighting.selector.name;
        Finding::new(severity, name.to_string(), title, format!("{cause}{}{alias}", self.origin()))
            .hurts("receivers that check signatures; mail whose DMARC rests on them, above all when it is forwarded")
            .evidence("name", name.as_ascii())
            .evidence("selector", self.sighting.selector.word.as_str())
    }

    /// Returns the name at which a record must be published: where an alias leads, that name.
    pub(in crate::rules) fn place(&self) -> &Name {
        self.sighting.alias.as_ref().unwrap_or(&self.sighting.selector.name)
    }

    /// Returns the line that publishes this key, or one to fill in.
    pub(in crate::rules) fn line(&self, record: Option<&str>) -> String {
        txt::line(self.place(), record.unwrap_or("v=DKIM1; k=rsa; p=<the public key, in base64>"))
    }
}
