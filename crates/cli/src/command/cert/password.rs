//! Passwords: from a file, or typed unseen; never from the command line, where others could read them.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use mailmedic::keyfile::Password;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::exit::Failure;

/// Where the password of a key file comes from.
#[derive(Debug, Default, Args)]
pub(in crate::command) struct Passwords {
    /// Take the password for locked keys and PKCS #12 from the first line of this file, instead of asking for it
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Passwords {
    /// Returns the password for a file: the one that is given, or what is typed on the terminal.
    pub(in crate::command) fn of(&self, what: &Path) -> Result<Password, Failure> {
        let bytes = match &self.password_file {
            Some(file) => Zeroizing::new(fs::read(file).map_err(|why| Failure::file(file, why))?),
            None => ask(what).map_err(|why| {
                Failure::file(
                    what,
                    format!("it is locked, and no password can be asked for ({why}); give --password-file"),
                )
            })?,
        };
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = str::from_utf8(line).map_err(|_| Failure("the password is not in UTF-8".to_owned()))?;
        Ok(Password::new(text.to_owned()))
    }
}

/// Asks on the terminal, whatever standard input and output are.
fn ask(what: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let silence = Silence::begin(&terminal)?;
    let shown: String = what.display().to_string().chars().filter(|c| !c.is_control()).collect();
    write!(&terminal, "Password for {shown}: ")?;
    // It must not grow: what is left behind would not be wiped.
    let mut typed = Zeroizing::new(Vec::with_capacity(MOST));
    let mut byte = Zeroizing::new([0]);
    while (&terminal).read(&mut *byte)? == 1 && byte[0] != b'\n' {
        if typed.len() == MOST {
            return Err(io::Error::other("it is too long"));
        }
        typed.push(byte[0]);
    }
    drop(silence);
    writeln!(&terminal)?;
    Ok(typed)
}

/// No password is longer.
const MOST: usize = 1024;

/// A terminal that does not show what is typed, until this is dropped.
struct Silence<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silence<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        // Nothing more can be done for a terminal that has gone away.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
