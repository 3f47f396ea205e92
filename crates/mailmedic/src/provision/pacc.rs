//! PACC, the user agent configuration of draft-ietf-mailmaint-pacc: a JSON document, and the record with its digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::{Record, Service};
use crate::bytes::Fingerprint;
use crate::endpoint::{Protocol, Security};
use crate::name::{Name, NameError};

/// Where the document is served, at `ua-auto-config.` below the domain.
pub const PATH: &str = "/.well-known/user-agent-configuration.json";

/// Writes the document; none where no server speaks TLS from the first byte on its usual port, which is all that the
/// draft knows. The same service always has the same bytes, since the record holds their digest.
pub fn document(service: &Service) -> Option<String> {
    let host = |protocol: Protocol, port: u16| {
        let server =
            service.of(protocol).find(|one| one.port == port && one.security == Security::Implicit)?;
        Some(Host { host: server.host.as_ascii() })
    };
    let (imap, pop3) = (host(Protocol::Imap, 993), host(Protocol::Pop3, 995));
    let submit = host(Protocol::Submission, 465);
    if (imap.is_none() && pop3.is_none()) || submit.is_none() {
        return None;
    }
    let page = Page {
        protocols: Protocols { imap, pop3, submit, smtp: submit },
        authentication: Authentication { password: true },
        info: Info {
            provider: Provider { name: &service.name, short_name: &service.short_name },
            help: service.help.as_deref().map(|documentation| Help { documentation }),
        },
    };
    serde_json::to_string(&page).ok().map(|text| text + "\n")
}

/// Makes the record that vouches for a document.
///
/// # Errors
/// Its name would be too long.
pub fn record(domain: &Name, document: &str, ttl: u32) -> Result<Record, NameError> {
    let digest = STANDARD.encode(Fingerprint::of(document.as_bytes()).0);
    Ok(Record::txt(domain.under("_ua-auto-config")?, ttl, format!("v=UAAC1; a=sha256; d={digest}")))
}

#[derive(Serialize)]
struct Page<'a> {
    protocols: Protocols<'a>,
    authentication: Authentication,
    info: Info<'a>,
}

#[derive(Serialize)]
struct Protocols<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    imap: Option<Host<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pop3: Option<Host<'a>>,
    /// The word of edition 03 of the draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    submit: Option<Host<'a>>,
    /// The same in the word of editions before.
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp: Option<Host<'a>>,
}

#[derive(Clone, Copy, Serialize)]
struct Host<'a> {
    host: &'a str,
}

#[derive(Serialize)]
struct Authentication {
    password: bool,
}

#[derive(Serialize)]
struct Info<'a> {
    provider: Provider<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Help<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Provider<'a> {
    name: &'a str,
    short_name: &'a str,
}

#[derive(Serialize)]
struct Help<'a> {
    documentation: &'a str,
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::service::tests::sample;
    use super::{document, record};
    use crate::name::Name;

    #[test]
    fn the_document_names_hosts_of_direct_tls_alone() {
        assert_snapshot!(
            document(&sample()).unwrap(),
            @r#"{"protocols":{"imap":{"host":"imap.example.org"},"pop3":{"host":"pop.example.org"},"submit":{"host":"smtp.example.org"},"smtp":{"host":"smtp.example.org"}},"authentication":{"password":true},"info":{"provider":{"name":"Smith & <Sons> Mail","shortName":"Smith"},"help":{"documentation":"https://example.org/help?a=1&b=2"}}}"#
        );
        let mut service = sample();
        service.servers.retain(|server| server.port != 465);
        assert_eq!(document(&service), None);
    }

    #[test]
    fn the_record_has_the_digest_of_the_bytes() {
        let domain = Name::new("example.org").unwrap();
        assert_eq!(
            record(&domain, "", 3600).unwrap().line(),
            "_ua-auto-config.example.org. 3600 IN TXT \"v=UAAC1; a=sha256; \
             d=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\""
        );
    }
}
