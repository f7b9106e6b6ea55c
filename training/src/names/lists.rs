//! The name lists: read from files, and built into the core's lexicon.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use privet_core::detect::names::lexicon::{Info, Lexicon, pair};
use privet_core::detect::words::{hash, words};

/// A name and how frequent it is, from 0 (not in the lexicon, only for made-up sentences) to 3.
pub(crate) type Entry = (String, u16);

pub(crate) struct Lists {
    pub(crate) first: Vec<Entry>,
    pub(crate) last: Vec<Entry>,
    pub(crate) place: Vec<Entry>,
    pub(crate) language: Vec<Entry>,
    pub(crate) common: Vec<Entry>,
    /// Pieces of source code, in which nobody is named.
    pub(crate) code: Vec<String>,
    /// The words of each kind, in the order of the core's `Kind`.
    pub(crate) kinds: Vec<Vec<String>>,
}

/// The kinds in the order of their numbers.
const KINDS: [&str; 14] = [
    "Honorific",
    "Role",
    "Street",
    "Calendar",
    "Organisation",
    "People",
    "PlacePart",
    "Particle",
    "Cue",
    "Unit",
    "Code",
    "Verb",
    "Suffix",
    "Relation",
];

fn read(path: &Path) -> Result<Vec<Entry>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let entry = |line: &str| {
        let (name, bucket) = line.split_once('\t')?;
        Some((name.to_owned(), bucket.parse().ok()?))
    };
    text.lines().map(|line| entry(line).ok_or_else(|| format!("{}: {line}", path.display()))).collect()
}

impl Lists {
    pub(crate) fn read(dir: &Path, kinds: &str, words: &str) -> Result<Self, String> {
        let list = |name: &str| read(&dir.join(format!("{name}.tsv")));
        let mut lists = Self {
            first: list("first")?,
            last: list("last")?,
            place: list("place")?,
            language: list("language")?,
            common: list("common")?,
            code: crate::rows::read(&dir.join("code.jsonl"))?,
            kinds: vec![Vec::new(); KINDS.len()],
        };
        let written = words.lines().filter(|l| !l.starts_with('#')).flat_map(|l| l.split(' '));
        let written: BTreeSet<String> = written.filter(|w| !w.is_empty()).map(str::to_owned).collect();
        // Somewhere Und and Der are surnames; as good as always they are not.
        for entry in lists.first.iter_mut().chain(&mut lists.last).filter(|e| written.contains(&e.0)) {
            entry.1 = entry.1.min(1);
        }
        lists.common.extend(written.into_iter().map(|w| (w, 3)));
        for line in kinds.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
            let (kind, words) = line.split_once(": ").ok_or("kinds: no colon")?;
            let n = KINDS.iter().position(|k| *k == kind).ok_or("kinds: unknown kind")?;
            lists.kinds[n].extend(words.split(' ').map(str::to_owned));
        }
        Ok(lists)
    }

    /// The lexicon of the core.
    pub(crate) fn lexicon(&self) -> Result<Vec<u8>, String> {
        let mut infos: BTreeMap<u64, u16> = BTreeMap::new();
        let mut add = |key: u64, shift: u16, value: u16| {
            let info = infos.entry(key).or_default();
            let old = *info >> shift & if shift == 8 { 15 } else { 3 };
            if value > old {
                *info = (*info & !(old << shift)) | value << shift;
            }
        };
        for (name, bucket) in self.first.iter().filter(|e| e.1 > 0) {
            add(hash(name.as_bytes()), 0, *bucket);
        }
        for (name, bucket) in self.last.iter().filter(|e| e.1 > 0) {
            add(hash(name.as_bytes()), 2, *bucket);
        }
        for (name, bucket) in &self.place {
            let mut parts = Vec::new();
            words(name.as_bytes(), |w| parts.push(w.hash));
            match parts.as_slice() {
                [one] => add(*one, 4, *bucket),
                many => many.windows(2).for_each(|w| add(pair(w[0], w[1]), 4, *bucket)),
            }
        }
        // The last kind of a word wins; kinds that tell more stand later only by their number.
        for (n, kind) in self.kinds.iter().enumerate() {
            kind.iter().for_each(|word| add(hash(word.as_bytes()), 8, n as u16 + 1));
        }
        for (name, _) in &self.language {
            add(hash(name.as_bytes()), 8, 6);
        }
        for (word, bucket) in &self.common {
            // A word that is in no other list is worth its place if it is frequent.
            let key = hash(word.as_bytes());
            if *bucket > 1 || infos.contains_key(&key) {
                let info = infos.entry(key).or_default();
                *info |= bucket << 6;
            }
        }
        // The palette is small: rare combinations lose the finer frequency first.
        let merged = merge(infos.into_iter().map(|(k, v)| (k, Info(v))).collect());
        Lexicon::build(merged).map_err(str::to_owned)
    }
}

/// Brings the combinations down to 256: those of fewest words take on a more frequent neighbour's.
fn merge(mut entries: Vec<(u64, Info)>) -> Vec<(u64, Info)> {
    let mut counts: BTreeMap<Info, usize> = BTreeMap::new();
    for (_, info) in &entries {
        *counts.entry(*info).or_default() += 1;
    }
    let mut ranked: Vec<(usize, Info)> = counts.iter().map(|(i, n)| (*n, *i)).collect();
    ranked.sort_by(|a, b| b.cmp(a));
    let kept: Vec<Info> = ranked.iter().take(256).map(|r| r.1).collect();
    let distance = |a: Info, b: Info| {
        let field = |get: fn(Info) -> u16| {
            let (a, b) = (i32::from(get(a)), i32::from(get(b)));
            (a - b).abs() + if (a == 0) != (b == 0) { 4 } else { 0 }
        };
        let kind = if a.kind() == b.kind() { 0 } else { 20 };
        field(Info::first) + field(Info::last) + field(Info::place) + field(Info::common) + kind
    };
    let mut map = BTreeMap::new();
    for (_, info) in ranked.iter().skip(256) {
        let nearest = kept.iter().min_by_key(|k| distance(**k, *info)).copied().unwrap_or_default();
        map.insert(*info, nearest);
    }
    for (_, info) in &mut entries {
        *info = map.get(info).copied().unwrap_or(*info);
    }
    entries
}
