//! Whether another host has agreed to take the reports about a domain (RFC 9990 §4), and can.

use super::record::Record;
use super::uri::Destination;
use super::walk::{Policy, Walk};
use crate::name::Name;
use crate::observation::{DnsData, DnsType};
use crate::records::{Answers, Missing, tags};

/// Whether reports about a domain go to a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The host belongs to the same organisation.
    Inside,
    /// It has agreed.
    Given {
        /// The name that says so.
        at: Name,
        /// Where it would rather have them; none where it leaves that to the domain.
        rather: Option<String>,
    },
    /// It has agreed and sends the reports on to another host, which is forbidden, so that nobody gets them.
    Misled {
        /// The name that says so.
        at: Name,
        /// The other address, as published.
        to: String,
    },
    /// It has not agreed.
    Missing {
        /// The name that would say so.
        at: Name,
    },
    /// The name that would say so is too long for DNS.
    Impossible,
}

/// Returns the hosts that a record has reports sent to, each once; those of aggregate reports first.
pub fn hosts(record: &Record) -> Vec<&Name> {
    let mut hosts: Vec<&Name> = Vec::new();
    for host in record.rua.iter().chain(&record.ruf).filter_map(|destination| destination.host.as_ref()) {
        if !hosts.contains(&host) && hosts.len() < MOST_HOSTS {
            hosts.push(host);
        }
    }
    hosts
}

/// Tells whether a host takes the reports about the domain that bears a record.
///
/// # Errors
/// Says why it cannot be told, which is no refusal.
pub fn consent(answers: &Answers<'_>, domain: &Name, host: &Name) -> Result<Consent, Missing> {
    if domain == host {
        return Ok(Consent::Inside);
    }
    let at = Name::new(&format!("{domain}._report._dmarc.{host}"));
    if let Ok(at) = &at
        && !host.is_within(domain)
        && !domain.is_within(host)
    {
        // It will be needed: put it together with the others.
        let _ = answers.texts(at);
    }
    let [ours, theirs] = [domain, host].map(|name| Walk::whole(answers, name).organisation());
    if ours? == theirs? {
        return Ok(Consent::Inside);
    }
    let Ok(at) = at else { return Ok(Consent::Impossible) };
    let texts = answers.texts(&at)?;
    let agreed: Vec<&&str> = texts.iter().filter(|text| agrees(text)).collect();
    if agreed.is_empty() {
        return Ok(Consent::Missing { at });
    }
    let rather = agreed
        .iter()
        .find_map(|text| tags::fields(text).find(|(tag, _)| *tag == "rua").and_then(|(_, value)| value));
    let rather = rather.filter(|rather| !rather.is_empty()).map(str::to_owned);
    let leaves = |list: &String| {
        list.split(',').any(|uri| {
            Destination::read(tags::trim(uri)).is_ok_and(|to| to.host.is_some_and(|other| other != *host))
        })
    };
    Ok(match rather {
        Some(to) if leaves(&to) => Consent::Misled { at, to },
        rather => Consent::Given { at, rather },
    })
}

/// Tells whether mail to a host has a chance to arrive: it has MX records, or an address without any, and no null MX
/// (RFC 5321 §5.1, RFC 7505).
///
/// # Errors
/// Says why it cannot be told.
pub fn takes_mail(answers: &Answers<'_>, host: &Name) -> Result<bool, Missing> {
    match answers.records(host, DnsType::Mx)? {
        [] => {}
        records => return Ok(!matches!(records, [DnsData::Mx { exchange: None, .. }])),
    }
    let [v4, v6] = [DnsType::A, DnsType::Aaaa].map(|kind| answers.records(host, kind));
    match (v4, v6) {
        (Ok([_, ..]), _) | (_, Ok([_, ..])) => Ok(true),
        (Err(missing), _) | (_, Err(missing)) => Err(missing),
        _ => Ok(false),
    }
}

/// Puts the questions about all hosts that a record has reports sent to.
pub(super) fn ask(answers: &Answers<'_>, policy: &Policy<'_>) {
    for host in hosts(policy.record) {
        // What comes of them is asked again by whoever shows or judges it.
        let _ = consent(answers, policy.domain, host);
        let _ = takes_mail(answers, host);
    }
}

/// Tells whether a text says yes: it is like a policy record, of which nothing but the version is needed.
fn agrees(text: &str) -> bool {
    Record::read(text).is_ok()
}

/// Hosts of one record that are looked at.
const MOST_HOSTS: usize = 10;

#[cfg(test)]
mod tests {
    use super::{Consent, consent, hosts, takes_mail};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsType};
    use crate::records::sample::{absent, failed, found, txt};
    use crate::records::{Answers, Missing, dmarc::Record};

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    /// What vendor.example says to reports about example.org, where only these texts stand.
    fn asked(records: &[DnsAnswer], host: &str) -> Result<Consent, Missing> {
        let (domain, host) = (name("example.org"), name(host));
        let mut seen = records.to_vec();
        for _ in 0..3 {
            let answers = Answers::new(&seen);
            let _ = consent(&answers, &domain, &host);
            let open = answers.into_wanted();
            seen.extend(open.iter().map(|(name, kind)| absent(name.as_ascii(), *kind)));
        }
        consent(&Answers::new(&seen), &domain, &host)
    }

    fn yes(text: &str) -> DnsAnswer {
        txt("example.org._report._dmarc.vendor.example", &[text])
    }

    #[test]
    fn hosts_of_the_same_organisation_need_no_leave() {
        assert_eq!(asked(&[], "example.org"), Ok(Consent::Inside));
        let own = txt("_dmarc.example.org", &["v=DMARC1; p=none"]);
        assert_eq!(asked(std::slice::from_ref(&own), "reports.example.org"), Ok(Consent::Inside));
        // A part that calls itself an organisation is another one.
        let cut = txt("_dmarc.reports.example.org", &["v=DMARC1; p=none; psd=n"]);
        assert!(matches!(asked(&[own, cut], "reports.example.org"), Ok(Consent::Missing { .. })));
    }

    #[test]
    fn others_must_say_yes() {
        let at = name("example.org._report._dmarc.vendor.example");
        assert_eq!(asked(&[], "vendor.example"), Ok(Consent::Missing { at: at.clone() }));
        assert_eq!(asked(&[yes("something")], "vendor.example"), Ok(Consent::Missing { at: at.clone() }));
        let given = Consent::Given { at: at.clone(), rather: None };
        assert_eq!(asked(&[yes("v=DMARC1;")], "vendor.example"), Ok(given.clone()));
        assert_eq!(asked(&[yes("v=DMARC1")], "vendor.example"), Ok(given));
        let rather = yes("v=DMARC1; rua=mailto:other@vendor.example");
        assert!(matches!(asked(&[rather], "vendor.example"), Ok(Consent::Given { rather: Some(_), .. })));
        let misled = yes("v=DMARC1; rua=mailto:other@third.example");
        assert!(matches!(asked(&[misled], "vendor.example"), Ok(Consent::Misled { .. })));
    }

    #[test]
    fn a_failure_is_no_refusal() {
        let silent = failed("example.org._report._dmarc.vendor.example", DnsType::Txt);
        assert!(matches!(asked(&[silent], "vendor.example"), Err(Missing::Failed(_))));
        let above = failed("_dmarc.example", DnsType::Txt);
        assert!(matches!(asked(&[yes("v=DMARC1"), above], "vendor.example"), Err(Missing::Failed(_))));
    }

    #[test]
    fn a_name_that_is_too_long_cannot_agree() {
        let long = vec!["a".repeat(60); 4].join(".");
        assert_eq!(asked(&[], &long), Ok(Consent::Impossible));
    }

    #[test]
    fn a_host_takes_mail_by_mx_or_address() {
        let host = name("vendor.example");
        let takes = |seen: &[DnsAnswer]| takes_mail(&Answers::new(seen), &host);
        let mx = |exchange: Option<&str>| {
            let data = DnsData::Mx { preference: 0, exchange: exchange.map(str::to_owned) };
            found("vendor.example", DnsType::Mx, vec![data])
        };
        assert_eq!(takes(&[mx(Some("mx.vendor.example"))]), Ok(true));
        assert_eq!(takes(&[mx(None)]), Ok(false));
        let no = |kind| absent("vendor.example", kind);
        assert_eq!(takes(&[no(DnsType::Mx), no(DnsType::A), no(DnsType::Aaaa)]), Ok(false));
        let address = found("vendor.example", DnsType::A, vec![DnsData::Address([192, 0, 2, 7].into())]);
        assert_eq!(takes(&[no(DnsType::Mx), address]), Ok(true));
        assert_eq!(takes(&[no(DnsType::Mx)]), Err(Missing::Open));
        assert!(takes(&[failed("vendor.example", DnsType::Mx)]).is_err());
    }

    #[test]
    fn every_host_is_asked_once() {
        let record = Record::read(
            "v=DMARC1; p=none; rua=mailto:a@v.example,mailto:b@v.example,https://w.example; ruf=mailto:c@x.example",
        );
        let record = record.unwrap();
        let hosts: Vec<&str> = hosts(&record).iter().map(|host| host.as_ascii()).collect();
        assert_eq!(hosts, ["v.example", "x.example"]);
    }
}
