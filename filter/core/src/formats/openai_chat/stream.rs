//! Streamed answers: server-sent events whose `delta` strings grow, per choice and per tool call.
//!
//! A slot closes with its choice's `finish_reason`, with `[DONE]`, or with the stream. What it holds back
//! by then is given out in the closing event's own delta, or in one more event before it.

use std::collections::BTreeMap;

use core::ops::Range;

use super::answer::{Usage, depth};
use super::shapes::ANSWER;
use crate::bytes::{cut, from};
use crate::json::{Place, Scalar, Sink, Slot, Tag, Types, walk};
use crate::refusal::{Code, Refusal};
use crate::rehydrate::{Depth, GrowingSlot, Restorer, Splice, apply};
use crate::sse::{EventBuffer, MAX_EVENT_BYTES, data_lines};
use crate::tokens::TokenMap;

/// Most growing slots of one answer; pieces of further ones are restored each by itself.
const MAX_SLOTS: usize = 1024;

/// Which string of an answer grows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct SlotId {
    choice: u64,
    kind: SlotKind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum SlotKind {
    /// `delta.{name}`; the name as the provider wrote it.
    Text(Vec<u8>),
    /// `delta.tool_calls[index].function.arguments`
    ToolArguments(u64),
    /// `delta.tool_calls[index].custom.input`
    ToolInput(u64),
    /// `delta.function_call.arguments`
    FunctionArguments,
}

impl SlotKind {
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
pub struct ChatStream {
    events: EventBuffer,
    slots: BTreeMap<SlotId, GrowingSlot>,
    envelope: Envelope,
    usage: Usage,
    restored: u32,
    /// The provider has said `[DONE]`.
    done: bool,
    /// An event grew beyond bounds: the stream has been ended with an error.
    broken: bool,
}

impl Default for ChatStream {
    fn default() -> Self {
        Self::new()
    }
}

impl ChatStream {
    /// A stream of which nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            events: EventBuffer::default(),
            slots: BTreeMap::new(),
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
        while let Some(event) = self.events.next_event() {
            // By the event's own length, so that it does not matter how it was cut.
            if event.len() > MAX_EVENT_BYTES {
                self.fail(&mut out);
                return Some(out);
            }
            let bytes = self.events.bytes(&event).to_vec();
            changed |= self.event(tokens, &bytes, &mut out);
        }
        let rest = self.events.rest().to_vec();
        if rest.len() > MAX_EVENT_BYTES {
            self.fail(&mut out);
            changed = true;
        } else if last {
            changed |= self.event(tokens, &rest, &mut out);
            changed |= self.close_all(tokens, !rest.is_empty(), &mut out);
        } else {
            changed |= !rest.is_empty();
        }
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
            [line] => cut(event, line.clone()).to_vec(),
            several => several.iter().map(|l| cut(event, l.clone())).collect::<Vec<_>>().join(&b'\n'),
        };
        if data == b"[DONE]" {
            self.done = true;
            let changed = self.close_all(tokens, false, out);
            out.extend_from_slice(event);
            return changed;
        }
        let mut chunk = Chunk::new(&data);
        if walk(&data, &ANSWER, Types::ANY, &mut chunk).is_err() {
            out.extend_from_slice(event);
            return false;
        }
        let before = out.len();
        let splices = self.grow(tokens, &data, chunk, out);
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
    fn grow(&mut self, tokens: &TokenMap, data: &[u8], chunk: Chunk<'_>, out: &mut Vec<u8>) -> Vec<Splice> {
        chunk.note_envelope(&mut self.envelope);
        chunk.usage.input.inspect(|n| self.usage.input = Some(*n));
        chunk.usage.output.inspect(|n| self.usage.output = Some(*n));
        if tokens.is_empty() {
            return Vec::new();
        }
        let finished: Vec<u64> = chunk.finished.iter().map(|c| chunk.choice_index(*c)).collect();
        let mut splices = Vec::new();
        for piece in &chunk.growing {
            let id = chunk.slot_id(piece);
            let last = finished.contains(&id.choice);
            let depth = id.kind.depth();
            if self.slots.len() >= MAX_SLOTS && !self.slots.contains_key(&id) {
                let mut alone = GrowingSlot::default();
                self.restored += alone.grow(tokens, data, piece.range.clone(), depth, true, &mut splices);
                continue;
            }
            let slot = self.slots.entry(id).or_default();
            self.restored += slot.grow(tokens, data, piece.range.clone(), depth, last, &mut splices);
        }
        let mut restorer = Restorer::default();
        for (range, depth) in chunk.whole {
            restorer.whole(tokens, data, range, depth, &mut splices);
        }
        self.restored += restorer.restored;
        self.close(tokens, |id| finished.contains(&id.choice), out);
        splices.sort_by_key(|s| s.range.start);
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
    fn close(&mut self, tokens: &TokenMap, closes: impl Fn(&SlotId) -> bool, out: &mut Vec<u8>) {
        for (id, slot) in self.slots.iter_mut().filter(|(id, _)| closes(id)) {
            let Some((text, restored)) = slot.close(tokens, id.kind.depth()) else { continue };
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
            out.extend_from_slice(format!("\"choices\":[{{\"index\":{},\"delta\":", id.choice).as_bytes());
            out.extend_from_slice(&id.kind.delta(&text));
            out.extend_from_slice(b",\"finish_reason\":null}]}\n\n");
        }
    }
}

/// A string of a chunk that continues one of earlier chunks.
struct Piece {
    choice_ordinal: u32,
    tool_ordinal: u32,
    tag: Tag,
    key: Range<usize>,
    range: Range<usize>,
}

/// What one chunk holds. A choice's `index` may stand behind its `delta`, so slots get their names only
/// when the whole chunk has been seen.
struct Chunk<'d> {
    data: &'d [u8],
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

impl<'d> Chunk<'d> {
    fn new(data: &'d [u8]) -> Self {
        Self {
            data,
            growing: Vec::new(),
            whole: Vec::new(),
            choices: Vec::new(),
            tools: Vec::new(),
            finished: Vec::new(),
            id: 0..0,
            created: 0..0,
            model: 0..0,
            usage: Usage::default(),
        }
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

    fn slot_id(&self, piece: &Piece) -> SlotId {
        let kind = match piece.tag {
            Tag::GrowingToolArguments => SlotKind::ToolArguments(self.tool_index(piece)),
            Tag::GrowingToolInput => SlotKind::ToolInput(self.tool_index(piece)),
            Tag::GrowingFunctionArguments => SlotKind::FunctionArguments,
            _ => SlotKind::Text(cut(self.data, piece.key.clone()).to_vec()),
        };
        SlotId { choice: self.choice_index(piece.choice_ordinal), kind }
    }

    /// Keeps the members that an event of our own needs, from the first chunk that has them.
    fn note_envelope(&self, envelope: &mut Envelope) {
        if envelope.id.is_empty() && !self.id.is_empty() {
            let quoted = |range: &Range<usize>| [b"\"", cut(self.data, range.clone()), b"\""].concat();
            envelope.id = quoted(&self.id);
            envelope.model = quoted(&self.model);
            envelope.created = cut(self.data, self.created.clone()).to_vec();
        }
    }
}

impl Sink for Chunk<'_> {
    fn scalar(&mut self, place: &Place, scalar: Scalar) {
        let [choice, tool, ..] = place.ordinals;
        match (scalar, place.tag) {
            (Scalar::String(range, _), Tag::Id) => self.id = range,
            (Scalar::String(range, _), Tag::Model) => self.model = range,
            (Scalar::Number(range), Tag::Created) => self.created = range,
            (Scalar::String(..), Tag::FinishReason) => self.finished.push(choice),
            (Scalar::Number(range), Tag::ChoiceIndex) => {
                self.choices.extend(number(self.data, range).map(|n| (choice, n)))
            }
            (Scalar::Number(range), Tag::ToolIndex) => {
                self.tools.extend(number(self.data, range).map(|n| ((choice, tool), n)));
            }
            (Scalar::Number(range), tag) => self.usage.note(tag, cut(self.data, range)),
            (Scalar::String(range, _), tag) if is_growing(tag) && !place.key.is_empty() => {
                let key = place.key.clone();
                self.growing.push(Piece { choice_ordinal: choice, tool_ordinal: tool, tag, key, range });
            }
            (Scalar::String(range, _) | Scalar::Key(range, _), _) if place.slot != Slot::Structure => {
                self.whole.push((range, depth(place.slot)));
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
