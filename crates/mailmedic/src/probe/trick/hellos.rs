//! Hellos that are the whole trick: what matters is whether they are answered.

use std::time::Duration;

use mailmedic_wire::extension::{ClientExtension, KeyShareEntry, RawExtension};
use mailmedic_wire::flight::StopAt;
use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::{CompressionMethod, ExtensionType, NamedGroup, ProtocolVersion, is_grease};

use super::Tried;
use crate::job::Attempt;
use crate::observation::{ODD_LENGTHS, Odd, Trick};
use crate::probe::flight;
use crate::probe::tap::Tap;

/// Sends the hello, as the last word where `parts`, and reads up to the ServerHello.
pub(super) async fn attempt(mut stream: Tap, attempt: &Attempt, parts: bool, limit: Duration) -> Tried {
    let hello = make(attempt).encode_records(attempt.offer.version.min(ProtocolVersion::TLSv1_0));
    let flight = flight::read(&mut stream, &hello, StopAt::ServerHello, parts, limit).await;
    flight::leave(stream, &flight).await;
    let (tls, certificates) = flight::record(flight, attempt.offer.server_name.clone());
    Tried { tls, certificates, reaction: None }
}

/// Makes the hello of an attempt.
fn make(attempt: &Attempt) -> ClientHello {
    let hello = flight::hello(&attempt.offer);
    let version = attempt.offer.version;
    match attempt.trick {
        Trick::Grease => {
            let all = [
                ProtocolVersion::TLSv1_3,
                ProtocolVersion::TLSv1_2,
                ProtocolVersion::TLSv1_1,
                ProtocolVersion::TLSv1_0,
            ];
            let mut hello = with_unknown_extensions(with_unknown_versions(hello, &all))
                .with(ClientExtension::RenegotiationInfo(Vec::new()))
                .with(ClientExtension::ExtendedMasterSecret)
                .with(ClientExtension::KeyShare(unknown_shares(&attempt.offer.groups)));
            // What middleboxes expect of a client of TLS 1.3 (RFC 8446 appendix D.4).
            hello.session_id = flight::random::<32>().to_vec();
            padded(hello, LONG)
        }
        Trick::Odd(Odd::Version) => clear_of_256(with_unknown_versions(hello, &[version])),
        Trick::Odd(Odd::Extension) => clear_of_256(with_unknown_extensions(hello)),
        Trick::Odd(Odd::Length) => padded(hello, HALF),
        Trick::Odd(Odd::Long) => padded(hello, LONG),
        _ => clear_of_256(hello),
    }
}

/// Returns a share of a byte for the first unknown group: each share has to be of a group that is offered (RFC 8446
/// §4.2.8).
fn unknown_shares(groups: &[NamedGroup]) -> Vec<KeyShareEntry> {
    let unknown = groups.iter().find(|group| is_grease(group.0));
    unknown.map(|group| KeyShareEntry { group: *group, key: vec![0] }).into_iter().collect()
}

fn with_unknown_versions(hello: ClientHello, known: &[ProtocolVersion]) -> ClientHello {
    let mut versions = vec![ProtocolVersion(UNKNOWN), AFTER_TLS13];
    versions.extend_from_slice(known);
    let mut hello = hello.with(ClientExtension::SupportedVersions(versions));
    // With this extension compression must not be offered (RFC 8446 §4.1.2).
    hello.compression_methods = vec![CompressionMethod::NULL];
    hello
}

/// Adds one extension without content and one with some, as Chrome does.
fn with_unknown_extensions(hello: ClientHello) -> ClientHello {
    let unknown = |kind, body| ClientExtension::Raw(RawExtension { kind: ExtensionType(kind), body });
    hello.with(unknown(UNKNOWN, Vec::new())).with(unknown(UNKNOWN_TOO, vec![0]))
}

/// Keeps a hello out of the lengths that are an oddity of their own (RFC 7685 §1).
fn clear_of_256(hello: ClientHello) -> ClientHello {
    if ODD_LENGTHS.contains(&flight::length(&hello)) { padded(hello, ODD_LENGTHS.end) } else { hello }
}

/// Fills a hello up to `length` bytes with the handshake header; a longer one stays as it is, and so does one of
/// SSL 3, which has no extensions.
fn padded(hello: ClientHello, length: usize) -> ClientHello {
    if hello.extensions.is_none() {
        return hello;
    }
    let zeros = length.saturating_sub(flight::length(&hello) + EXTENSION_HEADER);
    match u16::try_from(zeros) {
        Ok(zeros @ 1..) => hello.with(ClientExtension::Padding(zeros)),
        _ => hello,
    }
}

const EXTENSION_HEADER: usize = 4;

/// Values that RFC 8701 sets aside so that servers meet some they do not know.
const UNKNOWN: u16 = 0x4A4A;
const UNKNOWN_TOO: u16 = 0xBABA;

/// The version that will follow TLS 1.3, if it is numbered like those before.
const AFTER_TLS13: ProtocolVersion = ProtocolVersion(0x0305);

/// Within the lengths whose first byte some servers took for SSL 2 (RFC 7685 §1).
const HALF: usize = 400;
/// As long as a hello with a share of X25519MLKEM768.
const LONG: usize = 1_600;

#[cfg(test)]
mod tests {
    use mailmedic_wire::extension::ClientExtension;
    use mailmedic_wire::hello::ClientHello;
    use mailmedic_wire::names::{
        CipherSuite, ExtensionType, NamedGroup, ProtocolVersion, SignatureScheme, is_grease,
    };

    use mailmedic_peers::{Choke, Personality, Quirks, answer};

    use super::make;
    use crate::job::{Attempt, Offer, Stop};
    use crate::observation::{Odd, Trick};
    use crate::probe::flight::length;

    fn offer(version: ProtocolVersion, name: &str) -> Offer {
        Offer {
            version,
            suites: vec![CipherSuite(0xC02F), CipherSuite(0x1301)],
            groups: vec![NamedGroup::X25519, NamedGroup::SECP256R1],
            signature_schemes: vec![SignatureScheme::RSA_PSS_RSAE_SHA256, SignatureScheme::RSA_PKCS1_SHA256],
            server_name: Some(name.into()),
            stop: Stop::ServerHello,
            curious: false,
        }
    }

    fn hello(trick: Trick, version: ProtocolVersion, name: &str) -> ClientHello {
        make(&Attempt::new(trick, offer(version, name)))
    }

    fn kinds(hello: &ClientHello) -> Vec<u16> {
        hello.extensions.iter().flatten().map(|extension| extension.kind().0).collect()
    }

    #[test]
    fn each_oddity_has_the_length_that_it_is_about() {
        let of = |way| length(&hello(Trick::Odd(way), ProtocolVersion::TLSv1_2, "mail.example.org"));
        assert!((256..512).contains(&of(Odd::Length)));
        assert!(of(Odd::Long) > 1_024);
        for way in [Odd::Version, Odd::Extension, Odd::Suite, Odd::Group] {
            assert!(of(way) < 256, "{way:?} {}", of(way));
        }
        let long_name = format!("{}.example.org", "a".repeat(120));
        for way in [Odd::Version, Odd::Extension, Odd::Suite, Odd::Group] {
            let long = length(&hello(Trick::Odd(way), ProtocolVersion::TLSv1_2, &long_name));
            assert!(!(256..512).contains(&long), "{way:?} {long}");
        }
        let all = length(&hello(Trick::Grease, ProtocolVersion::TLSv1_3, "mail.example.org"));
        assert!(all > 1_024, "{all}");
    }

    #[test]
    fn each_oddity_is_odd_in_its_way_alone() {
        let plain = kinds(&hello(Trick::Odd(Odd::Suite), ProtocolVersion::TLSv1_2, "mail.example.org"));
        assert!(!plain.iter().any(|kind| is_grease(*kind)));
        let versions = hello(Trick::Odd(Odd::Version), ProtocolVersion::TLSv1_2, "mail.example.org");
        let added: Vec<u16> = kinds(&versions).into_iter().filter(|kind| !plain.contains(kind)).collect();
        assert_eq!(added, [ExtensionType::SUPPORTED_VERSIONS.0]);
        let extensions =
            kinds(&hello(Trick::Odd(Odd::Extension), ProtocolVersion::TLSv1_2, "mail.example.org"));
        assert_eq!(extensions.iter().filter(|kind| is_grease(**kind)).count(), 2);
        assert_eq!(extensions.len(), plain.len() + 2);
    }

    #[test]
    fn the_unknown_share_is_of_a_group_that_is_offered() {
        let mut offer = offer(ProtocolVersion::TLSv1_3, "mail.example.org");
        offer.groups.insert(0, NamedGroup(0x3A3A));
        let hello = make(&Attempt::new(Trick::Grease, offer));
        let Some(ClientExtension::KeyShare(shares)) = hello.extension(ExtensionType::KEY_SHARE) else {
            panic!("no share");
        };
        assert_eq!(shares.iter().map(|share| share.group.0).collect::<Vec<_>>(), [0x3A3A]);
    }

    /// The hello of an attempt as the planner makes it, odd where the planner does that part.
    fn planned(trick: Trick, version: ProtocolVersion) -> ClientHello {
        let mut offer = offer(version, "mail.example.org");
        let everything = trick == Trick::Grease;
        if everything || trick == Trick::Odd(Odd::Suite) {
            offer.suites.insert(0, CipherSuite(0x3A3A));
        }
        if everything || trick == Trick::Odd(Odd::Group) {
            offer.groups.insert(0, NamedGroup(0x3A3A));
            offer.signature_schemes.insert(0, SignatureScheme(0x3A3A));
        }
        make(&Attempt::new(trick, offer))
    }

    fn is_answered(server: &Personality, hello: &ClientHello) -> bool {
        answer(server, hello, 1).flight().server_hello.is_some()
    }

    #[test]
    fn sound_servers_of_any_age_answer_them_all() {
        for server in [Personality::modern(), Personality::of_2015()] {
            assert!(is_answered(&server, &planned(Trick::Grease, ProtocolVersion::TLSv1_3)));
            for way in WAYS {
                assert!(is_answered(&server, &planned(Trick::Odd(way), ProtocolVersion::TLSv1_2)), "{way:?}");
            }
        }
    }

    #[test]
    fn an_intolerant_server_refuses_all_at_once_and_its_own_way_alone() {
        for (choke, bad) in [
            (Choke::UnknownExtension, Odd::Extension),
            (Choke::UnknownVersion, Odd::Version),
            (Choke::UnknownSuite, Odd::Suite),
            (Choke::UnknownGroup, Odd::Group),
            (Choke::UnknownScheme, Odd::Group),
        ] {
            let quirks = Quirks { chokes_on: [choke].into(), ..Quirks::default() };
            let server = Personality { quirks, ..Personality::modern() };
            assert!(!is_answered(&server, &planned(Trick::Grease, ProtocolVersion::TLSv1_3)), "{choke:?}");
            for way in WAYS {
                let answered = is_answered(&server, &planned(Trick::Odd(way), ProtocolVersion::TLSv1_2));
                assert_eq!(answered, way != bad, "{choke:?} {way:?}");
            }
        }
    }

    #[test]
    fn lengths_that_a_server_cannot_bear_show_alone() {
        for (sizes, bad) in [(256..=511, Odd::Length), (1_025..=20_000, Odd::Long)] {
            let quirks = Quirks { bad_sizes: vec![sizes], ..Quirks::default() };
            let server = Personality { quirks, ..Personality::modern() };
            for way in WAYS {
                let answered = is_answered(&server, &planned(Trick::Odd(way), ProtocolVersion::TLSv1_2));
                assert_eq!(answered, way != bad, "{way:?}");
            }
        }
    }

    const WAYS: [Odd; 6] = [Odd::Version, Odd::Extension, Odd::Suite, Odd::Group, Odd::Length, Odd::Long];

    #[test]
    fn an_empty_extension_never_comes_last() {
        for trick in [Trick::Grease, Trick::Odd(Odd::Extension)] {
            let hello = hello(trick, ProtocolVersion::TLSv1_2, "mail.example.org");
            assert!(!is_grease(*kinds(&hello).last().unwrap()));
        }
    }
}
