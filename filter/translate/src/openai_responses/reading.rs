//! A client's request.

use crate::conversation::{Json, Media, Message, Output, Part, Request, Role, Tool, ToolCall, ToolChoice};
use crate::fields::{self, Fields, MISSING, Path, UNKNOWN, WRONG_TYPE};
use crate::functions::definition;
use crate::json::{Kind, Value};
use crate::openai::content;
use crate::{Asked, Notes, Unsupported, openai, turns};

/// Why a field is refused that leads to what OpenAI keeps.
const STORED: &str = "only OpenAI itself has what it names";

pub(super) fn request(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    fields::request(body, asked, notes, read)
}

fn read(f: &mut Fields<'_, '_, '_>, request: &mut Request, asked: Asked<'_>, notes: &mut Notes) {
    let top = f.path();
    for name in ["previous_response_id", "conversation", "prompt"] {
        if f.take(name).is_some() {
            f.refuse(name, STORED)
        }
    }
    request.model = f.model(asked);
    request.stream = f.flag("stream").unwrap_or(asked.stream);
    request.include_usage = true;
    request.parallel_tool_calls = f.flag("parallel_tool_calls");
    f.numbers(&mut [
        ("max_output_tokens", &mut request.max_tokens),
        ("temperature", &mut request.temperature),
        ("top_p", &mut request.top_p),
    ]);
    request.user = f.owned("user");
    if let Some(text) = f.text("instructions") {
        request.messages.push(Message::of_text(Role::System, text, "instructions"));
    }
    input(f, &mut request.messages, notes);
    f.each("tools", &mut |item, path, _| request.tools.push(tool(item, path)));
    if let Some(choice) = f.take("tool_choice") {
        request.tool_choice = Some(tool_choice(choice, &top.member("tool_choice")));
    }
    let path = top.member("text");
    let mut text = f.inner("text", &path);
    text.note(&["verbosity"], notes);
    if let Some(format) = text.take("format") {
        request.output = output(format, &path.member("format"), notes);
    }
    text.finish();
    let path = top.member("reasoning");
    let mut reasoning = f.inner("reasoning", &path);
    // What is seen of the thoughts is the provider's to say.
    reasoning.ignore(&["summary", "generate_summary"]);
    if let Some(word) = reasoning.text("effort") {
        request.reasoning = openai::read_effort(word).or_else(|| reasoning.refuse("effort", UNKNOWN));
    }
    reasoning.finish();
    others(f, notes);
}

/// Fields without a place in the model.
fn others(f: &mut Fields<'_, '_, '_>, notes: &mut Notes) {
    f.unset("background");
    // Seals are handed out anyway.
    f.only_text("include", "reasoning.encrypted_content", UNKNOWN);
    f.only("top_logprobs", "0", UNKNOWN);
    if f.text("truncation").is_some_and(|word| word != "disabled") {
        notes.add("truncation");
    }
    if f.flag("store") == Some(true) {
        notes.add("store");
    }
    f.ignore(&["stream_options"]);
    f.note(
        &[
            "metadata",
            "service_tier",
            "max_tool_calls",
            "prompt_cache_key",
            "prompt_cache_retention",
            "safety_identifier",
        ],
        notes,
    );
}

/// A string, or an array of items. What the model says in a row is one message.
fn input(f: &mut Fields<'_, '_, '_>, messages: &mut Vec<Message>, notes: &mut Notes) {
    let path = f.path().member("input");
    match f.take("input").map(|value| &value.kind) {
        None => {}
        Some(Kind::String(text)) => {
            messages.push(Message::of_text(Role::User, text, &path.written()));
        }
        Some(Kind::Array(items)) => {
            for (n, value) in items.iter().enumerate() {
                let mut read = item(value, &path.item(n), notes);
                match messages.last_mut() {
                    Some(last) if last.role == Role::Assistant && read.role == Role::Assistant => {
                        last.parts.append(&mut read.parts);
                    }
                    _ => messages.push(read),
                }
            }
        }
        Some(_) => path.refuse(WRONG_TYPE),
    }
}

fn item(value: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Message {
    let mut f = Fields::of(value, path);
    f.ignore(&["id", "status", "phase", "parsed_arguments"]);
    let (role, parts) = match f.text("type").unwrap_or("message") {
        "message" => message(&mut f, path, notes),
        "function_call" => {
            let call = ToolCall {
                id: f.required("call_id"),
                name: f.required("name"),
                arguments: Json(f.required("arguments")),
                signature: None,
            };
            (Role::Assistant, vec![Part::ToolCall(call)])
        }
        "function_call_output" => {
            let id = f.required("call_id");
            let mut parts = Vec::new();
            content(f.take("output"), &path.member("output"), &mut parts, &mut |item, path| {
                part(item, path, notes)
            });
            (Role::User, vec![Part::ToolResult { id, name: None, parts, error: false }])
        }
        "reasoning" => {
            let texts = |items: &[Value<'_>]| -> Vec<String> {
                items.iter().map(|item| item.string("text")).collect()
            };
            let mut all = texts(f.list("summary"));
            all.extend(texts(f.list("content")));
            let signature = f.owned("encrypted_content");
            (Role::Assistant, vec![Part::Reasoning { text: all.join("\n\n"), signature }])
        }
        "item_reference" => path.refuse(STORED),
        _ => path.refuse(UNKNOWN),
    };
    f.finish();
    Message { role, parts, at: path.written() }
}

fn message(f: &mut Fields<'_, '_, '_>, path: &Path<'_>, notes: &mut Notes) -> (Role, Vec<Part>) {
    let role = match f.required_text("role") {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        _ => f.refuse("role", UNKNOWN),
    };
    let mut parts = Vec::new();
    content(f.take("content"), &path.member("content"), &mut parts, &mut |item, path| {
        part(item, path, notes)
    });
    (role, parts)
}

fn part(item: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Part {
    let mut f = Fields::of(item, path);
    let part = match f.required_text("type") {
        "input_text" | "output_text" | "text" => {
            f.ignore(&["logprobs", "parsed"]);
            f.note(&["annotations"], notes);
            Part::Text(f.required("text"))
        }
        "refusal" => Part::Refusal(f.required("refusal")),
        "input_image" => {
            let media = turns::media(f.text("image_url").unwrap_or_else(|| path.refuse(STORED)));
            let detail = f.text("detail").filter(|detail| *detail != "auto").map(str::to_owned);
            Part::Image { media, detail, at: path.written() }
        }
        "input_file" => {
            let name = f.owned("filename");
            let media = match (f.text("file_data"), f.text("file_url")) {
                (Some(data), _) => match turns::media(data) {
                    Media::Url(base64) => Media::Inline { media_type: "application/pdf".to_owned(), base64 },
                    inline => inline,
                },
                (None, Some(url)) => turns::media(url),
                (None, None) => path.refuse(STORED),
            };
            f.ignore(&["detail"]);
            Part::Document { media, name, at: path.written() }
        }
        _ => path.refuse(UNKNOWN),
    };
    f.finish();
    part
}

fn tool(item: &Value<'_>, path: &Path<'_>) -> Tool {
    let mut f = Fields::of(item, path);
    if f.required_text("type") != "function" {
        return path.refuse("only functions can be offered");
    }
    let mut tool = definition(&mut f, "parameters");
    tool.strict = f.flag("strict");
    f.finish();
    tool
}

fn tool_choice(choice: &Value<'_>, path: &Path<'_>) -> ToolChoice {
    match choice.as_str() {
        Some("auto") => return ToolChoice::Auto,
        Some("none") => return ToolChoice::None,
        Some("required") => return ToolChoice::Required,
        Some(_) => return path.refuse(UNKNOWN),
        None => {}
    }
    let mut f = Fields::of(choice, path);
    if f.required_text("type") != "function" {
        return path.refuse(UNKNOWN);
    }
    let name = f.required("name");
    f.finish();
    ToolChoice::Named(name)
}

fn output(format: &Value<'_>, path: &Path<'_>, notes: &mut Notes) -> Output {
    let mut f = Fields::of(format, path);
    let output = match f.required_text("type") {
        "text" => Output::Text,
        "json_object" => Output::Json,
        "json_schema" => {
            if f.take("description").is_some() {
                notes.add("response_format");
            }
            let name = f.required("name");
            let strict = f.flag("strict");
            let schema = f.object("schema").unwrap_or_else(|| f.refuse("schema", MISSING));
            Output::Schema { name, schema, strict }
        }
        _ => f.refuse("type", UNKNOWN),
    };
    f.finish();
    output
}
