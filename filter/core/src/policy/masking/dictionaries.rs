//! `dictionaries`: types found by lists of terms.

use serde_json::value::RawValue;

use super::types::CustomTypes;
use crate::detect::dictionary::{Dictionary, MAX_TERMS};
use crate::policy::reading::{Reader, Text};

/// Most terms of a dictionary whose errors are said one by one.
const MAX_SHOWN_ERRORS: usize = 10;

pub(super) fn compile<'j>(
    raw: Option<&'j RawValue>,
    types: &mut CustomTypes,
    reader: &mut Reader<'j>,
) -> Dictionary {
    let mut lists = Vec::new();
    for (n, raw) in reader.list(raw).into_iter().enumerate() {
        let Some([name, terms]) = reader.fields(raw, &["type", "terms"], 2) else { continue };
        let Some(name) = reader.read_some::<Text>(name) else { continue };
        let path = format!("masking.dictionaries[{n}]");
        let entity = types.find_or_add(&name.0).map_err(|e| reader.error(format_args!("{path}.type"), e));
        let terms: Vec<Text> = reader.read_some(terms).unwrap_or_default();
        lists.push((path, entity.ok(), terms));
    }
    let count: usize = lists.iter().map(|(_, _, terms)| terms.len()).sum();
    if count > MAX_TERMS {
        reader.error("masking.dictionaries", format_args!("at most {MAX_TERMS} terms in all"));
        return Dictionary::default();
    }
    let mut dictionary = Dictionary::with_capacity(count);
    for (path, entity, terms) in lists {
        // Where the type is wrong, the terms are still checked.
        let number = dictionary.type_number(entity.unwrap_or(crate::entity::EntityType::Person));
        let mut wrong = 0;
        for (n, term) in terms.iter().enumerate() {
            if let Err(e) = dictionary.add(&term.0, number) {
                wrong += 1;
                if wrong <= MAX_SHOWN_ERRORS {
                    reader.error(format_args!("{path}.terms[{n}]"), e);
                }
            }
        }
        if wrong > MAX_SHOWN_ERRORS {
            reader.error(
                format_args!("{path}.terms"),
                format_args!("{} more like these", wrong - MAX_SHOWN_ERRORS),
            );
        }
    }
    dictionary
}
