//! What the sidecar knows of itself, for `/api/status`, `/metrics` and `privet-sidecar status`.
//!
//! The parts write to the [`Board`] what they see; a [`Status`] is all of it at one moment. Nothing here is
//! content: names, counts, revisions, places, and reasons that repeat no value.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use privet_core::trace::Trace;
use serde::Serialize;

use crate::aggregates::Aggregates;
use crate::control_plane::{Failure, Kind};
use crate::outbox::{self, Totals};
use crate::policy_source::PolicyDocument;

/// Errors that are remembered; the oldest go first.
pub const MAX_ERRORS: usize = 20;
/// Longest reason that is kept, in bytes: a policy can have many errors.
const MAX_REASON: usize = 2_000;

/// A part of the sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Where the policy comes from.
    Policy,
    /// The control plane, asked for the policy.
    Sync,
    /// Envoy, given the policy.
    Push,
    /// Traces from the filter.
    Intake,
    /// The file of traces.
    Outbox,
    /// The control plane, given traces.
    Delivery,
    /// `gateway.yaml`.
    Configuration,
}

/// How it is, as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing is wrong.
    #[default]
    Ok,
    /// Requests are served; something waits or is old.
    Degraded,
    /// Somebody has to look: no policy, or traces are not safe.
    Red,
}

/// Where the policy comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A watched file.
    #[default]
    File,
    /// A control plane.
    ControlPlane,
    /// The configuration.
    BuiltIn,
}

/// How it stands with the control plane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// There is none.
    #[default]
    Off,
    /// It has not answered yet.
    Starting,
    /// The policy at hand is what it says.
    InSync,
    /// It cannot be reached, or has trouble.
    Away,
    /// It does not accept the key.
    Unauthorized,
    /// What it says is no policy.
    Refused,
}

/// Times are seconds since 1970, by this machine's clock.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PolicyStatus {
    /// Where it comes from.
    pub source: Source,
    /// Its own name for itself; none while there is no policy.
    pub revision: Option<String>,
    /// SHA-256 of the document.
    pub sha256: Option<String>,
    /// Size of the document.
    pub bytes: usize,
    /// Since when it is at hand.
    pub since: Option<u64>,
    /// For how long.
    pub age_s: Option<u64>,
    /// Whether it was read from the last good one on disk, and nothing newer came since.
    pub from_disk: bool,
    /// The document that was refused last, if none was accepted since.
    pub refused: Option<RefusedPolicy>,
    #[serde(skip)]
    clock: Option<Instant>,
}

/// A document that is no policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedPolicy {
    /// When it came.
    pub at: u64,
    /// Its own name for itself, if that could be read.
    pub revision: Option<String>,
    /// Its errors, one a line.
    pub errors: String,
}

/// The control plane, asked for the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncStatus {
    /// How it stands.
    pub state: SyncState,
    /// When it was asked last.
    pub last_attempt: Option<u64>,
    /// When it answered as it should last.
    pub last_success: Option<u64>,
    /// When it will be asked next.
    pub next_attempt: Option<u64>,
    /// Failures since then.
    pub failures: u32,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// How it stands with an Envoy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvoyState {
    /// It cannot be reached.
    #[default]
    Away,
    /// It answers, and has not taken the policy.
    Unready,
    /// It refused the newest policy, and has the one before it, if any.
    Refused,
    /// It has the newest policy.
    InForce,
}

/// An Envoy.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct EnvoyStatus {
    /// Where its push listener is.
    pub address: String,
    /// How it stands.
    pub state: EnvoyState,
    /// Revision in force there.
    pub revision: Option<String>,
    /// Since when it is in this state.
    pub since: u64,
    /// How long the last push took, in milliseconds.
    pub push_ms: Option<f64>,
    /// Pushes that it took.
    pub pushes: u64,
    /// How often it had lost its policy: restarts, as a rule.
    pub losses: u64,
    /// Why it has not taken the policy.
    pub error: Option<String>,
}

/// Traces on their way to the control plane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutboxStatus {
    /// Whether traces are kept and sent at all.
    pub enabled: bool,
    /// Whether what waits is on the disk.
    pub durable: bool,
    /// Traces that wait.
    pub depth: usize,
    /// Traces that wait at most.
    pub capacity: usize,
    /// What has become of all traces.
    #[serde(flatten)]
    pub totals: Totals,
    /// When the control plane last took some.
    pub last_delivery: Option<u64>,
    /// Failed deliveries since then.
    pub failures: u32,
    /// When the next attempt is due after a failure.
    pub next_attempt: Option<u64>,
    /// Why the last delivery failed.
    pub error: Option<String>,
    /// Why the disk is not used.
    pub disk_error: Option<String>,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorStatus {
    /// When, the last time.
    pub at: u64,
    /// Where.
    pub part: Part,
    /// What.
    pub message: String,
    /// How often in a row.
    pub times: u64,
}

/// All of it at one moment.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Of this binary.
    pub version: &'static str,
    /// Now.
    pub now: u64,
    /// Since the start.
    pub uptime_s: u64,
    /// As a whole.
    pub health: Health,
    /// What stands behind `health`, for people.
    pub problems: Vec<String>,
    /// The policy.
    pub policy: PolicyStatus,
    /// The control plane.
    pub sync: SyncStatus,
    /// The Envoys.
    pub envoys: Vec<EnvoyStatus>,
    /// The traces that wait.
    pub outbox: OutboxStatus,
    /// What the traces add up to.
    pub traces: Aggregates,
    /// Batches of the filter that were refused, because they held something else than traces.
    pub refused_batches: u64,
    /// The last errors, newest first.
    pub errors: Vec<ErrorStatus>,
}

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

impl Status {
    fn judge(&mut self) {
        let mut found: Vec<(Health, String)> = Vec::new();
        if self.policy.revision.is_none() {
            found.push((Health::Red, "there is no policy: requests are answered with 503".to_owned()));
        }
        if let Some(refused) = &self.policy.refused {
            let named = refused.revision.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
            found.push((
                Health::Degraded,
                format!("the newest policy{named} is refused, the last good one stays"),
            ));
        }
        match self.sync.state {
            SyncState::Unauthorized => {
                found.push((Health::Degraded, "the control plane does not accept the key".to_owned()));
            }
            SyncState::Away => found.push((Health::Degraded, "the control plane is away".to_owned())),
            SyncState::Refused => {
                found.push((Health::Degraded, "the control plane answers with no policy".to_owned()));
            }
            SyncState::Off | SyncState::Starting | SyncState::InSync => {}
        }
        for envoy in &self.envoys {
            match envoy.state {
                EnvoyState::InForce => {}
                EnvoyState::Away => found.push((Health::Red, format!("{} is away", envoy.address))),
                EnvoyState::Unready => {
                    found.push((Health::Red, format!("{} takes no policy", envoy.address)))
                }
                EnvoyState::Refused => {
                    found.push((Health::Degraded, format!("{} refuses the newest policy", envoy.address)));
                }
            }
        }
        if self.outbox.enabled && !self.outbox.durable {
            found.push((Health::Red, "the disk takes no traces: they stand in memory".to_owned()));
        }
        if self.outbox.failures > 0 {
            found.push((Health::Degraded, "traces cannot be delivered".to_owned()));
        }
        self.health = found.iter().map(|(health, _)| *health).max().unwrap_or_default();
        self.problems = found.into_iter().map(|(_, problem)| problem).collect();
    }
}
