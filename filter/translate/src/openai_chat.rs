//! OpenAI Chat Completions, as a client's format and as that of OpenAI, Azure, Mistral and Ollama's `/v1`.
//!
//! Sources: OpenAI API reference, "Create chat completion", "The chat completion object", "The chat completion chunk
//! object"; Mistral API reference, "Chat Completion"; Ollama, "OpenAI compatibility".

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
pub struct OpenaiChat;

impl Codec for OpenaiChat {
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

    fn read_answer(&self, body: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
        answer::read(body, answer)
    }

    fn write_answer(&self, answer: &Answer, _: &Asking) -> Vec<u8> {
        answer::write(answer)
    }

    fn read_failure(&self, status: u16, body: &Value<'_>) -> Failure {
        openai::read_failure(status, body)
    }

    fn write_failure(&self, failure: &Failure) -> Vec<u8> {
        openai::write_failure(failure)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::<stream::Reader>::default()
    }

    fn stream_writer(&self, asking: &Asking) -> Box<dyn StreamWriter> {
        Box::new(stream::Writing::new(asking))
    }
}

fn read_finish(word: &str) -> Finish {
    match word {
        "stop" => Finish::Stop,
        "length" | "model_length" => Finish::Length,
        "tool_calls" | "function_call" => Finish::ToolCalls,
        "content_filter" => Finish::Filtered,
        _ => Finish::Other,
    }
}

/// `refused`: there is a refusal in words.
fn finish_word(finish: Option<Finish>, refused: bool) -> &'static str {
    match finish {
        Some(Finish::Refusal) if refused => "stop",
        Some(Finish::Length) => "length",
        Some(Finish::ToolCalls) => "tool_calls",
        Some(Finish::Filtered | Finish::Refusal) => "content_filter",
        _ => "stop",
    }
}

fn read_usage(usage: &Value<'_>) -> Usage {
    let detail = |object: &str, name: &str| usage.get(object).and_then(|details| details.count(name));
    Usage {
        input: usage.count("prompt_tokens"),
        output: usage.count("completion_tokens"),
        cached: detail("prompt_tokens_details", "cached_tokens"),
        reasoning: detail("completion_tokens_details", "reasoning_tokens"),
    }
}

/// Writes counts, where there are any.
fn write_usage(w: &mut Writer, usage: &Usage) {
    if usage.input.is_none() && usage.output.is_none() {
        return;
    }
    let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
    w.open_at("usage", b'{');
    w.count_at("prompt_tokens", input);
    w.count_at("completion_tokens", output);
    w.count_at("total_tokens", input.saturating_add(output));
    if let Some(cached) = usage.cached {
        w.open_at("prompt_tokens_details", b'{');
        w.count_at("cached_tokens", cached);
        w.close(b'}');
    }
    if let Some(reasoning) = usage.reasoning {
        w.open_at("completion_tokens_details", b'{');
        w.count_at("reasoning_tokens", reasoning);
        w.close(b'}');
    }
    w.close(b'}');
}
