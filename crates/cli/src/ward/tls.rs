//! TLS 1.2 and 1.3 as a well-kept server speaks them.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{Error, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::certificates::Identity;

/// Makes the TLS side of a server.
pub(super) fn acceptor(provider: &Arc<CryptoProvider>, identity: Identity) -> Result<TlsAcceptor, Error> {
    let key = PrivatePkcs8KeyDer::from(identity.key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(identity.chain, key.into())?;
    config.ignore_client_order = true;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
