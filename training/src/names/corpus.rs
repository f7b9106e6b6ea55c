//! Labelled texts: rows of the data sets, and copies of them with other names.

use std::path::Path;

use privet_core::detect::names::tagger::Tag;
use serde::Deserialize;

use super::made::Maker;

/// In place of the number of a set: made up, or a piece of code.
pub(crate) const MADE: u8 = 255;

/// A text and the names in it, in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) spans: Vec<(usize, usize, Tag)>,
    /// Which set it is from, or [`MADE`].
    pub(crate) set: u8,
    /// How much it counts.
    pub(crate) weight: f32,
    /// Which row, template or piece of code it was made from.
    pub(crate) origin: u32,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    spans: Vec<Span>,
    #[serde(default)]
    src: String,
}

#[derive(Deserialize)]
struct Span {
    start: usize,
    end: usize,
    r#type: String,
}

/// The sets, and how much a row of each counts.
pub(crate) const SETS: [(&str, f32); 5] = [
    ("pii_presidio_synth_v2", 1.0),
    ("pii_ambientmeta", 1.0),
    ("ner_wikigold", 1.0),
    ("ner_wnut17_test", 1.0),
    ("ner_btc", 1.0),
];

/// All rows of all sets that are in `dir`.
pub(crate) fn read(dir: &Path) -> Result<Vec<Text>, String> {
    let mut texts = Vec::new();
    for (set, (name, weight)) in SETS.iter().enumerate() {
        let rows: Vec<Row> = crate::rows::read(&dir.join(format!("{name}.jsonl")))?;
        let first = texts.len() as u32;
        texts.extend(
            rows.into_iter().zip(first..).map(|(row, origin)| convert(row, set as u8, *weight, origin)),
        );
    }
    Ok(texts)
}

/// Sources whose rows have no labels for most of the places in them: read, but not learnt from.
const UNLABELLED: [&str; 1] = ["gretel_finance"];

fn convert(row: Row, set: u8, weight: f32, origin: u32) -> Text {
    let weight = if UNLABELLED.contains(&row.src.as_str()) { 0.0 } else { weight };
    let offsets: Vec<usize> =
        row.text.char_indices().map(|(n, _)| n).chain(std::iter::once(row.text.len())).collect();
    let span = |s: &Span| {
        let tag = match s.r#type.as_str() {
            "PERSON" => Tag::Person,
            "LOCATION" | "ADDRESS" => Tag::Place,
            "ORGANIZATION" => Tag::Organisation,
            _ => return None,
        };
        Some((*offsets.get(s.start)?, *offsets.get(s.end)?, tag))
    };
    let spans = row.spans.iter().filter_map(span).collect();
    Text { text: row.text, spans, set, weight, origin }
}

impl Text {
    /// Whether it is no row of a set.
    pub(crate) fn is_made(&self) -> bool {
        self.set == MADE
    }

    /// A text in which nobody and no place is named.
    pub(crate) fn nameless(text: &str, weight: f32, origin: u32) -> Self {
        Self { text: text.to_owned(), spans: Vec::new(), set: MADE, weight, origin }
    }

    /// The same with other names in place of its own.
    pub(crate) fn renamed(&self, maker: &mut Maker<'_>, weight: f32) -> Option<Self> {
        let mut spans = self.spans.clone();
        spans.sort_by_key(|s| s.0);
        let (mut text, mut out, mut done) = (String::new(), Vec::new(), 0);
        for (start, end, tag) in spans {
            if start < done {
                return None;
            }
            text += &self.text[done..start];
            let begin = text.len();
            text += &maker.other_name(&self.text[start..end], tag);
            out.push((begin, text.len(), tag));
            done = end;
        }
        text += &self.text[done..];
        Some(Self { text, spans: out, set: self.set, weight, origin: self.origin })
    }

    /// The same in capitals or small letters, where that changes no length.
    pub(crate) fn cased(&self, upper: bool, weight: f32) -> Option<Self> {
        let text = if upper { self.text.to_uppercase() } else { self.text.to_lowercase() };
        (text.len() == self.text.len()).then(|| Self {
            text,
            spans: self.spans.clone(),
            set: self.set,
            weight,
            origin: self.origin,
        })
    }
}
