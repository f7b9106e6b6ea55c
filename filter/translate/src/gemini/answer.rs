//! Answers and errors of Gemini, whole.

use super::seal;
use super::writer::write_call;
use crate::conversation::{Answer, Failure, Finish, Json, Part, ToolCall, Usage};
use crate::json::{Kind, Value, Writer};
use crate::terms::call_id;
use crate::{NotUnderstood, Notes};

/// Reads a whole answer.
pub(super) fn read(value: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
    let id = value.text("responseId");
    id.clone_into(&mut answer.id);
    value.text("modelVersion").clone_into(&mut answer.model);
    answer.usage = usage(value);
    let mut calls = 0;
    if let Some(candidate) = value.items("candidates").first() {
        for part in candidate.get("content").map(|c| c.items("parts")).unwrap_or_default() {
            match part_of(part, id, &mut calls)? {
                // A row of texts is one.
                Part::Text(more) => match answer.parts.last_mut() {
                    Some(Part::Text(text)) => text.push_str(&more),
                    _ => answer.parts.push(Part::Text(more)),
                },
                part => answer.parts.push(part),
            }
        }
        answer.finish = candidate.get("finishReason").and_then(Value::as_str).map(finish);
        if let Some(words) = refusal(candidate, answer.finish) {
            answer.parts.push(Part::Refusal(words));
        }
    } else if blocked(value) {
        answer.finish = Some(Finish::Filtered);
    } else {
        return Err(NotUnderstood);
    }
    if calls > 0 && answer.finish == Some(Finish::Stop) {
        answer.finish = Some(Finish::ToolCalls);
    }
    Ok(())
}

/// Whether the prompt was not let through.
pub(super) fn blocked(value: &Value<'_>) -> bool {
    value.get("promptFeedback").is_some_and(|f| !f.text("blockReason").is_empty())
}

/// Why the provider's filter ended the answer, in its words.
pub(super) fn refusal(candidate: &Value<'_>, finish: Option<Finish>) -> Option<String> {
    let words = candidate.text("finishMessage");
    (finish == Some(Finish::Filtered) && !words.is_empty()).then(|| words.to_owned())
}

/// A part of an answer; `calls` counts those that were read before in the answer with this id.
pub(super) fn part_of(part: &Value<'_>, answer: &str, calls: &mut usize) -> Result<Part, NotUnderstood> {
    let signature = || part.get("thoughtSignature").and_then(Value::as_str).map(str::to_owned);
    if let Some(call) = part.get("functionCall") {
        let (name, arguments) = (call.text("name"), call.get("args").map_or("{}", |a| a.raw));
        let id = match call.text("id") {
            "" => call_id(answer, *calls, name, arguments),
            id => id.to_owned(),
        };
        *calls += 1;
        let arguments = Json(arguments.to_owned());
        return Ok(Part::ToolCall(ToolCall { id, name: name.to_owned(), arguments, signature: signature() }));
    }
    if let Some(text) = part.get("text").and_then(Value::as_str) {
        let text = text.to_owned();
        return Ok(if part.flag("thought") {
            Part::Reasoning { text, signature: signature() }
        } else {
            Part::Text(text)
        });
    }
    // A part with a seal alone says nothing.
    if part.get("thoughtSignature").is_some() { Ok(Part::Text(String::new())) } else { Err(NotUnderstood) }
}

/// Thoughts are counted by themselves there, and so is what tools of Google's own have read.
pub(super) fn usage(value: &Value<'_>) -> Usage {
    let Some(counts) = value.get("usageMetadata") else { return Usage::default() };
    let thoughts = counts.count("thoughtsTokenCount");
    let tools = counts.count("toolUsePromptTokenCount").unwrap_or(0);
    let output = counts.count("candidatesTokenCount");
    Usage {
        input: counts.count("promptTokenCount").map(|n| n.saturating_add(tools)),
        output: match (output, thoughts) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        },
        cached: counts.count("cachedContentTokenCount"),
        reasoning: thoughts,
    }
}

pub(super) fn finish(word: &str) -> Finish {
    match word {
        "STOP" => Finish::Stop,
        "MAX_TOKENS" => Finish::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => {
            Finish::Filtered
        }
        _ => Finish::Other,
    }
}

pub(super) fn finish_reason(finish: Option<Finish>) -> &'static str {
    match finish {
        Some(Finish::Length) => "MAX_TOKENS",
        Some(Finish::Filtered | Finish::Refusal) => "SAFETY",
        Some(Finish::Other) => "OTHER",
        Some(Finish::Stop | Finish::StopSequence | Finish::ToolCalls) | None => "STOP",
    }
}

/// The members of an answer behind its candidates.
pub(super) fn write_tail(w: &mut Writer, usage: Option<Usage>, model: &str, id: &str) {
    if let Some(usage) = usage {
        let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
        let thoughts = usage.reasoning.unwrap_or(0);
        w.open_at("usageMetadata", b'{');
        w.count_at("promptTokenCount", input);
        w.count_at("candidatesTokenCount", output.saturating_sub(thoughts));
        if usage.reasoning.is_some() {
            w.count_at("thoughtsTokenCount", thoughts);
        }
        if let Some(cached) = usage.cached {
            w.count_at("cachedContentTokenCount", cached);
        }
        w.count_at("totalTokenCount", input.saturating_add(output));
        w.close(b'}');
    }
    w.string_at("modelVersion", model);
    w.string_at("responseId", id);
}

/// Opens an answer up to its parts.
pub(super) fn open() -> Writer {
    let mut w = Writer::object(256);
    w.open_at("candidates", b'[');
    w.open(b'{');
    w.open_at("content", b'{');
    w.open_at("parts", b'[');
    w
}

/// Closes parts and candidates.
pub(super) fn close(w: &mut Writer, finish: Option<&str>) {
    w.close(b']');
    w.string_at("role", "model");
    w.close(b'}');
    if let Some(reason) = finish {
        w.string_at("finishReason", reason);
    }
    w.count_at("index", 0);
    w.close(b'}');
    w.close(b']');
}

/// Writes a part that is text.
pub(super) fn text(w: &mut Writer, text: &str, thought: bool, seal: Option<&str>) {
    w.open(b'{');
    w.string_at("text", text);
    if thought {
        w.flag_at("thought", true);
    }
    if let Some(seal) = seal {
        w.string_at("thoughtSignature", seal);
    }
    w.close(b'}');
}

/// Writes a call of an answer.
pub(super) fn sealed_call(w: &mut Writer, call: &ToolCall) {
    let seal = call.signature.as_deref().map(seal::written);
    write_call(w, call, seal.as_deref(), &mut Notes::default());
}

/// Writes a whole answer.
pub(super) fn write(answer: &Answer) -> Vec<u8> {
    let mut w = open();
    for part in &answer.parts {
        match part {
            Part::Text(words) | Part::Refusal(words) => text(&mut w, words, false, None),
            Part::Reasoning { text: words, signature } => {
                text(&mut w, words, true, signature.as_deref().map(seal::written).as_deref());
            }
            Part::ToolCall(call) => sealed_call(&mut w, call),
            // No answer holds others.
            Part::Image { .. } | Part::Document { .. } | Part::ToolResult { .. } => {}
        }
    }
    if answer.parts.is_empty() {
        text(&mut w, "", false, None);
    }
    close(&mut w, Some(finish_reason(answer.finish)));
    write_tail(&mut w, Some(answer.usage), &answer.model, &answer.id);
    w.done()
}

/// Reads an error's body; of a stream that is an array it is the only item.
pub(super) fn read_failure(status: u16, body: &Value<'_>) -> Failure {
    let body = if let Kind::Array(items) = &body.kind { items.first() } else { Some(body) };
    match body.and_then(|b| b.get("error")) {
        Some(error) => Failure { status, ..failure(error) },
        None => Failure { status, message: String::new(), code: None },
    }
}

/// The object below `error`.
pub(super) fn failure(error: &Value<'_>) -> Failure {
    let status = error.count("code").and_then(|c| u16::try_from(c).ok()).filter(|c| (400..600).contains(c));
    let code = Some(error.text("status")).filter(|c| !c.is_empty()).map(str::to_owned);
    Failure { status: status.unwrap_or(500), message: error.string("message"), code }
}

/// Writes an error's body. Source of the names: Google API Improvement Proposal 193, `google/rpc/code.proto`.
pub(super) fn write_failure(failure: &Failure) -> Vec<u8> {
    let name = match failure.status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        408 | 504 => "DEADLINE_EXCEEDED",
        502 | 503 | 529 => "UNAVAILABLE",
        500.. => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    };
    let mut w = Writer::object(128 + failure.message.len());
    w.open_at("error", b'{');
    w.count_at("code", failure.status.into());
    w.string_at("message", &failure.message);
    w.string_at("status", name);
    w.close(b'}');
    w.done()
}
