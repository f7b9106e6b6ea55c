//! Embeddings of OpenAI, Cohere, Gemini and Ollama: texts in, vectors out.
//!
//! Vectors pass as they are written. OpenAI's clients ask for them in base64 (of 32-bit floats, little-endian) by
//! themselves and do not read others, so they are encoded for them.
//!
//! Sources: OpenAI API reference, "Create embeddings"; Cohere API reference, "Embed API (v2)"; Gemini API reference,
//! `models.embedContent`, `models.batchEmbedContents`; Ollama API reference, "Generate Embeddings".

mod reading;
mod writing;

use privet_core::formats::Format;

use crate::json::{self, Kind, Value};
use crate::{Asked, Asking, NotUnderstood, Notes, Target, Translated, Unsupported};

/// How a client wants its vectors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// As numbers, for a list of texts.
    #[default]
    Numbers,
    /// In base64 (OpenAI).
    Base64,
    /// As numbers, for the one text that there is (Gemini's `embedContent`, Ollama's `/api/embeddings`).
    Single,
}

/// A request.
#[derive(Default)]
struct Inputs {
    model: String,
    texts: Vec<String>,
    dimensions: Option<crate::conversation::Number>,
    purpose: Option<Purpose>,
    user: Option<String>,
    form: Form,
}

/// What the vectors are for, by Cohere's and Gemini's names.
type Purpose = (&'static str, &'static str);

/// The purposes that both know.
const PURPOSES: [Purpose; 4] = [
    ("search_document", "RETRIEVAL_DOCUMENT"),
    ("search_query", "RETRIEVAL_QUERY"),
    ("classification", "CLASSIFICATION"),
    ("clustering", "CLUSTERING"),
];

/// Whether the format is one of embeddings.
#[must_use]
pub fn is_one(format: Format) -> bool {
    chat_of(format) != format
}

/// The format of chat of the same maker, whose errors are the same; the format itself where it is none of embeddings.
#[must_use]
pub fn chat_of(format: Format) -> Format {
    match format {
        Format::OpenaiEmbeddings => Format::OpenaiChat,
        Format::CohereEmbed => Format::CohereChat,
        Format::GeminiEmbeddings => Format::Gemini,
        Format::OllamaEmbed => Format::OllamaChat,
        other => other,
    }
}

/// Translates a client's request.
///
/// # Errors
/// What it holds and cannot be said to this provider.
pub fn request(
    client: Format,
    body: &[u8],
    asked: Asked<'_>,
    provider: Format,
    target: &Target<'_>,
) -> Result<Translated, Unsupported> {
    let mut notes = Notes::default();
    let mut inputs = reading::request(client, body, asked, &mut notes)?;
    if let Some(model) = target.model {
        model.clone_into(&mut inputs.model);
    }
    let outgoing = writing::request(provider, &inputs, target, &mut notes)?;
    Ok(Translated { outgoing, stream: false, include_usage: false, form: inputs.form, notes })
}

/// Translates a provider's answer.
///
/// # Errors
/// It is none of the provider's format.
pub fn answer(
    provider: Format,
    body: &[u8],
    client: Format,
    asking: &Asking,
) -> Result<Vec<u8>, NotUnderstood> {
    let body = json::parse(body).map_err(|_| NotUnderstood)?;
    let (vectors, tokens) = reading::vectors(provider, &body)?;
    let model = Some(body.text("model")).filter(|model| !model.is_empty()).unwrap_or(&asking.model);
    writing::answer(client, &vectors, tokens, model, asking)
}

/// Whether a value is a vector: numbers only.
fn is_vector(value: &Value<'_>) -> bool {
    matches!(&value.kind, Kind::Array(items) if items.iter().all(|item| item.kind == Kind::Number))
}
