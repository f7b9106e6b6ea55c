//! Gemini `generateContent` and `streamGenerateContent`. Source: Gemini API reference, "Generating content", "Content",
//! "FunctionCallingConfig", "GenerationConfig", "Schema"; guides "Function calling", "Thinking", "Thought signatures".
//!
//! | conversation | Gemini |
//! | --- | --- |
//! | model, stream | the path: `/v1beta/models/{model}:generateContent`, `:streamGenerateContent?alt=sse` |
//! | instructions | `systemInstruction`; later ones join them (`system`) |
//! | turns | `contents[]` of `user` and `model`; neighbours of one role become one, results of functions stand by themselves |
//! | images, documents | `inlineData`, of addresses `fileData` |
//! | calls | `functionCall` with its id; a call's `thoughtSignature` with it. Models from Gemini 3 on refuse a call without one: Google's own word for calls of others stands in |
//! | results | `functionResponse`, whose `response` is `{"output": text}` or `{"error": text}`; pictures stand behind it |
//! | thoughts | `thought: true`; of other providers' they are left out |
//! | tools | `functionDeclarations`, schemas as `parametersJsonSchema`, which is JSON Schema as it is |
//! | tool choice | `functionCallingConfig.mode`: `AUTO`, `NONE`, `ANY`; one function: `allowedFunctionNames` |
//! | JSON, schema of the answer | `responseMimeType`, `responseJsonSchema` |
//! | thinking | to Gemini 2.5 `thinkingBudget`, from 3 on `thinkingLevel` |
//! | finish | `STOP` (with calls: calls), `MAX_TOKENS`, `SAFETY` and its like; a blocked prompt is filtered |
//! | counts | `candidatesTokenCount` is without thoughts; the conversation counts them in |
//!
//! Read besides: names in `snake_case`, calls without ids (made up by place; results matched by name and order), schemas
//! in Gemini's own words. No place in Gemini: the user's id, whether calls may be parallel, `strict`.

mod answer;
mod reader;
mod schema;
pub(crate) mod seal;
mod stream;
mod writer;

use crate::conversation::{Answer, Failure, Request};
use crate::json::Value;
use crate::{
    Asked, Asking, Codec, NotUnderstood, Notes, Outgoing, StreamReader, StreamWriter, Target, Unsupported,
};

/// What Google has a client send for a call that no Gemini model made ("Thought signatures", questions).
pub(crate) const FOREIGN_CALL: &str = "skip_thought_signature_validator";

/// Whether a model refuses calls without their seal, as those from Gemini 3 on do.
pub(crate) fn wants_seals(model: &str) -> bool {
    !(model.contains("gemini-1.") || model.contains("gemini-2."))
}

/// What Gemini calls a field of a request.
fn client_name(field: &str) -> Option<&'static str> {
    Some(match field {
        "max_tokens" => "generationConfig.maxOutputTokens",
        "temperature" => "generationConfig.temperature",
        "top_p" => "generationConfig.topP",
        "top_k" => "generationConfig.topK",
        "stop" => "generationConfig.stopSequences",
        "seed" => "generationConfig.seed",
        "presence_penalty" => "generationConfig.presencePenalty",
        "frequency_penalty" => "generationConfig.frequencyPenalty",
        "response_format" => "generationConfig.responseJsonSchema",
        "reasoning_effort" => "generationConfig.thinkingConfig",
        "tool_choice" => "toolConfig.functionCallingConfig",
        _ => return None,
    })
}

/// The codec.
#[derive(Debug)]
pub struct Gemini;

impl Codec for Gemini {
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
        Box::new(stream::ChunkWriter::new(asking))
    }
}
