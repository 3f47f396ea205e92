use std::process::Command;

use super::{COMMON, Context, cure, cures_for_documentation, example, verify};
use crate::endpoint::{Place, Security};
use crate::finding::{Change, ChangeKind, Fix};
use crate::software::{Product, Software};

fn software(product: Product, version: Option<&str>) -> Option<Software> {
    Some(Software { product, version: version.map(str::to_owned), evidence: String::new() })
}

/// One change of every kind, with this text wherever a peer or DNS could have put it.
fn changes(foreign: &str) -> Vec<Change> {
    let text = || foreign.to_owned();
    let changes = vec![
        Change::Reload,
        Change::RenewCertificate { names: vec![text()] },
        Change::RenewCertificate { names: Vec::new() },
        Change::ServeChain { file: text(), chain: Some(Vec::new()) },
        Change::ServeChain { file: text(), chain: None },
        Change::ServeName { name: text() },
        Change::OfferStarttls,
        Change::MendTls,
        Change::RequireTlsForLogin,
        Change::SetMode { security: Security::Implicit, port: 465 },
        Change::SetMode { security: Security::Starttls, port: 143 },
        Change::MinimumTls { version: "TLSv1.2" },
        Change::ModernTls,
        Change::StrongSuites { opportunistic: true },
        Change::StrongSuites { opportunistic: false },
        Change::ServerOrder,
        Change::StrongDh,
        Change::ModernGroups,
        Change::NoRenegotiation,
        Change::SessionTickets,
        Change::NoClientCertificate,
        Change::Update,
        Change::Dns { lines: vec![format!("{foreign} 3600 IN TXT \"{foreign}\"")] },
        Change::MtaStsPolicy { domain: text(), lines: vec![text()], id: text() },
        Change::ClientName { from: text(), to: Some(text()), at: Vec::new(), names: Vec::new() },
        Change::ClientName { from: text(), to: None, at: vec![text(), text()], names: vec![text()] },
    ];
    // A new variant must come into the list above too.
    for change in &changes {
        match change {
            Change::Reload
            | Change::RenewCertificate { .. }
            | Change::ServeChain { .. }
            | Change::ServeName { .. }
            | Change::OfferStarttls
            | Change::MendTls
            | Change::RequireTlsForLogin
            | Change::SetMode { .. }
            | Change::MinimumTls { .. }
            | Change::ModernTls
            | Change::StrongSuites { .. }
            | Change::ServerOrder
            | Change::StrongDh
            | Change::ModernGroups
            | Change::NoRenegotiation
            | Change::SessionTickets
            | Change::NoClientCertificate
            | Change::Update
            | Change::Dns { .. }
            | Change::MtaStsPolicy { .. }
            | Change::ClientName { .. } => {}
        }
    }
    changes
}

const KINDS: [ChangeKind; 21] = [
    ChangeKind::Reload,
    ChangeKind::RenewCertificate,
    ChangeKind::ServeChain,
    ChangeKind::ServeName,
    ChangeKind::OfferStarttls,
    ChangeKind::MendTls,
    ChangeKind::RequireTlsForLogin,
    ChangeKind::SetMode,
    ChangeKind::MinimumTls,
    ChangeKind::ModernTls,
    ChangeKind::StrongSuites,
    ChangeKind::ServerOrder,
    ChangeKind::StrongDh,
    ChangeKind::ModernGroups,
    ChangeKind::NoRenegotiation,
    ChangeKind::SessionTickets,
    ChangeKind::NoClientCertificate,
    ChangeKind::Update,
    ChangeKind::Dns,
    ChangeKind::MtaStsPolicy,
    ChangeKind::ClientName,
];

/// Returns a cure as people read it.
fn show(fix: &Fix) -> String {
    let config = fix.config.as_deref().map(|config| format!("--\n{config}\n--\n")).unwrap_or_default();
    format!("{}: {}\n{config}{}", fix.for_, fix.text, fix.commands.join("\n"))
}

/// Runs the shell over a command without doing anything.
fn assert_parses(command: &str) {
    let output = Command::new("sh").args(["-n", "-c", command]).output().unwrap();
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
}

fn all_ports() -> Context {
    example(&[25, 465, 587, 993, 143, 995, 110, 4190, 24])
}

#[test]
fn every_change_has_a_general_cure() {
    for change in changes("mail.example.org") {
        let fixes = cure(&change, &[None], &all_ports());
        let wanted = if matches!(change, Change::Dns { .. }) { "dns" } else { "any" };
        assert!(fixes.iter().any(|fix| fix.for_ == wanted && fix.text.ends_with('.')), "{change:?}");
    }
}

#[test]
fn the_common_servers_know_every_change_of_theirs() {
    for kind in KINDS {
        let fixes = cures_for_documentation(kind);
        if matches!(kind, ChangeKind::Dns | ChangeKind::MtaStsPolicy | ChangeKind::ClientName) {
            assert!(fixes.iter().all(|fix| fix.for_ != "postfix"), "{kind:?}");
            continue;
        }
        for product in COMMON {
            assert!(fixes.iter().any(|fix| fix.for_ == product.word()), "{kind:?} for {product:?}");
        }
        assert_eq!(fixes.last().map(|fix| fix.for_.as_str()), Some("any"), "{kind:?}");
    }
}

#[test]
fn every_command_is_a_whole_shell_command() {
    let mut commands: Vec<String> =
        KINDS.iter().flat_map(|kind| cures_for_documentation(*kind)).flat_map(|fix| fix.commands).collect();
    commands.extend(changes("mail.example.org").iter().flat_map(|change| verify(change, &all_ports())));
    commands.sort_unstable();
    commands.dedup();
    assert!(commands.len() > 50);
    assert_parses(&commands.join("\n"));
    for command in commands.iter().filter(|command| command.contains(['\'', '"', '{', '('])) {
        assert_parses(command);
    }
}

#[test]
fn what_is_there_comes_first() {
    let change = Change::MinimumTls { version: "TLSv1.2" };
    let words = |fixes: Vec<Fix>| fixes.into_iter().map(|fix| fix.for_).collect::<Vec<_>>();
    let smtp = example(&[25]);
    assert_eq!(
        words(cure(&change, &[software(Product::Exim, None)], &smtp)),
        ["exim", "exim", "postfix", "any"]
    );
    assert_eq!(words(cure(&change, &[None], &smtp)), ["any", "postfix", "exim", "exim"]);
    assert_eq!(
        words(cure(&change, &[software(Product::Stalwart, None)], &smtp)),
        ["any", "postfix", "exim", "exim"]
    );
    let both = example(&[25, 993]);
    let known = [software(Product::Postfix, None), software(Product::Dovecot, None)];
    assert_eq!(words(cure(&change, &known, &both)), ["postfix", "dovecot", "exim", "exim", "any"]);
}

#[test]
fn a_known_version_of_dovecot_leaves_out_the_other_names() {
    let context = example(&[993]);
    let dovecot = |version| -> Vec<String> {
        cure(&Change::RequireTlsForLogin, &[software(Product::Dovecot, version)], &context)
            .into_iter()
            .filter(|fix| fix.for_ == "dovecot")
            .filter_map(|fix| fix.config)
            .collect()
    };
    assert_eq!(dovecot(Some("2.3.21")), ["ssl = required\ndisable_plaintext_auth = yes"]);
    assert_eq!(dovecot(Some("2.4.1")), ["ssl = required\nauth_allow_cleartext = no"]);
    assert_eq!(dovecot(None).len(), 2);
}

#[test]
fn hostile_names_reach_no_command() {
    let products = [
        Product::Postfix,
        Product::Exim,
        Product::Dovecot,
        Product::Cyrus,
        Product::Courier,
        Product::OpenSmtpd,
        Product::Sendmail,
    ];
    let known: Vec<Option<Software>> = products.iter().map(|product| software(*product, None)).collect();
    for hostile in [
        "x;touch pwned",
        "$(touch pwned).example",
        "`touch pwned`.example",
        "x.example\ntouch pwned",
        "' ; touch pwned '.example",
        "--pwned=x.example",
        "\u{1b}]pwned\u{7}.example",
    ] {
        let mut context = all_ports();
        context.names = vec![hostile.to_owned()];
        for change in changes(hostile) {
            let mut commands: Vec<String> =
                cure(&change, &known, &context).into_iter().flat_map(|fix| fix.commands).collect();
            commands.extend(verify(&change, &context));
            for command in commands {
                // The name of a file may hold anything printable, inside quotes.
                let quoted = super::shell::path(hostile).unwrap_or_default();
                let bare = if quoted.is_empty() { command.clone() } else { command.replace(&quoted, "") };
                assert!(!bare.contains("pwned"), "{command}");
                assert!(!command.chars().any(char::is_control), "{command:?}");
                assert_parses_if_quoted(&command, &quoted);
            }
        }
    }
}

fn assert_parses_if_quoted(command: &str, quoted: &str) {
    if !quoted.is_empty() && command.contains(quoted) {
        assert_parses(command);
    }
}

#[test]
fn foreign_records_cannot_drive_a_terminal() {
    let fixes =
        cure(&Change::Dns { lines: vec!["a.example IN TXT \"\u{1b}[2J\"".to_owned()] }, &[], &all_ports());
    assert_eq!(fixes[0].config.as_deref(), Some("a.example IN TXT \"\\x1b[2J\""));
}

#[test]
fn port_25_is_never_closed_to_plain_text() {
    for kind in KINDS {
        for fix in cures_for_documentation(kind).iter().filter(|fix| fix.for_ == "postfix") {
            for command in &fix.commands {
                assert!(!command.contains("smtpd_tls_security_level = encrypt"), "{command}");
                let of_port_25 = command.contains("(smtp|25)");
                assert!(!(of_port_25 && command.contains("level=encrypt")), "{command}");
            }
        }
    }
}

#[test]
fn exim_is_never_reloaded_unchecked() {
    for kind in KINDS {
        for fix in cures_for_documentation(kind).iter().filter(|fix| fix.for_ == "exim") {
            for command in fix.commands.iter().filter(|command| command.contains("systemctl")) {
                assert!(command.contains("exim -bV > /dev/null && systemctl"), "{command}");
            }
        }
    }
}

#[test]
fn reads_well_for_postfix_chains() {
    let mut context = example(&[25]);
    context.chain_file = Some("mx2.example.org.fullchain.pem".to_owned());
    let change =
        Change::ServeChain { file: "mail.example.org.fullchain.pem".to_owned(), chain: Some(Vec::new()) };
    insta::assert_snapshot!(show(&cure(&change, &[software(Product::Postfix, None)], &context)[0]), @r#"
    postfix: The full chain is in mx2.example.org.fullchain.pem. Serve it with the key in use; the last line changes nothing unless the two fit. Where certbot or another ACME client renews, name its fullchain.pem in place of cert.pem instead, so that renewals keep the chain whole.
    install -D -m 0644 mx2.example.org.fullchain.pem /etc/ssl/mail/mail.example.org.fullchain.pem
    key=$(postconf -xh smtpd_tls_chain_files smtpd_tls_key_file | sed 's/[, ].*//' | grep -m1 .)
    grep -m1 BEGIN "$key" | grep -Eq 'PRIVATE KEY|EC PARAMETERS' && test "$(openssl pkey -in "$key" -pubout)" = "$(openssl x509 -in /etc/ssl/mail/mail.example.org.fullchain.pem -noout -pubkey)" && postconf -e "smtpd_tls_chain_files = $key, /etc/ssl/mail/mail.example.org.fullchain.pem" && postconf -X smtpd_tls_cert_file smtpd_tls_key_file && postfix reload
    "#);
    insta::assert_snapshot!(verify(&change, &context).join("\n"), @r#"
    mailmedic check mail.example.org:25
    openssl s_client -connect mail.example.org:25 -starttls smtp -servername mail.example.org -verify_hostname mail.example.org -verify_return_error -brief < /dev/null
    "#);
}

#[test]
fn reads_well_for_dovecot_renewals() {
    let change = Change::RenewCertificate { names: vec!["imap.example.org".into(), "*.example.org".into()] };
    let context = example(&[993, 143]);
    insta::assert_snapshot!(show(&cure(&change, &[software(Product::Dovecot, None)], &context)[0]), @r#"
    dovecot: Renew the certificate and load it; the last two lines, once, make certbot load each later one. With another ACME client, renew with that and let it run 'doveadm reload'. Unless 'doveconf -n | grep cert' shows a file of certbot's already, name its files in /etc/dovecot/conf.d/10-ssl.conf, in place of lines of the same name:
    --
    # Dovecot 2.3:
    ssl_cert = </etc/letsencrypt/live/imap.example.org/fullchain.pem
    ssl_key = </etc/letsencrypt/live/imap.example.org/privkey.pem
    # Dovecot 2.4 or newer:
    ssl_server_cert_file = /etc/letsencrypt/live/imap.example.org/fullchain.pem
    ssl_server_key_file = /etc/letsencrypt/live/imap.example.org/privkey.pem
    --
    certbot certonly --expand -d imap.example.org -d '*.example.org'
    doveconf -n > /dev/null && doveadm reload
    printf '#!/bin/sh\ndoveadm reload\n' > /etc/letsencrypt/renewal-hooks/deploy/dovecot
    chmod +x /etc/letsencrypt/renewal-hooks/deploy/dovecot
    "#);
    insta::assert_snapshot!(verify(&change, &context).join("\n"), @r#"
    mailmedic check mail.example.org:993 mail.example.org:143
    openssl s_client -connect mail.example.org:993 -servername mail.example.org -verify_hostname mail.example.org -verify_return_error -brief < /dev/null
    openssl s_client -connect mail.example.org:143 -starttls imap -servername mail.example.org -verify_hostname mail.example.org -verify_return_error -brief < /dev/null
    "#);
}

#[test]
fn renewals_reach_servers_that_do_not_use_the_files_of_certbot() {
    let change = Change::RenewCertificate { names: vec!["mail.example.org".into()] };
    let postfix = &cure(&change, &[software(Product::Postfix, None)], &example(&[25]))[0];
    insta::assert_snapshot!(postfix.commands.join("\n"), @r#"
    certbot certonly --expand -d mail.example.org
    postconf -xh smtpd_tls_chain_files smtpd_tls_cert_file | grep -q /etc/letsencrypt/ || { test -r /etc/letsencrypt/live/mail.example.org/privkey.pem && postconf -e 'smtpd_tls_chain_files = /etc/letsencrypt/live/mail.example.org/privkey.pem, /etc/letsencrypt/live/mail.example.org/fullchain.pem' && postconf -X smtpd_tls_cert_file smtpd_tls_key_file; }
    postfix reload
    printf '#!/bin/sh\npostfix reload\n' > /etc/letsencrypt/renewal-hooks/deploy/postfix
    chmod +x /etc/letsencrypt/renewal-hooks/deploy/postfix
    "#);
    // Exim serves copies, which each later renewal must refresh, too.
    let exim = &cure(&change, &[software(Product::Exim, None)], &example(&[25]))[0];
    let copies = exim.commands.iter().filter(|command| command.contains("install -m 0640 -g Debian-exim"));
    assert_eq!(copies.count(), 2);
    let dovecot = |version| {
        cure(&change, &[software(Product::Dovecot, Some(version))], &example(&[993]))[0].config.clone()
    };
    assert!(dovecot("2.3.19").unwrap().starts_with("ssl_cert = </etc/letsencrypt/live/mail.example.org/"));
    assert!(dovecot("2.4.0").unwrap().starts_with("ssl_server_cert_file = /etc/letsencrypt/live/"));
}

#[test]
fn reads_well_for_both_builds_of_exim() {
    let change = Change::MinimumTls { version: "TLSv1.2" };
    let fixes = cure(&change, &[software(Product::Exim, Some("4.96"))], &example(&[25]));
    insta::assert_snapshot!(fixes[..2].iter().map(show).collect::<Vec<_>>().join("\n\n"), @r#"
    exim: Exim built with GnuTLS (Debian, Ubuntu; exim -bV says which): Set the oldest version of TLS. One line serves versions, ciphers and order, so that it is the same for all of them. In the main section (Debian: /etc/exim4/exim4.conf.template, or a file in /etc/exim4/conf.d/main if split), in place of a line of the same name:
    --
    tls_require_ciphers = ${if inlist{$received_port}{465:587}{NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE}{NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-SHA1:%SERVER_PRECEDENCE}}
    --
    test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
    exim -bV > /dev/null && systemctl reload exim4

    exim: Exim built with OpenSSL (most others; exim -bV says which): Set the oldest version of TLS. openssl_options holds for outgoing mail, too. In the main section (Debian: /etc/exim4/exim4.conf.template, or a file in /etc/exim4/conf.d/main if split), in place of a line of the same name:
    --
    openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 +cipher_server_preference
    --
    test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
    exim -bV > /dev/null && systemctl reload exim4
    "#);
}

#[test]
fn reads_well_for_modes() {
    let change = Change::SetMode { security: Security::Implicit, port: 465 };
    let fixes = cure(&change, &[software(Product::Postfix, None)], &example(&[465]));
    insta::assert_snapshot!(fixes[0].commands.join("\n"), @r#"
    for service in $(postconf -M | awk '$2 == "inet" && $1 ~ /(^|:)(submissions|smtps|465)$/ { print $1 }'); do postconf -P "$service/inet/smtpd_tls_wrappermode=yes" "$service/inet/smtpd_tls_security_level=encrypt"; done
    postfix reload
    "#);
    insta::assert_snapshot!(verify(&change, &example(&[465])).join("\n"), @r#"
    mailmedic check mail.example.org:465
    openssl s_client -connect mail.example.org:465 -servername mail.example.org -verify_hostname mail.example.org -verify_return_error -brief < /dev/null
    "#);
}

#[test]
fn unusual_places_are_named_so_that_they_are_found_again() {
    let mut context = example(&[143]);
    context.endpoints[0].place = Place::Tcp("127.0.0.1:10143".parse().unwrap());
    insta::assert_snapshot!(verify(&Change::Reload, &context).join("\n"), @r#"
    mailmedic check --connect-to mail.example.org:143:127.0.0.1:10143 mail.example.org:143
    openssl s_client -connect 127.0.0.1:10143 -starttls imap -servername mail.example.org -verify_hostname mail.example.org -verify_return_error -brief < /dev/null
    "#);

    let mut context = example(&[143]);
    context.endpoints[0].port = 2143;
    context.endpoints[0].place = Place::Tcp("192.0.2.1:2143".parse().unwrap());
    assert_eq!(verify(&Change::Update, &context), ["mailmedic check imap://mail.example.org:2143"]);

    let mut context = example(&[24]);
    context.endpoints[0].place = Place::Unix("/run/dovecot/lmtp; reboot".into());
    insta::assert_snapshot!(verify(&Change::Reload, &context).join("\n"), @r#"
    mailmedic check 'lmtp+unix:/run/dovecot/lmtp; reboot'
    openssl s_client -unix '/run/dovecot/lmtp; reboot' -starttls lmtp -servername mail.example.org -verify_hostname mail.example.org -verify_return_error -brief < /dev/null
    "#);
}

#[test]
fn records_are_asked_for_by_name_and_type() {
    let lines = vec![
        "_25._tcp.mail.example.org. 3600 IN TLSA 3 1 1 00".to_owned(),
        "$(reboot) IN TXT x".to_owned(),
        "example.org. IN TXT \"v=spf1 mx -all\"".to_owned(),
    ];
    let context = Context { endpoints: example(&[25]).endpoints, ..Context::default() };
    assert_eq!(
        verify(&Change::Dns { lines }, &context),
        [
            "mailmedic check mail.example.org:25",
            "dig +short _25._tcp.mail.example.org TLSA",
            "dig +short example.org TXT",
        ]
    );
    let change = Change::MtaStsPolicy { domain: "example.org".into(), lines: Vec::new(), id: "1".into() };
    assert_eq!(
        verify(&change, &Context::default()),
        [
            "curl -sS https://mta-sts.example.org/.well-known/mta-sts.txt",
            "dig +short _mta-sts.example.org TXT",
        ]
    );
}

#[test]
fn a_policy_is_served_before_it_is_announced() {
    let lines = vec!["version: STSv1".to_owned(), "mode: none\u{1b}[2J".to_owned()];
    let change = Change::MtaStsPolicy { domain: "example.org".into(), lines, id: "20260101".into() };
    let fixes = cure(&change, &[], &all_ports());
    assert_eq!(fixes.iter().map(|fix| fix.for_.as_str()).collect::<Vec<_>>(), ["any", "dns"]);
    assert_eq!(fixes[0].config.as_deref(), Some("version: STSv1\nmode: none\\x1b[2J"));
    assert_eq!(
        fixes[1].config.as_deref(),
        Some("_mta-sts.example.org. 3600 IN TXT \"v=STSv1; id=20260101\"")
    );
}

/// Returns the lines and commands of a software for what concerns versions, suites, groups and the rest of TLS;
/// what is the same for several changes stands once, after the names of all of them.
fn tls_lines(product: Product, version: Option<&str>, ports: &[u16]) -> String {
    let changes = [
        ("versions", Change::MinimumTls { version: "TLSv1.2" }),
        ("modern", Change::ModernTls),
        ("suites", Change::StrongSuites { opportunistic: ports.contains(&25) }),
        ("order", Change::ServerOrder),
        ("dh", Change::StrongDh),
        ("groups", Change::ModernGroups),
        ("renegotiation", Change::NoRenegotiation),
        ("tickets", Change::SessionTickets),
    ];
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, change) in &changes {
        let fixes = cure(change, &[software(product, version)], &example(ports));
        for fix in fixes.iter().filter(|fix| fix.for_ == product.word()) {
            let config = fix.config.iter().flat_map(|config| config.lines());
            let lines = config.chain(fix.commands.iter().map(String::as_str));
            let lines = lines.collect::<Vec<_>>().join("\n  ");
            match said.iter_mut().find(|(known, _)| *known == lines) {
                Some((_, names)) => names.push(name),
                None => said.push((lines, vec![name])),
            }
        }
    }
    let entries = said.iter().map(|(lines, names)| format!("{}:\n  {lines}", names.join(", ")));
    entries.collect::<Vec<_>>().join("\n")
}

#[test]
fn tls_lines_of_postfix_on_port_25() {
    insta::assert_snapshot!(tls_lines(Product::Postfix, None, &[25]), @r#"
    versions, modern:
      postconf -e 'smtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1' 'smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1'
      postfix reload
    suites:
      postconf -X tls_medium_cipherlist tls_high_cipherlist
      postconf -e 'smtpd_tls_ciphers = medium' 'smtpd_tls_mandatory_ciphers = medium' 'smtpd_tls_exclude_ciphers = aNULL, eNULL, EXPORT, DES, 3DES, RC2, RC4, MD5, IDEA, SEED, PSK, aDSS, kRSA, SHA1'
      postfix reload
    order:
      postconf -e 'tls_preempt_cipherlist = yes'
      postfix reload
    dh:
      postconf -X smtpd_tls_dh1024_param_file
      postfix reload
    groups:
      postconf -e 'tls_eecdh_auto_curves = X25519MLKEM768 X25519 prime256v1 secp384r1'
      postconf -X smtpd_tls_eecdh_grade
      postfix reload
    renegotiation:
      postconf -e "tls_ssl_options = $(postconf -h tls_ssl_options) NO_RENEGOTIATION"
      postfix reload
    tickets:
      postconf -e "tls_ssl_options = $(postconf -h tls_ssl_options) NO_TICKET"
      postfix reload
    "#);
}

#[test]
fn tls_lines_of_postfix_where_people_log_in() {
    insta::assert_snapshot!(tls_lines(Product::Postfix, None, &[465, 587]), @r#"
    versions, modern:
      postconf -e 'smtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1' 'smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1'
      postfix reload
    suites:
      postconf -X tls_medium_cipherlist tls_high_cipherlist
      for service in $(postconf -M | awk '$2 == "inet" && $1 ~ /(^|:)(submissions|smtps|465|submission|587)$/ { print $1 }'); do postconf -P "$service/inet/smtpd_tls_ciphers=high" "$service/inet/smtpd_tls_mandatory_ciphers=high" "$service/inet/smtpd_tls_exclude_ciphers=aNULL,eNULL,3DES,RC4,MD5,PSK,aDSS,kRSA,kDHE,SHA1,SHA256,SHA384"; done
      postfix reload
    order:
      postconf -e 'tls_preempt_cipherlist = yes'
      postfix reload
    dh:
      postconf -X smtpd_tls_dh1024_param_file
      postfix reload
    groups:
      postconf -e 'tls_eecdh_auto_curves = X25519MLKEM768 X25519 prime256v1 secp384r1'
      postconf -X smtpd_tls_eecdh_grade
      postfix reload
    renegotiation:
      postconf -e "tls_ssl_options = $(postconf -h tls_ssl_options) NO_RENEGOTIATION"
      postfix reload
    tickets:
      postconf -e "tls_ssl_options = $(postconf -h tls_ssl_options) NO_TICKET"
      postfix reload
    "#);
}

#[test]
fn tls_lines_of_postfix_on_all_ports() {
    insta::assert_snapshot!(tls_lines(Product::Postfix, None, &[25, 587]), @r#"
    versions, modern:
      postconf -e 'smtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1' 'smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1'
      postfix reload
    suites:
      postconf -X tls_medium_cipherlist tls_high_cipherlist
      postconf -e 'smtpd_tls_ciphers = medium' 'smtpd_tls_mandatory_ciphers = medium' 'smtpd_tls_exclude_ciphers = aNULL, eNULL, EXPORT, DES, 3DES, RC2, RC4, MD5, IDEA, SEED, PSK, aDSS, kRSA, SHA1'
      for service in $(postconf -M | awk '$2 == "inet" && $1 ~ /(^|:)(submissions|smtps|465|submission|587)$/ { print $1 }'); do postconf -P "$service/inet/smtpd_tls_ciphers=high" "$service/inet/smtpd_tls_mandatory_ciphers=high" "$service/inet/smtpd_tls_exclude_ciphers=aNULL,eNULL,3DES,RC4,MD5,PSK,aDSS,kRSA,kDHE,SHA1,SHA256,SHA384"; done
      postfix reload
    order:
      postconf -e 'tls_preempt_cipherlist = yes'
      postfix reload
    dh:
      postconf -X smtpd_tls_dh1024_param_file
      postfix reload
    groups:
      postconf -e 'tls_eecdh_auto_curves = X25519MLKEM768 X25519 prime256v1 secp384r1'
      postconf -X smtpd_tls_eecdh_grade
      postfix reload
    renegotiation:
      postconf -e "tls_ssl_options = $(postconf -h tls_ssl_options) NO_RENEGOTIATION"
      postfix reload
    tickets:
      postconf -e "tls_ssl_options = $(postconf -h tls_ssl_options) NO_TICKET"
      postfix reload
    "#);
}

#[test]
fn tls_lines_of_exim() {
    insta::assert_snapshot!(tls_lines(Product::Exim, Some("4.96"), &[25, 465, 587]), @r#"
    versions, modern, suites, order, groups:
      tls_require_ciphers = ${if inlist{$received_port}{465:587}{NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE}{NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-SHA1:%SERVER_PRECEDENCE}}
      test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
      exim -bV > /dev/null && systemctl reload exim4
    versions, modern, order:
      openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 +cipher_server_preference
      test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
      exim -bV > /dev/null && systemctl reload exim4
    suites:
      tls_require_ciphers = ${if inlist{$received_port}{465:587}{ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305}{ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!SHA1:!aNULL:!DSS:!PSK:!SRP}}
      test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
      exim -bV > /dev/null && systemctl reload exim4
    dh:
      tls_dhparam = ffdhe2048
      test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
      exim -bV > /dev/null && systemctl reload exim4
    groups:
      tls_eccurve = auto
      test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
      exim -bV > /dev/null && systemctl reload exim4
    renegotiation:
      openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 +cipher_server_preference +no_renegotiation
      test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
      exim -bV > /dev/null && systemctl reload exim4
    tickets:
      tls_resumption_hosts =
      test ! -x /usr/sbin/update-exim4.conf || update-exim4.conf
      exim -bV > /dev/null && systemctl reload exim4
    "#);
}

#[test]
fn tls_lines_of_dovecot_2_3() {
    insta::assert_snapshot!(tls_lines(Product::Dovecot, Some("2.3.19"), &[993]), @r#"
    versions, modern:
      ssl_min_protocol = TLSv1.2
      doveconf -n > /dev/null && doveadm reload
    suites:
      ssl_cipher_list = ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
      doveconf -n > /dev/null && doveadm reload
    order:
      ssl_prefer_server_ciphers = yes
      doveconf -x ssl_cert ssl_key > /dev/null && doveadm reload
    dh:
      ssl_dh = </etc/dovecot/dh.pem
      openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out /etc/dovecot/dh.pem || openssl dhparam -out /etc/dovecot/dh.pem 2048
      doveconf -x ssl_cert ssl_key > /dev/null && doveadm reload
    groups:
      ssl_curve_list =
      doveconf -n > /dev/null && doveadm reload
    renegotiation:
      [system_default_sect]
      Options = NoRenegotiation
      doveconf -n > /dev/null && systemctl restart dovecot
    tickets:
      ssl_options = no_ticket
      doveconf -n > /dev/null && doveadm reload
    "#);
}

#[test]
fn tls_lines_of_dovecot_2_4() {
    insta::assert_snapshot!(tls_lines(Product::Dovecot, Some("2.4.1"), &[993]), @r#"
    versions, modern:
      ssl_min_protocol = TLSv1.2
      doveconf -n > /dev/null && doveadm reload
    suites:
      ssl_cipher_list = ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
      doveconf -n > /dev/null && doveadm reload
    order:
      ssl_server_prefer_ciphers = server
      doveconf -n > /dev/null && doveadm reload
    dh:
      ssl_server_dh_file = /etc/dovecot/dh.pem
      openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out /etc/dovecot/dh.pem || openssl dhparam -out /etc/dovecot/dh.pem 2048
      doveconf -n > /dev/null && doveadm reload
    groups:
      ssl_curve_list =
      doveconf -n > /dev/null && doveadm reload
    renegotiation:
      [system_default_sect]
      Options = NoRenegotiation
      doveconf -n > /dev/null && systemctl restart dovecot
    tickets:
      ssl_options = no_ticket
      doveconf -n > /dev/null && doveadm reload
    "#);
}

#[test]
fn tls_lines_of_courier() {
    insta::assert_snapshot!(tls_lines(Product::Courier, None, &[993]), @r#"
    versions, modern, suites, order, dh, groups:
      TLS_PRIORITY="NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-DHE-RSA:-MAC-ALL:+AEAD:%SERVER_PRECEDENCE"
      systemctl restart 'courier*'
    versions, modern:
      TLS_PROTOCOL="TLSv1.2+"
      systemctl restart 'courier*'
    suites, dh:
      TLS_CIPHER_LIST="ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
      systemctl restart 'courier*'
    order, renegotiation:
      TLS_PROTOCOL="TLSv1.2++"
      systemctl restart 'courier*'
    "#);
}

#[test]
fn tls_lines_of_cyrus() {
    insta::assert_snapshot!(tls_lines(Product::Cyrus, None, &[993]), @r#"
    versions, modern:
      tls_versions: tls1_2 tls1_3
      systemctl restart cyrus-imapd
    suites, dh:
      tls_ciphers: ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
      systemctl restart cyrus-imapd
    order:
      tls_prefer_server_ciphers: 1
      systemctl restart cyrus-imapd
    groups:
      tls_eccurve: prime256v1
      systemctl restart cyrus-imapd
    "#);
}

#[test]
fn tls_lines_of_opensmtpd() {
    insta::assert_snapshot!(tls_lines(Product::OpenSmtpd, None, &[25, 465, 587]), @r#"
    versions:
      listen on 0.0.0.0 port 25 tls pki mail.example.org protocols "tlsv1.2,tlsv1.3"
      listen on 0.0.0.0 port 465 smtps pki mail.example.org auth protocols "tlsv1.2,tlsv1.3"
      listen on 0.0.0.0 port 587 tls-require pki mail.example.org auth protocols "tlsv1.2,tlsv1.3"
      smtpd -n && systemctl restart opensmtpd
    suites:
      smtp ciphers "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!SHA1:!aNULL:!DSS:!PSK:!SRP"
      smtpd -n && systemctl restart opensmtpd
    dh:
      pki mail.example.org dhe none
      smtpd -n && systemctl restart opensmtpd
    "#);
}

#[test]
fn tls_lines_of_sendmail() {
    insta::assert_snapshot!(tls_lines(Product::Sendmail, None, &[25]), @r#"
    versions, modern, order, renegotiation, tickets:
      define(`confSERVER_SSL_OPTIONS', `+SSL_OP_NO_SSLv2 +SSL_OP_NO_SSLv3 +SSL_OP_NO_TLSv1 +SSL_OP_NO_TLSv1_1 +SSL_OP_CIPHER_SERVER_PREFERENCE +SSL_OP_NO_RENEGOTIATION +SSL_OP_NO_TICKET')dnl
      make -C /etc/mail && systemctl restart sendmail
    suites:
      define(`confCIPHER_LIST', `ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:DHE+AES:!SHA1:!aNULL:!DSS:!PSK:!SRP')dnl
      make -C /etc/mail && systemctl restart sendmail
    dh:
      define(`confDH_PARAMETERS', `none')dnl
      make -C /etc/mail && systemctl restart sendmail
    "#);
}
