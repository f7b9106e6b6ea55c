//! Reads `policies`: strict, for a policy that is not understood would let something pass.

mod condition;

use serde_json::value::RawValue;

use super::{Condition, Effect, MAX_PATTERNS, MAX_POLICIES, Policies, Rule};
use crate::detect::custom::{MAX_PATTERN_BYTES, PATTERN_SIZE_LIMIT};
use crate::policy::masking::Masking;
use crate::policy::models::{Globs, MAX_MODEL_BYTES};
use crate::policy::reading::{Reader, Word};
use crate::policy::redaction::Strategy;
use crate::trace::{MAX_NAME_BYTES, safe_name};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Request,
    Response,
}

impl Word for Phase {
    const NAMES: &'static [&'static str] = &["request", "response"];
    const ALL: &'static [Self] = &[Self::Request, Self::Response];
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Block,
    Redact,
    Warn,
}

impl Word for Action {
    const NAMES: &'static [&'static str] = &["block", "redact", "warn"];
    const ALL: &'static [Self] = &[Self::Block, Self::Redact, Self::Warn];
}

/// The members of a policy; the last is another name of the one before.
const MEMBERS: [&str; 9] = [
    "id",
    "phase",
    "condition",
    "action",
    "name",
    "on",
    "enabled",
    "redactionStrategy",
    "redaction_strategy",
];
/// So many of them, from the first on, must be there.
const NEEDED: usize = 4;

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
    let (mut policies, mut ids, mut patterns) = (Policies::default(), Vec::new(), 0);
    for (n, raw) in documents.into_iter().take(MAX_POLICIES).enumerate() {
        let path = format!("{section}[{n}]");
        let Some((phase, rule)) = rule(&path, raw, masking, &mut ids, reader) else {
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
    raw: &'j RawValue,
    masking: &Masking,
    ids: &mut Vec<String>,
    reader: &mut Reader<'j>,
) -> Option<(Phase, Rule)> {
    let [id, phase, condition, action, name, on, enabled, strategy, also] =
        reader.fields(raw, &MEMBERS, NEEDED)?;
    let id: Option<String> = reader.read_some(id);
    if let Some(id) = &id {
        if id.is_empty() || safe_name(id) != id {
            let what = format_args!("1 to {MAX_NAME_BYTES} letters, digits and `._:/@-`");
            reader.error(format_args!("{path}.id"), what);
        } else if ids.contains(id) {
            reader.error(format_args!("{path}.id"), "another policy has the same");
        } else {
            ids.push(id.clone());
        }
    }
    let name: Option<String> = reader.read_some(name);
    let phase: Option<Phase> = reader.some_word(phase);
    let on: Option<String> = reader.read_some(on);
    let action: Option<Action> = reader.some_word(action);
    if strategy.is_some() && also.is_some() {
        reader.error(path, "duplicate field `redactionStrategy`");
    }
    let strategy: Option<Strategy> = reader.some_word(strategy.or(also));
    let enabled: bool = reader.read_some(enabled).unwrap_or(true);
    if phase == Some(Phase::Response) && strategy == Some(Strategy::Drop) {
        reader.error(
            format_args!("{path}.redactionStrategy"),
            "`drop` removes messages of a request; an answer is blocked or redacted",
        );
    }
    let path = format!("{path}.condition");
    let condition = condition::read(&path, condition?, phase != Some(Phase::Response), masking, reader)?;
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
