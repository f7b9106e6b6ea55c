//! Anthropic Messages, version 2023-06-01.
//!
//! Sources: Anthropic API reference, "Create a Message", "Streaming Messages", "Errors"; guides "Extended thinking",
//! "Tool use", "Structured outputs".

mod answer;
mod reading;
mod stream;
mod writing;

use crate::conversation::{Answer, Failure, Finish, Request, Usage};
use crate::json::{Value, Writer};
use crate::{
    Asked, Asking, Codec, NotUnderstood, Notes, Outgoing, StreamReader, StreamWriter, Target, Unsupported,
    openai,
};

/// The codec.
#[derive(Debug)]
pub struct AnthropicMessages;

/// Marks the seal of thoughts that are hidden as a whole (`redacted_thinking`); no base64 has a colon.
const REDACTED: &str = "redacted:";

impl Codec for AnthropicMessages {
    fn read_request(&self, body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
        reading::request(body, asked, notes)
    }

    fn write_request(
        &self,
        request: &Request,
        target: &Target<'_>,
        notes: &mut Notes,
    ) -> Result<Outgoing, Unsupported> {
        writing::request(request, target, notes)
    }

    fn client_name(&self, field: &str) -> Option<&'static str> {
        Some(match field {
            "stop" => "stop_sequences",
            "user" => "metadata.user_id",
            "response_format" => "output_config.format",
            "reasoning_effort" => "thinking",
            "parallel_tool_calls" => "tool_choice.disable_parallel_tool_use",
            _ => return None,
        })
    }

    fn read_answer(&self, body: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
        answer::read(body, answer)
    }

    fn write_answer(&self, answer: &Answer, _: &Asking) -> Vec<u8> {
        answer::write(answer)
    }

    fn read_failure(&self, status: u16, body: &Value<'_>) -> Failure {
        Failure { status, ..failure_of(body.get("error")) }
    }

    fn write_failure(&self, failure: &Failure) -> Vec<u8> {
        let mut w = Writer::object(128 + failure.message.len());
        w.string_at("type", "error");
        w.open_at("error", b'{');
        w.string_at("type", type_of(failure));
        w.string_at("message", &openai::message_of(failure));
        w.close(b'}');
        w.done()
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::<stream::Reader>::default()
    }

    fn stream_writer(&self, _: &Asking) -> Box<dyn StreamWriter> {
        Box::<stream::Writing>::default()
    }
}

/// Errors by name, and their statuses.
const ERRORS: [(&str, u16); 9] = [
    ("invalid_request_error", 400),
    ("authentication_error", 401),
    ("permission_error", 403),
    ("not_found_error", 404),
    ("request_too_large", 413),
    ("rate_limit_error", 429),
    ("timeout_error", 504),
    ("overloaded_error", 529),
    ("api_error", 500),
];

/// The failure that `{"type","message"}` tells, with the status of its type.
fn failure_of(error: Option<&Value<'_>>) -> Failure {
    let text = |name| error.map(|e| e.text(name)).unwrap_or_default();
    let code = Some(text("type").to_owned()).filter(|code| !code.is_empty());
    let known = ERRORS.iter().find(|(name, _)| *name == text("type"));
    Failure { status: known.map_or(500, |(_, status)| *status), message: text("message").to_owned(), code }
}

fn type_of(failure: &Failure) -> &'static str {
    let named = ERRORS.iter().find(|(name, _)| failure.code.as_deref() == Some(*name));
    let by_status = || ERRORS.iter().find(|(_, status)| *status == failure.status);
    match named.or_else(by_status) {
        Some((name, _)) => name,
        None if failure.status == 503 => "overloaded_error",
        None if failure.status >= 500 => "api_error",
        None => "invalid_request_error",
    }
}

fn read_finish(word: &str) -> Finish {
    match word {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence,
        "max_tokens" | "model_context_window_exceeded" => Finish::Length,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::Refusal,
        _ => Finish::Other,
    }
}

fn finish_word(finish: Option<Finish>) -> &'static str {
    match finish {
        Some(Finish::StopSequence) => "stop_sequence",
        Some(Finish::Length) => "max_tokens",
        Some(Finish::ToolCalls) => "tool_use",
        Some(Finish::Refusal | Finish::Filtered) => "refusal",
        _ => "end_turn",
    }
}

/// Anthropic counts what was written to and read from the cache beside `input_tokens`.
fn read_usage(usage: &Value<'_>) -> Usage {
    let cached = usage.count("cache_read_input_tokens");
    let written = usage.count("cache_creation_input_tokens").unwrap_or(0);
    let input = usage.count("input_tokens");
    let input = input.map(|n| n.saturating_add(cached.unwrap_or(0)).saturating_add(written));
    Usage { input, output: usage.count("output_tokens"), cached, reasoning: None }
}

fn write_usage(w: &mut Writer, usage: &Usage) {
    let cached = usage.cached.unwrap_or(0);
    w.open_at("usage", b'{');
    w.count_at("input_tokens", usage.input.unwrap_or(0).saturating_sub(cached));
    w.raw_at("cache_creation_input_tokens", "0");
    w.count_at("cache_read_input_tokens", cached);
    w.count_at("output_tokens", usage.output.unwrap_or(0));
    w.close(b'}');
}
