//! Characters that a reader does not see, or takes for others, as the ASCII that they stand for.
//!
//! Invisible: tags (U+E0020 to U+E007E stand for ASCII), zero-width characters, directional controls, variation
//! selectors, fillers, the soft hyphen (Unicode's Default_Ignorable_Code_Point, without the rarest). Look-alikes:
//! full-width forms, mathematical and enclosed alphanumerics, small capitals, and Cyrillic and Greek letters in a
//! word that also has Latin ones (after Unicode's UTS #39, confusables, the letters only). A word all in Cyrillic
//! is Russian, not a disguise, and stays as it is.

use crate::block::first_non_ascii;
use crate::bytes::{at, before, cut, from};

/// What the plain text of a text is, where it differs.
#[derive(Debug, Default)]
pub struct Revealed {
    /// The plain text.
    pub text: Vec<u8>,
    /// Whether invisible characters stood inside of words.
    pub invisible: bool,
    /// Whether letters stood for look-alikes.
    pub disguised: bool,
}

/// What a character stands for.
enum Plain {
    Itself,
    Nothing,
    Tag(u8),
    Ascii(u8),
    /// Where the word is Latin.
    LookAlike(u8),
}

/// Whether a text has characters that may stand for others: a look at each byte beyond ASCII. Letters with accents,
/// quotes, dashes, emoji and scripts of their own are none.
#[must_use]
pub fn is_suspicious(text: &[u8]) -> bool {
    let mut i = first_non_ascii(text);
    while i < text.len() {
        let (second, third) = (at(text, i + 1), at(text, i + 2));
        let suspicious = match at(text, i) {
            0xC2 => second == 0xAD,
            0xC4 => second == 0xB1,
            0xC9 | 0xCA => true,
            0xCC | 0xCD => true,
            0xCE..=0xD4 => before(text, i).is_ascii_alphabetic() || third.is_ascii_alphabetic(),
            0xE1 => matches!(second, 0x85 | 0xA0 | 0xB4),
            0xE2 => match second {
                0x80 => matches!(third, 0x8B..=0x8F | 0xAA..=0xAE),
                0x81 => third >= 0xA0,
                0x84 | 0x92 | 0x93 => true,
                _ => false,
            },
            0xE3 => second == 0x85 && third == 0xA4,
            0xEA => second == 0x9C,
            0xEF => matches!(second, 0xBB..=0xBE) || second == 0xB8 && before(text, i).is_ascii_alphabetic(),
            0xF0 => second == 0x9D || second == 0x9F && third == 0x84 || second == 0x9F && third == 0x85,
            0xF3 => true,
            _ => false,
        };
        if suspicious {
            return true;
        }
        i += 1;
        if at(text, i).is_ascii() {
            i += first_non_ascii(from(text, i));
        }
    }
    false
}

/// The plain text of `text`, or none where nothing stands for anything else.
#[must_use]
pub fn reveal(text: &[u8]) -> Option<Revealed> {
    let mut out = Revealed { text: Vec::with_capacity(text.len()), ..Revealed::default() };
    let mut changed = false;
    let mut tags = false;
    let mut done = 0;
    for chunk in text.utf8_chunks() {
        let mut word = Word::default();
        for (n, c) in chunk.valid().char_indices() {
            word.at = done + n;
            if c.is_ascii() {
                word.put_ascii(text, c as u8, &mut out);
                continue;
            }
            let plain = plain(c);
            changed |= !matches!(plain, Plain::Itself);
            if matches!(plain, Plain::Tag(_)) && !tags {
                word.put_ascii(text, b' ', &mut out);
            }
            tags = matches!(plain, Plain::Tag(_));
            match plain {
                Plain::Itself => word.put_other(text, c, &mut out),
                Plain::Nothing => word.hidden |= word.inside,
                Plain::Tag(byte) => {
                    out.invisible = true;
                    word.put_ascii(text, byte, &mut out);
                }
                Plain::Ascii(byte) => {
                    out.disguised |= byte.is_ascii_alphanumeric();
                    word.put_ascii(text, byte, &mut out);
                }
                Plain::LookAlike(byte) => word.put_look_alike(byte, &mut out),
            }
        }
        word.at = done + chunk.valid().len();
        word.end(text, &mut out);
        out.text.extend(chunk.invalid());
        done = word.at + chunk.invalid().len();
    }
    changed.then_some(out)
}

/// The word at hand.
#[derive(Default)]
struct Word {
    /// Where the character at hand stands in the text.
    at: usize,
    /// Where the word begins in the text, and in the plain text.
    written: usize,
    start: usize,
    inside: bool,
    latin: bool,
    look_alikes: bool,
    other: bool,
    /// An invisible character stood behind a letter.
    hidden: bool,
}

impl Word {
    fn put_ascii(&mut self, text: &[u8], byte: u8, out: &mut Revealed) {
        if byte.is_ascii_alphanumeric() {
            self.begin(out);
            self.latin |= byte.is_ascii_alphabetic();
            out.invisible |= self.hidden;
        } else {
            self.end(text, out);
        }
        out.text.push(byte);
    }

    fn put_other(&mut self, text: &[u8], c: char, out: &mut Revealed) {
        if c.is_alphanumeric() {
            self.begin(out);
            self.other = true;
        } else {
            self.end(text, out);
        }
        out.text.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn put_look_alike(&mut self, byte: u8, out: &mut Revealed) {
        self.begin(out);
        self.look_alikes = true;
        out.text.push(byte);
    }

    fn begin(&mut self, out: &Revealed) {
        if !self.inside {
            *self = Self {
                at: self.at,
                written: self.at,
                start: out.text.len(),
                inside: true,
                ..Self::default()
            };
        }
    }

    /// The word ends: without a Latin letter, or with letters that only its own script has, it is what it looks
    /// like, and is put back as it was written.
    fn end(&mut self, text: &[u8], out: &mut Revealed) {
        if self.look_alikes && self.latin && !self.other {
            out.disguised = true;
        } else if self.look_alikes {
            out.text.truncate(self.start);
            out.text.extend(cut(text, self.written..self.at));
        }
        self.inside = false;
        self.look_alikes = false;
        self.hidden = false;
    }
}

/// What a character beyond ASCII stands for.
fn plain(c: char) -> Plain {
    let code = u32::from(c);
    match code {
        0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x180E | 0x3164 | 0xFEFF | 0xFFA0 | 0xE0001 | 0xE007F => {
            Plain::Nothing
        }
        0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xE0100..=0xE01EF => {
            Plain::Nothing
        }
        0xE0020..=0xE007E => Plain::Tag((code - 0xE0000) as u8),
        0x3000 | 0xA0 | 0x2000..=0x200A => Plain::Ascii(b' '),
        0xFF01..=0xFF5E => Plain::Ascii((code - 0xFF01) as u8 + b'!'),
        0x1D400..=0x1D6A3 => Plain::Ascii(letter((code - 0x1D400) % 52)),
        0x1D7CE..=0x1D7FF => Plain::Ascii(((code - 0x1D7CE) % 10) as u8 + b'0'),
        0x24B6..=0x24E9 => Plain::Ascii(letter(code - 0x24B6)),
        0x1F130..=0x1F149 | 0x1F150..=0x1F169 | 0x1F170..=0x1F189 => {
            Plain::Ascii(b'a' + ((code - 0x1F130) % 32) as u8)
        }
        0x300..=0x36F => Plain::Nothing,
        _ => look_alike(c),
    }
}

/// The letter of this number, capitals first.
fn letter(n: u32) -> u8 {
    let n = n as u8;
    if n < 26 { b'A' + n } else { b'a' + (n - 26) }
}

/// Letters beyond ASCII, and the ASCII letters that they look like, in order.
const CYRILLIC_AND_GREEK: &str = "аеорсухіјѕԁһԛԝкмтвнАВЕКМНОРСТУХІЈЅοαενικρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";
const THEIR_LATIN: &[u8] = b"aeopcyxijsdhqwkmtbhABEKMHOPCTYXIJSoaevikptuxABEZHIKMNOPTYX";
const LATIN_FORMS: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢℎıℓɑɡ";
const THEIR_ASCII: &[u8] = b"abcdefghijklmnoprstuvwyzhilag";

fn look_alike(c: char) -> Plain {
    let find = |letters: &str, ascii: &[u8]| letters.chars().position(|l| l == c).map(|n| at(ascii, n));
    if matches!(c, '\u{370}'..='\u{52F}')
        && let Some(byte) = find(CYRILLIC_AND_GREEK, THEIR_LATIN)
    {
        return Plain::LookAlike(byte);
    }
    match c {
        'ı' | 'ɑ'..='ʟ' | 'ᴀ'..='ᴢ' | 'ℎ' | 'ℓ' | 'ꜰ' | 'ꜱ' => {
            find(LATIN_FORMS, THEIR_ASCII).map_or(Plain::Itself, Plain::Ascii)
        }
        _ => Plain::Itself,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plainly(text: &str) -> Option<(String, bool, bool)> {
        reveal(text.as_bytes()).map(|r| (String::from_utf8(r.text).unwrap(), r.invisible, r.disguised))
    }

    #[test]
    fn what_is_not_seen_and_what_looks_like_another_is_revealed() {
        for (text, plain, invisible, disguised) in [
            ("ig\u{200b}no\u{ad}re", "ignore", true, false),
            ("a \u{200d} b", "a  b", false, false),
            ("x\u{e0069}\u{e0067}", "x ig", true, false),
            ("ｉｇｎｏｒｅ\u{3000}ａ", "ignore a", false, true),
            ("𝐢𝗀𝘯𝓸𝔯𝚎 ⓐⓛⓛ", "ignore all", false, true),
            ("ignоre аll", "ignore all", false, true),
            ("ɪɢɴᴏʀᴇ", "ignore", false, true),
        ] {
            assert_eq!(plainly(text), Some((plain.to_owned(), invisible, disguised)), "{text:?}");
        }
    }

    #[test]
    fn scripts_of_their_own_stay() {
        for text in ["сор это", "καλημέρα", "日本語", "Müller – „ja“ 😀", "é"] {
            let found = plainly(text);
            assert!(found.as_ref().is_none_or(|(plain, i, d)| plain == text && !i && !d), "{found:?}");
        }
    }

    #[test]
    fn every_look_alike_has_its_letter() {
        assert_eq!(CYRILLIC_AND_GREEK.chars().count(), THEIR_LATIN.len());
        assert_eq!(LATIN_FORMS.chars().count(), THEIR_ASCII.len());
    }
}
