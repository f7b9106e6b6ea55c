//! A JSON tree (RFC 8259) that borrows from the body, in the order in which it was written, and a writer.
//!
//! Every value knows its raw slice, so that schemas, arguments and numbers pass byte for byte. Strict, but for what is
//! harmless here: a half of a surrogate pair becomes U+FFFD, and names may stand twice (bodies of requests have been
//! refused before where they do). Nesting is bounded by [`MAX_DEPTH`].

mod writer;

use std::borrow::Cow;

use privet_core::block;
use privet_core::bytes::{at, from};
pub use privet_core::json::MAX_DEPTH;
pub use writer::Writer;

/// A text that is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson;

/// A value.
#[derive(Clone, PartialEq, Eq)]
pub struct Value<'a> {
    /// As it was written, without space around it.
    pub raw: &'a str,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind<'a> {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// Its text is [`Value::raw`].
    Number,
    /// Decoded.
    String(Cow<'a, str>),
    /// `[…]`
    Array(Vec<Value<'a>>),
    /// `{…}`
    Object(Vec<Member<'a>>),
}

/// A member of an object.
#[derive(Clone, PartialEq, Eq)]
pub struct Member<'a> {
    /// Decoded.
    pub name: Cow<'a, str>,
    /// What stands there.
    pub value: Value<'a>,
}

impl core::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Value({} bytes)", self.raw.len())
    }
}

impl core::fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.value.fmt(f)
    }
}

impl<'a> Value<'a> {
    /// The member of this name, where this is an object that has one which is not null; the last one counts.
    #[inline(never)]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        let Kind::Object(members) = &self.kind else { return None };
        members.iter().rev().find(|m| m.name == name).map(|m| &m.value).filter(|v| v.kind != Kind::Null)
    }

    /// The string that this is.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind { Some(text) } else { None }
    }

    /// The items of the array that this is; none elsewhere.
    #[must_use]
    pub fn as_items(&self) -> &[Value<'a>] {
        if let Kind::Array(items) = &self.kind { items } else { &[] }
    }

    /// The whole number, from 0, that this is; fractions are cut off.
    #[inline(never)]
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        if self.kind != Kind::Number {
            return None;
        }
        self.raw.parse().ok().or_else(|| self.raw.parse::<f64>().ok().filter(|n| *n >= 0.0).map(|n| n as u64))
    }

    /// The string below `name`; empty where there is none.
    #[inline(never)]
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The string below `name`, for keeps.
    #[inline(never)]
    #[must_use]
    pub fn string(&self, name: &str) -> String {
        self.text(name).to_owned()
    }

    /// The items below `name`; none where there is no array.
    #[inline(never)]
    #[must_use]
    pub fn items(&self, name: &str) -> &[Value<'a>] {
        self.get(name).map(Value::as_items).unwrap_or_default()
    }

    /// The whole number below `name`.
    #[inline(never)]
    #[must_use]
    pub fn count(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_u64)
    }

    /// The flag below `name`; false where there is none.
    #[inline(never)]
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Value { kind: Kind::Bool(true), .. }))
    }
}

/// Reads a whole text.
///
/// # Errors
/// It is no JSON, or nested deeper than [`MAX_DEPTH`].
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, NotJson> {
    let text = core::str::from_utf8(bytes).map_err(|_| NotJson)?;
    let mut parser = Parser { text, i: 0, depth: 0 };
    parser.space();
    let value = parser.value()?;
    parser.space();
    if parser.i < text.len() { Err(NotJson) } else { Ok(value) }
}

struct Parser<'a> {
    text: &'a str,
    i: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> u8 {
        at(self.text.as_bytes(), self.i)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.i += 1;
        }
    }

    fn since(&self, start: usize) -> Result<&'a str, NotJson> {
        self.text.get(start..self.i).ok_or(NotJson)
    }

    fn value(&mut self) -> Result<Value<'a>, NotJson> {
        let start = self.i;
        let kind = match self.peek() {
            b'"' => Kind::String(self.string()?),
            b'{' => Kind::Object(self.object()?),
            b'[' => Kind::Array(self.array()?),
            b't' => self.literal("true", Kind::Bool(true))?,
            b'f' => self.literal("false", Kind::Bool(false))?,
            b'n' => self.literal("null", Kind::Null)?,
            _ => self.number()?,
        };
        Ok(Value { raw: self.since(start)?, kind })
    }

    fn literal(&mut self, word: &str, kind: Kind<'a>) -> Result<Kind<'a>, NotJson> {
        if !from(self.text.as_bytes(), self.i).starts_with(word.as_bytes()) {
            return Err(NotJson);
        }
        self.i += word.len();
        Ok(kind)
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.i;
        while self.peek().is_ascii_digit() {
            self.i += 1;
        }
        if self.i == start { Err(NotJson) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Kind<'a>, NotJson> {
        if self.peek() == b'-' {
            self.i += 1;
        }
        if self.peek() == b'0' {
            self.i += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.i += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.i += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.i += 1;
            }
            self.digits()?;
        }
        Ok(Kind::Number)
    }

    /// Gets over what opens an object or array; whether it is closed at once.
    fn open(&mut self, close: u8) -> Result<bool, NotJson> {
        if self.depth == MAX_DEPTH {
            return Err(NotJson);
        }
        self.depth += 1;
        self.i += 1;
        self.space();
        let empty = self.peek() == close;
        if empty {
            self.depth -= 1;
            self.i += 1;
        }
        Ok(empty)
    }

    /// Gets over what stands behind an item; whether it was the last.
    fn more(&mut self, close: u8) -> Result<bool, NotJson> {
        self.space();
        let found = self.peek();
        self.i += 1;
        if found == b',' {
            self.space();
            return Ok(true);
        }
        self.depth -= 1;
        if found == close { Ok(false) } else { Err(NotJson) }
    }

    fn array(&mut self) -> Result<Vec<Value<'a>>, NotJson> {
        let mut items = Vec::new();
        if self.open(b']')? {
            return Ok(items);
        }
        loop {
            items.push(self.value()?);
            if !self.more(b']')? {
                return Ok(items);
            }
        }
    }

    fn object(&mut self) -> Result<Vec<Member<'a>>, NotJson> {
        let mut members = Vec::new();
        if self.open(b'}')? {
            return Ok(members);
        }
        loop {
            if self.peek() != b'"' {
                return Err(NotJson);
            }
            let name = self.string()?;
            self.space();
            if self.peek() != b':' {
                return Err(NotJson);
            }
            self.i += 1;
            self.space();
            members.push(Member { name, value: self.value()? });
            if !self.more(b'}')? {
                return Ok(members);
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        self.i += 1;
        let mut start = self.i;
        let mut decoded: Option<String> = None;
        loop {
            self.i = special(self.text.as_bytes(), self.i);
            let plain = self.since(start)?;
            match self.peek() {
                b'"' => {
                    self.i += 1;
                    return Ok(match decoded {
                        Some(mut text) => {
                            text.push_str(plain);
                            Cow::Owned(text)
                        }
                        None => Cow::Borrowed(plain),
                    });
                }
                b'\\' => {
                    let text = decoded.get_or_insert_default();
                    text.push_str(plain);
                    text.push(self.escape()?);
                    start = self.i;
                }
                _ => return Err(NotJson),
            }
        }
    }

    fn escape(&mut self) -> Result<char, NotJson> {
        let found = at(self.text.as_bytes(), self.i + 1);
        self.i += 2;
        Ok(match found {
            b'"' | b'\\' | b'/' => char::from(found),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex4()?;
                let paired = (0xD800..0xDC00).contains(&high)
                    && from(self.text.as_bytes(), self.i).starts_with(b"\\u");
                if !paired {
                    return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let before = self.i;
                self.i += 2;
                let low = self.hex4()?;
                if !(0xDC00..0xE000).contains(&low) {
                    self.i = before;
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
                    .unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(NotJson),
        })
    }

    fn hex4(&mut self) -> Result<u32, NotJson> {
        let mut value = 0;
        for _ in 0..4 {
            value = value * 16 + char::from(self.peek()).to_digit(16).ok_or(NotJson)?;
            self.i += 1;
        }
        Ok(value)
    }
}

/// The offset of the first quote, backslash or control character from `i` on.
fn special(bytes: &[u8], i: usize) -> usize {
    block::find(bytes, i, b' ', |b| b.equal(b'"') | b.equal(b'\\') | b.within(0, 0x1F))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees(value: &Value<'_>, other: &serde_json::Value) -> bool {
        match (&value.kind, other) {
            (Kind::Null, serde_json::Value::Null) => true,
            (Kind::Bool(a), serde_json::Value::Bool(b)) => a == b,
            (Kind::Number, serde_json::Value::Number(b)) => value.raw.parse::<f64>().ok() == b.as_f64(),
            (Kind::String(a), serde_json::Value::String(b)) => a == b,
            (Kind::Array(a), serde_json::Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b))
            }
            (Kind::Object(a), serde_json::Value::Object(b)) => {
                a.len() == b.len() && a.iter().all(|m| b.get(&*m.name).is_some_and(|b| agrees(&m.value, b)))
            }
            _ => false,
        }
    }

    #[test]
    fn texts_are_read_as_serde_json_reads_them() {
        for text in [
            " null ",
            "true",
            "false",
            "0",
            "-0.5e+3",
            "12.0",
            "\"\"",
            "\"a\\n\\u00e9\\ud83d\\ude00\\/b\"",
            "[]",
            "[ ]",
            "[1,[2],{}]",
            "{\"a\":1,\"b\":{\"c\":[null]}}",
            "{ \"a\" : \"ü\" , \"b\\\"\" : [ 1 , 2 ] }",
            // No JSON.
            "",
            "nul",
            "01",
            "1.",
            "-",
            "+1",
            ".5",
            "1e",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\n\"",
            "[1,]",
            "[1",
            "{",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":1,}",
            "[1]]",
            "1 2",
            "{\"a\":1]",
            "[1}",
            "\"\\\"",
        ] {
            match (parse(text.as_bytes()), serde_json::from_str::<serde_json::Value>(text)) {
                (Ok(ours), Ok(theirs)) => assert!(agrees(&ours, &theirs), "{text}"),
                (ours, theirs) => assert_eq!(ours.is_ok(), theirs.is_ok(), "{text}"),
            }
        }
    }

    #[test]
    fn nesting_is_bounded_and_half_surrogates_are_replaced() {
        let nested = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        for half in ["\"\\ud800\"", "\"\\udc00\""] {
            assert_eq!(parse(half.as_bytes()).unwrap().as_str(), Some("\u{fffd}"));
        }
        assert_eq!(parse(b"\"\\ud800\\u0041\"").unwrap().as_str(), Some("\u{fffd}A"));
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn values_know_how_they_were_written() {
        let value = parse(b" { \"n\" : 1.50 , \"o\" : { \"x\" :  [1 ] } } ").unwrap();
        assert_eq!(value.get("n").unwrap().raw, "1.50");
        assert_eq!(value.get("o").unwrap().raw, "{ \"x\" :  [1 ] }");
        assert_eq!(value.count("n"), Some(1));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text: String = (0..=0x7fu8).map(char::from).chain("äöü😀\u{2028}".chars()).collect();
        let mut w = Writer::object(0);
        w.string_at("text", &text);
        w.open_at("list", b'[');
        for item in ["1", "null", "{}"] {
            w.raw(item);
        }
        w.string("x");
        w.close(b']');
        w.count_at("zero", 0);
        w.count_at("most", u64::MAX);
        w.open_at("empty", b'{');
        w.close(b'}');
        w.flag_at("flag", true);
        let bytes = w.done();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let expected = serde_json::json!({"text": text, "list": [1, null, {}, "x"], "zero": 0, "most": u64::MAX, "empty": {}, "flag": true});
        assert_eq!(value, expected);
    }
}
