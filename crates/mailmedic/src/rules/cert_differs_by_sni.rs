//! Clients that send no server name are presented with a worse certificate.

use super::faces::{self, Face};
use super::presented;
use crate::endpoint::{Protocol, Role};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Host;
use crate::observation::{Answer, Ask, EndpointObservation};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-differs-by-sni",
    title: "clients that send no server name see a worse certificate",
    severity: Severity::Error,
    what: "A client that sends the server's name (SNI) gets a good certificate; one that sends none gets another, \
           which is not good for this server, or no TLS at all.",
    why: "Mail servers that deliver, Postfix and Exim among them, send no server name unless DANE or their \
          administrator tells them to. Mail clients of today all send it; some old programs do not.",
    affected: "on port 25 senders that verify, such as Postfix at level secure; elsewhere only old programs",
    fix: "Make the certificate for this name the default one, which is served without a server name.",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 6066 §3", "RFC 7672 §8.1", "RFC 8461 §4.3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let host = &seen.endpoint.host;
    if matches!(host, Host::Address(_)) {
        return Verdict::NotApplicable("nobody sends a server name with an address");
    }
    let Some(polite) =
        seen.polite().and_then(|session| session.tls.as_ref()).filter(|tls| tls.version.is_some())
    else {
        return Verdict::Unknown("TLS was not reached".to_owned());
    };
    if polite.server_name.is_none() {
        return Verdict::NotApplicable("no server name was sent");
    }
    let own = faces::index_of(case, seen).map(|index| faces::faces(case, index)).unwrap_or_default();
    match seen.answer(Ask::WithoutServerName) {
        Answer::Unknown(why) => return Verdict::Unknown(why),
        Answer::No => return Verdict::fail(no_tls(seen, &own)),
        Answer::Yes => {}
    }
    let bare = seen.session(Ask::WithoutServerName).and_then(|session| session.tls.as_ref());
    let served = bare.map(|tls| tls.certificates.as_slice()).unwrap_or_default();
    let Some(chain) = case.diagnosis.chains.iter().find(|chain| chain.served == served) else {
        return Verdict::Unknown("no certificate was seen without a server name".to_owned());
    };
    if own.iter().any(|face| face.leaf.fingerprint == chain.leaf()) {
        return Verdict::Pass;
    }
    let Some(leaf) = case.diagnosis.leaf(chain) else {
        return Verdict::Unknown("the certificate without a server name could not be read".to_owned());
    };
    let faults = faces::faults(case, Face { leaf, chain }, host);
    if faults.is_empty() {
        return Verdict::Pass;
    }
    let cause = format!(
        "Clients that send no server name get {}, which {}.{}",
        faces::sketch(leaf),
        words::list(&faults),
        why_it_matters(seen)
    );
    let finding = Finding::new(
        if is_exchanger(seen) { Severity::Warning } else { Severity::Note },
        format!("{host} {}", leaf.fingerprint),
        "clients that send no server name see another certificate",
        cause,
    )
    .evidence("faults", faults);
    Verdict::fail(complete(presented::describe(finding, leaf), seen, &own))
}

fn no_tls(seen: &EndpointObservation, own: &[Face<'_>]) -> Finding {
    let cause = format!("Without a server name the server refuses the handshake.{}", why_it_matters(seen));
    let finding = Finding::new(
        if is_exchanger(seen) { Severity::Error } else { Severity::Note },
        format!("{} no TLS", seen.endpoint.host),
        "clients that send no server name get no TLS",
        cause,
    );
    complete(finding, seen, own)
}

/// Adds whom it hurts and the cure: what clients with a server name get, for all.
fn complete(finding: Finding, seen: &EndpointObservation, own: &[Face<'_>]) -> Finding {
    let hurts = if is_exchanger(seen) {
        "senders that send no server name, as Postfix and Exim do unless DANE or their settings ask for it"
    } else {
        "old programs that send no server name"
    };
    finding.hurts(hurts).at(seen.id()).change(Change::ServeChain {
        file: presented::chain_file(seen),
        chain: own.first().and_then(|face| face.chain.complete.clone()),
    })
}

fn why_it_matters(seen: &EndpointObservation) -> &'static str {
    if is_exchanger(seen) {
        " Postfix and Exim send none to port 25, unless DANE or their administrator tells them to."
    } else {
        " Mail programs of today send it; old ones do not."
    }
}

fn is_exchanger(seen: &EndpointObservation) -> bool {
    seen.endpoint.role == Role::Mx && seen.endpoint.protocol != Protocol::Lmtp
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::Certificate;
    use crate::finding::{Severity, Verdict};
    use crate::name::Host;
    use crate::observation::{Ask, TlsEnd};
    use crate::sample::{self, Sample};

    /// The endpoint on this port presents another leaf to clients without a server name.
    fn bare(port: u16, leaf: Certificate) -> Sample {
        let mut sample = sample::healthy().only(port);
        let mut chain = sample.diagnosis.chains[0].clone();
        chain.served[0] = leaf.fingerprint;
        let (bare, named): (Vec<_>, Vec<_>) =
            chain.sightings.drain(..).partition(|sighting| sighting.ask == Ask::WithoutServerName);
        chain.sightings = bare;
        sample.diagnosis.chains[0].sightings = named;
        for session in &mut sample.seen.endpoints[0].sessions {
            if let (Ask::WithoutServerName, Some(tls)) = (session.ask, &mut session.tls) {
                tls.certificates.clone_from(&chain.served);
            }
        }
        sample.diagnosis.certificates.insert(leaf.fingerprint, leaf);
        sample.diagnosis.chains.push(chain);
        sample
    }

    fn severity(sample: &Sample) -> Option<Severity> {
        match sample.endpoints(check).remove(0) {
            Verdict::Fail(findings) => Some(findings[0].severity),
            Verdict::Pass => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_default_matters_on_port_25_and_is_a_note_elsewhere() {
        let other = || sample::certificate("default.hoster.example", "R99", 80);
        assert_eq!(severity(&bare(25, other())), Some(Severity::Warning));
        assert_eq!(severity(&bare(993, other())), Some(Severity::Note));
    }

    #[test]
    fn a_good_default_is_well() {
        assert_eq!(severity(&sample::healthy().only(25)), None);
        assert_eq!(severity(&bare(25, sample::certificate("*.example.org", "R99", 80))), None);
    }

    #[test]
    fn no_tls_without_a_server_name_costs_senders_their_protection() {
        let mut sample = sample::healthy().only(25);
        let session = sample.seen.endpoints[0]
            .sessions
            .iter_mut()
            .find(|one| one.ask == Ask::WithoutServerName)
            .unwrap();
        let tls = session.tls.as_mut().unwrap();
        (tls.version, tls.end) = (None, TlsEnd::Alert);
        tls.certificates.clear();
        assert_eq!(severity(&sample), Some(Severity::Error));
    }

    #[test]
    fn unknown_if_not_asked_and_idle_for_addresses() {
        let mut sample = sample::healthy().only(25);
        sample.seen.endpoints[0].sessions.retain(|session| session.ask != Ask::WithoutServerName);
        assert!(matches!(sample.endpoints(check)[..], [Verdict::Unknown(_)]));
        sample.seen.endpoints[0].endpoint.host = Host::new("192.0.2.1").unwrap();
        assert!(matches!(sample.endpoints(check)[..], [Verdict::NotApplicable(_)]));
    }
}
