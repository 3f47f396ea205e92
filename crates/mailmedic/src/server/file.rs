//! The cure of a fault in files that no server is known to use yet.

use super::{Context, generic, shell};
use crate::endpoint::Place;
use crate::finding::{Change, Fix};

/// Returns what is to be done with the files that hold the certificates.
pub fn cure(change: &Change, context: &Context) -> Fix {
    let Change::ServeChain { file, chain } = change else { return generic::cure(change, context) };
    let paths = context.endpoints.iter().find_map(|endpoint| match &endpoint.place {
        Place::Files(paths) => {
            paths.iter().map(|path| shell::path(path.to_str()?)).collect::<Option<Vec<_>>>()
        }
        Place::Tcp(_) | Place::Unix(_) => None,
    });
    let (text, more) = match chain {
        Some(_) => (
            "Put the certificate first, the intermediates after it, and no root, into one file; this does it. Then give \
             the new file to the server.",
            "",
        ),
        None => (
            "The intermediate of your CA is not at hand. Download it from the CA, and put it behind your certificate; \
             ISSUER.pem stands for it here.",
            " ISSUER.pem",
        ),
    };
    let commands = paths
        .zip(shell::path(file))
        .map(|(paths, file)| format!("mailmedic cert chain --output {file} {}{more}", paths.join(" ")));
    Fix {
        for_: "any".to_owned(),
        text: text.to_owned(),
        commands: commands.into_iter().collect(),
        config: None,
    }
}

#[cfg(test)]
mod tests {
    use super::cure;
    use crate::endpoint::Place;
    use crate::finding::Change;
    use crate::sample;
    use crate::server::Context;

    fn commands(paths: &[&str], chain: bool) -> Vec<String> {
        let mut endpoint = sample::healthy().port(993).endpoint.clone();
        endpoint.place = Place::Files(paths.iter().map(|path| (*path).into()).collect());
        let context = Context { endpoints: vec![endpoint], ..Context::default() };
        let file = "mail.example.org.fullchain.pem".to_owned();
        cure(&Change::ServeChain { file, chain: chain.then(Vec::new) }, &context).commands
    }

    #[test]
    fn a_chain_is_put_right_by_the_command_for_it() {
        let start = "mailmedic cert chain --output mail.example.org.fullchain.pem";
        assert_eq!(commands(&["a.pem", "my ca.pem"], true), [format!("{start} a.pem 'my ca.pem'")]);
        assert_eq!(commands(&["a.pem"], false), [format!("{start} a.pem ISSUER.pem")]);
        assert_eq!(commands(&["-a.pem"], true), [format!("{start} ./-a.pem")]);
    }

    #[test]
    fn other_changes_are_told_in_general_words() {
        let context = Context::default();
        assert_eq!(cure(&Change::Reload, &context), super::generic::cure(&Change::Reload, &context));
    }
}
