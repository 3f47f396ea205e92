//! XML documents, written element by element; nothing in a value can end it (XML 1.0 §2.4).

/// Writes a document with an indent of two spaces.
#[derive(Debug)]
pub(super) struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    /// Begins a document; `declared` stands between the XML declaration and the first element.
    pub(super) fn new(declared: &str) -> Self {
        Self { text: format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{declared}"), open: Vec::new() }
    }

    /// Opens an element.
    pub(super) fn open(&mut self, tag: &'static str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push('<');
        self.text.push_str(tag);
        self.attributes(attributes);
        self.text.push_str(">\n");
        self.open.push(tag);
    }

    /// Closes the innermost element.
    pub(super) fn close(&mut self) {
        if let Some(tag) = self.open.pop() {
            self.indent();
            self.text.push_str(&format!("</{tag}>\n"));
        }
    }

    /// Writes an element with a text.
    pub(super) fn leaf(&mut self, tag: &str, text: &str) {
        self.leaf_with(tag, &[], text);
    }

    /// Writes an element with attributes and a text.
    pub(super) fn leaf_with(&mut self, tag: &str, attributes: &[(&str, &str)], text: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(tag);
        self.attributes(attributes);
        self.text.push('>');
        self.text.push_str(&escape(text));
        self.text.push_str(&format!("</{tag}>\n"));
    }

    /// Writes an element without content.
    pub(super) fn empty(&mut self, tag: &str) {
        self.indent();
        self.text.push_str(&format!("<{tag}/>\n"));
    }

    /// Closes what is open, and returns the document.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn indent(&mut self) {
        self.text.push_str(&"  ".repeat(self.open.len()));
    }

    fn attributes(&mut self, attributes: &[(&str, &str)]) {
        for (name, value) in attributes {
            self.text.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
    }
}

/// Writes a text so that it stands for itself; what no document may hold is replaced (XML 1.0 §2.2).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            // Written plainly they would be read as spaces, or as other ends of lines.
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(c))),
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};
    use roxmltree::Document;

    use super::Xml;

    #[test]
    fn elements_are_nested_and_closed() {
        let mut xml = Xml::new("");
        xml.open("a", &[("b", "1\"<")]);
        xml.leaf("c", "x & y");
        xml.empty("d");
        assert_eq!(
            xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"1&quot;&lt;\">\n  <c>x &amp; y</c>\n  <d/>\n</a>\n"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_again(text in any::<String>(), attribute in any::<String>()) {
            let mut xml = Xml::new("");
            xml.open("a", &[("b", &attribute)]);
            xml.leaf("c", &text);
            let written = xml.finish();
            let read = Document::parse(&written).unwrap();
            let legal = |text: &str| text.chars().map(|c| match c {
                '\t' | '\n' | '\r' => c,
                '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
                _ => c,
            }).collect::<String>();
            let root = read.root_element();
            assert_eq!(root.attribute("b").unwrap(), legal(&attribute));
            let inner = root.first_element_child().unwrap();
            assert_eq!(inner.text().unwrap_or_default(), legal(&text));
        }
    }
}
