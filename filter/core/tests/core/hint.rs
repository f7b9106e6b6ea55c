//! The hint to the model: where it stands, and that it disturbs no cache.

use privet_core::formats::Format;
use privet_core::gateway::{Head, admit, read};
use privet_core::hint::{HINT, add};
use privet_core::policy::Policy;
use serde_json::{Value, json};

use crate::fixtures::text;
use crate::provider::provider;

fn policy(hint: bool) -> Policy {
    let document =
        format!(r#"{{"schema":1,"revision":"r","auth":{{"required":false}},"masking":{{"hint":{hint}}}}}"#);
    Policy::parse(document.as_bytes()).expect("a policy")
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn it_stands_behind_the_operators_instructions_and_changes_nothing_else() {
    let typed = format!(r#"{{"type":"text","text":"{HINT}"}}"#);
    let plain = format!(r#"{{"text":"{HINT}"}}"#);
    for (format, body, wanted) in [
        // A conversation that begins with the operator, in a string and in parts.
        (
            Format::OpenaiChat,
            r#"{ "messages" : [{"role":"system","content":"Be \"brief\"."},{"role":"user","content":"x"}] }"#,
            r#"{ "messages" : [{"role":"system","content":"Be \"brief\".\n\nHINT"},{"role":"user","content":"x"}] }"#,
        ),
        (
            Format::OpenaiChat,
            r#"{"messages":[{"content":"a","role":"system"},{"role":"developer","content":[{"type":"text","text":"b"} ]},{"role":"user","content":"x"},{"role":"system","content":"late"}]}"#,
            r#"{"messages":[{"content":"a","role":"system"},{"role":"developer","content":[{"type":"text","text":"b"} ,TYPED]},{"role":"user","content":"x"},{"role":"system","content":"late"}]}"#,
        ),
        (
            Format::OpenaiChat,
            r#"{"messages":[{"role":"system","content":[]}]}"#,
            r#"{"messages":[{"role":"system","content":[TYPED]}]}"#,
        ),
        (
            Format::OllamaChat,
            r#"{"messages":[{"role":"system","content":""}]}"#,
            r#"{"messages":[{"role":"system","content":"HINT"}]}"#,
        ),
        // One that begins with another.
        (
            Format::CohereChat,
            r#"{"messages":[{"role":"user","content":"x"}],"model":"m"}"#,
            r#"{"messages":[{"role":"system","content":"HINT"},{"role":"user","content":"x"}],"model":"m"}"#,
        ),
        (
            Format::OpenaiChat,
            r#"{"messages":[{"role":"system","content":null},{"role":"user","content":"x"}]}"#,
            r#"{"messages":[{"role":"system","content":"HINT"},{"role":"system","content":null},{"role":"user","content":"x"}]}"#,
        ),
        (
            Format::OpenaiResponses,
            r#"{"input":"x","instructions":"Be brief."}"#,
            r#"{"input":"x","instructions":"Be brief.\n\nHINT"}"#,
        ),
        (
            Format::OpenaiResponses,
            r#"{"input":"x","instructions": null}"#,
            r#"{"input":"x","instructions": "HINT"}"#,
        ),
        (Format::OpenaiResponses, r#"{"input":"x"}"#, r#"{"instructions":"HINT","input":"x"}"#),
        (
            Format::AnthropicMessages,
            r#"{"system":"Be brief.","messages":[]}"#,
            r#"{"system":"Be brief.\n\nHINT","messages":[]}"#,
        ),
        (
            Format::AnthropicMessages,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},TYPED]}"#,
        ),
        (Format::AnthropicMessages, r#"{"messages":[]}"#, r#"{"system":"HINT","messages":[]}"#),
        (
            Format::BedrockInvoke,
            r#"{"anthropic_version":"b","messages":[]}"#,
            r#"{"system":"HINT","anthropic_version":"b","messages":[]}"#,
        ),
        (
            Format::Gemini,
            r#"{"systemInstruction":{"role":"system","parts":[{"text":"a"}]},"contents":[{"parts":[{"text":"x"}]}]}"#,
            r#"{"systemInstruction":{"role":"system","parts":[{"text":"a"},PLAIN]},"contents":[{"parts":[{"text":"x"}]}]}"#,
        ),
        (
            Format::Gemini,
            r#"{"contents":[],"system_instruction":{"parts":{"text":"a"}}}"#,
            r#"{"contents":[],"system_instruction":{"parts":[{"text":"a"},PLAIN]}}"#,
        ),
        (Format::Gemini, r#"{"contents":[]}"#, r#"{"systemInstruction":{"parts":[PLAIN]},"contents":[]}"#),
        (
            Format::BedrockConverse,
            r#"{"system":[{"text":"a"},{"cachePoint":{"type":"default"}}],"messages":[]}"#,
            r#"{"system":[{"text":"a"},{"cachePoint":{"type":"default"}},PLAIN],"messages":[]}"#,
        ),
        (Format::BedrockConverse, r#"{"messages":[]}"#, r#"{"system":[PLAIN],"messages":[]}"#),
        (Format::OllamaGenerate, r#"{"prompt":"x","system":"a"}"#, r#"{"prompt":"x","system":"a\n\nHINT"}"#),
        (Format::OllamaGenerate, r#"{"prompt":"x"}"#, r#"{"system":"HINT","prompt":"x"}"#),
    ] {
        let wanted = wanted.replace("TYPED", &typed).replace("PLAIN", &plain).replace("HINT", HINT);
        let hinted = add(format, body.as_bytes()).expect(body);
        assert_eq!(text(&hinted), wanted);
        serde_json::from_slice::<Value>(&hinted).expect("JSON");
    }
    // Where there is no place, or none of it may be added.
    for (format, body) in [
        (Format::Gemini, r#"{"contents":[],"cachedContent":"cachedContents/x"}"#),
        (Format::BedrockInvoke, r#"{"inputText":"x"}"#),
        (Format::OpenaiCompletions, r#"{"prompt":"x"}"#),
        (Format::OpenaiEmbeddings, r#"{"input":"x"}"#),
        (Format::OpenaiChat, r#"{"model":"m"}"#),
    ] {
        assert_eq!(add(format, body.as_bytes()), None, "{body}");
    }
}

/// The body that goes out.
fn sent(policy: &Policy, path: &str, body: &str) -> String {
    let providers = [provider("main", "", true)];
    let head = Head { method: b"POST", path: path.as_bytes(), ..Head::default() };
    let admitted = admit(Some(policy), &providers, &head, 0).expect("admitted");
    let masked = read(policy, &providers, &admitted, body.as_bytes()).expect("a body");
    masked.body.map_or_else(|| body.to_owned(), |body| text(&body).to_owned())
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn it_is_only_said_where_something_was_masked_and_the_policy_asks_for_it() {
    let body =
        |text: &str| json!({"messages": [{"role": "user", "content": text}], "model": "m"}).to_string();
    let path = "/v1/chat/completions";
    assert_eq!(sent(&policy(true), path, &body("hello")), body("hello"));
    assert!(sent(&policy(true), path, &body("ann@example.com")).contains(HINT));
    assert!(!sent(&policy(false), path, &body("ann@example.com")).contains(HINT));
    // Gemini counts the tokens of contents alone.
    let contents = r#"{"contents":[{"parts":[{"text":"ann@example.com"}]}]}"#;
    assert!(!sent(&policy(true), "/v1beta/models/m:countTokens", contents).contains(HINT));
    assert!(sent(&policy(true), "/v1beta/models/m:generateContent", contents).contains(HINT));
}

/// What providers cache is what a conversation has in common with its earlier turns, up to the end of these.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_turns_of_a_conversation_begin_with_the_same_bytes() {
    let turns = [
        ("user", "I am ann@example.com."),
        ("assistant", "Hello."),
        ("user", "Call +1 415 555 0132 or bob@example.com."),
        ("assistant", "EMAIL_9 is what I will do."),
        ("user", "Thank you."),
    ];
    let chat = |turns: &[(&str, &str)], system: Option<&str>| {
        let system = system.map(|s| json!({"role": "system", "content": s})).into_iter();
        let turns = turns.iter().map(|(role, text)| json!({"role": role, "content": text}));
        json!({"messages": system.chain(turns).collect::<Vec<_>>()}).to_string().replacen(
            '{',
            r#"{"model":"m","#,
            1,
        )
    };
    let anthropic = |turns: &[(&str, &str)], system: Option<&str>| {
        let system =
            system.map(|s| format!(r#""system":[{{"type":"text","text":"{s}"}}],"#)).unwrap_or_default();
        let turns: Vec<String> =
            turns.iter().map(|(role, text)| format!(r#"{{"role":"{role}","content":"{text}"}}"#)).collect();
        format!(r#"{{"model":"m","max_tokens":9,{system}"messages":[{}]}}"#, turns.join(","))
    };
    for system in [None, Some("Be brief.")] {
        for (path, body) in [
            ("/v1/chat/completions", &chat as &dyn Fn(&[(&str, &str)], Option<&str>) -> String),
            ("/v1/messages", &anthropic),
        ] {
            let mut before = String::new();
            for count in 1..=turns.len() {
                let sent = sent(&policy(true), path, &body(&turns[..count], system));
                assert!(sent.contains(HINT), "{sent}");
                // Up to the end of the messages.
                let end = sent.rfind(']').expect("messages");
                assert!(sent.starts_with(&before), "{path}: {before}\n{sent}");
                before = sent[..end].to_owned();
            }
        }
    }
}
