//! Certificates from an ACME client: the renewal, and the hook that loads each new one.

use std::net::IpAddr;

use super::Context;
use super::shell;

/// Returns certbot's command for these names; none if it could not be asked for any of them.
///
/// Names that no public CA could put into a certificate (addresses, names without a dot) are left out.
pub(super) fn certbot(names: &[String]) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    for name in names.iter().take(MOST_NAMES) {
        let is_address = name.parse::<IpAddr>().is_ok();
        let Some(word) = shell::name(name) else { continue };
        if !is_address && word.contains('.') && !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        return None;
    }
    Some(format!("certbot certonly --expand -d {}", words.join(" -d ")))
}

/// Returns the names that a new certificate needs: those of the change, else those of the context.
pub(super) fn names(change: &[String], context: &Context) -> Vec<String> {
    let names = if change.is_empty() { &context.names } else { change };
    if names.is_empty() { vec![context.name()] } else { names.to_vec() }
}

/// Returns the commands that make certbot run `command` after each renewal.
pub(super) fn hook(file: &str, command: &str) -> [String; 2] {
    let path = format!("/etc/letsencrypt/renewal-hooks/deploy/{file}");
    [format!(r"printf '#!/bin/sh\n{command}\n' > {path}"), format!("chmod +x {path}")]
}

/// Returns where certbot keeps a new certificate for these names: under the first that it is asked for.
pub(super) fn live_of(names: &[String], context: &Context) -> String {
    let asked = names.iter().filter(|name| name.contains('.') && name.parse::<IpAddr>().is_err());
    let first = asked.filter_map(|name| shell::name(name.trim_start_matches("*."))).next();
    live(&first.unwrap_or_else(|| context.name()))
}

/// Returns where certbot keeps the certificate of a name.
pub(super) fn live(name: &str) -> String {
    format!("/etc/letsencrypt/live/{}", name.trim_start_matches("*."))
}

/// Let's Encrypt takes no more names in one certificate.
const MOST_NAMES: usize = 100;

#[cfg(test)]
mod tests {
    use super::certbot;

    #[test]
    fn hostile_names_never_reach_the_command() {
        let names =
            ["mail.example.org", "x;reboot", "$(id).example", "--pre-hook=sh", "192.0.2.1", "*.a.example"]
                .map(String::from);
        assert_eq!(
            certbot(&names).as_deref(),
            Some("certbot certonly --expand -d mail.example.org -d '*.a.example'")
        );
        assert_eq!(certbot(&["`id`".to_owned()]), None);
    }
}
