//! Events of ConverseStream. A block of text or thoughts begins with its first delta, one of a call with
//! `contentBlockStart`; `metadata` is the last event.

use privet_core::framing::Framing;

use super::answer::{exception, finish, stop_reason, usage, write_usage};
use crate::conversation::{Block, Event, Failure, Finish, Usage};
use crate::json::{Value, Writer};
use crate::terms::{Blocks, begin, grow, seal};
use crate::{Incoming, NotUnderstood, StreamReader, StreamWriter};

/// Reads a stream.
#[derive(Default)]
pub(super) struct Reader {
    blocks: Blocks,
    stopped: bool,
    ended: bool,
}

impl Reader {
    fn delta(&mut self, json: &Value<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let index = json.count("contentBlockIndex").unwrap_or(0);
        let Some(delta) = json.get("delta") else { return Ok(()) };
        if let Some(text) = delta.get("text").and_then(Value::as_str) {
            self.blocks.grow(index, Block::Text, text, events)?;
        } else if let Some(call) = delta.get("toolUse") {
            let block = self.blocks.known(index).ok_or(NotUnderstood)?;
            grow(events, block, call.text("input"));
        } else if let Some(thoughts) = delta.get("reasoningContent") {
            let block = self.blocks.at(index, Block::Reasoning, events)?;
            if let Some(text) = thoughts.get("text").and_then(Value::as_str) {
                grow(events, block, text);
            }
            let sealed = thoughts.get("signature").or_else(|| thoughts.get("redactedContent"));
            if let Some(signature) = sealed.and_then(Value::as_str) {
                seal(events, block, signature);
            }
        }
        Ok(())
    }
}

impl StreamReader for Reader {
    fn read(&mut self, incoming: &Incoming<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let json = &incoming.json;
        if incoming.fault {
            events.push(Event::Failed(failure(incoming.name, json)));
            return Ok(());
        }
        let index = || json.count("contentBlockIndex").unwrap_or(0);
        match text_of(incoming.name) {
            "messageStart" => begin(events, "", ""),
            "contentBlockStart" => {
                if let Some(call) = json.get("start").and_then(|s| s.get("toolUse")) {
                    let (id, name) = (call.string("toolUseId"), call.string("name"));
                    self.blocks.at(index(), Block::ToolCall { id, name, signature: None }, events)?;
                }
            }
            "contentBlockDelta" => self.delta(json, events)?,
            "contentBlockStop" => self.blocks.end(index(), events),
            "messageStop" => {
                self.blocks.end_all(events);
                events.push(Event::Finish(finish(json.text("stopReason"))));
                self.stopped = true;
            }
            "metadata" => {
                events.push(Event::Usage(usage(json)));
                self.finish(events);
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<Event>) {
        if self.stopped && !core::mem::replace(&mut self.ended, true) {
            events.push(Event::End);
        }
    }
}

/// Names of events are matched as text: as bytes each comparison would be written out.
fn text_of(name: &[u8]) -> &str {
    core::str::from_utf8(name).unwrap_or_default()
}

/// The status that an exception inside of a stream stands for.
fn failure(name: &[u8], json: &Value<'_>) -> Failure {
    let status = match text_of(name) {
        "throttlingException" => 429,
        "validationException" => 400,
        "serviceUnavailableException" => 503,
        "modelStreamErrorException" => json
            .count("originalStatusCode")
            .and_then(|s| u16::try_from(s).ok())
            .filter(|s| *s >= 400)
            .unwrap_or(424),
        _ => 500,
    };
    let message = [json.text("message"), json.text("originalMessage")];
    let message = message.into_iter().find(|m| !m.is_empty()).unwrap_or_default().to_owned();
    let code = Some(text_of(name)).filter(|n| !n.is_empty()).map(str::to_owned);
    Failure { status, message, code }
}

/// Writes a stream.
#[derive(Default)]
pub(super) struct EventWriter {
    usage: Usage,
    finish: Option<Finish>,
    /// What grows in each open block.
    kinds: Vec<(u32, &'static str)>,
}

fn event(out: &mut Vec<u8>, name: &str, rest: &dyn Fn(&mut Writer)) {
    let mut w = Writer::object(128);
    rest(&mut w);
    Framing::AwsEventStream.write_event(out, name.as_bytes(), &w.done(), false);
}

impl EventWriter {
    fn kind(&self, block: u32) -> &'static str {
        self.kinds.iter().find(|(b, _)| *b == block).map_or("text", |(_, kind)| kind)
    }

    fn delta(&self, out: &mut Vec<u8>, block: u32, member: &str, text: &str) {
        event(out, "contentBlockDelta", &|w| {
            w.count_at("contentBlockIndex", block.into());
            w.open_at("delta", b'{');
            match self.kind(block) {
                "text" => w.string_at("text", text),
                around => {
                    w.open_at(around, b'{');
                    w.string_at(member, text);
                    w.close(b'}');
                }
            }
            w.close(b'}');
        });
    }
}

impl StreamWriter for EventWriter {
    fn content_type(&self) -> &'static str {
        "application/vnd.amazon.eventstream"
    }

    fn write(&mut self, next: &Event, out: &mut Vec<u8>) {
        match next {
            Event::Start { .. } => event(out, "messageStart", &|w| w.string_at("role", "assistant")),
            Event::BlockStart { block, kind } => {
                let around = match kind {
                    Block::Text | Block::Refusal => "text",
                    Block::Reasoning => "reasoningContent",
                    Block::ToolCall { .. } => "toolUse",
                };
                self.kinds.push((*block, around));
                if let Block::ToolCall { id, name, .. } = kind {
                    event(out, "contentBlockStart", &|w| {
                        w.count_at("contentBlockIndex", (*block).into());
                        w.open_at("start", b'{');
                        w.open_at("toolUse", b'{');
                        w.string_at("toolUseId", id);
                        w.string_at("name", name);
                        w.close(b'}');
                        w.close(b'}');
                    });
                }
            }
            Event::Delta { block, text } => {
                let member = if self.kind(*block) == "toolUse" { "input" } else { "text" };
                self.delta(out, *block, member, text);
            }
            Event::Signature { block, signature } => self.delta(out, *block, "signature", signature),
            Event::BlockEnd { block } => {
                self.kinds.retain(|(b, _)| b != block);
                event(out, "contentBlockStop", &|w| w.count_at("contentBlockIndex", (*block).into()));
            }
            Event::Finish(finish) => self.finish = Some(*finish),
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => {
                event(out, "messageStop", &|w| w.string_at("stopReason", stop_reason(self.finish)));
                event(out, "metadata", &|w| write_usage(w, self.usage));
            }
            Event::Failed(failure) => {
                let name = exception(failure.status).1;
                let mut kind = String::from("!");
                kind.push_str(name);
                event(out, &kind, &|w| {
                    w.string_at("message", &failure.message);
                    if name == "modelStreamErrorException" {
                        w.count_at("originalStatusCode", failure.status.into());
                    }
                });
            }
        }
    }
}
