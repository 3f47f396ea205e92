//! `mailmedic dns generate tlsa`: what a mail server is pinned by.

use std::path::{Path, PathBuf};

use clap::Args;
use mailmedic::bytes::Fingerprint;
use mailmedic::certificate::Certificate;
use mailmedic::generate::tlsa::{self, Parameters, Pin};
use mailmedic::keyfile::PrivateKey;
use mailmedic::name::Name;
use mailmedic::observation::{Depth, DnsState, DnsType, Observation};
use mailmedic::target::Target;

use super::ask::Asker;
use super::{About, Making, domain, finish, too_long};
use crate::args::Connecting;
use crate::command::cert::files;
use crate::command::cert::password::Passwords;
use crate::command::check;
use crate::exit::{Exit, Failure};
use crate::output;

/// Makes the TLSA records of a mail server (DANE, RFC 7672): of the certificate that it serves now, of one in a file, or of
/// a private key; and of the key that comes next.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Tlsa {
    /// The mail server, as the MX records name it
    #[arg(value_name = "HOST")]
    host: String,
    /// The port
    #[arg(long, value_name = "PORT", default_value_t = 25, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Ask this server for its certificate, such as mail.example.org:25; without it, --cert and --key, the host itself
    #[arg(long, value_name = "TARGET", conflicts_with_all = ["cert", "key"])]
    from: Option<String>,
    /// Take the certificate in this file, with its issuers for usage 2
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    cert: Option<PathBuf>,
    /// Take the private key in this file
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Add a record of the private key in this file, which is to be used next; may be given several times
    #[arg(long, value_name = "KEYFILE")]
    next: Vec<PathBuf>,
    /// Usage, selector and matching type: "3 1 1" pins the server's key, "2 1 1" its issuer's; may be given several times
    #[arg(long, value_name = "NUMBERS", value_parser = parameters, default_value = "3 1 1")]
    kind: Vec<Parameters>,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    connecting: Connecting,
}

/// Runs the verb.
pub(super) fn run(wish: &Tlsa) -> Result<Exit, Failure> {
    let host = domain(&wish.host)?;
    let options = wish.connecting.options(Depth::Standard)?;
    let pins = match wish.current(&host, &options)? {
        Ok(pins) => pins,
        Err(exit) => return Ok(exit),
    };
    let mut pins = pins;
    for file in &wish.next {
        let key = files::only_key(file, &wish.passwords)?;
        let parameters = wish.kind.iter().copied().find(|kind| kind.usage != 2 && kind.selector == 1);
        let parameters = parameters.unwrap_or(Parameters { usage: 3, selector: 1, matching: 1 });
        pins.push(of_key(&key, parameters, file, "the next key")?);
    }
    let mut made = tlsa::make(&host, wish.port, &pins, wish.making.ttl).map_err(too_long(&host))?;
    let mut asker = Asker::new(&options)?;
    if !wish.making.force
        && let Some(place) = made.places.first().cloned()
    {
        asker.ask(vec![(place.name.clone(), DnsType::Tlsa)]);
        if asker.answer(&place.name, DnsType::Tlsa).is_some_and(|answer| answer.state == DnsState::Insecure) {
            made.remarks.push(format!("{} is not signed now, so that nobody would heed them.", place.name));
        }
    }
    finish(&wish.making, &mut asker, made, &About::new("tlsa", "", &host))
}

impl Tlsa {
    /// Finds what is to be pinned now; what a look was in vain for ends the run.
    fn current(
        &self,
        host: &Name,
        options: &mailmedic::examine::Options,
    ) -> Result<Result<Vec<Pin>, Exit>, Failure> {
        if let Some(file) = &self.key {
            let key = files::only_key(file, &self.passwords)?;
            let pins = self.kind.iter().map(|kind| of_key(&key, *kind, file, "the key"));
            return pins.collect::<Result<_, _>>().map(Ok);
        }
        if let Some(file) = &self.cert {
            let chain = files::certificates(file, &self.passwords)?.certificates;
            return self.of_chain(&chain, &file.display().to_string()).map(Ok);
        }
        let text = match &self.from {
            Some(text) => text.clone(),
            None => format!("{host}:{}", self.port),
        };
        let target = Target::parse(&text, false, None)
            .map_err(|why| Failure(format!("{text:?} is no target: {why}")))?;
        let seen = check::look(vec![(text.clone(), target)], options)?;
        if seen.stopped {
            return Ok(Err(Exit::Interrupted));
        }
        let chains = served(&seen.observation);
        if chains.is_empty() {
            output::complain(&format!("{text} showed no certificate; mailmedic check {text} tells why"));
            return Ok(Err(Exit::NothingExamined));
        }
        let mut pins = Vec::new();
        for chain in &chains {
            for pin in self.of_chain(chain, &text)? {
                if !pins.contains(&pin) {
                    pins.push(pin);
                }
            }
        }
        Ok(Ok(pins))
    }

    /// Pins a chain, the leaf first.
    fn of_chain(&self, chain: &[Vec<u8>], from: &str) -> Result<Vec<Pin>, Failure> {
        let leaf = chain.first().map(|der| Certificate::read(der));
        let leaf = leaf.ok_or_else(|| Failure(format!("{from}: there is no certificate")))?;
        let issuer = chain.iter().skip(1).map(|der| Certificate::read(der));
        let issuer = issuer.into_iter().find(|one| one.subject_der == leaf.issuer_der);
        let mut pins = Vec::new();
        for parameters in self.kind.iter().copied() {
            let (certificate, what) = if parameters.usage == 2 {
                let issuer = issuer.as_ref().ok_or_else(|| {
                    Failure(format!(
                        "{from}: usage 2 pins the issuer, and its certificate does not come with the leaf"
                    ))
                })?;
                (issuer, "the issuer's")
            } else {
                (&leaf, "the server's")
            };
            let (der, kind) = if parameters.selector == 1 {
                (certificate.spki_der.clone(), "key")
            } else {
                (certificate.der.clone(), "certificate")
            };
            pins.push(Pin {
                parameters,
                der,
                title: format!("{what} {kind}, {}", files::title(certificate)),
            });
        }
        Ok(pins)
    }
}

/// Returns every chain that was served, each once.
fn served(observation: &Observation) -> Vec<Vec<Vec<u8>>> {
    let mut chains: Vec<Vec<Vec<u8>>> = Vec::new();
    for seen in &observation.targets {
        for served in seen.endpoints.iter().flat_map(|endpoint| endpoint.served()) {
            let der = |print: &Fingerprint| seen.certificates.get(print).map(|der| der.0.clone());
            let chain: Vec<Vec<u8>> = served.certificates.iter().filter_map(der).collect();
            if !chain.is_empty() && !chains.contains(&chain) {
                chains.push(chain);
            }
        }
    }
    chains
}

/// Pins a key, of which there may be no certificate yet.
fn of_key(key: &PrivateKey, parameters: Parameters, file: &Path, what: &str) -> Result<Pin, Failure> {
    if parameters.usage == 2 || parameters.selector != 1 {
        let why = "of a key alone only \"3 1 1\" and the like can be made: no certificate is known";
        return Err(Failure::file(file, why));
    }
    let der = key.spki().ok_or_else(|| {
        Failure::file(file, format!("the public half of a key of the kind {} cannot be told", key.title()))
    })?;
    Ok(Pin { parameters, der, title: format!("{what} in {} ({})", file.display(), key.title()) })
}

/// Reads `3 1 1`, `311`, `3-1-1`.
fn parameters(text: &str) -> Result<Parameters, String> {
    let numbers: Vec<u8> = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | ','))
        .map(|c| c.to_digit(10).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(u8::MAX))
        .collect();
    match numbers.as_slice() {
        [usage @ 0..=3, selector @ 0..=1, matching @ 0..=2] => {
            Ok(Parameters { usage: *usage, selector: *selector, matching: *matching })
        }
        _ => {
            Err("give usage (2 or 3), selector (0 or 1) and matching type (0, 1 or 2): \"3 1 1\"".to_owned())
        }
    }
}

const AFTER: &str = "Examples:
  mailmedic dns generate tlsa mail.example.org --diff
  mailmedic dns generate tlsa mail.example.org --from 192.0.2.7:25 --next next.key
  mailmedic dns generate tlsa mail.example.org --cert fullchain.pem --kind '3 1 1' --kind '2 1 1'";

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn three_numbers_are_read_in_any_dress() {
        for text in ["3 1 1", "311", "3-1-1", "3,1,1"] {
            let read = parameters(text).unwrap();
            assert_eq!((read.usage, read.selector, read.matching), (3, 1, 1), "{text}");
        }
        for text in ["", "3 1", "4 1 1", "3 2 1", "3 1 3", "3 1 1 1", "a b c"] {
            assert!(parameters(text).is_err(), "{text}");
        }
    }
}
