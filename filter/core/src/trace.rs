//! What the gateway tells about a request: a closed set of counts, durations and names. There is no field
//! that could hold text of a prompt or of an answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a request ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// An answer went out whole.
    #[default]
    Success,
    /// The gateway or the provider failed, or the stream broke off.
    Error,
    /// The gateway refused the request.
    Blocked,
}

/// One request.
///
/// Fields with a default were added later: a trace of an older module has none of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Unique id of this trace; equals the request's id.
    pub id: String,
    /// When the request came, in milliseconds since 1970.
    pub ts: u64,
    /// `x-request-id`
    pub request_id: String,
    /// Id of the caller's key in the policy.
    pub key_id: String,
    /// The key's tenant.
    pub tenant: String,
    /// The endpoint's path as the gateway knows it.
    pub endpoint: String,
    /// How it ended.
    pub status: Status,
    /// The status that the client saw.
    pub http_status: u16,
    /// Name of the provider.
    pub model_provider: String,
    /// The model's name as the client wrote it, if it can be one ([`safe_name`]).
    pub model_name: String,
    /// Tokens of the prompt, as the provider counted them, or estimated.
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, as the provider counted them, or estimated.
    pub output_tokens: Option<u64>,
    /// Whether the token counts are estimates of the gateway's own.
    #[serde(default)]
    pub tokens_estimated: bool,
    /// From the request's first byte to the answer's last, in milliseconds.
    pub duration_ms: u64,
    /// To the answer's first byte, in milliseconds.
    pub ttft_ms: u64,
    /// Time spent on masking, in microseconds.
    pub masking_us: u64,
    /// Time spent on putting values back, in microseconds.
    pub rehydration_us: u64,
    /// Size of the request's body as the client sent it.
    pub request_bytes: u64,
    /// Size of the answer as the provider sent it.
    pub response_bytes: u64,
    /// Whether the answer was a stream.
    pub streamed: bool,
    /// Strings of the request's body that were looked through.
    #[serde(default)]
    pub strings_scanned: u64,
    /// Their bytes.
    #[serde(default)]
    pub bytes_scanned: u64,
    /// Strings that the format declares as structure.
    #[serde(default)]
    pub strings_structural: u64,
    /// Their bytes.
    #[serde(default)]
    pub bytes_structural: u64,
    /// Strings of images, sounds and other data that cannot be looked through.
    #[serde(default)]
    pub strings_opaque: u64,
    /// Their bytes.
    #[serde(default)]
    pub bytes_opaque: u64,
    /// How many values of each type were found.
    pub pii_detected: BTreeMap<String, u32>,
    /// How much the request looked like an attack on the model's instructions, 0 to 1.
    #[serde(default)]
    pub injection_score: Option<f32>,
    /// Ids of the policies that fired, in their order.
    #[serde(default)]
    pub policies_fired: Vec<String>,
    /// Whether the answer came from the fallback.
    #[serde(default)]
    pub fallback_used: bool,
    /// Why the fallback was asked; empty where it was not.
    #[serde(default)]
    pub fallback_reason: String,
    /// How many providers were asked.
    #[serde(default)]
    pub attempts: u32,
    /// The refusal's code; empty where there was none.
    pub error_code: String,
    /// Revision of the policy that was applied.
    pub policy_revision: String,
    /// What the policy's shadow would have done; missing where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
}

/// What a shadow would have done with a request and its answer. Counts of values and policies, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// Its revision.
    pub revision: String,
    /// Values that it would have masked, by type.
    #[serde(default)]
    pub would_mask: BTreeMap<String, u32>,
    /// What it would have redacted: values by `masking.entities.TYPE`, and the policies by id.
    #[serde(default)]
    pub would_redact: BTreeMap<String, u32>,
    /// The same, for what it would have refused.
    #[serde(default)]
    pub would_block: BTreeMap<String, u32>,
    /// The same, for what it would have warned of.
    #[serde(default)]
    pub would_warn: BTreeMap<String, u32>,
}

impl Shadow {
    fn closed(&mut self) {
        let Self { revision, would_mask, would_redact, would_block, would_warn } = self;
        *revision = safe_name(revision).to_owned();
        for counts in [would_mask, would_redact, would_block, would_warn] {
            close_names(counts);
        }
    }
}

/// Makes the names of counts safe; counts of names that are the same then are added up.
fn close_names(counts: &mut BTreeMap<String, u32>) {
    for (name, count) in core::mem::take(counts) {
        let sum = counts.entry(safe_name(&name).to_owned()).or_default();
        *sum = sum.saturating_add(count);
    }
}

impl Trace {
    /// The trace with every string made safe ([`safe_name`]): the second look at what comes from outside,
    /// so that a text put into a field that is a string still does not travel.
    #[must_use]
    pub fn closed(mut self) -> Self {
        let names = [
            &mut self.id,
            &mut self.request_id,
            &mut self.key_id,
            &mut self.tenant,
            &mut self.endpoint,
            &mut self.model_provider,
            &mut self.model_name,
            &mut self.fallback_reason,
            &mut self.error_code,
            &mut self.policy_revision,
        ];
        for name in names.into_iter().chain(&mut self.policies_fired) {
            let safe = safe_name(name);
            if safe != name.as_str() {
                *name = safe.to_owned();
            }
        }
        close_names(&mut self.pii_detected);
        if let Some(shadow) = &mut self.shadow {
            shadow.closed();
        }
        self
    }
}

/// Longest id or model name in a trace, in bytes.
pub const MAX_NAME_BYTES: usize = 128;

/// `name`, if it can be a model's name or an id (`[A-Za-z0-9._:/@-]*`, at most [`MAX_NAME_BYTES`]), else
/// `invalid`: a prompt that was pasted into `model` must not travel.
#[must_use]
pub fn safe_name(name: &str) -> &str {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'/' | b'@' | b'-');
    let cut = name.get(..MAX_NAME_BYTES.min(name.len())).unwrap_or("invalid");
    if cut.bytes().all(allowed) { cut } else { "invalid" }
}
