//! What a stream notes down for its trace: numbers and names, moved and not copied while the request is
//! under way. The trace itself is made later, on the worker's tick.

use std::collections::BTreeMap;
use std::rc::Rc;

use privet_core::by_type::ByType;
use privet_core::formats::Usage;
use privet_core::limits::estimate_tokens;
use privet_core::mask::Coverage;
use privet_core::policy::Policy;
use privet_core::trace::{Shadow, Status, Trace, safe_name};

use super::Worker;

/// Notes of one request. Times are nanoseconds since 1970, or durations in nanoseconds.
#[derive(Default)]
pub(super) struct Record {
    pub context_id: u32,
    pub request_id: Vec<u8>,
    pub policy: Option<Rc<Policy>>,
    pub key_id: String,
    pub tenant: String,
    pub endpoint: &'static str,
    pub failed: bool,
    pub http_status: u16,
    pub provider: Option<usize>,
    pub model: String,
    pub streamed: bool,
    pub coverage: Coverage,
    pub counts: ByType<u32>,
    /// The injection score, where the request was scored.
    pub score: Option<f32>,
    /// Ids of the policies that fired.
    pub fired: Vec<String>,
    /// How many providers were asked.
    pub attempts: u32,
    /// Why the fallback was asked; empty where it was not.
    pub fallback_reason: &'static str,
    /// What the policy's shadow would have done.
    pub shadow: Option<Box<Shadow>>,
    pub error_code: &'static str,
    /// The status of the provider's answer; 0 where none came.
    pub answered: u16,
    pub usage: Usage,
    pub started: u64,
    pub sent: u64,
    pub first_byte: u64,
    pub ended: u64,
    pub masking: u64,
    pub rehydration: u64,
    pub request_bytes: u64,
    pub response_bytes: u64,
}

impl Record {
    /// The trace; none where no policy was in force (there is nothing to report against).
    pub(super) fn trace(self, worker: &Worker) -> Option<Trace> {
        let policy = self.policy?;
        let micros = |from: u64, to: u64| to.saturating_sub(from) / 1_000;
        let counts = self.counts.iter().map(|(e, n)| (policy.masking.name(e).to_owned(), n));
        // One by one: collecting into a map sorts first, with much code.
        let mut pii_detected = BTreeMap::new();
        pii_detected.extend(counts);
        let provider = self.provider.and_then(|n| worker.providers.get(n));
        let status = match (self.error_code, self.http_status) {
            ("", 200..400) if !self.failed => Status::Success,
            ("", _) => Status::Error,
            (_, 500..) => Status::Error,
            _ => Status::Blocked,
        };
        // Where the provider counted nothing, the same estimate stands that the limits take.
        // A policy may have refused an answer that the provider has been paid for.
        let counted = status == Status::Success || status == Status::Blocked && self.answered > 0;
        let tokens_estimated = counted && self.usage.input.is_none() && self.usage.output.is_none();
        let (input, output) = if tokens_estimated {
            let bytes = self.coverage.scanned.bytes;
            (Some(estimate_tokens(bytes)), Some(estimate_tokens(self.response_bytes)))
        } else {
            (self.usage.input, self.usage.output)
        };
        Some(Trace {
            id: format!("{:x}-{:x}-{:x}", self.started, worker.started, self.context_id),
            ts: self.started / 1_000_000,
            request_id: safe_name(&String::from_utf8_lossy(&self.request_id)).to_owned(),
            key_id: self.key_id,
            tenant: self.tenant,
            endpoint: self.endpoint.to_owned(),
            status,
            http_status: self.http_status,
            model_provider: provider.map(|p| p.name.clone()).unwrap_or_default(),
            model_name: safe_name(&self.model).to_owned(),
            input_tokens: input,
            output_tokens: output,
            tokens_estimated,
            duration_ms: micros(self.started, self.ended) / 1_000,
            ttft_ms: if self.first_byte > 0 { micros(self.started, self.first_byte) / 1_000 } else { 0 },
            masking_us: self.masking / 1_000,
            rehydration_us: self.rehydration / 1_000,
            request_bytes: self.request_bytes,
            response_bytes: self.response_bytes,
            streamed: self.streamed,
            strings_scanned: self.coverage.scanned.strings,
            bytes_scanned: self.coverage.scanned.bytes,
            strings_structural: self.coverage.structural.strings,
            bytes_structural: self.coverage.structural.bytes,
            strings_opaque: self.coverage.opaque.strings,
            bytes_opaque: self.coverage.opaque.bytes,
            pii_detected,
            injection_score: self.score,
            policies_fired: self.fired,
            fallback_used: !self.fallback_reason.is_empty(),
            fallback_reason: self.fallback_reason.to_owned(),
            attempts: self.attempts,
            error_code: self.error_code.to_owned(),
            policy_revision: policy.revision.clone(),
            shadow: self.shadow.map(|shadow| *shadow),
        })
    }
}

/// Adds `; name;dur=1.234` to a `server-timing` header, the duration in nanoseconds; without the float
/// formatter, which takes longer than the work that is measured.
pub(super) fn push_timing(out: &mut Vec<u8>, name: &str, nanoseconds: u64) {
    if !out.is_empty() {
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b";dur=");
    let micros = nanoseconds / 1_000;
    push_number(out, micros / 1_000);
    let rest = micros % 1_000;
    out.extend_from_slice(&[b'.', digit(rest / 100), digit(rest / 10 % 10), digit(rest % 10)]);
}

/// Writes a number in decimal.
pub(super) fn push_number(out: &mut Vec<u8>, number: u64) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push(digit(number % 10));
}

/// Writes a score of 0 to 1 with two decimals.
pub(super) fn push_hundredths(out: &mut Vec<u8>, score: f32) {
    let hundredths = (score.clamp(0.0, 1.0) * 100.0 + 0.5) as u64;
    push_number(out, hundredths / 100);
    out.extend_from_slice(&[b'.', digit(hundredths / 10), digit(hundredths)]);
}

fn digit(value: u64) -> u8 {
    b'0' + (value % 10) as u8
}
