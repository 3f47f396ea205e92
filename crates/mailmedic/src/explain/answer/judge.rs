//! Ranks what was found in a message: the first cause is the answer.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use super::super::codes::{self, CodeKind, codes};
use super::super::know::{self, Book, End, Hit, Rank, Row, Sieve, Whose};
use super::super::peer::Peer;
use super::super::read::Text;
use crate::explanation::{At, Certainty, Role};

/// The most causes that are told.
pub(super) const MOST_CAUSES: usize = 5;

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

/// Functions of OpenSSL that only one end calls.
const FUNCTIONS: [(&str, End); 11] = [
    ("ssl_accept", End::Server),
    ("client_hello", End::Server),
    ("statem_srvr", End::Server),
    ("accept_sr", End::Server),
    ("clnt_hello", End::Server),
    ("ssl_connect", End::Client),
    ("server_hello", End::Client),
    ("statem_clnt", End::Client),
    ("server_certificate", End::Client),
    ("process_ske", End::Client),
    ("s_client", End::Client),
];

static CALLED: LazyLock<Sieve> =
    LazyLock::new(|| Sieve::new(FUNCTIONS.iter().map(|(name, _)| name.as_bytes())));

/// What was found.
pub(in crate::explain) struct Found<'t> {
    pub(in crate::explain) text: &'t Text,
    pub(super) hits: Vec<Hit<(&'static Book, &'static Row)>>,
    /// Who printed it.
    pub(super) book: Option<&'static Book>,
    /// What the side that printed it was doing.
    pub(in crate::explain) role: Option<Role>,
    /// Which end of the connection that is.
    pub(in crate::explain) end: Option<End>,
    /// The other side.
    pub(in crate::explain) peer: Option<Peer>,
}

/// A cause before it is put in words.
pub(in crate::explain) struct Judged {
    pub(in crate::explain) rule: &'static str,
    /// The plain cause of what is no TLS fault.
    pub(in crate::explain) plain: Option<&'static str>,
    pub(super) at: At,
    pub(super) certainty: Certainty,
    pub(super) transient: Option<bool>,
    /// Where in the text the words stand that decided.
    pub(super) decided: Option<usize>,
    /// Whether the other side only tests or scans.
    pub(in crate::explain) is_probe: bool,
}

impl Judged {
    /// A cause that the words of another one allow.
    pub(super) fn possible(rule: &'static str) -> Self {
        Self {
            rule,
            plain: None,
            at: At::Unknown,
            certainty: Certainty::Possible,
            transient: None,
            decided: None,
            is_probe: false,
        }
    }
}

impl<'t> Found<'t> {
    /// Looks for all that is known in a text.
    pub(in crate::explain) fn new(text: &'t Text) -> Self {
        let (book, role) = know::signs(&text.lower);
        let end = role.and_then(end_of).or_else(|| end_in(&text.lower));
        let mut hits = know::rows(&text.lower);
        hits.retain(|hit| hit.what.1.only.is_none_or(|only| Some(only) == end));
        // What a format that is known says to be harmless is no fault because of words that many use.
        let harmless = hits.iter().filter(|hit| hit.what.1.rule == "benign").map(|hit| hit.what.1.rank).max();
        hits.retain(|hit| {
            let counts = harmless.is_none_or(|rank| rank == Rank::Consequence && hit.what.1.rank > rank);
            counts || !know::is_general(hit.what.0)
        });
        // Of two rows with the same words the one for this end counts.
        hits.sort_by_key(|hit| {
            let row = hit.what.1;
            (std::cmp::Reverse(row.rank), hit.at.start, row.only.is_none(), std::cmp::Reverse(hit.at.len()))
        });
        let book = book.or_else(|| hits.first().map(|hit| hit.what.0));
        Self { text, hits, book, role, end, peer: Peer::find(text.as_str(), &text.lower) }
    }

    /// The word of the software that printed it.
    pub(in crate::explain) fn software(&self) -> Option<&'static str> {
        self.book.map(|book| book.software).filter(|software| !software.is_empty())
    }

    /// Ranks the causes: the first is the answer.
    pub(in crate::explain) fn judge(&self) -> Vec<Judged> {
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
            judged[0].is_probe = true;
        }
        // Words of a TLS fault beside it leave a doubt.
        let of_tls = |hit: &Hit<(&'static Book, &'static Row)>| {
            hit.what.1.rank > Rank::Consequence && !matches!(hit.what.1.rule, "benign" | "not-tls")
        };
        if judged[0].rule == "not-tls" && self.hits.iter().any(of_tls) {
            judged[0].certainty = judged[0].certainty.min(Certainty::Likely);
        }
        // What says less than the best is its consequence.
        let rank = best.what.1.rank;
        // Words that are a part of its words are not another cause.
        let is_part = |hit: &Hit<(&'static Book, &'static Row)>| {
            hit.at != best.at && best.at.start <= hit.at.start && hit.at.end <= best.at.end
        };
        let as_telling =
            self.hits.iter().filter(|hit| hit.what.1.rank.min(Rank::Said) == rank.min(Rank::Said));
        for hit in as_telling.filter(|hit| !is_part(hit)) {
            let mut other = self.row(hit);
            other.certainty = other.certainty.min(Certainty::Likely);
            judged.push(other);
        }
        judged.extend(best.what.1.also.iter().map(|rule| Judged::possible(rule)));
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
        for code in codes(self.text.as_str()) {
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
                is_probe: false,
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
            // Where no reason is told another word may still tell one.
            certainty: match row.rule {
                "cert-verify-failed" | "tls-handshake-failed" => row.certainty.min(Certainty::Likely),
                // No way to a root was found; it may be that the server does not send it.
                "cert-untrusted" if row.also.contains(&"chain-incomplete") => {
                    row.certainty.min(Certainty::Likely)
                }
                _ => row.certainty,
            },
            transient: row.transient,
            decided: Some(hit.at.start),
            is_probe: false,
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
}

fn end_of(role: Role) -> Option<End> {
    match role {
        Role::SmtpServer | Role::ImapServer => Some(End::Server),
        Role::SmtpClient | Role::ImapClient | Role::Mua => Some(End::Client),
        Role::Bounce | Role::Monitoring => None,
    }
}

/// The functions of OpenSSL tell which end called them.
fn end_in(lower: &[u8]) -> Option<End> {
    let (mut server, mut client) = (false, false);
    CALLED.each(lower, 0, |function, _| {
        match FUNCTIONS[function].1 {
            End::Server => server = true,
            End::Client => client = true,
        }
        if server && client { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    match (server, client) {
        (true, false) => Some(End::Server),
        (false, true) => Some(End::Client),
        _ => None,
    }
}
