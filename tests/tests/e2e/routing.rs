//! Several providers: each request goes to the one it resolves to, in that provider's path, host and key.

use privet_tests::client::Connection;
use privet_tests::provider::TestProvider;
use privet_tests::stack::{Setup, Stack};
use serde_json::json;

use super::{content, echo};

#[tokio::test(flavor = "multi_thread")]
async fn header_prefix_and_primary_choose_the_provider() {
    let (first, second) = (TestProvider::start().await, TestProvider::start().await);
    let mut setup = Setup::one_provider(&first.base_url());
    setup.gateway_yaml = format!(
        "gateway:\n  port: 0\n  host: 127.0.0.1\n  workers: 1\n  providers:\n    \
         openai: {{ apiKey: \"${{KEY_A}}\", baseUrl: \"{}\" }}\n    \
         mistral: {{ apiKey: \"${{KEY_B}}\", baseUrl: \"http://{}\", isPrimary: true }}\n\
         policy: {{ file: policy.json }}\nstate_dir: state\n",
        first.base_url(),
        second.address,
    );
    setup.env = vec![("KEY_A".into(), "key-of-a".into()), ("KEY_B".into(), "key-of-b".into())];
    first.record.forbid("key-of-b");
    second.record.forbid("key-of-a");
    let stack = Stack::start(&setup);
    let cases: [(&str, Option<&str>, bool); 6] = [
        ("/v1/chat/completions", None, false),
        ("/v1/chat/completions", Some("openai"), true),
        ("/openai/v1/chat/completions", None, true),
        ("/openai/chat/completions", None, true),
        ("/openai/v1/chat/completions", Some("mistral"), false),
        ("/mistral/v1/chat/completions", None, false),
    ];
    for (path, header, to_first) in cases {
        let before = (first.record.seen().len(), second.record.seen().len());
        let headers: Vec<_> = header.map(|h| ("x-rivano-provider", h)).into_iter().collect();
        let body = echo("to ann@example.com").to_string();
        let mut connection = Connection::open(stack.address).await;
        let answer = connection.send("POST", path, &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{path} {header:?}: {}", answer.text());
        assert_eq!(content(&answer.json()), "to ann@example.com");
        let after = (first.record.seen().len(), second.record.seen().len());
        let expected = if to_first { (before.0 + 1, before.1) } else { (before.0, before.1 + 1) };
        assert_eq!(after, expected, "{path} {header:?}");
        let (provider, name, key) = if to_first {
            (&first, "openai", "Bearer key-of-a")
        } else {
            (&second, "mistral", "Bearer key-of-b")
        };
        let seen = provider.record.last();
        assert_eq!(answer.header("x-privet-provider"), Some(name));
        assert_eq!(seen.path, "/v1/chat/completions", "{path} {header:?}");
        assert_eq!(seen.header("host"), Some(provider.address.to_string().as_str()));
        assert_eq!(seen.header("authorization"), Some(key));
        assert!(seen.headers.iter().all(|(n, _)| !n.starts_with("x-rivano-") && !n.starts_with("x-privet-")));
    }
    assert!(first.record.leaks().is_empty() && second.record.leaks().is_empty());
}

/// Without a second filter on the way, Envoy's own means make the path.
#[tokio::test(flavor = "multi_thread")]
async fn a_base_url_and_a_path_meet_once() {
    for (base, expected) in [
        ("/v1", "/v1/chat/completions"),
        ("", "/v1/chat/completions"),
        ("/x/v1/", "/x/v1/chat/completions"),
        ("/y", "/y/v1/chat/completions"),
    ] {
        let provider = TestProvider::start().await;
        let stack = Stack::start(&Setup::one_provider(&format!("http://{}{base}", provider.address)));
        privet_tests::client::chat(stack.address, &json!({ "model": "echo", "messages": [] })).await;
        assert_eq!(provider.record.last().path, expected, "base {base:?}");
    }
}
