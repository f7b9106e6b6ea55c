//! Refusals: a status, a code, and a message in the error shape of the format that the client speaks.

use serde::Serialize;

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
    /// A policy forbids the request.
    PolicyViolation,
    /// The named provider is not configured.
    UnknownProvider,
    /// No provider can take the request.
    NoProvider,
    /// The provider failed, or its answer could not be understood.
    ProviderError,
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
            Self::PolicyViolation => ("policy_violation", 403),
            Self::UnknownProvider => ("unknown_provider", 400),
            Self::NoProvider => ("no_provider", 503),
            Self::ProviderError => ("provider_error", 502),
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
}

impl Refusal {
    /// A refusal without a field.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), param: None }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code.parts().1
    }

    /// The body in OpenAI's error shape: `{"error":{"message","type","param","code"}}`.
    #[must_use]
    pub fn openai_body(&self) -> Vec<u8> {
        let (code, status) = self.code.parts();
        let kind = match status {
            401 => "authentication_error",
            403 => "permission_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        let error = OpenAiError { message: &self.message, kind, param: self.param.as_deref(), code };
        serde_json::to_vec(&OpenAiErrorBody { error }).unwrap_or_default()
    }
}

impl From<crate::json::JsonError> for Refusal {
    fn from(error: crate::json::JsonError) -> Self {
        let path = error.path();
        Self { code: Code::Validation, message: error.to_string(), param: (!path.is_empty()).then_some(path) }
    }
}

#[derive(Serialize)]
struct OpenAiErrorBody<'a> {
    error: OpenAiError<'a>,
}

#[derive(Serialize)]
struct OpenAiError<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    param: Option<&'a str>,
    code: &'static str,
}
