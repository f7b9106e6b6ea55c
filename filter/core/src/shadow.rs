//! What a shadow would have done: its masking and its policies are evaluated beside those in force, on the same body,
//! and nothing of it is carried out. Only counts come of it.

use std::collections::BTreeMap;

use crate::json::{Shape, Types};
use crate::mask::{Look, Masked, scan};
use crate::output::Guard;
use crate::policy::policies::{Effect, Facts};
use crate::policy::{Action, Masking, Shadow, Verdict};
use crate::trace;

/// A request as the policy in force sees it, for what the shadow does not look at by itself.
pub(crate) struct Request<'a> {
    pub(crate) body: &'a [u8],
    pub(crate) shape: &'static Shape,
    pub(crate) types: Types,
    pub(crate) agent: &'a [u8],
    /// What is known of it; its counts and matches are the other policy's.
    pub(crate) facts: Facts<'a>,
}

/// Evaluates the request phase.
pub(crate) fn evaluate(shadow: &Shadow, request: Request<'_>) -> trace::Shadow {
    let active = shadow.policies.of(request.agent);
    let patterns = active.patterns();
    let look = Look { patterns: &patterns, redacts: active.redacts(), ..Look::default() };
    let mut tried = trace::Shadow { revision: shadow.revision.clone(), ..trace::Shadow::default() };
    // The same body has been read before.
    let Ok(scanned) = scan(request.body, request.shape, request.types, &shadow.masking, look) else {
        return tried;
    };
    let mut verdict = Verdict::default();
    let facts = Facts {
        counts: &scanned.masked.counts,
        text_bytes: scanned.masked.coverage.scanned.bytes,
        matched: &|pattern, field| scanned.matches(pattern, field),
        ..request.facts
    };
    let _ = active.judge(&facts, &mut verdict);
    count_values(&mut tried, &shadow.masking, &scanned.masked);
    for id in verdict.fired {
        if let Some(effect) = active.effect(&id) {
            count(&mut tried, &id, effect);
        }
    }
    tried
}

fn count_values(tried: &mut trace::Shadow, masking: &Masking, masked: &Masked) {
    for (entity, number) in masked.counts.iter() {
        let name = masking.name(entity);
        let action = masking.action(entity);
        let counts = match action {
            Action::Mask => &mut tried.would_mask,
            Action::Redact => &mut tried.would_redact,
            Action::Block => &mut tried.would_block,
            Action::Warn => &mut tried.would_warn,
            Action::Allow => continue,
        };
        let name = if action == Action::Mask { name.to_owned() } else { format!("masking.entities.{name}") };
        add(counts, &name, number);
    }
}

fn count(tried: &mut trace::Shadow, id: &str, effect: Effect) {
    let counts = match effect {
        Effect::Block => &mut tried.would_block,
        Effect::Redact(_) => &mut tried.would_redact,
        Effect::Warn => &mut tried.would_warn,
    };
    add(counts, id, 1);
}

fn add(counts: &mut BTreeMap<String, u32>, name: &str, by: u32) {
    let sum = counts.entry(name.to_owned()).or_default();
    *sum = sum.saturating_add(by);
}

impl trace::Shadow {
    /// Adds what the policies of the response phase would have done.
    pub fn add_answer(&mut self, guard: &Guard) {
        for (id, effect) in guard.effects() {
            count(self, id, effect);
        }
    }
}
