//! What an attempt at a provider needs, who takes over, and how a stream begins.

use privet_core::endpoint;
use privet_core::formats::Format;
use privet_core::formats::stream::{Beginning, First, MAX_LOOK_AHEAD_BYTES};
use privet_core::framing::Framing;
use privet_core::provider::attempt::{
    Outcome, Reason, fallback_of, is_vendor_header, needs_role, primary, with_model,
};
use privet_core::provider::{Kind, Provider};

use crate::streams::recorded;
use crate::wire::{aws_message, base64, encode};

fn named(name: &str) -> Provider {
    Provider { name: name.to_owned(), ..Provider::default() }
}

fn pairs(map: &[(&str, &str)]) -> Vec<(String, String)> {
    map.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_fallback_takes_over_from_the_primary_alone() {
    let fallback = Provider { fallback: true, ..named("b") };
    let providers = [named("a"), fallback.clone(), named("c")];
    assert_eq!(primary(&providers), 0, "the first where none is named");
    assert_eq!([0, 1, 2, 3].map(|n| fallback_of(&providers, n)), [Some(1), None, None, None]);
    assert_eq!([0, 1, 2].map(|n| needs_role(&providers, n)), [true, true, false]);

    let providers = [fallback.clone(), named("a"), Provider { primary: true, ..named("c") }];
    assert_eq!([0, 1, 2].map(|n| fallback_of(&providers, n)), [None, None, Some(0)]);
    assert_eq!([0, 1, 2].map(|n| needs_role(&providers, n)), [true, false, true]);

    assert_eq!(fallback_of(&[fallback], 0), None, "nobody takes over from itself");
    assert_eq!(fallback_of(&[named("a"), named("b")], 0), None);
    let renaming = Provider { model_map: pairs(&[("a", "b")]), ..named("a") };
    assert!(needs_role(&[renaming], 0) && !needs_role(&[named("a")], 0));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_exact_name_comes_before_a_shape_and_a_shape_before_any() {
    let provider = Provider {
        model_map: pairs(&[("*", "any"), ("gpt-*", "shaped"), ("gpt-4?", "later"), ("gpt-4o", "exact")]),
        deployment: Some("deployed".to_owned()),
        ..named("p")
    };
    for (model, wanted) in [("gpt-4o", "exact"), ("gpt-4x", "shaped"), ("o3", "any"), ("", "any")] {
        assert_eq!(provider.model_at(model), wanted, "{model}");
    }
    let deployed = Provider { model_map: pairs(&[("a", "b")]), ..provider };
    assert_eq!([deployed.model_at("a"), deployed.model_at("c")], ["b", "deployed"]);
    assert_eq!(named("p").model_at("as-it-is"), "as-it-is");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_path_has_the_name_that_the_model_has_there() {
    let with = |kind, version: Option<&str>| Provider {
        kind,
        api_version: version.map(str::to_owned),
        model_map: pairs(&[("x", "y")]),
        base_path: "/b".to_owned(),
        ..Provider::default()
    };
    let dated = Some("2024-10-21");
    for (kind, version, path, model, wanted) in [
        (Kind::Openai, None, "/v1/chat/completions", "y", "/b/v1/chat/completions"),
        (
            Kind::Google,
            None,
            "/v1beta/models/x:generateContent?alt=sse",
            "y",
            "/b/v1beta/models/y:generateContent?alt=sse",
        ),
        (Kind::Bedrock, None, "/model/x/converse", "a.b-c:0", "/b/model/a.b-c%3A0/converse"),
        (Kind::Bedrock, None, "/model/x/invoke", "arn:aws:x/y", "/b/model/arn%3Aaws%3Ax%2Fy/invoke"),
        (Kind::Azure, None, "/v1/chat/completions", "y", "/b/openai/v1/chat/completions"),
        (
            Kind::Azure,
            None,
            "/openai/deployments/x/embeddings?api-version=v1",
            "y",
            "/b/openai/deployments/y/embeddings?api-version=v1",
        ),
        (
            Kind::Azure,
            dated,
            "/v1/chat/completions",
            "y z",
            "/b/openai/deployments/y%20z/chat/completions?api-version=2024-10-21",
        ),
        (
            Kind::Azure,
            dated,
            "/v1/embeddings",
            "y",
            "/b/openai/deployments/y/embeddings?api-version=2024-10-21",
        ),
        (Kind::Azure, dated, "/v1/responses", "y", "/b/openai/responses?api-version=2024-10-21"),
        // What the client says of the version stands.
        (
            Kind::Azure,
            dated,
            "/v1/responses?api-version=preview",
            "y",
            "/b/openai/v1/responses?api-version=preview",
        ),
        (
            Kind::Azure,
            dated,
            "/openai/deployments/x/embeddings?api-version=2025-01-01",
            "y",
            "/b/openai/deployments/y/embeddings?api-version=2025-01-01",
        ),
        (Kind::Openai, dated, "/v1/chat/completions", "y", "/b/v1/chat/completions"),
    ] {
        assert_eq!(with(kind, version).path_at(path, model), wanted, "{kind:?} {path}");
    }
    assert_eq!(endpoint::renamed("/v1/chat/completions?x", "y"), "/v1/chat/completions?x");
    assert_eq!(endpoint::encoded("ä/~_."), "%C3%A4%2F~_.");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_body_gets_another_model_and_keeps_every_other_byte() {
    for (body, wanted) in [
        (r#"{ "model" : "a" , "x":1.0e0}"#, r#"{ "model" : "b\"c" , "x":1.0e0}"#),
        (
            r#"{"x":{"model":"a"},"messages":[{"model":"a"}],"model":"a"}"#,
            r#"{"x":{"model":"a"},"messages":[{"model":"a"}],"model":"b\"c"}"#,
        ),
        (r#"{"mod\u0065l":"\u0061"}"#, r#"{"mod\u0065l":"b\"c"}"#),
    ] {
        let found = with_model(body.as_bytes(), "b\"c").map(|b| String::from_utf8(b).expect("UTF-8"));
        assert_eq!(found.as_deref(), Some(wanted));
    }
    for body in [r#"{"x":{"model":"a"}}"#, r#"{"model":null}"#, "[]", "", r#"{"model":"a""#] {
        assert_eq!(with_model(body.as_bytes(), "b"), None, "{body}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_maker_s_headers_go_to_that_maker_alone() {
    for (name, takes) in [
        ("anthropic-version", Kind::Anthropic),
        ("anthropic-beta", Kind::Anthropic),
        ("openai-beta", Kind::Openai),
        ("x-goog-api-client", Kind::Google),
        ("x-amzn-bedrock-guardrailidentifier", Kind::Bedrock),
        ("x-ms-client-request-id", Kind::Azure),
    ] {
        assert!(is_vendor_header(name.as_bytes()), "{name}");
        for kind in Kind::ALL {
            let both = name == "openai-beta" && kind == Kind::Azure;
            assert_eq!(kind.takes_header(name.as_bytes()), kind == takes || both, "{name} {kind:?}");
        }
    }
    for name in ["content-type", "accept", "user-agent", ":path", "x-request-id"] {
        assert!(!is_vendor_header(name.as_bytes()), "{name}");
        assert!(!Kind::Anthropic.takes_header(name.as_bytes()), "{name}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_reason_is_what_came_or_how_long_nothing_did() {
    for (outcome, waited, wanted) in [
        (Outcome::Answered(500), 5000, "provider_5xx"),
        (Outcome::Answered(529), 0, "provider_5xx"),
        (Outcome::Answered(429), 0, "rate_limited"),
        (Outcome::StreamError, 5000, "stream_error"),
        (Outcome::Silent, 949, "connect"),
        (Outcome::Silent, 950, "timeout"),
        (Outcome::Began, 949, "stream_error"),
        (Outcome::Began, 1001, "timeout"),
    ] {
        assert_eq!(Reason::of(outcome, waited, 1000).name(), wanted, "{outcome:?} {waited}");
    }
}

/// What is known after each chunk; the last with the end of the stream.
fn first(format: Format, framing: Framing, bytes: &[u8], size: usize) -> (First, usize) {
    let mut beginning = Beginning::new(format, framing);
    for chunk in bytes.chunks(size) {
        let first = beginning.push(chunk, false);
        if first != First::Neither {
            return (first, beginning.seen());
        }
    }
    (beginning.push(b"", true), beginning.seen())
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn recorded_streams_begin_with_content_unless_their_first_event_is_an_error() {
    for stream in recorded() {
        let of = |size| first(stream.format, stream.framing, &stream.bytes, size);
        let (whole, by_byte) = (of(stream.bytes.len().max(1)), of(1));
        assert_eq!(whole.0, by_byte.0, "{}: however it is cut", stream.name);
        let begins_badly =
            stream.case.events.first().is_some_and(|e| e.contains("error") && !e.contains("null"));
        let wanted = if begins_badly { First::Error } else { First::Content };
        assert_eq!(whole.0, wanted, "{}", stream.name);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_shows_nothing_is_waited_behind_and_an_error_there_is_an_error() {
    use Format as F;
    let sse = Framing::ServerSentEvents;
    let role = r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#;
    let openai_error = r#"{"error":{"message":"m","type":"server_error"}}"#;
    let start = r#"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"stop_reason":null}}"#;
    let ping = r#"{"type":"ping"}"#;
    let created = r#"{"type":"response.created","response":{"id":"r","status":"in_progress","instructions":"i","error":null}}"#;
    let failed = r#"{"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"server_error","message":"m"}}}"#;
    for (format, framing, before, error, content) in [
        (
            F::OpenaiChat,
            sse,
            vec![role],
            openai_error,
            r#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#,
        ),
        (
            F::AnthropicMessages,
            sse,
            vec![
                start,
                ping,
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            ],
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
        ),
        (
            F::OpenaiResponses,
            sse,
            vec![created],
            failed,
            r#"{"type":"response.output_text.delta","item_id":"i","output_index":0,"content_index":0,"delta":"a"}"#,
        ),
        (
            F::OpenaiResponses,
            sse,
            vec![created],
            r#"{"type":"error","code":"c","message":"m","param":null}"#,
            r#"{"type":"response.completed","response":{"id":"r","error":null}}"#,
        ),
        (
            F::Gemini,
            sse,
            vec![r#"{"usageMetadata":{"promptTokenCount":3}}"#],
            r#"{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}"#,
            r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]}}]}"#,
        ),
        (
            F::Gemini,
            Framing::JsonArray,
            vec![],
            r#"{"error":{"code":503,"message":"m"}}"#,
            r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#,
        ),
        (
            F::CohereChat,
            sse,
            vec![
                r#"{"type":"message-start","id":"c","delta":{"message":{"role":"assistant","content":[]}}}"#,
            ],
            r#"{"type":"message-end","delta":{"finish_reason":"ERROR","error":"m"}}"#,
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"a"}}}}"#,
        ),
        (
            F::OllamaChat,
            Framing::NdJson,
            vec![r#"{"model":"m","message":{"role":"assistant","content":""},"done":false}"#],
            r#"{"error":"m"}"#,
            r#"{"model":"m","message":{"role":"assistant","content":"a"},"done":false}"#,
        ),
        (
            F::BedrockConverse,
            Framing::AwsEventStream,
            vec![r#"{"messageStart":{"role":"assistant"}}"#],
            "",
            r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"a"}}}"#,
        ),
        (
            F::BedrockInvoke,
            Framing::AwsEventStream,
            vec![start],
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
        ),
    ] {
        let opened = encode(format, framing, before.iter().copied());
        let mut beginning = Beginning::new(format, framing);
        let told = beginning.push(if before.is_empty() { b"" } else { &opened }, false);
        assert_eq!(told, First::Neither, "{format:?}");
        let read = |last: &str, wanted| {
            let bytes = if last.is_empty() {
                let exception = [(":exception-type", "throttlingException"), (":message-type", "exception")];
                [opened.clone(), aws_message(&exception, br#"{"message":"m"}"#)].concat()
            } else {
                encode(format, framing, before.iter().copied().chain([last]))
            };
            for size in [1, 7, bytes.len()] {
                assert_eq!(first(format, framing, &bytes, size).0, wanted, "{format:?} {framing:?} {last}");
            }
        };
        read(error, First::Error);
        read(content, First::Content);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_is_not_understood_is_passed_on_and_nothing_is_held_for_ever() {
    let sse = Framing::ServerSentEvents;
    let of = |bytes: &[u8]| first(Format::OpenaiChat, sse, bytes, bytes.len().max(1)).0;
    for bytes in [&b""[..], b": comment\n\n", b"data: not JSON\n\n", b"data: [DONE]\n\n", b"data: {\"cho"] {
        assert_eq!(of(bytes), First::Content, "{}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(of(b"data: {\"error\":{\"message\":\"m\"}}"), First::Error, "without its blank line");
    let damaged = [base64(b"junk").into_bytes(), vec![0; 16]].concat();
    assert_eq!(first(Format::BedrockConverse, Framing::AwsEventStream, &damaged, 5).0, First::Content);

    let comments = b": nothing yet\n\n".repeat(MAX_LOOK_AHEAD_BYTES / 10);
    let (told, seen) = first(Format::OpenaiChat, sse, &comments, 100);
    assert_eq!(told, First::Content);
    assert!((MAX_LOOK_AHEAD_BYTES..MAX_LOOK_AHEAD_BYTES + 200).contains(&seen), "{seen}");
}
