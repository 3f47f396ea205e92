//! Cyrus IMAP 3: `imapd.conf`.

use super::{Context, STRONG_SUITES, Server, acme, edit, fix, lines, older_than};
use crate::endpoint::Protocol;
use crate::finding::{Change, Fix};
use crate::software::Product;

/// Cyrus IMAP.
pub(super) struct Cyrus;

impl Server for Cyrus {
    fn product(&self) -> Product {
        Product::Cyrus
    }

    fn speaks(&self, protocol: Protocol) -> bool {
        matches!(protocol, Protocol::Imap | Protocol::Pop3 | Protocol::Sieve | Protocol::Lmtp)
    }

    fn cures(&self, change: &Change, context: &Context, _version: Option<&str>) -> Vec<Fix> {
        let set = |text: &str, config: String, before: Vec<String>| {
            let commands = [before, lines(&[RESTART])].concat();
            vec![edit(Product::Cyrus, format!("{text} {WHERE}"), config, commands)]
        };
        match change {
            Change::Reload => vec![fix(Product::Cyrus, RELOAD, with_hook(lines(&[RESTART])))],
            Change::RenewCertificate { names } => match acme::certbot(&acme::names(names, context)) {
                Some(command) => {
                    vec![fix(Product::Cyrus, RENEW, with_hook(vec![command, RESTART.to_owned()]))]
                }
                None => Vec::new(),
            },
            Change::ServeChain { file, .. } => match context.chain_source(file) {
                Some(source) => {
                    let target = context.chain_target();
                    set(
                        &format!("{} Serve it from one file; the key stays.", context.chain_place(file)),
                        format!("tls_server_cert: {target}"),
                        vec![format!("install -D -m 0644 {source} {target}")],
                    )
                }
                None => Vec::new(),
            },
            Change::RequireTlsForLogin => {
                set("Take passwords only inside TLS.", "allowplaintext: no".to_owned(), Vec::new())
            }
            Change::MinimumTls { version } => {
                let refused = older_than(version);
                let allowed = WORDS.iter().filter(|(known, _)| !refused.contains(known));
                let words: Vec<&str> = allowed.map(|(_, word)| *word).collect();
                set("Set the versions of TLS.", format!("tls_versions: {}", words.join(" ")), Vec::new())
            }
            Change::ModernTls => {
                set("Allow TLS 1.2 and 1.3.", "tls_versions: tls1_2 tls1_3".to_owned(), Vec::new())
            }
            Change::StrongSuites { .. } => set(
                "Keep only ciphers with forward secrecy and authenticated encryption.",
                format!("tls_ciphers: {STRONG_SUITES}"),
                Vec::new(),
            ),
            Change::StrongDh => set(
                "Use none of the ciphers that need Diffie-Hellman parameters: those with ECDHE take their place.",
                format!("tls_ciphers: {STRONG_SUITES}"),
                Vec::new(),
            ),
            Change::ServerOrder => set(
                "Choose the cipher by the server's order.",
                "tls_prefer_server_ciphers: 1".to_owned(),
                Vec::new(),
            ),
            Change::ModernGroups => set(
                "Cyrus takes one curve only: use the one that every client has. X25519MLKEM768 cannot stand beside it.",
                "tls_eccurve: prime256v1".to_owned(),
                Vec::new(),
            ),
            Change::ServeName { .. }
            | Change::OfferStarttls
            | Change::MendTls
            | Change::SetMode { .. }
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

fn with_hook(mut commands: Vec<String>) -> Vec<String> {
    commands.extend(acme::hook("cyrus", RESTART));
    commands
}

/// Versions as the other adapters and as Cyrus name them.
const WORDS: [(&str, &str); 4] =
    [("TLSv1", "tls1_0"), ("TLSv1.1", "tls1_1"), ("TLSv1.2", "tls1_2"), ("TLSv1.3", "tls1_3")];

const RESTART: &str = "systemctl restart cyrus-imapd";

const WHERE: &str = "In /etc/imapd.conf, in place of a line of the same name (with imap_, pop3_, lmtp_ or sieve_ in \
                     front of it, a name holds for that service only and wins):";

const RELOAD: &str = "Restart Cyrus, whose services read certificates when they start. The last two lines, once, make \
                      certbot do it after each renewal.";

const RENEW: &str = "Renew the certificate and load it; the key must be readable for user cyrus. The last two lines, \
                     once, make certbot load each later one.";
