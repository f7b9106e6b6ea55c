//! Functions and calls as Cohere and Ollama have them, after OpenAI's:
//! `{"type":"function","function":{"name","description","parameters"}}`,
//! `{"id","type":"function","function":{"name","arguments"}}`.

use crate::conversation::{Json, Tool, ToolCall};
use crate::fields::{Fields, MISSING, Path, UNKNOWN, WRONG_TYPE};
use crate::json::{Kind, Value, Writer};
use crate::terms::made_up;

/// Reads a function that is offered.
pub(crate) fn read_tool(value: &Value<'_>, path: &Path<'_>) -> Tool {
    let mut fields = Fields::of(value, path);
    if fields.text("type").is_some_and(|kind| kind != "function") {
        return fields.refuse("type", UNKNOWN);
    }
    let at = path.member("function");
    let Some(function) = fields.take("function") else { return at.refuse(MISSING) };
    fields.finish();
    let mut fields = Fields::of(function, &at);
    let tool = definition(&mut fields, "parameters");
    fields.finish();
    tool
}

/// What tells about a function that is offered, with the schema of its arguments below a name.
#[inline(never)]
pub(crate) fn definition(fields: &mut Fields<'_, '_, '_>, parameters: &str) -> Tool {
    Tool {
        name: fields.required("name"),
        description: fields.owned("description"),
        parameters: fields.object(parameters),
        strict: None,
    }
}

/// Writes functions that are offered, where there are any; of several only one where its name is given.
pub(crate) fn write_tools(w: &mut Writer, tools: &[Tool], only: Option<&str>) {
    let mut begun = false;
    for tool in tools.iter().filter(|tool| only.is_none_or(|name| tool.name == name)) {
        if !core::mem::replace(&mut begun, true) {
            w.open_at("tools", b'[');
        }
        w.open_typed("function");
        w.open_at("function", b'{');
        w.string_at("name", &tool.name);
        if let Some(text) = &tool.description {
            w.string_at("description", text);
        }
        let none = "{\"type\":\"object\",\"properties\":{}}";
        w.raw_at("parameters", tool.parameters.as_ref().map_or(none, |s| &s.0));
        w.close(b'}');
        w.close(b'}');
    }
    if begun {
        w.close(b']');
    }
}

/// Writes what tells about a call, its arguments JSON in a string.
#[inline(never)]
pub(crate) fn call_members(w: &mut Writer, id: &str, name: &str, arguments: &str) {
    w.string_at("id", id);
    w.string_at("type", "function");
    w.open_at("function", b'{');
    w.string_at("name", name);
    w.string_at("arguments", arguments);
    w.close(b'}');
}

/// Reads a call, whose arguments are an object or JSON in a string. Without an id it gets one by its place.
pub(crate) fn read_call(value: &Value<'_>, path: &Path<'_>, place: (usize, usize)) -> ToolCall {
    let mut fields = Fields::of(value, path);
    let id = fields.text("id").filter(|id| !id.is_empty()).map_or_else(|| made_up(place), str::to_owned);
    let at = path.member("function");
    let Some(function) = fields.take("function") else { return at.refuse(MISSING) };
    fields.ignore(&["type"]);
    fields.finish();
    let mut fields = Fields::of(function, &at);
    let name = fields.required("name");
    let arguments = match fields.take("arguments").map(|v| (&v.kind, v.raw)) {
        None => "{}",
        Some((Kind::String(text), _)) => text,
        Some((Kind::Object(_), raw)) => raw,
        Some(_) => fields.refuse("arguments", WRONG_TYPE),
    };
    let arguments = Json(arguments.to_owned());
    fields.ignore(&["index", "description"]);
    fields.finish();
    ToolCall { id, name, arguments, signature: None }
}
