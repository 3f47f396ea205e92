//! The usual slips in records, and what was meant.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::parse::parse;
use super::record::{Kind, Modifier, Term};

/// Returns the record without slips, if what was meant is plain for each of them.
pub fn mend(text: &str) -> Option<String> {
    let mut words = vec!["v=spf1".to_owned()];
    let terms = text.get("v=spf1".len()..)?;
    for term in terms.split([' ', '\t', '\r', '\n', '\u{a0}']).filter(|term| !term.is_empty()) {
        let mended = if is_good(term) { term.to_owned() } else { meant(term)? };
        words.push(mended);
    }
    let mended = words.join(" ");
    parse(&mended).faults.is_empty().then_some(mended)
}

/// Returns the mechanism that a modifier was meant to be: `ip4=192.0.2.1` is one that nobody knows, and counts for nothing.
pub fn meant_as_mechanism(term: &Term) -> Option<&'static str> {
    let Kind::Modifier(Modifier::Unknown { name, .. }) = &term.kind else { return None };
    MECHANISMS.into_iter().find(|mechanism| name.eq_ignore_ascii_case(mechanism))
}

/// Tells whether a term can stand as it is.
fn is_good(term: &str) -> bool {
    let record = parse(&format!("v=spf1 {term}"));
    record.faults.is_empty() && record.terms.iter().all(|term| meant_as_mechanism(term).is_none())
}

fn meant(term: &str) -> Option<String> {
    // Word processors make dashes of hyphens; lists are written with commas.
    let term =
        match term.strip_prefix(['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}']) {
            Some(rest) => format!("-{rest}"),
            None => term.to_owned(),
        };
    let bare = term.trim_end_matches([',', ';', '.', '"', '\'', '\\']).trim_start_matches(['"', '\'']);
    let (sign, rest) = match bare.strip_prefix(['+', '-', '~', '?']) {
        Some(rest) => (bare.split_at_checked(1)?.0, rest),
        None => ("", bare),
    };
    let (name, value) = rest.split_once([':', '=']).unwrap_or(("", rest));
    let lower = name.to_ascii_lowercase();
    let candidates = [
        Some(bare.to_owned()),
        network(rest).map(|network| format!("{sign}{network}")),
        network(value)
            .filter(|_| ADDRESS_WORDS.contains(&lower.as_str()))
            .map(|network| format!("{sign}{network}")),
        matches!(lower.as_str(), "redirect" | "exp").then(|| format!("{lower}={value}")),
        MECHANISMS.contains(&lower.as_str()).then(|| format!("{sign}{lower}:{value}")),
    ];
    candidates.into_iter().flatten().find(|candidate| is_good(candidate))
}

/// Writes a network with the word of its family, and its prefix without leading zeros.
fn network(text: &str) -> Option<String> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, bits)) => (address, format!("/{}", bits.parse::<u8>().ok()?)),
        None => (text, String::new()),
    };
    if address.parse::<Ipv4Addr>().is_ok() {
        return Some(format!("ip4:{address}{prefix}"));
    }
    address.parse::<Ipv6Addr>().is_ok().then(|| format!("ip6:{address}{prefix}"))
}

const MECHANISMS: [&str; 7] = ["include", "a", "mx", "ptr", "ip4", "ip6", "exists"];

/// What people write before an address.
const ADDRESS_WORDS: [&str; 7] = ["a", "mx", "ip", "ip4", "ip6", "ipv4", "ipv6"];

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn plain_slips_are_mended() {
        for (term, meant) in [
            ("ip4:2001:db8::/32", "ip6:2001:db8::/32"),
            ("ip6:192.0.2.1", "ip4:192.0.2.1"),
            ("ipv4:192.0.2.0/24", "ip4:192.0.2.0/24"),
            ("ip4=192.0.2.1", "ip4:192.0.2.1"),
            ("192.0.2.1", "ip4:192.0.2.1"),
            ("-2001:db8::1", "-ip6:2001:db8::1"),
            ("a:192.0.2.1", "ip4:192.0.2.1"),
            ("~mx:192.0.2.1", "~ip4:192.0.2.1"),
            ("ip4:192.0.2.0/024", "ip4:192.0.2.0/24"),
            ("redirect:_spf.example.org", "redirect=_spf.example.org"),
            ("include=_spf.example.org", "include:_spf.example.org"),
            ("mx,", "mx"),
            ("include:_spf.example.org;", "include:_spf.example.org"),
            ("\u{2013}all", "-all"),
            ("~all.", "~all"),
            ("~all\"", "~all"),
        ] {
            assert_eq!(mend(&format!("v=spf1 a {term}")), Some(format!("v=spf1 a {meant}")), "{term}");
        }
    }

    #[test]
    fn what_could_mean_anything_is_left() {
        for term in ["moo", "include", "ip4:192.0.2", "a:museum", "ip4:192.0.2.1/33", "%x", "foo:bar"] {
            assert_eq!(mend(&format!("v=spf1 {term} -all")), None, "{term}");
        }
        assert_eq!(mend("v=spf1 redirect=x.org redirect=y.org"), None);
        assert_eq!(mend("v=spf1 mx ra=me -all").as_deref(), Some("v=spf1 mx ra=me -all"));
    }
}
