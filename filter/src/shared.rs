//! What the roles have in common: the policy in shared data, and the refusal for the module's own faults.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use privet_core::policy::{Policy, Shards};
use privet_core::refusal::{Code, Refusal};

use crate::host::{self, Gauge};

/// The policy document, behind one byte: in which of the two places the shards of its keys are.
const POLICY: &str = "privet.policy";
/// What the sidecar is told of the policy in force, and where its keys are.
pub(crate) const ABOUT: &str = "privet.policy.about";
/// When the policy was pushed, in milliseconds since 1970: a gauge, because every request looks at it.
const STAMP: &str = "privet_policy_pushed_ms";
/// Whether the sidecar reached its control plane: `1`, `away`, or `0` where it has none.
pub(crate) const CLOUD_SYNC: &str = "privet.cloud_sync";

/// The header that Anthropic's API requires, and what it holds where the client sent none.
pub(crate) const VERSION_HEADER: &[u8] = b"anthropic-version";
pub(crate) const DEFAULT_ANTHROPIC_VERSION: &[u8] = b"2023-06-01";

/// The stamp of the policy in shared data; it grows with each push.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PolicyStamp(Gauge);

impl PolicyStamp {
    pub(crate) fn define() -> host::Result<Self> {
        Gauge::define(STAMP).map(Self)
    }

    /// Puts a policy in force whose keys are at `place`. The stamp comes last: who sees it finds the policy that
    /// belongs to it, or a newer one.
    pub(crate) fn publish(self, policy: &[u8], place: u8) -> host::Result<()> {
        host::set_shared(POLICY, &[&[place], policy].concat())?;
        let milliseconds = host::now() / 1_000_000;
        self.0.set(milliseconds.max(self.0.get() + 1))
    }
}

/// The shards of a key table in shared data. There are two places, so that a new table can be brought while the old
/// one is in force.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SharedKeys(pub(crate) u8);

impl SharedKeys {
    fn name(self, number: u32) -> String {
        format!("privet.keys.{}.{number}", self.0)
    }

    /// Puts a shard there.
    pub(crate) fn write(self, number: u32, shard: &[u8]) -> host::Result<()> {
        host::set_shared(&self.name(number), shard)
    }
}

impl Shards for SharedKeys {
    fn read(&self, number: u32) -> Option<Vec<u8>> {
        host::shared(&self.name(number))
    }
}

/// The policy as this worker has compiled it.
pub(crate) struct PolicyCache {
    stamp: PolicyStamp,
    seen: Cell<u64>,
    policy: RefCell<Option<Rc<Policy>>>,
}

impl PolicyCache {
    pub(crate) fn new() -> host::Result<Self> {
        Ok(Self { stamp: PolicyStamp::define()?, seen: Cell::new(0), policy: RefCell::default() })
    }

    /// The policy in force: a push that was answered is seen by every request that comes after it.
    pub(crate) fn current(&self) -> Option<Rc<Policy>> {
        let stamp = self.stamp.0.get();
        if stamp != self.seen.get() {
            // Only a document that parsed is pushed; should one not parse here, the last good one stays.
            let shared = host::shared(POLICY).unwrap_or_default();
            if let Some((place, json)) = shared.split_first()
                && let Ok(policy) = Policy::parse_pushed(json, Box::new(SharedKeys(*place)))
            {
                self.policy.replace(Some(Rc::new(policy)));
            }
            self.seen.set(stamp);
        }
        self.policy.borrow().clone()
    }
}

/// The refusal where the host or the module itself failed.
pub(crate) fn internal_error() -> Refusal {
    Refusal::new(Code::Internal, "the gateway failed; the request was not passed on")
}
