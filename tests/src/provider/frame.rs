//! How the events of a stream are written, one after the other: as server-sent events, as lines, as
//! elements of an array, or as frames of AWS's event stream.
//!
//! Frames after the "Amazon Event Stream Encoding" of Amazon Transcribe's and Smithy's references: total
//! length (4 bytes), length of the headers (4), CRC-32 of these eight, headers, payload, CRC-32 of all
//! before it; numbers in network order. A header is the length of its name (1 byte), the name, the type of
//! its value (7: a string), the length of the value (2), the value.

use serde_json::{Value, json};

use super::ask::base64;

/// An event of a stream.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name, where the format has names.
    pub name: String,
    /// What it says; `[DONE]` where it says nothing more.
    pub data: Option<Value>,
    /// Whether it is an error.
    pub error: bool,
}

impl Event {
    /// An event without a name.
    #[must_use]
    pub fn plain(data: Value) -> Self {
        Self::named("", data)
    }

    /// An event with a name.
    #[must_use]
    pub fn named(name: &str, data: Value) -> Self {
        Self { name: name.to_owned(), data: Some(data), error: false }
    }

    /// An event whose name is the `type` that it says.
    #[must_use]
    pub fn typed(data: Value) -> Self {
        let name = data["type"].as_str().unwrap_or_default().to_owned();
        Self { name, data: Some(data), error: false }
    }

    /// `[DONE]`.
    #[must_use]
    pub fn done() -> Self {
        Self { name: String::new(), data: None, error: false }
    }

    /// An error.
    #[must_use]
    pub fn error(name: &str, data: Value) -> Self {
        Self { error: true, ..Self::named(name, data) }
    }

    fn text(&self) -> String {
        self.data.as_ref().map_or_else(|| "[DONE]".to_owned(), Value::to_string)
    }
}

/// The events of an answer.
#[derive(Debug, Clone, Default)]
pub struct Events {
    /// Those that hold its text.
    pub body: Vec<Event>,
    /// Those that end it; an answer that breaks off lacks them.
    pub close: Vec<Event>,
}

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `data: …`, an empty line.
    Data,
    /// `event: …`, `data: …`, an empty line.
    Named,
    /// `data: …`, an empty line, with CR LF as Gemini writes them.
    DataCrLf,
    /// One JSON document a line.
    Lines,
    /// Elements of one JSON array, as Gemini writes them.
    Array,
    /// AWS frames named after their events.
    Frames,
    /// AWS frames named `chunk` that hold the events of another format in base64.
    Chunks,
}

impl Framing {
    /// The content type of a stream that is written so.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Data | Self::Named | Self::DataCrLf => "text/event-stream",
            Self::Lines => "application/x-ndjson",
            Self::Array => "application/json",
            Self::Frames | Self::Chunks => "application/vnd.amazon.eventstream",
        }
    }

    /// The stream, an event each; `closed` says whether it ends as it should.
    #[must_use]
    pub fn write(self, events: &Events, closed: bool) -> Vec<Vec<u8>> {
        let close = if closed { events.close.as_slice() } else { &[] };
        let all = events.body.iter().chain(close).enumerate();
        let mut frames: Vec<Vec<u8>> = all.map(|(i, event)| self.event(event, i == 0)).collect();
        if self == Self::Array && closed {
            frames.push(b"\n]".to_vec());
        }
        frames
    }

    fn event(self, event: &Event, first: bool) -> Vec<u8> {
        let text = event.text();
        match self {
            Self::Data => format!("data: {text}\n\n").into_bytes(),
            Self::Named if event.data.is_none() => format!("data: {text}\n\n").into_bytes(),
            Self::Named => format!("event: {}\ndata: {text}\n\n", event.name).into_bytes(),
            Self::DataCrLf => format!("data: {text}\r\n\r\n").into_bytes(),
            Self::Lines => format!("{text}\n").into_bytes(),
            Self::Array => {
                let data = event.data.as_ref();
                let pretty = data.map(serde_json::to_string_pretty).and_then(Result::ok).unwrap_or_default();
                format!("{}{pretty}", if first { "[" } else { "\n,\r\n" }).into_bytes()
            }
            Self::Frames | Self::Chunks if event.error => {
                frame("exception", ":exception-type", &event.name, &text)
            }
            Self::Frames => frame("event", ":event-type", &event.name, &text),
            Self::Chunks => {
                // Padding of random length hides the length of the text; here it only has to be there.
                let wrapped = json!({ "bytes": base64(text.as_bytes()), "p": "abcdefghij" });
                frame("event", ":event-type", "chunk", &wrapped.to_string())
            }
        }
    }
}

fn frame(message: &str, kind: &str, name: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (header, value) in [(kind, name), (":content-type", "application/json"), (":message-type", message)] {
        headers.push(u8::try_from(header.len()).unwrap_or(u8::MAX));
        headers.extend_from_slice(header.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let length = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    let mut frame = Vec::new();
    frame.extend_from_slice(&length(4 + 4 + 4 + headers.len() + payload.len() + 4));
    frame.extend_from_slice(&length(headers.len()));
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame.extend_from_slice(&headers);
    frame.extend_from_slice(payload.as_bytes());
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checksum that IEEE 802.3's polynomial gives for the check string of the CRC catalogues.
    #[test]
    fn the_checksum_is_the_one_that_the_encoding_names() {
        assert_eq!(crc32fast::hash(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_frame_says_its_own_length_and_both_checksums() {
        let frame = frame("event", ":event-type", "messageStop", "{}");
        let number = |at: usize| {
            let bytes = frame.get(at..at + 4).and_then(|b| b.try_into().ok()).unwrap_or_default();
            u32::from_be_bytes(bytes)
        };
        assert_eq!(number(0) as usize, frame.len());
        assert_eq!(number(8), crc32fast::hash(&frame[..8]));
        assert_eq!(number(frame.len() - 4), crc32fast::hash(&frame[..frame.len() - 4]));
        assert_eq!(number(4) as usize, frame.len() - 16 - 2);
    }

    #[test]
    fn an_array_is_json_as_a_whole_and_only_when_closed() {
        let event = |n: u32| Event::plain(json!({ "n": n }));
        let events = Events { body: vec![event(1), event(2)], close: vec![event(3)] };
        let parse = |closed| serde_json::from_slice::<Value>(&Framing::Array.write(&events, closed).concat());
        assert_eq!(parse(true).ok(), Some(json!([{ "n": 1 }, { "n": 2 }, { "n": 3 }])));
        assert!(parse(false).is_err());
    }
}
