//! Anthropic Messages: blocks of content, each opened, grown and closed by events when streamed.

use serde_json::{Value, json};

use super::{Events, Format, SIGNATURE, USAGE, has_part, offered};
use crate::provider::ask::{Ask, shreds, texts};
use crate::provider::frame::Event;

/// The format.
pub(super) struct Messages;

impl Format for Messages {
    fn text(&self, body: &Value) -> String {
        texts(body, &["system", "messages"])
    }

    fn tool(&self, body: &Value) -> Option<String> {
        let is_result = |part: &Value| part["type"] == json!("tool_result");
        offered(&body["tools"], "/name", &body["messages"], |turn| has_part(turn, "content", is_result))
    }

    fn thinks(&self, body: &Value) -> bool {
        matches!(body["thinking"]["type"].as_str(), Some("enabled" | "adaptive"))
    }

    fn whole(&self, ask: &Ask) -> Value {
        let (input, output, _) = USAGE;
        let usage = json!({ "input_tokens": input, "output_tokens": output });
        message(ask, &blocks(ask), stop_reason(ask), usage)
    }

    fn events(&self, ask: &Ask) -> Events {
        let (input, output, _) = USAGE;
        let usage = json!({ "input_tokens": input, "output_tokens": 1 });
        let mut body =
            vec![json!({ "type": "message_start", "message": message(ask, &[], Value::Null, usage) })];
        for (index, block) in blocks(ask).iter().enumerate() {
            body.extend(block_events(index, block));
            if index == 0 {
                body.insert(2, json!({ "type": "ping" }));
            }
        }
        let delta = json!({ "type": "message_delta",
            "delta": { "stop_reason": stop_reason(ask), "stop_sequence": null },
            "usage": { "output_tokens": output } });
        let close = [delta, json!({ "type": "message_stop" })];
        Events {
            body: body.into_iter().map(Event::typed).collect(),
            close: close.into_iter().map(Event::typed).collect(),
        }
    }

    fn error(&self, status: u16, message: &str) -> Value {
        let kind = match status {
            400 => "invalid_request_error",
            404 => "not_found_error",
            429 => "rate_limit_error",
            _ => "api_error",
        };
        json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": "req_test" })
    }

    fn required_header(&self) -> Option<&'static str> {
        Some("anthropic-version")
    }
}

fn message(ask: &Ask, content: &[Value], stop: Value, usage: Value) -> Value {
    json!({
        "id": "msg_test", "type": "message", "role": "assistant", "model": ask.model, "content": content,
        "stop_reason": stop, "stop_sequence": null, "usage": usage,
    })
}

fn stop_reason(ask: &Ask) -> Value {
    json!(match ask.tool {
        Some(_) => "tool_use",
        None if ask.has("refusal") => "refusal",
        None => "end_turn",
    })
}

fn blocks(ask: &Ask) -> Vec<Value> {
    let mut blocks = Vec::new();
    if ask.thinks {
        blocks.push(json!({ "type": "thinking", "thinking": ask.text, "signature": SIGNATURE }));
    }
    blocks.push(match &ask.tool {
        Some(name) => json!({ "type": "tool_use", "id": "toolu_1", "name": name, "input": ask.arguments() }),
        None if ask.has("cited") => json!({ "type": "text", "text": ask.text, "citations": [{
            "type": "char_location", "cited_text": ask.text, "document_index": 0,
            "document_title": ask.text, "start_char_index": 0, "end_char_index": 1 }] }),
        None => json!({ "type": "text", "text": ask.text }),
    });
    blocks
}

fn block_events(index: usize, block: &Value) -> Vec<Value> {
    let mut empty = block.clone();
    let written = block["input"].to_string();
    // What grows: the member that is empty at first, the text of it, the delta that it comes in.
    let (slot, nothing, grown, delta, member) = match block["type"].as_str() {
        Some("thinking") => ("thinking", json!(""), &block["thinking"], "thinking_delta", "thinking"),
        Some("tool_use") => ("input", json!({}), &json!(written), "input_json_delta", "partial_json"),
        _ => ("text", json!(""), &block["text"], "text_delta", "text"),
    };
    empty[slot] = nothing;
    let mut deltas: Vec<Value> = shreds(grown.as_str().unwrap_or_default())
        .iter()
        .map(|piece| json!({ "type": delta, member: piece }))
        .collect();
    if let Some(signature) = block.get("signature") {
        empty["signature"] = json!("");
        deltas.push(json!({ "type": "signature_delta", "signature": signature }));
    }
    for citation in block["citations"].as_array().into_iter().flatten() {
        empty["citations"] = json!([]);
        deltas.push(json!({ "type": "citations_delta", "citation": citation }));
    }
    let mut events = vec![json!({ "type": "content_block_start", "index": index, "content_block": empty })];
    let delta = |d| json!({ "type": "content_block_delta", "index": index, "delta": d });
    events.extend(deltas.into_iter().map(delta));
    events.push(json!({ "type": "content_block_stop", "index": index }));
    events
}

/// The count of a request's tokens: text goes there, none comes back.
pub(super) struct CountTokens;

impl Format for CountTokens {
    fn text(&self, body: &Value) -> String {
        Messages.text(body)
    }

    fn streams(&self, _body: &Value) -> bool {
        false
    }

    fn whole(&self, _ask: &Ask) -> Value {
        json!({ "input_tokens": USAGE.0 })
    }

    fn events(&self, _ask: &Ask) -> Events {
        Events::default()
    }

    fn error(&self, status: u16, message: &str) -> Value {
        Messages.error(status, message)
    }

    fn required_header(&self) -> Option<&'static str> {
        Messages.required_header()
    }
}
