//! What a mail server calls itself.

use super::{EndpointObservation, Line};
use crate::name::Name;

/// The names that a server gives itself before TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Helo<'a> {
    /// The first word of the greeting (RFC 5321 §4.2: its domain).
    pub banner: Option<&'a str>,
    /// The first word of the reply to EHLO (RFC 5321 §4.1.1.1: its domain).
    pub reply: Option<&'a str>,
}

impl Helo<'_> {
    /// Returns the name by which the server goes: a full host name of its reply to EHLO, or else of its greeting.
    pub fn host(&self) -> Option<Name> {
        self.reply.and_then(full_name).or_else(|| self.banner.and_then(full_name))
    }
}

/// Reads a full host name: of two labels or more, and no address.
fn full_name(word: &str) -> Option<Name> {
    let name = Name::new(word).ok()?;
    let is_full = name.as_ascii().contains('.') && !name.as_ascii().contains(['*', '_']);
    (is_full && word.parse::<std::net::IpAddr>().is_err()).then_some(name)
}

impl EndpointObservation {
    /// Returns what an SMTP server calls itself; none where no dialogue was held.
    pub fn helo(&self) -> Option<Helo<'_>> {
        let talk = self.polite()?.plain.as_ref()?;
        let banner =
            talk.lines.first().filter(|line| line.sent.is_none()).and_then(|line| first_word(line, "220"));
        let is_ehlo = |line: &&Line| {
            let sent = line.sent.as_deref().and_then(|sent| sent.split(' ').next());
            sent.is_some_and(|word| word.eq_ignore_ascii_case("EHLO") || word.eq_ignore_ascii_case("HELO"))
        };
        // The last one counts: HELO follows where EHLO is refused.
        let reply = talk.lines.iter().rev().find(is_ehlo).and_then(|line| first_word(line, "250"));
        (banner.is_some() || reply.is_some()).then_some(Helo { banner, reply })
    }
}

/// Returns the first word behind the code of a reply.
fn first_word<'a>(line: &'a Line, code: &str) -> Option<&'a str> {
    let first = line.reply.as_deref()?.lines().next()?;
    let text = first.strip_prefix(code)?.strip_prefix(['-', ' '])?;
    text.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use crate::observation::Line;
    use crate::sample;

    fn line(sent: Option<&str>, reply: &str) -> Line {
        Line { sent: sent.map(str::to_owned), reply: Some(reply.to_owned()) }
    }

    #[test]
    fn the_names_of_greeting_and_reply_are_read() {
        let mut seen = sample::endpoint(25, &[]);
        assert_eq!(seen.helo().unwrap().banner, Some("mail.example.org"));
        let talk = seen.sessions[0].plain.as_mut().unwrap();
        talk.lines = vec![
            line(None, "220-mx.example.org ESMTP\n220 Postfix"),
            line(Some("EHLO localhost"), "250-out.example.org Hello localhost\n250 STARTTLS"),
            line(Some("STARTTLS"), "220 ready"),
        ];
        let helo = seen.helo().unwrap();
        assert_eq!(helo.host().unwrap().as_ascii(), "out.example.org");
        assert_eq!((helo.banner, helo.reply), (Some("mx.example.org"), Some("out.example.org")));
    }

    #[test]
    fn what_was_not_said_is_not_read() {
        let mut seen = sample::endpoint(25, &[]);
        let talk = seen.sessions[0].plain.as_mut().unwrap();
        talk.lines = vec![line(None, "554 go away"), line(Some("EHLO x"), "502 no")];
        assert_eq!(seen.helo(), None);
        let talk = seen.sessions[0].plain.as_mut().unwrap();
        talk.lines = vec![line(None, "220 localhost ESMTP"), line(Some("EHLO x"), "250 192.0.2.1")];
        assert_eq!(seen.helo().unwrap().host(), None);
        seen.sessions.clear();
        assert_eq!(seen.helo(), None);
    }
}
