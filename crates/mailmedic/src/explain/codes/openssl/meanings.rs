//! What the reasons mean; where the side matters, `mod.rs` asks the words around them.

use super::super::Certainty::{Certain, Likely, Possible};
use super::super::Means;
use super::super::Whose::{Peer, ThisSide, Unknown};
use super::super::means;

pub(super) const VERIFY: Option<Means> = means("cert-verify-failed", Unknown, Likely);
pub(super) const NO_CIPHER: Option<Means> = means("tls-cipher-mismatch", Unknown, Certain);
/// The first bytes are no TLS record.
pub(super) const PLAINTEXT: Option<Means> = means("wrong-tls-mode", Unknown, Likely);
pub(super) const VERSION: Option<Means> = means("tls-version-mismatch", Unknown, Certain);
/// Also in a renegotiation that changes the version.
pub(super) const VERSION_MAYBE: Option<Means> = means("tls-version-mismatch", Unknown, Likely);
pub(super) const NO_VERSION: Option<Means> = means("tls-version-mismatch", ThisSide, Likely);
pub(super) const FALLBACK: Option<Means> = means("tls-version-mismatch", Peer, Likely);
pub(super) const DH: Option<Means> = means("tls-dh-weak", Peer, Certain);
pub(super) const KEY: Option<Means> = means("cert-key-weak", ThisSide, Certain);
pub(super) const SIGNATURE: Option<Means> = means("cert-signature-weak", ThisSide, Certain);
/// Also after the handshake, where a peer hangs up without a goodbye.
pub(super) const EOF: Option<Means> = means("tls-handshake-lost-connection", Unknown, Likely);
pub(super) const TIMEOUT: Option<Means> = means("tls-handshake-timeout", Unknown, Likely);
pub(super) const FAILED: Option<Means> = means("tls-handshake-failed", Unknown, Likely);
pub(super) const RENEGOTIATION: Option<Means> = means("tls-renegotiation-insecure", Peer, Certain);
pub(super) const ALPN: Option<Means> = means("tls-alpn-mismatch", Unknown, Certain);
pub(super) const RECORD: Option<Means> = means("tls-record-corrupt", Unknown, Likely);
pub(super) const CORRUPT_SIGNATURE: Option<Means> = means("tls-record-corrupt", Unknown, Possible);
pub(super) const NO_SIGALG: Option<Means> = means("tls-cipher-mismatch", Unknown, Likely);
pub(super) const GROUP: Option<Means> = means("tls-cipher-mismatch", Unknown, Likely);
pub(super) const CLIENT_CERT: Option<Means> = means("tls-client-certificate-required", Peer, Certain);
pub(super) const OUR_CERTIFICATE_MISSING: Option<Means> = means("tls-config-invalid", ThisSide, Likely);
pub(super) const CONFIG: Option<Means> = means("tls-config-invalid", ThisSide, Likely);
pub(super) const KEY_MISMATCH: Option<Means> = means("cert-key-mismatch", ThisSide, Certain);
pub(super) const UNREADABLE: Option<Means> = means("cert-file-unreadable", ThisSide, Likely);
pub(super) const NO_STORE: Option<Means> = means("trust-store-missing", ThisSide, Likely);
pub(super) const USAGE: Option<Means> = means("cert-usage-wrong", Peer, Certain);
pub(super) const MALFORMED: Option<Means> = means("cert-malformed", Unknown, Likely);
pub(super) const SCTS: Option<Means> = means("cert-sct-missing", Peer, Certain);
pub(super) const STAPLE: Option<Means> = means("cert-staple-invalid", Peer, Likely);
pub(super) const STAPLE_MISSING: Option<Means> = means("cert-staple-missing", Peer, Possible);
pub(super) const INTERNAL: Option<Means> = means("tls-internal-error", ThisSide, Likely);
pub(super) const TLSA: Option<Means> = means("dane-unusable", Peer, Likely);
pub(super) const UNEXPECTED: Option<Means> = means("tls-handshake-failed", Unknown, Possible);
pub(super) const EXTENSION: Option<Means> = means("tls-handshake-failed", Unknown, Possible);
pub(super) const REFUSED: Option<Means> = means("port-refused", Unknown, Likely);
