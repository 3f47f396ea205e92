//! Exim, built with GnuTLS (Debian, Ubuntu) or with OpenSSL (most others).
//!
//! A reload with a broken configuration ends the daemon, so that it runs only after `exim -bV` took it.

use super::{
    Context, FORWARD_SECRET_SUITES, OLD_SENDERS, STRONG_SUITES, Server, acme, edit, fix, lines, older_than,
    shell,
};
use crate::endpoint::{Protocol, Security};
use crate::finding::{Change, Fix};
use crate::software::Product;

/// Exim 4.
pub(super) struct Exim;

impl Server for Exim {
    fn product(&self) -> Product {
        Product::Exim
    }

    fn speaks(&self, protocol: Protocol) -> bool {
        matches!(protocol, Protocol::Smtp | Protocol::Submission)
    }

    fn cures(&self, change: &Change, context: &Context, _version: Option<&str>) -> Vec<Fix> {
        match change {
            Change::Reload => vec![fix(Product::Exim, RELOAD, with_hook(reload()))],
            Change::RenewCertificate { names } => renew(&acme::names(names, context), context),
            Change::ServeChain { file, .. } => serve_chain(file, context),
            Change::ServeName { name } => serve_name(name),
            Change::OfferStarttls => offer_starttls(context),
            Change::MendTls => {
                vec![fix(Product::Exim, format!("{MEND_TLS} {READABLE}"), lines(MEND_TLS_COMMANDS))]
            }
            Change::RequireTlsForLogin => one(
                "Announce logins only inside TLS.",
                "auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}",
            ),
            Change::SetMode { security, port } => set_mode(*security, *port),
            Change::MinimumTls { version } => {
                builds("Set the oldest version of TLS.", version, &openssl_options(version))
            }
            Change::ModernTls => builds(
                "Offer TLS 1.2 and 1.3, which needs GnuTLS 3.6.5 or OpenSSL 1.1.1.",
                "TLSv1.2",
                &openssl_options("TLSv1.2"),
            ),
            Change::StrongSuites { .. } => builds(
                &format!(
                    "Keep only ciphers with forward secrecy, and on the ports where people log in only those with \
                     authenticated encryption. {OLD_SENDERS}"
                ),
                "TLSv1.2",
                &format!(
                    "tls_require_ciphers = ${{if inlist{{$received_port}}{{465:587}}\
                     {{{STRONG_SUITES}}}{{{FORWARD_SECRET_SUITES}}}}}"
                ),
            ),
            Change::ServerOrder => {
                builds("Let Exim choose the cipher by its own order.", "TLSv1.2", &openssl_options("TLSv1.2"))
            }
            Change::StrongDh => one(
                "Use the group of 2048 bits of RFC 7919. With GnuTLS 3.6 or newer the library chooses by itself: \
                 update it, and remove a file named in tls_dhparam.",
                "tls_dhparam = ffdhe2048",
            ),
            Change::ModernGroups => builds(
                "Leave the choice to the library, whose default has the usual curves; for X25519MLKEM768 it must be \
                 OpenSSL 3.5 or GnuTLS 3.8.9, or newer.",
                "TLSv1.2",
                "tls_eccurve = auto",
            ),
            Change::NoRenegotiation => vec![build(
                OPENSSL,
                "Refuse renegotiation, which takes OpenSSL 1.1.1 or newer; OpenSSL 3 and GnuTLS refuse it by \
                 themselves.",
                &format!("{} +no_renegotiation", openssl_options("TLSv1.2")),
            )],
            Change::SessionTickets => one(
                "Give out no session tickets. With OpenSSL also take '-no_ticket' out of openssl_options; with GnuTLS \
                 before 3.6.14 update it (CVE-2020-13777).",
                "tls_resumption_hosts =",
            ),
            Change::NoClientCertificate => one(
                "Do not ask other servers and mail programs for a certificate, unless some log in by certificate: \
                 then name those hosts in tls_verify_hosts.",
                "tls_verify_hosts =\ntls_try_verify_hosts =",
            ),
            Change::Update => vec![fix(Product::Exim, UPDATE, lines(UPDATE_COMMANDS))],
            Change::Dns { .. } | Change::MtaStsPolicy { .. } | Change::ClientName { .. } => Vec::new(),
        }
    }
}

/// Returns the cure whose setting both builds know.
fn one(text: &str, config: &str) -> Vec<Fix> {
    vec![edit(Product::Exim, format!("{text} {WHERE}"), config, reload())]
}

/// Returns a cure for each build; the words of the other one make Exim refuse the configuration or TLS.
///
/// GnuTLS has one line for versions, ciphers, groups and order. It is the same for every change, so that no cure
/// undoes another.
fn builds(text: &str, oldest: &str, openssl: &str) -> Vec<Fix> {
    let gnutls = format!("tls_require_ciphers = {}", gnutls_priority(oldest));
    let outgoing =
        if openssl.starts_with("openssl_options") { format!(" {OUTGOING}") } else { String::new() };
    vec![
        build(GNUTLS, &format!("{text} {ONE_LINE}"), &gnutls),
        build(OPENSSL, &format!("{text}{outgoing}"), openssl),
    ]
}

/// Returns a cure for one build.
fn build(which: &str, text: &str, config: &str) -> Fix {
    let text = format!("Exim built with {which}: {text} {WHERE}");
    edit(Product::Exim, text, config, reload())
}

fn reload() -> Vec<String> {
    lines(&["test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf", CHECK_AND_RELOAD])
}

/// Gets a certificate and copies it over the files in use, unless those are certbot's; the hook does the same.
fn renew(names: &[String], context: &Context) -> Vec<Fix> {
    let Some(certbot) = acme::certbot(names) else { return Vec::new() };
    let live = acme::live_of(names, context);
    let copy = format!(
        "exim -bP tls_certificate tls_privatekey | grep -q /etc/letsencrypt/ || {{ \
         install -m 0640 -g Debian-exim {live}/privkey.pem \"$(exim -bP -n tls_privatekey)\" && \
         install -m 0644 {live}/fullchain.pem \"$(exim -bP -n tls_certificate)\"; }}"
    );
    let mut commands = [vec![certbot, copy.clone()], reload()].concat();
    commands.extend(acme::hook("exim", &format!("{copy}\\n{CHECK_AND_RELOAD}")));
    vec![fix(Product::Exim, format!("{RENEW} {READABLE}"), commands)]
}

fn with_hook(mut commands: Vec<String>) -> Vec<String> {
    commands.extend(acme::hook("exim", CHECK_AND_RELOAD));
    commands
}

fn serve_chain(file: &str, context: &Context) -> Vec<Fix> {
    let Some(source) = context.chain_source(file) else { return Vec::new() };
    let target = context.chain_target();
    let mut commands = vec![
        format!("install -D -m 0644 {source} {target}"),
        format!(
            "openssl x509 -in {target} -noout -pubkey | openssl sha256; openssl pkey -in \
             \"$(exim -bP -n tls_privatekey)\" -pubout | openssl sha256"
        ),
    ];
    commands.extend(reload());
    let text = format!(
        "{} Serve it from one file; the two digests of the public key must be equal. Where certbot or another ACME \
         client renews, name its fullchain.pem instead of cert.pem, so that renewals keep the chain whole. {MACROS} set \
         MAIN_TLS_CERTIFICATE to the path. {WHERE}",
        context.chain_place(file)
    );
    vec![edit(Product::Exim, text, format!("tls_certificate = {target}"), commands)]
}

fn serve_name(name: &str) -> Vec<Fix> {
    let Some(certbot) = acme::certbot(&[name.to_owned()]) else { return Vec::new() };
    let Some(name) = shell::name(name).filter(|name| !name.starts_with('\'')) else { return Vec::new() };
    let live = acme::live(&name);
    let folder = format!("/etc/exim4/tls/{name}");
    let copies = format!(
        "install -D -m 0640 -g Debian-exim {live}/privkey.pem {folder}.key && \
         install -D -m 0644 {live}/fullchain.pem {folder}.crt"
    );
    let config = format!(
        "tls_certificate = ${{if eqi{{$tls_in_sni}}{{{name}}}{{{folder}.crt}}{{/etc/exim4/exim.crt}}}}\n\
         tls_privatekey = ${{if eqi{{$tls_in_sni}}{{{name}}}{{{folder}.key}}{{/etc/exim4/exim.key}}}}"
    );
    let text = format!(
        "Get a certificate for this name and serve it to clients that ask for the name; put the files in use now in \
         place of exim.crt and exim.key. Copy the files again after each renewal. {WHERE}"
    );
    let commands = [vec![certbot, copies], reload()].concat();
    vec![edit(Product::Exim, text, config, commands)]
}

fn offer_starttls(context: &Context) -> Vec<Fix> {
    let name = context.name();
    let live = acme::live(&name);
    let mut commands = Vec::new();
    commands.extend(acme::certbot(&[name]));
    commands.push(format!(
        "install -m 0640 -g Debian-exim {live}/privkey.pem /etc/exim4/exim.key && \
         install -m 0644 {live}/fullchain.pem /etc/exim4/exim.crt"
    ));
    commands.extend(reload());
    let text = format!(
        "Get a certificate and offer STARTTLS; copy the files again after each renewal. {MACROS} write \
         'MAIN_TLS_ENABLE = yes' instead. {WHERE}"
    );
    let config = "tls_advertise_hosts = *\ntls_certificate = /etc/exim4/exim.crt\ntls_privatekey = /etc/exim4/exim.key";
    vec![edit(Product::Exim, text, config, commands)]
}

fn set_mode(security: Security, port: u16) -> Vec<Fix> {
    match security {
        Security::Implicit => one(
            &format!(
                "Speak TLS from the first byte on port {port}; ports named in SMTPLISTENEROPTIONS in \
                 /etc/default/exim4 override daemon_smtp_ports."
            ),
            &format!("daemon_smtp_ports = {}\ntls_on_connect_ports = {port}", listening(port)),
        ),
        // 465 is the one port that is implicit by right (RFC 8314 §7.3).
        Security::Starttls if port == 465 => Vec::new(),
        Security::Starttls => one(
            &format!(
                "Let port {port} begin in plain text and upgrade with STARTTLS: take it out of this list."
            ),
            "tls_on_connect_ports = 465",
        ),
    }
}

/// Returns the list of ports with the usual ones and this one.
fn listening(port: u16) -> String {
    match port {
        25 | 465 | 587 => "25 : 465 : 587".to_owned(),
        _ => format!("25 : 465 : 587 : {port}"),
    }
}

/// Returns the priority string of GnuTLS with this oldest version: everything that the changes ask for.
fn gnutls_priority(oldest: &str) -> String {
    let versions = super::gnutls_versions(oldest);
    format!(
        "${{if inlist{{$received_port}}{{465:587}}\
         {{NORMAL:{versions}:{}}}{{NORMAL:{versions}:-RSA:-SHA1:%SERVER_PRECEDENCE}}}}",
        super::GNUTLS_STRONG
    )
}

/// Returns the line for OpenSSL with this oldest version and the server's order; it is added to Exim's own words,
/// which refuse tickets and, from 4.93 on, renegotiation.
fn openssl_options(oldest: &str) -> String {
    let refused: Vec<String> = older_than(oldest)
        .iter()
        .map(|version| format!("+no_{}", version.to_ascii_lowercase().replace('.', "_")))
        .collect();
    format!("openssl_options = {} +cipher_server_preference", refused.join(" "))
}

/// The builds, and who has them.
const GNUTLS: &str = "GnuTLS (Debian, Ubuntu; exim -bV says which)";
const OPENSSL: &str = "OpenSSL (most others; exim -bV says which)";

const OUTGOING: &str = "openssl_options holds for outgoing mail, too.";

const ONE_LINE: &str = "One line serves versions, ciphers and order, so that it is the same for all of them.";

/// Where options stand; Exim refuses an option that is set twice.
const WHERE: &str = "In the main section (Debian: /etc/exim4/exim4.conf.template, or a file in \
                     /etc/exim4/conf.d/main if split), in place of a line of the same name:";

const MACROS: &str = "On Debian, in /etc/exim4/exim4.conf.localmacros,";

const READABLE: &str = "Exim reads the key as its own user: it needs group Debian-exim (elsewhere exim) and mode 0640, \
                        and that group must be able to enter the folders above.";

const CHECK_AND_RELOAD: &str = "exim -bV > /dev/null && systemctl reload exim4";

const RELOAD: &str = "Reload Exim (elsewhere than on Debian and Ubuntu the service is exim), but only if it takes its \
                      configuration: a reload with a broken one ends it. The last two lines, once, make certbot do it \
                      after each renewal.";

const RENEW: &str = "Renew the certificate, copy it over the files that Exim uses unless they are certbot's own, and \
                     load it; the last two lines, once, make certbot do so with each later one.";

const MEND_TLS: &str = "TLS is offered but cannot be done: the log names the file or setting, the paths must be \
                        readable for Exim's user, and the two digests of the public key must be equal; if they differ, \
                        name the key that the certificate was made with (certbot: privkey.pem and fullchain.pem of \
                        one folder), or get a new certificate. 'exim -bV' does not notice such faults.";

const MEND_TLS_COMMANDS: &[&str] = &[
    "grep -h 'TLS error' /var/log/exim4/mainlog /var/log/exim/main.log 2>/dev/null | tail -n 5",
    "exim -bP tls_certificate tls_privatekey tls_require_ciphers",
    "su -s /bin/sh Debian-exim -c 'head -c 1 \"$1\" > /dev/null && echo readable' sh \
     \"$(exim -bP -n tls_privatekey)\"",
    "openssl x509 -in \"$(exim -bP -n tls_certificate)\" -noout -pubkey | openssl sha256; \
     openssl pkey -in \"$(exim -bP -n tls_privatekey)\" -pubout | openssl sha256",
    CHECK_AND_RELOAD,
];

const UPDATE: &str = "Update Exim and the TLS library below it (Debian and Ubuntu; elsewhere: dnf upgrade exim openssl), \
                      then restart, so that the new library is loaded.";

const UPDATE_COMMANDS: &[&str] = &[
    "apt-get update && apt-get install --only-upgrade exim4-base libgnutls30",
    "exim -bV > /dev/null && systemctl restart exim4",
];
