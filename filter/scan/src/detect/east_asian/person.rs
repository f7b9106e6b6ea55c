//! Persons in Han characters by their title, and by a Japanese family name.

use super::hit;
use super::lists::{Kind, lists};
use super::script::{
    WIDTH, code_at, code_before, ends_in, is_among, is_han, is_hiragana, is_katakana, is_one_of, run, word_at,
};
use crate::bytes::{at, cut};
use crate::entity::{EntityType, Hit};

/// What stands behind a name.
const CHINESE_TITLES: &str = "先生 女士 小姐 太太";
const JAPANESE_TITLES: &str =
    "さん 様 さま 氏 くん 君 ちゃん 殿 先生 部長 課長 係長 社長 専務 常務 教授 選手";
/// Most characters of a given name.
const CHINESE_GIVEN: usize = 2;
const JAPANESE_GIVEN: usize = 4;
/// Particles that stand behind a name.
const PARTICLES: &str = "はがをにのともへで";
/// Family names that are words as well.
const WORDS: &str = "清水 小川 石川 宮崎 熊谷 中田 和田 上野 馬場 関口 古川 三浦 市川 島田 河野";

/// What announces a name.
const ANNOUNCED: &str = "我叫 名叫 名字叫 名字是 姓名是 我叫做 名字叫做";
/// What begins no second character of a given name, but goes on with the sentence.
const GOES_ON: &str = "今年是在来自从住和也的很想要我你他她男女现目";

/// Looks at the person whose name begins at `i`; returns where it ends.
pub(super) fn find(text: &[u8], i: usize, hits: &mut Vec<Hit>) -> Option<usize> {
    let (end, kind) = lists().longest(text, i, |kind| kind == Kind::FamilyName).or_else(|| {
        lists().longest(text, i, |kind| kind == Kind::Surname).filter(|(end, _)| end - i <= 2 * WIDTH)
    })?;
    let (end, score) = match kind {
        Kind::FamilyName => japanese(text, i, end).or_else(|| Some((chinese(text, i + WIDTH)?, 0.8)))?,
        _ => (chinese(text, end).or_else(|| announced(text, i, end))?, 0.8),
    };
    hits.push(hit(i..end, EntityType::Person, score));
    Some(end)
}

/// Where the name ends that goes on at `i`, behind a surname, and has a title behind it.
fn chinese(text: &[u8], i: usize) -> Option<usize> {
    let given = (0..=CHINESE_GIVEN).map(|n| i + n * WIDTH);
    let mut ends = given.take_while(|end| *end == i || is_han(code_at(text, *end - WIDTH)));
    let (end, title) = ends.find_map(|end| Some((end, word_at(text, end, CHINESE_TITLES)?)))?;
    // `女士们` are nobody.
    (!is_one_of(text, end + title, "们們")).then_some(end)
}

/// Where the name ends whose surname stands from `start` to `end`, behind words that announce it: `我叫王小明`.
fn announced(text: &[u8], start: usize, end: usize) -> Option<usize> {
    if !ends_in(cut(text, start.saturating_sub(6 * WIDTH)..start), ANNOUNCED) {
        return None;
    }
    let in_name = |i| is_han(code_at(text, i)) && !is_one_of(text, i, GOES_ON);
    let given = (0..CHINESE_GIVEN).take_while(|n| in_name(end + n * WIDTH)).count();
    (given > 0).then_some(end + given * WIDTH)
}

/// Where the name ends whose family name stands from `start` to `end`, with how sure it is.
fn japanese(text: &[u8], start: usize, end: usize) -> Option<(usize, f32)> {
    if is_han(code_before(text, start)) {
        return None;
    }
    let space = match at(text, end) {
        b' ' => 1,
        _ if code_at(text, end) == 0x3000 => WIDTH,
        _ => 0,
    };
    let begin = end + space;
    for n in (0..=JAPANESE_GIVEN).rev() {
        let given = run(text, begin, n, |code| is_han(code) || is_hiragana(code) || is_katakana(code));
        if given == begin + n * WIDTH && word_at(text, given, JAPANESE_TITLES).is_some() {
            return Some((if n == 0 { end } else { given }, 0.85));
        }
    }
    let is_word = is_among(cut(text, start..end), WORDS);
    // `田中 太郎`, `田中太郎は`: a family name, one or two characters, and something else.
    let given = run(text, begin, 3, |code| is_han(code) || code == 0x30F6);
    let is_given = (1..=3).contains(&((given - begin) / WIDTH)) && !is_han(code_at(text, given));
    let follows = |end| is_one_of(text, end, PARTICLES);
    if is_given && (follows(given) || space > 0) && !is_word {
        return Some((given, 0.7));
    }
    (follows(end) && !is_word).then_some((end, 0.7))
}
