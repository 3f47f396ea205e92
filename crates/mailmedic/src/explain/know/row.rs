//! One entry of the knowledge base.

use crate::explanation::{Certainty, Role};

/// One way to say one thing.
#[derive(Clone, Copy, Debug)]
pub(in crate::explain) struct Row {
    /// The fixed words of the format; `*` stands for anything within a line. Case does not count, and a space
    /// stands for any white space.
    pub(in crate::explain) pattern: &'static str,
    /// What it means.
    pub(in crate::explain) rule: &'static str,
    /// The plain cause, for what is no TLS fault.
    pub(in crate::explain) plain: Option<&'static str>,
    /// Whose fault it is.
    pub(in crate::explain) whose: Whose,
    /// How sure the words make it.
    pub(in crate::explain) certainty: Certainty,
    /// How much it says beside others in one text.
    pub(in crate::explain) rank: Rank,
    /// Whether it passes by itself.
    pub(in crate::explain) transient: Option<bool>,
    /// Causes that the same words allow.
    pub(in crate::explain) also: &'static [&'static str],
    /// The end that must have printed it.
    pub(in crate::explain) only: Option<End>,
}

/// How much a row says beside others in one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::explain) enum Rank {
    /// It follows from something else, which another line names if there is one.
    Consequence,
    /// That it failed, and no more.
    Vague,
    /// Which kind of thing failed.
    General,
    /// What it was.
    Said,
    /// What it was, although other words in the text sound more telling.
    Strong,
}

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) enum Whose {
    /// Of who printed it.
    This,
    /// Of the other end.
    Peer,
    /// Of what is between.
    Network,
    /// Cannot be told.
    Unknown,
    /// Of the client; cannot be told where this side is the client itself.
    AClient,
    /// Of the server, whichever side that is.
    Server,
}

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::explain) enum End {
    /// The one that connects.
    Client,
    /// The one that is connected to.
    Server,
}

/// What one software prints, and how it is known.
pub(in crate::explain) struct Book {
    /// Its word in reports; empty for words that many print.
    pub(in crate::explain) software: &'static str,
    /// Words that only it prints, and what it does when it prints them.
    pub(in crate::explain) signs: &'static [(&'static str, Option<Role>)],
    /// What it says.
    pub(in crate::explain) rows: &'static [Row],
    /// What cures a fault in its own settings.
    pub(in crate::explain) cures: &'static [Remedy],
}

/// What cures a fault in the settings of a software.
pub(in crate::explain) struct Remedy {
    /// The fault.
    pub(in crate::explain) rule: &'static str,
    /// What to do, in a sentence.
    pub(in crate::explain) text: &'static str,
    /// Commands to paste, in order.
    pub(in crate::explain) commands: &'static [&'static str],
    /// Lines of a configuration file.
    pub(in crate::explain) config: Option<&'static str>,
}

/// A cure in a sentence.
pub(super) const fn cure(rule: &'static str, text: &'static str) -> Remedy {
    Remedy { rule, text, commands: &[], config: None }
}

impl Remedy {
    /// These commands do it, or show what is set.
    pub(super) const fn run(self, commands: &'static [&'static str]) -> Self {
        Self { commands, ..self }
    }

    /// These lines of a configuration file do it.
    pub(super) const fn set(self, config: &'static str) -> Self {
        Self { config: Some(config), ..self }
    }
}

/// The words say it.
pub(super) const fn says(pattern: &'static str, rule: &'static str, whose: Whose) -> Row {
    Row {
        pattern,
        rule,
        plain: None,
        whose,
        certainty: Certainty::Certain,
        rank: Rank::Said,
        transient: Some(false),
        also: &[],
        only: None,
    }
}

/// The words point to it.
pub(super) const fn hints(pattern: &'static str, rule: &'static str, whose: Whose) -> Row {
    Row { certainty: Certainty::Likely, ..says(pattern, rule, whose) }
}

/// The words tell of something that is no TLS fault.
pub(super) const fn plain(pattern: &'static str, cause: &'static str, whose: Whose) -> Row {
    Row { plain: Some(cause), rank: Rank::General, transient: None, ..says(pattern, "not-tls", whose) }
}

/// The words need no action.
pub(super) const fn harmless(pattern: &'static str, whose: Whose) -> Row {
    Row { rank: Rank::Vague, certainty: Certainty::Likely, ..says(pattern, "benign", whose) }
}

impl Row {
    /// Tells whether a line of a log with these words alone is worth a look: not where all is well, and not where the words
    /// say something only in a message that somebody asks about.
    pub(super) fn tells_in_a_log(&self) -> bool {
        self.rule != "benign" && (self.plain.is_none() || self.rank > Rank::Vague)
    }

    /// Only that it failed is said.
    pub(super) const fn vague(self) -> Self {
        let certainty = match self.certainty {
            Certainty::Certain => Certainty::Likely,
            less => less,
        };
        Self { rank: Rank::Vague, certainty, ..self }
    }

    /// Which kind of thing failed is said.
    pub(super) const fn general(self) -> Self {
        Self { rank: Rank::General, ..self }
    }

    /// It counts before what sounds more telling.
    pub(super) const fn strong(self) -> Self {
        Self { rank: Rank::Strong, ..self }
    }

    /// The words point to it and do not say it.
    pub(super) const fn likely(self) -> Self {
        Self { certainty: Certainty::Likely, ..self }
    }

    /// The words allow it and no more.
    pub(super) const fn possible(self) -> Self {
        Self { certainty: Certainty::Possible, ..self }
    }

    /// It is told only where nothing else is.
    pub(super) const fn consequence(self) -> Self {
        Self { rank: Rank::Consequence, certainty: Certainty::Likely, ..self }
    }

    /// It passes by itself.
    pub(super) const fn passing(self) -> Self {
        Self { transient: Some(true), ..self }
    }

    /// It may pass by itself.
    pub(super) const fn perhaps_passing(self) -> Self {
        Self { transient: None, ..self }
    }

    /// The same words allow these causes.
    pub(super) const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    /// It means this only where this end printed it.
    pub(super) const fn on(self, end: End) -> Self {
        Self { only: Some(end), ..self }
    }
}
