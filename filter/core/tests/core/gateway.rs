//! The fixed order of the steps: what is refused first, and with what.

use privet_core::gateway::{
    Answer, Endpoint, Head, admit, check_size, classify_answer, is_health, is_internal_header, prepare,
};
use privet_core::policy::Policy;
use privet_core::provider::Provider;

use crate::provider::provider;

/// The digest of `made-up-key`.
const KEYS: &str = r#"[{"id":"k1","tenant":"acme","sha256":"1f0991ebdd753c9eafe74bc140e4e9f0be27ef196f1b36f4aec4e15944c1dcbf"}]"#;

fn policy(more: &str) -> Policy {
    let document = format!(r#"{{"schema":1,"revision":"r","body_limit_bytes":1000,"keys":{KEYS}{more}}}"#);
    Policy::parse(document.as_bytes()).expect("a policy")
}

fn providers() -> [Provider; 2] {
    [provider("main", "/v1", true), provider("other", "", false)]
}

fn good() -> Head<'static> {
    Head {
        method: b"POST",
        path: b"/v1/chat/completions?x=1",
        content_type: Some(b"application/json; charset=utf-8"),
        content_length: Some(b"10"),
        authorization: Some(b"Bearer made-up-key"),
        ..Head::default()
    }
}

fn status(policy: Option<&Policy>, head: &Head<'_>) -> u16 {
    admit(policy, &providers(), head, 0).map_or_else(|refusal| refusal.status(), |_| 200)
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_first_step_that_does_not_hold_answers() {
    let policy = policy("");
    // Each line mends one thing more than the line before.
    let mut head = Head {
        method: b"PUT",
        path: b"/v1/nothing",
        content_type: Some(b"text/plain"),
        content_length: Some(b"1001"),
        content_encoding: Some(b"gzip"),
        authorization: Some(b"Bearer wrong"),
        ..Head::default()
    };
    assert_eq!(status(None, &head), 503, "no policy");
    assert_eq!(status(Some(&policy), &head), 413, "the announced length");
    head.content_length = Some(b"1000");
    assert_eq!(status(Some(&policy), &head), 401, "the key");
    head.authorization = Some(b"bearer  made-up-key ");
    assert_eq!(status(Some(&policy), &head), 404, "the path");
    head.path = b"/v1/chat/completions";
    assert_eq!(status(Some(&policy), &head), 405, "the method");
    head.method = b"POST";
    assert_eq!(status(Some(&policy), &head), 415, "the encoding");
    head.content_encoding = Some(b"identity");
    assert_eq!(status(Some(&policy), &head), 415, "the type");
    head.content_type = Some(b"Application/JSON");
    assert_eq!(status(Some(&policy), &head), 200);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn keys_are_taken_from_either_header_and_must_be_known() {
    let policy = policy("");
    for (authorization, api_key, wanted) in [
        (Some("Bearer made-up-key"), None, 200),
        (None, Some("made-up-key"), 200),
        (Some("Basic made-up-key"), Some("made-up-key"), 200),
        (Some("Bearer made-up-key"), Some("wrong"), 200),
        (Some("Bearer wrong"), Some("made-up-key"), 401),
        (Some("made-up-key"), None, 401),
        (Some("Bearer "), None, 401),
        (Some("Bearer made-up-key2"), None, 401),
        (None, None, 401),
    ] {
        let (authorization, api_key) = (authorization.map(str::as_bytes), api_key.map(str::as_bytes));
        let head = Head { authorization, api_key, ..good() };
        assert_eq!(status(Some(&policy), &head), wanted, "{authorization:?} {api_key:?}");
    }
    let admitted = admit(Some(&policy), &providers(), &good(), 0).expect("admitted");
    assert_eq!((&*admitted.key_id, &*admitted.tenant, admitted.body_limit), ("k1", "acme", 1000));
    assert_eq!(admitted.endpoint, Endpoint::ChatCompletions);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn without_required_keys_a_known_key_still_names_its_caller() {
    let policy = policy(r#","auth":{"required":false}"#);
    let id = |head: &Head<'_>| admit(Some(&policy), &providers(), head, 0).expect("admitted").key_id;
    assert_eq!(id(&good()), "k1");
    assert_eq!(id(&Head { authorization: Some(b"Bearer wrong"), ..good() }), "");
    assert_eq!(id(&Head { authorization: None, ..good() }), "");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn only_known_paths_with_json_in_utf_8_are_admitted() {
    let policy = policy("");
    for (path, wanted) in [
        ("/v1/chat/completions", 200),
        ("/chat/completions", 200),
        ("/other/v1/chat/completions", 200),
        // The name is said to be unknown only after the body has been checked.
        ("/nobody/v1/chat/completions", 200),
        ("/nobody/other/v1/chat/completions", 404),
        ("/v1/chat/completions/", 404),
        ("/v1/responses", 404),
        ("/v1/models", 404),
        ("/", 404),
        ("", 404),
        ("/health", 404),
        ("/other/health", 404),
        ("/nobody/health", 404),
    ] {
        assert_eq!(status(Some(&policy), &Head { path: path.as_bytes(), ..good() }), wanted, "{path}");
    }
    assert_eq!(status(Some(&policy), &Head { path: b"/\xff", ..good() }), 404);
    for (content_type, wanted) in [
        (None, 200),
        (Some("application/json"), 200),
        (Some("application/json;charset=UTF-8"), 200),
        (Some("application/json; charset=\"utf-8\""), 200),
        (Some("application/json; charset=utf-16"), 415),
        (Some("application/json; charset=latin1"), 415),
        (Some("application/jsonl"), 415),
        (Some("multipart/form-data"), 415),
        (Some(""), 415),
    ] {
        let head = Head { content_type: content_type.map(str::as_bytes), ..good() };
        assert_eq!(status(Some(&policy), &head), wanted, "{content_type:?}");
    }
    for (content_length, wanted) in [(Some("1000"), 200), (Some("1001"), 413), (None, 200)] {
        let head = Head { content_length: content_length.map(str::as_bytes), ..good() };
        assert_eq!(status(Some(&policy), &head), wanted, "{content_length:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_body_is_counted_checked_and_masked_before_its_provider_is_named() {
    let policy = policy(r#","masking":{"entities":{"SSN_US":"block"}}"#);
    let outcome = |path: &str, body: &str| {
        let head = Head { path: path.as_bytes(), ..good() };
        let admitted = admit(Some(&policy), &providers(), &head, 0).expect("admitted");
        prepare(&policy, &providers(), &admitted, body.as_bytes())
            .map_err(|refusal| (refusal.status(), refusal.message))
    };
    let (here, nowhere) = ("/other/chat/completions?q=ann@example.com", "/nobody/v1/chat/completions");
    let body = |text: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{text}"}}]}}"#);
    let refused = |path: &str, body: &str| outcome(path, body).expect_err("a refusal");
    assert_eq!(refused(nowhere, &body(&"a".repeat(1000))).0, 413);
    assert_eq!(refused(nowhere, "{}").0, 400);
    let forbidden = "the policy `masking.entities.SSN_US` forbids this request".to_owned();
    assert_eq!(refused(nowhere, &body("123-45-6789")), (403, forbidden));
    assert_eq!(refused(nowhere, &body("hi")).0, 400);
    let outgoing = outcome(here, &body("ann@example.com")).expect("an outgoing request");
    assert_eq!((outgoing.provider, outgoing.path), (1, "/v1/chat/completions"));
    assert_eq!(outgoing.masked.body, Some(body("EMAIL_1").into_bytes()));
    assert!(check_size(10, 10).is_ok() && check_size(11, 10).is_err());
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn answers_are_told_apart_by_their_headers() {
    for (content_type, encoding, wanted) in [
        (Some("text/event-stream"), None, Some(Answer::Stream)),
        (Some("Text/Event-Stream; charset=utf-8"), Some("identity"), Some(Answer::Stream)),
        (Some("application/json"), None, Some(Answer::Whole)),
        (Some("application/problem+json"), Some(""), Some(Answer::Whole)),
        (None, None, Some(Answer::Whole)),
        (Some("text/html"), None, Some(Answer::Pass)),
        (Some("application/json"), Some("gzip"), None),
    ] {
        let found = classify_answer(content_type.map(str::as_bytes), encoding.map(str::as_bytes));
        assert_eq!(found.ok(), wanted, "{content_type:?} {encoding:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn health_and_the_clients_own_headers_are_known() {
    assert!(is_health(&Head { method: b"GET", path: b"/health?x", ..Head::default() }));
    assert!(!is_health(&Head { method: b"POST", path: b"/health", ..Head::default() }));
    assert!(!is_health(&Head { method: b"GET", path: b"/healthz", ..Head::default() }));
    for name in [
        "authorization",
        "x-api-key",
        "cookie",
        "x-rivano-provider",
        "x-privet-any",
        "accept-encoding",
        "referer",
    ] {
        assert!(is_internal_header(name.as_bytes()), "{name}");
    }
    for name in ["content-type", "user-agent", "x-request-id", "x-forwarded-proto", ":path", "openai-beta"] {
        assert!(!is_internal_header(name.as_bytes()), "{name}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_self_test_passes() {
    assert_eq!(privet_core::gateway::self_test(), Ok(()));
}
