//! Chunks. Of several choices only the first is read, as no request asks for more.

use super::{finish_word, read_finish, read_usage, write_usage};
use crate::conversation::{Block, Event, Failure, Finish, Usage};
use crate::functions::call_members;
use crate::json::{Kind, Value, Writer};
use crate::terms::{begin, grow};
use crate::{Asking, Incoming, NotUnderstood, StreamReader, StreamWriter, openai, turns};

/// Most calls of one answer.
const MAX_CALLS: usize = 128;

#[derive(Default)]
pub(super) struct Reader {
    started: bool,
    next: u32,
    /// The block of text, thoughts or a refusal that grows.
    open: Option<(u32, Block)>,
    calls: Vec<Call>,
    refused: bool,
    finished: bool,
}

struct Call {
    index: u64,
    id: String,
    block: u32,
    growing: turns::Growing,
    open: bool,
}

impl StreamReader for Reader {
    fn read(&mut self, incoming: &Incoming<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let chunk = &incoming.json;
        if chunk.get("error").is_some() {
            let mut failure = openai::read_failure(500, chunk);
            failure.status = openai::status_of(failure.code.as_deref());
            events.push(Event::Failed(failure));
            return Ok(());
        }
        if !core::mem::replace(&mut self.started, true) {
            begin(events, chunk.text("id"), chunk.text("model"));
        }
        if let Some(choice) = chunk.items("choices").iter().find(|c| c.count("index").unwrap_or(0) == 0) {
            if let Some(delta) = choice.get("delta") {
                self.delta(delta, events)?;
            }
            let reason = choice.text("finish_reason");
            if !reason.is_empty() && !core::mem::replace(&mut self.finished, true) {
                self.close_text(events);
                self.close_calls(false, events);
                events.push(Event::Finish(match read_finish(reason) {
                    Finish::Stop if !self.calls.is_empty() => Finish::ToolCalls,
                    Finish::Stop if self.refused => Finish::Refusal,
                    finish => finish,
                }));
            }
        }
        if let Some(usage) = chunk.get("usage") {
            events.push(Event::Usage(read_usage(usage)));
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<Event>) {
        if self.finished {
            events.push(Event::End);
        }
    }
}

impl Reader {
    fn delta(&mut self, delta: &Value<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        for name in ["reasoning_content", "reasoning"] {
            self.grow(Block::Reasoning, delta.text(name), events);
        }
        match delta.get("content").map(|content| &content.kind) {
            Some(Kind::String(text)) => self.grow(Block::Text, text, events),
            // Mistral's parts.
            Some(Kind::Array(parts)) => {
                for part in parts {
                    for thought in part.items("thinking") {
                        self.grow(Block::Reasoning, thought.text("text"), events);
                    }
                    self.grow(Block::Text, part.text("text"), events);
                }
            }
            _ => {}
        }
        self.refused |= !delta.text("refusal").is_empty();
        self.grow(Block::Refusal, delta.text("refusal"), events);
        for (n, call) in delta.items("tool_calls").iter().enumerate() {
            self.call(call, n as u64, events)?;
        }
        Ok(())
    }

    fn begin(&mut self) -> u32 {
        let block = self.next;
        self.next = self.next.saturating_add(1);
        block
    }

    fn close_text(&mut self, events: &mut Vec<Event>) {
        if let Some((block, _)) = self.open.take() {
            events.push(Event::BlockEnd { block });
        }
    }

    /// Closes the calls, or only those whose arguments are whole.
    fn close_calls(&mut self, whole: bool, events: &mut Vec<Event>) {
        for call in self.calls.iter_mut().filter(|c| c.open && (!whole || c.growing.is_whole())) {
            call.open = false;
            events.push(Event::BlockEnd { block: call.block });
        }
    }

    fn grow(&mut self, kind: Block, text: &str, events: &mut Vec<Event>) {
        if text.is_empty() || self.finished {
            return;
        }
        let block = match &self.open {
            Some((block, open)) if *open == kind => *block,
            _ => {
                self.close_text(events);
                self.close_calls(true, events);
                let block = self.begin();
                events.push(Event::BlockStart { block, kind: kind.clone() });
                self.open = Some((block, kind));
                block
            }
        };
        grow(events, block, text);
    }

    fn call(
        &mut self,
        call: &Value<'_>,
        position: u64,
        events: &mut Vec<Event>,
    ) -> Result<(), NotUnderstood> {
        let index = call.count("index").unwrap_or(position);
        let id = call.text("id");
        let function = call.get("function");
        // Some give each call the same index, and another id.
        let known = self.calls.iter().rposition(|c| c.index == index && (id.is_empty() || c.id == id));
        let slot = match known {
            Some(slot) => slot,
            None => {
                if self.calls.len() == MAX_CALLS {
                    return Err(NotUnderstood);
                }
                self.close_text(events);
                self.close_calls(true, events);
                let block = self.begin();
                let id = if id.is_empty() { format!("call_{block}") } else { id.to_owned() };
                let name = function.map(|f| f.text("name")).unwrap_or_default().to_owned();
                let kind = Block::ToolCall { id: id.clone(), name, signature: None };
                events.push(Event::BlockStart { block, kind });
                self.calls.push(Call { index, id, block, growing: turns::Growing::default(), open: true });
                self.calls.len() - 1
            }
        };
        let arguments = function.and_then(|f| f.get("arguments"));
        let piece = arguments.map(|a| a.as_str().unwrap_or(a.raw)).unwrap_or_default();
        if let Some(call) = self.calls.get_mut(slot)
            && call.open
            && !piece.is_empty()
        {
            call.growing.push(piece);
            grow(events, call.block, piece);
        }
        Ok(())
    }
}

pub(super) struct Writing {
    include_usage: bool,
    now: u64,
    id: String,
    model: String,
    /// The open blocks: number, kind, and the number among the calls.
    blocks: Vec<(u32, Block, u64)>,
    calls: u64,
    refused: bool,
    usage: Usage,
}

impl Writing {
    pub(super) fn new(asking: &Asking) -> Self {
        let Asking { include_usage, now, .. } = *asking;
        let (id, model) = (String::new(), String::new());
        let (blocks, usage) = (Vec::new(), Usage::default());
        Self { include_usage, now, id, model, blocks, calls: 0, refused: false, usage }
    }

    /// A chunk that says so much already.
    fn envelope(&self) -> Writer {
        let mut w = Writer::object(256);
        w.string_at("id", &self.id);
        w.string_at("object", "chat.completion.chunk");
        w.count_at("created", self.now);
        w.string_at("model", &self.model);
        w
    }

    /// A chunk of the one choice.
    fn chunk(&self, out: &mut Vec<u8>, finish: Option<Finish>, delta: &dyn Fn(&mut Writer)) {
        let mut w = self.envelope();
        w.open_at("choices", b'[');
        w.open(b'{');
        w.raw_at("index", "0");
        w.open_at("delta", b'{');
        delta(&mut w);
        w.close(b'}');
        w.raw_at("logprobs", "null");
        match finish {
            Some(_) => w.string_at("finish_reason", finish_word(finish, self.refused)),
            None => w.raw_at("finish_reason", "null"),
        }
        w.close(b'}');
        w.close(b']');
        if self.include_usage {
            w.raw_at("usage", "null");
        }
        turns::write_event(out, "", w.done());
    }

    fn block_start(&mut self, block: u32, kind: &Block, out: &mut Vec<u8>) {
        self.blocks.push((block, kind.clone(), self.calls));
        self.refused |= *kind == Block::Refusal;
        if let Block::ToolCall { id, name, signature } = kind {
            let index = self.calls;
            self.calls += 1;
            self.chunk(out, None, &|w| {
                w.open_at("tool_calls", b'[');
                w.open(b'{');
                w.count_at("index", index);
                call_members(w, id, name, "");
                super::answer::extra_content(w, signature.as_deref());
                w.close(b'}');
                w.close(b']');
            });
        }
    }

    fn delta(&self, block: u32, text: &str, out: &mut Vec<u8>) {
        let Some((_, kind, index)) = self.blocks.iter().find(|(known, ..)| *known == block) else { return };
        self.chunk(out, None, &|w| match kind {
            Block::Text => w.string_at("content", text),
            Block::Reasoning => w.string_at("reasoning_content", text),
            Block::Refusal => w.string_at("refusal", text),
            Block::ToolCall { .. } => {
                w.open_at("tool_calls", b'[');
                w.open(b'{');
                w.count_at("index", *index);
                w.open_at("function", b'{');
                w.string_at("arguments", text);
                w.close(b'}');
                w.close(b'}');
                w.close(b']');
            }
        });
    }

    fn end(&self, out: &mut Vec<u8>) {
        if self.include_usage && self.usage != Usage::default() {
            let mut w = self.envelope();
            w.raw_at("choices", "[]");
            write_usage(&mut w, &self.usage);
            turns::write_event(out, "", w.done());
        }
        turns::write_event(out, "", b"[DONE]".to_vec());
    }
}

impl StreamWriter for Writing {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model } => {
                self.id.clone_from(id);
                self.model.clone_from(model);
                self.chunk(out, None, &|w| {
                    w.string_at("role", "assistant");
                    w.string_at("content", "");
                    w.raw_at("refusal", "null");
                });
            }
            Event::BlockStart { block, kind } => self.block_start(*block, kind, out),
            Event::Delta { block, text } => self.delta(*block, text, out),
            Event::BlockEnd { block } => self.blocks.retain(|(known, ..)| known != block),
            Event::Signature { .. } => {}
            Event::Finish(finish) => self.chunk(out, Some(*finish), &|_| {}),
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => self.end(out),
            Event::Failed(failure) => failed(failure, out),
        }
    }
}

/// OpenAI's clients raise an error where an event has one.
fn failed(failure: &Failure, out: &mut Vec<u8>) {
    turns::write_event(out, "", openai::write_failure(failure));
}
