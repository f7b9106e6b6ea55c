//! Streamed answers: server-sent events whose `delta` strings grow, per choice and per tool call.
//!
//! A slot closes with its choice's `finish_reason`, with `[DONE]`, or with the stream. What it holds back
//! by then is given out in the closing event's own delta, or in one more event before it.

use alloc::borrow::Cow;
use core::ops::Range;

use super::Format;
use super::answer::{Usage, depth};
use crate::bytes::{cut, from};
use crate::json::{self, Place, Scalar, Sink, Tag, walk_answer};
use crate::refusal::{Code, Refusal};
use crate::rehydrate::{Depth, GrowingSlot, Restorer, Splice, apply};
use crate::sse::{EventBuffer, MAX_EVENT_BYTES, data_lines};
use crate::tokens::TokenMap;

extern crate alloc;

/// Most growing slots of one answer; pieces of further ones are restored each by itself.
const MAX_SLOTS: usize = 1024;

/// A string of an answer that grows.
#[derive(Debug)]
struct Slot {
    choice: u64,
    kind: SlotKind<'static>,
    growing: GrowingSlot,
}

/// Which string of a choice grows.
#[derive(Debug)]
enum SlotKind<'d> {
    /// `delta.{name}`; the name as the provider wrote it.
    Text(Cow<'d, [u8]>),
    /// `delta.tool_calls[index].function.arguments`
    ToolArguments(u64),
    /// `delta.tool_calls[index].custom.input`
    ToolInput(u64),
    /// `delta.function_call.arguments`
    FunctionArguments,
}

impl SlotKind<'_> {
    /// Whether both name the same string.
    fn names(&self, other: &SlotKind<'_>) -> bool {
        match (self, other) {
            (SlotKind::Text(a), SlotKind::Text(b)) => a == b,
            (SlotKind::ToolArguments(a), SlotKind::ToolArguments(b))
            | (SlotKind::ToolInput(a), SlotKind::ToolInput(b)) => a == b,
            (SlotKind::FunctionArguments, SlotKind::FunctionArguments) => true,
            _ => false,
        }
    }

    fn into_owned(self) -> SlotKind<'static> {
        match self {
            SlotKind::Text(name) => SlotKind::Text(Cow::Owned(name.into_owned())),
            SlotKind::ToolArguments(index) => SlotKind::ToolArguments(index),
            SlotKind::ToolInput(index) => SlotKind::ToolInput(index),
            SlotKind::FunctionArguments => SlotKind::FunctionArguments,
        }
    }

    fn depth(&self) -> Depth {
        if matches!(self, Self::Text(_) | Self::ToolInput(_)) { 1 } else { 2 }
    }

    /// The `delta` that gives `text` (escaped) out in this slot.
    fn delta(&self, text: &[u8]) -> Vec<u8> {
        let (before, after): (Vec<u8>, &[u8]) = match self {
            Self::Text(name) => ([b"{\"", &**name, b"\":\""].concat(), b"\"}"),
            Self::ToolArguments(index) => {
                let open = format!("{{\"tool_calls\":[{{\"index\":{index},\"function\":{{\"arguments\":\"");
                (open.into_bytes(), b"\"}}]}")
            }
            Self::ToolInput(index) => {
                let open = format!("{{\"tool_calls\":[{{\"index\":{index},\"custom\":{{\"input\":\"");
                (open.into_bytes(), b"\"}}]}")
            }
            Self::FunctionArguments => (b"{\"function_call\":{\"arguments\":\"".to_vec(), b"\"}}"),
        };
        [&*before, text, after].concat()
    }
}

/// The members that every chunk of an answer repeats, as the provider wrote them.
#[derive(Debug, Default)]
struct Envelope {
    id: Vec<u8>,
    created: Vec<u8>,
    model: Vec<u8>,
}

/// A streamed answer on its way to the client.
#[derive(Debug)]
pub struct AnswerStream {
    format: Format,
    events: EventBuffer,
    slots: Vec<Slot>,
    chunk: Chunk,
    envelope: Envelope,
    usage: Usage,
    restored: u32,
    /// The provider has said `[DONE]`.
    done: bool,
    /// An event grew beyond bounds: the stream has been ended with an error.
    broken: bool,
}

impl AnswerStream {
    /// A stream of which nothing has come yet.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            events: EventBuffer::default(),
            slots: Vec::new(),
            chunk: Chunk::default(),
            envelope: Envelope::default(),
            usage: Usage::default(),
            restored: 0,
            done: false,
            broken: false,
        }
    }

    /// Tokens as the provider counted them, so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// How many values were put back, so far.
    #[must_use]
    pub fn restored(&self) -> u32 {
        self.restored
    }

    /// Whether the stream came to its own end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.done && !self.broken
    }

    /// Takes the next bytes from the provider, `last` with the end of the stream; returns the bytes for
    /// the client, or none where they are the same.
    pub fn push(&mut self, tokens: &TokenMap, chunk: &[u8], last: bool) -> Option<Vec<u8>> {
        if self.broken {
            return Some(Vec::new());
        }
        let fresh = self.events.rest().is_empty();
        self.events.push(chunk);
        let mut out = Vec::with_capacity(chunk.len() + 64);
        let mut changed = !fresh;
        // Taken out for the while, so that an event is read where it lies.
        let mut events = core::mem::take(&mut self.events);
        while let Some(event) = events.next_event() {
            // By the event's own length, so that it does not matter how it was cut.
            if event.len() > MAX_EVENT_BYTES {
                self.fail(&mut out);
                return Some(out);
            }
            changed |= self.event(tokens, events.bytes(&event), &mut out);
        }
        let rest = events.rest();
        if rest.len() > MAX_EVENT_BYTES {
            self.fail(&mut out);
            changed = true;
        } else if last {
            changed |= self.event(tokens, rest, &mut out);
            changed |= self.close_all(tokens, !rest.is_empty(), &mut out);
        } else {
            changed |= !rest.is_empty();
        }
        self.events = events;
        changed.then_some(out)
    }

    /// Ends the stream for the client with the format's error event.
    fn fail(&mut self, out: &mut Vec<u8>) {
        self.broken = true;
        let refusal = Refusal::new(Code::ProviderError, "an event of the provider's answer is too large");
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(&refusal.openai_body());
        out.extend_from_slice(b"\n\n");
    }

    /// Passes one event on; returns whether anything changed.
    fn event(&mut self, tokens: &TokenMap, event: &[u8], out: &mut Vec<u8>) -> bool {
        let lines = data_lines(event);
        let data = match lines.as_slice() {
            [] => {
                out.extend_from_slice(event);
                return false;
            }
            [line] => Cow::Borrowed(cut(event, line.clone())),
            several => {
                Cow::Owned(several.iter().map(|l| cut(event, l.clone())).collect::<Vec<_>>().join(&b'\n'))
            }
        };
        if *data == *b"[DONE]" {
            self.done = true;
            let changed = self.close_all(tokens, false, out);
            out.extend_from_slice(event);
            return changed;
        }
        let mut chunk = core::mem::take(&mut self.chunk);
        chunk.clear();
        if walk_answer(&data, self.format.answer(), &mut Reader { data: &data, chunk: &mut chunk }).is_err() {
            self.chunk = chunk;
            out.extend_from_slice(event);
            return false;
        }
        let before = out.len();
        let splices = self.grow(tokens, &data, &chunk, out);
        self.chunk = chunk;
        let inserted = out.len() > before;
        if splices.is_empty() {
            out.extend_from_slice(event);
            return inserted;
        }
        let restored = apply(&data, &splices);
        if let [line] = lines.as_slice() {
            out.extend_from_slice(cut(event, 0..line.start));
            out.extend_from_slice(&restored);
            out.extend_from_slice(from(event, line.end));
        } else {
            for line in restored.split(|b| *b == b'\n') {
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            out.push(b'\n');
        }
        true
    }

    /// Takes what one chunk brings; returns what to replace in it. Slots that close with it and are not
    /// in it are given out in events of their own before it.
    fn grow(&mut self, tokens: &TokenMap, data: &[u8], chunk: &Chunk, out: &mut Vec<u8>) -> Vec<Splice> {
        chunk.note_envelope(data, &mut self.envelope);
        chunk.usage.input.inspect(|n| self.usage.input = Some(*n));
        chunk.usage.output.inspect(|n| self.usage.output = Some(*n));
        if tokens.is_empty() {
            return Vec::new();
        }
        let finished: Vec<u64> = chunk.finished.iter().map(|c| chunk.choice_index(*c)).collect();
        let mut splices = Vec::new();
        for piece in &chunk.growing {
            let choice = chunk.choice_index(piece.choice_ordinal);
            let kind = chunk.slot_kind(data, piece);
            let last = finished.contains(&choice);
            let depth = kind.depth();
            let range = piece.range.clone();
            let known = self.slots.iter().position(|s| s.choice == choice && s.kind.names(&kind));
            let number = match known {
                Some(number) => number,
                None if self.slots.len() < MAX_SLOTS => {
                    self.slots.push(Slot {
                        choice,
                        kind: kind.into_owned(),
                        growing: GrowingSlot::default(),
                    });
                    self.slots.len() - 1
                }
                None => {
                    let mut alone = GrowingSlot::default();
                    self.restored += alone.grow(tokens, data, range, depth, true, &mut splices);
                    continue;
                }
            };
            if let Some(slot) = self.slots.get_mut(number) {
                self.restored += slot.growing.grow(tokens, data, range, depth, last, &mut splices);
            }
        }
        let mut restorer = Restorer::default();
        for (range, depth) in &chunk.whole {
            restorer.whole(tokens, data, range.clone(), *depth, &mut splices);
        }
        self.restored += restorer.restored;
        self.close(tokens, |slot| finished.contains(&slot.choice), out);
        splices.sort_unstable_by_key(|s| s.range.start);
        splices
    }

    /// Closes all slots; returns whether any held something back. `inside` an event without its blank
    /// line, that line comes first.
    fn close_all(&mut self, tokens: &TokenMap, inside: bool, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        if inside {
            out.extend_from_slice(b"\n\n");
        }
        let with_blank_line = out.len();
        self.close(tokens, |_| true, out);
        if out.len() == with_blank_line {
            out.truncate(before);
        }
        out.len() > before
    }

    /// Closes the slots that `closes` names: what they hold back goes out in an event each.
    fn close(&mut self, tokens: &TokenMap, closes: impl Fn(&Slot) -> bool, out: &mut Vec<u8>) {
        for slot in self.slots.iter_mut().filter(|slot| closes(slot)) {
            let Some((text, restored)) = slot.growing.close(tokens, slot.kind.depth()) else { continue };
            self.restored += restored;
            out.extend_from_slice(b"data: {");
            for (name, value) in [
                (&b"id"[..], &*self.envelope.id),
                (b"object", b"\"chat.completion.chunk\""),
                (b"created", &self.envelope.created),
                (b"model", &self.envelope.model),
            ] {
                if !value.is_empty() {
                    out.extend_from_slice(&[b"\"", name, b"\":", value, b","].concat());
                }
            }
            out.extend_from_slice(format!("\"choices\":[{{\"index\":{},\"delta\":", slot.choice).as_bytes());
            out.extend_from_slice(&slot.kind.delta(&text));
            out.extend_from_slice(b",\"finish_reason\":null}]}\n\n");
        }
    }
}

/// A string of a chunk that continues one of earlier chunks.
#[derive(Debug)]
struct Piece {
    choice_ordinal: u32,
    tool_ordinal: u32,
    tag: Tag,
    key: Range<usize>,
    range: Range<usize>,
}

/// What one chunk holds, as ranges of its bytes; reused from chunk to chunk. A choice's `index` may stand
/// behind its `delta`, so slots get their names only when the whole chunk has been seen.
#[derive(Debug, Default)]
struct Chunk {
    growing: Vec<Piece>,
    whole: Vec<(Range<usize>, Depth)>,
    choices: Vec<(u32, u64)>,
    tools: Vec<((u32, u32), u64)>,
    /// Ordinals of the choices that end here.
    finished: Vec<u32>,
    id: Range<usize>,
    created: Range<usize>,
    model: Range<usize>,
    usage: Usage,
}

impl Chunk {
    fn clear(&mut self) {
        self.growing.clear();
        self.whole.clear();
        self.choices.clear();
        self.tools.clear();
        self.finished.clear();
        (self.id, self.created, self.model, self.usage) = (0..0, 0..0, 0..0, Usage::default());
    }

    fn choice_index(&self, ordinal: u32) -> u64 {
        let named = self.choices.iter().find(|(o, _)| *o == ordinal);
        named.map_or(u64::from(ordinal), |(_, index)| *index)
    }

    fn tool_index(&self, piece: &Piece) -> u64 {
        let at = (piece.choice_ordinal, piece.tool_ordinal);
        let named = self.tools.iter().find(|(o, _)| *o == at);
        named.map_or(u64::from(piece.tool_ordinal), |(_, index)| *index)
    }

    fn slot_kind<'d>(&self, data: &'d [u8], piece: &Piece) -> SlotKind<'d> {
        match piece.tag {
            Tag::GrowingToolArguments => SlotKind::ToolArguments(self.tool_index(piece)),
            Tag::GrowingToolInput => SlotKind::ToolInput(self.tool_index(piece)),
            Tag::GrowingFunctionArguments => SlotKind::FunctionArguments,
            _ => SlotKind::Text(Cow::Borrowed(cut(data, piece.key.clone()))),
        }
    }

    /// Keeps the members that an event of our own needs, from the first chunk that has them.
    fn note_envelope(&self, data: &[u8], envelope: &mut Envelope) {
        if envelope.id.is_empty() && !self.id.is_empty() {
            let quoted = |range: &Range<usize>| [b"\"", cut(data, range.clone()), b"\""].concat();
            envelope.id = quoted(&self.id);
            envelope.model = quoted(&self.model);
            envelope.created = cut(data, self.created.clone()).to_vec();
        }
    }
}

/// Notes down what a chunk holds while it is walked over.
struct Reader<'a> {
    data: &'a [u8],
    chunk: &'a mut Chunk,
}

impl Sink for Reader<'_> {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        let [choice, tool, ..] = place.ordinals;
        let chunk = &mut *self.chunk;
        match (scalar, place.tag) {
            (Scalar::String(range, _), Tag::Id) => chunk.id = range,
            (Scalar::String(range, _), Tag::Model) => chunk.model = range,
            (Scalar::Number(range), Tag::Created) => chunk.created = range,
            (Scalar::String(..), Tag::FinishReason) => chunk.finished.push(choice),
            (Scalar::Number(range), Tag::ChoiceIndex) => {
                chunk.choices.extend(number(self.data, range).map(|n| (choice, n)));
            }
            (Scalar::Number(range), Tag::ToolIndex) => {
                chunk.tools.extend(number(self.data, range).map(|n| ((choice, tool), n)));
            }
            (Scalar::Number(range), tag) => chunk.usage.note(tag, cut(self.data, range)),
            (Scalar::String(range, _), tag) if is_growing(tag) && !place.key.is_empty() => {
                let key = place.key.clone();
                chunk.growing.push(Piece { choice_ordinal: choice, tool_ordinal: tool, tag, key, range });
            }
            (Scalar::String(range, _) | Scalar::Key(range, _), _) if place.slot != json::Slot::Structure => {
                chunk.whole.push((range, depth(place.slot)));
            }
            _ => {}
        }
    }
}

fn is_growing(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::GrowingText | Tag::GrowingToolArguments | Tag::GrowingToolInput | Tag::GrowingFunctionArguments
    )
}

fn number(data: &[u8], range: Range<usize>) -> Option<u64> {
    core::str::from_utf8(cut(data, range)).ok()?.parse().ok()
}
