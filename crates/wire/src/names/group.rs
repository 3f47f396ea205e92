//! Named groups: curves, finite fields, key encapsulation and hybrids of them.

super::number_space! {
    /// A group of `supported_groups`, `key_share` and ServerKeyExchange.
    NamedGroup(u16), unknown as super::hex16,
    {
        SECT163K1 = 1 => "sect163k1",
        SECT163R1 = 2 => "sect163r1",
        SECT163R2 = 3 => "sect163r2",
        SECT193R1 = 4 => "sect193r1",
        SECT193R2 = 5 => "sect193r2",
        SECT233K1 = 6 => "sect233k1",
        SECT233R1 = 7 => "sect233r1",
        SECT239K1 = 8 => "sect239k1",
        SECT283K1 = 9 => "sect283k1",
        SECT283R1 = 10 => "sect283r1",
        SECT409K1 = 11 => "sect409k1",
        SECT409R1 = 12 => "sect409r1",
        SECT571K1 = 13 => "sect571k1",
        SECT571R1 = 14 => "sect571r1",
        SECP160K1 = 15 => "secp160k1",
        SECP160R1 = 16 => "secp160r1",
        SECP160R2 = 17 => "secp160r2",
        SECP192K1 = 18 => "secp192k1",
        SECP192R1 = 19 => "secp192r1",
        SECP224K1 = 20 => "secp224k1",
        SECP224R1 = 21 => "secp224r1",
        SECP256K1 = 22 => "secp256k1",
        SECP256R1 = 23 => "secp256r1",
        SECP384R1 = 24 => "secp384r1",
        SECP521R1 = 25 => "secp521r1",
        BRAINPOOLP256R1 = 26 => "brainpoolP256r1",
        BRAINPOOLP384R1 = 27 => "brainpoolP384r1",
        BRAINPOOLP512R1 = 28 => "brainpoolP512r1",
        X25519 = 29 => "x25519",
        X448 = 30 => "x448",
        BRAINPOOLP256R1TLS13 = 31 => "brainpoolP256r1tls13",
        BRAINPOOLP384R1TLS13 = 32 => "brainpoolP384r1tls13",
        BRAINPOOLP512R1TLS13 = 33 => "brainpoolP512r1tls13",
        GC256A = 34 => "GC256A",
        GC256B = 35 => "GC256B",
        GC256C = 36 => "GC256C",
        GC256D = 37 => "GC256D",
        GC512A = 38 => "GC512A",
        GC512B = 39 => "GC512B",
        GC512C = 40 => "GC512C",
        CURVE_SM2 = 41 => "curveSM2",
        FFDHE2048 = 0x0100 => "ffdhe2048",
        FFDHE3072 = 0x0101 => "ffdhe3072",
        FFDHE4096 = 0x0102 => "ffdhe4096",
        FFDHE6144 = 0x0103 => "ffdhe6144",
        FFDHE8192 = 0x0104 => "ffdhe8192",
        MLKEM512 = 0x0200 => "MLKEM512",
        MLKEM768 = 0x0201 => "MLKEM768",
        MLKEM1024 = 0x0202 => "MLKEM1024",
        SECP256R1MLKEM768 = 0x11EB => "SecP256r1MLKEM768",
        X25519MLKEM768 = 0x11EC => "X25519MLKEM768",
        SECP384R1MLKEM1024 = 0x11ED => "SecP384r1MLKEM1024",
        CURVE_SM2MLKEM768 = 0x11EE => "curveSM2MLKEM768",
        X25519KYBER768DRAFT00 = 0x6399 => "X25519Kyber768Draft00",
        SECP256R1KYBER768DRAFT00 = 0x639A => "SecP256r1Kyber768Draft00",
        ARBITRARY_EXPLICIT_PRIME_CURVES = 0xFF01 => "arbitrary_explicit_prime_curves",
        ARBITRARY_EXPLICIT_CHAR2_CURVES = 0xFF02 => "arbitrary_explicit_char2_curves",
    }
}

/// The kind of mathematics behind a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupFamily {
    /// An elliptic curve.
    Curve,
    /// A finite field of RFC 7919.
    FiniteField,
    /// ML-KEM alone.
    Kem,
    /// A curve and ML-KEM (or its draft, Kyber) together.
    Hybrid,
}

impl NamedGroup {
    /// Returns the kind of group, or `None` for an unknown value.
    pub fn family(self) -> Option<GroupFamily> {
        let name = self.name()?;
        Some(match () {
            () if name.starts_with("MLKEM") => GroupFamily::Kem,
            () if name.contains("MLKEM") || name.contains("Kyber") => GroupFamily::Hybrid,
            () if name.starts_with("ffdhe") => GroupFamily::FiniteField,
            () => GroupFamily::Curve,
        })
    }

    /// Returns the security strength in bits (NIST SP 800-57 part 1 table 2), or `None` where the value does not tell.
    pub fn bits(self) -> Option<u16> {
        let bits = match self {
            Self::X25519 => 128,
            Self::X448 => 224,
            Self::FFDHE2048 => 112,
            Self::FFDHE3072 => 128,
            Self::FFDHE4096 => 152,
            Self::FFDHE6144 => 176,
            Self::FFDHE8192 => 200,
            Self::MLKEM512 | Self::CURVE_SM2 => 128,
            Self::MLKEM768
            | Self::X25519MLKEM768
            | Self::SECP256R1MLKEM768
            | Self::CURVE_SM2MLKEM768
            | Self::X25519KYBER768DRAFT00
            | Self::SECP256R1KYBER768DRAFT00 => 192,
            Self::MLKEM1024 | Self::SECP384R1MLKEM1024 => 256,
            _ if self.family()? == GroupFamily::Curve => self.field_bits()? / 2,
            _ => return None,
        };
        Some(bits)
    }

    /// Tells whether the group resists a quantum computer, alone or as a hybrid.
    pub fn is_post_quantum(self) -> bool {
        matches!(self.family(), Some(GroupFamily::Kem | GroupFamily::Hybrid))
    }

    /// Reads the size of a curve's field from its name, which every curve's name begins with.
    fn field_bits(self) -> Option<u16> {
        let name = self.name()?.trim_start_matches(|c: char| !c.is_ascii_digit());
        let digits = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
        name.get(..digits)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strengths_follow_the_group() {
        for (group, bits) in [
            (NamedGroup::SECP256R1, Some(128)),
            (NamedGroup::SECP521R1, Some(260)),
            (NamedGroup::SECT163K1, Some(81)),
            (NamedGroup::BRAINPOOLP384R1TLS13, Some(192)),
            (NamedGroup::X25519, Some(128)),
            (NamedGroup::FFDHE2048, Some(112)),
            (NamedGroup::X25519MLKEM768, Some(192)),
            (NamedGroup::GC512A, Some(256)),
            (NamedGroup::ARBITRARY_EXPLICIT_PRIME_CURVES, None),
            (NamedGroup(0x7777), None),
        ] {
            assert_eq!(group.bits(), bits, "{group}");
        }
    }

    #[test]
    fn families_follow_the_name() {
        assert_eq!(NamedGroup::MLKEM768.family(), Some(GroupFamily::Kem));
        assert_eq!(NamedGroup(0x11EC).family(), Some(GroupFamily::Hybrid));
        assert_eq!(NamedGroup::FFDHE8192.family(), Some(GroupFamily::FiniteField));
        assert_eq!(NamedGroup::X448.family(), Some(GroupFamily::Curve));
        assert!(NamedGroup::SECP384R1MLKEM1024.is_post_quantum() && !NamedGroup::X25519.is_post_quantum());
    }
}
