//! What the tagger sees of a word: hashed features of the word, its neighbours and what stands between.
//!
//! The same code reads texts in training and in use, so that the two cannot differ.

use super::form::Shape;
use super::lexicon::{Lexicon, pair};
use super::run::{Run, Token};
use crate::bytes::{at, before, cut};
use crate::detect::words::mix;

/// The last two bytes of a [`tail`].
const TWO: u64 = 0xFFFF;
/// The last three.
const THREE: u64 = 0xFF_FFFF;

/// Hands the hash of each feature of the token at `i` to `each`.
#[inline]
pub fn features(text: &[u8], lexicon: &Lexicon<'_>, run: &Run<'_>, i: usize, mut each: impl FnMut(u64)) {
    let back = |n: usize| i.checked_sub(n).map_or_else(Token::default, |i| run.at(i));
    let (pp, p, t, n, nn) = (back(2), back(1), run.at(i), run.at(i + 1), run.at(i + 2));
    let word = cut(text, t.start..t.end);
    let shape = t.shape as u64;
    let info = u64::from(t.info.0);
    let (ci, cp, cn) = (coarse(t), coarse(p), coarse(n));
    let (gap, after) = (t.gap as u64, n.gap as u64);
    let begins = u64::from(t.gap.begins());
    let mut add = |template: u64, value: u64| each(mix(template.wrapping_mul(0xD6E8_FEB8_6659_FD93), value));

    add(1, shape);
    add(2, t.hash);
    add(3, mix(t.hash, shape << 1 | begins));
    add(4, info << 4 | shape);
    add(6, ci << 1 | begins);
    // Affixes tell where a name comes from, and what is none.
    let ending = tail(word, 4);
    add(7, (ending & TWO) << 1 | u64::from(info == 0));
    add(8, (ending & THREE) << 1 | u64::from(info == 0));
    add(9, ending << 1 | u64::from(info == 0));
    add(10, head(word, 3) << 1 | u64::from(info == 0));
    add(11, (word.len().min(12) as u64) << 8 | shape << 4 | u64::from(info == 0));
    // The words around.
    add(12, mix(p.hash, gap));
    add(13, mix(n.hash, after));
    add(14, pp.hash);
    add(15, nn.hash);
    add(36, mix(p.hash, begins << 5 | shape));
    // How they end tells a verb from a noun: Jordan asked, leaving Jordan.
    let before_it = tail(cut(text, p.start..p.end), 3);
    let behind_it = tail(cut(text, n.start..n.end), 2);
    let (cased_p, cased_n) = (u64::from(p.shape != Shape::Lower), u64::from(n.shape != Shape::Lower));
    add(37, mix(behind_it, after << 1 | cased_n));
    add(38, mix(before_it & TWO, gap << 1 | cased_p));
    add(39, mix(before_it, gap << 1 | cased_p));
    // What the lists say of them.
    add(20, ci << 16 | cp << 4 | gap);
    add(21, ci << 16 | cn << 4 | after);
    add(23, coarse(pp) << 16 | cp << 4 | gap);
    add(24, coarse(nn) << 16 | cn << 4 | after);
    add(26, u64::from(n.info.0) << 4 | after);
    // Forms and what stands between.
    add(27, (p.shape as u64) << 12 | shape << 8 | (n.shape as u64) << 4 | gap);
    add(28, (p.shape as u64) << 12 | shape << 8 | (n.shape as u64) << 4 | after);
    // A place of two words.
    let named = |a: Token, b: Token, joins: bool| {
        joins
            && a.shape != Shape::Lower
            && b.shape != Shape::Lower
            && lexicon.get(pair(a.hash, b.hash)).place() > 0
    };
    let place = u64::from(named(p, t, t.gap.joins())) | u64::from(named(t, n, n.gap.joins())) << 1;
    add(31, place << 4 | shape);
    // The line, and the bytes right before and behind: most of code has its capitals there.
    let line = u64::from(t.line);
    add(32, line << 4 | shape);
    add(33, (line & 3) << 16 | ci << 4 | shape);
    let (b, a) = (u64::from(before(text, t.start)), u64::from(at(text, t.end)));
    add(34, b << 20 | a << 12 | u64::from(at(text, t.end + 1)) << 4 | shape);
    add(35, b << 12 | (line & 3) << 8 | gap << 4 | shape);
}

fn coarse(token: Token) -> u64 {
    u64::from(token.info.coarse()) << 1 | u64::from(token.shape != Shape::Lower)
}

/// The last `n` bytes of a word without case, fewer where it is shorter.
fn tail(word: &[u8], n: usize) -> u64 {
    fold(word.get(word.len().saturating_sub(n)..).unwrap_or_default())
}

/// The first `n` bytes.
fn head(word: &[u8], n: usize) -> u64 {
    fold(word.get(..n).unwrap_or(word))
}

fn fold(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |value, b| value << 8 | u64::from(b | 0x20))
}
