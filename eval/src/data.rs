//! Labelled sets: a folder of files `KIND_NAME.jsonl` or `KIND_NAME.jsonl.gz`, one row a line.
//!
//! | kind | row |
//! | --- | --- |
//! | `pii_`, `ner_` | `text`, `spans` of `start`, `end` (in characters), `type`, and `score_hi` where the source gives one; `scope`: the only types to count in this row |
//! | `secrets_` | `text`, `label` (1 where it holds a secret) |
//! | `inj_` | `text`, `label` (1 where it is an attack), `source` |
//!
//! Other members are ignored. A set `pii_…_recognizer_tests` holds examples type by type.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::detector::{Detector, Found};

/// A span whose `score_hi` lies below this is not to be found without its context.
const WEAK: f64 = 0.5;

/// Why the data cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    #[error("{0}:{1}: no row of this kind: {2}")]
    Row(PathBuf, usize, serde_json::Error),
    #[error("{0}:{1}: a span lies outside of its text")]
    Span(PathBuf, usize),
    #[error("{0}: no labelled sets")]
    Empty(PathBuf),
}

/// The rows of one file.
pub(crate) struct Set<R> {
    /// The file's name without its endings.
    pub(crate) name: String,
    pub(crate) rows: Vec<R>,
}

/// A value that the data says is there.
pub(crate) struct Gold {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    pub(crate) label: String,
    /// Not to be found without its context.
    pub(crate) weak: bool,
}

/// A text with labelled values, and what the detector finds.
pub(crate) struct SpanRow {
    pub(crate) text: String,
    pub(crate) gold: Vec<Gold>,
    /// The only labels to count; none where all do.
    pub(crate) scope: Option<Vec<String>>,
    pub(crate) found: Vec<Found>,
}

/// A text that is of one kind or not, as a whole.
pub(crate) struct TextRow {
    pub(crate) text: String,
    pub(crate) is_positive: bool,
    pub(crate) found: Vec<Found>,
}

/// All sets, each kind in the order of their names.
#[derive(Default)]
pub(crate) struct Data {
    pub(crate) pii: Vec<Set<SpanRow>>,
    pub(crate) recognisers: Vec<Set<SpanRow>>,
    pub(crate) ner: Vec<Set<SpanRow>>,
    pub(crate) secrets: Vec<Set<TextRow>>,
    pub(crate) injection: Vec<Set<TextRow>>,
}

impl Data {
    /// Reads every set of `folder` and lets `detector` read every row.
    pub(crate) fn read(folder: &Path, detector: &Detector) -> Result<Self, DataError> {
        let io = |e| DataError::Io(folder.to_owned(), e);
        let entries = folder.read_dir().map_err(io)?.collect::<Result<Vec<_>, _>>().map_err(io)?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|e| e.path()).collect();
        paths.sort();
        let mut data = Self::default();
        for path in paths {
            let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let Some(name) = file.strip_suffix(".gz").unwrap_or(&file).strip_suffix(".jsonl") else {
                continue;
            };
            let name = name.to_owned();
            if name.starts_with("pii_") && name.ends_with("recognizer_tests") {
                data.recognisers.push(Set { rows: span_rows(&path, detector)?, name });
            } else if name.starts_with("pii_") {
                data.pii.push(Set { rows: span_rows(&path, detector)?, name });
            } else if name.starts_with("ner_") {
                data.ner.push(Set { rows: span_rows(&path, detector)?, name });
            } else if name.starts_with("secrets_") {
                data.secrets.push(Set { rows: text_rows(&path, detector)?, name });
            } else if name.starts_with("inj_") {
                data.injection.push(Set { rows: text_rows(&path, detector)?, name });
            }
        }
        let sets = [data.pii.len(), data.recognisers.len(), data.ner.len(), data.secrets.len()];
        if sets.iter().sum::<usize>() + data.injection.len() == 0 {
            return Err(DataError::Empty(folder.to_owned()));
        }
        Ok(data)
    }

    /// The name and texts of every set.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let spans = self.pii.iter().chain(&self.recognisers).chain(&self.ner);
        let spans = spans.map(|s| (s.name.as_str(), s.rows.iter().map(|r| r.text.as_str()).collect()));
        let texts = self.secrets.iter().chain(&self.injection);
        spans.chain(texts.map(|s| (s.name.as_str(), s.rows.iter().map(|r| r.text.as_str()).collect())))
    }
}

#[derive(Deserialize)]
struct SpanLine {
    text: String,
    spans: Vec<SpanEntry>,
    scope: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct SpanEntry {
    start: usize,
    end: usize,
    r#type: String,
    score_hi: Option<f64>,
}

#[derive(Deserialize)]
struct TextLine {
    text: String,
    label: u8,
}

fn span_rows(path: &Path, detector: &Detector) -> Result<Vec<SpanRow>, DataError> {
    let lines: Vec<(usize, SpanLine)> = lines(path)?;
    let row = |(number, line): (usize, SpanLine)| {
        // The byte where each character begins, and the text's end.
        let bytes: Vec<usize> = line.text.char_indices().map(|(n, _)| n).chain([line.text.len()]).collect();
        let gold = line.spans.into_iter().map(|span| {
            let range = bytes.get(span.start).zip(bytes.get(span.end)).filter(|(s, e)| s < e);
            let (start, end) = range.ok_or_else(|| DataError::Span(path.to_owned(), number))?;
            let weak = span.score_hi.is_some_and(|s| s < WEAK);
            Ok(Gold { range: *start..*end, label: span.r#type, weak })
        });
        let mut gold = gold.collect::<Result<Vec<_>, DataError>>()?;
        gold.sort_by_key(|g| g.range.start);
        Ok(SpanRow { found: detector.find(&line.text), text: line.text, gold, scope: line.scope })
    };
    lines.into_iter().map(row).collect()
}

fn text_rows(path: &Path, detector: &Detector) -> Result<Vec<TextRow>, DataError> {
    let lines: Vec<(usize, TextLine)> = lines(path)?;
    let row = |(_, line): (usize, TextLine)| TextRow {
        found: detector.find(&line.text),
        is_positive: line.label == 1,
        text: line.text,
    };
    Ok(lines.into_iter().map(row).collect())
}

/// The rows of a file with their line numbers, from 1.
fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<(usize, T)>, DataError> {
    let io = |e| DataError::Io(path.to_owned(), e);
    let mut file = File::open(path).map_err(io)?;
    let mut text = String::new();
    if path.extension().is_some_and(|e| e == "gz") {
        GzDecoder::new(file).read_to_string(&mut text).map_err(io)?;
    } else {
        file.read_to_string(&mut text).map_err(io)?;
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty());
    let row = |(n, line)| match serde_json::from_str(line) {
        Ok(row) => Ok((n + 1, row)),
        Err(e) => Err(DataError::Row(path.to_owned(), n + 1, e)),
    };
    lines.map(row).collect()
}
