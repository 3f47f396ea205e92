//! Hellos that are odd in ways that every server has to bear, and one that pretends to be a fallback.

use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::super::{Wishes, recipe};
use crate::job::{Attempt, Offer, Stop};
use crate::observation::{Ask, EndpointObservation, Odd, Session, Trick};

/// Returns the hellos that tell something.
pub(super) fn attempts(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = fallback(seen, wishes).into_iter().collect();
    let Some(plain) = plain(seen, wishes) else {
        return attempts;
    };
    match seen.session(Ask::Try(Trick::Grease)) {
        // The one is too long to show what the other is about, which hellos of the listing mostly have shown.
        None if seen.bears_odd_length() => attempts.push(greased(plain)),
        None => attempts.extend([odd(Odd::Length, &plain), greased(plain)]),
        Some(session) if was_refused(session) => attempts.extend(WAYS.map(|way| odd(way, &plain))),
        Some(_) => {}
    }
    attempts
}

/// A hello of the version below the newest, marked as a fallback (RFC 7507 §4): the server is known to answer it
/// without the mark.
fn fallback(seen: &EndpointObservation, wishes: &Wishes) -> Option<Attempt> {
    let versions = seen.versions();
    let mut versions = versions.into_iter().rev().map(ProtocolVersion).filter(|version| *version != SSL2);
    let (_, older) = (versions.next()?, versions.next()?);
    let mut offer = offer(older, known(seen, older)?, seen, wishes);
    offer.suites.push(CipherSuite::TLS_FALLBACK_SCSV);
    Some(Attempt::new(Trick::FallbackScsv, offer))
}

/// A small hello of a kind that was answered; none where that is not known.
fn plain(seen: &EndpointObservation, wishes: &Wishes) -> Option<Offer> {
    let versions = [
        ProtocolVersion::TLSv1_2,
        ProtocolVersion::TLSv1_1,
        ProtocolVersion::TLSv1_0,
        ProtocolVersion::TLSv1_3,
    ];
    let answered = |version: &ProtocolVersion| {
        let is_ours = |ask| matches!(ask, Ask::Version(_) | Ask::Suites(_) | Ask::List(_));
        let chose = |session: &Session| session.tls.as_ref().and_then(|tls| tls.version);
        seen.sessions.iter().any(|session| is_ours(session.ask) && chose(session) == Some(version.0))
    };
    let version = versions.into_iter().find(answered)?;
    Some(offer(version, known(seen, version)?, seen, wishes))
}

/// The same with values that nobody has registered between all others (RFC 8701 §3.1), for all versions at once.
fn greased(plain: Offer) -> Attempt {
    let suites = joined(&[0x1301, 0x1302, 0x1303].map(CipherSuite), plain.suites.into_iter());
    let offer = Offer {
        version: ProtocolVersion::TLSv1_3,
        suites: around(CipherSuite, &suites),
        groups: around(NamedGroup, &plain.groups),
        signature_schemes: around(SignatureScheme, &plain.signature_schemes),
        ..plain
    };
    Attempt::new(Trick::Grease, offer)
}

/// The same hello, odd in one way; what no list of an offer holds the prober adds.
fn odd(way: Odd, plain: &Offer) -> Attempt {
    let mut offer = plain.clone();
    match way {
        Odd::Suite => offer.suites = around(CipherSuite, &offer.suites),
        Odd::Group => {
            offer.groups = around(NamedGroup, &offer.groups);
            offer.signature_schemes = around(SignatureScheme, &offer.signature_schemes);
        }
        Odd::Version | Odd::Extension | Odd::Length | Odd::Long => {}
    }
    Attempt::new(Trick::Odd(way), offer)
}

/// Puts values of RFC 8701 before and behind others.
fn around<T: Copy>(number: impl Fn(u16) -> T, known: &[T]) -> Vec<T> {
    let mut all = vec![number(0x3A3A)];
    all.extend_from_slice(known);
    all.push(number(0xDADA));
    all
}

/// Offers suites with every group and scheme that is common or that the server was seen to take.
fn offer(
    version: ProtocolVersion,
    suites: Vec<CipherSuite>,
    seen: &EndpointObservation,
    wishes: &Wishes,
) -> Offer {
    Offer {
        version,
        suites,
        groups: joined(&recipe::GROUPS, seen.groups().into_iter().map(NamedGroup)),
        signature_schemes: joined(&recipe::SCHEMES, seen.schemes().into_iter().map(SignatureScheme)),
        server_name: wishes.server_name.clone(),
        stop: Stop::ServerHello,
        curious: false,
    }
}

fn joined<T: Copy + PartialEq>(common: &[T], seen: impl Iterator<Item = T>) -> Vec<T> {
    let mut all = common.to_vec();
    all.extend(seen.filter(|one| !common.contains(one)));
    all
}

/// Returns a few suites that the server takes in a version.
fn known(seen: &EndpointObservation, version: ProtocolVersion) -> Option<Vec<CipherSuite>> {
    let accepted = seen.suites().into_iter().filter(|accepted| accepted.version == version.0);
    let suites: Vec<CipherSuite> =
        accepted.map(|accepted| CipherSuite(accepted.suite)).take(MOST_SUITES).collect();
    (!suites.is_empty()).then_some(suites)
}

/// Tells whether a hello arrived and brought no choice.
fn was_refused(session: &Session) -> bool {
    session.tls.is_some() && !session.has_tls()
}

const SSL2: ProtocolVersion = ProtocolVersion::SSLv2;

/// As few as keep the hello below 256 bytes.
const MOST_SUITES: usize = 6;

/// Every way to be odd.
const WAYS: [Odd; 6] = [Odd::Version, Odd::Extension, Odd::Suite, Odd::Group, Odd::Length, Odd::Long];

#[cfg(test)]
mod tests {
    use mailmedic_wire::names::is_grease;

    use super::attempts;
    use crate::job::Attempt;
    use crate::observation::{Ask, EndpointObservation, Odd, Tls, TlsEnd, Trick};
    use crate::plan::Wishes;
    use crate::sample;

    fn wanted(change: impl FnOnce(&mut EndpointObservation)) -> Vec<Attempt> {
        let mut seen = sample::healthy().only(993).seen.endpoints.remove(0);
        change(&mut seen);
        let wishes =
            Wishes { depth: crate::observation::Depth::Full, server_name: Some("mail.example.org".into()) };
        attempts(&seen, &wishes)
    }

    fn tricks(attempts: &[Attempt]) -> Vec<Trick> {
        attempts.iter().map(|attempt| attempt.trick).collect()
    }

    fn answer(
        seen: &mut EndpointObservation,
        ask: Ask,
        end: TlsEnd,
        version: Option<u16>,
        suite: Option<u16>,
    ) {
        let tls = Tls { end, version, suite, ..Tls::default() };
        let session = sample::session(&seen.endpoint, ask, tls);
        seen.sessions.push(session);
    }

    #[test]
    fn a_healthy_server_gets_three() {
        let wanted = wanted(|_| {});
        assert_eq!(tricks(&wanted), [Trick::FallbackScsv, Trick::Odd(Odd::Length), Trick::Grease]);
        let fallback = &wanted[0].offer;
        assert_eq!((fallback.version.0, fallback.suites.last().unwrap().0), (0x0303, 0x5600));
        assert_eq!(fallback.suites[0].0, 0xC02F);
    }

    #[test]
    fn a_length_that_the_listing_has_shown_to_be_borne_is_not_tried_alone() {
        let wanted = wanted(|seen| {
            answer(seen, Ask::List(0x0303), TlsEnd::Answered, Some(0x0303), Some(0xC02F));
            seen.sessions.last_mut().unwrap().hello_length = 300;
        });
        assert_eq!(tricks(&wanted), [Trick::FallbackScsv, Trick::Grease]);
    }

    #[test]
    fn the_hello_full_of_unknown_values_still_holds_what_is_known() {
        let offer = &wanted(|_| {})[2].offer;
        for known in [0x1301, 0xC02F] {
            assert!(offer.suites.iter().any(|suite| suite.0 == known));
        }
        assert_eq!(offer.suites.iter().filter(|suite| is_grease(suite.0)).count(), 2);
        assert_eq!(offer.groups.iter().filter(|group| is_grease(group.0)).count(), 2);
        assert_eq!(offer.signature_schemes.iter().filter(|scheme| is_grease(scheme.0)).count(), 2);
        // What the server chose in TLS 1.3 is there, too.
        assert!(offer.groups.iter().any(|group| group.0 == 0x11EC));
    }

    #[test]
    fn nothing_falls_back_where_one_version_is_spoken() {
        let wanted = wanted(|seen| {
            seen.sessions.retain(|session| session.tls.as_ref().unwrap().version != Some(0x0304));
            answer(seen, Ask::Ssl2, TlsEnd::Answered, Some(2), None);
        });
        assert_eq!(tricks(&wanted), [Trick::Odd(Odd::Length), Trick::Grease]);
    }

    #[test]
    fn each_oddity_is_tried_alone_only_after_a_refusal_of_all() {
        let after = |end: TlsEnd, version: Option<u16>| {
            let wanted = wanted(|seen| answer(seen, Ask::Try(Trick::Grease), end, version, None));
            tricks(&wanted)
        };
        assert_eq!(after(TlsEnd::Answered, Some(0x0304)), [Trick::FallbackScsv]);
        for end in [TlsEnd::Alert, TlsEnd::TimedOut, TlsEnd::Closed] {
            let ways = after(end, None);
            assert_eq!(ways.len(), 7);
            assert!(ways.contains(&Trick::Odd(Odd::Length)));
        }
    }

    #[test]
    fn nothing_is_odd_where_no_hello_of_ours_was_answered() {
        let wanted = wanted(|seen| seen.sessions.truncate(1));
        assert_eq!(tricks(&wanted), []);
    }
}
