//! How a streamed answer is cut into frames, each of which carries one event.
//!
//! A [`FrameBuffer`] finds frames however the bytes are cut, and hands each out with all its bytes, so
//! that a frame in which nothing changes is passed on as it came. A [`Frame`] knows where its JSON lies
//! and how to be written with another; [`Framing::write_event`] writes an event of the gateway's own.
//!
//! Limit: a frame longer than [`MAX_FRAME_BYTES`] is never gathered.

pub mod aws_event_stream;
pub mod json_array;
pub mod ndjson;
pub mod sse;

mod crc32;

use alloc::borrow::Cow;
use core::fmt;
use core::ops::Range;

use crate::bytes::{cut, from};
use crate::formats::Format;

extern crate alloc;

/// Largest frame that is held while it is incomplete, in bytes. Events of text are far below; the largest
/// that providers send are images in base64, of one to three megabytes.
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// How a stream is cut into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `text/event-stream`
    ServerSentEvents,
    /// `application/x-ndjson`: a JSON text on each line.
    NdJson,
    /// `application/json`: one array that is sent item by item (Gemini without `alt=sse`).
    JsonArray,
    /// `application/vnd.amazon.eventstream`
    AwsEventStream,
}

impl Framing {
    /// The framing of an answer, by its content type; none where it is no stream. `asked` says whether
    /// the request asked for one: an array that is sent item by item has the type of any JSON.
    #[must_use]
    pub fn of(content_type: Option<&[u8]>, format: Format, asked: bool) -> Option<Self> {
        let media_type = content_type.unwrap_or_default().split(|b| *b == b';').next().unwrap_or_default();
        let media_type = media_type.trim_ascii();
        let is = |known: &[u8]| media_type.eq_ignore_ascii_case(known);
        if is(b"text/event-stream") {
            Some(Self::ServerSentEvents)
        } else if is(b"application/vnd.amazon.eventstream") {
            Some(Self::AwsEventStream)
        } else if [&b"application/x-ndjson"[..], b"application/ndjson", b"application/jsonl"]
            .iter()
            .any(|known| is(known))
        {
            Some(Self::NdJson)
        } else if asked && format == Format::Gemini && is(b"application/json") {
            Some(Self::JsonArray)
        } else {
            None
        }
    }

    /// Writes an event of the gateway's own: `name` is its type, where the framing tells types. In an
    /// array it stands before an item, or `behind` the last one.
    pub fn write_event(self, out: &mut Vec<u8>, name: &[u8], json: &[u8], behind: bool) {
        match self {
            Self::ServerSentEvents => sse::write_event(out, name, json),
            Self::NdJson => {
                out.extend_from_slice(json);
                out.push(b'\n');
            }
            Self::JsonArray if behind => {
                out.push(b',');
                out.extend_from_slice(json);
            }
            Self::JsonArray => {
                out.extend_from_slice(json);
                out.push(b',');
            }
            Self::AwsEventStream => aws_event_stream::write_event(out, name, json),
        }
    }
}

/// A frame with what it carries.
#[derive(Clone)]
pub struct Frame<'b> {
    framing: Framing,
    /// All of the frame.
    pub bytes: &'b [u8],
    /// Where in it events of the gateway's own may be put, so that they come before it.
    pub insert_at: usize,
    /// What it carries.
    pub payload: Payload<'b>,
    /// Where the payload lies, if it lies in one piece.
    range: Range<usize>,
    /// The event's type, where the framing itself tells it.
    pub name: &'b [u8],
    /// Whether the framing says that this is an error.
    pub fault: bool,
}

/// What a frame carries.
#[derive(Clone, PartialEq, Eq)]
pub enum Payload<'b> {
    /// Nothing: a comment, a blank line.
    Nothing,
    /// What should be JSON.
    Json(Cow<'b, [u8]>),
    /// The sign that nothing more comes.
    End,
    /// Bytes that contradict themselves.
    Damaged,
}

impl Frame<'_> {
    /// Writes the frame with another JSON text, from [`Self::insert_at`] on.
    pub fn write(&self, out: &mut Vec<u8>, json: &[u8]) {
        match self.framing {
            Framing::AwsEventStream => aws_event_stream::rewrite(out, self.bytes, json),
            Framing::ServerSentEvents if self.range.is_empty() => sse::rewrite(out, self.bytes, json),
            _ => {
                out.extend_from_slice(cut(self.bytes, self.insert_at..self.range.start));
                out.extend_from_slice(json);
                out.extend_from_slice(from(self.bytes, self.range.end));
            }
        }
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} bytes)", self.bytes.len())
    }
}

/// Why no further frame can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramingError {
    /// A frame is longer than [`MAX_FRAME_BYTES`].
    TooLarge,
    /// Where the frame ends cannot be told.
    Damaged,
}

/// Where a frame lies in its buffer; its payload relative to its own start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    range: Range<usize>,
    payload: Range<usize>,
}

#[derive(Debug)]
enum Scanner {
    Events(sse::Scanner),
    Lines(ndjson::Scanner),
    Items(json_array::Scanner),
    Messages,
}

/// Bytes of which no complete frame has been made yet.
pub struct FrameBuffer {
    framing: Framing,
    bytes: Vec<u8>,
    /// Where the current frame begins.
    start: usize,
    scanner: Scanner,
}

impl FrameBuffer {
    /// A buffer without bytes.
    #[must_use]
    pub fn new(framing: Framing) -> Self {
        let scanner = match framing {
            Framing::ServerSentEvents => Scanner::Events(sse::Scanner::default()),
            Framing::NdJson => Scanner::Lines(ndjson::Scanner::default()),
            Framing::JsonArray => Scanner::Items(json_array::Scanner::default()),
            Framing::AwsEventStream => Scanner::Messages,
        };
        Self { framing, bytes: Vec::new(), start: 0, scanner }
    }

    /// Adds a chunk, and forgets the frames that were taken.
    pub fn push(&mut self, chunk: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(chunk);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.bytes = Vec::new();
        self.start = 0;
    }

    /// Where the next complete frame lies, valid until the next [`Self::push`]; none while it is not
    /// complete.
    ///
    /// # Errors
    /// Where no frame can be found any more.
    pub fn next_frame(&mut self) -> Result<Option<Found>, FramingError> {
        let rest = from(&self.bytes, self.start);
        let found = match &mut self.scanner {
            Scanner::Events(events) => events.next_frame(rest).map(|len| (len, 0..0)),
            Scanner::Lines(lines) => lines.next_frame(rest),
            Scanner::Items(items) => items.next_frame(rest),
            Scanner::Messages => aws_event_stream::next_frame(rest)?.map(|len| (len, 0..0)),
        };
        let len = found.as_ref().map_or(rest.len(), |(len, _)| *len);
        // By the frame's own length, so that it does not matter how it was cut.
        if len > MAX_FRAME_BYTES {
            return Err(FramingError::TooLarge);
        }
        Ok(found.map(|(len, payload)| {
            let range = self.start..self.start + len;
            self.start = range.end;
            Found { range, payload }
        }))
    }

    /// The frame that was found.
    #[must_use]
    pub fn frame(&self, found: &Found) -> Frame<'_> {
        self.open(cut(&self.bytes, found.range.clone()), found.payload.clone())
    }

    /// What is left when the stream ends, taken as a frame: an event without its blank line, a line
    /// without its end, a part of an item or message.
    #[must_use]
    pub fn last_frame(&self) -> Frame<'_> {
        let rest = self.rest();
        let payload = match &self.scanner {
            Scanner::Lines(_) => ndjson::payload(rest),
            Scanner::Items(items) => items.payload_so_far(rest),
            Scanner::Events(_) | Scanner::Messages => 0..0,
        };
        self.open(rest, payload)
    }

    fn open<'b>(&self, bytes: &'b [u8], range: Range<usize>) -> Frame<'b> {
        let plain = |range: Range<usize>, insert_at| Frame {
            framing: self.framing,
            bytes,
            insert_at,
            payload: if range.is_empty() {
                Payload::Nothing
            } else {
                Payload::Json(Cow::Borrowed(cut(bytes, range.clone())))
            },
            range,
            name: b"",
            fault: false,
        };
        match self.framing {
            Framing::ServerSentEvents => {
                let (payload, range) = sse::payload(bytes);
                Frame { payload, ..plain(range, 0) }
            }
            Framing::NdJson => plain(range, 0),
            // What closes the array stands where nothing else does.
            Framing::JsonArray if range.is_empty() && bytes.ends_with(b"]") => {
                Frame { payload: Payload::End, ..plain(0..0, 0) }
            }
            Framing::JsonArray => plain(range.clone(), if range.is_empty() { 0 } else { range.start }),
            Framing::AwsEventStream => match aws_event_stream::open(bytes) {
                Some(message) => {
                    let frame = plain(message.payload, 0);
                    Frame { name: message.event_type, fault: message.is_error, ..frame }
                }
                None => Frame { payload: Payload::Damaged, ..plain(0..0, 0) },
            },
        }
    }

    /// The bytes behind the last complete frame.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        from(&self.bytes, self.start)
    }

    /// The framing.
    #[must_use]
    pub fn framing(&self) -> Framing {
        self.framing
    }
}

impl fmt::Debug for FrameBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FrameBuffer({} bytes)", self.rest().len())
    }
}
