//! Whether a name that was checked speaks for the author's (RFC 9989 §4.4, §4.10.2).

use super::record::Mode;
use super::walk::Walk;
use crate::name::Name;
use crate::records::{Answers, Missing};

/// Tells whether a name that SPF or DKIM has checked agrees with the domain of the author.
///
/// # Errors
/// Says why it cannot be told.
pub fn aligned(answers: &Answers<'_>, author: &Name, checked: &Name, mode: Mode) -> Result<bool, Missing> {
    if author == checked {
        return Ok(true);
    }
    if mode == Mode::Strict {
        return Ok(false);
    }
    let [one, other] = [author, checked].map(|name| Walk::whole(answers, name).organisation());
    Ok(one? == other?)
}

#[cfg(test)]
mod tests {
    use super::aligned;
    use crate::name::Name;
    use crate::observation::DnsType;
    use crate::records::dmarc::Mode;
    use crate::records::sample::{absent, txt};
    use crate::records::{Answers, Missing};

    #[test]
    fn relaxed_asks_for_the_organisation_and_strict_for_the_name() {
        let [author, signer, other] =
            ["example.org", "mail.example.org", "example.com"].map(|text| Name::new(text).unwrap());
        let seen = [
            txt("_dmarc.example.org", &["v=DMARC1; p=none"]),
            absent("_dmarc.mail.example.org", DnsType::Txt),
            absent("_dmarc.example.com", DnsType::Txt),
            absent("_dmarc.org", DnsType::Txt),
            absent("_dmarc.com", DnsType::Txt),
        ];
        let answers = Answers::new(&seen);
        assert_eq!(aligned(&answers, &author, &author, Mode::Strict), Ok(true));
        assert_eq!(aligned(&answers, &author, &signer, Mode::Strict), Ok(false));
        assert_eq!(aligned(&answers, &author, &signer, Mode::Relaxed), Ok(true));
        assert_eq!(aligned(&answers, &author, &other, Mode::Relaxed), Ok(false));
        assert_eq!(aligned(&Answers::new(&[]), &author, &other, Mode::Relaxed), Err(Missing::Open));
    }
}
