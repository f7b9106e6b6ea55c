//! Chunks of streamGenerateContent, each an answer of its own with what is new. Function calls come whole. There is no
//! sign of the end besides the reason for it.

use privet_core::framing::Framing;

use super::answer::{
    blocked, close, failure, finish, finish_reason, open, part_of, refusal, sealed_call, text, usage,
    write_failure, write_tail,
};
use super::seal;
use crate::conversation::{Block, Event, Failure, Finish, Part, Usage};
use crate::json::{Value, Writer};
use crate::terms::{Blocks, Gathered, begin, too_much};
use crate::turns::write_event;
use crate::{Asking, Incoming, NotUnderstood, StreamReader, StreamWriter};

/// Numbers of the blocks that texts and thoughts grow in; calls do not grow.
const TEXT: u64 = 0;
const THOUGHT: u64 = 1;
const CALL: u64 = 2;
const REFUSAL: u64 = 3;

/// Reads a stream.
#[derive(Default)]
pub(super) struct Reader {
    blocks: Blocks,
    started: bool,
    calls: usize,
    finish: Option<Finish>,
    ended: bool,
}

impl Reader {
    fn part(&mut self, part: Part, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        match part {
            Part::Text(text) if text.is_empty() => {}
            Part::Text(text) => {
                self.blocks.end(THOUGHT, events);
                let block = self.blocks.at(TEXT, Block::Text, events)?;
                events.push(Event::Delta { block, text });
            }
            Part::Reasoning { text, signature } => {
                self.blocks.end(TEXT, events);
                let block = self.blocks.at(THOUGHT, Block::Reasoning, events)?;
                if !text.is_empty() {
                    events.push(Event::Delta { block, text });
                }
                if let Some(signature) = signature {
                    events.push(Event::Signature { block, signature });
                }
            }
            Part::ToolCall(call) => {
                self.blocks.end_all(events);
                let (id, name, signature) = (call.id, call.name, call.signature);
                let block = self.blocks.at(CALL, Block::ToolCall { id, name, signature }, events)?;
                events.push(Event::Delta { block, text: call.arguments.0 });
                self.blocks.end(CALL, events);
            }
            _ => return Err(NotUnderstood),
        }
        Ok(())
    }

    fn candidate(
        &mut self,
        candidate: &Value<'_>,
        id: &str,
        events: &mut Vec<Event>,
    ) -> Result<(), NotUnderstood> {
        for part in candidate.get("content").map(|c| c.items("parts")).unwrap_or_default() {
            let part = part_of(part, id, &mut self.calls)?;
            self.part(part, events)?;
        }
        if let Some(reason) = candidate.get("finishReason").and_then(Value::as_str) {
            let reason = finish(reason);
            self.finish = Some(reason);
            if let Some(text) = refusal(candidate, self.finish) {
                let block = self.blocks.at(REFUSAL, Block::Refusal, events)?;
                events.push(Event::Delta { block, text });
            }
        }
        Ok(())
    }
}

impl StreamReader for Reader {
    fn read(&mut self, incoming: &Incoming<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let json = &incoming.json;
        if let Some(error) = json.get("error") {
            events.push(Event::Failed(failure(error)));
            return Ok(());
        }
        let id = json.text("responseId");
        if !core::mem::replace(&mut self.started, true) {
            begin(events, id, json.text("modelVersion"));
        }
        // One answer was asked for.
        let first = json.items("candidates").iter().find(|c| c.count("index").unwrap_or(0) == 0);
        if let Some(candidate) = first {
            self.candidate(candidate, id, events)?;
        } else if blocked(json) {
            self.finish = Some(Finish::Filtered);
        }
        let counts = usage(json);
        if counts != Usage::default() {
            events.push(Event::Usage(counts));
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<Event>) {
        let Some(finish) = self.finish else { return };
        if core::mem::replace(&mut self.ended, true) {
            return;
        }
        self.blocks.end_all(events);
        let called = finish == Finish::Stop && self.calls > 0;
        events.push(Event::Finish(if called { Finish::ToolCalls } else { finish }));
        events.push(Event::End);
    }
}

/// Writes a stream.
pub(super) struct ChunkWriter {
    array: bool,
    /// Whether an item of the array stands before the next.
    behind: bool,
    id: String,
    model: String,
    /// Blocks of thoughts that are open.
    thoughts: Vec<u32>,
    calls: Gathered,
    finish: Option<Finish>,
    usage: Option<Usage>,
    over: bool,
}

impl ChunkWriter {
    pub(super) fn new(asking: &Asking) -> Self {
        Self {
            array: asking.array,
            behind: false,
            id: asking.id.clone(),
            model: asking.model.clone(),
            thoughts: Vec::new(),
            calls: Gathered::default(),
            finish: None,
            usage: None,
            over: false,
        }
    }

    fn put(&mut self, json: Vec<u8>, out: &mut Vec<u8>) {
        if !self.array {
            return write_event(out, "", json);
        }
        if core::mem::replace(&mut self.behind, true) {
            Framing::JsonArray.write_event(out, b"", &json, true);
        } else {
            out.push(b'[');
            out.extend_from_slice(&json);
        }
    }

    fn chunk(&mut self, out: &mut Vec<u8>, part: &dyn Fn(&mut Writer)) {
        let mut w = open();
        part(&mut w);
        close(&mut w, None);
        write_tail(&mut w, None, &self.model, &self.id);
        self.put(w.done(), out);
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        let mut w = open();
        text(&mut w, "", false, None);
        close(&mut w, Some(finish_reason(self.finish)));
        write_tail(&mut w, Some(self.usage.unwrap_or_default()), &self.model, &self.id);
        self.put(w.done(), out);
        self.last(out);
    }

    fn last(&mut self, out: &mut Vec<u8>) {
        self.over = true;
        if self.array {
            out.push(b']');
        }
    }

    fn fail(&mut self, failure: &Failure, out: &mut Vec<u8>) {
        self.put(write_failure(failure), out);
        self.last(out);
    }
}

impl StreamWriter for ChunkWriter {
    fn content_type(&self) -> &'static str {
        if self.array { "application/json" } else { "text/event-stream" }
    }

    fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            Event::Start { id, model } => {
                id.clone_into(&mut self.id);
                model.clone_into(&mut self.model);
            }
            Event::BlockStart { block, kind } => {
                if *kind == Block::Reasoning {
                    self.thoughts.push(*block);
                }
                if self.calls.begin(*block, kind).is_err() {
                    self.fail(&too_much(), out);
                }
            }
            Event::Delta { block, text: words } => match self.calls.grow(*block, words) {
                Ok(true) => {}
                Ok(false) => {
                    let thought = self.thoughts.contains(block);
                    self.chunk(out, &|w| text(w, words, thought, None));
                }
                Err(_) => self.fail(&too_much(), out),
            },
            Event::Signature { signature, .. } => {
                self.chunk(out, &|w| text(w, "", true, Some(&seal::written(signature))));
            }
            Event::BlockEnd { block } => {
                self.thoughts.retain(|b| b != block);
                if let Some(call) = self.calls.end(*block) {
                    self.chunk(out, &|w| sealed_call(w, &call));
                }
            }
            Event::Finish(finish) => self.finish = Some(*finish),
            Event::Usage(counts) => self.usage.get_or_insert_default().merge(*counts),
            Event::End => self.end(out),
            Event::Failed(failure) => self.fail(failure, out),
        }
    }
}
