//! Gives traces to the sidecar, a batch at a time. A batch is kept until it has been answered: the sidecar answers when
//! it has written it to disk, and knows a trace that comes again by its id.

use std::time::Duration;

use privet_core::trace::Trace;
use serde::Serialize;

use super::{Worker, add};
use crate::host;

/// Traces of a batch.
const TRACES_PER_CALL: usize = 500;
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
const PATH: &str = "/privet/v1/traces";

/// What the sidecar takes.
#[derive(Serialize)]
struct Body {
    traces: Vec<Trace>,
}

/// A batch on its way.
struct Batch {
    body: Vec<u8>,
    traces: u64,
    in_flight: bool,
}

/// The way of the traces of a worker.
pub(super) struct Delivery {
    /// None where nobody takes traces.
    cluster: Option<String>,
    batch: Option<Batch>,
}

impl Delivery {
    pub(super) fn new(cluster: Option<String>) -> Self {
        Self { cluster, batch: None }
    }

    /// Sends what waits, unless a batch is under way.
    pub(super) fn tick(&mut self, worker: &Worker) {
        let Some(cluster) = &self.cluster else {
            worker.records.borrow_mut().clear();
            return;
        };
        let batch = match self.batch.take() {
            Some(batch) => Some(batch),
            None => next(worker),
        };
        let Some(mut batch) = batch else { return };
        if !batch.in_flight {
            batch.in_flight = host::call(cluster, PATH, &batch.body, CALL_TIMEOUT).is_ok();
        }
        self.batch = Some(batch);
    }

    /// The sidecar has answered, or has not in time.
    pub(super) fn answered(&mut self, worker: &Worker, status: u16) {
        let Some(batch) = &mut self.batch else { return };
        match status {
            200..300 => self.batch = None,
            // It will not take this batch the next time either.
            400..500 => {
                add(&worker.counts.traces_dropped, batch.traces);
                self.batch = None;
            }
            _ => batch.in_flight = false,
        }
    }
}

/// The next batch of what waits; none where nothing does.
fn next(worker: &Worker) -> Option<Batch> {
    let records: Vec<_> = {
        let mut records = worker.records.borrow_mut();
        let count = records.len().min(TRACES_PER_CALL);
        records.drain(..count).collect()
    };
    let traces: Vec<_> = records.into_iter().filter_map(|record| record.trace(worker)).collect();
    let count = traces.len() as u64;
    if traces.is_empty() {
        return None;
    }
    match serde_json::to_vec(&Body { traces }) {
        Ok(body) => Some(Batch { body, traces: count, in_flight: false }),
        Err(_) => {
            add(&worker.counts.traces_dropped, count);
            None
        }
    }
}
