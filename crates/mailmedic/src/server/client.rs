//! Changes to what mail programs are told.

use crate::finding::Fix;
use crate::words;

/// Returns the cures of a name that clients are told at these places and the certificate does not have: another name, or a
/// certificate with all of `names`, which are the two given where it is empty.
pub(super) fn cures(from: &str, to: Option<&str>, at: &[String], names: &[String]) -> Vec<Fix> {
    let told = words::escape(from, 253);
    let places = if at.is_empty() {
        "in their account settings, in the SRV and autoconfig records of the domain, and in your instructions"
            .to_owned()
    } else {
        let at: Vec<String> = at.iter().map(|place| words::escape(place, MOST_PLACE)).collect();
        format!("at {}, in your instructions, and in accounts that are set up already", words::list(&at))
    };
    let text = match to.map(|name| words::escape(name, 253)) {
        Some(name) => format!("Tell mail programs {name} instead of {told}: {places}."),
        None if at.is_empty() => format!(
            "Tell mail programs a name that the certificate has, instead of {told}; or add {told} to the certificate."
        ),
        None => format!("Tell mail programs a name that the certificate has, instead of {told}: {places}."),
    };
    let client = Fix { for_: "client".to_owned(), text, commands: Vec::new(), config: None };
    let wanted: Vec<String> = if names.is_empty() {
        to.into_iter().chain([from]).map(str::to_owned).collect()
    } else {
        names.to_vec()
    };
    let any = Fix {
        for_: "any".to_owned(),
        text: format!("Or keep the name, and get a certificate that has {told} too."),
        commands: super::acme::certbot(&wanted).into_iter().collect(),
        config: None,
    };
    vec![client, any]
}

/// The longest place that is shown.
const MOST_PLACE: usize = 300;
