//! Hostile bodies and streams: nothing panics, what is refused is named, nothing grows without bound.

use privet_core::formats::Format;
use privet_core::framing::{Framing, MAX_FRAME_BYTES};
use privet_translate::conversation::{Block, Event};
use privet_translate::json::{Kind, Value, Writer, parse};
use privet_translate::{Asked, Asking, Stage, Stream, Target, codec};

use super::{NAMES, cases, files, format};

/// Writes a value whose `n`th inner one is another; counts them down.
fn with(value: &Value<'_>, n: &mut usize, other: &str, w: &mut Writer) {
    if *n == 0 {
        *n = usize::MAX;
        return w.raw(other);
    }
    *n -= 1;
    match &value.kind {
        Kind::Array(items) => {
            w.open(b'[');
            items.iter().for_each(|item| with(item, n, other, w));
            w.close(b']');
        }
        Kind::Object(members) => {
            w.open(b'{');
            for member in members {
                w.name(&member.name);
                with(&member.value, n, other, w);
            }
            w.close(b'}');
        }
        _ => w.raw(value.raw),
    }
}

/// The body with each of its values replaced once, by values of every type in turn.
fn bent(body: &[u8]) -> Vec<Vec<u8>> {
    const OTHERS: [&str; 8] =
        ["null", "-1.5e3", "\"\u{1F600} x\"", "[]", "{}", "true", "[{\"type\":\"text\"}]", "{\"type\":1}"];
    let value = parse(body).unwrap();
    let mut all = Vec::new();
    for place in 0.. {
        let mut left = place;
        let mut w = Writer::with_capacity(body.len());
        with(&value, &mut left, OTHERS[place % OTHERS.len()], &mut w);
        if left < usize::MAX / 2 {
            break;
        }
        all.push(w.into_bytes());
    }
    all
}

#[test]
fn a_request_with_any_value_replaced_is_translated_or_refused_by_name() {
    let (mut translated, mut refused) = (0, 0);
    for case in cases() {
        let files = files(&case);
        let (name, body) = files.iter().find(|(name, _)| name.starts_with("request.")).unwrap();
        let client = format(name.split('.').nth(1).unwrap());
        for body in bent(body) {
            for (_, provider, dialect) in NAMES {
                let target = Target { dialect, ..Target::default() };
                let asked = Asked { model: Some("m"), stream: false };
                match privet_translate::request(client, &body, asked, provider, &target) {
                    Ok(done) => {
                        let shown = || String::from_utf8_lossy(&body).into_owned();
                        assert!(parse(&done.outgoing.body).is_ok(), "{}", shown());
                        assert!(done.outgoing.path.starts_with('/'));
                        translated += 1;
                    }
                    Err(error) => {
                        assert!(!error.reason.is_empty());
                        assert!(!error.field.contains('\u{1F600}'), "content in the name of a field");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(translated > 1000 && refused > 1000, "{translated} {refused}");
}

#[test]
fn an_answer_with_any_value_replaced_is_translated_or_not_understood() {
    let clients = NAMES.iter().map(|(_, format, _)| *format).chain([Format::OllamaGenerate]);
    let clients: Vec<Format> = clients.collect();
    let mut count = 0;
    for case in cases() {
        for (name, body) in files(&case).iter().filter(|(name, _)| name.starts_with("reply.")) {
            let provider = format(name.split('.').nth(1).unwrap());
            for (n, body) in bent(body).iter().enumerate() {
                let client = clients[n % clients.len()];
                if let Ok(answer) = privet_translate::answer(provider, body, client, &Asking::default()) {
                    assert!(parse(&answer).is_ok(), "{}", String::from_utf8_lossy(&answer));
                    count += 1;
                }
                let (_, failure) = privet_translate::failure(provider, 500, body, client);
                assert!(parse(&failure).is_ok());
            }
        }
    }
    assert!(count > 100, "{count}");
}

fn events_of(kinds: impl Iterator<Item = Event>, client: Format) -> (Vec<u8>, usize) {
    let mut writer = codec(client).unwrap().stream_writer(&Asking::default());
    let (mut out, mut most) = (Vec::new(), 0);
    for event in kinds {
        writer.write(&event, &mut out);
        most = most.max(out.len());
    }
    (out, most)
}

#[test]
fn a_call_that_never_ends_ends_the_stream_of_a_client_that_takes_calls_whole() {
    let piece = "x".repeat(64 << 10);
    for (client, error) in
        [(Format::Gemini, "\"status\":\"UNAVAILABLE\""), (Format::OllamaChat, "{\"error\":")]
    {
        let kind = Block::ToolCall { id: "1".into(), name: "f".into(), signature: None };
        let begin =
            [Event::Start { id: String::new(), model: String::new() }, Event::BlockStart { block: 0, kind }];
        let pieces = MAX_FRAME_BYTES / piece.len() + 100;
        let deltas = (0..pieces).map(|_| Event::Delta { block: 0, text: piece.clone() });
        let (out, _) = events_of(
            begin.into_iter().chain(deltas).chain([Event::BlockEnd { block: 0 }, Event::End]),
            client,
        );
        let out = String::from_utf8(out).unwrap();
        assert!(out.len() < 4096, "{} bytes", out.len());
        assert_eq!(out.matches(error).count(), 1, "{client:?}: {out}");
        assert!(!out.contains("\"done\":true") && !out.contains("finishReason"), "{out}");
    }
}

#[test]
fn too_many_open_calls_end_the_stream() {
    for client in [Format::Gemini, Format::OllamaChat] {
        let blocks = (0..1000).map(|block| Event::BlockStart {
            block,
            kind: Block::ToolCall { id: block.to_string(), name: "f".into(), signature: None },
        });
        let (out, _) = events_of(blocks, client);
        assert!(String::from_utf8(out).unwrap().contains("error"));
    }
    let mut bytes = Vec::new();
    for n in 0..1000 {
        let start =
            format!(r#"{{"contentBlockIndex":{n},"start":{{"toolUse":{{"toolUseId":"{n}","name":"f"}}}}}}"#);
        Framing::AwsEventStream.write_event(&mut bytes, b"contentBlockStart", start.as_bytes(), false);
    }
    let mut stream =
        Stream::new(Format::BedrockConverse, Framing::AwsEventStream, Format::OpenaiChat, &Asking::default())
            .unwrap();
    let mut out = Vec::new();
    stream.push(&bytes, false, &mut out);
    assert_eq!(stream.stage(), Stage::Failed);
}

#[test]
fn a_message_with_a_wrong_checksum_ends_the_stream_with_the_clients_error() {
    let mut bytes = Vec::new();
    for (name, json) in [
        (&b"messageStart"[..], r#"{"role":"assistant"}"#),
        (b"contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Dear"}}"#),
    ] {
        Framing::AwsEventStream.write_event(&mut bytes, name, json.as_bytes(), false);
    }
    let place = bytes.len() - 8;
    bytes[place] ^= 1;
    let mut stream =
        Stream::new(Format::BedrockConverse, Framing::AwsEventStream, Format::OllamaChat, &Asking::default())
            .unwrap();
    let mut out = Vec::new();
    stream.push(&bytes, false, &mut out);
    assert_eq!(stream.stage(), Stage::Failed);
    let out = String::from_utf8(out).unwrap();
    assert!(out.ends_with("{\"error\":\"the provider's stream was not understood\"}\n"), "{out}");
    assert!(!out.contains("Dear"));
}

#[test]
fn a_stream_of_events_without_an_answer_says_an_error_and_keeps_nothing() {
    for (provider, framing, event) in [
        (Format::Gemini, Framing::ServerSentEvents, "data: {\"a\":1}\n\n"),
        (Format::CohereChat, Framing::ServerSentEvents, "data: {\"type\":\"content-end\",\"index\":7}\n\n"),
        (Format::OllamaChat, Framing::NdJson, "{\"message\":{}}\n"),
    ] {
        let mut stream = Stream::new(provider, framing, Format::BedrockConverse, &Asking::default()).unwrap();
        let mut out = Vec::new();
        for _ in 0..10_000 {
            stream.push(event.as_bytes(), false, &mut out);
        }
        stream.push(b"", true, &mut out);
        assert_eq!(stream.stage(), Stage::Failed, "{provider:?}");
        assert!(out.len() < 1024, "{provider:?}: {} bytes", out.len());
    }
}
