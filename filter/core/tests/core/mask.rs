//! Bodies in, bodies out, byte for byte: `data/mask/*.toml`.
//!
//! A case without `masked` must leave the body as it is. Every case whose values are all replaced by
//! placeholders must also come back: see `properties` for the general rule.

use std::collections::BTreeMap;

use privet_core::entity::EntityType;
use privet_core::formats::Format;
use privet_core::mask::{mask, mask_text};
use serde::Deserialize;

use crate::fixtures::{policy, text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// The policy's `masking` section.
    #[serde(default = "default_masking")]
    masking: String,
    body: String,
    masked: Option<String>,
    counts: Option<BTreeMap<String, u32>>,
    #[serde(default)]
    blocked: Vec<String>,
    /// How many different values come back.
    tokens: Option<usize>,
}

fn default_masking() -> String {
    "{}".to_owned()
}

fn run(file: &str) {
    let file: File = toml::from_str(file).expect("a data file");
    assert!(!file.case.is_empty());
    for case in &file.case {
        let policy = policy(&case.masking);
        let name = |t: EntityType| policy.masking.name(t).to_owned();
        let masked = mask(case.body.as_bytes(), Format::OpenaiChat.request(), &policy.masking)
            .unwrap_or_else(|e| panic!("{}: {e}", case.name));
        let body = masked.body.as_deref().map(text);
        assert_eq!(body, case.masked.as_deref(), "{}: the body", case.name);
        if let Some(counts) = &case.counts {
            let found: BTreeMap<String, u32> = masked.counts.iter().map(|(t, n)| (name(t), n)).collect();
            assert_eq!(&found, counts, "{}: the counts", case.name);
        }
        let blocked: Vec<String> = masked.blocked.iter().map(|t| name(*t)).collect();
        assert_eq!(blocked, case.blocked, "{}: what is blocked", case.name);
        if let Some(tokens) = case.tokens {
            assert_eq!(masked.tokens.len(), tokens, "{}: the token map", case.name);
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_byte_outside_a_masked_span_stays() {
    run(include_str!("../data/mask/bytes.toml"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_slot_of_every_role_is_masked() {
    run(include_str!("../data/mask/slots.toml"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn tool_arguments_are_masked_as_json_inside_a_string() {
    run(include_str!("../data/mask/arguments.toml"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn equal_values_share_a_placeholder_and_literals_stay_literals() {
    run(include_str!("../data/mask/numbering.toml"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn actions_decide_what_happens_to_a_value() {
    run(include_str!("../data/mask/actions.toml"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_name_of_a_member_says_what_its_value_is() {
    run(include_str!("../data/mask/labels.toml"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn model_and_stream_are_read_as_the_client_wrote_them() {
    let policy = policy("{}");
    let read = |body: &str| {
        let masked = mask(body.as_bytes(), Format::OpenaiChat.request(), &policy.masking).expect("a body");
        (masked.model, masked.stream)
    };
    assert_eq!(read(r#"{"model":"gpt-4o","stream":true,"messages":[]}"#), ("gpt-4o".to_owned(), Some(true)));
    assert_eq!(read(r#"{"model":"a/b:c","stream":null,"messages":[]}"#), ("a/b:c".to_owned(), None));
    assert_eq!(read(r#"{"messages":[],"model":"m"}"#), ("m".to_owned(), None));
    // Only the members at the top count.
    let nested = r#"{"model":"m","metadata":{"model":"x","stream":true},"messages":[]}"#;
    assert_eq!(read(nested), ("m".to_owned(), None));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_text_by_itself_is_masked_as_it_is_inside_a_request() {
    let policy = policy(r#"{"entities":{"CREDIT_CARD":"redact","IP_ADDRESS":"warn","IBAN":"block"}}"#);
    let body = |text: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{text}"}}]}}"#);
    let text = "a@example.com EMAIL_1 b@example.com 4111 1111 1111 1111 192.0.2.7 DE89370400440532013000";
    let alone = mask_text(text.as_bytes(), &policy.masking);
    let inside = mask(body(text).as_bytes(), Format::OpenaiChat.request(), &policy.masking).expect("a body");
    let alone_text = String::from_utf8(alone.text.clone()).expect("UTF-8");
    assert_eq!(inside.body, Some(body(&alone_text).into_bytes()));
    assert_eq!(inside.blocked, alone.blocked);
    let numbers: Vec<Option<u32>> = alone.replaced.iter().map(|r| r.number).collect();
    assert_eq!(numbers, [Some(2), Some(3), None, Some(1)]);
    assert!(!format!("{alone:?}").contains("EMAIL"), "{alone:?}");
}
