//! End-to-end tests: real clients, a real Envoy with the filter, the real sidecar, a test provider.
//! Everything is on loopback, on ports that the system chooses; every process ends with its test.

#[path = "e2e/answers.rs"]
mod answers;
#[path = "e2e/canaries.rs"]
mod canaries;
#[path = "e2e/clients.rs"]
mod clients;
#[path = "e2e/credentials.rs"]
mod credentials;
#[path = "e2e/crossing.rs"]
mod crossing;
#[path = "e2e/failover.rs"]
mod failover;
#[path = "e2e/global_limits.rs"]
mod global_limits;
#[path = "e2e/hygiene.rs"]
mod hygiene;
#[path = "e2e/limits.rs"]
mod limits;
#[path = "e2e/models.rs"]
mod models;
#[path = "e2e/operation.rs"]
mod operation;
#[path = "e2e/output.rs"]
mod output;
#[path = "e2e/policies.rs"]
mod policies;
#[path = "e2e/python.rs"]
mod python;
#[path = "e2e/refusals.rs"]
mod refusals;
#[path = "e2e/requests.rs"]
mod requests;
#[path = "e2e/routing.rs"]
mod routing;
#[path = "e2e/tls.rs"]
mod tls;
#[path = "e2e/translations.rs"]
mod translations;

use privet_tests::provider::TestProvider;
use privet_tests::stack::{Setup, Stack};
use privet_tests::values;
use serde_json::{Value, json};

/// A provider that must see no value, and a stack in front of it.
async fn stack() -> (TestProvider, Stack) {
    stack_with(|setup| setup).await
}

async fn stack_with(change: impl FnOnce(Setup) -> Setup) -> (TestProvider, Stack) {
    let provider = TestProvider::start().await;
    for value in values::all() {
        provider.record.forbid(&value.text);
    }
    let stack = Stack::start(&change(Setup::one_provider(&provider.base_url())));
    (provider, stack)
}

/// A conversation of one message that asks for an echo.
fn echo(text: &str) -> Value {
    said(privet_tests::provider::behaviour::ECHO, text)
}

fn said(model: &str, text: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": text }] })
}

fn streamed(mut body: Value) -> Value {
    body["stream"] = json!(true);
    body
}

/// A text with one value of each type.
fn every_value() -> String {
    let all = values::all();
    let lines: Vec<String> = all.iter().map(|v| format!("{}: {}", v.entity.to_lowercase(), v.text)).collect();
    lines.join("\n")
}

fn content(answer: &Value) -> &str {
    answer["choices"][0]["message"]["content"].as_str().unwrap_or_default()
}

/// Waits until `condition` holds, at most half a minute.
fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !condition() {
        assert!(std::time::Instant::now() < deadline, "never: {what}");
        std::thread::yield_now();
    }
}
