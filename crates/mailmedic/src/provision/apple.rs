//! Apple's configuration profile with a mail account (`com.apple.mail.managed`), for iOS, iPadOS, macOS and visionOS.

use super::xml::Xml;
use super::{Address, Server, Service, uuid};
use crate::endpoint::Protocol;
use crate::name::Name;

/// The media type of a profile, signed or not.
pub const MEDIA_TYPE: &str = "application/x-apple-aspen-config";

/// Writes the profile of a domain; the device asks for the password, and without an address for that too. Where it is
/// installed again it takes the place of the one before, since its identifiers stay the same.
pub fn document(domain: &Name, service: &Service, address: Option<&Address>) -> String {
    let labels: Vec<&str> = domain.as_ascii().rsplit('.').collect();
    let whose = address.map_or_else(|| domain.to_string(), Address::to_string);
    // A second account on the same device is another profile.
    let suffix = address.map(|_| format!(".{}", uuid::of(&format!("address:{whose}")))).unwrap_or_default();
    let identifier = format!("{}.mail{suffix}", labels.join("."));
    let mut xml = Xml::new(DOCTYPE);
    xml.open("plist", &[("version", "1.0")]);
    xml.open("dict", &[]);
    xml.leaf("key", "PayloadContent");
    xml.open("array", &[]);
    xml.open("dict", &[]);
    account(&mut xml, service, address);
    payload(
        &mut xml,
        "com.apple.mail.managed",
        &format!("{identifier}.account"),
        &format!("account:{whose}"),
    );
    string(&mut xml, "PayloadDisplayName", &service.name);
    xml.close();
    xml.close();
    payload(&mut xml, "Configuration", &identifier, &format!("profile:{whose}"));
    string(&mut xml, "PayloadDisplayName", &service.name);
    string(&mut xml, "PayloadOrganization", domain.as_ascii());
    string(&mut xml, "PayloadDescription", &format!("Sets up mail for {whose}."));
    xml.leaf("key", "PayloadRemovalDisallowed");
    xml.empty("false");
    xml.finish()
}

fn account(xml: &mut Xml, service: &Service, address: Option<&Address>) {
    string(xml, "EmailAccountDescription", &service.name);
    let incoming = [(Protocol::Imap, "EmailTypeIMAP"), (Protocol::Pop3, "EmailTypePOP")];
    let incoming = incoming.iter().find_map(|(protocol, kind)| Some((service.best(*protocol)?, *kind)));
    if let Some((_, kind)) = incoming {
        string(xml, "EmailAccountType", kind);
    }
    if let Some(address) = address {
        string(xml, "EmailAddress", &address.to_string());
    }
    let log_in = address.map(|address| address.log_in(service.log_in));
    let outgoing = service.best(Protocol::Submission);
    for (start, server) in [("Incoming", incoming.map(|row| row.0)), ("Outgoing", outgoing)] {
        if let Some(server) = server {
            place(xml, start, server, log_in.as_deref());
        }
    }
    xml.leaf("key", "OutgoingPasswordSameAsIncomingPassword");
    xml.empty("true");
}

fn place(xml: &mut Xml, start: &str, server: &Server, log_in: Option<&str>) {
    let key = |end: &str| format!("{start}MailServer{end}");
    string(xml, &key("Authentication"), "EmailAuthPassword");
    string(xml, &key("HostName"), server.host.as_ascii());
    xml.leaf("key", &key("PortNumber"));
    xml.leaf("integer", &server.port.to_string());
    // It stands for both modes: at a port of STARTTLS the device upgrades.
    xml.leaf("key", &key("UseSSL"));
    xml.empty("true");
    if let Some(log_in) = log_in {
        string(xml, &key("Username"), log_in);
    }
}

fn payload(xml: &mut Xml, kind: &str, identifier: &str, name: &str) {
    string(xml, "PayloadType", kind);
    xml.leaf("key", "PayloadVersion");
    xml.leaf("integer", "1");
    string(xml, "PayloadIdentifier", identifier);
    string(xml, "PayloadUUID", &uuid::of(&format!("mailmedic:{name}")));
}

fn string(xml: &mut Xml, key: &str, value: &str) {
    xml.leaf("key", key);
    xml.leaf("string", value);
}

const DOCTYPE: &str = "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
                       \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n";

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::service::tests::sample;
    use super::document;
    use crate::name::Name;
    use crate::provision::Address;

    fn domain() -> Name {
        Name::new("mail.example.org").unwrap()
    }

    #[test]
    fn the_profile_is_what_devices_read() {
        assert_snapshot!(document(
            &domain(),
            &sample(),
            Some(&Address::new("ann@mail.example.org").unwrap())
        ));
    }

    #[test]
    fn no_password_stands_in_it_and_without_an_address_none_is_invented() {
        let text = document(&domain(), &sample(), None);
        for key in ["<key>IncomingPassword<", "<key>OutgoingPassword<", "EmailAddress<", "Username"] {
            assert!(!text.contains(key), "{key}");
        }
    }

    #[test]
    fn identifiers_stay_the_same_and_differ_by_account() {
        let of = |address: &str| document(&domain(), &sample(), Some(&Address::new(address).unwrap()));
        assert_eq!(of("ann@mail.example.org"), of("ann@mail.example.org"));
        let identifier = |text: &str| {
            let after = text.rsplit("<key>PayloadIdentifier</key>").next().unwrap().to_owned();
            after.split("</string>").next().unwrap().trim().to_owned()
        };
        assert_ne!(identifier(&of("ann@mail.example.org")), identifier(&of("bob@mail.example.org")));
        assert!(identifier(&document(&domain(), &sample(), None)).ends_with("<string>org.example.mail.mail"));
    }
}
