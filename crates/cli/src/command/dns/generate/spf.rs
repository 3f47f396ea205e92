//! `mailmedic dns generate spf`: what is published and what is to be added, in one record.

use clap::Args;
use mailmedic::generate::spf::{self, All, Term, TermError, Wishes};
use mailmedic::observation::DnsType;
use mailmedic::records::spf::walk_as_if;

use super::{About, Asking, Making, domain, finish};
use crate::exit::{Exit, Failure};
use crate::output;

/// Makes the SPF record of a domain (RFC 7208): the terms that are published now, those that are given here, and an end.
/// Several records become one, and look-ups are counted over all includes.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Spf {
    /// The domain; each that sends, subdomains and hosts too, needs a record of its own
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// Let these addresses send: 192.0.2.1, 192.0.2.0/24; may be given several times
    #[arg(long, value_name = "NETWORK")]
    ip4: Vec<String>,
    /// Let these addresses send: 2001:db8::1, 2001:db8::/32; may be given several times
    #[arg(long, value_name = "NETWORK")]
    ip6: Vec<String>,
    /// Let those send whom this domain lets send; may be given several times
    #[arg(long, value_name = "NAME")]
    include: Vec<String>,
    /// Let the hosts send that take mail for the domain, or for the one that is given
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    mx: Vec<String>,
    /// Let the addresses of the domain send, or those of the host that is given
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    a: Vec<String>,
    /// What becomes of mail from elsewhere: -all (refused), ~all (suspicious), ?all; without it what is published, else
    /// ~all, and -all where nobody sends
    #[arg(long, value_name = "ALL", value_parser = all, allow_hyphen_values = true)]
    all: Option<All>,
    /// Take this term out of what is published, as it stands there; may be given several times
    #[arg(long, value_name = "TERM")]
    without: Vec<String>,
    /// Begin with nothing instead of what is published now
    #[arg(long, conflicts_with = "without")]
    fresh: bool,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    asking: Asking,
}

/// Runs the verb.
pub(super) fn run(wish: &Spf) -> Result<Exit, Failure> {
    let domain = domain(&wish.domain)?;
    let wishes = Wishes { terms: wish.terms()?, without: wish.without.clone(), all: wish.all };
    let mut asker = wish.asking.asker()?;
    if !wish.fresh {
        asker.ask(vec![(domain.clone(), DnsType::Txt)]);
    }
    let mut made = {
        let answers = asker.answers();
        let published = match answers.texts(&domain) {
            _ if wish.fresh => Vec::new(),
            Ok(published) => published,
            Err(missing) => {
                output::complain(&format!(
                    "what is published now could not be told, so that nothing can be added to it: {}; --fresh \
                     begins with nothing",
                    missing.why()
                ));
                return Ok(Exit::NothingExamined);
            }
        };
        spf::make(&domain, &wishes, &published, wish.making.ttl)
    };
    if let Some(text) = spf::text(&made) {
        asker.until_known(|answers| {
            walk_as_if(answers, &domain, &text);
        });
        spf::weigh(&mut made, &domain, &asker.answers());
    }
    finish(&wish.making, &mut asker, made, &About::new("spf", "spf-", &domain))
}

impl Spf {
    /// Reads the terms in the order in which receivers decide fastest: addresses first.
    fn terms(&self) -> Result<Vec<Term>, Failure> {
        let mut terms = Vec::new();
        let mut read = |option: &str, texts: &[String], term: fn(&str) -> Result<Term, TermError>| {
            for text in texts {
                terms.push(term(text).map_err(|why| Failure(format!("{option} {text:?}: {why}")))?);
            }
            Ok(())
        };
        read("--ip4", &self.ip4, Term::ip4)?;
        read("--ip6", &self.ip6, Term::ip6)?;
        read("--mx", &self.mx, |text| Term::hosts("mx", text))?;
        read("--a", &self.a, |text| Term::hosts("a", text))?;
        read("--include", &self.include, Term::include)?;
        Ok(terms)
    }
}

/// Reads the end of a record, as a mechanism or as a word.
fn all(text: &str) -> Result<All, String> {
    match text {
        "-all" | "-" | "fail" => Ok(All::Fail),
        "~all" | "~" | "softfail" => Ok(All::Softfail),
        "?all" | "?" | "neutral" => Ok(All::Neutral),
        "+all" | "+" | "all" | "pass" => Ok(All::Pass),
        _ => Err("there is -all, ~all, ?all and +all".to_owned()),
    }
}

const AFTER: &str = "Examples:
  mailmedic dns generate spf example.org --mx --include _spf.example.net --diff
  mailmedic dns generate spf example.org --without include:old.example.net --all -all
  mailmedic dns generate spf parked.example.org --fresh";
