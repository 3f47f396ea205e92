//! Serves one personality until standard input ends: `mailmedic-peers PERSONALITY [DIALOGUE]`.
//!
//! Prints one line of JSON: the port on loopback, and the suites that each version accepts. `PERSONALITY` is `modern`, `2015`,
//! `1999`, `tls12` (which completes handshakes), `random:SEED` or `quirky:SEED`; `DIALOGUE` is `smtp`, `submission`, `lmtp`,
//! `imap`, `pop3` or `sieve` with STARTTLS, or `tls` without a dialogue before it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it tells where it listens")]

use std::io::{self, Read};
use std::process::ExitCode;
use std::sync::Arc;

use mailmedic_wire::names::ProtocolVersion;

use mailmedic_peers::{Dialogue, Identity, Personality, Server};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (name, dialogue) = match words[..] {
        [name] => (name, "smtp"),
        [name, dialogue] => (name, dialogue),
        _ => return usage(),
    };
    let Some(server) = personality(name).zip(speaking(dialogue)) else { return usage() };
    match serve(server, name == "tls12", dialogue == "tls") {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: mailmedic-peers modern|2015|1999|tls12|random:SEED|quirky:SEED \
         [smtp|submission|lmtp|imap|pop3|sieve|tls]"
    );
    ExitCode::from(2)
}

fn personality(name: &str) -> Option<Personality> {
    Some(match name {
        "modern" => Personality::modern(),
        "2015" => Personality::of_2015(),
        "1999" => Personality::of_1999(),
        "tls12" => Personality::plain_tls12(),
        _ => match name.split_once(':')? {
            ("random", seed) => Personality::random(seed.parse().ok()?),
            ("quirky", seed) => Personality::random_with_quirks(seed.parse().ok()?),
            _ => return None,
        },
    })
}

fn speaking(name: &str) -> Option<Dialogue> {
    Some(match name {
        "smtp" => Dialogue::Smtp,
        "submission" => Dialogue::Submission,
        "lmtp" => Dialogue::Lmtp,
        "imap" | "tls" => Dialogue::Imap,
        "pop3" => Dialogue::Pop3,
        "sieve" => Dialogue::Sieve,
        _ => return None,
    })
}

fn serve(
    (personality, dialogue): (Personality, Dialogue),
    complete: bool,
    implicit: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let identity = Arc::new(Identity::rsa("localhost")?);
    let mut server = Server::new(dialogue, personality);
    // Other tools want a certificate that is one.
    for certificate in &mut server.personality.certificates {
        certificate.chain = identity.certificate().chain;
    }
    let accepts = accepts(&server.personality);
    let server = if complete { server.complete(&identity) } else { server };
    let server = if implicit { server.implicit() } else { server };
    let peer = server.start()?;
    println!("{{\"port\":{},\"accepts\":{{{accepts}}}}}", peer.address().port());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Writes what each version accepts, as the members of a JSON object.
fn accepts(server: &Personality) -> String {
    let quoted =
        |names: Vec<String>| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    let of = |version| match version {
        ProtocolVersion::SSLv2 => server.ssl2.iter().flatten().map(ToString::to_string).collect(),
        _ => server.accepts(version).iter().map(ToString::to_string).collect(),
    };
    let members =
        server.versions().into_iter().map(|version| format!("\"{version}\":[{}]", quoted(of(version))));
    members.collect::<Vec<_>>().join(",")
}
