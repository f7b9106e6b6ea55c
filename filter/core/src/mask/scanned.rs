//! A body between its walk and its replacement: policies are asked here, when all that is in it is known and nothing
//! of it has been replaced.

use core::fmt;
use core::ops::Range;

use super::drop::{self, Message};
use super::segments::Segments;
use super::splice::{Found, Rules, What, in_order, splice};
use super::{Look, Masked, Scan, unescaped};
use crate::json::{JsonError, Shape, Types, walk};
use crate::policy::Masking;
use crate::policy::policies::{Field, Redactions};

/// A body that was read, before anything in it is replaced.
pub struct Scanned<'a> {
    body: &'a [u8],
    masking: &'a Masking,
    look: Look<'a>,
    found: Vec<Found>,
    segments: Segments,
    messages: Vec<Message>,
    /// Where the model's name stands.
    models: Vec<Range<usize>>,
    /// What is known of it; its body and tokens are still missing.
    pub masked: Masked,
}

impl fmt::Debug for Scanned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scanned({:?})", self.masked)
    }
}

impl Scanned<'_> {
    /// Whether a pattern that was looked for stands in a text of a field.
    #[must_use]
    pub fn matches(&self, pattern: usize, field: Field) -> bool {
        self.segments.matched(pattern, field)
    }

    /// Puts the model's `id` in the place of the `name` that the client wrote, wherever the format names the model;
    /// Google's `models/` before it stays.
    pub fn rename(&mut self, name: &str, id: &str) {
        let with = serde_json::to_string(id).unwrap_or_default();
        let with = with.strip_prefix('"').and_then(|w| w.strip_suffix('"')).unwrap_or_default();
        for mut range in core::mem::take(&mut self.models) {
            let written = unescaped(self.body, range.clone());
            let prefix: &[u8] = b"models/";
            let below = written.strip_prefix(prefix).filter(|_| range.len() == written.len());
            if below == Some(name.as_bytes()) {
                range.start += prefix.len();
            } else if *written != *name.as_bytes() {
                continue;
            }
            self.found.push(Found { range, what: What::Name(with.to_owned()) });
        }
        in_order(&mut self.found);
    }

    /// Replaces what was found, as the policy's masking and these redactions say.
    #[must_use]
    pub fn finish(self, redactions: &Redactions<'_>) -> Masked {
        let Self { body, masking, look, mut found, segments, messages, mut masked, .. } = self;
        let rules = Rules { masking, redactions, segments: &segments };
        if look.redacts {
            rules.settle(&mut found);
        }
        if look.drops {
            masked.must_stay = drop::remove(&mut found, &messages, body, &rules).is_err();
        }
        if !found.is_empty() {
            masked.body = Some(splice(body, found, &rules, &mut masked.tokens, &mut |_| ()));
        }
        masked
    }
}

/// Reads a body of these types, with a look at its texts for what policies ask.
///
/// # Errors
/// Where the body is not JSON of that shape.
pub fn scan<'a>(
    body: &'a [u8],
    root: &'static Shape,
    types: Types,
    masking: &'a Masking,
    look: Look<'a>,
) -> Result<Scanned<'a>, JsonError> {
    let mut scan = Scan::new(body, masking, look);
    walk(body, root, types, &mut scan)?;
    scan.documents();
    let Scan { found, mut masked, segments, models, messages, .. } = scan;
    masked.scores = segments.scores();
    Ok(Scanned { body, masking, look, found, segments, models, messages, masked })
}
