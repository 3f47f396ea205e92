//! Sendmail 8: `sendmail.mc`.

use super::{Context, FORWARD_SECRET_SUITES, OLD_SENDERS, Server, acme, edit, fix, lines, older_than};
use crate::endpoint::Protocol;
use crate::finding::{Change, Fix};
use crate::software::Product;

/// Sendmail.
pub(super) struct Sendmail;

impl Server for Sendmail {
    fn product(&self) -> Product {
        Product::Sendmail
    }

    fn speaks(&self, protocol: Protocol) -> bool {
        matches!(protocol, Protocol::Smtp | Protocol::Submission)
    }

    fn cures(&self, change: &Change, context: &Context, _version: Option<&str>) -> Vec<Fix> {
        let set = |text: &str, config: String, before: Vec<String>| {
            let commands = [before, lines(&[BUILD_AND_RESTART])].concat();
            vec![edit(Product::Sendmail, format!("{text} {WHERE}"), config, commands)]
        };
        match change {
            Change::Reload => vec![fix(Product::Sendmail, RELOAD, with_hook(lines(&[RESTART])))],
            Change::RenewCertificate { names } => match acme::certbot(&acme::names(names, context)) {
                Some(command) => {
                    vec![fix(Product::Sendmail, RENEW, with_hook(vec![command, RESTART.to_owned()]))]
                }
                None => Vec::new(),
            },
            Change::ServeChain { file, .. } => match context.chain_source(file) {
                Some(source) => {
                    let target = context.chain_target();
                    set(
                        &format!("{} Serve it from one file; the key stays.", context.chain_place(file)),
                        format!("define(`confSERVER_CERT', `{target}')dnl"),
                        vec![format!("install -D -m 0644 {source} {target}")],
                    )
                }
                None => Vec::new(),
            },
            Change::MinimumTls { version } => {
                set("Set the oldest version of TLS.", server_options(version), Vec::new())
            }
            Change::ModernTls => set(
                "Offer TLS 1.2 and 1.3, which needs OpenSSL 1.1.1 or newer.",
                server_options("TLSv1.2"),
                Vec::new(),
            ),
            Change::ServerOrder => {
                set("Choose the cipher by the server's order.", server_options("TLSv1.2"), Vec::new())
            }
            Change::NoRenegotiation => set(
                "Refuse renegotiation, which needs Sendmail 8.16 with OpenSSL 1.1.1 or newer.",
                server_options("TLSv1.2"),
                Vec::new(),
            ),
            Change::SessionTickets => {
                set("Give out no session tickets.", server_options("TLSv1.2"), Vec::new())
            }
            Change::StrongSuites { .. } => set(
                &format!(
                    "Keep only ciphers with forward secrecy. {OLD_SENDERS} The list holds for outgoing mail, too."
                ),
                format!("define(`confCIPHER_LIST', `{FORWARD_SECRET_SUITES}')dnl"),
                Vec::new(),
            ),
            Change::StrongDh => set(
                "Use none of the ciphers that need Diffie-Hellman parameters: those with ECDHE take their place.",
                "define(`confDH_PARAMETERS', `none')dnl".to_owned(),
                Vec::new(),
            ),
            Change::OfferStarttls
            | Change::ServeName { .. }
            | Change::MendTls
            | Change::RequireTlsForLogin
            | Change::SetMode { .. }
            | Change::ModernGroups
            | Change::NoClientCertificate
            | Change::Update
            | Change::Dns { .. }
            | Change::MtaStsPolicy { .. }
            | Change::ClientName { .. } => Vec::new(),
        }
    }
}

/// Returns the one line for OpenSSL: the same for every change, so that no cure undoes another.
fn server_options(oldest: &str) -> String {
    let refused: String =
        older_than(oldest).iter().map(|old| format!("+SSL_OP_NO_{} ", old.replace('.', "_"))).collect();
    format!("define(`confSERVER_SSL_OPTIONS', `{refused}{ALWAYS}')dnl")
}

/// Options beside the versions.
const ALWAYS: &str = "+SSL_OP_CIPHER_SERVER_PREFERENCE +SSL_OP_NO_RENEGOTIATION +SSL_OP_NO_TICKET";

fn with_hook(mut commands: Vec<String>) -> Vec<String> {
    commands.extend(acme::hook("sendmail", RESTART));
    commands
}

const RESTART: &str = "systemctl restart sendmail";

const BUILD_AND_RESTART: &str = "make -C /etc/mail && systemctl restart sendmail";

const WHERE: &str =
    "In /etc/mail/sendmail.mc, above the MAILER lines and in place of a line of the same name:";

const RELOAD: &str = "Restart Sendmail. The last two lines, once, make certbot do it after each renewal.";

const RENEW: &str = "Renew the certificate and load it; Sendmail refuses a key that group or others may read. The last \
                     two lines, once, make certbot load each later one.";
