//! What `explain` makes of messages whose cause is known.
//!
//! Needs the corpus, which is no part of the repository: `MAILMEDIC_CORPUS`, or `../shared/corpus` beside the checkout.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what differs is to be seen")]

use std::collections::HashMap;
use std::path::Path;
use std::{env, fs};

use mailmedic::explain::explain;
use mailmedic::explanation::{At, Certainty};
use serde::Deserialize;

#[derive(Deserialize)]
struct Message {
    id: String,
    text: String,
    labels: Vec<String>,
    fault_at: String,
}

#[test]
fn causes_are_named_right() {
    let folder = env::var("MAILMEDIC_CORPUS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
    let folder = Path::new(&folder).join("messages");
    let table = fs::read_to_string(folder.join("labels.tsv")).unwrap();
    let rules: HashMap<&str, Vec<&str>> = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once('\t'))
        .map(|(label, rules)| (label, rules.split(' ').collect()))
        .collect();
    let text = fs::read_to_string(folder.join("messages-dev.jsonl")).unwrap();
    let messages: Vec<Message> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(messages.len() > 200, "the corpus is whole");
    let (mut first, mut bold, mut alarms, mut side, mut quiet) = (0, 0, 0, 0, 0);
    for message in &messages {
        let seen = explain(message.text.as_bytes());
        let fits = |label: &str, rule: &str| rules.get(label).is_some_and(|rules| rules.contains(&rule));
        let cause = seen.causes.first();
        let named = cause.map_or("nothing", |cause| cause.rule);
        let right = fits(&message.labels[0], named);
        let in_labels = |rule: &str| message.labels.iter().any(|label| fits(label, rule));
        let too_bold =
            seen.causes.iter().any(|cause| cause.certainty == Certainty::Certain && !in_labels(cause.rule));
        let at = cause.map_or(At::Unknown, |cause| cause.at);
        let same = matches!(
            (at, message.fault_at.as_str()),
            (At::Unknown, _) | (At::ThisSide, "local") | (At::Peer, "remote") | (At::Network, "network")
        );
        let is_quiet = matches!(message.labels[0].as_str(), "not-tls" | "benign");
        let alarm = is_quiet && !matches!(named, "not-tls" | "benign" | "nothing");
        first += usize::from(right);
        bold += usize::from(too_bold);
        side += usize::from(same);
        quiet += usize::from(is_quiet);
        alarms += usize::from(alarm);
        if !right || too_bold || !same {
            println!(
                "{}{}{} {}: {named} at {at:?}; is {:?} at {}",
                if right { "" } else { "cause " },
                if too_bold { "bold " } else { "" },
                if same { "" } else { "side " },
                message.id,
                message.labels,
                message.fault_at
            );
        }
    }
    let share = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
    let all = messages.len();
    println!("first cause right {:.1} % of {all}", share(first, all));
    println!("nothing wrong said with certainty {:.1} %", share(all - bold, all));
    println!("no TLS fault, called one {:.1} % of {quiet}", share(alarms, quiet));
    println!("side right or said to be unknown {:.1} %", share(side, all));
    assert!(
        first * 100 >= all * 95
            && bold * 100 <= all * 3
            && side * 100 >= all * 95
            && alarms * 100 <= quiet * 2
    );
}
