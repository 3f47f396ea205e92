//! Reverse DNS of the addresses that mail comes from: PTR records, and whether the names lead back.

use std::net::IpAddr;

use super::{Answers, Family, Look, Missing, Shown};
use crate::name::Name;
use crate::observation::{DnsData, DnsType};
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "ptr",
    wants: |answers, look| {
        for sender in senders(answers, look) {
            // What is missing is wanted by looking for it.
            let _ = of(answers, sender.address);
        }
    },
    shows: |answers, look| {
        senders(answers, look).iter().filter_map(|sender| shown(answers, sender)).collect()
    },
};

/// An address from which the domain sends mail, or may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The address.
    pub address: IpAddr,
    /// Whether the user named it; else a host that takes the domain's mail has it, and most such hosts send as well.
    pub given: bool,
    /// The hosts that take mail for the domain at this address.
    pub hosts: Vec<Name>,
    /// Whether mail is almost sure to come from there: it is named, or the only host that takes mail has it.
    pub likely: bool,
}

/// What reverse DNS says of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reverse {
    /// The names that lead back to the address: what receivers ask for.
    pub confirmed: Vec<Name>,
    /// The names as published that do not, each with what became of it: `x.example has no address`.
    pub refuted: Vec<String>,
}

impl Reverse {
    /// Returns whether there is no PTR record at all.
    pub fn is_missing(&self) -> bool {
        self.confirmed.is_empty() && self.refuted.is_empty()
    }
}

/// Returns the addresses to look at: those that the user named, and those of the hosts that take mail. Addresses that have
/// no meaning on the public internet are left out.
pub fn senders(answers: &Answers<'_>, look: &Look<'_>) -> Vec<Sender> {
    let exchangers = look.exchangers(answers);
    let mut senders: Vec<Sender> = Vec::new();
    for address in &look.wishes.senders {
        if senders.iter().all(|known| known.address != *address) {
            senders.push(Sender { address: *address, given: true, hosts: Vec::new(), likely: true });
        }
    }
    for host in &exchangers {
        for address in addresses(answers, host) {
            match senders.iter_mut().find(|known| known.address == address) {
                Some(known) if known.hosts.contains(host) => {}
                Some(known) => known.hosts.push(host.clone()),
                None => {
                    let likely = exchangers.len() == 1;
                    senders.push(Sender { address, given: false, hosts: vec![host.clone()], likely });
                }
            }
        }
    }
    senders.retain(|sender| is_public(sender.address));
    senders.truncate(MOST_SENDERS);
    senders
}

/// Returns what reverse DNS says of an address (RFC 1035 §3.5, RFC 3596 §2.5).
///
/// # Errors
/// Says why it cannot be told. That one of several names cannot be looked up does not matter if another leads back.
pub fn of(answers: &Answers<'_>, address: IpAddr) -> Result<Reverse, Missing> {
    let place = name(address).ok_or_else(|| Missing::Failed("the address has no reverse name".to_owned()))?;
    let kind = if address.is_ipv4() { DnsType::A } else { DnsType::Aaaa };
    let mut reverse = Reverse::default();
    let mut missing = None;
    for text in pointers(answers.records(&place, DnsType::Ptr)?).take(MOST_POINTERS) {
        let shown = words::escape(text, MOST_TEXT);
        let Ok(host) = Name::new(text) else {
            reverse.refuted.push(format!("\"{shown}\" is no host name"));
            continue;
        };
        match answers.records(&host, kind) {
            Ok(records) if records.contains(&DnsData::Address(address)) => reverse.confirmed.push(host),
            Ok([]) => reverse.refuted.push(format!("{shown} has no {} record", kind.name())),
            Ok(_) => reverse.refuted.push(format!("{shown} leads elsewhere")),
            Err(why) => missing = Some(why),
        }
    }
    match missing {
        Some(why) if reverse.confirmed.is_empty() => Err(why),
        _ => Ok(reverse),
    }
}

/// Returns the name that bears the PTR records of an address.
pub fn name(address: IpAddr) -> Option<Name> {
    let zone = if address.is_ipv4() { "in-addr.arpa" } else { "ip6.arpa" };
    Name::new(&format!("{}.{zone}", reversed(address))).ok()
}

/// Writes an address backwards, as it stands in names: octets of IPv4, nibbles of IPv6 (RFC 3596 §2.5, RFC 5782 §2.4).
pub fn reversed(address: IpAddr) -> String {
    let labels: Vec<String> = match address {
        IpAddr::V4(address) => address.octets().iter().rev().map(ToString::to_string).collect(),
        IpAddr::V6(address) => address
            .octets()
            .iter()
            .rev()
            .flat_map(|octet| [octet & 0xF, octet >> 4])
            .map(|nibble| format!("{nibble:x}"))
            .collect(),
    };
    labels.join(".")
}

/// Returns the part of a name that shows that nobody chose it for this host: an address in it, or a word of dial-up pools.
/// Receivers count such names against a sender.
pub fn generic_part(host: &Name, address: IpAddr) -> Option<String> {
    // The domain that somebody registered may be called anything.
    let base = host.base()?;
    let labels: Vec<&str> =
        host.as_ascii().strip_suffix(base.as_ascii())?.trim_end_matches('.').split('.').collect();
    let word = labels.iter().flat_map(|label| label.split('-')).find(|word| {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        GENERIC.contains(&bare)
    });
    if let Some(word) = word {
        return Some((*word).to_owned());
    }
    let IpAddr::V4(address) = address else { return None };
    let octets = address.octets();
    let text = labels.join(".");
    let numbers: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let same = |part: &[&str], octets: [u8; 4]| {
        part.iter().zip(octets).all(|(number, octet)| number.parse() == Ok(octet))
    };
    let [a, b, c, d] = octets;
    let written = numbers.windows(4).any(|part| same(part, octets) || same(part, [d, c, b, a]));
    written.then(|| format!("the address {address}"))
}

/// Returns whether an address has a meaning beyond a private network, so that strangers could look it up.
pub fn is_public(address: IpAddr) -> bool {
    let is_special = match address {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    };
    !is_special && !address.is_multicast()
}

fn addresses(answers: &Answers<'_>, host: &Name) -> Vec<IpAddr> {
    let records = [DnsType::A, DnsType::Aaaa].into_iter().filter_map(|kind| answers.known(host, kind));
    let addresses = records.flat_map(|answer| answer.records()).filter_map(|record| match record {
        DnsData::Address(address) => Some(*address),
        _ => None,
    });
    addresses.collect()
}

fn pointers(records: &[DnsData]) -> impl Iterator<Item = &str> {
    records.iter().filter_map(|record| match record {
        DnsData::Ptr(text) => Some(text.as_str()),
        _ => None,
    })
}

fn shown(answers: &Answers<'_>, sender: &Sender) -> Option<Shown> {
    let place = name(sender.address)?;
    let row = Shown::of(answers, FAMILY.name, &place, DnsType::Ptr)?;
    let address = sender.address;
    let Ok(records) = answers.records(&place, DnsType::Ptr) else { return Some(row) };
    let values: Vec<String> = pointers(records).map(ToOwned::to_owned).collect();
    let summary = match of(answers, address) {
        Err(why) => format!("{address}: could not tell whether its name leads back: {}", why.why()),
        Ok(reverse) if reverse.is_missing() => address.to_string(),
        Ok(reverse) if reverse.confirmed.is_empty() => {
            format!("{address}: {}", words::list(&reverse.refuted))
        }
        Ok(reverse) => {
            let names: Vec<&str> = reverse.confirmed.iter().map(Name::as_ascii).collect();
            let verb = if names.len() == 1 { "leads" } else { "lead" };
            format!("{address} is {}, which {verb} back", words::list(&names))
        }
    };
    Some(row.with(values, summary))
}

/// Words that providers give to hosts of customers that send no mail themselves.
const GENERIC: [&str; 22] = [
    "adsl",
    "broadband",
    "cable",
    "client",
    "cpe",
    "customer",
    "dhcp",
    "dial",
    "dialin",
    "dialup",
    "dsl",
    "dyn",
    "dynamic",
    "dynip",
    "fiber",
    "ftth",
    "pool",
    "ppp",
    "pppoe",
    "residential",
    "static",
    "unassigned",
];

/// Addresses that are looked at; names of one address that are looked at, as many as SPF counts (RFC 7208 §5.5).
const MOST_SENDERS: usize = 24;
const MOST_POINTERS: usize = 10;

/// A name of a stranger is cut after this many characters.
const MOST_TEXT: usize = 100;

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Reverse, generic_part, is_public, name, of, senders};
    use crate::name::Name;
    use crate::observation::{
        Depth, DnsAnswer, DnsData, DnsEvidence, DnsLook, DnsOutcome, DnsState, DnsType,
    };
    use crate::records::{Answers, Look, Missing};

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn answer(name: &str, kind: DnsType, outcome: DnsOutcome) -> DnsAnswer {
        let evidence = DnsEvidence::default();
        DnsAnswer { name: Name::new(name).unwrap(), kind, outcome, state: DnsState::Insecure, evidence }
    }

    fn found(name: &str, kind: DnsType, records: Vec<DnsData>) -> DnsAnswer {
        answer(name, kind, DnsOutcome::Found { aliases: Vec::new(), records })
    }

    fn ptr(names: &[&str]) -> DnsAnswer {
        let records = names.iter().map(|name| DnsData::Ptr((*name).to_owned())).collect();
        found("1.2.0.192.in-addr.arpa", DnsType::Ptr, records)
    }

    fn host(name: &str, at: &str) -> DnsAnswer {
        found(name, DnsType::A, vec![DnsData::Address(address(at))])
    }

    fn told(answers: &[DnsAnswer]) -> Result<Reverse, Missing> {
        of(&Answers::new(answers), address("192.0.2.1"))
    }

    #[test]
    fn addresses_are_written_backwards() {
        assert_eq!(name(address("192.0.2.1")).unwrap().as_ascii(), "1.2.0.192.in-addr.arpa");
        let six = name(address("2001:db8::567:89ab")).unwrap();
        let zone = "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
        assert_eq!(six.as_ascii(), zone);
    }

    #[test]
    fn one_name_that_leads_back_is_enough() {
        let answers = [
            ptr(&["other.example", "mail.example.org"]),
            host("other.example", "192.0.2.9"),
            host("mail.example.org", "192.0.2.1"),
        ];
        let reverse = told(&answers).unwrap();
        assert_eq!(reverse.confirmed, [Name::new("mail.example.org").unwrap()]);
        assert_eq!(reverse.refuted, ["other.example leads elsewhere"]);
        let unsure = [
            ptr(&["other.example", "mail.example.org"]),
            answer("other.example", DnsType::A, DnsOutcome::Failed("SERVFAIL".into())),
            host("mail.example.org", "192.0.2.1"),
        ];
        assert_eq!(told(&unsure).unwrap().confirmed.len(), 1);
        assert!(matches!(told(&unsure[..2]), Err(Missing::Open)));
    }

    #[test]
    fn absence_doubt_and_contradiction_are_told_apart() {
        let none = [answer("1.2.0.192.in-addr.arpa", DnsType::Ptr, DnsOutcome::NoName)];
        assert!(told(&none).unwrap().is_missing());
        let failed = answer("1.2.0.192.in-addr.arpa", DnsType::Ptr, DnsOutcome::Failed("SERVFAIL".into()));
        assert!(matches!(told(&[failed]), Err(Missing::Failed(_))));
        let gone = answer("gone.example", DnsType::A, DnsOutcome::NoName);
        let reverse = told(&[ptr(&["gone.example", "bad host"]), gone]).unwrap();
        assert_eq!(reverse.refuted, ["gone.example has no A record", "\"bad host\" is no host name"]);
        let unsure = answer("gone.example", DnsType::A, DnsOutcome::Failed("timeout".into()));
        assert!(matches!(told(&[ptr(&["gone.example"]), unsure]), Err(Missing::Failed(_))));
    }

    #[test]
    fn senders_are_those_named_and_the_hosts_that_take_mail() {
        let domain = Name::new("example.org").unwrap();
        let mx = |exchanges: &[&str]| {
            let record = |host: &&str| DnsData::Mx { preference: 1, exchange: Some((*host).to_owned()) };
            found("example.org", DnsType::Mx, exchanges.iter().map(record).collect())
        };
        let wishes = DnsLook { senders: vec![address("198.51.100.7")], ..DnsLook::default() };
        let look = Look { domain: &domain, depth: Depth::Standard, wishes: &wishes, told: &[] };
        let one = [mx(&["mx1.example"]), host("mx1.example", "192.0.2.1")];
        let likely = |answers: &[DnsAnswer]| -> Vec<(String, bool)> {
            let all = senders(&Answers::new(answers), &look);
            all.into_iter().map(|sender| (sender.address.to_string(), sender.likely)).collect()
        };
        assert_eq!(likely(&one), [("198.51.100.7".into(), true), ("192.0.2.1".into(), true)]);
        let two = [
            mx(&["mx1.example", "mx2.example"]),
            host("mx1.example", "192.0.2.1"),
            host("mx2.example", "10.0.0.1"),
        ];
        assert_eq!(likely(&two), [("198.51.100.7".into(), true), ("192.0.2.1".into(), false)]);
    }

    #[test]
    fn names_that_providers_made_up_are_recognised() {
        let part = |host: &str| generic_part(&Name::new(host).unwrap(), address("192.0.2.17"));
        assert_eq!(part("static-192-0-2-17.isp.example").as_deref(), Some("static"));
        assert_eq!(part("p17.dyn.isp.example").as_deref(), Some("dyn"));
        assert_eq!(part("dyn4.isp.example").as_deref(), Some("dyn4"));
        assert_eq!(part("vmi-17-2-0-192.hoster.example").as_deref(), Some("the address 192.0.2.17"));
        assert_eq!(part("mail17.example.org"), None);
        assert_eq!(part("mail.pool.example"), None);
        assert_eq!(part("mail.example.org"), None);
    }

    #[test]
    fn private_addresses_are_nobody_elses_business() {
        for text in
            ["10.1.2.3", "127.0.0.1", "169.254.1.1", "::1", "fd00::1", "fe80::1", "ff02::1", "0.0.0.0"]
        {
            assert!(!is_public(address(text)), "{text}");
        }
        assert!(is_public(address("192.0.2.1")) && is_public(address("2001:db8::1")));
    }
}
