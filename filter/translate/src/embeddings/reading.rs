//! A client's request, and a provider's vectors.

use privet_core::formats::Format;

use super::{Form, Inputs, PURPOSES, is_vector};
use crate::fields::{self, Fields, MISSING, NO_JSON, UNKNOWN};
use crate::json::Value;
use crate::{Asked, NotUnderstood, Notes, Unsupported};

pub(super) fn request(
    client: Format,
    body: &[u8],
    asked: Asked<'_>,
    notes: &mut Notes,
) -> Result<Inputs, Unsupported> {
    let mut inputs = Inputs::default();
    fields::object(body, NO_JSON, &mut |f| {
        if let Some(model) = f.text("model").or(asked.model) {
            model.strip_prefix("models/").unwrap_or(model).clone_into(&mut inputs.model);
        }
        match client {
            Format::OpenaiEmbeddings => openai(f, &mut inputs),
            Format::CohereEmbed => cohere(f, &mut inputs, notes),
            Format::GeminiEmbeddings => gemini(f, &mut inputs, notes),
            Format::OllamaEmbed => ollama(f, &mut inputs, notes),
            _ => f.path().refuse("requests to this endpoint cannot be translated for the provider"),
        }
        if inputs.model.is_empty() {
            f.refuse("model", MISSING)
        }
    })?;
    Ok(inputs)
}

fn openai(f: &mut Fields<'_, '_, '_>, inputs: &mut Inputs) {
    inputs.texts = f.texts("input");
    let mistrals = f.number("output_dimension");
    inputs.dimensions = f.number("dimensions").or(mistrals);
    inputs.user = f.owned("user");
    inputs.form = match f.text("encoding_format") {
        None | Some("float") => Form::Numbers,
        Some("base64") => Form::Base64,
        Some(_) => f.refuse("encoding_format", UNKNOWN),
    };
    if f.text("output_dtype").is_some_and(|kind| kind != "float") {
        f.refuse("output_dtype", UNKNOWN)
    }
}

fn cohere(f: &mut Fields<'_, '_, '_>, inputs: &mut Inputs, notes: &mut Notes) {
    inputs.texts = f.texts("texts");
    inputs.dimensions = f.number("output_dimension");
    if let Some(word) = f.text("input_type") {
        inputs.purpose = PURPOSES.iter().find(|(cohere, _)| *cohere == word).copied();
        if inputs.purpose.is_none() {
            f.refuse("input_type", UNKNOWN)
        }
    }
    f.only_text("embedding_types", "float", UNKNOWN);
    f.note(&["truncate", "max_tokens", "priority"], notes);
}

/// `embedContent` has one text, `batchEmbedContents` several, each with its own settings, which must be alike.
fn gemini(f: &mut Fields<'_, '_, '_>, inputs: &mut Inputs, notes: &mut Notes) {
    let path = f.path().member("requests");
    let requests = f.list("requests");
    if requests.is_empty() {
        inputs.form = Form::Single;
        gemini_content(f, inputs, notes);
        return;
    }
    for (n, request) in requests.iter().enumerate() {
        let at = path.item(n);
        let mut request = Fields::of(request, &at);
        let before = (inputs.dimensions.take(), inputs.purpose.take());
        if let Some(model) = request.text("model") {
            model.strip_prefix("models/").unwrap_or(model).clone_into(&mut inputs.model);
        }
        gemini_content(&mut request, inputs, notes);
        if n > 0 && before != (inputs.dimensions.clone(), inputs.purpose) {
            at.refuse("all requests of a batch must ask for the same")
        }
        request.finish();
    }
}

fn gemini_content(f: &mut Fields<'_, '_, '_>, inputs: &mut Inputs, notes: &mut Notes) {
    let at = f.path().member("content");
    let mut content = f.required_inner("content", &at);
    content.ignore(&["role"]);
    let mut text = String::new();
    content.each("parts", &mut |part, path, _| {
        let mut part = Fields::of(part, path);
        text.push_str(part.required_text("text"));
        part.finish();
    });
    content.finish();
    inputs.texts.push(text);
    inputs.dimensions = f.number("outputDimensionality");
    let word = f.text("taskType");
    inputs.purpose = word.and_then(|word| PURPOSES.iter().find(|(_, gemini)| *gemini == word).copied());
    if word.is_some_and(|word| word != "TASK_TYPE_UNSPECIFIED") && inputs.purpose.is_none() {
        notes.add("taskType");
    }
    f.note(&["title"], notes);
}

fn ollama(f: &mut Fields<'_, '_, '_>, inputs: &mut Inputs, notes: &mut Notes) {
    inputs.texts = f.texts("input");
    if let Some(prompt) = f.text("prompt") {
        inputs.form = Form::Single;
        inputs.texts = vec![prompt.to_owned()];
    }
    inputs.dimensions = f.number("dimensions");
    f.note(&["truncate", "options"], notes);
    // How long a model stays loaded.
    f.ignore(&["keep_alive"]);
}

/// The vectors of an answer as they are written, and how many tokens were read.
pub(super) fn vectors<'a>(
    provider: Format,
    body: &'a Value<'a>,
) -> Result<(Vec<&'a Value<'a>>, Option<u64>), NotUnderstood> {
    let usage = |object: &str, name: &str| body.get(object).and_then(|usage| usage.count(name));
    let mut vectors = Vec::new();
    let tokens = match provider {
        Format::OpenaiEmbeddings => {
            vectors.extend(body.items("data").iter().filter_map(|item| item.get("embedding")));
            usage("usage", "prompt_tokens")
        }
        Format::CohereEmbed => {
            let floats = body.get("embeddings").map(|kinds| kinds.items("float"));
            vectors.extend(floats.unwrap_or_default());
            body.get("meta")
                .and_then(|meta| meta.get("billed_units"))
                .and_then(|units| units.count("input_tokens"))
        }
        Format::GeminiEmbeddings => {
            let one = body.get("embedding").into_iter();
            vectors
                .extend(one.chain(body.items("embeddings")).filter_map(|embedding| embedding.get("values")));
            usage("usageMetadata", "promptTokenCount")
        }
        Format::OllamaEmbed => {
            vectors.extend(body.get("embedding").into_iter().chain(body.items("embeddings")));
            body.count("prompt_eval_count")
        }
        _ => return Err(NotUnderstood),
    };
    if vectors.is_empty() || !vectors.iter().all(|vector| is_vector(vector)) {
        return Err(NotUnderstood);
    }
    Ok((vectors, tokens))
}
