//! Streams of all formats: `data/streams/*.toml`, answers as their providers send them, written by hand,
//! give the same texts however they are cut.

use std::collections::BTreeMap;

use privet_core::formats::{AnswerStream, Format};
use privet_core::framing::Framing;
use privet_core::json::write_escaped;
use privet_core::tokens::TokenMap;
use privet_core::tokens::bent::View;
use serde::Deserialize;

use crate::fixtures::text;
use crate::stream::tokens;
use crate::wire::{decode, encode, slots};

/// A stream of each format, in each of its framings.
pub(crate) const STREAMS: [(Format, Framing); 12] = [
    (Format::OpenaiChat, Framing::ServerSentEvents),
    (Format::OpenaiCompletions, Framing::ServerSentEvents),
    (Format::OpenaiResponses, Framing::ServerSentEvents),
    (Format::AnthropicMessages, Framing::ServerSentEvents),
    (Format::Gemini, Framing::ServerSentEvents),
    (Format::Gemini, Framing::JsonArray),
    (Format::CohereChat, Framing::ServerSentEvents),
    (Format::BedrockConverse, Framing::AwsEventStream),
    (Format::BedrockInvoke, Framing::AwsEventStream),
    (Format::OllamaChat, Framing::NdJson),
    (Format::OllamaGenerate, Framing::NdJson),
    (Format::Unified, Framing::ServerSentEvents),
];

const FILES: [&str; 11] = [
    include_str!("../data/streams/openai_chat.toml"),
    include_str!("../data/streams/openai_completions.toml"),
    include_str!("../data/streams/openai_responses.toml"),
    include_str!("../data/streams/anthropic_messages.toml"),
    include_str!("../data/streams/gemini.toml"),
    include_str!("../data/streams/cohere_chat.toml"),
    include_str!("../data/streams/bedrock_converse.toml"),
    include_str!("../data/streams/bedrock_invoke.toml"),
    include_str!("../data/streams/ollama_chat.toml"),
    include_str!("../data/streams/ollama_generate.toml"),
    include_str!("../data/streams/unified.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    /// One, or several with commas.
    framing: String,
    case: Vec<Case>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) events: Vec<String>,
    /// What the client must have got in the end.
    slots: BTreeMap<String, String>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    #[serde(default = "yes")]
    complete: bool,
}

fn yes() -> bool {
    true
}

pub(crate) fn format_named(name: &str) -> Format {
    match name {
        "openai_chat" => Format::OpenaiChat,
        "openai_completions" => Format::OpenaiCompletions,
        "openai_responses" => Format::OpenaiResponses,
        "anthropic_messages" => Format::AnthropicMessages,
        "gemini" => Format::Gemini,
        "cohere_chat" => Format::CohereChat,
        "bedrock_converse" => Format::BedrockConverse,
        "bedrock_invoke" => Format::BedrockInvoke,
        "ollama_chat" => Format::OllamaChat,
        "ollama_generate" => Format::OllamaGenerate,
        "unified" => Format::Unified,
        other => panic!("no format {other}"),
    }
}

/// A recorded stream: where it stands, its format and framing, what is expected, and its bytes.
pub(crate) struct Recorded {
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) framing: Framing,
    pub(crate) case: Case,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn recorded() -> Vec<Recorded> {
    let mut all = Vec::new();
    for file in FILES {
        let file: File = toml::from_str(file).expect("a data file");
        let format = format_named(&file.format);
        for framing in file.framing.split(", ") {
            let named = match framing {
                "sse" => Framing::ServerSentEvents,
                "ndjson" => Framing::NdJson,
                "json_array" => Framing::JsonArray,
                "aws" => Framing::AwsEventStream,
                other => panic!("no framing {other}"),
            };
            for case in &file.case {
                let bytes = encode(format, named, case.events.iter().map(String::as_str));
                let name = format!("{} ({framing}): {}", file.format, case.name);
                all.push(Recorded { name, format, framing: named, case: case.clone(), bytes });
            }
        }
    }
    all
}

/// What the client gets when `stream` comes in pieces that end at `cuts`.
pub(crate) fn run(
    format: Format,
    framing: Framing,
    map: &TokenMap,
    stream: &[u8],
    cuts: &[usize],
) -> (Vec<u8>, AnswerStream) {
    let mut answer = AnswerStream::new(format, framing);
    let (mut out, mut done) = (Vec::new(), 0);
    for cut in cuts.iter().copied().chain([stream.len()]) {
        let chunk = &stream[done..cut];
        out.extend(answer.push(map, chunk, false).unwrap_or_else(|| chunk.to_vec()));
        done = cut;
    }
    out.extend(answer.push(map, b"", true).unwrap_or_default());
    (out, answer)
}

/// Puts the values back into a text that is whole.
pub(crate) fn restored(map: &TokenMap, slot: &str, text: &str) -> String {
    restored_as_far(map, slot, text, true)
}

/// The same with a text that goes on unless it is the `last` of it, as far as it is decided.
fn restored_as_far(map: &TokenMap, slot: &str, text: &str, last: bool) -> String {
    let is_json = ["arguments", "partial_json", ".input"].iter().any(|end| slot.ends_with(end));
    let is_json = (is_json || slot.contains("arguments")) && !slot.ends_with("custom.input");
    let view = View { last, ..View::whole(text.as_bytes()) };
    let decided = if last { text.len() } else { map.open_from(&view) };
    let (mut out, mut done) = (Vec::new(), 0);
    while let Some((found, value)) = map.find(&view, done, decided) {
        out.extend(&text.as_bytes()[done..found.start]);
        write_escaped(&mut out, value, u8::from(is_json));
        done = found.end;
    }
    out.extend(&text.as_bytes()[done..decided]);
    String::from_utf8(out).expect("UTF-8")
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_recorded_stream_is_restored_and_its_usage_and_end_are_read() {
    let (map, _) = tokens();
    for Recorded { name, format, framing, case, bytes } in recorded() {
        let (out, answer) = run(format, framing, &map, &bytes, &[]);
        assert_eq!(slots(format, &decode(format, framing, &out, true)), case.slots, "{name}");
        let usage = (answer.usage().input, answer.usage().output);
        assert_eq!(usage, (case.input_tokens, case.output_tokens), "{name}: usage");
        let closed = framing == Framing::JsonArray;
        assert_eq!(answer.is_complete(), case.complete || closed, "{name}: whether it is complete");
        assert_eq!(answer.counts().not_understood, 0, "{name}");
        assert!(!text_of(&out).contains("\"token\""), "{name}: tokens with their probabilities");
        // The same, heard only.
        let nothing = TokenMap::default();
        let mut answer = AnswerStream::new(format, framing);
        assert_eq!(answer.push(&nothing, &bytes, true), None, "{name}");
        assert_eq!((answer.usage().input, answer.usage().output), usage, "{name}: usage, heard");
    }
}

fn text_of(out: &[u8]) -> String {
    String::from_utf8_lossy(out).into_owned()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_cut_of_every_recorded_stream_gives_the_restored_whole() {
    let (map, _) = tokens();
    for Recorded { name, format, framing, case, bytes } in recorded() {
        let (whole, _) = run(format, framing, &map, &bytes, &[]);
        // All of them natively; in Node that would take minutes.
        let step = if cfg!(target_arch = "wasm32") { 7 } else { 1 };
        for cut in (0..=bytes.len()).step_by(step) {
            let (out, _) = run(format, framing, &map, &bytes, &[cut]);
            // Not only the texts: the bytes are the same.
            assert!(out == whole, "{name}, cut at {cut}");
        }
        let found = slots(format, &decode(format, framing, &whole, true));
        assert_eq!(found, case.slots, "{name}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn byte_by_byte_what_is_decided_is_given_out_and_nothing_else() {
    let (map, _) = tokens();
    for Recorded { name, format, framing, case, bytes } in recorded() {
        let mut answer = AnswerStream::new(format, framing);
        let (mut out, mut events) = (Vec::new(), 0);
        for (n, byte) in bytes.iter().enumerate() {
            out.extend(answer.push(&map, &[*byte], false).unwrap_or_else(|| vec![*byte]));
            let came = decode(format, framing, &bytes[..=n], false);
            if came.len() == events && n + 1 < bytes.len() {
                continue;
            }
            events = came.len();
            // What came is JSON still with its probabilities, which are of no concern here.
            let found = slots(format, &decode(format, framing, &out, true));
            for (slot, came) in came_slots(format, &came) {
                let so_far = found.get(&slot).map_or("", String::as_str);
                let all = restored(&map, &slot, &came);
                let decided = restored_as_far(&map, &slot, &came, false);
                assert!(
                    so_far == decided || so_far == all || !is_growing(&slot),
                    "{name}, {slot}: {so_far:?} of {came:?}, {decided:?} is decided"
                );
                let whole = &case.slots[&slot];
                assert!(whole.starts_with(so_far), "{name}, {slot}: {so_far:?} is no start of {whole:?}");
            }
        }
        out.extend(answer.push(&map, b"", true).unwrap_or_default());
        assert_eq!(slots(format, &decode(format, framing, &out, true)), case.slots, "{name}");
    }
}

/// Ids and signatures stay as they are, and a call's arguments are compared as a whole.
fn is_growing(slot: &str) -> bool {
    let stays = slot.ends_with("signature") || slot.ends_with("call") || slot.starts_with("response.audio");
    !(stays || ["id", "name"].contains(&slot))
}

fn came_slots(format: Format, events: &[(String, serde_json::Value)]) -> BTreeMap<String, String> {
    let without = |(name, event): &(String, serde_json::Value)| {
        let mut event = event.clone();
        forget_probabilities(&mut event);
        (name.clone(), event)
    };
    slots(format, &events.iter().map(without).collect::<Vec<_>>())
}

fn forget_probabilities(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|name, _| !["logprobs", "logprobsResult"].contains(&name.as_str()));
            members.values_mut().for_each(forget_probabilities);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(forget_probabilities),
        _ => {}
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn events_of_the_gateways_own_are_those_of_the_format() {
    let (map, _) = tokens();
    for (file, framing, event, own) in [
        (
            "openai_responses",
            Framing::ServerSentEvents,
            r#"{"type":"response.refusal.delta","sequence_number":7,"item_id":"i","output_index":1,"content_index":2,"delta":"EMAIL_1"}"#,
            r#"{"sequence_number":8,"type":"response.refusal.delta","item_id":"i","output_index":1,"content_index":2,"delta":"ann@example.com"}"#,
        ),
        (
            "anthropic_messages",
            Framing::ServerSentEvents,
            r#"{"type":"content_block_delta","index":3,"delta":{"type":"thinking_delta","thinking":"EMAIL_1"}}"#,
            r#"{"type":"content_block_delta","index":3,"delta":{"type":"thinking_delta","thinking":"ann@example.com"}}"#,
        ),
        (
            "gemini",
            Framing::JsonArray,
            r#"{"candidates":[{"index":2,"content":{"parts":[{"text":"EMAIL_1","thought":true}]}}],"modelVersion":"m","responseId":"r"}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"ann@example.com","thought":true}],"role":"model"},"index":2}],"modelVersion":"m","responseId":"r"}"#,
        ),
        (
            "cohere_chat",
            Framing::ServerSentEvents,
            r#"{"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"EMAIL_1"}}}}}"#,
            r#"{"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"ann@example.com"}}}}}"#,
        ),
        (
            "bedrock_converse",
            Framing::AwsEventStream,
            r#"{"contentBlockDelta":{"contentBlockIndex":4,"delta":{"reasoningContent":{"text":"EMAIL_1"}}}}"#,
            r#"{"contentBlockIndex":4,"delta":{"reasoningContent":{"text":"ann@example.com"}}}"#,
        ),
        (
            "ollama_chat",
            Framing::NdJson,
            r#"{"model":"m","created_at":"c","message":{"role":"assistant","content":"EMAIL_1"},"done":false}"#,
            r#"{"model":"m","created_at":"c","message":{"role":"assistant","content":"ann@example.com"},"done":false}"#,
        ),
    ] {
        let format = format_named(file);
        let mut stream = encode(format, framing, [event]);
        if framing == Framing::JsonArray {
            stream.truncate(stream.len() - 3);
        }
        let (out, answer) = run(format, framing, &map, &stream, &[]);
        let events = decode(format, framing, &out, true);
        let last = events.last().expect("an event");
        assert_eq!(last.1, serde_json::from_str::<serde_json::Value>(own).expect("JSON"), "{file}");
        assert_eq!((answer.counts().inserted, answer.counts().restored), (1, 1), "{file}");
        if framing != Framing::AwsEventStream {
            assert!(text(&out).contains(own), "{file}: {}", text(&out));
        } else {
            assert_eq!(last.0, "contentBlockDelta");
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_numbers_of_events_go_on_without_a_gap() {
    let (map, _) = tokens();
    let all = recorded();
    let responses = all.iter().find(|r| r.format == Format::OpenaiResponses).expect("a stream");
    let (out, answer) = run(responses.format, responses.framing, &map, &responses.bytes, &[]);
    let events = decode(responses.format, responses.framing, &out, true);
    let numbers: Vec<u64> = events.iter().filter_map(|(_, e)| e["sequence_number"].as_u64()).collect();
    assert!(answer.counts().inserted > 0);
    assert_eq!(numbers, (0..events.len() as u64).collect::<Vec<_>>());
}
