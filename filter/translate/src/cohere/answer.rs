//! Answers and errors of Cohere, whole.

use super::writer::write_call;
use crate::NotUnderstood;
use crate::conversation::{Answer, Failure, Finish, Part, ToolCall, Usage};
use crate::json::{Value, Writer};

/// Reads a whole answer.
pub(super) fn read(value: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
    let message = value.get("message").ok_or(NotUnderstood)?;
    value.text("id").clone_into(&mut answer.id);
    answer.usage = usage(value);
    // The plan stands between the thoughts and the calls.
    for part in message.items("content") {
        answer.parts.push(match part.text("type") {
            "thinking" => Part::thought(part.text("thinking")),
            "text" => Part::text(part.text("text")),
            _ => return Err(NotUnderstood),
        });
    }
    let plan = message.text("tool_plan");
    if !plan.is_empty() {
        answer.parts.push(Part::text(plan));
    }
    for call in message.items("tool_calls") {
        let function = call.get("function").ok_or(NotUnderstood)?;
        let (id, name, arguments) = (call.text("id"), function.text("name"), function.text("arguments"));
        answer.parts.push(Part::ToolCall(ToolCall::new(id, name, arguments)));
    }
    answer.finish = value.get("finish_reason").and_then(Value::as_str).map(finish);
    Ok(())
}

/// What was counted, else what is billed.
pub(super) fn usage(value: &Value<'_>) -> Usage {
    let Some(usage) = value.get("usage") else { return Usage::default() };
    let Some(counts) = usage.get("tokens").or_else(|| usage.get("billed_units")) else {
        return Usage::default();
    };
    Usage {
        input: counts.count("input_tokens"),
        output: counts.count("output_tokens"),
        cached: usage.count("cached_tokens"),
        reasoning: None,
    }
}

pub(super) fn finish(word: &str) -> Finish {
    match word {
        "COMPLETE" => Finish::Stop,
        "STOP_SEQUENCE" => Finish::StopSequence,
        "MAX_TOKENS" => Finish::Length,
        "TOOL_CALL" => Finish::ToolCalls,
        _ => Finish::Other,
    }
}

pub(super) fn finish_reason(finish: Option<Finish>) -> &'static str {
    match finish {
        Some(Finish::StopSequence) => "STOP_SEQUENCE",
        Some(Finish::Length) => "MAX_TOKENS",
        Some(Finish::ToolCalls) => "TOOL_CALL",
        Some(Finish::Filtered) => "ERROR",
        Some(Finish::Stop | Finish::Refusal | Finish::Other) | None => "COMPLETE",
    }
}

pub(super) fn write_usage(w: &mut Writer, usage: Usage) {
    w.open_at("usage", b'{');
    for name in ["billed_units", "tokens"] {
        w.open_at(name, b'{');
        w.count_at("input_tokens", usage.input.unwrap_or(0));
        w.count_at("output_tokens", usage.output.unwrap_or(0));
        w.close(b'}');
    }
    if let Some(cached) = usage.cached {
        w.count_at("cached_tokens", cached);
    }
    w.close(b'}');
}

/// Writes a whole answer.
pub(super) fn write(answer: &Answer) -> Vec<u8> {
    let mut w = Writer::object(1024);
    w.string_at("id", &answer.id);
    w.string_at("finish_reason", finish_reason(answer.finish));
    w.open_at("message", b'{');
    w.string_at("role", "assistant");
    w.open_at("content", b'[');
    for part in &answer.parts {
        let (kind, text) = match part {
            Part::Text(text) | Part::Refusal(text) => ("text", text),
            Part::Reasoning { text, .. } if !text.is_empty() => ("thinking", text),
            _ => continue,
        };
        w.open_typed(kind);
        w.string_at(kind, text);
        w.close(b'}');
    }
    w.close(b']');
    if answer.parts.iter().any(|part| matches!(part, Part::ToolCall(_))) {
        w.open_at("tool_calls", b'[');
        for part in &answer.parts {
            if let Part::ToolCall(call) = part {
                write_call(&mut w, call);
            }
        }
        w.close(b']');
    }
    w.close(b'}');
    write_usage(&mut w, answer.usage);
    w.done()
}

/// Reads an error's body.
pub(super) fn read_failure(status: u16, body: &Value<'_>) -> Failure {
    let message = body.string("message");
    Failure { status, message, code: None }
}

/// Writes an error's body.
pub(super) fn write_failure(failure: &Failure) -> Vec<u8> {
    let mut w = Writer::object(64 + failure.message.len());
    w.string_at("message", &failure.message);
    w.done()
}
