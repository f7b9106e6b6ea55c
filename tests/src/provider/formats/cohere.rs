//! Cohere v2 chat: a message of content, a plan, tool calls and citations; each slot is opened, grown and
//! closed by events when streamed.

use serde_json::{Value, json};

use super::{Events, Format, USAGE, offered};
use crate::provider::ask::{Ask, texts};
use crate::provider::frame::Event;

const ID: &str = "chat-test";

/// The format.
pub(super) struct Chat;

impl Format for Chat {
    fn text(&self, body: &Value) -> String {
        texts(body, &["documents", "messages"])
    }

    fn tool(&self, body: &Value) -> Option<String> {
        let is_result = |turn: &Value| turn["role"] == json!("tool");
        offered(&body["tools"], "/function/name", &body["messages"], is_result)
    }

    fn thinks(&self, body: &Value) -> bool {
        body["thinking"]["type"] == json!("enabled")
    }

    fn whole(&self, ask: &Ask) -> Value {
        let mut message = json!({ "role": "assistant" });
        let mut content = Vec::new();
        if ask.thinks {
            content.push(json!({ "type": "thinking", "thinking": ask.text }));
        }
        match &ask.tool {
            Some(name) => {
                message["tool_plan"] = json!(ask.text);
                message["tool_calls"] = json!([call(name, &ask.arguments().to_string())]);
            }
            None => content.push(json!({ "type": "text", "text": ask.text })),
        }
        if !content.is_empty() {
            message["content"] = json!(content);
        }
        if ask.has("cited") {
            message["citations"] = json!([citation(ask)]);
        }
        json!({ "id": ID, "finish_reason": finish_reason(ask), "message": message, "usage": usage() })
    }

    fn events(&self, ask: &Ask) -> Events {
        let start = json!({ "role": "assistant", "content": [], "tool_plan": "", "tool_calls": [],
            "citations": [] });
        let mut body = vec![json!({ "id": ID, "type": "message-start", "delta": { "message": start } })];
        if ask.thinks {
            body.extend(content(ask, 0, "thinking"));
        }
        match &ask.tool {
            Some(name) => body.extend(tool(ask, name)),
            None => body.extend(content(ask, usize::from(ask.thinks), "text")),
        }
        if ask.has("cited") {
            let message = json!({ "citations": citation(ask) });
            body.push(json!({ "type": "citation-start", "index": 0, "delta": { "message": message } }));
            body.push(json!({ "type": "citation-end", "index": 0 }));
        }
        let end = json!({ "id": ID, "type": "message-end",
            "delta": { "finish_reason": finish_reason(ask), "usage": usage() } });
        Events {
            body: body.into_iter().map(Event::typed).collect(),
            close: vec![Event::typed(end), Event::done()],
        }
    }

    fn error(&self, _status: u16, message: &str) -> Value {
        json!({ "id": ID, "message": message })
    }

    fn error_event(&self, message: &str) -> Event {
        Event::typed(json!({ "id": ID, "type": "message-end",
            "delta": { "finish_reason": "ERROR", "error": message, "usage": usage() } }))
    }
}

fn finish_reason(ask: &Ask) -> &'static str {
    if ask.tool.is_some() { "TOOL_CALL" } else { "COMPLETE" }
}

fn usage() -> Value {
    let (input, output, _) = USAGE;
    let tokens = json!({ "input_tokens": input, "output_tokens": output });
    json!({ "billed_units": tokens, "tokens": tokens })
}

fn call(name: &str, arguments: &str) -> Value {
    json!({ "id": "call_1", "type": "function", "function": { "name": name, "arguments": arguments } })
}

fn citation(ask: &Ask) -> Value {
    let source =
        json!({ "type": "document", "id": "doc_1", "document": { "id": "doc_1", "snippet": ask.text } });
    json!({ "start": 0, "end": ask.text.chars().count(), "text": ask.text, "sources": [source],
        "type": "TEXT_CONTENT" })
}

/// The events of a part of the content, of the type `slot`.
fn content(ask: &Ask, index: usize, slot: &str) -> Vec<Value> {
    let event = |name: &str, content: Value| json!({ "type": name, "index": index, "delta": { "message": { "content": content } } });
    let mut events = vec![event("content-start", json!({ "type": slot, slot: "" }))];
    events.extend(ask.pieces().iter().map(|piece| event("content-delta", json!({ slot: piece }))));
    events.push(json!({ "type": "content-end", "index": index }));
    events
}

/// The events of a plan and a tool call.
fn tool(ask: &Ask, name: &str) -> Vec<Value> {
    let plan = |p: &String| json!({ "type": "tool-plan-delta", "delta": { "message": { "tool_plan": p } } });
    let mut events: Vec<Value> = ask.pieces().iter().map(plan).collect();
    let event = |event: &str, calls: Value| json!({ "type": event, "index": 0, "delta": { "message": { "tool_calls": calls } } });
    events.push(event("tool-call-start", call(name, "")));
    let delta = |p: &String| event("tool-call-delta", json!({ "function": { "arguments": p } }));
    events.extend(ask.argument_pieces().iter().map(delta));
    events.push(json!({ "type": "tool-call-end", "index": 0 }));
    events
}
