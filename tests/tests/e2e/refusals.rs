//! What the gateway refuses, in OpenAI's error shape, before any provider is called.

use std::collections::HashMap;

use privet_tests::client::{Answer, Connection, post, request};
use serde_json::json;

use super::{content, echo, stack, stack_with};

fn assert_refused(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    let error = &answer.json()["error"];
    assert_eq!(error["code"], json!(code), "{what}: {}", answer.text());
    assert!(error["message"].is_string() && error["type"].is_string(), "{what}: {}", answer.text());
    assert!(error.get("param").is_some(), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_not_understood_are_refused_without_a_provider_call() {
    let (provider, stack) = stack().await;
    let message =
        |content: &str| format!(r#"{{"model":"echo","messages":[{{"role":"user","content":{content}}}]}}"#);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let mut broken = message("\"ODD\"").into_bytes();
    let at = broken.windows(3).position(|w| w == b"ODD").expect("the text");
    broken.splice(at..at + 3, [0xC3, 0x28, 0x41]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("not JSON", b"hello".to_vec()),
        ("cut short", message("\"x\"").as_bytes()[..40].to_vec()),
        ("two values", format!("{} {{}}", message("\"x\"")).into_bytes()),
        ("a list", b"[]".to_vec()),
        ("no messages", br#"{"model":"echo"}"#.to_vec()),
        ("no model", br#"{"messages":[]}"#.to_vec()),
        ("messages of the wrong type", br#"{"model":"echo","messages":"hi"}"#.to_vec()),
        ("content of the wrong type", message("42").into_bytes()),
        ("stream of the wrong type", br#"{"model":"echo","messages":[],"stream":"yes"}"#.to_vec()),
        ("a message without role", br#"{"model":"echo","messages":[{"content":"x"}]}"#.to_vec()),
        ("broken UTF-8", broken),
        ("an unpaired surrogate", message(r#""\ud83d x""#).into_bytes()),
        ("deep nesting", message(&deep).into_bytes()),
        ("a key twice", br#"{"model":"echo","messages":[],"model":"other"}"#.to_vec()),
        ("a key twice, once escaped", br#"{"model":"echo","messages":[],"mod\u0065l":"other"}"#.to_vec()),
        ("quotes without end", [&br#"{"model":"#[..], &b"\"".repeat(200_000)].concat()),
    ];
    for (what, body) in cases {
        assert_refused(&post(stack.address, &body).await, 400, "validation", what);
    }
    assert!(provider.record.seen().is_empty());
    let named = post(stack.address, message("42").as_bytes()).await;
    assert_eq!(named.json()["error"]["param"], json!("messages[0].content"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_full_of_quotes_passes_as_it_is() {
    let (provider, stack) = stack().await;
    let text = "\"".repeat(100_000);
    let answer = post(stack.address, echo(&text).to_string().as_bytes()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(content(&answer.json()), text);
    assert_eq!(provider.record.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_or_foreign_body_is_refused() {
    let (provider, stack) = stack().await;
    let body = echo("hello").to_string();
    for header in [
        ("content-encoding", "gzip"),
        ("content-encoding", "br, identity"),
        ("content-type", "multipart/form-data; boundary=x"),
        ("content-type", "text/plain"),
        ("content-type", "application/json; charset=utf-16"),
    ] {
        let mut connection = Connection::open(stack.address).await;
        let answer = connection.send("POST", "/v1/chat/completions", &[header], body.as_bytes()).await;
        assert_refused(&answer, 415, "unsupported_content", &format!("{header:?}"));
    }
    assert!(provider.record.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_cap_is_refused_by_its_length_and_by_count() {
    let policy = r#"{"schema":1,"revision":"small","auth":{"required":false},"body_limit_bytes":20000}"#;
    let (provider, stack) = stack_with(|s| s.policy(policy)).await;
    let body = echo(&"x".repeat(20_000)).to_string();
    // By length: the answer comes although the body never does.
    let announced = request("POST", "/v1/chat/completions", &[], body.as_bytes());
    let head_len = announced.len() - body.len();
    let mut connection = Connection::open(stack.address).await;
    connection.write(&announced[..head_len]).await;
    assert_refused(&connection.read().await, 413, "payload_too_large", "by length");
    // By count: chunks say nothing of their sum.
    let mut chunked = b"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.as_bytes().chunks(4096) {
        chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    let mut connection = Connection::open(stack.address).await;
    connection.write(&chunked).await;
    assert_refused(&connection.read().await, 413, "payload_too_large", "by count");
    assert!(provider.record.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_cap_takes_256_kib_and_no_more() {
    let (provider, stack) = stack().await;
    let frame = echo("").to_string().len();
    let exactly = echo(&"x".repeat(256 * 1024 - frame)).to_string();
    assert_eq!(post(stack.address, exactly.as_bytes()).await.status, 200);
    let above = echo(&"x".repeat(256 * 1024 - frame + 1)).to_string();
    assert_refused(&post(stack.address, above.as_bytes()).await, 413, "payload_too_large", "above");
    assert_eq!(provider.record.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_that_cannot_be_looked_into_are_refused() {
    let (provider, stack) = stack().await;
    let body = echo("hello").to_string();
    for (method, path, status, code) in [
        ("POST", "/v1/files", 404, "not_found"),
        ("POST", "/v1/chat/completions/../files", 404, "not_found"),
        ("POST", "/", 404, "not_found"),
        ("GET", "/v1/files", 404, "not_found"),
        ("PUT", "/v1/chat/completions", 405, "method_not_allowed"),
        ("POST", "/nobody/v1/chat/completions", 400, "unknown_provider"),
    ] {
        let mut connection = Connection::open(stack.address).await;
        let answer = connection.send(method, path, &[], body.as_bytes()).await;
        assert_refused(&answer, status, code, path);
    }
    let mut connection = Connection::open(stack.address).await;
    let headers = [("x-rivano-provider", "nobody")];
    let answer = connection.send("POST", "/v1/chat/completions", &headers, body.as_bytes()).await;
    assert_refused(&answer, 400, "unknown_provider", "by header");
    assert!(provider.record.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_needs_a_key_that_the_policy_knows() {
    // SHA-256 of the texts "good key", "old key" and "stolen key".
    let digests: HashMap<&str, String> =
        ["good key", "old key", "stolen key"].into_iter().map(|k| (k, sha256_hex(k))).collect();
    let policy = json!({ "schema": 1, "revision": "keys", "keys": [
        { "id": "good", "sha256": digests["good key"], "tenant": "t", "expires_at": "2999-01-01T00:00:00Z" },
        { "id": "old", "sha256": digests["old key"], "expires_at": 1_600_000_000 },
        { "id": "stolen", "sha256": digests["stolen key"], "revoked": true },
    ] });
    let (provider, stack) = stack_with(|s| s.policy(policy.to_string())).await;
    let body = echo("hello").to_string();
    for (header, status) in [
        (None, 401),
        (Some(("authorization", "Bearer nonsense")), 401),
        (Some(("authorization", "Bearer old key")), 401),
        (Some(("authorization", "Bearer stolen key")), 401),
        (Some(("authorization", "Basic good key")), 401),
        (Some(("authorization", "bearer good key")), 200),
        (Some(("x-api-key", "good key")), 200),
    ] {
        let mut connection = Connection::open(stack.address).await;
        let headers: Vec<_> = header.into_iter().collect();
        let answer = connection.send("POST", "/v1/chat/completions", &headers, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{header:?}");
        if status == 401 {
            assert_refused(&answer, 401, "unauthorized", "key");
        }
    }
    assert_eq!(provider.record.seen().len(), 2);
}

fn sha256_hex(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_that_the_policy_blocks_is_refused_by_name() {
    let policy = json!({ "schema": 1, "revision": "block", "auth": { "required": false },
        "masking": { "entities": { "CREDIT_CARD": { "action": "block" } } } });
    let (provider, stack) = stack_with(|s| s.policy(policy.to_string())).await;
    let body = echo(&privet_tests::values::of("CREDIT_CARD")).to_string();
    let answer = post(stack.address, body.as_bytes()).await;
    assert_refused(&answer, 403, "policy_violation", "block");
    assert!(answer.text().contains("CREDIT_CARD"));
    assert!(provider.record.seen().is_empty());
}
