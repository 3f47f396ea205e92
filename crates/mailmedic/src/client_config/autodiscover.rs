//! Autodiscover in its older form, plain old XML: the servers that Outlook is told (MS-OXDSCLI).

use super::xml::{add, children, field};
use super::{Config, Fault, MOST_TEXT, Server, Unusable, host, port, word, xml};
use crate::endpoint::{Endpoint, Protocol, Security};
use crate::name::Name;
use crate::words;

/// Writes what Outlook asks for an address of the domain (MS-OXDSCLI §3.1.5.2).
pub fn question(domain: &Name) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\
         <Request><EMailAddress>postmaster@{domain}</EMailAddress><AcceptableResponseSchema>\
         http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\
         </AcceptableResponseSchema></Request></Autodiscover>\n"
    )
    .into_bytes()
}

/// The media type of the question.
pub const MEDIA_TYPE: &str = "text/xml; charset=utf-8";

/// Reads the servers of an answer. One that leads elsewhere, or knows only Exchange, has none.
///
/// # Errors
/// Says why Outlook can use nothing of it.
pub fn read(document: &[u8]) -> Result<Config, Unusable> {
    xml::read(document, |root| {
        if root.tag_name().name() != "Autodiscover" {
            return Err(Unusable::Other("Autodiscover"));
        }
        let response = children(root, "Response").next().ok_or(Unusable::Lacks("Response"))?;
        let Some(account) = children(response, "Account").next() else {
            let error = children(response, "Error").next().ok_or(Unusable::Lacks("Account"))?;
            let code = field(error, "ErrorCode").unwrap_or_default();
            let message = field(error, "Message").unwrap_or_default();
            let said = [code, message].join(" ");
            return Err(Unusable::Refusal(words::escape(said.trim(), MOST_TEXT)));
        };
        let mut config = Config::default();
        for node in children(account, "Protocol") {
            // Since 2013 the type may stand in an attribute.
            let kind = field(node, "Type").or_else(|| node.attribute("Type")).unwrap_or_default();
            let protocol = match kind.to_ascii_uppercase().as_str() {
                "IMAP" => Protocol::Imap,
                "POP3" => Protocol::Pop3,
                "SMTP" => Protocol::Submission,
                _ => continue,
            };
            if !add(&mut config, server(protocol, |name| field(node, name))) {
                break;
            }
        }
        Ok(config)
    })
}

fn server<'a>(protocol: Protocol, field: impl Fn(&'static str) -> Option<&'a str>) -> Result<Server, Fault> {
    let host = host(protocol, field("Server"))?;
    let port = port(protocol, field("Port"))?;
    let usual = Endpoint::well_known(port).filter(|row| row.0 == protocol).map(|row| row.1);
    // Outlook tries what fits the port where it is to find out by itself.
    let found_out = Some(usual.unwrap_or(Security::Implicit));
    let encryption = field("Encryption").map(|text| (text, text.to_ascii_lowercase()));
    let security = match encryption.as_ref().map(|(text, word)| (*text, word.as_str())) {
        Some((_, "none")) => None,
        Some((_, "ssl")) => Some(Security::Implicit),
        Some((_, "tls")) => Some(Security::Starttls),
        Some((_, "auto")) => found_out,
        Some((text, _)) if !text.is_empty() => {
            return Err(Fault::Encryption(word(protocol), words::escape(text, MOST_TEXT)));
        }
        // SSL is on where nothing is said, and Encryption counts more.
        _ if field("SSL").is_some_and(|text| text.eq_ignore_ascii_case("off")) => None,
        _ => found_out,
    };
    Ok(Server { protocol, security, host, port })
}
