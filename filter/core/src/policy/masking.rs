//! What is detected, and what happens to it.

mod dictionaries;
mod locales;
mod patterns;
mod rules;
mod types;

use core::fmt;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::reading::{Reader, Text};
use super::redaction::{Salt, Strategy};
use crate::detect::allow::AllowList;
use crate::detect::{Detector, Sought};
use crate::entity::{EntityType, built_in};
use types::CustomTypes;

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

/// What happens to a request with data that cannot be looked through: images, sounds, PDF.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// It is passed on, and counted.
    #[default]
    Allow,
    /// The request is refused.
    Block,
}

/// `masking` as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskingDocument<'j> {
    #[serde(borrow)]
    enabled: Option<&'j RawValue>,
    #[serde(borrow)]
    default_action: Option<&'j RawValue>,
    #[serde(borrow)]
    entities: Option<&'j RawValue>,
    #[serde(borrow)]
    custom: Option<&'j RawValue>,
    #[serde(borrow)]
    dictionaries: Option<&'j RawValue>,
    #[serde(borrow)]
    allow: Option<&'j RawValue>,
    #[serde(borrow)]
    locales: Option<&'j RawValue>,
    #[serde(borrow)]
    media: Option<&'j RawValue>,
    #[serde(borrow)]
    salt: Option<&'j RawValue>,
    #[serde(borrow)]
    hint: Option<&'j RawValue>,
}

/// What happens to the values of a type that are found with a high enough score.
#[derive(Debug, Clone, Copy)]
struct Rule {
    action: Action,
    /// How it is redacted, where it is.
    strategy: Strategy,
    min_score: f32,
}

/// The detector of a policy, its types' names and actions.
pub struct Masking {
    /// Finds the values.
    pub detector: Detector,
    /// What happens to data that it cannot look through; `enabled` changes nothing about it.
    pub media: Media,
    /// What tokens are salted with, where there are any.
    pub salt: Option<Salt>,
    /// Whether the model is told to keep placeholders, where there are any.
    pub hint: bool,
    custom: CustomTypes,
    rules: BTreeMap<EntityType, Rule>,
    default: Rule,
    drops: bool,
    sought: Sought,
}

/// The types that only the name lists and the tagger find.
const NAMES: [EntityType; 3] = [EntityType::Person, EntityType::Location, EntityType::Address];

impl Masking {
    /// Compiles the section; what is wrong with it is noted down in `reader`.
    pub(super) fn compile<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Self {
        let document: MaskingDocument = reader.read_some(raw).unwrap_or_default();
        let enabled = reader.read_some(document.enabled).unwrap_or(true);
        let default_action = reader.read_some(document.default_action).unwrap_or(Action::Mask);
        let mut custom = CustomTypes::default();
        let patterns = patterns::compile(document.custom, &mut custom, reader);
        let dictionary = dictionaries::compile(document.dictionaries, &mut custom, reader);
        let mut allow = AllowList::default();
        for (n, entry) in reader.read_some::<Vec<Text>>(document.allow).into_iter().flatten().enumerate() {
            if let Err(e) = allow.add(&entry.0) {
                reader.error(format_args!("masking.allow[{n}]"), e);
            }
        }
        let mut default = Rule { action: default_action, strategy: Strategy::Mask, min_score: 0.0 };
        let mut rules = rules::compile(document.entities, &custom, default, reader);
        for entity in locales::switched_off(document.locales, reader) {
            rules.insert(entity, Rule { action: Action::Allow, ..default });
        }
        if !enabled {
            default.action = Action::Allow;
            rules.clear();
        }
        let media = reader.read_some(document.media).unwrap_or_default();
        let salt = salt(document.salt, reader);
        let hint = reader.read_some(document.hint).unwrap_or_default();
        let drops = |rule: &Rule| rule.action == Action::Redact && rule.strategy == Strategy::Drop;
        let drops = rules.values().any(drops);
        let detector = Detector::new(patterns, dictionary, allow);
        let mut masking =
            Self { detector, media, salt, hint, custom, rules, default, drops, sought: Sought::Everything };
        let is_on =
            default.action != Action::Allow || masking.rules.values().any(|r| r.action != Action::Allow);
        masking.sought = match is_on {
            false => Sought::Nothing,
            true if masking.any(&NAMES) => Sought::Everything,
            true => Sought::AllButNames,
        };
        masking
    }

    /// The name of a type.
    #[must_use]
    pub fn name(&self, entity: EntityType) -> &str {
        match entity {
            EntityType::Custom(n) => self.custom.name(n).unwrap_or("CUSTOM"),
            _ => entity.built_in_name().unwrap_or("VALUE"),
        }
    }

    fn rule(&self, entity: EntityType) -> Rule {
        self.rules.get(&entity).copied().unwrap_or(self.default)
    }

    /// The type of this name, built in or the policy's own.
    pub(super) fn entity(&self, name: &str) -> Option<EntityType> {
        self.custom.find(name)
    }

    /// How values of a type are redacted; none where they are not.
    #[must_use]
    pub fn redaction(&self, entity: EntityType) -> Option<Strategy> {
        let rule = self.rule(entity);
        (rule.action == Action::Redact).then_some(rule.strategy)
    }

    /// Whether values of a type are redacted by tokens.
    pub(super) fn tokenizes(&self) -> bool {
        self.rules.values().any(|rule| rule.action == Action::Redact && rule.strategy == Strategy::Tokenize)
    }

    /// Whether values of a type are removed with their message.
    pub(crate) fn drops(&self) -> bool {
        self.drops
    }

    /// Whether values of any of these types matter.
    fn any(&self, entities: &[EntityType]) -> bool {
        entities.iter().any(|entity| self.rule(*entity).action != Action::Allow)
    }

    /// What is looked for at all.
    #[must_use]
    pub fn sought(&self) -> Sought {
        self.sought
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
        let own = self.custom.iter().filter(move |(_, name)| ends(name));
        let all = built_in().filter(move |(_, name)| ends(name)).map(|(entity, _)| entity);
        all.chain(own.map(|(entity, _)| entity))
    }
}

/// Shortest salt, in characters.
const MIN_SALT: usize = 16;

/// The policy's own salt.
fn salt<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Option<Salt> {
    let own: Text = reader.read_some(raw)?;
    if own.0.chars().count() < MIN_SALT {
        reader.error("masking.salt", format_args!("at least {MIN_SALT} characters"));
    }
    Some(Salt::new(own.0.as_bytes()))
}

impl fmt::Debug for Masking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Patterns can quote what they are to find; their number is enough for a log.
        write!(f, "Masking({} custom types, {} rules)", self.custom.len(), self.rules.len())
    }
}
