//! Ranks what was found, and says it.

mod judge;

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) use judge::{Found, Judged};

use super::codes;
use super::facts;
use super::know::{self, End, Rank};
use super::peer::Peer;
use super::read::Text;
use crate::explanation::{Cause, Certainty, Explanation, Role, SCHEMA};
use crate::finding::{Fix, Severity};
use crate::words;
use judge::MOST_CAUSES;

/// The longest line that is quoted, in characters.
const MOST_QUOTED: usize = 400;

/// Says that a delivery went out in clear to a server that took TLS before; or to one of many, which is then not named.
pub(super) fn in_clear(software: &'static str, line: &[u8], is_of_many: bool) -> Explanation {
    let text = Text::read(line);
    let mut found = Found::new(&text);
    found.book = know::book(software);
    found.peer = found.peer.filter(|_| !is_of_many);
    (found.role, found.end) = (Some(Role::SmtpClient), Some(End::Client));
    let clear =
        Judged { certainty: Certainty::Likely, decided: Some(0), ..Judged::possible("sent-in-clear") };
    let also = ["starttls-missing", "starttls-stripped"].map(Judged::possible);
    let mut seen = found.explanation(&[clear].into_iter().chain(also).collect::<Vec<_>>());
    if let Some(first) = seen.causes.first_mut() {
        let peer = found.peer.as_ref().map_or("a server", |peer| &peer.host);
        first.title = format!("Mail went out in clear to {peer}, which took TLS before.");
        first.severity = Severity::Error;
    }
    seen
}

impl Found<'_> {
    /// Says what the message means; the causes are those of [`Found::judge`].
    pub(super) fn explanation(&self, judged: &[Judged]) -> Explanation {
        let software = self.software();
        let first = judged.first().and_then(|first| first.decided);
        let unrecognised = if judged.is_empty() { self.unrecognised() } else { Vec::new() };
        Explanation {
            schema: SCHEMA,
            software,
            role: self.role,
            count: 1,
            first: None,
            last: None,
            histogram: None,
            peer: self.peer.as_ref().map(Peer::text),
            peers: None,
            scanner: false,
            causes: judged.iter().map(|one| self.cause(one, software)).collect(),
            consequences: self.consequences(first),
            unrecognised,
            target: self.target(),
            checked: None,
        }
    }

    /// Says of a text without a known cause what is known of it: who printed it, and the codes in it.
    fn unrecognised(&self) -> Vec<String> {
        let from = self
            .software()
            .map(|software| format!("this is from {software}, but no message of it that is known"));
        let codes = codes::codes(self.text.as_str());
        let named = codes.iter().take(MOST_CAUSES).map(|code| {
            let text = self.text.as_str().get(code.at.clone()).unwrap_or_default();
            format!("\"{}\" is {}, which tells too little alone", words::escape(text, MOST_QUOTED), code.name)
        });
        let known: Vec<String> = from.into_iter().chain(named).collect();
        if known.is_empty() { vec!["nothing in this text is known".to_owned()] } else { known }
    }

    /// Returns the lines that follow from the cause.
    fn consequences(&self, first: Option<usize>) -> Vec<String> {
        let Some(first) = first else { return Vec::new() };
        let decided = self.text.line(first);
        let mut lines: Vec<String> = Vec::new();
        for hit in &self.hits {
            let line = self.text.line(hit.at.start);
            let quoted = words::escape(line, MOST_QUOTED);
            if line != decided
                && hit.what.1.rank < Rank::Said
                && !lines.contains(&quoted)
                && lines.len() < MOST_CAUSES
            {
                lines.push(quoted);
            }
        }
        lines
    }

    /// Puts a cause in words.
    fn cause(&self, judged: &Judged, software: Option<&'static str>) -> Cause {
        let fact = facts::of(judged.rule);
        let peer = self.peer.as_ref().map_or_else(|| "the peer".to_owned(), |peer| peer.host.clone());
        let server = if self.end == Some(End::Server) { "this server".to_owned() } else { peer.clone() };
        let server = if server == "the peer" { "the server".to_owned() } else { server };
        let mut evidence = BTreeMap::new();
        let (title, general) = match judged.plain {
            Some(cause) => {
                evidence.insert("cause", Value::from(cause));
                facts::plainly(cause)
            }
            None => fact.map_or(("", ""), |fact| (fact.title, fact.cure)),
        };
        let own =
            software.and_then(|software| Some(self.own_cure(software, know::cure(software, judged.rule)?)));
        let general = Some(general).filter(|text| !text.is_empty()).map(|text| Fix {
            for_: "any".to_owned(),
            text: text.replace("{server}", &server).replace("{peer}", &peer),
            commands: Vec::new(),
            config: None,
        });
        let is_fault = judged.plain.is_none() && judged.rule != "benign";
        Cause {
            rule: judged.rule,
            certainty: judged.certainty,
            at: judged.at,
            transient: judged.transient,
            severity: fact.map_or(Severity::Note, |fact| fact.severity),
            decided_by: judged
                .decided
                .map(|at| words::escape(self.text.line(at), MOST_QUOTED))
                .unwrap_or_default(),
            title: capital(&title.replace("{server}", &server).replace("{peer}", &peer)),
            evidence,
            fixes: own.into_iter().chain(general).collect(),
            check: self.target().filter(|_| is_fault).map(|target| format!("mailmedic check {target}")),
        }
    }

    /// Writes what cures a fault in the settings of the software; `HOST` in a command is the other side.
    fn own_cure(&self, software: &str, cure: &know::Remedy) -> Fix {
        let host = self.peer.as_ref().map_or("HOST", |peer| &peer.host);
        Fix {
            for_: software.to_owned(),
            text: cure.text.to_owned(),
            commands: cure.commands.iter().map(|command| command.replace("HOST", host)).collect(),
            config: cure.config.map(str::to_owned),
        }
    }

    /// Writes the peer as a target of `mailmedic check`, where it is a server.
    fn target(&self) -> Option<String> {
        let peer = self.peer.as_ref().filter(|peer| !peer.is_local() && self.end != Some(End::Server))?;
        let (scheme, usual) = match (peer.port, self.role) {
            (Some(465), _) => ("submissions", 465),
            (Some(587), _) => ("submission", 587),
            (Some(993), _) => ("imaps", 993),
            (Some(143), _) => ("imap", 143),
            (Some(995), _) => ("pop3s", 995),
            (Some(110), _) => ("pop3", 110),
            (Some(port), _) => ("smtp", port),
            (None, Some(Role::ImapClient)) => ("imaps", 993),
            (None, Some(Role::SmtpClient | Role::Bounce)) => ("smtp", 25),
            (None, _) => return Some(format!("--host {}", peer.host)),
        };
        let host = if peer.host.contains(':') { format!("[{}]", peer.host) } else { peer.host.clone() };
        Some(format!("{scheme}://{host}:{usual}"))
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let host = text.split([' ', '\'']).next().is_some_and(|word| word.contains('.') && !word.ends_with('.'));
    match chars.next() {
        Some(first) if !host => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}
