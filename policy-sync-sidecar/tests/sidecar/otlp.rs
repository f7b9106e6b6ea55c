//! OpenTelemetry, to a collector that decodes what it gets with OpenTelemetry's own messages.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use hyper::body::Bytes as Body;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::trace::v1::Span;
use privet_core::trace::{Status, Trace};
use privet_sidecar::backoff::Pace;
use privet_sidecar::config::{Otlp, PlaneTls};
use privet_sidecar::http_local::request;
use privet_sidecar::otlp::{Export, MAX_WAITING_SPANS, Source, Spans};
use privet_sidecar::status::Board;
use prost::Message;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::plane::Plane;
use super::process::{Place, gateway};
use super::support::until;

/// What a collector has taken, and how it was asked.
#[derive(Debug, Clone, Default)]
struct Taken {
    metrics: Vec<ExportMetricsServiceRequest>,
    spans: Vec<Span>,
    headers: Vec<HeaderMap>,
    asked: usize,
}

#[derive(Clone)]
struct Collector {
    address: SocketAddr,
    /// The status of answers, and `Retry-After`.
    mood: Arc<Mutex<(u16, Option<&'static str>)>>,
    taken: watch::Sender<Taken>,
}

async fn take(collector: &Collector, headers: HeaderMap, keep: impl FnOnce(&mut Taken)) -> Response {
    let (status, wait) = *collector.mood.lock().unwrap();
    collector.taken.send_modify(|taken| {
        taken.asked += 1;
        if status == 200 {
            taken.headers.push(headers);
            keep(taken);
        }
    });
    let mut response = StatusCode::from_u16(status).unwrap().into_response();
    if let Some(wait) = wait {
        response.headers_mut().insert("retry-after", wait.parse().unwrap());
    }
    response
}

async fn metrics(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> Response {
    let request = ExportMetricsServiceRequest::decode(body).unwrap();
    take(&collector, headers, |taken| taken.metrics.push(request)).await
}

async fn traces(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> Response {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let scopes = request.resource_spans.into_iter().flat_map(|r| r.scope_spans);
    let spans: Vec<Span> = scopes.flat_map(|s| s.spans).collect();
    let refused = spans.iter().filter(|span| span.name == "chat refused-in-part").count();
    let mut response = take(&collector, headers, |taken| taken.spans.extend(spans)).await;
    if refused > 0 {
        let rejected_spans = i64::try_from(refused).unwrap();
        let partial = ExportTracePartialSuccess { rejected_spans, ..ExportTracePartialSuccess::default() };
        let body = ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec();
        *response.body_mut() = body.into();
    }
    response
}

impl Collector {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (taken, _) = watch::channel(Taken::default());
        let collector = Self { address, mood: Arc::new(Mutex::new((200, None))), taken };
        let app = Router::new()
            .route("/v1/metrics", post(metrics))
            .route("/v1/traces", post(traces))
            .with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        collector
    }

    fn mood(&self, status: u16, retry_after: Option<&'static str>) {
        *self.mood.lock().unwrap() = (status, retry_after);
    }

    async fn until(&self, what: impl Fn(&Taken) -> bool) -> Taken {
        until(&mut self.taken.subscribe(), what).await
    }
}

fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.clone().unwrap().value.unwrap() {
        Value::StringValue(text) => text,
        Value::IntValue(n) => n.to_string(),
        Value::BoolValue(b) => b.to_string(),
        Value::DoubleValue(n) => n.to_string(),
        other => panic!("{other:?}"),
    };
    pairs.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

/// The points of a metric, by their attributes: sums and gauges, and how many a histogram has.
fn points(request: &ExportMetricsServiceRequest, name: &str) -> BTreeMap<String, f64> {
    let scopes = request.resource_metrics.iter().flat_map(|r| &r.scope_metrics);
    let metric = scopes.flat_map(|s| &s.metrics).find(|m| m.name == name);
    let data = metric.unwrap_or_else(|| panic!("no {name}")).data.clone().unwrap();
    let of = |pairs: &[KeyValue]| attributes(pairs).into_values().collect::<Vec<_>>().join(" ");
    let number = |value: Option<Number>| match value.unwrap() {
        Number::AsInt(n) => n as f64,
        Number::AsDouble(n) => n,
    };
    match data {
        Data::Sum(sum) => {
            assert!(sum.is_monotonic && sum.aggregation_temporality == 2, "{name} is no sum since the start");
            sum.data_points.iter().map(|p| (of(&p.attributes), number(p.value))).collect()
        }
        Data::Gauge(gauge) => {
            gauge.data_points.iter().map(|p| (of(&p.attributes), number(p.value))).collect()
        }
        Data::Histogram(all) => {
            for point in &all.data_points {
                assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
                assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
                assert!(point.time_unix_nano >= point.start_time_unix_nano);
            }
            all.data_points.iter().map(|p| (of(&p.attributes), p.count as f64)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn trace(n: usize) -> Trace {
    Trace {
        id: format!("t{n}"),
        ts: 1_750_000_000_000,
        request_id: format!("r{n}"),
        endpoint: "/v1/chat/completions".to_owned(),
        status: Status::Success,
        http_status: 200,
        model_provider: "chat-provider".to_owned(),
        model_name: "gpt-4o".to_owned(),
        input_tokens: Some(12),
        output_tokens: Some(34),
        duration_ms: 800,
        ttft_ms: 90,
        injection_score: Some(0.25),
        pii_detected: [("EMAIL".to_owned(), 2)].into(),
        policies_fired: vec!["p-1".to_owned()],
        policy_revision: "r7".to_owned(),
        ..Trace::default()
    }
}

struct Exporting {
    spans: Spans,
    board: Board,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

fn export(address: SocketAddr, interval: Duration) -> Exporting {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let otlp = Otlp {
        endpoint: format!("http://{address}"),
        headers: vec![("authorization".to_owned(), "Bearer made-up".to_owned())],
        interval,
        spans: true,
        tls: PlaneTls::default(),
    };
    let source = Source {
        gateway_id: "gateway-1".to_owned(),
        makers: [("chat-provider".to_owned(), "openai")].into(),
    };
    let (board, spans) = (Board::default(), Spans::default());
    let pace = Pace { floor: Duration::from_millis(1), ceiling: Duration::from_millis(5) };
    let export = Export::new(otlp, source, board.clone(), spans.clone(), pace).unwrap();
    let (stop, stopped) = watch::channel(false);
    Exporting { spans, board, stop, task: tokio::spawn(export.run(stopped)) }
}

impl Exporting {
    fn add(&self, traces: impl IntoIterator<Item = Trace>) {
        for trace in traces {
            self.board.trace(&trace);
            self.spans.add(&trace);
        }
    }

    async fn end(self) {
        self.stop.send_replace(true);
        self.task.await.unwrap();
    }
}

const SOON: Duration = Duration::from_millis(10);

#[tokio::test]
async fn each_request_is_a_span_with_the_conventions_names_and_the_metrics_are_those_of_the_status() {
    let collector = Collector::start().await;
    let exporting = export(collector.address, SOON);
    let blocked = Trace {
        status: Status::Blocked,
        http_status: 403,
        error_code: "policy_violation".to_owned(),
        model_provider: String::new(),
        ..trace(2)
    };
    exporting.add([trace(1), blocked]);
    let whole = |taken: &Taken| {
        let last = taken.metrics.last();
        taken.spans.len() == 2 && last.is_some_and(|m| points(m, "privet.requests")["blocked"] == 1.0)
    };
    let taken = collector.until(whole).await;
    let span = &taken.spans[0];
    assert_eq!(
        (span.name.as_str(), span.kind, span.trace_id.len(), span.span_id.len()),
        ("chat gpt-4o", 3, 16, 8)
    );
    assert_eq!(span.end_time_unix_nano - span.start_time_unix_nano, 800_000_000);
    assert_eq!(span.start_time_unix_nano, 1_750_000_000_000_000_000);
    let said = attributes(&span.attributes);
    for (key, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-4o"),
        ("gen_ai.usage.input_tokens", "12"),
        ("gen_ai.usage.output_tokens", "34"),
        ("http.response.status_code", "200"),
        ("privet.provider", "chat-provider"),
        ("privet.entities.EMAIL", "2"),
        ("privet.injection.score", "0.25"),
        ("privet.policies_fired", "p-1"),
    ] {
        assert_eq!(said.get(key).map(String::as_str), Some(value), "{key}: {said:?}");
    }
    let refused = attributes(&taken.spans[1].attributes);
    assert_eq!(refused["error.type"], "policy_violation");
    assert_eq!(taken.spans[1].status.as_ref().unwrap().code, 2);
    assert!(!refused.contains_key("gen_ai.provider.name"));
    let content = [
        "gen_ai.input",
        "gen_ai.output",
        "gen_ai.system",
        "gen_ai.tool",
        "gen_ai.prompt",
        "gen_ai.completion",
    ];
    for name in said.keys().chain(refused.keys()) {
        assert!(!content.iter().any(|c| name.starts_with(c)), "{name}");
    }
    let last = taken.metrics.last().unwrap();
    assert_eq!(points(last, "privet.requests")["success"], 1.0);
    assert_eq!(points(last, "privet.entities")["EMAIL"], 4.0);
    assert_eq!(points(last, "privet.provider.tokens")["openai output chat-provider"], 34.0);
    assert_eq!(points(last, "privet.provider.duration")["openai chat-provider"], 1.0);
    assert_eq!(points(last, "privet.injection.score")[""], 2.0);
    let who = attributes(&last.resource_metrics[0].resource.as_ref().unwrap().attributes);
    assert_eq!((who["service.name"].as_str(), who["service.instance.id"].as_str()), ("privet", "gateway-1"));
    for headers in &taken.headers {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        assert_eq!(headers["authorization"], "Bearer made-up");
    }
    exporting.end().await;
}

#[tokio::test]
async fn a_collector_that_was_away_gets_every_span_once_and_sums_that_hold() {
    let collector = Collector::start().await;
    collector.mood(503, None);
    let exporting = export(collector.address, SOON);
    exporting.add((0..700).map(trace));
    collector.until(|taken| taken.asked > 4).await;
    assert!(exporting.board.status().errors.iter().any(|e| e.message.contains("503")));
    collector.mood(200, None);
    let taken = collector.until(|taken| taken.spans.len() >= 700).await;
    let ids: std::collections::BTreeSet<_> = taken.spans.iter().map(|s| s.trace_id.clone()).collect();
    assert_eq!((taken.spans.len(), ids.len()), (700, 700));
    assert_eq!(exporting.spans.counts(), (0, 0));
    exporting.end().await;
    let taken = collector.taken.borrow().clone();
    assert_eq!(points(taken.metrics.last().unwrap(), "privet.requests")["success"], 700.0);
}

#[tokio::test]
async fn of_more_spans_than_may_wait_the_newest_arrive_and_the_rest_is_counted() {
    let collector = Collector::start().await;
    collector.mood(429, None);
    let exporting = export(collector.address, SOON);
    exporting.add((0..MAX_WAITING_SPANS + 30).map(trace));
    collector.until(|taken| taken.asked > 1).await;
    collector.mood(200, None);
    let counted = |taken: &Taken| {
        taken.metrics.last().is_some_and(|m| points(m, "privet.spans.dropped")[""] == 30.0)
            && taken.spans.len() == MAX_WAITING_SPANS
    };
    let taken = collector.until(counted).await;
    let first = attributes(&taken.spans[0].attributes);
    assert_eq!(first["privet.request_id"], "r30");
    exporting.end().await;
}

#[tokio::test]
async fn what_is_refused_for_good_is_not_sent_again_and_partial_refusals_are_said() {
    let collector = Collector::start().await;
    collector.mood(400, None);
    let exporting = export(collector.address, SOON);
    exporting.add([trace(1)]);
    collector.until(|taken| taken.asked > 3).await;
    collector.mood(200, None);
    exporting.add([Trace { model_name: "refused-in-part".to_owned(), ..trace(2) }]);
    let taken = collector.until(|taken| !taken.spans.is_empty()).await;
    assert_eq!(attributes(&taken.spans[0].attributes)["privet.request_id"], "r2");
    assert_eq!(exporting.spans.counts(), (0, 1));
    let (board, said) = (exporting.board.clone(), "refused 1 of the traces");
    exporting.end().await;
    assert!(board.status().errors.iter().any(|e| e.message.contains(said)), "{:?}", board.status().errors);
}

#[tokio::test]
async fn a_collector_that_asks_to_wait_is_not_asked_before() {
    let collector = Collector::start().await;
    collector.mood(503, Some("3600"));
    let exporting = export(collector.address, SOON);
    collector.until(|taken| taken.asked == 1).await;
    exporting.add((0..600).map(trace));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(collector.taken.borrow().asked, 1);
    exporting.task.abort();
}

/// Traces go to the control plane and the status is good, while the collector is not there.
#[tokio::test]
async fn a_collector_that_is_not_there_disturbs_nothing_and_at_the_end_what_waits_is_sent() {
    let plane = Plane::start().await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let otlp = |address| {
        format!(
            "telemetry: {{ flush_interval_ms: 100, otlp: {{ endpoint: 'http://{address}', spans: true, interval: 1 }} }}"
        )
    };
    let place = Place::new(&gateway(&plane, &otlp(free)));
    let mut sidecar = place.start(&[], &[]);
    let body = Body::from(json!({ "traces": [trace(1)] }).to_string());
    let socket = sidecar.sockets.join("intake.sock");
    let (status, _) = request(&socket, "POST", "/privet/v1/traces", &[], body.clone()).await.unwrap();
    assert_eq!(status.as_u16(), 204);
    sidecar.until(|s| s["outbox"]["delivered"] == 1).await;
    sidecar.until(|s| s["errors"].to_string().contains("collector")).await;
    sidecar.signal("-TERM");
    assert_eq!(sidecar.ended().await, 0);
    // With one that is there, an hour's interval does not keep back what waits at the end.
    let collector = Collector::start().await;
    let place =
        Place::new(&gateway(&plane, &otlp(collector.address).replace("interval: 1", "interval: 3600")));
    let mut sidecar = place.start(&[], &[]);
    let socket = sidecar.sockets.join("intake.sock");
    request(&socket, "POST", "/privet/v1/traces", &[], body).await.unwrap();
    sidecar.signal("-TERM");
    assert_eq!(sidecar.ended().await, 0);
    let taken = collector.taken.borrow().clone();
    assert_eq!((taken.spans.len(), taken.metrics.len()), (1, 1));
}
