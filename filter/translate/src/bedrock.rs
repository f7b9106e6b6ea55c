//! Bedrock Converse and ConverseStream. Source: Amazon Bedrock API reference, "Converse", "ConverseStream",
//! "ContentBlock", "ToolResultContentBlock"; user guide, "Prompt caching", "Structured output".
//!
//! | conversation | Converse |
//! | --- | --- |
//! | model, stream | the path: `/model/{model}/converse`, `/converse-stream` |
//! | instructions | `system[].text`; later ones become turns of the user (`system`) |
//! | turns | `messages[].content`, neighbours of one role become one; empty texts are left out, which Converse refuses |
//! | images, documents | `image`, `document` with `source.bytes`, by the formats that Converse lists; of addresses only `s3://` |
//! | calls, results | `toolUse`, `toolResult` (`text`, `image`, `document`; read also `json`), `status` |
//! | thoughts | `reasoningContent.reasoningText`, or `redactedContent` where they are hidden; without a seal they are left out |
//! | tools | `toolConfig.tools[].toolSpec`; `toolConfig` must be there where calls are, so names that were called stand in |
//! | tool choice | `auto`, `any`, `tool`; none: no `toolConfig`, or refused where the conversation has calls |
//! | `max_tokens`, `temperature`, `top_p`, `stop` | `inferenceConfig` |
//! | `top_k`, thinking | `additionalModelRequestFields`, in the words of the model's maker: Anthropic's, Amazon's, OpenAI's |
//! | schema of the answer | a strict one is `outputConfig.textFormat`; others, which Converse may refuse, and any JSON object are said to the model (`response_format`) |
//! | counts | `inputTokens` is without what the cache gave or took; the conversation counts that in |
//!
//! No place there: penalties, `seed`, the user's id, whether calls may be parallel; `strict` is refused by most models.

mod answer;
mod parameters;
mod reader;
mod stream;
mod writer;

use crate::conversation::{Answer, Failure, Request};
use crate::json::Value;
use crate::{
    Asked, Asking, Codec, NotUnderstood, Notes, Outgoing, StreamReader, StreamWriter, Target, Unsupported,
};

/// Media types and the names that Converse has for them.
const IMAGES: [(&str, &str); 4] =
    [("image/png", "png"), ("image/jpeg", "jpeg"), ("image/gif", "gif"), ("image/webp", "webp")];
const DOCUMENTS: [(&str, &str); 9] = [
    ("application/pdf", "pdf"),
    ("text/plain", "txt"),
    ("text/markdown", "md"),
    ("text/html", "html"),
    ("text/csv", "csv"),
    ("application/msword", "doc"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
];

/// The codec.
#[derive(Debug)]
pub struct BedrockConverse;

impl Codec for BedrockConverse {
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
        Some(match field {
            "max_tokens" => "inferenceConfig.maxTokens",
            "temperature" => "inferenceConfig.temperature",
            "top_p" => "inferenceConfig.topP",
            "stop" => "inferenceConfig.stopSequences",
            "tool_choice" => "toolConfig.toolChoice",
            "response_format" => "outputConfig",
            "reasoning_effort" => "additionalModelRequestFields",
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
        answer::read_failure(status, body)
    }

    fn write_failure(&self, failure: &Failure) -> Vec<u8> {
        answer::write_failure(failure)
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::<stream::Reader>::default()
    }

    fn stream_writer(&self, _: &Asking) -> Box<dyn StreamWriter> {
        Box::<stream::EventWriter>::default()
    }
}
