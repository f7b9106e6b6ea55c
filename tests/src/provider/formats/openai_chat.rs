//! OpenAI Chat Completions, which Mistral, Azure, Ollama and many more speak as well.
//!
//! Besides the text: tool calls, several choices (`n`, interleaved when streamed), `logprobs`; by a word in
//! the model's name `refusal`, annotations (`cited`), and calls whose arguments come at `once`, as Mistral's do; reasoning as `reasoning_content` (a word,
//! `thinking`), or in Mistral's parts (`prompt_mode: reasoning`).

use serde_json::{Value, json};

use super::{CREATED, Events, Format, USAGE};
use crate::provider::ask::Ask;
use crate::provider::frame::Event;

const ID: &str = "chatcmpl-test";

/// The format.
pub(super) struct Chat;

impl Format for Chat {
    /// Contents, parts and tool-call arguments, one a line.
    fn text(&self, request: &Value) -> String {
        let mut lines: Vec<String> = Vec::new();
        for message in request["messages"].as_array().into_iter().flatten() {
            match &message["content"] {
                Value::String(text) => lines.push(text.clone()),
                Value::Array(parts) => {
                    lines.extend(parts.iter().filter_map(|p| p["text"].as_str().map(str::to_owned)));
                }
                _ => {}
            }
            for call in message["tool_calls"].as_array().into_iter().flatten() {
                lines.extend(call["function"]["arguments"].as_str().map(str::to_owned));
            }
        }
        lines.join("\n")
    }

    fn tool(&self, request: &Value) -> Option<String> {
        if request["tool_choice"] == json!("none") {
            return None;
        }
        request["tools"].get(0)?["function"]["name"].as_str().map(str::to_owned)
    }

    fn thinks(&self, request: &Value) -> bool {
        request["prompt_mode"] == json!("reasoning")
    }

    fn whole(&self, ask: &Ask) -> Value {
        let choices: Vec<Value> = (0..choices(ask)).map(|n| choice(ask, n)).collect();
        json!({
            "id": ID, "object": "chat.completion", "created": CREATED, "model": ask.model,
            "choices": choices, "usage": usage(),
        })
    }

    fn events(&self, ask: &Ask) -> Events {
        let mut body = Vec::new();
        // Each step of all choices before the next step of any: their texts grow side by side.
        for delta in deltas(ask) {
            body.extend((0..choices(ask)).map(|n| chunk(ask, n, delta.clone(), Value::Null)));
        }
        let mut close: Vec<Event> =
            (0..choices(ask)).map(|n| chunk(ask, n, json!({}), json!("stop"))).collect();
        if ask.body["stream_options"]["include_usage"] == json!(true) {
            close.push(Event::plain(json!({
                "id": ID, "object": "chat.completion.chunk", "created": CREATED,
                "model": ask.model, "choices": [], "usage": usage(),
            })));
        }
        close.push(Event::done());
        Events { body, close }
    }
}

pub(super) fn usage() -> Value {
    let (prompt, completion, total) = USAGE;
    json!({ "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total })
}

fn choices(ask: &Ask) -> u64 {
    ask.body["n"].as_u64().unwrap_or(1).min(8)
}

fn mistral(ask: &Ask) -> bool {
    ask.body["prompt_mode"] == json!("reasoning")
}

/// Mistral's part of reasoning.
fn thinking(text: &str) -> Value {
    json!({ "type": "thinking", "thinking": [{ "type": "text", "text": text }] })
}

fn choice(ask: &Ask, index: u64) -> Value {
    let mut message = match &ask.tool {
        Some(name) => json!({
            "role": "assistant",
            "content": null,
            "tool_calls": [{
                "id": "call_1", "type": "function",
                "function": { "name": name, "arguments": ask.arguments().to_string() },
            }],
        }),
        None if ask.has("refusal") => json!({ "role": "assistant", "content": null, "refusal": ask.text }),
        None if mistral(ask) => json!({
            "role": "assistant",
            "content": [thinking(&ask.text), { "type": "text", "text": ask.text }],
        }),
        None => json!({ "role": "assistant", "content": ask.text }),
    };
    if ask.thinks && !mistral(ask) {
        message["reasoning_content"] = json!(ask.text);
    }
    if ask.has("cited") {
        message["annotations"] = json!([annotation(ask)]);
    }
    let mut choice = json!({ "index": index, "message": message, "finish_reason": "stop" });
    if ask.body["logprobs"] == json!(true) {
        let tokens: Vec<Value> = ask.pieces().iter().map(|p| logprob(p)).collect();
        choice["logprobs"] = json!({ "content": tokens, "refusal": null });
    }
    choice
}

fn annotation(ask: &Ask) -> Value {
    let cited = json!({
        "start_index": 0, "end_index": ask.text.chars().count(),
        "title": ask.text, "url": "https://example.com/source",
    });
    json!({ "type": "url_citation", "url_citation": cited })
}

fn logprob(token: &str) -> Value {
    json!({ "token": token, "logprob": -0.5, "bytes": token.as_bytes(), "top_logprobs": [
        { "token": token, "logprob": -0.5, "bytes": token.as_bytes() }] })
}

/// The steps by which one choice grows.
fn deltas(ask: &Ask) -> Vec<Value> {
    let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
    if ask.thinks {
        deltas.extend(ask.pieces().iter().map(|piece| {
            if mistral(ask) {
                json!({ "content": [thinking(piece)] })
            } else {
                json!({ "reasoning_content": piece })
            }
        }));
    }
    match &ask.tool {
        Some(name) => {
            let opened = |arguments: &str| {
                json!({ "tool_calls": [{ "index": 0, "id": "call_1", "type": "function",
                    "function": { "name": name, "arguments": arguments } }] })
            };
            if ask.has("once") {
                deltas.push(opened(&ask.arguments().to_string()));
            } else {
                deltas.push(opened(""));
                deltas.extend(ask.argument_pieces().iter().map(
                    |piece| json!({ "tool_calls": [{ "index": 0, "function": { "arguments": piece } }] }),
                ));
            }
        }
        None => {
            let slot = if ask.has("refusal") { "refusal" } else { "content" };
            deltas.extend(ask.pieces().iter().map(|piece| json!({ slot: piece })));
        }
    }
    if ask.has("cited") {
        deltas.push(json!({ "annotations": [annotation(ask)] }));
    }
    deltas
}

fn chunk(ask: &Ask, index: u64, delta: Value, finish: Value) -> Event {
    let mut choice = json!({ "index": index, "delta": delta, "finish_reason": finish });
    if let (true, Some(piece)) = (ask.body["logprobs"] == json!(true), choice["delta"]["content"].as_str()) {
        choice["logprobs"] = json!({ "content": [logprob(piece)], "refusal": null });
    }
    Event::plain(json!({
        "id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": ask.model,
        "choices": [choice],
    }))
}
