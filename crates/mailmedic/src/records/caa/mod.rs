//! CAA: which CAs may issue certificates for a name (RFC 8659, RFC 8657).

mod issuers;

pub use issuers::{Issuer, is_known, issuer_of};

use super::{Answers, Family, Look, Missing, Shown, mta_sts};
use crate::name::{Host, Name};
use crate::observation::{DnsData, DnsType};
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "caa",
    wants: |answers, look| {
        for host in hosts(answers, look) {
            let _ = relevant(answers, &host);
            // For a wildcard the name above it counts.
            let _ = above(&host).map(|parent| relevant(answers, &parent));
        }
    },
    shows: |answers, look| {
        let mut rows: Vec<Shown> = Vec::new();
        let mut is_open = false;
        for host in hosts(answers, look) {
            match relevant(answers, &host) {
                Ok(Some(set)) => {
                    let Some(row) = Shown::of(answers, FAMILY.name, &set.owner, DnsType::Caa) else {
                        continue;
                    };
                    let shown = row.with(set.lines(), format!("{}: {}", set.owner, set.summary()));
                    rows.extend(Some(shown).filter(|row| rows.iter().all(|known| known.name != row.name)));
                }
                Ok(None) => is_open = true,
                Err(_) => {}
            }
        }
        if rows.is_empty() && is_open {
            // Nothing was found as far up as one may look, so the domain itself has none either.
            let none = Shown::of(answers, FAMILY.name, look.domain, DnsType::Caa);
            rows.extend(none.map(|row| row.with(Vec::new(), "every CA may issue")));
        }
        rows
    },
};

/// The records that count for a name (RFC 8659 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaaSet<'a> {
    /// The name that has them: the name itself, or the closest one above it that has any.
    pub owner: Name,
    /// The records.
    pub records: Vec<Caa<'a>>,
}

/// One record (RFC 8659 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caa<'a> {
    /// Whether a CA that does not know the property must not issue.
    pub is_critical: bool,
    /// The property.
    pub tag: &'a str,
    /// Its value.
    pub value: &'a str,
}

/// Whether a CA may issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Nothing forbids it; what accounts and methods may be used is not looked at (RFC 8657).
    Allowed,
    /// Records name CAs, and not this one.
    NotNamed,
    /// A critical property of this name that CAs do not know (RFC 8659 §4.5).
    Critical(String),
}

/// Returns the records that count for a name; none where there are none up to the top. What was not asked for yet is wanted
/// then.
///
/// # Errors
/// Says why it cannot be told. Without an answer no CA issues (RFC 8659 §3).
pub fn relevant<'a>(answers: &Answers<'a>, name: &Name) -> Result<Option<CaaSet<'a>>, Missing> {
    let mut at = Some(name.clone());
    for _ in 0..MOST_LABELS {
        let Some(owner) = at else { return Ok(None) };
        let records = answers.records(&owner, DnsType::Caa)?;
        if !records.is_empty() {
            let records = records.iter().filter_map(Caa::read).collect();
            return Ok(Some(CaaSet { owner, records }));
        }
        at = above(&owner);
    }
    Err(Missing::Failed(format!("{name} has too many labels")))
}

impl<'a> CaaSet<'a> {
    /// Tells whether a CA may issue, for a name or for a wildcard (RFC 8659 §4.2, §4.3).
    pub fn permits(&self, issuer: &Issuer, is_wildcard: bool) -> Permission {
        let unknown = self.records.iter().find(|record| record.is_critical && !record.is_known());
        if let Some(record) = unknown {
            return Permission::Critical(words::escape(record.tag, MOST_OF_TAG));
        }
        let named = self.named(is_wildcard);
        match named.is_empty() || named.iter().flatten().any(|domain| issuer.is_named(domain)) {
            true => Permission::Allowed,
            false => Permission::NotNamed,
        }
    }

    /// Returns the records as they stand in a zone file.
    pub fn lines(&self) -> Vec<String> {
        self.records.iter().map(Caa::line).collect()
    }

    /// Says who may issue.
    fn summary(&self) -> String {
        let plain = who(&self.named(false));
        let has_wildcards = self.records.iter().any(|record| record.tag.eq_ignore_ascii_case("issuewild"));
        match has_wildcards {
            true => format!("{plain} may issue, {} for wildcards", who(&self.named(true))),
            false => format!("{plain} may issue"),
        }
    }

    /// Returns the CAs of the records that count; a record that names none forbids. Without records every CA may.
    fn named(&self, is_wildcard: bool) -> Vec<Option<&'a str>> {
        let of = |tag: &str| -> Vec<Option<&'a str>> {
            let tagged = self.records.iter().filter(|record| record.tag.eq_ignore_ascii_case(tag));
            tagged.map(|record| domain(record.value)).collect()
        };
        let wild = if is_wildcard { of("issuewild") } else { Vec::new() };
        if wild.is_empty() { of("issue") } else { wild }
    }
}

impl<'a> Caa<'a> {
    fn read(data: &'a DnsData) -> Option<Self> {
        match data {
            DnsData::Caa { critical, tag, value } => Some(Self { is_critical: *critical, tag, value }),
            _ => None,
        }
    }

    fn is_known(&self) -> bool {
        KNOWN.iter().any(|known| known.eq_ignore_ascii_case(self.tag))
    }

    /// Writes it as in a zone file: `0 issue "letsencrypt.org"`.
    fn line(&self) -> String {
        let flags = if self.is_critical { 128 } else { 0 };
        let value = words::escape(self.value, MOST_OF_VALUE).replace('"', "\\\"");
        format!("{flags} {} \"{value}\"", words::escape(self.tag, MOST_OF_TAG))
    }
}

/// Returns the domain of a CA in a value; none if it names none, which forbids (RFC 8659 §4.2).
fn domain(value: &str) -> Option<&str> {
    let domain = value.split(';').next().unwrap_or_default().trim();
    (!domain.is_empty() && Name::new(domain).is_ok()).then_some(domain)
}

fn who(named: &[Option<&str>]) -> String {
    let mut domains: Vec<&str> = named.iter().flatten().copied().collect();
    domains.dedup();
    match (named.is_empty(), domains.is_empty()) {
        (true, _) => "every CA".to_owned(),
        (false, true) => "no CA".to_owned(),
        (false, false) => words::list(&domains),
    }
}

/// Returns the hosts whose certificates matter: mail exchangers, the host of the MTA-STS policy, and what the domain tells mail clients; only where the look
/// is worth so many questions.
fn hosts(answers: &Answers<'_>, look: &Look<'_>) -> Vec<Name> {
    if !look.is_thorough() {
        return Vec::new();
    }
    let mut hosts = look.exchangers(answers);
    // Without a certificate of its own the host of an MTA-STS policy serves none.
    if let Ok(Ok(Some(_))) = mta_sts::record_of(answers, look) {
        hosts.extend(mta_sts::host(look.domain));
    }
    for told in look.told.iter().filter_map(|told| told.host.as_deref()) {
        if let Ok(Host::Name(host)) = Host::new(told)
            && !hosts.contains(&host)
        {
            hosts.push(host);
        }
    }
    hosts.truncate(MOST_HOSTS);
    hosts
}

/// Returns the name above another; none where that is a top-level domain or nothing. CAs look there too, and registries that
/// sell names publish no such records.
pub fn above(name: &Name) -> Option<Name> {
    let above = name.as_ascii().split_once('.')?.1;
    above.contains('.').then(|| Name::new(above).ok())?
}

/// Properties that CAs know (IANA's registry of CAA properties).
const KNOWN: [&str; 7] =
    ["issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"];

/// Hosts whose records are looked for.
const MOST_HOSTS: usize = 24;

/// Labels that are climbed.
const MOST_LABELS: usize = 16;

/// The most of a property's name and value that is shown.
const MOST_OF_TAG: usize = 32;
const MOST_OF_VALUE: usize = 300;

#[cfg(test)]
mod tests {
    use super::{Caa, CaaSet, FAMILY, Permission, issuer_of, relevant};
    use crate::name::Name;
    use crate::observation::{Depth, DnsAnswer, DnsData, DnsLook, DnsOutcome, DnsState, DnsType};
    use crate::records::{Answers, Look, Missing, open_questions};

    fn answer(name: &str, records: &[(&str, &str)]) -> DnsAnswer {
        let records: Vec<DnsData> = records
            .iter()
            .map(|(tag, value)| DnsData::Caa {
                critical: false,
                tag: (*tag).to_owned(),
                value: (*value).to_owned(),
            })
            .collect();
        let outcome = match records.is_empty() {
            true => DnsOutcome::NoData,
            false => DnsOutcome::Found { aliases: Vec::new(), records },
        };
        let (name, kind) = (Name::new(name).unwrap(), DnsType::Caa);
        DnsAnswer { name, kind, outcome, state: DnsState::Secure, evidence: Default::default() }
    }

    fn permits(records: &[(&str, &str)], is_wildcard: bool) -> Permission {
        let records = records.iter().map(|(tag, value)| Caa { is_critical: false, tag, value }).collect();
        let set = CaaSet { owner: Name::new("example.org").unwrap(), records };
        set.permits(issuer_of("O=Let's Encrypt").unwrap(), is_wildcard)
    }

    #[test]
    fn the_closest_records_count() {
        let host = Name::new("mx.example.org").unwrap();
        let own = [
            answer("mx.example.org", &[("issue", "a.example")]),
            answer("example.org", &[("issue", "b.example")]),
        ];
        assert_eq!(relevant(&Answers::new(&own), &host).unwrap().unwrap().owner, host);
        let above = [answer("mx.example.org", &[]), answer("example.org", &[("issue", "b.example")])];
        let found = relevant(&Answers::new(&above), &host).unwrap().unwrap();
        assert_eq!(
            (found.owner.as_ascii(), found.lines()),
            ("example.org", vec!["0 issue \"b.example\"".to_owned()])
        );
        let none = [answer("mx.example.org", &[]), answer("example.org", &[])];
        assert_eq!(relevant(&Answers::new(&none), &host), Ok(None));
        assert_eq!(relevant(&Answers::new(&none[..1]), &host), Err(Missing::Open));
        let mut failed = above.clone();
        failed[0].outcome = DnsOutcome::Failed("SERVFAIL".into());
        assert!(matches!(relevant(&Answers::new(&failed), &host), Err(Missing::Failed(_))));
    }

    #[test]
    fn who_may_issue_follows_the_records() {
        use Permission::{Allowed, NotNamed};
        assert_eq!(permits(&[("issue", "letsencrypt.org")], false), Allowed);
        assert_eq!(permits(&[("ISSUE", " LetsEncrypt.org ; accounturi=https://x")], false), Allowed);
        assert_eq!(permits(&[("issue", "digicert.com")], false), NotNamed);
        assert_eq!(permits(&[("issue", ";")], false), NotNamed);
        assert_eq!(permits(&[("issue", "")], false), NotNamed);
        assert_eq!(permits(&[("issue", "lets encrypt")], false), NotNamed);
        assert_eq!(permits(&[("issue", ";"), ("issue", "letsencrypt.org")], false), Allowed);
        assert_eq!(permits(&[("iodef", "mailto:a@b")], false), Allowed);
        // For wildcards their own property counts, and else the other.
        let wild = [("issue", "letsencrypt.org"), ("issuewild", "digicert.com")];
        assert_eq!((permits(&wild, false), permits(&wild, true)), (Allowed, NotNamed));
        assert_eq!(permits(&[("issue", "digicert.com")], true), NotNamed);
        assert_eq!(permits(&[("issuewild", "digicert.com")], false), Allowed);
        let critical = Caa { is_critical: true, tag: "future", value: "" };
        let set = CaaSet { owner: Name::new("example.org").unwrap(), records: vec![critical] };
        let permission = set.permits(issuer_of("O=Let's Encrypt").unwrap(), false);
        assert_eq!(permission, Permission::Critical("future".into()));
    }

    #[test]
    fn it_is_asked_only_where_servers_are_looked_at_or_on_the_deepest_look() {
        let domain = Name::new("example.org").unwrap();
        let exchange = Some("mx.example.org".to_owned());
        let records = vec![DnsData::Mx { preference: 1, exchange }];
        let mut mx = answer("example.org", &[]);
        (mx.kind, mx.outcome) = (DnsType::Mx, DnsOutcome::Found { aliases: Vec::new(), records });
        let asked = |alone, depth| {
            let wishes = DnsLook { alone, ..DnsLook::default() };
            let look = Look { domain: &domain, depth, wishes: &wishes, told: &[] };
            let open = open_questions(std::slice::from_ref(&mx), &look);
            open.iter().filter(|open| open.1 == DnsType::Caa).count()
        };
        assert_eq!(asked(true, Depth::Standard), 0);
        // The host, and the name above it for wildcards.
        assert_eq!((asked(true, Depth::Full), asked(false, Depth::Quick)), (2, 2));
    }

    #[test]
    fn who_may_issue_is_told_in_words() {
        let domain = Name::new("example.org").unwrap();
        let wishes = DnsLook::default();
        let look = Look { domain: &domain, depth: Depth::Standard, wishes: &wishes, told: &[] };
        let shown = |records: &[(&str, &str)]| {
            let exchange = Some("mx.example.org".to_owned());
            let mut mx = answer("example.org", &[]);
            let mx_records = vec![DnsData::Mx { preference: 1, exchange }];
            (mx.kind, mx.outcome) =
                (DnsType::Mx, DnsOutcome::Found { aliases: Vec::new(), records: mx_records });
            let dns = [mx, answer("mx.example.org", &[]), answer("example.org", records)];
            let rows = (FAMILY.shows)(&Answers::new(&dns), &look);
            assert_eq!(rows.len(), 1);
            rows[0].summary.clone()
        };
        assert_eq!(shown(&[]), "every CA may issue");
        assert_eq!(shown(&[("issue", "a.example; x=y")]), "example.org: a.example may issue");
        assert_eq!(
            shown(&[("issue", ";"), ("issuewild", "b.example")]),
            "example.org: no CA may issue, b.example for wildcards"
        );
    }
}
