//! A client's request.

use crate::conversation::{Json, Media, Message, Output, Part, Request, Role, Tool, ToolCall, ToolChoice};
use crate::fields::{Fields, MISSING, Path, UNKNOWN, WRONG_TYPE};
use crate::json::{self, Kind, Value};
use crate::{Asked, Notes, Unsupported, openai, turns};

pub(super) fn request(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    let top = Path::Top;
    let body = json::parse(body).map_err(|_| top.refuse("the body is not valid JSON"))?;
    let mut f = Fields::of(&body, &top)?;
    let model = f.text("model")?.or(asked.model).ok_or_else(|| f.refuse("model", MISSING))?;
    let mut request = Request {
        model: model.to_owned(),
        stream: f.flag("stream")?.unwrap_or(asked.stream),
        parallel_tool_calls: f.flag("parallel_tool_calls")?,
        stop: f.texts("stop")?,
        temperature: f.number("temperature")?,
        top_p: f.number("top_p")?,
        top_k: f.number("top_k")?,
        presence_penalty: f.number("presence_penalty")?,
        frequency_penalty: f.number("frequency_penalty")?,
        user: f.text("user")?.map(str::to_owned),
        ..Request::default()
    };
    let older = f.number("max_tokens")?;
    request.max_tokens = f.number("max_completion_tokens")?.or(older);
    let mistrals = f.number("random_seed")?;
    request.seed = f.number("seed")?.or(mistrals);
    if let Some(options) = f.take("stream_options") {
        let path = top.member("stream_options");
        let mut options = Fields::of(options, &path)?;
        request.include_usage = options.flag("include_usage")?.unwrap_or(false);
        options.ignore(&["include_obfuscation"]);
        options.finish()?;
    }
    if let Some(word) = f.text("reasoning_effort")? {
        let reasoning = openai::read_effort(word).ok_or_else(|| f.refuse("reasoning_effort", UNKNOWN))?;
        request.reasoning = Some(reasoning);
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
        request.tool_choice = Some(tool_choice(choice, &top.member("tool_choice"))?);
    }
    if let Some(format) = f.take("response_format") {
        request.output = output(format, &top.member("response_format"), notes)?;
    }
    others(&mut f, notes)?;
    f.finish()?;
    Ok(request)
}

/// Fields without a place in the model.
fn others(f: &mut Fields<'_, '_, '_>, notes: &mut Notes) -> Result<(), Unsupported> {
    if f.number("n")?.is_some_and(|n| n.0 != "1") {
        return Err(f.refuse("n", "only one answer can be asked for"));
    }
    for name in ["logprobs", "safe_prompt"] {
        f.unset(name)?;
    }
    if f.number("top_logprobs")?.is_some_and(|n| n.0 != "0") {
        return Err(f.refuse("top_logprobs", UNKNOWN));
    }
    let modalities = f.texts("modalities")?;
    if modalities.iter().any(|kind| kind != "text") {
        return Err(f.refuse("modalities", "only text can be answered"));
    }
    // Where an answer is kept, billed or cached, and hints that only make it faster or shorter.
    f.note(
        &[
            "metadata",
            "store",
            "service_tier",
            "prompt_cache_key",
            "prompt_cache_retention",
            "safety_identifier",
        ],
        notes,
    );
    f.note(&["prediction", "verbosity", "prompt_mode"], notes);
    Ok(())
}

fn message(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Message, Unsupported> {
    let mut f = Fields::of(item, path)?;
    let role = match f.required_text("role")? {
        "system" | "developer" => Role::System,
        "user" | "tool" => Role::User,
        "assistant" => Role::Assistant,
        _ => return Err(f.refuse("role", UNKNOWN)),
    };
    f.note(&["name", "cache_control"], notes);
    let mut parts = Vec::new();
    for name in ["reasoning_content", "reasoning"] {
        if let Some(text) = f.text(name)?.filter(|text| !text.is_empty()) {
            parts.push(Part::Reasoning { text: text.to_owned(), signature: None });
        }
    }
    let content = f.take("content");
    content_parts(content, &path.member("content"), notes, &mut parts)?;
    if role == Role::Assistant {
        if let Some(text) = f.text("refusal")? {
            parts.push(Part::Refusal(text.to_owned()));
        }
        // What it is built from comes again as text.
        f.ignore(&["annotations", "prefix"]);
        let calls = path.member("tool_calls");
        for (n, call) in f.list("tool_calls")?.iter().enumerate() {
            parts.push(Part::ToolCall(tool_call(call, &calls.item(n))?));
        }
    }
    if let Some(id) = f.text("tool_call_id")? {
        let result = core::mem::take(&mut parts);
        parts.push(Part::ToolResult { id: id.to_owned(), name: None, parts: result, error: false });
    } else if item.text("role") == "tool" {
        return Err(f.refuse("tool_call_id", MISSING));
    }
    f.finish()?;
    Ok(Message { role, parts, at: path.written() })
}

/// A string, or an array of parts; nothing where it is null or empty.
fn content_parts(
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
    f.note(&["cache_control"], notes);
    let part = match f.required_text("type")? {
        "text" => Part::Text(f.required_text("text")?.to_owned()),
        "refusal" => Part::Refusal(f.required_text("refusal")?.to_owned()),
        "image_url" => {
            let Some(image) = f.take("image_url") else { return Err(f.refuse("image_url", MISSING)) };
            let at = path.member("image_url");
            // Mistral's is the address itself.
            if let Some(url) = image.as_str() {
                Part::Image { media: turns::media(url), detail: None, at: path.written() }
            } else {
                let mut image = Fields::of(image, &at)?;
                let media = turns::media(image.required_text("url")?);
                let detail = image.text("detail")?.filter(|detail| *detail != "auto").map(str::to_owned);
                image.finish()?;
                Part::Image { media, detail, at: path.written() }
            }
        }
        "file" => {
            let Some(file) = f.take("file") else { return Err(f.refuse("file", MISSING)) };
            let at = path.member("file");
            let mut file = Fields::of(file, &at)?;
            let data = file.required_text("file_data")?;
            let media = match turns::media(data) {
                Media::Url(base64) => Media::Inline { media_type: "application/pdf".to_owned(), base64 },
                inline => inline,
            };
            let name = file.text("filename")?.map(str::to_owned);
            file.finish()?;
            Part::Document { media, name, at: at.written() }
        }
        // Mistral's.
        "document_url" => {
            let media = turns::media(f.required_text("document_url")?);
            let name = f.text("document_name")?.map(str::to_owned);
            Part::Document { media, name, at: path.written() }
        }
        "thinking" => {
            f.ignore(&["closed"]);
            Part::Reasoning {
                text: f.list("thinking")?.iter().map(|t| t.text("text")).collect(),
                signature: None,
            }
        }
        _ => return Err(path.refuse(UNKNOWN)),
    };
    f.finish()?;
    Ok(part)
}

fn tool_call(item: &Value<'_>, path: &Path<'_>) -> Result<ToolCall, Unsupported> {
    let mut f = Fields::of(item, path)?;
    if f.text("type")?.is_some_and(|kind| kind != "function") {
        return Err(f.refuse("type", "only functions can be called"));
    }
    f.ignore(&["index"]);
    let id = f.required_text("id")?.to_owned();
    // Google's place for it.
    let extra = f.take("extra_content").and_then(|extra| extra.get("google"));
    let signature = extra.map(|google| google.text("thought_signature").to_owned());
    let Some(function) = f.take("function") else { return Err(f.refuse("function", MISSING)) };
    let at = path.member("function");
    let mut function = Fields::of(function, &at)?;
    let name = function.required_text("name")?.to_owned();
    let arguments = function.take("arguments");
    // Ollama's clients send an object.
    let arguments = arguments.map(|value| value.as_str().unwrap_or(value.raw)).unwrap_or_default().to_owned();
    function.finish()?;
    f.finish()?;
    Ok(ToolCall { id, name, arguments: Json(arguments), signature })
}

fn tool(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Tool, Unsupported> {
    let mut f = Fields::of(item, path)?;
    if f.text("type")?.is_some_and(|kind| kind != "function") {
        return Err(path.refuse("only functions can be offered"));
    }
    f.note(&["cache_control"], notes);
    let Some(function) = f.take("function") else { return Err(f.refuse("function", MISSING)) };
    let at = path.member("function");
    let mut function = Fields::of(function, &at)?;
    let tool = Tool {
        name: function.required_text("name")?.to_owned(),
        description: function.text("description")?.map(str::to_owned),
        parameters: function.object("parameters")?,
        strict: function.flag("strict")?,
    };
    function.finish()?;
    f.finish()?;
    Ok(tool)
}

fn tool_choice(choice: &Value<'_>, path: &Path<'_>) -> Result<ToolChoice, Unsupported> {
    match choice.as_str() {
        Some("auto") => return Ok(ToolChoice::Auto),
        Some("none") => return Ok(ToolChoice::None),
        Some("required" | "any") => return Ok(ToolChoice::Required),
        Some(_) => return Err(path.refuse(UNKNOWN)),
        None => {}
    }
    let mut f = Fields::of(choice, path)?;
    if f.required_text("type")? != "function" {
        return Err(path.refuse(UNKNOWN));
    }
    let Some(function) = f.take("function") else { return Err(f.refuse("function", MISSING)) };
    let at = path.member("function");
    let mut function = Fields::of(function, &at)?;
    let name = function.required_text("name")?.to_owned();
    function.finish()?;
    f.finish()?;
    Ok(ToolChoice::Named(name))
}

fn output(format: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Output, Unsupported> {
    let mut f = Fields::of(format, path)?;
    let output = match f.required_text("type")? {
        "text" => Output::Text,
        "json_object" => Output::Json,
        "json_schema" => {
            let Some(schema) = f.take("json_schema") else { return Err(f.refuse("json_schema", MISSING)) };
            schema_of(schema, &path.member("json_schema"), notes)?
        }
        _ => return Err(f.refuse("type", UNKNOWN)),
    };
    f.finish()?;
    Ok(output)
}

fn schema_of(value: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Result<Output, Unsupported> {
    let mut f = Fields::of(value, path)?;
    if f.take("description").is_some() {
        notes.add("response_format");
    }
    let name = f.required_text("name")?.to_owned();
    let strict = f.flag("strict")?;
    let schema = f.object("schema")?.unwrap_or_else(|| Json("{}".to_owned()));
    f.finish()?;
    Ok(Output::Schema { name, schema, strict })
}
