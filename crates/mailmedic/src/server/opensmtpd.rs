//! OpenSMTPD: `smtpd.conf`.

use super::{Context, Server, acme, edit, fix, lines};
use crate::endpoint::{Protocol, Security};
use crate::finding::{Change, Fix};
use crate::software::Product;

/// OpenSMTPD 6.4 or newer.
pub(super) struct OpenSmtpd;

impl Server for OpenSmtpd {
    fn product(&self) -> Product {
        Product::OpenSmtpd
    }

    fn speaks(&self, protocol: Protocol) -> bool {
        matches!(protocol, Protocol::Smtp | Protocol::Submission)
    }

    fn cures(&self, change: &Change, context: &Context, _version: Option<&str>) -> Vec<Fix> {
        let name = context.name();
        let set = |text: &str, config: String, before: Vec<String>| {
            let commands = [before, lines(&[CHECK_AND_RESTART])].concat();
            vec![edit(Product::OpenSmtpd, format!("{text} {WHERE}"), config, commands)]
        };
        match change {
            Change::Reload => vec![fix(Product::OpenSmtpd, RELOAD, with_hook(lines(&[CHECK_AND_RESTART])))],
            Change::RenewCertificate { names } => match acme::certbot(&acme::names(names, context)) {
                Some(command) => {
                    let commands = with_hook(vec![command, CHECK_AND_RESTART.to_owned()]);
                    vec![fix(Product::OpenSmtpd, RENEW, commands)]
                }
                None => Vec::new(),
            },
            Change::ServeChain { file, .. } => match context.chain_source(file) {
                Some(source) => {
                    let target = context.chain_target();
                    set(
                        &format!("{} Serve it from one file; the key stays.", context.chain_place(file)),
                        format!("pki {name} cert \"{target}\""),
                        vec![format!("install -D -m 0644 {source} {target}")],
                    )
                }
                None => Vec::new(),
            },
            Change::RequireTlsForLogin => set(
                "Take logins only inside TLS.",
                format!("listen on 0.0.0.0 port 587 tls-require pki {name} auth"),
                Vec::new(),
            ),
            Change::SetMode { security, port } => {
                let word = if *security == Security::Implicit { "smtps" } else { "tls" };
                let auth = if *port == 25 { "" } else { " auth" };
                set(
                    "Set the mode of the port: 'smtps' is TLS from the first byte, 'tls' offers STARTTLS.",
                    format!("listen on 0.0.0.0 port {port} {word} pki {name}{auth}"),
                    Vec::new(),
                )
            }
            Change::OfferStarttls => {
                let live = acme::live(&name);
                set(
                    "Get a certificate and offer STARTTLS.",
                    format!(
                        "pki {name} cert \"{live}/fullchain.pem\"\npki {name} key \"{live}/privkey.pem\"\n\
                         listen on 0.0.0.0 port 25 tls pki {name}"
                    ),
                    acme::certbot(std::slice::from_ref(&name)).into_iter().collect(),
                )
            }
            _ => Vec::new(),
        }
    }
}

fn with_hook(mut commands: Vec<String>) -> Vec<String> {
    commands.extend(acme::hook("opensmtpd", CHECK_AND_RESTART));
    commands
}

const CHECK_AND_RESTART: &str = "smtpd -n && systemctl restart opensmtpd";

const WHERE: &str = "In /etc/smtpd.conf, in place of the lines for the same certificate and port (keep the address and \
                     the words after 'auth' that stand there):";

const RELOAD: &str = "Restart OpenSMTPD, which reads certificates when it starts (on OpenBSD: rcctl restart smtpd). The \
                      last two lines, once, make certbot do it after each renewal.";

const RENEW: &str = "Renew the certificate and load it; OpenSMTPD refuses a key that others may read or its group may \
                     write. The last two lines, once, make certbot load each later one.";
