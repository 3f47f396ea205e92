//! Which server software answers, and the cure of each change in its own words.
//!
//! One file is one software. An adapter says only what it is sure of; what it leaves out, `generic` says in
//! words. To add one, write its file and put it into the list.

mod acme;
mod client;
mod courier;
mod cyrus;
mod dns;
mod dovecot;
mod exim;
mod file;
mod generic;
mod hosted;
mod identify;
mod opensmtpd;
mod postfix;
mod sendmail;
mod shell;
mod verify;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub use dns::stands;
pub use file::cure as cure_of_file;
pub use identify::identify;
pub use verify::verify;

use crate::endpoint::{Endpoint, Place, Protocol, Role, Security};
use crate::finding::{Change, ChangeKind, Fix};
use crate::name::{Host, Name};
use crate::software::{Product, Software};
use crate::words;

/// What a cure must know of the place that it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The endpoints that show the fault; their hosts are the names that clients use.
    pub endpoints: Vec<Endpoint>,
    /// The names that the certificate needs.
    pub names: Vec<String>,
    /// Where the full chain was written, if it was.
    pub chain_file: Option<String>,
    /// Whether records stand where those of a change of DNS belong; none where that is not known.
    pub stands: Option<bool>,
}

impl Context {
    /// Returns the DNS name that clients use, in the form of a shell word; `HOSTNAME` if none is known.
    fn name(&self) -> String {
        let hosts = self.endpoints.iter().filter_map(|endpoint| endpoint.host.name().map(Name::as_ascii));
        let names = self.names.iter().map(String::as_str).filter(|name| name.parse::<IpAddr>().is_err());
        hosts
            .chain(names)
            .filter(|name| !name.contains('*'))
            .find_map(shell::name)
            .unwrap_or_else(|| "HOSTNAME".to_owned())
    }

    /// Returns whether one of the endpoints has this role.
    fn has(&self, role: Role) -> bool {
        self.endpoints.iter().any(|endpoint| endpoint.role == role)
    }

    /// Returns the file with the full chain: where it was written, or under the name proposed for it.
    fn chain_source(&self, file: &str) -> Option<String> {
        shell::path(self.chain_file.as_deref().unwrap_or(file))
    }

    /// Says in a sentence where the full chain is, or how to come by it.
    fn chain_place(&self, file: &str) -> String {
        match &self.chain_file {
            Some(path) => format!("The full chain is in {}.", words::escape(path, MOST_PATH)),
            None => format!(
                "First put your own certificate and after it the intermediates, which your CA offers for download, \
                 into {}.",
                words::escape(file, MOST_PATH)
            ),
        }
    }

    /// Returns where the full chain is to be installed.
    fn chain_target(&self) -> String {
        format!("/etc/ssl/mail/{}.fullchain.pem", self.name())
    }
}

/// A server software that can be told what to change.
trait Server: Sync {
    /// The product.
    fn product(&self) -> Product;

    /// Whether it can be what speaks this protocol.
    fn speaks(&self, protocol: Protocol) -> bool;

    /// The cures of a change; several where versions or builds differ, none where it has nothing to do with
    /// it or nothing is known for sure. `version` is the one that the server tells.
    fn cures(&self, change: &Change, context: &Context, version: Option<&str>) -> Vec<Fix>;
}

/// Every adapter.
const SERVERS: &[&dyn Server] = &[
    &postfix::Postfix,
    &exim::Exim,
    &dovecot::Dovecot,
    &cyrus::Cyrus,
    &courier::Courier,
    &opensmtpd::OpenSmtpd,
    &sendmail::Sendmail,
    &hosted::Gmail,
    &hosted::Microsoft365,
];

/// What most servers of the world run, so that a cure for it is told even if nothing was recognised.
const COMMON: [Product; 3] = [Product::Postfix, Product::Exim, Product::Dovecot];

/// Returns the cures of a change: first for the software that is really there, then for what else is common
/// on these protocols, then in general words.
///
/// `software` is what was recognised on the endpoints of the context, in any order. Where nothing was
/// recognised, or nothing is known of it, the general words come first.
pub fn cure(change: &Change, software: &[Option<Software>], context: &Context) -> Vec<Fix> {
    match change {
        Change::Dns { lines } => return vec![dns::cure(lines, context.stands)],
        Change::MtaStsPolicy { domain, lines, id } => return dns::policy(domain, lines, id, context.stands),
        Change::ClientName { from, to, at, names } => return client::cures(from, to.as_deref(), at, names),
        _ => {}
    }
    let mut fixes: Vec<Fix> = Vec::new();
    let mut told: Vec<Product> = Vec::new();
    for known in software.iter().flatten() {
        if told.contains(&known.product) {
            continue;
        }
        told.push(known.product);
        for server in SERVERS.iter().filter(|server| server.product() == known.product) {
            fixes.extend(server.cures(change, context, known.version.as_deref()));
        }
    }
    let recognised = !fixes.is_empty();
    let general = generic::cure(change, context);
    let others = SERVERS
        .iter()
        .filter(|server| COMMON.contains(&server.product()) && !told.contains(&server.product()))
        .filter(|server| context.endpoints.iter().any(|endpoint| server.speaks(endpoint.protocol)))
        .flat_map(|server| server.cures(change, context, None));
    if recognised {
        fixes.extend(others);
        fixes.push(general);
    } else {
        fixes.push(general);
        fixes.extend(others);
    }
    fixes
}

/// Returns the cures of a kind of change for every software, with the name `mail.example.org`.
pub fn cures_for_documentation(kind: ChangeKind) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    for ports in [&[25, 587][..], &[993, 143]] {
        let context = example(ports);
        let change = sample(kind, ports[0]);
        match change {
            Change::Dns { .. } | Change::MtaStsPolicy { .. } | Change::ClientName { .. } => {
                return cure(&change, &[], &context);
            }
            _ => {}
        }
        let servers = SERVERS.iter().filter(|server| {
            !matches!(server.product(), Product::Gmail | Product::Microsoft365)
                && context.endpoints.iter().all(|endpoint| server.speaks(endpoint.protocol))
        });
        for fix in servers.flat_map(|server| server.cures(&change, &context, None)) {
            if !fixes.contains(&fix) {
                fixes.push(fix);
            }
        }
    }
    fixes.push(generic::cure(&sample(kind, 587), &example(&[25, 587])));
    fixes
}

/// Returns a change of this kind as an example, on a service like that of the port.
fn sample(kind: ChangeKind, port: u16) -> Change {
    let name = || EXAMPLE.to_owned();
    match kind {
        ChangeKind::Reload => Change::Reload,
        ChangeKind::RenewCertificate => Change::RenewCertificate { names: vec![name()] },
        ChangeKind::ServeChain => {
            Change::ServeChain { file: format!("{EXAMPLE}.fullchain.pem"), chain: Some(Vec::new()) }
        }
        ChangeKind::ServeName => Change::ServeName { name: name() },
        ChangeKind::OfferStarttls => Change::OfferStarttls,
        ChangeKind::MendTls => Change::MendTls,
        ChangeKind::RequireTlsForLogin => Change::RequireTlsForLogin,
        ChangeKind::SetMode => {
            Change::SetMode { security: Security::Implicit, port: if port == 993 { 993 } else { 465 } }
        }
        ChangeKind::MinimumTls => Change::MinimumTls { version: "TLSv1.2" },
        ChangeKind::ModernTls => Change::ModernTls,
        ChangeKind::StrongSuites => Change::StrongSuites { opportunistic: port == 25 },
        ChangeKind::ServerOrder => Change::ServerOrder,
        ChangeKind::StrongDh => Change::StrongDh,
        ChangeKind::ModernGroups => Change::ModernGroups,
        ChangeKind::NoRenegotiation => Change::NoRenegotiation,
        ChangeKind::SessionTickets => Change::SessionTickets,
        ChangeKind::NoClientCertificate => Change::NoClientCertificate,
        ChangeKind::Update => Change::Update,
        ChangeKind::Dns => Change::Dns { lines: Vec::new() },
        ChangeKind::MtaStsPolicy => Change::MtaStsPolicy {
            domain: "example.org".to_owned(),
            lines: ["version: STSv1", "mode: testing", "mx: mail.example.org", "max_age: 604800"]
                .map(str::to_owned)
                .to_vec(),
            id: "20260101T000000".to_owned(),
        },
        ChangeKind::ClientName => Change::ClientName {
            from: "imap.example.org".to_owned(),
            to: Some(name()),
            at: Vec::new(),
            names: Vec::new(),
        },
    }
}

/// Returns a context of well-known ports of the example host.
fn example(ports: &[u16]) -> Context {
    let endpoint = |port: &u16| {
        let (protocol, security) = Endpoint::well_known(*port)?;
        Some(Endpoint {
            host: Host::new(EXAMPLE).ok()?,
            port: *port,
            place: Place::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), *port)),
            protocol,
            security,
            role: Endpoint::role_of(protocol),
            sources: Vec::new(),
        })
    };
    Context {
        endpoints: ports.iter().filter_map(endpoint).collect(),
        names: vec![EXAMPLE.to_owned()],
        chain_file: None,
        stands: None,
    }
}

/// Makes a cure of commands.
fn fix(product: Product, text: impl Into<String>, commands: Vec<String>) -> Fix {
    Fix { for_: product.word().to_owned(), text: text.into(), commands, config: None }
}

/// Makes a cure of lines for a file, with the commands that check and load it.
fn edit(product: Product, text: impl Into<String>, config: impl Into<String>, commands: Vec<String>) -> Fix {
    Fix { for_: product.word().to_owned(), text: text.into(), commands, config: Some(config.into()) }
}

/// Returns the commands as owned text.
fn lines(commands: &[&str]) -> Vec<String> {
    commands.iter().map(|command| (*command).to_owned()).collect()
}

/// Returns the protocol versions older than this one, oldest first, as OpenSSL and Postfix name them.
fn older_than(version: &str) -> Vec<&'static str> {
    VERSIONS.iter().copied().take_while(|known| *known != version).collect()
}

/// Returns the words of a priority string of GnuTLS for this oldest version and newer ones; older ones than TLS 1.0
/// are never to be allowed.
fn gnutls_versions(oldest: &str) -> String {
    let words = GNUTLS_VERSIONS.iter().rev();
    let newest = words.take_while(|(version, _)| *version == oldest || !older_than(oldest).contains(version));
    std::iter::once("-VERS-ALL".to_owned())
        .chain(newest.map(|(_, word)| format!("+VERS-{word}")))
        .collect::<Vec<_>>()
        .join(":")
}

/// Versions as Postfix and as GnuTLS name them, oldest first.
const GNUTLS_VERSIONS: [(&str, &str); 4] =
    [("TLSv1", "TLS1.0"), ("TLSv1.1", "TLS1.1"), ("TLSv1.2", "TLS1.2"), ("TLSv1.3", "TLS1.3")];

/// Versions of SSL and TLS, oldest first.
const VERSIONS: [&str; 6] = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/// TLS 1.2 suites with forward secrecy and authenticated encryption, in OpenSSL's names (Mozilla's
/// intermediate guideline 6.0); TLS 1.3 has no others. None of them needs Diffie-Hellman parameters.
const STRONG_SUITES: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:\
                             ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:\
                             ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/// Suites with forward secrecy in OpenSSL's words, best first: for port 25, where servers such as Exchange on
/// Windows Server 2012 have only DHE or CBC with SHA-2 beside an RSA certificate.
const FORWARD_SECRET_SUITES: &str = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:\
                                     !SHA1:!aNULL:!DSS:!PSK:!SRP";

/// What follows the versions in a priority string of GnuTLS, to leave the suites with forward secrecy and
/// authenticated encryption, in the server's order.
const GNUTLS_STRONG: &str = "-RSA:-DHE-RSA:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE";

/// What a narrower choice on port 25 costs, and how to have less of it.
const OLD_SENDERS: &str =
    "A sender that has none of them may send in clear text instead: the log shows whom that hits.";

/// Enough of a path to show.
const MOST_PATH: usize = 255;

/// The host of the documentation.
const EXAMPLE: &str = "mail.example.org";
