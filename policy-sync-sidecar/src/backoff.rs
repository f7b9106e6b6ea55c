//! How long to wait after a failure: twice as long each time, from a floor to a ceiling, with jitter, and
//! never shorter than a server asked for (`Retry-After`, RFC 9110, section 10.2.3).
//!
//! The jitter takes away up to half of a wait, so that many gateways that lost their control plane at the
//! same moment do not come back at the same moment.

use std::time::{Duration, SystemTime};

/// Longest wait that a server can ask for: a broken date must not end the sync for years.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);
/// How often a wait is doubled at most: beyond that every ceiling is reached.
const MAX_DOUBLINGS: u32 = 30;

/// The bounds of a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The wait after the first failure.
    pub floor: Duration,
    /// The longest wait.
    pub ceiling: Duration,
}

impl Pace {
    /// What is kept towards a control plane.
    pub const CONTROL_PLANE: Self = Self { floor: Duration::from_secs(1), ceiling: Duration::from_secs(300) };
}

/// Counts failures and says how long to wait.
#[derive(Debug, Clone)]
pub struct Backoff {
    pace: Pace,
    failures: u32,
}

impl Backoff {
    /// Without a failure so far.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace, failures: 0 }
    }

    /// Failures since the last success.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// It went well: the next failure is a first one.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// Notes a failure; returns the wait before the next attempt. `random` is from 0 up to 1.
    pub fn failed(&mut self, retry_after: Option<Duration>, random: f64) -> Duration {
        let doublings = self.failures.min(MAX_DOUBLINGS);
        self.failures = self.failures.saturating_add(1);
        let whole = self.pace.floor.saturating_mul(1 << doublings).min(self.pace.ceiling);
        let wait = jittered(whole, 0.5, random);
        retry_after.map_or(wait, |asked| wait.max(asked.min(MAX_RETRY_AFTER)))
    }
}

/// `wait` less up to `share` of it.
#[must_use]
pub fn jittered(wait: Duration, share: f64, random: f64) -> Duration {
    wait.mul_f64(1.0 - share.clamp(0.0, 1.0) * random.clamp(0.0, 1.0))
}

/// A number from 0 up to 1; 0.5 where the system has no randomness to give.
#[must_use]
pub fn random() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / (f64::from(u32::MAX) + 1.0))
}

/// What `Retry-After` asks for: seconds, or a date. A date is counted from the server's own (`Date`) where
/// that is there, so that it does not matter what this machine takes for the time.
#[must_use]
pub fn retry_after(value: &str, server_date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are a long wait.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let from = server_date.and_then(|d| httpdate::parse_http_date(d.trim()).ok()).unwrap_or(now);
    Some(until.duration_since(from).unwrap_or_default())
}
