//! Requests to Cohere, as clients send them.

use crate::conversation::{Message, Output, Part, Reasoning, Request, Role, ToolChoice};
use crate::fields::{self, Fields, MISSING, Path, UNKNOWN, WRONG_TYPE};
use crate::functions::{read_call, read_tool};
use crate::json::{Kind, Value};
use crate::turns::media;
use crate::{Asked, Notes, Unsupported};

/// Reads a request.
pub(super) fn read(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    fields::request(body, asked, notes, members)
}

fn members(f: &mut Fields<'_, '_, '_>, request: &mut Request, asked: Asked<'_>, notes: &mut Notes) {
    let top = f.path();
    request.model = f.required("model");
    request.stream = f.flag("stream").unwrap_or(asked.stream);
    request.include_usage = true;
    f.numbers(&mut [
        ("max_tokens", &mut request.max_tokens),
        ("temperature", &mut request.temperature),
        ("p", &mut request.top_p),
        ("k", &mut request.top_k),
        ("presence_penalty", &mut request.presence_penalty),
        ("frequency_penalty", &mut request.frequency_penalty),
        ("seed", &mut request.seed),
    ]);
    request.stop = f.texts("stop_sequences");
    f.each("messages", &mut |item, path, n| request.messages.push(message(item, path, n, notes)));
    f.each("tools", &mut |item, path, _| request.tools.push(read_tool(item, path)));
    if let Some(strict) = f.flag("strict_tools") {
        request.tools.iter_mut().for_each(|tool| tool.strict = Some(strict));
    }
    request.tool_choice = match f.text("tool_choice") {
        None => None,
        Some("REQUIRED") => Some(ToolChoice::Required),
        Some("NONE") => Some(ToolChoice::None),
        Some(_) => f.refuse("tool_choice", UNKNOWN),
    };
    if let Some(format) = f.take("response_format") {
        request.output = output(format, &top.member("response_format"));
    }
    if let Some(config) = f.take("thinking") {
        request.reasoning = thinking(config, &top.member("thinking"));
    }
    f.unset("logprobs");
    f.unset("raw_prompting");
    f.note(&["citation_options", "safety_mode", "priority"], notes);
}

fn message(value: &Value<'_>, path: &Path<'_>, number: usize, notes: &mut Notes) -> Message {
    let mut f = Fields::of(value, path);
    let (role, result) = match f.required_text("role") {
        "system" => (Role::System, false),
        "user" => (Role::User, false),
        "assistant" => (Role::Assistant, false),
        "tool" => (Role::User, true),
        _ => f.refuse("role", UNKNOWN),
    };
    let mut parts = Vec::new();
    // A plan comes before the calls that it is about.
    let plan = f.text("tool_plan").filter(|text| !text.is_empty());
    if let Some(content) = f.take("content") {
        let at = path.member("content");
        match &content.kind {
            Kind::String(text) => parts.push(Part::text(text)),
            Kind::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    parts.push(part(item, &at.item(n), result));
                }
            }
            _ => at.refuse(WRONG_TYPE),
        }
    }
    parts.extend(plan.map(Part::text));
    f.each("tool_calls", &mut |item, path, n| parts.push(Part::ToolCall(read_call(item, path, (number, n)))));
    if result {
        let id = f.required("tool_call_id");
        parts = vec![Part::ToolResult { id, name: None, parts, error: false }];
    }
    f.note(&["citations"], notes);
    f.finish();
    Message { role, parts, at: path.written() }
}

fn part(value: &Value<'_>, path: &Path<'_>, result: bool) -> Part {
    let mut f = Fields::of(value, path);
    let part = match f.required_text("type") {
        "text" => Part::Text(f.required("text")),
        "thinking" => Part::Reasoning { text: f.required("thinking"), signature: None },
        "image_url" => {
            let at = path.member("image_url");
            let mut image = f.required_inner("image_url", &at);
            let media = media(image.required_text("url"));
            let detail = image.owned("detail");
            image.finish();
            Part::Image { media, detail, at: path.written() }
        }
        // A tool's result; the document's id is for citations.
        "document" if result => {
            let at = path.member("document");
            let mut document = f.required_inner("document", &at);
            let text = match document.take("data").map(|d| (&d.kind, d.raw)) {
                None => document.refuse("data", MISSING),
                Some((Kind::String(text), _)) => text.as_ref().to_owned(),
                Some((_, raw)) => raw.to_owned(),
            };
            document.ignore(&["id"]);
            document.finish();
            Part::Text(text)
        }
        _ => f.refuse("type", UNKNOWN),
    };
    f.finish();
    part
}

fn output(value: &Value<'_>, path: &Path<'_>) -> Output {
    let mut f = Fields::of(value, path);
    let older = f.object("schema");
    let schema = f.object("json_schema").or(older);
    let output = match (f.required_text("type"), schema) {
        ("text", None) => Output::Text,
        ("json_object", None) => Output::Json,
        ("json_object", Some(schema)) => Output::Schema { name: "answer".to_owned(), schema, strict: None },
        _ => f.refuse("type", UNKNOWN),
    };
    f.finish();
    output
}

fn thinking(value: &Value<'_>, path: &Path<'_>) -> Option<Reasoning> {
    let mut f = Fields::of(value, path);
    let budget = f.number("token_budget");
    let reasoning = match (f.required_text("type"), budget) {
        ("disabled", _) => Some(Reasoning::Off),
        ("enabled", Some(tokens)) => Some(Reasoning::Budget(tokens)),
        ("enabled", None) => Some(Reasoning::Auto),
        _ => f.refuse("type", UNKNOWN),
    };
    f.finish();
    reasoning
}
