//! TLSA: which keys and certificates DNS says a mail server has (RFC 6698, RFC 7671, RFC 7672).

mod lets_encrypt;
mod publish;
mod record;

pub use lets_encrypt::pinned;
pub use publish::{Dane, Published, Unsigned, is_led_unsigned, of, place, service};
pub use record::{Tlsa, Useless};

use super::{Answers, Family, Look, Shown};
use crate::name::{Host, Name};
use crate::observation::DnsType;
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "dane",
    wants: |answers, look| {
        for (host, port) in services(answers, look) {
            let _ = of(answers, &host, port);
        }
    },
    shows: |answers, look| {
        services(answers, look).iter().filter_map(|(host, port)| row(answers, host, *port)).collect()
    },
};

/// Returns the services whose records are asked for: the mail exchangers, and on a thorough look those that the domain
/// tells mail clients.
fn services(answers: &Answers<'_>, look: &Look<'_>) -> Vec<(Name, u16)> {
    let mut services: Vec<(Name, u16)> = Vec::new();
    let is_implicit = answers.records(look.domain, DnsType::Mx).is_ok_and(<[_]>::is_empty);
    // Without MX records the domain takes mail only if it has an address.
    if !is_implicit || !look.addresses(answers).is_empty() {
        services.extend(look.exchangers(answers).into_iter().map(|host| (host, 25)));
    }
    if !look.is_thorough() {
        return services;
    }
    for told in look.told.iter().filter(|told| told.security.is_some() && told.port != 0) {
        let Some(Ok(Host::Name(host))) = told.host.as_deref().map(Host::new) else { continue };
        let service = (host, told.port);
        if services.len() < MOST_SERVICES && !services.contains(&service) {
            services.push(service);
        }
    }
    services
}

fn row(answers: &Answers<'_>, host: &Name, port: u16) -> Option<Shown> {
    // An alias leads to the records that count.
    let name = match of(answers, host, port) {
        Ok(Dane::Published(published) | Dane::Unsigned(published, _)) => published.name,
        _ => place(host, port)?,
    };
    let row = Shown::of(answers, FAMILY.name, &name, DnsType::Tlsa)?;
    let Ok(records) = answers.records(&name, DnsType::Tlsa) else { return Some(row) };
    // Few services but mail exchangers have any, so that only what is there is worth a line.
    if records.is_empty() && port != 25 {
        return None;
    }
    let records: Vec<Tlsa> = records.iter().filter_map(Tlsa::read).collect();
    let values = records.iter().map(|record| format!("{record}")).collect();
    let meanings: Vec<String> = records.iter().map(|record| record.meaning(port)).collect();
    let what = if meanings.is_empty() { "no TLSA records".to_owned() } else { words::list(&meanings) };
    Some(row.with(values, format!("{host}, port {port}: {what}")))
}

/// Services whose records are asked for.
const MOST_SERVICES: usize = 48;
