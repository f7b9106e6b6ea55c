//! A shadow changes nothing, and what it would have done is counted.

use std::collections::BTreeMap;
use std::rc::Rc;

use privet_core::formats::{AnswerStream, Format, guard};
use privet_core::framing::Framing;
use privet_core::gateway::{Head, admit, decide, read};
use privet_core::output::Guards;
use privet_core::policy::Policy;
use privet_core::trace::{Shadow, Trace};
use serde_json::json;

use crate::fixtures::text;
use crate::output::ATTACK;
use crate::provider::provider;

const SHADOW: &str = r#"{"revision":"next",
    "masking":{"entities":{"EMAIL":"mask","SSN_US":"block","IP_ADDRESS":{"action":"redact","strategy":"drop"},"PHONE":"warn"}},
    "policies":[
      {"id":"w","phase":"request","condition":{"type":"pii_detected"},"action":"warn"},
      {"id":"s","phase":"request","condition":{"type":"injection_score","threshold":0.7},"action":"warn"},
      {"id":"r","phase":"request","condition":{"type":"content_pattern","pattern":"heron"},"action":"redact"},
      {"id":"b","phase":"request","condition":{"type":"model_name","pattern":"blocked"},"action":"block"},
      {"id":"never","phase":"request","condition":{"type":"token_count","threshold":100000},"action":"block"},
      {"id":"ar","phase":"response","condition":{"type":"pii_detected"},"action":"redact"},
      {"id":"ab","phase":"response","condition":{"type":"content_pattern","pattern":"stork"},"action":"block"}]}"#;

fn policy(shadow: &str) -> Rc<Policy> {
    let document = format!(
        r#"{{"schema":1,"revision":"r","auth":{{"required":false}},"injection":{{"action":"off"}},
           "masking":{{"entities":{{"EMAIL":"allow"}}}}{shadow}}}"#
    );
    Rc::new(Policy::parse(document.as_bytes()).expect("a policy"))
}

fn counts(names: &[(&str, u32)]) -> BTreeMap<String, u32> {
    names.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_it_would_have_done_is_counted_and_nothing_of_it_is_done() {
    let said = format!("{ATTACK} ann@example.com, bob@example.com, my ssn is 123-45-6789, heron, 192.0.2.7");
    let body = json!({ "model": "blocked", "messages": [{ "role": "user", "content": said }] }).to_string();
    let answer = r#"{"choices":[{"index":0,"message":{"content":"carl@example.com and the stork"}}]}"#;
    let stream = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"carl@example.com and \"}}]}\n\n\
                  data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"the stork\"}}]}\n\ndata: [DONE]\n\n";
    let with = policy(&format!(r#","shadow":{SHADOW}"#));
    let providers = [provider("main", "", true)];
    let head = Head { method: b"POST", path: b"/v1/chat/completions", ..Head::default() };
    let run = |policy: &Rc<Policy>| {
        let admitted = admit(Some(policy), &providers, &head, 0).expect("admitted");
        let masked = read(policy, &providers, &admitted, body.as_bytes()).expect("a body");
        let outgoing = decide(policy, &providers, &admitted, masked, |_, _| false).expect("it goes out");
        let guards = Guards::of(policy, &admitted, &outgoing.masked, "main");
        (outgoing.masked, guards)
    };
    let (masked, guards) = run(&with);
    let (plain, nobody) = run(&policy(""));
    assert_eq!(masked.body, plain.body);
    assert_eq!((&masked.verdict, &masked.counts), (&plain.verdict, &plain.counts));
    assert!(plain.shadow.is_none() && nobody.is_empty());
    let mut shadow = *masked.shadow.expect("a shadow");
    assert_eq!(shadow.revision, "next");
    assert_eq!(shadow.would_mask, counts(&[("EMAIL", 2)]));
    assert_eq!(shadow.would_redact, counts(&[("masking.entities.IP_ADDRESS", 1), ("r", 1)]));
    assert_eq!(shadow.would_block, counts(&[("masking.entities.SSN_US", 1), ("b", 1)]));
    assert_eq!(shadow.would_warn, counts(&[("w", 1), ("s", 1)]));

    // Its answer, whole.
    let mut whole = guards;
    assert!(whole.live.is_none() && whole.shadow.is_some());
    assert_eq!(guard(Format::OpenaiChat, answer.as_bytes(), &masked.tokens, &mut whole), None);
    let asked = shadow.clone();
    shadow.add_answer(whole.shadow.as_ref().expect("a guard"));
    assert_eq!(shadow.would_redact["ar"], 1);
    assert_eq!(shadow.would_block["ab"], 1);

    // And streamed.
    let (_, guards) = run(&with);
    let mut chat = AnswerStream::guarded(Format::OpenaiChat, Framing::ServerSentEvents, guards);
    assert!(!chat.waits());
    let mut out = Vec::new();
    for event in stream.split_inclusive("\n\n") {
        let came = chat.push(&masked.tokens, event.as_bytes(), false);
        out.extend(came.unwrap_or_else(|| event.as_bytes().to_vec()));
    }
    assert_eq!(text(&out), stream, "not a byte");
    let mut streamed = asked;
    streamed.add_answer(chat.guards().shadow.as_ref().expect("a guard"));
    assert_eq!(streamed, shadow);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_trace_tells_it_in_names_and_counts_alone() {
    let long = "x".repeat(200);
    let shadow = Shadow {
        revision: "two words".to_owned(),
        would_block: counts(&[("p", 1), ("some text", 2), (&long, 3), ("other text", 4)]),
        ..Shadow::default()
    };
    let trace = Trace { shadow: Some(shadow), ..Trace::default() }.closed();
    let written = serde_json::to_value(&trace).expect("JSON");
    let shadow = trace.shadow.expect("a shadow");
    assert_eq!(shadow.revision, "invalid");
    assert_eq!(shadow.would_block, counts(&[("p", 1), ("invalid", 6), (&"x".repeat(128), 3)]));
    assert_eq!(written["shadow"]["would_mask"], json!({}));
    let without = serde_json::to_value(Trace::default()).expect("JSON");
    assert_eq!(without.get("shadow"), None);
    assert!(serde_json::from_value::<Trace>(written.clone()).is_ok());
    let mut open = written;
    open["shadow"]["text"] = json!("something");
    assert!(serde_json::from_value::<Trace>(open).is_err(), "no field but these");
}
