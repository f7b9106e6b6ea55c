//! Cohere Chat, version 2. Source: Cohere API reference, "Chat", "Chat with Streaming" (v2); guides "Tool use",
//! "Reasoning", "Structured outputs".
//!
//! | conversation | Cohere |
//! | --- | --- |
//! | turns | `messages[]` of `system`, `user`, `assistant`, `tool`; instructions where they stand |
//! | text and images | `content`: one text as a string, else parts of `text` and `image_url` |
//! | calls | `tool_calls[]`; what the model says beside them is its `tool_plan` |
//! | results | messages of `tool`, text only; read also `document` parts |
//! | thoughts | read from parts of `thinking`; never sent back (`reasoning`) |
//! | tools | `tools[]`, with `strict_tools` where all are strict |
//! | tool choice | `REQUIRED`, `NONE`; one function: only that one is offered (`tool_choice`) |
//! | `top_p`, `top_k`, `stop` | `p` (0.01 to 0.99), `k` (to 500), `stop_sequences` |
//! | penalties | from 0 to 1 there; what lies outside goes to the nearest |
//! | JSON, schema of the answer | `response_format` of `json_object`, with `json_schema` |
//! | thinking | `thinking` with `token_budget`, to models that reason by their name |
//! | finish | `COMPLETE`, `STOP_SEQUENCE`, `MAX_TOKENS`, `TOOL_CALL`; in a stream `ERROR` and `TIMEOUT` are failures |
//! | counts | `usage.tokens`, else `usage.billed_units` |
//!
//! No place there: documents in the user's turn, the user's id, whether calls may be parallel. Without a counterpart
//! elsewhere: `documents` and citations.

mod answer;
mod reader;
mod stream;
mod writer;

use crate::conversation::{Answer, Failure, Request};
use crate::json::Value;
use crate::{
    Asked, Asking, Codec, NotUnderstood, Notes, Outgoing, StreamReader, StreamWriter, Target, Unsupported,
};

/// What Cohere calls a field of a request.
fn client_name(field: &str) -> Option<&'static str> {
    Some(match field {
        "top_p" => "p",
        "top_k" => "k",
        "stop" => "stop_sequences",
        "reasoning_effort" => "thinking",
        _ => return None,
    })
}

/// The codec.
#[derive(Debug)]
pub struct CohereChat;

impl Codec for CohereChat {
    fn read_request(&self, body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
        reader::read(body, asked, notes)
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
        answer::write(answer)
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
        Box::new(stream::EventWriter::new(asking))
    }
}
