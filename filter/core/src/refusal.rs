//! Refusals: a status, a code, and a message in the error shape of the format that the client speaks.
//!
//! | format | shape |
//! | --- | --- |
//! | OpenAI, Mistral, Azure | `{"error":{"message","type","param","code"}}` |
//! | Anthropic | `{"type":"error","error":{"type","message"}}` |
//! | Gemini | `{"error":{"code","message","status"}}`, the status a name of `google.rpc.Code` |
//! | Cohere | `{"message"}` |
//! | Bedrock | `{"__type","message"}` (AWS restJson1) |
//! | Ollama | `{"error"}` |
//! | the gateway's own | `{"error":{"code","message"}}`, with `param` where a field is wrong |

use crate::formats::Format;
use crate::limits::{Standing, Verdict};
use crate::object::Json::{self, Number, Object, Text};

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// No key, or none that is accepted.
    Unauthorized,
    /// The body is larger than the cap.
    PayloadTooLarge,
    /// The body is not what the endpoint takes.
    Validation,
    /// The body's type or encoding cannot be looked into.
    UnsupportedContent,
    /// The chosen provider does not speak the request's format.
    OtherFormat,
    /// The model is not one that the caller may ask for.
    ModelNotAllowed,
    /// The caller's requests come too fast.
    RateLimited,
    /// The caller's tokens of the day are used up.
    QuotaExceeded,
    /// A policy forbids the request.
    PolicyViolation,
    /// The named provider is not configured.
    UnknownProvider,
    /// No provider can take the request.
    NoProvider,
    /// The provider failed, or its answer could not be understood.
    ProviderError,
    /// The provider did not begin to answer in time.
    ProviderTimeout,
    /// The endpoint is not one that the gateway knows how to look into.
    NotFound,
    /// The endpoint exists and takes another method.
    MethodNotAllowed,
    /// No policy has been loaded yet.
    NotReady,
    /// The gateway itself failed; nothing was passed on.
    Internal,
}

impl Code {
    /// The code's name and its HTTP status.
    #[must_use]
    pub fn parts(self) -> (&'static str, u16) {
        match self {
            Self::Unauthorized => ("unauthorized", 401),
            Self::PayloadTooLarge => ("payload_too_large", 413),
            Self::Validation => ("validation", 400),
            Self::UnsupportedContent => ("unsupported_content", 415),
            Self::OtherFormat => ("validation", 422),
            Self::ModelNotAllowed => ("model_not_allowed", 403),
            Self::RateLimited => ("rate_limited", 429),
            Self::QuotaExceeded => ("quota_exceeded", 429),
            Self::PolicyViolation => ("policy_violation", 403),
            Self::UnknownProvider => ("unknown_provider", 400),
            Self::NoProvider => ("no_provider", 503),
            Self::ProviderError => ("provider_error", 502),
            Self::ProviderTimeout => ("provider_timeout", 504),
            Self::NotFound => ("not_found", 404),
            Self::MethodNotAllowed => ("method_not_allowed", 405),
            Self::NotReady => ("not_ready", 503),
            Self::Internal => ("internal", 503),
        }
    }
}

/// A refusal. The message never repeats content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// A sentence for the caller.
    pub message: String,
    /// The field that is wrong, if one is.
    pub param: Option<String>,
    /// Where a limit is reached: in how many seconds to come again, and how the caller stands.
    pub limit: Option<(u64, Standing)>,
}

impl Refusal {
    /// A refusal without a field.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), param: None, limit: None }
    }

    /// The same, of a field.
    #[must_use]
    pub fn at(self, field: &str) -> Self {
        Self { param: Some(field.to_owned()), ..self }
    }

    /// What a limit says against a request; nothing where it may go on.
    #[must_use]
    pub fn by_limit(verdict: Verdict) -> Option<Self> {
        let (code, message, seconds, standing) = match verdict {
            Verdict::Allowed(_) => return None,
            Verdict::TooSoon(seconds, standing) => {
                (Code::RateLimited, "too many requests", seconds, standing)
            }
            Verdict::OverQuota(seconds, standing) => {
                (Code::QuotaExceeded, "the tokens of this day are used up", seconds, standing)
            }
        };
        let limit = Some((seconds, standing));
        Some(Self { limit, ..Self::new(code, format!("{message}; try again in {seconds} s")) })
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.parts().1
    }

    /// The body in the error shape of `format`.
    #[must_use]
    pub fn body(&self, format: Format) -> Vec<u8> {
        let (message, status) = (Text(&self.message), self.status());
        match format {
            Format::OpenaiChat
            | Format::OpenaiResponses
            | Format::OpenaiCompletions
            | Format::OpenaiEmbeddings => self.openai_body(),
            Format::AnthropicMessages => {
                let error = [("message", message), ("type", Text(anthropic_type(status)))];
                Object(&[("error", Object(&error)), ("type", Text("error"))]).to_vec()
            }
            Format::Gemini | Format::GeminiEmbeddings => {
                let (code, status) = (Number(status.into()), Text(google_status(status)));
                in_error(&[("code", code), ("message", message), ("status", status)])
            }
            Format::CohereChat | Format::CohereEmbed => Object(&[("message", message)]).to_vec(),
            Format::BedrockConverse | Format::BedrockInvoke => {
                Object(&[("__type", Text(aws_exception(status))), ("message", message)]).to_vec()
            }
            Format::OllamaChat | Format::OllamaGenerate | Format::OllamaEmbed => {
                Object(&[("error", message)]).to_vec()
            }
            Format::Unified => {
                let (code, param) = (Text(self.code.parts().0), self.param.as_deref());
                let error = [("code", code), ("message", message), ("param", param.into())];
                in_error(error.get(..2 + usize::from(param.is_some())).unwrap_or_default())
            }
        }
    }

    /// The body in OpenAI's error shape: `{"error":{"message","type","param","code"}}`.
    #[must_use]
    pub fn openai_body(&self) -> Vec<u8> {
        let (code, status) = self.code.parts();
        let kind = match status {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        let param = self.param.as_deref().into();
        in_error(&[
            ("message", Text(&self.message)),
            ("type", Text(kind)),
            ("param", param),
            ("code", Text(code)),
        ])
    }
}

/// An error of these members, as the value of `error`.
fn in_error(error: &[(&str, Json<'_>)]) -> Vec<u8> {
    Object(&[("error", Object(error))]).to_vec()
}

impl From<crate::json::JsonError> for Refusal {
    fn from(error: crate::json::JsonError) -> Self {
        let path = error.path();
        let param = (!path.is_empty()).then_some(path);
        Self { param, ..Self::new(Code::Validation, error.to_string()) }
    }
}

/// Source: Anthropic API reference, "Errors".
fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        503 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

/// Source: Google API Improvement Proposal 193 and `google/rpc/code.proto`.
fn google_status(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        405 => "UNIMPLEMENTED",
        429 => "RESOURCE_EXHAUSTED",
        504 => "DEADLINE_EXCEEDED",
        502 | 503 => "UNAVAILABLE",
        500.. => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}

/// Source: Amazon Bedrock API reference, "Converse", errors.
fn aws_exception(status: u16) -> &'static str {
    match status {
        401 | 403 => "AccessDeniedException",
        404 => "ResourceNotFoundException",
        429 => "ThrottlingException",
        504 => "ModelTimeoutException",
        503 => "ServiceUnavailableException",
        500.. => "InternalServerException",
        _ => "ValidationException",
    }
}
