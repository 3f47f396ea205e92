//! Reads the codes that libraries and servers put into messages: numbers, names and fixed wordings.
//!
//! Each kind has a file with tables. What a code means is seen from the program that printed the text.

mod acme;
mod alert;
mod gnutls;
mod nss;
mod openssl;
mod scan;
mod schannel;
mod smtp;
mod tlsrpt;
mod x509;

#[cfg(test)]
mod tests;

use std::ops::Range;

/// One code in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Where it stands, in bytes; the ends are borders of characters.
    pub at: Range<usize>,
    /// Whose code it is.
    pub kind: CodeKind,
    /// Its name where it is defined; for an SMTP reply the kind of refusal in one word.
    pub name: &'static str,
    /// Its number as its definition has it: of an OpenSSL error the reason alone, which old and new versions share.
    /// An enhanced status code (RFC 3463) is `class · 1 000 000 + subject · 1 000 + detail`.
    pub number: Option<u64>,
    /// What it means for mail; none where it says too little alone.
    pub means: Option<Means>,
}

/// Who defines a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeKind {
    /// The error queue of OpenSSL and its kin, by number or by the reason's text.
    OpenSsl,
    /// A TLS alert (RFC 8446 section 6).
    Alert(Direction),
    /// A verdict of OpenSSL's verifier, `X509_V_ERR_…`.
    X509,
    /// GnuTLS, `GNUTLS_E_…` and the words of its verifier.
    GnuTls,
    /// NSS: Thunderbird and Firefox.
    Nss,
    /// Windows: Schannel and its verifier, or an event of Schannel.
    Schannel,
    /// An SMTP reply code or enhanced status code.
    Smtp,
    /// A result type of a TLS report (RFC 8460 section 4.3).
    TlsRpt,
    /// A problem type of ACME (RFC 8555 section 6.7).
    Acme,
}

/// Who sent an alert: it is the sender who refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The peer sent it to the program that printed the text.
    Received,
    /// The program that printed the text sent it.
    Sent,
    /// The text does not tell.
    Unknown,
}

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Means {
    /// The id of a rule, or `not-tls` or `benign`.
    pub rule: &'static str,
    /// Who is at fault.
    pub whose: Whose,
    /// How sure that rule is, from the code alone.
    pub certainty: Certainty,
}

/// Where a fault lies, seen from the program that printed the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The program itself, its configuration or its machine.
    ThisSide,
    /// Who it talks to.
    Peer,
    /// What lies between: filters, proxies, DNS.
    Network,
    /// The code does not tell.
    Unknown,
}

/// How sure a meaning is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// One of several that are as good.
    Possible,
    /// Most often this.
    Likely,
    /// The code says nothing else.
    Certain,
}

/// Finds the codes in a text, ordered by place; at most [`MOST`].
///
/// Takes time in proportion to the text, whatever it holds.
pub fn codes(text: &str) -> Vec<Code> {
    let mut found = Vec::new();
    for decode in DECODERS {
        let mut part = Vec::new();
        decode(text, &mut part);
        found.append(&mut part);
    }
    found.sort_by_key(|code| (code.at.start, code.at.end));
    found.dedup_by(|one, other| one.at == other.at && one.kind == other.kind);
    found.truncate(MOST);
    let is_specific = |means: Means| !GENERAL.contains(&means.rule) && means.rule != NOT_TLS;
    if found
        .iter()
        .filter_map(|code| code.means)
        .any(|means| is_specific(means) && means.certainty > Certainty::Possible)
    {
        let all = found.iter_mut().filter_map(|code| code.means.as_mut());
        for means in all.filter(|means| GENERAL.contains(&means.rule)) {
            means.certainty = Certainty::Possible;
        }
    }
    found
}

/// Rules that only say that no reason is told: where another code tells one, they are its consequence.
const GENERAL: &[&str] = &["cert-verify-failed", "tls-handshake-failed"];

const NOT_TLS: &str = "not-tls";

/// The most codes that are told of one text: a message has a handful.
pub const MOST: usize = 256;

/// A decoder adds at most [`MOST`] codes.
type Decode = fn(&str, &mut Vec<Code>);

const DECODERS: &[Decode] = &[
    openssl::decode,
    alert::decode,
    x509::decode,
    gnutls::decode,
    nss::decode,
    schannel::decode,
    smtp::decode,
    tlsrpt::decode,
    acme::decode,
];

/// A row's meaning, short enough for tables.
const fn means(rule: &'static str, whose: Whose, certainty: Certainty) -> Option<Means> {
    Some(Means { rule, whose, certainty })
}
