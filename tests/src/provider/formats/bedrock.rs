//! Amazon Bedrock: Converse and ConverseStream, and InvokeModel with the model's own format inside: that of
//! Anthropic, that of Nova (which is Converse's), and Titan's embeddings. Streams are AWS frames.

use serde_json::{Value, json};

use super::anthropic::Messages;
use super::{Events, Format, SIGNATURE, USAGE, has_part, offered};
use crate::provider::ask::{Ask, shreds, texts};
use crate::provider::formats::Target;
use crate::provider::frame::{Event, Framing};

/// What `verb` does with `model`.
pub(super) fn target(model: &str, verb: &str) -> Option<Target> {
    let invoked: &'static dyn Format = match () {
        () if model.contains("anthropic.") => &Invoke(&Messages),
        () if model.contains("titan-embed") => &Titan,
        () => &Converse,
    };
    Some(match verb {
        "converse" => Target::new(&Converse, Framing::Frames).streamed(false),
        "converse-stream" => Target::new(&Converse, Framing::Frames).streamed(true),
        "invoke" => Target::new(invoked, Framing::Chunks).streamed(false),
        "invoke-with-response-stream" => Target::new(invoked, Framing::Chunks).streamed(true),
        _ => return None,
    })
}

fn error(message: &str) -> Value {
    json!({ "message": message })
}

fn error_event(message: &str) -> Event {
    Event::error("internalServerException", error(message))
}

fn headers(status: u16) -> Vec<(&'static str, String)> {
    let kind = match status {
        200 => return vec![("x-amzn-requestid", "test".to_owned())],
        429 => "ThrottlingException",
        400..500 => "ValidationException",
        _ => "InternalServerException",
    };
    vec![("x-amzn-errortype", kind.to_owned())]
}

/// Converse, and Nova's own format.
struct Converse;

impl Format for Converse {
    fn text(&self, body: &Value) -> String {
        texts(body, &["system", "messages"])
    }

    fn tool(&self, body: &Value) -> Option<String> {
        let is_result = |part: &Value| part.get("toolResult").is_some();
        let last = |turn: &Value| has_part(turn, "content", is_result);
        offered(&body["toolConfig"]["tools"], "/toolSpec/name", &body["messages"], last)
    }

    fn thinks(&self, body: &Value) -> bool {
        // What Converse does not know itself goes to the model in its own words.
        Messages.thinks(&body["additionalModelRequestFields"])
    }

    fn whole(&self, ask: &Ask) -> Value {
        json!({
            "output": { "message": { "role": "assistant", "content": blocks(ask) } },
            "stopReason": stop_reason(ask), "usage": usage(), "metrics": { "latencyMs": 1 },
        })
    }

    fn events(&self, ask: &Ask) -> Events {
        let mut body = vec![event("messageStart", json!({ "role": "assistant" }))];
        for (index, block) in blocks(ask).iter().enumerate() {
            body.extend(block_events(index, block));
        }
        let close = vec![
            event("messageStop", json!({ "stopReason": stop_reason(ask) })),
            event("metadata", json!({ "usage": usage(), "metrics": { "latencyMs": 1 } })),
        ];
        Events { body, close }
    }

    fn error(&self, _status: u16, message: &str) -> Value {
        error(message)
    }

    fn error_event(&self, message: &str) -> Event {
        error_event(message)
    }

    fn headers(&self, status: u16) -> Vec<(&'static str, String)> {
        headers(status)
    }
}

fn usage() -> Value {
    let (input, output, total) = USAGE;
    json!({ "inputTokens": input, "outputTokens": output, "totalTokens": total })
}

fn stop_reason(ask: &Ask) -> &'static str {
    match ask.tool {
        Some(_) => "tool_use",
        None if ask.has("refusal") => "content_filtered",
        None => "end_turn",
    }
}

fn citation(ask: &Ask) -> Value {
    json!({ "title": ask.text, "sourceContent": [{ "text": ask.text }],
        "location": { "documentChar": { "documentIndex": 0, "start": 0, "end": 1 } } })
}

fn blocks(ask: &Ask) -> Vec<Value> {
    let mut blocks = Vec::new();
    if ask.thinks {
        let reasoning = json!({ "text": ask.text, "signature": SIGNATURE });
        blocks.push(json!({ "reasoningContent": { "reasoningText": reasoning } }));
    }
    blocks.push(match &ask.tool {
        Some(name) => {
            json!({ "toolUse": { "toolUseId": "tooluse_1", "name": name, "input": ask.arguments() } })
        }
        None if ask.has("cited") => json!({ "citationsContent": {
            "content": [{ "text": ask.text }], "citations": [citation(ask)] } }),
        None => json!({ "text": ask.text }),
    });
    blocks
}

fn event(name: &str, mut data: Value) -> Event {
    // Padding of random length hides the length of the text; here it only has to be there.
    data["p"] = json!("abcdefgh");
    Event::named(name, data)
}

fn block_events(index: usize, block: &Value) -> Vec<Event> {
    let at = "contentBlockIndex";
    let delta = |delta: Value| event("contentBlockDelta", json!({ at: index, "delta": delta }));
    let pieces = |text: &Value| shreds(text.as_str().unwrap_or_default());
    let mut events = Vec::new();
    if let Some(reasoning) = block.pointer("/reasoningContent/reasoningText") {
        let grown = |p: &String| delta(json!({ "reasoningContent": { "text": p } }));
        events.extend(pieces(&reasoning["text"]).iter().map(grown));
        events.push(delta(json!({ "reasoningContent": { "signature": reasoning["signature"] } })));
    } else if let Some(call) = block.get("toolUse") {
        let start = json!({ "toolUse": { "toolUseId": call["toolUseId"], "name": call["name"] } });
        events.push(event("contentBlockStart", json!({ at: index, "start": start })));
        let grown = |p: &String| delta(json!({ "toolUse": { "input": p } }));
        events.extend(shreds(&call["input"].to_string()).iter().map(grown));
    } else {
        let cited = block.get("citationsContent");
        let text = cited.map_or(&block["text"], |c| &c["content"][0]["text"]);
        events.extend(pieces(text).iter().map(|p| delta(json!({ "text": p }))));
        events.extend(cited.map(|c| delta(json!({ "citation": c["citations"][0] }))));
    }
    events.push(event("contentBlockStop", json!({ at: index })));
    events
}

/// InvokeModel with another format inside; only its errors are Bedrock's.
struct Invoke(&'static Messages);

impl Format for Invoke {
    fn text(&self, body: &Value) -> String {
        self.0.text(body)
    }

    fn tool(&self, body: &Value) -> Option<String> {
        self.0.tool(body)
    }

    fn thinks(&self, body: &Value) -> bool {
        self.0.thinks(body)
    }

    fn whole(&self, ask: &Ask) -> Value {
        self.0.whole(ask)
    }

    fn events(&self, ask: &Ask) -> Events {
        let mut events = self.0.events(ask);
        // The last event carries what the call was measured at.
        let (input, output, _) = USAGE;
        if let Some(Event { data: Some(last), .. }) = events.close.last_mut() {
            last["amazon-bedrock-invocationMetrics"] =
                json!({ "inputTokenCount": input, "outputTokenCount": output, "invocationLatency": 1 });
        }
        events
    }

    fn error(&self, _status: u16, message: &str) -> Value {
        error(message)
    }

    fn error_event(&self, message: &str) -> Event {
        error_event(message)
    }

    fn headers(&self, status: u16) -> Vec<(&'static str, String)> {
        headers(status)
    }
}

/// InvokeModel with Titan's embeddings.
struct Titan;

impl Format for Titan {
    fn text(&self, body: &Value) -> String {
        texts(body, &["inputText"])
    }

    fn whole(&self, _ask: &Ask) -> Value {
        json!({ "embedding": [0.0, 0.5], "inputTextTokenCount": USAGE.0 })
    }

    fn events(&self, _ask: &Ask) -> Events {
        Events::default()
    }

    fn error(&self, _status: u16, message: &str) -> Value {
        error(message)
    }

    fn headers(&self, status: u16) -> Vec<(&'static str, String)> {
        headers(status)
    }
}
