//! A provider's request, and a client's vectors.

use privet_core::formats::Format;

use super::{Form, Inputs, PURPOSES};
use crate::json::{Value, Writer};
use crate::{Asking, Dialect, NotUnderstood, Notes, Outgoing, Target, Unsupported};

pub(super) fn request(
    provider: Format,
    inputs: &Inputs,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<Outgoing, Unsupported> {
    let mut w = Writer::object(256);
    if provider != Format::OpenaiEmbeddings && inputs.user.is_some() {
        notes.add("user");
    }
    let purposes = matches!(provider, Format::CohereEmbed | Format::GeminiEmbeddings);
    if inputs.purpose.is_some() && !purposes {
        notes.add("input_type");
    }
    let path = match provider {
        Format::OpenaiEmbeddings => openai(&mut w, inputs, target, notes),
        Format::CohereEmbed => cohere(&mut w, inputs, notes),
        Format::GeminiEmbeddings => gemini(&mut w, inputs),
        Format::OllamaEmbed => {
            w.string_at("model", &inputs.model);
            texts(&mut w, "input", inputs);
            number(&mut w, "dimensions", inputs);
            "/api/embed".to_owned()
        }
        _ => {
            let reason = "requests to this endpoint cannot be translated for the provider";
            return Err(Unsupported { field: String::new(), reason });
        }
    };
    Ok(Outgoing { path, body: w.done() })
}

fn texts(w: &mut Writer, name: &str, inputs: &Inputs) {
    w.open_at(name, b'[');
    inputs.texts.iter().for_each(|text| w.string(text));
    w.close(b']');
}

fn number(w: &mut Writer, name: &str, inputs: &Inputs) {
    if let Some(dimensions) = &inputs.dimensions {
        w.raw_at(name, &dimensions.0);
    }
}

fn openai(w: &mut Writer, inputs: &Inputs, target: &Target<'_>, notes: &mut Notes) -> String {
    let mistral = target.dialect == Dialect::Mistral;
    w.string_at("model", &inputs.model);
    texts(w, "input", inputs);
    number(w, if mistral { "output_dimension" } else { "dimensions" }, inputs);
    w.string_at("encoding_format", "float");
    match &inputs.user {
        Some(_) if mistral => notes.add("user"),
        Some(user) => w.string_at("user", user),
        None => {}
    }
    match (target.dialect, target.deployment) {
        (Dialect::Azure, Some((name, version))) => {
            ["/openai/deployments/", name, "/embeddings?api-version=", version].concat()
        }
        (Dialect::Azure, None) => "/openai/v1/embeddings".to_owned(),
        _ => "/v1/embeddings".to_owned(),
    }
}

/// Cohere wants to know what for; a document is what most texts are.
fn cohere(w: &mut Writer, inputs: &Inputs, notes: &mut Notes) -> String {
    let [document, ..] = PURPOSES;
    if inputs.purpose.is_none() {
        notes.add("input_type");
    }
    w.string_at("model", &inputs.model);
    w.string_at("input_type", inputs.purpose.unwrap_or(document).0);
    texts(w, "texts", inputs);
    number(w, "output_dimension", inputs);
    w.raw_at("embedding_types", r#"["float"]"#);
    "/v2/embed".to_owned()
}

fn gemini(w: &mut Writer, inputs: &Inputs) -> String {
    let model = ["models/", &inputs.model].concat();
    w.open_at("requests", b'[');
    for text in &inputs.texts {
        w.open(b'{');
        w.string_at("model", &model);
        w.open_at("content", b'{');
        w.open_at("parts", b'[');
        w.open(b'{');
        w.string_at("text", text);
        w.close(b'}');
        w.close(b']');
        w.close(b'}');
        if let Some((_, purpose)) = inputs.purpose {
            w.string_at("taskType", purpose);
        }
        number(w, "outputDimensionality", inputs);
        w.close(b'}');
    }
    w.close(b']');
    ["/v1beta/", &model, ":batchEmbedContents"].concat()
}

pub(super) fn answer(
    client: Format,
    vectors: &[&Value<'_>],
    tokens: Option<u64>,
    model: &str,
    asking: &Asking,
) -> Result<Vec<u8>, NotUnderstood> {
    let mut w = Writer::object(1024);
    match client {
        Format::OpenaiEmbeddings => {
            w.string_at("object", "list");
            w.open_at("data", b'[');
            for (n, vector) in (0..).zip(vectors) {
                w.open(b'{');
                w.string_at("object", "embedding");
                w.count_at("index", n);
                if asking.form == Form::Base64 {
                    w.string_at("embedding", &base64(vector));
                } else {
                    w.raw_at("embedding", vector.raw);
                }
                w.close(b'}');
            }
            w.close(b']');
            w.string_at("model", model);
            w.open_at("usage", b'{');
            w.count_at("prompt_tokens", tokens.unwrap_or(0));
            w.count_at("total_tokens", tokens.unwrap_or(0));
            w.close(b'}');
        }
        Format::CohereEmbed => {
            w.string_at("id", &asking.id);
            w.open_at("embeddings", b'{');
            list(&mut w, "float", vectors);
            w.close(b'}');
            w.raw_at("texts", "[]");
            w.open_at("meta", b'{');
            w.raw_at("api_version", r#"{"version":"2"}"#);
            if let Some(tokens) = tokens {
                w.open_at("billed_units", b'{');
                w.count_at("input_tokens", tokens);
                w.close(b'}');
            }
            w.close(b'}');
        }
        Format::GeminiEmbeddings if asking.form == Form::Single => {
            w.key("embedding");
            values(&mut w, vectors.first().ok_or(NotUnderstood)?);
        }
        Format::GeminiEmbeddings => {
            w.open_at("embeddings", b'[');
            vectors.iter().for_each(|vector| values(&mut w, vector));
            w.close(b']');
        }
        Format::OllamaEmbed if asking.form == Form::Single => {
            w.raw_at("embedding", vectors.first().ok_or(NotUnderstood)?.raw);
        }
        Format::OllamaEmbed => {
            w.string_at("model", model);
            list(&mut w, "embeddings", vectors);
            if let Some(tokens) = tokens {
                w.count_at("prompt_eval_count", tokens);
            }
        }
        _ => return Err(NotUnderstood),
    }
    Ok(w.done())
}

fn list(w: &mut Writer, name: &str, vectors: &[&Value<'_>]) {
    w.open_at(name, b'[');
    vectors.iter().for_each(|vector| w.raw(vector.raw));
    w.close(b']');
}

fn values(w: &mut Writer, vector: &Value<'_>) {
    w.open(b'{');
    w.raw_at("values", vector.raw);
    w.close(b'}');
}

/// The numbers as 32-bit floats, little-endian, in base64 (RFC 4648, section 4).
fn base64(vector: &Value<'_>) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let numbers = vector.as_items().iter();
    let bytes: Vec<u8> =
        numbers.flat_map(|n| n.raw.parse::<f32>().unwrap_or_default().to_le_bytes()).collect();
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0u32;
        for n in 0..3 {
            bits = bits << 8 | u32::from(group.get(n).copied().unwrap_or(0));
        }
        for n in 0..4 {
            let sextet = (bits >> (18 - 6 * n) & 63) as usize;
            let c = ALPHABET.get(sextet).copied().unwrap_or(b'=');
            out.push(char::from(if n <= group.len() { c } else { b'=' }));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;
    use crate::json::parse;

    #[test]
    fn vectors_in_base64_are_little_endian_floats() {
        // Worked out by hand: 1.0 is 00 00 80 3F, -2.0 is 00 00 00 C0.
        assert_eq!(base64(&parse(b"[1.0]").unwrap()), "AACAPw==");
        assert_eq!(base64(&parse(b"[1, -2e0]").unwrap()), "AACAPwAAAMA=");
        assert_eq!(base64(&parse(b"[1, -2, 1]").unwrap()), "AACAPwAAAMAAAIA/");
        assert_eq!(base64(&parse(b"[]").unwrap()), "");
    }
}
