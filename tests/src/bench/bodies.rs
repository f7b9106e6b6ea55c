//! Requests and answers of the benches: prose with five values, at a given size.

use serde_json::json;

use crate::values;

const PROSE: &str = "The committee met on a grey morning and went through the minutes of the former \
    session, line by line, before anybody spoke of the budget. Several members asked for a clearer plan, and \
    the chair agreed to send one by the end of the week. Nothing else was settled that day; the rest of the \
    agenda waits for the spring, when the new rooms are ready and the weather is kinder. ";

/// Ordinary text of `size` bytes.
#[must_use]
pub fn prose(size: usize) -> String {
    PROSE.chars().cycle().take(size).collect()
}

/// Ordinary text of about `size` bytes with five values spread over it.
#[must_use]
pub fn prose_with_values(size: usize, placeholders: bool) -> String {
    let entities = ["EMAIL", "PHONE", "CREDIT_CARD", "SSN_US", "IP_ADDRESS"];
    let gap = size.saturating_sub(150) / entities.len();
    let mut text = String::with_capacity(size + 64);
    for entity in entities {
        text.push_str(&prose(gap));
        text.push(' ');
        text.push_str(&if placeholders { format!("{entity}_1") } else { values::of(entity) });
        text.push_str(". ");
    }
    text
}

/// A chat request of about `size` bytes with five values; its model says which answer it wants.
#[must_use]
pub fn request(size: usize, stream: bool) -> Vec<u8> {
    let model = if stream { "bench-stream".to_owned() } else { format!("bench-{size}") };
    let text = prose_with_values(size.saturating_sub(200), false);
    let (first, second) = text.split_at(text.len() / 2);
    json!({
        "model": model, "stream": stream,
        "messages": [{ "role": "system", "content": first }, { "role": "user", "content": second }],
    })
    .to_string()
    .into_bytes()
}

/// The answer to it, as the provider sees the values: with placeholders.
#[must_use]
pub fn answer(size: usize) -> Vec<u8> {
    json!({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_760_000_000, "model": "bench",
        "choices": [{ "index": 0, "finish_reason": "stop", "message": {
            "role": "assistant", "content": prose_with_values(size.saturating_sub(350), true) } }],
        "usage": { "prompt_tokens": 500, "completion_tokens": 500, "total_tokens": 1000 },
    })
    .to_string()
    .into_bytes()
}

/// 200 pieces of a word or two, five placeholders among them, each cut in two.
#[must_use]
pub fn deltas() -> Vec<String> {
    let text = prose_with_values(1300, true);
    let mut deltas: Vec<String> = Vec::new();
    for word in text.split_inclusive(' ') {
        match word.split_once('_') {
            Some((name, rest)) => deltas.extend([name.to_owned(), format!("_{rest}")]),
            None => deltas.push(word.to_owned()),
        }
    }
    deltas.truncate(200);
    deltas
}

/// A stream of these as OpenAI's chunks.
#[must_use]
pub fn stream() -> String {
    let mut events = String::new();
    for delta in deltas() {
        let chunk = json!({
            "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "bench",
            "choices": [{ "index": 0, "delta": { "content": delta }, "finish_reason": null }],
        });
        events.push_str(&format!("data: {chunk}\n\n"));
    }
    let end = json!({ "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_760_000_000,
        "model": "bench", "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    events.push_str(&format!("data: {end}\n\ndata: [DONE]\n\n"));
    events
}
