//! A certificate that is likely to serve as a client certificate too is not made for that.

use super::presented::{self, Presented};
use super::tls_client_certificate_required::demand;
use crate::diagnosis::ServedChain;
use crate::endpoint::Role;
use crate::finding::{Case, Check, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-usage-client-missing",
    title: "the certificate is not made for TLS clients, where mail servers show each other certificates",
    severity: Severity::Note,
    what: "Mail servers may show a certificate when they deliver, mostly the one that they have as servers. Public \
           issuers stop making certificates that are good for that (extendedKeyUsage clientAuth): Let's Encrypt did \
           by 8 July 2026, and Chrome allows none that are issued from 15 March 2027. What a server shows when it \
           delivers cannot be seen from outside, and merely asking for a certificate is a habit of Exim, Sendmail and \
           Exchange. So this is said only of a server that lets no other server in without a certificate, and so \
           surely deals with servers that do the same.",
    why: "A server that asks for a certificate and gets one without clientAuth takes it for invalid: mail that is let \
          in or relayed by certificate is turned away after the next renewal.",
    affected: "partners that know this server by its certificate (Postfix check_ccert_access and relay_clientcerts, Exim \
               tls_verify_hosts, connectors)",
    fix: "If this server shows its certificate when it delivers, take another one for that: from a private issuer that \
          the partners accept, with clientAuth. In Postfix that is smtp_tls_chain_files, apart from smtpd_tls_chain_files.",
    change: None,
    references: &["RFC 5280 §4.2.1.12", "Chrome Root Program Policy 1.8", "RFC 8446 §4.4.2.4"],
    since: "0.1",
    consequence_of: &["cert-usage-wrong", "cert-is-ca"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let demanding: Vec<&EndpointObservation> =
        presented.at.iter().copied().filter(|seen| demands_certificates(seen)).collect();
    if demanding.is_empty() {
        return Verdict::NotApplicable("no mail server is seen to deal in client certificates here");
    }
    if !presented.is_public() {
        return Verdict::NotApplicable("no public issuer made the certificate");
    }
    let Some(purposes) = &presented.leaf.extended_key_usage else {
        return match presented.leaf.problems.is_empty() {
            true => Verdict::Pass,
            false => Verdict::Unknown("the extensions of the certificate could not all be read".to_owned()),
        };
    };
    let names = |oid: &str| purposes.iter().any(|known| known == oid);
    if names(CLIENT_AUTH) || names(ANY) || !names(SERVER_AUTH) {
        return Verdict::Pass;
    }
    let start =
        presented.leaf.not_before.map_or(String::new(), |start| format!(" of {}", words::date(start)));
    let cause = format!(
        "This server lets other mail servers in only with a client certificate. Its own certificate{start} is made for \
         servers alone (serverAuth without clientAuth): if it is shown to such servers as well, they refuse it."
    );
    let mut finding = presented
        .finding("the certificate is not made for TLS clients", cause)
        .hurts("servers that know this one by its certificate, if it shows this one when it delivers")
        .evidence(
            "extended_key_usage",
            purposes.iter().take(20).map(|oid| presented::text(oid)).collect::<Vec<_>>(),
        );
    finding.severity = Severity::Note;
    finding.endpoints = demanding.iter().map(|seen| seen.id()).collect();
    Verdict::fail(finding)
}

/// Tells whether mail servers that deliver here are turned away without a certificate.
fn demands_certificates(seen: &EndpointObservation) -> bool {
    seen.endpoint.role == Role::Mx && seen.polite().is_some_and(|look| demand(look).is_some())
}

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
const ANY: &str = "2.5.29.37.0";

#[cfg(test)]
mod tests {
    use super::{ANY, CLIENT_AUTH, SERVER_AUTH, check};
    use crate::diagnosis::TrustState;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, SeenAlert, TlsEnd};
    use crate::sample::{self, Sample};

    /// A server that lets nobody in without a certificate, on this port.
    fn demanding(port: u16) -> Sample {
        let mut sample = sample::healthy().only(port);
        let look =
            sample.seen.endpoints[0].sessions.iter_mut().find(|session| session.ask == Ask::Polite).unwrap();
        let tls = look.tls.as_mut().unwrap();
        tls.client_certificate_requested = true;
        tls.end = TlsEnd::Alert;
        tls.alerts = vec![SeenAlert { level: 2, description: 116 }];
        sample
    }

    fn with_purposes(purposes: &[&str]) -> Verdict {
        let mut sample = demanding(25);
        sample.leaf().extended_key_usage = Some(purposes.iter().map(|oid| (*oid).to_owned()).collect());
        sample.chains(check).remove(0)
    }

    #[test]
    fn fails_only_without_a_purpose_for_clients() {
        let Verdict::Fail(findings) = with_purposes(&[SERVER_AUTH]) else { panic!() };
        assert_eq!((findings[0].severity, findings[0].endpoints.len()), (Severity::Note, 1));
        assert_eq!(with_purposes(&[SERVER_AUTH, CLIENT_AUTH]), Verdict::Pass);
        assert_eq!(with_purposes(&[SERVER_AUTH, ANY]), Verdict::Pass);
        // That is another fault.
        assert_eq!(with_purposes(&["1.3.6.1.5.5.7.3.4"]), Verdict::Pass);
        let mut sample = demanding(25);
        sample.leaf().extended_key_usage = None;
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.leaf().problems = vec!["an extension cannot be read".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }

    #[test]
    fn nothing_is_said_of_servers_that_merely_ask_of_clients_ports_and_of_private_issuers() {
        assert!(matches!(sample::healthy().chains(check)[..], [Verdict::NotApplicable(_)]));
        let mut asks = sample::healthy().only(25);
        for tls in asks.seen.endpoints[0].sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
            tls.client_certificate_requested = true;
        }
        assert!(matches!(asks.chains(check)[..], [Verdict::NotApplicable(_)]));
        assert!(matches!(demanding(993).chains(check)[..], [Verdict::NotApplicable(_)]));
        let mut private = demanding(25);
        private.diagnosis.chains[0].trust =
            TrustState::Trusted { root: "CN=Own CA".into(), store: "--ca-file".into() };
        assert!(matches!(private.chains(check)[..], [Verdict::NotApplicable(_)]));
    }
}
