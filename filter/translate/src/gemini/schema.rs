//! Gemini's `Schema` as JSON Schema: types in small letters, `nullable` as a type of its own, whole numbers that the JSON
//! form of protocol buffers has in quotes, names in `snake_case`. Source: Gemini API reference, "Schema".

use crate::json::{Kind, Value, Writer};

/// Writes a schema.
pub(super) fn write(w: &mut Writer, schema: &Value<'_>) {
    let Kind::Object(members) = &schema.kind else { return w.raw(schema.raw) };
    w.open(b'{');
    let nullable = schema.flag("nullable");
    for member in members {
        let name = camel(&member.name);
        let value = &member.value;
        match (name.as_str(), &value.kind) {
            ("nullable" | "propertyOrdering", _) => {}
            ("type", Kind::String(word)) => kind(w, &word.to_ascii_lowercase(), nullable),
            ("items" | "additionalProperties", Kind::Object(_)) => {
                w.name(&name);
                write(w, value);
            }
            ("anyOf", Kind::Array(items)) => {
                w.open_at("anyOf", b'[');
                for item in items {
                    write(w, item);
                }
                w.close(b']');
            }
            ("properties" | "defs" | "$defs", Kind::Object(members)) => {
                w.name(&name);
                w.open(b'{');
                for member in members {
                    w.name(&member.name);
                    write(w, &member.value);
                }
                w.close(b'}');
            }
            (_, Kind::String(digits)) if is_count(&name) && digits.parse::<u64>().is_ok() => {
                w.name(&name);
                w.raw(digits);
            }
            _ => {
                w.name(&name);
                w.raw(value.raw);
            }
        }
    }
    w.close(b'}');
}

fn kind(w: &mut Writer, word: &str, nullable: bool) {
    if word == "type_unspecified" {
        return;
    }
    if !nullable {
        return w.string_at("type", word);
    }
    w.open_at("type", b'[');
    w.string(word);
    w.string("null");
    w.close(b']');
}

fn is_count(name: &str) -> bool {
    matches!(name, "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties")
}

/// `any_of` as `anyOf`.
fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut upper = false;
    for c in name.chars() {
        if c == '_' {
            upper = true;
        } else {
            out.push(if core::mem::take(&mut upper) { c.to_ascii_uppercase() } else { c });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn a_schema_in_geminis_words_becomes_one_in_json_schemas() {
        let written = |text: &str| {
            let mut w = Writer::with_capacity(64);
            write(&mut w, &parse(text.as_bytes()).unwrap());
            String::from_utf8(w.into_bytes()).unwrap()
        };
        assert_eq!(
            written(
                r#"{"type":"OBJECT","properties":{"any_of":{"type":"STRING","nullable":true},"b\"":{"any_of":[{"type":"INTEGER"}]}},"required":["any_of"],"propertyOrdering":["any_of"]}"#
            ),
            r#"{"type":"object","properties":{"any_of":{"type":["string","null"]},"b\"":{"anyOf":[{"type":"integer"}]}},"required":["any_of"]}"#
        );
        assert_eq!(
            written(r#"{"type":"ARRAY","items":{"type":"TYPE_UNSPECIFIED"},"min_items":"1","maxItems":"x"}"#),
            r#"{"type":"array","items":{},"minItems":1,"maxItems":"x"}"#
        );
    }
}
