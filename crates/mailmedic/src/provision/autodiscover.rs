//! Microsoft's Autodiscover in plain XML (MS-OXDSCLI): what classic Outlook reads.

use roxmltree::{Document, ParsingOptions};

use super::xml::Xml;
use super::{Address, Server, Service};
use crate::endpoint::{Protocol, Security};

/// Writes the response; without an address Outlook asks its user for what to log in with.
pub fn document(service: &Service, address: Option<&Address>) -> String {
    let mut xml = Xml::new("");
    xml.open("Autodiscover", &[("xmlns", RESPONSE)]);
    xml.open("Response", &[("xmlns", OUTLOOK)]);
    xml.open("User", &[]);
    xml.leaf("DisplayName", &service.name);
    if let Some(address) = address {
        xml.leaf("AutoDiscoverSMTPAddress", &address.to_string());
    }
    xml.close();
    xml.open("Account", &[]);
    xml.leaf("AccountType", "email");
    xml.leaf("Action", "settings");
    let kinds = [(Protocol::Imap, "IMAP"), (Protocol::Pop3, "POP3"), (Protocol::Submission, "SMTP")];
    for (protocol, kind) in kinds {
        // Outlook takes one of each, whatever follows.
        if let Some(server) = service.best(protocol) {
            write(&mut xml, kind, server, service, address);
        }
    }
    xml.finish()
}

fn write(xml: &mut Xml, kind: &str, server: &Server, service: &Service, address: Option<&Address>) {
    let implicit = server.security == Security::Implicit;
    xml.open("Protocol", &[]);
    xml.leaf("Type", kind);
    xml.leaf("Server", server.host.as_ascii());
    xml.leaf("Port", &server.port.to_string());
    match address {
        Some(address) => xml.leaf("LoginName", &address.log_in(service.log_in)),
        // Without a name Outlook would try what stands before the @.
        None => xml.leaf("DomainRequired", "on"),
    }
    xml.leaf("SPA", "off");
    // Encryption, which Outlook knows since 2010, wins over SSL; there TLS is the word for STARTTLS.
    xml.leaf("SSL", "on");
    xml.leaf("Encryption", if implicit { "SSL" } else { "TLS" });
    xml.leaf("AuthRequired", "on");
    if server.protocol == Protocol::Submission {
        xml.leaf("UsePOPAuth", "on");
        xml.leaf("SMTPLast", "off");
    }
    xml.close();
}

/// Reads the address of a request; none where it is no request for this kind of response.
pub fn address_of(request: &[u8]) -> Option<Address> {
    let text = str::from_utf8(request).ok()?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // Entities could grow without end.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).ok()?;
    let root = document.root_element();
    if root.tag_name().name() != "Autodiscover" {
        return None;
    }
    let field = |name: &str| {
        root.descendants().find(|node| node.is_element() && node.tag_name().name() == name)?.text()
    };
    // ActiveSync asks in the same way for something else.
    if field("AcceptableResponseSchema").is_some_and(|schema| schema.trim() != OUTLOOK) {
        return None;
    }
    Address::new(field("EMailAddress")?).ok()
}

/// The name space of the whole.
const RESPONSE: &str = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";

/// The name space of what is in it, and the word by which Outlook asks for it.
const OUTLOOK: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/// A request has five elements.
const MOST_NODES: u32 = 100;

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::service::tests::sample;
    use super::{OUTLOOK, address_of, document};
    use crate::provision::Address;

    fn request(schema: &str, address: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\
             <Request><EMailAddress>{address}</EMailAddress>\
             <AcceptableResponseSchema>{schema}</AcceptableResponseSchema></Request></Autodiscover>"
        )
    }

    #[test]
    fn the_response_is_what_outlook_reads() {
        assert_snapshot!(document(&sample(), Some(&Address::new("ann@example.org").unwrap())));
    }

    #[test]
    fn without_an_address_outlook_is_to_ask() {
        let text = document(&sample(), None);
        assert!(!text.contains("LoginName") && text.contains("<DomainRequired>on</DomainRequired>"));
    }

    #[test]
    fn requests_are_read() {
        let read = |text: &str| address_of(text.as_bytes()).map(|address| address.to_string());
        assert_eq!(read(&request(OUTLOOK, " ann@Example.org ")), Some("ann@example.org".to_owned()));
        let mobile = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006";
        assert_eq!(read(&request(mobile, "ann@example.org")), None);
        assert_eq!(read(&request(OUTLOOK, "nobody")), None);
        assert_eq!(read("<a/>"), None);
        assert_eq!(read("no XML"), None);
        assert_eq!(read("<!DOCTYPE a [<!ENTITY b 'b'>]><Autodiscover>&b;</Autodiscover>"), None);
        assert_eq!(address_of(&[0xFF, 0xFE]), None);
        let bom = format!("\u{FEFF}{}", request(OUTLOOK, "ann@example.org"));
        assert_eq!(read(&bom), Some("ann@example.org".to_owned()));
    }
}
