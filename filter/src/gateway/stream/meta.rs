//! The meta block of the gateway's own endpoint, added behind all that restores an answer.

use std::collections::BTreeMap;

use privet_core::formats::Format;
use privet_core::gateway::unified::{Fallback, Latency, Meta};
use privet_core::provider::attempt::Reason;

use super::Stream;
use crate::host;

impl Stream {
    /// A whole answer with the meta block: `restored`, or where nothing changed `body`. Of other endpoints, and of errors,
    /// what was handed in.
    pub(super) fn with_meta(&self, restored: Option<Vec<u8>>, body: &[u8]) -> Option<Vec<u8>> {
        if self.format != Format::Unified || !(200..300).contains(&self.record.http_status) {
            return restored;
        }
        self.meta().added_to(restored.as_deref().unwrap_or(body)).or(restored)
    }

    /// The same, of a piece of a stream.
    pub(super) fn piece_with_meta(
        &mut self,
        restored: Option<Vec<u8>>,
        chunk: &[u8],
        last: bool,
    ) -> Option<Vec<u8>> {
        if self.format != Format::Unified {
            return restored;
        }
        let mut stream = core::mem::take(&mut self.meta_stream);
        let out = stream.push(restored.as_deref().unwrap_or(chunk), last, || self.meta());
        self.meta_stream = stream;
        Some(out)
    }

    /// What is known of the request so far.
    fn meta(&self) -> Meta {
        let record = &self.record;
        let milliseconds = |nanoseconds: u64| (nanoseconds / 1_000) as f64 / 1e3;
        let counts = record.policy.iter().flat_map(|policy| {
            record.counts.iter().map(|(entity, count)| (policy.masking.name(entity).to_owned(), count))
        });
        // One by one: collecting into a map sorts first, with much code.
        let mut entities_detected = BTreeMap::new();
        entities_detected.extend(counts);
        let (used, reason) = (!record.fallback_reason.is_empty(), record.fallback_reason);
        Meta {
            provider_id: self.provider_name().to_owned(),
            execution_path: if used { "fallback" } else { "primary" },
            fallback_used: used,
            timed_out: reason == Reason::Timeout.name(),
            entities_detected,
            injection_score: record.score.map(|score| f64::from((score * 100.0).round()) / 100.0),
            latency: Latency {
                total_ms: milliseconds(host::now().saturating_sub(record.started)),
                masking_ms: milliseconds(record.masking),
                provider_ms: milliseconds(record.first_byte.saturating_sub(record.sent)),
                rehydration_ms: milliseconds(record.rehydration),
            },
            fallback: Fallback { used, reason: if used { reason } else { "not_attempted" }.to_owned() },
        }
    }
}
