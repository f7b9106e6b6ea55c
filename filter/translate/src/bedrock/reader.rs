//! Requests to Converse, as clients send them.

use super::{DOCUMENTS, IMAGES};
use crate::conversation::{
    Json, Media, Message, Output, Part, Reasoning, Request, Role, Tool, ToolCall, ToolChoice,
};
use crate::fields::{self, Fields, MISSING, Path, UNKNOWN};
use crate::json::{Value, parse};
use crate::terms::effort;
use crate::{Asked, Notes, Unsupported};

/// Reads a request.
pub(super) fn read(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    fields::request(body, asked, notes, members)
}

fn members(fields: &mut Fields<'_, '_, '_>, request: &mut Request, asked: Asked<'_>, notes: &mut Notes) {
    let top = fields.path();
    asked.begin(request);
    fields.each("system", &mut |item, path, _| {
        if let Some(part) = block(item, path, notes) {
            request.messages.push(Message { role: Role::System, parts: vec![part], at: path.written() });
        }
    });
    fields.each("messages", &mut |item, path, _| request.messages.push(message(item, path, notes)));
    let path = top.member("inferenceConfig");
    let mut config = fields.inner("inferenceConfig", &path);
    config.numbers(&mut [
        ("maxTokens", &mut request.max_tokens),
        ("temperature", &mut request.temperature),
        ("topP", &mut request.top_p),
    ]);
    request.stop = config.texts("stopSequences");
    config.finish();
    if let Some(config) = fields.take("toolConfig") {
        tools(config, &top.member("toolConfig"), request, notes);
    }
    if let Some(config) = fields.take("outputConfig") {
        request.output = output(config, &top.member("outputConfig"));
    }
    if let Some(own) = fields.take("additionalModelRequestFields") {
        additional(own, &top.member("additionalModelRequestFields"), request, notes);
    }
    fields.note(&["requestMetadata", "performanceConfig", "serviceTier"], notes);
}

fn message(value: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Message {
    let mut fields = Fields::of(value, path);
    let role = match fields.required_text("role") {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => fields.refuse("role", UNKNOWN),
    };
    let mut parts = Vec::new();
    fields.each("content", &mut |item, path, _| parts.extend(block(item, path, notes)));
    fields.finish();
    Message { role, parts, at: path.written() }
}

/// A content block; none where it says nothing to a model.
fn block(value: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Option<Part> {
    let mut fields = Fields::of(value, path);
    let part = if let Some(text) = fields.text("text") {
        Some(Part::text(text))
    } else if let Some(image) = fields.take("image") {
        let (media, _) = file(image, &path.member("image"), &IMAGES, notes);
        Some(Part::Image { media, detail: None, at: path.written() })
    } else if let Some(document) = fields.take("document") {
        let (media, name) = file(document, &path.member("document"), &DOCUMENTS, notes);
        Some(Part::Document { media, name, at: path.written() })
    } else if let Some(call) = fields.take("toolUse") {
        let at = path.member("toolUse");
        let mut call = Fields::of(call, &at);
        let part = Part::ToolCall(ToolCall {
            id: call.required("toolUseId"),
            name: call.required("name"),
            arguments: call.object("input").unwrap_or_else(|| Json("{}".to_owned())),
            signature: None,
        });
        call.finish();
        Some(part)
    } else if let Some(result) = fields.take("toolResult") {
        Some(tool_result(result, &path.member("toolResult"), notes))
    } else if let Some(reasoning) = fields.take("reasoningContent") {
        Some(thoughts(reasoning, &path.member("reasoningContent")))
    } else if fields.take("cachePoint").is_some() {
        notes.add("cachePoint");
        None
    } else if let Some(cited) = fields.take("citationsContent") {
        notes.add("citations");
        let texts = cited.items("content").iter().map(|t| t.text("text"));
        Some(Part::Text(texts.collect()))
    } else {
        fields.finish();
        return path.refuse(MISSING);
    };
    fields.finish();
    part
}

fn thoughts(value: &Value<'_>, path: &Path<'_>) -> Part {
    let mut fields = Fields::of(value, path);
    let part = match (fields.take("reasoningText"), fields.text("redactedContent")) {
        (Some(text), _) => {
            let at = path.member("reasoningText");
            let mut words = Fields::of(text, &at);
            let text = words.required("text");
            let signature = words.owned("signature");
            words.finish();
            Part::Reasoning { text, signature }
        }
        (None, hidden) => Part::Reasoning { text: String::new(), signature: hidden.map(str::to_owned) },
    };
    fields.finish();
    part
}

fn tool_result(value: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Part {
    let mut fields = Fields::of(value, path);
    let mut parts = Vec::new();
    fields.each("content", &mut |item, path, _| match item.get("json") {
        Some(json) => parts.push(Part::text(json.raw)),
        None => parts.extend(block(item, path, notes)),
    });
    let id = fields.required("toolUseId");
    let error = fields.text("status") == Some("error");
    fields.finish();
    Part::ToolResult { id, name: None, parts, error }
}

/// An image or document, and the name of the latter.
fn file(
    value: &Value<'_>,
    path: &Path<'_>,
    formats: &[(&str, &str)],
    notes: &mut Notes,
) -> (Media, Option<String>) {
    let mut fields = Fields::of(value, path);
    let format = fields.required_text("format");
    let Some((media_type, _)) = formats.iter().find(|(_, name)| *name == format) else {
        return fields.refuse("format", UNKNOWN);
    };
    let name = fields.owned("name");
    let at = path.member("source");
    let mut source = fields.required_inner("source", &at);
    let media = match source.text("bytes") {
        Some(base64) => Media::Inline { media_type: (*media_type).to_owned(), base64: base64.to_owned() },
        None => {
            let path = at.member("s3Location");
            let Some(value) = source.take("s3Location") else {
                source.finish();
                return at.refuse(MISSING);
            };
            let mut location = Fields::of(value, &path);
            let url = location.required("uri");
            location.finish();
            Media::Url(url)
        }
    };
    source.finish();
    fields.note(&["citations"], notes);
    fields.finish();
    (media, name)
}

fn tools(value: &Value<'_>, path: &Path<'_>, request: &mut Request, notes: &mut Notes) {
    let mut fields = Fields::of(value, path);
    let list = path.member("tools");
    for (n, item) in fields.list("tools").iter().enumerate() {
        let at = list.item(n);
        let mut tool = Fields::of(item, &at);
        if tool.take("cachePoint").is_some() {
            notes.add("cachePoint");
        } else if let Some(spec) = tool.take("toolSpec") {
            let at = at.member("toolSpec");
            let mut spec = Fields::of(spec, &at);
            let schema = spec.take("inputSchema").and_then(|s| s.get("json"));
            request.tools.push(Tool {
                name: spec.required("name"),
                description: spec.owned("description"),
                parameters: schema.map(|s| Json(s.raw.to_owned())),
                strict: spec.flag("strict"),
            });
            spec.finish();
        }
        tool.finish();
    }
    if let Some(choice) = fields.take("toolChoice") {
        let at = path.member("toolChoice");
        let mut choice = Fields::of(choice, &at);
        request.tool_choice = Some(if choice.take("auto").is_some() {
            ToolChoice::Auto
        } else if choice.take("any").is_some() {
            ToolChoice::Required
        } else if let Some(tool) = choice.take("tool") {
            ToolChoice::Named(tool.string("name"))
        } else {
            at.refuse(UNKNOWN)
        });
        choice.finish();
    }
    fields.finish();
}

fn output(value: &Value<'_>, path: &Path<'_>) -> Output {
    let mut fields = Fields::of(value, path);
    let format = fields.take("textFormat");
    fields.finish();
    let definition = format.and_then(|f| f.get("structure")).and_then(|s| s.get("jsonSchema"));
    let Some(definition) = definition else { return Output::Text };
    let schema = definition.text("schema");
    if parse(schema.as_bytes()).is_err() {
        return path.refuse("its schema is no JSON");
    }
    let name = definition.get("name").and_then(Value::as_str).unwrap_or("answer");
    Output::Schema { name: name.to_owned(), schema: Json(schema.to_owned()), strict: Some(true) }
}

/// What of the makers' own fields other formats know.
fn additional(value: &Value<'_>, path: &Path<'_>, request: &mut Request, notes: &mut Notes) {
    let mut fields = Fields::of(value, path);
    request.top_k = fields.number("top_k");
    if let Some(config) = fields.take("inferenceConfig") {
        let at = path.member("inferenceConfig");
        let mut config = Fields::of(config, &at);
        request.top_k = config.number("topK");
        config.finish();
    }
    if let Some(thinking) = fields.take("thinking") {
        let at = path.member("thinking");
        let mut thinking = Fields::of(thinking, &at);
        let budget = thinking.number("budget_tokens");
        request.reasoning = match (thinking.required_text("type"), budget) {
            ("disabled", _) => Some(Reasoning::Off),
            ("enabled", Some(tokens)) => Some(Reasoning::Budget(tokens)),
            ("adaptive" | "enabled", _) => Some(Reasoning::Auto),
            _ => thinking.refuse("type", UNKNOWN),
        };
        thinking.finish();
    }
    if let Some(config) = fields.take("reasoningConfig") {
        let at = path.member("reasoningConfig");
        let mut config = Fields::of(config, &at);
        let word = config.text("maxReasoningEffort").unwrap_or_default();
        request.reasoning = match config.required_text("type") {
            "disabled" => Some(Reasoning::Off),
            _ => effort(word).or(Some(Reasoning::Auto)),
        };
        config.finish();
    }
    if let Some(word) = fields.text("reasoning_effort") {
        request.reasoning = effort(word).or_else(|| fields.refuse("reasoning_effort", UNKNOWN));
    }
    fields.note(&["anthropic_beta"], notes);
    fields.finish();
}
