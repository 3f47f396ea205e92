//! Java's own TLS, as Jakarta Mail uses it.

use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, openssl_level_2};
use crate::peer::{
    Flaw, Keys, Known, NameRules, Names, PathBuilding, Peer, Search, TlsFloor, Wildcard, Words,
};
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "java",
    name: "Java (Jakarta Mail)",
    short: "Java",
    roots: &[Store::Java],
    roots_note: "those of Oracle's and OpenJDK's builds; Debian's Java has the distribution's, Temurin Mozilla's",
    path: PathBuilding { search: Search::All, ..openssl_level_2::PEER.path },
    names: NameRules {
        common_name: true,
        wildcard: Wildcard::AnyLabel,
        top_level: true,
        underscore: false,
        next_hop: false,
    },
    keys: Keys {
        rsa_bits: 1024,
        issuer_rsa_bits: 1024,
        curves: Names::Any,
        issuer_curves: Names::Any,
        curve_bits: 224,
        explicit_curves: false,
        others: Names::Any,
        issuer_others: Names::Any,
    },
    rejects: &[BY_ALL, &[Flaw::KeyUnreadable, Flaw::KeyUsageUnfit, Flaw::MayNotSign, Flaw::PolicyMissing]],
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: None,
        dh_bits: 1024,
        sha1_signatures: true,
        lacks: &[crate::policy::SuiteKind::Below128Bits],
        cbc: true,
        rsa_bits: 1024,
        signers: Names::Only(&["Ed25519", "Ed448"]),
        digital_signature: false,
    },
    words: WORDS,
    words_source: "messages of OpenJDK 17.0.15 as measured on 2026-11-21",
    note: "Names are checked where mail.imap.ssl.checkserveridentity is on, the default since Jakarta Mail 2. SHA-1 is \
           refused under the JDK's own roots only, and a root that is past its end is taken.",
    known: Known {
        measured: true,
        by: "OpenJDK 17.0.15 (TLS server validator and host name checker) on labelled fault chains, and OpenJDK 17.0.21 \
             against 64 servers on loopback",
        date: "2026-11-29",
    },
    ..openssl_level_2::PEER
};

const WORDS: &[Words] = &[
    Words {
        of: &[Flaw::Expired, Flaw::IntermediateOutOfDate],
        text: "CertificateExpiredException: NotAfter: DATE",
    },
    Words { of: &[Flaw::NotYetValid], text: "CertificateNotYetValidException: NotBefore: DATE" },
    Words {
        of: &[
            Flaw::SelfSigned,
            Flaw::UnknownIssuer,
            Flaw::Incomplete,
            Flaw::UntrustedRoot,
            Flaw::RootDistrusted,
        ],
        text: "SunCertPathBuilderException: unable to find valid certification path to requested target",
    },
    Words {
        of: &[Flaw::NameMismatch, Flaw::WildcardMisused],
        text: "CertificateException: No subject alternative DNS name matching HOST found., or No name matching HOST \
               found where there are none",
    },
    Words {
        of: &[Flaw::AddressUnnamed],
        text: "CertificateException: No subject alternative names matching IP address HOST found",
    },
    Words {
        of: &[Flaw::KeyUsageUnfit],
        text: "ValidatorException: KeyUsage does not allow digital signatures",
    },
    Words {
        of: &[Flaw::MayNotSign],
        text: "CertPathValidatorException: CA key usage check failed: keyCertSign bit is not set",
    },
    Words { of: &[Flaw::NameConstraint], text: "CertPathValidatorException: name constraints check failed" },
    Words {
        of: &[Flaw::PathTooLong],
        text: "CertPathValidatorException: basic constraints check failed: pathLenConstraint violated",
    },
    Words {
        of: &[Flaw::UsageWrong],
        text: "ValidatorException: Extended key usage does not permit use for TLS server authentication",
    },
    Words {
        of: &[Flaw::KeySmall],
        text: "CertPathValidatorException: Algorithm constraints check failed on keysize limits: …",
    },
    Words { of: &[Flaw::KeyExplicitCurve], text: "IOException: Only named ECParameters supported" },
    Words {
        of: &[Flaw::SignatureMd5],
        text: "CertPathValidatorException: Algorithm constraints check failed on signature algorithm: MD5withRSA",
    },
    Words { of: &[Flaw::SignatureWrong], text: "SignatureException: Signature does not match." },
    Words {
        of: &[Flaw::CriticalUnknown],
        text: "CertPathValidatorException: unrecognized critical extension(s)",
    },
    Words {
        of: &[Flaw::NotCa, Flaw::IntermediateOldVersion],
        text: "CertPathValidatorException: basic constraints check failed: this is not a CA certificate",
    },
];
