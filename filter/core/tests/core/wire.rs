//! Readers and writers of framed streams and of what grows in them: written for the tests alone, plainly,
//! so that the core is compared with something else than itself.

use std::collections::BTreeMap;

use privet_core::formats::Format;
use privet_core::framing::Framing;
use serde_json::{Value, from_str, json};

use crate::fixtures::{naive_events, text};

/// What an event is called, and its JSON.
pub(crate) type Event = (String, Value);

/// Bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
        }
    }
    !crc
}

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn base64(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |n| b >> n & 1)).collect();
    let sextets = bits.chunks(6).map(|c| c.iter().enumerate().fold(0, |n, (i, bit)| n | bit << (5 - i)));
    let mut out: String = sextets.map(|n| char::from(BASE64[usize::from(n)])).collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

fn unbase64(text: &str) -> Vec<u8> {
    let sextet = |c: u8| BASE64.iter().position(|b| *b == c).expect("base64");
    let letters = text.trim_end_matches('=').bytes().map(sextet);
    let bits: Vec<usize> = letters.flat_map(|s| (0..6).rev().map(move |n| s >> n & 1)).collect();
    bits.chunks_exact(8).map(|c| c.iter().fold(0, |n, bit| n << 1 | *bit as u8)).collect()
}

/// An event-stream message with string headers, and one of another type in front.
pub(crate) fn aws_message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut written = b"\x01n\x04\x00\x00\x00\x07".to_vec();
    for (name, value) in headers {
        written.push(name.len() as u8);
        written.extend(name.bytes());
        written.push(7);
        written.extend((value.len() as u16).to_be_bytes());
        written.extend(value.bytes());
    }
    let total = 12 + written.len() + payload.len() + 4;
    let mut out = (total as u32).to_be_bytes().to_vec();
    out.extend((written.len() as u32).to_be_bytes());
    out.extend(crc32(&out).to_be_bytes());
    out.extend(written);
    out.extend(payload);
    out.extend(crc32(&out).to_be_bytes());
    out
}

fn aws_event(name: &str, payload: &str) -> Vec<u8> {
    let headers = [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")];
    aws_message(&headers, payload.as_bytes())
}

/// The name and payload of each whole message, and the bytes behind them.
fn aws_messages(mut bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, &[u8]) {
    let word = |bytes: &[u8], i: usize| u32::from_be_bytes(bytes[i..i + 4].try_into().expect("four bytes"));
    let mut out = Vec::new();
    while bytes.len() >= 12 {
        let (total, headers) = (word(bytes, 0) as usize, word(bytes, 4) as usize);
        assert_eq!(crc32(&bytes[..8]), word(bytes, 8), "the prelude's checksum");
        if bytes.len() < total {
            break;
        }
        assert_eq!(crc32(&bytes[..total - 4]), word(bytes, total - 4), "the message's checksum");
        let (mut rest, mut name) = (&bytes[12..12 + headers], String::new());
        while !rest.is_empty() {
            let (key, after) = rest[1..].split_at(usize::from(rest[0]));
            let (value, after) = match after[0] {
                4 => after[1..].split_at(4),
                7 => after[3..].split_at(usize::from(after[1]) << 8 | usize::from(after[2])),
                kind => panic!("a header of type {kind}"),
            };
            if key == b":event-type" || key == b":exception-type" {
                name = text(value).to_owned();
            }
            rest = after;
        }
        out.push((name, bytes[12 + headers..total - 4].to_vec()));
        bytes = &bytes[total..];
    }
    (out, bytes)
}

/// The events as their provider would send them.
pub(crate) fn encode<'e>(
    format: Format,
    framing: Framing,
    events: impl IntoIterator<Item = &'e str>,
) -> Vec<u8> {
    let mut out = Vec::new();
    for (n, event) in events.into_iter().enumerate() {
        let value: Value = from_str(event).unwrap_or_default();
        match framing {
            Framing::ServerSentEvents => {
                let names = [Format::OpenaiResponses, Format::AnthropicMessages, Format::CohereChat];
                if let (Some(name), true) = (value["type"].as_str(), names.contains(&format)) {
                    out.extend(format!("event: {name}\n").bytes());
                }
                out.extend(format!("data: {event}\n\n").bytes());
            }
            Framing::NdJson => out.extend(format!("{event}\n").bytes()),
            Framing::JsonArray => {
                out.extend(format!("{}{event}", if n == 0 { "[" } else { "\n,\r\n" }).bytes())
            }
            Framing::AwsEventStream if format == Format::BedrockInvoke => {
                let payload = json!({"bytes": base64(event.as_bytes()), "p": "abcdefghijk"});
                out.extend(aws_event("chunk", &payload.to_string()));
            }
            Framing::AwsEventStream => {
                // As it is written, without the name around it.
                let name = value.as_object().and_then(|o| o.keys().next()).expect("a named event");
                out.extend(aws_event(name, &event[name.len() + 4..event.len() - 1]));
            }
        }
    }
    if framing == Framing::JsonArray {
        if out.is_empty() {
            out.push(b'[');
        }
        out.extend(b"\n]\n");
    }
    out
}

/// The complete events of a stream so far. `strict`: whether nothing may be left over, as of what a client
/// has got.
pub(crate) fn decode(format: Format, framing: Framing, bytes: &[u8], strict: bool) -> Vec<Event> {
    let unnamed = |json: &str| {
        let value: Value = from_str(json).unwrap_or_else(|_| panic!("no JSON: {json}"));
        (value["type"].as_str().unwrap_or_default().to_owned(), value)
    };
    match framing {
        Framing::ServerSentEvents => {
            let (events, rest) = naive_events(bytes);
            assert!(!strict || rest.is_empty(), "an event without its end: {:?}", text(&rest));
            let mut out = Vec::new();
            for event in events {
                let lines: Vec<&str> = text(&event).lines().flat_map(|l| l.split('\r')).collect();
                let data: Vec<&str> = lines.iter().filter_map(|l| l.strip_prefix("data: ")).collect();
                if data.is_empty() || data == ["[DONE]"] {
                    continue;
                }
                let event = unnamed(&data.join("\n"));
                if let Some(name) = lines.iter().find_map(|l| l.strip_prefix("event: ")) {
                    assert_eq!(name, event.0, "the event's name and type");
                }
                out.push(event);
            }
            out
        }
        Framing::NdJson => {
            let end = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
            assert!(!strict || end == bytes.len(), "a line without its end");
            text(&bytes[..end]).lines().filter(|l| !l.trim().is_empty()).map(unnamed).collect()
        }
        Framing::JsonArray => array_items(bytes, strict).into_iter().map(|v| (String::new(), v)).collect(),
        Framing::AwsEventStream => {
            let (messages, rest) = aws_messages(bytes);
            assert!(!strict || rest.is_empty(), "a message without its end");
            let open = |(name, payload): (String, Vec<u8>)| {
                let payload: Value = serde_json::from_slice(&payload).expect("JSON");
                match payload["bytes"].as_str() {
                    Some(inner) if format == Format::BedrockInvoke => unnamed(text(&unbase64(inner))),
                    _ => (name, payload),
                }
            };
            messages.into_iter().map(open).collect()
        }
    }
}

/// The complete items of the beginning of an array.
fn array_items(bytes: &[u8], strict: bool) -> Vec<Value> {
    if strict {
        // What is there must go on to be an array.
        let so_far = text(bytes).trim();
        let closed = if so_far.is_empty() {
            "[]".to_owned()
        } else if so_far.ends_with(']') {
            so_far.to_owned()
        } else {
            format!("{}]", so_far.trim_end_matches(','))
        };
        return from_str(&closed).unwrap_or_else(|e| panic!("{e}: {closed}"));
    }
    let mut items = Vec::new();
    let Some(mut rest) = bytes.strip_prefix(b"[") else { return items };
    loop {
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let Some(Ok(item)) = values.next() else { return items };
        items.push(item);
        rest = &rest[values.byte_offset()..];
        let skipped = rest.iter().take_while(|b| b" \r\n\t,".contains(b)).count();
        rest = &rest[skipped..];
    }
}

/// The texts of everything that grows, and of some that does not, by a name of the test's own.
pub(crate) fn slots(format: Format, events: &[Event]) -> BTreeMap<String, String> {
    let mut slots = Slots::default();
    for (name, event) in events {
        match format {
            Format::OpenaiChat => slots.chat("", event),
            Format::OpenaiCompletions => {
                slots.chat("chat ", event);
                for choice in event["choices"].as_array().into_iter().flatten() {
                    slots.add(choice["index"].to_string(), &choice["text"]);
                    assert!(choice["logprobs"].is_null());
                }
            }
            Format::OpenaiResponses => slots.responses(event),
            Format::AnthropicMessages => slots.anthropic(event),
            Format::Gemini => slots.gemini(event),
            Format::CohereChat => slots.cohere(event),
            Format::BedrockConverse => slots.converse("", event),
            Format::BedrockInvoke => slots.invoke(name, event),
            Format::Unified => slots.add("delta".to_owned(), &event["delta"]),
            _ => {
                let message = if event["message"].is_object() { &event["message"] } else { event };
                for name in ["content", "response", "thinking"] {
                    slots.add(name.to_owned(), &message[name]);
                }
                for call in message["tool_calls"].as_array().into_iter().flatten() {
                    slots.add("call".to_owned(), &json!(call["function"].to_string()));
                }
            }
        }
    }
    slots.texts.retain(|_, text| !text.is_empty());
    slots.texts
}

#[derive(Default)]
struct Slots {
    texts: BTreeMap<String, String>,
    /// The number and kind of the run of parts that each candidate is in.
    runs: BTreeMap<String, (usize, String)>,
}

fn index(value: &Value) -> String {
    if value.is_null() { "-".to_owned() } else { value.to_string() }
}

impl Slots {
    fn add(&mut self, name: String, text: &Value) {
        if let Some(text) = text.as_str() {
            self.texts.entry(name).or_default().push_str(text);
        }
    }

    fn chat(&mut self, prefix: &str, event: &Value) {
        for choice in event["choices"].as_array().into_iter().flatten() {
            let at = format!("{prefix}{}", choice["index"]);
            let delta = &choice["delta"];
            for (name, value) in delta.as_object().into_iter().flatten() {
                if name != "role" {
                    self.add(format!("{at}.{name}"), value);
                }
            }
            for part in delta["content"].as_array().into_iter().flatten() {
                self.add(format!("{at}.content"), &part["text"]);
                for thought in part["thinking"].as_array().into_iter().flatten() {
                    self.add(format!("{at}.thinking"), &thought["text"]);
                }
            }
            for detail in delta["reasoning_details"].as_array().into_iter().flatten() {
                let at = format!("{at}.detail {}", detail["index"]);
                self.add(format!("{at}.text"), &detail["text"]);
                self.add(format!("{at}.summary"), &detail["summary"]);
            }
            self.add(format!("{at}.transcript"), &delta["audio"]["transcript"]);
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let at = format!("{at}.tool_calls[{}]", call["index"]);
                self.add(format!("{at}.function.arguments"), &call["function"]["arguments"]);
                self.add(format!("{at}.custom.input"), &call["custom"]["input"]);
            }
            self.add(format!("{at}.function_call.arguments"), &delta["function_call"]["arguments"]);
        }
    }

    fn responses(&mut self, event: &Value) {
        let kind = event["type"].as_str().expect("a type");
        let part = if event["summary_index"].is_null() { "content_index" } else { "summary_index" };
        let at = format!("{kind} {} {}", index(&event["output_index"]), index(&event[part]));
        self.add(at, &event["delta"]);
        if kind.ends_with(".done") {
            for name in ["text", "refusal", "arguments", "input", "code"] {
                self.add(format!("{name} {kind}"), &event[name]);
            }
        }
        self.add(format!("instructions {kind}"), &event["response"]["instructions"]);
        self.add("title".to_owned(), &event["annotation"]["title"]);
    }

    fn anthropic(&mut self, event: &Value) {
        let at = &event["index"];
        for delta in [&event["delta"], &event["content_block"]] {
            for name in ["text", "thinking", "partial_json", "signature", "new"] {
                self.add(format!("{at}.{name}"), &delta[name]);
            }
            self.add("stop_sequence".to_owned(), &delta["stop_sequence"]);
            self.add("cited_text".to_owned(), &delta["citation"]["cited_text"]);
            self.add("id".to_owned(), &delta["id"]);
            self.add("name".to_owned(), &delta["name"]);
        }
        self.add("message".to_owned(), &event["error"]["message"]);
    }

    fn gemini(&mut self, event: &Value) {
        for candidate in event["candidates"].as_array().into_iter().flatten() {
            let at = candidate["index"].as_u64().unwrap_or(0).to_string();
            for part in candidate["content"]["parts"].as_array().into_iter().flatten() {
                let kind = match (part["text"].is_string(), part["thought"] == true) {
                    (true, true) => " thought",
                    (true, false) => "",
                    (false, _) => " other",
                };
                let run = self.runs.entry(at.clone()).or_insert((0, kind.to_owned()));
                if run.1 != kind {
                    *run = (run.0 + usize::from(run.1 != " other"), kind.to_owned());
                }
                let number = run.0;
                self.add(format!("{at} run {number}{kind}"), &part["text"]);
                if part["functionCall"].is_object() {
                    self.add(format!("{at} call"), &json!(part["functionCall"].to_string()));
                }
            }
            assert!(candidate["logprobsResult"].is_null());
        }
    }

    fn cohere(&mut self, event: &Value) {
        let (at, message) = (&event["index"], &event["delta"]["message"]);
        self.add("tool_plan".to_owned(), &message["tool_plan"]);
        self.add(format!("{at}.text"), &message["content"]["text"]);
        self.add(format!("{at}.thinking"), &message["content"]["thinking"]);
        self.add(format!("{at}.arguments"), &message["tool_calls"]["function"]["arguments"]);
        let citation = &message["citations"];
        if let (Some(text), Some(source)) =
            (citation["text"].as_str(), citation["sources"][0]["document"]["text"].as_str())
        {
            self.add("citation".to_owned(), &json!(format!("{text} {source}")));
        }
    }

    fn converse(&mut self, prefix: &str, event: &Value) {
        let (at, delta) = (&event["contentBlockIndex"], &event["delta"]);
        self.add(format!("{prefix}{at}.text"), &delta["text"]);
        self.add(format!("{prefix}{at}.reasoning"), &delta["reasoningContent"]["text"]);
        self.add(format!("{prefix}{at}.signature"), &delta["reasoningContent"]["signature"]);
        self.add(format!("{prefix}{at}.input"), &delta["toolUse"]["input"]);
    }

    fn invoke(&mut self, name: &str, event: &Value) {
        if !name.is_empty() {
            return self.anthropic(event);
        }
        self.chat("chat ", event);
        self.converse("nova ", &event["contentBlockDelta"]);
        for name in ["generation", "outputText"] {
            self.add(name.to_owned(), &event[name]);
        }
        for (n, output) in event["outputs"].as_array().into_iter().flatten().enumerate() {
            self.add(format!("{n}.text"), &output["text"]);
        }
    }
}
