//! What holds for every request of every format (proptest; native only).

use std::collections::BTreeMap;

use privet_core::detect::overlap::Claim;
use privet_core::formats::Format;
use privet_core::mask::mask;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

use crate::fixtures::{policy, text};
use crate::properties::{any_json, any_text, cases};
use crate::requests::{self, counted, written};

/// Puts texts and unknown members into a body at random places: every string of `value` may be another, and
/// every object may have one member more.
fn changed(
    value: &Value,
    texts: &mut impl Iterator<Item = Option<String>>,
    extra: &[(Index, String, Value)],
) -> Value {
    match value {
        Value::String(text) => Value::String(texts.next().flatten().unwrap_or_else(|| text.clone())),
        Value::Array(items) => items.iter().map(|item| changed(item, texts, extra)).collect(),
        Value::Object(members) => {
            let mut all: Map<String, Value> = Map::new();
            for (name, value) in members {
                all.insert(name.clone(), changed(value, texts, extra));
            }
            for (place, name, value) in extra {
                if place.index(members.len() + 4) == 0 {
                    all.insert(format!("x {name}"), value.clone());
                }
            }
            Value::Object(all)
        }
        other => other.clone(),
    }
}

/// One turn of a conversation that says `text`, and the body around the turns.
type Conversation = (Format, &'static str, fn(&str) -> Value, &'static str);

const CONVERSATIONS: [Conversation; 8] = [
    (Format::OpenaiChat, r#"{"model":"m","messages":["#, |t| json!({"role": "user", "content": t}), "]}"),
    (
        Format::OpenaiResponses,
        r#"{"model":"m","input":["#,
        |t| json!({"type": "function_call_output", "call_id": "c", "output": t}),
        "]}",
    ),
    (
        Format::AnthropicMessages,
        r#"{"model":"m","max_tokens":1,"messages":["#,
        |t| json!({"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": t}]}]}),
        "]}",
    ),
    (
        Format::Gemini,
        r#"{"contents":["#,
        |t| json!({"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"r": t}}}]}),
        "]}",
    ),
    (Format::CohereChat, r#"{"model":"m","messages":["#, |t| json!({"role": "user", "content": t}), "]}"),
    (
        Format::BedrockConverse,
        r#"{"messages":["#,
        |t| json!({"role": "user", "content": [{"document": {"format": "txt", "name": "d", "source": {"bytes": requests::base64(t.as_bytes())}}}]}),
        "]}",
    ),
    (Format::BedrockInvoke, r#"{"messages":["#, |t| json!({"role": "user", "content": t}), "]}"),
    (Format::OllamaChat, r#"{"model":"m","messages":["#, |t| json!({"role": "user", "content": t}), "]}"),
];

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn scanned_structural_and_opaque_are_all(
        which in any::<Index>(),
        texts in vec(proptest::option::of(any_text()), 0..60),
        extra in vec((any::<Index>(), any_text(), any_json()), 0..4),
    ) {
        let all = requests::cases();
        let case = which.get(&all);
        let written = written(&case.body, &mut |_, value| value.to_owned());
        let value: Value = serde_json::from_str(&written).expect("JSON");
        let value = changed(&value, &mut texts.into_iter(), &extra);
        let body = value.to_string();
        let masked = mask(body.as_bytes(), case.format().request(), &policy("{}").masking);
        let masked = masked.map_err(|e| TestCaseError::fail(format!("{}: {e}: {body}", case.name)))?;
        prop_assert_eq!(masked.coverage.all(), counted(&value), "{}", body);
    }

    #[test]
    fn only_the_values_of_a_body_change(
        which in any::<Index>(),
        people in vec(proptest::option::weighted(0.7, 0u8..5), 0..60),
    ) {
        let all = requests::cases();
        let case = which.get(&all);
        // Each mark of an e-mail address holds somebody's, or none.
        let mut chosen = people.iter();
        let body = written(&case.body, &mut |placeholder, value| {
            if !placeholder.starts_with("EMAIL") {
                return "0".to_owned();
            }
            match chosen.next() {
                Some(Some(n)) => format!("p{n}@example.com"),
                Some(None) => "nothing".to_owned(),
                None => value.to_owned(),
            }
        });
        let (mut chosen, mut numbers) = (people.iter(), BTreeMap::new());
        let mut any = false;
        let wanted = written(&case.body, &mut |placeholder, value| {
            if !placeholder.starts_with("EMAIL") {
                return "0".to_owned();
            }
            let value = match chosen.next() {
                Some(Some(n)) => format!("p{n}@example.com"),
                Some(None) => return "nothing".to_owned(),
                None => value.replace("\\u0040", "@"),
            };
            any = true;
            let next = numbers.len() + 1;
            format!("EMAIL_{}", numbers.entry(value).or_insert(next))
        });
        let masked = mask(body.as_bytes(), case.format().request(), &policy("{}").masking)
            .map_err(|e| TestCaseError::fail(format!("{}: {e}", case.name)))?;
        prop_assert_eq!(masked.body.as_deref().map(text), any.then_some(wanted.as_str()), "{}", body);
    }

    #[test]
    fn one_turn_more_gives_the_conversation_before_it_the_same_bytes(
        which in 0..CONVERSATIONS.len(),
        turns in vec(any_text(), 1..5),
        last in "[a-z]{1,6}@[a-z]{2,6}\\.example( and (call )?[a-z]{1,6}){0,3}",
    ) {
        let (format, before, turn, after) = CONVERSATIONS[which];
        let masked = |turns: &[String]| {
            let body = [before, &turns.join(","), after].concat();
            let masked = mask(body.as_bytes(), format.request(), &policy("{}").masking).expect("a body");
            let sent = masked.body.map_or(body, |sent| text(&sent).to_owned());
            sent.strip_suffix(after).expect("the frame").to_owned()
        };
        let mut turns: Vec<String> = turns.iter().map(|t| turn(t).to_string()).collect();
        let short = masked(&turns);
        turns.push(turn(&last).to_string());
        let long = masked(&turns);
        prop_assert!(long.starts_with(&short), "{short}\n{long}");
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_label_takes_nothing_away(
        label in prop_oneof![
            proptest::sample::select(vec![
                "password", "api_key", "ssn", "passportNumber", "account_number", "order_id", "phone", "date_of_birth", "mrn",
            ]).prop_map(str::to_owned),
            any_text(),
        ],
        value in any_text(),
    ) {
        let (policy, mut without, mut with) = (policy("{}"), Vec::new(), Vec::new());
        let detector = &policy.masking.detector;
        detector.scan(value.as_bytes(), &mut without);
        detector.scan_under(label.as_bytes(), value.as_bytes(), &mut with, |_| Claim::Change);
        for hit in &without {
            let covered = |byte: usize| with.iter().any(|w| w.range.contains(&byte));
            // Of a value that another beats, punctuation at its edges is left.
            let letters = |byte: &usize| value.as_bytes()[*byte].is_ascii_alphanumeric();
            prop_assert!(hit.range.clone().filter(letters).all(covered), "{label:?} {value:?}: {without:?} {with:?}");
        }
        for hit in &with {
            prop_assert!(value.get(hit.range.clone()).is_some_and(|v| !v.is_empty()), "{label:?} {value:?}: {with:?}");
        }
    }
}
