//! A client's request.

use crate::conversation::{
    Json, Media, Message, Output, Part, Reasoning, Request, Role, Tool, ToolCall, ToolChoice,
};
use crate::fields::{Fields, MISSING, Path, UNKNOWN, WRONG_TYPE};
use crate::json::{self, Kind, Value};
use crate::{Asked, Notes, Unsupported, openai};

pub(super) fn request(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    let top = Path::Top;
    let body = json::parse(body).map_err(|_| top.refuse("the body is not valid JSON"))?;
    let mut f = Fields::of(&body, &top)?;
    let model = f.text("model")?.or(asked.model).ok_or_else(|| f.refuse("model", MISSING))?;
    let mut request = Request {
        model: model.to_owned(),
        stream: f.flag("stream")?.unwrap_or(asked.stream),
        include_usage: true,
        stop: f.texts("stop_sequences")?,
        max_tokens: f.number("max_tokens")?,
        temperature: f.number("temperature")?,
        top_p: f.number("top_p")?,
        top_k: f.number("top_k")?,
        ..Request::default()
    };
    if let Some(system) = f.take("system") {
        let path = top.member("system");
        let parts = blocks(system, &path, notes)?;
        request.messages.push(Message { role: Role::System, parts, at: path.written() });
    }
    let path = top.member("messages");
    for (n, item) in f.list("messages")?.iter().enumerate() {
        request.messages.push(message(item, &path.item(n), notes)?);
    }
    let path = top.member("tools");
    for (n, item) in f.list("tools")?.iter().enumerate() {
        request.tools.push(tool(item, &path.item(n), notes)?);
    }
    if let Some(choice) = f.take("tool_choice") {
        tool_choice(choice, &top.member("tool_choice"), &mut request)?;
    }
    if let Some(thinking) = f.take("thinking") {
        request.reasoning = reasoning(thinking, &top.member("thinking"))?;
    }
    if let Some(config) = f.take("output_config") {
        output_config(config, &top.member("output_config"), &mut request)?;
    }
    if let Some(format) = f.take("output_format") {
        request.output = output(format, &top.member("output_format"))?;
    }
    if let Some(metadata) = f.take("metadata") {
        let path = top.member("metadata");
        let mut metadata = Fields::of(metadata, &path)?;
        request.user = metadata.text("user_id")?.map(str::to_owned);
        metadata.finish()?;
    }
    f.note(&["service_tier", "cache_control", "context_management", "inference_geo"], notes);
    f.finish()?;
    Ok(request)
}

fn message(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Message, Unsupported> {
    let mut f = Fields::of(item, path)?;
    let role = match f.required_text("role")? {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        _ => return Err(f.refuse("role", UNKNOWN)),
    };
    let content = f.take("content").ok_or_else(|| f.refuse("content", MISSING))?;
    let parts = blocks(content, &path.member("content"), notes)?;
    f.finish()?;
    Ok(Message { role, parts, at: path.written() })
}

/// A string, or an array of content blocks.
fn blocks(content: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Vec<Part>, Unsupported> {
    match &content.kind {
        Kind::String(text) if text.is_empty() => Ok(Vec::new()),
        Kind::String(text) => Ok(vec![Part::Text(text.as_ref().to_owned())]),
        Kind::Array(items) => {
            let mut parts = Vec::with_capacity(items.len());
            for (n, item) in items.iter().enumerate() {
                parts.push(block(item, &path.item(n), notes)?);
            }
            Ok(parts)
        }
        _ => Err(path.refuse(WRONG_TYPE)),
    }
}

fn block(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Part, Unsupported> {
    let mut f = Fields::of(item, path)?;
    f.note(&["cache_control", "citations"], notes);
    let part = match f.required_text("type")? {
        "text" => Part::Text(f.required_text("text")?.to_owned()),
        "image" => {
            let (media, _) = source(&mut f, path)?;
            Part::Image { media, detail: None, at: path.written() }
        }
        "document" => document(&mut f, path, notes)?,
        "thinking" => Part::Reasoning {
            text: f.required_text("thinking")?.to_owned(),
            signature: f.text("signature")?.filter(|s| !s.is_empty()).map(str::to_owned),
        },
        "redacted_thinking" => {
            Part::Reasoning { text: String::new(), signature: Some(f.required_text("data")?.to_owned()) }
        }
        "tool_use" => {
            let id = f.required_text("id")?.to_owned();
            let name = f.required_text("name")?.to_owned();
            let arguments = f.object("input")?.unwrap_or_else(|| Json("{}".to_owned()));
            f.ignore(&["caller"]);
            Part::ToolCall(ToolCall { id, name, arguments, signature: None })
        }
        "tool_result" => {
            let id = f.required_text("tool_use_id")?.to_owned();
            let error = f.flag("is_error")?.unwrap_or(false);
            let parts = match f.take("content") {
                Some(content) => blocks(content, &path.member("content"), notes)?,
                None => Vec::new(),
            };
            Part::ToolResult { id, name: None, parts, error }
        }
        _ => return Err(path.refuse(UNKNOWN)),
    };
    f.finish()?;
    Ok(part)
}

/// Where an image or a document comes from; of one that is plain text, the text.
fn source(f: &mut Fields<'_, '_, '_>, path: &Path<'_>) -> Result<(Media, Option<String>), Unsupported> {
    let Some(source) = f.take("source") else { return Err(f.refuse("source", MISSING)) };
    let at = path.member("source");
    let mut s = Fields::of(source, &at)?;
    let found = match s.required_text("type")? {
        "base64" => {
            let media_type = s.required_text("media_type")?.to_owned();
            (Media::Inline { media_type, base64: s.required_text("data")?.to_owned() }, None)
        }
        "url" => (Media::Url(s.required_text("url")?.to_owned()), None),
        "text" => {
            s.ignore(&["media_type"]);
            (Media::Url(String::new()), Some(s.required_text("data")?.to_owned()))
        }
        _ => return Err(at.refuse("only bytes, addresses and text can be translated")),
    };
    s.finish()?;
    Ok(found)
}

/// A document of plain text becomes a text, under its title.
fn document(f: &mut Fields<'_, '_, '_>, path: &Path<'_>, notes: &mut Notes) -> Result<Part, Unsupported> {
    let (media, text) = source(f, path)?;
    let title = f.text("title")?;
    f.note(&["context"], notes);
    Ok(match text {
        Some(text) => {
            notes.add("document");
            Part::Text(title.map(|title| [title, "\n\n", &text].concat()).unwrap_or(text))
        }
        None => Part::Document { media, name: title.map(str::to_owned), at: path.written() },
    })
}

fn tool(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Tool, Unsupported> {
    let mut f = Fields::of(item, path)?;
    if f.text("type")?.is_some_and(|kind| kind != "custom") {
        return Err(path.refuse("only functions can be offered"));
    }
    f.note(&["cache_control", "input_examples"], notes);
    f.ignore(&["eager_input_streaming", "defer_loading", "allowed_callers"]);
    let tool = Tool {
        name: f.required_text("name")?.to_owned(),
        description: f.text("description")?.map(str::to_owned),
        parameters: f.object("input_schema")?,
        strict: f.flag("strict")?,
    };
    f.finish()?;
    Ok(tool)
}

fn tool_choice(choice: &Value<'_>, path: &Path<'_>, request: &mut Request) -> Result<(), Unsupported> {
    let mut f = Fields::of(choice, path)?;
    request.tool_choice = Some(match f.required_text("type")? {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Named(f.required_text("name")?.to_owned()),
        _ => return Err(f.refuse("type", UNKNOWN)),
    });
    request.parallel_tool_calls = f.flag("disable_parallel_tool_use")?.map(|disabled| !disabled);
    f.finish()
}

fn reasoning(thinking: &Value<'_>, path: &Path<'_>) -> Result<Option<Reasoning>, Unsupported> {
    let mut f = Fields::of(thinking, path)?;
    f.ignore(&["display"]);
    let reasoning = match f.required_text("type")? {
        // What holds without a word.
        "disabled" => None,
        "adaptive" => Some(Reasoning::Auto),
        "enabled" => match f.number("budget_tokens")? {
            Some(budget) => Some(Reasoning::Budget(budget)),
            None => return Err(f.refuse("budget_tokens", MISSING)),
        },
        _ => return Err(f.refuse("type", UNKNOWN)),
    };
    f.finish()?;
    Ok(reasoning)
}

fn output_config(config: &Value<'_>, path: &Path<'_>, request: &mut Request) -> Result<(), Unsupported> {
    let mut f = Fields::of(config, path)?;
    if let Some(word) = f.text("effort")? {
        let word = if word == "max" { "xhigh" } else { word };
        let effort = openai::read_effort(word).ok_or_else(|| f.refuse("effort", UNKNOWN))?;
        // A budget says more; without thinking there is no effort to think.
        if request.reasoning == Some(Reasoning::Auto) {
            request.reasoning = Some(effort);
        }
    }
    if let Some(format) = f.take("format") {
        request.output = output(format, &path.member("format"))?;
    }
    f.finish()
}

fn output(format: &Value<'_>, path: &Path<'_>) -> Result<Output, Unsupported> {
    let mut f = Fields::of(format, path)?;
    if f.required_text("type")? != "json_schema" {
        return Err(f.refuse("type", UNKNOWN));
    }
    let schema = f.object("schema")?.ok_or_else(|| f.refuse("schema", MISSING))?;
    f.finish()?;
    Ok(Output::Schema { name: "response".to_owned(), schema, strict: Some(true) })
}
