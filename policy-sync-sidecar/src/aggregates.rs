//! What the traces add up to since the sidecar started: for the status page and the metrics.
//!
//! Everything is a count. Names that come with traces are bounded ([`MAX_NAMES`] of a kind); what comes
//! beyond that is counted as `other`.

use std::collections::{BTreeMap, VecDeque};

use privet_core::trace::{Status, Trace};
use serde::Serialize;

/// Names of one kind that are told apart.
pub const MAX_NAMES: usize = 100;
/// Minutes that are looked back on.
pub const MINUTES: usize = 60;
/// Bars of the injection histogram, each a tenth of the score.
pub const INJECTION_BARS: usize = 10;
/// Upper bounds of the duration histograms, in milliseconds; one more bar has what is above.
pub const DURATION_BOUNDS_MS: [u64; 14] =
    [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000];

/// Counts by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Outcomes {
    /// Requests that were answered.
    pub success: u64,
    /// Requests that failed.
    pub error: u64,
    /// Requests that were refused.
    pub blocked: u64,
}

impl Outcomes {
    fn add(&mut self, status: Status) {
        let count = match status {
            Status::Success => &mut self.success,
            Status::Error => &mut self.error,
            Status::Blocked => &mut self.blocked,
        };
        *count += 1;
    }
}

/// Durations, counted by size.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Durations {
    /// How many.
    pub count: u64,
    /// Their sum, in milliseconds.
    pub sum_ms: u64,
    /// By [`DURATION_BOUNDS_MS`], each bar without those before it; the last has what is above all bounds.
    pub bars: [u64; DURATION_BOUNDS_MS.len() + 1],
}

impl Durations {
    fn add(&mut self, milliseconds: u64) {
        self.count += 1;
        self.sum_ms = self.sum_ms.saturating_add(milliseconds);
        let bar = DURATION_BOUNDS_MS.partition_point(|bound| *bound < milliseconds);
        if let Some(bar) = self.bars.get_mut(bar) {
            *bar += 1;
        }
    }

    /// Upper bound of the bar that holds this share of the durations, in milliseconds; none where there
    /// are none, or it is above all bounds.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let rank = (self.count as f64 * share).ceil() as u64;
        let mut seen = 0;
        self.bars.iter().zip(DURATION_BOUNDS_MS).find_map(|(bar, bound)| {
            seen += bar;
            (self.count > 0 && seen >= rank.max(1)).then_some(bound)
        })
    }
}

/// One provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProviderCounts {
    /// By outcome.
    pub outcomes: Outcomes,
    /// Answers that came from it as the fallback.
    pub fallbacks: u64,
    /// Whole requests.
    pub duration: Durations,
    /// To the answer's first byte.
    pub first_byte: Durations,
    /// Tokens of prompts.
    pub input_tokens: u64,
    /// Tokens of answers.
    pub output_tokens: u64,
}

/// One minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Minute {
    /// Its beginning, in seconds since 1970.
    pub at: u64,
    /// By outcome.
    pub outcomes: Outcomes,
    /// Values found, by type.
    pub entities: BTreeMap<String, u64>,
}

/// All that the traces add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Aggregates {
    /// By outcome.
    pub outcomes: Outcomes,
    /// By provider; requests that reached none are not here.
    pub providers: BTreeMap<String, ProviderCounts>,
    /// Values found, by type.
    pub entities: BTreeMap<String, u64>,
    /// Injection scores, by tenths.
    pub injection: [u64; INJECTION_BARS],
    /// Refused requests, by the policies that fired.
    pub blocks_by_policy: BTreeMap<String, u64>,
    /// Refused requests, by the refusal's code.
    pub blocks_by_code: BTreeMap<String, u64>,
    /// Why fallbacks were asked.
    pub fallback_reasons: BTreeMap<String, u64>,
    /// Time spent on masking, in microseconds.
    pub masking_us: u64,
    /// Time spent on putting values back, in microseconds.
    pub rehydration_us: u64,
    /// The last [`MINUTES`], oldest first; minutes without requests are left out.
    pub minutes: VecDeque<Minute>,
}

/// The counter of a name, or of `other`.
fn named<'a, T: Default>(map: &'a mut BTreeMap<String, T>, name: &str) -> &'a mut T {
    let known = map.contains_key(name) || map.len() < MAX_NAMES;
    map.entry(if known { name } else { "other" }.to_owned()).or_default()
}

impl Aggregates {
    /// Adds a trace that came at `now`, in seconds since 1970.
    pub fn add(&mut self, trace: &Trace, now: u64) {
        self.outcomes.add(trace.status);
        for (name, count) in &trace.pii_detected {
            *named(&mut self.entities, name) += u64::from(*count);
        }
        if let Some(score) = trace.injection_score.filter(|s| s.is_finite()) {
            let bar = (score.clamp(0.0, 1.0) * INJECTION_BARS as f32) as usize;
            if let Some(bar) = self.injection.get_mut(bar.min(INJECTION_BARS - 1)) {
                *bar += 1;
            }
        }
        self.masking_us = self.masking_us.saturating_add(trace.masking_us);
        self.rehydration_us = self.rehydration_us.saturating_add(trace.rehydration_us);
        if trace.status == Status::Blocked {
            *named(&mut self.blocks_by_code, &trace.error_code) += 1;
            for policy in &trace.policies_fired {
                *named(&mut self.blocks_by_policy, policy) += 1;
            }
        }
        if !trace.fallback_reason.is_empty() && trace.fallback_reason != "not_attempted" {
            *named(&mut self.fallback_reasons, &trace.fallback_reason) += 1;
        }
        if !trace.model_provider.is_empty() {
            let provider = named(&mut self.providers, &trace.model_provider);
            provider.outcomes.add(trace.status);
            provider.fallbacks += u64::from(trace.fallback_used);
            provider.input_tokens = provider.input_tokens.saturating_add(trace.input_tokens.unwrap_or(0));
            provider.output_tokens = provider.output_tokens.saturating_add(trace.output_tokens.unwrap_or(0));
            // What was refused never got there.
            if trace.status != Status::Blocked {
                provider.duration.add(trace.duration_ms);
                provider.first_byte.add(trace.ttft_ms);
            }
        }
        self.add_to_minute(trace, now);
    }

    fn add_to_minute(&mut self, trace: &Trace, now: u64) {
        // A clock that was far ahead: what it called minutes is of no use any more.
        if self.minutes.back().is_some_and(|m| m.at > now + 60 * MINUTES as u64) {
            self.minutes.clear();
        }
        // A clock that went back a little does not reopen a minute that is over.
        let at = (now - now % 60).max(self.minutes.back().map_or(0, |m| m.at));
        if self.minutes.back().is_none_or(|minute| minute.at < at) {
            self.minutes.push_back(Minute { at, ..Minute::default() });
        }
        let horizon = at.saturating_sub(60 * (MINUTES as u64 - 1));
        while self.minutes.front().is_some_and(|minute| minute.at < horizon) {
            self.minutes.pop_front();
        }
        if let Some(minute) = self.minutes.back_mut() {
            minute.outcomes.add(trace.status);
            for (name, count) in &trace.pii_detected {
                *named(&mut minute.entities, name) += u64::from(*count);
            }
        }
    }
}
