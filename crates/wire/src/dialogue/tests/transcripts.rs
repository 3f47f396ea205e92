//! Dialogues in the words of real servers.

use super::*;

struct Transcript {
    server: &'static str,
    protocol: Protocol,
    says: &'static str,
    outcome: Outcome,
    announces: &'static [&'static str],
    lacks: &'static [&'static str],
}

#[test]
fn real_words_are_understood() {
    for case in TRANSCRIPTS {
        let says = case.says.replace('\n', "\r\n");
        let record = run(case.protocol, Goal::StartTls, says.as_bytes());
        assert_eq!(record.outcome, case.outcome, "{}", case.server);
        for keyword in case.announces {
            assert_eq!(record.announces(keyword), Some(true), "{}: {keyword}", case.server);
        }
        for keyword in case.lacks {
            assert_ne!(record.announces(keyword), Some(true), "{}: {keyword}", case.server);
        }
        assert!(record.leftover.is_empty() && !record.truncated && !record.bare_lf, "{}", case.server);
        for exchange in &record.exchanges {
            assert!(exchange.reply.is_some(), "{}: {}", case.server, exchange.at);
        }
    }
}

#[test]
fn a_cisco_firewall_overwrites_what_it_does_not_know() {
    let says = b"220 ***************************************\r\n250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-XXXXXXXA\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 XXXB\r\n";
    let record = run(Protocol::Smtp, Goal::StartTls, says);
    assert_eq!(record.outcome, Outcome::Stripped { line: "XXXXXXXA".to_owned() });
    assert_eq!(record.announces_upgrade(), Some(false));
}

const TRANSCRIPTS: &[Transcript] = &[
    Transcript {
        server: "Postfix",
        protocol: Protocol::Smtp,
        says: "220 mx1.example.org ESMTP Postfix (Debian/GNU)
250-mx1.example.org
250-PIPELINING
250-SIZE 10240000
250-VRFY
250-ETRN
250-STARTTLS
250-ENHANCEDSTATUSCODES
250-8BITMIME
250-DSN
250-SMTPUTF8
250 CHUNKING
220 2.0.0 Ready to start TLS
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "CHUNKING"],
        lacks: &["AUTH"],
    },
    Transcript {
        server: "Postfix postscreen",
        protocol: Protocol::Smtp,
        says: "220-mx1.example.org ESMTP
220 mx1.example.org ESMTP Postfix
250-mx1.example.org
250-SIZE 10240000
250-ETRN
250-STARTTLS
250-ENHANCEDSTATUSCODES
250-8BITMIME
250 DSN
220 2.0.0 Ready to start TLS
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS"],
        lacks: &[],
    },
    Transcript {
        server: "Postfix without a readable key",
        protocol: Protocol::Submission,
        says: "220 mail.example.org ESMTP Postfix
250-mail.example.org
250-STARTTLS
250 8BITMIME
454 4.7.0 TLS not available due to local problem
",
        outcome: Outcome::Refused { class: Class::Temporary(454) },
        announces: &["STARTTLS"],
        lacks: &[],
    },
    Transcript {
        server: "Postfix at its connection limit",
        protocol: Protocol::Smtp,
        says: "421 4.7.0 mx1.example.org Error: too many connections from 192.0.2.9\n",
        outcome: Outcome::Rejected { at: Stage::Greeting, class: Class::Temporary(421) },
        announces: &[],
        lacks: &[],
    },
    Transcript {
        server: "Exim",
        protocol: Protocol::Smtp,
        says: "220 mx.example.org ESMTP Exim 4.96 Sat, 21 Nov 2026 23:00:00 +0000
250-mx.example.org Hello client.example [192.0.2.9]
250-SIZE 52428800
250-8BITMIME
250-PIPELINING
250-PIPECONNECT
250-CHUNKING
250-STARTTLS
250-PRDR
250 HELP
220 TLS go ahead
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "PIPECONNECT"],
        lacks: &[],
    },
    Transcript {
        server: "Exim without its key",
        protocol: Protocol::Smtp,
        says: "220 mx.example.org ESMTP Exim 4.96
250-mx.example.org Hello client.example [192.0.2.9]
250-STARTTLS
250 HELP
454 TLS currently unavailable
",
        outcome: Outcome::Refused { class: Class::Temporary(454) },
        announces: &["STARTTLS"],
        lacks: &[],
    },
    Transcript {
        server: "OpenSMTPD",
        protocol: Protocol::Smtp,
        says: "220 mx.example.org ESMTP OpenSMTPD
250-mx.example.org Hello client.example [192.0.2.9], pleased to meet you
250-8BITMIME
250-ENHANCEDSTATUSCODES
250-SIZE 36700160
250-DSN
250-STARTTLS
250 HELP
220 2.0.0 Ready to start TLS
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS"],
        lacks: &[],
    },
    Transcript {
        server: "Exchange",
        protocol: Protocol::Smtp,
        says: "220 EX01.corp.example Microsoft ESMTP MAIL Service ready at Sat, 21 Nov 2026 23:00:00 +0000
250-EX01.corp.example Hello [192.0.2.9]
250-SIZE 37748736
250-PIPELINING
250-DSN
250-ENHANCEDSTATUSCODES
250-STARTTLS
250-X-ANONYMOUSTLS
250-AUTH NTLM
250-X-EXPS GSSAPI NTLM
250-8BITMIME
250-BINARYMIME
250-CHUNKING
250 XRDST
220 2.0.0 SMTP server ready
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "AUTH", "X-ANONYMOUSTLS"],
        lacks: &[],
    },
    Transcript {
        server: "Gmail",
        protocol: Protocol::Submission,
        says: "220 smtp.gmail.com ESMTP 5b1f17b1804b1-477a9df97bcsm115134445e9.3 - gsmtp
250-smtp.gmail.com at your service, [192.0.2.9]
250-SIZE 35882577
250-8BITMIME
250-STARTTLS
250-ENHANCEDSTATUSCODES
250-PIPELINING
250-CHUNKING
250 SMTPUTF8
220 2.0.0 Ready to start TLS
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS"],
        lacks: &["AUTH"],
    },
    Transcript {
        server: "Courier ESMTP",
        protocol: Protocol::Smtp,
        says: "220 mail.example.org ESMTP
250-mail.example.org Ok.
250-STARTTLS
250-XVERP=Courier
250-XEXDATA
250-XSECURITY=NONE,STARTTLS
250-PIPELINING
250-8BITMIME
250-SIZE
250 DSN
220 Ok
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS"],
        lacks: &[],
    },
    Transcript {
        server: "Dovecot LMTP",
        protocol: Protocol::Lmtp,
        says: "220 imap.example.org Dovecot (Debian) ready.
250-imap.example.org
250-STARTTLS
250-8BITMIME
250-CHUNKING
250-ENHANCEDSTATUSCODES
250 PIPELINING
220 2.0.0 Begin TLS negotiation now.
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS"],
        lacks: &[],
    },
    Transcript {
        server: "Cyrus LMTP",
        protocol: Protocol::Lmtp,
        says: "220 imap.example.org Cyrus LMTP 3.6.1-Debian-3.6.1-4+deb12u3 server ready
250-imap.example.org
250-8BITMIME
250-ENHANCEDSTATUSCODES
250-PIPELINING
250-SIZE
250-STARTTLS
250-AUTH EXTERNAL
250 IGNOREQUOTA
220 2.0.0 Begin TLS negotiation now
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "IGNOREQUOTA"],
        lacks: &[],
    },
    Transcript {
        server: "Dovecot IMAP",
        protocol: Protocol::Imap,
        says: "* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED] Dovecot (Debian) ready.
m1 OK Begin TLS negotiation now.
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "LOGINDISABLED"],
        lacks: &["AUTH=PLAIN"],
    },
    Transcript {
        server: "Courier IMAP",
        protocol: Protocol::Imap,
        says: "* OK [CAPABILITY IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE ACL ACL2=UNION STARTTLS ENABLE UTF8=ACCEPT] Courier-IMAP ready. Copyright 1998-2022 Double Precision, Inc.  See COPYING for distribution information.
m1 OK Begin SSL/TLS negotiation.
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS"],
        lacks: &["LOGINDISABLED"],
    },
    Transcript {
        server: "Cyrus IMAP",
        protocol: Protocol::Imap,
        says: "* OK [CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE STARTTLS LOGINDISABLED AUTH=SCRAM-SHA-256] imap.example.org Cyrus IMAP 3.6.1 server ready
m1 OK Begin TLS negotiation now
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "AUTH=SCRAM-SHA-256"],
        lacks: &[],
    },
    Transcript {
        server: "Exchange IMAP",
        protocol: Protocol::Imap,
        says: "* OK The Microsoft Exchange IMAP4 service is ready.
* CAPABILITY IMAP4 IMAP4rev1 LOGINDISABLED STARTTLS UIDPLUS CHILDREN IDLE NAMESPACE LITERAL+
m1 OK CAPABILITY completed.
m2 OK Begin TLS negotiation now.
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "LOGINDISABLED"],
        lacks: &[],
    },
    Transcript {
        server: "Dovecot POP3",
        protocol: Protocol::Pop3,
        says: "+OK Dovecot (Debian) ready.
+OK
CAPA
TOP
UIDL
RESP-CODES
PIPELINING
AUTH-RESP-CODE
STLS
SASL
.
+OK Begin TLS negotiation now.
",
        outcome: Outcome::GoAhead,
        announces: &["STLS", "SASL"],
        lacks: &["USER"],
    },
    Transcript {
        server: "Courier POP3",
        protocol: Protocol::Pop3,
        says: "+OK Hello there.
+OK Here's what I can do:
STLS
TOP
USER
LOGIN-DELAY 10
PIPELINING
UIDL
UTF8 USER
IMPLEMENTATION Courier Mail Server
.
+OK Begin SSL/TLS negotiation now.
",
        outcome: Outcome::GoAhead,
        announces: &["STLS", "USER"],
        lacks: &[],
    },
    Transcript {
        server: "Cyrus POP3 without TLS",
        protocol: Protocol::Pop3,
        says: "+OK <1234.5678@imap.example.org> imap.example.org Cyrus POP3 3.6.1 server ready
+OK List of capabilities follows
EXPIRE NEVER
LOGIN-DELAY 0
TOP
UIDL
PIPELINING
RESP-CODES
AUTH-RESP-CODE
USER
IMPLEMENTATION Cyrus POP3 3.6.1
.
",
        outcome: Outcome::NotOffered,
        announces: &["USER"],
        lacks: &["STLS"],
    },
    Transcript {
        server: "Dovecot Pigeonhole",
        protocol: Protocol::Sieve,
        says: "\"IMPLEMENTATION\" \"Dovecot (Debian) Pigeonhole\"
\"SIEVE\" \"fileinto reject envelope encoded-character vacation subaddress comparator-i;ascii-numeric relational regex imap4flags copy include variables body enotify environment mailbox date index ihave duplicate mime foreverypart extracttext\"
\"NOTIFY\" \"mailto\"
\"SASL\" \"\"
\"STARTTLS\"
\"VERSION\" \"1.0\"
OK \"Dovecot (Debian) ready.\"
OK \"Begin TLS negotiation now.\"
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "SASL"],
        lacks: &[],
    },
    Transcript {
        server: "Cyrus timsieved",
        protocol: Protocol::Sieve,
        says: "\"IMPLEMENTATION\" \"Cyrus timsieved 3.6.1-Debian-3.6.1-4+deb12u3\"
\"SASL\" \"SCRAM-SHA-256\"
\"SIEVE\" \"comparator-i;ascii-numeric fileinto reject vacation imapflags notify envelope relational regex subaddress copy\"
\"STARTTLS\"
\"UNAUTHENTICATE\"
OK
OK \"Begin TLS negotiation now\"
",
        outcome: Outcome::GoAhead,
        announces: &["STARTTLS", "UNAUTHENTICATE"],
        lacks: &[],
    },
];
