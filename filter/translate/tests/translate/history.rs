//! What a client was answered goes back as the conversation's history, for every provider: the answers of the golden
//! cases, with results for their calls.

use std::fs;
use std::path::Path;

use privet_core::formats::Format;
use privet_translate::{Asked, Target};
use serde_json::{Value, json};

const PROVIDERS: [Format; 7] = [
    Format::OpenaiChat,
    Format::OpenaiResponses,
    Format::AnthropicMessages,
    Format::Gemini,
    Format::CohereChat,
    Format::BedrockConverse,
    Format::OllamaChat,
];

/// The request that goes on after `answer`, in the client's format.
pub(crate) fn next(client: Format, answer: &Value) -> Value {
    let user = json!({ "role": "user", "content": "And now?" });
    match client {
        Format::OpenaiChat => {
            let message = &answer["choices"][0]["message"];
            let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
            let results = calls
                .iter()
                .map(|call| json!({ "role": "tool", "tool_call_id": call["id"], "content": "x" }));
            let turns = [user.clone(), message.clone()].into_iter().chain(results).chain([user]);
            json!({ "model": "m", "messages": turns.collect::<Vec<_>>() })
        }
        Format::OpenaiResponses => {
            let items = answer["output"].as_array().unwrap();
            let calls = items.iter().filter(|item| item["type"] == "function_call");
            let results = calls.map(
                |call| json!({ "type": "function_call_output", "call_id": call["call_id"], "output": "x" }),
            );
            let all = [user.clone()].into_iter().chain(items.iter().cloned()).chain(results).chain([user]);
            json!({ "model": "m", "input": all.collect::<Vec<_>>() })
        }
        _ => {
            let blocks = answer["content"].as_array().unwrap();
            let calls = blocks.iter().filter(|block| block["type"] == "tool_use");
            let results =
                calls.map(|call| json!({ "type": "tool_result", "tool_use_id": call["id"], "content": "x" }));
            let last: Vec<Value> = results.chain([json!({ "type": "text", "text": "And now?" })]).collect();
            let turns = [
                user,
                json!({ "role": "assistant", "content": blocks }),
                json!({ "role": "user", "content": last }),
            ];
            json!({ "model": "m", "max_tokens": 9, "messages": turns })
        }
    }
}

/// The answers of a case: the client's format, the provider's name, and what the client is given.
pub(crate) fn answers(case: &Path) -> Vec<(Format, String, Value)> {
    let paths: Vec<_> = fs::read_dir(case).unwrap().map(|file| file.unwrap().path()).collect();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let client = match () {
        () if paths.iter().any(|p| name(p) == "request.openai-chat.json") => Format::OpenaiChat,
        () if paths.iter().any(|p| name(p) == "request.openai-responses.json") => Format::OpenaiResponses,
        () if paths.iter().any(|p| name(p) == "request.anthropic-messages.json") => Format::AnthropicMessages,
        () => return Vec::new(),
    };
    let answers = paths.iter().filter(|path| name(path).starts_with("answer."));
    answers
        .filter_map(|path| Some((client, name(path), serde_json::from_slice(&fs::read(path).unwrap()).ok()?)))
        .collect()
}

#[test]
fn an_answer_can_be_sent_back_to_every_provider() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/translation");
    let mut count = 0;
    for case in fs::read_dir(root).unwrap().map(|case| case.unwrap().path()) {
        for (client, name, answer) in answers(&case) {
            let body = next(client, &answer).to_string();
            for provider in PROVIDERS {
                let translated = privet_translate::request(
                    client,
                    body.as_bytes(),
                    Asked::default(),
                    provider,
                    &Target::default(),
                );
                let translated = translated
                    .unwrap_or_else(|refused| panic!("{case:?} {name} to {provider:?}: {refused:?}"));
                let sent: Value = serde_json::from_slice(&translated.outgoing.body).unwrap();
                assert!(sent.to_string().contains("And now?"));
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}
