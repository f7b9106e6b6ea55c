//! A mebibyte of whatever makes a careless scanner look at the same bytes again and again. There is no
//! clock in here: what is not linear does not come to an end.

use privet_core::entity::Hit;
use privet_core::formats::{Format, restore};
use privet_core::mask::mask;
use privet_core::policy::Policy;

use crate::fixtures::policy;
use crate::stream;

const LENGTH: usize = 1 << 20;

const UNITS: [&str; 82] = [
    "\\",
    "\\n",
    "\\u0040",
    "%",
    "%40",
    "%25",
    "%C3",
    "&",
    "&#64;",
    "&#1",
    "\u{1b}[",
    "\u{1b}[1m",
    "~~",
    "_a",
    "\u{ff11}",
    "1\u{200b}",
    "1+",
    "111+",
    "a\\n1 ",
    "a",
    "0",
    "1",
    "9",
    "@",
    ":",
    ".",
    "-",
    "_",
    " ",
    "+",
    "(",
    ")",
    "/",
    "\u{e9}",
    "😀",
    "a@",
    "@a",
    "a.",
    "a@a.",
    "@a.a",
    "sk-",
    "sk-0",
    "eyJ",
    "eyJ.",
    "eyJa.eyJa",
    ".eyJaaaaaaaa",
    "1:1:",
    "1::",
    "a:",
    "1 ",
    "1-",
    "0 0",
    "(1) ",
    "1.1.",
    "1.1.1.",
    "GB82 ",
    "GB82WEST",
    "AKIA",
    "ghp_",
    "github_pat_",
    "key=",
    "password:",
    "token('",
    "'==pw",
    "<pass>",
    "8Q~",
    "a1.",
    "://a:b@",
    "$1$",
    "-----BEGIN PRIVATE KEY-----",
    "EMAIL_",
    "EMAIL_1",
    "_1",
    "北京",
    "北京市",
    "北 京 ",
    "北京路1",
    "姓名：",
    "地址：市",
    "서울 ",
    "서울 동리로 1",
    "a山",
];

fn custom() -> Policy {
    policy(r#"{"custom":[{"type":"RUN","pattern":"a[a-z]*z"},{"type":"TAIL","pattern":"x{3,5}[0-9]+$"}]}"#)
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_mebibyte_of_anything_is_scanned() {
    let detector = &policy("{}").masking.detector;
    let mut hits: Vec<Hit> = Vec::new();
    for unit in UNITS {
        let text = unit.repeat(LENGTH / unit.len());
        detector.scan(text.as_bytes(), &mut hits);
        assert!(hits.iter().all(|h| h.range.end <= text.len()), "{unit:?}");
    }
    // A long word behind a long one, with a name's beginning in each part of it.
    for first in ["Anna山", "é", "A"] {
        let [first, second] = [first, "Anna山"].map(|unit| unit.repeat(LENGTH / 2 / unit.len()));
        let text = format!("{first} {second}");
        detector.scan(text.as_bytes(), &mut hits);
        assert!(hits.iter().all(|h| h.range.end <= text.len()), "{}", first.len());
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_body_of_256_kib_of_anything_is_masked() {
    let policy = custom();
    for unit in UNITS.into_iter().chain(["\\\"", "\\\\", "\\u0040", "\\ud83d\\ude00", "\\n1"]) {
        let unit = unit.replace('\u{1b}', "\\u001b");
        let text = unit.repeat((256 << 10) / unit.len());
        for slot in [r#""content":"#, r#""tool_calls":[{"function":{"arguments":"#] {
            let end = if slot.ends_with("arguments\":") { "}}]" } else { "" };
            let body = format!(r#"{{"model":"m","messages":[{{"role":"user",{slot}"{text}"{end}}}]}}"#);
            let masked = mask(body.as_bytes(), Format::OpenaiChat.request(), &policy.masking);
            assert!(masked.is_ok(), "{unit:?}: {:?}", masked.err());
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn many_different_values_and_many_names_are_masked() {
    let policy = policy("{}");
    let values: Vec<String> =
        (0..5_000).map(|n| format!("\"user{n}@example.com\":\"10.0.{}.{}\"", n / 250, n % 250)).collect();
    let body = format!(r#"{{"model":"m","messages":[],"metadata":{{{}}}}}"#, values.join(","));
    let masked = mask(body.as_bytes(), Format::OpenaiChat.request(), &policy.masking).expect("a body");
    assert_eq!(masked.tokens.len(), 10_000);
    let sent = masked.body.expect("a change");
    let (restored, _) = restore(Format::OpenaiChat, &sent, &masked.tokens).expect("JSON");
    assert_eq!(restored.as_deref(), Some(body.as_bytes()));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_answer_of_a_mebibyte_of_anything_is_restored() {
    let (map, _) = stream::tokens();
    for unit in ["a", "_", "E", "EMAIL", "EMAIL_", "EMAIL_1", "WORK_", "1", "\\u005f", "\\\\"] {
        let text = unit.repeat(LENGTH / unit.len());
        let body = format!(r#"{{"choices":[{{"message":{{"content":"{text}"}}}}]}}"#);
        assert!(restore(Format::OpenaiChat, body.as_bytes(), &map).is_ok(), "{unit}");
    }
}
