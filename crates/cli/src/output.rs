//! Writes to standard output, standard error and files.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use mailmedic::report::text::{Style, is_unsafe};
use mailmedic::report::{Report, json, text};

use crate::args::{Format, Printing, Reporting};
use crate::exit::Failure;

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Reporting {
    /// Prints a report in the form that was asked for, and writes its chains if that was asked for.
    pub(crate) fn report(&self, report: &Report) -> Result<(), Failure> {
        let chains = self.chain_dir.as_deref().map_or(Ok(()), |folder| write_chains(report, folder));
        let written = match self.printing.format {
            Format::Json => self.printing.text(&json::render(report)),
            Format::Text => {
                let chain_dir = self.chain_dir.as_ref().filter(|_| chains.is_ok());
                let chain_dir = chain_dir.map(|folder| folder.display().to_string());
                let style = Style { verbose: self.verbose, chain_dir, ..self.printing.style() };
                self.printing.text(&text::render(report, &style))
            }
        };
        written.and(chains)
    }
}

impl Printing {
    /// Prints a text to where it is to go.
    pub(crate) fn text(&self, text: &str) -> Result<(), Failure> {
        match &self.output {
            Some(file) => fs::write(file, text).map_err(|why| Failure::file(file, why)),
            None => print(text),
        }
    }

    /// Opens what is to be written piece by piece.
    pub(crate) fn writer(&self) -> Result<Writer, Failure> {
        let file = self.output.as_ref().map(|file| match File::create(file) {
            Ok(open) => Ok((file.clone(), BufWriter::new(open))),
            Err(why) => Err(Failure::file(file, why)),
        });
        Ok(Writer(file.transpose()?))
    }

    /// Tells how text is to look where it goes.
    pub(crate) fn style(&self) -> Style {
        let terminal = self.output.is_none() && io::stdout().is_terminal();
        let colour = match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                terminal && !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        let columns = terminal.then(terminal_size::terminal_size).flatten();
        let width = columns.map_or(WIDTH, |(columns, _)| usize::from(columns.0)).clamp(LEAST, MOST);
        Style { colour, width, ..Style::default() }
    }
}

/// What is written piece by piece: a file, or standard output.
pub(crate) struct Writer(Option<(PathBuf, BufWriter<File>)>);

impl Writer {
    /// Writes one piece.
    pub(crate) fn write(&mut self, text: &str) -> Result<(), Failure> {
        match &mut self.0 {
            Some((file, open)) => open.write_all(text.as_bytes()).map_err(|why| Failure::file(file, why)),
            None => print(text),
        }
    }

    /// Writes what is held back, so that others can read it now.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        match &mut self.0 {
            Some((file, open)) => open.flush().map_err(|why| Failure::file(file, why)),
            None => Ok(()),
        }
    }

    /// Writes what is still held back.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        self.flush()
    }
}

/// Prints to standard output; a reader that has gone away, such as `head`, wants no more.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Prints bytes to standard output, as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(Failure(format!("standard output: {why}"))),
        _ => Ok(()),
    }
}

/// Prints a line to standard error.
pub(crate) fn complain(what: &impl fmt::Display) {
    let mut line = String::from("mailmedic: ");
    line.extend(what.to_string().chars().map(|c| if is_unsafe(c) { '?' } else { c }));
    line.push('\n');
    // There is nobody left to tell.
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// Writes each full chain that the report proposes; other files of the same name are left alone.
fn write_chains(report: &Report, folder: &Path) -> Result<(), Failure> {
    let findings = report.targets.iter().flat_map(|target| &target.findings);
    for chain in findings.filter_map(|finding| finding.chain.as_ref()) {
        if chain.file.is_empty() || chain.file.starts_with('.') || chain.file.contains(['/', '\\', '\0']) {
            return Err(Failure(format!("{:?} is no name for a file", chain.file)));
        }
        write_new(&folder.join(&chain.file), chain.pem.as_bytes())?;
    }
    Ok(())
}

/// Names a file beside another, to be written and then put in its place.
fn half(path: &Path) -> PathBuf {
    let mut half = path.to_owned().into_os_string();
    half.push(format!(".{}.part", std::process::id()));
    PathBuf::from(half)
}

/// Writes a file in one step; one that is there already must have the same content.
pub(crate) fn write_new(path: &Path, content: &[u8]) -> Result<(), Failure> {
    match fs::read(path) {
        Ok(there) if there == content => return Ok(()),
        Ok(_) => return Err(Failure::file(path, "there is another file of this name; it was left as it is")),
        Err(why) if why.kind() == ErrorKind::NotFound => {}
        Err(why) => return Err(Failure::file(path, why)),
    }
    let half = half(path);
    // A link, unlike a rename, replaces nothing that came to be in between.
    let done = fs::write(&half, content).and_then(|()| fs::hard_link(&half, path));
    let _ = fs::remove_file(&half);
    done.map_err(|why| Failure::file(path, why))
}

/// Writes a file in one step, in the place of one that may be there.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let half = half(path);
    let done = fs::write(&half, content).and_then(|()| fs::rename(&half, path));
    let _ = fs::remove_file(&half);
    done.map_err(|why| Failure::file(path, why))
}

/// Writes a file that nobody but its owner may read, in one step; one that is there already stays unless it is to be
/// replaced.
pub(crate) fn write_secret(path: &Path, text: &str, replace: bool) -> io::Result<()> {
    let half = half(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let written = options.open(&half).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A link, unlike a rename, replaces nothing that came to be in between.
        if replace { fs::rename(&half, path) } else { fs::hard_link(&half, path) }
    });
    let _ = fs::remove_file(&half);
    written
}

/// Writes a comment of a zone file, in lines of moderate length.
pub(crate) fn comment(out: &mut String, text: &str) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column == 0 || column + 1 + length > COMMENT {
            if column > 0 {
                out.push('\n');
            }
            out.push(';');
            column = 1;
        }
        out.push(' ');
        out.extend(word.chars().map(|c| if is_unsafe(c) { '?' } else { c }));
        column += 1 + length;
    }
    out.push('\n');
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The width where there is no terminal.
const WIDTH: usize = 80;
/// Columns of a comment.
const COMMENT: usize = 80;
/// Narrower than this nothing can be laid out.
const LEAST: usize = 40;
/// Wider than this text is hard to read.
const MOST: usize = 100;

#[cfg(test)]
mod tests {
    use std::fs;

    use mailmedic::finding::Severity;
    use mailmedic::report::{ChainReport, FindingReport, Report, SCHEMA, Summary, TargetReport};

    use super::{comment, write_chains};

    fn report(file: &str) -> Report {
        let finding = FindingReport {
            rule: "chain-incomplete".into(),
            severity: Severity::Error,
            milder: [].into(),
            endpoints: Vec::new(),
            title: String::new(),
            cause: String::new(),
            hurts: None,
            evidence: [].into(),
            fixes: Vec::new(),
            verify: Vec::new(),
            chain: Some(ChainReport { file: file.into(), pem: "the chain\n".into() }),
            references: Vec::new(),
        };
        let target = TargetReport {
            input: "mx.example.org".into(),
            kind: "host".into(),
            certificates: Vec::new(),
            verdicts: Vec::new(),
            records: Vec::new(),
            questions: Vec::new(),
            client_names: Vec::new(),
            verdict: String::new(),
            grade: None,
            grade_because: Vec::new(),
            policy: None,
            interrupted: false,
            connections: 0,
            millis: 0,
            endpoints: Vec::new(),
            findings: vec![finding],
            unknown: Vec::new(),
        };
        Report {
            schema: SCHEMA.into(),
            version: mailmedic::VERSION.into(),
            now: jiff::Timestamp::UNIX_EPOCH,
            targets: vec![target],
            summary: Summary::default(),
        }
    }

    #[test]
    fn a_comment_stays_one_whatever_is_in_it() {
        let mut out = String::new();
        comment(&mut out, &format!("{} \r\n evil. 1 IN TXT x\u{1b}", "word ".repeat(30)));
        assert!(out.lines().count() > 1);
        assert!(out.lines().all(|line| line.starts_with("; ") && line.len() <= 80), "{out}");
        assert!(!out.contains('\u{1b}'));
    }

    #[test]
    fn chains_are_written_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mx.example.org.fullchain.pem");
        let report = report("mx.example.org.fullchain.pem");
        write_chains(&report, folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "the chain\n");
        write_chains(&report, folder.path()).unwrap();
        fs::write(&path, "precious").unwrap();
        let failure = write_chains(&report, folder.path()).unwrap_err();
        assert!(failure.0.ends_with("there is another file of this name; it was left as it is"), "{failure}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a part of a file was left behind");
    }

    #[test]
    fn chains_stay_in_their_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["../up.pem", "/etc/x.pem", ".hidden", "a\\b", ""] {
            assert!(write_chains(&report(name), folder.path()).is_err(), "{name:?}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
