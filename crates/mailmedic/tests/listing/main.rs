//! The full listing against servers by chance: is what it claims true, and how many hellos does it take?

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod simulation;

use std::collections::BTreeSet;

use mailmedic::observation::{Answer, Listed, TLS12, VERSIONS};
use mailmedic_peers::{Personality, choose, generous};
use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::names::cipher_suite::KeyExchange;
use mailmedic_wire::names::{CipherSuite, ExtensionType, GroupFamily, NamedGroup, ProtocolVersion};
use simulation::{Simulated, examine};

/// Servers without quirks; every one whose list is called complete is told as it is.
#[test]
fn what_is_called_complete_is_true() {
    let mut complete = 0;
    for seed in 0..60 {
        let server = Personality::random(seed);
        let told = examine(&server, seed);
        complete += usize::from(check(&server, &told, seed));
    }
    assert!(complete > 42, "{complete} of 60 lists are complete");
}

/// Servers that choke on long hellos or on single suites: nothing is invented, and nothing is called complete
/// that is not.
#[test]
fn quirks_hide_nothing_that_is_called_complete() {
    let mut complete = 0;
    for seed in 0..60 {
        let server = Personality::random_with_quirks(seed);
        let told = examine(&server, seed);
        let field = |suite: &CipherSuite| suite.key_exchange().is_some_and(KeyExchange::sends_dh);
        // No real server is known to break on a suite without a finite field, to pass over the end of a list in
        // silence or to refuse one of 64, or to refuse some lengths with an alert: such a one could not be told from one that refuses.
        let reads_all =
            server.quirks.most_suites.is_none_or(|most| most >= 64 && server.quirks.refuses_more_suites);
        if reads_all
            && server.quirks.bad_sizes.is_empty()
            && server.quirks.chokes_on.is_empty()
            && server.quirks.poison.iter().all(|poison| poison.suites.iter().all(field))
        {
            complete += usize::from(check(&server, &told, seed));
        }
    }
    assert!(complete > 8, "{complete} of 60 lists are complete");
}

#[test]
fn few_hellos_more_than_the_lower_bound_are_needed() {
    let (mut asked, mut bound) = (0, 0);
    for seed in 0..60 {
        let server = Personality::random(seed);
        let told = examine(&server, seed);
        if !told.is_complete() || told.seen.versions().is_empty() {
            continue;
        }
        let (connections, least) = (told.seen.listing_connections(), told.seen.listing().lower_bound());
        // Refusals that must be looked at twice weigh heavily where there is little to list.
        assert!(connections <= least + least * 6 / 10 + 10, "seed {seed}: {connections} hellos for {least}");
        asked += connections;
        bound += least;
    }
    // Ten in a hundred more than the bound would be ideal; servers by chance are odder than real ones.
    assert!(asked * 100 < bound * 125, "{asked} hellos for {bound}");
}

/// Compares what is told with what is true; returns whether the suites are called complete.
fn check(server: &Personality, told: &Simulated, seed: u64) -> bool {
    let complete = told.seen.listed(Listed::Suites) == Answer::Yes;
    for version in VERSIONS {
        let mut truth: BTreeSet<u16> =
            server.accepts(ProtocolVersion(version)).into_iter().map(|suite| suite.0).collect();
        // Older versions are asked with finite fields only.
        if version == TLS12 {
            truth.extend(taken_without_fields(server, ProtocolVersion(version)));
        }
        let found: BTreeSet<u16> = told
            .seen
            .suites()
            .into_iter()
            .filter(|accepted| accepted.version == version)
            .map(|accepted| accepted.suite)
            .collect();
        assert!(found.is_subset(&truth), "seed {seed}, {version:04x}: invented {:04x?}", &found - &truth);
        let field = |suite: &u16| CipherSuite(*suite).key_exchange().is_some_and(KeyExchange::sends_dh);
        // No real server has nothing but finite fields in an old version, and none of them in a newer one.
        let is_odd = !truth.is_empty() && truth.iter().all(field) && found.is_empty();
        if complete && !is_odd {
            assert_eq!(
                truth,
                found,
                "seed {seed}, {version:04x}: missed {:04x?} {}",
                &truth - &found,
                simulation::last(&told.seen)
            );
        }
    }
    complete
}

/// Returns the suites that a server takes only from clients that name no finite field (RFC 7919 §4).
fn taken_without_fields(server: &Personality, version: ProtocolVersion) -> Vec<u16> {
    let curves: Vec<NamedGroup> = NamedGroup::all()
        .iter()
        .copied()
        .filter(|group| group.family() != Some(GroupFamily::FiniteField))
        .collect();
    let own = server.suites.get(&version).cloned().unwrap_or_default();
    let taken = own.into_iter().filter(|suite| {
        let hello = generous(version, &[*suite]);
        let hello = match hello.extension(ExtensionType::SUPPORTED_GROUPS) {
            Some(_) => hello.with(ClientExtension::SupportedGroups(curves.clone())),
            None => hello,
        };
        suite.key_exchange().is_some_and(KeyExchange::sends_dh) && choose(server, &hello).is_ok()
    });
    taken.map(|suite| suite.0).collect()
}
