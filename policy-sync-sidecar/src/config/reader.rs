//! Reads YAML with places: every complaint names the path and the line, and none ends the reading.

use std::cell::RefCell;
use std::fmt;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use super::expand::expand;

/// Everything that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    pub(super) fn unreadable(reason: String) -> Self {
        Self(vec![reason])
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
    env: &'e dyn Fn(&str) -> Option<String>,
    complaints: RefCell<Vec<(usize, String)>>,
}

impl<'e> Reader<'e> {
    pub(super) fn new(env: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Self { env, complaints: RefCell::default() }
    }

    pub(super) fn load(text: &str) -> Result<MarkedYaml<'_>, ConfigError> {
        let documents = MarkedYaml::load_from_str(text).map_err(|e| {
            ConfigError(vec![format!("(line {}): not YAML: {}", e.marker().line(), e.info())])
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
}

impl<'r> Node<'r> {
    pub(super) fn root(reader: &'r Reader<'r>, yaml: &'r MarkedYaml<'r>) -> Self {
        Self { reader, yaml, path: String::new() }
    }

    pub(super) fn complain(&self, reason: impl fmt::Display) {
        let line = self.yaml.span.start.line();
        let path = if self.path.is_empty() { "the file" } else { &self.path };
        self.reader.complaints.borrow_mut().push((line, format!("{path} (line {line}): {reason}")));
    }

    fn scalar(&self) -> Option<&Scalar<'r>> {
        if let YamlData::Value(scalar) = &self.yaml.data { Some(scalar) } else { None }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.scalar(), Some(Scalar::Null))
    }

    /// A string, its variables replaced. Numbers are taken as they are written, for keys made of digits.
    pub(super) fn string(&self) -> Option<String> {
        let text = match self.scalar() {
            Some(Scalar::String(text)) => text.to_string(),
            Some(Scalar::Integer(n)) => n.to_string(),
            _ => {
                self.complain("must be a string");
                return None;
            }
        };
        match expand(&text, self.reader.env) {
            Ok(text) => Some(text),
            Err(errors) => {
                errors.iter().for_each(|e| self.complain(e));
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

    /// The items of a list.
    pub(super) fn list(&self) -> Vec<Node<'r>> {
        let YamlData::Sequence(items) = &self.yaml.data else {
            self.complain("must be a list");
            return Vec::new();
        };
        let node = |(n, yaml)| Node { reader: self.reader, yaml, path: format!("{}[{n}]", self.path) };
        items.iter().enumerate().map(node).collect()
    }

    /// The members of a mapping, in order; the keys that are not strings are complained about.
    pub(super) fn members(&self) -> Vec<(String, Node<'r>)> {
        let YamlData::Mapping(map) = &self.yaml.data else {
            self.complain("must be a mapping");
            return Vec::new();
        };
        let mut members = Vec::new();
        for (key, yaml) in map {
            let name = match &key.data {
                YamlData::Value(Scalar::String(name)) => name.to_string(),
                // YAML 1.1 readers would see a boolean in `on`, `off`, `y`; whoever writes one means the word.
                YamlData::Value(Scalar::Boolean(b)) => b.to_string(),
                _ => {
                    self.complain("has a key that is not a string");
                    continue;
                }
            };
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            // A complaint about a member names the line of its key.
            members.push((name, Node { reader: self.reader, yaml, path }));
        }
        members
    }

    /// A mapping with known keys; whatever else it has is complained about, with the nearest known key.
    pub(super) fn mapping<const N: usize>(&self, known: [&str; N]) -> [Option<Node<'r>>; N] {
        let mut found = [const { None }; N];
        for (name, node) in self.members() {
            let snake = to_snake(&name);
            match known.iter().position(|k| *k == snake) {
                Some(n) => {
                    if let Some(slot) = found.get_mut(n) {
                        if slot.is_some() {
                            node.complain("stands twice, in two spellings");
                        }
                        *slot = Some(node);
                    }
                }
                None => {
                    let score = |k: &&str| (strsim::jaro_winkler(k, &snake) * 1000.0) as u32;
                    let nearest = known.iter().max_by_key(|k| score(k)).filter(|k| score(k) > 700);
                    match nearest {
                        Some(nearest) => {
                            node.complain(format_args!("unknown key; did you mean `{nearest}`?"))
                        }
                        None => node.complain(format_args!("unknown key; known here: {}", known.join(", "))),
                    }
                }
            }
        }
        found
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
