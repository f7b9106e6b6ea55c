//! What cannot be said to a provider is refused by the name of its field; nothing is dropped in silence.

use privet_core::formats::Format;
use privet_translate::{Asked, Target};

pub(crate) fn format(name: &str) -> Format {
    match name {
        "openai-chat" => Format::OpenaiChat,
        "openai-responses" => Format::OpenaiResponses,
        "anthropic-messages" => Format::AnthropicMessages,
        "openai-completions" => Format::OpenaiCompletions,
        "gemini" => Format::Gemini,
        "cohere-chat" => Format::CohereChat,
        "bedrock-converse" => Format::BedrockConverse,
        "ollama-chat" => Format::OllamaChat,
        "ollama-generate" => Format::OllamaGenerate,
        _ => panic!("no format {name}"),
    }
}

#[test]
fn what_cannot_be_said_is_refused_by_its_name() {
    let table: toml::Table = include_str!("data/refusals.toml").parse().unwrap();
    let cases = table["case"].as_array().unwrap();
    for case in cases {
        let text = |name: &str| case.get(name).and_then(toml::Value::as_str);
        let client = format(text("client").unwrap());
        let messages = text("messages").unwrap_or(r#"[{"role": "user", "content": "a"}]"#);
        let name = if client == Format::OpenaiResponses { "input" } else { "messages" };
        let more = text("with").map(|with| format!(", {with}")).unwrap_or_default();
        let body = format!(r#"{{"model": "m", "max_tokens_": null, "{name}": {messages}{more}}}"#);
        let other = if client == Format::OpenaiChat { Format::AnthropicMessages } else { Format::OpenaiChat };
        let provider = text("provider").map_or(other, format);
        let translated = privet_translate::request(
            client,
            body.as_bytes(),
            Asked::default(),
            provider,
            &Target::default(),
        );
        let refused = translated.expect_err(&body);
        assert_eq!(Some(refused.field.as_str()), text("field"), "{body}");
        assert!(!refused.reason.is_empty());
    }
    assert!(cases.len() > 40);
}

#[test]
fn what_others_cannot_say_is_refused_by_its_name() {
    let table: toml::Table = include_str!("data/refusals_of_others.toml").parse().unwrap();
    let cases = table["case"].as_array().unwrap();
    for case in cases {
        let text = |name: &str| case.get(name).and_then(toml::Value::as_str).unwrap();
        let (client, provider) = (format(text("client")), format(text("provider")));
        let asked = Asked { model: Some("m"), stream: false };
        let body = text("body").as_bytes();
        let refused = privet_translate::request(client, body, asked, provider, &Target::default())
            .expect_err(text("body"));
        assert_eq!(refused.field, text("field"), "{}", text("body"));
        assert!(!refused.reason.is_empty());
    }
    assert!(cases.len() > 40);
}

#[test]
fn a_body_that_is_no_json_and_one_that_is_no_object_are_refused_as_a_whole() {
    for body in ["", "{", "[]", "7", "\"a\"", "{\"model\":\"m\",\"messages\":[]} x"] {
        for client in [Format::OpenaiChat, Format::OpenaiResponses, Format::AnthropicMessages] {
            let refused = privet_translate::request(
                client,
                body.as_bytes(),
                Asked::default(),
                Format::OpenaiChat,
                &Target::default(),
            );
            assert_eq!(refused.expect_err(body).field, "");
        }
    }
}

#[test]
fn the_targets_model_takes_the_place_of_the_clients() {
    let body = br#"{"model": "m", "messages": [{"role": "user", "content": "a"}]}"#;
    let target = Target { model: Some("claude-x"), max_tokens: 9, ..Target::default() };
    let translated = privet_translate::request(
        Format::OpenaiChat,
        body,
        Asked::default(),
        Format::AnthropicMessages,
        &target,
    )
    .unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&translated.outgoing.body).unwrap();
    assert_eq!(sent["model"], "claude-x");
    assert_eq!(sent["max_tokens"], 9);
}

#[test]
fn a_deployment_of_azure_stands_in_the_path() {
    use privet_translate::Dialect;
    let body = br#"{"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "a"}]}"#;
    let target =
        Target { dialect: Dialect::Azure, deployment: Some(("mine", "2024-10-21")), ..Target::default() };
    let path = |provider| {
        let translated =
            privet_translate::request(Format::AnthropicMessages, body, Asked::default(), provider, &target);
        translated.unwrap().outgoing.path
    };
    assert_eq!(path(Format::OpenaiChat), "/openai/deployments/mine/chat/completions?api-version=2024-10-21");
    assert_eq!(path(Format::OpenaiResponses), "/openai/responses?api-version=2024-10-21");
}

#[test]
fn what_is_read_and_written_prints_without_its_words() {
    let body =
        br#"{"model": "secret-m", "messages": [{"role": "user", "content": "secret-a"}, {"role": "assistant",
        "tool_calls": [{"id": "c", "function": {"name": "secret-f", "arguments": "{\"secret-k\":1}"}}]}]}"#;
    let mut notes = privet_translate::Notes::default();
    let reader = privet_translate::codec(Format::OpenaiChat).unwrap();
    let request = reader.read_request(body, Asked::default(), &mut notes).unwrap();
    let sent = reader.write_request(&request, &Target::default(), &mut notes).unwrap();
    let tree = privet_translate::json::parse(body).unwrap();
    let asking = privet_translate::Asking { model: "secret-m".into(), ..Default::default() };
    let printed = format!("{request:?} {:?} {sent:?} {tree:?} {asking:?}", request.messages);
    assert!(!printed.contains("secret"), "{printed}");
    assert!(printed.contains("Message"), "{printed}");
}
