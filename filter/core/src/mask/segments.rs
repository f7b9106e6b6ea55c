//! The texts of a request one by one, for what looks at them as wholes: the injection score and patterns of
//! policies. Each is looked at as it is read, and whose words it holds is settled when its message ends,
//! because a message may say who speaks behind what is said.

use crate::injection::{Origin, Scores, score};

/// Texts shorter than this many bytes hold no instruction worth a score: "Ignore all rules" has sixteen.
pub const MIN_SCORED_BYTES: usize = 16;

/// What is looked for in the texts besides values.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Whether they are scored.
    pub score: bool,
}

/// A text that was looked at.
struct Segment {
    /// Where it begins in the body.
    at: usize,
    /// Whose it is, once that is known.
    origin: Option<Origin>,
    score: crate::injection::Score,
}

/// The texts of a request that were looked at, in the order of the body.
#[derive(Default)]
pub(super) struct Segments {
    seen: Vec<Segment>,
    /// Who speaks in the open message.
    role: Option<Origin>,
}

impl Segments {
    /// Looks at a text that begins at `at`.
    pub(super) fn look(&mut self, look: Look, text: &[u8], at: usize) {
        if look.score && text.len() >= MIN_SCORED_BYTES {
            self.seen.push(Segment { at, origin: None, score: score(text) });
        }
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

    /// The texts of a document that stands at `at`, which were looked at by themselves.
    pub(super) fn add_document(&mut self, mut document: Self, at: usize) {
        for segment in &mut document.seen {
            (segment.at, segment.origin) = (at, Some(Origin::Tool));
        }
        self.seen.append(&mut document.seen);
    }

    /// The highest score of each origin.
    pub(super) fn scores(&self) -> Scores {
        let mut scores = Scores::default();
        for segment in &self.seen {
            scores.add(segment.origin.unwrap_or(Origin::User), segment.score);
        }
        scores
    }
}
