//! Ollama's own API: `/api/chat` and `/api/generate`, one JSON document a line when streamed, which is what
//! a request gets unless it says otherwise. A tool's arguments are an object, and come whole.

use serde_json::{Value, json};

use super::{Events, Format, USAGE, offered};
use crate::provider::ask::{Ask, texts};
use crate::provider::frame::Event;

/// When every answer was made.
const CREATED_AT: &str = "2025-10-09T08:53:20.000000Z";

fn said(ask: &Ask, member: &str, value: Value) -> Value {
    json!({ "model": ask.model, "created_at": CREATED_AT, member: value, "done": false })
}

/// The same as the last of an answer.
fn done(mut said: Value) -> Value {
    let (prompt, made, _) = USAGE;
    let more = json!({
        "done": true, "done_reason": "stop", "total_duration": 3, "load_duration": 1,
        "prompt_eval_count": prompt, "prompt_eval_duration": 1, "eval_count": made, "eval_duration": 1,
    });
    if let (Some(said), Value::Object(more)) = (said.as_object_mut(), more) {
        said.extend(more);
    }
    said
}

fn error(message: &str) -> Value {
    json!({ "error": message })
}

fn streams(body: &Value) -> bool {
    body["stream"] != json!(false)
}

fn thinks(body: &Value) -> bool {
    // A level of effort, or simply yes.
    body["think"] == json!(true) || body["think"].is_string()
}

/// `/api/chat`.
pub(super) struct Chat;

impl Format for Chat {
    fn text(&self, body: &Value) -> String {
        texts(body, &["messages"])
    }

    fn tool(&self, body: &Value) -> Option<String> {
        let is_result = |turn: &Value| turn["role"] == json!("tool");
        offered(&body["tools"], "/function/name", &body["messages"], is_result)
    }

    fn thinks(&self, body: &Value) -> bool {
        thinks(body)
    }

    fn streams(&self, body: &Value) -> bool {
        streams(body)
    }

    fn whole(&self, ask: &Ask) -> Value {
        let mut message = json!({ "role": "assistant", "content": "" });
        if ask.thinks {
            message["thinking"] = json!(ask.text);
        }
        match calls(ask) {
            Some(calls) => message["tool_calls"] = calls,
            None => message["content"] = json!(ask.text),
        }
        done(said(ask, "message", message))
    }

    fn events(&self, ask: &Ask) -> Events {
        let line = |message: Value| Event::plain(said(ask, "message", message));
        let mut body = Vec::new();
        if ask.thinks {
            let thought = |p: &String| line(json!({ "role": "assistant", "content": "", "thinking": p }));
            body.extend(ask.pieces().iter().map(thought));
        }
        match calls(ask) {
            Some(calls) => {
                body.push(line(json!({ "role": "assistant", "content": "", "tool_calls": calls })))
            }
            None => {
                let spoken = |p: &String| line(json!({ "role": "assistant", "content": p }));
                body.extend(ask.pieces().iter().map(spoken));
            }
        }
        let last = done(said(ask, "message", json!({ "role": "assistant", "content": "" })));
        Events { body, close: vec![Event::plain(last)] }
    }

    fn error(&self, _status: u16, message: &str) -> Value {
        error(message)
    }
}

fn calls(ask: &Ask) -> Option<Value> {
    let name = ask.tool.as_ref()?;
    Some(json!([{ "function": { "index": 0, "name": name, "arguments": ask.arguments() } }]))
}

/// `/api/generate`.
pub(super) struct Generate;

impl Format for Generate {
    fn text(&self, body: &Value) -> String {
        texts(body, &["system", "prompt", "suffix"])
    }

    fn thinks(&self, body: &Value) -> bool {
        thinks(body)
    }

    fn streams(&self, body: &Value) -> bool {
        streams(body)
    }

    fn whole(&self, ask: &Ask) -> Value {
        let mut whole = done(said(ask, "response", json!(ask.text)));
        if ask.thinks {
            whole["thinking"] = json!(ask.text);
        }
        whole["context"] = json!([1, 2, 3]);
        whole
    }

    fn events(&self, ask: &Ask) -> Events {
        let mut body = Vec::new();
        if ask.thinks {
            body.extend(ask.pieces().iter().map(|piece| {
                let mut line = said(ask, "response", json!(""));
                line["thinking"] = json!(piece);
                Event::plain(line)
            }));
        }
        body.extend(ask.pieces().iter().map(|p| Event::plain(said(ask, "response", json!(p)))));
        let mut last = done(said(ask, "response", json!("")));
        last["context"] = json!([1, 2, 3]);
        Events { body, close: vec![Event::plain(last)] }
    }

    fn error(&self, _status: u16, message: &str) -> Value {
        error(message)
    }
}
