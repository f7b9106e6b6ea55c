//! What became of each string of a body: every string and every name is counted once, by the bytes between
//! its quotes as they are written. Numbers and literals are no strings.

use core::ops::AddAssign;

/// Strings, and how many bytes they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub strings: u64,
    /// Their bytes as they are written, without quotes.
    pub bytes: u64,
}

impl Count {
    pub(super) fn add(&mut self, bytes: usize) {
        *self += Self { strings: 1, bytes: bytes as u64 };
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.strings += other.strings;
        self.bytes += other.bytes;
    }
}

/// The strings of a body; each is of exactly one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Texts, and documents whose text could be read: what was looked through.
    pub scanned: Count,
    /// What the format declares as structure: roles, ids, names of its members.
    pub structural: Count,
    /// Images, sounds and other data that nobody here can read.
    pub opaque: Count,
}

impl Coverage {
    /// All strings of the body.
    #[must_use]
    pub fn all(&self) -> Count {
        let mut all = self.scanned;
        all += self.structural;
        all += self.opaque;
        all
    }
}
