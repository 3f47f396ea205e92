//! What is demanded: the thresholds that rules judge by.

/// A set of demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The word for `--policy`.
    pub name: &'static str,
    /// One line about it.
    pub title: &'static str,
    /// The smallest Diffie-Hellman prime that is not weak, in bits (RFC 9325 §4.1).
    pub dh_bits: u16,
    /// The smallest RSA modulus that is not weak, in bits (RFC 9325 §4.1).
    pub rsa_bits: u32,
    /// A larger RSA modulus slows every handshake for no gain, in bits.
    pub rsa_bits_oversized: u32,
    /// The smallest curve that is not weak, in bits.
    pub curve_bits: u32,
    /// A greeting later than this is slow, in milliseconds.
    pub reply_slow_ms: u64,
}

/// All policies.
pub const POLICIES: &[&Policy] = &[&MAIL];

/// The default: what matters for opportunistic SMTP, for submission and for access, each apart.
pub const MAIL: Policy = Policy {
    name: "mail",
    title: "what mail needs: opportunistic on port 25, strict where people log in",
    dh_bits: 2048,
    rsa_bits: 2048,
    rsa_bits_oversized: 4096,
    curve_bits: 224,
    reply_slow_ms: 5_000,
};

/// Finds a policy by its word.
pub fn find(name: &str) -> Option<&'static Policy> {
    POLICIES.iter().copied().find(|policy| policy.name == name)
}
