//! What the roles have in common: the policy in shared data, and the refusal for the module's own faults.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use privet_core::policy::Policy;
use privet_core::refusal::{Code, Refusal};

use crate::host;

/// The policy document.
pub(crate) const POLICY: &str = "privet.policy";
/// A stamp that changes with each push: eight bytes, so that looking for news costs next to nothing.
pub(crate) const STAMP: &str = "privet.policy.stamp";
/// Whether the sidecar reached its control plane: `1` or `0`.
pub(crate) const CLOUD_SYNC: &str = "privet.cloud_sync";

/// The policy as this worker has compiled it.
#[derive(Default)]
pub(crate) struct PolicyCache {
    stamp: Cell<u64>,
    policy: RefCell<Option<Rc<Policy>>>,
}

impl PolicyCache {
    /// The policy in force: a push that was answered is seen by every request that comes after it.
    pub(crate) fn current(&self) -> Option<Rc<Policy>> {
        let stamp = host::shared(STAMP).and_then(|s| <[u8; 8]>::try_from(s).ok()).map(u64::from_le_bytes);
        let stamp = stamp?;
        if stamp != self.stamp.get() {
            // Only a document that parsed is pushed; should one not parse here, the last good one stays.
            if let Some(policy) = host::shared(POLICY).and_then(|json| Policy::parse(&json).ok()) {
                self.policy.replace(Some(Rc::new(policy)));
            }
            self.stamp.set(stamp);
        }
        self.policy.borrow().clone()
    }
}

/// The refusal where the host or the module itself failed.
pub(crate) fn internal_error() -> Refusal {
    Refusal::new(Code::Internal, "the gateway failed; the request was not passed on")
}
