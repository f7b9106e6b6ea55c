//! What OpenAI's Chat Completions and Responses have in common: errors, words for effort, ids of calls.
//!
//! Sources: OpenAI API reference, "Errors", "Create chat completion", "Create a model response"; Mistral API reference.

use crate::conversation::{Effort, Failure, Json, Number, Part, Reasoning};
use crate::fields::{Path, WRONG_TYPE};
use crate::json::{Kind, Value, Writer};
use crate::{Dialect, Notes, turns};

/// Longest id of a call that OpenAI takes.
const MAX_ID: usize = 40;

/// Reads `{"error":{"message","type","code"}}`, Mistral's `{"message","type"}` and Ollama's `{"error":"…"}`.
/// Whole or in a stream.
pub(crate) fn read_failure(status: u16, body: &Value<'_>) -> Failure {
    let error = body.get("error").unwrap_or(body);
    let text = |name: &str| Some(error.text(name)).filter(|t| !t.is_empty());
    let message = error.as_str().or_else(|| text("message")).unwrap_or_default().to_owned();
    let code = text("code").or_else(|| text("type")).map(str::to_owned);
    Failure { status, message, code }
}

/// The status that stands for an error inside a stream, by the error's code.
pub(crate) fn status_of(code: Option<&str>) -> u16 {
    match code.unwrap_or_default() {
        code if code.contains("rate_limit") || code.contains("quota") => 429,
        code if code.starts_with("invalid") => 400,
        code if code.contains("overloaded") || code.contains("unavailable") => 503,
        _ => 500,
    }
}

/// OpenAI's name for an error of a status.
pub(crate) fn type_of(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

/// The words of a failure; of one without words which status it had.
pub(crate) fn message_of(failure: &Failure) -> String {
    if failure.message.is_empty() {
        return format!("the provider answered with status {}", failure.status);
    }
    failure.message.clone()
}

/// `{"error":{"message","type","param","code"}}`
pub(crate) fn write_failure(failure: &Failure) -> Vec<u8> {
    let mut w = Writer::object(128 + failure.message.len());
    w.open_at("error", b'{');
    w.string_at("message", &message_of(failure));
    w.string_at("type", type_of(failure.status));
    w.raw_at("param", "null");
    match &failure.code {
        Some(code) => w.string_at("code", code),
        None => w.raw_at("code", "null"),
    }
    w.close(b'}');
    w.done()
}

/// Reads a string, or an array of parts; nothing where it is null or empty.
#[inline(never)]
pub(crate) fn content(
    content: Option<&Value<'_>>,
    path: &Path<'_>,
    parts: &mut Vec<Part>,
    read: &mut dyn FnMut(&Value<'_>, &Path<'_>) -> Part,
) {
    match content.map(|value| &value.kind) {
        None => {}
        Some(Kind::String(text)) if text.is_empty() => {}
        Some(Kind::String(text)) => parts.push(Part::text(text)),
        Some(Kind::Array(items)) => {
            parts.reserve(items.len());
            for (n, item) in items.iter().enumerate() {
                parts.push(read(item, &path.item(n)));
            }
        }
        Some(_) => path.refuse(WRONG_TYPE),
    }
}

/// What `reasoning_effort` says.
pub(crate) fn read_effort(word: &str) -> Option<Reasoning> {
    Some(match word {
        "none" => Reasoning::Off,
        "minimal" => Reasoning::Effort(Effort::Minimal),
        "low" => Reasoning::Effort(Effort::Low),
        "medium" => Reasoning::Effort(Effort::Medium),
        "high" => Reasoning::Effort(Effort::High),
        "xhigh" => Reasoning::Effort(Effort::XHigh),
        _ => return None,
    })
}

/// The word for how much to think; none where the model decides.
pub(crate) fn effort(reasoning: &Reasoning, notes: &mut Notes) -> Option<&'static str> {
    Some(match reasoning {
        Reasoning::Off => "none",
        Reasoning::Auto => return None,
        Reasoning::Effort(Effort::Minimal) => "minimal",
        Reasoning::Effort(Effort::Low) => "low",
        Reasoning::Effort(Effort::Medium) => "medium",
        Reasoning::Effort(Effort::High) => "high",
        Reasoning::Effort(Effort::XHigh) => "xhigh",
        Reasoning::Budget(Number(tokens)) => {
            notes.add("reasoning_effort");
            match tokens.parse::<f64>().unwrap_or_default() {
                ..=2048.0 => "low",
                ..=8192.0 => "medium",
                _ => "high",
            }
        }
    })
}

/// The tokens to think with that stand for a word; at least Anthropic's least, 1024.
#[must_use]
pub fn budget(effort: Effort) -> u32 {
    match effort {
        Effort::Minimal => 1024,
        Effort::Low => 2048,
        Effort::Medium => 8192,
        Effort::High => 16384,
        Effort::XHigh => 32768,
    }
}

/// Writes the schema of a function's arguments; OpenAI refuses an object's without `properties`.
pub(crate) fn parameters(w: &mut Writer, schema: Option<&Json>) {
    w.key("parameters");
    let written = schema.map_or(r#"{"type":"object"}"#, |schema| schema.0.trim_ascii());
    match written.strip_suffix('}') {
        Some(open) if !written.contains(r#""properties""#) => {
            let comma = if open.trim_ascii_end() == "{" { "" } else { "," };
            w.raw(&[open, comma, r#""properties":{}}"#].concat());
        }
        _ => w.raw(written),
    }
}

/// A call's id as the provider takes it, the same for the same id: Mistral wants nine letters and digits, OpenAI at
/// most 40 characters.
pub(crate) fn call_id(id: &str, dialect: Dialect) -> String {
    let short = id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
    match dialect {
        Dialect::Mistral if !short => turns::word(turns::hash(id), 9),
        Dialect::OpenAi | Dialect::Azure if id.len() > MAX_ID => {
            ["call_", &turns::word(turns::hash(id), 11)].concat()
        }
        _ => id.to_owned(),
    }
}
