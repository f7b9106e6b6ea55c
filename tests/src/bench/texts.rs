//! What the detectors are timed on: ordinary prose, JSON, source code, text dense with values, prose in Chinese,
//! Japanese and Korean, and texts made to be slow.

use serde_json::json;

use crate::values;

/// Kinds of text that people send.
pub const KINDS: [&str; 5] = ["prose", "JSON", "source code", "dense with hits", "East Asian"];

/// About `size` bytes (at least one unit) of a kind, by its number in [`KINDS`].
#[must_use]
pub fn of_kind(kind: usize, size: usize) -> String {
    let unit = match kind {
        0 => include_str!("texts/prose.txt").to_owned(),
        1 => records(),
        2 => include_str!("../../../filter/scan/src/json/walk.rs").to_owned(),
        3 => dense(),
        _ => include_str!("texts/east_asian.txt").to_owned(),
    };
    unit.repeat(size.div_ceil(unit.len()))
}

/// Records as an application's API returns them.
fn records() -> String {
    let record = |n: u32| {
        json!({
            "id": 70_000 + n, "status": if n.is_multiple_of(3) { "open" } else { "closed" }, "priority": n % 5,
            "created_at": format!("2025-0{}-1{}T08:{:02}:00Z", n % 9 + 1, n % 10, n % 60),
            "labels": ["billing", "follow-up"], "total": f64::from(n) * 12.25,
            "summary": "The printer in the hall takes no paper from the second tray.",
            "customer": { "reference": format!("c-{:06}", n * 7919 % 999_983), "active": true, "notes": null },
        })
    };
    let all: Vec<_> = (0..20).map(record).collect();
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

/// A value of each type, a few words apart.
fn dense() -> String {
    let line = |value: &values::Value| format!("please note {}, thanks; ", value.text);
    values::all().iter().map(line).collect()
}

/// Texts of `size` bytes that tempt a scanner to look far, or again and again.
#[must_use]
pub fn hostile(size: usize) -> Vec<(&'static str, String)> {
    let units = [
        ("a letter", "a"),
        ("capitals", "Aa "),
        ("digits", "7"),
        ("spaced digits", "1 "),
        ("at signs", "@"),
        ("dots", "a."),
        ("colons", "a:"),
        ("nested quotes", "\\\""),
        ("zero-width", "\u{200b}"),
        ("underscores", "a_"),
        ("key prefixes", "sk-"),
        ("token headers", "eyJ"),
        ("assignments", "key="),
        ("URLs", "://a:"),
        ("dashes", "-----BEGIN "),
        ("base64", "QUJDREVGRw0K"),
        ("escapes", "a\\n1 "),
        ("percent", "a%401"),
        ("Han places", "北京市"),
        ("Hangul", "서울 "),
    ];
    units.iter().map(|(name, unit)| (*name, unit.repeat(size / unit.len()))).collect()
}
