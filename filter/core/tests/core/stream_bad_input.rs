//! What no provider should send: what is understood goes on, what is not passes only where it cannot hold
//! a placeholder, and else the stream ends with the format's error event.

use privet_core::entity::EntityType;
use privet_core::formats::stream::{MAX_SLOTS, StreamError};
use privet_core::formats::{AnswerStream, Format, restore};
use privet_core::framing::{Framing, MAX_FRAME_BYTES};
use privet_core::rehydrate::{MAX_PIECE_BYTES, MAX_RESTORED_BYTES};
use privet_core::tokens::TokenMap;
use serde_json::Value;

use crate::fixtures::text;
use crate::stream::tokens;
use crate::streams::{STREAMS, recorded, run};
use crate::wire::{aws_message, decode, encode};

/// Bytes of one frame with this payload, which need not be JSON.
fn frame(framing: Framing, payload: &str) -> Vec<u8> {
    match framing {
        Framing::ServerSentEvents => format!("data: {payload}\n\n").into_bytes(),
        Framing::NdJson => format!("{payload}\n").into_bytes(),
        Framing::JsonArray => format!("[{payload}").into_bytes(),
        Framing::AwsEventStream => {
            let headers = [(":event-type", "contentBlockDelta"), (":message-type", "event")];
            aws_message(&headers, payload.as_bytes())
        }
    }
}

/// The message of an error event, wherever the format has it.
fn error_message(event: &Value) -> Option<&str> {
    [&event["error"]["message"], &event["message"], &event["error"], &event["delta"]["error"]]
        .into_iter()
        .find_map(Value::as_str)
}

fn assert_ended(format: Format, framing: Framing, out: &[u8], answer: &AnswerStream, why: StreamError) {
    let what = format!("{format:?}, {framing:?}");
    assert_eq!(answer.counts().ended, Some(why), "{what}");
    assert!(!answer.is_complete(), "{what}");
    let events = decode(format, framing, out, true);
    let last = events.last().unwrap_or_else(|| panic!("{what}: no error event"));
    assert!(error_message(&last.1).is_some_and(|m| m.contains("provider's answer")), "{what}: {last:?}");
    let shape = match format {
        Format::OpenaiResponses | Format::AnthropicMessages => last.1["type"] == "error",
        Format::CohereChat => last.1["delta"]["finish_reason"] == "ERROR",
        Format::BedrockConverse | Format::BedrockInvoke => last.0 == "modelStreamErrorException",
        Format::Gemini => last.1["error"]["code"] == 502,
        Format::OllamaChat | Format::OllamaGenerate => last.1["error"].is_string(),
        Format::Unified => last.1["error"]["code"] == "provider_error",
        _ => last.1["error"]["code"] == "provider_error",
    };
    assert!(shape, "{what}: {last:?}");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_frame_of_ten_megabytes_ends_the_stream_and_is_not_gathered() {
    let (map, _) = tokens();
    for (format, framing) in STREAMS {
        let long = frame(framing, &format!("{{\"x\":\"{}\"}}", "y".repeat(10 << 20)));
        let mut answer = AnswerStream::new(format, framing);
        let mut out = Vec::new();
        for chunk in long.chunks(1 << 20) {
            out.extend(answer.push(&map, chunk, false).unwrap_or_else(|| chunk.to_vec()));
            assert!(out.len() < 1000, "{format:?}: it is passed on");
        }
        out.extend(answer.push(&map, b"", true).unwrap_or_default());
        assert_ended(format, framing, &out, &answer, StreamError::TooLarge);
        // The same in one piece, and just below what is too large.
        let (out, answer) = run(format, framing, &map, &long, &[]);
        assert_ended(format, framing, &out, &answer, StreamError::TooLarge);
        if format != Format::BedrockInvoke {
            let most = frame(framing, &format!("{{\"x\":\"{}\"}}", "y".repeat(MAX_FRAME_BYTES - 200)));
            let (out, answer) = run(format, framing, &map, &most, &[]);
            assert_eq!((answer.counts().ended, out.len()), (None, most.len()), "{format:?}");
        }
        // Where nothing was masked nothing is held, and nothing needs to be.
        let mut answer = AnswerStream::new(format, framing);
        for chunk in long.chunks(1 << 20) {
            assert_eq!(answer.push(&TokenMap::default(), chunk, false), None, "{format:?}");
        }
        assert_eq!(answer.counts().ended, None, "{format:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_is_not_json_passes_only_without_a_placeholder() {
    let (map, _) = tokens();
    for (format, framing) in STREAMS {
        for (payload, holds) in [
            ("{\"text\":\"EMAIL_99\"", false),
            ("{\"text\":\"hello\",}", false),
            ("{\"text\":\"EMAIL_1\",}", true),
            ("{\"text\":\"EMAIL\\u005f1\",}", true),
            ("{\"text\":\"\\\\u0045MAIL_1\",}", true),
        ] {
            // In an array an item without its end is everything that comes behind it.
            let payload = if framing == Framing::JsonArray { payload.trim_end_matches(',') } else { payload };
            let stream = frame(framing, payload);
            let (out, answer) = run(format, framing, &map, &stream, &[]);
            if holds || format == Format::BedrockInvoke {
                assert_ended(format, framing, &out, &answer, StreamError::NotUnderstood);
                assert!(!text(&[&out[..0], b""].concat()).contains("EMAIL_1"));
                assert!(!String::from_utf8_lossy(&out).contains("EMAIL_1"), "{format:?}");
            } else {
                assert_eq!(out, stream, "{format:?}, {framing:?}, {payload}");
                assert_eq!((answer.counts().ended, answer.counts().not_understood), (None, 1), "{format:?}");
            }
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_is_not_understood_does_not_stop_what_is() {
    let (map, _) = tokens();
    let good = r#"{"message":{"content":"to EMAIL_1."},"done":false}"#;
    let stream = format!("{good}\nnonsense\n\n{good}\n");
    let (out, answer) = run(Format::OllamaChat, Framing::NdJson, &map, stream.as_bytes(), &[]);
    assert_eq!(text(&out), stream.replace("EMAIL_1", "ann@example.com"));
    assert_eq!((answer.counts().events, answer.counts().not_understood), (2, 1));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_wrong_checksum_is_never_believed() {
    let (map, _) = tokens();
    let event = r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"to EMAIL_1"}}}"#;
    let harmless = event.replace("EMAIL_1", "all");
    for (event, holds) in [(event, true), (&*harmless, false)] {
        let good = encode(Format::BedrockConverse, Framing::AwsEventStream, [event]);
        for wrong in 0..good.len() {
            let mut stream = good.clone();
            stream[wrong] ^= 0x10;
            let (out, answer) = run(Format::BedrockConverse, Framing::AwsEventStream, &map, &stream, &[]);
            let counts = answer.counts();
            let in_lengths = wrong < 12;
            match counts.ended {
                Some(StreamError::Damaged) => assert!(in_lengths, "byte {wrong}"),
                Some(why) => {
                    assert!(holds && why == StreamError::NotUnderstood, "byte {wrong}: {why:?}");
                    assert_ended(Format::BedrockConverse, Framing::AwsEventStream, &out, &answer, why);
                }
                None => {
                    assert_eq!(out, stream, "byte {wrong}");
                    assert_eq!((counts.not_understood, counts.restored), (1, 0), "byte {wrong}");
                }
            }
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_stream_that_breaks_off_gives_out_what_was_held() {
    let (map, _) = tokens();
    for stream in recorded() {
        // Wherever it breaks off there is no panic, and what goes out is a stream of its format up to the
        // piece of a frame that the provider itself had cut off.
        for end in (0..stream.bytes.len()).step_by(7) {
            let (out, answer) = run(stream.format, stream.framing, &map, &stream.bytes[..end], &[]);
            let counts = answer.counts();
            if counts.ended.is_some() {
                decode(stream.format, stream.framing, &out, true);
            } else if counts.not_understood == 0 && stream.framing == Framing::NdJson {
                assert!(
                    out.ends_with(b"\n") || !out.contains(&b'\n') || out.ends_with(b"}"),
                    "{}",
                    stream.name
                );
            }
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_stream_without_end_and_without_measure_keeps_a_bounded_state() {
    let (map, _) = tokens();
    let mut answer = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    let mut restored = 0;
    for n in 0..4 * MAX_SLOTS as u64 {
        let event = format!(
            "data: {{\"choices\":[{{\"index\":{n},\"delta\":{{\"content\":\"EMAIL_1 EMAIL_1\"}}}}]}}\n\n"
        );
        let out = answer.push(&map, event.as_bytes(), false).expect("a change");
        restored += text(&out).matches("ann@example.com").count();
    }
    assert!(format!("{answer:?}").contains(&format!("{MAX_SLOTS} slots")), "{answer:?}");
    // Beyond that each piece is restored by itself: at once, and whole.
    assert_eq!(restored, MAX_SLOTS + 3 * MAX_SLOTS * 2);
    // A name without measure is no slot either.
    let mut answer = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    let name = "n".repeat(100_000);
    let event = format!("data: {{\"choices\":[{{\"delta\":{{\"{name}\":\"EMAIL_1\"}}}}]}}\n\n");
    let out = answer.push(&map, event.as_bytes(), false).expect("a change");
    assert!(text(&out).contains("ann@example.com") && format!("{answer:?}").contains(" 0 slots"));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_event_of_thousands_of_pieces_is_read_in_bounded_time() {
    let (map, _) = tokens();
    let parts = r#"{"text":"EMAIL_1"},{"functionCall":{"args":{"a":"EMAIL_1"}}},"#.repeat(20_000);
    let event = format!(r#"[{{"candidates":[{{"content":{{"parts":[{parts}{{"text":""}}]}}}}]}}]"#);
    let (out, answer) = run(Format::Gemini, Framing::JsonArray, &map, event.as_bytes(), &[]);
    assert_eq!(answer.counts().restored, 40_000);
    assert!(!text(&out).contains("EMAIL_1"));
    let choices = r#"{"index":1,"delta":{"content":"EMAIL_1"},"finish_reason":"stop"},"#.repeat(20_000);
    let event = format!("data: {{\"choices\":[{choices}{{}}]}}\n\n");
    let (out, _) = run(Format::OpenaiChat, Framing::ServerSentEvents, &map, event.as_bytes(), &[]);
    assert_eq!(text(&out).matches("ann@example.com").count(), 20_000);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_error_of_the_provider_comes_behind_what_was_held() {
    let (map, _) = tokens();
    let exception = aws_message(
        &[(":exception-type", "throttlingException"), (":message-type", "exception")],
        br#"{"message":"of EMAIL_2"}"#,
    );
    let held = r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"to EMAIL_1"}}}"#;
    let mut stream = encode(Format::BedrockConverse, Framing::AwsEventStream, [held]);
    stream.extend(exception);
    let (out, answer) = run(Format::BedrockConverse, Framing::AwsEventStream, &map, &stream, &[]);
    let events = decode(Format::BedrockConverse, Framing::AwsEventStream, &out, true);
    let texts: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(texts, ["contentBlockDelta", "contentBlockDelta", "throttlingException"]);
    assert_eq!(events[1].1["delta"]["text"], "ann@example.com");
    assert_eq!(events[2].1["message"], "of user2@example.com");
    assert!(!answer.is_complete());
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_event_on_several_lines_keeps_its_other_fields() {
    let (map, _) = tokens();
    let stream = "\u{feff}data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"EMAIL_1.\"}}]}\r\n\r\n\
                  event: e\r\ndata: {\"choices\":[{\"index\":0,\r\nid: 7\r\ndata: \"delta\":{\"content\":\"EMAIL_2.\"}}]}\r\n\r\n";
    let (out, _) = run(Format::OpenaiChat, Framing::ServerSentEvents, &map, stream.as_bytes(), &[]);
    let wanted = "\u{feff}data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ann@example.com.\"}}]}\r\n\r\n\
                  event: e\r\ndata: {\"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":\"user2@example.com.\"}}]}\nid: 7\r\n\r\n";
    assert_eq!(text(&out), wanted);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn half_a_surrogate_pair_is_passed_on_as_it_came() {
    let (map, _) = tokens();
    let stream = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"EMAIL_1 \\ud83d\"}}]}\n\n\
                  data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\ude00 EMAIL_2.\"}}]}\n\n";
    let (out, answer) = run(Format::OpenaiChat, Framing::ServerSentEvents, &map, stream.as_bytes(), &[]);
    let wanted = stream.replace("EMAIL_1", "ann@example.com").replace("EMAIL_2", "user2@example.com");
    assert_eq!(text(&out), wanted);
    assert_eq!(answer.counts().not_understood, 0);
}

/// A map of one long value, and its placeholder many times.
fn long_value() -> (TokenMap, String, String) {
    let value = "v".repeat(100_000);
    let mut map = TokenMap::default();
    let kept = map.keep(value.as_bytes());
    assert_eq!(map.number(EntityType::Email, "EMAIL", kept), 1);
    (map, value, "EMAIL_1 ".repeat(20_000))
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_small_answer_does_not_become_one_of_gigabytes() {
    let (map, value, text) = long_value();
    let whole = serde_json::json!({ "choices": [{ "message": { "content": text } }] }).to_string();
    let (restored, _) = restore(Format::OpenaiChat, whole.as_bytes(), &map).expect("an answer");
    let restored = restored.expect("values");
    assert!(restored.len() < MAX_RESTORED_BYTES + whole.len(), "{}", restored.len());
    assert!(restored.windows(value.len()).any(|w| w == value.as_bytes()));
    let event = format!("data: {}\n\n", serde_json::json!({ "choices": [{ "delta": { "content": text } }] }));
    let mut stream = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    let out = stream.push(&map, event.as_bytes(), true).expect("values");
    assert!(out.len() < MAX_PIECE_BYTES + 2 * event.len(), "{}", out.len());
}
