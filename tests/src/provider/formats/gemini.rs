//! Gemini `generateContent` and `streamGenerateContent`: candidates of parts; a stream is a row of answers
//! with a few characters each, as server-sent events or as elements of one array. A function call comes
//! whole. What a candidate was stopped for is said in `finishMessage` (`refusal` in the model's name).

use serde_json::{Value, json};

use super::{Events, Format, SIGNATURE, USAGE, has_part, offered};
use crate::provider::ask::{Ask, texts};
use crate::provider::frame::Event;

/// The format.
pub(super) struct Generate;

/// A member by its name in JSON, or by the name that the protocol's own definition has for it: the maker's
/// packages write both.
fn either<'a>(value: &'a Value, name: &str, original: &str) -> &'a Value {
    value.get(name).unwrap_or(&value[original])
}

impl Format for Generate {
    fn text(&self, body: &Value) -> String {
        texts(body, &["systemInstruction", "system_instruction", "contents"])
    }

    fn tool(&self, body: &Value) -> Option<String> {
        let is_result = |part: &Value| !either(part, "functionResponse", "function_response").is_null();
        let last = |turn: &Value| has_part(turn, "parts", is_result);
        let tools = either(&body["tools"][0], "functionDeclarations", "function_declarations");
        offered(tools, "/name", &body["contents"], last)
    }

    fn thinks(&self, body: &Value) -> bool {
        let thinking = either(&body["generationConfig"], "thinkingConfig", "thinking_config");
        either(thinking, "includeThoughts", "include_thoughts") == &json!(true)
    }

    fn whole(&self, ask: &Ask) -> Value {
        let mut parts = Vec::new();
        if ask.thinks {
            parts.push(json!({ "text": ask.text, "thought": true }));
        }
        parts.push(match call(ask) {
            Some(call) => call,
            None if ask.has("refusal") => json!({ "text": "" }),
            None => json!({ "text": ask.text }),
        });
        closed(ask, parts)
    }

    fn events(&self, ask: &Ask) -> Events {
        let mut parts = Vec::new();
        if ask.thinks {
            parts.extend(ask.pieces().iter().map(|p| json!({ "text": p, "thought": true })));
        }
        match call(ask) {
            Some(call) => parts.push(call),
            None if ask.has("refusal") => {}
            None => parts.extend(ask.pieces().iter().map(|p| json!({ "text": p }))),
        }
        let body = parts.into_iter().map(|part| Event::plain(answer(ask, vec![part]))).collect();
        Events { body, close: vec![Event::plain(closed(ask, vec![json!({ "text": "" })]))] }
    }

    fn error(&self, status: u16, message: &str) -> Value {
        let name = match status {
            400 => "INVALID_ARGUMENT",
            404 => "NOT_FOUND",
            429 => "RESOURCE_EXHAUSTED",
            _ => "INTERNAL",
        };
        json!({ "error": { "code": status, "message": message, "status": name } })
    }
}

fn call(ask: &Ask) -> Option<Value> {
    let name = ask.tool.as_ref()?;
    Some(json!({
        "functionCall": { "id": "call_1", "name": name, "args": ask.arguments() },
        "thoughtSignature": SIGNATURE,
    }))
}

fn answer(ask: &Ask, parts: Vec<Value>) -> Value {
    let (prompt, made, total) = USAGE;
    json!({
        "candidates": [{ "content": { "role": "model", "parts": parts }, "index": 0 }],
        "usageMetadata": {
            "promptTokenCount": prompt, "candidatesTokenCount": made, "totalTokenCount": total },
        "modelVersion": ask.model, "responseId": "test",
    })
}

/// An answer that says why it ends.
fn closed(ask: &Ask, parts: Vec<Value>) -> Value {
    let mut answer = answer(ask, parts);
    let candidate = &mut answer["candidates"][0];
    candidate["finishReason"] = json!("STOP");
    if ask.has("refusal") {
        candidate["finishReason"] = json!("SAFETY");
        candidate["finishMessage"] = json!(ask.text);
    }
    if ask.has("cited") {
        let end = ask.text.len();
        candidate["citationMetadata"] = json!({ "citationSources": [
            { "startIndex": 0, "endIndex": end, "uri": "https://example.com/source", "license": "" }] });
        candidate["groundingMetadata"] = json!({
            "groundingChunks": [{ "web": { "uri": "https://example.com/source", "title": ask.text } }],
            "groundingSupports": [{ "groundingChunkIndices": [0],
                "segment": { "startIndex": 0, "endIndex": end, "text": ask.text } }],
            "webSearchQueries": [ask.text],
        });
    }
    answer
}

/// The count of a request's tokens: text goes there, none comes back.
pub(super) struct CountTokens;

impl Format for CountTokens {
    fn text(&self, body: &Value) -> String {
        Generate.text(body)
    }

    fn whole(&self, _ask: &Ask) -> Value {
        json!({ "totalTokens": USAGE.0 })
    }

    fn events(&self, _ask: &Ask) -> Events {
        Events::default()
    }

    fn error(&self, status: u16, message: &str) -> Value {
        Generate.error(status, message)
    }
}
