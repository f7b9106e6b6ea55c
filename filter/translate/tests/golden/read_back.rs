//! What a codec writes it reads back: requests as clients of the format send them, streams as its providers do.

use privet_core::formats::Format;
use privet_core::framing::{FrameBuffer, Framing, Payload};
use privet_translate::conversation::{Block, Event, Finish, Json, Message, Part, Request, Role};
use privet_translate::json::parse;
use privet_translate::turns::object;
use privet_translate::{Asked, Asking, Incoming, Notes, Target, codec};

use super::{NAMES, cases, encoded, files, format};

/// What is said, without what formats have different places for: who speaks, the words, the calls, the results.
fn said(messages: &[Message]) -> Vec<(Role, String)> {
    let mut all: Vec<(Role, String)> = Vec::new();
    for message in messages {
        for part in &message.parts {
            let text = match part {
                Part::Text(text) | Part::Refusal(text) => text.trim().to_owned(),
                Part::ToolCall(call) => format!("call of {}", call.name),
                Part::ToolResult { parts, .. } => {
                    let texts =
                        said(&[Message { role: Role::User, parts: parts.clone(), at: String::new() }]);
                    let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
                    format!("result {}", texts.join(" ")).trim().to_owned()
                }
                Part::Image { .. } => "image".to_owned(),
                Part::Document { .. } => "document".to_owned(),
                Part::Reasoning { .. } => continue,
            };
            if !text.is_empty() {
                all.push((message.role, text));
            }
        }
    }
    all
}

/// Words of instructions stand first in some formats, pictures behind the words in others; neighbours may be joined.
fn sorted(messages: &[Message]) -> Vec<String> {
    let said = said(messages);
    let mut words: Vec<String> =
        said.iter().flat_map(|(_, text)| text.split_whitespace().map(str::to_owned)).collect();
    // Converse has no empty result; an empty object stands in.
    words.retain(|word| word != "{}");
    words.sort();
    words
}

#[test]
fn a_request_that_is_written_is_read_back() {
    let mut count = 0;
    for case in cases() {
        let files = files(&case);
        let (name, body) = files.iter().find(|(name, _)| name.starts_with("request.")).unwrap();
        let client = format(name.split('.').nth(1).unwrap());
        let model = "amazon.nova-a-model-that-reasons";
        // Embeddings are no conversation.
        let Some(reader) = codec(client) else { continue };
        let mut request =
            reader.read_request(body, Asked { model: Some(model), stream: true }, &mut Notes::default());
        let Ok(request) = &mut request else { continue };
        request.model = model.to_owned();
        privet_translate::turns::name_results(&mut request.messages).unwrap();
        for (provider, format, dialect) in NAMES {
            let target = Target { dialect, ..Target::default() };
            let mut notes = Notes::default();
            let Some(codec) = codec(format) else { continue };
            let Ok(outgoing) = codec.write_request(request, &target, &mut notes) else { continue };
            let asked = Asked { model: Some(model), stream: request.stream };
            let read: Request = codec
                .read_request(&outgoing.body, asked, &mut Notes::default())
                .unwrap_or_else(|refused| panic!("{case:?} as {provider}: {refused:?}"));
            assert_eq!(read.model, model, "{case:?} as {provider}");
            assert_eq!(read.stream, request.stream, "{case:?} as {provider}");
            if !notes.0.contains(&"stop") {
                assert_eq!(read.stop, request.stop, "{case:?} as {provider}");
            }
            let (had, has) = (sorted(&request.messages), sorted(&read.messages));
            // What a format adds to make up for what it lacks is noted.
            let added = ["first_turn", "response_format", "user_after_tool", "tool_result_media"];
            if notes.0.iter().all(|note| !added.contains(note)) {
                assert_eq!(has, had, "{case:?} as {provider}");
            }
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

/// What a stream says, put together.
#[derive(Debug, Clone, Default, PartialEq)]
struct Whole {
    text: String,
    thoughts: String,
    calls: Vec<(String, String)>,
    finish: Option<Finish>,
    usage: (Option<u64>, Option<u64>),
    ended: bool,
    failed: bool,
}

fn whole(events: &[Event]) -> Whole {
    let mut whole = Whole::default();
    let mut open: Vec<(u32, Option<usize>, bool)> = Vec::new();
    for event in events {
        match event {
            Event::BlockStart { block, kind } => {
                let call = if let Block::ToolCall { name, .. } = kind {
                    whole.calls.push((name.clone(), String::new()));
                    Some(whole.calls.len() - 1)
                } else {
                    None
                };
                open.push((*block, call, *kind == Block::Reasoning));
            }
            Event::Delta { block, text } => {
                let (_, call, thoughts) = open.iter().find(|(b, ..)| b == block).expect("an open block");
                match call {
                    Some(call) => whole.calls[*call].1.push_str(text),
                    None if *thoughts => whole.thoughts.push_str(text),
                    None => whole.text.push_str(text),
                }
            }
            Event::BlockEnd { block } => open.retain(|(b, ..)| b != block),
            Event::Finish(finish) => whole.finish = Some(*finish),
            Event::Usage(usage) => {
                whole.usage = (usage.input.or(whole.usage.0), usage.output.or(whole.usage.1));
            }
            Event::End => whole.ended = true,
            Event::Failed(_) => whole.failed = true,
            Event::Start { .. } | Event::Signature { .. } => {}
        }
    }
    for (_, arguments) in &mut whole.calls {
        // What a model wrote that is no object becomes one.
        let object = object(&Json(core::mem::take(arguments)), &mut Notes::default()).into_owned();
        *arguments = object.split_whitespace().collect();
    }
    whole
}

/// The events of a provider's stream.
fn events(provider: Format, framing: Framing, bytes: &[u8]) -> Vec<Event> {
    let mut reader = codec(provider).unwrap().stream_reader();
    let mut frames = FrameBuffer::new(framing);
    let mut events = Vec::new();
    frames.push(bytes);
    while let Ok(Some(found)) = frames.next_frame() {
        let frame = frames.frame(&found);
        match &frame.payload {
            Payload::Json(text) => {
                let json = parse(text).unwrap();
                reader.read(&Incoming { name: frame.name, json, fault: frame.fault }, &mut events).unwrap();
            }
            Payload::End => reader.finish(&mut events),
            Payload::Nothing => {}
            Payload::Damaged => panic!("a damaged frame"),
        }
    }
    reader.finish(&mut events);
    if let Some(end) = events.iter().position(|e| matches!(e, Event::End | Event::Failed(_))) {
        events.truncate(end + 1);
    }
    events
}

#[test]
fn a_stream_that_is_written_is_read_back() {
    let targets = [
        (Format::Gemini, false, Framing::ServerSentEvents),
        (Format::Gemini, true, Framing::JsonArray),
        (Format::CohereChat, false, Framing::ServerSentEvents),
        (Format::BedrockConverse, false, Framing::AwsEventStream),
        (Format::OllamaChat, false, Framing::NdJson),
        (Format::OllamaGenerate, false, Framing::NdJson),
    ];
    let mut count = 0;
    for case in cases() {
        for (name, text) in files(&case).iter().filter(|(name, _)| name.starts_with("stream.")) {
            if ["broken", "damaged", "other", "bent", "bad"].iter().any(|word| name.contains(word)) {
                continue;
            }
            let (framing, bytes) = encoded(name.rsplit_once('.').unwrap().1, text);
            let read = events(format(name.split('.').nth(1).unwrap()), framing, &bytes);
            let all = whole(&read);
            if !all.ended && !all.failed {
                continue;
            }
            for (client, array, framing) in targets {
                let mut had = all.clone();
                let asking = Asking { array, ..Asking::default() };
                let mut writer = codec(client).unwrap().stream_writer(&asking);
                let mut out = Vec::new();
                for event in &read {
                    writer.write(event, &mut out);
                }
                let mut has = whole(&events(client, framing, &out));
                // Cohere's only word for what a filter ended is that of a failure.
                if client == Format::CohereChat && had.finish == Some(Finish::Filtered) {
                    assert!(has.failed);
                    continue;
                }
                assert_eq!((has.ended, has.failed), (had.ended, had.failed), "{case:?}/{name} as {client:?}");
                if had.failed {
                    continue;
                }
                // Not every format has all of these words and counts; nothing counted reads as nothing.
                let known = [Some(Finish::Stop), Some(Finish::ToolCalls), Some(Finish::Length)];
                if !known.contains(&had.finish) {
                    (has.finish, had.finish) = (None, None);
                }
                for (has, had) in [(&mut has.usage.0, &mut had.usage.0), (&mut has.usage.1, &mut had.usage.1)]
                {
                    (*has, *had) = (Some(has.unwrap_or(0)), Some(had.unwrap_or(0)));
                }
                assert_eq!(has, had, "{case:?}/{name} as {client:?}");
                count += 1;
            }
        }
    }
    assert!(count > 20, "{count}");
}
