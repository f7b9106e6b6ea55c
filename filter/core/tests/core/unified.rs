//! The gateway's own endpoint: what is asked of its requests, and the meta block of its answers.

use privet_core::formats::Format;
use privet_core::gateway::unified::{Fallback, Latency, MAX_PROMPT, Meta, MetaStream};
use privet_core::gateway::{Head, admit, decide, read, spoken};
use privet_core::policy::Policy;
use privet_core::provider::Kind;
use privet_core::refusal::{Code, Refusal};
use serde_json::{Value, json};

use crate::provider::provider;

/// Sends a body; the provider that it goes to, or `status code field`.
fn sent(header: Option<&str>, body: &Value) -> Result<(String, Value), String> {
    let policy = br#"{"schema":1,"revision":"r","auth":{"required":false},
        "models":{"aliases":{"quick":"claude/haiku","plain":"gpt-x","lost":"nobody/x"}}}"#;
    let policy = Policy::parse(policy).expect("a policy");
    let mut claude = provider("claude", "", false);
    claude.kind = Kind::Anthropic;
    let providers = [provider("main", "", true), claude];
    let head = Head {
        method: b"POST",
        path: b"/v1/gateway",
        provider: header.map(str::as_bytes),
        ..Head::default()
    };
    let said = |refusal: Refusal| {
        let body: Value = serde_json::from_slice(&refusal.body(spoken(&head))).expect("JSON");
        let error = &body["error"];
        assert_eq!(error["message"], refusal.message);
        let param = error["param"].as_str().unwrap_or_default();
        format!("{} {} {param}", refusal.status(), error["code"].as_str().expect("a code"))
            .trim_end()
            .to_owned()
    };
    let admitted = admit(Some(&policy), &providers, &head, 0).map_err(said)?;
    assert_eq!(admitted.endpoint.format, Some(Format::Unified));
    let text = body.to_string();
    let outgoing = read(&policy, &providers, &admitted, text.as_bytes())
        .and_then(|masked| decide(&policy, &providers, &admitted, masked, |_, _| true))
        .map_err(said)?;
    let out = outgoing.masked.body.unwrap_or_else(|| text.into_bytes());
    Ok((providers[outgoing.provider].name.clone(), serde_json::from_slice(&out).expect("JSON")))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_model_names_its_provider_and_what_is_wrong_is_named() {
    for (header, model, wanted) in [
        (None, "main/gpt-4o", Ok(("main", "gpt-4o"))),
        (None, "claude/haiku", Ok(("claude", "haiku"))),
        (None, "quick", Ok(("claude", "haiku"))),
        (None, "plain", Ok(("main", "gpt-x"))),
        (None, "lost", Err("400 unknown_provider model")),
        (None, "gpt-4o", Err("400 validation model")),
        (None, "main/", Err("400 validation model")),
        (None, "", Err("400 validation model")),
        (None, "nobody/x", Err("400 unknown_provider model")),
        // Whoever names a provider elsewhere needs no other name.
        (Some("claude"), "haiku", Ok(("claude", "haiku"))),
    ] {
        let found = sent(header, &json!({ "model": model, "prompt": "to ann@example.com" }));
        let wanted = wanted
            .map_err(str::to_owned)
            .map(|(provider, id)| (provider.to_owned(), json!({ "model": id, "prompt": "to EMAIL_1" })));
        assert_eq!(found, wanted, "{header:?} {model}");
    }
    for (body, wanted) in [
        (json!({ "model": "main/x" }), "400 validation prompt"),
        (json!({ "model": "main/x", "prompt": 1 }), "400 validation prompt"),
        (json!({ "prompt": "p" }), "400 validation model"),
        (json!({ "model": "main/x", "prompt": "é".repeat(MAX_PROMPT + 1) }), "400 validation prompt"),
    ] {
        assert_eq!(sent(None, &body), Err(wanted.to_owned()));
    }
    let longest = json!({ "model": "main/x", "prompt": "é".repeat(MAX_PROMPT) });
    assert!(sent(None, &longest).is_ok(), "characters are counted, and not bytes");
    assert_eq!(Code::OtherFormat.parts().1, 422);
}

fn meta() -> Meta {
    Meta {
        provider_id: "main".to_owned(),
        execution_path: "primary",
        fallback_used: false,
        timed_out: false,
        entities_detected: [("EMAIL".to_owned(), 1)].into(),
        injection_score: Some(0.25),
        latency: Latency { total_ms: 12.5, masking_ms: 0.125, provider_ms: 12.0, rehydration_ms: 0.25 },
        fallback: Fallback { used: false, reason: "not_attempted".to_owned() },
    }
}

fn block() -> Value {
    json!({
        "providerId": "main", "executionPath": "primary", "fallbackUsed": false, "timedOut": false,
        "entitiesDetected": { "EMAIL": 1 }, "injectionScore": 0.25,
        "latency": { "totalMs": 12.5, "maskingMs": 0.125, "providerMs": 12.0, "rehydrationMs": 0.25 },
        "fallback": { "used": false, "reason": "not_attempted" },
    })
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_meta_block_is_added_to_a_whole_answer_and_nothing_else_changes() {
    let mut with_usage = block();
    with_usage["usage"] = json!({ "inputTokens": 3 });
    for (body, before, wanted) in [
        (r#"{"response":"\u00e9 }","model":"m"}"#, r#"{"response":"\u00e9 }","model":"m""#, block()),
        (r#" {"response":"a", "meta" : { } } "#, r#" {"response":"a", "meta" : {"#, block()),
        (r#"{"meta":{"usage":{"inputTokens":3}},"response":"a"}"#, r#"{"meta":{"#, with_usage),
        ("{ }\n", "{", block()),
    ] {
        let added = meta().added_to(body.as_bytes()).expect("an object");
        let text = String::from_utf8(added).expect("UTF-8");
        assert!(text.starts_with(before), "{text}");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["meta"], wanted, "{text}");
        let was: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(value["response"], was["response"]);
    }
    for body in ["", "[]", "\"a\"", "{", "{\"meta\":"] {
        assert_eq!(meta().added_to(body.as_bytes()), None, "{body}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_meta_event_stands_before_the_end_of_a_stream_however_it_is_cut() {
    let stream = "data: {\"delta\":\"a\"}\n\n: still there\n\ndata: {\"delta\":\"b\"}\n\n\
        event: meta\ndata: {\"usage\":{\"inputTokens\":3}}\n\ndata: [DONE]\n\n";
    let mut wanted = block();
    wanted["usage"] = json!({ "inputTokens": 3 });
    for cut in 0..=stream.len() {
        let mut meta_stream = MetaStream::default();
        let (first, second) = stream.as_bytes().split_at(cut);
        let mut out = meta_stream.push(first, false, meta);
        out.extend(meta_stream.push(second, false, meta));
        out.extend(meta_stream.push(b"", true, meta));
        let out = String::from_utf8(out).expect("UTF-8");
        let (before, behind) = out.split_once("event: meta\ndata: ").expect("a meta event");
        assert_eq!(before, "data: {\"delta\":\"a\"}\n\n: still there\n\ndata: {\"delta\":\"b\"}\n\n");
        let (json, end) = behind.split_once("\n\n").expect("an event");
        assert_eq!(serde_json::from_str::<Value>(json).expect("JSON"), wanted, "cut at {cut}");
        assert_eq!(end, "data: [DONE]\n\n");
    }
    // A stream that translation did not end gets none, and keeps all that came.
    for broken in ["data: {\"error\":{\"code\":\"provider_error\"}}\n\n", "data: {\"del", ""] {
        assert_eq!(MetaStream::default().push(broken.as_bytes(), true, meta), broken.as_bytes());
    }
    let bare = MetaStream::default().push(b"data: [DONE]\n\n", false, meta);
    assert!(
        bare.starts_with(b"event: meta\ndata: {\"providerId\"") && bare.ends_with(b"\n\ndata: [DONE]\n\n")
    );
}
