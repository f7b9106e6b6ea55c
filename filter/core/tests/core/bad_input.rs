//! Bodies that are refused: `data/bad_input.toml`, and those that are too long to be written down.

use privet_core::formats::Format;
use privet_core::json::{JsonError, JsonErrorKind, MAX_DEPTH};
use privet_core::mask::mask;
use privet_core::refusal::Refusal;
use serde::Deserialize;

use crate::fixtures::policy;

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    body: String,
    kind: String,
    /// The way to the field; empty where none is named.
    #[serde(default)]
    path: String,
}

fn refused(body: &[u8]) -> JsonError {
    match mask(body, Format::OpenaiChat.request(), &policy("{}").masking) {
        Err(error) => error,
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(body)),
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn bodies_of_the_wrong_shape_are_refused_naming_the_field() {
    let file: File = toml::from_str(include_str!("../data/bad_input.toml")).expect("a data file");
    for case in file.case {
        let error = refused(case.body.as_bytes());
        let found = (format!("{:?}", error.kind), error.path());
        assert_eq!(found, (case.kind, case.path), "{}", case.body);
        assert!(error.offset <= case.body.len());
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_beginning_of_a_body_is_refused() {
    let body =
        r#"{"model":"m","messages":[{"role":"user","content":"\u00e9 a"}],"n":-1.5e3,"x":[true,null]}"#;
    assert!(mask(body.as_bytes(), Format::OpenaiChat.request(), &policy("{}").masking).is_ok());
    for end in 0..body.len() {
        refused(&body.as_bytes()[..end]);
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_is_not_utf_8_is_refused_at_the_first_wrong_byte() {
    for wrong in [&b"\xff"[..], b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"] {
        let body = [br#"{"model":"m","messages":[{"role":"user","content":""#, wrong, br#""}]}"#].concat();
        let error = refused(&body);
        assert_eq!((error.kind, error.offset), (JsonErrorKind::InvalidUtf8, 51), "{wrong:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn deep_nesting_is_refused_and_not_followed() {
    let nested = |depth: usize, open: &str, close: &str| {
        let body =
            format!(r#"{{"model":"m","messages":[],"x":{}1{}}}"#, open.repeat(depth), close.repeat(depth));
        mask(body.as_bytes(), Format::OpenaiChat.request(), &policy("{}").masking)
            .map(|_| ())
            .map_err(|e| e.kind)
    };
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        assert_eq!(nested(MAX_DEPTH - 1, open, close), Ok(()));
        assert_eq!(nested(MAX_DEPTH, open, close), Err(JsonErrorKind::TooDeep));
        assert_eq!(nested(10_000, open, close), Err(JsonErrorKind::TooDeep));
        assert_eq!(nested(10_000, open, ""), Err(JsonErrorKind::TooDeep));
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_name_given_twice_is_found_among_any_number_of_names() {
    for names in [2, 15, 16, 17, 18, 1000] {
        let members: Vec<String> = (1..names).map(|n| format!("\"k{n}\":{n}")).collect();
        let members = members.join(",");
        let body = |last: &str| format!(r#"{{"model":"m","messages":[],"x":{{{members},{last}:0}}}}"#);
        for twice in ["\"k1\"", "\"\\u006b1\"", "\"k\\u0031\""] {
            let error = refused(body(twice).as_bytes());
            assert_eq!(
                (error.kind, error.path().as_str()),
                (JsonErrorKind::DuplicateKey, "*"),
                "{names}, {twice}"
            );
        }
        let once = body("\"K1\"");
        assert!(
            mask(once.as_bytes(), Format::OpenaiChat.request(), &policy("{}").masking).is_ok(),
            "{names}"
        );
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_refusal_repeats_no_content_and_names_the_field() {
    let body = br#"{"model":"m","messages":[{"role":"user","ann@example.com":{"x":1,"x":2}}]}"#;
    let refusal = Refusal::from(refused(body));
    assert_eq!((refusal.status(), refusal.param.as_deref()), (400, Some("messages[0].*")));
    assert!(!String::from_utf8_lossy(&refusal.openai_body()).contains("ann@"));
    let refusal = Refusal::from(refused(br#"{"model":7}"#));
    let body: serde_json::Value = serde_json::from_slice(&refusal.openai_body()).expect("JSON");
    let wanted = serde_json::json!({"error": {"message": "`model` has the wrong type",
        "type": "invalid_request_error", "param": "model", "code": "validation"}});
    assert_eq!(body, wanted);
    let refusal = Refusal::from(refused(b"[]"));
    assert_eq!((refusal.message.as_str(), refusal.param), ("the body has the wrong type (at byte 0)", None));
}
