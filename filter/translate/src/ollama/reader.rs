//! Requests to Ollama, as clients send them.

use crate::conversation::{Json, Media, Message, Number, Output, Part, Reasoning, Request, Role};
use crate::fields::{Fields, Path, UNKNOWN, WRONG_TYPE};
use crate::functions::{read_call, read_tool};
use crate::json::{Kind, Value, parse};
use crate::terms::{Calls, effort};
use crate::{Notes, Unsupported};

const NO_JSON: &str = "the body is not valid JSON";

/// Reads a request to `/api/chat`.
pub(super) fn read(body: &[u8], notes: &mut Notes) -> Result<Request, Unsupported> {
    let top = Path::Top;
    let value = parse(body).map_err(|_| top.refuse(NO_JSON))?;
    let mut f = Fields::of(&value, &top)?;
    let mut request = shared(&mut f, notes)?;
    let mut calls = Calls::default();
    let list = top.member("messages");
    for (n, item) in f.list("messages")?.iter().enumerate() {
        request.messages.push(message(item, &list.item(n), n, &mut calls)?);
    }
    let list = top.member("tools");
    for (n, item) in f.list("tools")?.iter().enumerate() {
        request.tools.push(read_tool(item, &list.item(n))?);
    }
    f.finish()?;
    Ok(request)
}

/// Reads a request to `/api/generate`: instructions and one turn.
pub(super) fn read_generate(body: &[u8], notes: &mut Notes) -> Result<Request, Unsupported> {
    let top = Path::Top;
    let value = parse(body).map_err(|_| top.refuse(NO_JSON))?;
    let mut f = Fields::of(&value, &top)?;
    let mut request = shared(&mut f, notes)?;
    let mut say = |role, name: &str, parts| {
        request.messages.push(Message { role, parts, at: name.to_owned() });
    };
    if let Some(text) = f.text("system")?.filter(|text| !text.is_empty()) {
        say(Role::System, "system", vec![Part::Text(text.to_owned())]);
    }
    let mut parts = vec![Part::Text(f.text("prompt")?.unwrap_or_default().to_owned())];
    images(&mut f, &mut parts)?;
    say(Role::User, "prompt", parts);
    for name in ["suffix", "template"] {
        if f.text(name)?.is_some_and(|text| !text.is_empty()) {
            return Err(f.refuse(name, UNKNOWN));
        }
    }
    f.unset("raw")?;
    f.finish()?;
    Ok(request)
}

/// What both say alike.
fn shared(f: &mut Fields<'_, '_, '_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    let mut request = Request {
        model: f.required_text("model")?.to_owned(),
        stream: f.flag("stream")?.unwrap_or(true),
        include_usage: true,
        ..Request::default()
    };
    match f.take("format").map(|v| (&v.kind, v.raw)) {
        None => {}
        Some((Kind::String(word), _)) if word.is_empty() => {}
        Some((Kind::String(word), _)) if word == "json" => request.output = Output::Json,
        Some((Kind::Object(_), raw)) => {
            let schema = Json(raw.to_owned());
            request.output = Output::Schema { name: "answer".to_owned(), schema, strict: None };
        }
        Some(_) => return Err(f.refuse("format", UNKNOWN)),
    }
    match f.take("think").map(|v| &v.kind) {
        None => {}
        Some(Kind::Bool(true)) => request.reasoning = Some(Reasoning::Auto),
        Some(Kind::Bool(false)) => request.reasoning = Some(Reasoning::Off),
        Some(Kind::String(word)) => {
            request.reasoning = Some(effort(word).ok_or_else(|| f.refuse("think", UNKNOWN))?);
        }
        Some(_) => return Err(f.refuse("think", WRONG_TYPE)),
    }
    if let Some(value) = f.take("options") {
        options(value, &f.path().member("options"), &mut request, notes)?;
    }
    f.unset("logprobs")?;
    f.note(&["keep_alive"], notes);
    f.ignore(&["truncate", "shift", "top_logprobs"]);
    Ok(request)
}

/// Sampling. All else here is a matter of Ollama's engine.
fn options(
    value: &Value<'_>,
    path: &Path<'_>,
    request: &mut Request,
    notes: &mut Notes,
) -> Result<(), Unsupported> {
    let mut f = Fields::of(value, path)?;
    request.temperature = f.number("temperature")?;
    request.top_p = f.number("top_p")?;
    request.top_k = f.number("top_k")?;
    request.seed = f.number("seed")?;
    request.presence_penalty = f.number("presence_penalty")?;
    request.frequency_penalty = f.number("frequency_penalty")?;
    // Below zero there is no limit.
    request.max_tokens = f.number("num_predict")?.filter(|Number(n)| !n.starts_with('-'));
    request.stop = f.texts("stop")?;
    if f.finish().is_err() {
        notes.add("options");
    }
    Ok(())
}

fn message(
    value: &Value<'_>,
    path: &Path<'_>,
    number: usize,
    calls: &mut Calls,
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
    if let Some(text) = f.text("thinking")?.filter(|text| !text.is_empty()) {
        parts.push(Part::Reasoning { text: text.to_owned(), signature: None });
    }
    if let Some(text) = f.text("content")?.filter(|text| !text.is_empty() || result) {
        parts.push(Part::Text(text.to_owned()));
    }
    images(&mut f, &mut parts)?;
    let list = path.member("tool_calls");
    for (n, item) in f.list("tool_calls")?.iter().enumerate() {
        let made_up = || ["call_", &number.to_string(), "_", &n.to_string()].concat();
        let call = read_call(item, &list.item(n), made_up)?;
        calls.made(&call.id, &call.name);
        parts.push(Part::ToolCall(call));
    }
    if result {
        let (id, name) = (f.text("tool_call_id")?, f.text("tool_name")?);
        let older = f.text("name")?;
        let name = name.or(older);
        let found =
            calls.answered(id.filter(|id| !id.is_empty()), name).or_else(|| calls.answered(None, name));
        let Some((id, name)) = found else {
            return Err(path.refuse("no call of this function waits for a result"));
        };
        parts = vec![Part::ToolResult { id, name: Some(name), parts, error: false }];
    }
    f.finish()?;
    Ok(Message { role, parts, at: path.written() })
}

/// Images are bare base64; what they are is told by how they begin.
fn images(f: &mut Fields<'_, '_, '_>, parts: &mut Vec<Part>) -> Result<(), Unsupported> {
    let path = f.path().member("images");
    for (n, item) in f.list("images")?.iter().enumerate() {
        let at = path.item(n);
        let Some(base64) = item.as_str() else { return Err(at.refuse(WRONG_TYPE)) };
        let media_type = match base64.as_bytes() {
            [b'i', b'V', b'B', b'O', ..] => "image/png",
            [b'/', b'9', b'j', b'/', ..] => "image/jpeg",
            [b'R', b'0', b'l', b'G', ..] => "image/gif",
            [b'U', b'k', b'l', b'G', ..] => "image/webp",
            _ => return Err(at.refuse("it is neither PNG, JPEG, GIF nor WebP")),
        };
        let media = Media::Inline { media_type: media_type.to_owned(), base64: base64.to_owned() };
        parts.push(Part::Image { media, detail: None, at: at.written() });
    }
    Ok(())
}
