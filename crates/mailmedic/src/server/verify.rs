//! Commands that show whether a change took effect.

use super::{Context, shell};
use crate::endpoint::{Endpoint, Place, Protocol, Security, WELL_KNOWN};
use crate::finding::Change;
use crate::name::Host;

/// Returns commands that show whether a change took effect: mailmedic's own first, then OpenSSL's or dig's.
pub fn verify(change: &Change, context: &Context) -> Vec<String> {
    if let Change::Dns { lines } = change {
        return [check(context), digs(lines)].concat();
    }
    if let Change::MtaStsPolicy { domain, .. } = change {
        let curl = shell::name(domain)
            .map(|domain| format!("curl -sS https://mta-sts.{domain}/.well-known/mta-sts.txt"));
        let record = digs(&[format!("_mta-sts.{domain}. IN TXT")]);
        return [check(context), curl.into_iter().collect(), record].concat();
    }
    let mut commands = check(context);
    for endpoint in &context.endpoints {
        let Some(command) = s_client(change, endpoint) else { continue };
        if !commands.contains(&command) {
            commands.push(command);
        }
        if commands.len() > MOST_S_CLIENT {
            break;
        }
    }
    commands
}

/// Returns `mailmedic check` with every endpoint once.
fn check(context: &Context) -> Vec<String> {
    let mut targets: Vec<String> = Vec::new();
    for endpoint in &context.endpoints {
        let Some(target) = target(endpoint) else { continue };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    if targets.is_empty() { Vec::new() } else { vec![format!("mailmedic check {}", targets.join(" "))] }
}

/// Returns what names an endpoint on the command line; a URL where the port alone does not tell the protocol.
fn target(endpoint: &Endpoint) -> Option<String> {
    let mut words = Vec::new();
    match &endpoint.place {
        Place::Unix(path) => return shell::word(&format!("lmtp+unix:{}", path.to_str()?)),
        // Only another port proves that the user sent the connection elsewhere; the address is then needed too.
        Place::Tcp(address) if address.port() != endpoint.port => {
            words.push(format!("--connect-to {}:{address}", shell::word(&endpoint.label())?));
        }
        Place::Tcp(_) => {}
        Place::Files(_) => return None,
    }
    let usual = Endpoint::well_known(endpoint.port) == Some((endpoint.protocol, endpoint.security));
    let label = endpoint.label();
    let target = if usual { label } else { format!("{}://{label}", scheme(endpoint)) };
    words.push(shell::word(&target)?);
    Some(words.join(" "))
}

fn scheme(endpoint: &Endpoint) -> &'static str {
    match (endpoint.protocol, endpoint.security) {
        (Protocol::Smtp, Security::Starttls) => "smtp",
        (Protocol::Smtp, Security::Implicit) => "smtps",
        (Protocol::Submission, Security::Starttls) => "submission",
        (Protocol::Submission, Security::Implicit) => "submissions",
        (Protocol::Imap, Security::Starttls) => "imap",
        (Protocol::Imap, Security::Implicit) => "imaps",
        (Protocol::Pop3, Security::Starttls) => "pop3",
        (Protocol::Pop3, Security::Implicit) => "pop3s",
        (Protocol::Sieve, _) => "sieve",
        (Protocol::Lmtp, _) => "lmtp",
    }
}

/// Returns OpenSSL's client on an endpoint; none where it shows nothing of the change.
fn s_client(change: &Change, endpoint: &Endpoint) -> Option<String> {
    let (security, port) = match change {
        Change::SetMode { security, port } => (*security, *port),
        _ => (endpoint.security, endpoint.port),
    };
    if port != endpoint.port {
        return None;
    }
    let host = endpoint.host.to_string();
    let mut words = vec!["openssl s_client".to_owned()];
    words.push(match &endpoint.place {
        Place::Unix(path) => format!("-unix {}", shell::path(path.to_str()?)?),
        Place::Tcp(address) if address.port() != endpoint.port => {
            format!("-connect {}", shell::word(&address.to_string())?)
        }
        Place::Tcp(_) => format!("-connect {}", shell::word(&endpoint.label())?),
        Place::Files(_) => return None,
    });
    if security == Security::Starttls {
        words.push(format!("-starttls {}", starttls_word(endpoint.protocol)));
    }
    let asked = match change {
        Change::ServeName { name } => name.clone(),
        _ => host,
    };
    words.push(match Host::new(&asked) {
        Ok(Host::Address(address)) => format!("-noservername -verify_ip {address}"),
        _ => {
            let name = shell::name(&asked)?;
            format!("-servername {name} -verify_hostname {name}")
        }
    });
    words.extend(options(change)?.iter().map(|option| (*option).to_owned()));
    words.push("-verify_return_error -brief < /dev/null".to_owned());
    Some(words.join(" "))
}

/// Returns what shows this change; none where a handshake that succeeds would show nothing.
fn options(change: &Change) -> Option<&'static [&'static str]> {
    match change {
        Change::Reload
        | Change::RenewCertificate { .. }
        | Change::ServeChain { .. }
        | Change::ServeName { .. }
        | Change::OfferStarttls
        | Change::MendTls
        | Change::SetMode { .. }
        | Change::NoClientCertificate => Some(&[]),
        Change::ModernTls => Some(&["-tls1_3"]),
        Change::StrongDh => Some(&["-tls1_2 -cipher kDHE"]),
        Change::StrongSuites { .. } | Change::ServerOrder | Change::SessionTickets => Some(&["-tls1_2"]),
        // Whether something is refused, or offered before TLS, a client that succeeds does not show; and few
        // OpenSSL have the hybrid group.
        Change::MinimumTls { .. }
        | Change::RequireTlsForLogin
        | Change::ModernGroups
        | Change::NoRenegotiation
        | Change::Update
        | Change::Dns { .. }
        | Change::MtaStsPolicy { .. }
        | Change::ClientName { .. } => None,
    }
}

fn starttls_word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Smtp | Protocol::Submission => "smtp",
        Protocol::Imap => "imap",
        Protocol::Pop3 => "pop3",
        Protocol::Sieve => "sieve",
        Protocol::Lmtp => "lmtp",
    }
}

/// Returns `dig` for each name and type in lines of a zone file.
fn digs(lines: &[String]) -> Vec<String> {
    let mut commands = Vec::new();
    for line in lines {
        let mut words = line.split_ascii_whitespace();
        let Some(owner) = words.next().and_then(shell::name) else { continue };
        let Some(kind) = words.find(|word| RECORD_TYPES.contains(word)) else { continue };
        let command = format!("dig +short {owner} {kind}");
        if !commands.contains(&command) && commands.len() < WELL_KNOWN.len() {
            commands.push(command);
        }
    }
    commands
}

/// The types of record that a cure can name.
const RECORD_TYPES: &[&str] = &["A", "AAAA", "CAA", "CNAME", "DS", "MX", "PTR", "SRV", "TLSA", "TXT"];

/// A few lines show it; one for each endpoint would only be long.
const MOST_S_CLIENT: usize = 2;
