//! Services that only their operator can change.

use super::{Context, Server, fix};
use crate::endpoint::Protocol;
use crate::finding::{Change, Fix};
use crate::software::Product;

/// Gmail and Google Workspace.
pub(super) struct Gmail;

/// Microsoft 365 and Outlook.com.
pub(super) struct Microsoft365;

impl Server for Gmail {
    fn product(&self) -> Product {
        Product::Gmail
    }

    fn speaks(&self, _protocol: Protocol) -> bool {
        true
    }

    fn cures(&self, _change: &Change, _context: &Context, _version: Option<&str>) -> Vec<Fix> {
        vec![fix(Product::Gmail, operated_by("Google"), Vec::new())]
    }
}

impl Server for Microsoft365 {
    fn product(&self) -> Product {
        Product::Microsoft365
    }

    fn speaks(&self, _protocol: Protocol) -> bool {
        true
    }

    fn cures(&self, _change: &Change, _context: &Context, _version: Option<&str>) -> Vec<Fix> {
        vec![fix(Product::Microsoft365, operated_by("Microsoft"), Vec::new())]
    }
}

fn operated_by(whom: &str) -> String {
    format!(
        "{whom} operates this server, and only {whom} can change its certificates and its TLS. What you can change is \
         which name of it your DNS records and mail programs use: take the one from the operator's documentation."
    )
}
