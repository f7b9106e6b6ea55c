//! Small JSON of the gateway's own, in little code: a tree of serde_json's values took 15 KB of the module.

use crate::json::write_escaped;

/// A JSON value.
#[derive(Debug, Clone, Copy)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// A number.
    Number(u64),
    /// A string.
    Text(&'a str),
    /// Members in their order.
    Object(&'a [(&'a str, Json<'a>)]),
}

impl<'a> From<Option<&'a str>> for Json<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl Json<'_> {
    /// The value, written out.
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Flag(true) => out.extend_from_slice(b"true"),
            Self::Flag(false) => out.extend_from_slice(b"false"),
            Self::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Text(text) => {
                out.push(b'"');
                write_escaped(out, text.as_bytes(), 1);
                out.push(b'"');
            }
            Self::Object(members) => {
                for (n, (name, value)) in members.iter().enumerate() {
                    out.push(if n == 0 { b'{' } else { b',' });
                    Self::Text(name).write(out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Json::{Flag, Null, Number, Object, Text};

    #[test]
    fn it_is_written_as_serde_json_writes_it() {
        let object = Object(&[
            ("a", Text("\"\\\n\u{1}é")),
            ("b", Object(&[("c", Number(0)), ("d", Null)])),
            ("e", Flag(true)),
        ]);
        let expected = serde_json::json!({ "a": "\"\\\n\u{1}é", "b": { "c": 0, "d": null }, "e": true });
        assert_eq!(object.to_vec(), expected.to_string().into_bytes());
    }
}
