//! Embeddings in each format: text goes there, and only Cohere sends it back.

use serde_json::{Value, json};

use super::{Events, Format, USAGE};
use crate::provider::ask::{Ask, base64, texts};

/// OpenAI, Azure and Mistral: `/v1/embeddings`.
pub(super) struct OpenAi;

impl Format for OpenAi {
    fn text(&self, body: &Value) -> String {
        texts(body, &["input"])
    }

    fn whole(&self, ask: &Ask) -> Value {
        let packed = ask.body["encoding_format"] == json!("base64");
        let vector = |(index, vector): (usize, &[f32; 2])| {
            let bytes: Vec<u8> = vector.iter().flat_map(|n| n.to_le_bytes()).collect();
            let embedding = if packed { json!(base64(&bytes)) } else { json!(vector) };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        };
        let data: Vec<Value> = Ask::vectors(&ask.body["input"]).iter().enumerate().map(vector).collect();
        json!({ "object": "list", "id": "embd-test", "data": data, "model": ask.model,
            "usage": { "prompt_tokens": USAGE.0, "total_tokens": USAGE.0 } })
    }

    fn events(&self, _ask: &Ask) -> Events {
        Events::default()
    }
}

/// Gemini: `embedContent` of one content, `batchEmbedContents` of several requests.
pub(super) struct Gemini;

impl Format for Gemini {
    fn text(&self, body: &Value) -> String {
        texts(body, &["content", "requests"])
    }

    fn whole(&self, ask: &Ask) -> Value {
        let embedding = |values: [f32; 2]| json!({ "values": values });
        match &ask.body["requests"] {
            requests @ Value::Array(_) => {
                let all: Vec<Value> = Ask::vectors(requests).into_iter().map(embedding).collect();
                json!({ "embeddings": all })
            }
            _ => json!({ "embedding": embedding([0.0, 0.5]) }),
        }
    }

    fn events(&self, _ask: &Ask) -> Events {
        Events::default()
    }

    fn error(&self, status: u16, message: &str) -> Value {
        super::gemini::Generate.error(status, message)
    }
}

/// Cohere: `/v2/embed`, which says the texts once more.
pub(super) struct Cohere;

impl Format for Cohere {
    fn text(&self, body: &Value) -> String {
        texts(body, &["texts", "inputs"])
    }

    fn whole(&self, ask: &Ask) -> Value {
        json!({
            "id": "embed-test", "response_type": "embeddings_by_type", "texts": ask.body["texts"],
            "embeddings": { "float": Ask::vectors(&ask.body["texts"]) },
            "meta": { "api_version": { "version": "2" }, "billed_units": { "input_tokens": USAGE.0 } },
        })
    }

    fn events(&self, _ask: &Ask) -> Events {
        Events::default()
    }

    fn error(&self, status: u16, message: &str) -> Value {
        super::cohere::Chat.error(status, message)
    }
}

/// Ollama: `/api/embed`.
pub(super) struct Ollama;

impl Format for Ollama {
    fn text(&self, body: &Value) -> String {
        texts(body, &["input"])
    }

    fn whole(&self, ask: &Ask) -> Value {
        json!({ "model": ask.model, "embeddings": Ask::vectors(&ask.body["input"]),
            "total_duration": 2, "load_duration": 1, "prompt_eval_count": USAGE.0 })
    }

    fn events(&self, _ask: &Ask) -> Events {
        Events::default()
    }

    fn error(&self, status: u16, message: &str) -> Value {
        super::ollama::Chat.error(status, message)
    }
}
