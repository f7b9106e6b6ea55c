//! Role `ingest`: takes policies on a listener that only the sidecar reaches.
//!
//! | request | body | answer |
//! | --- | --- | --- |
//! | `PUT /privet/v1/keys` | shards of a key table, each behind its number and its length (4 bytes each, little-endian) | 204, 422 |
//! | `PUT /privet/v1/policy` | the document; if its keys are in shards, those have been brought before | 204, 409, 422 |
//! | `GET /privet/v1/policy` | | `{"revision","sha256"}` of the document in force; 404 without one |
//!
//! This runs on a worker that serves callers as well, so nothing here may take long: whoever sends the shards sends
//! some at a time, and a document with more than a few hundred keys sends them so.

use std::rc::Rc;

use privet_core::object::Json::{Number, Object, Text};
use privet_core::policy::keys::{Reference, is_whole, table_of};
use privet_core::policy::{MAX_POLICY_BYTES, Policy, Shards};
use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;
use sha2::{Digest, Sha256};

use crate::config::IngestConfig;
use crate::host::{self, Body, Headers, Map};
use crate::shared::{ABOUT, CLOUD_SYNC, PolicyStamp, SharedKeys};

const PATH: &[u8] = b"/privet/v1/policy";
const KEYS_PATH: &[u8] = b"/privet/v1/keys";

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
        Push { token_sha256: self.token_sha256.clone(), stamp: self.stamp, answered: false, takes: None }
    }
}

/// One request of the sidecar.
pub(crate) struct Push {
    token_sha256: Rc<str>,
    stamp: PolicyStamp,
    answered: bool,
    takes: Option<Takes>,
}

/// What a body is taken for.
#[derive(Clone, Copy)]
enum Takes {
    Policy,
    Keys,
}

/// Where the keys of the policy in force are; new ones go to the other place. [`Push::store`] writes it as the first
/// member.
fn place_in_force() -> u8 {
    u8::from(host::shared(ABOUT).is_some_and(|about| about.starts_with(br#"{"place":1,"#)))
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
        self.answer(status, &Object(&[("error", Text(reason))]).to_vec())
    }

    fn describe(&mut self) -> Action {
        match host::shared(ABOUT) {
            Some(about) => self.answer(200, &about),
            None => self.complain(404, "no policy yet"),
        }
    }

    fn store(&mut self, size: usize) -> Action {
        let Ok(json) = host::body(Body::Request, size) else { return self.complain(503, "no body") };
        let other = SharedKeys(1 - place_in_force());
        let policy = match Policy::parse_pushed(&json, Box::new(other)) {
            Ok(policy) => policy,
            Err(errors) => return self.complain(422, &errors.to_string()),
        };
        let place = match policy.keys.reference() {
            Some(reference) if !is_there(other, reference) => {
                return self.complain(409, "keys: not all shards of the table have been brought");
            }
            Some(_) => other.0,
            None => 1 - other.0,
        };
        let sha256 = hex(&Sha256::digest(&json));
        let about = [
            ("place", Number(place.into())),
            ("revision", Text(&policy.revision)),
            ("sha256", Text(&sha256)),
        ];
        let stored = self.stamp.publish(&json, place);
        match stored.and_then(|()| host::set_shared(ABOUT, &Object(&about).to_vec())) {
            Ok(()) => self.answer(204, b""),
            Err(error) => self.complain(503, &error.to_string()),
        }
    }

    /// Takes some shards of the next key table.
    fn store_keys(&mut self, size: usize) -> Action {
        let Ok(body) = host::body(Body::Request, size) else { return self.complain(503, "no body") };
        let place = SharedKeys(1 - place_in_force());
        let mut rest = body.as_slice();
        while !rest.is_empty() {
            let Some((number, shard, behind)) = next_shard(rest) else {
                return self.complain(422, "keys: not shards of a key table");
            };
            if let Err(error) = place.write(number, shard) {
                return self.complain(503, &error.to_string());
            }
            rest = behind;
        }
        self.answer(204, b"")
    }
}

/// The number of the shard that `bytes` begin with, the shard, and what is behind it.
fn next_shard(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    let (len, rest) = rest.split_first_chunk()?;
    let (shard, behind) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    is_whole(shard).then_some((u32::from_le_bytes(*number), shard, behind))
}

/// How many shards are looked at before a table is in force. They come in order and each part is answered, so that one
/// that is missing means that Envoy started anew meanwhile, or that two send at once; who would be in it is not let in.
const LOOKED_AT: u32 = 32;

/// Whether a table has been brought, as far as some of its shards tell, the first and the last among them.
fn is_there(place: SharedKeys, reference: Reference) -> bool {
    let is_of_it = |number| place.read(number).and_then(|shard| table_of(&shard)) == Some(reference.table);
    let last = reference.shards() - 1;
    is_of_it(last) && (0..LOOKED_AT.min(last)).all(|n| is_of_it(n * (last / LOOKED_AT).max(1)))
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
        let takes = match get(b":path") {
            PATH => Takes::Policy,
            KEYS_PATH => Takes::Keys,
            _ => return self.complain(404, "no such path"),
        };
        match (get(b":method"), takes) {
            (b"GET", Takes::Policy) => self.describe(),
            (b"PUT", Takes::Policy) if end_of_stream => self.complain(422, "policy: not valid JSON"),
            (b"PUT", Takes::Keys) if end_of_stream => self.answer(204, b""),
            (b"PUT", _) => {
                if matches!(takes, Takes::Policy) {
                    let _ = host::set_shared(CLOUD_SYNC, get(b"x-privet-cloud-sync"));
                }
                self.takes = Some(takes);
                Action::Pause
            }
            (_, Takes::Policy) => self.complain(405, "GET or PUT"),
            (_, Takes::Keys) => self.complain(405, "PUT"),
        }
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let Some(takes) = self.takes.filter(|_| !self.answered) else { return Action::Pause };
        if size > MAX_POLICY_BYTES {
            return self.complain(413, "the policy is too large");
        }
        match takes {
            _ if !end_of_stream => Action::Pause,
            Takes::Policy => self.store(size),
            Takes::Keys => self.store_keys(size),
        }
    }
}
