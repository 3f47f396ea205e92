//! Tells the scanners of the internet from clients that fail.

use super::super::answer::{Found, Judged};
use super::super::know::End;

/// What who speaks no TLS on a port of TLS comes to, and who asks for something else than mail.
const NONSENSE: [&str; 2] = ["plaintext-on-tls-port", "tls-alpn-mismatch"];

/// What a hello of another age comes to. Real clients may be so old, but those of whom nobody knows a name seldom are.
const OLD: [&str; 3] = ["tls-version-obsolete", "tls-version-mismatch", "tls-cipher-mismatch"];

/// Tells whether a failure on a server is one that a scanner makes: it is known by its name or by going through the versions;
/// or it has no name and speaks nonsense.
///
/// Dovecot logs no names, and those who submit mail seldom have one: there an old hello is taken for a client's.
pub(super) fn is_scanner(found: &Found<'_>, first: &Judged) -> bool {
    if first.is_probe {
        return true;
    }
    let Some(peer) = found.peer.as_ref().filter(|peer| found.end == Some(End::Server) && peer.is_address())
    else {
        return false;
    };
    let text = found.text.as_str();
    let is_stranger = || text.contains(&format!("unknown[{}]", peer.host)) && !text.contains("submission");
    NONSENSE.contains(&first.rule) || (OLD.contains(&first.rule) && is_stranger())
}
