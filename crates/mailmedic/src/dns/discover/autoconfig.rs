//! Autoconfig documents: the servers that a provider tells Thunderbird and others.

use roxmltree::{Document, Node, ParsingOptions};

use crate::endpoint::{Protocol, Security, Source};
use crate::name::Name;
use crate::observation::Told;

/// Returns the places of the document in the order of preference; the last ones count if those before fail.
pub(super) fn places(domain: &Name) -> [String; 3] {
    let query = format!("?emailaddress=postmaster%40{domain}");
    [
        format!("https://autoconfig.{domain}/mail/config-v1.1.xml{query}"),
        format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml{query}"),
        format!("http://autoconfig.{domain}/mail/config-v1.1.xml{query}"),
    ]
}

/// Reads the servers of a document.
///
/// # Errors
/// Says in words why it is no such document.
pub(super) fn read(document: &[u8], origin: &str, domain: &Name) -> Result<Vec<Told>, String> {
    let text = str::from_utf8(document).map_err(|_| "it is no UTF-8 text")?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // No DTD: entities could grow without end.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| format!("it is no XML: {error}"))?;
    let root = document.root_element();
    if root.tag_name().name() != "clientConfig" {
        return Err("it is no clientConfig document".into());
    }
    let provider = children(root, "emailProvider").next().ok_or("it has no emailProvider")?;
    let mut told = Vec::new();
    for server in provider.children().filter(Node::is_element) {
        let protocol = match (server.tag_name().name(), server.attribute("type")) {
            ("incomingServer", Some("imap")) => Protocol::Imap,
            ("incomingServer", Some("pop3")) => Protocol::Pop3,
            ("outgoingServer", Some("smtp")) => Protocol::Submission,
            _ => continue,
        };
        if told.len() == MOST_SERVERS {
            break;
        }
        let field = |name| children(server, name).find_map(|node| node.text()).map(str::trim);
        let host = field("hostname").ok_or("a server has no hostname")?;
        let port = field("port").and_then(|port| port.parse().ok()).filter(|port| *port != 0);
        let security = match field("socketType").map(str::to_ascii_lowercase).as_deref() {
            Some("ssl") => Some(Security::Implicit),
            Some("starttls") => Some(Security::Starttls),
            Some("plain") => None,
            _ => return Err("a server has no socketType of SSL, STARTTLS or plain".into()),
        };
        told.push(Told {
            source: Source::Autoconfig,
            origin: origin.to_owned(),
            protocol,
            security,
            host: Some(host.replace("%EMAILDOMAIN%", domain.as_ascii())),
            port: port.ok_or("a server has no port")?,
        });
    }
    Ok(told)
}

fn children<'a, 'b: 'a>(node: Node<'a, 'b>, name: &'a str) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// XML nodes of an honest document are a few dozen.
const MOST_NODES: u32 = 4096;

/// Servers that one document may name.
const MOST_SERVERS: usize = 16;

#[cfg(test)]
mod tests {
    use super::read;
    use crate::endpoint::{Protocol, Security};
    use crate::name::Name;

    type Row = (Protocol, Option<Security>, String, u16);

    fn told(servers: &str) -> Result<Vec<Row>, String> {
        let text = format!(
            "<?xml version='1.0'?>\n<clientConfig version='1.1'><emailProvider id='example.org'>{servers}</emailProvider></clientConfig>"
        );
        let told = read(text.as_bytes(), "https://a", &Name::new("example.org").unwrap())?;
        Ok(told
            .into_iter()
            .map(|told| (told.protocol, told.security, told.host.unwrap(), told.port))
            .collect())
    }

    fn server(tag: &str, kind: &str, port: &str, socket: &str) -> String {
        format!(
            "<{tag} type='{kind}'><hostname> mail.%EMAILDOMAIN% </hostname><port>{port}</port><socketType>{socket}</socketType></{tag}>"
        )
    }

    #[test]
    fn servers_are_read() {
        let text = [
            server("incomingServer", "imap", "993", "SSL"),
            server("incomingServer", "pop3", "110", "plain"),
            server("incomingServer", "exchange", "443", "SSL"),
            server("outgoingServer", "smtp", "587", "STARTTLS"),
        ]
        .concat();
        let host = String::from("mail.example.org");
        assert_eq!(
            told(&text).unwrap(),
            [
                (Protocol::Imap, Some(Security::Implicit), host.clone(), 993),
                (Protocol::Pop3, None, host.clone(), 110),
                (Protocol::Submission, Some(Security::Starttls), host, 587),
            ]
        );
    }

    #[test]
    fn broken_documents_say_why() {
        let fails = |text: &str| told(text).unwrap_err();
        assert_eq!(fails(&server("incomingServer", "imap", "x", "SSL")), "a server has no port");
        assert!(fails(&server("incomingServer", "imap", "993", "TLS")).contains("socketType"));
        assert_eq!(fails("<incomingServer type='imap'/>"), "a server has no hostname");
        let domain = Name::new("example.org").unwrap();
        let bomb = b"<!DOCTYPE a [<!ENTITY b 'bbbb'>]><clientConfig>&b;</clientConfig>";
        assert!(read(bomb, "", &domain).unwrap_err().starts_with("it is no XML"));
        assert!(read(b"<html/>", "", &domain).unwrap_err().contains("clientConfig"));
        let many = format!("<clientConfig>{}</clientConfig>", "<a/>".repeat(5000));
        assert!(read(many.as_bytes(), "", &domain).unwrap_err().starts_with("it is no XML"));
    }
}
