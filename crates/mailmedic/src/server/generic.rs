//! The cure in words that hold for every server.

use super::{Context, acme};
use crate::endpoint::Security;
use crate::finding::{Change, Fix};
use crate::words;

/// Returns the cure for a server of which nothing is known.
pub(super) fn cure(change: &Change, context: &Context) -> Fix {
    let mut commands = Vec::new();
    let text = match change {
        Change::Reload => "Make the server load its certificate again: reload or restart it, and let your ACME client \
                           do so after each renewal."
            .to_owned(),
        Change::RenewCertificate { names } => {
            let names = acme::names(names, context);
            commands.extend(acme::certbot(&names));
            let names: Vec<String> = names.iter().map(|name| words::escape(name, 253)).collect();
            format!(
                "Get a new certificate for {} from your CA, with all these names as subject alternative names, \
                 install it with its intermediates, and make the server load it. An ACME client (certbot, acme.sh, \
                 lego …) does so by itself if its deploy hook reloads the server.",
                words::list(&names)
            )
        }
        Change::ServeChain { file, chain } => {
            let file = words::escape(context.chain_file.as_deref().unwrap_or(file), 255);
            if chain.is_some() {
                format!(
                    "Give the server one file with your own certificate first and the intermediates after it, without \
                     the root ({file}), and make it load it. ACME clients call this file fullchain.pem."
                )
            } else {
                "Give the server one file with your own certificate first and the intermediates of your CA after it, \
                 without the root. The CA offers them for download; ACME clients call this file fullchain.pem."
                    .to_owned()
            }
        }
        Change::ServeName { name } => {
            commands.extend(acme::certbot(std::slice::from_ref(name)));
            format!(
                "Get a certificate for {0} and serve it to clients that send this name (SNI), or add {0} to the \
                 certificate that all clients get.",
                words::escape(name, 253)
            )
        }
        Change::OfferStarttls => "Give the server a certificate and let it offer STARTTLS (STLS for POP3). If it is \
                                  configured already, a firewall in between takes it away: look for 'SMTP \
                                  inspection', 'fixup' or a mail filter."
            .to_owned(),
        Change::MendTls => "Look into the server's log: it names the certificate, key or setting that keeps TLS from \
                            working. Check that the files exist, that the server's user may read the key, and that \
                            the key belongs to the certificate."
            .to_owned(),
        Change::RequireTlsForLogin => "Let the server take logins only inside TLS.".to_owned(),
        Change::SetMode { security: Security::Implicit, port } => {
            format!("Let the server speak TLS on port {port} from the first byte (implicit TLS, 'SSL' or 'wrapper').")
        }
        Change::SetMode { security: Security::Starttls, port } => {
            format!("Let the server begin in plain text on port {port} and upgrade with STARTTLS.")
        }
        Change::MinimumTls { version } => format!("Set {version} as the oldest version of TLS."),
        Change::ModernTls => "Allow TLS 1.2 and TLS 1.3; if the server cannot, update it and its TLS library.".to_owned(),
        Change::StrongSuites { opportunistic: true } => {
            "Allow only ciphers with forward secrecy (ECDHE, DHE), and no NULL, anonymous, EXPORT, DES, 3DES, RC4 or \
             MD5. On port 25 keep CBC with SHA-256 and SHA-384: some old servers have nothing better, and would send \
             in clear text."
                .to_owned()
        }
        Change::StrongSuites { opportunistic: false } => {
            "Allow only ciphers with forward secrecy (ECDHE) and authenticated encryption (AES-GCM, \
             ChaCha20-Poly1305)."
                .to_owned()
        }
        Change::ServerOrder => {
            "Let the server choose the cipher by its own order, the strongest first.".to_owned()
        }
        Change::StrongDh => {
            "Use a Diffie-Hellman group of 2048 bits or more (ffdhe2048 of RFC 7919), or no DHE at all.".to_owned()
        }
        Change::ModernGroups => {
            "Allow the curves X25519, P-256 and P-384, and X25519MLKEM768 where the TLS library has it (OpenSSL 3.5, \
             GnuTLS 3.8.9, or newer)."
                .to_owned()
        }
        Change::NoRenegotiation => {
            "Refuse renegotiation that a client begins; OpenSSL 3 and GnuTLS do so by themselves, OpenSSL 1.1.1 with \
             'Options = NoRenegotiation' in openssl.cnf."
                .to_owned()
        }
        Change::SessionTickets => "Turn session tickets off, or let the server make a new ticket key at least once a \
                                   day; update the TLS library if it seals tickets with a key that others know."
            .to_owned(),
        Change::NoClientCertificate => {
            "Do not ask clients for a certificate on this port, or ask without demanding one.".to_owned()
        }
        Change::Update => "Update the server and its TLS library, then restart the server.".to_owned(),
        Change::Dns { .. } => "Change these DNS records.".to_owned(),
        Change::MtaStsPolicy { .. } => "Serve this MTA-STS policy.".to_owned(),
        Change::ClientName { .. } => "Change the server name in the mail programs.".to_owned(),
    };
    Fix { for_: "any".to_owned(), text, commands, config: None }
}
