//! `entities`: what happens to the values of a type.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::types::CustomTypes;
use super::{Action, Rule};
use crate::entity::{EntityType, MAX_NAME_LEN};
use crate::policy::reading::Reader;
use crate::policy::redaction::Strategy;

/// `masking.entities.TYPE` where it is more than an action.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FullRule<'j> {
    action: Option<Action>,
    min_score: Option<f32>,
    #[serde(borrow)]
    strategy: Option<&'j RawValue>,
}

pub(super) fn compile<'j>(
    raw: Option<&'j RawValue>,
    types: &CustomTypes,
    default: Rule,
    reader: &mut Reader<'j>,
) -> BTreeMap<EntityType, Rule> {
    let mut rules = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (name, raw) in reader.members(raw) {
        let is_short = raw.get().starts_with('"');
        let full = if is_short {
            reader.read(raw).map(|action| FullRule { action: Some(action), min_score: None, strategy: None })
        } else {
            reader.read::<FullRule>(raw)
        };
        let Some(entity) = types.find(&name) else {
            let shown = if name.len() <= MAX_NAME_LEN { &*name } else { "…" };
            reader.error("masking.entities", format_args!("no type `{shown}`"));
            continue;
        };
        if !seen.insert(entity) {
            reader.error(
                format_args!("masking.entities.{name}"),
                "the type is named twice, once by an alias or again",
            );
        }
        let Some(full) = full else { continue };
        let min_score = full.min_score.unwrap_or(0.0);
        if !(0.0..=1.0).contains(&min_score) {
            reader.error(format_args!("masking.entities.{name}.min_score"), "0 to 1");
        }
        let action = full.action.unwrap_or(default.action);
        let path = format!("masking.entities.{name}.strategy");
        let strategy = Strategy::read(full.strategy, reader).unwrap_or_default();
        if strategy != Strategy::Mask && action != Action::Redact {
            reader.error(path, "says how a value is redacted, which needs the action `redact`");
        }
        rules.insert(entity, Rule { action, strategy, min_score });
    }
    rules
}
