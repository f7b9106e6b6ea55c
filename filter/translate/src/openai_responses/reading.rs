//! A client's request.

use crate::conversation::{Json, Media, Message, Output, Part, Request, Role, Tool, ToolCall, ToolChoice};
use crate::fields::{Fields, MISSING, Path, UNKNOWN, WRONG_TYPE};
use crate::json::{self, Kind, Value};
use crate::{Asked, Notes, Unsupported, openai, turns};

/// Why a field is refused that leads to what OpenAI keeps.
const STORED: &str = "only OpenAI itself has what it names";

pub(super) fn request(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    let top = Path::Top;
    let body = json::parse(body).map_err(|_| top.refuse("the body is not valid JSON"))?;
    let mut f = Fields::of(&body, &top)?;
    for name in ["previous_response_id", "conversation", "prompt"] {
        if f.take(name).is_some() {
            return Err(f.refuse(name, STORED));
        }
    }
    let model = f.text("model")?.or(asked.model).ok_or_else(|| f.refuse("model", MISSING))?;
    let mut request = Request {
        model: model.to_owned(),
        stream: f.flag("stream")?.unwrap_or(asked.stream),
        include_usage: true,
        parallel_tool_calls: f.flag("parallel_tool_calls")?,
        max_tokens: f.number("max_output_tokens")?,
        temperature: f.number("temperature")?,
        top_p: f.number("top_p")?,
        user: f.text("user")?.map(str::to_owned),
        ..Request::default()
    };
    if let Some(text) = f.text("instructions")? {
        let parts = vec![Part::Text(text.to_owned())];
        request.messages.push(Message { role: Role::System, parts, at: "instructions".to_owned() });
    }
    input(&mut f, &mut request.messages, notes)?;
    let path = top.member("tools");
    for (n, item) in f.list("tools")?.iter().enumerate() {
        request.tools.push(tool(item, &path.item(n))?);
    }
    if let Some(choice) = f.take("tool_choice") {
        request.tool_choice = Some(tool_choice(choice, &top.member("tool_choice"))?);
    }
    if let Some(text) = f.take("text") {
        let path = top.member("text");
        let mut text = Fields::of(text, &path)?;
        text.note(&["verbosity"], notes);
        if let Some(format) = text.take("format") {
            request.output = output(format, &path.member("format"), notes)?;
        }
        text.finish()?;
    }
    if let Some(reasoning) = f.take("reasoning") {
        let path = top.member("reasoning");
        let mut reasoning = Fields::of(reasoning, &path)?;
        // What is seen of the thoughts is the provider's to say.
        reasoning.ignore(&["summary", "generate_summary"]);
        if let Some(word) = reasoning.text("effort")? {
            let effort = openai::read_effort(word).ok_or_else(|| reasoning.refuse("effort", UNKNOWN))?;
            request.reasoning = Some(effort);
        }
        reasoning.finish()?;
    }
    others(&mut f, notes)?;
    f.finish()?;
    Ok(request)
}

/// Fields without a place in the model.
fn others(f: &mut Fields<'_, '_, '_>, notes: &mut Notes) -> Result<(), Unsupported> {
    f.unset("background")?;
    // Seals are handed out anyway.
    if f.texts("include")?.iter().any(|name| name != "reasoning.encrypted_content") {
        return Err(f.refuse("include", UNKNOWN));
    }
    if f.number("top_logprobs")?.is_some_and(|n| n.0 != "0") {
        return Err(f.refuse("top_logprobs", UNKNOWN));
    }
    if f.text("truncation")?.is_some_and(|word| word != "disabled") {
        notes.add("truncation");
    }
    if f.flag("store")? == Some(true) {
        notes.add("store");
    }
    f.ignore(&["stream_options"]);
    f.note(
        &["metadata", "service_tier", "max_tool_calls", "prompt_cache_key", "prompt_cache_retention"],
        notes,
    );
    f.note(&["safety_identifier"], notes);
    Ok(())
}

/// A string, or an array of items. What the model says in a row is one message.
fn input(
    f: &mut Fields<'_, '_, '_>,
    messages: &mut Vec<Message>,
    notes: &mut Notes,
) -> Result<(), Unsupported> {
    let path = f.path().member("input");
    match f.take("input").map(|value| &value.kind) {
        None => {}
        Some(Kind::String(text)) => {
            let parts = vec![Part::Text(text.as_ref().to_owned())];
            messages.push(Message { role: Role::User, parts, at: path.written() });
        }
        Some(Kind::Array(items)) => {
            for (n, value) in items.iter().enumerate() {
                let mut read = item(value, &path.item(n), notes)?;
                match messages.last_mut() {
                    Some(last) if last.role == Role::Assistant && read.role == Role::Assistant => {
                        last.parts.append(&mut read.parts);
                    }
                    _ => messages.push(read),
                }
            }
        }
        Some(_) => return Err(path.refuse(WRONG_TYPE)),
    }
    Ok(())
}

fn item(value: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Message, Unsupported> {
    let mut f = Fields::of(value, path)?;
    f.ignore(&["id", "status", "phase"]);
    let (role, parts) = match f.text("type")?.unwrap_or("message") {
        "message" => message(&mut f, path, notes)?,
        "function_call" => {
            let call = ToolCall {
                id: f.required_text("call_id")?.to_owned(),
                name: f.required_text("name")?.to_owned(),
                arguments: Json(f.required_text("arguments")?.to_owned()),
                signature: None,
            };
            (Role::Assistant, vec![Part::ToolCall(call)])
        }
        "function_call_output" => {
            let id = f.required_text("call_id")?.to_owned();
            let mut parts = Vec::new();
            content(f.take("output"), &path.member("output"), notes, &mut parts)?;
            (Role::User, vec![Part::ToolResult { id, name: None, parts, error: false }])
        }
        "reasoning" => {
            let texts = |items: &[Value<'_>]| -> Vec<String> {
                items.iter().map(|item| item.text("text").to_owned()).collect()
            };
            let mut all = texts(f.list("summary")?);
            all.extend(texts(f.list("content")?));
            let signature = f.text("encrypted_content")?.map(str::to_owned);
            (Role::Assistant, vec![Part::Reasoning { text: all.join("\n\n"), signature }])
        }
        "item_reference" => return Err(path.refuse(STORED)),
        _ => return Err(path.refuse(UNKNOWN)),
    };
    f.finish()?;
    Ok(Message { role, parts, at: path.written() })
}

fn message(
    f: &mut Fields<'_, '_, '_>,
    path: &Path<'_>,
    notes: &mut Notes,
) -> Result<(Role, Vec<Part>), Unsupported> {
    let role = match f.required_text("role")? {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => return Err(f.refuse("role", UNKNOWN)),
    };
    let mut parts = Vec::new();
    content(f.take("content"), &path.member("content"), notes, &mut parts)?;
    Ok((role, parts))
}

fn content(
    content: Option<&Value<'_>>,
    path: &Path<'_>,
    notes: &mut Notes,
    parts: &mut Vec<Part>,
) -> Result<(), Unsupported> {
    match content.map(|value| &value.kind) {
        None => {}
        Some(Kind::String(text)) if text.is_empty() => {}
        Some(Kind::String(text)) => parts.push(Part::Text(text.as_ref().to_owned())),
        Some(Kind::Array(items)) => {
            for (n, item) in items.iter().enumerate() {
                parts.push(part(item, &path.item(n), notes)?);
            }
        }
        Some(_) => return Err(path.refuse(WRONG_TYPE)),
    }
    Ok(())
}

fn part(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Part, Unsupported> {
    let mut f = Fields::of(item, path)?;
    let part = match f.required_text("type")? {
        "input_text" | "output_text" | "text" => {
            f.ignore(&["logprobs"]);
            f.note(&["annotations"], notes);
            Part::Text(f.required_text("text")?.to_owned())
        }
        "refusal" => Part::Refusal(f.required_text("refusal")?.to_owned()),
        "input_image" => {
            let media = turns::media(f.text("image_url")?.ok_or_else(|| path.refuse(STORED))?);
            let detail = f.text("detail")?.filter(|detail| *detail != "auto").map(str::to_owned);
            Part::Image { media, detail, at: path.written() }
        }
        "input_file" => {
            let name = f.text("filename")?.map(str::to_owned);
            let media = match (f.text("file_data")?, f.text("file_url")?) {
                (Some(data), _) => match turns::media(data) {
                    Media::Url(base64) => Media::Inline { media_type: "application/pdf".to_owned(), base64 },
                    inline => inline,
                },
                (None, Some(url)) => turns::media(url),
                (None, None) => return Err(path.refuse(STORED)),
            };
            f.ignore(&["detail"]);
            Part::Document { media, name, at: path.written() }
        }
        _ => return Err(path.refuse(UNKNOWN)),
    };
    f.finish()?;
    Ok(part)
}

fn tool(item: &Value<'_>, path: &Path<'_>) -> Result<Tool, Unsupported> {
    let mut f = Fields::of(item, path)?;
    if f.required_text("type")? != "function" {
        return Err(path.refuse("only functions can be offered"));
    }
    let tool = Tool {
        name: f.required_text("name")?.to_owned(),
        description: f.text("description")?.map(str::to_owned),
        parameters: f.object("parameters")?,
        strict: f.flag("strict")?,
    };
    f.finish()?;
    Ok(tool)
}

fn tool_choice(choice: &Value<'_>, path: &Path<'_>) -> Result<ToolChoice, Unsupported> {
    match choice.as_str() {
        Some("auto") => return Ok(ToolChoice::Auto),
        Some("none") => return Ok(ToolChoice::None),
        Some("required") => return Ok(ToolChoice::Required),
        Some(_) => return Err(path.refuse(UNKNOWN)),
        None => {}
    }
    let mut f = Fields::of(choice, path)?;
    if f.required_text("type")? != "function" {
        return Err(path.refuse(UNKNOWN));
    }
    let name = f.required_text("name")?.to_owned();
    f.finish()?;
    Ok(ToolChoice::Named(name))
}

fn output(format: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Output, Unsupported> {
    let mut f = Fields::of(format, path)?;
    let output = match f.required_text("type")? {
        "text" => Output::Text,
        "json_object" => Output::Json,
        "json_schema" => {
            if f.take("description").is_some() {
                notes.add("response_format");
            }
            let name = f.required_text("name")?.to_owned();
            let strict = f.flag("strict")?;
            let schema = f.object("schema")?.ok_or_else(|| f.refuse("schema", MISSING))?;
            Output::Schema { name, schema, strict }
        }
        _ => return Err(f.refuse("type", UNKNOWN)),
    };
    f.finish()?;
    Ok(output)
}
