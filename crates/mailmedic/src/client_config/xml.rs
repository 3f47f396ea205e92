//! What documents in XML have in common.

use std::borrow::Cow;

use roxmltree::{Document, Node, ParsingOptions};

use super::{Config, Fault, MOST_FAULTS, MOST_SERVERS, Server, Unusable};
use crate::words;

/// Reads a document and hands its root over.
///
/// # Errors
/// Says why it is no XML, or what `read` says.
pub(super) fn read<T>(
    document: &[u8],
    read: impl FnOnce(Node<'_, '_>) -> Result<T, Unusable>,
) -> Result<T, Unusable> {
    let text = without_doctype(text(document)?);
    // No DTD: entities could grow without end.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options)
        .map_err(|error| Unusable::Xml(words::escape(&error.to_string(), MOST_REASON)))?;
    read(document.root_element())
}

/// Reads bytes as the text of a document, unless they are a web page.
///
/// # Errors
/// Says that it is no text, or a page.
pub(super) fn text(document: &[u8]) -> Result<&str, Unusable> {
    let text = str::from_utf8(document).map_err(|_| Unusable::Encoding)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let start: String =
        text.trim_start().chars().take(PAGES[0].len()).collect::<String>().to_ascii_lowercase();
    if PAGES.iter().any(|page| start.starts_with(page)) { Err(Unusable::Page) } else { Ok(text) }
}

/// Takes the DOCTYPE away, which says nothing of its own; one with entities stays, and is refused.
fn without_doctype(text: &str) -> Cow<'_, str> {
    let doctype = text.find("<!DOCTYPE").and_then(|start| {
        let end = start + text.get(start..)?.find('>')?;
        let inside = text.get(start..end)?;
        (!inside.contains('[')).then_some((text.get(..start)?, text.get(end + 1..)?))
    });
    doctype.map_or(Cow::Borrowed(text), |(before, after)| Cow::Owned([before, after].concat()))
}

/// Returns the elements of this name right below a node, whatever their namespace.
pub(super) fn children<'a, 'b: 'a>(node: Node<'a, 'b>, name: &'a str) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// Returns the text of the first element of this name right below a node.
pub(super) fn field<'a, 'b: 'a>(node: Node<'a, 'b>, name: &'a str) -> Option<&'a str> {
    children(node, name).next().and_then(|node| node.text()).map(str::trim)
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

/// How web pages begin, the longest first.
const PAGES: [&str; 3] = ["<!doctype html", "<html", "<head"];

/// XML nodes of an honest document are a few dozen.
const MOST_NODES: u32 = 4096;

/// The most of a parser's reason that is shown.
const MOST_REASON: usize = 120;
