//! Who signed a message: its DKIM-Signature fields (RFC 6376 §3.5), read without checking them.

use crate::name::Name;
use crate::observation::Signer;
use crate::records::tags::fields;

/// Returns who signed a message, each signer once; of an endless header only the start is read.
pub fn signers(message: &[u8]) -> Vec<Signer> {
    let message = message.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(message);
    let message = message.get(..MOST_HEADER).unwrap_or(message);
    let mut signers = Vec::new();
    let mut field: Vec<u8> = Vec::new();
    let mut begun = false;
    for line in message.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            if begun {
                break;
            }
            continue;
        }
        begun = true;
        // RFC 5322 §2.2.3: what begins with a blank goes on with the field.
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            take(&field, &mut signers);
            field.clear();
        }
        if field.len() + line.len() <= MOST_FIELD {
            field.extend_from_slice(line);
        }
    }
    take(&field, &mut signers);
    signers
}

fn take(field: &[u8], signers: &mut Vec<Signer>) {
    let Some(colon) = field.iter().position(|byte| *byte == b':') else { return };
    let (name, value) = field.split_at(colon);
    if !name.trim_ascii_end().eq_ignore_ascii_case(b"DKIM-Signature") || signers.len() >= MOST_SIGNERS {
        return;
    }
    let value = String::from_utf8_lossy(value.get(1..).unwrap_or_default());
    let tag = |wanted: &str| {
        let value = fields(&value).find(|(tag, _)| *tag == wanted)?.1?;
        Name::new(value).ok()
    };
    let (Some(domain), Some(selector)) = (tag("d"), tag("s")) else { return };
    let signer = Signer { domain, selector: selector.as_ascii().to_owned() };
    if !signers.contains(&signer) {
        signers.push(signer);
    }
}

/// The most bytes of a message in which its header is looked for.
pub const MOST_HEADER: usize = 1 << 20;

/// The most bytes of one field.
const MOST_FIELD: usize = 1 << 16;

/// Signers of one message.
const MOST_SIGNERS: usize = 20;

#[cfg(test)]
mod tests {
    use super::signers;

    fn found(message: &str) -> Vec<String> {
        let row = |signer: crate::observation::Signer| format!("{} {}", signer.selector, signer.domain);
        signers(message.as_bytes()).into_iter().map(row).collect()
    }

    #[test]
    fn folded_fields_are_put_together() {
        let message = "Received: by mx.example.net;\r\n\tSun, 1 Nov 2026\r\n\
                       dkim-signature: v=1; a=rsa-sha256;\r\n d=Example.ORG;\r\n\ts=s2026; b=ab\r\n cd\r\n\
                       DKIM-Signature : v=1; d=list.example.net ; s = a.b\r\n\
                       From: a@example.org\r\n\r\n\
                       DKIM-Signature: d=body.example; s=no\r\n";
        assert_eq!(found(message), ["s2026 example.org", "a.b list.example.net"]);
        assert_eq!(found(&message.replace("\r\n", "\n")), found(message));
        assert_eq!(found(&format!("\u{feff}\n{message}")), found(message));
        assert_eq!(found(&format!("From a@example.org Sun Nov  1\n{message}")), found(message));
    }

    #[test]
    fn what_is_no_signer_is_passed_over() {
        for field in [
            "ARC-Message-Signature: d=example.org; s=x",
            "DKIM-Signature: s=x; b=",
            "DKIM-Signature: d=example.org",
            "DKIM-Signature: d=a b; s=x",
            "DKIM-Signature: d=example.org; s=",
            "DKIM-Signature",
            "X: DKIM-Signature: d=example.org; s=x",
        ] {
            assert_eq!(found(field), [""; 0], "{field}");
        }
        assert_eq!(found("DKIM-Signature: d=example.org; s=x"), ["x example.org"]);
    }

    #[test]
    fn signers_are_told_once_and_bounded() {
        let twice = "DKIM-Signature: d=example.org; s=x\n".repeat(3);
        assert_eq!(found(&twice).len(), 1);
        let many: String = (0..100).map(|n| format!("DKIM-Signature: d=example.org; s=x{n}\n")).collect();
        assert_eq!(found(&many).len(), 20);
        let long = format!("DKIM-Signature: d=example.org; s=x;\n{}", " b=a\n".repeat(100_000));
        assert_eq!(found(&long), ["x example.org"]);
        let endless = format!("{}DKIM-Signature: d=example.org; s=x", "X: y\n".repeat(1 << 18));
        assert_eq!(found(&endless), [""; 0]);
    }
}
