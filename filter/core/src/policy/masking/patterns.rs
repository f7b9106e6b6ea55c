//! `custom`: types found by regular expression.

use serde_json::value::RawValue;

use super::types::CustomTypes;
use crate::detect::custom::{CustomPattern, MAX_CONTEXT_WORDS};
use crate::entity::EntityType;
use crate::policy::reading::{Reader, Text};

/// Most patterns of one policy: each is one more pass over every text.
const MAX_PATTERNS: usize = 1024;
/// Score of a match where the policy names none.
const DEFAULT_SCORE: f32 = 0.8;

/// A rule as it is written.
struct Rule<'j> {
    name: Text<'j>,
    pattern: Text<'j>,
    score: Option<f32>,
    context: Vec<Text<'j>>,
}

impl<'j> Rule<'j> {
    fn read(raw: &'j RawValue, reader: &mut Reader<'j>) -> Option<Self> {
        let [name, pattern, score, context] =
            reader.fields(raw, &["type", "pattern", "score", "context"], 2)?;
        let (name, pattern) = (reader.read_some(name), reader.read_some(pattern));
        let (score, context) = (reader.read_some(score), reader.read_some(context).unwrap_or_default());
        Some(Self { name: name?, pattern: pattern?, score, context })
    }
}

pub(super) fn compile<'j>(
    raw: Option<&'j RawValue>,
    types: &mut CustomTypes,
    reader: &mut Reader<'j>,
) -> Vec<CustomPattern> {
    let rules = reader.list(raw);
    if rules.len() > MAX_PATTERNS {
        reader.error("masking.custom", format_args!("at most {MAX_PATTERNS} patterns"));
    }
    let mut patterns = Vec::new();
    for (n, raw) in rules.into_iter().take(MAX_PATTERNS).enumerate() {
        if let Some(rule) = Rule::read(raw, reader) {
            patterns.extend(pattern(&format!("masking.custom[{n}]"), &rule, types, reader));
        }
    }
    patterns
}

/// The pattern of a rule; none where something is wrong with it, all of which is said.
fn pattern(path: &str, rule: &Rule, types: &mut CustomTypes, reader: &mut Reader) -> Option<CustomPattern> {
    let name = &*rule.name.0;
    // A name that cannot be one may be a value; it is not repeated.
    let mut shown = String::new();
    let entity = if EntityType::built_in(name).is_some() {
        reader.error(format_args!("{path}.type"), format_args!("`{name}` is a built-in type"));
        None
    } else {
        let made = types.find_or_add(name).map_err(|e| reader.error(format_args!("{path}.type"), e)).ok();
        shown = made.map(|_| format!("`{name}` ")).unwrap_or_default();
        made
    };
    let score = rule.score.unwrap_or(DEFAULT_SCORE);
    if !(0.0..=1.0).contains(&score) {
        reader.error(format_args!("{path}.score"), "0 to 1");
    }
    let compiled = CustomPattern::new(entity.unwrap_or(EntityType::Custom(0)), &rule.pattern.0, score);
    let mut pattern = compiled
        .map_err(|e| reader.error(format_args!("{path}.pattern"), format_args!("{shown}{e}")))
        .ok()?;
    let words = &rule.context;
    if words.len() > MAX_CONTEXT_WORDS {
        reader.error(format_args!("{path}.context"), format_args!("at most {MAX_CONTEXT_WORDS} words"));
    }
    for (n, word) in words.iter().take(MAX_CONTEXT_WORDS).enumerate() {
        if let Err(e) = pattern.add_context(&word.0) {
            reader.error(format_args!("{path}.context[{n}]"), e);
        }
    }
    entity.map(|_| pattern)
}
