//! What the sidecar knows of itself, for `/api/status`, `/metrics` and `privet-sidecar status`.
//!
//! The parts write to the [`Board`] what they see; a [`Status`] is all of it at one moment. Nothing here is
//! content: names, counts, revisions, places, and reasons that repeat no value.

mod board;

use std::time::Instant;

use serde::Serialize;

pub use board::{Board, MAX_ERRORS, seconds};

use crate::aggregates::Aggregates;
use crate::outbox::Totals;

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
    /// The OpenTelemetry collector.
    Telemetry,
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
    /// Whether callers need a key; none while there is no policy.
    pub auth_required: Option<bool>,
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
