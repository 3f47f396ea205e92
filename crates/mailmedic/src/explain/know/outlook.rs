//! Outlook and other Windows mail programs.

use super::row::Whose::{This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "outlook",
    signs: &[
        ("outlook", Some(Role::Mua)),
        ("0x800CCC", Some(Role::Mua)),
        ("ポート", Some(Role::Mua)),
        ("The server you are connected to is using a security certificate", Some(Role::Mua)),
        ("The server you connected to is using a security certificate", Some(Role::Mua)),
        ("target principal name", Some(Role::Mua)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "wrong-tls-mode",
            "File, Account settings, More settings, Advanced: 993 and 995 with SSL/TLS, 465 with SSL/TLS, 587 with STARTTLS.",
        ),
        cure(
            "tls-version-obsolete",
            "Old Windows needs TLS 1.2 switched on for WinHTTP and SChannel; update Windows.",
        ),
    ],
};

const ROWS: &[Row] = &[
    plain("0x800CCC13", "connect-failed", Unknown),
    plain("0x80042108", "connect-failed", Unknown),
    plain("0x8004210B", "port-timeout", Unknown),
    plain("0x80072EE2", "port-timeout", Unknown),
    plain("0x800CCC78", "sender-rejected", Unknown),
    hints("0x80072F8F", "cert-verify-failed", Unknown).also(&["clock-skewed", "cert-expired"]),
    says("target principal name is incorrect", "cert-name-mismatch", Unknown),
    hints("security certificate that cannot be verified", "cert-verify-failed", Unknown).vague(),
    hints("security certificate that could not be verified", "cert-verify-failed", Unknown).vague(),
    says("name on the security certificate is invalid or does not match", "cert-name-mismatch", Unknown),
    says("security certificate has expired or is not yet valid", "cert-expired", Unknown)
        .also(&["cert-not-yet-valid", "clock-skewed"]),
    says("was issued by a company you have not chosen to trust", "cert-untrusted", Unknown),
    says("not from a trusted certifying authority", "cert-untrusted", Unknown),
    says("is not within its validity period", "cert-expired", Unknown)
        .also(&["cert-not-yet-valid", "clock-skewed"]),
    says("terminated in a root certificate which is not trusted", "cert-untrusted", Unknown),
    says("certificate chain could not be built to a trusted root", "chain-incomplete", Unknown)
        .likely()
        .also(&["cert-untrusted"]),
    says("CN name does not match the passed value", "cert-name-mismatch", Unknown),
    says("要求的证书不在有效期内", "cert-expired", Unknown).also(&["cert-not-yet-valid", "clock-skewed"]),
    says("innerhalb des Gültigkeitszeitraums", "cert-expired", Unknown)
        .likely()
        .also(&["cert-not-yet-valid", "clock-skewed"]),
    says("Der Zielprinzipalname ist falsch", "cert-name-mismatch", Unknown),
    says("目标主要名称不正确", "cert-name-mismatch", Unknown),
    hints("does not support the connection encryption type you have specified", "wrong-tls-mode", This)
        .also(&["tls-version-obsolete"]),
    hints("does not support the specified connection encryption type", "wrong-tls-mode", This)
        .also(&["tls-version-obsolete"]),
    hints("does not support an SSL connection", "starttls-missing", Unknown),
    hints("server does not support a SSL connection", "starttls-missing", Unknown),
    hints("encrypted connection to your mail server is not available", "wrong-tls-mode", This)
        .also(&["tls-version-obsolete"]),
    hints("Server does not support secure connections", "starttls-missing", Unknown),
    says("0x800CCC1A", "wrong-tls-mode", This).likely().also(&["tls-version-obsolete"]).general(),
    says("0x800CCC7D", "starttls-missing", Unknown).likely(),
    says("0x800CCC1B", "cert-verify-failed", Unknown).likely().general(),
    says("0x800CCC19", "port-timeout", Unknown).likely().general(),
    plain("0x800CCC0E", "port-refused", Unknown).consequence(),
    plain("0x800CCC0D", "dns-failure", Unknown),
    plain("0x800CCC92", "auth-failed", Unknown),
    plain("0x800CCC0F", "connection-lost", Unknown),
];
