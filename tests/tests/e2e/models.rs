//! Names of models and callers' keys, over real Envoys: aliases, `provider/id`, the list of models, and policies with
//! thousands of keys.

use privet_tests::bench::keys;
use privet_tests::client::{Answer, Connection, chat};
use privet_tests::provider::TestProvider;
use privet_tests::stack::{Setup, Stack};
use serde_json::{Value, json};

use super::{content, echo, eventually, said, stack_with};

/// A stack with two workers in front of three providers, of which `mistral` is the primary.
fn three(openai: &TestProvider, mistral: &TestProvider, google: &TestProvider, policy: &Value) -> Stack {
    let mut setup = Setup::one_provider(&openai.base_url());
    setup.gateway_yaml = format!(
        "server: {{ host: 127.0.0.1, port: 0, workers: 2 }}\nproviders:\n  \
         - {{ name: openai, base_url: \"{}\", api_key: key-of-openai }}\n  \
         - {{ name: mistral, base_url: \"{}\", api_key: key-of-mistral, primary: true }}\n  \
         - {{ name: gem, kind: google, base_url: \"{}\", api_key: key-of-google }}\n\
         policy: {{ file: policy.json }}\nstate_dir: state\n",
        openai.base_url(),
        mistral.base_url(),
        google.root_url(),
    );
    Stack::start(&setup.policy(policy.to_string()))
}

fn ids(answer: &Answer) -> Vec<String> {
    let models = answer.json()["data"].as_array().cloned().unwrap_or_default();
    models.iter().map(|m| m["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_and_a_providers_name_lead_to_the_provider_which_sees_the_id_alone() {
    let (openai, mistral) = (TestProvider::start().await, TestProvider::start().await);
    let google = TestProvider::start().await;
    let policy = json!({ "schema": 1, "revision": "r", "auth": { "required": false },
        "models": { "aliases": { "quick": "openai/echo", "pictures": "gem/echo", "lost": "nobody/echo" } } });
    let stack = three(&openai, &mistral, &google, &policy);
    for (model, header, to, seen) in [
        ("echo", None, &mistral, "echo"),
        ("quick", None, &openai, "echo"),
        ("openai/echo", None, &openai, "echo"),
        ("openai/echo", Some("openai"), &openai, "echo"),
        // Whoever names a provider gets it, with the model's name as it is.
        ("openai/echo", Some("mistral"), &mistral, "openai/echo"),
        ("meta/echo", None, &mistral, "meta/echo"),
    ] {
        let before = to.record.seen().len();
        let body = said(model, "to ann@example.com, from the model echo").to_string();
        let headers: Vec<_> = header.map(|h| ("x-rivano-provider", h)).into_iter().collect();
        let mut connection = Connection::open(stack.address).await;
        let answer = connection.send("POST", "/v1/chat/completions", &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{model} {header:?}: {}", answer.text());
        assert_eq!(to.record.seen().len(), before + 1, "{model} {header:?}");
        let last = to.record.last();
        let sent: Value = serde_json::from_slice(&last.body).expect("JSON");
        assert_eq!(sent["model"], seen, "{model} {header:?}");
        assert_eq!(sent["messages"][0]["content"], "to EMAIL_1, from the model echo");
        assert_eq!(last.header("content-length"), Some(last.body.len().to_string().as_str()));
        // What is masked is put back whatever the model is called.
        if seen == "echo" {
            assert_eq!(content(&answer.json()), "to ann@example.com, from the model echo");
        }
    }
    let body =
        json!({ "contents": [{ "role": "user", "parts": [{ "text": "ann@example.com" }] }] }).to_string();
    for path in ["/v1beta/models/pictures:generateContent", "/v1beta/models/gem/echo:generateContent"] {
        let mut connection = Connection::open(stack.address).await;
        let answer = connection.send("POST", path, &[], body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(answer.text().contains("ann@example.com"));
        assert_eq!(google.record.last().path, "/v1beta/models/echo:generateContent");
    }
    let answer = chat(stack.address, &said("lost", "hello")).await;
    assert_eq!(answer.status, 400);
    let error = answer.json()["error"].clone();
    assert_eq!((&error["code"], &error["param"]), (&json!("unknown_provider"), &json!("model")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_lists_the_models_that_a_key_may_ask_for() {
    let (openai, mistral) = (TestProvider::start().await, TestProvider::start().await);
    let google = TestProvider::start().await;
    let policy = json!({ "schema": 1, "revision": "r",
        "keys": [
            { "id": "all", "sha256": sha256(&keys::key(1)) },
            { "id": "few", "sha256": sha256(&keys::key(2)), "models": ["quick", "openai/gpt-*"] },
        ],
        "models": { "allow": ["quick", "small", "openai/gpt-4o", "mistral-*", "openai/*"],
            "aliases": { "quick": "openai/echo", "other": "gem/echo" } } });
    let stack = three(&openai, &mistral, &google, &policy);
    let get = async |path: &str, key: usize| {
        let bearer = format!("Bearer {}", keys::key(key));
        let headers = [("authorization", bearer.as_str())];
        Connection::open(stack.address).await.send("GET", path, &headers, b"").await
    };
    let all = get("/v1/models", 1).await;
    assert_eq!(all.status, 200, "{}", all.text());
    assert_eq!(all.json()["object"], "list");
    assert_eq!(ids(&all), ["quick", "small", "openai/gpt-4o"]);
    assert_eq!(ids(&get("/v1/models", 2).await), ["quick", "openai/gpt-4o"]);
    assert_eq!(ids(&get("/mistral/v1/models", 1).await), ["small"]);
    let one = get("/v1/models/openai/gpt-4o", 2).await;
    assert_eq!((one.status, &one.json()["owned_by"]), (200, &json!("openai")));
    assert_eq!(get("/v1/models/small", 2).await.status, 404);
    let unknown = get("/v1/models", 3).await;
    assert_eq!((unknown.status, &unknown.json()["error"]["code"]), (401, &json!("unauthorized")));
    // No provider is asked for any of this.
    assert!([openai, mistral, google].iter().all(|provider| provider.record.seen().is_empty()));
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_with_thousands_of_keys_is_in_force_on_all_workers_and_another_replaces_it() {
    let (provider, stack) = stack_with(|setup| setup.policy(keys::policy("first", 5000))).await;
    let status = async |number: usize| {
        let bearer = format!("Bearer {}", keys::key(number));
        let body = said("gpt-4-echo", "to ann@example.com").to_string();
        let mut connection = Connection::open(stack.address).await;
        let headers = [("authorization", bearer.as_str())];
        connection.send("POST", "/v1/chat/completions", &headers, body.as_bytes()).await.status
    };
    for number in [0, 1, 2499, 4999] {
        assert_eq!(status(number).await, 200, "{number}");
    }
    assert_eq!(status(5000).await, 401);
    let wait = |revision: &str| {
        let revision = format!("revision=\"{revision}\"");
        eventually("it is in force", || {
            stack.log().lines().any(|line| line.contains("in force in Envoy") && line.contains(&revision))
        });
    };
    // To few keys in the document, and to many again, each time in the place that the last table is not in.
    for (revision, count) in [("second", 10), ("third", 6000), ("fourth", 5500)] {
        stack.set_policy(&keys::policy(revision, count));
        wait(revision);
        for _ in 0..10 {
            assert_eq!(status(count - 1).await, 200, "{revision}");
            assert_eq!(status(count).await, 401, "{revision}");
        }
    }
    assert!(provider.record.leaks().is_empty());
    // One that is wrong changes nothing.
    let twice = keys::policy("fifth", 5501).replacen(&sha256(&keys::key(7)), &sha256(&keys::key(5500)), 1);
    stack.set_policy(&twice);
    eventually("it is refused", || stack.log().contains("keys[5500].sha256: the same key as keys[7]"));
    assert_eq!((status(7).await, status(5500).await), (200, 401));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_requires_no_key_says_so_in_the_log_and_in_the_status() {
    let (_provider, stack) = stack_with(|setup| setup).await;
    assert_eq!(chat(stack.address, &echo("hello")).await.status, 200);
    assert!(stack.log().contains("this policy requires no key of callers"), "{}", stack.log());
    let status = stack.status();
    assert_eq!(status["policy"]["auth_required"], json!(false));
}
