//! Role `ingest`: `PUT` and `GET /privet/v1/policy` on a listener that only the sidecar reaches.

use std::rc::Rc;

use privet_core::policy::{MAX_POLICY_BYTES, Policy};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use sha2::{Digest, Sha256};

use crate::config::IngestConfig;
use crate::host::{self, Body, Headers, Map};
use crate::shared::{CLOUD_SYNC, POLICY, PolicyStamp};

const PATH: &[u8] = b"/privet/v1/policy";

pub(crate) struct Root {
    token_sha256: Rc<str>,
    stamp: PolicyStamp,
}

impl Root {
    pub(crate) fn new(config: IngestConfig) -> Result<Self, String> {
        if config.token_sha256.len() != 64 {
            return Err("token_sha256: 64 hexadecimal digits".to_owned());
        }
        let stamp = PolicyStamp::define().map_err(|e| e.to_string())?;
        Ok(Self { token_sha256: config.token_sha256.into(), stamp })
    }

    pub(crate) fn stream(&self) -> Push {
        Push {
            token_sha256: self.token_sha256.clone(),
            stamp: self.stamp,
            answered: false,
            accepts_body: false,
        }
    }
}

/// One request of the sidecar.
pub(crate) struct Push {
    token_sha256: Rc<str>,
    stamp: PolicyStamp,
    answered: bool,
    accepts_body: bool,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Push {
    fn answer(&mut self, status: u16, body: &[u8]) -> Action {
        if !self.answered {
            self.answered = true;
            let _ = host::answer(status, &[("content-type", "application/json")], body);
        }
        Action::Pause
    }

    fn complain(&mut self, status: u16, reason: &str) -> Action {
        let body = serde_json::json!({ "error": reason }).to_string();
        self.answer(status, body.as_bytes())
    }

    fn describe(&mut self) -> Action {
        let Some(json) = host::shared(POLICY) else { return self.complain(404, "no policy yet") };
        let revision = Policy::parse(&json).map(|p| p.revision).unwrap_or_default();
        let body = serde_json::json!({ "revision": revision, "sha256": hex(&Sha256::digest(&json)) });
        self.answer(200, body.to_string().as_bytes())
    }

    fn store(&mut self, size: usize) -> Action {
        let Ok(json) = host::body(Body::Request, size) else { return self.complain(503, "no body") };
        if let Err(errors) = Policy::parse(&json) {
            return self.complain(422, &errors.to_string());
        }
        let stored = self.stamp.publish(&json);
        match stored {
            Ok(()) => self.answer(204, b""),
            Err(error) => self.complain(503, &error.to_string()),
        }
    }
}

impl Context for Push {}

impl HttpContext for Push {
    fn on_http_request_headers(&mut self, _: usize, end_of_stream: bool) -> Action {
        let Ok(headers) = Headers::read(Map::RequestHeaders) else { return self.complain(503, "no headers") };
        let get = |name: &[u8]| headers.iter().find(|(n, _)| *n == name).map(|(_, v)| v).unwrap_or_default();
        // Digests are compared, so the time tells nothing about the token.
        if hex(&Sha256::digest(get(b"x-privet-push-token"))) != *self.token_sha256 {
            return self.complain(401, "x-privet-push-token is not the one");
        }
        if get(b":path") != PATH {
            return self.complain(404, "no such path");
        }
        match get(b":method") {
            b"GET" => self.describe(),
            b"PUT" if end_of_stream => self.complain(422, "policy: not valid JSON"),
            b"PUT" => {
                let _ = host::set_shared(CLOUD_SYNC, get(b"x-privet-cloud-sync"));
                self.accepts_body = true;
                Action::Pause
            }
            _ => self.complain(405, "GET or PUT"),
        }
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if self.answered || !self.accepts_body {
            return Action::Pause;
        }
        if size > MAX_POLICY_BYTES {
            return self.complain(413, "the policy is too large");
        }
        if end_of_stream { self.store(size) } else { Action::Pause }
    }
}
