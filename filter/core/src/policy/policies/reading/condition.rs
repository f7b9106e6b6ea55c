//! Reads what a policy asks about.

use serde_json::value::RawValue;

use super::super::{Condition, Count, Field};
use super::{model_names, regex};
use crate::policy::masking::Masking;
use crate::policy::reading::{Known, Others, Reader, Word};

/// The kinds of conditions.
#[derive(Clone, Copy)]
enum Kind {
    InjectionScore,
    PiiDetected,
    TokenCount,
    ModelName,
    ContentPattern,
}

impl Word for Kind {
    const NAMES: &'static [&'static str] =
        &["injection_score", "pii_detected", "token_count", "model_name", "content_pattern"];
    const ALL: &'static [Self] =
        &[Self::InjectionScore, Self::PiiDetected, Self::TokenCount, Self::ModelName, Self::ContentPattern];
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CountType {
    Input,
    Output,
    Total,
}

impl Word for CountType {
    const NAMES: &'static [&'static str] = &["input", "output", "total"];
    const ALL: &'static [Self] = &[Self::Input, Self::Output, Self::Total];
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldName {
    Messages,
    System,
    Response,
}

impl Word for FieldName {
    const NAMES: &'static [&'static str] = &["messages", "system", "response"];
    const ALL: &'static [Self] = &[Self::Messages, Self::System, Self::Response];
}

/// A condition; none where something is wrong with it.
pub(super) fn read<'j>(
    path: &str,
    raw: &'j RawValue,
    request: bool,
    masking: &Masking,
    reader: &mut Reader<'j>,
) -> Option<Condition> {
    let kind = Known { names: &["type"], needed: 1, others: Others::Any };
    let kind = reader.members_of(raw, kind)?.first().copied().flatten();
    match reader.some_word(kind)? {
        Kind::InjectionScore => injection_score(path, raw, reader),
        Kind::PiiDetected => pii_detected(path, raw, masking, reader),
        Kind::TokenCount => token_count(path, raw, request, reader),
        Kind::ModelName => {
            let [pattern, models] = members(raw, &["pattern", "models"], 0, reader)?;
            let pattern = pattern.map(|raw| reader.read(raw).ok_or(()));
            let models = models.map(|raw| reader.read(raw).ok_or(()));
            let (pattern, models) = (pattern.transpose().ok()?, models.transpose().ok()?);
            model_names(path, pattern, models, reader).map(Condition::ModelName)
        }
        Kind::ContentPattern => content_pattern(path, raw, request, reader),
    }
}

/// The members beside the type.
fn members<'j, const N: usize>(
    raw: &'j RawValue,
    names: &'static [&'static str; N],
    needed: usize,
    reader: &mut Reader<'j>,
) -> Option<[Option<&'j RawValue>; N]> {
    reader.members_of(raw, Known { names, needed, others: Others::One("type") })?.try_into().ok()
}

fn injection_score<'j>(path: &str, raw: &'j RawValue, reader: &mut Reader<'j>) -> Option<Condition> {
    let [threshold] = members(raw, &["threshold"], 1, reader)?;
    let threshold: f32 = reader.read_some(threshold)?;
    if !(0.0..=1.0).contains(&threshold) {
        reader.error(format_args!("{path}.threshold"), "0 to 1");
    }
    Some(Condition::InjectionScore(threshold))
}

fn pii_detected<'j>(
    path: &str,
    raw: &'j RawValue,
    masking: &Masking,
    reader: &mut Reader<'j>,
) -> Option<Condition> {
    let [entities] = members(raw, &["entities"], 0, reader)?;
    let Some(entities) = entities else { return Some(Condition::PiiDetected(Vec::new())) };
    let names: Vec<String> = reader.read(entities)?;
    let mut types = Vec::new();
    for (n, name) in names.iter().enumerate() {
        match masking.entity(name) {
            Some(entity) => types.push(entity),
            None => reader.error(format_args!("{path}.entities[{n}]"), "no such type"),
        }
    }
    if names.is_empty() {
        reader.error(format_args!("{path}.entities"), "names none; leave it out for all");
    }
    Some(Condition::PiiDetected(types))
}

fn token_count<'j>(
    path: &str,
    raw: &'j RawValue,
    request: bool,
    reader: &mut Reader<'j>,
) -> Option<Condition> {
    let names = &["threshold", "count_type", "countType"];
    let [threshold, count_type, also] = members(raw, names, 1, reader)?;
    if count_type.is_some() && also.is_some() {
        reader.error(path, "duplicate field `count_type`");
    }
    let threshold: Option<u64> = reader.read_some(threshold);
    let count_type = match count_type.or(also) {
        None => None,
        Some(raw) => Some(reader.word(raw)?),
    };
    if request && count_type == Some(CountType::Output) {
        reader.error(format_args!("{path}.count_type"), "`output` is known in the response phase");
    }
    let count = match (count_type, request) {
        (Some(CountType::Input), _) | (None, true) => Count::Input,
        (Some(CountType::Output), _) | (None, false) => Count::Output,
        (Some(CountType::Total), _) => Count::Total,
    };
    Some(Condition::TokenCount(threshold?, count))
}

fn content_pattern<'j>(
    path: &str,
    raw: &'j RawValue,
    request: bool,
    reader: &mut Reader<'j>,
) -> Option<Condition> {
    let [pattern, field] = members(raw, &["pattern", "field"], 1, reader)?;
    let pattern: Option<String> = reader.read_some(pattern);
    let field = match field {
        None => None,
        Some(raw) => Some(reader.word(raw)?),
    };
    match field {
        Some(FieldName::Response) if request => {
            reader.error(format_args!("{path}.field"), "`response` is known in the response phase");
        }
        Some(FieldName::Messages | FieldName::System) if !request => {
            let what = "in the response phase only `response` is looked through";
            reader.error(format_args!("{path}.field"), what);
        }
        _ => {}
    }
    let system = field == Some(FieldName::System);
    let field = if system { Field::System } else { Field::Messages };
    Some(Condition::ContentPattern(regex(path, &pattern?, reader)?, field))
}
