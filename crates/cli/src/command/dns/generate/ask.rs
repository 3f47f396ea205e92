//! Questions to DNS, put when they are needed, each once.

use mailmedic::dns::{Resolver, ResolverOptions};
use mailmedic::examine::Options;
use mailmedic::name::Name;
use mailmedic::observation::{DnsAnswer, DnsType};
use mailmedic::records::Answers;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::exit::Failure;

/// Asks DNS, and keeps what was answered.
pub(super) struct Asker {
    runtime: Runtime,
    resolver: Resolver,
    seen: Vec<DnsAnswer>,
}

impl Asker {
    /// Prepares to ask; nothing is sent yet.
    pub(super) fn new(options: &Options) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|why| Failure(format!("the system gives no event loop: {why}")))?;
        let inside = runtime.enter();
        let resolver = Resolver::new(ResolverOptions {
            servers: options.resolvers.clone(),
            anchors: options.dnssec_anchors.clone(),
            families: options.families,
            timeout: options.timeout,
            concurrent: options.dns_at_once,
        });
        drop(inside);
        Ok(Self { runtime, resolver, seen: Vec::new() })
    }

    /// Puts those questions that were not put before, side by side.
    pub(super) fn ask(&mut self, questions: Vec<(Name, DnsType)>) {
        let mut running = JoinSet::new();
        let resolver = &self.resolver;
        let seen = &mut self.seen;
        self.runtime.block_on(async {
            for (name, kind) in questions {
                if !seen.iter().any(|answer| answer.kind == kind && answer.name == name) {
                    let resolver = resolver.clone();
                    running.spawn(async move { resolver.ask(&name, kind).await });
                }
            }
            while let Some(answer) = running.join_next().await {
                seen.extend(answer);
            }
        });
    }

    /// Asks until whoever looks finds nothing missing, or what is missing has no end.
    pub(super) fn until_known(&mut self, look: impl Fn(&Answers<'_>)) {
        for _ in 0..MOST_ROUNDS {
            let answers = Answers::new(&self.seen);
            look(&answers);
            let wanted = answers.into_wanted();
            if wanted.is_empty() {
                return;
            }
            self.ask(wanted);
        }
    }

    /// Returns the answers so far.
    pub(super) fn answers(&self) -> Answers<'_> {
        Answers::new(&self.seen)
    }

    /// Returns the answer to a question, if it was put.
    pub(super) fn answer(&self, name: &Name, kind: DnsType) -> Option<&DnsAnswer> {
        self.seen.iter().find(|answer| answer.kind == kind && answer.name == *name)
    }
}

/// Each round follows what the one before brought: no honest record leads that far.
const MOST_ROUNDS: usize = 16;
