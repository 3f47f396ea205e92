//! What mail programs set themselves up by: documents and records, all written from one description, without any I/O.
//!
//! [`Service`] is that description. Each module writes one document of it; [`site`] says which document a web request
//! wants. No document holds a password.

pub mod apple;
pub mod autoconfig;
pub mod autodiscover;
pub mod cms;
pub mod file;
pub mod pacc;
mod service;
pub mod site;
mod uuid;
mod xml;

pub use service::{Address, AddressError, LogIn, Service, ServiceError};

use crate::generate::mta_sts::Policy;
use crate::generate::srv::{self, Server};
use crate::generate::{Made, Record};
use crate::name::{Name, NameError};

/// Makes the records that lead mail programs to the servers of a domain and to its documents.
///
/// # Errors
/// The name of a record would be too long.
pub fn records(domain: &Name, service: &Service, ttl: u32) -> Result<Made, NameError> {
    let mut made = srv::make(domain, &service.servers, ttl)?;
    if let Some(document) = pacc::document(service) {
        made.records.push(pacc::record(domain, &document, ttl)?);
    }
    made.remarks.push(format!(
        "Beside these records autoconfig.{domain}, autodiscover.{domain} and ua-auto-config.{domain} must lead to the \
         web server that has the documents, each with a certificate for its name."
    ));
    Ok(made)
}
