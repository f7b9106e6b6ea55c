//! Texts with labels, as features.

use std::path::Path;

use privet_core::injection::features::{self, Sink};
use serde::Deserialize;

/// Files of rows, and the group that each belongs to.
const FILES: [(&str, &str); 14] = [
    ("inj_deepset", "deepset"),
    ("inj_bastioncorpus", "bastion"),
    ("inj_cyberseceval", "cyberseceval"),
    ("inj_giskard", "giskard"),
    ("inj_inthewild_jailbreaks", "inthewild"),
    ("inj_bipia_attack_strings", "bipia"),
    ("inj_bipia_context", "bipia"),
    ("inj_notinject", "notinject"),
    ("inj_xstest_safe", "xstest"),
    ("inj_benign_instructions", "instructions"),
    ("inj_benign_roleplay", "roleplay"),
    ("inj_benign_gsm8k", "gsm8k"),
    ("ner_wikigold", "wikigold"),
    ("ner_btc", "btc"),
];

/// A labelled text.
pub struct Example {
    pub group: &'static str,
    pub source: String,
    pub attack: bool,
    /// Whether training may see it.
    pub train: bool,
    pub text: String,
    pub words: Words,
    pub fold: usize,
    /// The group whose text surrounds it.
    pub carrier: &'static str,
}

/// The features of a text, word by word.
#[derive(Default)]
pub struct Words {
    pub features: Vec<u32>,
    /// Where each word's features end.
    pub ends: Vec<u32>,
}

impl Words {
    pub fn of(text: &str) -> Self {
        let mut words = Self::default();
        features::read(text.as_bytes(), &mut words);
        words
    }

    /// The features of some words.
    pub fn range(&self, start: usize, end: usize) -> &[u32] {
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
    #[serde(default)]
    source: String,
}

pub fn fold_of(text: &str) -> usize {
    let mut hash = 0u64;
    for b in text.bytes().filter(u8::is_ascii_alphanumeric).take(40) {
        hash = privet_core::detect::words::mix(hash, u64::from(b | 0x20));
    }
    (hash >> 40) as usize % 5
}

pub fn example(group: &'static str, source: String, attack: bool, train: bool, text: String) -> Example {
    let words = Words::of(&text);
    Example { group, source, attack, train, fold: fold_of(&text), words, text, carrier: group }
}

/// Reads all rows and makes up the rest.
pub fn read(data: &Path) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for (file, group) in FILES {
        let path = data.join(format!("{file}.jsonl"));
        if !path.exists() {
            continue;
        }
        for row in crate::rows::read::<Row>(&path)? {
            let attack = row.label == 1;
            let strings = std::env::var("BIPIA").is_ok() && file.ends_with("strings");
            let train = group != "notinject" && (!(group == "bipia" && attack) || strings);
            let source = if row.source.is_empty() { group.to_owned() } else { row.source };
            let source = if group == "bipia" && attack {
                (if file.ends_with("strings") { "bipia_strings" } else { "bipia_in_context" }).to_owned()
            } else {
                source
            };
            examples.push(example(group, source, attack, train, row.text));
        }
    }
    embed(&mut examples);
    crate::injection::made_up::add(&mut examples);
    Ok(examples)
}

/// Short attacks inside other people's documents: at the start, in the middle, at the end.
fn embed(examples: &mut Vec<Example>) {
    let documents: Vec<String> =
        examples.iter().filter(|e| e.group == "bipia" && !e.attack).map(|e| e.text.clone()).collect();
    let mut embedded = Vec::new();
    let attacks = examples.iter().filter(|e| e.attack && e.train && e.words.ends.len() <= 60);
    for (n, attack) in attacks.enumerate() {
        let Some(document) = documents.get(n * 7 % documents.len().max(1)) else { break };
        let lines: Vec<&str> = document.split_inclusive('\n').collect();
        let place = match n % 3 {
            0 => 0,
            1 => lines.len() / 2,
            _ => lines.len(),
        };
        let text = format!("{}\n{}\n{}", lines[..place].concat(), attack.text, lines[place..].concat());
        let mut e = example(attack.group, "embedded".to_owned(), true, false, text);
        e.fold = attack.fold;
        embedded.push(e);
    }
    examples.extend(embedded);
}
