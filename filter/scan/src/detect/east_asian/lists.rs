//! The names of places and families in Chinese, Japanese and Korean script.
//!
//! `data/east_asian.txt` is made by `training/names/east_asian.py`; where its names come from stands in
//! `training/README.md`. A line of it is a kind and its names; the module carries them packed.

use std::sync::LazyLock;

use super::script::{WIDTH, code_at, is_hangul};
use crate::bytes::at;
use crate::packed::unpack_east_asian;

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A longer word that holds a name by chance.
    Word,
    /// A first-level division of a country, with or without its kind (`四川`, `熊本県`), or a large city.
    Division,
    /// A country.
    Country,
    /// Another place that its name alone tells.
    Place,
    /// A municipality that counts only with its kind behind it (`船橋市`).
    Municipality,
    /// A Chinese surname.
    Surname,
    /// A Japanese family name of at least two characters.
    FamilyName,
    /// The same as the above, of names in Hangul.
    KoreanDivision,
    /// A country or city in Hangul.
    Korean,
    /// A municipality in Hangul.
    KoreanMunicipality,
}

impl Kind {
    /// The kinds in the order of their lines.
    const ALL: [Self; 10] = [
        Self::Word,
        Self::Division,
        Self::Country,
        Self::Place,
        Self::Municipality,
        Self::Surname,
        Self::FamilyName,
        Self::KoreanDivision,
        Self::Korean,
        Self::KoreanMunicipality,
    ];
}

/// All names, in the order of their characters.
pub(super) struct Lists {
    entries: Vec<Entry>,
    /// The codes of their characters, one name after the other.
    codes: Vec<u16>,
    /// A bit for each first character, by the lower bits of its code.
    firsts: [u64; FIRSTS / 64],
}

/// Bits of the filter of first characters: a power of two, some five for each.
const FIRSTS: usize = 8192;

/// Where a name's characters stand.
#[derive(Clone, Copy)]
struct Entry {
    start: u16,
    len: u8,
    kind: Kind,
}

/// The names, which are unpacked when first asked for.
pub(super) fn lists() -> &'static Lists {
    static LISTS: LazyLock<Lists> = LazyLock::new(|| {
        Lists::new(&unpack_east_asian(include_bytes!(concat!(env!("OUT_DIR"), "/east_asian.packed"))))
    });
    &LISTS
}

impl Lists {
    fn new([heads, lengths, high, low]: &[Vec<u8>; 4]) -> Self {
        let mut lists = Self { entries: Vec::new(), codes: Vec::new(), firsts: [0; FIRSTS / 64] };
        lists.entries.reserve(heads.len());
        let mut rest = high.iter().zip(low).map(|(high, low)| u16::from_be_bytes([*high, *low]));
        let mut last = 0;
        for (head, length) in heads.iter().zip(lengths) {
            let Some(kind) = Kind::ALL.get(usize::from(head & 15)) else { continue };
            let (start, shared) = (lists.codes.len(), usize::from(head >> 4));
            lists.codes.extend_from_within(last..(last + shared).min(start));
            lists.codes.extend(rest.by_ref().take(usize::from(*length)));
            lists.add_first(start);
            let len = lists.codes.len() - start;
            // A test holds that there are fewer than 2^16 characters.
            lists.entries.push(Entry { start: start as u16, len: len as u8, kind: *kind });
            last = start;
        }
        lists
    }

    fn add_first(&mut self, start: usize) {
        let code = self.codes.get(start).copied().unwrap_or_default();
        if let Some(bits) = self.firsts.get_mut(usize::from(code) % FIRSTS / 64) {
            *bits |= 1 << (code % 64);
        }
    }

    fn name(&self, entry: Entry) -> &[u16] {
        let start = usize::from(entry.start);
        self.codes.get(start..start + usize::from(entry.len)).unwrap_or_default()
    }

    /// Whether a name may begin with the character of this code.
    #[inline]
    pub(super) fn may_begin_with(&self, code: u32) -> bool {
        self.firsts.get(code as usize % FIRSTS / 64).is_some_and(|bits| bits >> (code % 64) & 1 == 1)
    }

    /// The longest name that begins at `i` and is of a kind that is `wanted`, and where it ends. Han
    /// characters and kana stand one after the other, or a space between each two of them.
    pub(super) fn longest(
        &self,
        text: &[u8],
        i: usize,
        wanted: impl Fn(Kind) -> bool,
    ) -> Option<(usize, Kind)> {
        let first = [code_at(text, i) as u16];
        let begin = self.entries.partition_point(|entry| self.name(*entry) < &first[..]);
        let alike =
            self.entries.get(begin..)?.iter().take_while(|entry| self.name(**entry).starts_with(&first));
        let mut longest = None;
        for entry in alike.filter(|entry| wanted(entry.kind)) {
            let end = end_of(text, i, self.name(*entry));
            // A longer name stands behind one that it begins with.
            longest = end.map(|end| (end, entry.kind)).or(longest);
        }
        longest
    }
}

/// Where `name` ends, if it stands at `i`.
fn end_of(text: &[u8], i: usize, name: &[u16]) -> Option<usize> {
    // Korean has spaces of its own.
    let gap = usize::from(name.len() > 1 && at(text, i + WIDTH) == b' ' && !is_hangul(code_at(text, i)));
    let mut end = i;
    for (n, code) in name.iter().enumerate() {
        if n > 0 {
            // Half of them with spaces is another thing than a way to write.
            if gap > 0 && at(text, end) != b' ' {
                return None;
            }
            end += gap;
        }
        if code_at(text, end) != u32::from(*code) {
            return None;
        }
        end += WIDTH;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_file_is_found_at_its_place() {
        let lists = lists();
        let text = include_str!("../../../data/east_asian.txt");
        let kinds = "word division country place municipality surname family-name korean-division korean \
            korean-municipality";
        assert!(text.lines().map(|line| line.split(' ').next().expect("a kind")).eq(kinds.split(' ')));
        let mut names = 0;
        for (line, wanted) in text.lines().zip(Kind::ALL) {
            for name in line.split(' ').skip(1) {
                names += 1;
                assert!(name.chars().all(|c| c.len_utf8() == WIDTH), "{name}");
                assert!(lists.may_begin_with(code_at(name.as_bytes(), 0)), "{name}");
                let characters: Vec<String> = name.chars().map(String::from).collect();
                let spaced = characters.join(if is_hangul(code_at(name.as_bytes(), 0)) { "" } else { " " });
                for text in [name.to_owned(), spaced] {
                    let found = lists.longest(text.as_bytes(), 0, |kind| kind == wanted);
                    assert_eq!(found, Some((text.len(), wanted)), "{text}");
                }
            }
        }
        assert_eq!(names, lists.entries.len());
        assert!(names > 3000 && lists.codes.len() < usize::from(u16::MAX));
    }
}
