//! TLS-RPT (RFC 8460 §3): where senders report how TLS went.

use super::{Made, Meant, Record};
use crate::name::{Name, NameError};
use crate::records::tls_rpt;
use crate::words;

/// Makes the record of a domain; `reports_to` are `mailto:` and `https:` addresses, or bare mail addresses.
///
/// # Errors
/// The name of the record would be too long.
pub fn make(domain: &Name, reports_to: &[String], ttl: u32) -> Result<Made, NameError> {
    let place = domain.under("_tls")?.under("_smtp")?;
    let addresses: Vec<String> = reports_to.iter().map(|address| super::dmarc::uri(address)).collect();
    let text = format!("v=TLSRPTv1; rua={}", addresses.join(","));
    let mut made = Made::default();
    match tls_rpt::read(&[&text]) {
        Ok(Some(_)) => {}
        Ok(None) => made.object("tls-rpt-record-invalid", "Nobody would take it for a TLS-RPT record."),
        Err(fault) => made.object("tls-rpt-record-invalid", format!("The record would be void: {fault}.")),
    }
    if let Some(odd) =
        addresses.iter().find(|address| address.contains([';', ' ', '!']) || !address.is_ascii())
    {
        let odd = words::escape(odd, 80);
        made.object(
            "tls-rpt-record-invalid",
            format!("{odd:?} has a character that must be written as %XX."),
        );
    }
    made.put(Record::txt(place, ttl, text), Meant::Version("v=TLSRPT"));
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::make;
    use crate::name::Name;

    fn made(addresses: &[&str]) -> super::Made {
        let addresses: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
        make(&Name::new("example.org").unwrap(), &addresses, 3600).unwrap()
    }

    #[test]
    fn bare_addresses_become_uris() {
        let made = made(&["tls@example.org", "https://r.example/v1"]);
        assert_eq!(
            made.records[0].line(),
            "_smtp._tls.example.org. 3600 IN TXT \"v=TLSRPTv1; rua=mailto:tls@example.org,https://r.example/v1\""
        );
        assert_eq!(made.objections, []);
    }

    #[test]
    fn what_senders_could_not_use_is_objected_to() {
        for address in ["http://r.example", "nobody", "mailto:a b@example.org"] {
            assert_eq!(
                made(&[address]).objections.first().unwrap().rule,
                "tls-rpt-record-invalid",
                "{address}"
            );
        }
        assert!(!made(&[]).objections.is_empty());
    }
}
