//! Limits that two Envoys share: through Envoy's rate limit filter, a real rate limit service and a real Redis.

use std::net::SocketAddr;

use privet_tests::client::{Answer, Connection, post};
use privet_tests::limiter::Limiter;
use privet_tests::provider::{Fault, TestProvider};
use privet_tests::stack::{Setup, Stack};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{content, echo, eventually, said, streamed};

fn policy(revision: &str, limits: &Value, more: &Value) -> String {
    let mut policy =
        json!({ "schema": 1, "revision": revision, "auth": { "required": false }, "limits": limits });
    for (name, value) in more.as_object().into_iter().flatten() {
        policy[name] = value.clone();
    }
    policy.to_string()
}

fn stack(provider: &TestProvider, limiter: &Limiter, policy: &str) -> Stack {
    let mut setup = Setup::one_provider(&provider.base_url()).policy(policy);
    setup.gateway_yaml += &format!(
        "limits: {{ global: {{ address: \"{}\", timeout_ms: 2000, give_back: true }} }}\n",
        limiter.address
    );
    Stack::start(&setup)
}

/// A provider, a service, and two Envoys in front of the one and behind the other.
async fn two(limits: Value) -> (TestProvider, Limiter, [Stack; 2]) {
    let provider = TestProvider::start().await;
    let limiter = Limiter::start("[]");
    let policy = policy("r", &limits, &Value::Null);
    let stacks = [stack(&provider, &limiter, &policy), stack(&provider, &limiter, &policy)];
    (provider, limiter, stacks)
}

async fn ask(address: SocketAddr, body: &Value) -> Answer {
    post(address, body.to_string().as_bytes()).await
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

fn number(answer: &Answer, header: &str) -> u64 {
    let value = answer.header(header).and_then(|value| value.parse().ok());
    value.unwrap_or_else(|| panic!("no {header}: {answer:?}"))
}

fn is_in_force(stack: &Stack, revision: &str) -> bool {
    let revision = format!("revision=\"{revision}\"");
    stack.log().lines().any(|line| line.contains("in force in Envoy") && line.contains(&revision))
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_clients_that_race_at_two_envoys_share_one_limit_to_the_last_request() {
    let limits = json!({ "requests_per_minute": 40, "scope": "global", "on_limiter_failure": "deny" });
    let (provider, _limiter, stacks) = two(limits).await;
    let clients: Vec<_> = (0..8)
        .map(|n| {
            let address = stacks[n % 2].address;
            tokio::spawn(async move {
                let mut answers = Vec::new();
                for _ in 0..12 {
                    answers.push(ask(address, &echo("hello")).await);
                }
                answers
            })
        })
        .collect();
    let mut passed = 0;
    for client in clients {
        for answer in client.await.expect("a client") {
            assert_eq!(number(&answer, "x-ratelimit-limit"), 40, "{answer:?}");
            if answer.status == 200 {
                passed += 1;
                assert_eq!(content(&answer.json()), "hello");
                assert!(number(&answer, "x-ratelimit-remaining") < 40);
                continue;
            }
            assert_eq!((answer.status, code(&answer)), (429, "rate_limited".to_owned()), "{}", answer.text());
            assert!((1..=60).contains(&number(&answer, "retry-after")));
            assert!((1..=60).contains(&number(&answer, "x-ratelimit-reset")));
            assert_eq!(number(&answer, "x-ratelimit-remaining"), 0);
        }
    }
    assert_eq!((passed, provider.record.seen().len()), (40, 40), "{}", stacks[0].log());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_streams_are_settled_at_their_end_and_count_at_both_envoys() {
    let (provider, _limiter, stacks) = two(json!({ "tokens_per_day": 60, "scope": "global" })).await;
    // Reckoned at one token, and counted at many more when the answer has ended.
    let mut passed = 0;
    let refused = loop {
        let answer = ask(stacks[passed % 2].address, &streamed(echo("hi"))).await;
        if answer.status != 200 {
            break answer;
        }
        passed += 1;
        assert!(passed < 10, "only what was reserved is counted");
    };
    assert_eq!((refused.status, code(&refused)), (429, "quota_exceeded".to_owned()), "{}", refused.text());
    assert_eq!(number(&refused, "x-ratelimit-limit"), 60);
    assert!((1..=86_400).contains(&number(&refused, "retry-after")));
    assert_eq!(provider.record.seen().len(), passed);
    // The other Envoy knows of it.
    for stack in &stacks {
        assert_eq!(code(&ask(stack.address, &echo("hi")).await), "quota_exceeded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_reserved_and_not_used_is_given_back_at_both_envoys() {
    let (provider, _limiter, stacks) = two(json!({ "tokens_per_day": 60, "scope": "global" })).await;
    // Reckoned at more than there is in a day; the provider does not answer, so nothing is used.
    let long = echo(&"word ".repeat(60));
    provider.fail(Fault::Status(500));
    for n in 0..3 {
        let failed = ask(stacks[n % 2].address, &long).await;
        assert_eq!(failed.status, 500, "{n}: {}", failed.text());
    }
    assert_eq!(provider.record.seen().len(), 3);
    // Now it answers, and all of it is used.
    provider.fail(Fault::None);
    assert_eq!(ask(stacks[1].address, &long).await.status, 200);
    for stack in &stacks {
        assert_eq!(code(&ask(stack.address, &echo("hi")).await), "quota_exceeded");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_minutes_requests_no_more_than_the_burst_go_on_in_a_second() {
    let limits = json!({ "requests_per_minute": 60_000, "burst": 1, "scope": "global" });
    let (provider, _limiter, stacks) = two(limits).await;
    let clients: Vec<_> = (0..8)
        .map(|n| {
            let address = stacks[n % 2].address;
            tokio::spawn(async move { ask(address, &echo("hello")).await })
        })
        .collect();
    let mut passed = 0;
    for client in clients {
        let answer = client.await.expect("a client");
        passed += usize::from(answer.status == 200);
        if answer.status != 200 {
            assert_eq!((answer.status, code(&answer)), (429, "rate_limited".to_owned()), "{}", answer.text());
            assert_eq!((number(&answer, "x-ratelimit-limit"), number(&answer, "retry-after")), (1, 1));
        }
    }
    assert!((1..8).contains(&passed), "{passed}");
    assert_eq!(provider.record.seen().len(), passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_service_is_away_the_policy_decides_whether_requests_go_on() {
    let provider = TestProvider::start().await;
    let mut limiter = Limiter::start("[]");
    let limits =
        |mode: &str| json!({ "requests_per_minute": 5, "scope": "global", "on_limiter_failure": mode });
    let stack = stack(&provider, &limiter, &policy("allowing", &limits("allow"), &Value::Null));
    assert_eq!(ask(stack.address, &echo("one")).await.status, 200);
    limiter.stop();
    // More than the limit: nobody counts.
    for _ in 0..8 {
        let answer = ask(stack.address, &echo("ann@example.com")).await;
        assert_eq!((answer.status, content(&answer.json())), (200, "ann@example.com"));
    }
    stack.set_policy(&policy("denying", &limits("deny"), &Value::Null));
    eventually("the policy is in force", || is_in_force(&stack, "denying"));
    let seen = provider.record.seen().len();
    for body in [echo("hello"), streamed(echo("hello"))] {
        let refused = ask(stack.address, &body).await;
        assert_eq!((refused.status, code(&refused)), (503, "internal".to_owned()), "{}", refused.text());
    }
    assert_eq!(provider.record.seen().len(), seen);
    // Limits that each Envoy counts by itself need nobody.
    let local = json!({ "requests_per_minute": 1, "burst": 2, "scope": "local" });
    stack.set_policy(&policy("local", &local, &Value::Null));
    eventually("the policy is in force", || is_in_force(&stack, "local"));
    for status in [200, 200, 429] {
        assert_eq!(ask(stack.address, &echo("hello")).await.status, status);
    }
}

/// The service's own limits, by tenant and model, beside the policy's for each key; refusals in the client's format.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_counts_by_key_tenant_and_model_as_well() {
    let provider = TestProvider::start().await;
    let of = |name: &str, variables: &[&str], most: u64| {
        let variables: Vec<String> = variables.iter().map(|v| format!("descriptors[0].{v}")).collect();
        json!({ "namespace": "privet", "max_value": most, "seconds": 60, "variables": variables,
            "conditions": [format!("descriptors[0].limit == '{name}'")] })
    };
    let own = json!([of("tenant_requests", &["tenant", "model"], 3), of("key_tokens", &["key"], 60)]);
    let limiter = Limiter::start(&own.to_string());
    let key = |name: &str, tenant: &str| {
        let sha256: String = Sha256::digest(name).iter().map(|b| format!("{b:02x}")).collect();
        json!({ "id": name, "sha256": sha256, "tenant": tenant })
    };
    let keys = json!({ "auth": { "required": true },
        "keys": [key("ann", "red"), key("bob", "red"), key("cid", "blue")] });
    let limits = json!({ "requests_per_minute": 4, "scope": "global" });
    let stack = stack(&provider, &limiter, &policy("r", &limits, &keys));
    let ask = async |key: &str, model: &str| {
        let authorization = format!("Bearer {key}");
        let headers = [("authorization", authorization.as_str())];
        let body = said(model, "hello").to_string();
        let mut connection = Connection::open(stack.address).await;
        connection.send("POST", "/v1/chat/completions", &headers, body.as_bytes()).await
    };
    // Two keys of one tenant share what the tenant has of a model.
    for (who, model, status) in [
        ("ann", "echo", 200),
        ("bob", "echo", 200),
        ("ann", "echo", 200),
        ("bob", "echo", 429),
        ("ann", "echo-large", 200),
        ("cid", "echo", 200),
    ] {
        let answer = ask(who, model).await;
        assert_eq!(answer.status, status, "{who} {model}: {}", answer.text());
    }
    // A key has its own four.
    assert_eq!(ask("ann", "echo-large").await.status, 200);
    let refused = ask("ann", "echo-large").await;
    assert_eq!((refused.status, code(&refused)), (429, "rate_limited".to_owned()));
    // And so many tokens, whatever the model: long before its requests are used up.
    let long = "word ".repeat(40);
    let authorization = [("authorization", "Bearer bob")];
    let body = said("echo-long", &long).to_string();
    let mut connection = Connection::open(stack.address).await;
    for status in [200, 429] {
        let answer = connection.send("POST", "/v1/chat/completions", &authorization, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_service_has_the_clients_error_shape() {
    let provider = TestProvider::start().await;
    let limiter = Limiter::start("[]");
    let limits = json!({ "requests_per_minute": 1, "scope": "global" });
    let mut setup =
        Setup::provider_of("anthropic", &provider.base_url()).policy(policy("r", &limits, &Value::Null));
    setup.gateway_yaml +=
        &format!("limits: {{ global: {{ address: \"{}\", timeout_ms: 2000 }} }}\n", limiter.address);
    let stack = Stack::start(&setup);
    let body = json!({ "model": "echo", "max_tokens": 50, "stream": true,
        "messages": [{ "role": "user", "content": "hello" }] });
    let mut connection = Connection::open(stack.address).await;
    let first = connection.send("POST", "/v1/messages", &[], body.to_string().as_bytes()).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let refused = connection.send("POST", "/v1/messages", &[], body.to_string().as_bytes()).await;
    let answer = refused.json();
    assert_eq!((refused.status, &answer["type"]), (429, &json!("error")), "{}", refused.text());
    assert_eq!(answer["error"]["type"], json!("rate_limit_error"));
    assert_eq!(refused.header("content-type"), Some("application/json"));
}
