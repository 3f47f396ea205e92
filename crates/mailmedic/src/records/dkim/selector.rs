//! Which selectors are looked at. They cannot be listed, so each was told, or is a guess (RFC 6376 §3.1).

use crate::name::Name;
use crate::observation::Depth;
use crate::records::{Answers, Look, Missing};
use crate::words;

/// How a selector is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The user named it.
    Given,
    /// A message that the user gave is signed with it.
    Signed,
    /// Nobody spoke of it; others use it.
    Guessed,
}

/// One selector of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The selector, made harmless.
    pub word: String,
    /// The signing domain.
    pub domain: Name,
    /// The name that bears the key.
    pub name: Name,
    /// How it is known.
    pub known: Known,
}

impl Selector {
    fn new(word: &str, domain: &Name, known: Known) -> Option<Self> {
        let name = Name::new(&format!("{word}._domainkey.{domain}")).ok()?;
        Some(Self { word: words::escape(word, MOST_SHOWN), domain: domain.clone(), name, known })
    }
}

/// Returns the selectors that somebody spoke of, each once: those given, then those of messages whose signing domain
/// is the domain or lies above or below it.
pub fn told(look: &Look<'_>) -> Vec<Selector> {
    let given =
        look.wishes.selectors.iter().filter_map(|word| Selector::new(word, look.domain, Known::Given));
    let signers = look.wishes.signers.iter().filter(|signer| is_related(&signer.domain, look.domain));
    let signed = signers.filter_map(|signer| Selector::new(&signer.selector, &signer.domain, Known::Signed));
    let mut told: Vec<Selector> = Vec::new();
    for selector in given.chain(signed).take(MOST_TOLD) {
        if !told.iter().any(|other| other.name == selector.name) {
            told.push(selector);
        }
    }
    told
}

/// Tells whether one name is the other, or lies above or below it: what a message is signed with may count for both.
pub fn is_related(one: &Name, other: &Name) -> bool {
    one.is_within(other) || other.is_within(one)
}

/// Returns the selectors that many use, but for those told; none unless everything is to be asked.
pub fn guesses(look: &Look<'_>) -> Vec<Selector> {
    if look.depth < Depth::Full {
        return Vec::new();
    }
    let told = told(look);
    let guesses = USUAL.iter().filter_map(|word| Selector::new(word, look.domain, Known::Guessed));
    guesses.filter(|guess| !told.iter().any(|other| other.name == guess.name)).collect()
}

/// Tells whether guesses are worth anything: not where a name that nobody has gets an answer, too.
///
/// # Errors
/// Says why it cannot be told.
pub fn can_guess(answers: &Answers<'_>, look: &Look<'_>) -> Result<bool, Missing> {
    match Selector::new(NOBODY, look.domain, Known::Guessed) {
        Some(nobody) => Ok(answers.texts(&nobody.name)?.is_empty()),
        None => Ok(false),
    }
}

/// Selectors of mail services and of common software, as seen in signatures.
const USUAL: [&str; 27] = [
    "default",
    "dkim",
    "mail",
    "email",
    "smtp",
    "key1",
    "key2",
    "s1",
    "s2",
    "k1",
    "k2",
    "k3",
    "selector1",
    "selector2",
    "google",
    "zoho",
    "zmail",
    "protonmail",
    "protonmail2",
    "protonmail3",
    "fm1",
    "fm2",
    "fm3",
    "sig1",
    "pm",
    "mxvault",
    "mandrill",
];

/// A selector that no domain has.
pub(super) const NOBODY: &str = "mailmedic-asks-for-a-selector-that-nobody-has";

/// The most characters of a selector that are shown.
const MOST_SHOWN: usize = 80;

/// Selectors that are told and looked at.
const MOST_TOLD: usize = 50;

#[cfg(test)]
mod tests {
    use super::{Known, can_guess, guesses, told};
    use crate::name::Name;
    use crate::observation::{Depth, DnsLook, Signer};
    use crate::records::sample::{failed, txt};
    use crate::records::{Answers, Look};

    #[test]
    fn selectors_are_told_or_guessed() {
        let domain = Name::new("example.org").unwrap();
        let signer = |domain: &str, selector: &str| Signer {
            domain: Name::new(domain).unwrap(),
            selector: selector.to_owned(),
        };
        let wishes = DnsLook {
            selectors: vec!["s2026".into(), "a.b".into(), "google".into()],
            signers: vec![
                signer("example.org", "s2026"),
                signer("mail.example.org", "x"),
                signer("org", "y"),
                signer("example.net", "z"),
            ],
            ..DnsLook::default()
        };
        let look = |depth| Look { domain: &domain, depth, wishes: &wishes, told: &[] };
        let names: Vec<(String, Known)> =
            told(&look(Depth::Standard)).into_iter().map(|row| (row.name.to_string(), row.known)).collect();
        assert_eq!(
            names,
            [
                ("s2026._domainkey.example.org".to_owned(), Known::Given),
                ("a.b._domainkey.example.org".to_owned(), Known::Given),
                ("google._domainkey.example.org".to_owned(), Known::Given),
                ("x._domainkey.mail.example.org".to_owned(), Known::Signed),
                ("y._domainkey.org".to_owned(), Known::Signed),
            ]
        );
        assert_eq!(guesses(&look(Depth::Standard)), []);
        let guesses = guesses(&look(Depth::Full));
        assert_eq!(guesses.len(), 26);
        assert!(guesses.iter().all(|guess| guess.word != "google"));
    }

    #[test]
    fn a_wildcard_makes_guesses_worthless() {
        let domain = Name::new("example.org").unwrap();
        let wishes = DnsLook::default();
        let look = Look { domain: &domain, depth: Depth::Full, wishes: &wishes, told: &[] };
        let nobody = format!("{}._domainkey.example.org", super::NOBODY);
        assert_eq!(can_guess(&Answers::new(&[txt(&nobody, &[])]), &look), Ok(true));
        assert_eq!(can_guess(&Answers::new(&[txt(&nobody, &["v=spf1 -all"])]), &look), Ok(false));
        assert!(
            can_guess(&Answers::new(&[failed(&nobody, crate::observation::DnsType::Txt)]), &look).is_err()
        );
    }
}
