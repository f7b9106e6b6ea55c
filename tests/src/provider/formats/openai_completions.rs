//! OpenAI's older Completions: a prompt, or several, and its suffix.

use serde_json::{Value, json};

use super::openai_chat::usage;
use super::{CREATED, Events, Format};
use crate::provider::ask::{Ask, texts};
use crate::provider::frame::Event;

/// The format.
pub(super) struct Completions;

impl Format for Completions {
    fn text(&self, body: &Value) -> String {
        texts(body, &["prompt", "suffix"])
    }

    fn whole(&self, ask: &Ask) -> Value {
        let mut whole = completion(ask, &ask.text, json!("stop"));
        whole["usage"] = usage();
        if ask.body["logprobs"].is_u64() {
            let pieces = ask.pieces();
            let likely = vec![-0.5; pieces.len()];
            whole["choices"][0]["logprobs"] = json!({ "tokens": pieces, "token_logprobs": likely, "top_logprobs": null, "text_offset": [] });
        }
        whole
    }

    fn events(&self, ask: &Ask) -> Events {
        let pieces = ask.pieces();
        let body = pieces.iter().map(|p| Event::plain(completion(ask, p, Value::Null))).collect();
        let mut last = completion(ask, "", json!("stop"));
        if ask.body["stream_options"]["include_usage"] == json!(true) {
            last["usage"] = usage();
        }
        Events { body, close: vec![Event::plain(last), Event::done()] }
    }
}

fn completion(ask: &Ask, text: &str, finish: Value) -> Value {
    json!({
        "id": "cmpl-test", "object": "text_completion", "created": CREATED, "model": ask.model,
        "choices": [{ "index": 0, "text": text, "logprobs": null, "finish_reason": finish }],
    })
}
