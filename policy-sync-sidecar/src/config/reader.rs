//! Reads YAML with places: every complaint names the path and the line, and none ends the reading.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use super::expand::expand;

/// Everything that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    pub(super) fn unreadable(reason: String) -> Self {
        Self(vec![reason])
    }

    /// All complaints, one a line, each with the name of the file before it.
    #[must_use]
    pub fn with_file(&self, file: &std::path::Path) -> String {
        let lines: Vec<String> = self.0.iter().map(|c| format!("{}: {c}", file.display())).collect();
        lines.join("\n")
    }

    /// Each complaint: `path (line n): reason`.
    #[must_use]
    pub fn complaints(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Collects the complaints of one reading.
pub(super) struct Reader<'e> {
    text: &'e str,
    folder: &'e Path,
    env: &'e dyn Fn(&str) -> Option<String>,
    complaints: RefCell<Vec<(usize, String)>>,
}

impl<'e> Reader<'e> {
    /// Relative paths of files start at `folder`.
    pub(super) fn new(text: &'e str, folder: &'e Path, env: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Self { text, folder, env, complaints: RefCell::default() }
    }

    pub(super) fn load(text: &str) -> Result<MarkedYaml<'_>, ConfigError> {
        let documents = MarkedYaml::load_from_str(text).map_err(|e| {
            ConfigError(vec![format!("the file (line {}): not YAML: {}", e.marker().line(), e.info())])
        })?;
        let mut documents = documents.into_iter();
        match (documents.next(), documents.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(ConfigError(vec!["the file is empty".to_owned()])),
            _ => Err(ConfigError(vec!["the file has more than one document".to_owned()])),
        }
    }

    /// The complaints in the order of the file.
    pub(super) fn finish(self) -> Result<(), ConfigError> {
        let mut complaints = self.complaints.into_inner();
        complaints.sort();
        if complaints.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(complaints.into_iter().map(|c| c.1).collect()))
        }
    }
}

/// A place in the file.
#[derive(Clone)]
pub(super) struct Node<'r> {
    reader: &'r Reader<'r>,
    yaml: &'r MarkedYaml<'r>,
    path: String,
    /// The line of the key, for a member of a mapping: its value may start below it.
    line: usize,
}

impl<'r> Node<'r> {
    pub(super) fn root(reader: &'r Reader<'r>, yaml: &'r MarkedYaml<'r>) -> Self {
        Self { reader, yaml, path: String::new(), line: yaml.span.start.line() }
    }

    pub(super) fn complain(&self, reason: impl fmt::Display) {
        let line = self.line;
        let path = if self.path.is_empty() { "the file" } else { &self.path };
        self.reader.complaints.borrow_mut().push((line, format!("{path} (line {line}): {reason}")));
    }

    fn scalar(&self) -> Option<&Scalar<'r>> {
        if let YamlData::Value(scalar) = &self.yaml.data { Some(scalar) } else { None }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.scalar(), Some(Scalar::Null))
    }

    pub(super) fn is_false(&self) -> bool {
        matches!(self.scalar(), Some(Scalar::Boolean(false)))
    }

    /// A number as it is written: `007` is not `7` where a key is made of digits.
    fn written(&self) -> Option<String> {
        let span = self.yaml.span;
        let text: String = self.reader.text.chars().skip(span.start.index()).take(span.len()).collect();
        let text = text.trim();
        // An alias or a tag stands for the number without being it.
        (Scalar::parse_from_cow(text.into()) == *self.scalar()?).then(|| text.to_owned())
    }

    /// A string, its variables replaced. Numbers are taken as they are written, for keys made of digits.
    pub(super) fn string(&self) -> Option<String> {
        let text = match self.scalar() {
            Some(Scalar::String(text)) => Some(text.to_string()),
            Some(Scalar::Integer(_) | Scalar::FloatingPoint(_)) => self.written(),
            _ => None,
        };
        let Some(text) = text else {
            self.complain("must be a string");
            return None;
        };
        match expand(&text, self.reader.env) {
            Ok(text) => Some(text),
            Err(errors) => {
                errors.iter().for_each(|e| self.complain(e));
                None
            }
        }
    }

    /// A path, relative ones below the folder of the file.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.string().map(|path| self.reader.folder.join(path))
    }

    /// What stands in the file of this name, without white space around it.
    pub(super) fn file(&self) -> Option<String> {
        match std::fs::read_to_string(self.path()?) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(e) => {
                self.complain(format_args!("the file cannot be read: {e}"));
                None
            }
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn number(&self, least: u64, most: u64) -> Option<u64> {
        let value = match self.scalar() {
            Some(Scalar::Integer(n)) => u64::try_from(*n).ok(),
            Some(Scalar::String(text)) if text.contains("${") => self.string()?.trim().parse().ok(),
            _ => None,
        };
        let value = value.filter(|v| (least..=most).contains(v));
        if value.is_none() {
            self.complain(format_args!("must be a whole number from {least} to {most}"));
        }
        value
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        let value = match self.scalar() {
            Some(Scalar::Boolean(b)) => Some(*b),
            Some(Scalar::String(text)) if text.contains("${") => self.string()?.trim().parse().ok(),
            _ => None,
        };
        if value.is_none() {
            self.complain("must be true or false");
        }
        value
    }

    /// The items of a list; none where it is something else.
    pub(super) fn list(&self) -> Option<Vec<Node<'r>>> {
        let YamlData::Sequence(items) = &self.yaml.data else {
            self.complain("must be a list");
            return None;
        };
        let node = |(n, yaml): (usize, &'r MarkedYaml<'r>)| Node {
            reader: self.reader,
            yaml,
            path: format!("{}[{n}]", self.path),
            line: yaml.span.start.line(),
        };
        Some(items.iter().enumerate().map(node).collect())
    }

    /// Whether this is a mapping with that key.
    pub(super) fn has(&self, name: &str) -> bool {
        let is_it =
            |key: &MarkedYaml<'_>| matches!(&key.data, YamlData::Value(Scalar::String(k)) if k == name);
        matches!(&self.yaml.data, YamlData::Mapping(map) if map.keys().any(is_it))
    }

    /// The members of a mapping, in order; the keys that are not strings are complained about. None where
    /// it is something else.
    pub(super) fn members(&self) -> Option<Vec<(String, Node<'r>)>> {
        let YamlData::Mapping(map) = &self.yaml.data else {
            self.complain("must be a mapping");
            return None;
        };
        let mut members = Vec::new();
        for (key, yaml) in map {
            // A complaint about a member names the line of its key.
            let line = key.span.start.line();
            let place = |path| Node { reader: self.reader, yaml, path, line };
            let name = match &key.data {
                YamlData::Value(Scalar::String(name)) => name.to_string(),
                _ => {
                    place(self.path.clone()).complain("has a key that is not a string");
                    continue;
                }
            };
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            members.push((name, place(path)));
        }
        Some(members)
    }

    /// A mapping with known keys; whatever else it has is complained about, with the nearest known key.
    /// None where it is something else.
    pub(super) fn mapping<const N: usize>(&self, known: [&str; N]) -> Option<[Option<Node<'r>>; N]> {
        let mut found = [const { None }; N];
        for (name, node) in self.members()? {
            let snake = to_snake(&name);
            let position = known.iter().position(|k| *k == snake);
            match position.and_then(|n| found.get_mut(n)) {
                Some(Some(_)) => node.complain("stands twice, in two spellings"),
                Some(slot) => *slot = Some(node),
                None => node.complain(unknown(&snake, &known)),
            }
        }
        Some(found)
    }
}

/// Names the nearest known key, or all of them where none is near.
pub(crate) fn unknown(name: &str, known: &[&str]) -> String {
    let score = |k: &&str| (strsim::jaro_winkler(k, name) * 1000.0) as u32;
    match known.iter().max_by_key(|k| score(k)).filter(|k| score(k) > 700) {
        Some(nearest) => format!("unknown key; did you mean `{nearest}`?"),
        None => format!("unknown key; known here: {}", known.join(", ")),
    }
}

/// `baseUrl` as `base_url`.
fn to_snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
