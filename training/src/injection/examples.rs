//! Texts with labels, as features.

use std::path::Path;

use privet_core::detect::words::mix;
use privet_core::injection::features::{self, Sink};
use serde::Deserialize;

use super::made_up;

/// Files of rows, and the group that each belongs to.
const FILES: [(&str, &str); 14] = [
    ("inj_deepset", "deepset"),
    ("inj_bastioncorpus", "bastion"),
    ("inj_cyberseceval", "cyberseceval"),
    ("inj_giskard", "giskard"),
    ("inj_inthewild_jailbreaks", "inthewild"),
    ("inj_bipia_attack_strings", "bipia"),
    ("inj_bipia_context", "bipia"),
    ("inj_xstest_safe", "xstest"),
    ("inj_benign_instructions", "instructions"),
    ("inj_benign_roleplay", "roleplay"),
    ("inj_benign_gsm8k", "gsm8k"),
    ("ner_wikigold", "wikigold"),
    ("ner_btc", "btc"),
    (UNSEEN, UNSEEN),
];

/// The set that is never trained on: it sets the threshold, and shows what the words of attacks alone do.
const UNSEEN: &str = "inj_notinject";

/// The group of made-up texts.
pub(crate) const MADE_UP: &str = "made_up";

/// Parts that the rows are dealt into, to test on each what the others taught.
pub(crate) const FOLDS: usize = 5;

/// What sort of text an example is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A row as it came.
    Row,
    /// A plain request, an attack only by its place, and made-up documents with one inside.
    Task,
    /// A document of BIPIA with one inside.
    TaskInDocument,
    /// A row of a set of attacks inside a document.
    InDocument,
    /// Made-up text.
    MadeUp,
    /// Made-up short text of every day, or code.
    Everyday,
    /// Made-up plain request of a user, which inside a document would be an attack.
    Request,
    /// A harmless row with the words of attacks strewn in.
    Strewn,
    /// Two harmless rows, or one and an attack.
    Joined,
    /// Many harmless rows, or an attack among them.
    Long,
}

/// A labelled text.
pub(crate) struct Example {
    /// Where it comes from.
    pub(crate) group: &'static str,
    pub(crate) kind: Kind,
    pub(crate) attack: bool,
    /// Whether training may see it.
    pub(crate) train: bool,
    pub(crate) text: String,
    pub(crate) words: Words,
    pub(crate) fold: usize,
    /// The group whose text surrounds it.
    pub(crate) carrier: &'static str,
}

impl Example {
    /// An example to learn from.
    pub(crate) fn new(group: &'static str, kind: Kind, attack: bool, text: String) -> Self {
        let words = Words::of(&text);
        Self { group, kind, attack, train: true, fold: fold_of(&text), words, text, carrier: group }
    }

    /// How many words it has.
    pub(crate) fn len(&self) -> usize {
        self.words.ends.len()
    }
}

/// The fold of a text, by its beginning: texts that differ only at the end are not parted.
fn fold_of(text: &str) -> usize {
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric).take(40);
    let hash = letters.fold(0, |hash, b| mix(hash, u64::from(b | 0x20)));
    (hash >> 40) as usize % FOLDS
}

/// The features of a text, word by word.
#[derive(Default)]
pub(crate) struct Words {
    /// Slot in the lower 24 bits, sort above.
    pub(crate) features: Vec<u32>,
    /// Where each word's features end.
    pub(crate) ends: Vec<u32>,
}

/// The slot of a feature.
pub(crate) fn slot(feature: u32) -> usize {
    (feature & 0xFF_FFFF) as usize
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Self::default();
        features::read(text.as_bytes(), &mut words);
        words
    }

    /// The features of the words from `start` to `end`.
    pub(crate) fn range(&self, start: usize, end: usize) -> &[u32] {
        let at = |n: usize| n.checked_sub(1).map_or(0, |n| self.ends[n] as usize);
        &self.features[at(start)..at(end)]
    }
}

impl Sink for Words {
    fn feature(&mut self, sort: u8, slot: usize) {
        self.features.push(u32::from(sort) << 24 | slot as u32);
    }

    fn word(&mut self, _class: u8) {
        self.ends.push(self.features.len() as u32);
    }
}

#[derive(Deserialize)]
struct Row {
    text: String,
    #[serde(default)]
    label: u8,
}

/// Reads the rows of the files that are there, and adds made-up texts.
///
/// # Errors
/// The file that cannot be read, or the line that is no row.
pub(crate) fn read(data: &Path, small: bool) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for (file, group) in FILES {
        let path = data.join(format!("{file}.jsonl"));
        if !path.exists() {
            eprintln!("{}: not there, left out", path.display());
            continue;
        }
        for row in crate::rows::read::<Row>(&path)? {
            let attack = row.label == 1;
            let kind = match (group, attack, file) {
                ("bipia", true, "inj_bipia_context") => Kind::TaskInDocument,
                ("bipia", true, _) => Kind::Task,
                _ => Kind::Row,
            };
            let example = Example::new(group, kind, attack, row.text);
            examples.push(Example { train: group != UNSEEN, ..example });
        }
    }
    let embedded = embed(&examples);
    examples.extend(embedded);
    made_up::add(&mut examples, small);
    Ok(examples)
}

/// The longest attack that is put into documents, in words.
pub(crate) const SHORT: usize = 60;

/// Short attacks inside other people's documents, at the start, in the middle, at the end: to test with.
fn embed(examples: &[Example]) -> Vec<Example> {
    let documents: Vec<&Example> = examples.iter().filter(|e| e.group == "bipia" && !e.attack).collect();
    let attacks = examples.iter().filter(|e| e.attack && e.kind == Kind::Row && e.len() <= SHORT);
    let put = |(n, attack): (usize, &Example)| {
        let document = documents.get(n * 7 % documents.len().max(1))?;
        let lines: Vec<&str> = document.text.split_inclusive('\n').collect();
        let (before, behind) = lines.split_at([0, lines.len() / 2, lines.len()][n % 3]);
        let text = format!("{}\n{}\n{}", before.concat(), attack.text, behind.concat());
        let example = Example::new(attack.group, Kind::InDocument, true, text);
        Some(Example { train: false, fold: attack.fold, ..example })
    };
    attacks.enumerate().filter_map(put).collect()
}

/// Whether a group's rows are what users write to models: the injection sets that are trained on.
pub(crate) fn is_prompt(group: &str) -> bool {
    !matches!(group, UNSEEN | "wikigold" | "btc") && group != MADE_UP
}

/// Whether a group is the one that is never trained on.
pub(crate) fn is_unseen(group: &str) -> bool {
    group == UNSEEN
}
