//! Where a finding was made, as short as it can be said.

use std::net::IpAddr;

use super::people;
use crate::report::{EndpointReport, TargetReport};

/// How many ports are named before the rest is counted.
const MOST: usize = 6;

/// Writes a list of endpoints: `imap.example.org:993, :143 (Dovecot)`; empty if there are none.
pub(super) fn places(ids: &[String], target: &TargetReport) -> String {
    let here: Vec<&EndpointReport> =
        target.endpoints.iter().filter(|endpoint| ids.contains(&endpoint.id)).collect();
    let mut ports: Vec<Port<'_>> = Vec::new();
    for endpoint in &here {
        let label = Label::of(endpoint);
        match ports.iter_mut().find(|port| port.label == label) {
            Some(port) => port.addresses.push(&endpoint.address),
            None => ports.push(Port { label, addresses: vec![&endpoint.address] }),
        }
    }
    let reached = target.endpoints.iter().filter(|endpoint| endpoint.reached);
    if ports.len() > 3 && reached.clone().all(|endpoint| here.contains(&endpoint)) {
        return format!("all endpoints{}", software(&here));
    }
    let mut text = String::new();
    let mut last_host = None;
    for port in ports.iter().take(MOST) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        if last_host == Some(&port.label.host) && port.label.port.is_some() {
            text.push_str(&port.label.tail());
        } else {
            text.push_str(&port.label.whole());
        }
        last_host = Some(&port.label.host);
        // Other addresses of the same port do not show it.
        let all = target.endpoints.iter().filter(|endpoint| Label::of(endpoint) == port.label).count();
        if port.addresses.len() < all {
            text.push_str(&format!(" at {}", port.addresses.join(" and ")));
        }
    }
    if ports.len() > MOST {
        text.push_str(&format!(" and {} more", ports.len() - MOST));
    }
    text.push_str(&software(&here));
    text
}

/// Returns what a person calls an endpoint: `mx1.example.org:25`, or the path of a socket.
pub(super) fn label(endpoint: &EndpointReport) -> String {
    Label::of(endpoint).whole()
}

struct Port<'a> {
    label: Label,
    addresses: Vec<&'a str>,
}

#[derive(PartialEq, Eq)]
struct Label {
    host: String,
    /// None for a Unix socket.
    port: Option<u16>,
}

impl Label {
    fn of(endpoint: &EndpointReport) -> Self {
        if endpoint.address.parse::<IpAddr>().is_err() {
            return Self { host: people(&endpoint.address), port: None };
        }
        let host = people(&endpoint.host);
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        Self { host, port: Some(endpoint.port) }
    }

    fn whole(&self) -> String {
        format!("{}{}", self.host, self.tail())
    }

    fn tail(&self) -> String {
        self.port.map(|port| format!(":{port}")).unwrap_or_default()
    }
}

fn software(endpoints: &[&EndpointReport]) -> String {
    let mut products: Vec<&str> = Vec::new();
    for endpoint in endpoints {
        if let Some(word) = endpoint.product.as_deref()
            && !products.contains(&word)
        {
            products.push(word);
        }
    }
    if products.is_empty() {
        return String::new();
    }
    let titles: Vec<String> = products.into_iter().map(super::finding::title).collect();
    format!(" ({})", titles.join(", "))
}
