//! The commands that show whether a cure worked, so that they meet the server that was met.

use mailmedic::report::Report;

/// Puts the words of the look into the commands that look again: without them another server could be met, or a
/// root be missing.
pub(crate) fn carry(report: &mut Report, words: &[String]) {
    if words.is_empty() {
        return;
    }
    let options = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    let findings = report.targets.iter_mut().flat_map(|target| &mut target.findings);
    for command in findings.flat_map(|finding| &mut finding.verify) {
        if let Some(rest) = command.strip_prefix(CHECK) {
            *command = format!("{CHECK}{options} {}", targets(rest));
        }
    }
}

/// Leaves out what leads elsewhere, since it stands among the words of the look already.
fn targets(words: &str) -> String {
    let mut targets: Vec<&str> = Vec::new();
    let mut words = words.split(' ');
    while let Some(word) = words.next() {
        if word == "--connect-to" {
            words.next();
        } else {
            targets.push(word);
        }
    }
    targets.join(" ")
}

/// Makes one word of a text for a POSIX shell.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:,+@%=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

const CHECK: &str = "mailmedic check ";

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::{quoted, targets};
    use crate::args::Connecting;

    #[derive(clap::Parser)]
    struct Words {
        #[command(flatten)]
        connecting: Connecting,
    }

    fn again(words: &[&str]) -> String {
        let words = Words::try_parse_from([&["mailmedic"], words].concat()).unwrap();
        words.connecting.again().iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_leads_to_the_server_is_given_again_and_what_only_takes_time_is_not() {
        assert_eq!(again(&["--timeout", "2s", "--depth", "quick"]), "");
        assert_eq!(again(&["--depth", "full", "--offline"]), "--depth full");
        assert_eq!(again(&["--depth", "list"]), "--depth list");
        assert_eq!(
            again(&["--ca-file", "my root's.pem", "--connect-to", "a::[2001:db8::1]:", "-4"]),
            r"--connect-to 'a::[2001:db8::1]:' --ca-file 'my root'\''s.pem' --ipv4"
        );
    }

    #[test]
    fn nothing_is_led_elsewhere_twice() {
        assert_eq!(
            targets("--connect-to a:25:127.0.0.1:1025 a:25 'lmtp+unix:/a b'"),
            "a:25 'lmtp+unix:/a b'"
        );
    }
}
