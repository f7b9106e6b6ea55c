//! The queue of traces: what is on the disk, and behind it what could not be put there.
//!
//! Everything is in one order. The disk has the older part; only while it cannot be written to does a part
//! in memory grow behind it. `head` says up to where traces are gone, even where the disk could not be
//! told: it is told with the next change, and a crash before that sends them once more.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::store::{Row, Store, is_damage};
use super::{Entry, Limits, Totals};

/// What happened to the traces that were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The control plane has them.
    Delivered,
    /// It may not have them: they stay.
    Kept,
    /// It refused the only one for good, with this status.
    Dead(u16),
}

/// The oldest traces, to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// In order; empty where none wait.
    pub rows: Vec<Row>,
    /// Traces dropped so far.
    pub dropped: u64,
}

impl Taken {
    /// The place of the last one.
    #[must_use]
    pub fn upto(&self) -> Option<i64> {
        self.rows.last().map(|row| row.seq)
    }
}

/// Traces that are on their way.
#[derive(Debug)]
struct UnderWay {
    rows: Vec<Row>,
    /// How many of them had to make room meanwhile: what they count as is open.
    pushed_out: usize,
}

/// The queue.
#[derive(Debug)]
pub struct Queue {
    path: PathBuf,
    limits: Limits,
    store: Option<Store>,
    head: i64,
    last_seq: i64,
    on_disk: usize,
    memory: VecDeque<Row>,
    totals: Totals,
    under_way: Option<UnderWay>,
    trouble: Option<String>,
}

impl Queue {
    /// Opens the file. Where it cannot be used, the queue stands in memory; where it is damaged, it is set
    /// aside and a new one is made.
    #[must_use]
    pub fn open(path: &Path, limits: Limits) -> Self {
        let mut queue = Self {
            path: path.to_owned(),
            limits,
            store: None,
            head: 0,
            last_seq: 0,
            on_disk: 0,
            memory: VecDeque::new(),
            totals: Totals::default(),
            under_way: None,
            trouble: None,
        };
        queue.open_store();
        queue
    }

    fn open_store(&mut self) {
        let opened = match Store::open(&self.path, self.limits.max_bytes) {
            Err(e) if is_damage(&e) => {
                self.set_aside();
                Store::open(&self.path, self.limits.max_bytes)
            }
            opened => opened,
        };
        match opened {
            Ok((store, found)) => {
                self.store = Some(store);
                self.totals.add(&found.totals);
                self.on_disk = found.waiting;
                // Whatever was taken from memory until now: nothing of this file was.
                self.head = 0;
                // What is in memory is newer than what the file has.
                let first = self.last_seq.max(found.last_seq);
                for (row, seq) in self.memory.iter_mut().zip(first + 1..) {
                    row.seq = seq;
                }
                self.last_seq = first + i64::try_from(self.memory.len()).unwrap_or(0);
            }
            Err(e) => self.is_in_trouble(&e),
        }
    }

    fn is_in_trouble(&mut self, error: &rusqlite::Error) {
        self.trouble = Some(error.to_string());
    }

    /// Moves the damaged file out of the way; what waited in it is lost, and counted where it was known.
    fn set_aside(&mut self) {
        self.store = None;
        self.totals.dropped += (self.on_disk - pushed_out(self.under_way.as_ref(), self.on_disk)) as u64;
        self.push_out(self.on_disk);
        self.totals.damaged_files += 1;
        self.on_disk = 0;
        for ending in ["", "-wal", "-shm"] {
            let from = with_ending(&self.path, ending);
            let to = with_ending(&self.path, &format!(".damaged{ending}"));
            // Only the newest damaged file is kept: a disk that goes bad must not fill up, too.
            if std::fs::rename(&from, &to).is_err() {
                let _ = std::fs::remove_file(&from);
            }
        }
    }

    /// The disk failed. A damaged file is moved away, so that the next [`Self::mend`] makes a good one.
    fn failed(&mut self, error: &rusqlite::Error) {
        self.is_in_trouble(error);
        if is_damage(error) {
            self.set_aside();
        }
    }

    /// Takes traces in. When this returns they are as safe as they will be: on the disk, or, where
    /// [`Self::trouble`] says so, in memory.
    pub fn append(&mut self, entries: Vec<Entry>) {
        let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        let rows: Vec<Row> =
            entries.into_iter().zip(self.last_seq + 1..).map(|(entry, seq)| Row { seq, entry }).collect();
        self.last_seq = self.last_seq.saturating_add(count);
        if !self.memory.is_empty() || !self.append_to_disk(&rows) {
            self.totals.accepted += rows.len() as u64;
            self.memory.extend(rows);
            let excess = self.depth().saturating_sub(self.limits.capacity);
            self.drop_oldest(excess);
        }
    }

    fn append_to_disk(&mut self, rows: &[Row]) -> bool {
        let Some(store) = &mut self.store else { return false };
        let (totals, under_way) = (self.totals, self.under_way.as_ref());
        let settle = |inserted: usize, dropped: usize| {
            let mut totals = totals;
            totals.accepted += inserted as u64;
            totals.dropped += (dropped - pushed_out(under_way, dropped)) as u64;
            totals
        };
        match store.append(rows, self.head, self.on_disk, self.limits.capacity, settle) {
            Ok(appended) => {
                self.totals = settle(appended.inserted, appended.dropped);
                self.push_out(appended.dropped);
                self.on_disk = self.on_disk + appended.inserted - appended.dropped;
                self.head = appended.head;
                true
            }
            Err(e) => {
                self.failed(&e);
                false
            }
        }
    }

    fn push_out(&mut self, dropped: usize) {
        let count = pushed_out(self.under_way.as_ref(), dropped);
        if let Some(under_way) = &mut self.under_way {
            under_way.pushed_out += count;
        }
    }

    /// While the disk cannot be written to: makes room for what is in memory.
    fn drop_oldest(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.totals.dropped += (count - pushed_out(self.under_way.as_ref(), count)) as u64;
        self.push_out(count);
        let from_disk = count.min(self.on_disk);
        if let Some(before) = from_disk.checked_sub(1) {
            let seq = self.store.as_ref().map(|store| store.seq_at(self.head, before));
            // A disk that cannot even be read holds nothing that could be sent.
            let (head, left) = match seq {
                Some(Ok(Some(seq))) => (seq, self.on_disk - from_disk),
                _ => (self.last_seq, 0),
            };
            self.head = head.min(self.memory.front().map_or(head, |row| row.seq - 1));
            self.on_disk = left;
        }
        self.memory.drain(..(count - from_disk).min(self.memory.len()));
    }

    /// The oldest traces, at most `limit`, up to the place `until`. They stay until [`Self::settle`].
    pub fn take(&mut self, limit: usize, until: Option<i64>) -> Taken {
        let until = until.unwrap_or(i64::MAX);
        let mut rows = Vec::new();
        if let (Some(store), true) = (&self.store, self.on_disk > 0) {
            match store.read(self.head, until, limit) {
                Ok(read) => rows = read,
                Err(e) => self.failed(&e),
            }
        }
        let left = limit.saturating_sub(rows.len());
        if rows.len() >= self.on_disk {
            rows.extend(self.memory.iter().take_while(|row| row.seq <= until).take(left).cloned());
        }
        self.under_way = (!rows.is_empty()).then(|| UnderWay { rows: rows.clone(), pushed_out: 0 });
        Taken { rows, dropped: self.totals.dropped }
    }

    /// Says what became of the traces that were taken last.
    pub fn settle(&mut self, outcome: Outcome) {
        let Some(UnderWay { rows, pushed_out }) = self.under_way.take() else { return };
        let Some(last) = rows.last() else { return };
        match outcome {
            Outcome::Kept => {
                if pushed_out > 0 {
                    self.totals.dropped += pushed_out as u64;
                    self.tell(|store, head, totals| store.remove(head, totals));
                }
                return;
            }
            Outcome::Delivered => self.totals.delivered += rows.len() as u64,
            Outcome::Dead(_) => self.totals.dead += rows.len() as u64,
        }
        let upto = last.seq;
        let in_memory = self.memory.iter().take_while(|row| row.seq <= upto).count();
        self.memory.drain(..in_memory);
        self.on_disk -= (rows.len() - pushed_out).saturating_sub(in_memory).min(self.on_disk);
        self.head = self.head.max(upto);
        self.tell(|store, head, totals| match outcome {
            Outcome::Dead(status) => store.bury(last, status, totals),
            _ => store.remove(head, totals),
        });
    }

    /// Writes to the disk what has become of traces.
    fn tell(&mut self, change: impl FnOnce(&mut Store, i64, Totals) -> rusqlite::Result<()>) {
        let Some(store) = &mut self.store else { return };
        if let Err(e) = change(store, self.head, self.totals) {
            self.failed(&e);
        }
    }

    /// After trouble with the disk: tries once more, and puts there what is in memory. Nothing is done
    /// while traces are on their way.
    pub fn mend(&mut self) {
        if self.trouble.is_none() || self.under_way.is_some() {
            return;
        }
        if self.store.is_none() {
            self.open_store();
        }
        if self.store.is_none() {
            return;
        }
        let rows: Vec<Row> = self.memory.iter().cloned().collect();
        // They have been counted as accepted when they came.
        self.totals.accepted = self.totals.accepted.saturating_sub(rows.len() as u64);
        if self.append_to_disk(&rows) {
            self.memory.clear();
            self.trouble = None;
        } else {
            self.totals.accepted += rows.len() as u64;
        }
    }

    /// Traces that wait.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.on_disk + self.memory.len()
    }

    /// What has become of all traces.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Why the disk is not used, or not for everything.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Ids and statuses of the dead letters, oldest first; none where the disk cannot be read.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<(String, u16)> {
        self.store.as_ref().and_then(|store| store.dead_letters().ok()).unwrap_or_default()
    }
}

/// How many of the oldest `dropped` traces are on their way.
fn pushed_out(under_way: Option<&UnderWay>, dropped: usize) -> usize {
    under_way.map_or(0, |u| (u.rows.len() - u.pushed_out).min(dropped))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
