//! Streams give the same text however they are cut: `data/stream/*.sse`, answers as providers send them,
//! with placeholders cut over several events.

use std::collections::BTreeMap;

use privet_core::entity::EntityType;
use privet_core::formats::{AnswerStream, Format, Usage, restore};
use privet_core::framing::{FrameBuffer, Framing, MAX_FRAME_BYTES};
use privet_core::json::write_escaped;
use privet_core::tokens::{TokenMap, write_placeholder};
use serde_json::{Value, json};

use crate::fixtures::{naive_events, naive_restore, slots, text};

const RECORDED: [(&str, &str); 3] = [
    ("text", include_str!("../data/stream/text.sse")),
    ("tool calls", include_str!("../data/stream/tool_calls.sse")),
    ("cut off", include_str!("../data/stream/cut_off.sse")),
];

/// A token map, and the same as pairs of placeholder and value.
pub(super) fn tokens() -> (TokenMap, Vec<(String, String)>) {
    let mut map = TokenMap::default();
    let mut pairs = Vec::new();
    let mut add = |entity, name: &str, value: &str| {
        let mut placeholder = Vec::new();
        let kept = map.keep(value.as_bytes());
        write_placeholder(&mut placeholder, name, map.number(entity, name, kept));
        pairs.push((text(&placeholder).to_owned(), value.to_owned()));
    };
    add(EntityType::Email, "EMAIL", "ann@example.com");
    for n in 2..=10 {
        add(EntityType::Email, "EMAIL", &format!("user{n}@example.com"));
    }
    add(EntityType::Phone, "PHONE", "+1 415 555 0132");
    add(EntityType::Phone, "PHONE", "+1 415 555 0199");
    add(EntityType::CreditCard, "CREDIT_CARD", "4111 1111 1111 1111");
    // A name that ends with another's, and a value that must be escaped.
    add(EntityType::Custom(0), "WORK_EMAIL", "boss@example.com");
    add(EntityType::Custom(1), "NOTE", "\"grün\"\\\n\u{1}😀");
    (map, pairs)
}

/// What the client gets when `stream` comes in pieces that end at `cuts`.
pub(super) fn run(map: &TokenMap, stream: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut chat = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    let (mut out, mut done) = (Vec::new(), 0);
    for cut in cuts.iter().copied().chain([stream.len()]) {
        let chunk = &stream[done..cut];
        let last = cut == stream.len();
        out.extend(chat.push(map, chunk, last).unwrap_or_else(|| chunk.to_vec()));
        done = cut;
        if last {
            break;
        }
    }
    out
}

/// What a stream's slots must hold in the end: each one's whole text, restored the slow way.
fn expected(stream: &[u8], pairs: &[(String, String)]) -> BTreeMap<String, String> {
    let in_json = |(placeholder, value): &(String, String)| {
        let mut escaped = Vec::new();
        write_escaped(&mut escaped, value.as_bytes(), 1);
        (placeholder.clone(), text(&escaped).to_owned())
    };
    let escaped: Vec<_> = pairs.iter().map(in_json).collect();
    let restored = |(path, text): (String, String)| {
        let restored = naive_restore(&text, if path.ends_with(".arguments") { &escaped } else { pairs });
        (path, restored)
    };
    slots(stream).into_iter().map(restored).collect()
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_cut_of_a_stream_gives_the_restored_whole() {
    let (map, pairs) = tokens();
    for (name, recorded) in RECORDED {
        for stream in [recorded.to_owned(), recorded.replace('\n', "\r\n"), recorded.replace('\n', "\r")] {
            let stream = stream.as_bytes();
            let expected = expected(stream, &pairs);
            assert!(expected.values().any(|t| t.contains("ann@example.com")), "{name}: nothing to restore");
            for cut in 0..=stream.len() {
                let out = run(&map, stream, &[cut]);
                assert_eq!(slots(&out), expected, "{name}, cut at {cut}");
            }
        }
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn nothing_is_given_out_before_it_is_decided() {
    let (map, pairs) = tokens();
    for (name, recorded) in RECORDED {
        let expected = expected(recorded.as_bytes(), &pairs);
        let mut chat = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
        let mut out = Vec::new();
        for (n, byte) in recorded.bytes().enumerate() {
            let last = n + 1 == recorded.len();
            out.extend(chat.push(&map, &[byte], last).unwrap_or_else(|| vec![byte]));
            for (path, so_far) in slots(&out) {
                let whole = &expected[&path];
                assert!(whole.starts_with(&so_far), "{name}, {path}: {so_far:?} is no start of {whole:?}");
            }
        }
        assert_eq!(slots(&out), expected, "{name}, byte by byte");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_event_in_which_nothing_changes_passes_at_once_and_as_it_came() {
    let (map, _) = tokens();
    let mut chat = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    for event in [
        ": comment\n\n",
        "event: ping\ndata: {}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello EMAIL\\u005f99 \\u00e9\"}}]}\n\n",
        "data:{ \"choices\" : [] }\r\n\r\n",
        "data: not JSON EMAIL_99\n\n",
        "id: 7\nretry: 10\n\n",
        "\n",
        "data: [DONE]\n\n",
    ] {
        assert_eq!(chat.push(&map, event.as_bytes(), false), None, "{event:?}");
    }
    assert_eq!(chat.push(&map, b"", true), None);
    assert!(chat.is_complete());
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_is_held_back_comes_in_an_event_of_its_own_before_the_end() {
    let (map, _) = tokens();
    let mut chat = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    let first = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":2,"delta":{"content":"to EMAIL_1"}}]}"#;
    let out = chat.push(&map, format!("{first}\n\n").as_bytes(), false).expect("a change");
    assert_eq!(text(&out), format!("{}\n\n", first.replace("EMAIL_1", "")));
    let out = chat.push(&map, b"data: [DONE]\n\n", true).expect("a change");
    let own = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":2,"delta":{"content":"ann@example.com"},"finish_reason":null}]}"#;
    assert_eq!(text(&out), format!("{own}\n\ndata: [DONE]\n\n"));
    assert_eq!(chat.restored(), 1);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn what_is_held_back_and_is_no_placeholder_is_not_counted_as_restored() {
    let (map, _) = tokens();
    let mut chat = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    let event = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"an EMAIL\"}}]}\n\n";
    chat.push(&map, event, false);
    let out = chat.push(&map, b"", true).expect("what was held back");
    assert!(text(&out).contains("\"EMAIL\""));
    assert_eq!(chat.restored(), 0);
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn usage_and_completeness_are_read_from_the_stream() {
    let (map, _) = tokens();
    for (name, stream, complete, input) in [
        ("text", RECORDED[0].1, true, Some(40)),
        ("tool calls", RECORDED[1].1, true, None),
        ("cut off", RECORDED[2].1, false, None),
    ] {
        let mut chat = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
        chat.push(&map, stream.as_bytes(), true);
        assert_eq!(chat.is_complete(), complete, "{name}");
        assert_eq!(chat.usage().input, input, "{name}");
    }
    let mut chat = AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents);
    chat.push(&TokenMap::default(), RECORDED[0].1.as_bytes(), true);
    assert_eq!(chat.usage(), Usage { input: Some(40), output: Some(25) }, "without anything to restore");
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_stream_passes_untouched_where_nothing_was_masked() {
    for (_, recorded) in RECORDED {
        assert_eq!(
            AnswerStream::new(Format::OpenaiChat, Framing::ServerSentEvents).push(
                &TokenMap::default(),
                recorded.as_bytes(),
                true
            ),
            None
        );
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_event_that_is_too_large_ends_the_stream_however_it_is_cut() {
    let (map, _) = tokens();
    let mut stream = b"data: {}\n\ndata: ".to_vec();
    stream.resize(stream.len() + MAX_FRAME_BYTES, b'x');
    stream.extend(b"\n\ndata: [DONE]\n\n");
    let near_its_end = stream.len() - 18;
    for cuts in [vec![], vec![7], vec![near_its_end], vec![7, 500, near_its_end]] {
        let out = run(&map, &stream, &cuts);
        let (events, rest) = naive_events(&out);
        assert_eq!((events.len(), rest.len()), (2, 0), "{cuts:?}");
        assert_eq!(events[0], b"data: {}\n\n");
        assert!(text(&events[1]).starts_with("data: {\"error\":{"), "{cuts:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn the_event_buffer_agrees_with_a_naive_splitter_for_every_cut() {
    for stream in [
        "data: a\n\ndata: b\r\n\r\nid: 1\rdata: c\r\r\n\n\r\rrest",
        "\r\n\r\n\n\r\r\n\n",
        "data: x\n\r\ndata: y\r\n\ndata: z\r\n\r",
        "",
    ] {
        for cut in 0..=stream.len() {
            assert_eq!(
                split(stream.as_bytes(), &[cut]),
                naive_events(stream.as_bytes()),
                "{stream:?} at {cut}"
            );
        }
        let every: Vec<usize> = (0..stream.len()).collect();
        assert_eq!(split(stream.as_bytes(), &every), naive_events(stream.as_bytes()), "{stream:?} by bytes");
    }
}

/// The events and the rest as the buffer finds them.
pub(super) fn split(stream: &[u8], cuts: &[usize]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut buffer = FrameBuffer::new(Framing::ServerSentEvents);
    let (mut events, mut done) = (Vec::new(), 0);
    for cut in cuts.iter().copied().chain([stream.len()]) {
        buffer.push(&stream[done..cut]);
        while let Some(event) = buffer.next_frame().expect("no event is too large") {
            events.push(buffer.frame(&event).bytes.to_vec());
        }
        done = cut;
    }
    (events, buffer.rest().to_vec())
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_whole_answer_is_restored_like_a_stream() {
    let (map, _) = tokens();
    let body = r#"{"id":"EMAIL_1","choices":[{"index":0,"message":{"role":"assistant","content":"EMAIL_1 EMAIL_10 EMAIL_11 WORK_EMAIL_1 NOTE\u005f1","tool_calls":[{"id":"x","function":{"name":"f","arguments":"{\"a\":\"NOTE_1\"}"}}],"reasoning":{"EMAIL_1":[1.50]}},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
    let (restored, usage) = restore(Format::OpenaiChat, body.as_bytes(), &map).expect("an answer");
    let wanted = r#"{"id":"EMAIL_1","choices":[{"index":0,"message":{"role":"assistant","content":"ann@example.com user10@example.com EMAIL_11 boss@example.com \"grün\"\\\n\u0001😀","tool_calls":[{"id":"x","function":{"name":"f","arguments":"{\"a\":\"\\\"grün\\\"\\\\\\n\\u0001😀\"}"}}],"reasoning":{"ann@example.com":[1.50]}},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
    assert_eq!(text(&restored.expect("a change")), wanted);
    assert_eq!(usage, Usage { input: Some(3), output: Some(4) });
    let unchanged = restore(Format::OpenaiChat, br#"{"choices":[{"message":{"content":"hi_ \n"}}]}"#, &map)
        .expect("an answer");
    assert_eq!(unchanged, (None, Usage::default()));
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn an_answer_that_is_json_stays_json_however_it_is_cut() {
    let (map, pairs) = tokens();
    let note = &pairs.iter().find(|(placeholder, _)| placeholder == "NOTE_1").expect("a value with quotes").1;
    let inner = json!({ "x": "NOTE_1", "y": ["NOTE_1"] }).to_string();
    let answer = json!({ "a": "to NOTE_1", "b": [1, true, inner], "NOTE_1": null }).to_string();
    let piece = |text: &str| {
        let event = json!({ "choices": [{ "index": 0, "delta": { "content": text } }] });
        format!("data: {event}\n\n")
    };
    for cut in (0..=answer.len()).filter(|i| answer.is_char_boundary(*i)) {
        let (first, second) = answer.split_at(cut);
        let stream = [&piece(first), &piece(second), "data: [DONE]\n\n"].concat();
        let out = slots(&run(&map, stream.as_bytes(), &[]));
        let text = out.values().next().expect("a slot");
        let outer: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("cut at {cut}: {e}: {text}"));
        let inner: Value =
            serde_json::from_str(outer["b"][2].as_str().expect("a string")).expect("JSON inside");
        assert_eq!(outer["a"], format!("to {note}"), "cut at {cut}");
        assert_eq!(outer[note.as_str()], Value::Null, "cut at {cut}");
        assert_eq!(inner, json!({ "x": note, "y": [note] }), "cut at {cut}");
    }
}
