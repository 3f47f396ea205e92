//! What documents in XML have in common.

use roxmltree::Node;

use super::{Config, Fault, MOST_FAULTS, MOST_SERVERS, Server, Unusable};
use crate::xml::{self, XmlFault};
pub(super) use crate::xml::{children, field};

/// Reads a document and hands its root over.
///
/// # Errors
/// Says why it is no XML, or what `read` says.
pub(super) fn read<T>(
    document: &[u8],
    read: impl FnOnce(Node<'_, '_>) -> Result<T, Unusable>,
) -> Result<T, Unusable> {
    xml::read(document, MOST_NODES, read)
}

/// Reads bytes as the text of a document, unless they are a web page.
///
/// # Errors
/// Says that it is no text, or a page.
pub(super) fn text(document: &[u8]) -> Result<&str, Unusable> {
    Ok(xml::text(document)?)
}

impl From<XmlFault> for Unusable {
    fn from(fault: XmlFault) -> Self {
        match fault {
            XmlFault::Encoding => Self::Encoding,
            XmlFault::Page => Self::Page,
            XmlFault::Syntax(why) => Self::Xml(why),
        }
    }
}

/// Adds what was read of one server; false where there are too many.
pub(super) fn add(config: &mut Config, server: Result<Server, Fault>) -> bool {
    if config.servers.len() >= MOST_SERVERS || config.faults.len() >= MOST_FAULTS {
        config.faults.push(Fault::TooMany(MOST_SERVERS));
        return false;
    }
    match server {
        Ok(server) => config.servers.push(server),
        Err(fault) => config.faults.push(fault),
    }
    true
}

/// XML nodes of an honest document are a few dozen.
const MOST_NODES: u32 = 4096;
