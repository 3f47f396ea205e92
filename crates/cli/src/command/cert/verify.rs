//! `mailmedic cert verify`: a file judged as if a server sent what is in it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mailmedic::endpoint::Role;
use mailmedic::examine::Presented;
use mailmedic::name::Host;
use mailmedic::report::Report;

use super::password::Passwords;
use super::{Trusting, examine, files};
use crate::args::{Judging, Reporting};
use crate::command::{again, check};
use crate::exit::{Exit, Failure};
use crate::suggest::suggest;

/// Says whether a server could use the certificates of a file, what is wrong with them, and who would refuse them.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Verify {
    /// The certificates as the server would send them, its own first: PEM, DER, PKCS #7 or PKCS #12
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The name that clients and other servers know the server by
    #[arg(long, value_name = "NAME")]
    host: String,
    /// Who connects: access (programs that read mail), submission (that send it), mx (other mail servers)
    #[arg(long, value_enum, default_value = "access", hide_possible_values = true, value_name = "ROLE")]
    role: RoleWord,
    /// Give the verdict of this kind of peer alone, and exit with 1 if it refuses; may be given several times
    #[arg(long, value_name = "ID")]
    peer: Vec<String>,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    trusting: Trusting,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    reporting: Reporting,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleWord {
    Mx,
    Submission,
    Access,
}

/// Runs the verb.
pub(super) fn run(verify: &Verify) -> Result<Exit, Failure> {
    let demands = verify.judging.demands()?;
    let host = Host::new(&verify.host)
        .map_err(|why| Failure(format!("--host {:?} is no name of a server: {why}", verify.host)))?;
    let mut certificates = Vec::new();
    for path in &verify.files {
        certificates.extend(files::certificates(path, &verify.passwords)?.certificates);
    }
    let role = match verify.role {
        RoleWord::Mx => Role::Mx,
        RoleWord::Submission => Role::Submission,
        RoleWord::Access => Role::Access,
    };
    let presented = Presented { files: verify.files.clone(), certificates, host, role };
    let (observation, stopped) = examine(presented, &verify.trusting.options()?)?;
    let mut report = check::judged(observation, &demands);
    let command = verify.again();
    let findings = report.targets.iter_mut().flat_map(|target| &mut target.findings);
    findings.for_each(|finding| finding.verify = vec![command.clone()]);
    let refused = keep(&mut report, &verify.peer)?;
    verify.reporting.report(&report)?;
    Ok(match Exit::of(&report, demands.fail_on) {
        _ if stopped => Exit::Interrupted,
        Exit::Clean if refused && demands.fail_on.is_some() => Exit::Findings,
        exit => exit,
    })
}

impl Verify {
    /// Returns the command that looks again.
    fn again(&self) -> String {
        let mut words: Vec<String> = ["mailmedic", "cert", "verify", "--host"].map(str::to_owned).into();
        words.push(self.host.clone());
        match self.role {
            RoleWord::Access => {}
            RoleWord::Mx => words.extend(["--role".to_owned(), "mx".to_owned()]),
            RoleWord::Submission => words.extend(["--role".to_owned(), "submission".to_owned()]),
        }
        words.extend(self.trusting.again());
        // A name that begins with a dash would be taken for an option.
        let files: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        words.extend(files.iter().any(|file| file.starts_with('-')).then(|| "--".to_owned()));
        words.extend(files);
        words.iter().map(|word| again::quoted(word)).collect::<Vec<_>>().join(" ")
    }
}

/// Keeps the verdicts of these peers, if any are named; tells whether one of them refuses.
fn keep(report: &mut Report, peers: &[String]) -> Result<bool, Failure> {
    if peers.is_empty() {
        return Ok(false);
    }
    let mut refused = false;
    for target in &mut report.targets {
        for peer in peers {
            if !target.verdicts.iter().any(|verdict| verdict.peer == *peer) {
                let known = target.verdicts.iter().map(|verdict| verdict.peer.as_ref());
                return Err(no_peer(peer, &known.collect::<Vec<_>>()));
            }
        }
        let is_wanted = |peer: &str| peers.iter().any(|wanted| wanted == peer);
        target.verdicts.retain(|verdict| is_wanted(&verdict.peer));
        refused |= target.verdicts.iter().any(|verdict| verdict.verdict == "reject");
        for endpoint in &mut target.endpoints {
            endpoint.verdicts.retain(|verdict| is_wanted(&verdict.peer));
        }
    }
    Ok(refused)
}

fn no_peer(id: &str, known: &[&str]) -> Failure {
    let hint = match suggest(id, known.iter().copied()) {
        Some(near) => format!("; did you mean {near}?"),
        None if known.is_empty() => String::new(),
        None => format!("; there is {}", known.join(", ")),
    };
    Failure(format!("no verdict of a peer {id:?} is known here{hint}"))
}

const AFTER: &str = "Examples:
  mailmedic cert verify fullchain.pem --host mail.example.org
  mailmedic cert verify cert.pem chain.pem --host mx.example.org --role mx --format json

Exit codes:
  0  no finding as bad as --fail-on, and no peer of --peer refuses
  1  findings as bad as --fail-on, or a peer of --peer refuses
  2  something given cannot be used
  130  stopped by Ctrl-C";

#[cfg(test)]
mod tests {
    use mailmedic::report::Report;
    use serde_json::json;

    use super::keep;

    fn report() -> Report {
        let verdict = |peer: &str, verdict: &str| json!({"peer": peer, "verdict": verdict, "because": []});
        let target = json!({
            "input": "cert.pem",
            "kind": "file",
            "verdict": "",
            "interrupted": false,
            "connections": 0,
            "millis": 0,
            "verdicts": [verdict("thunderbird", "reject"), verdict("gmail", "accept")],
            "endpoints": [],
            "findings": [],
            "unknown": [],
        });
        let report = json!({
            "schema": mailmedic::report::SCHEMA,
            "version": "0",
            "now": "2026-11-21T12:00:00Z",
            "targets": [target],
            "summary": {"error": 0, "warning": 0, "note": 0},
        });
        serde_json::from_value(report).unwrap()
    }

    fn kept(peers: &[&str]) -> (Result<bool, String>, Vec<String>) {
        let mut report = report();
        let peers: Vec<String> = peers.iter().map(|peer| (*peer).to_owned()).collect();
        let refused = keep(&mut report, &peers).map_err(|failure| failure.to_string());
        (refused, report.targets[0].verdicts.iter().map(|verdict| verdict.peer.to_string()).collect())
    }

    #[test]
    fn a_named_peer_decides_and_the_others_go() {
        assert_eq!(kept(&[]), (Ok(false), vec!["thunderbird".to_owned(), "gmail".to_owned()]));
        assert_eq!(kept(&["thunderbird"]), (Ok(true), vec!["thunderbird".to_owned()]));
        assert_eq!(kept(&["gmail"]), (Ok(false), vec!["gmail".to_owned()]));
        let unknown = kept(&["thunderbrid"]).0.unwrap_err();
        assert!(unknown.ends_with("did you mean thunderbird?"), "{unknown}");
    }
}
