//! What is no TLS fault, in words.

/// Says in words what a plain cause is, and what is to be done; empty where nothing is.
pub(in crate::explain) fn plainly(cause: &str) -> (&'static str, &'static str) {
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
    ("bot", "This is no TLS problem: a client that does not keep to the order of SMTP, as bots do.", ""),
    (
        "wrong-server",
        "This is no TLS problem: the server speaks another protocol than the client expects.",
        "Check host and port: SMTP is on 25, 465 and 587, IMAP on 143 and 993, POP3 on 110 and 995.",
    ),
    (
        "malformed-command",
        "This is no TLS problem: a command breaks the protocol.",
        "Correct the program that sends it, or look whether it speaks to the right port.",
    ),
    (
        "protocol-error",
        "This is no TLS problem: a command breaks the protocol.",
        "Correct the program that sends it, or look whether it speaks to the right port.",
    ),
    (
        "too-many-errors",
        "This is no TLS problem: the client made too many errors.",
        "The lines before tell which.",
    ),
    ("logged-out", "This is no TLS problem: the session ended as it should.", ""),
    ("closed", "This is no TLS problem: the session ended.", ""),
    ("idle", "This is no TLS problem: the session ended because nothing was sent.", ""),
    (
        "retry-later",
        "This is no TLS problem: the receiver failed before, and its turn has not come yet.",
        "The message of the first failure tells the cause.",
    ),
    (
        "retry-timeout",
        "This is no TLS problem: the message waited for too long and was given up.",
        "The message of the first failure tells the cause.",
    ),
    (
        "send-as-denied",
        "This is no TLS problem: the account may not send as this sender.",
        "Log in with the account that owns the address, or allow it to send as that.",
    ),
    (
        "sender-rejected",
        "This is no TLS problem: the server refuses the sender's address.",
        "The domain of the sender must exist, and the account must be allowed to use it.",
    ),
    (
        "refused",
        "This is no TLS problem: the server refuses to serve now.",
        "Try later; if it lasts, ask who runs the server.",
    ),
    ("server-busy", "This is no TLS problem: the server is busy. It is tried again by itself.", ""),
    (
        "server-full",
        "This is no TLS problem: the server has no room.",
        "Who runs the server has to make room.",
    ),
    (
        "mailbox-disabled",
        "This is no TLS problem: the mailbox is switched off.",
        "The receiver has to have it switched on.",
    ),
    (
        "helo-rejected",
        "This is no TLS problem: the server refuses the name that the client gave.",
        "Have the client greet with a name that exists in DNS.",
    ),
    (
        "connect-failed",
        "This is no TLS problem: the connection could not be opened.",
        "Check host and port, and whether the server runs.",
    ),
    (
        "connect-timeout",
        "This is no TLS problem: the connection is never opened, the packets are dropped.",
        "Many providers block port 25, some 465 and 587: ask, or use a relay on another port.",
    ),
    (
        "port-closed",
        "This is no TLS problem: the connection is refused, nothing listens there.",
        "Check host and port, and whether the server runs.",
    ),
    (
        "auth-required",
        "This is no TLS problem: the server wants a login first.",
        "Set user name and password in the program that sends.",
    ),
    (
        "auth-disabled",
        "This is no TLS problem: this way to log in is switched off for the account.",
        "Switch it on for the account, or log in with OAuth.",
    ),
    (
        "ptr-missing",
        "This is no TLS problem: the reverse DNS of the sender's address is missing or does not fit.",
        "Set the PTR record to the name of the mail server.",
    ),
    (
        "program-error",
        "This is no TLS problem: the program calls the library in a wrong way.",
        "Read the signature of the call; no handshake took place.",
    ),
];
