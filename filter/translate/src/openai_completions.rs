//! OpenAI Completions, for clients only: whoever speaks it speaks Chat Completions as well. Source: OpenAI API reference,
//! "Create completion", "The completion object".
//!
//! The prompt becomes a turn of the user (`prompt`): a chat model answers it rather than goes on with it. One prompt, one
//! choice; thoughts are not shown. Refused: prompts in tokens, `suffix`, `echo`, `logprobs`, `logit_bias`.

use crate::conversation::{Answer, Block, Event, Failure, Finish, Message, Request, Role, Usage};
use crate::fields::{self, Fields, UNKNOWN, WRONG_TYPE};
use crate::json::{Kind, Value, Writer};
use crate::openai::write_failure;
use crate::terms::words;
use crate::turns::write_event;
use crate::{
    Asked, Asking, Codec, Incoming, NotUnderstood, Notes, Outgoing, StreamReader, StreamWriter, Target,
    Unsupported,
};

/// The codec.
#[derive(Debug)]
pub struct OpenaiCompletions;

impl Codec for OpenaiCompletions {
    fn read_request(&self, body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
        fields::request(body, asked, notes, read)
    }

    fn write_request(&self, _: &Request, _: &Target<'_>, _: &mut Notes) -> Result<Outgoing, Unsupported> {
        let reason = "no provider is asked for completions";
        Err(Unsupported { field: String::new(), reason })
    }

    fn read_answer(&self, _: &Value<'_>, _: &mut Answer) -> Result<(), NotUnderstood> {
        Err(NotUnderstood)
    }

    fn write_answer(&self, answer: &Answer, _: &Asking) -> Vec<u8> {
        let mut w = open(&answer.id, answer.created, &answer.model);
        choice(&mut w, &words(&answer.parts), Some(finish_word(answer.finish)));
        w.close(b']');
        write_usage(&mut w, answer.usage);
        w.done()
    }

    fn read_failure(&self, status: u16, _: &Value<'_>) -> Failure {
        Failure { status, message: String::new(), code: None }
    }

    fn write_failure(&self, failure: &Failure) -> Vec<u8> {
        write_failure(failure)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(Nothing)
    }

    fn stream_writer(&self, asking: &Asking) -> Box<dyn StreamWriter> {
        Box::new(ChunkWriter {
            include_usage: asking.include_usage,
            now: asking.now,
            id: asking.id.clone(),
            model: asking.model.clone(),
            hidden: Vec::new(),
            finish: None,
            usage: Usage::default(),
        })
    }
}

/// No provider's stream.
struct Nothing;

impl StreamReader for Nothing {
    fn read(&mut self, _: &Incoming<'_>, _: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        Err(NotUnderstood)
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

fn read(f: &mut Fields<'_, '_, '_>, request: &mut Request, asked: Asked<'_>, notes: &mut Notes) {
    request.model = f.text("model").or(asked.model).unwrap_or_default().to_owned();
    request.stream = f.flag("stream").unwrap_or(asked.stream);
    f.numbers(&mut [
        ("max_tokens", &mut request.max_tokens),
        ("temperature", &mut request.temperature),
        ("top_p", &mut request.top_p),
        ("presence_penalty", &mut request.presence_penalty),
        ("frequency_penalty", &mut request.frequency_penalty),
        ("seed", &mut request.seed),
    ]);
    request.stop = f.texts("stop");
    request.user = f.owned("user");
    if let Some(options) = f.take("stream_options") {
        request.include_usage = options.flag("include_usage");
    }
    let prompt = match f.take("prompt").map(|v| &v.kind) {
        Some(Kind::String(text)) => text.as_ref(),
        Some(Kind::Array(items)) => match items.as_slice() {
            [one] => one.as_str().unwrap_or_else(|| f.refuse("prompt", WRONG_TYPE)),
            _ => f.refuse("prompt", "only one prompt, as text, can be translated"),
        },
        _ => f.refuse("prompt", WRONG_TYPE),
    };
    notes.add("prompt");
    request.messages.push(Message::of_text(Role::User, prompt, "prompt"));
    for name in ["n", "best_of"] {
        f.only(name, "1", "only one answer can be asked for");
    }
    if f.text("suffix").is_some_and(|text| !text.is_empty()) {
        f.refuse("suffix", UNKNOWN)
    }
    f.unset("echo");
}

fn finish_word(finish: Option<Finish>) -> &'static str {
    match finish {
        Some(Finish::Length) => "length",
        Some(Finish::Filtered | Finish::Refusal) => "content_filter",
        _ => "stop",
    }
}

/// A completion up to its choices.
fn open(id: &str, created: u64, model: &str) -> Writer {
    let mut w = Writer::object(256);
    w.string_at("id", id);
    w.string_at("object", "text_completion");
    w.count_at("created", created);
    w.string_at("model", model);
    w.open_at("choices", b'[');
    w
}

fn choice(w: &mut Writer, text: &str, finish: Option<&str>) {
    w.open(b'{');
    w.string_at("text", text);
    w.count_at("index", 0);
    w.raw_at("logprobs", "null");
    match finish {
        Some(word) => w.string_at("finish_reason", word),
        None => w.raw_at("finish_reason", "null"),
    }
    w.close(b'}');
}

fn write_usage(w: &mut Writer, usage: Usage) {
    let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
    w.open_at("usage", b'{');
    w.count_at("prompt_tokens", input);
    w.count_at("completion_tokens", output);
    w.count_at("total_tokens", input.saturating_add(output));
    w.close(b'}');
}

/// Writes a stream.
struct ChunkWriter {
    include_usage: bool,
    now: u64,
    id: String,
    model: String,
    /// Open blocks that are not shown.
    hidden: Vec<u32>,
    finish: Option<Finish>,
    usage: Usage,
}

impl ChunkWriter {
    fn chunk(&self, out: &mut Vec<u8>, text: Option<&str>, finish: Option<&str>) {
        let mut w = open(&self.id, self.now, &self.model);
        if let Some(text) = text {
            choice(&mut w, text, finish);
        }
        w.close(b']');
        if text.is_none() {
            write_usage(&mut w, self.usage);
        }
        write_event(out, "", w.done());
    }
}

impl StreamWriter for ChunkWriter {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model } => {
                id.clone_into(&mut self.id);
                model.clone_into(&mut self.model);
            }
            Event::BlockStart { block, kind } => {
                if !matches!(kind, Block::Text | Block::Refusal) {
                    self.hidden.push(*block);
                }
            }
            Event::Delta { block, text } => {
                if !self.hidden.contains(block) {
                    self.chunk(out, Some(text), None);
                }
            }
            Event::Signature { .. } => {}
            Event::BlockEnd { block } => self.hidden.retain(|b| b != block),
            Event::Finish(finish) => self.finish = Some(*finish),
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => {
                self.chunk(out, Some(""), Some(finish_word(self.finish)));
                if self.include_usage {
                    self.chunk(out, None, None);
                }
                write_event(out, "", b"[DONE]".to_vec());
            }
            Event::Failed(failure) => write_event(out, "", write_failure(failure)),
        }
    }
}
