//! DMARC (RFC 9989 §4.7): the policy of a domain, and the way to a strict one.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use super::{Made, Meant, Record, Step};
use crate::name::{Name, NameError};
use crate::words;

/// What receivers are asked to do with what fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// Nothing.
    None,
    /// Take it for spam.
    Quarantine,
    /// Refuse it.
    Reject,
}

impl Policy {
    /// Returns the word of the record.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
}

/// What the record is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// The policy of the domain (`p`).
    pub policy: Policy,
    /// That of its subdomains (`sp`).
    pub subdomains: Option<Policy>,
    /// That of subdomains that do not exist (`np`).
    pub nonexistent: Option<Policy>,
    /// Whether DKIM must bear the very domain (`adkim=s`).
    pub strict_dkim: bool,
    /// Whether SPF must be of the very domain (`aspf=s`).
    pub strict_spf: bool,
    /// Whether receivers are asked to apply the next weaker policy (`t=y`).
    pub testing: bool,
    /// Where daily reports go (`rua`): `mailto:` addresses or bare ones.
    pub reports_to: Vec<String>,
    /// Where reports on single messages go (`ruf`).
    pub failures_to: Vec<String>,
}

impl Wishes {
    /// Starts with a policy and nothing else.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            subdomains: None,
            nonexistent: None,
            strict_dkim: false,
            strict_spf: false,
            testing: false,
            reports_to: Vec::new(),
            failures_to: Vec::new(),
        }
    }

    /// Writes the record. The policy stands right behind the version, where receivers of RFC 7489 demand it.
    fn text(&self) -> String {
        let addresses = |list: &[String]| list.iter().map(|one| uri(one)).collect::<Vec<_>>().join(",");
        let mut tags = vec!["v=DMARC1".to_owned(), format!("p={}", self.policy.name())];
        tags.extend(self.subdomains.map(|policy| format!("sp={}", policy.name())));
        tags.extend(self.nonexistent.map(|policy| format!("np={}", policy.name())));
        tags.extend(self.testing.then(|| "t=y".to_owned()));
        tags.extend(self.strict_dkim.then(|| "adkim=s".to_owned()));
        tags.extend(self.strict_spf.then(|| "aspf=s".to_owned()));
        if !self.reports_to.is_empty() {
            tags.push(format!("rua={}", addresses(&self.reports_to)));
        }
        if !self.failures_to.is_empty() {
            tags.push(format!("ruf={}", addresses(&self.failures_to)));
        }
        tags.join("; ")
    }
}

/// Makes the record of a domain.
///
/// # Errors
/// The name of the record would be too long.
pub fn make(domain: &Name, wishes: &Wishes, ttl: u32) -> Result<Made, NameError> {
    let mut made = Made::default();
    judge(domain, wishes, &mut made);
    made.put(Record::txt(domain.under("_dmarc")?, ttl, wishes.text()), Meant::Version("v=DMARC1"));
    Ok(made)
}

/// Makes the steps from no policy to `reject`, so many days apart, and the record of the first.
///
/// # Errors
/// The name of the record would be too long.
pub fn plan(domain: &Name, wishes: &Wishes, start: Date, days: u16, ttl: u32) -> Result<Made, NameError> {
    let place = domain.under("_dmarc")?;
    let mut made = Made::default();
    judge(domain, &Wishes { policy: Policy::Reject, ..wishes.clone() }, &mut made);
    if wishes.reports_to.is_empty() {
        made.object(
            "dmarc-policy-none",
            "The plan rests on reports, and nobody is asked to send any: give --rua.",
        );
    }
    let gap: Span = i64::from(days).days();
    let mut from = start;
    for (policy, conditions) in PLAN {
        // Subdomains are not to be stricter than their domain.
        let weaker = |one: Option<Policy>| one.map(|one| one.min(policy));
        let stage = Wishes {
            policy,
            subdomains: weaker(wishes.subdomains),
            nonexistent: weaker(wishes.nonexistent),
            ..wishes.clone()
        };
        let record = Record::txt(place.clone(), ttl, stage.text());
        if policy == Policy::None {
            made.put(record.clone(), Meant::Version("v=DMARC1"));
        }
        let before_next = conditions.iter().map(|text| (*text).to_owned()).collect();
        made.steps.push(Step { from, record, before_next });
        // Dates end with the year 9999; no plan gets there.
        from = from.checked_add(gap).unwrap_or(from);
    }
    Ok(made)
}

/// Says what is wrong with wishes, and what to know.
fn judge(domain: &Name, wishes: &Wishes, made: &mut Made) {
    if wishes.reports_to.is_empty() {
        if wishes.policy == Policy::None {
            made.object("dmarc-policy-none", "p=none without rua asks receivers for nothing at all.");
        } else {
            made.remark("Without rua nobody tells you which of your own mail fails.");
        }
    }
    if wishes.testing && wishes.policy != Policy::None {
        let weaker = if wishes.policy == Policy::Reject { "quarantine" } else { "none" };
        made.remark(format!(
            "With t=y receivers of RFC 9989 apply {weaker}; older ones do not know it and apply {}.",
            wishes.policy.name()
        ));
    }
    for (tag, policy) in [("sp", wishes.subdomains), ("np", wishes.nonexistent)] {
        if policy.is_some_and(|policy| policy < wishes.policy) {
            made.remark(format!("{tag} is weaker than p: forgers will use subdomains."));
        }
    }
    if wishes.policy == Policy::Reject {
        made.remark(
            "People who write to mailing lists lose mail under p=reject where a list changes messages (RFC 9989 §7.4): \
             for their domain p=quarantine, or lists that rewrite From.",
        );
    }
    for address in wishes.reports_to.iter().chain(&wishes.failures_to) {
        match host_of(address) {
            Ok(host) => authorise(domain, &host, made),
            Err(why) => {
                let shown = words::escape(address, 80);
                made.object("dmarc-syntax", format!("{shown:?} is no address for reports: {why}."));
            }
        }
    }
}

/// Tells what another domain must publish before reports go there (RFC 9990 §4).
fn authorise(domain: &Name, host: &Name, made: &mut Made) {
    let (own, other) = (domain.as_ascii(), host.as_ascii());
    let is_under =
        |lower: &str, upper: &str| lower.strip_suffix(upper).is_some_and(|rest| rest.ends_with('.'));
    if own == other || is_under(own, other) || is_under(other, own) {
        return;
    }
    let remark = format!(
        "Reports to {other} are sent only if {other} publishes: {own}._report._dmarc.{other}. 3600 IN TXT \
         \"v=DMARC1\""
    );
    if !made.remarks.contains(&remark) {
        made.remark(remark);
    }
}

/// Returns the host of an address for reports.
fn host_of(address: &str) -> Result<Name, String> {
    let text = uri(address);
    let Some(bare) =
        text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map(|_| &text[7..])
    else {
        return Err("reports go by mail alone, to mailto: addresses".to_owned());
    };
    if bare.contains([',', ';', '!', ' ']) || !bare.is_ascii() {
        return Err("it has a character that must be written as %XX".to_owned());
    }
    let (local, host) = bare.rsplit_once('@').ok_or("it has no @")?;
    let host = host.split_once('?').map_or(host, |(host, _)| host);
    if local.is_empty() {
        return Err("nothing stands before its @".to_owned());
    }
    Name::new(host).map_err(|why| why.to_string())
}

/// Makes a URI of a bare mail address, and leaves others.
pub(super) fn uri(address: &str) -> String {
    let address = address.trim();
    if address.contains(':') || !address.contains('@') {
        address.to_owned()
    } else {
        format!("mailto:{address}")
    }
}

/// The policies of the plan, with what must be true before the next.
const PLAN: [(Policy, &[&str]); 3] = [
    (
        Policy::None,
        &[
            "Reports of two weeks or more have come, those of the large receivers among them.",
            "Every source of yours that they show passes DKIM with this domain; SPF alone does not survive forwarding.",
            "Of what still fails, nothing is yours: newsletters, invoices, tickets, printers and web forms are looked for.",
        ],
    ),
    (
        Policy::Quarantine,
        &[
            "Since the last step the reports show no source of yours as quarantined.",
            "Nobody has missed mail, and those who write to mailing lists know what p=reject does there.",
        ],
    ),
    (Policy::Reject, &["Go on reading the reports: the next new sender of yours fails at once."]),
];

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Policy, Wishes, make, plan};
    use crate::generate::Made;
    use crate::name::Name;

    fn domain() -> Name {
        Name::new("example.org").unwrap()
    }

    fn wishes(policy: Policy, reports_to: &[&str]) -> Wishes {
        Wishes { reports_to: reports_to.iter().map(|one| (*one).to_owned()).collect(), ..Wishes::new(policy) }
    }

    fn text(made: &Made) -> String {
        let line = made.records[0].line();
        line.strip_prefix("_dmarc.example.org. 3600 IN TXT ").unwrap().to_owned()
    }

    #[test]
    fn tags_stand_in_an_order_that_old_receivers_read() {
        let made = make(
            &domain(),
            &Wishes {
                subdomains: Some(Policy::Quarantine),
                nonexistent: Some(Policy::Reject),
                strict_dkim: true,
                failures_to: vec!["mailto:ruf@example.org".into()],
                ..wishes(Policy::Reject, &["dmarc@example.org", "mailto:d@r.example.org"])
            },
            3600,
        )
        .unwrap();
        assert_eq!(
            text(&made),
            "\"v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=s; rua=mailto:dmarc@example.org,\
             mailto:d@r.example.org; ruf=mailto:ruf@example.org\""
        );
        assert_eq!(made.objections, []);
        assert!(made.remarks.iter().any(|remark| remark.starts_with("sp is weaker")), "{:?}", made.remarks);
    }

    #[test]
    fn a_policy_that_does_nothing_is_objected_to() {
        let made = make(&domain(), &wishes(Policy::None, &[]), 3600).unwrap();
        assert_eq!(made.objections[0].rule, "dmarc-policy-none");
        let made = make(&domain(), &wishes(Policy::None, &["a@example.org"]), 3600).unwrap();
        assert_eq!(made.objections, []);
    }

    #[test]
    fn another_domain_must_agree_to_reports() {
        let made = make(&domain(), &wishes(Policy::None, &["a@reports.example.net"]), 3600).unwrap();
        assert!(
            made.remarks[0]
                .ends_with("example.org._report._dmarc.reports.example.net. 3600 IN TXT \"v=DMARC1\""),
            "{:?}",
            made.remarks
        );
        for own in ["a@example.org", "a@sub.example.org"] {
            assert_eq!(
                make(&domain(), &wishes(Policy::None, &[own]), 3600).unwrap().remarks,
                Vec::<String>::new()
            );
        }
    }

    #[test]
    fn addresses_that_nobody_could_use_are_objected_to() {
        for address in
            ["https://r.example/", "nobody", "@example.org", "a,b@example.org", "a@exa mple.org", "a@b!10m"]
        {
            let made = make(&domain(), &wishes(Policy::None, &[address]), 3600).unwrap();
            assert_eq!(made.objections.first().map(|one| one.rule), Some("dmarc-syntax"), "{address}");
        }
    }

    #[test]
    fn a_plan_has_days_records_and_conditions() {
        let wishes =
            Wishes { subdomains: Some(Policy::Reject), ..wishes(Policy::Reject, &["a@example.org"]) };
        let made = plan(&domain(), &wishes, date(2026, 12, 1), 28, 3600).unwrap();
        assert_eq!(text(&made), "\"v=DMARC1; p=none; sp=none; rua=mailto:a@example.org\"");
        let days: Vec<String> = made.steps.iter().map(|step| step.from.to_string()).collect();
        assert_eq!(days, ["2026-12-01", "2026-12-29", "2027-01-26"]);
        assert!(made.steps.iter().all(|step| !step.before_next.is_empty()));
        assert!(made.steps[1].record.line().contains("p=quarantine; sp=quarantine;"));
        assert!(made.steps[2].record.line().contains("p=reject; sp=reject;"));
        assert_eq!(made.records.len(), 1, "what comes later is no record for now");
        assert!(
            !plan(&domain(), &Wishes::new(Policy::Reject), date(2026, 12, 1), 28, 3600)
                .unwrap()
                .objections
                .is_empty()
        );
    }
}
