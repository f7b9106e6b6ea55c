//! The outbox: against a model of it, through crashes, torn writes and disks that fail.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use privet_sidecar::outbox::{Entry, Limits, Outbox, Outcome, Queue};
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

/// Small, so that it overflows.
const LIMITS: Limits = Limits { capacity: 8, max_bytes: 1 << 20 };

fn entry(n: u64) -> Entry {
    Entry { id: format!("trace-{n}"), json: format!("{{\"id\":\"trace-{n}\"}}") }
}

fn entries(range: std::ops::Range<u64>) -> Vec<Entry> {
    range.map(entry).collect()
}

/// What the outbox should be.
#[derive(Debug, Clone, Default)]
struct Model {
    waiting: VecDeque<u64>,
    accepted: u64,
    delivered: u64,
    dropped: u64,
    dead: Vec<u64>,
}

impl Model {
    /// Takes traces in; with `sending` the oldest that many are on their way.
    fn append(&mut self, numbers: std::ops::Range<u64>) {
        self.accepted += numbers.end - numbers.start;
        self.waiting.extend(numbers);
    }

    /// Drops what is too much; returns how many of the oldest `sending` that were.
    fn make_room(&mut self, sending: usize) -> usize {
        let excess = self.waiting.len().saturating_sub(LIMITS.capacity);
        self.waiting.drain(..excess);
        let open = excess.min(sending);
        self.dropped += (excess - open) as u64;
        open
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// So many traces come.
    Append(u64),
    /// So many are taken, and this becomes of them.
    Deliver(usize, Outcome),
    /// Traces come while others are on their way.
    AppendWhileSending(usize, u64, bool),
    /// The process dies, and another opens what it left.
    Crash,
    /// The process dies in the middle of taking these in: this share of what it wrote is there.
    CrashWhileAppending(u64, f64),
    /// Somebody holds the file: nothing can be written.
    Hold,
    /// No longer.
    Release,
    /// The disk is tried again.
    Mend,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let outcome = prop_oneof![3 => Just(Outcome::Delivered), 1 => Just(Outcome::Kept)];
    let step = prop_oneof![
        4 => (1u64..6).prop_map(Step::Append),
        4 => (1usize..6, outcome).prop_map(|(n, outcome)| Step::Deliver(n, outcome)),
        1 => Just(Step::Deliver(1, Outcome::Dead(422))),
        2 => (1usize..6, 1u64..12, any::<bool>()).prop_map(|(n, m, ok)| Step::AppendWhileSending(n, m, ok)),
        2 => Just(Step::Crash),
        2 => (1u64..6, 0.0..1.3).prop_map(|(n, share)| Step::CrashWhileAppending(n, share)),
        1 => Just(Step::Hold),
        2 => Just(Step::Release),
        2 => Just(Step::Mend),
    ];
    prop::collection::vec(step, 1..40)
}

/// A queue and what it should be.
struct Run {
    folder: TempDir,
    queue: Queue,
    model: Model,
    next: u64,
    /// Keeps the file from being written to.
    holder: Option<Connection>,
    crashes: u32,
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("outbox.db")
}

/// The files as they are now: what another process finds if this one dies now.
fn copy(from: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for ending in ["", "-wal"] {
        let name = format!("outbox.db{ending}");
        let source = from.join(&name);
        if source.exists() {
            std::fs::copy(source, folder.path().join(name)).unwrap();
        }
    }
    folder
}

fn wal_size(folder: &TempDir) -> u64 {
    std::fs::metadata(folder.path().join("outbox.db-wal")).map_or(0, |m| m.len())
}

impl Run {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let queue = Queue::open(&file(&folder), LIMITS);
        Self { folder, queue, model: Model::default(), next: 0, holder: None, crashes: 0 }
    }

    fn numbers(&mut self, count: u64) -> std::ops::Range<u64> {
        let range = self.next..self.next + count;
        self.next = range.end;
        range
    }

    fn do_step(&mut self, step: &Step) {
        match *step {
            Step::Append(count) => {
                let numbers = self.numbers(count);
                self.queue.append(entries(numbers.clone()));
                self.model.append(numbers);
                self.model.make_room(0);
            }
            Step::Deliver(limit, outcome) => self.deliver(limit, outcome, 0),
            Step::AppendWhileSending(limit, count, arrives) => {
                let outcome = if arrives { Outcome::Delivered } else { Outcome::Kept };
                self.deliver(limit, outcome, count);
            }
            // While the file is held, or something stands in memory, a crash loses what was never on the
            // disk: that is another promise, with a test of its own.
            Step::Crash if self.is_safe() => self.reopen(copy(self.folder.path())),
            Step::CrashWhileAppending(count, share) if self.is_safe() => self.tear(count, share),
            Step::Crash | Step::CrashWhileAppending(..) => {}
            Step::Hold => {
                if self.holder.is_none() {
                    let holder = Connection::open(file(&self.folder)).unwrap();
                    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
                    self.holder = Some(holder);
                }
            }
            Step::Release => self.holder = None,
            Step::Mend => {
                self.queue.mend();
                if self.holder.is_none() {
                    assert_eq!(self.queue.trouble(), None);
                }
            }
        }
    }

    fn is_safe(&self) -> bool {
        self.holder.is_none() && self.queue.trouble().is_none()
    }

    fn deliver(&mut self, limit: usize, outcome: Outcome, meanwhile: u64) {
        let taken = self.queue.take(limit, None);
        let ids: Vec<String> = taken.rows.iter().map(|row| row.entry.id.clone()).collect();
        let expected: Vec<u64> = self.model.waiting.iter().take(limit).copied().collect();
        assert_eq!(ids, expected.iter().map(|n| entry(*n).id).collect::<Vec<_>>());
        let numbers = self.numbers(meanwhile);
        self.queue.append(entries(numbers.clone()));
        self.model.append(numbers);
        let pushed_out = self.model.make_room(expected.len());
        self.queue.settle(outcome);
        let left = expected.len() - pushed_out;
        match outcome {
            Outcome::Delivered => {
                self.model.delivered += expected.len() as u64;
                self.model.waiting.drain(..left);
            }
            Outcome::Kept => self.model.dropped += pushed_out as u64,
            Outcome::Dead(_) => {
                self.model.waiting.drain(..left);
                self.model.dead.extend(expected);
            }
        }
    }

    fn reopen(&mut self, folder: TempDir) {
        self.crashes += 1;
        self.queue = Queue::open(&file(&folder), LIMITS);
        self.folder = folder;
        assert_eq!(self.queue.trouble(), None);
    }

    /// An append that was not answered: all of it may be there, or nothing.
    fn tear(&mut self, count: u64, share: f64) {
        let before = wal_size(&self.folder);
        let numbers = self.numbers(count);
        self.queue.append(entries(numbers.clone()));
        let folder = copy(self.folder.path());
        let after = wal_size(&folder);
        if after <= before {
            // The log began anew: it cannot be told where this append stands in it.
            self.model.append(numbers);
            self.model.make_room(0);
            return;
        }
        let torn = before + ((after - before) as f64 * share.min(1.0)) as u64;
        let log = std::fs::OpenOptions::new().write(true).open(folder.path().join("outbox.db-wal")).unwrap();
        log.set_len(torn).unwrap();
        self.reopen(folder);
        if self.queue.totals().accepted != self.model.accepted {
            self.model.append(numbers);
            self.model.make_room(0);
        }
    }

    fn check(&mut self) {
        let totals = self.queue.totals();
        let model = &self.model;
        assert_eq!(self.queue.depth(), model.waiting.len());
        assert_eq!(totals.accepted, model.accepted, "accepted");
        assert_eq!(totals.delivered, model.delivered, "delivered");
        assert_eq!(totals.dropped, model.dropped, "dropped");
        assert_eq!(totals.dead, model.dead.len() as u64, "dead");
        let all = totals.delivered + totals.dropped + totals.dead + self.queue.depth() as u64;
        assert_eq!(all, totals.accepted, "nothing is lost without being counted");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_outbox_does_what_its_model_does(steps in steps()) {
        let mut run = Run::new();
        for step in &steps {
            run.do_step(step);
            run.check();
        }
        run.holder = None;
        run.queue.mend();
        run.check();
        // What is left comes out in order, once.
        let waiting: Vec<u64> = run.model.waiting.iter().copied().collect();
        run.deliver(usize::MAX, Outcome::Delivered, 0);
        run.check();
        prop_assert_eq!(run.queue.depth(), 0, "{:?}", waiting);
    }
}

#[test]
fn a_trace_that_comes_twice_waits_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(&file(&folder), LIMITS);
    queue.append(entries(0..3));
    queue.append(entries(2..4));
    let ids: Vec<String> = queue.take(9, None).rows.into_iter().map(|row| row.entry.id).collect();
    assert_eq!(ids, ["trace-0", "trace-1", "trace-2", "trace-3"]);
}

#[test]
fn a_damaged_file_is_set_aside_and_traces_go_into_a_new_one() {
    let whole = tempfile::tempdir().unwrap();
    Queue::open(&file(&whole), LIMITS).append(entries(0..5));
    let mut torn = std::fs::read(file(&whole)).unwrap();
    torn.truncate(torn.len() / 2);
    for damage in [b"no database at all, but long enough to look like one ".repeat(40), torn] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(file(&folder), &damage).unwrap();
        let mut queue = Queue::open(&file(&folder), LIMITS);
        assert_eq!(queue.trouble(), None);
        assert_eq!(queue.totals().damaged_files, 1);
        assert_eq!(std::fs::read(folder.path().join("outbox.db.damaged")).unwrap(), damage);
        queue.append(entries(0..1));
        drop(queue);
        assert_eq!(Queue::open(&file(&folder), LIMITS).depth(), 1);
    }
}

#[test]
fn a_file_of_somebody_else_is_set_aside_and_not_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = Connection::open(file(&folder)).unwrap();
    theirs.execute_batch("PRAGMA user_version = 7; CREATE TABLE mine (x)").unwrap();
    drop(theirs);
    let queue = Queue::open(&file(&folder), LIMITS);
    assert_eq!((queue.trouble(), queue.totals().damaged_files), (None, 1));
    let theirs = Connection::open(folder.path().join("outbox.db.damaged")).unwrap();
    assert!(theirs.prepare("SELECT x FROM mine").is_ok());
}

/// SQLite itself answers that the disk is full: the file may not grow any more.
#[test]
fn on_a_full_disk_traces_stand_in_memory_and_go_to_the_disk_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { capacity: 1000, max_bytes: 64 * 1024 };
    let mut queue = Queue::open(&file(&folder), limits);
    let large = |n: u64| Entry { id: n.to_string(), json: format!("\"{}\"", "x".repeat(1000)) };
    for n in 0..200 {
        queue.append(vec![large(n)]);
    }
    assert_eq!(queue.trouble(), Some("database or disk is full"));
    assert_eq!((queue.depth(), queue.totals().accepted, queue.totals().dropped), (200, 200, 0));
    let mut seen = Vec::new();
    while queue.depth() > 0 {
        seen.extend(queue.take(7, None).rows.into_iter().map(|row| row.entry.id));
        queue.settle(Outcome::Delivered);
        queue.mend();
    }
    assert_eq!(seen, (0..200).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!((queue.trouble(), queue.totals().delivered), (None, 200));
}

#[test]
fn without_any_disk_traces_stand_in_memory_up_to_the_capacity() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/outbox.db");
    let mut queue = Queue::open(&missing, LIMITS);
    assert!(queue.trouble().is_some());
    queue.append(entries(0..20));
    assert_eq!((queue.depth(), queue.totals().dropped), (LIMITS.capacity, 12));
    let taken = queue.take(2, None);
    assert_eq!(taken.rows[0].entry.id, "trace-12");
    queue.settle(Outcome::Delivered);

    std::fs::create_dir(missing.parent().unwrap()).unwrap();
    queue.mend();
    assert_eq!((queue.trouble(), queue.depth()), (None, 6));
    drop(queue);
    let mut queue = Queue::open(&missing, LIMITS);
    assert_eq!(queue.take(1, None).rows[0].entry.id, "trace-14");
    assert_eq!((queue.totals().accepted, queue.totals().delivered), (20, 2));
}

/// The disk is there late, with what a former process left: none of that is taken for delivered.
#[test]
fn what_a_former_process_left_on_a_disk_that_is_there_late_goes_first_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (left, place) = (folder.path().join("left"), folder.path().join("place"));
    std::fs::create_dir(&left).unwrap();
    Queue::open(&left.join("outbox.db"), LIMITS).append(entries(100..103));
    let mut queue = Queue::open(&place.join("outbox.db"), LIMITS);
    queue.append(entries(0..2));
    assert_eq!(queue.take(9, None).rows.len(), 2);
    queue.settle(Outcome::Delivered);
    queue.append(entries(2..4));
    std::fs::rename(left, &place).unwrap();
    queue.mend();
    let ids: Vec<String> = queue.take(9, None).rows.into_iter().map(|row| row.entry.id).collect();
    assert_eq!(ids, ["trace-100", "trace-101", "trace-102", "trace-2", "trace-3"]);
    let totals = queue.totals();
    assert_eq!((totals.accepted, totals.delivered, totals.dropped), (7, 2, 0));
}

#[test]
fn dead_letters_are_kept_with_the_status_that_they_got() {
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(&file(&folder), LIMITS);
    queue.append(entries(0..3));
    queue.take(1, None);
    queue.settle(Outcome::Dead(422));
    drop(queue);
    let queue = Queue::open(&file(&folder), LIMITS);
    assert_eq!(queue.dead_letters(), [("trace-0".to_owned(), 422)]);
    assert_eq!((queue.depth(), queue.totals().dead), (2, 1));
}

#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mut queue = Queue::open(&file(&folder), LIMITS);
    queue.append(entries(0..1));
    for name in ["outbox.db", "outbox.db-wal", "outbox.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn an_append_is_answered_when_it_is_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Outbox::start(&file(&folder), Limits::default()).unwrap();
    let many = (0..50).map(|n| outbox.append(entries(n * 10..n * 10 + 10)));
    for appended in many.collect::<Vec<_>>() {
        appended.await.unwrap();
    }
    // The thread still runs: this is what another process would find.
    let left = copy(folder.path());
    assert_eq!(Queue::open(&file(&left), Limits::default()).depth(), 500);
    assert_eq!(outbox.state().borrow().depth, 500);
}
