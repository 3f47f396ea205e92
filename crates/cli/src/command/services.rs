//! The servers of a domain, as the command line gives them.

use clap::Args;
use mailmedic::endpoint::Protocol;
use mailmedic::generate::srv::Server;

use crate::exit::Failure;

/// The servers that mail clients are told.
#[derive(Debug, Default, Args)]
pub(crate) struct Services {
    /// An IMAP server; without a port 993, the mode is tls (from the first byte) or starttls; may be given several times
    #[arg(long, value_name = "HOST[:PORT[:MODE]]")]
    imap: Vec<String>,
    /// A POP3 server; without a port 995
    #[arg(long, value_name = "HOST[:PORT[:MODE]]")]
    pop3: Vec<String>,
    /// A server that takes mail from clients; without a port 465
    #[arg(long, value_name = "HOST[:PORT[:MODE]]")]
    submission: Vec<String>,
    /// A ManageSieve server; without a port 4190
    #[arg(long, value_name = "HOST[:PORT[:MODE]]")]
    sieve: Vec<String>,
}

impl Services {
    /// Reads them all; those given first are preferred.
    pub(crate) fn servers(&self) -> Result<Vec<Server>, Failure> {
        let kinds = [
            ("--imap", Protocol::Imap, &self.imap),
            ("--pop3", Protocol::Pop3, &self.pop3),
            ("--submission", Protocol::Submission, &self.submission),
            ("--sieve", Protocol::Sieve, &self.sieve),
        ];
        let mut servers: Vec<Server> = Vec::new();
        for (option, protocol, texts) in kinds {
            for text in texts {
                let server = Server::parse(protocol, text)
                    .map_err(|why| Failure(format!("{option} {text:?}: {why}")))?;
                if !servers.contains(&server) {
                    servers.push(server);
                }
            }
        }
        Ok(servers)
    }
}
