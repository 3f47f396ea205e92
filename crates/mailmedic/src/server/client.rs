//! Changes to what mail programs are told.

use crate::finding::Fix;
use crate::words;

/// Returns the cures of a name that clients are told and the certificate does not have.
pub(super) fn cures(from: &str, to: Option<&str>) -> Vec<Fix> {
    let told = words::escape(from, 253);
    let text = match to.map(|name| words::escape(name, 253)) {
        Some(name) => format!(
            "Tell mail programs {name} instead of {told}: in their account settings, in the SRV and autoconfig records \
             of the domain, and in your instructions."
        ),
        None => format!(
            "Tell mail programs a name that the certificate has, instead of {told}; or add {told} to the certificate."
        ),
    };
    let client = Fix { for_: "client".to_owned(), text, commands: Vec::new(), config: None };
    let any = Fix {
        for_: "any".to_owned(),
        text: format!("Or keep the name, and get a certificate that has {told} too."),
        commands: super::acme::certbot(
            &to.into_iter().chain([from]).map(str::to_owned).collect::<Vec<String>>(),
        )
        .into_iter()
        .collect(),
        config: None,
    };
    vec![client, any]
}
