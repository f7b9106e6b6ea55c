//! What holds for every stream of every format (proptest; native only): made-up streams whose pieces end
//! anywhere, cut anywhere, and damaged anywhere.

use privet_core::formats::Format;
use privet_core::framing::Framing;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use crate::properties::{cases, cuts, deltas};
use crate::stream::tokens;
use crate::streams::{STREAMS, recorded, restored, run};
use crate::wire::{decode, encode, slots};

/// An event by which slot `n` grows.
pub(crate) fn delta(format: Format, n: u8, text: &str) -> Value {
    match format {
        Format::OpenaiCompletions => json!({"choices": [{"index": n % 3, "text": text}]}),
        Format::OpenaiResponses => {
            let (kind, part) = match n {
                0 => ("output_text", json!({"content_index": 0})),
                1 => ("refusal", json!({"content_index": 1})),
                2 => ("function_call_arguments", json!({})),
                3 => ("reasoning_summary_text", json!({"summary_index": 0})),
                _ => ("custom_tool_call_input", json!({})),
            };
            let mut event = json!({"type": format!("response.{kind}.delta"), "item_id": "i",
                "output_index": n / 2, "sequence_number": 3, "delta": text});
            event.as_object_mut().expect("an object").extend(part.as_object().expect("an object").clone());
            event
        }
        Format::AnthropicMessages | Format::BedrockInvoke => {
            let (kind, name) = [
                ("text_delta", "text"),
                ("thinking_delta", "thinking"),
                ("input_json_delta", "partial_json"),
            ][usize::from(n % 3)];
            json!({"type": "content_block_delta", "index": n, "delta": {"type": kind, name: text}})
        }
        Format::Gemini => {
            let part = match n {
                0 | 2 => json!({"text": text}),
                1 => json!({"text": text, "thought": true}),
                _ => json!({"functionCall": {"name": "f", "args": {"a": 1}}}),
            };
            json!({"candidates": [{"index": u8::from(n == 2), "content": {"parts": [part, {"text": text}]}}]})
        }
        Format::CohereChat => match n {
            0 => json!({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}}),
            1 | 2 => json!({"type": "tool-call-delta", "index": n,
                "delta": {"message": {"tool_calls": {"function": {"arguments": text}}}}}),
            3 => json!({"type": "content-delta", "index": 1,
                "delta": {"message": {"content": {"thinking": text}}}}),
            _ => {
                json!({"type": "content-delta", "index": 1, "delta": {"message": {"content": {"text": text}}}})
            }
        },
        Format::BedrockConverse => {
            let delta = match n % 3 {
                0 => json!({"text": text}),
                1 => json!({"reasoningContent": {"text": text}}),
                _ => json!({"toolUse": {"input": text}}),
            };
            json!({"contentBlockDelta": {"contentBlockIndex": n, "delta": delta}})
        }
        Format::OllamaChat if n.is_multiple_of(2) => json!({"message": {"content": text}, "done": false}),
        Format::OllamaChat => json!({"message": {"content": "", "thinking": text}, "done": false}),
        Format::OllamaGenerate if n.is_multiple_of(2) => json!({"response": text, "done": false}),
        Format::OllamaGenerate => json!({"response": "", "thinking": text, "done": false}),
        Format::Unified => json!({"delta": text}),
        _ => match n {
            0 | 1 => json!({"choices": [{"index": n, "delta": {"content": text, "refusal": null}}]}),
            2 => json!({"choices": [{"index": 0, "delta": {"content": text, "x": text}}, {"index": 1,
                "delta": {"tool_calls": [{"index": 3, "custom": {"input": text}}]}}]}),
            3 => json!({"choices": [{"index": 0, "delta": {"function_call": {"arguments": text}}}]}),
            _ => json!({"choices": [{"index": 0,
                "delta": {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}}]}),
        },
    }
}

/// Events that close some slots, and the last of an answer.
pub(crate) fn ends(format: Format) -> [Value; 2] {
    match format {
        Format::OpenaiCompletions => {
            [json!({"choices": [{"index": 0, "text": " EMAIL_1", "finish_reason": "stop"}]}), Value::Null]
        }
        Format::OpenaiResponses => [
            json!({"type": "response.output_item.done", "output_index": 1, "sequence_number": 8}),
            json!({"type": "response.completed", "sequence_number": 9}),
        ],
        Format::AnthropicMessages | Format::BedrockInvoke => {
            [json!({"type": "content_block_stop", "index": 2}), json!({"type": "message_stop"})]
        }
        Format::Gemini => [
            json!({"candidates": [{"content": {"parts": [{"text": "EMAIL_1"}]}, "finishReason": "STOP"}]}),
            json!({"usageMetadata": {"promptTokenCount": 1}}),
        ],
        Format::CohereChat => {
            [json!({"type": "tool-call-end", "index": 1}), json!({"type": "message-end", "delta": {}})]
        }
        Format::BedrockConverse => [
            json!({"contentBlockStop": {"contentBlockIndex": 1}}),
            json!({"messageStop": {"stopReason": "end_turn"}}),
        ],
        Format::OllamaChat => [json!({"x": "y"}), json!({"message": {"content": "0"}, "done": true})],
        Format::OllamaGenerate => [json!({"x": "y"}), json!({"response": "", "done": true})],
        Format::Unified => [json!({"x": "y"}), json!({"usage": {}})],
        _ => [
            json!({"choices": [{"index": 0, "delta": {"content": " EMAIL_1"}, "finish_reason": "stop"}]}),
            json!({"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]}),
        ],
    }
}

fn stream(format: Format, framing: Framing, deltas: &[(u8, String)], finish: bool) -> Vec<u8> {
    let deltas = deltas.iter().map(|(n, text)| delta(format, *n, text).to_string());
    let ends = ends(format).into_iter().filter(|end| finish && !end.is_null()).map(|end| end.to_string());
    let events: Vec<String> = deltas.chain(ends).collect();
    encode(format, framing, events.iter().map(String::as_str))
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn random_cuts_of_random_streams_of_all_formats_give_the_restored_whole(
        (format, framing) in select(&STREAMS[..]),
        deltas in deltas(), finish in any::<bool>(), at in vec(any::<Index>(), 0..8),
    ) {
        let (map, _) = tokens();
        let came = stream(format, framing, &deltas, finish);
        let whole = slots(format, &decode(format, framing, &came, true));
        let expected: std::collections::BTreeMap<_, _> = whole
            .into_iter()
            .map(|(slot, text)| { let text = restored(&map, &slot, &text); (slot, text) })
            .collect();
        let (out, answer) = run(format, framing, &map, &came, &cuts(&at, came.len()));
        let found = slots(format, &decode(format, framing, &out, true));
        prop_assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(&came));
        prop_assert_eq!(answer.counts().not_understood, 0);
    }

    #[test]
    fn random_cuts_of_recorded_streams_give_the_same_bytes(
        which in any::<Index>(), at in vec(any::<Index>(), 0..40),
    ) {
        let (map, _) = tokens();
        let all = recorded();
        let stream = &all[which.index(all.len())];
        let (whole, _) = run(stream.format, stream.framing, &map, &stream.bytes, &[]);
        let cuts = cuts(&at, stream.bytes.len());
        let (out, _) = run(stream.format, stream.framing, &map, &stream.bytes, &cuts);
        prop_assert!(out == whole, "{}, cut at {cuts:?}", stream.name);
    }

    #[test]
    fn a_damaged_stream_gives_the_same_however_it_is_cut(
        which in any::<Index>(), place in any::<Index>(), with in any::<u8>(), at in vec(any::<Index>(), 0..4),
    ) {
        let (map, _) = tokens();
        let all = recorded();
        let stream = &all[which.index(all.len())];
        let mut bytes = stream.bytes.clone();
        let place = place.index(bytes.len());
        bytes[place] = with;
        let (whole, answer) = run(stream.format, stream.framing, &map, &bytes, &[]);
        let (out, _) = run(stream.format, stream.framing, &map, &bytes, &cuts(&at, bytes.len()));
        prop_assert!(out == whole, "{}: byte {place} as {with}", stream.name);
        // Where the gateway ended it, and all before was understood, it is a stream of its format still.
        if answer.counts().ended.is_some() && answer.counts().not_understood == 0 {
            decode(stream.format, stream.framing, &out, stream.framing != Framing::JsonArray);
        }
    }
}
