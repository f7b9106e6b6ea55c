//! What translation is timed on: a conversation of 4 KB in OpenAI's format, and the streams of every maker.

use privet_core::formats::Format;
use privet_translate::{Asked, Asking, Stream, Target};
use serde_json::json;

use super::bodies::prose;
use super::streams::{STREAMS, frames};

/// A conversation of several turns, with two tools, a call and its result.
#[must_use]
pub fn conversation() -> Vec<u8> {
    let call = json!({ "id": "call_bench", "type": "function",
        "function": { "name": "lookup", "arguments": "{\"name\": \"NAME_1\", \"limit\": 5}" } });
    let tool = |name: &str| {
        json!({ "type": "function", "function": { "name": name, "description": prose(120), "parameters": {
            "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string", "description": "Whom to look for" },
                "limit": { "type": "integer", "minimum": 1, "maximum": 50 },
                "fields": { "type": "array", "items": { "type": "string", "enum": ["mail", "phone"] } } } } } })
    };
    let turn = |role: &str, size: usize| json!({ "role": role, "content": prose(size) });
    json!({
        "model": "bench", "temperature": 0.7, "max_tokens": 500, "tools": [tool("lookup"), tool("note")],
        "messages": [
            turn("system", 400), turn("user", 500), turn("assistant", 400), turn("user", 300),
            { "role": "assistant", "content": null, "tool_calls": [call] },
            { "role": "tool", "tool_call_id": "call_bench", "content": "{\"mail\": \"EMAIL_1\"}\nPHONE_1" },
            turn("assistant", 400), turn("user", 450),
        ],
    })
    .to_string()
    .into_bytes()
}

/// Translates the conversation for the provider of [`STREAMS`] of this number; the length of what goes to it.
#[must_use]
pub fn request(conversation: &[u8], number: usize) -> usize {
    let Some((_, provider, _)) = STREAMS.get(number) else { return 0 };
    let translated = privet_translate::request(
        Format::OpenaiChat,
        conversation,
        Asked::default(),
        *provider,
        &Target::default(),
    );
    translated.map_or(0, |translated| translated.outgoing.body.len())
}

/// The client that a provider's stream is translated for: OpenAI's, and for OpenAI's Anthropic's.
#[must_use]
pub fn client(provider: Format) -> Format {
    if provider == Format::OpenaiChat { Format::AnthropicMessages } else { Format::OpenaiChat }
}

/// The frames before and with the deltas, by the number in [`STREAMS`].
#[must_use]
pub fn stream(number: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    let Some((_, format, framing)) = STREAMS.get(number) else { return Default::default() };
    let begin = match format {
        Format::AnthropicMessages => vec![
            ("", json!({ "type": "message_start", "message": { "id": "msg_bench", "model": "bench" } })),
            ("", json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text" } })),
        ],
        Format::OpenaiResponses => vec![
            ("", json!({ "type": "response.created", "response": { "id": "resp_bench", "model": "bench" } })),
            (
                "",
                json!({ "type": "response.content_part.added", "output_index": 0, "content_index": 0,
                "part": { "type": "output_text", "text": "" } }),
            ),
        ],
        Format::CohereChat => vec![
            (
                "",
                json!({ "type": "message-start", "id": "bench", "delta": { "message": { "role": "assistant" } } }),
            ),
            (
                "",
                json!({ "type": "content-start", "index": 0,
                "delta": { "message": { "content": { "type": "text", "text": "" } } } }),
            ),
        ],
        Format::BedrockConverse => vec![("messageStart", json!({ "role": "assistant" }))],
        _ => Vec::new(),
    };
    let mut opening = Vec::new();
    for (name, event) in begin {
        framing.write_event(&mut opening, name.as_bytes(), event.to_string().as_bytes(), false);
    }
    (opening, frames(number))
}

/// Translates a stream up to its last delta; how many bytes the client got.
#[must_use]
pub fn translate(number: usize, opening: &[u8], frames: &[Vec<u8>]) -> usize {
    let Some((_, provider, framing)) = STREAMS.get(number).copied() else { return 0 };
    let asking = Asking { model: "bench".into(), id: "bench".into(), ..Asking::default() };
    let Some(mut stream) = Stream::new(provider, framing, client(provider), &asking) else { return 0 };
    let (mut out, mut written) = (Vec::new(), 0);
    for frame in core::iter::once(opening).chain(frames.iter().map(Vec::as_slice)) {
        out.clear();
        stream.push(frame, false, &mut out);
        written += out.len();
    }
    written
}
