//! Foreign documents in XML: read within bounds, and without what XML lets a document do to its reader.

use std::borrow::Cow;

use roxmltree::{Document, Node, ParsingOptions};

use crate::words;

/// Why bytes are no document in XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum XmlFault {
    /// They are no UTF-8.
    Encoding,
    /// A web page is in its place.
    Page,
    /// The text is no XML; the reason tells where.
    Syntax(String),
}

/// Reads a document of so many nodes at most, and hands its root over.
///
/// # Errors
/// Says why it is no XML, or what `read` says.
pub(crate) fn read<T, E: From<XmlFault>>(
    document: &[u8],
    most_nodes: u32,
    read: impl FnOnce(Node<'_, '_>) -> Result<T, E>,
) -> Result<T, E> {
    let text = without_doctype(text(document)?);
    // No DTD: entities could grow without end.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: most_nodes, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options)
        .map_err(|error| XmlFault::Syntax(words::escape(&error.to_string(), MOST_REASON)))?;
    read(document.root_element())
}

/// Reads bytes as the text of a document, unless they are a web page.
///
/// # Errors
/// Says that it is no text, or a page.
pub(crate) fn text(document: &[u8]) -> Result<&str, XmlFault> {
    let text = str::from_utf8(document).map_err(|_| XmlFault::Encoding)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let start: String =
        text.trim_start().chars().take(PAGES[0].len()).collect::<String>().to_ascii_lowercase();
    if PAGES.iter().any(|page| start.starts_with(page)) { Err(XmlFault::Page) } else { Ok(text) }
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
pub(crate) fn children<'a, 'b: 'a>(node: Node<'a, 'b>, name: &'a str) -> impl Iterator<Item = Node<'a, 'b>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// Returns the text of the first element of this name right below a node.
pub(crate) fn field<'a, 'b: 'a>(node: Node<'a, 'b>, name: &'a str) -> Option<&'a str> {
    children(node, name).next().and_then(|node| node.text()).map(str::trim)
}

/// How web pages begin, the longest first.
const PAGES: [&str; 3] = ["<!doctype html", "<html", "<head"];

/// The most of a parser's reason that is shown.
const MOST_REASON: usize = 120;
