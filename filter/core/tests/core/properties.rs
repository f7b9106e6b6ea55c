//! What holds for every input (proptest; native only).

use std::collections::{BTreeMap, BTreeSet};

use privet_core::entity::EntityType;
use privet_core::formats::{Format, restore};
use privet_core::json::{
    DecodedText, JsonErrorKind, Place, Scalar, Sink, Types, shape::TEXT, walk, write_escaped,
};
use privet_core::mask::mask;
use privet_core::policy::Policy;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::fixtures::{naive_events, policy, slots, text};
use crate::placeholders::whole_at;
use crate::stream;

/// So many cases, times `PROPERTY_SCALE` where somebody has the time.
pub(super) fn cases(cases: u32) -> ProptestConfig {
    let scale = std::env::var("PROPERTY_SCALE").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let cases = cases * scale;
    ProptestConfig { failure_persistence: None, cases, ..ProptestConfig::default() }
}

/// `text` as a JSON string, escaped as the core escapes.
fn quoted(text: &str) -> String {
    let mut out = vec![b'"'];
    write_escaped(&mut out, text.as_bytes(), 1);
    out.push(b'"');
    String::from_utf8(out).expect("UTF-8")
}

/// Built-in types, and one whose values hold what must be escaped.
const MASKING: &str =
    r#"{"custom":[{"type":"NOTE","pattern":"<<[^>]*>>"},{"type":"WORK_EMAIL","pattern":"at-[a-z]+-work"}]}"#;

/// Values that are found wherever white space stands around them. All are made up.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}(\\.[a-z]{1,8})?@[a-z]{2,8}\\.(com|org|example)",
        "\\+49 30 [1-9][0-9]{6}",
        "(4111 1111 1111 1111|5555555555554444|3782 822463 10005)",
        "[1-5][0-9]{2}-[1-9][0-9]-[1-9][0-9]{3}",
        "(GB82 WEST 1234 5698 7654 32|DE89370400440532013000)",
        "(192\\.0\\.2\\.[1-9]|2001:db8::[1-9a-f]{1,4})",
        "<<[a-z \"\\\\\n\t\u{1}é😀]{1,8}>>",
        "at-[a-z]{1,4}-work",
    ]
}

/// Text in which values, placeholders of the client's own and anything else stand side by side.
pub(super) fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => value(),
        2 => vec(any::<char>(), 0..4).prop_map(String::from_iter),
        2 => "[a-z @:._0-9/()+-]{0,6}",
        1 => select(vec!["EMAIL_1", "email_2", "WORK_EMAIL_1", "NOTE_", "_1", "PHONE_1 ", "\\u0040", "\"}"])
            .prop_map(str::to_owned),
        1 => select(vec!["北京市朝阳区", "建国路88号", "姓名：王小明", "東京", "熊 本 県", "田中さん", "ニューヨーク", "서울 강남구", " 테헤란로 123", "김철수 씨", "〒"])
            .prop_map(str::to_owned),
        2 => Just(" ".to_owned()),
    ];
    vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

/// Words and values with white space between them: every value is found, and nothing else.
fn plain_text() -> impl Strategy<Value = (String, Vec<String>)> {
    let word = "(hello|world|it is|\"ok\",|😀|né|\\\\|\\{\\})".prop_map(|w| (w, false));
    vec(prop_oneof![value().prop_map(|v| (v, true)), word], 1..8).prop_map(|parts| {
        let text = parts.iter().map(|(part, _)| part.as_str()).collect::<Vec<_>>().join(" \n ");
        (text, parts.into_iter().filter(|(_, is_value)| *is_value).map(|(part, _)| part).collect())
    })
}

/// A message with `texts` in different places, written as the core would escape them.
fn message(kind: u8, texts: &[String; 3]) -> String {
    let [a, b, c] = texts.each_ref().map(|t| quoted(t));
    let key = |n: u8, text: &str| quoted(&format!("k{n} {text}"));
    match kind % 5 {
        0 => format!(r#"{{"role":"user","content":{a},"name":{b}, "new" : [1.50,{c},null]}}"#),
        1 => format!(
            r#"{{"role":"user","content":[{{"type":"text","text":{a}}},{{"type":"x","y":{{{}:{b},{}:-0}}}}]}}"#,
            key(0, &texts[1]),
            key(1, &texts[2])
        ),
        2 => format!("{{\t\"role\":\"tool\",\"tool_call_id\":\"EMAIL_3\",\"content\":{a}\n}}"),
        3 => format!(
            r#"{{"role":"system","content":null,"deep":[[{a}],{{"b":{b}}}],"reasoning_content":{c}}}"#
        ),
        _ => {
            let arguments = format!(r#"{{{}: {b},"list":[{c}, 1.50,true]}}"#, key(0, &texts[0]));
            format!(
                r#"{{"role":"assistant","tool_calls":[{{"id":"c","function":{{"name":"f","arguments":{}}}}}]}}"#,
                quoted(&arguments)
            )
        }
    }
}

fn messages() -> impl Strategy<Value = Vec<(u8, [String; 3])>> {
    vec((any::<u8>(), [any_text(), any_text(), any_text()]), 1..4)
}

const BEFORE: &str = r#"{"model":"m","temperature":0.70,"messages":["#;
const AFTER: &str = r#"],"n":1}"#;

/// The messages as they go out, and the token map.
fn masked_messages(policy: &Policy, messages: &str) -> (String, privet_core::mask::Masked) {
    let body = format!("{BEFORE}{messages}{AFTER}");
    let mut masked = mask(body.as_bytes(), Format::OpenaiChat.request(), &policy.masking)
        .expect("a body of the right shape");
    let sent = masked.body.take().unwrap_or(body.into_bytes());
    let sent = text(&sent).strip_prefix(BEFORE).and_then(|s| s.strip_suffix(AFTER)).expect("the frame");
    (sent.to_owned(), masked)
}

/// Whether two values of the texts count as one although they are written differently: then the first
/// one's form comes back for both.
fn forms_differ<'t>(policy: &Policy, texts: impl Iterator<Item = &'t String>) -> bool {
    let (mut values, mut written) = (BTreeSet::new(), BTreeSet::new());
    let mut hits = Vec::new();
    for text in texts {
        policy.masking.detector.scan(text.as_bytes(), &mut hits);
        for hit in &hits {
            let value = &text.as_bytes()[hit.range.clone()];
            values.insert((hit.entity, hit.entity.canonical(value)));
            written.insert((hit.entity, value.to_vec()));
        }
    }
    values.len() != written.len()
}

struct Nothing;

impl Sink for Nothing {
    fn scalar(&mut self, _: &Place, _: Scalar) {}
}

/// Pieces of JSON text, right and wrong.
fn json_like() -> impl Strategy<Value = String> {
    let token = select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"a\"",
        "\"b\":",
        "\"\\n\"",
        "\\",
        "\\u00e9",
        "\\ud83d\\ude00",
        "\\x",
        "0",
        "1",
        "-",
        "9",
        ".",
        "e",
        "E",
        "+",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\n",
        "\t",
        "\u{c}",
        "\u{7f}",
        "\u{1}",
        "é",
        "😀",
        "[]",
        "{}",
        "\"c\":[",
        "\"long enough to fill a word\"",
    ]);
    vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(any_text(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn agrees_with_serde_json(source: &str) -> Result<(), TestCaseError> {
    let known = serde_json::from_str::<IgnoredAny>(source).is_ok();
    match walk(source.as_bytes(), &TEXT, Types::ANY, &mut Nothing) {
        Ok(()) => prop_assert!(known, "accepted: {source:?}"),
        Err(e) if e.kind == JsonErrorKind::Syntax => prop_assert!(!known, "refused: {source:?}"),
        // Documented differences: depth, names given twice, lone surrogates.
        Err(e) => prop_assert_ne!(e.kind, JsonErrorKind::InvalidUtf8),
    }
    Ok(())
}

/// The pieces of a chat stream: in which slot, and what it grows by.
pub(crate) fn deltas() -> impl Strategy<Value = Vec<(u8, String)>> {
    let piece = prop_oneof![
        4 => select(vec![
            "EMAIL", "_", "1", "0", "WORK_", "WORK", "E", "M", "AIL_1", "EMAIL_1", "EMAIL_10", "PHONE_2", "CREDIT_CARD",
            "_1", "NOTE_1", "NOTE", " ", "\\", "\"", "01",
        ]).prop_map(str::to_owned),
        1 => "[A-Z_0-9]{0,3}",
        // A text that is JSON is restored by its own rules, and has a property of its own.
        1 => vec(any::<char>().prop_filter("JSON", |c| !matches!(c, '{' | '[')), 0..3).prop_map(String::from_iter),
    ];
    vec((0u8..5, vec(piece, 0..4).prop_map(|p| p.concat())), 0..14)
}

fn chat_stream(deltas: &[(u8, String)], finish: bool, done: bool) -> String {
    let mut out = String::new();
    let mut event = |choice: u8, delta: Value, finish: Value| {
        let chunk = json!({"id": "c", "created": 1, "model": "m",
            "choices": [{"index": choice, "delta": delta, "finish_reason": finish}]});
        out += &format!("data: {chunk}\n\n");
    };
    for (slot, text) in deltas {
        match slot {
            0 | 1 => event(*slot, json!({"content": text}), Value::Null),
            2 => event(0, json!({"reasoning_content": text}), Value::Null),
            3 => event(0, json!({"tool_calls": [{"index": 1, "custom": {"input": text}}]}), Value::Null),
            _ => {
                event(0, json!({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}), Value::Null)
            }
        }
    }
    if finish {
        event(0, json!({"content": " EMAIL_1"}), json!("stop"));
        event(1, json!({}), json!("stop"));
    }
    if done {
        out += "data: [DONE]\n\n";
    }
    out
}

/// Places to cut a text of `len` bytes.
pub(crate) fn cuts(indices: &[Index], len: usize) -> Vec<usize> {
    let mut cuts: Vec<usize> = indices.iter().map(|i| i.index(len + 1)).collect();
    cuts.sort_unstable();
    cuts
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn what_was_masked_comes_back_byte_for_byte(messages in messages()) {
        let policy = policy(MASKING);
        prop_assume!(!forms_differ(&policy, messages.iter().flat_map(|(_, texts)| texts)));
        let written = messages.iter().map(|(kind, texts)| message(*kind, texts)).collect::<Vec<_>>().join(",");
        let (sent, masked) = masked_messages(&policy, &written);
        let answer = |messages: &str| format!(r#"{{"choices":[{{"index":0,"message":[{messages}]}}]}}"#);
        let answered = answer(&sent).into_bytes();
        let (restored, _) = restore(Format::OpenaiChat, &answered, &masked.tokens).expect("what went out is JSON");
        let restored = restored.unwrap_or(answered);
        prop_assert_eq!(text(&restored), answer(&written), "sent: {}", sent);
    }

    #[test]
    fn no_value_stands_in_what_goes_out(parts in vec((any::<u8>(), [plain_text(), plain_text(), plain_text()]), 1..4)) {
        let policy = policy(MASKING);
        let messages = parts.iter().map(|(kind, p)| message(*kind, &p.each_ref().map(|(t, _)| t.clone())));
        let (sent, _) = masked_messages(&policy, &messages.collect::<Vec<_>>().join(","));
        // Escaped values are compared unescaped, twice over, so that those in arguments are seen as well.
        let mut plain = DecodedText::default();
        plain.decode(sent.as_bytes(), 0);
        let once = plain.bytes().to_vec();
        plain.decode(&once, 0);
        for value in parts.iter().flat_map(|(_, p)| p).flat_map(|(_, values)| values) {
            for sent in [sent.as_bytes(), &once, plain.bytes()] {
                prop_assert!(!text(sent).contains(value.as_str()), "{value:?} in {sent:?}");
            }
        }
        // And nothing is left to find.
        let again = mask(format!("{BEFORE}{sent}{AFTER}").as_bytes(), Format::OpenaiChat.request(), &policy.masking).expect("JSON");
        prop_assert!(again.body.is_none() && again.counts.is_empty(), "{sent}");
    }

    #[test]
    fn a_longer_conversation_gives_its_beginning_the_same_placeholders(
        first in messages(),
        then in vec((any::<u8>(), [plain_text(), plain_text(), plain_text()]), 1..3),
    ) {
        let policy = policy(MASKING);
        let join = |m: Vec<String>| m.join(",");
        let first = join(first.iter().map(|(kind, texts)| message(*kind, texts)).collect());
        let then = then.iter().map(|(kind, p)| message(*kind, &p.each_ref().map(|(t, _)| t.clone())));
        // A tool call's id is the only literal here: the first turn must know of it as well.
        let first = format!("{},{first}", message(2, &[String::new(), String::new(), String::new()]));
        let longer = format!("{first},{}", join(then.collect()));
        let (short, _) = masked_messages(&policy, &first);
        let (long, _) = masked_messages(&policy, &longer);
        prop_assert!(long.starts_with(&short), "{short}\n{long}");
    }

    #[test]
    fn masking_changes_nothing_but_the_spans(value in any_json()) {
        let policy = policy(MASKING);
        let body = json!({"model": "m", "messages": [], "x": value}).to_string();
        let masked = mask(body.as_bytes(), Format::OpenaiChat.request(), &policy.masking);
        prop_assume!(!matches!(&masked, Err(e) if e.kind == JsonErrorKind::DuplicateKey));
        if let Some(sent) = masked.expect("a body of the right shape").body {
            let read = |json: &[u8]| serde_json::from_slice::<Value>(json).expect("what goes out is JSON");
            prop_assert!(same_shape(&read(&sent), &read(body.as_bytes())), "{}", text(&sent));
        }
    }

    #[test]
    fn random_cuts_of_random_streams_give_the_restored_whole(
        deltas in deltas(), finish in any::<bool>(), done in any::<bool>(), at in vec(any::<Index>(), 0..8),
    ) {
        let (map, _) = stream::tokens();
        let recorded = chat_stream(&deltas, finish, done);
        let restored = |(path, text): (String, String)| {
            let depth = if path.ends_with(".arguments") { 2 } else { 1 };
            (path, whole_at(&map, &text, depth))
        };
        let expected: BTreeMap<_, _> = slots(recorded.as_bytes()).into_iter().map(restored).collect();
        let out = stream::run(&map, recorded.as_bytes(), &cuts(&at, recorded.len()));
        let found = slots(&out);
        prop_assert_eq!(&found, &expected, "{}", recorded);
    }
}

/// Whether `sent` differs from `value` in texts, names and quoted numbers only.
fn same_shape(sent: &Value, value: &Value) -> bool {
    match (sent, value) {
        (Value::String(_), Value::String(_) | Value::Number(_)) => true,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_shape(a, b))
        }
        // Names are sorted by serde_json, and masked ones sort otherwise; two may have become one.
        (Value::Object(a), Value::Object(b)) => a.len() <= b.len(),
        (a, b) => a == b,
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn the_walk_agrees_with_serde_json_on_json_like_text(source in json_like()) {
        agrees_with_serde_json(&source)?;
    }
}

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn the_walk_agrees_with_serde_json_on_damaged_json(
        value in any_json(), pretty in any::<bool>(), place in any::<Index>(), with in any::<u8>(),
    ) {
        let source = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let source = source.expect("JSON");
        prop_assert_eq!(walk(source.as_bytes(), &TEXT, Types::ANY, &mut Nothing).map_err(|e| e.kind), Ok(()));
        let mut damaged = source.clone().into_bytes();
        let place = place.index(damaged.len());
        match with {
            0..64 => { damaged.remove(place); }
            64..128 => damaged.truncate(place),
            _ => damaged[place] = with - 128,
        }
        if let Ok(damaged) = String::from_utf8(damaged) {
            agrees_with_serde_json(&damaged)?;
        }
    }

    #[test]
    fn decoded_text_agrees_with_serde_json(
        source in vec(select(vec![
            "a", "é", "😀", "\\n", "\\t", "\\b", "\\f", "\\r", "\\/", "\\\\", "\\\"", "\\u0041", "\\u00e9", "\\u20aC",
            "\\ud83d\\ude00", "\\u0000", "\\ud83d", "\\ude00", "\\u12", "\\x", "0",
        ]), 0..12),
        ends in [any::<Index>(), any::<Index>()],
    ) {
        let source = source.concat();
        let mut decoded = DecodedText::default();
        decoded.decode(source.as_bytes(), 0);
        if let Ok(known) = serde_json::from_str::<String>(&format!("\"{source}\"")) {
            prop_assert_eq!(text(decoded.bytes()), known);
        }
        // Every range of characters leads back to the source that it was written with.
        let all = text(decoded.bytes());
        let bounds: Vec<usize> = (0..=all.len()).filter(|i| all.is_char_boundary(*i)).collect();
        let [a, b] = ends.map(|i| bounds[i.index(bounds.len())]);
        let range = a.min(b)..a.max(b);
        let mut part = DecodedText::default();
        let raw = &source.as_bytes()[decoded.source_range(&range)];
        part.decode(raw, 0);
        prop_assert_eq!(text(part.bytes()), &all[range]);
    }

    #[test]
    fn what_is_escaped_reads_as_the_same(plain in any_text(), depth in 0u8..4) {
        let mut escaped = Vec::new();
        write_escaped(&mut escaped, plain.as_bytes(), depth);
        for _ in 0..depth {
            let inner: String = serde_json::from_str(&format!("\"{}\"", text(&escaped))).expect("a JSON string");
            escaped = inner.into_bytes();
        }
        prop_assert_eq!(text(&escaped), plain);
    }

    #[test]
    fn the_event_buffer_agrees_with_a_naive_splitter(
        stream in "(data: x|id|:|\n|\r|\r\n){0,16}", at in vec(any::<Index>(), 0..6),
    ) {
        let found = stream::split(stream.as_bytes(), &cuts(&at, stream.len()));
        prop_assert_eq!(found, naive_events(stream.as_bytes()));
    }

    #[test]
    fn hits_stand_in_order_without_overlaps_between_characters(text in any_text()) {
        let policy = policy(MASKING);
        let mut hits = Vec::new();
        policy.masking.detector.scan(text.as_bytes(), &mut hits);
        let mut done = 0;
        for hit in &hits {
            prop_assert!(done <= hit.range.start && hit.range.start < hit.range.end, "{hits:?} in {text:?}");
            prop_assert!(text.get(hit.range.clone()).is_some(), "{hits:?} in {text:?}");
            done = hit.range.end;
        }
    }

    #[test]
    fn any_bytes_are_scanned_without_a_panic(bytes in vec(any::<u8>(), 0..64), signs in "[@:._0-9a-fA-FskeyJ-]{0,64}") {
        let policy = policy(MASKING);
        let mut hits = Vec::new();
        for bytes in [&bytes[..], signs.as_bytes(), &[&bytes[..], signs.as_bytes()].concat()] {
            policy.masking.detector.scan(bytes, &mut hits);
            prop_assert!(hits.iter().all(|h| h.range.end <= bytes.len()));
            for entity in [EntityType::Email, EntityType::Iban, EntityType::Phone] {
                let _ = entity.canonical(bytes);
            }
            let _ = walk(bytes, Format::OpenaiChat.request(), Types::ANY, &mut Nothing);
        }
    }
}
