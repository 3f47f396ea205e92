//! The planner, asked about endpoints that answered in many ways.

use super::{Wishes, next};
use crate::bytes::Fingerprint;
use crate::endpoint::{Place, Security};
use crate::job::{Hello, Job};
use crate::observation::{
    Ask, Connect, Depth, EndpointObservation, KeyType, Line, Numbers, Offered, Session, SuiteClass, TLS13,
    TalkEnd, Tls, TlsEnd, Trick, Unasked,
};
use crate::sample;

fn wishes(depth: Depth) -> Wishes {
    Wishes { depth, server_name: Some("mail.example.org".into()) }
}

fn asks(seen: &EndpointObservation, depth: Depth) -> Vec<Ask> {
    next(seen, &[], &wishes(depth)).jobs.into_iter().map(|job| job.ask).collect()
}

/// A healthy endpoint that has answered only the polite question.
fn greeted(port: u16) -> EndpointObservation {
    let mut seen = sample::endpoint(port, &[]);
    seen.sessions.truncate(1);
    seen
}

fn answer(seen: &mut EndpointObservation, ask: Ask, tls: Tls) {
    let session = sample::session(&seen.endpoint, ask, tls);
    seen.sessions.push(session);
}

fn chosen(version: u16, suite: u16) -> Tls {
    Tls { end: TlsEnd::Answered, version: Some(version), suite: Some(suite), ..Tls::default() }
}

fn closed() -> Tls {
    Tls { end: TlsEnd::Closed, ..Tls::default() }
}

#[test]
fn one_polite_connection_comes_first_and_alone() {
    let seen = EndpointObservation::new(sample::endpoint(25, &[]).endpoint);
    assert_eq!(asks(&seen, Depth::Full), [Ask::Polite]);
}

#[test]
fn a_healthy_endpoint_costs_few_connections() {
    let quick = asks(&greeted(25), Depth::Quick);
    assert_eq!(quick, [Ask::WithoutServerName, Ask::Version(0x0302), Ask::Version(0x0303)]);
    let standard = asks(&greeted(25), Depth::Standard);
    assert!(standard.len() < 11, "{standard:?}");
    assert!(standard.contains(&Ask::Certificate(KeyType::Ecdsa)), "{standard:?}");
}

#[test]
fn nothing_is_asked_twice() {
    assert_eq!(asks(&sample::endpoint(993, &[]), Depth::Standard), []);
}

#[test]
fn a_dead_port_is_left_alone() {
    let mut seen = greeted(25);
    seen.sessions[0].connect = Connect::Refused;
    assert_eq!(asks(&seen, Depth::Standard), []);
}

#[test]
fn a_server_that_always_says_later_is_given_up() {
    let mut seen = EndpointObservation::new(sample::endpoint(25, &[]).endpoint);
    seen.unasked.push(Unasked { ask: Ask::Polite, why: "421 later".into() });
    assert_eq!(asks(&seen, Depth::Standard), []);
}

#[test]
fn older_versions_are_asked_for_step_by_step() {
    let mut seen = sample::endpoint(143, &[]);
    let old = |version| Ask::Version(version);
    seen.sessions.retain(|session| session.ask != old(0x0302));
    answer(&mut seen, old(0x0302), chosen(0x0302, 0xC013));
    assert_eq!(asks(&seen, Depth::Standard), [old(0x0301)]);
    answer(&mut seen, old(0x0301), chosen(0x0301, 0xC013));
    assert_eq!(asks(&seen, Depth::Standard), [old(0x0300)]);
}

#[test]
fn a_server_that_skips_a_version_is_asked_for_what_is_below_its_choice() {
    let mut seen = sample::endpoint(143, &[]);
    seen.sessions.retain(|session| session.ask != Ask::Version(0x0302));
    answer(&mut seen, Ask::Version(0x0302), chosen(0x0301, 0x0005));
    assert_eq!(asks(&seen, Depth::Standard), [Ask::Version(0x0300)]);
}

#[test]
fn rare_suites_are_split_only_when_they_answer() {
    let mut seen = sample::endpoint(25, &[]);
    seen.sessions.retain(|session| session.ask != Ask::Suites(SuiteClass::Rare));
    answer(&mut seen, Ask::Suites(SuiteClass::Rare), chosen(0x0303, 0x0018));
    // An anonymous suite says nothing of the others: they are asked for in one hello.
    assert_eq!(asks(&seen, Depth::Standard), [Ask::Suites(SuiteClass::RareSigned)]);
    let mut refused = seen.clone();
    answer(&mut refused, Ask::Suites(SuiteClass::RareSigned), closed());
    refused.sessions.last_mut().unwrap().tls.as_mut().unwrap().end = TlsEnd::Alert;
    assert_eq!(asks(&refused, Depth::Standard), []);
    answer(&mut seen, Ask::Suites(SuiteClass::RareSigned), chosen(0x0303, 0x0005));
    assert_eq!(asks(&seen, Depth::Standard), [Ask::Suites(SuiteClass::SmallBlock)]);
    seen.sessions.retain(|session| !matches!(session.ask, Ask::Suites(_)));
    answer(&mut seen, Ask::Suites(SuiteClass::Rare), chosen(0x0303, 0x0005));
    assert!(asks(&seen, Depth::Standard).contains(&Ask::Suites(SuiteClass::Anonymous)));
}

#[test]
fn silence_on_a_starttls_port_and_text_on_a_tls_port_raise_the_other_mode() {
    let mut seen = greeted(25);
    let polite: &mut Session = &mut seen.sessions[0];
    polite.tls = None;
    polite.plain.as_mut().unwrap().end = TalkEnd::Silent { at_greeting: true };
    let jobs = next(&seen, &[], &wishes(Depth::Standard)).jobs;
    assert_eq!((jobs[0].ask, jobs[0].security), (Ask::OtherMode, Security::Implicit));

    let mut seen = greeted(465);
    seen.sessions[0].tls = Some(Tls { end: TlsEnd::NotTls, ..Tls::default() });
    let jobs = next(&seen, &[], &wishes(Depth::Standard)).jobs;
    assert_eq!((jobs[0].ask, jobs[0].security), (Ask::OtherMode, Security::Starttls));
    // What works there is then asked in the mode that works.
    let found =
        Session { security: Security::Starttls, ask: Ask::OtherMode, ..greeted(587).sessions.remove(0) };
    seen.sessions.push(found);
    let jobs = next(&seen, &[], &wishes(Depth::Standard)).jobs;
    assert!(jobs.len() > 5 && jobs.iter().all(|job| job.security == Security::Starttls));
}

#[test]
fn a_bare_close_is_believed_only_after_a_control() {
    let mut seen = sample::endpoint(993, &[]);
    for session in &mut seen.sessions[3..] {
        session.tls = Some(closed());
        session.begun_ms = 100;
    }
    assert_eq!(asks(&seen, Depth::Standard), [Ask::Control]);
    assert!(!seen.version(0x0302).is_no());
    let mut control = seen.sessions[0].clone();
    (control.ask, control.begun_ms) = (Ask::Control, 200);
    seen.sessions.push(control);
    assert_eq!(asks(&seen, Depth::Standard), []);
    assert!(seen.version(0x0302).is_no());
}

const INJECTION: Ask = Ask::Try(Trick::Injection);

/// A healthy endpoint of which all is known but what the tricks show; the listing was given up.
fn known(port: u16) -> EndpointObservation {
    let mut seen = sample::endpoint(port, &[]);
    seen.unasked = (0x0300..=0x0304)
        .map(|version| Unasked { ask: Ask::List(version), why: "421 later".into() })
        .collect();
    seen
}

/// Answers every trick but one with an alert, until nothing else is left to ask.
fn without_other_tricks(seen: &mut EndpointObservation) {
    for _ in 0..20 {
        let asks = asks(seen, Depth::Full);
        if asks.iter().all(|ask| *ask == INJECTION || !matches!(ask, Ask::Try(_))) {
            return;
        }
        for ask in asks.into_iter().filter(|ask| *ask != INJECTION) {
            answer(seen, ask, Tls { end: TlsEnd::Alert, ..Tls::default() });
        }
    }
}

/// What a server makes of a command that is slipped in.
fn slipped_in(session: &mut Session, plain: TalkEnd) {
    session.tls = None;
    let talk = session.plain.as_mut().unwrap();
    talk.end = plain;
    talk.lines.push(Line { sent: Some("STARTTLS\nNOOP".into()), reply: None });
}

#[test]
fn a_command_is_slipped_in_once_and_alone_where_tls_follows_clear_text_on_a_network() {
    for port in [25, 587, 24, 143, 110, 4190] {
        assert!(!asks(&sample::endpoint(port, &[]), Depth::Standard).contains(&INJECTION));
        let mut seen = known(port);
        without_other_tricks(&mut seen);
        assert_eq!(asks(&seen, Depth::Full), [INJECTION], "{port}");
        let job = next(&seen, &[], &wishes(Depth::Full)).jobs.remove(0);
        // It waits for no answer, but for connections that others could use.
        let spare = Job { ask: Ask::Spare, ..job.clone() };
        assert_eq!(next(&seen, &[spare], &wishes(Depth::Full)).jobs, std::slice::from_ref(&job));
        assert_eq!(next(&seen, &[job], &wishes(Depth::Full)).jobs, []);
        answer(&mut seen, INJECTION, Tls { end: TlsEnd::Completed, ..Tls::default() });
        assert_eq!(asks(&seen, Depth::Full), [], "{port}");
    }
    let mut old = known(25);
    old.sessions[0].tls = Some(chosen(0x0301, 0x002F));
    let mut socket = known(24);
    socket.endpoint.place = Place::Unix("/run/lmtp".into());
    for mut seen in [known(993), old, socket] {
        without_other_tricks(&mut seen);
        assert!(!asks(&seen, Depth::Full).contains(&INJECTION));
    }
}

#[test]
fn a_loss_after_a_command_was_slipped_in_is_believed_only_after_a_control() {
    let mut seen = known(25);
    without_other_tricks(&mut seen);
    answer(&mut seen, INJECTION, closed());
    let session = seen.sessions.last_mut().unwrap();
    session.begun_ms = 100;
    slipped_in(session, TalkEnd::Closed { at_greeting: false });
    let control = |begun_ms| {
        let session = sample::endpoint(25, &[]).sessions.remove(0);
        Session { ask: Ask::Control, begun_ms, ..session }
    };
    // One that was asked because of something else, before.
    seen.sessions.push(control(50));
    assert_eq!(asks(&seen, Depth::Full), [Ask::Control]);
    seen.sessions.push(control(200));
    assert_eq!(asks(&seen, Depth::Full), []);
    // One that was not answered is not asked for ever.
    seen.sessions.last_mut().unwrap().tls = Some(closed());
    assert_eq!(asks(&seen, Depth::Full), []);
}

#[test]
fn what_raises_other_questions_or_takes_long_is_asked_before_the_listing() {
    let mut seen = sample::endpoint(993, &[]);
    answer(&mut seen, Ask::List(0x0303), chosen(0x0303, 0x009C));
    let asks = asks(&seen, Depth::Full);
    let place = |wanted: fn(&Ask) -> bool| asks.iter().position(wanted).unwrap_or_else(|| panic!("{asks:?}"));
    let listing = place(|ask| matches!(ask, Ask::List(_)));
    assert!(place(|ask| *ask == Ask::Try(Trick::Renegotiation)) < listing);
    assert!(place(|ask| *ask == Ask::Try(Trick::Robot(0, 0))) < listing);
}

#[test]
fn one_question_asks_for_all_schemes_of_the_other_kind_of_key() {
    let mut seen = greeted(25);
    let jobs = next(&seen, &[], &wishes(Depth::List)).jobs;
    let is_ours = |job: &&Job| matches!(job.ask, Ask::Certificate(KeyType::Ecdsa));
    let Some(Job { hello: Hello::Complete { signature_schemes, only: Some(only), .. }, .. }) =
        jobs.iter().find(is_ours)
    else {
        panic!("{jobs:?}");
    };
    let schemes: Vec<u16> = signature_schemes.iter().map(|scheme| scheme.0).collect();
    // ECDSA, Ed25519, and what an RSA key makes that is for RSASSA-PSS alone; nothing that the key of the first look makes.
    for other in [0x0403, 0x0807, 0x081A, 0x0809] {
        assert!(schemes.contains(&other), "{other:04x}");
    }
    assert!(!schemes.iter().any(|scheme| (0x0804..=0x0806).contains(scheme)));
    let offered = Offered {
        suites: only.suites.iter().map(|suite| suite.0).collect(),
        groups: only.groups.iter().map(|group| group.0).collect(),
        schemes: Numbers(schemes.clone()),
    };
    let mut asked = |tls: Tls| {
        seen.sessions.truncate(1);
        answer(&mut seen, Ask::Certificate(KeyType::Ecdsa), tls);
        seen.sessions.last_mut().unwrap().offered = Some(offered.clone());
        seen.listing()
    };
    // One refusal speaks for them all.
    let listing = asked(Tls { end: TlsEnd::Alert, ..Tls::default() });
    assert!(schemes.iter().all(|scheme| listing.schemes(TLS13).no.contains(*scheme)));
    assert_eq!(listing.open_schemes(TLS13), [0x0805, 0x0806]);
    // An answer with one of them leaves the others open, of whatever kind of key.
    for (answered, left) in [(0x0809, 0x0403), (0x0403, 0x0809)] {
        let listing =
            asked(Tls { end: TlsEnd::Completed, signature_scheme: Some(answered), ..chosen(TLS13, 0x1301) });
        let open = listing.open_schemes(TLS13);
        assert!(open.contains(&left) && open.contains(&0x0805), "{open:04x?}");
    }
    // A look that lists nothing asks for one kind of key.
    let jobs = next(&greeted(25), &[], &wishes(Depth::Standard)).jobs;
    assert!(matches!(&jobs.iter().find(is_ours).unwrap().hello, Hello::Complete { only: None, .. }));
}

#[test]
fn ssl_3_is_asked_for_once_with_finite_fields_and_without() {
    let asks_for_it = |seen: &EndpointObservation| asks(seen, Depth::List).contains(&Ask::List(0x0300));
    let mut seen = greeted(25);
    for version in [0x0303, 0x0302, 0x0301] {
        answer(&mut seen, Ask::List(version), chosen(version, 0x002F));
    }
    assert!(!asks_for_it(&seen), "no suite with a finite field is known to work yet");
    let key = Some(Fingerprint::of(b"a key"));
    answer(&mut seen, Ask::List(0x0303), Tls { exchange_key: key, ..chosen(0x0303, 0x009E) });
    assert!(asks_for_it(&seen));
}
