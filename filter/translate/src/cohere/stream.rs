//! Events of a streamed chat: `message-start`, then contents, a plan and calls, each with `…-start`, `…-delta` and
//! `…-end` (the plan with deltas only), and `message-end` with reason and counts.

use super::answer::{finish, finish_reason, usage, write_usage};
use crate::conversation::{Block, Event, Failure, Finish, Usage};
use crate::functions::call_members;
use crate::json::{Value, Writer};
use crate::terms::{Blocks, begin, fail, grow};
use crate::turns::write_event;
use crate::{Asking, Incoming, NotUnderstood, StreamReader, StreamWriter};

/// The number of the plan's block; contents have even ones and calls odd ones.
const PLAN: u64 = u64::MAX;

/// Reads a stream.
#[derive(Default)]
pub(super) struct Reader {
    blocks: Blocks,
    over: bool,
}

/// What a delta says of the message.
fn message<'v, 'a>(json: &'v Value<'a>) -> Option<&'v Value<'a>> {
    json.get("delta")?.get("message")
}

impl Reader {
    fn content(
        &mut self,
        json: &Value<'_>,
        number: u64,
        events: &mut Vec<Event>,
    ) -> Result<(), NotUnderstood> {
        let Some(content) = message(json).and_then(|m| m.get("content")) else { return Ok(()) };
        let (kind, text) = match (content.get("text"), content.get("thinking")) {
            (_, Some(thoughts)) => (Block::Reasoning, thoughts),
            (Some(text), None) => (Block::Text, text),
            (None, None) => return Ok(()),
        };
        let block = self.blocks.at(number, kind, events)?;
        if let Some(text) = text.as_str().filter(|t| !t.is_empty()) {
            grow(events, block, text);
        }
        Ok(())
    }

    fn call(&mut self, json: &Value<'_>, number: u64, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        self.blocks.end(PLAN, events);
        let Some(call) = message(json).and_then(|m| m.get("tool_calls")) else { return Ok(()) };
        let Some(function) = call.get("function") else { return Ok(()) };
        let (id, name) = (call.string("id"), function.string("name"));
        let block = self.blocks.at(number, Block::ToolCall { id, name, signature: None }, events)?;
        let text = function.text("arguments");
        if !text.is_empty() {
            grow(events, block, text);
        }
        Ok(())
    }

    fn end(&mut self, json: &Value<'_>, events: &mut Vec<Event>) {
        self.over = true;
        self.blocks.end_all(events);
        let Some(delta) = json.get("delta") else { return };
        let reason = delta.text("finish_reason");
        if let "ERROR" | "TIMEOUT" | "ERROR_TOXIC" = reason {
            let status = if reason == "TIMEOUT" { 504 } else { 500 };
            return fail(events, status, delta.text("error"), Some(reason));
        }
        events.push(Event::Usage(usage(delta)));
        events.push(Event::Finish(finish(reason)));
        events.push(Event::End);
    }
}

impl StreamReader for Reader {
    fn read(&mut self, incoming: &Incoming<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let json = &incoming.json;
        let index = json.count("index").unwrap_or(0).min(u64::from(u32::MAX));
        match json.text("type") {
            "message-start" => {
                begin(events, json.text("id"), "");
            }
            "content-start" | "content-delta" => self.content(json, index * 2, events)?,
            "content-end" => self.blocks.end(index * 2, events),
            "tool-plan-delta" => {
                let text = message(json).map(|m| m.text("tool_plan")).unwrap_or_default();
                self.blocks.grow(PLAN, Block::Text, text, events)?;
            }
            "tool-call-start" | "tool-call-delta" => self.call(json, index * 2 + 1, events)?,
            "tool-call-end" => self.blocks.end(index * 2 + 1, events),
            "message-end" => self.end(json, events),
            // An error that comes as a whole answer would.
            "" if json.get("message").is_some() => {
                fail(events, 500, json.text("message"), None);
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

/// Writes a stream.
pub(super) struct EventWriter {
    id: String,
    /// The open blocks: whether they are calls, their number at the client's, the word for what grows.
    open: Vec<(u32, u64, &'static str)>,
    contents: u64,
    calls: u64,
    finish: Option<Finish>,
    usage: Usage,
}

impl EventWriter {
    pub(super) fn new(asking: &Asking) -> Self {
        Self {
            id: asking.id.clone(),
            open: Vec::new(),
            contents: 0,
            calls: 0,
            finish: None,
            usage: Usage::default(),
        }
    }

    fn begin(&mut self, block: u32, kind: &Block, out: &mut Vec<u8>) {
        if let Block::ToolCall { id, name, .. } = kind {
            let index = self.calls;
            self.calls += 1;
            self.open.push((block, index, "arguments"));
            return event(out, "tool-call-start", Some(index), &|w| {
                w.open_at("tool_calls", b'{');
                call_members(w, id, name, "");
                w.close(b'}');
            });
        }
        let word = if *kind == Block::Reasoning { "thinking" } else { "text" };
        let index = self.contents;
        self.contents += 1;
        self.open.push((block, index, word));
        event(out, "content-start", Some(index), &|w| {
            w.open_at("content", b'{');
            w.string_at("type", word);
            w.string_at(word, "");
            w.close(b'}');
        });
    }

    fn grow(&self, block: u32, text: &str, out: &mut Vec<u8>) {
        let Some((_, index, word)) = self.open.iter().find(|(b, ..)| *b == block) else { return };
        let (name, around) = if *word == "arguments" {
            ("tool-call-delta", "tool_calls")
        } else {
            ("content-delta", "content")
        };
        event(out, name, Some(*index), &|w| {
            w.open_at(around, b'{');
            if *word == "arguments" {
                w.open_at("function", b'{');
            }
            w.string_at(word, text);
            if *word == "arguments" {
                w.close(b'}');
            }
            w.close(b'}');
        });
    }

    fn end(&mut self, error: Option<&Failure>, out: &mut Vec<u8>) {
        let mut w = Writer::object(256);
        w.string_at("type", "message-end");
        w.string_at("id", &self.id);
        w.open_at("delta", b'{');
        w.string_at("finish_reason", if error.is_some() { "ERROR" } else { finish_reason(self.finish) });
        if let Some(failure) = error {
            w.string_at("error", &failure.message);
        }
        write_usage(&mut w, self.usage);
        w.close(b'}');
        write_event(out, "message-end", w.done());
        write_event(out, "", b"[DONE]".to_vec());
    }
}

/// An event with what it says of the message.
fn event(out: &mut Vec<u8>, name: &str, index: Option<u64>, rest: &dyn Fn(&mut Writer)) {
    let mut w = Writer::object(160);
    w.string_at("type", name);
    if let Some(index) = index {
        w.count_at("index", index);
    }
    w.open_at("delta", b'{');
    w.open_at("message", b'{');
    rest(&mut w);
    w.close(b'}');
    w.close(b'}');
    write_event(out, name, w.done());
}

impl StreamWriter for EventWriter {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn write(&mut self, next: &Event, out: &mut Vec<u8>) {
        match next {
            Event::Start { id, .. } => {
                id.clone_into(&mut self.id);
                let mut w = Writer::object(160);
                w.string_at("type", "message-start");
                w.string_at("id", id);
                w.raw_at(
                    "delta",
                    "{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}",
                );
                write_event(out, "message-start", w.done());
            }
            Event::BlockStart { block, kind } => self.begin(*block, kind, out),
            Event::Delta { block, text } => self.grow(*block, text, out),
            // There is no place for a seal.
            Event::Signature { .. } => {}
            Event::BlockEnd { block } => {
                let Some(at) = self.open.iter().position(|(b, ..)| b == block) else { return };
                let (_, index, word) = self.open.remove(at);
                let name = if word == "arguments" { "tool-call-end" } else { "content-end" };
                let mut w = Writer::object(48);
                w.string_at("type", name);
                w.count_at("index", index);
                write_event(out, name, w.done());
            }
            Event::Finish(finish) => self.finish = Some(*finish),
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => self.end(None, out),
            Event::Failed(failure) => self.end(Some(failure), out),
        }
    }
}
