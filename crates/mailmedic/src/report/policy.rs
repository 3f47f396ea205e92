//! All about a policy: for the terminal and for scripts.

use serde::Serialize;

use super::text::{Page, Style};
use crate::finding::Severity;
use crate::grade::{CAPS, COUNTED, Cap, Grade, UNCOUNTED, otherwise};
use crate::policy::{Level, MAIL, Policy};

/// The word that opens a JSON list of policies.
pub const SCHEMA: &str = "mailmedic.policies/1";

/// A list of policies (`mailmedic.policies/1`).
#[derive(Clone, Debug, Serialize)]
pub struct Policies {
    /// `mailmedic.policies/1`.
    pub schema: &'static str,
    /// The version of mailmedic.
    pub version: &'static str,
    /// The policies, the default first.
    pub policies: Vec<PolicyPage>,
}

/// A policy with its requirements.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyPage {
    /// The word for `--policy`.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Who publishes it.
    pub publisher: &'static str,
    /// The edition that is encoded.
    pub edition: &'static str,
    /// The date of that edition.
    pub date: &'static str,
    /// Where it is published.
    pub source: &'static str,
    /// What it leaves open, or what is not judged.
    pub note: &'static str,
    /// What it asks.
    pub requirements: Vec<RequirementPage>,
    /// How the grade is drawn from findings; only for the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grades: Option<GradePage>,
}

/// A requirement.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementPage {
    /// Where the policy says so.
    pub section: &'static str,
    /// `must` or `should`.
    pub level: &'static str,
    /// What it asks.
    pub requirement: &'static str,
}

/// How the grade is drawn from findings.
#[derive(Clone, Debug, Serialize)]
pub struct GradePage {
    /// Rules that decide otherwise than by their severity.
    pub caps: &'static [Cap],
    /// The best grade that a finding of another rule leaves, by severity.
    pub otherwise: Vec<(Severity, &'static str)>,
    /// How the ids of rules begin that count.
    pub counted: &'static [&'static str],
    /// How the ids of rules begin that do not count all the same.
    pub uncounted: &'static [&'static str],
}

impl PolicyPage {
    /// Tells of a policy.
    pub fn new(policy: &Policy) -> Self {
        let requirements = policy.requirements.iter().map(|one| RequirementPage {
            section: one.section,
            level: one.level.name(),
            requirement: one.text,
        });
        let by_severity = || SEVERITIES.map(|severity| (severity, otherwise(severity).name())).to_vec();
        Self {
            name: policy.name,
            title: policy.title,
            publisher: policy.publisher,
            edition: policy.edition,
            date: policy.date,
            source: policy.source,
            note: policy.note,
            requirements: requirements.collect(),
            grades: (policy.name == MAIL.name).then(|| GradePage {
                caps: CAPS,
                otherwise: by_severity(),
                counted: COUNTED,
                uncounted: UNCOUNTED,
            }),
        }
    }
}

/// Writes the list of policies as text.
pub fn list(policies: &[&Policy], style: &Style) -> String {
    let mut out = Page::new(style);
    let widest = policies.iter().map(|policy| policy.name.len()).max().unwrap_or_default();
    for policy in policies {
        let edition = match policy.edition {
            _ if policy.name == MAIL.name => String::new(),
            edition if edition.contains(policy.date) => format!(" ({edition})"),
            edition => format!(" ({edition}, {})", policy.date),
        };
        out.wrapped(&format!("{:<widest$}  ", policy.name), &format!("{}{edition}", policy.title));
    }
    out.blank();
    out.wrapped("", "mailmedic policy NAME tells what one asks, section by section.");
    out.into_text()
}

/// Writes all about a policy as text.
pub fn page(policy: &Policy, style: &Style) -> String {
    let mut out = Page::new(style);
    out.line(policy.name);
    out.wrapped("  ", policy.title);
    out.blank();
    if policy.name != MAIL.name {
        out.wrapped("  edition  ", &format!("{}, {}, {}", policy.publisher, policy.edition, policy.date));
    }
    out.wrapped("  source   ", policy.source);
    out.wrapped("  note     ", policy.note);
    if policy.name == MAIL.name {
        grades(&mut out);
        return out.into_text();
    }
    let mut section = "";
    for one in policy.requirements {
        if one.section != section {
            out.blank();
            out.line(&format!("  {}", one.section));
            section = one.section;
        }
        let level = format!("{:<6}", one.level.name());
        let at = out.wrapped(&format!("    {level}  "), one.text);
        let severity = if one.level == Level::Must { Severity::Warning } else { Severity::Note };
        let painted = out.paint(&level, severity);
        out.replace(at + 4, level.len(), &painted);
    }
    out.into_text()
}

fn grades(out: &mut Page<'_>) {
    for grade in Grade::ALL {
        out.blank();
        out.wrapped(&format!("  {:<2}  ", grade.name()), grade.meaning());
        for line in deciding(grade) {
            out.wrapped("        ", &line);
        }
    }
    out.blank();
    out.wrapped("  ", &scope());
}

/// Lists what leaves no better grade than this one.
fn deciding(grade: Grade) -> Vec<String> {
    let mut lines = Vec::new();
    for severity in SEVERITIES {
        let rows = CAPS.iter().filter(|cap| cap.grade == grade && cap.severity == severity);
        let rules: Vec<&str> = rows.map(|cap| cap.rule).collect();
        if !rules.is_empty() {
            lines.push(format!("{} of {}", at_least(severity), rules.join(", ")));
        }
        if otherwise(severity) == grade {
            lines.push(format!("{} of any other rule that counts", exactly(severity)));
        }
    }
    lines
}

fn at_least(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "any finding",
        Severity::Warning => "a warning or worse",
        Severity::Error => "an error",
    }
}

fn exactly(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "a note",
        Severity::Warning => "a warning",
        Severity::Error => "an error",
    }
}

fn scope() -> String {
    let starts = |starts: &[&str]| {
        let words: Vec<String> = starts
            .iter()
            .map(|start| {
                if start.ends_with('-') || *start == "tls" {
                    format!("{start}…")
                } else {
                    (*start).to_owned()
                }
            })
            .collect();
        words.join(", ")
    };
    format!(
        "The worst finding on an endpoint decides; the worst endpoint decides for the target. Rules that count: {}; \
         but not {}. That TLS begins with STARTTLS costs nothing, and what was not looked at costs nothing: an \
         endpoint whose TLS was not examined has no grade. --select and --ignore change nothing here.",
        starts(COUNTED),
        starts(UNCOUNTED)
    )
}

/// Writes how grades are drawn as Markdown.
pub fn grades_markdown() -> String {
    let mut text = "# Grades\n\nEach endpoint has a grade for its TLS, drawn from the findings of the policy `mail`; \
                    the worst endpoint gives the grade of the target. `mailmedic policy mail` prints this table.\n\n\
                    | grade | meaning | decided by |\n| --- | --- | --- |\n"
        .to_owned();
    for grade in Grade::ALL {
        let decided = deciding(grade).join("; ");
        text.push_str(&format!("| {} | {} | {decided} |\n", grade.name(), grade.meaning()));
    }
    text.push_str(&format!("\n{}\n", scope()));
    text
}

/// Writes every policy with its requirements as Markdown.
pub fn markdown(policies: &[&Policy]) -> String {
    let mut text =
        "# Policies\n\nWhat `--policy NAME` holds a server against, beside the rules of mailmedic. A must \
                    that is missed is a warning, a should is a note.\n"
            .to_owned();
    for policy in policies {
        text.push_str(&format!("\n## `{}`\n\n**{}**\n", policy.name, policy.title));
        if policy.name == MAIL.name {
            text.push_str(&format!("\n{} See [grades](grade.md).\n", policy.note));
            continue;
        }
        text.push_str(&format!(
            "\n{}, {}, {}: <{}>\n\n{}\n\n| section | level | requirement |\n| --- | --- | --- |\n",
            policy.publisher, policy.edition, policy.date, policy.source, policy.note
        ));
        for one in policy.requirements {
            text.push_str(&format!("| {} | {} | {} |\n", one.section, one.level.name(), one.text));
        }
    }
    text
}

/// The severities, the worst first.
const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

#[cfg(test)]
mod tests {
    use super::{PolicyPage, grades_markdown, list, page};
    use crate::grade::CAPS;
    use crate::policy::{MAIL, POLICIES};
    use crate::report::text::Style;

    #[test]
    fn the_list_names_every_policy_with_its_edition() {
        let text = list(POLICIES, &Style::default());
        for policy in POLICIES {
            assert!(text.contains(policy.name));
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let wide = list(POLICIES, &Style { width: 200, ..Style::default() });
        assert!(wide.contains("TLS of servers (revision 2, 2019-08)"), "{wide}");
    }

    #[test]
    fn a_page_tells_every_requirement_and_its_section() {
        for policy in POLICIES.iter().skip(1) {
            let text = page(policy, &Style { width: 1000, ..Style::default() });
            assert!(text.contains(policy.source) && text.contains(policy.edition));
            for one in policy.requirements {
                assert!(
                    text.contains(one.text) && text.contains(one.section),
                    "{}: {}",
                    policy.name,
                    one.text
                );
            }
        }
    }

    #[test]
    fn the_default_tells_which_rules_decide_the_grade() {
        let text = page(&MAIL, &Style { width: 1000, ..Style::default() });
        for row in CAPS {
            assert!(text.contains(row.rule) && grades_markdown().contains(row.rule), "{}", row.rule);
        }
        let json = serde_json::to_value(PolicyPage::new(&MAIL)).unwrap();
        assert_eq!(json["grades"]["caps"][0]["grade"], "F");
        assert_eq!(json["grades"]["otherwise"][0], serde_json::json!(["error", "D"]));
    }
}
