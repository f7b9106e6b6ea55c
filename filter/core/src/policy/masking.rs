//! What is detected, and what happens to it.

mod dictionaries;
mod locales;
mod patterns;
mod rules;
mod types;

use core::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::reading::{Reader, Text, Word};
use super::redaction::{Salt, Strategy};
use crate::by_type::ByType;
use crate::detect::allow::AllowList;
use crate::detect::{Detector, Sought};
use crate::entity::{EntityType, built_in};
use types::CustomTypes;

/// What happens to a found value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Media {
    /// It is passed on, and counted.
    #[default]
    Allow,
    /// The request is refused.
    Block,
}

impl Word for Action {
    const NAMES: &'static [&'static str] = &["mask", "redact", "block", "warn", "allow"];
    const ALL: &'static [Self] = &[Self::Mask, Self::Redact, Self::Block, Self::Warn, Self::Allow];
}

impl Word for Media {
    const NAMES: &'static [&'static str] = &["allow", "block"];
    const ALL: &'static [Self] = &[Self::Allow, Self::Block];
}

/// The members of the section.
const NAMES_OF_MEMBERS: [&str; 10] = [
    "enabled",
    "default_action",
    "entities",
    "custom",
    "dictionaries",
    "allow",
    "locales",
    "media",
    "salt",
    "hint",
];

/// What happens to the values of a type that are found with a high enough score.
#[derive(Debug, Clone, Copy)]
struct Rule {
    action: Action,
    /// How it is redacted, where it is.
    strategy: Strategy,
    min_score: f32,
}

/// What happens to values of some types for one caller, whatever the policy says of them.
pub struct Overrides(ByType<Rule>);

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Overrides({} rules)", self.0.len())
    }
}

/// The detector of a policy, its types' names and actions.
pub struct Masking {
    /// Finds the values.
    pub detector: Arc<Detector>,
    /// What happens to data that it cannot look through; `enabled` changes nothing about it.
    pub media: Media,
    /// What tokens are salted with, where there are any.
    pub salt: Option<Salt>,
    /// Whether the model is told to keep placeholders, where there are any.
    pub hint: bool,
    custom: Arc<CustomTypes>,
    rules: ByType<Rule>,
    default: Rule,
    drops: bool,
    sought: Sought,
}

/// The types that only the name lists and the tagger find.
const NAMES: [EntityType; 3] = [EntityType::Person, EntityType::Location, EntityType::Address];

impl Masking {
    /// Compiles the section; what is wrong with it is noted down in `reader`.
    pub(super) fn compile<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Self {
        let [
            enabled,
            default_action,
            entities,
            custom_types,
            dictionaries,
            allowed,
            locales,
            media,
            own_salt,
            hint,
        ] = reader.some_fields(raw, &NAMES_OF_MEMBERS);
        let enabled = reader.read_some(enabled).unwrap_or(true);
        let default_action = reader.some_word(default_action).unwrap_or(Action::Mask);
        let mut custom = CustomTypes::default();
        let patterns = patterns::compile(custom_types, &mut custom, reader);
        let dictionary = dictionaries::compile(dictionaries, &mut custom, reader);
        let mut allow = AllowList::default();
        for (n, entry) in reader.read_some::<Vec<Text>>(allowed).into_iter().flatten().enumerate() {
            if let Err(e) = allow.add(&entry.0) {
                reader.error(format_args!("masking.allow[{n}]"), e);
            }
        }
        let mut default = Rule { action: default_action, strategy: Strategy::Mask, min_score: 0.0 };
        let mut rules = rules::compile("masking.entities", entities, &custom, |_| default, reader);
        for entity in locales::switched_off(locales, reader) {
            rules.insert(entity, Rule { action: Action::Allow, ..default });
        }
        if !enabled {
            default.action = Action::Allow;
            rules.clear();
        }
        let media = reader.some_word(media).unwrap_or_default();
        let salt = salt(own_salt, reader);
        let hint = reader.read_some(hint).unwrap_or_default();
        let detector = Arc::new(Detector::new(patterns, dictionary, allow));
        let custom = Arc::new(custom);
        let (drops, sought) = (false, Sought::Everything);
        Self { detector, media, salt, hint, custom, rules, default, drops, sought }.settled()
    }

    /// With what follows from its rules.
    fn settled(mut self) -> Self {
        let drops = |rule: Rule| rule.action == Action::Redact && rule.strategy == Strategy::Drop;
        self.drops = self.rules.iter().any(|(_, rule)| drops(rule));
        let is_on = self.default.action != Action::Allow
            || self.rules.iter().any(|(_, rule)| rule.action != Action::Allow);
        self.sought = match is_on {
            false => Sought::Nothing,
            true if self.any(&NAMES) => Sought::Everything,
            true => Sought::AllButNames,
        };
        self
    }

    /// Reads what a key has masked otherwise, at `path`; what a rule leaves open the policy's own says.
    pub(super) fn overrides<'j>(
        &self,
        path: &str,
        raw: &'j RawValue,
        reader: &mut Reader<'j>,
    ) -> Option<Overrides> {
        let [entities] = reader.fields_at(format_args!("{path}"), raw, &["entities"], 0)?;
        let path = format!("{path}.entities");
        let rules = rules::compile(&path, entities, &self.custom, |e| self.rule(e), reader);
        Some(Overrides(rules))
    }

    /// What a key of this policy has masked otherwise.
    ///
    /// # Errors
    /// Where this is no policy that accepts it.
    pub fn overridden_by(&self, raw: &RawValue) -> Result<Overrides, super::PolicyErrors> {
        let mut reader = Reader::new(raw.get().as_bytes());
        match self.overrides("masking", raw, &mut reader) {
            Some(overrides) if reader.errors.is_empty() => Ok(overrides),
            _ => Err(super::PolicyErrors(reader.errors)),
        }
    }

    /// The same detector and types, with other rules for some of them.
    #[must_use]
    pub fn with(&self, overrides: &Overrides) -> Self {
        let mut rules = self.rules.clone();
        for (entity, other) in overrides.0.iter() {
            rules.insert(entity, other);
        }
        let (detector, custom) = (self.detector.clone(), self.custom.clone());
        Self { detector, custom, rules, ..*self }.settled()
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
        self.rules.get(entity).unwrap_or(self.default)
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
        let tokenizes = |rule: Rule| rule.action == Action::Redact && rule.strategy == Strategy::Tokenize;
        self.rules.iter().any(|(_, rule)| tokenizes(rule))
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
