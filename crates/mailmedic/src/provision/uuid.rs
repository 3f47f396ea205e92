//! Identifiers that are the same whenever they are made of the same name (RFC 9562 §5.5).

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

/// Returns the UUID of version 5 of a name in the name space of domains, in capitals as Apple writes it.
///
/// SHA-1 is what the version demands; that somebody finds another name with the same UUID does no harm here.
pub(super) fn of(name: &str) -> String {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(&DOMAINS);
    context.update(name.as_bytes());
    let digest = context.finish();
    let mut bytes: Vec<u8> = digest.as_ref().iter().copied().take(16).collect();
    for (at, mask, bits) in [(6, 0x0F, 0x50), (8, 0x3F, 0x80)] {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = *byte & mask | bits;
        }
    }
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02X}"));
    }
    text
}

/// The name space of domain names (RFC 9562 §6.6).
const DOMAINS: [u8; 16] =
    [0x6B, 0xA7, 0xB8, 0x10, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8];

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        // RFC 9562 appendix A.4.
        assert_eq!(of("www.example.com"), "2ED6657D-E927-568B-95E1-2665A8AEA6A2");
        assert_ne!(of("example.org"), of("example.net"));
    }
}
