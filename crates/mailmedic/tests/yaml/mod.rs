//! As much of YAML as the SPF test suite is written in, strictly: what is not understood panics.

use std::iter::Peekable;
use std::str::{Chars, Lines};

/// A piece of a document. Every scalar is a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Scalar(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Node {
    pub(crate) fn find(&self, key: &str) -> Option<&Self> {
        self.map().iter().find(|row| row.0 == key).map(|row| &row.1)
    }

    pub(crate) fn at(&self, key: &str) -> &Self {
        self.find(key).unwrap_or_else(|| panic!("no {key} in {self:?}"))
    }

    pub(crate) fn map(&self) -> &[(String, Self)] {
        match self {
            Self::Map(rows) => rows,
            other => panic!("no map: {other:?}"),
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            other => panic!("no list: {other:?}"),
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Scalar(text) => text,
            other => panic!("no text: {other:?}"),
        }
    }
}

/// Reads all documents of a file.
pub(crate) fn documents(text: &str) -> Vec<Node> {
    let mut all = Vec::new();
    let mut lines = text.lines().peekable();
    loop {
        while lines.peek().is_some_and(|line| *line == "---" || is_empty(line)) {
            lines.next();
        }
        if lines.peek().is_none() {
            return all;
        }
        all.push(block(&mut lines, 0));
    }
}

fn is_empty(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Reads the map or list that begins here, up to a line that stands further left.
fn block(lines: &mut Peekable<Lines<'_>>, least: usize) -> Node {
    let (mut items, mut rows) = (Vec::new(), Vec::new());
    let mut column = None;
    while let Some(line) = lines.peek().copied() {
        if is_empty(line) {
            lines.next();
            continue;
        }
        let here = indent(line);
        if line == "---" || here < least || column.is_some_and(|column| here < column) {
            break;
        }
        assert_eq!(*column.get_or_insert(here), here, "{line:?} stands too far right");
        lines.next();
        let line = line.trim();
        match line.strip_prefix("- ") {
            Some(item) => {
                let item = item.trim_start();
                items.push(match key(item) {
                    Some((name, rest)) => Node::Map(vec![(name, value(rest, lines, here))]),
                    None => value(item, lines, here),
                });
            }
            None => {
                let (name, rest) = key(line).unwrap_or_else(|| panic!("no key in {line:?}"));
                rows.push((name, value(rest, lines, here)));
            }
        }
    }
    assert!(items.is_empty() || rows.is_empty(), "a list and a map at once: {items:?} {rows:?}");
    if items.is_empty() { Node::Map(rows) } else { Node::List(items) }
}

/// Splits a line at its key.
fn key(line: &str) -> Option<(String, &str)> {
    if line.starts_with('"') {
        let (name, rest) = quoted(line);
        return Some((name, rest.strip_prefix(':')?.trim_start()));
    }
    if let Some((name, rest)) = line.split_once(": ") {
        return Some((name.to_owned(), rest.trim_start()));
    }
    Some((line.strip_suffix(':')?.to_owned(), ""))
}

/// Reads what stands behind a key or a dash, and the lines further right that belong to it.
fn value(text: &str, lines: &mut Peekable<Lines<'_>>, column: usize) -> Node {
    match text.chars().next() {
        None => {
            while lines.peek().is_some_and(|line| is_empty(line)) {
                lines.next();
            }
            match lines.peek() {
                Some(line) if indent(line) > column => block(lines, column + 1),
                _ => Node::Scalar(String::new()),
            }
        }
        Some('>' | '|') => Node::Scalar(further(lines, column).join(" ")),
        Some('"') => {
            let (text, rest) = quoted(text);
            assert_eq!(rest, "");
            Node::Scalar(text)
        }
        Some('\'') => Node::Scalar(single(text)),
        Some('[') => list(text),
        Some(_) => {
            let more = further(lines, column);
            Node::Scalar([vec![text.to_owned()], more].concat().join(" "))
        }
    }
}

/// Takes the lines that stand further right.
fn further(lines: &mut Peekable<Lines<'_>>, column: usize) -> Vec<String> {
    let mut taken = Vec::new();
    while let Some(line) = lines.peek() {
        if !line.trim().is_empty() && indent(line) <= column {
            break;
        }
        taken.extend(Some(line.trim().to_owned()).filter(|line| !line.is_empty()));
        lines.next();
    }
    taken
}

/// Reads a list in brackets, of scalars.
fn list(text: &str) -> Node {
    let mut rest = text.strip_prefix('[').unwrap().trim_start();
    let mut items = Vec::new();
    loop {
        if rest.starts_with(']') {
            assert_eq!(rest, "]", "{text:?}");
            return Node::List(items);
        }
        let (item, behind) = match rest.chars().next() {
            Some('"') => quoted(rest),
            Some('\'') => {
                let end = rest[1..].find('\'').unwrap() + 2;
                (single(&rest[..end]), &rest[end..])
            }
            _ => {
                let end = rest.find([',', ']']).unwrap_or_else(|| panic!("{text:?} has no end"));
                (rest[..end].trim().to_owned(), &rest[end..])
            }
        };
        items.push(Node::Scalar(item));
        rest = behind.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
}

fn single(text: &str) -> String {
    let inside = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap();
    assert!(!inside.contains('\''), "{text:?}");
    inside.to_owned()
}

/// Reads a text in double quotes, and returns what stands behind it.
fn quoted(text: &str) -> (String, &str) {
    let mut chars = text.strip_prefix('"').unwrap().chars();
    let mut read = String::new();
    loop {
        match chars.next().unwrap_or_else(|| panic!("{text:?} has no end")) {
            '"' => return (read, chars.as_str()),
            '\\' => read.push(escaped(&mut chars)),
            other => read.push(other),
        }
    }
}

fn escaped(chars: &mut Chars<'_>) -> char {
    match chars.next().unwrap() {
        '0' => '\0',
        'n' => '\n',
        'x' => {
            let digits: String = chars.take(2).collect();
            char::from(u8::from_str_radix(&digits, 16).unwrap())
        }
        same @ ('"' | '\\') => same,
        other => panic!("\\{other} is no escape that is known here"),
    }
}
