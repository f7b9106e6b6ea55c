//! The outbox: traces on their way to the control plane, in a file that survives `kill -9`.
//!
//! At most [`CAPACITY`] traces wait; when more come, the oldest are dropped and counted. A thread of its
//! own works on the file, because its syncs take milliseconds; what has come meanwhile is written in one
//! transaction (group commit). An append is answered when it is on the disk, or, where the disk cannot be
//! used, in memory: then the state says so, and the disk is tried again.

mod queue;
mod store;

use std::path::Path;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, info};

pub use queue::{Outcome, Queue, Taken};
pub use store::Row;

/// Traces that wait at most.
pub const CAPACITY: usize = 10_000;
/// Largest file, in bytes: six times what full traces take, so that an error in counting cannot fill a disk.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Batches that wait for the thread; a sender beyond that waits, too.
const WAITING_COMMANDS: usize = 16;
/// Traces in one transaction at most.
const GROUP: usize = 5_000;

/// The bounds of an outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Traces.
    pub capacity: usize,
    /// Size of the file, in bytes.
    pub max_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { capacity: CAPACITY, max_bytes: MAX_BYTES }
    }
}

/// A trace as it is kept and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// The trace, as JSON.
    pub json: String,
}

/// What has become of all traces since the file was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Taken in.
    pub accepted: u64,
    /// Taken by the control plane.
    pub delivered: u64,
    /// Lost, because too many waited or the file was damaged.
    pub dropped: u64,
    /// Refused by the control plane for good.
    pub dead: u64,
    /// Damaged files that were set aside.
    pub damaged_files: u64,
}

impl Totals {
    /// Each with its name in the file.
    fn named(&mut self) -> [(&'static str, &mut u64); 5] {
        [
            ("accepted", &mut self.accepted),
            ("delivered", &mut self.delivered),
            ("dropped", &mut self.dropped),
            ("dead", &mut self.dead),
            ("damaged_files", &mut self.damaged_files),
        ]
    }

    fn add(&mut self, other: &Self) {
        let mut other = *other;
        for ((_, mine), (_, theirs)) in self.named().into_iter().zip(other.named()) {
            *mine = mine.saturating_add(*theirs);
        }
    }
}

/// How the outbox is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Traces that wait.
    pub depth: usize,
    /// What has become of all.
    pub totals: Totals,
    /// Why the disk is not used; none where it is.
    pub trouble: Option<String>,
}

enum Command {
    Append(Vec<Entry>, oneshot::Sender<()>),
    Take(usize, Option<i64>, oneshot::Sender<Taken>),
    Settle(Outcome, oneshot::Sender<()>),
    Mend(oneshot::Sender<()>),
}

/// The outbox's thread, from outside.
#[derive(Debug, Clone)]
pub struct Outbox {
    commands: mpsc::Sender<Command>,
    state: watch::Receiver<State>,
}

/// The thread is gone; it ends only with the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the outbox has ended")]
pub struct Ended;

impl Outbox {
    /// Opens the file, so that the state is right from the beginning, and starts the thread.
    ///
    /// # Errors
    /// Where there can be no thread.
    pub fn start(path: &Path, limits: Limits) -> std::io::Result<Self> {
        let (commands, receiver) = mpsc::channel(WAITING_COMMANDS);
        let queue = Queue::open(path, limits);
        say(None, queue.trouble());
        let (publish, state) = watch::channel(state(&queue));
        let work = move || serve(queue, receiver, &publish);
        std::thread::Builder::new().name("outbox".to_owned()).stack_size(512 * 1024).spawn(work)?;
        Ok(Self { commands, state })
    }

    /// How it is, now and from now on.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Takes traces in; returns when they are safe.
    ///
    /// # Errors
    /// Where the thread is gone.
    pub async fn append(&self, entries: Vec<Entry>) -> Result<(), Ended> {
        self.ask(|reply| Command::Append(entries, reply)).await
    }

    /// The oldest traces, at most `limit`, up to the place `until`.
    ///
    /// # Errors
    /// Where the thread is gone.
    pub async fn take(&self, limit: usize, until: Option<i64>) -> Result<Taken, Ended> {
        self.ask(|reply| Command::Take(limit, until, reply)).await
    }

    /// Says what became of the traces that were taken last.
    ///
    /// # Errors
    /// Where the thread is gone.
    pub async fn settle(&self, outcome: Outcome) -> Result<(), Ended> {
        self.ask(|reply| Command::Settle(outcome, reply)).await
    }

    /// Tries the disk again, if there was trouble with it.
    ///
    /// # Errors
    /// Where the thread is gone.
    pub async fn mend(&self) -> Result<(), Ended> {
        self.ask(Command::Mend).await
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Ended> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Ended)?;
        answer.await.map_err(|_| Ended)
    }
}

fn serve(mut queue: Queue, mut commands: mpsc::Receiver<Command>, publish: &watch::Sender<State>) {
    let show = |queue: &Queue| {
        say(publish.borrow().trouble.as_deref(), queue.trouble());
        publish.send_replace(state(queue));
    };
    let mut put_back = None;
    while let Some(command) = put_back.take().or_else(|| commands.blocking_recv()) {
        match command {
            Command::Append(entries, reply) => {
                let (mut entries, mut replies) = (entries, vec![reply]);
                // Whatever came meanwhile goes into the same transaction.
                while put_back.is_none() && entries.len() < GROUP {
                    match commands.try_recv() {
                        Ok(Command::Append(more, reply)) => {
                            entries.extend(more);
                            replies.push(reply);
                        }
                        Ok(other) => put_back = Some(other),
                        Err(_) => break,
                    }
                }
                queue.append(entries);
                // The state first: who has its answer finds it.
                show(&queue);
                for reply in replies {
                    let _ = reply.send(());
                }
            }
            Command::Take(limit, until, reply) => {
                let taken = queue.take(limit, until);
                show(&queue);
                let _ = reply.send(taken);
            }
            Command::Settle(outcome, reply) => {
                queue.settle(outcome);
                show(&queue);
                let _ = reply.send(());
            }
            Command::Mend(reply) => {
                queue.mend();
                show(&queue);
                let _ = reply.send(());
            }
        }
    }
}

/// Says once when the disk fails, and once when it is used again.
fn say(before: Option<&str>, now: Option<&str>) {
    match (before, now) {
        (before, Some(reason)) if before != Some(reason) => {
            error!("the disk takes no traces, they stand in memory: {reason}");
        }
        (Some(_), None) => info!("the disk takes traces again"),
        _ => {}
    }
}

fn state(queue: &Queue) -> State {
    State { depth: queue.depth(), totals: queue.totals(), trouble: queue.trouble().map(str::to_owned) }
}
