//! Mozilla's autoconfig document (draft-ietf-mailmaint-autoconfig): what Thunderbird, K-9, Evolution and others read.

use super::xml::Xml;
use super::{LogIn, Server, Service};
use crate::endpoint::{Protocol, Security};
use crate::name::Name;

/// Writes the document of version 1.1 for a domain.
pub fn document(domain: &Name, service: &Service) -> String {
    let mut xml = Xml::new("");
    xml.open("clientConfig", &[("version", "1.1")]);
    xml.open("emailProvider", &[("id", domain.as_ascii())]);
    xml.leaf("domain", domain.as_ascii());
    xml.leaf("displayName", &service.name);
    xml.leaf("displayShortName", &service.short_name);
    // Programs take the first that they can use.
    for (protocol, kind) in [(Protocol::Imap, "imap"), (Protocol::Pop3, "pop3")] {
        for server in in_order(service, protocol) {
            write(&mut xml, "incomingServer", kind, server, service.log_in);
        }
    }
    for server in in_order(service, Protocol::Submission) {
        write(&mut xml, "outgoingServer", "smtp", server, service.log_in);
    }
    if let Some(help) = &service.help {
        xml.open("documentation", &[("url", help)]);
        xml.leaf_with("descr", &[("lang", "en")], &format!("How to set up {}", service.name));
        xml.close();
    }
    xml.finish()
}

/// Returns the servers of a protocol, TLS from the first byte first (RFC 8314 §3).
fn in_order(service: &Service, protocol: Protocol) -> Vec<&Server> {
    let mut servers: Vec<&Server> = service.of(protocol).collect();
    servers.sort_by_key(|server| server.security != Security::Implicit);
    servers
}

fn write(xml: &mut Xml, tag: &'static str, kind: &str, server: &Server, log_in: LogIn) {
    xml.open(tag, &[("type", kind)]);
    xml.leaf("hostname", server.host.as_ascii());
    xml.leaf("port", &server.port.to_string());
    xml.leaf("socketType", if server.security == Security::Implicit { "SSL" } else { "STARTTLS" });
    // Inside TLS, which both modes demand.
    xml.leaf("authentication", "password-cleartext");
    let placeholder = if log_in == LogIn::Address { "%EMAILADDRESS%" } else { "%EMAILLOCALPART%" };
    xml.leaf("username", placeholder);
    xml.close();
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::service::tests::sample;
    use super::document;
    use crate::name::Name;
    use crate::provision::LogIn;

    #[test]
    fn the_document_is_what_thunderbird_reads() {
        assert_snapshot!(document(&Name::new("example.org").unwrap(), &sample()));
    }

    #[test]
    fn log_in_by_the_local_part_has_its_own_word() {
        let mut service = sample();
        service.log_in = LogIn::LocalPart;
        let text = document(&Name::new("example.org").unwrap(), &service);
        assert!(text.contains("%EMAILLOCALPART%") && !text.contains("%EMAILADDRESS%"));
    }
}
