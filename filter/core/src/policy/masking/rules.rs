//! `entities`: what happens to the values of a type.

use serde_json::value::RawValue;

use super::types::CustomTypes;
use super::{Action, Rule};
use crate::by_type::ByType;
use crate::entity::{EntityType, MAX_NAME_LEN};
use crate::policy::reading::Reader;
use crate::policy::redaction::Strategy;

/// What a policy says of a type; what is missing something more general says.
struct Parts {
    action: Option<Action>,
    strategy: Option<Strategy>,
    min_score: Option<f32>,
}

/// Reads the rules of types at `path`; `general` tells what holds for a type where its rule is silent.
pub(super) fn compile<'j>(
    path: &str,
    raw: Option<&'j RawValue>,
    types: &CustomTypes,
    general: impl Fn(EntityType) -> Rule,
    reader: &mut Reader<'j>,
) -> ByType<Rule> {
    let mut rules = ByType::default();
    let mut seen = Vec::new();
    for (name, raw) in reader.members(raw) {
        let Some(entity) = types.find(&name) else {
            let shown = if name.len() <= MAX_NAME_LEN { &*name } else { "…" };
            reader.error(path, format_args!("no type `{shown}`"));
            continue;
        };
        let path = format!("{path}.{name}");
        let parts = parts(&path, raw, reader);
        if seen.contains(&entity) {
            reader.error(&path, "the type is named twice, once by an alias or again");
        } else {
            seen.push(entity);
        }
        let Some(parts) = parts else { continue };
        let general = general(entity);
        let action = parts.action.unwrap_or(general.action);
        let inherited = if action == Action::Redact { general.strategy } else { Strategy::Mask };
        if parts.strategy.is_some_and(|s| s != Strategy::Mask) && action != Action::Redact {
            let what = "says how a value is redacted, which needs the action `redact`";
            reader.error(format_args!("{path}.strategy"), what);
        }
        let strategy = parts.strategy.unwrap_or(inherited);
        let min_score = parts.min_score.unwrap_or(general.min_score);
        rules.insert(entity, Rule { action, strategy, min_score });
    }
    rules
}

fn parts<'j>(path: &str, raw: &'j RawValue, reader: &mut Reader<'j>) -> Option<Parts> {
    if raw.get().starts_with('"') {
        let action = reader.word_at(format_args!("{path}"), raw)?;
        return Some(Parts { action: Some(action), strategy: None, min_score: None });
    }
    let names = &["action", "min_score", "strategy"];
    let [action, min_score, strategy] = reader.fields_at(format_args!("{path}"), raw, names, 0)?;
    let min_score = min_score.and_then(|raw| reader.read_at(format_args!("{path}.min_score"), raw));
    if min_score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
        reader.error(format_args!("{path}.min_score"), "0 to 1");
    }
    let action = action.and_then(|raw| reader.word_at(format_args!("{path}.action"), raw));
    let strategy = strategy.and_then(|raw| reader.word_at(format_args!("{path}.strategy"), raw));
    Some(Parts { action, strategy, min_score })
}
