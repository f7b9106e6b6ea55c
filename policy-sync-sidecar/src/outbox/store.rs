//! The outbox's file: a SQLite database in WAL mode.
//!
//! `traces` holds what waits, oldest first by `seq`; `dead_letters` what the control plane refused for good;
//! `totals` what has become of all. Each change and its totals are one transaction, synced to the disk
//! before it is answered (`synchronous = FULL`).

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{Entry, Totals};

/// Version of the tables, in the file's `user_version`.
const SCHEMA: i64 = 1;
/// Marks the file as ours (`application_id`): "PrvO".
const APPLICATION: i64 = 0x5072_764f;
/// How long another process that holds the file is waited for.
const BUSY: Duration = Duration::from_millis(20);
/// Dead letters that are kept; the oldest go first.
pub(super) const MAX_DEAD_LETTERS: i64 = 1_000;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS traces (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS dead_letters (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL, json TEXT NOT NULL, status INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS totals (
        name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

/// A trace with its place in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Grows from trace to trace.
    pub seq: i64,
    /// The trace.
    pub entry: Entry,
}

/// What an append came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Appended {
    /// Traces that were not there yet.
    pub(super) inserted: usize,
    /// Oldest traces that had to go for them.
    pub(super) dropped: usize,
    /// Everything up to here is gone.
    pub(super) head: i64,
}

/// An open database.
#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
}

/// What stood in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) waiting: usize,
    pub(super) last_seq: i64,
    pub(super) totals: Totals,
}

/// Whether an error says that the file itself is damaged, or no database of this kind.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
        || matches!(error, rusqlite::Error::IntegralValueOutOfRange(..) | rusqlite::Error::InvalidQuery)
}

impl Store {
    /// Opens or makes the file, and looks it through. It never grows beyond `max_bytes`.
    pub(super) fn open(path: &Path, max_bytes: u64) -> rusqlite::Result<(Self, Found)> {
        make_private(path);
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // In KiB where negative: pages that are at hand; the queue is read from one end.
        connection.pragma_update(None, "cache_size", -512)?;
        connection.pragma_update(None, "journal_size_limit", 4 * 1024 * 1024)?;
        let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(max_bytes).unwrap_or(i64::MAX) / page.max(1);
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        let sound: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
        let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if sound != "ok" || !matches!((application, version), (0, 0) | (APPLICATION, SCHEMA)) {
            return Err(rusqlite::Error::InvalidQuery);
        }
        let mut store = Self { connection };
        store.change(|t| {
            t.execute_batch(TABLES)?;
            t.pragma_update(None, "application_id", APPLICATION)?;
            t.pragma_update(None, "user_version", SCHEMA)
        })?;
        let found = store.found()?;
        Ok((store, found))
    }

    fn found(&self) -> rusqlite::Result<Found> {
        let count = "SELECT count(*), coalesce(max(seq), 0) FROM traces";
        let (waiting, last): (i64, i64) =
            self.connection.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let buried = "SELECT coalesce(max(seq), 0) FROM dead_letters";
        let buried: i64 = self.connection.query_row(buried, [], |row| row.get(0))?;
        let mut statement = self.connection.prepare("SELECT name, value FROM totals")?;
        let mut totals = Totals::default();
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        for row in rows {
            let (name, value) = row?;
            if let Some((_, total)) = totals.named().into_iter().find(|(n, _)| *n == name) {
                *total = u64::try_from(value).unwrap_or(0);
            }
        }
        let waiting = usize::try_from(waiting).unwrap_or(0);
        Ok(Found { waiting, last_seq: last.max(buried), totals })
    }

    /// Does `work` as one transaction; it is on the disk when this returns.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Adds traces, and drops the oldest so that at most `capacity` stand behind `head`. `waiting` is how
    /// many stand there now. `settle` gets what was inserted and dropped, and returns the totals to keep.
    pub(super) fn append(
        &mut self,
        rows: &[Row],
        head: i64,
        waiting: usize,
        capacity: usize,
        settle: impl FnOnce(usize, usize) -> Totals,
    ) -> rusqlite::Result<Appended> {
        self.change(|t| {
            let mut insert = t.prepare(
                "INSERT INTO traces (seq, id, json) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
            )?;
            let mut inserted = 0;
            for Row { seq, entry } in rows {
                inserted += insert.execute(params![seq, entry.id, entry.json])?;
            }
            let dropped = (waiting + inserted).saturating_sub(capacity);
            let head = match dropped.checked_sub(1) {
                Some(before) => seq_at(t, head, before)?.unwrap_or(head),
                None => head,
            };
            t.execute("DELETE FROM traces WHERE seq <= ?1", [head])?;
            write_totals(t, settle(inserted, dropped))?;
            Ok(Appended { inserted, dropped, head })
        })
    }

    /// The place of the trace that has `before` others before it behind `head`.
    pub(super) fn seq_at(&self, head: i64, before: usize) -> rusqlite::Result<Option<i64>> {
        seq_at(&self.connection, head, before)
    }

    /// The oldest traces behind `head`, up to a place.
    pub(super) fn read(&self, head: i64, until: i64, limit: usize) -> rusqlite::Result<Vec<Row>> {
        let query = "SELECT seq, id, json FROM traces WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";
        let mut statement = self.connection.prepare(query)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![head, until, limit], |row| {
            Ok(Row { seq: row.get(0)?, entry: Entry { id: row.get(1)?, json: row.get(2)? } })
        })?;
        rows.collect()
    }

    /// Removes everything up to a place.
    pub(super) fn remove(&mut self, upto: i64, totals: Totals) -> rusqlite::Result<()> {
        self.change(|t| {
            t.execute("DELETE FROM traces WHERE seq <= ?1", [upto])?;
            write_totals(t, totals)
        })
    }

    /// Moves a trace to the dead letters, with the status that the control plane answered.
    pub(super) fn bury(&mut self, row: &Row, status: u16, totals: Totals) -> rusqlite::Result<()> {
        self.change(|t| {
            t.execute("DELETE FROM traces WHERE seq <= ?1", [row.seq])?;
            let Entry { id, json } = &row.entry;
            t.execute(
                "INSERT OR REPLACE INTO dead_letters (seq, id, json, status) VALUES (?1, ?2, ?3, ?4)",
                params![row.seq, id, json, status],
            )?;
            t.execute(
                "DELETE FROM dead_letters WHERE seq NOT IN
                     (SELECT seq FROM dead_letters ORDER BY seq DESC LIMIT ?1)",
                [MAX_DEAD_LETTERS],
            )?;
            write_totals(t, totals)
        })
    }

    /// Ids and statuses of the dead letters, oldest first.
    pub(super) fn dead_letters(&self) -> rusqlite::Result<Vec<(String, u16)>> {
        let mut statement = self.connection.prepare("SELECT id, status FROM dead_letters ORDER BY seq")?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }
}

/// SQLite gives a new file, and those beside it, the mode that it finds. Whether this went well the opening
/// will show.
fn make_private(path: &Path) {
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

fn seq_at(connection: &Connection, head: i64, before: usize) -> rusqlite::Result<Option<i64>> {
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    let query = "SELECT seq FROM traces WHERE seq > ?1 ORDER BY seq LIMIT 1 OFFSET ?2";
    connection.query_row(query, params![head, before], |row| row.get(0)).optional()
}

fn write_totals(transaction: &Transaction<'_>, mut totals: Totals) -> rusqlite::Result<()> {
    let query = "INSERT INTO totals (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let mut statement = transaction.prepare(query)?;
    for (name, value) in totals.named() {
        statement.execute(params![name, i64::try_from(*value).unwrap_or(i64::MAX)])?;
    }
    Ok(())
}
