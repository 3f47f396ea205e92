//! IANA's number spaces of TLS as open newtypes: a value that nobody registered survives and prints in hex.

mod alert;
mod cipher_kind;
pub mod cipher_suite;
mod extension_type;
mod group;
mod protocol;
mod signature;
mod version;

pub use alert::{AlertDescription, AlertLevel};
pub use cipher_kind::CipherKind;
pub use cipher_suite::CipherSuite;
pub use extension_type::ExtensionType;
pub use group::{GroupFamily, NamedGroup};
pub use protocol::{
    CompressionMethod, ContentType, EcCurveType, HandshakeType, HeartbeatMessageType, HeartbeatMode,
    PointFormat, PskKeyExchangeMode,
};
pub use signature::SignatureScheme;
pub use version::ProtocolVersion;

/// Picks the name of a constant: its own identifier unless a literal is given.
macro_rules! name_of {
    ($konst:ident) => {
        stringify!($konst)
    };
    ($konst:ident $name:literal) => {
        $name
    };
}

/// Declares one number space: a newtype, its registered values, their names, `Display` and back.
macro_rules! number_space {
    ($(#[$doc:meta])* $type:ident($int:ty), unknown as $unknown:path,
     { $($konst:ident = $value:literal $(=> $name:literal)?,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(pub $int);

        #[allow(non_upper_case_globals)]
        impl $type {
            $(
                #[doc = concat!("`", $crate::names::name_of!($konst $($name)?), "`, value `", stringify!($value), "`.")]
                pub const $konst: Self = Self($value);
            )*

            /// Returns every value that has a name here, in ascending order.
            pub fn all() -> &'static [Self] {
                const ALL: &[$type] = &[$($type($value)),*];
                ALL
            }

            /// Returns the registered name, or `None` for a value without one.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($crate::names::name_of!($konst $($name)?)),)*
                    _ => None,
                }
            }

            /// Returns the value with this registered name, as [`Self::name`] writes it.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::all().iter().copied().find(|value| value.name() == Some(name))
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => f.pad(&$unknown(self.0.into())),
                }
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }
    };
}

use name_of;
use number_space;

fn hex8(value: u32) -> String {
    format!("0x{value:02X}")
}

fn hex16(value: u32) -> String {
    format!("0x{value:04X}")
}

/// Writes a two-byte value byte by byte, as IANA's cipher suite registry does.
fn hex_pair(value: u32) -> String {
    format!("0x{:02X},0x{:02X}", (value >> 8) & 0xFF, value & 0xFF)
}

fn hex_triple(value: u32) -> String {
    format!("0x{:02X},0x{:02X},0x{:02X}", (value >> 16) & 0xFF, (value >> 8) & 0xFF, value & 0xFF)
}

/// Tells whether a two-byte value is one of RFC 8701's reserved GREASE values.
pub fn is_grease(value: u16) -> bool {
    value & 0x0F0F == 0x0A0A && value >> 8 == value & 0xFF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_survive_and_print_in_hex() {
        assert_eq!(CipherSuite(0xC0FE).to_string(), "0xC0,0xFE");
        assert_eq!(NamedGroup(0x1234).to_string(), "0x1234");
        assert_eq!(AlertDescription(7).to_string(), "0x07");
        assert_eq!(CipherKind(0x0A0B0C).to_string(), "0x0A,0x0B,0x0C");
    }

    #[test]
    fn every_space_is_ascending_and_every_name_leads_back() {
        macro_rules! check {
            ($($type:ty),*) => {$(
                assert!(<$type>::all().windows(2).all(|pair| pair[0] < pair[1]), stringify!($type));
                for value in <$type>::all() {
                    assert_eq!(<$type>::from_name(value.name().unwrap()), Some(*value));
                    assert_eq!(value.to_string(), value.name().unwrap());
                }
            )*};
        }
        check!(
            AlertDescription,
            AlertLevel,
            CipherKind,
            CipherSuite,
            CompressionMethod,
            ContentType,
            EcCurveType,
            ExtensionType,
            HandshakeType,
            HeartbeatMessageType,
            HeartbeatMode,
            NamedGroup,
            PointFormat,
            ProtocolVersion,
            PskKeyExchangeMode,
            SignatureScheme
        );
    }

    #[test]
    fn grease_values_are_the_sixteen_of_rfc_8701() {
        assert_eq!((0..=u16::MAX).filter(|value| is_grease(*value)).count(), 16);
        assert!(is_grease(0x0A0A) && is_grease(0xFAFA) && !is_grease(0x0A1A));
    }
}
