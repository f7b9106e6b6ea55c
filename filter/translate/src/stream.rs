//! A provider's stream on its way to the client: frames → events → the client's frames.
//!
//! However the bytes are cut, the client gets the same; and every stream ends as its format does, with an error where
//! the provider's breaks off or cannot be understood.

use privet_core::formats::Format;
use privet_core::framing::{Frame, FrameBuffer, Framing, Payload};

use crate::conversation::{Block, Event, Failure, Usage};
use crate::{Asking, Incoming, StreamReader, StreamWriter, codec, foreign, json, turns};

/// Most bytes of text and arguments of one answer: some clients are given them again, whole, in the end.
const MAX_TEXT_BYTES: usize = 16 << 20;

/// How far a stream has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing of the answer itself has been seen. What was written so far may be thrown away, and another provider be
    /// asked.
    Waiting,
    /// It has.
    Content,
    /// It is complete.
    Ended,
    /// It failed: [`Stream::failure`].
    Failed,
}

/// Turns the bytes of a provider's stream into those of a client's.
pub struct Stream {
    provider: Format,
    frames: FrameBuffer,
    reader: Box<dyn StreamReader>,
    writer: Box<dyn StreamWriter>,
    events: Vec<Event>,
    model: String,
    id: String,
    started: bool,
    content: bool,
    /// Bytes of text and arguments so far.
    grown: usize,
    /// Open calls without arguments so far.
    bare_calls: Vec<u32>,
    /// Whether the client sends thoughts back as they came.
    returns_thoughts: bool,
    /// Open thoughts without a seal so far.
    unsealed: Vec<u32>,
    stage: Stage,
    failure: Option<Failure>,
    usage: Usage,
}

impl core::fmt::Debug for Stream {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Stream({:?}, {:?})", self.provider, self.stage)
    }
}

impl Stream {
    /// A stream of `provider`'s format in its `framing` (by its content type) for a client's; none where one of the
    /// formats cannot be translated.
    #[must_use]
    pub fn new(provider: Format, framing: Framing, client: Format, asking: &Asking) -> Option<Self> {
        Some(Self {
            provider,
            frames: FrameBuffer::new(framing),
            reader: codec(provider)?.stream_reader(),
            writer: codec(client)?.stream_writer(asking),
            events: Vec::new(),
            model: asking.model.clone(),
            id: asking.id.clone(),
            started: false,
            content: false,
            grown: 0,
            bare_calls: Vec::new(),
            returns_thoughts: foreign::returns_thoughts(client),
            unsealed: Vec::new(),
            stage: Stage::Waiting,
            failure: None,
            usage: Usage::default(),
        })
    }

    /// `content-type` for the client.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        self.writer.content_type()
    }

    /// How far it has come.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether anything of the answer itself has been seen: after that a failure can only be passed on.
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.content
    }

    /// What went wrong.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Tokens as counted so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Takes the provider's next bytes, `last` with the end of its stream; adds the client's to `out`.
    pub fn push(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        if self.is_over() {
            return;
        }
        self.frames.push(bytes);
        loop {
            match self.frames.next_frame() {
                Ok(Some(found)) => {
                    let understood = read(self.reader.as_mut(), &self.frames.frame(&found), &mut self.events);
                    self.pass_on(understood, out);
                }
                Ok(None) => break,
                Err(_) => self.pass_on(false, out),
            }
            if self.is_over() {
                return;
            }
        }
        if last {
            // An event without its blank line, where it is whole.
            let frame = self.frames.last_frame();
            let whole = matches!(&frame.payload, Payload::Json(json) if json::parse(json).is_ok());
            let understood = !whole || read(self.reader.as_mut(), &frame, &mut self.events);
            self.pass_on(understood, out);
            self.reader.finish(&mut self.events);
            self.pass_on(true, out);
            if !self.is_over() {
                self.fail("the provider's stream broke off", out);
            }
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended | Stage::Failed)
    }

    fn fail(&mut self, words: &str, out: &mut Vec<u8>) {
        self.pass(Event::Failed(Failure { status: 502, message: words.to_owned(), code: None }), out);
    }

    /// Writes the events that were read.
    fn pass_on(&mut self, understood: bool, out: &mut Vec<u8>) {
        let mut events = core::mem::take(&mut self.events);
        for event in events.drain(..) {
            self.pass(event, out);
        }
        self.events = events;
        if !understood {
            self.fail("the provider's stream was not understood", out);
        }
    }

    fn pass(&mut self, mut event: Event, out: &mut Vec<u8>) {
        if self.is_over() {
            return;
        }
        match &mut event {
            Event::Start { id, model } => {
                if core::mem::replace(&mut self.started, true) {
                    return;
                }
                if id.is_empty() {
                    id.clone_from(&self.id);
                }
                if model.is_empty() {
                    model.clone_from(&self.model);
                }
            }
            Event::Failed(failure) => {
                self.stage = Stage::Failed;
                self.failure = Some(failure.clone());
            }
            _ if !self.started => self.pass(Event::Start { id: String::new(), model: String::new() }, out),
            _ => {}
        }
        self.mark_unsealed(&event, out);
        match &mut event {
            Event::BlockStart { block, kind: Block::Reasoning } if self.returns_thoughts => {
                self.unsealed.push(*block);
            }
            Event::BlockStart { block, kind: Block::ToolCall { signature, .. } } => {
                self.bare_calls.push(*block);
                if let Some(seal) = signature {
                    *seal = turns::sealed(self.provider, seal);
                }
                self.content = true;
            }
            // Clients read arguments as JSON, and nothing is none.
            Event::BlockEnd { block } if self.bare_calls.contains(block) => {
                self.pass(Event::Delta { block: *block, text: "{}".to_owned() }, out);
            }
            Event::Delta { block, text } if !text.is_empty() => {
                self.bare_calls.retain(|bare| bare != block);
                self.content = true;
                self.grown += text.len();
                if self.grown > MAX_TEXT_BYTES {
                    return self.fail("the provider's answer is too long", out);
                }
            }
            Event::Signature { block, signature } => {
                self.unsealed.retain(|unsealed| unsealed != block);
                *signature = turns::sealed(self.provider, signature);
            }
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => self.stage = Stage::Ended,
            _ => {}
        }
        if self.content && self.stage == Stage::Waiting {
            self.stage = Stage::Content;
        }
        self.writer.write(&event, out);
    }
}

impl Stream {
    /// Marks the thoughts that end with `event` and have no seal.
    fn mark_unsealed(&mut self, event: &Event, out: &mut Vec<u8>) {
        let ends = |block: &u32| match event {
            Event::BlockEnd { block: ended } => block == ended,
            Event::Finish(_) | Event::End => true,
            _ => false,
        };
        let ended: Vec<u32> = self.unsealed.extract_if(.., |block| ends(block)).collect();
        for block in ended {
            let signature = turns::UNSEALED.to_owned();
            self.writer.write(&Event::Signature { block, signature }, out);
        }
    }
}

/// Reads a frame; whether it was understood.
fn read(reader: &mut dyn StreamReader, frame: &Frame<'_>, events: &mut Vec<Event>) -> bool {
    match &frame.payload {
        Payload::Nothing => true,
        Payload::Damaged => false,
        Payload::End => {
            reader.finish(events);
            true
        }
        Payload::Json(text) => match json::parse(text) {
            Ok(json) => reader.read(&Incoming { name: frame.name, json, fault: frame.fault }, events).is_ok(),
            Err(_) => false,
        },
    }
}
