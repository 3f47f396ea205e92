//! A network: an address and how many bits of it count.

use std::fmt;
use std::net::IpAddr;

/// An address with a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    /// The address as written; bits behind the prefix may be set.
    pub address: IpAddr,
    /// How many bits count: up to 32 for IPv4, 128 for IPv6.
    pub length: u8,
}

impl Network {
    /// Returns whether an address lies in it; one of the other family never does (RFC 7208 §5).
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.checked_shr(32_u32.saturating_sub(self.length.into())).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.checked_shr(128_u32.saturating_sub(self.length.into())).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// Returns whether the prefix leaves one address only.
    pub fn is_single(&self) -> bool {
        self.length == if self.address.is_ipv4() { 32 } else { 128 }
    }

    /// Returns why no client of the internet comes from here: `private`, `loopback`, `link-local`, `shared`.
    pub fn unroutable(&self) -> Option<&'static str> {
        match self.address {
            IpAddr::V4(address) => {
                let [first, second, ..] = address.octets();
                match (first, second, self.length) {
                    (10, _, 8..) | (172, 16..=31, 12..) | (192, 168, 16..) => Some("private"),
                    (127, _, 8..) => Some("loopback"),
                    (169, 254, 16..) => Some("link-local"),
                    (100, 64..=127, 10..) => Some("shared"),
                    _ => None,
                }
            }
            IpAddr::V6(address) => {
                let [first, ..] = address.segments();
                match (first, self.length) {
                    (0xfc00..=0xfdff, 7..) => Some("private"),
                    (0xfe80..=0xfebf, 10..) => Some("link-local"),
                    _ if address.is_loopback() && self.length == 128 => Some("loopback"),
                    _ => None,
                }
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_single() { self.address.fmt(f) } else { write!(f, "{}/{}", self.address, self.length) }
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    fn network(address: &str, length: u8) -> Network {
        Network { address: address.parse().unwrap(), length }
    }

    #[test]
    fn bits_before_the_prefix_count() {
        let cases = [
            ("192.0.2.7", 24, "192.0.2.255", true),
            ("192.0.2.7", 24, "192.0.3.0", false),
            ("192.0.2.7", 32, "192.0.2.7", true),
            ("192.0.2.7", 32, "192.0.2.6", false),
            ("192.0.2.7", 0, "203.0.113.1", true),
            ("192.0.2.7", 0, "2001:db8::1", false),
            ("2001:db8::", 33, "2001:db8:7fff::1", true),
            ("2001:db8::", 33, "2001:db8:8000::1", false),
            ("2001:db8::1", 128, "2001:db8::1", true),
            ("2001:db8::1", 0, "::", true),
        ];
        for (address, length, client, lies) in cases {
            assert_eq!(
                network(address, length).contains(client.parse().unwrap()),
                lies,
                "{address}/{length}"
            );
        }
    }

    #[test]
    fn what_is_not_routed_is_known_by_its_whole_range() {
        let cases = [
            ("10.1.2.3", 32, Some("private")),
            ("10.0.0.0", 7, None),
            ("172.31.0.0", 16, Some("private")),
            ("172.32.0.0", 16, None),
            ("192.168.0.0", 16, Some("private")),
            ("127.0.0.1", 32, Some("loopback")),
            ("169.254.3.1", 32, Some("link-local")),
            ("100.64.0.0", 10, Some("shared")),
            ("192.0.2.1", 32, None),
            ("fd00::1", 64, Some("private")),
            ("fe80::1", 64, Some("link-local")),
            ("::1", 128, Some("loopback")),
            ("::", 0, None),
            ("2001:db8::", 32, None),
        ];
        for (address, length, why) in cases {
            assert_eq!(network(address, length).unroutable(), why, "{address}/{length}");
        }
    }

    #[test]
    fn one_address_is_written_without_a_prefix() {
        assert_eq!(network("192.0.2.1", 32).to_string(), "192.0.2.1");
        assert_eq!(network("2001:db8::", 32).to_string(), "2001:db8::/32");
    }
}
