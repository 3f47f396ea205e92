//! The key record that was meant, where what is published still shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::key::{is_meant, read};
use super::public::{Key, bytes, is_blank};
use crate::records::tags::fields;

/// Returns the record that the texts of a selector were meant to be; none where the key cannot be made out of them.
pub fn mended(texts: &[&str]) -> Option<String> {
    // The piece with the tags goes first; DNS keeps no order of records.
    let mut pieces: Vec<&str> = texts.to_vec();
    pieces.sort_by_key(|text| !is_meant(text));
    let whole = strip(&pieces.concat());
    let tag = |wanted: &str| fields(&whole).find(|(tag, _)| *tag == wanted).and_then(|(_, value)| value);
    let material = tag("p")?;
    let kind = tag("k").unwrap_or("rsa");
    let bare: String = material.chars().filter(|c| !is_blank(*c)).collect();
    let der = bytes(&bare).unwrap_or_default();
    let raw = der.strip_prefix(&ED25519_WRAPPING).map(|raw| STANDARD.encode(raw));
    let mut candidates = vec![(kind, bare.clone()), (kind, material.replace(' ', "+"))];
    candidates.push(("rsa", bare.clone()));
    // The first 32 bytes of a longer key are no key.
    if !matches!(der.as_slice(), [0x30, 0x81 | 0x82, ..]) {
        candidates.push(("ed25519", bare.clone()));
    }
    candidates.extend(raw.map(|raw| ("ed25519", raw)));
    let records = candidates.into_iter().map(|(kind, key)| format!("v=DKIM1; k={kind}; p={key}"));
    records.into_iter().find(|record| {
        matches!(read(&[record.as_str()]), Ok(Some(read)) if read.key != Key::Revoked && read.slips.is_empty())
    })
}

/// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410 §4).
const ED25519_WRAPPING: [u8; 12] = [0x30, 42, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 33, 0];

/// Takes away what does not belong into the data of a record.
fn strip(text: &str) -> String {
    let mut text = text.replace(['"', '\\'], "");
    for word in ["BEGIN PUBLIC KEY", "END PUBLIC KEY", "BEGIN RSA PUBLIC KEY", "END RSA PUBLIC KEY"] {
        text = text.replace(&format!("-----{word}-----"), "");
    }
    text
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::mended;
    use crate::records::sample::{modulus, rsa_spki};

    #[test]
    fn the_key_is_made_out_where_it_is_whole() {
        let spki = rsa_spki(&[0xFB; 256]);
        let good = format!("v=DKIM1; k=rsa; p={spki}");
        let (front, back) = good.split_at(250);
        for texts in [
            vec![format!("\"{good}\"")],
            vec![format!("{front}\" \"{back}")],
            vec![good.replace(';', "\\;")],
            vec![good.replace("p=", "p=-----BEGIN PUBLIC KEY-----") + "-----END PUBLIC KEY-----"],
            vec![back.to_owned(), front.to_owned()],
            vec![good.replace('+', " ")],
            vec![format!("{front} {back}")],
            vec![good.replace("k=rsa", "k=ed25519")],
            vec![good.replace("k=rsa", "h=sha1")],
        ] {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            assert_eq!(mended(&texts).as_ref(), Some(&good), "{texts:?}");
        }
        let raw = STANDARD.encode([7; 32]);
        let good = format!("v=DKIM1; k=ed25519; p={raw}");
        let wrapped = [&[0x30, 42, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 33, 0][..], &[7; 32]].concat();
        let wrapped = format!("v=DKIM1; k=ed25519; p={}", STANDARD.encode(wrapped));
        assert_eq!(mended(&[&wrapped]).as_ref(), Some(&good));
        assert_eq!(mended(&[&format!("v=DKIM1; p={raw}")]).as_ref(), Some(&good));
    }

    #[test]
    fn what_is_lost_is_not_made_up() {
        let good = format!("v=DKIM1; k=rsa; p={}", rsa_spki(&modulus(256)));
        for length in 0..good.len() - 4 {
            assert_eq!(mended(&[&good[..length]]), None, "{length}");
        }
        assert_eq!(mended(&["v=DKIM1; p="]), None);
        assert_eq!(mended(&["v=spf1 -all"]), None);
        assert_eq!(mended(&[]), None);
    }
}
