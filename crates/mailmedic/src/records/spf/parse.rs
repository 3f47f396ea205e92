//! From the text of a record to its terms (RFC 7208 §4.5, §4.6.1, §12).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::macros::MacroString;
use super::network::Network;
use super::record::{Directive, Fault, Kind, Mechanism, Modifier, Prefixes, Qualifier, Reason, Record, Term};
use crate::words;

/// Tells whether a TXT record is an SPF record: the version, then a blank or nothing (§4.5).
pub fn is_record(text: &str) -> bool {
    behind_version(text).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Tells whether a TXT record was meant to be an SPF record, and is none: `v=spf10`, a quote or a blank before it.
pub fn is_meant(text: &str) -> bool {
    let begins = |text: &str| text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("v=spf"));
    !is_record(text) && begins(text.trim_start_matches([' ', '\t', '"', '\'', '\\', '\u{feff}', '\u{a0}']))
}

/// Reads a record as far as it goes; what cannot be read is a fault, and the rest is read all the same.
pub fn parse(text: &str) -> Record {
    let mut record = Record::default();
    let (mut redirects, mut explanations) = (0, 0);
    for text in behind_version(text).unwrap_or(text).split(' ').filter(|term| !term.is_empty()) {
        match term(text) {
            Err(reason) => record.faults.push(fault(text, reason)),
            Ok(kind) => {
                let count = match &kind {
                    Kind::Modifier(Modifier::Redirect(_)) => Some((&mut redirects, "redirect=")),
                    Kind::Modifier(Modifier::Explanation(_)) => Some((&mut explanations, "exp=")),
                    _ => None,
                };
                if let Some((count, name)) = count {
                    *count += 1;
                    if *count == 2 {
                        record.faults.push(fault(text, Reason::Twice(name)));
                    }
                }
                record.terms.push(Term { text: text.to_owned(), kind });
            }
        }
    }
    record
}

fn behind_version(text: &str) -> Option<&str> {
    let (version, rest) = text.split_at_checked(VERSION.len())?;
    version.eq_ignore_ascii_case(VERSION).then_some(rest)
}

fn fault(term: &str, reason: Reason) -> Fault {
    Fault { term: words::escape(term, MOST_SHOWN), reason }
}

fn term(text: &str) -> Result<Kind, Reason> {
    if !text.is_ascii() {
        return Err(Reason::NotAscii);
    }
    if text.chars().any(|c| !c.is_ascii_graphic()) {
        return Err(Reason::ControlCharacter);
    }
    // The name of a modifier ends in "=", before any ":" or "/" (§4.6.1).
    let end = text.find([':', '/', '=']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    match rest.strip_prefix('=') {
        Some(value) => modifier(name, value).map(Kind::Modifier),
        None => directive(text).map(Kind::Directive),
    }
}

fn modifier(name: &str, value: &str) -> Result<Modifier, Reason> {
    if name.eq_ignore_ascii_case("redirect") {
        return MacroString::domain(value).map(Modifier::Redirect);
    }
    if name.eq_ignore_ascii_case("exp") {
        return MacroString::domain(value).map(Modifier::Explanation);
    }
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(is_inner) {
        return Err(Reason::ModifierName(name.to_owned()));
    }
    MacroString::value(value)?;
    Ok(Modifier::Unknown { name: name.to_owned(), value: value.to_owned() })
}

fn directive(text: &str) -> Result<Directive, Reason> {
    let (qualifier, text) = match text.split_at_checked(1) {
        Some(("+", rest)) => (Qualifier::Pass, rest),
        Some(("?", rest)) => (Qualifier::Neutral, rest),
        Some(("~", rest)) => (Qualifier::SoftFail, rest),
        Some(("-", rest)) => (Qualifier::Fail, rest),
        _ => (Qualifier::Pass, text),
    };
    let (name, rest) = text.split_at(text.find([':', '/']).unwrap_or(text.len()));
    let value = rest.strip_prefix(':');
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if rest.is_empty() => Mechanism::All,
        "all" => return Err(Reason::ValueUnexpected),
        "include" => Mechanism::Include(MacroString::domain(value.ok_or(Reason::ValueMissing)?)?),
        "exists" => Mechanism::Exists(MacroString::domain(value.ok_or(Reason::ValueMissing)?)?),
        "a" => addresses(rest).map(|(domain, prefixes)| Mechanism::A(domain, prefixes))?,
        "mx" => addresses(rest).map(|(domain, prefixes)| Mechanism::Mx(domain, prefixes))?,
        "ptr" if rest.is_empty() => Mechanism::Ptr(None),
        "ptr" => Mechanism::Ptr(Some(MacroString::domain(value.ok_or(Reason::ValueUnexpected)?)?)),
        "ip4" => Mechanism::Ip(ip4(value.ok_or(Reason::ValueMissing)?)?),
        "ip6" => Mechanism::Ip(ip6(value.ok_or(Reason::ValueMissing)?)?),
        "redirect" => return Err(Reason::ModifierAsMechanism("redirect")),
        "exp" => return Err(Reason::ModifierAsMechanism("exp")),
        _ => return Err(Reason::UnknownMechanism(words::escape(name, MOST_SHOWN))),
    };
    Ok(Directive { qualifier, mechanism })
}

/// Reads what stands behind `a` and `mx`: `:example.org/24//64`, each part of it optional.
fn addresses(rest: &str) -> Result<(Option<MacroString>, Prefixes), Reason> {
    let mut prefixes = Prefixes::default();
    let mut rest = rest;
    if let Some((before, bits)) = rest.rsplit_once("//").filter(|(_, bits)| is_number(bits)) {
        prefixes.v6 = prefix(bits, 128)?;
        rest = before;
    }
    if let Some((before, bits)) = rest.rsplit_once('/').filter(|(_, bits)| is_number(bits)) {
        prefixes.v4 = prefix(bits, 32)?;
        rest = before;
    }
    match rest.strip_prefix(':') {
        Some(domain) => Ok((Some(MacroString::domain(domain)?), prefixes)),
        None if rest.is_empty() => Ok((None, prefixes)),
        None => Err(Reason::Prefix(words::escape(rest.trim_start_matches('/'), MOST_SHOWN), 32)),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn prefix(text: &str, most: u8) -> Result<u8, Reason> {
    let is_plain = is_number(text) && (text == "0" || !text.starts_with('0'));
    let bits = text.parse().ok().filter(|bits| is_plain && *bits <= most);
    bits.ok_or_else(|| Reason::Prefix(words::escape(text, MOST_SHOWN), most))
}

fn ip4(value: &str) -> Result<Network, Reason> {
    let (address, length) = network(value, 32)?;
    match address.parse::<Ipv4Addr>() {
        Ok(address) => Ok(Network { address: IpAddr::V4(address), length }),
        Err(_) if address.parse::<Ipv6Addr>().is_ok() => Err(Reason::Ip6InIp4),
        Err(_) => Err(Reason::Ip4(words::escape(address, MOST_SHOWN))),
    }
}

fn ip6(value: &str) -> Result<Network, Reason> {
    let (address, length) = network(value, 128)?;
    match address.parse::<Ipv6Addr>() {
        Ok(address) => Ok(Network { address: IpAddr::V6(address), length }),
        Err(_) if address.parse::<Ipv4Addr>().is_ok() => Err(Reason::Ip4InIp6),
        Err(_) => Err(Reason::Ip6(words::escape(address, MOST_SHOWN))),
    }
}

/// Splits an address from its prefix; of another family than `most` belongs to, the prefix may be longer.
fn network(value: &str, most: u8) -> Result<(&str, u8), Reason> {
    match value.split_once('/') {
        None => Ok((value, most)),
        Some((address, _)) if most == 32 && address.parse::<Ipv6Addr>().is_ok() => Err(Reason::Ip6InIp4),
        Some((address, bits)) => Ok((address, prefix(bits, most)?)),
    }
}

const VERSION: &str = "v=spf1";

/// Of a foreign text in a message, in characters.
const MOST_SHOWN: usize = 80;

#[cfg(test)]
mod tests {
    use super::{is_meant, is_record, parse};
    use crate::records::spf::record::{Directive, Kind, Mechanism, Modifier, Qualifier, Reason};

    /// Reads a record of one good term.
    fn one(term: &str) -> Kind {
        let record = parse(&format!("v=spf1 {term}"));
        assert_eq!(record.faults, [], "{term}");
        assert_eq!(record.terms[0].text, term);
        record.terms[0].kind.clone()
    }

    fn mechanism(term: &str) -> Mechanism {
        match one(term) {
            Kind::Directive(Directive { mechanism, .. }) => mechanism,
            other => panic!("{term}: {other:?}"),
        }
    }

    fn reasons(record: &str) -> Vec<Reason> {
        parse(record).faults.into_iter().map(|fault| fault.reason).collect()
    }

    #[test]
    fn the_version_ends_in_a_blank_or_with_the_record() {
        for text in ["v=spf1", "v=spf1 ", "V=sPf1 +all", "v=spf1  a"] {
            assert!(is_record(text), "{text}");
            assert!(!is_meant(text), "{text}");
        }
        for text in [
            "v=spf10",
            "v=spf1\t-all",
            "v=spf1;-all",
            " v=spf1 -all",
            "\"v=spf1 -all\"",
            "v=spf2 a",
            "v=spf1-all",
        ] {
            assert!(!is_record(text), "{text}");
            assert!(is_meant(text), "{text}");
        }
        for text in ["", "spf2.0/pra -all", "v=DMARC1", "v=sp", "\u{1F980}v=spf1"] {
            assert!(!is_record(text) && !is_meant(text), "{text}");
        }
    }

    #[test]
    fn terms_stand_between_any_number_of_blanks() {
        let record = parse("v=spf1   a  -all   ");
        let texts: Vec<&str> = record.terms.iter().map(|term| term.text.as_str()).collect();
        assert_eq!(texts, ["a", "-all"]);
        assert_eq!(record.all(), Some(Qualifier::Fail));
    }

    #[test]
    fn every_mechanism_is_read_in_any_case() {
        assert_eq!(mechanism("ALL"), Mechanism::All);
        let Mechanism::Include(domain) = mechanism("Include:%{d2}") else { panic!() };
        assert_eq!(domain.as_str(), "%{d2}");
        assert!(matches!(mechanism("exists:%{i}.x.example.org."), Mechanism::Exists(_)));
        assert!(matches!(mechanism("ptr"), Mechanism::Ptr(None)));
        assert!(matches!(mechanism("PTR:example.org"), Mechanism::Ptr(Some(_))));
        for (term, v4, v6) in [("a", 32, 128), ("a/0", 0, 128), ("a//0", 32, 0), ("a/24//64", 24, 64)] {
            let Mechanism::A(None, prefixes) = mechanism(term) else { panic!("{term}") };
            assert_eq!((prefixes.v4, prefixes.v6), (v4, v6), "{term}");
        }
        for (term, domain, v4, v6) in [
            ("mx:foo:bar/baz.example.org", "foo:bar/baz.example.org", 32, 128),
            ("mx:%{l/}", "%{l/}", 32, 128),
            ("MX:x.org/32", "x.org", 32, 128),
            ("mx:x.org//128", "x.org", 32, 128),
            ("mx:x.org/8//9", "x.org", 8, 9),
        ] {
            let Mechanism::Mx(Some(read), prefixes) = mechanism(term) else { panic!("{term}") };
            assert_eq!((read.as_str(), prefixes.v4, prefixes.v6), (domain, v4, v6), "{term}");
        }
        for (term, network) in [
            ("ip4:192.0.2.7", "192.0.2.7"),
            ("IP4:192.0.2.0/24", "192.0.2.0/24"),
            ("ip4:1.1.1.1/0", "1.1.1.1/0"),
            ("ip6:2001:db8::/33", "2001:db8::/33"),
            ("ip6:::1.1.1.1/0", "::101:101/0"),
            ("ip6:::FFFF:1.2.3.4", "::ffff:1.2.3.4"),
        ] {
            let Mechanism::Ip(read) = mechanism(term) else { panic!("{term}") };
            assert_eq!(read.to_string(), network, "{term}");
        }
    }

    #[test]
    fn qualifiers_say_what_a_match_means() {
        for (term, qualifier) in [
            ("mx", Qualifier::Pass),
            ("+mx", Qualifier::Pass),
            ("-mx", Qualifier::Fail),
            ("~mx", Qualifier::SoftFail),
            ("?mx", Qualifier::Neutral),
        ] {
            let Kind::Directive(directive) = one(term) else { panic!("{term}") };
            assert_eq!(directive.qualifier, qualifier);
        }
    }

    #[test]
    fn modifiers_are_read_and_unknown_ones_kept() {
        assert!(matches!(one("REDIRECT=_spf.%{d}"), Kind::Modifier(Modifier::Redirect(_))));
        assert!(matches!(one("exp=x.example.org"), Kind::Modifier(Modifier::Explanation(_))));
        // RFC 6652 and what nobody knows.
        for term in
            ["ra=postmaster", "rp=100", "rr=all", "moo.cow-far_out=man:dog/cat", "default=+", "a=b", "x="]
        {
            assert!(matches!(one(term), Kind::Modifier(Modifier::Unknown { .. })), "{term}");
        }
    }

    #[test]
    fn every_breach_of_the_grammar_is_told() {
        let prefix = |text: &str, most| Reason::Prefix(text.to_owned(), most);
        let cases = [
            ("all.", Reason::UnknownMechanism("all.".into())),
            ("-all:foo", Reason::ValueUnexpected),
            ("all/8", Reason::ValueUnexpected),
            ("moo", Reason::UnknownMechanism("moo".into())),
            ("ipv4:192.0.2.1", Reason::UnknownMechanism("ipv4".into())),
            ("192.0.2.1", Reason::UnknownMechanism("192.0.2.1".into())),
            ("-", Reason::UnknownMechanism(String::new())),
            ("++a", Reason::UnknownMechanism("+a".into())),
            ("redirect:x.org", Reason::ModifierAsMechanism("redirect")),
            ("exp:x.org", Reason::ModifierAsMechanism("exp")),
            ("-exp=x.org", Reason::ModifierName("-exp".into())),
            ("redirect=-all", Reason::TopLabel),
            ("redirect=", Reason::DomainEmpty),
            ("exp=", Reason::DomainEmpty),
            ("exp=-all", Reason::TopLabel),
            ("1up=foo", Reason::ModifierName("1up".into())),
            ("=all", Reason::ModifierName(String::new())),
            ("foo=%abc", Reason::Macro("%abc".into())),
            ("moo.cow/far=x", Reason::UnknownMechanism("moo.cow".into())),
            ("include", Reason::ValueMissing),
            ("include:", Reason::DomainEmpty),
            ("include:x.org/24", Reason::TopLabel),
            ("exists", Reason::ValueMissing),
            ("exists:", Reason::DomainEmpty),
            ("ptr/0", Reason::ValueUnexpected),
            ("ptr:", Reason::DomainEmpty),
            ("a:", Reason::DomainEmpty),
            ("a/33", prefix("33", 32)),
            ("a//129", prefix("129", 128)),
            ("a/024", prefix("024", 32)),
            ("a/24/64", prefix("64", 32)),
            ("a/24/24", prefix("24", 32)),
            ("a/", prefix("", 32)),
            ("a:x.org/", Reason::TopLabel),
            ("a:192.0.2.1", Reason::AddressAsDomain),
            ("a:x.org:8080", Reason::TopLabel),
            ("mx:abc.123", Reason::TopLabel),
            ("mx//999999999999", prefix("999999999999", 128)),
            ("ip4", Reason::ValueMissing),
            ("ip4:", Reason::Ip4(String::new())),
            ("ip4/24", Reason::ValueMissing),
            ("ip4:192.0.2", Reason::Ip4("192.0.2".into())),
            ("ip4:192.0.2.1:25", Reason::Ip4("192.0.2.1:25".into())),
            ("ip4:192.0.02.1", Reason::Ip4("192.0.02.1".into())),
            ("ip4:192.0.2.1/33", prefix("33", 32)),
            ("ip4:192.0.2.1/032", prefix("032", 32)),
            ("ip4:192.0.2.1//32", prefix("/32", 32)),
            ("ip4:2001:db8::/32", Reason::Ip6InIp4),
            ("ip4:2001:db8::/64", Reason::Ip6InIp4),
            ("ip4:2001:db8::1", Reason::Ip6InIp4),
            ("ip6", Reason::ValueMissing),
            ("ip6:192.0.2.1", Reason::Ip4InIp6),
            ("ip6:192.0.2.0/24", Reason::Ip4InIp6),
            ("ip6::CAFE::BABE", Reason::Ip6(":CAFE::BABE".into())),
            ("ip6:::1/129", prefix("129", 128)),
            ("ip6:::1//33", prefix("/33", 128)),
            ("a:%{c}.x.org", Reason::MacroOnlyExplains('c')),
            ("a\u{7}", Reason::ControlCharacter),
            ("ip4:192.0.2.1\ninclude:x.org", Reason::ControlCharacter),
            ("a:b\u{fc}cher.example", Reason::NotAscii),
            ("\u{2013}all", Reason::NotAscii),
        ];
        for (term, why) in cases {
            assert_eq!(reasons(&format!("v=spf1 {term} -all")), [why], "{term}");
        }
    }

    #[test]
    fn redirect_and_exp_stand_there_once() {
        assert_eq!(reasons("v=spf1 redirect=x.org redirect=y.org"), [Reason::Twice("redirect=")]);
        assert_eq!(reasons("v=spf1 exp=x.org -all EXP=x.org exp=x.org"), [Reason::Twice("exp=")]);
        assert_eq!(reasons("v=spf1 a a a"), []);
    }

    #[test]
    fn what_can_be_read_beside_a_fault_is_read() {
        let record = parse("v=spf1 ip4:1.2.3 mx foo ~all");
        assert_eq!(record.faults.len(), 2);
        assert_eq!(record.terms.len(), 2);
        assert_eq!(record.all(), Some(Qualifier::SoftFail));
    }

    #[test]
    fn nothing_behind_all_is_come_to() {
        let record = parse("v=spf1 mx ?all a redirect=x.org");
        assert_eq!(record.directives().count(), 2);
        assert_eq!(record.redirect(), None);
        assert_eq!(record.live(), 2);
        assert!(parse("v=spf1 redirect=x.org mx").redirect().is_some());
    }
}
