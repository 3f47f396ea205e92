//! OpenSMTPD: `smtpd.conf`.

use super::{Context, FORWARD_SECRET_SUITES, OLD_SENDERS, STRONG_SUITES, Server, acme, edit, fix, lines};
use crate::endpoint::{Protocol, Role, Security};
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
            Change::MinimumTls { .. } => vec![edit(
                Product::OpenSmtpd,
                format!("{VERSIONS} {WHERE}"),
                listen(context, "protocols \"tlsv1.2,tlsv1.3\""),
                lines(&[CHECK_AND_RESTART]),
            )],
            Change::StrongSuites { .. } => {
                let mx = context.has(Role::Mx);
                let suites = if mx { FORWARD_SECRET_SUITES } else { STRONG_SUITES };
                let cost = if mx { format!(" {OLD_SENDERS}") } else { String::new() };
                vec![edit(
                    Product::OpenSmtpd,
                    format!("Keep only ciphers with forward secrecy.{cost} {GLOBAL}"),
                    format!("smtp ciphers \"{suites}\""),
                    lines(&[CHECK_AND_RESTART]),
                )]
            }
            Change::StrongDh => vec![edit(
                Product::OpenSmtpd,
                format!(
                    "Turn off the ciphers that need Diffie-Hellman parameters ('auto' instead of 'none' uses some of \
                     2048 bits or more, 'legacy' of 1024). {GLOBAL}"
                ),
                format!("pki {name} dhe none"),
                lines(&[CHECK_AND_RESTART]),
            )],
            Change::ServeName { .. }
            | Change::MendTls
            | Change::ModernTls
            | Change::ServerOrder
            | Change::ModernGroups
            | Change::NoRenegotiation
            | Change::SessionTickets
            | Change::NoClientCertificate
            | Change::Update
            | Change::Dns { .. }
            | Change::MtaStsPolicy { .. }
            | Change::ClientName { .. } => Vec::new(),
        }
    }
}

/// Returns a line for each port that was seen, with these words at its end.
fn listen(context: &Context, words: &str) -> String {
    let name = context.name();
    let mut lines: Vec<String> = Vec::new();
    for endpoint in &context.endpoints {
        let (mode, auth) = match (endpoint.security, endpoint.role) {
            (Security::Implicit, _) => ("smtps", " auth"),
            (Security::Starttls, Role::Mx) => ("tls", ""),
            (Security::Starttls, _) => ("tls-require", " auth"),
        };
        let line = format!("listen on 0.0.0.0 port {} {mode} pki {name}{auth} {words}", endpoint.port);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

const VERSIONS: &str = "Set the versions of TLS, in OpenSMTPD 7 or newer; older ones leave it to the TLS library: update, or \
                        set MinProtocol in openssl.cnf.";

const GLOBAL: &str = "In /etc/smtpd.conf, above the 'listen' lines and in place of a line of the same name:";

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
