use super::*;

/// What is read from a text; every place is one of characters.
fn read(text: &str) -> Vec<Code> {
    let all = codes(text);
    for code in &all {
        assert!(text.get(code.at.clone()).is_some_and(|at| !at.is_empty()), "{code:?} in {text:?}");
    }
    assert!(all.is_sorted_by_key(|code| code.at.start), "{all:?}");
    all
}

/// Kinds, names and rules of what is read.
fn told(text: &str) -> Vec<(CodeKind, &'static str, &'static str)> {
    read(text).iter().map(|code| (code.kind, code.name, code.means.map_or("", |means| means.rule))).collect()
}

/// The rules that a text names, each once.
fn rules(text: &str) -> Vec<&'static str> {
    let mut rules: Vec<_> = read(text).iter().filter_map(|code| code.means).map(|means| means.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

const RECEIVED: CodeKind = CodeKind::Alert(Direction::Received);
const SENT: CodeKind = CodeKind::Alert(Direction::Sent);

#[test]
fn both_numberings_of_openssl_say_the_same() {
    for (old, new) in [
        ("14090086", "0A000086"),
        ("1408F10B", "0A00010B"),
        ("1417A0C1", "0A0000C1"),
        ("14209102", "0A000102"),
        ("14094418", "0A000418"),
        ("0906D06C", "0480006C"),
        ("0B080074", "05800074"),
        ("02001002", "80000002"),
    ] {
        let decimal = |hex| u32::from_str_radix(hex, 16).unwrap();
        let mut texts = vec![format!("TLS failed: error:{old}:x"), format!("TLS failed: error:{new}:x")];
        texts.push(format!("TLS failed: error:0x{new}:x"));
        // Only a number below 0x3B9AC9FF has nine digits.
        let decimals = [decimal(old), decimal(new)]
            .into_iter()
            .filter(|number| (100_000_000..1_000_000_000).contains(number));
        texts.extend(decimals.map(|number| format!("OpenSSL error {number}")));
        let meanings: Vec<_> = texts.iter().map(|text| told(text)).collect();
        assert_eq!(meanings[0].len(), 1, "{old}: {meanings:?}");
        assert!(!meanings[0][0].2.is_empty(), "{old}: {meanings:?}");
        assert!(meanings.iter().all(|told| *told == meanings[0]), "{old}: {meanings:?}");
    }
}

#[test]
fn reasons_are_read_without_their_numbers() {
    assert_eq!(rules("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"), ["wrong-tls-mode"]);
    assert_eq!(rules("Error: write EPROTO SSL routines:ssl3_read:no shared cipher"), ["tls-cipher-mismatch"]);
    assert_eq!(
        rules("error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"),
        ["cert-verify-failed"]
    );
    assert_eq!(rules("[SSL: DH_KEY_TOO_SMALL] dh key too small (_ssl.c:1007)"), ["tls-dh-weak"]);
    assert_eq!(
        rules("TLS: cannot load key: x509 certificate routines::key values mismatch"),
        ["cert-key-mismatch"]
    );
    assert_eq!(rules("PEM routines:get_name:no start line"), ["cert-file-unreadable"]);
    // Everyday words are no reasons.
    assert_eq!(rules("the http request of the parcel has a bad length"), Vec::<&str>::new());
}

#[test]
fn the_side_tells_whose_the_wrong_mode_is() {
    let whose = |text| read(text)[0].means.unwrap().whose;
    assert_eq!(whose("SSL_connect: error:0A00010B:SSL routines::wrong version number"), Whose::ThisSide);
    assert_eq!(whose("SSL_accept() failed: error:0A00010B:SSL routines::wrong version number"), Whose::Peer);
    assert_eq!(whose("error:0A00010B:SSL routines::wrong version number"), Whose::Unknown);
}

#[test]
fn digits_that_nobody_calls_an_error_are_none() {
    for text in [
        "delivered 14090086 bytes",
        "20240102 10:00 queue 0A000086 sent",
        "id=167772294",
        "kernel 4.19.0 PHP 5.6.3",
    ] {
        assert_eq!(read(text), [], "{text}");
    }
}

#[test]
fn alerts_are_read_in_every_wording() {
    for text in [
        "SSL3_READ_BYTES: tlsv1 alert unknown ca",
        "SSL alert number 48",
        "remote error: tls: unknown certificate authority",
        "received fatal alert: UnknownCA",
        "Received fatal alert: unknown_ca",
        "A TLS fatal alert has been received: CA is unknown",
        "*** Received alert [48]: CA is unknown",
        "TLS server: In state connection received CLIENT ALERT: Fatal - Unknown CA",
        "SSL3 alert read:fatal:unknown CA",
        "The following fatal alert was received: 48.",
        "A fatal alert was received from the remote endpoint. The TLS protocol defined fatal alert code is 48.",
    ] {
        let alerts: Vec<_> = read(text).into_iter().filter(|code| code.kind == RECEIVED).collect();
        assert_eq!(alerts.len(), 1, "{text}: {alerts:?}");
        assert_eq!((alerts[0].name, alerts[0].number), ("unknown_ca", Some(48)), "{text}");
        assert_eq!(alerts[0].means.unwrap().rule, "cert-rejected-by-peer", "{text}");
    }
}

#[test]
fn who_sent_an_alert_tells_whom_it_blames() {
    for text in [
        "TLS client: In state wait_cert generated CLIENT ALERT: Fatal - Unknown CA",
        "local error: tls: unknown certificate authority",
        "SSL3 alert write:fatal:unknown CA",
    ] {
        assert_eq!(told(text), [(SENT, "unknown_ca", "cert-untrusted")], "{text}");
    }
    assert_eq!(rules("remote error: tls: bad certificate status response"), ["cert-staple-invalid"]);
    assert_eq!(rules("remote error: tls: bad certificate"), ["cert-rejected-by-peer"]);
    assert_eq!(
        rules("received fatal alert: the peer required a client certificate"),
        ["tls-client-certificate-required"]
    );
}

#[test]
fn verdicts_are_read_by_number_and_text() {
    for (number, text) in [
        (10, "certificate has expired"),
        (18, "self-signed certificate"),
        (19, "self-signed certificate in certificate chain"),
        (20, "unable to get local issuer certificate"),
        (21, "unable to verify the first certificate"),
        (62, "hostname mismatch"),
    ] {
        let one = told(&format!("verify error:num={number}"));
        assert_eq!(one.len(), 1, "{number}");
        assert_eq!(told(&format!("Verify return code: {number}")), one);
        assert_eq!(told(&format!("error {number} at 0 depth lookup")), one);
        assert_eq!(told(&format!("peer mail.example: {text}")), one);
    }
    assert_eq!(
        told("peer mail.example: self signed certificate")[0].1,
        "X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT"
    );
    assert_eq!(read("error 20 messages deferred"), []);
}

#[test]
fn twenty_four_depends_on_the_version() {
    let name = |text| told(text)[0].1;
    assert_eq!(name("verify error:num=24:invalid CA certificate"), "X509_V_ERR_INVALID_CA");
    assert_eq!(
        name("verify error:num=24:issuer certificate doesn't have a public key"),
        "X509_V_ERR_NO_ISSUER_PUBLIC_KEY"
    );
    assert_eq!(read("Verify return code: 24")[0].means.unwrap().certainty, Certainty::Possible);
}

#[test]
fn gnutls_is_read_by_name_number_and_text() {
    let by_name = told("GNUTLS_E_UNEXPECTED_PACKET");
    assert_eq!(by_name, [(CodeKind::GnuTls, "UNEXPECTED_PACKET", "wrong-tls-mode")]);
    assert_eq!(told("GnuTLS error (-15)"), by_name);
    assert_eq!(told("handshake: An unexpected TLS packet was received."), by_name);
    assert_eq!(
        rules("Status: The certificate is NOT trusted. The certificate chain uses expired certificate."),
        ["cert-expired", "cert-verify-failed"]
    );
}

#[test]
fn a_reason_that_all_libraries_share_is_none_of_their_own() {
    assert_eq!(rules("error:0A000103:SSL routines::"), ["tls-version-mismatch"]);
    assert_eq!(rules("error:0A0C0103:SSL routines::"), ["tls-internal-error"]);
    assert_eq!(rules("error:0A080009:SSL routines::"), ["cert-file-unreadable"]);
    assert_eq!(rules("error:1E08010C:DECODER routines::unsupported"), ["cert-file-unreadable"]);
    // 1.x has no such mark: these bits name a function there.
    assert_eq!(rules("error:140AB18F:SSL routines:"), ["cert-key-weak"]);
    assert!(rules("the library says that this is unsupported").is_empty());
}

#[test]
fn nss_is_read_by_its_words() {
    for (text, name) in [
        ("Peer's Certificate has expired.", "SEC_ERROR_EXPIRED_CERTIFICATE"),
        ("Issuer certificate is invalid.", "SEC_ERROR_CA_CERT_INVALID"),
        (
            "SSL received an unexpected Server Hello handshake message.",
            "SSL_ERROR_RX_UNEXPECTED_SERVER_HELLO",
        ),
    ] {
        assert!(read(text).iter().any(|code| code.name == name), "{text}");
    }
    assert!(read("Issuer certificate is invalidated.").is_empty());
}

#[test]
fn every_text_of_nss_has_a_name_that_means_something() {
    for (text, name) in nss::texts() {
        assert!(!rules(name).is_empty(), "{name}");
        assert!(read(text).iter().any(|code| code.name == *name || code.means.is_some()), "{text}");
    }
}

#[test]
fn nss_is_read_by_name_and_number() {
    let by_name = told("SEC_ERROR_UNKNOWN_ISSUER");
    assert_eq!(by_name, [(CodeKind::Nss, "SEC_ERROR_UNKNOWN_ISSUER", "cert-untrusted")]);
    assert_eq!(told("NSS error -8179 (Peer's issuer)"), by_name);
    assert_eq!(
        told("NSS error -12286"),
        [(CodeKind::Nss, "SSL_ERROR_NO_CYPHER_OVERLAP", "tls-cipher-mismatch")]
    );
    assert_eq!(rules("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"), ["cert-self-signed"]);
    assert_eq!(read("uid -8179"), []);
}

#[test]
fn schannel_is_read_by_name_number_and_event() {
    let by_name = told("SEC_E_WRONG_PRINCIPAL");
    assert_eq!(by_name, [(CodeKind::Schannel, "SEC_E_WRONG_PRINCIPAL", "cert-name-mismatch")]);
    assert_eq!(told("failed with 0x80090322"), by_name);
    assert_eq!(told("HResult -2146893022"), by_name);
    assert_eq!(rules("Schannel event 36884"), ["cert-name-mismatch"]);
    assert_eq!(read("pid 36884"), []);
}

#[test]
fn replies_say_what_is_no_tls_fault() {
    for (text, name, rule) in [
        ("451 4.7.1 <a@example.org>: Greylisted, come back", "greylisted", "not-tls"),
        (
            "host mx.example.net said: 554 5.7.1 <b@example.net>: Relay access denied",
            "relay-denied",
            "not-tls",
        ),
        ("552 5.2.2 mailbox full", "mailbox-full", "not-tls"),
        ("535 5.7.8 Error: authentication failed", "auth-failed", "not-tls"),
        ("550-5.7.26 unauthenticated", "spf-dkim-dmarc", "not-tls"),
        ("530 5.7.0 Must issue a STARTTLS command first", "starttls-required", "login-requires-tls"),
        ("454 4.7.0 TLS not available due to local problem", "tls-not-available", "starttls-refused"),
        ("4.7.323 tlsa-invalid", "tlsa-invalid", "dane-mismatch"),
        ("450 4.7.320 the next hop", "starttls-not-supported", "starttls-missing"),
    ] {
        let first = read(text)
            .into_iter()
            .find(|code| code.kind == CodeKind::Smtp)
            .unwrap_or_else(|| panic!("{text}"));
        assert_eq!((first.name, first.means.map(|means| means.rule)), (name, Some(rule)), "{text}");
    }
    assert_eq!(read("550 5.7.26 x")[0].number, Some(5_007_026));
    assert_eq!(read("Exim 4.7.1 and PHP 5.1.1 on 5.7.1.9 took 450 ms"), []);
}

#[test]
fn reports_and_problems_are_read() {
    assert_eq!(rules(r#""result-type": "sts-webpki-invalid""#), ["mta-sts-policy-unreachable"]);
    assert_eq!(rules("not-certificate-expired-yet"), Vec::<&str>::new());
    let text = "urn:ietf:params:acme:error:rateLimited :: too many";
    assert_eq!(told(text), [(CodeKind::Acme, "rateLimited", "renewal-failed")]);
    assert_eq!(&text[read(text)[0].at.clone()], "urn:ietf:params:acme:error:rateLimited");
    assert_eq!(told("urn:ietf:params:acme:error:newest")[0].1, "another type");
    assert_eq!(told("urn:ietf:params:acme:error: "), []);
}

#[test]
fn a_folded_line_is_one_wording() {
    assert_eq!(rules("verify failed: unable to get\n    local issuer certificate"), ["cert-untrusted"]);
}

#[test]
fn junk_is_harmless() {
    let pieces = [
        "error:",
        "0A000086",
        "é",
        "SSL alert number ",
        "remote error: tls:",
        "num=",
        "-8179",
        "550 5.7.",
        "\n",
        "urn:",
        "ietf:params:acme:error:",
        "\u{10FFFF}",
        "Received alert [",
        "fatal",
        "  ",
        "verify error:num=24:",
        "0x8009",
    ];
    let mut state = 7_u32;
    for _ in 0..400 {
        let mut text = String::new();
        for _ in 0..24 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
        }
        read(&text);
    }
}

#[test]
fn a_long_line_yields_no_more_than_a_bounded_number() {
    let line = "error:0A000086:SSL routines::certificate verify failed 550 5.7.1 spam SSL alert number 48 "
        .repeat(2_000);
    assert_eq!(read(&line).len(), MOST);
    assert_eq!(read(&"é".repeat(100_000)), []);
    assert_eq!(read(&"fatal ".repeat(50_000)), []);
    assert_eq!(read(&" ".repeat(100_000)), []);
}

#[test]
fn a_reason_stands_above_what_only_says_that_there_is_one() {
    let all = read("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired");
    let certainty =
        |rule| all.iter().filter_map(|code| code.means).find(|means| means.rule == rule).unwrap().certainty;
    assert_eq!(
        (certainty("cert-expired"), certainty("cert-verify-failed")),
        (Certainty::Certain, Certainty::Possible)
    );
    assert_eq!(read("error:0A000086:x")[0].means.unwrap().certainty, Certainty::Likely);
}

#[test]
fn who_speaks_is_asked_where_the_text_tells() {
    let first = |text| read(text)[0].means.unwrap();
    assert_eq!(first("Out: 454 4.7.0 TLS not available due to local problem").whose, Whose::ThisSide);
    assert_eq!(first("454 4.7.0 TLS not available due to local problem").whose, Whose::Peer);
    assert_eq!(first("502 TLS not available").rule, "starttls-missing");
    assert_eq!(first(r#""result-type": "starttls-not-supported""#).whose, Whose::ThisSide);
    assert_eq!(first("TLSRPT: failure_type=starttls-not-supported").whose, Whose::Peer);
    assert_eq!(
        first("error:1417D0FC:SSL routines:tls_process_client_hello:unknown protocol").rule,
        "tls-version-mismatch"
    );
    assert_eq!(first("TLS negotiation failed with error NoCredentials").rule, "cert-file-unreadable");
    assert_eq!(read("ssl thread nio-8080 error pool-8179"), []);
}
