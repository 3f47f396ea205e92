//! TXT records as a zone file writes them.

use crate::name::Name;

/// Writes a TXT record; what is longer than a string may be is cut into several (RFC 1035 §3.3.14).
pub(in crate::rules) fn line(name: &Name, text: &str) -> String {
    let mut strings = vec![String::new()];
    for c in text.chars().filter(|c| !c.is_control()) {
        let is_full = strings.last().is_none_or(|last| last.len() + c.len_utf8() > MOST_BYTES);
        if is_full {
            strings.push(String::new());
        }
        if let Some(last) = strings.last_mut() {
            last.push(c);
        }
    }
    let quoted: Vec<String> = strings
        .iter()
        .map(|string| format!("\"{}\"", string.replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{name}. 3600 IN TXT {}", quoted.join(" "))
}

/// The most bytes of one string.
const MOST_BYTES: usize = 255;

#[cfg(test)]
mod tests {
    use super::line;
    use crate::name::Name;

    #[test]
    fn long_texts_become_several_strings() {
        let name = Name::new("a.example.org").unwrap();
        assert_eq!(line(&name, "v=x; \"y\""), "a.example.org. 3600 IN TXT \"v=x; \\\"y\\\"\"");
        let long = line(&name, &"k".repeat(600));
        let strings: Vec<usize> = long.split('"').map(str::len).filter(|len| *len > 1).skip(1).collect();
        assert_eq!(strings, [255, 255, 90]);
    }
}
