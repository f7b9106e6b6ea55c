//! Whole answers of all formats, `data/answers.toml`; and that probabilities go only where they must.

use privet_core::formats::{AnswerStream, Format, restore};
use privet_core::framing::Framing;
use privet_core::tokens::TokenMap;
use serde::Deserialize;

use crate::fixtures::text;
use crate::stream::tokens;
use crate::streams::format_named;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    format: String,
    body: String,
    /// None where nothing changes.
    wanted: Option<String>,
    /// Of the prompt and of the answer; -1 where it is not told.
    usage: Option<[i64; 2]>,
}

fn cases() -> Vec<Case> {
    let file: File = toml::from_str(include_str!("../data/answers.toml")).expect("a data file");
    file.case
}

fn format(name: &str) -> Format {
    match name {
        "openai_embeddings" => Format::OpenaiEmbeddings,
        "gemini_embeddings" => Format::GeminiEmbeddings,
        "cohere_embed" => Format::CohereEmbed,
        "ollama_embed" => Format::OllamaEmbed,
        name => format_named(name),
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn whole_answers_are_restored_and_their_structure_stays() {
    let (map, _) = tokens();
    for Case { name, format: named, body, wanted, usage } in cases() {
        let (restored, found) = restore(format(&named), body.as_bytes(), &map).expect("an answer");
        assert_eq!(restored.as_deref().map(text), wanted.as_deref(), "{name}");
        let count = |n: Option<u64>| n.map_or(-1, |n| n as i64);
        assert_eq!([count(found.input), count(found.output)], usage.unwrap_or([-1, -1]), "{name}: usage");
        let (unchanged, _) = restore(format(&named), body.as_bytes(), &TokenMap::default()).expect("JSON");
        assert_eq!(unchanged, None, "{name}: with nothing masked");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_answer_of_any_format_is_read_as_any_other_without_harm() {
    let (map, _) = tokens();
    let cases = cases();
    let formats: Vec<Format> = cases.iter().map(|case| format(&case.format)).collect();
    for case in &cases {
        for format in &formats {
            let (restored, _) = restore(*format, case.body.as_bytes(), &map).expect("JSON stays JSON");
            if let Some(restored) = restored {
                serde_json::from_slice::<serde_json::Value>(&restored).expect("JSON");
            }
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_framing_follows_from_the_content_type_and_the_request() {
    for (content_type, format, asked, framing) in [
        ("text/event-stream; charset=utf-8", Format::Gemini, false, Some(Framing::ServerSentEvents)),
        ("Text/Event-Stream", Format::OllamaChat, true, Some(Framing::ServerSentEvents)),
        ("application/x-ndjson", Format::OllamaChat, true, Some(Framing::NdJson)),
        ("application/vnd.amazon.eventstream", Format::BedrockInvoke, true, Some(Framing::AwsEventStream)),
        ("application/json; charset=UTF-8", Format::Gemini, true, Some(Framing::JsonArray)),
        ("application/json", Format::Gemini, false, None),
        ("application/json", Format::OpenaiChat, true, None),
        ("text/html", Format::Gemini, true, None),
    ] {
        assert_eq!(Framing::of(Some(content_type.as_bytes()), format, asked), framing, "{content_type}");
    }
    assert_eq!(Framing::of(None, Format::Gemini, true), None);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn probabilities_stay_where_nothing_was_masked() {
    let event = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{\"token\":\"a\"}]}}]}\n\n";
    let mut answer = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    assert_eq!(answer.push(&TokenMap::default(), event, false), None);
    let (map, _) = tokens();
    let mut answer = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    let out = answer.push(&map, event, false).expect("a change");
    assert_eq!(
        text(&out),
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":null}]}\n\n"
    );
}
