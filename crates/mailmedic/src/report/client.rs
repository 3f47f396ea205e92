//! All about a kind of peer: for the terminal, for scripts, and for the documentation.

use serde::Serialize;

use super::text::{Page, Style};
use crate::peer::{Answer, Demand, Flaw, Kind, Names, Peer, Search, Wildcard};

/// The word that opens a JSON list of peers.
pub const SCHEMA: &str = "mailmedic.clients/1";

/// A list of peers (`mailmedic.clients/1`).
#[derive(Clone, Debug, Serialize)]
pub struct Clients {
    /// `mailmedic.clients/1`.
    pub schema: &'static str,
    /// The version of mailmedic.
    pub version: &'static str,
    /// The peers, in the order of reports.
    pub clients: Vec<ClientPage>,
}

/// A peer.
#[derive(Clone, Debug, Serialize)]
pub struct ClientPage {
    /// The id.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The lists of roots that it trusts.
    pub roots: Vec<&'static str>,
    /// What it does, fact by fact.
    pub facts: Vec<Fact>,
    /// What it does about each flaw.
    pub flaws: Vec<FlawRow>,
    /// Where the words are from.
    pub words_source: &'static str,
    /// What else is to be known.
    pub note: &'static str,
    /// Whether it was measured with the real software.
    pub measured: bool,
    /// The software with its version, or the documents.
    pub known_by: &'static str,
    /// When it was measured or read.
    pub date: &'static str,
}

/// One fact about a peer.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// What it is about: `names`.
    pub topic: &'static str,
    /// The fact.
    pub text: String,
}

/// What a peer does about a flaw.
#[derive(Clone, Debug, Serialize)]
pub struct FlawRow {
    /// The rule that tells the flaw.
    pub rule: &'static str,
    /// What is wrong.
    pub flaw: &'static str,
    /// `accept`, `warn` or `reject`.
    pub verdict: Answer,
    /// What it shows or logs, word for word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shows: Option<&'static str>,
}

impl ClientPage {
    /// Tells of a peer.
    pub fn new(peer: &Peer) -> Self {
        let row = |flaw: &Flaw| FlawRow {
            rule: flaw.rule(),
            flaw: flaw.title(),
            verdict: peer.answer(*flaw),
            shows: peer.shows(*flaw),
        };
        Self {
            id: peer.id,
            name: peer.name,
            kind: peer.kind,
            roots: peer.roots.iter().map(|store| store.name()).collect(),
            facts: facts(peer),
            // Where certificates do not count there is nothing to list.
            flaws: if checks(peer) { Flaw::ALL.iter().map(row).collect() } else { Vec::new() },
            words_source: peer.words_source,
            note: peer.note,
            measured: peer.known.measured,
            known_by: peer.known.by,
            date: peer.known.date,
        }
    }
}

/// Tells whether certificates ever count for it.
fn checks(peer: &Peer) -> bool {
    !matches!(peer.demand, Demand::Opportunistic | Demand::Encrypted)
}

fn facts(peer: &Peer) -> Vec<Fact> {
    let mut facts = vec![Fact { topic: "demands", text: demand(peer.demand).to_owned() }];
    let mut add = |topic, text: String| facts.push(Fact { topic, text });
    if checks(peer) {
        add("roots", peer.roots_note.to_owned());
        add("path", path(peer));
        add("names", names(peer));
        add("keys", keys(peer));
        if peer.timestamps {
            let text = "signed certificate timestamps are demanded of certificates of public roots";
            add("logs", text.to_owned());
        }
        for most in peer.lifetimes {
            let roots = if most.any_root { "any root" } else { "public roots" };
            add(
                "validity",
                format!("at most {} days under {roots}, for certificates from {}", most.days, most.since),
            );
        }
    }
    add("TLS", tls(peer));
    if !peer.sends_name {
        add("SNI", "it sends no server name".to_owned());
    }
    facts
}

fn demand(demand: Demand) -> &'static str {
    match demand {
        Demand::Opportunistic => "TLS where it can be had, whatever the certificate; else clear text",
        Demand::Encrypted => "TLS, whatever the certificate",
        Demand::Verified => "TLS, a trusted certificate, and the name",
        Demand::Published { dane: true, mta_sts: true, .. } => {
            "what DANE or MTA-STS of the domain demand; else TLS where it can be had"
        }
        Demand::Published { dane: true, mta_sts: false, .. } => {
            "what DANE demands; else TLS where it can be had"
        }
        Demand::Published { .. } => "what the domain's MTA-STS policy demands; else TLS where it can be had",
    }
}

fn path(peer: &Peer) -> String {
    let mut text = match peer.path.search {
        Search::All => "tries every way to a root",
        Search::FirstFit { prefers_valid: true } => {
            "takes the first issuer that fits and is in force, with no way back"
        }
        Search::FirstFit { prefers_valid: false } => "takes the first issuer that fits, with no way back",
    }
    .to_owned();
    text.push_str(", in whatever order certificates are served");
    if let Some(most) = peer.path.most_intermediates {
        text.push_str(&format!("; at most {most} intermediates"));
    }
    if peer.path.fetches {
        text.push_str("; fetches missing intermediates of public roots by their URL");
    }
    if peer.path.remembers {
        text.push_str("; has the intermediates of public roots beforehand");
    }
    text
}

fn names(peer: &Peer) -> String {
    let rules = peer.names;
    let mut text = match rules.wildcard {
        Wildcard::WholeLabel => "a wildcard stands for the whole left-most label",
        Wildcard::PartOfLabel => "a wildcard may be a part of the left-most label",
        Wildcard::AnyLabel => "a wildcard may stand in any label, for any part of it",
    }
    .to_owned();
    if rules.top_level {
        text.push_str("; *.org stands for example.org under a root of one's own");
    }
    text.push_str(if rules.common_name {
        "; without a DNS name among the alternative names the common name counts"
    } else {
        "; the common name never counts"
    });
    if !rules.underscore {
        text.push_str("; a host with an underscore cannot be verified");
    }
    if rules.next_hop {
        text.push_str("; the name must be the mail domain's or below it");
    }
    text
}

fn keys(peer: &Peer) -> String {
    let keys = peer.keys;
    let bits = |bits: u32| if bits == 0 { "any size".to_owned() } else { format!("{bits} bits and more") };
    let mut text = format!("RSA of {}", bits(keys.rsa_bits));
    if keys.issuer_rsa_bits != keys.rsa_bits {
        text.push_str(&format!(" ({} in what issues)", bits(keys.issuer_rsa_bits)));
    }
    match keys.curves {
        Names::Any => text.push_str(&format!("; curves of {}", bits(keys.curve_bits))),
        Names::Only(names) => text.push_str(&format!("; the curves {}", names.join(", "))),
    }
    text.push_str(match keys.others {
        Names::Any => "; others too",
        Names::Only([]) => "; no others",
        Names::Only(_) => "; Ed25519",
    });
    if keys.explicit_curves {
        text.push_str("; curves by their parameters too");
    }
    text
}

fn tls(peer: &Peer) -> String {
    let tls = &peer.tls;
    let mut text = format!("{} and newer", tls.oldest);
    if let Some(perhaps) = tls.perhaps {
        text.push_str(&format!(", by some settings {perhaps}"));
    }
    if tls.dh_bits > 0 {
        text.push_str(&format!("; Diffie-Hellman of {} bits and more", tls.dh_bits));
    }
    if !tls.sha1_signatures {
        text.push_str("; no signatures over SHA-1");
    }
    if !tls.cbc {
        text.push_str("; no suites in CBC mode");
    }
    text
}

/// Writes the list of peers as text.
pub fn list(peers: &[&Peer], style: &Style) -> String {
    let mut out = Page::new(style);
    let widest = peers.iter().map(|peer| peer.id.len()).max().unwrap_or_default();
    for kind in Kind::ALL {
        out.blank();
        out.line(&headline(kind));
        for peer in peers.iter().filter(|peer| peer.kind == kind) {
            let page = ClientPage::new(peer);
            let roots =
                if checks(peer) { format!("; roots: {}", page.roots.join(", ")) } else { String::new() };
            let text = format!("{}{roots}; {}", page.name, how(&page));
            out.wrapped(&format!("  {:<widest$}  ", page.id), &text);
        }
    }
    out.blank();
    out.wrapped("", "mailmedic client ID tells all about one: what it refuses, and what people see then.");
    out.into_text()
}

fn headline(kind: Kind) -> String {
    match kind {
        Kind::MailProgram => "mail programs, at submission, IMAP and POP3",
        Kind::Fetcher => "services that fetch and send for their users, at submission and POP3",
        Kind::Sender => "senders, at port 25",
        Kind::Library => "libraries, everywhere",
    }
    .to_owned()
}

fn how(page: &ClientPage) -> String {
    let how = if page.measured { "measured" } else { "documented" };
    format!("{how} {}: {}", page.date, page.known_by)
}

/// Writes all about a peer as text.
pub fn page(peer: &Peer, style: &Style) -> String {
    let page = ClientPage::new(peer);
    let mut out = Page::new(style);
    out.line(page.id);
    out.wrapped("  ", &format!("{} ({})", page.name, page.kind.name()));
    out.blank();
    for fact in &page.facts {
        out.wrapped(&format!("  {:<9} ", fact.topic), &fact.text);
    }
    out.wrapped("  note      ", page.note);
    out.wrapped("  known     ", &how(&page));
    for (answer, heading) in
        [(Answer::Reject, "refuses"), (Answer::Warn, "asks the user"), (Answer::Accept, "accepts")]
    {
        let rows: Vec<&FlawRow> = page.flaws.iter().filter(|row| row.verdict == answer).collect();
        if rows.is_empty() {
            continue;
        }
        out.blank();
        out.line(&format!("  {heading}"));
        for row in rows {
            out.wrapped("    ", &format!("{} ({})", row.flaw, row.rule));
            if let Some(shows) = row.shows.filter(|_| answer != Answer::Accept) {
                out.wrapped("      shows ", shows);
            }
        }
    }
    if !page.words_source.is_empty() {
        out.blank();
        out.wrapped("  words     ", page.words_source);
    }
    out.into_text()
}

/// Writes every peer as Markdown.
pub fn markdown(peers: &[&Peer]) -> String {
    let mut text = "# Clients\n\nWhat each kind of peer makes of a server: `verdicts` of a report, and whom a fault \
                    hurts. Measured is what the real software did; documented is what its makers say. `mailmedic \
                    client ID` prints the same.\n\n| peer | | roots | known |\n| --- | --- | --- | --- |\n"
        .to_owned();
    for peer in peers {
        let page = ClientPage::new(peer);
        let roots = if checks(peer) { page.roots.join(", ") } else { "-".to_owned() };
        let how = if page.measured { "measured" } else { "documented" };
        text.push_str(&format!(
            "| [`{0}`](#{0}) | {1} | {roots} | {how} {2} |\n",
            page.id, page.name, page.date
        ));
    }
    text.push_str(&table(peers));
    for peer in peers {
        let page = ClientPage::new(peer);
        text.push_str(&format!("\n## `{}`\n\n**{}** ({})\n\n", page.id, page.name, page.kind.name()));
        for fact in &page.facts {
            text.push_str(&format!("- {}: {}\n", fact.topic, fact.text));
        }
        text.push_str(&format!("\n{}\n\n{}.\n", page.note, capital(&how(&page))));
        let shown: Vec<&FlawRow> =
            page.flaws.iter().filter(|row| row.shows.is_some() && row.verdict != Answer::Accept).collect();
        if !shown.is_empty() {
            text.push_str(&format!("\nWords: {}.\n\n| flaw | text |\n| --- | --- |\n", page.words_source));
        }
        for row in shown {
            text.push_str(&format!(
                "| {} | {} |\n",
                row.flaw,
                row.shows.unwrap_or_default().replace('|', "\\|")
            ));
        }
    }
    text
}

/// Writes what every peer that verifies does about every flaw.
fn table(peers: &[&Peer]) -> String {
    let mut text = "\n## Flaws\n\nWhat those do that verify, where they verify; all others are lenient.\n\n\
                    | flaw | rule | refuse | ask |\n| --- | --- | --- | --- |\n"
        .to_owned();
    let verifying: Vec<&Peer> = peers.iter().copied().filter(|peer| checks(peer)).collect();
    for flaw in Flaw::ALL {
        let of = |answer: Answer| {
            let doing: Vec<&str> =
                verifying.iter().filter(|peer| peer.answer(*flaw) == answer).map(|peer| peer.id).collect();
            if doing.len() == verifying.len() { "all".to_owned() } else { doing.join(", ") }
        };
        text.push_str(&format!(
            "| {} | `{}` | {} | {} |\n",
            flaw.title(),
            flaw.rule(),
            of(Answer::Reject),
            of(Answer::Warn)
        ));
    }
    text
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{ClientPage, list, markdown, page};
    use crate::client::PEERS;
    use crate::peer::{Answer, Flaw};
    use crate::report::text::Style;

    #[test]
    fn the_list_names_every_peer_and_how_it_is_known() {
        let text = list(PEERS, &Style::default());
        for peer in PEERS {
            assert!(text.contains(&format!("  {} ", peer.id)), "{}", peer.id);
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("measured 2026-") && text.contains("documented 2026-"));
    }

    #[test]
    fn a_page_tells_every_flaw_with_the_words() {
        for peer in PEERS {
            let text = page(peer, &Style { width: 2000, ..Style::default() });
            assert!(text.contains(peer.note) && text.contains(peer.known.by), "{}", peer.id);
            let told = ClientPage::new(peer);
            for row in &told.flaws {
                assert!(text.contains(row.flaw));
                assert!(row.verdict == Answer::Accept || row.shows.is_none_or(|shows| text.contains(shows)));
            }
        }
    }

    #[test]
    fn the_documentation_has_every_flaw() {
        let text = markdown(PEERS);
        assert!(Flaw::ALL.iter().all(|flaw| text.contains(flaw.title())));
    }
}
