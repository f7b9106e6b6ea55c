//! The texts of a request one by one, for what looks at them as wholes: the injection score and patterns of
//! policies. Each is looked at as it is read, and whose words it holds is settled when its message ends,
//! because a message may say who speaks behind what is said.

use core::ops::Range;

use crate::injection::{Origin, Score, Scores};
use crate::policy::policies::{Field, Pattern};

/// Texts shorter than this many bytes hold no instruction worth a score: "Ignore all rules" has sixteen.
pub const MIN_SCORED_BYTES: usize = 16;

/// What is looked for in the texts besides values.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look<'p> {
    /// Whether they are scored.
    pub score: bool,
    /// What else is looked for in them; at most 64.
    pub patterns: &'p [Pattern<'p>],
    /// Whether values may have to be redacted that else would stay.
    pub redacts: bool,
    /// Whether the answer is asked about, so that what goes out as it is must be known.
    pub watched: bool,
    /// Whether messages may have to be removed.
    pub drops: bool,
}

/// A text that was looked at.
struct Segment {
    /// Where it begins in the body.
    at: usize,
    /// Whose it is, once that is known.
    origin: Option<Origin>,
    score: Option<Score>,
    /// The patterns that were found in it, a bit each.
    matched: u64,
}

/// The texts of a request that were looked at, in the order of the body.
#[derive(Default)]
pub(super) struct Segments {
    seen: Vec<Segment>,
    /// Who speaks in the open message.
    role: Option<Origin>,
}

impl Segments {
    /// Notes down the score of a text that begins at `at`, and looks for patterns in it. `found` is told where patterns stand that may be redacted: the text's
    /// number, the pattern's, and the place in the text.
    pub(super) fn look(
        &mut self,
        look: Look<'_>,
        text: &[u8],
        at: usize,
        score: Option<Score>,
        mut found: impl FnMut(usize, usize, Range<usize>),
    ) {
        let mut matched = 0;
        if !look.patterns.is_empty() {
            let text = core::str::from_utf8(text).unwrap_or_default();
            for (n, pattern) in look.patterns.iter().enumerate() {
                let mut matches = pattern.regex.find_iter(text).filter(|m| !m.is_empty()).peekable();
                if matches.peek().is_some() {
                    matched |= 1u64.checked_shl(n as u32).unwrap_or_default();
                }
                if pattern.redacts {
                    matches.for_each(|m| found(self.seen.len(), n, m.range()));
                }
            }
        }
        if score.is_some() || matched > 0 {
            self.seen.push(Segment { at, origin: None, score, matched });
        }
    }

    /// How many texts were looked at.
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whose a text is.
    pub(super) fn origin(&self, number: usize) -> Origin {
        self.seen.get(number).and_then(|segment| segment.origin).unwrap_or(Origin::User)
    }

    /// Whether a pattern was found in a text of a field.
    pub(super) fn matched(&self, pattern: usize, field: Field) -> bool {
        let bit = 1u64.checked_shl(pattern as u32).unwrap_or_default();
        let is_so = |s: &Segment| s.matched & bit > 0 && field.holds(s.origin.unwrap_or(Origin::User));
        self.seen.iter().any(is_so)
    }

    /// Notes down who speaks. What is neither the operator nor a tool is taken for the user: words that a client
    /// puts into the model's mouth are the client's.
    pub(super) fn speaks(&mut self, role: &[u8]) {
        self.role = Some(match role {
            b"system" | b"developer" => Origin::System,
            b"tool" | b"function" => Origin::Tool,
            _ => Origin::User,
        });
    }

    /// Settles whose the texts from `start` on are that nothing inside of them has settled.
    pub(super) fn settle(&mut self, start: usize, origin: Origin) {
        for segment in self.seen.iter_mut().rev().take_while(|s| s.at >= start) {
            segment.origin.get_or_insert(origin);
        }
    }

    /// The end of what the operator says, from `start` on. Who speaks in it (Gemini's instruction has a role) says
    /// nothing about the next message.
    pub(super) fn end_instructions(&mut self, start: usize) {
        self.role = None;
        self.settle(start, Origin::System);
    }

    /// The end of a message that began at `start`.
    pub(super) fn end_message(&mut self, start: usize) {
        let origin = self.role.take().unwrap_or(Origin::User);
        self.settle(start, origin);
    }

    /// The texts from the number `first` on were those of a document that stands at `at`.
    pub(super) fn end_document(&mut self, first: usize, at: usize) {
        for segment in self.seen.get_mut(first..).unwrap_or_default() {
            (segment.at, segment.origin) = (at, Some(Origin::Tool));
        }
    }

    /// The highest score of each origin.
    pub(super) fn scores(&self) -> Scores {
        let mut scores = Scores::default();
        for segment in &self.seen {
            if let Some(score) = segment.score {
                scores.add(segment.origin.unwrap_or(Origin::User), score);
            }
        }
        scores
    }
}
