//! OpenTelemetry: metrics, and as an option a span for each request, to a collector by OTLP over HTTP
//! (`opentelemetry-proto` 1.x, binary encoding, `POST /v1/metrics` and `/v1/traces`).
//!
//! Only the protocol's messages come from OpenTelemetry's crates, not its SDK: the counters and histograms stand on the
//! [`Board`] already, and the SDK has no way to take over a histogram that somebody else has counted. So nothing is
//! counted twice, nothing else runs, and the requests go out by the client that the control plane is spoken to with.
//!
//! What is said comes from [`Trace`], a closed type, and from the status; there is no way for content to get here.
//!
//! Metrics are sums since the sidecar's start, so that one that did not arrive is made good by the next. Spans wait in
//! memory, at most [`MAX_WAITING_SPANS`]; the oldest are dropped first, and counted. Only what the protocol calls
//! retryable (429, 502, 503, 504, no answer) is sent again, after a growing wait, and with `Retry-After` obeyed.

mod message;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use privet_core::trace::Trace;
use prost::Message;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tracing::{debug, info, warn};

pub use message::{Source, metrics, spans};

use crate::backoff::{Backoff, Pace, jittered, random, retry_after};
use crate::config::Otlp;
use crate::control_plane::{ClientError, http_client, with_causes};
use crate::status::{Board, Part};

/// Spans that wait at most: some two seconds' worth at a thousand requests a second, two megabytes of memory.
pub const MAX_WAITING_SPANS: usize = 2_000;
/// Spans of a request to the collector; so many that wait are sent at once.
const BATCH: usize = 500;
/// Longest that one exchange may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read: a collector has nothing to say but how much it refused.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

#[derive(Debug, Default)]
struct Waiting {
    wanted: bool,
    traces: VecDeque<Trace>,
    dropped: u64,
}

/// The traces that shall become spans. Takes none while nobody wants any.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    waiting: Arc<Mutex<Waiting>>,
    enough: Arc<Notify>,
}

impl Spans {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether spans are wanted from now on.
    pub fn want(&self, wanted: bool) {
        let mut waiting = self.lock();
        waiting.wanted = wanted;
        if !wanted {
            waiting.traces = VecDeque::new();
        }
    }

    /// Takes a trace.
    pub fn add(&self, trace: &Trace) {
        let mut waiting = self.lock();
        if !waiting.wanted {
            return;
        }
        if waiting.traces.len() >= MAX_WAITING_SPANS {
            waiting.traces.pop_front();
            waiting.dropped += 1;
        }
        waiting.traces.push_back(trace.clone());
        if waiting.traces.len() >= BATCH {
            self.enough.notify_one();
        }
    }

    fn take(&self) -> Vec<Trace> {
        let mut waiting = self.lock();
        let count = waiting.traces.len().min(BATCH);
        waiting.traces.drain(..count).collect()
    }

    /// Puts back what could not be sent; what came meanwhile is newer, and counts first.
    fn put_back(&self, traces: Vec<Trace>) {
        let mut waiting = self.lock();
        let room = MAX_WAITING_SPANS.saturating_sub(waiting.traces.len());
        let too_many = traces.len().saturating_sub(room);
        waiting.dropped += too_many as u64;
        for trace in traces.into_iter().skip(too_many).rev() {
            waiting.traces.push_front(trace);
        }
    }

    /// How many wait, and how many were dropped since the start.
    #[must_use]
    pub fn counts(&self) -> (usize, u64) {
        let waiting = self.lock();
        (waiting.traces.len(), waiting.dropped)
    }
}

/// What a request to the collector came to.
enum Outcome {
    Taken,
    /// It refused it for good.
    Refused,
    /// It may take it later.
    Later(Option<Duration>),
}

/// The way to a collector.
#[derive(Debug)]
pub struct Export {
    http: Client,
    otlp: Otlp,
    headers: HeaderMap,
    source: Source,
    board: Board,
    spans: Spans,
    backoff: Backoff,
}

impl Export {
    /// An export that has not begun. Its spans are wanted from now on, if it has any.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn new(
        otlp: Otlp,
        source: Source,
        board: Board,
        spans: Spans,
        pace: Pace,
    ) -> Result<Self, ClientError> {
        let http = http_client(&otlp.tls, TIMEOUT)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &otlp.headers {
            // Both were looked at when the configuration was read.
            if let (Ok(name), Ok(mut value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                value.set_sensitive(true);
                headers.insert(name, value);
            }
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        spans.want(otlp.spans);
        Ok(Self { http, otlp, headers, source, board, spans, backoff: Backoff::new(pace) })
    }

    /// Exports until `stop` says so or its sender is gone; then once more.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let stopped = async |stop: &mut watch::Receiver<bool>| drop(stop.wait_for(|stop| *stop).await);
        let mut due = Instant::now() + jittered(self.otlp.interval, 0.1, random());
        loop {
            // After a failure nothing but time counts.
            let failing = self.backoff.failures() > 0;
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = tokio::time::sleep_until(due) => {
                    let wait = self.export(true).await;
                    due = Instant::now() + wait;
                }
                () = self.spans.enough.notified(), if !failing => {
                    let wait = self.export(false).await;
                    // The metrics keep to their own time.
                    if self.backoff.failures() > 0 {
                        due = Instant::now() + wait;
                    }
                }
            }
        }
        self.export(true).await;
        self.spans.want(false);
    }

    /// Sends what there is; how long to wait then.
    async fn export(&mut self, with_metrics: bool) -> Duration {
        if with_metrics {
            let body =
                metrics(&self.board.status(), self.spans.counts().1, &self.source, now()).encode_to_vec();
            if let Outcome::Later(asked) = self.send::<ExportMetricsServiceResponse>("metrics", body).await {
                return self.backoff.failed(asked, random());
            }
        }
        loop {
            let traces = self.spans.take();
            if traces.is_empty() {
                break;
            }
            let body = spans(&traces, &self.source).encode_to_vec();
            match self.send::<ExportTraceServiceResponse>("traces", body).await {
                Outcome::Taken => {}
                Outcome::Refused => self.spans.lock().dropped += traces.len() as u64,
                Outcome::Later(asked) => {
                    self.spans.put_back(traces);
                    return self.backoff.failed(asked, random());
                }
            }
        }
        if self.backoff.failures() > 0 {
            info!("the collector takes OpenTelemetry again");
            self.backoff.reset();
        }
        jittered(self.otlp.interval, 0.1, random())
    }

    async fn send<A: Message + Default + Rejected>(&self, signal: &str, body: Vec<u8>) -> Outcome {
        let url = format!("{}/v1/{signal}", self.otlp.endpoint);
        let answer = self.http.post(url).headers(self.headers.clone()).body(body).send().await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(e) => {
                self.complain(format!("collector: {}", with_causes(&e)));
                return Outcome::Later(None);
            }
        };
        let status = answer.status().as_u16();
        match status {
            200..300 => {
                debug!(signal, "OpenTelemetry taken");
                let rejected =
                    read(answer).await.and_then(|body| A::decode(&*body).ok()).map_or(0, |a| a.rejected());
                if rejected > 0 {
                    self.complain(format!("the collector refused {rejected} of the {signal}"));
                }
                Outcome::Taken
            }
            429 | 502 | 503 | 504 => {
                self.complain(format!("the collector answered with status {status}"));
                let text = |name| answer.headers().get(name).and_then(|v: &HeaderValue| v.to_str().ok());
                Outcome::Later(text(RETRY_AFTER).and_then(|v| retry_after(v, text(DATE), SystemTime::now())))
            }
            _ => {
                self.complain(format!("the collector refused {signal} with status {status}"));
                Outcome::Refused
            }
        }
    }

    fn complain(&self, reason: String) {
        warn!("OpenTelemetry: {reason}");
        self.board.error(Part::Telemetry, reason);
    }
}

/// How much of a request a collector refused, although it took the rest.
trait Rejected {
    fn rejected(&self) -> i64;
}

impl Rejected for ExportMetricsServiceResponse {
    fn rejected(&self) -> i64 {
        self.partial_success.as_ref().map_or(0, |p| p.rejected_data_points)
    }
}

impl Rejected for ExportTraceServiceResponse {
    fn rejected(&self) -> i64 {
        self.partial_success.as_ref().map_or(0, |p| p.rejected_spans)
    }
}

async fn read(mut answer: Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| u64::try_from(d.as_nanos()).unwrap_or(u64::MAX))
}
