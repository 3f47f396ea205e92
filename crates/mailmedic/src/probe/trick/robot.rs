//! Key exchanges whose RSA block is padded in one of several ways (<https://robotattack.org>).
//!
//! The ClientKeyExchange goes first and alone: a server that answers it at once tells more than it should, and
//! [`crate::observation::Tls::end`] then says that the handshake was over. To one that waits, as it should, go a
//! ChangeCipherSpec and garbage in place of Finished; whatever the padding, that is the same failure.

mod block;

use std::time::Duration;

use mailmedic_wire::alert::Alert;
use mailmedic_wire::hello::{rsa_client_key_exchange, write_message};
use mailmedic_wire::names::cipher_suite::KeyExchange;
use mailmedic_wire::names::{AlertDescription, AlertLevel, ContentType, HandshakeType, ProtocolVersion};
use mailmedic_wire::record;

use super::Tried;
use super::opened::{self, Opened};
use crate::certificate::Certificate;
use crate::job::Offer;
use crate::observation::ReactionEnd;
use crate::probe::flight;
use crate::probe::tap::Tap;

pub(super) async fn attempt(stream: Tap, offer: &Offer, way: u8, parts: bool, limit: Duration) -> Tried {
    let hello = flight::hello(offer);
    let mut opened = opened::open(stream, &hello, limit).await;
    let name = offer.server_name.clone();
    let (Some(version), Some(encrypted)) = (opened.waits(), encrypted(&opened, hello.legacy_version, way))
    else {
        return opened.close(name, opened::not_reached(), false).await;
    };
    let mut exchange = Vec::new();
    if opened.flight.certificate_requested {
        exchange = without_certificate(version);
    }
    let message = rsa_client_key_exchange(version, &encrypted);
    exchange.extend(record::write(ContentType::HANDSHAKE, version, &message));
    let pause = opened.pause().min(limit / 2);
    let mut reaction = opened.say(&exchange, pause).await;
    let mut ended_early = opened::is_end(&reaction);
    if reaction.end == ReactionEnd::TimedOut {
        let mut rest = record::write(ContentType::CHANGE_CIPHER_SPEC, version, &[1]);
        rest.extend(opened::garbage(version));
        let before = std::mem::take(&mut reaction.records);
        (reaction, ended_early) = opened.say_behind(&rest, parts, limit).await;
        reaction.records.splice(0..0, before);
    }
    opened.linger(&mut reaction).await;
    opened.close(name, Some(reaction), ended_early).await
}

/// Pads and encrypts a premaster secret to the key of the server's certificate; none if RSA is not to transport it.
fn encrypted(opened: &Opened, offered: ProtocolVersion, way: u8) -> Option<Vec<u8>> {
    let suite = opened.flight.server_hello.as_ref()?.cipher_suite;
    if suite.key_exchange() != Some(KeyExchange::Rsa) || opened.flight.key_exchange.is_some() {
        return None;
    }
    let key = Certificate::read(opened.flight.certificates.as_ref()?.first()?).rsa_key()?;
    block::encrypt(&block::padded(key.modulus.len(), offered, way)?, &key)
}

/// Says that there is no certificate, as a server that asks for one must hear first (RFC 5246 §7.4.6, RFC 6101 §5.6.6).
fn without_certificate(version: ProtocolVersion) -> Vec<u8> {
    if version <= ProtocolVersion::SSLv3 {
        let none = Alert { level: AlertLevel::WARNING, description: AlertDescription::NO_CERTIFICATE };
        return none.encode_record(version);
    }
    let message = write_message(HandshakeType::CERTIFICATE, &[0; 3]);
    record::write(ContentType::HANDSHAKE, version, &message)
}
