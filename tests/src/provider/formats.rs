//! The formats that the test provider speaks, and which path speaks which. Each is written after its
//! maker's API reference; a file each.

mod anthropic;
mod bedrock;
mod cohere;
mod embeddings;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_completions;
mod openai_responses;

use serde_json::{Value, json};

use super::ask::Ask;
use super::frame::{Event, Events, Framing};

/// Tokens of a request, of an answer, and of both, in every answer.
pub const USAGE: (u64, u64, u64) = (11, 7, 18);
/// When every answer was made, in seconds of Unix time.
const CREATED: u64 = 1_760_000_000;
/// What signs or encrypts every reasoning: opaque to all but the provider.
const SIGNATURE: &str = "c2lnbmF0dXJlLW9mLW5vdGhpbmc=";

/// Where formats have what signs or encrypts reasoning.
const SEALS: [&str; 5] =
    ["signature", "encrypted_content", "thoughtSignature", "thought_signature", "redactedContent"];
/// What Google takes in the place of a signature.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// Whether a request brings reasoning that this provider has not made, which makers refuse.
#[must_use]
pub fn holds_foreign_reasoning(body: &Value) -> bool {
    match body {
        Value::Array(items) => items.iter().any(holds_foreign_reasoning),
        Value::Object(members) => members.iter().any(|(name, value)| match value.as_str() {
            Some(seal) => SEALS.contains(&name.as_str()) && ![SIGNATURE, NO_SIGNATURE].contains(&seal),
            None => holds_foreign_reasoning(value),
        }),
        _ => false,
    }
}

/// Below this path everything is spoken once more, as at a server that has its API below a path of its own.
pub const BASE_PATH: &str = "/below";

/// A wire format.
pub trait Format: Sync {
    /// The text of a request.
    fn text(&self, body: &Value) -> String;

    /// The tool that the answer calls: the first that is offered, unless the request brings a result.
    fn tool(&self, _body: &Value) -> Option<String> {
        None
    }

    /// Whether the request asks for reasoning.
    fn thinks(&self, _body: &Value) -> bool {
        false
    }

    /// Whether the request asks for a stream, where its path does not say so.
    fn streams(&self, body: &Value) -> bool {
        body["stream"] == json!(true)
    }

    /// The answer as a whole.
    fn whole(&self, ask: &Ask) -> Value;

    /// The answer as a stream.
    fn events(&self, ask: &Ask) -> Events;

    /// An error.
    fn error(&self, status: u16, message: &str) -> Value {
        let code = if status == 429 { json!("rate_limit_exceeded") } else { Value::Null };
        json!({ "error": { "message": message, "type": "test", "param": null, "code": code } })
    }

    /// An error inside a stream.
    fn error_event(&self, message: &str) -> Event {
        Event::error("error", self.error(500, message))
    }

    /// Headers of an answer, besides its type and length.
    fn headers(&self, _status: u16) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// A header without which the request is refused.
    fn required_header(&self) -> Option<&'static str> {
        None
    }
}

/// What a path leads to.
pub struct Target {
    /// The format that is spoken there.
    pub format: &'static dyn Format,
    /// How its streams are written.
    pub framing: Framing,
    /// The model, where the path names it.
    pub model: Option<String>,
    /// Whether the answer is a stream, where the path says so.
    pub stream: Option<bool>,
}

impl Target {
    fn new(format: &'static dyn Format, framing: Framing) -> Self {
        Self { format, framing, model: None, stream: None }
    }

    fn of(self, model: &str) -> Self {
        Self { model: Some(percent_decoded(model)), ..self }
    }

    fn streamed(self, stream: bool) -> Self {
        Self { stream: Some(stream), ..self }
    }

    /// What answers where nothing is spoken.
    #[must_use]
    pub fn unknown() -> Self {
        Self::new(&openai_chat::Chat, Framing::Data)
    }

    /// What is spoken at a path; none where there is nothing.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = path.strip_prefix(BASE_PATH).unwrap_or(path);
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        Some(match segments.as_slice() {
            ["v1" | "openai", rest @ ..] if openai(rest).is_some() => openai(rest)?,
            ["openai", "v1", rest @ ..] => openai(rest)?,
            ["openai", "deployments", deployment, rest @ ..] => {
                query.split('&').find(|p| p.starts_with("api-version="))?;
                openai(rest)?.of(deployment)
            }
            ["v1", "messages"] => Self::new(&anthropic::Messages, Framing::Named),
            ["v1", "messages", "count_tokens"] => Self::new(&anthropic::CountTokens, Framing::Named),
            ["v1" | "v1beta", "models", last] => {
                let (model, verb) = last.split_once(':')?;
                gemini(verb, query)?.of(model)
            }
            ["v2", "chat"] => Self::new(&cohere::Chat, Framing::Named),
            ["v2", "embed"] => Self::new(&embeddings::Cohere, Framing::Named),
            ["model", model, verb] => bedrock::target(&percent_decoded(model), verb)?.of(model),
            ["api", "chat"] => Self::new(&ollama::Chat, Framing::Lines),
            ["api", "generate"] => Self::new(&ollama::Generate, Framing::Lines),
            ["api", "embed"] => Self::new(&embeddings::Ollama, Framing::Lines),
            _ => return None,
        })
    }
}

fn openai(rest: &[&str]) -> Option<Target> {
    Some(match rest {
        ["chat", "completions"] => Target::new(&openai_chat::Chat, Framing::Data),
        ["completions"] => Target::new(&openai_completions::Completions, Framing::Data),
        ["responses"] => Target::new(&openai_responses::Responses, Framing::Named),
        ["embeddings"] => Target::new(&embeddings::OpenAi, Framing::Data),
        _ => return None,
    })
}

fn gemini(verb: &str, query: &str) -> Option<Target> {
    let sse = query.split('&').any(|p| p == "alt=sse");
    let framing = if sse { Framing::DataCrLf } else { Framing::Array };
    Some(match verb {
        "generateContent" => Target::new(&gemini::Generate, framing).streamed(false),
        "streamGenerateContent" => Target::new(&gemini::Generate, framing).streamed(true),
        "countTokens" => Target::new(&gemini::CountTokens, framing),
        "embedContent" | "batchEmbedContents" => Target::new(&embeddings::Gemini, framing),
        _ => return None,
    })
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, others)) = rest.split_first() {
        let hex = others.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        let decoded = hex.filter(|_| *byte == b'%').and_then(|h| u8::from_str_radix(h, 16).ok());
        out.push(decoded.unwrap_or(*byte));
        rest = if decoded.is_some() { others.get(2..).unwrap_or_default() } else { others };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The name at `pointer` of the first of `tools`, which are offered; none where the last of `turns` brings
/// a result, as `is_result` says.
fn offered(
    tools: &Value,
    pointer: &str,
    turns: &Value,
    is_result: impl Fn(&Value) -> bool,
) -> Option<String> {
    if turns.as_array().and_then(|t| t.last()).is_some_and(is_result) {
        return None;
    }
    tools.get(0)?.pointer(pointer)?.as_str().map(str::to_owned)
}

/// Whether one of the parts of a turn has this member.
fn has_part(turn: &Value, parts: &str, is: impl Fn(&Value) -> bool) -> bool {
    turn[parts].as_array().is_some_and(|parts| parts.iter().any(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_format_and_names_model_and_stream() {
        let target = |path: &str| Target::at(path).map(|t| (t.model, t.stream, t.framing));
        let some = |s: &str| Some(s.to_owned());
        assert_eq!(target("/v1/chat/completions"), Some((None, None, Framing::Data)));
        assert_eq!(
            target("/openai/deployments/echo/chat/completions?api-version=2024-10-21"),
            Some((some("echo"), None, Framing::Data))
        );
        assert_eq!(target("/openai/deployments/echo/chat/completions"), None, "without a version");
        assert_eq!(
            target("/v1beta/models/echo:streamGenerateContent?alt=sse"),
            Some((some("echo"), Some(true), Framing::DataCrLf))
        );
        assert_eq!(
            target("/v1beta/models/echo:streamGenerateContent"),
            Some((some("echo"), Some(true), Framing::Array))
        );
        assert_eq!(
            target("/model/anthropic.echo%3A0/invoke-with-response-stream"),
            Some((some("anthropic.echo:0"), Some(true), Framing::Chunks))
        );
        assert_eq!(target("/v1/files"), None);
    }
}
