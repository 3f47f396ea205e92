//! An SPF record lets everybody send, or nearly so.

use super::spf_tree::{self, MOST_SHOWN, Spf};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::spf::{Branch, Kind, Mechanism, Network, Qualifier, Record, Step, Via, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-allows-all",
    title: "the SPF record lets everybody send",
    severity: Severity::Error,
    what: "The SPF record passes every sender (+all, or all without a sign), or a network so large that this comes near it, or says \
           of all others that it does not know (?all).",
    why: "Mail of forgers then passes SPF, and by it DMARC. With ?all it does not pass, and nobody is told to refuse it either.",
    affected: "Those to whom forgers write in the domain's name, and the domain's reputation.",
    fix: "Name the servers and services that send, with the smallest networks that hold them, and end the record in ~all or -all.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §5.1", "RFC 7208 §11.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let spf = match spf_tree::one(case) {
        Ok(spf) => spf,
        Err(verdict) => return verdict,
    };
    let mut wide = Vec::new();
    collect(&spf, &spf.tree.root, &mut wide);
    let mut findings: Vec<Finding> = wide.into_iter().map(|found| finding(&spf, &found)).collect();
    let last = spf.tree.last();
    let is_neutral = last.record().is_some_and(|(_, record)| record.all() == Some(Qualifier::Neutral));
    if findings.is_empty() && is_neutral {
        findings.push(neutral(&spf, last));
    }
    spf.verdict(findings)
}

/// A term that passes too many.
struct Wide<'a> {
    record: &'a str,
    term: &'a str,
    network: Option<Network>,
    is_root: bool,
    severity: Severity,
}

/// Collects the terms by which a record passes too many. Only what is passed all the way up counts.
fn collect<'a>(spf: &Spf<'_>, branch: &'a Branch, wide: &mut Vec<Wide<'a>>) {
    for step in branch.steps.iter().filter(|step| step.is_live) {
        if let Some(below) = &step.branch {
            if matches!(below.via, Via::Include(Qualifier::Pass) | Via::Redirect) {
                collect(spf, below, wide);
            }
            continue;
        }
        if let Some((severity, network)) = width(step, spf.is_own(branch)) {
            let is_root = branch.via == Via::Root;
            wide.push(Wide { record: &branch.name, term: &step.text, network, is_root, severity });
        }
    }
}

/// Returns how bad it is what a term passes, and by which network.
fn width(step: &Step, is_own: bool) -> Option<(Severity, Option<Network>)> {
    let Kind::Directive(directive) = &step.kind else { return None };
    if directive.qualifier != Qualifier::Pass {
        return None;
    }
    let networks: Vec<Network> = match &directive.mechanism {
        Mechanism::All => return Some((Severity::Error, None)),
        Mechanism::Ip(network) => vec![*network],
        Mechanism::A(_, prefixes) | Mechanism::Mx(_, prefixes) => {
            step.addresses.iter().map(|address| prefixes.around(*address)).collect()
        }
        _ => Vec::new(),
    };
    let judged = networks.into_iter().filter_map(|network| Some((severity(network, is_own)?, Some(network))));
    judged.max_by_key(|(severity, _)| *severity)
}

/// Says how bad the size of a network is. Large services have large networks, so those of others may be larger.
fn severity(network: Network, is_own: bool) -> Option<Severity> {
    let (error, warning) = match (network.address.is_ipv4(), is_own) {
        (true, true) => (8, 16),
        (true, false) => (8, 12),
        (false, true) => (16, 32),
        (false, false) => (16, 24),
    };
    match network.length {
        length if length < error => Some(Severity::Error),
        length if length < warning => Some(Severity::Warning),
        _ => None,
    }
}

fn finding(spf: &Spf<'_>, found: &Wide<'_>) -> Finding {
    let (term, record) = (words::escape(found.term, MOST_SHOWN), words::escape(found.record, MOST_SHOWN));
    let place = if found.is_root { String::new() } else { format!(" in the record of {record}") };
    let key = format!("{record} {term}");
    let whom = match found.network {
        None => "every sender of the world".to_owned(),
        Some(network) if network.length == 0 => {
            format!("every {} sender of the world", if network.address.is_ipv4() { "IPv4" } else { "IPv6" })
        }
        Some(network) => match network.address.is_ipv4() {
            true => format!("{} addresses", 1_u64 << (32 - u32::from(network.length.min(32)))),
            false => format!("a network of /{}, more than any one sender has", network.length),
        },
    };
    let title = match found.severity {
        Severity::Error => "the SPF record lets everybody send, or nearly so",
        _ => "the SPF record passes a very large network",
    };
    let finding = Finding::new(
        found.severity,
        key,
        title,
        format!(
            "{term:?}{place} lets {whom} send in the name of {}, and pass SPF and so DMARC.",
            spf.shown()
        ),
    )
    .hurts("those to whom forgers write in this domain's name")
    .evidence("term", term);
    match spf.own() {
        // The last word of a record can be changed without knowing who sends.
        Some((_, record)) if found.is_root && found.network.is_none() => {
            finding.change(Change::Dns { lines: vec![zone_line(spf.look.domain, &strict(record))] })
        }
        _ => finding,
    }
}

fn neutral(spf: &Spf<'_>, last: &Branch) -> Finding {
    let finding = Finding::new(
        Severity::Warning,
        format!("neutral {}", last.name),
        "the SPF record says nothing of strangers",
        format!(
            "The SPF record of {} ends in ?all: of every sender that it does not name it says that it does not know, so that \
             receivers treat forgers as if there were no record.",
            words::escape(&last.name, MOST_SHOWN)
        ),
    )
    .hurts("those to whom forgers write in this domain's name");
    match last.record() {
        Some((_, record)) if last.via == Via::Root => {
            finding.change(Change::Dns { lines: vec![zone_line(spf.look.domain, &strict(record))] })
        }
        _ => finding,
    }
}

/// Returns a record that softly refuses whom it does not name.
fn strict(record: &Record) -> String {
    let live = record.terms.iter().take(record.live()).filter(|term| !term.is_all());
    let texts: Vec<&str> = ["v=spf1"].into_iter().chain(live.map(|term| term.text.as_str())).collect();
    format!("{} ~all", texts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    fn of(record: &str) -> Verdict {
        judged_with(check, &format!("example.org TXT {record}"))
    }

    fn line(found: Finding) -> String {
        match found.change {
            Some(Change::Dns { lines }) => lines.join("\n"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_where_strangers_are_refused() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        for record in [
            "v=spf1 ~all",
            "v=spf1 ip4:192.0.0.0/16 ip6:2001:db8::/32 -all",
            "v=spf1 -ip4:0.0.0.0/0 -all",
            "v=spf1 mx",
        ] {
            assert_eq!(of(record), Verdict::Pass, "{record}");
        }
    }

    #[test]
    fn all_passes_everybody() {
        for record in ["v=spf1 mx +all", "v=spf1 mx all"] {
            let found = finding(of(record));
            assert_eq!(found.severity, Severity::Error);
            assert!(found.cause.contains("every sender of the world"), "{}", found.cause);
            assert_eq!(line(found), "example.org. 3600 IN TXT \"v=spf1 mx ~all\"");
        }
    }

    #[test]
    fn so_do_networks_without_a_prefix() {
        for (record, whom) in [
            ("v=spf1 ip4:0.0.0.0/0 -all", "every IPv4 sender"),
            ("v=spf1 ip6:::/0 -all", "every IPv6 sender"),
            ("v=spf1 mx/0 -all", "every IPv4 sender"),
            ("v=spf1 ip4:128.0.0.0/1 -all", "2147483648 addresses"),
        ] {
            let found = finding(of(record));
            assert_eq!(found.severity, Severity::Error, "{record}");
            assert!(found.cause.contains(whom), "{}", found.cause);
            assert_eq!(found.change, None);
        }
    }

    #[test]
    fn large_networks_of_ones_own_are_a_warning() {
        for record in
            ["v=spf1 ip4:10.0.0.0/8 -all", "v=spf1 ip4:192.0.0.0/15 -all", "v=spf1 ip6:2001:db8::/31 -all"]
        {
            assert_eq!(finding(of(record)).severity, Severity::Warning, "{record}");
        }
    }

    #[test]
    fn services_may_have_larger_ones() {
        let with = |record: &str, via: &str| {
            judged_with(
                check,
                &format!("example.org TXT v=spf1 {via}_spf.example.net -all\n_spf.example.net TXT {record}"),
            )
        };
        assert_eq!(with("v=spf1 ip4:40.92.0.0/15 ip6:2001:db8::/24 -all", "include:"), Verdict::Pass);
        assert_eq!(finding(with("v=spf1 ip4:40.0.0.0/10 -all", "include:")).severity, Severity::Warning);
        let found = finding(with("v=spf1 +all", "include:"));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("in the record of _spf.example.net"), "{}", found.cause);
        // What is not passed on does no harm.
        assert_eq!(with("v=spf1 +all", "?include:"), Verdict::Pass);
        assert_eq!(with("v=spf1 ?all", "include:"), Verdict::Pass);
    }

    #[test]
    fn a_shrug_is_a_warning_also_at_the_end_of_a_redirect() {
        let found = finding(of("v=spf1 mx ?all"));
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(line(found), "example.org. 3600 IN TXT \"v=spf1 mx ~all\"");
        let found = finding(judged_with(
            check,
            "example.org TXT v=spf1 redirect=x.example\nx.example TXT v=spf1 ?all",
        ));
        assert!(found.cause.contains("x.example ends in ?all"), "{}", found.cause);
    }

    #[test]
    fn unknown_where_a_record_cannot_be_told() {
        assert!(matches!(
            judged_with(check, "example.org TXT v=spf1 include:x.example -all\nx.example TXT ?"),
            Verdict::Unknown(_)
        ));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
