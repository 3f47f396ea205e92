//! What a fragile server cannot bear in a hello, whatever it would choose.

use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::hello::{ClientHello, HEADER};
use mailmedic_wire::names::{CipherSuite, CompressionMethod, ExtensionType, NamedGroup, is_grease};

use crate::choose::{client_groups, client_schemes};
use crate::personality::{Choke, Personality, Refusal, When};

/// Tells whether a server reads this hello to its end.
///
/// # Errors
/// How it turns the client away.
pub(crate) fn bears(server: &Personality, hello: &ClientHello) -> Result<(), Refusal> {
    let quirks = &server.quirks;
    let too_new = quirks.greatest_version.is_some_and(|greatest| hello.legacy_version > greatest);
    let too_many =
        quirks.refuses_more_suites && quirks.most_suites.is_some_and(|most| hello.cipher_suites.len() > most);
    // Writing the hello again costs something: only where its length counts.
    let bad_size = !quirks.bad_sizes.is_empty() && {
        let size = HEADER + hello.encode().len();
        quirks.bad_sizes.iter().any(|sizes| sizes.contains(&size))
    };
    let chokes = quirks.chokes_on.iter().any(|choke| is_in(*choke, hello));
    if too_new || too_many || bad_size || chokes {
        return Err(server.refusals.quirk);
    }
    let first = hello.cipher_suites.iter().find(|suite| !is_grease(suite.0) && !suite.is_signalling());
    let poison = quirks.poison.iter().find(|poison| match poison.when {
        When::Offered => hello.cipher_suites.iter().any(|suite| poison.suites.contains(suite)),
        When::First => first.is_some_and(|suite| poison.suites.contains(suite)),
        When::Chosen => false,
    });
    poison.map_or(Ok(()), |poison| Err(poison.refusal))
}

fn is_in(choke: Choke, hello: &ClientHello) -> bool {
    let extensions = hello.extensions.as_deref().unwrap_or_default();
    let versions = match hello.extension(ExtensionType::SUPPORTED_VERSIONS) {
        Some(ClientExtension::SupportedVersions(versions)) => versions.as_slice(),
        _ => &[],
    };
    let groups = client_groups(hello).unwrap_or_default();
    let schemes = client_schemes(hello).unwrap_or_default();
    let is_unknown = |suite: &CipherSuite| suite.name().is_none();
    match choke {
        Choke::AnyExtension => !extensions.is_empty(),
        Choke::UnknownExtension => extensions.iter().any(|extension| extension.kind().name().is_none()),
        Choke::UnknownVersion => versions.iter().any(|version| version.name().is_none()),
        Choke::UnknownSuite => hello.cipher_suites.iter().any(is_unknown),
        Choke::UnknownGroup => groups.iter().any(|group: &NamedGroup| group.name().is_none()),
        Choke::UnknownScheme => schemes.iter().any(|scheme| scheme.name().is_none()),
        Choke::Grease => {
            let suites = hello.cipher_suites.iter().map(|suite| suite.0);
            let kinds = extensions.iter().map(|extension| extension.kind().0);
            let rest = versions.iter().map(|version| version.0).chain(groups.iter().map(|group| group.0));
            suites.chain(kinds).chain(rest).chain(schemes.iter().map(|scheme| scheme.0)).any(is_grease)
        }
        Choke::EmptyLastExtension => extensions.last().is_some_and(is_empty),
        Choke::Compression => {
            hello.compression_methods.iter().any(|method| *method != CompressionMethod::NULL)
        }
        Choke::NoServerName => hello.extension(ExtensionType::SERVER_NAME).is_none(),
        Choke::SessionId => !hello.session_id.is_empty(),
    }
}

fn is_empty(extension: &ClientExtension) -> bool {
    match extension {
        ClientExtension::EncryptThenMac
        | ClientExtension::ExtendedMasterSecret
        | ClientExtension::SignedCertificateTimestamp => true,
        ClientExtension::SessionTicket(ticket) => ticket.is_empty(),
        ClientExtension::Padding(zeros) => *zeros == 0,
        ClientExtension::Raw(raw) => raw.body.is_empty(),
        _ => false,
    }
}
