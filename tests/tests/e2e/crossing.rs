//! Clients and providers of different formats over a real Envoy: the makers' packages, failover into another format, what
//! cannot be said, and the gateway's own endpoint.

use privet_tests::client::{Answer, Connection, chat};
use privet_tests::provider::{Fault, TestProvider};
use privet_tests::stack::{Setup, Stack};
use privet_tests::values;
use serde_json::{Value, json};

use super::clients::run_client;
use super::{content, echo, eventually, every_value, streamed};

const KINDS: [&str; 8] = ["openai", "anthropic", "google", "azure", "bedrock", "mistral", "cohere", "ollama"];

/// A stack in front of a provider of this kind, which must see no value.
async fn stack_of(kind: &str) -> (TestProvider, Stack) {
    let provider = TestProvider::start().await;
    for value in values::all() {
        provider.record.forbid(&value.text);
    }
    let stack = Stack::start(&Setup::provider_of(kind, &provider.root_url()));
    (provider, stack)
}

/// A maker's package whose requests have to be translated.
async fn package(script: &str, base: &str, kind: &str) {
    let (provider, stack) = stack_of(kind).await;
    let said = run_client(script, &format!("http://{}{base}", stack.address), &every_value());
    assert_eq!(provider.record.leaks(), Vec::<String>::new(), "{kind}");
    assert!(provider.record.seen().len() >= 5, "{kind}: {said}");
}

macro_rules! packages {
    ($($name:ident: $script:literal, $base:literal, $kind:literal;)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            package($script, $base, $kind).await;
        }
    )*};
}

packages! {
    the_openai_package_talks_to_anthropic: "openai_client.py", "/v1", "anthropic";
    the_openai_package_talks_to_gemini: "openai_client.py", "/v1", "google";
    the_openai_package_talks_to_cohere: "openai_client.py", "/v1", "cohere";
    the_openai_package_talks_to_bedrock: "openai_client.py", "/v1", "bedrock";
    the_anthropic_package_talks_to_openai: "anthropic_crossing.py", "", "openai";
    the_anthropic_package_talks_to_gemini: "anthropic_crossing.py", "", "google";
}

/// Where a chat arrives at a provider of this kind.
fn path_at(kind: &str, stream: bool) -> &'static str {
    match (kind, stream) {
        ("anthropic", _) => "/v1/messages",
        ("google", false) => "/v1beta/models/echo:generateContent",
        ("google", true) => "/v1beta/models/echo:streamGenerateContent?alt=sse",
        ("azure", _) => "/openai/v1/chat/completions",
        ("bedrock", false) => "/model/echo/converse",
        ("bedrock", true) => "/model/echo/converse-stream",
        ("cohere", _) => "/v2/chat",
        ("ollama", _) => "/api/chat",
        _ => "/v1/chat/completions",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_own_endpoint_reaches_every_kind() {
    let text = every_value();
    for kind in KINDS {
        let (provider, stack) = stack_of(kind).await;
        for stream in [false, true] {
            let body =
                json!({ "prompt": text, "model": format!("{kind}/echo"), "stream": stream }).to_string();
            let mut connection = Connection::open(stack.address).await;
            let answer = connection.send("POST", "/v1/gateway", &[], body.as_bytes()).await;
            let case = format!("{kind}, streamed: {stream}");
            assert_eq!(answer.status, 200, "{case}: {}", answer.text());
            assert_eq!(provider.record.leaks(), Vec::<String>::new(), "{case}");
            let sent = provider.record.last();
            assert_eq!(sent.path, path_at(kind, stream), "{case}");
            assert_eq!(sent.header("content-length"), Some(sent.body.len().to_string().as_str()), "{case}");
            let (said, meta) = if stream { unified_stream(&answer) } else { unified(&answer) };
            assert_eq!(said, text, "{case}");
            assert_eq!(meta["providerId"], kind, "{case}");
            assert_eq!(meta["executionPath"], "primary", "{case}");
            assert_eq!(meta["fallback"], json!({ "used": false, "reason": "not_attempted" }), "{case}");
            assert_eq!(meta["entitiesDetected"]["EMAIL"], 1, "{case}: {meta}");
            assert!(meta["latency"]["totalMs"].as_f64().is_some_and(|ms| ms > 0.0), "{case}: {meta}");
        }
    }
}

fn unified(answer: &Answer) -> (String, Value) {
    let answer = answer.json();
    (answer["response"].as_str().unwrap_or_default().to_owned(), answer["meta"].clone())
}

fn unified_stream(answer: &Answer) -> (String, Value) {
    let text = answer.text();
    assert!(text.trim_end().ends_with("data: [DONE]"), "{text}");
    let (mut said, mut meta) = (String::new(), Value::Null);
    for data in text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]") {
        let event: Value = serde_json::from_str(data).expect("JSON");
        match event["delta"].as_str() {
            Some(delta) => said.push_str(delta),
            None => meta = event,
        }
    }
    (said, meta)
}

/// A primary and a fallback of these kinds.
async fn pair(primary: &str, fallback: &str) -> (TestProvider, TestProvider, Stack) {
    let (first, second) = (TestProvider::start().await, TestProvider::start().await);
    for value in values::all() {
        first.record.forbid(&value.text);
        second.record.forbid(&value.text);
    }
    first.record.forbid("key-of-b");
    second.record.forbid("key-of-a");
    let gateway_yaml = format!(
        "server: {{ host: 127.0.0.1, port: 0, workers: 1 }}\nproviders:\n  \
         - {{ name: first, kind: {primary}, base_url: \"{}\", api_key: key-of-a, primary: true, timeout_ms: 1500 }}\n  \
         - {{ name: second, kind: {fallback}, base_url: \"{}\", api_key: key-of-b, fallback: true }}\n\
         policy: {{ file: policy.json }}\nadmin: {{ port: 0 }}\nstate_dir: state\n",
        first.root_url(),
        second.root_url(),
    );
    let stack = Stack::start(&Setup { gateway_yaml, ..Setup::one_provider("http://127.0.0.1:1") });
    (first, second, stack)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_of_another_format_takes_over_each_failure() {
    let text = every_value();
    for (primary, fallback) in
        [("openai", "anthropic"), ("anthropic", "openai"), ("bedrock", "google"), ("cohere", "ollama")]
    {
        let (first, second, stack) = pair(primary, fallback).await;
        let mut calls = 0;
        for (fault, in_streams, reason) in [
            (Fault::Status(500), false, "provider_5xx"),
            (Fault::Reset, false, "connect"),
            (Fault::Slow(3000), false, "timeout"),
            (Fault::StreamError, true, "stream_error"),
            (Fault::EmptyReset, true, "stream_error"),
        ] {
            for stream in [false, true].into_iter().filter(|stream| *stream || !in_streams) {
                first.record.fail(fault);
                calls += 1;
                let body = if stream { streamed(echo(&text)) } else { echo(&text) };
                let answer = chat(stack.address, &body).await;
                let case = format!("{primary} to {fallback}, {fault:?}, streamed: {stream}");
                assert_eq!(answer.status, 200, "{case}: {}", answer.text());
                let said = if stream { answer.streamed_text() } else { content(&answer.json()).to_owned() };
                assert_eq!(said, text, "{case}");
                assert_eq!(answer.header("x-privet-provider"), Some("second"), "{case}");
                assert_eq!(answer.header("x-privet-fallback-reason"), Some(reason), "{case}");
                assert_eq!((first.record.seen().len(), second.record.seen().len()), (calls, calls), "{case}");
                let (one, other) = (first.record.last(), second.record.last());
                assert_eq!(one.path, path_at(primary, stream), "{case}");
                // Ollama speaks the client's format as it is.
                let taken = if fallback == "ollama" { "openai" } else { fallback };
                assert_eq!(other.path, path_at(taken, stream), "{case}");
                assert_eq!(
                    other.header("content-length"),
                    Some(other.body.len().to_string().as_str()),
                    "{case}"
                );
                // One map of placeholders for both attempts.
                assert!(one.text().contains("EMAIL_1") && other.text().contains("EMAIL_1"), "{case}");
                assert_eq!(first.record.leaks(), Vec::<String>::new(), "{case}");
                assert_eq!(second.record.leaks(), Vec::<String>::new(), "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_of_another_format_takes_over_from_who_is_not_there() {
    let text = every_value();
    for (primary, fallback) in [("openai", "anthropic"), ("google", "openai")] {
        let (first, second, stack) = pair(primary, fallback).await;
        drop(first);
        for stream in [false, true] {
            let body = if stream { streamed(echo(&text)) } else { echo(&text) };
            let answer = chat(stack.address, &body).await;
            let said = if stream { answer.streamed_text() } else { content(&answer.json()).to_owned() };
            assert_eq!(
                (answer.status, said),
                (200, text.clone()),
                "{primary} to {fallback}, streamed: {stream}"
            );
            assert_eq!(answer.header("x-privet-fallback-reason"), Some("connect"));
        }
        assert_eq!(second.record.seen().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_at_the_primary_after_another_formats_provider_has_thought_in_it() {
    let text = every_value();
    let tools =
        json!([{ "name": "look_up", "description": "Looks up.", "input_schema": { "type": "object" } }]);
    for fallback in ["google", "openai", "bedrock"] {
        let (first, second, stack) = pair("anthropic", fallback).await;
        let mut messages = json!([{ "role": "user", "content": text }]);
        let mut connection = Connection::open(stack.address).await;
        for (fault, provider, approximated) in
            [(Fault::Status(500), "second", None), (Fault::None, "first", Some("reasoning"))]
        {
            first.record.fail(fault);
            let body = json!({ "model": "echo-thinking", "max_tokens": 9000, "tools": tools,
                "thinking": { "type": "enabled", "budget_tokens": 2048 }, "messages": messages });
            let answer = connection.send("POST", "/v1/messages", &[], body.to_string().as_bytes()).await;
            assert_eq!(answer.status, 200, "{fallback}: {}", answer.text());
            assert_eq!(answer.header("x-privet-provider"), Some(provider), "{fallback}");
            if approximated.is_some() {
                assert_eq!(answer.header("x-privet-approximated"), approximated, "{fallback}");
            }
            let content = answer.json()["content"].clone();
            let turn = json!({ "role": "assistant", "content": content });
            let calls = content.as_array().expect("blocks").iter().filter(|b| b["type"] == "tool_use");
            let results = calls
                .map(|call| json!({ "type": "tool_result", "tool_use_id": call["id"], "content": text }));
            let results = json!({ "role": "user", "content": results.collect::<Vec<_>>() });
            messages.as_array_mut().expect("turns").extend([turn, results]);
        }
        let thoughts = |turn: usize| messages[turn]["content"][0]["type"].as_str().unwrap_or_default();
        assert_eq!(thoughts(1), "thinking", "{fallback}: the fallback has thought: {messages}");
        let sent: Value = serde_json::from_slice(&first.record.last().body).expect("JSON");
        assert_eq!(sent["messages"][1]["content"][0]["type"], "tool_use", "{fallback}: {sent}");
        assert_eq!(sent["thinking"], json!({ "type": "disabled" }), "{fallback}");
        assert_eq!(first.record.leaks(), Vec::<String>::new(), "{fallback}");
        assert_eq!(second.record.leaks(), Vec::<String>::new(), "{fallback}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_failure_to_be_taken_over_stays_the_primarys_in_another_format_as_well() {
    let text = every_value();
    for (primary, fallback) in [("anthropic", "openai"), ("bedrock", "google"), ("cohere", "openai")] {
        let (first, second, stack) = pair(primary, fallback).await;
        first.record.fail(Fault::Status(429));
        for body in [echo(&text), streamed(echo(&text))] {
            let answer = chat(stack.address, &body).await;
            assert_eq!(answer.status, 429, "{primary}: {}", answer.text());
            assert!(answer.json()["error"]["message"].is_string(), "{primary}: {}", answer.text());
        }
        first.record.fail(Fault::LateError);
        let answer = chat(stack.address, &streamed(echo(&text))).await;
        assert_eq!((answer.status, answer.streamed_text()), (200, text.clone()), "{primary}");
        let error = answer.events().into_iter().find(|event| event["error"].is_object());
        assert!(error.is_some(), "{primary}: {}", answer.text());
        assert_eq!(answer.header("x-privet-provider"), Some("first"), "{primary}");
        assert_eq!((first.record.seen().len(), second.record.seen().len()), (3, 0), "{primary}");
    }
    let (first, second, stack) = pair("anthropic", "openai").await;
    let policy = json!({ "schema": 1, "revision": "r2", "auth": { "required": false }, "routing": { "failover_on_429": true } });
    stack.set_policy(&policy.to_string());
    eventually("the policy is in force", || super::operation::is_in_force(&stack, "r2"));
    first.record.fail(Fault::Status(429));
    for (calls, stream) in [(1, false), (2, true)] {
        let body = if stream { streamed(echo(&text)) } else { echo(&text) };
        let answer = chat(stack.address, &body).await;
        let said = if stream { answer.streamed_text() } else { content(&answer.json()).to_owned() };
        assert_eq!((answer.status, said), (200, text.clone()));
        assert_eq!(answer.header("x-privet-fallback-reason"), Some("rate_limited"));
        assert_eq!(second.record.seen().len(), calls);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_translated_request_has_the_providers_name_of_the_model_and_its_default_of_tokens() {
    let provider = TestProvider::start().await;
    let gateway_yaml = format!(
        "server: {{ host: 127.0.0.1, port: 0, workers: 1 }}\nproviders:\n  \
         - {{ name: claude, kind: anthropic, base_url: \"{}\", api_key: made-up, max_tokens: 77, \
         model_map: {{ \"gpt-*\": echo }} }}\n\
         policy: {{ file: policy.json }}\nadmin: {{ port: 0 }}\nstate_dir: state\n",
        provider.root_url(),
    );
    let policy = json!({ "schema": 1, "revision": "r", "auth": { "required": false },
        "models": { "aliases": { "quick": "claude/echo" } } });
    let setup = Setup { gateway_yaml, ..Setup::one_provider("http://127.0.0.1:1") };
    let stack = Stack::start(&setup.policy(policy.to_string()));
    for model in ["gpt-4o", "claude/gpt-4o", "quick"] {
        let answer = chat(stack.address, &super::said(model, "hello")).await;
        assert_eq!((answer.status, content(&answer.json())), (200, "hello"), "{model}");
        let sent: Value = serde_json::from_slice(&provider.record.last().body).expect("JSON");
        assert_eq!((&sent["model"], &sent["max_tokens"]), (&json!("echo"), &json!(77)), "{model}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_cannot_be_told_is_refused_by_name_before_it_is_asked() {
    let (provider, stack) = stack_of("anthropic").await;
    let mut body = echo("hello");
    body["logit_bias"] = json!({ "50256": -100 });
    let answer = chat(stack.address, &body).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let error = answer.json()["error"].clone();
    assert_eq!((&error["code"], &error["param"]), (&json!("validation"), &json!("logit_bias")));
    assert!(provider.record.seen().is_empty());
    // What can be said nearly is named.
    let mut body = echo("hello");
    body["seed"] = json!(7);
    let answer = chat(stack.address, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("x-privet-approximated"), Some("seed"));
    assert_eq!(provider.record.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_fallback_cannot_be_told_is_said_when_the_primary_has_failed() {
    let (first, second, stack) = pair("openai", "anthropic").await;
    let mut body = echo("hello");
    body["logit_bias"] = json!({ "50256": -100 });
    assert_eq!(chat(stack.address, &body).await.status, 200);
    first.record.fail(Fault::Status(500));
    let answer = chat(stack.address, &body).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    let error = answer.json()["error"].clone();
    assert_eq!(error["code"], "provider_error");
    assert!(error["message"].as_str().is_some_and(|m| m.contains("`logit_bias`")), "{error}");
    assert_eq!((first.record.seen().len(), second.record.seen().len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_providers_error_comes_in_the_clients_words() {
    let (provider, stack) = stack_of("anthropic").await;
    provider.record.fail(Fault::Status(400));
    let answer = chat(stack.address, &echo("hello")).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.json()["error"]["message"].is_string(), "{}", answer.text());
    assert_eq!(answer.header("content-length"), Some(answer.text().len().to_string().as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn embeddings_are_asked_of_who_has_them_and_refused_elsewhere() {
    for kind in ["google", "cohere", "ollama", "anthropic"] {
        let (provider, stack) = stack_of(kind).await;
        let mail = values::of("EMAIL");
        let body = json!({ "model": "echo", "input": [format!("to {mail}")] }).to_string();
        let mut connection = Connection::open(stack.address).await;
        let answer = connection.send("POST", "/v1/embeddings", &[], body.as_bytes()).await;
        if kind == "anthropic" {
            assert_eq!(answer.status, 422, "{}", answer.text());
            assert!(provider.record.seen().is_empty());
        } else {
            assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
            assert!(answer.json()["data"][0]["embedding"].is_array(), "{kind}: {}", answer.text());
            assert!(provider.record.last().text().contains("EMAIL_1"), "{kind}");
        }
        assert_eq!(provider.record.leaks(), Vec::<String>::new(), "{kind}");
    }
}
