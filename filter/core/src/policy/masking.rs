//! What is detected, and what happens to it.

use core::fmt;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::document::{EntityRules, yes};
use crate::detect::Detector;
use crate::detect::custom::CustomPattern;
use crate::entity::{EntityType, built_in, is_valid_name};

/// Most custom types of one policy.
const MAX_CUSTOM: usize = 1024;

/// What happens to a found value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Replaced by a placeholder, and put back in the answer.
    Mask,
    /// Replaced for good.
    Redact,
    /// The request is refused.
    Block,
    /// Counted, and passed on.
    Warn,
    /// Passed on.
    Allow,
}

/// `masking.entities.TYPE` as it is written: a rule, or only its action.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum EntityRule {
    Short(Action),
    Full(FullRule),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FullRule {
    action: Option<Action>,
    min_score: Option<f32>,
    /// Redaction knows one strategy here; naming another is an error.
    #[serde(rename = "strategy")]
    _strategy: Option<Strategy>,
}

/// How a value is redacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Strategy {
    /// `[REDACTED]`
    Mask,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomRule {
    #[serde(rename = "type")]
    name: String,
    pattern: String,
    score: Option<f32>,
    /// Words that would raise the score; every match counts as it is.
    #[serde(rename = "context")]
    _context: Option<IgnoredAny>,
}

/// `masking` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MaskingDocument {
    #[serde(default = "yes")]
    enabled: bool,
    default_action: Option<Action>,
    #[serde(default)]
    entities: EntityRules,
    #[serde(default)]
    custom: Vec<CustomRule>,
    /// These three only ever narrow what is masked, or speak to the model: leaving them out masks more.
    #[serde(rename = "allow")]
    _allow: Option<IgnoredAny>,
    #[serde(rename = "locales")]
    _locales: Option<IgnoredAny>,
    #[serde(rename = "hint")]
    _hint: Option<IgnoredAny>,
}

impl Default for MaskingDocument {
    fn default() -> Self {
        Self {
            enabled: true,
            default_action: None,
            entities: BTreeMap::new(),
            custom: Vec::new(),
            _allow: None,
            _locales: None,
            _hint: None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    action: Action,
    min_score: f32,
}

/// Score that a custom type's hits have where the policy names none.
const DEFAULT_CUSTOM_SCORE: f32 = 0.8;

/// The detector of a policy, its types' names and actions.
pub struct Masking {
    /// Finds the values.
    pub detector: Detector,
    custom: Vec<Box<str>>,
    rules: BTreeMap<EntityType, Rule>,
    default: Rule,
}

impl Masking {
    pub(super) fn compile(document: &MaskingDocument, errors: &mut Vec<String>) -> Self {
        let mut names: Vec<Box<str>> = Vec::new();
        let mut patterns = Vec::new();
        if document.custom.len() > MAX_CUSTOM {
            errors.push(format!("masking.custom: at most {MAX_CUSTOM} patterns"));
        }
        for (n, rule) in document.custom.iter().take(MAX_CUSTOM).enumerate() {
            let path = format!("masking.custom[{n}]");
            if !is_valid_name(&rule.name) {
                errors.push(format!("{path}.type: upper-case words joined by `_`, at most 48 characters"));
                continue;
            }
            if EntityType::built_in(&rule.name).is_some() {
                errors.push(format!("{path}.type: `{}` is a built-in type", rule.name));
                continue;
            }
            let known = names.iter().position(|name| **name == *rule.name);
            let number = known.unwrap_or_else(|| {
                names.push(rule.name.as_str().into());
                names.len() - 1
            });
            let entity = EntityType::Custom(u16::try_from(number).unwrap_or(u16::MAX));
            let score = rule.score.unwrap_or(DEFAULT_CUSTOM_SCORE);
            if !(0.0..=1.0).contains(&score) {
                errors.push(format!("{path}.score: 0 to 1"));
            }
            match CustomPattern::new(entity, &rule.pattern, score) {
                Ok(pattern) => patterns.push(pattern),
                Err(_) => {
                    errors.push(format!("{path}.pattern: `{}` does not compile, or is too large", rule.name))
                }
            }
        }
        let default_action = if document.enabled { document.default_action } else { Some(Action::Allow) };
        let default = Rule { action: default_action.unwrap_or(Action::Mask), min_score: 0.0 };
        let mut masking =
            Self { detector: Detector::new(patterns), custom: names, rules: BTreeMap::new(), default };
        for (name, rule) in &document.entities {
            let Some(entity) = masking.entity(name) else {
                errors.push(format!("masking.entities: no type `{name}`"));
                continue;
            };
            let (action, min_score) = match rule {
                EntityRule::Short(action) => (Some(*action), None),
                EntityRule::Full(full) => (full.action, full.min_score),
            };
            let rule = Rule {
                action: action.filter(|_| document.enabled).unwrap_or(default.action),
                min_score: min_score.unwrap_or(0.0),
            };
            if !(0.0..=1.0).contains(&rule.min_score) {
                errors.push(format!("masking.entities.{name}.min_score: 0 to 1"));
            }
            if masking.rules.insert(entity, rule).is_some() {
                errors.push(format!("masking.entities.{name}: the type is named twice, once by an alias"));
            }
        }
        masking
    }

    fn entity(&self, name: &str) -> Option<EntityType> {
        let custom = self.custom.iter().position(|n| **n == *name);
        let custom = custom.and_then(|n| u16::try_from(n).ok()).map(EntityType::Custom);
        EntityType::built_in(name).or(custom)
    }

    /// The name of a type.
    #[must_use]
    pub fn name(&self, entity: EntityType) -> &str {
        match entity {
            EntityType::Custom(n) => self.custom.get(usize::from(n)).map_or("CUSTOM", |name| name),
            _ => entity.built_in_name().unwrap_or("VALUE"),
        }
    }

    fn rule(&self, entity: EntityType) -> Rule {
        self.rules.get(&entity).copied().unwrap_or(self.default)
    }

    /// What happens to values of a type.
    #[must_use]
    pub fn action(&self, entity: EntityType) -> Action {
        self.rule(entity).action
    }

    /// What happens to a value of a type found with this score.
    #[must_use]
    pub fn action_at(&self, entity: EntityType, score: f32) -> Action {
        let rule = self.rule(entity);
        if score < rule.min_score { Action::Allow } else { rule.action }
    }

    /// All types whose name ends `text`, in any case.
    pub fn names_ending(&self, text: &[u8]) -> impl Iterator<Item = EntityType> {
        let ends = move |name: &str| {
            let tail = text.len().checked_sub(name.len()).map(|start| crate::bytes::from(text, start));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(name.as_bytes()))
        };
        let own = self.custom.iter().enumerate().filter(move |(_, name)| ends(name));
        let own = own.filter_map(|(n, _)| u16::try_from(n).ok().map(EntityType::Custom));
        built_in().filter(move |(_, name)| ends(name)).map(|(entity, _)| entity).chain(own)
    }
}

impl fmt::Debug for Masking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Patterns can quote what they are to find; their number is enough for a log.
        write!(f, "Masking({} custom types, {} rules)", self.custom.len(), self.rules.len())
    }
}
