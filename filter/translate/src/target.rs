//! Where a request goes to, and in which format.

use privet_core::endpoint::Endpoint;
use privet_core::formats::Format;
use privet_core::provider::Kind;

use crate::{codec, embeddings};

/// Which of those who speak OpenAI's formats a request goes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI itself, and whoever takes what it takes.
    #[default]
    OpenAi,
    /// Azure OpenAI.
    Azure,
    /// Mistral.
    Mistral,
    /// Ollama below `/v1`.
    Ollama,
}

/// Where a request goes to.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Of OpenAI's formats.
    pub dialect: Dialect,
    /// The model's name at the provider; none keeps the client's.
    pub model: Option<&'a str>,
    /// Most tokens of an answer, where the format has to say it and the client does not.
    pub max_tokens: u32,
    /// Azure: the deployment, and the version of the API that its path needs. Without one the path is that of
    /// `/openai/v1`.
    pub deployment: Option<(&'a str, &'a str)>,
}

/// [`Target::max_tokens`] where the configuration says nothing: what the largest answers of every model in use allow.
pub const DEFAULT_MAX_TOKENS: u32 = 4096;

impl Default for Target<'_> {
    fn default() -> Self {
        Self { dialect: Dialect::OpenAi, model: None, max_tokens: DEFAULT_MAX_TOKENS, deployment: None }
    }
}

/// The format in which a provider of this kind is told what a client says in `client`: the same where it speaks that,
/// and nothing has to be translated; none where the provider has nothing alike.
#[must_use]
pub fn told(kind: Kind, client: Format) -> Option<(Format, Dialect)> {
    let dialect = match kind {
        Kind::Azure => Dialect::Azure,
        Kind::Mistral => Dialect::Mistral,
        Kind::Ollama => Dialect::Ollama,
        _ => Dialect::OpenAi,
    };
    if kind.speaks(client) {
        return Some((client, dialect));
    }
    let format = match (embeddings::is_one(client), kind) {
        (false, Kind::Openai | Kind::Azure | Kind::Mistral) => Format::OpenaiChat,
        (false, Kind::Anthropic) => Format::AnthropicMessages,
        (false, Kind::Google) => Format::Gemini,
        (false, Kind::Bedrock) => Format::BedrockConverse,
        (false, Kind::Cohere) => Format::CohereChat,
        (false, Kind::Ollama) => Format::OllamaChat,
        (true, Kind::Openai | Kind::Azure | Kind::Mistral) => Format::OpenaiEmbeddings,
        (true, Kind::Google) => Format::GeminiEmbeddings,
        (true, Kind::Cohere) => Format::CohereEmbed,
        (true, Kind::Ollama) => Format::OllamaEmbed,
        (true, Kind::Anthropic | Kind::Bedrock) => return None,
    };
    (embeddings::is_one(client) || codec(client).is_some()).then_some((format, dialect))
}

/// Whether what this endpoint is asked for can be asked of a provider that speaks another format: an answer or
/// embeddings, not the counting of tokens, whose requests look the same.
#[must_use]
pub fn is_translatable(endpoint: &Endpoint) -> bool {
    let counts = ["/count_tokens", ":countTokens"].iter().any(|end| endpoint.documented.ends_with(end));
    !counts && endpoint.format.is_some_and(|f| embeddings::is_one(f) || codec(f).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_told_in_its_own_format_or_nothing_is_translated() {
        for kind in Kind::ALL {
            for client in
                [Format::OpenaiChat, Format::OpenaiResponses, Format::Gemini, Format::OllamaGenerate]
            {
                let (format, _) = told(kind, client).unwrap();
                assert!(kind.speaks(format), "{kind:?} {client:?}");
                assert_eq!(format == client, kind.speaks(client), "{kind:?} {client:?}");
            }
            let embeddings = told(kind, Format::OpenaiEmbeddings);
            assert!(embeddings.is_none_or(|(format, _)| kind.speaks(format) && embeddings::is_one(format)));
        }
        assert_eq!(told(Kind::Anthropic, Format::OpenaiEmbeddings), None);
        assert_eq!(told(Kind::Openai, Format::BedrockInvoke), None);
        assert_eq!(told(Kind::Mistral, Format::CohereChat), Some((Format::OpenaiChat, Dialect::Mistral)));
    }

    #[test]
    fn the_counting_of_tokens_is_not_translated() {
        let is = |path: &str| is_translatable(&Endpoint::of(path, "").unwrap().unwrap());
        assert!(is("/v1/messages") && is("/v1/chat/completions") && is("/v2/embed"));
        assert!(!is("/v1/messages/count_tokens"));
        assert!(!is("/v1beta/models/m:countTokens"));
        assert!(!is("/model/m/invoke"));
    }
}
