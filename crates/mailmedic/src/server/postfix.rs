//! Postfix: `main.cf` and `master.cf` through `postconf`.
//!
//! `postfix check` and `postfix reload` accept a key that does not fit, and a file that is missing; TLS is
//! dead afterwards. So a command that names new files runs only if they were compared.

use super::{Context, OLD_SENDERS, Server, acme, fix, lines, older_than, shell};
use crate::endpoint::{Protocol, Role, Security};
use crate::finding::{Change, Fix};
use crate::software::Product;

/// Postfix, from 3.4 on; what older ones need is in the text.
pub(super) struct Postfix;

impl Server for Postfix {
    fn product(&self) -> Product {
        Product::Postfix
    }

    fn speaks(&self, protocol: Protocol) -> bool {
        matches!(protocol, Protocol::Smtp | Protocol::Submission)
    }

    fn cures(&self, change: &Change, context: &Context, _version: Option<&str>) -> Vec<Fix> {
        let (text, commands): (String, Vec<String>) = match change {
            Change::Reload => (RELOAD.to_owned(), with_hook(vec![POSTFIX_RELOAD.to_owned()])),
            Change::RenewCertificate { names } => match renew(&acme::names(names, context), context) {
                Some(commands) => (RENEW.to_owned(), commands),
                None => return Vec::new(),
            },
            Change::ServeChain { file, .. } => match serve_chain(file, context) {
                Some(commands) => (format!("{} {SERVE_CHAIN}", context.chain_place(file)), commands),
                None => return Vec::new(),
            },
            Change::ServeName { name } => match serve_name(name) {
                Some(commands) => (SERVE_NAME.to_owned(), commands),
                None => return Vec::new(),
            },
            Change::OfferStarttls => (OFFER_STARTTLS.to_owned(), offer_starttls(context)),
            Change::MendTls => (MEND_TLS.to_owned(), lines(MEND_TLS_COMMANDS)),
            Change::RequireTlsForLogin => (REQUIRE_TLS.to_owned(), require_tls()),
            Change::SetMode { security, port } => (SET_MODE.to_owned(), set_mode(*security, *port)),
            Change::MinimumTls { version } => (minimum_text(version), minimum(version)),
            Change::ModernTls => (MODERN_TLS.to_owned(), minimum("TLSv1.2")),
            Change::StrongSuites { opportunistic } => strong_suites(*opportunistic, context),
            Change::ServerOrder => (SERVER_ORDER.to_owned(), lines(SERVER_ORDER_COMMANDS)),
            Change::StrongDh => (STRONG_DH.to_owned(), lines(STRONG_DH_COMMANDS)),
            Change::ModernGroups => (MODERN_GROUPS.to_owned(), lines(MODERN_GROUPS_COMMANDS)),
            Change::NoRenegotiation => (NO_RENEGOTIATION.to_owned(), tls_option("NO_RENEGOTIATION")),
            Change::SessionTickets => (SESSION_TICKETS.to_owned(), tls_option("NO_TICKET")),
            Change::NoClientCertificate => (NO_CLIENT_CERTIFICATE.to_owned(), lines(NO_CLIENT_COMMANDS)),
            Change::Update => (UPDATE.to_owned(), lines(UPDATE_COMMANDS)),
            Change::Dns { .. } | Change::MtaStsPolicy { .. } | Change::ClientName { .. } => {
                return Vec::new();
            }
        };
        vec![fix(Product::Postfix, text, commands)]
    }
}

fn with_hook(mut commands: Vec<String>) -> Vec<String> {
    commands.extend(acme::hook("postfix", POSTFIX_RELOAD));
    commands
}

/// Gets a certificate, and names its files unless Postfix uses certbot's already: what was self-signed or bought
/// stands elsewhere, and a renewal alone would change nothing.
fn renew(names: &[String], context: &Context) -> Option<Vec<String>> {
    let certbot = acme::certbot(names)?;
    let live = acme::live_of(names, context);
    let place = format!(
        "postconf -xh smtpd_tls_chain_files smtpd_tls_cert_file | grep -q /etc/letsencrypt/ || {{ {}; }}",
        use_files(&live)
    );
    Some(with_hook(vec![certbot, place, POSTFIX_RELOAD.to_owned()]))
}

/// Names the files in a folder of certbot's, if they are there.
fn use_files(live: &str) -> String {
    format!(
        "test -r {live}/privkey.pem && \
         postconf -e 'smtpd_tls_chain_files = {live}/privkey.pem, {live}/fullchain.pem' && \
         postconf -X smtpd_tls_cert_file smtpd_tls_key_file"
    )
}

/// Installs the chain beside the key in use; nothing is set unless the key comes first and fits.
fn serve_chain(file: &str, context: &Context) -> Option<Vec<String>> {
    let target = context.chain_target();
    let source = context.chain_source(file)?;
    Some(vec![
        format!("install -D -m 0644 {source} {target}"),
        format!("key=$({CURRENT_KEY})"),
        format!(
            "grep -m1 BEGIN \"$key\" | grep -Eq 'PRIVATE KEY|EC PARAMETERS' && \
             test \"$(openssl pkey -in \"$key\" -pubout)\" = \"$(openssl x509 -in {target} -noout -pubkey)\" && \
             postconf -e \"smtpd_tls_chain_files = $key, {target}\" && \
             postconf -X smtpd_tls_cert_file smtpd_tls_key_file && {POSTFIX_RELOAD}"
        ),
    ])
}

fn serve_name(name: &str) -> Option<Vec<String>> {
    let certbot = acme::certbot(&[name.to_owned()])?;
    let name = shell::name(name).filter(|name| !name.starts_with('\''))?;
    let live = acme::live(&name);
    Some(vec![
        certbot,
        "test -n \"$(postconf -h tls_server_sni_maps)\" || \
         postconf -e \"tls_server_sni_maps = $(postconf -h default_database_type):/etc/postfix/sni\""
            .to_owned(),
        format!("echo '{name} {live}/privkey.pem {live}/fullchain.pem' >> /etc/postfix/sni"),
        format!("postmap -F \"$(postconf -h tls_server_sni_maps)\" && {POSTFIX_RELOAD}"),
    ])
}

fn offer_starttls(context: &Context) -> Vec<String> {
    let name = context.name();
    let live = acme::live(&name);
    let mut commands = Vec::new();
    commands.extend(acme::certbot(&[name]));
    commands.push(format!("{} && postconf -e 'smtpd_tls_security_level = may'", use_files(&live)));
    if context.has(Role::Submission) {
        commands.push(on_port("submission|587", &["smtpd_tls_security_level=encrypt"]));
    }
    commands.push(POSTFIX_RELOAD.to_owned());
    commands
}

/// Returns the commands that give the port its mode; 465 is called `submissions` or, before 3.6, `smtps`.
fn set_mode(security: Security, port: u16) -> Vec<String> {
    let (services, level) = match port {
        25 => ("smtp|25".to_owned(), "may"),
        465 => ("submissions|smtps|465".to_owned(), "encrypt"),
        587 => ("submission|587".to_owned(), "encrypt"),
        _ => (port.to_string(), "encrypt"),
    };
    let wrapper = if security == Security::Implicit { "yes" } else { "no" };
    let settings = [format!("smtpd_tls_wrappermode={wrapper}"), format!("smtpd_tls_security_level={level}")];
    vec![on_port(&services, &settings), POSTFIX_RELOAD.to_owned()]
}

fn require_tls() -> Vec<String> {
    vec![
        "postconf -e 'smtpd_tls_auth_only = yes'".to_owned(),
        on_port("submission|587", &["smtpd_tls_security_level=encrypt"]),
        POSTFIX_RELOAD.to_owned(),
    ]
}

/// Sets parameters of the services of `master.cf` with one of these names, which may follow an address.
fn on_port(services: &str, settings: &[impl AsRef<str>]) -> String {
    let mut command = format!(
        "for service in $(postconf -M | awk '$2 == \"inet\" && $1 ~ /(^|:)({services})$/ {{ print $1 }}'); do postconf -P"
    );
    for setting in settings {
        command.push_str(&format!(" \"$service/inet/{}\"", setting.as_ref()));
    }
    command + "; done"
}

/// Refuses each older version by name, which every Postfix understands; one before 3.6 would take `>=TLSv1.2`
/// for a mistake and turn TLS off.
fn minimum(version: &str) -> Vec<String> {
    let refused: Vec<String> = older_than(version).iter().map(|old| format!("!{old}")).collect();
    let refused = refused.join(", ");
    vec![
        format!("postconf -e 'smtpd_tls_protocols = {refused}' 'smtpd_tls_mandatory_protocols = {refused}'"),
        POSTFIX_RELOAD.to_owned(),
    ]
}

fn minimum_text(version: &str) -> String {
    format!(
        "Set the oldest version of TLS for all ports; from Postfix 3.6 on '>={version}' says the same. Lines of \
         master.cf override this: postconf -P | grep protocols"
    )
}

/// Narrows the ciphers of port 25, of the ports where people log in, or of both.
///
/// The lists behind the grades go back to Postfix's own, since they serve outgoing mail too, where a narrow list
/// costs encryption; what the server refuses is told beside them.
fn strong_suites(opportunistic: bool, context: &Context) -> (String, Vec<String>) {
    let servers = opportunistic || context.has(Role::Mx);
    let people = !opportunistic || context.has(Role::Submission);
    let mut texts = Vec::new();
    let mut commands = vec!["postconf -X tls_medium_cipherlist tls_high_cipherlist".to_owned()];
    if servers {
        texts.push(format!("{FORWARD_SECRET} {OLD_SENDERS} {ONLY_BROKEN}"));
        commands.push(FORWARD_SECRET_COMMAND.to_owned());
    }
    if people {
        let beside = if servers { "" } else { " Port 25 is not touched." };
        texts.push(format!("{STRONG}{beside}"));
        commands.push(on_port(&login_services(context), STRONG_SETTINGS));
    }
    commands.push(POSTFIX_RELOAD.to_owned());
    (texts.join(" "), commands)
}

/// Returns the services where people log in, as `master.cf` may name them: the usual ones, and other ports seen.
fn login_services(context: &Context) -> String {
    let mut services = "submissions|smtps|465|submission|587".to_owned();
    for endpoint in &context.endpoints {
        if endpoint.role == Role::Submission && !matches!(endpoint.port, 25 | 465 | 587) {
            services.push_str(&format!("|{}", endpoint.port));
        }
    }
    services
}

/// Adds a word to the options for OpenSSL and keeps the others.
fn tls_option(word: &str) -> Vec<String> {
    vec![
        format!("postconf -e \"tls_ssl_options = $(postconf -h tls_ssl_options) {word}\""),
        POSTFIX_RELOAD.to_owned(),
    ]
}

const POSTFIX_RELOAD: &str = "postfix reload";

/// Prints the path of the key in use: the first file of the chain files, else the legacy parameter.
const CURRENT_KEY: &str =
    "postconf -xh smtpd_tls_chain_files smtpd_tls_key_file | sed 's/[, ].*//' | grep -m1 .";

const RELOAD: &str = "Reload Postfix; the last two lines, once, make certbot do it after each renewal. If \
                      'postconf -h tls_server_sni_maps' names a map, it holds copies of the certificates: \
                      run postmap -F on it before the reload.";

const RENEW: &str = "Renew the certificate, use certbot's files if Postfix (3.4 or newer) uses others, and load them; \
                     the last two lines, once, make certbot load each later one. With another ACME client, renew \
                     with that instead and let it run 'postfix reload'.";

const SERVE_CHAIN: &str = "Serve it with the key in use; the last line changes nothing unless the two fit. Where \
                           certbot or another ACME client renews, name its fullchain.pem in place of cert.pem \
                           instead, so that renewals keep the chain whole.";

const SERVE_NAME: &str = "Add a certificate for this name to the SNI table (Postfix 3.4 or newer): key first, \
                          then the full chain. If a table was set already, put the line into that file instead. \
                          The table holds copies: run postmap -F again after each renewal.";

const OFFER_STARTTLS: &str = "Get a certificate and offer STARTTLS. Port 25 stays at 'may': 'encrypt' there would \
                              turn mail away. If a certificate is set already, only the security level is missing.";

const MEND_TLS: &str = "Postfix offers TLS but cannot do it: the log names the file or setting, and the digests of the \
                        public key of key and certificate must be equal; if they differ, name the key that the \
                        certificate was made with (certbot: privkey.pem and fullchain.pem of one folder), or get a \
                        new certificate. 'postfix check' does not notice such faults.";

const MEND_TLS_COMMANDS: &[&str] = &[
    "{ journalctl --since -1day -u 'postfix*'; cat /var/log/mail.log /var/log/maillog; } 2>/dev/null | \
     grep -E 'postfix.*(TLS|SSL|chain file|private key|certificate)' | tail -n 5",
    "postconf -x smtpd_tls_chain_files smtpd_tls_cert_file smtpd_tls_key_file smtpd_tls_protocols",
    "for file in $(postconf -xh smtpd_tls_chain_files smtpd_tls_key_file smtpd_tls_cert_file | tr ',' ' '); do \
     ls -lL \"$file\"; { openssl pkey -in \"$file\" -pubout || openssl x509 -in \"$file\" -noout -pubkey; } \
     2>/dev/null | openssl sha256; done",
    POSTFIX_RELOAD,
];

const REQUIRE_TLS: &str = "Take logins only inside TLS, and nothing at all before it on port 587. Look for lines of \
                           master.cf that override it: postconf -P | grep smtpd_tls_auth_only";

const SET_MODE: &str = "Set the mode of the port in master.cf: wrapper mode is TLS from the first byte, as port 465 \
                        needs it; 25 and 587 upgrade with STARTTLS.";

const MODERN_TLS: &str = "Offer TLS 1.2 and 1.3: this removes an upper limit or a '!TLSv1.3'. TLS 1.3 needs OpenSSL \
                          1.1.1 or newer; if it is still missing, look for MaxProtocol in openssl.cnf, and for lines of \
                          master.cf that override this: postconf -P | grep protocols";

const FORWARD_SECRET: &str = "Keep only ciphers with forward secrecy, on all ports.";

const ONLY_BROKEN: &str = "Leave kRSA and SHA1 out of the list to refuse only what is broken.";

const FORWARD_SECRET_COMMAND: &str = "postconf -e 'smtpd_tls_ciphers = medium' 'smtpd_tls_mandatory_ciphers = medium' \
                                      'smtpd_tls_exclude_ciphers = aNULL, eNULL, EXPORT, DES, 3DES, RC2, RC4, MD5, \
                                      IDEA, SEED, PSK, aDSS, kRSA, SHA1'";

const STRONG: &str = "Where people log in, keep only ciphers with forward secrecy and authenticated encryption, in \
                      master.cf.";

/// OpenSSL takes SHA256 and SHA384 for CBC with these: suites with authenticated encryption stay.
const STRONG_SETTINGS: &[&str] = &[
    "smtpd_tls_ciphers=high",
    "smtpd_tls_mandatory_ciphers=high",
    "smtpd_tls_exclude_ciphers=aNULL,eNULL,3DES,RC4,MD5,PSK,aDSS,kRSA,kDHE,SHA1,SHA256,SHA384",
];

const SERVER_ORDER: &str = "Let Postfix choose the cipher by its own order, strongest first.";

const SERVER_ORDER_COMMANDS: &[&str] = &["postconf -e 'tls_preempt_cipherlist = yes'", POSTFIX_RELOAD];

const NO_RENEGOTIATION: &str = "Refuse renegotiation (Postfix 3.4 or newer with OpenSSL 1.1.1 or newer; OpenSSL 3 refuses \
                                it by itself).";

const SESSION_TICKETS: &str = "Give out no session tickets (Postfix 3.4 or newer). Postfix makes a new ticket key \
                               every hour by itself: one that never changes is that of a proxy in front of it.";

const STRONG_DH: &str = "Drop the file with the short prime: Postfix 3.1 and newer have one of 2048 bits built in. \
                         Before that, make one: openssl dhparam -out /etc/postfix/dh2048.pem 2048, and name it in \
                         smtpd_tls_dh1024_param_file.";

const STRONG_DH_COMMANDS: &[&str] = &["postconf -X smtpd_tls_dh1024_param_file", POSTFIX_RELOAD];

const MODERN_GROUPS: &str = "Offer the usual curves. X25519MLKEM768 takes effect with OpenSSL 3.5 or newer; names that \
                             OpenSSL does not know are skipped.";

const MODERN_GROUPS_COMMANDS: &[&str] = &[
    "postconf -e 'tls_eecdh_auto_curves = X25519MLKEM768 X25519 prime256v1 secp384r1'",
    "postconf -X smtpd_tls_eecdh_grade",
    POSTFIX_RELOAD,
];

const NO_CLIENT_CERTIFICATE: &str = "Do not ask other servers and mail programs for a certificate. If some clients log \
                                     in by certificate, set this for the other services only, in master.cf.";

const NO_CLIENT_COMMANDS: &[&str] =
    &["postconf -e 'smtpd_tls_ask_ccert = no' 'smtpd_tls_req_ccert = no'", POSTFIX_RELOAD];

const UPDATE: &str = "Update Postfix and the TLS library below it (Debian and Ubuntu; elsewhere: dnf upgrade postfix \
                      openssl), then restart, so that the new library is loaded.";

const UPDATE_COMMANDS: &[&str] =
    &["apt-get update && apt-get install --only-upgrade postfix openssl", "systemctl restart postfix"];
