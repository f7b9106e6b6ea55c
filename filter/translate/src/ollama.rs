//! Ollama `/api/chat`, and `/api/generate` for clients. Source: Ollama API documentation, "Generate a chat completion",
//! "Generate a completion", "Modelfile: valid parameters and values"; blog posts "Tool support", "Thinking".
//!
//! | conversation | Ollama |
//! | --- | --- |
//! | turns | `messages[]` of `system`, `user`, `assistant`, `tool`; instructions where they stand |
//! | text | `content`, one string: parts are joined by line ends |
//! | images | `images` of the message, bare base64; addresses are refused |
//! | calls | `tool_calls[].function` with `arguments` as an object, without ids: made up by place or by answer |
//! | results | messages of `tool` with `tool_name`, matched by name and order |
//! | thoughts | `thinking` |
//! | tools | `tools[]`; no tool choice: none offers none, others are refused |
//! | sampling, `stop`, `max_tokens` | `options`, the last as `num_predict`; options of the engine have no counterpart (`options`) |
//! | JSON, schema of the answer | `format`: `"json"` or the schema |
//! | thinking | `think`: no, or to `gpt-oss` a level; models that can think do so by themselves, others refuse to be told |
//! | finish | `done_reason` of `stop` (with calls: calls), `length` |
//! | counts | `prompt_eval_count`, `eval_count`; durations are not known here and left out, as Ollama leaves out zero |
//!
//! `/api/generate` is the same with one turn: `system` and `prompt` in, `response` out. As a provider's format it is not
//! needed, for every Ollama has `/api/chat`.

mod answer;
mod reader;
mod stream;
mod writer;

use crate::conversation::{Answer, Failure, Request};
use crate::json::Value;
use crate::{
    Asked, Asking, Codec, NotUnderstood, Notes, Outgoing, StreamReader, StreamWriter, Target, Unsupported,
};

/// What Ollama calls a field of a request.
fn client_name(field: &str) -> Option<&'static str> {
    Some(match field {
        "max_tokens" => "options.num_predict",
        "temperature" => "options.temperature",
        "top_p" => "options.top_p",
        "top_k" => "options.top_k",
        "stop" => "options.stop",
        "seed" => "options.seed",
        "presence_penalty" => "options.presence_penalty",
        "frequency_penalty" => "options.frequency_penalty",
        "response_format" => "format",
        "reasoning_effort" => "think",
        _ => return None,
    })
}

/// The codec of `/api/chat`.
#[derive(Debug)]
pub struct OllamaChat;

impl Codec for OllamaChat {
    fn read_request(&self, body: &[u8], _: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
        reader::read(body, notes)
    }

    fn write_request(
        &self,
        request: &Request,
        _: &Target<'_>,
        notes: &mut Notes,
    ) -> Result<Outgoing, Unsupported> {
        writer::write(request, notes)
    }

    fn client_name(&self, field: &str) -> Option<&'static str> {
        client_name(field)
    }

    fn read_answer(&self, body: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
        answer::read(body, answer)
    }

    fn write_answer(&self, answer: &Answer, _: &Asking) -> Vec<u8> {
        answer::write(answer, false)
    }

    fn read_failure(&self, status: u16, body: &Value<'_>) -> Failure {
        answer::read_failure(status, body)
    }

    fn write_failure(&self, failure: &Failure) -> Vec<u8> {
        answer::write_failure(failure)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::<stream::Reader>::default()
    }

    fn stream_writer(&self, asking: &Asking) -> Box<dyn StreamWriter> {
        Box::new(stream::LineWriter::new(asking, false))
    }
}

/// The codec of `/api/generate`.
#[derive(Debug)]
pub struct OllamaGenerate;

impl Codec for OllamaGenerate {
    fn read_request(&self, body: &[u8], _: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
        reader::read_generate(body, notes)
    }

    fn write_request(
        &self,
        request: &Request,
        _: &Target<'_>,
        notes: &mut Notes,
    ) -> Result<Outgoing, Unsupported> {
        // What is asked for goes to the chat.
        writer::write(request, notes)
    }

    fn client_name(&self, field: &str) -> Option<&'static str> {
        client_name(field)
    }

    fn read_answer(&self, body: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
        answer::read(body, answer)
    }

    fn write_answer(&self, answer: &Answer, _: &Asking) -> Vec<u8> {
        answer::write(answer, true)
    }

    fn read_failure(&self, status: u16, body: &Value<'_>) -> Failure {
        answer::read_failure(status, body)
    }

    fn write_failure(&self, failure: &Failure) -> Vec<u8> {
        answer::write_failure(failure)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::<stream::Reader>::default()
    }

    fn stream_writer(&self, asking: &Asking) -> Box<dyn StreamWriter> {
        Box::new(stream::LineWriter::new(asking, true))
    }
}
