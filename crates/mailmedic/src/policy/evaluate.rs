//! Holds an endpoint against one demand.
//!
//! What offends is told wherever it was seen; "nothing else" takes the complete list.

use mailmedic_wire::names::cipher_suite::KeyExchange;
use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::{Demand, Field, KeyKind, Look, Outcome, SuiteKind};
use crate::certificate::{Certificate, PublicKey};
use crate::observation::Answer;
use crate::words;

impl Look<'_> {
    /// Tells whether the endpoint meets a demand.
    pub fn meets(&self, demand: Demand) -> Outcome {
        match demand {
            Demand::Speaks(version) => match self.version(version) {
                Answer::Yes => Outcome::Met,
                Answer::No => Outcome::Unmet(vec![format!("no {version}")]),
                Answer::Unknown(why) => Outcome::Unknown(why),
            },
            Demand::NoVersions(versions) => self.versions_are_refused(versions),
            Demand::Suites(allowed) => {
                self.nothing_but(self.suites_where(|suite| !allowed.contains(&suite)), &self.all_suites)
            }
            Demand::NoSuites(kind) => self.no_suites(kind),
            Demand::CbcOnlyEncryptThenMac => self.cbc_only_encrypt_then_mac(),
            Demand::Groups(allowed) => {
                let others = names(self.groups.iter().filter(|group| !allowed.contains(group)));
                self.nothing_but(others, &self.all_groups)
            }
            Demand::AnyGroup(wanted) => self.any_group(wanted),
            Demand::CurveBits(least) => {
                // A curve is worth half of the bits of its field; groups of other families are measured alike.
                let is_small = |group: &&NamedGroup| {
                    group.bits().is_some_and(|strength| strength.saturating_mul(2) < least)
                };
                self.nothing_but(names(self.groups.iter().filter(is_small)), &self.all_groups)
            }
            Demand::NoSchemes(schemes) => {
                let used = |scheme: &&SignatureScheme| schemes.contains(scheme);
                self.nothing_but(names(self.schemes.iter().filter(used)), &self.all_schemes)
            }
            Demand::DhBits(least) => self.primes(|prime_bits, _| Some(prime_bits >= least)),
            Demand::DhGroups(allowed) => self.primes(|_, field| match field {
                Field::Standard(group) => Some(allowed.contains(&group)),
                Field::Other => Some(false),
                Field::Unseen => None,
            }),
            Demand::ServerOrder(wanted) => match self.server_order {
                Some(imposed) if imposed == wanted => Outcome::Met,
                Some(true) => Outcome::Unmet(vec!["the server imposes its order".to_owned()]),
                Some(false) => Outcome::Unmet(vec!["the client's order decides".to_owned()]),
                None => Outcome::Unknown("whose order of suites decides was not seen".to_owned()),
            },
            Demand::NoCompression => self
                .before_tls13(self.before_tls13.compression.map(|compresses| !compresses), "TLS compression"),
            Demand::SecureRenegotiation => {
                self.before_tls13(self.before_tls13.secure_renegotiation, "no renegotiation_info")
            }
            Demand::ExtendedMasterSecret => {
                self.before_tls13(self.before_tls13.extended_master_secret, "no extended_master_secret")
            }
            Demand::NoEarlyData => match (self.early_data, self.version(ProtocolVersion::TLSv1_3)) {
                (Some(true), _) => Outcome::Unmet(vec!["early data".to_owned()]),
                (Some(false), _) => Outcome::Met,
                (None, Answer::No) => Outcome::NotApplicable("TLS 1.3 is not spoken"),
                (None, _) => Outcome::Unknown("no session ticket of TLS 1.3 was seen".to_owned()),
            },
            Demand::KeyKinds(kinds) => self.leaves(|leaf| match kind(&leaf.key) {
                _ if leaf.key == PublicKey::Unreadable => None,
                Some(kind) => Some(kinds.contains(&kind)),
                None => Some(false),
            }),
            Demand::KeyCurves(curves) => self.key_curves(curves),
            Demand::KeyBits { rsa, curve } => self.every(|certificate| match &certificate.key {
                PublicKey::Rsa { bits } => Some(*bits >= rsa),
                PublicKey::Ec { bits, .. } => Some(*bits >= curve),
                PublicKey::Other(name) => Some(!name.starts_with("DSA")),
                PublicKey::Unreadable => None,
            }),
            Demand::Signatures(algorithms) => {
                self.signed(|leaf| algorithms.contains(&leaf.signature.name.as_str()))
            }
            Demand::SignatureHashes(hashes) => self.signature_hashes(hashes),
            Demand::Lifetime(days) => self.lifetime(days),
            Demand::InForce => self.in_force(),
        }
    }

    fn versions_are_refused(&self, versions: &[ProtocolVersion]) -> Outcome {
        let mut spoken = Vec::new();
        let mut doubt = None;
        for version in versions {
            match self.version(*version) {
                Answer::Yes => spoken.push(version.to_string()),
                Answer::No => {}
                Answer::Unknown(why) => doubt = Some(format!("{version}: {why}")),
            }
        }
        match (spoken.is_empty(), doubt) {
            (false, _) => Outcome::Unmet(spoken),
            (true, Some(why)) => Outcome::Unknown(why),
            (true, None) => Outcome::Met,
        }
    }

    fn suites_where(&self, is: impl Fn(CipherSuite) -> bool) -> Vec<String> {
        names(self.suites.iter().filter(|suite| is(**suite)))
    }

    /// Judges a list from which nothing may stand out.
    fn nothing_but(&self, offending: Vec<String>, complete: &Answer) -> Outcome {
        match complete {
            _ if !offending.is_empty() => Outcome::Unmet(offending),
            Answer::Yes => Outcome::Met,
            Answer::No => Outcome::Unknown("not all was asked: that takes --depth list".to_owned()),
            Answer::Unknown(why) => Outcome::Unknown(why.clone()),
        }
    }

    fn no_suites(&self, kind: SuiteKind) -> Outcome {
        let offending = self.suites_where(|suite| kind.contains(suite));
        if offending.is_empty() && self.refused.contains(&kind) {
            return Outcome::Met;
        }
        self.nothing_but(offending, &self.all_suites)
    }

    fn cbc_only_encrypt_then_mac(&self) -> Outcome {
        if self.suites_where(CipherSuite::is_cbc).is_empty() {
            return self.nothing_but(Vec::new(), &self.all_suites);
        }
        match self.before_tls13.encrypt_then_mac {
            Some(true) => Outcome::Met,
            Some(false) => Outcome::Unmet(self.suites_where(CipherSuite::is_cbc)),
            None => Outcome::Unknown(
                "suites in CBC mode are accepted, and whether encrypt_then_mac comes with them was not asked"
                    .to_owned(),
            ),
        }
    }

    fn any_group(&self, wanted: &[NamedGroup]) -> Outcome {
        if self.groups.iter().any(|group| wanted.contains(group)) {
            return Outcome::Met;
        }
        match &self.all_groups {
            Answer::Yes if self.groups.is_empty() => {
                Outcome::NotApplicable("no suite with a group is accepted")
            }
            Answer::Yes => Outcome::Unmet(vec![format!("no {}", words::list(&names(wanted.iter())))]),
            Answer::No => Outcome::Unknown("not all was asked: that takes --depth list".to_owned()),
            Answer::Unknown(why) => Outcome::Unknown(why.clone()),
        }
    }

    /// Judges the primes of ephemeral Diffie-Hellman; `is_good` says none where that was not seen.
    fn primes(&self, is_good: impl Fn(u16, Field) -> Option<bool>) -> Outcome {
        let told: Vec<(String, Option<bool>)> = self
            .primes
            .iter()
            .map(|prime| {
                let name = match prime.group {
                    Field::Standard(group) => group.to_string(),
                    Field::Other | Field::Unseen => format!("a prime of {} bits", prime.bits),
                };
                (name, is_good(prime.bits, prime.group))
            })
            .collect();
        let bad: Vec<String> =
            told.iter().filter(|(_, good)| *good == Some(false)).map(|(name, _)| name.clone()).collect();
        let sends_dh = |suite: &CipherSuite| suite.key_exchange().is_some_and(KeyExchange::sends_dh);
        if !bad.is_empty() {
            Outcome::Unmet(bad)
        } else if told.iter().any(|(_, good)| good.is_none()) {
            Outcome::Unknown("only the size of the prime was seen".to_owned())
        } else if !told.is_empty() {
            Outcome::Met
        } else if self.suites.iter().any(sends_dh) {
            Outcome::Unknown("the prime was not seen".to_owned())
        } else if self.all_suites.is_yes() || self.refused.contains(&SuiteKind::FiniteFieldDhe) {
            Outcome::NotApplicable("suites with ephemeral Diffie-Hellman are refused")
        } else {
            self.nothing_but(Vec::new(), &self.all_suites)
        }
    }

    /// Judges what handshakes of TLS 1.2 and older showed.
    fn before_tls13(&self, good: Option<bool>, offending: &str) -> Outcome {
        match good {
            Some(true) => Outcome::Met,
            Some(false) => Outcome::Unmet(vec![offending.to_owned()]),
            None => match self.versions_are_refused(BEFORE_TLS13) {
                Outcome::Met => Outcome::NotApplicable("nothing before TLS 1.3 is spoken"),
                _ => Outcome::Unknown("no handshake of TLS 1.2 was seen in full".to_owned()),
            },
        }
    }

    /// Judges the server's own certificates; `is_good` says none where one cannot be read.
    fn leaves(&self, is_good: impl Fn(&Certificate) -> Option<bool>) -> Outcome {
        let leaves = self.chains.iter().filter_map(|chain| chain.first().copied());
        certificates(leaves, is_good, |leaf| key(&leaf.key))
    }

    /// Judges every certificate of every chain.
    fn every(&self, is_good: impl Fn(&Certificate) -> Option<bool>) -> Outcome {
        certificates(self.chains.iter().flatten().copied(), is_good, |one| {
            format!("{} of {}", key(&one.key), called(one))
        })
    }

    /// Judges how the server's own certificates are signed.
    fn signed(&self, is_good: impl Fn(&Certificate) -> bool) -> Outcome {
        let leaves = self.chains.iter().filter_map(|chain| chain.first().copied());
        certificates(leaves, |leaf| Some(is_good(leaf)), |leaf| leaf.signature.name.clone())
    }

    fn key_curves(&self, curves: &[&str]) -> Outcome {
        let mut on_curves = self
            .chains
            .iter()
            .filter_map(|chain| chain.first())
            .filter(|leaf| matches!(leaf.key, PublicKey::Ec { .. }))
            .peekable();
        if on_curves.peek().is_none() && !self.chains.is_empty() {
            return Outcome::NotApplicable("no certificate has a key of a curve");
        }
        certificates(
            on_curves.copied(),
            |leaf| match &leaf.key {
                PublicKey::Ec { curve, .. } => Some(curves.contains(&curve.as_str())),
                _ => None,
            },
            |leaf| key(&leaf.key),
        )
    }

    fn signature_hashes(&self, hashes: &[&str]) -> Outcome {
        certificates(
            self.chains.iter().flatten().copied(),
            |one| match &one.signature.hash {
                Some(hash) => Some(hashes.contains(&hash.as_str())),
                None => Some(hashes.contains(&one.signature.name.as_str())),
            },
            |one| format!("{} on {}", one.signature.name, called(one)),
        )
    }

    fn lifetime(&self, days: i64) -> Outcome {
        let lifetime = |leaf: &Certificate| {
            // notAfter is inclusive (RFC 5280 §4.1.2.5).
            Some(leaf.not_after?.duration_since(leaf.not_before?).as_secs() + 1)
        };
        certificates(
            self.chains.iter().filter_map(|chain| chain.first().copied()),
            |leaf| Some(lifetime(leaf)? <= days * DAY),
            |leaf| {
                let whole = lifetime(leaf).unwrap_or_default();
                format!("{} for {}", called(leaf), words::count((whole / DAY).unsigned_abs(), "day"))
            },
        )
    }

    fn in_force(&self) -> Outcome {
        certificates(
            self.chains.iter().filter_map(|chain| chain.first().copied()),
            |leaf| Some(leaf.not_before? <= self.now && self.now <= leaf.not_after?),
            |leaf| match leaf.not_after {
                Some(end) if end < self.now => format!("{} ended on {}", called(leaf), words::date(end)),
                _ => format!("{} has not begun", called(leaf)),
            },
        )
    }
}

/// Judges certificates one by one; `tell` writes what is wrong with one.
fn certificates<'a>(
    certificates: impl Iterator<Item = &'a Certificate>,
    is_good: impl Fn(&Certificate) -> Option<bool>,
    tell: impl Fn(&Certificate) -> String,
) -> Outcome {
    let mut offending: Vec<String> = Vec::new();
    let (mut any, mut doubt) = (false, false);
    for certificate in certificates {
        any = true;
        match is_good(certificate) {
            Some(true) => {}
            Some(false) => {
                let told = tell(certificate);
                if !offending.contains(&told) {
                    offending.push(told);
                }
            }
            None => doubt = true,
        }
    }
    if !offending.is_empty() {
        Outcome::Unmet(offending)
    } else if !any {
        Outcome::Unknown("no certificate was seen that could be read".to_owned())
    } else if doubt {
        Outcome::Unknown("a certificate could not be read".to_owned())
    } else {
        Outcome::Met
    }
}

fn kind(key: &PublicKey) -> Option<KeyKind> {
    match key {
        PublicKey::Rsa { .. } => Some(KeyKind::Rsa),
        PublicKey::Ec { .. } => Some(KeyKind::Ecdsa),
        PublicKey::Other(name) if name.starts_with("Ed") => Some(KeyKind::Eddsa),
        PublicKey::Other(_) | PublicKey::Unreadable => None,
    }
}

fn key(key: &PublicKey) -> String {
    match key {
        PublicKey::Rsa { bits } => format!("an RSA key of {bits} bits"),
        PublicKey::Ec { curve, .. } => format!("a key of the curve {curve}"),
        PublicKey::Other(name) => format!("a key of {name}"),
        PublicKey::Unreadable => "an unreadable key".to_owned(),
    }
}

fn called(certificate: &Certificate) -> String {
    let name = certificate.common_name.as_deref();
    let dns = certificate.names.as_ref().and_then(|names| names.dns.first());
    let name = name.or(dns.map(String::as_str)).unwrap_or("a certificate without a name");
    words::escape(name, MOST_OF_NAME)
}

fn names<'a, T: std::fmt::Display + 'a>(items: impl Iterator<Item = &'a T>) -> Vec<String> {
    items.map(ToString::to_string).collect()
}

const BEFORE_TLS13: &[ProtocolVersion] =
    &[ProtocolVersion::SSLv3, ProtocolVersion::TLSv1_0, ProtocolVersion::TLSv1_1, ProtocolVersion::TLSv1_2];

/// One day in seconds.
const DAY: i64 = 86_400;
/// The most of a certificate's name that is shown.
const MOST_OF_NAME: usize = 80;
