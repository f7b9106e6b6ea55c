//! What the test provider answers.

use std::time::Duration;

use serde_json::{Value, json};

use super::connection::End;
use super::{Seen, behaviour};

/// An answer.
#[derive(Debug)]
pub enum Reply {
    /// With a length.
    Whole {
        /// Status.
        status: u16,
        /// JSON.
        body: Vec<u8>,
        /// Time before it.
        delay: Duration,
    },
    /// In chunks, each written by itself.
    Chunks {
        /// Content type.
        content_type: &'static str,
        /// The chunks.
        pieces: Vec<Vec<u8>>,
        /// Time after each chunk, so that they travel apart.
        pause: Duration,
        /// What comes after the last.
        end: End,
    },
}

fn whole(status: u16, body: &Value) -> Reply {
    Reply::Whole { status, body: body.to_string().into_bytes(), delay: Duration::ZERO }
}

/// All strings of a JSON body, embedded JSON unpacked, one a line.
#[must_use]
pub fn all_strings(body: &[u8]) -> String {
    fn collect(value: &Value, out: &mut String) {
        match value {
            Value::String(text) => {
                out.push_str(text);
                out.push('\n');
                if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                    collect(&inner, out);
                }
            }
            Value::Array(items) => items.iter().for_each(|v| collect(v, out)),
            Value::Object(members) => members.iter().for_each(|(k, v)| {
                out.push_str(k);
                out.push('\n');
                collect(v, out);
            }),
            _ => {}
        }
    }
    let mut out = String::new();
    if let Ok(value) = serde_json::from_slice(body) {
        collect(&value, &mut out);
    }
    out
}

/// The text of a conversation: contents, parts and tool-call arguments, one a line.
fn text_of(request: &Value) -> String {
    let mut lines: Vec<String> = Vec::new();
    for message in request["messages"].as_array().into_iter().flatten() {
        match &message["content"] {
            Value::String(text) => lines.push(text.clone()),
            Value::Array(parts) => {
                lines.extend(parts.iter().filter_map(|p| p["text"].as_str().map(str::to_owned)))
            }
            _ => {}
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            lines.extend(call["function"]["arguments"].as_str().map(str::to_owned));
        }
    }
    lines.join("\n")
}

/// The answer to a request. `clean` says that nothing forbidden is in it.
#[must_use]
pub fn reply(request: &Seen, clean: bool) -> Reply {
    let error = |message: &str| json!({ "error": { "message": message, "type": "test", "param": null, "code": null } });
    if !clean {
        return whole(599, &error("the provider was shown what it must never see"));
    }
    if request.chunked {
        return whole(411, &error("a length is required"));
    }
    if request.path != "/v1/chat/completions" {
        return whole(404, &error("no such path"));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return whole(400, &error("not JSON"));
    };
    let model = body["model"].as_str().unwrap_or_default();
    let text = text_of(&body);
    match model {
        behaviour::ERROR => return whole(429, &error(&format!("too much of this: {text}"))),
        behaviour::SLOW => {
            let body = completion(model, &text, &body).to_string().into_bytes();
            return Reply::Whole { status: 200, body, delay: Duration::from_millis(1500) };
        }
        _ => {}
    }
    if body["stream"] == json!(true) {
        return stream(model, &text, &body);
    }
    let answer = completion(model, &text, &body);
    if model == behaviour::TRAILERS {
        let pieces = answer.to_string().into_bytes().chunks(100).map(<[u8]>::to_vec).collect();
        return Reply::Chunks {
            content_type: "application/json",
            pieces,
            pause: Duration::ZERO,
            end: End::Trailers,
        };
    }
    whole(200, &answer)
}

fn wants_tool_call(request: &Value) -> Option<&str> {
    request["tools"].get(0)?["function"]["name"].as_str()
}

const CREATED: u64 = 1_760_000_000;
const ID: &str = "chatcmpl-test";

fn completion(model: &str, text: &str, request: &Value) -> Value {
    let message = match wants_tool_call(request) {
        Some(name) => json!({
            "role": "assistant",
            "content": null,
            "tool_calls": [{
                "id": "call_1", "type": "function",
                "function": { "name": name, "arguments": json!({ "echo": text }).to_string() },
            }],
        }),
        None => json!({ "role": "assistant", "content": text }),
    };
    json!({
        "id": ID, "object": "chat.completion", "created": CREATED, "model": model,
        "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 },
    })
}

/// Pieces of one to five characters, so that every placeholder is cut.
fn shreds(text: &str) -> Vec<String> {
    let mut sizes = [1usize, 3, 2, 5, 4].iter().cycle();
    let mut shreds = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap_or(&1)).min(rest.len());
        shreds.push(rest.drain(..size).collect());
    }
    shreds
}

fn stream(model: &str, text: &str, request: &Value) -> Reply {
    let event = |delta: Value, finish: Value| {
        let chunk = json!({
            "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": model,
            "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
        });
        format!("data: {chunk}\n\n")
    };
    let mut events = vec![event(json!({ "role": "assistant", "content": "" }), Value::Null)];
    match wants_tool_call(request) {
        Some(name) => {
            events.push(event(
                json!({ "tool_calls": [{ "index": 0, "id": "call_1", "type": "function",
                    "function": { "name": name, "arguments": "" } }] }),
                Value::Null,
            ));
            for shred in shreds(&json!({ "echo": text }).to_string()) {
                let call = json!({ "index": 0, "function": { "arguments": shred } });
                events.push(event(json!({ "tool_calls": [call] }), Value::Null));
            }
        }
        None => {
            for shred in shreds(text) {
                events.push(event(json!({ "content": shred }), Value::Null));
            }
        }
    }
    let end = match model {
        behaviour::RESET => End::Reset,
        behaviour::TRAILERS => End::Trailers,
        _ => End::Proper,
    };
    if model != behaviour::RESET && model != behaviour::SHORT && model != behaviour::TRAILERS {
        events.push(event(json!({}), json!("stop")));
        if request["stream_options"]["include_usage"] == json!(true) {
            let usage = json!({ "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18 });
            let chunk = json!({ "id": ID, "object": "chat.completion.chunk", "created": CREATED,
                "model": model, "choices": [], "usage": usage });
            events.push(format!("data: {chunk}\n\n"));
        }
        events.push("data: [DONE]\n\n".to_owned());
    }
    let (pieces, pause) = cut(&events.concat());
    Reply::Chunks { content_type: "text/event-stream", pieces, pause, end }
}

/// Cuts a stream where it hurts: in the middle of events, between the two line ends, byte by byte.
fn cut(stream: &str) -> (Vec<Vec<u8>>, Duration) {
    let mut sizes = [97usize, 1, 150, 2, 211, 64, 1, 1, 300].iter().cycle();
    let mut rest = stream.as_bytes();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap_or(&1)).min(rest.len());
        let (piece, others) = rest.split_at(size);
        pieces.push(piece.to_vec());
        rest = others;
    }
    (pieces, Duration::from_micros(300))
}
