//! What each cause is called, how bad it is, and what cures it on any software.

use crate::finding::Severity::{self, Error, Note, Warning};

/// A cause.
pub(super) struct Fact {
    /// The rule.
    pub(super) rule: &'static str,
    /// How bad.
    pub(super) severity: Severity,
    /// One line; `{peer}` is the other side, `{server}` the server, whichever side that is.
    pub(super) title: &'static str,
    /// What cures it; empty where nothing has to be done.
    pub(super) cure: &'static str,
}

const fn fact(rule: &'static str, severity: Severity, title: &'static str, cure: &'static str) -> Fact {
    Fact { rule, severity, title, cure }
}

/// Returns what is known of a cause.
pub(super) fn of(rule: &str) -> Option<&'static Fact> {
    FACTS.iter().find(|fact| fact.rule == rule)
}

const FACTS: &[Fact] = &[
    fact(
        "cert-expired",
        Error,
        "The certificate of {server} has expired.",
        "Who runs {server} must renew the certificate and reload the server. If only you see it, look at the clock of this machine.",
    ),
    fact(
        "cert-not-yet-valid",
        Error,
        "The certificate of {server} is not valid yet.",
        "Look first at the clock of this machine (timedatectl). If it is right, the server must present a certificate that has begun.",
    ),
    fact(
        "clock-skewed",
        Warning,
        "The clock of this machine may be wrong.",
        "Let the machine keep time: timedatectl set-ntp true.",
    ),
    fact(
        "cert-untrusted",
        Error,
        "The certificate of {server} comes from an issuer that is not trusted here.",
        "The server should have a certificate of a public CA and send the full chain. For a private CA add its root to the trusted ones here.",
    ),
    fact(
        "cert-root-distrusted",
        Error,
        "The root of {server}'s certificate is trusted no longer.",
        "{server} needs a certificate of another CA.",
    ),
    fact(
        "cert-self-signed",
        Error,
        "The certificate of {server} is self-signed.",
        "{server} should have a certificate of a public CA, which costs nothing from Let's Encrypt. Or add just this certificate to the trusted ones here.",
    ),
    fact(
        "cert-name-mismatch",
        Error,
        "The certificate of {server} is for another name than the one connected to.",
        "Connect to a name that is in the certificate, or have {server} get a certificate with this name.",
    ),
    fact(
        "cert-ip-address-unnamed",
        Error,
        "An IP address was connected to, and certificates name hosts.",
        "Write the host name that is in the certificate instead of the address.",
    ),
    fact(
        "cert-san-missing",
        Error,
        "The certificate of {server} has no subject alternative names.",
        "{server} needs a new certificate with its name as a subject alternative name.",
    ),
    fact(
        "chain-incomplete",
        Error,
        "The chain from {server}'s certificate to a root cannot be built: most often the server does not send the intermediate.",
        "The server must send its certificate and the intermediates (fullchain.pem, not cert.pem). If it does, the roots here are old: update ca-certificates.",
    ),
    fact(
        "chain-intermediate-expired",
        Error,
        "An intermediate certificate of {server} has expired.",
        "{server} must send the present intermediate of its CA.",
    ),
    fact(
        "chain-intermediate-invalid",
        Error,
        "A certificate in {server}'s chain may not issue certificates.",
        "{server} must send the right intermediates, made as CA certificates (basicConstraints CA:TRUE, keyCertSign).",
    ),
    fact(
        "chain-path-too-long",
        Error,
        "The chain of {server} is longer than allowed.",
        "{server} should send only the certificates that lead to the root; the CA must allow the path.",
    ),
    fact(
        "cert-verify-failed",
        Error,
        "The certificate of {server} was refused; the text does not say why.",
        "The check shows the reason: date, name, chain or issuer. Look at the line before in the log, too.",
    ),
    fact(
        "cert-revoked",
        Error,
        "The certificate of {server} is revoked.",
        "{server} needs a new certificate with a new key.",
    ),
    fact(
        "cert-revocation-unreachable",
        Warning,
        "It could not be learned whether the certificate is revoked.",
        "Let this machine reach the CRL and OCSP addresses of the CA by HTTP, or load the present list.",
    ),
    fact(
        "cert-staple-missing",
        Error,
        "{server} sends no OCSP response, and one is demanded.",
        "Switch on OCSP stapling at {server}, or get a certificate without the must-staple extension.",
    ),
    fact(
        "cert-staple-invalid",
        Error,
        "The OCSP response of {server} is out of date or wrong.",
        "{server} must fetch a new OCSP response and reload.",
    ),
    fact(
        "cert-malformed",
        Error,
        "A certificate cannot be read, or breaks the format.",
        "It must be issued anew, by a CA that keeps to RFC 5280.",
    ),
    fact(
        "cert-signature-invalid",
        Error,
        "A signature in the chain of {server} is wrong.",
        "{server} must send the certificate and the intermediates that belong together.",
    ),
    fact(
        "cert-signature-weak",
        Error,
        "A certificate is signed with a broken hash (SHA-1, MD5).",
        "It must be issued anew with SHA-256.",
    ),
    fact(
        "cert-key-weak",
        Error,
        "A key is too short for what is demanded here.",
        "A new key is needed: RSA 2048 or more, or ECDSA P-256; and a new certificate.",
    ),
    fact(
        "cert-usage-wrong",
        Error,
        "The certificate of {server} is not made for this use.",
        "{server} needs a certificate with the extended key usage serverAuth.",
    ),
    fact(
        "cert-name-constraint-violated",
        Error,
        "A name in the certificate lies outside what its CA may certify.",
        "The CA must issue within its constraints, or another CA must.",
    ),
    fact(
        "cert-validity-too-long",
        Error,
        "The certificate of {server} is valid for longer than Apple allows.",
        "{server} needs a certificate for 398 days or less.",
    ),
    fact(
        "cert-is-ca",
        Error,
        "The certificate of {server} is one of a CA.",
        "{server} needs a certificate of its own, with CA:FALSE.",
    ),
    fact(
        "cert-pin-mismatch",
        Error,
        "The fingerprint of {server}'s certificate is not the one that is set.",
        "See whether {server} has renewed its certificate; then set the new fingerprint, or trust the CA instead.",
    ),
    fact(
        "cert-inactive",
        Error,
        "A newer certificate is there and not the one that is served.",
        "Reload the server, and have each renewal do so.",
    ),
    fact("cert-expires-soon", Warning, "A certificate ends soon.", "Renew it, and reload the server."),
    fact(
        "cert-file-unreadable",
        Error,
        "A certificate or key cannot be loaded, so there is no TLS.",
        "The file must be there, in PEM, readable by the server, and named right in its settings.",
    ),
    fact(
        "cert-key-mismatch",
        Error,
        "The private key does not belong to the certificate.",
        "Compare with mailmedic cert match CERTIFICATE KEY, and name the pair that belongs together; the server's own certificate stands first in its file.",
    ),
    fact(
        "cert-rejected-by-peer",
        Error,
        "{peer} refused the certificate of this server (a TLS alert says so); the server itself works.",
        "Check this server as its clients see it: full chain, the name that clients use, dates. If one client alone refuses a private CA, add its root there.",
    ),
    fact(
        "client-certificate-rejected",
        Error,
        "A client certificate was refused.",
        "The client certificate must be valid, made for clientAuth, and of an issuer that the server trusts. If none is needed, set none.",
    ),
    fact(
        "tls-client-certificate-required",
        Error,
        "A client certificate is demanded and none was sent.",
        "Set a certificate and its key at the client, or have the server ask for none.",
    ),
    fact(
        "trust-store-missing",
        Error,
        "The trusted roots are missing on this side.",
        "Install the package ca-certificates and name its file in the settings.",
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
        "renewal-failed",
        Error,
        "A certificate could not be issued or renewed.",
        "Cure it before the present certificate ends; the detail names what the CA could not reach.",
    ),
    fact(
        "rate-limited",
        Note,
        "A limit on the number of requests was hit.",
        "Wait until the time that it names, and ask less often.",
    ),
    fact(
        "dane-mismatch",
        Error,
        "The TLSA record of {server} does not match its certificate (DANE).",
        "{server} must publish the TLSA record of the present key, before it changes the key. Mail waits until then.",
    ),
    fact(
        "dane-missing",
        Note,
        "There is no usable TLSA record (DANE).",
        "Nothing, unless DANE is demanded: then publish TLSA records.",
    ),
    fact(
        "dnssec-bogus",
        Error,
        "A DNSSEC lookup failed: the answer does not validate, or none came.",
        "Compare with delv; the zone's signatures or its servers are broken, or the resolver here is.",
    ),
    fact(
        "dnssec-missing",
        Note,
        "The domain is not signed with DNSSEC, or the resolver here does not validate, so DANE cannot be used.",
        "To use DANE the domain must be signed, and the resolver here must validate.",
    ),
    fact("mta-sts-missing", Note, "The domain has no MTA-STS policy: nothing to enforce.", ""),
    fact(
        "mta-sts-mx-unlisted",
        Error,
        "The MX or its certificate does not fit the domain's MTA-STS policy.",
        "List every MX in the policy with the name in its certificate, then raise id in the _mta-sts record.",
    ),
    fact(
        "mta-sts-policy-invalid",
        Error,
        "The MTA-STS policy cannot be used.",
        "It needs the lines version, mode, mx and max_age, as text/plain.",
    ),
    fact(
        "mta-sts-policy-unreachable",
        Error,
        "The MTA-STS policy cannot be fetched.",
        "https://mta-sts.DOMAIN/.well-known/mta-sts.txt must answer 200 with a valid certificate and without a redirect.",
    ),
    fact(
        "tls-rpt-missing",
        Note,
        "The domain asks for no TLS reports.",
        "Publish a TXT record at _smtp._tls.DOMAIN if you want them.",
    ),
    fact(
        "port-timeout",
        Error,
        "The port does not answer.",
        "A firewall or the provider drops the packets; see that the port is open.",
    ),
    fact("benign", Note, "This needs no action.", ""),
    fact("not-tls", Note, "This is no TLS problem.", ""),
];

/// Says in words what a plain cause is, and whether anything is to be done.
pub(super) fn plainly(cause: &str) -> (&'static str, &'static str) {
    let (_, title, cure) =
        PLAIN.iter().find(|(word, ..)| *word == cause).unwrap_or(&("", "This is no TLS problem.", ""));
    (title, cure)
}

const PLAIN: &[(&str, &str, &str)] = &[
    ("greylisted", "This is no TLS problem: greylisting. It is tried again by itself.", ""),
    (
        "relay-denied",
        "This is no TLS problem: the server does not relay for this sender.",
        "Log in when sending, or send through a server that is responsible for this sender or receiver.",
    ),
    (
        "auth-failed",
        "This is no TLS problem: the login was refused.",
        "Check the user name, the password, and whether the account needs an app password or OAuth.",
    ),
    ("auth-aborted", "This is no TLS problem: the login was not finished.", ""),
    ("no-such-user", "This is no TLS problem: the address does not exist.", "Correct the address."),
    ("mailbox-full", "This is no TLS problem: the mailbox is full.", "The receiver has to make room."),
    (
        "message-too-big",
        "This is no TLS problem: the message is too big.",
        "Send a link instead of the attachment.",
    ),
    (
        "rate-limited",
        "This is no TLS problem: too much was sent in too short a time.",
        "Send more slowly; it is tried again later.",
    ),
    (
        "spam-or-virus",
        "This is no TLS problem: the message was taken for spam or malware.",
        "Look at the content and the reputation of the sender.",
    ),
    (
        "spf-dkim-dmarc",
        "This is no TLS problem: SPF, DKIM or DMARC of the sender's domain fails.",
        "Look at the TXT records of the sender's domain: SPF must name the sending address, DKIM must sign.",
    ),
    (
        "ip-blocked",
        "This is no TLS problem: the address of the sender is on a block list.",
        "Find the cause, then ask the list to remove the address.",
    ),
    (
        "reverse-dns",
        "This is no TLS problem: the reverse DNS of the sender's address is missing or does not fit.",
        "Set the PTR record to the name of the mail server.",
    ),
    (
        "access-denied",
        "This is no TLS problem: the receiver's policy refuses it.",
        "The text of the reply says what is wanted.",
    ),
    (
        "dns-failure",
        "This is no TLS problem: a name cannot be resolved.",
        "Check the name, and the resolver of this machine.",
    ),
    (
        "port-refused",
        "This is no TLS problem: the connection is refused, nothing listens there.",
        "Check host and port, and whether the server runs.",
    ),
    (
        "port-timeout",
        "This is no TLS problem: the connection is never opened, the packets are dropped.",
        "Many providers block port 25, some 465 and 587: ask, or use a relay on another port.",
    ),
    (
        "no-route",
        "This is no TLS problem: there is no route to the address.",
        "For IPv6 without a route: turn IPv6 off for mail, or get a route.",
    ),
    ("connection-reset", "This is no TLS problem in this text: the connection was reset.", ""),
    ("connection-lost", "This is no TLS problem in this text: the connection was lost.", ""),
    (
        "mail-loop",
        "This is no TLS problem: the message goes in a circle.",
        "The server must know that it is responsible for the domain; look at MX records and forwards.",
    ),
    (
        "malformed-message",
        "This is no TLS problem: the message breaks the format.",
        "Correct the program that makes it.",
    ),
    (
        "program-error",
        "This is no TLS problem: the program calls the library in a wrong way.",
        "Read the signature of the call; no handshake took place.",
    ),
];
#[cfg(test)]
mod tests {
    use super::FACTS;

    #[test]
    fn nobody_is_told_to_verify_less() {
        for fact in FACTS {
            let cure = fact.cure.to_lowercase();
            assert!(!cure.contains("disable verif") && !cure.contains("turn off verif"), "{}", fact.rule);
            let same = FACTS.iter().filter(|other| other.rule == fact.rule).count();
            assert_eq!(same, 1, "{} is there twice", fact.rule);
        }
    }
}
