//! Brings traces from the outbox to the control plane: in batches, oldest first, at least once.
//!
//! A batch that may not be taken now stays, and is sent again as it was, under the same idempotency key,
//! after a wait. A batch that is refused for good is halved until the trace at fault is alone; that one
//! goes to the dead letters, and the rest goes on.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::backoff::{Backoff, Pace, random};
use crate::control_plane::{Kind, PlaneClient};
use crate::outbox::{Ended, Outbox, Outcome, Taken};
use crate::state::{hex, sha256};
use crate::status::{Board, Part};

/// How often the disk is tried again after trouble.
const MEND_INTERVAL: Duration = Duration::from_secs(5);

/// How traces are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Traces in a batch at most.
    pub batch_size: usize,
    /// How long a trace waits for its batch to become full.
    pub flush_interval: Duration,
    /// Bounds of the wait after a failure.
    pub pace: Pace,
}

/// A delivery.
#[derive(Debug)]
pub struct Delivery {
    client: PlaneClient,
    outbox: Outbox,
    gateway_id: String,
    settings: Settings,
    board: Board,
    backoff: Backoff,
    /// Size of the next batch: smaller than wanted while a trace that is refused is looked for.
    limit: usize,
    /// The batch that has to be sent again: its last place, and the number it spoke of.
    again: Option<(i64, u64)>,
}

/// What one attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    /// Traces went, or it was found out more about which one cannot.
    Onward,
    /// Nothing waits.
    Empty,
    /// Later.
    Wait(Duration),
}

impl Delivery {
    /// A delivery that has not begun.
    #[must_use]
    pub fn new(
        client: PlaneClient,
        outbox: Outbox,
        gateway_id: String,
        settings: Settings,
        board: Board,
    ) -> Self {
        let (backoff, limit) = (Backoff::new(settings.pace), settings.batch_size.max(1));
        Self { client, outbox, gateway_id, settings, board, backoff, limit, again: None }
    }

    /// Delivers until `stop` says so or its sender is gone; then tries once more what still waits.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let stopped = async |stop: &mut watch::Receiver<bool>| drop(stop.wait_for(|stop| *stop).await);
        loop {
            let ended = tokio::select! {
                ended = self.round() => ended,
                () = stopped(&mut stop) => break,
            };
            if ended.is_err() {
                return;
            }
        }
        while let Ok(Attempt::Onward) = self.attempt().await {}
    }

    /// Waits for a batch, then sends it.
    async fn round(&mut self) -> Result<(), Ended> {
        self.until_due().await?;
        let wait = match self.attempt().await? {
            Attempt::Wait(wait) => wait,
            Attempt::Onward => return Ok(()),
            // Something waits and nothing is given out: the disk cannot be read.
            Attempt::Empty => MEND_INTERVAL,
        };
        tokio::time::sleep(wait).await;
        self.outbox.mend().await
    }

    /// Waits until a batch is full or its oldest trace has waited for long enough.
    async fn until_due(&mut self) -> Result<(), Ended> {
        let mut state = self.outbox.state();
        while state.borrow_and_update().depth == 0 {
            match tokio::time::timeout(MEND_INTERVAL, state.changed()).await {
                Ok(changed) => changed.map_err(|_| Ended)?,
                Err(_) => self.outbox.mend().await?,
            }
        }
        if self.again.is_some() {
            return Ok(());
        }
        let full = state.wait_for(|state| state.depth >= self.limit);
        if let Ok(closed) = tokio::time::timeout(self.settings.flush_interval, full).await {
            closed.map_err(|_| Ended)?;
        }
        self.outbox.mend().await
    }

    async fn attempt(&mut self) -> Result<Attempt, Ended> {
        let taken = self.outbox.take(self.limit, self.again.map(|(upto, _)| upto)).await?;
        let Some(upto) = taken.upto() else {
            // What had to be sent again has made room meanwhile.
            return Ok(if self.again.take().is_some() { Attempt::Onward } else { Attempt::Empty });
        };
        let dropped = self.again.map_or(taken.dropped, |(_, dropped)| dropped);
        let (batch_id, json) = batch(&self.gateway_id, dropped, &taken);
        let count = taken.rows.len();
        let failure = match self.client.traces(&batch_id, json).await {
            Ok(()) => {
                self.outbox.settle(Outcome::Delivered).await?;
                debug!(count, "traces delivered");
                self.succeeded();
                return Ok(Attempt::Onward);
            }
            Err(failure) => failure,
        };
        match failure.kind {
            Kind::Refused(_) if count > 1 => {
                self.outbox.settle(Outcome::Kept).await?;
                (self.limit, self.again) = (count.div_ceil(2), None);
                Ok(Attempt::Onward)
            }
            Kind::Refused(status) => {
                self.outbox.settle(Outcome::Dead(status)).await?;
                warn!(status, "the control plane refuses a trace for good: it is kept as a dead letter");
                self.board.error(Part::Delivery, format!("a trace is refused for good: status {status}"));
                self.succeeded();
                Ok(Attempt::Onward)
            }
            Kind::Away | Kind::Unauthorized | Kind::Unusable => {
                self.outbox.settle(Outcome::Kept).await?;
                self.again = Some((upto, dropped));
                let wait = self.backoff.failed(failure.retry_after, random());
                let (reason, wait_s) = (&failure.reason, wait.as_secs());
                warn!(wait_s, "traces stay in the outbox: the control plane {reason}");
                self.board.delivery_failed(&failure, self.backoff.failures(), wait);
                Ok(Attempt::Wait(wait))
            }
        }
    }

    fn succeeded(&mut self) {
        if self.backoff.failures() > 0 {
            info!("traces are delivered again");
        }
        self.backoff.reset();
        self.again = None;
        self.limit = self.limit.saturating_mul(2).min(self.settings.batch_size.max(1));
        self.board.delivered(SystemTime::now());
    }
}

/// The batch as it is sent, and its id: the same traces and the same count have the same id, also after a
/// restart, and nothing else has.
fn batch(gateway_id: &str, dropped: u64, taken: &Taken) -> (String, String) {
    #[derive(Serialize)]
    struct Head<'a> {
        gateway_id: &'a str,
        batch_id: &'a str,
        dropped: u64,
    }
    let mut named = format!("{gateway_id}\n{dropped}");
    for row in &taken.rows {
        let _ = write!(named, "\n{}", row.entry.id);
    }
    let mut batch_id = hex(&sha256(named.as_bytes()));
    batch_id.truncate(32);
    let head = Head { gateway_id, batch_id: &batch_id, dropped };
    let mut json = serde_json::to_string(&head).unwrap_or_default();
    json.pop();
    json.push_str(",\"traces\":[");
    for (n, row) in taken.rows.iter().enumerate() {
        if n > 0 {
            json.push(',');
        }
        json.push_str(&row.entry.json);
    }
    json.push_str("]}");
    (batch_id, json)
}
