//! JSON without white space.

use privet_core::bytes::{cut, from};

use super::special;

/// Writes JSON without white space; commas come by themselves. What is opened has to be closed by the caller.
#[derive(Default)]
pub struct Writer {
    out: Vec<u8>,
    /// Whether something stands before the next value or name.
    behind: bool,
}

// Each of these is called from hundreds of places: inlined they would make the module much larger.
crate::conversation::without_content!(Writer);

impl Writer {
    /// A writer with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), behind: false }
    }

    /// A writer that has opened an object.
    #[must_use]
    pub fn object(bytes: usize) -> Self {
        let mut writer = Self::with_capacity(bytes);
        writer.open(b'{');
        writer
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Closes the object that [`Self::object`] has opened; what was written.
    #[inline(never)]
    #[must_use]
    pub fn done(mut self) -> Vec<u8> {
        self.close(b'}');
        self.out
    }

    fn comma(&mut self) {
        if self.behind {
            self.out.push(b',');
        }
        self.behind = true;
    }

    /// `{` or `[`
    #[inline(never)]
    pub fn open(&mut self, bracket: u8) {
        self.comma();
        self.out.push(bracket);
        self.behind = false;
    }

    /// `}` or `]`
    #[inline(never)]
    pub fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.behind = true;
    }

    /// The name of the next member; one of ours, without characters to escape.
    #[inline(never)]
    pub fn key(&mut self, name: &str) {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.behind = false;
    }

    /// The name of the next member, whatever it is.
    #[inline(never)]
    pub fn name(&mut self, name: &str) {
        self.string(name);
        self.out.push(b':');
        self.behind = false;
    }

    /// A name and `{` or `[`.
    #[inline(never)]
    pub fn open_at(&mut self, name: &str, bracket: u8) {
        self.key(name);
        self.open(bracket);
    }

    /// An object that begins with its `type`.
    #[inline(never)]
    pub fn open_typed(&mut self, kind: &str) {
        self.open(b'{');
        self.string_at("type", kind);
    }

    /// JSON as it is: a number, a literal, a schema.
    #[inline(never)]
    pub fn raw(&mut self, json: &str) {
        self.comma();
        self.out.extend_from_slice(json.as_bytes());
    }

    /// A string.
    #[inline(never)]
    pub fn string(&mut self, text: &str) {
        self.comma();
        self.out.push(b'"');
        escape(&mut self.out, text);
        self.out.push(b'"');
    }

    /// A member that is a string.
    #[inline(never)]
    pub fn string_at(&mut self, name: &str, text: &str) {
        self.key(name);
        self.string(text);
    }

    /// A member that is JSON as it is.
    #[inline(never)]
    pub fn raw_at(&mut self, name: &str, json: &str) {
        self.key(name);
        self.raw(json);
    }

    /// A member that is a whole number.
    #[inline(never)]
    pub fn count_at(&mut self, name: &str, number: u64) {
        let mut digits = [0; 20];
        let (mut rest, mut start) = (number, digits.len());
        while let Some(slot) = start.checked_sub(1).and_then(|i| digits.get_mut(i)) {
            *slot = b'0' + (rest % 10) as u8;
            (rest, start) = (rest / 10, start - 1);
            if rest == 0 {
                break;
            }
        }
        self.key(name);
        self.comma();
        self.out.extend_from_slice(from(&digits, start));
    }

    /// A member that is a flag.
    #[inline(never)]
    pub fn flag_at(&mut self, name: &str, flag: bool) {
        self.raw_at(name, if flag { "true" } else { "false" });
    }
}

/// Writes the content of a string, with the escapes that RFC 8259, section 7 requires and no others.
fn escape(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut start = 0;
    loop {
        let end = special(bytes, start);
        out.extend_from_slice(cut(bytes, start..end));
        let Some(byte) = bytes.get(end) else { return };
        privet_core::json::write_escaped(out, &[*byte], 1);
        start = end + 1;
    }
}
