//! The grade of an endpoint's TLS, from A+ to F, drawn from findings alone.
//!
//! It says how well the connection is protected once it is there, and whether peers take it. That TLS begins with
//! STARTTLS costs nothing; where it is missing altogether, there is nothing to protect. On port 25 the rules judge
//! more mildly, since weak TLS is better there than none, and so does the grade. What was not looked at costs nothing.

use serde::Serialize;

use crate::finding::Severity;

/// A grade, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grade {
    /// Nothing is protected: there is no TLS, or anybody can undo it.
    F,
    /// Somebody on the way can undo the protection with effort.
    E,
    /// Peers that verify refuse, or warn.
    D,
    /// Some clients are badly protected.
    C,
    /// Dated, and worth mending.
    B,
    /// Good.
    A,
    /// Nothing was found that could be better.
    APlus,
}

impl Grade {
    /// All grades, the best first.
    pub const ALL: [Self; 7] = [Self::APlus, Self::A, Self::B, Self::C, Self::D, Self::E, Self::F];

    /// Returns the word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::APlus => "A+",
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
        }
    }

    /// Says what it means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::APlus => "Nothing was found that could be better.",
            Self::A => "Good; something could be better still.",
            Self::B => "Dated or careless, and worth mending.",
            Self::C => "Clients that choose badly are badly protected.",
            Self::D => "Peers that verify refuse the server, or warn of it.",
            Self::E => "Somebody on the way can undo the protection with effort.",
            Self::F => "Nothing is protected: there is no TLS, or anybody can undo it.",
        }
    }
}

/// A rule that decides otherwise than its severity alone.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cap {
    /// The rule.
    pub rule: &'static str,
    /// From this severity on.
    pub severity: Severity,
    /// The best grade that is left.
    #[serde(serialize_with = "by_name")]
    pub grade: Grade,
}

fn by_name<S: serde::Serializer>(grade: &Grade, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(grade.name())
}

/// Returns the best grade that a finding leaves; none where the rule says nothing of TLS.
pub fn cap(rule: &str, severity: Severity) -> Option<Grade> {
    if !counts(rule) {
        return None;
    }
    let caps = CAPS.iter().filter(|cap| cap.rule == rule && severity >= cap.severity);
    Some(caps.map(|cap| cap.grade).min().unwrap_or_else(|| otherwise(severity)))
}

/// Returns the best grade that is left by a rule without a row of its own.
pub fn otherwise(severity: Severity) -> Grade {
    match severity {
        Severity::Error => Grade::D,
        Severity::Warning => Grade::B,
        Severity::Note => Grade::A,
    }
}

/// Tells whether a rule counts: it is about TLS, certificates or chains, and not listed as counting nothing.
pub fn counts(rule: &str) -> bool {
    let counted = COUNTED.iter().any(|start| rule.starts_with(start));
    counted && !UNCOUNTED.iter().any(|start| rule.starts_with(start))
}

/// Where a finding means that the port offers no TLS at all, so that there is a grade without a handshake.
pub fn is_without_tls(rule: &str) -> bool {
    NO_TLS.contains(&rule)
}

/// A grade with the rules that decide it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graded {
    /// The grade.
    pub grade: Grade,
    /// The rules that leave nothing better; none for an A+.
    pub because: Vec<&'static str>,
}

/// Grades an endpoint by its findings.
pub fn grade(findings: impl IntoIterator<Item = (&'static str, Severity)>) -> Graded {
    let mut graded = Graded { grade: Grade::APlus, because: Vec::new() };
    for (rule, severity) in findings {
        let Some(cap) = cap(rule, severity) else { continue };
        if cap < graded.grade {
            graded = Graded { grade: cap, because: vec![rule] };
        } else if cap == graded.grade && !graded.because.contains(&rule) {
            graded.because.push(rule);
        }
    }
    graded
}

/// Rules that decide otherwise than by their severity, the worst grades first.
pub const CAPS: &[Cap] = &[
    none("starttls-missing"),
    none("starttls-stripped"),
    none("plaintext-on-tls-port"),
    none("tls-handshake-failed"),
    none("tls-version-modern-missing"),
    f("tls-drown"),
    f("tls-heartbleed"),
    f("tls-ccs-injection"),
    f("tls-robot"),
    f("tls-winshock"),
    f("tls-ticketbleed"),
    f("cert-key-known"),
    e("tls-version-obsolete"),
    e("tls-cipher-broken"),
    e("tls-dh-weak"),
    e("tls-freak"),
    e("tls-logjam"),
    e("tls-poodle"),
    e("tls-poodle-tls"),
    e("tls-renegotiation-insecure"),
    e("starttls-injection"),
    e("login-before-tls"),
    e("cert-key-weak"),
    e("cert-signature-weak"),
    c("tls-cipher-broken"),
    c("tls-freak"),
    c("tls-logjam"),
    c("tls-poodle"),
    c("tls-poodle-tls"),
    c("tls-crime"),
    c("tls-renegotiation-insecure"),
];

/// A port without TLS, however mildly that is told.
const fn none(rule: &'static str) -> Cap {
    Cap { rule, severity: Severity::Note, grade: Grade::F }
}

const fn f(rule: &'static str) -> Cap {
    Cap { rule, severity: Severity::Warning, grade: Grade::F }
}

const fn e(rule: &'static str) -> Cap {
    Cap { rule, severity: Severity::Error, grade: Grade::E }
}

const fn c(rule: &'static str) -> Cap {
    Cap { rule, severity: Severity::Warning, grade: Grade::C }
}

/// How the ids of rules begin that count.
pub const COUNTED: &[&str] = &[
    "tls",
    "cert-",
    "chain-",
    "starttls-",
    "login-before-tls",
    "plaintext-on-tls-port",
    "autoconfig-name-uncovered",
];

/// How the ids of rules begin that count nothing though they are about TLS: they tell of DNS, of what is due soon, of
/// speed, or of taste.
pub const UNCOUNTED: &[&str] = &[
    "tls-rpt-",
    "cert-expires-soon",
    "cert-renewal-overdue",
    "cert-usage-client-missing",
    "cert-key-oversized",
    "cert-differs-by-address",
    "cert-differs-by-key-type",
    "cert-differs-by-port",
    "cert-revocation-unreachable",
    "chain-misordered",
    "chain-root-included",
    "chain-superfluous",
];

/// Rules that say that the port offers no TLS.
const NO_TLS: &[&str] = &[
    "starttls-missing",
    "starttls-stripped",
    "plaintext-on-tls-port",
    "tls-handshake-failed",
    "tls-version-modern-missing",
];

#[cfg(test)]
mod tests {
    use super::{CAPS, Grade, UNCOUNTED, cap, counts, grade, is_without_tls};
    use crate::finding::Severity::{self, Error, Note, Warning};
    use crate::rules;

    fn of(findings: &[(&'static str, Severity)]) -> &'static str {
        grade(findings.iter().copied()).grade.name()
    }

    #[test]
    fn every_step_is_reached() {
        assert_eq!(of(&[]), "A+");
        assert_eq!(of(&[("tls13-missing", Note)]), "A");
        assert_eq!(of(&[("tls-version-obsolete", Warning)]), "B");
        assert_eq!(of(&[("tls-crime", Warning)]), "C");
        assert_eq!(of(&[("cert-expired", Error)]), "D");
        assert_eq!(of(&[("tls-dh-weak", Error)]), "E");
        assert_eq!(of(&[("starttls-missing", Warning)]), "F");
    }

    #[test]
    fn the_worst_finding_decides_and_is_named() {
        let graded = grade([
            ("tls-cipher-weak", Warning),
            ("cert-untrusted", Error),
            ("cert-name-mismatch", Error),
            ("tls13-missing", Note),
        ]);
        assert_eq!((graded.grade, graded.because), (Grade::D, vec!["cert-untrusted", "cert-name-mismatch"]));
        assert!(Grade::F < Grade::E && Grade::A < Grade::APlus);
    }

    #[test]
    fn what_is_mild_on_port_25_costs_little() {
        assert_eq!(of(&[("tls-cipher-broken", Error)]), "E");
        assert_eq!(of(&[("tls-cipher-broken", Warning)]), "C");
        assert_eq!(of(&[("tls-cipher-broken", Note)]), "A");
        assert_eq!(of(&[("cert-self-signed", Warning)]), "B");
    }

    #[test]
    fn neither_dns_nor_another_policy_nor_the_calendar_counts() {
        for rule in ["mx-missing", "tls-rpt-missing", "policy-unmet", "cert-expires-soon", "reply-slow"] {
            assert_eq!(cap(rule, Error), None, "{rule}");
        }
        assert!(!is_without_tls("cert-expired") && is_without_tls("starttls-missing"));
    }

    #[test]
    fn every_row_counts_and_leaves_less_than_its_severity_would() {
        for row in CAPS {
            assert!(counts(row.rule), "{}", row.rule);
            assert!(row.grade < super::otherwise(row.severity), "{}", row.rule);
            let known = rules::find(row.rule);
            assert!(known.is_some() || LATER.contains(&row.rule), "{}", row.rule);
            assert!(known.is_none_or(|rule| rule.severity >= row.severity), "{}", row.rule);
        }
        for rule in UNCOUNTED.iter().filter(|start| !start.ends_with('-')) {
            assert!(rules::find(rule).is_some() || LATER.contains(rule), "{rule}");
        }
    }

    /// Ids that are fixed already and whose rules come from another part of the work.
    const LATER: [&str; 0] = [];
}
