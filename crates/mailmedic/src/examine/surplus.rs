//! Connections that were wanted ahead of their questions, and are not any more before they could be opened.

use std::sync::Arc;

use tokio::sync::watch;

/// How many of those that wait to be opened are too many, or that all are and the look is over; shared by all that are opened.
#[derive(Clone)]
pub(super) struct Surplus(Arc<watch::Sender<usize>>);

impl Default for Surplus {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Surplus {
    /// Says how many are too many now; those that stand already are none of them.
    pub(super) fn set(&self, count: usize) {
        self.0.send_replace(count);
    }

    /// Says that the look is over: even those that are being opened are too many.
    pub(super) fn end(&self) {
        self.set(usize::MAX);
    }

    /// Waits for the end of the look.
    pub(super) async fn be_over(&self) {
        // The channel lasts as long as we do.
        let _ = self.0.subscribe().wait_for(|count| *count == usize::MAX).await;
    }

    /// Waits until one is too many, and takes its place.
    pub(super) async fn be_too_many(&self) {
        let mut told = self.0.subscribe();
        // The channel lasts as long as we do.
        while told.wait_for(|count| *count > 0).await.is_ok() {
            let is_ours = self.0.send_if_modified(|count| {
                let is_left = *count > 0;
                if *count < usize::MAX {
                    *count = count.saturating_sub(1);
                }
                is_left
            });
            if is_ours {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::Surplus;

    #[tokio::test]
    async fn as_many_as_are_too_many_give_up() {
        let surplus = Surplus::default();
        let mut waiting = JoinSet::new();
        for _ in 0..5 {
            let surplus = surplus.clone();
            waiting.spawn(async move { surplus.be_too_many().await });
        }
        tokio::task::yield_now().await;
        assert!(waiting.try_join_next().is_none());
        surplus.set(2);
        waiting.join_next().await.unwrap().unwrap();
        waiting.join_next().await.unwrap().unwrap();
        tokio::task::yield_now().await;
        assert!(waiting.try_join_next().is_none(), "three are wanted");
        surplus.end();
        surplus.be_over().await;
        while waiting.join_next().await.is_some() {}
    }
}
