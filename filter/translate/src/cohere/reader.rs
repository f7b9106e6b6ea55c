//! Requests to Cohere, as clients send them.

use crate::conversation::{Message, Output, Part, Reasoning, Request, Role, ToolChoice};
use crate::fields::{Fields, MISSING, Path, UNKNOWN, WRONG_TYPE};
use crate::functions::{read_call, read_tool};
use crate::json::{Kind, Value, parse};
use crate::turns::media;
use crate::{Asked, Notes, Unsupported};

/// Reads a request.
pub(super) fn read(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    let top = Path::Top;
    let value = parse(body).map_err(|_| top.refuse("the body is not valid JSON"))?;
    let mut f = Fields::of(&value, &top)?;
    let mut request = Request {
        model: f.required_text("model")?.to_owned(),
        stream: f.flag("stream")?.unwrap_or(asked.stream),
        include_usage: true,
        max_tokens: f.number("max_tokens")?,
        temperature: f.number("temperature")?,
        top_p: f.number("p")?,
        top_k: f.number("k")?,
        presence_penalty: f.number("presence_penalty")?,
        frequency_penalty: f.number("frequency_penalty")?,
        seed: f.number("seed")?,
        stop: f.texts("stop_sequences")?,
        ..Request::default()
    };
    let list = top.member("messages");
    for (n, item) in f.list("messages")?.iter().enumerate() {
        request.messages.push(message(item, &list.item(n), n, notes)?);
    }
    let list = top.member("tools");
    for (n, item) in f.list("tools")?.iter().enumerate() {
        request.tools.push(read_tool(item, &list.item(n))?);
    }
    if let Some(strict) = f.flag("strict_tools")? {
        request.tools.iter_mut().for_each(|tool| tool.strict = Some(strict));
    }
    request.tool_choice = match f.text("tool_choice")? {
        None => None,
        Some("REQUIRED") => Some(ToolChoice::Required),
        Some("NONE") => Some(ToolChoice::None),
        Some(_) => return Err(f.refuse("tool_choice", UNKNOWN)),
    };
    if let Some(format) = f.take("response_format") {
        request.output = output(format, &top.member("response_format"))?;
    }
    if let Some(config) = f.take("thinking") {
        request.reasoning = Some(thinking(config, &top.member("thinking"))?);
    }
    f.unset("logprobs")?;
    f.unset("raw_prompting")?;
    f.note(&["citation_options", "safety_mode", "priority"], notes);
    f.finish()?;
    Ok(request)
}

fn message(
    value: &Value<'_>,
    path: &Path<'_>,
    number: usize,
    notes: &mut Notes,
) -> Result<Message, Unsupported> {
    let mut f = Fields::of(value, path)?;
    let (role, result) = match f.required_text("role")? {
        "system" => (Role::System, false),
        "user" => (Role::User, false),
        "assistant" => (Role::Assistant, false),
        "tool" => (Role::User, true),
        _ => return Err(f.refuse("role", UNKNOWN)),
    };
    let mut parts = Vec::new();
    // A plan comes before the calls that it is about.
    let plan = f.text("tool_plan")?.filter(|text| !text.is_empty());
    if let Some(content) = f.take("content") {
        let at = path.member("content");
        match &content.kind {
            Kind::String(text) => parts.push(Part::Text(text.as_ref().to_owned())),
            Kind::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    parts.push(part(item, &at.item(n), result)?);
                }
            }
            _ => return Err(at.refuse(WRONG_TYPE)),
        }
    }
    parts.extend(plan.map(|text| Part::Text(text.to_owned())));
    let list = path.member("tool_calls");
    for (n, item) in f.list("tool_calls")?.iter().enumerate() {
        let made_up = || ["call_", &number.to_string(), "_", &n.to_string()].concat();
        parts.push(Part::ToolCall(read_call(item, &list.item(n), made_up)?));
    }
    if result {
        let id = f.required_text("tool_call_id")?.to_owned();
        parts = vec![Part::ToolResult { id, name: None, parts, error: false }];
    }
    f.note(&["citations"], notes);
    f.finish()?;
    Ok(Message { role, parts, at: path.written() })
}

fn part(value: &Value<'_>, path: &Path<'_>, result: bool) -> Result<Part, Unsupported> {
    let mut f = Fields::of(value, path)?;
    let part = match f.required_text("type")? {
        "text" => Part::Text(f.required_text("text")?.to_owned()),
        "thinking" => Part::Reasoning { text: f.required_text("thinking")?.to_owned(), signature: None },
        "image_url" => {
            let at = path.member("image_url");
            let Some(image) = f.take("image_url") else { return Err(at.refuse(MISSING)) };
            let mut image = Fields::of(image, &at)?;
            let media = media(image.required_text("url")?);
            let detail = image.text("detail")?.map(str::to_owned);
            image.finish()?;
            Part::Image { media, detail, at: path.written() }
        }
        // A tool's result; the document's id is for citations.
        "document" if result => {
            let at = path.member("document");
            let Some(document) = f.take("document") else { return Err(at.refuse(MISSING)) };
            let mut document = Fields::of(document, &at)?;
            let text = match document.take("data").map(|d| (&d.kind, d.raw)) {
                None => return Err(document.refuse("data", MISSING)),
                Some((Kind::String(text), _)) => text.as_ref().to_owned(),
                Some((_, raw)) => raw.to_owned(),
            };
            document.ignore(&["id"]);
            document.finish()?;
            Part::Text(text)
        }
        _ => return Err(f.refuse("type", UNKNOWN)),
    };
    f.finish()?;
    Ok(part)
}

fn output(value: &Value<'_>, path: &Path<'_>) -> Result<Output, Unsupported> {
    let mut f = Fields::of(value, path)?;
    let older = f.object("schema")?;
    let schema = f.object("json_schema")?.or(older);
    let output = match (f.required_text("type")?, schema) {
        ("text", None) => Output::Text,
        ("json_object", None) => Output::Json,
        ("json_object", Some(schema)) => Output::Schema { name: "answer".to_owned(), schema, strict: None },
        _ => return Err(f.refuse("type", UNKNOWN)),
    };
    f.finish()?;
    Ok(output)
}

fn thinking(value: &Value<'_>, path: &Path<'_>) -> Result<Reasoning, Unsupported> {
    let mut f = Fields::of(value, path)?;
    let budget = f.number("token_budget")?;
    let reasoning = match (f.required_text("type")?, budget) {
        ("disabled", _) => Reasoning::Off,
        ("enabled", Some(tokens)) => Reasoning::Budget(tokens),
        ("enabled", None) => Reasoning::Auto,
        _ => return Err(f.refuse("type", UNKNOWN)),
    };
    f.finish()?;
    Ok(reasoning)
}
