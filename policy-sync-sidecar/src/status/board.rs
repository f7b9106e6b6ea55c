//! Where the parts write what they see. One lock, held for moments; nothing is awaited under it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use privet_core::trace::Trace;

use super::{
    EnvoyStatus, ErrorStatus, Health, OutboxStatus, Part, PolicyStatus, RefusedPolicy, Source, Status,
    SyncState, SyncStatus,
};
use crate::aggregates::Aggregates;
use crate::control_plane::{Failure, Kind};
use crate::outbox;
use crate::policy_source::PolicyDocument;

/// Errors that are remembered; the oldest go first.
pub const MAX_ERRORS: usize = 20;
/// Longest reason that is kept, in bytes: a policy can have many errors.
const MAX_REASON: usize = 2_000;

#[derive(Debug)]
struct Inner {
    started: Instant,
    policy: PolicyStatus,
    sync: SyncStatus,
    envoys: BTreeMap<String, EnvoyStatus>,
    outbox: OutboxStatus,
    outbox_state: Option<tokio::sync::watch::Receiver<outbox::State>>,
    traces: Aggregates,
    refused_batches: u64,
    errors: VecDeque<ErrorStatus>,
}

/// Where the parts write what they see.
#[derive(Debug, Clone)]
pub struct Board(Arc<Mutex<Inner>>);

impl Default for Board {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Inner {
            started: Instant::now(),
            policy: PolicyStatus::default(),
            sync: SyncStatus::default(),
            envoys: BTreeMap::new(),
            outbox: OutboxStatus::default(),
            outbox_state: None,
            traces: Aggregates::default(),
            refused_batches: 0,
            errors: VecDeque::new(),
        })))
    }
}

/// Seconds since 1970; 0 before.
#[must_use]
pub fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

fn now() -> u64 {
    seconds(SystemTime::now())
}

fn cut(mut reason: String) -> String {
    if reason.len() > MAX_REASON {
        let end = (0..=MAX_REASON).rev().find(|n| reason.is_char_boundary(*n)).unwrap_or(0);
        reason.truncate(end);
        reason.push('…');
    }
    reason
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here is left half done by a panic: every change is one assignment after another.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Something went wrong.
    pub fn error(&self, part: Part, message: impl Into<String>) {
        let (message, at) = (cut(message.into()), now());
        let mut inner = self.lock();
        let errors = &mut inner.errors;
        match errors.iter_mut().find(|e| e.part == part && e.message == message) {
            Some(known) => (known.at, known.times) = (at, known.times + 1),
            None => errors.push_back(ErrorStatus { at, part, message, times: 1 }),
        }
        errors.make_contiguous().sort_by_key(|e| e.at);
        if errors.len() > MAX_ERRORS {
            errors.pop_front();
        }
    }

    /// Where the policy comes from.
    pub fn policy_source(&self, source: Source) {
        let mut inner = self.lock();
        inner.policy.source = source;
        inner.sync.state = if source == Source::ControlPlane { SyncState::Starting } else { SyncState::Off };
    }

    /// A policy is at hand.
    pub fn policy_accepted(&self, document: &PolicyDocument, from_disk: bool) {
        let mut inner = self.lock();
        let policy = &mut inner.policy;
        if policy.sha256.as_ref() != Some(&document.sha256) {
            policy.since = Some(now());
            policy.clock = Some(Instant::now());
        }
        policy.revision = Some(document.revision.clone());
        policy.sha256 = Some(document.sha256.clone());
        policy.bytes = document.json.len();
        policy.auth_required = Some(document.auth_required);
        policy.from_disk = from_disk;
        policy.refused = None;
    }

    /// A document is no policy.
    pub fn policy_refused(&self, revision: Option<String>, errors: String) {
        let errors = cut(errors);
        self.error(Part::Policy, format!("policy refused: {errors}"));
        self.lock().policy.refused = Some(RefusedPolicy { at: now(), revision, errors });
    }

    /// The control plane answered; `wait` until it is asked next.
    pub fn synced(&self, accepted: bool, wait: Duration) {
        let at = now();
        let mut inner = self.lock();
        let sync = &mut inner.sync;
        sync.state = if accepted { SyncState::InSync } else { SyncState::Refused };
        (sync.last_attempt, sync.next_attempt) = (Some(at), Some(at + wait.as_secs()));
        if accepted {
            (sync.last_success, sync.failures, sync.error) = (Some(at), 0, None);
        } else {
            sync.failures = sync.failures.saturating_add(1);
            sync.error = Some("answered with something that is no policy".to_owned());
        }
    }

    /// The control plane did not answer as it should; `wait` until it is asked next.
    pub fn sync_failed(&self, failure: &Failure, failures: u32, wait: Duration) {
        self.error(Part::Sync, format!("control plane: {}", failure.reason));
        let at = now();
        let mut inner = self.lock();
        let sync = &mut inner.sync;
        sync.state = match failure.kind {
            Kind::Unauthorized => SyncState::Unauthorized,
            Kind::Unusable => SyncState::Refused,
            Kind::Away | Kind::Refused(_) => SyncState::Away,
        };
        (sync.last_attempt, sync.next_attempt) = (Some(at), Some(at + wait.as_secs()));
        (sync.failures, sync.error) = (failures, Some(failure.reason.clone()));
    }

    /// Changes what is known of an Envoy.
    pub fn envoy(&self, address: &str, change: impl FnOnce(&mut EnvoyStatus)) {
        let mut inner = self.lock();
        let new = || EnvoyStatus { address: address.to_owned(), since: now(), ..EnvoyStatus::default() };
        let envoy = inner.envoys.entry(address.to_owned()).or_insert_with(new);
        let before = envoy.state;
        change(envoy);
        if envoy.state != before {
            envoy.since = now();
        }
    }

    /// Envoys that are no longer configured are forgotten.
    pub fn keep_envoys(&self, addresses: &[String]) {
        self.lock().envoys.retain(|address, _| addresses.contains(address));
    }

    /// There is an outbox.
    pub fn outbox(&self, state: tokio::sync::watch::Receiver<outbox::State>, capacity: usize) {
        let mut inner = self.lock();
        inner.outbox.enabled = true;
        inner.outbox.capacity = capacity;
        inner.outbox_state = Some(state);
    }

    /// There is none any more.
    pub fn no_outbox(&self) {
        let mut inner = self.lock();
        inner.outbox = OutboxStatus::default();
        inner.outbox_state = None;
    }

    /// Traces were delivered.
    pub fn delivered(&self, at: SystemTime) {
        let mut inner = self.lock();
        let outbox = &mut inner.outbox;
        (outbox.last_delivery, outbox.failures) = (Some(seconds(at)), 0);
        (outbox.error, outbox.next_attempt) = (None, None);
    }

    /// Traces could not be delivered; `wait` until the next attempt.
    pub fn delivery_failed(&self, failure: &Failure, failures: u32, wait: Duration) {
        self.error(Part::Delivery, format!("control plane: {}", failure.reason));
        let mut inner = self.lock();
        let outbox = &mut inner.outbox;
        (outbox.failures, outbox.error) = (failures, Some(failure.reason.clone()));
        outbox.next_attempt = Some(now() + wait.as_secs());
    }

    /// A trace came.
    pub fn trace(&self, trace: &Trace) {
        self.lock().traces.add(trace, now());
    }

    /// A batch was refused.
    pub fn refused_batch(&self, reason: &str) {
        self.error(Part::Intake, reason);
        self.lock().refused_batches += 1;
    }

    /// Whether an Envoy that is configured has a policy in force.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let inner = self.lock();
        !inner.envoys.is_empty() && inner.envoys.values().all(|envoy| envoy.revision.is_some())
    }

    /// All of it now.
    #[must_use]
    pub fn status(&self) -> Status {
        let inner = self.lock();
        let mut policy = inner.policy.clone();
        // By the steady clock: the other one may have jumped since.
        policy.age_s = policy.clock.map(|at| at.elapsed().as_secs());
        let mut outbox = inner.outbox.clone();
        if let Some(state) = &inner.outbox_state {
            let state = state.borrow();
            (outbox.depth, outbox.totals) = (state.depth, state.totals);
            outbox.durable = state.trouble.is_none();
            outbox.disk_error.clone_from(&state.trouble);
        }
        let mut status = Status {
            version: env!("CARGO_PKG_VERSION"),
            now: now(),
            uptime_s: inner.started.elapsed().as_secs(),
            health: Health::Ok,
            problems: Vec::new(),
            policy,
            sync: inner.sync.clone(),
            envoys: inner.envoys.values().cloned().collect(),
            outbox,
            traces: inner.traces.clone(),
            refused_batches: inner.refused_batches,
            errors: inner.errors.iter().rev().cloned().collect(),
        };
        status.judge();
        status
    }
}
