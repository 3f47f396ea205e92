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
        Change::ClientName { from: text(), to: Some(text()) },
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
            | Change::ClientName { .. } => {}
        }
    }
    changes
}

const KINDS: [ChangeKind; 20] = [
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
        if matches!(kind, ChangeKind::Dns | ChangeKind::ClientName) {
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

    exim: Exim built with OpenSSL (most others; exim -bV says which): Set the oldest version of TLS. In the main section (Debian: /etc/exim4/exim4.conf.template, or a file in /etc/exim4/conf.d/main if split), in place of a line of the same name:
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
}
