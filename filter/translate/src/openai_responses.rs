//! OpenAI Responses, without what OpenAI keeps: earlier answers, conversations, stored prompts, files.
//!
//! Sources: OpenAI API reference, "Create a model response", "The response object", "Streaming events"; guide
//! "Reasoning models", encrypted reasoning items.

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
pub struct OpenaiResponses;

impl Codec for OpenaiResponses {
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
            "max_tokens" => "max_output_tokens",
            "response_format" => "text.format",
            "reasoning_effort" => "reasoning.effort",
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
        openai::read_failure(status, body)
    }

    fn write_failure(&self, failure: &Failure) -> Vec<u8> {
        openai::write_failure(failure)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::<stream::Reader>::default()
    }

    fn stream_writer(&self, asking: &Asking) -> Box<dyn StreamWriter> {
        Box::new(stream::Writing::new(asking.now))
    }
}

/// Between the id of an item of reasoning and its seal.
const SEAL: char = ':';

fn read_usage(usage: &Value<'_>) -> Usage {
    let detail = |object: &str, name: &str| usage.get(object).and_then(|details| details.count(name));
    Usage {
        input: usage.count("input_tokens"),
        output: usage.count("output_tokens"),
        cached: detail("input_tokens_details", "cached_tokens"),
        reasoning: detail("output_tokens_details", "reasoning_tokens"),
    }
}

fn write_usage(w: &mut Writer, usage: &Usage) {
    let (input, output) = (usage.input.unwrap_or(0), usage.output.unwrap_or(0));
    w.open_at("usage", b'{');
    w.count_at("input_tokens", input);
    w.open_at("input_tokens_details", b'{');
    w.count_at("cached_tokens", usage.cached.unwrap_or(0));
    w.close(b'}');
    w.count_at("output_tokens", output);
    w.open_at("output_tokens_details", b'{');
    w.count_at("reasoning_tokens", usage.reasoning.unwrap_or(0));
    w.close(b'}');
    w.count_at("total_tokens", input.saturating_add(output));
    w.close(b'}');
}

/// Why a response ends, by its `status`, and what stands in it.
fn read_finish(response: &Value<'_>, calls: bool, refused: bool) -> Finish {
    if response.text("status") == "incomplete" {
        let reason = response.get("incomplete_details").map(|d| d.text("reason")).unwrap_or_default();
        return if reason == "content_filter" { Finish::Filtered } else { Finish::Length };
    }
    match (calls, refused) {
        (true, _) => Finish::ToolCalls,
        (_, true) => Finish::Refusal,
        _ => Finish::Stop,
    }
}

/// Why a response is incomplete; none where it is complete.
fn incomplete(finish: Option<Finish>) -> Option<&'static str> {
    match finish {
        Some(Finish::Length) => Some("max_output_tokens"),
        Some(Finish::Filtered) => Some("content_filter"),
        _ => None,
    }
}
