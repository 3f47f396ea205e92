//! Dovecot, whose settings are named otherwise from 2.4 on.
//!
//! `doveadm reload` succeeds even if the new configuration is broken and not applied, so that it runs only
//! after `doveconf` opened the files.

use super::{Context, STRONG_SUITES, Server, acme, edit, fix, lines};
use crate::endpoint::{Protocol, Role, Security};
use crate::finding::{Change, Fix};
use crate::software::Product;

/// Dovecot 2.3 and 2.4.
pub(super) struct Dovecot;

impl Server for Dovecot {
    fn product(&self) -> Product {
        Product::Dovecot
    }

    fn speaks(&self, protocol: Protocol) -> bool {
        matches!(protocol, Protocol::Imap | Protocol::Pop3 | Protocol::Sieve | Protocol::Lmtp)
    }

    fn cures(&self, change: &Change, context: &Context, version: Option<&str>) -> Vec<Fix> {
        let same = |text: &str, commands: Vec<String>| vec![fix(Product::Dovecot, text, commands)];
        let generations = |text: &str, old: &str, new: &str| generations(version, text, old, new, &[]);
        match change {
            Change::Reload => same(RELOAD, with_hook(lines(&[CHECK_AND_RELOAD]))),
            Change::RenewCertificate { names } => renew(version, &acme::names(names, context), context),
            Change::ServeChain { file, .. } => serve_chain(version, file, context),
            Change::ServeName { name } => serve_name(version, name),
            Change::OfferStarttls => {
                // Without logins nothing can be required; LMTP offers STARTTLS as soon as TLS is on.
                let required = if context.has(Role::Access) { "required" } else { "yes" };
                let live = acme::live(&context.name());
                generations(
                    "Turn TLS on; the paths are those of certbot.",
                    &format!(
                        "ssl = {required}\nssl_cert = <{live}/fullchain.pem\nssl_key = <{live}/privkey.pem"
                    ),
                    &format!(
                        "ssl = {required}\nssl_server_cert_file = {live}/fullchain.pem\n\
                         ssl_server_key_file = {live}/privkey.pem"
                    ),
                )
            }
            Change::MendTls => mend_tls(version),
            Change::RequireTlsForLogin => generations(
                "Take logins only inside TLS. Look for another value in a local_name or protocol block.",
                "ssl = required\ndisable_plaintext_auth = yes",
                "ssl = required\nauth_allow_cleartext = no",
            ),
            Change::SetMode { security, port } => set_mode(*security, *port, context),
            Change::MinimumTls { version: oldest } => {
                both("Set the oldest version of TLS", &format!("ssl_min_protocol = {oldest}"))
            }
            Change::ModernTls => both(
                "Offer TLS 1.2 and 1.3 (which needs OpenSSL 1.1.1 or newer; look for MaxProtocol in openssl.cnf if \
                 it is still missing); an ssl_cipher_suites line is better removed",
                "ssl_min_protocol = TLSv1.2",
            ),
            Change::StrongSuites { .. } => both(
                "Keep only ciphers with forward secrecy and authenticated encryption",
                &format!("ssl_cipher_list = {STRONG_SUITES}"),
            ),
            Change::ServerOrder => generations(
                "Let Dovecot choose the cipher by its own order.",
                "ssl_prefer_server_ciphers = yes",
                "ssl_server_prefer_ciphers = server",
            ),
            Change::StrongDh => self::generations(
                version,
                "Write the Diffie-Hellman group of 2048 bits of RFC 7919 into a file (OpenSSL before 3.0 makes one of \
                 its own, which takes a minute) and name the file.",
                "ssl_dh = </etc/dovecot/dh.pem",
                "ssl_server_dh_file = /etc/dovecot/dh.pem",
                &[MAKE_DH],
            ),
            Change::ModernGroups => both(
                "Leave the choice to OpenSSL, whose default has the usual curves and, from 3.5 on, X25519MLKEM768",
                "ssl_curve_list =",
            ),
            Change::NoRenegotiation => vec![edit(
                Product::Dovecot,
                NO_RENEGOTIATION,
                NO_RENEGOTIATION_LINES,
                lines(&["doveconf -n > /dev/null && systemctl restart dovecot"]),
            )],
            Change::SessionTickets => both(
                "Give out no session tickets; keep other words that stand in this line",
                "ssl_options = no_ticket",
            ),
            Change::NoClientCertificate => generations(
                "Do not ask mail programs for a certificate, unless people log in by certificate.",
                "ssl_verify_client_cert = no\nauth_ssl_require_client_cert = no",
                "ssl_server_request_client_cert = no\nauth_ssl_require_client_cert = no",
            ),
            Change::Update => same(UPDATE, lines(UPDATE_COMMANDS)),
            Change::Dns { .. } | Change::MtaStsPolicy { .. } | Change::ClientName { .. } => Vec::new(),
        }
    }
}

/// Returns the cures for the generations that it may be, with what has to be run before the check.
fn generations(version: Option<&str>, text: &str, old: &str, new: &str, before: &[&str]) -> Vec<Fix> {
    let told = |generation: &str| version.is_none_or(|version| version.starts_with(generation));
    let is_old = version.is_some_and(is_old);
    let mut fixes = Vec::new();
    if is_old || told("2.3") {
        let commands = before.iter().chain(&[CHECK_23_AND_RELOAD]).map(|command| (*command).to_owned());
        fixes.push(edit(Product::Dovecot, format!("Dovecot 2.3: {text} {WHERE}"), old, commands.collect()));
    }
    if !is_old {
        let commands = before.iter().chain(&[CHECK_AND_RELOAD]).map(|command| (*command).to_owned());
        let text = format!("Dovecot 2.4 or newer: {text} {WHERE}");
        fixes.push(edit(Product::Dovecot, text, new, commands.collect()));
    }
    fixes
}

/// Returns the cure whose setting is the same in both generations.
fn both(text: &str, config: &str) -> Vec<Fix> {
    let text = format!("Dovecot 2.3, 2.4 or newer: {text}. {WHERE}");
    vec![edit(Product::Dovecot, text, config, lines(&[CHECK_AND_RELOAD]))]
}

fn with_hook(mut commands: Vec<String>) -> Vec<String> {
    commands.extend(acme::hook("dovecot", "doveadm reload"));
    commands
}

/// Gets a certificate, and tells how to name its files: what was self-signed or bought stands elsewhere, and a
/// renewal alone would change nothing.
fn renew(version: Option<&str>, names: &[String], context: &Context) -> Vec<Fix> {
    let Some(certbot) = acme::certbot(names) else { return Vec::new() };
    let live = acme::live_of(names, context);
    let old = format!("ssl_cert = <{live}/fullchain.pem\nssl_key = <{live}/privkey.pem");
    let new =
        format!("ssl_server_cert_file = {live}/fullchain.pem\nssl_server_key_file = {live}/privkey.pem");
    let config = match version {
        None => format!("# Dovecot 2.3:\n{old}\n# Dovecot 2.4 or newer:\n{new}"),
        Some(version) if is_old(version) => old,
        Some(_) => new,
    };
    let commands = with_hook(lines(&[&certbot, CHECK_AND_RELOAD]));
    vec![edit(Product::Dovecot, RENEW, config, commands)]
}

/// Tells whether this version has the names of settings that came before 2.4.
fn is_old(version: &str) -> bool {
    version.starts_with("2.") && !version.starts_with("2.4")
}

fn serve_chain(version: Option<&str>, file: &str, context: &Context) -> Vec<Fix> {
    let Some(source) = context.chain_source(file) else { return Vec::new() };
    let target = context.chain_target();
    let install = format!("install -D -m 0644 {source} {target}");
    generations(
        version,
        &format!(
            "{} Serve it from one file; the key stays as it is. Where certbot or another ACME client renews, name its \
             fullchain.pem instead of cert.pem, so that renewals keep the chain whole.",
            context.chain_place(file)
        ),
        &format!("ssl_cert = <{target}"),
        &format!("ssl_server_cert_file = {target}"),
        &[&install],
    )
}

fn serve_name(version: Option<&str>, name: &str) -> Vec<Fix> {
    let Some(certbot) = acme::certbot(&[name.to_owned()]) else { return Vec::new() };
    let Some(block) = super::shell::name(name).filter(|name| !name.starts_with('\'')) else {
        return Vec::new();
    };
    let live = acme::live(&block);
    generations(
        version,
        "Get a certificate for this name and serve it to clients that ask for the name.",
        &format!(
            "local_name {block} {{\n  ssl_cert = <{live}/fullchain.pem\n  ssl_key = <{live}/privkey.pem\n}}"
        ),
        &format!(
            "local_name {block} {{\n  ssl_server_cert_file = {live}/fullchain.pem\n  \
             ssl_server_key_file = {live}/privkey.pem\n}}"
        ),
        &[&certbot],
    )
}

fn mend_tls(version: Option<&str>) -> Vec<Fix> {
    let is_new = version.is_some_and(|version| !is_old(version));
    let is_old = version.is_some() && !is_new;
    let mut fixes = Vec::new();
    if !is_new {
        let text = format!("Dovecot 2.3: {MEND_TLS}");
        fixes.push(fix(Product::Dovecot, text, lines(MEND_23_COMMANDS)));
    }
    if !is_old {
        let text = format!("Dovecot 2.4 or newer: {MEND_TLS}");
        fixes.push(fix(Product::Dovecot, text, lines(MEND_24_COMMANDS)));
    }
    fixes
}

/// Returns the cure for a listener in the wrong mode; none if the protocol of the port is not known.
fn set_mode(security: Security, port: u16, context: &Context) -> Vec<Fix> {
    let Some(endpoint) = context.endpoints.iter().find(|endpoint| endpoint.port == port) else {
        return Vec::new();
    };
    let (service, starttls, implicit) = match endpoint.protocol {
        Protocol::Imap => ("imap-login", "imap", "imaps"),
        Protocol::Pop3 => ("pop3-login", "pop3", "pop3s"),
        Protocol::Sieve => ("managesieve-login", "sieve", "sieves"),
        Protocol::Submission => ("submission-login", "submission", "submissions"),
        Protocol::Lmtp => ("lmtp", "lmtp", "lmtps"),
        Protocol::Smtp => return Vec::new(),
    };
    let (listener, ssl) = match security {
        Security::Implicit => (implicit, "yes"),
        Security::Starttls => (starttls, "no"),
    };
    let config = format!(
        "service {service} {{\n  inet_listener {listener} {{\n    port = {port}\n    ssl = {ssl}\n  }}\n}}"
    );
    let text = "Set the mode of the port, in /etc/dovecot/conf.d/10-master.conf: 'ssl = yes' is TLS from the first \
                byte, 'no' upgrades with STARTTLS. If another listener has the port, change that one.";
    vec![edit(Product::Dovecot, text, config, lines(&[CHECK_AND_RELOAD]))]
}

/// Where settings stand; a second value further down would win.
const WHERE: &str = "In /etc/dovecot/conf.d/10-ssl.conf, in place of lines of the same name:";

/// Opens certificate and key before the reload, which 2.4 does by itself when it reads them.
const CHECK_23_AND_RELOAD: &str = "doveconf -x ssl_cert ssl_key > /dev/null && doveadm reload";

/// Reads the whole configuration before the reload.
const CHECK_AND_RELOAD: &str = "doveconf -n > /dev/null && doveadm reload";

const MAKE_DH: &str = "openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out /etc/dovecot/dh.pem || \
                       openssl dhparam -out /etc/dovecot/dh.pem 2048";

const NO_RENEGOTIATION: &str = "Dovecot has no setting of its own for renegotiation. OpenSSL 3 refuses it by itself: update \
                                if you can. OpenSSL 1.1.1 refuses it for every program of this machine with this line \
                                in openssl.cnf (Debian: /etc/ssl/openssl.cnf), in the section that 'system_default' \
                                names; take 'ClientRenegotiation' out of a line of the same name:";

const NO_RENEGOTIATION_LINES: &str = "[system_default_sect]\nOptions = NoRenegotiation";

const RELOAD: &str = "Reload Dovecot: it reads certificates only then. The last two lines, once, make certbot do it \
                      after each renewal.";

const RENEW: &str = "Renew the certificate and load it; the last two lines, once, make certbot load each later one. \
                     With another ACME client, renew with that and let it run 'doveadm reload'. Unless 'doveconf -n \
                     | grep cert' shows a file of certbot's already, name its files in \
                     /etc/dovecot/conf.d/10-ssl.conf, in place of lines of the same name:";

const MEND_TLS: &str = "TLS is offered but cannot be done: the first line names a file that cannot be opened, the second \
                        shows the log, and the two digests of the public key must be equal; if they differ, name \
                        the key that the certificate was made with (certbot: privkey.pem and fullchain.pem of one \
                        folder), or get a new certificate.";

const MEND_23_COMMANDS: &[&str] = &[
    "doveconf -x ssl_cert ssl_key > /dev/null",
    "doveadm log errors | tail -n 5",
    "doveconf -hx ssl_cert | openssl x509 -noout -pubkey | openssl sha256; \
     doveconf -Phx ssl_key | openssl pkey -pubout | openssl sha256",
    CHECK_23_AND_RELOAD,
];

const MEND_24_COMMANDS: &[&str] = &[
    "ls -lL \"$(doveconf -h ssl_server_cert_file)\" \"$(doveconf -h ssl_server_key_file)\"",
    "doveadm log errors | tail -n 5",
    "openssl x509 -in \"$(doveconf -h ssl_server_cert_file)\" -noout -pubkey | openssl sha256; \
     openssl pkey -in \"$(doveconf -h ssl_server_key_file)\" -pubout | openssl sha256",
    CHECK_AND_RELOAD,
];

const UPDATE: &str = "Update Dovecot and the TLS library below it (Debian and Ubuntu; elsewhere: dnf upgrade dovecot \
                      openssl), then restart, so that the new library is loaded.";

const UPDATE_COMMANDS: &[&str] =
    &["apt-get update && apt-get install --only-upgrade dovecot-core openssl", "systemctl restart dovecot"];
