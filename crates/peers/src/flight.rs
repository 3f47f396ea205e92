//! Writes the first flight of a server that has chosen.

use mailmedic_wire::extension::{KeyShareEntry, ServerExtension};
use mailmedic_wire::hello::{
    CertificateList, CertificateRequest, ClientHello, Curve, RsaParams, ServerHello, ServerKeyExchange,
    ServerParams, Signature, SrpParams, write_message,
};
use mailmedic_wire::names::cipher_suite::{KeyExchange, Mode};
use mailmedic_wire::names::{
    CipherSuite, ContentType, ExtensionType, HandshakeType, HeartbeatMode, NamedGroup, PointFormat,
    ProtocolVersion,
};
use mailmedic_wire::record;

use crate::choose::Choice;
use crate::dh::DhGroup;
use crate::keys::Keys;
use crate::personality::Personality;

/// Writes all that the server says at once, in records.
pub(crate) fn first_flight(
    server: &Personality,
    hello: &ClientHello,
    choice: &Choice,
    keys: &mut impl Keys,
) -> Vec<u8> {
    let hello_message = server_hello(server, hello, choice, keys);
    if choice.version >= ProtocolVersion::TLSv1_3 {
        let hello = write_message(HandshakeType::SERVER_HELLO, &hello_message.encode());
        let mut out = record::write(ContentType::HANDSHAKE, ProtocolVersion::TLSv1_2, &hello);
        out.extend(record::write(ContentType::CHANGE_CIPHER_SPEC, ProtocolVersion::TLSv1_2, &[1]));
        if !choice.retry {
            // EncryptedExtensions to Finished, which look like noise.
            let length = 160 + chain(server, choice).iter().map(Vec::len).sum::<usize>();
            let noise = keys.random(length.min(record::MAX_FRAGMENT));
            out.extend(record::write(ContentType::APPLICATION_DATA, ProtocolVersion::TLSv1_2, &noise));
        }
        return out;
    }
    record::write(
        ContentType::HANDSHAKE,
        choice.version,
        &messages(server, hello, &hello_message, choice, keys),
    )
}

/// Writes the handshake messages from ServerHello to ServerHelloDone.
pub(crate) fn messages(
    server: &Personality,
    hello: &ClientHello,
    hello_message: &ServerHello,
    choice: &Choice,
    keys: &mut impl Keys,
) -> Vec<u8> {
    let mut out = write_message(HandshakeType::SERVER_HELLO, &hello_message.encode());
    if choice.certificate.is_some() {
        let list = CertificateList { certificates: chain(server, choice).to_vec(), malformed: None };
        out.extend(write_message(HandshakeType::CERTIFICATE, &list.encode()));
    }
    if let Some(exchange) = key_exchange(server, hello, hello_message, choice, keys) {
        out.extend(write_message(HandshakeType::SERVER_KEY_EXCHANGE, &exchange.encode()));
    }
    if server.asks_certificate && choice.certificate.is_some() {
        let request = CertificateRequest {
            // rsa_sign and ecdsa_sign.
            certificate_types: vec![1, 64],
            signature_algorithms: server.schemes.clone(),
            authorities: Vec::new(),
        };
        out.extend(write_message(HandshakeType::CERTIFICATE_REQUEST, &request.encode(choice.version)));
    }
    out.extend(write_message(HandshakeType::SERVER_HELLO_DONE, &[]));
    out
}

/// Makes the ServerHello or the HelloRetryRequest.
pub(crate) fn server_hello(
    server: &Personality,
    hello: &ClientHello,
    choice: &Choice,
    keys: &mut impl Keys,
) -> ServerHello {
    let tls13 = choice.version >= ProtocolVersion::TLSv1_3;
    let session_id = match (tls13, server.session_ids) {
        (true, _) => hello.session_id.clone(),
        (false, true) => keys.random(32),
        (false, false) => Vec::new(),
    };
    let extensions = if tls13 { tls13_extensions(choice, keys) } else { extensions(server, hello, choice) };
    ServerHello {
        legacy_version: choice.version.min(ProtocolVersion::TLSv1_2),
        random: if choice.retry { ServerHello::RETRY_RANDOM } else { random(server, choice.version, keys) },
        session_id,
        cipher_suite: choice.suite,
        compression_method: choice.compression,
        extensions: Some(extensions).filter(|extensions| !extensions.is_empty()),
    }
}

fn random(server: &Personality, version: ProtocolVersion, keys: &mut impl Keys) -> [u8; 32] {
    let mut random = [0; 32];
    random.copy_from_slice(&keys.random(32));
    let newest = server.suites.keys().next_back().copied().unwrap_or(version);
    if server.confesses_downgrades && version < newest && newest >= ProtocolVersion::TLSv1_2 {
        let marker = if version == ProtocolVersion::TLSv1_2 { b"DOWNGRD\x01" } else { b"DOWNGRD\x00" };
        random[24..].copy_from_slice(marker);
    }
    random
}

fn tls13_extensions(choice: &Choice, keys: &mut impl Keys) -> Vec<ServerExtension> {
    let group = choice.group.unwrap_or(NamedGroup::X25519);
    let share = if choice.retry {
        ServerExtension::KeyShareRetry(group)
    } else {
        ServerExtension::KeyShare(KeyShareEntry { group, key: keys.share(group) })
    };
    vec![ServerExtension::SupportedVersions(choice.version), share]
}

fn extensions(server: &Personality, hello: &ClientHello, choice: &Choice) -> Vec<ServerExtension> {
    use ExtensionType as T;
    let signals = hello.cipher_suites.contains(&CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
    let agreed = |kind| {
        let offered = hello.extension(kind).is_some() || (kind == T::RENEGOTIATION_INFO && signals);
        offered && server.extensions.contains(&kind)
    };
    let is_curve = choice.suite.key_exchange().is_some_and(KeyExchange::sends_ecdh);
    let is_cbc = choice.suite.encryption().is_some_and(|how| how.mode == Mode::Cbc);
    let mut out = Vec::new();
    for (kind, applies, extension) in [
        (T::RENEGOTIATION_INFO, true, ServerExtension::RenegotiationInfo(Vec::new())),
        (T::SERVER_NAME, true, ServerExtension::ServerName),
        (T::EC_POINT_FORMATS, is_curve, ServerExtension::EcPointFormats(vec![PointFormat::UNCOMPRESSED])),
        (T::SESSION_TICKET, true, ServerExtension::SessionTicket),
        (T::HEARTBEAT, true, ServerExtension::Heartbeat(HeartbeatMode::PEER_ALLOWED_TO_SEND)),
        (T::ENCRYPT_THEN_MAC, is_cbc, ServerExtension::EncryptThenMac),
        (T::EXTENDED_MASTER_SECRET, true, ServerExtension::ExtendedMasterSecret),
    ] {
        // SSL 3 has no extensions, and a server that answers one there answers renegotiation's signal.
        let known = choice.version > ProtocolVersion::SSLv3 || kind == T::RENEGOTIATION_INFO;
        if applies && known && agreed(kind) {
            out.push(extension);
        }
    }
    out
}

/// Makes the ServerKeyExchange, where the suite sends one.
fn key_exchange(
    server: &Personality,
    hello: &ClientHello,
    hello_message: &ServerHello,
    choice: &Choice,
    keys: &mut impl Keys,
) -> Option<ServerKeyExchange> {
    let exchange = choice.suite.key_exchange()?;
    let params = match exchange {
        KeyExchange::RsaExport => {
            let bits = if choice.suite.name()?.contains("EXPORT1024") { 1024 } else { 512 };
            ServerParams::Rsa(RsaParams { modulus: keys.modulus(bits), exponent: vec![1, 0, 1] })
        }
        KeyExchange::Srp => {
            let group = DhGroup::of_bits(2048);
            let public = keys.dh(&group).public;
            let salt = keys.random(16);
            ServerParams::Srp(SrpParams { prime: group.prime, generator: group.generator, salt, public })
        }
        _ if exchange.sends_dh() => ServerParams::Dh(keys.dh(&dh_group(server, choice)?)),
        _ if exchange.sends_ecdh() => {
            let group = choice.group?;
            ServerParams::Ecdh { curve: Curve::Named(group), public: keys.share(group) }
        }
        _ => return None,
    };
    let hinted = matches!(exchange, KeyExchange::DhePsk | KeyExchange::EcdhePsk);
    let mut message = ServerKeyExchange { params, psk_hint: hinted.then(Vec::new), signature: None };
    if let Some(index) = choice.certificate {
        let signed = [&hello.random[..], &hello_message.random, &message.encode()].concat();
        let key = server.certificates.get(index)?.key;
        message.signature =
            Some(Signature { scheme: choice.scheme, bytes: keys.sign(key, choice.scheme, &signed) });
    }
    Some(message)
}

/// Returns the group of a DHE suite: the negotiated one, 512 or 1024 bits for EXPORT, or the configured one.
fn dh_group(server: &Personality, choice: &Choice) -> Option<DhGroup> {
    if let Some(group) = choice.group {
        return DhGroup::named(group);
    }
    match choice.suite.key_exchange()? {
        KeyExchange::DheExport | KeyExchange::DhAnonExport => {
            let bits = if choice.suite.name()?.contains("EXPORT1024") { 1024 } else { 512 };
            Some(DhGroup::of_bits(bits))
        }
        _ => server.dh.clone(),
    }
}

fn chain<'a>(server: &'a Personality, choice: &Choice) -> &'a [Vec<u8>] {
    let certificate = choice.certificate.and_then(|index| server.certificates.get(index));
    certificate.map_or(&[], |certificate| &certificate.chain)
}
