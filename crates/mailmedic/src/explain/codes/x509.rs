//! Verdicts of OpenSSL's verifier: `X509_V_ERR_…` of `openssl/x509_vfy.h`, by number and by text.

use std::sync::LazyLock;

use super::Certainty::{Certain, Likely, Possible};
use super::Whose::{Network, Peer, ThisSide, Unknown};
use super::scan::{self, Phrases};
use super::{Code, CodeKind, MOST, Means, means};

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    for (at, row) in PHRASES.find(text).take(MOST) {
        match row.checked_sub(INTRODUCTIONS.len()) {
            Some(row) => {
                let (number, name, _, means) = VERDICTS[row];
                found.push(Code { at, kind: CodeKind::X509, name, number: Some(number), means });
            }
            None => found.extend(numbered(text, at)),
        }
    }
}

/// Reads the number after an introduction. What 24 is depends on the version, which the text beside it tells.
fn numbered(text: &str, at: std::ops::Range<usize>) -> Option<Code> {
    let rest = scan::line_after(text, &at, MOST_BYTES);
    let blanks = rest.len() - rest.trim_start_matches([' ', ':', '=']).len();
    let (mut number, length) = scan::number(&rest[blanks..])?;
    let after = rest[blanks + length..].trim_start_matches([' ', ':', '(', '[']);
    // "error 20 at 0 depth lookup" of `openssl verify` and nothing else that begins with "error".
    let is_bare = text.get(at.clone())?.eq_ignore_ascii_case("error");
    if is_bare && !(after.starts_with("at ") && after.contains("depth")) {
        return None;
    }
    if number == 24 && scan::mentions(&after[..after.floor_char_boundary(40)], &["invalid ca"]) {
        number = 79;
    }
    let is_ambiguous = number == 24 && !scan::mentions(after, &["public key"]);
    let (number, name, _, mut means) = *VERDICTS.iter().find(|(row, ..)| *row == number)?;
    if is_ambiguous {
        means = super::means("chain-intermediate-invalid", Peer, Possible);
    }
    let at = at.start..at.end + blanks + length;
    Some(Code { at, kind: CodeKind::X509, name, number: Some(number), means })
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let texts = VERDICTS
        .iter()
        .enumerate()
        .flat_map(|(row, (_, _, texts, _))| texts.iter().map(move |text| (*text, INTRODUCTIONS.len() + row)));
    Phrases::new(INTRODUCTIONS.iter().copied().enumerate().map(|(row, text)| (text, row)).chain(texts))
});

const MOST_BYTES: usize = 80;

/// What stands before a number: `s_client`, Postfix, Exim and PHP; `openssl verify`; curl.
const INTRODUCTIONS: &[&str] = &[
    "verify error:num",
    "num",
    "verify return code",
    "verification error code",
    "ssl_verify_result",
    "verify_result",
    "error",
];

/// Number, name, texts, meaning; of each number the first row is the one that OpenSSL 3 means.
type Verdict = (u64, &'static str, &'static [&'static str], Option<Means>);

const VERDICTS: &[Verdict] = &[
    (0, "X509_V_OK", &[], None),
    (1, "X509_V_ERR_UNSPECIFIED", &["unspecified certificate verification error"], VERIFY),
    (2, "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT", &["unable to get issuer certificate"], NO_PATH),
    (3, "X509_V_ERR_UNABLE_TO_GET_CRL", &["unable to get certificate CRL"], NO_CRL),
    (
        4,
        "X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE",
        &["unable to decrypt certificate's signature"],
        SIGNATURE,
    ),
    (5, "X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE", &["unable to decrypt CRL's signature"], REVOCATION),
    (6, "X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY", &["unable to decode issuer public key"], MALFORMED),
    (7, "X509_V_ERR_CERT_SIGNATURE_FAILURE", &["certificate signature failure"], SIGNATURE),
    (8, "X509_V_ERR_CRL_SIGNATURE_FAILURE", &["CRL signature failure"], REVOCATION),
    (
        9,
        "X509_V_ERR_CERT_NOT_YET_VALID",
        &["certificate is not yet valid"],
        means("cert-not-yet-valid", Unknown, Certain),
    ),
    (10, "X509_V_ERR_CERT_HAS_EXPIRED", &["certificate has expired"], means("cert-expired", Peer, Certain)),
    (11, "X509_V_ERR_CRL_NOT_YET_VALID", &["CRL is not yet valid"], REVOCATION),
    (12, "X509_V_ERR_CRL_HAS_EXPIRED", &["CRL has expired"], REVOCATION),
    (
        13,
        "X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD",
        &["format error in certificate's notBefore field"],
        MALFORMED,
    ),
    (
        14,
        "X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD",
        &["format error in certificate's notAfter field"],
        MALFORMED,
    ),
    (
        15,
        "X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD",
        &["format error in CRL's lastUpdate field"],
        REVOCATION,
    ),
    (
        16,
        "X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD",
        &["format error in CRL's nextUpdate field"],
        REVOCATION,
    ),
    (17, "X509_V_ERR_OUT_OF_MEM", &[], means("tls-internal-error", ThisSide, Certain)),
    (
        // The longer text of 19 is found first, and that of 18 stands at its start.
        18,
        "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT",
        &["self signed certificate", "untrusted self-signed certificate"],
        means("cert-self-signed", Peer, Certain),
    ),
    (
        19,
        "X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN",
        &["self signed certificate in certificate chain"],
        means("cert-untrusted", Unknown, Certain),
    ),
    (
        20,
        "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        &["unable to get local issuer certificate"],
        NO_PATH,
    ),
    (
        21,
        "X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        &["unable to verify the first certificate", "unable to verify leaf signature"],
        means("chain-incomplete", Peer, Likely),
    ),
    (22, "X509_V_ERR_CERT_CHAIN_TOO_LONG", &["certificate chain too long"], PATH_LENGTH),
    (23, "X509_V_ERR_CERT_REVOKED", &["certificate revoked"], means("cert-revoked", Peer, Certain)),
    (24, "X509_V_ERR_NO_ISSUER_PUBLIC_KEY", &["issuer certificate doesn't have a public key"], MALFORMED),
    (25, "X509_V_ERR_PATH_LENGTH_EXCEEDED", &["path length constraint exceeded"], PATH_LENGTH),
    (
        26,
        "X509_V_ERR_INVALID_PURPOSE",
        &["unsupported certificate purpose", "unsuitable certificate purpose"],
        means("cert-usage-wrong", Peer, Certain),
    ),
    (
        27,
        "X509_V_ERR_CERT_UNTRUSTED",
        &["certificate not trusted"],
        means("cert-untrusted", Unknown, Certain),
    ),
    (
        28,
        "X509_V_ERR_CERT_REJECTED",
        &["certificate rejected"],
        means("cert-root-distrusted", Unknown, Likely),
    ),
    (29, "X509_V_ERR_SUBJECT_ISSUER_MISMATCH", &["subject issuer mismatch"], NO_PATH),
    (30, "X509_V_ERR_AKID_SKID_MISMATCH", &["authority and subject key identifier mismatch"], NO_PATH),
    (31, "X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH", &["authority and issuer serial number mismatch"], NO_PATH),
    (32, "X509_V_ERR_KEYUSAGE_NO_CERTSIGN", &["key usage does not include certificate signing"], BAD_CA),
    (33, "X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER", &["unable to get CRL issuer certificate"], NO_CRL),
    (
        34,
        "X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION",
        &["unhandled critical extension"],
        means("cert-critical-extension-unknown", Peer, Certain),
    ),
    (35, "X509_V_ERR_KEYUSAGE_NO_CRL_SIGN", &["key usage does not include CRL signing"], REVOCATION),
    (36, "X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION", &["unhandled critical CRL extension"], REVOCATION),
    (37, "X509_V_ERR_INVALID_NON_CA", &["invalid non-CA certificate"], BAD_CA),
    (38, "X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED", &["proxy path length constraint exceeded"], VERIFY),
    (
        39,
        "X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE",
        &["key usage does not include digital signature"],
        means("cert-usage-wrong", Peer, Certain),
    ),
    (40, "X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED", &["proxy certificates not allowed"], VERIFY),
    (41, "X509_V_ERR_INVALID_EXTENSION", &["invalid or inconsistent certificate extension"], MALFORMED),
    (
        42,
        "X509_V_ERR_INVALID_POLICY_EXTENSION",
        &["invalid or inconsistent certificate policy extension"],
        MALFORMED,
    ),
    (43, "X509_V_ERR_NO_EXPLICIT_POLICY", &["no explicit policy"], VERIFY),
    (44, "X509_V_ERR_DIFFERENT_CRL_SCOPE", &["different CRL scope"], REVOCATION),
    (45, "X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE", &["unsupported extension feature"], VERIFY),
    (46, "X509_V_ERR_UNNESTED_RESOURCE", &["RFC 3779 resource not subset of parent's resources"], VERIFY),
    (47, "X509_V_ERR_PERMITTED_VIOLATION", &["permitted subtree violation"], CONSTRAINT),
    (48, "X509_V_ERR_EXCLUDED_VIOLATION", &["excluded subtree violation"], CONSTRAINT),
    (49, "X509_V_ERR_SUBTREE_MINMAX", &["name constraints minimum and maximum not supported"], CONSTRAINT),
    (50, "X509_V_ERR_APPLICATION_VERIFICATION", &["application verification failure"], VERIFY),
    (51, "X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE", &["unsupported name constraint type"], CONSTRAINT),
    (
        52,
        "X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX",
        &["unsupported or invalid name constraint syntax"],
        CONSTRAINT,
    ),
    (53, "X509_V_ERR_UNSUPPORTED_NAME_SYNTAX", &["unsupported or invalid name syntax"], MALFORMED),
    (54, "X509_V_ERR_CRL_PATH_VALIDATION_ERROR", &["CRL path validation error"], REVOCATION),
    (55, "X509_V_ERR_PATH_LOOP", &["path loop"], VERIFY),
    (56, "X509_V_ERR_SUITE_B_INVALID_VERSION", &["Suite B: certificate version invalid"], VERIFY),
    (57, "X509_V_ERR_SUITE_B_INVALID_ALGORITHM", &["Suite B: invalid public key algorithm"], VERIFY),
    (58, "X509_V_ERR_SUITE_B_INVALID_CURVE", &["Suite B: invalid ECC curve"], VERIFY),
    (59, "X509_V_ERR_SUITE_B_INVALID_SIGNATURE_ALGORITHM", &["Suite B: invalid signature algorithm"], VERIFY),
    (60, "X509_V_ERR_SUITE_B_LOS_NOT_ALLOWED", &["Suite B: curve not allowed for this LOS"], VERIFY),
    (
        61,
        "X509_V_ERR_SUITE_B_CANNOT_SIGN_P_384_WITH_P_256",
        &["Suite B: cannot sign P-384 with P-256"],
        VERIFY,
    ),
    (62, "X509_V_ERR_HOSTNAME_MISMATCH", &["hostname mismatch"], NAME),
    (63, "X509_V_ERR_EMAIL_MISMATCH", &["email address mismatch"], NAME),
    (
        64,
        "X509_V_ERR_IP_ADDRESS_MISMATCH",
        &["IP address mismatch"],
        means("cert-ip-address-unnamed", ThisSide, Likely),
    ),
    (
        65,
        "X509_V_ERR_DANE_NO_MATCH",
        &["no matching DANE TLSA records"],
        means("dane-mismatch", Peer, Certain),
    ),
    (66, "X509_V_ERR_EE_KEY_TOO_SMALL", &["EE certificate key too weak"], KEY),
    (67, "X509_V_ERR_CA_KEY_TOO_SMALL", &["CA certificate key too weak"], KEY),
    (
        68,
        "X509_V_ERR_CA_MD_TOO_WEAK",
        &["CA signature digest algorithm too weak"],
        means("cert-signature-weak", Peer, Certain),
    ),
    (
        69,
        "X509_V_ERR_INVALID_CALL",
        &["invalid certificate verification context"],
        means("tls-internal-error", ThisSide, Certain),
    ),
    (
        70,
        "X509_V_ERR_STORE_LOOKUP",
        &["issuer certificate lookup error"],
        means("trust-store-missing", ThisSide, Likely),
    ),
    (
        71,
        "X509_V_ERR_NO_VALID_SCTS",
        &["Certificate Transparency required, but no valid SCTs found"],
        means("cert-sct-missing", Peer, Certain),
    ),
    (72, "X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION", &["proxy subject name violation"], VERIFY),
    (
        73,
        "X509_V_ERR_OCSP_VERIFY_NEEDED",
        &["OCSP verification needed"],
        means("cert-staple-missing", Peer, Certain),
    ),
    (
        74,
        "X509_V_ERR_OCSP_VERIFY_FAILED",
        &["OCSP verification failed"],
        means("cert-staple-invalid", Peer, Certain),
    ),
    (75, "X509_V_ERR_OCSP_CERT_UNKNOWN", &["OCSP unknown cert"], means("cert-staple-invalid", Peer, Certain)),
    (
        76,
        "X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM",
        &["Cannot find certificate signature algorithm"],
        SIGNATURE,
    ),
    (
        77,
        "X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH",
        &["subject signature algorithm and issuer public key algorithm mismatch"],
        SIGNATURE,
    ),
    (
        78,
        "X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY",
        &["cert info signature and signature algorithm mismatch"],
        MALFORMED,
    ),
    (79, "X509_V_ERR_INVALID_CA", &["invalid CA certificate"], BAD_CA),
    (80, "X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA", &["Path length invalid for non-CA cert"], MALFORMED),
    (
        81,
        "X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN",
        &["Path length given without key usage keyCertSign"],
        MALFORMED,
    ),
    (
        82,
        "X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA",
        &["Key usage keyCertSign invalid for non-CA cert"],
        MALFORMED,
    ),
    (83, "X509_V_ERR_ISSUER_NAME_EMPTY", &["Issuer name empty"], MALFORMED),
    (84, "X509_V_ERR_SUBJECT_NAME_EMPTY", &["Subject name empty"], MALFORMED),
    (85, "X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER", &["Missing Authority Key Identifier"], MALFORMED),
    (86, "X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER", &["Missing Subject Key Identifier"], MALFORMED),
    (87, "X509_V_ERR_EMPTY_SUBJECT_ALT_NAME", &["Empty Subject Alternative Name extension"], MALFORMED),
    (
        88,
        "X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL",
        &["Subject empty and Subject Alt Name extension not critical"],
        MALFORMED,
    ),
    (89, "X509_V_ERR_CA_BCONS_NOT_CRITICAL", &["Basic Constraints of CA cert not marked critical"], BAD_CA),
    (
        90,
        "X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL",
        &["Authority Key Identifier marked critical"],
        MALFORMED,
    ),
    (
        91,
        "X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL",
        &["Subject Key Identifier marked critical"],
        MALFORMED,
    ),
    (92, "X509_V_ERR_CA_CERT_MISSING_KEY_USAGE", &["CA cert does not include key usage extension"], BAD_CA),
    (
        93,
        "X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3",
        &["Using cert extension requires at least X509v3"],
        MALFORMED,
    ),
    (
        94,
        "X509_V_ERR_EC_KEY_EXPLICIT_PARAMS",
        &["Certificate public key has explicit ECC parameters"],
        MALFORMED,
    ),
];

const VERIFY: Option<Means> = means("cert-verify-failed", Unknown, Certain);
/// A chain that lacks a link and a root that is not trusted look the same from here.
const NO_PATH: Option<Means> = means("cert-untrusted", Unknown, Likely);
const REVOCATION: Option<Means> = means("cert-revocation-unreachable", Network, Likely);
/// OpenSSL fetches none: it is told to check and given nothing to check with.
const NO_CRL: Option<Means> = means("cert-revocation-unreachable", ThisSide, Likely);
const SIGNATURE: Option<Means> = means("cert-signature-invalid", Peer, Certain);
const MALFORMED: Option<Means> = means("cert-malformed", Peer, Certain);
const PATH_LENGTH: Option<Means> = means("chain-path-too-long", Peer, Certain);
const BAD_CA: Option<Means> = means("chain-intermediate-invalid", Peer, Certain);
const CONSTRAINT: Option<Means> = means("cert-name-constraint-violated", Peer, Certain);
const NAME: Option<Means> = means("cert-name-mismatch", Unknown, Certain);
const KEY: Option<Means> = means("cert-key-weak", Peer, Certain);
