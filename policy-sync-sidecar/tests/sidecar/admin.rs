//! `/healthz`, `/readyz`, `/metrics`, `/api/status`; and what the traces add up to.

use std::net::SocketAddr;
use std::time::Duration;

use privet_core::trace::{Status as Outcome, Trace};
use privet_sidecar::admin;
use privet_sidecar::aggregates::{Aggregates, MAX_NAMES, MINUTES};
use privet_sidecar::control_plane::{Failure, Kind};
use privet_sidecar::http_local::{Address, request_at};
use privet_sidecar::policy_source::PolicyDocument;
use privet_sidecar::status::{Board, EnvoyState, Health, Part};
use serde_json::Value;

fn trace(provider: &str, status: Outcome, duration_ms: u64) -> Trace {
    Trace {
        id: "1".to_owned(),
        status,
        model_provider: provider.to_owned(),
        duration_ms,
        ttft_ms: duration_ms / 2,
        ..Trace::default()
    }
}

async fn shown(board: &Board) -> Address {
    let listener = admin::bind(Some(SocketAddr::from(([127, 0, 0, 1], 0)))).await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = admin::router(board.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Address::Tcp(address)
}

async fn get(address: &Address, path: &str) -> (u16, String) {
    let (status, body) = request_at(address, "GET", path, &[], Default::default()).await.unwrap();
    (status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
}

fn accept(board: &Board, revision: &str) {
    let json = serde_json::json!({ "schema": 1, "revision": revision }).to_string();
    let document = PolicyDocument::check(json.into_bytes()).unwrap();
    board.policy_accepted(&document, false);
}

fn in_force(board: &Board, name: &str, revision: &str) {
    board.envoy(name, |e| (e.state, e.revision) = (EnvoyState::InForce, Some(revision.to_owned())));
}

#[tokio::test]
async fn it_is_alive_at_once_and_ready_when_every_envoy_has_a_policy() {
    let board = Board::default();
    let address = shown(&board).await;
    assert_eq!(get(&address, "/healthz").await.0, 200);
    assert_eq!(get(&address, "/readyz").await.0, 503);
    board.envoy("unix:two", |_| ());
    in_force(&board, "unix:one", "1");
    assert_eq!(get(&address, "/readyz").await.0, 503);
    in_force(&board, "unix:two", "1");
    assert_eq!(get(&address, "/readyz").await.0, 200);
}

#[tokio::test]
async fn only_what_is_there_can_be_asked_and_nothing_can_be_changed() {
    let address = shown(&Board::default()).await;
    assert_eq!(get(&address, "/api/policy").await.0, 404);
    let posted = request_at(&address, "POST", "/api/status", &[], Default::default()).await.unwrap();
    assert_eq!(posted.0.as_u16(), 405);
}

#[tokio::test]
async fn the_status_and_the_metrics_tell_the_same() {
    let board = Board::default();
    accept(&board, "r\"1\\");
    in_force(&board, "unix:one", "1");
    board.envoy("unix:one", |e| e.push_ms = Some(1.5));
    let mut first = trace("openai", Outcome::Success, 40);
    first.pii_detected.insert("EMAIL".to_owned(), 3);
    first.injection_score = Some(0.25);
    first.input_tokens = Some(11);
    (first.fallback_used, first.fallback_reason) = (true, "timeout".to_owned());
    board.trace(&first);
    board.trace(&trace("openai", Outcome::Error, 2_000));
    let mut blocked = trace("", Outcome::Blocked, 1);
    blocked.error_code = "policy_violation".to_owned();
    blocked.policies_fired = vec!["no-cards".to_owned()];
    blocked.injection_score = Some(1.0);
    board.trace(&blocked);

    let address = shown(&board).await;
    let status: Value = serde_json::from_str(&get(&address, "/api/status").await.1).unwrap();
    let at = |pointer: &str| status.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/health"), "ok");
    assert_eq!(at("/policy/revision"), "r\"1\\");
    assert_eq!(at("/envoys/0/state"), "in_force");
    assert_eq!(at("/traces/outcomes"), serde_json::json!({ "success": 1, "error": 1, "blocked": 1 }));
    assert_eq!(at("/traces/providers/openai/fallbacks"), 1);
    assert_eq!(at("/traces/providers/openai/duration/count"), 2);
    assert_eq!(at("/traces/providers/openai/input_tokens"), 11);
    assert_eq!(at("/traces/fallback_reasons/timeout"), 1);
    assert_eq!(at("/traces/entities/EMAIL"), 3);
    assert_eq!(at("/traces/injection"), serde_json::json!([0, 0, 1, 0, 0, 0, 0, 0, 0, 1]));
    assert_eq!(at("/traces/blocks_by_policy/no-cards"), 1);
    assert_eq!(at("/traces/minutes/0/entities/EMAIL"), 3);

    let (code, metrics) = get(&address, "/metrics").await;
    assert_eq!(code, 200);
    for line in [
        "privet_sidecar_red 0",
        r#"privet_policy_info{revision="r\"1\\"} 1"#,
        r#"privet_envoy_in_force{address="unix:one",revision="1"} 1"#,
        r#"privet_envoy_push_seconds{address="unix:one"} 0.0015"#,
        r#"privet_requests_total{outcome="blocked"} 1"#,
        r#"privet_entities_total{type="EMAIL"} 3"#,
        r#"privet_blocks_by_policy_total{policy="no-cards"} 1"#,
        r#"privet_provider_duration_seconds_bucket{provider="openai",le="0.05"} 1"#,
        r#"privet_provider_duration_seconds_bucket{provider="openai",le="+Inf"} 2"#,
        r#"privet_provider_duration_seconds_sum{provider="openai"} 2.04"#,
        r#"privet_injection_score_bucket{le="0.3"} 1"#,
        r#"privet_injection_score_bucket{le="+Inf"} 2"#,
    ] {
        assert!(metrics.lines().any(|l| l == line), "{line}\n{metrics}");
    }
}

/// Every line is a comment or `name{labels} number`, and every name has its type before it.
#[test]
fn the_metrics_are_what_prometheus_reads() {
    let board = Board::default();
    board.trace(&trace("openai", Outcome::Success, 40));
    let metrics = privet_sidecar::metrics::render(&board.status());
    let mut types = std::collections::BTreeMap::new();
    for line in metrics.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(types.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} twice");
        } else if !line.starts_with("# HELP ") {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            let name = series.split('{').next().unwrap();
            let base =
                ["_bucket", "_sum", "_count"].iter().find_map(|e| name.strip_suffix(e)).unwrap_or(name);
            assert!(types.contains_key(name) || types.get(base).is_some_and(|k| k == "histogram"), "{line}");
        }
    }
}

#[test]
fn health_is_red_without_a_policy_or_an_envoy_and_degraded_without_a_control_plane() {
    let board = Board::default();
    let health = || board.status().health;
    assert_eq!(health(), Health::Red);
    accept(&board, "1");
    in_force(&board, "unix:one", "1");
    assert_eq!(health(), Health::Ok);
    board.envoy("unix:one", |e| e.state = EnvoyState::Away);
    assert_eq!(health(), Health::Red);
    in_force(&board, "unix:one", "1");
    let failure = Failure { kind: Kind::Away, reason: "cannot connect".to_owned(), retry_after: None };
    board.sync_failed(&failure, 1, Duration::from_secs(1));
    let status = board.status();
    assert_eq!(
        (status.health, status.problems.as_slice()),
        (Health::Degraded, &["the control plane is away".to_owned()][..])
    );
    board.synced(true, Duration::from_secs(30));
    assert_eq!(health(), Health::Ok);
}

#[tokio::test]
async fn health_is_red_while_traces_stand_in_memory() {
    let board = Board::default();
    accept(&board, "1");
    in_force(&board, "unix:one", "1");
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("missing/outbox.db");
    let outbox = privet_sidecar::outbox::Outbox::start(&nowhere, Default::default()).unwrap();
    board.outbox(outbox.state(), 10_000);
    let status = board.status();
    assert_eq!((status.health, status.outbox.durable), (Health::Red, false));
    assert!(status.outbox.disk_error.is_some());
    std::fs::create_dir(nowhere.parent().unwrap()).unwrap();
    outbox.mend().await.unwrap();
    assert_eq!(board.status().health, Health::Ok);
}

#[test]
fn errors_are_remembered_newest_first_and_counted_where_they_repeat() {
    let board = Board::default();
    for n in 0..30 {
        board.error(Part::Sync, format!("error {n}"));
    }
    board.error(Part::Sync, "error 29");
    let errors = board.status().errors;
    assert_eq!(errors.len(), 20);
    assert_eq!((errors[0].message.as_str(), errors[0].times), ("error 29", 2));
    board.error(Part::Sync, "x".repeat(100_000));
    assert!(board.status().errors[0].message.len() < 3_000);
}

#[test]
fn names_beyond_the_bound_are_counted_together() {
    let mut aggregates = Aggregates::default();
    for n in 0..MAX_NAMES + 50 {
        aggregates.add(&trace(&format!("provider-{n}"), Outcome::Success, 1), 0);
    }
    assert_eq!(aggregates.providers.len(), MAX_NAMES + 1);
    assert_eq!(aggregates.providers["other"].outcomes.success, 50);
}

#[test]
fn minutes_are_those_of_the_last_hour_whatever_the_clock_does() {
    let mut aggregates = Aggregates::default();
    let one = trace("openai", Outcome::Success, 1);
    let starts = |aggregates: &Aggregates| aggregates.minutes.iter().map(|m| m.at).collect::<Vec<_>>();
    for n in 0..100 {
        aggregates.add(&one, 6_000 + n * 60);
    }
    assert_eq!(aggregates.minutes.len(), MINUTES);
    // A little back: counted with the last minute.
    let last = *starts(&aggregates).last().unwrap();
    aggregates.add(&one, last - 120);
    assert_eq!(aggregates.minutes.back().unwrap().outcomes.success, 2);
    // Years ahead and back again.
    aggregates.add(&one, 1_000_000_020);
    aggregates.add(&one, last);
    assert_eq!(starts(&aggregates), [last]);
}

#[test]
fn quantiles_are_bounds_of_bars() {
    let mut aggregates = Aggregates::default();
    for duration in [1, 2, 3, 4, 6, 30, 40, 60, 800, 1_000_000] {
        aggregates.add(&trace("p", Outcome::Success, duration), 0);
    }
    let duration = &aggregates.providers["p"].duration;
    assert_eq!(duration.quantile(0.4), Some(5));
    assert_eq!(duration.quantile(0.5), Some(10));
    assert_eq!(duration.quantile(0.9), Some(1_000));
    assert_eq!(duration.quantile(1.0), None);
    assert_eq!(aggregates.providers["p"].first_byte.count, 10);
}
