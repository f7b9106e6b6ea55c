//! The way of a request: its headers are admitted, its body is masked and sent on.

use privet_core::endpoint::Endpoint;
use privet_core::gateway::{self, Admitted, Head, Outgoing, holds_value, is_internal_header};
use privet_core::object::Json::{Flag, Number, Object, Text};
use privet_core::output::{Guard, Guards};
use privet_core::provider::Kind;
use privet_core::refusal::Refusal;
use privet_translate::foreign;
use proxy_wasm::types::Action;

use super::{Gathering, Phase, Stream};
use crate::gateway::add;
use crate::gateway::passage::{Leaving, Passage, vendor_headers};
use crate::global_limits::{Global, is_global};
use crate::host::{self, Body, Headers, Map};
use crate::limits::Metered;
use crate::shared::{CLOUD_SYNC, internal_error};

/// How translation calls it that thoughts of another provider are left out.
const REASONING: &str = "reasoning";

impl Stream {
    /// Answers with JSON of the gateway's own.
    fn answer(&mut self, body: &[u8]) -> Action {
        self.phase = Phase::Answered;
        let _ = host::answer(200, &[("content-type", "application/json")], body);
        Action::Pause
    }

    fn health(&mut self) -> Action {
        self.phase = Phase::Answered;
        let ready = self.worker.policy.current().is_some();
        let uptime = host::now().saturating_sub(self.worker.started) / 1_000_000_000;
        let primary = self.worker.providers.iter().find(|p| p.primary).or(self.worker.providers.first());
        let cloud_sync = host::shared(CLOUD_SYNC);
        let away = cloud_sync.as_deref() == Some(b"away");
        let message = match (ready, away) {
            (false, _) => Some("no policy has been loaded yet"),
            (true, true) => Some("the control plane is not in reach; the last good policy is in force"),
            (true, false) => None,
        };
        let body = Object(&[
            ("cloudSync", Flag(cloud_sync.as_deref() == Some(b"1"))),
            ("message", message.into()),
            ("provider", primary.map(|p| p.name.as_str()).into()),
            ("status", Text(if ready { "ok" } else { "not_ready" })),
            ("uptime", Number(uptime)),
        ]);
        let status = if ready { 200 } else { 503 };
        let _ = host::answer(status, &[("content-type", "application/json")], &body.to_vec());
        Action::Pause
    }

    /// Steps 1 to 3, as far as the headers tell.
    pub(super) fn admit(&mut self, headers: &Headers, end_of_stream: bool) -> Action {
        let mut head = Head::default();
        let mut internal: Vec<&[u8]> = Vec::new();
        for (name, value) in headers.iter() {
            note_header(&mut head, name, value);
            if name == b"x-request-id" {
                self.record.request_id = value.to_vec();
            } else if is_internal_header(name) {
                internal.push(name);
            }
        }
        if gateway::is_health(&head) {
            return self.health();
        }
        add(&self.worker.counts.requests, 1);
        let policy = self.worker.policy.current();
        let seconds = self.record.started / 1_000_000_000;
        if let Some(models) = gateway::list_models(policy.as_deref(), &self.worker.providers, &head, seconds)
        {
            return match models {
                Ok(models) => self.answer(&models),
                Err(refusal) => self.refuse(&refusal),
            };
        }
        let admitted = match gateway::admit(policy.as_deref(), &self.worker.providers, &head, seconds) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                self.format = gateway::spoken(&head);
                self.record.policy = policy;
                return self.refuse(&refusal);
            }
        };
        self.format = admitted.endpoint.answers_as();
        self.record.endpoint = admitted.endpoint.documented;
        if !self.counts_globally(&admitted)
            && let Some(refusal) = Metered::look(&admitted, self.record.started)
        {
            self.record.policy = policy;
            return self.refuse(&refusal);
        }
        let Some(policy) = policy else { return self.refuse(&internal_error()) };
        self.record.policy = Some(policy.clone());
        let mut hits = Vec::new();
        let overridden = admitted.overrides().map(|overrides| policy.masking.with(overrides));
        let masking = overridden.as_ref().unwrap_or(&policy.masking);
        let telling = headers.iter().filter(|(name, value)| holds_value(masking, name, value, &mut hits));
        for name in internal.into_iter().chain(telling.map(|(name, _)| name)) {
            if host::remove_header(Map::RequestHeaders, name).is_err() {
                return self.refuse(&internal_error());
            }
        }
        let announced = head.content_length.and_then(|l| core::str::from_utf8(l).ok()?.parse().ok());
        let path_differs = head.path != admitted.endpoint.path.as_bytes();
        let content_length = announced;
        self.phase = Phase::Gathering(Box::new(Gathering {
            admitted,
            policy,
            content_length,
            path_differs,
            vendor: vendor_headers(headers.iter()),
        }));
        if end_of_stream { self.send(0) } else { Action::Pause }
    }

    /// The whole body has come, `size` bytes: steps 3 to 8.
    pub(super) fn send(&mut self, size: usize) -> Action {
        let Phase::Gathering(gathering) = core::mem::replace(&mut self.phase, Phase::Sent) else {
            return Action::Continue;
        };
        let begin = host::now();
        let Ok(body) = host::body(Body::Request, size) else { return self.refuse(&internal_error()) };
        self.record.request_bytes = body.len() as u64;
        let mut outgoing = match self.decide(&gathering, &body, begin) {
            Ok(outgoing) => outgoing,
            Err(refusal) => {
                self.identify(gathering.admitted);
                return self.refuse(&refusal);
            }
        };
        self.take_off_foreign(&mut outgoing, &body, &gathering.admitted.endpoint);
        if let Some(refusal) = self.watch(&outgoing, &gathering) {
            self.note(outgoing, gathering.admitted);
            return self.refuse(&refusal);
        }
        if self.apply(&outgoing, body.len(), &gathering).is_err() {
            return self.refuse(&internal_error());
        }
        self.tokens = core::mem::take(&mut outgoing.masked.tokens);
        self.note(outgoing, gathering.admitted);
        self.record.sent = host::now();
        self.record.masking = self.record.sent.saturating_sub(begin);
        Action::Continue
    }

    /// Takes off what another format's provider has sealed, where the request goes to one of the client's own.
    fn take_off_foreign(&mut self, outgoing: &mut Outgoing, body: &[u8], endpoint: &Endpoint) {
        let Some(format) = endpoint.format.filter(|_| !outgoing.translated) else { return };
        if !outgoing.masked.foreign_thoughts {
            return;
        }
        let masked = outgoing.masked.body.as_deref().unwrap_or(body);
        if let Some(own) = foreign::take_off(format, &outgoing.masked.route.model, masked) {
            outgoing.masked.body = Some(own);
            REASONING.clone_into(&mut self.approximated);
        }
    }

    /// Begins to ask about the answer; the refusal where a policy forbids it whatever it says.
    fn watch(&mut self, outgoing: &Outgoing, gathering: &Gathering) -> Option<Refusal> {
        let provider = self.worker.providers.get(outgoing.provider).map_or("", |p| p.name.as_str());
        self.guards = Guards::of(&gathering.policy, &gathering.admitted, &outgoing.masked, provider);
        self.guards.live.as_ref().and_then(Guard::refusal)
    }

    /// Steps 3 to 8 on the whole body.
    fn decide(&mut self, gathering: &Gathering, body: &[u8], now: u64) -> Result<Outgoing, Refusal> {
        let Gathering { policy, admitted, .. } = gathering;
        let masked = gateway::read(policy, &self.worker.providers, admitted, body)?;
        // Said of refused requests as well.
        self.record.score = masked.scores.foreign();
        self.record.fired.clone_from(&masked.verdict.fired);
        self.record.shadow.clone_from(&masked.shadow);
        if masked.verdict.blocked.is_some() || !masked.blocked.is_empty() {
            self.record.counts.clone_from(&masked.counts);
            self.record.model.clone_from(&masked.model);
            self.record.coverage = masked.coverage;
        }
        let bytes = masked.coverage.scanned.bytes;
        if self.counts_globally(admitted) {
            self.global = Some(Global::claim(admitted, &masked.model, bytes));
        } else {
            self.metered = Metered::take(admitted, bytes, now)?;
        }
        gateway::decide(policy, &self.worker.providers, admitted, masked, translates)
    }

    /// Whether a service counts this caller's requests for all Envoys.
    fn counts_globally(&self, admitted: &Admitted) -> bool {
        self.worker.global_limits && is_global(admitted)
    }

    /// Notes down what the trace will say of the request.
    fn note(&mut self, outgoing: Outgoing, admitted: Admitted) {
        let masked = outgoing.masked;
        self.masked = masked.counts.iter().map(|(_, count)| count).sum();
        self.warnings = masked.verdict.warnings;
        add(&self.worker.counts.masked, u64::from(self.masked));
        self.record.provider = Some(outgoing.provider);
        self.record.counts = masked.counts;
        self.record.model = masked.model;
        self.record.streamed = outgoing.streamed;
        self.record.coverage = masked.coverage;
        let coverage = masked.coverage;
        add(&self.worker.counts.bytes_scanned, coverage.scanned.bytes);
        add(&self.worker.counts.bytes_structural, coverage.structural.bytes);
        add(&self.worker.counts.bytes_opaque, coverage.opaque.bytes);
        add(&self.worker.counts.strings_opaque, coverage.opaque.strings);
        self.identify(admitted);
    }

    /// Notes down who asked for what.
    fn identify(&mut self, admitted: Admitted) {
        self.record.key_id = admitted.key_id;
        self.record.tenant = admitted.tenant;
    }

    /// Puts the masked request in the place of the client's.
    fn apply(&mut self, outgoing: &Outgoing, size: usize, gathering: &Gathering) -> host::Result<()> {
        let announced = gathering.content_length;
        let body = outgoing.masked.body.as_deref();
        if let Some(body) = body {
            host::replace_body(Body::Request, size, body)?;
        }
        let length = body.map_or(size, <[u8]>::len);
        if announced != Some(length as u64) {
            // Set, not removed: some providers refuse uploads without a length.
            host::set_header(Map::RequestHeaders, b"content-length", length.to_string().as_bytes())?;
        }
        if announced.is_none() {
            host::remove_header(Map::RequestHeaders, b"transfer-encoding")?;
        }
        let path = outgoing.path.as_ref().unwrap_or(&gathering.admitted.endpoint.path);
        if gathering.path_differs || outgoing.path.is_some() {
            host::set_header(Map::RequestHeaders, b":path", path.as_bytes())?;
        }
        if let Some(global) = &self.global {
            global.announce()?;
        }
        let leaving = Leaving {
            endpoint: &gathering.admitted.endpoint,
            path,
            outgoing,
            content_length: length,
            vendor: &gathering.vendor,
            failover_on_429: gathering.policy.routing.failover_on_429,
        };
        self.passage = Passage::open(&self.worker.providers, &leaving)?;
        Ok(())
    }
}

/// Whether what an endpoint is asked for can be said to a provider of this kind in another format.
fn translates(kind: Kind, endpoint: &Endpoint) -> bool {
    let told = |format| privet_translate::told(kind, format).is_some();
    privet_translate::is_translatable(endpoint) && endpoint.format.is_some_and(told)
}

fn note_header<'h>(head: &mut Head<'h>, name: &[u8], value: &'h [u8]) {
    match name {
        b":method" => head.method = value,
        b":path" => head.path = value,
        b"content-type" => head.content_type = Some(value),
        b"content-length" => head.content_length = Some(value),
        b"content-encoding" => head.content_encoding = Some(value),
        b"authorization" => head.authorization = Some(value),
        b"x-api-key" => head.api_key = Some(value),
        b"x-goog-api-key" => head.goog_api_key = Some(value),
        b"api-key" => head.azure_api_key = Some(value),
        b"x-rivano-provider" => head.provider = Some(value),
        b"x-rivano-agent" => head.agent = Some(value),
        _ => {}
    }
}
