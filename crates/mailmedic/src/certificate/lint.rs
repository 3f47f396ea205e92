//! What is wrong with the form of a leaf that can be read all the same, each with what forbids it.

use std::net::IpAddr;

use jiff::Timestamp;

use super::form::is_private;
use super::read::Parts;
use super::{Breach, Certificate, PublicKey};
use crate::name::Name;
use crate::reach::is_global;
use crate::words;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blemish {
    /// What, in words.
    pub(crate) what: String,
    /// What forbids it.
    pub(crate) source: &'static str,
    /// Whether libraries refuse it; else only issuers are forbidden it.
    pub(crate) refused: bool,
}

/// Looks at a leaf; the demands of the CA/Browser Forum count for `public` ones, each from its day on, and some only for
/// those that bear its marks.
pub(crate) fn blemishes(leaf: &Certificate, public: bool) -> Vec<Blemish> {
    let mut found = Vec::new();
    let mut add = |what: String, source, refused| found.push(Blemish { what, source, refused });
    let marked = leaf.publicly_issued;
    let serial = Parts::read(&leaf.der).serial.unwrap_or_default();
    match serial {
        [] => {}
        [first, ..] if first & 0x80 != 0 => {
            add("the serial number is negative".to_owned(), "RFC 5280 §4.1.2.2", true);
        }
        digits if digits.iter().all(|digit| *digit == 0) => {
            add("the serial number is zero".to_owned(), "RFC 5280 §4.1.2.2", false);
        }
        digits if digits.len() > 20 => {
            let what = format!("the serial number has {} bytes, and 20 are allowed", digits.len());
            add(what, "RFC 5280 §4.1.2.2", true);
        }
        digits if public && bits(digits) < FEWEST_SERIAL_BITS && since(leaf, "2016-09-30") => {
            let what =
                format!("the serial number has only {} bits, and 64 random ones are demanded", bits(digits));
            add(what, "CA/Browser Forum Baseline Requirements §7.1", false);
        }
        _ => {}
    }
    for name in leaf.names.iter().flat_map(|names| &names.dns) {
        let shown = || words::escape(name, 80);
        if name.parse::<IpAddr>().is_ok() {
            let what =
                format!("the DNS name {} is an address, which belongs among the IP addresses", shown());
            add(what, "RFC 5280 §4.2.1.6", true);
        } else if public && name.contains('_') && since(leaf, "2019-05-01") {
            let what = format!("the DNS name {} has an underscore", shown());
            add(what, "CA/Browser Forum Baseline Requirements §7.1.2.7.12", false);
        } else if public && is_internal(name) && since(leaf, "2015-11-01") {
            let what = format!("{} is an internal name, which no public issuer can confirm", shown());
            add(what, "CA/Browser Forum Baseline Requirements §7.1.2.7.12", false);
        }
    }
    for address in leaf.names.iter().flat_map(|names| &names.addresses) {
        // Those of documentation are reserved too, and no inside net has them: so they say little of an unmarked one.
        if public && !is_global(*address) && (marked || is_private(*address)) && since(leaf, "2015-11-01") {
            let what = format!("{address} is a reserved address, which no public issuer can confirm");
            add(what, "CA/Browser Forum Baseline Requirements §7.1.2.7.12", false);
        }
    }
    // No client looks there, and an unmarked certificate does not claim to keep these requirements.
    if public
        && marked
        && let (Some(common_name), Some(_)) = (&leaf.common_name, &leaf.names)
        && !is_among_names(leaf, common_name)
    {
        let what =
            format!("the common name {} is not among the alternative names", words::escape(common_name, 80));
        add(what, "CA/Browser Forum Baseline Requirements §7.1.4.3", false);
    }
    if let PublicKey::Rsa { bits } = leaf.key
        && public
        // What is smaller is too small anyway, which is told by itself.
        && bits > 2_048
        && !bits.is_multiple_of(8)
    {
        let what = format!("the RSA key has {bits} bits, which are no whole bytes");
        add(what, "CA/Browser Forum Baseline Requirements §6.1.5", false);
    }
    found.truncate(MOST);
    found
}

/// Tells whether a breach of form is told of a leaf elsewhere: by [`blemishes`], with its value and from its day on; as that it
/// has no names; or as that it is a CA's, of which more is demanded.
pub(crate) fn tells(breach: Breach) -> bool {
    matches!(
        breach,
        Breach::SerialZero
            | Breach::SerialNegative
            | Breach::SerialLong
            | Breach::NameWithUnderscore
            | Breach::NameIsAddress
            | Breach::NameIsInternal
            | Breach::ModulusUneven
            | Breach::NamesEmpty
            | Breach::CaUnnamed
            | Breach::SubjectKeyMissing
            | Breach::BasicConstraintsNotCritical
    )
}

/// Tells whether a certificate was issued on that day (`YYYY-MM-DD`) or later, as far as it tells itself.
fn since(leaf: &Certificate, day: &str) -> bool {
    // Dates of four-digit years sort as text.
    leaf.not_before.is_some_and(|start: Timestamp| words::date(start).as_str() >= day)
}

/// Returns the bits of a positive number.
fn bits(digits: &[u8]) -> usize {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let [first, rest @ ..] = &digits[zeros..] else { return 0 };
    rest.len() * 8 + first.ilog2() as usize + 1
}

/// Tells whether a name lies outside the public DNS: of one label, or below what the root does not have and never will.
fn is_internal(name: &str) -> bool {
    // A wildcard over a top-level domain is told by itself.
    let name = match name.strip_prefix("*.") {
        Some(parent) if !parent.contains('.') => return false,
        Some(parent) => parent,
        None => name,
    };
    let Some((_, last)) = name.trim_end_matches('.').rsplit_once('.') else { return !name.is_empty() };
    NEVER_PUBLIC.contains(&last)
}

fn is_among_names(leaf: &Certificate, common_name: &str) -> bool {
    let names = leaf.names.iter();
    let ascii = Name::new(common_name).map(|name| name.as_ascii().to_owned());
    let is_same = |name: &String| {
        name.eq_ignore_ascii_case(common_name) || ascii.as_ref().is_ok_and(|ascii| ascii == name)
    };
    let address = common_name.parse::<IpAddr>().ok();
    names.clone().flat_map(|names| &names.dns).any(is_same)
        || names.flat_map(|names| &names.addresses).any(|known| Some(*known) == address)
}

/// A serial number of 64 random bits is shorter than this once in 2^32 times.
const FEWEST_SERIAL_BITS: usize = 33;
/// Top-level domains that are set aside (RFC 6761, RFC 6762; .internal by ICANN), those that ICANN gives to nobody since
/// they are in use inside, and what installers and routers write.
const NEVER_PUBLIC: [&str; 13] = [
    "local",
    "localhost",
    "test",
    "invalid",
    "example",
    "internal",
    "corp",
    "home",
    "mail",
    "lan",
    "localdomain",
    "intranet",
    "private",
];
/// So many are told.
const MOST: usize = 10;

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use rcgen::{CertificateParams, CustomExtension, KeyPair, SerialNumber};

    use super::{Blemish, bits, blemishes};
    use crate::certificate::{AlternativeNames, Certificate, PublicKey};
    use crate::sample;

    fn told(found: &[Blemish]) -> Vec<&str> {
        found.iter().map(|one| one.what.as_str()).collect()
    }

    /// A certificate whose serial number has this content, with no regard to its sign.
    fn numbered(serial: &[u8]) -> Certificate {
        let mut params = CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
        // As long as the one that takes its place; positive, so that rcgen puts nothing in front.
        let mut place: Vec<u8> = vec![0x5A; serial.len()];
        params.serial_number = Some(SerialNumber::from_slice(&place));
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        place.splice(0..0, [2, u8::try_from(serial.len()).unwrap()]);
        let at = der.windows(place.len()).position(|window| window == place).unwrap() + 2;
        let mut der = der;
        der[at..at + serial.len()].copy_from_slice(serial);
        let mut leaf = Certificate::read(&der);
        leaf.not_before = Some(sample::now());
        leaf.common_name = None;
        leaf
    }

    /// A certificate with the Forum's mark, a policy (Baseline Requirements §7.1.6.1).
    fn marked() -> Certificate {
        let mut params = CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
        let policies = vec![0x30, 10, 0x30, 8, 6, 6, 0x67, 0x81, 0x0C, 1, 2, 1];
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 32], policies)];
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        let mut leaf = Certificate::read(&der);
        leaf.not_before = Some(sample::now());
        leaf.common_name = None;
        leaf
    }

    #[test]
    fn serial_numbers_are_positive_and_of_twenty_bytes_at_most() {
        let said = |serial: &[u8], public| {
            let found = blemishes(&numbered(serial), public);
            found.first().map(|one| (one.what.clone(), one.refused))
        };
        let negative = said(&[0x80, 1], false).unwrap();
        assert_eq!(negative, ("the serial number is negative".to_owned(), true));
        assert_eq!(said(&[0], false).unwrap(), ("the serial number is zero".to_owned(), false));
        assert_eq!(said(&[0, 0x80, 0, 0, 0, 0, 0, 0, 0], true), None);
        assert_eq!(said(&[1; 20], true), None);
        assert!(said(&[1; 21], false).unwrap().0.contains("has 21 bytes"));
    }

    #[test]
    fn public_serial_numbers_have_random_bits() {
        let mut leaf = numbered(&[1, 2, 3, 4]);
        assert_eq!(blemishes(&leaf, false), []);
        assert!(blemishes(&leaf, true)[0].what.contains("only 25 bits"));
        leaf.not_before = Some("2016-09-29T23:59:59Z".parse().unwrap());
        assert_eq!(blemishes(&leaf, true), []);
        assert_eq!(blemishes(&numbered(&[1, 0, 0, 0, 0]), true), []);
        assert_eq!([bits(&[0, 1]), bits(&[0x80]), bits(&[])], [1, 8, 0]);
    }

    #[test]
    fn names_of_public_certificates_are_public() {
        let mut leaf = sample::certificate("mail.example.org", "R99", 80);
        let mut with = |dns: &str, address: Option<[u8; 4]>, start: &str, public| {
            let dns = vec!["mail.example.org".to_owned(), dns.to_owned()];
            let addresses = address.map(IpAddr::from).into_iter().collect();
            leaf.names = Some(AlternativeNames { dns, addresses, ..AlternativeNames::default() });
            leaf.not_before = Some(format!("{start}T00:00:00Z").parse().unwrap());
            told(&blemishes(&leaf, public)).concat()
        };
        assert_eq!(with("a_b.example.net", None, "2019-04-30", true), "");
        assert_eq!(
            with("a_b.example.net", None, "2019-05-01", true),
            "the DNS name a_b.example.net has an underscore"
        );
        assert_eq!(with("a_b.example.net", None, "2019-05-01", false), "");
        for internal in ["exchange01", "mail.corp", "*.firm.local", "mail.firm.internal", "mail.lan"] {
            assert!(with(internal, None, "2026-01-01", true).contains("is an internal name"), "{internal}");
            assert_eq!(with(internal, None, "2026-01-01", false), "");
        }
        assert_eq!(with("exchange01", None, "2015-10-31", true), "");
        assert_eq!(with("*.org", None, "2026-01-01", true), "");
        assert!(
            with("x.example.net", Some([10, 0, 0, 1]), "2026-01-01", true).contains("10.0.0.1 is a reserved")
        );
        assert_eq!(with("x.example.net", Some([10, 0, 0, 1]), "2026-01-01", false), "");
        assert_eq!(with("x.example.net", Some([8, 8, 8, 8]), "2026-01-01", true), "");
        assert!(with("8.8.8.8", None, "2026-01-01", false).contains("is an address"));
    }

    #[test]
    fn the_common_name_of_a_public_certificate_is_among_its_names() {
        let mut leaf = marked();
        assert_eq!(blemishes(&leaf, true), []);
        for (name, among) in [("MAIL.example.org", true), ("192.0.2.1", false), ("Example Ltd", false)] {
            leaf.common_name = Some(name.to_owned());
            assert_eq!(blemishes(&leaf, true).is_empty(), among, "{name}");
            assert_eq!(blemishes(&leaf, false), []);
        }
        leaf.common_name = None;
        assert_eq!(blemishes(&leaf, true), []);
        leaf.common_name = Some("bücher.example.net".into());
        leaf.names.as_mut().unwrap().dns.push("xn--bcher-kva.example.net".into());
        assert_eq!(blemishes(&leaf, true), []);
        // Nobody minds where no mark claims that the requirements are kept.
        let mut leaf = sample::certificate("mail.example.org", "R99", 80);
        leaf.common_name = Some("Example Ltd".to_owned());
        assert_eq!(blemishes(&leaf, true), []);
    }

    #[test]
    fn addresses_of_documentation_count_where_a_mark_is() {
        let at = |mut leaf: Certificate| {
            let addresses = vec![IpAddr::from([192, 0, 2, 1])];
            leaf.names = Some(AlternativeNames { addresses, ..AlternativeNames::default() });
            blemishes(&leaf, true).len()
        };
        assert_eq!(at(marked()), 1);
        assert_eq!(at(sample::certificate("mail.example.org", "R99", 80)), 0);
    }

    #[test]
    fn rsa_keys_have_whole_bytes() {
        let mut leaf = sample::certificate("mail.example.org", "R99", 80);
        leaf.key = PublicKey::Rsa { bits: 2_050 };
        assert_eq!(blemishes(&leaf, false), []);
        assert!(blemishes(&leaf, true)[0].what.contains("2050 bits"));
        leaf.key = PublicKey::Rsa { bits: 2_047 };
        assert_eq!(blemishes(&leaf, true), []);
    }
}
