//! Policies, workers, restarts, faults.

use std::time::{Duration, Instant};

use privet_tests::client::{Answer, Connection, chat};
use privet_tests::provider::{TestProvider, behaviour};
use privet_tests::stack::{Setup, Stack, built, open_policy, signal};
use privet_tests::values;
use serde_json::json;

use super::{content, echo, eventually, every_value, said, stack, stack_with, streamed};

/// Asks until the answer has this status, at most half a minute.
pub(super) async fn until_status(stack: &Stack, body: &serde_json::Value, status: u16) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let connected = tokio::net::TcpStream::connect(stack.address).await.is_ok();
        if connected {
            let answer = chat(stack.address, body).await;
            if answer.status == status {
                return answer;
            }
        }
        assert!(Instant::now() < deadline, "never {status}; the log:\n{}", stack.log());
    }
}

/// Each worker of each Envoy compiles the module and keeps it in memory.
#[test]
fn the_module_stays_small() {
    const MOST_BYTES: u64 = 1_500_000;
    let module = built("PRIVET_MODULE", "target/modules/privet.wasm");
    let bytes = module.metadata().map(|module| module.len());
    assert!(bytes.as_ref().is_ok_and(|bytes| *bytes <= MOST_BYTES), "{bytes:?} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_answers_503_until_a_policy_is_there() {
    let provider = TestProvider::start().await;
    let mut setup = Setup::one_provider(&provider.base_url());
    setup.policy = None;
    let stack = Stack::start_until(&setup, "privet: waiting for a policy, http://");
    let answer = chat(stack.address, &echo("ann@example.com")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["error"]["code"], json!("not_ready"));
    let health = Connection::open(stack.address).await.send("GET", "/health", &[], b"").await;
    assert_eq!(health.status, 503);
    assert!(provider.record.seen().is_empty());
    stack.set_policy(&open_policy("late"));
    let answer = until_status(&stack, &echo("ann@example.com"), 200).await;
    assert_eq!(content(&answer.json()), "ann@example.com");
    let health = Connection::open(stack.address).await.send("GET", "/health", &[], b"").await;
    assert_eq!((health.status, &health.json()["status"]), (200, &json!("ok")));
}

/// Each connection may land on another worker; a push that was answered holds on all of them.
/// Whether the sidecar says that Envoy has a policy of this revision.
pub(super) fn is_in_force(stack: &Stack, revision: &str) -> bool {
    let revision = format!("revision=\"{revision}\"");
    stack.log().lines().any(|line| line.contains("in force in Envoy") && line.contains(&revision))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_workers_see_the_same_policy() {
    let (provider, stack) = stack().await;
    for round in 0..5 {
        let name = format!("CODE{}", ["A", "B", "C", "D", "E"][round]);
        let policy = json!({ "schema": 1, "revision": name, "auth": { "required": false },
            "masking": { "custom": [{ "type": name, "pattern": "zebra-[0-9]+" }] } });
        stack.set_policy(&policy.to_string());
        let placeholder = format!("{name}_1");
        eventually("the policy is in force", || is_in_force(&stack, &name));
        for _ in 0..20 {
            let answer = chat(stack.address, &echo("the zebra-77 code")).await;
            assert_eq!(content(&answer.json()), "the zebra-77 code");
            assert!(
                provider.record.last().text().contains(&placeholder),
                "{}",
                provider.record.last().text()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_policy_leaves_the_last_good_one_in_force() {
    let (provider, stack) = stack().await;
    stack
        .set_policy(r#"{"schema":1,"revision":"bad","masking":{"entities":{"EMAIL":{"action":"forward"}}}}"#);
    eventually("the policy is refused", || stack.log().contains("policy refused"));
    let answer = chat(stack.address, &echo(&every_value())).await;
    assert_eq!(content(&answer.json()), every_value());
    assert!(provider.record.leaks().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_ends_in_503_and_the_next_request_is_masked_again() {
    let (provider, stack) = stack_with(|s| Setup { trap: true, ..s }).await;
    for round in 0..3 {
        let body = echo(&every_value()).to_string();
        let mut connection = Connection::open(stack.address).await;
        let trap = [("x-privet-test-trap", "headers")];
        let trapped = connection.send("POST", "/v1/chat/completions", &trap, body.as_bytes()).await;
        assert_eq!(trapped.status, 503, "round {round}: {}", trapped.text());
        assert_eq!(provider.record.seen().len(), round);
        let answer = until_status(&stack, &echo(&every_value()), 200).await;
        assert_eq!(content(&answer.json()), every_value());
    }
    assert!(provider.record.leaks().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envoy_that_restarts_gets_its_policy_again() {
    let (provider, stack) = stack().await;
    let first = stack.envoy_id().expect("Envoy runs");
    signal(first, "KILL");
    eventually("Envoy is started again", || stack.envoy_id().is_some_and(|id| id != first));
    let answer = until_status(&stack, &echo(&every_value()), 200).await;
    assert_eq!(content(&answer.json()), every_value());
    assert!(provider.record.leaks().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_the_request_under_way_finish() {
    let (provider, mut stack) = stack().await;
    let envoy = stack.envoy_id().expect("Envoy runs");
    let address = stack.address;
    let request = tokio::spawn(async move { chat(address, &said(behaviour::SLOW, "ann@example.com")).await });
    eventually("the provider has the request", || !provider.record.seen().is_empty());
    let code = tokio::task::block_in_place(|| stack.terminate());
    assert_eq!(code, Some(0), "{}", stack.log());
    let answer = request.await.expect("the request");
    assert_eq!(content(&answer.json()), "ann@example.com", "{answer:?}");
    eventually("Envoy is gone", || !is_alive(envoy));
}

#[tokio::test(flavor = "multi_thread")]
async fn envoy_does_not_outlive_a_sidecar_that_is_killed() {
    let (_provider, stack) = stack().await;
    let envoy = stack.envoy_id().expect("Envoy runs");
    signal(stack.sidecar_id(), "KILL");
    eventually("Envoy is gone", || !is_alive(envoy));
}

fn is_alive(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // A zombie that nobody has waited for is gone all the same.
    !stat.is_empty() && !stat.contains(") Z ")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_stands_in_logs_state_or_statistics() {
    let (_provider, stack) = stack_with(|mut s| {
        s.gateway_yaml = s.gateway_yaml.replace("server:", "# audit is a word of the other dialect\nserver:");
        s
    })
    .await;
    for body in [
        echo(&every_value()),
        streamed(echo(&every_value())),
        json!({ "model": every_value(), "messages": [] }),
    ] {
        chat(stack.address, &body).await;
    }
    let admin = stack.folder().join("state/run/admin.sock");
    let mut everything = vec![stack.log()];
    for path in ["/stats", "/config_dump", "/clusters"] {
        everything.push(unix_get(&admin, path).await);
    }
    everything.extend(files_below(&stack.folder().join("state")));
    for value in values::all() {
        assert!(
            !everything.iter().any(|text| text.contains(&value.text)),
            "{} stands somewhere",
            value.entity
        );
    }
    // The provider's key is on disk once, in its own file, and in no dump.
    let key = "provider-key-made-up";
    let holders: Vec<&String> = everything.iter().filter(|text| text.contains(key)).collect();
    assert_eq!(holders.len(), 1, "the key stands in {} places", holders.len());
}

/// The sidecar takes only traces that are nothing but traces: what it accepted had no other field.
#[tokio::test(flavor = "multi_thread")]
async fn a_trace_of_each_request_reaches_the_sidecar() {
    let (_provider, stack) = stack().await;
    for body in [echo(&every_value()), streamed(echo(&every_value())), json!({ "model": "echo" })] {
        chat(stack.address, &body).await;
    }
    let admin = stack.folder().join("state/run/admin.sock");
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let accepted = unix_get(&admin, "/stats?filter=cluster.privet_sidecar.upstream_rq_204$").await;
        let dropped = unix_get(&admin, "/stats?filter=privet_traces_dropped").await;
        if accepted
            .lines()
            .any(|l| l.starts_with("cluster.privet_sidecar.upstream_rq_204: ") && !l.ends_with(" 0"))
        {
            assert!(!dropped.lines().any(|l| l.contains("dropped: ") && !l.ends_with(": 0")), "{dropped}");
            return;
        }
        assert!(Instant::now() < deadline, "no trace arrived: {accepted}\n{}", stack.log());
    }
}

pub(super) async fn unix_get(socket: &std::path::Path, path: &str) -> String {
    unix_send(socket, "GET", path).await
}

pub(super) async fn unix_send(socket: &std::path::Path, method: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::UnixStream::connect(socket).await.expect("the admin socket");
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: admin\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("write");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("read");
    String::from_utf8_lossy(&answer).into_owned()
}

pub(super) fn files_below(folder: &std::path::Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder").map_while(Result::ok) {
        let kind = entry.file_type().expect("kind");
        if kind.is_dir() {
            texts.extend(files_below(&entry.path()));
        } else if kind.is_file() {
            texts.push(String::from_utf8_lossy(&std::fs::read(entry.path()).expect("file")).into_owned());
        }
    }
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_scanned_and_what_cannot_be_read_is_counted_and_can_be_forbidden() {
    let (provider, stack) = stack().await;
    let image = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";
    let body = json!({ "model": privet_tests::provider::behaviour::ECHO, "messages": [{ "role": "user", "content": [
        { "type": "text", "text": "What is this?" }, { "type": "image_url", "image_url": { "url": image } } ] }] });
    assert_eq!(chat(stack.address, &body).await.status, 200);
    assert!(provider.record.last().text().contains(image), "an image goes on as it is");
    let admin = stack.folder().join("state/run/admin.sock");
    let deadline = Instant::now() + Duration::from_secs(20);
    let count = |stats: &str, name: &str| {
        let line = stats.lines().find(|l| l.contains(&format!("privet_{name}: ")));
        line.and_then(|l| l.rsplit(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    loop {
        let stats = unix_get(&admin, "/stats?filter=privet_(bytes|strings)_").await;
        let found = ["bytes_scanned", "bytes_structural", "bytes_opaque", "strings_opaque"];
        let [scanned, structural, opaque, strings] = found.map(|name| count(&stats, name));
        if scanned > 0 {
            assert!(scanned >= "What is this?".len() as u64 && structural > 0, "{stats}");
            assert_eq!((opaque, strings), (image.len() as u64, 1), "{stats}");
            break;
        }
        assert!(Instant::now() < deadline, "never counted: {stats}");
    }
    stack.set_policy(
        r#"{"schema":1,"revision":"strict","auth":{"required":false},"masking":{"media":"block"}}"#,
    );
    eventually("the policy is in force", || is_in_force(&stack, "strict"));
    let refused = chat(stack.address, &body).await;
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (403, Some("policy_violation")));
}
