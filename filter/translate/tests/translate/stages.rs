//! What the gateway learns of a stream while it passes: whether another provider may still be asked, and how it ended.

use privet_core::formats::Format;
use privet_core::framing::Framing;
use privet_translate::conversation::Usage;
use privet_translate::{Asking, Stage, Stream};

fn stream() -> Stream {
    let asking = Asking { model: "m".into(), id: "i".into(), ..Asking::default() };
    Stream::new(Format::AnthropicMessages, Framing::ServerSentEvents, Format::OpenaiChat, &asking).unwrap()
}

/// Pushes an event; the stage after it, and what the client got of it.
fn push(stream: &mut Stream, event: &str) -> (Stage, String) {
    let mut out = Vec::new();
    stream.push(format!("data: {event}\n\n").as_bytes(), false, &mut out);
    (stream.stage(), String::from_utf8(out).unwrap())
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","model":"c","usage":{"input_tokens":7,"output_tokens":1}}}"#;
const BLOCK: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const DELTA: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#;
const ERROR: &str = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;

#[test]
fn another_provider_may_be_asked_until_the_first_content() {
    let mut stream = stream();
    for event in [START, r#"{"type":"ping"}"#, BLOCK] {
        assert_eq!(push(&mut stream, event).0, Stage::Waiting);
    }
    assert_eq!(push(&mut stream, DELTA).0, Stage::Content);
    assert!(stream.has_content());
    assert_eq!(push(&mut stream, ERROR).0, Stage::Failed);
    assert!(stream.has_content());
}

#[test]
fn an_error_before_the_first_content_tells_its_status() {
    let mut stream = stream();
    push(&mut stream, START);
    let (stage, said) = push(&mut stream, ERROR);
    assert_eq!(stage, Stage::Failed);
    assert!(!stream.has_content());
    assert_eq!(stream.failure().map(|failure| failure.status), Some(529));
    assert!(said.contains("Overloaded"));
    // Nothing follows.
    assert_eq!(push(&mut stream, DELTA).1, "");
    assert_eq!(stream.stage(), Stage::Failed);
}

#[test]
fn a_call_is_content_before_its_arguments() {
    let mut stream = stream();
    push(&mut stream, START);
    let call =
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f"}}"#;
    assert_eq!(push(&mut stream, call).0, Stage::Content);
}

#[test]
fn counts_are_known_though_the_client_did_not_ask_for_them() {
    let mut stream = stream();
    for event in [START, BLOCK, DELTA, r#"{"type":"content_block_stop","index":0}"#] {
        push(&mut stream, event);
    }
    push(
        &mut stream,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}"#,
    );
    let (stage, said) = push(&mut stream, r#"{"type":"message_stop"}"#);
    assert_eq!((stage, said.as_str()), (Stage::Ended, "data: [DONE]\n\n"));
    assert_eq!(stream.usage(), Usage { input: Some(7), output: Some(3), ..Usage::default() });
}

#[test]
fn an_answer_that_never_ends_fails() {
    let mut stream = stream();
    push(&mut stream, START);
    push(&mut stream, BLOCK);
    let long = "a".repeat(1 << 20);
    let delta = format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{long}"}}}}"#
    );
    let failed = (1..=32).find(|_| push(&mut stream, &delta).0 == Stage::Failed);
    assert_eq!(failed, Some(17));
}

#[test]
fn formats_that_cannot_be_translated_have_no_stream() {
    let asking = Asking::default();
    assert!(
        Stream::new(Format::BedrockInvoke, Framing::AwsEventStream, Format::OpenaiChat, &asking).is_none()
    );
}
