//! Name constraints: which names the certificates below a CA may bear (RFC 5280 §4.2.1.10).

use std::net::IpAddr;

use super::Certificate;
use super::der::{self, Element, Elements, OBJECT_IDENTIFIER, SEQUENCE};
use super::distinguished::DistinguishedName;
use crate::words;

/// Which names the certificates below may bear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameConstraints {
    /// A name must lie in one of those of its kind, if there is any.
    pub permitted: Vec<Subtree>,
    /// No name may lie in one of these.
    pub excluded: Vec<Subtree>,
    /// Whether some of it could not be read, or has a form that RFC 5280 does not know.
    pub has_unreadable: bool,
}

/// Names of one kind below a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subtree {
    /// A DNS name and all below it, in lower case; with a leading dot only what is below.
    Dns(String),
    /// A mailbox, all at a host, or with a leading dot all at the hosts below a domain; in lower case.
    Mail(String),
    /// Addresses that are the same under the mask.
    Address {
        /// The address.
        address: IpAddr,
        /// The mask, of the same family.
        mask: IpAddr,
    },
    /// A distinguished name and all below it.
    Directory(DistinguishedName),
    /// A kind of names that is not compared, by the tag byte of its GeneralName.
    Other(u8),
}

/// What comes of holding the names of a certificate against constraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// All names are allowed.
    Within,
    /// This one is not.
    Outside(String),
    /// It takes too many comparisons, or a constraint cannot be read.
    Untellable,
}

impl NameConstraints {
    /// Reads the extension's value; none if it constrains nothing, which RFC 5280 forbids.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let (sequence, _) = der::first(value)?;
        sequence.tagged(SEQUENCE)?;
        let mut constraints = Self::default();
        let mut parts = sequence.elements();
        for part in parts.by_ref().take(MOST_PARTS) {
            let list = match part.tag {
                0xA0 => &mut constraints.permitted,
                0xA1 => &mut constraints.excluded,
                _ => return None,
            };
            let mut subtrees = Elements(part.content);
            for subtree in subtrees.by_ref().take(MOST_SUBTREES) {
                match read_subtree(&subtree) {
                    Some(subtree) => list.push(subtree),
                    None => constraints.has_unreadable = true,
                }
            }
            constraints.has_unreadable |= !subtrees.is_done();
        }
        let says_something = constraints.has_unreadable
            || !constraints.permitted.is_empty()
            || !constraints.excluded.is_empty();
        (parts.is_done() && says_something).then_some(constraints)
    }

    /// Holds all names of a certificate against the constraints; each comparison takes one from `budget`.
    pub fn hold(&self, certificate: &Certificate, budget: &mut usize) -> Held {
        if self.has_unreadable {
            return Held::Untellable;
        }
        let names = names_of(certificate);
        // The whole product is granted or refused at once, so that the answer hangs on no order.
        let comparisons = names.len().saturating_mul(self.permitted.len() + self.excluded.len());
        let Some(left) = budget.checked_sub(comparisons) else { return Held::Untellable };
        *budget = left;
        for name in &names {
            let mut same_kind = self.permitted.iter().filter(|subtree| name.is_of_kind(subtree)).peekable();
            let is_outside = same_kind.peek().is_some() && !same_kind.any(|subtree| name.is_within(subtree));
            if is_outside || self.excluded.iter().any(|subtree| name.meets(subtree)) {
                return Held::Outside(name.shown());
            }
        }
        Held::Within
    }
}

/// A name that a certificate bears.
enum Borne<'a> {
    Dns(&'a str),
    Mail(&'a str),
    Address(IpAddr),
    Directory(DistinguishedName, String),
    Other(u8),
}

fn names_of(certificate: &Certificate) -> Vec<Borne<'_>> {
    let mut names = Vec::new();
    if let Some(subject) = DistinguishedName::read(&certificate.subject_der).filter(|name| !name.is_empty()) {
        names.push(Borne::Directory(subject, certificate.subject.clone()));
    }
    if let Some(alternative) = &certificate.names {
        names.extend(alternative.dns.iter().map(|name| Borne::Dns(name)));
        names.extend(alternative.addresses.iter().map(|address| Borne::Address(*address)));
        names.extend(alternative.mails.iter().map(|mail| Borne::Mail(mail)));
        names.extend(alternative.directories.iter().filter_map(|der| {
            let shown = || super::subject::read(der).map(|text| text.whole);
            Some(Borne::Directory(DistinguishedName::read(der)?, shown()?))
        }));
        names.extend(alternative.other_kinds.iter().map(|tag| Borne::Other(*tag)));
    }
    names
}

impl Borne<'_> {
    fn is_of_kind(&self, subtree: &Subtree) -> bool {
        match (self, subtree) {
            (Self::Dns(_), Subtree::Dns(_))
            | (Self::Mail(_), Subtree::Mail(_))
            | (Self::Address(_), Subtree::Address { .. })
            | (Self::Directory(..), Subtree::Directory(_)) => true,
            (Self::Other(own), Subtree::Other(other)) => own == other,
            _ => false,
        }
    }

    /// Returns whether all that the name stands for lies in a subtree.
    fn is_within(&self, subtree: &Subtree) -> bool {
        match (self, subtree) {
            (Self::Dns(name), Subtree::Dns(base)) => match name.strip_prefix("*.") {
                Some(above) => is_below(above, base.strip_prefix('.').unwrap_or(base)),
                None => is_below(name, base),
            },
            (Self::Mail(mail), Subtree::Mail(base)) => is_mail_within(mail, base),
            (Self::Address(address), Subtree::Address { address: base, mask }) => {
                is_same_net(*address, *base, *mask)
            }
            (Self::Directory(name, _), Subtree::Directory(base)) => name.is_within(base),
            // What is not compared is never known to be allowed.
            _ => false,
        }
    }

    /// Returns whether something that the name stands for lies in a subtree.
    fn meets(&self, subtree: &Subtree) -> bool {
        match (self, subtree) {
            // `*.example.org` stands for `a.example.org`, too.
            (Self::Dns(name), Subtree::Dns(base)) => {
                let is_stood_for = |above: &str| {
                    let base = base.strip_prefix('.').unwrap_or(base);
                    is_below(above, base) || base.split_once('.').is_some_and(|(_, parent)| parent == above)
                };
                name.strip_prefix("*.").map_or_else(|| is_below(name, base), is_stood_for)
            }
            (Self::Other(own), Subtree::Other(other)) => own == other,
            _ => self.is_within(subtree),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Dns(name) | Self::Mail(name) => (*name).to_owned(),
            Self::Address(address) => address.to_string(),
            Self::Directory(_, shown) => shown.clone(),
            Self::Other(_) => "a name of a kind that is not compared".to_owned(),
        }
    }
}

/// Returns whether a DNS name is a base or lies below it; all lie below an empty base.
fn is_below(name: &str, base: &str) -> bool {
    if base.starts_with('.') {
        return name.len() > base.len() && name.ends_with(base);
    }
    let Some(rest) = name.strip_suffix(base) else { return false };
    base.is_empty() || rest.is_empty() || (rest.ends_with('.') && rest.len() > 1)
}

fn is_mail_within(mail: &str, base: &str) -> bool {
    let host = |mail: &str| mail.rsplit_once('@').map(|(_, host)| host.to_ascii_lowercase());
    match base.rsplit_once('@') {
        // The part before the at sign is the receiving host's own: it is compared as it stands.
        Some((local, of)) => {
            mail.rsplit_once('@').is_some_and(|(own, at)| own == local && at.eq_ignore_ascii_case(of))
        }
        None if base.starts_with('.') => host(mail).is_some_and(|host| is_below(&host, base)),
        None => host(mail).is_some_and(|host| base.is_empty() || host == base),
    }
}

fn is_same_net(address: IpAddr, base: IpAddr, mask: IpAddr) -> bool {
    match (address, base, mask) {
        (IpAddr::V4(address), IpAddr::V4(base), IpAddr::V4(mask)) => {
            address.to_bits() & mask.to_bits() == base.to_bits() & mask.to_bits()
        }
        (IpAddr::V6(address), IpAddr::V6(base), IpAddr::V6(mask)) => {
            address.to_bits() & mask.to_bits() == base.to_bits() & mask.to_bits()
        }
        _ => false,
    }
}

/// Reads a GeneralSubtree; `minimum` must be 0 and `maximum` absent.
fn read_subtree(element: &Element<'_>) -> Option<Subtree> {
    element.tagged(SEQUENCE)?;
    let mut parts = element.elements();
    let base = parts.next()?;
    if parts.any(|part| part.tag != 0x80 || part.content != [0]) {
        return None;
    }
    match base.tag {
        0x81 => Some(Subtree::Mail(mail(base.content)?)),
        0x82 => dns(base.content).map(Subtree::Dns),
        0x87 => net(base.content),
        0xA4 => {
            let (name, _) = der::first(base.content)?;
            DistinguishedName::read(name.raw).map(Subtree::Directory)
        }
        0xA0 => {
            base.elements().next_if(OBJECT_IDENTIFIER)?;
            Some(Subtree::Other(base.tag))
        }
        tag => Some(Subtree::Other(tag)),
    }
}

fn dns(content: &[u8]) -> Option<String> {
    let text = str::from_utf8(content).ok()?.to_ascii_lowercase();
    let labels = text.strip_prefix('.').unwrap_or(&text);
    let is_fine = |label: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(known)
    };
    (text.is_empty() || labels.split('.').all(is_fine)).then_some(text)
}

fn mail(content: &[u8]) -> Option<String> {
    if content.is_empty() || !content.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let text = words::escape_bytes(content, MOST_CHARACTERS);
    match text.rsplit_once('@') {
        Some((local, host)) if !local.is_empty() => {
            dns(host.as_bytes()).map(|host| format!("{local}@{host}"))
        }
        Some(_) => None,
        None => dns(text.as_bytes()),
    }
}

fn net(content: &[u8]) -> Option<Subtree> {
    let (address, mask): (IpAddr, IpAddr) = match content.len() {
        8 => {
            (<[u8; 4]>::try_from(&content[..4]).ok()?.into(), <[u8; 4]>::try_from(&content[4..]).ok()?.into())
        }
        32 => (
            <[u8; 16]>::try_from(&content[..16]).ok()?.into(),
            <[u8; 16]>::try_from(&content[16..]).ok()?.into(),
        ),
        _ => return None,
    };
    // Ones, then zeros (RFC 4632 §3.1).
    let is_prefix = match mask {
        IpAddr::V4(mask) => mask.to_bits().leading_ones() == mask.to_bits().count_ones(),
        IpAddr::V6(mask) => mask.to_bits().leading_ones() == mask.to_bits().count_ones(),
    };
    is_prefix.then_some(Subtree::Address { address, mask })
}

const MOST_PARTS: usize = 2;
const MOST_SUBTREES: usize = 10_000;
const MOST_CHARACTERS: usize = 320;

#[cfg(test)]
mod tests {
    use super::{Held, NameConstraints, Subtree};
    use crate::certificate::AlternativeNames;
    use crate::sample;

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, u8::try_from(content.len()).unwrap()], content].concat()
    }

    fn subtrees(tag: u8, bases: &[(u8, &[u8])]) -> Vec<u8> {
        let list: Vec<u8> = bases.iter().flat_map(|(kind, base)| wrap(0x30, &wrap(*kind, base))).collect();
        wrap(tag, &list)
    }

    fn read(permitted: &[(u8, &[u8])], excluded: &[(u8, &[u8])]) -> NameConstraints {
        let mut parts = Vec::new();
        if !permitted.is_empty() {
            parts.extend(subtrees(0xA0, permitted));
        }
        if !excluded.is_empty() {
            parts.extend(subtrees(0xA1, excluded));
        }
        NameConstraints::read(&wrap(0x30, &parts)).unwrap()
    }

    fn hold(constraints: &NameConstraints, names: AlternativeNames) -> Held {
        let mut certificate = sample::certificate("mail.example.org", "R99", 80);
        certificate.subject_der = vec![0x30, 0];
        certificate.names = Some(names);
        constraints.hold(&certificate, &mut 1000)
    }

    fn dns(constraints: &NameConstraints, name: &str) -> bool {
        let names = AlternativeNames { dns: vec![name.into()], ..AlternativeNames::default() };
        hold(constraints, names) == Held::Within
    }

    #[test]
    fn a_dns_name_lies_below_whole_labels() {
        let only = read(&[(0x82, b"example.org")], &[]);
        for (name, is_within) in [
            ("example.org", true),
            ("a.b.example.org", true),
            ("*.example.org", true),
            ("anexample.org", false),
            ("example.org.net", false),
            ("*.org", false),
            (".example.org", false),
        ] {
            assert_eq!(dns(&only, name), is_within, "{name}");
        }
        assert!(dns(&read(&[(0x82, b"")], &[]), "any.example"));
        let below = read(&[(0x82, b".example.org")], &[]);
        assert!(dns(&below, "a.example.org") && dns(&below, "*.example.org") && !dns(&below, "example.org"));
    }

    #[test]
    fn a_wildcard_that_stands_for_an_excluded_name_is_outside() {
        let not = read(&[], &[(0x82, b"bar.example.org")]);
        for (name, is_within) in [
            ("bar.example.org", false),
            ("a.bar.example.org", false),
            ("*.bar.example.org", false),
            ("*.example.org", false),
            ("*.org", true),
            ("foo.example.org", true),
        ] {
            assert_eq!(dns(&not, name), is_within, "{name}");
        }
    }

    #[test]
    fn addresses_are_compared_under_the_mask() {
        let net = read(&[(0x87, &[192, 0, 2, 0, 255, 255, 255, 0])], &[]);
        let with = |address: &str| AlternativeNames {
            addresses: vec![address.parse().unwrap()],
            ..AlternativeNames::default()
        };
        assert_eq!(hold(&net, with("192.0.2.9")), Held::Within);
        assert_eq!(hold(&net, with("192.0.3.9")), Held::Outside("192.0.3.9".into()));
        assert_eq!(hold(&net, with("2001:db8::1")), Held::Outside("2001:db8::1".into()));
        // Names of another kind are not constrained.
        assert!(dns(&net, "mail.example.org"));
    }

    #[test]
    fn mailboxes_hosts_and_domains_are_told_apart() {
        let with = |mail: &str| AlternativeNames { mails: vec![mail.into()], ..AlternativeNames::default() };
        for (base, mail, is_within) in [
            ("a@example.org", "a@EXAMPLE.org", true),
            ("a@example.org", "A@example.org", false),
            ("example.org", "b@example.org", true),
            ("example.org", "b@a.example.org", false),
            (".example.org", "b@a.example.org", true),
            (".example.org", "b@example.org", false),
        ] {
            let only = read(&[(0x81, base.as_bytes())], &[]);
            assert_eq!(hold(&only, with(mail)) == Held::Within, is_within, "{base} {mail}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_not_allowed() {
        let odd = read(&[], &[(0xA0, &[6, 2, 0x2A, 3, 0xA0, 2, 5, 0])]);
        let with = AlternativeNames { other_kinds: vec![0xA0], ..AlternativeNames::default() };
        assert!(matches!(hold(&odd, with), Held::Outside(_)));
        assert!(dns(&odd, "mail.example.org"));
        for (kind, base) in [
            (0x82, &b"*.example.org"[..]),
            (0x87, &[192, 0, 2, 0, 255, 0, 255, 0]),
            (0x87, &[192, 0, 2, 0]),
            (0x81, b"@"),
        ] {
            let bad = read(&[(kind, base)], &[]);
            assert!(bad.has_unreadable);
            assert_eq!(hold(&bad, AlternativeNames::default()), Held::Untellable);
        }
        assert_eq!(NameConstraints::read(&[0x30, 0]), None);
        assert_eq!(NameConstraints::read(&[0x30, 4, 0xA0, 0, 0xA1, 0]), None);
    }

    #[test]
    fn comparisons_are_counted() {
        let many = NameConstraints {
            excluded: vec![Subtree::Dns("x.example".into()); 1001],
            ..NameConstraints::default()
        };
        let names = AlternativeNames { dns: vec!["a.example".into()], ..AlternativeNames::default() };
        assert_eq!(hold(&many, names), Held::Untellable);
    }
}
