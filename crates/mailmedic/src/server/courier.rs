//! Courier: `imapd-ssl`, `pop3d-ssl`, with certificate and key in one file.

use super::{Context, GNUTLS_STRONG, STRONG_SUITES, Server, acme, edit, fix, gnutls_versions, lines};
use crate::endpoint::Protocol;
use crate::finding::{Change, Fix};
use crate::software::Product;

/// Courier.
pub(super) struct Courier;

impl Server for Courier {
    fn product(&self) -> Product {
        Product::Courier
    }

    fn speaks(&self, protocol: Protocol) -> bool {
        matches!(protocol, Protocol::Imap | Protocol::Pop3)
    }

    fn cures(&self, change: &Change, context: &Context, _version: Option<&str>) -> Vec<Fix> {
        match change {
            Change::Reload => vec![fix(Product::Courier, RELOAD, lines(&[RESTART]))],
            Change::RenewCertificate { names } => match acme::certbot(&acme::names(names, context)) {
                Some(command) => {
                    let text = format!("Renew the certificate. {ONE_FILE} Then restart.");
                    vec![fix(Product::Courier, text, vec![command, RESTART.to_owned()])]
                }
                None => Vec::new(),
            },
            Change::ServeChain { .. } => {
                let text = format!("{ONE_FILE} Then restart.");
                vec![fix(Product::Courier, text, lines(&[RESTART]))]
            }
            Change::RequireTlsForLogin => vec![edit(
                Product::Courier,
                "Take logins only inside TLS: the first line in /etc/courier/imapd-ssl, the second in \
                 /etc/courier/pop3d-ssl.",
                "IMAP_TLS_REQUIRED=1\nPOP3_TLS_REQUIRED=1",
                lines(&[RESTART]),
            )],
            Change::MinimumTls { version } => {
                builds("Set the oldest version of TLS.", version, &protocol(version))
            }
            Change::ModernTls => builds(
                "Offer TLS 1.2 and 1.3, which needs GnuTLS 3.6.5 or OpenSSL 1.1.1.",
                "TLSv1.2",
                &protocol("TLSv1.2"),
            ),
            Change::StrongSuites { .. } => builds(
                "Keep only ciphers with forward secrecy and authenticated encryption.",
                "TLSv1.2",
                &format!("TLS_CIPHER_LIST=\"{STRONG_SUITES}\""),
            ),
            Change::StrongDh => builds(
                "Use none of the ciphers that need Diffie-Hellman parameters: those with ECDHE take their place.",
                "TLSv1.2",
                &format!("TLS_CIPHER_LIST=\"{STRONG_SUITES}\""),
            ),
            Change::ModernGroups => vec![build(
                GNUTLS,
                "Leave the choice to GnuTLS, whose default has the usual curves and, from 3.8.9 on, X25519MLKEM768. \
                 An OpenSSL build has no setting for it: update OpenSSL.",
                &priority("TLSv1.2"),
            )],
            Change::ServerOrder => {
                builds("Choose the cipher by the server's order.", "TLSv1.2", FIRM_PROTOCOL)
            }
            Change::NoRenegotiation => {
                vec![build(OPENSSL, "Refuse renegotiation; GnuTLS does so by itself.", FIRM_PROTOCOL)]
            }
            Change::OfferStarttls
            | Change::MendTls
            | Change::SetMode { .. }
            | Change::ServeName { .. }
            | Change::SessionTickets
            | Change::NoClientCertificate
            | Change::Update
            | Change::Dns { .. }
            | Change::MtaStsPolicy { .. }
            | Change::ClientName { .. } => Vec::new(),
        }
    }
}

/// Returns a cure for each library that Courier may be built with; each ignores the other's settings.
fn builds(text: &str, oldest: &str, openssl: &str) -> Vec<Fix> {
    vec![build(GNUTLS, text, &priority(oldest)), build(OPENSSL, text, openssl)]
}

/// Returns a cure for one build.
fn build(which: &str, text: &str, config: &str) -> Fix {
    edit(Product::Courier, format!("Courier built with {which}: {text} {WHERE}"), config, lines(&[RESTART]))
}

/// Returns the one line of a GnuTLS build: the same for every change, so that no cure undoes another.
fn priority(oldest: &str) -> String {
    format!("TLS_PRIORITY=\"NORMAL:{}:{GNUTLS_STRONG}\"", gnutls_versions(oldest))
}

/// Returns the line of an OpenSSL build for this oldest version and newer ones.
fn protocol(oldest: &str) -> String {
    let plus = if oldest == "TLSv1" { "" } else { "+" };
    format!("TLS_PROTOCOL=\"{oldest}{plus}\"")
}

/// The second plus refuses renegotiation and chooses by the server's order.
const FIRM_PROTOCOL: &str = "TLS_PROTOCOL=\"TLSv1.2++\"";

/// The builds, and who has them; `couriertls` is linked with the one or the other.
const GNUTLS: &str = "GnuTLS (Debian, Ubuntu; ldd $(which couriertls) says which)";
const OPENSSL: &str = "OpenSSL (most others; ldd $(which couriertls) says which)";

const WHERE: &str =
    "In /etc/courier/imapd-ssl and /etc/courier/pop3d-ssl, in place of a line of the same name:";

const RESTART: &str = "systemctl restart 'courier*'";

const RELOAD: &str = "Restart Courier: it does not read certificates again by itself. If its file is a copy, put the \
                      new key and chain into it first.";

const ONE_FILE: &str = "The file named by TLS_CERTFILE in /etc/courier/imapd-ssl and pop3d-ssl holds the private key, \
                        your own certificate and the intermediates, in this order; it belongs to the user courier with \
                        mode 0600.";
