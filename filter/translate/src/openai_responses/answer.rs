//! Whole answers.

use super::{SEAL, incomplete, read_finish, read_usage, write_usage};
use crate::conversation::{Answer, Failure, Finish, Part, ToolCall, Usage};
use crate::json::{Value, Writer};
use crate::{NotUnderstood, openai};

pub(super) fn read(body: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
    if body.text("object") != "response" || !matches!(body.text("status"), "completed" | "incomplete") {
        return Err(NotUnderstood);
    }
    for item in body.items("output") {
        push_item(&mut answer.parts, item);
    }
    let calls = answer.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    let refused = answer.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
    answer.finish = Some(read_finish(body, calls, refused));
    answer.describe(body, read_usage);
    answer.created = body.count("created_at").unwrap_or(0);
    Ok(())
}

/// What an item says; nothing of those that only OpenAI's own tools make.
fn push_item(parts: &mut Vec<Part>, item: &Value<'_>) {
    match item.text("type") {
        "message" => {
            for part in item.items("content") {
                match part.text("type") {
                    "output_text" => parts.push(Part::text(part.text("text"))),
                    "refusal" => parts.push(Part::Refusal(part.string("refusal"))),
                    _ => {}
                }
            }
        }
        "function_call" => {
            let (id, name, arguments) = (item.text("call_id"), item.text("name"), item.text("arguments"));
            parts.push(Part::ToolCall(ToolCall::new(id, name, arguments)));
        }
        "reasoning" => {
            let texts: Vec<&str> = item
                .items("summary")
                .iter()
                .chain(item.items("content"))
                .map(|part| part.text("text"))
                .collect();
            let (text, signature) = (texts.join("\n\n"), seal(item));
            if !text.is_empty() || signature.is_some() {
                parts.push(Part::Reasoning { text, signature });
            }
        }
        _ => {}
    }
}

/// The seal of an item of reasoning, with the item's id, without which it is not taken back.
pub(super) fn seal(item: &Value<'_>) -> Option<String> {
    let encrypted = item.text("encrypted_content");
    if encrypted.is_empty() {
        return None;
    }
    let mut seal = item.text("id").replace(SEAL, "_");
    seal.push(SEAL);
    seal.push_str(encrypted);
    Some(seal)
}

/// The id of an item of an answer.
pub(super) fn item_id(prefix: &str, answer: &str, number: u32) -> String {
    format!("{prefix}_{answer}_{number}")
}

/// What a response tells of itself, up to its output: its status, and why it is incomplete or has failed.
pub(super) fn begin(
    w: &mut Writer,
    (id, model, created): (&str, &str, u64),
    (status, reason): (&str, Option<&str>),
    failure: Option<&Failure>,
) {
    w.string_at("id", id);
    w.string_at("object", "response");
    w.count_at("created_at", created);
    w.string_at("status", status);
    w.raw_at("background", "false");
    match failure {
        Some(failure) => {
            w.open_at("error", b'{');
            w.string_at("code", failure.code.as_deref().unwrap_or(openai::type_of(failure.status)));
            w.string_at("message", &openai::message_of(failure));
            w.close(b'}');
        }
        None => w.raw_at("error", "null"),
    }
    match reason {
        Some(reason) => {
            w.open_at("incomplete_details", b'{');
            w.string_at("reason", reason);
            w.close(b'}');
        }
        None => w.raw_at("incomplete_details", "null"),
    }
    for name in ["instructions", "max_output_tokens", "previous_response_id", "temperature", "top_p", "user"]
    {
        w.raw_at(name, "null");
    }
    w.string_at("model", model);
    w.raw_at("parallel_tool_calls", "true");
    w.raw_at("reasoning", r#"{"effort":null,"summary":null}"#);
    w.raw_at("store", "false");
    w.raw_at("text", r#"{"format":{"type":"text"}}"#);
    w.raw_at("tool_choice", r#""auto""#);
    w.raw_at("tools", "[]");
    w.raw_at("truncation", r#""disabled""#);
    w.raw_at("metadata", "{}");
}

/// Counts, or null while there are none.
pub(super) fn usage(w: &mut Writer, usage: Option<&Usage>) {
    match usage {
        Some(usage) => write_usage(w, usage),
        None => w.raw_at("usage", "null"),
    }
}

/// The status of a response that has ended, and why it is incomplete.
pub(super) fn status(finish: Option<Finish>) -> (&'static str, Option<&'static str>) {
    let reason = incomplete(finish);
    (if reason.is_some() { "incomplete" } else { "completed" }, reason)
}

pub(super) fn write(answer: &Answer) -> Vec<u8> {
    let mut w = Writer::object(1024);
    begin(&mut w, (&answer.id, &answer.model, answer.created), status(answer.finish), None);
    w.open_at("output", b'[');
    for (n, part) in (0..).zip(&answer.parts) {
        item(&mut w, part, &answer.id, n);
    }
    w.close(b']');
    usage(&mut w, Some(&answer.usage));
    w.done()
}

/// A complete item of the output.
pub(super) fn item(w: &mut Writer, part: &Part, answer: &str, number: u32) {
    match part {
        Part::Text(_) | Part::Refusal(_) => {
            w.open(b'{');
            w.string_at("id", &item_id("msg", answer, number));
            w.string_at("type", "message");
            w.string_at("status", "completed");
            w.string_at("role", "assistant");
            w.open_at("content", b'[');
            content_part(w, part);
            w.close(b']');
            w.close(b'}');
        }
        Part::ToolCall(call) => {
            w.open(b'{');
            w.string_at("id", &item_id("fc", answer, number));
            w.string_at("type", "function_call");
            w.string_at("status", "completed");
            w.string_at("call_id", &call.id);
            w.string_at("name", &call.name);
            let empty = call.arguments.0.is_empty();
            w.string_at("arguments", if empty { "{}" } else { &call.arguments.0 });
            w.close(b'}');
        }
        Part::Reasoning { text, signature } => {
            w.open(b'{');
            w.string_at("id", &item_id("rs", answer, number));
            w.string_at("type", "reasoning");
            w.open_at("summary", b'[');
            if !text.is_empty() {
                summary_part(w, text);
            }
            w.close(b']');
            if let Some(signature) = signature {
                w.string_at("encrypted_content", signature);
            }
            w.close(b'}');
        }
        Part::Image { .. } | Part::Document { .. } | Part::ToolResult { .. } => {}
    }
}

/// A part of a message.
pub(super) fn content_part(w: &mut Writer, part: &Part) {
    w.open(b'{');
    match part {
        Part::Refusal(text) => {
            w.string_at("type", "refusal");
            w.string_at("refusal", text);
        }
        Part::Text(text) => {
            w.string_at("type", "output_text");
            w.string_at("text", text);
            w.raw_at("annotations", "[]");
            w.raw_at("logprobs", "[]");
        }
        _ => {}
    }
    w.close(b'}');
}

/// A part of a summary of thoughts.
pub(super) fn summary_part(w: &mut Writer, text: &str) {
    w.open_typed("summary_text");
    w.string_at("text", text);
    w.close(b'}');
}
