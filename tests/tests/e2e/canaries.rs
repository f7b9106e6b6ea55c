//! Content stays here: made-up words in every place where a client or a provider can put some go through a real Envoy,
//! and nothing that leaves by another way, is kept or is shown has one of them.

use std::time::{Duration, Instant};

use privet_tests::client::{Answer, Connection};
use privet_tests::provider::{TestProvider, behaviour};
use privet_tests::recorder::Recorder;
use privet_tests::stack::{Setup, Stack};
use privet_tests::values;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::operation::{files_below, unix_get};
use super::{every_value, streamed};

/// A word that stands nowhere else, for a place. Its halves are searched for as well: a stream cuts.
fn canary(place: &str) -> String {
    format!("cnry{place}sings zebra{place}quagga")
}

/// The places: those whose words Envoy itself writes into its debug log (`http`, `router` and others print headers),
/// and all others.
const IN_HEADS: [&str; 10] =
    ["header", "cookie", "key", "wrongkey", "path", "query", "provider", "agent", "requestid", "type"];
const IN_BODIES: [&str; 12] = [
    "prompt",
    "system",
    "model",
    "user",
    "toolname",
    "toolid",
    "arguments",
    "member",
    "number",
    "broken",
    "answer",
    "image",
];

fn parts(place: &str) -> [String; 2] {
    let canary = canary(place);
    let (one, other) = canary.split_once(' ').expect("two words");
    [one.to_owned(), other.to_owned()]
}

/// A canary where no blank may stand.
fn word(place: &str) -> String {
    canary(place).replace(' ', "-")
}

struct Place {
    provider: TestProvider,
    plane: Recorder,
    collector: Recorder,
    stack: Stack,
}

async fn place() -> Place {
    let provider = TestProvider::start().await;
    let sha256: String = Sha256::digest(word("key")).iter().map(|b| format!("{b:02x}")).collect();
    let policy = json!({ "schema": 1, "revision": "r1", "keys": [{ "id": "k-1", "tenant": "t-1", "sha256": sha256 }] });
    let plane = Recorder::start(policy.to_string()).await;
    let collector = Recorder::start(String::new()).await;
    let mut setup = Setup::one_provider(&provider.base_url());
    setup.policy = None;
    setup.gateway_yaml = format!(
        "gateway:\n  host: 127.0.0.1\n  port: 0\n  workers: 2\n  \
         providers: {{ openai: {{ baseUrl: \"{}\", apiKey: \"${{TEST_PROVIDER_KEY}}\" }} }}\n  \
         middleware: {{ audit: file }}\n  cloud: {{ baseUrl: \"http://{}\", apiKey: made-up }}\n\
         admin: {{ port: 0 }}\nstate_dir: state\n\
         telemetry: {{ flush_interval_ms: 100, otlp: {{ endpoint: \"http://{}\", spans: true, interval: 1 }} }}\n",
        provider.base_url(),
        plane.address,
        collector.address
    );
    setup.env.push(("PRIVET_LOG".to_owned(), "trace".to_owned()));
    Place { provider, plane, collector, stack: Stack::start(&setup) }
}

impl Place {
    async fn send(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let authorization = format!("Bearer {}", word("key"));
        let mut all = vec![("authorization", authorization.as_str())];
        // A header of the request's own stands in the place of the usual one.
        all.retain(|(name, _)| !headers.iter().any(|(n, _)| n == name));
        all.extend(headers);
        Connection::open(self.stack.address).await.send("POST", path, &all, body.as_bytes()).await
    }

    /// What the client sends, a request a place or more; each with the statuses that it may be answered with.
    async fn sing(&self) {
        let chat = "/v1/chat/completions";
        let said = |model: &str, place: &str| json!({ "model": model, "messages": [{ "role": "user", "content": canary(place) }] });
        let rich = json!({ "model": "echo", "user": canary("user"), "messages": [
            { "role": "system", "content": canary("system") },
            { "role": "user", "content": [{ "type": "text", "text": format!("{} {}", canary("prompt"), every_value()) },
                { "type": "image_url", "image_url": { "url": format!("https://example.com/{}.png", word("image")) } }] },
            { "role": "assistant", "tool_calls": [{ "id": word("toolid"), "type": "function", "function": {
                "name": word("toolname"), "arguments": json!({ "a": canary("arguments") }).to_string() } }] },
            { "role": "tool", "tool_call_id": word("toolid"), "content": canary("prompt") }],
            "metadata": { canary("member"): canary("number") } });
        for body in [rich.clone(), streamed(rich), said("echo", "answer"), streamed(said("echo", "answer"))] {
            let answer = self.send(chat, &[], &body.to_string()).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            if body["messages"][0]["role"] == "user" && body["stream"].is_null() {
                assert!(answer.text().contains(&canary("answer")), "{}", answer.text());
            }
        }
        for model in [
            behaviour::ERROR,
            behaviour::STREAM_ERROR,
            behaviour::LATE_ERROR,
            behaviour::SHORT,
            &canary("model"),
        ] {
            self.send(chat, &[], &streamed(said(model, "answer")).to_string()).await;
        }
        let fine = said("echo", "prompt").to_string();
        let (header, cookie, bearer) =
            (canary("header"), canary("cookie"), format!("Bearer {}", word("wrongkey")));
        let (provider, agent) = (word("provider"), canary("agent"));
        let (requestid, kind) = (word("requestid"), format!("text/{}", word("type")));
        for (headers, status) in [
            (vec![("x-anything", header.as_str()), ("cookie", cookie.as_str())], 200),
            (vec![("authorization", bearer.as_str())], 401),
            (vec![("x-rivano-provider", provider.as_str())], 400),
            (vec![("x-rivano-agent", agent.as_str()), ("x-request-id", requestid.as_str())], 200),
            (vec![("content-type", kind.as_str())], 415),
        ] {
            let answer = self.send(chat, &headers, &fine).await;
            assert_eq!(answer.status, status, "{headers:?}: {}", answer.text());
        }
        let (path, query) = (format!("/v1/{}", word("path")), format!("{chat}?q={}", word("query")));
        assert_eq!(self.send(&path, &[], &fine).await.status, 404);
        self.send(&query, &[], &fine).await;
        let wrong = json!({ "model": { canary("member"): canary("broken") }, "messages": canary("broken") });
        for broken in [format!("{{\"{}", canary("broken")), wrong.to_string()] {
            assert_eq!(self.send(chat, &[], &broken).await.status, 400);
        }
    }

    /// Waits until the control plane and the collector have heard of all requests.
    async fn heard(&self) {
        // The last request but one is the one without a body that can be read; counters are sent by the second.
        let plane =
            ["\"validation\"", "\"success\"", "\"unauthorized\"", "\"k-1\"", "\"EMAIL\"", "\"invalid\""];
        let collector =
            ["validation", "gen_ai.request.model", "privet.requests", "privet.entities.EMAIL", "t-1"];
        let missing = || {
            let to_plane = plane.iter().filter(|word| !self.plane.has(word));
            let to_collector = collector.iter().filter(|word| !self.collector.has(word));
            to_plane.chain(to_collector).copied().collect::<Vec<_>>()
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while !missing().is_empty() {
            assert!(Instant::now() < deadline, "{:?} do not arrive:\n{}", missing(), self.stack.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Everything that leaves, is kept or is shown, but the log.
    async fn everything(&self) -> Vec<(String, String)> {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let mut all = vec![
            ("the control plane's traffic".to_owned(), text(self.plane.bytes())),
            ("the collector's traffic".to_owned(), text(self.collector.bytes())),
        ];
        let sockets = self.stack.folder().join("state/run");
        for path in
            ["/stats", "/stats/prometheus", "/config_dump", "/clusters", "/listeners", "/certs", "/memory"]
        {
            all.push((format!("Envoy's {path}"), unix_get(&sockets.join("admin.sock"), path).await));
        }
        for path in ["/", "/api/status", "/metrics", "/readyz"] {
            all.push((format!("the sidecar's {path}"), unix_get(&sockets.join("status.sock"), path).await));
        }
        let files = files_below(&self.stack.folder().join("state"));
        assert!(files.len() > 4, "there is more on the disk than that");
        all.extend(files.into_iter().map(|file| ("the disk".to_owned(), file)));
        for (place, text) in &all {
            assert!(!text.is_empty() || place == "the disk", "{place} is empty");
        }
        all
    }
}

/// The places whose canary stands in a text, and the types whose value does.
fn found(text: &str, places: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for place in places {
        found.extend(parts(place).into_iter().filter(|part| text.contains(part)));
    }
    found.extend(values::all().into_iter().filter(|v| text.contains(&v.text)).map(|v| v.entity.to_owned()));
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_client_or_a_provider_says_stands_anywhere_but_in_their_own_exchange() {
    let place = place().await;
    place.sing().await;
    place.heard().await;
    let places = [&IN_HEADS[..], &IN_BODIES[..]].concat();
    for (name, text) in place.everything().await {
        let found = found(&text, &places);
        assert!(found.is_empty(), "{name} has {found:?}");
    }
    let log = place.stack.log();
    assert!(log.contains("TRACE") && log.contains("DEBUG"), "the sidecar's log has not all levels");
    let found = found(&log, &places);
    assert!(found.is_empty(), "the log has {found:?}");
    assert!(!place.provider.record.seen().is_empty());
}

/// Envoy's own log at `trace`, which nobody switches on by accident (it takes the admin socket): Envoy prints the
/// heads of requests there, and nothing of a body.
#[tokio::test(flavor = "multi_thread")]
async fn even_at_trace_envoys_log_has_nothing_of_a_body() {
    let place = place().await;
    let admin = place.stack.folder().join("state/run/admin.sock");
    super::operation::unix_send(&admin, "POST", "/logging?level=trace").await;
    place.sing().await;
    place.heard().await;
    let log = place.stack.log();
    assert!(log.contains("[trace]"), "Envoy's log has no trace");
    let in_bodies = found(&log, &IN_BODIES);
    assert!(in_bodies.is_empty(), "the log has {in_bodies:?}");
    // What is looked for would be found.
    assert!(!found(&log, &IN_HEADS).is_empty(), "Envoy prints no heads any more: look for all places here");
}

#[test]
fn canaries_are_told_apart() {
    let all: Vec<String> = [&IN_HEADS[..], &IN_BODIES[..]].concat().iter().flat_map(|p| parts(p)).collect();
    for one in &all {
        let in_others = all.iter().filter(|other| other.contains(one.as_str())).count();
        assert_eq!(in_others, 1, "{one}");
    }
}
