//! Courier: `imapd-ssl`, `pop3d-ssl`, with certificate and key in one file.

use super::{Context, Server, acme, edit, fix, lines};
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
            _ => Vec::new(),
        }
    }
}

const RESTART: &str = "systemctl restart 'courier*'";

const RELOAD: &str = "Restart Courier: it does not read certificates again by itself. If its file is a copy, put the \
                      new key and chain into it first.";

const ONE_FILE: &str = "The file named by TLS_CERTFILE in /etc/courier/imapd-ssl and pop3d-ssl holds the private key, \
                        your own certificate and the intermediates, in this order; it belongs to the user courier with \
                        mode 0600.";
