//! Reads `policies`: strict, for a policy that is not understood would let something pass.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Condition, Count, Effect, Field, Ids, MAX_PATTERNS, MAX_POLICIES, Policies, Rule};
use crate::detect::custom::{MAX_PATTERN_BYTES, PATTERN_SIZE_LIMIT};
use crate::policy::masking::Masking;
use crate::policy::models::{Globs, MAX_MODEL_BYTES};
use crate::policy::reading::Reader;
use crate::policy::redaction::Strategy;
use crate::trace::{MAX_NAME_BYTES, safe_name};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'j> {
    #[serde(borrow)]
    id: &'j RawValue,
    #[serde(borrow)]
    name: Option<&'j RawValue>,
    #[serde(borrow)]
    phase: &'j RawValue,
    #[serde(borrow)]
    on: Option<&'j RawValue>,
    #[serde(borrow)]
    condition: &'j RawValue,
    #[serde(borrow)]
    action: &'j RawValue,
    #[serde(borrow, rename = "redactionStrategy", alias = "redaction_strategy")]
    strategy: Option<&'j RawValue>,
    #[serde(borrow)]
    enabled: Option<&'j RawValue>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Request,
    Response,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Action {
    Block,
    Redact,
    Warn,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum ConditionDocument {
    InjectionScore {
        threshold: f32,
    },
    PiiDetected {
        entities: Option<Vec<String>>,
    },
    TokenCount {
        threshold: u64,
        #[serde(alias = "countType")]
        count_type: Option<CountType>,
    },
    ModelName {
        pattern: Option<String>,
        models: Option<Vec<String>>,
    },
    ContentPattern {
        pattern: String,
        field: Option<FieldName>,
    },
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum CountType {
    Input,
    Output,
    Total,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum FieldName {
    Messages,
    System,
    Response,
}

/// Compiles the section; what is wrong with it is noted down in `reader`.
pub(in crate::policy) fn compile<'j>(
    section: &str,
    raw: Option<&'j RawValue>,
    masking: &Masking,
    reader: &mut Reader<'j>,
) -> Policies {
    let documents = reader.list(raw);
    if documents.len() > MAX_POLICIES {
        reader.error(section, format_args!("at most {MAX_POLICIES} policies"));
    }
    let (mut policies, mut ids, mut patterns) = (Policies::default(), Ids::new(), 0);
    for (n, raw) in documents.into_iter().take(MAX_POLICIES).enumerate() {
        let Some(document) = reader.read::<Document>(raw) else { continue };
        let path = format!("{section}[{n}]");
        let Some((phase, rule)) = rule(&path, &document, masking, &mut ids, reader) else {
            continue;
        };
        patterns += usize::from(matches!(rule.condition, Condition::ContentPattern(..)));
        match phase {
            Phase::Request => policies.rules.push(rule),
            Phase::Response => policies.answers.push(rule),
        }
    }
    if patterns > MAX_PATTERNS {
        reader.error(section, format_args!("at most {MAX_PATTERNS} patterns"));
    }
    policies
}

/// A policy's rule; none where it is not asked, or something is wrong with it, all of which is said.
fn rule<'j>(
    path: &str,
    document: &Document<'j>,
    masking: &Masking,
    ids: &mut Ids,
    reader: &mut Reader<'j>,
) -> Option<(Phase, Rule)> {
    let id: Option<String> = reader.read(document.id);
    if let Some(id) = &id {
        if id.is_empty() || safe_name(id) != id {
            let what = format_args!("1 to {MAX_NAME_BYTES} letters, digits and `._:/@-`");
            reader.error(format_args!("{path}.id"), what);
        } else if !ids.insert(id.clone()) {
            reader.error(format_args!("{path}.id"), "another policy has the same");
        }
    }
    let name: Option<String> = reader.read_some::<Option<String>>(document.name).flatten();
    let phase: Option<Phase> = reader.read(document.phase);
    let on: Option<String> = reader.read_some::<Option<String>>(document.on).flatten();
    let action: Option<Action> = reader.read(document.action);
    let strategy = Strategy::read(document.strategy, reader);
    let enabled: bool = reader.read_some(document.enabled).unwrap_or(true);
    let written: Option<ConditionDocument> = reader.read(document.condition);
    if phase == Some(Phase::Response) && strategy == Some(Strategy::Drop) {
        reader.error(
            format_args!("{path}.redactionStrategy"),
            "`drop` removes messages of a request; an answer is blocked or redacted",
        );
    }
    let path = format!("{path}.condition");
    let condition = condition(&path, written?, phase != Some(Phase::Response), masking, reader)?;
    let phase = phase?;
    let effect = match action? {
        Action::Block => Effect::Block,
        Action::Warn => Effect::Warn,
        Action::Redact => Effect::Redact(strategy.unwrap_or_default()),
    };
    let id = id?;
    let shown = name.filter(|name| fits_header(name)).unwrap_or_else(|| id.clone());
    let agent = on.filter(|agent| agent != "*").map(String::into_boxed_str);
    // What is switched off is read for its errors.
    enabled.then(|| (phase, Rule { id: id.into(), shown: shown.into(), agent, condition, effect }))
}

/// Whether a name can stand in a list in a header, and in an error.
fn fits_header(name: &str) -> bool {
    let plain =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'.' | b'_' | b':' | b'/' | b'@' | b'-');
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.trim() == name && name.bytes().all(plain)
}

/// A condition; none where something is wrong with it.
fn condition(
    path: &str,
    written: ConditionDocument,
    request: bool,
    masking: &Masking,
    reader: &mut Reader<'_>,
) -> Option<Condition> {
    Some(match written {
        ConditionDocument::InjectionScore { threshold } => {
            if !(0.0..=1.0).contains(&threshold) {
                reader.error(format_args!("{path}.threshold"), "0 to 1");
            }
            Condition::InjectionScore(threshold)
        }
        ConditionDocument::PiiDetected { entities } => {
            let mut types = Vec::new();
            for (n, name) in entities.iter().flatten().enumerate() {
                match masking.entity(name) {
                    Some(entity) => types.push(entity),
                    None => reader.error(format_args!("{path}.entities[{n}]"), "no such type"),
                }
            }
            if entities.is_some_and(|names| names.is_empty()) {
                reader.error(format_args!("{path}.entities"), "names none; leave it out for all");
            }
            Condition::PiiDetected(types)
        }
        ConditionDocument::TokenCount { threshold, count_type } => {
            if request && count_type == Some(CountType::Output) {
                reader.error(format_args!("{path}.count_type"), "`output` is known in the response phase");
            }
            let count = match (count_type, request) {
                (Some(CountType::Input), _) | (None, true) => Count::Input,
                (Some(CountType::Output), _) | (None, false) => Count::Output,
                (Some(CountType::Total), _) => Count::Total,
            };
            Condition::TokenCount(threshold, count)
        }
        ConditionDocument::ModelName { pattern, models } => {
            Condition::ModelName(model_names(path, pattern, models, reader)?)
        }
        ConditionDocument::ContentPattern { pattern, field } => {
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
            Condition::ContentPattern(regex(path, &pattern, reader)?, field)
        }
    })
}

fn regex(path: &str, pattern: &str, reader: &mut Reader<'_>) -> Option<regex_lite::Regex> {
    let built = regex_lite::RegexBuilder::new(pattern).size_limit(PATTERN_SIZE_LIMIT).build();
    let wrong = match &built {
        _ if pattern.len() > MAX_PATTERN_BYTES => "is too long",
        Err(_) => "does not compile, or is too large",
        Ok(regex) if regex.is_match("") => "matches the empty text",
        Ok(_) => return built.ok(),
    };
    reader.error(format_args!("{path}.pattern"), wrong);
    None
}

fn model_names(
    path: &str,
    pattern: Option<String>,
    models: Option<Vec<String>>,
    reader: &mut Reader<'_>,
) -> Option<Globs> {
    let (names, place) = match (pattern, models) {
        (Some(pattern), None) => (vec![pattern], "pattern"),
        (None, Some(models)) if !models.is_empty() => (models, "models"),
        _ => {
            reader.error(path, "either `pattern` or a list of `models`");
            return None;
        }
    };
    // A regular expression read as a shape would hold of nothing, and say nothing about it.
    let is_expression = |name: &String| {
        name.contains(['^', '$', '(', ')', '[', ']', '{', '}', '|', '\\', '+']) || name.contains(".*")
    };
    if names.iter().any(is_expression) {
        reader.error(format_args!("{path}.{place}"), "a name with `*` and `?`, not a regular expression");
    }
    if names.iter().any(|name| name.is_empty() || name.len() > MAX_MODEL_BYTES) {
        reader.error(format_args!("{path}.{place}"), format_args!("a name has 1 to {MAX_MODEL_BYTES} bytes"));
    }
    Some(Globs::new(&names))
}
