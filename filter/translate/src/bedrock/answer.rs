//! Answers and errors of Converse, whole.

use crate::conversation::{Answer, Failure, Finish, Json, Part, ToolCall, Usage};
use crate::json::{Value, Writer};
use crate::turns::object;
use crate::{NotUnderstood, Notes};

/// Reads a whole answer.
pub(super) fn read(value: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
    let message = value.get("output").and_then(|o| o.get("message")).ok_or(NotUnderstood)?;
    answer.usage = usage(value);
    for block in message.items("content") {
        answer.parts.push(part(block)?);
    }
    answer.finish = value.get("stopReason").and_then(Value::as_str).map(finish);
    Ok(())
}

fn part(block: &Value<'_>) -> Result<Part, NotUnderstood> {
    if let Some(text) = block.get("text").and_then(Value::as_str) {
        return Ok(Part::Text(text.to_owned()));
    }
    if let Some(call) = block.get("toolUse") {
        return Ok(Part::ToolCall(ToolCall {
            id: call.string("toolUseId"),
            name: call.string("name"),
            arguments: Json(call.get("input").map_or("{}", |input| input.raw).to_owned()),
            signature: None,
        }));
    }
    if let Some(thoughts) = block.get("reasoningContent") {
        let seal = |v: &Value<'_>, name| v.get(name).and_then(Value::as_str).map(str::to_owned);
        return Ok(match thoughts.get("reasoningText") {
            Some(text) => Part::Reasoning { text: text.string("text"), signature: seal(text, "signature") },
            None => Part::Reasoning { text: String::new(), signature: seal(thoughts, "redactedContent") },
        });
    }
    let cited = block.get("citationsContent").ok_or(NotUnderstood)?;
    Ok(Part::Text(cited.items("content").iter().map(|t| t.text("text")).collect()))
}

/// What is read from the cache, and what is written into it, is part of the prompt.
pub(super) fn usage(value: &Value<'_>) -> Usage {
    let Some(counts) = value.get("usage") else { return Usage::default() };
    let cached = counts.count("cacheReadInputTokens");
    let written = counts.count("cacheWriteInputTokens");
    let all = |input: u64| input.saturating_add(cached.unwrap_or(0)).saturating_add(written.unwrap_or(0));
    Usage {
        input: counts.count("inputTokens").map(all),
        output: counts.count("outputTokens"),
        cached,
        reasoning: None,
    }
}

pub(super) fn finish(word: &str) -> Finish {
    match word {
        "end_turn" => Finish::Stop,
        "tool_use" => Finish::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "stop_sequence" => Finish::StopSequence,
        "guardrail_intervened" | "content_filtered" => Finish::Filtered,
        _ => Finish::Other,
    }
}

pub(super) fn stop_reason(finish: Option<Finish>) -> &'static str {
    match finish {
        Some(Finish::ToolCalls) => "tool_use",
        Some(Finish::Length) => "max_tokens",
        Some(Finish::StopSequence) => "stop_sequence",
        Some(Finish::Filtered | Finish::Refusal) => "content_filtered",
        Some(Finish::Stop | Finish::Other) | None => "end_turn",
    }
}

/// `usage` and `metrics`. How long the provider took is not known here.
pub(super) fn write_usage(w: &mut Writer, usage: Usage) {
    let cached = usage.cached.unwrap_or(0);
    let input = usage.input.unwrap_or(0).saturating_sub(cached);
    let output = usage.output.unwrap_or(0);
    w.open_at("usage", b'{');
    w.count_at("inputTokens", input);
    w.count_at("outputTokens", output);
    w.count_at("totalTokens", input.saturating_add(output).saturating_add(cached));
    if usage.cached.is_some() {
        w.count_at("cacheReadInputTokens", cached);
    }
    w.close(b'}');
    w.raw_at("metrics", "{\"latencyMs\":0}");
}

/// Writes a whole answer.
pub(super) fn write(answer: &Answer) -> Vec<u8> {
    let mut w = Writer::object(1024);
    w.open_at("output", b'{');
    w.open_at("message", b'{');
    w.string_at("role", "assistant");
    w.open_at("content", b'[');
    for part in &answer.parts {
        write_part(&mut w, part);
    }
    w.close(b']');
    w.close(b'}');
    w.close(b'}');
    w.string_at("stopReason", stop_reason(answer.finish));
    write_usage(&mut w, answer.usage);
    w.done()
}

fn write_part(w: &mut Writer, part: &Part) {
    match part {
        Part::Text(text) | Part::Refusal(text) => {
            w.open(b'{');
            w.string_at("text", text);
        }
        Part::ToolCall(call) => {
            w.open(b'{');
            w.open_at("toolUse", b'{');
            w.string_at("toolUseId", &call.id);
            w.string_at("name", &call.name);
            w.raw_at("input", &object(&call.arguments, &mut Notes::default()));
            w.close(b'}');
        }
        Part::Reasoning { text, signature } => {
            w.open(b'{');
            w.open_at("reasoningContent", b'{');
            w.open_at("reasoningText", b'{');
            w.string_at("text", text);
            if let Some(seal) = signature {
                w.string_at("signature", seal);
            }
            w.close(b'}');
            w.close(b'}');
        }
        // No answer holds others.
        Part::Image { .. } | Part::Document { .. } | Part::ToolResult { .. } => return,
    }
    w.close(b'}');
}

/// Reads an error's body. Its kind stands in a header; some also say it in the body.
pub(super) fn read_failure(status: u16, body: &Value<'_>) -> Failure {
    let text = |name| Some(body.text(name)).filter(|t| !t.is_empty());
    let message = text("message").or_else(|| text("Message")).unwrap_or_default().to_owned();
    // `com.amazon…#ValidationException`
    let code = text("__type").and_then(|t| t.rsplit('#').next()).map(str::to_owned);
    Failure { status, message, code }
}

/// Writes an error's body.
pub(super) fn write_failure(failure: &Failure) -> Vec<u8> {
    let mut w = Writer::object(128 + failure.message.len());
    w.string_at("__type", exception(failure.status).0);
    w.string_at("message", &failure.message);
    w.done()
}

/// An error's name whole, and inside a stream.
pub(super) fn exception(status: u16) -> (&'static str, &'static str) {
    match status {
        401 | 403 => ("AccessDeniedException", "validationException"),
        404 => ("ResourceNotFoundException", "validationException"),
        408 | 504 => ("ModelTimeoutException", "modelStreamErrorException"),
        424 => ("ModelErrorException", "modelStreamErrorException"),
        429 => ("ThrottlingException", "throttlingException"),
        503 | 529 => ("ServiceUnavailableException", "serviceUnavailableException"),
        502 => ("InternalServerException", "modelStreamErrorException"),
        500.. => ("InternalServerException", "internalServerException"),
        _ => ("ValidationException", "validationException"),
    }
}
