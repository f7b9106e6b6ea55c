//! `limits`: what a caller may use, of the policy and of a key.

use serde_json::value::RawValue;

use super::reading::{Reader, Word};
use crate::limits::global::OnFailure;
use crate::limits::{Limits, Scope};

impl Word for Scope {
    const NAMES: &'static [&'static str] = &["local", "global"];
    const ALL: &'static [Self] = &[Self::Local, Self::Global];
}

impl Word for OnFailure {
    const NAMES: &'static [&'static str] = &["allow", "deny"];
    const ALL: &'static [Self] = &[Self::Allow, Self::Deny];
}

const NAMES: [&str; 5] = ["requests_per_minute", "burst", "tokens_per_day", "scope", "on_limiter_failure"];

/// Reads the limits at `path`; none where something is wrong with them.
pub(super) fn read<'j>(path: &str, raw: &'j RawValue, reader: &mut Reader<'j>) -> Option<Limits> {
    let before = reader.errors.len();
    let [requests, burst, tokens, scope, failure] =
        reader.fields_at(format_args!("{path}"), raw, &NAMES, 0)?;
    let limits = Limits {
        requests_per_minute: requests
            .and_then(|raw| reader.read_at(format_args!("{path}.requests_per_minute"), raw)),
        burst: burst.and_then(|raw| reader.read_at(format_args!("{path}.burst"), raw)),
        tokens_per_day: tokens.and_then(|raw| reader.read_at(format_args!("{path}.tokens_per_day"), raw)),
        scope: scope.and_then(|raw| reader.word_at(format_args!("{path}.scope"), raw)),
        on_limiter_failure: failure
            .and_then(|raw| reader.word_at(format_args!("{path}.on_limiter_failure"), raw)),
    };
    (reader.errors.len() == before).then_some(limits)
}
