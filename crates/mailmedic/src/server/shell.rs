//! Foreign text in commands: a name from DNS or a certificate must never become a command of its own.

use crate::name::Name;

/// Returns a DNS name as one shell word; none for what is no DNS name, or would be read as an option.
///
/// A wildcard is quoted, since a shell would expand its star.
pub(super) fn name(text: &str) -> Option<String> {
    let name = Name::new(text).ok()?;
    let ascii = name.as_ascii();
    if ascii.starts_with('-') { None } else { word(ascii) }
}

/// Returns a text as one shell word; none if it is empty or holds control or non-ASCII characters, which a
/// terminal may act on while they are pasted.
pub(super) fn word(text: &str) -> Option<String> {
    if text.is_empty() || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || BARE.contains(&byte)) && !text.starts_with('-')
    {
        return Some(text.to_owned());
    }
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}

/// Returns the path of a file as one shell word; a leading dash is kept from looking like an option.
pub(super) fn path(text: &str) -> Option<String> {
    if text.starts_with('-') { word(&format!("./{text}")) } else { word(text) }
}

/// Punctuation that no shell gives a meaning to, wherever it stands in a word.
const BARE: &[u8] = b"./:_-@+,%";

#[cfg(test)]
mod tests {
    use super::{name, path, word};

    #[test]
    fn plain_names_stay_plain() {
        assert_eq!(name("Mail.Example.org.").as_deref(), Some("mail.example.org"));
        assert_eq!(name("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(name("*.example.org").as_deref(), Some("'*.example.org'"));
        assert_eq!(path("/etc/ssl/mail/key.pem").as_deref(), Some("/etc/ssl/mail/key.pem"));
    }

    #[test]
    fn hostile_names_are_refused() {
        for text in ["a;reboot", "$(reboot)", "a`id`", "a b", "a\nb", "-rf", "--config=x", "a'b", "a|b", ""] {
            assert_eq!(name(text), None, "{text:?}");
        }
    }

    #[test]
    fn hostile_paths_are_quoted_or_refused() {
        assert_eq!(path("a;reboot").as_deref(), Some("'a;reboot'"));
        assert_eq!(path("it's $(x)").as_deref(), Some(r"'it'\''s $(x)'"));
        assert_eq!(path("-o").as_deref(), Some("./-o"));
        assert_eq!(word("-o").as_deref(), Some("'-o'"));
        assert_eq!(path("a\u{1b}[2J"), None);
        assert_eq!(path("a\rb"), None);
        assert_eq!(path("a\u{202e}b"), None);
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for text in
            ["a;reboot", "it's $(x) `y` \"z\" \\ !", "*", "~root", "a&b|c<d>e", "#x", "%1", "{a,b}", "a=b"]
        {
            let script = format!("printf %s {}", word(text).unwrap());
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(output.stdout, text.as_bytes(), "{script}");
        }
    }
}
