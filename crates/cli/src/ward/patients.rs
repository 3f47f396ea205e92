//! Who lies in the ward: one row is one endpoint with its sickness.

use super::dialogue::{Dialogue, IMAP, INSPECTED_SMTP, POP3, SMTP, SUBMISSION};

/// An endpoint before it has an address.
#[derive(Debug)]
pub(crate) struct Patient {
    pub(crate) host: &'static str,
    /// The port that a client would be told; it tells protocol and mode.
    pub(crate) port: u16,
    pub(crate) sickness: &'static str,
    /// The rules that must find it.
    pub(crate) expect: &'static [&'static str],
    pub(super) dialogue: &'static Dialogue,
    pub(super) papers: Papers,
    pub(super) tls: Way,
}

/// The certificate that a patient shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Papers {
    /// As it should be.
    Good,
    /// It ended three days ago.
    Expired,
    /// It vouches for itself.
    SelfSigned,
    /// It bears the name of the hosting company.
    OtherName,
    /// The intermediate stays at home.
    LeafOnly,
    /// The one before the last renewal, about to end.
    Earlier,
}

/// How a patient comes to TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// TLS 1.2 and 1.3, in the mode that the port should speak.
    Modern,
    /// The same after STARTTLS, whatever the port should speak.
    OnlyStarttls,
    /// TLS 1.0 and nothing newer.
    Old,
    /// Its breath fails: it says "go ahead", hears the hello and hangs up.
    Lost,
}

/// All patients, in the order of the report.
pub(crate) static PATIENTS: [Patient; 12] = [
    Patient { port: 25, dialogue: &SMTP, ..HEALTHY },
    Patient { port: 993, dialogue: &IMAP, ..HEALTHY },
    Patient {
        host: "expired.ward.test",
        port: 993,
        sickness: "the certificate ended three days ago",
        expect: &["cert-expired"],
        dialogue: &IMAP,
        papers: Papers::Expired,
        ..HEALTHY
    },
    Patient {
        host: "renewed.ward.test",
        port: 25,
        sickness: "none: this port has the renewed certificate",
        dialogue: &SMTP,
        ..HEALTHY
    },
    Patient {
        host: "renewed.ward.test",
        port: 993,
        sickness: "the certificate was renewed, but this server was not told",
        expect: &["cert-inactive"],
        dialogue: &IMAP,
        papers: Papers::Earlier,
        ..HEALTHY
    },
    Patient {
        host: "self-signed.ward.test",
        port: 995,
        sickness: "the certificate vouches for itself",
        expect: &["cert-self-signed"],
        dialogue: &POP3,
        papers: Papers::SelfSigned,
        ..HEALTHY
    },
    Patient {
        host: "wrong-name.ward.test",
        port: 143,
        sickness: "the certificate is for another name",
        expect: &["cert-name-mismatch"],
        dialogue: &IMAP,
        papers: Papers::OtherName,
        ..HEALTHY
    },
    Patient {
        host: "half-chain.ward.test",
        port: 25,
        sickness: "the intermediate certificate is not sent",
        expect: &["chain-incomplete"],
        dialogue: &SMTP,
        papers: Papers::LeafOnly,
        ..HEALTHY
    },
    Patient {
        host: "old.ward.test",
        port: 110,
        sickness: "it speaks TLS 1.0 and nothing newer",
        expect: &["tls-version-modern-missing"],
        dialogue: &POP3,
        tls: Way::Old,
        ..HEALTHY
    },
    Patient {
        host: "plaintext.ward.test",
        port: 465,
        sickness: "plain text on a port that clients speak TLS to",
        expect: &["plaintext-on-tls-port"],
        dialogue: &SUBMISSION,
        tls: Way::OnlyStarttls,
        ..HEALTHY
    },
    Patient {
        host: "stripped.ward.test",
        port: 25,
        sickness: "a firewall overwrites STARTTLS",
        expect: &["starttls-stripped"],
        dialogue: &INSPECTED_SMTP,
        ..HEALTHY
    },
    Patient {
        host: "lost.ward.test",
        port: 587,
        sickness: "the connection is lost after STARTTLS",
        expect: &["starttls-lost-connection"],
        dialogue: &SUBMISSION,
        tls: Way::Lost,
        ..HEALTHY
    },
];

const HEALTHY: Patient = Patient {
    host: "healthy.ward.test",
    port: 25,
    sickness: "none",
    expect: &[],
    dialogue: &SMTP,
    papers: Papers::Good,
    tls: Way::Modern,
};
