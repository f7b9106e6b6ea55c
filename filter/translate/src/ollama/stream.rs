//! Lines of `/api/chat` and `/api/generate`: thoughts, then words, calls whole; the last line says `"done": true`.

use super::answer::{call_of, finish, open, said, say, text, usage, write_end, write_failure};
use crate::conversation::{Block, Event, Failure, Finish, Usage};
use crate::json::Writer;
use crate::terms::{Blocks, Gathered, begin, fail, too_much};
use crate::{Asking, Incoming, NotUnderstood, StreamReader, StreamWriter};

/// Numbers of the blocks.
const TEXT: u64 = 0;
const THOUGHT: u64 = 1;
const CALL: u64 = 2;

/// Reads a stream.
#[derive(Default)]
pub(super) struct Reader {
    blocks: Blocks,
    started: bool,
    calls: usize,
}

impl StreamReader for Reader {
    fn read(&mut self, incoming: &Incoming<'_>, events: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        let json = &incoming.json;
        if json.get("error").is_some() {
            fail(events, 500, json.text("error"), None);
            return Ok(());
        }
        if !core::mem::replace(&mut self.started, true) {
            begin(events, "", json.text("model"));
        }
        if let Some(said) = said(json) {
            for (number, other, kind, words) in [
                (THOUGHT, TEXT, Block::Reasoning, said.text("thinking")),
                (TEXT, THOUGHT, Block::Text, text(said)),
            ] {
                if words.is_empty() {
                    continue;
                }
                self.blocks.end(other, events);
                self.blocks.grow(number, kind, words, events)?;
            }
            for call in said.items("tool_calls") {
                self.blocks.end_all(events);
                let call = call_of(call, json.text("created_at"), self.calls);
                self.calls += 1;
                let (id, name) = (call.id, call.name);
                let block = self.blocks.at(CALL, Block::ToolCall { id, name, signature: None }, events)?;
                events.push(Event::Delta { block, text: call.arguments.0 });
                self.blocks.end(CALL, events);
            }
        }
        if json.flag("done") {
            self.blocks.end_all(events);
            events.push(Event::Usage(usage(json)));
            events.push(Event::Finish(finish(json.text("done_reason"), self.calls > 0)));
            events.push(Event::End);
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

/// Writes a stream.
pub(super) struct LineWriter {
    generate: bool,
    model: String,
    now: u64,
    thoughts: Vec<u32>,
    calls: Gathered,
    finish: Option<Finish>,
    usage: Usage,
    over: bool,
}

impl LineWriter {
    pub(super) fn new(asking: &Asking, generate: bool) -> Self {
        Self {
            generate,
            model: asking.model.clone(),
            now: asking.now,
            thoughts: Vec::new(),
            calls: Gathered::default(),
            finish: None,
            usage: Usage::default(),
            over: false,
        }
    }

    fn line(&self, out: &mut Vec<u8>, rest: &dyn Fn(&mut Writer)) {
        let mut w = open(&self.model, self.now);
        rest(&mut w);
        put(out, w.done());
    }

    fn fail(&mut self, failure: &Failure, out: &mut Vec<u8>) {
        self.over = true;
        put(out, write_failure(failure));
    }
}

/// Writes a line. White space of raw pieces may hold line ends, which would cut it.
fn put(out: &mut Vec<u8>, json: Vec<u8>) {
    out.extend(json.into_iter().map(|b| if matches!(b, b'\n' | b'\r') { b' ' } else { b }));
    out.push(b'\n');
}

impl StreamWriter for LineWriter {
    fn content_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        match event {
            Event::Start { model, .. } => model.clone_into(&mut self.model),
            Event::BlockStart { block, kind } => {
                if *kind == Block::Reasoning {
                    self.thoughts.push(*block);
                }
                if self.calls.begin(*block, kind).is_err() {
                    self.fail(&too_much(), out);
                }
            }
            Event::Delta { block, text } => match self.calls.grow(*block, text) {
                Ok(true) => {}
                Ok(false) => self.line(out, &|w| {
                    let (words, thoughts) =
                        if self.thoughts.contains(block) { ("", text.as_str()) } else { (text.as_str(), "") };
                    say(w, self.generate, words, thoughts, &[]);
                    w.flag_at("done", false);
                }),
                Err(_) => self.fail(&too_much(), out),
            },
            // There is no place for a seal.
            Event::Signature { .. } => {}
            Event::BlockEnd { block } => {
                self.thoughts.retain(|b| b != block);
                if let Some(call) = self.calls.end(*block) {
                    self.line(out, &|w| {
                        say(w, self.generate, "", "", &[&call]);
                        w.flag_at("done", false);
                    });
                }
            }
            Event::Finish(finish) => self.finish = Some(*finish),
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => {
                self.over = true;
                self.line(out, &|w| {
                    say(w, self.generate, "", "", &[]);
                    write_end(w, self.finish, self.usage);
                });
            }
            Event::Failed(failure) => self.fail(failure, out),
        }
    }
}
