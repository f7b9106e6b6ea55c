//! A client's request.

use crate::conversation::{
    Json, Media, Message, Output, Part, Reasoning, Request, Role, Tool, ToolCall, ToolChoice,
};
use crate::fields::{self, Fields, MISSING, Path, UNKNOWN};
use crate::functions::definition;
use crate::json::Value;
use crate::openai::content;
use crate::{Asked, Notes, Unsupported, openai};

pub(super) fn request(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    fields::request(body, asked, notes, read)
}

fn read(f: &mut Fields<'_, '_, '_>, request: &mut Request, asked: Asked<'_>, notes: &mut Notes) {
    let top = f.path();
    request.model = f.model(asked);
    request.stream = f.flag("stream").unwrap_or(asked.stream);
    request.include_usage = true;
    request.stop = f.texts("stop_sequences");
    f.numbers(&mut [
        ("max_tokens", &mut request.max_tokens),
        ("temperature", &mut request.temperature),
        ("top_p", &mut request.top_p),
        ("top_k", &mut request.top_k),
    ]);
    if let Some(system) = f.take("system") {
        let path = top.member("system");
        let parts = blocks(system, &path, notes);
        request.messages.push(Message { role: Role::System, parts, at: path.written() });
    }
    f.each("messages", &mut |item, path, _| request.messages.push(message(item, path, notes)));
    f.each("tools", &mut |item, path, _| request.tools.push(tool(item, path, notes)));
    if let Some(choice) = f.take("tool_choice") {
        tool_choice(choice, &top.member("tool_choice"), request);
    }
    if let Some(thinking) = f.take("thinking") {
        request.reasoning = reasoning(thinking, &top.member("thinking"));
    }
    if let Some(config) = f.take("output_config") {
        output_config(config, &top.member("output_config"), request);
    }
    if let Some(format) = f.take("output_format") {
        request.output = output(format, &top.member("output_format"));
    }
    let path = top.member("metadata");
    let mut metadata = f.inner("metadata", &path);
    request.user = metadata.owned("user_id");
    metadata.finish();
    f.note(&["service_tier", "cache_control", "context_management", "inference_geo"], notes);
}

fn message(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Message {
    let mut f = Fields::of(item, path);
    let role = match f.required_text("role") {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => f.refuse("role", UNKNOWN),
    };
    let parts = match f.take("content") {
        Some(content) => blocks(content, &path.member("content"), notes),
        None => f.refuse("content", MISSING),
    };
    f.finish();
    Message { role, parts, at: path.written() }
}

/// A string, or an array of content blocks.
fn blocks(value: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Vec<Part> {
    let mut parts = Vec::new();
    content(Some(value), path, &mut parts, &mut |item, path| block(item, path, notes));
    parts
}

fn block(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Part {
    let mut f = Fields::of(item, path);
    f.note(&["cache_control", "citations"], notes);
    let part = match f.required_text("type") {
        "text" => Part::Text(f.required("text")),
        "image" => {
            let (media, _) = source(&mut f, path);
            Part::Image { media, detail: None, at: path.written() }
        }
        "document" => document(&mut f, path, notes),
        "thinking" => Part::Reasoning {
            text: f.required("thinking"),
            signature: f.text("signature").filter(|s| !s.is_empty()).map(str::to_owned),
        },
        "redacted_thinking" => Part::Reasoning { text: String::new(), signature: Some(f.required("data")) },
        "tool_use" => {
            let id = f.required("id");
            let name = f.required("name");
            let arguments = f.object("input").unwrap_or_else(|| Json("{}".to_owned()));
            f.ignore(&["caller"]);
            Part::ToolCall(ToolCall { id, name, arguments, signature: None })
        }
        "tool_result" => {
            let id = f.required("tool_use_id");
            let error = f.flag("is_error").unwrap_or(false);
            let parts = match f.take("content") {
                Some(content) => blocks(content, &path.member("content"), notes),
                None => Vec::new(),
            };
            Part::ToolResult { id, name: None, parts, error }
        }
        _ => path.refuse(UNKNOWN),
    };
    f.finish();
    part
}

/// Where an image or a document comes from; of one that is plain text, the text.
fn source(f: &mut Fields<'_, '_, '_>, path: &Path<'_>) -> (Media, Option<String>) {
    let at = path.member("source");
    let mut s = f.required_inner("source", &at);
    let found = match s.required_text("type") {
        "base64" => {
            let media_type = s.required("media_type");
            (Media::Inline { media_type, base64: s.required("data") }, None)
        }
        "url" => (Media::Url(s.required("url")), None),
        "text" => {
            s.ignore(&["media_type"]);
            (Media::Url(String::new()), Some(s.required("data")))
        }
        _ => at.refuse("only bytes, addresses and text can be translated"),
    };
    s.finish();
    found
}

/// A document of plain text becomes a text, under its title.
fn document(f: &mut Fields<'_, '_, '_>, path: &Path<'_>, notes: &mut Notes) -> Part {
    let (media, text) = source(f, path);
    let title = f.text("title");
    f.note(&["context"], notes);
    match text {
        Some(text) => {
            notes.add("document");
            Part::Text(title.map(|title| [title, "\n\n", &text].concat()).unwrap_or(text))
        }
        None => Part::Document { media, name: title.map(str::to_owned), at: path.written() },
    }
}

fn tool(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Tool {
    let mut f = Fields::of(item, path);
    if f.text("type").is_some_and(|kind| kind != "custom") {
        return path.refuse("only functions can be offered");
    }
    f.note(&["cache_control", "input_examples"], notes);
    f.ignore(&["eager_input_streaming", "defer_loading", "allowed_callers"]);
    let mut tool = definition(&mut f, "input_schema");
    tool.strict = f.flag("strict");
    f.finish();
    tool
}

fn tool_choice(choice: &Value<'_>, path: &Path<'_>, request: &mut Request) {
    let mut f = Fields::of(choice, path);
    request.tool_choice = Some(match f.required_text("type") {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Named(f.required("name")),
        _ => f.refuse("type", UNKNOWN),
    });
    request.parallel_tool_calls = f.flag("disable_parallel_tool_use").map(|disabled| !disabled);
    f.finish();
}

fn reasoning(thinking: &Value<'_>, path: &Path<'_>) -> Option<Reasoning> {
    let mut f = Fields::of(thinking, path);
    f.ignore(&["display"]);
    let reasoning = match f.required_text("type") {
        // What holds without a word.
        "disabled" => None,
        "adaptive" => Some(Reasoning::Auto),
        "enabled" => {
            let budget = f.number("budget_tokens");
            budget.map(Reasoning::Budget).or_else(|| f.refuse("budget_tokens", MISSING))
        }
        _ => f.refuse("type", UNKNOWN),
    };
    f.finish();
    reasoning
}

fn output_config(config: &Value<'_>, path: &Path<'_>, request: &mut Request) {
    let mut f = Fields::of(config, path);
    if let Some(word) = f.text("effort") {
        let word = if word == "max" { "xhigh" } else { word };
        let effort = openai::read_effort(word).or_else(|| f.refuse("effort", UNKNOWN));
        // A budget says more; without thinking there is no effort to think.
        if request.reasoning == Some(Reasoning::Auto) {
            request.reasoning = effort;
        }
    }
    if let Some(format) = f.take("format") {
        request.output = output(format, &path.member("format"));
    }
    f.finish();
}

fn output(format: &Value<'_>, path: &Path<'_>) -> Output {
    let mut f = Fields::of(format, path);
    if f.required_text("type") != "json_schema" {
        return f.refuse("type", UNKNOWN);
    }
    let schema = f.object("schema").unwrap_or_else(|| f.refuse("schema", MISSING));
    f.finish();
    Output::Schema { name: "response".to_owned(), schema, strict: Some(true) }
}
