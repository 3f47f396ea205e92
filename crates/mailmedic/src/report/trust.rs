//! The lists of trusted roots, and who trusts one: for the terminal and for scripts.

use jiff::civil::Date;
use serde::Serialize;

use super::text::{Page, Style};
use crate::bytes::Fingerprint;
use crate::certificate::{Certificate, PublicKey};
use crate::trust::{self, Anchor, Fact, Standing, Store};
use crate::words;

/// The word that opens a JSON list of lists.
pub const LISTS_SCHEMA: &str = "mailmedic.trust-lists/1";

/// The word that opens a JSON account of roots.
pub const ROOTS_SCHEMA: &str = "mailmedic.trust-roots/1";

/// The compiled-in lists (`mailmedic.trust-lists/1`).
#[derive(Clone, Debug, Serialize)]
pub struct Lists {
    /// `mailmedic.trust-lists/1`.
    pub schema: &'static str,
    /// The version of mailmedic.
    pub version: &'static str,
    /// The lists.
    pub lists: Vec<ListPage>,
}

/// One list.
#[derive(Clone, Debug, Serialize)]
pub struct ListPage {
    /// Whose.
    pub name: &'static str,
    /// How many roots it holds for TLS servers.
    pub roots: usize,
    /// The day of its state.
    pub date: &'static str,
    /// Edition, package and version that it was taken from.
    pub origin: &'static str,
    /// What tells which roots it held before.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub former: &'static str,
}

/// Roots (`mailmedic.trust-roots/1`).
#[derive(Clone, Debug, Serialize)]
pub struct Roots {
    /// `mailmedic.trust-roots/1`.
    pub schema: &'static str,
    /// The version of mailmedic.
    pub version: &'static str,
    /// The roots, in the order of their fingerprints.
    pub roots: Vec<RootPage>,
}

/// A root, and how each list stands to it.
#[derive(Clone, Debug, Serialize)]
pub struct RootPage {
    /// The fingerprint of the certificate, lower-case hex.
    pub sha256: String,
    /// The subject as people read it.
    pub subject: String,
    /// The key: `RSA 4096`, `EC secp384r1`.
    pub key: String,
    /// The start of the validity.
    pub not_before: Option<String>,
    /// The end of the validity.
    pub not_after: Option<String>,
    /// How each list stands to it; nothing but `absent` for a root that no list holds or held.
    pub lists: Vec<StandingPage>,
}

/// How a list stands to a root.
#[derive(Clone, Debug, Serialize)]
pub struct StandingPage {
    /// Whose list.
    pub name: &'static str,
    /// `trusted`, `until`, `removed` or `absent`.
    pub standing: &'static str,
    /// The last day (UTC) on which the validity of what is trusted may begin, for `until`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_until: Option<String>,
    /// Since when nothing is trusted, for `removed`, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// What tells of the distrust.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourcePage>,
}

/// What tells of a distrust.
#[derive(Clone, Debug, Serialize)]
pub struct SourcePage {
    /// The fact.
    pub title: String,
    /// `issued-after` if it is about what begins after the day, `off` if about everything since the day.
    pub kind: &'static str,
    /// The day (UTC).
    pub day: String,
    /// Where it stands.
    pub source: String,
    /// The day it was read, or the day of the list.
    pub read: &'static str,
    /// Whether the code or data that decides was read, and not only what the maker writes.
    pub measured: bool,
}

impl Lists {
    /// Tells of all lists.
    pub fn new() -> Self {
        let page = |list: &trust::List| ListPage {
            name: list.store.name(),
            roots: list.count,
            date: list.date,
            origin: list.origin,
            former: list.former,
        };
        let lists = trust::lists().iter().map(page).collect();
        Self { schema: LISTS_SCHEMA, version: crate::VERSION, lists }
    }
}

impl Default for Lists {
    fn default() -> Self {
        Self::new()
    }
}

impl Roots {
    /// Tells of some roots.
    pub fn new(roots: Vec<RootPage>) -> Self {
        Self { schema: ROOTS_SCHEMA, version: crate::VERSION, roots }
    }

    /// Tells of what a list holds.
    pub fn of(store: Store) -> Self {
        let held = trust::anchors().iter().filter(|anchor| anchor.holds.has(store));
        Self::new(held.map(RootPage::of_anchor).collect())
    }
}

impl RootPage {
    /// Tells of a root that is compiled in.
    pub fn of_anchor(anchor: &Anchor) -> Self {
        Self::new(anchor.certificate(), Some(anchor))
    }

    /// Tells of a certificate: of the root that it is, or, if it is none, that no list has it.
    pub fn of_certificate(certificate: &Certificate) -> Self {
        Self::new(certificate, trust::find(&certificate.fingerprint))
    }

    fn new(certificate: &Certificate, anchor: Option<&Anchor>) -> Self {
        Self {
            sha256: certificate.fingerprint.to_string(),
            subject: certificate.subject.clone(),
            key: key(&certificate.key),
            not_before: certificate.not_before.map(|time| time.to_string()),
            not_after: certificate.not_after.map(|time| time.to_string()),
            lists: Store::EMBEDDED.iter().map(|store| StandingPage::new(*store, anchor)).collect(),
        }
    }
}

impl StandingPage {
    fn new(store: Store, anchor: Option<&Anchor>) -> Self {
        let standing = anchor.map_or(Standing::Absent, |anchor| anchor.standing(store));
        let (word, issued_until, since) = match standing {
            Standing::Trusted => ("trusted", None, None),
            Standing::Until(day) => ("until", Some(day), None),
            Standing::Removed(day) => ("removed", None, day),
            Standing::Absent => ("absent", None, None),
        };
        let facts = anchor.into_iter().flat_map(Anchor::facts).filter(|fact| fact.store == store);
        let text = |day: Option<Date>| day.map(|day| day.to_string());
        Self {
            name: store.name(),
            standing: word,
            issued_until: text(issued_until),
            since: text(since),
            sources: facts.map(|fact| SourcePage::new(&fact)).collect(),
        }
    }

    fn text(&self) -> String {
        match (self.standing, &self.issued_until, &self.since) {
            ("trusted", ..) => "trusts it".to_owned(),
            ("until", Some(day), _) => format!("trusts what is issued up to {day}, and nothing after"),
            ("removed", _, Some(day)) => format!("has not trusted it since {day}"),
            ("removed", ..) => "trusted it once and has removed it".to_owned(),
            _ => "does not have it".to_owned(),
        }
    }
}

impl SourcePage {
    fn new(fact: &Fact) -> Self {
        let list = trust::lists().iter().find(|list| list.store == fact.store);
        let kind = if fact.is_off { "off" } else { "issued-after" };
        let day = fact.day.to_string();
        match fact.source {
            Some(source) => Self {
                title: source.title.to_owned(),
                kind,
                day,
                source: source.source.to_owned(),
                read: source.read,
                measured: source.measured,
            },
            None => Self {
                title: format!("{}'s own list", fact.store.name()),
                kind,
                day,
                source: list.map_or("", |list| list.origin).to_owned(),
                read: list.map_or("", |list| list.date),
                measured: true,
            },
        }
    }
}

/// Writes the lists as text.
pub fn lists(lists: &Lists, style: &Style) -> String {
    let mut out = Page::new(style);
    out.line(&format!("{:<10}{:>5}  {:<10}  ORIGIN", "LIST", "ROOTS", "DATE"));
    for list in &lists.lists {
        out.wrapped(&format!("{:<10}{:>5}  {:<10}  ", list.name, list.roots, list.date), list.origin);
    }
    out.blank();
    out.wrapped(
        "",
        "Mozilla's list decides here whether a chain counts as trusted, with the system's own and --ca-file; the others tell \
         whom it hurts. mailmedic trust list --store NAME tells the roots of one, mailmedic trust show FINGERPRINT who \
         trusts one.",
    );
    out.into_text()
}

/// Writes roots as text, a line each.
pub fn roots(roots: &Roots, style: &Style) -> String {
    let mut out = Page::new(style);
    for root in &roots.roots {
        let end = root.not_after.as_deref().and_then(|time| time.get(..10)).unwrap_or("?");
        let start = root.sha256.get(..SHORT).unwrap_or_default();
        // One line each, for grep.
        let room = style.width.saturating_sub(SHORT + 14).max(SHORT);
        out.line(&format!("{start}  {end}  {}", words::escape(&root.subject, room)));
    }
    out.blank();
    out.line(&words::count(roots.roots.len() as u64, "root"));
    out.into_text()
}

/// Writes all about a root as text.
pub fn root(root: &RootPage, style: &Style) -> String {
    let mut out = Page::new(style);
    let day =
        |time: &Option<String>| time.as_deref().and_then(|time| time.get(..10)).unwrap_or("?").to_owned();
    out.wrapped("", &words::escape(&root.subject, MOST_CHARACTERS));
    out.verbatim("  ", &format!("sha256  {}", root.sha256));
    out.line(&format!("  key     {}", words::escape(&root.key, MOST_CHARACTERS)));
    out.line(&format!("  valid   {} to {}", day(&root.not_before), day(&root.not_after)));
    out.blank();
    for list in &root.lists {
        out.wrapped(&format!("  {:<10}", list.name), &list.text());
        for source in &list.sources {
            let how = if source.measured { "read" } else { "its own word, read" };
            let what = if source.kind == "off" { "since" } else { "of what is issued after" };
            let told =
                format!("{}, {what} {}: {} ({how} {})", source.title, source.day, source.source, source.read);
            out.wrapped("              ", &told);
        }
    }
    if root.lists.iter().all(|list| list.standing == "absent") {
        out.blank();
        out.line("No list that is compiled in has this certificate as a root.");
    }
    out.into_text()
}

/// Reads a fingerprint or the start of one, in hex of any case with or without colons: lower-case hex without colons; none
/// if it is no hex or shorter than 8 digits.
pub fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| *c != ':').map(|c| c.to_ascii_lowercase()).collect();
    let fits = (LEAST_DIGITS..=MOST_DIGITS).contains(&digits.len());
    (fits && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

fn key(key: &PublicKey) -> String {
    match key {
        PublicKey::Rsa { bits } => format!("RSA {bits}"),
        PublicKey::Ec { curve, .. } => format!("EC {curve}"),
        PublicKey::Other(name) => name.clone(),
        PublicKey::Unreadable => "unreadable".to_owned(),
    }
}

/// So many digits tell roots apart in a list, and are the fewest that are taken.
const SHORT: usize = 16;
const LEAST_DIGITS: usize = 8;
const MOST_DIGITS: usize = 2 * size_of::<Fingerprint>();
const MOST_CHARACTERS: usize = 200;

#[cfg(test)]
mod tests {
    use super::{Lists, RootPage, Roots, digits, lists, root, roots};
    use crate::certificate::Certificate;
    use crate::report::text::Style;
    use crate::trust::{self, Store};

    #[test]
    fn fingerprints_are_taken_as_programs_write_them() {
        assert_eq!(digits("96:BC:EC:06").as_deref(), Some("96bcec06"));
        assert_eq!(digits(&"aB".repeat(32)).as_deref(), Some("ab".repeat(32).as_str()));
        for wrong in ["96bcec0", "96bcec0g", "", ":::::::::", &"ab".repeat(33), "é6bcec06"] {
            assert_eq!(digits(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_list_is_told_with_its_origin() {
        let told = lists(&Lists::new(), &Style::default());
        for list in trust::lists() {
            assert!(told.contains(list.date) && told.contains(list.store.name()), "{told}");
        }
        for store in Store::EMBEDDED {
            let page = Roots::of(store);
            let told = roots(&page, &Style::default());
            assert!(told.ends_with(&format!("{} roots\n", page.roots.len())), "{told}");
        }
    }

    #[test]
    fn a_root_tells_how_each_list_stands_to_it() {
        let entrust = trust::matching("43df5774b03e7fef").next().unwrap();
        let told = root(&RootPage::of_anchor(entrust), &Style { width: 200, ..Style::default() });
        for part in [
            "sha256  43df5774b03e7fef5fe40d931a7bedf1bb2e6b42738c4e6d3841103d3aa7f339",
            "key     RSA 2048",
            "Mozilla   trusted it once and has removed it",
            "Apple     trusts what is issued up to 2024-11-15, and nothing after",
            "Mozilla's distrust of Entrust, of what is issued after 2024-11-30: NSS lib/ckfw/",
            "AffirmTrust, of what is issued after 2024-11-15: support.apple.com/121668 (its own word, read 2026-11-29)",
            "Java      trusts what is issued up to 2024-11-11, and nothing after",
        ] {
            assert!(told.contains(part), "{part}\n{told}");
        }
        let page = RootPage::of_anchor(trust::matching("9a296a5182d1d451").next().unwrap());
        assert_eq!(page.lists[0].since.as_deref(), Some("2026-04-09"));
    }

    #[test]
    fn what_is_no_root_is_said_to_be_none() {
        let page = RootPage::of_certificate(&Certificate::read(b"hostile"));
        assert!(page.lists.iter().all(|list| list.standing == "absent" && list.sources.is_empty()));
        assert!(root(&page, &Style::default()).contains("No list that is compiled in has this certificate"));
    }
}
