//! How much a text reads like an attempt to turn a model against its operator: a score, and of which sort.
//!
//! The words of a text, by pairs and by [classes] of meaning, weigh what training gave them ([features], [model]).
//! The whole text and overlapping windows of its words are weighed, and the highest counts ([window]), so that an
//! attack in a long document weighs what it weighs alone. Where a text shows signs of hiding something ([survey]),
//! what is behind invisible characters, look-alikes ([characters]) and simple encodings ([encoded]) is weighed
//! like a text of its own, and having been hidden adds to it.
//!
//! The work is linear in the text's length, and nothing is allocated for a text without such signs; what is
//! uncovered is never longer than the piece that hides it. How the weights were made, and what may be expected of
//! them, stands in `training/README.md` and `docs/injection-score.md`.

pub mod characters;
pub mod classes;
pub mod encoded;
pub mod features;
pub mod model;
pub mod survey;
pub mod window;

use core::fmt;

use crate::bytes::cut;
use crate::detect::words::{self, Word};
use features::Reader;
use model::Model;
use survey::Survey;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Invisible characters inside of words.
    Invisible,
    /// Letters that look like others.
    Disguised,
    /// An encoding.
    Encoded,
}

/// How many signs there are.
pub const SIGNS: usize = 3;

/// Below it, a text passes by default; from it on, it is worth a warning.
pub const WARN: f32 = 0.3;
/// From it on, a text is blocked by default.
pub const BLOCK: f32 = 0.7;

/// A text's score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// From 0 (nothing of the kind) to 1.
    pub value: f32,
    /// What weighed most.
    pub family: Family,
}

/// Whose words a segment holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The operator's: system and developer messages.
    System,
    /// The user's.
    User,
    /// A tool's answer, a document.
    Tool,
}

/// The highest score of each origin's segments. An operator's own rules may read like an attack, and a document
/// that speaks to the model is worse than a user who does: so they are kept apart.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scores {
    /// The operator's; none where there was no segment.
    pub system: Option<Score>,
    /// The user's.
    pub user: Option<Score>,
    /// The tools'.
    pub tool: Option<Score>,
}

impl Scores {
    /// Counts a segment's score.
    pub fn add(&mut self, origin: Origin, score: Score) {
        let kept = match origin {
            Origin::System => &mut self.system,
            Origin::User => &mut self.user,
            Origin::Tool => &mut self.tool,
        };
        if kept.is_none_or(|kept| score.value > kept.value) {
            *kept = Some(score);
        }
    }

    /// The highest value of what did not come from the operator; none where there was no such segment.
    #[must_use]
    pub fn foreign(&self) -> Option<f32> {
        let values = self.user.into_iter().chain(self.tool).map(|score| score.value);
        values.reduce(f32::max)
    }
}

/// The score of a segment: one message, one tool's answer.
#[must_use]
pub fn score(text: &[u8]) -> Score {
    score_with(Model::built_in(), text)
}

/// The same with other weights.
#[must_use]
pub fn score_with(model: &Model<'_>, text: &[u8]) -> Score {
    let (raw, family) = raw(model, text);
    Score { value: model.calibrate(raw), family }
}

/// A text that is being scored by somebody who walks over its words anyway.
pub struct Scoring<'a> {
    reader: Reader,
    scorer: Scorer<'a>,
}

impl fmt::Debug for Scoring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Hashes of words would tell a text.
        f.write_str("Scoring")
    }
}

impl<'a> Scoring<'a> {
    /// A text of which no word has come yet.
    #[must_use]
    pub fn new(model: &'a Model<'a>) -> Self {
        Self { reader: Reader::default(), scorer: Scorer::new(model) }
    }

    /// The next words of `text`, in order.
    pub fn words(&mut self, text: &[u8], batch: &[Word]) {
        self.reader.words(text, batch, &mut self.scorer);
    }

    /// The score of `text`, all of whose words have come.
    #[must_use]
    pub fn finish(self, text: &[u8]) -> Score {
        let model = self.scorer.model();
        let (raw, family) = self.raw(text);
        Score { value: model.calibrate(raw), family }
    }

    fn raw(mut self, text: &[u8]) -> (f32, Family) {
        self.reader.end(&mut self.scorer);
        uncovered(text, self.scorer)
    }
}

/// The value before calibration: the highest of the text as it stands and of what it hides.
#[must_use]
pub fn raw(model: &Model<'_>, text: &[u8]) -> (f32, Family) {
    let mut scoring = Scoring::new(model);
    words::batches(text, |batch| scoring.words(text, batch));
    scoring.raw(text)
}

/// The highest value of a text as it stands, which has been read, and of what it hides.
fn uncovered(text: &[u8], scorer: Scorer<'_>) -> (f32, Family) {
    let model = scorer.model();
    let (rotated, backwards) = (scorer.rotated, scorer.backwards);
    let mut best = scorer.finish();
    let mut read_again = |text: &[u8], sign: Option<Sign>| {
        let mut scorer = Scorer::new(model);
        features::read(text, &mut scorer);
        let (value, family) = scorer.finish();
        let value = value + sign.and_then(|s| model.signs.get(s as usize)).copied().unwrap_or_default();
        if value > best.0 {
            best = (value, family);
        }
    };
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, behind) = piece(rest);
        let survey = Survey::of(piece);
        if !survey.is_plain() {
            hidden(piece, survey, &mut read_again);
        }
        rest = behind;
    }
    if rotated >= TURNED || backwards >= TURNED {
        turned(text, rotated, backwards, &mut read_again);
    }
    best
}

/// Words of an attack, turned by rot13 or backwards, that make a text worth reading so.
const TURNED: u32 = 2;

/// Hands what a text hides to `read`.
#[cold]
fn hidden(text: &[u8], survey: Survey, read: &mut dyn FnMut(&[u8], Option<Sign>)) {
    let revealed =
        if survey.foreign && characters::is_suspicious(text) { characters::reveal(text) } else { None };
    if let Some(revealed) = &revealed {
        let sign = match (revealed.invisible, revealed.disguised) {
            (true, _) => Some(Sign::Invisible),
            (_, true) => Some(Sign::Disguised),
            _ => None,
        };
        read(&revealed.text, sign);
    }
    let text = revealed.as_ref().map_or(text, |r| &r.text);
    let mut out = Vec::new();
    if survey.digits_in_words && encoded::unleeted(text, &mut out) > 1 {
        read(&out, None);
    }
    if survey.spaced && encoded::joined(text, &mut out) {
        read(&out, Some(Sign::Encoded));
    }
    if survey.escaped && encoded::escapes(text, &mut out) {
        read(&out, None);
    }
    if survey.dense {
        encoded::runs(text, &mut out);
        read(&out, Some(Sign::Encoded));
    }
}

/// Hands the text in rot13 or backwards to `read`.
#[cold]
fn turned(text: &[u8], rotated: u32, backwards: u32, read: &mut dyn FnMut(&[u8], Option<Sign>)) {
    let mut out = Vec::new();
    if rotated >= TURNED {
        encoded::rotated(text, &mut out);
        read(&out, Some(Sign::Encoded));
    }
    if backwards >= TURNED {
        encoded::backwards(text, &mut out);
        read(&out, Some(Sign::Encoded));
    }
}

/// Longest piece of a text that is looked at for signs by itself, in bytes: what one piece hides does not make
/// the others be read twice.
const PIECE: usize = 4096;

/// The first piece of a text, up to the last space in it, and the rest.
fn piece(text: &[u8]) -> (&[u8], &[u8]) {
    if text.len() <= PIECE {
        return (text, &[]);
    }
    let space = cut(text, PIECE / 2..PIECE).iter().rposition(|b| matches!(b, b' ' | b'\n'));
    text.split_at_checked(space.map_or(PIECE, |n| PIECE / 2 + n + 1)).unwrap_or((text, &[]))
}
