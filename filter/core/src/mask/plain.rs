//! Text that stands by itself, outside of any request: what the policy finds in it, and how it is masked.
//! The same code as for a request's body, for the tools that try a policy out.

use core::fmt;

use super::splice::{Rules, splice};
use super::{Look, Scan};
use crate::bytes::cut;
use crate::detect::overlap::Claim;
use crate::entity::{EntityType, Hit};
use crate::injection::model::Model;
use crate::injection::{Score, Scoring};
use crate::policy::policies::Redactions;
use crate::policy::{Action, Masking};

/// A value that was replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Replaced {
    /// Where it stood in the text, and as what.
    pub hit: Hit,
    /// The number of its placeholder; none where it was redacted.
    pub number: Option<u32>,
}

impl Replaced {
    /// The value as it stood in `text`, the text that was masked.
    #[must_use]
    pub fn value<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        cut(text, self.hit.range.clone())
    }
}

/// A text, masked.
#[derive(Default)]
pub struct MaskedText {
    /// The new text.
    pub text: Vec<u8>,
    /// What was replaced, in the order of the text.
    pub replaced: Vec<Replaced>,
    /// The types whose action is `block` that were found: the gateway would refuse this text.
    pub blocked: Vec<EntityType>,
}

impl fmt::Debug for MaskedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text is still a prompt.
        write!(f, "MaskedText({} replaced, blocked {:?})", self.replaced.len(), self.blocked)
    }
}

/// Replaces `hits` by what `masking` finds in `text`, in order and without overlaps: all but what it
/// allows, or finds with less than its type's minimum score.
pub fn find(text: &[u8], masking: &Masking, hits: &mut Vec<Hit>) {
    find_under(&[], text, masking, hits, None);
}

/// The same, and how much the text reads like an attack, in one pass over its words.
pub fn find_and_score(text: &[u8], masking: &Masking, hits: &mut Vec<Hit>) -> Score {
    score_under(&[], text, masking, hits)
}

/// The same, of a text that stands under a `label`.
pub(super) fn score_under(label: &[u8], text: &[u8], masking: &Masking, hits: &mut Vec<Hit>) -> Score {
    let mut scoring = Scoring::new(Model::built_in());
    find_under(label, text, masking, hits, Some(&mut scoring));
    scoring.finish(text)
}

/// What is found in a text that stands under a `label`; its words are scored on the way.
pub(crate) fn find_under(
    label: &[u8],
    text: &[u8],
    masking: &Masking,
    hits: &mut Vec<Hit>,
    scoring: Option<&mut Scoring<'_>>,
) {
    let claim = |hit: &Hit| match masking.action_at(hit.entity, hit.score) {
        Action::Allow => Claim::Nothing,
        Action::Warn => Claim::Notice,
        Action::Mask | Action::Redact | Action::Block => Claim::Change,
    };
    masking.detector.scan_and_score(masking.sought(), label, text, hits, claim, scoring);
}

/// Masks `text` as `masking` says, as if it were the only text of a request. Bytes outside of masked spans
/// are copied as they are.
#[must_use]
pub fn mask_text(text: &[u8], masking: &Masking) -> MaskedText {
    let mut scan = Scan::new(text, masking, Look::default());
    scan.text(text, &[], None, Clone::clone);
    let Scan { found, hits, segments, mut masked, .. } = scan;
    let rules = Rules { masking, redactions: &Redactions::default(), segments: &segments };
    let mut numbers = Vec::with_capacity(found.len());
    let text = splice(text, found, &rules, &mut masked.tokens, &mut |number| numbers.push(number));
    // What is only warned about is a hit, and stays.
    let changed = |hit: &Hit| masking.action_at(hit.entity, hit.score) != Action::Warn;
    let replaced = hits.into_iter().filter(changed).zip(numbers);
    let replaced = replaced.map(|(hit, number)| Replaced { hit, number }).collect();
    MaskedText { text, replaced, blocked: masked.blocked }
}
