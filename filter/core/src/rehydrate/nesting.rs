//! How many strings of JSON a place of an answer's text lies in: a structured answer is JSON, a tool's arguments hold
//! JSON inside of JSON. A value with quotation marks or line breaks in it has to be escaped as often, or the client
//! could not read what it gets.
//!
//! A text is JSON where its first character opens an object or array, for as long as what stands outside of its
//! strings is JSON's. Nothing is undone by what comes later, so that it does not matter how a text was cut.

use super::Depth;
use crate::tokens::TokenMap;

/// Most strings inside of each other that are told apart.
const MAX_LEVELS: usize = 4;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Nothing but white space has come.
    #[default]
    Start,
    /// No JSON, or no more.
    Plain,
    /// Between strings, behind this character.
    Outside(u8),
    /// In a string.
    Inside,
    /// Behind a `\` in a string.
    Escape,
    /// Behind so many digits of `\u` in a string, and what they make.
    Unicode(u8, u16),
}

/// Where a text that is read from its beginning has got to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nesting {
    levels: [State; MAX_LEVELS],
}

impl Nesting {
    /// Reads on. Where none of the request's values needs escapes it does not matter where they come to stand.
    pub(super) fn read(&mut self, tokens: &TokenMap, text: &[u8]) {
        if !tokens.has_escapes() {
            return;
        }
        for byte in text {
            if self.levels.first() == Some(&State::Plain) {
                return;
            }
            self.byte(*byte);
        }
    }

    /// How many times what stands at the place is escaped, in a slot that is escaped `least` times.
    pub(super) fn depth(&self, least: Depth) -> Depth {
        let strings = self.levels.iter().take_while(|s| matches!(s, State::Inside)).count();
        least.max(1 + strings as Depth)
    }

    /// Reads a byte: each level hands what it means to the one inside.
    fn byte(&mut self, mut byte: u8) {
        for n in 0..MAX_LEVELS {
            let Some(level) = self.levels.get_mut(n) else { return };
            let was = *level;
            match level.read(byte) {
                Some(inner) => byte = inner,
                None => {
                    if was == State::Inside && matches!(self.levels.get(n), Some(State::Outside(_))) {
                        self.levels.iter_mut().skip(n + 1).for_each(|level| *level = State::Start);
                    }
                    return;
                }
            }
        }
    }
}

impl State {
    /// Reads a byte; returns what it is in the string that it stands in.
    fn read(&mut self, byte: u8) -> Option<u8> {
        let space = matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        let inner = match *self {
            Self::Plain => None,
            Self::Start | Self::Outside(_) if space => return None,
            Self::Start => {
                *self = if matches!(byte, b'{' | b'[') { Self::Outside(byte) } else { Self::Plain };
                return None;
            }
            Self::Outside(last) => {
                *self = match byte {
                    b'"' if matches!(last, b'{' | b'[' | b':' | b',') => Self::Inside,
                    b'{' | b'}' | b'[' | b']' | b':' | b',' | b'-' | b'+' | b'.' | b'0'..=b'9' => {
                        Self::Outside(byte)
                    }
                    // The letters of literals and of numbers.
                    b'a' | b'e' | b'f' | b'l' | b'n' | b'r' | b's' | b't' | b'u' | b'E' => {
                        Self::Outside(byte)
                    }
                    _ => Self::Plain,
                };
                return None;
            }
            Self::Inside => match byte {
                b'"' => {
                    *self = Self::Outside(byte);
                    return None;
                }
                b'\\' => {
                    *self = Self::Escape;
                    return None;
                }
                _ => Some(byte),
            },
            Self::Escape => match byte {
                b'u' => {
                    *self = Self::Unicode(0, 0);
                    return None;
                }
                b'n' | b'r' | b't' | b'b' | b'f' => Some(b' '),
                _ => Some(byte),
            },
            Self::Unicode(count, unit) => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0) as u16;
                let unit = unit << 4 | digit;
                if count < 3 {
                    *self = Self::Unicode(count + 1, unit);
                    return None;
                }
                Some(u8::try_from(unit).unwrap_or(0xFF))
            }
        };
        if inner.is_some() {
            *self = Self::Inside;
        }
        inner
    }
}
