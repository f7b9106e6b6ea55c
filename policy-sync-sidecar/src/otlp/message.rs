//! What is said to a collector: the metrics of a [`Status`], the spans of [`Trace`]s. Both types are closed, and hold
//! counts, durations and safe names; each attribute is named here.
//!
//! Attributes have the names of OpenTelemetry's semantic conventions for generative AI (`gen_ai.…`), HTTP and errors
//! where these have one, else `privet.…`. None of the conventions' attributes of content (`gen_ai.input.messages`,
//! `gen_ai.output.messages`, `gen_ai.system_instructions`, `gen_ai.tool.*`) is ever there.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, metric::Data,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{
    ResourceSpans, ScopeSpans, Span, Status as SpanStatus, span::SpanKind,
};
use privet_core::provider::Kind;
use privet_core::trace::{Status as Outcome, Trace};

use crate::aggregates::{DURATION_BOUNDS_MS, Durations, Outcomes};
use crate::config::Config;
use crate::state::sha256;
use crate::status::{Health, Status};

const NANOSECONDS: u64 = 1_000_000_000;

/// Who speaks.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// This gateway's own id.
    pub gateway_id: String,
    /// The conventions' names of the makers of the configured providers.
    pub makers: BTreeMap<String, &'static str>,
}

impl Source {
    /// Of a configuration.
    #[must_use]
    pub fn of(config: &Config, gateway_id: String) -> Self {
        let maker = |kind| match kind {
            Kind::Openai => "openai",
            Kind::Anthropic => "anthropic",
            Kind::Google => "gcp.gemini",
            Kind::Azure => "azure.ai.openai",
            Kind::Bedrock => "aws.bedrock",
            Kind::Mistral => "mistral_ai",
            Kind::Cohere => "cohere",
            Kind::Ollama => "ollama",
        };
        let makers = config.providers.iter().map(|p| (p.name.clone(), maker(p.kind))).collect();
        Self { gateway_id, makers }
    }

    fn maker<'a>(&'a self, provider: &'a str) -> &'a str {
        self.makers.get(provider).copied().unwrap_or(provider)
    }

    fn resource(&self) -> Option<Resource> {
        let attributes = vec![
            text("service.name", "privet"),
            text("service.version", env!("CARGO_PKG_VERSION")),
            text("service.instance.id", &self.gateway_id),
        ];
        Some(Resource { attributes, ..Resource::default() })
    }
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope {
        name: "privet".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    })
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn count(key: &str, value: u64) -> KeyValue {
    attribute(key, Value::IntValue(i64::try_from(value).unwrap_or(i64::MAX)))
}

/// Metrics of one moment. Sums began at `start`; times in nanoseconds since 1970.
struct Metrics {
    start: u64,
    now: u64,
    all: Vec<Metric>,
}

impl Metrics {
    fn point(&self, attributes: Vec<KeyValue>, value: Number) -> NumberDataPoint {
        NumberDataPoint {
            attributes,
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            value: Some(value),
            ..NumberDataPoint::default()
        }
    }

    fn add(&mut self, name: &str, unit: &str, data: Data) {
        self.all.push(Metric {
            name: name.to_owned(),
            unit: unit.to_owned(),
            data: Some(data),
            ..Metric::default()
        });
    }

    fn sums(&mut self, name: &str, unit: &str, values: impl IntoIterator<Item = (Vec<KeyValue>, u64)>) {
        let value = |n| Number::AsInt(i64::try_from(n).unwrap_or(i64::MAX));
        let data_points = values.into_iter().map(|(of, n)| self.point(of, value(n))).collect();
        let aggregation_temporality = AggregationTemporality::Cumulative.into();
        self.add(name, unit, Data::Sum(Sum { data_points, aggregation_temporality, is_monotonic: true }));
    }

    fn named<'a>(&mut self, name: &str, key: &str, counts: impl IntoIterator<Item = (&'a String, &'a u64)>) {
        self.sums(name, "1", counts.into_iter().map(|(of, n)| (vec![text(key, of)], *n)));
    }

    fn gauges(&mut self, name: &str, unit: &str, values: impl IntoIterator<Item = (Vec<KeyValue>, f64)>) {
        let data_points = values.into_iter().map(|(of, n)| self.point(of, Number::AsDouble(n))).collect();
        self.add(name, unit, Data::Gauge(Gauge { data_points }));
    }

    fn histograms(&mut self, name: &str, unit: &str, data_points: Vec<HistogramDataPoint>) {
        let aggregation_temporality = AggregationTemporality::Cumulative.into();
        self.add(name, unit, Data::Histogram(Histogram { data_points, aggregation_temporality }));
    }

    fn durations(&self, attributes: Vec<KeyValue>, durations: &Durations) -> HistogramDataPoint {
        HistogramDataPoint {
            attributes,
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            count: durations.count,
            sum: Some(durations.sum_ms as f64 / 1_000.0),
            bucket_counts: durations.bars.to_vec(),
            explicit_bounds: DURATION_BOUNDS_MS.iter().map(|ms| *ms as f64 / 1_000.0).collect(),
            ..HistogramDataPoint::default()
        }
    }
}

fn by_outcome(outcomes: &Outcomes) -> [(KeyValue, u64); 3] {
    let Outcomes { success, error, blocked } = *outcomes;
    [("success", success), ("error", error), ("blocked", blocked)]
        .map(|(o, n)| (text("privet.outcome", o), n))
}

/// The status as metrics, at `now` (nanoseconds since 1970).
#[must_use]
pub fn metrics(
    status: &Status,
    spans_dropped: u64,
    source: &Source,
    now: u64,
) -> ExportMetricsServiceRequest {
    let start = now.saturating_sub(status.uptime_s.saturating_mul(NANOSECONDS));
    let mut metrics = Metrics { start, now, all: Vec::with_capacity(24) };
    let red = f64::from(u8::from(status.health == Health::Red));
    metrics.gauges("privet.sidecar.red", "1", [(vec![], red)]);
    metrics.gauges("privet.policy.age", "s", status.policy.age_s.map(|age| (vec![], age as f64)));
    let in_force = status.envoys.iter().map(|envoy| {
        let held = envoy.state == crate::status::EnvoyState::InForce;
        (vec![text("privet.envoy", &envoy.address)], f64::from(u8::from(held)))
    });
    metrics.gauges("privet.envoy.in_force", "1", in_force.collect::<Vec<_>>());
    if status.outbox.enabled {
        let totals = status.outbox.totals;
        metrics.gauges("privet.outbox.depth", "{trace}", [(vec![], status.outbox.depth as f64)]);
        metrics.sums("privet.outbox.accepted", "{trace}", [(vec![], totals.accepted)]);
        metrics.sums("privet.outbox.delivered", "{trace}", [(vec![], totals.delivered)]);
        metrics.sums("privet.outbox.dropped", "{trace}", [(vec![], totals.dropped)]);
        metrics.sums("privet.outbox.dead", "{trace}", [(vec![], totals.dead)]);
    }
    metrics.sums("privet.spans.dropped", "{span}", [(vec![], spans_dropped)]);
    metrics.sums("privet.refused_batches", "1", [(vec![], status.refused_batches)]);
    requests(&mut metrics, status);
    providers(&mut metrics, status, source);
    let scope_metrics =
        vec![ScopeMetrics { scope: scope(), metrics: metrics.all, ..ScopeMetrics::default() }];
    let resource = source.resource();
    let resource_metrics = vec![ResourceMetrics { resource, scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }
}

fn requests(metrics: &mut Metrics, status: &Status) {
    let traces = &status.traces;
    metrics.sums("privet.requests", "{request}", by_outcome(&traces.outcomes).map(|(of, n)| (vec![of], n)));
    metrics.named("privet.entities", "privet.entity.type", &traces.entities);
    metrics.named("privet.blocks_by_code", "error.type", &traces.blocks_by_code);
    metrics.named("privet.blocks_by_policy", "privet.policy.id", &traces.blocks_by_policy);
    metrics.named("privet.fallbacks", "privet.fallback.reason", &traces.fallback_reasons);
    metrics.sums("privet.masking.time", "us", [(vec![], traces.masking_us)]);
    metrics.sums("privet.rehydration.time", "us", [(vec![], traces.rehydration_us)]);
    let bars = traces.injection.len();
    let mut bucket_counts = traces.injection.to_vec();
    // Nothing is above the highest score.
    bucket_counts.push(0);
    let point = HistogramDataPoint {
        start_time_unix_nano: metrics.start,
        time_unix_nano: metrics.now,
        count: traces.injection.iter().sum(),
        bucket_counts,
        explicit_bounds: (1..=bars).map(|bar| bar as f64 / bars as f64).collect(),
        ..HistogramDataPoint::default()
    };
    metrics.histograms("privet.injection.score", "1", vec![point]);
}

fn providers(metrics: &mut Metrics, status: &Status, source: &Source) {
    let providers = &status.traces.providers;
    let who =
        |name: &str| vec![text("privet.provider", name), text("gen_ai.provider.name", source.maker(name))];
    let with = |name: &str, more| [who(name), vec![more]].concat();
    let outcomes = providers.iter().flat_map(|(name, provider)| {
        by_outcome(&provider.outcomes).map(|(outcome, n)| (with(name, outcome), n))
    });
    metrics.sums("privet.provider.requests", "{request}", outcomes.collect::<Vec<_>>());
    let tokens = providers.iter().flat_map(|(name, provider)| {
        [("input", provider.input_tokens), ("output", provider.output_tokens)]
            .map(|(kind, n)| (with(name, text("gen_ai.token.type", kind)), n))
    });
    metrics.sums("privet.provider.tokens", "{token}", tokens.collect::<Vec<_>>());
    let durations = providers.iter().map(|(name, p)| metrics.durations(who(name), &p.duration)).collect();
    let first = providers.iter().map(|(name, p)| metrics.durations(who(name), &p.first_byte)).collect();
    metrics.histograms("privet.provider.duration", "s", durations);
    metrics.histograms("privet.provider.time_to_first_byte", "s", first);
}

/// The conventions' name of what an endpoint does.
fn operation(endpoint: &str) -> &'static str {
    let is = |part: &str| endpoint.contains(part);
    if is("embed") {
        "embeddings"
    } else if is("generateContent") || is("GenerateContent") {
        "generate_content"
    } else if endpoint.ends_with("/completions") && !is("chat") || is("/api/generate") || is("/invoke") {
        "text_completion"
    } else {
        "chat"
    }
}

fn span(trace: &Trace, source: &Source) -> Span {
    let operation = operation(&trace.endpoint);
    let mut attributes = vec![text("gen_ai.operation.name", operation)];
    let names = [
        ("gen_ai.provider.name", source.maker(&trace.model_provider)),
        ("gen_ai.request.model", &trace.model_name),
        ("error.type", &trace.error_code),
        ("http.route", &trace.endpoint),
        ("privet.provider", &trace.model_provider),
        ("privet.request_id", &trace.request_id),
        ("privet.key_id", &trace.key_id),
        ("privet.tenant", &trace.tenant),
        ("privet.policy.revision", &trace.policy_revision),
        ("privet.fallback.reason", &trace.fallback_reason),
    ];
    attributes.extend(names.iter().filter(|(_, name)| !name.is_empty()).map(|(key, name)| text(key, name)));
    let counts = [
        ("gen_ai.usage.input_tokens", trace.input_tokens),
        ("gen_ai.usage.output_tokens", trace.output_tokens),
        ("http.response.status_code", Some(u64::from(trace.http_status))),
        ("http.request.body.size", Some(trace.request_bytes)),
        ("http.response.body.size", Some(trace.response_bytes)),
        ("privet.time_to_first_byte_ms", Some(trace.ttft_ms)),
        ("privet.masking_us", Some(trace.masking_us)),
        ("privet.rehydration_us", Some(trace.rehydration_us)),
        ("privet.attempts", Some(u64::from(trace.attempts))),
    ];
    attributes.extend(counts.iter().filter_map(|(key, n)| n.map(|n| count(key, n))));
    for (key, holds) in [
        ("privet.streamed", trace.streamed),
        ("privet.tokens_estimated", trace.tokens_estimated),
        ("privet.fallback.used", trace.fallback_used),
    ] {
        attributes.push(attribute(key, Value::BoolValue(holds)));
    }
    if let Some(score) = trace.injection_score {
        attributes.push(attribute("privet.injection.score", Value::DoubleValue(f64::from(score))));
    }
    for (name, n) in &trace.pii_detected {
        attributes.push(count(&format!("privet.entities.{name}"), u64::from(*n)));
    }
    if !trace.policies_fired.is_empty() {
        attributes.push(text("privet.policies_fired", &trace.policies_fired.join(",")));
    }
    // Ids by hash, so that a trace that comes again is the same span.
    let digest = sha256(trace.id.as_bytes());
    let (trace_id, span_id) = digest.split_at(16);
    let span_id = span_id.iter().take(8).copied().collect();
    let start = trace.ts.saturating_mul(1_000_000);
    let code = if trace.status == Outcome::Success { StatusCode::Unset } else { StatusCode::Error };
    Span {
        trace_id: trace_id.to_vec(),
        span_id,
        name: format!("{operation} {}", trace.model_name).trim_end().to_owned(),
        kind: SpanKind::Client.into(),
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add(trace.duration_ms.saturating_mul(1_000_000)),
        attributes,
        status: Some(SpanStatus { code: code.into(), ..SpanStatus::default() }),
        ..Span::default()
    }
}

/// Traces as spans.
#[must_use]
pub fn spans(traces: &[Trace], source: &Source) -> ExportTraceServiceRequest {
    let spans = traces.iter().map(|trace| span(trace, source)).collect();
    let scope_spans = vec![ScopeSpans { scope: scope(), spans, ..ScopeSpans::default() }];
    let resource = source.resource();
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }],
    }
}
