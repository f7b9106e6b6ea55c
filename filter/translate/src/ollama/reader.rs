//! Requests to Ollama, as clients send them.

use crate::conversation::{Json, Media, Message, Number, Output, Part, Reasoning, Request, Role};
use crate::fields::{self, Fields, Path, UNKNOWN, WRONG_TYPE};
use crate::functions::{read_call, read_tool};
use crate::json::{Kind, Value};
use crate::terms::{Calls, effort};
use crate::{Asked, Notes, Unsupported};

/// Reads a request to `/api/chat`.
pub(super) fn read(body: &[u8], notes: &mut Notes) -> Result<Request, Unsupported> {
    fields::request(body, Asked::default(), notes, chat)
}

fn chat(f: &mut Fields<'_, '_, '_>, request: &mut Request, _: Asked<'_>, notes: &mut Notes) {
    shared(f, request, notes);
    let mut calls = Calls::default();
    f.each("messages", &mut |item, path, n| request.messages.push(message(item, path, n, &mut calls)));
    f.each("tools", &mut |item, path, _| request.tools.push(read_tool(item, path)));
}

/// Reads a request to `/api/generate`: instructions and one turn.
pub(super) fn read_generate(body: &[u8], notes: &mut Notes) -> Result<Request, Unsupported> {
    fields::request(body, Asked::default(), notes, generate)
}

fn generate(f: &mut Fields<'_, '_, '_>, request: &mut Request, _: Asked<'_>, notes: &mut Notes) {
    shared(f, request, notes);
    if let Some(text) = f.text("system").filter(|text| !text.is_empty()) {
        request.messages.push(Message::of_text(Role::System, text, "system"));
    }
    let mut message = Message::of_text(Role::User, f.text("prompt").unwrap_or_default(), "prompt");
    images(f, &mut message.parts);
    request.messages.push(message);
    for name in ["suffix", "template"] {
        if f.text(name).is_some_and(|text| !text.is_empty()) {
            f.refuse(name, UNKNOWN)
        }
    }
    f.unset("raw");
}

/// What both say alike.
fn shared(f: &mut Fields<'_, '_, '_>, request: &mut Request, notes: &mut Notes) {
    request.model = f.required("model");
    request.stream = f.flag("stream").unwrap_or(true);
    request.include_usage = true;
    match f.take("format").map(|v| (&v.kind, v.raw)) {
        None => {}
        Some((Kind::String(word), _)) if word.is_empty() => {}
        Some((Kind::String(word), _)) if word == "json" => request.output = Output::Json,
        Some((Kind::Object(_), raw)) => {
            let schema = Json(raw.to_owned());
            request.output = Output::Schema { name: "answer".to_owned(), schema, strict: None };
        }
        Some(_) => f.refuse("format", UNKNOWN),
    }
    match f.take("think").map(|v| &v.kind) {
        None => {}
        Some(Kind::Bool(true)) => request.reasoning = Some(Reasoning::Auto),
        Some(Kind::Bool(false)) => request.reasoning = Some(Reasoning::Off),
        Some(Kind::String(word)) => {
            request.reasoning = effort(word).or_else(|| f.refuse("think", UNKNOWN));
        }
        Some(_) => f.refuse("think", WRONG_TYPE),
    }
    if let Some(value) = f.take("options") {
        options(value, &f.path().member("options"), request, notes);
    }
    f.unset("logprobs");
    f.note(&["keep_alive"], notes);
    f.ignore(&["truncate", "shift", "top_logprobs"]);
}

/// Sampling. All else here is a matter of Ollama's engine.
fn options(value: &Value<'_>, path: &Path<'_>, request: &mut Request, notes: &mut Notes) {
    let mut f = Fields::of(value, path);
    f.numbers(&mut [
        ("temperature", &mut request.temperature),
        ("top_p", &mut request.top_p),
        ("top_k", &mut request.top_k),
        ("seed", &mut request.seed),
        ("presence_penalty", &mut request.presence_penalty),
        ("frequency_penalty", &mut request.frequency_penalty),
    ]);
    // Below zero there is no limit.
    request.max_tokens = f.number("num_predict").filter(|Number(n)| !n.starts_with('-'));
    request.stop = f.texts("stop");
    f.finish_noting("options", notes);
}

fn message(value: &Value<'_>, path: &Path<'_>, number: usize, calls: &mut Calls) -> Message {
    let mut f = Fields::of(value, path);
    let (role, result) = match f.required_text("role") {
        "system" => (Role::System, false),
        "user" => (Role::User, false),
        "assistant" => (Role::Assistant, false),
        "tool" => (Role::User, true),
        _ => f.refuse("role", UNKNOWN),
    };
    let mut parts = Vec::new();
    if let Some(text) = f.text("thinking").filter(|text| !text.is_empty()) {
        parts.push(Part::Reasoning { text: text.to_owned(), signature: None });
    }
    if let Some(text) = f.text("content").filter(|text| !text.is_empty() || result) {
        parts.push(Part::text(text));
    }
    images(&mut f, &mut parts);
    f.each("tool_calls", &mut |item, path, n| {
        let call = read_call(item, path, (number, n));
        calls.made(&call.id, &call.name);
        parts.push(Part::ToolCall(call));
    });
    if result {
        let (id, name) = (f.text("tool_call_id"), f.text("tool_name"));
        let older = f.text("name");
        let name = name.or(older);
        let found =
            calls.answered(id.filter(|id| !id.is_empty()), name).or_else(|| calls.answered(None, name));
        let (id, name) = found.unwrap_or_else(|| path.refuse("no call of this function waits for a result"));
        parts = vec![Part::ToolResult { id, name: Some(name), parts, error: false }];
    }
    f.finish();
    Message { role, parts, at: path.written() }
}

/// Images are bare base64; what they are is told by how they begin.
fn images(f: &mut Fields<'_, '_, '_>, parts: &mut Vec<Part>) {
    f.each("images", &mut |item, at, _| {
        let Some(base64) = item.as_str() else { return at.refuse(WRONG_TYPE) };
        let media_type = match base64.as_bytes() {
            [b'i', b'V', b'B', b'O', ..] => "image/png",
            [b'/', b'9', b'j', b'/', ..] => "image/jpeg",
            [b'R', b'0', b'l', b'G', ..] => "image/gif",
            [b'U', b'k', b'l', b'G', ..] => "image/webp",
            _ => at.refuse("it is neither PNG, JPEG, GIF nor WebP"),
        };
        let media = Media::Inline { media_type: media_type.to_owned(), base64: base64.to_owned() };
        parts.push(Part::Image { media, detail: None, at: at.written() });
    });
}
