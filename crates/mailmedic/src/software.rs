//! Which server software answers.

use serde::{Deserialize, Serialize};

/// The kinds of server software that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names of products say it")]
pub enum Product {
    Postfix,
    Dovecot,
    Exim,
    Cyrus,
    Courier,
    OpenSmtpd,
    Sendmail,
    Exchange,
    Stalwart,
    Haraka,
    Maddy,
    HMailServer,
    Gmail,
    Microsoft365,
}

impl Product {
    /// Returns the name as its makers write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Postfix => "Postfix",
            Self::Dovecot => "Dovecot",
            Self::Exim => "Exim",
            Self::Cyrus => "Cyrus",
            Self::Courier => "Courier",
            Self::OpenSmtpd => "OpenSMTPD",
            Self::Sendmail => "Sendmail",
            Self::Exchange => "Exchange",
            Self::Stalwart => "Stalwart",
            Self::Haraka => "Haraka",
            Self::Maddy => "maddy",
            Self::HMailServer => "hMailServer",
            Self::Gmail => "Gmail",
            Self::Microsoft365 => "Microsoft 365",
        }
    }

    /// Returns the word of `fixes[].for` in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Postfix => "postfix",
            Self::Dovecot => "dovecot",
            Self::Exim => "exim",
            Self::Cyrus => "cyrus",
            Self::Courier => "courier",
            Self::OpenSmtpd => "opensmtpd",
            Self::Sendmail => "sendmail",
            Self::Exchange => "exchange",
            Self::Stalwart => "stalwart",
            Self::Haraka => "haraka",
            Self::Maddy => "maddy",
            Self::HMailServer => "hmailserver",
            Self::Gmail => "gmail",
            Self::Microsoft365 => "microsoft365",
        }
    }
}

/// The software of one endpoint, as far as it shows itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Software {
    /// The product.
    pub product: Product,
    /// The version, where the server tells it.
    pub version: Option<String>,
    /// What gave it away.
    pub evidence: String,
}
