//! Lines of a JSON document: where a path such as `masking.custom[2].pattern` stands.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The line of a path, from 1; of what is around it, where the document does not have it. None where the
/// document is no JSON.
pub(super) fn line(json: &str, path: &str) -> Option<usize> {
    let mut here: &RawValue = serde_json::from_str(json).ok()?;
    let names = path.split(['.', '[']).map(|name| name.trim_end_matches(']')).filter(|name| !name.is_empty());
    for name in names {
        match member(here, name) {
            Some(inner) => here = inner,
            None => break,
        }
    }
    // Both point into the same text.
    let offset = (here.get().as_ptr() as usize).checked_sub(json.as_ptr() as usize)?;
    Some(json.get(..offset)?.bytes().filter(|b| *b == b'\n').count() + 1)
}

fn member<'a>(value: &'a RawValue, name: &str) -> Option<&'a RawValue> {
    if let Ok(place) = name.parse::<usize>() {
        let items: Option<Vec<&RawValue>> = serde_json::from_str(value.get()).ok();
        if let Some(item) = items.and_then(|items| items.get(place).copied()) {
            return Some(item);
        }
    }
    serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()).ok()?.get(name).copied()
}

/// Puts the line behind the path of each error that has none: `path: reason` becomes `path (line n): reason`.
pub(super) fn with_lines(json: &[u8], errors: &str) -> Vec<String> {
    let json = std::str::from_utf8(json).ok();
    let placed = |error: &str| {
        let (path, reason) = error.split_once(": ").filter(|(_, reason)| !reason.contains("(line "))?;
        let line = line(json?, path)?;
        Some(format!("{path} (line {line}): {reason}"))
    };
    errors.lines().map(|error| placed(error).unwrap_or_else(|| error.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "{\n \"a\": {\n  \"b\": [\n   1,\n   {\"c\": 2}\n  ]\n },\n \"7\": true\n}";

    #[test]
    fn a_path_is_found_through_objects_and_lists() {
        for (path, expected) in [("a", 2), ("a.b", 3), ("a.b[0]", 4), ("a.b[1].c", 5), ("7", 8)] {
            assert_eq!(line(DOCUMENT, path), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_is_missing_has_the_line_of_what_is_around_it() {
        for (path, expected) in [("a.x", 2), ("a.b[9].c", 3), ("x", 1)] {
            assert_eq!(line(DOCUMENT, path), Some(expected), "{path}");
        }
    }

    #[test]
    fn an_error_without_a_place_stays_as_it_is() {
        assert_eq!(with_lines(b"{", "policy: not valid JSON"), ["policy: not valid JSON"]);
        assert_eq!(with_lines(b"\xff", "a: b"), ["a: b"]);
        assert_eq!(with_lines(b"{}", "a: b (line 1, column 2)"), ["a: b (line 1, column 2)"]);
        assert_eq!(with_lines(DOCUMENT.as_bytes(), "a.b: wrong"), ["a.b (line 3): wrong"]);
    }
}
