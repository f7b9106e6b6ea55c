//! A client's stream. Every block becomes an item of the output.

use super::super::answer::{begin, content_part, item, item_id, status, summary_part, usage};
use crate::StreamWriter;
use crate::conversation::{Block, Event, Failure, Finish, Json, Part, ToolCall, Usage};
use crate::json::Writer;
use crate::{openai, turns};

pub(crate) struct Writing {
    now: u64,
    id: String,
    model: String,
    sequence: u64,
    /// Items by number, with what they hold so far, and whether they grow.
    items: Vec<(u32, Part, bool)>,
    finish: Option<Finish>,
    usage: Usage,
}

impl Writing {
    pub(crate) fn new(now: u64) -> Self {
        let (id, model) = (String::new(), String::new());
        Self { now, id, model, sequence: 0, items: Vec::new(), finish: None, usage: Usage::default() }
    }

    /// An event's object, with its type and number.
    fn event(&mut self, kind: &str) -> Writer {
        let mut w = Writer::object(256);
        w.string_at("type", kind);
        w.count_at("sequence_number", self.sequence);
        self.sequence += 1;
        w
    }

    /// An event about the response as a whole.
    fn response(
        &mut self,
        kind: &str,
        status: (&str, Option<&str>),
        failure: Option<&Failure>,
        out: &mut Vec<u8>,
    ) {
        let mut w = self.event(kind);
        w.open_at("response", b'{');
        begin(&mut w, (&self.id, &self.model, self.now), status, failure);
        w.open_at("output", b'[');
        for (number, part, _) in &self.items {
            item(&mut w, part, &self.id, *number);
        }
        w.close(b']');
        let ended = matches!(status.0, "completed" | "incomplete");
        usage(&mut w, Some(&self.usage).filter(|_| ended));
        w.close(b'}');
        turns::write_event(out, kind, w.done());
    }

    /// An event about an item, which tells its id and number.
    fn of_item(&mut self, kind: &str, prefix: &str, block: u32) -> Writer {
        let mut w = self.event(kind);
        w.string_at("item_id", &item_id(prefix, &self.id, block));
        w.count_at("output_index", block.into());
        w
    }

    fn block_start(&mut self, block: u32, kind: &Block, out: &mut Vec<u8>) {
        let part = match kind {
            Block::Text => Part::Text(String::new()),
            Block::Refusal => Part::Refusal(String::new()),
            Block::Reasoning => Part::Reasoning { text: String::new(), signature: None },
            Block::ToolCall { id, name, .. } => Part::ToolCall(ToolCall {
                id: id.clone(),
                name: name.clone(),
                arguments: Json(String::new()),
                signature: None,
            }),
        };
        let id = self.id.clone();
        let mut w = self.event("response.output_item.added");
        w.count_at("output_index", block.into());
        w.open_at("item", b'{');
        match kind {
            Block::Text | Block::Refusal => {
                w.string_at("id", &item_id("msg", &id, block));
                w.raw_at("type", r#""message","status":"in_progress","role":"assistant","content":[]"#);
            }
            Block::Reasoning => {
                w.string_at("id", &item_id("rs", &id, block));
                w.raw_at("type", r#""reasoning","summary":[]"#);
            }
            Block::ToolCall { id: call, name, .. } => {
                w.string_at("id", &item_id("fc", &id, block));
                w.raw_at("type", r#""function_call","status":"in_progress""#);
                w.string_at("call_id", call);
                w.string_at("name", name);
                w.string_at("arguments", "");
            }
        }
        w.close(b'}');
        turns::write_event(out, "response.output_item.added", w.done());
        if matches!(kind, Block::Text | Block::Refusal) {
            let mut w = self.of_item("response.content_part.added", "msg", block);
            w.raw_at("content_index", "0");
            w.key("part");
            content_part(&mut w, &part);
            turns::write_event(out, "response.content_part.added", w.done());
        }
        self.items.push((block, part, true));
    }

    fn delta(&mut self, block: u32, text: &str, out: &mut Vec<u8>) {
        let Some((_, part, true)) = self.items.iter_mut().find(|(known, ..)| *known == block) else { return };
        let mut first_thought = false;
        let (kind, prefix) = match part {
            Part::Text(so_far) => {
                so_far.push_str(text);
                ("response.output_text.delta", "msg")
            }
            Part::Refusal(so_far) => {
                so_far.push_str(text);
                ("response.refusal.delta", "msg")
            }
            Part::ToolCall(call) => {
                call.arguments.0.push_str(text);
                ("response.function_call_arguments.delta", "fc")
            }
            Part::Reasoning { text: so_far, .. } => {
                first_thought = so_far.is_empty();
                so_far.push_str(text);
                ("response.reasoning_summary_text.delta", "rs")
            }
            _ => return,
        };
        if first_thought {
            self.summary_part("response.reasoning_summary_part.added", block, "", out);
        }
        let mut w = self.of_item(kind, prefix, block);
        match kind {
            "response.output_text.delta" => w.raw_at("content_index", "0"),
            "response.refusal.delta" => w.raw_at("content_index", "0"),
            "response.reasoning_summary_text.delta" => w.raw_at("summary_index", "0"),
            _ => {}
        }
        w.string_at("delta", text);
        if kind == "response.output_text.delta" {
            w.raw_at("logprobs", "[]");
        }
        turns::write_event(out, kind, w.done());
    }

    fn summary_part(&mut self, kind: &str, block: u32, text: &str, out: &mut Vec<u8>) {
        let mut w = self.of_item(kind, "rs", block);
        w.raw_at("summary_index", "0");
        w.key("part");
        summary_part(&mut w, text);
        turns::write_event(out, kind, w.done());
    }

    fn block_end(&mut self, block: u32, out: &mut Vec<u8>) {
        let Some((_, part, open)) = self.items.iter_mut().find(|(known, ..)| *known == block) else { return };
        if !core::mem::replace(open, false) {
            return;
        }
        let part = part.clone();
        match &part {
            Part::Text(text) => {
                let mut w = self.of_item("response.output_text.done", "msg", block);
                w.raw_at("content_index", "0");
                w.string_at("text", text);
                w.raw_at("logprobs", "[]");
                turns::write_event(out, "response.output_text.done", w.done());
            }
            Part::Refusal(text) => {
                let mut w = self.of_item("response.refusal.done", "msg", block);
                w.raw_at("content_index", "0");
                w.string_at("refusal", text);
                turns::write_event(out, "response.refusal.done", w.done());
            }
            Part::ToolCall(call) => {
                let mut w = self.of_item("response.function_call_arguments.done", "fc", block);
                w.string_at("name", &call.name);
                let empty = call.arguments.0.is_empty();
                w.string_at("arguments", if empty { "{}" } else { &call.arguments.0 });
                turns::write_event(out, "response.function_call_arguments.done", w.done());
            }
            Part::Reasoning { text, .. } if !text.is_empty() => {
                let mut w = self.of_item("response.reasoning_summary_text.done", "rs", block);
                w.raw_at("summary_index", "0");
                w.string_at("text", text);
                turns::write_event(out, "response.reasoning_summary_text.done", w.done());
                self.summary_part("response.reasoning_summary_part.done", block, text, out);
            }
            _ => {}
        }
        if matches!(part, Part::Text(_) | Part::Refusal(_)) {
            let mut w = self.of_item("response.content_part.done", "msg", block);
            w.raw_at("content_index", "0");
            w.key("part");
            content_part(&mut w, &part);
            turns::write_event(out, "response.content_part.done", w.done());
        }
        let id = self.id.clone();
        let mut w = self.event("response.output_item.done");
        w.count_at("output_index", block.into());
        w.key("item");
        item(&mut w, &part, &id, block);
        turns::write_event(out, "response.output_item.done", w.done());
    }

    fn failed(&mut self, failure: &Failure, out: &mut Vec<u8>) {
        let mut w = self.event("error");
        w.string_at("code", failure.code.as_deref().unwrap_or(openai::type_of(failure.status)));
        w.string_at("message", &openai::message_of(failure));
        w.raw_at("param", "null");
        turns::write_event(out, "error", w.done());
        if !self.id.is_empty() {
            self.response("response.failed", ("failed", None), Some(failure), out);
        }
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
                self.response("response.created", ("in_progress", None), None, out);
                self.response("response.in_progress", ("in_progress", None), None, out);
            }
            Event::BlockStart { block, kind } => self.block_start(*block, kind, out),
            Event::Delta { block, text } => self.delta(*block, text, out),
            Event::Signature { block, signature } => {
                let found = self.items.iter_mut().find(|(known, ..)| known == block);
                if let Some((_, Part::Reasoning { signature: seal, .. }, _)) = found {
                    *seal = Some(signature.clone());
                }
            }
            Event::BlockEnd { block } => self.block_end(*block, out),
            Event::Finish(finish) => self.finish = Some(*finish),
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => {
                let open: Vec<u32> = self.items.iter().filter(|(.., open)| *open).map(|(n, ..)| *n).collect();
                open.into_iter().for_each(|block| self.block_end(block, out));
                let ended = status(self.finish);
                let kind = if ended.1.is_some() { "response.incomplete" } else { "response.completed" };
                self.response(kind, ended, None, out);
            }
            Event::Failed(failure) => self.failed(failure, out),
        }
    }
}
