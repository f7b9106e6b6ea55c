//! Rates, quotas and models: exact over two workers, and refused before any provider is called.

use privet_tests::client::{Answer, Connection, post};
use privet_tests::stack::Setup;
use serde_json::json;

use super::operation::until_status;
use super::{echo, said, stack_with};

/// A policy without keys, with these sections.
fn policy(sections: &str) -> String {
    format!(r#"{{"schema":1,"revision":"r","auth":{{"required":false}},{sections}}}"#)
}

fn code(answer: &Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

fn number(answer: &Answer, header: &str) -> u64 {
    answer.header(header).and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {header}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_clients_that_race_get_through_as_often_as_the_limit_says_and_not_once_more() {
    let limits = policy(r#""limits":{"requests_per_minute":1,"burst":40}"#);
    let (provider, stack) = stack_with(|setup| setup.policy(limits)).await;
    let address = stack.address;
    let clients: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn(async move {
                let mut answers = Vec::new();
                for _ in 0..12 {
                    answers.push(post(address, echo("hello").to_string().as_bytes()).await);
                }
                answers
            })
        })
        .collect();
    let mut passed = 0;
    for client in clients {
        for answer in client.await.expect("a client") {
            if answer.status == 200 {
                passed += 1;
                assert_eq!(number(&answer, "x-ratelimit-limit"), 1);
                assert!(number(&answer, "x-ratelimit-remaining") < 40);
                continue;
            }
            assert_eq!((answer.status, code(&answer)), (429, "rate_limited".to_owned()));
            assert!((1..=60).contains(&number(&answer, "retry-after")), "{}", answer.text());
            assert_eq!(number(&answer, "x-ratelimit-remaining"), 0);
            assert!(number(&answer, "x-ratelimit-reset") > 60);
        }
    }
    assert_eq!(passed, 40);
    assert_eq!(provider.record.seen().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_as_the_provider_counts_them_and_end_for_the_day() {
    let limits = policy(r#""limits":{"tokens_per_day":50}"#);
    let (provider, stack) = stack_with(|setup| setup.policy(limits)).await;
    let mut passed = 0;
    // Each request is reckoned at few tokens, and counted at more by the provider.
    let refused = loop {
        let answer = post(stack.address, echo("hi").to_string().as_bytes()).await;
        if answer.status != 200 {
            break answer;
        }
        passed += 1;
        assert!(passed < 50, "nothing is counted");
    };
    assert_eq!((refused.status, code(&refused)), (429, "quota_exceeded".to_owned()));
    assert_eq!(number(&refused, "x-ratelimit-limit"), 50);
    assert!((1..=86_400).contains(&number(&refused, "retry-after")));
    assert_eq!(provider.record.seen().len(), passed);
    // More at once than there is in a day is refused although nothing was used.
    let long = post(stack.address, echo(&"word ".repeat(100)).to_string().as_bytes()).await;
    assert_eq!(code(&long), "quota_exceeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_costs_no_tokens_and_only_allowed_models_go_on() {
    let limits = policy(
        r#""limits":{"tokens_per_day":100000,"requests_per_minute":1,"burst":2},"models":{"allow":["ec*"]}"#,
    );
    let (provider, stack) = stack_with(|setup| setup.policy(limits)).await;
    for _ in 0..5 {
        let answer = post(stack.address, said("other", "hello").to_string().as_bytes()).await;
        assert_eq!((answer.status, code(&answer)), (403, "model_not_allowed".to_owned()));
        let answer = post(stack.address, json!({ "model": "echo" }).to_string().as_bytes()).await;
        assert_eq!((answer.status, code(&answer)), (400, "validation".to_owned()));
    }
    assert!(provider.record.seen().is_empty());
    for status in [200, 200, 429] {
        assert_eq!(post(stack.address, echo("hello").to_string().as_bytes()).await.status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_counted_outlives_a_reload_of_the_module() {
    let limits = policy(r#""limits":{"requests_per_minute":1,"burst":3}"#);
    let (provider, stack) = stack_with(|setup| Setup { trap: true, ..setup }.policy(limits)).await;
    let body = echo("hello").to_string();
    // Whichever worker traps gets a new module; after three requests nobody has any left.
    for status in [200, 200, 200, 429] {
        let mut connection = Connection::open(stack.address).await;
        let trap = [("x-privet-test-trap", "headers")];
        let trapped = connection.send("POST", "/v1/chat/completions", &trap, body.as_bytes()).await;
        assert_eq!(trapped.status, 503, "{}", trapped.text());
        let answer = until_status(&stack, &echo("hello"), status).await;
        assert_eq!(answer.status, status);
    }
    assert_eq!(provider.record.seen().len(), 3);
}
