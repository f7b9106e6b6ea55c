//! Header hygiene: whatever credential or internal header a client sends, none arrives at a provider of any kind, nor any
//! other provider's key, on either attempt or without one.

use privet_tests::client::Connection;
use privet_tests::provider::{Fault, Seen, TestProvider};
use privet_tests::stack::{Setup, Stack};
use serde_json::{Value, json};

/// What every header of the client's side says.
const THE_CLIENTS: &str = "belongs-to-the-client";
/// What every header that speaks to a maker's API says.
const FOR_A_MAKER: &str = "2024-10-10";

/// Credentials, what belongs to them, what tells of the client, and what the gateway and Envoy say to themselves.
const INTERNAL: [&str; 50] = [
    "authorization",
    "proxy-authorization",
    "x-api-key",
    "x-goog-api-key",
    "api-key",
    "cookie",
    "x-goog-user-project",
    "x-goog-iam-authorization-token",
    "openai-organization",
    "openai-project",
    "ocp-apim-subscription-key",
    "x-functions-key",
    "x-auth-token",
    "x-access-token",
    "x-csrf-token",
    "x-xsrf-token",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",
    "x-amz-target",
    "x-rivano-agent",
    "x-rivano-anything",
    "x-privet-route",
    "x-privet-anything",
    "x-privet-provider",
    "x-privet-fallback",
    "x-envoy-attempt-count",
    "x-envoy-retry-on",
    "x-envoy-max-retries",
    "x-envoy-retriable-status-codes",
    "x-envoy-retriable-header-names",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-original-path",
    "x-envoy-decorator-operation",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-external-address",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-client-cert",
    "forwarded",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "referer",
    "origin",
    "accept-encoding",
];

/// Headers that nobody knows, with a value of the client's user in them.
const TELLING: [(&str, &str); 3] = [
    ("x-user-email", "ann@example.com"),
    ("from", "Ann Lee <ann@example.com>"),
    ("baggage", "tenant=7,mail=ann%40example.com"),
];

/// Headers of the makers' own clients, and the kinds of providers that take them.
const MAKERS: [(&str, &[&str]); 6] = [
    ("anthropic-version", &["anthropic"]),
    ("anthropic-beta", &["anthropic"]),
    ("openai-beta", &["openai", "azure"]),
    ("x-goog-api-client", &["google"]),
    ("x-amzn-bedrock-trace", &["bedrock"]),
    ("x-ms-client-request-id", &["azure"]),
];

/// What may stand in a request at a provider besides its own key and its maker's headers.
const OWN: [&str; 7] =
    ["host", "content-type", "content-length", "content-encoding", "accept", "user-agent", "x-request-id"];

/// Path, body, and the header of the key of a kind.
fn request_of(kind: &str) -> (&'static str, Value, Option<(&'static str, &'static str)>) {
    let chat = json!({ "model": "echo", "messages": [{ "role": "user", "content": "hello" }] });
    let bearer = Some(("authorization", "Bearer "));
    match kind {
        "openai" | "mistral" => ("/v1/chat/completions", chat, bearer),
        "cohere" => ("/v2/chat", chat, bearer),
        "ollama" => ("/api/chat", chat, None),
        "anthropic" => {
            let mut body = chat;
            body["max_tokens"] = json!(10);
            ("/v1/messages", body, Some(("x-api-key", "")))
        }
        "google" => (
            "/v1beta/models/echo:generateContent",
            json!({ "contents": [{ "parts": [{ "text": "hello" }] }] }),
            Some(("x-goog-api-key", "")),
        ),
        "azure" => {
            ("/openai/deployments/echo/chat/completions?api-version=2024-10-21", chat, Some(("api-key", "")))
        }
        "bedrock" => (
            "/model/echo/converse",
            json!({ "messages": [{ "role": "user", "content": [{ "text": "hello" }] }] }),
            bearer,
        ),
        other => panic!("no kind {other}"),
    }
}

/// Path and body of a request in a format that providers of this kind do not speak.
fn foreign_to(kind: &str) -> (&'static str, Value) {
    match kind {
        "openai" | "mistral" | "azure" => {
            let mut message = request_of("anthropic").1;
            message["model"] = json!("echo");
            ("/v1/messages", message)
        }
        "ollama" => ("/v2/chat", request_of("cohere").1),
        _ => ("/v1/chat/completions", request_of("openai").1),
    }
}

fn assert_clean(kind: &str, seen: &Seen, key: &str) {
    let own_key = request_of(kind).2;
    for (name, value) in &seen.headers {
        let of_key = own_key.is_some_and(|(header, _)| header == name);
        let of_maker = MAKERS.iter().any(|(header, kinds)| header == name && kinds.contains(&kind));
        assert!(OWN.contains(&name.as_str()) || of_key || of_maker, "{kind}: {name}: {value}");
        assert!(!value.contains(THE_CLIENTS), "{kind}: {name}");
    }
    let found = own_key.map(|(header, _)| seen.header(header).unwrap_or_default().to_owned());
    assert_eq!(found, own_key.map(|(_, before)| format!("{before}{key}")), "{kind}");
    for (name, kinds) in MAKERS {
        let wanted = kinds.contains(&kind).then_some(FOR_A_MAKER);
        assert_eq!(seen.header(name), wanted, "{kind}: {name}");
    }
}

async fn assert_hygiene(kind: &str) {
    let providers = [TestProvider::start().await, TestProvider::start().await, TestProvider::start().await];
    let names = ["first", "second", "third"];
    let keys = names.map(|name| format!("key-of-{name}"));
    let auth = match kind {
        "azure" => "api-key",
        "google" => "x-goog-api-key",
        "anthropic" => "x-api-key",
        "ollama" => "none",
        _ => "bearer",
    };
    let mut lines = String::new();
    for ((provider, name), key) in providers.iter().zip(names).zip(&keys) {
        provider.record.forbid(THE_CLIENTS);
        for other in keys.iter().filter(|other| *other != key) {
            provider.record.forbid(other);
        }
        let role = match name {
            "first" => ", primary: true",
            "second" => ", fallback: true",
            _ => "",
        };
        let url = provider.root_url();
        lines += &format!(
            "  - {{ name: {name}, kind: {kind}, base_url: \"{url}\", api_key: {key}, auth: {auth}{role} }}\n"
        );
    }
    let gateway_yaml = format!(
        "server: {{ host: 127.0.0.1, port: 0, workers: 1 }}\nproviders:\n{lines}policy: {{ file: policy.json }}\nstate_dir: state\n"
    );
    let stack = Stack::start(&Setup { gateway_yaml, ..Setup::one_provider("http://127.0.0.1:1") });
    providers[0].record.fail(Fault::Status(500));

    let (path, body, _) = request_of(kind);
    let internal = INTERNAL.iter().map(|name| (*name, THE_CLIENTS));
    let makers = MAKERS.iter().map(|(name, _)| (*name, FOR_A_MAKER));
    let headers: Vec<_> = internal.chain(makers).chain(TELLING).collect();
    let mut connection = Connection::open(stack.address).await;
    let answer = connection.send("POST", path, &headers, body.to_string().as_bytes()).await;
    assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
    assert_eq!(answer.header("x-privet-provider"), Some("second"), "{kind}");
    // By name, in a chain without a filter of its own.
    let prefixed = format!("/third{path}");
    let answer = connection.send("POST", &prefixed, &headers, body.to_string().as_bytes()).await;
    assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
    let assert_each = |times: usize| {
        for (provider, key) in providers.iter().zip(&keys) {
            assert_eq!(provider.record.leaks(), Vec::<String>::new(), "{kind}");
            assert_eq!(provider.record.seen().len(), times, "{kind}");
            assert_clean(kind, &provider.record.last(), key);
        }
    };
    assert_each(1);
    // The same where the request has to be translated, on both attempts and in the chain of its own.
    let (path, body) = foreign_to(kind);
    for (path, name) in [(path.to_owned(), "second"), (format!("/third{path}"), "third")] {
        let answer = connection.send("POST", &path, &headers, body.to_string().as_bytes()).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.text());
        assert_eq!(answer.header("x-privet-provider"), Some(name), "{kind}");
    }
    assert_each(2);
    for name in ["x-envoy-attempt-count", "x-envoy-upstream-service-time", "x-privet-route"] {
        assert_eq!(answer.header(name), None);
    }
}

macro_rules! kinds {
    ($($kind:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $kind() {
            super::assert_hygiene(stringify!($kind)).await;
        }
    )*};
}

mod nothing_of_the_client_or_of_another_provider_reaches {
    kinds! { openai anthropic google azure bedrock mistral cohere ollama }
}
