//! How much a text reads like an attempt to turn a model against its operator: a score, and of which sort.

pub mod classes;
pub mod features;
pub mod model;
pub mod window;

use model::Model;
use window::Scorer;

/// The sort of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Family {
    /// The text takes the operator's place: "ignore all previous instructions", "you are now".
    RoleConfusion,
    /// Marks that part the turns of a conversation: `<|im_start|>system`, `### Instruction`.
    Delimiter,
    /// The text asks for the system prompt, secrets or other people's data.
    Exfiltration,
    /// A document speaks to the model that reads it.
    Indirect,
    /// Another self without limits, fiction as an excuse.
    Jailbreak,
}

impl Family {
    /// How many there are.
    pub const COUNT: usize = 5;
    /// All, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] =
        [Self::RoleConfusion, Self::Delimiter, Self::Exfiltration, Self::Indirect, Self::Jailbreak];

    /// Its name in traces and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RoleConfusion => "role confusion",
            Self::Delimiter => "delimiter",
            Self::Exfiltration => "exfiltration",
            Self::Indirect => "indirect",
            Self::Jailbreak => "jailbreak",
        }
    }
}

/// Signs that a text hides something; each can only raise the score.
pub const SIGNS: usize = 3;

/// A text's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// From 0 (nothing of the kind) to 1.
    pub value: f32,
    /// What weighed most.
    pub family: Family,
}

/// The score of a segment: one message, one tool's answer.
#[must_use]
pub fn score(text: &[u8]) -> Score {
    score_with(&Model::built_in(), text)
}

/// The same with other weights.
#[must_use]
pub fn score_with(model: &Model<'_>, text: &[u8]) -> Score {
    let (raw, family) = raw(model, text);
    Score { value: model.calibrate(raw), family }
}

/// The value before calibration.
#[must_use]
pub fn raw(model: &Model<'_>, text: &[u8]) -> (f32, Family) {
    let mut scorer = Scorer::new(model);
    features::read(text, &mut scorer);
    scorer.finish()
}
