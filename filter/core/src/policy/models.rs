//! Which models callers may ask for, and under which names.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::reading::Reader;
use crate::glob::matches;
use crate::order;

/// Most names and shapes of a list.
pub const MAX_MODELS: usize = 1000;
/// Longest of them, in bytes.
pub const MAX_MODEL_BYTES: usize = 256;

/// Names and shapes (`*`, `?`) of models, compared with case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Globs(Arc<[Box<str>]>);

impl Globs {
    pub(super) fn new(globs: &[String]) -> Self {
        Self(globs.iter().map(|g| g.as_str().into()).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|glob| matches(glob, name))
    }

    /// Those that name one model.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|glob| &**glob).filter(|glob| is_literal(glob))
    }
}

/// Whether a shape names one model.
#[must_use]
pub fn is_literal(glob: &str) -> bool {
    !glob.contains(['*', '?'])
}

/// The section `models`.
#[derive(Debug, Clone, Default)]
pub struct Models {
    /// None where all may be asked for.
    allow: Option<Globs>,
    /// Each with what it stands for, in their order.
    aliases: Vec<(String, String)>,
}

/// A model that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// As the client wrote it.
    pub name: &'a str,
    /// What an alias stands for, else the same: `provider/id` or an id.
    pub resolved: &'a str,
    /// Whether the name is an alias.
    pub alias: bool,
}

impl Asked<'_> {
    /// Whether a shape names it at `provider`: as the client wrote it, by its id, or as `provider/id`.
    #[must_use]
    pub fn is_named(&self, globs: &Globs, provider: &str) -> bool {
        let id = self.resolved.strip_prefix(provider).and_then(|rest| rest.strip_prefix('/'));
        let id = id.unwrap_or(self.resolved);
        globs.has(self.name) || globs.has(id) || globs.has(&format!("{provider}/{id}"))
    }
}

impl Models {
    pub(super) fn compile<'j>(raw: Option<&'j RawValue>, reader: &mut Reader<'j>) -> Self {
        let [allow, aliases] = reader.some_fields(raw, &["allow", "aliases"]);
        let allow: Option<Vec<String>> = reader.read_some(allow);
        let mut named = Vec::new();
        for (alias, model) in reader.members(aliases) {
            if let Some(model) = reader.read::<String>(model) {
                named.push((alias.into_owned(), model));
            }
        }
        // Of those that stand twice the last one counts.
        named.reverse();
        order::by(&mut named, &|(a, _), (b, _)| a < b);
        named.dedup_by(|(a, _), (b, _)| a == b);
        let lengths = allow.iter().flatten().chain(named.iter().flat_map(|(a, b)| [a, b]));
        if lengths.clone().any(|name| name.is_empty() || name.len() > MAX_MODEL_BYTES) {
            reader.error("models", format_args!("a name has 1 to {MAX_MODEL_BYTES} bytes"));
        }
        if lengths.count() > 3 * MAX_MODELS {
            reader.error("models", format_args!("at most {MAX_MODELS} names and aliases"));
        }
        Self { allow: allow.map(|globs| Globs::new(&globs)), aliases: named }
    }

    /// What a name stands for.
    #[must_use]
    pub fn resolve<'a>(&'a self, name: &'a str) -> Asked<'a> {
        let place = self.aliases.binary_search_by(|(alias, _)| alias.as_str().cmp(name));
        let stands_for = place.ok().and_then(|place| self.aliases.get(place)).map(|(_, to)| to);
        Asked { name, resolved: stands_for.map_or(name, |to| to), alias: stands_for.is_some() }
    }

    /// The names that are known without a question to a provider: aliases, and what the list names in full.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let allowed = self.allow.iter().flat_map(Globs::literals);
        self.aliases.iter().map(|(alias, _)| alias.as_str()).chain(allowed)
    }

    /// Whether a model may be asked for at `provider`, by the policy and by the key's own list. A shape may name it as
    /// the client wrote it, by its id, or as `provider/id`.
    #[must_use]
    pub fn allow(&self, own: Option<&Globs>, asked: Asked<'_>, provider: &str) -> bool {
        let named = |globs: &Globs| asked.is_named(globs, provider);
        self.allow.as_ref().is_none_or(named) && own.is_none_or(named)
    }
}
