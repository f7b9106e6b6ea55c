//! Streamed answers of the makers' formats, 200 deltas each with five placeholders that are cut in two.

use privet_core::formats::Format;
use privet_core::framing::Framing;
use serde_json::{Value, json};

use super::bodies::deltas;

/// The formats whose streams are timed.
pub const STREAMS: [(&str, Format, Framing); 7] = [
    ("Chat", Format::OpenaiChat, Framing::ServerSentEvents),
    ("Responses", Format::OpenaiResponses, Framing::ServerSentEvents),
    ("Anthropic", Format::AnthropicMessages, Framing::ServerSentEvents),
    ("Gemini", Format::Gemini, Framing::ServerSentEvents),
    ("Cohere", Format::CohereChat, Framing::ServerSentEvents),
    ("Converse", Format::BedrockConverse, Framing::AwsEventStream),
    ("Ollama", Format::OllamaChat, Framing::NdJson),
];

/// The frames of a stream of [`STREAMS`], by its number.
#[must_use]
pub fn frames(number: usize) -> Vec<Vec<u8>> {
    let Some((_, format, framing)) = STREAMS.get(number) else { return Vec::new() };
    let frame = |(n, text): (usize, String)| {
        let (name, json) = delta(*format, n, &text);
        let mut frame = Vec::new();
        framing.write_event(&mut frame, name.as_bytes(), json.to_string().as_bytes(), false);
        frame
    };
    deltas().into_iter().enumerate().map(frame).collect()
}

/// An event that brings `text`, and its name where the framing tells one.
fn delta(format: Format, number: usize, text: &str) -> (&'static str, Value) {
    match format {
        Format::OpenaiResponses => (
            "response.output_text.delta",
            json!({ "type": "response.output_text.delta", "sequence_number": number, "item_id": "msg_bench",
                "output_index": 0, "content_index": 0, "delta": text, "logprobs": [] }),
        ),
        Format::AnthropicMessages => (
            "content_block_delta",
            json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
        ),
        Format::Gemini => (
            "",
            json!({ "candidates": [{ "content": { "parts": [{ "text": text }], "role": "model" }, "index": 0 }],
                "modelVersion": "bench", "responseId": "bench" }),
        ),
        Format::CohereChat => (
            "content-delta",
            json!({ "type": "content-delta", "index": 0,
                "delta": { "message": { "content": { "text": text } } } }),
        ),
        Format::BedrockConverse => (
            "contentBlockDelta",
            json!({ "contentBlockIndex": 0, "delta": { "text": text }, "p": "abcdefgh" }),
        ),
        Format::OllamaChat => (
            "",
            json!({ "model": "bench", "created_at": "2026-01-01T00:00:00Z",
                "message": { "role": "assistant", "content": text }, "done": false }),
        ),
        _ => (
            "",
            json!({ "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1_760_000_000,
                "model": "bench",
                "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }] }),
        ),
    }
}
