//! Policies of the response phase, the hint, the shadow, and what traces and headers tell, in a real Envoy.

use privet_core::hint::HINT;
use privet_tests::client::{Answer, Connection, chat};
use privet_tests::plane::Plane;
use privet_tests::provider::TestProvider;
use privet_tests::provider::ask::spell;
use privet_tests::stack::{Setup, Stack};
use serde_json::{Value, json};

use super::{content, said, stack_with, streamed};

/// A policy without keys, with these sections.
fn policy(sections: &str) -> String {
    format!(
        r#"{{"schema":1,"revision":"r","auth":{{"required":false}},"injection":{{"warn":1,"block":1}},{sections}}}"#
    )
}

const REDACT: &str = r#""policies":[{"id":"out","name":"Nothing new","phase":"response","condition":{"type":"pii_detected"},"action":"redact"},
    {"id":"heron","name":"Herons","phase":"response","condition":{"type":"content_pattern","pattern":"heron"},"action":"warn"}]"#;
const BLOCK: &str = r#""policies":[{"id":"out","name":"Nothing new","phase":"response","condition":{"type":"pii_detected"},"action":"block"}]"#;

/// A text of the request, and one that the model says besides it.
fn brings(cut: &str, text: &str, brought: &str) -> Value {
    said(&format!("echo-spelled{cut}"), &format!("{text} {} the end", spell(brought)))
}

fn refusal(answer: &Answer) -> (u16, String, String) {
    let error = &answer.json()["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("code"), text("message"))
}

fn forbidden() -> (u16, String, String) {
    let message = "the policy `Nothing new` forbids this answer".to_owned();
    (403, "policy_violation".to_owned(), message)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_model_brought_in_is_redacted_whole_and_streamed_however_it_is_cut() {
    let (_provider, stack) = stack_with(|setup| setup.policy(policy(REDACT))).await;
    let long = "one more word ".repeat(60);
    let text = format!("to ann@example.com {long}");
    let brought = format!("bob@example.com {long} heron, carl@example.org");
    let wanted = format!("{text} [REDACTED] {long} heron, [REDACTED] the end");
    let answer = chat(stack.address, &brings("", &text, &brought)).await;
    assert_eq!((answer.status, content(&answer.json())), (200, wanted.as_str()));
    assert_eq!(answer.header("x-privet-warn"), Some("Herons"));
    let length = answer.body.len().to_string();
    assert_eq!(answer.header("content-length"), Some(length.as_str()));
    for cut in ["", "-bytes", "-nasty", "-events"] {
        let answer = chat(stack.address, &streamed(brings(cut, &text, &brought))).await;
        assert!(answer.complete && answer.text().ends_with("data: [DONE]\n\n"), "{cut}");
        assert_eq!(answer.streamed_text(), wanted, "{cut}");
        // The headers were out before the word came.
        assert_eq!(answer.header("x-privet-warn"), None, "{cut}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_which_nothing_went_out_is_refused_and_one_that_began_ends_with_an_error() {
    let (provider, stack) = stack_with(|setup| setup.policy(policy(BLOCK))).await;
    let text = "to ann@example.com";
    let answer = chat(stack.address, &brings("", text, "bob@example.com")).await;
    assert_eq!(refusal(&answer), forbidden());
    assert!(answer.header("x-request-id").is_some());
    assert_eq!(provider.record.seen().len(), 1, "the provider was asked");
    let long = "one more word ".repeat(60);
    for cut in ["", "-bytes", "-nasty", "-events"] {
        let answer = chat(stack.address, &streamed(brings(cut, text, "bob@example.com"))).await;
        assert_eq!(refusal(&answer), forbidden(), "{cut}");
        assert_eq!(answer.header("content-type"), Some("application/json"), "{cut}");
        let answer =
            chat(stack.address, &streamed(brings(cut, &format!("{text} {long}"), "bob@example.com"))).await;
        assert_eq!(answer.status, 200, "{cut}");
        assert!(answer.complete, "{cut}");
        let got = answer.streamed_text();
        assert!(got.starts_with("to ann@example.com one more") && !got.contains("bob"), "{cut}: {got}");
        let events = answer.events();
        let error = &events.last().expect("events")["error"];
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!(forbidden().1), &json!(forbidden().2)),
            "{cut}"
        );
        assert!(!answer.text().contains("[DONE]"), "{cut}");
    }
    // What is the request's own passes.
    let answer = chat(stack.address, &streamed(brings("", text, "nothing new"))).await;
    assert_eq!((answer.status, answer.streamed_text()), (200, format!("{text} nothing new the end")));
    assert_eq!(answer.header("x-privet-masked"), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_gets_its_own_refusal_and_its_own_error_event() {
    let provider = TestProvider::start().await;
    let mut setup = Setup::provider_of("anthropic", &provider.root_url()).policy(policy(BLOCK));
    let root = provider.root_url();
    setup.gateway_yaml = setup.gateway_yaml.replace(
        "policy:",
        &format!("  - {{ name: ollama, base_url: \"{root}\" }}\n  - {{ name: google, base_url: \"{root}\", api_key: made-up }}\npolicy:"),
    );
    let stack = Stack::start(&setup);
    let send = |path: &'static str, body: Value| async move {
        let body = body.to_string();
        Connection::open(stack.address).await.send("POST", path, &[], body.as_bytes()).await
    };
    let long = "one more word ".repeat(60);
    let (short, late) = (spell("bob@example.com"), format!("{long} {}", spell("bob@example.com")));
    let message = forbidden().2;
    let ask = |text: &str| json!({ "model": "echo-spelled", "max_tokens": 9, "stream": true, "messages": [{ "role": "user", "content": text }] });
    let answer = send("/anthropic/v1/messages", ask(&short)).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["error"], json!({ "type": "permission_error", "message": message }));
    let answer = send("/anthropic/v1/messages", ask(&late)).await;
    let last = answer.events().pop().expect("an event");
    assert_eq!(
        (answer.status, &last["error"]),
        (200, &json!({ "type": "permission_error", "message": message }))
    );
    assert!(answer.text().contains("event: error\n") && !answer.text().contains("message_stop"));
    let answer = send("/ollama/api/chat", ask(&short)).await;
    assert_eq!((answer.status, answer.json()), (403, json!({ "error": message })));
    let answer = send("/ollama/api/chat", ask(&late)).await;
    let lines = answer.text();
    assert_eq!(answer.status, 200);
    let last: Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last, json!({ "error": message }));
    let gemini = |text: &str| json!({ "contents": [{ "role": "user", "parts": [{ "text": text }] }] });
    // Without `alt=sse` the stream is an array.
    let path = "/google/v1beta/models/echo-spelled:streamGenerateContent";
    let answer = send(path, gemini(&short)).await;
    let error = json!({ "code": 403, "message": message, "status": "PERMISSION_DENIED" });
    assert_eq!((answer.status, &answer.json()["error"]), (403, &error));
    let answer = send(path, gemini(&late)).await;
    let items = answer.json();
    assert_eq!(
        (answer.status, &items.as_array().expect("an array").last().expect("items")["error"]),
        (200, &error)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hint_stands_in_the_request_and_a_message_is_removed_from_it() {
    let sections = r#""masking":{"hint":true},"policies":[{"id":"d","phase":"request","action":"redact","redactionStrategy":"drop",
        "condition":{"type":"content_pattern","pattern":"heron"}}]"#;
    let (provider, stack) = stack_with(|setup| setup.policy(policy(sections))).await;
    let message = |role: &str, text: &str| json!({ "role": role, "content": text });
    let turns =
        [message("system", "Be brief."), message("user", "a heron"), message("user", "ann@example.com")];
    let answer = chat(stack.address, &json!({ "model": "echo", "messages": turns })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let seen: Value = serde_json::from_slice(&provider.record.last().body).expect("JSON");
    let system = format!("Be brief.\n\n{HINT}");
    assert_eq!(seen["messages"], json!([message("system", &system), message("user", "EMAIL_1")]));
    let answer = chat(stack.address, &said("echo", "a heron")).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (403, Some("policy_violation")));
    assert_eq!(provider.record.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_can_switch_off_the_headers_that_tell_what_the_gateway_did() {
    let own = [
        "x-privet-provider",
        "x-privet-masked",
        "x-privet-injection-score",
        "x-privet-warn",
        "server-timing",
    ];
    for (switch, there) in [("true", true), ("false", false)] {
        let sections = format!(
            r#""response_headers":{switch},"limits":{{"requests_per_minute":1000}},"policies":[
            {{"id":"p","phase":"request","condition":{{"type":"model_name","pattern":"*"}},"action":"warn"}}]"#
        );
        let (_provider, stack) = stack_with(|setup| setup.policy(policy(&sections))).await;
        for body in [said("echo", "How do roses grow?"), streamed(said("echo", "How do roses grow?"))] {
            let answer = chat(stack.address, &body).await;
            for name in own {
                assert_eq!(answer.header(name).is_some(), there, "{name}: {:?}", answer.headers);
            }
            // These belong to others: the request's id is Envoy's, the limits are the caller's.
            assert!(answer.header("x-request-id").is_some() && answer.header("x-ratelimit-limit").is_some());
            if there {
                let timing = answer.header("server-timing").expect("a header");
                assert!(timing.contains("mask;dur=") && timing.contains("provider;dur="), "{timing}");
            }
        }
    }
}

/// A stack that follows a control plane, and that plane.
async fn with_plane(sections: &str) -> (TestProvider, Plane, Stack) {
    let (provider, plane) = (TestProvider::start().await, Plane::start(policy(sections)).await);
    let mut setup = Setup::one_provider(&provider.base_url());
    setup.gateway_yaml = setup.gateway_yaml.replace("policy: { file: policy.json }\n", &plane.section());
    setup.policy = None;
    let stack = Stack::start(&setup);
    (provider, plane, stack)
}

/// The fields of the contract, each by its name.
const FIELDS: [&str; 28] = [
    "id",
    "ts",
    "request_id",
    "key_id",
    "tenant",
    "endpoint",
    "status",
    "http_status",
    "model_provider",
    "model_name",
    "input_tokens",
    "output_tokens",
    "tokens_estimated",
    "duration_ms",
    "ttft_ms",
    "masking_us",
    "rehydration_us",
    "request_bytes",
    "response_bytes",
    "streamed",
    "injection_score",
    "pii_detected",
    "policies_fired",
    "fallback_used",
    "fallback_reason",
    "attempts",
    "error_code",
    "policy_revision",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_has_every_field_of_the_contract_and_tells_what_fired_in_the_answer() {
    let sections = &format!(
        r#"{BLOCK},"shadow":{{"revision":"next","masking":{{"entities":{{"EMAIL":"block"}}}},"policies":[
        {{"id":"w","phase":"request","condition":{{"type":"pii_detected"}},"action":"warn"}},
        {{"id":"r","phase":"response","condition":{{"type":"pii_detected"}},"action":"redact"}}]}}"#
    );
    let (_provider, plane, stack) = with_plane(sections).await;
    let text = "to ann@example.com, how do roses grow?";
    let long = "one more word ".repeat(60);
    let answer = chat(stack.address, &streamed(brings("", text, "nothing new"))).await;
    assert_eq!((answer.status, answer.streamed_text()), (200, format!("{text} nothing new the end")));
    let trace = plane.trace(1).await;
    let fields = trace.as_object().expect("an object");
    for name in FIELDS {
        assert!(fields.contains_key(name), "{name} is missing: {trace}");
    }
    assert_eq!((&trace["status"], &trace["http_status"]), (&json!("success"), &json!(200)));
    assert_eq!((&trace["endpoint"], &trace["streamed"]), (&json!("/v1/chat/completions"), &json!(true)));
    assert_eq!((&trace["model_provider"], &trace["model_name"]), (&json!("openai"), &json!("echo-spelled")));
    assert_eq!(trace["pii_detected"], json!({ "EMAIL": 1 }));
    assert_eq!((&trace["policies_fired"], &trace["error_code"]), (&json!([]), &json!("")));
    assert_eq!(trace["policy_revision"], json!("r"));
    assert_eq!(trace["request_id"].as_str(), answer.header("x-request-id"));
    let number =
        |trace: &Value, name: &str| trace[name].as_u64().unwrap_or_else(|| panic!("{name}: {trace}"));
    for name in [
        "ts",
        "input_tokens",
        "output_tokens",
        "masking_us",
        "rehydration_us",
        "request_bytes",
        "response_bytes",
    ] {
        assert!(number(&trace, name) > 0, "{name}: {trace}");
    }
    assert!(number(&trace, "ttft_ms") <= number(&trace, "duration_ms"), "{trace}");
    assert!(trace["injection_score"].is_number() && trace["tokens_estimated"].is_boolean(), "{trace}");
    // The shadow would have refused it; it changed nothing.
    let shadow = json!({ "revision": "next", "would_mask": {}, "would_redact": {},
        "would_block": { "masking.entities.EMAIL": 1 }, "would_warn": { "w": 1 } });
    assert_eq!(trace["shadow"], shadow);

    // Refused before anything went out: whole, streamed, and in the stream.
    let bodies = [
        (brings("", text, "bob@example.com"), 403),
        (streamed(brings("", text, "bob@example.com")), 403),
        (streamed(brings("", &format!("{text} {long}"), "bob@example.com")), 200),
    ];
    for (n, (body, status)) in bodies.into_iter().enumerate() {
        assert_eq!(chat(stack.address, &body).await.status, status);
        let trace = plane.trace(n + 2).await;
        assert_eq!((&trace["status"], &trace["http_status"]), (&json!("blocked"), &json!(status)), "{trace}");
        assert_eq!(
            (&trace["policies_fired"], &trace["error_code"]),
            (&json!(["out"]), &json!("policy_violation"))
        );
        assert_eq!(trace["shadow"]["would_redact"], json!({ "r": 1 }), "{trace}");
        assert!(number(&trace, "output_tokens") > 0, "what was used is told: {trace}");
    }
    let written: String = plane.traces().iter().map(Value::to_string).collect();
    assert!(!written.contains("example.com"));
    let stats =
        super::operation::unix_get(&stack.folder().join("state/run/admin.sock"), "/stats?filter=privet_")
            .await;
    for name in [
        "answers_blocked: 3",
        "shadow_would_block: 4",
        "shadow_would_warn: 4",
        "shadow_would_redact: 3",
        "shadow_would_mask: 0",
    ] {
        let (name, value) = name.split_once(": ").expect("a name");
        let found = stats.lines().find(|l| l.contains(&format!("privet_{name}: ")));
        let found = found.and_then(|l| l.rsplit(' ').next()).unwrap_or("0");
        assert_eq!(found, value, "{name}: {stats}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_whether_the_control_plane_is_in_reach() {
    let (_provider, plane, stack) = with_plane(r#""masking":{}"#).await;
    let health = || async { Connection::open(stack.address).await.send("GET", "/health", &[], b"").await };
    let answer = health().await;
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["status"], &body["cloudSync"]),
        (200, &json!("ok"), &json!(true)),
        "{body}"
    );
    assert!(body["uptime"].is_u64() && body["message"].is_null(), "{body}");
    assert_eq!(body["provider"], json!("openai"));
    drop(plane);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        let answer = health().await;
        let body = answer.json();
        assert_eq!((answer.status, &body["status"]), (200, &json!("ok")), "it goes on without");
        if body["cloudSync"] == json!(false) {
            let message = body["message"].as_str().unwrap_or_default();
            assert!(message.contains("control plane"), "{body}");
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{body}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
