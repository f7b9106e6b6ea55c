//! Thoughts that another provider has sealed, in a request that goes to one of the client's own format.

use std::fs;
use std::path::Path;

use privet_core::formats::Format;
use privet_core::mask::mask;
use privet_core::policy::Policy;
use privet_translate::foreign::take_off;
use serde_json::Value;

use super::history::next;
use super::refusals::format;

/// Whether the gateway looks for thoughts of others in a body.
fn looks(client: Format, body: &str) -> bool {
    let policy = Policy::parse(br#"{"schema":1,"revision":"r"}"#).unwrap();
    mask(body.as_bytes(), client.request(), &policy.masking).unwrap().foreign_thoughts
}

#[test]
fn only_what_others_have_sealed_is_taken_off() {
    let table: toml::Table = include_str!("data/foreign_seals.toml").parse().unwrap();
    for case in table["case"].as_array().unwrap() {
        let text = |name: &str| case.get(name).and_then(toml::Value::as_str);
        let (name, body) = (text("name").unwrap(), text("body").unwrap());
        let client = format(text("client").unwrap());
        let taken = take_off(client, text("model").unwrap_or("m"), body.as_bytes());
        let taken = taken.map(|body| String::from_utf8(body).unwrap());
        assert_eq!(taken.as_deref(), text("sent"), "{name}");
        // What every request must have, and is nothing to these cases.
        let whole = body.replacen('{', r#"{"model":"m","max_tokens":1,"#, 1);
        assert_eq!(looks(client, &whole), taken.is_some(), "{name}");
    }
}

#[test]
fn every_translated_answer_can_go_back_to_a_provider_of_the_clients_format() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/translation");
    let (mut marked, mut count) = (0, 0);
    for case in fs::read_dir(root).unwrap().map(|case| case.unwrap().path()) {
        for (client, provider, answer) in super::history::answers(&case) {
            let body = next(client, &answer).to_string();
            let holds = looks(client, &body);
            let taken = take_off(client, "m", body.as_bytes());
            assert_eq!(holds, taken.is_some(), "{provider} to {client:?}: {body}");
            let sent = taken.unwrap_or_else(|| body.clone().into_bytes());
            let sent: Value = serde_json::from_slice(&sent).unwrap();
            let messages = sent["messages"].as_array().or(sent["input"].as_array()).unwrap();
            // Anthropic refuses thoughts with any other seal than its own; OpenAI an item of reasoning that it has not made.
            let all = serde_json::to_string(messages).unwrap();
            assert!(!all.contains("thinking") && !all.contains(r#""type":"reasoning""#), "{all}");
            assert!(all.contains("And now?"));
            marked += usize::from(holds);
            count += 1;
        }
    }
    assert!(marked > 5 && count > 30, "{marked} of {count}");
}

#[test]
fn what_is_no_request_stays_as_it_is() {
    for body in
        ["", "{", "[]", "\"privet:\"", r#"{"messages":{"role":"privet:"}}"#, r#"{"messages":["privet:"]}"#]
    {
        for client in
            [Format::OpenaiChat, Format::AnthropicMessages, Format::Gemini, Format::OpenaiEmbeddings]
        {
            assert_eq!(take_off(client, "m", body.as_bytes()), None, "{body}");
        }
    }
}
