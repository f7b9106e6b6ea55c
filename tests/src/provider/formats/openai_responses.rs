//! OpenAI Responses: items of output, each with events of its own when streamed; the last event holds the
//! whole response once more. `instructions` and `metadata` come back as they were sent.

use serde_json::{Value, json};

use super::{CREATED, Events, Format, SIGNATURE, USAGE, offered};
use crate::provider::ask::{Ask, texts};
use crate::provider::frame::Event;

/// The format.
pub(super) struct Responses;

impl Format for Responses {
    fn text(&self, body: &Value) -> String {
        texts(body, &["instructions", "input"])
    }

    fn tool(&self, body: &Value) -> Option<String> {
        offered(&body["tools"], "/name", &body["input"], |item| item["type"] == json!("function_call_output"))
    }

    fn thinks(&self, body: &Value) -> bool {
        body["reasoning"].is_object()
    }

    fn whole(&self, ask: &Ask) -> Value {
        response(ask, "completed", items(ask))
    }

    fn events(&self, ask: &Ask) -> Events {
        let mut said = vec![
            json!({ "type": "response.created", "response": response(ask, "in_progress", Vec::new()) }),
            json!({ "type": "response.in_progress", "response": response(ask, "in_progress", Vec::new()) }),
        ];
        for (index, item) in items(ask).iter().enumerate() {
            said.extend(item_events(ask, index, item));
        }
        let completed =
            json!({ "type": "response.completed", "response": response(ask, "completed", items(ask)) });
        let numbered = |(number, mut data): (usize, Value)| {
            data["sequence_number"] = json!(number);
            Event::typed(data)
        };
        let last = said.len();
        let body = said.into_iter().enumerate().map(numbered).collect();
        Events { body, close: vec![numbered((last, completed))] }
    }

    fn error_event(&self, message: &str) -> Event {
        let data = json!({ "type": "error", "code": "server_error", "message": message, "param": null,
            "sequence_number": 0 });
        Event::error("error", data)
    }
}

fn response(ask: &Ask, status: &str, output: Vec<Value>) -> Value {
    let (input, made, total) = USAGE;
    let usage = json!({
        "input_tokens": input, "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": made, "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": total,
    });
    json!({
        "id": "resp_test", "object": "response", "created_at": CREATED, "status": status, "error": null,
        "incomplete_details": null, "instructions": ask.body["instructions"],
        "metadata": ask.body["metadata"], "model": ask.model, "output": output,
        "parallel_tool_calls": true, "temperature": 1.0, "top_p": 1.0, "tool_choice": "auto",
        "tools": ask.body.get("tools").cloned().unwrap_or_else(|| json!([])),
        "usage": if status == "completed" { usage } else { Value::Null },
    })
}

fn items(ask: &Ask) -> Vec<Value> {
    let mut items = Vec::new();
    if ask.thinks {
        items.push(json!({
            "id": "rs_test", "type": "reasoning", "encrypted_content": SIGNATURE,
            "summary": [{ "type": "summary_text", "text": ask.text }],
        }));
    }
    items.push(match &ask.tool {
        Some(name) => json!({
            "id": "fc_test", "type": "function_call", "status": "completed", "call_id": "call_1",
            "name": name, "arguments": ask.arguments().to_string(),
        }),
        None => json!({
            "id": "msg_test", "type": "message", "status": "completed", "role": "assistant",
            "content": [part(ask)],
        }),
    });
    items
}

fn part(ask: &Ask) -> Value {
    if ask.has("refusal") {
        return json!({ "type": "refusal", "refusal": ask.text });
    }
    let annotations = if ask.has("cited") { vec![annotation(ask)] } else { Vec::new() };
    json!({ "type": "output_text", "text": ask.text, "annotations": annotations, "logprobs": [] })
}

fn annotation(ask: &Ask) -> Value {
    json!({ "type": "url_citation", "start_index": 0, "end_index": ask.text.chars().count(),
        "title": ask.text, "url": "https://example.com/source" })
}

/// The events by which an item grows.
fn item_events(ask: &Ask, index: usize, item: &Value) -> Vec<Value> {
    let id = &item["id"];
    let event = |name: &str, more: Value| {
        let mut data = json!({ "type": format!("response.{name}"), "item_id": id, "output_index": index });
        if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
            data.extend(more);
        }
        data
    };
    let mut empty = item.clone();
    empty["status"] = json!("in_progress");
    let grown = match item["type"].as_str() {
        Some("reasoning") => {
            empty["summary"] = json!([]);
            let at = "summary_index";
            let done = &item["summary"][0];
            let mut events = vec![event(
                "reasoning_summary_part.added",
                json!({ at: 0, "part": { "type": "summary_text", "text": "" } }),
            )];
            let delta = |p: &String| event("reasoning_summary_text.delta", json!({ at: 0, "delta": p }));
            events.extend(ask.pieces().iter().map(delta));
            events.push(event("reasoning_summary_text.done", json!({ at: 0, "text": ask.text })));
            events.push(event("reasoning_summary_part.done", json!({ at: 0, "part": done })));
            events
        }
        Some("function_call") => {
            empty["arguments"] = json!("");
            let delta = |p: &String| event("function_call_arguments.delta", json!({ "delta": p }));
            let mut events: Vec<Value> = ask.argument_pieces().iter().map(delta).collect();
            let done = json!({ "name": item["name"], "arguments": item["arguments"] });
            events.push(event("function_call_arguments.done", done));
            events
        }
        _ => {
            empty["content"] = json!([]);
            part_events(ask, &item["content"][0], &event)
        }
    };
    let mut events = vec![event("output_item.added", json!({ "item": empty }))];
    events.extend(grown);
    events.push(event("output_item.done", json!({ "item": item })));
    events
}

/// The events by which a message's part grows.
fn part_events(ask: &Ask, part: &Value, event: &dyn Fn(&str, Value) -> Value) -> Vec<Value> {
    let at = "content_index";
    let refused = part["type"] == json!("refusal");
    let (name, slot) = if refused { ("refusal", "refusal") } else { ("output_text", "text") };
    let mut empty = part.clone();
    empty[slot] = json!("");
    if !refused {
        empty["annotations"] = json!([]);
    }
    let mut events = vec![event("content_part.added", json!({ at: 0, "part": empty }))];
    for piece in ask.pieces() {
        let delta = json!({ at: 0, "delta": piece, "logprobs": [] });
        events.push(event(&format!("{name}.delta"), delta));
    }
    if ask.has("cited") {
        let added = json!({ at: 0, "annotation_index": 0, "annotation": annotation(ask) });
        events.push(event("output_text.annotation.added", added));
    }
    events.push(event(&format!("{name}.done"), json!({ at: 0, slot: ask.text, "logprobs": [] })));
    events.push(event("content_part.done", json!({ at: 0, "part": part })));
    events
}
