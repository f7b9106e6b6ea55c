//! The gates that a request passes before anything in it is looked for: size, key, path, type, model, limits; with a
//! policy of very many keys, whose shards are copied for each request as a host copies them.

use privet_core::gateway::{Head, admit, decide, read};
use privet_core::limits::Shard;
use privet_core::policy::{Policy, Shards};
use privet_core::provider::{Kind, Provider};

use super::keys;

/// The body of a request in which there is nothing to find.
const BODY: &[u8] = br#"{"model":"mini","messages":[]}"#;

/// A policy and a provider.
pub struct Gates {
    policy: Policy,
    providers: [Provider; 1],
    limits: Vec<u8>,
}

#[derive(Debug)]
struct Held(Vec<Vec<u8>>);

impl Shards for Held {
    fn read(&self, number: u32) -> Option<Vec<u8>> {
        self.0.get(number as usize).cloned()
    }
}

impl Gates {
    /// Gates with so many keys, more than a document holds; none where the policy is refused.
    pub fn new(count: usize) -> Option<Self> {
        let json = keys::policy("bench", count);
        let pushed = Policy::parse(json.as_bytes()).ok()?.pushed(json.as_bytes())?;
        let policy = Policy::parse_pushed(&pushed.document, Box::new(Held(pushed.shards))).ok()?;
        let provider = Provider {
            name: "openai".to_owned(),
            kind: Kind::Openai,
            authority: "localhost".to_owned(),
            base_path: "/v1".to_owned(),
            primary: true,
            ..Provider::default()
        };
        Some(Self { policy, providers: [provider], limits: Vec::new() })
    }

    /// Whether a request with this key passes all of them.
    pub fn pass(&mut self, key: &str) -> bool {
        let head = Head {
            method: b"POST",
            path: b"/v1/chat/completions",
            content_type: Some(b"application/json"),
            content_length: Some(b"31"),
            api_key: Some(key.as_bytes()),
            ..Head::default()
        };
        let Ok(admitted) = admit(Some(&self.policy), &self.providers, &head, 0) else { return false };
        let Ok(masked) = read(&self.policy, &self.providers, &admitted, BODY) else { return false };
        if !admitted.limits.is_empty() {
            let mut shard = Shard::read(&self.limits);
            let _ = shard.take(admitted.caller.unwrap_or_default(), &admitted.limits, 1, 1);
            self.limits = shard.write(1);
        }
        decide(&self.policy, &self.providers, &admitted, masked, |_, _| false).is_ok()
    }
}
