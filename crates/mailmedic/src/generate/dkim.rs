//! DKIM keys (RFC 6376 §3.6.1, RFC 8463): the record of a public key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Made, Meant, Record};
use crate::keyfile::{PrivateKey, PublicNumbers};
use crate::name::{Name, NameError};

/// Why a text is no selector; each completes "…: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectorError {
    /// A label begins or ends with something else than a letter or digit, or has something else than these and hyphens.
    #[error(
        "a selector has letters, digits and hyphens, and dots between labels; a hyphen stands between others"
    )]
    Form,
    /// No name at all.
    #[error("{0}")]
    Name(NameError),
}

/// Reads a selector (RFC 6376 §3.1: labels as of SMTP's domains, which underscores are not part of).
///
/// # Errors
/// Says what is wrong.
pub fn selector(text: &str) -> Result<Name, SelectorError> {
    let name = Name::new(text).map_err(SelectorError::Name)?;
    let fits = |label: &str| {
        label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.as_ascii().split('.').all(fits) { Ok(name) } else { Err(SelectorError::Form) }
}

/// Makes the record of a key.
///
/// # Errors
/// The name of the record would be too long.
pub fn make(
    domain: &Name,
    selector: &Name,
    key: &PrivateKey,
    testing: bool,
    ttl: u32,
) -> Result<Made, NameError> {
    let name = domain.under("_domainkey")?.under(selector.as_ascii())?;
    let mut made = Made::default();
    let public = match key.public() {
        PublicNumbers::Rsa { modulus, .. } => {
            let bits = modulus.len() * 8;
            if bits < 1024 {
                made.object(
                    "dkim-key-weak",
                    format!("Receivers refuse RSA keys of {bits} bits (RFC 8301 §3.2)."),
                );
            } else if bits < 2048 {
                made.object("dkim-key-weak", format!("An RSA key of {bits} bits is weak; 2048 is usual."));
            } else if bits > 4096 {
                made.remark("Receivers need not take RSA keys over 4096 bits (RFC 8301 §3.2).");
            }
            key.spki().map(|spki| ("rsa", spki))
        }
        // The bare 32 bytes (RFC 8463 §4.2).
        PublicNumbers::Other { key, .. } => Some(("ed25519", key.clone())),
        PublicNumbers::Ec { .. } => None,
    };
    let Some((kind, public)) = public else {
        made.object(
            "dkim-key-invalid",
            format!("DKIM knows RSA and Ed25519 keys; this one is of the kind {}.", key.title()),
        );
        return Ok(made);
    };
    if kind == "ed25519" {
        made.remark(
            "Many receivers cannot check Ed25519 yet: sign with an RSA key of another selector too (RFC 8463 §3).",
        );
    }
    let testing = if testing { " t=y;" } else { "" };
    let text = format!("v=DKIM1; k={kind};{testing} p={}", STANDARD.encode(public));
    made.put(Record::txt(name, ttl, text), Meant::All);
    made.remark(
        "Publish the record before anything is signed with the key, and keep the old one for a week after.",
    );
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::{SelectorError, make, selector};
    use crate::keyfile::{KeyKind, PrivateKey};
    use crate::name::Name;
    use crate::observation::DnsData;

    fn made(kind: KeyKind) -> super::Made {
        let domain = Name::new("example.org").unwrap();
        let key = PrivateKey::generate(kind).unwrap();
        make(&domain, &selector("s2026").unwrap(), &key, false, 3600).unwrap()
    }

    fn text(made: &super::Made) -> &str {
        let DnsData::Txt(text) = &made.records[0].data else { panic!() };
        text
    }

    #[test]
    fn an_rsa_key_is_split_over_two_strings() {
        let made = made(KeyKind::Rsa2048);
        assert!(
            text(&made).starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"),
            "{}",
            text(&made)
        );
        let line = made.records[0].line();
        assert!(line.starts_with("s2026._domainkey.example.org. 3600 IN TXT \"v=DKIM1;"));
        assert_eq!(line.matches('"').count(), 4);
        assert_eq!(made.objections, []);
    }

    #[test]
    fn an_ed25519_key_is_32_bare_bytes() {
        let made = made(KeyKind::Ed25519);
        let key = text(&made).strip_prefix("v=DKIM1; k=ed25519; p=").unwrap();
        assert_eq!(key.len(), 44);
    }

    #[test]
    fn selectors_are_labels_of_smtp() {
        assert_eq!(selector("S2026.mail").unwrap().as_ascii(), "s2026.mail");
        for bad in ["a_b", "-a", "a-", "*", "a.-b"] {
            assert_eq!(selector(bad), Err(SelectorError::Form), "{bad}");
        }
        assert!(matches!(selector("a b"), Err(SelectorError::Name(_))));
        assert!(matches!(selector(""), Err(SelectorError::Name(_))));
    }
}
