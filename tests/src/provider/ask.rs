//! What a request asks for, whatever its format: the model, the text, a tool, a stream. Each format reads
//! its requests into an [`Ask`] and renders the answer to one; nothing else differs between formats.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What a request asks for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// The model's name as the request wrote it.
    pub model: String,
    /// The text of the conversation, a string a line: what is echoed.
    pub text: String,
    /// The tool that is to be called with the text; none where the text is the answer itself.
    pub tool: Option<String>,
    /// Whether the answer is a stream.
    pub stream: bool,
    /// Whether the answer begins with reasoning, which holds the text as well.
    pub thinks: bool,
    /// The request, for what only one format knows.
    pub body: Value,
}

impl Ask {
    /// The behaviour that the model's name asks for: without the vendor before it and the version behind,
    /// as Bedrock writes them (`anthropic.echo:0` behaves as `echo`).
    #[must_use]
    pub fn behaviour(&self) -> &str {
        let name = self.model.split(':').next().unwrap_or_default();
        name.rsplit(['.', '/']).next().unwrap_or_default()
    }

    /// Whether the model's name holds this word: `echo-cited-nasty` holds `cited`.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.behaviour().split('-').any(|w| w == word)
    }

    /// The arguments that the tool is called with.
    #[must_use]
    pub fn arguments(&self) -> Value {
        json!({ "echo": self.text })
    }

    /// The text in pieces.
    #[must_use]
    pub fn pieces(&self) -> Vec<String> {
        shreds(&self.text)
    }

    /// The tool's arguments, written as JSON, in pieces.
    #[must_use]
    pub fn argument_pieces(&self) -> Vec<String> {
        shreds(&self.arguments().to_string())
    }

    /// A number for each text that is to be embedded: there is no text in such an answer.
    #[must_use]
    pub fn vectors(inputs: &Value) -> Vec<[f32; 2]> {
        let vector = |index: usize| [index as f32, 0.5];
        match inputs {
            Value::Array(items) if !items.first().is_some_and(Value::is_number) => {
                (0..items.len()).map(vector).collect()
            }
            _ => vec![vector(0)],
        }
    }
}

/// Pieces of one to five characters, so that every placeholder is cut.
#[must_use]
pub fn shreds(text: &str) -> Vec<String> {
    let mut sizes = [1usize, 3, 2, 5, 4].iter().cycle();
    let mut shreds = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap_or(&1)).min(rest.len());
        shreds.push(rest.drain(..size).collect());
    }
    shreds
}

/// A text in letters between `~`, each byte as two from `a` to `p`: what a provider is to say and a request must not.
#[must_use]
pub fn spell(text: &str) -> String {
    let letter = |n: u8| char::from(b'a' + n);
    let letters: String = text.bytes().flat_map(|b| [letter(b >> 4), letter(b & 15)]).collect();
    format!("~{letters}~")
}

/// What [`spell`] has written, within other text.
#[must_use]
pub fn spelled(text: &str) -> String {
    let plain = |(n, part): (usize, &str)| {
        if n % 2 == 0 {
            return part.to_owned();
        }
        let bytes = part.as_bytes().chunks_exact(2).map(|pair| (pair[0] - b'a') << 4 | (pair[1] - b'a'));
        String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
    };
    text.split('~').enumerate().map(plain).collect()
}

/// Members that are structure in all formats: their strings are nobody's text.
const STRUCTURE: [&str; 23] = [
    "type",
    "role",
    "id",
    "name",
    "model",
    "status",
    "format",
    "object",
    "detail",
    "index",
    "signature",
    "thoughtSignature",
    "tool_call_id",
    "tool_use_id",
    "toolUseId",
    "call_id",
    "tool_name",
    "media_type",
    "mimeType",
    "mime_type",
    "thought_signature",
    "cache_control",
    "encrypted_content",
];

/// Members that hold a document's bytes in base64, unless the `type` beside them is `text`.
const DOCUMENT: [&str; 3] = ["data", "bytes", "file_data"];

/// The strings of those members of `body`, in their order, one a line; structure is left out, documents of
/// text are unpacked.
#[must_use]
pub fn texts(body: &Value, members: &[&str]) -> String {
    let mut lines = Vec::new();
    members.iter().for_each(|m| collect(&body[*m], &mut lines));
    lines.join("\n")
}

fn collect(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => lines.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|v| collect(v, lines)),
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(n, _)| !STRUCTURE.contains(&n.as_str())) {
                match value {
                    Value::String(text) if DOCUMENT.contains(&name.as_str()) => {
                        let plain = (members.get("type") == Some(&json!("text"))).then(|| text.clone());
                        lines.extend(plain.or_else(|| document(text)));
                    }
                    _ => collect(value, lines),
                }
            }
        }
        _ => {}
    }
}

/// The text of a document in base64, with or without `data:…;base64,` before it.
#[must_use]
pub fn document(text: &str) -> Option<String> {
    let encoded = text.rsplit_once(";base64,").map_or(text, |(_, encoded)| encoded);
    String::from_utf8(STANDARD.decode(encoded).ok()?).ok()
}

/// The bytes in base64.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
