//! Role `gateway`: the way of one request and of its answer.

mod delivery;
mod passage;
mod record;
mod stream;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use privet_core::provider::Provider;
use privet_core::trace::Shadow;

use crate::config::GatewayConfig;
use crate::host::{self, Counter};
use crate::shared::PolicyCache;
use delivery::Delivery;
use record::Record;
use stream::Stream;

/// Traces that wait in a worker while the sidecar is away. The oldest are dropped first, and counted.
const MAX_WAITING_TRACES: usize = 1000;
/// How often traces and counters are given out.
const TICK_MILLISECONDS: u32 = 200;

/// Numbers that are added up on the way and given to Envoy's statistics with the next tick.
#[derive(Default)]
struct Counts {
    requests: Cell<u64>,
    refused: Cell<u64>,
    masked: Cell<u64>,
    restored: Cell<u64>,
    held_lost: Cell<u64>,
    traces_dropped: Cell<u64>,
    bytes_scanned: Cell<u64>,
    bytes_structural: Cell<u64>,
    bytes_opaque: Cell<u64>,
    strings_opaque: Cell<u64>,
    frames_not_understood: Cell<u64>,
    streams_ended: Cell<u64>,
    answers_blocked: Cell<u64>,
    shadow_would_mask: Cell<u64>,
    shadow_would_redact: Cell<u64>,
    shadow_would_block: Cell<u64>,
    shadow_would_warn: Cell<u64>,
}

impl Counts {
    /// Adds up what a policy's shadow would have done with one request: values that it would have masked; and for the
    /// others requests, each once.
    fn add_shadow(&self, shadow: &Shadow) {
        add(&self.shadow_would_mask, shadow.would_mask.values().map(|n| u64::from(*n)).sum());
        for (cell, names) in [
            (&self.shadow_would_redact, &shadow.would_redact),
            (&self.shadow_would_block, &shadow.would_block),
            (&self.shadow_would_warn, &shadow.would_warn),
        ] {
            add(cell, u64::from(!names.is_empty()));
        }
    }
}

/// Where a counter's number is added up.
type CellOf = fn(&Counts) -> &Cell<u64>;

/// The counters' names, each below `privet_`, and their cells.
const COUNTERS: [(&str, CellOf); 17] = [
    ("requests", |c| &c.requests),
    ("refused", |c| &c.refused),
    ("masked", |c| &c.masked),
    ("restored", |c| &c.restored),
    ("held_lost", |c| &c.held_lost),
    ("traces_dropped", |c| &c.traces_dropped),
    ("bytes_scanned", |c| &c.bytes_scanned),
    ("bytes_structural", |c| &c.bytes_structural),
    ("bytes_opaque", |c| &c.bytes_opaque),
    ("strings_opaque", |c| &c.strings_opaque),
    ("frames_not_understood", |c| &c.frames_not_understood),
    ("streams_ended", |c| &c.streams_ended),
    ("answers_blocked", |c| &c.answers_blocked),
    ("shadow_would_mask", |c| &c.shadow_would_mask),
    ("shadow_would_redact", |c| &c.shadow_would_redact),
    ("shadow_would_block", |c| &c.shadow_would_block),
    ("shadow_would_warn", |c| &c.shadow_would_warn),
];

fn add(cell: &Cell<u64>, by: u64) {
    cell.set(cell.get().saturating_add(by));
}

/// What all streams of a worker share.
pub(crate) struct Worker {
    providers: Vec<Provider>,
    policy: PolicyCache,
    records: RefCell<VecDeque<Record>>,
    counts: Counts,
    started: u64,
    /// Whether a service counts for all Envoys where a policy says so.
    global_limits: bool,
}

impl Worker {
    fn keep(&self, record: Record) {
        let mut records = self.records.borrow_mut();
        if records.len() >= MAX_WAITING_TRACES {
            records.pop_front();
            add(&self.counts.traces_dropped, 1);
        }
        records.push_back(record);
    }
}

/// A gateway plugin on one worker.
pub(crate) struct Root {
    worker: Rc<Worker>,
    delivery: Delivery,
    counters: [Counter; COUNTERS.len()],
}

impl Root {
    pub(crate) fn new(config: GatewayConfig) -> Result<Self, String> {
        if config.providers.is_empty() {
            return Err("providers: at least one".to_owned());
        }
        privet_core::gateway::self_test()?;
        host::set_tick_period(TICK_MILLISECONDS).map_err(|e| e.to_string())?;
        let mut counters = Vec::with_capacity(COUNTERS.len());
        for (name, _) in COUNTERS {
            counters.push(Counter::define(&format!("privet_{name}")).map_err(|e| e.to_string())?);
        }
        let worker = Worker {
            providers: config.providers,
            policy: PolicyCache::new().map_err(|e| e.to_string())?,
            records: RefCell::default(),
            counts: Counts::default(),
            started: host::now(),
            global_limits: config.global_limits,
        };
        let counters = counters.try_into().map_err(|_| "counters".to_owned())?;
        Ok(Self { worker: Rc::new(worker), delivery: Delivery::new(config.trace_cluster), counters })
    }

    pub(crate) fn stream(&self, context_id: u32) -> Stream {
        Stream::new(self.worker.clone(), context_id)
    }

    /// Gives out what has been added up. Compiles a new policy, too, so that a request seldom has to.
    pub(crate) fn tick(&mut self) {
        let _ = self.worker.policy.current();
        for (counter, (_, cell)) in self.counters.iter().zip(COUNTERS) {
            let cell = cell(&self.worker.counts);
            if cell.get() > 0 {
                counter.add(cell.take());
            }
        }
        self.delivery.tick(&self.worker);
    }

    /// The sidecar has answered a batch of traces.
    pub(crate) fn called(&mut self) {
        self.delivery.answered(&self.worker, host::call_status());
    }
}
