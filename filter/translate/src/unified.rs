//! The gateway's own endpoint `POST /v1/gateway`, which only clients speak: one prompt in, one text out.
//!
//! | | |
//! | --- | --- |
//! | request | `{"prompt","model","stream"?}`; anything else is refused |
//! | answer | `{"response","model","meta":{"usage":{"inputTokens","outputTokens"}}}` |
//! | stream | `data: {"delta":"…"}` …, `event: meta` with `{"usage":{…}}`, `data: [DONE]` |
//! | error | `{"error":{"code","message"}}`, in a stream as its last event |
//!
//! The text is that of the answer and of a refusal; thoughts are left out. The gateway adds its own members to the meta
//! block when it has restored the answer.

use crate::conversation::{Answer, Block, Event, Failure, Message, Part, Request, Role, Usage};
use crate::fields;
use crate::json::{Value, Writer};
use crate::{
    Asked, Asking, Codec, Incoming, NotUnderstood, Notes, Outgoing, StreamReader, StreamWriter, Target,
    Unsupported, turns,
};

/// The codec.
#[derive(Debug)]
pub struct Unified;

impl Codec for Unified {
    fn read_request(&self, body: &[u8], _: Asked<'_>, _: &mut Notes) -> Result<Request, Unsupported> {
        // Counts always come with the meta block.
        let mut request = Request { include_usage: true, ..Request::default() };
        fields::object(body, "it is not JSON", &mut |f| {
            request.messages.push(Message::of_text(Role::User, f.required_text("prompt"), "prompt"));
            request.model = f.required("model");
            request.stream = f.flag("stream") == Some(true);
        })?;
        Ok(request)
    }

    fn write_request(&self, _: &Request, _: &Target<'_>, _: &mut Notes) -> Result<Outgoing, Unsupported> {
        Err(Unsupported { field: String::new(), reason: "no provider speaks this format" })
    }

    fn read_answer(&self, _: &Value<'_>, _: &mut Answer) -> Result<(), NotUnderstood> {
        Err(NotUnderstood)
    }

    fn write_answer(&self, answer: &Answer, _: &Asking) -> Vec<u8> {
        let mut response = String::new();
        for part in &answer.parts {
            if let Part::Text(text) | Part::Refusal(text) = part {
                response.push_str(text);
            }
        }
        let mut w = Writer::object(response.len() + 128);
        w.string_at("response", &response);
        w.string_at("model", &answer.model);
        w.open_at("meta", b'{');
        write_usage(&mut w, &answer.usage);
        w.close(b'}');
        w.done()
    }

    fn read_failure(&self, status: u16, _: &Value<'_>) -> Failure {
        Failure { status, message: String::new(), code: None }
    }

    fn write_failure(&self, failure: &Failure) -> Vec<u8> {
        let code = if failure.status == 504 { "provider_timeout" } else { "provider_error" };
        let message = if failure.message.is_empty() { "the provider failed" } else { &failure.message };
        let mut w = Writer::object(96 + message.len());
        w.open_at("error", b'{');
        w.string_at("code", code);
        w.string_at("message", message);
        w.close(b'}');
        w.done()
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(Nothing)
    }

    fn stream_writer(&self, _: &Asking) -> Box<dyn StreamWriter> {
        Box::<Writing>::default()
    }
}

fn write_usage(w: &mut Writer, usage: &Usage) {
    w.open_at("usage", b'{');
    for (name, count) in [("inputTokens", usage.input), ("outputTokens", usage.output)] {
        if let Some(count) = count {
            w.count_at(name, count);
        }
    }
    w.close(b'}');
}

/// No provider streams in this format.
struct Nothing;

impl StreamReader for Nothing {
    fn read(&mut self, _: &Incoming<'_>, _: &mut Vec<Event>) -> Result<(), NotUnderstood> {
        Err(NotUnderstood)
    }

    fn finish(&mut self, _: &mut Vec<Event>) {}
}

#[derive(Default)]
struct Writing {
    /// The open blocks that hold text for the client.
    texts: Vec<u32>,
    usage: Usage,
}

impl StreamWriter for Writing {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        match event {
            Event::BlockStart { block, kind: Block::Text | Block::Refusal } => self.texts.push(*block),
            Event::BlockEnd { block } => self.texts.retain(|open| open != block),
            Event::Delta { block, text } if self.texts.contains(block) && !text.is_empty() => {
                let mut w = Writer::object(text.len() + 16);
                w.string_at("delta", text);
                turns::write_event(out, "", w.done());
            }
            Event::Usage(usage) => self.usage.merge(*usage),
            Event::End => {
                let mut w = Writer::object(64);
                write_usage(&mut w, &self.usage);
                turns::write_event(out, "meta", w.done());
                turns::write_event(out, "", b"[DONE]".to_vec());
            }
            Event::Failed(failure) => turns::write_event(out, "", Unified.write_failure(failure)),
            _ => {}
        }
    }
}
