//! What several formats need alike: whose turn it is, names and ids of calls, seals of thoughts, data URLs (RFC 2397).

use privet_core::formats::{Format, SEAL_MARK};

use crate::conversation::{Media, Message, Part, Role};
use crate::{Notes, Unsupported};

/// Gives each result the name of the function that was called.
///
/// # Errors
/// A result whose call does not stand before it: no provider could tell what it answers.
pub fn name_results(messages: &mut [Message]) -> Result<(), Unsupported> {
    let mut calls: Vec<(String, String)> = Vec::new();
    for message in messages {
        for part in &mut message.parts {
            match part {
                Part::ToolCall(call) => calls.push((call.id.clone(), call.name.clone())),
                Part::ToolResult { id, name, .. } => {
                    let Some((_, called)) = calls.iter().rev().find(|(known, _)| known == id) else {
                        let reason = "it is the result of a call that does not stand before it";
                        return Err(Unsupported { field: message.at.clone(), reason });
                    };
                    name.get_or_insert_with(|| called.clone());
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// What stands in the place of a seal where thoughts came without one, for clients that send thoughts back as they came.
pub const UNSEALED: &str = SEAL_MARK;

/// A provider's seal as the client is given it: it leads back only to a provider of the same format.
#[must_use]
pub fn sealed(provider: Format, seal: &str) -> String {
    let mut out = tag(provider).to_owned();
    out.push_str(seal);
    out
}

/// Opens the seals for `provider`, and takes off those of others, which could not read them.
pub fn unseal(messages: &mut [Message], provider: Format, notes: &mut Notes) {
    let mut open = |signature: &mut Option<String>| {
        if let Some(seal) = signature {
            match seal.strip_prefix(tag(provider)) {
                Some(own) => *seal = own.to_owned(),
                None => {
                    notes.add("reasoning");
                    *signature = None;
                }
            }
        }
    };
    for part in messages.iter_mut().flat_map(|m| &mut m.parts) {
        match part {
            Part::Reasoning { signature, .. } => open(signature),
            Part::ToolCall(call) => open(&mut call.signature),
            _ => {}
        }
    }
}

fn tag(format: Format) -> &'static str {
    match format {
        Format::AnthropicMessages => "privet:anthropic:",
        Format::OpenaiResponses => "privet:openai:",
        Format::Gemini => "privet:gemini:",
        Format::BedrockConverse => "privet:bedrock:",
        _ => "privet:other:",
    }
}

/// The turns of a conversation without its instructions: runs of messages of one role, with all of their parts. Texts
/// without a visible character are left out, and so are turns without anything else: providers refuse them.
#[must_use]
pub fn turns(messages: &[Message]) -> Vec<(Role, Vec<&Part>)> {
    let mut turns: Vec<(Role, Vec<&Part>)> = Vec::new();
    for message in messages.iter().filter(|m| m.role != Role::System) {
        for part in &message.parts {
            if matches!(part, Part::Text(text) if text.trim_ascii().is_empty()) {
                continue;
            }
            match turns.last_mut() {
                Some((role, parts)) if *role == message.role => parts.push(part),
                _ => turns.push((message.role, vec![part])),
            }
        }
    }
    turns
}

/// The texts of all instructions. Those behind the first turn lose their place, which is noted as `system`.
pub fn instructions<'m>(messages: &'m [Message], notes: &mut Notes) -> Vec<&'m str> {
    let mut texts = Vec::new();
    let mut begun = false;
    for message in messages {
        if message.role != Role::System {
            begun = true;
            continue;
        }
        if begun {
            notes.add("system");
        }
        texts.extend(message.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        }));
    }
    texts
}

/// What a URL leads to: bytes in itself (`data:image/png;base64,…`), or an address.
#[must_use]
pub fn media(url: &str) -> Media {
    let inline = url.strip_prefix("data:").and_then(|rest| {
        let (kind, base64) = rest.split_once(',')?;
        let media_type = kind.strip_suffix(";base64")?;
        let media_type = media_type.split(';').next().unwrap_or_default().to_owned();
        Some(Media::Inline { media_type, base64: base64.to_owned() })
    });
    inline.unwrap_or_else(|| Media::Url(url.to_owned()))
}

/// The URL of media.
#[must_use]
pub fn url(media: &Media) -> String {
    match media {
        Media::Url(url) => url.clone(),
        Media::Inline { media_type, base64 } => {
            let mut url = String::with_capacity(base64.len() + 32);
            for piece in ["data:", media_type, ";base64,", base64] {
                url.push_str(piece);
            }
            url
        }
    }
}

/// A text's hash (FNV-1a, 64 bits), for ids that must be the same for the same place.
#[must_use]
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// So many characters of `0-9A-Za-z` that stand for a number.
#[must_use]
pub fn word(mut number: u64, characters: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = String::with_capacity(characters);
    for _ in 0..characters {
        out.push(char::from(ALPHABET.get((number % 62) as usize).copied().unwrap_or(b'0')));
        number /= 62;
    }
    out
}

/// A number that is at most `most`, as it was written; what was larger becomes `most` and is noted.
pub fn at_most<'n>(
    number: &'n crate::conversation::Number,
    most: &'static str,
    name: &'static str,
    notes: &mut Notes,
) -> &'n str {
    let too_large = |n: &str| n.parse::<f64>().ok() > most.parse::<f64>().ok();
    if too_large(&number.0) {
        notes.add(name);
        return most;
    }
    &number.0
}

/// The object that a call's arguments are. What a model bent becomes the text of a member `arguments`, and is noted.
pub fn object<'j>(arguments: &'j crate::conversation::Json, notes: &mut Notes) -> std::borrow::Cow<'j, str> {
    use crate::json::{Kind, Writer, parse};
    if arguments.0.trim_ascii().is_empty() {
        return "{}".into();
    }
    if parse(arguments.0.as_bytes()).is_ok_and(|value| matches!(value.kind, Kind::Object(_))) {
        return arguments.0.as_str().into();
    }
    notes.add("arguments");
    let mut w = Writer::object(arguments.0.len() + 16);
    w.string_at("arguments", &arguments.0);
    String::from_utf8(w.done()).unwrap_or_default().into()
}

/// Whether JSON that grows piece by piece is whole, as far as its brackets say.
#[derive(Debug, Default)]
pub struct Growing {
    depth: u32,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Growing {
    /// Takes the next piece.
    pub fn push(&mut self, piece: &str) {
        for byte in piece.bytes() {
            if core::mem::take(&mut self.escaped) {
                continue;
            }
            match byte {
                b'\\' => self.escaped = self.in_string,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => {
                    self.depth = self.depth.saturating_add(1);
                    self.begun = true;
                }
                b'}' | b']' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Whether an object has begun and all that was opened is closed.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.begun && self.depth == 0 && !self.in_string
    }
}

/// Writes a server-sent event. White space of raw pieces may hold line ends, which would cut the event.
pub fn write_event(out: &mut Vec<u8>, name: &str, mut json: Vec<u8>) {
    for byte in json.iter_mut().filter(|b| matches!(b, b'\n' | b'\r')) {
        *byte = b' ';
    }
    privet_core::framing::Framing::ServerSentEvents.write_event(out, name.as_bytes(), &json, false);
}
