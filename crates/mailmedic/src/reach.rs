//! How names become places to connect to: address families, `--connect-to`, and who looks names up.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::str::FromStr;

use jiff::Timestamp;

use crate::name::{Host, Name};
use crate::observation::{Fetch, FetchPurpose};

/// The address families that may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Families {
    /// IPv4 and IPv6.
    #[default]
    Both,
    /// Only IPv4 (`-4`).
    Ipv4,
    /// Only IPv6 (`-6`).
    Ipv6,
}

impl Families {
    /// Returns whether an address may be used.
    pub fn admit(self, address: IpAddr) -> bool {
        match self {
            Self::Both => true,
            Self::Ipv4 => address.is_ipv4(),
            Self::Ipv6 => address.is_ipv6(),
        }
    }
}

/// A place to connect to instead, as in curl: `HOST:PORT:ADDR:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectTo {
    /// The host that it is for; `None` is any.
    pub host: Option<Host>,
    /// The port that it is for; `None` is any.
    pub port: Option<u16>,
    /// The address to use; `None` keeps that of the host.
    pub address: Option<IpAddr>,
    /// The port to use; `None` keeps the port.
    pub to_port: Option<u16>,
}

impl ConnectTo {
    /// Returns the address and port that the first matching rule puts in the place of a host's.
    pub fn find(rules: &[Self], host: &Host, port: u16) -> (Option<IpAddr>, u16) {
        let fits = |rule: &&Self| {
            rule.host.as_ref().is_none_or(|own| own == host) && rule.port.is_none_or(|own| own == port)
        };
        rules.iter().find(fits).map_or((None, port), |rule| (rule.address, rule.to_port.unwrap_or(port)))
    }
}

impl FromStr for ConnectTo {
    type Err = ConnectToError;

    fn from_str(text: &str) -> Result<Self, ConnectToError> {
        let fields: [&str; 4] = split(text).try_into().map_err(|_| ConnectToError::Fields)?;
        let [host, port, address, to_port] = fields;
        Ok(Self {
            host: some(host).map(Host::new).transpose().map_err(|_| ConnectToError::Host)?,
            port: some(port).map(read_port).transpose()?,
            address: some(address)
                .map(|text| text.trim_start_matches('[').trim_end_matches(']').parse())
                .transpose()
                .map_err(|_| ConnectToError::Address)?,
            to_port: some(to_port).map(read_port).transpose()?,
        })
    }
}

/// Why a text is no place to connect to instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectToError {
    /// Not four fields.
    #[error("it is not HOST:PORT:ADDRESS:PORT; an IPv6 address stands in brackets")]
    Fields,
    /// The first field is no host.
    #[error("the first field is no host name")]
    Host,
    /// A port is no number from 1 to 65535.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// The third field is no address.
    #[error("the third field is no IP address")]
    Address,
}

/// What a look-up by another stage comes to.
pub type Reached<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Finds the addresses of names.
pub trait Addresses: Send + Sync {
    /// Returns the addresses of a name, or why there are none.
    fn addresses<'a>(&'a self, name: &'a Name) -> Reached<'a, Result<Vec<IpAddr>, String>>;
}

/// Keeps documents on revocation from one run to the next.
pub trait Keeps: Send + Sync + fmt::Debug {
    /// Returns the document that was kept under this key, unless its time is over.
    fn load(&self, key: &str, now: Timestamp) -> Option<Vec<u8>>;
    /// Keeps a document until then, if it can.
    fn keep(&self, key: &str, document: &[u8], until: Timestamp);
}

/// What is sent with POST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The media type, such as `application/ocsp-request`.
    pub media_type: &'static str,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Fetches documents.
pub trait Fetches: Send + Sync {
    /// Fetches a document within the limits of its purpose.
    fn fetch<'a>(&'a self, url: String, purpose: FetchPurpose) -> Reached<'a, Fetch>;

    /// Sends a question within the limits of its purpose, and fetches the answer; a redirect is not followed.
    fn ask<'a>(&'a self, url: String, purpose: FetchPurpose, question: Question) -> Reached<'a, Fetch>;
}

/// Returns whether an address belongs to the public internet: no loopback, private, link-local, shared,
/// documentation, multicast or otherwise special address (RFC 6890).
pub fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || first == 0
        || first >= 224
        || (first == 100 && second & 0xC0 == 64)
        || (first == 192 && second == 0 && third == 0)
        || (first == 198 && second & 0xFE == 18))
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // Addresses that carry an IPv4 address lead where that leads.
    let embedded = match segments {
        [0, 0, 0, 0, 0, 0xFFFF, high, low] | [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => Some((high, low)),
        [0x2002, high, low, ..] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = embedded {
        return is_global_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    }
    // 2000::/3 is all that is given out.
    segments[0] & 0xE000 == 0x2000 && !(segments[0] == 0x2001 && matches!(segments[1], 0 | 2 | 0x0DB8))
}

/// Splits at colons that stand outside brackets.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(|character: char| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ':' && depth == 0
    })
    .collect()
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn read_port(text: &str) -> Result<u16, ConnectToError> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(ConnectToError::Port),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{ConnectTo, ConnectToError, is_global};
    use crate::name::Host;

    fn host(text: &str) -> Host {
        Host::new(text).unwrap()
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn places_are_replaced_as_in_curl() {
        let rules: Vec<ConnectTo> =
            ["mx.example:25:127.0.0.1:10025", "[2001:db8::7]::[::1]:", ":993::10993", ":::9"]
                .iter()
                .map(|text| text.parse().unwrap())
                .collect();
        let find = |name: &str, port| ConnectTo::find(&rules, &host(name), port);
        assert_eq!(find("mx.example", 25), (Some(address("127.0.0.1")), 10025));
        assert_eq!(find("2001:db8::7", 465), (Some(address("::1")), 465));
        assert_eq!(find("imap.example", 993), (None, 10993));
        assert_eq!(find("imap.example", 143), (None, 9));
        assert_eq!(ConnectTo::find(&[], &host("a.example"), 25), (None, 25));
    }

    #[test]
    fn other_texts_say_why() {
        let read = |text: &str| text.parse::<ConnectTo>();
        assert_eq!(read("a:b"), Err(ConnectToError::Fields));
        assert_eq!(read("a:25:::1:25"), Err(ConnectToError::Fields));
        assert_eq!(read("a:0:127.0.0.1:25"), Err(ConnectToError::Port));
        assert_eq!(read("a:25:b:25"), Err(ConnectToError::Address));
        assert_eq!(read("a b:25:127.0.0.1:25"), Err(ConnectToError::Host));
    }

    #[test]
    fn special_addresses_are_not_global() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_global(address(text)), "{text}");
        }
        for text in ["8.8.8.8", "100.128.0.1", "2606:4700::1", "::ffff:8.8.8.8"] {
            assert!(is_global(address(text)), "{text}");
        }
    }
}
