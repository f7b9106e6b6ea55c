//! The score of a text's parts: the whole, and windows of some dozen words that overlap.
//!
//! Words are taken in groups of [`GROUP`]. After each group the windows that end there are weighed, from running
//! sums in a ring, so that a text of any length needs the same memory and each word is read once. A window's value
//! is the sum of its weights over the root of its length, so that neither many weak signs in a long text nor the
//! plain words around a short attack decide.

use super::Family;
use super::classes::{self, Class};
use super::features::{self, SLOTS, Sink};
use super::model::{Model, weight};

/// Words of a group.
pub const GROUP: usize = 8;
/// Lengths of the windows, in groups.
pub const WINDOWS: [usize; 3] = [2, 4, 12];
/// Sums that are kept: one more than the longest window.
const RING: usize = 16;
/// Added to a window's length, so that single words do not decide.
pub const PRIOR_WORDS: f32 = 8.0;

/// The value of a part of so many words whose weights have this sum.
#[inline]
#[must_use]
pub fn value(sum: f32, words: usize) -> f32 {
    sum / (words as f32 + PRIOR_WORDS).sqrt()
}

/// The parts of a text of so many words, each with its begin and end: the windows, and the whole.
pub fn parts(words: usize) -> impl Iterator<Item = (usize, usize)> {
    let ends = (1..=words.div_ceil(GROUP)).map(move |groups| (groups, (groups * GROUP).min(words)));
    let windows = ends.flat_map(|(groups, end)| windows(groups).map(move |start| (start, end)));
    windows.chain(core::iter::once((0, words)))
}

/// Where each window that ends with this group begins, in words.
#[inline(always)]
fn windows(groups: usize) -> impl Iterator<Item = usize> {
    WINDOWS.into_iter().filter(move |w| *w <= groups).map(move |w| (groups - w) * GROUP)
}

/// Weighs the words that are handed in.
pub(super) struct Scorer<'a> {
    model: &'a Model<'a>,
    weights: &'a [u8; SLOTS],
    /// Sum of weights from the start, and of each family's.
    sum: i32,
    families: [i32; Family::COUNT],
    words: usize,
    /// The sums after the last groups, and each family's.
    sums: [i32; RING],
    family_sums: [[i32; Family::COUNT]; RING],
    /// What the sum of a window of each length is multiplied by.
    roots: [f32; WINDOWS.len()],
    /// Sum of the word at hand, and whether markup stands before it.
    word: i32,
    markup: bool,
    /// The highest value so far, and its families' part.
    best: f32,
    best_families: [i32; Family::COUNT],
    /// Words of the classes [`Rotated`](classes::Class::Rotated) and [`Backwards`](classes::Class::Backwards).
    pub(super) rotated: u32,
    pub(super) backwards: u32,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(model: &'a Model<'a>) -> Self {
        Self {
            model,
            weights: model.weights,
            sum: 0,
            families: [0; Family::COUNT],
            words: 0,
            sums: [0; RING],
            family_sums: [[0; Family::COUNT]; RING],
            roots: WINDOWS.map(|groups| value(1.0, groups * GROUP)),
            word: 0,
            markup: false,
            best: f32::NEG_INFINITY,
            best_families: [0; Family::COUNT],
            rotated: 0,
            backwards: 0,
        }
    }

    /// The weights.
    pub(super) fn model(&self) -> &'a Model<'a> {
        self.model
    }

    /// The highest raw value of any part, and the family that weighed most in it.
    pub(super) fn finish(mut self) -> (f32, Family) {
        if !self.words.is_multiple_of(GROUP) {
            let groups = self.words.div_ceil(GROUP);
            for start in windows(groups) {
                let group = start / GROUP;
                let value = value(self.sum_since(group), self.words - start);
                if value > self.best {
                    self.keep(value, self.families_before(group));
                }
            }
        }
        let whole = value(self.sum as f32, self.words);
        if whole > self.best {
            self.keep(whole, [0; Family::COUNT]);
        }
        let most = self.best_families.iter().enumerate().max_by_key(|(n, sum)| (**sum, Family::COUNT - n));
        let family = most.and_then(|(n, _)| Family::ALL.get(n)).copied().unwrap_or(Family::RoleConfusion);
        (self.model.bias + self.model.scale * self.best, family)
    }

    /// The word at hand is of a class, or stands behind markup: it speaks for a family.
    #[inline(never)]
    fn class(&mut self, class: u8) {
        self.rotated += u32::from(class == Class::Rotated as u8);
        self.backwards += u32::from(class == Class::Backwards as u8);
        let family = if self.markup { Some(Family::Delimiter) } else { classes::family(class) };
        self.markup = false;
        if let Some(sum) = family.and_then(|f| self.families.get_mut(f as usize)) {
            *sum = sum.wrapping_add(self.word.max(0));
        }
    }

    /// Weighs the windows that end here, behind a whole group.
    #[inline(always)]
    fn weigh_windows(&mut self) {
        let groups = self.words / GROUP;
        for (length, root) in WINDOWS.into_iter().zip(self.roots) {
            if length <= groups {
                let value = self.sum_since(groups - length) * root;
                if value > self.best {
                    self.keep(value, self.families_before(groups - length));
                }
            }
        }
        if let (Some(sum), Some(families)) =
            (self.sums.get_mut(groups % RING), self.family_sums.get_mut(groups % RING))
        {
            (*sum, *families) = (self.sum, self.families);
        }
    }

    /// The sum of all weights since the end of that group.
    #[inline(always)]
    fn sum_since(&self, group: usize) -> f32 {
        self.sum.wrapping_sub(self.sums.get(group % RING).copied().unwrap_or_default()) as f32
    }

    /// The families' sums up to the end of that group.
    fn families_before(&self, group: usize) -> [i32; Family::COUNT] {
        self.family_sums.get(group % RING).copied().unwrap_or_default()
    }

    /// This part is the highest so far.
    #[inline(never)]
    fn keep(&mut self, value: f32, before: [i32; Family::COUNT]) {
        self.best = value;
        self.best_families = self.families;
        for (all, before) in self.best_families.iter_mut().zip(before) {
            *all = all.wrapping_sub(before);
        }
    }
}

impl Sink for Scorer<'_> {
    #[inline(always)]
    fn feature(&mut self, sort: u8, slot: usize) {
        self.word += weight(self.weights, slot);
        if matches!(sort, features::MARKUP | features::MARKUP_WORD) {
            self.markup = true;
        }
    }

    /// One addition for the three: the sum lies in memory, and each addition waits for the one before.
    #[inline(always)]
    fn plain(&mut self, stem: Option<usize>, word: usize, pair: usize) {
        let stem = stem.map_or(0, |slot| weight(self.weights, slot));
        self.word += stem + weight(self.weights, word) + weight(self.weights, pair);
    }

    #[inline(always)]
    fn word(&mut self, class: u8) {
        self.sum = self.sum.wrapping_add(self.word);
        if class != 0 || self.markup {
            self.class(class);
        }
        self.word = 0;
        self.words += 1;
        if self.words.is_multiple_of(GROUP) {
            self.weigh_windows();
        }
    }
}
