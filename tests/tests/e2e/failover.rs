//! Failover: what the primary cannot answer the fallback is asked once, with the same masked text, in its own path, host,
//! key and headers; whatever else fails is the client's to see.

use std::time::Duration;

use privet_tests::client::{Answer, Connection, chat, request};
use privet_tests::provider::{Fault, Seen, TestProvider};
use privet_tests::stack::{Setup, Stack, open_policy};
use privet_tests::values;
use serde_json::{Value, json};

use super::{content, echo, eventually, every_value, streamed};

/// Time of an attempt, in milliseconds; a slow provider takes twice as long.
const TIMEOUT: u64 = 1500;

/// A primary, its fallback, and a third provider that is asked by name alone.
struct Trio {
    primary: TestProvider,
    fallback: TestProvider,
    third: TestProvider,
    stack: Stack,
}

/// `more` stands in the fallback's configuration.
async fn trio_of(kinds: [&str; 2], more: &str, policy: &str) -> Trio {
    trio_with(kinds, more, |setup| setup.policy(policy)).await
}

async fn trio_with(kinds: [&str; 2], more: &str, change: impl FnOnce(Setup) -> Setup) -> Trio {
    let (primary, fallback) = (TestProvider::start().await, TestProvider::start().await);
    let third = TestProvider::start().await;
    for value in values::all() {
        for provider in [&primary, &fallback, &third] {
            provider.record.forbid(&value.text);
        }
    }
    primary.record.forbid("key-of-b");
    fallback.record.forbid("key-of-a");
    for provider in [&primary, &fallback] {
        provider.record.forbid("key-of-c");
    }
    let gateway_yaml = format!(
        "gateway:\n  port: 0\n  host: 127.0.0.1\n  workers: 1\n  providers:\n    \
         first: {{ kind: {}, apiKey: key-of-a, baseUrl: \"{}\", isPrimary: true, timeoutMs: {TIMEOUT} }}\n    \
         second: {{ kind: {}, apiKey: key-of-b, baseUrl: \"{}/below\", isFallback: true {more} }}\n    \
         third: {{ kind: {}, apiKey: key-of-c, baseUrl: \"{}\" }}\n\
         policy: {{ file: policy.json }}\nadmin: {{ port: 0 }}\nstate_dir: state\n",
        kinds[0],
        primary.root_url(),
        kinds[1],
        fallback.root_url(),
        kinds[0],
        third.root_url(),
    );
    let setup = change(Setup { gateway_yaml, ..Setup::one_provider("http://127.0.0.1:1") });
    let stack = Stack::start(&setup);
    Trio { primary, fallback, third, stack }
}

async fn trio() -> Trio {
    trio_of(["openai", "mistral"], "", &open_policy("r1")).await
}

impl Trio {
    /// How often each provider was asked.
    fn calls(&self) -> [usize; 3] {
        [&self.primary, &self.fallback, &self.third].map(|p| p.record.seen().len())
    }

    fn assert_no_leaks(&self) {
        for provider in [&self.primary, &self.fallback, &self.third] {
            assert_eq!(provider.record.leaks(), Vec::<String>::new());
        }
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.header(name).unwrap_or_default()
}

/// The text of an answer, whole or streamed.
fn text_of(answer: &Answer) -> String {
    if header(answer, "content-type").starts_with("text/event-stream") {
        answer.streamed_text()
    } else {
        content(&answer.json()).to_owned()
    }
}

/// No header that belongs to the gateway, Envoy or the client's credentials.
fn assert_clean(seen: &Seen) {
    for (name, _) in &seen.headers {
        let internal = ["x-envoy-", "x-privet-", "x-rivano-"].iter().any(|prefix| name.starts_with(prefix));
        assert!(!internal, "{name}");
    }
}

/// The second attempt of a chat: the fallback's path, host, key and the same body as the first.
fn assert_taken_over(trio: &Trio, answer: &Answer, text: &str, reason: &str, case: &str) {
    assert_eq!(answer.status, 200, "{case}: {}", answer.text());
    assert_eq!(text_of(answer), text, "{case}");
    assert_eq!(header(answer, "x-privet-provider"), "second", "{case}");
    assert_eq!(header(answer, "x-privet-fallback"), "true", "{case}");
    assert_eq!(header(answer, "x-privet-fallback-reason"), reason, "{case}");
    let seen = trio.fallback.record.last();
    assert_eq!(seen.path, "/below/v1/chat/completions", "{case}");
    assert_eq!(seen.header("host"), Some(trio.fallback.address.to_string().as_str()), "{case}");
    assert_eq!(seen.header("authorization"), Some("Bearer key-of-b"), "{case}");
    assert_eq!(seen.header("content-length"), Some(seen.body.len().to_string().as_str()), "{case}");
    assert_clean(&seen);
    if let Some(first) = trio.primary.record.seen().last() {
        assert_eq!(first.text(), seen.text(), "{case}: one map of placeholders for both");
        assert_eq!(first.path, "/v1/chat/completions", "{case}");
        assert_eq!(first.header("authorization"), Some("Bearer key-of-a"), "{case}");
        assert_clean(first);
    }
    trio.assert_no_leaks();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_of_the_primary_is_taken_over_once() {
    let trio = trio().await;
    let text = every_value();
    let whole = [
        (Fault::Status(500), "provider_5xx"),
        (Fault::Status(503), "provider_5xx"),
        (Fault::Status(529), "provider_5xx"),
        (Fault::Reset, "connect"),
        (Fault::Slow(2 * TIMEOUT), "timeout"),
    ];
    let in_streams = [(Fault::StreamError, "stream_error"), (Fault::EmptyReset, "stream_error")];
    let cases = whole.iter().map(|c| (c, false)).chain(whole.iter().chain(&in_streams).map(|c| (c, true)));
    for ((fault, reason), stream) in cases {
        let case = format!("{fault:?}, streamed: {stream}");
        trio.primary.record.fail(*fault);
        let before = trio.calls();
        let body = if stream { streamed(echo(&text)) } else { echo(&text) };
        let answer = chat(trio.stack.address, &body).await;
        assert_taken_over(&trio, &answer, &text, reason, &case);
        assert_eq!(trio.calls(), [before[0] + 1, before[1] + 1, 0], "{case}");
    }
    trio.primary.record.fail(Fault::None);
    let before = trio.calls();
    let answer = chat(trio.stack.address, &echo(&text)).await;
    assert_eq!(header(&answer, "x-privet-provider"), "first");
    assert_eq!(answer.header("x-privet-fallback"), Some("false"));
    assert_eq!(answer.header("x-privet-fallback-reason"), None);
    assert_eq!(trio.calls(), [before[0] + 1, before[1], 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_cannot_be_reached_is_taken_over() {
    let mut trio = trio().await;
    // Nobody listens where it was.
    trio.primary = TestProvider::start().await;
    let text = every_value();
    for body in [echo(&text), streamed(echo(&text))] {
        let before = trio.calls();
        let answer = chat(trio.stack.address, &body).await;
        assert_taken_over(&trio, &answer, &text, "connect", "nobody listens");
        assert_eq!(trio.calls(), [0, before[1] + 1, 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_after_the_first_content_stays_what_it_is() {
    let trio = trio().await;
    let text = every_value();
    trio.primary.record.fail(Fault::LateError);
    let answer = chat(trio.stack.address, &streamed(echo(&text))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.streamed_text(), text);
    assert!(answer.text().contains("no more of this"), "{}", answer.text());
    assert_eq!(header(&answer, "x-privet-provider"), "first");
    assert_eq!(answer.header("x-privet-fallback"), Some("false"));
    assert_eq!(trio.calls(), [1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_a_third_time() {
    let trio = trio().await;
    for (fault, status) in [(Fault::Status(500), 500), (Fault::Reset, 502), (Fault::StreamError, 200)] {
        trio.primary.record.fail(fault);
        trio.fallback.record.fail(fault);
        let before = trio.calls();
        let answer = chat(trio.stack.address, &streamed(echo("to ann@example.com"))).await;
        assert_eq!(answer.status, status, "{fault:?}: {}", answer.text());
        assert_eq!(header(&answer, "x-privet-provider"), "second", "{fault:?}");
        assert_eq!(trio.calls(), [before[0] + 1, before[1] + 1, 0], "{fault:?}");
        if fault != Fault::Reset {
            assert!(answer.text().contains("ann@example.com"), "{fault:?}: {}", answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_primary_is_taken_over() {
    let trio = trio().await;
    trio.fallback.record.fail(Fault::Status(500));
    trio.third.record.fail(Fault::Status(500));
    for (name, calls) in [("second", [0, 1, 0]), ("third", [0, 1, 1])] {
        let mut connection = Connection::open(trio.stack.address).await;
        let body = echo("hello").to_string();
        let headers = [("x-rivano-provider", name)];
        let answer = connection.send("POST", "/v1/chat/completions", &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 500);
        assert_eq!(header(&answer, "x-privet-provider"), name);
        assert_eq!(answer.header("x-privet-fallback"), Some("false"));
        assert_eq!(trio.calls(), calls, "{name}");
    }
    // By its name the primary is the primary all the same.
    trio.fallback.record.fail(Fault::None);
    trio.primary.record.fail(Fault::Status(500));
    let body = echo("hello").to_string();
    let mut connection = Connection::open(trio.stack.address).await;
    let answer = connection.send("POST", "/first/v1/chat/completions", &[], body.as_bytes()).await;
    assert_eq!((answer.status, header(&answer, "x-privet-provider")), (200, "second"));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_statuses_fail_over_only_where_the_policy_says_so() {
    let trio = trio().await;
    for status in [400, 401, 404, 409, 429] {
        trio.primary.record.fail(Fault::Status(status));
        for body in [echo("hello"), streamed(echo("hello"))] {
            assert_eq!(chat(trio.stack.address, &body).await.status, status);
        }
    }
    assert_eq!(trio.calls(), [10, 0, 0]);
    let policy = json!({ "schema": 1, "revision": "r2", "auth": { "required": false }, "routing": { "failover_on_429": true } });
    trio.stack.set_policy(&policy.to_string());
    eventually("the policy is in force", || super::operation::is_in_force(&trio.stack, "r2"));
    trio.primary.record.fail(Fault::Status(429));
    for body in [echo("hello"), streamed(echo("hello"))] {
        let answer = chat(trio.stack.address, &body).await;
        assert_taken_over(&trio, &answer, "hello", "rate_limited", "429");
    }
    trio.primary.record.fail(Fault::Status(409));
    assert_eq!(chat(trio.stack.address, &echo("hello")).await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_is_not_asked_for_at_the_fallback() {
    let trio = trio().await;
    trio.primary.record.fail(Fault::Slow(2 * TIMEOUT));
    let mut connection = Connection::open(trio.stack.address).await;
    let body = echo("hello").to_string();
    connection.write(&request("POST", "/v1/chat/completions", &[], body.as_bytes())).await;
    eventually("the primary is asked", || trio.calls()[0] == 1);
    drop(connection);
    // Longer than the attempt has time: now or never the fallback would be asked.
    tokio::time::sleep(Duration::from_millis(TIMEOUT + 500)).await;
    assert_eq!(trio.calls(), [1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_taken_over_as_well() {
    let policy = json!({ "schema": 1, "revision": "r1", "auth": { "required": false }, "body_limit_bytes": 8_388_608 });
    let trio = trio_of(["openai", "mistral"], "", &policy.to_string()).await;
    trio.primary.record.fail(Fault::Status(500));
    for size in [256 * 1024, 6 * 1024 * 1024] {
        let text = "ann@example.com says hello. ".repeat(size / 28);
        let answer = chat(trio.stack.address, &echo(&text)).await;
        assert_taken_over(&trio, &answer, &text, "provider_5xx", "a large body");
    }
    assert_eq!(trio.calls(), [2, 2, 0]);
}

/// A host header of the client's own says nothing about attempts.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_choose_the_attempt() {
    let trio = trio().await;
    let body = echo("hello").to_string();
    let hosts =
        [trio.primary.address.to_string(), trio.fallback.address.to_string(), "first~attempt".to_owned()];
    for host in hosts {
        let bytes = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
             x-envoy-attempt-count: 1\r\nx-privet-route: second\r\nx-envoy-retriable-status-codes: 401\r\n\
             x-envoy-retry-on: 4xx\r\nx-envoy-max-retries: 5\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut connection = Connection::open(trio.stack.address).await;
        connection.write(bytes.as_bytes()).await;
        let answer = connection.read().await;
        assert_eq!((answer.status, header(&answer, "x-privet-provider")), (200, "first"), "{host}");
    }
    trio.primary.record.fail(Fault::Status(401));
    assert_eq!(chat(trio.stack.address, &echo("hello")).await.status, 401);
    assert_eq!(trio.calls(), [4, 0, 0]);
}

fn message(text: &str, stream: bool) -> Value {
    json!({ "model": "echo", "max_tokens": 100, "stream": stream, "messages": [{ "role": "user", "content": text }] })
}

/// Two providers of one kind, in a format that has its own error and its own first events.
#[tokio::test(flavor = "multi_thread")]
async fn anthropic_takes_over_from_anthropic() {
    let trio = trio_of(["anthropic", "anthropic"], "", &open_policy("r1")).await;
    let text = every_value();
    let faults = [(Fault::Status(529), "provider_5xx"), (Fault::StreamError, "stream_error")];
    for ((fault, reason), stream) in faults.into_iter().zip([false, true]) {
        trio.primary.record.fail(fault);
        let body = message(&text, stream).to_string();
        let mut connection = Connection::open(trio.stack.address).await;
        let headers = [("anthropic-beta", "made-up-beta"), ("x-api-key", "of-the-client")];
        let answer = connection.send("POST", "/v1/messages", &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(header(&answer, "x-privet-fallback-reason"), reason);
        let said: String = if stream {
            let events = answer.events();
            assert_eq!(events.first().map(|e| e["type"].clone()), Some(json!("message_start")));
            events.iter().filter_map(|e| e["delta"]["text"].as_str()).collect()
        } else {
            answer.json()["content"][0]["text"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(said, text);
        for (provider, key, path) in
            [(&trio.primary, "key-of-a", "/v1/messages"), (&trio.fallback, "key-of-b", "/below/v1/messages")]
        {
            let seen = provider.record.last();
            assert_eq!((seen.header("x-api-key"), seen.path.as_str()), (Some(key), path));
            assert_eq!(seen.header("anthropic-version"), Some("2023-06-01"));
            assert_eq!(seen.header("anthropic-beta"), Some("made-up-beta"));
            assert_clean(&seen);
        }
    }
    trio.assert_no_leaks();
}

/// Where the fallback does not speak what the client does, the primary's failure stays what it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_fallback_that_cannot_take_the_request_is_not_asked() {
    let trio = trio_of(["anthropic", "openai"], ", models: [\"gpt-*\"]", &open_policy("r1")).await;
    trio.primary.record.fail(Fault::Status(500));
    let body = message("hello", false).to_string();
    let mut connection = Connection::open(trio.stack.address).await;
    let answer = connection.send("POST", "/v1/messages", &[], body.as_bytes()).await;
    assert_eq!((answer.status, header(&answer, "x-privet-provider")), (500, "first"));
    assert_eq!(trio.calls(), [1, 0, 0]);
}

/// The map of the provider that is asked, in the body or in the path, and no other byte.
#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_calls_the_model_as_its_provider_does() {
    let policy = json!({ "schema": 1, "revision": "r1", "auth": { "required": false }, "body_limit_bytes": 8_388_608 });
    let map = ", modelMap: { echo: echo-cited, \"echo-*\": other }";
    let trio = trio_of(["openai", "mistral"], map, &policy.to_string()).await;
    trio.primary.record.fail(Fault::Status(500));
    for size in [1, 6 * 1024 * 1024 / 28] {
        let text = "ann@example.com says hello. ".repeat(size);
        let body = format!(
            "{{\r\n \"temperature\": 1.0e0, \"metadata\": {{\"model\":\"echo\"}}, \"model\" : \"echo\",\n{}",
            &echo(&text).to_string().replace("\"model\":\"echo\"", "\"n\":1")[1..]
        );
        let answer = privet_tests::client::post(trio.stack.address, body.as_bytes()).await;
        assert_eq!((answer.status, text_of(&answer)), (200, text), "{size}");
        let (first, second) = (trio.primary.record.last(), trio.fallback.record.last());
        assert!(first.text().contains("EMAIL_1"));
        assert_eq!(second.text(), first.text().replace("\"model\" : \"echo\"", "\"model\" : \"echo-cited\""));
        assert_eq!(second.header("content-length"), Some(second.body.len().to_string().as_str()));
    }
    // Asked by its name, the fallback calls it so, too.
    let mut connection = Connection::open(trio.stack.address).await;
    for (asked, wanted) in [("echo", "echo-cited"), ("echo-nasty", "other"), ("slow", "slow")] {
        let body = super::said(asked, "hello").to_string();
        let answer = connection.send("POST", "/second/v1/chat/completions", &[], body.as_bytes()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(trio.fallback.record.last().text(), body.replace(asked, wanted));
    }
    trio.assert_no_leaks();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_in_the_path_is_called_as_the_provider_does() {
    for (kind, path, wanted, body) in [
        (
            "google",
            "/v1beta/models/echo:streamGenerateContent?alt=sse",
            "/v1beta/models/a%3Aecho:streamGenerateContent?alt=sse",
            json!({ "contents": [{ "role": "user", "parts": [{ "text": "to ann@example.com" }] }] }),
        ),
        (
            "bedrock",
            "/model/echo/converse",
            "/model/a%3Aecho/converse",
            json!({ "messages": [{ "role": "user", "content": [{ "text": "to ann@example.com" }] }] }),
        ),
    ] {
        let trio = trio_of([kind, kind], ", modelMap: { \"*\": \"a:echo\" }", &open_policy("r1")).await;
        trio.primary.record.fail(Fault::Status(503));
        let mut connection = Connection::open(trio.stack.address).await;
        let answer = connection.send("POST", path, &[], body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let (first, second) = (trio.primary.record.last(), trio.fallback.record.last());
        assert_eq!((first.path.as_str(), &second.path), (path, &format!("/below{wanted}")));
        assert_eq!(first.body, second.body);
        assert!(second.text().contains("EMAIL_1"));
        trio.assert_no_leaks();
    }
}

/// Azure's API of a date has the deployment in the path; a single provider with a map needs no fallback to have it.
#[tokio::test(flavor = "multi_thread")]
async fn azure_s_deployment_is_chosen_by_the_model() {
    let provider = TestProvider::start().await;
    let mut setup = Setup::one_provider("http://127.0.0.1:1");
    setup.gateway_yaml = format!(
        "server: {{ host: 127.0.0.1, port: 0, workers: 1 }}\nproviders:\n  - {{ name: azure, base_url: \"{}\", \
         api_key: k, auth: api-key, api_version: 2024-10-21, model_map: {{ gpt-4o: echo-cited, \"*\": echo }} }}\n\
         policy: {{ file: policy.json }}\nstate_dir: state\n",
        provider.root_url(),
    );
    let stack = Stack::start(&setup);
    for (model, deployment) in [("gpt-4o", "echo-cited"), ("anything", "echo")] {
        let answer = chat(stack.address, &super::said(model, "to ann@example.com")).await;
        assert_eq!((answer.status, content(&answer.json())), (200, "to ann@example.com"));
        let seen = provider.record.last();
        assert_eq!(
            seen.path,
            format!("/openai/deployments/{deployment}/chat/completions?api-version=2024-10-21")
        );
        assert_eq!(seen.header("api-key"), Some("k"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_envoys_own_takes_the_clients_shape() {
    for (kind, path, body, code) in [
        ("anthropic", "/v1/messages", message("hello", true), "/error/type"),
        (
            "google",
            "/v1beta/models/echo:generateContent",
            json!({ "contents": [{ "parts": [{ "text": "hello" }] }] }),
            "/error/status",
        ),
        ("openai", "/v1/chat/completions", echo("hello"), "/error/code"),
    ] {
        let provider = TestProvider::start().await;
        let mut setup = Setup::provider_of(kind, &provider.root_url());
        setup.gateway_yaml = setup.gateway_yaml.replace("api_key:", "timeout_ms: 400, api_key:");
        let stack = Stack::start(&setup);
        for (fault, status, names) in [
            (Fault::Reset, 502, ["api_error", "UNAVAILABLE", "provider_error"]),
            (Fault::Slow(5000), 504, ["timeout_error", "DEADLINE_EXCEEDED", "provider_timeout"]),
        ] {
            provider.record.fail(fault);
            let mut connection = Connection::open(stack.address).await;
            let answer = connection.send("POST", path, &[], body.to_string().as_bytes()).await;
            assert_eq!(answer.status, status, "{kind}: {}", answer.text());
            let json = answer.json();
            let said = json.pointer(code).and_then(Value::as_str).unwrap_or_default();
            assert!(names.contains(&said), "{kind}: {json}");
            assert_eq!(header(&answer, "content-type"), "application/json");
            assert_eq!(header(&answer, "x-privet-provider"), kind);
        }
        // What the provider itself says of 502 and 504 stays what it said.
        for status in [502, 504] {
            provider.record.fail(Fault::Status(status));
            let mut connection = Connection::open(stack.address).await;
            let answer = connection.send("POST", path, &[], body.to_string().as_bytes()).await;
            assert_eq!(answer.status, status);
            assert!(answer.text().contains("out of order: hello"), "{}", answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_say_who_answered_and_why_the_fallback_was_asked() {
    let trio = trio().await;
    for fault in [Fault::None, Fault::Status(500), Fault::Reset, Fault::Status(502)] {
        trio.primary.record.fail(fault);
        assert_eq!(chat(trio.stack.address, &echo("hello")).await.status, 200);
    }
    let wanted = json!({ "provider_5xx": 2, "connect": 1 });
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let traces = super::policies::traces(&trio.stack).await;
        if traces["fallback_reasons"] == wanted {
            let of = |name: &str| traces["providers"][name]["fallbacks"].clone();
            assert_eq!((of("first"), of("second")), (json!(0), json!(3)), "{traces}");
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{traces}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// After a trap both roles are made anew, and must find each other again.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_trap_the_fallback_is_asked_as_before() {
    let trio = trio_with(["openai", "mistral"], "", |setup| Setup { trap: true, ..setup }).await;
    trio.primary.record.fail(Fault::Status(500));
    let text = every_value();
    for round in 0..3 {
        let mut connection = Connection::open(trio.stack.address).await;
        let body = echo(&text).to_string();
        let trap = [("x-privet-test-trap", "headers")];
        let trapped = connection.send("POST", "/v1/chat/completions", &trap, body.as_bytes()).await;
        assert_eq!(trapped.status, 503, "round {round}: {}", trapped.text());
        let answer = super::operation::until_status(&trio.stack, &echo(&text), 200).await;
        assert_taken_over(&trio, &answer, &text, "provider_5xx", "after a trap");
    }
}

/// Over HTTP/2 a body can end with trailers, so that no callback has its end: the model is changed all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_ended_by_http2_trailers_is_taken_over_with_its_model_changed() {
    let trio = trio_of(["openai", "mistral"], ", modelMap: { echo: echo-cited }", &open_policy("r1")).await;
    trio.primary.record.fail(Fault::Reset);
    let tcp = tokio::net::TcpStream::connect(trio.stack.address).await.expect("connect");
    let (mut client, connection) = h2::client::handshake(tcp).await.expect("handshake");
    tokio::spawn(connection);
    let head = http::Request::post("http://gateway/v1/chat/completions")
        .header("content-type", "application/json")
        .body(())
        .expect("request");
    let (answer, mut body) = client.send_request(head, false).expect("send");
    let json = echo("to ann@example.com").to_string();
    let (first, second) = json.split_at(json.len() / 2);
    body.send_data(bytes::Bytes::copy_from_slice(first.as_bytes()), false).expect("data");
    body.send_data(bytes::Bytes::copy_from_slice(second.as_bytes()), false).expect("data");
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-note", http::HeaderValue::from_static("ann@example.com"));
    body.send_trailers(trailers).expect("trailers");
    let answer = answer.await.expect("answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers().get("x-privet-provider").map(|v| v.as_bytes()), Some(&b"second"[..]));
    let (first, second) = (trio.primary.record.last(), trio.fallback.record.last());
    assert_eq!(second.text(), first.text().replace("\"echo\"", "\"echo-cited\""));
    assert!(second.text().contains("EMAIL_1") && !second.text().contains('@'));
}
