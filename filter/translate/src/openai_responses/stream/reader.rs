//! A provider's stream.

use super::super::{answer, read_finish, read_usage};
use crate::conversation::{Block, Event};
use crate::json::Value;
use crate::terms::{begin, fail, grow};
use crate::{Incoming, NotUnderstood, StreamReader, openai};

/// Most blocks that are open at once.
const MAX_OPEN: usize = 128;

/// A block: of which item, and which part of it.
struct Slot {
    item: u64,
    part: u64,
    block: u32,
    grown: bool,
}

#[derive(Default)]
pub(crate) struct Reader {
    next: u32,
    open: Vec<Slot>,
    calls: bool,
    refused: bool,
}

impl StreamReader for Reader {
    fn read(&mut self, incoming: &Incoming<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let event = &incoming.json;
        match event.text("type") {
            "response.created" => {
                let response = event.get("response").ok_or(NotUnderstood)?;
                begin(events, response.text("id"), response.text("model"));
            }
            "response.output_item.added" => self.item_added(event, events)?,
            "response.content_part.added" => {
                let part = event.get("part").ok_or(NotUnderstood)?;
                match part.text("type") {
                    "output_text" => self.begin(event, Block::Text, events)?,
                    "refusal" => {
                        self.refused = true;
                        self.begin(event, Block::Refusal, events)?;
                    }
                    _ => {}
                }
            }
            "response.output_text.delta" | "response.refusal.delta" => {
                self.grow(event, event.count("content_index").unwrap_or(0), event.text("delta"), events);
            }
            "response.function_call_arguments.delta" | "response.reasoning_text.delta" => {
                self.grow(event, 0, event.text("delta"), events);
            }
            "response.reasoning_summary_text.delta" => self.grow(event, 0, event.text("delta"), events),
            // Between two summaries stands a blank line.
            "response.reasoning_summary_part.added" if event.count("summary_index").unwrap_or(0) > 0 => {
                self.grow(event, 0, "\n\n", events);
            }
            "response.output_text.done" => self.whole(event, event.text("text"), events),
            "response.refusal.done" => self.whole(event, event.text("refusal"), events),
            "response.function_call_arguments.done" => self.whole(event, event.text("arguments"), events),
            "response.output_item.done" => self.item_done(event, events),
            "response.completed" | "response.incomplete" => {
                let response = event.get("response").ok_or(NotUnderstood)?;
                for slot in self.open.drain(..) {
                    events.push(Event::BlockEnd { block: slot.block });
                }
                events.push(Event::Finish(read_finish(response, self.calls, self.refused)));
                events.extend(response.get("usage").map(|usage| Event::Usage(read_usage(usage))));
                events.push(Event::End);
            }
            "response.failed" => failed(event.get("response").and_then(|r| r.get("error")), events),
            "error" => failed(Some(event.get("error").unwrap_or(event)), events),
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

fn failed(error: Option<&Value<'_>>, events: &mut Vec<Event>) {
    let text = |name: &str| error.map(|e| e.text(name)).unwrap_or_default();
    let code = Some(text("code")).filter(|code| !code.is_empty());
    fail(events, openai::status_of(code), text("message"), code);
}

/// The item that an event is about.
fn item_of(event: &Value<'_>) -> u64 {
    event.count("output_index").unwrap_or(0)
}

impl Reader {
    fn begin(
        &mut self,
        event: &Value<'_>,
        kind: Block,
        events: &mut Vec<Event>,
    ) -> Result<(), NotUnderstood> {
        if self.open.len() == MAX_OPEN {
            return Err(NotUnderstood);
        }
        let block = self.next;
        self.next = self.next.saturating_add(1);
        let part = event.count("content_index").unwrap_or(0);
        self.open.push(Slot { item: item_of(event), part, block, grown: false });
        events.push(Event::BlockStart { block, kind });
        Ok(())
    }

    fn item_added(&mut self, event: &Value<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let item = event.get("item").ok_or(NotUnderstood)?;
        match item.text("type") {
            "function_call" => {
                self.calls = true;
                let (id, name) = (item.string("call_id"), item.string("name"));
                self.begin(event, Block::ToolCall { id, name, signature: None }, events)
            }
            "reasoning" => self.begin(event, Block::Reasoning, events),
            _ => Ok(()),
        }
    }

    fn slot(&mut self, item: u64, part: u64) -> Option<&mut Slot> {
        self.open.iter_mut().find(|slot| slot.item == item && slot.part == part)
    }

    fn grow(&mut self, event: &Value<'_>, part: u64, text: &str, events: &mut Vec<Event>) {
        if let Some(slot) = self.slot(item_of(event), part).filter(|_| !text.is_empty()) {
            slot.grown = true;
            grow(events, slot.block, text);
        }
    }

    /// What comes again whole counts where it had not grown.
    fn whole(&mut self, event: &Value<'_>, text: &str, events: &mut Vec<Event>) {
        let part = event.count("content_index").unwrap_or(0);
        if self.slot(item_of(event), part).is_some_and(|slot| !slot.grown) {
            self.grow(event, part, text, events);
        }
    }

    fn item_done(&mut self, event: &Value<'_>, events: &mut Vec<Event>) {
        let number = item_of(event);
        let item = event.get("item");
        self.whole(event, item.map(|item| item.text("arguments")).unwrap_or_default(), events);
        let seal = item.filter(|item| item.text("type") == "reasoning").and_then(answer::seal);
        if let (Some(signature), Some(slot)) = (seal, self.slot(number, 0)) {
            events.push(Event::Signature { block: slot.block, signature });
        }
        self.open.retain(|slot| {
            if slot.item == number {
                events.push(Event::BlockEnd { block: slot.block });
            }
            slot.item != number
        });
    }
}
