//! Whole answers.

use super::{REDACTED, finish_word, read_finish, read_usage, write_usage};
use crate::conversation::{Answer, Json, Part, ToolCall};
use crate::json::{Value, Writer};
use crate::{NotUnderstood, Notes, turns};

pub(super) fn read(body: &Value<'_>, answer: &mut Answer) -> Result<(), NotUnderstood> {
    if body.text("type") != "message" {
        return Err(NotUnderstood);
    }
    answer.parts.extend(body.items("content").iter().filter_map(part));
    answer.finish = Some(read_finish(body.text("stop_reason")));
    answer.describe(body, read_usage);
    Ok(())
}

/// What a block says; nothing of those that only Anthropic's own tools make.
fn part(block: &Value<'_>) -> Option<Part> {
    Some(match block.text("type") {
        "text" => Part::Text(block.string("text")),
        "thinking" => Part::Reasoning {
            text: block.string("thinking"),
            signature: Some(block.string("signature")).filter(|s| !s.is_empty()),
        },
        "redacted_thinking" => {
            Part::Reasoning { text: String::new(), signature: Some([REDACTED, block.text("data")].concat()) }
        }
        "tool_use" => Part::ToolCall(ToolCall {
            id: block.string("id"),
            name: block.string("name"),
            arguments: Json(block.get("input").map_or("{}", |input| input.raw).to_owned()),
            signature: None,
        }),
        _ => return None,
    })
}

pub(super) fn write(answer: &Answer) -> Vec<u8> {
    let mut w = Writer::object(1024);
    w.string_at("id", &answer.id);
    w.string_at("type", "message");
    w.string_at("role", "assistant");
    w.string_at("model", &answer.model);
    w.open_at("content", b'[');
    answer.parts.iter().for_each(|part| block(&mut w, part));
    w.close(b']');
    w.string_at("stop_reason", finish_word(answer.finish));
    w.raw_at("stop_sequence", "null");
    write_usage(&mut w, &answer.usage);
    w.done()
}

fn block(w: &mut Writer, part: &Part) {
    match part {
        Part::Text(text) | Part::Refusal(text) => {
            w.open_typed("text");
            w.string_at("text", text);
        }
        Part::Reasoning { text, signature } => {
            w.open_typed("thinking");
            w.string_at("thinking", text);
            w.string_at("signature", signature.as_deref().unwrap_or_default());
        }
        Part::ToolCall(ToolCall { id, name, arguments, .. }) => {
            w.open_typed("tool_use");
            w.string_at("id", id);
            w.string_at("name", name);
            w.raw_at("input", &turns::object(arguments, &mut Notes::default()));
        }
        Part::Image { .. } | Part::Document { .. } | Part::ToolResult { .. } => return,
    }
    w.close(b'}');
}
