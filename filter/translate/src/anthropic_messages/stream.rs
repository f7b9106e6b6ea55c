//! Streams: `message_start`, per block `content_block_start`, `…_delta`, `…_stop`, then `message_delta` with the counts
//! and `message_stop`. `ping` may stand anywhere, and `error` ends it.

use super::{AnthropicMessages, REDACTED, failure_of, finish_word, read_finish, read_usage, write_usage};
use crate::conversation::{Block, Event, Finish, Usage};
use crate::json::{Value, Writer};
use crate::terms::{begin, grow, seal};
use crate::{Codec, Incoming, NotUnderstood, StreamReader, StreamWriter, turns};

/// Most blocks that are open at once.
const MAX_OPEN: usize = 128;

#[derive(Default)]
pub(super) struct Reader {
    next: u32,
    /// The provider's numbers of the open blocks, and ours.
    open: Vec<(u64, u32)>,
}

impl StreamReader for Reader {
    fn read(&mut self, incoming: &Incoming<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let event = &incoming.json;
        match event.text("type") {
            "message_start" => {
                let message = event.get("message").ok_or(NotUnderstood)?;
                begin(events, message.text("id"), message.text("model"));
                events.extend(message.get("usage").map(|usage| Event::Usage(read_usage(usage))));
            }
            "content_block_start" => self.block_start(event, events)?,
            "content_block_delta" => self.delta(event, events),
            "content_block_stop" => {
                let index = event.count("index").unwrap_or(0);
                if let Some(position) = self.open.iter().position(|(known, _)| *known == index) {
                    let (_, block) = self.open.remove(position);
                    events.push(Event::BlockEnd { block });
                }
            }
            "message_delta" => {
                let reason = event.get("delta").map(|delta| delta.text("stop_reason")).unwrap_or_default();
                if !reason.is_empty() {
                    events.push(Event::Finish(read_finish(reason)));
                }
                events.extend(event.get("usage").map(|usage| Event::Usage(read_usage(usage))));
            }
            "message_stop" => events.push(Event::End),
            "error" => events.push(Event::Failed(failure_of(event.get("error")))),
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

impl Reader {
    fn block_start(&mut self, event: &Value<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let content = event.get("content_block").ok_or(NotUnderstood)?;
        let kind = match content.text("type") {
            "text" => Block::Text,
            "thinking" | "redacted_thinking" => Block::Reasoning,
            "tool_use" => {
                Block::ToolCall { id: content.string("id"), name: content.string("name"), signature: None }
            }
            // Of Anthropic's own tools.
            _ => return Ok(()),
        };
        if self.open.len() == MAX_OPEN {
            return Err(NotUnderstood);
        }
        let block = self.next;
        self.next = self.next.saturating_add(1);
        self.open.push((event.count("index").unwrap_or(0), block));
        events.push(Event::BlockStart { block, kind });
        let data = content.text("data");
        if !data.is_empty() {
            seal(events, block, &[REDACTED, data].concat());
        }
        let begun = content.get("input").map(|input| input.raw).filter(|raw| *raw != "{}");
        for text in [content.text("text"), content.text("thinking"), begun.unwrap_or_default()] {
            if !text.is_empty() {
                grow(events, block, text);
            }
        }
        Ok(())
    }

    fn delta(&mut self, event: &Value<'_>, events: &mut Vec<Event>) {
        let index = event.count("index").unwrap_or(0);
        let Some((_, block)) = self.open.iter().find(|(known, _)| *known == index) else { return };
        let Some(delta) = event.get("delta") else { return };
        for name in ["text", "thinking", "partial_json"] {
            let text = delta.text(name);
            if !text.is_empty() {
                grow(events, *block, text);
            }
        }
        let signature = delta.text("signature");
        if !signature.is_empty() {
            seal(events, *block, signature);
        }
    }
}

#[derive(Default)]
pub(super) struct Writing {
    open: Vec<(u32, Kind)>,
    usage: Usage,
    finish: Option<Finish>,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Thinking,
    Input,
}

impl StreamWriter for Writing {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model } => start(id, model, out),
            Event::BlockStart { block, kind } => self.block_start(*block, kind, out),
            Event::Delta { block, text } => self.delta(*block, text, out),
            Event::Signature { block, signature } => {
                let thinking = self.open.iter().any(|(b, kind)| b == block && matches!(kind, Kind::Thinking));
                if thinking {
                    delta(*block, "signature_delta", "signature", signature, out);
                }
            }
            Event::BlockEnd { block } => self.block_end(*block, out),
            Event::Finish(finish) => self.finish = Some(*finish),
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => self.end(out),
            Event::Failed(failure) => {
                turns::write_event(out, "error", AnthropicMessages.write_failure(failure))
            }
        }
    }
}

/// An event's object, with its type.
fn event(kind: &str) -> Writer {
    let mut w = Writer::object(192);
    w.string_at("type", kind);
    w
}

fn start(id: &str, model: &str, out: &mut Vec<u8>) {
    let mut w = event("message_start");
    w.open_at("message", b'{');
    w.string_at("id", id);
    w.string_at("type", "message");
    w.string_at("role", "assistant");
    w.string_at("model", model);
    w.raw_at("content", "[]");
    w.raw_at("stop_reason", "null");
    w.raw_at("stop_sequence", "null");
    // Others count at the end; there all counts are given.
    write_usage(&mut w, &Usage::default());
    w.close(b'}');
    turns::write_event(out, "message_start", w.done());
}

fn delta(block: u32, kind: &str, name: &str, text: &str, out: &mut Vec<u8>) {
    let mut w = event("content_block_delta");
    w.count_at("index", block.into());
    w.open_at("delta", b'{');
    w.string_at("type", kind);
    w.string_at(name, text);
    w.close(b'}');
    turns::write_event(out, "content_block_delta", w.done());
}

impl Writing {
    fn block_start(&mut self, block: u32, kind: &Block, out: &mut Vec<u8>) {
        let mut w = event("content_block_start");
        w.count_at("index", block.into());
        w.open_at("content_block", b'{');
        let kind = match kind {
            Block::Text | Block::Refusal => {
                w.string_at("type", "text");
                w.string_at("text", "");
                Kind::Text
            }
            Block::Reasoning => {
                w.string_at("type", "thinking");
                w.string_at("thinking", "");
                w.string_at("signature", "");
                Kind::Thinking
            }
            Block::ToolCall { id, name, .. } => {
                w.string_at("type", "tool_use");
                w.string_at("id", id);
                w.string_at("name", name);
                w.raw_at("input", "{}");
                Kind::Input
            }
        };
        w.close(b'}');
        self.open.push((block, kind));
        turns::write_event(out, "content_block_start", w.done());
    }

    fn delta(&self, block: u32, text: &str, out: &mut Vec<u8>) {
        let Some((_, kind)) = self.open.iter().find(|(known, _)| *known == block) else { return };
        let (kind, name) = match kind {
            Kind::Text => ("text_delta", "text"),
            Kind::Thinking => ("thinking_delta", "thinking"),
            Kind::Input => ("input_json_delta", "partial_json"),
        };
        delta(block, kind, name, text, out);
    }

    fn block_end(&mut self, block: u32, out: &mut Vec<u8>) {
        self.open.retain(|(known, _)| *known != block);
        let mut w = event("content_block_stop");
        w.count_at("index", block.into());
        turns::write_event(out, "content_block_stop", w.done());
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        while let Some((block, _)) = self.open.first() {
            self.block_end(*block, out);
        }
        let mut w = event("message_delta");
        w.open_at("delta", b'{');
        w.string_at("stop_reason", finish_word(self.finish));
        w.raw_at("stop_sequence", "null");
        w.close(b'}');
        write_usage(&mut w, &self.usage);
        turns::write_event(out, "message_delta", w.done());
        turns::write_event(out, "message_stop", event("message_stop").done());
    }
}
