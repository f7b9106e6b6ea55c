//! The status in Prometheus's text format (version 0.0.4). Labels are names of providers, types, policies,
//! codes and addresses; nothing that a client wrote.

use std::fmt::{Display, Write};

use crate::aggregates::{DURATION_BOUNDS_MS, Durations, INJECTION_BARS};
use crate::status::{EnvoyState, Health, Status, SyncState};

/// The media type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (n, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{text}\"", if n == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.head(name, kind, help);
        self.line(name, &[], value);
    }

    fn many<'a>(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = (&'a String, &'a u64)>,
    ) {
        self.head(name, "counter", help);
        for (text, value) in values {
            self.line(name, &[(label, text)], value);
        }
    }

    fn durations(&mut self, name: &str, provider: &str, durations: &Durations) {
        let (bucket, mut sum) = (format!("{name}_bucket"), 0);
        for (bar, bound) in durations.bars.iter().zip(DURATION_BOUNDS_MS) {
            sum += bar;
            let le = (bound as f64 / 1000.0).to_string();
            self.line(&bucket, &[("provider", provider), ("le", &le)], sum);
        }
        self.line(&bucket, &[("provider", provider), ("le", "+Inf")], durations.count);
        let seconds = durations.sum_ms as f64 / 1000.0;
        self.line(&format!("{name}_sum"), &[("provider", provider)], seconds);
        self.line(&format!("{name}_count"), &[("provider", provider)], durations.count);
    }
}

/// The page.
#[must_use]
pub fn render(status: &Status) -> String {
    let mut page = Page(String::with_capacity(8 * 1024));
    let red = u8::from(status.health == Health::Red);
    page.one("privet_sidecar_red", "gauge", "1 where somebody has to look.", red);
    page.one("privet_sidecar_uptime_seconds", "gauge", "Since the start.", status.uptime_s);
    policy(&mut page, status);
    envoys(&mut page, status);
    outbox(&mut page, status);
    traces(&mut page, status);
    page.0
}

fn policy(page: &mut Page, status: &Status) {
    let revision = status.policy.revision.as_deref().unwrap_or_default();
    page.head("privet_policy_info", "gauge", "The policy at hand.");
    page.line("privet_policy_info", &[("revision", revision)], u8::from(!revision.is_empty()));
    let age = status.policy.age_s.unwrap_or(0);
    page.one("privet_policy_age_seconds", "gauge", "For how long it is at hand.", age);
    let refused = u8::from(status.policy.refused.is_some());
    page.one("privet_policy_refused", "gauge", "1 while the newest document is refused.", refused);
    if status.sync.state != SyncState::Off {
        let in_sync = u8::from(status.sync.state == SyncState::InSync);
        page.one("privet_sync_up", "gauge", "1 while the control plane answers with a policy.", in_sync);
        let failures = status.sync.failures;
        page.one("privet_sync_failures", "gauge", "Failed attempts since the last success.", failures);
    }
}

fn envoys(page: &mut Page, status: &Status) {
    page.head("privet_envoy_in_force", "gauge", "1 where the newest policy is in force.");
    for envoy in &status.envoys {
        let revision = envoy.revision.as_deref().unwrap_or_default();
        let labels = [("address", envoy.address.as_str()), ("revision", revision)];
        page.line("privet_envoy_in_force", &labels, u8::from(envoy.state == EnvoyState::InForce));
    }
    page.head("privet_envoy_push_seconds", "gauge", "How long the last push took.");
    for envoy in &status.envoys {
        if let Some(milliseconds) = envoy.push_ms {
            let labels = [("address", envoy.address.as_str())];
            page.line("privet_envoy_push_seconds", &labels, milliseconds / 1000.0);
        }
    }
    page.head("privet_envoy_losses_total", "counter", "How often an Envoy had lost its policy.");
    for envoy in &status.envoys {
        page.line("privet_envoy_losses_total", &[("address", &envoy.address)], envoy.losses);
    }
}

fn outbox(page: &mut Page, status: &Status) {
    let outbox = &status.outbox;
    if !outbox.enabled {
        return;
    }
    page.one("privet_outbox_depth", "gauge", "Traces that wait.", outbox.depth);
    let durable = u8::from(outbox.durable);
    page.one("privet_outbox_durable", "gauge", "1 while what waits is on the disk.", durable);
    let totals = outbox.totals;
    page.one("privet_traces_accepted_total", "counter", "Taken in.", totals.accepted);
    page.one("privet_traces_delivered_total", "counter", "Taken by the control plane.", totals.delivered);
    page.one("privet_traces_dropped_total", "counter", "Lost: too many waited.", totals.dropped);
    page.one("privet_traces_dead_total", "counter", "Refused for good.", totals.dead);
    page.one(
        "privet_delivery_failures",
        "gauge",
        "Failed deliveries since the last success.",
        outbox.failures,
    );
}

fn traces(page: &mut Page, status: &Status) {
    let traces = &status.traces;
    page.head("privet_requests_total", "counter", "Requests by outcome.");
    let outcomes = traces.outcomes;
    let all = [("success", outcomes.success), ("error", outcomes.error), ("blocked", outcomes.blocked)];
    for (outcome, count) in all {
        page.line("privet_requests_total", &[("outcome", outcome)], count);
    }
    page.many("privet_entities_total", "Values found.", "type", &traces.entities);
    page.many("privet_blocks_by_code_total", "Refusals.", "code", &traces.blocks_by_code);
    page.many("privet_blocks_by_policy_total", "Refusals.", "policy", &traces.blocks_by_policy);
    page.many("privet_fallbacks_by_reason_total", "Fallbacks asked.", "reason", &traces.fallback_reasons);
    page.one(
        "privet_refused_batches_total",
        "counter",
        "Batches that held no traces.",
        status.refused_batches,
    );
    page.head("privet_injection_score", "histogram", "Injection scores of requests.");
    let mut sum = 0;
    for (bar, count) in traces.injection.iter().enumerate() {
        sum += count;
        let bound = (bar + 1) as f64 / INJECTION_BARS as f64;
        page.line("privet_injection_score_bucket", &[("le", &bound.to_string())], sum);
    }
    page.line("privet_injection_score_bucket", &[("le", "+Inf")], sum);
    page.line("privet_injection_score_count", &[], sum);
    page.head("privet_provider_requests_total", "counter", "Requests by provider and outcome.");
    for (name, provider) in &traces.providers {
        let outcomes = provider.outcomes;
        for (outcome, count) in
            [("success", outcomes.success), ("error", outcomes.error), ("blocked", outcomes.blocked)]
        {
            let labels = [("provider", name.as_str()), ("outcome", outcome)];
            page.line("privet_provider_requests_total", &labels, count);
        }
    }
    let tokens = "privet_provider_tokens_total";
    page.head(tokens, "counter", "Tokens by provider and direction.");
    for (name, provider) in &traces.providers {
        page.line(tokens, &[("provider", name), ("direction", "input")], provider.input_tokens);
        page.line(tokens, &[("provider", name), ("direction", "output")], provider.output_tokens);
    }
    page.head("privet_provider_duration_seconds", "histogram", "Whole requests.");
    for (name, provider) in &traces.providers {
        page.durations("privet_provider_duration_seconds", name, &provider.duration);
    }
    page.head("privet_provider_first_byte_seconds", "histogram", "To the answer's first byte.");
    for (name, provider) in &traces.providers {
        page.durations("privet_provider_first_byte_seconds", name, &provider.first_byte);
    }
}
