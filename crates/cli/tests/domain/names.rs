//! The names that documents tell mail programs, and the certificates that are served for them.

use serde_json::{Value, json};

use crate::name_server::Zone;
use crate::support::{DOMAIN, GOOD, Told, World};

const RECORDS: &str = "example.test MX 0 .
    autoconfig.example.test A 127.0.0.1
    autodiscover.example.test A 127.0.0.1
    ua-auto-config.example.test A 127.0.0.1
    mail.example.test A 127.0.0.1
    in.example.test A 127.0.0.1";

const AUTOCONFIG: &[(&str, &str)] = &[(
    "/mail/config-v1.1.xml",
    "<clientConfig version='1.1'><emailProvider id='example.test'>\
     <incomingServer type='imap'><hostname>in.example.test</hostname><port>993</port>\
     <socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>",
)];

const OUTLOOK: &[(&str, &str)] = &[(
    "/autodiscover/autodiscover.xml",
    "<Autodiscover><Response><Account><Protocol><Type>IMAP</Type><Server>in.example.test</Server>\
     <Port>993</Port><SSL>on</SSL></Protocol></Account></Response></Autodiscover>",
)];

const PACC: &[(&str, &str)] = &[(
    "/.well-known/user-agent-configuration.json",
    "{\"protocols\": {\"imap\": {\"host\": \"mail.example.test\"}}}",
)];

/// The digest of [`PACC`], by openssl.
const DIGEST: &str = "v=UAAC1; a=sha256; d=EGRaip+M7whF44Cjqpa+cPw2ArmbvpSjsA5sCS70vQQ=";

async fn told() -> (World, Told) {
    let zone = format!("{RECORDS}\n_ua-auto-config.example.test TXT \"{DIGEST}\"");
    let mut world = World::new(Zone::new(DOMAIN, &zone)).await;
    for (host, documents) in [
        ("autoconfig.example.test", AUTOCONFIG),
        ("autodiscover.example.test", OUTLOOK),
        ("ua-auto-config.example.test", PACC),
    ] {
        let identity = world.identity(host, GOOD);
        world.web(host, Some(identity), documents).await;
    }
    let identity = world.identity("mail.example.test", GOOD);
    world.serve("mail.example.test", 993, identity).await;
    world.also("mail.example.test", "in.example.test", 993);
    let told = world.check(DOMAIN, &[]).await;
    (world, told)
}

#[tokio::test]
async fn a_name_that_documents_tell_and_no_certificate_has_is_an_error_with_both_cures() {
    let (_world, told) = told().await;
    told.has(&[
        "in.example.test:993@127.0.0.1 autoconfig,autodiscover",
        "mail.example.test:993@127.0.0.1 pacc",
    ]);
    told.finds(&[
        "error autoconfig-name-uncovered in.example.test:993@127.0.0.1",
        "warning client-names-conflict",
    ]);
    let finding: &Value = &told.report["targets"][0]["findings"][0];
    let cures: Vec<&str> =
        finding["fixes"].as_array().unwrap().iter().map(|fix| fix["text"].as_str().unwrap()).collect();
    assert!(cures[0].contains("mail.example.test instead of in.example.test"), "{cures:?}");
    assert!(
        cures[0].contains("https://autodiscover.example.test/autodiscover/autodiscover.xml"),
        "{cures:?}"
    );
    assert!(cures[1].contains("certificate that has in.example.test too"), "{cures:?}");
    let names = &told.report["targets"][0]["client_names"];
    assert_eq!(names[0]["name"], "in.example.test");
    assert_eq!(names[0]["covered"], false);
    let sources: Vec<&str> =
        names[0]["told"].as_array().unwrap().iter().map(|one| one["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["autoconfig", "autodiscover"]);
    assert_eq!(names[0]["cures"]["change_to"], "mail.example.test");
    assert_eq!(names[0]["cures"]["certificate_names"], json!(["mail.example.test", "in.example.test"]));
    assert_eq!((&names[1]["name"], &names[1]["covered"]), (&json!("mail.example.test"), &json!(true)));
    assert!(told.text.contains("LACKS IT     autoconfig, Autodiscover"), "{}", told.text);
    assert!(
        told.text.contains("get a certificate for mail.example.test and in.example.test"),
        "{}",
        told.text
    );
}

#[tokio::test]
async fn nothing_is_said_of_names_that_are_covered() {
    let mut world = World::new(Zone::new(DOMAIN, RECORDS)).await;
    let identity = world.identity("autoconfig.example.test", GOOD);
    world.web("autoconfig.example.test", Some(identity), AUTOCONFIG).await;
    world.good("in.example.test", 993).await;
    let told = world.check(DOMAIN, &[]).await;
    told.finds(&[]);
    assert!(!told.text.contains("name for mail programs"), "{}", told.text);
    assert_eq!(told.report["targets"][0]["client_names"][0]["covered"], true);
}

#[tokio::test]
async fn a_profile_is_one_more_source_and_its_password_is_not_kept() {
    let mut world = World::new(Zone::new(DOMAIN, RECORDS)).await;
    world.good("in.example.test", 993).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail.mobileconfig");
    let text = "<?xml version=\"1.0\"?><!DOCTYPE plist PUBLIC \"a\" \"b\"><plist><dict><key>PayloadContent</key><array><dict>\
        <key>PayloadType</key><string>com.apple.mail.managed</string>\
        <key>IncomingPassword</key><string>hunter2</string>\
        <key>IncomingMailServerHostName</key><string>in.example.test</string>\
        <key>IncomingMailServerUseSSL</key><true/>\
        <key>OutgoingMailServerHostName</key><string>in.example.test</string>\
        <key>OutgoingMailServerPortNumber</key><integer>993</integer></dict></array></dict></plist>";
    std::fs::write(&file, text).unwrap();
    let told = world.check(DOMAIN, &["--profile", file.to_str().unwrap()]).await;
    assert!(told.endpoints().contains(&"in.example.test:993@127.0.0.1 profile".to_owned()));
    assert!(told.findings().contains("warning autoconfig-invalid"), "{:?}", told.findings());
    assert!(!serde_json::to_string(&told.seen).unwrap().contains("hunter2"));
}
