//! The first look, and what is begun while it still goes on.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::shortcut::Shortcut;
use super::surplus::Surplus;
use super::walk::{Event, Walk, open, run};
use crate::job::Job;
use crate::observation::{Ask, EndpointObservation, Session};
use crate::probe::{Asking, Line, News, Seen};

/// What is begun while the first look still goes on.
#[derive(Default)]
pub(super) struct Ahead {
    /// Whether many questions will follow the first look, whatever it brings.
    pub(super) wanted: bool,
    /// The rest of the look, and connections that are opened before it is known what to ask on them.
    pub(super) running: JoinSet<Event>,
    /// How many connections.
    pub(super) opening: usize,
    /// How many of those that wait are wanted no more.
    pub(super) surplus: Surplus,
    /// The first look, while it is under way.
    pub(super) look: Option<Job>,
    /// The short way to TLS, if the connections try it.
    pub(super) shortcut: Option<Shortcut>,
}

impl Walk {
    /// Ends a connection for which no question is left.
    pub(super) async fn hang_up(&self, line: Line, seen: &mut EndpointObservation) {
        let spare = self.prober.hang_up(line).await;
        self.keep_spare(spare.session, seen);
    }

    /// Keeps the record of a connection for which no question was left.
    pub(super) fn keep_spare(&self, spare: Session, seen: &mut EndpointObservation) {
        self.sink.keep(self.index, spare.clone(), Vec::new());
        seen.sessions.push(spare);
    }

    /// Ends connections that were opened ahead in vain.
    pub(super) async fn discard(&mut self, ahead: &mut Ahead, seen: &mut EndpointObservation) {
        ahead.surplus.end();
        ahead.opening = 0;
        while let Some(Ok(event)) = ahead.running.join_next().await {
            match event {
                Event::Unneeded => {}
                Event::Opened(line, _) => self.hang_up(*line, seen).await,
                Event::GivenUp(spare) => self.keep_spare(*spare, seen),
                Event::Failed(..) => self.sink.spoil(self.index, 1),
                Event::Asked(asked, _) => self.keep(asked.1, seen),
            }
        }
        ahead.surplus.set(0);
    }

    /// Puts a question on a connection of its own; none where the rest of a first look goes on beside the questions that follow.
    ///
    /// Once a server has let us in, connections for more questions can be opened; once TLS stands, the questions can be put.
    pub(super) async fn look(
        &self,
        job: &Job,
        ahead: &mut Ahead,
        seen: &mut EndpointObservation,
    ) -> Option<Seen> {
        let (prober, endpoint) = (Arc::clone(&self.prober), self.endpoint.clone());
        if job.ask != Ask::Polite || !ahead.wanted {
            return Some(prober.run(&endpoint, job, Asking::default()).await);
        }
        let (tell, mut told) = mpsc::unbounded_channel();
        let asking = Asking { parts: false, news: Some(tell) };
        let mut looking = Box::pin(run(prober, endpoint, job.clone(), asking));
        loop {
            let news = tokio::select! {
                event = &mut looking => match event {
                    Event::Asked(asked, _) => return Some(asked.1),
                    Event::Opened(..) | Event::Failed(..) | Event::Unneeded | Event::GivenUp(_) => return None,
                },
                Some(news) = told.recv() => news,
            };
            match news {
                News::LetIn(so_far) => self.open_ahead(*so_far, ahead),
                News::Stands(so_far) => {
                    seen.sessions.push(so_far.session.clone());
                    // An interruption may come before the rest.
                    self.sink.keep(self.index, so_far.session, so_far.certificates);
                    ahead.look = Some(job.clone());
                    ahead.running.spawn(looking);
                    return None;
                }
            }
        }
    }

    /// Opens as many connections as are polite beside the first look, of which so much is known.
    fn open_ahead(&self, so_far: Session, ahead: &mut Ahead) {
        let security = so_far.security;
        let mut known = EndpointObservation::new(self.endpoint.clone());
        known.sessions.push(so_far);
        let shortcut = Shortcut::new(&known);
        let is_tried = shortcut.is_undecided();
        while ahead.opening + 1 < self.prober.most_at_once() {
            ahead.opening += 1;
            let (prober, endpoint) = (Arc::clone(&self.prober), self.endpoint.clone());
            let surplus = ahead.surplus.clone();
            ahead.running.spawn(open(prober, endpoint, security, shortcut.take(), surplus));
        }
        // Else more may be known after the first look.
        ahead.shortcut = Some(shortcut).filter(|_| is_tried);
    }
}
