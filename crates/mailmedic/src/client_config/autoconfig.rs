//! Autoconfig documents: the servers that a provider tells Thunderbird and others (draft-ietf-mailmaint-autoconfig).

use roxmltree::Node;

use super::xml::{add, children, field};
use super::{Config, Fault, MOST_TEXT, Server, Unusable, host, port, word, xml};
use crate::endpoint::{Protocol, Security};
use crate::name::Name;
use crate::words;

/// Reads the servers of a document for a mail domain.
///
/// # Errors
/// Says why clients can use nothing of it.
pub fn read(document: &[u8], domain: &Name) -> Result<Config, Unusable> {
    xml::read(document, |root| {
        if root.tag_name().name() != "clientConfig" {
            return Err(Unusable::Other("clientConfig"));
        }
        let provider = children(root, "emailProvider").next().ok_or(Unusable::Lacks("emailProvider"))?;
        let mut config = Config::default();
        for node in provider.children().filter(Node::is_element) {
            let protocol = match (node.tag_name().name(), node.attribute("type")) {
                ("incomingServer", Some("imap")) => Protocol::Imap,
                ("incomingServer", Some("pop3")) => Protocol::Pop3,
                ("outgoingServer", Some("smtp")) => Protocol::Submission,
                // Exchange, JMAP and others are told by URL.
                _ => continue,
            };
            let socket_type = socket_type(protocol, node);
            if let Err((fault, Some(_))) = &socket_type {
                // What the word means is clear, so that the server can be looked at all the same.
                config.faults.push(fault.clone());
            }
            if !add(&mut config, server(protocol, node, domain, socket_type)) {
                break;
            }
        }
        Ok(config)
    })
}

/// How to come to TLS, or why clients do not know, with what is meant where that is clear.
type SocketType = Result<Option<Security>, (Fault, Option<Option<Security>>)>;

fn server(
    protocol: Protocol,
    node: Node<'_, '_>,
    domain: &Name,
    socket: SocketType,
) -> Result<Server, Fault> {
    let name = field(node, "hostname").map(|text| text.replace("%EMAILDOMAIN%", domain.as_ascii()));
    Ok(Server {
        protocol,
        security: match socket {
            Ok(security) | Err((_, Some(security))) => security,
            Err((fault, None)) => return Err(fault),
        },
        host: host(protocol, name.as_deref())?,
        port: port(protocol, field(node, "port"))?,
    })
}

/// Reads the first `socketType` that clients know.
fn socket_type(protocol: Protocol, node: Node<'_, '_>) -> SocketType {
    let mut words = children(node, "socketType").filter_map(|node| node.text()).map(str::trim);
    let first = words.next().ok_or((Fault::NoSocketType(word(protocol)), None))?;
    let known = |text: &str| SOCKET_TYPES.iter().find(|row| row.0 == text).map(|row| row.1);
    if let Some(security) = std::iter::once(first).chain(words).find_map(known) {
        return Ok(security);
    }
    let meant = SOCKET_TYPES.iter().find(|row| row.0.eq_ignore_ascii_case(first)).map(|row| row.1);
    Err((Fault::SocketType(word(protocol), words::escape(first, MOST_TEXT)), meant))
}

/// The words of `socketType`; Thunderbird tells capitals from small letters.
const SOCKET_TYPES: [(&str, Option<Security>); 3] =
    [("SSL", Some(Security::Implicit)), ("STARTTLS", Some(Security::Starttls)), ("plain", None)];
