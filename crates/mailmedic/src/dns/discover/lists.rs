//! Politeness towards block lists: they are other people's servers, and one run may have thousands of domains.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::name::Name;
use crate::observation::DnsType;
use crate::records::dnsbl;

/// Spaces the questions to each block list, over all targets that share it.
#[derive(Debug, Default)]
pub struct Pacing {
    /// What lies at least between the beginnings of two questions to one list.
    gap: Duration,
    lists: Mutex<BTreeMap<&'static str, List>>,
}

/// What is known of one list.
#[derive(Debug)]
struct List {
    free: Arc<Semaphore>,
    /// When the next question may begin.
    next: Option<Instant>,
    /// What was asked before, which the resolver answers from its memory.
    asked: HashSet<(Name, DnsType)>,
}

impl Pacing {
    /// Makes one with this gap.
    pub fn new(gap: Duration) -> Self {
        Self { gap, lists: Mutex::default() }
    }

    /// Waits until a question may be put; it is under way until what is returned is dropped. Questions to others, and those
    /// that were put before, need not wait.
    pub(super) async fn turn(&self, name: &Name, kind: DnsType) -> Option<OwnedSemaphorePermit> {
        let zone = dnsbl::list_of(name)?.zone;
        let free = {
            let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
            let list = lists.entry(zone).or_default();
            if list.asked.len() >= MOST_REMEMBERED {
                list.asked.clear();
            }
            if !list.asked.insert((name.clone(), kind)) {
                return None;
            }
            Arc::clone(&list.free)
        };
        // It is closed by nobody.
        let permit = free.acquire_owned().await.ok();
        let begin = {
            let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
            let list = lists.entry(zone).or_default();
            let now = Instant::now();
            let begin = list.next.map_or(now, |next| next.max(now));
            list.next = Some(begin + self.gap);
            begin
        };
        tokio::time::sleep_until(begin).await;
        permit
    }
}

impl Default for List {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(MOST_AT_ONCE)), next: None, asked: HashSet::new() }
    }
}

/// Questions to one list that may be under way at once.
const MOST_AT_ONCE: usize = 2;

/// Questions that are remembered for each list; the resolver remembers no more of all.
const MOST_REMEMBERED: usize = 20_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, timeout};

    use super::Pacing;
    use crate::name::Name;
    use crate::observation::DnsType;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn questions_to_one_list_are_spaced() {
        let (pacing, begin) = (Pacing::new(Duration::from_millis(100)), Instant::now());
        for number in 0..5 {
            drop(pacing.turn(&name(&format!("{number}.2.0.192.bl.spamcop.net")), DnsType::A).await);
            assert_eq!(begin.elapsed().as_millis(), number * 100);
        }
        // Another list, another zone, and what was asked before.
        assert!(pacing.turn(&name("9.2.0.192.psbl.surriel.com"), DnsType::A).await.is_some());
        assert!(pacing.turn(&name("example.org"), DnsType::A).await.is_none());
        assert!(pacing.turn(&name("1.2.0.192.bl.spamcop.net"), DnsType::A).await.is_none());
        assert_eq!(begin.elapsed().as_millis(), 400);
    }

    #[tokio::test(start_paused = true)]
    async fn two_are_under_way_at_once() {
        let pacing = Pacing::default();
        let ask = |number: u8| {
            let name = name(&format!("{number}.2.0.192.bl.spamcop.net"));
            let pacing = &pacing;
            async move { pacing.turn(&name, DnsType::A).await }
        };
        let (first, _second) = (ask(1).await.unwrap(), ask(2).await.unwrap());
        let third = ask(3);
        tokio::pin!(third);
        assert!(timeout(Duration::from_secs(1), &mut third).await.is_err());
        drop(first);
        assert!(third.await.is_some());
    }
}
