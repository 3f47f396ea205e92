//! The table of endpoints.

use comfy_table::{ContentArrangement, Table, TableComponent};
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::places::{label, places};
use super::{Page, people, safe};
use crate::finding::Severity;
use crate::name::Host;
use crate::report::{CertificateReport, EndpointReport, TargetReport};
use crate::words;

/// Writes a line for each endpoint.
pub(super) fn write(out: &mut Page<'_>, target: &TargetReport, now: Timestamp) {
    let (vacant, shown): (Vec<&EndpointReport>, Vec<&EndpointReport>) =
        target.endpoints.iter().partition(|endpoint| !out.style.verbose && target.is_vacant(endpoint));
    let rows: Vec<[String; 6]> = shown.into_iter().map(|endpoint| row(endpoint, target, now)).collect();
    let software = rows.iter().any(|row| row[2] != "-");
    let all: Vec<usize> = (0..6).filter(|column| *column != 2 || software).collect();
    let mut text = table(&rows, &all, None);
    // The address is the first to go, as long as it tells no two rows apart.
    let told_apart = rows.iter().enumerate().all(|(i, row)| rows[..i].iter().all(|other| other[0] != row[0]));
    if widest(&text) > out.style.width && told_apart {
        let fewer: Vec<usize> = all.into_iter().filter(|column| *column != 1).collect();
        text = table(&rows, &fewer, None);
        if widest(&text) > out.style.width {
            text = table(&rows, &fewer, Some(out.style.width));
        }
    } else if widest(&text) > out.style.width {
        text = table(&rows, &all, Some(out.style.width));
    }
    for line in text.lines() {
        let line = line.trim_end();
        // Colours would count as columns, so they come after the table is laid out.
        match (line.strip_suffix("  ERROR"), line.strip_suffix("  warn")) {
            (Some(start), _) => out.line(&format!("{start}  {}", out.paint("ERROR", Severity::Error))),
            (_, Some(start)) => out.line(&format!("{start}  {}", out.paint("warn", Severity::Warning))),
            _ => out.line(line),
        }
    }
    if !vacant.is_empty() {
        let ids: Vec<String> = vacant.iter().map(|endpoint| endpoint.id.clone()).collect();
        out.wrapped("", &format!("nothing answers on {}", places(&ids, target)));
    }
}

/// Writes a line for each certificate of a file.
pub(super) fn certificates(out: &mut Page<'_>, target: &TargetReport, now: Timestamp) {
    let common_name = |name: &str| {
        let own = name.split(", ").find_map(|part| part.strip_prefix("CN="));
        safe(&words::escape(own.unwrap_or(name), MOST_NAME))
    };
    let until = |certificate: &CertificateReport| match (certificate.not_before, certificate.not_after) {
        (Some(start), _) if start > now => format!("{} on", words::date(start)),
        (_, Some(end)) if end < now => format!("ended {} ago", words::span(now, end)),
        (_, Some(end)) => words::span(now, end),
        (_, None) => "unreadable".to_owned(),
    };
    let mut table = bare(None);
    table.set_header(["certificate", "issuer", "key", "good for"]);
    for certificate in &target.certificates {
        let name = if certificate.subject.is_empty() {
            certificate.names.first().map(|name| safe(name)).unwrap_or_else(|| "no name".to_owned())
        } else {
            common_name(&certificate.subject)
        };
        table.add_row([name, common_name(&certificate.issuer), safe(&certificate.key), until(certificate)]);
    }
    pad(&mut table);
    for line in table.to_string().lines() {
        out.line(line.trim_end());
    }
}

/// Names are cut, so that a line of four columns fits a terminal.
const MOST_NAME: usize = 28;

/// Lays out rows under these headings, no wider than asked.
pub(super) fn rows<const N: usize>(
    headings: &[&str; N],
    rows: &[[String; N]],
    width: Option<usize>,
) -> String {
    let mut table = bare(width);
    table.set_header(headings);
    for row in rows {
        table.add_row(row);
    }
    pad(&mut table);
    table.to_string()
}

/// Returns the columns that the longest line takes.
pub(super) fn widest(text: &str) -> usize {
    text.lines().map(|line| line.trim_end().width()).max().unwrap_or_default()
}

fn table(rows: &[[String; 6]], columns: &[usize], width: Option<usize>) -> String {
    const HEADINGS: [&str; 6] = ["endpoint", "address", "software", "TLS", "certificate", "state"];
    let mut table = bare(width);
    table.set_header(columns.iter().map(|column| HEADINGS[*column]));
    for row in rows {
        table.add_row(columns.iter().map(|column| row[*column].as_str()));
    }
    pad(&mut table);
    table.to_string()
}

/// Starts a table without lines.
fn bare(width: Option<usize>) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    match width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    table.remove_style(TableComponent::VerticalLines);
    table
}

fn pad(table: &mut Table) {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
}

fn row(endpoint: &EndpointReport, target: &TargetReport, now: Timestamp) -> [String; 6] {
    let is_socket = endpoint.address.parse::<std::net::IpAddr>().is_err();
    let state = match endpoint.state.as_str() {
        _ if !endpoint.reached => "not reached",
        "error" => "ERROR",
        "warning" => "warn",
        "note" => "ok",
        other => other,
    };
    [
        label(endpoint),
        if is_socket { "-".to_owned() } else { safe(&endpoint.address) },
        endpoint.software.as_deref().map_or_else(|| "-".to_owned(), safe),
        versions(&endpoint.tls.versions),
        endpoint.certificates.first().map_or_else(|| "-".to_owned(), |leaf| certificate(leaf, target, now)),
        if state == "not reached" && endpoint.state == "error" {
            "ERROR".to_owned()
        } else {
            state.to_owned()
        },
    ]
}

/// Shortens versions: `1.2-1.3`, `SSLv3-1.2`, `1.0, 1.3`.
fn versions(versions: &[String]) -> String {
    const ALL: [&str; 6] = ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];
    let short = |version: &str| version.strip_prefix("TLSv").unwrap_or(version).to_owned();
    let known: Vec<usize> =
        versions.iter().filter_map(|version| ALL.iter().position(|one| one == version)).collect();
    let in_a_row = known.len() == versions.len() && known.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    match versions {
        [] => "-".to_owned(),
        [first, .., last] if in_a_row => format!("{}-{}", short(first), short(last)),
        _ => versions.iter().map(|version| short(version)).collect::<Vec<_>>().join(", "),
    }
}

/// Writes whose certificate it is and how long it is good: `mx1, 70 days`, `imap, ended 3 days ago`.
fn certificate(leaf: &CertificateReport, target: &TargetReport, now: Timestamp) -> String {
    let name = short_name(leaf, target);
    match (leaf.not_before, leaf.not_after) {
        (Some(start), _) if start > now => format!("{name}, not valid yet"),
        (_, Some(end)) if end < now => format!("{name}, ended {} ago", words::span(now, end)),
        (_, Some(end)) => format!("{name}, {}", words::span(now, end)),
        (_, None) => format!("{name}, unreadable"),
    }
}

fn short_name(leaf: &CertificateReport, target: &TargetReport) -> String {
    const MOST: usize = 24;
    let common_name = leaf.subject.split(", ").find_map(|part| part.strip_prefix("CN="));
    let Some(name) = leaf.names.first().map(String::as_str).or(common_name) else {
        return "no name".to_owned();
    };
    let domain = Host::new(&target.input).map(|host| host.to_string()).unwrap_or_default();
    let inside = name.strip_suffix(&domain).and_then(|rest| rest.strip_suffix('.'));
    let short = match inside {
        Some(label) if !label.is_empty() && label != "*" && !domain.is_empty() => label.to_owned(),
        _ => people(name),
    };
    words::escape(&short, MOST)
}
