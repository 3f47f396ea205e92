//! Ranks what was found, and says it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::{self, Code, CodeKind, codes};
use super::facts;
use super::know::{self, Book, End, Hit, Rank, Row, Whose};
use super::peer::Peer;
use super::read::Text;
use crate::explanation::{At, Cause, Certainty, Cure, Explanation, Role, SCHEMA};
use crate::words;

/// The longest line that is quoted, in characters.
const MOST_QUOTED: usize = 400;
/// The most causes that are told.
const MOST_CAUSES: usize = 5;

/// Parts of the names of hosts that scan or test servers.
const SCANNERS: [&str; 8] = [
    "censys",
    "internet-census",
    "internet.nl",
    "shodan",
    "shadowserver",
    "binaryedge",
    "ssl-tools",
    "checktls",
];

/// What was found.
struct Found {
    hits: Vec<Hit<(&'static Book, &'static Row)>>,
    role: Option<Role>,
    end: Option<End>,
    peer: Option<Peer>,
    codes: Vec<Code>,
}

/// A cause before it is put in words.
struct Judged {
    rule: &'static str,
    plain: Option<&'static str>,
    at: At,
    certainty: Certainty,
    transient: Option<bool>,
    decided: Option<usize>,
}

/// Says what a message means.
pub(super) fn explain(text: &Text) -> Explanation {
    let (book, role) = know::signs(&text.lower);
    let lower = String::from_utf8_lossy(&text.lower);
    let end = role.and_then(end_of).or_else(|| end_in(&lower));
    let mut hits = know::rows(&text.lower);
    hits.retain(|hit| hit.what.1.only.is_none_or(|only| Some(only) == end));
    // Of two rows with the same words the one for this end counts.
    hits.sort_by_key(|hit| {
        let row = hit.what.1;
        (std::cmp::Reverse(row.rank), hit.at.start, row.only.is_none(), std::cmp::Reverse(hit.at.len()))
    });
    let found =
        Found { hits, role, end, peer: Peer::find(text.as_str(), &lower), codes: codes(text.as_str()) };
    let judged = found.judge();
    let printed = book.or_else(|| found.hits.first().map(|hit| hit.what.0));
    let software = printed.map(|book| book.software).filter(|software| !software.is_empty());
    let first = judged.first().and_then(|first| first.decided);
    let consequences = found.consequences(text, first);
    let unrecognised = match (judged.is_empty(), software) {
        (false, _) => Vec::new(),
        (true, Some(software)) => {
            vec![format!("this is from {software}, but no message of it that is known")]
        }
        (true, None) => vec!["nothing in this text is known".to_owned()],
    };
    Explanation {
        schema: SCHEMA,
        software,
        role,
        count: 1,
        first: None,
        last: None,
        peer: found.peer.as_ref().map(Peer::text),
        causes: judged.iter().map(|one| found.cause(one, text, software)).collect(),
        consequences,
        unrecognised,
    }
}

impl Found {
    /// Ranks the causes: the first is the answer.
    fn judge(&self) -> Vec<Judged> {
        // Words that name the cause say more than a number; a number says more than that something failed.
        let best = self.hits.first();
        if best.is_none_or(|best| best.what.1.rank < Rank::General) {
            let judged = self.coded(best.is_none());
            if !judged.is_empty() {
                return judged;
            }
        }
        let Some(best) = best else { return Vec::new() };
        let mut judged = vec![self.row(best)];
        let is_fault = !matches!(judged[0].rule, "benign" | "not-tls");
        if self.is_version_test() || (is_fault && self.is_scanner()) {
            judged[0].certainty = Certainty::Likely;
            judged[0].rule = "benign";
        }
        // What says less than the best is its consequence.
        let rank = best.what.1.rank;
        for hit in self.hits.iter().filter(|hit| hit.what.1.rank.min(Rank::Said) == rank.min(Rank::Said)) {
            let mut other = self.row(hit);
            other.certainty = other.certainty.min(Certainty::Likely);
            judged.push(other);
        }
        for rule in best.what.1.also {
            let at = At::Unknown;
            let certainty = Certainty::Possible;
            judged.push(Judged { rule, plain: None, at, certainty, transient: None, decided: None });
        }
        // Whatever the cause was: that mail went out in clear must not be missed.
        let in_clear = self.hits.iter().find(|hit| hit.what.1.rule == "sent-in-clear");
        judged.extend(in_clear.map(|hit| Judged { certainty: Certainty::Likely, ..self.row(hit) }));
        let mut told: Vec<&str> = Vec::new();
        let is_tls = judged[0].rule != "not-tls" && judged[0].rule != "benign";
        judged.retain(|one| {
            let is_new = !told.contains(&one.rule);
            // No TLS fault beside what is said to be none, and the other way round, unless the row itself allows it.
            let fits = told.is_empty()
                || one.decided.is_none()
                || is_tls == (one.rule != "not-tls" && one.rule != "benign");
            told.push(one.rule);
            is_new && fits
        });
        judged.truncate(MOST_CAUSES);
        judged
    }

    /// Judges by the codes alone, the surest first. The code of an SMTP reply tells too little beside words.
    fn coded(&self, alone: bool) -> Vec<Judged> {
        let mut judged: Vec<Judged> = Vec::new();
        for code in &self.codes {
            let Some(means) = code.means else { continue };
            if !alone && (code.kind == CodeKind::Smtp || means.rule == "benign") {
                continue;
            }
            let rule = match means.rule {
                "cert-rejected-by-peer" if self.end == Some(End::Client) => "client-certificate-rejected",
                rule => rule,
            };
            if judged.iter().any(|other| other.rule == rule) {
                continue;
            }
            judged.push(Judged {
                rule,
                plain: (rule == "not-tls").then_some(code.name),
                at: match means.whose {
                    codes::Whose::ThisSide => At::ThisSide,
                    codes::Whose::Peer => At::Peer,
                    codes::Whose::Network => At::Network,
                    codes::Whose::Unknown => At::Unknown,
                },
                certainty: match means.certainty {
                    codes::Certainty::Possible => Certainty::Possible,
                    codes::Certainty::Likely | codes::Certainty::Certain => Certainty::Likely,
                },
                transient: None,
                decided: Some(code.at.start),
            });
        }
        judged.sort_by_key(|one| std::cmp::Reverse(one.certainty));
        judged.truncate(MOST_CAUSES);
        judged
    }

    /// A client whose hellos fail by version for one reason and then for another goes through the versions, as
    /// tests and scanners do; an old client fails in one way.
    fn is_version_test(&self) -> bool {
        let of_version = |row: &Row| row.rule == "tls-version-obsolete" && row.rank >= Rank::Said;
        let refused = self.hits.iter().filter(|hit| of_version(hit.what.1)).count();
        self.end == Some(End::Server)
            && refused > 1
            && self.hits.first().is_some_and(|best| of_version(best.what.1))
    }

    /// Tells whether the client is one of those that look at servers for a living; what they break is meant.
    fn is_scanner(&self) -> bool {
        let peer = self.peer.as_ref().filter(|_| self.end == Some(End::Server));
        peer.is_some_and(|peer| SCANNERS.iter().any(|scanner| peer.host.contains(scanner)))
    }

    /// Judges a row in the light of who printed it and whom it is about.
    fn row(&self, hit: &Hit<(&'static Book, &'static Row)>) -> Judged {
        let row = hit.what.1;
        let mut judged = Judged {
            rule: row.rule,
            plain: row.plain,
            at: self.at(row.whose),
            certainty: row.certainty,
            transient: row.transient,
            decided: Some(hit.at.start),
        };
        let Some(peer) = &self.peer else {
            // Whether the issuer or the roots here are at fault shows only by whose certificate it is.
            if row.rule == "cert-untrusted" {
                judged.at = At::Unknown;
            }
            return judged;
        };
        if row.rule == "cert-name-mismatch"
            && (peer.is_address() || peer.is_local())
            && self.end != Some(End::Server)
        {
            judged.rule = if peer.is_address() { "cert-ip-address-unnamed" } else { row.rule };
            judged.at = At::ThisSide;
        }
        if peer.is_sound() {
            self.of_sound(&mut judged);
        }
        judged
    }

    /// The servers of the great providers are sound: a fault seen with them is here or between.
    fn of_sound(&self, judged: &mut Judged) {
        let (rule, at) = match judged.rule {
            _ if self.end == Some(End::Server) => (judged.rule, At::Unknown),
            "cert-untrusted" | "cert-verify-failed" | "chain-incomplete" | "benign" => {
                ("trust-store-missing", At::ThisSide)
            }
            "cert-self-signed" | "cert-name-mismatch" => ("tls-intercepted", At::Network),
            "starttls-missing" => ("starttls-stripped", At::Network),
            "not-tls" if judged.plain == Some("port-timeout") => (judged.rule, At::Network),
            _ => return,
        };
        if judged.rule != rule {
            judged.certainty = judged.certainty.min(Certainty::Likely);
        }
        (judged.rule, judged.at) = (rule, at);
    }

    fn at(&self, whose: Whose) -> At {
        match (whose, self.end) {
            (Whose::This, _) | (Whose::Server, Some(End::Server)) => At::ThisSide,
            (Whose::Peer, _) | (Whose::Server, Some(End::Client)) | (Whose::AClient, Some(End::Server)) => {
                At::Peer
            }
            (Whose::Network, _) => At::Network,
            _ => At::Unknown,
        }
    }

    /// Returns the lines that follow from the cause.
    fn consequences(&self, text: &Text, first: Option<usize>) -> Vec<String> {
        let Some(first) = first else { return Vec::new() };
        let decided = text.line(first);
        let mut lines: Vec<String> = Vec::new();
        for hit in &self.hits {
            let line = text.line(hit.at.start);
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
    fn cause(&self, judged: &Judged, text: &Text, software: Option<&'static str>) -> Cause {
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
        let own = software.and_then(|software| Some((software, know::cure(software, judged.rule)?)));
        let own = own.map(|(software, text)| Cure { r#for: software, text: text.to_owned() });
        let general = Some(general).filter(|text| !text.is_empty());
        let general = general.map(|text| Cure {
            r#for: "any",
            text: text.replace("{server}", &server).replace("{peer}", &peer),
        });
        let is_fault = judged.plain.is_none() && judged.rule != "benign";
        Cause {
            rule: judged.rule,
            certainty: judged.certainty,
            at: judged.at,
            transient: judged.transient,
            severity: fact.map_or(crate::finding::Severity::Note, |fact| fact.severity),
            decided_by: judged
                .decided
                .map(|at| words::escape(text.line(at), MOST_QUOTED))
                .unwrap_or_default(),
            title: capital(&title.replace("{server}", &server).replace("{peer}", &peer)),
            evidence,
            fixes: own.into_iter().chain(general).collect(),
            check: if is_fault { self.check() } else { None },
        }
    }

    /// Writes the command that asks the peer itself, where the peer is a server.
    fn check(&self) -> Option<String> {
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
            (None, _) => return Some(format!("mailmedic check --host {}", peer.host)),
        };
        let host = if peer.host.contains(':') { format!("[{}]", peer.host) } else { peer.host.clone() };
        Some(format!("mailmedic check {scheme}://{host}:{usual}"))
    }
}

fn end_of(role: Role) -> Option<End> {
    match role {
        Role::SmtpServer | Role::ImapServer => Some(End::Server),
        Role::SmtpClient | Role::ImapClient | Role::Mua => Some(End::Client),
        Role::Bounce | Role::Monitoring => None,
    }
}

/// The functions of OpenSSL tell which end called them.
fn end_in(lower: &str) -> Option<End> {
    let server = ["ssl_accept", "client_hello", "statem_srvr", "accept_sr", "clnt_hello"];
    let client =
        ["ssl_connect", "server_hello", "statem_clnt", "server_certificate", "process_ske", "s_client"];
    let met = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match (met(&server), met(&client)) {
        (true, false) => Some(End::Server),
        (false, true) => Some(End::Client),
        _ => None,
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
