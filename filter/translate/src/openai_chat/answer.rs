//! Whole answers.

use super::{finish_word, read_finish, read_usage, write_usage};
use crate::NotUnderstood;
use crate::conversation::{Answer, Finish, Json, Part, ToolCall};
use crate::functions::call_members;
use crate::json::{Kind, Value, Writer};

pub(super) fn read(body: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
    let choice = body.items("choices").first().ok_or(NotUnderstood)?;
    let message = choice.get("message").ok_or(NotUnderstood)?;
    for name in ["reasoning_content", "reasoning"] {
        push(&mut answer.parts, message.text(name), Part::thought);
    }
    match message.get("content").map(|content| &content.kind) {
        Some(Kind::String(text)) => push(&mut answer.parts, text, Part::text),
        Some(Kind::Array(items)) => {
            for item in items {
                push(&mut answer.parts, item.text("text"), Part::text);
                let thought: String = item.items("thinking").iter().map(|t| t.text("text")).collect();
                push(&mut answer.parts, &thought, Part::thought);
            }
        }
        _ => {}
    }
    push(&mut answer.parts, message.text("refusal"), |text| Part::Refusal(text.to_owned()));
    let calls = message.items("tool_calls");
    answer.parts.extend(calls.iter().enumerate().map(|(n, call)| Part::ToolCall(tool_call(call, n))));
    answer.finish = Some(match read_finish(choice.text("finish_reason")) {
        // Some say so of calls as well.
        Finish::Stop if !calls.is_empty() => Finish::ToolCalls,
        Finish::Stop if !message.text("refusal").is_empty() => Finish::Refusal,
        finish => finish,
    });
    answer.describe(body, read_usage);
    answer.created = body.count("created").unwrap_or(0);
    Ok(())
}

#[inline(never)]
fn push(parts: &mut Vec<Part>, text: &str, part: fn(&str) -> Part) {
    if !text.is_empty() {
        parts.push(part(text));
    }
}

fn tool_call(call: &Value<'_>, number: usize) -> ToolCall {
    let function = call.get("function");
    let arguments = function.and_then(|f| f.get("arguments"));
    let id = call.text("id");
    ToolCall {
        id: if id.is_empty() { format!("call_{number}") } else { id.to_owned() },
        name: function.map(|f| f.text("name")).unwrap_or_default().to_owned(),
        arguments: Json(arguments.map(|a| a.as_str().unwrap_or(a.raw)).unwrap_or_default().to_owned()),
        signature: None,
    }
}

pub(super) fn write(answer: &Answer) -> Vec<u8> {
    let mut w = Writer::object(1024);
    w.string_at("id", &answer.id);
    w.string_at("object", "chat.completion");
    w.count_at("created", answer.created);
    w.string_at("model", &answer.model);
    w.open_at("choices", b'[');
    w.open(b'{');
    w.raw_at("index", "0");
    message(&mut w, answer);
    w.raw_at("logprobs", "null");
    let refused = answer.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
    w.string_at("finish_reason", finish_word(answer.finish, refused));
    w.close(b'}');
    w.close(b']');
    write_usage(&mut w, &answer.usage);
    w.done()
}

fn message(w: &mut Writer, answer: &Answer) {
    let (mut text, mut thoughts, mut refusal) = (String::new(), String::new(), String::new());
    let mut calls = Vec::new();
    for part in &answer.parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::Reasoning { text, .. } => thoughts.push_str(text),
            Part::Refusal(piece) => refusal.push_str(piece),
            Part::ToolCall(call) => calls.push(call),
            _ => {}
        }
    }
    w.open_at("message", b'{');
    w.string_at("role", "assistant");
    optional(w, "content", &text);
    optional(w, "refusal", &refusal);
    if !thoughts.is_empty() {
        w.string_at("reasoning_content", &thoughts);
    }
    if !calls.is_empty() {
        w.open_at("tool_calls", b'[');
        for call in calls {
            w.open(b'{');
            let empty = call.arguments.0.is_empty();
            call_members(w, &call.id, &call.name, if empty { "{}" } else { &call.arguments.0 });
            extra_content(w, call.signature.as_deref());
            w.close(b'}');
        }
        w.close(b']');
    }
    w.close(b'}');
}

/// Google's place for the seal on the thoughts before a call.
pub(super) fn extra_content(w: &mut Writer, signature: Option<&str>) {
    if let Some(signature) = signature {
        w.open_at("extra_content", b'{');
        w.open_at("google", b'{');
        w.string_at("thought_signature", signature);
        w.close(b'}');
        w.close(b'}');
    }
}

fn optional(w: &mut Writer, name: &str, text: &str) {
    if text.is_empty() { w.raw_at(name, "null") } else { w.string_at(name, text) }
}
