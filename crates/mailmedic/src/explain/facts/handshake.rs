//! What is wrong with connections: STARTTLS, versions, suites, and the settings of either side.

use super::{Fact, fact};
use crate::finding::Severity::{Error, Note, Warning};

pub(super) const FACTS: &[Fact] = &[
    fact(
        "tls-client-certificate-required",
        Error,
        "A client certificate is demanded and none was sent.",
        "Set a certificate and its key at the client, or have the server ask for none.",
    ),
    fact(
        "tls-intercepted",
        Error,
        "Something between answers in the place of {server}: an antivirus, a proxy, or a redirect of the provider.",
        "See who issued the certificate. Exempt mail ports in the antivirus or proxy, or ask the provider; many web hosts redirect outbound SMTP to their own server.",
    ),
    fact(
        "sni-missing",
        Error,
        "The server name (SNI) is missing or unknown to {server}.",
        "The client must send the server's name: update it, and connect by name.",
    ),
    fact(
        "tls-version-obsolete",
        Error,
        "One side is too old: it speaks only versions of TLS that the other has given up.",
        "Update the older side to TLS 1.2 or later. To allow old versions again weakens everyone.",
    ),
    fact(
        "tls-version-mismatch",
        Error,
        "The two sides have no version of TLS in common.",
        "See what each side allows; both should speak TLS 1.2 and 1.3.",
    ),
    fact(
        "tls-cipher-mismatch",
        Error,
        "The two sides find no cipher, group or certificate type in common.",
        "Leave cipher lists at their defaults, and see that the server has a certificate and key: a server without one has no cipher to offer.",
    ),
    fact(
        "tls-cipher-weak",
        Warning,
        "Weak cipher suites are in use.",
        "Allow AEAD suites with forward secrecy on both sides.",
    ),
    fact(
        "tls-dh-weak",
        Error,
        "The Diffie-Hellman group is too small.",
        "The server should use ECDHE, or a group of 2048 bits or more.",
    ),
    fact(
        "tls-renegotiation-insecure",
        Error,
        "Renegotiation is refused: {server} does not know secure renegotiation (RFC 5746).",
        "Update the TLS library of the server.",
    ),
    fact(
        "tls-alpn-mismatch",
        Note,
        "The client asked for a protocol (ALPN) that is not mail, as scanners do.",
        "",
    ),
    fact(
        "tls-record-corrupt",
        Error,
        "Data was changed on the way, or the two sides disagree on the keys.",
        "Try from another network; if it lasts, look at firewalls, the MTU, and the memory of the machine.",
    ),
    fact(
        "tls-internal-error",
        Error,
        "{peer} reports an internal error (alert 80).",
        "The log of that side tells why.",
    ),
    fact(
        "tls-handshake-failed",
        Error,
        "The TLS handshake with {peer} failed; this text gives no reason.",
        "The reason is in a line before or after, or in the log of the other side.",
    ),
    fact(
        "tls-handshake-lost-connection",
        Warning,
        "{peer} closed the connection during the TLS handshake and gave no reason.",
        "Once is nothing: scanners do it, and mail is tried again. If it lasts, look at the log of the other side and at firewalls between.",
    ),
    fact(
        "starttls-lost-connection",
        Warning,
        "{peer} closed the connection after STARTTLS and gave no reason.",
        "Once is nothing: scanners do it, and mail is tried again. If it lasts, look at the log of the other side and at firewalls between.",
    ),
    fact(
        "tls-handshake-timeout",
        Error,
        "The TLS handshake with {peer} stalled until time ran out.",
        "See that both sides use the same mode (TLS at once on 465, 993, 995; STARTTLS on 25, 587, 143, 110), and that no firewall or small MTU holds packets.",
    ),
    fact(
        "wrong-tls-mode",
        Error,
        "TLS at once and STARTTLS are mixed up: the answer was clear text where TLS was due.",
        "TLS at once belongs to 465, 993 and 995; STARTTLS to 25, 587, 143 and 110. Change the mode or the port.",
    ),
    fact(
        "tls-on-starttls-port",
        Warning,
        "{peer} began with TLS where STARTTLS was due.",
        "A client in the wrong mode, or a scanner: TLS at once belongs to 465, 993 and 995, STARTTLS to 25, 587, 143 and 110.",
    ),
    fact(
        "plaintext-on-tls-port",
        Warning,
        "{peer} sent clear text where TLS was due.",
        "A client in the wrong mode, or a scanner: TLS at once belongs to 465, 993 and 995, STARTTLS to 25, 587, 143 and 110.",
    ),
    fact(
        "starttls-missing",
        Error,
        "{server} does not offer STARTTLS.",
        "Switch on TLS at the server, and use a port where STARTTLS belongs: 25, 587, 143, 110. If others see it offered, something between removes it.",
    ),
    fact(
        "starttls-refused",
        Error,
        "{server} offers STARTTLS and then refuses it.",
        "The server has no usable certificate or key, or is overloaded; its log tells which.",
    ),
    fact(
        "starttls-stripped",
        Error,
        "Something between removes STARTTLS from the answers of {server}.",
        "Firewalls with SMTP inspection do this (Cisco: no inspect esmtp), and providers that proxy port 25. Compare from another network.",
    ),
    fact(
        "starttls-injection",
        Error,
        "Commands were sent together with STARTTLS.",
        "Update the software; this is how sessions are attacked.",
    ),
    fact(
        "login-requires-tls",
        Error,
        "The server takes logins and mail inside TLS only.",
        "Switch on TLS at the client: STARTTLS on 587, TLS at once on 465.",
    ),
    fact(
        "outbound-tls-missing",
        Error,
        "The receiver takes mail inside TLS only, and this side sent in clear.",
        "Switch on TLS for sending, opportunistic at least.",
    ),
    fact(
        "sent-in-clear",
        Warning,
        "Mail went out in clear, without TLS.",
        "Find out from the other lines why TLS failed; to have mail wait instead, demand TLS for this receiver.",
    ),
    fact(
        "tls-config-invalid",
        Error,
        "A TLS setting on this side is wrong, or TLS is not built in.",
        "The text names the setting; correct it and reload.",
    ),
    fact(
        "port-timeout",
        Error,
        "The port does not answer.",
        "A firewall or the provider drops the packets; see that the port is open.",
    ),
    fact(
        "port-refused",
        Error,
        "The connection is refused: nothing listens there.",
        "Check host and port, and whether the server runs.",
    ),
    fact(
        "network-unreachable",
        Error,
        "There is no way to the address.",
        "See whether this machine has a route, for IPv6 too.",
    ),
    fact(
        "reply-timeout",
        Error,
        "{peer} takes the connection and then says nothing.",
        "See that both sides use the same mode (TLS at once on 465, 993, 995; STARTTLS on 25, 587, 143, 110), and that the server is not overloaded.",
    ),
];
