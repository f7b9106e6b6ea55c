//! What is printed for a log: never a value, a key, a prompt or a pattern.

use privet_core::entity::EntityType;
use privet_core::formats::{AnswerStream, Format};
use privet_core::framing::{FrameBuffer, Framing};
use privet_core::gateway::Head;
use privet_core::json::DecodedText;
use privet_core::mask::mask;
use privet_core::rehydrate::{GrowingSlot, Restorer, Splice};
use privet_core::tokens::TokenMap;
use privet_core::trace::{MAX_NAME_BYTES, safe_name};

use crate::fixtures::policy;

const VALUE: &str = "ann@example.com";

/// How `value` looks when its bytes are printed as text or as numbers.
fn shows(printed: &str, value: &str) -> bool {
    let numbers = format!("{:?}", value.as_bytes());
    printed.contains(value) || printed.contains(numbers.trim_matches(['[', ']']))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn nothing_that_holds_content_prints_it() {
    let mut tokens = TokenMap::default();
    let kept = tokens.keep(VALUE.as_bytes());
    tokens.number(EntityType::Email, "EMAIL", kept);
    let mut decoded = DecodedText::default();
    decoded.decode(VALUE.as_bytes(), 0);
    let mut restorer = Restorer::default();
    let mut splices: Vec<Splice> = Vec::new();
    let source = format!("{VALUE} EMAIL_1");
    restorer.whole(&tokens, source.as_bytes(), 0..source.len(), 1, &mut splices);
    assert_eq!(splices.len(), 1);
    let mut slot = GrowingSlot::default();
    slot.grow(&tokens, source.as_bytes(), 0..source.len(), 1, false, &mut splices);
    let mut events = FrameBuffer::new(Framing::ServerSentEvents);
    events.push(VALUE.as_bytes());
    let mut chat = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    chat.push(&tokens, format!("data: {VALUE}\n\ndata: {VALUE}").as_bytes(), false);
    let policy = policy(
        r#"{"custom":[{"type":"A","pattern":"ann@example.com","context":["ann@example.com"]}],
            "dictionaries":[{"type":"A","terms":["ann@example.com"]}],
            "allow":["xann@example.com","x*ann@example.com","/xann@example.com/"]}"#,
    );
    let body = format!(r#"{{"model":"{VALUE}","messages":[{{"role":"{VALUE}","content":"{VALUE}"}}]}}"#);
    let masked = mask(body.as_bytes(), Format::OpenaiChat.request(), &policy.masking).expect("a body");
    let head = Head {
        authorization: Some(VALUE.as_bytes()),
        api_key: Some(VALUE.as_bytes()),
        path: VALUE.as_bytes(),
        ..Head::default()
    };
    for printed in [
        format!("{tokens:?}"),
        format!("{kept:?}"),
        format!("{decoded:?}"),
        format!("{restorer:?}"),
        format!("{splices:?}"),
        format!("{slot:?}"),
        format!("{events:?}"),
        format!("{chat:?}"),
        format!("{:?}", policy.masking),
        format!("{:?}", policy.masking.detector),
        format!("{policy:?}"),
        format!("{masked:?}"),
        format!("{head:?}"),
    ] {
        assert!(!shows(&printed, VALUE), "{printed}");
    }
    assert_eq!(format!("{tokens:?}"), "TokenMap(1 values)");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_policy_prints_no_digest_of_a_key() {
    let digest = "0123456789abcdef".repeat(4);
    let document = format!(r#"{{"schema":1,"revision":"r","keys":[{{"id":"k","sha256":"{digest}"}}]}}"#);
    let policy = privet_core::policy::Policy::parse(document.as_bytes()).expect("a policy");
    let printed = format!("{policy:?}");
    assert!(!printed.contains(&digest) && !printed.contains("1, 35, 69, 103"), "{printed}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn only_what_can_be_a_name_travels_as_a_name() {
    let long = "a".repeat(MAX_NAME_BYTES + 1);
    let split = format!("{}é", "a".repeat(MAX_NAME_BYTES - 1));
    for (name, safe) in [
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("meta/llama-3:70b@v1.2_x", "meta/llama-3:70b@v1.2_x"),
        ("", ""),
        ("my card is 4111", "invalid"),
        ("né", "invalid"),
        ("a\"b", "invalid"),
        ("a\n", "invalid"),
        (&long, &long[..MAX_NAME_BYTES]),
        (&split, "invalid"),
    ] {
        assert_eq!(safe_name(name), safe, "{name}");
    }
}
