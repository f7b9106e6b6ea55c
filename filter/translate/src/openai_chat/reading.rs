//! A client's request.

use crate::conversation::{Json, Media, Message, Output, Part, Request, Role, Tool, ToolCall, ToolChoice};
use crate::fields::{self, Fields, MISSING, Path, UNKNOWN};
use crate::functions::definition;
use crate::json::Value;
use crate::openai::content;
use crate::{Asked, Notes, Unsupported, openai, turns};

pub(super) fn request(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    fields::request(body, asked, notes, read)
}

fn read(f: &mut Fields<'_, '_, '_>, request: &mut Request, asked: Asked<'_>, notes: &mut Notes) {
    let top = f.path();
    request.model = f.model(asked);
    request.stream = f.flag("stream").unwrap_or(asked.stream);
    request.parallel_tool_calls = f.flag("parallel_tool_calls");
    request.stop = f.texts("stop");
    f.numbers(&mut [
        ("temperature", &mut request.temperature),
        ("top_p", &mut request.top_p),
        ("top_k", &mut request.top_k),
        ("presence_penalty", &mut request.presence_penalty),
        ("frequency_penalty", &mut request.frequency_penalty),
    ]);
    request.user = f.owned("user");
    let older = f.number("max_tokens");
    request.max_tokens = f.number("max_completion_tokens").or(older);
    let mistrals = f.number("random_seed");
    request.seed = f.number("seed").or(mistrals);
    let path = top.member("stream_options");
    let mut options = f.inner("stream_options", &path);
    request.include_usage = options.flag("include_usage") == Some(true);
    options.ignore(&["include_obfuscation"]);
    options.finish();
    if let Some(word) = f.text("reasoning_effort") {
        request.reasoning = openai::read_effort(word).or_else(|| f.refuse("reasoning_effort", UNKNOWN));
    }
    f.each("messages", &mut |item, path, _| request.messages.push(message(item, path, notes)));
    f.each("tools", &mut |item, path, _| request.tools.push(tool(item, path, notes)));
    if let Some(choice) = f.take("tool_choice") {
        request.tool_choice = Some(tool_choice(choice, &top.member("tool_choice")));
    }
    if let Some(format) = f.take("response_format") {
        request.output = output(format, &top.member("response_format"), notes);
    }
    others(f, notes);
}

/// Fields without a place in the model.
fn others(f: &mut Fields<'_, '_, '_>, notes: &mut Notes) {
    f.only("n", "1", "only one answer can be asked for");
    for name in ["logprobs", "safe_prompt"] {
        f.unset(name);
    }
    f.only("top_logprobs", "0", UNKNOWN);
    f.only_text("modalities", "text", "only text can be answered");
    // Where an answer is kept, billed or cached, and hints that only make it faster or shorter.
    f.note(
        &[
            "metadata",
            "store",
            "service_tier",
            "prompt_cache_key",
            "prompt_cache_retention",
            "safety_identifier",
            "prediction",
            "verbosity",
            "prompt_mode",
        ],
        notes,
    );
}

fn message(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Message {
    let mut f = Fields::of(item, path);
    let role = match f.required_text("role") {
        "system" | "developer" => Role::System,
        "user" | "tool" => Role::User,
        "assistant" => Role::Assistant,
        _ => f.refuse("role", UNKNOWN),
    };
    f.note(&["name", "cache_control"], notes);
    let mut parts = Vec::new();
    for name in ["reasoning_content", "reasoning"] {
        if let Some(text) = f.text(name).filter(|text| !text.is_empty()) {
            parts.push(Part::Reasoning { text: text.to_owned(), signature: None });
        }
    }
    content(f.take("content"), &path.member("content"), &mut parts, &mut |item, path| {
        part(item, path, notes)
    });
    if role == Role::Assistant {
        if let Some(text) = f.text("refusal") {
            parts.push(Part::Refusal(text.to_owned()));
        }
        // What it is built from and what OpenAI's package made of it come again as text.
        f.ignore(&["annotations", "prefix", "parsed"]);
        f.each("tool_calls", &mut |call, path, _| parts.push(Part::ToolCall(tool_call(call, path))));
    }
    if let Some(id) = f.text("tool_call_id") {
        let result = core::mem::take(&mut parts);
        parts.push(Part::ToolResult { id: id.to_owned(), name: None, parts: result, error: false });
    } else if item.text("role") == "tool" {
        f.refuse("tool_call_id", MISSING)
    }
    f.finish();
    Message { role, parts, at: path.written() }
}

fn part(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Part {
    let mut f = Fields::of(item, path);
    f.note(&["cache_control"], notes);
    let part = match f.required_text("type") {
        "text" => Part::Text(f.required("text")),
        "refusal" => Part::Refusal(f.required("refusal")),
        "image_url" => {
            let at = path.member("image_url");
            // Mistral's is the address itself.
            let image = f.take("image_url");
            let (media, detail) = if let Some(url) = image.and_then(Value::as_str) {
                (turns::media(url), None)
            } else {
                let mut image = Fields::required_of(image, &at);
                let media = turns::media(image.required_text("url"));
                let detail = image.text("detail").filter(|detail| *detail != "auto").map(str::to_owned);
                image.finish();
                (media, detail)
            };
            Part::Image { media, detail, at: path.written() }
        }
        "file" => {
            let at = path.member("file");
            let mut file = f.required_inner("file", &at);
            let data = file.required_text("file_data");
            let media = match turns::media(data) {
                Media::Url(base64) => Media::Inline { media_type: "application/pdf".to_owned(), base64 },
                inline => inline,
            };
            let name = file.owned("filename");
            file.finish();
            Part::Document { media, name, at: at.written() }
        }
        // Mistral's.
        "document_url" => {
            let media = turns::media(f.required_text("document_url"));
            let name = f.owned("document_name");
            Part::Document { media, name, at: path.written() }
        }
        "thinking" => {
            f.ignore(&["closed"]);
            Part::Reasoning {
                text: f.list("thinking").iter().map(|t| t.text("text")).collect(),
                signature: None,
            }
        }
        _ => path.refuse(UNKNOWN),
    };
    f.finish();
    part
}

fn tool_call(item: &Value<'_>, path: &Path<'_>) -> ToolCall {
    let mut f = Fields::of(item, path);
    if f.text("type").is_some_and(|kind| kind != "function") {
        return f.refuse("type", "only functions can be called");
    }
    f.ignore(&["index"]);
    let id = f.required("id");
    // Google's place for it.
    let extra = f.take("extra_content").and_then(|extra| extra.get("google"));
    let signature = extra.map(|google| google.string("thought_signature"));
    let at = path.member("function");
    let mut function = f.required_inner("function", &at);
    let name = function.required("name");
    function.ignore(&["parsed_arguments"]);
    let arguments = function.take("arguments");
    // Ollama's clients send an object.
    let arguments = arguments.map(|value| value.as_str().unwrap_or(value.raw)).unwrap_or_default().to_owned();
    function.finish();
    f.finish();
    ToolCall { id, name, arguments: Json(arguments), signature }
}

fn tool(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Tool {
    let mut f = Fields::of(item, path);
    if f.text("type").is_some_and(|kind| kind != "function") {
        return path.refuse("only functions can be offered");
    }
    f.note(&["cache_control"], notes);
    let at = path.member("function");
    let mut function = f.required_inner("function", &at);
    let mut tool = definition(&mut function, "parameters");
    tool.strict = function.flag("strict");
    function.finish();
    f.finish();
    tool
}

fn tool_choice(choice: &Value<'_>, path: &Path<'_>) -> ToolChoice {
    match choice.as_str() {
        Some("auto") => return ToolChoice::Auto,
        Some("none") => return ToolChoice::None,
        Some("required" | "any") => return ToolChoice::Required,
        Some(_) => return path.refuse(UNKNOWN),
        None => {}
    }
    let mut f = Fields::of(choice, path);
    if f.required_text("type") != "function" {
        return path.refuse(UNKNOWN);
    }
    let at = path.member("function");
    let mut function = f.required_inner("function", &at);
    let name = function.required("name");
    function.finish();
    f.finish();
    ToolChoice::Named(name)
}

fn output(format: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Output {
    let mut f = Fields::of(format, path);
    let output = match f.required_text("type") {
        "text" => Output::Text,
        "json_object" => Output::Json,
        "json_schema" => {
            let at = path.member("json_schema");
            schema_of(f.required_inner("json_schema", &at), notes)
        }
        _ => f.refuse("type", UNKNOWN),
    };
    f.finish();
    output
}

fn schema_of(mut f: Fields<'_, '_, '_>, notes: &mut Notes) -> Output {
    if f.take("description").is_some() {
        notes.add("response_format");
    }
    let name = f.required("name");
    let strict = f.flag("strict");
    let schema = f.object("schema").unwrap_or_else(|| Json("{}".to_owned()));
    f.finish();
    Output::Schema { name, schema, strict }
}
