//! What several tests need: policies, and naive readers to compare the core with.

use std::collections::BTreeMap;

use privet_core::policy::Policy;
use serde_json::Value;

/// A policy with this `masking` section.
pub(crate) fn policy(masking: &str) -> Policy {
    let document = format!(r#"{{"schema":1,"revision":"test","masking":{masking}}}"#);
    Policy::parse(document.as_bytes()).unwrap_or_else(|e| panic!("{masking}: {e}"))
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// Puts values back the slow way: at every place the longest placeholder that no digit continues.
pub(crate) fn naive_restore(text: &str, tokens: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let here = tokens.iter().filter(|(placeholder, _)| {
            let after = rest.strip_prefix(placeholder.as_str());
            after.is_some_and(|a| !a.starts_with(|c: char| c.is_ascii_digit()))
        });
        match here.max_by_key(|(placeholder, _)| placeholder.len()) {
            Some((placeholder, value)) => {
                out.push_str(value);
                rest = &rest[placeholder.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

/// Splits complete events off the slow way: lines first, then blank lines. A `\r` at the very end is not
/// yet a line's end, because a `\n` may follow.
pub(crate) fn naive_events(stream: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let (mut events, mut event, mut line_is_empty) = (Vec::new(), Vec::new(), true);
    let mut bytes = stream.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        event.push(byte);
        match byte {
            b'\r' if bytes.peek() == Some(&b'\n') => event.extend(bytes.next()),
            b'\r' if bytes.peek().is_none() => return (events, event),
            b'\n' | b'\r' => {}
            _ => {
                line_is_empty = false;
                continue;
            }
        }
        if line_is_empty {
            events.push(std::mem::take(&mut event));
        }
        line_is_empty = true;
    }
    (events, event)
}

/// The text of every string that grows in a stream of chat chunks, by where it grows.
pub(crate) fn slots(stream: &[u8]) -> BTreeMap<String, String> {
    let (mut events, rest) = naive_events(stream);
    events.push(rest);
    let mut slots = BTreeMap::new();
    for event in events {
        let event = String::from_utf8(event).expect("UTF-8");
        let lines = event.lines().flat_map(|l| l.split('\r'));
        let data: Vec<&str> = lines.filter_map(|l| l.strip_prefix("data:")).collect();
        let Ok(chunk) = serde_json::from_str::<Value>(&data.join("\n")) else { continue };
        for choice in chunk["choices"].as_array().into_iter().flatten() {
            grow(&mut slots, &choice["index"].to_string(), &choice["delta"]);
        }
    }
    slots
}

fn grow(slots: &mut BTreeMap<String, String>, path: &str, value: &Value) {
    match value {
        Value::String(text) => slots.entry(path.to_owned()).or_default().push_str(text),
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                let index = item.get("index").map_or(n.to_string(), Value::to_string);
                grow(slots, &format!("{path}[{index}]"), item);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                grow(slots, &format!("{path}.{name}"), value);
            }
        }
        _ => {}
    }
}
