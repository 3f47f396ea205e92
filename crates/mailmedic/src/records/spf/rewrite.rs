//! Records to publish in place of what is wrong.

use super::parse::parse;
use super::record::{Kind, Mechanism, Modifier, Qualifier, Record, Term};
use super::tree::{Branch, Found, Sender, Step, Tree};
use crate::name::Name;

/// Returns one record for several (RFC 7208 §3.2): the union of what they name, and the strictest `all` of theirs. What
/// cannot be read is left out.
pub fn merged(texts: &[String]) -> String {
    let records: Vec<Record> = texts.iter().map(|text| parse(text)).collect();
    let mut terms: Vec<String> = Vec::new();
    let mut modifiers: Vec<String> = Vec::new();
    let all = records.iter().filter_map(Record::all).max();
    let redirects = records.iter().filter_map(Record::redirect).count();
    let goes_on = all.is_none() && redirects == 1;
    for (record, index, term) in records
        .iter()
        .flat_map(|record| record.terms.iter().enumerate().map(move |(index, term)| (record, index, term)))
    {
        match &term.kind {
            Kind::Directive(_) if term.is_all() || index >= record.live() => {}
            Kind::Directive(_) => add(&mut terms, &term.text),
            Kind::Modifier(Modifier::Redirect(_)) if record.redirect().is_none() => {}
            Kind::Modifier(Modifier::Redirect(domain)) if !goes_on => {
                // Two records cannot both go on elsewhere, but one can pass whom two others pass.
                add(&mut terms, &format!("include:{}", domain.as_str()));
            }
            Kind::Modifier(Modifier::Explanation(_)) => {
                let has_one = modifiers.iter().any(|text| text.to_ascii_lowercase().starts_with("exp="));
                if !has_one {
                    modifiers.push(term.text.clone());
                }
            }
            Kind::Modifier(_) => add(&mut modifiers, &term.text),
        }
    }
    if !goes_on {
        terms.push(format!("{}all", all.unwrap_or(Qualifier::SoftFail).sign()));
    }
    [vec!["v=spf1".to_owned()], terms, modifiers].concat().join(" ")
}

/// Adds a term unless it stands there, whatever its case and with or without the sign that may be left out.
fn add(terms: &mut Vec<String>, text: &str) {
    let same = |one: &str| one.strip_prefix('+').unwrap_or(one).to_ascii_lowercase();
    if !terms.iter().any(|known| same(known) == same(text)) {
        terms.push(text.strip_prefix('+').unwrap_or(text).to_owned());
    }
}

/// Returns a record that says the same with no more look-ups than this, if one can be made: without what is twice there,
/// broken or never come to, without `ptr`, and with addresses in place of `a` and `mx`.
pub fn slimmer(tree: &Tree, most: usize) -> Option<String> {
    let steps = steps(tree)?;
    let mut seen: Vec<&str> = Vec::new();
    let mut kept: Vec<&Step> = Vec::new();
    for step in steps.iter().filter(|step| step.is_live) {
        let is_twice = kept.iter().any(|known| known.text.eq_ignore_ascii_case(&step.text));
        let is_ptr =
            matches!(&step.kind, Kind::Directive(found) if matches!(found.mechanism, Mechanism::Ptr(_)));
        let is_useless = step.branch.as_ref().is_some_and(|branch| {
            let is_broken = matches!(branch.found, Found::Nothing { .. } | Found::Cycle(_) | Found::NoName);
            is_broken || seen.contains(&branch.name.as_str())
        });
        if !is_twice && !is_ptr && !is_useless {
            step.branch.iter().for_each(|branch| names(branch, &mut seen));
            kept.push(step);
        }
    }
    let mut count: usize = kept.iter().map(|step| step.tally(Sender::Ipv4).lookups).sum();
    let mut words = vec!["v=spf1".to_owned()];
    for step in kept {
        match addresses(step) {
            Some(addresses) if count > most => {
                words.extend(addresses);
                count -= 1;
            }
            _ => words.push(step.text.clone()),
        }
    }
    let text = words.join(" ");
    (count <= most && text.len() <= LONGEST).then_some(text)
}

/// Returns the record without terms that lead nowhere, and with addresses in place of `a` and `mx` where a family of clients
/// finds nothing, if that is enough to pass no limit of void look-ups.
pub fn without_voids(tree: &Tree, most: usize) -> Option<String> {
    let steps = steps(tree)?;
    let mut left = [0, 0];
    let mut words = vec!["v=spf1".to_owned()];
    for step in steps.iter().filter(|step| step.is_live) {
        if step.branch.is_none() && !step.voids.is_empty() {
            if step.addresses.is_empty() && step.doubt.is_none() {
                continue;
            }
            if let Some(addresses) = addresses(step) {
                words.extend(addresses);
                continue;
            }
        }
        for (count, family) in left.iter_mut().zip(Sender::BOTH) {
            *count += step.tally(family).voids.len();
        }
        words.push(step.text.clone());
    }
    let text = words.join(" ");
    (left.iter().all(|count| *count <= most) && text.len() <= LONGEST).then_some(text)
}

/// Returns the record without some of its terms.
pub fn without(record: &Record, is_wrong: impl Fn(&Term) -> bool) -> String {
    let kept = record.terms.iter().filter(|term| !is_wrong(term)).map(|term| term.text.as_str());
    ["v=spf1"].into_iter().chain(kept).collect::<Vec<_>>().join(" ")
}

/// Returns the record with more terms, before the first `all`.
pub fn with(record: &Record, terms: &[String]) -> String {
    let all = record.terms.iter().position(Term::is_all).unwrap_or(record.terms.len());
    let (before, behind) = record.terms.split_at_checked(all).unwrap_or((&record.terms, &[]));
    let texts = |terms: &[Term]| terms.iter().map(|term| term.text.clone()).collect();
    [vec!["v=spf1".to_owned()], texts(before), terms.to_vec(), texts(behind)].concat().join(" ")
}

/// Returns the terms of the domain's record, if they are all that it has.
fn steps(tree: &Tree) -> Option<&[Step]> {
    let (_, record) = tree.record()?;
    let is_whole = record.faults.is_empty() && record.terms.len() == tree.root.steps.len();
    is_whole.then_some(&tree.root.steps)
}

/// Collects the names of a record and of those that it passes on to.
fn names<'a>(branch: &'a Branch, seen: &mut Vec<&'a str>) {
    seen.push(&branch.name);
    let passes = |step: &&Step| matches!(step.qualifier(), None | Some(Qualifier::Pass));
    for step in branch.steps.iter().filter(passes) {
        step.branch.iter().for_each(|below| names(below, seen));
    }
}

/// Returns the networks that `a` or `mx` stands for now, with its qualifier; nothing for other terms, or where it is not
/// known.
fn addresses(step: &Step) -> Option<Vec<String>> {
    let Kind::Directive(directive) = &step.kind else { return None };
    let (Mechanism::A(_, prefixes) | Mechanism::Mx(_, prefixes)) = &directive.mechanism else { return None };
    if step.addresses.is_empty() || step.doubt.is_some() || step.fault.is_some() {
        return None;
    }
    let sign = match directive.qualifier {
        Qualifier::Pass => String::new(),
        other => other.sign().to_string(),
    };
    let written = step.addresses.iter().map(|address| {
        let word = if address.is_ipv4() { "ip4" } else { "ip6" };
        format!("{sign}{word}:{}", prefixes.around(*address))
    });
    Some(written.collect())
}

/// Writes a record as a line of a zone file, in strings of at most 255 bytes each (RFC 1035 §3.3), cut behind blanks.
pub fn zone_line(domain: &Name, text: &str) -> String {
    let mut rest = text;
    let mut strings = Vec::new();
    while rest.len() > MOST_OF_A_STRING {
        let fits = rest.floor_char_boundary(MOST_OF_A_STRING);
        let (piece, _) = rest.split_at(fits);
        let cut = piece.rfind(' ').map_or(fits, |blank| blank + 1);
        let (piece, behind) = rest.split_at(cut);
        strings.push(quoted(piece));
        rest = behind;
    }
    strings.push(quoted(rest));
    format!("{domain}. 3600 IN TXT {}", strings.join(" "))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// In bytes (RFC 1035 §3.3).
const MOST_OF_A_STRING: usize = 255;

/// A record that we would still propose, in bytes.
const LONGEST: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::{merged, zone_line};
    use crate::name::Name;

    fn one_of(texts: &[&str]) -> String {
        merged(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn records_are_joined_to_one() {
        let cases: &[(&[&str], &str)] = &[
            (&["v=spf1 mx -all", "v=spf1 include:x.example ~all"], "v=spf1 mx include:x.example -all"),
            (&["v=spf1 +mx a ~all", "V=SPF1 MX ip4:192.0.2.1 ~all"], "v=spf1 mx a ip4:192.0.2.1 ~all"),
            (&["v=spf1 mx +all", "v=spf1 mx ?all"], "v=spf1 mx ?all"),
            (&["v=spf1 a", "v=spf1 mx"], "v=spf1 a mx ~all"),
            (&["v=spf1 a", "v=spf1 redirect=x.example"], "v=spf1 a redirect=x.example"),
            (&["v=spf1 a -all", "v=spf1 redirect=x.example"], "v=spf1 a include:x.example -all"),
            (
                &["v=spf1 redirect=x.example", "v=spf1 redirect=y.example"],
                "v=spf1 include:x.example include:y.example ~all",
            ),
            (
                &["v=spf1 a -all exp=x.example ra=me", "v=spf1 mx foo exp=y.example -all ptr"],
                "v=spf1 a mx -all exp=x.example ra=me",
            ),
        ];
        for (texts, one) in cases {
            assert_eq!(&one_of(texts), one, "{texts:?}");
        }
    }

    #[test]
    fn long_records_are_cut_into_strings() {
        let domain = Name::new("example.org").unwrap();
        assert_eq!(zone_line(&domain, "v=spf1 -all"), "example.org. 3600 IN TXT \"v=spf1 -all\"");
        let text = format!("v=spf1 {}-all", "include:abcdefghij.example ".repeat(20));
        let line = zone_line(&domain, &text);
        let strings: Vec<&str> =
            line.strip_prefix("example.org. 3600 IN TXT ").unwrap().split("\" \"").collect();
        assert!(strings.len() > 2);
        assert!(strings.iter().all(|string| string.trim_matches('"').len() <= 255));
        let whole: String = strings.iter().map(|string| string.trim_matches('"')).collect();
        assert_eq!(whole, text);
        assert!(zone_line(&domain, &"x".repeat(300)).contains(&"x".repeat(255)));
        assert!(zone_line(&domain, "a\"b\\c").ends_with("\"a\\\"b\\\\c\""));
    }
}
