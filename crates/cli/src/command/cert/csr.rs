//! `mailmedic cert csr`: a key, and a request for a certificate with all names that are needed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mailmedic::certificate::Certificate;
use mailmedic::endpoint::Source;
use mailmedic::identity;
use mailmedic::keyfile::Form;
use mailmedic::name::{Host, Name};
use mailmedic::observation::{Depth, Examination, TargetKind};
use mailmedic::target::Target;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, RsaKeySize};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use zeroize::Zeroizing;

use super::files;
use super::password::Passwords;
use crate::args::Connecting;
use crate::command::check;
use crate::exit::{Exit, Failure};
use crate::output;

/// Makes a key and a request for a certificate (CSR) with all names that a mail domain or host needs: what MX, SRV and
/// autoconfig records lead to, and what the certificate in use has.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Csr {
    /// A mail domain or host to examine for names: example.org, mail.example.org:993
    #[arg(value_name = "TARGET", required_unless_present = "name")]
    targets: Vec<String>,
    /// A bare name is a host, to be examined on every mail port, and no mail domain
    #[arg(long)]
    host: bool,
    /// Ask for this name too; may be given several times, and alone without a target
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
    /// Write the new private key to this file, which only its owner may read
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Use the private key that is in the file of --key
    #[arg(long, conflicts_with_all = ["key_type", "force"])]
    existing_key: bool,
    /// The kind of the new key: p256, p384, rsa2048, rsa3072 or rsa4096
    #[arg(long, value_enum, default_value = "p256", hide_possible_values = true, value_name = "KIND")]
    key_type: KeyType,
    /// Replace the file of --key if it is there already
    #[arg(long)]
    force: bool,
    /// Write the request to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    connecting: Connecting,
}

/// Kinds of keys that public CAs certify; Ed25519 is none of them (CA/Browser Forum's Baseline Requirements §6.1.5).
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeyType {
    P256,
    P384,
    Rsa2048,
    Rsa3072,
    Rsa4096,
}

/// Runs the verb.
pub(super) fn run(csr: &Csr) -> Result<Exit, Failure> {
    // What takes a look is not to be lost to a file that is in the way.
    let existing = csr.existing_key.then(|| existing(&csr.key, &csr.passwords)).transpose()?;
    if !csr.existing_key && !csr.force && csr.key.symlink_metadata().is_ok() {
        return Err(in_the_way(&csr.key));
    }
    let mut names = Names::default();
    for name in &csr.name {
        let read =
            valid(name).ok_or_else(|| Failure(format!("--name {name:?} is no name for a certificate")))?;
        names.add(read, "--name");
    }
    if !csr.targets.is_empty() {
        let targets = csr.targets.iter().map(|text| {
            let target = Target::parse(text, csr.host, None);
            target
                .map(|target| (text.clone(), target))
                .map_err(|why| Failure(format!("{text:?} is no target: {why}")))
        });
        let targets = targets.collect::<Result<Vec<_>, _>>()?;
        let seen = check::look(targets, &csr.connecting.options(Depth::Quick)?)?;
        if seen.stopped {
            return Ok(Exit::Interrupted);
        }
        seen.observation.targets.iter().for_each(|seen| names.gather(seen));
    }
    for line in &names.story {
        output::complain(line);
    }
    if names.wanted.is_empty() {
        return Err(Failure("no name was found that a certificate could have; --name gives one".to_owned()));
    }
    let is_new = existing.is_none();
    let key = match existing {
        Some(key) => key,
        None => generate(csr.key_type).map_err(|why| Failure(format!("no key could be made: {why}")))?,
    };
    let request =
        request(&names.wanted, &key).map_err(|why| Failure(format!("no request could be made: {why}")))?;
    if is_new {
        write_key(&csr.key, &Zeroizing::new(key.serialize_pem()), csr.force)?;
        output::complain(&format!("the new key is in {}", csr.key.display()));
    }
    match &csr.output {
        Some(file) => std::fs::write(file, request).map_err(|why| Failure::file(file, why))?,
        None => output::print(&request)?,
    }
    Ok(Exit::Clean)
}

/// The names for a certificate, with what is to be told of them.
#[derive(Default)]
struct Names {
    wanted: Vec<String>,
    story: Vec<String>,
}

impl Names {
    fn add(&mut self, name: String, why: &str) {
        if !self.wanted.contains(&name) {
            self.story.push(format!("{name} ({why})"));
            self.wanted.push(name);
        }
    }

    /// Adds the names that a target needs; those of other people are left out, and told.
    fn gather(&mut self, seen: &Examination) {
        let domain = match (seen.kind, &seen.host) {
            (TargetKind::Domain, Some(Host::Name(name))) => Some(name.as_ascii().to_owned()),
            _ => None,
        };
        for observation in &seen.endpoints {
            let endpoint = &observation.endpoint;
            let source = endpoint.sources.first().copied().unwrap_or(Source::Named);
            // A name that was only tried counts if somebody answers there.
            if source == Source::Guess && !observation.reached() {
                continue;
            }
            let why = match source {
                Source::Named => "it was named",
                Source::Mx | Source::ImplicitMx => "MX",
                Source::Srv | Source::Autoconfig | Source::Autodiscover | Source::Pacc | Source::Profile => {
                    source.title()
                }
                Source::Guess => "it answers there",
            };
            self.offer(&endpoint.host.to_string(), why, domain.as_deref());
        }
        for observation in &seen.endpoints {
            let leaf = observation.served().next().and_then(|served| served.certificates.first());
            let Some(der) = leaf.and_then(|leaf| seen.certificates.get(leaf)) else { continue };
            let leaf = Certificate::read(&der.0);
            // A certificate that is not for this host is somebody else's, or the one of the installation.
            if domain.is_none() && !identity::covers(&leaf, &observation.endpoint.host) {
                continue;
            }
            let names = leaf.names.iter().flat_map(|names| &names.dns);
            for name in names.take(MOST_NAMES) {
                self.offer(name, "the certificate in use", domain.as_deref());
            }
        }
    }

    fn offer(&mut self, name: &str, why: &str, domain: Option<&str>) {
        let Some(name) = valid(name) else { return };
        let is_under = |domain: &str| {
            name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
        };
        if !domain.is_none_or(is_under) {
            let line = format!("left out {name} ({why}): it is not under {}", domain.unwrap_or_default());
            if !self.story.contains(&line) {
                self.story.push(line);
            }
        } else if self.wanted.len() < MOST_NAMES {
            self.add(name, why);
        }
    }
}

/// Returns a name as it stands in certificates, if a public CA could certify it, or an address if somebody insists.
fn valid(name: &str) -> Option<String> {
    match Host::new(name).ok()? {
        Host::Address(address) => Some(address.to_string()),
        Host::Name(name) => {
            let bare = name.as_ascii().strip_prefix("*.").unwrap_or(name.as_ascii());
            let plain = !bare.contains(['*', '_']) && bare.contains('.') && Name::new(bare).is_ok();
            plain.then(|| name.as_ascii().to_owned())
        }
    }
}

fn generate(kind: KeyType) -> Result<KeyPair, rcgen::Error> {
    let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
    match kind {
        KeyType::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyType::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyType::Rsa2048 => rsa(RsaKeySize::_2048),
        KeyType::Rsa3072 => rsa(RsaKeySize::_3072),
        KeyType::Rsa4096 => rsa(RsaKeySize::_4096),
    }
}

/// Reads the key that is there.
fn existing(path: &Path, passwords: &Passwords) -> Result<KeyPair, Failure> {
    let key = files::only_key(path, passwords)?;
    let der = match key.form() {
        Form::Pkcs8 => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.secret())),
        Form::Pkcs1 => PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(key.secret())),
        Form::Sec1 => PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(key.secret())),
    };
    KeyPair::try_from(&der)
        .map_err(|_| Failure::file(path, format!("a key of the kind {} signs no request", key.title())))
}

/// Writes a request (RFC 2986) as PEM.
fn request(names: &[String], key: &KeyPair) -> Result<String, rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    // A common name has at most 64 characters (RFC 5280 appendix A.1), and need not be there.
    if let Some(name) = names.iter().find(|name| name.len() <= 64) {
        params.distinguished_name.push(DnType::CommonName, name.as_str());
    }
    params.serialize_request(key)?.pem()
}

/// Writes a key that nobody but its owner may read.
fn write_key(path: &Path, pem: &str, force: bool) -> Result<(), Failure> {
    output::write_secret(path, pem, force).map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => in_the_way(path),
        _ => Failure::file(path, why),
    })
}

fn in_the_way(path: &Path) -> Failure {
    Failure::file(path, "it is there already; --existing-key uses the key in it, --force replaces it")
}

/// CAs take no more names in one certificate.
const MOST_NAMES: usize = 100;

const AFTER: &str = "Examples:
  mailmedic cert csr example.org --key mail.key --output mail.csr
  mailmedic cert csr --name mail.example.org --key mail.key --existing-key

Which names were found, and why, is told on standard error.

Exit codes:
  0  the request is written
  2  something given cannot be used, or no name was found
  130  stopped by Ctrl-C";
