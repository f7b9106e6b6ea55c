//! A provider's request. Nothing is to be kept by the provider (`store`), for no other format's client could ask for it.

use super::SEAL;
use crate::conversation::{Media, Message, Output, Part, Reasoning, Request, Role, Tool, ToolChoice};
use crate::json::Writer;
use crate::terms::{lacks, number_at};
use crate::{Dialect, Notes, Outgoing, Target, Unsupported, openai, turns};

/// Least tokens of an answer that OpenAI takes.
const MIN_TOKENS: f64 = 16.0;

pub(super) fn request(
    request: &Request,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<Outgoing, Unsupported> {
    if !request.stop.is_empty() {
        let reason = "this provider's format has no stop sequences";
        return Err(Unsupported { field: "stop".to_owned(), reason });
    }
    let mut w = Writer::object(4096);
    w.string_at("model", &request.model);
    w.open_at("input", b'[');
    for message in &request.messages {
        items(&mut w, message, target.dialect, notes)?;
    }
    w.close(b']');
    tools(&mut w, request);
    if let Some(most) = &request.max_tokens {
        let few = most.0.parse::<f64>().is_ok_and(|n| n < MIN_TOKENS);
        if few {
            notes.add("max_tokens");
        }
        w.raw_at("max_output_tokens", if few { "16" } else { &most.0 });
    }
    if let Some(temperature) = &request.temperature {
        w.raw_at("temperature", turns::at_most(temperature, "2", "temperature", notes));
    }
    number_at(&mut w, "top_p", &request.top_p);
    lacks(request, &["top_k", "presence_penalty", "frequency_penalty", "seed"], notes);
    output(&mut w, &request.output);
    if let Some(reasoning) = &request.reasoning {
        if let Some(effort) = openai::effort(reasoning, notes) {
            w.open_at("reasoning", b'{');
            w.string_at("effort", effort);
            w.close(b'}');
        }
        if *reasoning != Reasoning::Off {
            w.raw_at("include", r#"["reasoning.encrypted_content"]"#);
        }
    }
    if let Some(user) = &request.user {
        w.string_at("user", user);
    }
    w.flag_at("store", false);
    if request.stream {
        w.flag_at("stream", true);
    }
    Ok(Outgoing { path: path(target), body: w.done() })
}

fn path(target: &Target<'_>) -> String {
    match target.deployment {
        Some((_, version)) if target.dialect == Dialect::Azure => {
            ["/openai/responses?api-version=", version].concat()
        }
        _ if target.dialect == Dialect::Azure => "/openai/v1/responses".to_owned(),
        _ => "/v1/responses".to_owned(),
    }
}

/// The items of a message: calls, their outputs and thoughts are items of their own, between what is said.
fn items(w: &mut Writer, message: &Message, dialect: Dialect, notes: &mut Notes) -> Result<(), Unsupported> {
    let mut said: Vec<&Part> = Vec::new();
    for part in &message.parts {
        match part {
            Part::Text(_) | Part::Refusal(_) if message.role == Role::Assistant => {
                // As a string, for parts would have to be OpenAI's own, with their ids.
                if matches!(part, Part::Refusal(_)) {
                    notes.add("refusal");
                }
                text_message(w, "assistant", part);
            }
            Part::ToolCall(call) => {
                w.open_typed("function_call");
                w.string_at("call_id", &openai::call_id(&call.id, dialect));
                w.string_at("name", &call.name);
                let empty = call.arguments.0.trim_ascii().is_empty();
                w.string_at("arguments", if empty { "{}" } else { &call.arguments.0 });
                w.close(b'}');
            }
            Part::ToolResult { id, parts, error, .. } => {
                if *error {
                    notes.add("is_error");
                }
                w.open_typed("function_call_output");
                w.string_at("call_id", &openai::call_id(id, dialect));
                content(w, "output", &parts.iter().collect::<Vec<_>>());
                w.close(b'}');
            }
            Part::Reasoning { text, signature } => {
                match signature.as_deref().and_then(|s| s.split_once(SEAL)) {
                    Some((id, seal)) => reasoning(w, id, seal, text),
                    None => notes.add("reasoning"),
                }
            }
            _ => said.push(part),
        }
    }
    if !said.is_empty() {
        w.open(b'{');
        w.string_at("role", if message.role == Role::System { "system" } else { "user" });
        content(w, "content", &said);
        w.close(b'}');
    }
    Ok(())
}

fn text_message(w: &mut Writer, role: &str, part: &Part) {
    if let Part::Text(text) | Part::Refusal(text) = part {
        w.open(b'{');
        w.string_at("role", role);
        w.string_at("content", text);
        w.close(b'}');
    }
}

fn reasoning(w: &mut Writer, id: &str, seal: &str, text: &str) {
    w.open_typed("reasoning");
    w.string_at("id", id);
    w.open_at("summary", b'[');
    if !text.is_empty() {
        w.open_typed("summary_text");
        w.string_at("text", text);
        w.close(b'}');
    }
    w.close(b']');
    w.string_at("encrypted_content", seal);
    w.close(b'}');
}

/// One text as a string, anything else as parts.
fn content(w: &mut Writer, name: &str, parts: &[&Part]) {
    match parts {
        [] => w.string_at(name, ""),
        [Part::Text(text)] => w.string_at(name, text),
        _ => {
            w.open_at(name, b'[');
            parts.iter().for_each(|part| input_part(w, part));
            w.close(b']');
        }
    }
}

fn input_part(w: &mut Writer, part: &Part) {
    w.open(b'{');
    match part {
        Part::Image { media, detail, .. } => {
            w.string_at("type", "input_image");
            w.string_at("image_url", &turns::url(media));
            w.string_at("detail", detail.as_deref().unwrap_or("auto"));
        }
        Part::Document { media, name, .. } => {
            w.string_at("type", "input_file");
            match media {
                Media::Inline { .. } => {
                    w.string_at("filename", name.as_deref().unwrap_or("document.pdf"));
                    w.string_at("file_data", &turns::url(media));
                }
                Media::Url(url) => w.string_at("file_url", url),
            }
        }
        Part::Text(text) | Part::Refusal(text) => {
            w.string_at("type", "input_text");
            w.string_at("text", text);
        }
        Part::ToolCall(_) | Part::ToolResult { .. } | Part::Reasoning { .. } => {}
    }
    w.close(b'}');
}

fn tools(w: &mut Writer, request: &Request) {
    if request.tools.is_empty() {
        return;
    }
    w.open_at("tools", b'[');
    for Tool { name, description, parameters, strict } in &request.tools {
        w.open_typed("function");
        w.string_at("name", name);
        if let Some(description) = description {
            w.string_at("description", description);
        }
        openai::parameters(w, parameters.as_ref());
        // Without a word Responses is strict, unlike every other format.
        w.flag_at("strict", strict.unwrap_or(false));
        w.close(b'}');
    }
    w.close(b']');
    match &request.tool_choice {
        Some(ToolChoice::Auto) => w.string_at("tool_choice", "auto"),
        Some(ToolChoice::None) => w.string_at("tool_choice", "none"),
        Some(ToolChoice::Required) => w.string_at("tool_choice", "required"),
        Some(ToolChoice::Named(name)) => {
            w.open_at("tool_choice", b'{');
            w.string_at("type", "function");
            w.string_at("name", name);
            w.close(b'}');
        }
        None => {}
    }
    if let Some(parallel) = request.parallel_tool_calls {
        w.flag_at("parallel_tool_calls", parallel);
    }
}

fn output(w: &mut Writer, output: &Output) {
    match output {
        Output::Text => {}
        Output::Json => w.raw_at("text", r#"{"format":{"type":"json_object"}}"#),
        Output::Schema { name, schema, strict } => {
            w.open_at("text", b'{');
            w.open_at("format", b'{');
            w.string_at("type", "json_schema");
            w.string_at("name", name);
            w.raw_at("schema", &schema.0);
            w.flag_at("strict", strict.unwrap_or(false));
            w.close(b'}');
            w.close(b'}');
        }
    }
}
