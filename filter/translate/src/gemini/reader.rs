//! Requests to Gemini, as clients send them.

use super::{schema, seal};
use crate::conversation::{
    Json, Media, Message, Number, Output, Part, Reasoning, Request, Role, Tool, ToolCall, ToolChoice,
};
use crate::fields::{self, Fields, MISSING, Path, UNKNOWN, WRONG_TYPE};
use crate::json::{Kind, Value, Writer};
use crate::terms::{Calls, effort, made_up};
use crate::{Asked, Notes, Unsupported};

/// Reads a request.
pub(super) fn read(body: &[u8], asked: Asked<'_>, notes: &mut Notes) -> Result<Request, Unsupported> {
    fields::request(body, asked, notes, members)
}

fn members(fields: &mut Fields<'_, '_, '_>, request: &mut Request, asked: Asked<'_>, notes: &mut Notes) {
    let top = fields.path();
    asked.begin(request);
    let mut calls = Calls::default();
    let name = fields.spelled("systemInstruction", "system_instruction");
    if let Some(content) = fields.take(name) {
        let mut message = message(content, &top.member(name), usize::MAX, &mut calls, notes);
        message.role = Role::System;
        request.messages.push(message);
    }
    fields.each("contents", &mut |item, path, n| {
        request.messages.push(message(item, path, n, &mut calls, notes))
    });
    for (n, item) in one_or_more(fields.take("tools")).iter().enumerate() {
        tool(item, &top.member("tools").item(n), request, notes);
    }
    let name = fields.spelled("toolConfig", "tool_config");
    if let Some(config) = fields.take(name) {
        tool_config(config, &top.member(name), request, notes);
    }
    let name = fields.spelled("generationConfig", "generation_config");
    if let Some(config) = fields.take(name) {
        generation(config, &top.member(name), request, notes);
    }
    fields.ignore(&["model"]);
    fields.note(&["safetySettings", "safety_settings", "labels", "serviceTier", "store"], notes);
}

/// Where the reference has an array, one item by itself is taken as well.
fn one_or_more<'v, 'a>(value: Option<&'v Value<'a>>) -> &'v [Value<'a>] {
    match value {
        Some(Value { kind: Kind::Array(items), .. }) => items,
        Some(one) => core::slice::from_ref(one),
        None => &[],
    }
}

fn message(
    value: &Value<'_>,
    path: &Path<'_>,
    number: usize,
    calls: &mut Calls,
    notes: &mut Notes,
) -> Message {
    let mut fields = Fields::of(value, path);
    let role = match fields.text("role") {
        Some("model") => Role::Assistant,
        Some("user" | "function" | "system") | None => Role::User,
        Some(_) => fields.refuse("role", UNKNOWN),
    };
    let list = path.member("parts");
    let mut parts = Vec::new();
    for (n, item) in one_or_more(fields.take("parts")).iter().enumerate() {
        part(item, &list.item(n), (number, n), calls, &mut parts, notes);
    }
    fields.finish();
    Message { role, parts, at: path.written() }
}

fn part(
    value: &Value<'_>,
    path: &Path<'_>,
    place: (usize, usize),
    calls: &mut Calls,
    parts: &mut Vec<Part>,
    notes: &mut Notes,
) {
    let mut fields = Fields::of(value, path);
    let thought = fields.flag("thought") == Some(true);
    let name = fields.spelled("thoughtSignature", "thought_signature");
    let signature = fields.text(name).map(seal::read);
    // Only one of these stands in a part.
    let names = [
        ("functionCall", "function_call"),
        ("functionResponse", "function_response"),
        ("inlineData", "inline_data"),
        ("fileData", "file_data"),
    ];
    if let Some(text) = fields.text("text") {
        if thought {
            parts.push(Part::Reasoning { text: text.to_owned(), signature });
        } else if !text.is_empty() || signature.is_none() {
            // A text without a letter only carries its seal.
            parts.push(Part::text(text));
        }
        fields.finish();
        return;
    }
    for (n, (camel, snake)) in names.into_iter().enumerate() {
        let name = fields.spelled(camel, snake);
        let Some(inner) = fields.take(name) else { continue };
        let at = path.member(name);
        match n {
            0 => parts.push(Part::ToolCall(call(inner, &at, place, calls, signature))),
            1 => result(inner, &at, calls, parts, notes),
            _ => parts.push(file(inner, &at, path, notes)),
        }
        break;
    }
    fields.finish();
}

fn call(
    value: &Value<'_>,
    path: &Path<'_>,
    place: (usize, usize),
    calls: &mut Calls,
    signature: Option<String>,
) -> ToolCall {
    let mut fields = Fields::of(value, path);
    let name = fields.required("name");
    let id = fields.owned("id").unwrap_or_else(|| made_up(place));
    let arguments = fields.object("args").unwrap_or_else(|| Json("{}".to_owned()));
    fields.finish();
    calls.made(&id, &name);
    ToolCall { id, name, arguments, signature }
}

/// A function's result. What Google's guides put into `output` or `error` is the text of it; another object is that
/// text as it stands.
fn result(value: &Value<'_>, path: &Path<'_>, calls: &mut Calls, parts: &mut Vec<Part>, notes: &mut Notes) {
    let mut fields = Fields::of(value, path);
    let name = fields.required_text("name");
    let id = fields.text("id");
    // An id that no call has given is one that the client made up for a call without one.
    let found = calls.answered(id, Some(name)).or_else(|| calls.answered(None, Some(name)));
    let (id, _) = found.unwrap_or_else(|| path.refuse("no call of this function waits for a result"));
    let (mut text, mut error) = (String::new(), false);
    if let Some(response) = fields.take("response") {
        let only = match &response.kind {
            Kind::Object(members) => match members.as_slice() {
                [member] => Some((&*member.name, member.value.as_str())),
                _ => None,
            },
            _ => fields.refuse("response", WRONG_TYPE),
        };
        match only {
            Some(("output", Some(output))) => output.clone_into(&mut text),
            Some(("error", Some(words))) => {
                words.clone_into(&mut text);
                error = true;
            }
            _ => response.raw.clone_into(&mut text),
        }
    }
    let mut held = vec![Part::Text(text)];
    let list = path.member("parts");
    for (n, item) in one_or_more(fields.take("parts")).iter().enumerate() {
        part(item, &list.item(n), (0, 0), calls, &mut held, notes);
    }
    fields.note(&["scheduling"], notes);
    fields.finish();
    parts.push(Part::ToolResult { id, name: Some(name.to_owned()), parts: held, error });
}

fn file(value: &Value<'_>, path: &Path<'_>, part: &Path<'_>, notes: &mut Notes) -> Part {
    let mut fields = Fields::of(value, path);
    let name = fields.spelled("mimeType", "mime_type");
    let media_type = fields.text(name).unwrap_or_default();
    let uri = fields.spelled("fileUri", "file_uri");
    let media = match (fields.text("data"), fields.text(uri)) {
        (Some(data), _) => Media::Inline { media_type: media_type.to_owned(), base64: data.to_owned() },
        (None, Some(url)) => Media::Url(url.to_owned()),
        (None, None) => path.refuse(MISSING),
    };
    let title = fields.spelled("displayName", "display_name");
    let title = fields.owned(title);
    let at = part.written();
    let kind = media_type.split('/').next().unwrap_or_default();
    let part = match (kind, &media) {
        ("image", _) => {
            if title.is_some() {
                notes.add("displayName");
            }
            Part::Image { media, detail: None, at }
        }
        ("audio" | "video", _) => fields.refuse(name, "sounds and films cannot be translated"),
        ("", Media::Inline { .. }) => fields.refuse(name, MISSING),
        _ => Part::Document { media, name: title, at },
    };
    fields.finish();
    part
}

fn tool(value: &Value<'_>, path: &Path<'_>, request: &mut Request, notes: &mut Notes) {
    let mut fields = Fields::of(value, path);
    let name = fields.spelled("functionDeclarations", "function_declarations");
    let list = path.member(name);
    for (n, item) in one_or_more(fields.take(name)).iter().enumerate() {
        let at = list.item(n);
        let mut fields = Fields::of(item, &at);
        let json = fields.spelled("parametersJsonSchema", "parameters_json_schema");
        let parameters = match (fields.object(json), fields.take("parameters")) {
            (Some(json), _) => Some(json),
            (None, own) => own.map(json_schema),
        };
        request.tools.push(Tool {
            name: fields.required("name"),
            description: fields.owned("description"),
            parameters,
            strict: None,
        });
        fields.note(&["behavior", "response", "responseJsonSchema", "response_json_schema"], notes);
        fields.finish();
    }
    fields.finish();
}

fn json_schema(own: &Value<'_>) -> Json {
    let mut w = Writer::with_capacity(own.raw.len());
    schema::write(&mut w, own);
    Json(String::from_utf8(w.into_bytes()).unwrap_or_default())
}

fn tool_config(value: &Value<'_>, path: &Path<'_>, request: &mut Request, notes: &mut Notes) {
    let mut fields = Fields::of(value, path);
    let name = fields.spelled("functionCallingConfig", "function_calling_config");
    if let Some(config) = fields.take(name) {
        let at = path.member(name);
        let mut config = Fields::of(config, &at);
        let name = config.spelled("allowedFunctionNames", "allowed_function_names");
        let allowed = config.texts(name);
        let mode = config.text("mode").unwrap_or_default().to_ascii_uppercase();
        let mut any = false;
        request.tool_choice = match mode.as_str() {
            "" | "MODE_UNSPECIFIED" => None,
            "AUTO" => Some(ToolChoice::Auto),
            "VALIDATED" => {
                notes.add("VALIDATED");
                Some(ToolChoice::Auto)
            }
            "NONE" => Some(ToolChoice::None),
            "ANY" => {
                any = true;
                Some(ToolChoice::Required)
            }
            _ => config.refuse("mode", UNKNOWN),
        };
        config.finish();
        match (allowed.as_slice(), any) {
            ([], _) => {}
            ([one], true) => request.tool_choice = Some(ToolChoice::Named(one.clone())),
            _ => {
                // Others are not offered at all.
                notes.add("allowedFunctionNames");
                request.tools.retain(|tool| allowed.contains(&tool.name));
            }
        }
    }
    fields.finish();
}

fn generation(value: &Value<'_>, path: &Path<'_>, request: &mut Request, notes: &mut Notes) {
    let mut f = Fields::of(value, path);
    request.temperature = f.number("temperature");
    request.seed = f.number("seed");
    let mut candidates = None;
    for (camel, snake, place) in [
        ("maxOutputTokens", "max_output_tokens", &mut request.max_tokens),
        ("topP", "top_p", &mut request.top_p),
        ("topK", "top_k", &mut request.top_k),
        ("presencePenalty", "presence_penalty", &mut request.presence_penalty),
        ("frequencyPenalty", "frequency_penalty", &mut request.frequency_penalty),
        ("candidateCount", "candidate_count", &mut candidates),
    ] {
        *place = f.number(f.spelled(camel, snake));
    }
    if candidates.is_some_and(|Number(n)| n != "1") {
        f.refuse("candidateCount", "only one answer can be asked for")
    }
    request.stop = f.texts(f.spelled("stopSequences", "stop_sequences"));
    let modalities = f.spelled("responseModalities", "response_modalities");
    if f.texts(modalities).iter().any(|kind| !kind.eq_ignore_ascii_case("text")) {
        f.refuse(modalities, "only text can be answered")
    }
    f.unset(f.spelled("responseLogprobs", "response_logprobs"));
    let kind = f.spelled("responseMimeType", "response_mime_type");
    let media_type = f.text(kind).unwrap_or("text/plain");
    let json = f.spelled("responseJsonSchema", "response_json_schema");
    let own = f.spelled("responseSchema", "response_schema");
    let schema = f.object(json).or(f.take(own).map(json_schema));
    request.output = match (media_type, schema) {
        ("application/json", Some(schema)) => {
            Output::Schema { name: "answer".to_owned(), schema, strict: None }
        }
        ("application/json", None) => Output::Json,
        ("text/plain", None) => Output::Text,
        _ => f.refuse(kind, UNKNOWN),
    };
    let name = f.spelled("thinkingConfig", "thinking_config");
    if let Some(config) = f.take(name) {
        request.reasoning = thinking(config, &path.member(name));
    }
    f.note(&["mediaResolution", "media_resolution"], notes);
    f.finish();
}

fn thinking(value: &Value<'_>, path: &Path<'_>) -> Option<Reasoning> {
    let mut f = Fields::of(value, path);
    let shown = f.flag(f.spelled("includeThoughts", "include_thoughts"));
    let level = f.spelled("thinkingLevel", "thinking_level");
    let word = f.text(level).map(str::to_ascii_lowercase);
    let budget = f.number(f.spelled("thinkingBudget", "thinking_budget"));
    let reasoning = match (word.as_deref(), budget) {
        (Some("thinking_level_unspecified") | None, None) => {
            if shown == Some(true) {
                Some(Reasoning::Auto)
            } else {
                None
            }
        }
        (Some(word), _) => effort(word).or_else(|| f.refuse(level, UNKNOWN)),
        (None, Some(Number(tokens))) => Some(match tokens.as_str() {
            "0" => Reasoning::Off,
            "-1" => Reasoning::Auto,
            _ => Reasoning::Budget(Number(tokens)),
        }),
    };
    f.finish();
    reasoning
}
