//! Configuration profiles of Apple's (`.mobileconfig`): the mail servers that an iPhone or a Mac is given.
//!
//! A profile may hold a password, so it is read and not kept.

use roxmltree::Node;

use super::{Config, Fault, MOST_SERVERS, Server, Unusable, host, port, xml};
use crate::endpoint::{Endpoint, Protocol, Security};

/// Reads the mail accounts of a profile; one that is signed (CMS) may be given as it is.
///
/// # Errors
/// Says why a device could use nothing of it.
pub fn read(file: &[u8]) -> Result<Config, Unusable> {
    xml::read(plist(file)?, |root| {
        if root.tag_name().name() != "plist" {
            return Err(Unusable::Other("plist"));
        }
        let profile = root.children().find(|node| is_element(node, "dict")).ok_or(Unusable::Lacks("dict"))?;
        let payloads = value(profile, "PayloadContent").ok_or(Unusable::Lacks("PayloadContent"))?;
        let mut config = Config::default();
        for payload in payloads.children().filter(|node| is_element(node, "dict")) {
            if text_of(payload, "PayloadType") == Some(MAIL) {
                account(&mut config, payload);
            }
        }
        Ok(config)
    })
}

fn account(config: &mut Config, payload: Node<'_, '_>) {
    let incoming = match text_of(payload, "EmailAccountType") {
        Some("EmailTypePOP") => Protocol::Pop3,
        _ => Protocol::Imap,
    };
    for (protocol, side) in [(incoming, "Incoming"), (Protocol::Submission, "Outgoing")] {
        if config.servers.len() + config.faults.len() >= MOST_SERVERS {
            config.faults.push(Fault::TooMany(MOST_SERVERS));
            return;
        }
        match server(protocol, |name| value(payload, &format!("{side}MailServer{name}"))) {
            Ok(server) => config.servers.push(server),
            Err(fault) => config.faults.push(fault),
        }
    }
}

fn server<'a, 'b: 'a>(
    protocol: Protocol,
    field: impl Fn(&str) -> Option<Node<'a, 'b>>,
) -> Result<Server, Fault> {
    let host = host(protocol, field("HostName").and_then(|node| node.text()))?;
    let is_tls = field("UseSSL").is_some_and(|node| node.tag_name().name() == "true");
    let port = match (field("PortNumber"), protocol, is_tls) {
        (Some(node), ..) => port(protocol, node.text())?,
        (None, Protocol::Pop3, true) => 995,
        (None, Protocol::Pop3, false) => 110,
        (None, Protocol::Submission, _) => 587,
        (None, _, true) => 993,
        (None, ..) => 143,
    };
    // Which of the two modes it is the port decides.
    let usual = Endpoint::well_known(port).filter(|row| row.0 == protocol).map(|row| row.1);
    let mode = if port == 25 { Security::Starttls } else { usual.unwrap_or(Security::Implicit) };
    Ok(Server { protocol, security: is_tls.then_some(mode), host, port })
}

/// Returns the property list of a file: all of it, or what a signature is wrapped around.
fn plist(file: &[u8]) -> Result<&[u8], Unusable> {
    let start = memchr::memmem::find(file, b"<?xml").or_else(|| memchr::memmem::find(file, b"<plist"));
    let end = memchr::memmem::rfind(file, END).map(|at| at + END.len());
    match (start, end) {
        (Some(start), Some(end)) => file.get(start..end).ok_or(Unusable::Other("plist")),
        _ => Err(Unusable::Other("plist")),
    }
}

/// Returns the value of a key in a dictionary.
fn value<'a, 'b>(dict: Node<'a, 'b>, key: &str) -> Option<Node<'a, 'b>> {
    let is_key = |node: &Node<'_, '_>| is_element(node, "key") && node.text().map(str::trim) == Some(key);
    let key = dict.children().find(is_key)?;
    key.next_siblings().skip(1).find(Node::is_element)
}

fn text_of<'a, 'b: 'a>(dict: Node<'a, 'b>, key: &str) -> Option<&'a str> {
    value(dict, key)?.text().map(str::trim)
}

fn is_element(node: &Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

/// The type of a payload that sets up mail.
const MAIL: &str = "com.apple.mail.managed";

const END: &[u8] = b"</plist>";
