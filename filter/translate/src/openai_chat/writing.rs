//! A provider's request.

use crate::conversation::{Media, Message, Output, Part, Request, Role, Tool, ToolChoice};
use crate::functions::call_members;
use crate::json::Writer;
use crate::terms::{lacks, number_at, texts_at};
use crate::{Dialect, Notes, Outgoing, Target, Unsupported, openai, turns};

pub(super) fn request(
    request: &Request,
    target: &Target<'_>,
    notes: &mut Notes,
) -> Result<Outgoing, Unsupported> {
    let dialect = target.dialect;
    let mistral = dialect == Dialect::Mistral;
    let mut w = Writer::object(4096);
    w.string_at("model", &request.model);
    w.open_at("messages", b'[');
    let mut messages = Messages { w: &mut w, dialect, notes, after_tool: false };
    for (n, message) in request.messages.iter().enumerate() {
        let next = request.messages.get(n + 1);
        messages.message(message, next.is_none())?;
    }
    w.close(b']');
    tools(&mut w, request, dialect);
    let newer = matches!(dialect, Dialect::OpenAi | Dialect::Azure);
    number_at(&mut w, if newer { "max_completion_tokens" } else { "max_tokens" }, &request.max_tokens);
    if let Some(temperature) = &request.temperature {
        let most = if mistral { "1.5" } else { "2" };
        w.raw_at("temperature", turns::at_most(temperature, most, "temperature", notes));
    }
    number_at(&mut w, "top_p", &request.top_p);
    number_at(&mut w, "presence_penalty", &request.presence_penalty);
    number_at(&mut w, "frequency_penalty", &request.frequency_penalty);
    number_at(&mut w, if mistral { "random_seed" } else { "seed" }, &request.seed);
    lacks(request, &["top_k"], notes);
    texts_at(&mut w, "stop", &request.stop);
    output(&mut w, &request.output);
    if let Some(effort) = request.reasoning.as_ref().and_then(|r| openai::effort(r, notes)) {
        if mistral {
            notes.add("reasoning_effort");
        } else {
            w.string_at("reasoning_effort", effort);
        }
    }
    match &request.user {
        Some(_) if mistral => notes.add("user"),
        Some(user) => w.string_at("user", user),
        None => {}
    }
    if request.stream {
        w.flag_at("stream", true);
        // Mistral counts without being asked, and refuses what it does not know.
        if !mistral {
            w.raw_at("stream_options", r#"{"include_usage":true}"#);
        }
    }
    Ok(Outgoing { path: path(target), body: w.done() })
}

fn path(target: &Target<'_>) -> String {
    match target.deployment {
        Some((name, version)) if target.dialect == Dialect::Azure => {
            ["/openai/deployments/", name, "/chat/completions?api-version=", version].concat()
        }
        _ if target.dialect == Dialect::Azure => "/openai/v1/chat/completions".to_owned(),
        _ => "/v1/chat/completions".to_owned(),
    }
}

fn tools(w: &mut Writer, request: &Request, dialect: Dialect) {
    if request.tools.is_empty() {
        return;
    }
    w.open_at("tools", b'[');
    for Tool { name, description, parameters, strict } in &request.tools {
        w.open_typed("function");
        w.open_at("function", b'{');
        w.string_at("name", name);
        if let Some(description) = description {
            w.string_at("description", description);
        }
        openai::parameters(w, parameters.as_ref());
        if let Some(strict) = strict {
            w.flag_at("strict", *strict);
        }
        w.close(b'}');
        w.close(b'}');
    }
    w.close(b']');
    match &request.tool_choice {
        Some(ToolChoice::Auto) => w.string_at("tool_choice", "auto"),
        Some(ToolChoice::None) => w.string_at("tool_choice", "none"),
        Some(ToolChoice::Required) if dialect == Dialect::Mistral => w.string_at("tool_choice", "any"),
        Some(ToolChoice::Required) => w.string_at("tool_choice", "required"),
        Some(ToolChoice::Named(name)) => {
            w.open_at("tool_choice", b'{');
            w.string_at("type", "function");
            w.open_at("function", b'{');
            w.string_at("name", name);
            w.close(b'}');
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
        Output::Json => w.raw_at("response_format", r#"{"type":"json_object"}"#),
        Output::Schema { name, schema, strict } => {
            w.open_at("response_format", b'{');
            w.string_at("type", "json_schema");
            w.open_at("json_schema", b'{');
            w.string_at("name", name);
            w.raw_at("schema", &schema.0);
            if let Some(strict) = strict {
                w.flag_at("strict", *strict);
            }
            w.close(b'}');
            w.close(b'}');
        }
    }
}

struct Messages<'w> {
    w: &'w mut Writer,
    dialect: Dialect,
    notes: &'w mut Notes,
    /// Whether the message before is a tool's result.
    after_tool: bool,
}

impl Messages<'_> {
    fn message(&mut self, message: &Message, last: bool) -> Result<(), Unsupported> {
        match message.role {
            Role::Assistant => self.assistant(message, last),
            Role::System => self.plain("system", &message.parts.iter().collect::<Vec<_>>()),
            Role::User => self.user(message),
        }
    }

    /// Results of tools are messages of their own, before what the user says.
    fn user(&mut self, message: &Message) -> Result<(), Unsupported> {
        let mut rest: Vec<&Part> = Vec::new();
        for part in &message.parts {
            let Part::ToolResult { id, parts, error, .. } = part else {
                rest.push(part);
                continue;
            };
            if *error {
                self.notes.add("is_error");
            }
            let (texts, pictures): (Vec<&Part>, Vec<&Part>) =
                parts.iter().partition(|part| matches!(part, Part::Text(_)));
            self.w.open(b'{');
            self.w.string_at("role", "tool");
            self.w.string_at("tool_call_id", &openai::call_id(id, self.dialect));
            self.content(&texts)?;
            self.w.close(b'}');
            self.after_tool = true;
            // A tool's message holds text only.
            if !pictures.is_empty() {
                self.notes.add("tool_result_media");
                rest.extend(pictures);
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        if self.after_tool && self.dialect == Dialect::Mistral {
            // Mistral wants the model to speak between a tool and the user.
            self.notes.add("user_after_tool");
            self.w.raw(r#"{"role":"assistant","content":"OK."}"#);
        }
        self.plain("user", &rest)
    }

    fn plain(&mut self, role: &str, parts: &[&Part]) -> Result<(), Unsupported> {
        self.after_tool = false;
        self.w.open(b'{');
        self.w.string_at("role", role);
        self.content(parts)?;
        self.w.close(b'}');
        Ok(())
    }

    fn assistant(&mut self, message: &Message, last: bool) -> Result<(), Unsupported> {
        self.after_tool = false;
        let mut said: Vec<&Part> = Vec::new();
        let mut calls = Vec::new();
        let mut refusal = None;
        for part in &message.parts {
            match part {
                Part::ToolCall(call) => calls.push(call),
                Part::Reasoning { .. } => self.notes.add("reasoning"),
                Part::Refusal(text) if self.dialect != Dialect::Mistral => refusal = Some(text),
                Part::Refusal(_) => {
                    self.notes.add("refusal");
                    said.push(part);
                }
                _ => said.push(part),
            }
        }
        if said.is_empty() && calls.is_empty() && refusal.is_none() {
            return Ok(());
        }
        self.w.open(b'{');
        self.w.string_at("role", "assistant");
        if said.is_empty() && self.dialect != Dialect::Mistral {
            self.w.raw_at("content", "null");
        } else {
            self.content(&said)?;
        }
        if let Some(text) = refusal {
            self.w.string_at("refusal", text);
        }
        if !calls.is_empty() {
            self.w.open_at("tool_calls", b'[');
            for call in calls {
                self.w.open(b'{');
                let id = openai::call_id(&call.id, self.dialect);
                let empty = call.arguments.0.trim_ascii().is_empty();
                call_members(self.w, &id, &call.name, if empty { "{}" } else { &call.arguments.0 });
                self.w.close(b'}');
            }
            self.w.close(b']');
        } else if last {
            // The answer is to go on with these words.
            if self.dialect == Dialect::Mistral {
                self.w.flag_at("prefix", true);
            } else {
                self.notes.add("prefill");
            }
        }
        self.w.close(b'}');
        Ok(())
    }

    /// One text as a string, anything else as parts.
    fn content(&mut self, parts: &[&Part]) -> Result<(), Unsupported> {
        match parts {
            [] => self.w.string_at("content", ""),
            [Part::Text(text) | Part::Refusal(text)] => self.w.string_at("content", text),
            _ => {
                self.w.open_at("content", b'[');
                for part in parts {
                    self.part(part)?;
                }
                self.w.close(b']');
            }
        }
        Ok(())
    }

    fn part(&mut self, part: &Part) -> Result<(), Unsupported> {
        self.w.open(b'{');
        match part {
            Part::Text(text) | Part::Refusal(text) => {
                self.w.string_at("type", "text");
                self.w.string_at("text", text);
            }
            Part::Image { media, detail, .. } => {
                self.w.string_at("type", "image_url");
                self.w.open_at("image_url", b'{');
                self.w.string_at("url", &turns::url(media));
                if let Some(detail) = detail {
                    self.w.string_at("detail", detail);
                }
                self.w.close(b'}');
            }
            Part::Document { media, name, .. } if self.dialect == Dialect::Mistral => {
                self.w.string_at("type", "document_url");
                self.w.string_at("document_url", &turns::url(media));
                if let Some(name) = name {
                    self.w.string_at("document_name", name);
                }
            }
            Part::Document { media: media @ Media::Inline { .. }, name, .. } => {
                self.w.string_at("type", "file");
                self.w.open_at("file", b'{');
                self.w.string_at("filename", name.as_deref().unwrap_or("document.pdf"));
                self.w.string_at("file_data", &turns::url(media));
                self.w.close(b'}');
            }
            Part::Document { at, .. } => {
                let reason = "this provider takes files only with their bytes, not by address";
                return Err(Unsupported { field: at.clone(), reason });
            }
            Part::ToolCall(_) | Part::ToolResult { .. } | Part::Reasoning { .. } => {}
        }
        self.w.close(b'}');
        Ok(())
    }
}
