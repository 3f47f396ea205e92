//! All about a rule: for the terminal, for scripts, and for the documentation.

use serde::{Deserialize, Serialize};

use super::text::{Page, Style, title};
use crate::finding::{Fix, Rule, Severity};

/// The word that opens a JSON list of rules.
pub const SCHEMA: &str = "mailmedic.rules/1";

/// A list of rules (`mailmedic.rules/1`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// `mailmedic.rules/1`.
    pub schema: String,
    /// The version of mailmedic.
    pub version: String,
    /// The rules, in the order of the documentation.
    pub rules: Vec<RuleReport>,
}

/// A rule with its cures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleReport {
    /// The id.
    pub id: String,
    /// One line.
    pub title: String,
    /// The worst severity that it reports.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// Who is affected and what they see.
    pub affected: String,
    /// What cures it on any server.
    pub fix: String,
    /// The cures for each server.
    pub fixes: Vec<Fix>,
    /// Sources.
    pub references: Vec<String>,
    /// The version that brought it.
    pub since: String,
}

impl RuleReport {
    /// Tells of a rule; `fixes` are the cures of the change that it proposes.
    pub fn new(rule: &Rule, fixes: Vec<Fix>) -> Self {
        Self {
            id: rule.id.to_owned(),
            title: rule.title.to_owned(),
            severity: rule.severity,
            what: rule.what.to_owned(),
            why: rule.why.to_owned(),
            affected: rule.affected.to_owned(),
            fix: rule.fix.to_owned(),
            fixes,
            references: rule.references.iter().map(|source| (*source).to_owned()).collect(),
            since: rule.since.to_owned(),
        }
    }
}

/// Writes all about one rule as text.
pub fn page(rule: &RuleReport, style: &Style) -> String {
    let mut out = Page::new(style);
    let severity = out.paint(rule.severity.name(), rule.severity);
    out.line(&format!("{}  ({severity})", rule.id));
    out.wrapped("  ", &rule.title);
    for (label, text) in
        [("what", &rule.what), ("why", &rule.why), ("whom", &rule.affected), ("cure", &rule.fix)]
    {
        out.blank();
        out.wrapped(&format!("  {label:<8}"), text);
    }
    for fix in &rule.fixes {
        out.blank();
        out.wrapped("          ", &format!("{}: {}", title(&fix.for_), fix.text));
        for line in fix.config.iter().flat_map(|config| config.lines()) {
            out.verbatim("            ", line);
        }
        for command in &fix.commands {
            out.verbatim("          ", command);
        }
    }
    if !rule.references.is_empty() {
        out.blank();
        out.wrapped("  sources ", &rule.references.join(", "));
    }
    out.line(&format!("  since   {}", rule.since));
    out.into_text()
}

/// Writes a list of rules as text, by what they are about.
pub fn list(rules: &[RuleReport], style: &Style) -> String {
    let mut out = Page::new(style);
    for (topic, rules) in by_topic(rules) {
        out.blank();
        out.line(topic);
        let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
        for rule in rules {
            let severity = format!("{:<7}", rule.severity.name());
            let start = format!("  {severity}  {:<widest$}  ", rule.id);
            let at = out.wrapped(&start, &rule.title);
            let painted = out.paint(&severity, rule.severity);
            out.replace(at + 2, severity.len(), &painted);
        }
    }
    out.blank();
    out.line("mailmedic rule ID tells all about one: what, why, whom it hurts, the cure, sources.");
    out.into_text()
}

/// Writes all about one rule as Markdown.
pub fn markdown(rule: &RuleReport) -> String {
    let mut text = format!("# `{}`\n\n**{}**: {}\n", rule.id, rule.severity.name(), rule.title);
    for (heading, paragraph) in [("What", &rule.what), ("Why", &rule.why), ("Whom it hurts", &rule.affected)]
    {
        text.push_str(&format!("\n## {heading}\n\n{paragraph}\n"));
    }
    text.push_str(&format!("\n## Cure\n\n{}\n", rule.fix));
    for fix in &rule.fixes {
        text.push_str(&format!("\n### {}\n\n{}\n", title(&fix.for_), fix.text));
        if let Some(config) = &fix.config {
            text.push_str(&format!("\n```text\n{}\n```\n", config.trim_end()));
        }
        if !fix.commands.is_empty() {
            text.push_str(&format!("\n```sh\n{}\n```\n", fix.commands.join("\n")));
        }
    }
    if !rule.references.is_empty() {
        text.push_str("\n## Sources\n\n");
        for source in &rule.references {
            text.push_str(&format!("- {source}\n"));
        }
    }
    text.push_str(&format!("\nSince version {}.\n", rule.since));
    text
}

/// Writes the list of rules as Markdown, each with a link to its page.
pub fn index(rules: &[RuleReport]) -> String {
    let mut text =
        "# Rules\n\nEach fault that mailmedic can name. Severity is the worst that a rule reports.\n"
            .to_owned();
    for (topic, rules) in by_topic(rules) {
        text.push_str(&format!("\n## {topic}\n\n| rule | severity | |\n| --- | --- | --- |\n"));
        for rule in rules {
            let title = rule.title.replace('|', "\\|");
            text.push_str(&format!("| [`{0}`]({0}.md) | {1} | {title} |\n", rule.id, rule.severity.name()));
        }
    }
    text
}

fn by_topic(rules: &[RuleReport]) -> Vec<(&'static str, Vec<&RuleReport>)> {
    TOPICS
        .iter()
        .map(|topic| (*topic, rules.iter().filter(|rule| self::topic(&rule.id) == *topic).collect()))
        .filter(|(_, rules): &(_, Vec<_>)| !rules.is_empty())
        .collect()
}

/// Tells what a rule is about from the first words of its id.
fn topic(id: &str) -> &'static str {
    let has = |starts: &[&str]| starts.iter().any(|start| id.starts_with(start));
    if has(&["cert-differs-", "cert-inactive", "clock-"]) {
        FACES
    } else if has(&["cert-"]) {
        CERTIFICATE
    } else if has(&["chain-"]) {
        CHAIN
    } else if has(&[
        "mx-", "dns", "dane-", "mta-sts-", "tls-rpt-", "spf-", "dkim-", "dmarc-", "ptr-", "helo-",
    ]) || has(&["caa-", "srv-", "autoconfig-", "client-name-"])
    {
        NAMES
    } else if has(&[
        "starttls-",
        "plaintext-",
        "login-",
        "tls-on-",
        "tls-handshake-",
        "tls-client-certificate-",
    ]) {
        UPGRADE
    } else if has(&["tls", "policy-"]) {
        TLS
    } else {
        REACH
    }
}

const REACH: &str = "Reaching the server";
const UPGRADE: &str = "Upgrading to TLS";
const TLS: &str = "TLS";
const CERTIFICATE: &str = "Certificate";
const CHAIN: &str = "Chain";
const FACES: &str = "One service, many faces";
const NAMES: &str = "Mail DNS and names";
const TOPICS: [&str; 7] = [REACH, UPGRADE, TLS, CERTIFICATE, CHAIN, FACES, NAMES];

#[cfg(test)]
mod tests {
    use super::{CERTIFICATE, FACES, NAMES, REACH, TLS, UPGRADE, topic};

    #[test]
    fn topics_follow_from_ids() {
        for (id, expected) in [
            ("cert-expired", CERTIFICATE),
            ("cert-differs-by-port", FACES),
            ("tls13-missing", TLS),
            ("tls-rpt-missing", NAMES),
            ("tls-on-starttls-port", UPGRADE),
            ("dnssec-bogus", NAMES),
            ("port-refused", REACH),
        ] {
            assert_eq!(topic(id), expected, "{id}");
        }
    }
}
