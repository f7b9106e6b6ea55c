//! `POST /v1/gateway`, the gateway's own endpoint: `{prompt, model, stream?}` → `{response, model, meta}`.
//!
//! What the gateway knows itself (where the request went, what was masked, how long everything took) it adds to the
//! meta block when the answer has been restored: in a whole answer to its member `meta`, in a stream to the event
//! `meta` before `data: [DONE]`. Where translation has written neither, they are made.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::bytes::{cut, from};
use crate::framing::{FrameBuffer, Framing, Payload};
use crate::refusal::{Code, Refusal};

extern crate alloc;

/// Longest prompt, in characters.
pub const MAX_PROMPT: usize = 32_768;

/// Checks what the shape of a request cannot say.
///
/// # Errors
/// 400 where the prompt is too long.
pub(super) fn check(body: &[u8]) -> Result<(), Refusal> {
    #[derive(Deserialize)]
    struct Prompt<'j> {
        #[serde(borrow)]
        prompt: Cow<'j, str>,
    }
    // No character takes less than a byte.
    if body.len() <= MAX_PROMPT {
        return Ok(());
    }
    // From a string: reading from bytes would be the whole of serde_json once more.
    let body = core::str::from_utf8(body).unwrap_or_default();
    let prompt = serde_json::from_str::<Prompt<'_>>(body).map(|p| p.prompt).unwrap_or_default();
    if prompt.chars().count() <= MAX_PROMPT {
        return Ok(());
    }
    Err(Refusal::new(Code::Validation, format!("prompt: at most {MAX_PROMPT} characters")).at("prompt"))
}

/// Milliseconds, with a fraction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// From the request's first byte to the meta block.
    pub total_ms: f64,
    /// Finding and masking.
    pub masking_ms: f64,
    /// From the masked request to the first byte of the answer.
    pub provider_ms: f64,
    /// Putting values back.
    pub rehydration_ms: f64,
}

/// Whether another provider had to be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fallback {
    /// Whether the answer is that of the fallback.
    pub used: bool,
    /// `not_attempted`, or why the fallback was asked.
    pub reason: String,
}

/// What the gateway tells of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// Name of the provider that answered.
    pub provider_id: String,
    /// `primary` or `fallback`.
    pub execution_path: &'static str,
    /// Whether the answer is that of the fallback.
    pub fallback_used: bool,
    /// Whether a provider did not answer in time.
    pub timed_out: bool,
    /// How many values of each type were found.
    pub entities_detected: BTreeMap<String, u32>,
    /// 0 to 1, with two decimals; none where the prompt was not scored.
    pub injection_score: Option<f64>,
    /// How long everything took.
    pub latency: Latency,
    /// Whether another provider had to be asked.
    pub fallback: Fallback,
}

impl Meta {
    /// The meta block with the members of `written`, a JSON object, behind the gateway's own.
    fn block(&self, written: &str) -> Vec<u8> {
        let mut out = serde_json::to_vec(self).unwrap_or_default();
        let rest =
            written.trim().strip_prefix('{').and_then(|w| w.strip_suffix('}')).unwrap_or_default().trim();
        if !rest.is_empty() && out.pop().is_some() {
            out.push(b',');
            out.extend_from_slice(rest.as_bytes());
            out.push(b'}');
        }
        out
    }

    /// Adds itself to a whole answer; none where that is no JSON object.
    #[must_use]
    pub fn added_to(&self, body: &[u8]) -> Option<Vec<u8>> {
        #[derive(Deserialize)]
        struct Answer<'j> {
            #[serde(borrow)]
            meta: Option<&'j RawValue>,
        }
        let json = core::str::from_utf8(body).ok()?;
        let written = serde_json::from_str::<Answer<'_>>(json).ok()?.meta;
        if let Some(written) = written.map(RawValue::get) {
            let start = written.as_ptr() as usize - body.as_ptr() as usize;
            let behind = from(body, start + written.len());
            return Some([cut(body, 0..start), &self.block(written), behind].concat());
        }
        let end = body.trim_ascii_end().len().checked_sub(1)?;
        let before = cut(body, 0..end).trim_ascii_end();
        let comma: &[u8] = if before.ends_with(b"{") { b"" } else { b"," };
        Some([before, comma, b"\"meta\":", &self.block(""), b"}"].concat())
    }
}

/// A stream of the endpoint on its way to the client, in which the meta block is completed.
pub struct MetaStream {
    frames: FrameBuffer,
    /// The meta block as translation has written it.
    written: String,
    done: bool,
}

impl fmt::Debug for MetaStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MetaStream({:?})", self.frames)
    }
}

impl Default for MetaStream {
    fn default() -> Self {
        Self { frames: FrameBuffer::new(Framing::ServerSentEvents), written: String::new(), done: false }
    }
}

impl MetaStream {
    /// Takes the next restored bytes, `last` with the end of the stream; returns those for the client. `meta` is asked
    /// when the answer is complete.
    pub fn push(&mut self, bytes: &[u8], last: bool, meta: impl FnOnce() -> Meta) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        let mut meta = Some(meta);
        self.frames.push(bytes);
        // Frames of the gateway's own translation are short and whole; what is none goes on as it is.
        while let Ok(Some(found)) = self.frames.next_frame() {
            let frame = self.frames.frame(&found);
            match &frame.payload {
                Payload::Json(json) if frame.bytes.starts_with(b"event: meta") && !self.done => {
                    self.written = String::from_utf8_lossy(json).into_owned();
                }
                Payload::End if !core::mem::replace(&mut self.done, true) => {
                    if let Some(meta) = meta.take() {
                        let block = meta().block(&self.written);
                        Framing::ServerSentEvents.write_event(&mut out, b"meta", &block, false);
                    }
                    out.extend_from_slice(frame.bytes);
                }
                _ => out.extend_from_slice(frame.bytes),
            }
        }
        if last {
            out.extend_from_slice(self.frames.rest());
            self.frames.clear();
        }
        out
    }
}
